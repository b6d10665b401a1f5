"""The plain nbgrader commands, run from the course's folder, give every submission its marks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import LESSONS, ROOT
from courses import fill_gap, full_marks, nbgrader, new_course, released, scores, solved, submit

group = pytest.mark.xdist_group("a class that nbgrader has graded")


def half_filled(cells):
    fill_gap(cells["forward"], "activities.append(f(presynaptic(activities[-1]) @ w))")
    fill_gap(cells["mean_squared_error"], "return np.mean(np.sum((y - prediction) ** 2, axis=1))")


def wrong(cells):
    fill_gap(cells["forward"], "activities.append(f(activities[-1] @ w[:-1]))")
    fill_gap(cells["mean_squared_error"], "return no_such_name")
    fill_gap(cells["backprop"], "update[l] = -presynaptic(h[l]).T @ (delta / len(x))")


def crashing(cells):
    half_filled(cells)
    cells["backprop"].source = "raise RuntimeError('an honest mistake')"


MISTAKES = (half_filled, wrong, crashing)
"""What is handed in for the first lesson beside what is right."""


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Release, hand in, grade, and return feedback, with the commands that an instructor types."""
    course = new_course(tmp_path_factory.mktemp("course"))
    for lesson in LESSONS:
        submit(course, "right", solved(lesson), lesson)
        submit(course, "released", released(lesson), lesson)
    for change in MISTAKES:
        submit(course, change.__name__, released(LESSONS[0]), LESSONS[0], change)
    nbgrader(
        course,
        *(f"generate_assignment {lesson}" for lesson in LESSONS),
        *(f"autograde {lesson}" for lesson in LESSONS),
        f"generate_feedback {LESSONS[0]} --student half_filled",
        "export",
    )
    return course


@group
def test_releasing_again_changes_no_byte(graded):
    for lesson in LESSONS:
        path = Path("notebooks") / lesson / f"{lesson}.ipynb"
        assert (graded / path).read_bytes() == (ROOT / path).read_bytes()


@group
@pytest.mark.parametrize("lesson", LESSONS)
def test_the_solved_notebook_gets_full_marks_and_the_released_one_none(graded, lesson):
    marks = scores(graded, lesson)
    assert marks["right"] == full_marks(lesson)
    assert set(marks["released"].values()) == {0.0}


@group
def test_everybody_gets_what_their_answers_earn(graded):
    marks, full = scores(graded, LESSONS[0]), full_marks(LESSONS[0])
    half = marks["half_filled"]
    assert half["forward"] == full["forward"]
    assert 0 < half["mean_squared_error"] < full["mean_squared_error"]  # the ½ is missing
    assert half["backprop"] == half["passes_for_finite_differences"] == 0
    # A cell that crashes takes only its own exercise down with it.
    assert marks["crashing"] == half
    assert marks["wrong"]["forward"] == 0  # without biases
    assert marks["wrong"]["mean_squared_error"] == 0  # crashes when it is called
    assert marks["wrong"]["backprop"] == 0


@group
def test_feedback_says_which_fact_of_which_exercise_is_broken(graded):
    folder = graded / "grading" / "feedback" / "half_filled" / LESSONS[0]
    page = next(folder.glob("*.html")).read_text()
    assert "the factor ½ is missing" in page
    assert "per_sample = 0.5" not in page
    assert (
        '<html lang="en">' in page
        and "Test cell" not in page
        and "check_forward</code>" not in page
    )
    for kind, name in (("Exercise", "forward"), ("Question", "blame_without_a_target")):
        assert f"{kind} <code>{name}</code></a>" in page
    # It is read without a network: formulas are drawn by the browser itself.
    assert "<mfrac>" in page and "MathJax" not in page
    assert not re.search(r"<(?:script|link|img)[^>]+https?:|@import|url\(['\"]?http", page)


@group
def test_the_export_has_everybody(graded):
    text = (graded / "grades.csv").read_text()
    for student in ("right", "released", "half_filled", "wrong", "crashing"):
        assert student in text


@pytest.mark.slow
def test_validate_passes_the_solved_notebook(tmp_path):
    """That it names what is not attempted is a test of the button in JupyterLab."""
    course, lesson = new_course(tmp_path), LESSONS[0]
    said = nbgrader(course, f"validate solutions/{lesson}/{lesson}.ipynb")
    assert "Success! Your notebook passes all the tests." in said
