"""A project: the folder around ``qualkit.toml``, and where everything stands in it."""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from qualkit.errors import BadFile, Conflict, NoProject, UsageError
from qualkit.files.atomic import make_folder, write_text
from qualkit.files.coded_units import units_beside
from qualkit.files.names import fault_in_id, fault_in_path, require_inside, safe_id
from qualkit.files.text import nfc, read_text
from qualkit.model import LANGUAGES, Site

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT_FORMAT = 1
"""Version of ``qualkit.toml``. 1: first."""

CONFIG = "qualkit.toml"
TABLES = (
    "agreement", "cluster", "coding", "evaluation", "export", "models", "picture", "privacy", "report",
    "search", "segmentation", "themes", "transcription",
)  # fmt: skip
"""Tables of settings that the layers above read with :meth:`Project.setting`."""

_KEYS = {"format", "name", "languages", "codebook", "sites", *TABLES}
_DEFAULT_CODEBOOK = "codebooks/codebook.yaml"

T = TypeVar("T", str, int, float, bool)


@dataclass(frozen=True, slots=True)
class Project:
    """A folder of plain files that holds one study."""

    root: Path
    name: str
    languages: tuple[str, ...]
    """Of the interviews; the first one is the default."""
    codebook_path: Path
    sites: tuple[Site, ...] = ()
    coder: str = "coder"
    """Who is coding here: a name that is safe as a folder."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The tables of ``qualkit.toml`` that belong to the layers above, as read."""

    @property
    def config(self) -> Path:
        """``qualkit.toml``."""
        return self.root / CONFIG

    @property
    def interviews(self) -> Path:
        """``interviews.csv``."""
        return self.root / "interviews.csv"

    @property
    def recordings(self) -> Path:
        """Audio and video, never modified."""
        return self.root / "recordings"

    @property
    def transcripts(self) -> Path:
        """``ID.json``, and earlier revisions below."""
        return self.root / "transcripts"

    @property
    def codings(self) -> Path:
        """``CODER/ID.jsonl``: the journals."""
        return self.root / "codings"

    @property
    def suggestions(self) -> Path:
        """``MODEL/ID.jsonl``."""
        return self.root / "suggestions"

    @property
    def memos(self) -> Path:
        """``ID.md``."""
        return self.root / "memos"

    @property
    def outputs(self) -> Path:
        """Reports and exports; can be made again."""
        return self.root / "outputs"

    @property
    def work(self) -> Path:
        """``.qualkit``: all of it can be deleted and made again."""
        return self.root / ".qualkit"

    def site(self, site_id: str) -> Site:
        """The site with this id; one named after its id when ``qualkit.toml`` does not list it."""
        return next((site for site in self.sites if site.id == site_id), Site(site_id, site_id))

    def setting(self, table: str, key: str, default: T) -> T:
        """One setting of ``qualkit.toml``, of the default's type.

        Raises :class:`BadFile` with the line when the file gives another type.
        """
        value = self.settings.get(table, {}).get(key, default)
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if type(value) is not type(default):
            kind = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
            text = read_text(self.config)
            raise BadFile(
                self.config,
                f"{table}.{key} must be {kind[type(default)]}.",
                f"The default is {json.dumps(default)}.",
                _line(text, key, table),
            )
        return value


def find_project(start: Path) -> Project:
    """The project around ``start``. Raises :class:`NoProject`; :class:`BadFile` when it cannot be read."""
    return load_project(find_root(start))


def find_root(start: Path) -> Path:
    """The nearest folder with a ``qualkit.toml``, upwards. Raises :class:`NoProject` when there is none."""
    start = start.absolute()
    if not _is_there(start):
        raise NoProject(f"{start}: there is no such folder.", "Check the name given with --project.")
    for folder in (start, *start.parents):
        if (folder / CONFIG).is_file():
            return folder
    raise NoProject(
        f"{start}: no {CONFIG} here or above.", "Run `qualkit init` or name a project with --project."
    )


