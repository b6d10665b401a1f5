"""The folder of a course, with nbgrader's configuration and gradebook."""

from __future__ import annotations

import functools
import logging
import re
import warnings
from pathlib import Path

import nbgrader.api
from nbformat import NotebookNode
from nbgrader.api import Assignment, Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config, PyFileConfigLoader

from .collect import Upload, folder_name
from .notebooks import released
from .platforms import Person
from .roster import Roster

QUIET = logging.getLogger("microlearn.grader")
"""Takes nbgrader's messages about every cell, which would break up the progress bar."""
QUIET.setLevel(logging.ERROR)
# nbgrader opens the gradebook anew for each step, with an engine that compiles all statements again.
nbgrader.api.create_engine = functools.lru_cache(nbgrader.api.create_engine)
warnings.filterwarnings("ignore", category=SAWarning)  # SQLAlchemy's about nbgrader, likewise


CODE = re.compile(r"[<>&\"`\x00-\x1f\x7f]")
"""Signs that the formgrader's pages would take for code in a name: nbgrader shows names as they are."""


class OtherLesson(RuntimeError):
    """A lesson has other exercises or questions than the gradebook."""


class Course:
    """A course in its folder.

    Raises
    ------
    FileNotFoundError
        If the folder has no nbgrader_config.py.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "nbgrader_config.py").is_file():
            raise FileNotFoundError(
                f"{folder} has no nbgrader_config.py: run this from the folder of the course."
            )
        self.folder = folder
        self.config: Config = PyFileConfigLoader("nbgrader_config.py", str(folder)).load_config()
        self.directory = CourseDirectory(config=self.config, root=str(folder))
        self.submitted = folder / self.directory.submitted_directory
        self.autograded = folder / self.directory.autograded_directory
        self.grading = folder / "grading"
        self.log = self.grading / "runs"

    def gradebook(self) -> Gradebook:
        return Gradebook(self.directory.db_url, self.directory.course_id)

    def release(self, lesson: str) -> None:
        """Put the lesson into the gradebook if it isn't there, as ``nbgrader generate_assignment`` does.

        Raises
        ------
        FileNotFoundError
            If there is no such lesson.
        OtherLesson
            If it has other exercises or questions than when the first student was graded.
        RuntimeError
            If nbgrader can't generate the assignment; the message has its log.
        """
        now = _graded(released(lesson))
        with self.gradebook() as book:
            try:
                assignment = book.find_assignment(lesson)
                then = _in_gradebook(assignment)
                graded = assignment.num_submissions
            except MissingEntry:
                then, graded = {}, 0
        if then == now:
            return
        if graded and then.keys() != now.keys():
            added, left_out = sorted(now.keys() - then.keys()), sorted(then.keys() - now.keys())
            raise OtherLesson(
                f"{lesson} has changed since {graded} students were graded (added: "
                f"{', '.join(added) or 'nothing'}; left out: {', '.join(left_out) or 'nothing'}), and "
                "nbgrader's gradebook can't follow. Bring the lesson back, or grade in a new folder."
            )
        from nbgrader.apps.api import NbGraderAPI

        done = NbGraderAPI(config=self.config, coursedir=self.directory).generate_assignment(lesson)
        if not done["success"]:
            raise RuntimeError(f"nbgrader generate_assignment {lesson} failed:\n{done['log']}")

    def roster(self) -> Roster:
        return Roster(self.grading / "roster.csv")

    def read_list(self, file: Path, lesson: str) -> dict[str, str]:
        """Join a platform's list of a class with the roster, and enrol all who are on it.

        Returns
        -------
        When each student has handed in, where the list says so.

        Raises
        ------
        UnknownList
            If it is the list of no platform.
        """
        roster = self.roster()
        with self.gradebook() as book:
            known = {each.lms_user_id: each.id for each in book.students if each.lms_user_id}

        def folder_of(person: Person, lms_id: str) -> str:
            return known.get(lms_id) or folder_name(person.name or lms_id)

        times = roster.add(file, lesson, folder_of)
        for student, name in roster:
            self.enrol(student, name, roster.number(student, ""))
        return times

    def enrol(self, student: str, name: str, lms_id: str) -> None:
        """Put a student into the gradebook, with the name and number that the platform has for them."""
        last, comma, first = CODE.sub(" ", name).partition(", ")
        if not comma:
            first, _, last = last.rpartition(" ")
        with self.gradebook() as book:
            book.update_or_create_student(
                student, first_name=first, last_name=last, lms_user_id=lms_id
            )

    def enrol_upload(self, upload: Upload) -> None:
        """Enrol a student whom no list names."""
        self.enrol(upload.student, upload.label.name, upload.lms_id)


def _graded(notebook: NotebookNode) -> dict[str, tuple[float | None, str]]:
    """The points of each cell that nbgrader knows, and its text."""
    metas = [(cell.metadata.get("nbgrader"), cell.source) for cell in notebook.cells]
    return {
        meta["grade_id"]: (float(meta["points"]) if meta["grade"] else None, source)
        for meta, source in metas
        if meta
    }


def _in_gradebook(assignment: Assignment) -> dict[str, tuple[float | None, str]]:
    """The same of the lesson that the gradebook has."""
    found = {}
    for notebook in assignment.notebooks:
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        for cell in notebook.source_cells:
            found[cell.name] = (points.get(cell.name), cell.source)
    return found
