"""Models from the hub: which files are asked for, what is refused before the download, what errors say."""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable, Generator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import huggingface_hub
import pytest
from huggingface_hub import errors

from qualkit.errors import BadFile, Missing, QualkitError, UsageError
from qualkit.weights import hub, store

if TYPE_CHECKING:
    from qualkit.model import Step

MakeFolder = Callable[..., Path]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub:
    """Stands for the hub: serves one folder, and remembers what it was asked."""

    def __init__(self, folder: Path, config: dict[str, Any] | None = None, licence: str = "mit") -> None:
        self.folder, self.config, self.licence = folder, config or {}, licence
        self.asked: list[tuple[str, str | None]] = []
        self.patterns: list[str] = []

    def model_info(self, repo: str, *, revision: str | None = None, **_: object) -> SimpleNamespace:
        self.asked.append((repo, revision))
        files = [p for p in sorted(self.folder.rglob("*")) if p.is_file()]
        siblings = [
            SimpleNamespace(rfilename=p.relative_to(self.folder).as_posix(), size=p.stat().st_size)
            for p in files
        ]
        return SimpleNamespace(
            sha=COMMIT, siblings=siblings, config=self.config, card_data={"license": self.licence}
        )

    def snapshot_download(
        self, repo: str, *, revision: str, local_dir: Path, allow_patterns: list[str]
    ) -> str:
        assert revision == COMMIT, "the commit is asked for, whatever the branch does meanwhile"
        self.patterns = allow_patterns
        for name in allow_patterns:
            (local_dir / name).parent.mkdir(parents=True, exist_ok=True)
            (local_dir / name).write_bytes((self.folder / name).read_bytes())
        (local_dir / ".cache" / "huggingface").mkdir(parents=True)
        (local_dir / ".cache" / "huggingface" / "x.metadata").write_text("x")
        return str(local_dir)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeHub]:
    def start(folder: Path, **kwargs: Any) -> FakeHub:
        fake = FakeHub(folder, **kwargs)
        monkeypatch.setattr(huggingface_hub, "HfApi", lambda: fake)
        monkeypatch.setattr(huggingface_hub, "snapshot_download", fake.snapshot_download)
        return fake

    return start


def run(name: str, revision: str = "") -> Path:
    folder: list[Path] = []

    def follow() -> Generator[Step, None, None]:
        folder.append((yield from store.fetch(name, revision)))

    deque(follow(), maxlen=0)
    return folder[0]


@pytest.mark.parametrize(
    ("name", "repo"),
    [
        ("whisper-small", "Systran/faster-whisper-small"),
        ("whisper-large-v3", "Systran/faster-whisper-large-v3"),
        ("whisper-large-v3-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo"),
        ("whisper-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo"),
        ("KBLab/kb-whisper-large", "KBLab/kb-whisper-large"),
    ],
)
def test_the_repository_of_a_name(name: str, repo: str) -> None:
    assert hub.repository(name) == repo


def test_every_size_that_faster_whisper_knows_is_the_same_repository() -> None:
    from faster_whisper.utils import _MODELS

    for size, repo in _MODELS.items():
        if size not in {"distil-medium.en", "distil-small.en"}:
            assert hub.repository(f"whisper-{size}") == repo


def test_a_whisper_comes_by_size(
    cache: Path, whisper_folder: MakeFolder, serve: Callable[..., FakeHub]
) -> None:
    served = whisper_folder("served")
    (served / "model.safetensors").write_bytes(b"the same weights again")
    (served / "onnx").mkdir()
    (served / "onnx" / "model.onnx").write_bytes(b"and again")
    fake = serve(served)
    folder = run("whisper-small")
    assert folder == cache / "whisper-small" == store.model_path("whisper-small")
    assert fake.asked == [("Systran/faster-whisper-small", None)]
    assert sorted(fake.patterns) == [
        "README.md",
        "config.json",
        "model.bin",
        "tokenizer.json",
        "vocabulary.json",
    ]
    (model,) = store.installed()
    assert (model.kind, model.licence, model.revision) == ("faster-whisper", "mit", COMMIT)
    assert model.source == "https://huggingface.co/Systran/faster-whisper-small"
    assert store.verify("whisper-small") == []
    run("whisper-small")
    assert len(fake.asked) == 1, "the second time nobody is asked"


def test_a_revision_is_part_of_the_name(
    cache: Path, whisper_folder: MakeFolder, serve: Callable[..., FakeHub]
) -> None:
    fake = serve(whisper_folder("served"))
    strict = run("KBLab/kb-whisper-small@strict")
    assert (
        strict
        == cache / "KBLab--kb-whisper-small@strict"
        == store.model_path("KBLab/kb-whisper-small@strict")
    )
    assert run("KBLab/kb-whisper-small", "strict") == strict
    assert run("KBLab/kb-whisper-small") != strict
    assert fake.asked == [("KBLab/kb-whisper-small", "strict"), ("KBLab/kb-whisper-small", None)]


