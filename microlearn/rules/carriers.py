"""What tells the hidden units how to change: a few ways, of which every rule has one.

The figure of the flow of signals (:func:`microlearn.flow`) draws them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..network import Network

Array = np.ndarray
Matrices = Sequence[Array | None]
Draw = Callable[["Network", Mapping[str, Matrices]], Matrices]


@dataclass(frozen=True)
class Carrier:
    """What carries the news to the hidden units.

    Attributes
    ----------
    name : str
        In a few words, such as "fixed random weights B".
    way : str
        ``"down"`` from layer to layer; ``"direct"`` from the output to each hidden layer; ``"input"``
        from the output to the input; ``"everywhere"``, one number for all; or ``""``, no way at all.
    weights : function of the network and the rule's state
        The weights along the way, an array for each layer: of shape (units above, units below) for
        ``"down"``, (outputs, units) for ``"direct"`` and ``"input"``.
    source : str
        What sets out along the way: ``"error"``, that of the output, or ``"label"``.
    """

    name: str
    way: str
    weights: Draw = lambda network, state: []
    source: str = "error"


def _transposes(network: Network, state: Mapping[str, Matrices]) -> Matrices:
    return [None, *(w[:-1].T for w in network.weights[1:])]


def _signs(network: Network, state: Mapping[str, Matrices]) -> Matrices:
    ways = zip(state["magnitudes"], _transposes(network, state), strict=True)
    return [None if m is None or w is None else m * np.sign(w) for m, w in ways]


def _inverses(network: Network, state: Mapping[str, Matrices]) -> Matrices:
    """The inverses, without biases and auxiliary units; where a layer has none, the transpose."""
    ways = zip(state["inverse"], _transposes(network, state), strict=True)
    return [w if v is None or w is None else v[: len(w)] for v, w in ways]


def _state(name: str) -> Draw:
    return lambda network, state: state[name]


TRANSPOSE = Carrier("the transpose of W", "down", _transposes)
FIXED = Carrier("fixed random weights B", "down", _state("feedback"))
LEARNING = replace(FIXED, name="weights B that learn")
SIGNS = Carrier("the signs of the weights", "down", _signs)
DIRECT = Carrier("the output's error, straight to each layer", "direct", _state("direct"))
LABEL = replace(DIRECT, name="the label, straight to each layer", source="label")
DICE_ON_WEIGHTS = Carrier("dice on weights, and one number for all", "everywhere")
DICE_ON_UNITS = Carrier("dice on units, and one number for all", "everywhere")
SECOND_LOOK = Carrier("a second forward pass", "input", _state("projection"))
TARGETS = Carrier("targets, through inverses V", "down", _inverses)
TARGETS_THROUGH_B = replace(FIXED, name="targets, through fixed random weights B")
TARGETS_THROUGH_W = replace(TRANSPOSE, name="targets, through the transpose of W")
NOBODY = Carrier("nobody: hidden layers stay as they are", "")
