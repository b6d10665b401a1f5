"""The build: fresh, the same to the byte, and with errors that name the line."""

from __future__ import annotations

import ast
import dis
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from types import CodeType

import build_notebooks
import nbformat
import pytest
from conftest import LESSONS, ROOT
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell

from lesson import LessonError, solved_notebook, text_of

LESSON = """---
title: Doubling
minutes: 1
summary: Twice as much.
---

# Doubling

```{exercise} double
:points: 2
```

```{question} why
:points: 1

Why?
```
"""
GUIDE = "Because two times something is as much as that thing and itself."
SOLUTION = '''def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x + 0 * len(str(x))
    ### END SOLUTION
'''


@pytest.fixture
def course(tmp_path):
    """A course of one lesson."""
    for folder in ("lessons", "solutions", "microlearn/stubs", "notebooks", "tests/answers"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("nbgrader_config.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "lessons" / "00_doubling.md").write_text(LESSON)
    (tmp_path / "solutions" / "double.py").write_text(SOLUTION)
    (tmp_path / "tests" / "answers" / "double.py").touch()  # as if tests held its check
    (tmp_path / "solutions" / "why.md").write_text(GUIDE + "\n")
    return tmp_path


def test_what_is_committed_is_fresh():
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "build_notebooks.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_building_twice_gives_the_same_bytes_and_leaves_no_answer(course, tmp_path_factory):
    first, second = (tmp_path_factory.mktemp("out") for _ in range(2))
    for out in (first, second):
        build_notebooks.build(course, out)
    assert str(course) not in sys.path  # else a process that is started later imports its package
    assert build_notebooks.stale(first, second) == []
    assert build_notebooks.stale(course, first) == [
        "microlearn/course/lessons.json",
        "microlearn/stubs/double.py",
        "notebooks/00_doubling/00_doubling.ipynb",
        "notebooks/START.ipynb",
        "solutions/00_doubling/00_doubling.ipynb",
    ]
    for given in ("notebooks/00_doubling/00_doubling.ipynb", "microlearn/stubs/double.py"):
        assert "2 * x" not in (first / given).read_text()
        assert "Because" not in (first / given).read_text()


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("", "from microlearn import fill\n\n"),
        ("import numpy as np\n\n\n", "import numpy as np\n\nfrom microlearn import fill\n\n"),
        ("from microlearn import check\n\n\n", "from microlearn import fill, check\n\n"),
        (
            "from microlearn import (\n    check,\n)\n\n\n",
            "from microlearn import (\n    check,\n)\n\nfrom microlearn import fill\n\n",
        ),
    ],
)
def test_an_answer_cell_is_the_stub_under_fill_with_its_import(
    course, tmp_path_factory, imports, expected
):
    out = tmp_path_factory.mktemp("out")
    (course / "solutions" / "double.py").write_text(imports + SOLUTION)
    build_notebooks.build(course, out)
    stub = (out / "microlearn/stubs/double.py").read_text()
    assert stub.startswith("# Built from solutions/double.py")
    assert imports in stub

    notebook = nbformat.read(out / "notebooks/00_doubling/00_doubling.ipynb", as_version=4)
    sources = {cell.id: cell.source for cell in notebook.cells}
    definition = stub[stub.index("def double") :].strip()
    assert "raise NotImplementedError()" in definition
    assert sources["double"] == f"{expected}@fill\n{definition}"
    assert sources["check_double"].endswith('check("double").points(2)')
    assert sources["why"] == "YOUR ANSWER HERE"
    assert "Doubling" not in "".join(sources.values()).replace("# Doubling", "", 1)


@pytest.mark.parametrize(
    ("text", "owner"),
    [("Hint: return 2 * x + 0 * len(str(x))", "double.py"), (GUIDE, "why.md")],
)
def test_a_leak_stops_the_build(course, tmp_path_factory, text, owner):
    (course / "lessons" / "00_doubling.md").write_text(f"{LESSON}\n{text}\n")
    with pytest.raises(LessonError, match=f"gives away a line of {owner}"):
        build_notebooks.build(course, tmp_path_factory.mktemp("out"))


