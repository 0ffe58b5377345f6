"""docs/formats.md: the versions it names are those of the code, and its example project is a sound one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qualkit.agreement import plan
from qualkit.exchange import foreign, guids
from qualkit.files import (
    codebook,
    codebook_check,
    codebook_history,
    emergent,
    index,
    interviews,
    journal,
    memos,
    replay,
    seen,
    segments,
    settled,
    settlements,
    statuses,
    suggestions,
    transcript,
)
from qualkit.files import project as projects
from qualkit.files.check import check_project
from qualkit.files.suggestions import read_suggestions
from qualkit.model import NoticeKind

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("project", projects.PROJECT_FORMAT),
        ("transcript", transcript.TRANSCRIPT_FORMAT),
        ("codebook", codebook.CODEBOOK_FORMAT),
        ("journal", journal.JOURNAL_FORMAT),
        ("memo", memos.MEMO_FORMAT),
        ("suggestions", suggestions.SUGGESTIONS_FORMAT),
        ("segments", segments.SEGMENTS_FORMAT),
        ("statuses", statuses.STATUSES_FORMAT),
        ("themes", emergent.EMERGENT_FORMAT),
        ("codebook-history", codebook_history.FORMAT),
        ("settled", settled.SETTLED_FORMAT),
        ("settlements", settlements.SETTLEMENTS_FORMAT),
        ("guids", guids.ORIGINS_FORMAT),
        ("kept", foreign.FOREIGN_FORMAT),
        ("files", seen.SEEN_FORMAT),
        ("plan", plan.PLAN_FORMAT),
        ("blind", plan.BLIND_FORMAT),
    ],
)
def test_versions(name: str, version: int) -> None:
    assert set(re.findall(rf"qualkit-{name}/(\d+)", PAGE)) == {str(version)}


def test_versions_of_files_that_cannot_say_theirs() -> None:
    assert f"| {interviews.INTERVIEWS_FORMAT} (a table" in PAGE
    assert f"| {index.INDEX_FORMAT} (`PRAGMA user_version`)" in PAGE


def test_every_key_is_named() -> None:
    named = set(re.findall(r"[a-z_-]+", PAGE))
    keys = {*interviews.COLUMNS, *projects.TABLES, *codebook_check.CODE_KEYS, *codebook_check.TOP_KEYS}
    assert keys | {*replay.OPERATIONS, *NoticeKind} <= named
    constants = set(re.findall(r"`([A-Z]+_FORMAT)`", PAGE))
    first = (projects, interviews, transcript, codebook, journal, memos, suggestions, segments)
    modules = (*first, emergent, index, statuses, settled, settlements, seen)
    assert constants == {
        name for module in modules for name in vars(module) if re.fullmatch("[A-Z]+_FORMAT", name)
    }


def test_the_example_project_is_sound(tmp_path: Path) -> None:
    assert len(EXAMPLES) == 7
    for name, content in EXAMPLES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    assert check_project(tmp_path) == []
    project = projects.load_project(tmp_path)
    (coding,) = journal.read_codings(project)
    (suggestion,) = read_suggestions(project, "kilpi-01")
    assert (coding.suggestion, coding.code) == (suggestion.id, suggestion.code)
    assert (
        transcript.load_transcript(project, "kilpi-01").text[suggestion.start : suggestion.end]
        == coding.anchor.quote
    )
    assert [memo.about for memo in memos.read_memos(project)] == [f"code:{coding.code}"]
