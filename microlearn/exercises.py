"""Exercises: a student's answer takes the place of the package's stub.

``@fill`` above a function registers it under its own name for the rules, the checks and the widgets
alike, and keeps a copy in ``my_rules/`` so that a later lesson can use it. :func:`get_exercise` is the
one place that looks for an answer: first in this session, then in ``my_rules/``, last among the
references, if the clone has them. Another process has none of these: it gets the answers that it needs
with :func:`answers`.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import importlib
import importlib.util
import inspect
import os
import stat
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import count
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from .fingerprints import globals_read

PACKAGE = Path(__file__).parent
SOLUTIONS = PACKAGE.parent / "solutions"
LOADED = "microlearn_"
"""How the names of modules begin that are loaded from kept answers and references."""

_filled: dict[str, Callable] = {}
_handed_over: ContextVar[Mapping[str, Callable]] = ContextVar("_handed_over")
_lent: dict[str, Callable] | None = None
_announced: set[str] = set()


class NotAnExercise(ValueError):
    """The name is not that of an exercise."""


class NotFilledIn(RuntimeError):
    """An exercise is needed, and there is no answer to it anywhere."""


@cache
def exercise_names() -> list[str]:
    """The names of all exercises, in alphabetical order."""
    return sorted(p.stem for p in (PACKAGE / "stubs").glob("*.py") if p.stem != "__init__")


@cache
def stub(name: str) -> Callable:
    """The stub of an exercise: its signature, its docstring and the gap.

    Raises
    ------
    NotAnExercise
        If there is no exercise of that name; the message offers the nearest one.
    """
    names = exercise_names()
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        meant = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(names)}."
        raise NotAnExercise(f"There is no exercise {name!r}: {meant}")
    return getattr(importlib.import_module(f"microlearn.stubs.{name}"), name)


def fill(function: Callable) -> Callable:
    """Put ``function`` in the place of the package's stub of the same name.

    Raises
    ------
    NotAnExercise
        If the function's name is not that of an exercise.
    TypeError
        If its parameters are not those of the stub.
    """
    if not isinstance(function, FunctionType):
        raise TypeError(f"@fill goes above a function; {function!r} is not one.")
    name = function.__name__
    expected = list(inspect.signature(stub(name)).parameters)
    given = list(inspect.signature(function).parameters)
    if given != expected:
        raise TypeError(
            f"{name} takes ({', '.join(expected)}); yours takes ({', '.join(given)}). "
            "Keep the first line of the function as the lesson gave it."
        )
    _filled[name] = function
    # nbgrader runs the answers of many students in one folder, so it must not keep any for later.
    if is_attempted(name, function) and "NBGRADER_EXECUTION" not in os.environ:
        _keep(name, function)
    return function


def is_attempted(name: str, function: Callable) -> bool:
    """Whether the function differs from the stub of that exercise in more than its docstring."""

    def body(f: Callable) -> tuple:
        code = f.__code__
        return code.co_code, code.co_names, code.co_varnames

    return body(function) != body(stub(name))


def filled(name: str) -> Callable | None:
    """The answer filled in during this session, attempted or not; None if there is none."""
    stub(name)
    return _filled.get(name)


def forget_answers() -> None:
    """Forget all answers filled in during this session; the copies in ``my_rules/`` stay."""
    _filled.clear()


def get_exercise(name: str) -> Callable:
    """The function that stands for an exercise now.

    It is the answer filled in during this session; else the copy in ``my_rules/``; else the
    reference, if this is a clone of the course. The last two are announced in one line, once.

    Raises
    ------
    NotAnExercise
        If there is no exercise of that name.
    NotFilledIn
        If there is no answer to it anywhere.
    """
    stub(name)
    handed_over = _handed_over.get({})
    if name in handed_over:
        return handed_over[name]
    if name in _filled and is_attempted(name, _filled[name]):
        return _filled[name]
    for folder in _my_rules():
        path = f"{folder}/{name}.py"
        if version := _version(path):
            try:
                function = _load_version(path, name, version)
            except Exception as error:
                _announce(name, f"{path} can't be used ({type(error).__name__}: {error}).")
            else:
                _announce(name, f"{name}: using your own answer, kept in {path}.")
                return function
    if _lent is not None:
        if name in _lent:
            return _lent[name]
        raise NotFilledIn(
            f"{name} is not filled in, and comes no earlier in the course than the exercise that is "
            "graded, so no reference stands in for it: write what you need of it into your answer."
        )
    path = f"{SOLUTIONS}/{name}.py"
    if version := _version(path):
        _announce(name, f"{name}: not filled in yet, so the reference stands in for it.")
        return _load_version(path, name, version)
    raise NotFilledIn(
        f"{name} is not filled in: run the cell with your answer first "
        "(its lesson has it under @fill)."
    )


def lend(references: dict[str, Callable]) -> None:
    """In a process that can't see ``solutions/``, let these functions stand in for what is not filled
    in, and nothing else."""
    global _lent
    _lent = references


@contextmanager
def answers(functions: Mapping[str, Callable]) -> Iterator[None]:
    """Inside the ``with``, and only in this thread, these functions stand for the exercises.

    One ``with`` may be inside another: the inner functions come first.

    >>> with answers({"backprop": my_own}):        # doctest: +SKIP
    ...     train("backprop", data)

    Parameters
    ----------
    functions : from the name of an exercise to the function
    """
    token = _handed_over.set({**_handed_over.get({}), **functions})
    try:
        yield
    finally:
        _handed_over.reset(token)


def _announce(name: str, line: str) -> None:
    if line not in _announced:
        _announced.add(line)
        print(line)


def _version(path: str) -> int:
    """When the file was last written, in nanoseconds; 0 if there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return 0
    return status.st_mtime_ns if stat.S_ISREG(status.st_mode) else 0


