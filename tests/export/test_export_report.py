"""Every writer: golden files, hostile text, and words in three languages."""

from __future__ import annotations

import ast
import dataclasses
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from compile_words import PACKAGE, compiled

from qualkit.errors import UsageError
from qualkit.export import PLAIN, WRITERS, render, write_report
from qualkit.export.kit import Kit
from qualkit.export.words import words
from qualkit.report import Report, build_report
from qualkit.themes.passages import Passage, Selection
from tests.steps import ended
from tests.study import HOSTILE, Study

GOLDEN = Path(__file__).parent / "golden"


def report_of(study: Study, language: str = "en", **chosen: object) -> Report:
    report = ended(build_report(study.project, Selection(**chosen), language))  # type: ignore[arg-type]
    ids = {q.id: f"coding-{n}" for n, q in enumerate(report.quotes)}

    def named(passage: Passage) -> Passage:
        return dataclasses.replace(passage, id=ids.get(passage.id, "other"))

    themes = tuple(
        dataclasses.replace(
            t,
            quotes=tuple(map(named, t.quotes)),
            opposites=tuple(
                dataclasses.replace(o, well=named(o.well), ill=named(o.ill)) for o in t.opposites
            ),
        )
        for t in report.themes
    )
    candidates = tuple(
        dataclasses.replace(c, evidence=tuple(map(named, c.evidence))) for c in report.candidates
    )
    scenes = tuple(dataclasses.replace(s, passage=ids[s.passage]) for s in report.scenes)
    method = dataclasses.replace(report.method, codebook_hash="hash", version="0")
    return dataclasses.replace(
        report, date="2026-11-24", themes=themes, method=method, candidates=candidates, scenes=scenes
    )


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Quotes are then chosen by voice and order, so that golden files do not hang on weights."""
    monkeypatch.setenv("QUALKIT_MODELS", str(tmp_path / "none"))


def text_of(report: Report, kind: str) -> str:
    """The report in a format that is text, without pictures: those hang on the drawing library."""
    return render(Kit(report, drawn={}), kind)[f"report.{kind}"].decode("utf-8")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("kind", ["md", "html"])
def test_golden(study: Study, language: str, kind: str, request: pytest.FixtureRequest) -> None:
    text = text_of(report_of(study, language, suggestions=True), kind)
    golden = GOLDEN / f"report.{language}.{kind}"
    if request.config.getoption("--golden"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_json_quotes_are_verbatim_and_can_be_found(study: Study) -> None:
    document = json.loads(text_of(report_of(study, suggestions=True), "json"))
    assert document["quotes"]
    for quote in document["quotes"]:
        transcript = study.transcript(quote["interview"])
        assert transcript.text[quote["start"] : quote["end"]] == quote["quote"]
        assert transcript.turns[transcript.turn_at(quote["start"])].speaker == quote["speaker"]
        assert quote["start_ms"] < quote["end_ms"]
    assert {q["decided_by"] for q in document["quotes"]} == {"person", "machine"}
    listed = {id_ for theme in document["themes"] for id_ in theme["quotes"]}
    listed |= {id_ for theme in document["themes"] for pair in theme["opposites"] for id_ in pair.values()}
    assert listed == {q["id"] for q in document["quotes"]}


def test_who_did_not_consent_is_counted_and_never_quoted(study: Study) -> None:
    report = report_of(study)
    for kind in PLAIN:
        assert "secret" not in text_of(report, kind)
    assert [(w.reason, w.count, w.interviews) for w in report.withheld] == [("no-consent", 1, ("beta-02",))]


class Page(HTMLParser):
    """What a browser would make of the page: its elements and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.scripts = 0
        self.text = ""
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.scripts += tag == "script"
        self.addresses += [v or "" for k, v in attrs if k in {"href", "src", "action", "background"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_text_is_text_in_html(study: Study) -> None:
    page = Page(text_of(report_of(study), "html"))
    assert page.scripts == 1  # the page's own, by its hash
    assert HOSTILE in page.text
    assert all(address.startswith("#") for address in page.addresses)


def test_printed_html_says_on_every_page_that_the_machine_counts(study: Study) -> None:
    """What a browser repeats on each page it prints: a table's footer that is not broken over pages."""
    text = text_of(report_of(study, suggestions=True), "html")
    assert (
        '<footer class="every" aria-hidden="true">◇ machine suggestions are counted, undecided</footer>'
        in text
    )
    printed = text[text.index("@media print") :]
    assert "body { display: table;" in printed
    assert ".every { display: table-footer-group; break-inside: avoid;" in printed
    assert '<footer class="every"' not in text_of(report_of(study), "html")


def test_hostile_text_is_text_in_markdown(study: Study) -> None:
    text = text_of(report_of(study), "md")
    assert "<script>" not in text
    assert "\u202e" not in text
    assert "⟨U+202E⟩" in text
    assert r"\*a\* \| b \`c\`" in text
    assert r"> \=HYPERLINK" in text


def test_writing_is_whole_and_an_unknown_format_is_refused(study: Study, tmp_path: Path) -> None:
    report = report_of(study)
    written = write_report(report, tmp_path / "out")
    assert [p.name for p in written] == ["report.md", "report.html", "report.json"]
    assert {p.name for p in (tmp_path / "out").iterdir()} == {p.name for p in written}
    with pytest.raises(UsageError, match="No writer for odt"):
        write_report(report, tmp_path / "out", ("odt",))


def test_an_empty_study_gives_a_report_that_says_so(study: Study) -> None:
    report = report_of(study, interviews=("beta-01",))
    assert report.themes == ()
    for kind in WRITERS:
        made = render(Kit(report), kind)
        assert kind == "charts" or all(made.values())


def test_every_message_is_translated_and_compiled() -> None:
    used: set[str] = set()
    for source in (PACKAGE / "export").glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"w", "w.many", "self", "self.w"}:
                used |= {
                    a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
                }
    template = PACKAGE / "export" / "templates" / "report.html.jinja"
    keywords = {"w": None, "many": (1, 2)}
    with template.open("rb") as file:
        for _, message, *_ in extract("jinja2.ext:babel_extract", file, keywords=keywords):
            used |= {message} if isinstance(message, str) else set(filter(None, message))
    assert len(used) > 40
    for language in ("fi", "sv"):
        source = PACKAGE / "export" / "locale" / language / "LC_MESSAGES" / "report.po"
        with source.open("rb") as file:
            catalogue = read_po(file)
        known: set[str] = set()
        for entry in catalogue:
            if entry.id:
                assert entry.string, entry.id
                known |= {entry.id} if isinstance(entry.id, str) else set(entry.id)
        assert used == known
        assert source.with_suffix(".mo").read_bytes() == compiled(source)


def test_figures_and_dates_follow_the_language() -> None:
    assert [words(lang).date("2026-11-24") for lang in ("fi", "sv", "en")] == [
        "24.11.2026",
        "24.11.2026",
        "24 Nov 2026",
    ]
    assert words("fi").number(1234.5) == "1\u00a0234,5"
    assert words("fi").language_name("sv") == "ruotsi"
    assert words("fi").date("sometime") == "sometime"
    assert words("de").language == "en"
