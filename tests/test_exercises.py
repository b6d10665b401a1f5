"""@fill in a real kernel: what counts, what is kept, what is said."""

from __future__ import annotations

import ast
import errno
import importlib
import linecache
import os
import re
import sys
from pathlib import Path
from types import ModuleType

import nbformat
import numpy as np
import pytest
from conftest import ROOT, outputs, run_notebook
from nbformat.v4 import new_code_cell

import microlearn
from microlearn import check, exercises, fill, fingerprints, hint, kept

NAME = "mean_squared_error"
ANSWER = '''
import numpy as numbers
from microlearn import fill, check, get_exercise

HALF = 0.5

def squares(e):
    return HALF * numbers.sum(e ** 2, axis=1)

@fill
def mean_squared_error(y, prediction):
    """Mine."""
    return numbers.mean(squares(y - prediction))

check("mean_squared_error").points(4)
'''
GAP = """
from microlearn import fill, get_exercise, check
@fill
def mean_squared_error(y, prediction):
    # YOUR CODE HERE
    raise NotImplementedError()

print(get_exercise("mean_squared_error")(numpy.ones((1, 2)), numpy.zeros((1, 2))))
check("mean_squared_error").points(4)
"""


def run(folder, *cells):
    folder.mkdir(exist_ok=True, parents=True)
    notebook = nbformat.v4.new_notebook(cells=[new_code_cell(cell) for cell in cells])
    run_notebook(notebook, folder)
    return [outputs(cell) for cell in notebook.cells]


@pytest.mark.slow
def test_an_answer_counts_here_and_in_the_next_lesson(tmp_path):
    _, said = run(tmp_path / "00_network", "%mkdir mine\n%cd -q mine", ANSWER)
    assert "right. All 6 facts hold." in said
    assert said.endswith("4.0")
    copy = tmp_path / "my_rules" / "mean_squared_error.py"
    assert "import numpy as numbers" in copy.read_text()
    # The next lesson has a gap there, and finds the answer, with its helper and its constant.
    (said,) = run(tmp_path / "01_weight_perturbation", "import numpy\n" + GAP)
    assert "using your own answer, kept in" in said
    assert "1.0" in said
    assert "right. All 6 facts hold.\nChecked: your own answer, kept in my_rules/" in said
    assert said.endswith("0.0")  # for points, only an answer in this notebook counts
    assert copy.read_text().startswith('"""Your answer')


@pytest.mark.slow
def test_a_copy_has_all_that_the_answer_takes_from_its_notebook(tmp_path):
    around = """
from functools import cache
import numpy as np
from microlearn import *
# Variables of the lesson that are nothing but namesakes of the answer's own.
update = get_exercise("weight_perturbation")
error = open("notes.txt", "w")
rate = get_exercise("matched_learning_rate")
ROOT, HALVES, E = np.sqrt(0.25), np.array([0.5, 0.5]), 1e-12
TINY = 2 * E
square = lambda e: e**2
add = lambda e, axis=-1: np.sum(square(e), axis=axis)

@cache
def half(tiny=TINY) -> np.float64:
    return ROOT * HALVES.sum() + 0 * tiny
"""
    answer = """
@fill
def mean_squared_error(y, prediction):
    update = error = y - prediction
    assert callable(rate)
    return float(np.mean(half() * add(update)))

print(mean_squared_error(np.zeros((2, 2)), np.ones((2, 2))))
"""
    (_, said) = run(tmp_path / "00_network", around, answer)
    assert said.strip() == "1.0"
    (said,) = run(tmp_path / "01_weight_perturbation", "import numpy\n" + GAP)
    assert "using your own answer, kept in" in said
    assert "1.0" in said


def test_a_notebook_is_no_module_of_the_students_own():
    notebook = ModuleType("__main__")  # it has no file and no spec
    notebook.answer = lambda y: y
    assert not fingerprints.is_own(notebook)


@pytest.mark.slow
def test_what_a_copy_can_not_have_is_named(tmp_path):
    around = "from microlearn import *\nclass Halver:\n    half = 0.5\nhalver = Halver()"
    answer = """
@fill
def mean_squared_error(y, prediction):
    return halver.half * float(((y - prediction) ** 2).sum(1).mean())
"""
    by_class = answer.replace("halver.half", "Halver.half")
    said = run(tmp_path, around, answer, by_class, by_class)
    assert "a copy for later lessons would not: it needs halver, which" in said[1]
    assert "it needs Halver, which can't be written down" in said[2] == said[3]


