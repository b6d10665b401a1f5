"""Canvas: an assignment's *Download submissions*, and the gradebook's import."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pandas as pd

from .base import Label, Platform, names, points

NAME = re.compile(
    r"(?P<name>.+?)_(?:LATE_)?(?P<number>\d+)_"
    r"(?:(?P<attempt>\d+)_|(?=(?:text|link)\.html$))(?P<file>.+)"
)
"""Flat files (lib/content_zipper.rb)."""


class Canvas(Platform):
    title = "Canvas"
    example = "name_12345_67890_..."

    def label(self, path: PurePosixPath) -> Label | None:
        found = NAME.fullmatch(path.name)
        if not found:
            return None
        return Label(found["name"], found["number"], found["file"], int(found["attempt"] or 0))

    def table(self, marks: pd.DataFrame, lesson: str, maximum: float) -> pd.DataFrame:
        """A row of possible points, then one for each user (lib/gradebook_importer.rb).

        Students without marks must not be in it: an empty cell would take away a mark that is there.
        """
        possible = {"Student": "    Points Possible", lesson: maximum}
        rows = {"Student": names(marks), "ID": marks.lms_id, "SIS User ID": "", "SIS Login ID": "",
                "Section": "", lesson: points(marks)}  # fmt: skip
        return pd.concat([pd.DataFrame([possible], columns=list(rows)), pd.DataFrame(rows)])
