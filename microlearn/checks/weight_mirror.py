"""Facts about the weight mirror.

For B = 0 the update is W°ᵀ S, with S the covariance of the noise that was drawn, in units of σ². An
answer may draw its noise in any order. But weights of 1 give S away, and the same random numbers give
the same S.
"""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree, distance, relative_difference
from ..laws.chance import STANDARD_ERRORS, farthest_by_chance
from ..laws.estimates import FACTORS
from ..laws.inputs import typical
from ..laws.problems import draw_network
from ..laws.slips import cause_of
from ..laws.standard import (
    ANOTHER_GENERATOR,
    MADE_ANEW,
    inputs_stay_as_they_are,
    noise_is_drawn_afresh,
    returns_updates_of,
)

HINTS = (
    "Unit j hears all the noise below it, each voice as loud as a weight. You know what one of the "
    "voices has said. How do you find out how loud it is?",
    "Three steps: what the units above receive when the units below are as active as `xi` says; minus "
    "its mean over the samples; times the noise, averaged over the samples and in units of σ². Then "
    "B loses a share of itself.",
    "`network.receive(l, xi)`, without its mean over `axis=0`, is (samples, units above); call that "
    "a. `a.T @ xi` has the shape of `feedback[l]`: divide it by σ² and by the number of samples, and "
    "take `feedback[l]` away.",
)


def own_noise(network, noise, samples, rng):
    """Noise for each layer but the first, drawn as the student's page does it: a slip is known by its
    numbers."""
    for units in network.sizes[1:-1]:
        yield noise * rng.standard_normal((samples, units), dtype=network.dtype)


def one_noise(network, noise, samples, rng):
    """Noise on the first hidden layer, and what it makes the layers above send."""
    xi = next(own_noise(network, noise, samples, rng))
    yield xi
    for l, f in enumerate(network.activations[1:-1], start=1):
        xi = f(network.receive(l, xi))
        yield xi


def mirror(
    network,
    feedback,
    noise,
    samples,
    rng,
    *,
    source=own_noise,
    response=lambda network, l, xi: network.receive(l, xi),
    centred=lambda a: a - a.mean(axis=0),
    pair=lambda a, xi: a.T @ xi,
    factor=lambda noise, samples: 1.0,
    forgets=lambda b, samples: b,
):
    """The mirror with replaceable parts."""
    update = [None]
    for l, xi in enumerate(source(network, noise, samples, rng), start=1):
        product = pair(centred(response(network, l, xi)), xi) / (noise**2 * samples)
        update.append(factor(noise, samples) * product - forgets(feedback[l], samples))
    return update


def slip(**parts):
    return lambda *given: mirror(*given, **parts)


SHARED = "each layer has noise of its own, drawn anew"

