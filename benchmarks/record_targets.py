"""Record rules with targets on MNIST and Fashion-MNIST, as lesson 11 shows them: ``make results``.

``mnist_targets``, ``fashion_targets``: five hidden layers of 256 tanh units under a softmax (the
sizes of Bartunov and others 2018), Glorot's weights, 50,000 images in batches of 100, plain
gradient descent. The learning rate is the best on the validation set after 300 updates on 10,000
images with seed 0, of those in ``GRID`` (``--tune`` runs that and writes nothing). Where it was the
smallest of these, smaller ones were tried (``--rates``). All other knobs are the catalogue's.

    python benchmarks/record_targets.py                          everything, 10 epochs
    python benchmarks/record_targets.py mnist --epochs 5 --seeds 0

Every run is kept after each epoch in ``build/recordings/``. So a run that was stopped goes on from
there, and the same call with more epochs or seeds runs what is new. The second line of each file
says how far the runs have come.

Run it where ``my_rules/`` is not: the references in ``solutions/`` are what is recorded.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import pandas as pd
from record_results import write
from resumable import KEPT, read, run_to
from threadpoolctl import threadpool_limits

from microlearn import create_network, load, training
from microlearn.data import Dataset
from microlearn.metrics import accuracy
from microlearn.results import FOLDER
from microlearn.training import Training

SIZES = [784, 256, 256, 256, 256, 256, 10]
EPOCHS = 10
SEEDS = (0, 1, 2)
DATA = {"mnist": "mnist", "fashion": "fashion_mnist"}
GRID = (0.1, 0.2, 0.4)
FROZEN_GRID = (0.4, 0.8, 1.6)
RATES: dict[str, dict[str, float]] = {
    "backprop": {"mnist": 0.2, "fashion": 0.2},
    "frozen_hidden": {"mnist": 1.6, "fashion": 0.8},
    "feedback_alignment": {"mnist": 0.4, "fashion": 0.2},
    "difference_target_propagation": {"mnist": 0.4, "fashion": 0.1},
    "simplified_target_propagation": {"mnist": 0.1, "fashion": 0.05},
    "auxiliary_target_propagation": {"mnist": 0.4, "fashion": 0.1},
    "local_representation_alignment": {"mnist": 0.4, "fashion": 0.2},
    "lra_diff": {"mnist": 0.2, "fashion": 0.1},
}

MEASURES = {
    "test_accuracy": lambda run: accuracy(*run.outputs("test")),
    "hidden_cosine": "hidden_cosine",
    "reconstruction": "reconstruction",
}


def start(rule: str, seed: int, data: Dataset, rate: float) -> Training:
    return training(
        rule,
        data,
        create_network(SIZES, seed=seed),
        epochs=EPOCHS,
        batch_size=100,
        measure=MEASURES,
        seed=seed,
        learning_rate=rate,
    )


def tune(rule: str, data: Dataset, rates: Sequence[float]) -> None:
    """Print the accuracy on the validation set after 300 updates, for each learning rate."""
    for rate in rates:
        run = start(rule, 0, data, rate)
        try:
            for _ in range(300):
                next(run)
            found = f"{run.rows[-1]['validation_accuracy']:.2%}, {run.rows[-1]['seconds']:.0f} s"
        except ArithmeticError:
            found = "diverged"
        print(f"{rule}, rate {rate:g}: {found}", flush=True)


def gather(name: str) -> None:
    """Write the rows of all runs that were kept."""
    tables, reached = [], []
    for rule in RATES:
        for path in sorted((KEPT / f"{name}_targets").glob(f"{rule}_*[0-9].npz")):
            rows, _ = read(path)
            tables.append(pd.DataFrame(rows))
            reached.append(f"{rule} {rows[-1]['seed']}: {rows[-1]['epoch']:g}")
    note = f"stopped, by rule and seed, after so many of {EPOCHS} epochs: {'; '.join(reached)}"
    write(f"{name}_targets", pd.concat(tables), FOLDER, note)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(DATA), help="mnist, fashion")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="stop there, to go on later")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--rules", nargs="+", default=list(RATES))
    parser.add_argument("--tune", action="store_true", help="print what each rate gives; no more")
    parser.add_argument("--rates", type=float, nargs="+", help="those to tune, if not the usual")
    parser.add_argument("--gather", action="store_true", help="run nothing; write what was kept")
    given = parser.parse_args()
    with threadpool_limits(1, "blas"):
        for name in given.names:
            if given.gather:
                gather(name)
                continue
            data = load(DATA[name], size=10_000 if given.tune else None)
            for rule in given.rules if given.tune else ():
                usual = FROZEN_GRID if rule == "frozen_hidden" else GRID
                tune(rule, data, given.rates or usual)
            for seed in () if given.tune else given.seeds:
                for rule in given.rules:
                    path = KEPT / f"{name}_targets" / f"{rule}_{seed}.npz"
                    run_to(start(rule, seed, data, RATES[rule][name]), given.epochs, path)
                    gather(name)
