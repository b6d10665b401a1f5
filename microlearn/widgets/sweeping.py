"""The panel that takes one knob through its range and draws what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import ipywidgets as widgets
import numpy as np

from ..data import Dataset
from ..metrics import signal_to_noise_floor
from ..rules import get_rule
from .base import WIDTH, Panel
from .controls import label_of
from .runs import SNR_SAMPLES, Curve, Run, finite
from .svg import Figure, Line, Plot, figure, look_of, round_up

OUTCOMES = {
    "validation_accuracy": "accuracy at the end",
    "angle": "angle to backprop, degrees",
    "signal_to_noise": "signal-to-noise ratio (SNR)",
}


class SweepPanel(Panel):
    """See :func:`microlearn.sweep_panel`.

    Attributes
    ----------
    found : dict of rule -> outcome -> array of shape (seeds, points), NaN where nothing is known yet
    values : what the swept knob takes
    """

    AT_FIRST = 2.0

    def __init__(
        self,
        rules: tuple[str, ...],
        knob: str,
        data: str | Dataset,
        points: int,
        seeds: int,
        width: int,
        layers: int,
        epochs: float,
        knobs: Mapping[str, float],
    ) -> None:
        if points < 2 or seeds < 1:
            raise ValueError(
                f"A sweep takes at least 2 points and 1 seed; {points} and {seeds} were given."
            )
        self.points, self.seeds = points, seeds
        self.found: dict[str, dict[str, np.ndarray]] = {}
        self.values: list[float] = []
        self.number, self.done, self.finished = 0, 0, False
        self._diverged: dict[str, int] = {}
        self._trouble: dict[str, None] = {}
        measures = ("cosine_similarity", "signal_to_noise")
        self._swept = widgets.Dropdown(
            description="sweep",
            style={"description_width": "110px"},
            layout=widgets.Layout(width="330px"),
        )
        given = {**knobs, "width": width}
        super().__init__(rules, data, measures, (WIDTH,), layers, epochs, given)
        if knob not in self._knobs(rules):
            raise ValueError(
                f"There is no knob {knob!r} to sweep: there are {', '.join(self._knobs(rules))}."
            )
        self._swept.options = self._options()
        self._swept.value = self._first_swept = knob
        self._place_sliders()
        self._swept.observe(self._chosen, "value")
        self.widget.children = (self._swept, *self.widget.children)

    def _put_back(self) -> None:
        super()._put_back()
        self._swept.options = self._options()  # what was swept may have gone with its rule
        self._swept.value = self._first_swept

    def _options(self) -> list[tuple[str, str]]:
        return [(label_of(knob), name) for name, knob in self._knobs(self.rules).items()]

    def _place_sliders(self) -> None:
        super()._place_sliders()
        if self._swept.value is None:
            return
        if list(self._swept.options) != self._options():  # another rule, other knobs
            kept, quiet, self._quiet = self._swept.value, self._quiet, True
            self._swept.options = self._options()
            names = [name for _, name in self._options()]
            self._swept.value = kept if kept in names else names[0]
            self._quiet = quiet
        # The slider of what is swept would do nothing.
        self._sliders.children = [
            control.widget for name, control in self.controls.items() if name != self._swept.value
        ]

    def work(self) -> Iterator[None]:
        knob = self._knobs(self.rules)[self._swept.value]
        self.number += 1
        self.knob, self.done, self.finished = knob, 0, False
        self.swept_rules = self.rules
        grid = np.geomspace if knob.log else np.linspace
        grid = grid(knob.low, knob.high, self.points)
        # The same rounding as the slider's, and no value twice.
        values = dict.fromkeys(round(v) if knob.whole else float(f"{v:.2g}") for v in grid)
        self.values = [min(max(value, knob.low), knob.high) for value in values]
        shape = (self.seeds, len(self.values))
        self.found = {
            rule: {outcome: np.full(shape, np.nan) for outcome in OUTCOMES}
            for rule in self.swept_rules
        }
        self._diverged, self._trouble = dict.fromkeys(self.swept_rules, 0), {}
        return self._sweep(self.settings())

    def _sweep(self, settings) -> Iterator[None]:
        rules = settings.rules
        # All values with the first seed, then with the next: the shape shows soon, the spread later.
        for seed in range(self.seeds):
            for k, value in enumerate(self.values):
                knobs = settings.knobs | {self.knob.name: value}
                width = int(knobs.pop("width", settings.width))
                at = replace(settings, rules=rules, seed=seed, width=width, knobs=knobs)
                run = Run(at, final_only=True)
                yield from run
                for rule, curve in run.curves.items():
                    self._note(rule, seed, k, curve)
                # A rule that diverges may do better elsewhere; one that is broken is broken.
                rules = tuple(rule for rule, c in run.curves.items() if c.diverged or not c.trouble)
                self.done += 1
        self.finished = True

    def _note(self, rule: str, seed: int, k: int, curve: Curve) -> None:
        if curve.diverged:
            self._diverged[rule] += 1
        elif curve.trouble:
            self._trouble[curve.trouble] = None
        found = self.found[rule]
        if curve.trouble or not curve.rows:
            return
        last = curve.rows[-1]
        found["validation_accuracy"][seed, k] = last["validation_accuracy"]
        # NaN, where an update of zeros has no direction, stays NaN.
        found["angle"][seed, k] = np.degrees(np.arccos(np.clip(last["cosine_similarity"], -1, 1)))
        if curve.snr:
            found["signal_to_noise"][seed, k] = curve.snr[-1][1]

    def progress(self) -> tuple[int, int]:
        return self.done, max(1, self.seeds * len(self.values))

    def troubles(self) -> list[str]:
        said = list(self._trouble)
        for rule, count in self._diverged.items():
            if count:
                said.append(
                    f"{get_rule(rule).title} diverged in {count} of {self.done} runs: its numbers grew "
                    "until they were no longer finite. These points are left out."
                )
        return said

    def outcome(self) -> str:
        if not self.swept_rules:
            return "No rule is chosen."
        if not self.finished:
            return f"Sweep {self.number} is running."
        return f"Sweep {self.number} finished. {self._ends()}"

    def summary(self) -> str:
        if not self.values:
            return "A sweep that has not run yet."
        done, of = self.progress()
        name = label_of(self.knob)
        return (
            f"Outcome against {name} from {self.values[0]:g} to {self.values[-1]:g}, "
            f"{done} of {of} runs. {self._ends()}"
        )

    def _ends(self) -> str:
        """Of each rule, the value with the highest accuracy."""
        said = []
        for rule in self.swept_rules:
            mean = _over_seeds(np.nanmean, self.found[rule]["validation_accuracy"])
            if np.isfinite(mean).any():
                best = int(np.nanargmax(mean))
                said.append(
                    f"{get_rule(rule).title}: best accuracy {mean[best]:.0%} at "
                    f"{label_of(self.knob)} {self.values[best]:g}"
                )
            else:
                said.append(f"{get_rule(rule).title}: no run has ended yet")
        return "; ".join(said) + "."

    def picture(self) -> Figure:
        plots = []
        for outcome, title in OUTCOMES.items():
            lines = []
            for rule in self.swept_rules:
                found = self.found[rule][outcome]
                known = np.isfinite(found).any(axis=0)
                middle, low, high = (
                    _over_seeds(f, found)[known] for f in (np.nanmean, np.nanmin, np.nanmax)
                )
                x = np.asarray(self.values)[known]
                lines.append(Line(x, middle, look_of(rule), dots=True, low=low, high=high))
            plot = Plot(
                title,
                label_of(self.knob),
                _a_little_wider(self.values, self.knob.log),
                _y_range(outcome, lines),
                log=self.knob.log,
                percent=outcome == "validation_accuracy",
                lines=lines,
            )
            if outcome == "signal_to_noise":
                plot.levels = [(signal_to_noise_floor(SNR_SAMPLES), "pure noise")]
            plots.append(plot)
        legend = [(look_of(rule), get_rule(rule).title) for rule in self.swept_rules]
        return figure(plots, legend, self.summary(), run=self.number, step=self.done)


def _over_seeds(statistic, found: np.ndarray) -> np.ndarray:
    """A statistic of each column, NaN where a column holds nothing else."""
    result = np.full(found.shape[1], np.nan)
    known = np.isfinite(found).any(axis=0)
    if known.any():
        result[known] = statistic(found[:, known], axis=0)
    return result


def _a_little_wider(values: list[float], log: bool) -> tuple[float, float]:
    """So that the first and the last dot lie inside the frame."""
    low, high = values[0], values[-1]
    if log:
        factor = (high / low) ** 0.03
        return low / factor, high * factor
    return low - 0.03 * (high - low), high + 0.03 * (high - low)


def _y_range(outcome: str, lines: list[Line]) -> tuple[float, float]:
    if outcome == "validation_accuracy":
        return 0.0, 1.0
    highest = max(finite(y for line in lines for y in line.high), default=0.0)
    if outcome == "angle":
        return 0.0, 100.0 if highest <= 100 else 180.0
    return 0.0, max(0.2, round_up(highest))
