"""What the catalogue says that a rule would ask of a brain, held against what its exercises do."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

from microlearn import Network, create_convolutional_network, create_network, get_loss, rule_names
from microlearn.losses import Loss
from microlearn.rules import get_rule

SAMPLES = 2


def disguised(network, shown):
    """A network that computes with its own weights and shows others.

    A rule that asks for activity gets the true one, under noise and with shaken weights too; a rule
    that reads a weight reads a wrong one.
    """
    off = [a - b for a, b in zip(shown, network.weights, strict=True)]
    own = {field.name: getattr(network, field.name) for field in fields(network)}

    class Disguised(type(network)):
        def receive(self, layer, h):
            true = [w - d for w, d in zip(self.weights, off, strict=True)]
            return network.with_weights(true).receive(layer, h)

        def with_weights(self, weights):
            return Disguised(**own | {"weights": tuple(weights)})

    return Disguised(**own | {"weights": tuple(shown)})


@dataclass(frozen=True)
class Told(Loss):
    """A loss that compares with targets of its own, whatever it is given, and scales what it says."""

    y: np.ndarray
    times: float = 1.0
    times_error: float | np.ndarray = 1.0

    def mean(self, y, prediction):
        return self.times * super().mean(self.y, prediction)

    def output_delta(self, y, prediction, activation):
        return self.times_error * super().output_delta(self.y, prediction, activation)


class Case:
    """A rule with a small network, two samples and its state, all from one seed."""

    def __init__(self, name):
        self.rule, rng = get_rule(name), np.random.default_rng(5)
        if self.rule.network is Network:
            self.network = create_network([9, 7, 6, 5], seed=1, dtype=float)
        else:
            self.network = create_convolutional_network((8, 8), 3, 5, seed=1, dtype=float)
        self.x = rng.normal(size=(SAMPLES, self.network.sizes[0]))
        self.y = np.eye(5)[[1, 3]]
        few = {knob.name: SAMPLES for knob in self.rule.knobs if knob.name == "samples"}
        self.knobs = self.rule.settings(few)
        self.state = self.rule.initial_state(self.network, rng, self.knobs)
        self.hidden = range(len(self.network.weights) - 1)
        self.plain = self.update()

    def told(self, **more):
        loss = get_loss("cross_entropy")
        per_sample = loss.per_sample

        def scaled(y, prediction):
            return more.get("times", 1) * per_sample(self.y, prediction)

        return Told(loss.name, scaled, loss.error, self.y, **more)

    def update(self, network=None, y=None, loss=None):
        """The update, always with the same noise."""
        given = (network or self.network, self.x, self.y if y is None else y)
        rng = np.random.default_rng(0)
        return self.rule.update(*given, loss or self.told(), self.state, self.knobs, rng)[0]

    def changes(self, layer=None, **given):
        """Whether the hidden layers, or one of them, learn something else than usual."""
        found = self.update(**given)
        layers = self.hidden if layer is None else [layer]
        size = [np.abs(self.plain[k]).max() for k in layers]
        return any(
            np.abs(found[k] - self.plain[k]).max() > 1e-6 * s
            for k, s in zip(layers, size, strict=True)
        )

    def misread(self, change, layers):
        """The network in disguise: these layers show other weights than they compute with."""
        weights = self.network.weights
        return disguised(
            self.network, [change(w) if k in layers else w for k, w in enumerate(weights)]
        )

    def reads_above(self, change, hide=()):
        """Whether a hidden layer learns something else where layers above it show other weights."""
        layers = set(range(len(self.network.weights))) - set(hide)
        return any(
            self.changes(k, network=self.misread(change, {above for above in layers if above > k}))
            for k in self.hidden
        )

    def copies(self):
        """Whether what phases learn from two samples has more directions than two.

        What is learned from activity at both ends is a sum over the samples of products of the two.
        """
        blank = {n: [a if a is None else 0 * a for a in arrays] for n, arrays in self.state.items()}
        found = [
            self.rule.phase_update(
                phase, self.network, self.x, self.y, self.told(),
                self.state | {name: blank[name] for name in phase.trains},
                self.knobs, np.random.default_rng(0),
            )
            for phase in self.rule.phases
        ]  # fmt: skip
        arrays = [a for step in found for arrays in step.values() for a in arrays if a is not None]
        return any(np.linalg.matrix_rank(a, tol=1e-9) > SAMPLES for a in arrays)


def other(w):
    return w + np.random.default_rng(7).normal(size=w.shape)


def longer(w):
    """Other sizes, the same signs."""
    return w * np.random.default_rng(8).uniform(1.5, 2, w.shape)


@pytest.fixture(scope="module", params=rule_names())
def case(request):
    return Case(request.param)


def test_weight_transport_is_whether_a_weight_misread_is_a_step_misled(case):
    """A rule that depends on weights above through activity alone transports none of them."""
    said = case.rule.plausibility.answer("weight_transport")
    if case.copies():
        assert said == "yes"
    elif case.reads_above(other):
        from_the_top_alone = not case.reads_above(other, hide=[len(case.hidden)])
        signs_alone = not case.reads_above(longer)
        deep = len(case.hidden) > 1
        assert said == ("in part" if signs_alone or (deep and from_the_top_alone) else "yes")
    else:
        has_copies = "places" in case.rule.knows
        assert said == ("in part" if has_copies else "no")


def test_a_rule_waits_for_the_output_unless_other_output_weights_change_no_hidden_step(case):
    above = case.network.with_weights([*case.network.weights[:-1], other(case.network.weights[-1])])
    learns = any(np.any(case.plain[k]) for k in case.hidden)
    free = learns and not case.changes(network=above)
    assert (case.rule.plausibility.answer("update_locking") == "no") == free
    if free:
        assert case.rule.plausibility.answer("frozen_activity") == "no"


def test_a_synapse_knows_what_changes_its_step_and_no_more(case):
    knows = set(case.rule.knows)
    assert knows
    if case.rule.output_only:
        assert not any(np.any(case.plain[k]) for k in case.hidden)
        return
    bent = [
        replace(f, slope=f.slope and (lambda h: np.cos(7 * h)), surrogate=True)
        for f in case.network.activations
    ]
    assert ("slope" in knows) == case.changes(network=replace(case.network, activations=bent))
    assert ("loss" in knows) == case.changes(loss=case.told(times=2.0))
    reads = case.reads_above(other)
    signs_alone = reads and not case.reads_above(longer)
    assert ("signs" in knows, "weights" in knows) == (signs_alone, reads and not signs_alone)
    own = [case.changes(k, network=case.misread(other, {k})) for k in case.hidden if k]
    assert ("weight" in knows) == any(own)
    if case.changes(y=np.eye(5)[[2, 0]]):  # the loss goes on as before
        assert knows & {"label", "target"}
    else:
        assert "label" not in knows
    if case.changes(loss=case.told(times_error=np.arange(-2.0, 3.0))):
        assert knows & {"error", "output_error", "target", "change"}
    else:
        assert not knows & {"error", "output_error", "change"}
