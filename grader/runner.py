"""Grades a folder of submissions, in parallel, and can be stopped and started again.

Every submission is graded by a worker of its own, here or on a Dask cluster. Its outcome is written
down at once, in this order: the notebook with the verdicts, the marks in nbgrader's gradebook, a line
in the run's log. A submission with such a line is not graded again, unless the submission or the course
has changed, or the trouble was not the submission's own.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import Future, as_completed
from dataclasses import dataclass

from nbgrader.api import Gradebook
from pebble import ProcessPool
from tqdm import tqdm

from . import sandbox, workers
from .collect import in_course
from .course import CODE, Course
from .notebooks import Unreadable, read_bytes
from .records import RunLog, record
from .sandbox import NoSandbox
from .secret import course_secret
from .submission import Graded, OtherVersion, fingerprint, grade

AGAIN = "; the next run tries again"


@dataclass(frozen=True)
class Task:
    """A submission to grade: its bytes, or why there are none."""

    student: str
    raw: bytes = b""
    trouble: str = ""
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Identifies the submission, by its first half, and the version of the course that graded it."""
        submission = hashlib.sha256(self.raw + b"\0" + self.trouble.encode()).hexdigest()
        return submission[:32] + hashlib.sha256(fingerprint().encode()).hexdigest()[:32]


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
    log, tasks = RunLog(course, lesson), []
    with course.gradebook() as book:
        in_gradebook = {found.student_id for found in book.assignment_submissions(lesson)}
    done = 0
    for task in _tasks(course, lesson):
        if not again and _is_done(task, log, task.student in in_gradebook):
            done += 1
        elif task.trouble:
            log.add(task.student, task.key, Graded(trouble=task.trouble))
        else:
            tasks.append(task)
    if done:
        print(f"{lesson}: {done} graded before, {len(tasks)} to grade.")
    graded_tasks = (
        _on_a_cluster(dask, tasks, course, lesson) if dask else _here(jobs, tasks, course, lesson)
    )
    bar = tqdm(graded_tasks, desc=lesson, total=len(tasks), unit="submission", disable=not tasks)
    with course.gradebook() as book:
        for task, graded in bar:
            graded.notes[:0] = task.notes
            graded = _written_down(course, book, lesson, task.student, graded)
            before = log.entries.get(task.student, {})
            if graded.retry and before.get("retry") and before["key"] == task.key:
                graded = Graded(
                    trouble=f"{graded.trouble.removesuffix(AGAIN)}, twice; --again tries once more"
                )
            log.add(task.student, task.key, graded)
    return log


def _tasks(course: Course, lesson: str) -> Iterator[Task]:
    for student, found in in_course(course.submitted, lesson).items():
        if CODE.search(student):
            yield Task(
                student, trouble="the name of its folder has signs that the formgrader would run"
            )
            continue
        try:
            raw = b"" if found.trouble else read_bytes(found.path)
            yield Task(student, raw, found.trouble, found.notes)
        except Unreadable as error:
            yield Task(student, trouble=str(error))


def _is_done(task: Task, log: RunLog, is_in_gradebook: bool) -> bool:
    """Whether the log has the final outcome of just this submission, and the gradebook its marks."""
    entry = log.entries.get(task.student)
    if entry is None or entry["key"] != task.key or entry["retry"]:
        return False
    return bool(entry["trouble"]) or is_in_gradebook


def _written_down(
    course: Course, book: Gradebook, lesson: str, student: str, graded: Graded
) -> Graded:
    """Write the marks down. If that fails for one submission, the run goes on with the others."""
    if not graded.trouble:
        try:
            record(course, book, lesson, student, graded)
        except (ValueError, ArithmeticError, LookupError) as error:
            return _again_later(f"its marks can't be written down: {error}")
    return graded


def _again_later(why: str) -> Graded:
    return Graded(trouble=why + AGAIN, retry=True)


def patience() -> float:
    """Seconds for one submission: the limit of its answers, and half a minute for the rest."""
    return sandbox.SECONDS + 30


def _here(
    jobs: int, tasks: list[Task], course: Course, lesson: str
) -> Iterator[tuple[Task, Graded]]:
    """Grade in processes on this machine. A process that dies takes no other submission with it."""
    secret, version, seconds = course_secret(course.folder), fingerprint(), patience()
    jobs = min(jobs, len(tasks) or 1)
    pool = ProcessPool(
        max_workers=jobs,
        context=workers.context(),
        initializer=workers.limit,
        initargs=[os.getpid()],
    )
    try:
        futures: dict[Future[Graded], Task] = {
            pool.schedule(grade, [task.raw, lesson, secret, version], timeout=seconds): task
            for task in tasks
        }
        for future in as_completed(futures):
            try:
                graded = future.result()
            except (NoSandbox, OtherVersion):
                raise
            except TimeoutError:
                graded = _again_later(f"it took more than {seconds:g} seconds")
            except Exception as error:  # the worker has died, or the submission was too much for it
                graded = _again_later(f"the grader failed on it: {error or type(error).__name__}")
            yield futures[future], graded
    finally:
        pool.stop()
        pool.join()


def _on_a_cluster(
    address: str, tasks: list[Task], course: Course, lesson: str
) -> Iterator[tuple[Task, Graded]]:
    """Grade on the workers of a Dask cluster. When one is lost, another does its work again.

    Raises
    ------
    TimeoutError
        If there is none for long.
    """
    from distributed import Client

    from microlearn.workers import as_they_finish

    secret, version = course_secret(course.folder), fingerprint()
    with Client(address) as client:
        futures = {
            client.submit(grade, task.raw, lesson, secret, version, pure=False, retries=2): task
            for task in tasks
        }
        for future, graded in as_they_finish(futures, client):
            if isinstance(graded, NoSandbox | OtherVersion):
                raise graded
            if not isinstance(graded, Graded):
                why = str(graded) or type(graded).__name__
                graded = _again_later(f"the grader failed on it: {why}")
            yield futures[future], graded
