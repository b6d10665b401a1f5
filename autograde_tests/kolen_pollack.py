"""kolen_pollack beside the reference."""

from __future__ import annotations

from microlearn.checks.feedback import draw_feedback
from microlearn.checks.problems import draw_problem

from . import require_agreement

REQUIRES = ("feedback_alignment",)


def test(answer, reference, rng):
    for layers in (2, 3, 5):
        for output in ("identity", "sigmoid", "softmax"):
            hidden = ("tanh", "sigmoid", "relu", "identity")
            problem = draw_problem(rng, layers, hidden=hidden, output=(output,))
            feedback, decay = draw_feedback(rng, problem), float(rng.uniform(0, 1))
            require_agreement(answer, reference, *problem.given, feedback, decay)
