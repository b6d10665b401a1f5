"""Plugs the grader into nbgrader: ``nbgrader autograde`` and the formgrader's button both come here.

:class:`JudgeAnswers` stands where nbgrader would execute the notebook. Nothing of a submission runs
except its answers, in the sandbox, and nbgrader saves the points of the check cells as usual.
"""

from __future__ import annotations

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from .bubblewrap import ROOT
from .mending import normalise
from .notebooks import unix_lines
from .sandbox import WITHOUT, sandbox_works
from .secret import course_secret
from .submission import judge_notebook


class Normalise(NbGraderPreprocessor):
    """Mend a submission before nbgrader looks at it."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        for cell in nb.cells:
            cell.source = unix_lines(cell.source)
        nb, notes = normalise(nb, resources["nbgrader"]["assignment"])
        for note in notes:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], note)
        return nb, resources


class JudgeAnswers(NbGraderPreprocessor):
    """Write the judge's reports and points into the check cells of a submission."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        if not sandbox_works():
            self.log.warning("%s: %s", resources["nbgrader"]["student"], WITHOUT)
        for name, report in judge_notebook(nb, course_secret(ROOT)).items():
            self.log.info("%s: %.0f%% of the points", name, 100 * report.score)
        return nb, resources
