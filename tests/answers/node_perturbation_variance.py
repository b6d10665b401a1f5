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


@wrong("it is transposed")
def transposed(w, x):
    s = x @ w
    return np.outer(s**2 + np.sum(s**2), x**2)


@wrong("missing `return`")
def without_a_return(w, x):
    x @ w


@right
def with_einsum(w, x):
    s = np.einsum("i,ij->j", x, w)
    return np.einsum("i,i,j->ij", x, x, s * s + np.einsum("k,k->", s, s))


@right
def column_by_column_as_a_list(w, x):
    s = x @ w
    columns = [x**2 * (sj**2 + np.linalg.norm(s) ** 2) for sj in s]
    return np.array(columns).T.tolist()


@right
def the_variance_of_each_unit_first(w, x):
    s = x @ w
    covariance = np.outer(s, s) + (s @ s) * np.eye(s.size)
    return np.square(x).reshape(-1, 1) @ np.diag(covariance).reshape(1, -1)


@right
def by_the_second_moment_minus_the_squared_mean(w, x):
    s = x @ w
    second = np.outer(x**2, 2 * s**2 + s @ s)
    return second - np.outer(x, s) ** 2


@wrong("for each unit")
def of_the_units(w, x):
    s = x @ w
    return s**2 + s @ s


@wrong("had changed afterwards")
def in_place(w, x):
    s = x @ w
    x **= 2
    return np.outer(x, s**2 + s @ s)


@wrong("")
def simulated(w, x):
    s = x @ w
    z = np.random.default_rng().normal(size=(50_000, s.size))
    return np.outer(x**2, np.var((z @ s)[:, None] * z, axis=0))


@wrong("root of a negative number")
def with_complex_numbers(w, x):
    s = x @ w
    return np.sqrt(np.outer(x**2, s**2 + s @ s) + 0j) ** 2


@wrong("inputs are silent")
def shares_of_an_output_of_zero(w, x):
    s = x @ w
    return np.outer(x**2, (s @ s) * (1 + s**2 / (s @ s)))
