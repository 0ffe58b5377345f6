"""Emergent themes that a person has accepted: clusters counted like codes, marked as grouped by the machine.

Accepted are those named in ``qualkit.toml``::

    [themes]
    accepted = ["cluster-3"]
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.model import Code, Codebook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qualkit.coding.clusters import Cluster, Member
    from qualkit.files.project import Project
    from qualkit.themes.passages import Gathered, Passage, Selection

DIMENSION = "emergent-themes"
NAMES = {
    "fi": "Aineistosta nousseet teemat",
    "sv": "Teman som växte fram ur materialet",
    "en": "Themes that emerged from the material",
}
CODER = "model:clusters"


def accepted_clusters(project: Project, clusters: Sequence[Cluster], book: Codebook) -> tuple[Cluster, ...]:
    """The clusters under ``[themes] accepted``, in that order; those that are gone are passed over.

    Raises :class:`BadFile` when it is no list of ids.
    """
    value = project.settings.get("themes", {}).get("accepted", [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadFile(
            project.config, "themes.accepted must be a list of ids.", 'Write accepted = ["cluster-1"].'
        )
    known = {cluster.id: cluster for cluster in clusters}
    return tuple(known[name] for name in dict.fromkeys(value) if name in known and name not in book.by_id)


def with_passages(
    project: Project, gathered: Gathered, accepted: Sequence[Cluster], selection: Selection
) -> Gathered:
    """The gathered passages and those of the accepted clusters; with chosen coders only theirs count."""
    passages = list(gathered.passages)
    for cluster in () if selection.coders and CODER not in selection.coders else accepted:
        if not selection.codes or cluster.id in selection.codes:
            passages += _passages(project, gathered, cluster)
    place = {case.id: n for n, case in enumerate(gathered.interviews)}
    passages.sort(key=lambda p: (place[p.interview], p.start, p.end, p.code))
    return replace(gathered, passages=tuple(passages))


def with_codes(book: Codebook, clusters: Sequence[Cluster], accepted: Sequence[Cluster]) -> Codebook:
    """The codebook with accepted clusters, as ``clusters`` name them, as codes of a dimension of their own.

    One without a name has its id.
    """
    if not accepted:
        return book
    named = {cluster.id: cluster for cluster in clusters}
    codes = [Code(DIMENSION, NAMES, codable=False)]
    for cluster in (named[one.id] for one in accepted):
        names = {language: cluster.name_in(language) for language in ("fi", "sv", "en")}
        codes.append(Code(cluster.id, names, DIMENSION))
    return replace(book, codes=(*book.codes, *codes))


def printable(
    project: Project,
    clusters: Sequence[Cluster],
    gathered: Gathered,
    mask: Callable[[str], str],
    *,
    public: bool,
) -> tuple[Cluster, ...]:
    """The clusters under masked names, and without names that words make which the report may not print.

    A name is made of the words of every member, also of those outside the selection. For the
    public none of them may be restricted, of somebody who did not agree to be quoted, or unknown.
    """
    from qualkit.themes.passages import Selection, gather

    members = {m.interview for cluster in clusters for m in cluster.members}
    whole = gathered
    if public and not members <= set(gathered.heard):
        whole = gather(project, Selection(interviews=tuple(members)))
    silent = {case.id for case in whole.interviews if case.consent == "no-quote"}

    def closed(member: Member) -> bool:
        heard = whole.heard.get(member.interview)
        if heard is None or heard.revision != member.revision or member.interview in silent:
            return True
        return any(member.start < b and member.end > a for a, b in heard.restricted)

    def nameless(cluster: Cluster) -> bool:
        if public:
            return any(map(closed, cluster.members))
        return all(m.interview in silent for m in cluster.members if m.interview in gathered.heard)

    return tuple(
        replace(c, names={})
        if nameless(c)
        else replace(c, names={lang: tuple(map(mask, names)) for lang, names in c.names.items()})
        for c in clusters
    )


def outside_codebook(
    clusters: Sequence[Cluster], gathered: Gathered, accepted: Sequence[Cluster]
) -> tuple[Cluster, ...]:
    """The named clusters that are not accepted, with their members of the chosen interviews only."""
    taken = {cluster.id for cluster in accepted}
    heard = [
        replace(c, members=tuple(m for m in c.members if m.interview in gathered.heard)) for c in clusters
    ]
    return tuple(c for c in heard if c.members and c.names and c.id not in taken)


def member_id(cluster: Cluster, member: Member) -> str:
    """The id of a passage that a cluster holds: it does not tell which interview."""
    key = f"{cluster.id}\0{member.interview}\0{member.revision}\0{member.start}\0{member.end}"
    return sha256(key.encode()).hexdigest()[:12]


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
        made = make_passage(
            cases[member.interview],
            transcript,
            member_id(cluster, member),
            cluster.id,
            member.start,
            member.end,
            CODER,
        )
        closed = any(member.start < b and member.end > a for a, b in heard.restricted)
        found.append(replace(made, by_person=False, decision="suggested", restricted=closed))
    return found
