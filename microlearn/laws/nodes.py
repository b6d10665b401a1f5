"""Facts about rules that shake units, shared by the two places where the noise can go.

For one sample the update of a layer's biases is the rule's estimate of minus the slope of the loss by
the layer's pre-activations, and the update of a weight is that times what came in through it. Noise
behind a nonlinearity reaches the pre-activation divided by its slope f′: such a rule's estimate is
one by activity, times f′. The factors f′ (1 for noise on the pre-activations) are what the two places
differ in.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..activations import get_activation
from ..facts import Broken
from ..gradients import finite_difference_signals, finite_differences
from ..network import presynaptic
from .agreement import TOLERANCE, flat
from .chance import STANDARD_ERRORS, farthest_by_chance
from .perturbation import (
    DRAWS,
    MEAN_TOO_MANY,
    calls,
    draw_updates,
    other_problems,
    require_the_gradient_on_average,
    require_the_length_of_a_draw,
)
from .problems import Problem, draw_sizes, problem_of

Array = np.ndarray
FactorsOf = Callable[[Problem], list[Array]]
"""From a problem to the factors of each layer, (batch, units)."""

WHOLE_CHANGE = (
    "the whole change of the unit where its own noise belongs: what the layers below brought it is "
    "not its own doing"
)
ANOTHERS_SLOPE = (
    "f′ is that of another nonlinearity: each layer has its own, which is network.activations[l]"
)


def require_the_gradient_of_each_sample(
    answer: Callable,
    rng: np.random.Generator,
    factors_of: FactorsOf,
    slips_of: Callable[[Problem, list[Array]], dict[str, list[Array]]],
) -> None:
    """Raise Broken unless the mean update is minus the gradient.

    ``slips_of(problem, signals)`` gives what the usual slips estimate in the place of the signals:
    sentence -> list of arrays of shape (batch, units).
    """
    # The small slopes of sigmoids show whether f′ is where it belongs.
    # Three samples, since an answer may well take them one by one, 4,000 times.
    *sizes, _ = draw_sizes(rng, 2, low=4)
    n = 3
    problem = _driven(problem_of(rng, sizes, n, hidden=("sigmoid",), output=("sigmoid",)), 4)
    noise = 10 ** rng.uniform(-4, -3)
    downhill = finite_differences(*problem.given)
    signals, factors = finite_difference_signals(*problem.given), factors_of(problem)
    # d, minus the slope by what is shaken, of each sample and unit.
    d = [s / f for s, f in zip(signals, factors, strict=True)]
    total = sum(np.sum(s**2, axis=1) for s in d)
    p = [presynaptic(h) for h in problem.network.forward(problem.x)]

    def variance(layer, direction):
        q = p[layer] @ direction * factors[layer]
        return np.sum(total * np.sum(q**2, axis=1) + np.sum(d[layer] * q, axis=1) ** 2) / n**2

    require_the_gradient_on_average(
        draw_updates(answer, problem, noise, rng),
        downhill,
        variance,
        noise,
        n,
        "every unit of every layer is shaken",
        {MEAN_TOO_MANY: [g / n for g in downhill]}
        | other_problems(problem)
        | {
            cause: [a.T @ delta / n for a, delta in zip(p, deltas, strict=False)]
            for cause, deltas in slips_of(problem, signals).items()
        },
    )


def require_an_experiment_for_each_sample(
    answer: Callable, rng: np.random.Generator, factors_of: FactorsOf
) -> None:
    """Raise Broken unless one update for many copies of a sample is as good as as many draws.

    With q the length of what comes in to a unit times its factor, the mean of n draws misses as a
    normal vector with the covariance (|d|² diag(q²) + (q d)(q d)ᵀ) / n would; if the samples share their
    noise or their rise, it is n times that.
    """
    *sizes, _ = draw_sizes(rng, 2, low=6, high=12)
    # f′ is ¼ at most, and the hidden layer drives the output: no slip in either goes unseen by chance.
    one = _driven(problem_of(rng, sizes, 1, hidden=("sigmoid",), output=("identity",)), 8)
    copies = Problem(
        one.network, np.repeat(one.x, DRAWS, axis=0), np.repeat(one.y, DRAWS, axis=0), one.loss
    )
    downhill = finite_differences(*one.given)
    factors = [f[0] for f in factors_of(one)]
    signals = flat(finite_difference_signals(*one.given))
    lengths = [np.linalg.norm(presynaptic(h)) for h in one.network.forward(one.x)]
    q = flat([length * f for length, f in zip(lengths, factors, strict=False)])
    d = signals / flat(factors)
    bound = farthest_by_chance(((d @ d) * np.diag(q**2) + np.outer(q * d, q * d)) / DRAWS)

    def misses(update):
        return np.sum((update - flat(downhill)) ** 2)

    seen = misses(flat(answer(*copies.given, 1e-3, rng)))
    if not seen < bound:
        alone = misses(np.mean(draw_updates(answer, one, 1e-3, rng), axis=0))
        raise Broken(
            f"for {DRAWS} copies the update misses the gradient by "
            f"{np.sqrt(seen / np.sum(flat(downhill) ** 2)):.2g} of its length",
            "each sample has a rise of its own and noise of its own: neither belongs to the whole "
            "batch"
            if alone < bound
            else "",
        )


def require_noise_of_ones_own(
    answer: Callable,
    rng: np.random.Generator,
    factors_of: FactorsOf,
    slope_missing: str,
    slope_too_often: str,
) -> None:
    """Raise Broken unless an estimate from one draw has the length of the layer's own noise.

    In units of their own noise all layers' estimates are (d·z) z_l, and so equally long for each unit.
    Of layers with 200, 160 and 150 units the logarithm of two lengths' ratio has a standard deviation of
    0.161 at most, taken as 0.17; its tails are light. The two sentences name the causes of a factor f′
    that is missing, or one too many.
    """
    draws, noise = 200, 10 ** rng.uniform(-4, -3)
    problem = _wide_problem(rng)
    factors = np.concatenate([f[0] for f in factors_of(problem)])
    signal = np.concatenate([s[0] for s in finite_difference_signals(*problem.given)])
    updates = calls(answer, draws, *problem.given, noise, rng)
    rows = np.array([flat([u[-1] for u in update]) for update in updates])
    estimates = rows / factors
    slope = np.concatenate([f[0] for f in slopes_of_hidden_layers(problem)])
    bounds = np.cumsum(problem.network.sizes[1:-1])
    *hidden, output = np.split(estimates, bounds, axis=1)
    for layer, (mine, f) in enumerate(zip(hidden, np.split(slope, bounds), strict=False)):
        length, of_output = (np.mean(e**2, axis=1) for e in (mine, output))
        ratio = np.exp(np.mean(np.log(of_output / length)))
        if not abs(np.log(ratio)) < STANDARD_ERRORS * 0.17 / np.sqrt(draws):
            scale = np.sqrt(length)[:, None]
            added, power = _added_and_power(mine / scale, output / scale, f)
            causes = {
                WHOLE_CHANGE: added > 0.6,
                slope_too_often: power > 1,
                slope_missing: -3 < power < -1,
                ANOTHERS_SLOPE: _goes_with_the_slope_of_another(mine / scale, problem, layer),
            }
            raise Broken(
                f"for each unit it is {ratio:.3g} times as long, squared, in the output layer as in "
                f"layer {layer}",
                *[cause for cause, holds in causes.items() if holds][:1],
            )
    try:
        require_the_length_of_a_draw(estimates, signal / factors, noise, 1, "units")
    except Broken as broken:
        try:
            require_the_length_of_a_draw(rows, signal / slope, noise, 1, "units")
        except Broken:
            raise broken from None
        raise Broken(broken.seen, slope_missing) from None


def slopes_of_hidden_layers(problem: Problem) -> list[Array]:
    """f′ of each hidden layer, (batch, units); 1 for the output."""
    network, h = problem.network, problem.network.forward(problem.x)
    hidden = zip(network.activations[:-1], h[1:], strict=False)
    return [*(f.derivative(a) for f, a in hidden), np.ones_like(h[-1])]


def _added_and_power(estimates: Array, output: Array, slope: Array) -> tuple[float, float]:
    """How much more the output units' estimates vary than hidden ones would whose slope is 1, as a
    logarithm; and the power of f′ with which the squares of the hidden ones go. Zeros where these go
    with no power of it."""
    strength, of_output = (np.log(np.mean(e**2, axis=0)) for e in (estimates, output))
    if not np.all(np.isfinite(strength)):  # LAPACK would complain, on a stderr that nobody swallows
        return 0.0, 0.0
    power, at_slope_1 = np.polyfit(np.log(slope), strength, 1)
    if np.std(strength - power * np.log(slope)) > 0.3:  # 0.1 is what 200 draws leave
        return 0.0, 0.0
    return np.mean(of_output) - at_slope_1, power


def _goes_with_the_slope_of_another(estimates: Array, problem: Problem, layer: int) -> bool:
    """Whether a hidden layer's estimates vary as if f′ were that of another nonlinearity."""
    network, strength = problem.network, np.mean(estimates**2, axis=0)
    own, h = network.activations[layer], network.forward(problem.x)[layer + 1][0]
    for other in ("tanh", "sigmoid", "relu"):
        expected = (get_activation(other).derivative(h) / own.derivative(h)) ** 2
        fitted = expected * (strength @ expected) / (expected @ expected)
        if other != own.name and np.linalg.norm(strength - fitted) < 0.3 * np.linalg.norm(strength):
            return True
    return False


