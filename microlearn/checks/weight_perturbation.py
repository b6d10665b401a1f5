"""Facts about weight perturbation: what is shaken is every weight and bias, once for the batch."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..checking.facts import Broken, fact
from ..gradients import descent_direction, finite_differences
from ..laws.agreement import TOLERANCE, agree, flat
from ..laws.chance import on_a_quarter_or_all
from ..laws.estimates import (
    MEAN_TOO_MANY,
    ONLY_THE_FIRST,
    SUMMED,
    Suspects,
    shaking_weights,
    slips_of_an_estimate,
)
from ..laws.perturbation import (
    DRAWS,
    draw_updates,
    require_normal_noise,
    require_numbers_that_are_free,
    require_the_gradient_on_average,
    require_the_length_of_a_draw,
)
from ..laws.problems import draw_problem, problem_of
from ..laws.standard import inputs_stay_as_they_are, noise_is_drawn_afresh, returns_updates_of
from ..laws.strength import an_experiment_is_made, noise_is_as_strong_as_told

HINTS = (
    "You have shaken the weights, and the loss has gone up a little. Was this a good direction? "
    "And if the loss had gone up twice as much?",
    "Run the batch through the network twice, once as it is and once with every weight shifted by "
    "its own psi. The rise of the mean loss, a single number, says how far to step against psi; "
    "dividing by σ² makes the average step as long as the gradient.",
    "`rise = loss.mean(y, shaken.predict(x)) - loss.mean(...)`, and for each psi return "
    "`-rise / ... * psi`.",
)


SLIPS = slips_of_an_estimate(shaking_weights)


shapes = returns_updates_of("network")


@fact(1, supporting=True)
def as_long_as_the_noise_makes_it(answer, rng):
    """In a single draw, your update is as long as |rise| |Ψ| / σ²: its squared length over its
    component downhill is the number of weights and biases."""
    problem = problem_of(rng, (40, 60, 50), 7)  # no slip but one in the mean makes a factor 7
    noise = 10 ** rng.uniform(-5, -4)
    updates = draw_updates(answer, problem, noise, rng, draws=40)
    slope, given = flat(descent_direction(*problem.given)), (*problem.given, noise)
    require_the_length_of_a_draw(updates, slope, "weights and biases", given)
    require_normal_noise(updates, slope)


@fact(1, supporting=True)
def one_draw_for_the_batch(answer, rng):
    """With the same random numbers, the update of a batch is the mean of the updates of its samples
    alone: they share one draw of the noise."""
    # Five times, since what is rounded to whole numbers agrees by chance in one of four.
    for _ in range(5):
        _one_draw_for_the_batch(answer, rng)


def _one_draw_for_the_batch(answer, rng):
    network, x, y, loss = draw_problem(rng).given
    seed = int(rng.integers(2**32))

    def updates(*batches):
        cases = [
            (network, x[rows], y[rows], loss, 0.1, np.random.default_rng(seed)) for rows in batches
        ]
        return [flat(update) for update in answer.each(cases)]

    together, *alone = updates(slice(None), *([i] for i in range(len(x))))
    mean = np.mean(alone, axis=0)
    causes = {
        ONLY_THE_FIRST: alone[0],
        SUMMED: len(x) * mean,
        MEAN_TOO_MANY: mean / len(x),
    }
    # Samples can cancel each other almost exactly; how exactly an answer knows the rest, they tell.
    scale = np.max(np.mean(np.abs(alone), axis=0))
    if not np.max(np.abs(together - mean)) < TOLERANCE * scale:
        raise Broken(
            "the batch's update is not the mean of its samples'",
            next(
                (c for c, wrong in causes.items() if np.any(wrong) and agree([together], [wrong])),
                "noise of its own for each sample: one draw of the weights' noise serves the batch"
                if not agree(updates([0, 0]), alone[:1])
                else "",
            ),
        )


def each_weight_has_noise_of_its_own(answer, rng):
    problem = problem_of(rng, (12, 9), 1, output=("identity",))
    (update,) = answer(*problem.given, 0.1, rng)
    if not np.any(update):
        raise Broken("the update is zero")
    if np.linalg.matrix_rank(np.asarray(update, float), 1e-3 * np.max(np.abs(update))) < 5:
        raise Broken(
            "for a single sample the update is a product of inputs and units",
            "every weight has noise of its own, and no unit",
        )


experiment = an_experiment_is_made(
    "With the same random numbers your update lies along the same noise, whatever the loss; and how "
    "far it goes is told by what the loss does where the noise leads, not by its slope here.",
    also=each_weight_has_noise_of_its_own,
)
fresh = noise_is_drawn_afresh()


strength = noise_is_as_strong_as_told(
    "`noise` says how far the weights are shaken: for a known draw z of the random numbers, your "
    "update follows from the loss at W + σz."
)
untouched = inputs_stay_as_they_are(
    "The shaking ends when the measurement ends: weights and data stay as they were."
)


# The last one, since it calls the answer 1,000 times or more: a slow one has been tried by then.
@fact(2, supporting=True)  # backprop with noise obeys it
def on_average_it_is_the_gradient(answer, rng):
    """Averaged over 1,000 draws of the noise, or 4,000 where these leave a doubt, your update points
    along minus the gradient, and is as long, for the weights and for the biases of every layer."""
    # The layers are equal, so that noise which they share shows.
    problem = problem_of(rng, [int(rng.integers(4, 6))] * 3, 5)
    noise = 10 ** rng.uniform(-4, -3)
    downhill = finite_differences(*problem.given)
    total = np.sum(flat(downhill) ** 2)

    def variance(layer, direction):
        return np.sum(downhill[layer] * direction) ** 2 + total * np.sum(direction**2)

    what, suspects = (
        "every weight and every bias is shaken",
        Suspects(SLIPS, (*problem.given, noise)),
    )
    weights = flat(problem.network.weights)

    def judge(updates, look):
        along = updates @ weights / np.linalg.norm(weights)
        if np.median(np.abs(along)) > 0.99 * np.median(np.linalg.norm(updates, axis=1)):
            raise Broken(
                "every update lies along the weights themselves",
                "the shaken weights stand where the noise Ψ alone belongs",
            )
        require_the_gradient_on_average(updates, look, downhill, variance, what, suspects)
        require_numbers_that_are_free(updates)

    on_a_quarter_or_all(DRAWS, partial(draw_updates, answer, problem, noise, rng), judge)
