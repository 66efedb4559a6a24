"""The list of tests that take long names tests that there are."""

from tests.conftest import ROOT
from tests.make_slow import read_slow


def test_every_test_of_the_list_is_there() -> None:
    listed = sorted(read_slow())
    assert len(listed) > 100
    for name in listed:
        path, _, function = name.partition("::")
        assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8"), name
