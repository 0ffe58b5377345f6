"""Settling: where two coders judged otherwise, both codings and memos side by side, decided with a reason."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from qualkit.errors import QualkitError
from qualkit.tui.actions import bindings
from qualkit.tui.dialogs import Menu, Prompt
from qualkit.tui.keys_line import KeysLine
from qualkit.tui.language import _
from qualkit.tui.leaving import Leaving
from qualkit.tui.rows import Part, Row, Rows
from qualkit.tui.safe import clip, content

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qualkit.agreement.settling import Disagreement
    from qualkit.files.project import Project
    from qualkit.model import Coding, Transcript

CONTEXT = 120
"""Code points shown around a passage."""


def pairs(project: Project) -> list[tuple[str, str]]:
    """Coders that can disagree, two and two; the project's own coder comes first."""
    from qualkit.files.journal import coders

    known = sorted(coders(project), key=lambda name: (name != project.coder, name))
    return list(combinations(known, 2))


class SettleScreen(Leaving, Screen[None]):
    """The queue of disagreements between two coders."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("settle", "view", "rows", "app")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("view"), *bindings("settle")]
    DEFAULT_CSS = """
    SettleScreen #title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    SettleScreen #said { height: auto; max-height: 2; color: $text-muted; padding: 0 1; }
    SettleScreen Rows { padding: 0 1; }
    SettleScreen #both { height: 45%; border-top: solid $primary-muted; }
    SettleScreen #both VerticalScroll { width: 1fr; padding: 0 1; }
    SettleScreen #second-side { border-left: solid $primary-muted; }
    """

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self.pair: tuple[str, str] = ("", "")
        self.found: tuple[Disagreement, ...] = ()
        self.names: dict[str, str] = {}
        self._texts: dict[str, Transcript] = {}
        self._mine: list[tuple[str, str]] = []
        """Interview and id of what was settled here, for taking back."""

    def compose(self) -> ComposeResult:
        """Title, how far it is, the queue, both sides of what is under the cursor."""
        yield Static(content(_("Settling")), id="title")
        yield Static(id="said")
        yield Rows()
        with Horizontal(id="both"):
            with VerticalScroll(can_focus=False):
                yield Static(id="first")
            with VerticalScroll(id="second-side", can_focus=False):
                yield Static(id="second")
        yield KeysLine()

    def on_mount(self) -> None:
        """The first pair of coders, or a word about why there is none."""
        self.query_one(Rows).focus()
        found = pairs(self.project)
        if found:
            self._take(found[0])
        else:
            self.tell(_("Two coders are needed: merge the copy of the other one first."))

    def tell(self, text: str) -> None:
        """A line above the queue."""
        if not self.gone:
            self.query_one("#said", Static).update(content(text))

    def _take(self, pair: tuple[str, str]) -> None:
        self.pair = pair
        self._reload()

    def _reload(self, cursor: int = 0) -> None:
        from qualkit.agreement.settling import disagreements
        from qualkit.files.codebook import load_codebook

        try:
            language = getattr(self.app, "reading", "en")
            self.names = {c.id: c.name_in(language) for c in load_codebook(self.project).codes}
            self.found = disagreements(self.project, *self.pair)
        except QualkitError as error:
            self.found = ()
            self.tell(str(error))
            return
        title = _("Settling: {first} and {second}").format(first=self.pair[0], second=self.pair[1])
        self.query_one("#title", Static).update(content(title))
        open_ = sum(one.settled is None for one in self.found)
        told = _("{n} disagreements, {open} open").format(n=len(self.found), open=open_)
        self.tell(told if self.found else _("No disagreement on what both have seen."))
        self.query_one(Rows).fill(len(self.found), self._row, cursor=cursor)
        if not self.found:
            self._sides(None)

    def _row(self, index: int) -> Row:
        one = self.found[index]
        mark = {"": "· ", "given": "✓ ", "not-given": "✗ "}[one.settled.verdict if one.settled else ""]
        kind = _("boundary") if one.kind == "boundary" else self.pair[0 if one.first else 1]
        quote = " ".join(one.codings[0].anchor.quote.split())
        return (
            Part(mark, "good" if one.settled else ""),
            Part(f"{clip(one.interview, 16):<17}", "dim"),
            Part(f"{clip(self.names.get(one.code, one.code), 22):<23}"),
            Part(f"{clip(kind, 12):<13}", "dim"),
            Part(clip(quote, 300)),
        )

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        if event.index < len(self.found):
            self._sides(self.found[event.index])

    def _sides(self, one: Disagreement | None) -> None:
        for name, side, coding in (
            ("#first", self.pair[0], one.first if one else None),
            ("#second", self.pair[1], one.second if one else None),
        ):
            text = self._side(side, coding, one) if one else Content()
            self.query_one(name, Static).update(text)

    def _side(self, coder: str, coding: Coding | None, one: Disagreement) -> Content:
        """What one coder said: the code on the passage in its context, the memo; or that they did not."""
        code = self.names.get(one.code, one.code)
        start, end = (coding.anchor.start, coding.anchor.end) if coding else one.span
        text = self._text(one.interview).text
        head = f"{coder}: {code}" if coding else _("{coder}: not {code}").format(coder=coder, code=code)
        parts = [
            content(head, "bold"), content("\n…" if start > CONTEXT else "\n"),
            content(text[max(0, start - CONTEXT) : start], "dim"),
            content(text[start:end], "reverse" if coding else ""),
            content(text[end : end + CONTEXT], "dim"),
            content("…" if end + CONTEXT < len(text) else ""),
        ]  # fmt: skip
        if coding and coding.memo:
            parts.append(content("\n" + _("Memo: {text}").format(text=coding.memo)))
        if coding:
            parts.append(content(f"\n{coding.created[:10]}", "dim"))
        if one.settled:
            done = one.settled
            told = _("holds") if done.verdict == "given" else _("does not hold")
            line = _("Settled: {verdict}, {who} {date}. {reason}").format(
                verdict=told, who=done.who, date=done.at[:10], reason=done.reason
            )
            parts.append(content("\n" + line, "italic"))
        return Content.assemble(*parts)

    def _text(self, interview: str) -> Transcript:
        from qualkit.files.transcript import load_transcript

        if interview not in self._texts:
            self._texts[interview] = load_transcript(self.project, interview)
        return self._texts[interview]

    # ── Deciding ─────────────────────────────────────────────────────────────

    def action_keep(self, choice: str) -> None:
        """Settle what is under the cursor, with a reason; then on to the next open one."""
        if not self.found:
            return
        at = self.query_one(Rows).cursor
        one = self.found[at]

        def reasoned(reason: str | None) -> None:
            from qualkit.agreement.settling import decide

            if reason is None:
                return
            try:
                done = decide(self.project, one, choice, reason, self.pair)
            except QualkitError as error:
                self.tell(str(error))
                return
            self._mine.append((done.interview, done.id))
            self._reload(self._next(at))

        title = {
            "first": _("{coder} is right. Why?").format(coder=self.pair[0]),
            "second": _("{coder} is right. Why?").format(coder=self.pair[1]),
            "neither": _("Neither: the code is not given here. Why?"),
        }[choice]
        former = one.settled.reason if one.settled else ""
        self.app.push_screen(Prompt(title, former, _("Enter settles, Esc leaves it open.")), reasoned)

    def _next(self, at: int) -> int:
        after = [*range(at + 1, len(self.found)), *range(at)]
        return next((i for i in after if self.found[i].settled is None), at)

    def action_undo(self) -> None:
        """Take back what was settled here last."""
        from qualkit.files.settlements import withdraw

        if not self._mine:
            self.tell(_("Nothing to undo."))
            return
        interview, settlement = self._mine.pop()
        try:
            withdraw(self.project, self.project.coder, interview, settlement)
        except QualkitError as error:
            self.tell(str(error))
            return
        self._reload(self.query_one(Rows).cursor)

    def action_pair(self) -> None:
        """Another two coders."""
        found = pairs(self.project)

        def chosen(index: int | None) -> None:
            if index is not None:
                self._take(found[index])

        if found:
            self.app.push_screen(Menu(_("Whose disagreements?"), [f"{a} – {b}" for a, b in found]), chosen)

    @work(exclusive=True, thread=True)
    def action_figures(self) -> None:
        """Agreement before and after settling."""
        from qualkit.agreement.settling import before_and_after

        try:
            both = before_and_after(self.project, *self.pair)
        except QualkitError as error:
            self.app.call_from_thread(self.tell, str(error))
            return
        alphas = [
            next(row for row in one.rows if row.kind == "all").measures["alpha"]
            for one in (both.before, both.after)
        ]
        before, after = (_("undefined") if a is None else f"{a:.2f}" for a in alphas)
        told = _("Krippendorff's α over all codes: {before} before settling, {after} after.")
        self.app.call_from_thread(self.tell, told.format(before=before, after=after))

    def action_open(self) -> None:
        """Open the passage where it stands."""
        if self.found:
            one = self.found[self.query_one(Rows).cursor]
            self.app.review(one.interview, one.span[0])  # type: ignore[attr-defined]

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_back(self) -> None:
        """Back to where it was opened from."""
        self.dismiss(None)
