"""What check says besides its verdict, and what becomes of an answer that has not passed."""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import re
import sys
import time
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from conftest import ROOT, outputs, run_notebook
from nbformat.v4 import new_code_cell, new_notebook
from threadpoolctl import threadpool_limits

from microlearn import (
    check,
    exercises,
    fill,
    flow,
    get_exercise,
    get_rule,
    hint,
    kept,
    panel,
    presynaptic,
    sweep,
    threads,
    train,
    training,
    use_reference,
)
from microlearn.checking import watch
from microlearn.checking.facts import Broken, Fact, check_of, fact
from microlearn.checking.reports import Report
from microlearn.exercises import answers, reference
from microlearn.losses import Loss, get_loss

HALF = 0.5


def mean_squared_error(y, prediction):
    return HALF * np.mean(np.sum((y - prediction) ** 2, axis=1))


CALLS, SEEN = 0, []


def counting():
    def mean_squared_error(y, prediction):
        global CALLS
        CALLS += 1
        return HALF * np.mean(np.sum((y - prediction) ** 2, axis=1))

    return mean_squared_error


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """In a lesson's folder, in a session that has filled in nothing and has announced nothing."""
    (tmp_path / "01_lesson").mkdir()
    monkeypatch.chdir(tmp_path / "01_lesson")
    for name in ("_filled", "_copied", "_refused", "_announced", "_preferred"):
        monkeypatch.setattr(exercises, name, {})
    return tmp_path


def lines_of_a_new_session(capsys):
    """What two cells of a later lesson say that use the exercise."""
    exercises.forget_answers()
    return lines_of_two_cells(capsys)


def lines_of_two_cells(capsys, cells=(1, 2)):
    capsys.readouterr()
    said = []
    for cell in cells:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exercises, "_cell", lambda: cell)  # noqa: B023
            for _ in range(3):
                get_exercise("mean_squared_error")
        said.append(capsys.readouterr().out)
    return said


def test_each_cell_says_that_a_kept_answer_has_not_passed_its_check(lesson, capsys, monkeypatch):
    monkeypatch.setitem(globals(), "HALF", 1.0)
    fill(mean_squared_error)
    assert not check("mean_squared_error").passed
    said = lines_of_a_new_session(capsys)
    assert said[0] == said[1] != ""
    assert said[0].count("has not passed its check") == 1
    assert 'use_reference("mean_squared_error")' in said[0]
    assert str(lesson) not in said[0]

    # The constant is mended in a cell of its own: what passes is kept.
    fill(mean_squared_error)
    monkeypatch.setitem(globals(), "HALF", 0.5)
    assert check("mean_squared_error").passed
    said = lines_of_a_new_session(capsys)
    assert "kept in my_rules/mean_squared_error.py." in said[0]
    assert "not passed" not in said[0]
    assert said[1] == ""
    assert get_exercise("mean_squared_error")(np.ones((1, 2)), np.zeros((1, 2))) == 1

    kept = lesson / "my_rules" / "mean_squared_error.py"
    kept.write_text(kept.read_text() + "\n")
    exercises._announced.clear()
    assert "was changed, or cut off, since it passed its" in lines_of_a_new_session(capsys)[1]

    whole = kept.read_text()
    for source, said in ((f"{whole})", "reference stands in"), (whole, "using your own")) * 2:
        kept.write_text(source)
        for _ in range(2):
            get_exercise("mean_squared_error")
        assert capsys.readouterr().out.count(said) == 1


