"""Exercises: a student's answer takes the place of the package's stub.

``@fill`` above a function registers it under its own name for the rules, the checks and the widgets
alike, and keeps a copy (:mod:`microlearn.kept`) so that a later lesson can use it. :func:`standing` is
the one place that looks for an answer: first in this session, then among the copies, last among the
references, if the clone has them. Another process has none of these: it gets the answers that it needs
with :func:`answers`.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import inspect
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar, Token
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

from . import kept
from .fingerprints import writes_globals
from .numbers import said
from .places import running, shell

PACKAGE = Path(__file__).parent
SOLUTIONS = PACKAGE.parent / "solutions"


@dataclass(frozen=True)
class Filled:
    """An answer that was filled in during this session."""

    function: FunctionType
    cell: int | None
    """The number of the cell that did it, if it was one."""
    at: float
    """When, in seconds since 1970."""
    in_cell: str = ""
    """The front end's name for that cell, if it gives one."""
    before: Any = None
    """What the session's name of the exercise meant before."""


@dataclass(frozen=True)
class Standing:
    """The function that stands for an exercise, and where it comes from."""

    function: Callable
    note: str = ""
    """What the student should know, in a sentence; nothing, where an answer of this session is used."""
    doubtful: bool = False
    """Whether that is to be said in each cell that uses the function."""


@dataclass(frozen=True)
class Copied:
    """What the copies in ``my_rules/`` have for an exercise."""

    function: Callable | None = None
    path: str = ""
    version: int = 0
    damaged: str = ""
    """A sentence on a copy that can't be used."""

    def __str__(self) -> str:
        return f"your own answer, kept in my_rules/{Path(self.path).name}"


_filled: dict[str, Filled] = {}
_proved: dict[str, Callable] = {}
"""The answers of this session that have passed their check."""
_refused: dict[str, Any] = {}
"""What the answers of this session were, by :func:`_as_now`, when they last failed their check."""
_copied: dict[str, kept.Copy | None] = {}
"""What those copies hold that this session has made, or has tried to make."""
_made: dict[str, tuple[str, Filled]] = {}
"""The fingerprints of the copies that this session has made last, and the answers they are of."""
_restless: dict[str, Callable] = {}
"""Those that have changed their own variables during their check."""
_places: set[str] = set()
"""The folders of those copies."""
_handed_over: ContextVar[Mapping[str, Callable]] = ContextVar("_handed_over")
_asked_for: Counter[tuple[str, int]] = Counter()
"""How often each function that is handed over was asked for."""
_found_before: ContextVar[dict[str, Standing] | None] = ContextVar("_found_before", default=None)
_alone: ContextVar[bool] = ContextVar("_alone", default=False)
_lent: dict[str, Callable[[], Callable]] | None = None
_preferred: dict[str, Callable | None] = {}
"""The exercises for which the reference is wished, and what the session's name meant at that time."""
_announced: dict[str, tuple[str, int | None]] = {}
"""What was last said of an exercise, and in which cell, if each has to be told."""
OF_ALL = (
    "An exercise is asked for by a name in a variable, and may be any: where this session has no "
    "answer, your kept one or the reference stands in. Write the name in quotes to be told which."
)


class NotAnExercise(ValueError):
    """The name is not that of an exercise."""


class NotFilledIn(RuntimeError):
    """An exercise is needed, and there is no answer to it anywhere."""


def exercise_names() -> list[str]:
    """The names of all exercises, in alphabetical order."""
    return [*_names()]


@cache
def _names() -> tuple[str, ...]:
    folders = importlib.import_module("microlearn.stubs").__path__
    found = {path.stem for folder in folders for path in Path(folder).glob("*.py")}
    return tuple(sorted(found - {"__init__"}))


