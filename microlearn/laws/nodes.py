"""Laws of rules that shake units, shared by the two places where the noise can go.

For one sample the update of a layer's biases is the rule's estimate of minus the slope of the loss by
the layer's pre-activations, and the update of a weight is that times what came in through it. Noise
behind a nonlinearity reaches the pre-activation divided by its slope f′: such a rule's estimate is
one by activity, times f′. The slopes (1 for noise on the pre-activations) are what the two places
differ in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ..activations import get_activation
from ..checking.answer import Answer
from ..checking.facts import Broken, Fact, fact
from ..gradients import descent_direction, finite_difference_signals, finite_differences
from ..network import presynaptic
from .agreement import TOLERANCE, Array, agree, flat
from .chance import Look, farthest_by_chance, on_a_quarter_or_all
from .estimates import ONE_FOR_ALL, SHAKEN_BELOW, WHOLE_CHANGE, Slopes, Suspects, hidden_slopes
from .perturbation import (
    DRAWS,
    calls,
    cause_of_factor,
    draw_updates,
    progress_along,
    require_an_update_from_each_draw,
    require_normal_noise,
    require_the_gradient_on_average,
    require_the_length_of_a_draw,
)
from .problems import Problem, draw_sizes, problem_of
from .slips import Slips
from .strength import Units, an_experiment_is_made

OF_ONE_LENGTH = 800
"""So many draws tell how long those of a layer are, where a quarter of them leaves a doubt."""
TO_NAME_A_CAUSE = 500
"""So many draws tell noise from bias, after the answer is known to be wrong."""
IN_FRONT = (
    "the noise is in front of the nonlinearity of the hidden layers, as in node perturbation; it "
    "belongs behind it"
)
SAMPLES_SHARE = "each sample has noise of its own"
UNITS_SHARE = "every unit has noise of its own: those of a layer do not share it"
NO_PART = "another draw leaves the update nearly as it was: the noise has hardly a part in it"
ANOTHERS_SLOPE = (
    "f′ is that of another nonlinearity: each layer has its own, which is network.activations[l]"
)


def require_the_gradient_of_each_sample(
    answer: Answer, rng: np.random.Generator, slopes: Slopes, slips: Slips
) -> None:
    """Raise Broken unless the mean update is minus the gradient."""
    # The small slopes of sigmoids show whether f′ is where it belongs.
    # Three samples, since an answer may well take them one by one, 4,000 times.
    # All layers are equal, so that noise which they share shows.
    sizes, n = [int(rng.integers(4, 7))] * 3, 3
    problem = _driven(problem_of(rng, sizes, n, hidden=("sigmoid",), output=("sigmoid",)), 4)
    noise = 10 ** rng.uniform(-4, -3)
    h = problem.network.forward(problem.x)
    signals, factors = finite_difference_signals(*problem.given), slopes(problem.network, h)
    # d, minus the slope by what is shaken, of each sample and unit.
    d = [s / f for s, f in zip(signals, factors, strict=True)]
    total = sum(np.sum(s**2, axis=1) for s in d)

    def variance(layer: int, direction: Array) -> float:
        q = presynaptic(h[layer]) @ direction * factors[layer]
        return np.sum(total * np.sum(q**2, axis=1) + np.sum(d[layer] * q, axis=1) ** 2) / n**2

    downhill = finite_differences(*problem.given)
    what, suspects = "every unit of every layer is shaken", Suspects(slips, (*problem.given, noise))

    def judge(updates: Array, look: Look) -> None:
        require_the_gradient_on_average(updates, look, downhill, variance, what, suspects)
        # A right answer ends here. Any other has a factor: is it that of a sample alone?
        factor, error = progress_along(updates, flat(downhill))
        if look.is_off(abs(factor - 1), error):
            alone = draw_updates(answer, _first_of(problem), noise, rng, len(updates))
            _require_the_factor_of_a_sample(alone, look, problem, factor, error)

    on_a_quarter_or_all(DRAWS, partial(draw_updates, answer, problem, noise, rng), judge)


def _first_of(problem: Problem) -> Problem:
    """The problem with its first sample alone."""
    return Problem(problem.network, problem.x[:1], problem.y[:1], problem.loss)


def _require_the_factor_of_a_sample(
    alone: Array, look: Look, problem: Problem, factor: float, error: float
) -> None:
    """Raise Broken unless a sample alone goes as far, compared with its gradient, as a batch does:
    ``factor`` times, with that standard ``error``. Where n / (n - 1) is in the mean it does not.

    A factor n or 1 / n is allowed here: other facts name a sum over the batch, and a mean too many.
    """
    n = len(problem.x)
    downhill = flat(finite_differences(*_first_of(problem).given))
    expected, its_error = progress_along(alone, downhill)
    if all(
        look.is_off(abs(factor - k * expected), np.hypot(error, k * its_error))
        for k in (1, n, 1 / n)
    ):
        raise Broken(
            f"on average a batch of {n} goes {factor:.3g} times as far as its gradient, and a sample "
            f"alone {expected:.3g} times"
        )


def require_an_experiment_for_each_sample(
    answer: Answer, rng: np.random.Generator, slopes: Slopes
) -> None:
    """Raise Broken unless one update for many copies of a sample is as good as as many draws.

    With q the length of what comes in to a unit times its slope, the mean of n draws misses as a
    normal vector with the covariance (|d|² diag(q²) + (q d)(q d)ᵀ) / n would; if the samples share their
    noise or their rise, it is n times that.
    """
    *sizes, _ = draw_sizes(rng, 2, low=6, high=12)

    def many_copies(driven: float) -> _Copies:
        # f′ is ¼ at most: no slip in it goes unseen by chance.
        one = problem_of(rng, sizes, 1, hidden=("sigmoid",), output=("identity",))
        return _copies_of(_driven(one, driven), answer, rng, slopes)

    copies = many_copies(8)  # the hidden layer drives the output, so a slip there shows
    if not copies.misses < copies.bound:
        if abs(copies.factor - 1) > 0.2 and copies.off_by_a_factor:
            # Where the output layer has nearly all of the gradient, a slip below it is no factor.
            output = many_copies(0.05)
            apart = abs(np.log(max(output.factor / copies.factor, 1e-300)))
            everywhere = apart < 4 * np.hypot(output.error, copies.error)
            raise Broken(
                f"for {DRAWS} copies the update is {copies.factor:.3g} times the gradient",
                cause_of_factor(copies.factor, copies.error, copies.given) if everywhere else "",
            )
        # One draw for all copies is an estimate whose error shrinks over draws; a bias stays.
        alone = draw_updates(answer, copies.one, 1e-3, rng, TO_NAME_A_CAUSE)
        missed = np.sum((np.mean(alone, axis=0) - copies.downhill) ** 2)
        near = missed < min(copies.bound * DRAWS / TO_NAME_A_CAUSE, copies.misses / 4)
        share = np.sqrt(copies.misses) / np.linalg.norm(copies.downhill)
        raise Broken(
            f"for {DRAWS} copies the update misses the gradient by {share:.2g} of its length",
            ONE_FOR_ALL if near else "",
        )


@dataclass(frozen=True)
class _Copies:
    """An update for many copies of a sample, beside minus the gradient.

    Attributes
    ----------
    one : the problem with the sample alone
    given : the arguments of the update
    update, downhill : flattened
    bound : on the squared distance of the two
    error : the standard error of the update along ``downhill``, as a share of it
    """

    one: Problem
    given: tuple
    update: Array
    downhill: Array
    bound: float
    error: float

    @property
    def misses(self) -> float:
        return float(np.sum((self.update - self.downhill) ** 2))

    @property
    def factor(self) -> float:
        """How many times as long as it should be the update is along ``downhill``."""
        return float((self.update @ self.downhill) / (self.downhill @ self.downhill))

    @property
    def off_by_a_factor(self) -> bool:
        """Whether that is all that is wrong with it."""
        return bool(np.sum((self.update / self.factor - self.downhill) ** 2) < self.bound)


def _copies_of(one: Problem, answer: Answer, rng: np.random.Generator, slopes: Slopes) -> _Copies:
    x, y = (np.repeat(rows, DRAWS, axis=0) for rows in (one.x, one.y))
    given = (*Problem(one.network, x, y, one.loss).given, 1e-3)
    h = one.network.forward(one.x)
    factors = slopes(one.network, h)
    q = flat([np.linalg.norm(presynaptic(a)) * f for a, f in zip(h, factors, strict=False)])
    d = flat(finite_difference_signals(*one.given)) / flat(factors)
    covariance, along = ((d @ d) * np.diag(q**2) + np.outer(q * d, q * d)) / DRAWS, q * d
    return _Copies(
        one,
        given,
        flat(answer(*given, rng)),
        flat(finite_differences(*one.given)),
        farthest_by_chance(covariance),
        float(np.sqrt(along @ covariance @ along) / (along @ along)),
    )


def require_samples_of_their_own(answer: Answer, rng: np.random.Generator, slopes: Slopes) -> None:
    """Raise Broken unless each sample of a batch has noise, a rise and slopes f′ of its own.

    There are fewer samples than inputs, so that an update tells each sample's δ. Each is −rise ξ / σ²
    times the slopes. The noise of two samples has a cosine of 0 ± 0.07. In units of its slopes a
    layer's δ is as long as that of the output: over the samples of one kind the mean of the logarithms
    is off by 0 ± 0.06. A factor, one for all samples, does not matter.
    """
    problem = problem_of(rng, (40, 300, 200), 12, hidden=("sigmoid",), output=("identity",))
    strong = rng.permutation(12) < 6
    x = problem.x * np.where(strong, 3.0, 0.5)[:, None]
    problem = _driven(Problem(problem.network, x, problem.y, problem.loss), 8)
    h = problem.network.forward(x)
    factors = slopes(problem.network, h)

    def draw() -> list[Array]:
        """The estimates by what is shaken, (batch, units) for each layer."""
        estimates = []
        for layer, u in enumerate(answer(*problem.given, 1e-3, rng)):
            p = presynaptic(h[layer])
            delta = len(x) * np.linalg.lstsq(p.T, np.asarray(u, float), rcond=None)[0]
            if not agree(p.T @ delta / len(x), u):
                raise Broken(
                    f"in layer {layer} the update is no sum over the samples of what came in times "
                    "one number for each unit"
                )
            estimates.append(delta / factors[layer])
        return estimates

    estimates = draw()
    if _of_one_direction(estimates[-1]):
        raise Broken(
            "the output units' updates of two samples have the same direction",
            _cause_of_one_direction(estimates, draw()) if _of_one_direction(estimates[0]) else "",
        )
    counted = [f > 0.05 for f in factors]  # the others would drown in rounding
    lengths = [
        np.sum(np.where(c, e, 0) ** 2, axis=1) / np.maximum(c.sum(axis=1), 1)
        for e, c in zip(estimates, counted, strict=True)
    ]
    with np.errstate(all="ignore"):
        ratio = np.log(lengths[0] / lengths[-1])
    for kind in (strong, ~strong):
        if not abs(np.mean(ratio[kind])) < 0.6:
            raise Broken(
                "in a batch a sample's hidden units have other slopes, or other noise, than alone",
                "",
            )
    signals = _deltas(problem)
    # Units whose slopes are rounding errors hardly count: without them 10⁻⁵ of all steps lead uphill.
    along = sum(
        np.sum(np.where(f > 1e-6, e * s / f, 0), axis=1)
        for e, s, f in zip(estimates, signals, factors, strict=True)
    )
    if not np.sum(np.abs(along)) < 1.05 * np.sum(along):
        raise Broken("in a batch the updates of some samples lead uphill", "")


def _cause_of_one_direction(estimates: list[Array], again: list[Array]) -> str:
    """Why the samples' estimates are parallel, in the first layer and in the last, as two draws tell."""
    if all(np.max(np.ptp(e, axis=1)) < TOLERANCE * np.max(np.abs(e)) for e in estimates):
        return UNITS_SHARE
    pairs = list(zip(estimates, again, strict=True))
    if all(np.linalg.norm(e - a) < 0.1 * np.linalg.norm(e) for e, a in pairs):
        return NO_PART
    turned = (not _of_one_direction(np.stack([e[0], a[0]])) for e, a in pairs)
    return SAMPLES_SHARE if all(turned) else ""


