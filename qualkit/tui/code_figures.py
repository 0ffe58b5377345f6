"""How each code is doing: how often it is given, how its suggestions fare, what it overlaps with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qualkit.files.journal import journals
from qualkit.model import Verdict
from qualkit.tui.language import _
from qualkit.tui.panels import name_of

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from qualkit.model import Codebook, Coding

ENOUGH = 50
"""Codings in all from which a code with one or none is hardly used."""
FEW = 5
"""Decisions or codings under which nothing is said of a code."""
TOGETHER = 0.5


@dataclass(frozen=True)
class Figures:
    """Counts over all coders and interviews of a project."""

    given: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    together: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Codings of the first code that share text with one of the second."""
    needed: dict[str, str] = field(default_factory=dict)
    """Code → the engine's last verdict, with the passages that it still needs."""

    def remarks(self, code: str) -> list[str]:
        """What a careful reader of the codebook would look into; empty when all is well."""
        found = []
        if self.given[code] < 2 and self.given.total() >= ENOUGH:
            found.append(_("hardly used"))
        decided = self.accepted[code] + self.rejected[code]
        if decided >= FEW and self.rejected[code] > self.accepted[code]:
            found.append(_("its suggestions keep being rejected"))
        if self.overlaps(code):
            found.append(_("overlaps heavily"))
        return found

    def overlaps(self, code: str) -> list[str]:
        """Codes that stand on more than half of this code's passages."""
        if self.given[code] < FEW:
            return []
        pairs = [(other, n) for (one, other), n in self.together.items() if one == code]
        return [other for other, n in sorted(pairs, key=lambda p: -p[1]) if n > TOGETHER * self.given[code]]

    def text(self, code: str, book: Codebook, language: str) -> str:
        """All of it as lines."""
        yes, no = self.accepted[code], self.rejected[code]
        lines = [
            _("{given} codings; suggestions: {yes} accepted, {no} rejected").format(
                given=self.given[code], yes=yes, no=no
            )
        ]
        if yes + no:
            lines.append(
                _("right so far: {share:.0%} of {n} decided").format(share=yes / (yes + no), n=yes + no)
            )
        if verdict := self.needed.get(code):
            lines.append(_("the engine: {verdict}").format(verdict=verdict))
        lines += ["! " + remark for remark in self.remarks(code)]
        if others := self.overlaps(code):
            lines.append(", ".join(name_of(book, other, language) for other in others))
        return "\n".join(lines)


def figures(project: Project) -> Figures:
    """The counts as the journals are now. Raises :class:`~qualkit.errors.BadFile`."""
    found = Figures(needed=_verdicts(project))
    for journal in journals(project):
        state = journal.state
        for decision in state.decisions:
            if decision.verdict is Verdict.ACCEPT:
                found.accepted[decision.code] += 1
            elif decision.verdict is Verdict.REJECT:
                found.rejected[decision.code] += 1
        codings = sorted(state.codings.values(), key=lambda c: c.anchor.start)
        found.given.update(c.code for c in codings)
        _count_together(codings, found.together)
    return found


def _count_together(codings: list[Coding], together: Counter[tuple[str, str]]) -> None:
    pairs: dict[str, set[str]] = {}
    for at, one in enumerate(codings):
        for other in codings[at + 1 :]:
            if other.anchor.start >= one.anchor.end:
                break
            if one.code != other.code:
                pairs.setdefault(one.id, set()).add(other.code)
                pairs.setdefault(other.id, set()).add(one.code)
    codes = {c.id: c.code for c in codings}
    together.update((codes[c], other) for c, others in pairs.items() for other in others)


def _verdicts(project: Project) -> dict[str, str]:
    if not (project.work / "certificates.json").exists():
        return {}
    from qualkit.coding.certificates import read_certificates  # numpy: only where there is something to read

    return {c.code: c.verdict for c in read_certificates(project)}
