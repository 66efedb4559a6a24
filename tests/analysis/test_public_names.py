"""What the analyses offer is there, under the name that is promised, and nothing else is promised."""

import ast
from pathlib import Path

from shopfloor import analysis


def test_every_public_name_can_be_loaded_and_is_listed_everywhere() -> None:
    listed = [name for names in analysis._MODULES.values() for name in names]
    assert sorted(listed) == sorted(analysis.__all__)
    assert all(getattr(analysis, name) is not None for name in listed)
    code = ast.parse(Path(analysis.__file__).read_text(encoding="utf-8"))
    typed = {
        (str(node.module).rpartition(".")[2], alias.name)
        for node in ast.walk(code)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("shopfloor.analysis.")
        for alias in node.names
    }
    assert typed == {(module, name) for module, names in analysis._MODULES.items() for name in names}
