"""Due dates, grace, extensions, and what a late submission loses.

``deadlines.toml`` in the folder of the course has them; docs/instructors.md shows one. nbgrader's
gradebook keeps the dates, and nbgrader's preprocessor asks :class:`LatePenalty` for the penalty.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from nbgrader.plugins import LateSubmissionPlugin

from .bubblewrap import ROOT
from .course import Course
from .records import timestamp

FILE = "deadlines.toml"
DAY = 86_400
Times: TypeAlias = dict[str, datetime]


class WrongDeadlines(ValueError):
    """The file of deadlines can't be used; the message says why."""


@dataclass(frozen=True)
class Deadlines:
    """The file, read. Times are in UTC, without a zone, as nbgrader has them."""

    due: Times = field(default_factory=dict)
    """When each lesson is due."""
    extensions: dict[str, Times] = field(default_factory=dict)
    """By student: when it is due for them."""
    handed_in: dict[str, Times] = field(default_factory=dict)
    """By student: when they have handed in, where the instructor knows better than the download."""
    grace: timedelta = timedelta()
    """A submission that comes so much later is in time."""
    percent_per_day: float = 0.0
    """What each day that has begun costs, of the marks that the submission has earned."""
    at_most: float = 100.0
    """The largest penalty, in percent."""
    closed_after_days: float = math.inf
    """A submission that comes later loses all marks."""

    def due_for(self, student: str, lesson: str) -> datetime | None:
        return self.extensions.get(student, {}).get(lesson, self.due.get(lesson))

    def seconds_late(self, student: str, lesson: str, at: datetime | None) -> float:
        """How late it came, 0 if it was in time, had grace, or one of the two times is not known."""
        due = self.due_for(student, lesson)
        if at is None or due is None or at - due <= self.grace:
            return 0.0
        return (at - due).total_seconds()

    def penalty(self, score: float, seconds_late: float) -> float:
        """What a late submission loses of its score."""
        if seconds_late <= self.grace.total_seconds():
            return 0.0
        if seconds_late > self.closed_after_days * DAY:
            return score
        percent = min(self.at_most, self.percent_per_day * math.ceil(seconds_late / DAY))
        return round(score * percent / 100, 4)


def deadlines(course: Path) -> Deadlines:
    """The deadlines of a course; there are none if it has no such file.

    Raises
    ------
    WrongDeadlines
        If the file can't be read, or says something that we don't know.
    """
    path = course / FILE
    if not path.exists():
        return Deadlines()
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        given = tomllib.loads(text)
    except (OSError, ValueError) as error:
        quotes = "" if text.isascii() else ' Names have quotes: [extensions."Zoë_Berg"].'
        raise WrongDeadlines(f"{path} can't be read: {error}.{quotes}") from None
    try:
        late = dict(given.pop("late", {}))
        found = Deadlines(
            due=_times(given.pop("due", {})),
            extensions={who: _times(each) for who, each in given.pop("extensions", {}).items()},
            handed_in={who: _times(each) for who, each in given.pop("handed_in", {}).items()},
            grace=timedelta(minutes=_number(late.pop("grace_minutes", 0))),
            percent_per_day=_number(late.pop("percent_per_day", 0)),
            at_most=_number(late.pop("at_most_percent", 100), 100),
            closed_after_days=_number(late.pop("closed_after_days", math.inf)),
        )
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise WrongDeadlines(f"{path} has a value that is no time or number: {error}") from None
    if unknown := [*given, *late]:
        raise WrongDeadlines(
            f"{path} has {unknown[0]!r}, which we don't know: see docs/instructors.md."
        )
    lessons = {path.name for path in (ROOT / "notebooks").glob("[0-9]*")}
    named = {*found.due, *(lesson for each in found.extensions.values() for lesson in each)}
    if strange := sorted(named - lessons):
        raise WrongDeadlines(f"{path} has a date for {strange[0]!r}, and there is no such lesson.")
    if strange := sorted(named - found.due.keys()):
        raise WrongDeadlines(f"{path} extends {strange[0]!r}, which has no date under [due].")
    return found


def strangers(course: Course) -> list[str]:
    """A sentence for each name in the file that no student has, whose extension would do nothing."""
    rules = deadlines(course.folder)
    with course.gradebook() as book:
        known = {student.id for student in book.students}
    return [
        f"{FILE} names {student!r}, and no student has this name: copy it from the report."
        for student in sorted({*rules.extensions, *rules.handed_in} - known)
    ]


def _times(given: dict[str, Any]) -> Times:
    return {lesson: _in_utc(at) for lesson, at in given.items()}


def _number(given: Any, most: float = math.inf) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= most:
        raise ValueError(f"{given!r}, instead of a number from 0 to {most:g}")
    return float(given)


def _in_utc(at: Any) -> datetime:
    """A time in the file as nbgrader keeps it. Without a zone it is this machine's, and a date alone
    means its last second."""
    if isinstance(at, date) and not isinstance(at, datetime):
        at = datetime.combine(at, time(23, 59, 59))
    if not isinstance(at, datetime):
        raise ValueError(f"{at!r}, instead of a time such as 2026-10-20T23:59:00")
    return at.astimezone(UTC).replace(tzinfo=None)


def settle(course: Course, lesson: str) -> None:
    """Bring the gradebook's dates and penalties up to date with the file, the times, and the marks as
    they are now. Without the file it leaves them alone."""
    if not (course.folder / FILE).exists():
        return
    rules = deadlines(course.folder)
    with course.gradebook() as book:
        due = rules.due.get(lesson)
        book.find_assignment(lesson).duedate = due
        for submission in book.assignment_submissions(lesson):
            student = submission.student_id
            at = rules.handed_in.get(student, {}).get(lesson) or timestamp(course, lesson, student)
            its_own = rules.due_for(student, lesson)
            submission.timestamp = at
            submission.extension = its_own - due if due and its_own else None
            late = rules.seconds_late(student, lesson, at)
            for notebook in submission.notebooks:
                notebook.late_submission_penalty = rules.penalty(notebook.score, late) or None
        book.db.commit()


class LatePenalty(LateSubmissionPlugin):
    """nbgrader's question for a penalty, answered from the file."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        return deadlines(ROOT).penalty(score, total_seconds_late)
