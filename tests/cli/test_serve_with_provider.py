"""`serve` with an identity provider: what it is told, and what it refuses to begin with."""

import subprocess
import sys
from pathlib import Path

import requests

from tests.cli.test_team import Team, team  # noqa: F401 - a fixture
from tests.security.providers import free_port
from tests.service.shop import PASSPHRASE, Shop

SECRET = "only-for-these-tests-0123456789abcdef"
ISSUER = ("--oidc-issuer", "https://login.example.org")


REFUSED: tuple[tuple[tuple[object, ...], str | None, str], ...] = (
    ((*ISSUER, "--port", 8050), None, "SHOPFLOOR_OIDC_SECRET"),
    (ISSUER, SECRET, "--public-url"),
    (("--oidc-only", "--port", 8050), SECRET, "--oidc-issuer"),
    (("--oidc-issuer", "http://login.example.org", "--port", 8050), SECRET, "https://"),
)
"""Options, the secret in the environment, and what the refusal names."""


def test_serve_refuses_a_log_in_that_could_not_work(team: Team) -> None:  # noqa: F811 - the fixture
    for options, secret, why in REFUSED:
        ran = team.shop.run("serve", team.shop.store, *options, env={"SHOPFLOOR_OIDC_SECRET": secret})
        assert ran.code == 2, options
        assert why in ran.err
        assert SECRET not in ran.err + ran.out


def test_serve_refuses_a_provider_where_nobody_has_an_account(full_shop: Shop) -> None:
    words = ("serve", full_shop.store, *ISSUER, "--port", 8050)
    ran = full_shop.run(*words, env={"SHOPFLOOR_OIDC_SECRET": SECRET})
    assert ran.code == 2
    assert "no accounts" in ran.err


def test_serve_offers_the_provider_and_says_its_secret_nowhere(team: Team, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    port, file = free_port(), tmp_path / "secret.txt"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    words = ["serve", str(team.shop.store), "--port", str(port), *ISSUER, "--oidc-secret-file", str(file)]
    with subprocess.Popen(
        [sys.executable, "-m", "shopfloor", *words, "--oidc-only"],
        env={"SHOPFLOOR_PASSPHRASE": PASSPHRASE, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert f"http://127.0.0.1:{port}" in said, said
            page = requests.get(f"http://127.0.0.1:{port}/login", timeout=20).text
        finally:
            process.terminate()
        said += process.stdout.read()
    assert "Log in with login.example.org" in page
    assert 'type="password"' not in page
    assert SECRET not in said + page
