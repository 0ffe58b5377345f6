"""50,000 codings in from a Taguette and a QualCoder database, and agreement over 500 interviews.

python benchmarks/trust/doors.py FOLDER
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from qualkit.exchange.landing import write_journal
from qualkit.files.anchors import anchor, anchor_fields
from qualkit.files.interviews import write_interviews
from qualkit.files.project import init_project
from qualkit.files.transcript import save_transcript
from qualkit.model import Interview, Speaker, Transcript, Turn

DOCUMENTS, CODINGS = 100, 500
LINES = [f"Höyrylinja {n} vuotaa 💧 ja portti jää yöksi auki, sanottiin." for n in range(250)]


def taguette(path: Path) -> Path:
    """A Taguette database, offsets in bytes."""
    html = "".join(f"<p>{line}</p>" for line in LINES)
    starts, at = [], 0
    for line in LINES:
        starts.append(at)
        at += len(line.encode())
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "CREATE TABLE projects (id INTEGER PRIMARY KEY, name, description, created);"
            "CREATE TABLE documents (id INTEGER PRIMARY KEY, name, description, filename, created,"
            " project_id, contents);"
            "CREATE TABLE highlights (id INTEGER PRIMARY KEY, document_id INTEGER, start_offset INTEGER,"
            " end_offset INTEGER, snippet);"
            "CREATE TABLE tags (id INTEGER PRIMARY KEY, project_id INTEGER, path, description);"
            "CREATE TABLE highlight_tags (highlight_id INTEGER, tag_id INTEGER);"
            "INSERT INTO projects VALUES (1, 'Large', '', ''); INSERT INTO tags VALUES (1, 1, 'steam', '');"
        )
        for d in range(DOCUMENTS):
            db.execute("INSERT INTO documents VALUES (?, ?, '', '', '', 1, ?)", (d, f"doc {d}", html))
            for n in range(CODINGS):
                line = LINES[n // 2]
                part = line[(n % 2) * 8 :]
                start = starts[n // 2] + len(line.encode()) - len(part.encode())
                key = d * CODINGS + n
                row = (key, d, start, start + len(part.encode()), f"<p>{part}</p>")
                db.execute("INSERT INTO highlights VALUES (?, ?, ?, ?, ?)", row)
                db.execute("INSERT INTO highlight_tags VALUES (?, 1)", (key,))
        db.commit()
    return path


def qualcoder(folder: Path) -> Path:
    """A QualCoder project, positions in UTF-16 units."""
    folder.mkdir()
    text = "\n".join(LINES)
    with closing(sqlite3.connect(folder / "data.qda")) as db:
        db.executescript(
            "CREATE TABLE source (id INTEGER PRIMARY KEY, name, fulltext, mediapath, memo, owner, date,"
            " av_text_id);"
            "CREATE TABLE code_name (cid INTEGER PRIMARY KEY, name, memo, catid, owner, date, color);"
            "CREATE TABLE code_cat (catid INTEGER PRIMARY KEY, name, owner, date, memo, supercatid);"
            "CREATE TABLE code_text (ctid INTEGER PRIMARY KEY, cid INTEGER, fid INTEGER, seltext,"
            " pos0 INTEGER, pos1 INTEGER, owner, date, memo, avid, important);"
            "INSERT INTO code_name VALUES (1, 'Höyry', '', NULL, 'anna', '', '');"
        )
        for d in range(DOCUMENTS):
            db.execute(
                "INSERT INTO source VALUES (?, ?, ?, NULL, '', 'anna', '', NULL)", (d, f"doc {d}", text)
            )
            at = 0
            for line in LINES:
                wide = len(line.encode("utf-16-le")) // 2
                for side in range(2):
                    row = (
                        None,
                        1,
                        d,
                        line[side * 8 :],
                        at + side * 8,
                        at + wide,
                        "anna",
                        "2026-01-01 10:00:00",
                    )
                    db.execute("INSERT INTO code_text VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', NULL, NULL)", row)
                at += wide + 1
        db.commit()
    return folder


def coded(root: Path, interviews: int = 500) -> Path:
    """A project of 500 interviews of 40 turns that two coders have coded."""
    project = init_project(root, "Two coders", ("fi", "sv", "en"))
    codes = ("water", "steam-heat", "roads", "electricity", "security")
    ids = [f"site-{n:03}" for n in range(interviews)]
    write_interviews(project, [Interview(i, "site", "2026-03-01", "fi", "manager") for i in ids])
    for at, name in enumerate(ids):
        turns = tuple(Turn("S1", line) for line in LINES[:40])
        transcript = Transcript(name, "fi", (Speaker("S1"),), turns)
        save_transcript(project, transcript)
        for coder, odd in (("anna", 0), ("bo", 1)):
            lines = []
            for n, start in enumerate(transcript.turn_starts):
                code = codes[(n + (odd and (n + at) % 4 == 0)) % len(codes)]
                fields = anchor_fields(anchor(transcript, start + odd * 5, start + len(turns[n].text)))
                lines.append(
                    {"id": f"{at:04x}{odd}{n:07x}", "op": "add", "at": "2026-03-01T10:00:00Z", "code": code,
                     "anchor": fields}
                )  # fmt: skip
            write_journal(project, coder, name, lines)
    return root


def measured(*arguments: object) -> None:
    """Run a `qualkit` and print its seconds and peak memory."""
    before = time.perf_counter()
    command = [sys.executable, "-m", "qualkit", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds, peak = time.perf_counter() - before, usage.ru_maxrss / 1024
    print(f"{' '.join(map(str, arguments[:2]))}: {seconds:.1f} s, {peak:.0f} MB, exit {status >> 8}")


def main() -> None:
    """Make the material, run the verbs, print the figures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    measured("import", taguette(folder / "large.sqlite3"), "--to", folder / "from-taguette", "--json")
    measured("import", qualcoder(folder / "large.qda"), "--to", folder / "from-qualcoder", "--json")
    root = coded(folder / "two")
    measured("agree", "compare", "anna", "bo", "--project", root, "--json")
    measured("agree", "settle", "anna", "bo", "--project", root, "--json")


if __name__ == "__main__":
    main()
