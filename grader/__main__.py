"""``python -m grader LESSON [DOWNLOAD]``: grade a folder of submissions with one command."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from sqlalchemy.exc import OperationalError
from tqdm import tqdm

from . import collect, report
from .course import Course
from .platforms import PLATFORMS
from .records import RunLog
from .runner import run
from .sandbox import NoSandbox, require_sandbox
from .submission import OtherVersion

EPILOGUE = """
Without a DOWNLOAD it grades the submissions in grading/submitted/STUDENT/LESSON/. You can stop it
at any time with Ctrl-C: the same command goes on where it stopped, and grades only what is new.
The marks go into nbgrader's gradebook; marks that you gave by hand stay. The report is in
grading/reports/LESSON/.
"""


def main(arguments: list[str] | None = None) -> int:
    platforms = " or ".join(platform.title for platform in PLATFORMS)
    parser = argparse.ArgumentParser(
        prog="python -m grader", description="Grade all submissions of a lesson.", epilog=EPILOGUE
    )
    parser.add_argument("lesson", help="the lesson's folder, such as 01_weight_perturbation")
    parser.add_argument(
        "download", nargs="?", type=Path, help=f"a zip file or folder from {platforms}"
    )
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
        if not wanted.dask:
            require_sandbox()
        course.release(wanted.lesson)
        if wanted.download:
            _collect(course, wanted.lesson, wanted.download)
        log = run(
            course, wanted.lesson, jobs=max(1, wanted.jobs), dask=wanted.dask, again=wanted.again
        )
    except KeyboardInterrupt:
        print("\nStopped. All marks so far are safe; the same command goes on from here.")
        return 130
    except (FileNotFoundError, collect.UnknownLayout, NoSandbox, OtherVersion) as error:
        print(error, file=sys.stderr)
        return 2
    except (OSError, OperationalError) as error:  # a full disk, or a gradebook that is in use
        why = getattr(error, "orig", error)
        print(f"\nStopped: {why}. All marks so far are safe; once this is solved, the same command "
              "goes on from here.", file=sys.stderr)  # fmt: skip
        return 1
    return _report(course, wanted.lesson, log)


def _collect(course: Course, lesson: str, source: Path) -> None:
    found, unclaimed = collect.download(source, lesson)
    new = 0
    for upload in tqdm(found, desc=f"unpacking {source.name}", unit="file"):
        course.enrol(upload)
        new += collect.store(upload, course.submitted, lesson)
    print(f"{source.name}: submissions of {len(found)} students, {new} of them new.")
    for path in unclaimed:
        print(f"{source.name}: {path!r} names no student; it is not graded.", file=sys.stderr)


def _report(course: Course, lesson: str, log: RunLog) -> int:
    folder = report.write(course, lesson, log)
    print(report.summary(report.marks(course, lesson, log)))
    print(f"Report and tables: {folder.relative_to(course.folder)}{os.sep}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
