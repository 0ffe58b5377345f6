"""What the engine found before any decision: one file an interview, read back by numpy alone.

``.qualkit/scores/MODEL/ID.npz`` holds, for every unit and every code, the
logit of the suggestion, so that the learner needs neither the codebook's
vectors nor a lemmatiser. Suggestions are the readable part of it.

Format history: 1 — first; 2 — thresholds and gates; 3 — firmness; 4 — how often a code is given counts.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from qualkit.files.atomic import write_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from qualkit.files.project import Project

SCORES_FORMAT = 4


def _usual() -> NDArray[np.float32]:
    return np.zeros(0, np.float32)


@dataclass(frozen=True)
class Scored:
    """The units of one interview, scored from codebook and model alone."""

    interview: str
    revision: int
    model: str
    codebook: str
    codes: tuple[str, ...]
    spans: NDArray[np.int64] = field(repr=False)
    """Units × 2: code points from, to."""
    backchannel: NDArray[np.bool_] = field(repr=False)
    languages: tuple[str, ...] = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)
    """The vector cache's key of each unit's text."""
    logits: NDArray[np.float32] = field(repr=False)
    """Units × codes."""
    lemmas: tuple[tuple[str, ...], ...] = field(repr=False)
    """The content words of each unit in dictionary form and in order, for learning and for names."""
    thresholds: NDArray[np.float32] = field(default_factory=_usual, repr=False)
    """Of each code: from which probability it is shown before anything was decided. Empty: the prior's."""
    gates: NDArray[np.float32] = field(default_factory=_usual, repr=False)
    """Of each unit: the probability that its best code must have. Empty: the prior's."""
    firmness: NDArray[np.float32] = field(default_factory=_usual, repr=False)
    """Of each code: how firmly the learner holds to these logits. Empty: the prior's ridge."""
    experience: str = ""
    """Digest of what coded units taught."""

    def __len__(self) -> int:
        return len(self.spans)

    def only(self, units: NDArray[np.intp]) -> Scored:
        """Some of the units, which are counted anew."""
        rows = units.tolist()
        return replace(
            self,
            spans=self.spans[units],
            backchannel=self.backchannel[units],
            languages=tuple(self.languages[row] for row in rows),
            keys=tuple(self.keys[row] for row in rows),
            logits=self.logits[units],
            lemmas=tuple(self.lemmas[row] for row in rows),
            gates=self.gates[units] if len(self.gates) else self.gates,
        )


def scores_folder(project: Project, model: str) -> Path:
    """Where the scores of one model (``NAME@HASH``) stand."""
    return project.work / "scores" / model


def write_scores(project: Project, scored: Scored) -> Path:
    """Keep the scores of an interview, replacing those of the same model."""
    stream = io.BytesIO()
    np.savez(
        stream,
        format=np.array(SCORES_FORMAT),
        facts=np.array([scored.model, scored.codebook, scored.experience]),
        revision=np.array(scored.revision),
        codes=np.array(scored.codes, dtype=np.str_),
        spans=scored.spans.astype(np.int64),
        backchannel=scored.backchannel.astype(np.bool_),
        languages=np.array(scored.languages, dtype=np.str_),
        keys=np.frombuffer(b"".join(scored.keys), np.uint8),
        logits=scored.logits.astype(np.float32),
        thresholds=scored.thresholds.astype(np.float32),
        gates=scored.gates.astype(np.float32),
        firmness=scored.firmness.astype(np.float32),
        lemmas=np.frombuffer("\n".join(" ".join(words) for words in scored.lemmas).encode(), np.uint8),
    )
    folder = scores_folder(project, scored.model)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{scored.interview}.npz"
    write_bytes(path, stream.getvalue())
    return path


def read_scores(project: Project, interview: str, model: str) -> Scored | None:
    """The scores of an interview; None where there are none, or none that can be read."""
    path = scores_folder(project, model) / f"{interview}.npz"
    try:
        content = io.BytesIO(path.read_bytes())
        with np.load(content, allow_pickle=False) as held:
            if int(held["format"]) != SCORES_FORMAT:
                return None
            name, codebook, experience = (str(fact) for fact in held["facts"])
            raw = held["keys"].tobytes()
            words = held["lemmas"].tobytes().decode()
            spans = held["spans"]
            lines = words.split("\n") if len(spans) else []
            return Scored(
                interview=interview,
                revision=int(held["revision"]),
                model=name,
                codebook=codebook,
                codes=tuple(str(code) for code in held["codes"]),
                spans=spans,
                backchannel=held["backchannel"],
                languages=tuple(str(language) for language in held["languages"]),
                keys=tuple(raw[i : i + 16] for i in range(0, len(raw), 16)),
                logits=held["logits"],
                thresholds=held["thresholds"],
                gates=held["gates"],
                firmness=held["firmness"],
                experience=experience,
                lemmas=tuple(tuple(line.split()) for line in lines),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        # A file that can be made again is never worth stopping for.
        return None


def scored_interviews(project: Project, model: str) -> tuple[str, ...]:
    """Ids of the interviews with scores of one model."""
    return tuple(sorted(path.stem for path in scores_folder(project, model).glob("*.npz")))


def newest_model(project: Project) -> str:
    """The model whose scores were written last; empty when nothing was scored."""
    folders = [f for f in (project.work / "scores").glob("*") if f.is_dir() and any(f.glob("*.npz"))]
    newest = max(folders, key=lambda f: max(p.stat().st_mtime_ns for p in f.glob("*.npz")), default=None)
    return newest.name if newest else ""


def spans_of(units: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """Spans as the array that :class:`Scored` holds."""
    return np.asarray(units, np.int64).reshape(-1, 2)
