"""Base forms of inflected proper names: ``Virtasen`` → virtanen, ``Borealiksen`` → borealis, ``ABB:n`` → abb.

No dictionary has a plant's or a person's name, so every base form that the
ending allows is kept: a search for one of them meets the text's in at least one.
"""

from __future__ import annotations

_FINNISH = (
    "ssa", "ssä", "sta", "stä", "lla", "llä", "lta", "ltä", "lle", "ksi", "na", "nä", "hin", "han", "hon",
    "hen", "een", "aan", "iin", "oon", "uun", "ään", "öön", "yyn", "n", "a", "ä", "ta", "tä",
)  # fmt: skip


_OTHER = {"sv": ("arna", "erna", "orna", "ens", "ets", "en", "et", "ar", "er", "s"), "en": ("es", "s")}


def base_forms(word: str, language: str) -> tuple[str, ...]:
    """What an unknown word may be an inflection of, the word itself first."""
    head, colon, _ = word.partition(":")
    if colon and head:
        return (word, head)
    if language == "fi":
        return _finnish(word)
    endings = (e for e in _OTHER.get(language, ()) if word.endswith(e) and len(word) - len(e) > 3)
    return tuple(dict.fromkeys((word, *(word[: -len(ending)] for ending in endings))))


def _finnish(word: str) -> tuple[str, ...]:
    found = [word]

    def add(form: str) -> None:
        if len(form) > 2 and form not in found:
            found.append(form)

    for ending in _FINNISH:
        stem = word[: -len(ending)]
        if len(stem) < 3 or not word.endswith(ending):
            continue
        if len(ending) == 3 and ending[0] == ending[1]:
            stem += ending[0]  # the illative lengthens the stem's own vowel
        elif (ending in {"hin", "han", "hon", "hen"} and stem[-1] != ending[1]) or (
            ending in {"a", "ä", "ta", "tä", "na", "nä"} and stem[-1] not in "aeiouyäönlrs"
        ):
            continue
        add(stem)
        if stem.endswith("kse"):
            add(stem[:-3] + "s")
        elif stem.endswith("se"):
            add(stem[:-2] + "nen")
        elif stem.endswith("de"):
            add(stem[:-2] + "ti")
        elif stem.endswith("e"):
            add(stem[:-1] + "i")
        elif stem.endswith("i"):
            add(stem[:-1])
        if stem.endswith("ngi"):
            add(stem[:-2] + "ki")
    return tuple(found)
