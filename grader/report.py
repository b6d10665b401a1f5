"""The report for the instructor: the marks, and the facts that the class did not understand."""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Container
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from nbgrader.api import Student, SubmittedAssignment

from microlearn.checking.facts import facts_of
from microlearn.drafts import draft_of

from .course import Course
from .deadlines import deadlines
from .handed_in import HandedIn, Register
from .notebooks import printable, released
from .platforms import PLATFORMS, Platform, no_formula, platform_of
from .records import RunLog
from .similar import similar

BYTE_ORDER_MARK = "\ufeff"
"""With it, Excel reads a file as UTF-8."""
PEOPLE = ["student", "first_name", "last_name", "lms_id"]
RESULTS = ["automatic", "by_hand", "handed_in", "late", "late_penalty", "total", "maximum"]
RESULTS += ["state", "note"]


def marks(course: Course, lesson: str, log: RunLog) -> pd.DataFrame:
    """One row for each student on the roster, in the gradebook or in the log.

    Columns: ``student, first_name, last_name, lms_id``; each exercise and each question with its
    points, empty where a question is not marked yet; ``automatic`` and ``by_hand``, which less
    ``late_penalty`` make the ``total``; when it was ``handed_in`` and how ``late``, where that is
    known; ``maximum``; ``state``, which is ``graded``, ``to mark`` where a question waits, ``not
    gradable`` or ``not submitted``; and ``note``. A student without a submission that could be graded
    has no points, which is not the same as zero.
    """
    roster, register = course.roster(), Register(course.grading, lesson)
    listed = {student for student, _ in roster}
    grace = deadlines(course.folder).grace.total_seconds()
    with course.gradebook() as book:
        maximum = book.find_assignment(lesson).max_score
        people = {person.id: person for person in book.students}
        submissions = {found.student_id: found for found in book.assignment_submissions(lesson)}
        rows = []
        for student in sorted({*people, *log.entries, *listed}):
            person, submission = people.get(student), submissions.get(student)
            entry = log.entries.get(student)
            if entry or submission or student in listed or not (roster or _is_of_another(person)):
                names = _names(student, person)
                names["lms_id"] = roster.number(student, lesson) or names["lms_id"]
                result = _result(entry or {}, submission, register.of(student), grace)
                rows.append(names | {"maximum": maximum} | result)
    return pd.DataFrame(rows, columns=[*PEOPLE, *_graded_cells(lesson), *RESULTS])


def _is_of_another(person: Student) -> bool:
    """Whether the platform has numbered this student for one assignment only, which was not this one."""
    platform = platform_of(person.lms_user_id or "")
    return platform is not None and not platform.keeps_numbers


def _names(student: str, person: Student | None) -> dict[str, str]:
    return {
        "student": printable(student),
        "first_name": (person and person.first_name) or "",
        "last_name": (person and person.last_name) or "",
        "lms_id": (person and person.lms_user_id) or "",
    }


def _result(
    entry: dict[str, Any], submission: SubmittedAssignment | None, handed: HandedIn, grace: float
) -> dict[str, Any]:
    """What a student has, from the line in the log and the submission in the gradebook."""
    trouble = entry.get("trouble", "")
    note = printable("; ".join(filter(None, [trouble, *handed.notes, *entry.get("notes", [])])))
    if trouble:
        return {"state": "not gradable", "note": note}
    if submission is None:
        return {"state": "not submitted", "note": note}
    return _points(submission) | _times(submission, handed, grace) | {"note": note}


def _times(submission: SubmittedAssignment, handed: HandedIn, grace: float) -> dict[str, str]:
    """When it was handed in, by this machine's clock, and how late, if by more than so many seconds."""
    at, seconds = submission.timestamp, submission.total_seconds_late
    seconds = seconds if seconds > grace else 0
    days, hours = divmod(math.ceil(seconds / 3600), 24)
    late = f"{days} d {hours} h" if seconds else ""
    if at is None and handed.late:
        late = "yes; the platform does not say how much"
    local = at.replace(tzinfo=UTC).astimezone() if at else None
    return {"handed_in": f"{local:%Y-%m-%d %H:%M}" if local else "", "late": late}


