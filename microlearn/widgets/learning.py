"""The panel that shows a run: curves that grow while the network trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ipywidgets import HTML, Widget

from ..looks import Look, look_of
from ..rules import Knob, get_rule
from .as_code import as_code
from .base import Panel
from .challenges import Challenges
from .controls import Control
from .curves import bands, differences, ends, lines, ranges
from .measured import measured_plot
from .runs import Run
from .settings import OWN, Settings
from .svg import Figure, Line, figure
from .weights import weight_images

SEEDS = 3
LOOK_BACK = Knob("look_back", 100, 0, 100, whole=True)
PALE = Look("currentColor", (), 2.0, 0.3)
PINNED = Look("currentColor", (), 1.4, 0.75)


class LearningPanel(Panel):
    """See :func:`microlearn.panel`.

    Attributes
    ----------
    run : Run
        The run that is shown; ``ghost`` the last finished one before it, ``pinned`` those kept,
        ``others`` those with the next seeds, if three are asked for.
    """

    def __init__(self, asked: Settings) -> None:
        self.run: Run | None = None
        self.ghost: Run | None = None
        self.others: list[Run] = []
        self.pinned: list[Run] = []
        self.number, self.seeds = 0, 1
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
            "Three seeds": self.three_seeds,
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
        settings = self.settings()
        self.run, seed = Run(settings), settings.values["seed"]
        self.others = [  # they share the answers with which the first one begins
            Run(replace(settings, values={**settings.values, "seed": seed + k}))
            for k in range(1, self.seeds)
        ]
        return self._one_by_one(self.run, self.others, self.number)

    def _one_by_one(self, run: Run, others: Sequence[Run], number: int) -> Iterator[None]:
        yield from run
        self.challenges.judge(run, number)
        for other in others:
            yield from other

    def three_seeds(self) -> None:
        """Run with the next two seeds as well, and draw the range; or with one seed again."""
        self.seeds = 1 if self.seeds > 1 else SEEDS
        self.restart()

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
        runs = [self.run, *self.others] if self.run else []
        return sum(r.done for r in runs), max(1, sum(r.steps for r in runs))

    def troubles(self) -> list[str]:
        if self.run is None:
            return []
        curves = [c for run in (self.run, *self.others) for c in run.curves.values()]
        return list(dict.fromkeys(c.trouble for c in curves if c.trouble))

    def outcome(self) -> str:
        run = self.run
        if run is None or not run.settings.rules:
            return "Tick a rule to train."
        if not all(r.finished for r in (run, *self.others)):
            return f"Run {self.number} is training."
        last = ends(run, ("validation_accuracy",))
        said = f"Run {self.number} ended after {run.seconds:.1f} s of computing. {last}"
        if self.others:
            seeds = ranges([run, *self.others], "validation_accuracy")
            said += f" Over {len(self.others) + 1} seeds: {seeds}"
        if self.is_open and self._at < run.done:
            then = ends(run, ("validation_accuracy",), self._at)
            said += f" After {self._at:,} updates it was: {then}"
        return f"{said} {self.challenges.said(self.number)}".strip()

    def summary(self) -> str:
        run = self.run
        if run is None:
            return "A panel that has not run yet."
        last = ends(run, self.asked.measures)
        pins = [f"{k}: {words}" for k, words in enumerate(differences(self.pinned, run), 1)]
        kept = f" Pinned: {'; '.join(pins)}." if pins else ""
        return f"Learning curves after {run.done:,} of {run.steps:,} updates. {last}{kept}"

    def picture(self) -> Figure:
        run = self.run
        if run is None:
            return figure([], [], self.summary())
        ghosts = [self.ghost] if self.ghost and self.ghost not in self.pinned else []
        plotted: dict[str, list[Line]] = {measure: [] for measure in self.asked.measures}
        for measure, drawn in plotted.items():
            for ghost in ghosts:
                drawn += lines(ghost, measure, PALE, still=True)
            for k, pin in enumerate(self.pinned, 1):
                if pin is not run:
                    drawn += lines(pin, measure, PINNED, still=True, mark=str(k))
            drawn += [*bands(run, self.others, measure), *lines(run, measure)]
        epochs = (0, run.steps / run.settings.batches)
        plots = [
            measured_plot(measure, "epochs", epochs, drawn, len(run.settings.data.train))
            for measure, drawn in plotted.items()
        ]
        if self.is_open and self._at < run.done:
            plots = [replace(plot, at=self._at / run.settings.batches) for plot in plots]
        legend = [(look_of(rule), get_rule(rule).title) for rule in run.settings.rules]
        legend += [(PALE, "pale: the run before")] * len(ghosts)
        legend += [
            (PINNED, f"pinned {k}: {words}")
            for k, words in enumerate(differences(self.pinned, run), 1)
        ]
        return figure(plots, legend, self.summary(), run=self.number, step=run.done)
