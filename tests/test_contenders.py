"""PyTorch's contender in the benchmark does the same work as microlearn's."""

from __future__ import annotations

import numpy as np
import pytest
from contenders import Microlearn

torch = pytest.importorskip("torch", reason="PyTorch is an optional contender of `make bench`")
Torch = pytest.importorskip("in_torch").Torch
SIZES = (64, 50, 10)


@pytest.mark.parametrize("rule", ["backprop", "feedback_alignment", "kolen_pollack"])
def test_they_make_the_same_updates(rule):
    ours, theirs = Microlearn(rule, SIZES), Torch(rule, SIZES)
    network, feedback = ours.run.network, ours.run.state.get("feedback")
    if feedback:
        theirs.b = torch.from_numpy(feedback[1].copy())
    before = [w.copy() for w in network.weights]
    ours.update()
    theirs.order = torch.from_numpy(ours.run._epoch_order)
    theirs.update()
    for _ in range(4):
        ours.update()
        theirs.update()
    after = [torch.vstack([theirs.w_h, theirs.c_h]), torch.vstack([theirs.w_y, theirs.c_y])]
    for start, mine, their in zip(before, network.weights, after, strict=True):
        # Rounding to float32 five times is a thousandth of these small steps.
        assert np.linalg.norm(their.numpy() - mine) < 0.01 * np.linalg.norm(mine - start)
    if feedback:
        np.testing.assert_allclose(theirs.b.numpy(), feedback[1], atol=1e-7)
    if rule == "backprop":
        assert theirs.signal_to_noise() == pytest.approx(ours.signal_to_noise(), rel=1e-3)


@pytest.mark.parametrize("rule", ["weight_perturbation", "node_perturbation"])
def test_they_measure_the_same_signal_to_noise(rule):
    """Over other noise: the ratio of 3,250 weights has a standard error of 0.76/√3250 = 1.3%."""
    ours, theirs = Microlearn(rule, SIZES), Torch(rule, SIZES)
    assert theirs.signal_to_noise() == pytest.approx(ours.signal_to_noise(), rel=0.15)
