"""What a table must hold for a picture to be drawn from it, and of which runs a mean may be taken."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .measures import MEASURES
from .network import Network
from .rules import words_of_knobs
from .training import USUAL, entry
from .versions import is_told

if TYPE_CHECKING:
    import pandas as pd

NO_SETTINGS = {"seed", "step", "epoch", "seconds", "error", "test_accuracy", *MEASURES}
"""Columns that say which run it is, how far it is, and what came of it."""

OF_AN_INDEX = ("index", "level_", "Unnamed: ")
"""How columns begin that pandas makes of an index: numbers count rows, texts tell runs apart."""

OF_WHICH_RUN = "A row of run.rows does not say of which run it is; run.table() does."

AS_USUAL = {
    name: entry(value) for name, value in (USUAL | Network.DRAWN).items() if value is not None
}
"""What no entry in such a column stands for; where a network was given, nothing of how one is drawn."""


def floats_in(
    table: Any,
    numbers: Sequence[str] | None = None,
    others: Sequence[str] = (),
    positive: Sequence[str] = (),
) -> pd.DataFrame:
    """The table with floats in some columns, by default in all; what is not finite there is NaN.

    Raises
    ------
    ValueError
        If it is no table with rows, these columns and the others, each once; or if a column holds
        something else than numbers, none at all, or, where it must be ``positive``, others.
    """
    import pandas as pd

    known = [*getattr(table, "columns", ())]
    wanted = [*(known if numbers is None else numbers), *others]
    if wrong := [column for column in wanted if isinstance(column, list | tuple | dict | set)]:
        raise ValueError(f"{wrong[0]!r} was given where the name of one column is needed.")
    missing = dict.fromkeys(column for column in wanted if column not in known)
    if not known:
        raise ValueError(
            f"There is nothing to draw: a table was expected, with columns; a "
            f"{type(table).__name__} was given."
        )
    if missing:
        raise ValueError(
            f"There is no column {', '.join(map(str, missing))} to draw: the table has "
            f"{', '.join(map(str, known))}.{' ' + OF_WHICH_RUN if 'seed' in missing else ''}"
        )
    if twice := [column for column in known if known.count(column) > 1]:
        raise ValueError(f"The table has several columns {twice[0]}: give each a name of its own.")
    if not len(table):
        raise ValueError("There is nothing to draw: the table has no rows.")
    # The values themselves: a category would stand for those, too, that are no longer in the table.
    values = {name: np.asarray(table[name], dtype=object) for name in known}
    table = pd.DataFrame(values, index=table.index).infer_objects()
    for column in known if numbers is None else numbers:
        if not len(there := table[column].replace([np.inf, -np.inf], np.nan).dropna()):
            raise ValueError(f"There is nothing to draw: {column} has no entry that is finite.")
        if table[column].dtype.kind not in "fiub":
            raise ValueError(
                f"{column} has {there.iloc[0]!r} in it; a picture needs numbers there."
            )
        table[column] = table[column].astype(float).replace([np.inf, -np.inf], np.nan)
    for column in positive:
        if (table[column] <= 0).any():
            raise ValueError(
                f"{column} goes down to {table[column].min():.3g}, and a logarithmic axis has numbers "
                "above 0 alone: leave log out."
            )
    return table


def runs_in(
    table: Any, numbers: Sequence[str], others: Sequence[str], positive: Sequence[str] = ()
) -> pd.DataFrame:
    """A table of runs as :func:`floats_in` gives it, with the usual settings where none are told.

    Raises
    ------
    ValueError
        As :func:`floats_in`, or if a row has no seed, or some seeds are texts and others numbers, or a
        share of 1 is above it.
    """
    table = floats_in(table, numbers, [*others, "seed"], positive)
    for name, usual in AS_USUAL.items():
        if name in table:
            missing = table[name].isna()
            if name in Network.DRAWN and "network" in table:
                missing &= table["network"].isna()
            entries = table[name].to_numpy(
                object, copy=True
            )  # no floats, among which no text may be
            entries[missing] = usual
            table[name] = entries
    table = table.infer_objects()
    counted = [c for c in table if str(c).startswith(OF_AN_INDEX) and table[c].dtype.kind in "iuf"]
    table = table.drop(columns=[c for c in counted if c not in {*numbers, *others}])
    if len({isinstance(seed, str) for seed in table["seed"].unique()}) > 1:
        raise ValueError(
            "Some seeds are numbers and others texts, so that one seed may be there as two: write "
            'table["seed"] = table["seed"].astype(int).'
        )
    for name in numbers:
        share = name == "test_accuracy" or (name in MEASURES and MEASURES[name].percent)
        if share and (most := float(table[name].max())) > 1:
            raise ValueError(
                f"{name} goes up to {most:.3g}, and it is a share of 1: divide what is in per cent by "
                "100, or give that a column of another name."
            )
    seeds = table["seed"]
    if seeds.isna().any() or (seeds.dtype.kind == "f" and (seeds % 1 != 0).any()):
        raise ValueError(
            "The table has rows without a seed, or with one that is no whole number, such as those of a "
            f"mean: leave them out. {OF_WHICH_RUN}"
        )
    return table


def require_seeds_alone(
    table: pd.DataFrame, keys: Sequence[str], values: Sequence[str], over: Sequence[str] = ()
) -> None:
    """Raise ValueError unless rows with the same keys are runs that differ in their seeds alone: of
    anything else, a mean would be a number that no experiment has given.

    Somebody's own column of numbers may be a setting or a result. If it looks like a setting, with one
    short number for each run, a warning says that the mean is over all of them.

    Parameters
    ----------
    table : as :func:`runs_in` gives it
    keys : columns that tell apart what becomes one line, or one point of it
    values : columns that are drawn
    over : those of the keys along which a line or a field goes: no other setting changes on its way
    """
    if "seed" in values:
        raise ValueError("A seed tells runs apart and measures nothing: draw another column.")
    same = [key for key in keys if key not in over]
    _refuse_what_the_index_tells(table, same)
    table = table.copy()
    for level in map(table.index.get_level_values, range(table.index.nlevels)):
        if level.name is not None and level.name not in table:
            table[level.name] = level.to_numpy()
    columns = [*table]
    # What a run is stands before its steps; pd.concat puts columns of a second table at the end.
    told = columns[: columns.index("step") if "step" in columns else 0]
    named = {"rule", *USUAL, *words_of_knobs()}.intersection(columns)
    # A text or a truth value is nothing that was measured: somebody tells runs apart by it.
    marked = [column for column in columns if table[column].dtype.kind not in "fiu"]
    for column in marked:
        table[column] = table[column].map(_text)
    settings = [
        c
        for c in dict.fromkeys([*told, *named, *marked])
        if c not in {*keys, *NO_SETTINGS, *values}
    ]
    groups = table.groupby(same, sort=False, dropna=False)
    goes = f"a picture goes over {', '.join(over)} alone, and " if over else ""
    for column in settings:
        if (groups[column].nunique(dropna=False) > 1).any():
            usual = AS_USUAL.get(column)
            filled = (table[column] == usual).any()
            raise ValueError(
                f"Rows with the same {' and '.join(same)} differ in {column} ({_some(table[column])}), "
                f"and {goes}a mean is taken over seeds alone: choose one of these, such as "
                f"table[table[{column!r}] == ...], tell them apart with by={column!r}, or drop the "
                "column if it makes no difference."
                f"{f' A table without the column {column} stands for {short(usual)}.' if filled else ''}"
            )
    if "step" in keys and "epoch" in columns:
        epochs = table.groupby([*keys], sort=False, dropna=False)["epoch"]
        if (epochs.max() - epochs.min() > 1e-3 * epochs.max().abs()).any():
            raise ValueError(
                f"Rows with the same {' and '.join(keys)} differ in epoch: the steps of some count "
                "other updates. Tell them apart in a column of your own, and with by= that column."
            )
    known = {*keys, *settings, *NO_SETTINGS, *values}
    own = [c for c in columns if c not in known and not is_told(f"the measure {c}")]
    run = [*dict.fromkeys([*(key for key in keys if key != "step"), "seed"])]
    for column in (c for c in own if _is_typed(table[c])):
        constant = table.groupby(run, dropna=False)[column].nunique(dropna=False).max() == 1
        at_one_place = table.groupby([*keys], dropna=False)[column].nunique(dropna=False)
        if constant and (at_one_place > 1).any():
            warnings.warn(
                f"The mean is over runs that differ in {column} ({_some(table[column])}), too. If that "
                f"is a setting of yours, choose one, such as {_rows(column, table)}.",
                stacklevel=4 if over else 3,
            )
    _refuse_runs_that_are_there_twice(table, [*dict.fromkeys([*keys, "seed"])], own)
    if keys[0] in named:  # else somebody has given the lines names of their own
        _say_what_is_measured_otherwise(table, keys, values, 5 if over else 4)


def _say_what_is_measured_otherwise(
    table: pd.DataFrame, keys: Sequence[str], values: Sequence[str], level: int
) -> None:
    """Warn if lines stand beside each other whose values are of other data, or of another loss."""
    of_a_loss = any(name.endswith("_loss") for name in values)
    for column in ("data", *(["loss"] if of_a_loss else [])):
        if column in table and column not in keys and table[column].nunique(dropna=False) > 1:
            warnings.warn(
                f"Lines stand beside each other that differ in {column} ({_some(table[column])}), so "
                f"their values can't be compared: draw those of one alone, or tell the lines apart with "
                f"by={column!r}.",
                stacklevel=level,
            )


def _refuse_what_the_index_tells(table: pd.DataFrame, same: Sequence[str]) -> None:
    """Raise ValueError if rows with the same keys have several texts as their index, as in
    ``pd.concat({"mine": one, "yours": other})``."""
    for level in map(table.index.get_level_values, range(table.index.nlevels)):
        texts = level.to_series(index=range(len(table)))
        groups = texts.groupby([table[key].to_numpy() for key in same], dropna=False)
        if level.dtype.kind not in "iufmM" and (groups.nunique() > 1).any():
            raise ValueError(
                f"Rows with the same {' and '.join(same)} differ in the index ({_some(texts)}), and a "
                "mean is taken over seeds alone: make a column of it with table.reset_index(), or drop "
                "it with table.reset_index(drop=True)."
            )


def _refuse_runs_that_are_there_twice(
    table: pd.DataFrame, keys: Sequence[str], own: Sequence[str]
) -> None:
    """Raise ValueError if several rows have the same keys, and say which of somebody's ``own`` columns
    tells them apart, if one does."""
    twice = table[table.duplicated([*keys], keep=False)]
    if twice.empty:
        return
    rows = f"There are several rows with the same {', '.join(keys[:-1])} and {keys[-1]}"
    of_one = twice.groupby([*keys], dropna=False)
    candidates = [*own, *{"step"}.intersection(twice)]
    told_by = [c for c in candidates if (of_one[c].nunique(dropna=False) > 1).any()]
    if not told_by:
        raise ValueError(
            f"{rows}: a run is in the table twice, or in two versions. Leave one out, or tell them "
            'apart in a column of their own, such as run.assign(which="first"), with by="which".'
        )
    column = min(told_by, key=lambda c: not _is_typed(twice[c]))
    raise ValueError(
        f"{rows}; they differ in {column} ({_some(twice[column])}). If that is a setting, choose one, "
        f"such as {_rows(column, twice)}, or tell them apart with by={column!r}."
    )


def _is_typed(column: pd.Series) -> bool:
    """Whether its numbers are as short as those that people choose; a result has more digits."""
    found = map(float, column.dropna().unique())
    return all(value.is_integer() or float(f"{value:.3g}") == value for value in found)


def _text(value: Any) -> str:
    """A text, a truth value or whatever else somebody has put into a table, to be compared."""
    return "none" if value is None or (isinstance(value, float) and value != value) else str(value)


def _some(column: pd.Series) -> str:
    return ", ".join(map(short, column.unique()[:3]))


def _rows(column: object, table: pd.DataFrame) -> str:
    """In code, the rows with the first value of a column."""
    name = str(column)
    if name == "step":
        return "table[table.step == table.step.max()]"
    plain = name.isidentifier() and not hasattr(type(table), name)
    where = f"table.{name}" if plain else f"table[{column!r}]"
    return f"table[{where} == {short(table[column].dropna().iloc[0])}]"


def short(value: Any, digits: int = 3) -> str:
    """A setting in a sentence: whole numbers as they are, others with so many digits."""
    if value is None or value != value:
        return "none"
    if not isinstance(value, float | np.floating):
        return str(value)
    found = float(value)
    return f"{found:.0f}" if found.is_integer() and abs(found) < 1e6 else f"{found:.{digits}g}"
