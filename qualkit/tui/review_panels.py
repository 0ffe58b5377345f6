"""The right side and the status line of the Review screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from qualkit.tui.language import _
from qualkit.tui.painted import Sheet
from qualkit.tui.panels import (
    TALL,
    Room,
    codings_text,
    definition_text,
    memos_text,
    name_of,
    suggestions_text,
)
from qualkit.tui.queue import Order
from qualkit.tui.safe import content

if TYPE_CHECKING:
    from qualkit.model import Memo
    from qualkit.tui.review_screen import ReviewScreen

ORDERS = {
    Order.TRANSCRIPT: _("by transcript"),
    Order.USEFUL: _("most useful next"),
    Order.CODE: _("by code"),
    Order.DISAGREEMENT: _("by disagreement"),
}


def draw(screen: ReviewScreen) -> None:
    """Suggestions, codings here, the definition of the code in focus, the status line."""
    desk, offers, codings = screen.desk, screen.offers, screen.codings
    screen.offer_focus = max(0, min(screen.offer_focus, len(offers) - 1))
    screen.coding_focus = max(0, min(screen.coding_focus, len(codings) - 1))
    code = screen.shown_code
    if not code and (offers or codings):
        code = offers[screen.offer_focus].suggestion.code if offers else codings[0].code
    side = screen.query_one("#side", Sheet)
    room = Room(max(24, side.content_size.width), side.content_size.height)
    panels = {
        "suggestions": suggestions_text(desk.codebook, offers, screen.offer_focus, screen.language, room),
        "codings": codings_text(desk.codebook, codings, screen.coding_focus, screen.language),
        "definition": definition_text(desk.codebook, code, screen.language),
    }
    if screen.is_blind:
        panels["suggestions"] = content(
            _("Drawn by lot: code it, or say 0, before you see what the machine thinks of it."),
            "italic",
        )
    for coder, codes in sorted(screen.others.get(screen.view.cursor, {}).items()):
        names = ", ".join(name_of(desk.codebook, c, screen.language) for c in sorted(codes))
        panels["codings"] += content(f"\n{coder}: {names}", "dim")
    if notes := memos_text(_memos_here(screen)):
        panels["codings"] += "\n" + notes
    screen.panels = panels
    # One widget of a fixed size: nothing is laid out anew, which would cost more than all else together.
    gap = "\n\n" if room.height >= TALL else "\n"
    side.update(Content(gap).join(panels.values()))
    draw_status(screen)


def _memos_here(screen: ReviewScreen) -> list[Memo]:
    """Memos on the passage itself; those on codings stand with their coding."""
    passage = screen.passage
    if passage is None:
        return []
    found = []
    for memo in screen.desk.memos():
        stands = (
            screen.desk.place(memo.anchor) if memo.anchor and memo.about.startswith("interview:") else None
        )
        if stands is not None and stands.start < passage.end and stands.end > passage.start:
            found.append(memo)
    return found


def draw_status(screen: ReviewScreen) -> None:
    """Interview, coder, progress, order of work, what was said last."""
    desk = screen.desk
    decided, work = desk.progress()
    site = desk.interview.site
    parts = [
        desk.interview.id + (f" ({site})" if site else ""),
        desk.coder,
        _("{n} of {m}").format(n=decided, m=work),
    ]
    if screen.order is not Order.TRANSCRIPT:
        parts.append(ORDERS[screen.order])
    if screen.view.selection is not None:
        parts.append(_("MOVING") if screen.moving else _("SELECTING"))
    parts.append(screen.said or _("saved"))
    screen.query_one("#status", Sheet).update(content(" · ".join(parts)))
