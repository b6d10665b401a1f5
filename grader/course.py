"""The folder of a course, with nbgrader's configuration and gradebook."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config, PyFileConfigLoader

from .collect import Upload
from .notebooks import released

QUIET = logging.getLogger("microlearn.grader")
"""Takes nbgrader's messages about every cell, which would break up the progress bar."""
QUIET.setLevel(logging.ERROR)
warnings.filterwarnings("ignore", category=SAWarning)  # SQLAlchemy's about nbgrader, likewise


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
        self.log = folder / "grading" / "runs"

    def gradebook(self) -> Gradebook:
        return Gradebook(self.directory.db_url, self.directory.course_id)

    def release(self, lesson: str) -> None:
        """Put the lesson into the gradebook if it isn't there, as ``nbgrader generate_assignment`` does.

        Raises
        ------
        FileNotFoundError
            If there is no such lesson.
        RuntimeError
            If nbgrader can't generate the assignment; the message has its log.
        """
        released(lesson)
        with self.gradebook() as book:
            try:
                if book.find_assignment(lesson).notebooks:
                    return
            except MissingEntry:
                pass
        from nbgrader.apps.api import NbGraderAPI

        done = NbGraderAPI(config=self.config, coursedir=self.directory).generate_assignment(lesson)
        if not done["success"]:
            raise RuntimeError(f"nbgrader generate_assignment {lesson} failed:\n{done['log']}")

    def enrol(self, upload: Upload) -> None:
        """Put a student into the gradebook, with the name and number that the platform has for them."""
        first, _, last = upload.name.rpartition(" ")
        with self.gradebook() as book:
            book.update_or_create_student(
                upload.student, first_name=first, last_name=last, lms_user_id=upload.lms_id
            )
