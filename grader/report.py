"""What an instructor reads afterwards: the marks, and what the class did not understand."""

from __future__ import annotations

import html
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from microlearn.checking import facts_of

from .collect import PARTICIPANT
from .notebooks import printable, released
from .runner import Course, RunLog

FOR_EXCEL = "\ufeff"
"""Begins a file that Excel is to take for one in UTF-8."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What Excel takes for the beginning of a formula. Students choose their names."""


def marks(course: Course, lesson: str, log: RunLog) -> pd.DataFrame:
    """One row for each student in the gradebook; but for those whom Moodle numbered for another lesson.

    Columns: ``student, first_name, last_name, lms_id``; each exercise and each question with its
    points, empty where a question is not marked yet; ``automatic`` and ``by_hand``, which less
    ``late_penalty`` make the ``total``; ``maximum``; ``state``, which is ``graded``, ``to mark`` where
    a question waits, ``not gradable`` or ``not submitted``; and ``note``. Without a submission that
    could be graded there are no points, which is not the same as zero.
    """
    cells = _graded_cells(lesson)
    rows = []
    with course.gradebook() as book:
        submissions = {s.student_id: s for s in book.assignment_submissions(lesson)}
        maximum = book.find_assignment(lesson).max_score
        people = {s.id: s for s in book.students}
        for student in sorted(set(people) | set(log.entries)):
            person, entry = people.get(student), log.entries.get(student, {})
            lms_id = (person and person.lms_user_id) or ""
            if lms_id.startswith(PARTICIPANT) and not entry and student not in submissions:
                continue
            row: dict[str, Any] = {
                "student": printable(student),
                "first_name": (person and person.first_name) or "",
                "last_name": (person and person.last_name) or "",
                "lms_id": lms_id,
            } | dict.fromkeys(cells)
            submission = submissions.get(student)
            row["state"] = "not gradable" if entry.get("trouble") else "not submitted"
            note = "; ".join([entry.get("trouble", ""), *entry.get("notes", [])]).strip("; ")
            row["note"] = printable(note)
            if submission and not entry.get("trouble"):
                grades = {g.name: g for notebook in submission.notebooks for g in notebook.grades}
                waiting = [g for g in grades.values() if g.needs_manual_grade]
                for name, grade in grades.items():
                    unmarked = grade.manual_score is None and grade.auto_score is None
                    row[name.removeprefix("check_")] = None if unmarked else grade.score
                row |= {
                    "automatic": sum(g.score for g in grades.values() if g.manual_score is None),
                    "by_hand": sum(g.score for g in grades.values() if g.manual_score is not None),
                    "late_penalty": submission.late_submission_penalty,
                    "total": submission.score - submission.late_submission_penalty,
                    "state": "to mark" if waiting else "graded",
                }
            rows.append(row | {"maximum": maximum})
    ends = ["automatic", "by_hand", "late_penalty", "total", "maximum", "state", "note"]
    return pd.DataFrame(
        rows, columns=["student", "first_name", "last_name", "lms_id", *cells, *ends]
    )


def _graded_cells(lesson: str) -> list[str]:
    """What a lesson gives points for, in its order."""
    metas = [cell.metadata.get("nbgrader", {}) for cell in released(lesson).cells]
    return [m["grade_id"].removeprefix("check_") for m in metas if m.get("grade")]


def misunderstood(lesson: str, log: RunLog) -> pd.DataFrame:
    """Each fact of each exercise with the number of students for whom it did not hold.

    Columns: ``exercise, fact, broken, attempted, cause``, the last being the likely cause that was
    named most often; nobody is counted who left the exercise out.
    """
    graded = [entry for entry in log.entries.values() if not entry["trouble"]]
    rows = []
    for name in _graded_cells(lesson):
        attempts = [e for e in graded if e["attempted"].get(name)]
        if not any(name in e["attempted"] for e in graded):
            continue  # a question, marked by hand
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
        "marks.csv": FOR_EXCEL + table.map(_no_formula).to_csv(index=False),
        "facts.csv": FOR_EXCEL + facts.to_csv(index=False),
        "canvas.csv": canvas(table, lesson).to_csv(index=False),
        "moodle.csv": moodle(table).to_csv(index=False),
        "report.html": page(lesson, table, facts),
    }
    for name, text in pages.items():
        draft = folder / f"{name}.tmp"
        draft.write_text(text, encoding="utf-8")
        draft.replace(folder / name)
    return folder


