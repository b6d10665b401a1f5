"""The build: fresh, the same to the byte, and with errors that name the line."""

from __future__ import annotations

import shutil
import subprocess
import sys

import nbformat
import pytest
from conftest import LESSONS, ROOT

sys.path.insert(0, str(ROOT / "tools"))
import build_notebooks

from lesson import LessonError, solved_notebook

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
SOLUTION = '''def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x + 0 * len(str(x))
    ### END SOLUTION
'''


@pytest.fixture
def course(tmp_path):
    """A course of one lesson."""
    for folder in ("lessons", "solutions", "microlearn/stubs", "notebooks"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    (tmp_path / "lessons" / "00_doubling.md").write_text(LESSON)
    (tmp_path / "solutions" / "double.py").write_text(SOLUTION)
    (tmp_path / "solutions" / "why.md").write_text("Because.\n")
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
    assert build_notebooks.stale(first, second) == []
    assert build_notebooks.stale(course, first) == [
        "microlearn/stubs/double.py",
        "notebooks/00_doubling/00_doubling.ipynb",
        "solutions/00_doubling/00_doubling.ipynb",
    ]
    released = (first / "notebooks/00_doubling/00_doubling.ipynb").read_text()
    assert "2 * x" not in released
    assert "Because" not in released
    assert "@fill" in released


def test_a_leak_stops_the_build(course, tmp_path_factory):
    lesson = course / "lessons" / "00_doubling.md"
    lesson.write_text(LESSON + "\nHint: return 2 * x + 0 * len(str(x))\n")
    with pytest.raises(LessonError, match="gives away a line of double"):
        build_notebooks.build(course, tmp_path_factory.mktemp("out"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("} double", "} treble", "line 9: there is no solutions/treble.py"),
        ("} double", "}", "line 9: an exercise needs a name"),
        (":points: 2", "", "line 9: double needs a line"),
        ("Why?", "", "line 13: the question why has no text"),
        ("} why", "} double", "line 13: double stands twice"),
        ("minutes: 1\n", "", "must give `minutes:`"),
    ],
)
def test_a_mistake_in_a_lesson_is_named_with_its_line(course, old, new, words):
    path = course / "lessons" / "00_doubling.md"
    path.write_text(LESSON.replace(old, new))
    with pytest.raises(LessonError, match=words):
        solved_notebook(path, course / "solutions")


def test_a_solution_needs_its_markers_and_its_function(course):
    lesson, solution = course / "lessons" / "00_doubling.md", course / "solutions" / "double.py"
    solution.write_text(SOLUTION.replace("### END SOLUTION", ""))
    with pytest.raises(LessonError, match=r"double.py needs one ### BEGIN"):
        solved_notebook(lesson, course / "solutions")
    solution.write_text(SOLUTION.replace("def double", "def twice"))
    with pytest.raises(LessonError, match="must define a function double"):
        solved_notebook(lesson, course / "solutions")


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
