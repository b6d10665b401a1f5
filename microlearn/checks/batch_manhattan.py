"""Facts about Batch Manhattan.

The signs are those of the sign symmetry that is in use, the student's own or the reference: a slip made
there does not cost points here again.
"""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree
from ..laws.extremes import of_a_rule, right_at_every_size
from ..laws.problems import Problem, draw_magnitudes, draw_of_depth, draw_problem, drawn_loss
from ..laws.slips import cause_of
from ..laws.standard import earlier_answer, inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "You are on a corner in Manhattan and know only whether the goal is uptown or downtown, and east "
    "or west. How long is a step along each street?",
    "`update` says for every synapse how much it should change. Keep whether that is up or down, and "
    "throw the size away, in each array.",
    "`np.sign` gives −1, 0 or 1 for each entry of an array. `update` is a list of arrays: take them one "
    "by one.",
)

ROUNDING = 1e-4
"""As a share of the largest entry: one that is nearer to 0 may have either sign in float32."""


sign_symmetry = earlier_answer("sign_symmetry")


def is_clear(network, x, y, *rest):
    """Whether rounding decides the sign of no entry: none is near to 0, unless every sample brings 0, as
    it does to a dead unit. (What samples bring may cancel out, and leaves what their order leaves.)"""
    update = sign_symmetry(network, x, y, *rest)
    near = [np.abs(u) <= ROUNDING * np.max(np.abs(u)) for u in update]
    if not any(map(np.any, near)):
        return True
    alone = (sign_symmetry(network, x[i : i + 1], y[i : i + 1], *rest) for i in range(len(x)))
    return not any(np.any(u[n]) for each in alone for u, n in zip(each, near, strict=True))


def clear(draw):
    """Arguments that ``draw()`` makes, in which every sign is clear, if there soon are any."""
    for _ in range(1000):
        given = draw()
        if is_clear(*given):
            break
    return given


def draw(rng):
    def given():
        # Like any rule's, of any depth and with any activations.
        hidden, output = ("tanh", "sigmoid", "relu"), ("identity", "sigmoid", "tanh", "softmax")
        problem = draw_problem(rng, int(rng.integers(2, 5)), hidden=hidden, output=output)
        return (*problem.given, draw_magnitudes(rng, problem))

    return clear(given)


def draws(rng):
    """With three hidden layers, and with one in which some units are silent."""

    def deep():
        problem = draw_of_depth(rng, 4)
        return (*problem.given, draw_magnitudes(rng, problem))

    def silent():
        problem = draw_of_depth(rng, 2)
        problem = Problem(problem.network, problem.x[:1], problem.y[:1], problem.loss)
        return (*problem.given, draw_magnitudes(rng, problem))

    yield clear(deep)
    yield clear(silent)


def of_the_update(wrong):
    """A slip that makes something else of sign symmetry's update, array by array."""
    return lambda *given: [wrong(u) for u in sign_symmetry(*given)]


def of_each_sample(network, x, y, *rest):
    rows = [sign_symmetry(network, x[i : i + 1], y[i : i + 1], *rest) for i in range(len(x))]
    return [np.mean(np.sign(us), axis=0) for us in zip(*rows, strict=True)]


def of_backprop(network, x, y, loss, magnitudes):
    own = [None, *(np.abs(w[:-1].T) for w in network.weights[1:])]
    return [np.sign(u) for u in sign_symmetry(network, x, y, loss, own)]


def of_the_weights(network, x, y, loss, magnitudes):
    update = sign_symmetry(network, x, y, loss, magnitudes)
    return [np.sign(w) * np.abs(u) for w, u in zip(network.weights, update, strict=True)]


def without_the_biases(*given):
    kept = [np.sign(u) for u in sign_symmetry(*given)]
    for u, size in zip(kept, sign_symmetry(*given), strict=True):
        u[-1] = size[-1]
    return kept


def hidden_layers_alone(*given):
    *hidden, last = sign_symmetry(*given)
    return [*map(np.sign, hidden), last]


