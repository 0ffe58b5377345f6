"""The engine on odd codebooks and odd units: a sane score, and reasons that add up to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from qualkit.coding.engine import build_scorer, reasons, score
from qualkit.coding.meaning import code_texts
from qualkit.coding.units import Unit
from qualkit.model import Code, Codebook
from tests.coding.conftest import FakeEncoder

Lookup = Callable[[Sequence[str]], NDArray[np.float32]]


@pytest.fixture
def lookup() -> Lookup:
    fake = FakeEncoder()

    def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
        rows = fake.encode(list(texts))
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    return vectors


def code(name: str, **more: object) -> Code:
    return Code(name, {"en": name.title()}, parent="top", **more)  # type: ignore[arg-type]


def book(*codes: Code) -> Codebook:
    return Codebook({"en": "Trial"}, (Code("top", {"en": "Top"}, codable=False), *codes), hash="h")


STEAM = code(
    "steam",
    definition={"en": "Steam and heat, boilers and pipes."},
    include={"en": ("Steam pressure and condensate.",)},
    exclude={"en": ("Water in the river.",)},
    examples={"en": ("the boiler is down again",)},
    terms={"en": ("steam", "boiler"), "fi": ("höyry",)},
    exclude_terms={"en": ("full steam ahead",)},
)
WATER = code("water", definition={"en": "Water and sewers."}, terms={"en": ("water",)})
ODD = [
    "steam",
    "",
    "123 456",
    "漢字かな",
    "🔧🔧",
    "word " * 3_000,
    "STEAM boiler steam",
    "full steam ahead, they said",
]


def test_the_right_code_comes_first(lookup: Lookup) -> None:
    scorer = build_scorer(book(STEAM, WATER), lookup)
    (found,) = score(scorer, [Unit("the steam boiler broke", "en"), Unit("our water is dirty", "en")], lookup)
    assert found.probabilities.argmax(axis=1).tolist() == [0, 1]
    assert found.probabilities[0, 0] > 0.5 > found.probabilities[0, 1]


@pytest.mark.parametrize("question", ["", "What about the steam?"])
def test_reasons_add_up_to_the_score(lookup: Lookup, question: str) -> None:
    scorer = build_scorer(book(STEAM, WATER), lookup)
    units = [Unit(text, "en", question) for text in ODD]
    (found,) = score(scorer, units, lookup)
    for row in range(len(units)):
        for column in range(2):
            made = reasons(scorer, found, row, column)
            assert sum(r.weight for r in made) == pytest.approx(float(found.logits[row, column]), abs=0.002)
            assert made[-1].kind == "prior"
    terms = [r for r in reasons(scorer, found, 6, 0) if r.kind == "term"]
    assert {"steam", "boiler"} <= {r.text.lower() for r in terms}


def test_the_question_gives_sense_to_a_short_answer(lookup: Lookup) -> None:
    scorer = build_scorer(book(STEAM, WATER), lookup)
    (found,) = score(
        scorer, [Unit("It is fine.", "en"), Unit("It is fine.", "en", "How is the steam?")], lookup
    )
    assert found.logits[1, 0] > found.logits[0, 0]
    assert any(r.kind == "context" and r.text == "How is the steam?" for r in reasons(scorer, found, 1, 0))


def test_exclude_rules_are_never_embedded(lookup: Lookup) -> None:
    assert "Water in the river." not in {text.text for text in code_texts(book(STEAM))}


def test_every_number_is_a_number(lookup: Lookup) -> None:
    codes = (STEAM, code("bare"), Code("nameless", {}, parent="top"), code("one", definition={"sv": "Ånga."}))
    scorer = build_scorer(book(*codes), lookup)
    (found,) = score(
        scorer, [Unit(text, language) for text in ODD for language in ("en", "fi", "", "de")], lookup
    )
    assert np.isfinite(found.logits).all()
    assert found.logits.shape == (len(ODD) * 4, 4)


def test_an_empty_codebook_scores_nothing(lookup: Lookup) -> None:
    scorer = build_scorer(book(), lookup)
    (found,) = score(scorer, [Unit("anything", "en")], lookup)
    assert found.logits.shape == (1, 0)
    assert list(score(scorer, [], lookup)) == []


def test_one_code_and_a_thousand_codes(lookup: Lookup) -> None:
    (one,) = score(build_scorer(book(STEAM), lookup), [Unit("the steam boiler", "en")], lookup)
    assert one.probabilities[0, 0] > 0.5
    many = book(
        STEAM,
        *(code(f"c{i}", definition={"en": f"Thing {i}."}, terms={"en": (f"thing{i}",)}) for i in range(999)),
    )
    (found,) = score(build_scorer(many, lookup), [Unit("the steam boiler", "en")], lookup)
    assert found.probabilities.shape == (1, 1_000)
    assert found.probabilities[0].argmax() == 0
    assert (found.probabilities[0] > 0.3).sum() < 20


def test_units_are_scored_alone(lookup: Lookup) -> None:
    """A unit's score does not hang on which units happen to be in its block."""
    scorer = build_scorer(book(STEAM, WATER), lookup)
    units = [Unit(text, "en") for text in ODD]
    (together,) = score(scorer, units, lookup)
    alone = np.concatenate([next(iter(score(scorer, [unit], lookup))).logits for unit in units])
    assert np.allclose(together.logits, alone, atol=1e-4)
