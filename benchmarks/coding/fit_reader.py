"""Fits the reader of the sample codebook's coded units: ``qualkit/coding/reader.npz``.

    python -m benchmarks.coding.fit_reader             fit; write reader.npz
    python -m benchmarks.coding.fit_reader --check     on writers held out only

The embedding model stays as it is: states of two of its layers are computed once a text, and small networks
are trained on them: two for each group of writers held out, and two on all (six to nine minutes each on one
core). What they say of a unit when they have not seen the unit's writer is kept in
``.qualkit/read-out-GROUP.npz``; ``fit_prior.py``, to be run afterwards, weighs the reader by that.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qualkit.coding.embed import find_model
from qualkit.coding.encoder import embedded_with_states, load_encoder
from qualkit.coding.experience import NOTHING, digest_of
from qualkit.coding.reader import SHIPPED_READER, Reader, write_reader
from qualkit.files.coded_units import coded_text, read_coded_units, units_beside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qualkit.files.coded_units import CodedUnit

    Array = NDArray[np.float32]

ROOT = Path(__file__).resolve().parent.parent.parent
CODEBOOK = ROOT / "codebooks" / "infrastructure-security.yaml"
WORK = ROOT / ".qualkit"
GROUPS = 4
"""In so many parts are the writers held out, as in ``fit_prior.py``."""
LAYERS = (8, 9)
KEPT = 512
"""Directions of the states that are trained on: those that vary most, brought half way to varying alike."""
HIDDEN = 640
EPOCHS = 10
BATCH = 32
RATE = 1.5e-3
DECAY = 0.05
DROPPED = 0.4
"""Share of the hidden layer that is left out at each step; half as much of the states."""
UNHEARD = 0.1
"""Share of the words that is left out at each step."""
SEEDS = (1, 2)
"""A network of each is trained; they say the mean."""
RECIPE = f"{LAYERS}{KEPT}{HIDDEN}{EPOCHS}{BATCH}{RATE}{DECAY}{DROPPED}{UNHEARD}{SEEDS}"


def groups_of(units: tuple[CodedUnit, ...]) -> NDArray[np.int64]:
    """The group that each unit's writer is held out with."""
    return np.asarray(np.unique([unit.source for unit in units], return_inverse=True)[1] % GROUPS, np.int64)


def read_out(units: tuple[CodedUnit, ...], digest: str) -> Array:
    """What readers that had not seen a unit's writer said of it: units × codes, the last one *nothing*."""
    parts = []
    for group in range(GROUPS):
        with np.load(WORK / f"read-out-{group}.npz") as held:
            assert str(held["digest"]) == digest + RECIPE, "Run fit_reader.py again."
            parts.append((held["rows"], held["logits"]))
    made = np.zeros((len(units), parts[0][1].shape[1]), np.float32)
    for rows, logits in parts:
        made[rows] = logits
    return made


def states_of(units: tuple[CodedUnit, ...], digest: str) -> list[NDArray[np.float16]]:
    """States of every unit, words × (dimensions of all layers), computed once and kept."""
    model = find_model()
    file = WORK / f"states-{digest}.npz"
    if file.exists():
        with np.load(file) as held:
            return list(np.split(held["states"], np.cumsum(held["sizes"])[:-1]))
    encoder = load_encoder(model)
    order = sorted(range(len(units)), key=lambda at: len(units[at].text))
    made: list[NDArray[np.float16]] = [np.zeros((0, 0), np.float16)] * len(units)
    for at in range(0, len(order), BATCH):
        some = order[at : at + BATCH]
        _, states = embedded_with_states(encoder, model.prompt, [units[row].text for row in some], LAYERS)
        for row, one in zip(some, states, strict=True):
            made[row] = one.astype(np.float16)
    WORK.mkdir(exist_ok=True)
    np.savez(file, states=np.concatenate(made), sizes=np.array([len(one) for one in made]))
    return made


def fit(
    states: list[NDArray[np.float16]], labels: Array, rows: NDArray[np.int64], digest: str, tell: str
) -> Reader:
    """Train a reader on some of the units; ``labels`` are units × codes, the last one *nothing*."""
    random = np.random.default_rng(SEEDS[0])
    some = np.concatenate([states[row] for row in random.permutation(rows)[:1_500]]).astype(np.float32)
    middle, spread = some.mean(axis=0), some.std(axis=0)
    size, main = np.linalg.eigh(np.cov(((some - middle) / spread).T))
    turn = np.asarray(main[:, -KEPT:] / np.sqrt(size[-KEPT:]) ** 0.5, np.float32)
    seen = {row: (states[row].astype(np.float32) - middle) / spread @ turn for row in rows}
    held = [_network(seen, labels, rows, seed, f"{tell}, network {seed}") for seed in SEEDS]
    made = {name: np.stack([one[name] for one in held]) for name in held[0]}
    return Reader(
        digest, LAYERS, middle, spread, turn @ made["hidden.weight"].transpose(0, 2, 1), made["hidden.bias"],
        made["heed"], made["say"], made["whole"], turn @ made["plain"], made["constant"],
    )  # fmt: skip


