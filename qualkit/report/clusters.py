"""Emergent themes that a person has accepted: clusters counted like codes, marked as grouped by the machine.

They are kept with their passages in ``themes/CODER.jsonl`` (:mod:`qualkit.files.emergent`); those of older
projects are named under ``[themes] accepted`` in ``qualkit.toml``.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, UsageError
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


def all_clusters(project: Project) -> tuple[Cluster, ...]:
    """The accepted themes, then the other groups of the last run that nobody has dismissed.

    Raises :class:`BadFile` for a damaged file of accepted themes.
    """
    from qualkit.coding.clusters import Cluster, Member, read_clusters
    from qualkit.files.dismissed import dismissed
    from qualkit.files.emergent import accepted_themes, placed

    accepted = accepted_themes(project)
    found = []
    for theme in accepted.values():
        members = tuple(
            Member(held.interview, place.revision, place.start, place.end, held.nearness, held.standing)
            for held, place in placed(project, theme)
        )
        found.append(Cluster(theme.id, theme.phrases, members, theme.stability, theme.name))
    gone = {*accepted, *(dismissed(project) - set(_listed(project)))}
    return (*found, *(cluster for cluster in read_clusters(project) if cluster.id not in gone))


def accepted_ids(project: Project) -> tuple[str, ...]:
    """The ids of accepted themes. Raises :class:`BadFile`."""
    from qualkit.files.emergent import accepted_themes

    return tuple(dict.fromkeys((*accepted_themes(project), *_listed(project))))


def _listed(project: Project) -> list[str]:
    value = project.settings.get("themes", {}).get("accepted", [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadFile(
            project.config, "themes.accepted must be a list of ids.", 'Write accepted = ["cluster-1"].'
        )
    return value


def accept(project: Project, ident: str, name: str = "") -> Cluster:
    """Make a group a theme of the report, or give an accepted one another name; the theme as it is now.

    Without a name it keeps the one it has, which at first is its key phrases.

    Raises :class:`UsageError` when there is no such group, or none of its passages stands any more.
    """
    from qualkit.files.anchors import anchor
    from qualkit.files.emergent import Held, accept_theme
    from qualkit.files.transcript import load_transcript

    known = {cluster.id: cluster for cluster in all_clusters(project)}
    if ident not in known:
        hint = f"There are: {', '.join(known)}." if known else "`qualkit themes clusters --again` makes them."
        raise UsageError(f"There is no group {ident!r}.", hint)
    cluster = known[ident]
    transcripts = {
        i: load_transcript(project, i) for i in dict.fromkeys(m.interview for m in cluster.members)
    }
    held = [
        Held(m.interview, anchor(transcripts[m.interview], m.start, m.end), m.nearness, m.standing)
        for m in cluster.members
        if m.revision == transcripts[m.interview].revision
    ]
    if not held:
        raise UsageError(
            f"The transcripts of {ident} have changed since it was made.",
            "Run `qualkit themes clusters --again`.",
        )
    accept_theme(project, ident, name or cluster.title, cluster.names, cluster.stability, held)
    return {cluster.id: cluster for cluster in all_clusters(project)}[ident]


def release(project: Project, ident: str) -> None:
    """Make an accepted theme a mere group again. Raises :class:`UsageError` when it is not accepted."""
    from qualkit.files.emergent import accepted_themes, release_theme

    if ident in _listed(project) and ident not in accepted_themes(project):
        raise UsageError(f"{ident} is accepted in {project.config.name}.", "Take it out of [themes] there.")
    release_theme(project, ident)


def accepted_clusters(project: Project, clusters: Sequence[Cluster], book: Codebook) -> tuple[Cluster, ...]:
    """The accepted ones of :func:`all_clusters`, without those of a code's id. Raises :class:`BadFile`."""
    known = {cluster.id: cluster for cluster in clusters}
    return tuple(known[name] for name in accepted_ids(project) if name in known and name not in book.by_id)


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
    A name that a person gave stays, as names of codes do.
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

    def masked(cluster: Cluster) -> Cluster:
        names = {lang: tuple(map(mask, phrases)) for lang, phrases in cluster.names.items()}
        return replace(cluster, names={} if nameless(cluster) else names, title=mask(cluster.title))

    return tuple(map(masked, clusters))


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
