"""Rules whose hidden layers hear a message of the output straight, each through weights of its own.

    δ_l = (m D_l) ∘ f′(a_l)

The message m, (batch, outputs), is the output's error or the target, or whatever else a rule sends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..activations import get_activation
from ..checking.answer import Answer
from ..checking.facts import Broken
from ..gradients import finite_differences
from ..losses import Loss
from ..network import Network
from .agreement import Array, agree
from .inputs import arguments_for, typical
from .problems import Problem, draw_direct, draw_of_depth, draw_problem
from .recursion import backprop, recursion, require_update, slips_on_the_way_down
from .slips import Slips

Message = Callable[[Array, Array], Array]
"""``message(y, δ_L)``: what the output sends, (batch, outputs)."""

DISAGREEMENT = Loss("disagreement", lambda y, said: -np.sum(y * said, axis=1), lambda y, said: y)


def direct_rule(message: Message, matrix: Callable[[Array], Array] = lambda d: d, **parts) -> Any:
    """A rule that sends this message straight to every hidden layer, through ``matrix(D)``."""

    def answer(network, x, y, loss, direct):
        def down(l: int, sent: Array) -> Array:
            return sent @ matrix(direct[l - 1])

        parts_of_it = _straight(message) | parts
        return recursion(network, x, y, loss, down, **parts_of_it)

    return answer


def _straight(message: Message) -> dict[str, Callable]:
    return {"message": message, "sent": lambda arrived, delta, said: said}


def slips_of_a_message(message: Message) -> dict[str, Callable]:
    """The slips of a rule that sends this message straight to every hidden layer."""
    slips = slips_on_the_way_down(
        lambda network, direct: [None, *direct], "D", **_straight(message)
    )
    # What it says is what these rules do.
    return {cause: slip for cause, slip in slips.items() if "goes straight" not in cause} | {
        "backprop: the error comes down layer by layer, through W°ᵀ": backprop,
        "what is sent has lost its sizes: only the signs arrive": direct_rule(
            lambda y, delta: np.sign(message(y, delta))
        ),
        "the sizes of D's entries are used without their signs": direct_rule(message, np.abs),
    }


def heard(problem: Problem, message: Array, direct: Sequence[Array]) -> list[Array]:
    """What each hidden layer should do about a message, measured.

    Seen through D_l, the activity h_l of layer l is ``h_l D_lᵀ``, (batch, outputs). The update of the
    layer is what makes this agree with the message: the slope of the mean of ``m · (h_l D_lᵀ)``, by
    the layer's own weights.
    """
    network, updates = problem.network, []
    for l, d in enumerate(direct):
        ear = np.vstack([d.T, np.zeros(len(d))])
        layers = (*network.weights[: l + 1], ear)
        below = Network(layers, (*network.activations[: l + 1], get_activation("identity")))
        updates.append(finite_differences(below, problem.x, message, DISAGREEMENT)[l])
    return updates


def require_the_message(
    answer: Answer,
    rng: np.random.Generator,
    layers: int,
    slips: Slips,
    message: Callable[[Problem], Array],
) -> None:
    """Raise Broken unless every hidden layer learns from this message through its own D, and the output
    layer from its gradient."""
    problem = draw_of_depth(rng, layers)
    direct = draw_direct(rng, problem)
    right = heard(problem, message(problem), direct) + finite_differences(*problem.given)[-1:]
    require_update(answer, (*problem.given, direct), right, slips)


def require_silence_for_one(answer: Answer, rng: np.random.Generator) -> None:
    """Raise Broken unless a layer whose D is zero keeps its weights, and the others learn as before."""
    *given, direct = typical(answer.exercise, rng, 4)
    before = answer(*given, direct)
    for l in range(len(direct)):
        cut = [0 * d if k == l else d for k, d in enumerate(direct)]
        after = answer(*given, cut)
        if np.any(after[l]):
            raise Broken(
                f"hidden layer {l} (counted from 0) learned although nothing reached it",
                "what it hears must come through its own D and from nowhere else",
            )
        others = [k for k in range(len(before)) if k != l]
        if not all(agree(after[k], before[k]) for k in others):
            raise Broken(
                f"the other layers changed their updates when layer {l} (counted from 0) was cut off",
                "each layer hears the output itself, not the layer above",
            )
        if not any(np.any(before[k]) for k in others[:-1]):
            raise Broken("no hidden layer learned anything")


def require_that_other_weights_do_not_matter(
    answer: Answer, rng: np.random.Generator, change: Callable[[Problem], Network], words: str
) -> None:
    """Raise Broken unless the hidden updates for one sample stay the same in a network that ``change``
    makes; ``words`` says what it has changed."""
    problem = draw_problem(rng, 4)
    network, *given = arguments_for(problem, answer.exercise, rng)
    given[:2] = problem.x[:1], problem.y[:1]
    before, after = answer(network, *given), answer(change(problem), *given)
    if not agree(list(after[:-1]), list(before[:-1])):
        raise Broken(
            f"the hidden updates changed with {words}",
            "what comes down passes D and the slope f′ of the layer itself, and nothing else",
        )
