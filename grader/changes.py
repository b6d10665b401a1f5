"""Whose marks a run has changed, and why: a student may ask."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from microlearn.drafts import draft_of

from .platforms import no_formula

COLUMNS = ["at", "student", "what", "before", "after", "why"]
FILE = "changes.csv"
Entries: TypeAlias = dict[str, dict[str, Any]]


def changes(
    before: pd.DataFrame, after: pd.DataFrame, what: list[str], was: Entries, now: Entries
) -> pd.DataFrame:
    """Each mark that is another one than before; a first mark is no change.

    Parameters
    ----------
    before, after : tables as :func:`grader.report.marks` makes them
    what : the columns to compare
    was, now : the entries of the log at the two times, which say why
    """
    old, new = before.set_index("student"), after.set_index("student")
    at, rows = time.strftime("%Y-%m-%d %H:%M"), []
    for student in old.index.intersection(new.index):
        for name in what:
            first, second = old[name][student], new[name][student]
            if pd.notna(first) and (pd.isna(second) or abs(first - second) > 1e-9):
                why = _why(name, was.get(student, {}), now.get(student, {}))
                rows.append([at, student, name, first, second, why])
    return pd.DataFrame(rows, columns=COLUMNS)


def _why(name: str, was: dict[str, Any], now: dict[str, Any]) -> str:
    if now.get("trouble"):
        return str(now["trouble"])
    if was.get("key") == now.get("key"):
        return "the deadlines, the times or marks by hand have changed"
    half = len(was["key"]) // 2 if was.get("key") else 0
    again = was.get("key", "")[:half] != now.get("key", "")[:half]
    why = "another submission" if again else "the lesson or the grader has changed"
    first, second = (each.get("broken", {}).get(name, {}) for each in (was, now))
    lost, won = [f for f in second if f not in first], [f for f in first if f not in second]
    facts = [f"no longer holds: {fact}" for fact in lost] + [f"holds now: {fact}" for fact in won]
    return "; ".join([why, *facts])


def write_down(found: pd.DataFrame, folder: Path) -> None:
    """Add the changes to the table in the folder of reports."""
    path = folder / FILE
    if found.empty:
        return
    text = found.map(no_formula).to_csv(index=False, header=not path.exists())
    earlier = path.read_text(encoding="utf-8") if path.exists() else "\ufeff"
    with draft_of(path) as draft:
        draft.write_text(earlier + text, encoding="utf-8")
