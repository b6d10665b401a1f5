"""The report for the instructor: the marks, and the facts that the class did not understand."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Container
from pathlib import Path
from typing import Any

import pandas as pd
from nbgrader.api import Student, SubmittedAssignment

from microlearn.checking.facts import facts_of

from .course import Course
from .notebooks import printable, released
from .platforms import PLATFORMS, no_formula, platform_of
from .records import RunLog

BYTE_ORDER_MARK = "\ufeff"
"""With it, Excel reads a file as UTF-8."""
PEOPLE = ["student", "first_name", "last_name", "lms_id"]
RESULTS = ["automatic", "by_hand", "late_penalty", "total", "maximum", "state", "note"]


def marks(course: Course, lesson: str, log: RunLog) -> pd.DataFrame:
    """One row for each student in the gradebook or the log.

    Columns: ``student, first_name, last_name, lms_id``; each exercise and each question with its
    points, empty where a question is not marked yet; ``automatic`` and ``by_hand``, which less
    ``late_penalty`` make the ``total``; ``maximum``; ``state``, which is ``graded``, ``to mark`` where
    a question waits, ``not gradable`` or ``not submitted``; and ``note``. A student without a
    submission that could be graded has no points, which is not the same as zero.
    """
    with course.gradebook() as book:
        maximum = book.find_assignment(lesson).max_score
        people = {person.id: person for person in book.students}
        submissions = {found.student_id: found for found in book.assignment_submissions(lesson)}
        rows = []
        for student in sorted({*people, *log.entries}):
            person, submission = people.get(student), submissions.get(student)
            entry = log.entries.get(student)
            if entry or submission or not _is_of_another_lesson(person):
                result = {"maximum": maximum} | _result(entry or {}, submission)
                rows.append(_names(student, person) | result)
    return pd.DataFrame(rows, columns=[*PEOPLE, *_graded_cells(lesson), *RESULTS])


def _is_of_another_lesson(person: Student) -> bool:
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


def _result(entry: dict[str, Any], submission: SubmittedAssignment | None) -> dict[str, Any]:
    """What a student has, from the line in the log and the submission in the gradebook."""
    trouble = entry.get("trouble", "")
    note = printable("; ".join(filter(None, [trouble, *entry.get("notes", [])])))
    if trouble:
        return {"state": "not gradable", "note": note}
    if submission is None:
        return {"state": "not submitted", "note": note}
    return _points(submission) | {"note": note}


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


def write(course: Course, lesson: str, log: RunLog) -> Path:
    """Write the tables and the page into ``grading/reports/LESSON/``; return that folder."""
    folder = course.folder / "grading" / "reports" / lesson
    folder.mkdir(parents=True, exist_ok=True)
    table, facts = marks(course, lesson, log), misunderstood(lesson, log)
    pages = {
        "marks.csv": BYTE_ORDER_MARK + table.map(no_formula).to_csv(index=False),
        "facts.csv": BYTE_ORDER_MARK + facts.to_csv(index=False),
        "report.html": page(lesson, table, facts),
    }
    platforms, maximum = table.lms_id.map(platform_of), table.maximum.max()
    for platform in PLATFORMS:
        known = table[(platforms == platform) & table.total.notna()]
        pages[platform.table_name] = platform.table(known, lesson, maximum).to_csv(index=False)
    for name, text in pages.items():
        draft = folder / f"{name}.tmp"
        draft.write_text(text, encoding="utf-8")
        draft.replace(folder / name)
    return folder


STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
       color-scheme: light dark }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto }
th, td { text-align: left; padding: .3rem .7rem; border-bottom: 1px solid #8886; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
progress { width: 5rem }
"""


def page(lesson: str, table: pd.DataFrame, facts: pd.DataFrame) -> str:
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
         f'<progress max="{row.attempted}" value="{row.broken}">{row.broken}</progress>', row.cause]
        for row in facts[facts.broken > 0].sort_values("broken", ascending=False).itertuples()
    ]  # fmt: skip
    parts.append(_table(["exercise", "fact", "broken", "", "most often because"], rows, raw={3}))
    for title, what in (
        ("Could not be graded", table[table.state == "not gradable"]),
        ("Mended before grading", graded[graded.note != ""]),
    ):
        parts.append(f"<h2>{title}</h2>")
        parts.append(_table(["student", "why"], what[["student", "note"]].values.tolist()))
    parts.append("<h2>Marks</h2>")
    columns = [c for c in table.columns if c not in ("first_name", "last_name", "lms_id", "note")]
    parts.append(_table(columns, [[_shown(v) for v in row] for row in table[columns].values]))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(lesson)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f"<body>{''.join(parts)}</body></html>"
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
    return lines


def summary(table: pd.DataFrame) -> str:
    """The report in a few lines, for the terminal."""
    lines = _overview(table)
    trouble = table[table.state == "not gradable"]
    lines += [f"not gradable: {row.student}: {row.note}" for row in trouble.itertuples()]
    return "\n".join(lines)


def _list(items: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(item)}</li>" for item in items) + "</ul>"


def _shown(value: Any) -> str:
    if value is None or value != value:
        return ""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _table(head: list[str], rows: list[list[Any]], raw: Container[int] = ()) -> str:
    if not rows:
        return "<p>Nothing.</p>"
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=number' if str(v).replace('.', '').isdigit() else ''}>"
            f"{v if i in raw else html.escape(str(v))}</td>"
            for i, v in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    heads = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in head)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
