"""Emergent themes in a report: accepted ones are codes, and no name tells what may not be printed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from qualkit.coding.clusters import Cluster, Member, save_clusters
from qualkit.errors import UsageError
from qualkit.export import WRITERS, render, write_report
from qualkit.export.kit import Kit
from qualkit.files.chronicle import history
from qualkit.files.codebook import load_codebook
from qualkit.files.dismissed import dismiss
from qualkit.files.emergent import Held, accept_theme, accepted_themes, check_themes
from qualkit.files.journal import Journal
from qualkit.files.pseudonyms import Pseudonym, write_pseudonyms
from qualkit.report import Report, Wanted, build_report
from qualkit.report.clusters import accept, all_clusters, release
from qualkit.report.recheck import recheck
from qualkit.themes.passages import Selection
from tests.steps import ended
from tests.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PUBLIC = Wanted(audience="public")


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUALKIT_MODELS", str(tmp_path / "none"))


@pytest.fixture
def grouped(study: Study) -> Study:
    """Four clusters: the third holds the restricted turn, the fourth somebody who is not to be quoted."""
    turns = {
        "cluster-1": (("alpha-01", 3), ("alpha-02", 2)),
        "cluster-2": (("alpha-01", 3), ("beta-01", 1)),
        "cluster-3": (("alpha-01", 1), ("alpha-01", 3)),
        "cluster-4": (("alpha-02", 1), ("beta-02", 2)),
    }
    names = ("riittävyys", "putkipesä", "seittemänkytluku", "steamsecret")

    def member(interview: str, turn: int) -> Member:
        transcript = study.transcript(interview)
        start = transcript.turn_starts[turn]
        return Member(interview, 1, start, start + len(transcript.turns[turn].text), 0.9)

    save_clusters(
        study.project,
        [
            Cluster(name, {"fi": (word, "Matti")}, tuple(member(*one) for one in turns[name]), 0.9)
            for name, word in zip(turns, names, strict=True)
        ],
    )
    settings = {
        "privacy": {"restricted_codes": ["condition"]},
        "themes": {"accepted": ["cluster-1", "cluster-3", "cluster-4", "gone"]},
    }
    return Study(replace(study.project, settings=settings), study.codings)


def report_of(study: Study, wanted: Wanted | None = None, **chosen: Any) -> Report:
    return ended(build_report(study.project, Selection(**chosen), wanted=wanted))


def named(report: Report) -> dict[str, str]:
    return {t.code.id: t.code.name_in("fi") for t in report.themes if t.code.id.startswith("cluster")}


def everything(report: Report, kinds: Iterable[str] = ("md", "html", "json", "csv")) -> str:
    """What these formats hold, packed ones opened."""
    parts = []
    kit = Kit(report, drawn=None if "charts" in kinds else {})
    for kind in kinds:
        for data in render(kit, kind).values():
            parts.append(data)
            if zipfile.is_zipfile(io.BytesIO(data)):
                with zipfile.ZipFile(io.BytesIO(data)) as packed:
                    parts += [packed.read(name) for name in packed.namelist()]
    return b"\n".join(parts).decode("utf-8", "replace")


def test_accepted_clusters_are_themes_and_the_others_stand_outside_the_codebook(grouped: Study) -> None:
    report = report_of(grouped)
    assert named(report) == {
        "cluster-1": "riittävyys, Matti",
        "cluster-3": "seittemänkytluku, Matti",
        "cluster-4": "steamsecret, Matti",
    }
    assert [c.id for c in report.clusters] == ["cluster-2"]
    (theme,) = (t for t in report.themes if t.code.id == "cluster-1")
    assert [p.quote for p in theme.passages] == ["Höyryä riittää.", "Ångan är gammal."]
    assert not any(p.by_person for p in theme.passages)


def test_names_made_of_withheld_words_are_in_no_public_format(grouped: Study) -> None:
    report = report_of(grouped, PUBLIC)
    # The second turn of alpha-02 is restricted too: the machine suggests the restricted code there.
    assert named(report) == {"cluster-1": "cluster-1", "cluster-3": "cluster-3", "cluster-4": "cluster-4"}
    assert report.clusters == ()
    text = everything(report, WRITERS)
    assert not any(word in text for word in ("riittävyys", "putkipesä", "seittemänkytluku", "steamsecret"))


def test_a_name_that_others_words_make_is_not_public_when_only_some_interviews_are_chosen(
    grouped: Study,
) -> None:
    report = report_of(grouped, PUBLIC, interviews=("alpha-02",))
    assert named(report)["cluster-4"] == "cluster-4"
    assert "steamsecret" not in everything(report)


def test_an_open_cluster_keeps_its_name_in_public_and_a_restricted_one_is_not_told_at_all(
    grouped: Study,
) -> None:
    settings = {"privacy": {"restricted_codes": ["cluster-3"]}, "themes": grouped.project.settings["themes"]}
    report = report_of(Study(replace(grouped.project, settings=settings), grouped.codings), PUBLIC)
    assert named(report) == {"cluster-1": "riittävyys, Matti", "cluster-4": "cluster-4"}
    assert [c.id for c in report.clusters] == ["cluster-2"]
    assert "seittemänkytluku" not in everything(report)


def test_names_of_clusters_are_under_pseudonyms(grouped: Study) -> None:
    write_pseudonyms(grouped.project, [Pseudonym("Matti", "Henkilö 9", "person")])
    report = report_of(grouped, Wanted(pseudonyms=True))
    assert named(report)["cluster-1"] == "riittävyys, [Henkilö 9]"
    assert "Matti" not in everything(report)


def printed(report: Report) -> set[str]:
    return {q.quote for t in report.themes if t.code.id.startswith("cluster") for q in t.printed}


def test_an_accepted_theme_obeys_consent_and_restriction_as_a_code_does(grouped: Study) -> None:
    """beta-02 is in cluster-4 and not to be quoted; the restricted code lies on alpha-01's second turn."""
    vesijohto, secret = study_text(grouped, "alpha-01", 1), study_text(grouped, "beta-02", 2)
    report = report_of(grouped)
    (silent,) = (t for t in report.themes if t.code.id == "cluster-4")
    assert "beta-02" in silent.interviews
    assert secret not in printed(report)
    assert vesijohto in printed(report)
    public = report_of(grouped, PUBLIC)
    assert printed(public) == {"Höyryä riittää.", "Vattnet räcker nog till, jo."}
    text = everything(public, WRITERS)
    assert secret not in text
    assert "vesijohto on niinku" not in text
    assert {w.reason for w in public.withheld} >= {"no-consent", "restricted"}
    phrases = {p for t in public.themes for found in t.phrases.values() for p in found}
    assert not any("vesijohto" in phrase or "secret" in phrase for phrase in phrases)


