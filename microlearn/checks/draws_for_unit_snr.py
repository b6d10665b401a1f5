"""Facts about the number of perturbations for signal and noise to be equal."""

from __future__ import annotations

import numpy as np

from ..checking import Broken, fact
from .numbers import as_number, require_number
from .variances import draw_linear

HINTS = (
    "Add up the variances over all weights. How often does |g|² occur in the sum?",
    "For weight perturbation each of the N M weights brings the whole |g|², and all their own g² "
    "together bring one more. For node perturbation do the same, column by column: |x|² comes out.",
    "The sum of the variances is (N M + 1) |g|² for weight perturbation, and (... + 1) |g|² for node "
    "perturbation.",
)


def _slips(n, m, rule):
    weight, node = n * m + 1, m + 1
    right, other = (weight, node) if rule == "weight_perturbation" else (node, weight)
    return {
        "the two rules are swapped": other,
        "one more: the parameter's own slope": right - 1,
        "inputs and outputs are swapped: it is the outputs that are shaken": n + 1,
        "the ratio of the standard deviations is meant squared": right**2,
        "the square root is too much: the noise's square falls as 1/K": np.sqrt(right),
        "units above and below: only the outputs are shaken": n + m + 1,
    }


@fact(2)
def what_the_variances_add_up_to(answer, rng):
    """It is the sum of all variances of one update over the squared length of the gradient."""
    w, x = draw_linear(rng)
    n, m = w.shape
    s = x @ w
    g = np.outer(x, s)
    variances = {
        "weight_perturbation": g**2 + np.sum(g**2),
        "node_perturbation": np.outer(x**2, s**2 + np.sum(s**2)),
    }
    for rule, variance in variances.items():
        right = np.sum(variance) / np.sum(g**2)
        asked = f"for {n} inputs, {m} outputs and {rule}"
        require_number(answer(n, m, rule), right, asked, _slips(n, m, rule))


@fact(1)
def inputs_are_free_for_node_perturbation(answer, rng):
    """More inputs make weight perturbation need more, and node perturbation not."""
    n, m = (int(k) for k in rng.choice(np.arange(5, 50), 2, replace=False))
    rules = ("weight_perturbation", "node_perturbation")
    few, many = ([as_number(answer(k * n, m, rule)) for rule in rules] for k in (1, 10))
    if many[1] != few[1]:
        raise Broken(
            f"ten times the inputs changed node perturbation's {few[1]:g} to {many[1]:g}",
            "inputs and outputs are swapped: it is the outputs that are shaken"
            if few[1] == n + 1
            else "",
        )
    if not many[0] > 5 * few[0]:
        raise Broken(
            f"ten times the inputs changed weight perturbation's {few[0]:g} to {many[0]:g}"
        )
