"""Rules for a convolutional network, with replaceable parts, and problems for them.

    δ_2 = output_delta,    δ_1 = down(message(y, δ_2)) ∘ slope,    ΔK = gather(patches, spread(δ_1))

Rules differ in what reaches the pooled units. So each of them names every slip that any of them can
make, with the slips in the kernels' update itself, which are those of the exercise ``kernel_update``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..activations import Activation, get_activation
from ..checking.answer import Answer
from ..checking.facts import Broken, Fact, fact
from ..convolution import PLACES, ConvolutionalNetwork, create_convolutional_network
from ..gradients import finite_differences
from ..losses import Loss, get_loss
from ..network import presynaptic
from .agreement import Array, Update, agree, percent, relative_difference, same_direction
from .extremes import OTHER_NUMBERS
from .inputs import as_type, typical
from .problems import Problem, draw_loss, drawn_loss
from .slips import Slips, cause_of

State = Callable[[np.random.Generator, Problem], tuple]
"""What a rule takes after ``loss``, drawn for a problem."""


# --- the kernels' update --------------------------------------------------------------------------


def kernels_learn(patches: Array, delta: Array) -> Array:
    """The update of the kernels: added over positions, averaged over samples."""
    n = len(patches)
    weights = np.einsum("npi,npc->ic", patches, delta) / n
    return np.vstack([weights, delta.sum(axis=(0, 1)) / n])


def scaled_by(factor: Callable[[Array], float]) -> Callable[[Array, Array], Array]:
    return lambda patches, delta: factor(delta) * kernels_learn(patches, delta)


def _biases(change: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    """The update with other biases, from δ and the right ones."""

    def gather(patches: Array, delta: Array) -> Array:
        right = kernels_learn(patches, delta)
        return np.vstack([right[:-1], change(delta, right[-1:])])

    return gather


SLIPS_OF_KERNELS: dict[str, Callable[[Array, Array], Array]] = {
    "the sign: an update is what is added, so it must point downhill": scaled_by(lambda d: -1),
    "the mean over the positions where their sum belongs: the loss is a mean over samples alone": (
        scaled_by(lambda d: 1 / d.shape[1])
    ),
    "the sum over the batch where the mean belongs: divide by the number of samples": scaled_by(
        len
    ),
    "the batch size divided out twice, as in a published program, whose kernels stand still": (
        scaled_by(lambda d: 1 / len(d))
    ),
    "divided by the positions and not by the samples: it is the other way round": scaled_by(
        lambda d: len(d) / d.shape[1]
    ),
    "divided by the number of channels: each has a kernel of its own": scaled_by(
        lambda d: 1 / d.shape[2]
    ),
    "a factor 2 too many": scaled_by(lambda d: 2),
    "a factor ½ too many": scaled_by(lambda d: 0.5),
    "the biases, the last row, get no update": _biases(lambda d, right: 0 * right),
    "the biases get the mean over the positions: each position adds to them, as to the kernels": (
        _biases(lambda d, right: right / d.shape[1])
    ),
    "the mean patch times the mean δ: each δ goes with its own patch": (
        lambda patches, delta: (
            patches.shape[1]
            * np.outer(np.append(patches.mean(axis=(0, 1)), 1), delta.mean(axis=(0, 1)))
        )
    ),
    "the patches are added over the positions first: each δ goes with its own patch": (
        lambda patches, delta: kernels_learn(
            np.broadcast_to(patches.mean(axis=1, keepdims=True), patches.shape), delta
        )
    ),
    "the patches are averaged over the samples first: each δ goes with its own patch": (
        lambda patches, delta: kernels_learn(
            np.broadcast_to(patches.mean(axis=0), patches.shape), delta
        )
    ),
    "only the first position is looked at": lambda patches, delta: kernels_learn(
        patches[:, :1], delta[:, :1]
    ),
    "only the first sample is looked at": lambda patches, delta: kernels_learn(
        patches[:1], delta[:1]
    ),
    "only the position where δ is largest is looked at: all of them count": (
        lambda patches, delta: kernels_learn(patches, _largest_alone(delta))
    ),
    "the largest product where the sum of all belongs": lambda patches, delta: np.einsum(
        "npi,npc->npic", np.dstack([patches, np.ones_like(patches[..., :1])]), delta
    ).max(axis=(0, 1)),
    "the patches have lost their signs": lambda patches, delta: kernels_learn(
        np.abs(patches), delta
    ),
    "δ has lost its sizes: only the signs count": lambda patches, delta: kernels_learn(
        patches, np.sign(delta)
    ),
}
"""Slips of a function of patches and δ: the likely cause, and what makes this mistake."""


def _largest_alone(delta: Array) -> Array:
    size = np.abs(delta)
    return delta * (size == size.max(axis=1, keepdims=True))


# --- rules ----------------------------------------------------------------------------------------


def convolutional_rule(
    down: Callable[..., Array],
    *,
    slope: Callable[[Activation, Array, Array], Array | float] = lambda f, h, a: f.derivative(h),
    output_delta: Callable[[Loss, Array, Array, Activation], Array] = Loss.output_delta,
    spread: Callable[[ConvolutionalNetwork, Array, Array], Array] = ConvolutionalNetwork.unpool,
    gather: Callable[[Array, Array], Array] = kernels_learn,
    factor: Callable[[Array], float] = lambda x: 1.0,
    below: Callable[[Array], Array] = presynaptic,
) -> Callable[..., list[Array]]:
    """A rule: a function of ``network, x, y, loss`` and what the rule takes beside these.

    Parameters
    ----------
    down : ``(network, y, prediction, δ_2, *rest)`` to what arrives at the pooled units, (batch, units)
    slope : a factor for each unit, from its activation, its activity and its pre-activation
    output_delta : ``(loss, y, prediction, activation)`` to δ_2
    spread : ``(network, δ_1, winners)`` to δ at every position
    gather : patches and δ to the kernels' update
    factor : on the whole update, from the batch
    below : from the pooled activity to what multiplies δ_2, bias column last
    """

    def answer(network, x, y, loss, *rest):
        look, (f, top) = network.look(x), network.activations
        said = look.h[-1]
        delta = output_delta(loss, y, said, top)
        arrived = down(network, y, said, delta, *rest)
        hidden = arrived * slope(f, look.h[1], network.receive(0, x))
        kernels = gather(look.patches, spread(network, hidden, look.winners))
        update = [kernels, below(look.h[1]).T @ delta / len(x)]
        return [factor(x) * u for u in update]

    return answer


def transposed(network, y, said, delta, *rest):
    """Backprop's way down."""
    return delta @ network.weights[1][:-1].T


