"""noScribe's HTML: ``<a name="ts_START_END_SPEAKER">`` around every piece, a paragraph a turn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.transcription.readers.labels import TIME, Names, in_front, is_label
from qualkit.transcription.readers.said import Said, plain

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.transcription.readers.said import Notes

_ANCHOR = re.compile(r"ts_(\d{1,12})_(\d{1,12})(?:_(.{0,80}))?")
_STAMP = re.compile(rf"\[{TIME}\]\s*")


@dataclass(slots=True)
class _Paragraph:
    line: int
    text: str = ""
    start: int | None = None
    end: int = 0
    speaker: str = ""


class _Reader(HTMLParser):
    """Collects the text of paragraphs that hold anchors with times."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.paragraphs: list[_Paragraph] = []
        self._now: _Paragraph | None = None
        self._skip = 0
        self.anchors = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A paragraph, an anchor, or something whose text is none."""
        if tag in ("style", "script", "head", "title"):
            self._skip += 1
        elif tag == "p":
            self._now = _Paragraph(self.getpos()[0])
            self.paragraphs.append(self._now)
        elif tag == "br":
            self.handle_data(" ")
        elif tag == "a" and (place := _ANCHOR.fullmatch(dict(attrs).get("name") or "")):
            self.anchors += 1
            if self._now is None:
                self._now = _Paragraph(self.getpos()[0])
                self.paragraphs.append(self._now)
            start, end, speaker = int(place[1]), int(place[2]), plain(place[3] or "")
            if self._now.start is not None and speaker and self._now.speaker not in ("", speaker):
                self._now = _Paragraph(self.getpos()[0])  # two voices in one paragraph
                self.paragraphs.append(self._now)
            now = self._now
            now.start = start if now.start is None else min(now.start, start)
            now.end = max(now.end, end, start)
            now.speaker = now.speaker or speaker

    def handle_endtag(self, tag: str) -> None:
        """The end of a paragraph, or of something whose text is none."""
        if tag in ("style", "script", "head", "title"):
            self._skip = max(0, self._skip - 1)
        elif tag == "p":
            self._now = None

    def handle_data(self, data: str) -> None:
        """Text."""
        if self._now is not None and not self._skip:
            self._now.text += data


def html_pieces(path: Path, text: str, notes: Notes) -> list[Said]:
    """What is said in noScribe's HTML. Raises :class:`BadFile` for a page without its anchors."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if not reader.anchors:
        raise BadFile(
            path, "this is no transcript of noScribe: no passage has a time.", "Save it as .txt or .docx."
        )
    spoken = [p for p in reader.paragraphs if p.start is not None]
    left = [p for p in reader.paragraphs if p.start is None and p.text.strip()]
    for paragraph in left[2:]:  # the title and the description come first
        notes.tell("a paragraph without a time is left out", paragraph.line)
    texts = [_STAMP.sub("", p.text).strip() for p in spoken]
    names = Names((found[0] for t in texts if (found := in_front(t))), len(texts))
    said = []
    for paragraph, whole in zip(spoken, texts, strict=True):
        speaker, words = paragraph.speaker or None, whole
        prefix = in_front(whole)
        if prefix and (prefix[0] == speaker or prefix[0] in names or (speaker and is_label(speaker))):
            speaker, words = prefix
        if words := plain(words):
            said.append(
                Said(
                    words,
                    speaker,
                    paragraph.start,
                    paragraph.end,
                    line=paragraph.line,
                    begins=speaker is not None,
                )
            )
    return said
