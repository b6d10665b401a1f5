"""Rules by which B learns from each layer for itself: penalties on B, and what goes down them.

All penalties are quadratic in B, so that a difference of two values is their slope exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..checking.answer import Answer
from ..checking.facts import Broken, Fact, fact
from ..network import Network
from .agreement import agree, off_by, same_direction
from .extremes import of_a_rule
from .inputs import arguments_for, parameters, typical
from .problems import problem_of
from .slips import Slips, cause_of

Array = np.ndarray


@dataclass(frozen=True)
class Layer:
    """What there is where B lies: ``w`` is W°, ``h`` the activity below, ``bias`` what the units above
    receive without it, ``sent`` what they send, and ``ridge`` is γ where the rule has one."""

    w: Array
    b: Array
    h: Array
    bias: Array
    sent: Array
    ridge: float = 0.0

    @property
    def samples(self) -> int:
        return len(self.h)

    @property
    def response(self) -> Array:
        return self.h @ self.w

    def scaled_by(self, signal: Array) -> Layer:
        """The layer with its activity divided by the root of the mean squared length of ``signal``."""
        mean = np.sum(signal**2) / self.samples
        return replace(self, h=self.h / np.sqrt(mean)) if mean > 0 else self


def layers_of(network: Network, x: Array, feedback: list, ridge: float = 0.0) -> Iterator[Layer]:
    """Every layer that has feedback weights, from the lowest one up."""
    h = network.forward(x)
    for l in range(1, len(feedback)):
        w = network.weights[l]
        yield Layer(w[:-1], feedback[l], h[l], w[-1], h[l + 1], ridge)


def layer_by_layer(of_layer: Callable[[Layer], Array]) -> Callable[..., list]:
    """The rule in which a function says what the B of a layer gets."""
    return lambda *given: [None, *map(of_layer, layers_of(*given))]


def slips_of(parts: dict[str, Callable[[Layer], Array]]) -> Slips:
    """Slips that are functions of a layer."""
    return {cause: layer_by_layer(part) for cause, part in parts.items()}


def slope(penalty: Callable[[Array], float], b: Array) -> Array:
    """The derivative of a quadratic function of B, entry by entry, measured."""
    measured = np.zeros_like(b)
    for entry in np.ndindex(b.shape):
        step = np.zeros_like(b)
        step[entry] = 1.0
        measured[entry] = (penalty(b + step) - penalty(b - step)) / 2
    return measured


def points_down(
    sentence: str,
    penalty: Callable[[Layer, Array], float],
    slips: Slips,
    points: int = 3,
    **knobs: float,
) -> Fact:
    """A fact: the update points where ``penalty(layer, b)`` falls fastest, up to one factor for all
    layers, in networks of two and of four layers, with those knobs."""
    return _held_to_the_slope(sentence, penalty, slips, points, same_direction, knobs)


def goes_down(
    sentence: str, penalty: Callable[[Layer, Array], float], slips: Slips, points: int = 1
) -> Fact:
    """A fact: the update is minus the measured slope of ``penalty(layer, b)``, in such networks."""
    return _held_to_the_slope(sentence, penalty, slips, points, agree, {})


def _held_to_the_slope(
    sentence: str,
    penalty: Callable[[Layer, Array], float],
    slips: Slips,
    points: int,
    right_enough: Callable[[list, list], bool],
    knobs: dict[str, float],
) -> Fact:
    def test(answer: Answer, rng: np.random.Generator) -> None:
        for layers in (2, 4):
            drawn = typical(answer.exercise, rng, layers)
            named = dict(zip(parameters(answer.exercise), drawn, strict=True)) | knobs
            given = tuple(named.values())
            slopes = (slope(partial(penalty, at), at.b) for at in layers_of(*given))
            right = [None, *(-down for down in slopes)]
            seen = answer(*given)
            if not right_enough(seen, right):
                raise Broken(
                    f"it is not what goes straight down the penalty: {off_by(seen, right)}",
                    cause_of(slips, given, list(seen), right),
                )

    test.__doc__ = sentence
    return fact(points)(test)


def along_one_direction(exercise: str, rng: np.random.Generator) -> tuple:
    """Arguments of an exercise, for three layers, linear below the output and without biases there, in
    which all activity lies along a single direction."""
    problem = problem_of(rng, [4, 5, 3, 6], 7, hidden=("identity",), output=("tanh",))
    line = np.outer(rng.normal(0, 1, 4), rng.normal(0, 1, 5))
    first = np.vstack([line, np.zeros(5)])
    second = problem.network.weights[1].copy()
    second[-1] = 0
    network = problem.network.with_weights([first, second, problem.network.weights[2]])
    return arguments_for(replace(problem, network=network), exercise, rng)


def its_layer_alone(sentence: str, slips: Slips) -> Fact:
    """A supporting fact: biases, and the weights of layers above, change nothing."""

    def test(answer: Answer, rng: np.random.Generator) -> None:
        given = dict(
            zip(parameters(answer.exercise), typical(answer.exercise, rng, 4), strict=True)
        )
        network = given["network"]
        seen = answer(*given.values())
        for l in range(1, len(network.weights)):
            weights = [*network.weights]
            weights[l] = np.vstack([weights[l][:-1], rng.normal(0, 3, (1, weights[l].shape[1]))])
            weights[l + 1 :] = [rng.normal(0, 1, w.shape) for w in weights[l + 1 :]]
            changed = given | {"network": network.with_weights(weights)}
            after = answer(*changed.values())
            for m in range(1, l + 1):
                if not agree(after[m], seen[m]):
                    raise Broken(
                        f"the update of layer {m} changed with the biases of layer {l} and the weights "
                        "above it",
                        cause_of(slips, tuple(given.values()), seen, None),
                    )

    test.__doc__ = sentence
    return fact(1, supporting=True)(test)


def cases(exercise: str) -> Callable[[np.random.Generator], Iterator[tuple[str, tuple]]]:
    """Arguments of an alignment at every size and scale, silent layers among them."""

    def draw(rng: np.random.Generator) -> Iterator[tuple[str, tuple]]:
        yield from of_a_rule(exercise, rng)
        problem = problem_of(rng, [3, 4, 5, 2], 6, hidden=("relu", "identity"))
        given = dict(zip(parameters(exercise), arguments_for(problem, exercise, rng), strict=True))
        first, *above = problem.network.weights
        for words, weights in (
            ("where a layer is silent", [0 * first, *above]),
            ("where no activity comes through", [first, *(0 * w for w in above)]),
        ):
            network = problem.network.with_weights(weights)
            yield words, tuple((given | {"network": network}).values())
        linear = problem_of(rng, [3, 4, 5, 2], 6, hidden=("identity",))
        plain = [np.vstack([w[:-1], 0 * w[-1:]]) for w in linear.network.weights]
        linear = replace(linear, network=linear.network.with_weights(plain))
        for scale in (1e-9, 1e4):
            scaled = replace(linear, x=scale * linear.x)
            yield "where the activity is strong or weak", arguments_for(scaled, exercise, rng)

    return draw
