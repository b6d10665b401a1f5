"""Learning rules: what a rule is, and where to find one.

A rule is an entry in the catalogue. It names the exercise that computes its update, the state that
it carries (feedback weights, inverse weights) and how that is drawn, its knobs, the phases that run
between updates, and how plausible it is. Training, metrics, sweeps, widgets and plots read the entry
and know no rule by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from ..exercises import get_exercise, stub
from ..losses import Loss
from ..network import Network

Array = np.ndarray
Arrays = list[Array]
State = dict[str, Arrays]


@dataclass(frozen=True)
class Knob:
    """A number that a rule can be tuned by: what sliders and sweeps read."""

    name: str
    default: float
    low: float
    high: float
    log: bool = False
    label: str = ""


@dataclass(frozen=True)
class Plausibility:
    """What a rule would ask of a brain; each answer is a short phrase."""

    weight_transport: str
    locality: str
    frozen_activity: str
    update_locking: str


@dataclass(frozen=True)
class Phase:
    """What runs between the updates, such as a weight mirror's noise or the training of inverses.

    Its exercise takes what it names of ``network, x``, the rule's state and knobs, and ``rng``, and
    returns updates of the state named in ``trains``, one list for each.
    """

    exercise: str
    trains: tuple[str, ...]
    learning_rate: str
    """The knob that scales its updates."""


@dataclass(frozen=True)
class Rule:
    """An entry in the catalogue.

    Attributes
    ----------
    name, title : str
        The name in code, and in a sentence.
    exercise : str
        The exercise that computes the update. Its parameters are taken, by name, from
        ``network, x, y, loss, rng``, the state and the knobs.
    knobs : tuple of Knob
        The first one is ``learning_rate``, its default working on the digits.
    state : mapping of name -> ``draw(network, rng, knobs)``
        What the rule carries beside the weights, and how it is drawn.
    trains : tuple of str
        The state whose updates the exercise returns after those of the weights.
    phases : tuple of Phase
    passes : int
        Forward passes that one update needs, for a fair comparison of rules.
    output_only : bool
        Whether all layers but the last stay as they are: the baseline that tells whether the
        hidden layers of another rule have learned anything.
    plausibility : Plausibility
    source : str
        The paper, with equation numbers.
    """

    name: str
    title: str
    exercise: str
    knobs: tuple[Knob, ...]
    plausibility: Plausibility
    source: str
    state: Mapping[str, Callable[[Network, np.random.Generator, Mapping], Arrays]] = field(
        default_factory=dict
    )
    trains: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()
    passes: int = 1
    output_only: bool = False

    def settings(self, given: Mapping[str, float]) -> dict[str, float]:
        """The value of every knob: the ones given, and the defaults of the others.

        Raises
        ------
        TypeError
            If the rule has no knob of a given name.
        """
        known = {knob.name: knob.default for knob in self.knobs}
        for name in given:
            if name not in known:
                raise TypeError(
                    f"{self.title} has no knob {name!r}: its knobs are {', '.join(known)}."
                )
        return known | dict(given)

    def initial_state(
        self, network: Network, rng: np.random.Generator, knobs: Mapping[str, float]
    ) -> State:
        """Draw the state that the rule carries."""
        return {name: draw(network, rng, knobs) for name, draw in self.state.items()}

    def update(
        self,
        network: Network,
        x: Array,
        y: Array,
        loss: Loss,
        state: State,
        knobs: Mapping[str, float],
        rng: np.random.Generator,
    ) -> tuple[Arrays, State]:
        """One update of the weights, and of the state that the rule trains.

        Nothing that is passed in is changed: measuring a rule never trains it.

        Raises
        ------
        NotFilledIn
            If the rule's exercise is filled in nowhere.
        ValueError
            If the exercise returns something else than its docstring promises.
        """
        given = {"network": network, "x": x, "y": y, "loss": loss, "rng": rng, **state, **knobs}
        return _split(self, _call(self.exercise, given), network, state)

    def phase_update(
        self, phase: Phase, network: Network, x: Array, state: State, knobs: Mapping, rng: Any
    ) -> State:
        """One update of the state that a phase trains."""
        given = {"network": network, "x": x, "rng": rng, **state, **knobs}
        returned = _call(phase.exercise, given)
        lists = returned if len(phase.trains) > 1 else (returned,)
        expected = [(name, state[name]) for name in phase.trains]
        return dict(zip(phase.trains, _checked(phase.exercise, lists, expected), strict=True))


@cache
def _parameters(exercise: str) -> tuple[str, ...]:
    return tuple(inspect.signature(stub(exercise)).parameters)


def _call(exercise: str, given: Mapping[str, Any]) -> Any:
    return get_exercise(exercise)(*(given[name] for name in _parameters(exercise)))


def _split(rule: Rule, returned: Any, network: Network, state: State) -> tuple[Arrays, State]:
    """The weights' updates and the state's, once they are seen to be what was promised."""
    expected = [("weights", network.weights), *((name, state[name]) for name in rule.trains)]
    lists = returned if rule.trains else (returned,)
    weights, *rest = _checked(rule.exercise, lists, expected)
    if rule.output_only:
        weights = [*(np.zeros_like(u) for u in weights[:-1]), weights[-1]]
    return list(weights), dict(zip(rule.trains, rest, strict=True))


def _checked(exercise: str, lists: Any, expected: list[tuple[str, Sequence]]) -> Sequence[Arrays]:
    """The lists of updates, once their shapes are seen to be those of what they update."""
    if not isinstance(lists, list | tuple) or len(lists) != len(expected):
        raise ValueError(
            f"{exercise} must return updates of {', '.join(name for name, _ in expected)}, "
            f"a list of arrays for each; it returned a {type(lists).__name__}."
        )
    for update, (name, arrays) in zip(lists, expected, strict=True):
        shapes = [None if a is None else a.shape for a in arrays]
        seen = (
            [None if u is None else np.shape(u) for u in update]
            if isinstance(update, list | tuple)
            else f"a {type(update).__name__}"
        )
        if seen != shapes:
            raise ValueError(
                f"{exercise} must return a list of arrays with the shapes of the {name}, "
                f'{shapes}; it returned {seen}. check("{exercise}") says more.'
            )
    return lists


def get_rule(rule: str | Rule) -> Rule:
    """The rule of that name (a :class:`Rule` is passed through).

    Raises
    ------
    ValueError
        If the catalogue has no rule of that name.
    """
    from .catalogue import CATALOGUE

    if isinstance(rule, Rule):
        return rule
    if rule not in CATALOGUE:
        raise ValueError(f"There is no rule {rule!r}: choose one of {', '.join(CATALOGUE)}.")
    return CATALOGUE[rule]


def rule_names() -> list[str]:
    """The names of all rules, in the order in which the course meets them."""
    from .catalogue import CATALOGUE

    return list(CATALOGUE)
