"""Record the runs on the full MNIST data set that the lessons show: ``make results``.

A network of 784-500-10 sigmoid units, batches of 200, three epochs of 50,000 images, five seeds.

``mnist_textbook``: N(0, 0.1²) weights, squared error, and the learning rates that textbooks give to
all rules alike, 0.001. Theirs is a sum over the batch for backprop and its relatives, which is 200
times our mean (0.2 here), and the mean of a loss without the ½ for the perturbation rules, which is
twice ours (0.002 here): the two kinds of rule take steps that differ a hundredfold.

``mnist_tuned``: the same networks, with a learning rate and noise chosen for each rule and a warm-up
over the first fifth of the run.

Run it where ``my_rules/`` is not: the references in ``solutions/`` are what is recorded.
"""

from __future__ import annotations

import argparse
import os
import platform
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import microlearn
from microlearn import create_network, load, training
from microlearn.data import Dataset
from microlearn.optimiser import constant, warm_up
from microlearn.results import FOLDER

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
# The best on the validation set, with seed 0, of rates a factor two apart and noise 0.01 or 0.1.
TUNED = {
    "backprop": {"learning_rate": 1.0},
    "frozen_hidden": {"learning_rate": 1.0},
    "feedback_alignment": {"learning_rate": 1.0},
    "kolen_pollack": {"learning_rate": 1.0, "decay": 1e-3},
    "node_perturbation": {"learning_rate": 0.2, "noise": 0.01},
    "activity_perturbation": {"learning_rate": 0.2, "noise": 0.01},
    "weight_perturbation": {"learning_rate": 0.02, "noise": 0.01},
}
SETTINGS = {"mnist_textbook": (TEXTBOOK, constant), "mnist_tuned": (TUNED, warm_up(0.2))}


def record(name: str, data: Dataset) -> pd.DataFrame:
    """Run every rule of a setting with every seed."""
    rules, schedule = SETTINGS[name]
    tables = []
    for rule, knobs in rules.items():
        for seed in SEEDS:
            network = create_network([784, 500, 10], "sigmoid", "sigmoid", "textbook", seed)
            run = training(
                rule, data, network, epochs=3, batch_size=200, measure_every=50, schedule=schedule,
                measure=["cosine_similarity", "hidden_cosine"], seed=seed, **knobs,
            )  # fmt: skip
            table = run.finish()
            table["test_accuracy"] = run.test_accuracy()  # of the trained network, in each row
            tables.append(table)
            print(f"{name}, {rule}, seed {seed}: {table.test_accuracy.iloc[-1]:.1%}", flush=True)
    return pd.concat(tables)


def write(name: str, table: pd.DataFrame, folder: Path) -> None:
    """Write a table below the lines that say how it was made."""
    versions = (
        f"microlearn {microlearn.__version__}, numpy {np.__version__}, Python "
        f"{platform.python_version()}"
    )
    head = f"# {name}: benchmarks/record_results.py, {date.today()}; {versions}; seeds {[*SEEDS]}\n"
    path = folder / f"{name}.csv"
    draft = path.with_suffix(".tmp")
    draft.write_text(head + table.to_csv(index=False, float_format="%.6g"), encoding="utf-8")
    os.replace(draft, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(SETTINGS))
    mnist = load("mnist")
    with threadpool_limits(1, "blas"):  # as fast as two threads where the machine is busy
        for name in parser.parse_args().names:
            write(name, record(name, mnist), FOLDER)
