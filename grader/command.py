"""``python -m grader LESSON [DOWNLOAD]``: grade a folder of submissions with one command."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from sqlalchemy.exc import DatabaseError, OperationalError
from tqdm import tqdm

from microlearn.drafts import draft_of

from . import collect, marking, report, term, workers
from .changes import FILE as CHANGES
from .changes import changes, write_down
from .course import Course, OtherLesson
from .deadlines import WrongDeadlines, deadlines, settle, strangers
from .downloads import UnknownLayout
from .feedback import bundle, outdated
from .handed_in import HandedIn, Register
from .notebooks import printable
from .platforms import PLATFORMS, Named, Platform
from .records import RunLog
from .roster import UnknownList
from .runner import run
from .sandbox import NoSandbox, what_is_lacking
from .secret import Damaged
from .submission import OtherVersion

REFUSED = (
    FileNotFoundError,
    UnknownLayout,
    UnknownList,
    WrongDeadlines,
    OtherLesson,
    NoSandbox,
    OtherVersion,
    Damaged,
)
SHOWN = 20
"""The most sentences about files that are printed."""
LONGEST = 300
"""The most characters that are printed of each: students choose the names in them."""
EPILOGUE = """
Without a DOWNLOAD it grades the submissions in grading/submitted/STUDENT/LESSON/. You can stop it
at any time with Ctrl-C: the same command goes on where it stopped, and grades only what is new.
The marks go into nbgrader's gradebook; marks that you gave by hand stay. The report is in
grading/reports/LESSON/.
"""


def main(arguments: list[str] | None = None) -> int:
    known = ", ".join(platform.title for platform in PLATFORMS)
    parser = argparse.ArgumentParser(
        prog="python -m grader", description="Grade all submissions of a lesson.", epilog=EPILOGUE
    )
    parser.add_argument(
        "lesson",
        help="the lesson's folder, such as 01_weight_perturbation; or `term` for a table of all lessons",
    )
    parser.add_argument("download", nargs="?", type=Path, help=f"a zip file or folder from {known}")
    parser.add_argument(
        "--roster", metavar="FILE", type=Path,
        help="a platform's list of the class, such as Moodle's grading worksheet of this lesson: it "
        "says who there is, and whose the files are",
    )  # fmt: skip
    parser.add_argument(
        "--names", metavar="PATTERN", type=Named,
        help="how the files of the download are named, such as '{name} - {file}', if not by a platform",
    )  # fmt: skip
    parser.add_argument(
        "--mark", action="store_true",
        help="then show all answers to a question on one page of this machine's browser, to mark them",
    )  # fmt: skip
    parser.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        help="workers here (default: one for each core)",
    )
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="use the workers of this Dask cluster instead"
    )
    parser.add_argument(
        "--again", action="store_true", help="also grade submissions that were graded before"
    )
    wanted = parser.parse_args(arguments)
    try:
        course = Course(Path.cwd())
        if wanted.lesson == "term":
            print(f"Totals of all lessons: {term.write(course).relative_to(course.folder)}")
            return 0
        if not wanted.dask and (lacking := workers.ask(what_is_lacking)):
            print(f"{wanted.lesson}: {lacking}.")
        course.release(wanted.lesson)
        deadlines(course.folder)
        times = course.read_list(wanted.roster, wanted.lesson) if wanted.roster else {}
        if wanted.download:
            platforms = (wanted.names,) if wanted.names else PLATFORMS
            _collect(course, wanted.lesson, wanted.download, platforms)
        collect.note_times(course.submitted, wanted.lesson, times)
        log = RunLog(course, wanted.lesson)
        before, was = report.marks(course, wanted.lesson, log), log.entries
        log = run(
            course, wanted.lesson, jobs=max(1, wanted.jobs), dask=wanted.dask, again=wanted.again
        )
        settle(course, wanted.lesson)
        after = report.marks(course, wanted.lesson, log)
        what = report.compared(wanted.lesson)
        changed = changes(before, after, what, was, log.entries)
    except KeyboardInterrupt:
        print("\nStopped. All marks so far are safe; the same command goes on from here.")
        return 130
    except REFUSED as error:
        print(error, file=sys.stderr)
        return 2
    except (OSError, OperationalError) as error:  # a full disk, or a gradebook that is in use
        why = getattr(error, "orig", error)
        print(f"\nStopped: {why}. All marks so far are safe; once this is solved, the same command "
              "goes on from here.", file=sys.stderr)  # fmt: skip
        return 1
    except DatabaseError as error:
        print(f"\nThe gradebook of {course.folder} can't be read: {error.orig}. Put gradebook.db back "
              "from a backup. If there is none, move it away: the next run with --again fills a new "
              "one, without the marks that were given by hand.", file=sys.stderr)  # fmt: skip
        return 1
    status = _report(course, wanted.lesson, log, after, changed)
    if wanted.mark:
        _mark(course, wanted.lesson)
    return status


def _collect(course: Course, lesson: str, source: Path, platforms: Sequence[Platform]) -> None:
    roster, register = course.roster(), Register(course.grading, lesson)
    found, refused = collect.download(source, lesson, platforms, roster)
    new = 0
    for upload in tqdm(found, desc=f"unpacking {source.name}", unit="file"):
        if not roster:
            course.enrol_upload(upload)
        new += collect.store(upload, course.submitted, lesson)
        label, notes = upload.label, [*upload.notes]
        register.entries[upload.student] = HandedIn(
            label.name, upload.lms_id, label.attempt, label.late, notes
        )
    register.save()
    if roster:
        roster.save()
    print(f"{source.name}: submissions of {len(found)} students, {new} of them new.")
    _tell(refused, course.grading / "handed_in" / f"{lesson}.refused.txt", source.name)


def _tell(refused: list[str], file: Path, source: str) -> None:
    """Print the first sentences, and write down all: one student can hand in a thousand files."""
    safe = [" ".join(printable(sentence).split()) for sentence in refused]
    with draft_of(file) as draft:
        draft.write_text("".join(f"{sentence}\n" for sentence in safe), encoding="utf-8")
    for sentence in safe[:SHOWN]:
        print(f"{source}: {sentence[:LONGEST]}", file=sys.stderr)
    if len(safe) > SHOWN:
        print(f"{source}: and {len(safe) - SHOWN} more; {file} has them all.", file=sys.stderr)


def _report(
    course: Course, lesson: str, log: RunLog, table: pd.DataFrame, changed: pd.DataFrame
) -> int:
    folder = report.write(course, lesson, log, table)
    write_down(changed, folder)
    print(report.summary(table))
    if len(changed):
        who = report.students(changed.student.nunique())
        print(f"Marks of {who} have changed: {CHANGES} in the reports says whose and why.")
    sure = report.sure(course, lesson, table)
    for path in bundle(course, lesson, sure, folder):
        print(f"Feedback to upload: {path.relative_to(course.folder)}")
    if old := outdated(course, lesson, sure):
        print(f"{report.students(len(old))} without a page of feedback, or with one from before the "
              f"last grading: run nbgrader generate_feedback {lesson}, and this again.")  # fmt: skip
    for sentence in [*report.hints(course, lesson, table), *strangers(course)]:
        print(sentence)
    print(f"Report and tables: {folder.relative_to(course.folder)}{os.sep}")
    return 0


def _mark(course: Course, lesson: str) -> None:
    served, address = marking.server(course, lesson)
    print(f"Open {address} in a browser on this machine; Ctrl-C ends it.")
    with served, contextlib.suppress(KeyboardInterrupt):
        served.serve_forever()
