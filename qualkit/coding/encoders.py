"""Batches of texts into vectors by several processes, each with a model of its own.

A child, ``python -m qualkit.coding.encoders``, reads a line of JSON that names the model, then a batch a
line, and answers each with its arrays: eight bytes that say how long, then NumPy's own format. It ends when
its input does, and so with its parent. What a child cannot do, since it was killed or memory ran out, is
done here.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

import numpy as np

from qualkit.coding.encoder import EmbeddingModel, encode, load_encoder
from qualkit.coding.reader import Reader, read_reader, write_reader
from qualkit.files.memory import machine_mib

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from numpy.typing import NDArray

    Rows = tuple[NDArray[np.float32], ...]

COMMAND: tuple[str, ...] = (sys.executable, "-m", "qualkit.coding.encoders")
CORES: Final = 2
"""Cores that a process uses well: batches are too small for more."""
WORTH: Final = 30_000
"""Words that pay for loading the model once more."""
TAKES_MIB: Final = 2_000
"""Of the machine's memory for each process, so that three quarters stay free."""
MOST: Final = 16
LONGEST: Final = 1 << 28
"""Bytes of an answer; a longer one is none."""


def encoded(model: EmbeddingModel, batches: Sequence[list[str]], reader: Reader | None) -> Generator[Rows]:
    """The rows of each batch, in order: vectors, and what the reader said where there is one.

    Raises:
        BadFile: the model cannot be loaded, or is wrong about its dimensions.
    """
    words = sum(len(text) for batch in batches for text in batch) // 7
    count = min(model.processes or that_pay(words), len(batches), MOST)
    if count > 1:
        yield from _together(model, batches, reader, count)
    else:
        for batch in batches:
            yield encode(load_encoder(model), model, batch, reader)


def that_pay(words: int) -> int:
    """How many processes make so many words quicker here, by cores and memory; one where there is a GPU."""
    count = min(_cores() // CORES, words // WORTH, machine_mib() // TAKES_MIB)
    if count < 2 or sys.platform == "darwin":
        return 1
    import ctranslate2

    return 1 if ctranslate2.get_cuda_device_count() else count


def _cores() -> int:
    """Cores that this process may use: a cluster lends some of a machine's."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _together(
    model: EmbeddingModel, batches: Sequence[list[str]], reader: Reader | None, count: int
) -> Generator[Rows]:
    with tempfile.TemporaryDirectory(prefix="qualkit-") as folder:
        job: dict[str, object] = {
            "model": {**asdict(model), "folder": str(model.folder.absolute())},
            "reader": "",
            "digest": "",
        }
        if reader is not None:
            job |= {"reader": str(Path(folder) / "reader.npz"), "digest": reader.digest}
            write_reader(Path(folder) / "reader.npz", reader)
        children: list[_Child] = []
        living, idle = set[_Child](), SimpleQueue[_Child]()

        def ask(batch: list[str]) -> Rows | None:
            child = idle.get()
            rows = child.ask(batch)
            if rows is None:
                living.discard(child)
            if child in living or not living:  # the last to end still says that there is no answer
                idle.put(child)
            return rows

        pool = ThreadPoolExecutor(count)
        try:
            for _ in range(count):
                children.append(_Child(job, max(1, _cores() // count)))
                living.add(children[-1])
                idle.put(children[-1])
            for batch, rows in zip(batches, pool.map(ask, batches), strict=True):
                yield rows or encode(load_encoder(model), model, batch, reader)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in children:
                child.stop()
            pool.shutdown()
            for child in children:
                child.close()


class _Child:
    """The parent's end of one process."""

    def __init__(self, job: dict[str, object], threads: int) -> None:
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library's complaint may quote what was said
            env={**os.environ, "OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false"},
        )
        self._say(job)

    def ask(self, batch: list[str]) -> Rows | None:
        """The rows of a batch; None where the process has ended."""
        self._say(batch)
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):
            size = int.from_bytes(self._process.stdout.read(8), "big")
            body = self._process.stdout.read(size) if size <= LONGEST else b""
            if size and len(body) == size:
                with np.load(io.BytesIO(body), allow_pickle=False) as held:
                    return tuple(held[name] for name in held.files)
        return None

    def _say(self, line: object) -> None:
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):  # it has ended: that there is no answer tells
            self._process.stdin.write(json.dumps(line).encode() + b"\n")
            self._process.stdin.flush()

    def stop(self) -> None:
        """End it, whatever it does: who waits for an answer gets none."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Give its pipes back, once nobody waits."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(OSError):  # what it was not told is still on its way
                pipe.close()


def main() -> int:
    """The child."""
    from qualkit.weights.offline import block_network

    block_network()
    # Answers go where standard output was; what a library prints does not get between them.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    job = json.loads(sys.stdin.readline())
    model = EmbeddingModel(**{**job["model"], "folder": Path(job["model"]["folder"])})
    reader = read_reader(Path(job["reader"]), job["digest"]) if job["reader"] else None
    for line in sys.stdin:
        rows = encode(load_encoder(model), model, json.loads(line), reader)
        stream = io.BytesIO()
        np.savez(stream, *rows)
        answers.write(len(stream.getvalue()).to_bytes(8, "big") + stream.getvalue())
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
