"""backprop beside the reference."""

from __future__ import annotations

from microlearn.checks.problems import draw_problem

from . import require_agreement


def test(answer, reference, rng):
    for layers in (1, 2, 3, 5):
        for output in ("identity", "sigmoid", "tanh", "relu", "softmax"):
            hidden = ("tanh", "sigmoid", "relu", "identity")
            problem = draw_problem(rng, layers, hidden=hidden, output=(output,))
            require_agreement(answer, reference, *problem.given)
