"""Every form of transcript that other programs and typists write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from qualkit.errors import BadFile, QualkitError, UsageError
from qualkit.transcription.readers import read_foreign

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.model import Problem

Said = tuple[str, int | None, int | None, str]


def read(tmp_path: Path, name: str, text: str | bytes) -> tuple[list[Said], tuple[Problem, ...]]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    reading = read_foreign(path)
    made = reading.transcript
    said = [(made.speaker(t.speaker).label, t.start_ms, t.end_ms, t.text) for t in made.turns]
    return said, reading.notes


TEAMS = """WEBVTT

NOTE language:sv-SE

16fd5c8e-d8f4/12-0
00:00:03.100 --> 00:00:05.400
<v Anna Andersson>Hej &amp; välkommen &lt;b&gt;</v>

16fd5c8e-d8f4/12-1
00:00:05.400 --> 00:00:08.000
<v Anna Andersson>till det
här <script>mötet</script></v>

16fd5c8e-d8f4/13-0
0:0:9.0 --> 0:0:10.5
<v Bo Öst (Firma Ab)>Tack.</v>

16fd5c8e-d8f4/14-0
00:00:20.000 --> 00:00:21.000
<v Bo Öst (Firma Ab)>Ny tur efter en paus.</v>
"""


def test_teams(tmp_path: Path) -> None:
    said, notes = read(tmp_path, "a.vtt", TEAMS)
    assert said == [
        ("Anna Andersson", 3100, 8000, "Hej & välkommen <b> till det här <script>mötet</script>"),
        ("Bo Öst (Firma Ab)", 9000, 10_500, "Tack."),
        ("Bo Öst (Firma Ab)", 20_000, 21_000, "Ny tur efter en paus."),
    ]
    assert notes == ()
    assert read_foreign(tmp_path / "a.vtt").transcript.language == "sv"


def test_zoom(tmp_path: Path) -> None:
    text = (
        "WEBVTT\r\n\r\n1\r\n00:00:01.230 --> 00:00:04.560\r\nAnna Virtanen: Se: on.\r\n\r\n"
        "2\r\n00:00:04.900 --> 00:00:06.000\r\nAnna Virtanen: Jatkuu\r\n\r\n"
        "3\r\n00:00:07.000 --> 00:00:08.000\r\n+358 40 1234567: Eli siis: joo\r\n"
    )
    said, notes = read(tmp_path, "a.vtt", text)
    assert said == [
        ("Anna Virtanen", 1230, 6000, "Se: on. Jatkuu"),
        ("+358 40 1234567", 7000, 8000, "Eli siis: joo"),
    ]
    assert notes == ()


def test_noscribe(tmp_path: Path) -> None:
    vtt = (
        "WEBVTT kilpi\n\nNOTE\nTranscribed with noScribe\n\nNOTE media: x.wav\n\n1\n"
        "00:00:02.130 --> 00:00:07.730\n<v S00>S00: Ok, sanoi &quot;hän&quot;.\n\n"
        "2\n00:00:08.000 --> 00:00:09.730\n<v S00> //S01: Niin//\n\n3\n00:00:10.000 --> 00:00:11.000\n"
        "<v S01>Tutkija: Joo\n"
    )
    expected = [("S00", 2130, 9730, 'Ok, sanoi "hän". //S01: Niin//'), ("Tutkija", 10_000, 11_000, "Joo")]
    assert read(tmp_path, "a.vtt", vtt)[0] == expected
    html = (
        "<!DOCTYPE HTML><html><head><style>p {}</style></head><body><p>kilpi</p><p>noScribe<br/>x</p>"
        '<p><a name="ts_2130_7730_S00" >S00: <span>[00:00:02]</span> Ok, sanoi "hän".</a>'
        '<a name="ts_8000_9730_S00" > //S01: Niin//</a></p>'
        '<p><a name="ts_10000_11000_S01" ><span>Tutkija: </span></a><a name="ts_10000_11000_S01">Joo</a></p>'
        "<script>alert(1)</script></body></html>"
    )
    assert read(tmp_path, "a.html", html)[0] == expected
    with pytest.raises(BadFile, match="no transcript of noScribe"):
        read(tmp_path, "b.html", "<html><body><p>Moi</p></body></html>")


def test_subtitles_of_whisperx_and_what_players_leave_out(tmp_path: Path) -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,500\n[SPEAKER_00]: Moi <i>vaan</i>\n\nja lisää\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\n- [SPEAKER_01]: Yksi kaksi kolme\n- [SPEAKER_00]: Neljä\n\n"
    )
    said, notes = read(tmp_path, "a.srt", text)
    assert said == [
        ("SPEAKER_00", 1000, 2500, "Moi vaan ja lisää"),
        ("SPEAKER_01", 3000, 3761, "Yksi kaksi kolme"),
        ("SPEAKER_00", 3761, 4000, "Neljä"),
    ]
    assert [(note.line, "empty line" in note.message) for note in notes] == [(5, True)]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        (
            "a.vtt",
            "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nMoi\n\n2\n00:00:xx --> 00:00:03.000\nHei\n",
            8,
        ),
        ("a.vtt", "00:00:01.000 --> nyt\nMoi\n", 1),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nMoi\n\n2\n00.00.03 --> 00.00.04\nHei\n", 6),
        ("a.srt", "1\n00:00:01,000 ->\n00:00:02,000 -->\nMoi\n", 3),
        ("a.json", '{"segments": [\n {"start": 1,\n}', 3),
    ],
)
def test_faults_name_file_and_line(tmp_path: Path, name: str, text: str | bytes, line: int) -> None:
    with pytest.raises(BadFile) as fault:
        read(tmp_path, name, text)
    assert fault.value.line == line
    assert f"{name}:{line}: " in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "[]"),
        ("a.json", '"x"'),
        ("a.json", "[" * 100_000),
        ("a.json", '{"segments": [1]}'),
        ("a.json", '{"segments": [{"start": "1", "end": 2, "text": "x"}]}'),
        ("a.json", '{"segments": [{"start": 1e300, "end": 2, "text": "x"}]}'),
        ("a.json", '{"segments": [{"start": NaN, "end": 2, "text": "x"}]}'),
        ("a.json", '{"segments": [{"start": 1, "end": 2, "text": 3}]}'),
        ("a.json", '{"transcription": [{"text": "x"}]}'),
        ("a.json", '{"segments": "x"}'),
        ("a.txt", b"RIFF\x00\x00\x00\x00WAVE\x00\x00\x00\x01"),
        ("a.txt", ""),
        ("a.vtt", "WEBVTT\n\n"),
        ("a.docx", "no archive"),
        ("a.html", ""),
        ("a.pdf", "%PDF"),
        ("a.doc", b"\xd0\xcf\x11\xe0"),
    ],
)
def test_what_is_no_transcript_is_refused_in_one_line(tmp_path: Path, name: str, text: str | bytes) -> None:
    with pytest.raises(QualkitError) as fault:
        read(tmp_path, name, text)
    assert name in str(fault.value)
    assert fault.value.hint
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    "text", ["<v " * 50_000, "A: x" + " " * 200_000, "\n00:01.000 --> 00:02.000\nb" * 20_000]
)
def test_text_made_to_take_for_ever(tmp_path: Path, text: str) -> None:
    said, _ = read(tmp_path, "a.vtt", f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}y\n")
    assert said[0][3][-1] == "y"
    assert read(tmp_path, "a.txt", f"H: {text}y\n")[0][-1][3][-1] == "y"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[00:01:02] H: Mitä?\nMatti (00:01:05): Sitä.\n(01:10) H: Ai.\n00:01:12 Matti: Niin.\n",
            [("H", 62_000, 65_000, "Mitä?"), ("Matti", 65_000, 70_000, "Sitä."),
             ("H", 70_000, 72_000, "Ai."), ("Matti", 72_000, 72_325, "Niin.")],
        ),
        (
            "Anna Virtanen  0:03\nHei kaikille.\nToinen rivi.\n\nBo Ek  0:15\nMoi. Se oli 12:30\n",
            [("Anna Virtanen", 3000, 15_000, "Hei kaikille. Toinen rivi."),
             ("Bo Ek", 15_000, 16_105, "Moi. Se oli 12:30")],
        ),
        (
            "Anna Virtanen   0:03\nHyvin: kiitos.\nBo Ek   0:09\nSiis: joo.\n",
            [("Anna Virtanen", 3000, 9000, "Hyvin: kiitos."), ("Bo Ek", 9000, 9650, "Siis: joo.")],
        ),
        (
            "H: Mitä?\nMatti: Sitä.\nH: Ai.\n00:01:12 Matti: Niin.\nH: Selvä.\n",
            [("H", None, None, "Mitä?"), ("Matti", None, None, "Sitä."), ("H", None, None, "Ai."),
             ("Matti", 72_000, 72_325, "Niin."), ("H", None, None, "Selvä.")],
        ),
        (
            "00:01:02 Anna Virtanen\nHei.\n\n00:01:09 Bo Ek\nMoi.\n",
            [("Anna Virtanen", 62_000, 69_000, "Hei."), ("Bo Ek", 69_000, 69_260, "Moi.")],
        ),
        (
            "0:0:0.0 --> 0:0:1.970\nAnna Virtanen\nHei.\n\n0:0:2.0 --> 0:0:4.5\nBo Ek\nMoi.\n",
            [("Anna Virtanen", 0, 1970, "Hei."), ("Bo Ek", 2000, 4500, "Moi.")],
        ),
        (
            "I: Hur mår du? #00:00:05-3#\n\nB: Bra. #00:00:09-1#\n",
            [("I", 0, 5300, "Hur mår du?"), ("B", 5300, 9100, "Bra.")],
        ),
        (
            "[00:00:00] SPEAKER_00: hei\n[00:00:03] jatkuu\n[00:00:09] SPEAKER_01: moi\n",
            [("SPEAKER_00", 0, 9000, "hei jatkuu"), ("SPEAKER_01", 9000, 9195, "moi")],
        ),
        (
            "kilpi\n\nnoScribe vers. 0.6\nAudio source: x.wav\n\nS00: Moi.\n\nS01: Hei.\n",
            [("S00", None, None, "Moi."), ("S01", None, None, "Hei.")],
        ),
        ("Klo 12:30 tuli juna.\n", [("S1", None, None, "Klo 12:30 tuli juna.")]),
    ],
)  # fmt: skip
def test_forms_of_text(tmp_path: Path, text: str, expected: list[Said]) -> None:
    assert read(tmp_path, "a.txt", text)[0] == expected


def test_what_is_ambiguous_is_told_with_its_line_and_without_its_words(tmp_path: Path) -> None:
    text = "Otsikko tässä\n\nHaastattelija: Mitä?\nMatti Meikäläinen: Hyvää.\n\nJa vielä: tämä.\n"
    said, notes = read(tmp_path, "a.txt", text)
    assert said[-1] == ("Matti Meikäläinen", None, None, "Ja vielä: tämä.")
    told = {note.line: str(note) for note in notes}
    assert set(told) == {0, 1, 6}
    assert "no times" in told[0]
    assert "before the first name" in told[1]
    assert not any("vielä" in line or "Otsikko" in line for line in told.values())
    assert "no speaker" in str(read(tmp_path, "b.txt", "Puhetta vain.\n")[1][0])


def test_whisper_words_keep_times_and_confidence(tmp_path: Path) -> None:
    words = [
        {"word": " Moi", "start": 0, "end": 0.5, "probability": 0.9},
        {"word": " vaa", "start": 0.6, "end": 0.9, "probability": 0.8},
        {"word": "n.", "start": 0.9, "end": 1.2, "probability": 0.7},
    ]
    segments = [
        {"start": 0, "end": 1.5, "text": " Moi vaan.", "temperature": 0.8, "words": words},
        {"start": 2, "end": 3, "text": " Joo."},
        {"start": 30.0, "end": 31.0, "text": " Ei."},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"language": "finnish", "segments": segments}))
    made = read_foreign(tmp_path / "a.json").transcript
    assert made.language == "fi"
    assert made.provenance["imported"] == "whisper"
    first, second = made.turns
    assert (first.text, first.start_ms, first.end_ms, first.sampled) == ("Moi vaan. Joo.", 0, 3000, True)
    assert [(first.text[w.start : w.end], w.start_ms, w.end_ms, w.confidence) for w in first.words] == [
        ("Moi", 0, 500, 0.9),
        ("vaan.", 600, 1200, 0.7),
    ]
    assert second.text == "Ei."


def test_words_beside_the_segments(tmp_path: Path) -> None:
    content = {
        "segments": [{"start": 0, "end": 1, "text": "Moi vaan"}, {"start": 5.5, "end": 7, "text": "Hei"}],
        "words": [
            {"word": w, "start": s, "end": s + 0.2} for w, s in (("Moi", 0.0), ("vaan", 0.5), ("Hei", 5.5))
        ],
    }
    (tmp_path / "a.json").write_text(json.dumps(content))
    turns = read_foreign(tmp_path / "a.json").transcript.turns
    assert [(t.text, len(t.words)) for t in turns] == [("Moi vaan", 2), ("Hei", 1)]


def test_whisperx_turns_never_mix_two_speakers(tmp_path: Path) -> None:
    words = [
        {"word": "Moi", "start": 0, "end": 0.5, "score": 0.9, "speaker": "SPEAKER_00"},
        {"word": "5"},
        {"word": "juu.", "start": 2, "end": 3, "score": 0.5, "speaker": "SPEAKER_01"},
    ]
    content = {
        "segments": [{"start": 0, "end": 3, "text": "Moi 5 juu.", "speaker": "SPEAKER_00", "words": words}]
    }
    (tmp_path / "a.json").write_text(json.dumps(content))
    reading = read_foreign(tmp_path / "a.json")
    made = reading.transcript
    assert [
        (made.speaker(t.speaker).name, t.text, t.start_ms, t.end_ms, len(t.words)) for t in made.turns
    ] == [
        ("SPEAKER_00", "Moi 5", 0, 500, 1),
        ("SPEAKER_01", "juu.", 2000, 3000, 1),
    ]
    assert made.turns[1].words[0].confidence == 0.5
    assert "no time of its own" in reading.notes[0].message


def test_times_of_words_inside_subtitles(tmp_path: Path) -> None:
    text = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>Yksi <00:01.500><c>kaksi kolme</c>\n\n"
        "00:02.000 --> 00:03.000\nBo: Moi<00:02.400> vaan\n"
    )
    (tmp_path / "a.vtt").write_text(text, encoding="utf-8")
    made = read_foreign(tmp_path / "a.vtt").transcript
    words = [[(t.text[w.start : w.end], w.start_ms, w.end_ms) for w in t.words] for t in made.turns]
    assert words == [
        [("Yksi", 1000, 1500), ("kaksi", 1500, 1727), ("kolme", 1727, 1954)],
        [("Moi", 2171, 2342), ("vaan", 2400, 3000)],
    ]


def test_whisper_tsv(tmp_path: Path) -> None:
    said, _ = read(tmp_path, "a.tsv", "start\tend\ttext\n0\t900\tMoi\n1000\t2000\tvaan\n9000\t9100\tHei\n")
    assert said == [("S1", 0, 2000, "Moi vaan"), ("S1", 9000, 9100, "Hei")]
    with pytest.raises(BadFile, match=r"a\.tsv:2: "):
        read(tmp_path, "a.tsv", "start\tend\ttext\nx\t900\tMoi\n")


def test_whisper_cpp(tmp_path: Path) -> None:
    content = {
        "result": {"language": "en"},
        "transcription": [{"offsets": {"from": 0, "to": 900}, "text": " Hi."}],
    }
    (tmp_path / "a.json").write_text(json.dumps(content))
    made = read_foreign(tmp_path / "a.json").transcript
    assert (made.language, made.turns[0].text, made.turns[0].end_ms) == ("en", "Hi.", 900)


ENCODED = [
    "Haastattelija: Miten höyryputki täällä kestää? Åbo on lähellä.\nMatti: No, ähh, se on vähän päällä.\n",
    "Intervjuare: Är vattnet bra här på ön?\nBo: Jo, det räcker nog för oss.\n",
    "A: Älä.\n",
    "H: Moi.\nV: Joo, että siis näin.\n",
    "A: Café “quoted” text – it’s fine.\n",
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252",
                                      "iso8859-15", "mac_roman", "cp850"])  # fmt: skip
@pytest.mark.parametrize("text", ENCODED)
def test_character_sets(tmp_path: Path, text: str, encoding: str) -> None:
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return
    said, notes = read(tmp_path, "a.txt", data)
    assert "\n".join(f"{name}: {words}" for name, _, _, words in said) == text.strip().replace("\u00a0", " ")
    certain = encoding in ("utf-8", "utf-8-sig", "utf-16")
    assert any("not UTF-8" in note.message for note in notes) == (not certain)


def test_a_character_set_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("A: Привет\n".encode("cp1251"))
    assert read_foreign(tmp_path / "a.txt", "cp1251").transcript.turns[0].text == "Привет"
    with pytest.raises(UsageError, match="klingon"):
        read_foreign(tmp_path / "a.txt", "klingon")
    with pytest.raises(BadFile, match="not utf-8"):
        read_foreign(tmp_path / "a.txt", "utf-8")
