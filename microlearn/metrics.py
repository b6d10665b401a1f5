"""What is measured: accuracy, directions of updates, and how much of an update is signal."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from .fingerprints import makes_generators
from .losses import pairs
from .network import Network, presynaptic, samples_of
from .numbers import array, floats, said, whole

Array = np.ndarray
Update = Sequence[Array]
Found = TypeVar("Found")


def accuracy(y: Array, prediction: Array) -> float:
    """The share of samples whose largest output is that of the right class, from 0 to 1.

    If ``k`` outputs tie for the largest and the right one is among them, the sample counts ``1/k``, as
    if one of them was guessed. A constant output is therefore at chance. It is ``nan`` where an output
    is, where a row of ``y`` has no single largest entry, and so no right class, or where there is but
    one output.

    Parameters
    ----------
    y, prediction : arrays of shape (batch, classes); ``y`` one-hot

    Raises
    ------
    TypeError, ValueError
        If they are no arrays of numbers, have different shapes, no two axes or no rows.
    """
    y, prediction = pairs(y, prediction)
    best, right = _largest(prediction), _largest(y)
    if prediction.shape[1] < 2 or not (best.any(axis=0).all() and (right.sum(axis=0) == 1).all()):
        return float("nan")
    return float(np.mean(np.any(best & right, axis=0) / best.sum(axis=0)))


def _largest(outputs: Array) -> Array:
    """Which outputs of each sample are its largest, (classes, samples); none, where one is NaN."""
    columns = np.ascontiguousarray(outputs.T)  # numpy is slow along short rows
    return columns == columns.max(axis=0)


def flatten(update: Update | Array) -> Array:
    """All entries of a list of arrays, or of one array, as one vector; None in a list has none."""
    return np.concatenate([u.ravel() for u in _arrays(update) if u is not None])


def _arrays(update: Update | Array) -> list[Array | None]:
    """The arrays that an update has."""
    if isinstance(update, np.ndarray):
        return [array("An update", update)]
    if not isinstance(update, Sequence) or any(
        not (u is None or isinstance(u, np.ndarray)) for u in update
    ):
        kinds = [type(u).__name__ for u in update] if isinstance(update, list | tuple) else update
        raise TypeError(f"An update is an array or a list of arrays; {said(kinds)} was given.")
    if all(u is None for u in update):
        raise ValueError("An update is an empty list; it must have an array for each layer.")
    return [None if u is None else array("An update", u) for u in update]


def _shapes(update: Update | Array) -> list[tuple[int, ...] | None]:
    return [None if u is None else u.shape for u in _arrays(update)]


def _require_same_shapes(a: Update | Array, b: Update | Array) -> None:
    """Raise ValueError if entries of two updates would be compared that are of different weights."""
    one, other = _shapes(a), _shapes(b)
    if one != other:
        raise ValueError(
            f"The first update has the shapes {one}, the other one {other}; both need the same ones: "
            "perhaps an array must be transposed."
        )


def _direction(update: Update | Array) -> Array:
    """The entries as multiples of the largest, in float64: no square leaves the range of floats."""
    vector = flatten(update).astype(np.float64)
    largest = np.abs(vector).max(initial=0)
    return vector / largest if 0 < largest < np.inf else vector


def cosine_similarity(a: Update | Array, b: Update | Array) -> float:
    """The cosine of the angle between two updates, all their entries taken as one vector.

    It is ``nan`` where one of them is zero and so has no direction, or is not finite.

    Raises
    ------
    TypeError, ValueError
        If they are no arrays of numbers, or have different shapes.
    """
    _require_same_shapes(a, b)
    u, v = _direction(a), _direction(b)
    with np.errstate(invalid="ignore"):  # of infinities
        length = np.linalg.norm(u) * np.linalg.norm(v)
        return float(np.clip(u @ v / length, -1, 1)) if length else float("nan")


def angle(a: Update | Array, b: Update | Array) -> float:
    """The angle between two updates in degrees, from 0 (the same direction) to 180."""
    return float(np.degrees(np.arccos(cosine_similarity(a, b))))


def bias_and_noise(
    draw: Callable[[], Update],
    truth: Update,
    draws: int = 1000,
    cosine: Callable[[Update, Update], float] = cosine_similarity,
    *,
    rng: np.random.Generator | None = None,
) -> tuple[float, float]:
    """How far a rule's mean update is off the gradient, and how far single updates scatter around it.

    Parameters
    ----------
    draw : callable
        Returns an update, each time with noise of its own.
    truth : list of arrays
        Where the mean should point to, such as minus the gradient.
    draws : int
    cosine : callable
        From two updates to the cosine of the angle between them.
    rng : Generator, optional
        What ``draw`` takes all its noise from. If the first draw leaves it as it was, all others would
        be the same, and are not asked for. (Two equal draws alone may be those of rare noise.)

    Returns
    -------
    bias : float
        The angle between mean and truth in degrees.
    noise : float
        The root of the summed variances as a multiple of the length of the mean.

    Both are ``nan`` where all updates are zero. The mean of T draws is itself noisy: what the noise is
    expected to add to its squared length, 1/T of the summed variances, is taken off. The cosine then
    has an error of ``noise / √(T P)`` for P parameters.
    """
    return _finished(bias_and_noise_in_steps(draw, truth, draws, cosine, rng=rng))


def bias_and_noise_in_steps(
    draw: Callable[[], Update],
    truth: Update,
    draws: int = 1000,
    cosine: Callable[[Update, Update], float] = cosine_similarity,
    *,
    rng: np.random.Generator | None = None,
) -> Generator[None, None, tuple[float, float]]:
    """As :func:`bias_and_noise`; it yields between the draws, and returns both."""
    draws, moments = whole("draws", draws, least=2), Moments()
    for name, function in {"draw": draw, "cosine": cosine}.items():
        if not callable(function):
            raise TypeError(f"{name} is {said(function)}; it must be a function.")
    if not (rng is None or isinstance(rng, np.random.Generator)):
        raise TypeError(f"rng is {said(rng)}; it must be the np.random.Generator that draw takes.")
    before = pickle.dumps(rng)
    while moments.count < draws:
        update = draw()
        _require_same_shapes(update, truth)
        moments.add(flatten(update))
        if moments.count == 1:
            still = rng is not None and pickle.dumps(rng) == before
        if still and moments.count == 2 and not moments.variance.any():
            break
        yield
    length = float(np.linalg.norm(moments.mean))
    if not length:
        return float("nan"), float("nan")
    variance = float(np.sum(moments.variance))
    if not variance and makes_generators(draw):
        warnings.warn(
            "All draws are the same: draw makes its generator anew each time, so each begins with the "
            "same numbers. Make it before, once, and let draw take from it.",
            stacklevel=3,
        )
    signal = np.sqrt(max(length**2 - variance / moments.count, 1e-12 * length**2))
    found = np.asarray(cosine([moments.mean], [flatten(truth)]))
    if found.shape or found.dtype.kind not in "fiu" or abs(found) > 1 + 1e-6:
        raise ValueError(f"cosine returned {found}; it must be a number from -1 to 1.")
    aligned = float(found) * length / signal
    return float(np.degrees(np.arccos(np.clip(aligned, -1, 1)))), float(np.sqrt(variance) / signal)


def _finished(steps: Generator[None, None, Found]) -> Found:
    """What a generator returns in the end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