def test_a_kept_answer_is_checked_where_this_session_has_none(lesson, monkeypatch):
    name, copy = "mean_squared_error", lesson / "my_rules" / "mean_squared_error.py"
    for half, passed in ((0.5, True), (1.0, False)):
        monkeypatch.setitem(globals(), "HALF", half)
        fill(mean_squared_error)
        exercises.forget_answers()  # as a new kernel does
        report = check(name)
        assert (report.passed, exercises.standing(name).doubtful) == (passed, not passed)
        assert "Checked: your own answer, kept in my_rules/mean_squared_error.py." in str(report)
        assert "This session has run no cell with an answer." in report.checked
        assert (report.earned(4) == 4) is passed  # its cell may well be in the notebook
    copy.write_text(text := copy.read_text().replace("HALF = 1.0", "HALF = 0.5"))
    fill(exercises.stub(name))
    report = check(name)
    assert report.passed and not exercises.standing(name).doubtful
    assert "the notebook is what you hand in: copy it there" in report.checked
    assert report.earned(4) == 0
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert not check(name).attempted
    monkeypatch.delenv("NBGRADER_EXECUTION")
    copy.write_text(f"{text})")
    assert not check(name).attempted and "can't be used (SyntaxError" in check(name).checked
    exercises.forget_answers()
    monkeypatch.setattr(sys.modules["__main__"], name, min, raising=False)
    assert f"But the name {name} means another function now, which is not" in check(name).checked


def test_where_a_name_is_in_a_variable_one_line_is_said_or_that_which_is_used(lesson, capsys):
    def backprop(network, x, y, loss):
        name = "cosine"
        get_exercise(name + "_similarity")
        return [0 * w for w in network.weights]

    fill(backprop)
    run = training("backprop", "digits")
    assert capsys.readouterr().out == ""
    for _ in range(2):
        next(run)
    assert capsys.readouterr().out.splitlines() == [
        "cosine_similarity: not filled in yet, so the reference stands in for it."
    ]
    # As a sweep and a panel do, whose points say nothing.
    _, found = (get_rule("backprop").answers() for _ in range(2))
    assert capsys.readouterr().out == f"{exercises.OF_ALL}\n"
    # A sweep finds its kept points by them, in another session too, whose sets have another order.
    assert [*found] == ["backprop", *(n for n in exercises.exercise_names() if n != "backprop")]


def test_where_a_pass_can_not_be_noted_it_is_said(lesson, capsys):
    fill(mean_squared_error)
    (lesson / "my_rules" / kept.PASSED).write_text("in its way")
    assert check("mean_squared_error").passed
    assert "has passed could not be noted (Not a directory: " in capsys.readouterr().out
    exercises.forget_answers()
    assert exercises.standing("mean_squared_error").doubtful


def test_where_the_name_means_another_function_by_now_all_that_use_the_answer_say_so(
    lesson, capsys, monkeypatch
):
    fill(mean_squared_error)
    get_exercise("mean_squared_error")
    assert capsys.readouterr().out == ""
    for other in (lambda y, prediction: 7.0, functools.cache(mean_squared_error)):
        with monkeypatch.context() as patch:
            patch.setitem(globals(), "mean_squared_error", other)
            patch.setattr(exercises, "_cell", lambda: 9)
            assert get_exercise("mean_squared_error") is not other
            assert (
                "is used. But the name mean_squared_error means another" in capsys.readouterr().out
            )
            assert "But the name" in check("mean_squared_error").checked
            use_reference(get_exercise("mean_squared_error"))
            assert exercises.standing("mean_squared_error").function is reference(
                "mean_squared_error"
            )
            assert "But" not in exercises.standing("mean_squared_error").note  # it is so by wish
            patch.setitem(globals(), "mean_squared_error", lambda y, prediction: 8.0)
            assert "stands in for it. But the" in exercises.standing("mean_squared_error").note
            exercises._preferred.clear()
            exercises._announced.clear()
    exercises.forget_answers()
    monkeypatch.setattr(sys.modules["__main__"], "mean_squared_error", min, raising=False)
    get_exercise("mean_squared_error")
    assert "using your own answer, kept in" in (said := capsys.readouterr().out)
    assert "But the name mean_squared_error means another function now" in said