def _wide_problem(rng: np.random.Generator) -> Problem:
    """One sample, and so many units that a single draw tells; what is below drives the output."""
    return _driven(problem_of(rng, (10, 200, 160, 150), 1, output=("identity",)), 8)


def _driven(problem: Problem, factor: float) -> Problem:
    """The problem with its last layer's weights that many times as large."""
    *below, last = problem.network.weights
    network = problem.network.with_weights([*below, factor * last])
    return Problem(network, problem.x, problem.y, problem.loss)


def require_three_factors(answer: Callable, rng: np.random.Generator) -> None:
    """Raise Broken unless, for one sample, a weight's update is its input times its unit's update."""
    for sizes in ((10, 200, 150), (6, 5, 4, 3, 7)):
        problem = problem_of(rng, sizes, 1, output=("identity",))
        update = answer(*problem.given, 0.3, rng)
        h = problem.network.forward(problem.x)
        for layer, (u, below) in enumerate(zip(update, h, strict=False)):
            right = np.outer(below[0], u[-1])
            if np.max(np.abs(u[:-1] - right)) > TOLERANCE * np.max(np.abs(right)):
                raise Broken(
                    f"in layer {layer} the weights' updates are not their inputs times the biases' "
                    "update",
                    "the activity below is the shaken one where the clean one belongs"
                    if layer
                    else "",
                )