def _of_one_direction(rows: Array) -> bool:
    """Whether two of these vectors are about parallel."""
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-300)
    return bool(np.max(np.abs(np.triu(unit @ unit.T, 1))) > 0.5)


def require_samples_not_to_meet(answer: Answer, rng: np.random.Generator) -> None:
    """Raise Broken unless, with the same random numbers, another target of one sample leaves alone what
    the others bring to the update."""
    problem = problem_of(rng, (9, 4, 3), 6, output=("identity",))
    network, x, y, loss = problem.given
    seed, other = int(rng.integers(2**32)), y.copy()
    other[0] += 30
    # Fewer samples than inputs: the update of the first layer tells each sample's δ.
    before, after = (
        np.linalg.lstsq(
            presynaptic(x).T,
            np.asarray(answer(network, x, t, loss, 0.3, np.random.default_rng(seed))[0], float),
            rcond=None,
        )[0]
        for t in (y, other)
    )
    if not agree(after[1:], before[1:], 0.01):
        raise Broken(
            "with the same random numbers, another target of one sample changed what others learn",
            "each sample has a rise of its own, from which nothing is taken off that others bring",
        )


def samples_are_experiments(units: Units) -> Fact:
    """A fact: each sample of a batch is an experiment of its own, with units shaken as told."""

    def also(answer: Answer, rng: np.random.Generator) -> None:
        require_samples_of_their_own(answer, rng, units.slopes)
        require_samples_not_to_meet(answer, rng)

    return an_experiment_is_made(
        "Every sample of a batch has noise, a rise and slopes of its own; and how far a sample's "
        "update goes is told by what its loss does where the noise leads, not by its slope here.",
        units,
        also,
        points=4,
    )


