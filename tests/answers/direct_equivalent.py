"""Answers to the direct feedback that does what stairs do."""

from functools import reduce
from itertools import accumulate

import numpy as np

from answers import right, wrong


@right
def with_accumulate(feedback):
    return list(accumulate(feedback[:0:-1], np.matmul))[::-1]


@right
def each_layer_anew(feedback):
    return [reduce(lambda path, b: path @ b, feedback[:l:-1]) for l in range(len(feedback) - 1)]


@right
def multi_dot(feedback):
    top = [np.eye(len(feedback[-1]))]
    return [np.linalg.multi_dot(top + feedback[:l:-1]) for l in range(len(feedback) - 1)]


@right
def unit_errors_walk_down(feedback):
    errors, direct = np.eye(feedback[-1].shape[0]), []
    for b in reversed(feedback[1:]):
        errors = errors @ b
        direct.insert(0, errors)
    return tuple(direct)


@right
def turned_round(feedback):
    direct = []
    for l in range(len(feedback) - 1):
        path = feedback[l + 1].T
        for b in feedback[l + 2 :]:
            path = path @ b.T
        direct.append(path.T)
    return direct


@right
def recursive_in_float32(feedback):
    def path(l):
        b = np.float32(feedback[l])
        return b if l == len(feedback) - 1 else path(l + 1) @ b

    return [path(l) for l in range(1, len(feedback))]


@wrong("nothing")
def without_a_return(feedback):
    list(accumulate(feedback[:0:-1], np.matmul))[::-1]


@wrong("topmost hidden layer comes first")
def from_the_top(feedback):
    return list(accumulate(feedback[:0:-1], np.matmul))


@wrong("mismatch")
def from_the_bottom(feedback):
    return list(accumulate(feedback[1:], np.matmul))


@wrong("it is transposed")
def transposed(feedback):
    return [d.T for d in list(accumulate(feedback[:0:-1], np.matmul))[::-1]]


@wrong("arrays for")
def with_a_none_in_front(feedback):
    return [None, *list(accumulate(feedback[:0:-1], np.matmul))[::-1]]


@wrong("the shape")
def one_stair_each(feedback):
    return list(feedback[1:])


@wrong("had changed afterwards")
def the_list_is_used_up(feedback):
    direct = [feedback.pop()]
    while feedback[-1] is not None:
        direct.insert(0, direct[0] @ feedback.pop())
    return direct


@wrong("not a list of arrays")
def the_lowest_alone(feedback):
    return reduce(np.matmul, feedback[:0:-1])


@wrong("don't fit")
def entry_by_entry(feedback):
    return [reduce(lambda a, b: a * b, feedback[:l:-1]) for l in range(len(feedback) - 1)]


@wrong("in-place operation")
def where_it_fits_the_product_takes_the_place_of_b(feedback):
    direct = [feedback[-1]]
    for b in feedback[-2:0:-1]:
        fits = b if b.shape == direct[0].shape else None
        direct.insert(0, np.matmul(direct[0], b.copy(), out=fits))
    return direct
