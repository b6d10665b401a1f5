"""How the grader holds an answer beside the reference, after every fact has held.

``generic.py`` does it for most exercises. One that needs a test of its own has a module of its name,
with ``test(answer, reference, rng)``. A test raises ``Broken`` where the two disagree, and says no more
than that: feedback reaches students, and the reference must not.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable

import numpy as np

from microlearn.checking.answer import Answer


def hidden_test(exercise: str) -> Callable[[Answer, Callable, np.random.Generator], None]:
    """The test of an exercise: ``test(answer, reference, rng)``."""
    own = f"autograde_tests.{exercise}"
    name = own if importlib.util.find_spec(own) else "autograde_tests.generic"
    return importlib.import_module(name).test
