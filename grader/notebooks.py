"""Reads a submitted notebook with care, and mends it.

Students copy, delete, move and rename cells; grading marks get lost; files change their encoding. The
released notebook says which graded cells there are and what they are worth. Only the text of the
answers comes from the submission.
"""

from __future__ import annotations

import copy
import functools
import json
import os
import re
import stat
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from microlearn.exercises import exercise_names

from .sandbox import ROOT

LIMIT = 50 * 2**20
"""The largest notebook that is read, in bytes; a lesson with all its pictures has one or two million."""
PARTS = 1_000_000
"""The most values that a file may hold, in JSON; a solved lesson has a few thousand. In memory a value
can take sixty times its bytes in the file."""
CELLS = 20_000
"""The most cells that are read. In memory a cell can take a hundred times its bytes in the file."""
ATTACHMENTS = 1000
TEXTS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.S)
"""A text in JSON, or the beginning of one without an end. It is found in one pass, whatever is in it."""

METADATA = ("grade", "grade_id", "locked", "solution", "schema_version")
"""The metadata by which nbgrader knows a cell."""


PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""The kinds of pictures that can't hold a script."""


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
def released_answers() -> dict[str, str]:
    """The text of each exercise's answer cell as it was handed out, in the order of the course."""
    return {
        name: cell.source
        for path in sorted((ROOT / "notebooks").glob("[0-9]*/*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and (name := _grade_id(cell)) in exercise_names()
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
        raise Unreadable(f"it is no notebook: not JSON from line {error.lineno} on") from None
    except RecursionError:
        raise Unreadable("it is no notebook: nested too deeply") from None
    except Exception as error:  # nbformat raises many kinds where a file is strange
        raise Unreadable(f"it is no notebook: {str(error)[:200] or type(error).__name__}") from None
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
    bare = {key: cell[key] for key in ("cell_type", text)} | {"metadata": {}}
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


def normalise(submitted: NotebookNode, original: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """The submission with every graded cell exactly once, as it was released, except for the student's
    answers; and notes on what was mended.

    A cell is recognised by its ``grade_id``, else by its cell id, else by the function that it defines.
    If there are several for one graded cell, the last one counts that was changed and defines the
    exercise. The others stay as ordinary cells, and so do all cells that the student added. They lose
    their outputs, and HTML and links that could act: the formgrader shows a text as it is, and its page
    can change marks.
    """
    notes: list[str] = []
    notebook = copy.deepcopy(original)
    graded = {_grade_id(cell): cell for cell in original.cells if _grade_id(cell)}
    claims: dict[str, list[NotebookNode]] = {name: [] for name in graded}
    for cell in submitted.cells:
        name = _claim(cell, graded)
        if name:
            claims[name].append(cell)
        elif _grade_id(cell):
            notes.append(f"the lesson has no cell {_grade_id(cell)[:60]!r}")
    chosen: dict[int, NotebookNode] = {}
    for name, found in claims.items():
        if found:
            chosen[id(_the_one(found, graded[name]))] = graded[name]
        else:
            notes.append(f"{name} was missing and was put back")
        if len(found) > 1:
            notes.append(f"{name} stood there {len(found)} times: the last changed one counts")

    notebook.cells = []
    for cell in submitted.cells:
        pristine = chosen.get(id(cell))
        mended = _ordinary(cell) if pristine is None else _mended(cell, pristine, notes)
        _disarm(mended, original, notes)
        notebook.cells.append(mended)
    _put_back(notebook, original)
    _name_cells(notebook)
    return notebook, [printable(note) for note in notes]


def _grade_id(cell: NotebookNode) -> str:
    meta = cell.get("metadata", {}).get("nbgrader")
    name = meta.get("grade_id") if isinstance(meta, dict) else None
    return name if isinstance(name, str) else ""


def _claim(cell: NotebookNode, graded: dict[str, NotebookNode]) -> str | None:
    """The name of the graded cell that this is, or that this is a copy of."""
    for name in (_grade_id(cell), cell.get("id")):
        if name in graded:
            return name
    if cell.cell_type == "code" and "@fill" in cell.source:
        defined = re.search(r"^@fill\b[^\n]*\n+def (\w+)", cell.source, re.M)
        if defined and defined[1] in graded:
            return defined[1]
    return None


def _the_one(found: list[NotebookNode], pristine: NotebookNode) -> NotebookNode:
    """The last cell that was changed and defines the exercise, else the last that was changed."""
    changed = [cell for cell in found if cell.source.strip() != pristine.source.strip()]
    name = re.escape(_grade_id(pristine))
    definition = re.compile(rf"^[ \t]*(def[ \t]+{name}\b|{name}[ \t]*=(?!=))", re.M)
    defining = [cell for cell in changed if definition.search(cell.source)]
    return (defining or changed or found)[-1]


def _mended(cell: NotebookNode, pristine: NotebookNode, notes: list[str]) -> NotebookNode:
    """The pristine cell, with the student's text if it is an answer."""
    name, whole = _grade_id(pristine), copy.deepcopy(pristine)
    if pristine.metadata.nbgrader["locked"]:
        if cell.source.strip() != pristine.source.strip():
            notes.append(f"{name} had been edited, and is as it was released")
    else:
        whole.source = writable(cell.source)
        whole.update(_pictures(cell))
    seen, meant = cell.metadata.get("nbgrader"), pristine.metadata.nbgrader
    if cell.cell_type != pristine.cell_type:
        notes.append(f"{name} had become a {cell.cell_type[:20]} cell")
    elif not isinstance(seen, dict) or any(seen.get(key) != meant[key] for key in METADATA):
        notes.append(f"{name} had lost or changed its grading marks")
    return whole


def _ordinary(cell: NotebookNode) -> NotebookNode:
    """A cell that the student added: its text, without metadata or outputs."""
    if cell.cell_type == "code":
        return nbformat.v4.new_code_cell(writable(cell.source))
    return nbformat.v4.new_markdown_cell(writable(cell.source), **_pictures(cell))


def _pictures(cell: NotebookNode) -> dict[str, dict]:
    """The pictures that are attached to a text cell, as JupyterLab does when one is pasted."""
    found = cell.get("attachments")
    if cell.cell_type != "markdown" or not isinstance(found, dict):
        return {}
    kept = {}
    for name, kinds in found.items():
        of_any_kind = kinds.items() if isinstance(kinds, dict) else ()
        data = {kind: str(text) for kind, text in of_any_kind if kind in PICTURES}
        right = all(re.fullmatch(r"[A-Za-z0-9+/=\s]+", text) for text in data.values())
        if data and right and re.fullmatch(r"[\w.-]+", name, re.ASCII):
            kept[name] = data
    return {"attachments": kept} if kept else {}


def printable(text: str) -> str:
    """The text without characters that could harm a page, a terminal or a file."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def writable(text: str) -> str:
    """The text without lone surrogates (halves of a character), which JSON can hold and UTF-8 can't."""
    return text.encode(errors="replace").decode()


def _disarm(cell: NotebookNode, original: NotebookNode, notes: list[str]) -> None:
    """Put a space into HTML tags, and into links that lead to anything but pages, mail addresses and
    pictures, unless the text is the lesson's own. (A space changes no formula.)"""
    if cell.cell_type == "code" or any(cell.source == known.source for known in original.cells):
        return
    honest = [r"(?i:https?://|mailto:)", *(f"data:{kind};base64," for kind in PICTURES)]
    attached, may_lead = cell.get("attachments", {}), re.compile("|".join(honest))

    def kept_or_parted(link: re.Match) -> str:
        """The brackets of a link as they are, or with a space if its target may not be led to."""
        start = link.end()
        picture = re.compile(r"attachment:([\w.-]+)[ )]").match(text, start)
        leads = picture[1] in attached if picture else may_lead.match(text, start)
        return link[0] if leads else "] " + link[0][1:]

    text = re.sub(r"<(?=[A-Za-z/!?])", "< ", cell.source)
    # The target of a link stands behind `](`, or further down behind `]:`.
    text = re.sub(r"\][(:]\s*", kept_or_parted, text)
    if text != cell.source:
        cell.source = text
        notes.append("HTML or a link in a text cell is shown as text")


def _put_back(notebook: NotebookNode, original: NotebookNode) -> None:
    """Insert the missing graded cells, each behind the graded cell that it followed when released."""
    at = {_grade_id(cell): index for index, cell in enumerate(notebook.cells) if _grade_id(cell)}
    previous = None
    for cell in original.cells:
        name = _grade_id(cell)
        if name and name not in at:
            where = at[previous] + 1 if previous else 0
            notebook.cells.insert(where, copy.deepcopy(cell))
            at = {n: i + (i >= where) for n, i in at.items()} | {name: where}
        previous = name or previous


def _name_cells(notebook: NotebookNode) -> None:
    """Give every other cell an id of its own."""
    taken: set[str] = set()
    for index, cell in enumerate(notebook.cells):
        if _grade_id(cell):
            taken.add(cell.id)
        else:
            cell.id = f"cell-{index}"
