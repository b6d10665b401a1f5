"""Where a student is: a ring for each lesson, from the kept answers and their last checks."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass
from math import pi

from .. import kept
from ..looks import GREEN
from ..places import working_folder
from . import lessons


@dataclass(frozen=True)
class Progress:
    """How many exercises of each lesson have an answer, how many answers have passed, and how many files
    are none."""

    written: dict[str, int]
    passed: dict[str, int]
    damaged: dict[str, int]
    folder: str
    """Where the answers are kept that this notebook finds, and new ones are put."""

    @property
    def next(self) -> str | None:
        """The first lesson that has been begun and not finished; else the first that has not begun."""
        open_ones = [name for name in lessons() if self.passed[name] < _size(name)]
        begun = [name for name in open_ones if self.written[name]]
        return next(iter([*begun, *open_ones]), None)

    def _repr_html_(self) -> str:
        lines = []
        for name, lesson in lessons().items():
            title = html.escape(f"{name[:2]} · {lesson['title']}")
            lines.append(
                f"<tr><td>{_ring(self.passed[name], _size(name))}</td>"
                f'<td style="text-align:left"><a href="{_link(name)}">{title}</a></td>'
                f"<td>{lesson['minutes']} min</td><td>{html.escape(self.words(name))}</td></tr>"
            )
        on = self.next
        way = (
            f'<p><b>Continue here: <a href="{_link(on)}">{on[:2]} · '
            f"{html.escape(lessons()[on]['title'])}</a></b></p>"
            if on
            else "<p><b>Every exercise of the course has passed its check.</b></p>"
        )
        return f"{way}<table>{''.join(lines)}</table><p>{html.escape(self.place)}</p>"

    @property
    def place(self) -> str:
        """Which folder that is, in a sentence."""
        home, folder = os.path.expanduser("~") + os.sep, self.folder
        if folder.startswith(home):
            folder = os.path.join("~", folder.removeprefix(home))
        if any((*self.written.values(), *self.damaged.values())):
            return f"Your answers are kept in {folder}."
        return (
            f"Your answers will be kept in {folder}, where there are none yet. If you have moved this "
            "notebook, move your folder my_rules, too."
        )

    def words(self, name: str) -> str:
        """The state of a lesson."""
        waiting = self.written[name] - self.passed[name]
        more = f", {waiting} to check again" if waiting else ""
        if damaged := self.damaged[name]:
            more += f", {damaged} in a damaged file"
        return f"{self.passed[name]} of {_size(name)} exercises passed{more}"

    def __repr__(self) -> str:
        lines = [
            f"{name[:2]} {lesson['title']}: {self.words(name)}; {lesson['minutes']} minutes"
            for name, lesson in lessons().items()
        ]
        on = f"Continue with {self.next}." if self.next else "Every exercise has passed its check."
        return "\n".join([*lines, on, self.place])


def progress() -> Progress:
    """Show how far you are in each lesson, and where to go on.

    An exercise counts as passed if its answer in ``my_rules/`` has passed its check since it was
    written. Which folder that is stands below.
    """
    written, passed, damaged, places = {}, {}, {}, set()
    for name, lesson in lessons().items():
        versions = {
            exercise: [(path, kept.version_of(path)) for path in _copies(exercise)]
            for exercise in lesson["exercises"]
        }
        there = {e: [c for c in copies if c[1]] for e, copies in versions.items()}
        found = {
            e: [c for c in copies if kept.is_whole(c[0], e, c[1])] for e, copies in there.items()
        }
        places |= {os.path.dirname(copies[0][0]) for copies in there.values() if copies}
        written[name] = sum(map(bool, found.values()))
        passed[name] = sum(
            bool(copies) and kept.has_passed(*copies[0]) for copies in found.values()
        )
        damaged[name] = sum(bool(there[e]) and not found[e] for e in found)
    folders = [*kept.folders()]
    folder = next((folder for folder in folders if folder in places), folders[0])
    return Progress(written, passed, damaged, folder)


def _copies(exercise: str) -> list[str]:
    return [os.path.join(folder, f"{exercise}.py") for folder in kept.folders()]


def _size(name: str) -> int:
    return len(lessons()[name]["exercises"])


def _link(name: str) -> str:
    here = os.path.basename(working_folder())
    up = "../" if here[:2].isdigit() and here[2:3] == "_" else ""
    return f"{up}{name}/{name}.ipynb"


def _ring(done: int, of: int) -> str:
    """A ring that closes as exercises pass; the words beside it say the same."""
    around = 2 * pi * 8
    length = around * done / max(of, 1)
    return (
        '<svg width="22" height="22" style="min-width:22px" viewBox="0 0 22 22" aria-hidden="true" '
        'fill="none" stroke-width="4">'
        '<circle cx="11" cy="11" r="8" stroke="currentColor" stroke-opacity="0.25"/>'
        f'<circle cx="11" cy="11" r="8" stroke="{GREEN}" transform="rotate(-90 11 11)" '
        f'stroke-dasharray="{length:.1f} {around:.1f}"/></svg>'
    )
