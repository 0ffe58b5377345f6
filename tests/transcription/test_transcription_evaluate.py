"""Measuring transcripts: every figure against one worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qualkit.audio.stretch import Stretch
from qualkit.cli.main import main
from qualkit.errors import BadFile, UsageError
from qualkit.model import Speaker, Transcript, Turn, Word
from qualkit.transcription import apart, compare, supervise
from qualkit.transcription.compare import Measured, evaluate_models, evaluate_transcript, overlap, recommend
from qualkit.transcription.evaluate import score, word_errors
from qualkit.transcription.reference import parse_reference, plain_words, read_reference
from qualkit.transcription.settings import TranscribeSettings
from qualkit.transcription.speakers.diarizer import Spoken
from tests.audio.sounds import talk, write_wav
from tests.steps import ended
from tests.transcription.pretend import COMMAND

if TYPE_CHECKING:
    from qualkit.transcription.evaluate import TranscriptScore


HERE = Path("reference.txt")


def turn(speaker: str, text: str, start_ms: int, each: int = 500) -> Turn:
    """A word every ``each`` ms, each said for four fifths of that."""
    words, at = [], 0
    for n, word in enumerate(text.split(" ")):
        begins = start_ms + n * each
        words.append(Word(at, at + len(word), begins, begins + each * 4 // 5, 0.9))
        at += len(word) + 1
    return Turn(speaker, text, start_ms, words[-1].end_ms, tuple(words))


def made(*turns: Turn) -> Transcript:
    speakers = tuple(Speaker(s) for s in dict.fromkeys(t.speaker for t in turns))
    return Transcript("x-01", "fi", speakers, turns)


# ── References ───────────────────────────────────────────────────────────────


def test_words_are_compared_without_case_and_punctuation_but_with_their_letters() -> None:
    assert plain_words("Ääni, ÖLJY-kattila; ”Åbo” — vaa'alla!") == [
        "ääni", "öljy", "kattila", "åbo", "vaaalla",
    ]  # fmt: skip
    assert plain_words("a\u0308iti_x don’t 70-luku") == ["äiti", "x", "dont", "70", "luku"]
    assert word_errors(plain_words("Täällä on höyry."), plain_words("täällä ON höyry")).wer == 0
    assert word_errors(plain_words("sää"), plain_words("saa")).wer == 1


def test_a_reference_may_name_speakers_and_hold_times() -> None:
    found = parse_reference(
        "# litteroitu käsin\n"
        "[0:01] Haastattelija: Mikä on tilanne? [nauraa]\n"
        "ja se jatkuu näin: kyllä\n\n"
        "Käyttöpäällikkö (0:12,5): Vesijohto.\n"
        "1:02:03 Haastattelija: Entä?\n"
        "1:02:05 – 1:02:09 Käyttöpäällikkö: No\n",
        HERE,
    )
    assert found.speakers == ("S1", "S2")
    assert [t.start_ms for t in found.turns] == [1_000, 12_500, 3_723_000, 3_725_000]
    assert " ".join(found.words) == "mikä on tilanne ja se jatkuu näin kyllä vesijohto entä no"
    assert " ".join(found.until(12_500).words) == "mikä on tilanne ja se jatkuu näin kyllä"


def test_a_colon_in_running_text_names_nobody() -> None:
    found = parse_reference("Hän sanoi viimein näin: älä.\nHuom: ei nimi.", HERE)
    assert found.speakers == ()
    assert " ".join(found.words) == "hän sanoi viimein näin älä huom ei nimi"


def test_subtitles_and_empty_files_are_references_too(tmp_path: Path) -> None:
    vtt = tmp_path / "x.vtt"
    vtt.write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>Hei vaan\n\n00:03.000 --> 00:04.000\n<v Bo>Hej\n"
    )
    assert read_reference(vtt).words == ("hei", "vaan", "hej")
    assert read_reference(vtt).turns[1].start_ms == 3_000
    (tmp_path / "silence.txt").write_text("\n")
    assert read_reference(tmp_path / "silence.txt").words == ()
    with pytest.raises(BadFile, match="nowhere"):
        read_reference(tmp_path / "nowhere.txt")


# ── Scores ───────────────────────────────────────────────────────────────────


def test_word_and_character_errors_by_hand() -> None:
    found = word_errors(["a", "bb", "ccc", "dddd"], ["a", "bx", "ccc", "ee", "dddd", "ff"])
    # bb→bx; ee and ff too many: 3 errors over 4 words; 13 characters with spaces: x, "ee ", " ff" = 7
    assert (found.substituted, found.missing, found.added) == (1, 0, 2)
    assert found.wer == pytest.approx(3 / 4)
    assert found.cer == pytest.approx(7 / 13)
    assert word_errors([], ["a"]).wer is None


def scored(transcript: Transcript, text: str, **given: Any) -> TranscriptScore:
    return score(transcript, parse_reference(text, HERE), **{"duration_ms": 60_000, **given})


def test_words_where_nobody_speaks_are_made_up() -> None:
    heard = made(turn("S1", "a b c", 1_000), turn("S1", "x y", 30_000))
    truth = [Spoken(1_000, 2_500, 0)]
    found = scored(heard, "a b c", truth=truth)
    # non-speech: 60 s less 1.5 s of speech and a quarter of a second on each side of it
    assert found.made_up == 2
    assert found.non_speech_s == pytest.approx(58.0)
    assert found.made_up_a_minute == pytest.approx(2 / (58 / 60))
    assert found.speech_by == "rttm"
    at_the_edge = scored(made(turn("S1", "a b c d", 1_000)), "a b c d", truth=[Spoken(1_000, 2_300, 0)])
    assert at_the_edge.made_up == 0


def test_all_words_over_a_recording_of_nothing_are_made_up() -> None:
    found = scored(made(turn("S1", "thank you", 5_000)), "", activity=[Stretch(4_000, 7_000)])
    assert (found.made_up, found.non_speech_s, found.made_up_a_minute) == (2, 60.0, 2.0)
    assert found.speech_by == "reference"
    assert found.coverage is None
    assert found.errors.wer is None


def test_speech_that_no_word_is_near_is_not_covered() -> None:
    heard = made(turn("S1", "a b c d", 0))  # to 1.9 s, and covers half a second more
    found = scored(heard, "a b c d", activity=[Stretch(0, 10_000)])
    assert found.coverage == pytest.approx(2.4 / 10)
    assert scored(heard, "a b c d", activity=[Stretch(0, 2_500)]).coverage == 1.0


def test_words_in_the_wrong_mouth_by_the_names_of_the_reference() -> None:
    heard = made(turn("S2", "miten menee tämä", 0), turn("S1", "hyvin se menee kai", 3_000))
    text = "Anna: Miten menee?\nBo: Tämä hyvin se menee kai."
    who = scored(heard, text).speakers
    # S2 is Anna and S1 is Bo; "tämä" is Bo's and stands with S2
    assert (who.words_wrong, who.words_compared, who.words_by) == (1, 7, "reference")
    assert who.wrong_share == pytest.approx(1 / 7)
    assert who.der is None


def test_words_in_the_wrong_mouth_and_diarization_error_by_rttm() -> None:
    heard = made(turn("S1", "a b c d", 0), turn("S2", "e f g h", 2_000))
    truth = [Spoken(0, 3_000, 0), Spoken(3_000, 4_000, 1)]
    spoken = [Spoken(0, 2_000, 0), Spoken(2_000, 4_000, 1), Spoken(9_000, 10_000, 1)]
    who = scored(heard, "a b c d e f g h", truth=truth, spoken=spoken).speakers
    # e and f (2.0–2.9 s) are the first speaker's; 1 s of 4 confused, 1 s where nobody speaks
    assert (who.words_wrong, who.words_compared, who.words_by) == (2, 8, "rttm")
    assert who.confusion == pytest.approx(0.25)
    assert who.false_alarm == pytest.approx(0.25)
    assert who.missed == 0
    assert who.der == pytest.approx(0.5)
    # a quarter of a second each side of 0, 3 and 4 s is left out: 3 s of speech, 0.75 + 1 s wrong
    assert who.der_collar == pytest.approx(1.75 / 3, abs=1e-3)


def test_a_word_over_which_both_speak_is_right_with_either() -> None:
    heard = made(turn("S1", "a b", 0), turn("S2", "c d", 1_000))
    truth = [Spoken(0, 2_000, 0), Spoken(800, 2_000, 1)]
    assert scored(heard, "a b c d", truth=truth).speakers.words_wrong == 0


# ── The first minutes ────────────────────────────────────────────────────────


def test_only_the_talk_that_both_share_is_compared() -> None:
    said = ["a", "b", "c", "d", "e", "f", "g"]
    assert overlap(said, ["a", "b", "x", "d", "e", "f", "g", "h", "i", "j"]) == (7, 7)
    assert overlap(said, ["a", "b", "c", "d"]) == (4, 4)
    assert overlap(said, ["a", "b", "c", "d"], whole=True) == (7, 4)
    assert overlap(said, []) == (0, 0)


def measured(model: str, wer: float, seconds: float, peak_mib: int = 500) -> Measured:
    base = scored(made(turn("S1", "a", 0)), "a", activity=[Stretch(0, 1_000)])
    errors = replace(base.errors, wer=wer)
    return Measured(model, "faster-whisper", "0", 300.0, seconds, 2.0, peak_mib, replace(base, errors=errors))


def test_the_fastest_of_the_good_that_fit_is_recommended() -> None:
    rows = [measured("base", 0.30, 20), measured("large", 0.100, 300, 5_000), measured("turbo", 0.105, 150)]
    assert recommend(rows, 16_000)[0] == "turbo"
    rows[2] = measured("turbo", 0.15, 150)
    assert recommend(rows, 16_000)[0] == "large"
    use, why = recommend(rows, 6_000)
    assert use == "turbo"
    assert "memory" in why
    assert "16 hours of recording in a night of 8" in why
    assert "nothing to compare" in recommend(rows[:1], 16_000)[1]


# ── Through the worker ───────────────────────────────────────────────────────


@pytest.fixture
def settings(weights: Path, monkeypatch: pytest.MonkeyPatch) -> TranscribeSettings:
    monkeypatch.setattr(supervise, "COMMAND", COMMAND)
    return TranscribeSettings(model=str(weights), diarizer="none", batch=1)


def test_a_recording_is_transcribed_apart_and_leaves_nothing(
    tmp_path: Path, settings: TranscribeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    recording = write_wav(tmp_path / "puhe (1).wav", talk([(1.0, 4.0), (8.0, 11.0)], 12.0))
    heard = ended(apart.hear_apart(recording, settings))
    text = heard.transcript.text
    assert len(text.split()) >= 10
    assert heard.duration_ms == 12_000
    assert heard.peak_mib > 20
    assert not list((tmp_path / "scratch").iterdir())
    reference = tmp_path / "ref.txt"
    reference.write_text(text.upper() + " lisää")
    found = ended(evaluate_transcript(recording, reference, settings))
    assert (found.score.errors.added, found.score.errors.missing) == (0, 1)
    assert found.score.coverage == 1.0
    first = ended(evaluate_transcript(recording, reference, settings, minutes=0.1))
    assert first.audio_s == pytest.approx(6.0)
    assert first.score.errors.heard_words < found.score.errors.heard_words


def test_models_are_compared_over_the_same_words(
    tmp_path: Path, weights: Path, settings: TranscribeSettings
) -> None:
    recording = write_wav(tmp_path / "long.wav", talk([(1.0, 5.0), (9.0, 14.0)], 15.0))
    heard = ended(apart.hear_apart(recording, settings, seconds=12)).transcript
    reference = tmp_path / "first.txt"
    reference.write_text(heard.turns[0].text)  # two tones are heard in 12 seconds, one is in the reference
    other = weights.with_name("other")
    other.mkdir()
    for file in weights.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    found = ended(
        evaluate_models(recording, reference, settings, models=[str(weights), str(other)], minutes=0.2)
    )
    assert len(found.rows) == 2
    assert [row.score.errors.wer for row in found.rows] == [0.0, 0.0]  # what comes after it does not count
    assert found.use in {str(weights), str(other)}
    reference.write_text("")
    with pytest.raises(UsageError, match="no words"):
        ended(evaluate_models(recording, reference, settings))


def test_models_that_cannot_hear_the_language_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qualkit.weights.store import InstalledModel

    def there() -> tuple[InstalledModel, ...]:
        names = [
            ("whisper-tiny.en", "faster-whisper"),
            ("whisper-base", "faster-whisper"),
            ("speakers", "speakers"),
        ]
        return tuple(InstalledModel(n, tmp_path, kind, "", "", "", 1, "0") for n, kind in names)

    monkeypatch.setattr(compare, "installed", there)
    chosen, left_out = compare._to_compare((), TranscribeSettings(language="fi"), tmp_path, None)
    assert chosen == [("whisper-base", "faster-whisper")]
    assert left_out == ("whisper-tiny.en: it hears English only",)


def test_what_cannot_be_read_says_so(tmp_path: Path, settings: TranscribeSettings) -> None:
    reference = tmp_path / "ref.txt"
    reference.write_text("yksi")
    with pytest.raises(BadFile, match="no such file"):
        ended(evaluate_transcript(tmp_path / "none.wav", reference, settings))
    (tmp_path / "text.mp3").write_text("no music")
    with pytest.raises(Exception, match=r"text\.mp3"):
        ended(evaluate_transcript(tmp_path / "text.mp3", reference, settings))
    (tmp_path / "who.rttm").write_text("; nobody\n")
    with pytest.raises(UsageError, match="who speaks"):
        ended(evaluate_transcript(tmp_path / "x.wav", reference, settings, rttm=tmp_path / "who.rttm"))


def test_the_command_prints_every_figure(
    tmp_path: Path, settings: TranscribeSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    from qualkit.files.project import init_project

    root = tmp_path / "study"
    init_project(root, "Koe", ("fi",))
    with (root / "qualkit.toml").open("a") as out:
        out.write(f'\n[transcription]\nmodel = "{settings.model}"\ndiarizer = "none"\nbatch = 1\n')
    recording = write_wav(tmp_path / "x.wav", talk([(1.0, 4.0)], 5.0))
    (tmp_path / "x.txt").write_text("A: yksi\nB: kaksi kolme")
    (tmp_path / "x.rttm").write_text("SPEAKER x 1 1.0 3.0 <NA> <NA> anna <NA> <NA>\n")
    where = ["--recording", str(recording), "--reference", str(tmp_path / "x.txt"), "--project", str(root)]
    before = sorted(p for p in root.rglob("*"))
    with pytest.raises(SystemExit) as end:
        main(["evaluate", "transcript", *where, "--rttm", str(tmp_path / "x.rttm"), "--json"])
    assert end.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert found["score"]["errors"]["reference_words"] == 3
    assert found["score"]["speakers"]["der"] == pytest.approx(2 / 3)  # one speaker throughout: 2 s too many
    assert found["score"]["speakers"]["wrong_share"] is not None
    assert {"made_up", "made_up_a_minute", "coverage", "speech_by"} <= found["score"].keys()
    with pytest.raises(SystemExit):
        main(["evaluate", "models", *where, "--model", settings.model])
    assert f'model = "{settings.model}"' in capsys.readouterr().out
    assert sorted(p for p in root.rglob("*")) == before
