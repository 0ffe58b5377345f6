"""The default backend: two small models by onnxruntime, without account, token or torch.

Segmentation-3.0 (pyannote) says where speech and overlapping speech are; CAM++
says whose voice each 1.5 s window holds; spectral clustering groups the windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from qualkit.audio.stretch import RATE
from qualkit.errors import MissingModel
from qualkit.files.machine import cores
from qualkit.transcription.speakers.cluster import cluster
from qualkit.transcription.speakers.diarizer import Beat, Diarization, Spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from qualkit.audio.pcm import Pcm

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
Part = TypeVar("Part")
Made = TypeVar("Made")
FRAME = 0.016875
"""Seconds a frame of segmentation-3.0."""
OFFSET = 0.0309375
"""Seconds from a window's start to the middle of its first frame."""
LOOK, LOOK_STEP = 10 * RATE, 5 * RATE // 2
VOICE, VOICE_STEP = 1.5, 0.5
"""Seconds a voice window and between them."""
VOICE_STEP_SAMPLES = int(VOICE_STEP * RATE)
FEW = 600
"""So many voice windows (five minutes of speech) are all heard; of more, every other one is left out where
those before and after it are one voice."""
BATCH = 2
"""Looks that a thread takes at once, of voice windows twice as many: small, for memory and the caches."""
MOST_THREADS = 4
"""Each holds a batch in memory."""
JOIN_S, LEAST_S = 0.3, 0.15
"""Stretches of one speaker this near become one; shorter ones are dropped."""
MOST_CLUSTERED = 1500
"""Windows that are clustered (the cost grows with the square); all are then scored against the centres."""
_POWERSET = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], np.float32
)


@dataclass(frozen=True, slots=True)
class _Windows:
    """Voice windows with speech in them, and the vector of each."""

    numbers: Numbers
    """Places in the grid of windows, :data:`VOICE_STEP` apart; ascending."""
    vectors: Floats

    def joined(self, other: _Windows) -> _Windows:
        """Both in one, in order."""
        numbers = np.concatenate([self.numbers, other.numbers])
        order = np.argsort(numbers)
        return _Windows(numbers[order], np.concatenate([self.vectors, other.vectors])[order])


