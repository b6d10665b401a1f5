"""Facts about the loss."""

from __future__ import annotations

from itertools import product

import numpy as np

from ..facts import Broken, fact
from ..laws.agreement import TOLERANCE
from ..laws.numbers import as_number
from ..laws.problems import draw_sizes
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "Which of the two axes do you add over, and which do you average over?",
    "First the loss of each sample: half the sum, over the outputs, of the squared differences. "
    "That leaves one number for each row. Then their mean.",
    "`per_sample = 0.5 * np.sum(..., axis=1)`, then return its mean.",
)


def draw(rng):
    outputs, *_, batch = draw_sizes(rng, 1)
    return rng.normal(0, 1, (batch, outputs)), rng.normal(0, 1, (batch, outputs))


@fact(gate=True)
def one_number(answer, rng):
    """The loss of a batch is one number."""
    y, prediction = draw(rng)
    seen = answer(y, prediction)
    if np.shape(seen) == (len(y),):
        raise Broken(
            f"{len(y)} numbers for {len(y)} samples",
            "the loss of each sample, not yet averaged over the batch",
        )
    as_number(seen)


@fact(2)
def half_the_square(answer, rng):
    """If a single output of a single sample is off by e, the loss is ½ e²."""
    # Small and large, and of both signs: near 1 the square, the absolute value and others agree.
    for power, sign in product((-1.5, 1), (-1, 1)):
        _require_half_the_square(answer, sign * 10 ** rng.uniform(power, power + 0.5), rng)


def _require_half_the_square(answer, e, rng):
    outputs = int(rng.choice([3, 5, 7]))
    y = rng.normal(0, 1, (1, outputs))
    prediction = y.copy()
    prediction[0, rng.integers(outputs)] += e
    seen, right = as_number(answer(y, prediction)), 0.5 * e**2
    if abs(seen - right) > TOLERANCE * right:
        reasons = {
            2: "the factor ½ is missing",
            -1: "the sign: a loss is large where the prediction is bad",
            1 / outputs: "averaged over the outputs where a sum belongs",
            2
            / outputs: "averaged over the outputs where a sum belongs, and the factor ½ is missing",
            0.5: "a factor ½ too many",
            abs(2 / e): "the absolute value in the place of the square",
            abs(1 / e): "the absolute value in the place of the square",
            1 / 32: "the batch size is a fixed number, not that of the batch",
        }
        cause = [c for factor, c in reasons.items() if abs(seen / right - factor) < TOLERANCE]
        raise Broken(f"{seen:.4g} for e = {e:.4g}, where ½ e² = {right:.4g}", *cause[:1])


@fact(1)
def outputs_add_up(answer, rng):
    """The loss of a sample is the sum over its outputs: splitting the outputs into two groups
    splits the loss into two parts that add up to it."""
    one, other = rng.normal(0, 1, (1, 7)), rng.normal(0, 1, (1, 7))
    # The other way round as well: a loss with a sign may happen to be positive one way.
    for y, prediction in ((one, other), (other, one)):
        _require_the_sum(answer, y, prediction, int(rng.choice([2, 3, 5])))


def _require_the_sum(answer, y, prediction, cut):
    whole = as_number(answer(y, prediction))
    parts = as_number(answer(y[:, :cut], prediction[:, :cut]))
    parts += as_number(answer(y[:, cut:], prediction[:, cut:]))
    if not whole > 0:
        raise Broken(f"{whole:.4g} for a prediction that is off", "a loss is larger than zero")
    if abs(whole - parts) > TOLERANCE * abs(parts):
        raise Broken(
            f"the parts add up to {parts:.4g}, the whole is {whole:.4g}",
            "a mean over the outputs, or a root, where the sum belongs",
        )


@fact(1, supporting=True)
def the_batch_is_averaged(answer, rng):
    """The loss of a batch is the mean of the losses of its samples."""
    # Three times, since a median, too, is near the mean by chance.
    for _ in range(3):
        y, prediction = draw(rng)
        _require_the_mean(answer, y, prediction)
        _require_the_mean(answer, prediction, y)


def _require_the_mean(answer, y, prediction):
    together = as_number(answer(y, prediction))
    alone = [as_number(answer(y[i : i + 1], prediction[i : i + 1])) for i in range(len(y))]
    if not together > 0:
        raise Broken(f"{together:.4g} for predictions that are off", "a loss is larger than zero")
    if abs(together - np.mean(alone)) > TOLERANCE * abs(np.mean(alone)):
        cause = ""
        if abs(together - np.sum(alone)) < TOLERANCE * abs(np.sum(alone)):
            cause = "summed over the samples where a mean belongs"
        elif abs(together - alone[0]) < TOLERANCE * abs(alone[0]):
            cause = "only the first sample is looked at"
        elif abs(together - np.mean(alone) / y.shape[1]) < TOLERANCE * abs(together):
            cause = "averaged over all entries: the outputs are summed, only the samples averaged"
        raise Broken(f"{together:.4g}, while the samples' mean is {np.mean(alone):.4g}", cause)


untouched = inputs_stay_as_they_are(
    "Measuring does not change what is measured: both arrays stay as they were."
)
