"""The campaign's identity provider (OpenID Connect): leading somebody there, and believing what it says of her.

The authorization code flow with PKCE. The program calls one host, the configured issuer's, from the server's side and
with a time limit; it asks for nothing but who she is (scope ``openid``): no name, no e-mail. She is the pair of issuer
and subject, and what she may is said by our accounts alone. Checked of every answer: state, issuer (RFC 9207 and in the
token), signature by an asymmetric algorithm, audience, nonce, expiry (OpenID Connect Core 1.0, 3.1.3.7).
"""

import hmac
import ipaddress
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from requests.exceptions import RequestException

from shopfloor.errors import LogInError, UsageError
from shopfloor.service.clock import Clock

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures that count, whatever the provider offers: never ``none``, never one by a secret both sides hold."""

JOURNEY_LASTS: Final = 600
"""Seconds for which a log-in that was begun can be finished."""

_LEEWAY: Final = 30
_TIMEOUT: Final = (5, 10)
_PATIENCE: Final = 2
_LINES: Final = 4
"""Calls to the provider at once: one that hangs must not hold all of the server's threads."""

_KEPT: Final = 3600
_DISCOVERY: Final = "/.well-known/openid-configuration"
_SUBJECT: Final = re.compile(r"[!-~]{1,255}")
_CODE: Final = re.compile(r"[ -~]{1,4096}")
_HAS: Final = frozenset({"otp", "hwk", "swk", "sc", "pop"})
_KNOWS_OR_IS: Final = frozenset({"pwd", "pin", "kba", "user", "face", "fpt", "iris", "retina", "vbm"})
_CALLER_FAULTS: Final = frozenset({"invalid_client", "unauthorized_client"})


@dataclass(frozen=True, slots=True, repr=False)
class ProviderConfig:
    """Which provider, and as whom the dashboard is known there.

    Attributes
    ----------
    issuer : str
        Address of the issuer, as its discovery document spells it.
    client_id : str
        Name of this dashboard at the provider.
    secret : str
        Its secret there.
    is_only : bool
        Nobody logs in to the pages by a password.
    acr : str
        Level (``acr``) that is asked for, and that counts as two factors; empty: ``amr`` alone tells.
    """

    issuer: str
    client_id: str
    secret: str
    is_only: bool = False
    acr: str = ""

    def __repr__(self) -> str:
        """Keep the secret out of logs."""
        return f"ProviderConfig({self.issuer})"


@dataclass(frozen=True, slots=True, repr=False)
class Journey:
    """A log-in that was begun: what the answer must fit. Kept in the cookie of the browser that began it.

    Attributes
    ----------
    url : str
        Where to lead the browser; empty once it is on its way.
    state, nonce, verifier : str
        Random; each told to the provider (the last as its digest) and expected back.
    began : int
        Seconds since 1970.
    """

    url: str
    state: str
    nonce: str
    verifier: str
    began: int

    def fits(self, answer: Mapping[str, str]) -> bool:
        """Tell whether an answer is the one to this log-in."""
        return hmac.compare_digest(answer.get("state", "").encode(), self.state.encode())


