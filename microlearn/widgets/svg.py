"""Plots as SVG text, in two layers: one that stays for a whole run, one that is drawn at each frame.

So a frame sends only the curves, not the words and numbers that have not changed. Each plot is an SVG of
a fixed size, so that nothing moves while the lines grow, and a narrow page has them in one column. Text
has the colour of text on the page, light or dark.
"""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ..looks import IN_THE_DARK, INK, Look

FOREGROUND = (
    f"var(--jp-ui-font-color1, var(--vscode-editor-foreground, "
    f"var(--colab-primary-text-color, {INK})))"
)
"""The names that JupyterLab, VS Code and Colab have for the colour of text; elsewhere a middle grey."""

BEADS = 8
"""On a line that has them."""

Scale = Callable[[float], float]
"""From a value to a position in pixels, from the left or from the top."""

WIDTH, ONE, TOP, GAP = 840, 414, 26, 12
LEFT, RIGHT, BELOW = 46, 12, 38
"""Pixels: a plot, and what is around its frame, for its numbers and its names."""
BOLD = 8
"""Pixels that a letter of a title takes at most, on average."""


@dataclass
class Line:
    """A curve; where ``y`` is not a number it has a gap. ``low`` and ``high`` draw a spread."""

    x: Sequence[float]
    y: Sequence[float]
    look: Look
    dots: bool = False
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    mark: str = ""
    """A word at the line's end."""
    still: bool = False
    """Whether it stays as it is for the whole run."""


@dataclass
class Plot:
    """A frame with its axes and lines. ``log`` is for the horizontal axis, ``log_y`` for the other."""

    title: str
    xlabel: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    log: bool = False
    percent: bool = False
    lines: list[Line] = field(default_factory=list)
    levels: Iterable[tuple[float, str]] = ()
    """Thin horizontal lines, each with its meaning."""
    at: float | None = None
    """A place along the bottom that is marked by an upright line."""
    log_y: bool = False


