"""What a learning rule is: an entry that names its exercises, its state, its knobs and its phases."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import FrozenInstanceError, dataclass, field
from functools import cache, lru_cache, partial
from keyword import iskeyword
from operator import is_
from types import MethodType
from typing import Any

import numpy as np

from ..exercises import NotFilledIn, exercise_names, get_exercise, misplaced, perhaps, stub
from ..fingerprints import exercises_asked_for, parameters
from ..held import Held, keeps
from ..losses import Loss
from ..measures import MEASURES
from ..network import Network
from ..numbers import ended, flag, number, said, whole
from ..optimiser import Schedule, constant, require_schedule
from .carriers import Carrier
from .plausibility import SIGNALS, Plausibility

Array = np.ndarray
Arrays = list[Array | None]
"""An array for each layer, or None where a layer has none."""
State = dict[str, Arrays]
Knobs = Mapping[str, float]

GIVEN = ("network", "x", "y", "loss", "rng")
"""What every exercise of a rule can ask for, beside the rule's state and knobs."""

OF_A_RUN = (
    *("rule", "data", "network", "width", "layers", "activation", "initialisation", "loss"),
    *("epochs", "batch_size", "momentum", "weight_decay", "schedule", "measure", "measure_every"),
    *("seed", "step", "epoch"),
)
"""What decides a run beside its knobs, and where it is. Exercises are handed its network and loss."""

KEYWORDS = (
    *OF_A_RUN,
    *("progress", "seeds", "history", "workers", "client", "folder"),
    *("beside", "measures", "knob", "points", "versus", "view"),
    *("seconds", "error", "changed"),
)
"""The keywords of ``train``, ``sweep`` and the panels, and the columns of their tables. A knob of such
a name would never reach its rule."""

TITLES: dict[str, str] = {}
"""The name of each rule of the catalogue, by its title."""


class _OfName(str):
    """A title that a rule has got for its name, and that another name changes."""

    __slots__ = ()


@keeps("dataclasses.replace(…) makes another one")
@dataclass(frozen=True)
class Knob:
    """A number that a rule can be tuned by: sliders and sweeps read it.

    ``low`` and ``high`` are the ends of a slider; training takes values outside them too. ``label`` is a
    symbol or, where the name in code says little, words.
    """

    name: str
    default: float
    low: float
    high: float
    log: bool = False
    label: str = ""
    whole: bool = False
    """Whether it takes whole numbers only, such as a number of samples."""
    least: float = 0
    """The least value that makes sense: below it, a rate climbs and a decay grows."""
    divides: bool = False
    """Whether the rule divides by it, so that it can't be 0."""

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or iskeyword(self.name):
            raise ValueError(f"A knob's name is like that of a variable; {self.name!r} is not.")
        for value in (self.default, self.low, self.high):
            self.read(value)
        flag("log", self.log)
        flag("whole", self.whole)
        if not self.low <= self.default <= self.high or (self.log and self.low <= 0):
            raise ValueError(
                f"{self.name} runs from {self.low} to {self.high}, and by default is {self.default}; a "
                "slider needs its lower end first, and the default between the ends"
                f"{', and above 0 where it is logarithmic' * self.log}."
            )

    @property
    def words(self) -> str:
        """What sliders, legends and axes call it: its name with its symbol, or its label in words."""
        name = self.name.replace("_", " ")
        return f"{name} {self.label}".strip() if len(self.label) < 3 else self.label

    def read(self, value: Any) -> float:
        """The value, as an int if the knob is whole, else as a float.

        Raises
        ------
        TypeError, ValueError
            If it is not a number, not a whole one where the knob is whole, or less than the least one.
        """
        if self.whole:
            return whole(self.name, value, self.least)
        if (found := float(number(self.name, value, self.least))) == 0 and self.divides:
            raise ValueError(
                f"{self.name} is 0; the rule divides by it, so it must be more than 0."
            )
        return found


class Noted(Mapping[str, float]):
    """Knobs that note which of them are read."""

    def __init__(self, knobs: Knobs) -> None:
        self.knobs, self.read = knobs, set[str]()

    def __getitem__(self, name: str) -> float:
        self.read.add(name)
        return self.knobs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.knobs)

    def __len__(self) -> int:
        return len(self.knobs)


