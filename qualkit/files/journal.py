"""The journal of one coder on one interview: ``codings/CODER/ID.jsonl``, append-only.

Every action is one line, on the disk before the call returns. A line holds
``id``, ``op``, ``at``, what the operation needs, and ``prev``: the first 16
digits of the SHA-256 of the line before, so that a changed line is noticed.
A line that a crash cut short is kept as it is and closed by a line ``repaired``.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile, QualkitError, UsageError
from qualkit.files.anchors import anchor_fields
from qualkit.files.lines import Lines, dump
from qualkit.files.locks import holding
from qualkit.files.memory import unswept
from qualkit.files.names import fault_in_id, inside, locate, names, new_id, require_inside
from qualkit.files.replay import STEPS, Entry, Fields, JournalState, Replay
from qualkit.files.text import nfc
from qualkit.model import Anchor, Coding, Decision, Memo, Problem, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from qualkit.files.project import Project

JOURNAL_FORMAT = 1
"""Version of ``codings/CODER/ID.jsonl``. 1: first."""

NAME = "qualkit-journal"


class Journal:
    """One coder's journal on one interview, read when first asked and written a line at a time.

    Several processes may hold the same journal: each append takes the journal's
    lock, reads what others have written, and only then writes. Undo and redo work
    on the whole journal, so that they reach back before this session without limit.
    """

    def __init__(self, project: Project, coder: str, interview: str) -> None:
        """Raises :class:`UsageError` for a coder or an interview that cannot name a file."""
        for what, name in (("coder", coder), ("interview", interview)):
            if fault := fault_in_id(name):
                raise UsageError(f"The {what} {name!r} {fault}.")
        self.project = project
        self.coder = coder
        self.interview = interview
        self.path = require_inside(project.root, locate(project.codings / coder, f"{interview}.jsonl"))
        self._forget()

    def _forget(self) -> None:
        self._lines = Lines(self.path, NAME, JOURNAL_FORMAT)
        self._replay = Replay(self.coder, self.interview)
        self._raw: list[Fields] = []
        self._state: JournalState | None = None
        self._loaded = False

    # ── Reading ──────────────────────────────────────────────────────────────

    def refresh(self) -> bool:
        """Read what other processes have written since; whether there was any. Raises :class:`BadFile`."""
        with unswept():
            anew, lines = self._lines.read()
            if anew:
                self._replay = Replay(self.coder, self.interview)
                self._raw = []
            if anew or lines:
                self._state = None
            try:
                for number, line in lines:
                    self._take(line, number)
            except BadFile:
                self._forget()  # the next look meets the damage again, not half a journal
                raise
        self._loaded = True
        return anew or bool(lines)

    @property
    def state(self) -> JournalState:
        """The codings, decisions, memos and bookmarks that hold now. Raises :class:`BadFile` on first use."""
        self._load()
        if self._state is None:
            self._state = self._replay.state()
        return self._state

    def state_at(self, until: str) -> JournalState:
        """What held at a time of day (ISO 8601 in UTC)."""
        self._load()
        then = Replay(self.coder, self.interview)
        for line in self._raw:
            if line["at"] <= until:
                then.apply(line)
        return then.state()

    @property
    def standing(self) -> frozenset[str]:
        """Ids of the steps that hold: all but those undone."""
        self._load()
        return frozenset(line["id"] for line, _ in self._replay.done)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All lines in order, undone ones and the undoing included."""
        self._load()
        return tuple(_entry(line) for line in self._raw)

    @property
    def undoable(self) -> Entry | None:
        """What :meth:`undo` would take back."""
        self._load()
        return _entry(self._replay.done[-1][0]) if self._replay.done else None

    @property
    def redoable(self) -> Entry | None:
        """What :meth:`redo` would do again."""
        self._load()
        return _entry(self._replay.undone[-1]) if self._replay.undone else None

    # ── Writing ──────────────────────────────────────────────────────────────

    def append(self, op: str, **fields: Any) -> Entry:
        """Write one step and let it take effect; it is on the disk when this returns.

        Raises :class:`UsageError` for a step that makes no sense, :class:`Conflict`
        when another process keeps the journal, :class:`QualkitError` when the disk
        is full or not writable: then nothing has changed.
        """
        if op not in STEPS:
            raise UsageError(f"{op!r} is no step of a journal.", f"Known are {', '.join(STEPS)}.")
        with self._writing():
            return self._write(op, fields)

    def undo(self) -> Entry | None:
        """Take the last step back and return it; None when there is none left."""
        with self._writing():
            if not self._replay.done:
                return None
            step = _entry(self._replay.done[-1][0])
            self._write("undo", {"of": step.id})
            return step

    def redo(self) -> Entry | None:
        """Do the step again that was undone last and return it; None when there is none or a new one came."""
        with self._writing():
            if not self._replay.undone:
                return None
            step = _entry(self._replay.undone[-1])
            self._write("redo", {"of": step.id})
            return step

    def add_coding(self, code: str, anchor: Anchor, suggestion: str = "", memo: str = "") -> Coding:
        """Give a passage a code. The coding that is there already when the same code stands on it."""
        with self._writing():
            if same := self._same(code, anchor):
                return same
            fields = _given(code=code, anchor=anchor_fields(anchor), suggestion=suggestion, memo=nfc(memo))
            return self._replay.codings[self._write("add", fields).id]

    def add_codings(self, passages: Iterable[tuple[str, Anchor, str]], bulk: str = "") -> tuple[Coding, ...]:
        """Accept many suggestions in one step: (code, anchor, suggestion id) each.

        Every coding remembers the id of the bulk acceptance. What is there already
        is left out.
        """
        bulk = bulk or new_id()
        with self._writing():
            steps = []
            there = {_place(coding.code, coding.anchor) for coding in self._replay.codings.values()}
            for code, anchor, suggestion in passages:
                if (place := _place(code, anchor)) not in there:
                    there.add(place)
                    fields = _given(code=code, anchor=anchor_fields(anchor), suggestion=suggestion, bulk=bulk)
                    steps.append({"op": "add", "id": new_id(), **fields})
            if steps:
                self._write("group", {"steps": steps})
            return tuple(self._replay.codings[step["id"]] for step in steps)

    def remove_coding(self, coding_id: str) -> None:
        """Take a coding away. Raises :class:`UsageError` when it is not there (any more)."""
        with self._writing():
            self._need(coding_id)
            self._write("remove", {"of": coding_id})

    def move_boundary(self, coding_id: str, anchor: Anchor) -> Coding:
        """Give a coding another passage. Raises :class:`UsageError` when it is not there (any more)."""
        with self._writing():
            self._need(coding_id)
            self._write("move", {"of": coding_id, "anchor": anchor_fields(anchor)})
            return self._replay.codings[coding_id]

    def decide(
        self, verdict: Verdict, anchor: Anchor, code: str = "", suggestion: str = "", memo: str = ""
    ) -> Decision:
        """Decide on a suggestion or a passage. Accepting adds the coding too, in the same step.

        ``code`` is empty with :attr:`Verdict.NOTHING` and only then.
        """
        if bool(code) == (verdict is Verdict.NOTHING):
            raise UsageError(f"The verdict {verdict} {'takes no' if code else 'needs a'} code.")
        with self._writing():
            adds = verdict is Verdict.ACCEPT and not self._same(code, anchor)
            fields = _given(
                verdict=verdict.value,
                code=code,
                anchor=anchor_fields(anchor),
                suggestion=suggestion,
                memo=nfc(memo),
                coding=new_id() if adds else "",
            )
            return self._replay.decisions[self._write("decide", fields).id]

    def memo(
        self, text: str, about: str = "", title: str = "", anchor: Anchor | None = None, memo_id: str = ""
    ) -> Memo | None:
        """Write a memo, on the interview when nothing else is named; with ``memo_id`` write an old one anew.

        An empty text takes the memo ``memo_id`` away and returns None.
        """
        if not (text.strip() or memo_id):
            raise UsageError("A memo needs a text.")
        with self._writing():
            fields = _given(
                of=memo_id,
                about=about or f"interview:{self.interview}",
                title=nfc(title),
                anchor=anchor_fields(anchor) if anchor else None,
            )
            entry = self._write("memo", {**fields, "text": nfc(text.strip())})
            return self._replay.memos.get(memo_id or entry.id)

    def bookmark(self, position: int, on: bool | None = None) -> bool:
        """Set or take away a bookmark at a code point, turn it over by default; whether it stands now."""
        with self._writing():
            wanted = position not in self._replay.bookmarks if on is None else on
            if wanted != (position in self._replay.bookmarks):
                self._write("bookmark", {"position": position, "on": wanted})
            return wanted

    def restore(self, until: str) -> Entry | None:
        """Bring back what held at a time of day (UTC), in one step that can be undone; None when it holds."""
        with self._writing():
            if self.state_at(until) == self._replay.state():
                return None
            return self._write("restore", {"until": until})

    # ── Inside ───────────────────────────────────────────────────────────────

    def _load(self) -> None:
        if not self._loaded:
            self.refresh()

    def _take(self, line: Fields, number: int) -> None:
        try:
            self._replay.apply(line, number)
        except ValueError as error:
            raise BadFile(
                self.path, f"this line cannot be read: {error}.", "Take the line from a copy.", number
            ) from None
        self._raw.append(line)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the journal's lock, with everything read that others have written."""
        with holding(self.project.work, f"codings/{self.coder}/{self.interview}"):
            self.refresh()
            yield

    def _write(self, op: str, fields: Fields) -> Entry:
        """Write one line under the lock, that of :meth:`_writing`, and let it take effect."""
        line = {"id": new_id(), "op": op, "at": now(), **fields}
        if any(part.get("suggestion") for part in (fields, *fields.get("steps", ()))):
            line |= self._origin()
        try:
            dump(line)
            self._replay.apply(line)
        except ValueError as error:
            raise UsageError(f"The step {op} cannot be written: {error}.") from None
        self._state = None
        try:
            written = self._lines.append(line, self._opening)
        except BaseException:
            self._forget()  # the disk has the truth; the next look reads it again
            raise
        self._raw += written
        return _entry(written[-1])

    def _origin(self) -> Fields:
        """Which model and codebook the suggestions at hand were made with: they will be made again."""
        from qualkit.files.suggestions import suggestions_header

        try:
            header = suggestions_header(self.project, self.interview)
        except QualkitError:  # a decision is never lost for it
            return {}
        made = _given(model=header.get("model", ""), codebook=header.get("codebook", ""))
        return {"from": made} if made else {}

    def _opening(self) -> Fields:
        return {
            "id": new_id(),
            "op": "open",
            "at": now(),
            "format": f"{NAME}/{JOURNAL_FORMAT}",
            "coder": self.coder,
            "interview": self.interview,
        }

    def _same(self, code: str, anchor: Anchor) -> Coding | None:
        wanted = _place(code, anchor)
        codings = self._replay.codings.values()
        return next((coding for coding in codings if _place(coding.code, coding.anchor) == wanted), None)

    def _need(self, coding_id: str) -> None:
        if coding_id not in self._replay.codings:
            raise UsageError(
                f"There is no coding {coding_id!r} (any more).", "Look again: it may have been undone."
            )