@dataclass(frozen=True)
class Figure:
    """Plots under a legend: on a page as many beside each other as have room, one layer upon the other.

    Attributes
    ----------
    plots : list of (str, str)
        Of each the axes with the lines that don't grow, and those that do.
    size : (float, float)
        Of a plot in pixels.
    columns : int
        Plots in a row, where there is room.
    legend : list of (Look, str)
    alt : str
        A description for screen readers.
    data : str
        Attributes of the first SVG of the layer that moves.
    """

    plots: Sequence[tuple[str, str]]
    size: tuple[float, float]
    columns: int
    legend: Sequence[tuple[Look, str]]
    alt: str
    data: str

    @property
    def key(self) -> str:
        """The legend as HTML, for the page."""
        entries = (
            f'<span><svg aria-hidden="true" width="30" height="8"><path d="M1,4h28" {stroke(look)}/>'
            f"{_beads(look, [(8, 4), (22, 4)])}</svg> {html.escape(name)}</span>"
            for look, name in self.legend
        )
        return f'<div class="ml-key">{"".join(entries)}</div>' if self.legend else ""

    @property
    def backdrop(self) -> str:
        """The layer below. Screen readers skip it, since the one above describes both."""
        return self._grid((still for still, _ in self.plots), 'aria-hidden="true"')

    @property
    def curves(self) -> str:
        """The layer above."""
        return self._grid((moving for _, moving in self.plots), f"{self._says}{self.data}")

    def _grid(self, parts: Iterable[str], first: str) -> str:
        attributes = (first, *['aria-hidden="true"'] * len(self.plots))
        drawn = [_svg(self.size, *both) for both in zip(attributes, parts, strict=False)]
        if not drawn:
            return f"<span {first}></span>"
        return f'<div class="ml-plots ml-{self.columns}">{"".join(drawn)}</div>'

    def __str__(self) -> str:
        """All in one SVG."""
        return self.whole(self.columns)

    def whole(self, columns: int) -> str:
        """All in one SVG, with so many plots in a row."""
        (width, tall), parts = self.size, []
        across = columns * width + GAP * (columns - 1)
        key, head = _legend(self.legend, across)
        for layer in (0, 1):  # all that stays, then all that moves
            for k, both in enumerate(self.plots):
                left, top = (k % columns) * (width + GAP), head + (k // columns) * tall
                parts.append(f'<g transform="translate({left:g},{top:g})">{both[layer]}</g>')
        size = across, head + tall * -(-len(self.plots) // columns)
        return _svg(size, f"{self._says}{self.data}", "".join([key, *parts]))

    def stays(self) -> str:
        """As an image that needs no kernel, in one column on a narrow page."""
        narrow, wide = (_source(self.whole(columns)) for columns in (1, self.columns))
        return (
            f'<picture><source media="(max-width: 700px)" srcset="{narrow}">'
            f"{image(wide, self.alt)}</picture>"
        )

    @property
    def _says(self) -> str:
        return f'role="img" aria-label="{html.escape(self.alt, quote=True)}"'


def _svg(size: tuple[float, float], attributes: str, body: str) -> str:
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {attributes} '
        f'viewBox="0 0 {width:g} {height:g}" font-family="system-ui, sans-serif" font-size="12" '
        f'style="color:{FOREGROUND};width:100%;max-width:{width + 60:g}px;display:block" '
        f'fill="currentColor">{body}</svg>'
    )


def _source(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def image(source: str, alt: str, style: str = "max-width:100%") -> str:
    """An SVG, as text or as the address of its data, as an image; brighter on a dark page."""
    return f"{bare_image(source, alt, style)}{IN_THE_DARK}"


def bare_image(source: str, alt: str, style: str = "max-width:100%") -> str:
    """The same without its style sheet, for a page that has it: a new one takes a browser long."""
    source = source if source.startswith("data:") else _source(source)
    said = html.escape(alt, quote=True)
    return f'<img class="ml-picture" alt="{said}" style="{style}" src="{source}">'


def figure(
    plots: Sequence[Plot],
    legend: Sequence[tuple[Look, str]],
    alt: str,
    *,
    whole_width: float = 0,
    columns: int = 0,
    **data: int,
) -> Figure:
    """The plots under a legend.

    Parameters
    ----------
    alt : a description for screen readers
    whole_width : of the figure, in pixels; by default that of a notebook
    columns : plots in a row; by default two, or three where there are three
    **data : numbers that become ``data-`` attributes of the SVG
    """
    columns = columns or (3 if len(plots) == 3 else min(2, max(1, len(plots))))
    whole_width = whole_width or (WIDTH if len(plots) > 1 else ONE)
    width = (whole_width - GAP * (columns - 1)) / columns
    size = width, 230 if columns == 3 or len(plots) == 1 else 186
    numbers = "".join(f' data-{name}="{value}"' for name, value in data.items())
    return Figure([_plot(plot, *size) for plot in plots], size, columns, legend, alt, numbers)


def _legend(entries: Sequence[tuple[Look, str]], whole_width: float) -> tuple[str, int]:
    """The legend and its height; entries flow into as many rows as they need."""
    if not entries:
        return "", 0
    parts, x, y = [], 4.0, 14.0
    for look, name in entries:
        width = 42 + 6.6 * len(name)
        if x > 4 and x + width > whole_width:
            x, y = 4.0, y + 19
        parts.append(
            f'<path d="M{x:g},{y - 4:g}h28" {stroke(look)}/>'
            f"{_beads(look, [(x + 7, y - 4), (x + 21, y - 4)])}"
            f'<text x="{x + 34:g}" y="{y:g}">{html.escape(name)}</text>'
        )
        x += width + 14
    return "".join(parts), round(y) + 8


def _beads(look: Look, places: Iterable[tuple[float, float]]) -> str:
    if not look.beads:
        return ""
    dots = (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>' for x, y in places)
    return f'<g fill="{look.colour}">{"".join(dots)}</g>'


def stroke(look: Look) -> str:
    """What gives a path this look."""
    pattern = " ".join(f"{look.width * length:g}" for length in look.dash)
    dash = f' stroke-dasharray="{pattern}"' if pattern else ""
    return (
        f'fill="none" stroke="{look.colour}" stroke-width="{look.width:g}" '
        f'stroke-opacity="{look.opacity:g}"{dash}'
    )


def _plot(plot: Plot, width: float, height: float) -> tuple[str, str]:
    """The part of a plot that stays, and the part that grows."""
    x0, y0 = LEFT, TOP
    w, h = width - LEFT - RIGHT, height - TOP - BELOW

    def across(value: float) -> float:
        low, high = plot.x_range
        if plot.log:
            return w * math.log(value / low) / math.log(high / low)
        return w * (value - low) / (high - low)

    def up(value: float) -> float:
        low, high = plot.y_range
        if plot.log_y:
            return h * math.log(high / max(value, low)) / math.log(high / low)
        # Far outside, browsers stop drawing at all; the frame cuts it off anyway.
        return min(max(h * (high - value) / (high - low), -h), 2 * h)

    # A long title begins farther left, so that its end is seen.
    begin = max(0, min(x0, width - BOLD * len(plot.title)))
    parts = [f'<text x="{begin:g}" y="17" font-weight="600">{html.escape(plot.title)}</text>']
    for value in (log_ticks if plot.log_y else ticks)(*plot.y_range):
        y = y0 + up(value)
        number = f"{value:.0%}" if plot.percent else _short(value) if plot.log_y else f"{value:g}"
        parts.append(
            f'<path d="M{x0:g},{y:.1f}h{w:g}" stroke="currentColor" stroke-opacity="0.15"/>'
            f'<text x="{x0 - 6:g}" y="{y + 4:.1f}" text-anchor="end">{number}</text>'
        )
    for value in (log_ticks if plot.log else ticks)(*plot.x_range):
        x = x0 + across(value)
        parts.append(
            f'<path d="M{x:.1f},{y0 + h:g}v4" stroke="currentColor" stroke-opacity="0.5"/>'
            f'<text x="{x:.1f}" y="{y0 + h + 16:g}" text-anchor="middle">'
            f"{_short(value)}</text>"
        )
    parts.append(
        f'<path d="M{x0:g},{y0:g}v{h:g}h{w:g}" fill="none" stroke="currentColor" stroke-opacity="0.5"/>'
        f'<text x="{x0 + w / 2:g}" y="{y0 + h + 31:g}" text-anchor="middle">'
        f"{html.escape(plot.xlabel)}</text>"
    )
    frame = f'<svg x="{x0:g}" y="{y0:g}" width="{w:g}" height="{h:g}">'  # it clips its content
    parts.append(frame)
    for value, meaning in plot.levels:
        parts.append(
            f'<path d="M0,{up(value):.1f}h{w:g}" stroke="currentColor" stroke-dasharray="2 3"/>'
            f'<text x="{w - 4:g}" y="{up(value) + 13:.1f}" text-anchor="end" font-size="11">'
            f"{html.escape(meaning)}</text>"
        )
    still, moving = (
        "".join(_line(line, across, up) for line in plot.lines if line.still is which)
        for which in (True, False)
    )
    if plot.at is not None:
        mark = 'stroke="currentColor" stroke-dasharray="4 3"'
        moving += f'<path d="M{across(plot.at):.1f},0v{h:g}" {mark}/>'
    return f"{''.join(parts)}{still}</svg>", f"{frame}{moving}</svg>"


def _line(line: Line, across: Scale, up: Scale) -> str:
    points = [(across(x), up(y)) for x, y in zip(line.x, line.y, strict=True) if math.isfinite(y)]
    if not points:
        return ""
    parts = []
    if len(line.low):
        upper = [f"{across(x):.1f},{up(y):.1f}" for x, y in zip(line.x, line.high, strict=True)]
        lower = [f"{across(x):.1f},{up(y):.1f}" for x, y in zip(line.x, line.low, strict=True)]
        parts.append(
            f'<path d="M{"L".join(upper + lower[::-1])}Z" fill="{line.look.colour}" '
            f'fill-opacity="0.18"/>'
        )
    path = "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts.append(f'<path d="M{path}" {stroke(line.look)}/>')
    if left := next((x for x, y in points if y < 0), None):  # the line has left the plot at its top
        parts.append(f'<path d="M{left:.1f},1l5,9h-10z" fill="{line.look.colour}"/>')
    if line.dots or len(points) == 1:
        parts += (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{1.5 * line.look.width:g}" fill="{line.look.colour}" '
            f'fill-opacity="{line.look.opacity:g}"/>'
            for x, y in points
        )
    parts.append(_beads(line.look, points[:: max(1, len(points) // BEADS)]))
    if line.mark:
        x, y = points[-1]
        parts.append(
            f'<text x="{x - 3:.1f}" y="{max(y - 5, 11):.1f}" text-anchor="end" font-size="11" '
            f'font-weight="600">{html.escape(line.mark)}</text>'
        )
    return "".join(parts)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from ``low`` to ``high``, at most so many."""
    step = 10 ** math.floor(math.log10((high - low) / most))
    step *= next(m for m in (1, 2, 5, 10, 20) if (high - low) / (m * step) <= most - 1)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def _short(value: float) -> str:
    power = math.log10(value) if value > 0 else 0.0
    if power == round(power) and not -2 <= power <= 4:
        return f"10{f'{power:.0f}'.translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
    return f"{value:,g}"


def log_ticks(low: float, high: float) -> list[float]:
    """The powers of ten from ``low`` to ``high``; where there are hardly any, of two."""
    for base in (10, 2):
        first, last = math.log(low, base) - 1e-9, math.log(high, base) + 1e-9
        found = [float(base**k) for k in range(math.ceil(first), math.floor(last) + 1)]
        if len(found) > 2:
            break
    return found


def round_up(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 5, 7 times a power of ten: an end for an axis that rarely moves."""
    if value <= 0:
        return 0.0
    power = 10 ** math.floor(math.log10(value))
    return next(m * power for m in (1, 1.5, 2, 3, 5, 7, 10) if m * power >= value * (1 - 1e-9))
