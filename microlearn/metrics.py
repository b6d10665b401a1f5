"""What is measured: accuracy, directions of updates, and how much of an update is signal."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TypeVar

import numpy as np

from .losses import require_same_shape
from .network import Network, presynaptic, require_rows
from .numbers import whole

Array = np.ndarray
Update = Sequence[Array]
Found = TypeVar("Found")


def accuracy(y: Array, prediction: Array) -> float:
    """The share of samples whose largest output is that of the right class, from 0 to 1.

    If ``k`` outputs tie for the largest and the right one is among them, the sample counts ``1/k``, as
    if one of them was guessed. A constant output is therefore at chance. Where an output is NaN, the
    accuracy is.

    Parameters
    ----------
    y, prediction : arrays of shape (batch, classes); ``y`` one-hot

    Raises
    ------
    ValueError
        If they have different shapes, no two axes or no rows.
    """
    require_rows(y=y, prediction=prediction)
    require_same_shape(y, prediction)
    if not len(y):
        raise ValueError("y and prediction have no rows; the accuracy needs one sample or more.")
    outputs = np.ascontiguousarray(
        prediction.T
    )  # a class in each row: numpy is slow along short ones
    largest = outputs.max(axis=0)
    if np.isnan(largest).any():
        return float("nan")
    best = outputs == largest
    hit = best[y.argmax(axis=1), np.arange(len(y))]
    return float(np.mean(hit / np.maximum(best.sum(axis=0), 1)))


def flatten(update: Update | Array) -> Array:
    """All entries of a list of arrays, or of one array, as one vector."""
    return np.concatenate([u.ravel() for u in _arrays(update)])


def _arrays(update: Update | Array) -> list[Array]:
    """The arrays that an update has."""
    if isinstance(update, np.ndarray):
        return [update]
    arrays = [u for u in update if u is not None]
    if others := [u for u in arrays if not isinstance(u, np.ndarray)]:
        raise TypeError(
            f"An update is an array or a list of arrays; it has a {type(others[0]).__name__}."
        )
    return arrays


def _floats(array: Array) -> Array:
    """The array in floats in which sums of squares fit: whole numbers would begin again at 0."""
    kept = array.dtype.kind == "f" and array.dtype.itemsize >= 4
    return array if kept else array.astype(np.float64)


def cosine_similarity(a: Update | Array, b: Update | Array) -> float:
    """The cosine of the angle between two updates, all their entries taken as one vector.

    It is ``nan`` where one of them is zero and so has no direction.

    Raises
    ------
    ValueError
        If their arrays have different shapes.
    """
    a, b = (_arrays(update) for update in (a, b))
    one, other = ([u.shape for u in update] for update in (a, b))
    if not one:
        raise ValueError("The updates are empty lists; an angle needs an array in each.")
    if one != other:
        raise ValueError(
            f"The first one has the shapes {one}, the second one {other}; an angle needs the same "
            "shapes in both: perhaps one of them must be transposed."
        )
    u, v = (_floats(flatten(update)) for update in (a, b))
    with np.errstate(over="ignore"):
        length = np.linalg.norm(u) * np.linalg.norm(v)
    if not (0 < length < np.inf):  # their squares are beyond the range of float32, or one is zero
        u, v = (w.astype(np.float64) for w in (u, v))
        length = np.linalg.norm(u) * np.linalg.norm(v)
    return float(np.clip(u @ v / length, -1, 1)) if length else float("nan")


def angle(a: Update | Array, b: Update | Array) -> float:
    """The angle between two updates in degrees, from 0 (the same direction) to 180."""
    return float(np.degrees(np.arccos(np.clip(cosine_similarity(a, b), -1, 1))))


def bias_and_noise(
    draw: Callable[[], Update],
    truth: Update,
    draws: int = 1000,
    cosine: Callable[[Update, Update], float] = cosine_similarity,
) -> tuple[float, float]:
    """How far a rule's mean update is off the gradient, and how far single updates scatter around it.

    Parameters
    ----------
    draw : callable
        Returns an update, each time with noise of its own. If the first two are equal, the rule draws
        no noise, and no more are asked for.
    truth : list of arrays
        Where the mean should point to, such as minus the gradient.
    draws : int
    cosine : callable
        From two updates to the cosine of the angle between them.

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
    return _finished(bias_and_noise_in_steps(draw, truth, draws, cosine))


def bias_and_noise_in_steps(
    draw: Callable[[], Update],
    truth: Update,
    draws: int = 1000,
    cosine: Callable[[Update, Update], float] = cosine_similarity,
) -> Generator[None, None, tuple[float, float]]:
    """As :func:`bias_and_noise`; it yields between the draws, and returns both."""
    draws = whole("draws", draws, least=2)
    first, second = (flatten(draw()).astype(np.float64) for _ in range(2))
    quiet = np.array_equal(first, second)
    count, total, squares = 2, first + second, first**2 + second**2
    for _ in range(0 if quiet else draws - 2):
        yield
        update = flatten(draw()).astype(np.float64)
        count, total, squares = count + 1, total + update, squares + update**2
    mean = total / count
    variance = 0.0 if quiet else float(np.sum(squares / count - mean**2))
    length = float(np.linalg.norm(mean))
    if not length:
        return float("nan"), float("nan")
    signal = np.sqrt(max(length**2 - variance / count, 1e-12 * length**2))
    aligned = cosine([mean], [flatten(truth)]) * length / signal
    return float(np.degrees(np.arccos(np.clip(aligned, -1, 1)))), float(np.sqrt(variance) / signal)