def test_each_cell_says_that_an_answer_of_this_session_has_failed_its_check(
    lesson, capsys, monkeypatch
):
    def failed():
        first, second = (line.count("not passed its check") for line in lines_of_two_cells(capsys))
        assert first == second < 2
        return bool(first)

    monkeypatch.setitem(globals(), "HALF", 1.0)
    fill(mean_squared_error)
    assert not failed()  # nobody has checked it
    check("mean_squared_error")
    assert failed()
    check("mean_squared_error", min)  # which is another function
    assert failed()
    fill(mean_squared_error)  # its cell was run again
    assert failed()
    monkeypatch.setitem(globals(), "HALF", 0.5)
    exercises._renew_copies()  # the cell that mended it is over
    assert not failed()
    assert check("mean_squared_error").passed and not failed()
    monkeypatch.setitem(globals(), "HALF", 1.0)
    fill(mean_squared_error)
    assert failed()  # that one, again
    use_reference("mean_squared_error")
    assert not failed()
    monkeypatch.setattr(kept, "may_keep", lambda: False)
    fill(mean_squared_error)
    check("mean_squared_error")
    assert failed()
    with answers({"mean_squared_error": min}):
        assert not failed()


def test_a_helper_that_a_cell_has_mended_is_in_the_copy_after_that_cell(lesson, monkeypatch):
    class Session:
        user_ns, after = {}, []
        events = property(lambda self: self)

        def register(self, event, function):
            self.after.append((event, function))

    monkeypatch.setattr(exercises, "shell", Session)
    fill(mean_squared_error)
    assert check("mean_squared_error").passed
    ((event, after_a_cell),) = Session.after
    assert event == "post_run_cell"
    copy = lesson / "my_rules" / "mean_squared_error.py"
    before = copy.read_text()
    after_a_cell("its result")
    assert copy.read_text() == before
    monkeypatch.setitem(globals(), "HALF", 1.5)
    after_a_cell("its result")
    mended = copy.read_text()
    now, then = (text.rpartition(kept.SEAL)[0] for text in (mended, before))
    assert now == then.replace("HALF = 0.5", "HALF = 1.5")
    fill(counted := counting())
    before = copy.read_text()
    for _ in range(2):  # what an answer changes itself has not changed it
        counted(np.ones((1, 2)), np.zeros((1, 2)))
        after_a_cell("its result")
    assert copy.read_text() == before != mended
    mended = before
    fill(exercises.stub("mean_squared_error"))  # the gap again
    after_a_cell("its result")
    assert copy.read_text() == mended
    exercises.forget_answers()
    assert exercises.standing("mean_squared_error").doubtful  # it has to pass again


def remembering():
    def mean_squared_error(y, prediction):
        SEEN.append(len(y))
        return HALF * np.mean(np.sum((y - prediction) ** 2, axis=1))

    return mean_squared_error


@pytest.mark.parametrize("make", [counting, remembering])
def test_a_copy_begins_as_the_cell_does_whatever_its_check_has_counted(make, lesson, monkeypatch):
    monkeypatch.setitem(globals(), "SEEN", [])
    monkeypatch.setitem(globals(), "CALLS", 0)
    fill(make())
    copy = lesson / "my_rules" / "mean_squared_error.py"
    began = copy.read_text()
    assert ("CALLS = 0" if make is counting else "SEEN = []") in began
    assert check("mean_squared_error").passed and (SEEN or CALLS)
    exercises._renew_copies()
    assert copy.read_text() == began
    exercises.forget_answers()
    assert not exercises.standing("mean_squared_error").doubtful  # this very copy has passed
    fill(make())
    monkeypatch.setitem(globals(), "HALF", 0.25)  # a helper that this cell has changed
    assert not check("mean_squared_error").passed
    if make is remembering:
        assert "HALF = 0.25" in copy.read_text()


def test_a_cell_that_is_still_running_has_not_failed_to_fill_in(lesson, monkeypatch):
    defines = "@fill\ndef mean_squared_error(y, prediction): ..."
    session = SimpleNamespace(user_ns={"In": ["", defines]}, execution_count=1)
    session.events = SimpleNamespace(register=lambda *_: None)
    monkeypatch.setattr(exercises, "shell", lambda: session)
    fill(mean_squared_error)
    session.user_ns["In"].append(f"wait()\n{defines}")
    session.execution_count = 2  # while it runs; another thread trains
    assert exercises.standing("mean_squared_error").note == ""
    session.execution_count = 3  # it has ended
    assert "a newer one in cell [2], which did not" in exercises.standing("mean_squared_error").note


