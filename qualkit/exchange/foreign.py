"""What a project has no place for, kept as it came and written back: links, sets, graphs, pictures, PDF.

It stands in ``exchange/kept.xml`` in the standard's own elements, and the files that belong to it in
``exchange/sources``. Written back is what the schema allows, and of that what still speaks of things
that go along: a link whose code was deleted stays where it is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.exchange.guids import normal
from qualkit.exchange.refi_text import attributes, xml_text
from qualkit.files.archive import parse_xml
from qualkit.files.names import fault_in_path, require_inside
from qualkit.files.text import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from qualkit.files.project import Project

FOREIGN_FORMAT = 1
"""Version of ``exchange/kept.xml``. 1: first."""
KEPT = "exchange/kept.xml"
FILES = "exchange/sources"
KINDS = {
    "Link": "links",
    "Set": "sets",
    "Graph": "graphs",
    "PictureSource": "pictures",
    "PDFSource": "PDF files",
    "VideoSource": "videos",
    "AudioSource": "recordings without a text",
}
"""Elements that are kept, and what a person calls them."""

_FORMAT = f"qualkit-kept/{FOREIGN_FORMAT}"
_SIGNED = ("creatingUser", "creationDateTime", "modifyingUser", "modifiedDateTime")
_BOX = ("firstX", "firstY", "secondX", "secondY")
_NOTED = ("Coding", "NoteRef")
_TEXT = (
    ("guid", "name", "richTextPath", "plainTextPath", *_SIGNED),
    ("Description", "PlainTextContent", "PlainTextSelection", *_NOTED, "VariableValue"),
)
_SOURCE = ("guid", "name", "path", "currentPath", *_SIGNED)
_SELECTION = ("Description", *_NOTED)
_VALUES = ("TextValue", "BooleanValue", "IntegerValue", "FloatValue", "DateValue", "DateTimeValue")
_REF = (("targetGUID",), ())
_PLAIN: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
_SHAPES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Link": (("guid", "name", "direction", "color", "originGUID", "targetGUID"), ("NoteRef",)),
    "Set": (("guid", "name"), ("Description", "MemberCode", "MemberSource", "MemberNote")),
    "Graph": (("guid", "name"), ("Vertex", "Edge")),
    "Vertex": (("guid", "representedGUID", "name", *_BOX, "shape", "color"), ()),
    "Edge": (
        (
            "guid",
            "representedGUID",
            "name",
            "sourceVertex",
            "targetVertex",
            "color",
            "direction",
            "lineStyle",
        ),
        (),
    ),
    "PictureSource": (
        _SOURCE,
        ("Description", "TextDescription", "PictureSelection", *_NOTED, "VariableValue"),
    ),
    "PictureSelection": (("guid", "name", *_BOX, *_SIGNED), _SELECTION),
    "PDFSource": (_SOURCE, ("Description", "PDFSelection", "Representation", *_NOTED, "VariableValue")),
    "PDFSelection": (("guid", "name", "page", *_BOX, *_SIGNED), ("Description", "Representation", *_NOTED)),
    "VideoSource": (_SOURCE, ("Description", "VideoSelection", *_NOTED, "VariableValue")),
    "VideoSelection": (("guid", "name", "begin", "end", *_SIGNED), _SELECTION),
    "AudioSource": (_SOURCE, ("Description", "AudioSelection", *_NOTED, "VariableValue")),
    "AudioSelection": (("guid", "name", "begin", "end", *_SIGNED), _SELECTION),
    "TextDescription": _TEXT,
    "Representation": _TEXT,
    "PlainTextSelection": (("guid", "name", "startPosition", "endPosition", *_SIGNED), _SELECTION),
    "Coding": (("guid", "creatingUser", "creationDateTime"), ("CodeRef", "NoteRef")),
    "VariableValue": ((), ("VariableRef", *_VALUES)),
    **dict.fromkeys(("NoteRef", "CodeRef", "VariableRef", "MemberCode", "MemberSource", "MemberNote"), _REF),
    **dict.fromkeys(("Description", "PlainTextContent", *_VALUES), _PLAIN),
}
"""Of each element: its attributes, and what it holds in the schema's order."""