@keeps("dataclasses.replace(…) makes another one")
@dataclass(frozen=True)
class Phase:
    """Learning that goes on before each update, such as a weight mirror's or that of inverses.

    Its exercise takes what it names of ``network, x, y, loss, rng``, the rule's state and knobs, and
    returns updates of the state named in ``trains``, one list for each.
    """

    exercise: str
    trains: tuple[str, ...]
    learning_rate: str
    """The knob that scales its updates."""
    schedule: Schedule = constant
    """From the fraction of the run that is done to a factor on that rate; training's own schedule
    changes no phase."""

    def __post_init__(self) -> None:
        for name in (self.exercise, self.learning_rate):
            if not isinstance(name, str):
                raise TypeError(
                    f"A phase names its exercise and its rate in quotes; {said(name)} was given."
                )
        of_names = isinstance(self.trains, tuple | list) and all(
            isinstance(name, str) for name in self.trains
        )
        if not (of_names and self.trains):
            raise TypeError(
                f"trains of the phase {self.exercise} is {said(self.trains)}; it must be a tuple of one "
                'name or more, such as ("feedback",). A rule without the phase has phases=().'
            )
        require_schedule("schedule", self.schedule)


class _Draws(Held):
    """The draws of a rule's state."""

    advice = (
        "A rule keeps the draws of its state, which others train with too: make another rule, as in "
        'dataclasses.replace(rule, name="mine", state={**rule.state, "feedback": draw}).'
    )


