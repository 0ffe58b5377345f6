"""Batches of texts into vectors by several processes, each with a model of its own.

A child, ``python -m qualkit.coding.encoders``, reads a line of JSON that names the model, then a batch a
line, and answers each with its arrays: eight bytes that say how long, then NumPy's own format. It ends when
its input does, and so with its parent. What a child leaves undone, since it was killed or memory ran out, the
others do, and where none is left this process.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from base64 import b64decode, b64encode
from collections import deque
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from qualkit.coding.encoder import EmbeddingModel, encode, load_encoder
from qualkit.coding.reader import Reader, packed, unpacked
from qualkit.files.machine import cores, machine_mib

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from numpy.typing import NDArray

    Rows = tuple[NDArray[np.float32], ...]

COMMAND: tuple[str, ...] = (sys.executable, "-m", "qualkit.coding.encoders")
WORTH: Final = 30_000
"""Words that pay for loading the model once more."""
TAKES_MIB: Final = 2_000
"""Of the machine's memory for each process, so that more than half stays free."""
MOST: Final = 16
LONGEST: Final = 1 << 28
"""Bytes of an answer; a longer one is none."""


def encoded(
    model: EmbeddingModel, batches: Sequence[list[str]], reader: Reader | None
) -> Generator[tuple[list[str], Rows]]:
    """Each batch with its rows, as they are done: vectors, and what the reader said where there is one.

    Raises:
        BadFile: the model cannot be loaded, or is wrong about its dimensions.
    """
    words = sum(len(text) for batch in batches for text in batch) // 7
    count = min(model.processes or that_pay(words), len(batches), MOST)
    left = deque(batches)
    if count > 1:
        yield from _together(model, left, reader, count)
    for batch in left:
        yield batch, encode(load_encoder(model), model, batch, reader)


def that_pay(words: int) -> int:
    """How many processes make so many words quicker here, by cores and memory.

    One beside a card that CUDA knows, on a Mac, and where the memory cannot be told (Windows).
    """
    count = min(cores(), words // WORTH, machine_mib() // TAKES_MIB)
    if count < 2 or sys.platform == "darwin":
        return 1
    import ctranslate2

    return 1 if ctranslate2.get_cuda_device_count() else count


def _together(
    model: EmbeddingModel, left: deque[list[str]], reader: Reader | None, count: int
) -> Generator[tuple[list[str], Rows]]:
    """Give batches to children until none is left, of the batches or of the children."""
    job: dict[str, object] = {
        "model": {**asdict(model), "folder": str(model.folder.absolute())},
        "reader": b64encode(packed(reader)).decode() if reader else "",
        "digest": reader.digest if reader else "",
    }
    children: deque[_Child] = deque()
    try:
        for _ in range(count):
            with suppress(OSError):  # the others, or this process, do its share
                children.append(_Child(job, max(1, cores() // count)))
        for child in children:
            child.take(left.popleft())
        while children:
            child = children.popleft()
            rows = child.answer(1 if reader is None else 2)
            if rows is None:
                child.end()
                left.append(child.batch)
                continue
            done = child.batch
            if left:
                child.take(left.popleft())
                children.append(child)
            else:
                child.end()
            yield done, rows
    finally:
        for child in children:
            child.end()


class _Child:
    """The parent's end of one process. It has one batch at most, so that neither waits for the other."""

    def __init__(self, job: dict[str, object], threads: int) -> None:
        self.batch: list[str] = []
        """What it works on."""
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library's complaint may quote what was said
            env={**os.environ, "OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false"},
        )
        self._say(job)

    def take(self, batch: list[str]) -> None:
        """Give it a batch."""
        self.batch = batch
        self._say(batch)

    def answer(self, kinds: int) -> Rows | None:
        """So many kinds of rows for its batch, waited for; None where it has ended or says something else."""
        assert self._process.stdout is not None
        with suppress(Exception):  # whatever is wrong with an answer, the batch is done elsewhere
            size = int.from_bytes(self._process.stdout.read(8), "big")
            body = self._process.stdout.read(size) if size <= LONGEST else b""
            if size and len(body) == size:
                with np.load(io.BytesIO(body), allow_pickle=False) as held:
                    rows = tuple(held[name] for name in held.files)
                if len(rows) == kinds and all(len(one) == len(self.batch) for one in rows):
                    return rows
        return None

    def _say(self, line: object) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # it has ended: that there is no answer tells
            self._process.stdin.write(json.dumps(line).encode() + b"\n")
            self._process.stdin.flush()

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
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
    reader = unpacked(b64decode(job["reader"]), job["digest"]) if job["reader"] else None
    for line in sys.stdin:
        rows = encode(load_encoder(model), model, json.loads(line), reader)
        stream = io.BytesIO()
        np.savez(stream, *rows)
        answers.write(len(stream.getvalue()).to_bytes(8, "big") + stream.getvalue())
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