def three_factors(points: int) -> Fact:
    """A supporting fact: for one sample, a weight's update is its input times its unit's update."""

    @fact(points, supporting=True)
    def three_factors(answer: Answer, rng: np.random.Generator) -> None:
        """For a single sample, the update of a weight is what came in through it times the update of
        its unit's bias."""
        for sizes in ((10, 200, 150), (6, 5, 4, 3, 7)):
            problem = problem_of(rng, sizes, 1, output=("identity",))
            h = problem.network.forward(problem.x)
            for layer, u in enumerate(answer(*problem.given, 0.3, rng)):
                if not agree(u[:-1], np.outer(h[layer][0], u[-1])):
                    raise Broken(
                        f"in layer {layer} the weights' updates are not their inputs times the "
                        "biases' update",
                        SHAKEN_BELOW if layer else "",
                    )

    return three_factors


# --- the length of an update from one draw --------------------------------------------------------


def require_noise_of_ones_own(
    answer: Answer,
    rng: np.random.Generator,
    slopes: Slopes,
    slope_missing: str,
    slope_too_often: str,
) -> None:
    """Raise Broken unless an estimate from one draw has the length of the layer's own noise.

    In units of their own noise all layers' estimates are (d·z) z_l, and so equally long for each unit.
    Of layers with 50, 40 and 38 units the logarithm of two lengths' ratio has a standard deviation of
    0.325 at most, taken as 0.34; its mean is off by 0.006. The two sentences name the causes of a factor
    f′ that is missing, or one too many. Where 200 draws are clear, no more are asked for.
    """
    # One sample. Four times the units and a quarter of the draws would tell as much, in four times as
    # many weights. The hidden layers drive the output.
    problem = _driven(problem_of(rng, (10, 50, 40, 38), 1, output=("identity",)), 8)
    given = (*problem.given, 10 ** rng.uniform(-4, -3))
    causes = {slope_missing: -1, slope_too_often: 1}

    def draw(times: int) -> Array:
        return np.array(
            [flat([u[-1] for u in update]) for update in calls(answer, times, *given, rng)]
        )

    def judge(rows: Array, look: Look) -> None:
        _require_equal_lengths(rows, look, problem, given, slopes, causes)

    on_a_quarter_or_all(OF_ONE_LENGTH, draw, judge)


