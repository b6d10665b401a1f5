"""Canvas: an assignment's *Download submissions*, and the gradebook's export and import."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pandas as pd

from .base import Label, Person, Platform, names, points

FILE = r"_(?:(?P<attempt>\d+)_|(?=(?:text|link)\.html$))(?P<file>.+)"
NAME = re.compile(r"(?P<name>.+?)_(?P<late>LATE_)?(?P<number>\d+)" + FILE)
ANONYMOUS = re.compile(r"(?P<late>LATE_)?anon_(?P<number>[A-Za-z0-9]{5})" + FILE)
"""Flat files (lib/content_zipper.rb)."""
NOBODY = ("Points Possible", "Student, Test")
"""What the column of names also has: the row of maxima, and the test student."""


def _label(pattern: re.Pattern[str], path: PurePosixPath) -> Label | None:
    if not (found := pattern.fullmatch(path.name)):
        return None
    parts = found.groupdict()
    name, late = parts.get("name", "anonymous"), bool(parts["late"])
    return Label(name, parts["number"], parts["file"], int(parts["attempt"] or 0), late)


class Canvas(Platform):
    title = "Canvas"
    example = "name_12345_67890_..."
    list_name = "the gradebook's CSV file"

    def label(self, path: PurePosixPath) -> Label | None:
        return None if ANONYMOUS.fullmatch(path.name) else _label(NAME, path)

    def people(self, sheet: pd.DataFrame) -> list[Person] | None:
        if not {"Student", "ID", "Section"} <= {*sheet.columns}:
            return None
        return [
            Person(row["Student"].strip(), row["ID"].strip(), row.get("SIS Login ID", ""))
            for row in sheet.to_dict("records")
            if row["ID"].strip().isdigit() and row["Student"].strip() not in NOBODY
        ]

    def table(self, marks: pd.DataFrame, lesson: str, maximum: float) -> pd.DataFrame:
        """A row of possible points, then one for each user (lib/gradebook_importer.rb).

        Students without marks must not be in it: an empty cell would take away a mark that is there.
        """
        possible = {"Student": "    Points Possible", lesson: maximum}
        rows = {"Student": names(marks), "ID": marks.lms_id, "SIS User ID": "", "SIS Login ID": "",
                "Section": "", lesson: points(marks)}  # fmt: skip
        return pd.concat([pd.DataFrame([possible], columns=list(rows)), pd.DataFrame(rows)])

    def feedback(self, name: str, number: str, attempt: int, file: str) -> str | None:
        """As *Upload submissions* reads it (app/models/assignment.rb): the first two parts that are
        numbers are the user's and the attachment's, and the second must be one of the user's."""
        slug = re.sub(r"\W|_", "", name).lower().strip("0123456789") or "student"
        return f"{slug}_{number}_{attempt}_{file}" if attempt else None


class AnonymousCanvas(Platform):
    """The download of an assignment that is graded anonymously: it has no names, and no number that the
    gradebook's import knows."""

    title = "Canvas, anonymous"
    example = "anon_Ab3dE_67890_..."
    prefix = "anon_"
    keeps_numbers = False
    imports_marks = False

    def label(self, path: PurePosixPath) -> Label | None:
        return _label(ANONYMOUS, path)