def _points(submission: SubmittedAssignment) -> dict[str, Any]:
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    row: dict[str, Any] = {}
    for grade in grades:
        is_marked = grade.manual_score is not None or grade.auto_score is not None
        row[grade.name.removeprefix("check_")] = grade.score if is_marked else None
    return row | {
        "automatic": sum(grade.score for grade in grades if grade.manual_score is None),
        "by_hand": sum(grade.score for grade in grades if grade.manual_score is not None),
        "late_penalty": submission.late_submission_penalty,
        "total": submission.score - submission.late_submission_penalty,
        "state": "to mark" if any(grade.needs_manual_grade for grade in grades) else "graded",
    }


def _graded_cells(lesson: str) -> list[str]:
    """The exercises and questions of a lesson, in its order."""
    metas = [cell.metadata.get("nbgrader", {}) for cell in released(lesson).cells]
    return [m["grade_id"].removeprefix("check_") for m in metas if m.get("grade")]


def misunderstood(lesson: str, log: RunLog) -> pd.DataFrame:
    """Each fact of each exercise with the number of students for whom it did not hold.

    Columns: ``exercise, fact, broken, attempted, cause``. Only students who attempted the exercise
    count, and ``cause`` is the likely cause that was named most often.
    """
    graded = [entry for entry in log.entries.values() if not entry["trouble"]]
    rows = []
    for name in _graded_cells(lesson):
        attempts = [e for e in graded if e["attempted"].get(name)]
        if not any(name in e["attempted"] for e in graded):
            continue  # a question, which is marked by hand
        for fact in facts_of(name):
            causes = [e["broken"][name].get(fact.sentence) for e in attempts]
            broken = [cause for cause in causes if cause is not None]
            named = Counter(filter(None, broken)).most_common(1)
            cause = f"{named[0][0]} ({named[0][1]})" if named else ""
            rows.append((name, fact.sentence, len(broken), len(attempts), cause))
    return pd.DataFrame(rows, columns=["exercise", "fact", "broken", "attempted", "cause"])


def write(course: Course, lesson: str, log: RunLog, table: pd.DataFrame) -> Path:
    """Write the tables, that of :func:`marks` among them, and the page into
    ``grading/reports/LESSON/``; return that folder."""
    folder, facts = course.grading / "reports" / lesson, misunderstood(lesson, log)
    pages = {
        "marks.csv": BYTE_ORDER_MARK + table.map(no_formula).to_csv(index=False),
        "facts.csv": BYTE_ORDER_MARK + facts.to_csv(index=False),
        "report.html": page(
            lesson, table, facts, similar(course, lesson, [*_graded(table).student])
        ),
    }
    for platform in PLATFORMS:
        known = table[_is_of(platform, table) & _is_sure(platform, course, lesson, table)]
        if len(known):
            text = platform.table(known, lesson, table.maximum.max()).to_csv(index=False)
            pages[platform.table_name] = text
        elif platform.imports_marks:
            (folder / platform.table_name).unlink(missing_ok=True)
    for name, text in pages.items():
        with draft_of(folder / name) as draft:
            draft.write_text(text, encoding="utf-8")
    return folder


def _is_of(platform: Platform, table: pd.DataFrame) -> pd.Series:
    """Which students have marks that go to this platform."""
    theirs = table.lms_id.map(platform_of).map(lambda other: other is platform)
    return theirs & table.total.notna() & platform.imports_marks


def _is_sure(platform: Platform, course: Course, lesson: str, table: pd.DataFrame) -> pd.Series:
    """Whose numbers are known. Where a platform numbers its students anew for each assignment, the
    number in a download may be a group's, and only its list of the class says whose it is."""
    roster = course.roster()
    listed = [student for student, _ in roster if roster.number(student, lesson)]
    return table.student.isin(listed) | platform.keeps_numbers


def sure(course: Course, lesson: str, table: pd.DataFrame) -> pd.DataFrame:
    """The rows whose numbers on their platform are known to be theirs."""
    are = [_is_of(p, table) & _is_sure(p, course, lesson, table) for p in PLATFORMS]
    return table[np.logical_or.reduce(are)]


def compared(lesson: str) -> list[str]:
    """The columns in which a change of marks is told."""
    return [*_graded_cells(lesson), "late_penalty", "total", "maximum"]


def students(number: int) -> str:
    """So many students, in words."""
    return f"{number} student{'s' if number != 1 else ''}"


def hints(course: Course, lesson: str, table: pd.DataFrame) -> list[str]:
    """What the instructor should do, so that no student is left out of a table."""
    found = []
    for platform in PLATFORMS:
        known = _is_of(platform, table)
        if left := int((known & ~_is_sure(platform, course, lesson, table)).sum()):
            found.append(
                f"{platform.table_name} has no marks of {students(left)}: only {platform.list_name} "
                "says whose numbers theirs are. Download it, and give it with --roster FILE."
            )
    return found


