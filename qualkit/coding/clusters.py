"""Emergent themes: passages that no code holds, grouped by what they are about.

A graph joins each passage to its nearest neighbours; Louvain's method (Blondel
and others 2008, arXiv:0803.0476) finds groups and their number itself. Six
methods were compared on labelled text: this one was best on small sets and
among the most stable. How stable a group is, is measured: the share of it that
comes back when a random fifth of the passages is left out.

The result is kept in ``.qualkit/clusters.json``; a group that mostly holds the
same passages keeps its id over later runs, and an id is never given twice.

Format history: 1 — first.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from qualkit.coding.cluster_names import name_groups
from qualkit.coding.learn import Learner, _vectors
from qualkit.errors import QualkitError
from qualkit.files.atomic import write_text
from qualkit.files.emergent import accepted_themes, placed
from qualkit.model import Step

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from qualkit.files.project import Project

    Array = NDArray[np.float32]

CLUSTERS_FORMAT = 1
NEIGHBOURS = 12
SMALLEST = 4
"""Fewer passages than this are no theme."""
WORDS = 4
"""Content words a passage needs to be grouped at all."""
RUNS = 10
LEFT_OUT = 0.2
SAME = 0.3
"""Overlap (Jaccard) with a former group from which the id is kept."""
READ = 150
"""At most so many passages of a group are read for its name, the nearest to its middle."""
SEED = 20


@dataclass(frozen=True, slots=True)
class Member:
    """A passage of a cluster."""

    interview: str
    revision: int
    start: int
    end: int
    nearness: float
    """Cosine to the middle of the cluster."""
    standing: str = ""
    """``typical``, ``borderline`` or empty."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Passages about one thing that the codebook has no code for."""

    id: str
    names: Mapping[str, tuple[str, ...]]
    """Language → key phrases, the most telling first."""
    members: tuple[Member, ...]
    """Nearest to the middle first."""
    stability: float
    """0–1: how much of it comes back when a fifth of the passages is left out."""
    title: str = ""
    """What a person calls it."""

    def name_in(self, language: str) -> str:
        """A person's name for it, else up to three key phrases: in a language, or the one that says most."""
        if self.title:
            return self.title
        phrases = self.names.get(language) or max(self.names.values(), key=len, default=())
        return ", ".join(phrases[:3])


@dataclass(frozen=True)
class _Passages:
    """What is grouped: passages with their vectors and words."""

    places: tuple[tuple[str, int, int, int], ...]
    languages: tuple[str, ...]
    lemmas: tuple[tuple[str, ...], ...]
    vectors: Array = field(repr=False)


def cluster_project(
    project: Project, ids: Iterable[str] | None = None
) -> Generator[Step, None, tuple[Cluster, ...]]:
    """Group the passages that no person and no shown suggestion has coded, and no accepted theme holds.

    Raises:
        QualkitError: nothing was scored yet.
    """
    learner = Learner.load(project)
    passages = _uncoded(learner, None if ids is None else frozenset(ids), _taken(project))
    yield Step("themes", "", 0, RUNS + 1, "runs", f"{len(passages.places)} passages without a code")
    groups = group(passages.vectors)
    hits = np.zeros(len(groups))
    random = np.random.default_rng(SEED)
    for run in range(RUNS if groups else 0):
        kept = np.sort(
            random.permutation(len(passages.places))[: round(len(passages.places) * (1 - LEFT_OUT))]
        )
        hits += returns(groups, group(passages.vectors[kept], seed=run), kept)
        yield Step("themes", "", run + 2, RUNS + 1, "runs")
    yield Step("themes", "", RUNS + 1, RUNS + 1, "runs", "names")
    nearest = [_nearest_first(passages.vectors, rows)[:READ] for rows in groups]
    names = name_groups(nearest, passages.languages, _phrases(project, passages, nearest))
    clusters = _describe(passages, groups, names, hits / RUNS, _former(project))
    save_clusters(project, clusters)
    return clusters


