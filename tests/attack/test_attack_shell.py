"""Streams, signals, names, pipes and terminals: what the shell around a command can do to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qualkit.files.project import init_project, load_project
from qualkit.weights.manifest import MANIFEST
from tests.attack.told import line_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.study import Study

    Qualkit = Callable[..., tuple[int, str, str]]

STUCK = """
import signal, time
from qualkit.cli.main import main
from qualkit.files import state

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background

def wait(*_, **__):
    print("at work", flush=True)
    time.sleep(600)

state.interview_states = wait
main()
"""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
@pytest.mark.parametrize("name", ["qualkit.toml", "interviews.csv", "transcripts/alpha-01.json", "codebook"])
def test_a_pipe_in_the_place_of_a_file_is_refused_at_once(study: Study, qualkit: Qualkit, name: str) -> None:
    path = study.project.codebook_path if name == "codebook" else study.project.root / name
    path.unlink()
    os.mkfifo(path)
    code, _, _ = qualkit("check", "--project", study.project.root)
    assert code in (1, 2)
    code, _, err = qualkit("code", "alpha-01", "water", "--at", "0:11", "--project", study.project.root)
    assert code in (1, 2)
    line_of(err)


def test_names_that_lead_nowhere(study: Study, qualkit: Qualkit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study.project.root)
    for name in ("typo", "x" * 300, "a\nb", "\x1b[31m", "\udcff"):
        code, out, err = qualkit("status", "--project", name)
        assert code == 2, name
        assert not out
        assert "there is no such folder" in line_of(err)
        assert "\x1b" not in err
    code, _, err = qualkit("status", "alpha-99")
    assert code == 2
    assert "There is no interview 'alpha-99'" in line_of(err)


def test_a_killed_add_leaves_nothing_for_long(tmp_path: Path, qualkit: Qualkit) -> None:
    project = load_project(init_project(tmp_path / "p").root)
    old, fresh = (project.recordings / f"a.wav.{n}-0a1b2c.part" for n in (17, 18))
    mine = project.recordings / "notes.part"
    for path in (old, fresh, mine):
        path.write_bytes(b"RIFF")
    for path in (old, mine):
        os.utime(path, (1, 1))
    new = tmp_path / "new.wav"
    new.write_bytes(b"RIFF")
    assert qualkit("add", new, "--project", project.root)[0] == 0
    assert {path.name for path in project.recordings.iterdir()} == {"new.wav", fresh.name, mine.name}


@pytest.mark.parametrize("arguments", [(), ("review",), ("review", "alpha-01")])
def test_the_desk_without_a_terminal_says_so(
    study: Study, qualkit: Qualkit, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(study.project.root)
    monkeypatch.setenv("TERM", "dumb")
    code, out, err = qualkit(*arguments)
    assert (code, out) == (2, "")
    assert "--plain" in line_of(err)


def test_the_desk_on_an_interview_that_is_not_there(study: Study, qualkit: Qualkit) -> None:
    for option in ((), ("--plain",)):
        code, _, err = qualkit("review", "alpha-99", *option, "--project", study.project.root)
        assert code == 2
        assert "alpha-99" in line_of(err)


def shell(root: Path, line: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A line of shell with the command as ``$Q``, in the project's folder."""
    return subprocess.run(
        ["sh", "-c", line],
        cwd=root,
        env={**os.environ, "Q": f"{sys.executable} -m qualkit", **environment},
        capture_output=True,
        check=False,
    )


posix = pytest.mark.skipif(os.name != "posix", reason="written for a POSIX shell")


@posix
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_of_another_character_set(study: Study, encoding: str) -> None:
    root = study.project.root
    made = shell(root, "$Q codebook show && $Q search vesi && $Q status", PYTHONIOENCODING=encoding)
    assert made.returncode == 0, made.stderr
    assert b"fault" not in made.stderr
    made = shell(root, "$Q codebook show --json", PYTHONIOENCODING=encoding)
    assert json.loads(made.stdout.decode(encoding))[2]["name"]["fi"] == "Höyry"
    made = shell(root, "$Q status --json --project /nowhere/höyry", PYTHONIOENCODING=encoding)
    assert made.returncode == 2
    assert "höyry" in json.loads(made.stdout.decode(encoding))["error"]


@posix
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("($Q codebook show; echo $? >code) | true", 0),
        ("($Q --help; echo $? >code) | true", 0),
        ("$Q status >&-; echo $? >code", 0),
        ("$Q status --json 2>&-; echo $? >code", 0),
        ("$Q status nothing >&- 2>&-; echo $? >code", 2),
        ("$Q status <&- >&- 2>&-; echo $? >code", 0),
    ],
)
def test_streams_that_are_closed(study: Study, line: str, code: int) -> None:
    root = study.project.root
    made = shell(root, line)
    assert b"Traceback" not in made.stderr
    assert (root / "code").read_text(encoding="utf-8").strip() == str(code)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_output_to_a_full_disk(study: Study) -> None:
    made = shell(study.project.root, "$Q status >/dev/full")
    assert made.returncode == 1
    assert line_of(made.stderr.decode()).startswith("qualkit: ")
    assert shell(study.project.root, "$Q nothing 2>/dev/full").returncode == 2


def test_models_that_are_cut_short_or_junk_are_named(
    qualkit: Qualkit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / MANIFEST).write_text("{", encoding="utf-8")
    (tmp_path / "bare").mkdir()
    (tmp_path / "a file").write_text("no model", encoding="utf-8")
    monkeypatch.setenv("QUALKIT_MODELS", str(tmp_path))
    code, out, _ = qualkit("models", "verify")
    assert code == 1
    assert {Path(row.split(": ")[0]).relative_to(tmp_path).parts[0] for row in out.splitlines()} == {
        "junk",
        "bare",
    }
    code, out, _ = qualkit("models", "list", "--json")
    assert code == 0
    assert json.loads(out)["installed"] == []


@posix
def test_control_c_ends_with_one_line_and_130(study: Study) -> None:
    waiting = subprocess.Popen(
        [sys.executable, "-c", STUCK, "status", "--project", str(study.project.root)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert waiting.stdout is not None
    assert waiting.stdout.readline().strip() == b"at work"
    waiting.send_signal(signal.SIGINT)
    _, err = waiting.communicate()
    assert waiting.returncode == 130
    assert err.decode().split("\n")[-2] == "qualkit: interrupted; what was finished is kept."
    assert b"Traceback" not in err
