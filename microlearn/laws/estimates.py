"""Rules that shake something and look at the loss, with replaceable parts, and the slips in each part.

    weights:  ΔW = −rise/σ² Ψ
    units:    δ_l = −rise/σ² ξ_l ∘ slope_l,    ΔW_l = below(h_{l−1})ᵀ δ_l / n

Weights are shaken once for the batch, units anew for each sample, which has a rise of its own.

An answer may draw its noise in any order, so a single update can't be compared with that of a slip. But
the mean update of a slip can be computed without random numbers (:func:`mean_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from ..losses import Loss, get_loss
from ..network import Network, local_update
from .agreement import Array, flat
from .recursion import Slope
from .slips import Slips
from .standard import ANOTHER_GENERATOR, MADE_ANEW

Rule = Callable[..., list[Array]]
"""``rule(network, x, y, loss, noise, rng, **parts)``"""
Rise = Callable[[Any, Any], Any]
"""``rise(after, before)``: what scales the noise, from the shaken and the clean loss."""
Slopes = Callable[[Network, Sequence[Array]], list[Array]]
"""``slopes(network, activities)``: a factor for each layer, sample and unit, each (batch, units)."""


def shaking_weights(
    network: Network,
    x: Array,
    y: Array,
    loss: Loss,
    noise: float,
    rng: np.random.Generator,
    *,
    rise: Rise = np.subtract,
    again: bool = False,
) -> list[Array]:
    """The estimate from one draw of noise on every weight; ``again`` draws anew for the update."""

    def draw() -> list[Array]:
        return [noise * rng.standard_normal(w.shape) for w in network.weights]

    psi = draw()
    shaken = network.with_weights([w + p for w, p in zip(network.weights, psi, strict=True)])
    scale = rise(loss.mean(y, shaken.predict(x)), loss.mean(y, network.predict(x))) / noise**2
    return [-scale * p for p in (draw() if again else psi)]


def shaking_units(
    network: Network,
    x: Array,
    y: Array,
    loss: Loss,
    noise: float,
    rng: np.random.Generator,
    *,
    slopes: Slopes,
    shake: Callable[[Network, Array, list[Array]], list[Array]],
    rise: Rise = np.subtract,
    again: bool = False,
    credit: Callable[[list, list, list], list] = lambda xi, clean, shaken: xi,
    below: Callable[[list, list], list] = lambda clean, shaken: clean,
    slopes_at: Callable[[list, list], list] = lambda clean, shaken: clean,
) -> list[Array]:
    """The estimate from one draw of noise on every unit, for each sample.

    Parameters
    ----------
    slopes : see the type
    shake : ``shake(network, x, xi)``: the activities, x first, where the units are shaken by ``xi``
    rise : see the type
    again : draws anew for the update
    credit : ``credit(xi, clean, shaken)``: what stands in the place of the noise in the update
    below : ``below(clean, shaken)``: the activities that multiply the δ of the layer above
    slopes_at : ``slopes_at(clean, shaken)``: the activities whose slopes are taken
    """

    def draw() -> list[Array]:
        return [noise * rng.standard_normal((len(x), units)) for units in network.sizes[1:]]

    xi = draw()
    clean, shaken = network.forward(x), shake(network, x, xi)
    scale = rise(loss.per_sample(y, shaken[-1]), loss.per_sample(y, clean[-1])) / noise**2
    parts = zip(
        below(clean, shaken),
        draw() if again else credit(xi, clean, shaken),
        slopes(network, slopes_at(clean, shaken)),
        strict=False,
    )
    return [local_update(h, -scale[:, None] * s * f) for h, s, f in parts]


# --- where units are shaken, and the slopes that this needs ---------------------------------------


def on_what_they_receive(network: Network, x: Array, xi: list[Array]) -> list[Array]:
    return network.forward(x, noise=xi)


def on_what_they_send(network: Network, x: Array, xi: list[Array]) -> list[Array]:
    return network.forward(x, activity_noise=xi)


def on_what_hidden_units_send(network: Network, x: Array, xi: list[Array]) -> list[Array]:
    """The output units are shaken before their nonlinearity, so that a prediction stays in its range."""
    *hidden, output = xi
    return network.forward(
        x, noise=[*([None] * len(hidden)), output], activity_noise=[*hidden, None]
    )


def no_slopes(network: Network, h: Sequence[Array]) -> list[Array]:
    return [np.ones_like(a) for a in h[1:]]


def all_slopes(network: Network, h: Sequence[Array]) -> list[Array]:
    return [f.derivative(a) for f, a in zip(network.activations, h[1:], strict=True)]


def hidden_slopes(slope: Slope = lambda f, h, a: f.derivative(h)) -> Slopes:
    """That slope in the hidden layers, 1 in the output layer."""

    def of_each_layer(network: Network, h: Sequence[Array]) -> list[Array]:
        hidden = [
            slope(f, above, network.receive(l, below)) * np.ones_like(above)
            for l, (f, below, above) in enumerate(zip(network.activations, h, h[1:], strict=False))
        ]
        return [*hidden[:-1], np.ones_like(h[-1])]

    return of_each_layer


# --- slips ----------------------------------------------------------------------------------------

SIGN = "the sign: where the loss rises, step the other way"
SUMMED = "summed over the batch where the mean belongs"
MEAN_TOO_MANY = (
    "divided by the batch size once more than it should be, as by a mean over the batch too many"
)
ONLY_THE_FIRST = "only the first sample is looked at"
NO_CLEAN_PASS = "the loss itself, not its rise, scales the noise: subtract the clean pass"
ABSOLUTE = "rises and falls alike push the same way: an absolute value hides the sign"
OTHER_NOISE = "the noise in the update is not the noise that was added"
OWN_STRENGTH = "the noise has a strength of its own, whatever `noise` says"
ONE_FOR_ALL = (
    "each sample has a rise of its own and noise of its own: neither belongs to the whole batch"
)
SHAKEN_BELOW = "the activity below is the shaken one where the clean one belongs"
WHOLE_CHANGE = (
    "the whole change of the unit where its own noise belongs: what the layers below brought it is "
    "not its own doing"
)

FACTORS: dict[str, Callable[[float, int], float]] = {
    "the division by σ² is missing": lambda noise, n: noise**2,
    "a division by σ where σ² belongs": lambda noise, n: noise,
    "one division by σ too many": lambda noise, n: 1 / noise,
    SUMMED: lambda noise, n: n,
    MEAN_TOO_MANY: lambda noise, n: 1 / n,
    "a factor 2: the rise is taken from both sides, and not halved": lambda noise, n: 2,
    "a factor ½ too many": lambda noise, n: 0.5,
}
"""How many times as long an update is as it should be, for noise σ and n samples."""

STRENGTHS: dict[str, Callable[[float], float]] = {
    "σ² where σ belongs: the noise is σ times a normal number": lambda noise: noise**2,
    "√σ where σ belongs: σ is the standard deviation, not the variance": lambda noise: noise**0.5,
    OWN_STRENGTH: lambda noise: 1e-3,
}
"""The strength of the noise, where it should have the standard deviation σ."""

PROBLEMS: dict[str, Callable[[Network, Array, Array, Loss], tuple]] = {
    ONLY_THE_FIRST: lambda network, x, y, loss: (network, x[:1], y[:1], loss),
    "the loss is the one that you are given, and not the squared error": (
        lambda network, x, y, loss: (network, x, y, get_loss("squared_error"))
    ),
}
"""Other problems that an answer may have looked at."""


def slips_of_an_estimate(rule: Rule) -> dict[str, Callable]:
    """The slips that can be made in any rule of this kind."""

    def times(factor: Callable[[float, int], float]) -> Callable:
        return lambda network, x, y, loss, noise, rng: [
            factor(noise, len(x)) * u for u in rule(network, x, y, loss, noise, rng)
        ]

    def shaken_by(strength: Callable[[float], float]) -> Callable:
        return lambda network, x, y, loss, noise, rng: rule(
            network, x, y, loss, strength(noise), rng
        )

    def of(problem: Callable[..., tuple]) -> Callable:
        return lambda network, x, y, loss, noise, rng: rule(
            *problem(network, x, y, loss), noise, rng
        )

    return {
        SIGN: times(lambda noise, n: -1),
        **{cause: times(factor) for cause, factor in FACTORS.items()},
        **{cause: shaken_by(strength) for cause, strength in STRENGTHS.items()},
        **{cause: of(problem) for cause, problem in PROBLEMS.items()},
        NO_CLEAN_PASS: lambda *given: rule(*given, rise=lambda after, before: after),
        ABSOLUTE: lambda *given: rule(*given, rise=lambda after, before: np.abs(after - before)),
        OTHER_NOISE: lambda *given: rule(*given, again=True),
        MADE_ANEW: lambda *given: rule(*given[:-1], np.random.default_rng(0)),
        ANOTHER_GENERATOR: lambda *given: rule(*given[:-1], np.random.default_rng()),
    }


def slips_of_units(rule: Rule) -> dict[str, Callable]:
    """The slips that can be made in any rule that shakes units."""
    return {
        **slips_of_an_estimate(rule),
        ONE_FOR_ALL: lambda *given: rule(
            *given, rise=lambda after, before: np.full_like(after, np.sum(after - before))
        ),
        WHOLE_CHANGE: lambda *given: rule(
            *given,
            credit=lambda xi, clean, shaken: [
                after - before for after, before in zip(shaken[1:], clean[1:], strict=True)
            ],
        ),
        SHAKEN_BELOW: lambda *given: rule(*given, below=lambda clean, shaken: shaken),
    }


# --- the mean update ------------------------------------------------------------------------------

ALONG_THE_GRADIENT = frozenset(
    {SIGN, *FACTORS, *STRENGTHS, NO_CLEAN_PASS, ABSOLUTE, OTHER_NOISE, ONE_FOR_ALL}
)
"""Slips whose mean is a multiple of the right one, or zero, as long as the noise is weak."""


@dataclass(frozen=True)
class Suspects:
    """The slips that an answer may have made, at the arguments of an update.

    Attributes
    ----------
    slips : the function of each, under its cause
    given : all arguments but the generator
    """

    slips: Slips
    given: tuple

    @cached_property
    def means(self) -> dict[str, Array]:
        """The mean update of each slip that turns it away from the gradient; a multiple of the gradient
        is known by its factor."""
        turning = (item for item in self.slips.items() if item[0] not in ALONG_THE_GRADIENT)
        return {cause: mean_of(slip, *self.given) for cause, slip in turning}


class _UnitVector:
    """In the place of a generator: all that is drawn is 0, except for one number."""

    def __init__(self, index: int, value: int) -> None:
        self.index, self.value, self.drawn = index, value, 0

    def standard_normal(self, shape: tuple[int, ...]) -> Array:
        numbers = np.zeros(shape)
        if 0 <= (here := self.index - self.drawn) < numbers.size:
            numbers.flat[here] = self.value
        self.drawn += numbers.size
        return numbers


def mean_of(slip: Callable, *given: Any) -> Array:
    """The mean update of a slip for weak noise, flattened, computed without random numbers.

    For weak noise an update is a quadratic form in the noise z, and E[z zᵀ] = Σ e eᵀ, over all unit
    vectors e. The mean of the updates for e and −e has no odd terms. ``given`` are all arguments except
    the generator.
    """
    total: Array | float = 0.0
    index, drawn = 0, 1
    while index < drawn:
        for value in (1, -1):
            draw = _UnitVector(index, value)
            total = total + flat(slip(*given, draw)) / 2
            drawn = draw.drawn
        index += 1
    return cast(Array, total)
