"""What a table must hold for a picture to be drawn from it, and of which runs a mean may be taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .measures import MEASURES
from .network import Network
from .rules import words_of_knobs
from .training import USUAL, entry

if TYPE_CHECKING:
    import pandas as pd

NO_SETTINGS = {
    *("seed", "step", "epoch", "seconds", "error", *MEASURES),
    *("index", "level_0", "Unnamed: 0"),  # what pandas makes of an index
}
"""Columns that say which run it is, how far it is, and what came of it."""

AS_USUAL = {
    name: entry(value) for name, value in (USUAL | Network.DRAWN).items() if value is not None
}
"""What no entry in such a column stands for."""


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
            f"{', '.join(map(str, known))}."
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
        As :func:`floats_in`, or if a row has no seed.
    """
    table = floats_in(table, numbers, [*others, "seed"], positive).fillna(AS_USUAL)
    if table["seed"].isna().any():
        raise ValueError(
            "The table has rows without a seed, such as those of a mean: leave them out."
        )
    return table


def require_seeds_alone(
    table: pd.DataFrame, keys: Sequence[str], values: Sequence[str], over: Sequence[str] = ()
) -> None:
    """Raise ValueError unless rows with the same keys are runs that differ in their seeds alone: of
    anything else, a mean would be a number that no experiment has given.

    Parameters
    ----------
    table : as :func:`runs_in` gives it
    keys : columns that tell apart what becomes one line, or one point of it
    values : columns that are drawn
    over : those of the keys along which a line or a field goes: no other setting changes on its way
    """
    columns = [*table]
    # What a run is stands before its steps; pd.concat puts columns of a second table at the end.
    told = columns[: columns.index("step") if "step" in columns else 0]
    named = {"rule", *USUAL, *words_of_knobs()}.intersection(columns)
    # A text or a truth value is nothing that was measured: somebody tells runs apart by it.
    marked = [column for column in columns if table[column].dtype.kind not in "fiu"]
    settings = [
        c
        for c in dict.fromkeys([*told, *named, *marked])
        if c not in {*keys, *NO_SETTINGS, *values}
    ]
    same = [key for key in keys if key not in over]
    groups = table.groupby(same, sort=False, dropna=False)
    goes = f"a picture goes over {', '.join(over)} alone, and " if over else ""
    for column in settings:
        if (groups[column].nunique(dropna=False) > 1).any():
            some = ", ".join(map(_short, table[column].unique()[:3]))
            raise ValueError(
                f"Rows with the same {' and '.join(same)} differ in {column} ({some}), and {goes}a mean "
                f"is taken over seeds alone: choose one of these, such as table[table.{column} == ...], "
                f"tell them apart with by={column!r}, or drop the column if it makes no difference."
            )
    if table.duplicated([*keys, "seed"]).any():
        raise ValueError(
            f"There are several rows with the same {', '.join(keys)} and seed: the table varies in "
            "something else, too. Choose one of it, such as table[table.width == 32]."
        )


def _short(value: object) -> str:
    if value is None or value != value:
        return "none"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
