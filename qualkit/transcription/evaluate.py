"""How far a transcript is from what was said, and from who said it.

Word and character errors by jiwer, diarization errors by pyannote.metrics; what those two do not
measure, words in the wrong mouth and words where nobody speaks, is counted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.audio.stretch import Stretch, joined
from qualkit.transcription import guards
from qualkit.transcription.reference import plain_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qualkit.model import Transcript
    from qualkit.transcription.reference import Reference
    from qualkit.transcription.speakers.diarizer import Spoken

COLLAR_MS = 250
"""References are not exact to less than this: a word counts as made up only further from speech, and
the lenient diarization error leaves as much out on each side of a boundary."""


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Word and character errors of a text against a reference."""

    reference_words: int
    heard_words: int
    substituted: int
    missing: int
    added: int
    wer: float | None
    """None when nothing is said in the reference."""
    cer: float | None


@dataclass(frozen=True, slots=True)
class SpeakerErrors:
    """Who spoke, against who really spoke."""

    der: float | None = None
    """Diarization error rate, no collar, overlap scored: missed + false alarm + confusion, over speech."""
    der_collar: float | None = None
    """The same without a quarter of a second around each boundary of the reference."""
    missed: float | None = None
    false_alarm: float | None = None
    confusion: float | None = None
    words_compared: int = 0
    words_wrong: int = 0
    words_by: str = ""
    """``reference`` (names in the text), ``rttm``, or empty: neither says who spoke."""

    @property
    def wrong_share(self) -> float | None:
        """Share of the words compared that are in the wrong mouth."""
        return self.words_wrong / self.words_compared if self.words_compared else None


