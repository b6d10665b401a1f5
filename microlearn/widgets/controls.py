"""A control for a knob: a labelled number box, and a slider beside it.

Sliders of ipywidgets have no accessible name, and logarithmic ones announce the exponent; a number box
has its name and its value. So the box is what counts, and the slider moves it through round numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import ipywidgets as widgets

from ..rules import Knob

PER_DECADE, POSITIONS = 20, 50


class Control:
    """Lets a student set a knob; ``value`` is what is set, and ``changed()`` is told of it."""

    def __init__(self, knob: Knob, changed: Callable[[], None]) -> None:
        self.knob = knob
        self.whole = knob.whole
        if knob.log:
            self.positions = round(PER_DECADE * math.log10(knob.high / knob.low))
            if self.whole:
                self.positions = round(4 * math.log2(knob.high / knob.low))
        else:
            self.positions = int(knob.high - knob.low) if self.whole else POSITIONS
        kind = widgets.BoundedIntText if self.whole else widgets.BoundedFloatText
        step = 1 if self.whole else 10 ** math.floor(math.log10(abs(knob.default) or 1))
        self.box = kind(
            value=knob.default,
            min=knob.low,
            max=knob.high,
            step=step,
            description=label_of(knob),
            style={"description_width": "110px"},
            layout=widgets.Layout(width="205px"),
        )
        self.slider = widgets.IntSlider(
            value=self._position(knob.default),
            min=0,
            max=self.positions,
            readout=False,
            layout=widgets.Layout(flex="1 1 auto", width="auto", min_width="90px"),
        )
        self.widget = widgets.HBox([self.box, self.slider])
        self._changed = changed
        self.slider.observe(self._slid, "value")
        self.box.observe(self._typed, "value")

    @property
    def value(self) -> float:
        return self.box.value

    def reset(self) -> None:
        """Back to the default."""
        self.box.value = self.knob.default

    def _slid(self, change: dict) -> None:
        # The slider also moves when a number is typed that lies between two of its positions.
        if self._position(self.box.value) != change["new"]:
            self.box.value = self._at(change["new"])

    def _typed(self, change: dict) -> None:
        self.slider.value = self._position(change["new"])
        self._changed()

    def _position(self, value: float) -> int:
        low, high = self.knob.low, self.knob.high
        value = min(max(value, low), high)
        if self.knob.log:
            return round(self.positions * math.log(value / low) / math.log(high / low))
        return round(self.positions * (value - low) / (high - low))

    def _at(self, position: int) -> float:
        """The value at a position, rounded to two digits, which is finer than the positions are."""
        low, high = self.knob.low, self.knob.high
        share = position / self.positions
        value = low * (high / low) ** share if self.knob.log else low + share * (high - low)
        value = round(value) if self.whole else float(f"{value:.2g}")
        return min(max(value, low), high)


def label_of(knob: Knob) -> str:
    """What a knob is called beside its box: its name with its symbol, or the label in words."""
    name = knob.name.replace("_", " ")
    return f"{name} {knob.label}".strip() if len(knob.label) < 3 else knob.label
