"""What the code is built of: it runs no text, unpickles nothing from outside, and begins no program by input."""

import ast
from collections.abc import Iterator
from functools import cache
from typing import Final

from tests.conftest import ROOT

PACKAGE: Final = ROOT / "shopfloor"
OWN_PROCESS: Final = {"service/worker.py", "service/workroom.py"}
"""The program and the process that computes for it, which talk over pipes of their own."""

RUN_TEXT: Final = {"eval", "exec", "compile", "__import__", "breakpoint"}
RUN_TEXT_BY: Final = {"eval", "query", "from_string", "render_template_string", "run_path", "run_module", "load_source"}
LOADERS: Final = {"marshal", "shelve", "dill", "cloudpickle", "joblib", "jsonpickle", "yaml", "xmlrpc", "numexpr"}
BEGIN_PROGRAMS: Final = {"system", "popen", "spawnl", "spawnv", "execv", "startfile", "posix_spawn"}
NATIVE: Final = {"ctypes", "cffi", "mmap", "_ctypes"}
HASHES: Final = {"sha256", "sha384", "sha512", "scrypt", "SHA256", "SHA512"}
CHANCE: Final = {"analysis/consensus/noise.py": {"blake2b"}, "analysis/talk_schedule.py": {"blake2b"}}
"""Where numbers are drawn anew the same way every time: no secret hangs on it."""


@cache
def modules() -> dict[str, list[ast.AST]]:
    """Return everything in every module of the package, by its path."""
    files = sorted(PACKAGE.rglob("*.py"))
    return {
        file.relative_to(PACKAGE).as_posix(): list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        for file in files
    }


def parts() -> Iterator[tuple[str, ast.AST]]:
    for name, nodes in modules().items():
        for node in nodes:
            yield name, node


def imported() -> set[tuple[str, str]]:
    """Return module and first word of everything that is imported anywhere, inside functions too."""
    found = set()
    for name, node in parts():
        if isinstance(node, ast.Import):
            found |= {(name, one.name.partition(".")[0]) for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add((name, node.module.partition(".")[0]))
    return found


def calls() -> Iterator[tuple[str, str, str, ast.Call]]:
    """Yield module, what a method is called of, its name, and the call; of a bare name the middle is empty."""
    for name, node in parts():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield name, ast.unparse(node.func.value), node.func.attr, node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield name, "", node.func.id, node


def test_no_text_is_run_as_code() -> None:
    assert len(modules()) > 200
    named = {(name, node.id) for name, node in parts() if isinstance(node, ast.Name) and node.id in RUN_TEXT}
    assert named == set()
    run = {(name, of, what) for name, of, what, _ in calls() if of and what in RUN_TEXT_BY}
    assert {(name, of) for name, of, _ in run} == {("service/opening.py", "self.__whole.home")}  # named in the code
    loaded = {name for name, _, what, _ in calls() if what == "import_module"}
    assert loaded == {"__init__.py", "analysis/__init__.py", "cli/main.py"}  # of names that stand in the code


def test_nothing_is_unpickled_but_what_our_own_process_wrote() -> None:
    assert {(name, what) for name, what in imported() if what in LOADERS} == set()
    assert {name for name, what in imported() if what in ("pickle", "_pickle", "copyreg")} == OWN_PROCESS
    read = {(name, what, ast.unparse(node.args[0])) for name, of, what, node in calls() if of == "pickle"}
    assert {one for one in read if one[1] != "dumps"} == {
        ("service/worker.py", "load", "inbox"),
        ("service/workroom.py", "load", "self._from"),
    }
    for name, of, what, node in calls():
        assert not what.endswith("_pickle"), (name, of, what)
        assert "allow_pickle" not in {keyword.arg for keyword in node.keywords}, (name, of, what)
        assert (of, what) not in {("np", "load"), ("numpy", "load"), ("pa", "deserialize"), ("pd", "read_hdf")}, name


def test_the_program_begins_itself_alone_and_by_words_of_its_own() -> None:
    assert {name for name, what in imported() if what in ("subprocess", "multiprocessing", "pty")} == {
        "service/workroom.py"
    }
    assert {(name, of, what) for name, of, what, _ in calls() if of == "os" and what in BEGIN_PROGRAMS} == set()
    begun = [(name, what, node) for name, of, what, node in calls() if of == "subprocess"]
    assert [(name, what) for name, what, _ in begun] == [("service/workroom.py", "Popen")]
    words, options = begun[0][2].args[0], {keyword.arg for keyword in begun[0][2].keywords}
    own = "[sys.executable, '-P', '-m', worker.__name__, *([] if gives_way else [worker.AT_ONCE])]"
    assert ast.unparse(words) == own
    assert options == {"stdin", "stdout", "stderr", "env"}
    opened = [(name, ast.unparse(node.args[0])) for name, of, _, node in calls() if of == "webbrowser"]
    assert opened == [("dashboard/serving.py", "link")]


def test_the_package_is_python_alone_and_touches_no_memory_by_hand() -> None:
    assert {(name, what) for name, what in imported() if what in NATIVE} == set()
    endings = {".so", ".pyd", ".dll", ".c", ".pyx", ".rs"}
    native = [file for file in PACKAGE.rglob("*") if file.suffix in endings]
    assert native == []


def test_only_approved_hash_functions_are_named() -> None:
    named = {(name, node.attr) for name, node in parts() if _is_of(node, "hashlib") and isinstance(node, ast.Attribute)}
    assert {what for _, what in named} <= HASHES
    assert {what for _, what in named} >= {"sha256", "scrypt"}
    for name, node in parts():
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith((".hashes", "hashlib")):
            assert {one.name for one in node.names} <= HASHES | CHANCE.get(name, set()), name
    for name, of, what, node in calls():
        if of == "hmac" and what in ("new", "digest"):
            digest = ast.unparse(node.args[2] if len(node.args) > 2 else _keyword(node, "digestmod"))
            assert digest in {"'sha256'", "hashlib.sha256", "'sha512'", "hashlib.sha512"}, name


def _is_of(node: ast.AST, module: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module


def _keyword(node: ast.Call, name: str) -> ast.expr:
    return next(keyword.value for keyword in node.keywords if keyword.arg == name)
