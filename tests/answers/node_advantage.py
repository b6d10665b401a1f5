"""Answers to the advantage of node perturbation."""

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


@wrong("")
def squared(sizes):
    return ((weights_of(sizes) + 1) / (sum(sizes[1:]) + 1)) ** 2


@wrong("")
def the_number_of_inputs(sizes):
    return sizes[0]
