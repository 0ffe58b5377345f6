"""Bringing a model on a stick: what is recognised, what is refused, and what never leaves its folder."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from qualkit.errors import BadFile, QualkitError, UsageError
from qualkit.weights import store
from qualkit.weights.manifest import MANIFEST, read_manifest

MakeFolder = Callable[..., Path]


def pack(folder: Path, name: str = "model.tar", mode: str = "w") -> Path:
    path = folder.with_name(name)
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        archive.add(folder, folder.name)
    return path


def test_a_whisper_folder_comes_in(cache: Path, whisper_folder: MakeFolder) -> None:
    folder = store.import_model(whisper_folder())
    assert folder == cache / "tiny-fi" == store.model_path("tiny-fi")
    (model,) = store.installed()
    assert (model.kind, model.licence, model.source) == (
        "faster-whisper",
        "apache-2.0",
        "imported from tiny-fi",
    )
    assert store.verify("tiny-fi") == []


@pytest.mark.parametrize(
    ("name", "mode"), [("m.tar", "w"), ("m.tar.gz", "w:gz"), ("m.tgz", "w:gz"), ("m.tar.xz", "w:xz")]
)
def test_a_tar_archive_comes_in(cache: Path, whisper_folder: MakeFolder, name: str, mode: str) -> None:
    folder = store.import_model(pack(whisper_folder(), name, mode))
    assert folder == cache / "m"
    assert store.verify("m") == []


def test_a_name_can_be_given(cache: Path, whisper_folder: MakeFolder) -> None:
    assert store.import_model(whisper_folder(), "KBLab/kb-whisper-tiny") == cache / "KBLab--kb-whisper-tiny"
    assert store.model_path("KBLab/kb-whisper-tiny").is_dir()


def test_the_same_model_twice_is_no_fault_and_another_one_is(cache: Path, whisper_folder: MakeFolder) -> None:
    folder = whisper_folder()
    assert store.import_model(folder) == store.import_model(folder)
    (folder / "tokenizer.json").write_text('{"other": 1}')
    with pytest.raises(UsageError, match=r"Another model .* tiny-fi.*--name"):
        store.import_model(folder)
    assert store.import_model(folder, "tiny-fi-2") == cache / "tiny-fi-2"


def test_a_model_that_comes_with_a_manifest_keeps_its_origin(
    cache: Path, whisper_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = store.import_model(whisper_folder(), "ours")
    monkeypatch.setenv("QUALKIT_MODELS", str(tmp_path / "elsewhere"))
    second = store.import_model(first)
    assert second.name == "ours"
    assert store.model_hash(first) == store.model_hash(second)
    assert read_manifest(first) == read_manifest(second)


def test_a_model_that_was_damaged_on_the_way_is_refused(
    cache: Path, whisper_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = store.import_model(whisper_folder(), "ours")
    (first / "vocabulary.json").write_text("[1]")
    monkeypatch.setenv("QUALKIT_MODELS", str(tmp_path / "elsewhere"))
    with pytest.raises(BadFile, match=r"vocabulary\.json is not the file that was fetched"):
        store.import_model(first)
    assert store.installed() == ()


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        ("tokenizer.json", "lacks tokenizer.json"),
        ("config.json", "lacks config.json"),
        ("vocabulary.json", "lacks vocabulary.json or vocabulary.txt"),
        ("model.bin", "holds no model that is known here"),
    ],
)
def test_a_whisper_folder_that_lacks_a_file(
    cache: Path, whisper_folder: MakeFolder, lacking: str, told: str
) -> None:
    with pytest.raises(BadFile, match=told):
        store.import_model(whisper_folder(without=(lacking,)))
    assert store.installed() == ()


def test_large_v3_needs_the_file_that_says_how_it_hears(cache: Path, whisper_folder: MakeFolder) -> None:
    folder = whisper_folder(mels=128)
    with pytest.raises(BadFile, match=r"128 bands.*preprocessor_config\.json"):
        store.import_model(folder)
    (folder / "preprocessor_config.json").write_text('{"feature_size": 128}')
    store.import_model(folder)


def test_whisper_for_transformers_is_refused_with_the_command_that_converts_it(
    cache: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "whisper finnish"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "whisper"}')
    (folder / "model.safetensors").write_bytes(b"")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "preprocessor_config.json").write_text("{}")
    with pytest.raises(BadFile) as error:
        store.import_model(folder, "finnish")
    assert (
        f"ct2-transformers-converter --model '{folder}' --output_dir 'whisper finnish-ct2'"
        " --copy_files tokenizer.json preprocessor_config.json --quantization float16`"
    ) in str(error.value)
    assert "`qualkit models import 'whisper finnish-ct2'`" in str(error.value)


def test_another_network_for_ctranslate2_is_refused(
    cache: Path, whisper_folder: MakeFolder, ct2: Callable[..., bytes]
) -> None:
    folder = whisper_folder()
    (folder / "model.bin").write_bytes(ct2({}, spec="TransformerSpec"))
    with pytest.raises(BadFile, match="TransformerSpec, not Whisper"):
        store.import_model(folder)
    (folder / "model.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(BadFile, match="is not a CTranslate2 model"):
        store.import_model(folder)


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    """A sentence-transformers folder, as far as names go."""
    folder = tmp_path / "vectors"
    (folder / "1_Pooling").mkdir(parents=True)
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "1_Pooling" / "config.json").write_text("{}")
    return folder


def test_a_sentence_transformers_folder_comes_in(cache: Path, sentences: Path) -> None:
    store.import_model(sentences)
    (model,) = store.installed()
    assert (model.kind, model.licence) == ("sentence-transformers", "not stated")


@pytest.mark.parametrize("lacking", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_sentence_transformers_folder_that_lacks_a_file(cache: Path, sentences: Path, lacking: str) -> None:
    (sentences / lacking).unlink()
    with pytest.raises(BadFile, match=f"lacks {lacking}"):
        store.import_model(sentences)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("modules.json", '[{"path": "", "type": "custom_model.Evil"}]'),
        ("config.json", '{"model_type": "bert", "auto_map": {"AutoModel": "evil.Evil"}}'),
    ],
)
def test_a_model_that_brings_code_is_refused(cache: Path, sentences: Path, file: str, content: str) -> None:
    (sentences / file).write_text(content)
    with pytest.raises(BadFile, match="code of its own"):
        store.import_model(sentences)


def test_a_module_outside_the_folder_is_refused(cache: Path, sentences: Path) -> None:
    (sentences / "modules.json").write_text(
        '[{"path": "../x", "type": "sentence_transformers.models.Dense"}]'
    )
    with pytest.raises(BadFile, match="leads out of its folder"):
        store.import_model(sentences)


def test_half_of_the_speaker_models_is_refused(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "speakers"
    folder.mkdir()
    (folder / "campplus.onnx").write_bytes(b"x")
    with pytest.raises(BadFile, match=r"lacks segmentation-3\.0\.onnx"):
        store.import_model(folder)
    (folder / "segmentation-3.0.onnx").write_bytes(b"x")
    store.import_model(folder)
    assert store.installed()[0].kind == "speakers"


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    info.size = 4 if kind == tarfile.REGTYPE else 0
    return info


@pytest.mark.parametrize(
    "evil",
    [
        member("../evil"),
        member("model/../../evil"),
        member("/evil-absolute"),
        member("model/link", tarfile.SYMTYPE, "/etc/passwd"),
        member("model/link", tarfile.SYMTYPE, "config.json"),
        member("model/link", tarfile.LNKTYPE, "/etc/passwd"),
        member("model/fifo", tarfile.FIFOTYPE),
        member("model/device", tarfile.CHRTYPE),
    ],
    ids=lambda m: f"{m.name} {m.linkname}",
)
def test_an_archive_that_leads_out_of_its_folder(cache: Path, tmp_path: Path, evil: tarfile.TarInfo) -> None:
    path = tmp_path / "evil.tar"
    with tarfile.open(path, "w") as archive:
        archive.addfile(evil, io.BytesIO(b"evil") if evil.isreg() else None)
    before = sorted(p for p in tmp_path.rglob("*") if cache not in p.parents)
    if evil.name.startswith("/"):  # Python's filter makes it a name inside; then it is no model
        with pytest.raises(QualkitError):
            store.import_model(path)
    else:
        with pytest.raises(BadFile, match=r"evil\.tar.*(leads out|link or a device)") as error:
            store.import_model(path)
        assert "\n" not in str(error.value)
    after = sorted(p for p in tmp_path.rglob("*") if cache not in p.parents and p != cache)
    assert after == before
    assert not Path("/evil-absolute").exists()


def test_an_archive_that_is_cut_short(cache: Path, whisper_folder: MakeFolder) -> None:
    path = pack(whisper_folder(), "m.tar.gz", "w:gz")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(BadFile, match="cut short or damaged"):
        store.import_model(path)


def test_an_archive_larger_than_the_disk(
    cache: Path, whisper_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    path = pack(whisper_folder())
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(QualkitError, match=r"unpacks to .* free.*QUALKIT_MODELS"):
        store.import_model(path)


def test_a_link_out_of_the_folder_is_refused(cache: Path, whisper_folder: MakeFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    folder = whisper_folder()
    (folder / "notes.txt").symlink_to(secret)
    with pytest.raises(BadFile, match=r"notes\.txt.* link out of the folder"):
        store.import_model(folder)
    assert store.installed() == ()


def test_a_folder_of_a_hubs_cache_comes_in(cache: Path, whisper_folder: MakeFolder, tmp_path: Path) -> None:
    snapshot = whisper_folder("models--a--b/snapshots/abc")
    blobs = snapshot.parent.parent / "blobs"
    blobs.mkdir()
    (snapshot / "config.json").rename(blobs / "0123")
    (snapshot / "config.json").symlink_to("../../blobs/0123")
    folder = store.import_model(snapshot, "a/b")
    assert not (folder / "config.json").is_symlink()
    assert store.verify("a/b") == []
    assert store.import_model(snapshot.parent.parent, "a/b") == folder


@pytest.mark.parametrize("content", [None, b"", b"just text"])
def test_something_that_is_no_model(cache: Path, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "thing"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(BadFile, match=r"thing"):
        store.import_model(path)


def test_verify_names_what_changed(cache: Path, whisper_folder: MakeFolder) -> None:
    folder = store.import_model(whisper_folder())
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").unlink()
    (folder / "stranger.py").write_text("")
    told = {p.path.name: p.message for p in store.verify("tiny-fi")}
    assert told == {
        "config.json": "is not the file that was fetched: its SHA-256 differs.",
        "tokenizer.json": "is missing from the model.",
        "stranger.py": "does not belong to the model.",
    }
    assert all(p.hint for p in store.verify("tiny-fi"))


def test_a_manifest_that_is_nonsense(cache: Path, whisper_folder: MakeFolder) -> None:
    folder = store.import_model(whisper_folder())
    for content in (
        "{",
        "[]",
        '{"format": "qualkit-model/9"}',
        '{"format": "qualkit-model/1", "files": {"a": 1}}',
    ):
        (folder / MANIFEST).write_text(content)
        assert store.installed() == ()
        with pytest.raises(BadFile, match=r"qualkit-model\.json"):
            store.model_path("tiny-fi")


def test_a_path_is_taken_for_a_name(
    cache: Path, whisper_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = whisper_folder()
    assert store.model_path(str(folder)) == folder
    monkeypatch.chdir(folder.parent)
    assert store.model_path("./tiny-fi") == Path("tiny-fi")
    with pytest.raises(QualkitError, match="no model folder"):
        store.model_path("./elsewhere")


def test_a_hash_names_the_weights(cache: Path, whisper_folder: MakeFolder) -> None:
    folder = whisper_folder()
    first = store.model_hash(folder)
    assert len(first) == 12
    assert int(first, 16) >= 0
    assert first == store.model_hash(folder)
    assert first == store.model_hash(store.import_model(folder)), "the same with a manifest and without"
    (folder / "vocabulary.json").write_text("[2]")
    assert store.model_hash(folder) != first


def test_the_name_of_a_model_stays_inside_the_cache(cache: Path, whisper_folder: MakeFolder) -> None:
    for name in ("../up", "..", ".hidden", "a b", "-x", "ä"):
        with pytest.raises(QualkitError):
            store.import_model(whisper_folder(f"f{abs(hash(name))}"), name)
    assert [p.name for p in cache.parent.iterdir() if p.name == "up"] == []


def test_a_refusal_names_what_the_user_named_and_leaves_nothing(
    cache: Path, whisper_folder: MakeFolder
) -> None:
    folder = whisper_folder(without=("tokenizer.json",))
    for source in (folder, pack(folder)):
        with pytest.raises(BadFile) as error:
            store.import_model(source)
        assert str(error.value).startswith(f"{source}: ")
        assert ".building" not in str(error.value)
    assert [p for p in cache.rglob("*") if p.is_file() and p.suffix != ".lock"] == []