def test_an_array_of_arrays_is_told_that_it_is_no_list():
    right = reference("backprop")
    for seed in range(4):  # the first networks differ in their number of layers
        report = check("backprop", lambda *a: np.array(right(*a), dtype=object), seed=seed)
        assert "not a list of arrays" in str(report)


def test_parameters_in_another_order_are_the_likely_cause(lesson):
    def swapped(network, y, x, loss):
        return [0 * w for w in network.weights]

    report = check("backprop", swapped, seed=0)
    assert "likely cause: backprop is handed (network, x, y, loss), in this order" in str(report)


def test_what_check_can_not_use_is_said_in_a_sentence():
    for seed in ("a", 0.5, -1):
        with pytest.raises((TypeError, ValueError), match=r"seed is .*it must be a"):
            check("mean_squared_error", mean_squared_error, seed=seed)
    with pytest.raises(TypeError, match="out_of is '6'"):
        check("mean_squared_error", mean_squared_error).points("6")


def test_the_reference_stands_in_where_it_is_wanted_until_an_answer_is_filled_in_again(
    lesson, monkeypatch
):
    monkeypatch.setitem(globals(), "HALF", 3.0)
    fill(mean_squared_error)
    use_reference(mean_squared_error)
    given = np.ones((1, 2)), np.zeros((1, 2))
    assert get_exercise("mean_squared_error")(*given) == 1
    assert not check("mean_squared_error").passed  # that is still the student's own
    fill(mean_squared_error)
    assert get_exercise("mean_squared_error")(*given) == 6
    monkeypatch.setattr(exercises, "SOLUTIONS", lesson / "nowhere")
    with pytest.raises(FileNotFoundError, match="only a clone of the course"):
        use_reference("mean_squared_error")


@pytest.mark.parametrize(
    ("cell", "defines"),
    [
        ("@fill\ndef backprop(x):\n    return x(", True),
        ("try:\n    def backprop(x):\n        return x\nfinally:\n    pass", True),
        ("class Net:\n    def backprop(self):\n        return 1", False),
        ("def make():\n    def backprop(x):\n        return x\n    return backprop", False),
        ("%%writefile mine.py\ndef backprop(x):\n    return x", False),
    ],
)
def test_a_method_a_factory_or_a_file_is_no_newer_answer(cell, defines):
    assert exercises._defines(cell, "backprop") == defines


@pytest.mark.slow
def test_check_says_what_it_has_checked(tmp_path):
    answer = """
from microlearn import *
@fill
def mean_squared_error(y, prediction):
    '''Mine.'''
    # halves
    print("looked at", y.shape)
    return 0.5 * ((y - prediction) ** 2).sum(axis=1).mean()
"""
    broken = answer.replace("mean()", "mean(")
    unmarked = answer.replace("@fill\n", "").replace("0.5", "0.7")
    cells = (
        answer,
        check := 'check("mean_squared_error").points(4)',
        broken,
        check,
        unmarked,
        check,
    )
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    run_notebook(notebook, tmp_path, allow_errors=True)
    first, second, third = (outputs(notebook.cells[k]) for k in (1, 3, 5))
    for said in (first, second, third):
        assert "Checked: your answer that ran just now, in cell [1]." in said
        assert 'It begins with `print("looked at", y.shape)`' in said
        assert said.count("The first call of mean_squared_error printed:\nlooked at (") == 1
    assert "newer" not in first
    assert "you have run a newer one in cell [3], which did not take its place" in second
    assert "you have run a newer one in cell [5]" in third
    (result,) = (o for o in notebook.cells[1].outputs if o.output_type == "execute_result")
    assert result.data["text/plain"] == "4.0"  # nbgrader's number
    assert "4 of 4 points" in result.data["text/html"]


