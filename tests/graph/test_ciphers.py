"""The ciphers that are really in use: what was written is opened by hand, by nothing but what the standards say."""

import hashlib
import hmac
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shopfloor.graph.neo4j.cipher import Seal
from shopfloor.graph.neo4j.keyfile import KEY_FILE, KeyFile
from shopfloor.service.opening import create_store

PASSPHRASE = "only for these tests"
PAGE, IV, MAC = 4096, 16, 64


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return the pages of a store file that was made and closed."""
    place = tmp_path_factory.mktemp("made") / "made.store"
    create_store(place, passphrase=PASSPHRASE).close()
    data = place.read_bytes()
    return [data[at : at + PAGE] for at in range(0, len(data), PAGE)]


@pytest.fixture(scope="module")
def keys(pages: list[bytes]) -> tuple[bytes, bytes]:
    """Return the keys that encrypt and that authenticate, from the passphrase and the file alone."""
    salt = pages[0][:16]
    key = hashlib.scrypt(PASSPHRASE.encode(), salt=salt, n=2**17, r=8, p=1, maxmem=2**28, dklen=32)
    return key, hashlib.pbkdf2_hmac("sha512", key, bytes(byte ^ 0x3A for byte in salt), 2, 32)


def test_a_store_file_is_aes_256_in_cbc_under_a_key_stretched_by_scrypt(
    pages: list[bytes], keys: tuple[bytes, bytes]
) -> None:
    assert len(pages) > 3
    for number, page in enumerate(pages):
        start, end = 16 if number == 0 else 0, PAGE - IV - MAC
        opener = Cipher(algorithms.AES256(keys[0]), modes.CBC(page[end : end + IV])).decryptor()
        plain = opener.update(page[start:end]) + opener.finalize()
        if number == 0:
            assert int.from_bytes(plain[:2], "big") == PAGE
            assert plain[4] == IV + MAC
            assert plain[5:8] == bytes([64, 32, 32])  # as every SQLite header has it
            assert b"CREATE TABLE" in plain
    assert len({page[PAGE - IV - MAC : PAGE - MAC] for page in pages}) == len(pages), "each page has an IV of its own"


def test_every_page_of_a_store_file_is_authenticated_by_hmac_sha_512(
    pages: list[bytes], keys: tuple[bytes, bytes]
) -> None:
    for number, page in enumerate(pages, start=1):
        bound = page[16 if number == 1 else 0 : PAGE - MAC] + struct.pack("<I", number)
        assert hmac.digest(keys[1], bound, "sha512") == page[PAGE - MAC :]


def test_a_sealed_value_is_aes_256_in_gcm_under_a_key_of_its_purpose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_FILE, str(tmp_path))
    file = KeyFile.make("a" * 32, seals_names=True)
    secret, seal = file.keys[file.active].secret, Seal(file)
    assert len(secret) == 32

    def derived(purpose: str) -> bytes:
        """HKDF-SHA-256 of RFC 5869, one block of it."""
        first = hmac.digest(file.store_id.encode(), secret, "sha256")
        return hmac.digest(first, f"shopfloor neo4j sealing 1: {purpose}".encode() + b"\x01", "sha256")

    sealed = [seal.close_record("contact 1", b"555-0100"), seal.close_record("contact 1", b"555-0100")]
    for one in sealed:
        head, nonce, rest = one[:5], one[5:17], one[17:]
        assert head == b"\x01" + bytes.fromhex(file.active)
        plain = AESGCM(derived("records")).decrypt(nonce, rest, head + b"contact 1")
        assert plain.rstrip() == b"555-0100"
    assert sealed[0][5:17] != sealed[1][5:17]
    index = hmac.digest(derived("index"), b"phone\x1f5550100", "sha256")[:8].hex()
    assert seal.index("phone", "5550100") == index
