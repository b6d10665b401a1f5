"""Record the weight mirror on MNIST as its authors ran it, beside ours: ``make results``.

Their program's settings (Akrout and others 2019): 784-500-10 sigmoid units, binary cross-entropy,
batches of 128 of all 60,000 images, N(0, 1/(inputs + outputs)) weights and biases, and the learning
rates below. Nothing is chosen here, so there is no validation set: the accuracy is that on the test set.

Their program never shuffles. ``--in-order`` takes the images in the order of MNIST's files, too, for two
epochs of each rule in their log; it prints the accuracies and writes nothing.

Run it where ``my_rules/`` is not: the references in ``solutions/`` are what is recorded.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from record_results import write
from threadpoolctl import threadpool_limits

from microlearn import Network, create_network, get_rule, load, training
from microlearn.data import Dataset, Split
from microlearn.exercises import answers
from microlearn.metrics import accuracy, angle
from microlearn.optimiser import wait
from microlearn.results import FOLDER
from microlearn.training import Training

EPOCHS = {0: 20, 1: 10, 2: 10}
"""By seed."""
SAMPLES = {"samples": 128}
OURS = {"mirror_rate": 0.02, **SAMPLES}
RULES = {
    "backprop": {"learning_rate": 0.2},
    "frozen_hidden": {"learning_rate": 0.2},
    "feedback_alignment": {"learning_rate": 0.2},
    "kolen_pollack": {"learning_rate": 0.3, "decay": 0.0},
    "weight_mirror": {"learning_rate": 0.2, **OURS},
    "weight_mirror_slow": {"learning_rate": 0.05, **OURS},
    "weight_mirror_published": {
        "learning_rate": 0.05,
        "mirror_rate": 0.01,
        "noise": 0.05,
        **SAMPLES,
    },
}
BEFORE = {"weight_mirror_published": 1}
"""Epochs of noise before the first image."""


def published_mirror(network, feedback, noise, samples, rng):
    """The mirror of their program: uniform noise, a response that goes through the sigmoid and keeps its
    mean, a sum over the samples, no division by σ², and nothing is forgotten."""
    update = [None]
    for layer, f in enumerate(network.activations[1:], start=1):
        shape = (samples, network.sizes[layer])
        xi = (noise * rng.uniform(-1, 1, shape)).astype(network.dtype)
        update.append(f(network.receive(layer, xi)).T @ xi)
    return update


def draw_network(seed: int) -> Network:
    network = create_network([784, 500, 10], "sigmoid", "sigmoid", "zeros")
    rng, weights = np.random.default_rng(seed), []
    for w in network.weights:
        spread = 1 / np.sqrt(len(w) - 1 + w.shape[1])
        weights.append((spread * rng.standard_normal(w.shape)).astype(w.dtype))
    return network.with_weights(weights)


def all_images(name: str = "mnist") -> Dataset:
    """A data set with all its images to train on; the test set stands where a validation set would."""
    data = load(name)
    parts = [(s.x, s.y, s.labels) for s in (data.train, data.validation)]
    everything = Split(*map(np.concatenate, zip(*parts, strict=True)))
    return replace(data, train=everything, validation=data.test)


def ways_back(run: Training) -> tuple[np.ndarray, np.ndarray]:
    """B and W°ᵀ of the output layer; backprop's way back is W°ᵀ itself."""
    transpose = run.network.weights[1][:-1].T
    return run.state["feedback"][1] if "feedback" in run.state else transpose, transpose


def angle_of_delta(images: slice) -> Callable[[Training], float]:
    """The angle of the hidden layer's δ to backprop's, over those training images as one vector."""

    def measure(run: Training) -> float:
        network, b_and_w = run.network, ways_back(run)
        x, y = run.data.train.x[images], run.data.train.y[images]
        _, h, prediction = network.forward(x)
        delta = run.loss.output_delta(y, prediction, network.activations[1])
        return angle(*(delta @ back * network.activations[0].derivative(h) for back in b_and_w))

    return measure


def length_ratio(run: Training) -> float:
    b, w = map(np.linalg.norm, ways_back(run))
    return float(b / w)


MEASURES = {
    "test_accuracy": lambda run: accuracy(*run.outputs("test")),
    "weight_angle": lambda run: angle(*ways_back(run)),
    "length_ratio": length_ratio,
    "delta_angle": angle_of_delta(slice(1000)),
    "delta_angle_one_image": angle_of_delta(slice(1)),
}


class InOrder:
    """Stands in the place of the generator that shuffles: the images in the order of MNIST's files."""

    def permutation(self, images: int) -> np.ndarray:
        # How `load` draws the two parts that `all_images` joins.
        order = np.random.default_rng(0).permutation(images)
        return np.argsort(np.roll(order, -(images // 6)))


def record(
    name: str, seed: int, data: Dataset, epochs: int, in_order: bool = False
) -> pd.DataFrame:
    """Run one of the rules; the epochs count from its first image."""
    kind = "weight_mirror" if name.startswith("weight_mirror") else name
    before = BEFORE.get(name, 0)
    total = before + epochs
    stand_in = {"weight_mirror": published_mirror} if name == "weight_mirror_published" else {}
    with answers(stand_in):
        run = training(
            replace(get_rule(kind), name=name, new=get_rule(kind).idea),
            data,
            draw_network(seed),
            loss="binary_cross_entropy",
            epochs=total,
            batch_size=128,
            schedule=wait(before / total),
            measure=MEASURES,
            seed=seed,
            **RULES[name],
        )
        if in_order:
            run._order = InOrder()
        table = run.finish()
    table["epoch"] -= before
    accuracies = ", ".join(f"{100 * a:.2f}" for a in table.test_accuracy[table.epoch >= 1])
    print(f"{name}, seed {seed}: {accuracies}", flush=True)
    return table.drop(columns=["validation_loss", "validation_accuracy"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--in-order", action="store_true", help="never shuffle, and write nothing")
    images, in_order = all_images(), parser.parse_args().in_order
    with threadpool_limits(1, "blas"):
        if in_order:
            for rule in (
                "backprop",
                "feedback_alignment",
                "kolen_pollack",
                "weight_mirror_published",
            ):
                for seed in EPOCHS:
                    record(rule, seed, images, 2, in_order=True)
        else:
            runs = [(rule, seed) for rule in RULES for seed in EPOCHS]
            tables = [record(rule, seed, images, EPOCHS[seed]) for rule, seed in runs]
            write("mnist_mirror", pd.concat(tables), FOLDER)