def _require_equal_lengths(
    rows: Array,
    look: Look,
    problem: Problem,
    given: tuple,
    slopes: Slopes,
    causes: dict[str, int],
) -> None:
    """Raise Broken unless these updates of biases, one of each draw, are as long as the noise makes
    them; or Doubt, where more draws are needed."""
    require_an_update_from_each_draw(rows)
    h = problem.network.forward(problem.x)
    factors, of_hidden = flat(slopes(problem.network, h)), flat(hidden_slopes()(problem.network, h))
    signals = flat(_deltas(problem))

    *hidden, output = np.split(rows / factors, np.cumsum(problem.network.sizes[1:-1]), axis=1)
    for layer, mine in enumerate(hidden):
        ratio = _ratio_of_lengths(output, mine)
        if look.is_off(abs(np.log(ratio)), 0.34 / np.sqrt(len(rows))):
            in_front = np.any(factors != 1) and _has_the_length_of_a_draw(rows, signals, given)
            raise Broken(
                f"for each unit it is {ratio:.3g} times as long, squared, in the output layer as in "
                f"layer {layer}",
                IN_FRONT
                if in_front
                else _cause_of_other_lengths(look, problem, layer, mine, output, causes),
            )
    try:
        require_the_length_of_a_draw(rows / factors, signals / factors, "units", given, look)
    except Broken as broken:
        if np.any(factors != 1) and _has_the_length_of_a_draw(rows / factors, signals, given):
            raise Broken(broken.seen, IN_FRONT) from None
        if not _has_the_length_of_a_draw(rows, signals / of_hidden, given):
            raise
        raise Broken(broken.seen, next(iter(causes))) from None
    try:
        require_normal_noise(rows / factors, signals / factors)
    except Broken:
        look.ask_for_more()
        raise