def name_of(exercise: str | Callable) -> str:
    """The name of an exercise, which is given by its name or by a function of that name.

    Raises
    ------
    NotAnExercise
        If there is no exercise of that name; the message offers the nearest one.
    TypeError
        If it is neither a name nor a function.
    """
    name = exercise if isinstance(exercise, str) else getattr(exercise, "__name__", None)
    if not isinstance(name, str):
        raise TypeError(
            f'An exercise is named in quotes, one at a time, such as "{exercise_names()[0]}"; a '
            f"{type(exercise).__name__} was given."
        )
    stub(name)
    return name


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


def fill(function: Callable | None = None) -> Callable:
    """Put ``function`` in the place of the package's stub of the same name.

    It may have further parameters of its own behind those of the stub, if they have defaults; training
    refuses the names of its settings, such as ``weight_decay``. What it is given goes on changing with
    the run: a copy alone can be remembered, and training refuses all else.

    Raises
    ------
    NotAnExercise
        If the function's name is not that of an exercise.
    TypeError
        If its parameters are not those of the stub, or it is not made by ``def``: a lambda has no name.
    """
    if function is None:
        raise TypeError("@fill has no brackets behind it: write @fill alone, above the function.")
    if not isinstance(function, FunctionType) or function.__name__ == "<lambda>":
        raise TypeError(
            "@fill goes above a function, a `def` with the name of the exercise; "
            f"{said(function)} is none."
        )
    name = function.__name__
    if misfit := _misfit(name, function):
        raise TypeError(f"{misfit}. Keep the first line of the function as the lesson gave it.")
    if kept.reading():
        return function
    _filled[name] = Filled(function, _cell(), time.time(), in_cell=running()[0])
    _filled[name] = replace(_filled[name], before=_meant(name))
    _preferred.pop(name, None)
    _copied.pop(name, None)  # a gap is not kept
    if kept.may_keep() and is_attempted(name, function):
        _keep(name, function)
        if session := shell():
            session.events.register("post_run_cell", _renew_copies)
    return function


def _renew_copies(*_: object) -> None:
    """Keep the answers of this session again of which a cell has changed a helper or a constant. (One
    that changes them itself is kept as it began.)"""
    for name, answer in _filled.items():
        own = answer.function
        if name in _copied and not _changes_itself(name) and _copied[name] != kept.all_of(own):
            _keep(name, own)


def _changes_itself(name: str) -> bool:
    """Whether this session's answer changes its variables, such as a number of calls, when it runs."""
    own = _filled[name].function
    return _restless.get(name) is own or writes_globals(own)


def as_it_stands(name: str) -> kept.Copy | None:
    """This session's answer with all that it needs, before its check calls it a thousand times."""
    return kept.all_of(_filled[name].function)


def _keep(name: str, function: FunctionType, copied: kept.Copy | None = None) -> str:
    _copied[name] = copied or kept.all_of(function)
    folder = next(kept.folders(), "")
    if shell() and _places and folder not in _places:
        print(
            f"This session works in another folder now: answers are kept in, and taken from, {folder}."
        )
    _places.add(folder)
    fingerprint = kept.keep(name, function, _copied[name], lambda there: _whose(name, there))
    if fingerprint:
        _made[name] = fingerprint, _filled[name]
    return fingerprint


def _whose(name: str, fingerprint: str) -> str:
    """What the copy with this fingerprint is, in words; nothing, if the same cell has made it."""
    made, by = _made.get(name, ("", _filled[name]))
    if fingerprint != made:
        return "an answer of another session"
    return "" if by.in_cell == _filled[name].in_cell else f"the answer of cell [{by.cell}]"


def _meant(name: str) -> Callable | None:
    """The function that the name means where the answer was defined, or in the session; none of ours."""
    places = [_filled[name].function.__globals__] if name in _filled else []
    for place in (*places, vars(sys.modules["__main__"])):
        found = place.get(name)
        if callable(found) and not str(getattr(found, "__module__", "")).startswith("microlearn"):
            return found
    return None


def _expected(name: str) -> list[str]:
    return list(inspect.signature(stub(name)).parameters)