@pytest.mark.slow
def test_a_report_that_its_cell_drops_unseen_is_shown_and_no_other(tmp_path):
    wrong, right = "mean_squared_error: not right yet", "passes_for_finite_differences: right"
    answers = """from microlearn import *
@fill
def mean_squared_error(y, prediction):
    return ((y - prediction) ** 2).mean()
@fill
def passes_for_finite_differences(sizes):
    return 2 * sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))
M, P = "mean_squared_error", "passes_for_finite_differences\""""
    shown = {
        "check(M)\ncheck(P)": [wrong, right],
        "for name in (M, P):\n    check(name)": [wrong, right],
        "check(P)\ncheck('backprop')\ncheck(M); 1/0": [right, "backprop: not attempted", wrong],
        "one = check(P)\nother = check(M)": [],
        "one": [right],
        "del one, other": [],
        "other = check(M)\nif check(P) and not check(M): other = other.score": [],
        "check(P).passed\nprint(check(M))\ncheck(P).points(1)": [wrong, right],
    }
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in (answers, *shown)])
    run_notebook(notebook, tmp_path, allow_errors=True)
    for cell, (source, expected) in zip(notebook.cells[1:], shown.items(), strict=True):
        said = re.findall(r"^\w+: (?:not right yet|right|not attempted)", outputs(cell), re.M)
        assert said == expected, source


def test_an_answer_that_never_ends_or_takes_too_long_is_stopped_and_told_where(monkeypatch):
    monkeypatch.setattr(watch, "COMPUTING", 0.5)
    monkeypatch.setattr(watch, "WAITING", 2)

    def endless(y, prediction):
        while True:
            with contextlib.suppress(Exception):
                sum(range(100))

    def drawing(y, prediction):
        import matplotlib.pyplot as plt

        plt.figure()
        time.sleep(0.2)  # as long as a plot takes
        return mean_squared_error(y, prediction)

    report = check("mean_squared_error", endless)
    assert "for its first call" in str(report)
    assert "a loop that never ends" in str(report)
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    said = str(check("mean_squared_error", drawing))
    assert "the line `time.sleep(0.2)" in said
    assert "draw, print and wait outside of it" in said
    assert "✓ holds" in said  # what was found before it stopped
    assert plt.get_fignums() == before


def forward(weights, activations, x):
    return [x, *(f(x @ w) for w, f in zip(weights, activations, strict=True))]


def product(weights, activations, x):
    return np.dot(presynaptic(x).T, weights[0])


def turned(weights, activations, x):
    return x + x.T


def numbers_of_rows(weights, activations, x):
    return x * np.sum(x, axis=1)


def of_lists(weights, activations, x):
    return 0.1 * weights


def too_deep(weights, activations, x):
    return np.sum(x, axis=2)


def joined(weights, activations, x):
    return np.concatenate([x, np.ones((1, len(x)))], axis=1)


def assigned(weights, activations, x):
    p = np.ones((len(x), 2))
    p[:, :-1] = x
    return p


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            forward,
            ("the shapes don't fit: `x` is an array of shape (", "`presynaptic(x)`", "`w[:-1]`"),
        ),
        (product, ("`presynaptic(x).T` is an array of", "`presynaptic(x) @ weights[0]`")),
        (turned, ("`x.T` is an array of shape (", "Is `x.T` or `x` meant?")),
        (numbers_of_rows, ("`np.sum(x, axis=1)[:, None]`, a number for each row",)),
        (of_lists, ("`weights` is a list of", "go through `weights` layer by layer")),
        (too_deep, ("axis 2 is out of bounds", "`x` is an array of shape (")),
        (joined, ("`x` is an array of shape (", "`np.ones((1, len(x)))` is an array of shape (1,")),
        (assigned, ("the line `p[:, :-1] = x`", "`p` is an array of shape (")),
    ],
)
def test_a_shape_error_says_the_line_the_shapes_and_what_may_be_meant(answer, words):
    said = str(check("forward", answer, seed=1))
    for word in words:
        assert word in said, said
    assert "gufunc" not in said
    assert "core dimension" not in said