def group(vectors: Array, seed: int = SEED) -> list[NDArray[np.int64]]:
    """Groups of rows, the largest first; rows in groups under :data:`SMALLEST` are left out."""
    count = len(vectors)
    if count < SMALLEST:
        return []
    import networkx as nx

    near = min(NEIGHBOURS, count - 1)
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    for at in range(0, count, 1_024):
        similarity = vectors[at : at + 1_024] @ vectors.T
        similarity[np.arange(len(similarity)), np.arange(at, at + len(similarity))] = -2
        best = np.argpartition(-similarity, near - 1, axis=1)[:, :near]
        for row, columns in enumerate(best):
            for column in columns:
                weight = float(similarity[row, column])
                if weight > 0:
                    graph.add_edge(at + row, int(column), weight=weight)
    found = nx.community.louvain_communities(graph, weight="weight", seed=seed)
    groups = [np.array(sorted(rows), np.int64) for rows in found if len(rows) >= SMALLEST]
    return sorted(groups, key=lambda rows: (-len(rows), int(rows[0])))


def returns(
    groups: Sequence[NDArray[np.int64]], again: Sequence[NDArray[np.int64]], kept: NDArray[np.int64]
) -> NDArray[np.float64]:
    """For each group the best overlap (Jaccard) with a group of a run on ``kept`` rows."""
    others = [set(kept[rows].tolist()) for rows in again]
    still = set(kept.tolist())
    found = []
    for rows in groups:
        own = set(rows.tolist()) & still
        found.append(max((len(own & o) / len(own | o) for o in others), default=0.0) if own else 0.0)
    return np.array(found)


def _taken(project: Project) -> dict[str, list[tuple[int, int]]]:
    """Interview → what accepted themes hold of it."""
    found: dict[str, list[tuple[int, int]]] = {}
    for theme in accepted_themes(project).values():
        for held, place in placed(project, theme):
            found.setdefault(held.interview, []).append((place.start, place.end))
    return found


def _uncoded(
    learner: Learner, ids: frozenset[str] | None, taken: Mapping[str, Sequence[tuple[int, int]]]
) -> _Passages:
    places: list[tuple[str, int, int, int]] = []
    languages: list[str] = []
    lemmas: list[tuple[str, ...]] = []
    rows: list[Array] = []
    for interview in sorted(learner.scored):
        if ids is not None and interview not in ids:
            continue
        scored = learner.scored[interview]
        free = ~scored.backchannel & ~learner.shown(interview).any(axis=1)
        labels = learner.evidence.get(interview)
        if labels is not None:
            free &= ~(labels.labels >= 0.5).any(axis=1)
        free &= np.array([len(words) >= WORDS for words in scored.lemmas], bool).reshape(len(free))
        for a, b in taken.get(interview, ()):
            free &= (scored.spans[:, 1] <= a) | (scored.spans[:, 0] >= b)
        for unit in np.flatnonzero(free):
            start, end = (int(x) for x in scored.spans[unit])
            places.append((interview, scored.revision, start, end))
            languages.append(scored.languages[unit])
            lemmas.append(scored.lemmas[unit])
        rows.append(_vectors(learner._cache, scored.keys)[free])
    vectors = np.concatenate(rows) if rows else np.zeros((0, 1), np.float32)
    return _Passages(tuple(places), tuple(languages), tuple(lemmas), _centred(vectors, languages))


def _phrases(
    project: Project, passages: _Passages, groups: Sequence[NDArray[np.int64]]
) -> list[frozenset[str]]:
    """What each grouped passage could be called by, as the language's parser reads it."""
    from qualkit.files.transcript import load_transcript
    from qualkit.language.topics import names_topic, topics

    found: list[frozenset[str]] = [frozenset()] * len(passages.places)
    texts: dict[str, dict[int, str]] = {}
    for rows in groups:
        for row in rows:
            interview, revision, start, end = passages.places[row]
            language = passages.languages[row]
            found[row] = frozenset(w for w in passages.lemmas[row] if names_topic(w, language))
            with suppress(QualkitError):  # gone since it was scored
                transcript = load_transcript(project, interview)
                if transcript.revision == revision:
                    texts.setdefault(language, {})[int(row)] = transcript.text[start:end]
    for language, said in texts.items():
        for row, phrases in zip(said, topics(list(said.values()), language), strict=True):
            found[row] = phrases
    return found


def _centred(vectors: Array, languages: Sequence[str]) -> Array:
    """Unit vectors from the centre of their own language, so that groups follow topics, not languages."""
    moved = vectors.copy()
    names = np.array(languages)
    for language in sorted(set(languages)):
        rows = names == language
        centre = vectors[rows] if rows.sum() >= 20 else vectors
        moved[rows] -= centre.mean(axis=0)
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), np.float32)


