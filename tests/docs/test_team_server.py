"""The files of the team server fit the program; nothing here starts them."""

import configparser
import re
import shlex
from pathlib import Path
from typing import Any, Final

import click
import pytest
import yaml

from shopfloor.cli.main import main
from shopfloor.cli.shows import serve
from shopfloor.dashboard.security import MAX_TEAM_UPLOAD_BYTES
from shopfloor.dashboard.serving import Listening, checked
from shopfloor.errors import UsageError
from shopfloor.graph.neo4j.keyfile import KEY_FILE
from shopfloor.graph.neo4j.server import ALLOW_PLAIN
from tests.conftest import ROOT
from tests.docs.pages import blocks

DEPLOY: Final = ROOT / "deploy"
PAGE: Final = ROOT / "docs" / "team-server.md"
NAME: Final = "shopfloor.example.org"
_CREDENTIALS: Final = "${CREDENTIALS_DIRECTORY}"


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def unit() -> dict[str, list[str]]:
    """Return the lines of the service on the page by what they set."""
    text = next(block.text for block in blocks(PAGE) if block.language == "ini")
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(re.sub(r"^LoadCredential=.*\n", "", text, flags=re.MULTILINE))
    assert {"Unit", "Service", "Install"} <= set(parser.sections())
    said: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, is_set, value = line.partition("=")
        if is_set:
            said.setdefault(name, []).append(value)
    return said


def serving(words: list[str], secret: Path) -> Listening:
    """Return where a command line would serve, as the real command reads it; the secret's place is made to be there."""
    given = [re.sub(r"^--passphrase-file=.*$", f"--passphrase-file={secret}", word) for word in words]
    named = [word.replace("${SHOPFLOOR_NAME}", NAME) for word in given]
    with serve.make_context("serve", named, help_option_names=["-h", "--help"]) as context:
        params = context.params
    assert params["passphrase_file"] == secret
    return Listening(params["host"], params["port"], params["public_url"], params["proxy"])


def commands_by_hand() -> list[list[str]]:
    """Return the words of each command of ours that the page runs in a container."""
    text = "\n".join(block.text for block in blocks(PAGE) if block.language == "sh").replace("\\\n", " ")
    return [shlex.split(line.partition(" cli ")[2]) for line in text.splitlines() if " run --rm cli " in line]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("a long password\n", encoding="utf-8")
    return file


def test_only_what_speaks_tls_is_reached_from_outside(compose: Any) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"caddy": ["443:443", "80:80"]}
    assert all("network_mode" not in service for service in compose["services"].values())


def test_the_database_is_on_a_network_without_a_way_out(compose: Any) -> None:
    assert compose["networks"]["back"] == {"internal": True}
    networks = {name: set(service["networks"]) for name, service in compose["services"].items()}
    assert networks == {"caddy": {"front"}, "shopfloor": {"front", "back"}, "cli": {"back"}, "neo4j": {"back"}}


def test_secrets_are_files_and_stand_in_no_environment(compose: Any) -> None:
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())
    for name, service in compose["services"].items():
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        for variable, value in service.get("environment", {}).items():
            is_place = variable.endswith("_FILE") and value.startswith(("/run/secrets/", "/keys"))
            assert is_place or not re.search(r"PASS|AUTH|SECRET|KEY", variable), (name, variable)
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_key_of_sealing_is_kept_from_the_database_and_written_by_hand_alone(compose: Any) -> None:
    services = compose["services"]
    mounts = {name: [v for v in service["volumes"] if "keys" in v] for name, service in services.items()}
    assert mounts == {
        "caddy": [],
        "neo4j": [],
        "shopfloor": ["./secrets/keys:/keys:ro"],
        "cli": ["./secrets/keys:/keys"],
    }
    assert services["shopfloor"]["environment"] == {KEY_FILE: "/keys", ALLOW_PLAIN: "1"}
    assert services["cli"]["profiles"] == ["cli"]


def test_the_command_that_is_served_by_is_one_and_safe(compose: Any, secret: Path) -> None:
    command, *words = compose["services"]["shopfloor"]["command"]
    assert command == "serve"
    where = checked(serving(words, secret), has_accounts=True)
    assert (where.host, where.port, where.public_url) == ("0.0.0.0", 8000, f"https://{NAME}")  # noqa: S104 - in a container
    assert where.proxy == compose["services"]["caddy"]["networks"]["front"]["ipv4_address"]
    assert compose["services"]["shopfloor"]["secrets"] == ["neo4j_password"]


def test_nobody_who_starts_earlier_takes_the_proxys_address(compose: Any) -> None:
    (given,) = compose["networks"]["front"]["ipam"]["config"]
    assert (given["subnet"], given["ip_range"]) == ("172.30.77.0/24", "172.30.77.128/25")
    assert compose["services"]["caddy"]["networks"]["front"]["ipv4_address"] == "172.30.77.2"