class OnnxDiarizer:
    """Segmentation-3.0 and CAM++ behind the :class:`Diarizer` protocol."""

    name = "onnx"

    def __init__(self, folder: Path | None, threads: int = 0) -> None:
        import onnxruntime as ort

        if folder is None or not (folder / "segmentation-3.0.onnx").is_file():
            raise MissingModel(
                "The models that tell speakers apart are not on this machine.",
                "Run `qualkit models fetch speakers`.",
            )
        options = ort.SessionOptions()
        # a thread a batch: threads inside one spend half of the processor's time on waiting for each other
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._threads = min(MOST_THREADS, threads or cores())
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        self._segment: Any = ort.InferenceSession(
            folder / "segmentation-3.0.onnx", options, providers=["CPUExecutionProvider"]
        )
        self._voice: Any = ort.InferenceSession(
            folder / "campplus.onnx", options, providers=["CPUExecutionProvider"]
        )

    def diarize(self, pcm: Pcm, count: int, beat: Beat) -> Diarization:
        """As the protocol says. Estimating the number went wrong once in seven; ask."""
        talking = self._talking(pcm, beat)
        grid, alone = _grid(talking, pcm.samples)
        if not len(grid):
            return Diarization((), self.name, estimated=count == 0)
        first = _coarse(grid) if len(grid) > FEW else grid
        windows = _Windows(first, self._voices(pcm, first, beat, (0.3, 0.8)))
        centres = _centres(windows.vectors[_clean(alone[np.isin(grid, first)])], count)
        rest = _unsettled(grid, windows, centres)
        if len(rest):
            windows = windows.joined(_Windows(rest, self._voices(pcm, rest, beat, (0.8, 0.95))))
        spoken = _stretches(talking, _scores(windows, centres, len(talking)))
        return _in_order(spoken, centres, self.name, estimated=count == 0)

    def _talking(self, pcm: Pcm, beat: Beat) -> NDArray[np.int64]:
        """How many people speak in every frame: the mean of overlapping looks."""
        total = pcm.samples
        starts = list(range(0, max(1, total - LOOK + 1), LOOK_STEP))
        if starts[-1] + LOOK < total:
            starts.append(total - LOOK)
        frames = int(max(total, LOOK) / RATE / FRAME) + 620
        looks, people = np.zeros(frames), np.zeros(frames)
        name = self._segment.get_inputs()[0].name

        def active(part: list[int]) -> NDArray[np.float32]:
            sounds = np.stack([_padded(pcm.slice(a, a + LOOK), LOOK) for a in part])
            found = self._segment.run(None, {name: sounds[:, None]})[0]
            return np.asarray(_POWERSET[found.argmax(-1)].sum(-1))

        parts = [starts[i : i + BATCH] for i in range(0, len(starts), BATCH)]
        for done, (part, rows) in enumerate(self._side_by_side(active, parts), 1):
            for a, row in zip(part, rows, strict=True):
                at = round(a / RATE / FRAME)
                looks[at : at + len(row)] += 1
                people[at : at + len(row)] += row
            beat(0.3 * done / len(parts), 1.0)
        return np.round(people / np.maximum(looks, 1)).astype(np.int64)

    def _voices(self, pcm: Pcm, numbers: Numbers, beat: Beat, share: tuple[float, float]) -> Floats:
        """A unit vector for each window of the grid; ``share``: the part of the whole work that this is."""
        name = self._voice.get_inputs()[0].name

        def voices(part: NDArray[np.int64]) -> Floats:
            banks = _banks(pcm, part * VOICE_STEP_SAMPLES)
            return np.asarray(self._voice.run(None, {name: banks - banks.mean(axis=1, keepdims=True)})[0])

        parts = [numbers[i : i + 2 * BATCH] for i in range(0, len(numbers), 2 * BATCH)]
        vectors: list[Floats] = []
        for done, (_, found) in enumerate(self._side_by_side(voices, parts), 1):
            vectors.append(found)
            beat(share[0] + (share[1] - share[0]) * done / len(parts), 1.0)
        every = np.concatenate(vectors)
        return np.asarray(every / np.maximum(np.linalg.norm(every, axis=1, keepdims=True), 1e-9))

    def _side_by_side(
        self, work: Callable[[Part], Made], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Made]]:
        """Each part with what ``work`` makes of it, in order, a few at a time so that memory stays flat."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self._threads) as pool:
            for i in range(0, len(parts), 4 * self._threads):
                some = parts[i : i + 4 * self._threads]
                yield from zip(some, pool.map(work, some), strict=True)


def _grid(talking: NDArray[np.int64], samples: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Places of the voice windows with speech in them, and the share of each in which one person speaks."""
    count = max(1, int(np.ceil((max(samples / RATE, VOICE + 0.01) - VOICE) / VOICE_STEP)))
    begins = np.arange(count) * VOICE_STEP
    spans = [slice(int(a / FRAME), int((a + VOICE) / FRAME)) for a in begins]
    speech = np.array([(talking[s] >= 1).mean() for s in spans])
    chosen = np.flatnonzero(speech >= 0.5)
    if not len(chosen):
        chosen = np.flatnonzero(speech > 0.1)
    return chosen, np.array([(talking[spans[i]] == 1).mean() for i in chosen])


