"""Transcripts out: conventions, the clean view, provenance; opened by other readers."""

from __future__ import annotations

import dataclasses
import json
import re
import tempfile
from pathlib import Path

import docx
import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from qualkit.errors import UsageError
from qualkit.export.transcripts import Wanted, export_transcripts
from qualkit.export.transcripts.convention import GAT2, JEFFERSON, MARKED, PLAIN, convention
from qualkit.export.transcripts.marks import written
from qualkit.export.transcripts.subtitles import LETTERS
from qualkit.export.transcripts.views import clean
from qualkit.files.interviews import write_interviews
from qualkit.files.project import Project, init_project
from qualkit.files.pseudonyms import Pseudonym, write_pseudonyms
from qualkit.files.transcript import load_transcript, save_transcript
from qualkit.model import Interview, Notice, NoticeKind, Source, Speaker, Transcript, Turn, Word
from qualkit.transcription.readers import read_foreign

HOSTILE = "<script>alert(1)</script> --> &amp; [laughs] {\\an8} <b>x</b> ]]> =1+1"


def turn(speaker: str, *words: tuple[str, int, int, float], **more: object) -> Turn:
    text, placed = "", []
    for word, start, end, confidence in words:
        text += " " if text else ""
        placed.append(Word(len(text), len(text) + len(word), start, end, confidence))
        text += word
    return Turn(speaker, text, words[0][1], words[-1][2], tuple(placed), **more)  # type: ignore[arg-type]


SAID = Transcript(
    "kilpi-01",
    "fi",
    (Speaker("S1", "Haastattelija", "interviewer"), Speaker("S2", "Matti Virtanen", "interviewee")),
    (
        turn("S1", ("Miten", 0, 400, 0.9), ("menee,", 450, 900, 0.9), ("Matti?", 950, 1400, 0.4)),
        turn(
            "S2",
            ("Öö,", 3600, 3900, 0.8), ("no", 4000, 4200, 0.9), ("tota", 6400, 6700, 0.3),
            ("hyvin,", 6750, 7000, 0.2),
            ("Virtasella", 7100, 7500, 0.9), ("on", 10_800, 11_000, 0.9), ("öö.", 11_100, 11_300, 0.9),
        ),
        turn("S1", ("Joo.", 10_850, 11_250, 0.9), overlap=True),
        turn("S2", ("Sampled.", 12_000, 12_500, 0.9), sampled=True, language="en"),
    ),
    3,
    Source("kilpi-01.ogg", "ab" * 32, 60_000),
    {"tool": "qualkit 0.1.0", "created": "2026-11-24T12:00:00Z", "engine": {"name": "faster-whisper"},
     "model": "whisper-base", "model_hash": "0123456789ab", "hints": ["Virtasen paja"],
     "settings": {"beam": 5}},
    (Notice(NoticeKind.SPEECH_WITHOUT_TEXT, 8_000, 10_000, "x"),
     Notice(NoticeKind.QUARANTINED, 20_000, 23_000)),
)  # fmt: skip


def lines(transcript: Transcript, how: object) -> list[str]:
    return [one.text for one in written(transcript, how, 0.5)]  # type: ignore[arg-type]


def test_conventions() -> None:
    assert lines(SAID, PLAIN) == [turn.text for turn in SAID.turns]
    assert lines(SAID, MARKED) == [
        "Miten menee, (Matti?)?",
        "(2.2)",
        "Öö, no (2.2) (tota hyvin?), Virtasella (xxx 2.0) [on öö.]",
        "[Joo.]",
        "{Sampled.}",
        "(xxx 3.0)",
    ]
    assert lines(SAID, JEFFERSON)[2] == "Öö, no (2.2) (tota hyvin), Virtasella (xxx 2.0) (0.8) [on öö.]"
    assert lines(SAID, GAT2)[2] == "öö no (2.2) (tota hyvin) virtasella (xxx 2.0) (---) [on öö]"
    assert lines(SAID, convention("marked", 3))[1].startswith("Öö, no (tota hyvin?)")
    lonely = dataclasses.replace(SAID, turns=SAID.turns[2:3], notices=())
    assert lines(lonely, MARKED) == ["((overlap)) Joo."]
    with pytest.raises(UsageError):
        convention("dialogue")
    with pytest.raises(UsageError):
        convention("marked", -1)