@keeps("dataclasses.replace(…) makes another one")
@dataclass(frozen=True)
class Rule:
    """An entry in the catalogue.

    Attributes
    ----------
    name, title : str
        The name in code, and in a sentence. A title that belongs to a rule of the catalogue with
        another name, as ``replace`` leaves it, gives way to the name.
    exercise : str
        The exercise that computes the update. Its parameters are taken, by name, from
        ``network, x, y, loss, rng``, the state and the knobs.
    knobs : tuple of Knob
        The first one is ``learning_rate``, its default working on the digits.
    state : mapping of name -> ``draw(network, rng, knobs)``
        What the rule carries beside the weights, and how it is drawn.
    redraws : tuple of str
        The state that is drawn anew before each update.
    trains : tuple of str
        The state whose updates the exercise returns after those of the weights.
    phases : tuple of Phase
    uses : tuple of str
        Exercises that its exercises ask for with ``get_exercise``.
    new : str
        The exercise that is new in this rule, if that is neither the one of the rule's name nor the
        one that computes the update.
    passes : int, or function of the knobs
        Forward passes of a batch that one update needs, for a fair comparison of rules. Those of its
        phases and of iterations inside its exercise count.
    network : type
        The kind of network that its exercise is written for, which training draws for it.
    output_only : bool
        Whether all layers but the last stay as they are, without weight decay too: the baseline that
        tells whether the hidden layers of another rule have learned anything.
    plausibility : Plausibility
        Its answers to the four objections.
    knows : tuple of str
        What a synapse of a hidden layer must know, by the names in
        :data:`microlearn.rules.plausibility.SIGNALS`; of the output layer, if that learns alone.
    source : str
        The paper, with equation numbers.
    carrier : Carrier
        What tells the hidden units how to change, out of :mod:`microlearn.rules.carriers`.

    Raises
    ------
    ValueError
        If two of its names clash, or a name is not known.
    """

    name: str
    title: str
    exercise: str
    knobs: tuple[Knob, ...]
    plausibility: Plausibility
    source: str
    carrier: Carrier
    state: Mapping[str, Callable[[Network, np.random.Generator, Knobs], Arrays]] = field(
        default_factory=dict
    )
    redraws: tuple[str, ...] = ()
    trains: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()
    uses: tuple[str, ...] = ()
    new: str = ""
    passes: int | Callable[[Knobs], int] = 1
    network: type[Network] = Network
    output_only: bool = False
    knows: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for called in (self.name, self.title):
            if not (isinstance(called, str) and called.strip()):
                raise ValueError(
                    f"A rule's name and its title are words; {said(called)} was given."
                )
        if isinstance(self.title, _OfName) or TITLES.get(self.title, self.name) != self.name:
            object.__setattr__(self, "title", _OfName(self.name.replace("_", " ")))
        if not callable(self.passes):
            whole("passes", self.passes, 0)
        flag("output_only", self.output_only)
        if not (isinstance(self.network, type) and issubclass(self.network, Network)):
            raise TypeError(
                f"{self.name} trains a kind of network; {said(self.network)} was given."
            )
        for kind, known in ((Knob, self.knobs), (Phase, self.phases)):
            if not isinstance(known, tuple | list) or not all(isinstance(k, kind) for k in known):
                raise TypeError(
                    f"{self.name} has a tuple of {kind.__name__}s; {said(known)} was given."
                )
        for what in ("redraws", "trains", "uses", "knows"):
            names = getattr(self, what)
            if not isinstance(names, tuple | list) or not all(isinstance(n, str) for n in names):
                raise TypeError(
                    f"{what} of {self.name} is {said(names)}; it must be a tuple of names, perhaps "
                    "empty."
                )
        if not isinstance(self.exercise, str):
            raise TypeError(
                f"The exercise of {self.name} is named in quotes; {said(self.exercise)} was given."
            )
        if not isinstance(self.state, Mapping) or not all(map(callable, self.state.values())):
            raise TypeError(
                f"The state of {self.name} is drawn by functions of (network, rng, knobs); "
                f"{said(self.state)} was given."
            )
        object.__setattr__(self, "state", _Draws(self.state))
        knobs, seen = [knob.name for knob in self.knobs], {*GIVEN, *KEYWORDS, *MEASURES}
        for name in (*knobs, *self.state):
            if name in seen:
                raise ValueError(
                    f"{self.name} can't have a knob or a state {name!r}: something else has this "
                    "name already. Give it another one."
                )
            seen.add(name)
        self._require("knob", ["learning_rate"], knobs)
        trained = [*self.trains, *(name for phase in self.phases for name in phase.trains)]
        self._require("state", [*trained, *self.redraws], self.state)
        self._require("knob", [phase.learning_rate for phase in self.phases], knobs)
        self._require("exercise", [self.idea], self.exercises)
        self._require("signal", self.knows, SIGNALS)

    def _require(self, kind: str, names: Iterable[str], known: Iterable[str]) -> None:
        for name in names:
            if name not in known:
                raise ValueError(
                    f"{self.name} has no {kind} {name!r}: there are {', '.join(known) or 'none'}."
                )

    @property
    def exercises(self) -> tuple[str, ...]:
        """All exercises that it needs: that of its update, those of its phases, and what they use."""
        phases = (phase.exercise for phase in self.phases)
        return tuple(dict.fromkeys((self.exercise, *phases, *self.uses)))

    @property
    def idea(self) -> str:
        """The exercise that a reader has to see to know what is new in this rule."""
        return self.new or (self.name if self.name in self.exercises else self.exercise)

    def functions(self) -> dict[str, Callable]:
        """The functions that stand for what training calls, by name: the exercise of its update, and
        those of its phases.

        Raises
        ------
        NotFilledIn
            If one of them is filled in nowhere.
        """
        return {name: get_exercise(name) for name in self._called()}

    def answers(self, settings: Any = None) -> dict[str, Callable]:
        """The functions that stand for its exercises now, by name, and for those that they ask for.

        Parameters
        ----------
        settings : anything that may hold functions, such as measures, which may ask for more

        Raises
        ------
        NotFilledIn
            If one of them is filled in nowhere.
        """
        # Not `uses`: a student's answer may do without what the reference uses.
        found = Rule.functions(self)  # what training calls, whatever a subclass says
        known, tried = exercise_names(), {*found}
        wanted = exercises_asked_for([*found.values(), self.state, settings], known)
        while new := wanted - tried:
            tried |= new
            more = perhaps(new, of_all=len(wanted) == len(known))
            wanted = exercises_asked_for([*more.values()], known)
            found |= more
        return found

    def forward_passes(self, knobs: Knobs | None = None) -> int:
        """Forward passes of a batch for one update, at these knobs or at the defaults."""
        return self.passes(self.settings(knobs or {})) if callable(self.passes) else self.passes

    def require_its_parts(self, known: Collection[str] = ()) -> None:
        """Raise ValueError if one of its exercises asks for something that it does not have, or if
        nothing reads one of its knobs that is not among the ``known`` ones."""
        has = {*GIVEN, *self.state, *(knob.name for knob in self.knobs)}
        for exercise in self._called():
            if missing := [name for name in _parameters(exercise) if name not in has]:
                raise ValueError(
                    f"{exercise} asks for {' and '.join(missing)}, and {self.name} has no state and no "
                    "knob of that name."
                )
        own = [knob.name for knob in self.knobs if knob.name not in known]
        if idle := self._idle(own):
            self.require_read(idle, self._read_by_draws(idle))

    def _read_by_draws(self, knobs: Collection[str]) -> Collection[str]:
        """Which knobs are read where the state is drawn, for a network as training draws it; all of
        them, if that can't be known here."""
        from ..data import load

        noted, rng = Noted(self.settings({})), np.random.default_rng(0)
        try:
            self.initial_state(
                self.network.drawn_for(load("digits"), rng, **self.network.DRAWN), rng, noted
            )
        except Exception:  # training says it in words
            return knobs
        return noted.read

    def require_its_call(self) -> None:
        """Raise TypeError if what stands for one of its exercises can't be called as training does."""
        has = {*GIVEN, *self.state, *(knob.name for knob in self.knobs)}
        for exercise in self._called():
            with suppress(NotFilledIn, ValueError):  # a builtin may have no signature
                answer, named = get_exercise(exercise), _parameters(exercise)
                if words := misplaced(exercise, answer, named, known={*has, *KEYWORDS}):
                    raise TypeError(words)
                own = _more_of(answer, len(named))
                if hidden := [name for name in own if name in OF_A_RUN and name not in has]:
                    raise TypeError(
                        f"{exercise} takes {hidden[0]}, and an answer is not handed the {hidden[0]} of "
                        "the run: yours would always be its default. Leave it out (training itself "
                        "applies momentum, weight decay and schedule, and a batch has len(x) samples), "
                        f"or give what is your own another name, such as my_{hidden[0]}."
                    )
                more = [name for name in own if name in has]
                for through in (True, False):  # a decorator may not pass on what its function takes
                    signature = inspect.signature(answer, follow_wrapped=through)
                    try:
                        signature.bind(*named, **dict.fromkeys(more))
                    except TypeError as error:
                        raise TypeError(
                            f"What stands for {exercise} takes {signature}; {self.title} gives it "
                            f"({', '.join(named)}), and by name what else it asks for of "
                            f"{', '.join(sorted(has.difference(named)))}: {ended(error)} A parameter "
                            "of your own needs a default."
                        ) from None

    def _called(self) -> tuple[str, ...]:
        """The exercises that training calls: that of its update, and those of its phases."""
        return (self.exercise, *(phase.exercise for phase in self.phases))

    def require_read(self, given: Collection[str], by_draws: Collection[str]) -> None:
        """Raise ValueError if one of the given knobs is read neither by the draws of the state nor by
        anything else that training calls."""
        if idle := [name for name in self._idle(given) if name not in by_draws]:
            raise ValueError(
                f"Nothing in {self.title} reads its knob {idle[0]}: let an answer of yours take it, as "
                f"in `*, {idle[0]}`, or what draws a state."
            )

    def say_what_is_idle(self) -> None:
        """Warn if the rule carries a state that nothing takes which training calls at each update."""
        if idle := self._idle(self.state):
            warnings.warn(
                f"No exercise of {self.title} takes its state {idle[0]}, so neither that nor a knob of "
                f"its draw changes a run: let an answer take it, as in `*, {idle[0]}`.",
                stacklevel=3,
            )

    def _idle(self, names: Collection[str]) -> list[str]:
        """Those of the knobs, or of the state, that nothing reads which training calls at each
        update."""
        if not names or type(self) is not Rule:  # a subclass may read it in a method
            return []
        read = {"learning_rate", *(phase.learning_rate for phase in self.phases)}
        for exercise in self._called():
            named = _parameters(exercise)
            try:
                read |= {*named, *_more_of(get_exercise(exercise), len(named))}
            except NotFilledIn:
                return []  # what will be filled in may read it
        return [name for name in names if name not in read]

    def require_its_kind(self, network: Network) -> None:
        """Raise TypeError if its exercise is written for another kind of network."""
        # A class that says how it is drawn is a kind; a student's own subclass of it is no other one.
        kinds = [kind for kind in type(network).__mro__ if "DRAWN" in vars(kind)]
        if kinds[:1] != [self.network]:
            raise TypeError(
                f"{self.title} trains a {self.network.__name__}; {said(network)} was given: leave "
                "network out, and training draws one."
            )
        known = {name for name in dir(kinds[0]) if name[0] != "_"}
        for kind in type(network).__mro__[: type(network).__mro__.index(kinds[0])]:
            for lost in sorted(known.intersection(vars(kind))):
                raise TypeError(
                    f"{kind.__name__} has a {lost} of its own, which training would not call: it works "
                    "with a copy of the weights and activations. Put what is new into an Activation, or "
                    "into a rule."
                )

    def settings(self, given: Mapping[str, Any]) -> dict[str, float]:
        """The value of every knob: the ones given, and the defaults of the others.

        Raises
        ------
        TypeError
            If the rule has no knob of a given name, or a value is not a number.
        ValueError
            If the knob takes whole numbers and the value is not one.
        """
        known = {knob.name: knob for knob in self.knobs}
        for name in given:
            if name not in known:
                raise TypeError(
                    f"{self.title} has no knob {name!r}: its knobs are {', '.join(known)}."
                )
        return {name: knob.read(given.get(name, knob.default)) for name, knob in known.items()}

    def learning(self, weights: Sequence[Array]) -> Sequence[Array | None]:
        """The weights that learn, with None for each layer that stays as it is."""
        return [*[None] * (len(weights) - 1), weights[-1]] if self.output_only else weights

    def initial_state(self, network: Network, rng: np.random.Generator, knobs: Knobs) -> State:
        """Draw the state that the rule carries: arrays of its own, which no other run shares."""
        drawn = {name: self._drawn(name, network, rng, knobs) for name in self.state}
        for name, arrays in drawn.items():
            if not isinstance(arrays, list | tuple):
                raise TypeError(
                    f"{name} of {self.title} is drawn as a {type(arrays).__name__}; it must be a list "
                    "with an array, or None, for each layer."
                )
            for a in arrays:
                if a is not None and not (isinstance(a, np.ndarray) and a.dtype.kind in "fiub"):
                    raise TypeError(
                        f"{name} of {self.title} is drawn with a {type(a).__name__} in its list; it "
                        "must hold arrays of numbers, or None."
                    )
        # Copies: a view of the weights would follow them, and an array of the draw's would be trained.
        whole_numbers = network.weights[0].dtype  # which a step can't be added to
        return {
            name: [
                None if a is None else a.astype(a.dtype if a.dtype.kind == "f" else whole_numbers)
                for a in arrays
            ]
            for name, arrays in drawn.items()
        }

    def _drawn(self, name: str, network: Network, rng: np.random.Generator, knobs: Knobs) -> Arrays:
        try:
            return self.state[name](network, rng, knobs)
        except KeyError as error:
            if error.args[0] in [knob.name for knob in self.knobs]:
                raise
            raise ValueError(
                f"What draws {name} of {self.title} asks for {error}, and its knobs are "
                f"{', '.join(knobs)}: give the rule a knob of that name, or draw {name} without."
            ) from error
        except (ValueError, FrozenInstanceError) as error:
            if isinstance(error, ValueError) and "read-only" not in str(error):
                raise
            raise ValueError(
                f"What draws {name} of {self.title} tried to write into the network's weights, or into "
                "something else that it may only read: work on a copy, such as "
                "network.weights[1].T.copy()."
            ) from error

    def redrawn_state(self, network: Network, rng: np.random.Generator, knobs: Knobs) -> State:
        """Draw the state anew that does not outlast an update."""
        return {name: self._drawn(name, network, rng, knobs) for name in self.redraws}

    def update(
        self,
        network: Network,
        x: Array,
        y: Array,
        loss: Loss,
        state: State,
        knobs: Knobs,
        rng: np.random.Generator,
    ) -> tuple[list[Array], State]:
        """One update of the weights, and of the state that the rule trains.

        Nothing that is passed in is changed: measuring a rule never trains it.

        Raises
        ------
        NotFilledIn
            If the rule's exercise is filled in nowhere.
        ValueError
            If the exercise returns something else than its docstring promises.
        """
        returned = _call(self.exercise, network, x, y, loss, rng, state, knobs)
        expected = {"weights": network.weights} | {name: state[name] for name in self.trains}
        weights, *rest = _checked(self.exercise, returned, expected)
        weights = [
            np.zeros_like(u) if learns is None else u
            for u, learns in zip(weights, self.learning(weights), strict=True)
        ]
        return weights, dict(zip(self.trains, rest, strict=True))

    def phase_update(
        self,
        phase: Phase,
        network: Network,
        x: Array,
        y: Array,
        loss: Loss,
        state: State,
        knobs: Knobs,
        rng: np.random.Generator,
    ) -> State:
        """One update of the state that a phase trains.

        Raises
        ------
        NotFilledIn, ValueError
            As :meth:`update`.
        """
        returned = _call(phase.exercise, network, x, y, loss, rng, state, knobs)
        expected = {name: state[name] for name in phase.trains}
        return dict(zip(expected, _checked(phase.exercise, returned, expected), strict=True))


