"""``qualkit add`` with transcripts, and ``qualkit export transcript``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qualkit.cli import main as entry
from qualkit.files.interviews import read_interviews
from qualkit.files.project import Project, init_project
from qualkit.files.transcript import load_transcript, transcript_ids


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return init_project(tmp_path / "p", "Koe", ("fi", "sv"))


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = entry._run([str(a) for a in arguments])
    return (code, *capsys.readouterr())


def test_add_tells_what_was_ambiguous_and_goes_on_past_bad_files(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hyvä.txt").write_bytes("H: Mitä?\nV: Ääni.\n".encode("cp1252"))
    (tmp_path / "teams.vtt").write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>Moi</v>\n", encoding="utf-8"
    )
    (tmp_path / "rikki.srt").write_text("1\n00:00:01,000 --> x\nMoi\n", encoding="utf-8")
    files = [tmp_path / name for name in ("hyvä.txt", "rikki.srt", "poissa.docx", "teams.vtt")]
    code, out, err = call(capsys, "add", *files, "--site", "kilpi", "--project", project.root)
    assert code == 1
    assert out.splitlines() == [
        "hyva: added, a transcript", "teams: added, a transcript", "Next: qualkit suggest",
    ]  # fmt: skip
    assert "read as cp1252" in err
    assert "rikki.srt:2" in err
    assert "poissa.docx: there is no such file" in err
    assert load_transcript(project, "hyva").turns[1].text == "Ääni."
    assert [row.site for row in read_interviews(project)] == ["kilpi", "kilpi"]
    code, out, _ = call(capsys, "add", files[0], "--json", "--project", project.root)
    assert code == 0
    answer = json.loads(out)
    assert answer["added"] == []
    assert any(note["interview"] == "hyva" and "no times" in note["note"] for note in answer["notes"])


def test_add_with_a_named_character_set(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_bytes("H: Älä.\n".encode("cp437"))
    assert call(capsys, "add", tmp_path / "a.txt", "--encoding", "cp437", "--project", project.root)[0] == 0
    assert load_transcript(project, "a").turns[0].text == "Älä."
    code, _, err = call(capsys, "add", tmp_path / "a.txt", "--encoding", "x", "--project", project.root)
    assert (code, "No character set" in err) == (1, True)


def test_out_and_in_again(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.vtt").write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>Öö, moi &lt;b&gt;</v>\n\n"
        "00:02.500 --> 00:04.000\n<v Bo>Hei\n",
        encoding="utf-8",
    )
    assert call(capsys, "add", tmp_path / "a.vtt", "--project", project.root)[0] == 0
    formats = [x for kind in ("vtt", "srt", "txt", "docx", "json") for x in ("--to", kind)]
    where = ("--style", "plain", "--out", tmp_path / "out", "--project", project.root)
    code, out, err = call(capsys, "export", "transcript", "a", *formats, *where)
    assert code == 0
    assert len(out.splitlines()) == 5
    assert "No consent" in err
    other = init_project(tmp_path / "q", "Toinen", ("fi",))
    assert call(capsys, "add", *sorted((tmp_path / "out").iterdir()), "--project", other.root)[0] == 0
    ids = transcript_ids(other)
    assert len(ids) == 2  # with times in milliseconds, and in seconds
    for name in ids:
        assert [t.text for t in load_transcript(other, name).turns] == ["Öö, moi <b>", "Hei"]
    code, out, _ = call(
        capsys, "export", "transcript", "--to", "txt", "--clean", "--json", "--project", project.root
    )
    (file,) = json.loads(out)["files"]
    assert "Anna: Moi" in Path(file).read_text(encoding="utf-8")
    assert load_transcript(project, "a").turns[0].text == "Öö, moi <b>"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("zz",), "no transcript of 'zz'"),
        ((), "no transcripts yet"),
        (("--to", "odt"), "'odt' is not one of"),
        (("--filler", "niinku"), "--filler goes with --clean"),
        (("--out", "."), "project"),
    ],
)
def test_wrong_calls(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...], says: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(project.root)
    code, out, err = call(capsys, "export", "transcript", *arguments)
    assert (code, out) == (2, "")
    assert says in err


def test_add_finds_out_the_language_of_a_transcript_and_of_answers_in_another(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text(
        "Haastattelija: Miten vesi tulee tänne teidän tehtaalle nykyään?\n"
        "Bo: Jo, vattnet kommer nog från ån som alltid och det räcker.\n"
        "Haastattelija: Ja entä se höyry, mistä se oikein tulee?\n"
        "Haastattelija: Onko siinä putkessa ollut mitään vikaa sen jälkeen?\n",
        encoding="utf-8",
    )
    (tmp_path / "b.txt").write_text(
        "I: Hur är det med vattnet här på fabriken?\nB: Det är bra.\n", encoding="utf-8"
    )
    files = [tmp_path / "a.txt", tmp_path / "b.txt"]
    assert call(capsys, "add", *files, "--project", project.root)[0] == 0
    mixed = load_transcript(project, "a")
    assert (mixed.language, [t.language for t in mixed.turns]) == ("fi", ["", "sv", "", ""])
    assert load_transcript(project, "b").language == "sv"
    assert [row.language for row in read_interviews(project)] == ["fi", "sv"]
    code, out, _ = call(capsys, "add", *files, "--language", "sv", "--project", project.root)
    assert (code, out.count("was here already")) == (0, 2)