def load_project(root: Path) -> Project:
    """The project whose ``qualkit.toml`` is in ``root``. Raises :class:`NoProject`, :class:`BadFile`."""
    root = root.absolute()
    path = root / CONFIG
    if not path.is_file():
        raise NoProject(f"{root}: there is no {CONFIG}.", "Run `qualkit init` there or name another folder.")
    text = read_text(path)
    content = _toml(path, text)
    _check_keys(path, text, content)

    def fail(key: str, message: str, hint: str = "Correct the line.", table: str = "") -> BadFile:
        return BadFile(path, f"{key} {message}.", hint, _line(text, key, table))

    name = content.get("name", root.name)
    if not isinstance(name, str) or not name.strip():
        raise fail("name", "must be text in quotes")
    languages = content.get("languages", ["fi"])
    if (
        not isinstance(languages, list)
        or not languages
        or not all(isinstance(code, str) and re.fullmatch("[a-z]{2,3}", code) for code in languages)
    ):
        raise fail(
            "languages", "must be a list of language codes", 'Write for instance languages = ["fi", "sv"].'
        )
    codebook = content.get("codebook", _DEFAULT_CODEBOOK)
    if not isinstance(codebook, str):
        raise fail("codebook", "must be text in quotes")
    if fault := fault_in_path(codebook):
        raise fail(
            "codebook", fault, "Write the path from the project's folder, such as codebooks/mine.yaml."
        )
    sites = []
    for site_id, site_name in content.get("sites", {}).items():
        if fault := fault_in_id(site_id):
            raise fail(site_id, fault, table="sites")
        if not isinstance(site_name, str):
            raise fail(site_id, "must be a name in quotes", f'Write {site_id} = "Name".', table="sites")
        sites.append(Site(site_id, site_name or site_id))
    return Project(
        root=root,
        name=name.strip(),
        languages=tuple(dict.fromkeys(languages)),
        codebook_path=require_inside(root, root / codebook),
        sites=tuple(sites),
        coder=coder_name(),
        settings={key: value for key, value in content.items() if key in TABLES},
    )


def init_project(
    root: Path,
    name: str = "",
    languages: tuple[str, ...] = LANGUAGES,
    codebook: str = "",
    units: str = "",
) -> Project:
    """Make a project in ``root``: its folders, ``qualkit.toml``, ``interviews.csv`` and a first codebook.

    ``codebook`` is the text of the codebook to start with; a small one to edit
    when empty; ``units`` that of the coded units beside it. What is there already is
    kept. Raises :class:`Conflict` when ``root`` is a project.
    """
    root = root.absolute()
    if (root / CONFIG).exists():
        raise Conflict(f"{root}: this is a project already.", "Choose another folder.")
    if not languages or not all(re.fullmatch("[a-z]{2,3}", code) for code in languages):
        raise UsageError("Languages are two-letter codes.", "Write for instance fi,sv,en.")
    name = nfc(" ".join(name.split())) or root.name
    for folder in ("recordings", "transcripts", "codebooks", "codings", "memos", "outputs"):
        make_folder(root / folder)
    if not (root / "interviews.csv").exists():
        from qualkit.files.interviews import COLUMNS

        write_text(root / "interviews.csv", ",".join(COLUMNS) + "\n")
    if not (root / _DEFAULT_CODEBOOK).exists():
        write_text(root / _DEFAULT_CODEBOOK, codebook or _starter(name, languages))
        if units:
            write_text(units_beside(root / _DEFAULT_CODEBOOK), units)
    write_text(
        root / CONFIG,
        f'format = "qualkit-project/{PROJECT_FORMAT}"\n'
        f"name = {toml_string(name)}\n"
        f"languages = [{', '.join(map(toml_string, languages))}]     # the first one is the default\n"
        f"codebook = {toml_string(_DEFAULT_CODEBOOK)}\n\n"
        '[sites]\n# id = "Name", one line a site that interviews are about\n',
    )
    return load_project(root)


