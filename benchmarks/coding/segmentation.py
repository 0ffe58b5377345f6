"""How well long answers are cut: Pk and WindowDiff against hands and against topics of real meetings.

    python benchmarks/coding/segmentation.py                 all, with the embedding model if there is one
    python benchmarks/coding/segmentation.py --units test    the hand-cut answers with even numbers only

Answers cut by hand are in ``units/``. Meetings are QMSum's (English, MIT), read
from ``../shared/data/qmsum`` where that folder is there: their turns are what
can be cut, their topics what should be found. Lower is better; 0 is perfect.
Pk: Beeferman, Berger & Lafferty 1999. WindowDiff: Pevzner & Hearst 2002.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qualkit.language.tokens import tokens
from qualkit.model import Speaker, Transcript, Turn
from qualkit.segment import segment_transcript
from qualkit.segment.clauses import clauses, sentences
from qualkit.segment.partition import partition, price_for
from qualkit.segment.units import clause_vectors
from qualkit.segment.vectors import lexical_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE = Path(__file__).parent
MARK = "||"
Embed = Callable[[list[str]], "NDArray[np.float32]"]


@dataclass(frozen=True)
class Answer:
    """A long answer and where its units begin, in words."""

    name: str
    language: str
    text: str
    starts: tuple[int, ...]

    @property
    def words(self) -> int:
        """How long it is."""
        return len(tokens(self.text))


def read_answers(folder: Path, part: str) -> list[Answer]:
    """The hand-cut answers: ``dev`` (odd numbers), ``test`` (even) or ``all``."""
    answers = []
    for path in sorted(folder.glob("*.txt")):
        odd = int(path.stem.split("-")[1]) % 2 == 1
        if part != "all" and odd != (part == "dev"):
            continue
        language, text = path.read_text(encoding="utf-8").strip().split("\n", 1)
        pieces = [" ".join(piece.split()) for piece in text.split(MARK)]
        sizes = [len(tokens(piece)) for piece in pieces]
        starts = tuple(int(n) for n in np.cumsum([0, *sizes[:-1]]))
        answers.append(Answer(path.stem, language, " ".join(pieces), starts))
    return answers


def pk(reference: Sequence[int], found: Sequence[int], size: int) -> float:
    """How often two words half a unit apart are wrongly said to be together or apart."""
    ours, theirs = _labels(reference, size), _labels(found, size)
    k = max(2, round(size / len(reference) / 2))
    if size <= k:
        return 0.0
    wrong = sum((ours[i] == ours[i + k]) != (theirs[i] == theirs[i + k]) for i in range(size - k))
    return float(wrong) / (size - k)


def window_diff(reference: Sequence[int], found: Sequence[int], size: int) -> float:
    """How often a window half a unit long holds another number of boundaries."""
    ours, theirs = _labels(reference, size), _labels(found, size)
    k = max(2, round(size / len(reference) / 2))
    if size <= k:
        return 0.0
    wrong = sum((ours[i + k] - ours[i]) != (theirs[i + k] - theirs[i]) for i in range(size - k))
    return float(wrong) / (size - k)


def _labels(starts: Sequence[int], size: int) -> NDArray[np.int64]:
    marks = np.zeros(size, dtype=np.int64)
    marks[[s for s in starts if 0 < s < size]] = 1
    return np.cumsum(marks)


# ── Ways to cut ──────────────────────────────────────────────────────────────


def _starts(answer: Answer, spans: Sequence[tuple[int, int]]) -> list[int]:
    at = {token.start: index for index, token in enumerate(tokens(answer.text))}
    found = []
    for start, _ in spans:
        found.append(min((i for position, i in at.items() if position >= start), default=0))
    return sorted(set(found) | {0})


def meaning(answers: Sequence[Answer], embed: Embed | None, mean_words: float) -> list[list[int]]:
    """Ours, each answer as an interview of its own with its question."""
    found = []
    for answer in answers:
        speakers = (Speaker("Q", role="interviewer"), Speaker("A", role="interviewee"))
        transcript = Transcript("x", answer.language, speakers, (Turn("A", answer.text),))
        found.append(
            _starts(
                answer,
                [(s.start, s.end) for s in segment_transcript(transcript, "meaning", mean_words, embed)],
            )
        )
    return found


def together(answers: Sequence[Answer], embed: Embed | None, mean_words: float) -> list[list[int]]:
    """Ours, all answers of a language as one interview: as it is used."""
    found: dict[str, list[int]] = {}
    for language in sorted({answer.language for answer in answers}):
        mine = [answer for answer in answers if answer.language == language]
        transcript = Transcript(
            "x", language, (Speaker("A", role="interviewee"),), tuple(Turn("A", a.text) for a in mine)
        )
        segments = segment_transcript(transcript, "meaning", mean_words, embed)
        for index, answer in enumerate(mine):
            at = transcript.turn_starts[index]
            spans = [(s.start - at, s.end - at) for s in segments if transcript.turn_at(s.start) == index]
            found[answer.name] = _starts(answer, spans)
    return [found[answer.name] for answer in answers]


def text_tiling(answers: Sequence[Answer], embed: Embed | None, mean_words: float) -> list[list[int]]:
    """Hearst 1997 over clauses: cut at the deepest valleys of similarity between neighbouring blocks."""
    found = []
    for answer in answers:
        spans = clauses(Turn("A", answer.text), answer.language)
        texts = [answer.text[a:b] for a, b in spans]
        vectors = embed(texts) if embed else lexical_vectors(texts, answer.language)
        gaps = []
        for i in range(1, len(spans)):
            left, right = vectors[max(0, i - 2) : i].sum(axis=0), vectors[i : i + 2].sum(axis=0)
            norm = np.linalg.norm(left) * np.linalg.norm(right)
            gaps.append(float(left @ right / norm) if norm > 0 else 0.0)
        depth = []
        for i, here in enumerate(gaps):
            left = max(gaps[: i + 1])
            right = max(gaps[i:])
            depth.append(left + right - 2 * here)
        wanted = max(0, round(answer.words / mean_words) - 1)
        cuts = sorted(np.argsort(depth)[::-1][:wanted] + 1)
        found.append(_starts(answer, [spans[0], *(spans[c] for c in cuts)]))
    return found


def even(answers: Sequence[Answer], mean_words: float) -> list[list[int]]:
    """Every ``mean_words`` words, at the nearest sentence: what a clock would do."""
    found = []
    for answer in answers:
        spans = clauses(Turn("A", answer.text), answer.language)
        begins = _starts(answer, spans)
        wanted = max(1, round(answer.words / mean_words))
        targets = [answer.words * i / wanted for i in range(1, wanted)]
        nearest = [begins[int(np.argmin([abs(begin - target) for begin in begins]))] for target in targets]
        found.append(sorted({0, *nearest}))
    return found


def at_random(answers: Sequence[Answer], mean_words: float, seed: int) -> list[list[int]]:
    """As many cuts as asked for, at clauses drawn by lot."""
    rng = random.Random(seed)  # noqa: S311
    found = []
    for answer in answers:
        begins = _starts(answer, clauses(Turn("A", answer.text), answer.language))[1:]
        wanted = min(len(begins), max(0, round(answer.words / mean_words) - 1))
        found.append([0, *sorted(rng.sample(begins, wanted))])
    return found


def every_sentence(answers: Sequence[Answer]) -> list[list[int]]:
    """A unit a sentence."""
    return [_starts(answer, sentences(answer.text, answer.language)) for answer in answers]


def rate(answers: Sequence[Answer], found: Sequence[Sequence[int]]) -> tuple[float, float, float, float]:
    """Mean Pk, mean WindowDiff, F1 of boundaries within three words, units an answer."""
    pks = [pk(a.starts, f, a.words) for a, f in zip(answers, found, strict=True)]
    wds = [window_diff(a.starts, f, a.words) for a, f in zip(answers, found, strict=True)]
    hit = sum(
        any(abs(s - f) <= 3 for f in fs[1:])
        for a, fs in zip(answers, found, strict=True)
        for s in a.starts[1:]
    )
    told = sum(len(f) - 1 for f in found)
    true = sum(len(a.starts) - 1 for a in answers)
    f1 = 2 * hit / (told + true) if told + true else 1.0
    return float(np.mean(pks)), float(np.mean(wds)), f1, float(np.mean([len(f) for f in found]))


# ── Meetings ─────────────────────────────────────────────────────────────────


def read_meetings(folder: Path) -> list[tuple[str, list[str], list[int]]]:
    """Name, turns and where topics begin (as turns) of each meeting."""
    meetings = []
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        turns = [turn["content"] for turn in content["meeting_transcripts"]]
        starts = {0}
        for topic in content["topic_list"]:
            for first, _ in topic["relevant_text_span"]:
                starts.add(int(first))
        meetings.append((path.stem, turns, sorted(s for s in starts if s < len(turns))))
    return meetings


def rate_meetings(folder: Path, embed: Embed | None) -> list[tuple[str, float, float]]:
    """Name of the way, mean Pk, mean WindowDiff, with turns as the places that can be cut."""
    ways: dict[str, list[tuple[float, float]]] = {}

    def note(way: str, reference: list[int], found: list[int], count: int) -> None:
        ways.setdefault(way, []).append((pk(reference, found, count), window_diff(reference, found, count)))

    for _, turns, reference in read_meetings(folder):
        count = len(turns)
        vectors = clause_vectors(turns, [count], "en", embed)
        sizes = [max(1, len(tokens(turn))) for turn in turns]
        mean_words = sum(sizes) / len(reference)
        hints = [0.0] * count
        price = price_for([(vectors, sizes, hints)], mean_words)
        note("meaning", reference, partition(vectors, sizes, hints, price, mean_words), count)
        note("none", reference, [0], count)
        step = count / len(reference)
        note("even", reference, [round(i * step) for i in range(len(reference))], count)
        for seed in range(20):
            rng = random.Random(seed)  # noqa: S311
            note("random", reference, [0, *sorted(rng.sample(range(1, count), len(reference) - 1))], count)
    return [
        (way, float(np.mean([p for p, _ in rows])), float(np.mean([w for _, w in rows])))
        for way, rows in ways.items()
    ]


def model_embed(name: str) -> Embed | None:
    """Vectors of an installed embedding model; None when it is not installed."""
    try:
        from sentence_transformers import SentenceTransformer

        from qualkit.weights.store import model_path

        model = SentenceTransformer(str(model_path(name)), local_files_only=True)
    except Exception as error:  # noqa: BLE001
        print(f"# no embedding model: {error}")
        return None
    prefix = "query: " if "e5" in name else ""

    def embed(texts: list[str]) -> NDArray[np.float32]:
        result: NDArray[np.float32] = model.encode([prefix + t for t in texts], batch_size=16)
        return result

    return embed


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", choices=["dev", "test", "all"], default="all")
    parser.add_argument("--model", default="multilingual-e5-small")
    parser.add_argument("--mean-words", type=float, default=40)
    parser.add_argument("--shared", type=Path, default=HERE.parents[1].parent / "shared")
    asked = parser.parse_args()
    answers = read_answers(HERE / "units", asked.units)
    mean = asked.mean_words
    embed = model_embed(asked.model)
    true = sum(a.words for a in answers) / sum(len(a.starts) for a in answers)
    units = sum(len(a.starts) for a in answers)
    print(f"{len(answers)} answers ({asked.units}), {units} units of {true:.0f} words")
    rows: list[tuple[str, tuple[float, float, float, float]]] = [
        ("turn only", rate(answers, [[0]] * len(answers))),
        ("every sentence", rate(answers, every_sentence(answers))),
        ("even", rate(answers, even(answers, mean))),
    ]
    drawn = np.array([rate(answers, at_random(answers, mean, seed)) for seed in range(50)]).mean(axis=0)
    rows.append(("random (50 draws)", tuple(float(n) for n in drawn)))  # type: ignore[arg-type]
    for label, vectors in (("words", None), ("vectors", embed)):
        if label == "vectors" and vectors is None:
            continue
        rows.append((f"TextTiling, {label}", rate(answers, text_tiling(answers, vectors, mean))))
        rows.append((f"meaning, {label}, one by one", rate(answers, meaning(answers, vectors, mean))))
        rows.append((f"meaning, {label}", rate(answers, together(answers, vectors, mean))))
    print(f"{'way':32} {'Pk':>6} {'WinDiff':>8} {'F1±3':>6} {'units':>6}")
    for way, (a, b, c, d) in rows:
        print(f"{way:32} {a:6.3f} {b:8.3f} {c:6.3f} {d:6.1f}")
    meetings = asked.shared / "data" / "qmsum"
    if meetings.is_dir():
        print("\nQMSum, turns as places:")
        for way, p, w in rate_meetings(meetings, embed):
            print(f"{way:32} {p:6.3f} {w:8.3f}")


if __name__ == "__main__":
    main()
