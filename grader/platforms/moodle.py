"""Moodle: an assignment's *Download all submissions*, and its offline grading worksheet."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pandas as pd

from .base import Label, Platform, names, points

NAME = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)"
)
"""A folder for each student, or flat files that begin like it (mod/assign/classes/downloader.php)."""


class Moodle(Platform):
    title = "Moodle"
    example = "Full Name_12345_assignsubmission_file_..."
    prefix = "Participant "
    keeps_numbers = False

    def label(self, path: PurePosixPath) -> Label | None:
        for (
            part
        ) in path.parts:  # the outermost is Moodle's; a student may have named those below it
            if found := NAME.fullmatch(part):
                return Label(found["name"].strip(), found["number"], found["file"] or path.name)
        return None

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
