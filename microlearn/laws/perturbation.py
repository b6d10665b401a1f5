"""What the checks of the perturbation rules share: laws of a linear estimate under Gaussian noise.

Let z be the noise divided by σ (shaken weights or shaken units), and d minus the slope of the loss by
what is shaken. For small σ the rule's estimate of d is u = (d·z) z. It is d on average; its progress
u·d = (d·z)² is |d|² χ²₁; and |u|² / (u·d) = |z|², which is χ² with as many degrees of freedom as things
are shaken, and so known from a single draw.

All bounds are at 6.5 standard errors. What is averaged is χ²₁ at worst, and of 4,000 of these the tail
beyond holds 3 · 10⁻¹⁰, six times that of a normal number; docs/checks.md has the rate of each bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from ..facts import Broken
from ..gradients import descent_direction, finite_differences
from ..losses import Loss, get_loss
from ..network import Network
from .agreement import TOLERANCE, flat
from .chance import STANDARD_ERRORS, farthest_by_chance
from .problems import Problem, draw_problem, drawn_loss

Array = np.ndarray

DRAWS = 4000

MEAN_TOO_MANY = (
    "divided by the batch size once more than it should be, as by a mean over the batch too many"
)


def draw_updates(
    answer: Callable, problem: Problem, noise: float, rng: np.random.Generator, draws: int = DRAWS
) -> Array:
    """Updates of the answer for as many draws of its noise, each flattened: (draws, parameters)."""
    updates = np.empty((draws, sum(w.size for w in problem.network.weights)))
    for row, update in zip(updates, calls(answer, draws, *problem.given, noise, rng), strict=True):
        row[:] = flat(update)
    return updates


def calls(answer: Callable, times: int, *arguments: object) -> Iterator:
    """What so many calls with the same arguments return. A remote answer is called a hundred times in
    each trip, since the trips take longer than the calls."""
    for done in range(0, times, 100):
        yield from answer.many(min(100, times - done), *arguments)


def require_the_gradient_on_average(
    updates: Array,
    downhill: Sequence[Array],
    variance: Callable[[int, Array], float],
    noise: float,
    n: int,
    what: str,
    forms: Mapping[str, Sequence[Array]] = {},
) -> None:
    """Raise Broken unless the mean update is ``downhill``, in the weights and biases of each layer.

    Parameters
    ----------
    updates : what :func:`draw_updates` returned
    downhill : minus the gradient
    variance : ``variance(layer, direction)`` of one update along a direction in the layer's weights
    noise, n : the noise and the batch size, for the diagnosis
    what : what is shaken, in words
    forms : sentence -> what the mean update would be for that reason instead
    """
    whole = flat(downhill)
    steps = updates @ whole / (whole @ whole)
    start = 0
    for layer, d in enumerate(downhill):
        for part, rows in (("weights", slice(0, -1)), ("biases", slice(-1, None))):
            direction = np.zeros_like(d)
            direction[rows] = d[rows]
            mine = updates[:, start : start + d.size].reshape(-1, *d.shape)[:, rows]
            if not np.any(mine):
                raise Broken(
                    f"the update of the {part} of layer {layer} is always zero",
                    f"they were left in peace: {what}",
                )
            length = np.sum(direction**2)
            along = np.mean(np.sum(mine * direction[rows], axis=(1, 2))) / length
            error = np.sqrt(variance(layer, direction) / len(updates)) / length
            if not abs(along - 1) < STANDARD_ERRORS * error:
                raise Broken(
                    f"for the {part} of layer {layer} the average is {along:.3g} times the "
                    f"gradient; 1 ± {STANDARD_ERRORS * error:.2f} was expected",
                    _nearest(updates, forms) or _cause(updates, steps, noise, n),
                )
        start += d.size
    missed = np.sum((updates.mean(axis=0) - whole) ** 2)
    if not missed < farthest_by_chance(np.cov(updates.T) / len(updates)):
        raise Broken(
            f"the average misses the gradient by {np.sqrt(missed / (whole @ whole)):.2g} of its length",
            _nearest(updates, forms),
        )


def _nearest(updates: Array, forms: Mapping[str, Sequence[Array]]) -> str:
    """The form that the mean update is nearest to, if it is as near as its error lets one see."""
    mean, error = updates.mean(axis=0), np.sum(updates.var(axis=0)) / len(updates)
    distances = {cause: np.sum((mean - flat(form)) ** 2) for cause, form in forms.items()}
    nearest = min(distances, key=distances.get, default="")
    return nearest if nearest and distances[nearest] < 5 * error < np.sum(mean**2) / 5 else ""


def _cause(updates: Array, steps: Array, noise: float, n: int) -> str:
    """The likeliest slip, from the progress of each draw as a share of the gradient."""
    mean, std = steps.mean(), steps.std()
    if abs(mean) < STANDARD_ERRORS * std / np.sqrt(len(steps)):
        if std > 50:
            return "the loss itself, not its rise, scales the noise: subtract the clean pass"
        # An update (d·z) z is long where z lies along the gradient, whatever the sign; if the rise came
        # from other noise, its length knows nothing of its direction.
        lengths = np.linalg.norm(updates, axis=1)
        if np.any(lengths) and np.corrcoef(lengths, np.abs(steps) / (lengths + 1e-300))[0, 1] > 0.1:
            return "rises and falls alike push the same way: an absolute value hides the sign"
        return "the noise in the update is not the noise that was added"
    return factor_cause(mean, noise, n)


def other_problems(problem: Problem) -> dict[str, list[Array]]:
    """The gradients (downhill) of other problems that an answer may have looked at instead."""
    network, x, y, loss = problem.given
    return {
        "only the first sample is looked at": finite_differences(network, x[:1], y[:1], loss),
        "the loss is the one that you are given, and not the squared error": finite_differences(
            network, x, y, get_loss("squared_error")
        ),
    }


def factor_cause(ratio: float, noise: float, n: int) -> str:
    """The likeliest reason why an update is ``ratio`` times as long as it should be."""
    reasons = {
        "": 1.0,
        "the division by σ² is missing": noise**2,
        "a division by σ where σ² belongs": noise,
        "one division by σ too many": 1 / noise,
        "summed over the batch where the mean belongs": float(n),
        MEAN_TOO_MANY: 1 / n,
        "a factor 2: the rise is taken from both sides, and not halved": 2.0,
        "a factor ½ too many": 0.5,
    }
    sign = "the sign: where the loss rises, step the other way" if ratio < 0 else ""
    far = {cause: abs(np.log(abs(ratio) / factor)) for cause, factor in reasons.items()}
    nearest = min(far, key=far.get)
    known = nearest if far[nearest] < np.log(1.4) else ""
    return "; and ".join(part for part in (known, sign) if part)


def require_the_length_of_a_draw(
    estimates: Array, slope: Array, noise: float, n: int, what: str
) -> None:
    """Raise Broken unless ``|u|² / (u·d)`` is χ² with as many degrees of freedom as ``d`` has.

    Parameters
    ----------
    estimates : (draws, shaken), the estimates u
    slope : (shaken,), d
    noise, n : the noise and the batch size, for the diagnosis
    what : what is shaken, in words
    """
    along = estimates @ slope
    # Noise uphill makes the loss rise, and so the update point back: no draw leads uphill, but for
    # what rounding does to those that hardly lead anywhere. Noise that knows of no loss does in half.
    if not np.sum(np.abs(along)) < 1.01 * np.sum(along):
        raise Broken(
            f"{np.sum(along < 0)} of {len(along)} updates lead uphill",
            ""
            if np.all(along < 0)
            else "what scales the noise is not the loss's rise in that draw",
        )
    # The part across the slope has one degree of freedom less, and does not depend on the progress:
    # a mean of χ² in which each draw counts by its progress.
    across = np.sum(estimates**2) - np.sum(along**2) / (slope @ slope)
    ratio = across / np.sum(along) / (slope.size - 1)
    error = np.sqrt(2 / slope.size * np.sum(along**2)) / np.sum(along)
    if not abs(ratio - 1) < STANDARD_ERRORS * error:
        raise Broken(
            f"it is {ratio:.3g} times what {slope.size} {what} give",
            factor_cause(ratio, noise, n),
        )


def require_the_strength(
    answer: Callable, rng: np.random.Generator, rows: slice = slice(None)
) -> None:
    """Raise Broken unless the update follows from the loss where noise of the strength asked for leads.

    ``rows`` are those of a weight matrix that are shaken. For a rule that shakes units it is the last:
    with a single sample and layer, noise on what a unit receives is noise on its bias.
    """
    # Five times, since another strength, or another length of z, may happen to give the same slope.
    for _ in range(5):
        _require_the_strength_once(answer, rng, rows)


def _require_the_strength_once(answer: Callable, rng: np.random.Generator, rows: slice) -> None:
    # A single sample: whether losses are summed or averaged is another fact's business.
    network, x, y, loss = draw_problem(rng, 1, output=("identity",)).given
    x, y = x[:1], y[:1]
    curved = Network(network.weights, (str(rng.choice(["tanh", "sigmoid"])),))
    plane = drawn_loss(0 * loss.weights, loss.tilts)
    (weights,) = network.weights
    d = descent_direction(network, x, y, plane)[0][rows]

    def update(network: Network, loss: Loss, noise: float, seed: int) -> Array:
        (u,) = answer(network, x, y, loss, noise, np.random.default_rng(seed))
        return np.array(u, np.float64)[rows]  # a copy: an answer may use the same array each time

    # On a plane the update is (d·z) z for any σ, which gives z away, but for its sign. A draw that
    # hardly leads anywhere would drown in rounding.
    drawn = {seed: update(network, plane, 1.0, seed) for seed in rng.integers(2**32, size=5)}
    seed, once = max(drawn.items(), key=lambda draw: abs(np.vdot(draw[1], d)))
    if not np.any(once):
        raise Broken("the update is zero")
    z = once / np.sqrt(abs(np.vdot(once, d)))

    here = loss.mean(y, curved.predict(x))

    def rise(shift: float) -> float:
        shaken = weights.copy()
        shaken[rows] += shift * z
        return loss.mean(y, curved.with_weights([shaken]).predict(x)) - here

    def fits(slope: float, strength: float) -> bool:
        """Is it the slope along z at that strength, measured from W to a side or between both?"""
        up, down = rise(strength) / strength, -rise(-strength) / strength
        gaps = np.abs(np.abs([up, down, (up + down) / 2]) - slope)
        return np.min(gaps) < TOLERANCE * abs(np.vdot(d, z))

    for noise in 10 ** rng.uniform(-0.5, 0.5, 2):
        # A wrong factor shows on the plane as well; it is another fact's business, as is the sign.
        one = np.vdot(update(network, plane, noise, seed), z) / np.vdot(d, z)
        slope = abs(np.vdot(update(curved, loss, noise, seed), z) / one)
        if not fits(slope, noise):
            causes = {
                "σ² where σ belongs: the noise is σ times a normal number": noise**2,
                "√σ where σ belongs: σ is the standard deviation, not the variance": noise**0.5,
            }
            cause = [text for text, strength in causes.items() if fits(slope, strength)]
            raise Broken(
                f"with σ = {noise:.3g} the update does not follow from the loss that noise of this "
                "strength leads to",
                *(cause or ["the noise has a strength of its own, whatever `noise` says"])[:1],
            )