def cell(text, number=0):
    """What a cell with this text defines; its source can be read, as in a notebook."""
    file, names = f"<cell {number}>", {"np": np}
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    exec(compile(text, file, "exec"), names)
    return names


MSE = "def mean_squared_error(y, prediction):\n    return {}\n"
READS = "half = 0.5\n" + MSE.format("{}('half')")
USES_HELPER = MSE.format("helper(np.mean(np.sum((y - prediction) ** 2, axis=1)))")
FACTORY = "def make(half):\n    def helper(x):\n        return half * x\n    return helper\n"
INDENTED = "    def mean_squared_error(y, prediction):\n        return half\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{FACTORY}helper = make(0.5)\n{USES_HELPER}", "half, a variable of the function around"),
        (
            f"def make(half):\n{INDENTED}    return mean_squared_error\nmean_squared_error = make(1)",
            "half, a variable of the function around it",
        ),
        (
            f"import own_beside\n{MSE.format('own_beside.g(y)')}",
            "own_beside, from a file that other",
        ),
        (f"from own_beside import g\n{MSE.format('g(y)')}", "g, from a file that other lessons do"),
        (
            MSE.format("g(y)").replace("    ", "    from own_beside import g\n    "),
            "own_beside, from a file that other lessons do not have",
        ),
        (USES_HELPER, "helper, which is not defined"),
        (f"{MSE.format('1.0')}\n{NAME}.k = 3", f"{NAME}.k, which was set outside"),
        (
            f"def old(x): return x\nhelper = old\ndef old(x): return -x\n{USES_HELPER}",
            "helper, whose own name old means something else by now",
        ),
        (
            f"class Own(np.ndarray): pass\nw = np.ones(1).view(Own)\n{MSE.format('w * y')}",
            "w, which can't be written down",
        ),
        (f"w = np.ones(2000)\n{MSE.format('w.sum()')}", "w, which can't be written down"),
        (f"w = [float('nan')]\n{MSE.format('w')}", "w, which can't be written down"),
        (
            f"from microlearn.exercises import reference\nold = reference({NAME!r})\n"
            f"{MSE.format('old(y, prediction)')}",
            "old, another answer to mean_squared_error",
        ),
        (f"abs = np.vectorize(len)\n{MSE.format('abs(y)')}", "abs, which can't be written down"),
        (READS.format("eval"), "eval(), whose names are not seen (write the name itself)"),
        (READS.format("exec"), "exec(), whose names are not seen"),
        (READS.format("read") + "read = eval\n", "read(), whose names are not seen"),
        (READS.format("globals().get"), "globals(), whose names are not seen"),
        (READS.format(f"{NAME}.__globals__.get"), "__globals__, whose names are not seen"),
        (f"def helper(x): return globals()['half'] * x\n{USES_HELPER}", "globals(), whose"),
        (f"import __main__ as m\n{MSE.format('m.half')}", "m, which can't be written down"),
        (
            MSE.format("m.half").replace("    ", "    import __main__ as m\n    "),
            "__main__, from a file that other lessons do not have",
        ),
    ],
)
def test_a_copy_that_would_not_work_leaves_the_earlier_one(
    text, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_beside.py").write_text("def g(y): return 0")
    path = tmp_path / "my_rules" / f"{NAME}.py"
    kept.note(str(path), kept.keep(NAME, cell(MSE.format(0))[NAME]), passed=True)
    before = path.read_text()
    copy = kept.keep(NAME, cell(text, 1)[NAME])
    assert copy == ""
    said = capsys.readouterr().out
    assert f"but a copy for later lessons would not: it needs {words}" in said
    assert said.endswith("Later lessons go on with your earlier answer.\n")
    kept.note(str(path), copy, passed=True)
    assert path.read_text() == before
    assert kept.has_passed(str(path), kept.version_of(str(path)))
    assert [p.name for p in path.parent.iterdir()] in (
        [".passed", path.name],
        [path.name, ".passed"],
    )


def test_a_method_or_a_variable_may_have_the_name_of_eval(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = "class Model:\n        def eval(self): return 2.0\n    eval = Model()\n    return eval.eval()"
    assert kept.keep(NAME, cell(MSE.format("").replace("return ", text))[NAME])
    assert capsys.readouterr().out == ""


def test_a_copy_does_what_the_answer_does_or_it_is_said(tmp_path, monkeypatch, capsys):
    """What stands above ``@fill`` is no part of the answer; a text that nobody keeps, and a file that
    was changed after it was imported, are no copy of it."""
    monkeypatch.chdir(tmp_path)
    text = "from functools import wraps\ndef none(f): return wraps(f)(lambda *a: None)\n"
    text += "fill = lambda f: f\n"
    above = cell(f"{text}@none\n@fill\n{MSE.format(2.0)}")[NAME].__wrapped__
    assert kept.keep(NAME, above)
    assert exercises.get_exercise(NAME)(0, 0) == 2.0
    names: dict = {}
    exec(MSE.format("1.5"), names)
    assert kept.keep(NAME, names[NAME]) == ""
    assert "later lessons get no copy of it: its text is kept nowhere" in capsys.readouterr().out
    for now in (MSE.format("y * prediction"), "one = 1\n\n" + MSE.format("y - prediction")):
        imported = cell(MSE.format("y - prediction"))[NAME]
        cell(now)  # what its file holds since
        assert kept.keep(NAME, imported) == ""
        assert f"the text of {NAME}, which its file has no more" in capsys.readouterr().out
    names = cell("two = 2.0\n" + MSE.format("k").replace("prediction", "prediction, k=two"))
    assert kept.keep(NAME, names[NAME])
    names["two"] = 3.0  # which the function does not hear of
    assert kept.keep(NAME, names[NAME]) == ""
    assert "it needs a default as it was when its cell ran" in capsys.readouterr().out
    assert exercises.get_exercise(NAME)(0, 0) == 2.0
    (tmp_path / "my_rules" / f"{NAME}.py").write_text("")
    assert exercises.get_exercise(NAME) is exercises.reference(NAME)
    assert f"it defines no function {NAME}" in capsys.readouterr().out
    monkeypatch.setattr(kept, "LONGEST", 0.05)
    (tmp_path / "my_rules" / f"{NAME}.py").write_text("while True:\n    pass")
    assert exercises.get_exercise(NAME) is exercises.reference(NAME)
    assert "reading it takes over 0.05 seconds" in capsys.readouterr().out


HELPERS = """
import numpy as np

SCALE = 2.0


def scaled(x, times=1.0):
    'A helper.'
    return SCALE * times * np.sum([v for v in np.ravel(x)])


def around(f):
    def inner(*given):
        return f(*given)

    return inner


@around
def wrapped(x):
    return scaled(x)
"""


@pytest.mark.parametrize("text", ["helpers.scaled(y)", "scaled(y)", "wrapped(y)", "by(y)"])
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("np.sum(", "np.mean(", True),
        ("SCALE * times", "times", True),
        ("times=1.0", "times=0.1", True),
        ("x, times=1.0", "x, times=1.0, more=0", True),
        ("for v in", "for v in [] or", True),
        ("def scaled", "def rescaled", True),
        ("SCALE = 2.0", "SCALE = 2.55", True),
        ("return SCALE", "return SCALE(", True),  # a file that can not be read
        ("A helper.", "A helper of mine.", False),
        ("    return SCALE", "    # more\n\n    return SCALE", False),
    ],
)
def test_a_helpers_file_that_was_changed_after_it_was_read_is_told(
    tmp_path, monkeypatch, text, old, new, told
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    file = tmp_path / "helpers.py"
    file.write_text(HELPERS)
    names = cell(
        "import helpers\nfrom functools import partial\nfrom helpers import scaled, wrapped\n"
        f"by = partial(scaled, times=3)\n{MSE.format(text)}"
    )
    assert kept.outdated(names[NAME]) == ""
    file.write_text(HELPERS.replace(old, new))
    assert kept.outdated(names[NAME]).startswith("helpers.py has been changed since") is told
    file.write_text(HELPERS)
    os.utime(file, (1, 1))  # written again, and the same
    sys.modules["helpers"].SCALE = 3.0  # as a session may
    assert kept.outdated(names[NAME]) == ""


def test_a_copy_has_passed_with_the_files_that_it_imports(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    copy, one, two = (
        tmp_path / f"{name}.py" for name in ("my_rules/backprop", "own_one", "own_two")
    )
    copy.parent.mkdir()
    copy.write_text("import os\ndef backprop():\n    from own_one import f\n    return f()\n")
    one.write_text("import numpy as np, own_two\ndef f(): return own_two.g()\n")
    two.write_text("def g(): return 1\n")

    def passed():
        return kept.has_passed(str(copy), kept.version_of(str(copy)))

    kept.note(str(copy), kept.fingerprint_of(str(copy)), passed=True)
    assert passed()
    for file in (one, two, copy):
        text = file.read_text()
        file.write_text(text.replace("1", "2") + "#")
        assert not passed()
        file.unlink()
        assert not passed()
        file.write_text(text)
        assert passed()


def test_a_module_that_was_made_by_hand_has_no_file_to_be_held_beside():
    made = "import types\nm = types.ModuleType('m')\nm.half = lambda x: 0.5 * x\n"
    assert kept.outdated(cell(made + MSE.format("m.half(y)"))[NAME]) == ""


def test_a_helpers_file_is_not_held_beside_what_an_earlier_session_kept_of_it(
    tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path)
    text = f"import helpers\n{MSE.format('helpers.scaled(y)')}"
    for number, (scale, unwritten) in enumerate((("2.0", False), ("2.55", True))):
        monkeypatch.setattr(sys, "dont_write_bytecode", unwritten)
        sys.modules.pop("helpers", None)
        (tmp_path / "helpers.py").write_text(HELPERS.replace("SCALE = 2.0", f"SCALE = {scale}"))
        importlib.invalidate_caches()
        answer = cell(text, number)[NAME]
        assert float(scale) == sys.modules["helpers"].SCALE
        assert kept.outdated(answer) == ""


@pytest.mark.slow
def test_check_and_get_exercise_say_that_a_helpers_file_has_changed(tmp_path, capsys):
    (tmp_path / "helpers.py").write_text(HELPERS)
    change = "from pathlib import Path\nPath('helpers.py').write_text({!r})"
    said = run(
        tmp_path,
        f"from microlearn import *\nimport numpy as np\nfrom helpers import scaled\n@fill\n"
        f"{MSE.format('scaled(y)')}",
        change.format(f"{HELPERS}\n# No more."),
        f"print(check({NAME!r}).checked)\nget_exercise({NAME!r})",
        change.format(HELPERS.replace("SCALE *", "3 *")),
        f"print(check({NAME!r}).checked)\nget_exercise({NAME!r})",
    )
    assert "has been changed" not in said[2]
    assert said[4].count("But helpers.py has been changed since this session read it") == 2


def test_what_an_operation_is_does_not_depend_on_the_text_around_it():
    body = """
def f(x, k={"a", "b"}):
    for name in {"left", "right", "none"}:
        if name in {"left", "right", "none"} and np.any(x.copy()):
            x = x + np.sum([base.g(j) for j in x if j])
    return f"{x!r}", lambda q: np.abs(q), -1
"""
    alone, *around = (
        next(c for c in compile(text, "", "exec").co_consts if getattr(c, "co_name", "") == "f")
        for text in (body, f"import numpy as np\nimport base\n{body}", body.replace("-1", "+1"))
    )
    same = [kept.what_it_does(code) == kept.what_it_does(alone) for code in around]
    assert same == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        f"ends = np.array([0.5, np.inf, -np.inf, np.nan])\n{MSE.format('ends[0] * len(ends)')}",
        f"end = -float('inf')\n{MSE.format('2.0 + np.exp(end)')}",
        f"axis = np.newaxis\n{MSE.format('2.0 if axis is None else 0')}",
        f"third = np.float64(1 / 3)\n{MSE.format('2.0 if type(third) is np.float64 else 0')}",
        f"from __future__ import annotations\n{MSE.format('2.0').replace('(y', '(y: Unknown')}",
    ],
)
def test_a_copy_has_numbers_that_are_not_finite_and_no_annotation_stops_it(
    text, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert kept.keep(NAME, cell(text)[NAME])
    assert exercises.get_exercise(NAME)(0, 0) == 2.0


@pytest.mark.parametrize("above", ["", "from microlearn import *\n@fill\n"])  # a pasted cell
def test_a_copy_that_is_written_anew_counts_whatever_its_date_and_its_length(
    above, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my_rules" / f"{NAME}.py"
    path.parent.mkdir()
    for value in ("1.5", "2.5"):  # as from a backup, or where the clock was set back
        path.write_text(above + MSE.format(value))
        os.utime(path, (10**9, 10**9))
        assert exercises.get_exercise(NAME)(0, 0) == float(value)
    assert not (path.parent / "__pycache__").exists()  # it knows a file by these two


def test_an_edited_copy_is_put_aside_with_a_word(tmp_path, monkeypatch, capsys, request):
    monkeypatch.chdir(tmp_path)
    request.addfinalizer(exercises.forget_answers)
    path = tmp_path / "my_rules" / f"{NAME}.py"
    for number, value in enumerate(("1.5", "2.5")):
        cell("from microlearn import fill\n@fill\n" + MSE.format(value), number)
    check(NAME)
    assert "my_rules" not in capsys.readouterr().out  # an answer of a session in another's place
    ours = path.read_bytes()
    for number, edited in enumerate(
        [
            *(ours.replace(b"2.5", b"3.5"), ours + b"\n# mine\n", ours.replace(b"\n", b"\r\n")),
            *(MSE.format("1").encode(), b"", b"\xff# As it was kept: \xff"),
        ],
        start=2,
    ):
        path.write_bytes(edited)
        for again in (False, True):
            check(NAME)
            aside, said = path.parent / "earlier" / f"{NAME}-{number}.py", capsys.readouterr().out
            assert (f"{path} was edited since it was kept." in said) is not again
            assert (f"what was there is in {aside} now." in said) is not again
            assert (aside.read_bytes(), path.read_bytes()) == (edited, ours)


def test_an_answer_that_has_passed_gives_way_with_a_word(tmp_path, monkeypatch, capsys, request):
    monkeypatch.chdir(tmp_path)
    request.addfinalizer(exercises.forget_answers)
    right = (exercises.SOLUTIONS / f"{NAME}.py").read_text().replace("def ", "@fill\ndef ", 1)
    cell("from microlearn import fill\n" + right)
    assert check(NAME).passed
    path = tmp_path / "my_rules" / f"{NAME}.py"
    passed, aside = path.read_bytes(), tmp_path / "my_rules" / "earlier" / f"{NAME}-1.py"
    exercises.forget_answers()  # as another notebook does
    for number, value, told in ((1, "1.5", True), (2, "1.5", False), (3, "2.5", False)):
        capsys.readouterr()
        cell("from microlearn import fill\n@fill\n" + MSE.format(value), number)
        said = capsys.readouterr().out
        assert (f"The earlier one is in {aside} now." in said) is told
    assert aside.read_bytes() == passed


def test_an_answer_gives_way_to_one_from_elsewhere_with_a_word(
    tmp_path, monkeypatch, capsys, request
):
    monkeypatch.chdir(tmp_path)
    request.addfinalizer(exercises.forget_answers)
    path, number = tmp_path / "my_rules" / f"{NAME}.py", iter(range(99))

    def said(value, cell_id):
        monkeypatch.setattr(exercises, "running", lambda: (cell_id, "run"))
        monkeypatch.setattr(exercises, "_cell", lambda: 7)
        cell("from microlearn import fill\n@fill\n" + MSE.format(value), next(number))
        return capsys.readouterr().out

    assert [said(value, "one") for value in (1, 2, 2, 3)] == [""] * 4  # a cell that is run again
    assert said(3, "two") == ""  # the same text
    words = "the answer of cell [7] gives way to this one. The earlier one is in"
    assert f"{words} {path.parent / 'earlier' / NAME}-3.py now." in said(4, "one")
    exercises.forget_answers()  # as another notebook does
    assert (said(4, "one"), said(5, "one")) == ("", "")  # that is run from its beginning
    exercises.forget_answers()
    assert "an answer of another session gives way" in said(6, "one")
    assert said(7, "one") == ""
    assert exercises.standing(NAME).note == ""
    assert kept.keep(NAME, cell(MSE.format("8"), 98)[NAME])  # by another one, meanwhile
    assert exercises.standing(NAME).function(0, 0) == 7
    assert f"my_rules/{NAME}.py has another one by now" in exercises.standing(NAME).note
    assert "an answer of another session gives way" in said(7, "one")
    said(9, "")
    assert said(10, "") == ""  # where the front end does not name its cells


def test_where_a_copy_is_interrupted_the_earlier_one_is_still_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kept.keep(NAME, cell(MSE.format("1.5"))[NAME])

    def interrupted(*paths):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", interrupted)
        kept.keep(NAME, cell(MSE.format("2.5"), 1)[NAME])
    assert exercises.get_exercise(NAME)(0, 0) == 1.5
    (tmp_path / "my_rules" / kept.PASSED).mkdir()
    (tmp_path / "my_rules" / kept.PASSED / NAME).write_bytes(b"\xff")  # a damaged mark is none
    assert exercises.standing(NAME).doubtful


def test_where_the_disk_is_full_a_copy_says_what_to_do(tmp_path, monkeypatch, capsys):
    def full(target, text):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "write_bytes", full)
    assert kept.keep(NAME, cell(MSE.format("1.5"))[NAME]) == ""
    path = tmp_path / "my_rules" / f"{NAME}.py"
    words = f"be written: No space left on device ({path}). Move what is there, make room, or"
    assert words in capsys.readouterr().out


def test_a_pipe_in_the_place_of_a_copy_is_said_and_one_in_that_of_its_mark_gives_way(
    tmp_path, monkeypatch, capsys, pipe_at
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my_rules" / f"{NAME}.py"
    pipe_at(path)
    assert kept.keep(NAME, cell(MSE.format("1.5"))[NAME]) == ""
    assert f"be written: this is no file ({path}). Move what is there" in capsys.readouterr().out
    path.unlink()
    copy = kept.keep(NAME, cell(MSE.format("1.5"))[NAME])
    pipe_at(path.parent / kept.PASSED / NAME)
    kept.note(str(path), copy, passed=True)
    assert kept.has_passed(str(path), kept.version_of(str(path)))


def test_a_notebook_whose_folder_is_gone_is_told(tmp_path, monkeypatch, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(FileNotFoundError, match="opened is gone: open the notebook where it is"):
        exercises.get_exercise(NAME)
    assert kept.keep(NAME, cell(MSE.format("1.5"))[NAME]) == ""
    assert "its copy could not be written: the folder in which" in capsys.readouterr().out


def test_a_copy_with_other_parameters_stands_for_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for other, seen in (("y", "y"), ("y, prediction, loss", "y, prediction, loss")):
        assert kept.keep(NAME, cell(MSE.format("'old'").replace("y, prediction", other))[NAME])
        assert exercises.get_exercise(NAME) is exercises.reference(NAME)
        said = capsys.readouterr().out
        assert (
            f"can't be used (TypeError: {NAME} takes (y, prediction); yours takes ({seen}))" in said
        )


@pytest.mark.slow
def test_no_copy_is_lost_whatever_a_student_did_to_the_folder(tmp_path):
    folder = tmp_path / "my_rules"
    run(tmp_path, *(ANSWER.replace("0.5", f"0.{n}") for n in (5, 6, 7)))
    (folder / "earlier" / "mean_squared_error-1.py").unlink()
    (folder / "mean_squared_error.py").write_bytes("# H\xe4lfte".encode("latin-1"))
    run(tmp_path, ANSWER)
    texts = [path.read_bytes() for path in (folder / "earlier").iterdir()]
    assert len(texts) == 2
    assert any(b"HALF = 0.6" in text for text in texts)
    assert any(b"lfte" in text for text in texts)


@pytest.mark.slow
def test_an_earlier_answer_is_kept_and_a_gap_keeps_nothing(tmp_path):
    run(tmp_path, ANSWER, ANSWER, ANSWER.replace("0.5", "1.0"), "import numpy\n" + GAP)
    folder = tmp_path / "my_rules"
    assert "HALF = 1.0" in (folder / "mean_squared_error.py").read_text()
    earlier = list((folder / "earlier").iterdir())
    assert len(earlier) == 1
    assert "HALF = 0.5" in earlier[0].read_text()


@pytest.mark.slow
def test_a_damaged_copy_stops_nobody(tmp_path):
    (tmp_path / "my_rules").mkdir()
    (tmp_path / "my_rules" / "mean_squared_error.py").write_text("def mean_squared_error(:")
    (said,) = run(tmp_path, "import numpy\n" + GAP)
    assert "can't be used (SyntaxError" in said
    assert "the reference stands in" in said


def test_without_a_clone_an_open_gap_is_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(exercises, "SOLUTIONS", tmp_path / "nowhere")
    with pytest.raises(microlearn.NotFilledIn, match="backprop is not filled in: run the cell"):
        exercises.get_exercise("backprop")


@pytest.mark.slow
def test_while_nbgrader_runs_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    run(tmp_path, ANSWER)
    assert not (tmp_path / "my_rules").exists()


def test_the_wrong_name_and_the_wrong_parameters_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def mean_square_error(y, prediction):
        return 0

    with pytest.raises(exercises.NotAnExercise, match="did you mean 'mean_squared_error'"):
        fill(mean_square_error)

    def mean_squared_error(prediction, y):
        return 0

    with pytest.raises(TypeError, match=r"takes \(y, prediction\); yours takes \(prediction, y\)"):
        fill(mean_squared_error)
    with pytest.raises(TypeError, match="goes above a function"):
        fill(3)
    with pytest.raises(TypeError, match="@fill has no brackets behind it"):

        @fill()
        def mean_squared_error(y, prediction):
            return 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"backprp": abs}, "did you mean 'backprop'"),
        ({"backprop": 5}, "5 can't stand for backprop: it is no function"),
        ([abs], "answers takes a dict"),
    ],
)
def test_what_stands_for_an_answer_is_a_function_under_the_name_of_an_exercise(given, words):
    with pytest.raises((TypeError, exercises.NotAnExercise), match=words), exercises.answers(given):
        raise AssertionError


