"""Whose certificate nobody vouches for gets no word from us: neither as identity provider nor as database."""

import queue
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import create_server

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shopfloor.dashboard.team.provider import Provider, ProviderConfig
from shopfloor.errors import LogInError, StoreError
from shopfloor.service.opening import open_store

WORD = "canary-password-of-the-database"


class Impostor:
    """Something that speaks TLS under a certificate that it made itself; `heard` is what it was told, or why not."""

    def __init__(self, folder: Path) -> None:
        self.heard: queue.SimpleQueue[bytes | str] = queue.SimpleQueue()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*made_certificate(folder))
        self._listening = create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(line, server_side=True) as secured:
                    secured.settimeout(5)
                    self.heard.put(secured.recv(10_000))
            except OSError as error:
                self.heard.put(str(error))

    def close(self) -> None:
        """Answer nobody any more."""
        self._listening.close()


def made_certificate(folder: Path) -> tuple[Path, Path]:
    """Return the files of a certificate for this machine and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "made.pem", folder / "made.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[Impostor]:
    made = Impostor(tmp_path)
    yield made
    made.close()


def test_a_provider_whose_certificate_nobody_vouches_for_is_told_nothing(impostor: Impostor) -> None:
    config = ProviderConfig(f"https://localhost:{impostor.port}", "shopfloor", "canary-secret")
    with pytest.raises(LogInError, match=r"does not answer as it should \(SSLError\)"):
        Provider(config, lambda: "https://drive.example.org/oidc/callback").begin()
    assert "unknown ca" in str(impostor.heard.get(timeout=5)).casefold()
    assert impostor.heard.empty()


@pytest.mark.parametrize("scheme", ["bolt+s", "neo4j+s"])
def test_a_database_whose_certificate_nobody_vouches_for_is_told_nothing(impostor: Impostor, scheme: str) -> None:
    with pytest.raises(StoreError):
        open_store(f"{scheme}://localhost:{impostor.port}", user="neo4j", passphrase=WORD)
    assert "unknown ca" in str(impostor.heard.get(timeout=5)).casefold()
    assert impostor.heard.empty()


def test_the_impostor_hears_what_somebody_says_who_does_not_look(impostor: Impostor) -> None:
    with pytest.raises(StoreError):
        open_store(f"bolt+ssc://localhost:{impostor.port}", user="neo4j", passphrase=WORD)
    assert isinstance(impostor.heard.get(timeout=5), bytes)
