"""Activation functions and their derivatives.

Every derivative is expressed by the *activity* ``h = f(a)``, which a forward pass has at hand, and
not by the pre-activation ``a``, which it has thrown away.
"""

from __future__ import annotations

from collections.abc import Callable
from copyreg import __newobj__ as newobj  # type: ignore[attr-defined]
from dataclasses import dataclass, field

import numpy as np

from .held import keeps
from .numbers import array, flag, floats, refuse_two_of_one_name, said, shown
from .slopes import FAR, POINTS, first_beside_others, first_difference

Array = np.ndarray


@keeps("dataclasses.replace(…) makes another one")
@dataclass(frozen=True)
class Activation:
    """A function ``h = f(a)`` applied to the pre-activations ``a`` of a layer.

    ``activation(a)`` takes and returns an array of shape ``(batch, units)`` and keeps its dtype.
    """

    name: str
    function: Callable[[Array], Array]
    slope: Callable[[Array], Array] | None
    """Its derivative as a function of the activity ``h = f(a)``; None where there is none."""
    surrogate: bool = field(default=False, kw_only=True)
    """Whether its slope is meant to be another one than the derivative."""

    def __post_init__(self) -> None:
        if not (callable(self.function) and (self.slope is None or callable(self.slope))):
            raise TypeError(
                f"{self.name} has the function {said(self.function)} and the slope {said(self.slope)}; "
                "each must be a function of an array, the slope one of the activity h = f(a), or None."
            )
        flag("surrogate", self.surrogate)
        refuse_two_of_one_name(self, "Activation", ("function", "slope"))
        if found := first_beside_others(self, POINTS):
            raise ValueError(
                f"{self.name} gives a sample another activity beside other samples ({found[0]:.3g}) "
                f"than alone ({found[1]:.3g}), so that what a network says would depend on the batch: "
                "let it take no mean, spread or number over the samples, which are the rows of a."
            )
        self._require_slope()

    def _require_slope(self) -> None:
        """Raise ValueError if the slope is not the derivative, and does not say so."""
        function, slope = self.function, self.slope
        if slope is None or self.surrogate:
            return
        for at in (POINTS, np.concatenate([POINTS, FAR])):
            # As a subclass may have them.
            found = first_difference(self, lambda a: self.derivative(self(a)), at)
            found = found or first_difference(
                self, lambda a: self.backward(self(a), np.ones(a.shape)), at
            )
            if found:
                break
        if found:
            place, given, right = found
            of_a = not first_difference(function, slope, at)
            wrong = (
                "is written as a function of the pre-activation a"
                if of_a
                else "is not the derivative of its function"
            )
            raise ValueError(
                f"The slope of {self.name} {wrong}: at a = {at[place]:.3g} it is {given:.3g}, and "
                f"the derivative is {right:.3g}. It gets the activity h = f(a), as in "
                "lambda h: 1 - h * h for tanh. If it is meant to be another one, say so: "
                "Activation(…, surrogate=True)."
            )

    def __call__(self, a: Array) -> Array:
        """The activity ``h = f(a)``; same shape and dtype as ``a``."""
        a = floats("a", a)
        if not a.ndim:  # numpy's functions of it return no array
            return self(a[np.newaxis])[0]
        return self._for_each(self.function(a), a, "activity", "pre-activations")

    def _safe(self, h: Array) -> Array:
        """What a slope may see: an own one that writes in it, where others still need it, is stopped."""
        return h if ACTIVATIONS.get(self.name) is self else shown(h)

    def _for_each(self, found: Array, given: Array, one: str, of: str) -> Array:
        """What its function or its slope has found, if that is a number for each that it was given."""
        if type(found) is not np.ndarray or found.dtype.kind not in "fiub":
            found = array(f"The {one} of {self.name}", found)
        if found.shape != given.shape:
            raise ValueError(
                f"{self.name} returned the shape {found.shape} for {of} of {given.shape}; it must "
                f"return a number for each, its {one}."
            )
        return found if found.dtype == given.dtype else found.astype(given.dtype)

    def derivative(self, h: Array) -> Array:
        """``f′(a)``, given the activity ``h = f(a)``; same shape and dtype as ``h``.

        Of the pre-activation ``a`` itself it would be another number, without a word, since ``a`` may be
        any activity's value: write ``f.derivative(f(a))``, and never ``f.derivative(a)``.

        Raises
        ------
        ValueError
            For softmax, whose outputs all depend on all inputs: it has no elementwise derivative.
        """
        if self.slope is None:
            raise ValueError(
                f"{self.name} has no elementwise derivative, because each output depends on every "
                "input: use it in the output layer, and Loss.output_delta for its error."
            )
        h = floats("h", h)
        return self._for_each(self.slope(self._safe(h)), h, "slope", "activities")

    def backward(self, h: Array, error: Array) -> Array:
        """Carry an error on the activity, ``(batch, units)``, to the pre-activation: the same
        shape, ``error ∘ f′(a)``, or the product with the Jacobian for softmax."""
        h, error = floats("h", h), floats("error", error)
        if h.shape != error.shape:
            raise ValueError(
                f"h has the shape {h.shape} and error {error.shape}; an error has a number for each "
                "activity."
            )
        if self.slope is None:
            if self.function is not _softmax:  # its Jacobian would be another activation's
                raise ValueError(
                    f"{self.name} has no slope, so that no error passes it: give it one, a function of "
                    "the activity h, or use a rule that needs none."
                )
            return h * (error - np.sum(error * h, axis=-1, keepdims=True))
        return error * self._for_each(self.slope(self._safe(h)), h, "slope", "activities")

    def __reduce__(self) -> tuple:
        if ACTIVATIONS.get(self.name) is self:  # pickle can't write its lambdas
            return get_activation, (self.name,)
        return newobj, (type(self),), vars(self)

    def __repr__(self) -> str:
        return self.name


def _sigmoid(a: Array) -> Array:
    # The tanh form cannot overflow, and is twice as fast as 1 / (1 + exp(-a)).
    h = 0.5 * a
    np.tanh(h, out=h)
    h *= 0.5
    h += 0.5
    return h


def _softmax(a: Array) -> Array:
    h = np.exp(a - a.max(axis=-1, keepdims=True))
    h /= h.sum(axis=-1, keepdims=True)
    return h


ACTIVATIONS: dict[str, Activation] = {
    a.name: a
    for a in (
        Activation("identity", lambda a: a.copy(), np.ones_like),
        Activation("sigmoid", _sigmoid, lambda h: h * (1 - h)),
        Activation("tanh", np.tanh, lambda h: 1 - h * h),
        Activation("relu", lambda a: np.maximum(a, 0), lambda h: (h > 0).astype(h.dtype)),
        Activation("softmax", _softmax, None),
    )
}


def get_activation(activation: str | Activation) -> Activation:
    """The activation of that name (an :class:`Activation` is passed through).

    Raises
    ------
    ValueError
        If there is no activation of that name.
    """
    if isinstance(activation, Activation):
        return activation
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ValueError(
            f"There is no activation {said(activation)}: choose one of {', '.join(ACTIVATIONS)}."
        )
    return ACTIVATIONS[activation]
