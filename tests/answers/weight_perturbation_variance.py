"""Answers to the variance of weight perturbation."""

import numpy as np

from answers import right, wrong


def gradient(w, x):
    return np.outer(x, x @ w)


@right
def with_loops(w, x):
    n, m = w.shape
    y = [sum(x[i] * w[i, j] for i in range(n)) for j in range(m)]
    total = sum((x[i] * y[j]) ** 2 for i in range(n) for j in range(m))
    return np.array([[(x[i] * y[j]) ** 2 + total for j in range(m)] for i in range(n)])


@right
def with_norms_in_float32(w, x):
    y = x @ w
    return np.float32(np.outer(x**2, y**2) + (x @ x) * (y @ y))


@right
def with_broadcasting(w, x):
    g2 = (x[:, None] * (x @ w)[None, :]) ** 2
    return g2 + g2.sum()


@wrong("counts once more")
def only_the_sum(w, x):
    return np.sum(gradient(w, x) ** 2) * np.ones_like(w)


@wrong("only the weight's own slope")
def only_its_own(w, x):
    return gradient(w, x) ** 2


@wrong("the mean of the squares")
def with_the_mean(w, x):
    g2 = gradient(w, x) ** 2
    return g2 + g2.mean()


@wrong("square of the sum")
def square_of_the_sum(w, x):
    g = gradient(w, x)
    return g**2 + g.sum() ** 2


@wrong("standard deviation")
def deviation(w, x):
    g2 = gradient(w, x) ** 2
    return np.sqrt(g2 + g2.sum())


@wrong("second moment")
def second_moment(w, x):
    g2 = gradient(w, x) ** 2
    return 2 * g2 + g2.sum()


@wrong("node perturbation's")
def of_node_perturbation(w, x):
    s = x @ w
    return np.outer(x**2, s**2 + np.sum(s**2))


@wrong("it is transposed")
def transposed(w, x):
    g2 = gradient(w, x) ** 2
    return (g2 + g2.sum()).T


@wrong("weights in the place of the gradient")
def of_the_weights(w, x):
    return w**2 + np.sum(w**2)


@wrong("shape ()")
def one_number(w, x):
    return np.sum(gradient(w, x) ** 2)