def misplaced(
    name: str, function: Callable, expected: Sequence[str], known: Iterable[str] = ()
) -> str:
    """A sentence, if the function, which is called as the stub is, by position, would be handed one
    thing under the name of another, out of what is expected or else is ``known``."""
    with suppress(ValueError, TypeError):  # a builtin may have no signature
        given = inspect.signature(function).parameters.values()
        placed = [p.name for p in given if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        for own, handed in zip(placed, expected, strict=False):
            if own != handed and own in {*expected, *known}:
                return (
                    f"{name} is handed ({', '.join(expected)}), in this order; yours takes "
                    f"({', '.join(placed)}), so that its {own} would be the {handed}. Keep the order of "
                    "the exercise, and ask for anything else behind that."
                )
    return ""


@cache  # a rule asks for its exercise at every update
def _misfit(name: str, function: Callable) -> str:
    """Which parameters the function should have, if it can't be called as the stub is."""
    expected = _expected(name)
    parameters = inspect.signature(function).parameters
    given, more = list(parameters), [*parameters.values()][len(expected) :]
    own = all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in more)
    if given[: len(expected)] == expected and own:
        return ""
    return f"{name} takes ({', '.join(expected)}); yours takes ({', '.join(given)})"


def _cell() -> int | None:
    """The number of the notebook cell that runs now."""
    return len(_inputs()) - 1 if _inputs() else None


def _inputs() -> list[str]:
    """The texts of the cells that were run in this session, each at its number; none elsewhere."""
    inputs = getattr(shell(), "user_ns", {}).get("In")
    return inputs if isinstance(inputs, list) else []


def note_check(name: str, passed: bool, began: kept.Copy | None) -> None:
    """Remember, here and beside the kept copy, whether this session's answer has passed its check, which
    ``began`` with it as it stood."""
    own = _filled[name].function
    if passed:
        _proved[name] = own
    if kept.may_keep():
        if began != kept.all_of(own):
            _restless[name] = own
        # The copy may be older than a helper that was mended in this cell; and it begins as the cell
        # does, without what the check has counted.
        first = _copied.get(name) if writes_globals(own) else None
        fingerprint = _keep(name, own, first or began)
        kept.note(kept.place_of(name), fingerprint, passed)
    if not passed:
        _refused[name] = _as_now(name)
    elif _refused.get(name) == _as_now(name):
        del _refused[name]


def note_copy(copied: Copied, passed: bool) -> None:
    """Remember beside a copy whether it has passed its check, unless it has been written meanwhile."""
    if kept.version_of(copied.path) == copied.version:
        kept.note(copied.path, kept.fingerprint_of(copied.path), passed)


def _as_now(name: str) -> Any:
    """What tells this session's answer from another one: its text with all that it needs, so that a cell
    that is run again makes no other; else itself."""
    return _copied.get(name) or _filled[name].function


def is_attempted(name: str, function: Callable) -> bool:
    """Whether the function differs from the stub of that exercise in more than its docstring."""
    return _body(function) not in _gaps(name)


def _body(function: Callable) -> tuple:
    code = function.__code__
    return code.co_code, code.co_names, code.co_varnames


@cache
def _gaps(name: str) -> tuple[tuple, tuple]:
    """The code of the stub as it is in its file, and as it is in a cell. A cell is compiled statement by
    statement, and CPython has another call for what was imported in the text that it compiles."""
    alone: dict = {}
    exec(inspect.getsource(stub(name)), alone)
    return _body(stub(name)), _body(alone[name])


def filled(name: str) -> Callable | None:
    """The answer filled in during this session, attempted or not; None if there is none."""
    stub(name)
    return _filled[name].function if name in _filled else None