def test_names_in_quotes_of_an_accepted_theme_are_replaced_in_every_format(grouped: Study) -> None:
    write_pseudonyms(grouped.project, [Pseudonym("Höyry", "Firma 9", "organisation")])
    report = report_of(grouped, Wanted(pseudonyms=True))
    assert any("[Firma 9]" in quote for quote in printed(report))
    assert "Höyryä" not in everything(report, WRITERS)
    assert "alpha-01" not in everything(report, WRITERS)


def test_quotes_of_an_accepted_theme_can_be_checked(grouped: Study, tmp_path: Path) -> None:
    (path,) = write_report(report_of(grouped), tmp_path, ["md"])
    count, problems = recheck(grouped.project, path)
    assert count == len(report_of(grouped).quotes)
    assert problems == []


def test_an_accepted_theme_is_no_coders_and_no_code_of_the_codebook(grouped: Study) -> None:
    assert named(report_of(grouped, coders=("anna",))) == {}
    report = report_of(grouped)
    assert report.method.codes == 4
    assert report.method.codebook_hash == load_codebook(grouped.project).hash


def study_text(study: Study, interview: str, turn: int) -> str:
    return study.transcript(interview).turns[turn].text


def test_key_phrases_are_made_of_words_that_may_be_printed(study: Study) -> None:
    """The same word in two restricted passages of a theme would be its first key phrase."""
    from qualkit.files.anchors import anchor
    from qualkit.files.transcript import save_transcript
    from qualkit.model import Turn

    old = study.transcript("alpha-01")
    said = ("Salaputkisilta kulkee tuolla.", "Se salaputkisilta on siellä.", "Kaivo on täällä.", "Tuo kaivo.")
    turns = tuple(Turn("S2", text, n * 9_000, n * 9_000 + 8_000) for n, text in enumerate(said))
    save_transcript(study.project, replace(old, turns=turns, revision=2))
    transcript = study.transcript("alpha-01")
    journal = Journal(study.project, "anna", "alpha-01")
    for turn, text in enumerate(said):
        start = transcript.turn_starts[turn]
        memo = "#restricted" if "alaputki" in text else ""
        journal.add_coding("water", anchor(transcript, start, start + len(text)), memo=memo)
    phrases = {t.code.id: t.phrases for t in report_of(study).themes}["water"]["fi"]
    assert "salaputkisilta" in phrases
    report = report_of(study, PUBLIC)
    assert {t.code.id: t.phrases for t in report.themes}["water"]["fi"] == ("kaivo",)
    assert "alaputkisil" not in everything(report)


@pytest.fixture
def open_groups(grouped: Study) -> Study:
    """The same four clusters, none of them accepted."""
    settings = {**grouped.project.settings, "themes": {}}
    return Study(replace(grouped.project, settings=settings), grouped.codings)