def test_a_report_says_which_earlier_answer_has_not_passed_and_no_other(lesson):
    def kernel_update(patches, delta):
        return 2 * reference("kernel_update")(patches, delta)

    def convolutional_backprop(network, x, y, loss):
        look = network.look(x)
        return [get_exercise("kernel_update")(look.patches, look.maps), network.weights[1]]

    fill(kernel_update)
    fill(reference("convolutional_backprop"))
    doubt = "It uses your kernel_update, which has not passed the check: mend that first."
    assert doubt in str(check("convolutional_backprop"))
    fill(reference("kernel_update"))
    assert "It uses" not in str(check("convolutional_backprop"))  # it is right
    fill(convolutional_backprop)
    assert doubt in str(check("convolutional_backprop"))
    check("kernel_update")
    assert "It uses" not in str(check("convolutional_backprop"))


def test_what_stops_in_an_answer_that_stands_in_is_told_of_the_line_that_called_it():
    def convolutional_backprop(network, x, y, loss):
        look = network.look(x)
        kernels = exercises.get_exercise("kernel_update")(look.patches, look.h[1])
        return [kernels, network.weights[1]]

    said = str(check("convolutional_backprop", convolutional_backprop, seed=1))
    assert "in the line `kernels = exercises.get_exercise" in said, said
    assert "`look.h[1]` is an array of shape (" in said


@pytest.mark.parametrize("result", [["yes"], [{}], {}, "yes"])
def test_what_holds_no_numbers_is_not_said_to_be_random(result):
    said = str(check("plausible_rules", lambda facts, constraints: result))
    assert "where numbers, arrays of numbers" in said
    assert "come again" not in said


def test_an_exercise_may_be_named_by_its_function_and_by_nothing_else():
    assert check(mean_squared_error).passed
    assert check("mean_squared_error").attempted is False
    assert check(mean_squared_error) and not check("mean_squared_error")  # as in `if check(...)`
    assert not Report("mean_squared_error", attempted=True)  # of which no fact was tried
    for named in (check, hint):
        for wrong in (["forward", "backprop"], 3.0, None):
            with pytest.raises(TypeError, match="in quotes, one at a time"):
                named(wrong)
        with pytest.raises(exercises.NotAnExercise, match="no exercise 'turned'"):
            named(turned)


def test_a_hint_is_offered_in_a_cell_of_its_own():
    said = str(check("mean_squared_error", lambda y, prediction: 0.0))
    assert 'Run hint("mean_squared_error") in a cell of its own' in said


def test_fill_takes_own_parameters_behind_the_exercises_if_they_have_defaults(lesson):
    @fill
    def mean_squared_error(y, prediction, half=0.5, *rest):
        return half * np.mean(np.sum((y - prediction) ** 2, axis=1))

    assert check("mean_squared_error").passed

    def forward(weights, activations, x, more):
        return 0

    with pytest.raises(TypeError, match=r"yours takes \(weights, activations, x, more\)"):
        fill(forward)
    with pytest.raises(TypeError, match="a `def` with the name of the exercise"):
        fill(lambda y, prediction: 0)


VALIDATED = (
    """
import numpy as np
from microlearn import *
""",
    """
while True:
    pass
""",
    """
HALF = 0.5
import time; time.sleep(1000)
""",
    """
from microlearn import fill
@fill
def mean_squared_error(y, prediction):
    return HALF * np.mean(np.sum((y - prediction) ** 2, axis=1))
while True: time.sleep(1)
""",
)


@pytest.mark.slow
def test_validate_waits_for_no_training_and_says_what_is_not_attempted(tmp_path):
    from nbgrader.validator import Validator

    cells = [new_code_cell(source) for source in VALIDATED]
    for name in ("mean_squared_error", "backprop"):
        meta = {"grade": True, "grade_id": name, "locked": True, "points": 4, "schema_version": 3}
        source = f'from microlearn import check\n\ncheck("{name}").points(4)'
        cells.append(new_code_cell(source, metadata={"nbgrader": meta | {"solution": False}}))
    nbformat.write(new_notebook(cells=cells), tmp_path / "n.ipynb")
    (failed,) = Validator().validate(str(tmp_path / "n.ipynb"))["failed"]
    assert "backprop: not attempted yet" in failed["raw_error"]