def test_a_gap_that_is_not_the_stub_stops_the_build(course, tmp_path_factory):
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.ClearSolutions.code_stub = {'python': 'pass'}\n")
    with pytest.raises(LessonError, match="the released cell double is not the stub"):
        build_notebooks.build(course, tmp_path_factory.mktemp("out"))


def test_a_claim_is_a_cell_of_the_solved_notebook_alone(course, tmp_path_factory):
    out, assertion = tmp_path_factory.mktemp("out"), "assert 2 - 1 < 2, 'one is less'"
    text = f"{LESSON}\n```{{claim}}\n{assertion}\n```\n\nOne is less than two.\n"
    (course / "lessons" / "00_doubling.md").write_text(text)
    build_notebooks.build(course, out)
    solved, released = (
        nbformat.read(out / folder / "00_doubling/00_doubling.ipynb", as_version=4).cells
        for folder in ("solutions", "notebooks")
    )
    (claim,) = [cell for cell in solved if assertion in cell.source]
    assert claim.cell_type == "code"
    solved.remove(claim)
    assert [cell.id for cell in released] == [cell.id for cell in solved]


@pytest.mark.parametrize(
    "line",
    [
        *(
            "assert (x > 1, 'text')",
            "assert True",
            "assert 'text'",
            "assert x == x",
            "assert 1 < 2",
        ),
        *("assert x > 2 or 'more'", "assert [x]", "assert (x > k for k in (1, 2))", "assert not 0"),
        *(
            "assert lambda: x",
            "assert {'x': x}",
            "assert f'x is {x}'",
            "assert x <= x == x",
            "x > 1",
        ),
        *("if False: assert x", "while 1: assert x", "with suppress(AssertionError): assert x"),
        *("try: assert x > 4\nexcept AssertionError: pass",),
        # What is always true, or for NaN.
        *("assert np.all(v > 1 for v in [x])", "assert (table.x > 1).all", "assert map(f, [x])"),
        *("assert not x > 4", "assert (x > 4) == False", "assert x != 4", "assert np.isclose"),
        *("assert str(x)", "assert len(x) >= 0", "assert all(v > 1 for v in [])", "assert x"),
        *(
            "assert x > 1 or x.any",
            "assert np.isclose(x, x)",
            "assert 0 <= abs(x)",
            "assert all([])",
        ),
        # What holds whatever the cells have shown.
        *("assert len([x]) > -1", "assert x > 1 or x <= 1", "assert (x > 1) | (x < 3)"),
        *("assert x + 1 > x", "assert x - x == 0", "assert abs(x) > -0.5", "assert x * x >= 0"),
        *("assert (not x > 4) == 1", "assert (x > 4) < 1", "assert 1 - int(x > 4) == 1"),
        *("assert all(v > 1 or v <= 1 for v in [x])", "assert x > 4 or len([x]) + 1 > 0"),
        *("assert [v > 1 for v in [x]]", "assert (y := x > 1, 2)", "assert x > 1 if x else 1"),
    ],
)
def test_a_claim_that_says_nothing_of_a_result_stops_the_build_at_its_line(
    course, tmp_path_factory, line
):
    text = f"{LESSON}\n```{{claim}}\nx = double(2)\nassert x > 1, x\n{line}\n```\n"
    (course / "lessons" / "00_doubling.md").write_text(text)
    number = text.splitlines().index(line.partition("\n")[0]) + 1
    with pytest.raises(LessonError, match=f"00_doubling.md, line {number}: "):
        build_notebooks.build(course, tmp_path_factory.mktemp("out"))


@pytest.mark.parametrize(
    "loop",
    [
        "def never():",
        "for v in []:",
        "if x > 1e9:",
        "while x > 1e9:",
        "for v in [x]:\n    continue",
    ],
)
def test_an_assert_that_may_never_run_stops_the_build(course, tmp_path_factory, loop):
    text = f"{LESSON}\n```{{claim}}\nx = double(2)\nassert x > 1\n{loop}\n    assert x > 2\n```\n"
    (course / "lessons" / "00_doubling.md").write_text(text)
    with pytest.raises(LessonError, match=r"it may (never be run|leave out)"):
        build_notebooks.build(course, tmp_path_factory.mktemp("out"))


