"""A network: weights and activations, nothing else.

Rows are samples. Layer ``l`` takes ``p = [h, 1]``, the activity below with a constant 1 beside it,
multiplies it by its weights and applies its activation: ``a = p W``, ``h = f(a)``. The last row of
``W`` is therefore the biases, and a rule that treats all parameters alike is one line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from .activations import Activation, get_activation
from .fingerprints import fingerprint
from .held import keeps
from .numbers import array, float_type, floats, refuse_other_rows, said, same_fields, whole

if TYPE_CHECKING:
    from .data import Dataset

Array = np.ndarray


MOST_WEIGHTS = 10**8
"""Weights that a network may have. While it trains, that many take some 2 GB."""


def rows(name: str, value: Any) -> Array:
    """The value as an array of numbers with two axes.

    Raises
    ------
    TypeError, ValueError
        If it is none.
    """
    found = array(name, value)
    if found.ndim != 2:
        raise ValueError(
            f"{name} is of shape {found.shape}; it must be an array with two axes, such as "
            f"(batch, units): one sample alone is {name}[np.newaxis]."
        )
    return found


def presynaptic(h: Array) -> Array:
    """``[h, 1]``: the activity ``(batch, units)`` with a column of ones, ``(batch, units + 1)``.

    Raises
    ------
    TypeError, ValueError
        If ``h`` is no array of numbers with two axes.
    """
    h = rows("h", h)
    p = np.empty((h.shape[0], h.shape[1] + 1), dtype=h.dtype)
    p[:, :-1] = h
    p[:, -1] = 1
    return p


def local_update(h: Array, delta: Array) -> Array:
    """``[h, 1]ᵀ δ / n``: what came in, times what each unit should have done, averaged over the batch.

    Parameters
    ----------
    h : array of shape (batch, units below)
        The activity below the layer.
    delta : array of shape (batch, units)
        The change of the layer's pre-activations that would help, for each sample.

    Returns
    -------
    array of shape (units below + 1, units), like the layer's weights

    Raises
    ------
    TypeError, ValueError
        If they are no arrays of numbers with two axes and the same number of rows, at least one.
    """
    if not len(delta := rows("delta", delta)):
        raise ValueError("delta has no rows; it needs one for each sample, and at least one.")
    return outer_product(h, delta / len(delta))


def outer_product(h: Array, delta: Array) -> Array:
    """``[h, 1]ᵀ δ``, summed over the batch, without a copy of ``h`` that has the column of ones.

    Raises
    ------
    TypeError, ValueError
        If they are no arrays of numbers with two axes and the same number of rows.
    """
    h, delta = floats("h", rows("h", h)), floats("delta", rows("delta", delta))
    if len(h) != len(delta):
        raise ValueError(
            f"h has {len(h)} rows and delta has {len(delta)}; both need a row for each sample of the "
            "batch."
        )
    product = np.empty((h.shape[1] + 1, delta.shape[1]), np.result_type(h, delta))
    np.dot(h.T, delta, out=product[:-1])
    delta.sum(axis=0, out=product[-1])
    return product


@keeps(
    "network.with_weights(…) makes another one, and weights[0][...] = … writes into those it has"
)
@dataclass(frozen=True, eq=False)
class Network:
    """Any number of fully connected layers.

    Attributes
    ----------
    weights : tuple of arrays
        ``weights[l]`` has shape ``(fan_in + 1, fan_out)``; its last row holds the biases.
    activations : tuple of Activation
        One for each layer.

    Raises
    ------
    TypeError
        If weights are no arrays of floats.
    ValueError
        If there is no layer, or one that does not fit.
    """

    weights: tuple[Array, ...]
    activations: tuple[Activation, ...]
    drawn: str = field(default="", kw_only=True, repr=False, compare=False)
    """By what scheme the weights were drawn, with a mark of what came of it."""

    DRAWN: ClassVar[dict[str, Any]] = {
        "width": 32,
        "layers": 1,
        "activation": "tanh",
        "initialisation": "glorot_uniform",
    }
    """What decides the network that training draws, and its defaults."""

    @classmethod
    def drawn_for(
        cls,
        data: Dataset,
        seed: int | np.random.Generator,
        width: float,
        layers: float,
        activation: str | Activation,
        initialisation: str,
    ) -> Network:
        """Draw a network with inputs and outputs for these data: ``layers`` hidden layers of ``width``
        units, under a softmax."""
        if (hidden := whole("layers", layers)) < 0:
            raise ValueError(f"layers is {layers}; a network has 0 hidden layers or more.")
        sizes = [data.train.x.shape[1], *[width] * hidden, data.classes]
        of_hidden = activation if hidden else None
        return create_network(sizes, of_hidden, initialisation=initialisation, seed=seed)

    __eq__ = same_fields

    def __post_init__(self) -> None:
        for name in ("weights", "activations"):
            listed = getattr(self, name)
            if not isinstance(listed, tuple | list) and (
                isinstance(listed, str) or not np.iterable(listed)
            ):
                raise TypeError(
                    f"{name} is {said(listed)}; it must be a list with an entry for each layer."
                )
        object.__setattr__(self, "weights", tuple(self.weights))
        object.__setattr__(
            self, "activations", tuple(get_activation(name) for name in self.activations)
        )
        if len(self.weights) != len(self.activations):
            raise ValueError(
                f"A network needs one activation for each layer: {len(self.weights)} weight "
                f"matrices and {len(self.activations)} activations were given."
            )
        self._require_matrices()
        self._require_a_fit()

    def _require_matrices(self) -> None:
        """Raise an error unless there is a layer, and each is a matrix of floats."""
        if not self.weights:
            raise ValueError("A network has one layer at least; no weights were given.")
        for w in self.weights:
            if type(w) is not np.ndarray or w.dtype.kind != "f":  # np.matrix multiplies otherwise
                given = w.dtype if type(w) is np.ndarray else type(w).__name__
                filled = (
                    "w.filled(0), say" if isinstance(w, np.ma.MaskedArray) else "np.array(w, float)"
                )
                raise TypeError(
                    f"The weights of a layer are {given}; they must be an array of floats: "
                    f"give {filled}."
                )
            if w.ndim != 2 or not w.size:
                raise ValueError(
                    f"The weights of a layer have shape {w.shape}; they must be (fan-in + 1, fan-out)."
                )

    def _require_a_fit(self) -> None:
        """Raise ValueError unless each layer fits the one below it."""
        for below, above in zip(self.weights, self.weights[1:], strict=False):
            if above.shape[0] != below.shape[1] + 1:
                raise ValueError(
                    f"A layer of {below.shape[1]} units must be followed by weights with "
                    f"{below.shape[1] + 1} rows (one more for the biases), not {above.shape[0]}."
                )

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of units in each layer, the input first."""
        return (self.weights[0].shape[0] - 1, *(w.shape[1] for w in self.weights))

    @property
    def multiplications(self) -> int:
        """Multiplications for one sample in the largest product of a forward pass."""
        return max(w.size for w in self.weights)

    @property
    def dtype(self) -> np.dtype:
        return self.weights[0].dtype

    def forward(
        self,
        x: Array,
        noise: Sequence[Array | None] | None = None,
        activity_noise: Sequence[Array | None] | None = None,
    ) -> list[Array]:
        """The activity of every layer, the input first.

        Parameters
        ----------
        x : array of shape (batch, inputs)
        noise : list of arrays of shape (batch, units), one for each layer, optional
            Added to the pre-activations; None or 0 leaves a layer alone.
        activity_noise : the same, added to the activities

        Returns
        -------
        list of arrays, ``h[0]`` being ``x`` and ``h[l]`` of shape (batch, units of layer l)

        Raises
        ------
        TypeError
            If ``x`` holds no real numbers.
        ValueError
            If it is not a row of inputs for each sample, or noise has another shape than what it is
            added to.
        """
        x = self.inputs(x)
        silence = [None] * len(self.weights)
        before, after = (
            silence if given is None else self._one_for_each_layer(name, given)
            for name, given in (("noise", noise), ("activity_noise", activity_noise))
        )
        activities = [x]
        for layer, activation in enumerate(self.activations):
            h = activation(_shaken(self.receive(layer, activities[-1]), before[layer], layer))
            activities.append(_shaken(h, after[layer], layer))
        return activities

    def _one_for_each_layer(self, name: str, given: Any) -> list[Array | None]:
        """The noise of each layer, if there is an entry for each."""
        listed = [*given] if isinstance(given, Sequence | np.ndarray) else [given]
        if len(listed) != len(self.weights):
            raise ValueError(
                f"{name} has {len(listed)} entries, and the network {len(self.weights)} layers: give a "
                "list with an array, or None, for each layer."
            )
        return listed

    def inputs(self, x: Any) -> Array:
        """The same array, once it is certain that it holds inputs; a table or a list becomes one.

        Raises
        ------
        TypeError, ValueError
            If it does not hold numbers, or is not (batch, inputs).
        """
        x = array("x", x)
        if x.ndim != 2 or x.shape[1] != self.sizes[0]:
            raise ValueError(
                f"x has shape {x.shape}; it must be (batch, {self.sizes[0]}), a row for each sample."
            )
        return x

    def require_images_of(self, data: Dataset) -> None:
        """Raise ValueError unless it has an input for each number of an image, and an output for each
        class."""
        if (self.sizes[0], self.sizes[-1]) != (data.train.x.shape[1], data.classes):
            raise ValueError(
                f"{data.name} has {data.train.x.shape[1]} inputs and {data.classes} classes; "
                f"the network has {self.sizes[0]} inputs and {self.sizes[-1]} outputs."
            )

    def receive(self, layer: int, h: Array) -> Array:
        """The pre-activations of a layer, ``(batch, units)``, given the activity below it.

        Parameters
        ----------
        layer : int
            From 0, the first one that has weights.
        h : array of shape (batch, units below)

        Raises
        ------
        TypeError, ValueError
            If there is no such layer, or ``h`` has another shape.
        """
        h, w = array("h", h), self.weights[self._layer(layer)]
        if h.shape[-1:] != (len(w) - 1,):
            raise ValueError(
                f"h has the shape {h.shape}; below layer {layer} it must be (batch, {len(w) - 1})."
            )
        # Adding the bias row spares a copy of the activities with a column of ones.
        a = h @ w[:-1]
        a += w[-1]
        return a

    def _layer(self, layer: int) -> int:
        """The number of a layer, if there is one of it; -1 would count from the top."""
        if type(layer) is int and 0 <= layer < len(self.weights):
            return layer
        return whole("layer", layer, 0, len(self.weights) - 1)

    def weight_update(self, layer: int, h: Array, delta: Array) -> Array:
        """What a layer's weights gather: ``[h, 1]ᵀ δ``, summed over the batch.

        Parameters
        ----------
        layer : int
        h : array of shape (batch, units below)
        delta : array of shape (batch, units)

        Raises
        ------
        TypeError, ValueError
            If there is no such layer, or they have other shapes.
        """
        gathered, w = outer_product(h, delta), self.weights[self._layer(layer)]
        if gathered.shape != w.shape:
            raise ValueError(
                f"h and delta would update weights of {gathered.shape}; those of layer {layer} have "
                f"{w.shape}, so h must be (batch, {len(w) - 1}) and delta (batch, {w.shape[1]})."
            )
        return gathered

    def predict(self, x: Array) -> Array:
        """The activity of the output layer, ``(batch, outputs)``."""
        return self.forward(x)[-1]

    @property
    def origin(self) -> str:
        """Where its weights come from: the scheme by which they were drawn, the same for each seed, or,
        where they are others by now, a mark of their own."""
        mark = fingerprint(self.weights)[:6]
        scheme, _, then = self.drawn.rpartition(" ")
        return scheme if mark == then else mark

    def with_weights(self, weights: Sequence[Array]) -> Self:
        """The same network, of the same class, with other weights; the arrays are not copied."""
        other, kind = object.__new__(type(self)), type(self)
        # A subclass may have an __init__ of its own. What it has computed once is of these weights.
        kept = {k: v for k, v in vars(self).items() if not hasattr(getattr(kind, k, None), "func")}
        vars(other).update(kept, weights=tuple(weights))
        other.__post_init__()
        return other

    def astype(self, dtype: np.typing.DTypeLike) -> Self:
        """A copy with weights of that dtype."""
        return self.with_weights([w.astype(dtype) for w in self.weights])

    def copy(self) -> Self:
        """A network with weights of its own."""
        return self.astype(self.dtype)

    def __repr__(self) -> str:
        layers = " → ".join(
            f"{size} {activation}"
            for size, activation in zip(self.sizes[1:], self.activations, strict=True)
        )
        return f"Network({self.sizes[0]} → {layers})"


