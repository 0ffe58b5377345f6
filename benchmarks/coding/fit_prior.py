"""Fits the constants of the engine: ``qualkit/coding/prior.json``.

    python -m benchmarks.coding.fit_prior            fit on all files, write prior.json
    python -m benchmarks.coding.fit_prior --check    cross-validate only

For codebooks alone it reads ``fit.tsv``, ``dev.tsv`` and ``told.tsv`` beside it, never ``test.tsv`` or
``natural.tsv``, and reports how the fit does on units, languages and *codes* that it never saw: a constant
that knew the codebook would fail on codes held out.

For codes with experience it reads the coded units beside the codebook. What units taught is only ever
weighed on units of a source (a writer) that was held out, and so are the weights, the threshold and the gate;
the sources are held out in groups. A second set of these constants is fitted with what a reader says
(``fit_reader.py``, run before), a first one without, for other embedding models and other units.
Then all units are learned from once more, and what they taught is written to ``experience.npz``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.coding.fit_reader import GROUPS, groups_of, read_out
from qualkit.coding import engine
from qualkit.coding.background import background_texts
from qualkit.coding.embed import embed, find_model
from qualkit.coding.experience import digest_of, learn_experience
from qualkit.coding.experience_store import SHIPPED, write_experience
from qualkit.coding.gold import Gold, read_gold
from qualkit.coding.logistic import logit, offered, sigmoid
from qualkit.coding.meaning import code_texts
from qualkit.coding.prior import FILE, PRIOR_FORMAT, Prior
from qualkit.coding.units import Unit
from qualkit.files.codebook import read_codebook
from qualkit.files.coded_units import coded_text, read_coded_units, units_beside
from qualkit.language.remembered import recall, remember

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qualkit.files.coded_units import CodedUnit

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RIDGE = 1.0
QUIET = 0.9
"""Share of the units without a code that must be left alone, with experience for every writer held out."""
ENOUGH = 50
"""Units without a code that a writer must have for that to be asked of him."""
POSITIVE = ("terms", "specific", "about", "about_gap", "example", "example_gap", "vocabulary", "siblings")
"""Features that may only speak for a code; a negative weight would be an accident of little data."""
CODEBOOK = ROOT / "codebooks" / "infrastructure-security.yaml"
FREE = (*POSITIVE, "usual", "spoken", "alike", "read")
LEARNER = {"meaning": 3.0, "words": 1.0, "constant": 0.5, "ridge": 1.0}
FIRM = 4.0
"""The learner's ridge for codes with experience: few decisions add little to thousands of units."""