def run(course, monkeypatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["build_notebooks.py", *words])
    return build_notebooks.main(course)


def files(course):
    """Every file with its bytes and the time of its last change."""
    return {
        str(path.relative_to(course)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in course.rglob("*")
        if path.is_file()
    }


def test_check_names_what_is_stale_and_touches_nothing(course, monkeypatch, capsys):
    before = files(course)
    assert run(course, monkeypatch, "--check") == 1
    assert "notebooks/00_doubling/00_doubling.ipynb" in capsys.readouterr().err
    assert files(course) == before
    assert run(course, monkeypatch) == 0
    before = files(course)
    assert run(course, monkeypatch, "--check") == 0
    assert run(course, monkeypatch) == 0
    assert files(course) == before  # what is fresh isn't written again


def test_only_what_is_stale_is_replaced_and_what_the_build_did_not_make_stays(course, monkeypatch):
    own = ("microlearn/stubs/__init__.py", "solutions/00_doubling/data.csv", "notebooks/notes.md")
    left_over = ("microlearn/stubs/gone.py", "notebooks/01_gone/01_gone.ipynb")
    assert run(course, monkeypatch) == 0
    for name in (*own, *left_over):
        (course / name).parent.mkdir(exist_ok=True)
        (course / name).write_text("mine")
    before = files(course)
    (course / "lessons" / "00_doubling.md").write_text(LESSON + "\nThat is all.\n")

    assert run(course, monkeypatch) == 0
    after = files(course)
    assert set(before) - set(after) == set(left_over)
    assert {name for name in after if after[name] != before.get(name)} == {
        "lessons/00_doubling.md",
        "notebooks/00_doubling/00_doubling.ipynb",
        "solutions/00_doubling/00_doubling.ipynb",
    }


def test_a_build_that_fails_leaves_the_course_as_it_was(course, monkeypatch, capsys):
    assert run(course, monkeypatch) == 0
    (course / "solutions" / "double.py").write_text(SOLUTION.replace("2 * x", "3 * x"))
    (course / "lessons" / "01_again.md").write_text(LESSON)
    before = files(course)
    assert run(course, monkeypatch) == 1
    words = "01_again.md, line 9: double is in 00_doubling.md already: remove it from one"
    assert words in capsys.readouterr().err
    assert files(course) == before


def test_a_symbol_has_one_meaning_in_all_lessons(course, monkeypatch, capsys):
    head, symbols = "---\n\n#", 'symbols:\n  "$x$": "a number"\n---\n\n#'
    again = LESSON.replace("double", "twice").replace("} why", "} how").replace(head, symbols, 1)
    (course / "solutions" / "twice.py").write_text(SOLUTION.replace("double", "twice"))
    (course / "lessons" / "00_doubling.md").write_text(LESSON.replace(head, symbols, 1))
    (course / "lessons" / "01_again.md").write_text(again)
    assert run(course, monkeypatch) == 1
    words = "01_again.md: the symbol $x$ is explained in 00_doubling.md already"
    assert words in capsys.readouterr().err


CHECK = '''print("Words.")
from numpy.random import default_rng as Fresh

from ..checking.facts import Broken, fact

HINTS = ("How much?", "Twice.", "x + x")
SLIPS = {"that is the square": lambda x: x * x}


def draw(rng):
    return (rng.normal(),)


@fact()
def twice(answer, rng):
    """It is x + x."""
    x = rng.normal()
    if abs(answer(x) - x - x) > 1e-9:
        raise Broken("it is another number")


@fact(supporting=True)
def the_sign(answer, rng):
    """Its sign turns with that of x."""
    if answer(2.0) != -answer(-2.0):
        raise Broken("it does not")
'''


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        (
            {'raise Broken("it is': 'Broken("it is', "x * x": "x * x * x"},
            "double: its slip 'that is the square' breaks no fact",
        ),
        (
            {'raise Broken("it is': 'Broken("it is'},
            "always 0 or 1 breaks the fact 'It is x + x.': let it `raise",
        ),
        ({"SLIPS": "NONE", "raise": "return None  #"}, "always 0 or 1 breaks the fact 'It is x"),
        ({"> 1e-9": "> float('nan')"}, "always 0 or 1 breaks the fact 'It is x + x.'"),
        ({"x * x": "2 * x"}, "double: its slip 'that is the square' breaks no fact"),
        ({"lambda x: x * x": "lambda: 0"}, "its slip 'that is the square' raised TypeError"),
        (
            {"rng.normal()\n": "rng.choice([2.0, 3.0, 4.0])\n", "x * x": "x * abs(x)"},
            "double: its slip 'that is the square' breaks no fact in ",
        ),
        (
            {"> 1e-9": "> 1e-9 or x > 1.5"},
            "double: its reference breaks the fact 'It is x + x.' in ",
        ),
        ({"- x - x": "- x"}, "its reference breaks the fact 'It is x + x.' (it is another"),
        ({'"it does not"': "seen"}, "the check itself is at fault, and your function is not: Name"),
        ({"(rng.normal(),)": "rng.normal()"}, "does draw(rng) in microlearn/checks/double.py"),
        (
            {"(rng.normal(),)": "(1.0,)"},
            "draw(rng) is the same for each rng: let it draw from rng",
        ),
        (
            {"(rng.n": "(Fresh().n"},
            "draw(rng) differs for the same rng: let microlearn/checks/double",
        ),
        (
            {"x = rng": "x = Fresh()"},
            "a fact gives an answer differs for the same rng: let m",
        ),
        (
            {"x = rng": "x = Fresh(0)"},
            "always 0.2514604421867866 obeys each fact that earns points",
        ),
        ({"@fact()": "@fact(supporting=True)"}, "all its facts are supporting, so right answers"),
        ({"print(": "exit("}, "its check or its reference can't be used, SystemExit: Words."),
        ({"HINTS": "HINT"}, "microlearn/checks/double.py needs HINTS"),
        ({"def twice": "def twice("}, "its check or its reference can't be used, SyntaxError"),
        (None, "double is an exercise without a check: write microlearn/checks/double.py"),
    ],
)
def test_an_exercise_of_ones_own_is_built_once_its_check_tells_right_from_wrong(
    course, monkeypatch, capsys, changes, words
):
    package = course / "microlearn"
    shutil.copytree(ROOT / "microlearn", package, dirs_exist_ok=True)
    (course / "tests" / "answers" / "double.py").unlink()
    if changes is not None:
        text = CHECK
        for old, new in changes.items():
            text = text.replace(old, new)
        (package / "checks" / "double.py").write_text(text)
    assert run(course, monkeypatch) == bool(words)
    assert words in capsys.readouterr().err
    assert (package / "stubs" / "double.py").exists() is not bool(words)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("} double", "} treble", "line 9: there is no solutions/treble.py: write it"),
        ("} double", "}", "line 9: the exercise needs a name"),
        ("} why", "} why?", "line 13: the question needs a name"),
        (":points: 2", "", "line 9: double needs a line"),
        (":points: 2", ":points: 0", "line 9: double needs a line"),
        (
            "```{question} why",
            "```{claim}\n1 < 2\n```\n\n```{question} why",
            "line 13: this {claim} has no",
        ),
        ("Why?", "", "line 13: the question why has no text"),
        ("} why", "} double", "line 13: double stands twice"),
        ("} why", "} because", "line 13: there is no solutions/because.md: write"),
        # Each of these would leave the exercise out of the notebook, or the question after it.
        ("{exercise}", "{exercize}", "line 9: ```{exercize} is unknown in a lesson"),
        ("```{exercise}", "````{exercise}", "line 9: ````{exercise} is unknown"),
        ("```{exercise}", "``` {exercise}", "line 9: ``` {exercise} is unknown"),
        ("```{exercise} double", "```exercise double", "line 9: ```exercise is unknown"),
        ("```{question}", "- ```{question}", "line 13: ```{question} is unknown"),
        ("```{question}", "```python\nx = 1\n```\n```{question}", "line 13: ```python is unknown"),
        # Each of these would be shown as it is written, or not at all.
        ("# Doubling\n", "# Doubling\n\nSo $2x.\n\n$x$", "a $ is open: close it in its paragraph"),
        ("Why?", "**Why?", "a ** is open: close it in its paragraph"),
        ("Why?", "Why `x?", "a ` is open: close it in its paragraph"),
        ("Why?", "Why?\n\n$$\n2x\n", "a $$ is open: close it in its paragraph"),
        ("# Doubling\n", "# Doubling\n\n![ ](a.png)", "a picture has no words: say"),
        (":points: 2\n```", ":points: 2\n", "line 9: this {exercise} is not closed"),
        ("Why?\n```", "Why?\n", "line 13: ```{question} is unknown"),
        ("minutes: 1\n", "", "must give `minutes:`"),
        ("title: Doubling", "title: Doubling: twice", "line 2: mapping values are not allowed"),
        # Each of these would be dropped without a word, or read letter by letter.
        (
            "minutes: 1",
            "minutes: 1\nneed: []",
            "`need:` is unknown at its head: use title, minutes",
        ),
        ("minutes: 1", "minutes: ninety", "`minutes:` at its head is 'ninety'; it must be a whole"),
        (
            "minutes: 1",
            "minutes: 1\nneeds: [00]",
            "`needs:` at its head is [0]; it must be a list of",
        ),
        ("minutes: 1", "minutes: 1\nneeds: ['77']", "needs '77': give the number of a lesson"),
        ("minutes: 1", "minutes: 1\nneeds: ['00']", "needs '00': give the number of a lesson"),
        (
            "minutes: 1",
            "minutes: 1\nremember: one line",
            "is 'one line'; it must be a list of texts",
        ),
        ("minutes: 1", "minutes: 1\nminutes: 2", "line 3: minutes is given twice"),
        ("title: Doubling", "title: ''", "`title:` at its head is ''; it must be a text"),
        ("# Doubling\n", "", "it begins with a line `# Its title`"),
        ("# Doubling\n", "# Halving\n", "has the title 'Doubling', and its first line 'Halving'"),
        (
            "```{question}",
            "```{claim}\nassert 1\n```\n```{question}",
            "line 14: it may hold whatever came out",
        ),
        (
            "```{question}",
            "```{code-cell}\nfor v in [1]:\n    assert v\n```\n```{question}",
            "a cell asserts, and a student's results may differ: write it as a {claim}:     assert v",
        ),
        ("```{question}", "```{claim} a\nassert x\n```\n```{question}", "a {claim} has no name"),
        (
            "```{question}",
            "```{code-cell}\n:tags: [clam]\n```\n```{question}",
            "remove :tags: [clam]",
        ),
        (
            "```{question}",
            "```{code-cell} python\n```\n```{question}",
            "line 13: ```{code-cell} python:",
        ),
        (":points: 2", ":points: 2\n:points: 3", "line 9: double needs a line"),
        (":points: 2", ":points: 2\nTwice.", "line 9: what is said about double belongs above it"),
        ("```{question}", "```{recap}\n```\n```{question}", "line 13: a lesson has one {recap}"),
    ],
)
def test_a_mistake_in_a_lesson_is_named_with_its_line(course, old, new, words):
    path = course / "lessons" / "00_doubling.md"
    path.write_text(LESSON.replace(old, new))
    with pytest.raises(LessonError, match=re.escape(words)):
        solved_notebook(path, course / "solutions")