@dataclass(frozen=True, slots=True)
class TranscriptScore:
    """A transcript, measured."""

    errors: WordErrors
    speech_by: str
    """Where speech is, after: ``rttm``, ``reference`` (it is empty: nobody speaks) or ``voice activity``."""
    speech_s: float
    non_speech_s: float
    made_up: int
    """Words that lie wholly where nobody speaks."""
    made_up_a_minute: float | None
    """Of non-speech; None when there is less than a second of it."""
    coverage: float | None
    """Share of speech that words are near: stretches over a second without any count as not covered."""
    speakers: SpeakerErrors


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word of a transcript, ready to be compared."""

    plain: str
    speaker: str
    start_ms: int | None
    end_ms: int | None


def heard_words(transcript: Transcript) -> list[HeardWord]:
    """The words of a transcript in the form in which they are compared, with speaker and time."""
    return [word for turn in range(len(transcript.turns)) for word in _of_turn(transcript, turn)]


def _of_turn(transcript: Transcript, index: int) -> Iterator[HeardWord]:
    turn = transcript.turns[index]
    if not turn.words:
        for plain in plain_words(turn.text):
            yield HeardWord(plain, turn.speaker, None, None)
        return
    at = 0
    for word in turn.words:  # a correction may stand between two words without a time of its own
        for plain in plain_words(turn.text[at : word.start]):
            yield HeardWord(plain, turn.speaker, None, None)
        for plain in plain_words(turn.text[word.start : word.end]):
            yield HeardWord(plain, turn.speaker, word.start_ms, word.end_ms)
        at = word.end
    for plain in plain_words(turn.text[at:]):
        yield HeardWord(plain, turn.speaker, None, None)


def score(
    transcript: Transcript,
    reference: Reference,
    *,
    duration_ms: int,
    activity: Sequence[Stretch] = (),
    spoken: Sequence[Spoken] = (),
    truth: Sequence[Spoken] = (),
) -> TranscriptScore:
    """Measure a transcript.

    ``activity`` is where voice activity detection finds speech, ``spoken`` what the diarizer found,
    ``truth`` what an RTTM file says. Where ``truth`` is given it decides where speech is; a reference
    without words says that there is none; else voice activity has to do.
    """
    heard = heard_words(transcript)
    if truth:
        speech, by = within([Stretch(s.start_ms, s.end_ms) for s in truth], duration_ms), "rttm"
    elif not reference.words:
        speech, by = (), "reference"
    else:
        speech, by = within(activity, duration_ms), "voice activity"
    wide = within([Stretch(s.start_ms - COLLAR_MS, s.end_ms + COLLAR_MS) for s in speech], duration_ms)
    silence_ms = duration_ms - length(wide)
    invented = sum(
        1
        for word in heard
        if word.start_ms is not None
        and word.end_ms is not None
        and not any(word.start_ms < s.end_ms and word.end_ms > s.start_ms for s in wide)
    )
    return TranscriptScore(
        errors=word_errors(reference.words, [word.plain for word in heard]),
        speech_by=by,
        speech_s=length(speech) / 1000,
        non_speech_s=silence_ms / 1000,
        made_up=invented,
        made_up_a_minute=invented / (silence_ms / 60_000) if silence_ms >= 1000 else None,
        coverage=_coverage(heard, speech),
        speakers=speaker_errors(heard, reference, duration_ms, spoken, truth),
    )


def word_errors(reference: Sequence[str], heard: Sequence[str]) -> WordErrors:
    """Word and character errors of words that :func:`plain_words` gave."""
    if not reference:
        return WordErrors(0, len(heard), 0, 0, len(heard), None, None)
    import jiwer

    said, text = " ".join(reference), " ".join(heard)
    found = jiwer.process_words(said, text)
    return WordErrors(
        reference_words=len(reference),
        heard_words=len(heard),
        substituted=found.substitutions,
        missing=found.deletions,
        added=found.insertions,
        wer=float(found.wer),
        cer=float(jiwer.cer(said, text)),
    )


def within(stretches: Sequence[Stretch], duration_ms: int) -> tuple[Stretch, ...]:
    """What lies inside the recording; stretches that overlap or touch as one."""
    cut = (Stretch(max(0, s.start_ms), min(duration_ms, s.end_ms)) for s in stretches)
    return joined(s for s in cut if s.end_ms > s.start_ms)


def length(stretches: Sequence[Stretch]) -> int:
    """Milliseconds of stretches that do not overlap."""
    return sum(s.end_ms - s.start_ms for s in stretches)


def _coverage(heard: Sequence[HeardWord], speech: Sequence[Stretch]) -> float | None:
    whole = length(speech)
    if not whole:
        return None
    timed = [
        guards.Heard(w.plain, w.start_ms, w.end_ms, 1.0)
        for w in heard
        if w.start_ms is not None and w.end_ms is not None
    ]
    timed.sort(key=lambda w: (w.start_ms, w.end_ms))
    return 1.0 - length(guards.uncovered(timed, speech)) / whole


# ── Speakers ─────────────────────────────────────────────────────────────────


def speaker_errors(
    heard: Sequence[HeardWord],
    reference: Reference,
    duration_ms: int,
    spoken: Sequence[Spoken],
    truth: Sequence[Spoken],
) -> SpeakerErrors:
    """The diarization error where ``truth`` is given, and words in the wrong mouth where anything says whose.

    Speakers are paired one to one so that as many words as possible agree. Names in the reference
    tell whose word it is before the RTTM file does, for they need no time to be right.
    """
    if len(reference.speakers) > 1:
        pairs, by = _pairs_by_text(heard, reference), "reference"
    elif truth:
        pairs, by = _pairs_by_time(heard, truth), "rttm"
    else:
        pairs, by = [], ""
    rates = _diarization(spoken, truth, duration_ms) if truth else {}
    return SpeakerErrors(
        **rates, words_compared=len(pairs), words_wrong=_wrong(pairs), words_by=by if pairs else ""
    )


Pair = tuple[str, frozenset[str]]
"""Who a word was given to, and who may have said it."""


def _pairs_by_text(heard: Sequence[HeardWord], reference: Reference) -> list[Pair]:
    """Words that stand against each other when both texts are aligned."""
    said = [(word, turn.speaker) for turn in reference.turns for word in turn.words]
    if not said or not heard:
        return []
    import jiwer

    found = jiwer.process_words(" ".join(w for w, _ in said), " ".join(w.plain for w in heard))
    return [
        (heard[chunk.hyp_start_idx + n].speaker, frozenset([said[chunk.ref_start_idx + n][1]]))
        for chunk in found.alignments[0]
        if chunk.type in ("equal", "substitute")
        for n in range(chunk.ref_end_idx - chunk.ref_start_idx)
    ]


def _pairs_by_time(heard: Sequence[HeardWord], truth: Sequence[Spoken]) -> list[Pair]:
    """Words and whoever speaks while they are said; words over which nobody speaks are left out."""
    out: list[Pair] = []
    for word in heard:
        if word.start_ms is None or word.end_ms is None:
            continue
        who = {
            str(s.speaker)
            for s in truth
            if s.start_ms < max(word.end_ms, word.start_ms + 1) and s.end_ms > word.start_ms
        }
        if who:
            out.append((word.speaker, frozenset(who)))
    return out


def _wrong(pairs: Sequence[Pair]) -> int:
    """How many words are in the wrong mouth under the best pairing of speakers."""
    if not pairs:
        return 0
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    ours = sorted({who for who, _ in pairs})
    theirs = sorted({name for _, names in pairs for name in names})
    agree = np.zeros((len(ours), len(theirs)))
    for who, names in pairs:
        for name in names:
            agree[ours.index(who), theirs.index(name)] += 1
    rows, columns = linear_sum_assignment(agree, maximize=True)
    return len(pairs) - int(agree[rows, columns].sum())


def _diarization(spoken: Sequence[Spoken], truth: Sequence[Spoken], duration_ms: int) -> dict[str, float]:
    from pyannote.core import Annotation, Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(stretches: Sequence[Spoken]) -> Annotation:
        out = Annotation()
        for track, s in enumerate(stretches):
            if s.end_ms > s.start_ms:
                out[Segment(s.start_ms / 1000, s.end_ms / 1000), track] = str(s.speaker)
        return out

    real, found = annotation(truth), annotation(spoken)
    end = max([duration_ms, *(s.end_ms for s in truth)]) / 1000
    whole = Timeline([Segment(0, end)])
    parts = DiarizationErrorRate()(real, found, uem=whole, detailed=True)
    speech = float(parts["total"])
    # pyannote.metrics divides the collar between the two sides of a boundary
    lenient = DiarizationErrorRate(collar=2 * COLLAR_MS / 1000)(real, found, uem=whole)
    return {
        "der": float(parts["diarization error rate"]),
        "der_collar": float(lenient),
        "missed": float(parts["missed detection"]) / speech,
        "false_alarm": float(parts["false alarm"]) / speech,
        "confusion": float(parts["confusion"]) / speech,
    }
