"""Answers to local representation alignment."""

import numpy as np

from answers import right, wrong
from microlearn import get_loss, local_update, presynaptic

LOCAL = get_loss("log_penalty")


def ask(network, l, delta, sent, feedback):
    """What layer l asks of the units below it, before it is made shorter."""
    return delta @ feedback[l]


def shorter(s, clip):
    length = np.sqrt(np.sum(s * s, axis=1, keepdims=True))
    return np.where(length > clip, s * (clip / np.where(length > 0, length, 1)), s)


def slope(judge, target, said, f):
    return judge.output_delta(target, said, f)


@right
def with_a_comparison(network, x, y, loss, feedback, beta, corrections, clip):
    h, f, update = network.forward(x), network.activations, []
    target, judge = y, loss
    for l in range(len(f) - 1, -1, -1):
        delta = slope(judge, target, h[l + 1], f[l])
        update.append(local_update(h[l], delta))
        if l:
            a, sent = network.receive(l - 1, h[l - 1]), h[l]
            for _ in range(corrections):
                delta = slope(judge, target, f[l](network.receive(l, sent)), f[l])
                a = a + beta * shorter(ask(network, l, delta, sent, feedback), clip)
                sent = f[l - 1](a)
            target, judge = sent, LOCAL
    return update[::-1]


@right
def layer_calls_layer(network, x, y, loss, feedback, beta, corrections, clip):
    h, f = network.forward(x), network.activations

    def learn(l, target, judge):
        delta = slope(judge, target, h[l + 1], f[l])
        mine = presynaptic(h[l]).T @ delta / len(x)
        if l == 0:
            return [mine]
        a, sent = network.receive(l - 1, h[l - 1]), h[l]
        for _ in range(corrections):
            s = shorter(ask(network, l, delta, sent, feedback), clip)
            a = a + beta * s
            sent = f[l - 1](a)
            delta = slope(judge, target, f[l](network.receive(l, sent)), f[l])
        return [*learn(l - 1, sent, LOCAL), mine]

    return tuple(learn(len(f) - 1, y, loss))


@right
def all_targets_first(network, x, y, loss, feedback, beta, corrections, clip):
    h, f = network.forward(x), network.activations
    targets, judges = [y], [loss]
    for l in reversed(range(1, len(f))):
        total, sent = np.zeros_like(h[l]), h[l]
        for _ in range(corrections):
            delta = slope(judges[0], targets[0], f[l](network.receive(l, sent)), f[l])
            total = total + shorter(ask(network, l, delta, sent, feedback), clip)
            sent = f[l - 1](network.receive(l - 1, h[l - 1]) + beta * total)
        targets.insert(0, sent)
        judges.insert(0, LOCAL)
    parts = zip(judges, targets, h[1:], f)
    return [local_update(p, slope(*part)) for p, part in zip(h, parts)]


@right
def the_log_penalty_written_out(network, x, y, loss, feedback, beta, corrections, clip):
    h, f, update = network.forward(x), network.activations, []
    target = y
    for l in reversed(range(len(f))):

        def wrong_by(said, l=l, target=target):
            if l == len(f) - 1:
                return loss.output_delta(y, said, f[l])
            return 2 * (target - said) / (1 + (target - said) ** 2) * f[l].derivative(said)

        delta = wrong_by(h[l + 1])
        update.insert(0, local_update(h[l], delta))
        if l:
            a, sent = network.receive(l - 1, h[l - 1]), h[l]
            for _ in range(corrections):
                s = ask(network, l, delta, sent, feedback)
                s = s / np.maximum(1, np.linalg.norm(s, axis=1, keepdims=True) / clip)
                a = a + s * beta
                sent = f[l - 1](a)
                delta = wrong_by(f[l](network.receive(l, sent)))
            target = sent
    return update


@right
def sample_by_sample(network, x, y, loss, feedback, beta, corrections, clip):
    def one(i):
        return with_a_comparison.function(
            network, x[i : i + 1], y[i : i + 1], loss, feedback, beta, corrections, clip
        )

    return [sum(us) / len(x) for us in zip(*map(one, range(len(x))))]


@right
def in_float32(network, x, y, loss, feedback, beta, corrections, clip):
    network, x, y = network.astype(np.float32), np.float32(x), np.float32(y)
    feedback = [None if b is None else np.float32(b) for b in feedback]
    return with_a_comparison.function(network, x, y, loss, feedback, beta, corrections, clip)


def right_one(*given):
    return with_a_comparison.function(*given)


@wrong("nothing")
def without_a_return(network, x, y, loss, feedback, beta, corrections, clip):
    right_one(network, x, y, loss, feedback, beta, corrections, clip)


@wrong("arrays for")
def the_output_layer_is_forgotten(network, x, y, loss, feedback, beta, corrections, clip):
    return right_one(network, x, y, loss, feedback, beta, corrections, clip)[:-1]


@wrong("biases are left out")
def without_biases(network, x, y, loss, feedback, beta, corrections, clip):
    return [u[:-1] for u in right_one(network, x, y, loss, feedback, beta, corrections, clip)]


@wrong("had changed afterwards")
def the_weights_are_moved(network, x, y, loss, feedback, beta, corrections, clip):
    update = right_one(network, x, y, loss, feedback, beta, corrections, clip)
    for w, u in zip(network.weights, update):
        w += 0.1 * u
    return update


@wrong("away from")
def every_correction_from_the_first_error(network, x, y, loss, feedback, beta, corrections, clip):
    h, f, update = network.forward(x), network.activations, []
    target, judge = y, loss
    for l in reversed(range(len(f))):
        delta = slope(judge, target, h[l + 1], f[l])
        update.insert(0, local_update(h[l], delta))
        if l:
            s = shorter(ask(network, l, delta, h[l], feedback), clip)
            a = network.receive(l - 1, h[l - 1]) + corrections * beta * s
            target, judge = f[l - 1](a), LOCAL
    return update


@wrong("away from")
def the_target_stays_what_was_received(network, x, y, loss, feedback, beta, corrections, clip):
    """A target of what comes in is held against what goes out."""
    h, f, update = network.forward(x), network.activations, []
    target, judge = y, loss
    for l in reversed(range(len(f))):
        delta = slope(judge, target, h[l + 1], f[l])
        update.insert(0, local_update(h[l], delta))
        if l:
            a, sent = network.receive(l - 1, h[l - 1]), h[l]
            for _ in range(corrections):
                delta = slope(judge, target, f[l](network.receive(l, sent)), f[l])
                a = a + beta * shorter(ask(network, l, delta, sent, feedback), clip)
                sent = f[l - 1](a)
            target, judge = a, LOCAL
    return update


@wrong("corrections = 12")
def three_corrections_at_most(network, x, y, loss, feedback, beta, corrections, clip):
    return right_one(network, x, y, loss, feedback, beta, min(corrections, 3), clip)


@wrong("beta = 30")
def no_bold_step(network, x, y, loss, feedback, beta, corrections, clip):
    return right_one(network, x, y, loss, feedback, min(beta, 5), corrections, clip)
