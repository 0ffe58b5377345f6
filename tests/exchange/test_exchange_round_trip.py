"""A generated project with everything in it goes out as REFI-QDA and comes back without a difference."""

from __future__ import annotations

import tempfile
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyrefiqda import RefiProject

from qualkit.exchange.foreign import KEPT, kept_bytes, name_of, read_kept
from qualkit.exchange.guids import Guids, normal, own_guid
from qualkit.exchange.landing import land
from qualkit.exchange.refi_read import read_refi
from qualkit.exchange.refi_text import attributes, xml_text
from qualkit.exchange.refi_write import FLAVOURS, Options, export_refi
from qualkit.files.anchors import anchor
from qualkit.files.atomic import write_bytes
from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_write import write_codebook
from qualkit.files.interviews import write_interviews
from qualkit.files.journal import Journal, check_journal, read_codings
from qualkit.files.memos import write_memo
from qualkit.files.project import Project, init_project, load_project
from qualkit.files.text import one_line
from qualkit.files.transcript import save_transcript
from qualkit.model import Code, Codebook, Interview, Memo, Speaker, Transcript, Turn, Word
from tests.exchange.copies import everything

SCHEMAS = Path(__file__).parent / "schemas"
LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co"))
TEXT = st.text(LETTERS, min_size=1, max_size=25).map(one_line).filter(lambda t: t.strip() == t and t != "")
NASTY = st.sampled_from(
    [
        "Höyrylinja 💧 vuotaa, e\u0301 ja 漢字", "S1: ei", "Vesi: putki: <b>&amp; ]]> \"x\" 'y'",
        "[0:01] H: aha", "\u200f\u202emoi\u202c", "👩\u200d🚒 ja 🇫🇮", "=1+1", "a\u00a0b\u2003c", "-", "&#10;",
    ]
).map(one_line)  # fmt: skip
SAID = st.one_of(TEXT, NASTY)
TIME = st.integers(0, 50_000_000).map(
    lambda n: f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:00Z"
)
NOTE = st.lists(SAID, min_size=1, max_size=3).map("\n".join)


@cache
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMAS / "Project.xsd")


def validate(target: Path) -> None:
    with zipfile.ZipFile(target) as file:
        schema().validate(file.read("project.qde").decode("utf-8"))


@st.composite
def transcripts(draw: st.DrawFn, name: str) -> Transcript:
    names = draw(st.lists(st.one_of(st.just(""), SAID), min_size=1, max_size=3))
    speakers = tuple(
        Speaker(f"S{n + 1}", label, "interviewer" if n == 0 else "") for n, label in enumerate(names)
    )
    timed = draw(st.booleans())
    turns, at = [], 0
    for _ in range(draw(st.integers(1, 5))):
        text = draw(SAID)
        length = draw(st.integers(1, 9000))
        words: tuple[Word, ...] = ()
        if timed and draw(st.booleans()):
            words = (Word(0, len(text), at, at + length, draw(st.sampled_from([None, 0.25]))),)
        times = {"start_ms": at, "end_ms": at + length} if timed else {}
        speaker = draw(st.sampled_from(speakers)).id
        turns.append(Turn(speaker, text, words=words, sampled=draw(st.booleans()), **times))  # type: ignore[arg-type]
        at += length + draw(st.integers(0, 500))
    return Transcript(name, draw(st.sampled_from(["fi", "sv", "en"])), speakers, tuple(turns))


@st.composite
def codebooks(draw: st.DrawFn) -> Codebook:
    codes: list[Code] = []
    for number in range(draw(st.integers(1, 6))):
        parent = draw(st.sampled_from(["", *(c.id for c in codes)]))
        texts = st.fixed_dictionaries({"fi": SAID, "en": SAID})
        lists = st.fixed_dictionaries({"fi": st.lists(SAID, max_size=2).map(tuple)})
        codes.append(
            Code(
                f"code-{number}", draw(texts), parent, draw(texts), draw(lists), draw(lists), draw(lists),
                color=draw(st.sampled_from(["", "#a1b2c3"])), codable=draw(st.booleans()),
            )
        )  # fmt: skip
    return Codebook({"fi": "Koe"}, tuple(codes), languages=("fi", "en"))


def build(root: Path, data: st.DataObject) -> Project:
    """A project of everything that a project can hold."""
    project = init_project(root, data.draw(SAID), ("fi", "sv", "en"))
    write_codebook(project.codebook_path, data.draw(codebooks()))
    book = load_codebook(project)
    ids = [f"site-{n:02}" for n in range(data.draw(st.integers(1, 3)))]
    attributes = data.draw(st.dictionaries(st.sampled_from(["vuoro", "Ikä (v)", "x"]), SAID, max_size=2))
    rows = [
        Interview(i, "site", "2026-03-01", "fi", data.draw(SAID), speakers=data.draw(st.integers(0, 5)),
                  consent=data.draw(st.sampled_from(["", "quote", "no-quote"])), attributes=attributes)
        for i in ids
    ]  # fmt: skip
    write_interviews(project, [*rows, Interview("untold", attributes=attributes)])
    for name in ids:
        transcript = data.draw(transcripts(name))
        save_transcript(project, transcript)
        length = len(transcript.text)
        for coder in data.draw(st.sets(st.sampled_from(["anna", "bo", "Åke"]), max_size=2)):
            journal = Journal(project, coder, name)
            for _ in range(data.draw(st.integers(0, 4))):
                start = data.draw(st.integers(0, length - 1))
                place = anchor(transcript, start, data.draw(st.integers(start + 1, length)))
                memo = data.draw(st.one_of(st.just(""), NOTE))
                code = data.draw(st.sampled_from(book.codes)).id
                made = journal.add_coding(code, place, data.draw(st.sampled_from(["", "s-1"])), memo)
                if data.draw(st.booleans()):
                    journal.memo(
                        data.draw(NOTE), f"coding:{made.id}", data.draw(st.one_of(st.just(""), SAID))
                    )
                if data.draw(st.booleans()):
                    journal.memo(data.draw(NOTE), anchor=place)
            if data.draw(st.booleans()):
                journal.memo(data.draw(NOTE), f"code:{book.codes[0].id}")
    for number, about in enumerate(
        data.draw(st.lists(st.sampled_from(["project", f"interview:{ids[0]}"])))[:3]
    ):
        write_memo(
            project, Memo(f"m{number}", about, "anna", data.draw(TIME), data.draw(NOTE), data.draw(SAID))
        )
    tie(project, data, [f"code:{code.id}" for code in book.codes] + [f"interview:{i}" for i in ids])
    return project


