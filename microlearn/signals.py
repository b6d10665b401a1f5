"""The signals of one update: all that flows through a small network, from the engine's own step.

A network of two inputs, two layers of two hidden units and two outputs learns one sample with a rule of
the catalogue. Training makes the updates, and what the rule did meanwhile is watched: which passes it
made, and what it returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np

from .data import Dataset, Split
from .losses import Loss, get_loss
from .network import Network, create_network
from .rules import CATALOGUE, Rule, State, get_rule
from .training import Training

Array = np.ndarray
SIZES = (2, 2, 2, 2)
SAMPLE = (0.9, -0.6), (0.0, 1.0)
"""What the network sees, and what it should answer."""
LOSS = "cross_entropy"


@dataclass(frozen=True)
class Pass:
    """One way up through a network: its weights, the shakes that were added, and the activities."""

    weights: Sequence[Array]
    shakes: Sequence[Array | None]
    h: Sequence[Array]


class Watched(Network):
    """A network that writes down each pass that is made through it, or through one like it."""

    passes: list[Pass]

    def __init__(self, network: Network, passes: list[Pass]) -> None:
        super().__init__(network.weights, network.activations)
        object.__setattr__(self, "passes", passes)  # a Network is frozen

    def forward(
        self,
        x: Array,
        noise: Sequence[Array | None] | None = None,
        activity_noise: Sequence[Array | None] | None = None,
    ) -> list[Array]:
        h = super().forward(x, noise, activity_noise)
        silence = [None] * len(self.weights)
        both = zip(noise or silence, activity_noise or silence, strict=True)
        shakes = (before if after is None else after for before, after in both)
        kept = [None if s is None else np.array(s[0]) for s in shakes]
        self.passes.append(Pass(_copies(self.weights), kept, [np.array(a[0]) for a in h]))
        return h


@dataclass(frozen=True)
class WatchedRule(Rule):
    """A rule that writes down what it did in its last update."""

    last: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, rule: Rule) -> WatchedRule:
        return cls(**{f.name: getattr(rule, f.name) for f in fields(rule)})

    def update(
        self,
        network: Network,
        x: Array,
        y: Array,
        loss: Loss,
        state: State,
        knobs: Mapping[str, float],
        rng: np.random.Generator,
    ) -> tuple[list[Array], State]:
        passes: list[Pass] = []
        self.last.update(passes=passes, state={n: _copies(a) for n, a in state.items()})
        watched = Watched(network, passes)
        update, trained = super().update(watched, x, y, loss, state, knobs, rng)
        self.last.update(update=_copies(update))
        return update, trained


@dataclass(frozen=True)
class Signals:
    """What flowed in one update.

    Attributes
    ----------
    rule : Rule
    number : int
        Of the update, from 1.
    before, after : Network
    passes : list of Pass
        Those that the rule made, in their order.
    state : dict
        What the rule carried while it made the update.
    update : list of arrays
        What it returned, per unit of learning rate.
    learned : dict of name -> float
        The largest change of each piece of state that learned.
    rate : float
        The learning rate.
    """

    rule: Rule
    number: int
    before: Network
    after: Network
    passes: Sequence[Pass]
    state: State
    update: Sequence[Array]
    learned: Mapping[str, float]
    rate: float

    @cached_property
    def h(self) -> list[Array]:
        """The activity of each layer before the update, the input first."""
        return [a[0] for a in self.before.forward(_row(SAMPLE[0]))]

    @property
    def losses(self) -> tuple[float, float]:
        """The loss before the update, and after it."""
        return loss_of(self.before), loss_of(self.after)

    @property
    def error(self) -> Array:
        """How what the output units receive should have moved: y − ŷ."""
        activation = self.before.activations[-1]
        y, h = _row(SAMPLE[1]), self.h[-1][None]
        return get_loss(LOSS).output_delta(y, h, activation)[0]

    @property
    def told(self) -> list[Array]:
        """What each unit is told to do, layer by layer.

        It is the update of the unit's bias: the weight of an input that is always 1.
        """
        return [u[-1] for u in self.update]

    @property
    def tells_units(self) -> bool:
        """Whether units are told anything; where all weights are shaken, each learns by itself."""
        shakes = self.second.shakes if self.second else []
        return self.rule.carrier.way != "everywhere" or any(s is not None for s in shakes)

    @property
    def changes(self) -> list[Array]:
        """By how much each weight has changed, layer by layer."""
        weights = zip(self.after.weights, self.before.weights, strict=True)
        return [new - old for new, old in weights]

    @property
    def ways(self) -> Sequence[Array | None]:
        """The weights along the way of what carries the error; see :class:`~.rules.carriers.Carrier`."""
        return self.rule.carrier.weights(self.before, self.state)

    @property
    def second(self) -> Pass | None:
        """The second pass, if the rule has made one that differs from the first."""
        return next((p for p in self.passes if not _same(p.h, self.h)), None)

    @property
    def rise(self) -> float:
        """By how much the loss is higher in the second pass."""
        if self.second is None:
            return 0.0
        return get_loss(LOSS).mean(_row(SAMPLE[1]), self.second.h[-1][None]) - self.losses[0]

    @property
    def shaken_weights(self) -> list[Array]:
        """By how much each weight differs in the second pass."""
        if self.second is None:
            return [np.zeros_like(w) for w in self.before.weights]
        return [s - w for s, w in zip(self.second.weights, self.before.weights, strict=True)]


class SmallRun:
    """The training of the small network, an update at a time.

    Parameters
    ----------
    rule : str or Rule
    seed : int
        Draws the network, what the rule carries and its noise.
    **knobs : float
        The rule's, by default those of the catalogue.
    """

    def __init__(self, rule: str | Rule, seed: int = 0, **knobs: float) -> None:
        self._watched = WatchedRule.of(rule := get_rule(rule))
        self.run = Training(
            self._watched,
            _one_sample(),
            create_network(SIZES, seed=seed),
            loss=LOSS,
            batch_size=1,
            epochs=1000,
            measure_every=1000,
            seed=seed,
            **knobs,  # type: ignore[arg-type]  # only numbers of the rule are given
        )
        self.rule = rule

    def step(self) -> Signals:
        """Make an update.

        Raises
        ------
        Diverged, NotFilledIn, and whatever an answer raises
        """
        before, state = self.run.network.copy(), {n: _copies(a) for n, a in self.run.state.items()}
        next(self.run)
        learning = {*self.rule.trains, *(n for phase in self.rule.phases for n in phase.trains)}
        return Signals(
            self.rule,
            self.run.number,
            before,
            self.run.network.copy(),
            learned={
                name: max(
                    float(np.abs(new - old).max())
                    for new, old in zip(self.run.state[name], arrays, strict=True)
                    if new is not None and old is not None and new.size
                )
                for name, arrays in state.items()
                if name in learning
            },
            rate=self.run.knobs["learning_rate"],
            **self._watched.last,
        )


def stand_in(rule: str | Rule) -> Rule:
    """The rule, or the first one with the same carrier that trains fully connected layers.

    Raises
    ------
    ValueError
        If the catalogue has no such rule.
    """
    rule = get_rule(rule)
    if rule.network is Network:
        return rule
    alike = [r for r in CATALOGUE.values() if r.network is Network and r.carrier == rule.carrier]
    if not alike:
        raise ValueError(
            f"{rule.title} is written for a {rule.network.__name__}, and no rule for fully connected "
            f"layers has the carrier {rule.carrier.name!r}: give flow another rule."
        )
    return alike[0]


def loss_of(network: Network) -> float:
    """The loss of the sample."""
    return get_loss(LOSS).mean(_row(SAMPLE[1]), network.predict(_row(SAMPLE[0])))


def _one_sample() -> Dataset:
    one = Split(_row(SAMPLE[0]), _row(SAMPLE[1]), np.argmax(_row(SAMPLE[1]), axis=1))
    return Dataset("one sample", (1, 2), one, one, one)


def _row(values: Sequence[float]) -> Array:
    return np.array([values], dtype=np.float32)


def _copies(arrays: Sequence[Array | None]) -> list:
    return [None if a is None else np.array(a) for a in arrays]


def _same(a: Sequence[Array], b: Sequence[Array]) -> bool:
    return all(map(np.array_equal, a, b))
