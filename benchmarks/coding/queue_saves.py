"""How many decisions the queue saves, on SIB-200 read as a project of one language.

    python benchmarks/coding/queue_saves.py [fin|swe|eng]

A coder who always gives the right topic decides unit after unit; after every
twenty the project's quality is taken: the coder's topics where decided, the
engine's suggestions elsewhere (micro-F1). Three orders: as the texts stand
sorted by topic, as document order is; at random; most useful next. The labelled
text is looked for in ``../shared/data`` beside the repository.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding import engine
from qualkit.coding.background import background_texts
from qualkit.coding.embed import embed, find_model
from qualkit.coding.evidence import Evidence
from qualkit.coding.learn import Learner
from qualkit.coding.meaning import code_texts
from qualkit.coding.metrics import f1
from qualkit.coding.queue import most_useful
from qualkit.coding.scores import Scored, write_scores
from qualkit.coding.suggest import content_lemmas
from qualkit.coding.units import Unit
from qualkit.coding.vectors import text_key
from qualkit.files.codebook import read_codebook
from qualkit.files.project import init_project

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT.parent / "shared" / "data" / "sib200"
DECISIONS, STEP, SEEDS = 200, 20, 3


def load(name: str, folder: Path) -> tuple[Learner, NDArray[np.bool_]]:
    """A scored project of one interview, in document order, and its true labels."""
    language = {"fin": "fi", "swe": "sv", "eng": "en"}[name]
    codebook = read_codebook(ROOT / "benchmarks" / "coding" / "sib200.yaml")
    with (DATA / name / "train.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    # Topics come in runs in real documents; here they are sorted into runs of about ten.
    random = np.random.default_rng(0)
    order = sorted(range(len(rows)), key=lambda i: (random.integers(0, len(rows) // 70), rows[i]["category"]))
    units = [Unit(rows[i]["text"], language) for i in order]
    model, project = find_model(), init_project(folder, "SIB", (language,))
    texts = [t.text for t in code_texts(codebook)] + list(background_texts()) + [u.text for u in units]
    steps = embed(project.work, model, texts)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            cache = stop.value
            break
    scorer = engine.build_scorer(codebook, cache.get, {language: cache.get([u.text for u in units])})
    logits = np.concatenate([s.logits for s in engine.score(scorer, units, cache.get)])
    places = np.arange(len(units))
    write_scores(
        project,
        Scored(
            "sib", 1, model.id, codebook.hash, scorer.codes,
            np.stack([places * 10, places * 10 + 9], axis=1), np.zeros(len(units), bool),
            (language,) * len(units), tuple(text_key(cache.prompt, u.text) for u in units), logits,
            tuple(content_lemmas(u.text, language) for u in units),
        ),
    )  # fmt: skip
    topics = [rows[i]["category"].replace("/", "-") for i in order]
    return Learner.load(project), np.array([[t == code for code in scorer.codes] for t in topics])


def decided(learner: Learner, labels: NDArray[np.bool_], units: list[int]) -> Learner:
    """The learner after a coder answered some units in full."""
    weights = np.zeros(labels.shape)
    weights[units] = 1
    evidence = {"sib": Evidence(labels * weights, weights, {})} if units else {}
    return replace(learner, evidence=evidence, current="sib", _solutions={})


def quality(learner: Learner, labels: NDArray[np.bool_], units: list[int]) -> float:
    """Micro-F1 of the project: the coder's topics where decided, suggestions elsewhere."""
    made = learner.shown("sib").copy()
    made[units] = labels[units]
    return f1(labels, made)


def curve(learner: Learner, labels: NDArray[np.bool_], how: str, seed: int) -> list[float]:
    """Quality after every :data:`STEP` decisions."""
    random = np.random.default_rng(seed).permutation(len(labels)).tolist()
    units: list[int] = []
    found = [quality(decided(learner, labels, units), labels, units)]
    while len(units) < DECISIONS:
        if how == "most useful":
            queue = most_useful(decided(learner, labels, units), STEP, seed=seed)
            units = units + [one.unit for one in queue]
        else:
            order = random if how == "random" else list(range(len(labels)))
            units = order[: len(units) + STEP]
        found.append(quality(decided(learner, labels, units), labels, units))
    return found


def main() -> None:
    """Run the three orders and print their curves."""
    name = sys.argv[1] if len(sys.argv) > 1 else "fin"
    with tempfile.TemporaryDirectory() as folder:
        learner, labels = load(name, Path(folder) / "sib")
        print(
            f"{name}: {len(labels)} units; decisions "
            + " ".join(f"{n:5}" for n in range(0, DECISIONS + 1, STEP))
        )
        for how in ("document", "random", "most useful"):
            mean = np.mean([curve(learner, labels, how, seed) for seed in range(SEEDS)], axis=0)
            print(f"{how:28}" + " ".join(f"{value:.3f}" for value in mean))


if __name__ == "__main__":
    main()
