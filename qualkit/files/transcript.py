"""Transcripts on disk: ``transcripts/ID.json`` is the newest revision, ``.revisions`` keeps the others."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile, Conflict, UsageError
from qualkit.files import shape
from qualkit.files.atomic import write_text
from qualkit.files.locks import holding
from qualkit.files.names import fault_in_id, locate, names, require_inside
from qualkit.files.shape import Object, Unfit, need
from qualkit.files.text import is_nfc, nfc
from qualkit.model import Notice, NoticeKind, Problem, Source, Speaker, Transcript, Turn, Word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qualkit.files.project import Project

TRANSCRIPT_FORMAT = 1
"""Version of ``transcripts/ID.json``. 1: first."""

REVISED = "revised"
"""Key of ``provenance``: who saved a revision after the first one, and when."""

_NAME = "qualkit-transcript"
_TOP = frozenset(
    ["format", "interview", "revision", "language", "speakers", "source", "provenance", "notices", "turns"]
)
_SPEAKER = frozenset(["id", "name", "role"])
_SOURCE = frozenset(["file", "sha256", "duration_ms"])
_NOTICE = frozenset(["kind", "start_ms", "end_ms", "message"])
_TURN = frozenset(["speaker", "text", "start_ms", "end_ms", "words", "language", "overlap", "sampled"])
_WORD = frozenset(["text", "start", "end", "start_ms", "end_ms", "confidence"])
_LANGUAGE = re.compile("(?:[a-z]{2,3})?")


# ── Reading ──────────────────────────────────────────────────────────────────


def read_transcript(path: Path) -> Transcript:
    """The transcript in a file. Raises :class:`BadFile` with the line or a place like ``turns[3].text``."""
    content = shape.read_json(path)
    try:
        fields = shape.an_object(content, "")
        shape.a_format(fields, path, _NAME, TRANSCRIPT_FORMAT)
        shape.an_object(content, "", _TOP)
        transcript = _transcript(fields)
    except Unfit as error:
        raise BadFile(path, f"{error}.", "Correct it or take the file from a copy.") from None
    return transcript


def load_transcript(project: Project, interview_id: str, revision: int = 0) -> Transcript:
    """A transcript of the project: the newest revision, or the one asked for.

    Raises :class:`UsageError` when there is none and :class:`BadFile` when it cannot be read.
    """
    path = transcript_path(project, interview_id)
    if not path.exists():
        raise UsageError(
            f"There is no transcript of {interview_id!r}.", f"Run `qualkit transcribe {interview_id}` first."
        )
    transcript = read_transcript(require_inside(project.root, path))
    if revision and transcript.revision != revision:
        path = _revision_path(project, interview_id, revision)
        if not path.exists():
            raise UsageError(
                f"There is no revision {revision} of {interview_id!r}; the newest is {transcript.revision}."
            )
        transcript = read_transcript(require_inside(project.root, path))
    if transcript.interview != interview_id:
        raise BadFile(
            path,
            f"this is the transcript of {transcript.interview}.",
            "Rename the file or correct interview.",
        )
    return transcript


def transcript_path(project: Project, interview_id: str) -> Path:
    """Where the newest revision stands. Raises :class:`UsageError` for an id that is none."""
    if fault := fault_in_id(interview_id):
        raise UsageError(f"The interview {interview_id!r} {fault}.")
    return locate(project.transcripts, f"{interview_id}.json")


def transcript_ids(project: Project) -> tuple[str, ...]:
    """The interviews that have a transcript, in alphabetical order."""
    return names(project.transcripts, ".json")


def latest_revision(project: Project, interview_id: str) -> int:
    """The newest revision's number; 0 when there is no transcript."""
    if not transcript_path(project, interview_id).exists():
        return 0
    return load_transcript(project, interview_id).revision


def check_transcript(path: Path) -> list[Problem]:
    """What is wrong in a transcript: what stops reading, else what a reader should know."""
    try:
        transcript = read_transcript(path)
    except BadFile as error:
        return [Problem(path, error.line, error.reason, error.hint)]
    problems = []
    listed = {speaker.id for speaker in transcript.speakers}
    for index, turn in enumerate(transcript.turns):
        if turn.speaker not in listed:
            message = f"turns[{index}].speaker {turn.speaker!r} is not among the speakers."
            problems.append(Problem(path, 0, message, "Add it to speakers or correct it."))
        if not turn.text.strip():
            problems.append(Problem(path, 0, f"turns[{index}].text is empty.", "Delete the turn."))
    if transcript.interview != path.stem:
        message = f"this is the transcript of {transcript.interview}."
        problems.append(Problem(path, 0, message, "Rename the file or correct interview."))
    return problems


