"""Grouping voice windows by speaker: spectral clustering of a pruned similarity graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEIGHBOURS = 0.02
"""Share of the windows that each keeps as neighbours, at least 6."""
MOST = 8
TRIES = 10
SAME_VOICE = 0.8
"""Cosine of two centres over which an estimate counts them as one voice."""


def cluster(vectors: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """A label from 0 for each unit vector: ``count`` of them, or as many as there seem to be when 0.

    The estimate is the largest gap between eigenvalues of the graph's Laplacian,
    after which clusters with nearly the same centre are put together.
    """
    n = len(vectors)
    if count == 1 or n <= 4:
        return np.zeros(n, np.int64)
    exact = vectors.astype(np.float64)
    values, spectrum = _spectrum(exact)
    groups = count or int(np.argmax(np.diff(values)) + 1)
    groups = min(groups, n)
    labels = np.zeros(n, np.int64) if groups == 1 else _k_means(spectrum[:, :groups], groups)
    return labels if count else _merged(exact, labels)


def _spectrum(vectors: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from scipy.linalg import eigh

    n = len(vectors)
    similar = vectors @ vectors.T
    keep = min(n, max(6, int(np.ceil(NEIGHBOURS * n))))
    drop = np.argsort(similar, axis=1, kind="stable")[:, : n - keep]
    np.put_along_axis(similar, drop, 0.0, axis=1)
    graph = np.maximum(0.5 * (similar + similar.T), 0.0)
    np.fill_diagonal(graph, 0.0)
    laplacian = np.diag(graph.sum(axis=1)) - graph
    values, spectrum = eigh(laplacian, subset_by_index=[0, min(MOST, n - 1)])
    # an eigenvector's sign is arbitrary and differs between machines: fix it
    signs = np.sign(spectrum[np.abs(spectrum).argmax(axis=0), np.arange(spectrum.shape[1])])
    return np.asarray(values), np.asarray(spectrum * np.where(signs == 0, 1.0, signs))


def _k_means(points: NDArray[np.float64], groups: int) -> NDArray[np.int64]:
    """The best of ten tries. By SciPy: scikit-learn takes two seconds to load."""
    from scipy.cluster.vq import kmeans2

    def off(found: tuple[NDArray[np.float64], NDArray[np.int32]]) -> float:
        centres, labels = found
        return float(((points - centres[labels]) ** 2).sum())

    tries = [kmeans2(points, groups, iter=100, minit="++", rng=seed) for seed in range(TRIES)]
    return np.asarray(min(tries, key=off)[1], np.int64)


def _merged(vectors: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels of clusters whose centres are one voice, or too small to be a speaker, joined."""
    labels = labels.copy()
    while True:
        present = np.unique(labels)
        if len(present) < 2:
            return np.zeros_like(labels)
        centres = np.stack([vectors[labels == k].mean(axis=0) for k in present])
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        near = centres @ centres.T
        np.fill_diagonal(near, -1.0)
        sizes = np.array([(labels == k).sum() for k in present])
        small = sizes < max(3, 0.02 * len(labels))
        if small.any():
            i = int(np.flatnonzero(small)[0])
        elif near.max() > SAME_VOICE:
            i = int(near.argmax() // len(present))
        else:
            return np.asarray(np.searchsorted(present, labels), np.int64)
        labels[labels == present[i]] = present[int(near[i].argmax())]
