"""Models from the Hugging Face hub, by name and revision.

Only files that will be used are brought. What cannot be used is refused before its gigabytes
are downloaded. The commit that a branch or tag stood for is written to the manifest.
"""

from __future__ import annotations

import errno
import re
import threading
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile, Missing, QualkitError, UsageError
from qualkit.model import Step
from qualkit.weights.archives import no_space
from qualkit.weights.folders import models_folder
from qualkit.weights.kinds import NOT_CONVERTED, conversion
from qualkit.weights.offline import silence

if TYPE_CHECKING:
    from collections.abc import Generator

WHISPER_FILES = (
    "config.json",
    "preprocessor_config.json",
    "model.bin",
    "tokenizer.json",
    "vocabulary.*",
    "README.md",
)
UNUSED = (
    *("*.onnx", "onnx/*", "openvino/*", "*.h5", "*.msgpack", "*.ot", "*.gguf", "*.mlmodel", "*.ckpt"),
    *(".gitattributes", "*.png", "*.jpg", "*.pdf", "*.py"),
)
"""Formats that sentence-transformers does not load here, and code, which is never taken."""

ELSEWHERE = {
    "large": "Systran/faster-whisper-large-v3",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "distil-large-v2": "Systran/faster-distil-whisper-large-v2",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
    "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
}
"""Whisper sizes whose repository is not ``Systran/faster-whisper-SIZE``."""

SIZES = (
    *("tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en"),
    *("large-v1", "large-v2", "large-v3", *ELSEWHERE),
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was brought from the hub."""

    repository: str
    commit: str
    licence: str


def repository(name: str) -> str:
    """The repository that a name means: ``whisper-small``, ``ORG/NAME``. Raises UsageError for neither."""
    if re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        return name
    size = name.removeprefix("whisper-")
    if name.startswith("whisper-") and size in SIZES:
        return ELSEWHERE.get(size, f"Systran/faster-whisper-{size}")
    raise UsageError(
        f"{name!r} is no model's name.",
        "Give one from `qualkit models list`, a Whisper size (whisper-large-v3), or ORG/NAME of the hub.",
    )


def bring_snapshot(name: str, revision: str, out: Path) -> Generator[Step, None, Snapshot]:
    """Download the files of a model into ``out``; yields megabytes brought.

    A download that was cut off goes on where it stopped when ``out`` is the same folder.
    Raises Missing without a network, UsageError for an unknown repository or revision, BadFile
    for a model that must be converted first.
    """
    silence()
    repo = repository(name)
    yield Step("models", name, 0, 0, "MB", "asking the hub")
    info = _info(repo, revision, name)
    files = {s.rfilename: int(s.size or 0) for s in info.siblings or ()}
    chosen = _choose(repo, files, info)
    total = sum(files[file] for file in chosen) / 1e6
    failure: list[Exception] = []

    def download() -> None:
        from huggingface_hub import snapshot_download

        try:
            snapshot_download(repo, revision=info.sha, local_dir=out, allow_patterns=chosen)
        except Exception as error:  # noqa: BLE001 (raised again in the calling thread)
            failure.append(error)

    worker = threading.Thread(target=download, name="download", daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(0.5)
        done = sum(p.stat().st_size for p in _present(out)) / 1e6
        yield Step("models", name, min(done, total), total, "MB", "downloading")
    if failure:
        raise _why(failure[0], repo, revision, name) from failure[0]
    licence = (info.card_data or {}).get("license") or "not stated"
    return Snapshot(repo, str(info.sha), str(licence))


def _present(folder: Path) -> list[Path]:
    found = []
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                found.append(path)
        except OSError:  # it was renamed meanwhile
            continue
    return found


def _info(repo: str, revision: str, name: str) -> Any:
    """What the hub says of a repository."""
    from huggingface_hub import HfApi

    try:
        return HfApi().model_info(repo, revision=revision or None, files_metadata=True, timeout=20)
    except Exception as error:
        raise _why(error, repo, revision, name) from error


def _choose(repo: str, files: dict[str, int], info: Any) -> list[str]:
    """The files to bring. Raises BadFile for a repository that holds no usable model."""
    if "model.bin" in files:
        return [f for f in files if any(fnmatch(f, pattern) for pattern in WHISPER_FILES)]
    if "modules.json" in files:
        wanted = [f for f in files if not any(fnmatch(f, pattern) for pattern in UNUSED)]
        if any(f.endswith(".safetensors") for f in wanted):
            wanted = [f for f in wanted if not f.endswith(".bin")]
        return wanted
    config = getattr(info, "config", None) or {}
    if config.get("model_type") == "whisper":
        beside = [f for f in ("tokenizer.json", "preprocessor_config.json") if f in files]
        raise BadFile(Path(repo), NOT_CONVERTED, conversion(repo, beside))
    raise BadFile(
        Path(repo),
        "holds neither a Whisper model for CTranslate2 nor a sentence-transformers model.",
        "Choose a repository with model.bin or modules.json in it.",
    )


def _why(error: Exception, repo: str, revision: str, name: str) -> QualkitError:
    """What a hub failure means for the user."""
    from huggingface_hub import errors

    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in chain)

    log_in = "log in with `hf auth login`"
    if any(isinstance(cause, OSError) and cause.errno == errno.ENOSPC for cause in chain):
        why = no_space(models_folder())
    elif has(errors.OfflineModeIsEnabled):
        why = Missing("HF_HUB_OFFLINE is set, so the hub is not asked.", f"Unset it. {_STICK}")
    elif has(errors.GatedRepoError):
        why = QualkitError(
            f"{repo} is given only to those who accepted its terms.",
            f"Accept them on its page, {log_in}, and fetch again. {_STICK}",
        )
    elif has(errors.RevisionNotFoundError):
        why = UsageError(f"{repo} has no revision {revision!r}.", "Give a branch, tag or commit of it.")
    elif has(errors.RepositoryNotFoundError):
        why = UsageError(f"The hub shows no model {repo}.", f"Check the name; for a private one {log_in}.")
    elif has(ConnectionError, TimeoutError) or any(_NETWORK.search(type(cause).__name__) for cause in chain):
        why = Missing(f"No network: {name} cannot be reached.", _STICK)
    else:
        first = str(error).partition("\n")[0]
        why = QualkitError(f"The hub could not give {repo}: {first}", f"Try again later. {_STICK}")
    return why


_NETWORK = re.compile(r"Connect|Timeout|gaierror|NetworkError|LocalEntryNotFound|ProxyError|SSL")
_STICK = "A model also comes on a stick: `qualkit models import FOLDER`."
