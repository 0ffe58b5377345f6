"""Rebuild ``qualkit/language/data/parts-*.txt`` and ``homographs-*.txt`` from simplemma's dictionaries.

How many dictionary words begin, and how many end, with a noun: what a compound
is cut by where no Voikko is installed. Run: ``python tools/compound_parts.py``.
"""

from __future__ import annotations

from collections import Counter
from importlib.metadata import version
from pathlib import Path

from simplemma.strategies.dictionaries import DefaultDictionaryFactory

from qualkit.language.dictionary import weak_grades
from qualkit.language.wordlists import word_list, word_table

DATA = Path(__file__).parents[1] / "qualkit" / "language" / "data"
ALSO_SHORT = {
    "fi": frozenset({"syy", "luu", "tee", "koe", "ero", "asu", "iho", "isä", "olo", "kuu"}),
    "sv": frozenset({"lok", "vag", "å"}),
}
"""Parts under four letters that are counted though nothing is cut at them."""
SUFFIXES = {
    "fi": frozenset({"mainen", "lainen", "ina", "iva", "oja", "ota"}),
    "sv": frozenset({"aktig", "barhet", "fullhet", "löshet", "mässig", "logi", "vänlig", "pelare", "ångare"}),
}
"""Endings that derive words, or that another head ends in (``spelare``)."""


def dictionary(language: str) -> dict[str, str]:
    """Form → lemma, lower-case words of letters only."""
    table = DefaultDictionaryFactory().get_dictionary(language)
    mended = word_table("mended", language)
    return {
        form: mended.get(lemma, lemma) for form, lemma in table.items() if lemma.isalpha() and lemma.islower()
    }


def finnish_nouns(forms: dict[str, str]) -> set[str]:
    """Lemmas that have a form only nominals have."""
    inflected = Counter(forms.values())

    def nominal(lemma: str) -> bool:
        if inflected[lemma] < 8:
            return False
        if lemma[-1] not in "aä":
            return True
        endings = (lemma[-1], "t" + lemma[-1], "ss" + lemma[-1], lemma[-1] + "n")
        return any(forms.get(lemma + ending) == lemma for ending in endings) or any(
            forms.get(weak + "ss" + lemma[-1]) == lemma for weak in weak_grades(lemma)
        )

    return {lemma for lemma in inflected if nominal(lemma)}


def swedish_nouns(forms: dict[str, str]) -> set[str]:
    """Lemmas with a definite form."""

    def nominal(lemma: str) -> bool:
        endings = [
            lemma + "en",
            lemma + "et",
            lemma + "n",
            lemma + "t",
            lemma + "er",
            lemma + "ar",
            lemma + "erna",
            lemma + "arna",
        ]
        if lemma.endswith(("el", "en", "er")):
            endings += [lemma[:-2] + lemma[-1] + "et", lemma[:-2] + lemma[-1] + "en"]
        if lemma[-1] in "mn":
            endings += [lemma + lemma[-1] + "et", lemma + lemma[-1] + "en"]
        return any(forms.get(form) == lemma for form in endings)

    return {lemma for lemma in set(forms.values()) if len(lemma) > 1 and nominal(lemma)}


def modifier(part: str, language: str, forms: dict[str, str], nouns: set[str]) -> str:
    """The lemma of a first part: nominative, genitive, ``-s`` of ``-nen``; Swedish with a linking ``s``."""
    if part in nouns:
        return part
    if language == "fi":
        tried = [forms.get(part, ""), part[:-1]] if part.endswith("n") else []
        tried += [part[:-1] + "nen"] if part.endswith("s") else []
    else:
        tried = [part[:-1]] if part.endswith("s") else []
        tried += [part + "a", part + "e"]
        tried += [part[:-1] + "a", part[:-1] + "e"] if part[-1] in "ou" else []
    return next((lemma for lemma in tried if lemma in nouns), "")


def count(language: str) -> dict[str, tuple[int, int]]:
    """Lemma → in how many words it is a first part, in how many the head."""
    forms = dictionary(language)
    nouns = finnish_nouns(forms) if language == "fi" else swedish_nouns(forms)
    short = word_list("short_parts", language) | ALSO_SHORT[language]
    barred = word_list("not_parts", language) | SUFFIXES[language]
    first: Counter[str] = Counter()
    head: Counter[str] = Counter()
    for word in sorted(nouns):
        for cut in range(2, len(word) - 1):
            tail = word[cut:]
            if tail not in nouns or tail in barred or (len(tail) < 4 and tail not in short):
                continue
            lemma = modifier(word[:cut], language, forms, nouns)
            if not lemma or lemma in barred or (len(lemma) < 4 and lemma not in short):
                continue
            first[lemma] += 1
            head[tail] += 1
    return {part: (first[part], head[part]) for part in first.keys() | head.keys()}


def homographs(language: str, parts: dict[str, tuple[int, int]]) -> dict[str, str]:
    """Forms of a head that the dictionary gives to another: ``sillat`` → silta, from ``putkisillat``."""
    forms = dictionary(language)
    seen: dict[str, Counter[str]] = {}
    heads = {part for part, (_, last) in parts.items() if last >= 5 and len(part) > 2}
    firsts = {part for part, (first, _) in parts.items() if first >= 3}
    for form, lemma in forms.items():
        for cut in range(3, len(lemma) - 2):
            tail = lemma[cut:]
            if tail in heads and lemma[:cut].removesuffix("n") in firsts and form.startswith(lemma[:cut]):
                own = form[cut:]
                if len(own) > 2 and forms.get(own, tail) != tail and own not in parts:
                    seen.setdefault(own, Counter())[tail] += 1
    return {own: tails.most_common(1)[0][0] for own, tails in seen.items() if tails.most_common(1)[0][1] >= 3}


def main() -> None:
    """Write the lists."""
    DATA.mkdir(exist_ok=True)
    for language in ("fi", "sv"):
        parts = {part: n for part, n in count(language).items() if sum(n) >= 2}
        lines = [
            f"# Nouns that build {language} compounds: in how many words first, in how many last.",
            f"# Counted in the dictionary of simplemma {version('simplemma')} (MIT).",
            *(f"{part} {first} {head}" for part, (first, head) in sorted(parts.items())),
        ]
        path = DATA / f"parts-{language}.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(path, len(parts))
        found = homographs(language, parts)
        lines = [
            f"# Forms that simplemma gives to another {language} word, and the noun that they also are.",
            *(f"{form} {lemma}" for form, lemma in sorted(found.items())),
        ]
        path = DATA / f"homographs-{language}.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(path, len(found))


if __name__ == "__main__":
    main()
