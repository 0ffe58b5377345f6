"""Splits ``gold.tsv`` into ``dev.tsv`` (a third, to tune on) and ``test.tsv`` (the rest, only to report on).

A unit's side depends on its own text alone, so units can be added without any other
one changing sides. ``--check`` writes nothing and exits 1 when a file is not what it should be.
"""

from __future__ import annotations

import csv
import hashlib
import io
import sys
import unicodedata
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEADER = ["lang", "codes", "text"]
SALT = "1686"
"""Chosen once so that codes and languages fall on both sides in proportion; never to be changed."""

_CODES = """
water pipe-bridge rail steam-heat compressed-air gas chemicals road power data-network port land-use
shared-services site-security cyber-security fire-rescue process-safety preparedness
condition capacity investment clean-transition cooperation dependency-risk governance cost-funding
"""
CODES = frozenset(_CODES.split())

Row = tuple[str, str, str]


def read(path: Path) -> list[Row]:
    """The units of one file. Raises ``ValueError`` naming the line that is not a unit."""
    rows: list[Row] = []
    seen: set[str] = set()
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
            if number == 1:
                if row != HEADER:
                    raise ValueError(f"{path}:1: the header must be {HEADER}")
                continue
            if len(row) != 3 or row[0] not in {"fi", "sv", "en"}:
                raise ValueError(f"{path}:{number}: needs a language, codes and a text")
            lang, codes, text = row
            unknown = set(codes.split(";")) - CODES
            if codes != "none" and unknown:
                raise ValueError(f"{path}:{number}: unknown code {', '.join(sorted(unknown))}")
            if text in seen or text != unicodedata.normalize("NFC", text).strip():
                raise ValueError(f"{path}:{number}: the text is there twice or is not NFC")
            seen.add(text)
            rows.append((lang, codes, text))
    return rows


def is_dev(text: str, salt: str = SALT) -> bool:
    """Whether a unit is for tuning."""
    return int(hashlib.sha256(f"{salt}|{text}".encode()).hexdigest(), 16) % 3 == 0


def as_text(rows: list[Row]) -> str:
    """The file that holds these units."""
    out = io.StringIO()
    csv.writer(out, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n").writerows(
        [HEADER, *rows]
    )
    return out.getvalue()


def main() -> int:
    """Writes or checks both files; returns the exit code."""
    rows = read(HERE / "gold.tsv")
    sides = {
        "dev.tsv": [row for row in rows if is_dev(row[2])],
        "test.tsv": [row for row in rows if not is_dev(row[2])],
    }
    wrong = 0
    for name, part in sides.items():
        if "--check" in sys.argv[1:]:
            wrong += (HERE / name).read_text(encoding="utf-8") != as_text(part)
        else:
            (HERE / name).write_text(as_text(part), encoding="utf-8")
        counts = Counter(code for _, codes, _ in part for code in codes.split(";"))
        languages = Counter(lang for lang, _, _ in part)
        rarest = min(counts[code] for code in CODES)
        share = ", ".join(f"{n} {lang}" for lang, n in sorted(languages.items()))
        sys.stdout.write(
            f"{name}: {len(part)} units ({share}), {counts['none']} without a code, "
            f"every code at least {rarest} times\n"
        )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
