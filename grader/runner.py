"""Grades a folder of submissions, in parallel, and can be stopped and started again.

Every submission is graded by a worker of its own, here or on a Dask cluster. What comes back is written
down at once, in this order: the notebook with the verdicts, the marks in nbgrader's gradebook, a line
in the run's log. A submission whose line is there is never graded again, unless it has changed or the
course has, or the trouble was not its own.
"""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
import os
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from nbgrader.utils import parse_utc
from pebble import ProcessPool
from sqlalchemy.exc import SAWarning
from tqdm import tqdm
from traitlets.config import Config, PyFileConfigLoader

from . import sandbox
from .collect import Handed, in_course
from .notebooks import Unreadable, read_bytes, released
from .sandbox import NoSandbox
from .secret import course_secret
from .submission import Graded, OtherVersion, fingerprint, grade


class Course:
    """The folder of a course, with nbgrader's configuration and gradebook."""

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
        """Make sure that the gradebook knows the lesson, as ``nbgrader generate_assignment`` does."""
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

    def enrol(self, handed: Handed) -> None:
        """Put a student into the gradebook, under the name and number that the LMS has for them."""
        first, _, last = handed.name.rpartition(" ")
        with self.gradebook() as book:
            book.update_or_create_student(
                handed.student, first_name=first, last_name=last, lms_user_id=handed.number
            )


class RunLog:
    """One line of JSON for each submission that was graded; the last one of a student counts."""

    def __init__(self, course: Course, lesson: str) -> None:
        self.path = course.log / f"{lesson}.jsonl"
        self.entries: dict[str, dict[str, Any]] = {}
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                try:
                    entry = json.loads(line)
                except json.JSONDecodeError:
                    continue  # the line that was being written when the run was killed
                self.entries[entry["student"]] = entry

    def add(self, student: str, key: str, graded: Graded) -> None:
        entry = {"student": student, "key": key, "at": time.strftime("%Y-%m-%d %H:%M:%S")}
        entry |= {name: value for name, value in graded.plain().items() if name != "notebook"}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"\n{json.dumps(entry)}\n")
            file.flush()
            os.fsync(file.fileno())
        self.entries[student] = entry


@dataclass(frozen=True)
class Task:
    student: str
    key: str
    raw: bytes


def run(
    course: Course, lesson: str, *, jobs: int, dask: str | None = None, again: bool = False
) -> RunLog:
    """Grade every submission of a lesson that is not graded yet.

    Parameters
    ----------
    jobs : workers on this machine
    dask : the address of a Dask cluster whose workers have this course, to use instead
    again : grade those that were graded before, too

    Raises
    ------
    NoSandbox, OtherVersion
        If the workers can't grade; nothing is written down for their submissions.
    """
    course.release(lesson)
    log, tasks, before = RunLog(course, lesson), [], 0
    with course.gradebook() as book:
        known = {s.student_id for s in book.assignment_submissions(lesson)}
    for student, path in in_course(course.submitted, lesson).items():
        raw, trouble = b"", ""
        try:
            raw = read_bytes(path)
        except Unreadable as error:
            trouble = str(error)
        key = hashlib.sha256(
            b"\0".join([raw, trouble.encode(), fingerprint().encode()])
        ).hexdigest()
        done = log.entries.get(student, {})
        if (
            not again
            and done.get("key") == key
            and not done["passing"]
            and (done["trouble"] or student in known)
        ):
            before += 1
            continue
        if trouble:
            log.add(student, key, Graded(trouble=trouble))
        else:
            tasks.append(Task(student, key, raw))
    if before:
        print(f"{lesson}: {before} graded before, {len(tasks)} to grade.")
    work = (
        _on_a_cluster(dask, tasks, course, lesson) if dask else _here(jobs, tasks, course, lesson)
    )
    for task, graded in tqdm(
        work, total=len(tasks), desc=lesson, unit="submission", disable=not tasks
    ):
        if not graded.trouble:
            try:
                _record(course, lesson, task.student, graded)
            except (ValueError, ArithmeticError, LookupError) as error:
                # One that can't be written down must not keep the others from it.
                graded = _passing(f"its marks can't be written down: {error}")
        log.add(task.student, task.key, graded)
    return log


def patience(lesson: str) -> float:
    """Seconds for one submission: the limits of all its exercises, and one more for all the rest."""
    metas = [cell.metadata.get("nbgrader", {}) for cell in released(lesson).cells]
    exercises = [meta for meta in metas if meta.get("grade") and not meta["solution"]]
    return sandbox.SECONDS * (len(exercises) + 1)


