# Read by the scripts beside it, not run: finds Python, makes .venv in the project's folder, installs into it.

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$@"
  exit 1
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

can_make_environments() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Prints the Python to use: the first of 3.11 or later that can make an environment by itself.
find_python() {
  local candidate incomplete=""
  for candidate in python3.13 python3.12 python3.11 python3 python; do
    is_new_enough "$candidate" || continue
    if can_make_environments "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
    incomplete=${incomplete:-$candidate}
  done
  if [ -n "$incomplete" ]; then
    fail "$incomplete lacks the module 'ensurepip', which makes environments." \
      "On Debian and Ubuntu: sudo apt install $("$incomplete" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  fi
  fail "Shopfloor needs Python 3.11 or later, and this machine has none on its PATH." \
    "Install it from your system's packages or from python.org, then run this again."
}

make_environment() {
  if .venv/bin/python -c '' >/dev/null 2>&1; then
    return
  fi
  say "Making an environment in $PWD/.venv ..."
  rm -rf .venv
  if command -v uv >/dev/null; then
    uv venv --quiet --python ">=3.11" .venv
  else
    local python
    python=$(find_python)
    "$python" -m venv .venv
  fi
}

install_with_pip() {
  .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip --upgrade >/dev/null
  # Dependency groups need pip 25.1.
  .venv/bin/python -c '
import sys
from importlib.metadata import version
sys.exit([int(part) for part in version("pip").split(".")[:2]] < [25, 1])
' || .venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1" >&2
  .venv/bin/python -m pip install --disable-pip-version-check "$@" >&2
}

# install_once NAME WORDS...: installs once, and again when pyproject.toml changed or the folder moved.
install_once() {
  local stamp=".venv/installed-for-$1" now
  now="$PWD $(cksum <pyproject.toml)"
  shift
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ]; then
    return
  fi
  say "Installing; the first time this takes a minute or two ..."
  if command -v uv >/dev/null; then
    uv pip install --python .venv/bin/python "$@" >&2
  else
    install_with_pip "$@"
  fi
  printf '%s' "$now" >"$stamp"
}
