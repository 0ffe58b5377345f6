"""Where an experience is kept, so that coded units are embedded and learned from once.

That of the shipped codebook's units under the default model comes with the
package (``experience.npz``, made by ``benchmarks/coding/fit_prior.py``); any other is
made at first use and kept in ``.qualkit/experience/DIGEST.npz``. A digest of units,
model and settings tells whether one is the right one.

Format history: 1 — first; 2 — units of each code.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.embed import embed
from qualkit.coding.experience import Experience, digest_of, learn_experience
from qualkit.coding.reader import SHIPPED_READER, read_reader
from qualkit.errors import QualkitError
from qualkit.files.atomic import write_bytes, write_text
from qualkit.files.coded_units import FEWEST_UNITS, coded_text, read_coded_units
from qualkit.files.text import read_bytes
from qualkit.model import Step

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from qualkit.coding.encoder import EmbeddingModel

EXPERIENCE_FORMAT = 2
SHIPPED = Path(__file__).with_name("experience.npz")


def experience_of(
    coded: Path | None, model: EmbeddingModel, work: Path
) -> Generator[Step, None, Experience | None]:
    """What the coded units in a file taught; None where there is no such file, or too few units in it.

    Raises:
        BadFile: the file cannot be read as coded units.
    """
    if coded is None or not coded.exists():
        return None
    digest = _digest(coded, model, work)
    file = work / "experience" / f"{digest}.npz"
    for path in (SHIPPED, file):
        found = read_experience(path)
        if found is not None and found.digest == digest:
            return replace(found, reader=read_reader(SHIPPED_READER, digest))
    units = read_coded_units(coded)
    if len(units) < FEWEST_UNITS:
        return None
    cache = yield from embed(work, model, [unit.text for unit in units], item=coded.name)
    yield Step("embed", coded.name, len(units), len(units), "texts", "learning from coded units")
    made = learn_experience(units, cache.get([unit.text for unit in units]), digest)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_experience(file, made)
    return replace(made, reader=read_reader(SHIPPED_READER, digest))


def _digest(coded: Path, model: EmbeddingModel, work: Path) -> str:
    """Of what the file says, however it is written. Known again by its bytes: reading it takes longer."""
    under = f"{model.hash}\0{model.prompt}"
    stamp = digest_of(read_bytes(coded), under)
    known = work / "experience" / "digest"
    with suppress(OSError, ValueError):
        of, digest, seal = known.read_text(encoding="ascii").split()
        if of == stamp and seal == digest_of(digest.encode(), stamp):
            return digest
    digest = digest_of(coded_text(coded).encode(), under)
    with suppress(OSError, QualkitError):  # where nothing can be written it is gone through every time
        known.parent.mkdir(parents=True, exist_ok=True)
        write_text(known, f"{stamp} {digest} {digest_of(digest.encode(), stamp)}\n")
    return digest


def write_experience(path: Path, experience: Experience) -> None:
    """Keep an experience: weights as bytes with a scale a code, the rest as float16 or whole."""
    words, scales = _as_bytes(experience.words)
    languages = sorted(experience.middles)
    stream = io.BytesIO()
    np.savez(
        stream,
        format=np.array(EXPERIENCE_FORMAT),
        digest=np.array(experience.digest),
        given=experience.given,
        codes=np.array(experience.codes, np.str_),
        features=experience.features,
        rarity=experience.rarity.astype(np.float16),
        words=words,
        scales=scales,
        meaning=experience.meaning.astype(np.float16),
        constant=experience.constant,
        languages=np.array(languages, np.str_),
        middles=np.stack([experience.middles[name] for name in languages]).astype(np.float16),
    )
    write_bytes(path, stream.getvalue())


def read_experience(path: Path) -> Experience | None:
    """An experience from its file; None where there is none, or none that can be read."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as held:
            if int(held["format"]) != EXPERIENCE_FORMAT:
                return None
            languages = [str(name) for name in held["languages"]]
            return Experience(
                str(held["digest"]),
                tuple(str(code) for code in held["codes"]),
                held["given"],
                held["features"],
                held["rarity"].astype(np.float32),
                np.multiply(held["words"], held["scales"], dtype=np.float32),
                held["meaning"].astype(np.float32),
                held["constant"],
                dict(zip(languages, held["middles"].astype(np.float32), strict=True)),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        # It can be made again.
        return None


def _as_bytes(words: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights in 255 steps, which moves no logit by more than a few hundredths."""
    scales = np.maximum(np.abs(words).max(axis=0), 1e-9) / 127
    return np.round(words / scales).astype(np.int8), scales.astype(np.float32)
