"""Facts about the slowness of a curve of accuracies."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import distance
from ..laws.extremes import right_at_every_size
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "Two numbers make the curve. `curve_fit` looks for those with the least squares, from a first "
    "guess: what does it need to be told, and what does it return?",
    "`curve_fit(curve, epochs, accuracy, guess)[0]` holds both numbers. If `highest` is given, it is no "
    "longer one of the numbers to be found: fit a function of t and the slowness alone.",
    "Give `curve_fit` a `lambda t, half: ...` that calls `curve` with `highest` held, and the first "
    "entry of `guess` alone. Return two numbers in both cases.",
)


def curve(t, slowness, highest):
    return highest * t / (slowness + t)


def squares(epochs, accuracy, slowness, highest):
    return float(np.sum((accuracy - curve(epochs, slowness, highest)) ** 2))


def best_height(t, accuracy, weights):
    """The best height of curves that are ``weights`` of it, along the last axis."""
    return np.sum(accuracy * weights, axis=-1) / np.sum(weights**2, axis=-1)


def fitted(epochs, accuracy, highest=None, shape=lambda t, s: t / (s + t)):
    """The fit with the least sum of squares: a grid of slownesses, refined five times.

    For each slowness the best height is known in closed form.
    """
    low, high = np.log(1e-4 * epochs.max()), np.log(1e2 * epochs.max())
    for _ in range(5):
        tried = np.linspace(low, high, 401)
        weights = shape(epochs, np.exp(tried)[:, None])
        heights = best_height(epochs, accuracy, weights) if highest is None else highest
        misses = accuracy - np.reshape(heights, (-1, 1)) * weights
        at = int(np.argmin(np.sum(misses**2, axis=1)))
        low, high = tried[max(at - 2, 0)], tried[min(at + 2, 400)]
    height = heights[at] if highest is None else highest
    return float(np.exp(tried[at])), float(height)


def of_the_fit(wrong):
    """A slip that makes something else of the right slowness and height."""
    return lambda epochs, accuracy, highest: wrong(*fitted(epochs, accuracy, highest))


def straight_line(epochs, accuracy, highest):
    """1/accuracy is a straight line over 1/t; but its least squares are others."""
    use = epochs > 0
    a, b = 1 / epochs[use], 1 / accuracy[use]
    if highest is not None:
        return highest * np.sum(a * (b - 1 / highest)) / np.sum(a * a), highest
    slope, start = np.polyfit(a, b, 1)
    return slope / start, 1 / start


def half_way(epochs, accuracy, highest):
    """The time at which the measurements themselves pass the half."""
    top = np.max(accuracy) if highest is None else highest
    t, a = np.r_[0, epochs], np.r_[0, accuracy]
    return float(np.interp(top / 2, a, t)), top


def exponential(t, s):
    return 1 - np.exp(-t / s)


SLIPS = {
    "the highest point of the measurements stands for where the curve ends": (
        lambda t, a, highest: fitted(t, a, np.max(a) if highest is None else highest)
    ),
    "the last point of the measurements stands for where the curve ends": (
        lambda t, a, highest: fitted(t, a, a[-1] if highest is None else highest)
    ),
    "the end that is given is not used: the slowness alone is to be fitted": (
        lambda t, a, highest: fitted(t, a)
    ),
    "the end that is given is used for the fit, and another one is returned": (
        lambda t, a, highest: (fitted(t, a, highest)[0], fitted(t, a)[1])
    ),
    "the two numbers are swapped: the slowness comes first": of_the_fit(lambda s, top: (top, s)),
    "that is one over the slowness": of_the_fit(lambda s, top: (1 / s, top)),
    "twice the slowness: the curve is half way up at t = slowness": of_the_fit(
        lambda s, top: (2 * s, top)
    ),
    "half the slowness": of_the_fit(lambda s, top: (s / 2, top)),
    "half the height: the curve comes close to `highest`": of_the_fit(lambda s, top: (s, top / 2)),
    "the sign of the slowness": of_the_fit(lambda s, top: (-s, top)),
    "a straight line through 1/accuracy over 1/t: its squares are not those of the accuracies": (
        straight_line
    ),
    "where the measurements pass the half, read off between two of them: the fit uses all": half_way,
    "an exponential curve was fitted": lambda t, a, highest: fitted(t, a, highest, exponential),
    "the epochs are counted from 1 again": lambda t, a, highest: fitted(t + 1, a, highest),
    "the first measurement is left out": lambda t, a, highest: fitted(t[1:], a[1:], highest),
    "the last measurement is left out": lambda t, a, highest: fitted(t[:-1], a[:-1], highest),
    "the square root of t stands where t belongs": lambda t, a, highest: fitted(
        np.sqrt(t), a, highest
    ),
}


def measured(rng, noise=0.01, points=None, powers=(-0.7, 0.5)):
    """Epochs and accuracies near a curve that is drawn, with its slowness and height."""
    slowness, highest = 10 ** rng.uniform(*powers), rng.uniform(0.5, 1)
    epochs = np.arange(1.0, 1 + (points or int(rng.integers(6, 15))))
    right = curve(epochs, slowness, highest)
    return epochs, right * (1 + noise * rng.normal(0, 1, len(epochs))), slowness, highest


def draw(rng):
    epochs, accuracy, _, highest = measured(rng, 0.03)
    return (
        epochs,
        accuracy,
        (None if rng.random() < 0.5 else float(highest * rng.uniform(0.95, 1.1))),
    )


def as_pair(seen):
    if seen is None:
        raise Broken("your function returned nothing", "a missing `return`")
    try:
        pair = np.array([np.ravel(part)[0] for part in seen], dtype=float)
    except (TypeError, IndexError, ValueError):
        pair = np.empty(0)
    if len(pair) != 2 or any(np.size(part) != 1 for part in seen):
        raise Broken(
            "your function did not return two numbers", "return slowness and highest, both"
        )
    if not np.all(np.isfinite(pair)):
        raise Broken(f"your function returned {pair[0]:.4g} and {pair[1]:.4g}")
    return pair


@fact(gate=True)
def shapes(answer, rng):
    """You return two numbers, the slowness and the height, whether the height is given or not."""
    epochs, accuracy, _, highest = measured(rng)
    as_pair(answer(epochs, accuracy, None))
    as_pair(answer(epochs, accuracy, highest))


def require(answer, given, right, words):
    seen = as_pair(answer(*given))
    if distance(seen, np.asarray(right)) > 1e-3 or abs(seen[0] / right[0] - 1) > 2e-3:
        raise Broken(
            f"a slowness of {seen[0]:.4g} and a height of {seen[1]:.4g} {words}",
            cause_of(SLIPS, given, list(seen), list(right), 2e-3),
        )


@fact(2)
def a_curve_without_noise_gives_its_own_numbers(answer, rng):
    """From accuracies that lie on such a curve you get its slowness, and its height."""
    for _ in range(5):
        epochs, accuracy, *right = measured(rng, noise=0)
        words = f"for a curve of slowness {right[0]:.4g} and height {right[1]:.4g}"
        require(answer, (epochs, accuracy, None), right, words)
        require(answer, (epochs, accuracy, right[1]), right, f"{words}, which is given")


@fact(2)
def no_neighbour_fits_better(answer, rng):
    """From accuracies near such a curve you get the least sum of squares: a slowness one per cent
    smaller or greater makes it larger, and so does another height, where that is free."""
    for given_height in (False, True, False, True):
        epochs, accuracy, _, height = measured(rng, 0.03)
        while accuracy[-1] == accuracy.max():  # else nothing tells the last from the highest point
            epochs, accuracy, _, height = measured(rng, 0.03)
        height = float(height * rng.uniform(1.02, 1.08)) if given_height else None
        given = epochs, accuracy, height
        slowness, highest = as_pair(answer(*given))
        if given_height and abs(highest - height) > 1e-6 * height:
            raise Broken(
                f"a height of {highest:.4g} where {height:.4g} was given",
                cause_of(SLIPS, given, [slowness, highest], list(fitted(*given)), 2e-3),
            )
        heights = (1.0,) if given_height else (0.99, 1.0, 1.01)
        at = squares(epochs, accuracy, slowness, highest)
        beside = min(
            squares(epochs, accuracy, slowness * a, highest * b)
            for a in (0.99, 1.0, 1.01)
            for b in heights
            if (a, b) != (1.0, 1.0)
        )
        if not at < beside:
            raise Broken(
                f"with a slowness of {slowness:.4g} and a height of {highest:.4g} the sum of squares is "
                f"{at:.3g}, and close by there is one of {beside:.3g}",
                cause_of(SLIPS, given, [slowness, highest], list(fitted(*given)), 2e-3),
            )


@fact(1, supporting=True)
def what_was_known_before_the_first_step_says_nothing(answer, rng):
    """A measurement at t = 0 changes nothing, whatever it is, since all such curves start at 0."""
    epochs, accuracy, *_ = measured(rng)
    before = as_pair(answer(epochs, accuracy, None))
    after = as_pair(answer(np.r_[0, epochs], np.r_[rng.uniform(0.05, 0.2), accuracy], None))
    if distance(after, before) > 2e-3:
        raise Broken(
            "a measurement at t = 0 changed the fit", "every curve of this form is 0 there"
        )


def cases(rng):
    epochs, accuracy, _, highest = measured(rng)
    yield "for accuracies in per cent", (epochs, 100 * accuracy, None)
    yield "for times in updates", (938 * epochs, accuracy, None)
    yield (
        "for accuracies in per cent, with the height given",
        (epochs, 100 * accuracy, 100 * highest),
    )
    yield "for times in updates, with the height given", (938 * epochs, accuracy, highest)
    epochs, accuracy, _, highest = measured(rng, points=2)
    yield "for two measurements", (epochs, accuracy, None)
    yield "for two measurements, with the height given", (epochs, accuracy, highest)
    epochs, accuracy, _, highest = measured(rng, points=100)
    yield "for a hundred measurements", (epochs, accuracy, None)
    yield "for a hundred measurements, with the height given", (epochs, accuracy, highest)
    order = rng.permutation(100)
    yield "for measurements in another order", (epochs[order], accuracy[order], None)
    twice = np.r_[epochs[:9], epochs[:9]], np.r_[accuracy[:9], accuracy[:9] * 0.98]
    yield "for two runs in one table", (*twice, None)
    for _ in range(5):  # where the numbers are large, a search that begins at 1 gets there by luck
        epochs, accuracy, *_ = measured(rng, powers=(0.3, 0.5))
        yield "for numbers of right answers out of 10,000", (epochs, 10_000 * accuracy, None)


EXACT = 1e-5
every_size = right_at_every_size(
    "So it is in per cent and in updates, for two measurements and for a hundred, in any order.",
    fitted,
    cases,
    points=1,
    slips=SLIPS,
    relative=2e-3,
)
untouched = inputs_stay_as_they_are("The measurements stay as they were.")
