"""Facts about weight perturbation.

With g the gradient and σ small, the update is U = −(g·Ψ) Ψ/σ². Two laws pin it down. On average it is
−g, and along −g each draw contributes |g|² χ²₁; and each draw's length obeys |U|² / (U·(−g)) = |Ψ|²/σ²,
which for P parameters is χ²_P and so known to √(2/P) from a single draw. Bounds are at 6.5 standard
errors: with the tails of χ² at these sample sizes a right answer fails less than once in 10⁷ checks.
"""

from __future__ import annotations

import numpy as np

from ..checking import Broken, fact
from ..gradients import descent_direction, finite_differences
from .compare import flat, require_shapes, require_untouched
from .problems import draw_problem, problem_of

HINTS = (
    "You have shaken the weights, and the loss has gone up a little. Was this a good direction? "
    "And if the loss had gone up twice as much?",
    "Run the batch through the network twice, once as it is and once with every weight shifted by "
    "its own psi. The rise of the mean loss, a single number, says how far to step against psi; "
    "dividing by σ² makes the average step as long as the gradient.",
    "`rise = loss.mean(y, shaken.predict(x)) - loss.mean(...)`, and for each psi return "
    "`-rise / ... * psi`.",
)

DRAWS = 4000
BOUND = 6.5


def _updates(answer, problem, noise, rng, draws):
    return np.array([flat(answer(*problem.given, noise, rng)) for _ in range(draws)])


@fact(gate=True)
def one_update_for_each_weight_matrix(answer, rng):
    """You return one array for each weight matrix, of the same shape, biases in the last row."""
    problem = draw_problem(rng)
    require_shapes(answer(*problem.given, 1e-3, rng), problem.network.weights)


@fact(2)
def on_average_it_is_the_gradient(answer, rng):
    """Averaged over 4,000 draws of the noise, your update points along minus the gradient, and is
    as long, for the weights and for the biases of every layer."""
    problem = draw_problem(rng)
    noise = 10 ** rng.uniform(-4, -3)
    downhill = finite_differences(*problem.given)
    updates = _updates(answer, problem, noise, rng, DRAWS)
    total = flat(downhill) @ flat(downhill)
    start = 0
    for layer, d in enumerate(downhill):
        rows = {
            "weights": slice(0, d.size - d.shape[1]),
            "biases": slice(d.size - d.shape[1], None),
        }
        for what, part in rows.items():
            truth = d.ravel()[part]
            mine = updates[:, start : start + d.size][:, part]
            if not np.any(mine):
                raise Broken(
                    f"the update of the {what} of layer {layer} is always zero",
                    "they were left in peace: every weight and every bias is shaken",
                )
            along = mine @ truth / (truth @ truth)
            spread = np.sqrt(1 + total / (truth @ truth))
            error = spread / np.sqrt(DRAWS)
            if not abs(along.mean() - 1) < BOUND * error:
                raise Broken(
                    f"for the {what} of layer {layer} the average is {along.mean():.3g} times the "
                    f"gradient; 1 ± {BOUND * error:.2f} was expected",
                    _cause(updates @ flat(downhill) / total, noise, len(problem.x)),
                )
        start += d.size


def _cause(steps, noise, n):
    """The likeliest slip, from the step downhill of each draw, as a share of the gradient.

    Of a right answer these are χ²₁, with a mean of 1 and a standard deviation of √2.
    """
    mean, std = steps.mean(), steps.std()
    if abs(mean) < BOUND * std / np.sqrt(len(steps)):
        if std > 5:
            return "the loss itself, not its rise, scales the noise: subtract the clean pass"
        return "the noise in the update is not the noise that shook the weights"
    return _factor(mean, noise, n)


def _factor(ratio, noise, n):
    """The likeliest reason why an update is ``ratio`` times as long as it should be."""
    reasons = {
        "": 1.0,
        "the division by σ² is missing": noise**2,
        "a division by σ where σ² belongs": noise,
        "one division by σ too many": 1 / noise,
        "the loss is summed over the batch where the mean belongs": float(n),
        "divided by the batch size once more: loss.mean has done it": 1 / n,
    }
    sign = "the sign: where the loss rises, step the other way" if ratio < 0 else ""
    for cause, factor in reasons.items():
        if 0.7 < abs(ratio) / factor < 1.4:
            return "; and ".join(part for part in (cause, sign) if part)
    return sign


@fact(2)
def as_long_as_the_noise_makes_it(answer, rng):
    """In a single draw, your update is as long as |rise| |Ψ| / σ²: its squared length over its
    component downhill is the number of weights and biases."""
    problem = problem_of(rng, (40, 60, 50), 3)
    downhill = flat(descent_direction(*problem.given))
    noise = 10 ** rng.uniform(-5, -4)
    updates = _updates(answer, problem, noise, rng, 20)
    along = updates @ downhill
    if not np.sum(along) > 0:
        raise Broken("over 20 draws your updates lead uphill")
    ratio = np.sum(updates**2) / np.sum(along) / downhill.size
    # A mean of χ²_P / P in which each draw counts by its step downhill.
    error = np.sqrt(2 / downhill.size * np.sum(along**2)) / np.sum(along)
    if not abs(ratio - 1) < BOUND * error:
        raise Broken(
            f"it is {ratio:.3g} times what {downhill.size} weights and biases give",
            _factor(ratio, noise, len(problem.x)),
        )


@fact(1)
def the_noise_is_drawn_afresh(answer, rng):
    """Every call draws fresh noise from the `rng` it is given, and from nothing else."""
    problem = draw_problem(rng)
    seed = int(rng.integers(2**32))
    one, again = np.random.default_rng(seed), np.random.default_rng(seed)
    first, second = (flat(answer(*problem.given, 1e-3, one)) for _ in range(2))
    if np.array_equal(first, second):
        raise Broken(
            "two calls in a row gave the same update",
            "a generator made anew, with a fixed seed, inside the function",
        )
    if not np.array_equal(first, flat(answer(*problem.given, 1e-3, again))):
        raise Broken(
            "the same generator state gave two different updates",
            "noise from somewhere else: use the `rng` that you are given",
        )


@fact(manners=True)
def inputs_stay_as_they_are(answer, rng):
    """The shaking ends when the measurement ends: weights and data stay as they were."""
    problem = draw_problem(rng)
    require_untouched(
        lambda: answer(*problem.given, 1e-3, rng),
        [*problem.network.weights, problem.x, problem.y],
    )
