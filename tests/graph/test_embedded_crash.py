"""A writer of the embedded store that is killed at any moment loses nothing committed and leaves nothing half there."""

import os
import random
import subprocess
import sys

import pytest

from tests.graph.homes import PASSPHRASE, EmbeddedHome

N_ROWS = 150
STEPS = "oabc"
"""What a writer does for each batch: open it, append one kind, append another, commit."""
MOMENTS = range(10)
"""After how many steps a writer is killed: of two batches and a bit."""
KILLS_A_MOMENT = 5

KILLER = """
import os, signal, sys, time
from functools import lru_cache
from shopfloor.graph.embedded import EmbeddedStore, store as module
from tests.graph.build import draft, table

path, passphrase, n_rows = sys.argv[1], sys.argv[2], int(sys.argv[3])

def write_on(number, progress):
    store = EmbeddedStore.open(path, passphrase)
    os.write(progress, b"!")
    while True:
        with store.open_batch(draft()) as batch:
            os.write(progress, b"o")
            for kind, step in (("assignment", b"a"), ("contact", b"b")):
                rows = [{"key": f"{number}-{i}", "attributes": '{"n": "' + str(number) + '"}'} for i in range(n_rows)]
                batch.append(kind, table(kind, rows))
                os.write(progress, step)
        os.write(progress, b"c")
        number += 1

module.derive_key = lru_cache(module.derive_key)
EmbeddedStore.open(path, passphrase).close()
for line in sys.stdin:
    first, n_steps, share = line.split()
    reading, progress = os.pipe()
    child = os.fork()
    if not child:
        write_on(int(first), progress)
    os.close(progress)
    said, began = os.read(reading, 1), time.monotonic()
    while len(said) <= int(n_steps):
        said += os.read(reading, 1) or sys.exit("a writer ended by itself")
    time.sleep(float(share) * (time.monotonic() - began) / max(int(n_steps), 1))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(reading, 100):
        said += more
    os.close(reading)
    print(said.decode(), flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9")
def test_fifty_killed_writers_lose_nothing_committed_and_leave_nothing_half(embedded_home: EmbeddedHome) -> None:
    store = embedded_home.fresh()
    chance = random.Random(20260503)  # noqa: S311 - when to kill is no secret
    moments = chance.sample([*MOMENTS] * KILLS_A_MOMENT, len(MOMENTS) * KILLS_A_MOMENT)
    n_committed = 0
    command = [sys.executable, "-c", KILLER, str(embedded_home.path), PASSPHRASE, str(N_ROWS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killer:
        for n_steps in moments:
            said = kill_a_writer(killer, n_committed, n_steps, chance.random())
            n_said = said.count("c")
            assert n_said >= n_steps // len(STEPS)
            # What was said to be committed is there; one more may be there without having been said.
            n_found = len(store.batches()) - n_committed
            assert n_found - n_said in ({0, 1} if said.endswith("b") else {0})
            n_committed += n_found
    counts = store.query("counts").to_pylist()
    expected = [(kind, number + 1, N_ROWS) for kind in ("assignment", "contact") for number in range(n_committed)]
    assert [tuple(row.values()) for row in counts] == expected
    assert store.revision() == n_committed
    assert n_committed >= KILLS_A_MOMENT * sum(n_steps // len(STEPS) for n_steps in MOMENTS)
    assert store.check() == []


def kill_a_writer(killer: subprocess.Popen[str], first: int, n_steps: int, share: float) -> str:
    """Let a writer take some steps and a share of one more, kill it, and return the steps that it said it took."""
    assert killer.stdin is not None
    assert killer.stdout is not None
    killer.stdin.write(f"{first} {n_steps} {share}\n")
    killer.stdin.flush()
    said = killer.stdout.readline()
    assert said.startswith("!"), "a writer ended by itself"
    return said.strip()
