"""What lower precision and several processes bring when texts are embedded, and what they cost.

    python benchmarks/coding/embedding.py precision [GOLD]     # dev.tsv by default
    python benchmarks/coding/embedding.py processes [TEXTS]    # 3,000 coded units by default

``precision``: seconds for 64 units and how far vectors and word states are off in bfloat16, float16 and int8
(weights and activations of all linear layers, by channel), against float32; for float32 and int8 also what
the engine as shipped makes of the labelled units. ``processes``: seconds for the same texts, with the reader,
by one process with all cores and by two with half of them each, loading included; in turn, twice.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections import deque
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from qualkit.cli.console import follow
from qualkit.coding import encoders
from qualkit.coding.embed import embed, find_model
from qualkit.coding.encoder import embedded_with_states, load_encoder
from qualkit.coding.evaluate import evaluate_coding
from qualkit.coding.reader import SHIPPED_READER, read_reader
from qualkit.files.codebook import read_codebook
from qualkit.files.coded_units import read_coded_units, units_beside

HERE = Path(__file__).parent
CODEBOOK = HERE.parents[1] / "codebooks" / "infrastructure-security.yaml"
SOME = 64


def in_precision(name: str) -> Any:
    """A copy of the shipped encoder in a precision."""
    import torch
    from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic

    encoder = deepcopy(load_encoder(find_model()))
    if name == "int8":
        layers = {torch.nn.Linear: per_channel_dynamic_qconfig}
        encoder[0].model = quantize_dynamic(encoder[0].model, layers)
    return encoder.to(getattr(torch, name)) if name in {"bfloat16", "float16"} else encoder


def precision(gold: Path) -> None:
    """A line for each precision."""
    model = find_model()
    texts = [unit.text for unit in read_coded_units(gold)][:SOME]
    plain: tuple[Any, Any] | None = None
    for name in ("float32", "bfloat16", "float16", "int8"):
        encoder = in_precision(name)
        embedded_with_states(encoder, model.prompt, texts[:8], (8, 9))
        began = time.perf_counter()
        vectors, words = embedded_with_states(encoder, model.prompt, texts, (8, 9))
        seconds = time.perf_counter() - began
        states = np.concatenate(words)
        plain = plain or (vectors, states)
        cosine = (vectors * plain[0]).sum(axis=1) / np.linalg.norm(vectors, axis=1)
        off = np.abs(states - plain[1]).mean() / np.abs(plain[1]).mean()
        print(
            f"{name:9} {seconds:5.1f} s, least cosine {cosine.min():.5f}, word states off by {off:.1%}",
            flush=True,
        )
    for name in ("float32", "int8"):
        encoder = in_precision(name)
        encoders.load_encoder = lambda _, held=encoder: held  # type: ignore[assignment]
        with tempfile.TemporaryDirectory() as folder:
            steps = evaluate_coding(
                gold,
                read_codebook(CODEBOOK),
                replace(model, processes=1),
                Path(folder),
                coded=units_beside(CODEBOOK),
            )
            rows = {row.name: row for row in follow(steps, "none").rows}
        named = ("zero-shot", "meaning only")
        shown = ", ".join(f"{row} {rows[row].quality.micro_f1:.3f}" for row in named)
        print(f"{name:9} {gold.name}: micro-F1 {shown}", flush=True)


def processes(count: int) -> None:
    """Seconds by one and by two processes."""
    model, texts = find_model(), [unit.text for unit in read_coded_units(units_beside(CODEBOOK))[:count]]
    with np.load(SHIPPED_READER) as held:
        reader = read_reader(SHIPPED_READER, str(held["digest"]))
    for number in (1, 2, 1, 2):
        load_encoder.cache_clear()
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            deque(embed(Path(folder), replace(model, processes=number), texts, reader=reader), maxlen=0)
            print(f"{len(texts)} texts, processes: {number}: {time.perf_counter() - began:.0f} s", flush=True)


def main(what: str = "", argument: str = "") -> int:
    """One of the two."""
    warnings.filterwarnings("ignore", module="torch")
    if what == "precision":
        precision(Path(argument) if argument else HERE / "dev.tsv")
    elif what == "processes":
        processes(int(argument or 3_000))
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
