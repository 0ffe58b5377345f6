from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.errors import BadFile
from qualkit.files.lines import digest, dump, parse

objects = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3)


@given(st.lists(objects | st.none(), max_size=8))
def test_lines_keep_their_numbers_whatever_blank_lines_stand_between(
    rows: list[dict[str, object] | None],
) -> None:
    data = b"".join(b"\n" if row is None else dump(row) + b"\n" for row in rows)
    expected = [(n, row) for n, row in enumerate(rows, 1) if row is not None]
    assert parse(Path("x"), data.split(b"\n"), 1) == expected


@pytest.mark.parametrize(
    "bad", [b"{", b"[1]", b'{"a":1},{"b":2}', b'{"a":[1', b"\xff", b"null", b"[" * 100_000]
)
def test_a_damaged_line_has_a_number(bad: bytes) -> None:
    good = dump({"a": 1})
    with pytest.raises(BadFile, match="damaged") as caught:
        parse(Path("x"), [good, b"", bad, good, good, b""], 1)
    assert caught.value.line == 3


def test_two_damaged_lines_do_not_make_a_whole_one() -> None:
    good = dump({"a": 1})
    with pytest.raises(BadFile) as caught:
        parse(Path("x"), [good, b'{"a":"x', b'y"},{"b":1}', good, b""], 1)
    assert caught.value.line == 2


def test_a_torn_line_passes_only_at_the_end_or_when_closed() -> None:
    good, torn = dump({"a": 1}), b'{"a'
    closed = dump({"op": "repaired", "prev": digest(torn)})
    other = dump({"op": "repaired", "prev": digest(b"another")})
    assert len(parse(Path("x"), [good, torn], 1)) == 1
    assert len(parse(Path("x"), [good, torn, closed, good, b""], 1)) == 3
    for rows in ([good, torn, other, b""], [good, torn, good, b""], [good, torn, torn], [good, torn, b""]):
        with pytest.raises(BadFile):
            parse(Path("x"), rows, 1)