def _describe(
    passages: _Passages,
    groups: Sequence[NDArray[np.int64]],
    names: Sequence[Mapping[str, tuple[str, ...]]],
    stability: NDArray[np.float64],
    former: tuple[Mapping[str, frozenset[tuple[str, int, int]]], int],
) -> tuple[Cluster, ...]:
    if not groups:
        return ()
    middles = np.stack([_middle(passages.vectors[rows]) for rows in groups])
    ids = _ids(
        [frozenset((p[0], p[2], p[3]) for p in (passages.places[r] for r in rows)) for rows in groups], former
    )
    clusters = []
    for index, rows in enumerate(groups):
        near = passages.vectors[rows] @ middles.T
        own = near[:, index]
        rival = np.delete(near, index, axis=1).max(axis=1) if len(groups) > 1 else np.full(len(rows), -1.0)
        edge = max(1, len(rows) // 6)
        typical = set(np.argsort(-own, kind="stable")[: min(3, len(rows))].tolist())
        border = set(np.argsort(own - rival, kind="stable")[:edge].tolist()) - typical
        members = [
            Member(
                interview,
                revision,
                start,
                end,
                round(float(own[at]), 4),
                "typical" if at in typical else "borderline" if at in border else "",
            )
            for at, (interview, revision, start, end) in enumerate(passages.places[row] for row in rows)
        ]
        members.sort(key=lambda m: (-m.nearness, m.interview, m.start))
        clusters.append(Cluster(ids[index], names[index], tuple(members), round(float(stability[index]), 3)))
    return tuple(clusters)


def _nearest_first(vectors: Array, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows[np.argsort(-(vectors[rows] @ _middle(vectors[rows])), kind="stable")]


def _middle(rows: Array) -> Array:
    middle = rows.mean(axis=0)
    return np.asarray(middle / max(float(np.linalg.norm(middle)), 1e-9), np.float32)


def _ids(
    groups: Sequence[frozenset[tuple[str, int, int]]],
    former: tuple[Mapping[str, frozenset[tuple[str, int, int]]], int],
) -> list[str]:
    """An id a group: the former group's that it overlaps most, else a new one."""
    known, last = former
    pairs = sorted(
        (
            (-len(group & held) / len(group | held), index, name)
            for index, group in enumerate(groups)
            for name, held in known.items()
        ),
    )
    given: dict[int, str] = {}
    for overlap, index, name in pairs:
        if -overlap >= SAME and index not in given and name not in given.values():
            given[index] = name
    for index in range(len(groups)):
        if index not in given:
            last += 1
            given[index] = f"cluster-{last}"
    return [given[index] for index in range(len(groups))]


# ── On disk ──────────────────────────────────────────────────────────────────


def save_clusters(project: Project, clusters: Sequence[Cluster]) -> None:
    """Keep clusters in ``.qualkit/clusters.json``."""
    _, last = _former(project)
    last = max([last, *(int(cluster.id.rsplit("-", 1)[1]) for cluster in clusters)])
    content = {"format": CLUSTERS_FORMAT, "last": last, "clusters": [asdict(cluster) for cluster in clusters]}
    project.work.mkdir(parents=True, exist_ok=True)
    write_text(project.work / "clusters.json", json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def read_clusters(project: Project) -> tuple[Cluster, ...]:
    """The clusters of the last run; empty where there was none."""
    return tuple(
        Cluster(
            str(one["id"]),
            {language: tuple(phrases) for language, phrases in one["names"].items()},
            tuple(Member(**member) for member in one["members"]),
            float(one["stability"]),
        )
        for one in _read(project).get("clusters", ())
    )


def _former(project: Project) -> tuple[dict[str, frozenset[tuple[str, int, int]]], int]:
    held = {c.id: frozenset((m.interview, m.start, m.end) for m in c.members) for c in read_clusters(project)}
    last = int(_read(project).get("last", 0))
    numbers = [
        int(n) for n in (ident.partition("-")[2] for ident in accepted_themes(project)) if n.isdecimal()
    ]
    return held, max([last, *numbers])


def _read(project: Project) -> dict[str, Any]:
    try:
        content = json.loads((project.work / "clusters.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # It can be made again.
        return {}
    return content if isinstance(content, dict) and content.get("format") == CLUSTERS_FORMAT else {}
