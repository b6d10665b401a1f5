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


@wrong("missing `return`")
def without_a_return(sizes):
    weights_of(sizes)


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


def weights_over_nodes(sizes):
    return (weights_of(sizes) + 1) / (sum(sizes[1:]) + 1)


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


@wrong("rounded")
def rounded_to_three_digits(sizes):
    return round(weights_over_nodes(sizes), 3)


@wrong("turned into text")
def as_text(sizes):
    return f"{weights_over_nodes(sizes)}"
