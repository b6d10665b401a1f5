"""Every lesson runs: solved, from top to bottom; released, for a student who has done nothing yet."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from conftest import LESSONS, ROOT, colab_kernel, outputs, run_notebook
from executed import NOWHERE, executed, fingerprint, over_something, solved
from nbformat.v4 import new_code_cell

from microlearn.predictions import BEYOND, SHARES

ALL = bool(os.environ.get("MICROLEARN_ALL_LESSONS"))
"""Whether all released lessons run, from the first update of each training to its last."""
TODAY = LESSONS if ALL else LESSONS[datetime.date.today().toordinal() % 4 :: 4]
"""The released lessons of the day, a fourth of them; the solved ones always run, and completely."""
FIRST_UPDATES = """
import os
from microlearn.training import Training

def first_updates(run, x, y, update=Training._update):
    if run.number < 20:
        run._loss_of_first_updates = update(run, x, y)
    return run._loss_of_first_updates

Training._update = first_updates
os.environ["LOKY_MAX_CPU_COUNT"] = "1"  # so that the points of a sweep run in this process, too
"""
"""A cell above a released lesson. What its cells do without an answer is seen without training, which
would take as long as in the solved lesson."""


def released(name):
    return nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4)


@pytest.fixture
def student_kernel(tmp_path, monkeypatch) -> str:
    """The kernel of a released lesson: Colab's where there is one, since ours runs the solved one."""
    colab = os.environ.get("MICROLEARN_COLAB_PYTHON")
    if not colab:
        return "python3"
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    # The clone that the first cell would fetch is this one.
    return colab_kernel(Path(colab), tmp_path, PYTHONPATH=str(ROOT))


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_solved_it_runs_in_a_minute_and_600_mb(name, record_property):
    notebook = executed(name)
    run = notebook.metadata.run
    record_property("found", run.found)
    assert run.megabytes < 600
    # Half as much again as the promise: tests that share the processor slow it down.
    assert run.seconds < 90
    for cell in notebook.cells:
        said = [output.text for output in cell.get("outputs", []) if output.get("name") == "stderr"]
        assert not said, f"{cell.source[:200]}\nsays on stderr, in a red box: {said}"
        doubts = [doubt for doubt in (BEYOND, SHARES) if doubt in outputs(cell)]
        assert not doubts, f"{cell.source}\nsays {doubts}: mend it, or the scale of its predict"
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            assert float(cell.outputs[-1].data["text/plain"]) == cell.metadata.nbgrader.points
    assert pictures_have_alternatives(notebook)


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_released_it_runs_without_an_answer(name, tmp_path, monkeypatch, student_kernel):
    if name not in TODAY:
        pytest.skip("another day's lesson: MICROLEARN_ALL_LESSONS=1 runs all of them")
    for variable, value in NOWHERE.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("MICROLEARN_DATA", raising=False)
    notebook = released(name)
    if not ALL:
        notebook.cells.insert(0, new_code_cell(FIRST_UPDATES))
    run_notebook(notebook, tmp_path, kernel_name=student_kernel)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            assert "not attempted yet" in outputs(cell)
            assert float(cell.outputs[-1].data["text/plain"]) == 0
        if cell.id == "install":
            assert cell.outputs == []
    assert not [*tmp_path.glob("my_rules/*.py")]  # a gap is no answer


def pictures_have_alternatives(notebook):
    """Whether there are pictures, each with a text alternative, and none without."""
    data = [
        output.data
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "data" in output
    ]
    tags = [tag for page in data for tag in re.findall(r"<img[^>]*>", page.get("text/html", ""))]
    described = all('alt="' in tag and 'alt=""' not in tag for tag in tags)
    return tags and described and not any("image/png" in page for page in data)


@pytest.mark.parametrize("name", LESSONS[1:])
def test_it_has_a_live_panel(name):
    assert any(re.search(r"^panel\(", cell.source, re.M) for cell in released(name).cells)


@pytest.mark.parametrize("name", LESSONS)
def test_two_questions_are_marked_by_hand(name):
    by_hand = [
        cell
        for cell in released(name).cells
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade")
    ]
    assert len(by_hand) >= 2
    assert all("YOUR ANSWER HERE" in cell.source for cell in by_hand)


@pytest.mark.parametrize(
    "claim",
    [
        *("for v in found: assert v > 1", "assert all(v > 1 for v in found)"),
        *("assert all([v > 1 for v in found])", "for k, v in enumerate(found):\n    assert v > k"),
        *("assert (np.array(found) > 1).all()", "assert np.all(np.array(found) > 1)"),
        *("assert all(v > 1 for v in found if v)", "assert np.allclose(2, found)"),
        *("for _ in [1]:\n    for v in found: assert v > 1", "assert {*found} <= {2, 3}"),
        *("assert set(found) <= {2, 3}",),
        *(
            "assert pd.Series(found).is_monotonic_increasing",
            "assert sum(v < 1 for v in found) == 0",
        ),
        *(
            "for k, v in dict(enumerate(found)).items(): assert v > k",
            "assert sorted(found) == found",
        ),
        *(
            "assert (pd.Series(found).diff().dropna() == 0).all()",
            "assert (table < 3).all(axis=None)",
        ),
    ],
)
def test_a_claim_that_goes_over_nothing_fails(claim):
    def names(found):
        return {"found": found, "np": np, "pd": pd, "table": pd.DataFrame([found] * 2)}

    exec(over_something(claim), names([2, 2]))
    exec(claim, names([]))
    with pytest.raises(AssertionError, match="this claim goes over nothing"):
        exec(over_something(claim), names([]))


def test_a_claim_may_say_that_there_is_nothing_and_ask_a_training_that_is_over():
    none = "assert len(wrong) == 0 and wrong == [] and [v for v in found if v > 3] == []"
    exec(over_something(none), {"wrong": [], "found": [2]})
    exec(over_something("assert type(over) == kind"), {"over": iter([]), "kind": type(iter([]))})


def test_a_run_is_kept_until_something_changes_that_it_depends_on(tmp_path, monkeypatch):
    name = LESSONS[0]
    for folder in ("microlearn", "solutions"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    notebook = solved(name, tmp_path)
    prints = [fingerprint(notebook, tmp_path), fingerprint(notebook, tmp_path)]
    assert prints[0] == prints[1]
    for path in (
        "microlearn/network.py",
        "solutions/backprop.py",
        "microlearn/results/mnist_tuned.csv",
    ):
        with (tmp_path / path).open("a") as file:
            file.write("\n")
        prints.append(fingerprint(notebook, tmp_path))
    notebook.cells[-1].source += " "
    prints.append(fingerprint(notebook, tmp_path))
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    prints.append(fingerprint(notebook, tmp_path))
    libraries = [*importlib.metadata.distributions()][1:]
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: libraries)
    prints.append(fingerprint(notebook, tmp_path))
    assert len(set(prints)) == len(prints) - 1
