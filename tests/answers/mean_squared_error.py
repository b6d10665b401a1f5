"""Answers to the mean squared error."""

import numpy as np

from answers import right, wrong


@right
def with_einsum(y, prediction):
    e = prediction - y
    return np.einsum("nk,nk->", e, e) / (2 * len(y))


@right
def with_loops(y, prediction):
    total = 0.0
    for sample in range(y.shape[0]):
        for k in range(y.shape[1]):
            total += (y[sample, k] - prediction[sample, k]) ** 2 / 2
    return total / y.shape[0]


@right
def as_squared_norms_in_float32(y, prediction):
    return np.float32(np.mean(np.linalg.norm(y - prediction, axis=1) ** 2) / 2)


@right
def as_an_array_of_no_dimension(y, prediction):
    return np.array(0.5 * np.square(y - prediction).sum(1).mean())


@right
def over_the_samples_with_zip(y, prediction):
    losses = [
        sum((a - b) ** 2 for a, b in zip(target, seen)) / 2 for target, seen in zip(y, prediction)
    ]
    return sum(losses) / len(losses)


@right
def one_long_vector_in_float64(y, prediction):
    e = np.asarray(prediction - y, dtype=np.float64).ravel()
    samples, _ = y.shape
    return float(e @ e) / samples / 2


@wrong("missing `return`")
def without_a_return(y, prediction):
    np.mean((y - prediction) ** 2)


@wrong("not yet averaged")
def per_sample(y, prediction):
    return 0.5 * np.sum((y - prediction) ** 2, axis=1)


@wrong("or a root")
def root(y, prediction):
    return 0.5 * np.mean(np.sqrt(np.sum((y - prediction) ** 2, axis=1)))


@wrong("the parts add up to")
def square_of_the_sum(y, prediction):
    return 0.5 * np.mean(np.sum(y - prediction, axis=1) ** 2)


@wrong("had changed afterwards")
def in_place(y, prediction):
    prediction -= y
    return 0.5 * np.mean(np.sum(prediction**2, axis=1))


@wrong("a mean or a sum that is missing")
def one_for_each_output(y, prediction):
    return 0.5 * np.mean((y - prediction) ** 2, axis=0)


@right
def as_a_matrix_of_one_entry(y, prediction):
    e = y - prediction
    return np.trace(e @ e.T).reshape(1, 1) / 2 / len(e)


@right
def as_an_array_of_one(y, prediction):
    return 0.5 * np.sum((y - prediction) ** 2, keepdims=True)[0] / len(y)


@wrong("not a finite number")
def a_logarithm_of_what_is_negative(y, prediction):
    return 0.5 * np.mean(np.sum(np.log(-np.abs(y - prediction)), axis=1))


@wrong("where ½ e² =")
def linear_far_away(y, prediction):
    e = np.abs(y - prediction)
    return np.mean(np.sum(np.where(e < 1, e**2 / 2, e - 0.5), axis=1))


@wrong("where ½ e² =")
def only_where_it_is_too_small(y, prediction):
    return 0.5 * np.mean(np.sum(np.maximum(y - prediction, 0) ** 2, axis=1))


@wrong("larger than zero")
def difference_of_the_squares(y, prediction):
    return 0.5 * np.mean(np.sum(y**2 - prediction**2, axis=1))


@wrong("samples are equal")
def each_loss_once(y, prediction):
    return np.mean(list(set(0.5 * np.sum((y - prediction) ** 2, axis=1))))


@wrong("in single precision, for large numbers")
def with_the_square_multiplied_out(y, prediction):
    squares = np.sum(y * y - 2 * y * prediction + prediction * prediction, axis=1)
    return 0.5 * np.mean(squares)


SEEN = []


@wrong("when they come again")
def of_all_batches_so_far(y, prediction):
    SEEN.extend(0.5 * np.sum((y - prediction) ** 2, axis=1))
    return np.mean(SEEN)
