from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.errors import BadFile, Conflict, NoProject, QualkitError, UsageError
from qualkit.files.codebook import load_codebook
from qualkit.files.interviews import read_interviews
from qualkit.files.project import (
    Project,
    coder_name,
    find_project,
    init_project,
    load_project,
    toml_string,
    user_config_path,
)
from qualkit.model import Site

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'format = "qualkit-project/1"\nname = "Koe"\n'


def made(tmp_path: Path, text: str) -> Project:
    (tmp_path / "qualkit.toml").write_text(HEAD + text, encoding="utf-8")
    return load_project(tmp_path)


def test_everything_in_it(tmp_path: Path) -> None:
    text = """languages = ["fi", "sv", "fi"]
codebook = "codebooks/oma.yaml"
[sites]
kilpi = "Kilpisalo"
"käsi-2" = ""
[transcription]
model = "whisper-base"
beam = 5
threshold = 1
"""
    project = made(tmp_path, text)
    assert project.name == "Koe"
    assert project.languages == ("fi", "sv")
    assert project.codebook_path == tmp_path / "codebooks" / "oma.yaml"
    assert project.sites == (Site("kilpi", "Kilpisalo"), Site("käsi-2", "käsi-2"))
    assert project.site("nowhere") == Site("nowhere", "nowhere")
    assert project.coder == "tester"
    assert project.setting("transcription", "model", "x") == "whisper-base"
    assert project.setting("transcription", "beam", 1) == 5
    assert project.setting("transcription", "threshold", 0.5) == 1.0
    assert project.setting("transcription", "none", True) is True
    assert project.setting("coding", "none", "x") == "x"
    assert project.work == tmp_path / ".qualkit"


def test_found_from_any_folder_below(project: Project) -> None:
    below = project.root / "recordings" / "day1"
    below.mkdir()
    assert find_project(below).root == project.root
    assert find_project(project.root / "qualkit.toml").root == project.root


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(NoProject, match="qualkit init"):
        find_project(tmp_path)
    with pytest.raises(NoProject):
        load_project(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("codebok = 'x'\n", 3, "Did you mean codebook"),
        ("[site]\n", 3, "Did you mean sites"),
        ("languages = 'fi'\n", 3, "list of language codes"),
        ("languages = []\n", 3, "list of language codes"),
        ("languages = ['finnish']\n", 3, "list of language codes"),
        ("# a comment\ncodebook = 3\n", 4, "must be text"),
        ("codebook = '/etc/passwd'\n", 3, "inside the project"),
        ("codebook = '../../x.yaml'\n", 3, "leads out of the project"),
        ("codebook = 'C:/x.yaml'\n", 3, "inside the project"),
        ("sites = 3\n", 3, "must be a table"),
        ("[sites]\na = 'A'\nb = 3\n", 5, "must be a name"),
        ("[sites]\n'../x' = 'A'\n", 4, "may hold letters"),
        ("name = 'again'\n", 3, "overwrite"),
        ("x = \n", 3, "not TOML"),
        ("[coding]\nthreshold = 'high'\n", 4, "must be a number"),
    ],
)
def test_faults_name_their_line(tmp_path: Path, text: str, line: int, word: str) -> None:
    with pytest.raises(BadFile, match=word) as caught:
        made(tmp_path, text).setting("coding", "threshold", 0.5)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{tmp_path / 'qualkit.toml'}:{line}: ")


def test_formats_that_are_newer_or_none(tmp_path: Path) -> None:
    path = tmp_path / "qualkit.toml"
    path.write_text('format = "qualkit-project/9"\n')
    with pytest.raises(BadFile, match="newer Qualkit"):
        load_project(tmp_path)
    path.write_text("name = 'x'\n")
    with pytest.raises(BadFile, match="qualkit-project/1 is expected"):
        load_project(tmp_path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadFile, match="UTF-8"):
        load_project(tmp_path)


def test_a_codebook_behind_a_link_out_of_the_project(tmp_path: Path) -> None:
    root = tmp_path / "p"
    root.mkdir()
    (tmp_path / "secret.yaml").write_text("x")
    (root / "c.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(BadFile, match="leads out of the project"):
        made(root, "codebook = 'c.yaml'\n")


@given(name=st.text(st.characters(exclude_categories=["Cs"])))
def test_toml_strings(name: str) -> None:
    import tomllib

    assert tomllib.loads(f"a = {toml_string(name)}") == {"a": name}


def test_init_makes_a_project_that_works(tmp_path: Path) -> None:
    project = init_project(tmp_path / "p", 'Teollisuus "alue"\n ä', ("sv", "fi"))
    assert project.name == 'Teollisuus "alue" ä'
    assert project.languages == ("sv", "fi")
    assert read_interviews(project) == ()
    assert load_codebook(project).by_id.keys() == {"first-dimension", "first-code"}
    assert project.recordings.is_dir()
    with pytest.raises(Conflict, match="already"):
        init_project(tmp_path / "p", "again")


def test_init_keeps_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "interviews.csv").write_text("id\na\n")
    project = init_project(tmp_path, "P", codebook="format: mine\n")
    assert project.interviews.read_text() == "id\na\n"
    assert project.codebook_path.read_text() == "format: mine\n"


def test_init_where_a_file_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("a file")
    with pytest.raises(QualkitError, match="in each other's way") as caught:
        init_project(tmp_path / "p", "P")
    assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="two-letter"):
        init_project(tmp_path / "q", "P", ("suomi",))


def test_the_coder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("QUALKIT_CODER", "Anna Åberg/..")
    assert coder_name() == "anna-aberg"
    monkeypatch.delenv("QUALKIT_CODER")
    path = user_config_path()
    path.parent.mkdir(parents=True)
    path.write_text('coder = "liisa"\n')
    assert coder_name() == "liisa"
    path.write_text("coder = 3\n")
    with pytest.raises(BadFile, match="must be text"):
        coder_name()
    path.write_text("coder = \n")
    with pytest.raises(BadFile, match="not TOML"):
        coder_name()
    path.unlink()
    monkeypatch.setenv("LOGNAME", "../..")
    assert coder_name() == "coder"
