"""No quote in any format says other words than were said: random projects full of odd characters."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qualkit.export import write_report
from qualkit.files.anchors import anchor
from qualkit.files.interviews import write_interviews
from qualkit.files.journal import Journal
from qualkit.files.project import init_project
from qualkit.files.text import one_line
from qualkit.files.transcript import load_transcript, save_transcript
from qualkit.model import Interview, Speaker, Transcript, Turn
from qualkit.report import build_report
from qualkit.report.harmless import visible
from qualkit.report.printed import printed_quotes
from qualkit.report.recheck import recheck
from tests.steps import ended
from tests.study import CODEBOOK

if TYPE_CHECKING:
    import pytest

    from qualkit.files.project import Project
    from qualkit.report import Report

FORMATS = ("json", "html", "md", "docx", "xlsx", "csv", "csv-fi", "pdf", "pptx")
ODD = (
    '=HYPERLINK("http://x","y")', "+1-2", "-", "@SUM(A1)", "\tx", "|", "`", "*a*_b_", "~~", "[x](y)",
    "![](z)",
    "<b>&amp;</b>", "<!--", "]]>", "{{ 7*7 }}", "{% raw %}", "#let x = 1", "$x^2$", "\\", "\\n", '""', "'",
    ";",
    "\u202eabc\u202c", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u2028", "\x85", "\x1b[31m", "\x00", "\x7f",
    "_x000D_", "_x005F_", "👩‍🔧", "🇫🇮", "é", "ﬁ", "Ⅷ", "א", "ع", "漢", "\u0301",
    "1. x", "# x", "> x", "— x #y", "- x",
    "   ", "\u00a0", "…", "´", "ß", "İ", "%s", "{0}", "---", "```", "&nbsp;", "::", "^1", "https://a.fi/?b=c",
)  # fmt: skip
PIECES = st.one_of(
    st.sampled_from(ODD), st.text(max_size=12), st.sampled_from(["vesi ", "on vanha ", "putki "])
)


TALK = st.lists(
    st.lists(PIECES, min_size=1, max_size=6).map(lambda pieces: one_line("".join(pieces)) or "."),
    min_size=2,
    max_size=8,
)


def _project(root: Path, talks: list[list[str]]) -> Project:
    project = init_project(root, "<Odd> =1+1", ("fi",), codebook=CODEBOOK)
    cases = []
    for n, turns in enumerate(talks):
        name = f"case-{n}"
        cases.append(Interview(name, f"site-{n}", "2026-01-02", "fi", "=role|<i>", consent="quote"))
        voices = (Speaker("S1", role="interviewee"), Speaker("S2", role="interviewee"))
        said = tuple(Turn(("S1", "S2")[i % 2], t, i * 1000, i * 1000 + 900) for i, t in enumerate(turns))
        save_transcript(project, Transcript(name, "fi", voices, said))
        transcript = load_transcript(project, name)
        codings = []
        for i, (start, turn) in enumerate(zip(transcript.turn_starts, transcript.turns, strict=True)):
            # Every third passage goes on into the next turn, so that quotes have line breaks too.
            end = start + len(turn.text)
            if i % 3 == 2 and i + 1 < len(transcript.turns):
                end += 1 + len(transcript.turns[i + 1].text)
            codings.append((("water", "rail", "condition")[i % 3], anchor(transcript, start, end), ""))
        Journal(project, "anna", name).add_codings(codings)
    write_interviews(project, cases)
    return project


def _report(project: Project) -> Report:
    return ended(build_report(project, language="fi"))


def _shown(path: Path) -> list[str]:
    """The quotes of a Markdown report as a renderer of CommonMark shows them, blanks aside."""
    depth, texts = 0, list[str]()
    found: list[str] = []
    for token in MarkdownIt("commonmark").parse(path.read_text(encoding="utf-8")):
        if token.type == "blockquote_open":
            depth, texts = depth + 1, []
        elif token.type == "blockquote_close":
            depth -= 1
            found.append("".join(texts))
        elif token.type == "inline" and depth:
            texts += [
                "\n" if c.type in {"softbreak", "hardbreak"} else c.content
                for c in token.children or ()
                if c.type != "html_inline"
            ]
        elif depth and token.type in {"code_block", "fence", "html_block"}:
            raise AssertionError(token.content)
    return found


def _no_blanks(text: str) -> str:
    return "".join(text.split())


@settings(
    max_examples=int(os.environ.get("QUALKIT_EXAMPLES", "5")),
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(talks=st.lists(TALK, min_size=1, max_size=2))
def test_every_quote_in_every_format_is_verbatim(
    talks: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUALKIT_MODELS", "/nowhere")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        project = _project(root / "p", talks)
        report = _report(project)
        assert report.quotes
        files = [
            p for p in write_report(report, root / "out", FORMATS) if p.stem in {"report", "quotes", "cards"}
        ]
        assert len(files) == len(FORMATS)
        for file in files:
            count, faults = recheck(project, file)
            assert faults == [], file.name
            if file.suffix != ".pptx":  # cards hold the first candidates' quotes
                assert count >= len(report.quotes), file.name
        said = {q.id: q.quote for q in report.quotes}
        for quote in printed_quotes(root / "out" / "report.json"):
            assert quote.text == said[quote.id]
        shown = [_no_blanks(text) for text in _shown(root / "out" / "report.md")]
        for quote_text in said.values():
            assert any(text.startswith(_no_blanks(visible(quote_text))) for text in shown), quote_text
