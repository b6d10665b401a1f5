"""Plugs the judge into nbgrader: ``nbgrader autograde`` and the formgrader's button both come here.

It stands where nbgrader would execute the notebook. Nothing of a submission is executed but its answers,
in the sandbox; each check cell gets the judge's report and points as its output, and nbgrader saves
them like any other marks.
"""

from __future__ import annotations

import functools

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from microlearn.checking import Report

from .cells import code_for
from .judge import judge
from .notebooks import normalise, released
from .sandbox import ROOT
from .secret import course_secret, seed_of


class Normalise(NbGraderPreprocessor):
    """Mend a submission before nbgrader looks at it."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        nb, notes = normalise(nb, released(resources["nbgrader"]["assignment"]))
        for note in notes:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], note)
        return nb, resources


class JudgeAnswers(NbGraderPreprocessor):
    """Write the judge's verdicts into the check cells of a submission."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        for name, report in judge_notebook(nb, course_secret(ROOT)).items():
            self.log.info("%s: %.0f%% of the points", name, 100 * report.score)
        return nb, resources


def judge_notebook(notebook: NotebookNode, secret: bytes) -> dict[str, Report]:
    """Judge every answer of a submission, and write each report and its points into the check cell.

    Returns
    -------
    The report of each exercise, by its name.
    """
    reports = {}
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader", {})
        name = str(meta.get("grade_id", "")).removeprefix("check_")
        if cell.cell_type == "code" and meta.get("grade") and name != meta.get("grade_id"):
            code = code_for(notebook, name, released_answer(name))
            report = judge(name, code, seed_of(secret, name, code or ""))
            cell.outputs = _outputs(report, round(float(meta["points"]) * report.score, 2))
            reports[name] = report
    return reports


def _outputs(report: Report, points: float) -> list[NotebookNode]:
    shown = {"text/plain": str(report), "text/html": report._repr_html_()}
    return [
        new_output("display_data", data=shown),
        new_output("execute_result", data={"text/plain": repr(points)}, execution_count=None),
    ]


@functools.cache
def released_answer(name: str) -> str:
    """The text of an exercise's answer cell as it was handed out."""
    for path in sorted((ROOT / "notebooks").glob("[0-9]*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == name:
                return cell.source
    return ""
