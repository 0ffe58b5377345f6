"""How fast the desk answers: a transcript of 50,000 turns, 500 codes. Prints one JSON object.


Run `python benchmarks/tui/keys.py`; headless, 120 × 40. The harness waits for idle after each key,
so the key times are upper bounds: a pty measures what a user feels.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

os.environ |= {"QUALKIT_LANG": "en", "QUALKIT_CODER": "bench"}

from textual.widgets import Input

from qualkit.files.interviews import write_interviews
from qualkit.files.project import init_project
from qualkit.files.transcript import save_transcript
from qualkit.model import Interview, Speaker, Transcript, Turn
from qualkit.tui.app import Desktop
from qualkit.tui.picker import Picker

TURNS, CODES, KEYS = 50_000, 500, 200
SAID = "No se on semmonen asia että höyryputki menee tuosta sillan yli ja sitä on paikattu monta kertaa. "


def codebook() -> str:
    """A codebook of many codes in three languages."""
    head = "format: qualkit-codebook/1\nname: {fi: Koe}\nversion: '1'\nlanguages: [fi, sv, en]\ncodes:\n"
    body = "".join(
        f"  - id: code-{n}\n    name: {{fi: koodi numero {n}, sv: kod {n}, en: code {n}}}\n"
        f"    definition: {{fi: Mitä koodi {n} tarkoittaa., sv: Vad {n} är., en: What code {n} means.}}\n"
        f"    terms: {{fi: [sana{n}, putki{n}], sv: [ord{n}], en: [word{n}, pipe{n}]}}\n"
        for n in range(CODES)
    )
    return head + body


def spread(times: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    ordered = sorted(times)
    return {
        "median_ms": round(1000 * ordered[len(ordered) // 2], 1),
        "p95_ms": round(1000 * ordered[int(len(ordered) * 0.95)], 1),
    }


async def measure(root: Path) -> dict[str, object]:
    """All figures."""
    project = init_project(root, "Bench", ("fi",), codebook=codebook())
    write_interviews(project, [Interview("long-01", "site", language="fi")])
    turns = tuple(Turn("S1", SAID * (1 + n % 3), n * 1000, n * 1000 + 900) for n in range(TURNS))
    save_transcript(project, Transcript("long-01", "fi", (Speaker("S1"),), turns))
    start = time.perf_counter()
    app = Desktop(project)
    result: dict[str, object] = {"turns": TURNS, "codes": CODES}
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        result["project_first_paint_ms"] = round(1000 * (time.perf_counter() - start))
        start = time.perf_counter()
        app.review("long-01")
        await pilot.pause()
        result["open_long_transcript_ms"] = round(1000 * (time.perf_counter() - start))
        times = []
        for key in ("down", "J", "ctrl+d", "down") * (KEYS // 4):
            start = time.perf_counter()
            await pilot.press(key)
            times.append(time.perf_counter() - start)
        result["key"] = spread(times)
        times, typed = [], []
        for _ in range(20):
            start = time.perf_counter()
            await pilot.press("c")
            times.append(time.perf_counter() - start)
            assert isinstance(app.screen, Picker)
            for word in ("putki7", "code 33", "ord"):
                start = time.perf_counter()
                app.screen.query_one(Input).value = word
                await pilot.pause()
                typed.append(time.perf_counter() - start)
            await pilot.press("escape")
        result["picker_opens"], result["picker_typed"] = spread(times), spread(typed)
    result["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return result


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(json.dumps(asyncio.run(measure(Path(folder) / "study")), indent=1) + "\n")
