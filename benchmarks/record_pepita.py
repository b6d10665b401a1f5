"""Record PEPITA beside other rules at the paper's settings, as lesson 10 shows them: ``make results``.

``mnist_pepita``: 784-1024-10, rectified units under a softmax, He-uniform weights, all 60,000 images,
batches of 64, momentum 0.9, rate 0.1, a tenth of it after epochs 60 and 90 of 100.
``cifar10_pepita``: 3072-1024-10 on 50,000 images, the same at a rate of 0.01.
``mnist_pepita_dropout``: PEPITA on MNIST with the paper's dropout of 10%, the same units silent at both
looks.
``mnist_pepita_whitened``: whitened MNIST at a rate of 0.01, as in the paper.

Ours has biases, and no dropout but where the name says so. DRTP has tanh units and sigmoid outputs, with
which it learns. Nothing is chosen here, so there is no validation set: the accuracy is that on the test
set.

    python benchmarks/record_pepita.py                                 everything, 100 epochs
    python benchmarks/record_pepita.py mnist_pepita --epochs 10 --seeds 0 1

Every run is kept after each epoch in ``build/recordings/``. So a run that was stopped goes on from
there, and the same call with more epochs or seeds runs what is new. The second line of each file says
how far the runs have come.

Run it where ``my_rules/`` is not: the references in ``solutions/`` are what is recorded.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from record_mirror import all_images
from record_results import write
from resumable import KEPT, read, run_to
from scipy import stats
from threadpoolctl import threadpool_limits

from microlearn import create_network, get_exercise, training
from microlearn.data import Dataset, Split
from microlearn.dropout import Dropping
from microlearn.exercises import answers
from microlearn.laws.looks_twice import two_looks
from microlearn.metrics import accuracy
from microlearn.optimiser import steps_down
from microlearn.results import FOLDER
from microlearn.training import Training

EPOCHS = 100
SEEDS = (0, 1, 2)
RULES: dict[str, dict[str, float]] = {
    "pepita": {"projection_scale": 0.05},
    "backprop": {},
    "frozen_hidden": {},
    "feedback_alignment": {},
    # He's limit for D, as its authors draw it, and their rate.
    "direct_random_target_projection": {"direct_scale": 6**0.5, "learning_rate": 0.01},
}


@dataclass(frozen=True)
class Setting:
    """Runs that share their images, their learning rate and their dropout."""

    images: Callable[[], Dataset]
    rate: float
    rules: Sequence[str] = tuple(RULES)
    dropout: float = 0.0


SETTINGS = {
    "mnist_pepita": Setting(lambda: all_images("mnist"), 0.1),
    "cifar10_pepita": Setting(lambda: all_images("cifar10"), 0.01),
    "mnist_pepita_dropout": Setting(lambda: all_images("mnist"), 0.1, ("pepita",), dropout=0.1),
    "mnist_pepita_whitened": Setting(
        lambda: all_images("mnist").whitened(), 0.01, ("pepita", "frozen_hidden")
    ),
}


def angle_of_projection(run: Training) -> float:
    """The angle of F to (W₁ W₂)ᵀ."""
    if "projection" not in run.state:
        return float("nan")
    return float(get_exercise("antialignment")(run.network, run.state["projection"]))


MEASURES = {
    "test_accuracy": lambda run: accuracy(*run.outputs("test")),
    "antialignment": angle_of_projection,
    "first_weights": lambda run: float(np.linalg.norm(run.network.weights[0][:-1])),
}


def law_of(weights: np.ndarray) -> dict[str, float]:
    """How wide output weights are spread, and whether Student's t fits them better than a normal law."""
    w = weights[:-1].ravel().astype(float)
    freedom, centre, scale = stats.t.fit(w)
    gain = stats.t.logpdf(w, freedom, centre, scale) - stats.norm.logpdf(w, w.mean(), w.std())
    return {
        "last_weights_sd": float(w.std()),
        "degrees_of_freedom": float(freedom),
        "log_likelihood_gain": float(gain.sum()),
    }


def start(rule: str, seed: int, setting: Setting, data: Dataset) -> Training:
    sizes = [data.train.x.shape[1], 1024, data.classes]
    with_targets = rule == "direct_random_target_projection"
    network = create_network(
        sizes,
        "tanh" if with_targets else "relu",
        "sigmoid" if with_targets else "softmax",
        "he_uniform",
        seed,
    )
    return training(
        rule,
        data,
        network,
        loss="binary_cross_entropy" if with_targets else "cross_entropy",
        epochs=EPOCHS,
        batch_size=64,
        momentum=0.9,
        schedule=steps_down([0.6, 0.9]),
        measure=MEASURES,
        seed=seed,
        **{"learning_rate": setting.rate} | RULES[rule],
    )


def dropping(share: float, seed: int, epoch: int) -> dict[str, Callable]:
    """PEPITA with dropout, whose draws belong to that epoch: so a run can go on after any."""
    if not share:
        return {}
    rng = np.random.default_rng([seed, epoch])
    return {"pepita": lambda network, *given: two_looks(Dropping(network, rng, share), *given)}


def record(rule: str, seed: int, name: str, data: Dataset, epochs: int) -> None:
    """Bring one run to that epoch."""
    setting = SETTINGS[name]
    run_to(
        start(rule, seed, setting, data),
        epochs,
        KEPT / name / f"{rule}_{seed}.npz",
        within=lambda epoch: answers(dropping(setting.dropout, seed, epoch)),
    )


def gather(name: str, images: str = "") -> None:
    """Write the rows of all runs that were kept, with the law of the output weights in the last of each.

    ``images`` says what they were trained on, where that is not the original.
    """
    tables, reached = [], []
    for rule in SETTINGS[name].rules:
        for path in sorted((KEPT / name).glob(f"{rule}_*[0-9].npz")):
            rows, arrays = read(path)
            rows[-1] |= law_of(arrays["weights_1"])
            tables.append(pd.DataFrame(rows))
            reached.append(f"{rule} {rows[-1]['seed']}: {rows[-1]['epoch']:g}")
    table = pd.concat(tables).drop(columns=["validation_loss", "validation_accuracy"])
    note = f"stopped, by rule and seed, after so many of {EPOCHS} epochs: {'; '.join(reached)}"
    if images:
        note += f"; images: {images}"
    write(name, table, FOLDER, note)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(SETTINGS), help=", ".join(SETTINGS))
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="stop there, to go on later")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--rules", nargs="+", default=list(RULES))
    parser.add_argument("--images", default="", help="what they are, where not the original")
    parser.add_argument("--gather", action="store_true", help="run nothing; write what was kept")
    given = parser.parse_args()
    with threadpool_limits(1, "blas"):
        for name in given.names:
            if given.gather:
                gather(name, given.images)
                continue
            data = SETTINGS[name].images()
            # Training measures a validation set, which these runs do not have: one image is enough.
            one = Split(data.test.x[:1], data.test.y[:1], data.test.labels[:1])
            data = replace(data, validation=one)
            for seed in given.seeds:
                for rule in given.rules:
                    if rule in SETTINGS[name].rules:
                        record(rule, seed, name, data, given.epochs)
            gather(name, given.images)
