"""Missing vectors computed in a process of its own, so that who asks never holds the model and its library.

The child, ``python -m qualkit.coding.apart``, reads a line of JSON that says what to embed and prints lines
of JSON: ``{"step": …}`` as it goes, at the end ``{"done": true}`` or ``{"error": …, "hint": …}``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from qualkit.coding.embed import cache_folder, embed
from qualkit.coding.encoder import EmbeddingModel
from qualkit.coding.vectors import open_cache
from qualkit.errors import QualkitError
from qualkit.model import Step

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from qualkit.coding.vectors import VectorCache

COMMAND: tuple[str, ...] = (sys.executable, "-m", "qualkit.coding.apart")


def embed_apart(
    work: Path, model: EmbeddingModel, texts: Sequence[str]
) -> Generator[Step, None, VectorCache | None]:
    """As :func:`qualkit.coding.embed.embed`, in a child process that ends with the work or with the caller.

    Raises:
        QualkitError: the child could not do it, in its own words, or ended before it was done.
    """
    wanted = {
        "work": str(work.absolute()),
        "model": {**asdict(model), "folder": str(model.folder.absolute())},
        "texts": list(texts),
    }
    child = subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a library's complaint may quote what was said
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert child.stdin is not None
    assert child.stdout is not None
    # From a thread, since a child that never reads would block.
    threading.Thread(target=_tell, args=(child.stdin, json.dumps(wanted)), daemon=True).start()
    try:
        done = False
        for line in child.stdout:
            said = _heard(line)
            if "step" in said:
                yield Step(**said["step"])
            if "error" in said:
                raise QualkitError(str(said["error"]), str(said.get("hint", "")))
            done = done or "done" in said
        if not done:
            raise QualkitError(
                f"the process that computes them ended before it was done (exit code {child.wait()}).",
                "Perhaps the memory was full: close other programs and run the command again.",
            )
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    return open_cache(cache_folder(work, model))


def _tell(pipe: IO[str], line: str) -> None:
    with suppress(OSError, ValueError), pipe:  # the child has ended: what it said, or did not, tells
        pipe.write(line + "\n")


def _heard(line: str) -> dict[str, Any]:
    """A line of the child's; a library's chatter says nothing."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def main() -> int:
    """The child."""
    from qualkit.files.atomic import refusal
    from qualkit.weights.offline import block_network

    block_network()

    def say(**fields: Any) -> None:
        sys.stdout.write(json.dumps(fields) + "\n")
        sys.stdout.flush()

    wanted = json.loads(sys.stdin.readline())
    work = Path(wanted["work"])
    model = EmbeddingModel(**{**wanted["model"], "folder": Path(wanted["model"]["folder"])})
    try:
        for step in embed(work, model, wanted["texts"]):
            say(step=asdict(step))
        say(done=True)
    except QualkitError as error:
        say(error=error.message, hint=error.hint)
    except OSError as error:
        refused = refusal(work, error)
        say(error=refused.message, hint=refused.hint)
    except Exception as error:  # noqa: BLE001  told without its text, which may quote a transcript
        say(error=f"A fault in Qualkit itself ({type(error).__name__}).", hint="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
