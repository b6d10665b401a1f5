"""Answers to the variance of node perturbation."""

import numpy as np

from answers import right, wrong


@right
def with_loops(w, x):
    s = [float(x @ column) for column in w.T]
    total = sum(value**2 for value in s)
    return np.array([[xi**2 * (sj**2 + total) for sj in s] for xi in x])


@right
def with_broadcasting_in_float32(w, x):
    s2 = (x @ w) ** 2
    return np.float32(x[:, None] ** 2 * (s2 + s2.sum()))


@right
def from_the_gradient(w, x):
    g = np.outer(x, x @ w)
    return g**2 + np.sum(g**2, axis=1, keepdims=True)


@wrong("counts once more")
def only_the_sum(w, x):
    s = x @ w
    return np.outer(x**2, np.sum(s**2) + 0 * s)


@wrong("only the unit's own slope")
def only_its_own(w, x):
    return np.outer(x, x @ w) ** 2


@wrong("input counts squared")
def input_not_squared(w, x):
    s = x @ w
    return np.outer(x, s**2 + np.sum(s**2))


@wrong("mean of the squares")
def with_the_mean(w, x):
    s = x @ w
    return np.outer(x**2, s**2 + np.mean(s**2))


@wrong("weight perturbation's")
def of_weight_perturbation(w, x):
    g = np.outer(x, x @ w)
    return g**2 + np.sum(g**2)


@wrong("standard deviation")
def deviation(w, x):
    s = x @ w
    return np.sqrt(np.outer(x**2, s**2 + np.sum(s**2)))


@wrong("the input is left out")
def without_the_input(w, x):
    s = x @ w
    return np.outer(np.ones_like(x), s**2 + np.sum(s**2))


@wrong("second moment")
def second_moment(w, x):
    s = x @ w
    return np.outer(x**2, 2 * s**2 + np.sum(s**2))


@wrong("it is transposed")
def transposed(w, x):
    s = x @ w
    return np.outer(s**2 + np.sum(s**2), x**2)


@wrong("missing `return`")
def without_a_return(w, x):
    x @ w
