"""Plugs the judge into nbgrader: ``nbgrader autograde`` and the formgrader's button both come here.

It stands where nbgrader would execute the notebook. Nothing of a submission is executed but its answers,
in the sandbox; each check cell gets the judge's report and points as its output, and nbgrader saves
them like any other marks.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from microlearn.checking import Report

from .cells import code_for
from .judge import judge
from .sandbox import ROOT


class JudgeAnswers(NbGraderPreprocessor):
    """Write the judge's verdicts into the check cells of a submission."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        for cell in nb.cells:
            meta = cell.metadata.get("nbgrader", {})
            name = str(meta.get("grade_id", "")).removeprefix("check_")
            if cell.cell_type == "code" and meta.get("grade") and name != meta.get("grade_id"):
                report = judge(name, code_for(nb, name, released_answer(name)))
                points = round(float(meta["points"]) * report.score, 2)
                self.log.info("%s: %s of %s points", name, points, meta["points"])
                cell.outputs = _outputs(report, points)
        return nb, resources


def _outputs(report: Report, points: float) -> list[NotebookNode]:
    shown = {"text/plain": str(report), "text/html": report._repr_html_()}
    return [
        new_output("display_data", data=shown),
        new_output("execute_result", data={"text/plain": repr(points)}, execution_count=None),
    ]


def released_answer(name: str) -> str:
    """The text of an exercise's answer cell as it was handed out."""
    for path in sorted(Path(ROOT / "notebooks").glob("[0-9]*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == name:
                return cell.source
    return ""
