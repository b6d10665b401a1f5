"""A convolutional network: one convolution, max-pooling, and one fully connected layer.

Every channel has one kernel, and looks with it at each place of the image. What it sees there is a
*patch*, and what it receives is ``patch · kernel + bias``. Of four neighbouring places the one that
received most speaks for all of them (2 × 2 max-pooling), and its unit's activity goes to the output
layer.

The places are ordered so that the four of a pool lie one after the other: ``positions`` is 4 times the
number of pools, and position ``k · pools + j`` is place ``k`` of pool ``j``. Where the number of
places in a row or a column is odd, the last one belongs to no pool and is left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .activations import ACTIVATIONS, Activation, get_activation
from .held import keeps
from .network import Network, draw_weights, drawn_by, generator, outer_product, require_room, rows
from .numbers import sides, whole

if TYPE_CHECKING:
    from .data import Dataset

Array = np.ndarray

PLACES = 4
"""Places in a pool, two by two."""

AT_A_TIME = 100
"""Images in a forward pass that keeps nothing: the patches of more would leave the processor's
caches."""


@dataclass(frozen=True)
class Look:
    """What a convolutional network computes from a batch.

    Attributes
    ----------
    h : list of arrays
        The activities as :meth:`Network.forward` gives them: the images (batch, inputs), the pooled
        activity (batch, units), the outputs (batch, outputs).
    patches : array of shape (batch, positions, inputs of a kernel)
    received : array of shape (batch, positions, channels)
        The pre-activations at every place, before the pooling.
    winners : array of shape (batch, units), whole numbers from 0 to 3
        Which of the four places of its pool each unit speaks for: the first of the largest.
    activation : Activation
        Of the convolution.
    """

    h: list[Array]
    patches: Array
    received: Array
    winners: Array
    activation: Activation

    @property
    def maps(self) -> Array:
        """The activity at every place, (batch, positions, channels), before the pooling."""
        return self.activation(self.received)


@keeps(
    "network.with_weights(…) makes another one, and weights[0][...] = … writes into those it has"
)
@dataclass(frozen=True, eq=False)
class ConvolutionalNetwork(Network):
    """One convolution with 2 × 2 max-pooling, and one fully connected layer.

    The convolution steps one pixel at a time and stays inside the image. It is pooled before the
    activation, which gives the same, since activations never fall.

    Attributes
    ----------
    weights : tuple of two arrays
        ``weights[0]``, (inputs of a kernel + 1, channels), has a kernel in each column, row by row, the
        colours of a pixel side by side, and its bias in the last row. ``weights[1]`` is (units + 1,
        outputs); unit ``j · channels + c`` is channel ``c`` in pool ``j``.
    activations : tuple of two of Activation
    image_shape : tuple of int
        (height, width), or (height, width, colours).

    Raises
    ------
    ValueError
        If weights and images do not fit.
    """

    image_shape: tuple[int, ...]

    DRAWN: ClassVar[dict[str, Any]] = {
        "width": 32,
        "layers": 1,
        "activation": "relu",
        "initialisation": "he_uniform",
    }

    @classmethod
    def drawn_for(
        cls,
        data: Dataset,
        seed: int | np.random.Generator,
        width: float,
        layers: float,
        activation: str | Activation,
        initialisation: str,
    ) -> ConvolutionalNetwork:
        """As :meth:`Network.drawn_for`; ``width`` is the number of channels, and ``layers`` is 1."""
        if whole("layers", layers) != 1:
            raise ValueError(
                f"layers is {layers}; a convolutional network has 1 hidden layer, its convolution."
            )
        return create_convolutional_network(
            data.image_shape,
            width,
            data.classes,
            activation=activation,
            initialisation=initialisation,
            seed=seed,
        )

    def __post_init__(self) -> None:
        object.__setattr__(self, "image_shape", sides(self.image_shape))
        super().__post_init__()

    def _require_a_fit(self) -> None:
        if len(self.weights) != 2:
            raise ValueError(
                f"A convolutional network has two weight matrices, that of the kernels and that of the "
                f"output layer; {len(self.weights)} were given."
            )
        activation = self.activations[0]
        falls = activation.slope is None
        if not falls and ACTIVATIONS.get(activation.name) is not activation:
            falls = bool(np.any(np.diff(activation(np.linspace(-9, 9, 181))) < 0))
        if falls:
            raise ValueError(
                f"The maps of a convolution are pooled before their activation, and {activation.name} "
                "is none of a single number that never falls: the largest would be another after it."
            )
        kernels, above = self.weights
        inputs, side = len(kernels) - 1, self.kernel
        if inputs < 1 or side * side * self.colours != inputs or min(self._pools) < 1:
            raise ValueError(
                f"Kernels of {inputs} inputs do not fit images of {self.image_shape}: a kernel is a "
                "square of pixels in all colours, and it needs two places in each direction, which are "
                "pooled."
            )
        if len(above) != self.sizes[1] + 1:
            raise ValueError(
                f"{kernels.shape[1]} channels in {math.prod(self._pools)} pools must be followed by "
                f"weights with {self.sizes[1] + 1} rows (one more for the biases), not {len(above)}."
            )

    def require_images_of(self, data: Dataset) -> None:
        super().require_images_of(data)
        one, other = ((*shape, 1)[:3] for shape in (self.image_shape, data.image_shape))
        if one != other:
            raise ValueError(
                f"The network looks at images of {self.image_shape}, and those of {data.name} are "
                f"{data.image_shape}, so that its kernels would see pixels that are not neighbours: "
                f"create_convolutional_network({data.image_shape}) fits."
            )

    @property
    def colours(self) -> int:
        return self.image_shape[2] if len(self.image_shape) > 2 else 1

    @property
    def kernel(self) -> int:
        """The side of a kernel in pixels."""
        return math.isqrt((len(self.weights[0]) - 1) // self.colours)

    @property
    def channels(self) -> int:
        return self.weights[0].shape[1]

    @property
    def positions(self) -> int:
        """Places that a kernel looks at, which are pooled by four."""
        return PLACES * math.prod(self._pools)

    @property
    def _pools(self) -> tuple[int, int]:
        height, width = ((side - self.kernel + 1) // 2 for side in self.image_shape[:2])
        return height, width

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of pixels (of each colour), of pooled units, and of outputs."""
        units = math.prod(self._pools) * self.channels
        return (math.prod(self.image_shape), units, self.weights[1].shape[1])

    @property
    def multiplications(self) -> int:
        return max(self.positions * self.weights[0].size, self.weights[1].size)

    def patches(self, x: Array) -> Array:
        """What a kernel sees at each place: (batch, positions, inputs of a kernel).

        Parameters
        ----------
        x : array of shape (batch, inputs)
        """
        (height, width), (rows, columns) = self.image_shape[:2], self._pools
        side, colours = self.kernel, self.colours
        x = self.inputs(x)
        images = np.ascontiguousarray(x).reshape(len(x), height, width * colours)
        image, row, pixel = images.strides
        # A view in which every patch is a square; only the copies below move any number.
        windows = np.lib.stride_tricks.as_strided(
            images,
            (len(x), 2, 2, rows, columns, side, side * colours),
            (image, row, colours * pixel, 2 * row, 2 * colours * pixel, row, pixel),
            writeable=False,
        )
        return windows.reshape(len(images), self.positions, side * side * colours)

    def look(self, x: Array) -> Look:
        """A forward pass that keeps what a rule needs: patches, pre-activations, and winners.

        Parameters
        ----------
        x : array of shape (batch, inputs)
        """
        x = self.inputs(x)
        patches = self.patches(x)
        received = self._convolved(patches)
        largest, winners = _pooled(received)
        h = self.activations[0](largest)
        outputs = self.activations[1](self.receive(1, h))
        return Look([x, h, outputs], patches, received, winners, self.activations[0])

    def receive(self, layer: int, h: Array) -> Array:
        """As :meth:`Network.receive`; of the convolution, those of the winners, (batch, units)."""
        if self._layer(layer):
            return super().receive(layer, h)
        h = self.inputs(h)
        starts = range(0, max(1, len(h)), AT_A_TIME)
        return np.concatenate(
            [_largest(self._convolved(self.patches(h[i : i + AT_A_TIME]))) for i in starts]
        )

    def _convolved(self, patches: Array) -> Array:
        w = self.weights[0]
        received = patches.reshape(-1, len(w) - 1) @ w[:-1]
        received += w[-1]
        return received.reshape(*patches.shape[:2], self.channels)

    def unpool(self, delta: Array, winners: Array) -> Array:
        """Hand what each unit should do to the place that it speaks for: the others get nothing.

        Parameters
        ----------
        delta : array of shape (batch, units)
        winners : the same, as :meth:`look` gives them

        Returns
        -------
        array of shape (batch, positions, channels)

        Raises
        ------
        TypeError, ValueError
            If they have other shapes.
        """
        delta, winners = rows("delta", delta), rows("winners", winners)
        fit = delta.shape == winners.shape == (len(delta), self.sizes[1])
        if not fit or winners.dtype.kind not in "iu":
            raise ValueError(
                f"delta has the shape {delta.shape} and winners {winners.shape} of {winners.dtype}; "
                f"both must be (batch, {self.sizes[1]}), the winners whole numbers, as look gives them."
            )
        if winners.size and not 0 <= winners.min() <= winners.max() < PLACES:
            raise ValueError(
                f"winners run from {winners.min()} to {winners.max()}; each must be the place that has "
                f"won, from 0 to {PLACES - 1}, as look gives them."
            )
        spread = np.empty((len(delta), PLACES, delta.shape[1]), delta.dtype)
        for place in range(PLACES):
            np.multiply(delta, winners == place, out=spread[:, place])
        return spread.reshape(len(delta), self.positions, -1)

    def weight_update(self, layer: int, h: Array, delta: Array) -> Array:
        if self._layer(layer):
            return super().weight_update(layer, h, delta)
        look = self.look(h)
        at_places = self.unpool(delta, look.winners)
        return outer_product(
            look.patches.reshape(-1, look.patches.shape[2]), at_places.reshape(-1, self.channels)
        )

    def __repr__(self) -> str:
        image = " × ".join(map(str, self.image_shape))
        convolution, output = self.activations
        return (
            f"ConvolutionalNetwork({image} → {self.channels} channels of {self.kernel} × {self.kernel} "
            f"{convolution}, pooled → {self.sizes[2]} {output})"
        )


