"""One store with accounts for all tests here, copied for those that change it; keys and hashes are made once."""

import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from shopfloor.graph.embedded import keys
from shopfloor.graph.embedded import store as embedded
from shopfloor.service import passwords
from tests.security.hall import HOST, TeamHall, make_store, open_hall
from tests.service.team import Campaign, draw_campaign


@pytest.fixture(scope="session", autouse=True)
def _short_waits() -> Iterator[None]:
    """Derive each key once, and hash passwords with a thousandth of the work: the waits are on purpose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "derive_key", lru_cache(keys.derive_key))
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session")
def campaign() -> Campaign:
    return draw_campaign(3)


@pytest.fixture(scope="session")
def team_store(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("team") / "team.store", campaign)


@pytest.fixture(scope="module")
def halls(
    team_store: Path, campaign: Campaign, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., TeamHall]]:
    """Return a maker of dashboards, each over a copy of the store."""
    made: list[TeamHall] = []

    def open_copy(*, is_tls: bool = False, hosts: tuple[str, ...] = (HOST,)) -> TeamHall:
        place = tmp_path_factory.mktemp("hall") / "team.store"
        shutil.copy(team_store, place)
        made.append(open_hall(place, campaign, is_tls=is_tls, hosts=hosts))
        return made[-1]

    yield open_copy
    for hall in made:
        hall.door.close()


@pytest.fixture(scope="module")
def team_hall(halls: Callable[..., TeamHall]) -> TeamHall:
    """Return one dashboard for all tests of a module."""
    return halls()


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return what says at the end of a test how much was tried."""

    def say(n: int, what: str, **more: int) -> None:
        told = request.config.pluginmanager.get_plugin("terminalreporter")
        if told is not None:
            told.write_line(f" tried {n:,} {what}{''.join(f', {name} {m:,}' for name, m in more.items())}")

    return say
