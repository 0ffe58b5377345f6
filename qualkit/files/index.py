"""Full-text search over all transcripts: an SQLite FTS5 index in ``.qualkit`` that keeps itself up to date.

A query word finds itself (``exact``), the other forms of its word (``lemma``) and
longer words that hold it (``compound``). Forms are looked up in a table of the
distinct words of the material, so a lemmatiser sees each of them once. It is
passed in, because language belongs to a higher layer.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import prod
from stat import S_ISLNK
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, Missing, QualkitError
from qualkit.files.atomic import make_folder
from qualkit.files.names import inside
from qualkit.files.text import nfc
from qualkit.files.transcript import read_transcript, transcript_ids, transcript_path
from qualkit.model import Step

if TYPE_CHECKING:
    import sqlite3

    from qualkit.files.project import Project
    from qualkit.model import Transcript

INDEX_FORMAT = 1
"""Version of ``.qualkit/index.sqlite``; another one is thrown away and made again. 1: first."""

KINDS = ("exact", "lemma", "compound")
INSIDE = 4
"""Letters that a word must have to be looked for inside longer ones: ``vesi`` is, ``ja`` is not."""
MAX_FORMS = 1000
MAX_PHRASES = 64
"""Ways to say a phrase up to which they are looked up as phrases."""
TOGETHER, WORDS = 20, 500
"""Transcripts, and words, that are brought in as one: what a stop leaves behind is whole."""
READ = 200
"""Turns read at a time."""

Lemmatise = Callable[[str, str], Iterable[str]]
"""Dictionary forms of a word in a language, those of its parts included."""

_WORD = re.compile("[^\\W_](?:[^\\W_]|[\u0300-\u036f])*")
_TERM = re.compile(r'"([^"]*)"?|(\S+)')
_SCHEMA = """
CREATE TABLE source (interview TEXT PRIMARY KEY, stamp TEXT, first INTEGER, last INTEGER);
CREATE VIRTUAL TABLE said USING fts5 (
    text, interview UNINDEXED, turn UNINDEXED, at UNINDEXED, speaker UNINDEXED, language UNINDEXED,
    tokenize = "unicode61 remove_diacritics 0"
);
CREATE TABLE form (form TEXT, language TEXT, PRIMARY KEY (form, language)) WITHOUT ROWID;
CREATE TABLE lemma (lemma TEXT, form TEXT, language TEXT, PRIMARY KEY (lemma, form, language)) WITHOUT ROWID;
CREATE TABLE keyed (form TEXT, language TEXT, PRIMARY KEY (form, language)) WITHOUT ROWID;
CREATE TABLE lemmatiser (name TEXT);
"""

Term = list[dict[str, str]]
"""A word or a phrase of the query: for each word in turn, the forms it may have and their kind."""


@dataclass(frozen=True)
class Hit:
    """A turn that holds all the words of a query. Where they stand is worked out when it is asked for."""

    interview: str
    turn: int
    """Index of the turn."""
    speaker: str
    language: str
    at: int
    """Where the turn begins in the transcript's canonical text."""
    text: str
    """The turn's text."""
    terms: Sequence[Term] = field(repr=False, compare=False)

    @cached_property
    def _words(self) -> dict[tuple[int, int], str]:
        words = [(w[0].lower(), w.start(), w.end()) for w in _WORD.finditer(self.text)]
        spans: dict[tuple[int, int], str] = {}
        for term in self.terms:
            spans |= _placed(term, words)
        return spans

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Where the words stand, in code points of the canonical text."""
        return tuple((self.at + start, self.at + end) for start, end in sorted(self._words))

    @property
    def kind(self) -> str:
        """The weakest match among them: ``exact``, ``lemma``, ``compound``."""
        return max(self._words.values(), key=KINDS.index)


def search(
    project: Project,
    query: str,
    *,
    language: str = "",
    interviews: Sequence[str] | None = None,
    lemmatise: Lemmatise | None = None,
    lemmatiser: str = "",
    limit: int = 1000,
) -> tuple[Hit, ...]:
    """The turns that hold every word of ``query``, by interview and turn.

    Words in quotes must follow each other; ``word*`` finds what begins with it.
    ``lemmatiser`` names the lemmatiser and its version: another name makes the
    index ask it anew. Transcripts that cannot be read are passed over. Raises
    :class:`Missing` when this Python's SQLite has no full-text search.
    """
    import sqlite3

    terms = [[word.lower() for word in words] for words in _words_of(query)]
    if not terms:
        return ()
    try:
        with closing(_open(project)) as database:
            for _ in _update(project, database):
                pass
            if lemmatise is not None:
                for _ in _learn_lemmas(database, lemmatise, lemmatiser):
                    pass
            known = [code for (code,) in database.execute("SELECT DISTINCT language FROM form")]
            languages = [language] if language else known
            forms: list[Term] = [
                [_forms(database, word, languages, lemmatise) for word in words] for words in terms
            ]
            return tuple(_hits(database, forms, language, interviews, limit))
    except sqlite3.Error as error:
        raise _refusal(project, error) from None


def renew(project: Project, lemmatise: Lemmatise, lemmatiser: str) -> Iterator[Step]:
    """Bring the index up to date ahead of a search, which then finds it so. What a stop leaves is kept.

    Raises as :func:`search` does.
    """
    import sqlite3

    try:
        with closing(_open(project)) as database:
            yield from _update(project, database)
            yield from _learn_lemmas(database, lemmatise, lemmatiser)
    except sqlite3.Error as error:
        raise _refusal(project, error) from None


def behind(project: Project) -> int:
    """Transcripts that the index does not hold as they are now: how long the next search will wait."""
    import sqlite3

    stamps = _stamps(project)
    try:
        with closing(_open(project)) as database:
            there = dict(database.execute("SELECT interview, stamp FROM source"))
    except sqlite3.Error as error:
        raise _refusal(project, error) from None
    return len(stamps.items() - there.items())


def rebuild(project: Project) -> None:
    """Throw the index away; the next search makes it anew."""
    with suppress(OSError):
        (project.work / "index.sqlite").unlink(missing_ok=True)


def _refusal(project: Project, error: sqlite3.Error) -> QualkitError:
    if "fts5" in str(error):
        return Missing("This Python's SQLite has no full-text search.", "Install Python from python.org.")
    return QualkitError(f"{project.work / 'index.sqlite'}: {error}.", "Delete the file; it is made again.")


def _words_of(query: str) -> Iterator[list[str]]:
    for quoted, single in _TERM.findall(nfc(query)):
        words = _WORD.findall(quoted or single)
        if words and single.endswith("*"):
            words[-1] += "*"
        if words:
            yield words


# ── The database ─────────────────────────────────────────────────────────────


def _open(project: Project) -> sqlite3.Connection:
    """The index, made when missing, damaged or of another version; in memory where nothing can be written."""
    import sqlite3

    path = project.work / "index.sqlite"
    for name in (path, path, ":memory:"):
        database = None
        try:
            if name is path:
                make_folder(project.work)
            database = sqlite3.connect(name, timeout=20)
            database.execute("PRAGMA synchronous = OFF")  # lost with the power, it is made again
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version == INDEX_FORMAT:
                database.execute("SELECT count(*) FROM source").fetchone()
                return database
            if version == 0 and not database.execute("SELECT 1 FROM sqlite_master").fetchone():
                database.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version = {INDEX_FORMAT};COMMIT;")
                return database
            raise sqlite3.DatabaseError("another version")
        except (sqlite3.Error, QualkitError) as error:
            if database is not None:
                database.close()
            if "fts5" in str(error):
                raise
            rebuild(project)
    raise sqlite3.DatabaseError("cannot be opened")


def _stamps(project: Project) -> dict[str, str]:
    """Interview → what tells that its transcript has changed; none that a link leads out of the project."""
    if not inside(project.root, project.transcripts):
        return {}
    stamps, folder = {}, str(project.transcripts)
    for interview in transcript_ids(project):
        try:
            facts = _facts(f"{folder}/{interview}.json") or transcript_path(project, interview).lstat()
            if S_ISLNK(facts.st_mode):
                path = transcript_path(project, interview)
                if not inside(project.root, path):
                    continue
                facts = path.stat()
        except OSError:  # it went while we looked
            continue
        stamps[interview] = f"{facts.st_mtime_ns} {facts.st_size}"
    return stamps


def _facts(path: str) -> os.stat_result | None:
    """What stands under exactly this name; a path for each of many transcripts takes longer than the look."""
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _update(project: Project, database: sqlite3.Connection) -> Iterator[Step]:
    """Bring in the transcripts that are new or changed and drop those that are gone."""
    stamps = _stamps(project)
    there = dict(database.execute("SELECT interview, stamp FROM source"))
    changed = sorted(i for i in there.keys() | stamps.keys() if there.get(i) != stamps.get(i))
    for at in range(0, len(changed), TOGETHER):
        with database:
            database.execute("BEGIN IMMEDIATE")
            there = dict(database.execute("SELECT interview, stamp FROM source"))
            for interview in changed[at : at + TOGETHER]:
                if there.get(interview) == stamps.get(interview):
                    continue  # another process was here
                _drop(database, interview)
                if interview in stamps:
                    try:
                        transcript = read_transcript(transcript_path(project, interview))
                    except BadFile:
                        continue  # `qualkit check` tells; the others can be searched
                    _insert(database, interview, stamps[interview], transcript)
        yield Step("search", "", min(len(changed), at + TOGETHER), len(changed), "transcripts")


def _drop(database: sqlite3.Connection, interview: str) -> None:
    rows = database.execute("SELECT first, last FROM source WHERE interview = ?", (interview,)).fetchall()
    for first, last in rows:
        database.execute("DELETE FROM said WHERE rowid BETWEEN ? AND ?", (first, last))
    database.execute("DELETE FROM source WHERE interview = ?", (interview,))


def _insert(database: sqlite3.Connection, interview: str, stamp: str, transcript: Transcript) -> None:
    (last,) = database.execute("SELECT coalesce(max(last), 0) FROM source").fetchone()
    forms: set[tuple[str, str]] = set()
    rows = []
    for n, turn in enumerate(transcript.turns):
        language = turn.language or transcript.language
        forms.update((word.lower(), language) for word in _WORD.findall(turn.text))
        start = transcript.turn_starts[n]
        rows.append((last + 1 + n, turn.text, interview, n, start, turn.speaker, language))
    database.executemany(
        "INSERT INTO said (rowid, text, interview, turn, at, speaker, language) VALUES (?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    database.executemany("INSERT OR IGNORE INTO form VALUES (?, ?)", forms)
    database.execute("INSERT INTO source VALUES (?, ?, ?, ?)", (interview, stamp, last + 1, last + len(rows)))


def _learn_lemmas(database: sqlite3.Connection, lemmatise: Lemmatise, name: str) -> Iterator[Step]:
    """Ask for the lemmas of the forms that have none yet."""
    with database:
        if database.execute("SELECT name FROM lemmatiser").fetchall() != [(name,)]:
            for table in ("lemma", "keyed", "lemmatiser"):
                database.execute(f"DELETE FROM {table}")  # noqa: S608  our own three names
            database.execute("INSERT INTO lemmatiser VALUES (?)", (name,))
    new = database.execute(
        "SELECT form, language FROM form EXCEPT SELECT form, language FROM keyed"
    ).fetchall()
    for at in range(0, len(new), WORDS):
        some = new[at : at + WORDS]
        with database:
            for form, language in some:
                lemmas = {nfc(lemma).lower() for lemma in lemmatise(form, language)}
                rows = [(lemma, form, language) for lemma in lemmas]
                database.executemany("INSERT OR IGNORE INTO lemma VALUES (?, ?, ?)", rows)
            database.executemany("INSERT OR IGNORE INTO keyed VALUES (?, ?)", some)
        yield Step("search", "", at + len(some), len(new), "words")


# ── Matching ─────────────────────────────────────────────────────────────────


def _forms(
    database: sqlite3.Connection, word: str, languages: Sequence[str], lemmatise: Lemmatise | None
) -> dict[str, str]:
    """The forms in the material that a query word stands for, with the kind of match."""
    stem = word.rstrip("*")
    found: dict[str, str] = {stem: "exact"}
    if word.endswith("*"):
        rows = database.execute(
            "SELECT DISTINCT form FROM form WHERE form LIKE ? || '%' LIMIT ?", (stem, MAX_FORMS)
        )
        return found | dict.fromkeys((form for (form,) in rows), "exact")
    parts = {stem}
    for language in languages if lemmatise is not None else ():
        lemmas = _lemmas(database, stem, language, lemmatise) if lemmatise else set()
        parts |= lemmas
        for lemma in lemmas:
            rows = database.execute(
                "SELECT form FROM lemma WHERE lemma = ? AND language = ?", (lemma, language)
            )
            for (form,) in rows:
                found.setdefault(form, "lemma")
    for part in sorted(parts):
        if len(part) >= INSIDE:
            rows = database.execute(
                "SELECT DISTINCT form FROM form WHERE instr(form, ?) LIMIT ?", (part, MAX_FORMS)
            )
            for (form,) in rows:
                found.setdefault(form, "compound")
    return dict(list(found.items())[:MAX_FORMS])


def _lemmas(database: sqlite3.Connection, word: str, language: str, lemmatise: Lemmatise) -> set[str]:
    """Of a word that the material has its lemmas are known; only for others the lemmatiser is asked."""
    place = (word, language)
    if database.execute("SELECT 1 FROM keyed WHERE form = ? AND language = ?", place).fetchone():
        rows = database.execute("SELECT lemma FROM lemma WHERE form = ? AND language = ?", place)
        return {lemma for (lemma,) in rows}
    return {nfc(lemma).lower() for lemma in lemmatise(word, language)}


def _hits(
    database: sqlite3.Connection,
    terms: list[Term],
    language: str,
    interviews: Sequence[str] | None,
    limit: int,
) -> Iterator[Hit]:
    match = " AND ".join(f"({_wanted(term)})" for term in terms)
    wanted = None if interviews is None else frozenset(interviews)
    # Which turns hold the words is known without reading one; only those that are listed are read.
    found = [row for (row,) in database.execute("SELECT rowid FROM said WHERE said MATCH ?", (match,))]
    rows = _in_order(database, found, wanted)
    count = 0
    for at in range(0, len(rows), READ):
        for hit in _read(database, rows[at : at + READ], terms, language):
            yield hit
            count += 1
            if count >= limit:
                return


def _wanted(term: Term) -> str:
    """A word or phrase for the full-text search."""
    if len(term) > 1 and prod(map(len, term)) <= MAX_PHRASES:
        return " OR ".join(f'"{" ".join(words)}"' for words in product(*term))
    return " AND ".join("(" + " OR ".join(f'"{form}"' for form in forms) + ")" for forms in term)


def _in_order(database: sqlite3.Connection, found: Sequence[int], wanted: frozenset[str] | None) -> list[int]:
    """Rows by interview and turn, without those of interviews that are not wanted."""
    rows, ordered = sorted(found), []
    for name, first, last in database.execute("SELECT interview, first, last FROM source ORDER BY interview"):
        if wanted is None or name in wanted:
            ordered += rows[bisect_left(rows, first) : bisect_right(rows, last)]
    return ordered


def _read(
    database: sqlite3.Connection, rows: Sequence[int], terms: list[Term], language: str
) -> Iterator[Hit]:
    marks = ",".join("?" * len(rows))
    read = {
        row: rest
        for row, *rest in database.execute(
            f"SELECT rowid, interview, turn, speaker, language, at, text FROM said WHERE rowid IN ({marks})",  # noqa: S608  question marks only
            rows,
        )
    }
    for row in rows:
        interview, turn, speaker, spoken, at, text = read[row]
        if language and spoken != language:
            continue
        words = [word.lower() for word in _WORD.findall(text)]
        if all(next(_runs(term, words), None) is not None for term in terms):
            yield Hit(interview, turn, speaker, spoken, at, text, terms)


def _runs(term: Term, words: Sequence[str]) -> Iterator[int]:
    """Indices of the words that a word or a phrase begins on in a turn."""
    first = term[0]
    for n in range(len(words) - len(term) + 1):
        if words[n] in first and all(words[n + i] in forms for i, forms in enumerate(term)):
            yield n


def _placed(term: Term, words: Sequence[tuple[str, int, int]]) -> dict[tuple[int, int], str]:
    """Where a word or a phrase stands in a turn, with the kind of match of each word."""
    spans: dict[tuple[int, int], str] = {}
    for n in _runs(term, [word for word, _, _ in words]):
        for forms, (word, start, end) in zip(term, words[n:], strict=False):
            spans[start, end] = forms[word]
    return spans
