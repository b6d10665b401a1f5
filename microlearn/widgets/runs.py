"""The work of a panel: it trains a few rules side by side, one small step at a time.

Every error in a student's rule ends here as a sentence, a curve's ``trouble``.
"""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np

from ..checking.errors import explained, own_frames
from ..exercises import NotFilledIn, is_reference, standing, standing_in
from ..limits import TookTooLong
from ..measures import ALWAYS, MEASURES
from ..numbers import ended
from ..rules import Rule, get_rule
from ..training import Diverged, NotFinite, Training
from ..versions import Begun, Contents, contents
from .closed import Closed
from .settings import Settings
from .slices import HANGS
from .views import VIEWS, View

POINTS, SLOW_POINTS = 50, 6
"""Measurements in a run: of most measures, and of those that take long."""
SLOW = 1.0
"""Seconds of the processor that one update may take in a panel. A busy machine takes no more of them."""
_numbers = count()


@dataclass
class Curve(Closed):
    """The measurements of one rule: the rows of training, and slow measures in between."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    slow: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    kept: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    """Of each view, after so many updates what it shows."""
    trouble: str = ""
    diverged: bool = False
    done: int = 0
    """Updates made."""
    contents: Mapping[str, str] = field(default_factory=dict)
    """Of each answer with which it began, what it computes."""

    def points(self, measure: str) -> tuple[list[int], list[float]]:
        """The updates after which a measure was taken, and its values."""
        if measure in self.slow:
            points = list(self.slow[measure])  # read once, since another thread may add to it
        else:
            points = [(row["step"], row[measure]) for row in self.rows]
        return [step for step, _ in points], [value for _, value in points]


class Run(Closed):
    """A run of all rules of the settings; iterating trains them, an update of one at a time.

    They are measured before the first update, and ``points`` times from there to the last one. What the
    given view needs is kept, and what costs nothing; with one point, nothing.

    Attributes
    ----------
    curves : dict of rule -> Curve
    done, steps : int
        Updates made and to be made, of each rule.
    finished : bool
    seconds : float
        How long it has computed.
    number : int
        Greater than that of any run before.
    """

    def __init__(self, settings: Settings, points: int = POINTS, view: View | None = None) -> None:
        self.settings, self.number = settings, next(_numbers)
        views = [v for v in VIEWS.values() if points > 1 and (v.always or v is view)]
        self._views = {v.name: v for v in views}
        wanted = [name for name in settings.measures if name not in ALWAYS]
        self._slow = {name: steps for name in wanted if (steps := MEASURES[name].in_steps)}
        self._fast = [name for name in wanted if name not in self._slow]
        self.curves = {
            rule: Curve(
                slow={name: [] for name in self._slow}, kept={name: [] for name in self._views}
            )
            for rule in settings.rules
        }
        self.done, self.seconds, self.finished = 0, 0.0, False
        self.steps = settings.steps
        self._every = max(1, self.steps // points)
        self._slow_every = max(1, self.steps // min(points, SLOW_POINTS))

    @property
    def contents(self) -> Contents:
        """Of each answer with which its rules began, what it computes."""
        return {k: v for curve in self.curves.values() for k, v in curve.contents.items()}

    def __iter__(self) -> Iterator[None]:
        under_way = {rule: self._one(rule, curve) for rule, curve in self.curves.items()}
        while under_way:
            # The rules keep in step, so that their curves grow together.
            rule = min(under_way, key=lambda name: self.curves[name].done)
            start = time.perf_counter()
            # Numbers that are not finite become a sentence, not a warning.
            with np.errstate(all="ignore"), standing_in(self.settings.answers):
                if next(under_way[rule], "end") == "end":
                    del under_way[rule]
            self.seconds += time.perf_counter() - start
            yield
        self.finished = True

    def _one(self, rule: str, curve: Curve) -> Iterator[None]:
        entry = get_rule(rule)
        start = time.thread_time()
        try:
            self.settings.answers.update(entry.answers())
            begun = Begun(entry.answers())
            curve.contents = begun.contents
            run = self.settings.training(rule, self._fast, self._every)
            curve.rows = run.rows
            first = time.thread_time() - start
            self._stop_if_slow(run, first, first)
            yield from self._keep(curve, run)
            start = time.thread_time()
            asked = run.seconds_of_answers
            for step in run:
                took = time.thread_time() - start
                self._stop_if_slow(run, took, first if step.row else 0, asked)
                if step.number == 1:
                    begun.first_update()
                curve.done = step.number
                self.done = max(self.done, step.number)
                yield
                yield from self._keep(curve, run)
                if step.number % self._slow_every == 0 or step.number == self._every:
                    for name, in_steps in self._slow.items():
                        value = yield from in_steps(run)
                        curve.slow[name].append((step.number, value))
                start, asked = time.thread_time(), run.seconds_of_answers
            if changed := begun.end():
                curve.trouble = (
                    f"What {' and '.join(changed)} refers to was changed, by a cell or itself, while "
                    f"{entry.title} trained, so this curve is of two answers. Press Run again."
                )
        except Diverged as error:
            curve.trouble, curve.diverged = str(error), not isinstance(error, NotFinite)
        except KeyboardInterrupt:
            curve.trouble = f"{entry.title} was interrupted."
        except _TooSlow as slow:
            curve.trouble = str(slow)
        except TookTooLong:
            curve.trouble = (
                f"An update of {entry.title} had not returned after {HANGS:.0f} seconds, so the panel "
                "has stopped it. Is there a loop that never ends?"
            )
        except Exception as error:
            curve.trouble = in_words(entry, error)

    def _keep(self, curve: Curve, run: Training) -> Iterator[None]:
        for name, view in self._views.items():
            if run.number % max(1, self.steps // view.points) == 0 or run.number == self.steps:
                found = yield from view.observe(run)
                curve.kept[name].append((run.number, found))

    def _stop_if_slow(self, run: Training, took: float, first: float, asked: float = 0) -> None:
        """Stop the run if what it did last ``took`` so many seconds, of which measuring took about
        ``first``, as before the first update; its answers had been ``asked`` for so many before that."""
        if took < SLOW:
            return
        own = [n for n, answer in self.settings.answers.items() if not is_reference(n, answer)]
        what, many = "update", f"{self.steps:,} updates"
        longest = took * self.steps
        if own and run.seconds_of_answers - asked > took / 2:
            advice = (
                f"Is there a loop over samples or weights in {' or '.join(own)} that an array operation "
                "could replace?"
            )
        elif first > took / 2:
            times = 1 + self.steps // self._every
            what, many, longest = "measure", f"{times:,} measurements", took * times
            advice = (
                "Leave out measures, those of updates first, as in "
                'measures=["train_loss", "validation_accuracy"], or give data with fewer images.'
            )
        else:
            advice = "A smaller network or batch takes less, and train(…) as long as it needs."
        raise _TooSlow(
            f"To {what} {run.rule.title} once took {took:.1f} seconds of the processor, so the {many} "
            f"of this run would take up to {_long(longest)}; the panel has stopped it. {advice}"
        )


class _TooSlow(Exception):
    pass


def in_words(rule: Rule, error: Exception) -> str:
    """An exception from a student's answer as a sentence, with the line that raised it."""
    if isinstance(error, NotFilledIn):
        return str(error)
    exercise, where = rule.exercise, ""
    files = {_file(name): name for name in rule.exercises}
    line, message = explained(error)
    for frame, _ in own_frames(traceback.walk_tb(error.__traceback__)):
        if frame.f_code.co_filename in files:
            exercise = files[frame.f_code.co_filename]
            where = f" in its line `{line}`"
    if isinstance(error, NotImplementedError):
        return f"{exercise} is not finished: it still has a line `raise NotImplementedError()`."
    message = ended(message or "no message")
    if where:
        return f"{exercise} stopped with {type(error).__name__}{where}: {message}"
    # It comes from microlearn, about what an answer has returned.
    named = any(name in message for name in rule.exercises)
    return message if named else f"{exercise}: {type(error).__name__}: {message}"


