"""Recorded results: tables of runs that take too long for a lesson.

Each is a CSV file with a row for each measurement, as :func:`microlearn.train` gives it, under a few
comment lines that say how it was made. ``benchmarks/record_results.py`` makes them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path(__file__).parent

DATA = {"mnist": "mnist", "fashion": "fashion_mnist", "cifar10": "cifar10"}
"""The data set of a recording whose name begins so; one of several data sets has a column for it."""


def load_results(name: str) -> pd.DataFrame:
    """The recorded table of that name.

    Returns
    -------
    DataFrame
        Its columns ``data`` and ``recording`` say of which data set and which recording each row is, so
        that no picture takes a mean over two recordings, or over recorded runs and one's own. Each value
        was measured at its row; a recording that was tested at the end alone has ``test_accuracy`` in
        the last row of each run. ``epochs``, where there is such a column, is how many were planned:
        some runs were stopped before. Where images are no originals, ``data`` says so. The lines at the
        head of the file are the text in ``table.attrs["recorded"]``.

    Raises
    ------
    ValueError
        If nothing was recorded under that name.
    """
    import pandas as pd

    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in FOLDER.glob("*.csv")))
        raise ValueError(f"There are no recorded results {name!r}: choose one of {names}.")
    table = pd.read_csv(path, comment="#")
    head = "".join(
        line[2:]
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        if line.startswith("# ")
    )
    first, *_, last = name.split("_")
    if first in DATA:
        images = re.search("; images: (.*)", head)
        others = f" ({images[1]})" if images else ""
        table["data"] = ("whitened_" if last == "whitened" else "") + DATA[first] + others
    if planned := re.search("after so many of ([0-9]+) epochs", head):
        table.insert(table.columns.get_loc("step"), "epochs", int(planned[1]))
    table.attrs["recorded"] = head
    return table.assign(recording=name)
