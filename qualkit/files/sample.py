"""The sample project that comes with Qualkit, and copying it."""

from __future__ import annotations

import shutil
from pathlib import Path

from qualkit.errors import QualkitError, UsageError
from qualkit.files.atomic import make_folder, replacing

PARTS = ("qualkit.toml", "interviews.csv", "recordings", "transcripts", "codebooks")
"""What the sample project is made of; the repository's root holds more."""
CODEBOOK = Path("codebooks", "infrastructure-security.yaml")


def sample_root() -> Path:
    """The sample project: inside the package in a wheel, else the root of a checkout. Raises QualkitError."""
    package = Path(__file__).parents[1]
    for root in (package / "sample", package.parent):
        if (root / CODEBOOK).is_file():
            return root
    raise QualkitError("The sample project is missing from this installation.", "Install Qualkit again.")


def copy_sample(folder: Path) -> None:
    """Copy what is missing of the sample project to ``folder``; files that are there stay as they are.

    Raises UsageError when the folder holds something else, QualkitError when the disk refuses.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file.", "Name an empty or new folder.")
    if folder.exists() and any(folder.iterdir()) and not (folder / "qualkit.toml").is_file():
        raise UsageError(
            f"{folder} holds something other than a Qualkit project.", "Name an empty or new folder."
        )
    source = sample_root()
    for name in PARTS:
        for path in sorted(p for p in (source / name, *(source / name).rglob("*")) if p.is_file()):
            target = folder / path.relative_to(source)
            if target.exists() or path.suffix == ".part" or ".revisions" in path.parts:
                continue
            make_folder(target.parent)
            with replacing(target) as part:
                shutil.copyfile(path, part)
