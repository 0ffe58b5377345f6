"""The small pieces of a REFI-QDA file: attributes, text that XML can hold, sync points, a code described."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from qualkit.exchange.rendering import rendered
from qualkit.files.interviews import COLUMNS
from qualkit.files.transcript import load_transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from qualkit.exchange.incoming import Loss
    from qualkit.files.project import Project
    from qualkit.model import Code, Codebook, Interview, Transcript

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


_BREAKS = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def sync_points(transcript: Transcript) -> list[tuple[int, int]]:
    """Positions of the rendered text and their times in ms: where each turn begins and ends."""
    text = rendered(transcript)
    points = []
    for turn, line, start in zip(transcript.turns, text.lines, text.starts, strict=True):
        if turn.start_ms is not None and turn.end_ms is not None:
            points += [(line, turn.start_ms), (start + len(turn.text), turn.end_ms)]
    return points


def describe(code: Code, language: str) -> str:
    """A code's definition and rules in one language, as one text for tools that have one field."""

    def listed(lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return lists.get(language) or next(iter(lists.values()), ())

    parts = [code.definition_in(language)]
    for title, lists in (("+", code.include), ("−", code.exclude)):
        parts += [f"{title} {text}" for text in listed(lists)]
    parts += [f"„{text}”" for text in listed(code.examples)]
    return "\n".join(part for part in parts if part)


def code_names(book: Codebook, language: str, *, once: bool) -> dict[str, str]:
    """Code → its name in a language; ``once``: no name stands twice, as QualCoder's database wants it."""
    names = {code.id: code.name_in(language) for code in book.codes}
    twice = {name for name, number in Counter(names.values()).items() if number > 1} if once else ()
    return {code: f"{name} ({code})" if name in twice else name for code, name in names.items()}


def dimension_sets(book: Codebook, language: str, guid: Callable[[str, str], str]) -> str:
    """The dimensions as sets of codes, for ATLAS.ti, which shows its codes in one list."""
    text = ""
    for root in (code for code in book.children("") if any(book.children(code.id))):
        below = [code for code in book.codes if book.dimension(code.id) == root.id != code.id]
        members = (f"<MemberCode{attributes(targetGUID=guid('code', code.id))}/>" for code in below)
        head = attributes(guid=guid("set", root.id), name=root.name_in(language))
        text += f"<Set{head}>{''.join(members)}</Set>"
    return text


def variable_values(row: Interview, guid: Callable[[str, str], str]) -> Iterator[str]:
    """The cells of an interview's row that say something."""
    for name in [*COLUMNS[1:], *row.attributes]:
        value = str(getattr(row, name) if name in COLUMNS else row.attributes[name])
        if not value:
            continue
        kind = "IntegerValue" if name == "speakers" else "TextValue"
        ref = f"<VariableRef{attributes(targetGUID=guid('variable', name))}/>"
        yield f"<VariableValue>{ref}<{kind}>{xml_text(value)}</{kind}></VariableValue>"


def text_member(guid: str) -> str:
    """The member of an archive that holds the text with this GUID."""
    return f"sources/{guid.strip('{}')}.txt"


def text_path(guid: str) -> str:
    """Where the document says that a text stands."""
    return f"internal://{guid.strip('{}')}.txt"


def attributes(**values: str) -> str:
    """XML attributes, each with a space before it; line breaks survive, what XML cannot hold is dropped."""
    return "".join(f" {name}={quoteattr(_NO_XML.sub('', value), _BREAKS)}" for name, value in values.items())


def xml_text(value: str) -> str:
    """Text between tags."""
    return escape(_NO_XML.sub("", value), {"\r": "&#13;"})


def counter(text: str, flavour: str) -> Sequence[int] | None:
    """Where each code point stands as NVivo counts: UTF-16 units, a line end is two. None: as it is."""
    if flavour != "nvivo":
        return None
    return list(accumulate((2 if c == "\n" or c > "\uffff" else 1 for c in text), initial=0))


def coder_title(name: str) -> str:
    """A coder's name as a user of the file: a model is told from a person."""
    return name if "@" not in name or name.startswith("model:") else f"model:{name}"


def former_revision(project: Project, interview: str, revision: int) -> Transcript | None:
    """An earlier revision of a transcript; None when it cannot be read."""
    from qualkit.errors import QualkitError

    try:
        return load_transcript(project, interview, revision)
    except QualkitError:
        return None


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what could not be."""

    path: Path
    counts: Mapping[str, int]
    losses: tuple[Loss, ...]