SLIPS = {
    "the sign: where response and noise go together, B grows": slip(factor=lambda noise, n: -1.0),
    "summed over the samples where the mean belongs": slip(factor=lambda noise, n: n),
    "multiplied by the number of samples: `/ σ**2 * n` needs brackets, `/ (σ**2 * n)`": slip(
        factor=lambda noise, n: n**2
    ),
    "divided by K − 1: the equation has K": slip(factor=lambda noise, n: n / (n - 1)),
    "a factor 2 too many": slip(factor=lambda noise, n: 2.0),
    "a factor ½ too many": slip(factor=lambda noise, n: 0.5),
    **{
        cause: slip(factor=lambda noise, n, f=FACTORS[cause]: f(noise, n))
        for cause in (
            "the division by σ² is missing",
            "a division by σ where σ² belongs",
            "one division by σ too many",
        )
    },
    "nothing is forgotten: − B_l is missing": slip(forgets=lambda b, n: 0 * b),
    "the sign of the forgetting: B_l is taken away": slip(forgets=lambda b, n: -b),
    "B_l is divided by the number of samples as well: only the first term is a mean": slip(
        forgets=lambda b, n: b / n
    ),
    "the whole update is divided by σ²: B_l is not": (
        lambda network, feedback, noise, samples, rng: mirror(
            network, feedback, noise, samples, rng, forgets=lambda b, n: b / noise**2
        )
    ),
    "− B_l is divided by σ² K, which is for the product alone: brackets": (
        lambda network, feedback, noise, samples, rng: mirror(
            network, feedback, noise, samples, rng, forgets=lambda b, n: b / (noise**2 * n)
        )
    ),
    "both signs: B moves towards what is heard, not away from it": slip(
        factor=lambda noise, n: -1.0, forgets=lambda b, n: -b
    ),
    "B_l forgets half of what it should": slip(forgets=lambda b, n: b / 2),
    "the mean response is not taken off": slip(centred=lambda a: a),
    "the mean is that over the units; each unit has a mean of its own, over the samples": slip(
        centred=lambda a: a - a.mean(axis=1, keepdims=True)
    ),
    "one mean is taken off all units; each has a mean of its own, `axis=0`": slip(
        centred=lambda a: a - a.mean()
    ),
    "the biases are taken off; the mean response is that of the noise which was drawn": slip(
        response=lambda network, l, xi: xi @ network.weights[l][:-1], centred=lambda a: a
    ),
    "the response is what the units receive, not what their nonlinearity makes of it": slip(
        response=lambda network, l, xi: network.activations[l](network.receive(l, xi))
    ),
    "the nonlinearity is that of the layer below, and none belongs here": slip(
        response=lambda network, l, xi: network.activations[l - 1](network.receive(l, xi))
    ),
    "one noise runs through all layers: each layer has noise of its own, with no correlations": slip(
        source=one_noise
    ),
    "the noise in the product is not the noise that was sent": (
        lambda network, feedback, noise, samples, rng: mirror(
            network,
            feedback,
            noise,
            samples,
            rng,
            pair=lambda a, xi: a.T @ (noise * rng.standard_normal(xi.shape, dtype=xi.dtype)),
        )
    ),
    "W°ᵀ itself is copied: that is weight transport, which the mirror is to do without": (
        lambda network, feedback, noise, samples, rng: [
            None,
            *(w[:-1].T - b for w, b in zip(network.weights[1:], feedback[1:], strict=True)),
        ]
    ),
    "σ² is what it is told to be, not the variance of this draw": slip(
        pair=lambda a, xi: a.T @ xi / xi.var(), factor=lambda noise, n: noise**2
    ),
    "that is the transpose without any noise: a synapse does not know the weights": (
        lambda network, feedback, noise, samples, rng: [
            None,
            *(
                (1 - 1 / samples) * w[:-1].T - b
                for w, b in zip(network.weights[1:], feedback[1:], strict=True)
            ),
        ]
    ),
    "a regression of the response on the noise: a synapse has the product of the two alone": slip(
        pair=lambda a, xi: np.linalg.lstsq(xi, a, rcond=None)[0].T,
        factor=lambda noise, n: noise**2 * n,
    ),
    "the number of samples is one of its own, whatever `samples` says": (
        lambda network, feedback, noise, samples, rng: mirror(network, feedback, noise, 64, rng)
    ),
    MADE_ANEW: lambda network, feedback, noise, samples, rng: mirror(
        network, feedback, noise, samples, np.random.default_rng(0)
    ),
    ANOTHER_GENERATOR: lambda network, feedback, noise, samples, rng: mirror(
        network, feedback, noise, samples, np.random.default_rng()
    ),
}


def none_of(feedback):
    return [None if b is None else 0 * b for b in feedback]


def draw_mirror(answer, rng, layers):
    """A network with any biases, B, σ, and the number of samples, for a fact."""
    network, feedback, _, samples, _ = typical(answer.exercise, rng, layers)
    return network, feedback, float(rng.choice([0.3, 3]) * rng.uniform(0.8, 1.2)), samples


def likely(answer, given, seed, seen):
    """The slip that gives what was seen with those random numbers, or nothing."""
    if not agree(answer(*given, np.random.default_rng(seed)), seen):
        return ANOTHER_GENERATOR
    known = {
        cause: lambda *given, slip=slip: slip(*given, np.random.default_rng(seed))
        for cause, slip in SLIPS.items()
    }
    # Where single units show the noise, two slips may be the same; elsewhere they are not.
    other = draw_mirror(answer, np.random.default_rng(seed), 3)
    there = answer(*other, np.random.default_rng(seed))
    known = {cause: slip for cause, slip in known.items() if agree(there, slip(*other))}
    return cause_of(known, given, seen, mirror(*given, np.random.default_rng(seed)))


shapes = returns_updates_of(
    "feedback",
    sentence="You return one array for each layer, of the same shape as its feedback weights, and "
    "None for the first layer, however many layers there are.",
)


@fact(3)
def on_average_it_is_the_transpose(answer, rng):
    """Where B is zero, the average over 4,000 samples of noise is W°ᵀ in every layer, as long as W°ᵀ and
    in its direction, whatever the nonlinearities."""
    samples = 4000
    for layers in (2, 4):
        network, feedback, noise, _ = draw_mirror(answer, rng, layers)
        given, seed = (network, none_of(feedback), noise, samples), int(rng.integers(2**32))
        seen = answer(*given, np.random.default_rng(seed))
        for l, w in enumerate(network.weights[1:], start=1):
            w = w[:-1]
            # Var(u_ji) = (|w_j|² + w_ij²) / K, and the columns of S go together: W°ᵀ S.
            right, products = (1 - 1 / samples) * w.T, w @ w.T
            along = np.sum(seen[l] * w.T) / np.sum(w**2)
            error = np.sqrt(2 * np.sum(products**2) / samples) / np.trace(products)
            if not abs(along - 1) < STANDARD_ERRORS * error:
                raise Broken(
                    f"in layer {l} the average is {along:.3g} times W°ᵀ; "
                    f"1 ± {STANDARD_ERRORS * error:.2f} was expected",
                    likely(answer, given, seed, seen),
                )
            missed = np.sum((seen[l] - right) ** 2)
            if not missed < farthest_by_chance(covariance_of_the_mirror(w) / samples):
                share = relative_difference([seen[l]], [right])
                raise Broken(
                    f"in layer {l} the average misses W°ᵀ by {share:.2g} of its length",
                    likely(answer, given, seed, seen),
                )