def test_what_is_open_in_code_or_behind_a_backslash_is_no_formula(course):
    path = course / "lessons" / "00_doubling.md"
    fine = "Why `2**3` for \\$5, $2^3$?\n\n~~~\nf(**x) `\n\n$\n~~~\n\n$$x \\\\$$"
    path.write_text(LESSON.replace("Why?", fine))
    solved_notebook(path, course / "solutions")


ASKED = "```{{code-cell}}\n{}\n```\n"


@pytest.mark.parametrize(
    ("name", "cells", "words"),
    [
        (
            "01_more.md",
            ("predict('a')", "compare('a')"),
            "predict('a', …) is in 00_doubling.md already",
        ),
        ("01_more.md", ("compare('a')",), "compare('a', …) has no predict of that name above"),
        ("01_more.md", ("predict('b')",), "predict('b', …) has no compare of that name below"),
        (
            "01_more.md",
            ("x = 1\nx", "predict('b')", "compare('b')"),
            "no cell between predict('b', …) and its compare shows the result: put predict above",
        ),
        ("01_more.md", ("predict('b')\ncompare('b')",), "no cell between predict('b', …) and"),
        (
            "01_more.md",
            ("predict('b', choices=['x', 'y'])", "1", "compare('b', 'c')"),
            "compare('b', 'c') is none of the choices of its predict: give one of a, b",
        ),
        ("01_more.md", ("hint('doble')",), '01_more.md: hint("doble") names no exercise'),
        (
            "01_more.md",
            ('1\n```\nSee `hint("doble")`.\n\n```{code-cell}',),
            'hint("doble") names no exercise: there is no solutions/doble.py',
        ),
        (
            "01_more.md",
            ("1\n```\nSee [it](../00_halving/00_halving.ipynb).\n\n```{code-cell}",),
            "the link to ../00_halving/00_halving.ipynb leads to no lesson",
        ),
        ("01_more.md", ("%time\nx = (",), "01_more.md: a cell is not Python"),
        ("1_more.md", (), "lessons/1_more.md is no lesson"),
        ("00_more.md", (), "another lesson has this number"),
    ],
)
def test_lessons_that_get_into_each_others_way_are_refused(course, name, cells, words):
    path = course / "lessons" / "00_doubling.md"
    head = LESSON.partition("```")[0]
    fine = ('predict("a", choices=["x", "y"])', "1 + 1", 'compare("a", "b")', 'hint("double")')
    path.write_text(LESSON + "".join(map(ASKED.format, fine)))
    (path.parent / name).write_text(head + "".join(map(ASKED.format, cells)))
    with pytest.raises(LessonError, match=re.escape(words)):
        build_notebooks.build(course, course / "out")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    ### END SOLUTION", "", "double.py needs a line ### BEGIN SOLUTION"),
        # nbgrader reads these two markers, and the stub would hold the answer.
        ("END SOLUTION", "END SOLUTION ", "double.py needs a line ### BEGIN SOLUTION"),
        ("    ### END", "  ### END", "double.py needs a line ### BEGIN SOLUTION"),
        ('    """Twice x."""\n', "", "a docstring and without decorators"),
        ("def double", "@cache\ndef double", "a docstring and without decorators"),
        ("def double", "def twice", "double.py must define a function double"),
        ("def double", "def double(x):\n    return 2\n\n\ndef twice", "with ### BEGIN"),
        ("double(x)", "double(x", "double.py, line 1: '(' was never closed"),
    ],
)
def test_a_mistake_in_a_solution_is_named_with_its_lesson(course, old, new, words):
    (course / "solutions" / "double.py").write_text(SOLUTION.replace(old, new))
    with pytest.raises(LessonError, match=f"00_doubling.md, line 9: .*{re.escape(words)}"):
        solved_notebook(course / "lessons" / "00_doubling.md", course / "solutions")


