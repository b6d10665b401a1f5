"""forward beside the reference."""

from __future__ import annotations

from microlearn.checks.problems import draw_problem

from . import require_agreement


def test(answer, reference, rng):
    for layers in (1, 2, 4):
        problem = draw_problem(rng, layers)
        network = problem.network
        require_agreement(
            answer, reference, list(network.weights), list(network.activations), problem.x
        )
