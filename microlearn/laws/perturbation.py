"""Laws of a linear estimate under Gaussian noise, which the checks of all perturbation rules share.

Let z be the noise divided by σ (shaken weights or shaken units), and d minus the slope of the loss by
what is shaken. For small σ the rule's estimate of d is u = (d·z) z. It is d on average; its progress
u·d = (d·z)² is |d|² χ²₁; and |u|² / (u·d) = |z|², which is χ² with as many degrees of freedom as things
are shaken, and so known from a single draw. docs/checks.md has the rate of each bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ..checking.answer import Answer
from ..checking.facts import Broken
from .agreement import Array, flat
from .chance import LAST, STANDARD_ERRORS, Look, farthest_by_chance
from .estimates import (
    ABSOLUTE,
    FACTORS,
    NO_CLEAN_PASS,
    OTHER_NOISE,
    SIGN,
    Suspects,
)
from .problems import Problem
from .standard import MADE_ANEW

DRAWS = 4000
"""So many updates are averaged where a quarter of them leaves a doubt."""
NORMAL = "the noise is to be normal: each number is drawn from N(0, σ²), alone"
NORMAL_AND_GIVEN = (
    "normal noise has another length in each draw, and σ² is what `noise` says, not what was drawn"
)


def draw_updates(
    answer: Answer, problem: Problem, noise: float, rng: np.random.Generator, draws: int = DRAWS
) -> Array:
    """Updates of the answer for as many draws of its noise, each flattened: (draws, parameters)."""
    updates = np.empty((draws, sum(w.size for w in problem.network.weights)))
    for row, update in zip(updates, calls(answer, draws, *problem.given, noise, rng), strict=True):
        row[:] = flat(update)
    return updates


def calls(answer: Answer, times: int, *arguments: object) -> Iterator:
    """What so many calls with the same arguments return. A remote answer is called a hundred times in
    each trip, since the trips take longer than the calls."""
    for done in range(0, times, 100):
        yield from answer.many(min(100, times - done), *arguments)


def require_the_gradient_on_average(
    updates: Array,
    look: Look,
    downhill: Sequence[Array],
    variance: Callable[[int, Array], float],
    what: str,
    suspects: Suspects,
) -> None:
    """Raise Broken unless the mean update points along ``downhill``, in the weights and biases of each
    layer. A factor, one for all of them, is the business of the fact about the length of a draw.

    Parameters
    ----------
    updates : what :func:`draw_updates` returned
    look : how many of all draws these are
    downhill : minus the gradient
    variance : ``variance(layer, direction)`` of one update along a direction in the layer's weights
    what : what is shaken, in words
    suspects : for the diagnosis

    Raises
    ------
    Doubt
        If more draws are needed, for the verdict or for the cause.
    """
    whole = flat(downhill)
    updates = _brought_to_length(updates, look, whole)
    for name, moves, along, error in _averages(updates, downhill, variance):
        if not moves:
            raise Broken(f"the update of {name} is always zero", f"they were left in peace: {what}")
        if look.is_off(abs(along - 1), error):
            raise Broken(
                f"for {name} the average is {along:.3g} times the gradient; "
                f"1 ± {STANDARD_ERRORS * error:.2f} was expected",
                _cause_of_the_mean(updates, look, whole, suspects),
            )
    missed = updates.mean(axis=0) - whole
    if look.misses(missed, covariance_of_the_mean(updates)):
        share = np.linalg.norm(missed) / np.linalg.norm(whole)
        raise Broken(
            f"the average misses the gradient by {share:.2g} of its length",
            _slip_of_the_mean(updates, look, whole, suspects),
        )


def require_numbers_that_are_free(updates: Array) -> None:
    """Raise Broken where a combination of what is shaken is the same in all draws, as where the noise
    has its mean taken off.

    Of draws (d·z) z of some 60 numbers the least eigenvalue of the correlations is above ½ for 4,000
    of them, and above ¼ for 1,000.
    """
    if np.linalg.eigvalsh(np.corrcoef(updates.T))[0] < 1e-3:
        raise Broken("some numbers of the noise follow from the others", NORMAL)


def _brought_to_length(updates: Array, look: Look, downhill: Array) -> Array:
    """The updates, divided by a factor if that is all that is wrong with their mean."""
    factor, error = progress_along(updates, downhill)
    if factor < 0 or abs(factor - 1) < look.near * error:
        return updates
    alone = _is_all_that_is_wrong(factor, error, look, updates, downhill)
    return updates / factor if alone and look.is_off(abs(factor - 1), error) else updates


def progress_along(updates: Array, downhill: Array) -> tuple[float, float]:
    """The mean of the updates along ``downhill``, as a share of it, and its standard error."""
    steps = updates @ downhill / (downhill @ downhill)
    return float(np.mean(steps)), float(np.std(steps) / np.sqrt(len(steps)))


def covariance_of_the_mean(updates: Array) -> Array:
    return np.cov(updates.T) / len(updates)


def _is_all_that_is_wrong(
    factor: float, error: float, look: Look, updates: Array, downhill: Array
) -> bool:
    """Whether the mean update is ``downhill`` times that factor, in all its entries."""
    missed = updates.mean(axis=0) - factor * downhill
    alone = not look.misses(missed, covariance_of_the_mean(updates))
    return alone and look.is_off(abs(factor), error)


def _averages(
    updates: Array, downhill: Sequence[Array], variance: Callable[[int, Array], float]
) -> Iterator[tuple[str, bool, float, float]]:
    """Layer by layer, of the weights and of the biases: what they are called, whether any update is not
    zero, the mean update along ``downhill`` as a share of it, and the standard error of that."""
    for layer, part, piece in _pieces(downhill):
        direction, d = np.zeros_like(downhill[layer]), flat(downhill)[piece]
        rows = slice(-1, None) if part == "biases" else slice(0, -1)
        direction[rows] = downhill[layer][rows]
        along = np.mean(updates[:, piece] @ d) / (d @ d)
        error = np.sqrt(variance(layer, direction) / len(updates)) / (d @ d)
        yield f"the {part} of layer {layer}", bool(np.any(updates[:, piece])), along, error


def _pieces(arrays: Sequence[Array]) -> Iterator[tuple[int, str, slice]]:
    """Layer by layer the weights and the biases, and where they are in the flattened arrays."""
    start = 0
    for layer, a in enumerate(arrays):
        biases, end = start + a[:-1].size, start + a.size
        yield layer, "weights", slice(start, biases)
        yield layer, "biases", slice(biases, end)
        start = end


def _slip_of_the_mean(updates: Array, look: Look, whole: Array, suspects: Suspects) -> str:
    """The slip whose mean is the nearest to that of the updates, if it is as near as their errors allow
    and much nearer than the right one; of a few draws, if it could be no other."""
    mean, covariance = updates.mean(axis=0), covariance_of_the_mean(updates)
    # In noise so strong no slip could be told from another, by all draws neither.
    if not 25 * np.trace(covariance) * len(updates) / DRAWS < np.sum(mean**2):
        return ""
    means = suspects.means
    gaps = {cause: np.sum((mean - other) ** 2) for cause, other in means.items()}
    nearest = min(gaps, key=gaps.__getitem__, default="")

    def is_off(start: Array, end: Array) -> bool:
        """Whether the mean is elsewhere on the way from ``start`` than at its end; on a way its error is
        much smaller than in all directions."""
        way = end - start
        gone = (updates - start) @ way / (way @ way)
        return look.is_off(abs(np.mean(gone) - 1) - 0.02, np.std(gone) / np.sqrt(len(gone)))

    fits = (
        nearest
        and gaps[nearest] < 0.5 * np.sum((mean - whole) ** 2)
        and not look.misses(mean - means[nearest], covariance)
        and not is_off(whole, means[nearest])
    )
    here = means[nearest] if fits else whole
    farthest = farthest_by_chance(covariance, look.rarely)
    others = [
        other
        for cause, other in means.items()
        if gaps[cause] < farthest and np.sum((other - here) ** 2) > 1e-4 * np.sum(whole**2)
    ]
    if not all(is_off(here, other) for other in others):
        look.ask_for_more()
    return nearest if fits else ""


def _cause_of_the_mean(updates: Array, look: Look, whole: Array, suspects: Suspects) -> str:
    """The slip with that mean update, or else the likeliest cause of the progress in each draw."""
    factor, error = progress_along(updates, whole)
    if factor < 0 and _is_all_that_is_wrong(factor, error, look, updates, whole):
        return cause_of_factor(factor, error / abs(factor), suspects.given)
    if cause := _slip_of_the_mean(updates, look, whole, suspects):
        return cause
    if look.is_off(abs(factor), error):
        return ""
    if error * np.sqrt(len(updates)) > 50:
        return NO_CLEAN_PASS
    return _slip_that_leads_nowhere(updates, whole, suspects)


def _slip_that_leads_nowhere(updates: Array, whole: Array, suspects: Suspects) -> str:
    """Of two slips whose mean is zero, that which varies as much along the gradient. (Where rises and
    falls push alike, an update is long along the gradient, three times as long as from other noise.)"""

    def along(updates: Array) -> float:
        return np.mean((updates @ whole) ** 2) / np.mean(np.sum(updates**2, axis=1))

    rng = np.random.default_rng(0)
    fitting = []
    for cause in (ABSOLUTE, OTHER_NOISE):
        slip = suspects.slips[cause]
        simulated = np.array([flat(slip(*suspects.given, rng)) for _ in range(1000)])
        if np.any(updates) and 0.7 < along(updates) / along(simulated) < 1.4:
            fitting.append(cause)
    return fitting[0] if len(fitting) == 1 else ""


def cause_of_factor(ratio: float, error: float, given: tuple) -> str:
    """The likeliest reason why an update is ``ratio`` times as long as it should be.

    ``error`` is the standard error of the ratio, as a share of it; ``given`` are the arguments of the
    update.
    """
    noise, n = given[4], len(given[1])
    reasons = {"": 1.0} | {cause: float(factor(noise, n)) for cause, factor in FACTORS.items()}
    far = {cause: abs(np.log(abs(ratio) / factor)) for cause, factor in reasons.items()}
    nearest, second = sorted(far, key=far.__getitem__)[:2]
    # Shakes are weak, not infinitely weak: hence the last hundredth.
    bound = min(STANDARD_ERRORS * error + 0.01, far[second] / 3)
    known = nearest if far[nearest] < bound else ""
    return "; and ".join(part for part in (known, SIGN if ratio < 0 else "") if part)


def _cause_of_leading_uphill(estimates: Array, slope: Array) -> str:
    """Where the noise is the rise's own, |u|² over the step along the slope is |z|² still, up to a sign;
    other noise makes updates whose lengths are those of a rise, (d·z)² |z|²."""
    along, squares = estimates @ slope, np.sum(estimates**2, axis=1)
    if np.sum(along[along > 0]) < 0.01 * np.sum(np.abs(along)):  # rounding has turned some round
        return ""
    lengths = squares / np.maximum(np.abs(along), 1e-300) / slope.size
    if np.all(np.abs(np.quantile(lengths, (0.2, 0.8)) - 1) < 0.2):
        return ABSOLUTE
    rises = squares / (slope.size * (slope @ slope))
    as_often_down = abs(np.sum(along)) < 0.3 * np.sum(np.abs(along))
    if 0.5 < np.mean(rises) < 2 and np.std(rises) > 0.8 * np.mean(rises):
        return OTHER_NOISE if as_often_down else ""
    return "what scales the noise is not the loss's rise in that draw"


def require_normal_noise(estimates: Array, slope: Array) -> None:
    """Raise Broken unless the noise is normal, which its fourth moment, its largest numbers and its
    varying length tell.

    ``estimates`` and ``slope`` as for :func:`require_the_length_of_a_draw`, which holds. Of some 10⁵
    numbers the fourth moment is 3 ± 0.02; uniform ones have 1.8, signs 1, and those cut off at 3 σ 2.9.
    None of them is beyond 3.7 σ once in 10⁹ times. Of 40 draws, 25 usually lead far enough to tell their
    length; the spread of these is less than a quarter of what it should be once in 10⁸ times.
    """
    alike = np.abs(estimates @ estimates[0]) > 0.99 * np.linalg.norm(
        estimates, axis=1
    ) * np.linalg.norm(estimates[0])
    if np.all(alike | ~np.any(estimates, axis=1)) and np.any(estimates[0]):
        raise Broken("the noise is the same in all draws", MADE_ANEW)
    squares = np.mean(estimates**2, axis=1, keepdims=True)
    relative = estimates**2 / np.maximum(squares, 1e-300)
    fourth, largest = np.mean(relative**2), np.sqrt(np.max(relative))
    if not abs(fourth - 3) < 0.3:
        raise Broken(
            f"the fourth moment of the noise is {fourth:.2g} σ⁴, and that of normal noise 3 σ⁴",
            NORMAL,
        )
    if not largest > 3.7:
        raise Broken(
            f"of {estimates.size:,} numbers of the noise none is beyond {largest:.3g} σ", NORMAL
        )
    along = estimates @ slope
    long = along > slope @ slope / 4  # the others tell their length less exactly
    lengths = slope.size * squares[long, 0] / along[long]
    if np.sum(long) > 11 and np.std(lengths) < 0.25 * np.sqrt(2 / slope.size) * np.mean(lengths):
        raise Broken("the noise is equally long in all draws", NORMAL_AND_GIVEN)


def require_an_update_from_each_draw(estimates: Array) -> None:
    """Raise Broken where more draws give no update at all than rounding explains.

    ``estimates`` as for :func:`require_the_length_of_a_draw`. In single precision about one rise in a
    hundred is rounded to zero at these strengths.
    """
    still = int(np.sum(~np.any(estimates, axis=1)))
    if still > len(estimates) / 5:
        raise Broken(
            f"{still} of {len(estimates)} draws of the noise give no update",
            "every draw teaches: where the loss has risen, the update points back"
            if still < len(estimates)
            else "",
        )


def require_the_length_of_a_draw(
    estimates: Array,
    slope: Array,
    what: str,
    given: tuple,
    look: Look = LAST,
) -> None:
    """Raise Broken unless ``|u|² / (u·d)`` is χ² with as many degrees of freedom as ``d`` has.

    Parameters
    ----------
    estimates : (draws, shaken), the estimates u
    slope : (shaken,), d
    what : what is shaken, in words
    given : the arguments of the updates, for the diagnosis
    look : how many of all draws these are

    Raises
    ------
    Doubt
        If more draws are needed.
    """
    require_an_update_from_each_draw(estimates)
    along = estimates @ slope
    # Noise uphill makes the loss rise, and so the update point back: no draw leads uphill, except for
    # what rounding does to those that hardly lead anywhere. Noise that knows of no loss does in half.
    if not np.sum(np.abs(along)) < 1.01 * np.sum(along):
        raise Broken(
            f"{np.sum(along < 0)} of {len(along)} updates lead uphill",
            _cause_of_leading_uphill(estimates, slope),
        )
    # The part across the slope has one degree of freedom less, and does not depend on the progress:
    # a mean of χ² in which each draw counts by its progress.
    across = np.sum(estimates**2) - np.sum(along**2) / (slope @ slope)
    ratio = across / np.sum(along) / (slope.size - 1)
    error = np.sqrt(2 / slope.size * np.sum(along**2)) / np.sum(along)
    if look.is_off(abs(ratio - 1), error):
        # A factor makes the progress longer as well, and leaves it as uneven as that of one draw: the
        # logarithm of (d·z)² is -1.27 ± 2.22. The mean of several draws, for one, does neither.
        with np.errstate(divide="ignore"):
            logs = np.log(np.abs(along) / (slope @ slope)) - np.log(ratio)
        progress = np.log(np.mean(along) / (slope @ slope))
        uneven = np.mean(logs) < -1.27 + 2.5 * 2.22 / np.sqrt(len(logs))
        a_factor = abs(progress - np.log(ratio)) < abs(progress) and uneven and np.all(along != 0)
        raise Broken(
            f"it is {ratio:.3g} times what {slope.size} {what} give",
            cause_of_factor(ratio, error, given) if a_factor else "",
        )
