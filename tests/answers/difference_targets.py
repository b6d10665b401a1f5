"""Answers to the targets that are carried down through inverses."""

import numpy as np

from answers import right, wrong
from microlearn import presynaptic


def back(network, l, z, inverse):
    """g of layer l."""
    return network.activations[l - 1](z @ inverse[l][:-1] + inverse[l][-1])


@right
def from_the_top_in_a_list_that_is_turned(network, h, top, inverse):
    targets = [top]
    for l in range(len(network.weights) - 2, 0, -1):
        change = back(network, l, targets[-1], inverse) - back(network, l, h[l + 1], inverse)
        targets.append(h[l] + change)
    return targets[::-1]


@right
def with_a_list_of_none(network, h, top, inverse):
    targets = [None] * (len(h) - 2)
    targets[-1] = top
    for k in reversed(range(len(targets) - 1)):
        v, f = inverse[k + 1], network.activations[k]
        wanted, found = (f(presynaptic(z) @ v) for z in (targets[k + 1], h[k + 2]))
        targets[k] = wanted - found + h[k + 1]
    return tuple(targets)


@right
def one_layer_calls_the_next(network, h, top, inverse):
    def down(l, target):
        if l == 0:
            return [target]
        g = [back(network, l, z, inverse) for z in (target, h[l + 1])]
        return [*down(l - 1, h[l] + g[0] - g[1]), target]

    return down(len(network.weights) - 2, top)


@right
def by_the_error_of_the_inverse(network, h, top, inverse):
    targets = [top]
    for l in reversed(range(1, len(network.weights) - 1)):
        error = back(network, l, h[l + 1], inverse) - h[l]
        targets = [back(network, l, targets[0], inverse) - error, *targets]
    return targets


@right
def both_in_one_pass(network, h, top, inverse):
    targets, n = [top], len(top)
    for l in reversed(range(1, len(network.weights) - 1)):
        both = back(network, l, np.vstack([targets[0], h[l + 1]]), inverse)
        targets.insert(0, h[l] + both[:n] - both[n:])
    return targets


@right
def in_float32(network, h, top, inverse):
    small = [None if v is None else np.float32(v) for v in inverse]
    network, h = network.astype(np.float32), [np.float32(a) for a in h]
    return with_a_list_of_none.function(network, h, np.float32(top), small)


@right
def sample_by_sample(network, h, top, inverse):
    def one(i):
        alone = [a[i : i + 1] for a in h]
        return by_the_error_of_the_inverse.function(network, alone, top[i : i + 1], inverse)

    return [np.vstack(ts) for ts in zip(*map(one, range(len(top))))]


def right_one(network, h, top, inverse):
    return with_a_list_of_none.function(network, h, top, inverse)


@wrong("nothing")
def without_a_return(network, h, top, inverse):
    right_one(network, h, top, inverse)


@wrong("comes first")
def the_topmost_first(network, h, top, inverse):
    return right_one(network, h, top, inverse)[::-1]


@wrong("arrays for")
def without_the_topmost(network, h, top, inverse):
    return right_one(network, h, top, inverse)[:-1]


@wrong("has the shape")
def the_changes_of_the_layer_above(network, h, top, inverse):
    return [h[0], *right_one(network, h, top, inverse)[1:]]


@wrong("had changed afterwards")
def the_activities_are_moved(network, h, top, inverse):
    targets = right_one(network, h, top, inverse)
    for a, t in zip(h[1:-1], targets):
        a += t - a
    return targets


@wrong("off by")
def found_again_from_the_target_below(network, h, top, inverse):
    """What is found is taken from the activity that the new target would cause."""
    targets = [top]
    for l in reversed(range(1, len(network.weights) - 1)):
        wanted = back(network, l, targets[0], inverse)
        again = network.activations[l](network.receive(l, wanted))
        targets.insert(0, h[l] + wanted - back(network, l, again, inverse))
    return targets


@wrong("off by")
def at_most_as_long_as_one(network, h, top, inverse):
    return [np.clip(t, -1, 1) for t in right_one(network, h, top, inverse)]


@wrong("where all sizes are equal")
def transposed_where_it_fits(network, h, top, inverse):
    def turned(v):
        if v is None or v.shape[0] - 1 != v.shape[1]:
            return v
        return np.vstack([v[:-1].T, v[-1:]])

    return right_one(network, h, top, [turned(v) for v in inverse])
