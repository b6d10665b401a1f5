"""Pictures: curves of a training table, digits, and anything else drawn with matplotlib.

Every picture carries a text alternative. Lines differ in dash as well as in colour, and the background
is transparent under mid-grey text, so that one picture serves the light theme and the dark one.
"""

from __future__ import annotations

import base64
import html
import io
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from .looks import COLOURS, IN_THE_DARK, INK, ON_A_PHONE, Look, ink_on, look_of, looks_of
from .measures import MEASURES
from .numbers import array, flag, number, refuse_other_rows, said, sides, whole
from .rules import CATALOGUE, words_of, words_of_knobs
from .tables import floats_in, require_seeds_alone, runs_in, short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas.io.formats.style import Styler

Array = np.ndarray

__all__ = [
    "COLOURS",
    "INK",
    "Picture",
    "Row",
    "canvas",
    "curves",
    "digits",
    "heat_map",
    "images",
    "lines",
    "look_of",
    "plus_minus",
    "style",
    "sweep_curves",
    "table",
    "words",
]

STYLE: dict[Any, Any] = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.grid": True,
    "font.size": 10,
    "grid.color": INK,
    "grid.alpha": 0.2,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 2,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}

LABELS = {
    "epoch": "epochs",
    "step": "updates",
    "width": "hidden units",
    "layers": "hidden layers",
}
"""Names of columns on an axis, beside the titles of measures and the words of knobs; other columns keep
their own names."""


MANY = 5
"""Lines above this number have their legend below the picture."""


MOST_IMAGES = 500
"""Images in a picture, and in one of its rows; more take minutes to draw, and none can be seen."""


SUMMED = ("mean", "min", "max", "seeds")
"""What is known of the runs that differ in their seeds alone."""


class Picture:
    """A finished picture with its text alternative, for a notebook to show."""

    def __init__(self, figure: Figure, alt: str) -> None:
        buffer = io.BytesIO()
        try:
            figure.savefig(buffer, format="svg", transparent=True, bbox_inches="tight")
        except ValueError as error:
            _, formula, *rest = f"{error}\n".split("\n")
            if not any(line.startswith("Parse") for line in rest):
                raise
            raise ValueError(
                f"A label has {formula!r} between two dollar signs, which can't be read as a "
                "formula: mend it, or write \\$ for a dollar."
            ) from error
        self.svg, self.alt = buffer.getvalue(), alt

    def _repr_html_(self) -> str:
        source = base64.b64encode(self.svg).decode()
        return (
            f'<img class="ml-picture" alt="{html.escape(self.alt, quote=True)}" '
            f'style="max-width:100%;height:auto" src="data:image/svg+xml;base64,{source}">'
            f"{IN_THE_DARK}{ON_A_PHONE}"
        )

    def __repr__(self) -> str:
        return f"[picture: {self.alt}]"


