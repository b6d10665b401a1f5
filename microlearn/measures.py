"""The catalogue of measures: what can be measured of a run, and how it is called and drawn.

Training, pictures, panels and sweeps read it and know no measure by name: an entry here is all that a
new measure needs.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .data import FIRST, Dataset
from .fingerprints import twins, unread
from .gradients import descent_direction
from .losses import Loss
from .metrics import (
    accuracy,
    angle,
    cosine_similarity,
    rule_signal_to_noise,
    signal_to_noise_floor,
    signal_to_noise_in_steps,
)
from .network import Network, presynaptic
from .numbers import said

Array = np.ndarray


class Run(Protocol):
    """What a measure may ask of a run; see :class:`microlearn.training.Training`."""

    data: Dataset
    loss: Loss

    @property
    def network(self) -> Network:
        """The network as it is now."""

    @property
    def state(self) -> Mapping[str, Sequence[Array | None]]:
        """What the rule carries beside the weights."""

    def outputs(self, part: str) -> tuple[Array, Array]:
        """Targets and outputs of a part of the data."""

    def probe_update(self, network: Network, x: Array, y: Array) -> list[Array]:
        """The rule's update for a batch; the run stays as it is."""


Compute = Callable[[Run], float]

PROBES = 1000
"""Training samples on which loss and accuracy are measured."""

UPDATE_PROBES = FIRST
"""Training samples on which the rule's update is measured."""


@dataclass(frozen=True)
class Measure:
    """An entry in the catalogue.

    Attributes
    ----------
    name : str
        The column in a table of training.
    title : str
        What an axis or a plot is called.
    words : str
        The value in a sentence, for ``str.format``: ``"accuracy {:.0%}"``.
    compute : callable
        From a run to the value that it has now; ``nan`` where there is none.
    range : (float, float or None)
        The least and the greatest value that there can be; None where there is no greatest one.
    axis : (float, float), optional
        Ends of an axis as long as no value lies outside them; by default those of the range.
    in_steps : callable, optional
        For a measure that takes long: the same as ``compute`` as a generator that yields while it
        works, so that a live panel stays free, and returns the value. Panels measure it seldom.
    explodes : bool
        Whether it grows without end in a run that diverges, so that an axis is better held near the
        value at the start than at the greatest one.
    floor : (str, callable), optional
        The value of pure noise: what it is called, and its value given the number of samples that
        were measured on.
    """

    name: str
    title: str
    words: str
    compute: Compute
    range: tuple[float, float | None]
    axis: tuple[float, float] | None = None
    in_steps: Callable[[Run], Generator[None, None, float]] | None = None
    explodes: bool = False
    floor: tuple[str, Callable[[int], float]] | None = None

    @property
    def percent(self) -> bool:
        """Whether its values are read as per cent."""
        return self.words.endswith("%}")


def _loss(part: str) -> Compute:
    def compute(run: Run) -> float:
        return run.loss.mean(*run.outputs(part))

    return compute


def _accuracy(part: str) -> Compute:
    def compute(run: Run) -> float:
        return accuracy(*run.outputs(part))

    return compute


def _probe(run: Run) -> tuple[Array, Array]:
    return run.data.train.x[:UPDATE_PROBES], run.data.train.y[:UPDATE_PROBES]


def _update_and_gradient(run: Run) -> tuple[list[Array], list[Array]]:
    """The rule's update and minus the gradient, on the same samples."""
    x, y = _probe(run)
    return (
        run.probe_update(run.network, x, y),
        descent_direction(run.network, x, y, run.loss),
    )


def _cosine(run: Run) -> float:
    return cosine_similarity(*_update_and_gradient(run))


def _angle(run: Run) -> float:
    return angle(*_update_and_gradient(run))


def _hidden_cosine(run: Run) -> float:
    if len(run.network.weights) == 1:
        return float("nan")  # there is no hidden layer
    update, gradient = _update_and_gradient(run)
    return cosine_similarity(update[:-1], gradient[:-1])


def _reconstruction(run: Run) -> float:
    """How far inverses miss the activity below them, as a share of its variance; the mean over them."""
    h, missed = run.network.forward(_probe(run)[0]), []
    for layer, inverse in enumerate(run.state.get("inverse", ())):
        if inverse is None:
            continue
        below, above = h[layer : layer + 2]
        if layer == len(h) - 2:  # beside the output there may be auxiliary units
            above = np.hstack([above, np.tanh(presynaptic(below) @ run.state["auxiliary"][0])])
        returned = run.network.activations[layer - 1](presynaptic(above) @ inverse)
        spread = np.mean(
            np.var(below, axis=0, dtype=np.float64)
        )  # in float32, that of equal numbers is not 0
        missed.append(np.mean((returned - below) ** 2) / spread if spread else np.nan)
    return float(np.mean(missed)) if missed else float("nan")


