"""Record kernels that learn, and kernels that do not, as lesson 12 shows them: ``make results``.

The convolutional network of the PEPITA paper (32 channels of 5 × 5, rectified units, 2 × 2 max-pooling,
a softmax over ten classes) with biases, momentum 0.9, batches of 100 and no dropout, on MNIST,
Fashion-MNIST, CIFAR-10, and whitened digits, enlarged to 16 × 16.

``kernels_part``: the first 10,000 training images, 4 epochs, three seeds. ``kernels_all``: all training
images but those held out for validation, 2 epochs, three seeds. ``kernels_frozen``: the same for 14
epochs, frozen kernels on MNIST alone. ``kernels_digits``: all whitened digits, 25 epochs, three seeds.
The last quarter of a run has a tenth of the rate, so that its
end does not hang on its last batches.

The output layer's learning rate is the frozen kernels' best, and the same for all rules: so a
difference to the frozen kernels of the same seed is the kernels'. How many times as far as that the
kernels step is chosen for each rule. Both are the best of three on the validation set, after an epoch
of 10,000 images with a seed that is not recorded; on the digits, of which there are few, after 25 epochs
and with three such seeds.

    python benchmarks/record_convolution.py                              everything
    python benchmarks/record_convolution.py kernels_part --data mnist    one of them

Choices and runs are kept in ``build/recordings/``: what was stopped goes on there.

Run it where ``my_rules/`` is not: the references in ``solutions/`` are what is recorded.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from record_results import Stretched, write
from resumable import KEPT, read, run_to
from threadpoolctl import threadpool_limits

from microlearn import Diverged, create_convolutional_network, get_rule, load, training
from microlearn.data import Dataset, Split
from microlearn.metrics import accuracy
from microlearn.optimiser import steps_down
from microlearn.results import FOLDER
from microlearn.training import Training

FROZEN = "frozen_kernels"
RATES = (0.005, 0.02, 0.05)
TIMES = {
    "convolutional_backprop": (0.3, 1.0, 3.0),
    "convolutional_feedback_alignment": (0.03, 0.2, 1.0),
    "convolutional_target_projection": (0.03, 0.2, 1.0),
    # Its update is a mean over 576 or 784 places.
    "convolutional_pepita": (10.0, 100.0, 1000.0),
}
RULES = (FROZEN, *TIMES)
WHITENED = "whitened_digits"
PARTS = ("mnist", "fashion_mnist", "cifar10")
DATA = (*PARTS, WHITENED)


@dataclass(frozen=True)
class Setting:
    """Runs of a length, on so many images (None: on all)."""

    size: int | None
    epochs: int
    seeds: Sequence[int]
    rules: Sequence[str] = RULES
    data: Sequence[str] = PARTS


SETTINGS = {
    "kernels_part": Setting(10_000, epochs=4, seeds=(0, 1, 2)),
    "kernels_all": Setting(None, epochs=2, seeds=(0, 1, 2)),
    "kernels_frozen": Setting(None, 14, seeds=(0, 1, 2), rules=[FROZEN], data=["mnist"]),
    "kernels_digits": Setting(None, epochs=25, seeds=(0, 1, 2), data=[WHITENED]),
}
TUNING = dict.fromkeys(PARTS, Setting(10_000, epochs=1, seeds=(100,))) | {
    WHITENED: Setting(None, epochs=25, seeds=(100, 101, 102))
}
"""The seeds that tune are not recorded."""


def images(name: str, size: int | None) -> Dataset:
    """The images of a name, or so many of them."""
    if name == WHITENED:
        return load("digits").whitened().enlarged((16, 16))
    return load(name, size=size)


def start(
    rule: str, seed: int, data: Dataset, setting: Setting, rate: float, times: float
) -> Training:
    network = create_convolutional_network(data.image_shape, classes=data.classes, seed=seed)
    before = network.weights[0].copy()

    def moved(run: Training) -> float:
        """How far the kernels are from where they began, as a share of their length there."""
        return float(np.linalg.norm(run.network.weights[0] - before) / np.linalg.norm(before))

    return training(
        Stretched.of(get_rule(rule), rule, times),
        data,
        network,
        epochs=setting.epochs,
        batch_size=100,
        momentum=0.9,
        schedule=steps_down([0.75]),
        measure_every=1_000_000,
        learning_rate=rate,
        measure={
            "test_accuracy": lambda run: accuracy(*run.outputs("test")),
            "moved": moved,
            "hidden_cosine": "hidden_cosine",
        },
        seed=seed,
    )


def chosen(name: str, rule: str) -> tuple[float, float]:
    """The output layer's rate and how many times as far the kernels step, from where they were kept."""
    rate = _kept_choice(name, FROZEN, RATES, lambda rate: (FROZEN, rate, 1.0))
    if rule == FROZEN:
        return rate, 0.0
    return rate, _kept_choice(name, rule, TIMES[rule], lambda times: (rule, rate, times))