def _shaken(activity: Array, noise: Any, layer: int) -> Array:
    """The activity with noise of the same shape; None or 0 is no noise. Of a vector or a number, numpy
    would give all samples the same noise without a word."""
    if noise is None or (isinstance(noise, Real) and noise == 0):
        return activity
    noise = array("noise", noise)
    if noise.shape != activity.shape:
        raise ValueError(
            f"The noise of layer {layer} has the shape {noise.shape}; it must be {activity.shape}, "
            "a row for each sample and a column for each unit."
        )
    return activity + noise


def samples_of(network: Network, x: Any, y: Any) -> tuple[Array, Array]:
    """Inputs and targets as arrays, once it is certain that they belong to each other and to a network.

    Raises
    ------
    TypeError, ValueError
        If it is none, or they do not hold numbers, are not (batch, inputs) and (batch, outputs), or
        have no rows.
    """
    if not isinstance(network, Network):
        raise TypeError(
            f"network is a {type(network).__name__}; it must be a Network, and stand before x and y."
        )
    refuse_other_rows(x=x, y=y)
    (inputs, *_, outputs), x, y = network.sizes, network.inputs(x), floats("y", y)
    if y.shape != (len(x), outputs) or not len(x):
        raise ValueError(
            f"x has the shape {x.shape} and y {y.shape}; they must be (batch, {inputs}) and "
            f"(batch, {outputs}), a row of inputs and one of targets for each sample, of which there is "
            "at least one."
        )
    return x, y


