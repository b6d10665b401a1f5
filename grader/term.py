"""A term: everybody's totals over the lessons."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from microlearn.drafts import draft_of

from . import report
from .course import Course
from .platforms import no_formula
from .records import RunLog

FILE = "term.csv"


def totals(course: Course) -> pd.DataFrame:
    """A row for each student: the total of each lesson that has been graded, empty without a submission
    that could be graded; ``sum``, of ``maximum`` points; and what is ``missing`` or ``to mark``."""
    with course.gradebook() as book:
        lessons = sorted(assignment.name for assignment in book.assignments)
    rows: dict[str, dict] = {}
    for lesson in lessons:
        table = report.marks(course, lesson, RunLog(course, lesson))
        if not table.total.notna().any():
            continue  # nobody has handed in yet
        for each in table.to_dict("records"):
            row = rows.setdefault(each["student"], {name: each[name] for name in report.PEOPLE[:3]})
            row[lesson] = each["total"]
            row["sum"] = row.get("sum", 0) + (each["total"] if pd.notna(each["total"]) else 0)
            row["maximum"] = row.get("maximum", 0) + each["maximum"]
            where = {"graded": None, "to mark": "to mark"}.get(each["state"], "missing")
            if where:
                row[where] = f"{row.get(where, '')} {lesson[:2]}".strip()
    found = pd.DataFrame(rows.values())
    last = ["sum", "maximum", "missing", "to mark"]
    columns = [*report.PEOPLE[:3], *(lesson for lesson in lessons if lesson in found), *last]
    return found.reindex(columns=columns).fillna({"missing": "", "to mark": ""})


def write(course: Course) -> Path:
    """Write the table of the term into ``grading/reports/``; return its path."""
    path = course.grading / "reports" / FILE
    with draft_of(path) as draft:
        text = totals(course).map(no_formula).to_csv(index=False)
        draft.write_text(report.BYTE_ORDER_MARK + text, encoding="utf-8")
    return path
