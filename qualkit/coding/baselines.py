"""What the engine is compared with: words alone, meaning alone, TF-IDF with logistic regression."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.engine import FEATURES
from qualkit.coding.logistic import sigmoid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qualkit.coding.gold import Gold
    from qualkit.coding.meaning import CodeText

    Floats = NDArray[np.float64]

WORDS = ("terms",)
MEANING = ("about", "example", "vocabulary")


def one_reading(table: NDArray[np.float32], names: Sequence[str], usual: float) -> Floats:
    """One reading alone: its features added, and cut so that as many pairs are shown as are true.

    ``usual`` is the number of codes a unit has, which only the labels tell: a
    favour to the baseline. The result is over one half for so many pairs.
    """
    value = table[:, :, [FEATURES.index(name) for name in names]].sum(axis=-1).astype(np.float64)
    return cut_at(value, usual)


def cut_at(value: Floats, usual: float) -> Floats:
    """Scores stretched so that the highest ``usual`` a unit are at one half or over."""
    count = max(1, min(value.size - 1, round(usual * len(value))))
    cut = max(float(np.sort(value, axis=None)[-count]), 1e-6)
    return sigmoid(6 * (value - cut) / cut)


def tfidf(gold: Gold, texts: Sequence[CodeText], train: NDArray[np.int64]) -> Floats:
    """TF-IDF of words and letters with a balanced logistic regression a code, for every unit.

    Taught by everything the codebook says of its codes and by the ``train`` units.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_union

    said = [text.text for text in texts]
    labels = np.zeros((len(texts), len(gold.codes)), bool)
    labels[np.arange(len(texts)), [text.code for text in texts]] = True
    units = [unit.text for unit in gold.units]
    taught = said + [units[row] for row in train]
    truth = np.concatenate([labels, gold.labels[train]])
    reader = make_union(
        TfidfVectorizer(sublinear_tf=True, min_df=1),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2),
    )
    design, all_units = reader.fit_transform(taught), None
    all_units = reader.transform(units)
    chance = np.zeros(gold.labels.shape)
    for code in range(len(gold.codes)):
        if truth[:, code].any() and not truth[:, code].all():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                model = LogisticRegression(class_weight="balanced", C=5, max_iter=300)
                chance[:, code] = model.fit(design, truth[:, code]).predict_proba(all_units)[:, 1]
    return cut_at(chance, float(gold.labels.sum() / len(gold.units)))
