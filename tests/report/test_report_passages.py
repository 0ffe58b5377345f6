from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from qualkit.files.transcript import save_transcript
from qualkit.model import Transcript
from qualkit.themes.passages import Passage, Selection, gather, overlapping
from qualkit.themes.quotes import choose_quotes
from qualkit.themes.theme import themes

if TYPE_CHECKING:
    from tests.study import Study


def found(study: Study, **chosen: object) -> list[tuple[str, str, str]]:
    passages = gather(study.project, Selection(**chosen)).passages  # type: ignore[arg-type]
    return [(p.interview, p.code, p.coder) for p in passages]


def test_only_what_people_decided_counts_by_default_and_two_coders_of_one_passage_count_once(
    study: Study,
) -> None:
    assert found(study) == [
        ("alpha-01", "condition", "anna"),
        ("alpha-01", "water", "anna"),
        ("alpha-01", "water", "anna"),
        ("alpha-02", "water", "bo"),
        ("beta-02", "water", "anna"),
    ]


def test_suggestions_join_where_nobody_decided(study: Study) -> None:
    machine = [row for row in found(study, suggestions=True) if row[2].startswith("model:")]
    # not the question, not what anna coded already, not what she rejected, not what stays under its threshold
    assert [(i, c) for i, c, _ in machine] == [
        ("alpha-01", "steam-heat"),
        ("alpha-02", "condition"),
        ("alpha-02", "steam-heat"),
        ("beta-01", "condition"),
        ("beta-01", "water"),
    ]


def test_a_selection_narrows_by_site_code_coder_language_role_and_interview(study: Study) -> None:
    assert {row[0] for row in found(study, sites=("alpha",))} == {"alpha-01", "alpha-02"}
    assert {row[1] for row in found(study, codes=("condition",))} == {"condition"}
    assert {row[2] for row in found(study, coders=("bo",))} == {"bo"}
    assert found(study, languages=("sv",)) == [("alpha-02", "water", "bo")]
    assert found(study, roles=("director",)) == [("beta-02", "water", "anna")]
    assert found(study, interviews=("alpha-02",)) == [("alpha-02", "water", "bo")]


def test_every_quote_is_verbatim_and_knows_who_said_it_when(study: Study) -> None:
    for passage in gather(study.project, Selection(suggestions=True)).passages:
        transcript = study.transcript(passage.interview)
        assert passage.quote == transcript.text[passage.start : passage.end]
        assert passage.speaker in {"S2", "S3"}
        assert passage.start_ms is not None


def test_a_coding_moves_with_a_corrected_transcript_and_one_without_a_place_is_told(study: Study) -> None:
    old = study.transcript("alpha-01")
    turns = list(old.turns)
    turns[0] = turns[0].__class__("S1", "Miten se vesi ja se raide sitten?", 0, 9_000)
    save_transcript(study.project, Transcript(old.interview, old.language, old.speakers, tuple(turns), 2))
    gathered = gather(study.project, Selection(interviews=("alpha-01",)))
    assert [p.revision for p in gathered.passages] == [2, 2, 2]
    assert gathered.passages[0].quote == old.turns[1].text

    turns[1] = turns[1].__class__("S2", "Kokonaan toista.", 10_000, 19_000)
    save_transcript(study.project, Transcript(old.interview, old.language, old.speakers, tuple(turns), 3))
    gathered = gather(study.project, Selection(interviews=("alpha-01",)))
    assert {c.code for c in gathered.unplaced} == {"water", "condition"}


def test_themes_count_voices_and_what_goes_together(study: Study) -> None:
    from qualkit.files.codebook import load_codebook

    found_themes = themes(gather(study.project, Selection()), load_codebook(study.project))
    water = next(t for t in found_themes if t.code.id == "water")
    assert (len(water.passages), water.speakers, dict(water.sites)) == (4, 3, {"alpha": 3, "beta": 1})
    assert [(t.code, t.passages, t.few) for t in water.together] == [("condition", 1, True)]
    assert water.together[0].strength == 1 / 4
    assert [t.code.id for t in found_themes] == ["water", "condition"]


def passage(number: int, voice: str = "S2", *, quotable: bool = True, quote: str = "") -> Passage:
    return Passage(
        str(number), "i", "s", "r", "fi", "water", 1, number * 10, number * 10 + 5, 0, 1,
        quote or f"quote number {number} is long enough", voice, voice, "anna", True, None, quotable,
    )  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.booleans()), max_size=12), st.integers(1, 5))
def test_nobody_is_quoted_twice_while_somebody_is_silent(rows: list[tuple[str, bool]], count: int) -> None:
    passages = [passage(i, voice, quotable=ok) for i, (voice, ok) in enumerate(rows)]
    chosen = choose_quotes(passages, None, count)
    assert all(p.quotable for p in chosen)
    assert len(chosen) == min(count, sum(ok for _, ok in rows))
    voices = [p.speaker for p in chosen]
    able = {voice for voice, ok in rows if ok}
    if len(set(voices)) < len(able):
        assert len(voices) == len(set(voices))


def test_the_most_central_passage_is_quoted_first() -> None:
    import numpy as np

    vectors = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
    assert choose_quotes([passage(0), passage(1), passage(2)], vectors, 1)[0].id == "1"


def test_overlap_needs_shared_words_and_two_codes() -> None:
    one, other = passage(1), passage(2)
    assert list(overlapping([one, other])) == []
    wide = Passage(
        *[
            *(getattr(one, f) for f in one.__slots__[:5]),
            "rail",
            1,
            0,
            99,
            *(getattr(one, f) for f in one.__slots__[9:]),
        ]
    )
    assert [(a.code, b.code) for a, b in overlapping([one, other, wide])] == [
        ("rail", "water"),
        ("rail", "water"),
    ]