OF_HIDDEN = ("width", "activation")
"""What decides the hidden layers of a network that training draws, if it has any."""


def refuse_of_hidden(given: Mapping[str, Any], layers: Any) -> None:
    """Raise ValueError where there are settings of hidden layers, and no such layers."""
    idle = [name for name in OF_HIDDEN if name in given]
    if idle and layers == 0:
        raise ValueError(
            f"{idle[0]} is given, and without hidden layers nothing reads it: leave {idle[0]} out, or "
            "give layers=1."
        )


def require_room(layers: Sequence[tuple[int, int]]) -> None:
    """Raise ValueError if these layers, each of (fan-in, fan-out), would have too many weights."""
    weights = sum((fan_in + 1) * fan_out for fan_in, fan_out in layers)
    if weights > MOST_WEIGHTS:
        widest = max(fan_out for _, fan_out in layers)
        raise ValueError(
            f"A network whose widest layer has {widest:,} units would have {weights:,} weights in all; "
            f"it can have {MOST_WEIGHTS:,}: make it narrower, or leave layers out."
        )


# Each scheme gives the spread of the weights of one layer; `uniform` ones are ±limit, the others
# have that standard deviation. Only the textbook's scheme draws the biases too.
INITIALISATIONS: dict[str, tuple[str, Callable[[int, int], float]]] = {
    "glorot_uniform": ("uniform", lambda n, m: np.sqrt(6 / (n + m))),
    "glorot_normal": ("normal", lambda n, m: np.sqrt(2 / (n + m))),
    "he_uniform": ("uniform", lambda n, m: np.sqrt(6 / n)),
    "he_normal": ("normal", lambda n, m: np.sqrt(2 / n)),
    "textbook": ("normal", lambda n, m: 0.1),
    "zeros": ("normal", lambda n, m: 0.0),
}