@dataclass(frozen=True, slots=True, repr=False)
class Vouched:
    """Whom the provider vouches for.

    Attributes
    ----------
    subject : str
        ``issuer#subject``, the same for the same person always.
    has_second_factor : bool
        It says that it asked her for two factors.
    """

    subject: str
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider says about itself."""

    authorization: str
    token: str
    keys: str
    end_session: str | None
    says_issuer: bool
    how_secret: str
    at: float


class Provider:
    """One identity provider.

    Parameters
    ----------
    config : ProviderConfig
        Which one; checked here.
    redirect : callable
        Returns the one address that the provider sends browsers back to.
    clock : Clock, optional
        What time it is.

    Raises
    ------
    UsageError
        The issuer is no https address (http only on this machine), or id or secret is missing.
    """

    def __init__(self, config: ProviderConfig, redirect: Callable[[], str], clock: Clock | None = None) -> None:
        _check(config)
        self._config, self._redirect, self._clock = config, redirect, clock or Clock()
        self._known: _Known | None = None
        self._keys: tuple[KeySet, float] | None = None
        self._lines = threading.BoundedSemaphore(_LINES)

    def __repr__(self) -> str:
        """Name the place only."""
        return f"Provider({self._config.issuer})"

    @property
    def name(self) -> str:
        """Host of the provider, for people."""
        return urlsplit(self._config.issuer).hostname or ""

    @property
    def is_only(self) -> bool:
        """Nobody logs in to the pages by a password."""
        return self._config.is_only

    def begin(self) -> Journey:
        """Begin a log-in; lead the browser to its ``url``.

        Raises
        ------
        LogInError
            The provider does not answer, or not as one.
        """
        known = self._discovered()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        with self._client() as client:
            level = {"acr_values": self._config.acr} if self._config.acr else {}
            url, _ = client.create_authorization_url(
                known.authorization, state=state, nonce=nonce, code_verifier=verifier, **level
            )
        return Journey(url, state, nonce, verifier, self._now())

    def vouched(self, journey: Journey, answer: Mapping[str, str]) -> Vouched:
        """Return who came back.

        Parameters
        ----------
        journey : Journey
            As it was begun in the same browser; use it once.
        answer : mapping of str to str
            What the provider sent the browser back with.

        Raises
        ------
        LogInError
            Anything does not fit, she did not agree, or the provider does not answer.
        """
        known = self._discovered()
        self._check_answer(journey, answer, known)
        token = self._exchanged(journey, answer["code"], known)
        try:
            claims = self._claims(token, journey.nonce, known)
        except ExpiredTokenError as error:
            raise LogInError(f"What {self.name} says is too old. Nobody was logged in. Log in again.") from error
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise LogInError(self._not_believed()) from error
        subject = claims["sub"]
        if not _SUBJECT.fullmatch(subject):
            raise LogInError(self._not_believed())
        return Vouched(f"{self._config.issuer}#{subject}", says_two_factors(claims, self._config.acr))

    def way_out(self, back: str) -> str | None:
        """Return where one logs out of the provider too, or None if it offers that nowhere or does not answer.

        Parameters
        ----------
        back : str
            Path of ours to come back to.
        """
        try:
            known = self._discovered()
        except LogInError:
            return None
        if known.end_session is None:
            return None
        ours = urlsplit(self._redirect())._replace(path=back).geturl()
        asked = {"client_id": self._config.client_id, "post_logout_redirect_uri": ours}
        return f"{known.end_session}{'&' if '?' in known.end_session else '?'}{urlencode(asked)}"

    def _check_answer(self, journey: Journey, answer: Mapping[str, str], known: _Known) -> None:
        if not journey.fits(answer):
            raise LogInError("This is not the answer to the log-in that this browser began. Log in again.")
        age = self._now() - journey.began
        if not -_LEEWAY <= age <= JOURNEY_LASTS:
            raise LogInError("This log-in was begun too long ago. Log in again.")
        said = answer.get("iss")
        if said != self._config.issuer and (said is not None or known.says_issuer):
            raise LogInError(self._not_believed())
        if "error" in answer:
            raise LogInError(_refusal_in_words(answer["error"], self.name))
        if not _CODE.fullmatch(answer.get("code", "")):
            raise LogInError(f"{self.name} sent no log-in with you. Log in again.")

    def _exchanged(self, journey: Journey, code: str, known: _Known) -> Mapping[str, Any]:
        try:
            with self._client(known.how_secret) as client:
                token: Mapping[str, Any] = client.fetch_token(known.token, code=code, code_verifier=journey.verifier)
        except OAuthError as error:
            raise LogInError(_refusal_in_words(error.error, self.name)) from None
        except (RequestException, ValueError, TypeError, AttributeError) as error:
            raise self._silent(error) from None
        return token

    def _claims(self, token: Mapping[str, Any], nonce: str, known: _Known) -> Mapping[str, Any]:
        """Return the claims of the id token, all checked; keys that changed meanwhile are asked for once more."""
        issuer, client_id = self._config.issuer, self._config.client_id
        try:
            told = jwt.decode(token["id_token"], self._key_set(known), algorithms=ALGORITHMS)
        except (InvalidKeyIdError, BadSignatureError):
            told = jwt.decode(token["id_token"], self._key_set(known, is_fresh=True), algorithms=ALGORITHMS)
        claims = CodeIDToken(
            told.claims,
            told.header,
            {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}},
            {"nonce": nonce, "client_id": client_id, "access_token": token.get("access_token")},
        )
        claims.validate(now=self._now(), leeway=_LEEWAY)
        checked: Mapping[str, Any] = claims
        return checked

    def _key_set(self, known: _Known, *, is_fresh: bool = False) -> KeySet:
        if self._keys is None or is_fresh or time.monotonic() - self._keys[1] > _KEPT:
            self._keys = (KeySet.import_key_set(self._fetched(known.keys)), time.monotonic())
        return self._keys[0]

    def _discovered(self) -> _Known:
        if self._known is None or time.monotonic() - self._known.at > _KEPT:
            self._known = self._understood(self._fetched(self._config.issuer.rstrip("/") + _DISCOVERY))
        return self._known

    def _understood(self, said: Mapping[str, Any]) -> _Known:
        if said.get("issuer") != self._config.issuer:
            raise LogInError(
                f"{self.name} calls itself another issuer than the one this server was told. "
                "Tell whoever runs the server: the issuer is written exactly as the provider writes it."
            )
        end_session = said.get("end_session_endpoint")
        hows = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return _Known(
            authorization=self._endpoint(said.get("authorization_endpoint")),
            token=self._endpoint(said.get("token_endpoint")),
            keys=self._endpoint(said.get("jwks_uri")),
            end_session=None if end_session is None else self._endpoint(end_session),
            says_issuer=said.get("authorization_response_iss_parameter_supported") is True,
            how_secret="client_secret_basic" if "client_secret_basic" in hows else "client_secret_post",
            at=time.monotonic(),
        )

    def _endpoint(self, url: object) -> str:
        """Return an address of the issuer's own host: no other is called, and no browser led elsewhere."""
        if not isinstance(url, str) or _origin(url) != _origin(self._config.issuer):
            raise LogInError(
                f"{self.name} names addresses of another host, or none. Nobody is led there. Tell whoever runs the "
                "server."
            )
        return url

    def _fetched(self, url: str) -> Any:  # noqa: ANN401 - JSON
        try:
            with self._client() as client:
                answer = client.get(url, withhold_token=True)
                answer.raise_for_status()
                said = answer.json()
        except (RequestException, ValueError) as error:
            raise self._silent(error) from None
        if not isinstance(said, dict):
            raise LogInError(f"{self.name} does not answer as an identity provider. Tell whoever runs the server.")
        return said

    @contextmanager
    def _client(self, how_secret: str | None = None) -> Iterator[Any]:
        if not self._lines.acquire(timeout=_PATIENCE):
            raise LogInError(f"Too many log in at {self.name} at this moment. Try again in a minute.")
        try:
            with self._session(how_secret) as client:
                yield client
        finally:
            self._lines.release()

    def _session(self, how_secret: str | None) -> Any:  # noqa: ANN401 - Authlib has no types
        client = OAuth2Session(
            client_id=self._config.client_id,
            client_secret=self._config.secret,
            token_endpoint_auth_method=how_secret,
            scope="openid",
            redirect_uri=self._redirect(),
            code_challenge_method="S256",
            default_timeout=_TIMEOUT,
        )
        client.trust_env = False  # no proxy and no .netrc: the secret goes to the issuer alone
        client.max_redirects = 0
        return client

    def _silent(self, error: Exception) -> LogInError:
        return LogInError(
            f"{self.name} does not answer as it should ({type(error).__name__}). Nobody was logged in. Try again in a "
            "minute, or tell whoever runs the server."
        )

    def _not_believed(self) -> str:
        return f"What came back from {self.name} could not be checked. Nobody was logged in. Log in again."

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def says_two_factors(claims: Mapping[str, object], acr: str = "") -> bool:
    """Tell whether the claims of an id token say that two factors were asked for.

    Parameters
    ----------
    claims : mapping of str to object
        Checked ones.
    acr : str
        The level that counts; empty: none does.

    Returns
    -------
    bool
        The level is that one; or the methods (``amr``, RFC 8176) hold ``mfa``, or something she has and something she
        knows or is.

    Examples
    --------
    >>> says_two_factors({"amr": ["pwd", "otp"]}), says_two_factors({"amr": ["pwd"]}), says_two_factors({})
    (True, False, False)
    """
    if acr and claims.get("acr") == acr:
        return True
    said = claims.get("amr")
    methods = {one for one in said if isinstance(one, str)} if isinstance(said, list) else set()
    return "mfa" in methods or bool(methods & _HAS and methods & _KNOWS_OR_IS)