STYLE = """
:root { color-scheme: light dark; background: Canvas; color: CanvasText }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
h1, li { overflow-wrap: anywhere }
.wide { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse }
th, td { text-align: left; padding: .3rem .7rem; border-bottom: 1px solid #8886; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td.sentence { min-width: min(16rem, 60vw) }
progress { width: 5rem }
"""


def page(lesson: str, table: pd.DataFrame, facts: pd.DataFrame, alike: pd.DataFrame) -> str:
    """The report as a page without other files."""
    graded = _graded(table)
    parts = [f"<h1>{html.escape(lesson)}</h1>", _list(_overview(table))]
    parts.append("<h2>What the class did not understand</h2>")
    parts.append(
        "<p>The facts that did not hold, the most frequent first, and for how many of the students "
        "who tried.</p>"
    )
    rows = [
        [row.exercise, row.fact, f"{row.broken} of {row.attempted}",
         f'<progress max="{row.attempted}" value="{row.broken}" aria-label="share">'
         f"{row.broken}</progress>", row.cause]
        for row in facts[facts.broken > 0].sort_values("broken", ascending=False).itertuples()
    ]  # fmt: skip
    parts.append(
        _table(
            ["exercise", "fact", "broken", "of those who tried", "most often because"],
            rows,
            raw={3},
        )
    )
    for title, what in (
        ("Could not be graded", table[table.state == "not gradable"]),
        ("Mended before grading", graded[graded.note != ""]),
    ):
        parts.append(f"<h2>{title}</h2>")
        parts.append(
            _table(["student", "why"], what[["student", "note"]].values.tolist(), label=title)
        )
    parts.append("<h2>Answers that are much alike</h2>")
    parts.append(
        "<p>Pairs that share pieces which nobody else has, and which are not in the lesson or its "
        "reference. It is a reason to look, and no proof of anything.</p>"
    )
    parts.append(_table([*alike.columns], alike.values.tolist()))
    parts.append("<h2>Marks</h2>")
    columns = [c for c in table.columns if c not in ("first_name", "last_name", "lms_id", "note")]
    parts.append(_table(columns, [[_shown(v) for v in row] for row in table[columns].values]))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(lesson)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f"<body><main>{''.join(parts)}</main></body></html>"
    )


def _graded(table: pd.DataFrame) -> pd.DataFrame:
    return table[table.state.isin(["graded", "to mark"])]


def _overview(table: pd.DataFrame) -> list[str]:
    graded = _graded(table)
    lines = [f"{count} {state}" for state, count in table.state.value_counts().items()]
    if len(graded):
        lines.append(
            f"automatic marks: mean {graded.automatic.mean():.2f}, "
            f"median {graded.automatic.median():.2f}; "
            f"{table.maximum.max():g} points with the questions that are marked by hand"
        )
        late = int((graded.late != "").sum())
        if late:
            lost = graded.late_penalty.astype(float).sum()
            lines.append(f"{late} late, which costs them {lost:g} points in all")
    return lines


def summary(table: pd.DataFrame) -> str:
    """The report in a few lines, for the terminal."""
    lines = _overview(table)
    trouble = table[table.state == "not gradable"]
    lines += [
        f"not gradable: {row.student}: {' '.join(row.note.split())[:300]}"
        for row in trouble.itertuples()
    ]
    return "\n".join(lines)


def _list(items: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(item)}</li>" for item in items) + "</ul>"


def _shown(value: Any) -> str:
    if value is None or value != value:
        return ""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _kind(text: str, raw: bool) -> str:
    """What a cell looks like: numbers are aligned, and a sentence keeps its width on a phone."""
    if text.replace(".", "").isdigit():
        return " class=number"
    return " class=sentence" if len(text) > 40 and not raw else ""


def _table(
    head: list[str], rows: list[list[Any]], raw: Container[int] = (), label: str = ""
) -> str:
    if not rows:
        return "<p>Nothing.</p>"
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_kind(str(v), i in raw)}>{v if i in raw else html.escape(str(v))}</td>"
            for i, v in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    heads = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in head)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    label = html.escape(label or head[0])  # a region that the keyboard can scroll
    return f'<div class="wide" tabindex="0" role="region" aria-label="{label}">{table}</div>'
