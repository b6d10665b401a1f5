"""A plot of a measure: what the catalogue of measures says about its axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..measures import MEASURES, UPDATE_PROBES, Measure
from .runs import finite
from .svg import Line, Plot, round_up


def measured_plot(
    measure: str,
    xlabel: str,
    x_range: tuple[float, float],
    lines: list[Line],
    samples: int,
    log: bool = False,
) -> Plot:
    """A plot of one measure against whatever is along the bottom.

    Parameters
    ----------
    measure : str
        Its name in :data:`microlearn.measures.MEASURES`.
    samples : int
        Size of the training set. Updates are measured on a part of it.
    log : bool
        Whether the axis along the bottom is logarithmic.
    """
    entry = MEASURES[measure]
    y_range = _y_range(entry, lines)
    levels = [(0.0, "")] if y_range[0] < 0 else []
    if entry.floor:
        meaning, level = entry.floor
        levels.append((level(min(UPDATE_PROBES, samples)), meaning))
    return Plot(entry.title, xlabel, x_range, y_range, log, entry.percent, lines, levels)


def _y_range(measure: Measure, lines: Sequence[Line]) -> tuple[float, float]:
    """Ends that hold all lines and hardly ever move while these grow."""
    low, high = measure.range
    values = finite(y for line in lines for ys in (line.y, line.low, line.high) for y in ys)
    most = max(values, default=low)
    if measure.explodes:
        # A line that explodes must not press the others flat: it leaves at the top.
        start = max((line.y[0] for line in lines if len(line.y)), default=1.0)
        top = 1.1 * start if math.isfinite(start) else 1.1
        return low, top if most < top else 2 * top / 1.1
    if high is None:
        return low, max(low + 0.2, round_up(most))
    if measure.axis is None:
        return low, high
    usual_low, usual_high = measure.axis
    if min(values, default=0.0) >= usual_low and most <= usual_high:
        return usual_low, usual_high
    return min(usual_low, 1.05 * low), max(usual_high, 1.05 * high)
