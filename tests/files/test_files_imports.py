"""The files layer opens fast: nothing heavy, and no library that a reader of one file does not need."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {
    "numpy", "pandas", "torch", "spacy", "sklearn", "textual", "rich", "click",
    "filelock", "platformdirs", "ruamel", "sqlite3", "difflib", "asyncio", "email", "http",
}  # fmt: skip


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, pkgutil, importlib, qualkit.files as f\n"
        "for m in pkgutil.iter_modules(f.__path__): importlib.import_module('qualkit.files.' + m.name)\n"
        "print(*sys.modules)"
    )
    modules = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert "qualkit.files.journal" in modules
    assert HEAVY & {module.split(".")[0] for module in modules} == set()
