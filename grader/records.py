"""Writes down the outcome of a submission: the notebook, the marks, and a line in the log."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import reads
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from nbgrader.utils import parse_utc

from microlearn.drafts import draft_of

from .course import QUIET, Course
from .notebooks import Unreadable, read_bytes
from .secret import Damaged
from .submission import Graded

TIME = re.compile(
    r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?"
    r"( ?(Z|[+-]\d\d:?\d\d)| [A-Z][A-Za-z_/+-]{0,40}\d{0,2})?"
)
"""The times in ``timestamp.txt`` that are read. nbgrader opens the file that is named in the place of a
time zone, whichever it is."""


FIELDS = {"student", "key", "trouble", "retry", "notes", "marks", "attempted", "broken"}
"""What each line of a log has."""


class RunLog:
    """One line of JSON for each submission that was graded; a student's last one counts."""

    def __init__(self, course: Course, lesson: str) -> None:
        self.path = course.log / f"{lesson}.jsonl"
        self.entries: dict[str, dict[str, Any]] = {}
        if self.path.exists():
            for number, line in enumerate(self.path.read_bytes().splitlines(), 1):
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue  # the run was killed while it wrote this line
                if not isinstance(entry, dict) or FIELDS - entry.keys() - {"retry"}:
                    raise Damaged(
                        f"Line {number} of {self.path} is damaged. Delete the line: what it was about "
                        "is graded again, and nothing else."
                    )
                if "passing" in entry:  # the old name of `retry`
                    entry["retry"] = entry.pop("passing")
                self.entries[entry["student"]] = entry

    def add(self, student: str, key: str, graded: Graded) -> None:
        entry = {"student": student, "key": key, "at": time.strftime("%Y-%m-%d %H:%M:%S")}
        entry |= {name: value for name, value in asdict(graded).items() if name != "notebook"}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"\n{json.dumps(entry)}\n")
            file.flush()
            os.fsync(file.fileno())
        self.entries[student] = entry


def record(course: Course, lesson: str, student: str, graded: Graded) -> None:
    """Write the judged notebook, and the marks into the gradebook, as ``nbgrader autograde`` would."""
    folder = course.autograded / student / lesson
    at = timestamp(course, lesson, student)
    with course.gradebook() as book:
        book.update_or_create_student(student)
        kwargs = {"timestamp": at} if at else {}
        book.update_or_create_submission(lesson, student, **kwargs)
    resources = {
        "nbgrader": {
            "student": student,
            "assignment": lesson,
            "notebook": lesson,
            "db_url": course.directory.db_url,
        }
    }
    notebook = reads(graded.notebook)
    with draft_of(folder / f"{lesson}.ipynb") as draft:
        draft.write_text(graded.notebook, encoding="utf-8")
        draft.chmod(0o444)
        with _marks_by_hand_settled(course, lesson, student, notebook):
            for step in (SaveAutoGrades, AssignLatePenalties):
                step(config=course.config, log=QUIET).preprocess(notebook, resources)


@contextmanager
def _marks_by_hand_settled(
    course: Course, lesson: str, student: str, notebook: NotebookNode
) -> Iterator[None]:
    """Mark again as settled what nbgrader would have the instructor look at again: marks by hand where
    neither the answer has changed nor the points that the grader gives for it."""
    path = course.autograded / student / lesson / f"{lesson}.ipynb"
    earlier = _answers(nbformat.read(path, as_version=4)) if path.exists() else {}
    now = _answers(notebook)
    with course.gradebook() as book:
        grades = book.find_submission_notebook(lesson, lesson, student).grades
        marked = [g for g in grades if g.manual_score is not None and not g.needs_manual_grade]
        settled = {(g.name, g.auto_score, earlier.get(g.name)) for g in marked}
    yield
    with course.gradebook() as book:
        for grade in book.find_submission_notebook(lesson, lesson, student).grades:
            if (grade.name, grade.auto_score, now.get(grade.name)) in settled:
                grade.needs_manual_grade = False
        book.db.commit()


def _answers(notebook: NotebookNode) -> dict[str, str]:
    """The text of the answer that each graded cell is about."""
    metas = [(cell.metadata.get("nbgrader", {}), cell.source) for cell in notebook.cells]
    texts = {meta["grade_id"]: source for meta, source in metas if meta}
    return {name: texts.get(name.removeprefix("check_"), "") for name in texts}


def timestamp(course: Course, lesson: str, student: str) -> datetime | None:
    """When it was handed in, if nbgrader's exchange or the instructor has left a note of it."""
    path = course.submitted / student / lesson / "timestamp.txt"
    try:
        text = read_bytes(path).decode().strip()
        return parse_utc(text) if TIME.fullmatch(text) else None
    except (Unreadable, ValueError, OverflowError):
        return None