def tie(project: Project, data: st.DataObject, things: list[str]) -> None:
    """Links, sets and graphs of another tool on what the project holds, as an import keeps them."""
    guids = Guids(project)
    known = {thing: guids.of(*thing.split(":")) for thing in things}
    things += [f"coding:{coding.id}" for coding in read_codings(project)]
    known |= {thing: guids.of(*thing.split(":")) for thing in things[len(known) :]}
    some = st.sampled_from(things).map(known.__getitem__)
    text = ""
    for number in range(data.draw(st.integers(0, 3))):
        ends = attributes(originGUID=data.draw(some), targetGUID=data.draw(some))
        text += f"<Link{attributes(guid=own_guid('x', 'link', str(number)), name=data.draw(SAID))}{ends}/>"
    for number in range(data.draw(st.integers(0, 2))):
        codes = [known[t] for t in things if t.startswith("code:") and data.draw(st.booleans())]
        texts = [known[t] for t in things if t.startswith("interview:") and data.draw(st.booleans())]
        inner = f"<Description>{xml_text(data.draw(NOTE))}</Description>"
        inner += "".join(f"<MemberCode{attributes(targetGUID=guid)}/>" for guid in codes)
        inner += "".join(f"<MemberSource{attributes(targetGUID=guid)}/>" for guid in texts)
        if codes or texts:
            head = attributes(guid=own_guid("x", "set", str(number)), name=data.draw(SAID))
            text += f"<Set{head}>{inner}</Set>"
    if data.draw(st.booleans()):
        vertices = [own_guid("x", "vertex", str(n)) for n in range(2)]
        inner = "".join(
            f"<Vertex{attributes(guid=guid, representedGUID=data.draw(some), firstX='1', firstY='-2')}/>"
            for guid in vertices
        )
        edge = attributes(guid=own_guid("x", "edge", ""), sourceVertex=vertices[0], targetVertex=vertices[1])
        text += f"<Graph{attributes(guid=own_guid('x', 'graph', ''))}>{inner}<Edge{edge}/></Graph>"
    if text:
        write_bytes(project.root / KEPT, kept_bytes(ET.fromstring(f"<Kept>{text}</Kept>")))


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_nothing_is_different_after_a_round_trip(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = build(Path(folder) / "out", data)
        target = Path(folder) / "out.qdpx"
        for _ in export_refi(project, target):
            pass
        validate(target)
        assert sorted(quotes_of(target, folder)) == sorted(c.anchor.quote for c in spoken(project))
        landed = land(read_refi(target), Path(folder) / "back")
        back = load_project(landed.root)
        assert everything(back) == everything(project)
        assert kept_bytes(read_kept(back)) == kept_bytes(read_kept(project))
        assert all(quote.recovered for quote in landed.quotes)
        assert not [p for path in back.codings.rglob("*.jsonl") for p in check_journal(path)]


def spoken(project: Project) -> list[Any]:
    """The codings within one turn: over a turn's end the text for other tools has a speaker between."""
    return [c for c in read_codings(project) if "\n" not in c.anchor.quote]


def quotes_of(target: Path, folder: str) -> list[str]:
    """The quotes as an independent reader finds them: code points of the plain text."""
    read = RefiProject.load(str(target), f"{folder}/extracted")
    found = []
    for source in read.sources.text_source if read.sources else ():
        path = Path(folder) / "extracted" / "sources" / source.plain_text_path.removeprefix("internal://")
        text = path.read_bytes().decode("utf-8")
        for s in source.plain_text_selection:
            quote = text[s.start_position : s.end_position]
            found += [quote for _ in s.coding if "\n" not in quote]
    return found


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(FLAVOURS))
def test_other_tools_get_valid_files_with_every_quote(data: st.DataObject, flavour: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = build(Path(folder) / "out", data)
        target = Path(folder) / "out.qdpx"
        for _ in export_refi(project, target, Options(flavour)):
            pass
        validate(target)
        incoming = read_refi(target)
        given = {(p.tag, normal(p.get("guid", ""))) for p in read_kept(project)}
        assert given <= {(name_of(p), normal(p.get("guid", ""))) for p in incoming.kept}
        texts = {source.key: source.text for source in incoming.sources}
        got = sorted(q for c in incoming.codings if "\n" not in (q := texts[c.source][c.start : c.end]))
        assert got == sorted(c.anchor.quote for c in spoken(project))
        back = load_project(land(incoming, Path(folder) / "back").root)
        # A coding over the end of a turn may come back without its line break, beside these.
        assert Counter(got) <= Counter(c.anchor.quote for c in spoken(back))
