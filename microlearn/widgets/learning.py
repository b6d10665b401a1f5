"""The panel that shows a run: curves that grow while the network trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ipywidgets import HTML, Dropdown, Layout, ToggleButtons, Widget

from ..looks import Look, look_of
from ..rules import Knob, get_rule
from ..versions import Contents, differing
from .as_code import as_code
from .base import NOT_YET, Panel
from .challenges import Challenges
from .controls import Control
from .curves import ALIKE, bands, differences, ends, lines, other_answers, ranges
from .measured import measured_plot
from .runs import Run, answers_now
from .seen import Seen
from .settings import OWN, Settings
from .sides import NAMES, Side, in_turns
from .svg import Figure, Line, figure
from .views import VIEWS, View

SEEDS = 3
LOOK_BACK = Knob("look_back", 100, 0, 100, whole=True)
PALE = Look("currentColor", (), 2.0, 0.3)
PINNED = Look("currentColor", (), 1.2)


class LearningPanel(Panel):
    """See :func:`microlearn.panel`.

    Attributes
    ----------
    sides : list of Side
        The setting of the sliders; with A | B two of them, and ``hand`` is the number of the one that
        the sliders set.
    pinned : list of Run
        The runs that are kept.
    """

    def __init__(
        self, asked: Settings, versus: Mapping[str, float] | None = None, view: View | None = None
    ) -> None:
        self._versus, self._first_view = versus, view
        self.sides, self.hand = [Side()], 0
        self.pinned: list[Run] = []
        self.number, self.seeds, self._renewed = 0, 1, ""
        self.challenges = Challenges(asked.rules[0])
        self._seen = HTML(layout=Layout(width="100%", margin="0"))
        self._menu = Dropdown(
            description="look at",
            options=[
                ("the curves alone", ""),
                *((v.title, v) for v in VIEWS.values()),
            ],  # None shows nothing
            value=view or "",
            style={"description_width": "60px"},
            layout=Layout(width="min(420px, calc(100% - 4px))"),
        )
        self._look_back = Control(LOOK_BACK, self._look)
        self._look_back.label = "look back, % of the run"
        self._hand = ToggleButtons(
            options=[*NAMES], description="sliders of", style={"button_width": "auto"}
        )
        super().__init__(asked, OWN)
        self._menu.observe(self._view_chosen, "value")
        self._hand.observe(self._hand_over, "value")
        rows = [*self.widget.children]
        rows.insert(
            rows.index(self._code), self._hand
        )  # below A | B, which stays where it was pressed
        self.widget.children = rows
        self._compare(versus)
        self._show_look_back()

    # --- runs -------------------------------------------------------------------------------------

    @property
    def run(self) -> Run | None:
        """The run of the sliders' setting, with the seed that they say."""
        return self.sides[self.hand].run

    @property
    def others(self) -> list[Run]:
        """Those of that setting with the next seeds, if three are asked for."""
        return self.sides[self.hand].others

    @property
    def ghost(self) -> Run | None:
        """The last finished run before it."""
        return self.sides[self.hand].ghost

    @property
    def runs(self) -> list[Run]:
        """All that are shown, without pinned ones."""
        return [run for side in self.sides for run in side.runs]

    def buttons(self) -> dict[str, Callable[[], None]]:
        return {
            "Run again": self.restart,
            "Pin curves": self.pin,
            "Remove pins": self.unpin,
            "Three seeds": self.three_seeds,
            "A | B": self.compare,
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

    def moved(self) -> None:
        """Run the setting in hand again; a run of the other one stays, or goes on, as long as its
        answers are those of now."""
        if not self._quiet:
            self.slicer.start(lambda: self._work({self.hand}))

    def work(self, again: set[int] | None = None) -> Iterator[None]:
        self.number += 1
        number, settings = self.number, self.settings()
        sides, now = [*self.sides], answers_now(settings.rules)
        self._renewed = ""
        for k, side in enumerate(sides):
            other = side.run is not None and differing(side.run.contents, now)
            if other and again is not None and k not in again:
                self._renewed = (
                    f"{NAMES[k]} was run again, too, with {' and '.join(other)} as it is now."
                )
            if again is None or k in again or side.run is None or other:
                given = {**settings.answers}  # to which its runs add the others
                wanted = replace(settings, values=self._values(k), answers=given)
                side.begin(
                    wanted, self.seeds, self.view, lambda run: self.challenges.judge(run, number)
                )
        return in_turns(sides)

    def three_seeds(self) -> None:
        """Run with the next two seeds as well, and draw the range; or with one seed again."""
        self.seeds = 1 if self.seeds > 1 else SEEDS
        self.restart()

    # --- A and B ----------------------------------------------------------------------------------

    def compare(self) -> None:
        """Keep the setting as A and let the sliders set B beside it; or go back to one setting."""
        self._compare(None if len(self.sides) > 1 else {})
        self.slicer.publish()

    def _compare(self, versus: Mapping[str, float] | None) -> None:
        """B with the values of A, except for those given, and the sliders on it; None for A alone."""
        here = self.sides[self.hand]
        if versus is None:
            self.sides, self.hand = [here], 0
        else:
            here.values = self.board.values
            other = Side({**here.values, **versus}, here.runs)
            if versus:
                other.runs = []
            self.sides, self.hand = [here, other], 1
            with self._in_quiet():
                self.board.put(other.values)
        with self._in_quiet():
            self._hand.value = NAMES[self.hand]
        self._hand.layout.display = None if len(self.sides) > 1 else "none"

    def _hand_over(self, change: dict) -> None:
        """Let the sliders set the other side."""
        hand = NAMES.index(change["new"])
        if not self._quiet and hand != self.hand:
            self.sides[self.hand].values = self.board.values
            with self._in_quiet():
                self.board.put(self.sides[hand].values)
            self.hand = hand
            self.slicer.publish()

    def _values(self, side: int) -> dict[str, float]:
        """Where the sliders stand for a side. With other rules there are other sliders than before."""
        now = self.board.values
        kept = {} if side == self.hand else self.sides[side].values
        return {name: kept.get(name, value) for name, value in now.items()}

    @property
    def _marks(self) -> str:
        return NAMES if len(self.sides) > 1 else " "

    def _differing(self) -> list[str]:
        """Of A and B, what differs between them."""
        (a, b) = (side.run for side in self.sides)
        if a is None or b is None:
            return ["", ""]
        words = [differences([one], other)[0] for one, other in ((a, b), (b, a))]
        return [text.replace(ALIKE, "the same settings") for text in words]

    # --- looking ----------------------------------------------------------------------------------

    @property
    def view(self) -> View | None:
        """What is shown below the curves."""
        return self._menu.value or None

    def _view_chosen(self, change: dict) -> None:
        self._show_look_back()
        view = self.view
        if self._quiet:
            return
        if view and self.run and not all(view.name in c.kept for c in self.run.curves.values()):
            self.restart()
        else:
            self._look()

    def _show_look_back(self) -> None:
        self._look_back.widget.layout.display = "none" if self.view is None else None

    def _look(self) -> None:
        if self.run:
            self.slicer.publish()

    @property
    def _at(self) -> int:
        """The update that is looked at."""
        assert self.run
        back = self._look_back.value / 100 if self.view else 1
        return min(self.run.done, round(back * self.run.steps))

    def looking(self) -> list[Widget]:
        return [self._menu, self._seen, self._look_back.widget]

    def _say(self) -> None:
        self._seen.value = self.below()
        super()._say()

    def below(self) -> str:
        now, view = self.run, self.view
        if now is None or view is None:
            return ""
        seen, share = [], self._at / now.steps
        for mark, side in zip(self._marks, self.sides, strict=False):
            if (run := side.run) is None:
                continue
            at = round(share * run.steps)
            for rule, curve in run.curves.items():
                kept = [*curve.kept.get(view.name, ())]  # another thread may add to it
                if moments := [(step, value) for step, value in kept if step <= at]:
                    seen.append(Seen(rule, mark.strip(), moments))
        return view.draw(seen, self.asked.data) if seen else ""

    def remarks(self) -> str:
        return str(self.challenges)

    # --- as a whole -------------------------------------------------------------------------------

    def reset(self) -> None:
        self._look_back.reset()
        with self._in_quiet():
            self._compare(None)
        self.sides = [Side(runs=self.sides[0].runs)]
        super().reset()

    def _put_back(self) -> None:
        super()._put_back()
        self._menu.value = self._first_view or ""
        self._compare(self._versus)

    def code(self) -> str:
        from . import panel

        others: dict[str, Any] = {"view": self.view.name if self.view else None}
        others["notes"] = ["then press Three seeds"] if self.seeds > 1 else []
        if len(self.sides) > 1:
            a, b = self._values(0), self._values(1)
            others["versus"] = {name: b[name] for name in b if b[name] != a[name]}
            return as_code(panel, replace(self.settings(), values=a), OWN, **others)
        return as_code(panel, self.settings(), OWN, **others)

    def progress(self) -> tuple[int, int]:
        return sum(r.done for r in self.runs), max(1, sum(r.steps for r in self.runs))

    def troubles(self) -> list[str]:
        curves = [c for run in self.runs for c in run.curves.values()]
        said = [c.trouble for c in curves if c.trouble]
        for first, other in ((side.runs[0], run) for side in self.sides for run in side.others):
            if names := differing(first.contents, other.contents):
                said.append(
                    f"What {' and '.join(names)} refers to was changed between two seeds, so the "
                    "range is of two answers. Press Run again."
                )
        return list(dict.fromkeys(said))

    def begun(self) -> tuple[Contents, Mapping[str, Callable]]:
        return (self.run.contents, self.run.settings.answers) if self.run else ({}, {})

    def _pins(self, run: Run) -> list[str]:
        """Of each pinned run, what differs from the one that is shown, and from the answers of now."""
        return differences(self.pinned, run, self._changed_since)

    def outcome(self) -> str:
        run = self.run
        if run is None or not run.settings.rules:
            return NOT_YET if self.rules else "Tick a rule to train."
        if not all(side.finished for side in self.sides):
            return f"Run {self.number} is training."
        said = [f"Run {self.number} ended after {run.seconds:.1f} s of computing."]
        for mark, side in zip(self._marks, self.sides, strict=False):
            name = f"{mark}: " if mark.strip() else ""
            said.append(f"{name}{ends(side.runs[0], ('validation_accuracy',))}")
            if side.others:
                seeds = ranges(side.runs, "validation_accuracy")
                said.append(f"Over {len(side.runs)} seeds: {seeds}")
        if len(self.sides) > 1:
            said.append(f"The sliders set {NAMES[self.hand]}. {self._renewed}".strip())
        if self.view and self._at < run.done:
            then = ends(run, ("validation_accuracy",), self._at)
            said.append(f"After {self._at:,} updates it was: {then}")
        return " ".join([*said, self.challenges.said(self.number)]).strip()

    def summary(self) -> str:
        run = self.run
        if run is None:
            return "A panel that has not run yet."
        said = [f"Learning curves after {run.done:,} of {run.steps:,} updates."]
        if len(self.sides) > 1:
            for mark, side, differs in zip(NAMES, self.sides, self._differing(), strict=True):
                if side.run:
                    said.append(f"{mark}, {differs}: {ends(side.run, self.asked.measures)}")
        else:
            said.append(ends(run, self.asked.measures))
        if self.pinned:
            pins = enumerate(self._pins(run), 1)
            said.append(f"Pinned: {'; '.join(f'{k}: {words}' for k, words in pins)}.")
        return " ".join(said)

    def picture(self) -> Figure:
        run = self.run
        if run is None:
            return figure([], [], self.summary())
        epochs = (0, run.steps / run.settings.batches)
        plots = [
            measured_plot(
                measure, "epochs", epochs, self._lines(measure), len(run.settings.data.train)
            )
            for measure in self.asked.measures
        ]
        if self.view and self._at < run.done:
            plots = [replace(plot, at=self._at / run.settings.batches) for plot in plots]
        return figure(plots, self._legend(), self.summary(), run=self.number, step=run.done)

    @property
    def _ghosts(self) -> list[Run]:
        """The run before, if it is drawn."""
        ghost = self.ghost
        return [ghost] if ghost and len(self.sides) == 1 and ghost not in self.pinned else []

    def _lines(self, measure: str) -> list[Line]:
        drawn = []
        for ghost in self._ghosts:
            drawn += lines(ghost, measure, PALE, still=True)
        for k, pin in enumerate(self.pinned, 1):
            if pin not in self.runs:
                drawn += lines(pin, measure, PINNED, still=True, mark=str(k))
        for k, side in enumerate(self.sides):
            if side.run:
                drawn += bands(side.run, side.others, measure)
                still = side.finished and k != self.hand
                drawn += lines(side.run, measure, still=still, beads=k == 1)
        return drawn

    def _legend(self) -> list[tuple[Look, str]]:
        assert self.run
        legend = [(look_of(rule), get_rule(rule).title) for rule in self.run.settings.rules]
        if len(self.sides) > 1:
            legend += [
                (replace(PINNED, width=2.0, beads=mark == "B"), f"{mark}: {text}")
                for mark, text in zip(NAMES, self._differing(), strict=True)
            ]
        legend += [
            (PALE, ", ".join(["pale: the run before", *other_answers(ghost, self.run)]))
            for ghost in self._ghosts
        ]
        legend += [
            (PINNED, f"pinned {k}: {words}") for k, words in enumerate(self._pins(self.run), 1)
        ]
        return legend
