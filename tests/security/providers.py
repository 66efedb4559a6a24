"""Identity providers to log in at: a real one (npm's `oidc-provider`, its own pages), and one that lies on purpose."""

import html
import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from shopfloor.dashboard.team.oidc import CALLBACK
from shopfloor.dashboard.team.provider import ProviderConfig
from tests.conftest import ROOT, require

CLIENT: Final = "shopfloor"
SECRET: Final = "only-for-these-tests-0123456789abcdef"
OTHER_CLIENT: Final = "another-program"
TOOLS: Final = ROOT / "js" / "tools"


class RealProvider:
    """The certified provider, in a process of its own on this machine.

    It is reached as ``localhost`` and the dashboard as ``127.0.0.1``: for a browser these are two sites, as in life.

    Parameters
    ----------
    origin : str
        Of the dashboard it sends browsers back to.
    """

    def __init__(self, origin: str) -> None:
        node = shutil.which("node")
        if node is None:
            require("oidc", "node is not installed")
        if not (TOOLS / "node_modules" / "oidc-provider").is_dir():
            require("oidc", f"oidc-provider is not installed (npm ci in {TOOLS.relative_to(ROOT)})")
        self._node, self._origin, self._port = node, origin, free_port()
        self._process: subprocess.Popen[str] | None = None

    @property
    def issuer(self) -> str:
        """Address of the issuer."""
        return f"http://localhost:{self._port}"

    def config(self, *, is_only: bool = False, client_id: str = CLIENT, secret: str = SECRET) -> ProviderConfig:
        """Return what a dashboard is told about it."""
        return ProviderConfig(self.issuer, client_id, secret, is_only=is_only)

    def start(self) -> None:
        """Start it, with new keys; everything that it knew is forgotten."""
        ways = {
            "redirect_uris": [f"{self._origin}{CALLBACK}"],
            "post_logout_redirect_uris": [f"{self._origin}/login"],
            "client_secret": SECRET,
        }
        clients = [{"client_id": CLIENT, **ways}, {"client_id": OTHER_CLIENT, **ways}]
        told = json.dumps({"port": self._port, "issuer": self.issuer, "clients": clients})
        self._process = subprocess.Popen(
            [self._node, "provider.mjs", told], cwd=TOOLS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n", "the provider did not start"

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def visit(self, url: str, who: str, *, visitor: requests.Session | None = None, agrees: bool = True) -> str:
        """Log in and agree on the provider's pages, as a browser does; return where it sends the browser then."""
        browser = visitor or new_visitor()
        answer = browser.get(url, allow_redirects=False, timeout=10)
        for _ in range(12):
            if answer.is_redirect:
                there = requests.compat.urljoin(answer.url, answer.headers["Location"])
                if there.startswith(self._origin):
                    return there
                answer = browser.get(there, allow_redirects=False, timeout=10)
            else:
                answer = _answered(browser, answer, who, agrees=agrees)
        raise AssertionError(answer.text)


def _answered(browser: requests.Session, page: requests.Response, who: str, *, agrees: bool) -> requests.Response:
    """Fill in the form of a page of the provider and send it."""
    prompt = re.search(r'name="prompt" value="(\w+)"', page.text)
    assert prompt is not None, page.text
    if not agrees:
        abort = re.search(r'href="([^"]*/abort)"', page.text)
        assert abort is not None, page.text
        return browser.get(requests.compat.urljoin(page.url, abort[1]), allow_redirects=False, timeout=10)
    action = re.search(r'action="([^"]+)"', page.text)
    assert action is not None
    typed = {"prompt": prompt[1]} | ({"login": who, "password": "any"} if prompt[1] == "login" else {})
    where = requests.compat.urljoin(page.url, html.unescape(action[1]))
    return browser.post(where, data=typed, allow_redirects=False, timeout=10)


def new_visitor() -> requests.Session:
    """Return a browser for the provider's pages."""
    browser = requests.Session()
    browser.trust_env = False
    return browser


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Liar:
    """An issuer that says whatever a test wants: for the attacks that no real provider can be brought to.

    Attributes
    ----------
    issuer : str
    pages : dict of str to callable
        Path -> what answers it: status, headers and body.
    asked : list of str
        Paths that were asked for.
    """

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = RSAKey.generate_key(2048, {"kid": "1", "alg": "RS256", "use": "sig"})
        self.token: dict[str, Any] = {}
        self.asked: list[str] = []
        self.said: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        }
        self.keys: dict[str, Any] = {"keys": [self.key.as_dict(private=False)]}
        self.pages: dict[str, Callable[[], tuple[int, dict[str, str], str]]] = {
            "/.well-known/openid-configuration": lambda: (200, {}, json.dumps(self.said)),
            "/jwks": lambda: (200, {}, json.dumps(self.keys)),
            "/token": lambda: (200, {}, json.dumps(self.token)),
        }

    def config(self) -> ProviderConfig:
        """Return what a dashboard is told about it."""
        return ProviderConfig(self.issuer, CLIENT, SECRET)

    def claims(self, nonce: str, /, **other: Any) -> dict[str, Any]:
        """Return the claims of a right id token; `other` changes them, None takes one out."""
        now = int(time.time())
        right = {"iss": self.issuer, "sub": "Nora", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        return {name: value for name, value in (right | other).items() if value is not None}

    def signed(self, claims: dict[str, Any], *, key: Any = None, alg: str = "RS256", kid: str = "1") -> str:
        """Return an id token."""
        return jwt.encode({"alg": alg, "kid": kid}, claims, key or self.key, algorithms=[alg])


@contextmanager
def lying() -> Iterator[Liar]:
    """Run an issuer that says what a test wants."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = urlsplit(self.path).path
            liar.asked.append(path)
            status, headers, body = liar.pages.get(path, lambda: (404, {}, "nothing"))()
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET  # noqa: N815 - as http.server has it

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Say nothing of who did not wait for the answer."""

    server = Server(("127.0.0.1", 0), Handler)
    liar = Liar(server.server_address[1])
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield liar
    finally:
        server.shutdown()
        server.server_close()
