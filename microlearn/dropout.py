"""Dropout, for rules that run forward alone. Training and the rules know nothing of it."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from .network import Network, generator
from .numbers import number, said

Array = np.ndarray


class Dropping:
    """A network in which a share of the hidden units is silent, drawn anew for every sample.

    The others are louder by as much, so that their mean over many draws is that of the whole layer. Hand
    it to a rule in the place of the network.

    Parameters
    ----------
    network : Network
    rng : numpy Generator
    share : float
        Of the hidden units, those that are silent.
    same : bool
        Whether the units that were silent at the first pass are so at all later ones, which then need as
        many samples.

    Source: Srivastava and others 2014, section 10, with the scaling at training time.
    """

    def __init__(
        self, network: Network, rng: np.random.Generator, share: float = 0.1, same: bool = True
    ) -> None:
        if not isinstance(network, Network):
            raise TypeError(f"network is {said(network)}; it must be a Network.")
        self.network, self.activations = network, network.activations
        self.rng, self.share, self.same = generator(rng), number("share", share, least=0), same
        if not isinstance(same, bool):
            raise TypeError(f"same is {said(same)}; it must be True or False.")
        if not self.share < 1:
            raise ValueError(
                f"share is {share}; it must be below 1, since some units must be heard."
            )
        self.masks: list[Array] = []

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "masks" and "masks" in vars(self):  # drawn for what was given
            raise AttributeError(
                f"Dropping keeps its {name}: make another one, Dropping(network, …)."
            )
        super().__setattr__(name, value)

    def forward(self, x: Array, noise: Any = None, activity_noise: Any = None) -> list[Array]:
        """The activity of every layer, the input first, as :meth:`Network.forward` gives it.

        Raises
        ------
        TypeError, ValueError
            If ``x`` are no inputs, or others than at the first pass where ``same`` units are silent; or
            if there is noise, which is for rules that shake a whole network.
        """
        if noise is not None or activity_noise is not None:
            raise ValueError("A network with dropout takes no noise: it silences units instead.")
        x = self.network.inputs(x)
        if not (self.masks and self.same):
            self.masks = [self._mask(len(x), units) for units in self.network.sizes[1:-1]]
        elif any(len(mask) != len(x) for mask in self.masks):
            raise ValueError(
                f"The units that are silent were drawn for {len(self.masks[0])} samples; {len(x)} were "
                "given: pass the same samples again, or same=False."
            )
        activities = [x]
        for layer, activation in enumerate(self.activations):
            activities.append(activation(self.network.receive(layer, activities[-1])))
            if layer < len(self.masks):
                activities[-1] *= self.masks[layer]
        return activities

    def predict(self, x: Array) -> Array:
        """The activity of the output layer, ``(batch, outputs)``."""
        return self.forward(x)[-1]

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"A network with dropout has no {name}: it is for rules that run forward alone, and ask for "
            "forward, predict and activations; what else there is belongs to the network without it."
        )

    def _mask(self, samples: int, units: int) -> Array:
        heard = self.rng.random((samples, units), dtype=np.float32) >= self.share
        dtype = self.network.dtype
        return heard.astype(dtype) / dtype.type(1 - self.share)
