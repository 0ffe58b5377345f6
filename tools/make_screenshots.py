"""Screenshots for the README, from a real review of the sample project: `make_screenshots.py [STUDY]`.

STUDY is a project with suggestions; without it the sample project is copied to a
temporary folder and `qualkit suggest` is run there (the models must be installed).
The keys below decide a few passages, so that the picture shows what a reviewer sees.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ |= {"QUALKIT_LANG": "en", "QUALKIT_CODER": "researcher"}

from qualkit.files.project import load_project
from qualkit.tui.app import Desktop

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "images"
INTERVIEW = "kilpisalo-02"
SIZE = (118, 34)


async def shoot(root: Path) -> None:
    app = Desktop(load_project(root), INTERVIEW)
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("y", "y", "y", "1", "J", "1", "2", "c", *"condition", "enter", "K")
        await app.workers.wait_for_complete()
        await pilot.pause(0.5)
        save(app, "review.svg", f"Qualkit: {INTERVIEW}")
        await pilot.press("c", *"ånga")
        await pilot.pause(0.5)
        save(app, "picker.svg", "Qualkit: the code picker")
        await pilot.press("escape", "escape", "p")
        await pilot.pause(0.5)
        await app.workers.wait_for_complete()
        await pilot.pause(0.5)
        save(app, "picture.svg", "Qualkit: codes by site")


def save(app: Desktop, name: str, title: str) -> None:
    svg = app.export_screenshot(title=title)
    (TARGET / name).write_text(svg, encoding="utf-8")


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        if len(sys.argv) > 1:
            shutil.copytree(sys.argv[1], study)
        else:
            study.mkdir()
            for name in ("qualkit.toml", "interviews.csv", "transcripts", "codebooks"):
                source = ROOT / name
                (shutil.copytree if source.is_dir() else shutil.copy)(source, study / name)
            subprocess.run([sys.executable, "-m", "qualkit", "suggest", "--project", study], check=True)
        asyncio.run(shoot(study))


if __name__ == "__main__":
    main()
