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


@wrong("it is transposed")
def transposed(w, x):
    g2 = gradient(w, x) ** 2
    return (g2 + g2.sum()).T


@wrong("shape ()")
def one_number(w, x):
    return np.sum(gradient(w, x) ** 2)


@right
def with_einsum(w, x):
    g = np.einsum("i,k,kj->ij", x, x, w)
    return np.einsum("ij,ij->ij", g, g) + np.einsum("ij,ij->", g, g)


@right
def as_lists(w, x):
    g2 = (gradient(w, x) ** 2).tolist()
    total = sum(map(sum, g2))
    return [[value + total for value in row] for row in g2]


@right
def by_the_second_moment_minus_the_squared_mean(w, x):
    g = gradient(w, x)
    second = 2 * g**2 + np.linalg.norm(g) ** 2
    return second - g**2


@right
def as_the_diagonal_of_a_covariance(w, x):
    g = gradient(w, x).ravel()
    covariance = np.outer(g, g) + (g @ g) * np.eye(g.size)
    return np.diag(covariance).reshape(w.shape)


@wrong("missing `return`")
def without_a_return(w, x):
    gradient(w, x) ** 2 + np.sum(gradient(w, x) ** 2)


@wrong("had changed afterwards")
def in_place(w, x):
    y = x @ w
    x *= x
    g2 = np.outer(x, y**2)
    return g2 + g2.sum()


@wrong("")
def simulated(w, x):
    g = gradient(w, x)
    z = np.random.default_rng().normal(size=(20_000, g.size))
    return np.var((z @ g.ravel())[:, None] * z, axis=0).reshape(w.shape)


@wrong("inputs are silent")
def none_where_the_input_is_silent(w, x):
    g = np.outer(x, x @ w)
    return (g != 0) * (g**2 + np.sum(g**2))
