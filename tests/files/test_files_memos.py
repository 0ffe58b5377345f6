from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.errors import BadFile, UsageError
from qualkit.files.memos import check_memo, read_memo, read_memos, write_memo
from qualkit.files.project import Project
from qualkit.files.text import nfc, one_line
from qualkit.model import Anchor, Memo

short = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(one_line)
memos = st.builds(
    Memo,
    id=st.from_regex("[a-z][a-z0-9]{0,6}", fullmatch=True).filter(
        lambda i: i not in ("con", "nul", "aux", "prn")
    ),
    about=st.sampled_from(["project", "interview:k-1", "code:pipe-bridge", "coding:12ab"]),
    coder=short,
    created=st.just("2026-11-24T12:00:00Z") | short,
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(lambda text: nfc(text).strip()),
    title=short,
    anchor=st.none()
    | short.filter(bool).map(lambda quote: Anchor(1, 2, 2 + len(quote), quote, "a", "b", 3, 4)),
)


@given(memos)
def test_round_trip(memo: Memo) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), "P", ("fi",), Path(folder) / "c.yaml")
        path = write_memo(project, memo)
        assert read_memo(path) == memo
        assert read_memos(project) == (memo,)
        assert check_memo(path) == []


def test_what_a_person_sees(project: Project) -> None:
    memo = Memo(
        "m1", "code:water", "anna", "2026-11-24T12:00:00Z", "Yksi.\n\n---\nKaksi: kolme.", "Vesi: mitä?"
    )
    assert write_memo(project, memo).read_text(encoding="utf-8") == (
        "---\nformat: qualkit-memo/1\nabout: code:water\ncoder: anna\ncreated: 2026-11-24T12:00:00Z\n"
        'title: "Vesi: mitä?"\n---\n\nYksi.\n\n---\nKaksi: kolme.\n'
    )


def test_the_oldest_first_and_a_plain_text_is_one_too(project: Project) -> None:
    write_memo(project, Memo("b", "project", "x", "2026-01-02T00:00:00Z", "toinen"))
    write_memo(project, Memo("c", "project", "x", "2026-01-01T00:00:00Z", "ensin"))
    (project.memos / "note.md").write_text("Vain tekstiä\r\n")
    (project.memos / "x.txt").write_text("no memo")
    assert [(memo.id, memo.text) for memo in read_memos(project)] == [
        ("note", "Vain tekstiä"), ("c", "ensin"), ("b", "toinen"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("---\nabout: project\n", 1, "does not end"),
        ("---\nabout: project\ncolour: red\n---\n", 3, "'colour' is no key"),
        ("---\nsomething\n---\n", 2, "no key"),
        ('---\ntitle: "x\n---\n', 2, "quote does not end"),
        ("---\nabout: everything\n---\n", 0, "about is 'everything'"),
        ("---\nformat: qualkit-memo/2\n---\n", 2, "not qualkit-memo/1"),
        ("---\nanchor: {}\n---\n", 0, "anchor cannot be read"),
        ("---\nanchor: 3\n---\n", 0, "anchor cannot be read"),
    ],
)
def test_faults(project: Project, text: str, line: int, word: str) -> None:
    path = project.memos / "m.md"
    path.write_text(text)
    with pytest.raises(BadFile, match=word) as caught:
        read_memos(project)
    assert caught.value.line == line
    assert [p.line for p in check_memo(path)] == [line]


def test_memos_that_cannot_be_written(project: Project, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="may hold letters"):
        write_memo(project, Memo("../x", "project", "", "", "t"))
    with pytest.raises(UsageError, match="cannot be about"):
        write_memo(project, Memo("x", "code:a\nb", "", "", "t"))
    project.memos.rmdir()
    project.memos.symlink_to(tmp_path)
    with pytest.raises(BadFile, match="leads out of the project"):
        write_memo(project, Memo("x", "project", "", "", "t"))