def test_the_package_alone_knows_no_answer():
    """Nothing outside solutions/ is imported, and no stub holds more than its gap."""
    for path in (ROOT / "microlearn").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(from|import) solutions", text, flags=re.M)
    for path in (ROOT / "microlearn" / "stubs").glob("[a-z]*.py"):
        assert "raise NotImplementedError()" in path.read_text(encoding="utf-8")


def test_a_report_reads_as_text_and_as_html():
    def answer(y, prediction):
        raise ValueError("<b>shapes</b>")

    report = check("mean_squared_error", answer)
    assert report.score == 0
    assert "raised ValueError" in str(report)
    assert "not reached" in str(report)
    page = report._repr_html_()
    assert "&lt;b&gt;shapes" in page
    assert "<b>" not in page
    assert "scope=" in page


def test_supporting_facts_alone_earn_nothing():
    report = check("backprop", lambda network, x, y, loss: [0 * w for w in network.weights])
    assert not report.passed
    assert not report  # in an `if`, what is not right is not true
    assert report.score == 0
    assert check("mean_squared_error", exercises.reference("mean_squared_error"))


@pytest.mark.slow
def test_what_an_answer_displays_or_asks_does_not_reach_the_page(tmp_path):
    answer = """
from microlearn import check, fill

@fill
def mean_squared_error(y, prediction):
    {}
    return 0.5 * ((y - prediction) ** 2).sum(axis=1).mean()

report = check("mean_squared_error")
report.score, [v.seen for v in report.verdicts][:1]
"""
    shown, asked, after = run(
        tmp_path,
        answer.format("display('a picture')"),
        answer.format("input('a number?')"),
        "display('heard again')",
    )
    assert shown == "(1.0, [''])"
    assert "\n(0.0," in asked
    assert "input('a number?')" in asked
    assert "heard again" in after


