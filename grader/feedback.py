"""The pages of feedback, and all of them in one zip file, in the form that a platform takes back."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.exporters import HTMLExporter

from microlearn.drafts import draft_of

from .course import Course
from .formulas import to_html
from .handed_in import Register
from .platforms import PLATFORMS, platform_of


class FeedbackPage(HTMLExporter):
    """Writes a page with the template in ``templates/feedback_page``. It has a class of its own, so that
    nbgrader_config.py can set the template of this page and of no other. Formulas need no network."""

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        attachments = context.get("cell", {}).get("attachments", {})
        return to_html(source, attachments=attachments, anchor_link_text=self.anchor_link_text)


def bundle(course: Course, lesson: str, table: pd.DataFrame, folder: Path) -> list[Path]:
    """Put the pages that ``nbgrader generate_feedback`` has made into a zip file for each platform, if
    there are newer ones than in it.

    Parameters
    ----------
    table : those rows of :func:`grader.report.marks` whose numbers on the platform are sure
    folder : where the zip files go

    Returns
    -------
    The zip files that are there.
    """
    register, made = Register(course.grading, lesson), []
    for platform in PLATFORMS:
        entries: dict[str, Path] = {}
        for row in table.itertuples():
            if platform_of(row.lms_id) is not platform:
                continue
            page = _page(course, lesson, row.student)
            handed = register.of(row.student)
            number = row.lms_id.removeprefix(platform.prefix)
            name = f"{row.first_name} {row.last_name}".strip() or row.student
            path = platform.feedback(name, number, handed.attempt, f"feedback_{lesson}.html")
            if path and page.is_file():
                entries[path] = page
        target = folder / f"feedback_{platform.title.lower()}.zip"
        if not entries:
            continue
        made.append(target)
        newest = max(page.stat().st_mtime for page in entries.values())
        if target.exists() and target.stat().st_mtime > newest:
            continue
        with (
            draft_of(target) as draft,
            zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for path, page in entries.items():
                archive.write(page, path)
    return made


def outdated(course: Course, lesson: str, table: pd.DataFrame) -> list[str]:
    """The students of this table whose page is missing, or older than their graded notebook; none, as
    long as nobody of them has a page."""
    pages = {student: _page(course, lesson, student) for student in table.student}
    if not any(page.is_file() for page in pages.values()):
        return []
    graded = {s: course.autograded / s / lesson / f"{lesson}.ipynb" for s in pages}
    return [s for s, page in pages.items() if _time(page) < _time(graded[s])]


def _time(path: Path) -> float:
    return path.stat().st_mtime if path.is_file() else 0.0


def _page(course: Course, lesson: str, student: str) -> Path:
    folder = course.folder / course.directory.feedback_directory
    return folder / student / lesson / f"{lesson}.html"
