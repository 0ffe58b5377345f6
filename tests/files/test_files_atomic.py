from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from qualkit.errors import QualkitError
from qualkit.files.atomic import replacing, write_bytes, write_text

if TYPE_CHECKING:
    from pathlib import Path


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_writes_and_replaces_and_makes_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.txt"
    write_text(path, "yksi\n")
    write_text(path, "två ä 🔧\n")
    assert path.read_bytes() == "två ä 🔧\n".encode()
    assert left(path.parent) == ["c.txt"]


def test_keeps_the_mode_of_the_file_it_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    path.chmod(0o640)
    write_text(path, "y")
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("function", "number", "word"),
    [
        ("fsync", errno.ENOSPC, "disk is full"),
        ("fsync", errno.EDQUOT, "disk is full"),
        ("replace", errno.EACCES, "no permission"),
        ("replace", errno.EROFS, "no permission"),
        ("fsync", errno.EIO, "Check the disk"),
    ],
)
def test_a_disk_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, number: int, word: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def broken(*args: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, function, broken)
    with pytest.raises(QualkitError, match=word) as caught:
        write_text(path, "new")
    assert "\n" not in str(caught.value)
    assert path.read_text() == "old"
    assert left(tmp_path) == ["a.txt"]


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("I am a file")
    with pytest.raises(QualkitError, match="in each other's way"):
        write_bytes(tmp_path / "outputs" / "report.html", b"")
    assert (tmp_path / "outputs").read_text() == "I am a file"


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupted() -> None:
        with replacing(tmp_path / "a.txt") as part:
            part.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert left(tmp_path) == []


def test_two_writers_of_one_file_do_not_share_their_part(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with replacing(path) as one:
        one.write_text("one")
        with replacing(path) as other:
            assert other != one
            other.write_text("other")
        assert path.read_text() == "other"
    assert path.read_text() == "one"
