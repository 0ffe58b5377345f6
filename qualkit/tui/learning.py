"""Suggestions that follow the decisions: the engine's learner, asked beside the keys, never before them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from qualkit.errors import QualkitError
from qualkit.tui.desk import BELOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.coding.learn import Learner
    from qualkit.files.project import Project
    from qualkit.model import Coding, Decision, Suggestion

LEARNING = ThreadPoolExecutor(1, thread_name_prefix="learning")
"""One thread, so that what the engine needs for a moment is not held once for each of several."""
NEXT = 20
"""Passages that the engine is asked to name at once."""


class Ranking:
    """What the engine makes of one interview as decisions come in. Without scores it does nothing."""

    def __init__(self, project: Project, interview: str) -> None:
        self.project, self.interview = project, interview
        self.learner: Learner | None = None

    def load(self) -> bool:
        """Read scores and all decisions of the project; False when nothing was scored yet."""
        from threadpoolctl import threadpool_limits

        from qualkit.coding.nearby import learner_near  # numpy, 0.1 s: after the first paint

        threadpool_limits(limits=1, user_api="blas")  # the other processor is for the keys
        try:
            self.learner = learner_near(self.project, self.interview)
        except QualkitError:
            self.learner = None
        return self.learner is not None and self.interview in self.learner.scored

    def rescored(
        self, decisions: Sequence[Decision], codings: Sequence[Coding]
    ) -> tuple[Suggestion, ...] | None:
        """The suggestions of the interview given what is decided now; None without scores."""
        if self.learner is None:
            self.load()
        if self.learner is None or self.interview not in self.learner.scored:
            return None
        self.learner = self.learner.updated(self.interview, decisions, codings)
        return self.learner.suggestions(self.interview, BELOW)

    def useful(self) -> list[tuple[int, int, bool]] | None:
        """Start and end of the passages to decide next, and whether by lot; None without scores.

        Half of them are what the engine is unsure of, unlike each other; the other
        half are a random sample, by which the engine is judged.
        """
        if self.learner is None or self.interview not in self.learner.scored:
            return None
        from qualkit.coding.queue import most_useful

        units = most_useful(self.learner, NEXT, ids=frozenset({self.interview}))
        return [(unit.start, unit.end, unit.random) for unit in units]