def test_the_clean_view_leaves_fillers_out_and_words_at_their_place() -> None:
    shown = clean(SAID)
    assert [t.text for t in shown.turns] == [
        "Miten menee, Matti?", "No tota hyvin, Virtasella on.", "Joo.", "Sampled.",
    ]  # fmt: skip
    second = shown.turns[1]
    assert [second.text[w.start : w.end] for w in second.words] == [
        "No",
        "tota",
        "hyvin,",
        "Virtasella",
        "on",
    ]
    assert [w.start_ms for w in second.words] == [4000, 6400, 6750, 7100, 10_800]
    assert second.words[0].confidence == 0.9
    assert clean(SAID, ("tota",)).turns[1].text == "No hyvin, Virtasella on."
    assert SAID.turns[1].text.startswith("Öö, no")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fi", "Se on, ääh, vanha. Ööh se putki!", "Se on, vanha. Se putki!"),
        ("fi", "Äänekoskella öljy on mm joo.", "Äänekoskella öljy on mm joo."),
        ("fi", "Öö.", None),
        ("sv", "Ja, eh, vattnet på ön är öh bra, å sen.", "Ja, vattnet på ön är bra, å sen."),
        ("en", "Um, well, uh the ER is, um, fine.", "Well, the ER is, fine."),
        ("en", 'He said "um" and erred.', 'He said "um" and erred.'),
    ],
)
def test_fillers(language: str, text: str, expected: str | None) -> None:
    made = Transcript("a", language, (Speaker("S1"),), (Turn("S1", text),))
    assert [t.text for t in clean(made).turns] == ([] if expected is None else [expected])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = init_project(tmp_path / "p", "Koe", ("fi", "sv"))
    save_transcript(made, SAID)
    write_interviews(made, [Interview("kilpi-01", "kilpi", consent="no-quote")])
    return made


def test_all_formats_are_what_other_readers_read(project: Project) -> None:
    done = export_transcripts(project, (), None, Wanted(("vtt", "srt", "txt", "docx", "json"), style="plain"))
    folder = project.outputs / "transcripts"
    assert [path.name for path in done.files] == [
        f"kilpi-01.{x}" for x in ("vtt", "srt", "txt", "docx", "json")
    ]
    assert done.unquotable == ("kilpi-01",)
    captions = webvtt.read(str(folder / "kilpi-01.vtt"), strict=True)
    assert [c.voice for c in captions.captions] == [
        "Haastattelija", *["Matti Virtanen"] * 2, "Haastattelija", "Matti Virtanen",
    ]  # fmt: skip
    assert captions[0].start == "00:00:00.000"
    assert "0123456789ab" in "".join(captions.header_comments)
    captions = webvtt.from_srt(str(folder / "kilpi-01.srt"))
    assert captions[1].text.replace("\u2060", "") == "Matti Virtanen: Öö, no tota hyvin, Virtasella"
    document = docx.Document(str(folder / "kilpi-01.docx"))
    turns = [p.text for p in document.paragraphs if p.style is not None and p.style.name == "Qualkit Turn"]
    assert turns[0] == "[00:00:00] Haastattelija: Miten menee, Matti?"
    rows = {row.cells[0].text: row.cells[1].text for row in document.tables[0].rows}
    assert rows["Model"] == "whisper-base (hash 0123456789ab)"
    assert rows["Consent"] == "may not be quoted"
    text = (folder / "kilpi-01.txt").read_text(encoding="utf-8")
    assert "Settings: beam 5" in text
    assert "[00:00:03] Matti Virtanen: Öö, no" in text
    made = json.loads((folder / "kilpi-01.json").read_text(encoding="utf-8"))
    assert made["provenance"]["exported"]["consent"] == "no-quote"
    assert made["turns"][1]["words"][3]["confidence"] == 0.2
    assert load_transcript(project, "kilpi-01") == SAID


def test_the_head_says_of_an_imported_transcript_that_it_was_brought_in(project: Project) -> None:
    made = {
        "imported": "vtt",
        "tool": "qualkit 0.1.0",
        "file": "a b.vtt",
        "encoding": "utf-8",
        "sha256": "ab",
    }
    save_transcript(project, dataclasses.replace(SAID, revision=4, provenance=made))
    export_transcripts(project, (), None, Wanted(("txt",)))
    text = (project.outputs / "transcripts" / "kilpi-01.txt").read_text(encoding="utf-8")
    assert "\nImported: vtt, file a b.vtt, encoding utf-8, sha256 ab\nImported by: qualkit 0.1.0\n" in text
    assert "Transcribed" not in text


def test_word_shows_doubt_and_marks(project: Project) -> None:
    export_transcripts(project, ("kilpi-01",), None, Wanted(("docx",)))
    document = docx.Document(str(project.outputs / "transcripts" / "kilpi-01.docx"))
    bright = [r.text for p in document.paragraphs for r in p.runs if r.font.highlight_color is not None]
    assert [text for text in bright if text.strip()] == ["Matti", "tota", "hyvin", "Sampled", "."]


def test_subtitles_are_cut_at_sentences_and_keep_the_times_of_words(tmp_path: Path) -> None:
    words = [(f"sana{n}{'.' if n % 7 == 6 else ''}", n * 500, n * 500 + 400, 0.9) for n in range(60)]
    made = Transcript("a", "fi", (Speaker("S1", "A"),), (turn("S1", *words),))
    project = init_project(tmp_path / "p")
    save_transcript(project, made)
    export_transcripts(project, (), tmp_path, Wanted(("vtt",)))
    captions = webvtt.read(str(tmp_path / "a.vtt")).captions
    assert len(captions) > 5
    assert max(len(c.text) for c in captions) <= LETTERS
    assert all(c.text.endswith(".") for c in captions[:-1])
    assert captions[1].start == "00:00:03.500"
    assert read_foreign(tmp_path / "a.vtt").transcript.turns[0].text == made.turns[0].text