def table_of(
    gold: Gold, model_name: str = "multilingual-e5-small", work: Path = ROOT / ".qualkit"
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Units × codes × features of labelled units, and the vectors of the units."""
    codebook = read_codebook(CODEBOOK)
    recalled = recall(work / "words.json")
    texts = [t.text for t in code_texts(codebook)] + list(background_texts()) + [u.text for u in gold.units]
    cache = _run(embed(work, find_model(model_name), texts))
    blank = Prior({}, {}, 0.0, 0.5)
    scorer = engine.build_scorer(codebook, cache.get, None, blank)
    table = np.concatenate([s.features for s in engine.score(scorer, gold.units, cache.get)])
    remember(work / "words.json", recalled)
    return table, cache.get([u.text for u in gold.units])


def _run(steps):  # type: ignore[no-untyped-def]
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def fit(
    table: NDArray[np.float32], labels: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Weights, means and intercept of the pooled logistic regression."""
    from scipy.optimize import minimize

    x = table.reshape(-1, table.shape[-1]).astype(np.float64)
    y = labels.ravel().astype(np.float64)
    means, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = (x - means) / spread

    def loss(beta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        f = z @ beta[1:] + beta[0]
        p = sigmoid(f)
        value = float(np.sum(np.logaddexp(0, f) - y * f) + RIDGE / 2 * np.sum(beta[1:] ** 2))
        slope = np.concatenate([[np.sum(p - y)], z.T @ (p - y) + RIDGE * beta[1:]])
        return value, slope

    bounds = [(None, None)] + [(0, None) if name in FREE else (None, 0) for name in engine.FEATURES]
    found = minimize(loss, np.zeros(z.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    return found.x[1:] / spread, means, float(found.x[0])


def predict(
    table: NDArray[np.float32], model: tuple[NDArray[np.float64], NDArray[np.float64], float]
) -> NDArray[np.float64]:
    """Probabilities, units × codes."""
    weights, means, intercept = model
    return sigmoid(intercept + (table.astype(np.float64) - means) @ weights)


def best_threshold(p: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[float, float]:
    """The pooled threshold of the best micro-F1, and that F1."""
    options = np.round(np.arange(0.1, 0.8, 0.01), 2)
    scores = [f1(p >= t, labels) for t in options]
    # The middle of a plateau generalises better than its luckiest point.
    smooth = np.convolve(scores, np.ones(9) / 9, mode="same")
    smooth[:4] = smooth[-4:] = 0
    at = int(np.argmax(smooth))
    return float(options[at]), float(scores[at])


def gate_of(p: NDArray[np.float64], gold: Gold) -> float:
    """The lowest gate that leaves :data:`QUIET` of the units without a code alone."""
    return float(np.ceil(np.quantile(p[gold.nothing].max(axis=1), QUIET) * 100) / 100)


def f1(shown: NDArray[np.bool_], labels: NDArray[np.bool_]) -> float:
    """Micro-F1."""
    return float(2 * (shown & labels).sum() / max(1, shown.sum() + labels.sum()))


def check(table: NDArray[np.float32], gold: Gold) -> tuple[float, float]:
    """Cross-validate over units, languages and codes; print, and return threshold and gate over units."""
    labels = gold.labels
    random = np.random.default_rng(0)
    folds = {
        "units": random.integers(0, 10, len(labels)),
        "languages": np.array([{"fi": 0, "sv": 1, "en": 2}[u.language] for u in gold.units]),
    }
    threshold, gate = 0.5, 0.5
    for name, fold in folds.items():
        p = np.zeros(labels.shape)
        for k in sorted(set(fold.tolist())):
            p[fold == k] = predict(table[fold == k], fit(table[fold != k], labels[fold != k]))
        t, score = best_threshold(p, labels)
        quiet = 1 - (p[gold.nothing] >= t).any(axis=1).mean()
        ece = calibration_error(p, labels)
        silent = gate_of(p, gold)
        gated = f1(offered(p, t, silent), labels)
        print(f"held out {name}: micro-F1 {score:.3f} at {t:.2f}, none left alone {quiet:.2f}, ECE {ece:.4f}")
        print(f"  with a gate of {silent:.2f} micro-F1 {gated:.3f}, none left alone {QUIET}")
        if name == "units":
            threshold, gate = t, silent
            for code, column in sorted(zip(gold.codes, range(len(gold.codes)), strict=True)):
                score = f1(p[:, column] >= t, labels[:, column])
                print(f"  {code:18} F1 {score:.2f}  n {labels[:, column].sum()}")
    columns = random.integers(0, 4, labels.shape[1])
    p = np.zeros(labels.shape)
    for k in range(4):
        model = fit(table[:, columns != k], labels[:, columns != k])
        p[:, columns == k] = predict(table[:, columns == k], model)
    print(f"held out codes: micro-F1 {f1(p >= threshold, labels):.3f} at {threshold:.2f}")
    return threshold, gate


def calibration_error(p: NDArray[np.float64], labels: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error over all pairs, equal-width bins."""
    flat, truth = p.ravel(), labels.ravel()
    which = np.minimum((flat * bins).astype(int), bins - 1)
    return float(sum(abs(flat[which == b].sum() - truth[which == b].sum()) for b in range(bins)) / len(flat))


def experienced(
    gold: Gold, table: NDArray[np.float32], vectors: NDArray[np.float32], units: tuple[CodedUnit, ...]
) -> None:
    """Fill in what experience says of every unit when it has not seen the unit's source."""
    groups = groups_of(units)
    for group in range(GROUPS):
        out, rest = np.flatnonzero(groups == group), np.flatnonzero(groups != group)
        taught = learn_experience([units[at] for at in rest], vectors[rest], "")
        texts, languages = [units[at].text for at in out], [units[at].language for at in out]
        spoken = taught.by_words(texts, languages)
        alike = taught.by_meaning(vectors[out], languages)
        own = [taught.codes.index(code) for code in gold.codes]
        table[out, :, -5], table[out, :, -4], table[out, :, -3] = (
            taught.constant[own],
            spoken[:, own],
            alike[:, own],
        )
        table[out, :, -1] = (spoken[:, -1] + alike[:, -1] + taught.constant[-1])[:, None]


def weighed(
    gold: Gold, table: NDArray[np.float32], units: tuple[CodedUnit, ...], name: str
) -> dict[str, object]:
    """Constants for codes with experience, every figure of them on sources held out."""
    sources, groups = np.array([unit.source for unit in units]), groups_of(units)
    p = np.zeros(gold.labels.shape)
    for group in range(GROUPS):
        held = groups == group
        p[held] = predict(table[held], fit(table[~held], gold.labels[~held]))
    weights, means, intercept = fit(table, gold.labels)
    nothing = table[:, 0, -1] - means[-1]
    best = (0.0, 0.5, 0.5)
    for threshold in np.round(np.arange(0.2, 0.6, 0.01), 2):
        gate = quiet_gate(p, gold, float(threshold), nothing, sources)
        gates = sigmoid(logit(gate) + engine.QUIET * nothing)
        best = max(best, (f1(offered(p, threshold, gates), gold.labels), float(threshold), gate))
    score, threshold, gate = best
    shown = offered(p, threshold, sigmoid(logit(gate) + engine.QUIET * nothing))
    quiet = 1 - shown[gold.nothing].any(axis=1).mean()
    ece = calibration_error(p, gold.labels)
    print(f"{name}, sources held out: micro-F1 {score:.3f} at {threshold:.2f}, gate {gate:.4f}, "
          f"none left alone {quiet:.2f}, ECE {ece:.4f}")  # fmt: skip
    for by in (sources, np.array([unit.language for unit in units])):
        for one in sorted(set(by)):
            rows = by == one
            alone = 1 - shown[gold.nothing & rows].any(axis=1).mean()
            print(f"  {one:5} micro-F1 {f1(shown[rows], gold.labels[rows]):.3f}, none left alone {alone:.2f}")
    for code, column in sorted(zip(gold.codes, range(len(gold.codes)), strict=True)):
        print(f"  {code:18} F1 {f1(shown[:, column], gold.labels[:, column]):.2f}")
    for feature, weight, spread in zip(engine.FEATURES, weights, table.std(axis=(0, 1)), strict=True):
        print(f"  {feature:12} {weight:8.3f}   per standard deviation {weight * spread:6.3f}")
    return _constants(weights, means, intercept, threshold, gate)


def quiet_gate(
    p: NDArray[np.float64],
    gold: Gold,
    threshold: float,
    nothing: NDArray[np.float32],
    sources: NDArray[np.str_],
) -> float:
    """The lowest gate at which :data:`QUIET` of every writer's units without a code are left alone."""
    reach = logit(p.max(axis=1)) - engine.QUIET * nothing
    gate = 1e-5
    for source in sorted(set(sources)):
        own = gold.nothing & (sources == source)
        loud = np.sort(reach[own & (p >= threshold).any(axis=1)])[::-1]
        allowed = int((1 - QUIET) * own.sum())
        if own.sum() >= ENOUGH and len(loud) > allowed:
            gate = max(gate, float(np.ceil(sigmoid(loud)[allowed] * 1e5) / 1e5))
    return gate


def _constants(
    weights: NDArray[np.float64], means: NDArray[np.float64], intercept: float, threshold: float, gate: float
) -> dict[str, object]:
    return {
        "weights": {n: round(float(w), 4) for n, w in zip(engine.FEATURES, weights, strict=True)},
        "means": {n: round(float(m), 5) for n, m in zip(engine.FEATURES, means, strict=True)},
        "intercept": round(intercept, 4),
        "threshold": threshold,
        "gate": gate,
    }


def gold_of(units: tuple[CodedUnit, ...], codes: tuple[str, ...]) -> Gold:
    """Coded units as labelled text."""
    labels = np.array([[code in unit.codes for code in codes] for unit in units], np.bool_)
    return Gold(tuple(Unit(unit.text, unit.language) for unit in units), codes, labels)


def main() -> None:
    """Fit, report, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="cross-validate only")
    options = parser.parse_args()
    codebook = read_codebook(CODEBOOK)
    files = [path for path in (HERE / "fit.tsv", HERE / "dev.tsv", HERE / "told.tsv") if path.exists()]
    parts = [read_gold(path, codebook) for path in files]
    gold = Gold(
        tuple(unit for part in parts for unit in part.units),
        parts[0].codes,
        np.concatenate([p.labels for p in parts]),
    )
    table, _ = table_of(gold)
    print(f"{len(gold.units)} units of {len(files)} files, {int(gold.labels.sum())} codes")
    threshold, gate = check(table, gold)
    weights, means, intercept = fit(table, gold.labels)
    for name, weight, spread in zip(engine.FEATURES, weights, table.std(axis=(0, 1)), strict=True):
        print(f"  {name:12} {weight:8.3f}   per standard deviation {weight * spread:6.3f}")
    units = read_coded_units(units_beside(CODEBOOK))
    coded = gold_of(units, gold.codes)
    table, vectors = table_of(coded)
    print(f"{len(units)} coded units beside the codebook, {int(coded.labels.sum())} codes")
    model = find_model()
    digest = digest_of(coded_text(units_beside(CODEBOOK)).encode(), f"{model.hash}\0{model.prompt}")
    experienced(coded, table, vectors, units)
    without = weighed(coded, table, units, "experience")
    read = read_out(units, digest)
    own = [sorted(gold.codes).index(code) for code in gold.codes]
    table[:, :, -2], table[:, :, -1] = read[:, own], (table[:, :, -1] + read[:, -1:]) / 2
    with_reader = weighed(coded, table, units, "experience and reader")
    if options.check:
        return
    content = {
        "format": PRIOR_FORMAT,
        "fitted": f"fit_prior.py on {', '.join(path.name for path in files)}: {len(gold.units)} units; "
        f"experienced on {len(units)} coded units, sources held out",
        **_constants(weights, means, intercept, threshold, gate),
        "learner": LEARNER,
        "experienced": {**without, "ridge": FIRM},
        "read": {**with_reader, "ridge": FIRM},
    }
    FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    made = learn_experience(units, vectors, digest)
    write_experience(SHIPPED, made)
    print(f"wrote {FILE.relative_to(ROOT)} and {SHIPPED.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