def _file(exercise: str) -> str | None:
    """The file, or the cell, that has the answer of an exercise."""
    try:
        code = getattr(standing(exercise).function, "__code__", None)
    except NotFilledIn:
        return None
    return code.co_filename if code else None


def stand_ins(rules: tuple[str, ...]) -> list[str]:
    """A sentence for each exercise of the rules whose answer is not one of this session."""
    exercises = dict.fromkeys(name for rule in rules for name in get_rule(rule).exercises)
    notes = []
    for name in exercises:
        try:
            notes.append(standing(name).note)
        except NotFilledIn as missing:
            notes.append(str(missing))
    return [note for note in notes if note]


def kept_here(given: Iterable[str]) -> list[str]:
    """A sentence on the exercises for which a panel keeps what was given where it was made, if any."""
    names = " and ".join(given)
    return [f"For {names}, what `with answers(...)` gave here stays in use."] if names else []


def answers_now(rules: Iterable[str]) -> Contents:
    """What the answers of these rules compute now."""
    found: dict[str, str] = {}
    for rule in rules:
        with suppress(NotFilledIn):
            found |= contents(get_rule(rule).answers())
    return found


def _long(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"


def finite(values: Iterable[float]) -> list[float]:
    """The values that are finite."""
    return [value for value in values if math.isfinite(value)]
