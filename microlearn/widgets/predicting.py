"""The controls with which a student predicts: all of ipywidgets' own, so that they work everywhere.

What is said is kept at once. A box has its name and its value for a screen reader, as in a panel.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from ..looks import BLUE
from ..numbers import ended
from ..predictions import SAID, STYLE, Choice, Curve, Number, Order, Prediction
from ..rules import Knob
from .controls import Control
from .in_cells import InCells
from .showing import display_live, display_what_stays

WIDE = {"width": "100%", "margin": "0"}
LOOKS = f"""<style>
.ml-predict {{ border-left: 4px solid {BLUE}; padding-left: 10px; }}
.ml-predict .widget-radio-box label {{ white-space: normal; height: auto; line-height: 1.3; width: auto;
  margin-bottom: 4px; display: flex; align-items: flex-start; gap: 6px; }}
.ml-predict .widget-radio-box {{ margin-bottom: 0; }}
.ml-predict .widget-radio-box input {{ order: -1; flex: none; float: none; height: 17px; margin: 0; }}
.ml-predict .widget-html-content {{ line-height: 1.35; }}
.ml-predict .widget-label {{ white-space: normal; line-height: 1.1; height: auto; align-self: center; }}
</style>"""


class PredictionView(InCells):
    """Shows a prediction and keeps what is said; see :func:`microlearn.predict`."""

    def __init__(self, prediction: Prediction) -> None:
        self.prediction = prediction
        self._status, self._sketch, self._live = (
            widgets.HTML(layout=widgets.Layout(**WIDE)) for _ in range(3)
        )
        kind = prediction.kind
        fields, self._read = FIELDS[type(kind)](kind, prediction.said, lambda *_: self.say())
        rows = [*fields, self._status, self._sketch]
        if not isinstance(kind, Choice):  # it may stand at the right place already
            button = widgets.Button(
                description="I predict this", layout=widgets.Layout(width="auto")
            )
            button.on_click(lambda _: self.say())
            rows.insert(len(fields), button)
        self.widget = widgets.VBox(
            [*rows, widgets.HTML(LOOKS), self._live], layout=widgets.Layout(max_width="640px")
        )
        self.widget.add_class("ml-predict")
        self._show(True)

    def say(self) -> None:
        """Keep what the controls say."""
        self._show(self.prediction.say(self._read()))

    def shows(self, prediction: Prediction) -> bool:
        """Whether these are controls of the prediction, and stand where it says."""
        said = prediction.said
        alive = self.widget.comm is not None and self.prediction is prediction
        return alive and (said is None or self._read() == said)

    def _show(self, could_be_kept: bool) -> None:
        kind, said = self.prediction.kind, self.prediction.said
        if said is None:
            words = "Say what you expect, then run the next cell. Nothing is graded."
        else:
            words = f"You predict: {ended(kind.words(said))}"
        if not could_be_kept:
            words += (
                " It could not be written to my_rules/, so it is forgotten when the kernel stops: make "
                "room, or see to the rights of that folder."
            )
        self._status.value = f'<div role="status" aria-live="polite">{html.escape(words)}</div>'
        if isinstance(kind, Curve):
            self._sketch.value = kind.sketch(self._read() if said is None else said)

    def _ipython_display_(self) -> None:
        said = self.prediction.said
        now = "" if said is None else f"<p>{html.escape(repr(self))}</p>"
        text = f"{STYLE}<div class='ml-prediction'>{self.prediction.kind.question()}{now}</div>"
        display_live(self)
        display_what_stays(self.widget, self._live, text, repr(self))

    def __repr__(self) -> str:
        kind, said = self.prediction.kind, self.prediction.said
        return (
            "[a prediction]" if said is None else f"{SAID.capitalize()}: {ended(kind.words(said))}"
        )


_views: dict[str, PredictionView] = {}


def view_of(prediction: Prediction) -> PredictionView:
    """The controls of a prediction. Cells that ask the same show the same ones, which move together."""
    view = _views.get(prediction.name)
    if view is None or not view.shows(prediction):
        view = _views[prediction.name] = PredictionView(prediction)
    view.enter()
    return view


Fields = tuple[list[widgets.Widget], Callable[[], Any]]
"""The controls of a prediction, and what reads them."""


def _choice(kind: Choice, said: str | None, changed: Callable[..., None]) -> Fields:
    buttons = widgets.RadioButtons(
        options=[(text, text[1]) for text in kind.lettered],
        value=said,
        layout=widgets.Layout(width="auto"),
    )
    buttons.observe(changed, "value")
    return [buttons], lambda: buttons.value


def _number(kind: Number, said: float | None, changed: Callable[..., None]) -> Fields:
    control = _control(kind, kind.about, said, changed)
    return [control.widget], lambda: control.value


def _control(kind: Number, label: str, said: float | None, changed: Callable[..., None]) -> Control:
    unit = f", {kind.unit.strip()}" if kind.unit else ""
    low, high = kind.low, kind.high
    knob = Knob("prediction", kind.middle, low, high, kind.log, "predicted", kind.whole, least=low)
    control = Control(knob, changed)
    control.label = f"{label}{unit}"
    if said is not None:
        control.show(min(max(said, kind.low), kind.high))
    return control


def _order(kind: Order, said: list[str] | None, changed: Callable[..., None]) -> Fields:
    names = [f"the {kind.first}", *(f"then, {k}." for k in range(2, len(kind.things) + 1))]
    boxes = [
        widgets.Dropdown(
            options=kind.things,
            value=thing,
            description=name,
            layout=widgets.Layout(width="auto", max_width="480px"),
        )
        for thing, name in zip(said or kind.things, names, strict=True)
    ]
    moving = False

    def moved(change: dict) -> None:
        """What is chosen twice changes places."""
        nonlocal moving
        if moving:
            return
        moving = True
        for box in boxes:
            if box is not change["owner"] and box.value == change["new"]:
                box.value = change["old"]
        moving = False
        changed()

    for box in boxes:
        box.style.description_width = "110px"
        box.observe(moved, "value")
    return [*boxes], lambda: [box.value for box in boxes]


def _curve(kind: Curve, said: list[float] | None, changed: Callable[..., None]) -> Fields:
    controls = [
        _control(kind.number, f"at {place:g}", None if said is None else said[k], changed)
        for k, place in enumerate(kind.at)
    ]
    head = html.escape(f"{kind.number.about}, for each {kind.along}")
    rows = [widgets.HTML(f"<b>{head}</b>"), *(control.widget for control in controls)]
    return rows, lambda: [control.value for control in controls]


FIELDS: dict[type, Callable[..., Fields]] = {
    Choice: _choice,
    Number: _number,
    Order: _order,
    Curve: _curve,
}