SLIPS = {
    "that is sign symmetry's update with its sizes": of_the_update(lambda u: u),
    "the sign: an update is what is added, so it must point downhill": of_the_update(
        lambda u: -np.sign(u)
    ),
    "the size is left, and the sign is gone": of_the_update(np.abs),
    "where nothing came the sign is 0, neither 1 nor −1": of_the_update(
        lambda u: np.where(u < 0, -1.0, 1.0)
    ),
    "where nothing came the sign is 0, neither 1 nor −1: `>` leaves it out": of_the_update(
        lambda u: np.where(u > 0, 1.0, -1.0)
    ),
    "steps downwards are missing": of_the_update(lambda u: (u > 0) * 1.0),
    "steps upwards are missing": of_the_update(lambda u: (u < 0) * -1.0),
    "divided by the largest entry: every entry moves equally far": of_the_update(
        lambda u: u / max(np.max(np.abs(u)), 1e-300)
    ),
    "divided by the length of the array: every entry moves equally far": of_the_update(
        lambda u: u / max(np.linalg.norm(u), 1e-300)
    ),
    "the signs of single samples are averaged: first the mean over the batch, then the sign": (
        of_each_sample
    ),
    "rounded, which makes small entries 0": of_the_update(np.round),
    "scaled by the mean size: every synapse moves by 1": of_the_update(
        lambda u: np.sign(u) * np.mean(np.abs(u))
    ),
    "the errors went down through W°ᵀ: keep the signs of `update`": of_backprop,
    "the signs are those of the weights, not of their updates": of_the_weights,
    "the biases keep their sizes; all parameters are treated alike": without_the_biases,
    "the output layer keeps its sizes; all layers are treated alike": hidden_layers_alone,
    "half as far: every synapse moves by 1": of_the_update(lambda u: np.sign(u) / 2),
    "the square root is no sign": of_the_update(lambda u: np.sign(u) * np.sqrt(np.abs(u))),
}

shapes = returns_updates_of("network")


@fact(3)
def the_signs_of_the_update(answer, rng):
    """Every entry is the sign of what sign symmetry would add there, for the whole batch, with one
    hidden layer and with three; it is 0 where that adds nothing."""
    for given in draws(rng):
        seen, right = answer(*given), [np.sign(u) for u in sign_symmetry(*given)]
        if not agree(seen, right):
            wrong = sum(int(np.sum(np.abs(s - r) > 1e-3)) for s, r in zip(seen, right, strict=True))
            total = sum(r.size for r in right)
            raise Broken(
                f"{wrong} of {total} entries are not the sign of sign symmetry's update",
                cause_of(SLIPS, given, seen, right),
            )


@fact(1, supporting=True)
def every_entry_is_one_step(answer, rng):
    """No entry is anything else than −1, 0 or 1."""
    for given in draws(rng):
        for u in answer(*given):
            odd = np.asarray(u)[~np.isin(u, (-1, 0, 1))]
            if odd.size:
                raise Broken(
                    f"there is an entry of {odd.flat[0]:.4g}",
                    "a size is left: only the sign of each entry counts",
                )


@fact(1, supporting=True)
def the_size_of_the_loss_does_not_matter(answer, rng):
    """A loss that is a thousand times as large gives the same update."""
    for network, x, y, loss, magnitudes in draws(rng):
        larger = drawn_loss(1000 * loss.weights, 1000 * loss.tilts)
        before = answer(network, x, y, loss, magnitudes)
        if not agree(answer(network, x, y, larger, magnitudes), before):
            raise Broken(
                "a loss that is a thousand times as large changed the update",
                "a size is left: only the sign of each entry counts",
            )


def cases(rng):
    for words, given in of_a_rule("batch_manhattan", rng):
        if is_clear(*given):
            yield words, given


every_size = right_at_every_size(
    "So it is at every size and scale: for square layers, single units and a single sample as for a "
    "thousand, and for numbers large and small.",
    of_the_update(np.sign),
    cases,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, magnitudes and data stay as they were."
)