def _network(
    seen: dict[int, Array], labels: Array, rows: NDArray[np.int64], seed: int, tell: str
) -> dict[str, Array]:
    """The weights of one network; ``seen`` holds what is read of each unit, words × :data:`KEPT`."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    random = np.random.default_rng(seed)
    truth = torch.tensor(labels)
    width, codes = KEPT, labels.shape[1]

    def thinned(values: Any, share: float) -> Any:
        # As nn.Dropout, by shares of 256: its own random numbers take a third of the time.
        kept = np.frombuffer(random.bytes(values.numel()), np.uint8) >= round(256 * share)
        return values * torch.from_numpy(kept.reshape(values.shape)) / (1 - round(256 * share) / 256)

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.hidden = nn.Linear(width, HIDDEN)
            self.heed = nn.Parameter(torch.randn(HIDDEN, codes) * 0.02)
            self.say = nn.Parameter(torch.randn(HIDDEN, codes) * 0.02)
            self.whole = nn.Parameter(torch.zeros(HIDDEN, codes))
            self.plain = nn.Parameter(torch.zeros(width, codes))
            self.constant = nn.Parameter(torch.logit(truth[rows].mean(dim=0)))

        def forward(self, said: Any, there: Any) -> Any:
            said = thinned(said, DROPPED / 2)
            hidden = thinned(functional.gelu(self.hidden(said), approximate="tanh"), DROPPED)
            heed = (hidden @ self.heed).masked_fill(~there[:, :, None], -1e4).softmax(dim=1)
            there = there[:, :, None].float()
            count = there.sum(dim=1)
            made = ((hidden @ self.say) * heed).sum(dim=1)
            made = made + ((hidden * there).sum(dim=1) / count) @ self.whole
            return made + ((said * there).sum(dim=1) / count) @ self.plain + self.constant

    network = Network()
    sizes = {row: len(one) for row, one in seen.items()}
    steps = EPOCHS * -(-len(rows) // BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 10, pct_start=0.1)
    began = time.perf_counter()
    for epoch in range(EPOCHS):
        total = 0.0
        for batch in _batches(rows, sizes, random):
            longest = max(sizes[row] for row in batch)
            said, there = (
                np.zeros((len(batch), longest, width), np.float32),
                np.zeros((len(batch), longest), bool),
            )
            for at, row in enumerate(batch):
                said[at, : sizes[row]] = seen[row]
                there[at, : sizes[row]] = random.random(sizes[row]) > UNHEARD
            there[:, 0] = True
            made = network(torch.from_numpy(said), torch.from_numpy(there))
            loss = (
                functional.binary_cross_entropy_with_logits(made, truth[batch], reduction="none")
                .sum(1)
                .mean()
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(batch)
        print(f"{tell}: epoch {epoch + 1} of {EPOCHS}, loss {total / len(rows):.3f}, "
              f"{time.perf_counter() - began:.0f} s", flush=True)  # fmt: skip
    return {name: value.detach().numpy() for name, value in network.named_parameters()}


def _batches(
    rows: NDArray[np.int64], sizes: dict[int, int], random: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Units in batches of about one length, in a random order."""
    mixed, made = random.permutation(rows), []
    for at in range(0, len(mixed), 20 * BATCH):
        part = mixed[at : at + 20 * BATCH]
        part = np.asarray(sorted(part, key=lambda row: sizes[row]))
        made += [part[i : i + BATCH] for i in range(0, len(part), BATCH)]
    return [made[at] for at in random.permutation(len(made))]


def main() -> None:
    """Fit, report, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="writers held out only")
    parser.add_argument(
        "--groups", type=int, nargs="*", default=list(range(GROUPS)), help="of them, only these"
    )
    options = parser.parse_args()
    units = read_coded_units(units_beside(CODEBOOK))
    model = find_model()
    digest = digest_of(coded_text(units_beside(CODEBOOK)).encode(), f"{model.hash}\0{model.prompt}")
    codes = (*sorted({code for unit in units for code in unit.codes}), NOTHING)
    labels = np.array([[code in (unit.codes or (NOTHING,)) for code in codes] for unit in units], np.float32)
    states, groups = states_of(units, digest), groups_of(units)
    for group in options.groups:
        out = np.flatnonzero(groups == group)
        reader = fit(states, labels, np.flatnonzero(groups != group), digest, f"group {group}")
        said = np.stack([reader.read(states[row].astype(np.float32)) for row in out])
        truth = labels[out][:, :-1] > 0
        shown = [said[:, :-1] > at for at in np.arange(-2, 1, 0.1)]
        best = max(2 * float((one & truth).sum()) / float(one.sum() + truth.sum()) for one in shown)
        print(f"group {group}, {len(out)} units of writers held out: micro-F1 {best:.3f} at best", flush=True)
        np.savez(WORK / f"read-out-{group}.npz", digest=np.array(digest + RECIPE), rows=out, logits=said)
    if not options.check:
        write_reader(SHIPPED_READER, fit(states, labels, np.arange(len(units)), digest, "all"))
        print(f"wrote {SHIPPED_READER.relative_to(ROOT)}: {SHIPPED_READER.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
