"""Facts about the direct feedback that does what stairs of feedback weights do."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree
from ..laws.extremes import EQUAL, OTHER_NUMBERS, right_at_every_size
from ..laws.problems import draw_feedback, draw_network, draw_problem, draw_sizes, transposes
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are, require_shapes

HINTS = (
    "An error has come down through B_L, and then through B_{L−1}. By which single matrix was it "
    "multiplied?",
    "The stairs to the topmost hidden layer are a single one. Those to any other hidden layer are the "
    "stairs to the layer above it, and one more.",
    "Go down from the top: `direct[-1]` is there already in `feedback`, and `direct[l]` is what you "
    "have for layer l + 1 with one more matrix behind it, `@ feedback[l + 1]`.",
)


def draw(rng):
    return (draw_feedback(rng, draw_problem(rng, int(rng.integers(2, 6)))),)


def product(feedback, step=lambda b: b):
    """D of each hidden layer, with ``step`` taken of each B."""
    direct, path = [], None
    for b in map(step, reversed(feedback[1:])):
        path = b if path is None else path @ b
        direct.insert(0, path)
    return direct


def of_the_product(wrong):
    """A slip that makes something else of D, given the number of stairs to it."""
    return lambda feedback: [
        wrong(d, len(feedback) - 1 - l) for l, d in enumerate(product(feedback))
    ]


def unlike_the_top(wrong):
    """A slip in all layers but the topmost hidden one."""
    return of_the_product(lambda d, stairs: wrong(d, stairs) if stairs > 1 else d)


SLIPS = {
    "a minus sign too many": of_the_product(lambda d, stairs: -d),
    "the sign flips on every stair": of_the_product(lambda d, stairs: (-1) ** stairs * d),
    "the sign flips on every stair but the first": of_the_product(
        lambda d, stairs: (-1) ** (stairs - 1) * d
    ),
    "only the signs are left: the sizes of the B's count as well": of_the_product(
        lambda d, stairs: np.sign(d)
    ),
    "the signs of the B's are lost on the way": lambda feedback: product(feedback, np.abs),
    "of the B's only the signs are taken": lambda feedback: product(feedback, np.sign),
    "divided by its length: it must carry as much as the B's do": of_the_product(
        lambda d, stairs: d / np.linalg.norm(d)
    ),
    "divided by the number of stairs: one after the other is no mean": of_the_product(
        lambda d, stairs: d / stairs
    ),
    "multiplied by the number of stairs": of_the_product(lambda d, stairs: stairs * d),
    "halved on every stair": of_the_product(lambda d, stairs: d / 2**stairs),
    "a factor 2 too many": of_the_product(lambda d, stairs: 2 * d),
    "each entry is squared": of_the_product(lambda d, stairs: d**2),
    "the lower layers get nothing: they have stairs of their own": unlike_the_top(
        lambda d, stairs: 0 * d
    ),
    "a slope of ½ on every stair: the units are linear": unlike_the_top(
        lambda d, stairs: d / 2 ** (stairs - 1)
    ),
    "the identity has no place here: one stair after the other is a product, and no more": (
        of_the_product(lambda d, stairs: d + np.eye(*d.shape))
    ),
    "the pseudo-inverse of each B, transposed: the stairs are the B's themselves": (
        lambda feedback: product(feedback, lambda b: np.linalg.pinv(b).T)
    ),
}


def shapes_of(feedback):
    """Zeros with the shapes that D has."""
    return [np.zeros((len(feedback[-1]), b.shape[1])) for b in feedback[1:]]


@fact(gate=True)
def shapes(answer, rng):
    """You return one matrix for each hidden layer, of shape (outputs, units of that layer)."""
    for layers in (4, 2, 3):
        feedback = draw_feedback(rng, draw_problem(rng, layers))
        seen, like = answer(feedback), shapes_of(feedback)
        listed = isinstance(seen, list | tuple) and len(seen) == len(like)
        if listed and [np.shape(a) for a in seen[::-1]] == [b.shape for b in like] != [
            np.shape(a) for a in seen
        ]:
            raise Broken(
                "the matrix of the topmost hidden layer comes first",
                "the list begins with the lowest hidden layer, `direct[0]`",
            )
        require_shapes(seen, like, "direct matrix")


def require_the_path(answer, feedback, right, seen_as):
    seen = answer(feedback)
    for l, (d, r) in enumerate(zip(seen, right, strict=True)):
        if not agree(d, r):
            raise Broken(
                f"{seen_as} hidden layer {l} (counted from 0) of {len(right)} it is another matrix",
                cause_of(SLIPS, (feedback,), list(seen), list(right)),
            )


@fact(1)
def one_stair_is_a_lift_already(answer, rng):
    """With one hidden layer D is B itself: feedback alignment and direct feedback are one rule."""
    feedback = draw_feedback(rng, draw_problem(rng, 2))
    require_the_path(answer, feedback, [feedback[1]], "for")


@fact(2)
def errors_arrive_the_same_by_the_lift_and_by_the_stairs(answer, rng):
    """Any error of the output, sent down all the stairs one by one, arrives at each hidden layer as the
    same numbers that it has if it goes through your D, with two to four hidden layers."""
    for layers in (3, 4, 5):
        feedback = draw_feedback(rng, draw_problem(rng, layers))
        # The errors of a single output each: what arrives is that output's row of D.
        arriving, right = np.eye(len(feedback[-1])), []
        for b in reversed(feedback[1:]):
            arriving = np.array([e @ b for e in arriving])
            right.insert(0, arriving)
        require_the_path(answer, feedback, right, "at")


@fact(2)
def with_the_transposes_it_is_the_influence_on_the_output(answer, rng):
    """With B set to W°ᵀ in every layer, your D tells how each output of a linear network changes with
    each unit of each hidden layer, measured by moving that unit."""
    *sizes, _ = draw_sizes(rng, 4)
    network = draw_network(rng, sizes, hidden=("identity",), output=("identity",))
    right = []
    for l in range(1, len(sizes) - 1):
        moved = np.eye(sizes[l])
        still = np.zeros((1, sizes[l]))
        for above in range(l, len(network.weights)):
            moved, still = network.receive(above, moved), network.receive(above, still)
        right.append((moved - still).T)
    require_the_path(answer, transposes(network), right, "for B = W°ᵀ, at")


@fact(1, supporting=True)
def each_stair_counts_for_all_below_it(answer, rng):
    """If one B is three times as large, D is three times as large for every layer below it, and the
    same for the layers above."""
    feedback = draw_feedback(rng, draw_problem(rng, 4))
    before = answer(feedback)
    for stair in range(1, len(feedback)):
        changed = [3 * b if l == stair else b for l, b in enumerate(feedback)]
        after = answer(changed)
        for l, (a, b) in enumerate(zip(after, before, strict=True)):
            if not agree(a, (3 if l < stair else 1) * np.asarray(b)):
                raise Broken(
                    f"with B of layer {stair} three times as large, D of hidden layer {l} (counted "
                    "from 0) was not as it must be",
                    "D is one stair after the other, from the output down to its layer",
                )


def cases(rng):
    """Feedback weights of every size and scale."""
    for words, sizes, scale in (
        (EQUAL, [4] * 5, 1),
        (OTHER_NUMBERS, [4] * 5, 1),
        ("with a single unit in each layer", [1] * 4, 1),
        ("with a single output", [3, 4, 5, 1], 1),
        ("with six hidden layers", [2, 3, 4, 3, 5, 4, 3], 1),
        ("where all numbers are large", [3, 4, 5, 2], 10 ** rng.uniform(3, 4)),
        ("where all numbers are small", [3, 4, 5, 2], 10 ** rng.uniform(-5, -4)),
        ("with ten hidden layers", [2, 3] * 6, 1),
        ("with hundreds of units", [3, int(rng.integers(200, 300)), 90, 2], 1),
    ):
        pairs = zip(sizes, sizes[1:], strict=False)
        yield words, (feedback := [None, *(scale * rng.normal(0, 1, (m, n)) for n, m in pairs)],)
    yield "in single precision", ([None, *map(np.float32, feedback[1:])],)
    b = rng.normal(0, 1, (5, 5))
    yield "where all B are equal", ([None, b, b, b],)
    yield "where no entry is above zero", ([None, *(-np.abs(b) for b in feedback[1:])],)
    b = b * rng.integers(2, size=b.shape)
    b[0], b[:, 1] = 0, 0
    yield "where entries are zero", ([None, b.T, b, rng.normal(0, 1, (3, 5))],)


every_size = right_at_every_size(
    "So it is at every size and scale: for square layers and single units, and for numbers large and "
    "small.",
    product,
    cases,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are("The feedback weights stay as they were.", cases)
