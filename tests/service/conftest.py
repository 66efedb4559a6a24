from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from shopfloor import OpenStore, open_store
from shopfloor.graph.embedded import keys
from shopfloor.graph.embedded import store as embedded
from shopfloor.service import passwords
from tests.service.shop import FILES, PASSPHRASE, Shop, make_template
from tests.service.team import draw_campaign, load


@pytest.fixture(scope="session", autouse=True)
def _keys_derived_once() -> Iterator[None]:
    """Derive the key of a passphrase and salt once: the wait is on purpose, and the same every time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "derive_key", lru_cache(keys.derive_key))
        yield


@pytest.fixture(scope="session", autouse=True)
def _passwords_hashed_fast() -> Iterator[None]:
    """Hash passwords of accounts with little memory: they wait on purpose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=256, parallelism=1))
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty store to copy from."""
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def shop(tmp_path: Path, template: Path) -> Shop:
    """Return a folder with an empty store, and the command line."""
    return Shop(tmp_path, template)


@pytest.fixture(scope="session")
def full_template(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Path:
    """Return a store with the generated workplace imported, to copy from."""
    filled = Shop(tmp_path_factory.mktemp("full"), template)
    filled.load_all()
    return filled.store


@pytest.fixture
def full_shop(tmp_path: Path, full_template: Path) -> Shop:
    """Return a folder with the files and the store of the generated workplace, and the command line."""
    made = Shop(tmp_path, full_template)
    for name, text in FILES.items():
        made.file(name, text)
    return made


@pytest.fixture
def place(template: Path, tmp_path: Path) -> Path:
    """Return a store with a generated campaign (`draw_campaign` of seed 1) imported."""
    path = tmp_path / "team.store"
    path.write_bytes(template.read_bytes())
    with open_store(path, passphrase=PASSPHRASE) as store:
        load(store, draw_campaign(1))
    return path


@pytest.fixture
def owner(place: Path) -> Iterator[OpenStore]:
    """Open that store as its owner."""
    with open_store(place, passphrase=PASSPHRASE) as store:
        yield store
