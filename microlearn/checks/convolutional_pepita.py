"""Facts about PEPITA in a convolutional network: kernels learn from what the second look changes."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree
from ..laws.convolution import (
    SLIPS_OF_KERNELS,
    any_convolution,
    cases_of_convolutions,
    convolution_of,
    kernels_learn,
    require_kernels,
)
from ..laws.extremes import right_at_every_size
from ..laws.inputs import typical
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of
from ..losses import Loss, get_loss
from ..network import presynaptic

HINTS = (
    "Lesson 10, at every place of the image: what can a channel compare there, if it has looked "
    "twice? And what did it see there, the second time?",
    "The second look is `network.look` of x minus the error, carried to the input by F. The "
    "difference is that of the two `maps`, second minus first. The kernels see "
    "the patches of the second look.",
    "`kernel_update` takes the second look's `patches` and your differences; it has added over the "
    "positions, and the paper's third step divides by `network.positions`.",
)


def two_looks(
    *,
    output_delta=Loss.output_delta,
    message=lambda e, y, said: e,
    matrix=lambda f: f,
    seen=lambda x, sent: x - sent,
    difference=lambda first, second: second.maps - first.maps,
    patches=lambda first, second: second.patches,
    gather=kernels_learn,
    divisor=lambda network, x: network.positions,
    top=lambda e, first, second: e,
    above=lambda first, second: second.h[1],
    factor=lambda x: 1.0,
):
    """The rule, with replaceable parts."""

    def answer(network, x, y, loss, projection):
        first = network.look(x)
        e = output_delta(loss, y, first.h[-1], network.activations[-1])
        second = network.look(seen(x, message(e, y, first.h[-1]) @ matrix(projection[0])))
        kernels = gather(patches(first, second), difference(first, second)) / divisor(network, x)
        output = presynaptic(above(first, second)).T @ top(e, first, second) / len(x)
        return [factor(x) * kernels, factor(x) * output]

    return answer


def won(look):
    """Whether a place is heard, for each channel."""
    return (look.winners[:, None] == np.arange(4)[:, None]).reshape(look.maps.shape)


def among_winners(first, second):
    """The difference at the places that won at the second look, and zero elsewhere."""
    return (second.maps - first.maps) * won(second)


def of_the_pooled_units_to_winners(first, second):
    """The difference of the pooled activities, at the places that won at the second look."""
    return of_the_pooled_units(first, second) * won(second)


def of_the_pooled_units(first, second):
    """The difference of the pooled activities, at all places of a pool."""
    n, positions, channels = second.maps.shape
    return np.tile((second.h[1] - first.h[1])[:, None], (1, 4, 1)).reshape(n, positions, channels)


SLIPS = {
    f"in the kernels, {cause}": two_looks(gather=gather)
    for cause, gather in SLIPS_OF_KERNELS.items()
    if cause.startswith(("the biases", "the mean patch"))
} | {
    "the sign: an update is what is added, so it must point downhill": two_looks(
        factor=lambda x: -1
    ),
    "the sum over the batch where the mean belongs: divide by the number of samples": two_looks(
        factor=len
    ),
    "the batch size divided out twice": two_looks(factor=lambda x: 1 / len(x)),
    "the kernels' update is divided by the batch size once more, as in the published program, "
    "whose kernels stand still": two_looks(divisor=lambda network, x: network.positions * len(x)),
    "a factor 2 too many": two_looks(factor=lambda x: 2),
    "the third step is missing: the sum over positions is divided by their number": two_looks(
        divisor=lambda network, x: 1
    ),
    "divided by the number of pools: every position counts": two_looks(
        divisor=lambda network, x: network.positions / 4
    ),
    "the positions are divided out twice": two_looks(
        divisor=lambda network, x: network.positions**2
    ),
    "the first look minus the second: a channel learns to do what the second look made it do": two_looks(
        difference=lambda first, second: first.maps - second.maps
    ),
    "x + e F: e says how the output should have moved, and the second look sees x − e F": two_looks(
        seen=lambda x, sent: x + sent
    ),
    "both signs are turned: the second look sees x − e F, and δ is the second look minus the first": (
        two_looks(
            seen=lambda x, sent: x + sent, difference=lambda first, second: first.maps - second.maps
        )
    ),
    "the second look sees the error alone: it is mixed into the input x": two_looks(
        seen=lambda x, sent: -sent
    ),
    "the difference of what channels receive, where that of their activities belongs": two_looks(
        difference=lambda first, second: second.received - first.received
    ),
    "only the winners of the pooling learn: the differences are taken before the pooling": two_looks(
        difference=among_winners
    ),
    "the difference of the pooled activities: it is taken at every position, before the pooling": (
        two_looks(difference=of_the_pooled_units)
    ),
    "the difference of the pooled activities, handed to the winners: it is taken at every position": (
        two_looks(difference=of_the_pooled_units_to_winners)
    ),
    "the slope f′ is multiplied in: the difference of two activities has it already": two_looks(
        difference=lambda first, second: (
            (second.maps - first.maps) * first.activation.derivative(first.maps)
        )
    ),
    "the kernels see the patches of the first look, where the second belongs": two_looks(
        patches=lambda first, second: first.patches
    ),
    "the output layer learns from the pooled activity of the first look, where the second belongs": (
        two_looks(above=lambda first, second: first.h[1])
    ),
    "the output layer learns the difference of two looks: it alone knows its error": two_looks(
        top=lambda e, first, second: second.h[-1] - first.h[-1]
    ),
    "nothing reaches the input: F is missing": two_looks(matrix=lambda f: 0 * f),
    "only the signs of F are used": two_looks(matrix=np.sign),
    "only the signs of the error reach the input": two_looks(message=lambda e, y, said: np.sign(e)),
    "the target is sent to the input, where the error belongs": two_looks(
        message=lambda e, y, said: y
    ),
    "the difference y − ŷ is sent: the error is that of the loss": two_looks(
        message=lambda e, y, said: y - said
    ),
    "all samples see the mean error: each has one of its own": two_looks(
        message=lambda e, y, said: np.broadcast_to(e.mean(axis=0), e.shape)
    ),
    "the derivative f′ of the output layer is missing": two_looks(
        output_delta=lambda loss, y, prediction, f: loss.error(y, prediction)
    ),
}


def of_projection(rng, problem):
    """F that makes the error about half as loud at the input as x is."""
    network, x, y, loss = problem.given
    e = loss.output_delta(y, network.predict(x), network.activations[-1])
    f = rng.normal(size=(y.shape[1], x.shape[1]))
    sent, wanted = np.linalg.norm(e @ f), 0.5 * np.linalg.norm(x)
    return ([f * (wanted / sent if sent and wanted else 1.0)],)


draw = any_convolution(of_projection)
shapes = returns_updates_of("network")


@fact(1, supporting=True)
def without_f_only_the_output_layer_learns(answer, rng):
    """With F = 0 both looks are the same: kernels stay as they are, and the output layer learns from its
    error."""
    *given, projection = typical(answer.exercise, rng)
    silent = [0 * projection[0]]
    kernels, seen = answer(*given, silent)
    if np.abs(kernels).max() > 1e-5:  # float32 may round each look otherwise
        raise Broken(
            "the kernels learned although F is zero",
            "they learn from the difference of the two looks, and from nothing else",
        )
    right = two_looks()(*given, silent)[1]
    if not agree(seen, right):
        slips = {cause: lambda *given, s=s: s(*given)[1] for cause, s in SLIPS.items()}
        raise Broken(
            "with F = 0 the output layer's update is not minus its gradient",
            cause_of(slips, (*given, silent), seen, right),
        )


@fact(3)
def a_place_learns_what_the_error_has_changed_there(answer, rng):
    """Where the channels are linear, the second look changes each place by the patch of −e F there
    times the kernels, whatever wins the pooling, and this times the patch of x − e F is what is
    learned."""
    problem = convolution_of(rng, activation="identity")
    network, x, y, loss = problem.given
    (projection,) = of_projection(rng, problem)
    e = loss.output_delta(y, network.predict(x), network.activations[-1])
    sent = -e @ projection[0]
    changed = network.patches(sent) @ network.weights[0][:-1]
    right = kernels_learn(network.patches(x + sent), changed)
    require_kernels(answer, (*problem.given, projection), right, SLIPS, "with linear channels")


@fact(2)
def a_soft_word_moves_each_place_by_its_own_slope(answer, rng):
    """The smaller F is, the nearer the update comes to that of a rule that sends the error to every
    place through −F W°, times the slope there: the mean of the updates for F and for −F, turned
    round, shows it."""
    for activation in ("tanh", "sigmoid"):
        problem = convolution_of(rng, activation=activation, output="softmax")
        network, x, y, loss = problem.given
        f = 0.005 * of_projection(rng, problem)[0][0]
        to_f, from_f = (np.asarray(answer(*problem.given, [sign * f])[0]) for sign in (1, -1))
        e = loss.output_delta(y, network.predict(x), network.activations[-1])
        look = network.look(x)
        changed = network.patches(-e @ f) @ network.weights[0][:-1]
        right = kernels_learn(look.patches, changed * look.activation.derivative(look.maps))
        seen = (to_f - from_f) / 2
        if not agree(seen * np.linalg.norm(right) / max(np.linalg.norm(seen), 1e-30), right, 3e-3):
            raise Broken(
                "for a small F the kernels' update points elsewhere than feedback through −F W° at "
                "every place",
                "a sign: δ is the second look minus the first, and the second look sees x − e F"
                if np.sum(seen * right) < 0
                else "",
            )


@fact(1, supporting=True)
def no_mistake_no_change(answer, rng):
    """Where the output is right both looks are the same, and no weight changes."""
    network, x, _, _, projection = typical(answer.exercise, rng)
    update = answer(network, x, network.predict(x), get_loss("squared_error"), projection)
    if max(np.abs(u).max() for u in update) > 1e-5:  # float32 rounds the prediction
        raise Broken(
            "the weights changed although the output was what it should be",
            "all that is learned comes from the error e",
        )


RELATIVE, ABSOLUTE, GIVE = 3e-4, 1e-6, 1e-6
"""What is learned from is the difference of two activities, of which float32 leaves so much."""

every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for one channel, pool and sample as "
    "for many, and for numbers large and small.",
    two_looks(),
    cases_of_convolutions(of_projection),
    slips=SLIPS,
    relative=RELATIVE,
    absolute=ABSOLUTE,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, F and data stay as they were."
)