def _transcript(fields: Object) -> Transcript:
    interview = shape.a_text(need(fields, "interview", ""), "interview")
    if fault := fault_in_id(interview):
        raise Unfit("interview", fault)
    revision = shape.a_count(fields.get("revision", 1), "revision")
    if revision < 1:
        raise Unfit("revision", "must be 1 or more")
    speakers = tuple(
        _speaker(entry, f"speakers[{n}]")
        for n, entry in enumerate(shape.a_list(fields.get("speakers", []), "speakers"))
    )
    ids = [speaker.id for speaker in speakers]
    for n, speaker_id in enumerate(ids):
        if speaker_id in ids[:n]:
            raise Unfit(f"speakers[{n}].id", "stands twice")
    source = fields.get("source")
    return Transcript(
        interview=interview,
        language=_language(fields.get("language", ""), "language"),
        speakers=speakers,
        turns=tuple(
            _turn(entry, f"turns[{n}]")
            for n, entry in enumerate(shape.a_list(need(fields, "turns", ""), "turns"))
        ),
        revision=revision,
        source=None if source is None else _source(source),
        provenance=shape.an_object(fields.get("provenance", {}), "provenance"),
        notices=tuple(
            _notice(entry, f"notices[{n}]")
            for n, entry in enumerate(shape.a_list(fields.get("notices", []), "notices"))
        ),
    )


def _language(value: object, place: str) -> str:
    language = shape.a_text(value, place)
    if not _LANGUAGE.fullmatch(language):
        raise Unfit(place, "must be a language code such as fi")
    return language


def _speaker(value: object, place: str) -> Speaker:
    fields = shape.an_object(value, place, _SPEAKER)
    speaker_id = shape.a_text(need(fields, "id", place), f"{place}.id")
    if not speaker_id:
        raise Unfit(f"{place}.id", "is empty")
    role = shape.a_text(fields.get("role", ""), f"{place}.role")
    if role not in ("", "interviewer", "interviewee"):
        raise Unfit(f"{place}.role", "must be interviewer, interviewee or empty")
    return Speaker(speaker_id, shape.a_text(fields.get("name", ""), f"{place}.name"), role)


def _source(value: object) -> Source:
    fields = shape.an_object(value, "source", _SOURCE)
    return Source(
        file=shape.a_text(need(fields, "file", "source"), "source.file"),
        sha256=shape.a_text(fields.get("sha256", ""), "source.sha256"),
        duration_ms=shape.a_count(fields.get("duration_ms", 0), "source.duration_ms"),
    )


def _notice(value: object, place: str) -> Notice:
    fields = shape.an_object(value, place, _NOTICE)
    kind = shape.a_text(need(fields, "kind", place), f"{place}.kind")
    if kind not in NoticeKind.__members__.values():
        raise Unfit(f"{place}.kind", f"must be one of {', '.join(NoticeKind)}")
    start, end = _times(fields, place)
    message = shape.a_text(fields.get("message", ""), f"{place}.message")
    return Notice(NoticeKind(kind), start or 0, end or 0, message)


def _times(fields: Object, place: str) -> tuple[int | None, int | None]:
    """Start and end in ms: both there or neither, and in order."""
    start, end = fields.get("start_ms"), fields.get("end_ms")
    if start is None and end is None:
        return None, None
    start = shape.a_count(start, f"{place}.start_ms")
    end = shape.a_count(end, f"{place}.end_ms")
    if end < start:
        raise Unfit(f"{place}.end_ms", "is before start_ms")
    return start, end


def _turn(value: object, place: str) -> Turn:
    fields = shape.an_object(value, place, _TURN)
    speaker = shape.a_text(need(fields, "speaker", place), f"{place}.speaker")
    text, words = _said(fields, place)
    start, end = _times(fields, place)
    return Turn(
        speaker=speaker,
        text=text,
        start_ms=start,
        end_ms=end,
        words=words,
        language=_language(fields.get("language", ""), f"{place}.language"),
        overlap=shape.a_flag(fields.get("overlap", False), f"{place}.overlap"),
        sampled=shape.a_flag(fields.get("sampled", False), f"{place}.sampled"),
    )


def _said(fields: Object, place: str) -> tuple[str, tuple[Word, ...]]:
    """A turn's text and its words, which must be what the text holds at their place."""
    raw = need(fields, "text", place)
    if not isinstance(raw, str):
        raise Unfit(f"{place}.text", "must be text")
    text = nfc(raw) if not is_nfc(raw) else raw
    shape.a_text(text, f"{place}.text")
    words: list[Word] = []
    last = 0
    for n, value in enumerate(shape.a_list(fields.get("words", []), f"{place}.words")):
        at = f"{place}.words[{n}]"
        entry = shape.an_object(value, at, _WORD)
        start = shape.a_count(need(entry, "start", at), f"{at}.start")
        end = shape.a_count(need(entry, "end", at), f"{at}.end")
        if not start < end <= len(raw):
            raise Unfit(at, f"stands at {start}–{end}, which is not inside the turn's text")
        if "text" in entry and entry["text"] != raw[start:end]:
            raise Unfit(f"{at}.text", f"is not what the turn's text holds at {start}–{end}")
        if text is not raw:  # an editor has decomposed the letters: count again in the canonical text
            word = nfc(raw[start:end])
            start = text.find(word, last)
            end = start + len(word)
        if start < last:
            raise Unfit(at, "does not stand after the word before it")
        begins, ends = _times(entry, at)
        if begins is None or ends is None:
            raise Unfit(f"{at}.start_ms", "is missing")
        confidence = entry.get("confidence")
        if confidence is not None:
            confidence = shape.a_share(confidence, f"{at}.confidence")
        words.append(Word(start, end, begins, ends, confidence))
        last = end
    return text, tuple(words)