def test_an_answer_computes_on_one_thread():
    """The threads of a BLAS library wait by spinning: a check would take ten times as long."""
    numpys, seen = threads._blas(len(sys.modules))[0], set()

    def cosine_similarity(a, b):
        seen.add(numpys.num_threads)
        return 0.0

    with threadpool_limits(2, user_api="blas"):
        check("cosine_similarity", cosine_similarity)
    assert seen == {1}


def test_the_packages_own_answer_is_closed_to_its_exercise_alone():
    loss = get_loss("squared_error")
    report = check("mean_squared_error", lambda y, prediction: loss.mean(y, prediction))
    assert report.score == 0
    assert "Loss.mean is the package's own mean_squared_error, and is closed" in str(report)
    assert loss.mean(np.ones((3, 2)), np.zeros((3, 2))) == 1
    assert str(inspect.signature(Loss.mean)).startswith("(self, y")
    assert check("weight_perturbation", reference("weight_perturbation")).passed  # it uses the loss


def test_an_earlier_answer_that_fails_is_blamed_and_not_the_one_that_builds_on_it():
    def raises(*given):
        raise ValueError("no slope")

    for earlier, seen in ((raises, "it raised ValueError: no slope"), (lambda *g: [], "0 arrays")):
        with exercises.answers({"sign_symmetry": earlier}):
            report = str(check("batch_manhattan", reference("batch_manhattan")))
        assert seen in report, report
        assert "likely cause: sign_symmetry: mend it there" in report
        assert "Returns" not in report


def test_noise_is_not_called_abnormal_where_something_else_is_wrong():
    def heard(network, feedback, noise, samples, rng):
        update = [None]
        for layer, b in enumerate(feedback[1:], start=1):
            xi = noise * rng.standard_normal((samples, network.sizes[layer]))
            a = network.receive(layer, xi)
            update.append(((a - a.mean(axis=0)) / a.std(axis=0)).T @ xi / (noise**2 * samples) - b)
        return update

    assert "not normal" not in str(check("weight_mirror", heard, seed=0))


ONE = np.ones((1, 1))


def test_a_fact_that_is_none_holds_for_no_answer_and_is_said_to_be_at_fault(monkeypatch):
    def as_it_returns(answer, rng):
        """Of what is right it is 0."""
        return abs(answer(ONE, ONE)) < 1e-6

    def as_it_forgets(answer, rng):
        """Of what is right it is 0."""
        return Broken("it is not", "who knows")

    def as_it_has_no_such_name(answer, rng):
        """Of what is right it is 0."""
        assert almost(answer(ONE, ONE), 0)  # noqa: F821

    def as_it_says_nothing(answer, rng):
        """Of what is right it is 0."""
        raise Broken

    def as_it_asserts(answer, rng):
        """Of what is right it is 0."""
        assert answer(ONE, ONE) > 0

    def as_it_goes_on(answer, rng):
        """Of what is right it is 0."""
        yield answer(ONE, ONE)

    right = reference("mean_squared_error")
    tests = (as_it_returns, as_it_forgets, as_it_has_no_such_name)
    for test in (*tests, as_it_says_nothing, as_it_asserts, as_it_goes_on):
        facts = [fact()(test)]
        monkeypatch.setattr("microlearn.checking.facts_of", lambda name, facts=facts: facts)
        report = check("mean_squared_error", right)
        assert not report.passed
        assert "the check itself is at fault, and your function is not" in str(report)