def provenance(name: str, copied: Copied | None = None) -> str:
    """Which answer was checked, this session's or a copy: its first own line, when it was run or where
    it is kept, and whether another function has its name by now."""
    own = (copied and copied.function) or _filled[name].function
    line, other = _first_line(name, own), overtaken(name) or kept.outdated(own)
    begins = f" It begins with `{line}`." if line else ""
    if not copied:
        return f"Checked: {_which(_filled[name])}.{begins}{other and f' But {other}'}"
    here = "This session has run no cell with an answer."
    if name in _filled:
        here = "The cell of this notebook is a gap, and the notebook is what you hand in: copy it there."
    return f"Checked: {copied}.{begins} {f'But {other}' if other else here}"


def _which(answer: Filled) -> str:
    minutes = (time.time() - answer.at) / 60
    when = "just now" if minutes < 1.5 else f"{minutes:.0f} minutes ago"
    if minutes > 90:
        when = time.strftime("at %H:%M on %d %B", time.localtime(answer.at))
    return f"your answer that ran {when}" + (f", in cell [{answer.cell}]" if answer.cell else "")


def unproved(name: str) -> list[str]:
    """The exercises whose answers of this session have not passed their check, and that the answer of
    this session to another one asks for by name, itself or through these."""
    reached = [name]
    for earlier in reached:  # it grows
        reached += [
            asked
            for asked in _filled[earlier].function.__code__.co_consts
            if isinstance(asked, str)
            and asked in _filled
            and asked not in (*reached, *_preferred)
            and is_attempted(asked, _filled[asked].function)
            and _proved.get(asked) is not _filled[asked].function
        ]
    return reached[1:]


def _first_line(name: str, function: Callable) -> str:
    """The first line of the function that the stub does not have."""
    try:
        lines = inspect.getsource(function).splitlines()
        given = {line.strip() for line in inspect.getsource(stub(name)).splitlines()}
    except (OSError, TypeError):
        return ""
    docs = {line.strip() for line in (function.__doc__ or "").splitlines()}
    own = (line.strip() for line in lines if line.strip())
    no_code = re.compile(rf"#|@|[\"']|def\s+{name}\b")
    mine = (line for line in own if line not in given | docs and not no_code.match(line))
    return next(mine, "")


def overtaken(name: str) -> str:
    """A sentence, if the session has run another function of that name since, which is not filled in."""
    answer = _filled.get(name)
    if answer and answer.cell and name not in _preferred:
        inputs = _inputs()
        # The cell that runs now may not have come to it yet.
        end = min(len(inputs), getattr(shell(), "execution_count", len(inputs)))
        later = [n for n in range(answer.cell + 1, end) if _defines(inputs[n], name)]
        if later:
            return (
                f"you have run a newer one in cell [{later[-1]}], which did not take its place: there "
                "is an error in that cell, or no @fill. Mend it and run it again."
            )
    known = [None, _preferred.get(name), *((answer.function, answer.before) if answer else ())]
    meant = _meant(name)
    if any(meant is one for one in known):
        return ""
    return (
        f"the name {name} means another function now, which is not filled in: put @fill above its "
        "`def`, and above any other decorator, and run it again."
    )


def _defines(cell: str, name: str) -> bool:
    """Whether the cell, which may have an error, has such a function; not as a method or inside another,
    nor in a cell that some magic takes for itself."""
    if cell.startswith("%%") or not re.search(rf"^\s*def\s+{name}\b", cell, re.M):
        return False
    try:
        nodes: list[ast.AST] = [ast.parse(cell)]
    except SyntaxError:
        return True
    for node in nodes:  # it grows
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            nodes += ast.iter_child_nodes(node)
        elif node.name == name:
            return True
    return False


def forget_answers() -> None:
    """Forget all answers filled in during this session; the copies in ``my_rules/`` stay."""
    _filled.clear()
    _refused.clear()
    _made.clear()