def test_a_catalogued_name_with_a_revision_comes_from_the_hub(
    cache: Path, whisper_folder: MakeFolder, serve: Callable[..., FakeHub]
) -> None:
    fake = serve(whisper_folder("served"))
    run("whisper-base", "abc123")
    assert fake.asked == [("Systran/faster-whisper-base", "abc123")]


def test_sentence_vectors_come_without_other_formats_and_without_code(
    cache: Path, tmp_path: Path, serve: Callable[..., FakeHub]
) -> None:
    served = tmp_path / "served"
    (served / "onnx").mkdir(parents=True)
    files = {
        "modules.json": '[{"path": "", "type": "sentence_transformers.models.Transformer"}]',
        "config.json": '{"model_type": "bert"}',
        "tokenizer.json": "{}",
        "model.safetensors": "weights",
        "pytorch_model.bin": "weights again",
        "onnx/model.onnx": "and again",
        "modeling_evil.py": "import os",
    }
    for name, text in files.items():
        (served / name).write_text(text)
    fake = serve(served)
    run("intfloat/multilingual-e5-base")
    assert sorted(fake.patterns) == ["config.json", "model.safetensors", "modules.json", "tokenizer.json"]


def test_whisper_for_transformers_is_refused_before_the_download(
    cache: Path, tmp_path: Path, serve: Callable[..., FakeHub]
) -> None:
    served = tmp_path / "served"
    served.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json", "preprocessor_config.json"):
        (served / name).write_text("{}")
    fake = serve(served, config={"model_type": "whisper"})
    with pytest.raises(BadFile) as error:
        run("Finnish-NLP/whisper-large-finnish-v3")
    assert fake.patterns == []
    assert (
        "ct2-transformers-converter --model Finnish-NLP/whisper-large-finnish-v3"
        " --output_dir whisper-large-finnish-v3-ct2"
        " --copy_files tokenizer.json preprocessor_config.json --quantization float16`"
    ) in str(error.value)
    assert "`qualkit models import whisper-large-finnish-v3-ct2`" in str(error.value)


def test_some_other_network_is_refused_before_the_download(
    cache: Path, tmp_path: Path, serve: Callable[..., FakeHub]
) -> None:
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "model.safetensors").write_text("x")
    fake = serve(tmp_path / "served", config={"model_type": "llama"})
    with pytest.raises(BadFile, match=r"neither a Whisper model .* nor"):
        run("org/chat")
    assert fake.patterns == []


def response() -> Any:
    return SimpleNamespace(headers={}, request=None, status_code=404, json=dict, text="")


@pytest.mark.parametrize(
    ("raised", "kind", "told"),
    [
        (ConnectionError("refused"), Missing, r"No network: org/name.*qualkit models import"),
        (TimeoutError("slow"), Missing, r"No network"),
        (errors.OfflineModeIsEnabled("offline"), Missing, r"HF_HUB_OFFLINE"),
        (errors.RevisionNotFoundError("x", response=response()), UsageError, r"no revision 'v9'"),
        (errors.RepositoryNotFoundError("x", response=response()), UsageError, r"no model org/name"),
        (errors.GatedRepoError("x", response=response()), QualkitError, r"accepted its terms.*hf auth login"),
        (OSError(errno.ENOSPC, "No space left on device"), QualkitError, r"is full.*QUALKIT_MODELS"),
        (RuntimeError("line one\nline two"), QualkitError, r"could not give org/name: line one"),
    ],
)
def test_what_the_hub_fails_with(
    cache: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, kind: type[QualkitError], told: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: SimpleNamespace(model_info=fail))
    with pytest.raises(QualkitError, match=told) as error:
        run("org/name", "v9")
    assert type(error.value) is kind
    assert "\n" not in str(error.value)
    assert store.installed() == ()


def test_a_download_that_breaks_off(
    cache: Path, whisper_folder: MakeFolder, serve: Callable[..., FakeHub], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = serve(whisper_folder("served"))

    def broken(*_: object, local_dir: Path, **__: object) -> None:
        (local_dir / "config.json").write_text("{}")
        raise ConnectionError("reset")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", broken)
    with pytest.raises(Missing, match="No network"):
        run("whisper-small")
    assert store.installed() == ()
    assert (cache / ".building" / "whisper-small" / "snapshot" / "config.json").exists(), "kept to go on from"
    monkeypatch.setattr(huggingface_hub, "snapshot_download", fake.snapshot_download)
    run("whisper-small")
    assert store.verify("whisper-small") == []
