"""Answers to the number of directions in which targets can pull."""

from itertools import accumulate

import numpy as np

from answers import right, wrong


@right
def with_accumulate(sizes, samples, auxiliary):
    down = accumulate([min(samples, sizes[-1] - 1), *sizes[-2:0:-1]], min)
    return [*down][:0:-1]


@right
def the_smallest_above(sizes, samples, auxiliary):
    hidden = sizes[1:-1]
    return [min(samples, sizes[-1] - 1, *hidden[l:]) for l in range(len(hidden))]


@right
def with_numpy(sizes, samples, auxiliary):
    down = np.array([min(samples, sizes[-1] - 1), *sizes[1:-1][::-1]])
    return np.minimum.accumulate(down)[1:][::-1].tolist()


@right
def one_layer_calls_the_next(sizes, samples, auxiliary):
    if len(sizes) == 2:
        return []
    above = one_layer_calls_the_next.function([sizes[0], *sizes[2:]], samples, auxiliary)
    first = above[0] if above else min(samples, sizes[-1] - 1)
    return [min(first, sizes[1]), *above]


@right
def as_floats(sizes, samples, auxiliary):
    left, directions = float(min(samples, sizes[-1] - 1)), []
    for units in sizes[-2:0:-1]:
        left = min(left, float(units))
        directions.append(left)
    return directions[::-1]


@right
def by_the_rank_of_a_simulation(sizes, samples, auxiliary):
    rng = np.random.default_rng(0)
    change = rng.normal(size=(samples, sizes[-1]))
    change -= change.mean(axis=1, keepdims=True)
    ranks = []
    for units in sizes[-2:0:-1]:
        change = change @ rng.normal(size=(change.shape[1], units)) / np.sqrt(units)
        ranks.insert(0, int(np.linalg.matrix_rank(change, tol=1e-9)))
    return ranks


@wrong("nothing")
def without_a_return(sizes, samples, auxiliary):
    the_smallest_above.function(sizes, samples, auxiliary)


@wrong("for each hidden layer")
def with_the_output(sizes, samples, auxiliary):
    return [*the_smallest_above.function(sizes, samples, auxiliary), sizes[-1] - 1]


@wrong("of shape")
def only_the_lowest(sizes, samples, auxiliary):
    return min(samples, sizes[-1] - 1, *sizes[1:-1])


@wrong("had changed afterwards")
def the_list_used_up(sizes, samples, auxiliary):
    left, directions = min(samples, sizes.pop() - 1), []
    while len(sizes) > 1:
        left = min(left, sizes.pop())
        directions.insert(0, left)
    return directions


@wrong("whole number")
def as_a_share_of_the_units(sizes, samples, auxiliary):
    found = the_smallest_above.function(sizes, samples, auxiliary)
    return [d / units for d, units in zip(found, sizes[1:-1])]


@wrong("for the sizes")
def in_bits(sizes, samples, auxiliary):
    found = the_smallest_above.function(sizes, samples, auxiliary)
    return [int(np.ceil(np.log2(d + 1))) for d in found]


@wrong("single output")
def one_direction_at_least(sizes, samples, auxiliary):
    left, directions = max(1, min(samples, sizes[-1] - 1)), []
    for units in sizes[-2:0:-1]:
        left = min(left, units)
        directions.insert(0, left)
    return directions


@wrong("without a hidden layer")
def a_number_where_no_layer_is(sizes, samples, auxiliary):
    return the_smallest_above.function(sizes, samples, auxiliary) or [sizes[-1] - 1]