def initialisation_of(name: str) -> tuple[str, Callable[[int, int], float]]:
    """The law of that name, and its spread.

    Raises
    ------
    ValueError
        If there is none.
    """
    if not isinstance(name, str) or name not in INITIALISATIONS:
        raise ValueError(
            f"There is no initialisation {name!r}: choose one of {', '.join(INITIALISATIONS)}."
        )
    return INITIALISATIONS[name]


def draw_weights(
    fan_in: int,
    fan_out: int,
    initialisation: str,
    rng: np.random.Generator,
    dtype: np.typing.DTypeLike = np.float32,
) -> Array:
    """Draw the weights of one layer, ``(fan_in + 1, fan_out)``, biases in the last row.

    ``glorot_*`` (Glorot and Bengio 2010, eq. 16) and ``he_*`` (He et al. 2015, eq. 10) start with
    biases of zero; ``textbook`` is N(0, 0.1²) for every weight and bias, whatever the width.

    Raises
    ------
    ValueError
        If there is no scheme of that name, or ``dtype`` is no float type.
    """
    law, spread = initialisation_of(initialisation)
    fan_in, fan_out = whole("fan_in", fan_in, least=1), whole("fan_out", fan_out, least=0)
    rng, shape = generator(rng), (fan_in + 1, fan_out)
    w = rng.uniform(-1, 1, shape) if law == "uniform" else rng.standard_normal(shape)
    w *= spread(fan_in, fan_out)
    if initialisation != "textbook":
        w[-1] = 0
    return w.astype(float_type(dtype))


