"""What the checks of rules with feedback weights share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..checking import Broken
from ..gradients import finite_differences
from ..network import Network, presynaptic
from .compare import batch_factors, explain, relative_difference, same
from .problems import SMOOTH, Problem, draw_problem

Array = np.ndarray
Arrays = list[Array]


def transposes(problem: Problem) -> list[Array | None]:
    """The feedback weights with which feedback alignment is backprop: W°ᵀ of each layer."""
    return [None, *(w[:-1].T.copy() for w in problem.network.weights[1:])]


def draw_feedback(rng: np.random.Generator, problem: Problem) -> list[Array | None]:
    """Random feedback weights."""
    return [None if b is None else rng.normal(0, 1, b.shape) for b in transposes(problem)]


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


def require_backprop_through(
    call: Callable[[Problem, list], Arrays], rng: np.random.Generator, layers: int
) -> None:
    """Raise Broken unless the update is minus the measured gradient where B = W°ᵀ."""
    problem = draw_of_depth(rng, layers)
    seen, right = call(problem, transposes(problem)), finite_differences(*problem.given)
    if not same(seen, right):
        raise Broken(
            f"with B = W°ᵀ your update is {relative_difference(seen, right):.0%} of its length away "
            "from the gradient that was measured",
            explain(
                seen, right, batch_factors(len(problem.x)), _slips(problem, transposes(problem))
            ),
        )


def with_other_weights(problem: Problem, above: Arrays) -> Network:
    """A network with those weights above its first layer, biases left out, in which every unit of
    the first sample is as active as before: the biases make up for the difference."""
    network, weights = problem.network, [problem.network.weights[0]]
    for w, below, other in zip(
        network.weights[1:], network.forward(problem.x[:1])[1:], above, strict=False
    ):
        weights.append(np.vstack([other, w[-1:] + below @ (w[:-1] - other)]))
    return network.with_weights(weights)


def require_the_network_of_b(
    call: Callable[[Problem, list], Arrays], rng: np.random.Generator, layers: int
) -> None:
    """Raise Broken unless, whatever B, the update is backprop's in a network with W° = Bᵀ.

    That network treats one sample just as the first does, so that the output has the same error and
    every unit the same slope; only the way back is another.
    """
    problem = draw_of_depth(rng, layers)
    problem = Problem(problem.network, problem.x[:1], problem.y[:1], problem.loss)
    feedback = draw_feedback(rng, problem)
    seen = call(problem, feedback)
    other = with_other_weights(problem, [b.T for b in feedback[1:]])
    right = finite_differences(other, problem.x, problem.y, problem.loss)
    if not same(seen, right):
        forms = {
            "the errors go down through W°ᵀ; they have weights of their own, B": (
                finite_differences(*problem.given)
            )
        } | _slips(problem, feedback)
        raise Broken(
            f"for random B your update is {relative_difference(seen, right):.0%} of its length away "
            "from that",
            explain(seen, right, batch_factors(len(problem.x)), forms),
        )


def _slips(problem: Problem, feedback: list[Array | None]) -> dict[str, Arrays]:
    """What the usual slips give: the reason, and the update that it leads to."""
    network, x, y, loss = problem.given
    h = network.forward(x)

    def walk(carry: Callable) -> Arrays:
        delta, update = loss.output_delta(y, h[-1], network.activations[-1]), []
        for l in reversed(range(len(network.weights))):
            update.insert(0, presynaptic(h[l]).T @ delta / len(x))
            if l:
                delta = carry(l, delta)
        return update

    def slope(l: int) -> Array:
        return network.activations[l - 1].derivative(h[l])

    pre = [None] + [presynaptic(h[l]) @ w for l, w in enumerate(network.weights)]
    return {
        "the derivative f′ of the hidden layer is missing": walk(lambda l, d: d @ feedback[l]),
        "the sign flips on the way down": walk(lambda l, d: -(d @ feedback[l]) * slope(l)),
        "f′ is applied twice": walk(lambda l, d: (d @ feedback[l]) * slope(l) ** 2),
        "f′ is taken of the pre-activation; `derivative` expects the activity h": walk(
            lambda l, d: (d @ feedback[l]) * network.activations[l - 1].derivative(pre[l])
        ),
        "nothing is sent down to the hidden layers": walk(lambda l, d: 0 * h[l]),
        "only the signs of B are used": walk(lambda l, d: (d @ np.sign(feedback[l])) * slope(l)),
        "the activity h stands where its derivative f′ belongs": walk(
            lambda l, d: (d @ feedback[l]) * h[l]
        ),
        "divided by the batch size again in every layer": walk(
            lambda l, d: (d @ feedback[l]) * slope(l) / len(x)
        ),
        "the output's error goes straight to every layer, past the slopes f′ in between; each layer "
        "sends down its own δ": _straight(problem, feedback),
    }


def _straight(problem: Problem, feedback: list[Array | None]) -> Arrays:
    """The update if a layer's slope f′ counts for the layer itself, and for none below it."""
    network, x, y, loss = problem.given
    h = network.forward(x)
    error, update = loss.output_delta(y, h[-1], network.activations[-1]), []
    delta = error
    for l in reversed(range(len(network.weights))):
        update.insert(0, presynaptic(h[l]).T @ delta / len(x))
        if l:
            error = error @ feedback[l]
            delta = error * network.activations[l - 1].derivative(h[l])
    return update
