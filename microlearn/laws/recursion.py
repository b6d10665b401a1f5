"""Backprop's recursion with replaceable parts, and the slips in each part.

    δ_L = output_delta,    sent_L = message(y, δ_L),    ΔW_l = below(h_{l−1})ᵀ δ_l / n
    δ_l = down(l, sent_{l+1}) ∘ slope(l),    sent_l = δ_l

Every rule that sends errors down is this recursion with another way down. Where the hidden layers hear
the output itself, sent_l = sent_L. So each of these rules names every slip that any of them can make.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..activations import Activation
from ..checking.answer import Answer
from ..checking.facts import Broken, Fact, fact
from ..gradients import finite_differences
from ..losses import Loss, get_loss
from ..network import Network, presynaptic
from .agreement import (
    Array,
    Update,
    agree,
    percent,
    relative_difference,
    same_direction,
    what_differs,
)
from .inputs import arguments_for
from .problems import draw_problem, transposes
from .slips import Slips, cause_of

Down = Callable[[int, Array], Array]
"""``down(l, sent)``: the error that reaches the units below layer ``l``, from what layer ``l`` sends."""
Slope = Callable[[Activation, Array, Array], Array | float]
"""``slope(f, h, a)``: a factor for each unit, from its activation, activity and pre-activation."""


def recursion(
    network: Network,
    x: Array,
    y: Array,
    loss: Loss,
    down: Down,
    *,
    slope: Slope = lambda f, h, a: f.derivative(h),
    output_delta: Callable[[Loss, Array, Array, Activation], Array] = Loss.output_delta,
    message: Callable[[Array, Array], Array] = lambda y, delta: delta,
    sent: Callable[[Array, Array, Array], Array] = lambda arrived, delta, said: delta,
    below: Callable[[Array], Array] = presynaptic,
) -> list[Array]:
    """The update of each weight matrix.

    Parameters
    ----------
    down, slope : see the types
    output_delta : ``(loss, y, prediction, activation)`` to δ of the output layer
    message : what the output layer sends down, from the target and its δ
    sent : what a hidden layer sends further down, from the error that arrived, its δ, and what the
        output layer has sent
    below : from an activity to what multiplies δ in the update of a layer, bias column last
    """
    h, f = network.forward(x), network.activations
    delta = output_delta(loss, y, h[-1], f[-1])
    said = sends = message(y, delta)
    update: list[Array] = []
    for l in reversed(range(len(f))):
        update.insert(0, below(h[l]).T @ delta / len(x))
        if l:
            arrived = down(l, sends)
            delta = arrived * slope(f[l - 1], h[l], network.receive(l - 1, h[l - 1]))
            sends = sent(arrived, delta, said)
    return update


def backprop(network: Network, x: Array, y: Array, loss: Loss, *_: Any) -> list[Array]:
    """Backprop, whatever a rule takes beside a batch: the slip of forgetting the rule's own way down."""
    return recursion(network, x, y, loss, lambda l, delta: delta @ transposes(network)[l])