# ── All journals of a project ────────────────────────────────────────────────


def coders(project: Project) -> tuple[str, ...]:
    """Everybody who has a journal in the project, in alphabetical order."""
    if not project.codings.is_dir():
        return ()
    folders = [path for path in project.codings.iterdir() if path.is_dir() and not fault_in_id(path.name)]
    return tuple(sorted(nfc(path.name) for path in folders if inside(project.root, path)))


def journals(
    project: Project, interviews: Sequence[str] | None = None, coders_: Sequence[str] | None = None
) -> Iterator[Journal]:
    """The journals there are, of some interviews and coders or of all, by coder and interview."""
    for coder in coders(project):
        if coders_ is not None and coder not in coders_:
            continue
        folder = locate(project.codings, coder)
        for interview in names(folder, ".jsonl") if interviews is None else _there(folder, interviews):
            yield Journal(project, coder, interview)


def _there(folder: Path, interviews: Sequence[str]) -> list[str]:
    """Those of some interviews that have a journal, without a look at all the others."""
    fit = sorted({nfc(interview) for interview in interviews if not fault_in_id(interview)})
    return [interview for interview in fit if locate(folder, f"{interview}.jsonl").is_file()]


def read_codings(
    project: Project, interviews: Sequence[str] | None = None, coders: Sequence[str] | None = None
) -> tuple[Coding, ...]:
    """The codings that hold, of some interviews and coders or of all. Raises :class:`BadFile`."""
    found = (journal.state.codings.values() for journal in journals(project, interviews, coders))
    return tuple(coding for codings in found for coding in codings)