@pytest.mark.parametrize("file", ["lessons/00_doubling.md", "solutions/double.py"])
def test_a_file_that_can_not_be_read_is_named(course, file):
    path = course / file
    text = path.read_text()
    path.write_bytes(text.replace("Twice", "Zw\xe4i").encode("latin-1"))
    with pytest.raises(LessonError, match=f"{path.name} is not in UTF-8, at its byte"):
        build_notebooks.build(course, course / "out")
    path.write_bytes(text.encode() + b"\0")
    with pytest.raises(LessonError, match=f"{path.name} has a zero byte in it"):
        build_notebooks.build(course, course / "out1")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())  # as some editors begin a file
    assert text_of(path) == text
    path.unlink()
    path.mkdir()
    words = "can't be read .Is a directory" if path.suffix == ".md" else "no solutions/double.py"
    with pytest.raises(LessonError, match=words):
        build_notebooks.build(course, course / "out2")


@pytest.mark.parametrize("guide", ["", f"### BEGIN SOLUTION\nIt is.\n### END SOLUTION\n{GUIDE}"])
def test_a_guide_is_there_and_is_taken_out_whole(course, guide):
    (course / "solutions" / "why.md").write_text(guide)
    with pytest.raises(LessonError, match=r"line 13: solutions/why.md must give"):
        solved_notebook(course / "lessons" / "00_doubling.md", course / "solutions")


