"""The textbook that microlearn is measured against computes the same updates."""

from __future__ import annotations

import numpy as np
import pytest
from mnist_backprop import mnist_run
from textbook import Textbook

from microlearn import create_network, get_loss, get_rule


@pytest.fixture
def both():
    """The same network, batch and feedback weights in both notations."""
    rng = np.random.default_rng(5)
    network = create_network([7, 5, 3], "sigmoid", "sigmoid", "textbook", 1).astype(np.float64)
    x, y = rng.uniform(size=(11, 7)), np.eye(3)[rng.integers(3, size=11)]
    b = rng.normal(size=(3, 5))
    book = Textbook(network.weights[0].T.copy(), network.weights[1].T.copy(), b.T.copy())
    return network, x, y, b, book


@pytest.mark.parametrize("name", ["backprop", "feedback_alignment", "kolen_pollack"])
def test_the_textbook_agrees(both, name):
    network, x, y, b, book = both
    rule = get_rule(name)
    state = {"feedback": [None, b]} if "feedback" in rule.state else {}
    knobs = rule.settings({"decay": 0.1} if name == "kolen_pollack" else {})
    ours, ours_state = rule.update(
        network, x, y, get_loss("squared_error"), state, knobs, np.random.default_rng(0)
    )
    theirs = getattr(book, name)(x.T, y.T, *([0.1] if name == "kolen_pollack" else []))
    if name == "kolen_pollack":  # the textbook decays what has no partner on the way down, too
        theirs = theirs[0] + 0.1 * book.w_h, theirs[1].copy(), theirs[2]
        theirs[1][:, -1] += 0.1 * book.w_y[:, -1]
    for mine, their in zip([*ours, *ours_state.get("feedback", [None])[1:]], theirs, strict=True):
        np.testing.assert_allclose(mine, their.T, rtol=1e-10, atol=1e-12)


def test_backprop_reads_mnist(mnist):
    run = mnist_run(mnist)
    run.finish(progress=False)
    assert run.test_accuracy() >= 0.89
