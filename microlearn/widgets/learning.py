"""The panel that shows a run: curves that grow while the network trains."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from ..looks import Look, look_of
from ..measures import MEASURES
from ..rules import get_rule
from .as_code import as_code
from .base import Panel
from .measured import measured_plot
from .runs import Run, finite
from .settings import OWN, Settings, label_of, slots
from .svg import Figure, Line, figure

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
        super().__init__(asked, OWN)

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
        return iter(self.run)

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
        return f"Run {self.number} ended after {run.seconds:.1f} s of computing. {ends}"

    def summary(self) -> str:
        run = self.run
        if run is None:
            return "A panel that has not run yet."
        ends = _ends(run, self.asked.measures)
        pins = [f"{k}: {_difference(pin, run)}" for k, pin in enumerate(self.pinned, 1)]
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
        legend = [(look_of(rule), get_rule(rule).title) for rule in run.settings.rules]
        legend += [(PALE, "pale: the run before")] * len(ghosts)
        legend += [
            (PINNED, f"pinned {k}: {_difference(pin, run)}") for k, pin in enumerate(self.pinned, 1)
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


def _ends(run: Run, measures: Collection[str]) -> str:
    """The last value of each measure that is a number, for each rule."""
    sentences = []
    for rule, curve in run.curves.items():
        ends = [(name, finite(curve.points(name)[1])[-1:]) for name in measures]
        values = ", ".join(MEASURES[name].words.format(value[0]) for name, value in ends if value)
        sentences.append(f"{get_rule(rule).title}: {values or 'nothing measured'}")
    return "; ".join(sentences) + "."


def _difference(pinned: Run, shown: Run) -> str:
    """The settings of a pinned run that differ from those of the run that is shown."""
    now = shown.settings.values
    labels = {
        name: label_of(slot.knob) for name, slot in slots(pinned.settings.rules, OWN, {}).items()
    }
    different = [
        f"{labels.get(name, name)} {value:g}"
        for name, value in pinned.settings.values.items()
        if now.get(name) != value
    ]
    return ", ".join(different) or "as now"