def test_what_is_no_check_is_refused_in_a_sentence(monkeypatch):
    for points in (-1, 0, "1", 0.5):
        with pytest.raises((TypeError, ValueError), match="points is"):
            fact(points)
    with pytest.raises(TypeError, match="above turned needs brackets"):
        fact(turned)
    with pytest.raises(TypeError, match="turned has no docstring"):
        fact()(turned)

    def new_law(rng, answer):
        """Of what is right it is 0."""

    with pytest.raises(TypeError, match=r"new_law is no fact: its arguments are \(answer, rng\)"):
        fact()(new_law)
    module = check_of("mean_squared_error")
    law = next(value.test for value in vars(module).values() if isinstance(value, Fact))
    with monkeypatch.context() as patch, pytest.raises(LookupError, match="new_law has no @fact"):
        patch.setattr(module, "new_law", law.__wrapped__, raising=False)
        check("mean_squared_error")
    for hints in ("one text", (), ("text", 3), None):
        with (
            monkeypatch.context() as patch,
            pytest.raises(LookupError, match="needs HINTS, a tuple"),
        ):
            patch.setattr(module, "HINTS", hints)
            hint("mean_squared_error")
    with monkeypatch.context() as patch, pytest.raises(LookupError, match="has no facts"):
        for name, value in [*vars(module).items()]:
            if isinstance(value, Fact):
                patch.setattr(module, name, value.test)
        check("mean_squared_error")
    with monkeypatch.context() as patch, pytest.raises(LookupError, match="without a check: write"):
        patch.setitem(sys.modules, module.__name__, None)
        check("mean_squared_error")


def makes_and_drops(source):
    """The lines in which a `Broken` is made and not raised, so that the fact holds all the same."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr | ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func).endswith("Broken")
    ]


def test_what_breaks_a_fact_is_raised():
    assert makes_and_drops("if x > 1:\n    Broken('it is not')") == [2]
    assert not makes_and_drops("raise Broken('it is not')")
    for folder in ("checks", "laws", "checking"):
        for file in (ROOT / "microlearn" / folder).glob("*.py"):
            assert not makes_and_drops(file.read_text()), f"write `raise` before it in {file}"


ROUNDS = {"epochs": 0.02, "progress": False}
STANDS = dict.fromkeys(("backprop", "forward"), lambda *given: reference("backprop")(*given))
ASK_FOR_BACKPROP = {
    "training": lambda: train("backprop", **ROUNDS),
    "a run that goes on later": lambda: training("backprop", epochs=0.02),
    "a sweep": lambda: sweep("backprop", learning_rate=[0.1, 1], workers=2, **ROUNDS),
    "a panel that is shown later, of any rule": lambda: panel("weight_perturbation"),
    "the flow of signals": lambda: flow("backprop"),
    "check": lambda: check("backprop"),
    "a cell": lambda: get_exercise("backprop"),
}


@pytest.mark.parametrize("use", ASK_FOR_BACKPROP.values(), ids=ASK_FOR_BACKPROP)
def test_only_what_nothing_has_asked_for_is_named_at_the_end_of_its_block(use, recwarn):
    def said():
        return [str(w.message) for w in recwarn.list if "Nothing inside" in str(w.message)]

    with answers(STANDS):
        use()
    (first,) = said()  # each name, though it is the same function
    assert "`with answers(...)` has asked for forward: yours had no effect. No rule" in first
    recwarn.clear()
    with answers({"backprop": STANDS["backprop"]}), answers({"backprop": backprop_of_its_own}):
        use()
    (first,) = said()  # the outer one
    assert "for backprop: yours had no effect. Train there, with a rule" in first
    recwarn.clear()
    with contextlib.suppress(ZeroDivisionError), answers(STANDS):
        raise ZeroDivisionError
    assert not said()


def test_answers_without_a_with_are_told():
    with pytest.warns(
        UserWarning, match=r"alone changes nothing: train inside `with answers\("
    ) as told:
        answers({"backprop": backprop_of_its_own})
    assert told[0].filename == __file__
    with pytest.warns(UserWarning):
        assert "alone changes nothing" in repr(answers({"backprop": backprop_of_its_own}))


def backprop_of_its_own(network, x, y, loss):
    return reference("backprop")(network, x, y, loss)
