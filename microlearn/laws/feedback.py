"""Rules whose errors go down through feedback weights of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checking.answer import Answer
from ..gradients import finite_differences
from ..losses import Loss
from ..network import Network
from .agreement import Array
from .problems import Problem, draw_feedback, draw_of_depth, transposes
from .recursion import recursion, require_update, slips_on_the_way_down
from .slips import Slips


def _backprop(network: Network, x: Array, y: Array, loss: Loss, *_: Any) -> list[Array]:
    return recursion(network, x, y, loss, lambda l, delta: delta @ transposes(network)[l])


SLIPS_OF_FEEDBACK: Slips = {
    "the errors go down through W°ᵀ; they have weights of their own, B": _backprop,
    **slips_on_the_way_down(lambda network, feedback, *_: feedback),
}
"""The slips of an update whose errors go down through B, for any rule whose arguments begin with
``network, x, y, loss, feedback``."""


def require_backprop_through(
    answer: Answer, rng: np.random.Generator, layers: int, slips: Slips
) -> None:
    """Raise Broken unless the update is minus the measured gradient where B = W°ᵀ."""
    problem = draw_of_depth(rng, layers)
    given = (*problem.given, transposes(problem.network))
    require_update(
        answer, given, finite_differences(*problem.given), slips, "with B = W°ᵀ your update"
    )


def with_other_weights(problem: Problem, above: Sequence[Array]) -> Network:
    """A network with those weights above its first layer, biases left out, in which every unit of
    the first sample is as active as before: the biases make up for the difference."""
    network, weights = problem.network, [problem.network.weights[0]]
    for w, below, other in zip(
        network.weights[1:], network.forward(problem.x[:1])[1:], above, strict=False
    ):
        weights.append(np.vstack([other, w[-1:] + below @ (w[:-1] - other)]))
    return network.with_weights(weights)


def require_the_network_of_b(
    answer: Answer, rng: np.random.Generator, layers: int, slips: Slips
) -> None:
    """Raise Broken unless, whatever B, the update is backprop's in a network with W° = Bᵀ.

    That network treats one sample just as the first does, so that the output has the same error and
    every unit the same slope; only the way back is another.
    """
    problem = draw_of_depth(rng, layers)
    problem = Problem(problem.network, problem.x[:1], problem.y[:1], problem.loss)
    feedback = draw_feedback(rng, problem)
    other = with_other_weights(problem, [b.T for b in feedback if b is not None])
    right = finite_differences(other, problem.x, problem.y, problem.loss)
    require_update(answer, (*problem.given, feedback), right, slips, "for random B your update")
