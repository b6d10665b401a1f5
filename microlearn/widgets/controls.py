"""A control for a knob: a labelled number box, and a slider beside it; and the board of all of them.

Sliders of ipywidgets have no accessible name, and logarithmic ones announce the exponent; a number box
has its name and its value. So the box is what counts, and the slider moves it through round numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping

import ipywidgets as widgets
import numpy as np
from traitlets import CInt

from ..rules import Knob
from .closed import Closed
from .settings import IN_VIEW, alone_or_shared, slots, takes

PER_DECADE, PER_OCTAVE, POSITIONS = 20, 4, 50
"""Positions of a slider: over a factor of ten, over a factor of two in whole numbers, and in all."""

LONG = 17
"""Letters that the label of a box has room for in one line."""


def values_of(knob: Knob, count: int) -> list[float]:
    """Up to so many values from one end of a knob's range to the other, evenly spaced on its axis.

    They are rounded to two digits, or to whole numbers, and none comes twice.
    """
    grid = (np.geomspace if knob.log else np.linspace)(knob.low, knob.high, count)
    rounded = (round(v) if knob.whole else float(f"{v:.2g}") for v in grid.tolist())
    return sorted({min(max(value, knob.low), knob.high) for value in rounded})


class _Slider(widgets.IntSlider):
    """Sends no echo: the box beside it says where it stands, and each message delays the picture."""

    value = CInt(0).tag(sync=True, echo_update=False)


class Control(Closed):
    """Sets a knob; ``value`` is its value now, and ``changed()`` is called when that changes.

    Attributes
    ----------
    knob : Knob
        Its default is where the control stands at first.
    values : list of float
        Those of the slider's positions.
    """

    def __init__(self, knob: Knob, changed: Callable[[], None]) -> None:
        self.knob = knob
        if not knob.log:
            count = int(knob.high - knob.low) if knob.whole else POSITIONS
        elif knob.whole:
            count = round(PER_OCTAVE * math.log2(knob.high / knob.low))
        else:
            count = round(PER_DECADE * math.log10(knob.high / knob.low))
        self.values = values_of(knob, count + 1)
        kind = widgets.BoundedIntText if knob.whole else widgets.BoundedFloatText
        self.box = kind(
            value=knob.default,
            min=knob.low,
            max=knob.high,
            step=1 if knob.whole else 10 ** math.floor(math.log10(abs(knob.default) or 1)),
            style={"description_width": "110px"},
            layout=widgets.Layout(width="205px", min_width="0"),
        )
        self.slider = _Slider(
            value=self._position(knob.default),
            min=0,
            max=len(self.values) - 1,
            readout=False,
            layout=widgets.Layout(flex="1 1 auto", width="auto", min_width="60px"),
        )
        self.widget = widgets.HBox([self.box, self.slider])
        self.widget.add_class("ml-control")
        self._changed, self._in_code = changed, ""
        self.slider.observe(self._slid, "value")
        self.box.observe(self._typed, "value")

    @property
    def value(self) -> float:
        return self.box.value

    @property
    def label(self) -> str:
        return self.box.description

    @label.setter
    def label(self, label: str) -> None:
        self.box.description = label
        # A long one takes several lines.
        (self.box.add_class if len(label) > LONG else self.box.remove_class)("ml-long")

    @property
    def in_code(self) -> str:
        """The keyword that sets it; a tooltip says so."""
        return self._in_code

    @in_code.setter
    def in_code(self, keyword: str) -> None:
        self._in_code = keyword
        tooltip = "tooltip" if self.box.has_trait("tooltip") else "description_tooltip"
        setattr(self.box, tooltip, f"{self.label}: {keyword} in code")

    @property
    def moved(self) -> bool:
        """Whether it stands elsewhere than at first."""
        return self.value != self.knob.default

    def reset(self) -> None:
        """Go back to the default."""
        self.box.value = self.knob.default

    def show(self, value: float) -> None:
        """Stand there, and call nobody."""
        changed, self._changed = self._changed, lambda: None
        self.box.value = value
        self._changed = changed

    def _slid(self, change: dict) -> None:
        # The slider also moves when a number is typed that lies between two of its positions.
        if self._position(self.box.value) != change["new"]:
            self.box.value = self.values[change["new"]]

    def _typed(self, change: dict) -> None:
        self.slider.value = self._position(change["new"])
        self._changed()

    def _position(self, value: float) -> int:
        """The position that is nearest on the slider's axis."""
        if not self.knob.log:
            return min(range(len(self.values)), key=lambda k: abs(self.values[k] - value))
        value = max(value, self.knob.low)
        return min(range(len(self.values)), key=lambda k: abs(math.log(self.values[k] / value)))


