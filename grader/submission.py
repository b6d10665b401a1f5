"""Grades one submission, from its bytes to its marks. A worker runs this, here or on another machine.

A worker writes nothing. It returns plain data to the runner, which writes them down.
"""

from __future__ import annotations

import functools
import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output, writes

import microlearn
from microlearn.checking.reports import BROKEN, Points, Report

from . import sandbox
from .bubblewrap import ROOT
from .cells import code_for
from .judge import imported_by, judge
from .mending import normalise
from .notebooks import Unreadable, parse, released_answers
from .secret import seed_of


class OtherVersion(RuntimeError):
    """A worker has another version of the course than the runner."""


@dataclass
class Graded:
    """The outcome of a submission.

    ``marks`` is the share of the points that each exercise has earned, and ``broken`` the facts
    that did not hold: sentence -> likely cause. A submission that could not be graded says why in
    ``trouble``, and has no marks: that is not the same as zero. ``retry`` says that the trouble was not
    the submission's own, so that the next run tries again.
    """

    trouble: str = ""
    retry: bool = False
    notes: list[str] = field(default_factory=list)
    marks: dict[str, float] = field(default_factory=dict)
    attempted: dict[str, bool] = field(default_factory=dict)
    broken: dict[str, dict[str, str]] = field(default_factory=dict)
    notebook: str = ""


def grade(raw: bytes, lesson: str, secret: bytes, version: str) -> Graded:
    """Read, mend and judge one submission.

    Raises
    ------
    OtherVersion
        If ``version`` is not the fingerprint of the course on this machine.
    NoSandbox
        If this machine can't run students' code in a sandbox.
    """
    if fingerprint() != version:
        raise OtherVersion("A worker has another version of the course: update its clone.")
    try:
        submitted, odd = parse(raw)
        notebook, notes = normalise(submitted, lesson)
    except Unreadable as error:
        return Graded(trouble=str(error))
    reports = judge_notebook(notebook, secret)
    return Graded(
        notes=odd + notes + ([] if sandbox.sandbox_works() else [sandbox.WITHOUT]),
        marks={name: report.score for name, report in reports.items()},
        attempted={name: report.attempted for name, report in reports.items()},
        broken={
            name: {v.fact.sentence: v.cause for v in report.verdicts if v.outcome == BROKEN}
            for name, report in reports.items()
        },
        notebook=writes(notebook),
    )


def judge_notebook(notebook: NotebookNode, secret: bytes) -> dict[str, Report]:
    """Judge every answer of a mended submission, and write each report and its points into the check
    cell, as if the cell had been executed.

    Returns
    -------
    The report of each exercise, by its name.
    """
    checks = {}
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader", {})
        name = str(meta.get("grade_id", "")).removeprefix("check_")
        if cell.cell_type == "code" and meta.get("grade") and name != meta.get("grade_id"):
            checks[name] = cell
    reports, end = {}, time.monotonic() + sandbox.SECONDS
    modules = {module for name in checks for module in imported_by(name)}
    with sandbox.Box(modules) as box:
        for others, (name, cell) in zip(reversed(range(len(checks))), checks.items(), strict=True):
            code = code_for(notebook, name, released_answers().get(name, ""))
            # One answer may use up what it likes, except for the share of each that comes after it.
            share = sandbox.SECONDS / (2 * len(checks))
            seconds = max(share, end - time.monotonic() - share * others)
            report = judge(name, code, seed_of(secret, name, code or ""), seconds, box)
            cell.outputs = _outputs(report, float(cell.metadata.nbgrader["points"]))
            reports[name] = report
    return reports


def _outputs(report: Report, out_of: float) -> list[NotebookNode]:
    """What the check cell would have shown."""

    def shown(thing: Report | Points) -> dict[str, str]:
        return {"text/plain": repr(thing), "text/html": thing._repr_html_()}

    return [
        new_output("display_data", data=shown(report)),
        new_output("execute_result", data=shown(report.earned(out_of)), execution_count=None),
    ]


@functools.cache
def fingerprint() -> str:
    """Identifies the course's exercises, checks and grader, on which marks depend beside the answers."""
    package = Path(microlearn.__file__).parent
    files = [
        *package.rglob("*.py"),
        *(ROOT / "grader").rglob("*.py"),
        *(ROOT / "autograde_tests").glob("*.py"),
        *(ROOT / "solutions").glob("*.py"),
        *(ROOT / "notebooks").glob("*/*.ipynb"),
    ]
    # Sorted, so that it does not matter where the folders are.
    digests = sorted(hashlib.sha256(path.read_bytes()).digest() for path in files)
    return hashlib.sha256(b"".join(digests)).hexdigest()
