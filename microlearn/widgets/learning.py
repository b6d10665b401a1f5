"""The panel that shows a run: curves that grow while the network trains."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from ipywidgets import HTML, Widget

from ..looks import Look, look_of
from ..measures import MEASURES
from ..rules import Knob, get_rule
from .as_code import as_code
from .base import Panel
from .challenges import Challenges
from .controls import Control
from .measured import measured_plot
from .runs import Run, finite
from .settings import OWN, Settings, label_of, slots
from .svg import Figure, Line, figure
from .weights import weight_images

LOOK_BACK = Knob("look_back", 100, 0, 100, whole=True)
PALE = Look("currentColor", (), 2.0, 0.3)
PINNED = Look("currentColor", (), 1.4, 0.75)


class LearningPanel(Panel):
    """See :func:`microlearn.panel`.

    Attributes
    ----------
    run : Run
        The run that is shown; ``ghost`` the last finished one before it, ``pinned`` those kept.
    """

    def __init__(self, asked: Settings) -> None:
        self.run: Run | None = None
        self.ghost: Run | None = None
        self.pinned: list[Run] = []
        self.number = 0
        self.challenges = Challenges(asked.rules[0])
        self._weights = HTML()
        self._look_back = Control(LOOK_BACK, self._look)
        self._look_back.label = "look back, % of the run"
        self._look_back.widget.layout.display = "none"
        super().__init__(asked, OWN)

    def buttons(self) -> dict[str, Callable[[], None]]:
        return {
            "Run again": self.restart,
            "Pin curves": self.pin,
            "Remove pins": self.unpin,
            "Look inside": self.look_inside,
            "Reset": self.reset,
        }

    def pin(self) -> None:
        """Keep the curves that are shown."""
        if self.run and self.run not in self.pinned:
            self.pinned = [*self.pinned, self.run]  # another thread may be drawing the old list
            self.slicer.publish()

    def unpin(self) -> None:
        """Remove all curves that were kept."""
        if self.pinned:
            self.pinned = []
            self.slicer.publish()

    def work(self) -> Iterator[None]:
        if self.run and self.run.finished:
            self.ghost = self.run
        self.number += 1
        self.run = Run(self.settings())
        return self._judged(self.run, self.number)

    def _judged(self, run: Run, number: int) -> Iterator[None]:
        yield from run
        self.challenges.judge(run, number)

    # --- looking inside ---------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether the weights are shown."""
        return self._look_back.widget.layout.display is None

    def look_inside(self) -> None:
        """Show the weights of the hidden units, and a slider that goes back in the run; or hide both."""
        self._look_back.widget.layout.display = "none" if self.is_open else None
        self._look()

    def _look(self) -> None:
        if self.run:
            self.slicer.publish()

    @property
    def _at(self) -> int:
        """The update that is looked at."""
        assert self.run
        back = self._look_back.value / 100 if self.is_open else 1
        return min(self.run.done, round(back * self.run.steps))

    def looking(self) -> list[Widget]:
        return [self._weights, self._look_back.widget]

    def _draw(self) -> str:
        self._weights.value = self._images()
        return super()._draw()

    def _images(self) -> str:
        if not (self.run and self.is_open):
            return ""
        shape = self.asked.data.image_shape
        kept = {rule: curve.weights for rule, curve in self.run.curves.items() if curve.weights}
        return "".join(
            weight_images(weights, shape, self._at, get_rule(rule).title)
            for rule, weights in kept.items()
        )

    def remarks(self) -> str:
        return str(self.challenges)

    def reset(self) -> None:
        self._look_back.reset()
        super().reset()

    def code(self) -> str:
        from . import panel

        return as_code(panel, self.settings(), OWN)

    def progress(self) -> tuple[int, int]:
        return (self.run.done, self.run.steps) if self.run else (0, 1)

    def troubles(self) -> list[str]:
        if self.run is None:
            return []
        return list(dict.fromkeys(c.trouble for c in self.run.curves.values() if c.trouble))

    def outcome(self) -> str:
        run = self.run
        if run is None or not run.settings.rules:
            return "Tick a rule to train."
        if not run.finished:
            return f"Run {self.number} is training."
        ends = _ends(run, ("validation_accuracy",))
        said = f"Run {self.number} ended after {run.seconds:.1f} s of computing. {ends}"
        if self.is_open and self._at < run.done:
            then = _ends(run, ("validation_accuracy",), self._at)
            said += f" After {self._at:,} updates it was: {then}"
        return f"{said} {self.challenges.said(self.number)}".strip()

    def summary(self) -> str:
        run = self.run
        if run is None:
            return "A panel that has not run yet."
        ends = _ends(run, self.asked.measures)
        pins = [f"{k}: {words}" for k, words in enumerate(_differences(self.pinned, run), 1)]
        kept = f" Pinned: {'; '.join(pins)}." if pins else ""
        return f"Learning curves after {run.done:,} of {run.steps:,} updates. {ends}{kept}"

    def picture(self) -> Figure:
        run = self.run
        if run is None:
            return figure([], [], self.summary())
        ghosts = [self.ghost] if self.ghost and self.ghost not in self.pinned else []
        lines = {measure: [] for measure in self.asked.measures}  # type: dict[str, list[Line]]
        for measure, drawn in lines.items():
            for ghost in ghosts:
                drawn += _lines(ghost, measure, PALE, still=True)
            for k, pin in enumerate(self.pinned, 1):
                if pin is not run:
                    drawn += _lines(pin, measure, PINNED, still=True, mark=str(k))
            drawn += _lines(run, measure)
        epochs = (0, run.steps / run.settings.batches)
        plots = [
            measured_plot(measure, "epochs", epochs, drawn, len(run.settings.data.train))
            for measure, drawn in lines.items()
        ]
        if self.is_open and self._at < run.done:
            plots = [replace(plot, at=self._at / run.settings.batches) for plot in plots]
        legend = [(look_of(rule), get_rule(rule).title) for rule in run.settings.rules]
        legend += [(PALE, "pale: the run before")] * len(ghosts)
        legend += [
            (PINNED, f"pinned {k}: {words}")
            for k, words in enumerate(_differences(self.pinned, run), 1)
        ]
        return figure(plots, legend, self.summary(), run=self.number, step=run.done)