_NEEDED = {
    "Set": ("guid", "name"),
    "Vertex": ("guid", "firstX", "firstY"),
    "Edge": ("guid", "sourceVertex", "targetVertex"),
    "PictureSelection": ("guid", *_BOX),
    "PDFSelection": ("guid", "page", *_BOX),
    "VideoSelection": ("guid", "begin", "end"),
    "AudioSelection": ("guid", "begin", "end"),
    "PlainTextSelection": ("guid", "startPosition", "endPosition"),
    "VariableValue": (),
}
_WHOLE = re.compile(r"\s*[+-]?\d+\s*")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_DIRECTION = re.compile("Associative|OneWay|Bidirectional")
_FITS: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys((*_BOX, "page", "begin", "end", "startPosition", "endPosition"), _WHOLE),
    **dict.fromkeys(("creationDateTime", "modifiedDateTime"), _TIME),
    "color": re.compile("#(?:[A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})"),
    "direction": _DIRECTION,
    "lineStyle": re.compile("dotted|dashed|solid"),
    "shape": re.compile("Person|Oval|Rectangle|RoundedRectangle|Star|(?:Left|Right|Up|Down)Triangle|Note"),
    "BooleanValue": re.compile(r"\s*(?:true|false|0|1)\s*"),
    "IntegerValue": _WHOLE,
    "FloatValue": re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*"),
    "DateValue": re.compile(r"\s*\d{4}-\d\d-\d\d(?:Z|[+-]\d\d:\d\d)?\s*"),
    "DateTimeValue": re.compile(rf"\s*{_TIME.pattern}\s*"),
}
_USERS = ("creatingUser", "modifyingUser")
_TIES = ("targetGUID", "originGUID", "representedGUID")