class Moments:
    """Running mean and variance, in float64, of an array that comes in one sample after another.

    What is added up are differences to the first sample, so that a large mean takes no digits from the
    variance, and that of entries that never vary is 0 (Chan, Golub and LeVeque 1983).
    """

    def __init__(self) -> None:
        self.count = 0
        self.first: Array = np.zeros(())
        self.sum: Array = np.zeros(())
        self.squares: Array = np.zeros(())

    def add(self, sample: Array) -> None:
        """Add one sample."""
        if not self.count:
            self.first = np.array(sample, dtype=np.float64)
            self.sum, self.squares = np.zeros((2, *self.first.shape))
        difference = np.asarray(sample - self.first)  # numpy makes a number of two single ones
        self.sum += difference
        self.squares += np.square(difference, out=difference)
        self.count += 1

    def add_sums(self, count: int, total: Array, squares: Array) -> None:
        """Add ``count`` samples at once, given their sum and the sum of their squares in float64."""
        self.count += count
        self.sum, self.squares = self.sum + total, self.squares + squares

    @property
    def mean(self) -> Array:
        return self.first + self.sum / self.count

    @property
    def variance(self) -> Array:
        return np.maximum(self.squares / self.count - (self.sum / self.count) ** 2, 0)

    def signal_to_noise(self, rounding: float) -> float:
        """See :func:`signal_to_noise_floor` for what pure noise gives. Entries that vary by less than
        ``rounding``, as a share of their mean, are taken for entries that never vary."""
        mean, deviation = np.abs(self.mean), np.sqrt(self.variance)
        # An entry that never varies (the weights of a pixel that is always white) has no noise to
        # compare its signal with. What is left of its deviation is rounding.
        live = deviation > rounding * mean
        if not (np.isfinite(mean + deviation).all() and live.any()):
            return float("nan")
        return float(np.mean(mean[live] / deviation[live]))


def signal_to_noise(samples: Iterable[Array]) -> float:
    """``|mean| / standard deviation`` over the samples, averaged over the parameters.

    The samples are added up as they come, so that a thousand gradients of a large layer never lie
    in memory together. Parameters that never vary, up to rounding, are left out; it is ``nan`` where
    that leaves none, as of a single sample, and where a sample is not finite.

    Raises
    ------
    TypeError, ValueError
        If there are no samples, or they are no arrays of numbers, or have different shapes.
    """
    if isinstance(samples, str | Mapping) or not np.iterable(samples):
        raise TypeError(f"samples is a {type(samples).__name__}; it must be a list of arrays.")
    if hasattr(samples, "columns"):  # a table would give their names
        samples = array("samples", samples)
    moments, digits = Moments(), 0.0
    for sample in samples:
        found = floats("A sample", sample)
        if moments.count and found.shape != moments.first.shape:
            raise ValueError(
                f"A sample has the shape {found.shape}, those before it {moments.first.shape}; all must "
                "be alike."
            )
        digits = max(digits, float(np.finfo(found.dtype).eps))
        moments.add(found)
    if not moments.count:
        raise ValueError("There are no samples; a signal-to-noise ratio needs two or more.")
    return moments.signal_to_noise(rounding=4 * digits)