def get_exercise(name: str) -> Callable:
    """The function that stands for an exercise now.

    It is the answer filled in during this session; else the copy in ``my_rules/``; else the
    reference, if this is a clone of the course. The last two are announced in one line, once, and again
    after something else has stood for it. An answer of this session that has failed its last check, and
    a copy that has not passed it, are announced in each cell that uses them.

    Raises
    ------
    NotAnExercise
        If there is no exercise of that name.
    NotFilledIn
        If there is no answer to it anywhere.
    """
    found = standing(name)
    _announce(name_of(name), found)
    return found.function


def _announce(name: str, found: Standing) -> None:
    """Print what is to be said, unless it was said last."""
    if found.note:
        said = (found.note, _cell() if found.doubtful else None)
        if _announced.get(name) != said:
            _announced[name] = said
            print(found.note)
        if (before := _found_before.get()) is not None and name in before:
            before[name] = Standing(found.function)


def perhaps(names: Iterable[str], of_all: bool) -> dict[str, Callable]:
    """What stands for exercises that may be asked for, without those that are not filled in.

    It says of each what :func:`get_exercise` does. Where they are ``of_all`` exercises, since the name
    of one is in a variable, a run says it of the one that is asked for, and then; elsewhere, as in a
    sweep, whose points say nothing, one line is about all.
    """
    found: dict[str, Standing] = {}
    for name in sorted(names):  # in an order that each session has: it is part of a fingerprint
        with suppress(NotFilledIn):  # perhaps nobody asks for it; if so, the point says it
            found[name] = standing(name)
    in_a_run = _found_before.get() is not None
    for name, one in found.items() if not (of_all and in_a_run) else ():
        if of_all and one.note and not one.doubtful:
            _announce("", Standing(one.function, OF_ALL))
        else:
            _announce(name, one)
    return {name: one.function for name, one in found.items()}


def standing(name: str) -> Standing:
    """What :func:`get_exercise` returns, and what is to be said about it.

    Raises
    ------
    NotAnExercise, NotFilledIn
        As :func:`get_exercise`.
    """
    name = name_of(name)
    if (given := given_for(name)) is not None:
        return Standing(given)
    before = _found_before.get()
    if before is not None and name in before:
        return before[name]
    if _alone.get():
        raise NotFilledIn(
            f"{name} is asked for at a point of a sweep, which could not see that, so your answer "
            f'did not come along. Name it in the function that needs it: get_exercise("{name}").'
        )
    found = _found(name)
    if before is not None:
        before[name] = found
    return found


def _found(name: str) -> Standing:
    own = filled(name) if name not in _preferred else None
    if not own or not is_attempted(name, own):
        found = _on_disk(name)
    elif _refused.get(name) != _as_now(name):
        found = Standing(own, _another_copy(name))
    else:
        cell = _filled[name].cell
        used = f"{name}: your own answer{f', in cell [{cell}],' if cell else ''} is used."
        found = Standing(own, f"{used} {_not_passed(name)}", doubtful=True)
    if not (other := overtaken(name) or kept.outdated(found.function)):
        return found
    note = found.note or f"{name}: {_which(_filled[name])}, is used."
    return Standing(found.function, f"{note} But {other}", doubtful=True)


def _another_copy(name: str) -> str:
    """A sentence, if the copy that this session has made of its answer is another one by now."""
    with suppress(OSError):  # nothing is there any more
        if name in _made and kept.fingerprint_of(kept.place_of(name)) != _made[name][0]:
            return (
                f"{name}: your answer of this session is used. my_rules/{name}.py has another one by "
                "now, which other notebooks use: run the cell of the one that you want."
            )
    return ""


