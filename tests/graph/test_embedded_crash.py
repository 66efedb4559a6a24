"""A writer of the embedded store that is killed at any moment loses nothing committed and leaves nothing half there."""

import os
import random
import subprocess
import sys

import pytest

from tests.graph.homes import PASSPHRASE, EmbeddedHome

N_KILLS = 50
N_ROWS = 150

KILLER = """
import os, signal, sys, time
from functools import lru_cache
from shopfloor.graph.embedded import EmbeddedStore, store as module
from tests.graph.build import draft, table

path, passphrase, n_rows = sys.argv[1], sys.argv[2], int(sys.argv[3])

def write_on(number, begins):
    store = EmbeddedStore.open(path, passphrase)
    os.write(begins, b"!")
    while True:
        with store.open_batch(draft()) as batch:
            for kind in ("assignment", "contact"):
                rows = [{"key": f"{number}-{i}", "attributes": '{"n": "' + str(number) + '"}'} for i in range(n_rows)]
                batch.append(kind, table(kind, rows))
        print(number, flush=True)
        number += 1

module.derive_key = lru_cache(module.derive_key)
EmbeddedStore.open(path, passphrase).close()
for line in sys.stdin:
    first, seconds = line.split()
    begun, begins = os.pipe()
    child = os.fork()
    if not child:
        write_on(int(first), begins)
    os.read(begun, 1)
    time.sleep(float(seconds))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(begun)
    os.close(begins)
    print("killed", flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9")
def test_fifty_killed_writers_lose_nothing_committed_and_leave_nothing_half(embedded_home: EmbeddedHome) -> None:
    store = embedded_home.fresh()
    chance = random.Random(20260503)  # noqa: S311 - when to kill is no secret
    committed: list[str] = []
    command = [sys.executable, "-c", KILLER, str(embedded_home.path), PASSPHRASE, str(N_ROWS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killer:
        for _ in range(N_KILLS):
            said = kill_a_writer(killer, len(committed), chance.uniform(0.0, 0.8))
            batches = [str(number) for number in range(len(store.batches()))]
            # What was said to be committed is there; the last one may be there without having been said.
            assert batches[: len(committed) + len(said)] == committed + said
            assert len(batches) - len(committed) - len(said) in {0, 1}
            committed = batches
    counts = store.query("counts").to_pylist()
    expected = [(kind, number + 1, N_ROWS) for kind in ("assignment", "contact") for number in range(len(committed))]
    assert [tuple(row.values()) for row in counts] == expected
    assert store.revision() == len(committed)
    assert committed
    assert store.check() == []


def kill_a_writer(killer: subprocess.Popen[str], first: int, seconds: float) -> list[str]:
    """Let a writer write for some time, kill it, and return the batches that it said were committed."""
    assert killer.stdin is not None
    assert killer.stdout is not None
    killer.stdin.write(f"{first} {seconds}\n")
    killer.stdin.flush()
    said = []
    while (line := killer.stdout.readline()) != "killed\n":
        assert line, "the writers' parent ended"
        said.append(line.strip())
    return said