def slips_on_the_way_down(
    carrier: Callable[..., Sequence[Array | None]], called: str = "B", **way: Callable
) -> dict[str, Callable[..., Any]]:
    """The slips that every rule can make which sends errors down.

    Parameters
    ----------
    carrier : ``carrier(network, *rest)``, with what the rule takes after ``loss``, gives for each layer
        ``l`` the matrix (units of ``l``, units of ``l − 1``) that carries an error down from it
    called : the name of that matrix in the sentences
    way : the parts of :func:`recursion` in which the right rule differs from backprop
    """

    def slip(change: Callable[[Array], Array] = lambda m: m, scale: float = 1, **parts) -> Callable:
        def answer(network, x, y, loss, *rest):
            matrices, changed = carrier(network, *rest), way | parts
            update = recursion(network, x, y, loss, lambda l, d: d @ change(matrices[l]), **changed)
            return [scale * u for u in update]

        return answer

    right = slip()

    def times(factor: Callable[[int], float]) -> Callable:
        return lambda network, x, *rest: [factor(len(x)) * u for u in right(network, x, *rest)]

    def in_every_layer(network, x, y, loss, *rest):
        matrices = carrier(network, *rest)
        return recursion(network, x, y, loss, lambda l, d: d @ matrices[l] / len(x), **way)

    def of_another_layer(network, x, y, loss, *rest):
        matrices, f = carrier(network, *rest), network.activations
        h = network.forward(x)

        def down(l, delta):
            above = f[l] if l < len(f) - 1 else f[l - 1]
            return delta @ matrices[l] * above.derivative(h[l])

        return recursion(network, x, y, loss, down, slope=lambda f, h, a: 1, **way)

    def of_the_layer_above(network, x, y, loss, *rest):
        matrices, f = carrier(network, *rest), network.activations
        h = network.forward(x)

        def down(l, delta):  # softmax has no f′ for each unit: at the output it ends in an error
            return delta @ matrices[l] * f[l].derivative(h[l])

        return recursion(network, x, y, loss, down, slope=lambda f, h, a: 1, **way)

    def the_mean(network, x, y, loss, *rest):
        matrices = carrier(network, *rest)

        def down(l, delta):
            return np.broadcast_to(delta.mean(axis=0), delta.shape) @ matrices[l]

        return recursion(network, x, y, loss, down, **way)

    return {
        "the sign: an update is what is added, so it must point downhill": slip(scale=-1),
        "the sum over the batch where the mean belongs: divide by the number of samples": times(
            float
        ),
        "the batch size divided out twice": times(lambda n: 1 / n),
        "a factor 2: the loss has a ½ in front, which its derivative uses up": slip(scale=2),
        "a factor ½ too many": slip(scale=0.5),
        "the derivative f′ of the hidden layer is missing": slip(slope=lambda f, h, a: 1),
        "f′ is taken of the pre-activation; `derivative` expects the activity h": slip(
            slope=lambda f, h, a: f.derivative(a)
        ),
        "f′ is applied twice": slip(slope=lambda f, h, a: f.derivative(h) ** 2),
        "f′ is that of the activation of another layer": of_another_layer,
        "f′ is that of the layer above, `activations[l]`: below it is layer `l - 1`": of_the_layer_above,
        "f′ is that of a sigmoid, whatever the activation": slip(slope=lambda f, h, a: h * (1 - h)),
        "f′ is that of tanh, whatever the activation": slip(slope=lambda f, h, a: 1 - h**2),
        "the activity h stands where its derivative f′ belongs": slip(slope=lambda f, h, a: h),
        "f stands where its derivative f′ belongs": slip(slope=lambda f, h, a: f(h)),
        "the sign flips on the way down": slip(np.negative),
        f"only the signs of {called} are used": slip(np.sign),
        "nothing is sent down to the hidden layers": slip(lambda m: 0 * m),
        "divided by the batch size again in every layer": in_every_layer,
        "all samples hear the mean of what is sent: each has a message of its own": the_mean,
        "the output's error goes straight to every layer, past the slopes f′ in between; each layer "
        "sends down its own δ": slip(sent=lambda arrived, delta, said: arrived),
        "the derivative f′ of the output layer is missing": slip(
            output_delta=lambda loss, y, prediction, f: loss.error(y, prediction)
        ),
        "the biases, the last row, get no update": slip(below=_without_the_bias_column),
        "only the first sample is looked at": lambda network, x, y, *rest: right(
            network, x[:1], y[:1], *rest
        ),
        "the loss is the one that you are given, and not the squared error": (
            lambda network, x, y, loss, *rest: right(
                network, x, y, get_loss("squared_error"), *rest
            )
        ),
    }


def _without_the_bias_column(h: Array) -> Array:
    p = presynaptic(h)
    p[:, -1] = 0
    return p


def output_layer_has_its_gradient(sentence: str, slips: Slips) -> Fact:
    """A supporting fact, since backprop obeys it too: the output layer's update is minus its gradient,
    whatever carries errors below it."""

    def of_the_output(slip: Callable) -> Callable:
        return lambda *given: slip(*given)[-1:]

    def test(answer: Answer, rng: np.random.Generator) -> None:
        # With the identity the slope of the output could be left out, and softmax has no slope.
        for output in ("sigmoid", "softmax"):
            problem = draw_problem(rng, 3, output=(output,))
            given = arguments_for(problem, answer.exercise, rng)
            seen, right = answer(*given)[-1:], finite_differences(*problem.given)[-1:]
            if not agree(seen, right):
                slips_here = {cause: of_the_output(slip) for cause, slip in slips.items()}
                raise Broken(
                    "the output layer's update is not minus its gradient",
                    cause_of(slips_here, given, seen, right),
                )

    test.__doc__ = sentence
    return fact(1, supporting=True)(test)


def require_update(
    answer: Answer, given: tuple, right: Update, slips: Slips, what: str = "your update"
) -> None:
    """Raise Broken unless the answer to ``given`` points as the update ``right`` does; name the slip.

    A factor, the same for all layers, is the business of a fact of its own. ``what`` says what was asked
    for, in words.
    """
    seen = answer(*given)
    if not same_direction(seen, right):
        raise Broken(
            f"{what} is {percent(relative_difference(seen, right))} of its length away from the "
            "gradient that was measured",
            cause_of(slips, given, seen, right) or what_differs(seen, right),
        )