def reference(name: str) -> Callable:
    """The course's own answer to an exercise.

    Raises
    ------
    NotAnExercise
        If there is no exercise of that name.
    FileNotFoundError
        If there is no folder ``solutions/`` beside the package: only a clone of the course has one.
    """
    stub(name)
    path = f"{SOLUTIONS}/{name}.py"
    return _load_version(path, name, _version(path))


@cache  # a rule asks for its exercise at every update; an edited file has another time
def _load_version(path: str, name: str, version: int) -> Callable:
    spec = importlib.util.spec_from_file_location(f"{LOADED}{Path(path).parent.name}_{name}", path)
    assert spec and spec.loader  # as for every path that ends in .py
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


# --- the copies in my_rules/ ----------------------------------------------------------------------


def _my_rules() -> Iterator[str]:
    """The folders in which copies may be; new ones go to the first.

    Each lesson runs in its own folder (``01_weight_perturbation/``). The copies are in the folder above,
    which all lessons share.
    """
    above, here = os.path.split(os.getcwd())
    if here[:2].isdigit() and here[2:3] == "_":
        yield os.path.join(above, "my_rules")
    yield os.path.join(above, here, "my_rules")


def _keep(name: str, function: FunctionType) -> None:
    """Write the answer to ``my_rules/name.py``; an earlier, different one moves to ``earlier/``."""
    try:
        text, missing = _self_contained(function)
    except (OSError, TypeError, SyntaxError):
        return  # it was typed at a prompt that keeps no source
    path = Path(next(_my_rules()), f"{name}.py")
    try:
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.read_bytes() == text:
            return
        draft = path.with_suffix(".tmp")
        draft.write_bytes(text)
        if path.exists():
            earlier = path.parent / "earlier"
            earlier.mkdir(exist_ok=True)
            places = (earlier / f"{name}-{number}.py" for number in count(1))
            os.replace(path, next(place for place in places if not place.exists()))
        os.replace(draft, path)
    except OSError as error:
        print(f"Your {name} works in this notebook, but its copy could not be written: {error}.")
        return
    if missing:
        print(
            f"Your {name} works in this notebook, but its copy for later lessons won't: it needs "
            f"{', '.join(missing)}, which can't be written down. Make that a part of the function."
        )


def _self_contained(function: FunctionType) -> tuple[bytes, list[str]]:
    """The source of a function together with the imports, constants and helpers that it needs, and the
    names of those that can't be written down."""
    head: dict[str, None] = {}  # a dict keeps the order and drops repeats
    bodies: list[str] = []
    seen, missing = set(), []

    def add(name: str, f: FunctionType) -> None:
        source = textwrap.dedent(inspect.getsource(f))
        definition = ast.parse(source).body[0]
        decorators = [d for d in getattr(definition, "decorator_list", []) if not _is_fill(d)]
        for other, value in (globals_read(f) | _read_at_definition(definition, f)).items():
            if other not in seen:
                seen.add(other)
                need(other, value, f)
        parts = [f"@{ast.get_source_segment(source, d)}" for d in decorators]
        bodies.append("\n".join([*parts, str(ast.get_source_segment(source, definition))]))
        if (own_name := getattr(definition, "name", name)) != name:
            bodies.append(f"{name} = {own_name}")

    def need(name: str, value: Any, f: FunctionType) -> None:
        helper = inspect.unwrap(value) if callable(value) else value
        value = value.item() if isinstance(value, np.generic) else value
        if isinstance(value, ModuleType):
            head[f"import {value.__name__} as {name}"] = None
        elif isinstance(helper, FunctionType) and helper.__globals__ is f.__globals__:
            add(name, helper)
        elif isinstance(helper, FunctionType) and helper.__module__.startswith(LOADED):
            head["from microlearn import get_exercise"] = None
            head[f"{name} = get_exercise({helper.__name__!r})"] = None
        elif _is_importable(value):
            head[f"from {value.__module__} import {value.__name__} as {name}"] = None
        elif isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and value.size <= 1000:
            head["import numpy"] = None
            head[f"{name} = numpy.array({value.tolist()}, dtype={value.dtype.str!r})"] = None
        elif _is_literal(value):
            head[f"{name} = {value!r}"] = None
        elif not hasattr(builtins, name):
            missing.append(name)

    seen.add(function.__name__)
    add(function.__name__, function)
    note = f'"""Your answer to {function.__name__}, kept so that later lessons can use it."""'
    return ("\n\n\n".join(["\n".join([note, "", *head]), *bodies]) + "\n").encode(), missing


def _is_fill(decorator: ast.expr) -> bool:
    return getattr(decorator, "id", getattr(decorator, "attr", "")) == "fill"


def _read_at_definition(definition: ast.stmt, f: FunctionType) -> dict[str, object]:
    """The global variables in defaults, annotations and decorators, or in the line of a lambda."""
    parts: list[ast.AST] = [definition]
    if isinstance(definition, ast.FunctionDef):
        kept = [d for d in definition.decorator_list if not _is_fill(d)]
        parts = [definition.args, *kept, *filter(None, [definition.returns])]
    names = {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}
    return {name: f.__globals__[name] for name in sorted(names & f.__globals__.keys())}


def _is_importable(value: object) -> bool:
    module, name = getattr(value, "__module__", None) or "", getattr(value, "__name__", "")
    return module != "__main__" and getattr(sys.modules.get(module), name, None) is value


def _is_literal(value: object) -> bool:
    try:
        return ast.literal_eval(repr(value)) == value
    except Exception:  # whatever an object's own repr or == may raise
        return False
