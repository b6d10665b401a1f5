"""The settings of a panel, which are those of each of its runs.

A control of a panel sets a knob of one or more rules, or a setting of the panel itself: a number that
:func:`microlearn.training` takes by that name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..data import Dataset, dataset
from ..exercises import handed_over
from ..measures import MEASURES
from ..numbers import number, said
from ..rules import CATALOGUE, Knob, Rule, get_rule
from ..training import Training, say_of_targets, told

OWN = (
    Knob("width", 16, 2, 128, log=True, label="hidden units", whole=True),
    Knob("layers", 1, 1, 5, label="hidden layers", whole=True),
    Knob("batch_size", 64, 1, 512, log=True, whole=True),
    Knob("seed", 0, 0, 19, whole=True),
)
"""The panels' own controls, beside the rules' knobs. Another one costs a line here and no more: its name
is that of an argument of training."""

IN_VIEW = {"width", "seed"}
"""Those of them that are not folded away at first."""

SWEPT = tuple(knob for knob in OWN if knob.name != "seed")
"""Those of a sweep, which has several seeds at each point."""


@dataclass(frozen=True)
class Settings:
    """The settings that the caller of a panel gives, and those of a run.

    Attributes
    ----------
    rules : tuple of str
    data : Dataset
    measures : tuple of str
        Names out of :data:`microlearn.measures.MEASURES`, to be drawn.
    epochs : float
        Passes over the training set.
    values : mapping of name -> number
        The values of the controls. A name with a rule before it, ``"kolen_pollack.learning_rate"``,
        is for that rule alone; other names are for all other rules that have such a knob.
    answers : dict of exercise -> function
        Those of the ``with answers(...)`` in which the panel was made; the others are filled in when the
        rules begin. A run, and a whole sweep, keeps these answers to its end, even if the student runs
        a cell with another answer meanwhile.
    """

    rules: tuple[str, ...]
    data: Dataset
    measures: tuple[str, ...]
    epochs: float
    values: Mapping[str, float]
    answers: dict[str, Callable] = field(default_factory=dict)
    by_name: bool = False
    """Whether the name of the data gives them in a call: other data may have the same one."""

    @property
    def batches(self) -> int:
        """Updates in an epoch."""
        return max(1, int(len(self.data.train) // self.values["batch_size"]))

    @property
    def steps(self) -> int:
        """Updates in a run."""
        return max(1, round(self.epochs * self.batches))

    def controls(self, rule: str) -> dict[str, str]:
        """From each knob of a rule, and each of the panel's own, to the control that sets it."""
        names = [knob.name for knob in (*get_rule(rule).knobs, *OWN)]
        found = {name: alone_or_shared(rule, name, self.values) for name in names}
        return {name: control for name, control in found.items() if control in self.values}

    def of(self, rule: str) -> dict[str, float]:
        """The values that hold for a rule, by the names of training's arguments."""
        return {name: self.values[control] for name, control in self.controls(rule).items()}

    def training(self, rule: str, measures: Collection[str], every: int) -> Training:
        """The run of one rule at these settings, measured every so many updates."""
        return Training(
            rule,
            self.data,
            epochs=self.epochs,
            measure=list(measures),
            measure_every=every,
            **self.of(rule),  # type: ignore[arg-type]  # whole numbers are ints
        )