def read_decisions(
    project: Project, interviews: Sequence[str] | None = None, coders: Sequence[str] | None = None
) -> tuple[Decision, ...]:
    """The decisions that hold, of some interviews and coders or of all. Raises :class:`BadFile`."""
    found = (journal.state.decisions for journal in journals(project, interviews, coders))
    return tuple(decision for decisions in found for decision in decisions)


def check_journal(path: Path) -> list[Problem]:
    """All that is wrong in a journal: damaged and changed lines, steps that speak of nothing."""
    coder, interview = nfc(path.parent.name), nfc(path.name.removesuffix(".jsonl"))
    lines = Lines(path, NAME, JOURNAL_FORMAT)
    try:
        _, found = lines.read()
    except BadFile as error:
        return [Problem(path, error.line, error.reason, error.hint)]
    problems = [
        Problem(
            path,
            number,
            "this line or the one before it was changed after it was written.",
            "Compare it with a copy.",
        )
        for number in lines.broken()
    ]
    replay = Replay(coder, interview)
    for number, line in found:
        try:
            replay.apply(line, number)
        except ValueError as error:
            problems.append(
                Problem(path, number, f"this line cannot be read: {error}.", "Take it from a copy.")
            )
        if line.get("op") == "open" and (line.get("coder"), line.get("interview")) != (coder, interview):
            whose = f"{line.get('coder')}/{line.get('interview')}"
            problems.append(
                Problem(path, number, f"this is the journal {whose}.", "Put it back in its place.")
            )
    problems += [
        Problem(path, number, f"{message}.", "Compare it with a copy.") for number, message in replay.faults
    ]
    return sorted(problems, key=lambda problem: problem.line)


def now() -> str:
    """The time of day as files hold it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _entry(line: Fields) -> Entry:
    fields = {key: value for key, value in line.items() if key not in ("id", "op", "at", "prev")}
    return Entry(line["id"], line["op"], line["at"], fields)


def _given(**fields: Any) -> Fields:
    """The fields that say something."""
    return {key: value for key, value in fields.items() if value not in ("", None)}


def _place(code: str, anchor: Anchor) -> tuple[str, int, int, int]:
    return code, anchor.revision, anchor.start, anchor.end
