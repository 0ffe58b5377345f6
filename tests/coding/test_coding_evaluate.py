"""Evaluation: numbers checked against scikit-learn, labelled files checked by line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qualkit.coding.evaluate import as_dict, as_text, draw_examples, evaluate_coding
from qualkit.coding.gold import read_gold
from qualkit.coding.metrics import calibration_error, f1, interval, lrap, per_code, quality
from qualkit.errors import BadFile, UsageError
from qualkit.model import Code, Codebook
from tests.coding.conftest import FAKE, FakeEncoder
from tests.steps import ended

if TYPE_CHECKING:
    from pathlib import Path

BOOK = Codebook(
    {"en": "T"},
    (
        Code("top", {"en": "Top"}, codable=False),
        Code("water", {"en": "Water"}, "top", {"en": "Water."}, terms={"en": ("water",), "fi": ("vesi",)}),
        Code("steam", {"en": "Steam"}, "top", {"en": "Steam."}, terms={"en": ("steam",), "fi": ("höyry",)}),
    ),
    hash="h",
)


def gold_file(folder: Path) -> Path:
    lines = ["lang\tcodes\ttext"]
    for i in range(20):
        lines += [
            f"en\twater\tthe water number {i}",
            f"fi\tsteam;water\thöyryä ja vettä {i}",
            f"en\tnone\thello {i}",
        ]
    path = folder / "gold.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(path: Path, **options: Any) -> Any:
    return ended(evaluate_coding(path, BOOK, FAKE, path.parent, **options))


def test_all_rows_of_one_run(tmp_path: Path, encoder: FakeEncoder) -> None:
    found = run(gold_file(tmp_path), learn=4, seeds=2)
    names = [row.name for row in found.rows]
    assert names[:4] == ["zero-shot", "words only", "meaning only", "TF-IDF + logistic regression"]
    assert "after 4 a code" in names
    best = found.rows[0].quality
    assert best.micro_f1 > 0.6
    assert best.nothing_left_alone >= 0.9
    assert set(found.rows[0].languages) == {"en", "fi"}
    assert set(found.rows[0].codes) == {"water", "steam"}
    assert [one.target for one in found.certified] == [0.9, 0.8]
    plain = as_dict(found)
    assert "NaN" not in json.dumps(plain)
    assert plain["rows"][0]["quality"]["micro_f1"] == pytest.approx(best.micro_f1, abs=1e-4)
    assert "zero-shot" in as_text(found)
    assert run(gold_file(tmp_path), learn=4, seeds=2).rows == found.rows


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("en\twater;nosuch\ta", r"gold\.tsv:3: the code 'nosuch' is not in the codebook"),
        ("en\tnone;water\ta", r"gold\.tsv:3: names none beside"),
        ("en\t\ta", r"gold\.tsv:3: .*no code at all"),
        ("en\twater\t", r"gold\.tsv:3: has no text"),
        ("en\twater", r"gold\.tsv:3: has no text"),
    ],
)
def test_faults_name_the_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "gold.tsv"
    path.write_text(f"lang\tcodes\ttext\nen\twater\ta\n{line}\n", encoding="utf-8")
    with pytest.raises(BadFile, match=message):
        read_gold(path, BOOK)


def test_other_faults(tmp_path: Path) -> None:
    path = tmp_path / "gold.tsv"
    for content, message in (
        (b"", "no column"),
        (b"lang\ttext\n", "no column codes"),
        (b"\xff\xfe\xfa", "UTF-8"),
        (b"lang\tcodes\ttext\n", "no labelled text"),
    ):
        path.write_bytes(content)
        with pytest.raises(BadFile, match=message):
            read_gold(path, BOOK)
    with pytest.raises(BadFile, match="is not there"):
        read_gold(tmp_path / "none.tsv", BOOK)
    with pytest.raises(UsageError):
        run(gold_file(tmp_path), learn=-1)


def test_columns_may_come_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "gold.tsv"
    path.write_bytes("\ufefftext\tnote\tcodes\tlang\r\nvettä\tx\twater, steam\tFI\r\n".encode())
    gold = read_gold(path, BOOK)
    assert gold.units[0].language == "fi"
    assert gold.labels.tolist() == [[True, True]]


def test_numbers_agree_with_scikit_learn() -> None:
    from sklearn.metrics import f1_score, label_ranking_average_precision_score

    random = np.random.default_rng(0)
    labels, chance = random.random((80, 5)) < 0.3, random.random((80, 5))
    labels[:4] = False
    shown = chance > 0.6
    assert f1(labels, shown) == pytest.approx(f1_score(labels, shown, average="micro"))
    assert np.mean(per_code(labels, shown)) == pytest.approx(f1_score(labels, shown, average="macro"))
    some = labels.any(axis=1)
    assert lrap(labels, chance) == pytest.approx(
        label_ranking_average_precision_score(labels[some], chance[some])
    )
    low, high = interval(labels, shown)
    assert low < f1(labels, shown) < high
    assert calibration_error(labels, labels.astype(float)) == 0
    empty = quality(np.zeros((3, 2), bool), np.zeros((3, 2)), np.zeros((3, 2), bool))
    assert empty.micro_f1 == 0
    assert empty.nothing_left_alone == 1


def test_examples_leave_half_for_the_test() -> None:
    labels = np.random.default_rng(0).random((200, 4)) < [0.3, 0.2, 0.1, 0.015]
    rows = draw_examples(labels, 8, seed=1)
    assert (labels[rows].sum(axis=0)[:2] >= 8).all()
    assert labels[rows][:, 3].sum() <= labels[:, 3].sum() // 2 + 1
    assert not np.array_equal(rows, draw_examples(labels, 8, seed=2))
