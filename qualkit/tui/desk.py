"""The review of one interview by one coder, without a screen: what stands where, and every decision.

The terminal UI and the line mode both work on a :class:`Desk`. It reads the
files once, answers what the passage under the cursor holds, and writes each
decision to the coder's journal before it returns.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from qualkit.agreement.plan import is_blind
from qualkit.errors import QualkitError, UsageError
from qualkit.files.anchors import anchor, anchor_fields
from qualkit.files.codebook_history import History
from qualkit.files.interviews import interview as find_interview
from qualkit.files.journal import Journal
from qualkit.files.names import new_id
from qualkit.files.replay import STEPS
from qualkit.files.segments import CARRIED, read_segments, write_segments
from qualkit.files.suggestions import read_suggestions
from qualkit.files.text import one_line
from qualkit.files.transcript import load_transcript, save_transcript
from qualkit.model import Coding, Decision, Suggestion, Verdict
from qualkit.tui.books import book_of
from qualkit.tui.carry import Carrier
from qualkit.tui.passages import Passage, passages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qualkit.files.project import Project
    from qualkit.model import Anchor, Codebook, Interview, Memo, Segment, Transcript

RECENT = 9
"""Codes that `r` offers."""
BELOW = 4
"""Suggestions under their threshold that are still listed, dimmed."""


class Standing(StrEnum):
    """What the coder has said of a suggestion, or of a passage."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOTHING = "nothing"
    BLANK = "blank"
    """A passage without suggestions that nobody has decided on."""