def to_all(network, delta, winners):
    """δ at all four places of each pool."""
    return np.tile(delta[:, None], (1, PLACES, 1)).reshape(len(delta), network.positions, -1)


def to_the_loser(network, delta, winners):
    return network.unpool(delta, (winners + 1) % PLACES)


def to_the_first(network, delta, winners):
    return network.unpool(delta, 0 * winners)


def _without_the_bias_column(h: Array) -> Array:
    p = presynaptic(h)
    p[:, -1] = 0
    return p


def slips_of_a_convolution(down: Callable[..., Array], called: str) -> dict[str, Callable]:
    """The slips of any rule in which ``called`` carries something down to the pooled units."""

    def slip(change: Callable[[Array], Array] = lambda arrived: arrived, **parts) -> Callable:
        return convolutional_rule(lambda *given: change(down(*given)), **parts)

    right = slip()
    of_kernels = {
        f"in the kernels, {cause}": slip(gather=gather)
        for cause, gather in SLIPS_OF_KERNELS.items()
        if cause.startswith(("the mean over", "the batch size", "the biases", "the mean patch"))
    }
    return of_kernels | {
        "the sign: an update is what is added, so it must point downhill": slip(
            factor=lambda x: -1
        ),
        "the sum over the batch where the mean belongs: divide by the number of samples": slip(
            factor=len
        ),
        "the batch size divided out twice": slip(factor=lambda x: 1 / len(x)),
        "a factor 2: the loss has a ½ in front, which its derivative uses up": slip(
            factor=lambda x: 2
        ),
        "a factor ½ too many": slip(factor=lambda x: 0.5),
        "the derivative f′ of the convolution is missing": slip(slope=lambda f, h, a: 1),
        "f′ is taken of the pre-activation; `derivative` expects the activity h": slip(
            slope=lambda f, h, a: f.derivative(a)
        ),
        "f′ is applied twice": slip(slope=lambda f, h, a: f.derivative(h) ** 2),
        "f′ is that of a ReLU, whatever the activation": slip(slope=lambda f, h, a: h > 0),
        "the activity h stands where its derivative f′ belongs": slip(slope=lambda f, h, a: h),
        "the sign flips on the way down": slip(np.negative),
        f"only the signs of what {called} brings are used": slip(np.sign),
        "nothing reaches the kernels": slip(lambda arrived: 0 * arrived),
        "all four places of a pool are told, where only its winner was heard": slip(spread=to_all),
        "the four places of a pool share what is told: only the winner was heard": slip(
            spread=lambda *given: to_all(*given) / PLACES
        ),
        "the first place of each pool is told, whichever has won": slip(spread=to_the_first),
        "a place of the pool is told that has not won": slip(spread=to_the_loser),
        "the derivative f′ of the output layer is missing": slip(
            output_delta=lambda loss, y, prediction, f: loss.error(y, prediction)
        ),
        "the biases of the output layer get no update": slip(below=_without_the_bias_column),
        "only the first sample is looked at": lambda network, x, y, *rest: right(
            network, x[:1], y[:1], *rest
        ),
        "the loss is the one that you are given, and not the squared error": (
            lambda network, x, y, loss, *rest: right(
                network, x, y, get_loss("squared_error"), *rest
            )
        ),
    }