def _check(config: ProviderConfig) -> None:
    parts = urlsplit(config.issuer)
    is_here = parts.scheme == "http" and _is_this_machine(parts.hostname or "")
    is_bare = not parts.query and not parts.fragment and "@" not in parts.netloc and config.issuer.isprintable()
    if not parts.hostname or " " in config.issuer or not is_bare or not (parts.scheme == "https" or is_here):
        raise UsageError("The issuer of the log-in is an https:// address, as the provider writes it, without ? and #.")
    if not config.client_id or not config.secret:
        raise UsageError(
            "The provider's log-in needs the id of this dashboard there, and its secret: --oidc-client, and "
            "--oidc-secret-file or SHOPFLOOR_OIDC_SECRET."
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _refusal_in_words(error: str, name: str) -> str:
    """Return why nobody was logged in; only words of ours, for what stands in an address anybody may have written."""
    if error == "access_denied":
        return f"You, or {name}, did not agree to the log-in. Nobody was logged in."
    if error == "invalid_grant":
        return f"{name} does not take this log-in: it was used already, or is too old. Log in again."
    if error in _CALLER_FAULTS:
        return f"{name} does not know this dashboard, or its secret is another. Tell whoever runs the server."
    return f"{name} refused the log-in. Nobody was logged in. Try again, or tell whoever runs the server."
