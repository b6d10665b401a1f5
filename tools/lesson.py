"""From the text of a lesson to its solved notebook, cell by cell.

A lesson is MyST Markdown as jupytext reads it, with two markers of our own that name what belongs in
their place: ``{exercise} name`` becomes the answer cell and the locked check cell, ``{question} name``
the question and a cell for an answer that a human marks. The cells' text comes from ``solutions/``.
"""

from __future__ import annotations

import ast
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
MARKER = re.compile(
    r"^```\{(?P<kind>exercise|question)\} *(?P<name>\S*)\n(?P<body>.*?)^```$", re.M | re.S
)
POINTS = re.compile(r"^:points: *(\d+)$", re.M)


class LessonError(ValueError):
    """Something in a lesson or in a solution is not as the build needs it."""


@dataclass(frozen=True)
class Marker:
    """An ``{exercise}`` or a ``{question}`` in the text of a lesson."""

    kind: str
    name: str
    points: int
    text: str
    where: str


def read_lesson(path: Path) -> tuple[str, dict[str, Marker]]:
    """The text of a lesson with each marker replaced by an empty code cell that names it, and the
    markers by name.

    Raises
    ------
    LessonError
        If a marker has no name or no points, or a question no text; the line is named.
    """
    markers: dict[str, Marker] = {}
    source = path.read_text(encoding="utf-8")

    def replace(match: re.Match) -> str:
        kind, name, body = match["kind"], match["name"], match["body"]
        where = f"{path.name}, line {source.count(chr(10), 0, match.start()) + 1}"
        points = POINTS.search(body)
        text = POINTS.sub("", body).strip()
        if not name:
            raise LessonError(f"{where}: an {kind} needs a name: write ```{{{kind}}} its_name")
        if not points:
            raise LessonError(f"{where}: {name} needs a line `:points: 3`, say")
        if kind == "question" and not text:
            raise LessonError(f"{where}: the question {name} has no text")
        if name in markers:
            raise LessonError(f"{where}: {name} stands twice in this lesson")
        markers[name] = Marker(kind, name, int(points[1]), text, where)
        return f"```{{code-cell}} ipython3\n:tags: [{kind}]\n{name}\n```"

    return MARKER.sub(replace, source), markers


def solved_notebook(path: Path, solutions: Path) -> nbformat.NotebookNode:
    """The solved notebook of a lesson, the same to the byte each time."""
    text, markers = read_lesson(path)
    raw = jupytext.reads(text, fmt="md:myst")
    cells = []
    for cell in raw.cells:
        tags = cell.metadata.get("tags", [])
        if tags and tags[0] in ("exercise", "question"):
            marker = markers[cell.source.strip()]
            make = _exercise_cells if marker.kind == "exercise" else _question_cells
            cells += make(marker, solutions)
        elif cell.cell_type == "code":
            cells.append(new_code_cell(cell.source))
        else:
            cells.append(new_markdown_cell(cell.source))
    _name_cells(cells)
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "title": front_matter(path)["title"],
    }
    nbformat.validate(notebook)
    return notebook


def front_matter(path: Path) -> dict:
    """The title, the minutes and the summary at the head of a lesson.

    Raises
    ------
    LessonError
        If one of them is missing.
    """
    source = path.read_text(encoding="utf-8")
    head = re.match(r"---\n(.*?)\n---\n", source, re.S)
    values = yaml.safe_load(head[1]) if head else {}
    for key in ("title", "minutes", "summary"):
        if key not in values:
            raise LessonError(f"{path.name}: the lines between --- at its head must give `{key}:`")
    return values


def stub_of(path: Path) -> str:
    """The text of a solution with the region between the markers turned into a gap.

    Raises
    ------
    LessonError
        If there is not exactly one region, or no function of the file's name.
    """
    source = path.read_text(encoding="utf-8")
    if source.count(BEGIN) != 1 or source.count(END) != 1:
        raise LessonError(
            f"{path.name} needs one {BEGIN} and one {END}, around what a student writes"
        )
    definitions = [
        node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)
    ]
    if path.stem not in definitions:
        raise LessonError(f"{path.name} must define a function {path.stem}")
    return re.sub(
        rf"^( *){BEGIN}\n.*?{END}$",
        r"\1# YOUR CODE HERE\n\1raise NotImplementedError()",
        source,
        flags=re.M | re.S,
    )


def _exercise_cells(marker: Marker, solutions: Path) -> list[nbformat.NotebookNode]:
    path = solutions / f"{marker.name}.py"
    if not path.is_file():
        raise LessonError(f"{marker.where}: there is no solutions/{path.name}")
    stub_of(path)  # for its errors
    answer = re.sub(
        rf"^def {marker.name}\(", f"@fill\ndef {marker.name}(", path.read_text("utf-8"), flags=re.M
    )
    answer = re.sub(
        r"^from microlearn import ", "from microlearn import fill, ", answer, flags=re.M
    )
    if "import fill" not in answer:
        answer = answer.replace("\n\n\n@fill", "\n\nfrom microlearn import fill\n\n\n@fill", 1)
    answer = answer.replace("\n\n\n@fill", "\n\n@fill", 1).strip()
    test = f'from microlearn import check\n\ncheck("{marker.name}").points({marker.points})'
    return [
        _graded(new_code_cell(answer), marker.name, solution=True),
        _graded(new_code_cell(test), f"check_{marker.name}", grade=True, points=marker.points),
    ]


def _question_cells(marker: Marker, solutions: Path) -> list[nbformat.NotebookNode]:
    path = solutions / f"{marker.name}.md"
    if not path.is_file():
        raise LessonError(f"{marker.where}: there is no solutions/{path.name}, its marking guide")
    answer = path.read_text(encoding="utf-8").strip()
    return [
        _graded(new_markdown_cell(marker.text), f"{marker.name}_question"),
        _graded(
            new_markdown_cell(answer), marker.name, grade=True, solution=True, points=marker.points
        ),
    ]


def _graded(
    cell: nbformat.NotebookNode,
    grade_id: str,
    *,
    grade: bool = False,
    solution: bool = False,
    points: int | None = None,
) -> nbformat.NotebookNode:
    """Give a cell nbgrader's metadata; one without a solution is locked."""
    cell.metadata["nbgrader"] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    } | ({"points": points} if points is not None else {})
    return cell


def _name_cells(cells: list[nbformat.NotebookNode]) -> None:
    """Give every cell an id that depends on nothing but what it is."""
    seen: dict[str, int] = {}
    for cell in cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name is None:
            name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        count = seen[name] = seen.get(name, 0) + 1
        cell.id = (name if count == 1 else f"{name}-{count}")[:64]
