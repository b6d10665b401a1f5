"""Moodle: an assignment's *Download all submissions*, and its offline grading worksheet."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePosixPath

import pandas as pd

from .base import Label, Person, Platform, Unclear, names, points

MARK = re.compile(r"_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_|$)")
"""Stands between a name and a file (mod/assign/classes/downloader.php)."""
WORKSHEET = ("Identifier", "Grade", "Last modified (grade)")
TIMES = ("%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p", "%Y-%m-%d %H:%M:%S")


class Moodle(Platform):
    title = "Moodle"
    example = "Full Name_12345_assignsubmission_file_..."
    prefix = "Participant "
    keeps_numbers = False
    list_name = "the assignment's grading worksheet"

    def label(self, path: PurePosixPath) -> Label | None:
        """A folder for each student, or flat files that begin like it."""
        for part in path.parts:  # a student may have named those below the outermost
            marks = [*MARK.finditer(part)]
            if marks and marks[0].start():
                if len(marks) > 1:
                    raise Unclear(
                        "it names two students, and either may be a part of the other's name"
                    )
                name, file = part[: marks[0].start()], part[marks[0].end() :]
                return Label(name.strip(), marks[0]["number"], file or path.name)
        return None

    def people(self, sheet: pd.DataFrame) -> list[Person] | None:
        if not {*WORKSHEET} <= {*sheet.columns}:
            return None
        return [
            Person(
                row.get("Full name", ""),
                row["Identifier"].removeprefix(self.prefix),
                row.get("Email address", ""),
                row.get("Group", ""),
                _iso(row.get("Last modified (submission)", "")),
            )
            for row in sheet.to_dict("records")
            if row["Identifier"].startswith(self.prefix)
        ]

    def table(self, marks: pd.DataFrame, lesson: str, maximum: float) -> pd.DataFrame:
        """The worksheet as mod/assign/feedback/offline reads it."""
        return pd.DataFrame(
            {
                "Identifier": marks.lms_id,
                "Full name": names(marks),
                "Email address": "",
                "Grade": points(marks),
                "Maximum Grade": maximum,
                "Last modified (grade)": "-",  # never; Moodle refuses a file without this column
            }
        )

    def feedback(self, name: str, number: str, attempt: int, file: str) -> str | None:
        """As *Upload multiple feedback files in a zip* reads it (feedback/file/importziplib.php): it
        takes apart the folder's name at each underscore."""
        safe = re.sub(r"[^\w .'-]|_", " ", name).strip() or "student"
        return f"{safe}_{number}_assignfeedback_file_/{file}"


def _iso(time: str) -> str:
    for form in TIMES:
        try:
            return datetime.strptime(time.strip(), form).isoformat(" ")
        except ValueError:
            continue
    return ""
