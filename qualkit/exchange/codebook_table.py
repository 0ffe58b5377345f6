"""Codebooks from a spreadsheet: a code a row, in one language or in several."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.exchange.grid import Grid, columns
from qualkit.exchange.incoming import Convention, Incoming, Loss, Own
from qualkit.files.names import safe_id
from qualkit.model import LANGUAGES, Code, Codebook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIELDS: dict[str, tuple[str, ...]] = {
    field: tuple(words.split("|"))
    for field, words in {
        "id": "code id|koodin id|tunnus|kod-id|kod id",
        "name": "code|code name|tag|path|label|title|node|koodi|koodin nimi|nimi|kod|namn|kodnamn|kode",
        "definition": "description|memo|code memo|comment|meaning|kuvaus|määritelmä|selite|beskrivning"
        "|förklaring|beschreibung",
        "parent": "parent code|parent id|parent name|parent code id|category|dimension|theme|group|yläkoodi"
        "|kategoria|luokka|teema|överkod|kategori|tema|obercode",
        "color": "colour|väri|färg|farbe",
        "include": "includes|inclusion|inclusion criteria|when to use|mukaan|inkludera",
        "exclude": "excludes|exclusion|exclusion criteria|when not to use|ei mukaan|exkludera",
        "examples": "example|example quote|quote|esimerkki|esimerkit|exempel|ankerbeispiel",
        "terms": "keywords|keyword|termit|hakusanat|termer|nyckelord",
        "exclude_terms": "exclude terms|kielletyt termit|uteslutna termer",
        "codable": "koodattava|kodbar",
    }.items()
}
"""Field → what its column may be called, in lower case."""

_LISTS = ("include", "exclude", "examples", "terms", "exclude_terms")
_PATH = re.compile(r"\s*(?:\\+|(?<=\s)>(?=\s)|::|(?<=\s)/(?=\s))\s*")
"""What stands between the levels of a code's full name: ``\\`` (NVivo, MAXQDA), `` > ``, ``::``, `` / ``."""


def has_codes(grid: Grid, given: Mapping[str, str]) -> bool:
    """Whether a table looks like a codebook."""
    found = columns(grid, FIELDS, given)
    return any(field.partition(".")[0] in ("id", "name") for field in found)


def read_codebook_table(grid: Grid, given: Mapping[str, str], language: str) -> Incoming:
    """The codebook in a table; columns without a language are in ``language``.

    Raises :class:`BadFile` with the row for a code without a name, one that stands
    twice, and a parent chain that bites its tail; :class:`UsageError` for a
    mapping to what is not there.
    """
    table = _Table(grid, columns(grid, FIELDS, given), language)
    codes = table.codes()
    unused = [name for at, name in enumerate(grid.header) if name and at not in table.columns.values()]
    losses = [Loss("codes", len(grid.rows), len(grid.rows))]
    if unused:
        note = f"Not taken: {', '.join(unused)[:200]}; --map says what is in them."
        losses.append(Loss("columns", len(unused), 0, note=note))
    languages = tuple(dict.fromkeys((*table.languages, *LANGUAGES)))
    book = Codebook(dict.fromkeys(table.languages, grid.path.stem), codes, languages=tuple(table.languages))
    own = Own(languages=languages, codebook=book)
    return Incoming(
        grid.path, "table", grid.path.stem, losses=tuple(losses), convention=Convention("quote"), own=own
    )


def split_name(full: str) -> list[str]:
    """The levels of a code's full name, the topmost first: ``Water > Raw water``."""
    return [part for part in _PATH.split(full) if part] or [full]


def slug(name: str, fallback: str = "code") -> str:
    """A code's id made of its name: a-z, 0-9 and single hyphens."""
    return re.sub("[^a-z0-9]+", "-", safe_id(name, fallback)).strip("-") or fallback


