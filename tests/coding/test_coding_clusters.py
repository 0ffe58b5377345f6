"""Emergent themes: groups are found, named in their language, and keep their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qualkit.coding.cluster_names import name_groups
from qualkit.coding.clusters import Cluster, cluster_project, group, read_clusters
from qualkit.coding.scores import Scored, write_scores
from qualkit.coding.vectors import append, create_cache, text_key
from qualkit.files.project import Project, init_project
from tests.steps import ended

if TYPE_CHECKING:
    from pathlib import Path

TOPICS = (
    ("kahvi", "keitin", "tauko", "huone"),
    ("linja", "auto", "aikataulu", "pysäkki"),
    ("koulu", "oppilas", "harjoittelu", "paikka"),
)


def vectors(count: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    rows = np.repeat(np.eye(3, 24), count, axis=0) + random.normal(0, 0.08, (3 * count, 24))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = init_project(tmp_path / "p", "P", ("fi",))
    texts = [f"{topic} {i}" for topic in range(3) for i in range(20)]
    cache = create_cache(found.work / "vectors" / "m@1-x", 24, "m@1", "")
    append(cache, texts, vectors(20))
    fill(found, texts, -6.0)
    return found


def fill(project: Project, texts: list[str], logit: float) -> None:
    count = len(texts)
    random = np.random.default_rng(5)
    spans = np.stack([np.arange(count) * 10, np.arange(count) * 10 + 9], axis=1)
    lemmas = tuple(tuple(random.permutation(TOPICS[i // 20])) for i in range(count))
    write_scores(
        project,
        Scored(
            "one", 1, "m@1", "book", ("a",), spans, np.zeros(count, bool), ("fi",) * count,
            tuple(text_key("", text) for text in texts), np.full((count, 1), logit, np.float32), lemmas,
        ),
    )  # fmt: skip


def finish(project: Project) -> tuple[Cluster, ...]:
    return ended(cluster_project(project))


def test_three_topics_are_three_clusters(project: Project) -> None:
    clusters = finish(project)
    assert [len(c.members) for c in clusters] == [20, 20, 20]
    assert all(c.stability > 0.9 for c in clusters)
    found = {word for c in clusters for word in c.names["fi"]}
    assert any("kahvi" in phrase or "keitin" in phrase for phrase in found)
    for c in clusters:
        assert len({m.start // 200 for m in c.members}) == 1
        standings = [m.standing for m in c.members]
        assert standings.count("typical") == 3
        assert "borderline" in standings
        assert [m.nearness for m in c.members] == sorted((m.nearness for m in c.members), reverse=True)
        assert c.name_in("sv") == c.name_in("fi") != ""
    assert read_clusters(project) == clusters


def test_ids_stay_over_runs(project: Project) -> None:
    first = {frozenset(m.start for m in c.members): c.id for c in finish(project)}
    again = {frozenset(m.start for m in c.members): c.id for c in finish(project)}
    assert first == again
    texts = [f"{topic} {i}" for topic in range(3) for i in range(20)]
    fill(project, texts[:40], -6.0)
    fewer = {c.id for c in finish(project)}
    assert fewer == {name for spans, name in first.items() if min(spans) < 400}
    fill(project, texts, -6.0)
    assert "cluster-4" in {c.id for c in finish(project)}, "an id is never given twice"


def test_coded_passages_are_left_out(project: Project) -> None:
    fill(project, [f"{topic} {i}" for topic in range(3) for i in range(20)], 5.0)
    assert finish(project) == ()


def test_what_an_accepted_theme_holds_is_not_grouped_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qualkit.coding import clusters as module

    first = finish(project)
    taken = {"one": [(m.start, m.end) for m in first[0].members]}
    monkeypatch.setattr(module, "_taken", lambda _: taken)
    monkeypatch.setattr(module, "accepted_themes", lambda _: {"cluster-9": None, "cluster-2-bo": None})
    again = finish(project)
    assert {c.id for c in again} == {c.id for c in first[1:]}
    (project.work / "clusters.json").unlink()
    assert {c.id for c in finish(project)} == {"cluster-10", "cluster-11"}


def test_a_name_is_what_passages_share_and_else_the_most_typical_word() -> None:
    said = [{"vesi", "putki"}, {"vesi", "aamu"}, {"hirvi"}, {"juna", "asema"}]
    names = name_groups([np.array([1, 0]), np.array([2, 3])], ["fi"] * 4, said)
    assert names[0]["fi"] == ("vesi",)
    assert names[1]["fi"][0] == "hirvi"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_make_no_theme(count: int) -> None:
    assert group(vectors(1)[:count]) == []


def test_names_leave_out_what_every_group_says() -> None:
    lemmas = [("asia", "vesi", "putki")] * 3 + [("asia", "juna", "raide")] * 3
    names = name_groups([np.arange(3), np.arange(3, 6)], ["fi"] * 6, lemmas)
    assert "vesi" in " ".join(names[0]["fi"][:2])
    assert "juna" in " ".join(names[1]["fi"][:2])
