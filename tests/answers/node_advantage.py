"""Answers to the advantage of node perturbation."""

from fractions import Fraction

import numpy as np

from answers import right, wrong


def weights_of(sizes):
    return sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))


@right
def with_numpy(sizes):
    n = np.array(sizes)
    return (1 + np.sum((n[:-1] + 1) * n[1:])) / (1 + n[1:].sum())


@right
def with_a_loop(sizes):
    p = nodes = 1
    for l in range(1, len(sizes)):
        p += sizes[l] * sizes[l - 1] + sizes[l]
        nodes += sizes[l]
    return p / nodes


@wrong("biases are shaken too")
def without_biases(sizes):
    return (sum(a * b for a, b in zip(sizes, sizes[1:])) + 1) / (sum(sizes[1:]) + 1)


@wrong("input units are not shaken")
def with_the_input(sizes):
    return (weights_of(sizes) + 1) / (sum(sizes) + 1)


@wrong("one is added to both")
def without_the_ones(sizes):
    return weights_of(sizes) / sum(sizes[1:])


@wrong("upside down")
def upside_down(sizes):
    return (sum(sizes[1:]) + 1) / (weights_of(sizes) + 1)


@wrong("missing `return`")
def without_a_return(sizes):
    weights_of(sizes)


@wrong("a square too many")
def squared(sizes):
    return ((weights_of(sizes) + 1) / (sum(sizes[1:]) + 1)) ** 2


@wrong("")
def the_number_of_inputs(sizes):
    return sizes[0]


@right
def as_a_numpy_float32(sizes):
    return np.float32(1 + weights_of(sizes)) / np.float32(1 + sum(sizes[1:]))


@right
def by_drawing_up_the_layers(sizes):
    shapes = list(zip(sizes[:-1], sizes[1:]))
    shaken = sum(np.zeros((a + 1, b)).size for a, b in shapes)
    units = sum(b for _, b in shapes)
    return (shaken + 1) / (units + 1)


@right
def with_a_helper_for_each_count(sizes):
    def count(kind):
        return {"weights": weights_of(sizes), "nodes": sum(sizes) - sizes[0]}[kind]

    return (count("weights") + 1.0) / (count("nodes") + 1.0)


@right
def in_a_list(sizes):
    n = np.asarray(sizes, dtype=float)
    weights = n[:-1] @ n[1:] + n[1:].sum()
    return np.array([(weights + 1) / (n[1:].sum() + 1)])


@wrong("number of weights too")
def one_for_the_units_only(sizes):
    return weights_of(sizes) / (sum(sizes[1:]) + 1)


@wrong("number of units too")
def one_for_the_weights_only(sizes):
    return (weights_of(sizes) + 1) / sum(sizes[1:])


@wrong("not to each unit below")
def bias_on_the_wrong_side(sizes):
    p = sum(a * (b + 1) for a, b in zip(sizes, sizes[1:]))
    return (p + 1) / (sum(sizes[1:]) + 1)


@wrong("not each layer")
def one_bias_for_each_layer(sizes):
    p = sum(a * b + 1 for a, b in zip(sizes, sizes[1:]))
    return (p + 1) / (sum(sizes[1:]) + 1)


@wrong("output units are shaken too")
def only_the_hidden_units(sizes):
    return (weights_of(sizes) + 1) / (sum(sizes[1:-1]) + 1)


@wrong("the first layer alone")
def first_layer(sizes):
    return weights_over_nodes(sizes[:2])


@wrong("the last layer alone")
def last_layer(sizes):
    return weights_over_nodes(sizes[-2:])


def weights_over_nodes(sizes):
    return (weights_of(sizes) + 1) / (sum(sizes[1:]) + 1)


@wrong("whole-number division")
def whole_number(sizes):
    return (weights_of(sizes) + 1) // (sum(sizes[1:]) + 1)


@wrong("square root too many")
def root(sizes):
    return weights_over_nodes(sizes) ** 0.5


@wrong("the number of weights alone")
def perturbations_of_the_weights(sizes):
    return weights_of(sizes) + 1


@wrong("where their ratio belongs")
def difference(sizes):
    return weights_of(sizes) - sum(sizes[1:])


@wrong("")
def a_number_from_the_lesson(sizes):
    return (65 * 32 + 33 * 10 + 1) / 43


@wrong("not one number")
def of_each_layer(sizes):
    return [weights_over_nodes(pair) for pair in zip(sizes, sizes[1:])] + [0.0]


@right
def as_a_fraction(sizes):
    return Fraction(weights_of(sizes) + 1, sum(sizes[1:]) + 1)


@wrong("had changed afterwards")
def the_list_used_up(sizes):
    weights = nodes = 1
    while len(sizes) > 1:
        weights += (sizes.pop(0) + 1) * sizes[0]
        nodes += sizes[0]
    return weights / nodes


@wrong("formula of a single output")
def the_formula_of_a_single_output(sizes):
    return (sizes[0] + 2) / 2


@wrong("rounded")
def rounded_to_three_digits(sizes):
    return round(weights_over_nodes(sizes), 3)


@wrong("turned into text")
def as_text(sizes):
    return f"{weights_over_nodes(sizes)}"
