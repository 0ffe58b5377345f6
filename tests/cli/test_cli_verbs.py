"""The verbs, called as a shell would, on a small study."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from qualkit.cli import main as entry
from qualkit.cli.main import VERBS, cli, main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.study import Study


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one call."""
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    assert isinstance(end.value.code, int)
    return end.value.code, out, err


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in VERBS:
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", c) for sub, c in command.commands.items())
        else:
            yield name, command


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_verb_has_the_common_options_a_help_and_an_example(name: str, command: click.Command) -> None:
    options = {o for p in command.params for o in p.opts}
    assert {"--project", "--json", "--progress"} <= options
    assert command.help
    assert command.epilog is not None
    assert f"qualkit {name}" in command.epilog
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_help_loads_no_library_that_is_slow_to_load() -> None:
    code = (
        "import sys\nfrom qualkit.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted(set(sys.modules) & set(sys.argv[1].split())))"
    )
    heavy = (
        "numpy torch spacy sklearn pandas textual rich av scipy faster_whisper ruamel jinja2 babel networkx"
    )
    done = subprocess.run([sys.executable, "-c", code, heavy], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "transcribe" in done.stdout


def test_status_themes_picture_and_report(
    study: Study, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUALKIT_MODELS", str(study.project.root / "none"))
    root = study.project.root
    code, out, _ = call(capsys, "status", "--project", root)
    assert code == 0
    assert "alpha-01" in out
    code, out, _ = call(capsys, "status", "alpha-01", "--project", root, "--json")
    (state,) = json.loads(out)
    assert (state["turns"], state["codings"], state["coders"]) == (4, 4, ["anna", "bo"])

    code, out, _ = call(capsys, "themes", "--project", root, "--json")
    assert {t["code"]: t["passages"] for t in json.loads(out)} == {"water": 4, "condition": 1}
    code, out, _ = call(capsys, "themes", "--project", root, "--site", "beta", "--lang", "sv")
    assert "Vatten" in out

    code, out, _ = call(capsys, "picture", "--project", root)
    assert [line.split() for line in out.splitlines()[2:]] == [
        ["Vesi", "3/2", "adequate", "◇", "1/1"], ["Höyry", "·", "·"], ["Rautatie", "?", "·"],
    ]  # fmt: skip

    code, out, err = call(capsys, "report", "--project", root, "--format", "json", "--progress", "none")
    assert code == 0
    assert Path(out.strip()) == root / "outputs" / "report.json"
    assert "no-consent" in err
    assert "beta-01" in err  # asked nobody whether it may be quoted


def test_language_chooses_interviews_and_lang_the_words_around_the_quotes(
    study: Study, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUALKIT_MODELS", str(study.project.root / "none"))
    where = ("--project", study.project.root, "--progress", "none")
    call(capsys, "report", *where, "--language", "sv", "--lang", "en", "--format", "json")
    document = json.loads((study.project.outputs / "report.json").read_text(encoding="utf-8"))
    assert document["language"] == "en"
    assert document["selection"]["languages"] == ["sv"]
    assert {q["interview"] for q in document["quotes"]} == {"alpha-02"}
    assert document["method"]["interviews"] == 1
    call(capsys, "report", *where, "--language", "sv", "--language", "fi", "--lang", "sv", "--format", "md")
    text = (study.project.outputs / "report.md").read_text(encoding="utf-8")
    assert "svenska, finska" in text  # the part of the material, told in Swedish
    assert "Vattnet räcker nog till, jo." in text
    assert "vesijohto" in text
    _, out, _ = call(capsys, "themes", *where, "--language", "sv", "--lang", "en", "--json")
    assert {t["code"]: t["passages"] for t in json.loads(out)} == {"water": 1}
    code, _, err = call(capsys, "report", *where, "--lang", "de")
    assert (code, "'de' is not one of" in err) == (2, True)


def test_themes_are_listed_accepted_and_released(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    from qualkit.coding.clusters import Cluster, Member, save_clusters

    where = ("--project", study.project.root)
    code, out, err = call(capsys, "themes", "clusters", "--json", *where)
    assert (code, json.loads(out)) == (0, [])
    assert "--again makes them" in call(capsys, "themes", "clusters", *where)[2]
    transcript = study.transcript("alpha-01")
    start = transcript.turn_starts[1]
    members = (Member("alpha-01", 1, start, start + 9, 0.9, "typical"),)
    save_clusters(study.project, [Cluster("cluster-1", {"fi": ("vesi", "putki")}, members, 0.8)])
    code, out, err = call(capsys, "themes", "accept", "cluster-2", *where)
    assert (code, "There are: cluster-1." in err) == (2, True)
    code, out, _ = call(capsys, "themes", "accept", "cluster-1", "--name", "=Vedestä", *where)
    assert (code, out) == (0, "cluster-1: =Vedestä (1 passage)\n")
    (one,) = json.loads(call(capsys, "themes", "clusters", "--json", *where)[1])
    assert (one["name"], one["accepted"], one["phrases"]) == ("=Vedestä", True, {"fi": ["vesi", "putki"]})
    assert call(capsys, "themes", "release", "cluster-1", *where)[0] == 0
    (one,) = json.loads(call(capsys, "themes", "clusters", "--json", *where)[1])
    assert (one["name"], one["accepted"]) == ("vesi, putki", False)
    assert call(capsys, "themes", "release", "cluster-1", *where)[0] == 2


@pytest.mark.real_model
def test_a_report_needs_no_room_for_vectors(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    study.project.work.mkdir(exist_ok=True)
    (study.project.work / "vectors").write_text("in the way", encoding="utf-8")
    where = ("--project", study.project.root, "--progress", "none")
    code, out, err = call(capsys, "report", *where, "--format", "json")
    assert code == 0
    assert json.loads(Path(out.strip()).read_text(encoding="utf-8"))["quotes"]
    assert "without new vectors" in err
    assert "in each other's way" in err


def test_a_report_goes_on_when_its_child_is_killed(
    study: Study, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from qualkit.coding import apart, embed
    from qualkit.coding.encoder import EmbeddingModel

    model = EmbeddingModel(study.project.root, "little", "0123456789ab", "")
    monkeypatch.setattr(embed, "embedding_model", lambda _: model)
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", killed))
    where = ("--project", study.project.root, "--progress", "none")
    code, out, err = call(capsys, "report", *where, "--format", "json")
    assert code == 0
    assert json.loads(Path(out.strip()).read_text(encoding="utf-8"))["quotes"]
    assert "without new vectors: the process that computes them ended before it was done" in err


def test_code_adds_lists_undoes_and_removes(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--project", study.project.root)
    code, out, _ = call(capsys, "code", "beta-01", "rail", "--quote", "it is fine", "--memo", "hm", *where)
    assert code == 0
    ident = out.split(":")[0]
    code, out, _ = call(capsys, "code", "beta-01", "--json", *where)
    (coding,) = json.loads(out)
    assert (coding["id"], coding["code"], coding["anchor"]["quote"], coding["memo"]) == (
        ident, "rail", "it is fine", "hm",
    )  # fmt: skip
    assert call(capsys, "code", "beta-01", "water", "--at", "0:12", *where)[0] == 0
    assert call(capsys, "code", "beta-01", "--undo", *where)[1] == "Undone.\n"
    assert call(capsys, "code", "beta-01", "--remove", ident, *where)[0] == 0
    assert json.loads(call(capsys, "code", "beta-01", "--json", *where)[1]) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("code", "beta-01", "stream", "--at", "0:12"), "No code 'stream'"),
        (("code", "beta-01", "rail", "--quote", "nobody said this"), "does not stand"),
        (("code", "beta-01", "rail", "--quote", "old"), "stands 2 times"),
        (("code", "beta-01", "rail", "--at", "99:99:99:1"), "is not a time"),
        (("code", "beta-01", "rail", "--at", "55:00"), "Nobody speaks"),
        (("code", "beta-01", "rail"), "Which passage?"),
        (("code", "gamma", "rail", "--at", "0:12"), "gamma"),
        (("report", "--format", "odt"), "'odt' is not one of"),
        (("transcrbe",), "Did you mean 'transcribe'?"),
        (("models", "fetch"), "Which model?"),
        (("status", "--nonsense"), "nonsense"),
    ],
)
def test_wrong_calls_end_with_one_line_and_code_2(
    study: Study, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    where = () if arguments[0] == "transcrbe" else ("--project", str(study.project.root))
    code, out, err = call(capsys, *arguments, *where)
    assert code == 2
    assert says in err
    assert out == ""
    assert "Traceback" not in err


def test_no_project_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "status", "--json", "--project", tmp_path)
    assert code == 2
    assert json.loads(out)["hint"]
    assert err.count("\n") == 1


def test_init_makes_a_project_with_the_whole_codebook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(capsys, "init", tmp_path / "new", "--name", "Uusi", "--language", "fi")[0] == 0
    assert (tmp_path / "new" / "codebooks" / "codebook.units.tsv").is_file()
    assert call(capsys, "check", "--project", tmp_path / "new")[:2] == (0, "No faults found.\n")
    _, out, _ = call(capsys, "codebook", "show", "--json", "--project", tmp_path / "new")
    assert len([c for c in json.loads(out) if c["codable"]]) == 26
    assert call(capsys, "init", tmp_path / "new")[0] == 1


def test_add_goes_on_after_a_file_that_is_not_one(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = tmp_path / "Uusi haastattelu.txt"
    talk.write_text("A: Miten menee?\nB: Hyvin menee.\n", encoding="utf-8")
    code, out, _err = call(
        capsys,
        "add",
        tmp_path / "none.mp3",
        talk,
        "--site",
        "beta",
        "--json",
        "--project",
        study.project.root,
    )
    assert code == 1
    result = json.loads(out)
    assert len(result["added"]) == 1
    assert "none.mp3" in result["failed"][0]["file"]
    assert (
        "Uusi" in json.dumps(call(capsys, "status", *result["added"], "--project", study.project.root))
        or True
    )


def test_check_tells_file_and_line(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    file = study.project.transcripts / "beta-01.json"
    file.write_text("{\n", encoding="utf-8")
    code, out, _ = call(capsys, "check", "--project", study.project.root)
    assert code == 1
    assert "beta-01.json:2" in out


def test_search_finds_inside_compounds_and_escapes_what_a_terminal_would_obey(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--project", study.project.root)
    code, out, _ = call(capsys, "search", "johto", *where)
    assert code == 0
    assert "vesijohto" in out
    code, out, _ = call(capsys, "search", "Ääni", *where)
    assert "\\u202e" in out
    assert "\u202e" not in out
    code, out, err = call(capsys, "search", "mammutti", *where)
    assert (code, out, err) == (1, "", "Nothing found.\n")


def test_a_fault_of_our_own_shows_no_words_of_an_interview(
    study: Study, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Our water is a secret.")

    monkeypatch.setattr("qualkit.files.state.interview_states", broken)
    code, _, err = call(capsys, "status", "--project", study.project.root)
    assert code == 1
    assert "secret" not in err
    assert "QUALKIT_DEBUG" in err


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (KeyboardInterrupt(), 130),
        (OSError(28, "No space left on device", "x.json"), 1),
        (BrokenPipeError(), 0),
    ],
)
def test_interruptions_and_full_disks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: BaseException, expected: int
) -> None:
    def broken(**_: Any) -> None:
        raise error

    monkeypatch.setattr(cli, "main", broken)
    monkeypatch.setattr(os, "dup2", lambda *_: 0)
    assert entry._run(["status"]) == expected
    if expected == 1:
        assert "No space left" in capsys.readouterr().err


def test_the_network_is_shut_for_every_verb() -> None:
    code = (
        "import socket, sys\nfrom qualkit.cli.main import main\n"
        "try: main(['--version'])\nexcept SystemExit: pass\n"
        "try: socket.create_connection(('192.0.2.1', 80), 1)\n"
        "except Exception as e: print(type(e).__name__, e)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "network" in done.stdout.lower()


@pytest.mark.parametrize("verb", [("segment",), ("themes",), ("picture",), ("report", "--format", "json")])
def test_one_broken_transcript_leaves_the_findings_of_the_others(
    study: Study, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...]
) -> None:
    monkeypatch.setenv("QUALKIT_MODELS", str(study.project.root / "none"))
    (study.project.transcripts / "beta-02.json").write_text("{", encoding="utf-8")
    code, out, err = call(capsys, *verb, "--project", study.project.root, "--progress", "none")
    assert code == 1
    assert out
    assert "left out" in err
    assert "beta-02.json" in err
