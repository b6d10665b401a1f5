"""Reads the notebooks that were handed out, and with more care those that were handed in."""

from __future__ import annotations

import functools
import json
import os
import re
import stat
import unicodedata
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from microlearn.exercises import exercise_names

from .bubblewrap import ROOT

LIMIT = 50 * 2**20
"""The largest notebook that is read, in bytes; a lesson with all its pictures has one or two million."""
PARTS = 1_000_000
"""The most values that a file may hold, in JSON; a solved lesson has a few thousand. In memory a value
can take sixty times its bytes in the file."""
CELLS = 20_000
"""The most cells that are read. In memory a cell can take a hundred times its bytes in the file."""
ATTACHMENTS = 1000
CONFLICT = "Git has left the marks of a conflict in it: <<<<<<< and >>>>>>>"
NO_NOTEBOOKS = {
    b"<<<<<<< ": CONFLICT,
    b"<": "it is a web page, not a notebook: download the notebook itself",
    b"\xef\xbb\xbf<": "it is a web page, not a notebook: download the notebook itself",
    b"%PDF": "it is a PDF, not a notebook",
    b"PK\x03\x04": "it is a zip file, not a notebook: unpack it",
}
"""What else is sometimes called .ipynb, by how it begins."""
TEXTS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.S)
"""A text in JSON, or the beginning of one without an end. It is found in one pass, whatever is in it."""

METADATA = ("grade", "grade_id", "locked", "solution", "schema_version")
"""The metadata by which nbgrader knows a cell."""


class Unreadable(ValueError):
    """A submission that can't be read; the message says why, for the instructor."""

    def __init__(self, why: str) -> None:
        super().__init__(printable(why))


@functools.cache
def released(lesson: str) -> NotebookNode:
    """The notebook of a lesson as it was handed out.

    Raises
    ------
    FileNotFoundError
        If there is no such lesson in ``notebooks/``.
    """
    return nbformat.read(ROOT / "notebooks" / lesson / f"{lesson}.ipynb", as_version=4)