def coder_name() -> str:
    """Who is coding: ``QUALKIT_CODER``, else ``coder`` in the user's config, else the login name."""
    name = os.environ.get("QUALKIT_CODER", "") or str(user_config().get("coder", ""))
    if not name:
        import getpass

        try:
            name = getpass.getuser()
        except (OSError, KeyError, ImportError):  # no login name in this container
            name = "coder"
    return name if not fault_in_id(name) else safe_id(name, "coder")


def user_config_path() -> Path:
    """Where the user's own settings stand, for all projects: ``config.toml``."""
    import platformdirs

    return Path(platformdirs.user_config_dir("qualkit")) / "config.toml"


def user_config() -> Mapping[str, Any]:
    """The user's own settings; empty when there are none. Raises :class:`BadFile`."""
    path = user_config_path()
    if not path.is_file():
        return {}
    config = _toml(path, read_text(path))
    if not isinstance(config.get("coder", ""), str):
        raise BadFile(path, "coder must be text in quotes.", 'Write coder = "your-name".', 0)
    return config


def toml_string(text: str) -> str:
    """``text`` as a TOML string in quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _check_keys(path: Path, text: str, content: Mapping[str, Any]) -> None:
    from qualkit.files.shape import check_format

    check_format(content.get("format"), path, "qualkit-project", PROJECT_FORMAT, _line(text, "format"))
    for key, value in content.items():
        if key not in _KEYS:
            import difflib

            near = difflib.get_close_matches(key, sorted(_KEYS), 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(sorted(_KEYS))}."
            raise BadFile(path, f"{key} is not a key of qualkit.toml.", hint, _line(text, key))
        if key in (*TABLES, "sites") and not isinstance(value, dict):
            raise BadFile(
                path, f"{key} must be a table.", f"Write [{key}] on a line of its own.", _line(text, key)
            )


def _is_there(path: Path) -> bool:
    """Whether there is such a file or folder; a name that no disk can hold is none."""
    try:
        return path.exists()
    except OSError:
        return False


def _toml(path: Path, text: str) -> dict[str, Any]:
    """What a TOML text says. Raises :class:`BadFile` with the line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, line = _toml_fault(str(error), text)
        raise BadFile(path, f"this is not TOML: {message}.", "Correct the line.", line) from None
    except RecursionError:
        raise BadFile(path, "this is not TOML: it is nested too deep.", "Undo the last edit.") from None
    except ValueError:  # what tomllib lets through: a whole number of thousands of digits
        raise BadFile(path, "a number in it is too long.", "Correct the line.") from None


def _toml_fault(message: str, text: str) -> tuple[str, int]:
    """What tomllib says, and on which line."""
    found = re.fullmatch(r"(.*?) \(at line (\d+), column (\d+)\)", message)
    if not found:
        return message.replace(" (at end of document)", " at the end of the file"), text.rstrip().count(
            "\n"
        ) + 1
    return f"{found[1]} (column {found[3]})", int(found[2])


def _line(text: str, key: str, table: str = "") -> int:
    """The line where ``key`` stands, as near as a search can tell; 0 when it finds none."""
    within = not table
    for number, line in enumerate(text.split("\n"), 1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
            if header[1] in (key, f"{table}.{key}"):
                return number
            within = header[1] == table
        elif within and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
            return number
    return 0


def _starter(name: str, languages: tuple[str, ...]) -> str:
    texts = ", ".join(f"{code}: ''" for code in languages)
    names = ", ".join(f"{code}: {json.dumps(name, ensure_ascii=False)}" for code in languages)
    return f"""format: qualkit-codebook/1
name: {{{names}}}
version: "1"
languages: [{", ".join(languages)}]
codes:
  # A dimension groups codes and is not given to a passage itself. Rename both and go on.
  - id: first-dimension
    codable: false
    name: {{{texts}}}
  - id: first-code
    parent: first-dimension
    name: {{{texts}}}
    definition: {{{texts}}}
"""
