"""Facts about the update of kernels, which look at many places of an image with the same weights."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree, off_by, relative_difference, same_direction
from ..laws.convolution import SLIPS_OF_KERNELS as SLIPS
from ..laws.convolution import kernels_learn
from ..laws.extremes import OTHER_NUMBERS, right_at_every_size
from ..laws.inputs import typical
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are, require_shapes

HINTS = (
    "One kernel, many places: each place of each sample has an opinion on how the kernel should change. "
    "How does the loss of one sample depend on the kernel, and what makes one loss of a whole batch?",
    "The loss of a sample feels the kernel at every position, so the opinions of its positions add "
    "up. The loss of the batch is a mean over samples. So who is divided by, and who is not?",
    "With `reshape(-1, …)` positions and samples become rows of one matrix, and `.T @` adds up all "
    "of them. The last row, the biases, has an input of 1 everywhere: a plain sum of δ.",
)


def draw(rng):
    samples, positions, inputs, channels = rng.choice(np.arange(2, 10), 4, replace=False)
    return rng.normal(size=(samples, positions, inputs)), rng.normal(
        size=(samples, positions, channels)
    )


def like(patches, delta):
    """Where the result has its place."""
    return np.zeros((patches.shape[2] + 1, delta.shape[2]))


@fact(gate=True)
def shape(answer, rng):
    """You return one array, (inputs of a kernel + 1, channels), the biases in the last row."""
    for _ in range(2):
        given = typical("kernel_update", rng)
        seen = answer(*given)
        require_shapes(None if seen is None else [seen], [like(*given)], "kernel matrix")


@fact(3)
def it_is_what_was_measured(answer, rng):
    """Your update points along minus the slope of the loss of the batch, measured by nudging each weight
    of the kernels where every position of every sample has a loss of its own."""
    patches, delta = typical("kernel_update", rng)
    n = len(patches)
    kernels = rng.normal(size=like(patches, delta).shape)

    def loss(kernels):  # its slope by what position p receives is −δ at every point
        received = patches @ kernels[:-1] + kernels[-1]
        return -np.sum(received * delta) / n

    right = np.empty_like(kernels)
    for index in np.ndindex(kernels.shape):
        nudge = np.zeros_like(kernels)
        nudge[index] = 1
        right[index] = (loss(kernels - nudge) - loss(kernels + nudge)) / 2
    seen = np.asarray(answer(patches, delta))
    if not same_direction([seen], [right]):
        raise Broken(
            f"your update is {relative_difference([seen], [right]):.0%} of its length away from "
            "what was measured",
            cause_of(SLIPS, (patches, delta), seen, right),
        )


@fact(1, supporting=True)
def positions_add_up_and_samples_are_averaged(answer, rng):
    """Each position twice in every sample is twice the update; each sample twice in the batch is the
    same update."""
    patches, delta = typical("kernel_update", rng)
    once = np.asarray(answer(patches, delta))
    for axis, times, words in ((1, 2, "position"), (0, 1, "sample")):
        seen = answer(*(np.concatenate([a, a], axis=axis) for a in (patches, delta)))
        if not agree(seen, times * once):
            raise Broken(
                f"with each {words} twice, {off_by(seen, times * once)}",
                "the loss is a mean over samples, and each sample feels the kernel at all its positions",
            )


def cases(rng):
    def arrays(samples, positions, inputs, channels):
        return (
            rng.normal(size=(samples, positions, inputs)),
            rng.normal(size=(samples, positions, channels)),
        )

    yield "for a few samples", arrays(4, 7, 5, 3)
    n = int(rng.integers(3, 6))
    patches, delta = arrays(n, n, n, n)
    yield "where all sizes are equal", (patches, delta)
    yield OTHER_NUMBERS, (arrays(n, n, n, n)[0], delta)
    yield OTHER_NUMBERS, (patches, arrays(n, n, n, n)[1])
    yield (
        "for a single sample, position, input and channel",
        (1 + patches[:1, :1, :1] ** 2, delta[:1, :1, :1] ** 2),
    )
    yield "for a single position", arrays(n, 1, n + 1, n + 2)
    yield "for a single sample", arrays(1, n, n + 1, n + 2)
    yield "for many positions", arrays(2, int(rng.integers(500, 600)), 3, 2)
    yield "for many samples", arrays(int(rng.integers(300, 400)), 4, 3, 2)
    yield "for many channels", arrays(2, 3, 5, int(rng.integers(70, 90)))
    yield "for patches of zeros", (0 * patches, delta)
    sparse = rng.integers(0, 2, delta.shape) * delta
    yield (
        "where most places are told nothing",
        (rng.integers(0, 2, patches.shape) * patches, sparse),
    )
    yield "where no input and no δ is above zero", (-np.abs(patches), -np.abs(delta))
    yield "for large numbers", (10 ** rng.uniform(3, 4) * patches, 10 ** rng.uniform(3, 4) * delta)
    for powers in ((-6, -5), (-12, -10)):
        yield "for small δ", (patches, 10 ** rng.uniform(*powers) * delta)
    yield "in single precision", tuple(a.astype(np.float32) for a in arrays(4, 5, 6, 3))


every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for one sample, position or channel as for "
    "many, and for numbers large and small.",
    kernels_learn,
    cases,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are("Computing an update changes neither patches nor δ.")
