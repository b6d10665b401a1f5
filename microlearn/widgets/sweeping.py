"""The panel that sweeps one knob over its range and draws the outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
import numpy as np

from ..looks import look_of
from ..measures import MEASURES
from ..numbers import whole
from ..rules import get_rule
from ..versions import Contents, differing
from .as_code import as_code
from .base import NOT_YET, Panel
from .controls import values_of
from .measured import measured_plot
from .runs import Curve, Run
from .settings import SWEPT, Settings
from .svg import Figure, Line, Plot, figure

Array = np.ndarray

ACCURACY = "validation_accuracy"
"""The measure that decides which value is best, whether it is drawn or not."""


class SweepPanel(Panel):
    """See :func:`microlearn.sweep_panel`.

    Attributes
    ----------
    found : dict of rule -> measure -> array of shape (seeds, points)
        NaN where nothing is known yet, infinite where a run has diverged.
    swept : str
        The name of the control that is swept; ``knob`` is its knob, ``label`` its words.
    level : set of str
        The rules that do not have it.
    values : list of float
        The values that it takes.
    """

    AT_FIRST = 2.0

    def __init__(self, asked: Settings, knob: str, points: int, seeds: int) -> None:
        self.points = whole("points", points, least=2)
        self.seeds = whole("seeds", seeds, least=1)
        self.found: dict[str, dict[str, Array]] = {}
        self.values: list[float] = []
        self.number, self.done, self.finished = 0, 0, False
        self._trouble: dict[str, None] = {}
        self._begun: dict[str, Contents] = {}
        self._answers: Mapping[str, Callable] = {}
        if not isinstance(knob, str):
            raise TypeError(
                f"knob is {knob!r}; it must be the name of a knob, whose range is swept, such as "
                '"learning_rate". For values of your own use sweep(…, learning_rate=[0.1, 1]).'
            )
        self._first_swept, self.swept = knob, ""
        self._menu = widgets.Dropdown(
            description="sweep",
            style={"description_width": "110px"},
            layout=widgets.Layout(width="min(420px, calc(100% - 4px))"),
        )
        super().__init__(asked, SWEPT)
        if knob not in self.controls:
            raise ValueError(
                f"There is no knob {knob!r} to sweep: there are {', '.join(self.controls)}."
            )
        self._menu.observe(self._changed, "value")
        self.widget.children = (self._menu, *self.widget.children)

    def _put_back(self) -> None:
        super()._put_back()
        if self._first_swept in self.controls:
            self._menu.value = self._first_swept

    def _place(self) -> None:
        options = self.board.labels(self.rules)
        if dict(self._menu.options) != options:  # other rules, other knobs
            wanted = self._menu.value or self._first_swept
            self._menu.options = list(options.items())
            names = list(options.values())
            self._menu.value = wanted if wanted in names else names[0]
        self.board.left_out = self._menu.value  # this control would do nothing
        super()._place()

    def work(self) -> Iterator[None]:
        self.number += 1
        self.done, self.finished = 0, False
        self.swept = self._menu.value
        self.knob = self.controls[self.swept].knob
        self.label = self.controls[self.swept].label
        self.values = values_of(self.knob, self.points)
        settings = self.settings()
        # A rule without that knob ends at the same place whatever its value is.
        self.level = {r for r in self.rules if self.swept not in settings.controls(r).values()}
        shape = (self.seeds, len(self.values))
        self.found = {
            rule: {
                name: np.full(shape, np.nan)
                for name in dict.fromkeys([*self.asked.measures, ACCURACY])
            }
            for rule in settings.rules
        }
        self._runs, self._diverged = (dict.fromkeys(settings.rules, 0) for _ in range(2))
        self._trouble, self._begun, self._answers = {}, {}, settings.answers
        return self._sweep(settings)

    def _sweep(self, settings: Settings) -> Iterator[None]:
        rules = settings.rules
        # All values with the first seed, then with the next: the shape shows soon, the spread later.
        for seed in range(self.seeds):
            for k, value in enumerate(self.values):
                now = [rule for rule in rules if k == 0 or rule not in self.level]
                values = {**settings.values, self.swept: value, "seed": seed}
                run = Run(replace(settings, rules=tuple(now), values=values), points=1)
                yield from run
                for rule, curve in run.curves.items():
                    begun = self._begun.setdefault(rule, curve.contents)
                    if changed := differing(begun, curve.contents):
                        curve.trouble = (
                            f"What {' and '.join(changed)} refers to was changed, by a cell or itself, "
                            f"while {get_rule(rule).title} was swept: only what was computed before "
                            "is shown. Press Run again."
                        )
                    self._note(rule, curve, seed, k)
                # A rule that diverges may do better elsewhere; one that is broken is broken.
                broken = [rule for rule, c in run.curves.items() if c.trouble and not c.diverged]
                rules = tuple(rule for rule in rules if rule not in broken)
                self.done += 1
        self.finished = True

    def _note(self, rule: str, curve: Curve, seed: int, point: int) -> None:
        self._runs[rule] += 1
        self._diverged[rule] += curve.diverged
        if curve.trouble and not curve.diverged:
            self._trouble[curve.trouble] = None
        if not curve.diverged and (curve.trouble or not curve.rows):
            return
        for measure, found in self.found[rule].items():
            end = np.inf if curve.diverged else curve.points(measure)[1][-1]
            found[seed, slice(None) if rule in self.level else point] = end

    def code(self) -> str:
        from . import sweep_panel

        others: dict[str, Any] = {"points": self.points, "seeds": self.seeds}
        return as_code(sweep_panel, self.settings(), SWEPT, [self._menu.value], **others)

    def progress(self) -> tuple[int, int]:
        return self.done, max(1, self.seeds * len(self.values))

    def troubles(self) -> list[str]:
        sentences = list(self._trouble)
        for rule in self.found:
            if count := self._diverged[rule]:
                sentences.append(
                    f"{get_rule(rule).title} diverged in {count} of {self._runs[rule]} runs: its "
                    "numbers grew until they were no longer finite. The values at which a seed did so "
                    "are left out, since the mean of the others would be too good."
                )
        return sentences

    def begun(self) -> tuple[Contents, Mapping[str, Callable]]:
        begun = [*self._begun.values()]  # another thread may add to it
        return {name: was for found in begun for name, was in found.items()}, self._answers

    def outcome(self) -> str:
        if not self.found:
            return NOT_YET if self.rules else "Tick a rule to sweep."
        if not self.finished:
            return f"Sweep {self.number} is running."
        return f"Sweep {self.number} finished. {self.bests()}"

    def summary(self) -> str:
        if not self.values:
            return "A sweep that has not run yet."
        done, of = self.progress()
        return (
            f"Outcome against {self.label} from {self.values[0]:g} to {self.values[-1]:g}, "
            f"{done} of {of} runs. {self.bests()}"
        )

    def bests(self) -> str:
        """Of each rule, the highest accuracy and where it is."""
        sentences = []
        for rule, found in self.found.items():
            title, mean = get_rule(rule).title, over_seeds(np.nanmean, found[ACCURACY])
            if not np.isfinite(mean).any():
                none = (
                    "no value without a run that diverged"
                    if self.finished
                    else "no run has ended yet"
                )
                sentences.append(f"{title}: {none}")
                continue
            best = int(np.nanargmax(mean))
            value = MEASURES[ACCURACY].words.format(mean[best])
            if rule in self.level:
                sentences.append(f"{title}: {value} everywhere")
            else:
                sentences.append(f"{title}: best {value} at {self.label} {self.values[best]:g}")
        return "; ".join(sentences) + "."

    def picture(self) -> Figure:
        if not self.values:
            return figure([], [], self.summary())
        plots = [
            self.plot(measure, [self.line(rule, measure) for rule in self.found])
            for measure in self.asked.measures
        ]
        legend = [(look_of(rule), get_rule(rule).title) for rule in self.found]
        return figure(plots, legend, self.summary(), run=self.number, step=self.done)

    def plot(self, measure: str, lines: list[Line]) -> Plot:
        """Lines of a measure against the knob that is swept."""
        ends, samples = _a_little_wider(self.values, self.knob.log), len(self.asked.data.train)
        return measured_plot(measure, self.label, ends, lines, samples, self.knob.log)

    def line(self, rule: str, measure: str) -> Line:
        """The mean over the seeds, and the range."""
        found = self.found[rule][measure]
        known = np.isfinite(over_seeds(np.nanmean, found))
        middle, low, high = (
            over_seeds(statistic, found)[known].tolist()
            for statistic in (np.nanmean, np.nanmin, np.nanmax)
        )
        x = np.asarray(self.values)[known].tolist()
        return Line(x, middle, look_of(rule), rule not in self.level, low, high)


def over_seeds(statistic: Callable[..., Array], found: Array) -> Array:
    """A statistic of each column, NaN where it has nothing else, or a run that has diverged."""
    result = np.full(found.shape[1], np.nan)
    known = ~np.isnan(found).all(axis=0) & ~np.isinf(found).any(axis=0)
    if known.any():
        result[known] = statistic(found[:, known], axis=0)
    return result


def _a_little_wider(values: list[float], log: bool) -> tuple[float, float]:
    """Ends of an axis, such that the first and the last dot lie inside the frame."""
    low, high = values[0], values[-1]
    if log:
        factor = (high / low) ** 0.03
        return low / factor, high * factor
    return low - 0.03 * (high - low), high + 0.03 * (high - low)
