"""What every platform has to know, and what their tables share."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, ClassVar

import pandas as pd

FORMULA = re.compile(r"(^|; *)(?=[=+\-@\t\r])")
"""Excel takes a text that begins like this for a formula, and students choose their names. In many
countries it takes a semicolon for the end of a cell."""


class Unclear(ValueError):
    """Whose file this is can't be known; the message says why, for the instructor."""


@dataclass(frozen=True)
class Label:
    """The information that a platform puts into the path of a student's file."""

    name: str
    """The student's, or a group's."""
    number: str
    """The student's on this platform, without the platform's prefix; empty if it doesn't say."""
    file: str
    """The name that the student gave to the file."""
    attempt: int = 0
    """Counts up where a student may hand in more than once."""
    late: bool = False
    """Whether the platform has marked it as late."""
    at: str = ""
    """When it was handed in, in ISO format, by the platform's clock; empty if the path doesn't say."""


@dataclass(frozen=True)
class Person:
    """A row of a platform's list of a class."""

    name: str
    number: str
    """Without the platform's prefix; empty if the list has none."""
    email: str = ""
    group: str = ""
    """The group with which they hand in."""
    at: str = ""
    """When they have handed in, in ISO format, by the platform's clock."""


class Platform(ABC):
    """A platform on which students hand in and where they read their marks."""

    title: ClassVar[str]
    example: ClassVar[str]
    """How it names a file, for a message."""
    prefix: ClassVar[str] = ""
    """Begins the ids of its students in the gradebook, and tells them from those of other platforms."""
    keeps_numbers: ClassVar[bool] = True
    """Whether a student has the same number in every assignment."""
    list_keeps_numbers: ClassVar[bool | None] = None
    """The same of the numbers in its list of a class, where those are others; None if they are not."""
    imports_marks: ClassVar[bool] = True
    """Whether it has a table of marks that we can write."""
    list_name: ClassVar[str] = ""
    """What it calls its list of a class, for a message; empty if it has none that we read."""

    @property
    def table_name(self) -> str:
        """The name of the file with its table."""
        return f"{self.title.lower()}.csv"

    @abstractmethod
    def label(self, path: PurePosixPath) -> Label | None:
        """Read the path of a file in a download; None if this platform would not have named it so.

        Raises
        ------
        Unclear
            If the path can be read in two ways.
        """

    def people(self, sheet: pd.DataFrame) -> list[Person] | None:
        """Read its list of a class, of which every value is a text; None if it is another platform's."""
        return None

    def table(self, marks: pd.DataFrame, lesson: str, maximum: float) -> pd.DataFrame:
        """The table that it imports.

        Parameters
        ----------
        marks : those rows of :func:`grader.report.marks` that belong to its students and have a total
        lesson : the name of the assignment
        maximum : the points of the lesson
        """
        raise NotImplementedError(f"{self.title} imports no marks")

    def feedback(self, name: str, number: str, attempt: int, file: str) -> str | None:
        """The path of a student's page in the zip file that it takes back; None if it takes none."""
        return None


def names(marks: pd.DataFrame) -> pd.Series:
    """Students' names as the platform has them, else the names of their folders."""
    full = (marks.first_name + " " + marks.last_name).str.strip()
    return full.where(full != "", marks.student).map(no_formula)


def points(marks: pd.DataFrame) -> pd.Series:
    """Students' totals, to two decimals."""
    return marks.total.astype(float).round(2)


def no_formula(value: Any) -> Any:
    """The value, with an apostrophe before all that Excel would take for a formula."""
    return FORMULA.sub(r"\1'", value) if isinstance(value, str) else value