def generator(seed: int | np.random.Generator) -> np.random.Generator:
    """The generator that is given, or that of a seed, which is never nothing.

    Raises
    ------
    TypeError, ValueError
        If the seed is not a whole number from 0 on.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(whole("seed", seed, least=0))


def create_network(
    sizes: Sequence[int],
    activation: str | Activation | None = None,
    output: str | Activation = "softmax",
    initialisation: str = "glorot_uniform",
    seed: int | np.random.Generator = 0,
    dtype: np.typing.DTypeLike = np.float32,
) -> Network:
    """Draw a network with layers of the given ``sizes``, the input first.

    Parameters
    ----------
    sizes : list of int
    activation, output : str or Activation
        Of the hidden layers, by default ``"tanh"``, and of the output layer; see
        :mod:`microlearn.activations`.
    initialisation : str
        See :func:`draw_weights`.
    seed : int or Generator
    dtype : a float type

    Raises
    ------
    ValueError
        If there are fewer than two sizes, a size is not a positive whole number, the network would
        have more than ``MOST_WEIGHTS`` weights, a name is unknown, or there is an ``activation`` and
        no hidden layer.

    Examples
    --------
    >>> create_network([64, 32, 10])
    Network(64 → 32 tanh → 10 softmax)
    """
    ordered = np.iterable(sizes) and not isinstance(sizes, set | frozenset)
    units = [whole("a size", size) for size in (sizes if ordered else [sizes])]
    if len(units) < 2 or min(units) < 1:
        raise ValueError(
            f"A network needs at least an input and an output size, all positive whole numbers, "
            f"such as [64, 32, 10]; {said(sizes)} was given."
        )
    if activation is not None and len(units) == 2:
        raise ValueError(
            f"activation is {said(activation)}, and without hidden layers nothing reads it: leave "
            "it out, or give that of the output layer, such as output='softmax'."
        )
    hidden = Network.DRAWN["activation"] if activation is None else activation
    layers = [*pairwise(units)]
    require_room(layers)
    rng = generator(seed)
    weights = [draw_weights(*layer, initialisation, rng, dtype) for layer in layers]
    activations = [*[hidden] * (len(weights) - 1), output]
    drawn = drawn_by(initialisation, weights)
    return Network(tuple(weights), tuple(map(get_activation, activations)), drawn=drawn)


def drawn_by(initialisation: str, weights: Sequence[Array]) -> str:
    """What :attr:`Network.drawn` says of weights that were drawn just now."""
    return f"{initialisation} {weights[0].dtype} {fingerprint(tuple(weights))[:6]}"
