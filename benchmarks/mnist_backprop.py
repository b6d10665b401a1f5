"""Backprop on the full MNIST data set: ``python benchmarks/mnist_backprop.py``.

784-500-10 sigmoid units, squared error, batches of 200, three epochs, N(0, 0.1²) weights. The
learning rate is 1.0 on the mean gradient, after a warm-up over the first fifth of the run: at 0.5 and
more from the first update on, the outputs saturate at zero and learn little.
"""

from __future__ import annotations

from microlearn import create_network, load, training
from microlearn.data import Dataset
from microlearn.optimiser import warm_up
from microlearn.training import Training


def mnist_run(data: Dataset, seed: int = 0) -> Training:
    """The run, not yet started."""
    network = create_network([784, 500, 10], "sigmoid", "sigmoid", "textbook", seed=seed)
    return training(
        "backprop", data, network, epochs=3, batch_size=200,
        learning_rate=1.0, schedule=warm_up(0.2), seed=seed,
    )  # fmt: skip


if __name__ == "__main__":
    run = mnist_run(load("mnist"))
    for step in run:
        if step.row:
            print(
                f"epoch {step.epoch:.0f}: loss {step.row['validation_loss']:.3f}, accuracy "
                f"{step.row['validation_accuracy']:.2%} on the validation set"
            )
    print(f"test accuracy {run.test_accuracy():.2%}, {run.rows[-1]['seconds']:.1f} s of updates")
