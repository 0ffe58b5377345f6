"""What speech recognition costs: the same units as written and as Whisper base hears them.

    python benchmarks/coding/heard.py --speak dev.tsv    speak, transcribe, write heard.tsv
    python benchmarks/coding/heard.py dev.tsv            compare dev.tsv with heard.tsv, by words alone

Speaking needs Debian's ``festival`` with both ``festvox-suopuhe`` voices and ``flite``, and the model
``whisper-base``. ``heard.tsv`` holds the units of the file in its order and is committed, so comparing needs
neither; ``qualkit evaluate coding --gold benchmarks/coding/heard.tsv`` runs the whole engine on it. Synthetic
voices are not people: the figures say what recognition errors do, not how many an interview will have.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import jiwer

from qualkit.coding.lexical import LexicalIndex
from qualkit.files.codebook import read_codebook
from qualkit.language.tokens import words

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HEARD = HERE / "heard.tsv"
SURE = 0.3
"""A code counts as found by words from this score on."""
FESTIVAL = {"fi": ("voice_hy_fi_mv_diphone", 1.1), "sv": ("voice_suo_fi_lj_diphone", 1.1)}
"""Voice and stretch. Swedish is read by a Finnish voice: of the free ones it is understood best by far."""

Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    """The lines of a labelled file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def speak(text: str, language: str, out: Path) -> None:
    """One unit as a WAV file."""
    if language in FESTIVAL:
        voice, stretch = FESTIVAL[language]
        setting = f"(begin ({voice}) (Parameter.set 'Duration_Stretch {stretch}))"
        plain = text.replace("…", ".").replace("’", "'").replace("–", ",").encode("latin-1", "ignore")
        command = ["text2wave", "-F", "16000", "-eval", setting, "-o", str(out)]
        subprocess.run(command, input=plain, check=True, stderr=subprocess.DEVNULL)
    else:
        subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(out)], check=True)


def hear(units: list[Row]) -> list[Row]:
    """The units as Whisper base writes them."""
    from faster_whisper import WhisperModel

    from qualkit.weights.store import model_path

    model = WhisperModel(str(model_path("whisper-base")), compute_type="int8", local_files_only=True)
    heard = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "unit.wav"
        for unit in units:
            speak(unit["text"], unit["lang"], out)
            segments, _ = model.transcribe(str(out), language=unit["lang"], beam_size=5)
            text = " ".join(" ".join(segment.text for segment in segments).split())
            heard.append({**unit, "text": text or "…"})
            print(f"{len(heard)}/{len(units)}", flush=True)
    return heard


def compare(units: list[Row], heard: list[Row]) -> None:
    """One line a language: word errors, micro-F1 by words on both, and how terms were found."""
    index = LexicalIndex(read_codebook(ROOT / "codebooks" / "infrastructure-security.yaml"))
    print("| language | units | WER | F1 written | F1 heard | terms found again | split | misheard |")
    print("|---|---|---|---|---|---|---|---|")
    for language in ("fi", "sv", "en", ""):
        pairs = [(u, h) for u, h in zip(units, heard, strict=True) if language in ("", u["lang"])]
        said = [" ".join(words(u["text"])) for u, _ in pairs]
        wer = jiwer.wer(said, [" ".join(words(h["text"])) or "…" for _, h in pairs])
        totals: dict[str, Counter[str]] = {"written": Counter(), "heard": Counter()}
        again = terms = 0
        kinds: Counter[str] = Counter()
        for unit, other in pairs:
            gold = set() if unit["codes"] == "none" else set(unit["codes"].split(";"))
            found = {}
            for name, row in (("written", unit), ("heard", other)):
                evidence = index.match(row["text"], row["lang"])
                got = {code for code, e in evidence.items() if e.score >= SURE}
                totals[name].update(hit=len(got & gold), got=len(got), gold=len(gold))
                found[name] = {(code, m.term) for code, e in evidence.items() for m in e.matches}
                if name == "heard":
                    kinds.update(m.kind for e in evidence.values() for m in e.matches)
            terms += len(found["written"])
            again += len(found["written"] & found["heard"])
        f1 = {n: 2 * c["hit"] / max(1, c["got"] + c["gold"]) for n, c in totals.items()}
        print(
            f"| {language or 'all'} | {len(pairs)} | {wer:.1%} | {f1['written']:.3f} | {f1['heard']:.3f} "
            f"| {again / max(1, terms):.0%} | {kinds['split']} | {kinds['misheard']} |"
        )


def main() -> None:
    """Speak and hear, or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", help="a labelled file beside this program")
    parser.add_argument("--speak", action="store_true")
    asked = parser.parse_args()
    units = rows(HERE / asked.gold)
    if asked.speak:
        heard = hear(units)
        with HEARD.open("w", encoding="utf-8", newline="\n") as file:
            file.write("lang\tcodes\ttext\n")
            file.writelines(f"{row['lang']}\t{row['codes']}\t{row['text']}\n" for row in heard)
    compare(units, rows(HEARD))


if __name__ == "__main__":
    main()