def covariance_of_the_mirror(w):
    """The covariance of all entries of W°ᵀ ξᵀ ξ / σ², for one sample (Isserlis)."""
    (inputs, _), one = w.shape, np.eye(len(w))
    pairs = np.einsum("ik,jl->ijkl", one, one) + np.einsum("il,jk->ijkl", one, one)
    return np.einsum("ap,abcd,cq->pbqd", w, pairs, w).reshape(2 * [inputs * w.shape[1]])


@fact(2)
def as_many_samples_as_asked_for(answer, rng):
    """Where each unit has one input, of weight 1, your update shows the noise itself: its covariance
    over exactly K samples, without the mean of the draw, in units of σ²."""
    units, calls = 30, 50
    # Few samples, so that n − 1 and n are far apart.
    samples = int(rng.integers(3, 6))
    network = draw_network(rng, (4, units, units, units))
    ones = [np.vstack([np.eye(units), rng.normal(0, 1, units)]) for _ in range(2)]
    network = network.with_weights([network.weights[0], *ones])
    noise, seed = float(10 ** rng.uniform(-0.5, 0.5)), int(rng.integers(2**32))
    given = (network, [None, *np.zeros((2, units, units))], noise, samples)
    several = answer.many(calls, *given, np.random.default_rng(seed))
    one, above = (np.array(u, np.float64) for u in several[0][1:])
    rank = int(np.sum(np.linalg.svd(one, compute_uv=False) > 1e-3 * np.linalg.norm(one, 2)))
    cause = likely(answer, given, seed, several[0])
    if not agree(one.T, one):
        raise Broken("it is no covariance: that of i with j is not that of j with i", cause)
    if rank != samples - 1:
        raise Broken(
            f"it has the rank {rank}; {samples} samples without their mean leave {samples - 1}",
            cause,
        )
    if agree(above, one):
        raise Broken("two layers have the same noise", cause or SHARED)
    freedom = (samples - 1) * units * calls
    ratio = sum(np.trace(u[1]) for u in several) * samples / freedom
    if not abs(ratio - 1) < STANDARD_ERRORS * np.sqrt(2 / freedom):
        raise Broken(f"its variances are {ratio:.3g} times what they should be", cause)
    network, feedback, noise, _ = draw_mirror(answer, rng, 2)
    few, more = (
        answer(network, feedback, noise, n, np.random.default_rng(seed)) for n in (3000, 4000)
    )
    if agree(more, few, 1e-6):
        raise Broken(
            "3,000 and 4,000 samples give the same",
            "the samples beyond a number are left out, whatever `samples` says",
        )


@fact(1)
def the_noise_is_normal(answer, rng):
    """A unit with one input, of weight 1, shows how loud its noise was: for K normal samples this varies
    from draw to draw, as 1/K of χ² with K − 1 degrees of freedom."""
    units, calls, samples = 30, 100, int(rng.integers(3, 6))
    network = draw_network(rng, [1] * (units + 2))
    network = network.with_weights([np.array([[1.0], w[-1]]) for w in network.weights])
    noise, seed = float(10 ** rng.uniform(-0.5, 0.5)), int(rng.integers(2**32))
    given = (network, [None, *np.zeros((units, 1, 1))], noise, samples)
    several = answer.many(calls, *given, np.random.default_rng(seed))
    seen = samples * np.array([[float(u[0, 0]) for u in update[1:]] for update in several])
    spread = np.var(seen) / (2 * (samples - 1))
    # The standard error is 5% for 3 samples; docs/checks.md has the rate.
    if not 0.7 < spread < 1.5:
        # Noise of another loudness is wrong in more than its form.
        as_loud = abs(np.mean(seen) / (samples - 1) - 1) < 0.2
        raise Broken(
            f"from draw to draw it varies {spread:.2g} times as much as it should",
            likely(answer, given, seed, several[0])
            or ("noise that is not normal" if as_loud else ""),
        )