def _signal_to_noise(run: Run) -> float:
    return rule_signal_to_noise(run.probe_update, run.network, *_probe(run))


def _signal_to_noise_in_steps(run: Run) -> Generator[None, None, float]:
    return signal_to_noise_in_steps(run.probe_update, run.network, *_probe(run))


ALWAYS = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
"""The measures that training takes without being asked."""

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            name="train_loss",
            title="loss on training data",
            words="loss {:.2f}",
            compute=_loss("train"),
            range=(0, None),
            explodes=True,
        ),
        Measure(
            name="train_accuracy",
            title="accuracy on training data",
            words="training accuracy {:.0%}",
            compute=_accuracy("train"),
            range=(0, 1),
        ),
        Measure(
            name="validation_loss",
            title="loss on validation data",
            words="validation loss {:.2f}",
            compute=_loss("validation"),
            range=(0, None),
            explodes=True,
        ),
        Measure(
            name="validation_accuracy",
            title="accuracy on validation data",
            words="accuracy {:.0%}",
            compute=_accuracy("validation"),
            range=(0, 1),
        ),
        Measure(
            name="cosine_similarity",
            title="cosine similarity to backprop",
            words="cosine {:.2f}",
            compute=_cosine,
            range=(-1, 1),
            axis=(-0.2, 1.05),
        ),
        Measure(
            name="hidden_cosine",
            title="cosine to backprop, hidden layers",
            words="hidden cosine {:.2f}",
            compute=_hidden_cosine,
            range=(-1, 1),
            axis=(-0.2, 1.05),
        ),
        Measure(
            name="update_angle",
            title="angle to backprop, degrees",
            words="angle to backprop {:.0f}°",
            compute=_angle,
            range=(0, 180),
            axis=(0, 100),
        ),
        Measure(
            name="reconstruction",
            title="reconstruction error / variance",
            words="reconstruction error {:.2f}",
            compute=_reconstruction,
            range=(0, None),
        ),
        Measure(
            name="signal_to_noise",
            title="signal-to-noise ratio (SNR)",
            words="SNR {:.2f}",
            compute=_signal_to_noise,
            in_steps=_signal_to_noise_in_steps,
            range=(0, None),
            floor=("pure noise", signal_to_noise_floor),
        ),
    )
}


def computations(
    wanted: str | Iterable[str] | Mapping[str, str | Compute], taken: Iterable[str] = ()
) -> dict[str, Compute]:
    """How to compute what is measured always and what is wanted beside it, by column.

    Raises
    ------
    ValueError
        If a name is not in the catalogue, a column's name is ``taken`` by another column, or two
        columns are one function.
    """
    if isinstance(wanted, Mapping):
        columns = dict(wanted)
    else:
        one = isinstance(wanted, str) or not isinstance(wanted, Iterable)
        columns = {str(measure): measure for measure in ([wanted] if one else wanted)}
    for column, measure in columns.items():
        known = isinstance(measure, str) and measure in MEASURES
        named = isinstance(wanted, Mapping) and isinstance(column, str)
        if not (known or (named and callable(measure))):
            raise ValueError(
                f"measure takes a list of names out of {', '.join(MEASURES)}, or a dict from a name to "
                f"such a name or a function of the run; {said(wanted)} was given."
            )
    for column, measure in columns.items():
        if column in taken or (column in ALWAYS and column != measure):
            raise ValueError(
                f"The table has a column {column} already: give your measure another name."
            )
    if alike := twins({str(k): measure for k, measure in columns.items() if callable(measure)}):
        raise ValueError(
            f"The measures {' and '.join(alike)} are one function that reads the same variables, so "
            "their columns would be equal: in a loop, hand over what differs as a default, as in "
            "`lambda run, k=k: ...`."
        )
    for column, measure in columns.items():
        if (name := unread(measure)) and name[0] != "_":
            warnings.warn(
                f"The measure {column} never reads {name}, the run that it is given: an earlier run, or "
                f"the network that a run began with, does not learn with it. Read {name}.network, or "
                f"{name}.outputs(...); if something else is meant, call the parameter _.",
                stacklevel=4,
            )
    asked = {name: name for name in ALWAYS} | dict(columns)
    return {
        column: measure if callable(measure) else MEASURES[measure].compute
        for column, measure in asked.items()
    }