@contextmanager
def canvas(
    rows: int = 1, columns: int = 1, width: float = 4.6, height: float = 3.2
) -> Iterator[tuple[Figure, np.ndarray]]:
    """A figure in the course's style with a grid of axes, ``(rows, columns)``.

    It is not in pyplot's list of open figures: nothing has to be closed, and no backend shows it a
    second time.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
        yield figure, figure.subplots(rows, columns, squeeze=False)


def curves(
    table: pd.DataFrame,
    measures: str | Sequence[str] = ("train_loss", "validation_accuracy"),
    *,
    by: str = "rule",
    over: str = "epoch",
    log: bool = False,
) -> Row:
    """Draw measurements against the course of training, a picture for each.

    Parameters
    ----------
    table : DataFrame
        A table from :func:`microlearn.train`, or several of them concatenated, with all of their
        columns: a setting whose column is left out can't be told apart.
    measures : str or list of str
        The columns to draw, one at least.
    by : str
        The column that tells the lines apart. Runs that differ only in the seed become one
        line, their mean, with a band from the smallest to the largest. It ends where the first of
        them does, since the mean of the others would be too good: with a cross if others go on, or if
        the table has an ``error`` of one of them. Where one of them has no number on the way, it has a
        gap. (The mean is over all that has the same
        ``by`` and ``step``. A setting or a text that differs is refused; of a column of one's own,
        which may be a result, there is a warning if it looks like a setting.)
    over : str
        The column along the bottom: ``"epoch"``, ``"step"`` or ``"seconds"``.
    log : bool
        Whether the vertical axes are logarithmic.

    Raises
    ------
    ValueError
        If runs that would become one line differ in a setting, too; or the table has no rows, lacks a
        column, or has something else than numbers where they are needed.
    """
    measures = [measures] if isinstance(measures, str) or not np.iterable(measures) else [*measures]
    if not measures:
        raise ValueError("There is nothing to draw: measures is empty.")
    if over not in (ways := ("epoch", "step", "seconds")):
        raise ValueError(f"over is {said(over)}; curves go over {', '.join(ways)}.")
    table = runs_in(table, [*measures, over, "step"], [by], measures if flag("log", log) else ())
    require_seeds_alone(table, [by, "step"], measures)
    names = table[by].nunique(dropna=False)
    pictures: list[Picture] = []  # the first one has the legend
    for measure in measures:
        with canvas(height=3.2 + (0 if pictures else _below(names))) as (figure, axes):
            ax = axes[0, 0]
            _lines(ax, table, measure, by, over)
            ax.set(xlabel=words(over), ylabel=words(measure))
            if log:
                _logarithmic(ax)
            if names > 1 and not pictures:
                _legend(ax, names)
            pictures.append(Picture(figure, _in_words(table, measure, by)))
    return Row(*pictures)


def _below(names: int) -> float:
    """Inches for a legend below a picture, of two columns: one of so many would cover the curves."""
    return 0.12 * names if names > MANY else 0.0


def _legend(ax: Axes, names: int, title: str | None = None) -> None:
    if names <= MANY:
        ax.legend(title=title)
        return
    figure, lines = ax.figure, ax.get_legend_handles_labels()
    figure.legend(*lines, title=title, loc="outside lower center", ncols=2)


def _value(value: Any, digits: int = 3) -> str:
    """A setting in a sentence, at a tick or in a legend."""
    said = short(value, digits)
    return words_of(value) if said == str(value) else said


def _values(values: Sequence[Any]) -> list[str]:
    """Settings at ticks or in a legend, with as many digits as tell them apart."""
    for digits in (3, 6, 17):
        said = [_value(value, digits) for value in values]
        if len({*said}) == len(said):
            break
    return said


def _lines(ax: Axes, table: pd.DataFrame, measure: str, by: str, over: str) -> None:
    groups = _groups(table, by)
    each = zip(groups, groups.values(), _values([*groups]), looks_of([*groups]), strict=True)
    for count, (name, part, label, look) in enumerate(each):
        line = _mean_line(part, measure, over)
        if line["mean"].isna().all() and part.groupby("seed")[measure].count().all():
            raise ValueError(
                f"The seeds of {_value(name)} were measured at no step together, so there is no mean."
            )
        _line(ax, line["over"], line["mean"], label, look)
        if part["seed"].nunique() > 1:
            ax.fill_between(
                line["over"], line["min"], line["max"], color=look.colour, alpha=0.2, lw=0
            )
        if _some_stopped(part, measure):
            if len(line):
                ax.plot(line["over"].iloc[-1], line["mean"].iloc[-1], "x", color=look.colour)
            else:
                foot = 0.03 + 0.04 * count
                ax.plot(0.03, foot, "x", color=look.colour, transform=ax.transAxes)


def _line(ax: Axes, x: Any, y: pd.Series, label: str, look: Look) -> None:
    """Draw a line, and a dot for each number that stands alone between gaps, which no line shows."""
    ax.plot(x, y, label=label, **style(look))
    gap = y.isna()
    alone = (~gap & gap.shift(fill_value=True) & gap.shift(-1, fill_value=True)).to_numpy()
    if alone.any():
        ax.plot(x[alone], y[alone], "o", color=look.colour)


def _groups(table: pd.DataFrame, by: str) -> dict[Any, pd.DataFrame]:
    """The rows by what they have in a column, in the order of the table; where there is nothing, too."""
    # Not dict(...) of it, which asks how many there are: pandas 2 can't count a NaN.
    return {name: part for name, part in table.groupby(by, sort=False, dropna=False)}


def _mean_line(part: pd.DataFrame, measure: str, over: str) -> pd.DataFrame:
    """Mean, smallest and largest value over the seeds, by step, as far as all seeds have one; NaN
    between, where each has a row and one of them no value."""
    steps, seeds = part.groupby("step"), part["seed"].nunique()
    line = (
        steps[measure].agg(["size", "count", "mean", "min", "max"]).assign(over=steps[over].mean())
    )
    line = line[line["size"] == seeds]
    whole = line["count"] == seeds
    line.loc[~whole, ["mean", "min", "max"]] = np.nan
    return line[whole.cummax() & whole[::-1].cummax()]


def _some_stopped(part: pd.DataFrame, measure: str) -> bool:
    """Whether a seed has stopped with an error, before others, or before all steps."""
    ends = part["step"].where(part[measure].notna()).groupby(part["seed"]).max()
    return bool(
        _failed(part).any()
        or part["step"].isna().any()
        or (ends.notna().any() and ends.nunique(dropna=False) > 1)
    )


def _failed(table: pd.DataFrame) -> np.ndarray:
    """Which rows are of a run that ended with an error, as far as the table tells it."""
    said = table["error"] if "error" in table else [None] * len(table)
    return np.array([isinstance(each, str) and bool(each.strip()) for each in said], dtype=bool)


def style(look: Look) -> dict[str, Any]:
    """A look as matplotlib's arguments."""
    return {"color": look.colour, "linestyle": (0, look.dash) if look.dash else "-"}


