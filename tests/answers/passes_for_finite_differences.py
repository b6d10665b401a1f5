"""Answers to the number of passes."""

import numpy as np

from answers import right, wrong


@right
def with_a_loop(sizes):
    total = 0
    for l in range(len(sizes) - 1):
        total += sizes[l] * sizes[l + 1] + sizes[l + 1]
    return 2 * total


@right
def with_numpy(sizes):
    n = np.array(sizes)
    return 2 * int((n[:-1] + 1) @ n[1:])


@right
def as_a_float(sizes):
    return 2.0 * sum((a + 1) * b for a, b in zip(sizes[:-1], sizes[1:]))


@right
def by_making_the_matrices(sizes):
    weights = [np.zeros((n + 1, m)) for n, m in zip(sizes, sizes[1:])]
    return sum(w.size for w in weights) * 2


@right
def weights_and_biases_apart(sizes):
    weights = np.dot(sizes[:-1], sizes[1:])
    biases = np.sum(sizes[1:])
    return 2 * weights + 2 * biases


@right
def layer_after_layer(sizes):
    if len(sizes) < 2:
        return 0
    below, above, *_ = sizes
    return 2 * parameters(below, above) + layer_after_layer.function(sizes[1:])


def parameters(below, above):
    return below * above + above


@wrong("missing `return`")
def without_a_return(sizes):
    2 * sum(sizes)


@wrong("nudged twice")
def one_pass_each(sizes):
    return sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))


@wrong("the biases are nudged too")
def without_biases(sizes):
    return 2 * sum(a * b for a, b in zip(sizes, sizes[1:]))


@wrong("not one for each unit below")
def bias_on_the_wrong_side(sizes):
    return 2 * sum(a * (b + 1) for a, b in zip(sizes, sizes[1:]))


@wrong("too few")
def one_bias_for_each_layer(sizes):
    return 2 * sum(a * b + 1 for a, b in zip(sizes, sizes[1:]))


@wrong("those are the units")
def units(sizes):
    return 2 * sum(sizes)


@wrong("only the first layer")
def first_layer(sizes):
    return 2 * (sizes[0] + 1) * sizes[1]


@wrong("only the last layer")
def last_layer(sizes):
    return 2 * (sizes[-2] + 1) * sizes[-1]


@wrong("no pass of its own")
def one_more_for_the_start(sizes):
    return with_a_loop.function(sizes) + 1


@wrong("only neighbouring layers")
def all_to_all(sizes):
    return 2 * sum(sizes) ** 2


@wrong("whatever the network")
def a_number_from_the_lesson(sizes):
    return 4820


@wrong("added up over the layers")
def the_product_of_the_sizes(sizes):
    return 2 * int(np.prod(sizes))


@wrong("biases once")
def biases_nudged_once(sizes):
    return sum(2 * a * b + b for a, b in zip(sizes, sizes[1:]))


@wrong("squared")
def every_pair_of_weights(sizes):
    return (2 * sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))) ** 2


@wrong("are no inputs")
def a_bias_for_the_output_too(sizes):
    return 2 * sum((a + 1) * (b + 1) for a, b in zip(sizes, sizes[1:]))


@wrong("had changed afterwards")
def the_list_used_up(sizes):
    total = 0
    while len(sizes) > 1:
        total += (sizes.pop(0) + 1) * sizes[0]
    return 2 * total


@wrong("had changed afterwards")
def the_list_refilled_with_arrays(sizes):
    for layer in range(1, len(sizes)):
        sizes[-layer] = np.zeros((sizes[-layer - 1] + 1, sizes[-layer]))
    return 2 * sum(weights.size for weights in sizes[1:])


@wrong("the first of them twice")
def by_the_place_of_a_size(sizes):
    return 2 * sum((n + 1) * sizes[sizes.index(n) + 1] for n in sizes[:-1])


@wrong("the first of them twice")
def while_it_is_not_the_last_size(sizes):
    total = 0
    for n in sizes:
        if n != sizes[-1]:
            total += 2 * (n + 1) * sizes[sizes.index(n) + 1]
    return total


@wrong("forgets all but one")
def in_a_dictionary(sizes):
    return 2 * sum({n: (n + 1) * m for n, m in zip(sizes, sizes[1:])}.values())