@cache
def _parameters(exercise: str) -> tuple[str, ...]:
    return tuple(inspect.signature(stub(exercise)).parameters)


def _call(
    exercise: str,
    network: Network,
    x: Array,
    y: Array,
    loss: Loss,
    rng: np.random.Generator,
    state: State,
    knobs: Knobs,
) -> Any:
    """What the exercise returns, called with the arguments that it names, and with what an answer asks
    for beside them."""
    given = {"network": network, "x": x, "y": y, "loss": loss, "rng": rng, **state, **knobs}
    answer, named = get_exercise(exercise), _parameters(exercise)
    more = {name: given[name] for name in _more_of(answer, len(named)) if name in given}
    lists = [(held, tuple(held)) for held in state.values() if isinstance(held, list)]
    try:
        returned = answer(*(given[name] for name in named), **more)
    except (ValueError, IndexError) as error:
        from .catalogue import misdrawn  # it imports this module

        if words := misdrawn(exercise, network, state):
            raise ValueError(words) from error
        arrays = {"weights": network.weights, **state}
        listed = "; ".join(f"{name} {shapes(of)}" for name, of in arrays.items())
        error.add_note(f"({exercise} was given {listed}.)")
        raise
    for held, before in lists:
        if len(held) != len(before) or not all(map(is_, held, before)):
            held[:] = before
            raise ValueError(
                f"A list that {exercise} was given is read-only, and has other items now"
            )
    return returned


