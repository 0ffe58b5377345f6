"""Experience: coded units beside a codebook teach its codes, add up, and are learned from once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qualkit.coding import experience_store
from qualkit.coding.engine import build_scorer, reasons, score
from qualkit.coding.experience import NOTHING, Experience, digest_of, learn_experience
from qualkit.coding.experience_store import experience_of, read_experience, write_experience
from qualkit.coding.learn import learned
from qualkit.coding.units import Unit
from qualkit.files.coded_units import CodedUnit, coded_text, read_coded_units, units_beside
from qualkit.model import Code, Codebook
from tests.coding.conftest import FAKE, FakeEncoder
from tests.steps import ended

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

BOOK = Codebook(
    {"en": "T"},
    (
        Code("top", {"en": "Top"}, codable=False),
        Code("water", {"en": "Water"}, "top", {"en": "Water."}),
        Code("steam", {"en": "Steam"}, "top", {"en": "Steam."}),
        Code("new", {"en": "New"}, "top", {"en": "Something new."}),
    ),
    hash="h",
)
SPEECH = {
    "water": ("the old main burst by the gate again", "they pump it up from the lake in summer"),
    "steam": ("the boiler tripped and every dryer stopped", "the condensate comes back cold"),
    "": ("well that is how it goes", "let us have some coffee now"),
}


def units(count: int = 60) -> tuple[CodedUnit, ...]:
    return tuple(
        CodedUnit("en", (code,) if code else (), f"{texts[at % 2]} {word}")
        for at, word in enumerate(f"w{n}" for n in range(count))
        for code, texts in SPEECH.items()
    )


def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    rows = FakeEncoder().encode(list(texts))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def taught() -> Experience:
    every = units()
    return learn_experience(every, vectors([unit.text for unit in every]), "d")


def write_units(path: Path, count: int = 60) -> None:
    lines = [f"{u.language}\t{';'.join(u.codes) or 'none'}\t{u.text}" for u in units(count)]
    path.write_text("\n".join(["lang\tcodes\ttext", *lines]) + "\n", encoding="utf-8")


def test_it_learns_what_the_codebook_does_not_say() -> None:
    held = taught()
    texts = ["the main burst behind the hall", "the boiler tripped at night", "coffee now"]
    made = held.by_words(texts, ["en"] * 3) + held.by_meaning(vectors(texts), ["en"] * 3) + held.constant
    best = [held.codes[at] for at in made.argmax(axis=1)]
    assert best == ["water", "steam", NOTHING]


def test_words_add_up_to_their_part() -> None:
    held = taught()
    text = "the boiler tripped by the gate"
    said, made = held.said(text, "en")
    np.testing.assert_allclose(made.sum(axis=0), held.by_words([text], ["en"])[0], rtol=1e-4, atol=1e-5)
    assert said[int(made[:, held.codes.index("steam")].argmax())] in {"boiler", "tripped"}
    assert held.said("", "en")[0] == ()


def test_scores_are_sums_and_a_code_without_experience_stays_as_it_was() -> None:
    unit = Unit("the boiler tripped and the main burst", "en")
    alone = build_scorer(BOOK, vectors)
    scorer = build_scorer(BOOK, vectors, experience=taught())
    (before,), (after,) = score(alone, [unit], vectors), score(scorer, [unit], vectors)
    codes = scorer.codes
    for code in ("steam", "water"):
        at = codes.index(code)
        given = reasons(scorer, after, 0, at)
        assert "experience" in {reason.kind for reason in given}
        assert sum(r.weight for r in given) == pytest.approx(float(after.logits[0, at]), abs=0.01)
    new = codes.index("new")
    assert after.logits[0, new] == pytest.approx(float(before.logits[0, new]), abs=1e-4)
    assert all(reason.kind != "experience" for reason in reasons(scorer, after, 0, new))


def test_how_often_a_code_is_given_is_taken_from_its_units_and_not_guessed_from_the_codebook() -> None:
    scorer = build_scorer(BOOK, vectors, experience=taught())
    weights, _, usual = scorer.constants
    steam, new = scorer.codes.index("steam"), scorer.codes.index("new")
    assert usual[new] > scorer.prior.intercept + 1  # a codebook of few codes: each is given more often
    many = replace(scorer, experience=replace(taught(), given=taught().given * 1_000))
    assert many.constants[2][steam] == pytest.approx(scorer.experienced.intercept, abs=0.01)
    assert many.constants[2][new] == usual[new]
    often = replace(taught(), constant=taught().constant + 1)
    (found,) = score(scorer, [Unit("the gate", "en")], vectors)
    (more,) = score(build_scorer(BOOK, vectors, experience=often), [Unit("the gate", "en")], vectors)
    moved = weights[steam] @ (more.features - found.features)[0, steam]
    assert more.logits[0, steam] - found.logits[0, steam] == pytest.approx(moved, abs=1e-4)
    assert moved > 0
    assert more.logits[0, new] < found.logits[0, new] + 0.1


def test_a_handful_of_units_teaches_next_to_nothing_and_thousands_nearly_all() -> None:
    unit = Unit("the boiler tripped and the main burst", "en")
    (plain,) = score(build_scorer(BOOK, vectors), [unit], vectors)
    made = []
    for each in (1, 100, 100_000):
        held = replace(taught(), given=np.full_like(taught().given, each))
        scorer = build_scorer(BOOK, vectors, experience=held)
        (found,) = score(scorer, [unit], vectors)
        made.append((found.logits[0], found.gates[0], scorer.thresholds, scorer.firmness))
        at = scorer.codes.index("steam")
        given = reasons(scorer, found, 0, at)
        assert sum(r.weight for r in given) == pytest.approx(float(found.logits[0, at]), abs=0.01)
    (few, gate, threshold, ridge), (half, _, middle, _), (many, late, high, firm) = made
    prior, known = scorer.prior, scorer.known
    np.testing.assert_allclose(few, plain.logits[0], atol=0.01)
    np.testing.assert_allclose(half[known], (few + many)[known] / 2, atol=0.02)
    assert (gate, threshold[0], ridge[0]) == pytest.approx(
        (prior.gate, prior.threshold, prior.ridge), abs=0.01
    )
    taught_all = (scorer.experienced.threshold, scorer.experienced.ridge)
    assert (high[0], firm[0]) == pytest.approx(taught_all, abs=0.01)
    assert middle[0] == pytest.approx((threshold[0] + high[0]) / 2, abs=0.01)
    assert late != pytest.approx(gate, abs=0.01)


def test_small_talk_raises_the_gate() -> None:
    scorer = build_scorer(BOOK, vectors, experience=taught())
    said = [Unit("let us have some coffee", "en"), Unit("the boiler tripped", "en")]
    (found,) = score(scorer, said, vectors)
    assert found.gates[0] > found.gates[1]


def test_decisions_still_move_it() -> None:
    held = taught()
    scorer = build_scorer(BOOK, vectors, experience=held)
    (found,) = score(scorer, [Unit("the boiler tripped", "en")], vectors)
    design = np.ones((1, 3), np.float32)
    labels = np.array([[float(code == "water") for code in scorer.codes]])
    pulls = learned(design, labels, np.ones_like(labels), found.logits.astype(float))
    assert pulls[0, scorer.codes.index("water")] > 0 > pulls[0, scorer.codes.index("steam")]


def test_it_is_learned_once_and_again_when_a_unit_changes(tmp_path: Path, encoder: FakeEncoder) -> None:
    file = units_beside(tmp_path / "book.yaml")
    write_units(file)
    first = ended(experience_of(file, FAKE, tmp_path / "work"))
    asked = len(encoder.seen)
    assert asked == len(read_coded_units(file))
    again = ended(experience_of(file, FAKE, tmp_path / "work"))
    assert len(encoder.seen) == asked
    assert first is not None
    assert again is not None
    assert again.digest == first.digest
    text = file.read_text(encoding="utf-8").replace("\twater\t", "\tsteam\t", 1)
    file.write_text(text, encoding="utf-8")
    other = ended(experience_of(file, FAKE, tmp_path / "work"))
    assert other is not None
    assert other.digest != first.digest
    asked = len(encoder.seen)
    beside = tmp_path / "work" / "experience" / "digest"
    kept = beside.read_text(encoding="ascii").split()
    # Cut short, another's, of other bytes, and with a digest that was never made of these.
    for known in (
        "",
        "x y z",
        f"{'0' * 16} {first.digest} x",
        f"{kept[0]} {first.digest} {kept[2]}",
        kept[0],
    ):
        beside.write_text(known, encoding="ascii")
        again = ended(experience_of(file, FAKE, tmp_path / "work"))
        assert again is not None
        assert again.digest == other.digest
    file.write_bytes(text.replace("\n", "\r\n").encode())
    again = ended(experience_of(file, FAKE, tmp_path / "work"))
    assert again is not None
    assert again.digest == other.digest
    assert len(encoder.seen) == asked


def test_no_units_or_too_few_of_them_teach_nothing(tmp_path: Path, encoder: FakeEncoder) -> None:
    file = tmp_path / "book.units.tsv"
    assert ended(experience_of(None, FAKE, tmp_path)) is None
    assert ended(experience_of(file, FAKE, tmp_path)) is None
    write_units(file, 10)
    assert ended(experience_of(file, FAKE, tmp_path)) is None
    assert not encoder.seen


def test_a_kept_experience_says_the_same_and_a_damaged_one_nothing(tmp_path: Path) -> None:
    held, file = taught(), tmp_path / "e.npz"
    write_experience(file, held)
    found = read_experience(file)
    assert found is not None
    texts = [unit.text for unit in units(5)]
    np.testing.assert_allclose(
        found.by_words(texts, ["en"] * len(texts)), held.by_words(texts, ["en"] * len(texts)), atol=0.1
    )
    file.write_bytes(file.read_bytes()[:-200])
    assert read_experience(file) is None
    assert read_experience(tmp_path / "none.npz") is None


def test_the_digest_tells_units_and_models_apart_but_no_sources_and_line_breaks(tmp_path: Path) -> None:
    file = tmp_path / "book.units.tsv"
    file.write_bytes(b"lang\tcodes\ttext\nen\tnone\twell\n")
    one = coded_text(file).encode()
    for same in (
        b"lang\tcodes\ttext\r\nen\tnone\twell\r\n",
        b"lang\tcodes\ttext\tsource\nen\tnone\twell\tx\n",
    ):
        file.write_bytes(same)
        assert coded_text(file).encode() == one
    assert digest_of(one, "m") != digest_of(one, "n")
    assert digest_of(one, "m") != digest_of(one + b"en\tnone\tyes\n", "m")


def test_what_ships_belongs_to_the_units_that_ship() -> None:
    from qualkit.coding.embed import find_model
    from qualkit.errors import MissingModel
    from qualkit.files.sample import CODEBOOK, sample_root

    try:
        model = find_model()
    except MissingModel:
        pytest.skip("the default embedding model is not here")
    coded = coded_text(units_beside(sample_root() / CODEBOOK)).encode()
    shipped = read_experience(experience_store.SHIPPED)
    assert shipped is not None
    assert shipped.digest == digest_of(coded, f"{model.hash}\0{model.prompt}")
