"""What runs side by side: the textbook, microlearn, and the matrix products that bound them all.

A contender is made for one rule and one size of network, and does three tasks:

``update``
    one update with its bookkeeping: gather the batch, compute the update, log the batch's loss,
    change the weights;
``epoch``
    an epoch of these, then loss and accuracy on 1,000 training images and on the validation set;
``signal_to_noise``
    of the first layer's update over 1,000 single samples.

PyTorch's contender is in ``in_torch.py``.
"""

from __future__ import annotations

import os
from functools import cache

import numpy as np
from textbook import Textbook

from microlearn import create_network, get_rule, load, training
from microlearn.data import Dataset
from microlearn.measures import PROBES
from microlearn.metrics import accuracy, rule_signal_to_noise

Array = np.ndarray

RULES = (
    "backprop",
    "weight_perturbation",
    "node_perturbation",
    "feedback_alignment",
    "kolen_pollack",
)
BATCH, SAMPLES = 200, 1000
LEARNING_RATE, NOISE, DECAY = 1e-3, 0.1, 1e-3


def knobs_of(rule: str) -> dict[str, float]:
    """The benchmark's settings of those knobs that the rule has."""
    settings = {"learning_rate": LEARNING_RATE, "noise": NOISE, "decay": DECAY}
    return {
        knob.name: settings[knob.name] for knob in get_rule(rule).knobs if knob.name in settings
    }


@cache
def bench_data(inputs: int) -> Dataset:
    """The digits; for 784 inputs MNIST where ``MICROLEARN_DATA`` names it, else digits enlarged."""
    if inputs == 64:
        return load("digits")
    return load("mnist") if os.environ.get("MICROLEARN_DATA") else load("digits").enlarged((28, 28))


class Microlearn:
    """What a student runs."""

    def __init__(self, rule: str, sizes: tuple[int, int, int]) -> None:
        self.data = bench_data(sizes[0])
        network = create_network(sizes, "sigmoid", "sigmoid", "textbook")
        self.run = training(
            rule, self.data, network, batch_size=BATCH, epochs=10**6, measure_every=10**9,
            **knobs_of(rule),
        )  # fmt: skip

    def update(self) -> None:
        next(self.run)

    def epoch(self) -> None:
        for _ in range(self.run.batches_per_epoch):
            next(self.run)
        self.run._measure()

    def signal_to_noise(self) -> float:
        x, y = self.data.train.x[:SAMPLES], self.data.train.y[:SAMPLES]
        return rule_signal_to_noise(self.run.probe_update, self.run.network, x, y)


class TextbookRun:
    """The textbook's rules, with the bookkeeping in the textbook's manner: columns are samples."""

    def __init__(self, rule: str, sizes: tuple[int, int, int]) -> None:
        network = create_network(sizes, "sigmoid", "sigmoid", "textbook").astype(np.float64)
        self.rng = np.random.default_rng(0)
        feedback = self.rng.normal(0, 0.1, (sizes[1], sizes[2]))
        self.book = Textbook(*(np.ascontiguousarray(w.T) for w in network.weights), feedback)
        data = bench_data(sizes[0])
        self.train, self.validation = (
            tuple(np.ascontiguousarray(a.T, dtype=np.float64) for a in (split.x, split.y))
            for split in (data.train, data.validation)
        )
        knobs = {k: v for k, v in knobs_of(rule).items() if k != "learning_rate"}
        method = getattr(self.book, rule)
        self.rule = lambda x, y: method(x, y, **knobs)
        self.order = np.empty(0, dtype=int)

    def update(self) -> None:
        if len(self.order) < BATCH:
            self.order = self.rng.permutation(self.train[0].shape[1])
        columns, self.order = self.order[:BATCH], self.order[BATCH:]
        book, (x, y) = self.book, (a[:, columns] for a in self.train)
        np.mean(book.losses(y, book.forward(x)[1]))
        d_h, d_y, *d_b = self.rule(x, y)
        book.w_h = book.w_h + LEARNING_RATE * d_h
        book.w_y = book.w_y + LEARNING_RATE * d_y
        if d_b:
            book.b = book.b + LEARNING_RATE * d_b[0]

    def epoch(self) -> None:
        for _ in range(self.train[0].shape[1] // BATCH):
            self.update()
        for x, y in ([a[:, :PROBES] for a in self.train], self.validation):
            prediction = self.book.forward(x)[1]
            np.mean(self.book.losses(y, prediction))
            accuracy(y.T, prediction.T)

    def signal_to_noise(self) -> float:
        return self.book.signal_to_noise(self.rule, *(a[:, :SAMPLES] for a in self.train))


class Products:
    """The matrix products that a rule can't do without, in float32, with nothing around them."""

    def __init__(self, rule: str, sizes: tuple[int, int, int]) -> None:
        self.rule, self.sizes, self.data = rule, sizes, bench_data(sizes[0])
        self._array, self._out = cache(self._draw), cache(self._draw)

    @staticmethod
    def _draw(rows: int, columns: int) -> Array:
        return np.random.default_rng(0).standard_normal((rows, columns), dtype=np.float32)

    def _dot(self, left: Array, right: Array) -> None:
        np.dot(left, right, out=self._out(left.shape[0], right.shape[1]))

    def _forward(self, n: int, layers: tuple[int, ...] = (0, 1)) -> None:
        for layer in layers:
            self._dot(
                self._array(n, self.sizes[layer]), self._array(*self.sizes[layer : layer + 2])
            )

    def update(self) -> None:
        inputs, hidden, outputs = self.sizes
        self._forward(BATCH)
        if self.rule == "weight_perturbation":
            self._forward(BATCH)
            return
        if self.rule == "node_perturbation":
            self._forward(BATCH, layers=(1,))
        else:
            self._dot(self._array(BATCH, outputs), self._array(hidden, outputs).T)
        self._dot(self._array(BATCH, inputs).T, self._array(BATCH, hidden))
        self._dot(self._array(BATCH, hidden).T, self._array(BATCH, outputs))

    def epoch(self) -> None:
        for _ in range(len(self.data.train) // BATCH):
            self.update()
        self._forward(min(PROBES, len(self.data.train)))
        self._forward(len(self.data.validation))

    def signal_to_noise(self) -> None:
        inputs, hidden, outputs = self.sizes
        if self.rule == "weight_perturbation":
            for _ in range(SAMPLES):
                self._forward(1)
                self._forward(1)
            return
        self._forward(SAMPLES)
        if self.rule == "node_perturbation":
            self._forward(SAMPLES, layers=(1,))
        else:
            self._dot(self._array(SAMPLES, outputs), self._array(hidden, outputs).T)
        for _ in ("sum", "sum of squares"):
            self._dot(self._array(SAMPLES, inputs).T, self._array(SAMPLES, hidden))