def shapes(arrays: Sequence[Array | None]) -> str:
    """The shapes of the arrays of a state, in words."""
    return f"[{', '.join('None' if a is None else str(np.shape(a)) for a in arrays)}]"


def _more_of(answer: Callable, named: int) -> tuple[str, ...]:
    """The parameters that an answer has beside those that its exercise names, such as ``rng``, without
    the cost of a signature: in a run, their defaults would be other values than the run's."""
    code = getattr(answer, "__code__", None)
    if code is None or hasattr(answer, "__wrapped__"):
        signed = _signed if isinstance(answer, Hashable) else _signed.__wrapped__
        return signed(answer, named)
    named += isinstance(answer, MethodType)  # whose code has self before them
    first = max(min(named, code.co_argcount), code.co_posonlyargcount)
    return parameters(code)[first:]


@lru_cache
def _signed(answer: Callable, named: int) -> tuple[str, ...]:
    """As :func:`_more_of`, of what has no code itself: an object with ``__call__``, a partial, or what a
    decorator has made. What a partial has fixed stays fixed."""
    try:
        parameters = inspect.signature(answer).parameters.values()
    except (TypeError, ValueError):  # a builtin may have no signature
        return ()
    fixed = answer.keywords if isinstance(answer, partial) else ()
    return tuple(
        p.name
        for place, p in enumerate(parameters)
        if p.kind is p.KEYWORD_ONLY or (p.kind is p.POSITIONAL_OR_KEYWORD and place >= named)
        if p.name not in fixed
    )


