"""The openai-whisper engine: the reference implementation in PyTorch, slower, for those who need it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qualkit.errors import Missing, MissingModel, QualkitError
from qualkit.transcription.engine import APPENDED, PREPENDED, Clip, HeardWord, Hearing, Sound, cleaned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from qualkit.transcription.settings import TranscribeSettings


class OpenAIWhisper:
    """A checkpoint (``model.pt``, or a file of OpenAI's) behind the :class:`Engine` protocol."""

    name = "openai-whisper"

    def __init__(self, model: Path, settings: TranscribeSettings, threads: int = 0) -> None:
        try:
            import torch
            import whisper
        except ImportError as error:
            raise Missing(
                "openai-whisper is not installed.", "Run `pip install 'qualkit-interviews[openai-whisper]'`."
            ) from error
        if threads:
            torch.set_num_threads(threads)
        self.version = f"{whisper.__version__} (torch {torch.__version__})"
        self.device = settings.device
        if self.device == "auto":
            self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self._half = settings.compute == "float16" or (settings.compute == "auto" and self.device == "cuda")
        self.compute = "float16" if self._half else "float32"
        self._beam = settings.beam
        checkpoint = _checkpoint(model)
        try:
            self._model: Any = whisper.load_model(str(checkpoint), device=self.device)
        except (RuntimeError, KeyError, OSError, EOFError) as error:
            raise QualkitError(
                f"The model in {model} cannot be loaded.", "Run `qualkit models verify`."
            ) from error
        self._time_by_listed_heads(model)

    def _time_by_listed_heads(self, model: Path) -> None:
        """Use the attention heads that ``config.json`` lists for word times, as faster-whisper does."""
        import torch

        with suppress(OSError, ValueError, KeyError, IndexError, TypeError):
            heads = json.loads((model / "config.json").read_text(encoding="utf-8"))["alignment_heads"]
            dims = self._model.dims
            mask = torch.zeros(dims.n_text_layer, dims.n_text_head, dtype=torch.bool)
            for layer, head in heads:
                mask[layer, head] = True
            self._model.register_buffer("alignment_heads", mask.to_sparse().to(self.device), persistent=False)

    def languages(self, sounds: Sequence[Sound]) -> list[Mapping[str, float]]:
        """As the protocol says."""
        if not self._model.is_multilingual:
            return [{"en": 1.0} for _ in sounds]
        out: list[Mapping[str, float]] = []
        for sound in sounds:
            _, found = self._model.detect_language(self._mel(sound))
            out.append({language: float(chance) for language, chance in found.items()})
        return out

    def hear(self, clips: Sequence[Clip]) -> list[Hearing]:
        """As the protocol says; one clip at a time."""
        return [self._hear(clip) for clip in clips]

    def _mel(self, sound: Sound) -> Any:
        import whisper

        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(sound), self._model.dims.n_mels)
        return (mel.half() if self._half else mel).to(self.device)

    def _hear(self, clip: Clip) -> Hearing:
        import torch
        import whisper
        from whisper.tokenizer import get_tokenizer

        torch.manual_seed(clip.seed)
        multilingual = self._model.is_multilingual
        language = clip.language if multilingual else "en"
        mel = self._mel(clip.sound)
        sampled = clip.temperature > 0
        options = whisper.DecodingOptions(
            language=language,
            temperature=clip.temperature,
            beam_size=None if sampled else self._beam,
            best_of=5 if sampled else None,
            prompt=clip.hotwords or None,
            without_timestamps=True,
            fp16=self._half,
        )
        result = whisper.decode(self._model, mel, options)
        tokenizer = get_tokenizer(
            multilingual, num_languages=self._model.num_languages, language=language, task="transcribe"
        )
        return Hearing(
            words=self._words(result.tokens, tokenizer, mel, len(clip.sound)),
            log_probability=float(result.avg_logprob),
            no_speech=float(result.no_speech_prob),
            temperature=clip.temperature,
        )

    def _words(self, tokens: list[int], tokenizer: Any, mel: Any, samples: int) -> tuple[HeardWord, ...]:
        from whisper.timing import find_alignment, merge_punctuations

        text = [token for token in tokens if token < tokenizer.eot]
        frames = min(3000, -(-samples // 160))
        alignment = find_alignment(self._model, tokenizer, text, mel, frames)
        merge_punctuations(alignment, PREPENDED, APPENDED)
        return cleaned(((w.word, w.start, w.end, w.probability) for w in alignment), frames * 10)


def _checkpoint(model: Path) -> Path:
    if model.is_file():
        return model
    found = [model / "model.pt", *sorted(model.glob("*.pt"))]
    for path in found:
        if path.is_file():
            return path
    raise MissingModel(
        f"{model} holds no checkpoint of openai-whisper (model.pt).",
        "Run `qualkit models fetch openai-whisper-base` and name that model.",
    )
