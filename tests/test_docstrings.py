"""The examples in the docstrings of the package give what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

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
    with exercises.answers(filled_in):
        doctest.DocTestRunner().run(example, out=said.append)
    assert not said, "".join(said)


def test_there_are_examples():
    assert len(EXAMPLES) >= 2