def signal_to_noise_floor(samples: int) -> float:
    """What :func:`signal_to_noise` gives for pure noise: ``√(2 / (π T))`` for T samples.

    The mean of T normal numbers is still normal, with a standard deviation 1/√T of theirs, and the
    mean absolute value of a normal number is √(2/π) of its standard deviation.
    """
    return float(np.sqrt(2 / (np.pi * whole("samples", samples, least=1))))


def rule_signal_to_noise(
    update: Callable[[Network, Array, Array], Update], network: Network, x: Array, y: Array
) -> float:
    """The signal-to-noise ratio of a rule's first-layer update over single samples.

    The first layer is the one whose credit has to be worked out; it is computed for one sample at a
    time, over the rows of ``x`` and ``y``. Where an update is a product p δ summed over the samples,
    that of a sample is its own p δ: a factor that comes from the whole batch, such as its norm, is left
    out. Parameters whose updates vary by less than 10⁻⁵ of their
    mean are left out, as :func:`signal_to_noise` leaves out those that never vary.

    Parameters
    ----------
    update : callable
        ``update(network, x, y)`` returns the rule's update for a batch.

    Raises
    ------
    TypeError, ValueError
        If ``x`` and ``y`` are no inputs and targets of the network, or an update has other shapes.
    """
    return _finished(signal_to_noise_in_steps(update, network, x, y))


def signal_to_noise_in_steps(
    update: Callable[[Network, Array, Array], Update], network: Network, x: Array, y: Array
) -> Generator[None, None, float]:
    """As :func:`rule_signal_to_noise`; it yields between the samples, and returns the ratio."""
    x, y = samples_of(network, x, y)
    if not callable(update):
        raise TypeError(f"update is {said(update)}; it must be a function of network, x and y.")
    moments = _outer_product_moments(update, network, x, y)
    if moments is None:
        moments = Moments()
        for i in range(len(x)):
            moments.add(_first_of(update(network, x[i : i + 1], y[i : i + 1]), network))
            yield
    return moments.signal_to_noise(rounding=1e-5)


def _first_of(update: Update, network: Network) -> Array:
    """The update of the first layer, if it has the shape of its weights."""
    first, expected = _arrays(update)[0], network.weights[0].shape
    if first is None or first.shape != expected:
        seen = None if first is None else first.shape
        raise ValueError(
            f"The update of the first layer has the shape {seen}; its weights have {expected}."
        )
    return first


def _outer_product_moments(
    update: Callable[[Network, Array, Array], Update],
    network: Network,
    x: Array,
    y: Array,
    chunk: int = 200,
) -> Moments | None:
    """Moments of the first layer's per-sample updates, where these are outer products; else None.

    Many rules change a weight by what came in times what the unit should have done, p_i δ_j. To read
    δ of every sample from one call, each sample gets an input of its own, which is 1 for it and 0
    for the others and has zero weights: the row of the update that belongs to it is δ / n. The other
    rows are Σ p δ / n, and Σ (p δ)² = (p²)ᵀ δ². These other rows show whether the update really is
    such a product: both sides are multiplied by random vectors, which is much cheaper than to form the
    product again (Freivalds 1977).

    A rule that passes over some samples of a batch gets None, too: alone, each of them would count.
    """
    first, inputs = network.weights[0], x.shape[1]
    moments = Moments()
    vectors = np.random.default_rng(0).standard_normal((first.shape[1], 3))
    for start in range(0, len(x), chunk):
        xs, ys = x[start : start + chunk], y[start : start + chunk]
        n = len(xs)
        tagged = np.concatenate([xs, np.eye(n, dtype=x.dtype)], axis=1)
        padded = np.concatenate(
            [first[:-1], np.zeros((n, first.shape[1]), first.dtype), first[-1:]]
        )
        try:
            wider = network.with_weights([padded, *network.weights[1:]])
            step = _first_of(update(wider, tagged, ys), wider)
        except Exception:  # a rule whose state is tied to the number of inputs, such as PEPITA
            return None
        delta = n * step[inputs : inputs + n]
        p, seen = presynaptic(xs), n * np.concatenate([step[:inputs], step[-1:]])
        expected = p.T @ (delta @ vectors)
        if not np.allclose(seen @ vectors, expected, rtol=0, atol=1e-4 * np.abs(expected).max()):
            return None
        # A sample that adds nothing here, but something alone, is one that the rule passes over.
        for i in np.flatnonzero(~delta.any(axis=1)):
            if _first_of(update(network, xs[i : i + 1], ys[i : i + 1]), network).any():
                return None
        p, delta = p.astype(np.float64), delta.astype(np.float64)  # else rounding would be variance
        moments.add_sums(n, p.T @ delta, (p * p).T @ (delta * delta))
    return moments