class _Table:
    """One table at work."""

    def __init__(self, grid: Grid, found: dict[str, int], language: str) -> None:
        self.grid, self.columns, self.language = grid, found, language
        spoken = [field.partition(".")[2] or language for field in found]
        texts = [f.partition(".")[2] or language for f in found if f.partition(".")[0] == "name"]
        self.languages = list(dict.fromkeys([*texts, *spoken] or [language]))

    def _cell(self, row: Sequence[str], field: str) -> str:
        at = self.columns.get(field)
        return row[at] if at is not None else ""

    def _texts(self, row: Sequence[str], field: str) -> dict[str, str]:
        """What a field says in each language that it is written in."""
        found = {}
        for column, at in self.columns.items():
            base, _, language = column.partition(".")
            if base == field and row[at]:
                found[language or self.language] = row[at]
        return found

    def codes(self) -> tuple[Code, ...]:
        """The codes in the table's order; a parent without a row of its own comes before its first child."""
        made: dict[str, Code] = {}
        groups: dict[str, Code] = {}
        by_name: dict[str, str] = {}
        parents: dict[str, str] = {}
        lines: dict[str, int] = {}
        for line, row in self.grid.rows:
            names = self._texts(row, "name")
            wanted = self._cell(row, "id")
            full = next(iter(names.values()), wanted)
            if not full:
                raise BadFile(self.grid.path, "this code has no name.", "Name it or take the row out.", line)
            levels = split_name(full)
            above = self._cell(row, "parent") or (levels[-2] if len(levels) > 1 else "")
            names = {language: split_name(name)[-1] for language, name in names.items()}
            key, number = slug(wanted or next(iter(names.values()), full)), 1
            twins = [made[k] for k in made if k == key or made[k].name == names]
            if twins and (wanted or any(t.name == names and parents[t.id] == above for t in twins)):
                twice = f"the code {wanted or full} stands twice."
                raise BadFile(self.grid.path, twice, "Give each a name or an id of its own.", line)
            base = key if not above or key not in made else slug(f"{key}-{above}")
            while key in made:  # the same name below two parents
                key, number = (base if number == 1 else f"{base}-{number}"), number + 1
            lines[key], parents[key] = line, above
            for name in (wanted, full, *names.values()):
                by_name.setdefault(name.casefold(), key)
            lists: dict[str, Any] = {
                field: {
                    language: tuple(filter(None, (p.strip() for p in re.split(r"[\n;|]", text))))
                    for language, text in self._texts(row, field).items()
                }
                for field in _LISTS
            }
            color = self._cell(row, "color").lower()
            made[key] = Code(
                key, names or {self.language: full}, "", self._texts(row, "definition"),
                color=color if re.fullmatch("#[0-9a-f]{6}", color) else "",
                codable=self._cell(row, "codable").casefold() not in ("no", "false", "0", "ei", "nej"),
                **lists,
            )  # fmt: skip
        return self._tree(made, groups, by_name, parents, lines)

    def _tree(
        self,
        made: dict[str, Code],
        groups: dict[str, Code],
        by_name: Mapping[str, str],
        parents: Mapping[str, str],
        lines: Mapping[str, int],
    ) -> tuple[Code, ...]:
        from dataclasses import replace

        placed: list[Code] = []
        for key, code in made.items():
            above = parents[key]
            parent = by_name.get(above.casefold(), "") if above else ""
            if above and (not parent or parent == key):
                group = slug(above, "group")
                while group in made:
                    group += "-group"
                if group not in groups:
                    groups[group] = Code(group, {self.language: above}, codable=False)
                    placed.append(groups[group])
                parent = group
            placed.append(replace(code, parent=parent))
        by_id = {code.id: code for code in placed}
        for code in placed:
            seen, at = {code.id}, code.parent
            while at:
                if at in seen:
                    line = lines.get(code.id, 0)
                    raise BadFile(self.grid.path, "this code stands below itself.", "Check its parent.", line)
                seen.add(at)
                at = by_id[at].parent
        return tuple(placed)
