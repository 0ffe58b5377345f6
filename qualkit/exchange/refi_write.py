"""REFI-QDA out: the project as ``project.qde`` and its texts, valid against the standard's schema.

What the standard has no place for (words' times, the codebook in three languages)
goes into ``qualkit/`` beside it in the archive, unless the file is made for
another tool.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit import __version__
from qualkit.exchange import own
from qualkit.exchange.foreign import Kept, name_of
from qualkit.exchange.guids import Guids, normal
from qualkit.exchange.incoming import Loss
from qualkit.exchange.refi_text import (
    Exported,
    attributes,
    code_names,
    coder_title,
    counter,
    describe,
    dimension_sets,
    former_revision,
    sync_points,
    text_member,
    text_path,
    variable_values,
    xml_text,
)
from qualkit.exchange.rendering import Rendered, outward, rendered
from qualkit.files.anchors import reanchor
from qualkit.files.atomic import replacing, write_text
from qualkit.files.codebook import load_codebook
from qualkit.files.interviews import COLUMNS, read_interviews
from qualkit.files.journal import journals, now
from qualkit.files.memos import read_memos
from qualkit.files.recordings import find_recordings
from qualkit.files.suggestions import read_suggestions
from qualkit.files.transcript import load_transcript, transcript_ids
from qualkit.model import Code, Codebook, Coding, Memo, Step

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Interview, Suggestion, Transcript

FLAVOURS = ("nvivo", "maxqda", "atlas", "qualcoder")
"""Tools that a file can be made for."""
NAME_LENGTH = 100
"""Code points of the quote that a selection's name holds."""
SPACE = "urn:QDA-XML:project:1.0"

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_COLOR = re.compile(r"#(?:[A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})")


@dataclass(frozen=True, slots=True)
class Options:
    """How to write."""

    flavour: str = ""
    audio: bool = False
    suggestions: bool = False
    """The machine's shown suggestions too, each under its model's own user."""


def export_refi(
    project: Project, target: Path, options: Options | None = None
) -> Generator[Step, None, Exported]:
    """Write the project as a ``.qdpx`` archive, atomically, an interview at a time.

    Raises :class:`~qualkit.errors.BadFile` for a file of the project that cannot be read.
    """
    options = options or Options()
    with replacing(target) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        writing = _Writing(project, options)
        with file.open("project.qde", "w", force_zip64=True) as member:
            total = len(writing.interviews) + 1
            for piece in writing.pieces():
                if isinstance(piece, Step):
                    yield Step("export", piece.item, piece.done, total, "interviews")
                else:
                    member.write(piece.encode("utf-8"))
        for name, text in writing.texts():
            file.writestr(name, text)
        for name, path in writing.media():
            file.write(path, name, zipfile.ZIP_STORED)
        if not options.flavour:
            for name, data in own.members(
                project, writing.ids, writing.filed, writing.homeless, options.suggestions
            ):
                file.writestr(name, data)
        yield Step("export", "", total, total, "interviews")
    return Exported(target, dict(writing.counts), tuple(writing.losses()))


