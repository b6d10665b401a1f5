"""Facts about the loss."""

from __future__ import annotations

from itertools import product

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import TOLERANCE
from ..laws.extremes import EQUAL, MANY, OTHER_NUMBERS, right_at_every_size
from ..laws.one_number import as_number, cause_of_number, close, numbers, require_number
from ..laws.problems import draw_sizes
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "Which of the two axes do you add over, and which do you average over?",
    "First the loss of each sample: half the sum, over the outputs, of the squared differences. "
    "That leaves one number for each row. Then their mean.",
    "`per_sample = 0.5 * np.sum(..., axis=1)`, then return its mean.",
)


def slip(wrong):
    """A slip that is a function of the errors, (batch, outputs), and of the losses of the samples."""
    return lambda y, prediction: wrong(y - prediction, 0.5 * np.sum((y - prediction) ** 2, axis=1))


SLIPS = {
    "the factor ½ is missing": slip(lambda e, losses: 2 * np.mean(losses)),
    "the sign: a loss is large where the prediction is bad": slip(
        lambda e, losses: -np.mean(losses)
    ),
    "averaged over the outputs where a sum belongs": slip(lambda e, losses: 0.5 * np.mean(e**2)),
    "averaged over the outputs where a sum belongs, and the factor ½ is missing": slip(
        lambda e, losses: np.mean(e**2)
    ),
    "a factor ½ too many": slip(lambda e, losses: 0.5 * np.mean(losses)),
    "the absolute value in the place of the square": slip(
        lambda e, losses: np.mean(np.sum(np.abs(e), axis=1))
    ),
    "half the absolute value in the place of half the square": slip(
        lambda e, losses: 0.5 * np.mean(np.sum(np.abs(e), axis=1))
    ),
    "the batch size is a fixed number, not that of the batch": slip(
        lambda e, losses: np.sum(losses) / 32
    ),
    "summed over the samples where a mean belongs": slip(lambda e, losses: np.sum(losses)),
    "only the first sample is looked at": slip(lambda e, losses: losses[0]),
}


def draw(rng):
    shape = rng.integers(1, 12, 2)
    return rng.normal(0, 1, shape), rng.normal(0, 1, shape)


def draw_batch(rng):
    """Targets and predictions of a batch with more than one sample, and another number of outputs."""
    outputs, *_, batch = draw_sizes(rng, 1)
    return rng.normal(0, 1, (batch, outputs)), rng.normal(0, 1, (batch, outputs))


@fact(gate=True)
def one_number(answer, rng):
    """The loss of a batch is one number."""
    y, prediction = draw_batch(rng)
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
        e = sign * 10 ** rng.uniform(power, power + 0.5)
        outputs = int(rng.choice([3, 5, 7]))
        y = rng.normal(0, 1, (1, outputs))
        prediction = y.copy()
        prediction[0, rng.integers(outputs)] += e
        asked = f"for e = {e:.4g}, where ½ e² = {0.5 * e**2:.4g}"
        require_number(answer, (y, prediction), 0.5 * e**2, asked, SLIPS, TOLERANCE)


@fact(1)
def outputs_add_up(answer, rng):
    """The loss of a sample is the sum over its outputs: splitting the outputs into two groups
    splits the loss into two parts that add up to it."""
    one, other = rng.normal(0, 1, (1, 7)), rng.normal(0, 1, (1, 7))
    # The other way round as well: a loss with a sign may happen to be positive one way.
    for y, prediction in ((one, other), (other, one)):
        cut = int(rng.choice([2, 3, 5]))
        whole = loss_of(answer, y, prediction)
        one_part = as_number(answer(y[:, :cut], prediction[:, :cut]))
        other_part = as_number(answer(y[:, cut:], prediction[:, cut:]))
        if not close(whole, one_part + other_part, TOLERANCE):
            a_mean = close(whole, (cut * one_part + (7 - cut) * other_part) / 7, TOLERANCE)
            a_root = close(whole, np.hypot(one_part, other_part), TOLERANCE)
            raise Broken(
                f"the parts add up to {one_part + other_part:.4g}, the whole is {whole:.4g}",
                "a mean over the outputs, or a root, where the sum belongs"
                if a_mean or a_root
                else "",
            )


@fact(3)
def the_batch_is_averaged(answer, rng):
    """The loss of a batch is the mean of the losses of its samples."""
    # Three times, since a median, too, is near the mean by chance.
    for _ in range(3):
        one, other = draw_batch(rng)
        for y, prediction in ((one, other), (other, one)):
            together = loss_of(answer, y, prediction)
            samples = [(y[i : i + 1], prediction[i : i + 1]) for i in range(len(y))]
            losses = [*numbers(answer, samples)]
            mean = np.mean(losses)
            if np.ptp(losses) == 0:
                raise Broken("all samples have the same loss", "")
            if not close(together, mean, TOLERANCE):
                raise Broken(
                    f"{together:.4g}, while the samples' mean is {mean:.4g}",
                    cause_of_number(SLIPS, (y, prediction), together, mean, TOLERANCE),
                )


def loss_of(answer, y, prediction):
    loss = as_number(answer(y, prediction))
    if not loss > 0:
        raise Broken(f"{loss:.4g} for predictions that are off", "a loss is larger than zero")
    return loss


def cases(rng):
    def pair(scale, *shape):
        return scale * rng.normal(0, 1, shape), scale * rng.normal(0, 1, shape)

    yield EQUAL, (one := pair(1, 4, 4))
    yield OTHER_NUMBERS, (one[0], pair(1, 4, 4)[1])
    yield OTHER_NUMBERS, (pair(1, 4, 4)[0], one[1])
    yield "for a single output of a single sample", pair(1, 1, 1)
    yield "for a single output", pair(1, 5, 1)
    yield "for a single sample", pair(1, 1, 5)
    yield "for a thousand samples and more", pair(1, int(rng.choice(MANY)), 3)
    yield "where the errors are large", pair(10 ** rng.uniform(3, 4), 6, 4)
    yield "where the errors are small", pair(10 ** rng.uniform(-9, -4), 6, 4)
    yield "for hundreds of outputs", pair(1, 3, int(rng.integers(200, 300)))
    y, prediction = pair(1, 6, 4)
    yield "in single precision", (np.float32(y), np.float32(prediction))
    large = np.float32(
        100 + y
    )  # the difference of two such numbers is exact, and their squares are not
    yield "in single precision, for large numbers", (large, large + np.float32(0.1 * prediction))
    yield "where samples are equal", (y[[0, 0, 1, 2, 1, 0]], prediction[[0, 0, 1, 2, 1, 0]])
    yield "where no number is above zero", (-np.abs(y), -np.abs(prediction))
    one_hot = np.eye(4)[rng.integers(4, size=6)]
    yield (
        "for labels, and predictions of which one is right",
        (
            one_hot,
            np.vstack([one_hot[:1], np.abs(prediction[1:])]),
        ),
    )
    yield (
        "where one sample is far more wrong than the others",
        (
            y * np.where(np.arange(6) == 2, 1000, 1)[:, None],
            prediction,
        ),
    )
    yield "where nothing is wrong", (y, y)


every_size = right_at_every_size(
    "All this is so at every size and scale: for a single sample or output as for a thousand, and for "
    "errors large and small.",
    lambda y, prediction: float(np.einsum("ij,ij->", y - prediction, y - prediction) / len(y) / 2),
    cases,
    points=1,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Measuring does not change what is measured: both arrays stay as they were."
)
