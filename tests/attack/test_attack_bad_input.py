"""Every kind of bad input that a project must bear: one line says file and remedy, the rest carries on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from qualkit.cli.main import main
from qualkit.files.interviews import read_interviews
from qualkit.files.project import init_project
from qualkit.files.transcript import load_transcript, transcript_ids
from tests.attack.told import line_of
from tests.audio.sounds import encode, silence, talk, write_wav
from tests.study import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.study import Study

    Qualkit = Callable[..., tuple[int, str, str]]

LAUGHS = "[laughs] ok [/] [@click=app.quit]x[/]"
CODES = """format: qualkit-codebook/1
name: {fi: Koe}
languages: [fi]
codes:
  - {id: one, parent: two, name: {fi: Yksi}}
  - {id: two, name: {fi: Kaksi}}
"""


@pytest.mark.real_model
def test_not_an_audio_file_truncated_silent_zero_byte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = init_project(tmp_path / "p", "P", ("en",))
    (project.recordings / "not-audio.mp3").write_text("this is a shopping list\n" * 200, encoding="utf-8")
    write_wav(project.recordings / "silent.wav", silence(3))
    write_wav(project.recordings / "sound.wav", talk([(0.5, 3.5)], 4.0))
    whole = encode(tmp_path / "whole.flac", talk([(0.5, 9.5)], 10.0), "flac").read_bytes()
    (project.recordings / "truncated.flac").write_bytes(whole[: len(whole) // 2])
    (project.recordings / "header.wav").write_bytes((project.recordings / "sound.wav").read_bytes()[:30])
    (project.recordings / "zero.wav").write_bytes(b"")
    names = ("not-audio", "silent", "sound", "truncated", "header", "zero")
    project.interviews.write_text("id\n" + "\n".join(names) + "\n", encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(
            ["transcribe", "--json", "--progress", "none", "--speakers", "1", "--project", str(project.root)]
        )
    out, err = capsys.readouterr()
    assert end.value.code == 1
    assert "Traceback" not in err
    told = {one["interview"]: one for one in json.loads(out)["recordings"]}
    assert set(told) == set(names)
    for name in ("not-audio", "header", "zero"):
        assert told[name]["outcome"] == "failed", told[name]
        assert told[name]["reason"], name
    assert set(transcript_ids(project)) == {"silent", "sound", "truncated"}
    assert load_transcript(project, "silent").text == ""
    assert "truncated" in {notice.kind.value for notice in load_transcript(project, "truncated").notices}


def test_zero_byte_file_is_not_added_and_the_others_are(tmp_path: Path, qualkit: Qualkit) -> None:
    project = init_project(tmp_path / "p")
    zero, good, long = tmp_path / "zero.wav", tmp_path / "good.wav", tmp_path / ("x" * 300 + ".wav")
    zero.write_bytes(b"")
    good.write_bytes(b"RIFF")
    code, out, err = qualkit("add", zero, long, tmp_path / "gone.wav", good, "--project", project.root)
    assert code == 1
    assert "good: added" in out
    assert f"{zero}: the file is empty. Copy it again" in err
    assert err.count("qualkit: ") == 3
    assert [row.id for row in read_interviews(project)] == ["good"]


@pytest.mark.parametrize(
    ("fault", "line", "says"),
    [
        (CODES.replace("  - {id: two", "\t- {id: two"), 6, "a tab stands in the indentation"),
        (CODES + "  - {id: one, name: {fi: Taas}}\n", 7, "the id one stands on line 5 too"),
        (CODES.replace("{id: two,", "{id: two, parent: one,"), 5, "each other's parents: one → two → one"),
        (CODES + "  - &a {id: three, name: {fi: K}}\n  - *a\n", 7, "an alias"),
        ("[" * 3000, 0, "nested too deep"),
    ],
    ids=["tab", "duplicate-id", "cycle", "alias", "deep"],
)
def test_codebook_with_a_tab_a_duplicate_id_a_cycle(
    study: Study, qualkit: Qualkit, fault: str, line: int, says: str
) -> None:
    path, root = study.project.codebook_path, study.project.root
    path.write_text(fault, encoding="utf-8")
    code, out, _ = qualkit("codebook", "check", "--project", root)
    assert code == 1
    where = f"{path}:{line}: " if line else f"{path}: "
    assert any(row.startswith(where) and says in row for row in out.splitlines()), out
    code, _, err = qualkit("code", "alpha-01", "one", "--at", "0:11", "--project", root)
    assert code == 1
    assert line_of(err).startswith(f"qualkit: {where}")
    assert qualkit("status", "--project", root)[0] == 0
    assert qualkit("search", "vesi", "--project", root)[0] == 0


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (lambda text: text[: len(text) // 2], r":\d+: this is not JSON"),
        (lambda text: text.replace('"speaker": "S2"', '"speaker": 2', 1), "speaker must be text"),
        (lambda text: text.replace('"start_ms": 0', '"start_ms": -5', 1), "start_ms must be a whole number"),
        (lambda text: text.replace('"end_ms": 9000', '"end_ms": NaN', 1), "NaN"),
        (lambda text: text.replace("niinku", "\\ud800", 1), r"turns\[1\].text holds the character U\+D800"),
        (
            lambda text: text.replace("niinku", "\\u001b[31m", 1),
            r"turns\[1\].text holds the character U\+001B",
        ),
        (lambda text: "[" * 100_000, "nested too deep"),
        (lambda text: "", "this is not JSON"),
        (lambda text: text.replace('"turns"', '"turnz"'), "turnz is not a key"),
    ],
    ids=["half", "type", "negative", "nan", "surrogate", "escape", "deep", "empty", "key"],
)
def test_transcript_edited_into_nonsense(
    study: Study, qualkit: Qualkit, edit: Callable[[str], str], place: str
) -> None:
    path, root = study.project.transcripts / "alpha-01.json", study.project.root
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    code, out, err = qualkit("status", "--project", root)
    assert code == 1
    assert re.search(place, line_of(err)), err
    assert f"{path}" in err
    assert "seittemän" not in err
    assert "alpha-02" in out
    assert "beta-01" in out
    code, out, _ = qualkit("check", "--project", root)
    assert code == 1
    assert str(path) in out
    assert "Our water" in qualkit("search", "water", "--project", root)[1]
    code, _, err = qualkit("code", "alpha-01", "water", "--at", "0:11", "--project", root)
    assert code == 1
    assert str(path) in line_of(err)
    assert qualkit("code", "beta-01", "water", "--at", "0:11", "--project", root)[0] == 0


def test_project_folder_without_write_permission(study: Study, qualkit: Qualkit, tmp_path: Path) -> None:
    root = study.project.root
    locks = study.project.work / "locks"
    sound = qualkit("check", "--project", root)[1]
    new = tmp_path / "new.wav"
    new.write_bytes(b"RIFF")
    table = study.project.interviews.read_bytes()
    # No permission is ever missing for root: a file where a folder must be stops everybody.
    for path in sorted(locks.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    locks.rmdir()
    locks.write_text("in the way", encoding="utf-8")
    for arguments in (
        ("code", "alpha-01", "water", "--at", "0:31"),
        ("code", "alpha-01", "--undo"),
        ("add", new),
    ):
        code, _, err = qualkit(*arguments, "--project", root)
        assert code == 1
        assert str(locks) in line_of(err)
    assert not (study.project.recordings / "new.wav").exists()
    assert study.project.interviews.read_bytes() == table
    assert qualkit("check", "--project", root)[1] == sound
    for verb in ("status", "themes", "picture"):
        assert qualkit(verb, "--project", root)[0] == 0, verb
    assert qualkit("search", "water", "--project", root)[0] == 0


def test_two_processes_on_the_same_journal(study: Study, qualkit: Qualkit) -> None:
    root = study.project.root
    environment = {**os.environ, "QUALKIT_CODER": "anna"}
    calls = [
        [sys.executable, "-m", "qualkit", "code", "alpha-01", code, "--at", at, "--project", str(root)]
        for code in ("rail", "steam-heat")
        for at in ("0:01", "0:11")
    ]
    running = [subprocess.Popen(c, env=environment, stdout=subprocess.DEVNULL) for c in calls]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert "codings" not in qualkit("check", "--project", root)[1]
    codings = subprocess.run(
        [sys.executable, "-m", "qualkit", "code", "alpha-01", "--json", "--project", str(root)],
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert len(json.loads(codings.stdout)) == 3 + 4


def test_laughs_in_square_brackets_on_every_output(study: Study, qualkit: Qualkit) -> None:
    root = study.project.root
    path = study.project.transcripts / "beta-01.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("No, it is fine.", LAUGHS), encoding="utf-8")
    code, _, _ = qualkit("code", "beta-01", "water", "--quote", LAUGHS, "--memo", LAUGHS, "--project", root)
    assert code == 0
    for arguments in (
        ("search", "laughs"),
        ("search", "laughs", "--json"),
        ("code", "beta-01"),
        ("code", "beta-01", "--json"),
    ):
        code, out, _ = qualkit(*arguments, "--project", root)
        assert code == 0
        assert LAUGHS in out, arguments
    code, _, _ = qualkit("report", "--format", "json", "--progress", "none", "--project", root)
    assert code == 0
    quotes = [q["quote"] for q in json.loads((root / "outputs/report.json").read_text("utf-8"))["quotes"]]
    assert HOSTILE in quotes


EXCEL = "id;site;date;language;role;consent;Työvuoro\nhyry-01;alpha;24.11.2026;fi;käyttöpäällikkö;quote;yö\n"


@pytest.mark.parametrize(
    "data",
    [
        EXCEL.encode("utf-8-sig"),
        EXCEL.encode("cp1252"),
        EXCEL.replace("\n", "\r\n").encode("cp1252"),
        b"sep=;\r\n" + EXCEL.replace("\n", "\r\n").encode("cp1252"),
        EXCEL.replace(";", "\t").encode("utf-16"),
    ],
    ids=["bom", "cp1252", "crlf", "sep", "utf-16"],
)
def test_interviews_csv_of_a_finnish_excel_is_simply_read(
    study: Study, qualkit: Qualkit, data: bytes
) -> None:
    study.project.interviews.write_bytes(data)
    (row,) = read_interviews(study.project)
    assert (row.id, row.date, row.role) == ("hyry-01", "2026-11-24", "käyttöpäällikkö")
    assert row.attributes == {"Työvuoro": "yö"}
    assert qualkit("status", "hyry-01", "--project", study.project.root)[0] == 0


@pytest.mark.parametrize(
    ("rows", "line", "says"),
    [
        ("id;site\n;alpha\n", 2, "the row has no id"),
        ("id;site\nx-1;alpha\n\nX-1;beta\n", 4, "the id X-1 stands on line 2 too"),
        ("site;date\nalpha;24.11.2026\n", 1, "there is no column id"),
        ("id;site\n../x;alpha\n", 2, "may hold letters"),
        ("id;recording\nx;/etc/passwd\n", 2, "from the root of a disk"),
        ("id;recording\nx;a/../../b.wav\n", 2, "leads out of the project"),
    ],
    ids=["missing", "doubled", "no-column", "path-id", "absolute", "escape"],
)
def test_interviews_csv_with_a_missing_or_doubled_id(
    study: Study, qualkit: Qualkit, rows: str, line: int, says: str
) -> None:
    path = study.project.interviews
    path.write_text(rows, encoding="utf-8")
    code, _, err = qualkit("status", "--project", study.project.root)
    assert code == 1
    assert line_of(err).startswith(f"qualkit: {path}:{line}: ")
    assert says in err
    new = study.project.root / "new.wav"
    new.write_bytes(b"RIFF")
    code, _, err = qualkit("add", new, "--project", study.project.root)
    assert code == 1
    assert path.read_text(encoding="utf-8") == rows
    assert not (study.project.recordings / "new.wav").exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [("--language", "zz99"), ("--site", "a\x1b[31m"), ("--site", "a\nb"), ("--site", "\udcff")],
)
def test_a_cell_that_could_not_be_read_again_is_not_written(
    study: Study, qualkit: Qualkit, tmp_path: Path, option: str, value: str
) -> None:
    new = tmp_path / "new.wav"
    new.write_bytes(b"RIFF")
    before = study.project.interviews.read_bytes()
    code, _, err = qualkit("add", new, option, value, "--project", study.project.root)
    assert code == 1
    line_of(err)
    assert study.project.interviews.read_bytes() == before
    assert not (study.project.recordings / "new.wav").exists()


def test_a_link_to_itself_is_passed_over(study: Study, qualkit: Qualkit) -> None:
    path = study.project.transcripts / "beta-02.json"
    path.unlink()
    path.symlink_to(path.name)
    for verb in ("status", "themes", "picture"):
        code, _, err = qualkit(verb, "--project", study.project.root)
        assert code in (0, 1), verb
        assert err.count("\n") <= 1, err


@pytest.mark.parametrize("junk", [b"", b"\0" * 100, b"[" * 100_000, b"[]", b'{"format": 1}', b"9" * 6000])
def test_junk_in_what_can_be_made_again_is_no_fault(study: Study, qualkit: Qualkit, junk: bytes) -> None:
    root = study.project.root
    assert qualkit("codebook", "show", "--project", root)[0] == 0
    segments = study.project.work / "segments"
    segments.mkdir()
    for path in (study.project.work / "codebook.json", segments / "alpha-01.json"):
        path.write_bytes(junk)
    assert qualkit("status", "--project", root)[0] == 0
    assert qualkit("codebook", "show", "--project", root)[0] == 0
    assert qualkit("search", "vesi", "--project", root)[0] == 0


@pytest.mark.parametrize(
    "line",
    [
        '{"op":"bookmark","at":"x","position":1}',
        '{"id":"a","at":"x"}',
        '{"id":"a","op":"add","at":7,"code":"water"}',
        '{"id":"a","op":"group","at":"x","steps":7}',
        '{"id":"a","op":"memo","at":"x","about":"project","text":"\\ud800"}',
        (
            '{"id":"a","op":"add","at":"x","code":"water","memo":7,"anchor":{"revision":1,"start":0,"end":1,'
            '"quote":"M"}}'
        ),
        (
            '{"id":"a","op":"add","at":"x","code":"water","anchor":{"revision":1,"start":0,"end":1,"quote":"M",'
            '"start_ms":"0"}}'
        ),
        (
            '{"id":"a","op":"add","at":"x","code":"water","anchor":{"revision":1,"start":0,"end":1,'
            '"quote":"\\udc00"}}'
        ),
        "[" * 50_000,
    ],
)
def test_nonsense_in_a_journal_is_told_with_its_line(study: Study, qualkit: Qualkit, line: str) -> None:
    path, root = study.project.codings / "anna" / "alpha-01.jsonl", study.project.root
    lines = path.read_bytes()
    path.write_bytes(lines + line.encode() + b"\n" + b"{}\n")
    number = lines.count(b"\n") + 1
    code, out, _ = qualkit("check", "--project", root)
    assert code == 1
    assert f"{path}:{number}: " in out
    code, out, err = qualkit("status", "--project", root)
    assert code == 1
    assert f"{path}:{number}: " in line_of(err)
    assert "beta-01" in out


@pytest.mark.parametrize(
    "fields",
    [
        {"score": float("nan")},
        {"score": 1e999},
        {"score": 7},
        {"start": 1e999},
        {"start": -1},
        {"code": None},
        {"id": "\ud800"},
        {"reasons": [["term", "x", float("inf")]]},
        {"reasons": [["term", None, 1]]},
        {"shown": "yes"},
    ],
    ids=str,
)
def test_nonsense_in_suggestions_is_told_with_its_line(
    study: Study, qualkit: Qualkit, fields: dict[str, object]
) -> None:
    (path,) = study.project.suggestions.glob("*/beta-01.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = json.dumps({**json.loads(lines[2]), **fields})
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, out, err = qualkit("status", "--project", study.project.root)
    assert code == 1
    assert f"{path}:3: this line is no suggestion. Run `qualkit suggest` again." in line_of(err)
    assert "alpha-01" in out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = " + "[" * 20_000, "nested too deep"),
        ("a = " + "9" * 6000, "too long"),
        ("a = \n", "qualkit.toml:1: this is not TOML"),
        ("format = 'qualkit-project/1'\ncodebook = '../x.yaml'\n", "qualkit.toml:2: codebook leads out"),
        ("format = 'qualkit-project/1'\ncodebook = '/etc/passwd'\n", "from the root of a disk"),
        ("format = 'qualkit-project/1'\n[sites]\n'../x' = 'X'\n", "qualkit.toml:3: ../x may hold letters"),
        ("\0" * 100, "this is not TOML"),
        ("", "format is 'None'"),
    ],
    ids=["deep", "number", "syntax", "escape", "absolute", "site", "nul", "empty"],
)
def test_a_configuration_that_is_nonsense(study: Study, qualkit: Qualkit, text: str, says: str) -> None:
    study.project.config.write_text(text, encoding="utf-8")
    for verb in ("status", "themes"):
        code, _, err = qualkit(verb, "--project", study.project.root)
        assert code == 1
        assert says in line_of(err)
    code, out, _ = qualkit("check", "--project", study.project.root)
    assert code == 1
    assert says in out
