"""What stands right of the transcript: suggestions, codings here, the definition of the code in focus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style

from qualkit.tui.desk import Offer, Standing
from qualkit.tui.language import _
from qualkit.tui.safe import clip, content, shown
from qualkit.tui.stripes import color, letters
from qualkit.tui.turn_lines import tile_colors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.model import Code, Codebook, Coding, Memo, Reason

_SIGNS = {Standing.OPEN: " ", Standing.ACCEPTED: "✓", Standing.REJECTED: "✗"}
_KINDS = {
    "term": _("word"),
    "definition": _("near the definition"),
    "example": _("near an example"),
    "vocabulary": _("near the terms"),
    "experience": _("in units coded before"),
    "decided": _("near a decision"),
    "context": _("context"),
    "excluded": _("excluded word"),
}
TALL = 30
"""Lines from which there is room for long reasons."""
LEAST = 0.05
"""Logits: what weighs less is not worth a line."""
_BOLD, _DIM, _HEAD = "bold", "dim", "bold $text-accent"


def badge(codebook: Codebook, code_id: str) -> Content:
    """The letter of a code on its colour, as in the gutter."""
    letter = letters(codebook).get(code_id, "?")
    foreground, background = tile_colors(color(codebook, code_id))
    return Content.styled(letter, Style(background=background, foreground=foreground, bold=True))


def name_of(codebook: Codebook, code_id: str, language: str) -> str:
    """The code's name in the reading language; its id when the codebook has lost it."""
    code = codebook.by_id.get(code_id)
    return code.name_in(language) if code else code_id


def suggestions_text(
    codebook: Codebook, offers: Sequence[Offer], focus: int, language: str, room: Room
) -> Content:
    """The suggestions for a passage, a line each, with score and verdict; reasons for the one in focus."""
    lines = [Content.styled(_("Suggestions"), _HEAD)]
    if not offers:
        lines.append(Content.styled(_("None here. c picks a code, 0 says nothing here."), _DIM))
    for index, offer in enumerate(offers):
        suggestion = offer.suggestion
        if not suggestion.shown and (index == 0 or offers[index - 1].suggestion.shown):
            lines.append(Content.styled(f"── {_('under the threshold')} ──", _DIM))
        pointer = "▸" if index == focus else " "
        digit = str(index + 1) if index < 9 else " "
        look = _BOLD if index == focus else _DIM if not suggestion.shown else ""
        if offer.standing is Standing.REJECTED:
            look += " strike"
        score = f" {suggestion.score:.0%}"
        lines.append(
            Content.assemble(
                f"{pointer}{digit}{_SIGNS[offer.standing]}",
                badge(codebook, suggestion.code),
                " ",
                content(
                    clip(name_of(codebook, suggestion.code, language), room.width - 5 - len(score)),
                    look.strip(),
                ),
                Content.styled(score, _DIM),
            )
        )
        if index == focus:
            if suggestion.verdict:
                lines.append(content(clip(f"     {suggestion.verdict}", room.width), _DIM))
            told = [r for r in suggestion.reasons if r.text and abs(r.weight) >= LEAST]
            lines += [_reason(r, room) for r in told[: room.reasons]]
    return Content("\n").join(lines)


@dataclass(frozen=True, slots=True)
class Room:
    """How much fits right of the transcript."""

    width: int
    height: int

    @property
    def reasons(self) -> int:
        """Reasons that are told of the suggestion in focus."""
        return 3 if self.height < TALL else 5

    @property
    def reason(self) -> int:
        """Cells that a reason may take: a line in a low terminal, three in a tall one."""
        return (self.width - 5) * (1 if self.height < TALL else 3)


def _reason(reason: Reason, room: Room) -> Content:
    kind = _KINDS.get(reason.kind, reason.kind)
    head = f"{reason.weight:+.1f} "
    left = room.reason - len(head) - len(kind) - 2
    left += room.width if left < 8 else 0  # it goes on in a second line
    return Content.assemble(
        Content.styled(f"     {head}" if room.height >= TALL else f"   {head}", _DIM),
        content(f"{kind}: "),
        content(clip(reason.text, left), "italic"),
    )


def codings_text(codebook: Codebook, codings: Sequence[Coding], focus: int, language: str) -> Content:
    """The codings of a passage with their memos."""
    lines = [Content.styled(_("Codings here"), _HEAD)]
    if not codings:
        lines.append(Content.styled(_("None."), _DIM))
    for index, coding in enumerate(codings):
        lines.append(
            Content.assemble(
                "▸" if index == focus else " ",
                badge(codebook, coding.code),
                " ",
                content(name_of(codebook, coding.code, language), _BOLD if index == focus else ""),
            )
        )
        if coding.memo:
            lines.append(content("   ✎ " + coding.memo, "italic"))
    return Content("\n").join(lines)


def memos_text(memos: Sequence[Memo]) -> Content:
    """Memos on the passage itself."""
    return Content("\n").join([content("✎ " + memo.text, "italic") for memo in memos])


def definition_text(codebook: Codebook, code_id: str, language: str) -> Content:
    """Name, place, definition, rules and an example of a code."""
    code = codebook.by_id.get(code_id)
    if code is None:
        return Content.styled(_("Definition"), _HEAD)
    parts = [
        Content.assemble(
            *((badge(codebook, code_id), " ") if code.codable else ()),
            content(code.name_in(language), _HEAD),
            Content.styled(f"  {shown(code_id)}", _DIM),
        )
    ]
    above = codebook.by_id.get(code.parent)
    if above is not None:
        parts.append(content(above.name_in(language), _DIM))
    parts.append(content(code.definition_in(language)))
    parts += _rules(code, language)
    return Content("\n").join(parts)


def _rules(code: Code, language: str) -> list[Content]:
    rows = (("+", code.include), ("−", code.exclude), ("»", code.examples))
    return [
        content(f"{sign} {text}", "italic" if sign == "»" else "")
        for sign, texts in rows
        for text in texts.get(language, ())[:3]
    ]
