import re
from typing import Final

import pytest

from shopfloor.dashboard import uploads
from shopfloor.dashboard.security import MAX_TEAM_UPLOAD_BYTES, MAX_UPLOAD_BYTES
from shopfloor.records import KINDS
from shopfloor.service import passwords, throttle
from shopfloor.service.policy import ROLES
from shopfloor.service.sessions import MOST_OF_ONE
from shopfloor.settings import INVITATION_LASTS, SESSION_IDLE, SESSION_LONGEST
from tests.conftest import ROOT
from tests.docs.named_tests import missing_tests, named_tests

PAGE: Final = ROOT / "docs" / "security.md"
THREATS: Final = (
    "A lost or seized laptop",
    "A copied store, backup or Neo4j volume",
    "A colleague who looks beyond her units",
    "An organizer who left",
    "An employer's informant with a log-in",
    "A hostile web page in the same browser",
    "Somebody on the same network",
    "A poisoned spreadsheet",
    "An export that travels",
    "The program's own logs and temporary files",
)


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("threat", THREATS)
def test_each_threat_says_what_is_got_what_protects_what_does_not_and_by_which_test(page: str, threat: str) -> None:
    section = page.partition(f"\n### {threat}\n")[2].partition("\n##")[0]
    assert [word for word in ("*Gets*:", "*Protects*:", "*Does not*:") if word not in section] == []
    assert named_tests(section)


def test_every_test_that_is_named_is_one() -> None:
    assert missing_tests(PAGE) == []


def test_numbers_on_the_page_are_those_of_the_program(page: str) -> None:
    text = " ".join(page.split())
    for words in (
        f"{passwords.SHORTEST} to {passwords.LONGEST} characters",
        f"after {SESSION_IDLE.total_seconds() / 60:.0f} minutes without use",
        f"after {SESSION_LONGEST.total_seconds() / 3600:.0f} hours",
        f"within {INVITATION_LASTS.total_seconds() / 3600:.0f} hours",
        f"{throttle.LONGEST_WAIT // 60} minutes at most",
        f"{throttle.FREE_FROM_ANYWHERE} are free from all addresses",
        f"a request of {MAX_TEAM_UPLOAD_BYTES / 1e6:.0f} MB on a server with accounts",
        f"({MAX_UPLOAD_BYTES / 1e6:.0f} MB on a laptop, files of {uploads.MOST_BYTES / 1e6:.0f} MB)",
        f"{uploads.MOST_FILES} at once",
        f"{uploads.MOST_ROWS / 1e6} million rows, {uploads.MOST_CELLS / 1e6:.0f} million cells",
    ):
        assert words in text
    assert (throttle.FREE, MOST_OF_ONE, uploads.LONGEST_S) == (5, 10, 300)
    assert "five wrong attempts" in text
    assert "Ten for each account" in text
    assert "five minutes" in text


def test_every_role_and_every_class_of_fields_has_its_row(page: str) -> None:
    section = page.partition("\n## Roles and scope\n")[2].partition("\n## ")[0]
    first = [re.sub(r" \(.*\)", "", cell) for cell in re.findall(r"^\| ([^|]+?) \|", section, re.MULTILINE)]
    assert set(ROLES) <= set(first)
    classes = {field.privacy for kind in KINDS.values() for field in kind.fields} - {"key"}
    assert classes == {name for cell in first for name in cell.split(", ")} & classes