def asked(
    rules: Sequence[str | Rule],
    data: str | Dataset,
    measures: Collection[str],
    epochs: float,
    values: Mapping[str, float],
    own: Collection[Knob],
) -> Settings:
    """The settings that the caller of a panel gives, if they are valid.

    Parameters
    ----------
    values : mapping of name -> number
        Only those that the caller gives.
    own : collection of Knob
        The controls that the panel has beside the knobs of the rules.

    Raises
    ------
    ValueError, TypeError
        For a rule, a measure or a knob that does not exist, or a value out of a knob's range.
    """
    names = tuple(map(name_in_catalogue, rules))
    epochs = number("epochs", epochs, least=0)
    known: dict[str, list[Knob]] = {}
    for knob in (*(knob for rule in names for knob in get_rule(rule).knobs), *own):
        known.setdefault(knob.name, []).append(knob)
    of_one = {f"{rule}.{knob.name}": [knob] for rule in names for knob in get_rule(rule).knobs}
    several = isinstance(measures, Collection) and not isinstance(measures, str)
    if not several or not measures or any(name not in [*MEASURES] for name in measures):
        raise ValueError(f"measures are some of {', '.join(MEASURES)}; {said(measures)} was given.")
    for name, value in values.items():
        if name not in {*known, *of_one}:
            raise TypeError(
                f"A panel of {' and '.join(names)} has no knob {name!r}: there are "
                f"{', '.join(known)}."
            )
        knobs = known.get(name) or of_one[name]
        knob = knobs[0]
        if not any(takes(other, knob.read(value)) for other in knobs):
            raise ValueError(f"{name} runs from {knob.low:g} to {knob.high:g}; {value} was given.")
    found = dataset(data)
    say_of_targets(found, softmax=True)
    by_name = isinstance(data, str) or not told({"data": found})
    given = names, found, tuple(measures), epochs, dict(values)
    return Settings(*given, answers=handed_over(), by_name=by_name)


def name_in_catalogue(rule: str | Rule) -> str:
    """The name of a rule; a panel knows rules by their names."""
    if isinstance(rule, Rule) and rule is not CATALOGUE.get(rule.name):
        raise ValueError(
            f"{rule.name} is a rule that you have changed, and this shows those of the catalogue: "
            "use train or sweep."
        )
    return get_rule(rule).name


def alone_or_shared(rule: str, name: str, controls: Collection[str]) -> str:
    """The control, out of those there are, that sets a rule's knob."""
    alone = f"{rule}.{name}"
    return alone if alone in controls else name


def takes(knob: Knob, value: float) -> bool:
    """Whether a value is one that the knob can have."""
    return knob.low <= value <= knob.high and (not knob.whole or value == round(value))


def starting(knob: Knob, given: Mapping[str, float]) -> Knob:
    """The knob with the given value as its default, if it takes that value."""
    value = knob.read(given.get(knob.name, knob.default))
    return replace(knob, default=value) if takes(knob, value) else knob


@dataclass(frozen=True)
class Slot:
    """A place for a control: the knob that it shows, which is that of ``owner``, a rule or ``""``."""

    owner: str
    knob: Knob


def slots(
    rules: Collection[str], own: Collection[Knob], given: Mapping[str, float]
) -> dict[str, Slot]:
    """The controls that the rules need, by name; ``own`` are the panel's.

    A rule shares the control of the first rule that has a knob of that name, if its own start lies in
    the range of that control. If not, or if a value is given for it alone, as ``"kolen_pollack.decay"``,
    it gets a control for itself, with the rule's name on it.
    """
    found: dict[str, Slot] = {}
    for rule in rules:
        for knob in get_rule(rule).knobs:
            alone = f"{rule}.{knob.name}"
            its_own = alone in given and knob.name in found
            knob = starting(knob, {knob.name: given[alone]} if alone in given else given)
            first = found.setdefault(knob.name, Slot(rule, knob)).knob
            if its_own or first.whole != knob.whole or not takes(first, knob.default):
                label = f"{knob.words}, {get_rule(rule).title}"
                found[alone] = Slot(rule, replace(knob, label=label))
    return found | {knob.name: Slot("", starting(knob, given)) for knob in own}


def showing(own: Collection[Knob]) -> Callable[[Callable], Callable]:
    """Give a panel's function a signature that names the panel's own controls, for an editor."""

    def decorate(function: Callable) -> Callable:
        signature = inspect.signature(function)
        *named, others = signature.parameters.values()
        ours = (
            inspect.Parameter(
                knob.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=knob.default,
                annotation=type(knob.default).__name__,
            )
            for knob in own
        )
        function.__signature__ = signature.replace(parameters=[*named, *ours, others])  # type: ignore[attr-defined]
        return function

    return decorate