class Board(Closed):
    """The controls of a panel: those that the ticked rules need, and the panel's own.

    Parameters
    ----------
    own : collection of Knob
        The panel's own.
    given : mapping of name -> number
        Where controls stand at first, for those that do not start at their knob's default.
    changed : callable
        Called when a value changes.

    Attributes
    ----------
    shown : dict of name -> Control
        The controls of the rules that are ticked now, and the panel's own.
    left_out : str or None
        The name of a control that is not shown, because it would do nothing.
    widget, extra : widgets
        Those in view, and those that are folded away at first.
    """

    def __init__(
        self, own: Collection[Knob], given: Mapping[str, float], changed: Callable[[], None]
    ) -> None:
        self._own, self._given, self._changed = own, given, changed
        self._made: dict[tuple[str, str], Control] = {}
        self.shown: dict[str, Control] = {}
        self._rules: tuple[str, ...] = ()
        self.left_out: str | None = None
        self.widget, self.extra = _grid(), _grid()
        self.reset()

    @property
    def values(self) -> dict[str, float]:
        """The value of each control that is shown."""
        return {name: control.value for name, control in self.shown.items()}

    @property
    def made(self) -> list[Control]:
        """All controls that were shown at some time."""
        return list(self._made.values())

    def labels(self, rules: tuple[str, ...]) -> dict[str, str]:
        """The names of the controls that these rules need, by their labels."""
        places = slots(rules, self._own, self._given)
        return {slot.knob.words: name for name, slot in places.items()}

    def place(self, rules: tuple[str, ...]) -> None:
        """Show the controls of these rules. A rule that had values before keeps them if it can."""
        before, rules_before = self.values, self._rules
        self.shown, self._rules = {}, rules
        for name, slot in slots(rules, self._own, self._given).items():
            key = (slot.owner, slot.knob.name)
            if key not in self._made:
                self._made[key] = Control(slot.knob, self._changed)
            control = self.shown[name] = self._made[key]
            control.label, control.in_code = slot.knob.words, name
            if slot.owner in rules_before:
                had = before[alone_or_shared(slot.owner, slot.knob.name, before)]
                if takes(slot.knob, had):
                    control.box.value = had
        for grid, is_folded in ((self.widget, False), (self.extra, True)):
            grid.children = [
                control.widget
                for name, control in self.shown.items()
                if name != self.left_out and (name in self._folded) == is_folded
            ]

    def put(self, values: Mapping[str, float]) -> None:
        """Move the controls that are shown to the values of their names."""
        for name, control in self.shown.items():
            if name in values:
                control.box.value = values[name]

    def keep_in_view(self) -> None:
        """Fold those away no longer that have been moved, so that nothing has an effect unseen."""
        self._folded -= {name for name, control in self.shown.items() if control.moved}

    def reset(self) -> None:
        """Put all controls back to where they were at first."""
        self._folded = {knob.name for knob in self._own} - IN_VIEW - self._given.keys()
        for control in self._made.values():
            control.reset()


def _grid() -> widgets.GridBox:
    columns = "repeat(auto-fit, minmax(min(330px, 100%), 1fr))"
    return widgets.GridBox(
        layout=widgets.Layout(grid_template_columns=columns, grid_gap="0 16px", width="100%")
    )
