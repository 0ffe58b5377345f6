"""The codebook: ``codebook check|show|use``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.group("codebook", epilog="Example: qualkit codebook check codebooks/mine.yaml")
def codebook() -> None:
    """Show or check the codebook, or see how its codes are used."""


@verb("check", "qualkit codebook check codebooks/mine.yaml")
@click.argument("path", required=False, type=click.Path(path_type=Path))
def check_codebooks(call: Call, path: Path | None) -> int:
    """Find missing languages, doubled terms, codes without examples, unknown parents, with their lines."""
    from qualkit.files.codebook import check_codebook

    path = path or call.project().codebook_path
    found = check_codebook(path)
    if not found and not call.json:
        console.data(f"{path}: no faults found.")
    return console.problems(found, call.json)


@verb("show", "qualkit codebook show --language sv")
@click.option("--language", default="", help="fi, sv or en. Default: the project's first language.")
def show_codebook(call: Call, language: str) -> None:
    """Print the tree of codes with their definitions."""
    from dataclasses import asdict

    from qualkit.files.codebook import load_codebook

    project = call.project()
    book = load_codebook(project)
    language = language or project.languages[0]
    if call.json:
        console.data_json([asdict(code) for code in book.codes])
        return

    def print_below(parent: str, depth: int) -> None:
        for code in book.children(parent):
            retired = " (retired)" if code.retired else ""
            console.data(f"{'  ' * depth}{code.id}: {code.name_in(language)}{retired}")
            console.data(f"{'  ' * depth}    {code.definition_in(language)}")
            print_below(code.id, depth + 1)

    print_below("", 0)


@verb("use", "qualkit codebook use --language fi")
@click.option("--language", default="", help="fi, sv or en. Default: the project's first language.")
def use_codebook(call: Call, language: str) -> None:
    """Tell which codes overlap, which hold several things, and whose meaning drifts as coding goes on."""
    from dataclasses import asdict

    from qualkit.coding.code_use import code_use

    project = call.project()
    found = code_use(project)
    if call.json:
        console.data_json(asdict(found))
        return
    language = language or project.languages[0]

    def words(phrases: Mapping[str, tuple[str, ...]]) -> str:
        return ", ".join((phrases.get(language) or max(phrases.values(), key=len, default=()))[:3]) or "–"

    for overlap in found.overlaps:
        one, other = overlap.codes
        console.data(f"{one} and {other} overlap: {overlap.shared} passages, {overlap.share:.0%} of either.")
    for split in found.splits:
        parts = "; ".join(f"{count}: {words(phrases)}" for count, phrases in split.groups)
        console.data(f"{split.code} may be several codes (stability {split.stability:.2f}): {parts}.")
    for drift in found.drifts:
        earlier, later = words(drift.earlier), words(drift.later)
        console.data(f"{drift.code} drifts (chance {drift.chance:.3f}): earlier {earlier}; later {later}.")
    if not (found.overlaps or found.splits or found.drifts):
        console.data("No code overlaps with another, falls apart or drifts, as far as the codings show.")


for command in (check_codebooks, show_codebook, use_codebook):
    codebook.add_command(command)
