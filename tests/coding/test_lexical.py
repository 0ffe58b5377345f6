"""The codebook's terms found in speech."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualkit.coding.lexical import FEATURES, LexicalIndex
from qualkit.model import LANGUAGES, Code, Codebook

CODES = (
    Code("infrastructure", {"en": "Infrastructure"}, codable=False),
    Code(
        "water",
        {"en": "Water"},
        terms={
            "fi": ("vesi", "viemäri", "suolaton vesi"),
            "sv": ("vatten", "avlopp"),
            "en": ("water", "waste water"),
        },
        exclude_terms={"fi": ("vesimies", "kylmää vettä", "vesivoima"), "en": ("water under the bridge",)},
    ),
    Code(
        "pipe-bridge",
        {"en": "Pipe bridge"},
        terms={
            "fi": ("putkisilta", "putki", "kannake"),
            "sv": ("rör", "rörbrygga"),
            "en": ("pipe bridge", "pipe"),
        },
        exclude_terms={"fi": ("putkessa",), "sv": ("röra", "det rör sig")},
    ),
    Code(
        "steam-heat",
        {"en": "Steam"},
        terms={"fi": ("höyry", "höyrylinja", "kaukolämpö"), "sv": ("ånga", "fjärrvärme"), "en": ("steam",)},
    ),
    Code(
        "road",
        {"en": "Road"},
        terms={"fi": ("tie", "silta")},
        exclude_terms={"fi": ("rautatie", "putkisilta")},
    ),
    Code("rail", {"en": "Rail"}, terms={"fi": ("rautatie", "rata")}),
    Code("gas", {"en": "Gas"}, terms={"fi": ("kaasu", "kompressori"), "sv": ("tank",)}),
    Code(
        "cooperation", {"en": "Cooperation"}, terms={"fi": ("yhteistyö", "yhdessä"), "en": ("work together",)}
    ),
    Code(
        "preparedness",
        {"en": "Preparedness"},
        terms={"fi": ("varautuminen", "varavoima"), "en": ("backup power",)},
    ),
    Code("governance", {"en": "Governance"}, terms={"fi": ("Tukes", "ympäristölupa")}),
    Code("acid", {"en": "Acid"}, terms={"fi": ("rikkihappo",)}),
    Code("condition", {"en": "Condition"}, terms={"fi": ("rikki", "vanha")}),
)
CODEBOOK = Codebook({"en": "Test"}, CODES)
INDEX = LexicalIndex(CODEBOOK)


def found(text: str, language: str = "fi") -> set[str]:
    return {code for code, evidence in INDEX.match(text, language).items() if evidence.matches}


@pytest.mark.parametrize(
    ("text", "language", "codes"),
    [
        ("vettä tulee järvestä", "fi", {"water"}),
        ("jätevesiputkessa on reikä", "fi", {"water", "pipe-bridge"}),
        ("höyrylinjois on ollu vikaa", "fi", {"steam-heat"}),
        ("siel höyryputkistos vuotaa", "fi", {"steam-heat", "pipe-bridge"}),
        ("rahhaa männöö kaukolämpöön", "fi", {"steam-heat"}),
        ("rörbryggan är rostig", "sv", {"pipe-bridge"}),
        ("fjärrvärmenätet läcker", "sv", {"steam-heat"}),
        ("avloppsvattnet", "sv", {"water"}),
        ("the pipes and the waste water", "en", {"pipe-bridge", "water"}),
        ("niitä tankkeja", "fi", set()),
        ("tanken är tom", "sv", {"gas"}),
    ],
)
def test_lemmas_compounds_and_spoken_forms(text: str, language: str, codes: set[str]) -> None:
    assert found(text, language) == codes


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Tiedetään kyllä, ja ratkaisu on tiedossa silloin", "fi"),
        ("Matti on vesimies", "fi"),
        ("hän kaatoi kylmää vettä niskaan", "fi"),
        ("Det rör sig om en vecka", "sv"),
        ("that's all water under the bridge", "en"),
        ("ei tämä ole mikään asia", "fi"),
    ],
)
def test_what_only_looks_like_a_term(text: str, language: str) -> None:
    assert found(text, language) == set()


def test_what_was_taken_back_is_shown_with_its_place() -> None:
    text = "Matti on vesimies"
    evidence = INDEX.match(text, "fi")["water"]
    [against] = evidence.excluded
    assert (evidence.score, against.term, text[against.start : against.end]) == (0.0, "vesimies", "vesimies")


def test_an_exclude_term_takes_back_only_what_it_covers() -> None:
    evidence = INDEX.match("Vesimies sanoi että vesi loppui", "fi")["water"]
    assert [match.text for match in evidence.matches] == ["vesi"]


def test_a_form_of_a_very_short_word_makes_a_term_with_the_next() -> None:
    book = Codebook(
        {}, (Code("area", {}), Code("island", {"sv": "Ö"}, parent="area", terms={"sv": ("ö-drift",)}))
    )
    found = LexicalIndex(book).match("vi har tränat öns drift två gånger", "sv")
    assert [match.text for match in found["island"].matches] == ["öns drift"]
    assert not LexicalIndex(book).match("ö drift", "sv")


LETTERS = "abcdefghijklmnoprstuvyäö"


@given(
    st.sampled_from(
        ["kattila", "höyryputki", "kompressori", "rautatie", "varavoima", "varautuminen", "yhteistyö"]
    ),
    st.integers(0, 12),
    st.sampled_from(LETTERS),
    st.sampled_from(["wrong", "missing", "doubled", "swapped"]),
)
def test_one_letter_wrong_anywhere_is_found(key: str, at: int, letter: str, slip: str) -> None:
    at %= len(key)
    heard = {
        "wrong": key[:at] + letter + key[at + 1 :],
        "missing": key[:at] + key[at + 1 :],
        "doubled": key[:at] + letter + key[at:],
        "swapped": key[:at] + key[at + 1 : at + 2] + key[at] + key[at + 2 :],
    }[slip]
    book = Codebook({}, (Code("area", {}), Code("c", {}, parent="area", terms={"fi": (key,)})))
    table = LexicalIndex(book).table
    assert key in table._misheard(table._tables["fi"], heard)
    assert key not in table._misheard(table._tables["fi"], heard + "xyz")


def test_another_reading_of_a_word_takes_nothing_back() -> None:
    assert found("rören är gamla", "sv") == {"pipe-bridge"}
    assert found("putket on vanhoja", "fi") == {"pipe-bridge", "condition"}
    assert found("homma on putkessa", "fi") == set()


def test_the_longer_term_explains_the_word() -> None:
    evidence = INDEX.match("rikkihappoa tulee junalla", "fi")
    assert evidence["acid"].score > 2 * evidence["condition"].score / 1.5
    assert "road" not in found("rautatie")
    assert found("putkisilta") == {"pipe-bridge"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("suolaton kattilavesi", "water"),
        ("suolatonta tätä vettä", "water"),
        ("vesi on suolatonta", "water"),
    ],
)
def test_phrases_bend_and_bear_a_word_between(text: str, code: str) -> None:
    assert code in found(text)


def test_a_phrase_does_not_cross_a_full_stop() -> None:
    kinds = {
        m.kind for m in INDEX.match("we work. together we go", "en").get("cooperation", _Nothing()).matches
    }
    assert "phrase" not in kinds


class _Nothing:
    matches: tuple[()] = ()


def test_an_inflected_term_is_meant_as_written() -> None:
    assert "cooperation" in found("tehtiin se yhessä")
    assert "cooperation" not in found("yks kerrallaan")


def test_words_of_another_language_count_less() -> None:
    mixed = INDEX.match("meillä on se pipe bridge ja backup power", "fi")
    own = INDEX.match("the pipe bridge and backup power", "en")
    assert 0 < mixed["pipe-bridge"].score < own["pipe-bridge"].score
    assert mixed["preparedness"].matches[0].foreign


def test_a_name_is_found_in_its_cases() -> None:
    for text in ("Tukes kävi", "Tukesin tarkastus", "tukesilta tuli huomautus"):
        assert "governance" in found(text), text
    assert "governance" not in found("tukea haettiin")


def test_related_words_count_less_than_the_term() -> None:
    derived = INDEX.match("me varaudutaan, varautua pitää", "fi")["preparedness"]
    exact = INDEX.match("varautuminen", "fi")["preparedness"]
    assert 0 < derived.score < exact.score


def test_a_term_of_several_codes_says_less_of_each() -> None:
    shared = Codebook(
        {"en": "x"}, (Code("a", {}, terms={"fi": ("putki",)}), Code("b", {}, terms={"fi": ("putki", "vesi")}))
    )
    evidence = LexicalIndex(shared).match("putki", "fi")
    assert evidence["a"].score == evidence["b"].score < LexicalIndex(shared).match("vesi", "fi")["b"].score


def test_two_terms_say_more_than_one_and_the_same_twice_does_not() -> None:
    one = INDEX.match("vesi", "fi")["water"].score
    assert INDEX.match("vesi ja vesi", "fi")["water"].score == one
    assert INDEX.match("vesi ja viemäri", "fi")["water"].score > one


def test_terms_that_are_everywhere_in_a_project_say_less() -> None:
    texts = ["vesi on kylmää"] * 60 + ["viemäri on tukossa"] * 3
    counted = INDEX.counted_in(texts, "fi")
    assert counted.match("vesi", "fi")["water"].score < INDEX.match("vesi", "fi")["water"].score
    assert counted.match("viemäri", "fi")["water"].score == INDEX.match("viemäri", "fi")["water"].score
    assert INDEX.counted_in(texts[:10], "fi") is INDEX


def test_no_language_means_every_language() -> None:
    assert found("vatten, vesi, steam", "") == {"water", "steam-heat"}
    assert found("vatten, vesi, steam", "de") == {"water", "steam-heat"}


def test_matrices_follow_the_codable_codes() -> None:
    texts = ["vettä", "", "rörbryggan"]
    scores = INDEX.scores(texts, ["fi", "fi", "sv"])
    table = INDEX.features(texts, ["fi", "fi", "sv"])
    codes = [code.id for code in CODEBOOK.codable]
    assert scores.shape == (3, len(codes))
    assert table.shape == (3, len(codes), len(FEATURES))
    assert (table[:, :, 0] == scores).all()
    assert scores[0].argmax() == codes.index("water")
    assert scores[1].sum() == 0


def test_an_empty_codebook_and_codes_without_terms() -> None:
    assert LexicalIndex(Codebook({}, ())).match("vesi", "fi") == {}
    assert LexicalIndex(Codebook({}, (Code("a", {}),))).match("vesi", "fi") == {}
    odd = Codebook({}, (Code("a", {}, terms={"fi": ("", "…", "vesi vesi", "42"), "xx": ("õ",)}),))
    assert set(LexicalIndex(odd).match("vesi vesi 42 õ", "fi")) == {"a"}


SAID = """vesi vettä putki silta höyry linja yhdessä pipe bridge rör det sig om vesimies , . ? tie"""
WORDS = st.lists(st.sampled_from(SAID.split()), max_size=30).map(" ".join)


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=150), WORDS), st.sampled_from([*LANGUAGES, "", "de"]))
def test_any_text_spans_slice_back_and_scores_stay_in_bounds(text: str, language: str) -> None:
    evidence = INDEX.match(text, language)
    for code, said in evidence.items():
        assert code == said.code
        assert said.matches or said.excluded
        assert 0 <= said.score < 1
        taken: set[int] = set()
        for match in (*said.matches, *said.excluded):
            assert 0 <= match.start < match.end <= len(text)
            assert text[match.start : match.end] == match.text
            assert 0 < match.weight <= 1
        for match in said.matches:
            place = set(range(match.start, match.end))
            assert not place & taken
            taken |= place
    assert evidence == INDEX.match(text, language)


def test_three_thousand_words_and_other_scripts() -> None:
    assert "water" in found("putki vuotaa ja vesi " * 1_000)
    assert found("這是水 вода نفط 🚰") == set()
