"""Checks what the documents promise: every verb is there, every command shown exists, links lead somewhere.

    python tools/check_docs.py

Reads README, CONTRIBUTING, CHANGELOG and everything in docs/. Prints one line a fault, with file and line,
and exits 1 when there are any.
"""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
ANYTHING = {"…", "...", "[…]"}
"""Stands for 'and so on' in an example."""


@dataclass(frozen=True, slots=True)
class Fault:
    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def documents(root: Path = ROOT) -> list[Path]:
    """The Markdown files that readers are sent to."""
    top = [root / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "BENCHMARKS.md")]
    return [p for p in (*top, *sorted((root / "docs").rglob("*.md"))) if p.is_file()]


# ── Commands ─────────────────────────────────────────────────────────────────


def commands(
    group: click.Group, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below a group as ``(words, command)``, groups too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            raise SystemExit(f"qualkit {' '.join((*above, name))} is listed and cannot be loaded.")
        yield (*above, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))


def undocumented(cli: click.Group, texts: dict[Path, str], root: Path = ROOT) -> Iterator[Fault]:
    """Commands without help, and commands that no document mentions."""
    whole = re.sub(r"\\\n\s*", "", "\n".join(texts.values()))  # a command over several lines
    for words, command in commands(cli):
        name = "qualkit " + " ".join(words)
        if command.hidden:
            continue
        if not (command.help or command.short_help):
            yield Fault(root / "qualkit" / "cli", 0, f"`{name}` has no help text.")
        if not any(re.search(way, whole, re.MULTILINE) for way in mentions(words)):
            yield Fault(root / "README.md", 0, f"`{name}` is mentioned neither here nor in docs/.")


def mentions(words: tuple[str, ...]) -> Iterator[str]:
    """The ways, as patterns, in which a document may mention a command."""
    yield re.escape("qualkit " + " ".join(words)) + r"(?![\w-])"
    yield (
        re.escape(" ".join(("qualkit", *words[:-1]))) + rf" [\w|-]*\b{re.escape(words[-1])}(?![\w-])"
    )  # a|b|c
    if len(words) == 1:
        yield rf"^\|[^|]*`{re.escape(words[0])}`"  # the first column of a table of verbs


def shown(text: str) -> Iterator[tuple[int, str]]:
    """Command lines that a document shows, with line numbers: in code blocks, and as code in sentences."""
    fenced, kind, held, begun = False, "", "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if fence := re.match(r"\s*```(\w*)", line):
            fenced, kind, held = not fenced, fence.group(1), ""
            continue
        if not fenced:
            for code in re.findall(r"`([^`]+)`", line):
                yield number, code
        elif kind in {"", "sh", "bash", "console", "shell"}:
            begun = begun if held else number
            held += line.strip().removeprefix("$ ")
            if held.endswith("\\"):
                held = held[:-1]
                continue
            yield begun, held
            held = ""


def wrong_examples(cli: click.Group, path: Path, text: str) -> Iterator[Fault]:
    """Shown ``qualkit …`` lines whose verb or options do not exist."""
    for number, line in shown(text):
        for part in re.split(r"&&|\|\|?|;|#", line.replace("\\|", "|")):
            try:
                words = shlex.split(part)
            except ValueError:
                continue  # a sentence with an apostrophe, not a command
            while words and ("=" in words[0] or words[0] in {"flock", "nice", "nohup", "time"}):
                words = words[1:]
            if words and Path(words[0]).name == "qualkit":
                yield from (Fault(path, number, told) for told in mistakes(cli, words[1:]))


def mistakes(cli: click.Group, words: list[str]) -> Iterator[str]:
    """What is wrong with the words after ``qualkit``."""
    command: click.Command = cli
    name = "qualkit"
    at = 0
    while isinstance(command, click.Group) and at < len(words) and not words[at].startswith("-"):
        word = words[at]
        if word in ANYTHING or not re.fullmatch(r"[a-z][a-z-]*", word):
            return  # VERB, <verb>, …
        below = command.get_command(click.Context(command), word)
        if below is None:
            yield f"there is no `{name} {word}`."
            return
        command, name, at = below, f"{name} {word}", at + 1
    known = {
        option
        for p in command.params
        if isinstance(p, click.Option)
        for option in (*p.opts, *p.secondary_opts)
    }
    known |= {"--help", "-h"}
    for word in words[at:]:
        if word == "--":
            return
        option = word.partition("=")[0].rstrip(".,:)]")
        if re.fullmatch(r"--[a-z][\w-]*", option) and option not in known:
            yield f"`{name}` has no option {option}."


# ── Links ────────────────────────────────────────────────────────────────────


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    made: set[str] = set()
    for heading in re.findall(
        r"^#{1,6}\s+(.+?)\s*#*$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE
    ):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        made.add(slug if slug not in made else f"{slug}-{sum(a.startswith(slug) for a in made)}")
    return made


def broken_links(path: Path, text: str) -> Iterator[Fault]:
    """Relative links, pictures included, whose file or heading is not there."""
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*```", line):
            fenced = not fenced
        if fenced:
            continue
        prose = re.sub(r"`[^`]*`", "", line)
        found = re.findall(r"\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|(?:src|href)=\"([^\"]+)\"", prose)
        for target in (a or b for a, b in found):
            if re.match(r"[a-z][a-z+.-]*:", target):
                continue
            file, _, anchor = target.partition("#")
            there = (path.parent / unquote(file)).resolve() if file else path
            if not there.exists():
                yield Fault(path, number, f"the link to {target} leads nowhere.")
            elif (
                anchor and there.suffix == ".md" and anchor not in anchors(there.read_text(encoding="utf-8"))
            ):
                yield Fault(path, number, f"{file or path.name} has no heading for #{anchor}.")


def check(cli: click.Group, root: Path = ROOT) -> list[Fault]:
    """Every fault of every document."""
    texts = {path: path.read_text(encoding="utf-8") for path in documents(root)}
    if root / "README.md" not in texts:
        return [Fault(root / "README.md", 0, "is missing.")]
    faults = list(undocumented(cli, texts, root))
    for path, text in texts.items():
        faults += [*wrong_examples(cli, path, text), *broken_links(path, text)]
    return faults


def main() -> int:
    """Print the faults; 1 when there are any."""
    from qualkit.cli.main import cli

    faults = check(cli)
    for fault in faults:
        shown_path = fault.path.relative_to(ROOT) if fault.path.is_relative_to(ROOT) else fault.path
        print(Fault(shown_path, fault.line, fault.message))
    texts = len(documents())
    print(
        f"{texts} documents: {len(faults)} faults." if faults else f"{texts} documents are as promised.",
        file=sys.stderr,
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
