"""``qualkit evaluate coding``: the engine on anyone's labelled text, beside simple baselines in the same run.

Zero-shot, the codebook and the model are all it has. After K examples a code,
units are drawn at random until every code has K (or half of what there is), the
engine learns from them as from decisions, and the rest is the test; several
draws, their mean is reported.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from qualkit.coding.background import background_texts
from qualkit.coding.baselines import MEANING, WORDS, one_reading, tfidf
from qualkit.coding.certify import Standing, certify_code
from qualkit.coding.embed import embed
from qualkit.coding.engine import build_scorer, score
from qualkit.coding.experience_store import experience_of
from qualkit.coding.gold import Gold, read_gold
from qualkit.coding.learn import centres, features, learned, rarity, thresholds
from qualkit.coding.logistic import offered, sigmoid
from qualkit.coding.meaning import code_texts
from qualkit.coding.metrics import Quality, per_code, quality, reliability
from qualkit.coding.reader import readings
from qualkit.coding.suggest import content_lemmas
from qualkit.errors import UsageError
from qualkit.model import Step

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from qualkit.coding.encoder import EmbeddingModel
    from qualkit.model import Codebook

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """One way of suggesting codes, measured."""

    name: str
    quality: Quality
    languages: Mapping[str, float]
    """Micro-F1 by language."""
    codes: Mapping[str, float]
    """F1 by code that occurs."""


@dataclass(frozen=True, slots=True)
class Certified:
    """What certificates were worth: given on one half of the test units, checked on the other."""

    target: float
    codes: float
    """Mean number of codes certified."""
    coverage: float
    """Share of the true codes of the other half that a certified threshold accepts."""
    precision: float
    """Of what it accepts there; nan when nothing is certified."""


@dataclass(frozen=True)
class Evaluation:
    """All that one run of ``qualkit evaluate coding`` found."""

    gold: str
    units: int
    nothing: int
    model: str
    codebook: str
    learn: int
    seeds: int
    rows: tuple[Row, ...]
    certified: tuple[Certified, ...] = ()
    reliability: tuple[tuple[float, float, int], ...] = field(default=())
    """Of the engine's zero-shot probabilities: mean, share that is true, pairs."""


@dataclass(frozen=True)
class _Bench:
    """Labelled units with all that scoring and learning need of them."""

    gold: Gold
    codebook: Codebook
    table: NDArray[np.float32]
    logits: Floats
    design: NDArray[np.float32]
    thresholds: Floats
    gates: Floats
    firmness: Floats


def evaluate_coding(
    gold_path: Path,
    codebook: Codebook,
    model: EmbeddingModel,
    work: Path,
    *,
    learn: int = 0,
    seeds: int = 5,
    coded: Path | None = None,
) -> Generator[Step, None, Evaluation]:
    """Measure the engine on a file of labelled text. ``work`` keeps the vectors.

    ``coded`` names the units of an earlier study that stand beside the codebook.

    Raises:
        BadFile: the file is not as :func:`~qualkit.coding.gold.read_gold` wants it.
        UsageError: ``learn`` or ``seeds`` makes no sense.
    """
    if learn < 0 or seeds < 1:
        raise UsageError("--learn is 0 or more examples a code, and one draw at least.")
    gold = read_gold(gold_path, codebook)
    bench = yield from _prepare(gold, codebook, model, work, coded)
    everything = np.arange(len(gold.units))
    chance = sigmoid(bench.logits)
    yield Step("evaluate", gold_path.name, 0, seeds + 1, "runs")
    rows = [_row("zero-shot", bench, everything, chance, bench.thresholds, bench.gates)]
    rows += _baselines(bench)
    certified: tuple[Certified, ...] = ()
    if learn:
        drawn: dict[str, list[Row]] = {}
        promises: list[tuple[Certified, ...]] = []
        for seed in range(seeds):
            train = draw_examples(gold.labels, learn, seed)
            for row in _after(bench, learn, train):
                drawn.setdefault(row.name, []).append(row)
            promises.append(_certified(bench, train, seed))
            yield Step("evaluate", gold_path.name, seed + 1, seeds + 1, "runs")
        rows += [_mean(found) for found in drawn.values()]
        certified = tuple(_mean_certified(found) for found in zip(*promises, strict=True))
    yield Step("evaluate", gold_path.name, seeds + 1, seeds + 1, "runs")
    return Evaluation(
        gold_path.name,
        len(gold.units),
        int(gold.nothing.sum()),
        model.id,
        codebook.hash,
        learn,
        seeds if learn else 0,
        tuple(rows),
        certified,
        tuple(reliability(gold.labels, chance)),
    )


