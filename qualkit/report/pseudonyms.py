"""Other names for people, firms and sites, the same ones everywhere, in whatever form they are inflected.

``Matti Virtasen`` and ``Virtaselle`` are both found by ``Matti Virtanen``. A
replaced name stands in square brackets, which is how a quote says that it was
altered: ``[Henkilö 1]``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from qualkit.files.names import safe_id
from qualkit.files.pseudonyms import Pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from qualkit.files.project import Project
    from qualkit.files.statuses import Judgement
    from qualkit.model import Interview
    from qualkit.themes.passages import Gathered, Passage, Selection

_WEAK = {
    "kk": "k", "pp": "p", "tt": "t", "nk": "ng", "nt": "nn", "mp": "mm", "lt": "ll", "rt": "rr",
    "ht": "hd", "k": "", "p": "v", "t": "d",
}  # fmt: skip
_CASES = (
    "n|a|ä|ta|tä|tta|ttä|ssa|ssä|sta|stä|lla|llä|lta|ltä|lle|ksi|na|nä|t|an|en|in|on|un|yn|än|ön|han|hen|hin|"
    "hon|hun|hyn|hän|hön|seen|jen|ien|ja|jä|ia|iä|ita|itä|iden|ille|illa|illä|ilta|iltä|issa|issä|ista|istä|ihin|iin"
)
_CLITICS = "kin|kaan|kään|han|hän|ko|kö|pa|pä|ki"
LABELS = {
    "fi": {"site": "Alue", "interview": "H", "person": "Henkilö", "coder": "koodaaja"},
    "sv": {"site": "Område", "interview": "I", "person": "Person", "coder": "kodare"},
    "en": {"site": "Site", "interview": "I", "person": "Person", "coder": "coder"},
}


def stems(name: str) -> tuple[str, ...]:
    """What Finnish endings may be put to: ``virtanen`` → virtanen, virtase; ``matti`` → matti, mati."""
    word = name.casefold()
    found = [word]
    if word.endswith("nen"):
        found += [word[:-3] + "se", word[:-3] + "s"]
    if word.endswith("s"):
        found += [word[:-1] + "kse", word[:-1] + "ks", word[:-1], word[:-1] + word[-2:-1], word[:-1] + "de"]
    if word[-1] not in "aeiouyäöå":
        found += [word + "i", word + "e"]
    found += [_weakened(one) for one in list(found)]
    found += [one[:-1] + "e" for one in list(found) if one.endswith("i")]
    found += [one + "e" for one in (word, _weakened(word)) if word.endswith("e")]
    return tuple(sorted({one for one in found if len(one) > 1}, key=len, reverse=True))


def _weakened(word: str) -> str:
    """The weak grade of the last consonants before a final vowel: ``lahti`` → lahdi, ``matti`` → mati."""
    found = re.fullmatch(r"(.*?)(kk|pp|tt|nk|nt|mp|lt|rt|ht|k|p|t)([aeiouyäö])", word)
    if not found or not found[1]:
        return word
    return found[1] + _WEAK[found[2]] + found[3]


class Masks:
    """The pseudonyms of a project, ready to be put on everything that a report holds."""

    def __init__(self, rows: Iterable[Pseudonym]) -> None:
        self.rows = tuple(rows)
        self.sites: dict[str, str] = {}
        self.interviews: dict[str, str] = {}
        self.coders: dict[str, str] = {}
        for row in self.rows:
            if row.kind == "interview":
                self.interviews[row.name] = safe_id(row.pseudonym, "interview")
            elif row.kind == "coder":
                self.coders[row.name] = row.pseudonym

    @cached_property
    def _named(self) -> Mapping[str, str]:
        """Lower-case name, or part of a person's name → pseudonym; whole names go before parts."""
        found: dict[str, str] = {}
        rows = [r for r in self.rows if r.kind not in {"interview", "coder"}]
        for row in rows:
            found.setdefault(row.name.casefold(), row.pseudonym)
        for row in rows:
            parts = row.name.split()
            if row.kind == "person" and len(parts) > 1:
                for part in parts:
                    if len(part) > 2:
                        found.setdefault(part.casefold(), row.pseudonym)
        return found

    @cached_property
    def _pattern(self) -> tuple[re.Pattern[str], Mapping[str, str]]:
        keys: dict[str, str] = {}
        ways = []
        for number, name in enumerate(sorted(self._named, key=lambda n: (-len(n), n))):
            keys[f"n{number}"] = self._named[name]
            ways.append(f"(?P<n{number}>{_way(name)})")
        return re.compile(rf"(?<![^\W_])(?:{'|'.join(ways) or '(?!)'})(?![^\W_])", re.IGNORECASE), keys

    def text(self, text: str) -> str:
        """A text with every known name replaced by its pseudonym in square brackets."""
        pattern, keys = self._pattern
        return pattern.sub(lambda m: f"[{keys[m.lastgroup or '']}]" if _name_like(m[0]) else m[0], text)

    def plain(self, text: str) -> str:
        """The same without brackets: for headings."""
        return re.sub(r"\[([^\]]*)\]", r"\1", self.text(text)) if self.text(text) != text else text

    def site(self, site: str) -> str:
        """The id of a site in outputs."""
        return self.sites.get(site, site)

    def interview(self, interview: str) -> str:
        """The id of an interview in outputs."""
        return self.interviews.get(interview, interview)

    def coder(self, coder: str) -> str:
        """A coder's name in outputs; a machine keeps its own."""
        return self.coders.get(coder, coder)

    def selection(self, selection: Selection) -> Selection:
        """What was chosen, under other names: a report tells it."""
        return replace(
            selection,
            interviews=tuple(map(self.interview, selection.interviews)),
            sites=tuple(map(self.site, selection.sites)),
            roles=tuple(map(self.text, selection.roles)),
            coders=tuple(map(self.coder, selection.coders)),
        )

    def passage(self, passage: Passage) -> Passage:
        """A passage under other names; it is marked as altered when its words changed."""
        quote = self.text(passage.quote)
        return replace(
            passage,
            quote=quote,
            altered=quote != passage.quote,
            interview=self.interview(passage.interview),
            site=self.site(passage.site),
            role=self.text(passage.role),
            speaker_name=passage.speaker,
            coder=self.coder(passage.coder),
        )

    def case(self, case: Interview) -> Interview:
        """A row of interviews.csv under other names, without its further columns."""
        return replace(
            case,
            id=self.interview(case.id),
            site=self.site(case.site),
            role=self.text(case.role),
            interviewer="",
            recording="",
            attributes={},
        )

    def gathered(self, gathered: Gathered) -> Gathered:
        """Everything that was gathered, under other names."""
        return replace(
            gathered,
            passages=tuple(map(self.passage, gathered.passages)),
            unplaced=tuple(replace(c, interview=self.interview(c.interview)) for c in gathered.unplaced),
            interviews=tuple(map(self.case, gathered.interviews)),
            heard={self.interview(i): h for i, h in gathered.heard.items()},
        )

    def project(self, project: Project) -> Project:
        """The project's name and sites under other names; its files stay where they are."""
        sites = tuple(
            replace(s, id=self.site(s.id), name=self.site_name(s.id, s.name)) for s in project.sites
        )
        return replace(project, name=self.plain(project.name), sites=sites)

    def site_name(self, site: str, name: str) -> str:
        """What a site is called in outputs."""
        named = {r.name: r.pseudonym for r in self.rows if r.kind == "site"}
        return named.get(site) or named.get(name) or self.plain(name)

    def judgements(
        self, judged: Mapping[tuple[str, str], tuple[Judgement, ...]]
    ) -> dict[tuple[str, str], tuple[Judgement, ...]]:
        """Statuses under other names, their reasons too."""
        return {
            (self.site(site), code): tuple(
                replace(j, site=self.site(site), reason=self.text(j.reason), coder=self.coder(j.coder))
                for j in held
            )
            for (site, code), held in judged.items()
        }