def test_pseudonyms_hide_speakers_names_and_hints(project: Project) -> None:
    write_pseudonyms(project, [Pseudonym("Matti Virtanen", "Henkilö 7", "person")])
    wanted = Wanted(("vtt", "srt", "txt", "docx", "json"), pseudonyms=True)
    done = export_transcripts(project, (), project.root / "out", wanted)
    assert [path.stem for path in done.files] == ["h1"] * 5
    for path in done.files[:3] + done.files[4:]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"Virta|Matti|kilpi|paja", text), path
        assert "Henkilö 7" in text
    document = docx.Document(str(done.files[3]))
    text = "\n".join(p.text for p in document.paragraphs) + document.core_properties.subject
    assert not re.search(r"Virta|Matti|kilpi", text)


def test_what_cannot_be_exported_is_told_and_the_others_go_on(project: Project) -> None:
    save_transcript(project, Transcript("b", "fi", (Speaker("S1"),), (Turn("S1", "Ei aikoja."),)))
    (project.transcripts / "c.json").write_text("{", encoding="utf-8")
    done = export_transcripts(project, (), None, Wanted(("srt", "txt")))
    assert [path.name for path in done.files] == ["b.txt", "kilpi-01.srt", "kilpi-01.txt"]
    assert "no times" in done.faults[0]
    assert "c.json:1" in done.faults[1]
    for folder in (project.transcripts, project.root, project.codings / "anna", project.work):
        with pytest.raises(UsageError, match="project"):
            export_transcripts(project, (), folder, Wanted(("json",)))
    with pytest.raises(UsageError, match="no transcript"):
        export_transcripts(project, ("d",), None, Wanted())


# ── There and back ───────────────────────────────────────────────────────────

_letters = st.characters(
    exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs", "Cn", "Co"], exclude_characters="\u2060"
)
_word = st.text(_letters, min_size=1, max_size=8) | st.sampled_from(
    [*HOSTILE.split(), "Anna:", "12:30", "S1:", "-->"]
)
_text = st.lists(_word, min_size=1, max_size=30).map(" ".join)
_name = st.sampled_from(["", "Anna Öberg", "Haastattelija", "puhuja", "=cmd", "A & <B>", "x" * 70])


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    from qualkit.files.text import one_line

    speakers = (Speaker("S1", draw(_name)), Speaker("S2", "Bo"), Speaker("S3"))
    turns, at = [], draw(st.integers(0, 10_000))
    for n, text in enumerate(draw(st.lists(_text, min_size=1, max_size=6))):
        said = " ".join(one_line(text).split())
        if said:
            end = at + draw(st.integers(1, 200_000))
            turns.append(Turn(f"S{n % 3 + 1}", said, at, end))
            at = end + draw(st.integers(0, 20_000))
    turns = turns or [Turn("S1", "a", 0, 1)]
    return Transcript("a", "fi", speakers, tuple(turns))


@settings(max_examples=60, deadline=None)
@given(transcripts(), st.sampled_from(["vtt", "srt", "txt", "docx", "json"]))
def test_what_goes_out_comes_back(made: Transcript, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = init_project(Path(folder) / "p")
        save_transcript(project, made)
        done = export_transcripts(project, (), Path(folder), Wanted((kind,), style="plain"))
        assert done.faults == ()
        reading = read_foreign(done.files[0])
    assert reading.notes == ()
    back = reading.transcript

    def told(transcript: Transcript) -> list[tuple[object, ...]]:
        from qualkit.export.transcripts.head import label

        exact = kind in ("vtt", "srt", "json")
        return [
            (label(transcript.speaker(t.speaker)), t.text,
             t.start_ms if exact else (t.start_ms or 0) // 1000, t.end_ms if exact else None)
            for t in transcript.turns
        ]  # fmt: skip

    assert told(back) == told(made)


def test_words_come_back_from_json(project: Project) -> None:
    done = export_transcripts(project, (), None, Wanted(("json",)))
    back = read_foreign(done.files[0]).transcript
    assert (back.turns, back.speakers, back.notices) == (SAID.turns, SAID.speakers, SAID.notices)


def test_marks_that_come_back_are_told(project: Project) -> None:
    done = export_transcripts(project, (), None, Wanted(("txt", "docx")))
    for path in done.files:
        reading = read_foreign(path)
        assert any("with marks" in note.message for note in reading.notes)
        assert [t.text for t in reading.transcript.turns] == [x for x in lines(SAID, MARKED) if x[0] != "("]
