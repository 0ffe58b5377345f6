"""Embedding by several processes: the same vectors, nothing left behind, none lost to one that ends."""

from __future__ import annotations

import sys
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from qualkit.coding import encoders
from qualkit.coding.embed import embed, find_model
from qualkit.coding.encoders import WORTH, encoded, that_pay
from qualkit.coding.reader import SHIPPED_READER, read_reader, readings
from tests.coding.conftest import FAKE, WIDTH, FakeEncoder
from tests.steps import run

TEXTS = [
    *(f"Höyrylinja {number} vuotaa taas liitoksesta." for number in range(40)),
    *(f"Rörbryggan nummer {number} måste målas om." for number in range(40)),
]


@pytest.mark.real_model
def test_two_processes_make_the_vectors_and_readings_of_one(tmp_path: Path) -> None:
    model = find_model()
    with np.load(SHIPPED_READER) as shipped:
        reader = read_reader(SHIPPED_READER, str(shipped["digest"]))
    assert reader is not None
    one, _ = run(embed(tmp_path / "one", model, TEXTS, reader=reader))
    two, steps = run(embed(tmp_path / "two", replace(model, processes=2), TEXTS, reader=reader))
    assert steps[-1].done == steps[-1].total == len(TEXTS)
    assert np.allclose(one.get(TEXTS), two.get(TEXTS), atol=2e-3)
    said = [readings(tmp_path / name, model, reader) for name in ("one", "two")]
    assert said[0] is not None
    assert said[1] is not None
    assert np.allclose(said[0](TEXTS), said[1](TEXTS), atol=0.05)
    assert not _children()


@pytest.mark.real_model
def test_half_precision_changes_less_than_keeping_the_vectors_does() -> None:
    from qualkit.coding.encoder import encode, load_encoder

    model, some = find_model(), TEXTS[38:42]
    whole = load_encoder(model)
    (vectors,) = encode(whole, model, some, None)
    (halved,) = encode(deepcopy(whole).half(), model, some, None)
    assert (vectors * halved).sum(axis=1).min() > 0.99999


@pytest.mark.real_model
@pytest.mark.parametrize(("device", "halved"), [("cuda", True), ("cpu", False), ("mps", False)])
def test_half_precision_is_for_graphics_cards(
    monkeypatch: pytest.MonkeyPatch, device: str, halved: bool
) -> None:
    import sentence_transformers

    from qualkit.coding.encoder import load_encoder

    class Loaded:
        half_precision = False

        def __init__(self, folder: str, local_files_only: bool) -> None:
            self.device = SimpleNamespace(type=device)

        def half(self) -> Loaded:
            self.half_precision = True
            return self

    monkeypatch.setattr(sentence_transformers, "SentenceTransformer", Loaded)
    assert load_encoder.__wrapped__(find_model()).half_precision is halved


@pytest.mark.skipif(sys.platform != "linux", reason="children are counted in /proc")
@pytest.mark.parametrize(
    "child",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import sys; sys.stdin.readline(); sys.stdin.readline(); sys.exit(3)",
        "import sys; sys.stdout.write('chatter, no answer'); sys.stdout.flush(); sys.stdin.read()",
        "import sys; sys.stdout.buffer.write((9).to_bytes(8, 'big') + b'no archiv'); sys.stdout.flush()",
        (
            "import io, sys, numpy as np; stream = io.BytesIO(); np.savez(stream, np.ones((1, 3)));"
            "body = stream.getvalue(); sys.stdout.buffer.write(len(body).to_bytes(8, 'big') + body)"
        ),
    ],
)
def test_what_a_child_cannot_do_is_done_here(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch, child: str
) -> None:
    monkeypatch.setattr(encoders, "COMMAND", (sys.executable, "-c", child))
    cache, steps = run(embed(tmp_path, replace(FAKE, processes=2), TEXTS))
    assert cache.get(TEXTS).shape == (len(TEXTS), WIDTH)
    assert sorted(encoder.seen) == sorted(TEXTS)
    assert steps[-1].done == len(TEXTS)
    assert not _children()


@pytest.mark.skipif(sys.platform != "linux", reason="children are counted in /proc")
def test_children_end_with_who_asked(encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = (
        "import io, sys, numpy as np\n"
        "sys.stdin.readline()\n"
        "for line in sys.stdin:\n"
        "    stream = io.BytesIO(); np.savez(stream, np.ones((1, 3), np.float32)); body = stream.getvalue()\n"
        "    sys.stdout.buffer.write(len(body).to_bytes(8, 'big') + body); sys.stdout.buffer.flush()\n"
    )
    monkeypatch.setattr(encoders, "COMMAND", (sys.executable, "-c", answer))
    rows = encoded(replace(FAKE, processes=2), [["a"], ["b"], ["c"]], None)
    batch, (made,) = next(rows)
    assert (batch, made.shape) == (["a"], (1, 3))
    assert len(_children()) == 2
    rows.close()
    assert not _children()
    assert not encoder.seen


def test_a_child_that_ends_leaves_its_batch_to_the_others(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = (
        "import io, os, sys, numpy as np\n"
        "sys.stdin.readline()\n"
        "for line in sys.stdin:\n"
        f"    try: os.close(os.open({str(tmp_path / 'ended')!r}, os.O_CREAT | os.O_EXCL)); sys.exit(9)\n"
        "    except FileExistsError: pass\n"
        "    stream = io.BytesIO(); np.savez(stream, np.ones((1, 3), np.float32)); body = stream.getvalue()\n"
        "    sys.stdout.buffer.write(len(body).to_bytes(8, 'big') + body); sys.stdout.buffer.flush()\n"
    )
    monkeypatch.setattr(encoders, "COMMAND", (sys.executable, "-c", answer))
    batches = [[str(number)] for number in range(9)]
    done = [batch for batch, _ in encoded(replace(FAKE, processes=2), batches, None)]
    assert sorted(done) == batches
    assert (tmp_path / "ended").exists()
    assert not encoder.seen


def test_without_a_process_to_be_had_all_is_done_here(
    encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoders, "COMMAND", ("/no/such/program",))
    assert [batch for batch, _ in encoded(replace(FAKE, processes=2), [["a"], ["b"]], None)] == [["a"], ["b"]]
    assert encoder.seen == ["a", "b"]


def test_few_words_and_few_cores_get_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "cores", lambda: 8)
    monkeypatch.setattr(encoders, "machine_mib", lambda: 16_000)
    assert that_pay(WORTH) == 1
    assert that_pay(100 * WORTH) in {1, 8}  # one where a graphics card is
    monkeypatch.setattr(encoders, "machine_mib", lambda: 6_000)
    assert that_pay(100 * WORTH) in {1, 3}
    monkeypatch.setattr(encoders, "cores", lambda: 1)
    assert that_pay(100 * WORTH) == 1


def _children() -> list[str]:
    """Processes that this one started and that still run."""
    found = Path("/proc/self/task").glob("*/children")
    return [child for path in found for child in path.read_text(encoding="ascii").split()]