_DECIDED = frozenset({Standing.ACCEPTED, Standing.REJECTED, Standing.NOTHING})


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion as it stands with this coder."""

    suggestion: Suggestion
    standing: Standing
    coding: Coding | None = None
    """The coding that holds the code here, when there is one."""


class Desk:
    """One coder's review of one interview.

    Raises what reading raises: :class:`~qualkit.errors.BadFile` for a broken
    file, :class:`~qualkit.errors.UsageError` for an interview without transcript.
    """

    def __init__(
        self,
        project: Project,
        codebook: Codebook,
        interview: Interview,
        transcript: Transcript,
        segments: Iterable[Segment],
        suggestions: Iterable[Suggestion],
    ) -> None:
        self.project = project
        self.codebook = codebook
        self.interview = interview
        self.transcript = transcript
        self.journal = Journal(project, project.coder, interview.id)
        self.blind = is_blind(project)
        """Passages were drawn for this coder: they are open until something is said of them."""
        self.stale = 0
        self.recent: list[str] = []
        self.made: set[str] = set()
        """Journal steps that gave a code made for them."""
        self._corrected: list[tuple[str, Transcript]] = []
        self._again: list[tuple[str, int, Transcript]] = []
        self._spans = [
            (s.start, s.end, not s.backchannel) for s in segments if s.revision == transcript.revision
        ]
        self._read(transcript, suggestions)
        for coding in self.codings:
            self._remember(coding.code)

    @classmethod
    def open(cls, project: Project, interview_id: str) -> Desk:
        """The desk for one interview of a project."""
        case = find_interview(project, interview_id)
        transcript = load_transcript(project, interview_id)
        return cls(
            project,
            book_of(project),
            case,
            transcript,
            read_segments(project, interview_id),
            read_suggestions(project, interview_id),
        )

    # ── What stands where ────────────────────────────────────────────────────

    @property
    def coder(self) -> str:
        """Whose journal is written."""
        return self.project.coder

    def _read(self, transcript: Transcript, suggestions: Iterable[Suggestion]) -> None:
        """Take a revision and what is suggested for it or for an earlier one."""
        self.transcript = transcript
        self._carrier = Carrier(self.project, transcript)
        placed, self.stale = self._carrier.suggestions(suggestions)
        spans = self._spans or sorted({(s.start, s.end, True) for s in placed})
        self.passages: tuple[Passage, ...] = passages(transcript, spans)
        self._starts = [p.start for p in self.passages]
        self._work = sum(p.codable for p in self.passages)
        self.suggest(placed)

    def resuggest(self, suggestions: Iterable[Suggestion], keep: int) -> None:
        """Take what was learned for every passage but ``keep``: what is being read does not move."""
        placed, self.stale = self._carrier.suggestions(suggestions)
        kept = self._suggestions[keep] if self._suggestions else []
        self.suggest(placed)
        if self._suggestions:
            self._suggestions[keep] = kept
            self._stand(keep)

    def suggest(self, suggestions: Iterable[Suggestion]) -> None:
        """Take these suggestions, all for this revision, each to the passage it is in."""
        per_passage: list[list[Suggestion]] = [[] for _ in self.passages]
        self.suggestions = tuple(suggestions) if self.passages else ()
        for suggestion in self.suggestions:
            per_passage[self.passage_at((suggestion.start + suggestion.end) // 2)].append(suggestion)
        for offered in per_passage:
            offered.sort(key=lambda s: (not s.shown, -s.score))
        self._suggestions = per_passage
        self._codings: dict[int, list[Coding]] = {}
        self._decisions: dict[int, list[Decision]] = {}
        self._standing: list[Standing] = [Standing.BLANK] * len(self.passages)
        self.waiting: list[int] = []
        """Passages with an open suggestion, in the transcript's order."""
        self._decided = 0
        self.settle()
        for index, offered in enumerate(per_passage):
            if offered or self.blind:
                self._stand(index)

    def settle(self) -> None:
        """Work out again what stands on which passage; after every write to the journal.

        Only the passages that something changed on are looked at again.
        """
        state = self.journal.state
        codings_before, decisions_before = self._codings, self._decisions
        placed = [self._placed(coding) for coding in state.codings.values()]
        self.codings: tuple[Coding, ...] = tuple(
            sorted(
                (c for c in placed if c is not None),
                key=lambda c: (c.anchor.start, c.anchor.end, c.created),
            )
        )
        self.lost: tuple[Coding, ...] = tuple(
            c for c, p in zip(state.codings.values(), placed, strict=True) if p is None
        )
        self._codings, self._decisions = {}, {}
        for coding in self.codings:
            for index in self.passages_in(coding.anchor.start, coding.anchor.end):
                self._codings.setdefault(index, []).append(coding)
        for made in state.decisions:
            if (stands := self._carrier.place(made.anchor)) is None:
                continue
            decision = made if stands is made.anchor else replace(made, anchor=stands)
            for index in self.passages_in(decision.anchor.start, decision.anchor.end):
                self._decisions.setdefault(index, []).append(decision)
        for before, now in ((codings_before, self._codings), (decisions_before, self._decisions)):
            for index in before.keys() | now.keys():
                if before.get(index) != now.get(index):
                    self._stand(index)

    def _stand(self, index: int) -> None:
        """Work out what stands on one passage, and count it."""
        before, now = self._standing[index], self._work_out(index)
        self._standing[index] = now
        if self.passages[index].codable:
            self._decided += (now in _DECIDED) - (before in _DECIDED)
        if now is Standing.OPEN and before is not Standing.OPEN:
            insort(self.waiting, index)
        elif before is Standing.OPEN and now is not Standing.OPEN:
            del self.waiting[bisect_right(self.waiting, index) - 1]

    def _placed(self, coding: Coding) -> Coding | None:
        stands = self._carrier.place(coding.anchor)
        if stands is None or stands is coding.anchor:
            return coding if stands else None
        return replace(coding, anchor=stands)

    def place(self, stands: Anchor) -> Anchor | None:
        """Where an anchor stands in this revision; None when that is not certain."""
        return self._carrier.place(stands)

    def near(self, old: Anchor) -> tuple[int, int] | None:
        """The passage most like the words of an anchor that has lost its place."""
        from difflib import SequenceMatcher

        matcher = SequenceMatcher(None, b=old.quote, autojunk=False)
        best, found = 0.0, None
        for passage in self.passages:
            matcher.set_seq1(self.transcript.text[passage.start : passage.end])
            if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
                ratio = matcher.ratio()
                if ratio > best:
                    best, found = ratio, (passage.start, passage.end)
        return found

    def refresh(self) -> bool:
        """Take in what another process wrote to the same journal; whether there was anything."""
        changed = self.journal.refresh()
        if changed:
            self.settle()
        return changed

    def passage_at(self, position: int) -> int:
        """Index of the passage that holds a code point, else of the one before it."""
        return max(0, bisect_right(self._starts, position) - 1)

    def passages_in(self, start: int, end: int) -> range:
        """Indices of the passages that share text with ``[start, end)``."""
        if not self.passages:
            return range(0)
        first, last = self.passage_at(start), self.passage_at(max(start, end - 1))
        return range(first + (self.passages[first].end <= start < end), last + 1)

    def offers(self, index: int) -> tuple[Offer, ...]:
        """The suggestions for a passage, best first, those under their threshold last."""
        if not self.passages:
            return ()
        listed = [s for s in self._suggestions[index] if s.shown]
        listed += [s for s in self._suggestions[index] if not s.shown][:BELOW]
        return tuple(self._offer(s, index) for s in listed)

    def _offer(self, suggestion: Suggestion, index: int) -> Offer:
        for coding in self._codings.get(index, ()):
            if coding.code == suggestion.code and _overlap(coding.anchor, suggestion.start, suggestion.end):
                return Offer(suggestion, Standing.ACCEPTED, coding)
        for decision in reversed(self._decisions.get(index, ())):
            if not _overlap(decision.anchor, suggestion.start, suggestion.end):
                continue
            if decision.verdict is Verdict.NOTHING:
                return Offer(suggestion, Standing.REJECTED)
            if decision.code == suggestion.code:
                rejected = decision.verdict is Verdict.REJECT
                return Offer(suggestion, Standing.REJECTED if rejected else Standing.OPEN)
        return Offer(suggestion, Standing.OPEN)

    def codings_at(self, index: int) -> tuple[Coding, ...]:
        """Codings that share text with a passage."""
        return tuple(self._codings.get(index, ()))

    def touched(self, index: int) -> bool:
        """Whether anything is coded or decided on a passage."""
        return index in self._codings or index in self._decisions

    def standing(self, index: int) -> Standing:
        """What this coder has said of a passage so far."""
        return self._standing[index]

    def _work_out(self, index: int) -> Standing:
        listed = [s for s in self._suggestions[index] if s.shown]
        if any(self._offer(s, index).standing is Standing.OPEN for s in listed):
            return Standing.OPEN
        if index in self._codings:
            return Standing.ACCEPTED
        said = [d.verdict for d in self._decisions.get(index, ()) if d.verdict is not Verdict.ACCEPT]
        if said and said[-1] is Verdict.NOTHING:
            return Standing.NOTHING
        if said and listed:
            return Standing.REJECTED
        return Standing.OPEN if self.blind and self.passages[index].codable else Standing.BLANK

    def progress(self) -> tuple[int, int]:
        """Passages decided, and passages that there are to decide."""
        return self._decided, self._work

    def memos(self) -> tuple[Memo, ...]:
        """This coder's memos in this interview."""
        return self.journal.state.memos

    # ── Decisions: each is in the journal when the call returns ──────────────

    def accept(self, suggestion: Suggestion) -> None:
        """Give the suggested code to the suggested passage."""
        self.journal.decide(Verdict.ACCEPT, self._anchor(suggestion), suggestion.code, suggestion.id)
        self._remember(suggestion.code)
        self.settle()

    def reject(self, *suggestions: Suggestion) -> None:
        """Say that suggested codes do not belong here, in one step; codings accepted from them go."""
        steps: list[dict[str, Any]] = []
        for suggestion in suggestions:
            index = self.passage_at((suggestion.start + suggestion.end) // 2)
            coding = self._offer(suggestion, index).coding
            if coding is not None:
                steps.append({"op": "remove", "of": coding.id})
            steps.append(
                {
                    "op": "decide",
                    "id": new_id(),
                    "verdict": Verdict.REJECT.value,
                    "code": suggestion.code,
                    "anchor": anchor_fields(self._anchor(suggestion)),
                    "suggestion": suggestion.id,
                }
            )
        self._write(steps)

    def toggle(self, offer: Offer) -> None:
        """Accept a suggestion, or take its coding away again."""
        if offer.coding is not None:
            self.remove(offer.coding)
        else:
            self.accept(offer.suggestion)

    def nothing(self, index: int) -> None:
        """Say that nothing (more) here is for the codebook: open suggestions are rejected."""
        passage = self.passages[index]
        if index in self._codings:
            open_ = [o.suggestion for o in self.offers(index) if o.standing is Standing.OPEN]
            if rest := [s for s in open_ if s.shown]:
                self.reject(*rest)
            return
        self.journal.decide(Verdict.NOTHING, anchor(self.transcript, passage.start, passage.end))
        self.settle()

    def give(self, codes: Sequence[str], start: int, end: int, memo: str = "") -> None:
        """Give codes to ``[start, end)`` in one step; those that stand there already are left.

        Raises UsageError for a code nobody can give.
        """
        for code in codes:
            known = self.codebook.by_id.get(code)
            if known is None or not known.codable or known.retired:
                raise UsageError(f"{code}: not a code that passages can get.", "Pick one from the codebook.")
        stands = anchor(self.transcript, start, end)
        there = {c.code for c in self.codings if (c.anchor.start, c.anchor.end) == (start, end)}
        fields = {"op": "add", "anchor": anchor_fields(stands)} | ({"memo": memo} if memo else {})
        self._write([{**fields, "id": new_id(), "code": code} for code in codes if code not in there])
        for code in reversed(codes):
            self._remember(code)

    def give_all(self, passages: Sequence[tuple[str, int, int]]) -> None:
        """Give codes to many passages in one step: code, start and end each."""
        there = {(c.code, c.anchor.start, c.anchor.end) for c in self.codings}
        steps = []
        for code, start, end in passages:
            if (code, start, end) not in there:
                place = anchor_fields(anchor(self.transcript, start, end))
                steps.append({"op": "add", "id": new_id(), "code": code, "anchor": place})
        self._write(steps)

    def _write(self, steps: list[dict[str, Any]]) -> None:
        """Several changes as one step that undo takes back whole."""
        if steps:
            self.journal.append("group", steps=steps)
        self.settle()

    def remove(self, coding: Coding) -> None:
        """Take a coding away; the journal keeps that it stood."""
        self.journal.remove_coding(coding.id)
        self.settle()

    def move(self, coding: Coding, start: int, end: int) -> None:
        """Give a coding other boundaries."""
        self.journal.move_boundary(coding.id, anchor(self.transcript, start, end))
        self.settle()

    def write_memo(self, about: str, text: str, stands: Anchor | None = None) -> None:
        """Keep a memo on a coding, a code, or a passage of the interview."""
        self.journal.memo("\n".join(map(one_line, text.splitlines())), about, anchor=stands)
        self.settle()

    def bookmark(self, index: int) -> bool:
        """Put a bookmark on a passage, or take it away; whether it is there now."""
        start, end = self.passages[index].start, self.passages[index].end
        there = [b for b in self.journal.state.bookmarks if start <= b < max(end, start + 1)]
        self.journal.bookmark(there[0] if there else start)
        self.settle()
        return not there

    # ── Corrections ──────────────────────────────────────────────────────────

    def revise(self, revision: Transcript) -> None:
        """Save a correction as the next revision and take everything along. Raises Conflict."""
        former = self.transcript
        self._save(revision)
        last = self.journal.undoable
        self._corrected.append((last.id if last else "", former))
        self._again.clear()
        self._adopt(revision)

    def _save(self, revision: Transcript) -> None:
        """Write a revision, and the segments at their new places: progress is told by them."""
        segments = read_segments(self.project, self.interview.id)
        save_transcript(self.project, revision)
        if not segments:
            return
        carrier, carried = Carrier(self.project, revision), []
        for segment in segments:
            stands = carrier.place(anchor(self.transcript, segment.start, segment.end))
            if stands is not None:
                moved = replace(segment, start=stands.start, end=stands.end, question=None)
                carried.append(replace(moved, revision=revision.revision))
        with suppress(QualkitError):  # a cache: it is made again
            write_segments(self.project, self.interview.id, CARRIED, revision.revision, carried)

    def _adopt(self, revision: Transcript) -> None:
        suggestions = self.suggestions
        carrier = Carrier(self.project, revision)
        spans = []
        for start, end, codable in self._spans:
            stands = carrier.place(anchor(self.transcript, start, end))
            if stands is not None:
                spans.append((stands.start, stands.end, codable))
        self._spans = spans
        self._read(revision, suggestions)

    def undo(self) -> bool:
        """Take back the last step or correction that still stands; False when there is none."""
        last = self.journal.undoable
        if self._corrected and self._corrected[-1][0] == (last.id if last else ""):
            step, former = self._corrected.pop()
            self._again.append((step, self._work_done, self.transcript))
            again = replace(former, revision=self.transcript.revision + 1)
            self._save(again)
            self._adopt(again)
            return True
        undone = self.journal.undo()
        if undone is not None and undone.id in self.made:
            self._books().undo()  # the code that this step made goes with it
            self.codebook = book_of(self.project)
        self.settle()
        return undone is not None

    def _books(self) -> History:
        return History(self.project)

    @property
    def _work_done(self) -> int:
        """Steps ever written, undone ones included: when it grows, what was undone cannot be done again."""
        return sum(entry.op in STEPS for entry in self.journal.entries)

    def redo(self) -> bool:
        """Do again what was last undone, corrections too; False when there is nothing."""
        last = self.journal.undoable
        if self._again and self._again[-1][:2] == (last.id if last else "", self._work_done):
            step, _done, revision = self._again.pop()
            self._corrected.append((step, self.transcript))
            again = replace(revision, revision=self.transcript.revision + 1)
            self._save(again)
            self._adopt(again)
            return True
        step_again = self.journal.redo()
        done = step_again is not None
        if step_again is not None and step_again.id in self.made:
            self._books().redo()
            self.codebook = book_of(self.project)
        self.settle()
        return done

    def _anchor(self, suggestion: Suggestion) -> Anchor:
        return anchor(self.transcript, suggestion.start, suggestion.end)

    def _remember(self, code: str) -> None:
        if code in self.recent:
            self.recent.remove(code)
        self.recent.insert(0, code)
        del self.recent[RECENT:]


def _overlap(stands: Anchor, start: int, end: int) -> bool:
    """Whether a decision on ``stands`` speaks for ``[start, end)``: more than half of the shorter one."""
    shared = min(stands.end, end) - max(stands.start, start)
    return shared > 0 and 2 * shared > min(stands.end - stands.start, end - start)