def name_of(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def foreign_parts(root: Element) -> tuple[Element, ...]:
    """What is to be kept of a document: see :data:`KINDS`; recordings that have a transcript are mapped."""
    found = [
        e
        for path in ("Links/{*}Link", "Sets/{*}Set", "Graphs/{*}Graph")
        for e in root.iterfind(f"{{*}}{path}")
    ]
    for element in root.findall("{*}Sources/*"):
        name = name_of(element)
        if name in KINDS and not (name in ("AudioSource", "VideoSource") and _is_told(element)):
            found.append(element)
    return tuple(element for element in found if normal(element.get("guid", "")))


def _is_told(source: Element) -> bool:
    """Whether the project has a place for a recording: there is a transcript, or nothing is said of it."""
    return source.find("{*}Transcript") is not None


def ties(parts: Iterable[Element]) -> set[str]:
    """The GUIDs that what is kept speaks of."""
    return {normal(e.get(key, "")) for part in parts for e in part.iter() for key in _TIES} - {""}


def members_of(parts: Iterable[Element]) -> tuple[str, ...]:
    """The archive's members that belong to it; names that lead anywhere else are no members."""
    found: dict[str, None] = {}
    for part in parts:
        for element in part.iter():
            for key in ("path", "plainTextPath", "richTextPath"):
                kind, _, name = element.get(key, "").partition("://")
                if kind == "internal" and name and "/" not in name and not fault_in_path(name):
                    found[name] = None
    return tuple(found)


# ── The file ─────────────────────────────────────────────────────────────────


def kept_bytes(parts: Iterable[Element]) -> bytes:
    """The file's content: parts in order of kind and GUID, one of each GUID."""
    by_guid: dict[tuple[int, str], str] = {}
    order = list(KINDS)
    for part in parts:
        key = (order.index(name_of(part)), normal(part.get("guid", "")))
        text = _plain(part)
        by_guid[key] = min(by_guid.get(key, text), text)  # the same whichever copy came first
    lines = "\n".join(by_guid[key] for key in sorted(by_guid))
    return f'<?xml version="1.0" encoding="utf-8"?>\n<Kept format="{_FORMAT}">\n{lines}\n</Kept>\n'.encode()


def read_kept(project: Project) -> tuple[Element, ...]:
    """What is kept; nothing when there is no file. Raises :class:`BadFile`."""
    path = project.root / KEPT
    if not path.exists():
        return ()
    root = parse_xml(path, read_bytes(require_inside(project.root, path)))
    if root.get("format") != _FORMAT:
        raise BadFile(path, f"its format is not {_FORMAT}.", "Take it from a copy, or update Qualkit.")
    return tuple(part for part in root if name_of(part) in KINDS and normal(part.get("guid", "")))


def _plain(element: Element) -> str:
    """An element as it came, without namespaces."""
    told = {key: value for key, value in element.attrib.items() if not key.startswith("{")}
    name = name_of(element)
    inner = "".join(_plain(child) for child in element) or xml_text((element.text or "").strip("\n"))
    return f"<{name}{attributes(**told)}>{inner}</{name}>" if inner else f"<{name}{attributes(**told)}/>"


# ── Writing back ─────────────────────────────────────────────────────────────


class Kept:
    """What is kept, on its way into an export."""

    def __init__(self, project: Project, upper: bool) -> None:
        self.parts = read_kept(project)
        self.folder = project.root / FILES
        self.upper = upper
        self.written: Counter[str] = Counter()
        self.files: dict[str, Path] = {}

    def sources(self, known: dict[str, str]) -> Iterator[str]:
        """Pictures, PDF files and the like; ``known``: GUIDs of what the export holds, as written there."""
        yield from self._of(("PictureSource", "PDFSource", "VideoSource", "AudioSource"), known)

    def group(self, name: str, known: dict[str, str]) -> str:
        """All links, sets or graphs, without the element around them."""
        return "".join(self._of((name,), known))

    def left(self) -> Iterator[tuple[str, int, int]]:
        """Kind, how many are kept, how many went along; of kinds that are kept."""
        counts = Counter(name_of(part) for part in self.parts)
        for name, number in counts.items():
            yield KINDS[name], number, self.written[name]

    def _of(self, names: tuple[str, ...], known: dict[str, str]) -> Iterator[str]:
        for part in self.parts:
            guid = normal(part.get("guid", ""))
            if name_of(part) not in names or guid in known:
                continue
            here = {normal(e.get("guid", "")): self._spelled(e.get("guid", "")) for e in part.iter()}
            if text := self._element(part, {**here, **known}):
                known.update((key, spelled) for key, spelled in here.items() if key)
                self.written[name_of(part)] += 1
                for name in members_of((part,)):
                    if (self.folder / name).is_file():
                        self.files[f"sources/{name}"] = self.folder / name
                yield text

    def _spelled(self, guid: str) -> str:
        return guid.strip().upper() if self.upper else guid.strip()

    def _element(self, element: Element, known: Mapping[str, str]) -> str:
        """An element as the schema has it; empty when it speaks of what is not there."""
        name = name_of(element)
        names, inside = _SHAPES[name]
        told = self._attributes(element, names, known)
        if told is None or any(key not in told for key in _NEEDED.get(name, names[:1])):
            return ""
        if not inside:
            text = element.text or ""
            if name in _FITS and not _FITS[name].fullmatch(text):
                return ""
            return (
                f"<{name}{attributes(**told)}>{xml_text(text)}</{name}>"
                if name in _TEXTS
                else (f"<{name}{attributes(**told)}/>")
            )
        held = self._held(element, inside, known)
        empty = name in ("Set", "Graph") and len(element) and not held
        if empty or (name == "Coding" and "<CodeRef" not in held):
            return ""
        if name == "VariableValue" and "<VariableRef" not in held:
            return ""
        return f"<{name}{attributes(**told)}>{held}</{name}>" if held else f"<{name}{attributes(**told)}/>"

    def _held(self, element: Element, inside: tuple[str, ...], known: Mapping[str, str]) -> str:
        drawn: dict[str, str] = {}
        parts = []
        for wanted in inside:
            for child in element.iterfind(f"{{*}}{wanted}"):
                ends = [normal(child.get(key, "")) for key in ("sourceVertex", "targetVertex")]
                if wanted == "Edge" and not all(end in drawn for end in ends):
                    continue
                if text := self._element(child, known):
                    drawn[normal(child.get("guid", ""))] = text
                    parts.append(text)
                    if wanted in ("Description", "TextDescription", "Representation", "PlainTextContent"):
                        break
        return "".join(parts)

    def _attributes(
        self, element: Element, names: tuple[str, ...], known: Mapping[str, str]
    ) -> dict[str, str] | None:
        """The attributes that fit; None when one of them speaks of what is not there."""
        told: dict[str, str] = {}
        for key in names:
            value = element.get(key)
            if value is None:
                continue
            if key in _USERS:
                if spelled := known.get(normal(value)):
                    told[key] = spelled
            elif key in (*_TIES, "guid", "sourceVertex", "targetVertex"):
                if (spelled := known.get(normal(value))) is None:
                    return None
                told[key] = spelled
            elif key not in _FITS or _FITS[key].fullmatch(value):
                told[key] = value
        return told


_TEXTS = {"Description", "PlainTextContent", *_VALUES}
