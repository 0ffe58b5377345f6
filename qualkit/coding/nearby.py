"""The learner for one interview in a project of hundreds: it reads only what that one can learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.certificates import standings
from qualkit.coding.evidence import evidence_of
from qualkit.coding.learn import Learner, _find_cache
from qualkit.coding.scores import newest_model, read_scores, scored_interviews
from qualkit.errors import QualkitError
from qualkit.files.journal import journals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qualkit.coding.evidence import Evidence
    from qualkit.coding.scores import Scored
    from qualkit.files.project import Project
    from qualkit.model import Coding, Decision

ALL = 60
"""Up to so many scored interviews are read whole, as :meth:`Learner.load` does."""


def learner_near(project: Project, interview: str) -> Learner:
    """The learner of a project as far as one interview needs it.

    In a small project that is all of it. In a larger one: this interview and of
    the others the units that somebody has decided on, which takes a fraction of
    the time and of the memory; only how rare a word is gets counted on fewer texts.

    Raises:
        QualkitError: nothing was scored yet.
    """
    model = newest_model(project)
    every = scored_interviews(project, model)
    if len(every) <= ALL or interview not in every:
        return Learner.load(project, model=model)
    this = read_scores(project, interview, model)
    if this is None:
        raise QualkitError(f"{project.root}: {interview} has not been scored yet.", "Run `qualkit suggest`.")
    decisions: dict[str, list[Decision]] = {}
    codings: dict[str, list[Coding]] = {}
    for journal in journals(project):
        state = journal.state
        if state.decisions or state.codings:
            decisions.setdefault(journal.interview, []).extend(state.decisions)
            codings.setdefault(journal.interview, []).extend(state.codings.values())
    found = [this]
    for other in sorted(decisions.keys() - {interview}):
        scores = read_scores(project, other, model)
        if scores is not None and scores.codebook == this.codebook:
            found.append(scores)
    scored = {one.interview: one for one in found}
    verdicts, cache = standings(project, model, this.codebook), _find_cache(project, model)
    whole = Learner(project, model, this.codebook, this.codes, scored, {}, None, verdicts, cache)
    near: dict[str, Scored] = {}
    evidence: dict[str, Evidence] = {}
    designs: dict[str, NDArray[np.float32]] = {}
    for name, one in scored.items():
        units = np.arange(len(one))
        if name in decisions:
            labels = evidence_of(one, decisions[name], codings[name])
            units = units if name == interview else np.flatnonzero(labels.decided)
            evidence[name] = labels.only(units)
        near[name] = one.only(units)
        designs[name] = whole.design(name)[units]
    return Learner(project, model, this.codebook, this.codes, near, evidence, None, verdicts, cache, designs)
