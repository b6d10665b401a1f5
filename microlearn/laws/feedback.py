"""Rules whose errors go down through feedback weights of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..checking.answer import Answer
from ..gradients import finite_differences
from ..network import Network
from .agreement import Array
from .problems import Problem, draw_feedback, draw_of_depth, transposes
from .recursion import backprop, require_update, slips_on_the_way_down
from .slips import Slips

Arrays = list[Array | None]


SLIPS_OF_FEEDBACK: Slips = {
    "the errors go down through W°ᵀ; they have weights of their own, B": backprop,
    **slips_on_the_way_down(lambda network, feedback, *_: feedback),
}
"""The slips of an update whose errors go down through B, for any rule whose arguments begin with
``network, x, y, loss, feedback``."""


def require_backprop_through(
    answer: Answer,
    rng: np.random.Generator,
    layers: int,
    slips: Slips,
    state: Callable[[Network], Arrays] = transposes,
    words: str = "with B = W°ᵀ",
) -> None:
    """Raise Broken unless the update is minus the measured gradient where B = W°ᵀ.

    ``state`` gives what the rule takes after ``loss`` so that this is so; ``words`` says it.
    """
    problem = draw_of_depth(rng, layers)
    given = (*problem.given, state(problem.network))
    right = finite_differences(*problem.given)
    require_update(answer, given, right, slips, f"{words} your update")


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
    answer: Answer,
    rng: np.random.Generator,
    layers: int,
    slips: Slips,
    draw: Callable[[np.random.Generator, Problem], Arrays] = draw_feedback,
    carrier: Callable[[Network, Arrays], Arrays] = lambda network, state: state,
    words: str = "for random B",
) -> None:
    """Raise Broken unless, whatever B, the update is backprop's in a network with W° = Bᵀ.

    That network treats one sample just as the first does, so that the output has the same error and
    every unit the same slope; only the way back is another. ``draw`` gives what the rule takes after
    ``loss``, ``carrier`` the B that follows from it.
    """
    problem = draw_of_depth(rng, layers)
    problem = Problem(problem.network, problem.x[:1], problem.y[:1], problem.loss)
    state = draw(rng, problem)
    above = [b.T for b in carrier(problem.network, state) if b is not None]
    other = with_other_weights(problem, above)
    right = finite_differences(other, problem.x, problem.y, problem.loss)
    require_update(answer, (*problem.given, state), right, slips, f"{words} your update")
