"""The plain nbgrader commands, run from the course's folder, give every submission its marks."""

from __future__ import annotations

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
    fill_gap(cells["backprop"], "update[l] = -presynaptic(h[l]).T @ (delta / len(x))")


def crashing(cells):
    half_filled(cells)
    cells["backprop"].source = "raise RuntimeError('an honest mistake')"


def half_filled_01(cells):
    fill_gap(
        cells["weight_perturbation"],
        "shaken = network.with_weights([w + p for w, p in zip(network.weights, psi)])\n"
        "rise = loss.mean(y, shaken.predict(x)) - loss.mean(y, network.predict(x))\n"
        "return [-rise / noise**2 * p for p in psi]",
    )


def wrong_01(cells):
    fill_gap(cells["weight_perturbation"], "return [p / noise for p in psi]")
    fill_gap(cells["perturbations_for_cosine"], "return (1 - cosine**2) / cosine**2")


def crashing_01(cells):
    fill_gap(cells["weight_perturbation"], "return no_such_name")
    fill_gap(
        cells["perturbations_for_cosine"],
        "return (parameters + 1) * cosine**2 / (1 - cosine**2)",
    )


MISTAKES = {
    "00_network": (half_filled, wrong, crashing),
    "01_weight_perturbation": (half_filled_01, wrong_01, crashing_01),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Release, hand in, grade, and return feedback, with the commands that an instructor types."""
    course = new_course(tmp_path_factory.mktemp("course"))
    for lesson in LESSONS:
        submit(course, "right", solved(lesson), lesson)
        submit(course, "released", released(lesson), lesson)
        for change in MISTAKES.get(lesson, ()):
            submit(course, change.__name__.removesuffix("_01"), released(lesson), lesson, change)
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
    assert marks["wrong"]["backprop"] == 0

    marks, full = scores(graded, LESSONS[1]), full_marks(LESSONS[1])
    rule, number = "weight_perturbation", "perturbations_for_cosine"
    assert marks["half_filled"] == {rule: full[rule], number: 0}
    assert marks["wrong"][rule] == 0  # pure noise
    assert marks["wrong"][number] == 0
    # So does one that crashes when it is called.
    assert marks["crashing"] == {rule: 0, number: full[number]}


@group
def test_feedback_says_which_fact_is_broken(graded):
    folder = graded / "grading" / "feedback" / "half_filled" / LESSONS[0]
    page = next(folder.glob("*.html")).read_text()
    assert "the factor ½ is missing" in page
    assert "per_sample = 0.5" not in page


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
