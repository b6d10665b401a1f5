"""Record every rule of the course, each at a learning rate tuned for it: ``make results``.

``every_rule``: fully connected networks with one hidden layer of tanh units under a softmax, Glorot's
weights, plain gradient descent whose rate falls to zero along half a cosine. On Fashion-MNIST and
MNIST: 784-100-10, 50,000 training images, batches of 100, 5 epochs, all test images. On whitened digits:
64-32-10, batches of 64, 25 epochs, 450 test digits.

The learning rate of each rule starts at the catalogue's default and goes up or down in steps of a
factor three as long as the accuracy on the validation set rises, with seeds that are not recorded. All
other knobs are the catalogue's. The rules are those of the catalogue that train such a network.

    python benchmarks/record_rules.py                      everything
    python benchmarks/record_rules.py fashion_mnist        one data set

Rates and runs are kept in ``build/recordings/``: what was stopped goes on there.

Run it where ``my_rules/`` is not: the references in ``solutions/`` are what is recorded.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from record_results import write
from resumable import KEPT, read, run_to
from threadpoolctl import threadpool_limits

from microlearn import Diverged, Network, get_rule, load, rule_names, training
from microlearn.data import Dataset
from microlearn.metrics import accuracy
from microlearn.optimiser import cosine
from microlearn.results import FOLDER
from microlearn.training import Training

NAME = "every_rule"
SEEDS = (0, 1, 2)
STEP = 3.0
RULES = [name for name in rule_names() if get_rule(name).network is Network]


@dataclass(frozen=True)
class Setting:
    """Runs on one data set."""

    images: Callable[[], Dataset]
    train: dict[str, Any]
    """Keywords of training."""
    tuned_on: Sequence[int] = (100,)
    """Seeds that tune the rates, and are not recorded."""


SETTINGS = {
    "fashion_mnist": Setting(
        lambda: load("fashion_mnist"), {"width": 100, "epochs": 5, "batch_size": 100}
    ),
    "whitened_digits": Setting(
        lambda: load("digits").whitened(),
        {"width": 32, "epochs": 25, "batch_size": 64},
        tuned_on=(100, 101, 102),
    ),
    "mnist": Setting(lambda: load("mnist"), {"width": 100, "epochs": 5, "batch_size": 100}),
}


MEASURES = {
    "test_accuracy": lambda run: accuracy(*run.outputs("test")),
    "hidden_cosine": "hidden_cosine",
    "signal_to_noise": "signal_to_noise",
}


def start(rule: str, rate: float, seed: int, name: str, data: Dataset, **more: Any) -> Training:
    settings = SETTINGS[name].train | {"schedule": cosine, "measure_every": 1_000_000} | more
    return training(rule, data, seed=seed, learning_rate=rate, **settings)


def tuned_rate(rule: str, name: str, data: Dataset) -> float:
    """The learning rate at which a rule does best on the validation set, from where it was kept."""
    path = KEPT / f"{NAME}_{name}" / "rates.json"
    kept = json.loads(path.read_text()) if path.is_file() else {}
    if rule not in kept:
        kept[rule] = climb(lambda rate: validated(rule, rate, name, data), _default_rate(rule))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(kept))
    return kept[rule]


def climb(height: Callable[[float], float], begin: float) -> float:
    """The argument from which a step of the factor ``STEP``, up or down, rises no further."""
    heights = {0: height(begin)}
    for step in (1, -1):
        while (further := max(heights, key=heights.__getitem__) + step) not in heights:
            heights[further] = height(begin * STEP**further)
    return begin * STEP ** max(heights, key=heights.__getitem__)


def validated(rule: str, rate: float, name: str, data: Dataset) -> float:
    """The accuracy on the validation set, the mean over the seeds that tune; 0 where a run diverges."""
    reached = []
    for seed in SETTINGS[name].tuned_on:
        try:
            run = start(rule, rate, seed, name, data)
            reached.append(run.finish(progress=False).validation_accuracy.iloc[-1])
        except Diverged:
            reached.append(0.0)
    found = float(sum(reached) / len(reached))
    print(f"{name}, {rule}, rate {rate:.3g}: {found:.2%} on the validation set", flush=True)
    return found


def _default_rate(rule: str) -> float:
    return next(k.default for k in get_rule(rule).knobs if k.name == "learning_rate")


def gather() -> None:
    """Write the rows of all runs that have come to their end, with the data set in the first column."""
    tables = []
    for name, setting in SETTINGS.items():
        for rule in RULES:
            for seed in SEEDS:
                path = _kept(name, rule, seed)
                if path.is_file():
                    table = pd.DataFrame(read(path)[0])
                    if table.epoch.iloc[-1] >= setting.train["epochs"]:
                        table.insert(0, "data", name)
                        tables.append(table)
    if tables:
        write(NAME, pd.concat(tables), FOLDER)


def _kept(name: str, rule: str, seed: int) -> Path:
    return KEPT / f"{NAME}_{name}" / f"{rule}_{seed}.npz"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(SETTINGS), help=", ".join(SETTINGS))
    parser.add_argument("--gather", action="store_true", help="run nothing; write what was kept")
    given = parser.parse_args()
    with threadpool_limits(1, "blas"):
        for name in () if given.gather else given.names:
            data = SETTINGS[name].images()
            for rule in RULES:
                rate = tuned_rate(rule, name, data)
                for seed in SEEDS:
                    run = start(rule, rate, seed, name, data, measure=MEASURES)
                    run_to(run, SETTINGS[name].train["epochs"], _kept(name, rule, seed))
            gather()
    gather()
