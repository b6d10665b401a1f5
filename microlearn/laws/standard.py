"""Facts that many checks have in common; a line in a check adds one.

>>> shapes = returns_updates_of("network")                    # doctest: +SKIP
>>> untouched = inputs_stay_as_they_are("Looking changes nothing.")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..checking.answer import Answer, Array, error_in_one_line
from ..checking.facts import Broken, Fact, fact
from ..checking.trial import kind_of
from ..exercises import get_exercise
from ..network import Network
from .agreement import agree
from .extremes import EQUAL, Cases
from .inputs import parameters, typical

ONE_FOR_EACH_WEIGHT_MATRIX = (
    "You return one array for each weight matrix, of the same shape, biases in the last row, however "
    "many layers there are."
)
IN_WORDS = {2: "two", 3: "three", 4: "four"}
MADE_ANEW = "no noise at all, or a generator made anew, with a fixed seed, inside the function"
ANOTHER_GENERATOR = "noise from somewhere else: use the `rng` that you are given"
DRAWN_AFRESH = "Every call draws fresh noise from the `rng` it is given, and from nothing else."


def returns_updates_of(*arguments: str, sentence: str = ONE_FOR_EACH_WEIGHT_MATRIX) -> Fact:
    """A gate: the answer returns a list of arrays shaped like those of an argument, for networks with
    one hidden layer and with three; a tuple of such lists where several arguments are named.

    Parameters
    ----------
    arguments : ``"network"`` for its weights, or the name of a list of arrays
    """

    def test(answer: Answer, rng: np.random.Generator) -> None:
        for layers in (4, 2):
            given = typical(answer.exercise, rng, layers)
            named = dict(zip(parameters(answer.exercise), given, strict=True))
            seen = answer(*given)
            lists = seen if len(arguments) > 1 else (seen,)
            if len(arguments) > 1:
                _require_so_many_lists(seen, len(arguments))
            for name, updates in zip(arguments, lists, strict=True):
                like = named[name]
                if isinstance(like, Network):
                    require_shapes(updates, like.weights)
                else:
                    require_shapes(updates, like, f"{name} matrix")

    test.__doc__ = sentence
    return fact(gate=True)(test)


def _require_so_many_lists(seen: Any, number: int) -> None:
    if seen is None:
        raise Broken("your function returned nothing", "a missing `return`")
    if not isinstance(seen, tuple | list) or len(seen) != number:
        raise Broken(
            f"your function returned {kind_of(seen)}, not {IN_WORDS[number]} lists",
            "each update is returned, none is applied",
        )


def require_shapes(seen: Any, like: Sequence[Array | None], what: str = "weight matrix") -> None:
    """Raise Broken unless ``seen`` is a list of finite arrays with the shapes of ``like``."""
    if seen is None:
        raise Broken("your function returned nothing", "a missing `return`")
    if not isinstance(seen, list | tuple):
        raise Broken(f"your function returned {kind_of(seen)}, not a list of arrays")
    if len(seen) != len(like):
        raise Broken(f"{len(seen)} arrays for {len(like)} of the kind “{what}”")
    for number, (a, b) in enumerate(zip(seen, like, strict=True)):
        if b is None:
            if a is not None:
                raise Broken(f"there is no {what} {number}: None belongs there, not {kind_of(a)}")
            continue
        shape = np.shape(a)
        if shape == b.shape:
            if not np.all(np.isfinite(np.asarray(a, dtype=float))):
                raise Broken(f"array {number} has entries that are not finite numbers")
            continue
        cause = ""
        if shape == (b.shape[0] - 1, b.shape[1]):
            cause = "the biases are left out: the last row belongs to them"
        elif shape == b.shape[::-1]:
            rows, columns = ("below", "above") if what == "weight matrix" else ("above", "below")
            cause = f"it is transposed: rows belong to the layer {rows}, columns to that {columns}"
        raise Broken(f"array {number} has the shape {shape}; {what} {number} has {b.shape}", cause)


def earlier_answer(name: str) -> Callable[..., list[Array]]:
    """The answer that stands for an earlier exercise, for the check of a rule that builds on it.

    It raises Broken if that answer fails or gives no update, so that the later exercise is not blamed.
    """

    def answer(network: Network, *rest: Any) -> list[Array]:
        try:
            update = get_exercise(name)(network, *rest)
            require_shapes(update, network.weights)
        except Broken as broken:
            seen = broken.seen.replace("your function", "it")
        except Exception as error:
            seen = f"it raised {error_in_one_line(error)}"
        else:
            return update
        raise Broken(
            f"your answer to {name}, which this one builds on, does not work: {seen}",
            f"{name}: mend it there, run its cell, then this one again",
        )

    return answer


def inputs_stay_as_they_are(sentence: str, cases: Cases | None = None) -> Fact:
    """A supporting fact: the answer changes no array and no list that it is given.

    Parameters
    ----------
    cases : as in :func:`~microlearn.laws.extremes.right_at_every_size`. It is asked again where all
        sizes are equal, since there a result fits into the place of what was given
    """

    def test(answer: Answer, rng: np.random.Generator) -> None:
        equal = [given for words, given in (cases(rng) if cases else ()) if words == EQUAL]
        for given in (typical(answer.exercise, rng), *equal):
            for part in answer.changed(*given):
                what = (
                    f"a list of {len(part)}"
                    if isinstance(part, list)
                    else f"an array of {part.shape}"
                )
                raise Broken(
                    f"{what} that the function was given had changed afterwards",
                    "an in-place operation such as `+=`, `pop` or `values[l] = ...` on something "
                    "that is not yours; work on a copy",
                )

    test.__doc__ = sentence
    return fact(supporting=True)(test)


def noise_is_drawn_afresh(sentence: str = DRAWN_AFRESH) -> Fact:
    """A supporting fact: each call draws from the generator that it is given, and only from that."""

    def test(answer: Answer, rng: np.random.Generator) -> None:
        given = dict(zip(parameters(answer.exercise), typical(answer.exercise, rng), strict=True))
        seed = int(rng.integers(2**32))
        one, again = np.random.default_rng(seed), np.random.default_rng(seed)
        first, second = (answer(*(given | {"rng": one}).values()) for _ in range(2))
        if agree(second, first, relative=0):
            raise Broken("two calls in a row gave the same update", MADE_ANEW)
        if not agree(answer(*(given | {"rng": again}).values()), first, relative=0):
            raise Broken("the same generator state gave two different updates", ANOTHER_GENERATOR)

    test.__doc__ = sentence
    return fact(supporting=True)(test)
