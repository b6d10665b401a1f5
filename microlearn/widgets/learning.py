"""The panel that shows a run: curves that grow while the network trains."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from ..data import Dataset
from ..metrics import signal_to_noise_floor
from ..rules import get_rule
from .base import SEED, WIDTH, Panel
from .runs import SNR_SAMPLES, Run, finite
from .svg import Figure, Line, Look, Plot, figure, look_of, round_up

TITLES = {
    "train_loss": "loss, training digits",
    "validation_loss": "loss, validation digits",
    "train_accuracy": "accuracy, training digits",
    "validation_accuracy": "accuracy, validation digits",
    "cosine_similarity": "cosine similarity to backprop",
    "hidden_cosine": "cosine to backprop, hidden layers",
    "signal_to_noise": "signal-to-noise ratio (SNR)",
}
WORDS = {
    "train_loss": "loss {:.2f}",
    "validation_loss": "validation loss {:.2f}",
    "train_accuracy": "training accuracy {:.0%}",
    "validation_accuracy": "accuracy {:.0%}",
    "cosine_similarity": "cosine {:.2f}",
    "hidden_cosine": "hidden cosine {:.2f}",
    "signal_to_noise": "SNR {:.2f}",
}


class LearningPanel(Panel):
    """See :func:`microlearn.panel`.

    Attributes
    ----------
    run : Run
        The run that is shown; ``ghost`` the last finished one before it, ``pinned`` those kept.
    """

    def __init__(
        self,
        rules: tuple[str, ...],
        data: str | Dataset,
        measures: tuple[str, ...],
        width: int,
        layers: int,
        epochs: float,
        seed: int,
        knobs: Mapping[str, float],
    ) -> None:
        unknown = [name for name in measures if name not in TITLES]
        if unknown or not measures:
            raise ValueError(f"measures are some of {', '.join(TITLES)}; {measures} was given.")
        self.run: Run | None = None
        self.ghost: Run | None = None
        self.pinned: list[Run] = []
        self.number = 0
        given = {**knobs, "width": width, "seed": seed}
        super().__init__(rules, data, measures, (WIDTH, SEED), layers, epochs, given)

    def buttons(self) -> dict[str, Callable[[], None]]:
        return {
            "Run again": self.restart,
            "Pin curves": self.pin,
            "Remove pins": self.unpin,
            "Reset": self.reset,
        }

    def pin(self) -> None:
        """Keep the curves that are shown."""
        if self.run and self.run not in self.pinned:
            self.pinned = [*self.pinned, self.run]  # another thread may be drawing the old list
            self.driver.publish()

    def unpin(self) -> None:
        """Let go of all kept curves."""
        if self.pinned:
            self.pinned = []
            self.driver.publish()

    def work(self) -> Iterator[None]:
        if self.run and self.run.finished:
            self.ghost = self.run
        self.number += 1
        self.run = Run(self.settings())
        return iter(self.run)

    def progress(self) -> tuple[int, int]:
        return (self.run.done, self.run.steps) if self.run else (0, 1)

    def troubles(self) -> list[str]:
        if self.run is None:
            return []
        return list(dict.fromkeys(c.trouble for c in self.run.curves.values() if c.trouble))

    def outcome(self) -> str:
        if not self.run.settings.rules:
            return "Tick a rule to train."
        if not self.run.finished:
            return f"Run {self.number} is training."
        ends = self._ends(("validation_accuracy",))
        return f"Run {self.number} ended after {self.run.seconds:.1f} s of computing. {ends}"

    def summary(self) -> str:
        if self.run is None:
            return "A panel that has not run yet."
        said = (
            f"Learning curves after {self.run.done:,} of {self.run.steps:,} updates. "
            f"{self._ends(self.measures)}"
        )
        if self.pinned:
            said += f" Pinned: {'; '.join(self._named(k, run) for k, run in enumerate(self.pinned, 1))}."
        return said

    def _ends(self, measures: tuple[str, ...]) -> str:
        said = []
        for rule, curve in self.run.curves.items():
            ends = [(name, finite(curve.points(name)[1])[-1:]) for name in measures]
            values = ", ".join(WORDS[name].format(value[0]) for name, value in ends if value)
            said.append(f"{get_rule(rule).title}: {values or 'nothing measured'}")
        return "; ".join(said) + "."

    def _named(self, number: int, run: Run) -> str:
        """A pinned run's settings, as far as they tell it from the one that is shown."""
        kept, now = run.settings, self.run.settings
        knobs = {"hidden units": kept.width, "seed": kept.seed, **kept.knobs}
        current = {"hidden units": now.width, "seed": now.seed, **now.knobs}
        different = [
            f"{name.replace('_', ' ')} {value:g}"
            for name, value in knobs.items()
            if current.get(name) != value
        ]
        return f"{number}: {', '.join(different) or 'as now'}"

    def picture(self) -> Figure:
        run = self.run
        ghosts = [self.ghost] if self.ghost and self.ghost not in self.pinned else []
        layers = [(ghost, 2.0, 0.3, "") for ghost in ghosts]
        layers += [(p, 1.4, 0.75, str(k)) for k, p in enumerate(self.pinned, 1) if p is not run]
        layers.append((run, 2.0, 1.0, ""))
        plots = []
        for measure in self.measures:
            lines = [
                Line(
                    *curve.points(measure),
                    look_of(rule, width, opacity),
                    mark=mark,
                    still=shown is not run,
                )
                for shown, width, opacity, mark in layers
                for rule, curve in shown.curves.items()
            ]
            plot = Plot(
                TITLES[measure],
                "updates",
                (0, run.steps),
                self._y_range(measure, lines),
                percent="accuracy" in measure,
                lines=lines,
            )
            if measure == "signal_to_noise":
                plot.levels = [(signal_to_noise_floor(SNR_SAMPLES), "pure noise")]
            elif "cosine" in measure and plot.y_range[0] < 0:
                plot.levels = [(0, "")]
            plots.append(plot)
        legend = [(look_of(rule), get_rule(rule).title) for rule in run.settings.rules]
        if ghosts:
            legend.append((Look("currentColor", "", 2, 0.3), "pale: the run before"))
        legend += [
            (Look("currentColor", "", 1.4, 0.75), f"pinned {self._named(k, pinned)}")
            for k, pinned in enumerate(self.pinned, 1)
        ]
        return figure(plots, legend, self.summary(), run=self.number, step=run.done)

    def _y_range(self, measure: str, lines: list[Line]) -> tuple[float, float]:
        """Ends that hold all lines and hardly ever move while these grow."""
        values = finite(y for line in lines for y in line.y)
        if "accuracy" in measure:
            return 0.0, 1.0
        if "cosine" in measure:
            lowest = min(values, default=0.0)
            return next(low for low in (-0.2, -0.6, -1.05) if low <= lowest or low < -1), 1.05
        if measure == "signal_to_noise":
            return 0.0, max(0.2, round_up(max(values, default=0)))
        # A loss that explodes is seen to leave; it must not press the others flat.
        start = max((line.y[0] for line in lines if len(line.y)), default=1.0)
        most = max(values, default=1.0)
        top = start if math.isfinite(start) else 1.0
        return 0.0, 1.1 * top if most < 1.1 * top else 2 * top
