"""Work that needs models or all scores, done in a process of its own: the desk never loads them.

`python -m qualkit.tui.child VERB FOLDER [WORDS]` prints lines of JSON: ``{"step": …}`` as it goes, at the
end ``{"done": …}`` or ``{"error": …}``.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.errors import QualkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from qualkit.files.project import Project
    from qualkit.model import Step

NEAREST = 200
"""Passages that a search by meaning brings."""
LIMIT = 1 << 26


async def ask(verb: str, root: Path, *words: str, tell: Callable[[str], None] | None = None) -> Any:
    """Have a child do its work and return what it found; ``tell`` hears how far it is.

    Raises :class:`QualkitError` with the child's own words. A cancelled call ends the child.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "qualkit.tui.child",
        verb,
        str(root),
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=LIMIT,
    )
    assert process.stdout is not None
    try:
        while line := await process.stdout.readline():
            said = json.loads(line)
            if "step" in said and tell is not None:
                tell(said["step"])
            if "error" in said:
                raise QualkitError(said["error"], said["hint"])
            if "done" in said:
                return said["done"]
        raise QualkitError(f"{verb} ended before it was done.", "Run `qualkit check`.")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def bulk(project: Project, *ids: str) -> Generator[Step, None, Any]:
    """Certify every code anew; then what the certified ones would be given to, over their thresholds."""
    from qualkit.coding.audit import certify_project
    from qualkit.coding.certify import Standing
    from qualkit.coding.learn import Learner

    certificates = yield from certify_project(project)
    sure = {c.code: c.threshold for c in certificates if c.standing is Standing.CERTIFIED}
    learner = Learner.load(project) if sure else None
    found = []
    for interview in (ids or sorted(learner.scored)) if learner else ():
        for one in learner.suggestions(interview) if learner else ():
            threshold = sure.get(one.code)
            if threshold is not None and one.score >= threshold:
                found.append([one.interview, one.revision, one.start, one.end, one.code, one.score, one.id])
    verdicts = {c.code: c.verdict for c in certificates}
    return {"found": found, "verdicts": verdicts}


def clusters(project: Project) -> Generator[Step, None, Any]:
    """Group what no code holds."""
    from qualkit.coding.clusters import cluster_project

    return len((yield from cluster_project(project)))


def meaning(project: Project, *said: str) -> Generator[Step, None, Any]:
    """The passages nearest in meaning to some words: interview, start, end, cosine."""
    import numpy as np

    from qualkit.coding.embed import cache_folder, embed, embedding_model
    from qualkit.coding.scores import read_scores, scored_interviews
    from qualkit.coding.vectors import open_cache

    words = " ".join(said)
    model = embedding_model(project)
    ids = scored_interviews(project, model.id)
    if not ids:
        raise QualkitError("No passage has a vector yet.", "Run `qualkit suggest` first.")
    cache = yield from embed(project.work, model, [words])
    query = cache.get([words])[0]
    table = open_cache(cache_folder(project.work, model))
    assert table is not None
    places: list[tuple[str, int, int]] = []
    rows: list[int] = []
    for interview in ids:
        scored = read_scores(project, interview, model.id)
        for unit, key in enumerate(scored.keys if scored else ()):
            if scored is not None and key in table.rows and not scored.backchannel[unit]:
                places.append((interview, int(scored.spans[unit, 0]), int(scored.spans[unit, 1])))
                rows.append(table.rows[key])
    near = np.asarray(table.table[rows], np.float32) @ query
    best = np.argsort(-near, kind="stable")[:NEAREST]
    return [[*places[i], round(float(near[i]), 4)] for i in best]


def index(project: Project) -> Generator[Step, None, Any]:
    """Bring the search index up to date."""
    from qualkit.tui.searching import prepare

    yield from prepare(project)
    return None


VERBS: dict[str, Callable[..., Generator[Step, None, Any]]] = {
    "bulk": bulk,
    "clusters": clusters,
    "index": index,
    "meaning": meaning,
}


def main(arguments: Sequence[str]) -> int:
    """The child."""
    from qualkit.files.project import load_project
    from qualkit.weights.offline import block_network

    block_network()

    def say(**fields: Any) -> None:
        sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    verb, root, *words = arguments
    try:
        work = VERBS[verb](load_project(Path(root)), *words)
        while True:
            step = asdict(next(work))
            share = f" {step['done'] / step['total']:.0%}" if step["total"] else ""
            say(step=f"{step['stage']}{share} {step['note']}".strip())
    except StopIteration as stop:
        say(done=stop.value)
    except QualkitError as error:
        say(error=error.message, hint=error.hint)
    except Exception as error:  # noqa: BLE001  told without its text, which may quote a transcript
        say(error=f"A fault in Qualkit itself ({type(error).__name__}).", hint="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
