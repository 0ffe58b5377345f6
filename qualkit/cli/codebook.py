"""The codebook: ``codebook check|show``."""

from __future__ import annotations

from pathlib import Path

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb


@click.group("codebook", epilog="Example: qualkit codebook check codebooks/mine.yaml")
def codebook() -> None:
    """Show or check the codebook."""


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


for command in (check_codebooks, show_codebook):
    codebook.add_command(command)
