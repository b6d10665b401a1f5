"""What answers in a notebook: live panels, in which a rule learns, and questions what to expect.

``panel("weight_perturbation")`` in a cell shows one run of one or more rules;
``sweep_panel("weight_perturbation", "noise")`` one knob over its range. A panel knows no rule by name:
its sliders are the knobs of the catalogue, and what runs is the student's own answer.
``flow("weight_perturbation")`` shows what goes up and down in one update of a small network.
``predict("noise", …)`` asks before a result is shown, and ``compare("noise", …)`` shows what was said
beside it (:mod:`microlearn.predictions`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..data import Dataset
from ..numbers import number, said
from ..predictions import Choice, Curve, Kind, Number, Order, ask
from ..rules import Rule, get_rule, words_of
from .settings import OWN, SWEPT, asked, name_in_catalogue, showing

if TYPE_CHECKING:
    from .flowing import FlowView
    from .learning import LearningPanel
    from .predicting import PredictionView
    from .sweeping import SweepPanel

CURVES = ("train_loss", "validation_accuracy", "cosine_similarity", "hidden_cosine")
OUTCOMES = ("train_loss", "validation_accuracy", "update_angle")


@showing(OWN)
def panel(
    rule: str = "",
    *beside: str,
    data: str | Dataset = "digits",
    measures: Collection[str] = CURVES,
    epochs: float = 60,
    versus: Mapping[str, float] | None = None,
    view: str | None = None,
    **values: float,
) -> LearningPanel:
    """A live panel: sliders for the knobs of the rule, and curves that grow while it trains.

    Parameters
    ----------
    rule : str
        The rule that the panel is about.
    *beside : str
        Rules that are ticked at first, too; all others can be ticked in the panel.
    data : str or Dataset
    measures : collection of str
        Names out of :data:`microlearn.measures.MEASURES`; each gets a plot.
    epochs : float
        Passes over the training set.
    versus : mapping of name -> number, optional
        Where the sliders of a second setting, B, differ from those of the first one, A. Both are trained
        and drawn together, and the sliders can be given to either.
    view : str, optional
        What is shown below the curves at first, out of :data:`microlearn.widgets.views.VIEWS`:
        ``"weights"`` of the hidden units, ``"single_updates"`` around their mean, or
        ``"bias_and_noise"``.
    **values : float
        Where the sliders stand at first: the panel's own, such as ``width``, the units in each hidden
        layer, and the knobs of the rules, such as ``noise``, by default where the catalogue puts them.

        Rules share a slider for knobs of the same name. If a rule would start outside its range, it
        gets a slider for itself.

    Raises
    ------
    ValueError, TypeError
        For a rule, a measure, a view or a knob that does not exist, or a value out of a knob's range.
    """
    from .learning import LearningPanel
    from .views import view_named

    settings = asked((rule, *beside), data, measures, epochs, values, OWN)
    if versus is not None:
        if not isinstance(versus, Mapping):
            raise TypeError(
                f'versus is {said(versus)}; it must be a dict of sliders, such as {{"width": 8}}.'
            )
        both = asked((rule, *beside), data, measures, epochs, {**values, **versus}, OWN).values
        versus = {name: both[name] for name in versus}
    return LearningPanel(settings, versus, view_named(view))


@showing(SWEPT)
def sweep_panel(
    rule: str = "",
    knob: str = "learning_rate",
    *beside: str,
    data: str | Dataset = "digits",
    measures: Collection[str] = OUTCOMES,
    points: int = 9,
    seeds: int = 3,
    epochs: float = 30,
    **values: float,
) -> SweepPanel:
    """A live panel that sweeps one knob over its range and draws what is measured at the end.

    Parameters
    ----------
    rule, *beside, data, measures, epochs, **values
        As for :func:`panel`.
    knob : str
        The knob to sweep at first, of a rule or of the panel itself. It is swept for all rules that
        share its slider; the other rules stay where they are.
    points : int
        Values that it takes.
    seeds : int
        Runs at each value; the picture shows their mean and their range.

    Raises
    ------
    ValueError, TypeError
        As :func:`panel`.
    """
    from .sweeping import SweepPanel

    settings = asked((rule, *beside), data, measures, epochs, values, SWEPT)
    return SweepPanel(settings, knob, points, seeds)


def flow(rule: str | Rule = "backprop", *, seed: int = 0, **knobs: float) -> FlowView:
    """The flow of signals in one update of a small network: activity up, error down, update.

    Two inputs, two layers of two hidden units and two outputs learn one sample. All numbers are those of
    the engine's own training with the rule, or with the answer that stands for it. A menu exchanges
    what carries the error, another one chooses a synapse and lists what it must know.

    Parameters
    ----------
    rule : str
        Where the menu stands at first. For a rule of convolutions it is the rule of fully connected
        layers with the same carrier.
    seed : int
        Draws the network and the noise.
    **knobs : float
        Of the rule, by default those of the catalogue.

    Raises
    ------
    ValueError, TypeError
        For a rule or a knob that does not exist.
    """
    from ..signals import stand_in
    from .flowing import FlowView

    entry = get_rule(name_in_catalogue(rule))
    shown = stand_in(entry)
    shown.settings(knobs)  # raises, where it has no such knob
    note = (
        ""
        if shown is entry
        else (
            f"{entry.title} shares weights among places. What carries its error is shown here in fully "
            f"connected layers, by {shown.title}."
        )
    )
    return FlowView(shown, note, seed, knobs)


def predict(
    name: str,
    about: str = "",
    *,
    choices: Sequence[str] = (),
    order: Sequence[str] = (),
    between: tuple[float, float] | None = None,
    at: Sequence[float] = (),
    along: str = "",
    unit: str = "",
    log: bool = False,
    whole: bool = False,
) -> PredictionView:
    """Ask what a result will be, before it is shown. :func:`microlearn.compare` shows both.

    Parameters
    ----------
    name : str
        A name that no other prediction of the course has, in the form of a Python name.
    about : str
        What is predicted, in a few words: the quantity of a number or a curve, or the first of an order,
        such as "highest".
    choices : list of str
        Sentences of which one is chosen; they get the letters (a), (b), (c), …
    order : list of str
        Things to put in order.
    between : two numbers
        The ends of the scale of a number, or of the numbers of a curve.
    at : list of three to five numbers, from low to high
        The places of a curve, and ``along``, the words for what they are.
    unit : str
        Follows the number: "%", "°" or " updates".
    log, whole : bool
        Whether the scale is logarithmic, and whether the numbers are whole.

    Raises
    ------
    ValueError, TypeError
        If it is not exactly one of ``choices``, ``order`` and ``between``, one of them or ``at`` has
        another form, or the name is not like that of a variable.
    """
    from .predicting import view_of

    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"A prediction's name is like that of a variable; {name!r} is not.")
    for what, words in (("about", about), ("along", along), ("unit", unit)):
        if not isinstance(words, str):
            raise TypeError(f"{what} is {said(words)}; it must be words, in quotes.")
    choices, order, between, at = map(_listed, (choices, order, between, at))
    if sum(map(bool, (choices, order, between))) != 1:
        raise ValueError("A prediction needs one of choices=…, order=… and between=(low, high).")
    if (not between and (unit or log or whole)) or (not at and along):
        raise ValueError(
            "unit, log and whole say how the numbers of between=(low, high) are; along, what at=[…] are."
        )
    if not isinstance(at, tuple):
        raise ValueError(f"at is {said(at)}; it must be a list of three to five numbers.")
    if at and not between:
        raise ValueError(
            f"at={at!r} are places of a curve, which needs between=(low, high) as well."
        )
    if choices:
        if len(choices) > 26:
            raise ValueError(
                f"There are {len(choices)} choices, and 26 letters for them: give fewer."
            )
        kind: Kind = Choice(_texts("choices", choices))
    elif order:
        kind = Order(_texts("order", order, words_of), about)
    else:
        low, high = _ends(between, log)
        if whole and math.ceil(low) > math.floor(high):
            raise ValueError(f"between is {between!r}; there is no whole number in it.")
        kind = Number(about, low, high, unit, log, whole)
        if at:
            places = [number("a place", place) for place in at]
            if not 3 <= len(places) <= 5 or places != sorted({*places}):
                raise ValueError(
                    f"at is {at!r}; a curve has three to five places, each once, from low to high."
                )
            kind = Curve(tuple(places), along, kind)
    return view_of(ask(name, kind))


def _listed(given: Any) -> Any:
    """A list, an array or a generator as a tuple, whose length and truth are known. (A set has another
    order in each session, so that a letter would mean something else.)"""
    several = isinstance(given, Iterable) and not isinstance(given, str | set | frozenset)
    return tuple(given) if several else given


def _texts(name: str, given: Any, shown_as: Callable[[str], str] = str) -> tuple[str, ...]:
    """What is chosen from or put in order, two texts or more, as they are shown."""
    right = isinstance(given, tuple) and all(isinstance(text, str) for text in given)
    shown = tuple(shown_as(text).strip() for text in given) if right else ()
    if not all(shown) or len({*shown}) < max(2, len(shown)):
        raise ValueError(
            f"{name} is {said(given)}; it must be a list of two texts or more, each once."
        )
    return shown


def _ends(between: Any, log: bool) -> tuple[float, float]:
    """The ends of a scale."""
    if isinstance(between, tuple | list) and len(between) == 2:
        low, high = (number("an end of the scale", end) for end in between)
        if low < high and (low > 0 or not log):
            return low, high
    above = " above 0" if log else ""
    raise ValueError(f"between is {said(between)}; it must be (low, high), two numbers{above}.")
