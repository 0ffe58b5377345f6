"""What a Qualkit puts beside the standard's elements in an archive, and reading it back.

The folder ``qualkit/`` of the archive: ``project.json``, ``codebook.yaml``,
``interviews.csv`` and ``transcripts/ID.json``, the last three as they stand in the
project. Other tools pass it over.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.exchange.incoming import Own
from qualkit.files.anchors import anchor_fields, anchor_from
from qualkit.files.codebook import read_codebook
from qualkit.files.interviews import read_interviews
from qualkit.files.journal import read_codings
from qualkit.files.project import Project
from qualkit.files.suggestions import read_suggestions
from qualkit.files.text import read_bytes
from qualkit.files.transcript import read_transcript, transcript_ids, transcript_path
from qualkit.model import Memo, Reason, Site, Suggestion, Transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from qualkit.files.archive import Archive

OWN_FORMAT = 1
"""Version of ``qualkit/project.json`` in an archive. 1: first."""

_FORMAT = f"qualkit-archive/{OWN_FORMAT}"


def members(
    project: Project,
    ids: Mapping[str, str],
    filed: Iterable[str],
    homeless: Iterable[Memo],
    suggestions: bool,
) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the members of ``qualkit/``."""
    if project.codebook_path.is_file():
        yield "qualkit/codebook.yaml", read_bytes(project.codebook_path)
    if project.interviews.is_file():
        yield "qualkit/interviews.csv", read_bytes(project.interviews)
    rows = {row.id for row in read_interviews(project)}
    for name in transcript_ids(project):
        if name in rows:
            yield f"qualkit/transcripts/{name}.json", read_bytes(transcript_path(project, name))
    codings = read_codings(project)
    content: dict[str, Any] = {
        "format": _FORMAT,
        "name": project.name,
        "languages": project.languages,
        "sites": {site.id: site.name for site in project.sites},
        "ids": dict(ids),
        "codings": {
            c.id: {k: v for k, v in (("suggestion", c.suggestion), ("bulk", c.bulk)) if v}
            for c in codings
            if c.suggestion or c.bulk
        },
        "filed": sorted(filed),
        "memos": [
            {**asdict(memo), "anchor": anchor_fields(memo.anchor) if memo.anchor else None}
            for memo in homeless
        ],
        "suggestions": [
            asdict(s) for name in transcript_ids(project) for s in read_suggestions(project, name)
        ]
        if suggestions
        else [],
    }
    yield "qualkit/project.json", json.dumps(content, ensure_ascii=False).encode("utf-8")


def read_own(archive: Archive, limit: int) -> Own:
    """What a Qualkit put beside the document; empty when no Qualkit did. Raises :class:`BadFile`."""
    if "qualkit/project.json" not in archive:
        return Own()
    hint = "Export the project again."
    try:
        content = json.loads(archive.read("qualkit/project.json", limit))
        if content.get("format") != _FORMAT:
            raise BadFile(
                archive.path, "its part qualkit/ was written by a newer Qualkit.", "Update Qualkit."
            )
        with tempfile.TemporaryDirectory(prefix="qualkit-") as folder:
            codebook, rows, transcripts = _files(archive, Path(folder), limit)
        return Own(
            languages=tuple(map(str, content["languages"])),
            sites=tuple(Site(str(key), str(name)) for key, name in content["sites"].items()),
            codebook=codebook,
            interviews=rows,
            transcripts=transcripts,
            ids={str(key): str(name) for key, name in content["ids"].items()},
            codings={
                str(key): {str(k): str(v) for k, v in kept.items()}
                for key, kept in content["codings"].items()
            },
            memos=tuple(
                Memo(**{**memo, "anchor": anchor_from(memo["anchor"]) if memo["anchor"] else None})
                for memo in content["memos"]
            ),
            filed=frozenset(map(str, content["filed"])),
            suggestions=tuple(
                Suggestion(**{**s, "reasons": tuple(Reason(**r) for r in s["reasons"])})
                for s in content["suggestions"]
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadFile(archive.path, "its part qualkit/ is damaged.", hint) from None


def _files(archive: Archive, folder: Path, limit: int) -> tuple[Any, Any, dict[str, Transcript]]:
    """The project's own files in an archive, through the readers that check every such file."""
    codebook: Any = None
    rows: Any = ()
    if "qualkit/codebook.yaml" in archive:
        path = folder / "codebook.yaml"
        path.write_bytes(archive.read("qualkit/codebook.yaml", limit))
        codebook = read_codebook(path)
    if "qualkit/interviews.csv" in archive:
        (folder / "interviews.csv").write_bytes(archive.read("qualkit/interviews.csv", limit))
        rows = read_interviews(Project(folder, "", ("fi",), folder / "codebook.yaml"))
    transcripts = {}
    for name in archive.names():
        if name.startswith("qualkit/transcripts/") and name.endswith(".json"):
            path = folder / "transcript.json"
            path.write_bytes(archive.read(name, limit))
            transcript = read_transcript(path)
            transcripts[transcript.interview] = transcript
    return codebook, rows, transcripts
