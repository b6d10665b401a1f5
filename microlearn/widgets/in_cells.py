"""Views with widgets, by the cells of the notebook that have made or shown them.

ipywidgets holds each widget until it is closed. Where a cell is run again, what it had shown is gone
from the page.
"""

from __future__ import annotations

from typing import Any, Self

import ipywidgets as widgets

from ..places import running, shell
from . import after_cells
from .closed import Closed

_in_cells: dict[str, dict[InCells, str]] = {}
"""The views in each cell, by the name that the front end gives it, each with the run of the cell that
has made or shown it last. Where the front end names no cells, nothing is known."""


class InCells(Closed):
    """What has widgets, and is made or shown by a cell. It is closed when that cell is run again without
    it, unless another cell has it.

    Attributes
    ----------
    widget : widget
        Holds the others.
    """

    widget: widgets.Box

    def __new__(cls, *given: Any, **settings: Any) -> Self:
        view = super().__new__(cls)
        view.enter()
        return view

    def enter(self) -> None:
        """It belongs to the run of a cell that is under way."""
        cell, run = running()
        if cell:
            _in_cells.setdefault(cell, {})[self] = run
            shell().events.register("post_run_cell", close_what_is_gone)

    def close(self) -> None:
        """Take the widgets away, here and in the browser."""
        after_cells.let_go(self)
        for widget in _all_in(self.held()):
            widget.close()

    def held(self) -> list[widgets.Widget]:
        """Its widgets, without those that others of them hold."""
        return [self.widget]


def close_what_is_gone(*_: object) -> None:
    """Close what the cell that has just run had made or shown before, and has not this time."""
    cell, run = running()
    here = _in_cells.get(cell, {})
    for view in [view for view, at in here.items() if at != run]:
        del here[view]
        made = hasattr(view, "widget")  # else it raised while it was made
        if made and not any(view in there for there in _in_cells.values()):
            view.close()


def _all_in(found: list[widgets.Widget]) -> list[widgets.Widget]:
    """The widgets, and those that they hold: children, layouts, styles."""
    met = dict.fromkeys(found)
    for widget in found:
        for held in (getattr(widget, key) for key in widget.keys):
            several = held if isinstance(held, list | tuple) else [held]
            new = [w for w in several if isinstance(w, widgets.Widget) and w not in met]
            met |= dict.fromkeys(new)
            found += new
    return found