def words(name: object) -> str:
    """What people read in the place of a name in code, on axes, in legends and in tables.

    A rule, a measure and a knob have the words of their entries. A number that is not whole has as few
    digits as it needs.
    """
    if isinstance(name, float):
        return f"{name:g}"
    if name in MEASURES:
        return MEASURES[str(name)].title
    return LABELS.get(str(name)) or words_of_knobs().get(str(name)) or words_of(name)


def _in_words(table: pd.DataFrame, measure: str, by: str) -> str:
    """The curves in words: their first and last values."""
    ends, groups = [], _groups(table, by)
    for name, part in zip(_values([*groups]), groups.values(), strict=True):
        mean, stopped = _mean_line(part, measure, "step")["mean"], _some_stopped(part, measure)
        if len(mean):  # a frozen layer's update has no cosine
            end = ", where a seed has stopped" * stopped
            ends.append(f"{name} from {mean.iloc[0]:.3g} to {mean.iloc[-1]:.3g}{end}")
        elif stopped:
            ends.append(f"{name} has no value that all seeds have")
    return f"Curves over training. {words(measure)}: {'; '.join(ends)}."


def lines(
    table: pd.DataFrame,
    xlabel: str,
    ylabel: str,
    *,
    dots: pd.DataFrame | None = None,
    log: str = "",
    level: float | None = None,
) -> Picture:
    """Draw each column of a table as a line over its index.

    Parameters
    ----------
    table : DataFrame
        The index along the bottom; the columns' names go into the legend, and one that is the name of
        a rule has the rule's look.
    xlabel, ylabel : str
    dots : DataFrame, optional
        Measurements, with columns of the same names, drawn as dots on top.
    log : str
        ``"x"``, ``"y"`` or ``"xy"`` for logarithmic axes.
    level : float, optional
        A thin horizontal line for comparison.

    Raises
    ------
    ValueError
        If a table has no rows or something else than numbers in it or in its index, or none above 0 for
        a logarithmic axis; or the index has a place twice; or dots have other columns.
    """
    if log not in ("", "x", "y", "xy", "yx"):
        raise ValueError(f'log is {said(log)}; it must be "x", "y" or "xy", or be left out.')
    x, y = "x" in log, [*getattr(table, "columns", ())] if "y" in log else ()
    table = _over_numbers(floats_in(table, positive=y), xlabel, x)
    if table.index.has_duplicates:
        raise ValueError(
            f"The index has {table.index[table.index.duplicated()][0]} more than once, and a line has "
            "one value at each place: take a mean first, such as table.groupby(level=0).mean()."
        )
    if not (table.index.is_monotonic_increasing or table.index.is_monotonic_decreasing):
        table = table.sort_index()
    if dots is not None:
        dots = _over_numbers(floats_in(dots, [*table], positive=y), xlabel, x)
        if more := ", ".join(str(name) for name in dots if name not in table):
            raise ValueError(
                f"dots has the column {more}, and there is no such line: leave it out."
            )
    if level is not None:
        level = number("level", level)
        if y and level <= 0:
            raise ValueError(
                f"level is {level:g}, and a logarithmic axis has numbers above 0 alone."
            )

    with canvas(width=5.2, height=3.4 + _below(len(table.columns))) as (figure, axes):
        ax = axes[0, 0]
        if level is not None:
            ax.axhline(level, color=INK, lw=1)
        for name, look in zip(table, looks_of(list(table)), strict=True):
            _line(ax, table.index, table[name], words_of(name), look)
            if dots is not None:
                ax.plot(dots.index, dots[name], "o", color=look.colour, markersize=5)
        if "x" in log:
            ax.set_xscale("log")
            ax.set_xticks(table.index, [f"{x:g}" for x in table.index])
            ax.minorticks_off()
        if "y" in log:
            _logarithmic(ax)
        ax.set(xlabel=xlabel, ylabel=ylabel)
        _legend(ax, len(table.columns))
        ends = "; ".join(
            "{} from {:.3g} to {:.3g}".format(words_of(name), *table[name].dropna().iloc[[0, -1]])
            for name in table
        )
        measured = "" if dots is None else " Dots are measured, lines predicted."
        return Picture(figure, f"{ylabel} against {xlabel}: {ends}.{measured}")