def _way(name: str) -> str:
    """A pattern for one name in any form: the words before the last as they are, the last one inflected."""
    *head, last = name.split()
    inflected = "|".join(map(re.escape, stems(last)))
    ending = rf"(?:(?:{_CASES})?(?:{_CLITICS})?|[’']?s|:\w{{1,4}})"
    # Both names of a person may be inflected where people speak: "Matin Virtasen".
    before = "".join(rf"(?:{'|'.join(map(re.escape, stems(word)))})(?:{_CASES})?[\s-]+" for word in head)
    return rf"{before}(?:{re.escape(last)}|{inflected}){ending}"


def _name_like(found: str) -> bool:
    """Whether a match is a name: capitals, or no dictionary's word (speech recognition drops capitals)."""
    if any(char.isupper() for char in found):
        return True
    from qualkit.language.dictionary import look_up

    words = found.casefold().split()
    return len(words) > 1 or not any(look_up(words[0], language) for language in ("fi", "sv", "en"))


def complete(
    project: Project,
    gathered: Gathered,
    rows: Iterable[Pseudonym],
    language: str,
    people: Iterable[str] = (),
) -> tuple[Pseudonym, ...]:
    """The rows with one added for every site, interview, named speaker and coder that has none.

    ``people`` are names of speakers besides those whose passages were gathered.
    """
    known = list(rows)
    have = {(row.kind, row.name) for row in known}
    labels = LABELS.get(language, LABELS["en"])
    number: dict[str, int] = defaultdict(int)
    for row in known:
        if last := re.search(r"(\d+)$", row.pseudonym):
            number[row.kind] = max(number[row.kind], int(last[1]))

    def add(kind: str, names: Iterable[str]) -> None:
        new = [name for name in dict.fromkeys(names) if len(name) > 1 and (kind, name) not in have]
        if not new:
            return
        same = next((r.pseudonym for r in known if r.kind == kind and r.name in names), "")
        if not same:
            number[kind] += 1
            gap = "" if kind == "interview" else " "
            same = f"{labels[kind]}{gap}{number[kind]}"
        for name in new:
            have.add((kind, name))
            known.append(Pseudonym(name, same, kind))

    for case in gathered.interviews:
        add("interview", [case.id])
    for site in dict.fromkeys(case.site for case in gathered.interviews if case.site):
        name = project.site(site).name
        add("site", tuple(_names_of_site(site, name)))
    voices = (p.speaker_name for p in gathered.passages if p.speaker_name != p.speaker)
    for voice in dict.fromkeys((*voices, *people)):
        add("person", [voice])
    for coder in sorted({p.coder for p in gathered.passages if p.by_person}):
        add("coder", [coder])
    return tuple(known)


def _names_of_site(site: str, name: str) -> Iterator[str]:
    """Its id, its full name, and the place that its name begins with."""
    from qualkit.language.names import base_forms

    yield site
    yield name
    first = name.split(maxsplit=1)[0] if name.split() else ""
    if len(first) > 4 and first[0].isupper():
        for form in base_forms(first.casefold(), "fi")[:2]:
            yield form.capitalize()


def masks(rows: Iterable[Pseudonym], sites: Iterable[str]) -> Masks:
    """Masks for these rows; ``sites`` are the ids that sites have in the project."""
    made = Masks(rows)
    named = {row.name: row.pseudonym for row in made.rows if row.kind == "site"}
    made.sites = {site: safe_id(named[site], "site") for site in sites if site in named}
    return made
