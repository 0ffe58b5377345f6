"""The docs check finds what it should, each on a small command line and document of its own."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_docs", ROOT / "tools" / "check_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_docs"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def cli() -> click.Group:
    @click.group(help="All.")
    def cli() -> None: ...

    @cli.command(help="Say hello.")
    @click.option("--loud/--quiet")
    @click.argument("name")
    def greet(name: str, loud: bool) -> None: ...

    @cli.group(help="Models.")
    def models() -> None: ...

    @models.command("list", help="List.")
    def list_() -> None: ...

    @models.command(help="Fetch.")
    @click.option("--default", is_flag=True)
    def fetch(default: bool) -> None: ...

    return cli


FINE = """# The tool

`qualkit greet`, and `qualkit models list|fetch`; see [below](#in-use) and [more](docs/more.md#part-two).

## In use

```sh
qualkit greet --loud Ann   # says hello; there are more options
QUALKIT_MODELS=/x .venv/bin/qualkit models \\
    fetch --default && echo done
```

`qualkit VERB` runs a verb, [elsewhere](https://example.org/x).
"""


def check(docs: ModuleType, cli: click.Group, root: Path, readme: str) -> list[str]:
    (root / "docs").mkdir()
    (root / "docs" / "more.md").write_text("# More\n\n## Part two\n", encoding="utf-8")
    (root / "README.md").write_text(readme, encoding="utf-8")
    return [f"{fault.line}: {fault.message}" for fault in docs.check(cli, root)]


def test_documents_in_order(docs: ModuleType, cli: click.Group, tmp_path: Path) -> None:
    assert check(docs, cli, tmp_path, FINE) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("`qualkit greet`, and", "And"), []),
        (("qualkit greet", "greet"), ["0: `qualkit greet` is mentioned neither here nor in docs/."]),
        (("qualkit greet", "greet\n\n| `this`, `greet` | says hello |\n\n"), []),
        (("--loud Ann", "--lout Ann"), ["8: `qualkit greet` has no option --lout."]),
        (("qualkit greet --loud", "qualkit greets --loud"), ["8: there is no `qualkit greets`."]),
        (("fetch --default", "fetch --all"), ["9: `qualkit models fetch` has no option --all."]),
        (("fetch --default", "bring --default"), ["9: there is no `qualkit models bring`."]),
        (("|fetch`", "`"), []),
        (("more.md#part-two", "more.md#part-three"), ["3: docs/more.md has no heading for #part-three."]),
        (("docs/more.md", "docs/less.md"), ["3: the link to docs/less.md#part-two leads nowhere."]),
        (("(#in-use)", "(#in-vain)"), ["3: README.md has no heading for #in-vain."]),
        (("list|fetch", "fetch"), ["0: `qualkit models list` is mentioned neither here nor in docs/."]),
    ],
)
def test_each_fault_is_found(
    docs: ModuleType, cli: click.Group, tmp_path: Path, change: tuple[str, str], told: list[str]
) -> None:
    assert FINE.count(change[0]) >= 1
    assert check(docs, cli, tmp_path, FINE.replace(*change)) == told


def test_a_verb_without_help_and_without_a_word_about_it(
    docs: ModuleType, cli: click.Group, tmp_path: Path
) -> None:
    cli.add_command(click.Command("mute"))
    assert check(docs, cli, tmp_path, FINE) == [
        "0: `qualkit mute` has no help text.",
        "0: `qualkit mute` is mentioned neither here nor in docs/.",
    ]


def test_without_a_readme(docs: ModuleType, cli: click.Group, tmp_path: Path) -> None:
    assert [f.message for f in docs.check(cli, tmp_path)] == ["is missing."]
