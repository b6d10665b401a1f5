"""feedback_alignment beside the reference."""

from __future__ import annotations

from microlearn.checks.feedback import draw_feedback
from microlearn.checks.problems import draw_problem

from . import require_agreement


def test(answer, reference, rng):
    for layers in (1, 2, 3, 5):
        for hidden in ("tanh", "sigmoid", "relu", "identity"):
            problem = draw_problem(rng, layers, hidden=(hidden,))
            require_agreement(answer, reference, *problem.given, draw_feedback(rng, problem))
