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


@wrong("mean of the squares")
def from_the_gradient_with_a_mean(w, x):
    g2 = np.outer(x, x @ w) ** 2
    return g2 + g2.mean(axis=1, keepdims=True)


@wrong("over the inputs")
def summed_along_the_wrong_axis(w, x):
    g2 = np.outer(x, x @ w) ** 2
    return g2 + g2.sum(axis=0)


@wrong("summed over the inputs too")
def input_summed(w, x):
    s = x @ w
    return np.sum(x**2) * np.outer(np.ones_like(x), s**2 + s @ s)


@wrong("multiplies the noise of the other units too")
def input_on_the_own_slope_only(w, x):
    s = x @ w
    return np.outer(x, s) ** 2 + np.sum(s**2)


@wrong("square of the sum")
def square_of_the_sum(w, x):
    s = x @ w
    return np.outer(x**2, s**2 + s.sum() ** 2)


@wrong("not squared")
def slopes_not_squared(w, x):
    s = np.abs(x @ w)
    return np.outer(x**2, s + s.sum())


@wrong("not squared")
def slopes_with_their_sign(w, x):
    s = x @ w
    return np.outer(x**2, s + s.sum())


@wrong("the loss has a ½")
def slope_of_the_loss_without_its_half(w, x):
    s = 2 * (x @ w)
    return np.outer(x**2, s**2 + s @ s)


@wrong("counts twice")
def both_terms_doubled(w, x):
    s = x @ w
    return 2 * np.outer(x**2, s**2 + s @ s)


@wrong("taken away")
def only_the_others(w, x):
    s = x @ w
    return np.outer(x**2, s @ s - s**2)


@wrong("the input counts squared")
def absolute_input(w, x):
    s = x @ w
    return np.outer(np.abs(x), s**2 + s @ s)


@wrong("the number of units")
def as_if_all_slopes_were_alike(w, x):
    s = x @ w
    return (s.size + 1) * np.outer(x, s) ** 2


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
