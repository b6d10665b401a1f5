"""Platforms whose downloads we read, and to most of which marks go by a table that they import."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePosixPath

import pandas as pd

from .base import Label, Person, Platform, names, points


class Blackboard(Platform):
    """*Assignment File Download*: flat files, and a text for each attempt. *Work Offline* for marks."""

    title = "Blackboard"
    example = "Lesson_username_attempt_2026-10-01-12-00-00_..."
    prefix = "blackboard:"
    list_name = "the Grade Center's file"
    FILE = re.compile(
        r".+?_(?P<user>[^_]+)_attempt_(?P<at>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<text>\.txt))"
    )

    def label(self, path: PurePosixPath) -> Label | None:
        if not (found := self.FILE.fullmatch(path.name)):
            return None
        at = _time(found["at"], "%Y-%m-%d-%H-%M-%S")
        attempt, file = int(found["at"].replace("-", "")), found["file"] or path.name
        return Label(found["user"], found["user"], file, attempt, at=at)

    def people(self, sheet: pd.DataFrame) -> list[Person] | None:
        if not {"Last Name", "First Name", "Username", "Availability"} <= {*sheet.columns}:
            return None
        rows = sheet.to_dict("records")
        return [Person(f"{r['First Name']} {r['Last Name']}", r["Username"]) for r in rows]

    def table(self, marks: pd.DataFrame, lesson: str, maximum: float) -> pd.DataFrame:
        users = marks.lms_id.str.removeprefix(self.prefix)
        return pd.DataFrame({"Username": users, lesson: points(marks)})


class Brightspace(Platform):
    """*Download* of an assignment's submissions, a folder for each; the grades' export and import."""

    title = "Brightspace"
    example = "12345-67890 - Full Name - Oct 1, 2026 1155 PM/..."
    prefix = "brightspace:"
    keeps_numbers = False
    list_keeps_numbers = True
    list_name = "the grades' export, with user names"
    FOLDER = re.compile(
        r"(?P<number>\d+-\d+) ?- (?P<name>.+?) ?- (?P<month>[A-Z][a-z]{2})[a-z]*\.? "
        r"(?P<day>\d{1,2}), (?P<year>\d{4}),? (?P<hour>\d{1,2}):?(?P<minute>\d\d) (?P<half>[AP]M)"
    )

    def label(self, path: PurePosixPath) -> Label | None:
        for part in path.parts[:-1]:
            if found := self.FOLDER.fullmatch(part):
                stamp = " ".join(found.group("month", "day", "year", "hour", "minute", "half"))
                at = _time(stamp, "%b %d %Y %I %M %p")
                return Label(found["name"], found["number"], path.name, at=at)
        return None

    def people(self, sheet: pd.DataFrame) -> list[Person] | None:
        if not {"Username", "Last Name", "First Name", "End-of-Line Indicator"} <= {*sheet.columns}:
            return None
        return [
            Person(
                f"{r['First Name']} {r['Last Name']}", r["Username"].lstrip("#"), r.get("Email", "")
            )
            for r in sheet.to_dict("records")
        ]

    def table(self, marks: pd.DataFrame, lesson: str, maximum: float) -> pd.DataFrame:
        users = "#" + marks.lms_id.str.removeprefix(self.prefix)
        head = f"{lesson} Points Grade"
        return pd.DataFrame({"Username": users, head: points(marks), "End-of-Line Indicator": "#"})


class Ilias(Platform):
    """An exercise's *Download all submissions*: ``Lesson/Last_First_login_12345/file``. It imports no
    marks: the table is for typing them in."""

    title = "ILIAS"
    example = "Lesson/Last_First_login_12345/..."
    prefix = "ilias:"
    FOLDER = re.compile(r"(?P<name>[^_]+_.+)_[^_]+_(?P<number>\d+)")

    def label(self, path: PurePosixPath) -> Label | None:
        for part in path.parts[1:-1]:
            if found := self.FOLDER.fullmatch(part):
                last, _, first = found["name"].rpartition("_")
                return Label(f"{last.replace('_', ' ')}, {first}", found["number"], path.name)
        return None

    def table(self, marks: pd.DataFrame, lesson: str, maximum: float) -> pd.DataFrame:
        """In the order of ILIAS's own list, by last name."""
        marks = marks.sort_values(["last_name", "first_name"], key=lambda name: name.str.casefold())
        users = marks.lms_id.str.removeprefix(self.prefix)
        rows = {"User": users, "Name": names(marks), "Mark": points(marks), "Maximum": maximum}
        return pd.DataFrame(rows)

    def feedback(self, name: str, number: str, attempt: int, file: str) -> str | None:
        """As *Multi-Feedback* reads it (Modules/Exercise/classes/class.ilExAssignment.php): a folder
        whose name begins so, and in it one for each user, whose name ends with the user's number."""
        safe = re.sub(r"[^A-Za-z0-9.-]+", "_", name) or "student"
        return f"multi_feedback/{safe}_{number}/{file}"


class Named(Platform):
    """Files that are named by a pattern of the instructor's, such as ``{name} - {file}``: a shared
    folder of Google Classroom, a file request, e-mails."""

    title = "files with names of your own"
    prefix = "named:"
    imports_marks = False

    def __init__(self, pattern: str = "{name} - {file}") -> None:
        """A pattern is a path's end, in which {name}, {number}, {file} and {any} stand for parts.

        Raises
        ------
        ValueError
            If it has no {name} and no {number}, or a part twice.
        """
        parts = re.split(r"\{(\w+)\}", pattern)
        known, given = {"name", "number", "file", "any"}, [p for p in parts[1::2] if p != "any"]
        if not {*parts[1::2]} <= known or not {"name", "number"} & {*given}:
            raise ValueError(
                f"{pattern!r} needs {{name}} or {{number}}; it may have {{file}} and {{any}}."
            )
        if len(given) > len({*given}):
            raise ValueError(f"{pattern!r} has a part twice.")
        self.pattern, self.example = pattern, pattern  # type: ignore[misc]
        texts = [re.escape(text) for text in parts[::2]]
        holes = ["[^/]+?" if part == "any" else f"(?P<{part}>[^/]+?)" for part in parts[1::2]]
        self._path = re.compile(
            "(?:.*/)?" + "".join(map("".join, zip(texts, [*holes, ""], strict=True)))
        )

    def label(self, path: PurePosixPath) -> Label | None:
        if not (found := self._path.fullmatch(path.as_posix())):
            return None
        parts = found.groupdict()
        number, file = parts.get("number", ""), parts.get("file") or path.name
        return Label(parts.get("name", number), number, file)


def _time(text: str, form: str) -> str:
    try:
        return datetime.strptime(text, form).isoformat(" ")
    except ValueError:
        return ""
