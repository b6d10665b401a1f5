"""Local representation alignment: each layer asks the one below for another activity.

    s = ask(δ_l, …), at most so long in each sample
    a_{l−1} ← a_{l−1} + β s,    t_{l−1} = f_{l−1}(a_{l−1}),    K times, with δ_l anew for t_{l−1}

A layer learns as if it were the output: its loss is the log-penalty, its target what it was asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..activations import Activation
from ..checking.answer import Answer
from ..checking.facts import Broken
from ..losses import Loss, get_loss
from ..network import Network, presynaptic
from .agreement import Array, percent, relative_difference
from .inputs import arguments_for
from .problems import Problem, draw_problem
from .recursion import recursion
from .slips import Slips, cause_of
from .targets import without_the_bias_column

Ask = Callable[[Network, int, Array, Array, Array], Array]
"""``ask(network, l, δ, t, a)``: what layer ``l`` asks of the units below it, given its δ, and what they
send and receive as it stands."""


def in_each_sample(s: Array, clip: float) -> Array:
    """The rows of s, those that are longer than ``clip`` made as short as that."""
    return s * clip / np.maximum(np.linalg.norm(s, axis=1, keepdims=True), clip)


def aligned(
    network: Network,
    x: Array,
    y: Array,
    loss: Loss,
    beta: float,
    corrections: int,
    clip: float,
    ask: Ask,
    *,
    shortened: Callable[[Array, float], Array] = in_each_sample,
    correct: Callable[[Array, Array, float, Activation], Array] = lambda a, s, beta, f: (
        a + beta * s
    ),
    sends: Callable[[Activation, Array], Array] = lambda f, a: f(a),
    output_delta: Callable[[Loss, Array, Array, Activation], Array] = Loss.output_delta,
    local: Loss | None = None,
    asked_again: Callable[[Array, Array], Array] = lambda first, now: now,
    goes_on: Callable[[Array, Array], Array] = lambda first, now: now,
    below: Callable[[Array], Array] = presynaptic,
    scale: float = 1.0,
) -> list[Array]:
    """The update of each weight matrix.

    Parameters
    ----------
    ask : see the type
    shortened : of s and ``clip``
    correct : from what units receive, s, β and their activation to what they should receive
    sends : from the units' activation and what they should receive to their target
    output_delta : ``(loss, y, prediction, activation)`` to δ of the output layer
    local : the loss of the hidden layers
    asked_again : from the first δ of a layer and the one for the present target below to what it asks by
    goes_on : from what the units received at first, and now, to what the next correction starts from
    below : from an activity to what multiplies δ, bias column last
    scale : a factor on all updates
    """
    h, f = network.forward(x), network.activations
    of_hidden = local or get_loss("log_penalty")
    update: list[Array] = []
    should, judge = y, loss
    for l in reversed(range(len(f))):
        first = (
            output_delta(judge, should, h[l + 1], f[l])
            if l == len(f) - 1
            else judge.output_delta(should, h[l + 1], f[l])
        )
        update.insert(0, scale * below(h[l]).T @ first / len(x))
        if l == 0:
            break
        start = a = network.receive(l - 1, h[l - 1])
        wanted, delta = h[l], first
        for k in range(corrections):
            if k:
                now = judge.output_delta(should, f[l](network.receive(l, wanted)), f[l])
                delta = asked_again(first, now)
            s = shortened(ask(network, l, delta, wanted, a), clip)
            a = correct(goes_on(start, a), s, beta, f[l - 1])
            wanted = sends(f[l - 1], a)
        should, judge = wanted, of_hidden
    return update


def measured(of: Callable[[Array], Array], a: Array, step: float = 1e-6) -> Array:
    """Minus the slope of ``of(a)``, (batch,), by the entries of a, (batch, units)."""
    slope = np.empty_like(a)
    for unit in range(a.shape[1]):
        nudge = np.zeros(a.shape[1])
        nudge[unit] = step
        slope[:, unit] = (of(a - nudge) - of(a + nudge)) / (2 * step)
    return slope


def as_measured(
    problem: Problem,
    beta: float,
    corrections: int,
    clip: float,
    ask: Callable[[int, Callable[[Array], Array], Array], Array],
) -> list[Array]:
    """The update from the definition alone: every slope of every loss is measured.

    ``ask(l, of, a)`` is what layer ``l`` asks for, given its loss as a function of what it receives, and
    what the units below it receive.
    """
    network, x, y, loss = problem.given
    h, f = network.forward(x), network.activations
    update: list[Array] = []
    should, judge = y, loss
    for l in reversed(range(len(f))):

        def of(a: Array, l: int = l, should: Array = should, judge: Loss = judge) -> Array:
            return judge.per_sample(should, f[l](a))

        delta = measured(of, network.receive(l, h[l]))
        update.insert(0, presynaptic(h[l]).T @ delta / len(x))
        if l:
            a = network.receive(l - 1, h[l - 1])
            for _ in range(corrections):
                s = ask(l, of, a)
                length = np.linalg.norm(s, axis=1, keepdims=True)
                a = a + beta * np.where(length > clip, s / length * clip, s)
            should, judge = f[l - 1](a), get_loss("log_penalty")
    return update


ABSOLUTE = 1e-5
"""A target is the activity and a little: of so small a difference float32 leaves so much."""
TOO_LARGE = ("all numbers are large", "far from zero")
"""Cases in which float32 leaves nothing of what is added to an activity."""
LONG = 1e4
"""A length that no s has which the facts draw."""


def require_a_soft_word(
    answer: Answer,
    rng: np.random.Generator,
    slips: Slips,
    carrier: Callable[[Network, tuple], list],
    power: int,
    words: str,
) -> None:
    """Raise Broken unless, as β gets small, the update of a single hidden layer comes to that of a rule
    whose errors go down through ``carrier`` and are multiplied by f′ so many times, and 2 β K.

    β is so small that no unit is asked for more than a fiftieth. From three values of it, what goes with
    β and with β² is taken off.
    """
    for corrections in (1, 3):
        problem = draw_problem(rng, 2, hidden=("tanh", "sigmoid"), output=("softmax", "tanh"))
        network, x, y, loss = problem.given
        state = between(rng, problem, answer.exercise)
        b = carrier(problem.network, state)[1]

        def down(l: int, delta: Array, b: Array = b) -> Array:
            return delta @ b

        def slope(f: Activation, h: Array, a: Array) -> Array:
            return f.derivative(h) ** power

        asked = down(1, loss.output_delta(y, network.predict(x), network.activations[-1]))
        beta = 0.02 / np.max(np.abs(asked))
        quarter, half, whole = (
            np.asarray(answer(*problem.given, *state, small, corrections, LONG)[0]) / small
            for small in (beta / 4, beta / 2, beta)
        )
        seen = (8 * quarter - 6 * half + whole) / 3
        right = 2 * corrections * recursion(network, x, y, loss, down, slope=slope)[0]
        # Of right answers, β³ and float32 leave less than a thousandth.
        if not (away := relative_difference([seen], [right])) < 0.005:
            given = (*problem.given, *state, beta, corrections, LONG)
            at_beta = np.asarray(answer(*given)[0])
            hidden = {c: lambda *given, s=s: s(*given)[:1] for c, s in slips.items()}
            raise Broken(
                f"{words} {percent(away)} of its length away",
                cause_of(hidden, given, [at_beta], [beta * right]),
            )


def between(rng: np.random.Generator, problem: Problem, exercise: str) -> tuple:
    """What the exercise takes between ``loss`` and ``beta``."""
    return arguments_for(problem, exercise, rng)[4:-3]


def require_that_a_shout_is_shortened(answer: Answer, rng: np.random.Generator) -> None:
    """Raise Broken unless a sample that is far more wrong counts no more in the hidden layers once s is
    clipped, and clipping changes nothing where s is shorter."""
    problem = draw_problem(rng, 2, output=("identity",))
    problem = replace(problem, x=problem.x[:1], y=problem.y[:1])
    network, x, y, loss = problem.given
    state = between(rng, problem, answer.exercise)
    e = loss.error(y, network.predict(x))
    # The drawn loss is quadratic: a target that moves along makes the error just so many times as large.
    further = y + 9 * e / loss.weights
    one, ten = (list(answer(network, x, t, loss, *state, 0.5, 1, 1e-3)[:-1]) for t in (y, further))
    if relative(ten, one) > 1e-2:
        raise Broken(
            "one sample counts more below if it is ten times as wrong, although s is clipped",
            "an s that is longer than `clip` is divided by its length, and multiplied by `clip`",
        )
    wide, wider = (
        list(answer(network, x, y, loss, *state, 0.5, 1, c)[:-1]) for c in (LONG, 10 * LONG)
    )
    if relative(wider, wide) > 1e-3:
        raise Broken(
            "what s may be at most changes the update, although s is shorter than that",
            "an s that is shorter than `clip` stays as it is",
        )


def relative(seen: list, right: list) -> float:
    """The largest difference, as a share of the largest right entry."""
    gap = max(np.max(np.abs(np.asarray(a) - b)) for a, b in zip(seen, right, strict=True))
    size = max(np.max(np.abs(b)) for b in right)
    return float(gap / size) if size else float(gap > 0)


def slips_of_asking(right: Callable[..., list[Array]]) -> dict[str, Callable]:
    """The slips of local representation alignment.

    Parameters
    ----------
    right : the rule, a function of its arguments and of the parts of :func:`aligned`
    """

    def slip(times: float = 1.0, **parts: Any) -> Callable:
        return lambda *given: [times * u for u in right(*given, **parts)]

    def per_sample(power: int) -> Callable:
        return lambda network, x, *rest: [
            float(len(x)) ** power * u for u in right(network, x, *rest)
        ]

    def other(**changes: Callable) -> Callable:
        """The knobs, the last three arguments, changed."""
        names = ("beta", "corrections", "clip")

        def answer(*given: Any) -> list[Array]:
            *rest, beta, corrections, clip = given
            knobs = dict(zip(names, (beta, corrections, clip), strict=True))
            return right(*rest, *(changes.get(n, lambda v: v)(knobs[n]) for n in names))

        return answer

    return {
        "the sign: an update is what is added, so it must point downhill": slip(-1),
        "the sum over the batch where the mean belongs: divide by the number of samples": (
            per_sample(1)
        ),
        "the batch size divided out twice": per_sample(-1),
        "a factor 2 too many": slip(2),
        "a factor ½ too many": slip(0.5),
        "the sign: the units below are asked for more where s is positive": slip(
            correct=lambda a, s, beta, f: a - beta * s
        ),
        "β is left out": other(beta=lambda b: 1.0),
        "β² where β belongs": other(beta=lambda b: b * b),
        "divided by β": slip(correct=lambda a, s, beta, f: a + s / beta),
        "a single correction, whatever K": other(corrections=lambda k: 1),
        "one correction too many": other(corrections=lambda k: k + 1),
        "s may be as long as it likes: it is clipped": slip(shortened=lambda s, clip: s),
        "every s is made as long as `clip`: one that is shorter stays as it is": slip(
            shortened=lambda s, clip: (
                s * clip / np.maximum(np.linalg.norm(s, axis=1, keepdims=True), 1e-30)
            )
        ),
        "each entry of s is clipped: its length is": slip(
            shortened=lambda s, clip: np.clip(s, -clip, clip)
        ),
        "the whole batch is clipped at once: each sample is, for itself": slip(
            shortened=lambda s, clip: s * clip / np.maximum(np.linalg.norm(s), clip)
        ),
        "an s that is too long is cut to a length of 1: to `clip`": slip(
            shortened=lambda s, clip: np.where(
                (n := np.linalg.norm(s, axis=1, keepdims=True)) > clip, s / np.maximum(n, 1e-30), s
            )
        ),
        "the squared length is held against `clip`": slip(
            shortened=lambda s, clip: (
                s * clip / np.maximum(np.sum(s**2, axis=1, keepdims=True), clip)
            )
        ),
        "every correction starts from what the units received: from what the last one left": slip(
            goes_on=lambda first, now: first
        ),
        "only the signs of s are used": slip(shortened=lambda s, clip: np.sign(s)),
        "the target is the correction alone: it is added to what the units received": slip(
            correct=lambda a, s, beta, f: beta * s
        ),
        "the activity is corrected, and goes through f once more: what comes in is corrected": slip(
            correct=lambda a, s, beta, f: f(a) + beta * s
        ),
        "the target is what the units should receive: it is what they would send then": slip(
            sends=lambda f, a: a
        ),
        "the biases, the last row, get no update": slip(below=without_the_bias_column),
        "the loss of hidden layers is the log-penalty, not the squared error": slip(
            local=get_loss("squared_error")
        ),
        "the derivative f′ of the output layer is missing": slip(
            output_delta=lambda loss, y, prediction, f: loss.error(y, prediction)
        ),
        "only the first sample is looked at": lambda network, x, y, *rest: right(
            network, x[:1], y[:1], *rest
        ),
        "the loss is the one that you are given, and not the squared error": (
            lambda network, x, y, loss, *rest: right(
                network, x, y, get_loss("squared_error"), *rest
            )
        ),
    }
