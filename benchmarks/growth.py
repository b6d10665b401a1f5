"""How time and memory per update grow with width, batch, layers and draws: part of ``make bench``.

One thing is varied at a time, from 784-500-10 with batches of 200. The slope in a log-log plot, over
the upper half of the range, is held against the slope that counting predicts: for time the
multiplications in matrix products, the numbers drawn and the weights changed; for memory the arrays
that must be there at the same time.
"""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from contenders import BATCH, RULES, bench_data, knobs_of
from matplotlib.ticker import LogFormatter
from speed import DOCS, about_machine

from microlearn import create_network, training
from microlearn.looks import INK, look_of
from microlearn.plots import Picture, canvas, style
from microlearn.rules import words_of

ROUNDS, TURN = 5, 0.05
PERTURBATIONS = ("weight_perturbation", "node_perturbation")


@dataclass(frozen=True)
class Point:
    """One setting of an update."""

    rule: str
    width: int = 500
    batch: int = BATCH
    layers: int = 1
    draws: int = 1

    @property
    def sizes(self) -> list[int]:
        return [784, *[self.width] * self.layers, 10]

    def counts(self) -> tuple[int, int, int, int]:
        """Weights in all, in the first layer and in the largest one, and units above the input."""
        weights = [(n + 1) * m for n, m in zip(self.sizes, self.sizes[1:], strict=False)]
        return sum(weights), weights[0], max(weights), sum(self.sizes[1:])

    def operations(self) -> int:
        """Multiplications in products, numbers drawn and weights changed."""
        weights, first, _, units = self.counts()
        if self.rule == "weight_perturbation":
            once = 2 * self.batch * weights + weights
        elif self.rule == "node_perturbation":  # the second pass shares the first product
            once = self.batch * (3 * weights - first) + self.batch * units
        else:
            once = self.batch * (3 * weights - first)
        return once * self.draws + weights

    def floats(self) -> int:
        """Numbers that an update holds at once: at the largest product, or while the step is made.

        At the product there are the batch, the batch with a 1 beside each sample, the update, and
        the rule's own arrays. At the step there are the update, that of the feedback weights where
        they learn, and what is added to one layer.
        Weight perturbation holds noise, shaken weights and update, and nothing else of any size.
        """
        weights, first, largest, units = self.counts()
        hidden = self.sizes[1]
        mean = weights if self.draws > 1 else 0
        if self.rule == "weight_perturbation":
            return 3 * weights + mean + self.batch * (784 + hidden)
        of_all, of_first = HELD[self.rule]
        product = weights + self.batch * (2 * 784 + of_all * units + of_first * hidden)
        step = weights + largest + self.batch * (784 + hidden)
        if self.rule == "kolen_pollack":
            step += weights - first
        return mean + max(product, step)


HELD = {"backprop": (1, 4), "feedback_alignment": (1, 3), "kolen_pollack": (1, 3)}
HELD["node_perturbation"] = (4, 2)
"""Arrays of (batch, units) that a rule's exercise holds at the last product: for all layers (activity,
and for node perturbation noise, noisy activity and credit), and for the first hidden layer alone
(pre-activation, slope, error, error over the batch size)."""

AXES: dict[str, tuple[float, ...]] = {
    "width": (50, 100, 200, 500, 1000, 2000, 4000),
    "batch": (1, 3, 10, 30, 100, 300, 1000),
    "layers": (1, 2, 3, 4, 6, 8),
    "draws": (1, 3, 10, 30, 100),
}


def points() -> list[tuple[str, Point]]:
    """Every point with the axis that it is on."""
    return [
        (axis, replace(Point(rule), **{axis: value}))
        for axis, values in AXES.items()
        for rule in (PERTURBATIONS if axis == "draws" else RULES)
        for value in values
    ]


def updates(point: Point) -> Callable[[], None]:
    """One update at each call: a step of training, or the mean of some updates of a perturbation."""
    network = create_network(point.sizes, "sigmoid", "sigmoid", "textbook")
    run = training(
        point.rule, bench_data(784), network, batch_size=point.batch, epochs=10**6,
        measure_every=10**9, **knobs_of(point.rule),
    )  # fmt: skip
    if point.draws == 1:
        return lambda: next(run)

    def averaged() -> None:
        x, y = run._next_batch()
        mean = [np.zeros_like(w) for w in run.network.weights]
        for _ in range(point.draws):
            for m, u in zip(mean, run.probe_update(run.network, x, y), strict=True):
                m += u
        run._sgd.step(mean, 1e-3 / point.draws)

    return averaged