def _checked(
    exercise: str, returned: Any, expected: Mapping[str, Sequence[Array | None]]
) -> Sequence[Any]:
    """The lists of updates, if their shapes are those of the arrays that they update.

    An exercise that updates one thing returns its list; one that updates several returns a list for
    each.
    """
    lists = returned if len(expected) > 1 else (returned,)
    if not isinstance(lists, list | tuple) or len(lists) != len(expected):
        raise ValueError(
            f"{exercise} must return updates of {', '.join(expected)}, a list of arrays for each; "
            f"it returned a {type(lists).__name__}."
        )
    several = isinstance(returned, tuple | list) and any(
        isinstance(u, tuple | list) for u in returned
    )
    if len(expected) == 1 and several:
        raise ValueError(
            f"{exercise} must return a list of arrays, updates of the {next(iter(expected))} alone; it "
            f"returned {len(returned)} items with lists among them. Return the arrays alone, or let the "
            "rule's trains name what else it returns updates of."
        )
    if len(expected) > 1 and any(isinstance(one, np.ndarray) for one in lists):
        raise ValueError(
            f"{exercise} must return updates of {' and of '.join(expected)}, a list of arrays for each; "
            "it returned one list. Return what else the rule trains behind the weights, or leave it out "
            "of the rule's trains."
        )
    for update, (name, arrays) in zip(lists, expected.items(), strict=True):
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
        for u in update:
            if u is not None and (np.asarray(u).dtype.kind not in "fib" or hasattr(u, "mask")):
                raise ValueError(
                    f"{exercise} must return arrays of real numbers for the {name}, of either sign and "
                    f"without masks; one is {'masked' if hasattr(u, 'mask') else np.asarray(u).dtype}."
                )
    return [[u if u is None else np.asarray(u) for u in update] for update in lists]