def _passing(why: str) -> Graded:
    return Graded(trouble=f"{why}; the next run tries again", passing=True)


def _here(
    jobs: int, tasks: list[Task], course: Course, lesson: str
) -> Iterator[tuple[Task, Graded]]:
    """Grade in processes on this machine. One that dies takes no other submission with it."""
    # Each worker waits for its sandbox half of the time; more threads would only get in the way.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["grader.submission"])
    secret, version, seconds = course_secret(course.folder), fingerprint(), patience(lesson)
    pool = ProcessPool(max_workers=min(jobs, len(tasks) or 1), context=context)
    try:
        futures = {
            pool.schedule(grade, [task.raw, lesson, secret, version], timeout=seconds): task
            for task in tasks
        }
        for future in as_completed(futures):
            try:
                graded = future.result()
            except (NoSandbox, OtherVersion):
                raise
            except TimeoutError:
                graded = _passing(f"it took more than {seconds:g} seconds")
            except Exception as error:  # the worker has died, or the submission was too much for it
                graded = _passing(f"the grader failed on it: {error or type(error).__name__}")
            yield futures[future], graded
    finally:
        pool.stop()
        pool.join()


def _on_a_cluster(
    address: str, tasks: list[Task], course: Course, lesson: str
) -> Iterator[tuple[Task, Graded]]:
    """Grade on the workers of a Dask cluster. The work of one that is lost goes to another."""
    from distributed import Client
    from distributed import as_completed as as_they_come

    secret, version = course_secret(course.folder), fingerprint()
    with Client(address) as client:
        futures = {
            client.submit(grade, task.raw, lesson, secret, version, pure=False, retries=2): task
            for task in tasks
        }
        for future in as_they_come(list(futures)):
            try:
                graded = future.result()
            except (NoSandbox, OtherVersion):
                raise
            except Exception as error:
                graded = _passing(f"the grader failed on it: {error or type(error).__name__}")
            yield futures[future], graded


def _record(course: Course, lesson: str, student: str, graded: Graded) -> None:
    """Write the judged notebook, and the marks into the gradebook, as ``nbgrader autograde`` would."""
    folder = course.autograded / student / lesson
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{lesson}.{os.getpid()}.tmp"
    draft.write_text(graded.notebook, encoding="utf-8")
    draft.chmod(0o444)
    timestamp = _timestamp(course, lesson, student)
    with course.gradebook() as book:
        book.update_or_create_student(student)
        kwargs = {"timestamp": timestamp} if timestamp else {}
        book.update_or_create_submission(lesson, student, **kwargs)
    resources = {
        "nbgrader": {
            "student": student,
            "assignment": lesson,
            "notebook": lesson,
            "db_url": course.directory.db_url,
        }
    }
    notebook = nbformat.reads(graded.notebook, as_version=4)
    with _marks_by_hand_settled(course, lesson, student, notebook):
        for step in (SaveAutoGrades, AssignLatePenalties):
            step(config=course.config, log=_SILENT).preprocess(notebook, resources)
    draft.replace(folder / f"{lesson}.ipynb")


@contextmanager
def _marks_by_hand_settled(
    course: Course, lesson: str, student: str, notebook: NotebookNode
) -> Iterator[None]:
    """nbgrader wants every mark that was given by hand looked at again. Here only those are where the
    answer has changed since, or the points that it earns by itself."""
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
    """What stands in the answer that each graded cell is about."""
    metas = [(cell.metadata.get("nbgrader", {}), cell.source) for cell in notebook.cells]
    texts = {meta["grade_id"]: source for meta, source in metas if meta}
    return {name: texts.get(name.removeprefix("check_"), "") for name in texts}


def _timestamp(course: Course, lesson: str, student: str) -> Any:
    """When it was handed in, if nbgrader's exchange or the instructor has written that down."""
    path = course.submitted / student / lesson / "timestamp.txt"
    try:
        return parse_utc(read_bytes(path).decode().strip())
    except (Unreadable, ValueError, OverflowError):
        return None


# What nbgrader says of every cell, and SQLAlchemy of nbgrader, would drown the progress bar.
_SILENT = logging.getLogger("microlearn.grader")
_SILENT.setLevel(logging.ERROR)
warnings.filterwarnings("ignore", category=SAWarning)
