"""What the scripts that measure over many sittings share: figures hold for the code they were made with."""

import ast
import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def fingerprint(files: Iterable[Path]) -> str:
    """Return a short digest of Python files in this order, without comments and docstrings."""
    digest = hashlib.sha256()
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                node.value = ast.Constant(None)
        digest.update(ast.dump(tree).encode())
    return digest.hexdigest()[:12]


def read_figures(path: Path, code: str, *parts: str) -> dict[str, Any]:
    """Return the figures so far; with these parts empty if there are none or the code is another than theirs."""
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if results.get("code") == code:
        return dict(results)
    if results:
        print("the code has changed since the last figures: starting anew", file=sys.stderr)
    return {"code": code, **{part: {} for part in parts}}
