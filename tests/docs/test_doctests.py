import doctest
import pkgutil
from importlib import import_module

import shopfloor


def test_examples_in_docstrings_give_what_they_show() -> None:
    names = ["shopfloor", *(module.name for module in pkgutil.walk_packages(shopfloor.__path__, "shopfloor."))]
    results = {name: doctest.testmod(import_module(name)) for name in names if not name.endswith("__main__")}
    assert [name for name, result in results.items() if result.failed] == []
    assert sum(result.attempted for result in results.values()) > 20
