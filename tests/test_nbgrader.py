"""The plain nbgrader commands, run from the course's folder, give every submission its marks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import LESSONS, ROOT
from nbgrader.api import Gradebook

from grader.sandbox import OPT_OUT, sandbox_works


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of what an instructor needs, so that no gradebook is left behind."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for name in ("solutions", "notebooks", "grader", "autograde_tests"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def nbgrader(course: Path, *words: str) -> str:
    """Run one nbgrader command and return what it said."""
    scripts = str(Path(sys.executable).parent)
    environment = os.environ | {"PATH": scripts + os.pathsep + os.environ["PATH"]}
    if not sandbox_works():
        environment[OPT_OUT] = "yes"
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def submit(course: Path, student: str, lesson: str, change=None, source: str = "notebooks") -> None:
    """Hand in a notebook; ``change(cells)`` gets its answer cells by exercise."""
    notebook = nbformat.read(course / source / lesson / f"{lesson}.ipynb", as_version=4)
    if change:
        change(
            {
                cell.metadata.nbgrader.grade_id: cell
                for cell in notebook.cells
                if "nbgrader" in cell.metadata
            }
        )
    folder = course / "grading" / "submitted" / student / lesson
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{lesson}.ipynb")


def gap(cell, lines: str) -> None:
    """Write lines into the gap of a released answer cell."""
    indent = " " * (
        cell.source.index("# YOUR CODE HERE")
        - cell.source.rindex("\n", 0, cell.source.index("# YOUR CODE HERE"))
        - 1
    )
    body = f"\n{indent}".join(lines.splitlines())
    cell.source = cell.source.replace(
        f"# YOUR CODE HERE\n{indent}raise NotImplementedError()", body
    )


def half_filled(cells):
    gap(cells["forward"], "activities.append(f(presynaptic(activities[-1]) @ w))")
    gap(cells["mean_squared_error"], "return np.mean(np.sum((y - prediction) ** 2, axis=1))")


def wrong(cells):
    gap(cells["forward"], "activities.append(f(activities[-1] @ w[:-1]))")
    gap(cells["backprop"], "update[l] = -presynaptic(h[l]).T @ (delta / len(x))")


def crashing(cells):
    half_filled(cells)
    cells["backprop"].source = "raise RuntimeError('an honest mistake')"


def half_filled_01(cells):
    gap(
        cells["weight_perturbation"],
        "shaken = network.with_weights([w + p for w, p in zip(network.weights, psi)])\n"
        "rise = loss.mean(y, shaken.predict(x)) - loss.mean(y, network.predict(x))\n"
        "return [-rise / noise**2 * p for p in psi]",
    )


def wrong_01(cells):
    gap(cells["weight_perturbation"], "return [p / noise for p in psi]")
    gap(cells["perturbations_for_cosine"], "return (1 - cosine**2) / cosine**2")


def crashing_01(cells):
    gap(cells["weight_perturbation"], "return no_such_name")
    gap(
        cells["perturbations_for_cosine"],
        "return (parameters + 1) * cosine**2 / (1 - cosine**2)",
    )


MISTAKES = {
    "00_network": (half_filled, wrong, crashing),
    "01_weight_perturbation": (half_filled_01, wrong_01, crashing_01),
}


def scores(course: Path, lesson: str) -> dict[str, dict[str, float]]:
    """The automatic score of every graded code cell, by student and exercise."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "microlearn") as gradebook:
        return {
            submission.student.id: {
                grade.name.removeprefix("check_"): grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.name.startswith("check_")
            }
            for submission in gradebook.assignment_submissions(lesson)
        }


def totals(course: Path, lesson: str) -> dict[str, float]:
    notebook = nbformat.read(course / "notebooks" / lesson / f"{lesson}.ipynb", as_version=4)
    graded = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    return {
        g["grade_id"].removeprefix("check_"): float(g["points"])
        for g in graded
        if g.get("grade_id", "").startswith("check_")
    }


@pytest.fixture(scope="module")
def graded(course):
    """Release, hand in, grade, and return feedback, with the commands that an instructor types."""
    for lesson in LESSONS:
        nbgrader(course, "generate_assignment", lesson)
        submit(course, "right", lesson, source="solutions")
        submit(course, "released", lesson)
    for lesson, changes in MISTAKES.items():
        for change in changes:
            submit(course, change.__name__.removesuffix("_01"), lesson, change)
    for lesson in LESSONS:
        nbgrader(course, "autograde", lesson)
        nbgrader(course, "generate_feedback", lesson)
    nbgrader(course, "export")
    return course


def test_releasing_again_changes_no_byte(graded):
    for lesson in LESSONS:
        path = Path("notebooks") / lesson / f"{lesson}.ipynb"
        assert (graded / path).read_bytes() == (ROOT / path).read_bytes()


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_solved_notebook_gets_full_marks_and_the_released_one_none(graded, lesson):
    marks = scores(graded, lesson)
    assert marks["right"] == totals(graded, lesson)
    assert set(marks["released"].values()) == {0.0}


def test_everybody_gets_what_their_answers_earn(graded):
    marks, full = scores(graded, LESSONS[0]), totals(graded, LESSONS[0])
    half = marks["half_filled"]
    assert half["forward"] == full["forward"]
    assert 0 < half["mean_squared_error"] < full["mean_squared_error"]  # the ½ is missing
    assert half["backprop"] == half["passes_for_finite_differences"] == 0
    # A cell that crashes takes only its own exercise down with it.
    assert marks["crashing"] == half
    assert marks["wrong"]["forward"] == 0  # without biases
    assert marks["wrong"]["backprop"] == 0

    marks, full = scores(graded, LESSONS[1]), totals(graded, LESSONS[1])
    rule, number = "weight_perturbation", "perturbations_for_cosine"
    assert marks["half_filled"] == {rule: full[rule], number: 0}
    assert marks["wrong"][rule] == 0  # pure noise
    assert marks["wrong"][number] == 0
    # So does one that crashes when it is called.
    assert marks["crashing"] == {rule: 0, number: full[number]}


def test_feedback_says_which_fact_is_broken(graded):
    folder = graded / "grading" / "feedback" / "half_filled" / LESSONS[0]
    page = next(folder.glob("*.html")).read_text()
    assert "the factor ½ is missing" in page
    assert "per_sample = 0.5" not in page


def test_the_export_has_everybody(graded):
    text = (graded / "grades.csv").read_text()
    for student in ("right", "released", "half_filled", "wrong", "crashing"):
        assert student in text


def test_validate_tells_right_from_unfinished(course):
    ok = "Success! Your notebook passes all the tests."
    for lesson in LESSONS[:2]:  # it executes the whole notebook
        name = f"{lesson}/{lesson}.ipynb"
        assert ok in nbgrader(course, "validate", f"solutions/{name}")
        unfinished = nbgrader(course, "validate", f"notebooks/{name}")
        assert ok not in unfinished
        assert "The following cell failed" in unfinished