def test_a_theme_is_accepted_under_a_name_renamed_and_released(open_groups: Study) -> None:
    project = open_groups.project
    assert named(report_of(open_groups)) == {}
    accept(project, "cluster-2")
    accept(project, "cluster-1", "  Höyryn\n riittävyys ")
    report = report_of(open_groups)
    assert named(report) == {"cluster-2": "putkipesä, Matti", "cluster-1": "Höyryn riittävyys"}
    assert "Höyryn riittävyys" in everything(report)
    accept(project, "cluster-1", "Riittääkö höyry?")
    accept(project, "cluster-1")
    assert named(report_of(open_groups))["cluster-1"] == "Riittääkö höyry?"
    release(project, "cluster-2")
    assert list(named(report_of(open_groups))) == ["cluster-1"]
    assert "cluster-2" in {c.id for c in all_clusters(project)}
    with pytest.raises(UsageError, match=r"No theme 'cluster-2' is accepted. Accepted are: cluster-1"):
        release(project, "cluster-2")
    with pytest.raises(UsageError, match="no group 'cluster-9'"):
        accept(project, "cluster-9")
    assert list(check_themes(project)) == []
    told = [event.text for event in history(project) if event.what == "theme"]
    assert told[:2] == ["cluster-2: accepted", "cluster-1: Höyryn riittävyys"]
    assert told[-1] == "cluster-2: released"


def test_an_accepted_theme_outlives_new_grouping_and_corrected_transcripts(open_groups: Study) -> None:
    from qualkit.files.transcript import save_transcript

    project = open_groups.project
    accept(project, "cluster-1", "Sufficiency")
    save_clusters(project, [])
    old = open_groups.transcript("alpha-01")
    turns = (replace(old.turns[0], text=f"Hei, hei. {old.turns[0].text}"), *old.turns[1:])
    save_transcript(project, replace(old, turns=turns, revision=2))
    report = report_of(open_groups)
    assert named(report) == {"cluster-1": "Sufficiency"}
    (theme,) = (t for t in report.themes if t.code.id == "cluster-1")
    assert [(p.quote, p.revision) for p in theme.passages] == [
        ("Höyryä riittää.", 2),
        ("Ångan är gammal.", 1),
    ]
    count, problems = recheck_of(open_groups)
    assert count
    assert problems == []


def recheck_of(study: Study) -> tuple[int, list[Any]]:
    (path,) = write_report(report_of(study), study.project.root / "outputs", ["md"])
    count, problems = recheck(study.project, path)
    return count, list(problems)


def test_what_a_person_calls_a_theme_is_public_and_under_pseudonyms(open_groups: Study) -> None:
    accept(open_groups.project, "cluster-3", "Matin huoli")
    accept(open_groups.project, "cluster-4")
    report = report_of(open_groups, PUBLIC)
    assert named(report) == {"cluster-3": "Matin huoli", "cluster-4": "cluster-4"}
    assert "seittemänkytluku" not in everything(report)
    write_pseudonyms(open_groups.project, [Pseudonym("Matti", "Henkilö 9", "person")])
    assert named(report_of(open_groups, Wanted(pseudonyms=True)))["cluster-3"] == "[Henkilö 9] huoli"


def test_a_dismissed_group_is_in_no_report(open_groups: Study) -> None:
    dismiss(open_groups.project, "cluster-1")
    assert "cluster-1" not in {c.id for c in report_of(open_groups).clusters}


def test_one_id_for_two_themes_of_two_copies(open_groups: Study) -> None:
    from qualkit.files.anchors import anchor

    def held(interview: str, turn: int) -> list[Held]:
        transcript = open_groups.transcript(interview)
        start = transcript.turn_starts[turn]
        place = anchor(transcript, start, start + len(transcript.turns[turn].text))
        return [Held(interview, place, 0.9, "typical")]

    project = open_groups.project
    accept_theme(project, "cluster-7", "mine", {}, 0.5, held("alpha-01", 1), "anna")
    accept_theme(project, "cluster-7", "same", {}, 0.5, held("alpha-01", 1), "bo")
    accept_theme(project, "cluster-7", "other", {}, 0.5, held("beta-01", 1), "cecilia")
    assert {i: t.name for i, t in accepted_themes(project).items()} == {
        "cluster-7": "same", "cluster-7-cecilia": "other",
    }  # fmt: skip
    release(project, "cluster-7-cecilia")
    assert list(accepted_themes(project)) == ["cluster-7"]
    accept_theme(project, "cluster-7", "later", {}, 0.5, held("alpha-01", 1), "bo")
    path = project.root / "themes" / "bo.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace('"same"', '"changed"'), encoding="utf-8")
    assert [p.path for p in check_themes(project)] == [path]
