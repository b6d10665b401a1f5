"""Facts about the number of perturbations for signal and noise to be equal."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.extremes import KEPT, right_at_every_size
from ..laws.one_number import as_number, close
from ..laws.slips import cause_of_several
from ..laws.variances import draw_linear

HINTS = (
    "Add up the variances over all weights. How often does |g|² occur in the sum?",
    "For weight perturbation each of the N M weights brings the whole |g|², and all their own g² "
    "together bring one more. For node perturbation do the agree, column by column: |x|² comes out.",
    "Divide the sum of the variances by |g|²: so many draws bring it down to |g|². In node "
    "perturbation's sum N does not occur, since Σ x_i² is in |g|² already.",
)


RULES = ("weight_perturbation", "node_perturbation")
NEAR = 1e-9
SIZES = ((3, 7), (8, 2), (5, 6))
"""Inputs and outputs at which an answer is tried as well, to tell one slip from another."""


def draw(rng):
    return (*(int(n) for n in rng.integers(1, 500, 2)), str(rng.choice(RULES)))


def draws(n, m, rule):
    return n * m + 1 if rule == "weight_perturbation" else m + 1


def other(rule):
    return RULES[rule == RULES[0]]


def for_nodes(slip):
    """A slip in the number of node perturbation alone."""
    return lambda n, m, rule: slip(n, m) if rule == "node_perturbation" else draws(n, m, rule)


def for_weights(slip):
    """A slip in the number of weight perturbation alone."""
    return lambda n, m, rule: slip(n, m) if rule == "weight_perturbation" else draws(n, m, rule)


SLIPS = {
    "the two rules are swapped": lambda n, m, rule: draws(n, m, other(rule)),
    "one more: the parameter's own slope": lambda n, m, rule: draws(n, m, rule) - 1,
    "inputs and outputs are swapped: it is the outputs that are shaken": (
        for_nodes(lambda n, m: n + 1)
    ),
    "inputs and outputs are swapped: it is the outputs that are shaken, and one more": (
        for_nodes(lambda n, m: n)
    ),
    "inputs and outputs are added where they are multiplied: each pair has a weight": (
        for_weights(lambda n, m: n + m + 1)
    ),
    "the ratio of the standard deviations is meant squared": (
        lambda n, m, rule: draws(n, m, rule) ** 2
    ),
    "the square root is too much: the noise's square falls as 1/K": (
        lambda n, m, rule: np.sqrt(draws(n, m, rule))
    ),
    "units above and below: only the outputs are shaken": for_nodes(lambda n, m: n + m + 1),
    "there are no biases in this network": for_weights(lambda n, m: (n + 1) * m + 1),
    "upside down: that is the ratio of a single draw": lambda n, m, rule: 1 / draws(n, m, rule),
    "the second moment, not the variance: the squared mean is still in it": (
        lambda n, m, rule: draws(n, m, rule) + 1
    ),
    "twice as many: draws are counted, not passes": lambda n, m, rule: 2 * draws(n, m, rule),
    "per weight: the sum over all weights is meant": (
        lambda n, m, rule: draws(n, m, rule) / (n * m)
    ),
}


def cause(answer, cases):
    """The slip that explains every wrong number, since at one size two slips can agree by chance."""
    cases = [*cases, *((n, m, rule) for n, m in SIZES for rule in RULES)]
    seen = {case: as_number(answer(*case)) for case in cases}
    if len(set(seen.values())) <= len(RULES):
        return "these are the numbers of one size of network: use the inputs and outputs"
    if all(number == seen[n, m, other(rule)] for (n, m, rule), number in seen.items()):
        first = [(17, 19, RULES[0]), (19, 17, RULES[1])]  # sizes at which it was not asked yet
        if all(close(as_number(answer(*case)), draws(*case)) for case in first):
            return KEPT
        return "the same for both rules: does the answer look at `rule`, and is it spelt the same?"
    bad = [case for case in cases if not close(seen[case], draws(*case))]
    right = [draws(*case) for case in bad]
    return cause_of_several(SLIPS, bad, [seen[case] for case in bad], right, tolerance=1e-4)


@fact(2)
def what_the_variances_add_up_to(answer, rng):
    """It is the sum of all variances of one update over the squared length of the gradient."""
    w, x = draw_linear(rng)
    # A large network too: a number found by averaging over draws is off there, even rounded.
    sizes = rng.integers(30, 60), rng.integers(60, 90)
    large, long = rng.normal(0, 1, sizes), rng.normal(0, 1, sizes[0])
    # Both ways round, since two counts can agree by chance where one side has one unit more.
    for weights, sample in ((w, x), (large, long)):
        require_the_sum(answer, weights, sample)
        require_the_sum(answer, weights.T, sample @ weights)


def require_the_sum(answer, w, x):
    n, m = w.shape
    s = x @ w
    g = np.outer(x, s)
    variances = {
        "weight_perturbation": g**2 + np.sum(g**2),
        "node_perturbation": np.outer(x**2, s**2 + np.sum(s**2)),
    }
    for rule, variance in variances.items():
        number = as_number(answer(n, m, rule))
        if not close(number, np.sum(variance) / np.sum(g**2)):
            raise Broken(
                f"{number:.6g} for {n} inputs, {m} outputs and {rule}",
                cause(answer, [(n, m, rule) for rule in RULES]),
            )


@fact(1)
def inputs_are_free_for_node_perturbation(answer, rng):
    """More inputs make weight perturbation need more, and node perturbation not."""
    # Fewer inputs than outputs, so that their sum does not grow as their product does.
    n, m = int(rng.integers(5, 21)), int(rng.integers(25, 50))
    few, many = ([as_number(answer(k * n, m, rule)) for rule in RULES] for k in (1, 10))
    if not close(many[1], few[1]):
        raise Broken(
            f"ten times the inputs changed node perturbation's {few[1]:g} to {many[1]:g}",
            "inputs and outputs are swapped: it is the outputs that are shaken"
            if few[1] == n + 1
            else "",
        )
    if not many[0] > 5 * few[0] > 0:
        raise Broken(
            f"ten times the inputs changed weight perturbation's {few[0]:g} to {many[0]:g}"
        )


def cases(rng):
    # A matrix of many times many numbers fits three times into the memory that the judge gives.
    few, many = int(rng.integers(2, 9)), int(rng.integers(2000, 3000))
    for n, m in ((1, 1), (1, few), (few, 1), (few, few), (many, many), (many, few), (few, many)):
        for rule in RULES:
            yield f"for N = {n}, M = {m} and {rule}", (n, m, rule)


every_size = right_at_every_size(
    "All this is so for a single input or output and for thousands, and for equally many of both.",
    draws,
    cases,
    points=1,
    slips=SLIPS,
    relative=1e-9,
)