@fact(2, supporting=True)
def it_forgets(answer, rng):
    """B loses itself: with the same random numbers, the update with B and the update with zeros in its
    place differ by −B."""
    for layers in (2, 4):
        network, feedback, noise, samples = draw_mirror(answer, rng, layers)
        seed = int(rng.integers(2**32))
        given = (network, feedback, noise, samples)
        seen, plain = (
            answer(network, b, noise, samples, np.random.default_rng(seed))
            for b in (feedback, none_of(feedback))
        )
        for l, b in enumerate(feedback[1:], start=1):
            lost = seen[l] - plain[l]
            if not agree(lost, -b):
                share = -np.sum(lost * b) / np.sum(b * b)
                raise Broken(
                    f"in layer {l} what goes is not B, but {share:.3g} times B"
                    if agree(lost, -share * b)
                    else f"in layer {l} what goes is not B",
                    likely(answer, given, seed, seen),
                )


@fact(1, supporting=True)
def each_layer_is_a_mirror_of_its_own(answer, rng):
    """With the same random numbers, a layer's update stays the same when its biases change, and the
    weights and biases of all other layers."""
    network, feedback, noise, samples = draw_mirror(answer, rng, 4)
    seed = int(rng.integers(2**32))
    given = (network, feedback, noise, samples)
    seen = answer(*given, np.random.default_rng(seed))
    for l in range(1, len(feedback)):
        biases, others = ([*network.weights] for _ in range(2))
        biases[l] = np.vstack([biases[l][:-1], rng.normal(0, 3, (1, biases[l].shape[1]))])
        others[:l], others[l + 1 :] = (
            [rng.normal(0, 1, w.shape) for w in part] for part in (others[:l], others[l + 1 :])
        )
        for what, weights in (("its own biases", biases), ("the weights of other layers", others)):
            changed = network.with_weights(weights)
            after = answer(changed, *given[1:], np.random.default_rng(seed))
            if not agree(after[l], seen[l]):
                raise Broken(
                    f"the update of layer {l} changes with {what}",
                    likely(answer, given, seed, seen),
                )


@fact(1, supporting=True)
def loudness_cancels(answer, rng):
    """With the same random numbers, noise three times as loud gives the same update."""
    network, feedback, noise, samples = draw_mirror(answer, rng, 3)
    seed = int(rng.integers(2**32))
    soft, loud = (
        answer(network, feedback, σ, samples, np.random.default_rng(seed))
        for σ in (noise, 3 * noise)
    )
    if not agree(loud, soft):
        raise Broken(
            "louder noise gave another update",
            likely(answer, (network, feedback, noise, samples), seed, soft),
        )


def any_square(rng):
    """Layers as wide as the one below, weights and noise of any strength, few samples and many."""
    n = int(rng.integers(3, 6))
    for width, layers, scale, noise, samples in (
        (n, 3, 1, 1.0, 5),
        (n, 3, 1, 1e-3, 2),
        (n, 3, 1, 1e3, 7),
        (n, 3, 1e4, 1.0, 5),
        (n, 3, 1e-4, 1.0, 5),
        (n, 3, 1, 1.0, int(rng.integers(1200, 1500))),
        (n, int(rng.integers(6, 9)), 1, 1.0, 5),
        (int(rng.integers(80, 120)), 3, 1, 1.0, 5),
        (1, 3, 1, 1.0, 5),
    ):
        network = draw_network(rng, [width] * (layers + 1))
        weights = [np.vstack([scale * w[:-1], w[-1:]]) for w in network.weights]
        feedback = [None, *rng.normal(0, scale, (layers - 1, width, width))]
        yield network.with_weights(weights), feedback, noise, samples


@fact(2, supporting=True)
def it_is_linear_in_the_weights(answer, rng):
    """With the same random numbers, your update is W°ᵀ times that for weights of 1 and an empty B, less
    B: in square layers and single units, for weights and noise of any strength, few samples and many."""
    for network, feedback, noise, samples in any_square(rng):
        seed, one = int(rng.integers(2**32)), np.eye(len(feedback[1]))
        ones = [np.vstack([one, w[-1:]]) for w in network.weights]
        of_one = answer(
            network.with_weights(ones),
            none_of(feedback),
            noise,
            samples,
            np.random.default_rng(seed),
        )
        given = (network, feedback, noise, samples)
        seen = answer(*given, np.random.default_rng(seed))
        for l, b in enumerate(feedback[1:], start=1):
            right = network.weights[l][:-1].T @ of_one[l] - b
            if not agree(seen[l], right):
                raise Broken(
                    f"for {len(b)} units and {samples} samples with σ = {noise:g}, layer {l} is off by "
                    f"{distance(seen[l], right):.2g} of its largest entry",
                    likely(answer, given, seed, seen),
                )


fresh = noise_is_drawn_afresh()
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights and feedback weights stay as they were."
)