def test_a_chatty_answer_is_heard_once(capfd):
    def answer(y, prediction):
        import sys
        import warnings

        print("here")
        print("there", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        return ((y - prediction) ** 2).sum(axis=1).mean() / 2

    assert check("mean_squared_error", answer).passed
    said = capfd.readouterr()
    assert said.out == "The first call of mean_squared_error printed:\nhere\n"
    assert said.err == ""


def test_hints_come_in_three_steps(capsys):
    for _ in range(4):
        hint("backprop")
    said = capsys.readouterr().out.splitlines()
    assert [line[:11] for line in said] == [
        "Hint 1 of 3",
        "Hint 2 of 3",
        "Hint 3 of 3",
        "Hint 3 of 3",
    ]


def test_microlearn_imports_nothing_heavy():
    """A lesson's first cell should not wait for what only some cells need."""
    import subprocess
    import sys

    heavy = {"pandas", "matplotlib", "sklearn", "scipy", "pooch", "tqdm", "joblib"}
    code = f"import sys, microlearn as m; m.load(); print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", exercises.exercise_names())
def test_a_gap_is_not_attempted_in_a_file_or_in_a_cell(name):
    text = (ROOT / "microlearn" / "stubs" / f"{name}.py").read_text(encoding="utf-8")
    in_a_file, in_a_cell = {}, {}
    exec(compile(text, "file", "exec"), in_a_file)
    for statement in ast.parse(text).body:  # as IPython does
        exec(compile(ast.Module([statement], []), "cell", "exec"), in_a_cell)
    assert not exercises.is_attempted(name, in_a_file[name])
    assert not exercises.is_attempted(name, in_a_cell[name])
