"""Record signs, lifts and labels in a deep network on MNIST, as lesson 08 shows them: ``make results``.

``mnist_deep``: 784-400-400-400-10, tanh units under a softmax (the sizes of Nøkland 2016), batches of
100, five epochs of 50,000 images, plain gradient descent, with a rate chosen for each rule.

``mnist_zeros``: the same from weights and biases that are all zero.

Run it where ``my_rules/`` is not: the references in ``solutions/`` are what is recorded.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from record_results import tested, write
from threadpoolctl import threadpool_limits

from microlearn import create_network, get_exercise, load, training
from microlearn.metrics import angle
from microlearn.results import FOLDER
from microlearn.training import Training

SIZES = [784, 400, 400, 400, 10]
# The best on the validation set after one epoch, with seed 0, of rates a factor two apart, and of scales
# of B or D a factor three apart.
RULES = {
    "backprop": {"learning_rate": 0.2},
    "sign_symmetry": {"learning_rate": 0.1, "feedback_scale": 3.0},
    "feedback_alignment": {"learning_rate": 0.2, "feedback_scale": 3.0},
    "direct_feedback_alignment": {"learning_rate": 0.05, "direct_scale": 100.0},
    "direct_random_target_projection": {"learning_rate": 0.2, "direct_scale": 30.0},
    "frozen_hidden": {"learning_rate": 1.6},
}
FROM_ZERO = (
    "backprop",
    "feedback_alignment",
    "direct_feedback_alignment",
    "direct_random_target_projection",
)
SETTINGS = {
    "mnist_deep": ("glorot_uniform", tuple(RULES), range(3)),
    "mnist_zeros": ("zeros", FROM_ZERO, range(1)),
}


def angle_of_direct(layer: int) -> Callable[[Training], float]:
    """The angle of a hidden layer's D to the transposed product of the weights above that layer."""

    def measure(run: Training) -> float:
        if "direct" not in run.state:
            return float("nan")
        stairs = [None, *(w[:-1].T for w in run.network.weights[1:])]
        return angle(run.state["direct"][layer], get_exercise("direct_equivalent")(stairs)[layer])

    return measure


MEASURES = {"hidden_cosine": "hidden_cosine"} | {
    f"direct_angle_{layer + 1}": angle_of_direct(layer) for layer in range(len(SIZES) - 2)
}


def record(name: str) -> pd.DataFrame:
    """Run every rule of a setting with every seed."""
    initialisation, rules, seeds = SETTINGS[name]
    data, tables = load("mnist"), []
    for rule in rules:
        for seed in seeds:
            network = create_network(SIZES, initialisation=initialisation, seed=seed)
            settings = {"epochs": 5, "batch_size": 100, "measure": MEASURES, **RULES[rule]}
            run = training(rule, data, network, seed=seed, **settings)
            table = tested(run)
            tables.append(table)
            print(f"{name}, {rule}, seed {seed}: {table.test_accuracy.iloc[-1]:.1%}", flush=True)
    return pd.concat(tables)


if __name__ == "__main__":
    with threadpool_limits(1, "blas"):
        for setting in SETTINGS:
            write(setting, record(setting), FOLDER)
