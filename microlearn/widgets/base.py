"""What the two panels share: knobs, a choice of rules, buttons, the picture, the state in words."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from .. import data as datasets
from ..rules import Knob, get_rule, rule_names
from .controls import Control
from .driver import Driver
from .runs import Settings, stands_in
from .svg import Figure

WIDTH = Knob("width", 16, 2, 128, log=True, label="hidden units", whole=True)
SEED = Knob("seed", 0, 0, 19, whole=True)
"""The panels' own knobs, beside those of the rules."""

STYLE = """<style>
.ml-figure { display: grid; align-items: start; }
.ml-figure > * { grid-area: 1 / 1; }
.ml-said { line-height: 1.35; min-height: 2.7em; }
.ml-note { line-height: 1.35; }
.ml-bar progress { width: 100%; height: 8px; accent-color: #0072B2; }
.ml-lost { display: none; font-weight: 600; }
.jupyter-widgets-disconnected .ml-lost { display: block; }
.jupyter-widgets-disconnected .ml-said { display: none; }
</style>"""

LOST = (
    "The kernel was restarted, so nobody is behind these sliders any more. Run the cells above, "
    "then this one again."
)


class Panel:
    """A box of widgets that computes again whenever a control is moved.

    A subclass says what is computed (``work``), how it is drawn (``picture``) and how it went
    (``outcome``).
    """

    AT_FIRST = 5.0
    """Seconds that the cell may compute before it shows the panel, and a picture that stays."""

    def __init__(
        self,
        rules: tuple[str, ...],
        data: str | datasets.Dataset,
        measures: tuple[str, ...],
        own: tuple[Knob, ...],
        layers: int,
        epochs: float,
        knobs: Mapping[str, float],
    ) -> None:
        for rule in rules:
            get_rule(rule)
        self.data = datasets.load(data) if isinstance(data, str) else data
        self.measures, self.layers, self.epochs = measures, layers, epochs
        self._own = {knob.name: knob for knob in own}
        self._given: dict[str, float] = {}
        self._controls: dict[str, Control] = {}
        self._quiet = False
        known = self._knobs(rules)
        for name, value in knobs.items():
            if name not in known:
                raise TypeError(
                    f"{' and '.join(rules)} have no knob {name!r}: there are {', '.join(known)}."
                )
            knob = known[name]
            if not knob.low <= value <= knob.high:
                raise ValueError(
                    f"{name} runs from {knob.low:g} to {knob.high:g}; {value} was given."
                )
            self._given[name] = knob.read(value)

        self._boxes = {
            name: widgets.Checkbox(
                value=name in rules,
                description=get_rule(name).title,
                indent=False,
                layout=widgets.Layout(width="auto", margin="0 14px 0 0"),
            )
            for name in (*rules, *(n for n in rule_names() if n not in rules))
        }
        self._first = rules
        for box in self._boxes.values():
            box.observe(self._chosen, "value")
        self._sliders = widgets.GridBox(
            layout=widgets.Layout(grid_template_columns="1fr 1fr", grid_gap="0 16px")
        )
        wide = widgets.Layout(width="100%", margin="0")
        self._backdrop, self._status, self._footer = (widgets.HTML(layout=wide) for _ in range(3))
        self._said = ""
        self.driver = Driver(self._draw, self._say)
        self.driver.screen.layout = wide
        picture = widgets.Box([self._backdrop, self.driver.screen], layout=wide)
        picture.add_class("ml-figure")
        row = widgets.Layout(flex_flow="row wrap", width="100%")
        self.widget = widgets.VBox(
            [
                self._sliders,
                widgets.Box(list(self._boxes.values()), layout=row),
                widgets.Box(
                    [self._button(text, action) for text, action in self.buttons().items()],
                    layout=row,
                ),
                self._status,
                picture,
                self._footer,
                widgets.HTML(STYLE),
                self.driver.hidden,
            ],
            layout=widgets.Layout(max_width="900px"),
        )
        self._place_sliders()
        self._shown = False

    # --- what a subclass adds ---------------------------------------------------------------------

    def buttons(self) -> dict[str, Callable[[], None]]:
        """The buttons' words and what they do."""
        return {"Run again": self.restart, "Reset": self.reset}

    def work(self) -> Iterator[None]:
        """Begin anew with the controls as they are."""
        raise NotImplementedError

    def picture(self) -> Figure:
        """Where things stand."""
        raise NotImplementedError

    def summary(self) -> str:
        """What the picture shows, in words."""
        raise NotImplementedError

    def progress(self) -> tuple[int, int]:
        """How much is done, of how much."""
        raise NotImplementedError

    def outcome(self) -> str:
        """A sentence on the state of the run, that changes when the state does."""
        raise NotImplementedError

    def troubles(self) -> list[str]:
        """What went wrong, a sentence each."""
        raise NotImplementedError

    # --- controls ---------------------------------------------------------------------------------

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that are ticked."""
        return tuple(name for name, box in self._boxes.items() if box.value)

    @property
    def controls(self) -> dict[str, Control]:
        """The controls that are shown, by the name of what they set."""
        return {name: self._controls[name] for name in self._knobs(self.rules)}

    def settings(self, **other: Any) -> Settings:
        """What the controls say."""
        values = {name: control.value for name, control in self.controls.items()} | other
        return Settings(
            rules=self.rules,
            data=self.data,
            width=int(values.pop("width")),
            layers=self.layers,
            epochs=self.epochs,
            seed=int(values.pop("seed", 0)),
            knobs=values,
            measures=self.measures,
        )

    def restart(self) -> None:
        """Compute again from the start."""
        if not self._quiet:
            self.driver.start(self._work)

    def reset(self) -> None:
        """Put all controls and rules back to where they were at first."""
        self._quiet = True  # one new run, not one for each control
        try:
            self._put_back()
        finally:
            self._quiet = False
        self._place_sliders()
        self.restart()

    def _put_back(self) -> None:
        """All that :meth:`reset` resets; nothing is computed meanwhile."""
        for name, box in self._boxes.items():
            box.value = name in self._first
        for control in self._controls.values():
            control.reset()

    def _knobs(self, rules: tuple[str, ...]) -> dict[str, Knob]:
        """The knobs of the rules, the first rule's own values where several have one; and ours."""
        found: dict[str, Knob] = {}
        for rule in rules:
            for knob in get_rule(rule).knobs:
                found.setdefault(knob.name, knob)
        return found | self._own

    def _place_sliders(self) -> None:
        for name, knob in self._knobs(self.rules).items():
            if name not in self._controls:
                default = self._given.get(name, knob.default)
                self._controls[name] = Control(replace(knob, default=default), self.restart)
        self._sliders.children = [control.widget for control in self.controls.values()]

    def _chosen(self, change: dict) -> None:
        if not self._quiet:
            self._place_sliders()
            self.restart()

    def _button(self, text: str, action: Callable[[], None]) -> widgets.Button:
        button = widgets.Button(description=text, layout=widgets.Layout(width="auto"))
        button.on_click(lambda _: action())
        return button

    # --- showing ----------------------------------------------------------------------------------

    def _work(self) -> Iterator[None]:
        self._stand_ins = stands_in(self.rules)
        return iter(self.work())

    def _draw(self) -> str:
        """Show where things stand: what rarely changes here, and what does at each frame as HTML."""
        done, of = self.progress()
        picture = self.picture()
        self._backdrop.value = picture.backdrop
        return (
            f'{picture.curves}<div class="ml-bar"><progress aria-label="progress of the run" '
            f'max="{of}" value="{done}"></progress></div>'
        )

    def _say(self) -> None:
        self._footer.value = self._footnote()
        lines = [self.outcome(), *(f"<b>{html.escape(said)}</b>" for said in self.troubles())]
        said = "<br>".join(lines)
        if said != self._said:  # a screen reader speaks each change
            self._said = said
            self._status.value = (
                f'<div class="ml-lost" role="alert">{LOST}</div>'
                f'<div class="ml-said" role="status" aria-live="polite">{said}</div>'
            )

    def _footnote(self) -> str:
        if not self._stand_ins:
            return ""
        names = ", ".join(self._stand_ins)
        return (
            f'<div class="ml-note">Not filled in during this session: {names}. Your answer kept in '
            "my_rules, or the reference, stands in. Run the cell with your answer, then press <i>Run "
            "again</i>.</div>"
        )

    def _ipython_display_(self) -> None:
        if not self._shown:
            self._shown = True
            self.driver.start_alone(self._work, self.AT_FIRST)
        display(
            {
                "application/vnd.jupyter.widget-view+json": {
                    "version_major": 2,
                    "version_minor": 0,
                    "model_id": self.widget.model_id,
                },
                "image/svg+xml": str(self.picture()),
                "text/plain": repr(self),
            },
            raw=True,
        )

    def __repr__(self) -> str:
        return " ".join([self.summary(), *self.troubles()])
