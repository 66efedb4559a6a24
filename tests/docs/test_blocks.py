import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs.pages import TEMPLATES, Block, runnable

PASSPHRASE = "four random words here"
SHOWN = {
    "README.md": ("Dorothy Whitlow", "5 people asked", "Batch 2 is undone."),
    "docs/import-guide.md": ("'Dot Whitlow' (1 time): 5?", "Answered.", "Noted as", "Changed: department, shift."),
    "docs/team.md": ("Olga may see: her units, whole.", "person: 1", "Olga is ended.", "people asked"),
}
"""Pages whose blocks are run, and what that must say."""


def run(
    block: Block, folder: Path, *, passphrase: str = PASSPHRASE, place: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a block in a folder as a newcomer would, with the passphrase in the environment.

    Parameters
    ----------
    block : Block
        Commands or Python.
    folder : pathlib.Path
        Where to run it.
    passphrase : str
        Of the store, or of the database user.
    place : mapping of str to str
        What stands on the page, and what is put in its place.
    """
    text = block.text
    for written, real in (place or {}).items():
        text = text.replace(written, real)
    scripts = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "SHOPFLOOR_PASSPHRASE": passphrase,
    }
    words = ["sh", "-euc", text] if block.language == "sh" else [sys.executable, "-c", text]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no sh on this machine")
@pytest.mark.parametrize(("page", "shown"), SHOWN.items())
def test_blocks_of_a_page_run_one_after_the_other(page: str, shown: tuple[str, ...], tmp_path: Path) -> None:
    for template in TEMPLATES.glob("*.csv"):
        shutil.copy(template, tmp_path)
    said = ""
    for block in runnable(ROOT / page, "sh", "python"):
        done = run(block, tmp_path)
        assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"
        said += done.stdout + done.stderr
    assert [line for line in shown if line not in said] == []