def test_every_exercise_is_in_one_lesson_and_has_its_rooms():
    ids = []
    for name in LESSONS:
        notebook = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4)
        graded = [cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in notebook.cells]
        ids += [g.removeprefix("check_") for g in graded if g.startswith("check_")]
    solutions = sorted(path.stem for path in (ROOT / "solutions").glob("*.py"))
    assert sorted(ids) == solutions
    for name in solutions:
        assert (ROOT / "microlearn" / "stubs" / f"{name}.py").is_file()
        assert (ROOT / "microlearn" / "checks" / f"{name}.py").is_file()


BINDS = {"LOAD_NAME": False, "LOAD_GLOBAL": False, "STORE_NAME": True, "STORE_GLOBAL": True}


def used(code):
    """The names of a notebook that compiled code reads (False) or binds (True), in that order.

    What a function in it needs is read where the function is written.
    """
    for step in dis.get_instructions(code):
        if isinstance(step.argval, CodeType):
            yield from ((name, False) for name, binds in used(step.argval) if not binds)
        elif step.opname in BINDS:
            yield step.argval, BINDS[step.opname]


def bound_twice(cells):
    """The names that one cell takes over from another, and that more than one cell binds.

    Whoever runs a cell once more, after others, would get what such a name means elsewhere. All imports
    of a name bind the same. Nobody runs a claim alone, so what it reads is left out; what it binds
    counts where a cell above it has bound that.
    """
    bound, taken_over = defaultdict(set), set()
    for number, cell in enumerate(cells):
        own, claim = set(), "claim" in cell.metadata.get("tags", [])
        for statement in ast.parse(TransformerManager().transform_cell(cell.source)).body:
            place = "imports" if isinstance(statement, (ast.Import, ast.ImportFrom)) else number
            for name, binds in used(compile(ast.Module([statement], []), "a cell", "exec")):
                if not binds and not claim and name not in own:
                    taken_over.add(name)
                elif binds and (not claim or name in bound):
                    own.add(name)
                    bound[name].add(place)
    return {name for name in taken_over if len(bound[name]) > 1}


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (("x = 1", "x", "x = 2"), {"x"}),
        (("x = 1", "x = 2", "x"), {"x"}),  # the first cell may be the one that is run once more
        (("x = 1", "x = x + 1"), {"x"}),
        (("x = 1", "x += 1"), {"x"}),
        (("x = 1", "def f():\n    return x", "for x, _ in []:\n    x"), {"x"}),
        (("x = 1", "[x for _ in [1]]", "with open(p) as x:\n    x"), {"x"}),
        (("from m import x", "x()", "x = 2"), {"x"}),
        (("x = 1", "x", "x = 2  # claim"), {"x"}),
        (("x = 1", "x", "y = x  # claim", "y = 2\ny"), set()),
        (("import x", "x", "import x\nx"), set()),
        (("x = 1\nx", "for x in []:\n    x", "x = [x for x in []]\nx"), set()),
        (("x = 1", "x", "def f(x):\n    return x\nlambda x: x", "f(x=2)", "a.x = 3"), set()),
    ],
)
def test_a_name_is_found_that_may_mean_something_else_when_a_cell_is_run_again(cells, found):
    tags = {True: ["claim"], False: []}
    assert found == bound_twice(
        new_code_cell(text, metadata={"tags": tags["# claim" in text]}) for text in cells
    )


@pytest.mark.parametrize("name", LESSONS)
def test_a_name_that_a_cell_takes_over_from_another_has_one_meaning_in_its_lesson(name):
    cells = nbformat.read(ROOT / "solutions" / name / f"{name}.ipynb", as_version=4).cells
    assert bound_twice(cell for cell in cells if cell.cell_type == "code") == set()
