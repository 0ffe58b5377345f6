"""What is spoken of: ``themes``, and what the machine groups of what no code holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from qualkit.cli import console
from qualkit.cli.findings import selecting
from qualkit.cli.verb import Call, over, verb

if TYPE_CHECKING:
    from qualkit.coding.clusters import Cluster


@verb("themes", "qualkit themes --site kilpisalo --suggestions")
@selecting
@click.option("--lang", default="", help="Language of names: fi, sv or en. Default: the project's first.")
def _themes(call: Call, lang: str, **chosen: Any) -> None:
    """Show what is spoken of: passages, interviews, speakers and sites of every code."""
    from qualkit.files.codebook import load_codebook
    from qualkit.themes.passages import Selection, gather
    from qualkit.themes.theme import themes as find_themes

    project = call.project()
    book = load_codebook(project)
    found = find_themes(gather(project, Selection(**chosen)), book)
    if call.json:
        from qualkit.export.json import theme as as_json

        console.data_json([as_json(t) for t in found])
        return
    language = lang or project.languages[0]
    console.table(
        [
            (
                t.code.id,
                t.code.name_in(language),
                len(t.passages),
                t.by_person,
                len(t.interviews),
                t.speakers,
                len(t.sites),
                ", ".join(f"{o.code} {o.passages}" for o in t.together[:3] if not o.few) or "–",
                ", ".join(t.phrases.get(language, ())[:4]) or "–",
            )
            for t in found
        ],
        (
            "code",
            "name",
            "passages",
            "by person",
            "interviews",
            "speakers",
            "sites",
            "often with",
            "key phrases",
        ),
    )
    if not found:
        console.talk(
            "No passage is coded yet. Code in `qualkit review`, or count the machine's with --suggestions."
        )


themes = over(_themes)
"""``qualkit themes`` counts; the verbs below it are about emergent themes."""


@verb("clusters", "qualkit themes clusters --again")
@click.option("--again", is_flag=True, help="Group the passages without a code anew first.")
@click.option("--lang", default="", help="Language of names: fi, sv or en. Default: the project's first.")
def _clusters(call: Call, again: bool, lang: str) -> None:
    """List emergent themes: groups of passages that no code holds, the accepted ones first."""
    from qualkit.coding.clusters import cluster_project
    from qualkit.report.clusters import accepted_ids, all_clusters

    project = call.project()
    if again:
        console.follow(cluster_project(project), call.progress)
    found, accepted = all_clusters(project), set(accepted_ids(project))
    language = lang or project.languages[0]
    if call.json:
        console.data_json([_fields(c, language, c.id in accepted) for c in found])
        return
    console.table(
        [
            (
                c.id,
                "accepted" if c.id in accepted else "",
                len(c.members),
                f"{c.stability:.0%}",
                c.name_in(language) or "–",
            )
            for c in found
        ],
        ("id", "", "passages", "stable", "name"),
    )
    if not found:
        console.talk("There are no groups yet: --again makes them, once `qualkit suggest` has run.")


@verb("accept", "qualkit themes accept cluster-3 --name 'Lost heat'")
@click.argument("cluster")
@click.option("--name", default="", help="What you call it. Default: the key phrases.")
def _accept(call: Call, cluster: str, name: str) -> None:
    """Make a group of passages a theme of the report; with --name, also to call an accepted one otherwise.

    It keeps its passages when passages are grouped anew. Kept in themes/CODER.jsonl.
    """
    from qualkit.report.clusters import accept

    project = call.working()
    made = accept(project, cluster, name)
    language = project.languages[0]
    if call.json:
        console.data_json(_fields(made, language, True))
    else:
        what = "passage" if len(made.members) == 1 else "passages"
        console.data(f"{made.id}: {made.name_in(language)} ({len(made.members)} {what})")


@verb("release", "qualkit themes release cluster-3")
@click.argument("cluster")
def _release(call: Call, cluster: str) -> None:
    """Take an accepted theme out of the report; its passages can be grouped again."""
    from qualkit.report.clusters import release

    release(call.working(), cluster)
    if call.json:
        console.data_json({"id": cluster, "accepted": False})
    else:
        console.data(f"{cluster}: no theme of the report any more")


def _fields(cluster: Cluster, language: str, accepted: bool) -> dict[str, Any]:
    return {
        "id": cluster.id,
        "name": cluster.name_in(language),
        "accepted": accepted,
        "passages": len(cluster.members),
        "stability": cluster.stability,
        "phrases": {spoken: list(phrases) for spoken, phrases in cluster.names.items()},
    }


for _below in (_clusters, _accept, _release):
    themes.add_command(_below)
