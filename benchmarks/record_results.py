"""Record the runs on the full MNIST data set that the lessons show: ``make results``.

A network of 784-500-10 sigmoid units, batches of 200, three epochs of 50,000 images, five seeds.

``mnist_textbook``: N(0, 0.1²) weights, squared error, and the learning rates that textbooks give to
all rules alike, 0.001. Theirs is a sum over the batch for backprop and its relatives, which is 200
times our mean (0.2 here), and the mean of a loss without the ½ for the perturbation rules, which is
twice ours (0.002 here): the two kinds of rule take steps that differ a hundredfold.

``mnist_tuned``: the same networks, with the settings of each rule that are best in its grid, and a
warm-up over the first fifth of the run. ``--tune feedback_alignment`` runs a grid and prints it.

Run it where ``my_rules/`` is not: the references in ``solutions/`` are what is recorded.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import microlearn
from microlearn import Diverged, create_network, get_rule, load, load_results, training
from microlearn.optimiser import Schedule, constant, warm_up
from microlearn.results import FOLDER
from microlearn.rules import Rule
from microlearn.training import Training

SEEDS = range(5)
TEXTBOOK = {
    "backprop": {"learning_rate": 0.2},
    "frozen_hidden": {"learning_rate": 0.2},
    "feedback_alignment": {"learning_rate": 0.2},
    "kolen_pollack": {"learning_rate": 0.2, "decay": 5e-4},
    "node_perturbation": {"learning_rate": 0.002, "noise": 0.1},
    "activity_perturbation": {"learning_rate": 0.002, "noise": 0.1},
    "weight_perturbation": {"learning_rate": 0.002, "noise": 0.1},
}
# What is tuned for each rule, in steps of a factor two for rates and three for scales.
GRIDS = {
    "backprop": {"learning_rate": [0.5, 1.0, 2.0]},
    "backprop, longer hidden steps": {"learning_rate": [1.0], "times": [3, 10, 30, 100]},
    "frozen_hidden": {"learning_rate": [0.5, 1.0, 2.0]},
    "feedback_alignment": {"learning_rate": [0.5, 1.0, 2.0], "feedback_scale": [1, 3, 10, 30, 100]},
    "kolen_pollack": {
        "learning_rate": [0.5, 1.0],
        "decay": [1e-4, 1e-3, 1e-2],
        "feedback_scale": [1, 3, 10, 30, 100],
    },
    "node_perturbation": {"learning_rate": [0.1, 0.2, 0.4], "noise": [0.01, 0.1]},
    "activity_perturbation": {"learning_rate": [0.1, 0.2, 0.4], "noise": [0.01, 0.1]},
    "weight_perturbation": {"learning_rate": [0.01, 0.02, 0.04], "noise": [0.01, 0.1]},
}
# The best of each grid: the highest accuracy on the validation set, with seed 0.
TUNED = {
    "backprop": {"learning_rate": 1.0},
    "backprop, longer hidden steps": {"learning_rate": 1.0, "times": 100},
    "frozen_hidden": {"learning_rate": 1.0},
    "feedback_alignment": {"learning_rate": 1.0, "feedback_scale": 100},
    "kolen_pollack": {"learning_rate": 1.0, "decay": 1e-4, "feedback_scale": 100},
    "node_perturbation": {"learning_rate": 0.2, "noise": 0.01},
    "activity_perturbation": {"learning_rate": 0.2, "noise": 0.01},
    "weight_perturbation": {"learning_rate": 0.02, "noise": 0.01},
}
SETTINGS = {"mnist_textbook": (TEXTBOOK, constant), "mnist_tuned": (TUNED, warm_up(0.2))}


@dataclass(frozen=True)
class Stretched(Rule):
    """A rule whose hidden layers step so many times as far as its output layer.

    A larger scale of B does that to a rule with feedback weights. It is not a learning rule of its own,
    so the catalogue does not have it.
    """

    times: float = 1.0

    @classmethod
    def of(cls, rule: Rule, name: str, times: float) -> Stretched:
        parts = {part.name: getattr(rule, part.name) for part in fields(rule)}
        return cls(**parts | {"name": name, "times": times})

    def update(self, *given: Any) -> Any:
        weights, trained = super().update(*given)
        return [*(self.times * u for u in weights[:-1]), weights[-1]], trained


def run_of(name: str, seed: int, schedule: Schedule, **knobs: float) -> Training:
    """The run of a rule of the catalogue, or of backprop with longer hidden steps (``times``)."""
    rule: str | Rule = name
    if "times" in knobs:
        rule = Stretched.of(get_rule("backprop"), name, knobs.pop("times"))
    network = create_network([784, 500, 10], "sigmoid", "sigmoid", "textbook", seed)
    return training(
        rule, load("mnist"), network, epochs=3, batch_size=200, measure_every=50, schedule=schedule,
        measure=["cosine_similarity", "hidden_cosine"], seed=seed, **knobs,
    )  # fmt: skip


def tested(run: Training) -> pd.DataFrame:
    """The table of a run to its end, with the accuracy on the test set in the last row, where it is
    measured."""
    table = run.finish()
    table.loc[table.index[-1], "test_accuracy"] = run.test_accuracy()
    return table


def record(name: str, only: Sequence[str] = ()) -> pd.DataFrame:
    """Run every rule of a setting with every seed; those not in ``only`` are taken from the file."""
    rules, schedule = SETTINGS[name]
    kept = load_results(name) if only else None
    tables = []
    for rule, knobs in rules.items():
        if only and rule not in only:
            tables.append(kept[kept.rule == rule])
            continue
        for seed in SEEDS:
            run = run_of(rule, seed, schedule, **knobs)
            table = tested(run)
            tables.append(table)
            print(f"{name}, {rule}, seed {seed}: {table.test_accuracy.iloc[-1]:.1%}", flush=True)
    return pd.concat(tables)


def tune(rule: str) -> None:
    """Print how each point of a rule's grid ends on the validation set."""
    grid, schedule = GRIDS[rule], SETTINGS["mnist_tuned"][1]
    for values in itertools.product(*grid.values()):
        knobs = dict(zip(grid, values, strict=True))
        try:
            reached = run_of(rule, 0, schedule, **knobs).finish().validation_accuracy.iloc[-1]
        except Diverged:
            reached = float("nan")
        print(f"{rule}, {knobs}: {reached:.2%}", flush=True)


def write(name: str, table: pd.DataFrame, folder: Path, note: str = "") -> None:
    """Write a table below the lines that say how it was made, and a ``note`` if there is one."""
    versions = (
        f"microlearn {microlearn.__version__}, numpy {np.__version__}, Python "
        f"{platform.python_version()}"
    )
    seeds = sorted(int(seed) for seed in table.seed.unique())
    head = f"# {name}: make results, {date.today()}; {versions}; seeds {seeds}\n"
    if note:
        head += f"# {note}\n"
    path = folder / f"{name}.csv"
    draft = path.with_suffix(".tmp")
    draft.write_text(head + table.to_csv(index=False, float_format="%.6g"), encoding="utf-8")
    os.replace(draft, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(SETTINGS))
    parser.add_argument("--only", nargs="+", default=[], help="rules to run; keep the others' rows")
    parser.add_argument(
        "--tune", nargs="+", default=[], help="rules whose grids to run; write nothing"
    )
    given = parser.parse_args()
    with threadpool_limits(1, "blas"):  # as fast as two threads where the machine is busy
        for rule in given.tune:
            tune(rule)
        for name in given.names if not given.tune else ():
            write(name, record(name, given.only), FOLDER)
