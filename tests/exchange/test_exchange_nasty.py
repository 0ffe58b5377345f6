"""Archives with faults: each is refused, or tells what it lost, and never leaves half a project."""

from __future__ import annotations

import json
import shutil
import wave
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qualkit.cli.main import main
from qualkit.errors import BadFile
from qualkit.exchange.foreign import read_kept
from qualkit.exchange.landing import land
from qualkit.exchange.refi_read import read_qdc, read_refi
from qualkit.exchange.refi_write import Options, export_refi
from qualkit.files.codebook import load_codebook
from qualkit.files.interviews import read_interviews
from qualkit.files.journal import read_codings
from qualkit.files.project import load_project
from qualkit.files.transcript import load_transcript

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.study import Study

SHARED = Path(__file__).parents[2].parent / "shared" / "refi"
G = [f"00000000-0000-4000-8000-{n:012}" for n in range(20)]
TEXT = "A: Höyrylinja 💧 vuotaa.\nB: Portti on auki."
CODES = f'<CodeBook><Codes><Code guid="{G[1]}" name="Vesi" isCodable="true"/></Codes></CodeBook>'


def selection(start: object, end: object, name: str = "", code: str = G[1], n: int = 10) -> str:
    coding = f'<Coding guid="{G[n + 1]}"><CodeRef targetGUID="{code}"/></Coding>'
    place = f'startPosition="{start}" endPosition="{end}"'
    return f'<PlainTextSelection guid="{G[n]}" name="{name}" {place}>{coding}</PlainTextSelection>'


def source(inner: str, path: str = f"internal://{G[2]}.txt") -> str:
    text = f'<TextSource guid="{G[2]}" name="haastattelu" plainTextPath="{path}">{inner}</TextSource>'
    return f"<Sources>{text}</Sources>"


def archive(path: Path, inner: str, members: Mapping[str, bytes] | None = None) -> Path:
    document = f'<Project xmlns="urn:QDA-XML:project:1.0" name="x">{inner}</Project>'
    files = {f"Sources/{G[2].upper()}.TXT": TEXT.encode()} if members is None else members
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("project.qde", document)
        for name, data in files.items():
            file.writestr(name, data)
    return path


def losses(path: Path, to: Path) -> dict[str, tuple[int, int]]:
    landed = land(read_refi(path), to)
    return {loss.kind: (loss.read, loss.dropped) for loss in landed.losses}


@pytest.mark.parametrize(
    ("inner", "lost"),
    [
        (selection(3, 9999), {"selections": (1, 1), "codings": (1, 1)}),
        (selection(-4, 5), {"selections": (1, 1), "codings": (1, 1)}),
        (selection(9, 3), {"selections": (1, 1), "codings": (1, 1)}),
        (selection("x", "1e9"), {"selections": (1, 1), "codings": (1, 1)}),
        (selection(3, 13, code=G[9]), {"selections": (1, 0), "codings": (1, 1)}),
        (selection(3, 13, code="no guid"), {"selections": (1, 0), "codings": (1, 1)}),
        (selection(3, 13), {"selections": (1, 0), "codings": (1, 0)}),
    ],
)
def test_what_points_nowhere_is_told(tmp_path: Path, inner: str, lost: dict[str, Any]) -> None:
    found = losses(archive(tmp_path / "x.qdpx", CODES + source(inner)), tmp_path / "p")
    assert {kind: found[kind] for kind in lost} == lost
    assert len(read_codings(load_project(tmp_path / "p"))) == lost["codings"][0] - lost["codings"][1]


@pytest.mark.parametrize(
    "path",
    [
        f"internal://{G[3]}.txt",
        "internal://../../etc/hostname",
        "relative:///x.txt",
        "absolute:////etc/hostname",
        "",
    ],
)
def test_a_source_that_is_not_in_the_archive_is_told(tmp_path: Path, path: str) -> None:
    found = losses(archive(tmp_path / "x.qdpx", CODES + source(selection(3, 13), path)), tmp_path / "p")
    assert found["source file"] == (1, 1)
    assert not list((tmp_path / "p" / "transcripts").iterdir())


def test_what_a_project_has_no_place_for_is_kept_and_told(tmp_path: Path) -> None:
    inner = (
        f'<Links><Link guid="{G[4]}" originGUID="{G[1]}" targetGUID="{G[2]}"/></Links>'
        f'<Sets><Set guid="{G[5]}" name="s"><MemberCode targetGUID="{G[1]}"/></Set></Sets>'
        f'<Graphs><Graph guid="{G[6]}"><Vertex guid="{G[7]}" firstX="1" firstY="1"/></Graph></Graphs>'
    )
    found = losses(archive(tmp_path / "x.qdpx", CODES + source(selection(3, 13)) + inner), tmp_path / "p")
    assert [found[kind] for kind in ("links", "sets", "graphs")] == [(1, 0)] * 3
    assert len(read_kept(load_project(tmp_path / "p"))) == 3


def test_guids_in_any_spelling_are_the_same(tmp_path: Path) -> None:
    text = (CODES + source(selection(3, 13))).replace(
        f'targetGUID="{G[1]}"', f'targetGUID="{{{G[1].upper()}}}"'
    )
    assert losses(archive(tmp_path / "x.qdpx", text), tmp_path / "p")["codings"] == (1, 0)


