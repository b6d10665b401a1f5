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


@wrong("one axis only")
def summed_over_the_inputs(w, x):
    g2 = gradient(w, x) ** 2
    return g2 + g2.sum(axis=0)


@wrong("one axis only")
def summed_over_the_outputs(w, x):
    g2 = gradient(w, x) ** 2
    return g2 + g2.sum(axis=1, keepdims=True)


@wrong("not squared")
def with_absolute_values(w, x):
    g = np.abs(gradient(w, x))
    return g + g.sum()


@wrong("not squared")
def without_the_square(w, x):
    g = gradient(w, x)
    return g + g.sum()


@wrong("the sum is not squared")
def only_the_own_slope_squared(w, x):
    g = gradient(w, x)
    return g**2 + g.sum()


@wrong("counts twice")
def both_terms_doubled(w, x):
    g2 = gradient(w, x) ** 2
    return 2 * (g2 + g2.sum())


@wrong("the loss has a ½")
def gradient_of_the_loss_without_its_half(w, x):
    g = 2 * gradient(w, x)
    return g**2 + np.sum(g**2)


@wrong("the input is left out")
def the_slopes_of_the_units(w, x):
    s = np.ones_like(x)[:, None] * (x @ w)
    return s**2 + np.sum(s**2)


@wrong("taken away")
def only_the_others(w, x):
    g2 = gradient(w, x) ** 2
    return g2.sum() - g2


@wrong("the number of weights")
def as_if_all_slopes_were_alike(w, x):
    g2 = gradient(w, x) ** 2
    return (g2.size + 1) * g2


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