def _largest(received: Array) -> Array:
    """The largest of the four places of each pool, (batch, units)."""
    a, b, c, d = _places(received)
    return np.maximum(np.maximum(a, b), np.maximum(c, d))


def _pooled(received: Array) -> tuple[Array, Array]:
    """The largest of the four places of each pool, and which one it is, both (batch, units)."""
    a, b, c, d = _places(received)
    upper, lower = np.maximum(a, b), np.maximum(c, d)
    winners = np.where(lower > upper, 2 + (d > c).view(np.uint8), (b > a).view(np.uint8))
    return np.maximum(upper, lower, out=upper), winners


def _places(received: Array) -> Array:
    """The pre-activations of each place, (4, batch, units)."""
    batch, positions, channels = received.shape
    return received.reshape(batch, PLACES, positions // PLACES * channels).swapaxes(0, 1)


def create_convolutional_network(
    image_shape: Sequence[int],
    channels: float = 32,
    classes: int = 10,
    *,
    kernel: int = 5,
    activation: str | Activation = "relu",
    output: str | Activation = "softmax",
    initialisation: str = "he_uniform",
    seed: int | np.random.Generator = 0,
    dtype: np.typing.DTypeLike = np.float32,
) -> ConvolutionalNetwork:
    """Draw a convolutional network; its defaults are the network of Dellaferrera and Kreiman (2022).

    Parameters
    ----------
    image_shape : (height, width) or (height, width, colours)
    channels, classes : int
    kernel : int
        The side of the kernels.
    activation, output : str or Activation
        Of the convolution, and of the output layer.
    initialisation : str
        See :func:`microlearn.network.draw_weights`; the fan-in of a kernel is the numbers that it sees.
    seed : int or Generator
    dtype : a float type

    Raises
    ------
    ValueError
        If a number is not a positive whole number, a kernel does not fit the images, the network would
        have too many weights, or a name is unknown.

    Examples
    --------
    >>> create_convolutional_network((28, 28))
    ConvolutionalNetwork(28 × 28 → 32 channels of 5 × 5 relu, pooled → 10 softmax)
    """
    shape = sides(image_shape)
    channels, classes, kernel = (
        whole(name, number)
        for name, number in (("channels", channels), ("classes", classes), ("kernel", kernel))
    )
    if min(channels, classes, kernel) < 1:
        raise ValueError(
            f"Channels, classes and kernel are 1 or more; {channels}, {classes} and {kernel} were given."
        )
    colours = shape[2] if len(shape) == 3 else 1
    pools = math.prod(max(0, (side - kernel + 1) // 2) for side in shape[:2])
    layers = (kernel * kernel * colours, channels), (max(1, pools * channels), classes)
    require_room(layers)
    rng = generator(seed)
    kernels, above = (draw_weights(*layer, initialisation, rng, dtype) for layer in layers)
    activations = get_activation(activation), get_activation(output)
    drawn = drawn_by(initialisation, [kernels, above])
    return ConvolutionalNetwork((kernels, above), activations, shape, drawn=drawn)
