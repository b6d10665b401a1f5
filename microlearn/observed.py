"""The network as a rule sees it: read-only, and observed while it works on a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TypeVar

import numpy as np

from .convolution import ConvolutionalNetwork, Look
from .network import Network

Array = np.ndarray
MaybeArray = TypeVar("MaybeArray", Array, Array | None)


def read_only(arrays: Sequence[MaybeArray]) -> list[MaybeArray]:
    """Views of the arrays that follow every change and refuse to be written to."""
    views = [a if a is None else a.view() for a in arrays]
    for view in views:
        if view is not None:
            view.flags.writeable = False
    return views


class Observed(Network):
    """A network that remembers what a rule computed with it from one batch.

    So the loss of every batch is known without a forward pass of its own, and a rule that passes the
    batch twice multiplies it with the first weights, the largest, once. The weights are read-only
    views of the given network's: a rule that changes them in place is stopped.

    Attributes
    ----------
    prediction : array of shape (batch, outputs), or None
        The outputs for the batch, if the rule has passed it forward.
    """

    prediction: Array | None
    _whole: Network
    _batch: Array | None
    _received: Array | None

    def __init__(self, network: Network) -> None:
        own = {field.name: getattr(network, field.name) for field in fields(network)}
        super().__init__(**own | {"weights": tuple(read_only(network.weights))})
        self._remember(_whole=network)
        self.observe(None)

    def with_weights(self, weights: Sequence[Array]) -> Network:  # type: ignore[override]
        # What is remembered here belongs to these weights.
        return self._whole.with_weights(weights)

    def observe(self, batch: Array | None) -> None:
        """Forget the batch before, and remember from now on what becomes of this one."""
        self._remember(_batch=batch, _received=None, prediction=None)

    def receive(self, layer: int, h: Array) -> Array:
        if h is not self._batch or self._layer(layer):
            return super().receive(layer, h)
        received = self._received
        if received is None:
            [received] = read_only([super().receive(layer, h)])
            self._remember(_received=received)
        return received

    def forward(
        self,
        x: Array,
        noise: Sequence[Array | None] | None = None,
        activity_noise: Sequence[Array | None] | None = None,
    ) -> list[Array]:
        activities = super().forward(x, noise, activity_noise)
        if x is self._batch and noise is None and activity_noise is None:
            # A copy, because the rule may write in what it was given.
            self._remember(prediction=activities[-1].copy())
        return activities

    def _remember(self, **attributes: Array | Network | None) -> None:
        for name, value in attributes.items():
            object.__setattr__(self, name, value)  # a Network is frozen


class ObservedConvolution(Observed, ConvolutionalNetwork):
    """The same of a convolutional network, which rules look with."""

    def look(self, x: Array) -> Look:
        look = super().look(x)
        if x is self._batch:
            self._remember(prediction=look.h[-1].copy())
        return look


def observed(network: Network) -> Observed:
    """The network as a rule sees it."""
    return (ObservedConvolution if isinstance(network, ConvolutionalNetwork) else Observed)(network)