def _finished(steps: Generator[None, None, Found]) -> Found:
    """What a generator returns in the end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


class Moments:
    """Running first and second moments of an array that comes in one sample after another.

    Samples are added up in their own dtype, a few dozen at a time, and these sums in float64: as
    exact as it needs to be, at the speed of float32.
    """

    PENDING = 32

    def __init__(self) -> None:
        self.count, self.pending = 0, 0
        self.sum: Array = np.zeros(())
        self.squares: Array = np.zeros(())

    def add(self, sample: Array) -> None:
        """Add one sample."""
        if not self.pending:
            self._sum, self._squares = np.zeros_like(sample), np.zeros_like(sample)
            self._square = np.empty_like(sample)
        self._sum += sample
        self._squares += np.multiply(sample, sample, out=self._square)
        self.pending += 1
        if self.pending == self.PENDING:
            self._flush()

    def _flush(self) -> None:
        if self.pending:
            count, self.pending = self.pending, 0
            self.add_sums(count, self._sum, self._squares)

    def add_sums(self, count: int, total: Array, squares: Array) -> None:
        """Add ``count`` samples at once, given their sum and the sum of their squares."""
        if not self.count:
            self.sum, self.squares = np.zeros((2, *total.shape))
        self.count += count
        self.sum += total
        self.squares += squares

    def signal_to_noise(self) -> float:
        """See :func:`signal_to_noise_floor` for what pure noise gives."""
        self._flush()
        mean, square = self.sum / self.count, self.squares / self.count
        variance = square - mean * mean
        # An entry that never varies (the weights of a pixel that is always white) has no noise to
        # compare its signal with. What is left of its variance is rounding.
        live = variance > 1e-10 * square
        if not np.any(live):
            return float("nan")
        deviation = np.sqrt(variance, out=np.full_like(variance, np.inf), where=live)
        return float(np.sum(np.abs(mean) / deviation) / np.count_nonzero(live))


def signal_to_noise(samples: Iterator[Array] | Sequence[Array]) -> float:
    """``|mean| / standard deviation`` over the samples, averaged over the parameters.

    The samples are added up as they come, so that a thousand gradients of a large layer never lie
    in memory together. Parameters that never vary are left out.

    Raises
    ------
    ValueError
        If there are no samples, or they have different shapes.
    """
    moments, shape = Moments(), None
    for sample in samples:
        array = _floats(np.asarray(sample))
        if shape not in (None, array.shape):
            raise ValueError(
                f"A sample has the shape {array.shape}, those before it {shape}; all must be alike."
            )
        shape = array.shape
        moments.add(array)
    if shape is None:
        raise ValueError("There are no samples; a signal-to-noise ratio needs two or more.")
    return moments.signal_to_noise()


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
    time, over the rows of ``x`` and ``y``.

    Parameters
    ----------
    update : callable
        ``update(network, x, y)`` returns the rule's update for a batch.
    """
    return _finished(signal_to_noise_in_steps(update, network, x, y))


def signal_to_noise_in_steps(
    update: Callable[[Network, Array, Array], Update], network: Network, x: Array, y: Array
) -> Generator[None, None, float]:
    """As :func:`rule_signal_to_noise`; it yields between the samples, and returns the ratio."""
    moments = _outer_product_moments(update, network, x, y)
    if moments is None:
        moments = Moments()
        for i in range(len(x)):
            moments.add(np.asarray(update(network, x[i : i + 1], y[i : i + 1])[0]))
            yield
    return moments.signal_to_noise()


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
    """
    first, inputs = network.weights[0], x.shape[1]
    total, squares = np.zeros((2, *first.shape), first.dtype)
    vectors = np.random.default_rng(0).standard_normal((first.shape[1], 3), dtype=first.dtype)
    for start in range(0, len(x), chunk):
        xs, ys = x[start : start + chunk], y[start : start + chunk]
        n = len(xs)
        tagged = np.concatenate([xs, np.eye(n, dtype=x.dtype)], axis=1)
        padded = np.concatenate(
            [first[:-1], np.zeros((n, first.shape[1]), first.dtype), first[-1:]]
        )
        try:
            step = update(network.with_weights([padded, *network.weights[1:]]), tagged, ys)[0]
        except Exception:  # a rule whose state is tied to the number of inputs, such as PEPITA
            return None
        delta = n * step[inputs : inputs + n]
        p, seen = presynaptic(xs), n * np.concatenate([step[:inputs], step[-1:]])
        expected = p.T @ (delta @ vectors)
        if not np.allclose(seen @ vectors, expected, rtol=0, atol=1e-4 * np.abs(expected).max()):
            return None
        total += seen
        squares += (p * p).T @ (delta * delta)
    moments = Moments()
    moments.add_sums(len(x), total, squares)
    return moments