# --- problems -------------------------------------------------------------------------------------

SMALL = (7, 6)
"""An image in which no two numbers of a problem are the same: 16 positions of kernels of 3 × 3."""


def convolution_of(
    rng: np.random.Generator,
    image_shape: Sequence[int] = SMALL,
    kernel: int = 3,
    channels: int = 2,
    outputs: int = 5,
    batch: int = 3,
    activation: str = "tanh",
    output: str = "sigmoid",
) -> Problem:
    """A convolutional network in the middle of its range, with a batch and a loss, all drawn.

    In no pool are the two largest so near that rounding could change the winner, and no unit is near a
    kink.
    """
    empty = create_convolutional_network(
        image_shape, channels, outputs, kernel=kernel, activation=activation, output=output,
        initialisation="zeros", dtype=np.float64,
    )  # fmt: skip
    loss = draw_loss(rng, outputs)
    while True:
        network = empty.with_weights(
            [rng.normal(0, 1 / np.sqrt(len(w)), w.shape) for w in empty.weights]
        )
        x = rng.normal(0, 1, (batch, network.sizes[0]))
        if is_clear(network, x):
            return Problem(network, x, rng.normal(0, 1, (batch, outputs)), loss)


def is_clear(network: ConvolutionalNetwork, x: Array, gap: float = 1e-4) -> bool:
    """Whether every pool has one winner, which is not near zero."""
    received = network.look(x).received.reshape(len(x), PLACES, -1)
    ordered = np.sort(received, axis=1)
    return bool(
        np.min(ordered[:, -1] - ordered[:, -2]) > gap and np.min(np.abs(ordered[:, -1])) > gap
    )


def network_of(problem: Problem) -> ConvolutionalNetwork:
    assert isinstance(problem.network, ConvolutionalNetwork)
    return problem.network


def problems_of_every_convolution(rng: np.random.Generator) -> Iterator[tuple[str, Problem]]:
    """Problems with words for what is special about each."""
    plain = convolution_of(rng)
    yield "for images of 7 × 6 pixels", plain
    other = convolution_of(rng)
    # One after the other, since an answer may remember what depends on only one of them.
    network = network_of(plain)
    if is_clear(network, other.x):
        yield OTHER_NUMBERS, replace(plain, x=other.x)
    yield OTHER_NUMBERS, replace(plain, y=other.y)
    changed = network.with_weights([network.weights[0], other.network.weights[1]])
    yield OTHER_NUMBERS, replace(plain, network=changed)
    yield OTHER_NUMBERS, replace(plain, loss=other.loss)
    yield (
        "with ReLU and softmax",
        convolution_of(rng, (8, 8), 5, 4, 3, 6, activation="relu", output="softmax"),
    )
    yield "for images in three colours", convolution_of(rng, (5, 6, 3), 2, 2, 4, 3)
    yield "for kernels of one pixel", convolution_of(rng, (4, 5), 1, 3, 2, 4)
    yield "with a single pool", convolution_of(rng, (4, 4), 3, 3, 2, 5)
    yield "with a single channel, output and sample", convolution_of(rng, (6, 7), 3, 1, 1, 1)
    yield "where all sizes are equal", convolution_of(rng, (4, 4), 1, 4, 4, 4, output="identity")
    yield "for many samples", convolution_of(rng, (3, 3), 2, 2, 2, int(rng.integers(250, 300)))
    yield "for many channels", convolution_of(rng, (5, 5), 2, 60, 3, 2)
    yield "where all inputs are zero", replace(plain, x=0 * plain.x)
    half = plain.x.copy()
    half.reshape(-1, *SMALL)[:, :4] = 0
    yield "where much of the image is empty", replace(plain, x=half)
    factor = 10 ** rng.uniform(3, 4)
    linear = convolution_of(rng, activation="identity", output="identity")
    yield "where the errors are large", replace(linear, y=factor * linear.y)
    yield "where the errors are small", _nearly_right(rng, linear, 10 ** rng.uniform(-6, -5))
    sure = convolution_of(rng, activation="relu", output="softmax")
    labels = np.eye(5)[rng.integers(5, size=3)]
    yield "with cross-entropy", replace(sure, y=labels, loss=get_loss("cross_entropy"))