def _logarithmic(ax: Any) -> None:
    """Make the vertical axis logarithmic: 0.1 and 30 are easier to read there than powers of 10."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return f"{x:g}" if super().__call__(x, pos) else ""

    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter(Plain())


def _over_numbers(table: pd.DataFrame, label: str, positive: bool) -> pd.DataFrame:
    """The table, if its index are places on an axis: of words, matplotlib would number them."""
    if table.index.nlevels > 1:
        raise ValueError(
            "The index has several levels, and a line goes over one: choose a row of the others, such "
            "as table.loc[1], or take a mean, such as table.groupby(level=-1).mean()."
        )
    places = floats_in(table.index.to_frame(name=label), positive=[label] if positive else ())
    if places[label].isna().any():
        raise ValueError("The index has entries that are no finite numbers: leave these rows out.")
    return table


def sweep_curves(
    table: pd.DataFrame,
    x: str,
    value: str = "validation_accuracy",
    *,
    by: str = "rule",
    log: bool = False,
) -> Picture:
    """Draw the outcome of a sweep against one setting.

    Parameters
    ----------
    table : DataFrame
        A table from :func:`microlearn.sweep`. Points that differ only in the seed become one: their
        mean, in a band from the smallest to the largest. If a seed has failed, there is a cross at
        the foot instead, since the mean of the other seeds would be too good.
    x : str
        The setting along the bottom; its axis is logarithmic where its values span a factor of 10.
        A rule that does not have it becomes a level line.
    value : str
        The column to draw.
    by : str
        The column that tells the lines apart.
    log : bool
        Whether the vertical axis is logarithmic.

    Raises
    ------
    ValueError
        If points differ in another setting, too; or the table has no rows, lacks a column, or has
        something else than numbers where they are needed; or a line has no ``x`` at some points.
    """
    table = runs_in(table, [x, value], [by], [value] if flag("log", log) else ())
    over_seeds = _over_seeds(table, [by, x], value)
    below = _below(over_seeds[by].nunique(dropna=False))
    with canvas(width=5.2, height=3.4 + below) as (figure, axes):
        ax = axes[0, 0]
        settings = sorted(over_seeds[x].dropna().unique())
        if settings and settings[0] > 0 and settings[-1] >= 10 * settings[0]:
            ax.set_xscale("log")
        if len(settings) <= 9:
            ax.set_xticks(settings, _values(settings))
            ax.minorticks_off()
        if log:
            _logarithmic(ax)
        groups = _groups(over_seeds, by)
        each = zip(_values([*groups]), groups.values(), looks_of([*groups]), strict=True)
        for count, (label, part, look) in enumerate(each):
            part, line = part.sort_values(x), style(look)
            band = {"color": look.colour, "alpha": 0.2, "lw": 0}
            if part[x].isna().all():
                ax.axhline(part["mean"].iloc[0], label=label, **line)
                ax.axhspan(part["min"].iloc[0], part["max"].iloc[0], **band)
                continue
            if part[x].isna().any():
                raise ValueError(
                    f"{label} has rows with {x} and rows without: draw one of the two."
                )
            ax.plot(part[x], part["mean"], marker="o", markersize=4, label=label, **line)
            ax.fill_between(part[x], part["min"], part["max"], **band)
            failed = part[x][part["mean"].isna()]
            foot = np.full(len(failed), 0.03 + 0.04 * count)
            ax.plot(failed, foot, "x", color=look.colour, transform=ax.get_xaxis_transform())
        ax.set(xlabel=words(x), ylabel=words(value))
        if len(groups) > 1 or by != "rule":
            _legend(ax, len(groups), None if by == "rule" else words(by))
        return Picture(figure, _sweep_in_words("Curves", over_seeds, [x], value, by))


def heat_map(
    table: pd.DataFrame,
    x: str,
    y: str,
    value: str = "validation_accuracy",
    *,
    by: str = "rule",
    limits: tuple[float, float] | None = None,
) -> Row:
    """Draw the outcome of a sweep against two settings, as a field of colours and numbers.

    Parameters
    ----------
    table : DataFrame
        A table from :func:`microlearn.sweep`. Each field shows the mean over the seeds, or a cross if
        a seed has failed.
    x, y : str
        The settings along the bottom and up the side.
    value : str
        The column to draw.
    by : str
        The column that has a picture for each of its values.
    limits : two numbers, optional
        The ends of the colours, so that several pictures can be compared; by default those of the table.

    Raises
    ------
    ValueError
        If points differ in another setting, too; or the table has no rows, lacks a column, or has no
        numbers in that of the value; or a rule does not have one of the settings.
    """
    table = runs_in(table, [value], [by, x, y])
    if len({by, x, y}) < 3 or table[[x, y]].isna().any(axis=None):
        raise ValueError(
            f"A heat map is drawn over two settings of each {by}, and all its rows have both; {x!r} and "
            f"{y!r} were given."
        )
    over_seeds = _over_seeds(table, [by, y, x], value)
    low, high = _limits(limits) or (over_seeds["mean"].min(), over_seeds["mean"].max())
    pictures = []
    for name, part in over_seeds.groupby(by, sort=False, dropna=False):
        with canvas(width=4.6, height=3.4) as (figure, axes):
            ax, field = axes[0, 0], part.pivot(index=y, columns=x, values="mean")
            there = part.pivot(index=y, columns=x, values="seeds").notna().to_numpy()
            image = ax.imshow(
                field, origin="lower", aspect="auto", cmap="cividis", vmin=low, vmax=high
            )
            for (row, column), mean in np.ndenumerate(field.to_numpy()):
                colour = INK if np.isnan(mean) else ink_on(image.cmap(image.norm(mean)))
                missing = "×" if there[row, column] else ""  # failed, or not in the table
                text = missing if np.isnan(mean) else _short(mean, value, digits=2)
                ax.text(column, row, text, ha="center", va="center", color=colour, fontsize=9)
            ax.set_xticks(range(field.shape[1]), _values([*field.columns]))
            ax.set_yticks(range(field.shape[0]), _values([*field.index]))
            ax.set(xlabel=words(x), ylabel=words(y))
            ax.set_title(_value(name))
            ax.grid(False)
            figure.colorbar(image, ax=ax, label=words(value))
            said = _sweep_in_words("Heat map", part, [x, y], value, by)
            pictures.append(Picture(figure, said))
    return Row(*pictures)


def _limits(given: Sequence[float] | None) -> tuple[float, float] | None:
    if given is None:
        return None
    if np.shape(given) != (2,) or not number("limits", given[0]) < number("limits", given[1]):
        raise ValueError(
            f"limits are {said(given)}; they must be two numbers, the lower one first."
        )
    return given[0], given[1]


def _over_seeds(table: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """Mean, smallest and largest value over the seeds, NaN where a seed has none; and how many there
    are."""
    if len({*keys, value}) <= len(keys) or {*keys}.intersection(SUMMED):
        raise ValueError(
            f"A picture over {' and '.join(keys)} that shows {value} needs a column of its own for "
            f"each, and none to go over may be called {', '.join(SUMMED)}: rename it."
        )
    require_seeds_alone(table, keys, [value], over=keys[1:])
    groups = table.groupby(keys, sort=False, dropna=False)[value]
    over_seeds = groups.agg(["mean", "min", "max"])
    over_seeds.loc[(groups.count() < groups.size()).to_numpy()] = np.nan
    over_seeds = over_seeds.assign(seeds=groups.size()).reset_index()
    of_each = table.groupby(keys, sort=False, dropna=False)["seed"].agg(frozenset)
    which = of_each.reset_index(name="seeds")
    for name, seeds in which.groupby(keys[0], sort=False, dropna=False)["seeds"]:
        if seeds.nunique() > 1 and "seed" not in keys:
            few, many = min(map(len, seeds)), max(map(len, seeds))
            over = (
                f"{few} to {many} seeds" if few < many else f"{few}, and not always the same seeds"
            )
            warnings.warn(
                f"The points of {_value(name)} are means over {over}: if those that failed are left "
                "out, the mean of the others is too good.",
                stacklevel=3,
            )
    filled = int((_failed(table) & table[value].notna()).sum())
    if filled and {"step", "epoch", "seconds"}.isdisjoint(keys):
        warnings.warn(
            f"A mean takes in {filled} numbers of runs that failed (see the column error): they "
            "were measured before that, or filled in since. Leave them empty, as sweep does.",
            stacklevel=3,
        )
    if "step" in table and "step" not in {*keys, value}:
        steps = table[table[value].notna()].groupby(keys, sort=False, dropna=False)["step"]
        for low, high in steps.agg(["min", "max"]).dropna().to_numpy():
            if low < high:
                warnings.warn(
                    f"A mean is over runs that were measured after {low:,.0f} to {high:,.0f} updates, "
                    "as if one that has ended early had gone on: choose a step that all have, such as "
                    "table[table.step == ...].",
                    stacklevel=3,
                )
                break
    return over_seeds


def _short(number: float, value: str, digits: int = 3) -> str:
    """The number with so many digits, 160 and not 1.6e+02; an accuracy in per cent."""
    if value in MEASURES and MEASURES[value].percent:
        return f"{number:.0%}"
    return f"{float(f'{number:.{digits}g}'):g}"


def _sweep_in_words(
    kind: str, over_seeds: pd.DataFrame, settings: list[str], value: str, by: str
) -> str:
    """A picture of a sweep in words: where each line or panel is lowest and highest."""
    sentences = []
    for name, part in over_seeds.groupby(by, sort=False, dropna=False):
        who = _value(name) if by == "rule" else f"{words_of(by)} {_value(name)}"
        measured = part.dropna(subset="mean")
        extremes = []
        for word, row in (
            ("lowest", measured.nsmallest(1, "mean")),
            ("highest", measured.nlargest(1, "mean")),
        ):
            for _, at in row.iterrows():
                known = [f"{words_of(s)} {_value(at[s])}" for s in settings if at[s] == at[s]]
                place = f" at {' and '.join(known)}" if known else ""
                extremes.append(f"{word} {_short(at['mean'], value)}{place}")
        if failed := len(part) - len(measured):
            extremes.append(f"{failed} of {len(part)} settings failed")
        sentences.append(f"{who}: {', '.join(extremes)}")
    against = " and ".join(words(s) for s in settings)
    what = words(value)
    few, many = over_seeds["seeds"].min(), over_seeds["seeds"].max()
    seeds = "seeds" if few == many else f"{few} to {many} seeds"
    over = f"mean over {seeds}" if many > 1 else "of one seed"
    return f"{kind} of {what} against {against}, {over}. {'; '.join(sentences)}."


class Row:
    """Pictures side by side, or below each other where there is no room.

    A row in it has a line of its own; one of a single picture is that picture.
    """

    def __init__(self, *pictures: Picture | Row) -> None:
        of_one = (
            p.pictures[0] if isinstance(p, Row) and len(p.pictures) == 1 else p for p in pictures
        )
        self.pictures: tuple[Picture | Row, ...] = tuple(of_one)

    @property
    def alt(self) -> str:
        """Their text alternatives, one after the other."""
        return " ".join(picture.alt for picture in self.pictures)

    def _repr_html_(self) -> str:
        # As wide as they are where there is room; smaller before they wrap, as far as they can be read.
        line, item = "flex:1 0 100%", "flex:1 1 22em;min-width:0;max-width:max-content"
        cells = "".join(
            f'<div style="{line if isinstance(p, Row) else item}">{p._repr_html_()}</div>'
            for p in self.pictures
        )
        return f'<div style="display:flex;flex-wrap:wrap;gap:1em">{cells}</div>'

    def __repr__(self) -> str:
        return " ".join(map(repr, self.pictures))


def table(frame: pd.DataFrame, forms: str | Mapping | None = None) -> Styler:
    """A table to read, in which rules, measures and settings have their names in words, in its heads
    and in its cells. Rows that pandas has numbered are shown without the numbers.

    Parameters
    ----------
    frame : DataFrame
    forms : str or mapping, optional
        The form of the numbers, such as ``"{:.1%}"``, or that of each column's; words have none, and
        what is missing is left empty. Without a form, those below 0.001 have as many digits as they
        need.

    Raises
    ------
    ValueError
        If a form is none of a number, or of none in its column, or is given for a column that there is
        not.
    """
    import pandas as pd

    if not hasattr(frame, "columns"):
        raise TypeError(
            f"frame is a {type(frame).__name__}; it must be a DataFrame, such as pd.DataFrame(rows)."
        )
    if isinstance(forms, Mapping) and (missing := [c for c in forms if c not in frame.columns]):
        raise ValueError(
            f"There is no column {missing[0]!r} to give a form: the table has "
            f"{', '.join(map(str, frame.columns))}."
        )
    formatter: Any = (
        {column: _of_numbers(forms.get(column)) for column in frame}
        if isinstance(forms, Mapping)
        else _of_numbers(forms)
    )
    for column, values in frame.items():
        form: Any = forms.get(column) if isinstance(forms, Mapping) else forms
        for value in values if form and not callable(form) else ():
            try:
                form.format(value if _is_number(value) and value == value else 1)
            except ValueError:
                raise ValueError(
                    f"The form {form!r} is none of {value!r}, in the column {column}: whole numbers "
                    'have one such as "{:d}", others such as "{:.0f}"; a dict has one for each column.'
                ) from None
    frame = frame.rename_axis(index=_words_or_none, columns=_words_or_none).map(_named)
    style = frame.style.format(formatter, na_rep="", escape="html")
    for axis in (0, 1):  # else a browser would take "x<y" for a tag, and show x
        style = style.format_index(words, axis=axis, escape="html")
    numbered = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    return style.hide() if numbered else style


def plus_minus(mean: float, spread: float, form: str = "{:.1%}") -> str:
    """A mean and its standard deviation, such as ``95.1 ± 0.4%``, which no line break parts.

    Parameters
    ----------
    mean : float
    spread : float
        NaN, such as that of one seed, is left out.
    form : str
        Of both; a sign that it asks for is that of the mean alone, and "%" stands once.
    """
    said = form.format(mean)
    if spread == spread:
        said = f"{said.removesuffix('%')}\u00a0±\u00a0{form.replace('+', '').format(spread)}"
    return said.replace("-", "−")


def _of_numbers(form: Any) -> Callable[[object], object] | None:
    """A form as a function that gives it to numbers, and leaves words as they are."""
    if form is None:
        return _usual
    if callable(form):
        return form
    with suppress(AttributeError, LookupError, TypeError, ValueError):
        if form.format(1) != form:
            return lambda value: form.format(value) if _is_number(value) else value
    raise ValueError(f'A form is {said(form)}; it must be one of numbers, such as "{{:.1%}}".')


def _usual(value: object) -> object:
    """A number in pandas' form, which would show 0.0000025 as 0.000003, or in digits of its own."""
    if not isinstance(value, float | np.floating):
        return value
    return words(float(value)) if 0 < abs(float(value)) < 1e-3 else f"{value:.6f}"


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _named(value: Any) -> Any:
    """A cell, with the words of a rule or a measure in the place of its name in code."""
    known = isinstance(value, str) and (value in CATALOGUE or value in MEASURES)
    return words(value) if known else value


