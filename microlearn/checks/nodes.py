"""Facts about rules that shake units, shared by the two places where the noise can go.

For one sample the update of a layer's biases is the rule's estimate of minus the slope of the loss by
the layer's pre-activations, and the update of a weight is that times what came in through it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..checking import Broken
from ..gradients import finite_difference_signals, finite_differences
from ..network import presynaptic
from .compare import TOLERANCE
from .perturbation import BOUND, DRAWS, draw_updates, require_the_gradient_on_average
from .problems import Problem, draw_problem, problem_of

Array = np.ndarray


def estimates_and_slope(
    answer: Callable, rng: np.random.Generator, draws: int, noise: float
) -> tuple[Array, list[Array], Problem]:
    """Single-sample bias updates of a network of 350 units, (draws, units), the true slopes by layer,
    and the problem."""
    problem = problem_of(rng, (10, 200, 150), 1)
    slopes = [s[0] for s in finite_difference_signals(*problem.given)]
    rows = [
        np.concatenate([u[-1] for u in answer(*problem.given, noise, rng)]) for _ in range(draws)
    ]
    return np.array(rows), slopes, problem


def require_the_gradient_of_each_sample(
    answer: Callable,
    rng: np.random.Generator,
    spread_of: Callable[[Problem], list[Array]],
    slips_of: Callable[[Problem, list[Array]], dict[str, list[Array]]],
) -> None:
    """Raise Broken unless the mean update is minus the gradient, with no more noise than the rule has.

    Parameters
    ----------
    spread_of : ``spread_of(problem)`` gives, for each layer, the factor between the noise and the
        pre-activation, (batch, units): 1 for noise on the pre-activations
    slips_of : ``slips_of(problem, signals)`` gives what the usual slips estimate in the place of the
        signals: sentence -> list of arrays of shape (batch, units)
    """
    problem = draw_problem(rng)
    noise = 10 ** rng.uniform(-4, -3)
    n = len(problem.x)
    downhill = finite_differences(*problem.given)
    signals, factors = finite_difference_signals(*problem.given), spread_of(problem)
    # d, minus the slope by what is shaken, of each sample and unit.
    shaken = [s / f for s, f in zip(signals, factors, strict=True)]
    total = sum(np.sum(s**2, axis=1) for s in shaken)
    p = [presynaptic(h) for h in problem.network.forward(problem.x)]

    def variance(layer, direction):
        q = p[layer] @ direction * factors[layer]
        return np.sum(total * np.sum(q**2, axis=1) + np.sum(shaken[layer] * q, axis=1) ** 2) / n**2

    updates = draw_updates(answer, problem, noise, rng)
    require_the_gradient_on_average(
        updates,
        downhill,
        variance,
        noise,
        n,
        "every unit of every layer is shaken",
        {
            cause: [a.T @ d / n for a, d in zip(p, deltas, strict=False)]
            for cause, deltas in slips_of(problem, signals).items()
        },
    )
    # The first layer's progress has to vary as the theory says: a rise that is shared by the batch
    # is as right on average, but n times as noisy. A sum of products of two normal numbers has a
    # kurtosis of at most 15, so the measured variance is off by √(14 / draws), or 6%, at most.
    d = downhill[0]
    measured = np.var(updates[:, : d.size] @ d.ravel())
    ratio = measured / variance(0, d)
    if abs(ratio - 1) > BOUND * np.sqrt(14 / DRAWS):
        raise Broken(
            f"right on average, but its variance is {ratio:.2g} times what it could be",
            "each sample has a rise of its own, and noise of its own: neither belongs to the whole "
            "batch"
            if ratio > 1
            else "",
        )


def require_three_factors(answer: Callable, rng: np.random.Generator) -> None:
    """Raise Broken unless, for one sample, a weight's update is its input times its unit's update."""
    *_, problem = estimates_and_slope(answer, rng, 1, 0.3)
    update = answer(*problem.given, 0.3, rng)
    h = problem.network.forward(problem.x)
    for layer, (u, below) in enumerate(zip(update, h, strict=False)):
        right = np.outer(below[0], u[-1])
        if np.max(np.abs(u[:-1] - right)) > TOLERANCE * np.max(np.abs(right)):
            raise Broken(
                f"in layer {layer} the weights' updates are not their inputs times the biases' update",
                "the activity below is the shaken one where the clean one belongs" if layer else "",
            )