def _nearly_right(rng: np.random.Generator, problem: Problem, factor: float) -> Problem:
    network = network_of(problem)
    kernels, last = network.weights
    loss = drawn_loss(problem.loss.weights, factor * problem.loss.tilts)  # type: ignore[attr-defined]
    return Problem(
        network.with_weights([kernels, factor * last]), problem.x, factor * problem.y, loss
    )


def cases_of_convolutions(state: State) -> Callable[[np.random.Generator], Iterator]:
    """The arguments of a rule for networks of every kind, and with state of every size."""

    def cases(rng: np.random.Generator) -> Iterator[tuple[str, tuple]]:
        for words, problem in problems_of_every_convolution(rng):
            yield words, (*problem.given, *state(rng, problem))
        problem = convolution_of(rng)
        given = (*problem.given, *state(rng, problem))
        yield "in single precision", tuple(as_type(value, np.float32) for value in given)

    return cases


def any_convolution(state: State) -> Callable[[np.random.Generator], tuple]:
    """Draws arguments of a rule: smooth units, and sizes that are all different."""

    def draw(rng: np.random.Generator) -> tuple:
        image = tuple(int(side) for side in rng.integers(6, 9, 2))
        activation, output = rng.permutation(["tanh", "sigmoid"])
        colours = (3,) if rng.random() < 0.2 else ()
        problem = convolution_of(
            rng, (*image, *colours), int(rng.integers(2, 4)), int(rng.integers(2, 4)),
            int(rng.integers(4, 6)), int(rng.integers(2, 7)), str(activation), str(output),
        )  # fmt: skip
        return (*problem.given, *state(rng, problem))

    return draw


# --- laws -----------------------------------------------------------------------------------------


def output_layer_learns_as_ever(slips: Slips) -> Fact:
    """A supporting fact: the output layer's update is minus its gradient."""

    def test(answer: Answer, rng: np.random.Generator) -> None:
        given = typical(answer.exercise, rng)
        seen, right = answer(*given)[1], finite_differences(*given[:4])[1]
        if not agree(seen, right):
            here = {cause: lambda *given, s=s: s(*given)[1] for cause, s in slips.items()}
            raise Broken(
                "the output layer's update is not minus its gradient",
                cause_of(here, given, seen, right),
            )

    test.__doc__ = "The output layer's update is minus its gradient, whatever reaches the kernels."
    return fact(1, supporting=True)(test)


def require_kernels(answer: Answer, given: tuple, right: Array, slips: Slips, words: str) -> None:
    """Raise Broken unless the kernels' update points as ``right`` does; name the slip.

    How long it is, is a fact of its own.
    """
    seen: Update = [np.asarray(answer(*given)[0])]
    if not same_direction(seen, [right]):
        here = {cause: lambda *given, s=s: s(*given)[0] for cause, s in slips.items()}
        raise Broken(
            f"{words} the kernels' update is "
            f"{percent(relative_difference(seen, [right]))} of its length away from what was measured",
            cause_of(here, given, seen[0], right),
        )


def ears(problem: Problem, message: Array, direct: Array) -> Array:
    """What the kernels should do about a message, measured: the slope of the mean of ``m · (h Dᵀ)``.

    Parameters
    ----------
    message : array of shape (batch, outputs)
    direct : array of shape (outputs, units)
    """
    network = network_of(problem)
    heard = ConvolutionalNetwork(
        (network.weights[0], np.vstack([direct.T, np.zeros(len(direct))])),
        (network.activations[0], get_activation("identity")),
        network.image_shape,
    )
    agreement = Loss("disagreement", lambda m, said: -np.sum(m * said, axis=1), lambda m, said: m)
    return finite_differences(heard, problem.x, message, agreement)[0]


def without_the_state(answer: Answer, rng: np.random.Generator) -> None:
    """Raise Broken unless kernels stay as they are where what carries the message is zero."""
    *given, state = typical(answer.exercise, rng)
    silent: list[Any] = [None if m is None else 0 * m for m in state]
    if np.any(np.abs(answer(*given, silent)[0]) > 1e-7):
        raise Broken(
            "the kernels learned although nothing reached them",
            "what they hear comes through the weights that the rule carries, and from nowhere else",
        )