@pytest.mark.parametrize(
    "inner",
    [
        CODES.replace(G[1], "wrong"),
        CODES.replace("</Codes>", f'<Code guid="{G[1].upper()}" name="twice"/></Codes>'),
        "<Sources>" + "<a>" * 150 + "</a>" * 150 + "</Sources>",
        "<Sources>&nbsp;</Sources>",
        "<Sources>\x0b</Sources>",
    ],
)
def test_a_document_that_cannot_be_trusted_is_refused(tmp_path: Path, inner: str) -> None:
    with pytest.raises(BadFile):
        read_refi(archive(tmp_path / "x.qdpx", inner))


@pytest.mark.parametrize("shape", ["cut", "crc", "twice", "encrypted", "link", "empty", "folder"])
def test_an_archive_that_cannot_be_trusted_is_refused(tmp_path: Path, shape: str) -> None:
    path = archive(tmp_path / "x.qdpx", CODES + source(selection(3, 13)))
    data = bytearray(path.read_bytes())
    if shape == "cut":
        data = data[: len(data) // 2]
    elif shape == "crc":
        at = data.index(b"project.qde") + 40
        data[at] ^= 0xFF
    elif shape == "empty":
        data = bytearray()
    path.write_bytes(bytes(data))
    if shape in ("twice", "link"):
        with zipfile.ZipFile(path, "a") as file:
            info = zipfile.ZipInfo("PROJECT.QDE" if shape == "twice" else "sources/link.txt")
            info.external_attr = 0o120777 << 16 if shape == "link" else 0
            file.writestr(info, "/etc/hostname")
    elif shape == "encrypted":
        raw = path.read_bytes()
        for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = raw.index(sign) + offset
            raw = raw[:at] + bytes([raw[at] | 1]) + raw[at + 1 :]
        path.write_bytes(raw)
    elif shape == "folder":
        path.unlink()
        path.mkdir()
    with pytest.raises(BadFile):
        read_refi(path)


@pytest.mark.skipif(not SHARED.exists(), reason="no sample archives here")
def test_the_shared_archives() -> None:
    with pytest.raises(BadFile):
        read_refi(SHARED / "hostile_xxe.qdpx")
    for name in ("codebook_0_4_atlas.qdc", "codebook_1_0.qdc", "codebook_braced_guids.qdc"):
        assert read_qdc(SHARED / name).codes


def tone(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\0\1" * 4000)


@pytest.mark.parametrize("flavour", ["", "nvivo", "maxqda", "atlas", "qualcoder"])
def test_recordings_and_times_go_out_and_come_back(study: Study, tmp_path: Path, flavour: str) -> None:
    project = study.project
    tone(project.recordings / "alpha-01.wav")
    data = (project.recordings / "alpha-01.wav").read_bytes()
    target = tmp_path / "out.qdpx"
    for _ in export_refi(project, target, Options(flavour, audio=True)):
        pass
    back = load_project(land(read_refi(target), tmp_path / "back").root)
    assert (back.recordings / "alpha-01.wav").read_bytes() == data
    times = [(t.start_ms, t.end_ms) for t in load_transcript(project, "alpha-01").turns]
    assert [(t.start_ms, t.end_ms) for t in load_transcript(back, "alpha-01").turns] == times


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    assert isinstance(end.value.code, int)
    return end.value.code, *capsys.readouterr()


def test_the_verbs(study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, target = study.project.root, tmp_path / "out.qdpx"
    code, out, _ = call(capsys, "export", "refi", target, "--for", "maxqda", "--project", root, "--json")
    answer = json.loads(out)
    assert (code, answer["counts"]["codings"]) == (0, 6)
    code, out, _ = call(capsys, "import", target, "--to", tmp_path / "new", "--json")
    answer = json.loads(out)
    assert (code, answer["convention"]["unit"], answer["took"]) == (0, "codepoint", None)
    assert {"code", "quote", "recovered"} <= answer["quotes"][0].keys()
    assert len(answer["quotes"]) == 6
    shutil.rmtree(root / "codings" / "bo")
    code, out, _ = call(capsys, "import", target, "--to", root, "--json")
    assert (code, json.loads(out)["took"]) == (0, {"codings": 2})
    assert "New in the project: nothing." in call(capsys, "import", target, "--to", root)[1]
    assert len(read_interviews(load_project(tmp_path / "new"))) == 4
    code, out, _ = call(capsys, "export", "codebook", tmp_path / "c.qdc", "--project", root)
    assert code == 0
    assert call(capsys, "import", tmp_path / "c.qdc", "--to", tmp_path / "codes")[0] == 0
    assert len(load_codebook(load_project(tmp_path / "codes")).codes) == 6
    hostile = archive(tmp_path / "hostile.qdpx", CODES, {"../x": b""})
    code, _, err = call(capsys, "import", hostile, "--to", root)
    assert (code, err.count("\n")) == (1, 1)
    assert not (tmp_path / "x").exists()


def test_what_is_lost_is_told_one_by_one(tmp_path: Path) -> None:
    inner = "".join(selection(n, 9999 + n) for n in range(12)) + selection(3, 13).replace(G[1], G[8])
    incoming = read_refi(archive(tmp_path / "x.qdpx", CODES + source(inner)))
    notes = {loss.kind: loss.note for loss in incoming.losses}
    assert "0–9999 is no passage of the text" in notes["selections"]
    assert notes["selections"].endswith("and 2 more")
    assert "no code" in notes["codings"] or notes["codings"].endswith("more")