def _coarse(grid: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every other window, and those that stand alone."""
    lonely = ~np.isin(grid - 1, grid) & ~np.isin(grid + 1, grid)
    return np.asarray(grid[(grid % 2 == 0) | lonely], np.int64)


def _unsettled(grid: NDArray[np.int64], heard: _Windows, centres: Floats) -> NDArray[np.int64]:
    """Windows not heard yet, but those between two of the same voice: there nobody takes over."""
    who = dict(zip(heard.numbers.tolist(), (heard.vectors @ centres.T).argmax(axis=1).tolist(), strict=True))
    rest = [i for i in grid.tolist() if i not in who]
    return np.array([i for i in rest if who.get(i - 1, -1) != who.get(i + 1, -2)], np.int64)


def _clean(alone: NDArray[np.float64]) -> NDArray[np.int64]:
    """The windows to cluster: only one person speaks in them."""
    clean = alone >= 0.9
    if clean.sum() < 8:
        clean[np.argsort(-alone, kind="stable")[: max(8, len(alone) // 2)]] = True
    use = np.flatnonzero(clean)
    if len(use) > MOST_CLUSTERED:
        use = use[np.linspace(0, len(use) - 1, MOST_CLUSTERED).astype(int)]
    return use


def _centres(vectors: Floats, count: int) -> Floats:
    """A unit vector for each voice."""
    labels = cluster(vectors, count)
    kept = [k for k in range(int(labels.max()) + 1) if (labels == k).any()]
    centres = np.stack([vectors[labels == k].mean(axis=0) for k in kept])
    return np.asarray(centres / np.linalg.norm(centres, axis=1, keepdims=True))


def _banks(pcm: Pcm, starts: NDArray[np.int64]) -> Floats:
    """Energies of each voice window; what neighbouring windows share is computed once."""
    size, step = int(VOICE * RATE), VOICE_STEP_SAMPLES
    hop, rows = step // 160, 1 + (size - 400) // 160
    out: list[Floats] = []
    for run in np.split(starts, np.flatnonzero(np.diff(starts) != step) + 1):
        first, length = int(run[0]), int(run[-1] - run[0]) + size
        bank = fbank(_padded(pcm.slice(first, first + length), length))
        out += [bank[k * hop : k * hop + rows] for k in range(len(run))]
    return np.stack(out)


def _padded(sound: Floats, size: int) -> Floats:
    return sound if len(sound) == size else np.pad(sound, (0, size - len(sound)))


def _scores(windows: _Windows, centres: Floats, frames: int) -> Floats:
    """For every frame, how near the voice there is to each centre: mean of the windows around it."""
    near = windows.vectors @ centres.T
    scores, weight = np.zeros((frames, len(centres))), np.zeros(frames)
    for number, row in zip(windows.numbers, near, strict=True):
        middle = number * VOICE_STEP + VOICE / 2
        a, b = max(0, int((middle - VOICE / 4) / FRAME)), int((middle + VOICE / 4) / FRAME) + 1
        scores[a:b] += row
        weight[a:b] += 1
    known = np.flatnonzero(weight)
    scores[known] /= weight[known, None]
    nearest = np.clip(np.searchsorted(known, np.arange(frames)), 0, len(known) - 1)
    return np.asarray(scores[known[nearest]], np.float32)


def _stretches(talking: NDArray[np.int64], scores: Floats) -> list[Spoken]:
    count = scores.shape[1]
    order = np.argsort(-scores, axis=1, kind="stable")
    people = np.minimum(talking, count)
    active = np.zeros_like(scores, bool)
    for rank in range(count):
        rows = np.flatnonzero(people > rank)
        active[rows, order[rows, rank]] = True
    out: list[Spoken] = []
    for k in range(count):
        edges = np.diff(np.concatenate([[0], active[:, k].astype(np.int8), [0]]))
        last = -1
        for a, b in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
            start, end = a * FRAME + OFFSET, b * FRAME + OFFSET
            if last >= 0 and start - out[last].end_ms / 1000 < JOIN_S:
                out[last] = Spoken(out[last].start_ms, round(end * 1000), k)
            elif end - start >= LEAST_S:
                out.append(Spoken(round(start * 1000), round(end * 1000), k))
                last = len(out) - 1
    return out


def _in_order(spoken: list[Spoken], centres: Floats, name: str, *, estimated: bool) -> Diarization:
    """Speakers numbered by who speaks first."""
    spoken = sorted(spoken, key=lambda s: (s.start_ms, s.end_ms, s.speaker))
    order: dict[int, int] = {}
    for s in spoken:
        order.setdefault(s.speaker, len(order))
    voices = tuple(
        tuple(round(float(x), 5) for x in centres[k]) for k in sorted(order, key=lambda k: order[k])
    )
    numbered = tuple(Spoken(s.start_ms, s.end_ms, order[s.speaker]) for s in spoken)
    return Diarization(numbered, name, voices, estimated)


def fbank(sound: Floats) -> Floats:
    """80 log-mel energies a 10 ms frame, as Kaldi computes them (povey window, pre-emphasis 0.97)."""
    count = 1 + (len(sound) - 400) // 160
    frames = np.lib.stride_tricks.sliding_window_view(np.ascontiguousarray(sound), 400)[::160][
        :count
    ] * np.float32(32768)
    frames = frames - frames.mean(axis=1, keepdims=True)
    frames = np.concatenate(
        [frames[:, :1] * np.float32(0.03), frames[:, 1:] - np.float32(0.97) * frames[:, :-1]], axis=1
    )
    spectrum = np.fft.rfft(frames * _WINDOW, 512)
    power = spectrum.real**2 + spectrum.imag**2
    return np.log(np.maximum(power @ _MEL.T, 1.19e-7)).astype(np.float32)


def _mel_bank(bands: int = 80, low: float = 20.0, high: float = 8000.0) -> Floats:
    def mel(f: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.asarray(1127.0 * np.log(1.0 + np.asarray(f) / 700.0))

    edges = np.linspace(mel(low), mel(high), bands + 2)
    bins = mel(np.arange(257) * RATE / 512)[None]
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rise, fall)).astype(np.float32)


_MEL = _mel_bank()
_WINDOW = (np.hanning(400) ** 0.85).astype(np.float32)