def _ratio_of_lengths(one: Array, other: Array) -> float:
    """The mean square of an entry in one over that in the other, (draws, units) each, averaged over
    the draws in logarithms."""
    return np.exp(np.mean(np.log(np.mean(one**2, axis=1) / np.mean(other**2, axis=1))))


def _has_the_length_of_a_draw(estimates: Array, slope: Array, given: tuple) -> bool:
    try:
        require_the_length_of_a_draw(estimates, slope, "units", given)
    except Broken:
        return False
    return True


def _cause_of_other_lengths(
    look: Look, problem: Problem, layer: int, mine: Array, output: Array, powers: dict[str, int]
) -> str:
    """Why a hidden layer's estimates, ``mine``, are longer or shorter than those of the output: what
    it is in the layer's slopes that they go with, unit by unit. ``powers`` are those of f′ that have a
    cause."""
    told = np.any(mine, axis=1) & np.any(output, axis=1)
    h = problem.network.forward(problem.x)[layer + 1][0]
    own = problem.network.activations[layer].derivative(h)
    others = (get_activation(name).derivative(h) for name in ("tanh", "sigmoid", "relu"))
    # Means of logarithms, since a draw in which the rise is large must not count for all.
    with np.errstate(divide="ignore"):
        lengths, of_output = (np.mean(np.log(np.abs(e[told])), axis=0) for e in (mine, output))
        if not np.all(np.isfinite(of_output)):
            return ""
        lengths = lengths - np.mean(of_output)
        fitting = {cause for cause, p in powers.items() if _equal(lengths, p * np.log(own))}
        if any(
            _equal(lengths, np.log(np.abs(other) / own))
            for other in others
            if not agree(other, own)
        ):
            fitting.add(ANOTHERS_SLOPE)
    if len(fitting) == 1:
        return fitting.pop()
    if fitting or not np.all(np.isfinite(lengths)):
        return ""
    power, at_slope_1 = np.polyfit(np.log(own), lengths, 1)
    apart = np.std(lengths - power * np.log(own)) < 0.15  # 0.04 is what 800 draws leave
    if not (apart and power > -0.5 and at_slope_1 < -0.3):
        return ""
    look.ask_for_more()  # of a quarter of the draws the eigenvalues would not tell
    return WHOLE_CHANGE if _vary_together(output[told]) else ""


def _equal(lengths: Array, expected: Array) -> bool:
    """Whether these logarithms, one for each unit, agree up to the errors that draws leave: of 800, 0.04
    for a unit and 0.01 on average, and twice as much of a quarter of them."""
    nothing = np.isneginf(expected)
    if np.any(np.isneginf(lengths) != nothing):
        return False
    gap = (lengths - expected)[~nothing]
    return bool(abs(np.mean(gap)) < 0.06 and np.std(gap) < 0.15)


def _vary_together(estimates: Array) -> bool:
    """Whether units vary together more than noise of their own does, (draws, units): the largest
    eigenvalue of their second moments would be (1 + √(units / draws))² times the mean, 1.5 here, and is
    3 and more where what other units have done is in them."""
    rows = estimates / np.sqrt(np.mean(estimates**2, axis=1, keepdims=True))
    return bool(np.linalg.norm(rows, 2) ** 2 / len(rows) > 2.2)


def _deltas(problem: Problem) -> list[Array]:
    """What :func:`finite_difference_signals` measures, computed, since a wide layer has many units: the
    gradient by the biases of a sample alone is its δ."""
    network, x, y, loss = problem.given
    each = [descent_direction(network, x[[i]], y[[i]], loss) for i in range(len(x))]
    return [np.array([u[-1] for u in layer]) for layer in zip(*each, strict=True)]


def _driven(problem: Problem, factor: float) -> Problem:
    """The problem with its last layer's weights that many times as large."""
    *below, last = problem.network.weights
    network = problem.network.with_weights([*below, factor * last])
    return Problem(network, problem.x, problem.y, problem.loss)
