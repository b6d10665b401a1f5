"""What a panel computes: training a few rules side by side, one small step at a time.

Everything that can go wrong in a student's rule ends here as a sentence in ``troubles``.
"""

from __future__ import annotations

import linecache
import math
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..data import Dataset
from ..exercises import NotFilledIn, answers, filled, get_exercise, is_attempted
from ..metrics import Moments
from ..network import create_network
from ..rules import get_rule
from ..training import Diverged, NotFinite, Training
from .driver import HANGS
from .limits import TookTooLong

POINTS = 50
"""Measurements of loss, accuracy and cosine in a run."""
SNR_POINTS, SNR_SAMPLES = 6, 100
SLOW = 1.0
"""Seconds that one update may take in a panel."""


@dataclass(frozen=True)
class Settings:
    """What a run depends on. ``knobs`` may hold knobs that a rule does not have.

    ``answers`` fills as the rules begin: what stands for their exercises then does so to the end,
    and to the end of a sweep, though a student run the cell with another answer meanwhile.
    """

    rules: tuple[str, ...]
    data: Dataset
    width: int
    layers: int
    epochs: float
    seed: int
    knobs: dict[str, float]
    measures: tuple[str, ...]
    answers: dict[str, Callable] = field(default_factory=dict)

    def training(self, rule: str, measures: tuple[str, ...], every: int) -> Training:
        """The run of one rule at these settings, with those knobs that it has."""
        x, y = self.data.train.x, self.data.train.y
        sizes = [x.shape[1], *[self.width] * self.layers, y.shape[1]]
        names = {knob.name for knob in get_rule(rule).knobs}
        return Training(
            rule,
            self.data,
            create_network(sizes, seed=self.seed),
            epochs=self.epochs,
            measure=list(measures),
            measure_every=every,
            seed=self.seed,
            **{name: value for name, value in self.knobs.items() if name in names},
        )


@dataclass
class Curve:
    """What has been measured of one rule: the training's rows, and its SNR now and then."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    snr: list[tuple[int, float]] = field(default_factory=list)
    trouble: str = ""
    diverged: bool = False

    def points(self, measure: str) -> tuple[list[float], list[float]]:
        """The updates at which a measure was taken, and its values."""
        if measure == "signal_to_noise":
            points = list(self.snr)  # read once, since another thread may add to it
        else:
            points = [(row["step"], row[measure]) for row in self.rows]
        return [step for step, _ in points], [value for _, value in points]


class Run:
    """A run of all rules of the settings; iterating trains them, an update of one at a time.

    With ``final_only`` they are measured before the first update and after the last, no more.

    Attributes
    ----------
    curves : dict of rule -> Curve
    done, steps : int
        Updates made and to be made, of each rule.
    finished : bool
    seconds : float
        How long it has computed.
    """

    def __init__(self, settings: Settings, final_only: bool = False) -> None:
        self.settings = settings
        self.curves = {rule: Curve() for rule in settings.rules}
        self.done, self.seconds, self.finished = 0, 0.0, False
        batches = max(1, len(settings.data.train) // 64)
        self.steps = max(1, round(settings.epochs * batches))
        self._every = self.steps if final_only else max(1, self.steps // POINTS)
        self._snr_every = self.steps if final_only else max(1, self.steps // SNR_POINTS)

    def __iter__(self) -> Iterator[None]:
        under_way = {rule: self._one(rule, curve) for rule, curve in self.curves.items()}
        while under_way:
            for rule, work in list(under_way.items()):
                start = time.perf_counter()
                # The rules keep in step, so that their curves grow together.
                # What is not finite is said in words.
                with np.errstate(all="ignore"), answers(self.settings.answers):
                    if next(work, "end") == "end":
                        del under_way[rule]
                self.seconds += time.perf_counter() - start
                yield
        self.finished = True

    def _one(self, rule: str, curve: Curve) -> Iterator[None]:
        exercise = get_rule(rule).exercise
        wanted = set(self.settings.measures)
        measures = tuple(sorted(wanted & {"cosine_similarity", "hidden_cosine"}))
        run, start = None, time.perf_counter()
        try:
            self.settings.answers[exercise] = get_exercise(exercise)
            run = self.settings.training(rule, measures, self._every)
            curve.rows = run.rows
            self._stop_if_slow(exercise, time.perf_counter() - start)
            for step in run:
                self._stop_if_slow(exercise, time.perf_counter() - start)
                self.done = max(self.done, step.number)
                yield
                due = step.number % self._snr_every == 0 or step.number == self._every
                if due and "signal_to_noise" in wanted:
                    yield from signal_to_noise(run, curve)
                start = time.perf_counter()
        except Diverged as error:
            curve.trouble, curve.diverged = str(error), not isinstance(error, NotFinite)
        except KeyboardInterrupt:
            curve.trouble = f"{get_rule(rule).title} was interrupted."
        except _TooSlow as slow:
            curve.trouble = str(slow)
        except TookTooLong:
            curve.trouble = (
                f"{exercise} had not returned after {HANGS:.0f} seconds, so the panel has stopped it. "
                "Is there a loop that never ends?"
            )
        except Exception as error:
            curve.trouble = in_words(exercise, error)

    def _stop_if_slow(self, exercise: str, seconds: float) -> None:
        if seconds > SLOW:
            raise _TooSlow(
                f"One update of {exercise} took {seconds:.1f} seconds, so the {self.steps:,} updates "
                f"of this run would take {_long(seconds * self.steps)}; the panel has stopped it. Is "
                "there a loop over samples or weights that an array operation could replace?"
            )


class _TooSlow(Exception):
    pass


def signal_to_noise(run: Training, curve: Curve) -> Iterator[None]:
    """Measure the SNR of the first layer's update over single samples, a sample at a time."""
    moments = Moments()
    x, y = run.data.train.x[:SNR_SAMPLES], run.data.train.y[:SNR_SAMPLES]
    for i in range(len(x)):
        moments.add(np.asarray(run.probe_update(run.network, x[i : i + 1], y[i : i + 1])[0]))
        yield
    curve.snr.append((run.number, moments.signal_to_noise()))


def in_words(exercise: str, error: Exception) -> str:
    """An exception out of a student's rule as a sentence, with the line where it came up."""
    if isinstance(error, NotFilledIn):
        return str(error)
    if isinstance(error, NotImplementedError):
        return f"{exercise} is not finished: it still has a line `raise NotImplementedError()`."
    where = ""
    try:
        file = get_exercise(exercise).__code__.co_filename
    except (NotFilledIn, AttributeError):
        file = None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == file:
            line = (frame.line or linecache.getline(frame.filename, frame.lineno)).strip()
            where = f" in its line `{line}`"
    said = str(error).strip() or "no message"
    if "read-only" in said:
        said += ". A rule returns its update and changes nothing that it is given: work on a copy."
    if not where:  # microlearn's own words, about what the rule has returned
        return said if exercise in said else f"{exercise}: {type(error).__name__}: {said}"
    return f"{exercise} stopped with {type(error).__name__}{where}: {said}"


def stands_in(rules: tuple[str, ...]) -> list[str]:
    """The exercises among those of the rules whose answer is not this session's."""
    exercises = dict.fromkeys(get_rule(rule).exercise for rule in rules)
    return [name for name in exercises if not (filled(name) and is_attempted(name, filled(name)))]


def _long(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"


def finite(values) -> list[float]:
    """Those of the values that are numbers."""
    return [value for value in values if math.isfinite(value)]
