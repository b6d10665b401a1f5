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
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import reads
from nbgrader import utils
from nbgrader.api import Comment, Grade, Gradebook, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.orm import joinedload

from microlearn.drafts import draft_of

from .course import QUIET, Course
from .notebooks import Unreadable, grade_id, read_bytes
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


def record(course: Course, book: Gradebook, lesson: str, student: str, graded: Graded) -> None:
    """Write the judged notebook, and the marks into the gradebook, as ``nbgrader autograde`` would."""
    path = course.autograded / student / lesson / f"{lesson}.ipynb"
    at = timestamp(course, lesson, student)
    kwargs = {"timestamp": at} if at else {}
    notebook = reads(graded.notebook)
    with draft_of(path) as draft:
        draft.write_text(graded.notebook, encoding="utf-8")
        draft.chmod(0o444)
        with _in_one_transaction(book):
            book.update_or_create_student(student)
            submission = book.update_or_create_submission(lesson, student, **kwargs)
            of_notebook = next(each for each in submission.notebooks if each.name == lesson)
            _save(book, of_notebook, notebook, path)
            of_notebook.late_submission_penalty = None
            is_late = submission.total_seconds_late > 0
        if is_late:
            names = {"student": student, "assignment": lesson, "notebook": lesson}
            step = AssignLatePenalties(config=course.config, log=QUIET)
            step.preprocess(notebook, {"nbgrader": names | {"db_url": course.directory.db_url}})


@contextmanager
def _in_one_transaction(book: Gradebook) -> Iterator[None]:
    """Commit once, in the end: each function of nbgrader's commits, and waits for the disk. In here that
    ends nothing, since the transaction is not the session's own."""
    book.db.remove()
    with book.engine.begin() as connection:
        book.db(bind=connection, join_transaction_mode="rollback_only", expire_on_commit=False)
        try:
            yield
            book.db.flush()
        finally:
            book.db.remove()


def _save(book: Gradebook, of: SubmittedNotebook, notebook: NotebookNode, path: Path) -> None:
    """Save the marks and comments that nbgrader's SaveAutoGrades would, which asks the gradebook a few
    times for each cell.

    Marks by hand stay settled where neither the answer has changed nor the points that the grader gives
    for it: nbgrader would have the instructor look at them all again.

    Parameters
    ----------
    of : the notebook's entry in the gradebook
    path : where the notebook of the last run is, if there was one
    """
    grades = {g.name: g for g in _with_cells(book, Grade, of)}
    comments = {c.name: c for c in _with_cells(book, Comment, of)}
    was_marked = any(g.manual_score is not None for g in grades.values()) and path.exists()
    earlier = _answers(nbformat.read(path, as_version=4)) if was_marked else {}
    now = _answers(notebook)
    for cell in notebook.cells:
        if utils.is_grade(cell):
            grade = grades[name := grade_id(cell)]
            points, _ = utils.determine_grade(cell, QUIET)
            if grade.manual_score is None:
                grade.needs_manual_grade = points is None
            elif (grade.auto_score, earlier.get(name)) != (points, now.get(name)):
                grade.needs_manual_grade = True
            grade.auto_score = points
        if utils.is_solution(cell) or utils.is_task(cell):
            is_blank = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
            blank = is_blank and not utils.is_task(cell)
            comments[grade_id(cell)].auto_comment = "No response." if blank else None


def _with_cells(book: Gradebook, kind: Any, of: SubmittedNotebook) -> list:
    """The grades or comments of a notebook, with the cells that have their names, in one question."""
    found = book.db.query(kind).filter_by(notebook_id=of.id).options(joinedload(kind.cell))
    return list(found)


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
        return utils.parse_utc(text) if TIME.fullmatch(text) else None
    except (Unreadable, ValueError, OverflowError):
        return None