@functools.cache
def _released_code() -> list[NotebookNode]:
    """The code cells of all lessons as they were handed out, in the order of the course."""
    return [
        cell
        for path in sorted((ROOT / "notebooks").glob("[0-9]*/*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
    ]


@functools.cache
def handed_out() -> frozenset[str]:
    """The text of each code cell of the course."""
    return frozenset(cell.source for cell in _released_code())


@functools.cache
def released_answers() -> dict[str, str]:
    """The text of each exercise's answer cell as it was handed out, in the order of the course."""
    return {
        name: cell.source
        for cell in _released_code()
        if (name := grade_id(cell)) in exercise_names()
    }


def earlier(name: str) -> list[str]:
    """The exercises that come before this one in the course: all of them, if no lesson has it."""
    order = [*released_answers()]
    return order[: order.index(name)] if name in order else order


def is_plain_file(path: Path) -> bool:
    """Whether this is an ordinary file: no link, pipe, device or folder."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def read_bytes(path: Path) -> bytes:
    """The bytes of a submitted file.

    Raises
    ------
    Unreadable
        If it is not a plain file, or too large.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        others = sorted(p.name for p in path.parent.glob("*") if p.name != "timestamp.txt")
        raise Unreadable(
            f"no notebook was handed in, only {', '.join(others[:5])}" if others
            else "no notebook was handed in"
        ) from None  # fmt: skip
    except OSError as error:
        raise Unreadable(f"{path.name} can't be opened: {error.strerror}") from None
    if not is_plain_file(path):
        raise Unreadable(f"{path.name} is not a plain file but a link, a pipe or a device")
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            raw = file.read(LIMIT + 1)
    except OSError as error:
        raise Unreadable(f"{path.name} can't be opened: {error.strerror}") from None
    if len(raw) > LIMIT:
        raise Unreadable(f"{path.name} is larger than {LIMIT // 2**20} MB")
    return raw


def parse(raw: bytes) -> tuple[NotebookNode, list[str]]:
    """A notebook from its bytes, and notes on what was odd about them.

    Raises
    ------
    Unreadable
        If they hold no notebook.
    """
    if not raw.strip():
        raise Unreadable("the file is empty")
    for begin, what in NO_NOTEBOOKS.items():
        if raw.lstrip().startswith(begin):
            raise Unreadable(what)
    notes = []
    for encoding in ("utf-8-sig", "utf-16", "cp1252", "latin-1"):
        if encoding == "utf-16" and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            text = raw.decode(encoding)
        except UnicodeError:
            continue
        if encoding != "utf-8-sig":
            notes.append(f"the file is not in UTF-8; it was read as {encoding}")
        break
    try:
        _require_few_parts(text)
        content = json.loads(text, parse_int=_short_number)
        if not isinstance(content, dict) or not ("cells" in content or "worksheets" in content):
            raise ValueError("it has no cells")
        _strip(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = nbformat.reads(json.dumps(content), as_version=4)
        notebook.cells = [c for c in notebook.cells if isinstance(c.get("source"), str)]
    except json.JSONDecodeError as error:
        if re.search(r"^<{7} ", text, re.M) and re.search(r"^>{7} ", text, re.M):
            raise Unreadable(CONFLICT) from None
        raise Unreadable(f"it is no notebook: not JSON from line {error.lineno} on") from None
    except RecursionError:
        raise Unreadable("it is no notebook: nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"it is no notebook: {str(error)[:200] or type(error).__name__}") from None
    except Exception:  # nbformat raises many kinds where a file is strange
        raise Unreadable("it is no notebook: it has cells of a kind that no notebook has") from None
    return notebook, notes


def _require_few_parts(text: str) -> None:
    """Count the values before any is made."""
    bare = TEXTS.sub("", text)
    parts = sum(map(bare.count, ",[{"))
    if parts > PARTS:
        raise ValueError(f"it has {parts} parts, and no student's has over {PARTS}")


def _short_number(digits: str) -> int:
    """No number of a notebook has many digits, and Python takes the square of theirs to read it."""
    return int(digits[:30])


def _strip(content: dict) -> None:
    """Remove from a notebook's JSON everything that the grader doesn't use."""
    sheets = [content] if "cells" in content else content["worksheets"]  # the format until 2015
    number = sum(len(sheet["cells"]) for sheet in sheets)
    if number > CELLS:
        raise ValueError(f"it has {number} cells, and no student's has over {CELLS}")
    attached = [c.get("attachments") for s in sheets for c in s["cells"] if isinstance(c, dict)]
    pictures = sum(len(a) for a in attached if isinstance(a, dict))
    if pictures > ATTACHMENTS:
        raise ValueError(f"it has {pictures} pictures, and no student's has over {ATTACHMENTS}")
    for sheet in sheets:
        sheet["cells"] = [bare for cell in sheet["cells"] if (bare := _bare(cell))]
    if number and not any(sheet["cells"] for sheet in sheets):
        raise ValueError("none of its cells is one")
    content["metadata"] = {}


def _bare(cell: Any) -> dict[str, Any] | None:
    """A cell's JSON without outputs, and without metadata except for nbgrader's; None if it isn't a
    cell."""
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        return None
    text = "input" if "input" in cell else "source"
    if not _is_text(cell.get(text)):
        return None
    lines = cell[text] if isinstance(cell[text], list) else [cell[text]]
    bare = {"cell_type": cell["cell_type"], text: unix_lines("".join(lines)), "metadata": {}}
    if isinstance(cell.get("id"), str):
        bare["id"] = cell["id"]
    if cell["cell_type"] == "code":
        bare |= {"outputs": [], "execution_count": None}
    if cell["cell_type"] == "heading":
        bare["level"] = 1
    if isinstance(cell.get("attachments"), dict):
        bare["attachments"] = {
            name: {kind: data for kind, data in kinds.items() if _is_text(data)}
            for name, kinds in cell["attachments"].items()
            if isinstance(kinds, dict)
        }
    meta = cell.get("metadata")
    given = meta.get("nbgrader") if isinstance(meta, dict) else None
    if isinstance(given, dict):
        known = {key: given[key] for key in METADATA if isinstance(given.get(key), str | int)}
        bare["metadata"]["nbgrader"] = known
    return bare


def _is_text(value: Any) -> bool:
    """Whether this is a text in the format of notebooks: a string, or a list of its lines."""
    lines = value if isinstance(value, list) else [value]
    return all(isinstance(line, str) for line in lines)


def grade_id(cell: NotebookNode) -> str:
    meta = cell.get("metadata", {}).get("nbgrader")
    name = meta.get("grade_id") if isinstance(meta, dict) else None
    return name if isinstance(name, str) else ""


def printable(text: str) -> str:
    """The text without characters that could harm a page, a terminal or a file."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def is_of_a_name(letter: str) -> bool:
    """Whether this is a letter, a digit, or a mark that many scripts write as a part of a letter."""
    return letter.isalnum() or unicodedata.category(letter) in ("Mn", "Mc")


def unix_lines(text: str) -> str:
    """The text with the ends of lines that a released notebook has."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def writable(text: str) -> str:
    """The text without lone surrogates (halves of a character), which JSON can hold and UTF-8 can't."""
    return text.encode(errors="replace").decode()