def test_containers_that_hold_data_or_face_the_network_can_do_little(compose: Any) -> None:
    for name in ("caddy", "shopfloor", "cli"):
        service = compose["services"][name]
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    assert compose["services"]["shopfloor"]["read_only"] is True
    assert re.search(r"^USER shopfloor$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_image_holds_the_package_and_no_history() -> None:
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert allowed[0] == "*"
    assert set(allowed[1:]) <= {"!pyproject.toml", "!README.md", "!LICENSE", "!shopfloor", "!deploy/Dockerfile"}


def test_who_looked_at_whom_is_in_no_log_of_the_proxy(compose: Any) -> None:
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    code = "\n".join(line.partition("#")[0].rstrip() for line in text.splitlines())
    settings, _, site = code.partition("{$SHOPFLOOR_NAME}")
    assert "log" not in site.split()
    assert re.search(r"log \{\s+exclude http\.log\.error http\.handlers\.reverse_proxy\s+\}", settings)
    assert f"max_size {MAX_TEAM_UPLOAD_BYTES // 1_000_000}MB" in site
    (port,) = re.findall(r"reverse_proxy shopfloor:(\d+)", site)
    assert f"--port={port}" in compose["services"]["shopfloor"]["command"]


def test_the_proxy_speaks_tls_as_it_does_by_itself_and_nothing_weakens_it(compose: Any) -> None:
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    lines = [line.partition("#")[0].split() for line in text.splitlines()]
    said = [line[0] for line in lines if line and line != ["}"]]
    # no `tls`, `auto_https`, `bind` or `http://`: certificates that browsers trust, 1.2 and 1.3, and from 80 on to 443
    assert said == ["{", "admin", "log", "exclude", "{$SHOPFLOOR_NAME}", "request_body", "max_size", "reverse_proxy"]
    assert ["{$SHOPFLOOR_NAME}", "{"] in lines
    caddy = compose["services"]["caddy"]
    assert re.fullmatch(r"caddy:2\.\d+-alpine", caddy["image"])
    assert set(caddy) & {"command", "entrypoint"} == set()
    for name in (f"http://{NAME}", f"{NAME}/x"):
        with pytest.raises(UsageError):
            checked(Listening("0.0.0.0", 8000, f"https://{name}"), has_accounts=True)  # noqa: S104 - in a container


def test_the_service_of_the_page_serves_by_a_command_that_is_one_and_safe(
    unit: dict[str, list[str]], secret: Path
) -> None:
    program, command, store, *words = shlex.split(unit["ExecStart"][0])
    assert (program.rpartition("/")[2], command) == ("shopfloor", "serve")
    where = checked(serving([store, *words], secret), has_accounts=True)
    assert (where.host, where.public_url, where.proxy) == ("127.0.0.1", f"https://{NAME}", "127.0.0.1")


def test_the_service_of_the_page_gets_its_secrets_as_credentials(unit: dict[str, list[str]]) -> None:
    handed = dict(value.split(":", 1) for value in unit["LoadCredential"])
    assert handed.keys() == {"neo4j_password", "keys.json"}
    used = re.findall(rf"{re.escape(_CREDENTIALS)}/([\w.]+)", " ".join([*unit["ExecStart"], *unit["ExecStartPre"]]))
    assert set(used) == handed.keys()
    (variable,) = unit["Environment"]
    assert variable == f"{KEY_FILE}={unit['ExecStartPre'][0].split()[-1]}"
    assert "--mode=600" in unit["ExecStartPre"][0]


def test_the_provider_of_the_page_is_named_as_the_command_reads_it(compose: Any) -> None:
    added = yaml.safe_load(next(block.text for block in blocks(PAGE) if block.language == "yaml"))
    (service,) = added["services"].values()
    known = {str(option.envvar) for option in serve.params if getattr(option, "envvar", None)}
    assert set(service["environment"]) <= known
    assert set(service["secrets"]) == {*compose["services"]["shopfloor"]["secrets"], *added["secrets"]}
    assert service["environment"]["SHOPFLOOR_OIDC_SECRET_FILE"] == "/run/secrets/oidc_secret"


@pytest.mark.parametrize("words", commands_by_hand(), ids=lambda words: " ".join(words[:2]))
def test_every_command_to_be_run_by_hand_is_one(words: list[str], secret: Path) -> None:
    named = [re.sub(r"^(--[a-z-]*passphrase-file)=.*$", rf"\1={secret}", word) for word in words]
    command: click.Command = main
    with click.Context(main) as root:
        while isinstance(command, click.Group):
            found = command.get_command(root, named.pop(0))
            assert found is not None, words
            command = found
    with command.make_context("shopfloor", named, help_option_names=["-h", "--help"]) as context:
        assert context.params["passphrase_file"] == secret
        assert context.params["store"] == "neo4j://neo4j:7687"
