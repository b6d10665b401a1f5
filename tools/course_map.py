"""Where a lesson is: the line below its title, the clock at its sections, its last cell, and START.

All of it is made from the lines at the head of ``lessons/NN_name.md``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

CODE, EXERCISE = 20, 250
"""Words that take as long to read as a cell of code, and as an exercise takes to solve."""
SECTION = re.compile(r"^## .*$", re.M)
PATHS = {
    "Ninety minutes, the whole idea": ("00", "01", "04"),
    "An afternoon, the five rules and a fair comparison": ("00", "01", "02", "04", "05", "06"),
}
"""Ways through the course; the first reads more than it writes."""


def lessons_beside(path: Path) -> list[Path]:
    return sorted(path.parent.glob("[0-9][0-9]_*.md"))


def orient(cells: list[nbformat.NotebookNode], path: Path, head_of: Callable[[Path], dict]) -> None:
    """Give the cells of a lesson its place, a clock, and an end.

    Parameters
    ----------
    head_of : what a lesson says at its head
    """
    all_of_them = lessons_beside(path)
    heads = {other: head_of(other) for other in all_of_them}
    _tell_the_time(cells, heads[path]["minutes"])
    if "needs" in heads[path]:
        title, _, rest = cells[0].source.partition("\n")
        cells[0].source = f"{title}\n\n{_place(path, heads)}\n{rest}".rstrip()
    if end := _end(path, heads):
        cells.append(new_markdown_cell(end))


def _place(path: Path, heads: dict[Path, dict]) -> str:
    number = path.stem[:2]
    before = [p for p in heads if p.stem[:2] in heads[path]["needs"]]
    after = [p for p in heads if number in heads[p].get("needs", ())]
    parts = [f"{heads[path]['minutes']} minutes"]
    parts += [f"needs {_links(before)}"] if before else ["needs no other lesson"]
    parts += [f"leads to {_links(after)}"] if after else []
    return f"*{' · '.join(parts)}* · [all lessons](../START.ipynb)"


def _links(paths: list[Path]) -> str:
    return ", ".join(f"[{p.stem[:2]}](../{p.stem}/{p.stem}.ipynb)" for p in paths)


def _tell_the_time(cells: list[nbformat.NotebookNode], minutes: int) -> None:
    """Below each section after the first, how long it takes to get there, in steps of five minutes."""
    lengths = [_length(cell) for cell in cells]
    passed, told = 0, {0}
    for cell, length in zip(cells, lengths, strict=True):
        if cell.cell_type == "markdown" and "nbgrader" not in cell.metadata:
            before, source = passed, cell.source

            def clock(match: re.Match, source: str = source, before: int = before) -> str:
                words = before + len(source[: match.start()].split())
                time = 5 * round(minutes * words / sum(lengths) / 5)
                if time in told:
                    return match[0]
                told.add(time)
                return f"{match[0]}\n\n*About {time} minutes to here.*"

            cell.source = SECTION.sub(clock, source)
        passed += length


def _length(cell: nbformat.NotebookNode) -> int:
    if cell.cell_type == "markdown":
        return len(cell.source.split())
    return EXERCISE if cell.metadata.get("nbgrader", {}).get("solution") else CODE


def _end(path: Path, heads: dict[Path, dict]) -> str:
    """Three lines to remember, the symbols, and the way on."""
    head, parts = heads[path], []
    if lines := head.get("remember"):
        parts.append("## Three lines to remember\n\n" + "\n".join(f"1. {line}" for line in lines))
    if symbols := head.get("symbols"):
        rows = "\n".join(f"| {symbol} | {words} |" for symbol, words in symbols.items())
        parts.append(f"| symbol | in words |\n|---|---|\n{rows}")
    later = [p for p in heads if p.stem > path.stem]
    if later and parts:
        following = later[0]
        link = f"../{following.stem}/{following.stem}.ipynb"
        parts.append(f"Next: [{following.stem[:2]} · {heads[following]['title']}]({link})")
    return "\n\n".join(parts)


def start_notebook(lessons: list[Path], head_of: Callable[[Path], dict]) -> nbformat.NotebookNode:
    """START.ipynb: where one is, where to go on, and the map."""
    heads = {path: head_of(path) for path in lessons}
    rows = [
        f"| [{p.stem[:2]} · {h['title']}]({p.stem}/{p.stem}.ipynb) | {h['summary']} | {h['minutes']} | "
        f"{', '.join(h.get('needs', ())) or '—'} |"
        for p, h in heads.items()
    ]
    ways = [
        f"- **{name}:** "
        + " → ".join(
            f"[{n}]({p.stem}/{p.stem}.ipynb)" for n in numbers for p in lessons if p.stem[:2] == n
        )
        for name, numbers in PATHS.items()
    ]
    head = (
        "# Start here\n\nClick into the next cell and press Shift + Enter: it shows where you are and "
        "where to go on. `progress()` shows the same in every lesson."
    )
    works = (
        "## How a lesson works\n\n"
        "- Run its cells from the top, one after the other, with Shift + Enter.\n"
        "- **Predict** before you look. Nothing is graded, and what you said stands beside the result.\n"
        "- Write your lines where it says `YOUR CODE HERE`, run that cell, then the `check` below it. "
        "`hint` helps in three steps.\n"
        "- What you write is kept in `my_rules/`: later lessons run with it, and the rings of "
        "`progress()` close as its checks pass."
    )
    way = (
        "## The lessons\n\n| lesson | what it is about | minutes | needs |\n|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n\n## Short ways\n\n"
        + "\n".join(ways)
        + "\n\nIn ninety minutes, read and predict, and write one exercise of each lesson: "
        "`use_reference` lets the others stand."
        '\n\n## Look something up\n\n`glossary("bias")` says a word or a symbol in plain words, and '
        "`cheat_sheet()` shows all rules."
    )
    cells = [
        new_markdown_cell(head),
        new_code_cell("from microlearn import *\n\nprogress()"),
        new_markdown_cell(f"{works}\n\n{way}"),
        new_code_cell("cheat_sheet()"),
    ]
    for k, cell in enumerate(cells):
        cell.id = f"start-{k}"
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "title": "Start here",
    }
    return notebook


def course_data(
    lessons: list[Path], head_of: Callable, markers_of: Callable, recap: Callable
) -> str:
    """What the package knows of the lessons, as JSON."""
    table = {}
    for path in lessons:
        head, markers = head_of(path), markers_of(path)
        table[path.stem] = {
            "title": head["title"],
            "minutes": head["minutes"],
            "summary": head["summary"],
            "needs": head.get("needs", []),
            "symbols": head.get("symbols", {}),
            "exercises": [m.name for m in markers if m.kind == "exercise"],
            "questions": [m.name for m in markers if m.kind == "question"],
            "recap": recap(path),
        }
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"