def _prepare(
    gold: Gold, codebook: Codebook, model: EmbeddingModel, work: Path, coded: Path | None
) -> Generator[Step, None, _Bench]:
    experience = yield from experience_of(coded, model, work)
    texts = [text.text for text in code_texts(codebook)] + list(background_texts())
    reader = experience.reader if experience else None
    yield from embed(work, model, texts)
    cache = yield from embed(work, model, [unit.text for unit in gold.units], reader=reader)
    vectors = cache.get([unit.text for unit in gold.units])
    languages = np.array([unit.language for unit in gold.units])
    own = {str(name): vectors[languages == name] for name in sorted(set(languages.tolist()))}
    said = readings(work, model, reader)
    scorer = build_scorer(codebook, cache.get, own, experience=experience, readings=said)
    scores = list(score(scorer, gold.units, cache.get))
    lemmas = [content_lemmas(unit.text, unit.language) for unit in gold.units]
    return _Bench(
        gold,
        codebook,
        np.concatenate([s.features for s in scores]),
        np.concatenate([s.logits for s in scores]).astype(np.float64),
        features(vectors, languages.tolist(), centres(own), lemmas, rarity(lemmas)),
        scorer.thresholds.astype(np.float64),
        np.concatenate([s.gates for s in scores]).astype(np.float64),
        scorer.firmness.astype(np.float64),
    )