def _kept_choice(
    name: str, rule: str, grid: Sequence[float], run_of: Callable[[float], tuple[str, float, float]]
) -> float:
    """The best of a grid on the validation set, in the mean of the seeds that tune."""
    path = KEPT / "kernels" / f"{name}.json"
    kept = json.loads(path.read_text()) if path.is_file() else {}
    if rule not in kept:
        tuning = TUNING[name]
        data = images(name, tuning.size)
        data = replace(data, validation=_first(data.validation, 5000), test=_first(data.test, 1))
        reached = {}
        for value in grid:
            which, rate, times = run_of(value)
            try:
                ends = [
                    start(which, seed, data, tuning, rate, times).finish(progress=False).iloc[-1]
                    for seed in tuning.seeds
                ]
            except Diverged:
                continue
            found = pd.DataFrame(ends)[["validation_accuracy", "moved"]].astype(float).mean()
            reached[value] = found.validation_accuracy
            print(
                f"{name}, {rule}, {value:g}: {found.validation_accuracy:.2%} on the validation set, "
                f"moved {found.moved:.2%}",
                flush=True,
            )
        kept[rule] = max(reached, key=reached.__getitem__)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(kept))
    return kept[rule]


def _first(split: Split, images: int) -> Split:
    return Split(split.x[:images], split.y[:images], split.labels[:images])


def gather(recording: str) -> None:
    """Write the rows of all runs that have come to their end, with the data set in the first column."""
    tables = []
    for name in DATA:
        for rule in RULES:
            for seed in SETTINGS[recording].seeds:
                path = _kept_run(recording, name, rule, seed)
                if path.is_file():
                    table = pd.DataFrame(read(path)[0])
                    if table.epoch.iloc[-1] >= SETTINGS[recording].epochs:
                        table.insert(0, "data", name)
                        rate = table.learning_rate * chosen(name, rule)[1]
                        table.insert(4, "kernel_rate", rate)
                        tables.append(table)
    if tables:
        table = pd.concat(tables).drop(columns=["validation_loss", "validation_accuracy"])
        write(recording, table, FOLDER)


def _kept_run(recording: str, name: str, rule: str, seed: int) -> Path:
    return KEPT / recording / f"{name}_{rule}_{seed}.npz"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(SETTINGS), help=", ".join(SETTINGS))
    parser.add_argument("--data", nargs="+", help="by default those of the setting")
    parser.add_argument("--seeds", type=int, nargs="+", help="by default those of the setting")
    parser.add_argument("--gather", action="store_true", help="run nothing; write what was kept")
    given = parser.parse_args()
    with threadpool_limits(1, "blas"):
        for recording in given.names:
            setting = SETTINGS[recording]
            for name in () if given.gather else given.data or setting.data:
                data = images(name, setting.size)
                # Nothing is chosen in these runs, and training asks for one image at least.
                data = replace(data, validation=_first(data.validation, 1))
                for seed in given.seeds or setting.seeds:
                    for rule in setting.rules:
                        run = start(rule, seed, data, setting, *chosen(name, rule))
                        run_to(run, setting.epochs, _kept_run(recording, name, rule, seed))
                    gather(recording)
            gather(recording)