def _lines(
    run: Run, measure: str, as_in: Look | None = None, still: bool = False, mark: str = ""
) -> list[Line]:
    """A line for each rule of a run, over the epochs; as thin and pale as another look."""
    lines = []
    for rule, curve in run.curves.items():
        look = look_of(rule)
        if as_in:
            look = replace(look, width=as_in.width, opacity=as_in.opacity)
        steps, values = curve.points(measure)
        epochs = [step / run.settings.batches for step in steps]
        lines.append(Line(epochs, values, look, mark=mark, still=still))
    return lines


def _ends(run: Run, measures: Collection[str], at: float = math.inf) -> str:
    """The last value of each measure that is a number, up to an update, for each rule."""
    sentences = []
    for rule, curve in run.curves.items():
        points = {name: zip(*curve.points(name), strict=True) for name in measures}
        ends = [(n, finite(y for x, y in ps if x <= at)[-1:]) for n, ps in points.items()]
        values = ", ".join(MEASURES[name].words.format(value[0]) for name, value in ends if value)
        sentences.append(f"{get_rule(rule).title}: {values or 'nothing measured'}")
    return "; ".join(sentences) + "."


def _differences(pinned: Sequence[Run], shown: Run) -> list[str]:
    """Of each pinned run, the settings in which the pinned runs and the shown one are not all alike."""
    runs = [*pinned, shown]
    labels = {
        name: label_of(slot.knob)
        for run in runs
        for name, slot in slots(run.settings.rules, OWN, {}).items()
    }
    names = dict.fromkeys(name for run in runs for name in run.settings.values)
    values = {name: {run.settings.values.get(name) for run in runs} for name in names}
    differ = [name for name in names if len(values[name]) > 1]
    return [
        ", ".join(
            f"{labels.get(name, name)} {run.settings.values[name]:g}"
            for name in differ
            if name in run.settings.values
        )
        or "as now"
        for run in pinned
    ]