def draw_examples(labels: Bools, count: int, seed: int) -> NDArray[np.int64]:
    """Units drawn at random until each code has ``count``, or half of what it has; as many without a code."""
    random = np.random.default_rng(seed)
    most = np.minimum(count, labels.sum(axis=0) // 2)
    have = np.zeros(labels.shape[1], int)
    nothing, chosen = 0, []
    for unit in random.permutation(len(labels)):
        if not labels[unit].any():
            if nothing < count:
                nothing += 1
                chosen.append(int(unit))
        elif (have[labels[unit]] < most[labels[unit]]).any():
            have += labels[unit]
            chosen.append(int(unit))
    return np.array(sorted(chosen), np.int64)


def _baselines(bench: _Bench) -> list[Row]:
    everything = np.arange(len(bench.gold.units))
    half = np.full(len(bench.gold.codes), 0.5)
    nothing = np.zeros(0, np.int64)
    usual = float(bench.gold.labels.sum() / len(bench.gold.units))
    found = {
        "words only": one_reading(bench.table, WORDS, usual),
        "meaning only": one_reading(bench.table, MEANING, usual),
        "TF-IDF + logistic regression": tfidf(bench.gold, code_texts(bench.codebook), nothing),
    }
    return [_row(name, bench, everything, chance, half) for name, chance in found.items()]


def _after(bench: _Bench, count: int, train: NDArray[np.int64]) -> list[Row]:
    """The engine and its best baseline after some examples, on the units that were not drawn."""
    test = np.setdiff1d(np.arange(len(bench.gold.units)), train)
    logits, taught, pulls = _learned(bench, train, test)
    cut = thresholds(bench.design[train], *taught, pulls, bench.thresholds)
    half, gates = np.full(len(bench.gold.codes), 0.5), bench.gates[test]
    baseline = tfidf(bench.gold, code_texts(bench.codebook), train)[test]
    return [
        _row("zero-shot, same units", bench, test, sigmoid(bench.logits[test]), bench.thresholds, gates),
        _row(f"after {count} a code", bench, test, sigmoid(logits), cut, gates),
        _row(f"TF-IDF + logistic regression, {count} a code", bench, test, baseline, half),
    ]


def _learned(
    bench: _Bench, train: NDArray[np.int64], test: NDArray[np.int64]
) -> tuple[Floats, tuple[Floats, Floats, Floats], Floats]:
    """Logits of the test units; labels, weights and offsets of what was learned from; its pulls."""
    labels = bench.gold.labels[train].astype(np.float64)
    weights = np.ones_like(labels)
    taught = (labels, weights, bench.logits[train])
    pulls = learned(bench.design[train], *taught, bench.firmness)
    moved = bench.design[test].astype(np.float64) @ (bench.design[train].T @ pulls)
    return np.asarray(bench.logits[test] + moved), taught, pulls


def _certified(bench: _Bench, train: NDArray[np.int64], seed: int) -> tuple[Certified, ...]:
    """Certificates from a random half of the test units, and what they accept in the other half."""
    test = np.setdiff1d(np.arange(len(bench.gold.units)), train)
    test = np.random.default_rng(seed).permutation(test)
    sample, rest = test[: len(test) // 2], test[len(test) // 2 :]
    chance = sigmoid(_learned(bench, train, test)[0])
    known, unknown = chance[: len(sample)], chance[len(sample) :]
    truth = bench.gold.labels
    found = []
    for target in (0.9, 0.8):
        shown, count = np.zeros((len(rest), truth.shape[1]), bool), 0
        for code in range(truth.shape[1]):
            one = certify_code(bench.gold.codes[code], known[:, code], truth[sample, code], target=target)
            if one.standing is Standing.CERTIFIED and one.threshold is not None:
                count += 1
                shown[:, code] = unknown[:, code] >= one.threshold
        right = int((shown & truth[rest]).sum())
        precision = right / int(shown.sum()) if shown.any() else float("nan")
        found.append(Certified(target, count, right / max(1, int(truth[rest].sum())), precision))
    return tuple(found)


def _row(
    name: str, bench: _Bench, rows: NDArray[np.int64], chance: Floats, cut: Floats, gate: Floats | float = 0.0
) -> Row:
    labels, shown = bench.gold.labels[rows], offered(chance, cut, gate)
    spoken = np.array([bench.gold.units[row].language for row in rows])
    return Row(
        name,
        quality(labels, chance, shown),
        {
            str(language): quality(
                labels[spoken == language], chance[spoken == language], shown[spoken == language], draws=0
            ).micro_f1
            for language in sorted(set(spoken.tolist()))
        },
        {
            code: score
            for code, score in zip(bench.gold.codes, per_code(labels, shown), strict=True)
            if not np.isnan(score)
        },
    )


def _mean(rows: list[Row]) -> Row:
    names = [f.name for f in fields(Quality)]
    numbers = {name: _mean_number([getattr(row.quality, name) for row in rows]) for name in names}
    whole = Quality(**{**numbers, "units": round(numbers["units"])})  # type: ignore[arg-type]
    return Row(rows[0].name, whole, _mean_of([r.languages for r in rows]), _mean_of([r.codes for r in rows]))


def _mean_number(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _mean_of(maps: list[Mapping[str, float]]) -> dict[str, float]:
    keys = sorted({key for one in maps for key in one})
    return {key: float(np.mean([one[key] for one in maps if key in one])) for key in keys}


def _mean_certified(found: tuple[Certified, ...]) -> Certified:
    made = [one.precision for one in found if not np.isnan(one.precision)]
    return Certified(
        found[0].target,
        float(np.mean([one.codes for one in found])),
        float(np.mean([one.coverage for one in found])),
        float(np.mean(made)) if made else float("nan"),
    )


def as_dict(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation for ``--json``: numbers rounded, nan as null."""

    def plain(value: Any) -> Any:
        if isinstance(value, float):
            return None if np.isnan(value) else round(value, 4)
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(one) for one in value]
        return value

    found: dict[str, Any] = plain(asdict(evaluation))
    return found


def as_text(evaluation: Evaluation) -> str:
    """An evaluation as a table for a terminal."""
    e = evaluation
    lines = [f"{e.gold}: {e.units} units, {e.nothing} without a code; {e.model}", ""]
    lines.append(f"{'':44}micro-F1  95 %          macro   P     R    LRAP  quiet  ECE")
    for row in e.rows:
        q = row.quality
        quiet = "  – " if np.isnan(q.nothing_left_alone) else f"{q.nothing_left_alone:.2f}"
        lines.append(
            f"{row.name:44}{q.micro_f1:.3f}  ({q.low:.3f}–{q.high:.3f})   {q.macro_f1:.3f}  {q.precision:.2f}"
            f"  {q.recall:.2f}  {q.lrap:.3f} {quiet}  {q.ece:.3f}"
        )
    best = e.rows[0]
    lines += ["", "zero-shot by language: " + ", ".join(f"{k} {v:.3f}" for k, v in best.languages.items())]
    lines += [f"  {code:24} {score:.2f}" for code, score in best.codes.items()]
    for one in e.certified:
        got = "nothing certified" if np.isnan(one.precision) else f"precision {one.precision:.3f}"
        held = f"{one.codes:.1f} codes, {one.coverage:.0%} of the true codes"
        lines.append(f"certified at {one.target:.0%}: {held}, {got}")
    return "\n".join(lines)
