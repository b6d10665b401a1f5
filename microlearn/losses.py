"""Losses: how wrong a prediction is, for each sample and on average, and in which direction.

``y`` is the target and ``prediction`` the network's output, both ``(batch, outputs)``. A target may
be a one-hot label or any vector of numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from copyreg import __newobj__ as newobj  # type: ignore[attr-defined]
from dataclasses import dataclass, field

import numpy as np

from .activations import ACTIVATIONS, Activation, get_activation
from .held import keeps
from .numbers import array, flag, floats, refuse_other_rows, refuse_two_of_one_name, said, shown
from .slopes import POINTS, first_beside_others, first_difference

Array = np.ndarray
_SOFTMAX, _SIGMOID = (
    (ACTIVATIONS[name].slope, ACTIVATIONS[name].function) for name in ("softmax", "sigmoid")
)


def pairs(y: Array, prediction: Array) -> tuple[Array, Array]:
    """Targets and outputs as arrays of floats of the same shape, (batch, outputs).

    Raises
    ------
    TypeError, ValueError
        If they hold something else, or numpy would have to repeat rows or columns of one of them, or
        there is no row.
    """
    if not (
        type(y) is type(prediction) is np.ndarray and y.dtype.kind == prediction.dtype.kind == "f"
    ):
        refuse_other_rows(y=y, prediction=prediction)
        y, prediction = floats("y", y), floats("prediction", prediction)
    if y.shape != prediction.shape or y.ndim != 2 or not len(y):
        raise ValueError(
            f"y has the shape {y.shape} and prediction {prediction.shape}; both must be "
            "(batch, outputs), with one row or more: give as many targets as predictions, for labels "
            "np.eye(outputs)[labels]."
        )
    return y, prediction


def _certain(probabilities: Array) -> bool:
    """Whether each of them is 0 or 1, as targets are and the outputs of a network are not."""
    return bool(((probabilities == 0) | (probabilities == 1)).all())


@keeps("dataclasses.replace(…) makes another one")
@dataclass(frozen=True)
class Loss:
    """A loss ``ℓ(y, prediction)`` of one sample; the loss of a batch is the mean over its samples."""

    name: str
    per_sample: Callable[[Array, Array], Array]
    """``(y, prediction) -> (batch,)``: the loss of each sample."""
    error: Callable[[Array, Array], Array]
    """``(y, prediction) -> (batch, outputs)``: minus the derivative by the prediction, so that
    moving the prediction along the error makes the loss smaller."""
    outputs: tuple[str, ...] = field(default=(), kw_only=True)
    """The activations whose outputs it may take for probabilities; none where it takes any number."""
    targets: tuple[float, float] = field(default=(-math.inf, math.inf), kw_only=True)
    """The least and the largest target that it can be asked for."""
    surrogate: bool = field(default=False, kw_only=True)
    """Whether its error is meant to be another signal than minus the derivative."""

    def __post_init__(self) -> None:
        if not (callable(self.per_sample) and callable(self.error)):
            raise TypeError(
                f"{self.name} has per_sample {said(self.per_sample)} and error {said(self.error)}; "
                "each must be a function of targets and predictions."
            )
        flag("surrogate", self.surrogate)
        refuse_two_of_one_name(self, "Loss", ("per_sample", "error"))

    def require_probabilities(self, output: Activation, y: Array) -> None:
        """Raise ValueError if it takes logarithms of outputs that are no probabilities, or weighs them
        with targets that are none. Where each output may be 1, cross-entropy is least if all of them
        are. An activation that the package does not know is taken as it is."""
        known = ACTIVATIONS.get(output.name) is output
        if self.outputs and known and output.name not in self.outputs:
            raise ValueError(
                f"{self.name} takes outputs for probabilities, and those of {output.name} are none: "
                f"give the network output={self.outputs[0]!r}, or training another loss, such as "
                'loss="squared_error".'
            )
        self._require_targets(y)

    def require_gradient(self, output: Activation, y: Array) -> None:
        """Raise ValueError if the loss of a sample depends on the others, or its error is not minus the
        derivative of its value, for targets ``y`` of shape (samples, outputs) and outputs of that
        activation, and it does not say so."""
        if LOSSES.get(self.name) is self:
            return
        y, found, of = shown(np.array(y[:4], np.float64)), None, "error"
        self._require_each_alone(y, shown(output(np.resize(POINTS.T, y.shape))))
        if self.surrogate:
            return

        def closer(p: Array) -> Array:
            return -1.0 * array("per_sample", self.per_sample(y, shown(p)))

        with suppress(Exception):  # training will raise it
            a = np.resize(POINTS.T, y.shape)
            prediction = output(a)
            found = first_difference(closer, lambda p: self.error(y, shown(p)), prediction)
            if not found and type(self).output_delta is not Loss.output_delta:
                of = "output_delta"
                found = first_difference(
                    lambda a: closer(output(a)),
                    lambda a: self.output_delta(y, output(a), output),
                    a,
                )
        if found:
            (row, column), given, right = found
            raise ValueError(
                f"{of} of {self.name} does not belong to its per_sample: for a target "
                f"{y[row, column]:.3g} and a prediction {prediction[row, column]:.3g} (column {column}) "
                f"it is {given:.3g}, and minus the derivative of per_sample is {right:.3g}. They take "
                f"(y, prediction), in this order; {of} must point to where the loss gets smaller. If it "
                "is meant to be another signal, say so: Loss(…, surrogate=True)."
            )

    def _require_each_alone(self, y: Array, prediction: Array) -> None:
        """Raise ValueError if it gives a sample another loss beside others than alone."""

        def losses(y: Array, prediction: Array) -> Array:
            return array("per_sample", self.per_sample(y, prediction)).astype(float)

        found = first_beside_others(losses, y, prediction)
        if found:
            raise ValueError(
                f"per_sample of {self.name} gives a sample another loss beside other samples "
                f"({found[0]:.3g}) than alone ({found[1]:.3g}): let it and error take no mean over "
                "samples, and no number of them. Training takes the mean."
            )

    def trusting(self) -> Loss:
        """The same loss for targets and outputs that are known to be probabilities: it looks no more."""
        trusting = object.__new__(type(self))  # a subclass may have an __init__ of its own
        vars(trusting).update(vars(self), outputs=(), targets=(-math.inf, math.inf))
        return trusting

    def _require_targets(self, y: Array) -> None:
        least, most = self.targets
        if math.isfinite(least) and y.size and not least <= y.min() <= y.max() <= most:
            raise ValueError(
                f"{self.name} takes targets for probabilities, and these run from {y.min():.3g} to "
                f"{y.max():.3g}: give targets from 0 to 1, or another loss, such as "
                'loss="squared_error".'
            )

    def given(self, y: Array, prediction: Array) -> tuple[Array, Array]:
        """Targets and outputs as arrays, once it is certain that they are what the loss takes.

        Raises
        ------
        TypeError, ValueError
            If they do not hold numbers, are not (batch, outputs) with one row or more, or are to be
            probabilities and are none.
        """
        y, prediction = pairs(y, prediction)
        self._require_targets(y)
        if self.outputs and _certain(prediction) and not _certain(y):
            raise ValueError(
                f"The predictions are 0 and 1 throughout and the targets are not: {self.name} takes the "
                "targets first, and then the predictions."
            )
        if self.outputs and prediction.size:
            least, most = prediction.min(), prediction.max()
            if least < 0 or most > 1.001:  # NaN is neither
                raise ValueError(
                    f"{self.name} takes predictions for probabilities, and these run from {least:.3g} "
                    f"to {most:.3g}: give the outputs of a {' or '.join(self.outputs)} layer."
                )
        return y, prediction

    def mean(self, y: Array, prediction: Array) -> float:
        """The loss of the batch: the mean over its samples, summed in float64.

        Raises
        ------
        ValueError
            If targets and predictions have different shapes, or are not (batch, outputs).
        """
        y, prediction = self.given(y, prediction)
        losses = np.asarray(self.per_sample(y, prediction))
        if losses.shape != (len(y),) or losses.dtype.kind not in "fiub":
            raise ValueError(
                f"per_sample of {self.name} returned {losses.dtype} of the shape {losses.shape} for "
                f"{len(y)} samples; it must return (samples,), one real number for each: perhaps "
                ".sum(axis=1) is missing."
            )
        # What np.mean does, in half the time.
        return float(np.add.reduce(losses, axis=None, dtype=np.float64) / losses.size)

    def output_delta(self, y: Array, prediction: Array, activation: Activation) -> Array:
        """Minus the derivative of each sample's loss by the output layer's pre-activations.

        Returns
        -------
        array of shape (batch, outputs)
            ``error ∘ f′(a)``. For softmax with cross-entropy, a sigmoid with binary cross-entropy, and
            the identity with the squared error it is simply ``y − prediction``.

        Raises
        ------
        ValueError
            If targets and predictions have different shapes, or the error has another one.
        """
        y, prediction = self.given(y, prediction)
        activation = get_activation(activation)
        # The products of the slopes, without dividing by a tiny number.
        kinds = self.error, activation.slope, activation.function  # names may be taken by others
        if kinds == (_cross_entropy_error, *_SOFTMAX):
            return y - prediction * y.sum(axis=1, keepdims=True)
        if kinds == (_binary_cross_entropy_error, *_SIGMOID):
            return y - prediction
        error = self.error(shown(y), shown(prediction))
        if np.shape(error) != prediction.shape:
            raise ValueError(
                f"error of {self.name} returned the shape {np.shape(error)} for predictions of "
                f"{prediction.shape}; it must return a number for each."
            )
        return activation.backward(prediction, error)

    def __reduce__(self) -> tuple:
        if LOSSES.get(self.name) is self:  # pickle can't write its lambdas
            return get_loss, (self.name,)
        return newobj, (type(self),), vars(self)

    def __repr__(self) -> str:
        return self.name


def _half_squared_error(y: Array, prediction: Array) -> Array:
    y, prediction = pairs(y, prediction)
    e = y - prediction
    return 0.5 * np.einsum("ij,ij->i", e, e)


def _squared_error_error(y: Array, prediction: Array) -> Array:
    y, prediction = pairs(y, prediction)
    return y - prediction


def _cross_entropy(y: Array, prediction: Array) -> Array:
    y, prediction = pairs(y, prediction)
    # The smallest normal number keeps the logarithm of 0 finite without moving any loss below 87; that
    # of a number below 0, which is no probability, stays NaN.
    return -(y * np.log(prediction + np.finfo(prediction.dtype).tiny)).sum(axis=1)


def _cross_entropy_error(y: Array, prediction: Array) -> Array:
    y, prediction = pairs(y, prediction)
    return y / np.maximum(prediction, np.finfo(prediction.dtype).tiny)


def _binary_cross_entropy(y: Array, prediction: Array) -> Array:
    y, prediction = pairs(y, prediction)
    return _cross_entropy(y, prediction) + _cross_entropy(1 - y, 1 - prediction)


def _binary_cross_entropy_error(y: Array, prediction: Array) -> Array:
    y, prediction = pairs(y, prediction)
    return _cross_entropy_error(y, prediction) - _cross_entropy_error(1 - y, 1 - prediction)


def _log_penalty(y: Array, prediction: Array) -> Array:
    y, prediction = pairs(y, prediction)
    return np.sum(np.log1p((y - prediction) ** 2), axis=1)


def _log_penalty_error(y: Array, prediction: Array) -> Array:
    y, prediction = pairs(y, prediction)
    e = y - prediction
    return 2 * e / (1 + e * e)


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss("squared_error", _half_squared_error, _squared_error_error),
        Loss(
            "cross_entropy",
            _cross_entropy,
            _cross_entropy_error,
            outputs=("softmax",),
            targets=(0, math.inf),  # if they do not add up to 1, training says so
        ),
        Loss(
            "binary_cross_entropy",
            _binary_cross_entropy,
            _binary_cross_entropy_error,
            outputs=("sigmoid", "softmax"),
            targets=(0, 1),
        ),
        Loss("log_penalty", _log_penalty, _log_penalty_error),
    )
}


def get_loss(loss: str | Loss) -> Loss:
    """The loss of that name (a :class:`Loss` is passed through).

    ``squared_error`` is ``½‖y − prediction‖²`` for each sample (the ½ makes its error exactly
    ``y − prediction``); ``cross_entropy`` is ``−Σ y log prediction``; ``binary_cross_entropy`` takes
    each output for a yes or no of its own, ``−Σ y log prediction + (1 − y) log(1 − prediction)``;
    ``log_penalty`` is ``Σ log(1 + (y − prediction)²)``, in which an entry that is far off counts for
    less (the Cauchy loss; Ororbia and Mali 2019).

    The logarithms are of outputs as they are rounded. Where one that should be 1 is 0, or the other way
    round, the smallest number of its type stands for 0: such a sample counts 87 in float32, 708 in
    float64, and not what its pre-activation would give. Networks that are as sure as that and wrong have
    losses that can't be compared.

    Raises
    ------
    ValueError
        If there is no loss of that name.
    """
    if isinstance(loss, Loss):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"There is no loss {said(loss)}: choose one of {', '.join(LOSSES)}.")
    return LOSSES[loss]