def _words_or_none(name: object) -> str | None:
    return None if name is None else words(name)


def digits(x: Array, labels: Array, shape: tuple[int, int], columns: int = 10) -> Picture:
    """Show images with the digit that each one is.

    Parameters
    ----------
    x : array of shape (images, pixels), values from 0 to 1
    labels : array of shape (images,)
    shape : (height, width) of an image
    """
    return images(x, labels, shape, columns, what="handwritten digits")


def images(
    x: Array,
    labels: Array | Sequence[object],
    shape: tuple[int, ...],
    columns: int = 10,
    what: str = "images",
) -> Picture:
    """Show images, each under its label.

    Parameters
    ----------
    x : array of shape (images, numbers of one), values from 0 to 1
    labels : sequence of so many numbers or str
    shape : (height, width) of an image, or (height, width, 3) in colour
    what : what they are, for the text alternative

    Raises
    ------
    ValueError
        If there are no images or too many, or they do not fit the shape or the labels.
    """
    refuse_other_rows(x=x, labels=labels)
    x, shape, named = array("x", x), sides(shape), np.shape(np.asarray(labels))
    fits = x.ndim == 2 and len(x) and x.shape[1] == np.prod(shape) and shape[2:] in ((), (3,))
    if not fits or named != x.shape[:1]:
        raise ValueError(
            f"Images of {shape} are rows of {np.prod(shape)} numbers, each with a label; an array of "
            f"{x.shape} and labels of {named} were given."
        )
    if not (np.min(x) >= 0 and np.max(x) <= 1):  # beyond, all would be black or white
        raise ValueError(
            f"Images have values from 0 to 1; {np.min(x):.3g} to {np.max(x):.3g} were given: move them "
            "there first, such as (x - x.min()) / (x.max() - x.min())."
        )
    if len(x) > MOST_IMAGES:
        raise ValueError(
            f"{len(x):,} images were given, and a picture has room for {MOST_IMAGES}: choose some, such "
            "as x[:20] with labels[:20]."
        )
    columns = whole("columns", columns, 1, MOST_IMAGES)
    rows = -(-len(x) // columns)
    with canvas(rows, columns, width=0.8, height=1.0) as (figure, axes):
        for ax in axes.flat:
            ax.axis("off")
        for ax, image, label in zip(axes.flat, x, labels, strict=False):
            ax.imshow(np.reshape(image, shape), cmap="gray_r", vmin=0, vmax=1)
            ax.set_title(str(label))
        names = ", ".join(map(str, labels))
        return Picture(figure, f"{len(x)} {what}: {names}.")