def canvas(table: pd.DataFrame, lesson: str) -> pd.DataFrame:
    """The marks as Canvas imports them (lib/gradebook_importer.rb): a row of possible points, then one
    for each user who has marks. An empty cell would take away a mark that is there."""
    known = table[(table.lms_id != "") & ~_in_moodle(table) & table.total.notna()]
    points = {"Student": "    Points Possible", lesson: table.maximum.max()}
    rows = {"Student": _names(known), "ID": known.lms_id, "SIS User ID": "", "SIS Login ID": "",
            "Section": "", lesson: _rounded(known)}  # fmt: skip
    return pd.concat([pd.DataFrame([points], columns=list(rows)), pd.DataFrame(rows)])


def moodle(table: pd.DataFrame) -> pd.DataFrame:
    """The marks as Moodle's offline grading worksheet has them (mod/assign/feedback/offline)."""
    known = table[_in_moodle(table) & table.total.notna()]
    return pd.DataFrame(
        {
            "Identifier": known.lms_id,
            "Full name": _names(known),
            "Email address": "",
            "Grade": _rounded(known),
            "Maximum Grade": known.maximum,
            "Last modified (grade)": "-",  # Moodle takes no sheet without it; so it writes never
        }
    )


def _in_moodle(table: pd.DataFrame) -> pd.Series:
    return table.lms_id.str.startswith(PARTICIPANT).astype(bool)


def _rounded(table: pd.DataFrame) -> pd.Series:
    return table.total.astype(float).round(2)


def _names(table: pd.DataFrame) -> pd.Series:
    names = (table.first_name + " " + table.last_name).str.strip()
    return names.where(names != "", table.student).map(_no_formula)


def _no_formula(value: Any) -> Any:
    """The value, so that Excel takes a text for a text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
       color-scheme: light dark }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto }
th, td { text-align: left; padding: .3rem .7rem; border-bottom: 1px solid #8886; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
progress { width: 5rem }
"""


def page(lesson: str, table: pd.DataFrame, facts: pd.DataFrame) -> str:
    """The report as a page that needs nothing but itself."""
    states = table.state.value_counts()
    graded = table[table.state.isin(["graded", "to mark"])]
    parts = [f"<h1>{html.escape(lesson)}</h1>", _list(_summary(table, graded, states))]
    parts.append("<h2>What the class did not understand</h2>")
    parts.append(
        "<p>The facts that did not hold among those who tried, the most frequent first.</p>"
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


def _summary(table: pd.DataFrame, graded: pd.DataFrame, states: pd.Series) -> list[str]:
    lines = [f"{count} {state}" for state, count in states.items()]
    if len(graded):
        lines.append(
            f"automatic marks: mean {graded.automatic.mean():.2f}, "
            f"median {graded.automatic.median():.2f}; "
            f"{table.maximum.max():g} points with the questions that are marked by hand"
        )
    return lines


def summary(table: pd.DataFrame) -> str:
    """The report in a few lines, for the terminal."""
    graded = table[table.state.isin(["graded", "to mark"])]
    lines = _summary(table, graded, table.state.value_counts())
    trouble = table[table.state == "not gradable"]
    lines += [f"not gradable: {row.student}: {row.note}" for row in trouble.itertuples()]
    return "\n".join(lines)


def _list(items: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(item)}</li>" for item in items) + "</ul>"


def _shown(value: Any) -> str:
    if value is None or value != value:
        return ""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _table(head: list[str], rows: list[list[Any]], raw: set[int] = frozenset()) -> str:
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
