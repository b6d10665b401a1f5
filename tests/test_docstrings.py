"""The examples in the docstrings of the package give what they say, and the site can show them all."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import re

import pytest
from conftest import ROOT

import microlearn
from microlearn import exercises

EXAMPLES = [
    example
    for module in pkgutil.walk_packages(microlearn.__path__, "microlearn.")
    for example in doctest.DocTestFinder().find(importlib.import_module(module.name))
    if example.examples
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_gives_what_it_says(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    # As in the session of a student who has answered every exercise.
    filled_in = {name: exercises.reference(name) for name in exercises.exercise_names()}
    with exercises.standing_in(filled_in):
        doctest.DocTestRunner().run(example, out=said.append)
    assert not said, "".join(said)


def test_there_are_examples():
    assert len(EXAMPLES) >= 2


def test_what_is_returned_is_told_in_lines_that_stand_alone():
    for file in sorted((ROOT / "microlearn").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                said = ast.get_docstring(node) or ""
                # Sphinx takes each line that is not indented for another value: a literal that goes on
                # in the next one would stop the site.
                for told in re.findall(
                    r"^(?:Returns|Yields)\n-+\n(.+?)(?:\n\n|\Z)", said, re.M | re.S
                ):
                    values = [line for line in told.splitlines() if not line.startswith(" ")]
                    assert all(line.count("``") % 2 == 0 for line in values), f"{file}: {values}"
