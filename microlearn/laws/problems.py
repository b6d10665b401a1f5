"""Networks, batches and losses, drawn afresh for each fact, so that nothing can be memorised.

Everything is float64, so that a law holds to many digits and an answer in float32 still passes, and
no two layers have the same size, so that a forgotten transpose shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..activations import get_activation
from ..losses import Loss
from ..network import Network

Array = np.ndarray

SMOOTH = ("tanh", "sigmoid", "identity")
"""For three hidden layers, each with another."""


@dataclass(frozen=True)
class Problem:
    """A network, a batch and a loss."""

    network: Network
    x: Array
    y: Array
    loss: Loss

    @property
    def given(self) -> tuple:
        """The arguments that every rule starts with."""
        return self.network, self.x, self.y, self.loss


def draw_sizes(rng: np.random.Generator, layers: int, low: int = 3, high: int = 9) -> list[int]:
    """Sizes of the input and ``layers`` layers, and the batch size last; no two are the same."""
    return [int(size) for size in rng.choice(np.arange(low, high + 1), layers + 2, replace=False)]


def draw_network(
    rng: np.random.Generator,
    sizes: Sequence[int],
    hidden: Sequence[str] = ("tanh", "sigmoid"),
    output: Sequence[str] = ("identity", "sigmoid", "tanh"),
) -> Network:
    """A network in the middle of its range: neither saturated nor linear.

    No two layers have the same activation, as long as there are enough to choose from: with that of
    another layer a slip would go unseen.
    """
    weights = [
        rng.normal(0, 1 / np.sqrt(fan_in + 1), (fan_in + 1, fan_out))
        for fan_in, fan_out in zip(sizes, sizes[1:], strict=False)
    ]
    layers = len(weights) - 1
    names = list(map(str, rng.choice(hidden, layers, replace=len(hidden) < layers)))
    last = rng.choice([name for name in output if name not in names] or output)
    return Network(tuple(weights), tuple(map(get_activation, (*names, str(last)))))


@dataclass(frozen=True)
class DrawnLoss(Loss):
    """A loss that no answer can know beforehand: a tilted, weighted squared error.

    ``ℓ = ½ Σ_k c_k (y_k − ŷ_k)² + Σ_k t_k ŷ_k``
    """

    weights: Array
    tilts: Array


def drawn_loss(weights: Array, tilts: Array) -> DrawnLoss:
    """The loss with weights ``c`` and tilts ``t``, each of shape (outputs,)."""
    half = 0.5 * weights
    return DrawnLoss(
        "drawn_loss",
        lambda y, prediction: (y - prediction) ** 2 @ half + prediction @ tilts,
        lambda y, prediction: weights * (y - prediction) - tilts,
        weights,
        tilts,
    )


def draw_loss(rng: np.random.Generator, outputs: int) -> DrawnLoss:
    """A loss with weights and tilts drawn."""
    return drawn_loss(rng.uniform(0.5, 2, outputs), rng.normal(0, 1, outputs))


def problem_of(
    rng: np.random.Generator, sizes: Sequence[int], batch: int, **kinds: Sequence[str]
) -> Problem:
    """A network of the given sizes (input first) with a batch and a loss, all drawn."""
    network = draw_network(rng, sizes, **kinds)
    x = rng.normal(0, 1, (batch, sizes[0]))
    y = rng.normal(0, 1, (batch, sizes[-1]))
    return Problem(network, x, y, draw_loss(rng, sizes[-1]))


def draw_problem(rng: np.random.Generator, layers: int = 2, **kinds: Sequence[str]) -> Problem:
    """A problem with ``layers`` layers and a batch, their sizes drawn too and all different."""
    *sizes, batch = draw_sizes(rng, layers)
    return problem_of(rng, sizes, batch, **kinds)


def transposes(network: Network) -> list[Array | None]:
    """W°ᵀ of each layer except the first: with these as B, feedback alignment is backprop."""
    return [None, *(w[:-1].T.copy() for w in network.weights[1:])]


def draw_feedback(rng: np.random.Generator, problem: Problem) -> list[Array | None]:
    """Random feedback weights with the shapes of :func:`transposes`."""
    return [None if b is None else rng.normal(0, 1, b.shape) for b in transposes(problem.network)]


def draw_magnitudes(rng: np.random.Generator, problem: Problem) -> list[Array | None]:
    """The sizes of random feedback weights."""
    return [None if b is None else np.abs(b) for b in draw_feedback(rng, problem)]


def draw_direct(rng: np.random.Generator, problem: Problem) -> list[Array]:
    """Random direct feedback, (outputs, units), for each hidden layer."""
    *hidden, outputs = problem.network.sizes[1:]
    return [rng.normal(0, 1, (outputs, units)) for units in hidden]


def draw_projection(rng: np.random.Generator, problem: Problem) -> list[Array]:
    """A random F, (outputs, inputs), that makes the error about half as loud at the input as x is."""
    network, x, y, loss = problem.given
    e = loss.output_delta(y, network.predict(x), network.activations[-1])
    f = rng.normal(0, 1, (y.shape[1], x.shape[1]))
    sent, wanted = np.linalg.norm(e @ f), 0.5 * np.linalg.norm(x)
    return [f * (wanted / sent if sent and wanted else 1.0)]


def draw_auxiliary(rng: np.random.Generator, problem: Problem) -> list[Array]:
    """Random weights Z of auxiliary units beside the output: none, one or two, as the batch's size says,
    so that :func:`draw_inverse` knows it too."""
    units, beside = problem.network.sizes[-2], len(problem.x) % 3
    return [rng.normal(0, 1 / np.sqrt(units + 1), (units + 1, beside))]


def draw_inverse(rng: np.random.Generator, problem: Problem) -> list[Array | None]:
    """Random ways back through each layer but the first, biases in the last row; that of the output has
    rows for the auxiliary units of :func:`draw_auxiliary` too."""
    sizes = problem.network.sizes
    inverse: list[Array | None] = [None]
    for layer, (below, above) in enumerate(zip(sizes[1:], sizes[2:], strict=False), 1):
        rows = above + 1 + (len(problem.x) % 3 if layer == len(sizes) - 2 else 0)
        inverse.append(rng.normal(0, 1 / np.sqrt(rows), (rows, below)))
    return inverse


def draw_shake(rng: np.random.Generator, problem: Problem) -> list[Array | None]:
    """Noise for the units below each layer but the first."""
    return [None, *(rng.normal(0, 0.5, units) for units in problem.network.sizes[1:-1])]


def draw_top(rng: np.random.Generator, problem: Problem) -> Array:
    """A target for the layer below the output, not far from its activity."""
    found = problem.network.forward(problem.x)[-2]
    return found + rng.normal(0, 0.5, found.shape)


def draw_of_depth(rng: np.random.Generator, layers: int) -> Problem:
    """A network with one hidden layer, rectified, and softmax, or with three smooth ones."""
    if layers == 4:
        return draw_problem(rng, layers, hidden=SMOOTH, output=("sigmoid", "tanh"))
    while True:
        problem = draw_problem(rng, layers, hidden=("relu",), output=("softmax",))
        # No sample may sit within reach of a kink, or finite differences would step over it. In the
        # first sample some units are on and some are off, since there alone a slope shows.
        received = problem.network.receive(0, problem.x)
        if np.min(np.abs(received)) > 1e-4 and np.min(received[0]) < 0 < np.max(received[0]):
            return problem