class _Writing:
    """One export at work: what it has read, and the elements as text."""

    def __init__(self, project: Project, options: Options) -> None:
        self.project = project
        self.options = options
        self.guids = Guids(project)
        self.interviews = read_interviews(project)
        with_text = set(transcript_ids(project))
        self.spoken = {row.id for row in self.interviews} & with_text
        self.unlisted = sorted(with_text - self.spoken)
        self.recordings = {r.interview: r.path for r in find_recordings(project)}
        self.codebook = load_codebook(project)
        self.filed = {memo.id for memo in read_memos(project)}
        self.ids: dict[str, str] = {}
        self.homeless: list[Memo] = []
        self.counts: dict[str, int] = defaultdict(int)
        self.lost: dict[str, int] = defaultdict(int)
        self.by_interview, self.codings, self.memos = self._gather()
        self._notes: list[tuple[str, str, str, str, str]] = []
        self.kept = Kept(project, upper=options.flavour == "maxqda")
        self.spelled: dict[str, str] = {}
        """GUIDs of what goes along, as written; told only where something kept may speak of them."""

    def _gather(self) -> tuple[dict[str, list[Coding]], set[str], list[Memo]]:
        by_interview: dict[str, list[Coding]] = defaultdict(list)
        memos = list(read_memos(self.project))
        for journal in journals(self.project):
            state = journal.state
            by_interview[journal.interview] += state.codings.values()
            memos += state.memos
            self.lost["decisions"] += sum(d.verdict != "accept" for d in state.decisions)
            self.lost["bookmarks"] += len(state.bookmarks)
        return by_interview, {c.id for codings in by_interview.values() for c in codings}, memos

    # ── GUIDs ────────────────────────────────────────────────────────────────

    def guid(self, kind: str, name: str) -> str:
        """The GUID of a thing, noted for whoever reads it back."""
        guid = self.guids.of(kind, name)
        if kind in ("coder", "code", "interview", "coding", "memo") and not guid.endswith(name):
            self.ids[f"{kind}:{normal(guid)}"] = name
        return self._written(guid)

    def _written(self, guid: str) -> str:
        """A GUID as it is written; MAXQDA writes capitals."""
        guid = guid.upper() if self.options.flavour == "maxqda" else guid
        if self.kept.parts:
            self.spelled[normal(guid)] = guid
        return guid

    # ── The document ─────────────────────────────────────────────────────────

    def pieces(self) -> Iterator[str | Step]:
        """The document in pieces, in the schema's order, with a step before every interview."""
        yield '<?xml version="1.0" encoding="utf-8"?>\n'
        head = attributes(name=self.project.name, origin=f"Qualkit {__version__}", creationDateTime=now())
        yield f'<Project xmlns="{SPACE}"{head}>\n'
        yield from self._users()
        yield from self._codes()
        yield from self._cases()
        project_refs = [self._note_ref(memo) for memo in self.memos if memo.about == "project"]
        yield from self._sources()
        yield from self._written_notes()
        yield from self._kept()
        yield from (f"{ref}\n" for ref in project_refs)
        yield "</Project>\n"

    def _users(self) -> Iterator[str]:
        names = {c.coder for codings in self.by_interview.values() for c in codings}
        names |= {memo.coder for memo in self.memos if memo.coder}
        if self.options.suggestions:
            for row in self.interviews:
                names |= {s.model for s in self._suggested(row.id)}
        self.counts["users"] = len(names)
        if names:
            yield "<Users>"
            for name in sorted(names):
                yield f"<User{attributes(guid=self.guid('coder', name), name=coder_title(name))}/>"
            yield "</Users>\n"

    def _suggested(self, interview: str) -> tuple[Suggestion, ...]:
        if not self.options.suggestions or interview not in self.spoken:
            return ()
        revision = load_transcript(self.project, interview).revision
        found = read_suggestions(self.project, interview)
        return tuple(s for s in found if s.shown and s.revision == revision)

    def _codes(self) -> Iterator[str]:
        used = {c.code for codings in self.by_interview.values() for c in codings}
        book = self.codebook
        unknown = [Code(code, {"en": code}) for code in sorted(used - set(book.by_id))]
        if not (book.codes or unknown):
            return
        names = code_names(book, self.project.languages[0], once=self.options.flavour == "qualcoder")
        by_code: dict[str, list[Memo]] = defaultdict(list)
        for memo in self.memos:
            kind, _, code = memo.about.partition(":")
            if kind == "code":
                if code in book.by_id or code in used:
                    by_code[code].append(memo)
                else:
                    self.homeless.append(memo)
        yield "<CodeBook><Codes>\n"
        for root in (*book.children(""), *unknown):
            yield from self._code(book, root, names, by_code)
        yield "</Codes></CodeBook>\n"

    def _code(
        self, book: Codebook, code: Code, names: Mapping[str, str], memos: Mapping[str, list[Memo]]
    ) -> Iterator[str]:
        self.counts["codes"] += 1
        fields = {
            "guid": self.guid("code", code.id),
            "name": names.get(code.id, code.id),
            "isCodable": "true" if code.codable else "false",
        }
        if _COLOR.fullmatch(code.color):
            fields["color"] = code.color
        yield f"<Code{attributes(**fields)}>"
        if described := describe(code, self.project.languages[0]):
            yield f"<Description>{xml_text(described)}</Description>"
        yield from (self._note_ref(memo) for memo in memos.get(code.id, ()))
        for child in book.children(code.id):
            yield from self._code(book, child, names, memos)
        yield "</Code>\n"

    def _cases(self) -> Iterator[str]:
        names = list(dict.fromkeys([*COLUMNS[1:], *(n for row in self.interviews for n in row.attributes)]))
        if not self.interviews:
            return
        yield "<Variables>"
        for name in names:
            kind = "Integer" if name == "speakers" else "Text"
            guid = self.guid("variable", name)
            yield f"<Variable{attributes(guid=guid, name=name, typeOfVariable=kind)}/>"
        yield "</Variables>\n<Cases>\n"
        for row in self.interviews:
            yield f"<Case{attributes(guid=self.guid('case', row.id), name=row.id)}>"
            yield from variable_values(row, self.guid)
            if row.id in self.spoken:
                yield f"<SourceRef{attributes(targetGUID=self.guid('interview', row.id))}/>"
            yield "</Case>\n"
            self.counts["cases"] += 1
        yield "</Cases>\n"

    # ── Sources ──────────────────────────────────────────────────────────────

    def _sources(self) -> Iterator[str | Step]:
        about: dict[str, list[Memo]] = defaultdict(list)
        on_codings: dict[str, list[Memo]] = defaultdict(list)
        for memo in self.memos:
            kind, _, name = memo.about.partition(":")
            if kind == "interview" and name in self.spoken:
                about[name].append(memo)
            elif kind == "coding" and name in self.codings and memo.anchor is None:
                on_codings[name].append(memo)
            elif kind in ("interview", "coding"):
                self.homeless.append(memo)
        rows = [row for row in self.interviews if row.id in self.spoken]
        for interview, codings in self.by_interview.items():
            if interview not in self.spoken:
                self.lost["codings"] += len(codings)
        if not (rows or any(name_of(part).endswith("Source") for part in self.kept.parts)):
            return
        opened = "<Sources>\n"
        for done, row in enumerate(rows):
            yield Step("export", row.id, done, 0)
            transcript = load_transcript(self.project, row.id)
            yield opened
            opened = ""
            yield from self._text_source(row, transcript, about[row.id], on_codings)
            yield from self._audio_source(row, transcript)
        for text in self.kept.sources(self.spelled):
            yield f"{opened}{text}\n"
            opened = ""
        if not opened:
            yield "</Sources>\n"

    def _text_source(
        self, row: Interview, transcript: Transcript, about: Sequence[Memo], on: Mapping[str, list[Memo]]
    ) -> Iterator[str]:
        guid = self.guid("interview", row.id)
        yield f"<TextSource{attributes(guid=guid, name=row.id, plainTextPath=text_path(guid))}>\n"
        text = rendered(transcript)
        count = counter(text.text, self.options.flavour)
        for (start, end), codings, memos in self._spans(transcript, row.id, about):
            yield from self._selection(transcript, text, count, start, end, codings, memos, on)
        yield from (self._note_ref(memo) for memo in about if memo.anchor is None)
        yield from variable_values(row, self.guid)
        yield "</TextSource>\n"
        self.counts["texts"] += 1

    def _spans(
        self, transcript: Transcript, interview: str, about: Sequence[Memo]
    ) -> Iterator[tuple[tuple[int, int], list[Coding], list[Memo]]]:
        """What stands on each passage, in the text's order. What cannot be placed is counted as lost."""
        codings: dict[tuple[int, int], list[Coding]] = defaultdict(list)
        memos: dict[tuple[int, int], list[Memo]] = defaultdict(list)
        length = len(transcript.text)
        former: dict[int, Transcript | None] = {}
        for coding in [*self.by_interview[interview], *self._machine(interview, transcript)]:
            anchor = coding.anchor
            if anchor.revision != transcript.revision or anchor.end > length:
                if anchor.revision not in former:
                    former[anchor.revision] = former_revision(self.project, interview, anchor.revision)
                placed = reanchor(anchor, transcript, former[anchor.revision])
                if placed is None:
                    self.lost["codings"] += 1
                    continue
                anchor = placed
            codings[anchor.start, anchor.end].append(coding)
        for memo in about:
            if memo.anchor is None:
                continue
            if memo.anchor.revision == transcript.revision and memo.anchor.end <= length:
                memos[memo.anchor.start, memo.anchor.end].append(memo)
            else:
                self.homeless.append(memo)
        for place in sorted(codings.keys() | memos.keys()):
            yield place, codings[place], memos[place]

    def _machine(self, interview: str, transcript: Transcript) -> Iterator[Coding]:
        from qualkit.files.anchors import anchor

        for s in self._suggested(interview):
            yield Coding(s.id, interview, s.code, s.model, anchor(transcript, s.start, s.end), "")

    def _selection(
        self,
        transcript: Transcript,
        text: Rendered,
        count: Sequence[int] | None,
        start: int,
        end: int,
        codings: Sequence[Coding],
        memos: Sequence[Memo],
        on: Mapping[str, list[Memo]],
    ) -> Iterator[str]:
        first, last = outward(transcript, text, start, end)
        place = f"{transcript.interview}\0{first}\0{last}\0"
        if codings:
            tied = codings if self.kept.parts else ()
            known = (self.guids.known.get(f"selection:{coding.id}", "") for coding in tied)
            came = next((guid for guid in known if guid and normal(guid) not in self.spelled), "")
            guid = self._written(came) if came else self.guid("selection", place)
            yield self._selection_head(guid, first, last, text.text, count)
            if described := "\n\n".join(dict.fromkeys(c.memo for c in codings if c.memo)):
                yield f"<Description>{xml_text(described)}</Description>"
            for coding in codings:
                yield self._coding(coding, on.get(coding.id, []))
            yield "</PlainTextSelection>\n"
            self.counts["selections"] += 1
        for memo in memos:
            guid = self.guid("selection", f"{place}{memo.id}")
            yield self._selection_head(guid, first, last, text.text, count)
            yield f"<Description>{xml_text(memo.text)}</Description>"
            yield f"{self._note_ref(memo)}</PlainTextSelection>\n"

    @staticmethod
    def _selection_head(guid: str, first: int, last: int, text: str, count: Sequence[int] | None) -> str:
        fields = {
            "guid": guid,
            "name": text[first : min(last, first + NAME_LENGTH)],
            "startPosition": str(count[first] if count else first),
            "endPosition": str(count[last] if count else last),
        }
        return f"<PlainTextSelection{attributes(**fields)}>"

    def _coding(self, coding: Coding, memos: Sequence[Memo]) -> str:
        fields = {"guid": self.guid("coding", coding.id), "creatingUser": self.guid("coder", coding.coder)}
        if _TIME.fullmatch(coding.created):
            fields["creationDateTime"] = coding.created
        refs = "".join(self._note_ref(memo) for memo in memos)
        if coding.memo and all(memo.text != coding.memo or memo.id in self.filed for memo in memos):
            self._notes.append(
                (self.guid("coding-memo", coding.id), coding.memo, "", coding.coder, coding.created)
            )
            refs += f"<NoteRef{attributes(targetGUID=self._notes[-1][0])}/>"
        self.counts["codings"] += 1
        code = attributes(targetGUID=self.guid("code", coding.code))
        return f"<Coding{attributes(**fields)}><CodeRef{code}/>{refs}</Coding>"

    def _audio_source(self, row: Interview, transcript: Transcript) -> Iterator[str]:
        points = sync_points(transcript)
        recording = self.recordings.get(row.id)
        if not points:
            return
        if recording is None and self.options.flavour:
            self.lost["times of interviews"] += 1
            return
        guid = self.guid("audio", row.id)
        fields = {"guid": guid, "name": recording.name if recording else row.id}
        if recording and self.options.audio:
            fields["path"] = f"internal://{guid.strip('{}')}{recording.suffix.lower()}"
            self.counts["recordings"] += 1
        elif recording:
            fields["path"] = f"relative:///{recording.name}"
        inner = self.guid("transcript", row.id)
        yield f"<AudioSource{attributes(**fields)}>"
        yield f"<Transcript{attributes(guid=inner, name=row.id, plainTextPath=text_path(inner))}>"
        count = counter(rendered(transcript).text, self.options.flavour)
        for position, ms in points:
            point = self.guid("sync", f"{row.id}\0{position}\0{ms}")
            at = str(count[position] if count else position)
            yield f"<SyncPoint{attributes(guid=point, timeStamp=str(ms), position=at)}/>"
        yield "</Transcript></AudioSource>\n"

    # ── Memos ────────────────────────────────────────────────────────────────

    def _note_ref(self, memo: Memo) -> str:
        guid = self.guid("memo", memo.id)
        self._notes.append((guid, memo.text, memo.title, memo.coder, memo.created))
        return f"<NoteRef{attributes(targetGUID=guid)}/>"

    def _written_notes(self) -> Iterator[str]:
        if not self._notes:
            return
        yield "<Notes>\n"
        for guid, text, title, coder, created in dict.fromkeys(self._notes):
            self.counts["memos"] += 1
            fields = {"guid": guid}
            if title or self.options.flavour:
                fields["name"] = title or " ".join(text.split())[:40]
            if coder:
                fields["creatingUser"] = self.guid("coder", coder)
            if _TIME.fullmatch(created):
                fields["creationDateTime"] = created
            content = f"<PlainTextContent>{xml_text(text)}</PlainTextContent>"
            yield f"<Note{attributes(**fields)}>{content}</Note>\n"
        yield "</Notes>\n"

    def _kept(self) -> Iterator[str]:
        """Links, sets and graphs as they came; for ATLAS.ti the dimensions as groups of codes too."""
        language, sets = self.project.languages[0], "Set" if self.options.flavour == "atlas" else ""
        for group in ("Link", "Set", "Graph"):
            inner = dimension_sets(self.codebook, language, self.guid) if group == sets else ""
            inner += self.kept.group(group, self.spelled)
            if inner:
                yield f"<{group}s>{inner}</{group}s>\n"

    # ── Beside the document ──────────────────────────────────────────────────

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """The texts of the archive: each interview's, and again where its recording has a transcript."""
        for row in self.interviews:
            if row.id not in self.spoken:
                continue
            transcript = load_transcript(self.project, row.id)
            text = rendered(transcript).text
            data = f"\ufeff{text}".replace("\n", "\r\n") if self.options.flavour == "nvivo" else text
            yield text_member(self.guid("interview", row.id)), data.encode("utf-8")
            if sync_points(transcript) and (row.id in self.recordings or not self.options.flavour):
                yield text_member(self.guid("transcript", row.id)), data.encode("utf-8")

    def media(self) -> Iterator[tuple[str, Path]]:
        """The recordings of the archive."""
        for row in self.interviews if self.options.audio else ():
            path = self.recordings.get(row.id)
            if path and row.id in self.spoken and sync_points(load_transcript(self.project, row.id)):
                yield f"sources/{self.guid('audio', row.id).strip('{}')}{path.suffix.lower()}", path
        yield from self.kept.files.items()

    def losses(self) -> Iterator[Loss]:
        """What does not go along."""
        notes = {
            "codings": "They stand in a revision whose place in the newest one is not certain.",
            "decisions": "REFI-QDA has no place for what was rejected.",
            "bookmarks": "REFI-QDA has no place for them.",
            "times of interviews": "They go with a recording, and there is none.",
        }
        for kind, number in self.lost.items():
            written = self.counts["codings"] if kind == "codings" else 0
            if number:
                yield Loss(kind, number + written, written, note=notes[kind])
        if self.unlisted:
            yield Loss("transcripts", len(self.unlisted), 0, note="They have no row in interviews.csv.")
        if self.options.flavour and self.homeless:
            yield Loss("memos", len(self.homeless), 0, note="What they are about does not go along.")
        for kind, number, written in self.kept.left():
            if written < number:
                yield Loss(kind, number, written, note="Kept, but what they speak of does not go along.")


def export_qdc(project: Project, target: Path) -> int:
    """Write the codebook as a bare ``.qdc``, atomically; how many codes it holds."""
    writing = _Writing(project, Options())
    writing.memos = []
    pieces = [str(piece) for piece in writing._codes()]
    inner = "".join(pieces).removeprefix("<CodeBook>").removesuffix("</CodeBook>\n")
    if sets := writing.kept.group("Set", writing.spelled):  # a bare codebook spells their members otherwise
        inner += f"<Sets>{sets.replace('<MemberCode targetGUID=', '<MemberCode guid=')}</Sets>\n"
    head = f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"{attributes(origin=f"Qualkit {__version__}")}>'
    write_text(target, f'<?xml version="1.0" encoding="utf-8"?>\n{head}{inner}</CodeBook>\n')
    return writing.counts["codes"]