def megabytes(update: Callable[[], None]) -> float:
    """The peak of the memory that one update asks for."""
    tracemalloc.start()
    update()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def milliseconds(update: Callable[[], None]) -> float:
    """The mean of as many updates as fill a turn."""
    start, count = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < TURN or not count:
        update()
        count += 1
    return 1e3 * elapsed / count


def measure() -> pd.DataFrame:
    """A row for each point; the rounds go over all points, since machines drift."""
    all_points = points()
    times: list[list[float]] = [[] for _ in all_points]
    peaks = []
    for number in range(ROUNDS):
        for taken, (_, point) in zip(times, all_points, strict=True):
            update = updates(point)  # made anew: 130 networks would fill gigabytes
            update()
            if number == 0:
                peaks.append(megabytes(update))
            taken.append(milliseconds(update))
    return pd.DataFrame(
        {
            "axis": axis,
            "value": getattr(point, axis),
            "rule": point.rule,
            "ms": np.median(taken),
            "MB": peak,
            "operations": point.operations(),
            "predicted MB": 4 * point.floats() / 2**20,
        }
        for (axis, point), taken, peak in zip(all_points, times, peaks, strict=True)
    )


def slope(part: pd.DataFrame, column: str) -> float:
    """The slope of the column in a log-log plot, over the upper half of the range."""
    upper = part[part.value >= part.value.median()]
    return float(np.polyfit(np.log(upper.value), np.log(upper[column]), 1)[0])


def slopes(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each axis and rule: slopes measured and predicted."""
    return pd.DataFrame(
        {
            "axis": axis,
            "rule": rule,
            "from": part.value.median(),
            "to": part.value.max(),
            "time": slope(part, "ms"),
            "operations": slope(part, "operations"),
            "memory": slope(part, "MB"),
            "arrays": slope(part, "predicted MB"),
        }
        for (axis, rule), part in table.groupby(["axis", "rule"], sort=False)
    )


def picture(table: pd.DataFrame) -> Picture:
    """Time above, memory below, an axis in each column; grey lines grow as the counts predict."""
    labels = {"ms": "ms per update", "MB": "MB per update"}
    with canvas(2, len(AXES), width=3.4, height=2.8) as (figure, axes):
        for (axis, of_axis), column in zip(table.groupby("axis", sort=False), axes.T, strict=True):
            for ax, measure, count in zip(
                column, labels, ("operations", "predicted MB"), strict=True
            ):
                for rule, part in of_axis.groupby("rule", sort=False):
                    grown = part[count] * part[measure].iloc[-1] / part[count].iloc[-1]
                    ax.plot(part.value, grown, color=INK, lw=0.8, alpha=0.6)
                    ax.plot(
                        part.value, part[measure], marker="o", ms=4, lw=1.5,
                        label=words_of(rule), **style(look_of(rule)),
                    )  # fmt: skip
                ax.set(xscale="log", yscale="log", xlabel=axis, ylabel=labels[measure])
                ax.set_ylim(of_axis[measure].min() / 2, of_axis[measure].max() * 2)
                ax.set_xticks(AXES[axis], [f"{value:g}" for value in AXES[axis]], fontsize=8)
                ax.xaxis.minorticks_off()
                ax.yaxis.set_major_formatter("{x:g}")
                ax.yaxis.set_minor_formatter(LogFormatter())
        axes[0, 0].legend(fontsize=8)
        alt = "Time and memory per update. " + " ".join(
            f"Over {row.axis}, {row.rule.replace('_', ' ')}: slope {row.time:.2f} in time "
            f"(predicted {row.operations:.2f}), {row.memory:.2f} in memory ({row.arrays:.2f})."
            for row in slopes(table).itertuples()
        )
        return Picture(figure, alt)


def main() -> None:
    about = about_machine()
    print(", ".join(f"{key}: {value}" for key, value in about.items()))
    table = measure()
    found = slopes(table)
    print(table.round(3).to_string(index=False))
    print(found.round(2).to_string(index=False))
    report = {
        "about": about,
        "rows": table.round(4).to_dict("records"),
        "slopes": found.round(3).to_dict("records"),
    }
    (DOCS / "growth.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (DOCS / "pictures" / "growth.svg").write_bytes(picture(table).svg)


if __name__ == "__main__":
    main()
