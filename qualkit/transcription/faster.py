"""The faster-whisper engine: CTranslate2, int8 on a processor, float16 on a graphics card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qualkit.errors import MissingModel, QualkitError
from qualkit.transcription.engine import APPENDED, PREPENDED, Clip, HeardWord, Hearing, Sound, cleaned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from qualkit.transcription.settings import TranscribeSettings


class FasterWhisper:
    """CTranslate2 weights behind the :class:`Engine` protocol.

    Windows are decoded in batches by beam search at temperature 0, each on its
    own (``condition_on_previous_text`` is what makes Whisper loop: noScribe
    #110). Clips with a temperature are sampled one by one by a model loaded for
    the purpose, because CTranslate2 seeds a thread's random numbers only once:
    a reloaded model makes them the same in every run.
    """

    name = "faster-whisper"

    def __init__(self, model: Path, settings: TranscribeSettings, threads: int = 0) -> None:
        import ctranslate2
        import faster_whisper

        _check_folder(model)
        self.version = f"{faster_whisper.__version__} (CTranslate2 {ctranslate2.__version__})"
        self.device = settings.device
        if self.device == "auto":
            self.device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
        self.compute = settings.compute
        if self.compute == "auto":
            self.compute = "float16" if self.device == "cuda" else "int8"
        self._path, self._threads, self._beam = model, threads, settings.beam
        self._model = self._load()

    def _load(self) -> Any:
        from faster_whisper import WhisperModel

        try:
            return WhisperModel(
                str(self._path),
                device=self.device,
                compute_type=self.compute,
                cpu_threads=self._threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            first = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise QualkitError(
                f"The model in {self._path} cannot be loaded: {first}.", "Run `qualkit models verify`."
            ) from error

    def languages(self, sounds: Sequence[Sound]) -> list[Mapping[str, float]]:
        """As the protocol says. Only as much of the encoder runs as the sound is long."""
        model = self._model
        if not model.model.is_multilingual:
            return [{"en": 1.0} for _ in sounds]
        out: list[Mapping[str, float]] = []
        for sound in sounds:
            features = model.feature_extractor(sound)[:, :3000]
            found = model.model.detect_language(model.encode(np.ascontiguousarray(features)))[0]
            out.append({token.strip("<|>"): float(chance) for token, chance in found})
        return out

    def hear(self, clips: Sequence[Clip]) -> list[Hearing]:
        """As the protocol says."""
        out: list[Hearing | None] = [None] * len(clips)
        groups: dict[tuple[str, str], list[int]] = {}
        for i, clip in enumerate(clips):
            if clip.temperature > 0:
                out[i] = self._sampled(clip)
            else:
                groups.setdefault((clip.language, clip.hotwords), []).append(i)
        for (language, hotwords), indices in groups.items():
            heard = self._decode(self._model, [clips[i].sound for i in indices], language, hotwords)
            for i, hearing in zip(indices, heard, strict=True):
                out[i] = hearing
        return [hearing for hearing in out if hearing is not None]

    def _sampled(self, clip: Clip) -> Hearing:
        import ctranslate2

        ctranslate2.set_random_seed(clip.seed)
        return self._decode(self._load(), [clip.sound], clip.language, clip.hotwords, clip.temperature)[0]

    def _decode(
        self, model: Any, sounds: list[Sound], language: str, hotwords: str, temperature: float = 0.0
    ) -> list[Hearing]:
        from faster_whisper.audio import pad_or_trim
        from faster_whisper.tokenizer import Tokenizer
        from faster_whisper.transcribe import get_suppressed_tokens

        multilingual = model.model.is_multilingual
        tokenizer = Tokenizer(
            model.hf_tokenizer, multilingual, task="transcribe", language=language if multilingual else "en"
        )
        features = [pad_or_trim(model.feature_extractor(sound)[..., :-1]) for sound in sounds]
        encoded = self._encoded(model, features)
        prompt = model.get_prompt(tokenizer, [], without_timestamps=True, hotwords=hotwords or None)
        results = model.model.generate(
            encoded,
            [list(prompt) for _ in sounds],
            beam_size=1 if temperature else self._beam,
            num_hypotheses=5 if temperature else 1,
            sampling_topk=0 if temperature else 1,
            sampling_temperature=temperature,
            max_length=model.max_length,
            suppress_blank=True,
            suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [
            Hearing(
                words=words,
                log_probability=float(r.scores[0]) * len(r.sequences_ids[0]) / (len(r.sequences_ids[0]) + 1),
                no_speech=float(r.no_speech_prob),
                temperature=temperature,
            )
            for r, words in zip(results, self._words(model, tokenizer, encoded, results, sounds), strict=True)
        ]

    def _encoded(self, model: Any, features: list[Any]) -> Any:
        """What the encoder makes of each window, in one piece.

        On a processor one by one: the same numbers in four fifths of the time of a batch, whose attention
        (72 MB a window) is far larger than any cache.
        """
        if self.device != "cpu" or "float16" in self.compute:  # NumPy has no bfloat16
            return model.encode(np.stack(features))
        import ctranslate2

        whole = [np.asarray(model.encode(one[None])) for one in features]
        return ctranslate2.StorageView.from_array(np.concatenate(whole))

    def _words(
        self, model: Any, tokenizer: Any, encoded: Any, results: Any, sounds: list[Sound]
    ) -> list[tuple[HeardWord, ...]]:
        """Times for each word, from the attention of the decoder over the sound."""
        from faster_whisper.transcribe import merge_punctuations

        tokens = [[t for t in r.sequences_ids[0] if t < tokenizer.eot] for r in results]
        frames = [min(3000, -(-len(sound) // 160)) for sound in sounds]
        out: list[tuple[HeardWord, ...]] = []
        for alignment, length in zip(
            model.find_alignment(tokenizer, tokens, encoded, frames), frames, strict=True
        ):
            merge_punctuations(alignment, PREPENDED, APPENDED)
            entries = ((w["word"], w["start"], w["end"], w["probability"]) for w in alignment)
            out.append(cleaned(entries, length * 10))
        return out


def _check_folder(model: Path) -> None:
    if (model / "model.bin").is_file() and (model / "config.json").is_file():
        return
    if any((model / name).exists() for name in ("model.safetensors", "pytorch_model.bin")):
        raise MissingModel(
            f"{model} holds a Transformers model, not a CTranslate2 one.",
            "Convert it: `pip install ctranslate2 transformers torch && ct2-transformers-converter "
            f"--model {model} --output_dir {model}-ct2 --quantization int8 "
            "--copy_files tokenizer.json preprocessor_config.json`.",
        )
    raise MissingModel(f"{model} holds no faster-whisper model.", "Run `qualkit models fetch whisper-base`.")
