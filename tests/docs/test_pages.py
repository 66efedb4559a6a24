import json
import re
from pathlib import Path

import pytest

from docs import make_commands, make_data_dictionary, make_speed_table
from shopfloor.analysis import LAYERS, MEASURES
from shopfloor.records import FILES, KINDS
from shopfloor.settings import ENOUGH_ASKED, TieSettings
from tests.conftest import ROOT
from tests.docs.pages import pages

RESULT = {
    "work": "count people",
    "against": "by hand",
    "ratio": 31.26,
    "reach": 20,
    "seconds": 1.5,
    "machine": "2 cores",
    "date": "2026-11-22",
}
FORBIDDEN = (
    r"/(?:tmp|root)\b",
    r"/home/\w",
    r"\bTODO\b",
    r"\bFIXME\b",
)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_pages_and_their_scripts_name_no_place_of_one_machine() -> None:
    scripts = [*(ROOT / "docs").glob("*.py"), *(ROOT / "notebooks").glob("*.py"), *(ROOT / "docs/templates").iterdir()]
    texts = {file.name: file.read_text(encoding="utf-8") for file in [*pages(), *scripts]}
    assert [(name, word) for name, text in texts.items() for word in FORBIDDEN if re.search(word, text)] == []


def test_data_dictionary_is_what_the_records_say() -> None:
    assert make_data_dictionary.PAGE.read_text(encoding="utf-8") == make_data_dictionary.page(), (
        "run: python -m docs.make_data_dictionary"
    )


def test_data_dictionary_has_every_column_and_field() -> None:
    page = make_data_dictionary.page()
    for file in FILES.values():
        section = page.partition(f"\n### {file.name}\n")[2].partition("\n### ")[0]
        assert re.findall(r"^\| \**(\w+?)\** \| ", section, re.MULTILINE)[1:] == list(file.columns)
    for kind in KINDS.values():
        section = page.partition(f"\n### {kind.name.replace('_', ' ')}\n")[2].partition("\n### ")[0]
        assert re.findall(r"^\| (\w+) \| ", section, re.MULTILINE)[1:] == list(kind.field_names)


def test_command_reference_is_what_help_says() -> None:
    assert make_commands.PAGE.read_text(encoding="utf-8") == make_commands.page(), "run: python -m docs.make_commands"


def test_every_command_and_option_is_in_the_reference() -> None:
    page = make_commands.PAGE.read_text(encoding="utf-8")
    assert {"shopfloor import", "shopfloor imports undo", "shopfloor leaders"} <= {
        w for w, _ in make_commands.commands()
    }
    for words, command in make_commands.commands():
        section = page.partition(f"\n## {words}\n")[2].partition("\n## ")[0]
        assert section, words
        names = [name for parameter in command.params for name in parameter.opts if name.startswith("-")]
        assert [name for name in names if not re.search(rf"{name}\b", section)] == []


def test_import_guide_names_the_needed_columns_of_each_kind() -> None:
    guide = (ROOT / "docs" / "import-guide.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\w+) \| \[\w+\.csv\]\(\S+\) \| (.+) \|$", guide, re.MULTILINE))
    assert rows == {file.name: ", ".join(file.needed) for file in FILES.values()}


def test_how_it_works_tells_the_layers_limits_and_measures_of_the_program() -> None:
    page = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(LAYERS)
    assert page.count(f"over {TieSettings().max_group} people nothing") == 2
    assert TieSettings().half_life_days == 365.0
    assert f"fewer than {ENOUGH_ASKED:.0%}".replace("%", " %") in page
    refused = page.partition("count what is there. ")[2].partition(" depend on the whole network")[0]
    assert re.findall(r"`(\w+)`", refused) == [name for name, measure in MEASURES.items() if measure.needs_most_asked]


def test_speed_table_has_a_row_for_each_result() -> None:
    filled = make_speed_table.fill(
        "a\n<!-- speed:begin -->\nold\n<!-- speed:end -->\nb\n", make_speed_table.table([RESULT])
    )
    assert "| count people | by hand | 31.3 x | 20 x | 1.5 s |" in filled
    assert "Measured on: 2 cores, 2026-11-22." in filled
    assert "old" not in filled
    assert filled.startswith("a\n")
    assert filled.endswith("\nb\n")


@pytest.mark.parametrize("change", [{"ratio": "fast"}, {"more": 1}, {"work": None}])
def test_a_result_of_another_shape_is_refused_by_its_number(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="result 2"):
        make_speed_table.read_results(json.dumps([RESULT, RESULT | change]))


def test_readme_shows_the_newest_speeds() -> None:
    readme = make_speed_table.README.read_text(encoding="utf-8")
    if not make_speed_table.RESULTS.exists():
        assert make_speed_table.fill(readme, "") == readme, "speeds without benchmarks/results.json"
        return
    results = make_speed_table.read_results(make_speed_table.RESULTS.read_text(encoding="utf-8"))
    assert make_speed_table.fill(readme, make_speed_table.table(results)) == readme, (
        "run: python -m docs.make_speed_table"
    )
