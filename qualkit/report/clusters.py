"""Emergent themes that a person has accepted: clusters counted like codes, marked as grouped by the machine.

Accepted are those named in ``qualkit.toml``::

    [themes]
    accepted = ["cluster-3"]
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.model import Code, Codebook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.coding.clusters import Cluster
    from qualkit.files.project import Project
    from qualkit.themes.passages import Gathered, Passage, Selection

DIMENSION = "emergent-themes"
NAMES = {
    "fi": "Aineistosta nousseet teemat",
    "sv": "Teman som växte fram ur materialet",
    "en": "Themes that emerged from the material",
}
CODER = "model:clusters"


def accepted_clusters(project: Project) -> tuple[str, ...]:
    """The ids under ``[themes] accepted``. Raises :class:`BadFile` when it is no list of ids."""
    value = project.settings.get("themes", {}).get("accepted", [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadFile(
            project.config, "themes.accepted must be a list of ids.", 'Write accepted = ["cluster-1"].'
        )
    return tuple(dict.fromkeys(value))


def with_clusters(
    project: Project, gathered: Gathered, book: Codebook, clusters: Sequence[Cluster], selection: Selection
) -> tuple[Gathered, Codebook]:
    """The passages and the codebook with accepted clusters as codes of a dimension of their own."""
    wanted = accepted_clusters(project)
    known = {cluster.id: cluster for cluster in clusters}
    chosen = [known[name] for name in wanted if name in known and name not in book.by_id]
    if not chosen:
        return gathered, book
    codes = [Code(DIMENSION, NAMES, codable=False)]
    for cluster in chosen:
        names = {language: cluster.name_in(language) for language in ("fi", "sv", "en")}
        codes.append(Code(cluster.id, names, DIMENSION))
    passages = list(gathered.passages)
    for cluster in chosen:
        if not selection.codes or cluster.id in selection.codes:
            passages += _passages(project, gathered, cluster)
    place = {case.id: n for n, case in enumerate(gathered.interviews)}
    passages.sort(key=lambda p: (place[p.interview], p.start, p.end, p.code))
    return replace(gathered, passages=tuple(passages)), replace(book, codes=(*book.codes, *codes))


def _passages(project: Project, gathered: Gathered, cluster: Cluster) -> list[Passage]:
    from qualkit.files.transcript import load_transcript
    from qualkit.themes.passages import make_passage

    cases = {case.id: case for case in gathered.interviews}
    found = []
    for member in cluster.members:
        heard = gathered.heard.get(member.interview)
        if heard is None or heard.revision != member.revision:
            continue
        transcript = load_transcript(project, member.interview)
        ident = f"{cluster.id}-{member.interview}-{member.start}"
        made = make_passage(
            cases[member.interview], transcript, ident, cluster.id, member.start, member.end, CODER
        )
        closed = any(member.start < b and member.end > a for a, b in heard.restricted)
        found.append(replace(made, by_person=False, decision="suggested", restricted=closed))
    return found