def _on_disk(name: str) -> Standing:
    """The copy in ``my_rules/``, what is lent, or the reference."""
    copied = Copied() if name in _preferred else copy_of(name)
    if copied.function:
        used = f"{name}: using {copied}."
        if kept.has_passed(copied.path, copied.version):
            return Standing(copied.function, used)
        doubt = _not_passed(name, before=kept.had_passed(copied.path))
        return Standing(copied.function, f"{used} {doubt}", doubtful=True)
    if _lent is not None:
        if name in _lent:
            return Standing(_lent[name]())
        raise NotFilledIn(
            f"{name} is not filled in, and comes no earlier in the course than the exercise that is "
            "graded, so no reference stands in for it: write what you need of it into your answer."
        )
    if kept.version_of(f"{SOLUTIONS}/{name}.py"):
        why = "as you wished" if name in _preferred else "not filled in yet"
        return Standing(
            reference(name), f"{copied.damaged}{name}: {why}, so the reference stands in for it."
        )
    raise NotFilledIn(
        f"{copied.damaged}{name} is not filled in: run the cell with your answer first "
        "(its lesson has it under @fill)."
    )


def copy_of(name: str) -> Copied:
    """The first copy of an answer that can be used."""
    damaged = ""
    for folder in kept.folders():
        path = f"{folder}/{name}.py"
        if version := kept.version_of(path):
            try:
                function = kept.load(path, name, version)
                if misfit := _misfit(name, function):
                    raise TypeError(misfit)
            except (Exception, SystemExit) as error:
                damaged = f"my_rules/{name}.py can't be used ({type(error).__name__}: {error}). "
            else:
                return Copied(function, path, version, damaged)
    return Copied(damaged=damaged)


class OneLook:
    """A context in which each answer is looked for once, over all times it is entered, and those stand
    that were handed over where it was made.

    A run of training enters its own at every update, so that one answer makes all of them, though the
    cell with it is run again meanwhile. And to ask the disk each time whether a file has changed would
    make small updates a sixth slower. ``seconds`` of the processor were spent in it.
    """

    def __init__(self) -> None:
        self._found: dict[str, Standing] = {}
        self.handed_over = _handed_over.get({})
        self._entered: list[tuple[Token, Token, float]] = []
        self.seconds = 0.0

    def __enter__(self) -> None:
        tokens = _found_before.set(self._found), _handed_over.set(self.handed_over)
        self._entered.append((*tokens, time.thread_time()))

    def __exit__(self, *error: object) -> None:
        found, given, since = self._entered.pop()
        _found_before.reset(found)
        _handed_over.reset(given)
        if not self._entered:
            self.seconds += time.thread_time() - since


def _not_passed(name: str, before: bool = False) -> str:
    instead = f' or let the course\'s stand in: use_reference("{name}").'
    offered = f",{instead}" if kept.version_of(f"{SOLUTIONS}/{name}.py") else "."
    changed = "It, or a file that it imports, was changed, or cut off, since it passed"
    it = changed if before else "It has not passed"
    return f"{it} its check: mend it in its lesson and check it again{offered}"


def use_reference(name: str) -> None:
    """Let the reference stand for an exercise in this session, until an answer to it is filled in again.

    Raises
    ------
    NotAnExercise
        If there is no exercise of that name.
    FileNotFoundError
        If this is no clone of the course.
    """
    name = name_of(name)
    reference(name)
    _preferred[name] = _meant(name)
    print(f"{name}: from now on the reference stands in. Your own answer stays where it is.")


def lend(references: dict[str, Callable[[], Callable]]) -> None:
    """In a process that can't see ``solutions/``, let what these return stand in for what is not filled
    in, and nothing else."""
    global _lent
    _lent = references


def answers(functions: Mapping[str, Callable]) -> AbstractContextManager[None]:
    """Inside the ``with``, and only in this thread, these functions stand for the exercises.

    One ``with`` may be inside another: the inner functions come first. A function that nothing has asked
    for is named in a warning at the end; and a warning says where the ``with`` is missing.

    >>> with answers({"backprop": my_own}):        # doctest: +SKIP
    ...     train("backprop", data)

    Parameters
    ----------
    functions : from the name of an exercise to the function. One that stands for an exercise of a rule
        may ask, by name, for more than that has: the run's generator, which its seed fixes, a knob or a
        state, as in ``def mine(network, x, feedback, *, rng, learning_rate)``

    Raises
    ------
    NotAnExercise, TypeError
        If a name is not that of an exercise, or what stands for it is no function, or has the parameters
        of the exercise in another order.
    """
    if not isinstance(functions, Mapping):
        raise TypeError(
            f'answers takes a dict, such as {{"backprop": mine}}; {said(functions)} was given.'
        )
    for name, function in functions.items():
        if not callable(function):
            raise TypeError(f"{said(function)} can't stand for {name_of(name)}: it is no function.")
        if words := misplaced(name, function, _expected(name_of(name))):
            raise TypeError(words)
    return _Block({name_of(name): function for name, function in functions.items()})


