"""Writing a codebook: into the file that is there, whose comments stay, or a new one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.files.atomic import write_text
from qualkit.files.codebook import CODEBOOK_FORMAT, NAME, codebook_hash, to_plain
from qualkit.files.codebook_check import CODE_KEYS, TOP_KEYS, faults
from qualkit.files.codebook_splice import Awkward, spliced
from qualkit.files.text import fault_in_text, read_text
from qualkit.files.yamltree import parse_tree

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.model import Codebook


def write_codebook(path: Path, codebook: Codebook) -> None:
    """Write a codebook, atomically.

    Where the file is there, only what differs is changed: comments, layout and keys
    that Qualkit does not know stay. Raises :class:`BadFile` instead of writing what
    :func:`~qualkit.files.codebook.read_codebook` would refuse or read otherwise, and
    when the file that is there cannot be read.
    """
    plain = {"format": f"{NAME}/{CODEBOOK_FORMAT}", **to_plain(codebook)}
    if fault := next((f for text in _all_texts(plain) if (f := fault_in_text(text))), ""):
        raise BadFile(path, f"not written: a text {fault}.", "Type it again.")
    if not path.exists():
        made = _laid_out(plain)
    else:
        text = read_text(path)
        try:
            made = spliced(path, text, plain)
            _require_same(path, made, codebook)
        except (Awkward, BadFile):
            parse_tree(path, text)  # tells faults of syntax
            made = _updated(text, plain)
        else:
            return write_text(path, made)
    _require_same(path, made, codebook)
    return write_text(path, made)


def _laid_out(content: Any) -> str:
    """YAML text as ruamel.yaml lays it out, comments that came along included."""
    yaml = _yaml()
    out = io.StringIO()
    yaml.dump(content, out)
    return out.getvalue()


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 110
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _updated(text: str, plain: dict[str, Any]) -> str:
    """The file laid out anew, for one that nothing can be put into: comments stay."""
    content = _yaml().load(text)
    _update(content, plain, TOP_KEYS)
    return _laid_out(content)


def _require_same(path: Path, text: str, codebook: Codebook) -> None:
    """Read back what would be written: it must say what it was made of."""
    from qualkit.files.codebook import from_plain

    tree = parse_tree(path, text)
    fatal = [fault for fault in faults(path, tree, NAME, CODEBOOK_FORMAT) if fault.fatal]
    if fatal:
        raise BadFile(path, f"not written: {fatal[0].message}", fatal[0].hint)
    if codebook_hash(from_plain(tree.value)) != codebook_hash(from_plain(to_plain(codebook))):
        raise BadFile(path, "not written: the file would say something else.", "Edit it by hand.")


def _update(there: Any, wanted: dict[str, Any], known: tuple[str, ...]) -> None:
    """Make a mapping say what is wanted, leaving alone what says so already."""
    for key in [key for key in there if key in known and key not in wanted]:
        del there[key]
    for key, value in wanted.items():
        if key == "codes":
            _update_codes(there, value)
        elif key not in there:
            there[key] = value
        elif isinstance(value, dict) and isinstance(there[key], dict):
            _update(there[key], value, tuple(there[key]))
        elif _says(there[key], value):
            continue
        elif isinstance(value, list) and isinstance(there[key], list):
            there[key][:] = value  # in place: a list on one line stays on one line
        else:
            there[key] = value


def _update_codes(there: Any, wanted: list[dict[str, Any]]) -> None:
    codes = {code["id"]: code for code in there["codes"] if isinstance(code, dict) and "id" in code}
    if [str(code_id) for code_id in codes] != [code["id"] for code in wanted]:
        # In place, because the comments between codes hang on the list.
        there["codes"][:] = [codes.get(code["id"], code) for code in wanted]
    for code in wanted:
        if code["id"] in codes:
            _update(codes[code["id"]], code, CODE_KEYS)


def _says(there: Any, wanted: Any) -> bool:
    """Whether a value of the file says what is wanted, white space aside."""
    if isinstance(wanted, bool):
        return str(there).lower() == str(wanted).lower()
    if isinstance(wanted, list):
        return (
            isinstance(there, list)
            and len(there) == len(wanted)
            and all(_says(one, other) for one, other in zip(there, wanted, strict=True))
        )
    return isinstance(there, str) and " ".join(there.split()) == " ".join(wanted.split())


def _all_texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _all_texts(part)]