# ── Writing ──────────────────────────────────────────────────────────────────


def write_transcript(path: Path, transcript: Transcript) -> None:
    """Write a transcript, atomically.

    Raises :class:`BadFile` instead of writing what :func:`read_transcript` would
    refuse: text that is not canonical (``files.text.one_line`` makes it so),
    words beside their text, times out of order.
    """
    hint = "This is a fault in Qualkit; please report it."
    try:
        text = "".join(_lines(transcript))
        read = _transcript(json.loads(text))
    except (Unfit, ValueError, TypeError) as error:
        raise BadFile(path, f"not written: {error}.", hint) from None
    if any(ours.text != theirs.text for ours, theirs in zip(transcript.turns, read.turns, strict=True)):
        raise BadFile(path, "not written: its text is not in Unicode normal form C.", hint)
    write_text(path, text)


def save_transcript(project: Project, transcript: Transcript) -> Path:
    """Make a transcript the newest revision of its interview; the former one is kept in ``.revisions``.

    Saving what is there already changes nothing; a revision after the first is signed
    with the coder and the time in its ``provenance``. Raises :class:`Conflict` when the
    revision is not higher than the newest one: somebody else has corrected the
    transcript meanwhile, or it was made again without counting up
    (:func:`latest_revision`).
    """
    path = transcript_path(project, transcript.interview)
    require_inside(project.root, path)
    with holding(project.work, f"transcript-{transcript.interview}"):
        if path.exists():
            former = read_transcript(path)
            if list(_lines(_unsigned(former))) == list(_lines(_unsigned(transcript))):
                return path
            if transcript.revision <= former.revision:
                raise Conflict(
                    f"{path}: revision {former.revision} is there already.",
                    "Load it again and make the change once more.",
                )
            kept = _revision_path(project, transcript.interview, former.revision)
            if not kept.exists():
                write_text(kept, path.read_text(encoding="utf-8"))
            signed = {**transcript.provenance, REVISED: {"at": _now(), "by": project.coder}}
            transcript = replace(transcript, provenance=signed)
        write_transcript(path, transcript)
    return path


def _unsigned(transcript: Transcript) -> Transcript:
    """A transcript without who saved it when."""
    plain = {key: value for key, value in transcript.provenance.items() if key != REVISED}
    return replace(transcript, provenance=plain)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _revision_path(project: Project, interview_id: str, revision: int) -> Path:
    return project.transcripts / ".revisions" / f"{interview_id}.r{revision}.json"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _lines(transcript: Transcript) -> Iterator[str]:
    """The file piece by piece: a word a line, so that a difference shows where it is."""
    source = transcript.source
    top: Object = {
        "format": f"{_NAME}/{TRANSCRIPT_FORMAT}",
        "interview": transcript.interview,
        "revision": transcript.revision,
        "language": transcript.language,
        "speakers": [{"id": s.id, "name": s.name, "role": s.role} for s in transcript.speakers],
        "source": source
        and {"file": source.file, "sha256": source.sha256, "duration_ms": source.duration_ms},
        "provenance": dict(transcript.provenance),
        "notices": [
            {"kind": n.kind.value, "start_ms": n.start_ms, "end_ms": n.end_ms, "message": n.message}
            for n in transcript.notices
        ],
    }
    yield "{\n"
    for key, value in top.items():
        yield f' "{key}": {_json(value)},\n'
    yield ' "turns": ['
    for n, turn in enumerate(transcript.turns):
        yield ",\n  " if n else "\n  "
        yield from _turn_lines(turn)
    yield "\n ]\n}\n" if transcript.turns else "]\n}\n"


def _turn_lines(turn: Turn) -> Iterator[str]:
    fields: dict[str, Any] = {"speaker": turn.speaker}
    if turn.start_ms is not None:
        fields |= {"start_ms": turn.start_ms, "end_ms": turn.end_ms}
    if turn.language:
        fields["language"] = turn.language
    if turn.overlap:
        fields["overlap"] = True
    if turn.sampled:
        fields["sampled"] = True
    fields["text"] = turn.text
    if not turn.words:
        yield _json(fields)
        return
    yield _json(fields)[:-1] + ', "words": ['
    for n, word in enumerate(turn.words):
        entry: dict[str, Any] = {
            "text": turn.text[word.start : word.end],
            "start": word.start,
            "end": word.end,
            "start_ms": word.start_ms,
            "end_ms": word.end_ms,
        }
        if word.confidence is not None:
            entry["confidence"] = word.confidence
        yield (",\n   " if n else "\n   ") + _json(entry)
    yield "\n  ]}"