class _Block(AbstractContextManager[None]):
    """What :func:`answers` returns, which says what had no effect: itself, or some of its functions."""

    def __init__(self, functions: Mapping[str, Callable]) -> None:
        self._functions = functions
        self._entered: list[AbstractContextManager[None]] = []
        self._before: dict[str, int] | None = None

    def __enter__(self) -> None:
        self._before = self._times()
        self._entered.append(standing_in(self._functions))
        self._entered[-1].__enter__()

    def __exit__(self, kind: type[BaseException] | None, *error: Any) -> None:
        self._entered.pop().__exit__(kind, *error)
        for name, times in self._times().items() if kind is None else ():
            if self._before and self._before[name] == times:
                warnings.warn(_unasked(name), stacklevel=2)

    def _times(self) -> dict[str, int]:
        """How often each of them was asked for so far."""
        return {name: _asked_for[name, id(f)] for name, f in self._functions.items()}

    def __repr__(self) -> str:
        return "answers(...) alone changes nothing: train inside `with answers(...):`."

    def __del__(self) -> None:
        if self._before is None:
            warnings.warn(repr(self), stacklevel=2)


def _unasked(name: str) -> str:
    instead = (
        f"Train there, with a rule whose answer asks for it: {', '.join(rules)}."
        if (rules := _rules_with(name))
        else "No rule asks for it: training has a forward pass, losses and measures of its own. Call "
        "yours, or give it to training as its `loss` or its `measure`."
    )
    return (
        f"Nothing inside `with answers(...)` has asked for {name}: yours had no effect. {instead}"
    )


def _rules_with(name: str) -> list[str]:
    from .rules.catalogue import CATALOGUE  # it imports this module

    return [rule.name for rule in CATALOGUE.values() if name in rule.exercises]


def given_for(name: str) -> Callable | None:
    """What a ``with answers(...)`` around here gives for the exercise, which has been asked for now."""
    given = _handed_over.get({}).get(name)
    if given is not None:
        _asked_for[name, id(given)] += 1
    return given


@contextmanager
def standing_in(functions: Mapping[str, Callable], alone: bool = False) -> Iterator[None]:
    """As :func:`answers`, of what is an answer already, of which not all need be asked for. Where they
    stand alone, what else would be found here is refused: the session may have another, and no
    fingerprint knows it."""
    outer = {} if alone else _handed_over.get({})
    tokens = _handed_over.set({**outer, **functions}), _alone.set(alone or _alone.get())
    try:
        yield
    finally:
        _handed_over.reset(tokens[0])
        _alone.reset(tokens[1])


def handed_over(before: Mapping[str, Callable] | None = None) -> dict[str, Callable]:
    """The functions of the ``with answers(...)`` around here, which what is made here, such as a panel,
    goes on with, at any rule that it offers; and those of ``before``, of earlier ones, that these do not
    replace."""
    given = _handed_over.get({})
    for name in filter(_rules_with, given):
        given_for(name)
    return {**(before or {}), **given}


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
    if not (version := kept.version_of(path)):
        raise FileNotFoundError(
            f"There is no reference for {name} here: only a clone of the course has the references."
        )
    return kept.load(path, name, version)


def is_reference(name: str, function: Callable) -> bool:
    """Whether the function is the course's own answer to an exercise."""
    with suppress(FileNotFoundError):
        return function is reference(name)
    return False
