"""Time an update of the PEPITA paper's convolutional network beside PyTorch's: ``make bench``.

A forward pass, backprop and a step for 100 images of 28 × 28, 32 channels of 5 × 5, on one thread.
The two take turns in blocks of ten updates, and the processor's time counts, so that other work on the
machine disturbs little. Without PyTorch (``pip install torch`` beside microlearn) ours runs alone.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from threadpoolctl import threadpool_limits

from microlearn import create_convolutional_network, get_exercise, get_loss

BATCH, RATE, BLOCK, ROUNDS = 100, 0.01, 10, 15
rng = np.random.default_rng(0)
X = rng.random((BATCH, 28 * 28), dtype=np.float32)
LABELS = rng.integers(0, 10, BATCH)


def microlearn() -> Callable[[], None]:
    network, loss = create_convolutional_network((28, 28)), get_loss("cross_entropy")
    y, backprop = np.eye(10, dtype=np.float32)[LABELS], get_exercise("convolutional_backprop")

    def update() -> None:
        for w, u in zip(network.weights, backprop(network, X, y, loss), strict=True):
            w += np.float32(RATE) * u

    return update


def pytorch() -> Callable[[], None]:
    import torch
    from torch import nn

    torch.set_num_threads(1)
    network = nn.Sequential(
        nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4608, 10)
    )
    x, labels = torch.from_numpy(X.reshape(BATCH, 1, 28, 28)), torch.from_numpy(LABELS)
    sgd = torch.optim.SGD(network.parameters(), RATE)

    def update() -> None:
        sgd.zero_grad()
        nn.functional.cross_entropy(network(x), labels).backward()
        sgd.step()

    return update


def milliseconds(update: Callable[[], None]) -> float:
    """Of the processor, for one update, the mean over a block."""
    start = time.process_time()
    for _ in range(BLOCK):
        update()
    return 1e3 * (time.process_time() - start) / BLOCK


def megabytes(update: Callable[[], None]) -> float:
    """The peak of what numpy allocates in an update."""
    tracemalloc.start()
    update()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


if __name__ == "__main__":
    with threadpool_limits(1, "blas"):
        updates = {"microlearn": microlearn()}
        if find_spec("torch"):
            updates["PyTorch"] = pytorch()
        taken = {name: [milliseconds(update)] for name, update in updates.items()}  # a warm-up
        for _ in range(ROUNDS):
            for name, update in updates.items():
                taken[name].append(milliseconds(update))
        for name, times in taken.items():
            low, middle, high = np.percentile(times[1:], [25, 50, 75])
            print(f"{name}: {middle:.1f} ms ({low:.1f} to {high:.1f})")
        print(f"microlearn's peak: {megabytes(updates['microlearn']):.0f} MB")
        if "PyTorch" in taken:
            ratios = np.array(taken["PyTorch"][1:]) / taken["microlearn"][1:]
            low, middle, high = np.percentile(ratios, [25, 50, 75])
            print(f"speed, as a share of PyTorch's: {middle:.2f} ({low:.2f} to {high:.2f})")
