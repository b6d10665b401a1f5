"""Training as an iterator.

``for step in training(...)`` hands control to the caller after every update: to a progress bar, a live
plot, a slider that cancels. ``train(...)`` runs it to the end behind a progress bar and returns a
table. The same seed gives the same numbers, and measuring changes nothing that is trained or measured
beside it. That ends where an answer draws from another generator than ``rng`` or keeps something from
one run for the next (a warning says so where the first update does it), and, in the last digits, on
another kind of processor; also on another number of cores where :mod:`microlearn.threads` allows a
second thread, in networks whose largest product is above its limit.
"""

from __future__ import annotations

import inspect
import math
import pickle
import random
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import FrozenInstanceError, dataclass
from functools import cache, cached_property, partial
from numbers import Real
from types import FunctionType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from . import data as datasets
from . import versions
from .activations import ACTIVATIONS, Activation, get_activation
from .bars import bar
from .exercises import NotFilledIn, OneLook
from .fingerprints import (
    codes,
    constants,
    exercises_asked_for,
    fingerprint,
    generators,
    holds,
    is_installed,
    makes_generators,
    parameters,
    shared_generators,
    variables,
)
from .fingerprints import functions as own_functions
from .held import Held, HeldList
from .losses import LOSSES, Loss, get_loss
from .measures import PROBES, Compute, computations
from .metrics import accuracy
from .network import Network, initialisation_of, refuse_of_hidden, samples_of
from .noise import fast_generator
from .numbers import ended, flag, number, said, whole
from .observed import observed, read_only
from .optimiser import SGD, Schedule, constant, require_schedule
from .rules import CATALOGUE, Noted, Phase, Rule, get_rule, initial_state, words_of_knobs
from .threads import threads_for
from .unseeded import unseeded
from .warned import OfTheSession, line_of

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

NUMBERS: dict[str, tuple[Callable, float, float]] = {
    "width": (whole, 1, math.inf),
    "layers": (whole, 0, 1000),
    "epochs": (number, 0, math.inf),
    "batch_size": (whole, 1, math.inf),
    "momentum": (number, 0, 1),
    "weight_decay": (number, 0, math.inf),
    "measure_every": (whole, 1, math.inf),
    "seed": (whole, 0, math.inf),
}
"""How the settings that are numbers are read, and the least and the greatest that they can be."""


NAMES: dict[str, Callable] = {
    "activation": get_activation,
    "initialisation": initialisation_of,
    "loss": get_loss,
}
"""What raises ValueError where such a setting is not a name that there is, or such a thing itself."""

LARGE = 100.0
"""Where all weights are smaller, a run has not grown beyond what floats can hold, in float32 up to some
20 layers."""

FLOATS: dict[str, Any] = {"over": "ignore", "invalid": "call", "under": "ignore"}
"""Where numbers leave the range of floats, training says so itself, whatever ``np.seterr`` was told. A
division by zero is up to that."""


def setting(name: str, value: Any) -> Any:
    """A setting as training takes it.

    Raises
    ------
    TypeError, ValueError
        If it is not a number where it must be one, or out of its range, or a name that there is not.
    """
    if name in NUMBERS and not (value is None and name == "measure_every"):
        read, least, most = NUMBERS[name]
        return read(name, value, least, most)
    if name in NAMES and value is not None:
        NAMES[name](value)
    if name == "schedule":
        require_schedule(name, value)
    return value


def entry(value: Any) -> Any:
    """A setting as an entry of a table: a number or a text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Network):
        return f"{value}{_origin(value)}"
    if name := getattr(value, "name", None) or getattr(value, "__name__", None):
        return name
    # Not its repr, which may say where it is in memory, and may leave out what makes it another one.
    return f"{type(value).__name__} {_mark(value)}"


def _mark(value: Any) -> str:
    """Six letters that are another six where the value has other content."""
    return fingerprint(versions.content(value))[:6]


def _origin(network: Network) -> str:
    """What is told of a network beside its layers: how it was drawn, if not as usual, and its own
    activations."""
    own = "".join(map(_content, network.activations))
    usual = network.origin == f"{network.DRAWN['initialisation']} float32"
    return f"{'' if usual else f' {network.origin}'}{own}"


def _content(value: Any) -> str:
    """What is told beside the name of data, a loss, an activation or a function that is not the
    course's: another one may have the same name."""
    if isinstance(value, datasets.Dataset):
        ours = fingerprint(value) == _content_of_digits()  # not kept: its arrays may have changed
    elif isinstance(value, FunctionType):
        ours = is_installed(value.__code__.co_filename)
    else:
        named = isinstance(value, Loss | Activation) or hasattr(value, "__name__")
        ours = not named or value in (*LOSSES.values(), *ACTIVATIONS.values())
    return "" if ours else f" {_mark(value)}"


@cache
def _content_of_digits() -> str:
    return fingerprint(datasets.load("digits"))


def told(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a table says of a run beside its rule, knobs and seed: the settings that are not as usual, by
    which runs can be told apart that must not be averaged. (Not how it is measured.)"""
    usual = USUAL | Network.DRAWN | {"loss": "cross_entropy"}
    given = {name: settings[name] for name in usual if settings.get(name) is not None}
    entries = {
        k: f"{entry(v)}{more}" if (more := _content(v)) else entry(v) for k, v in given.items()
    }
    return {name: said for name, said in entries.items() if said != entry(usual[name])}


def changed(
    rule: Rule, answers: versions.Contents, measure: Any, began: Mapping[str, Mapping] | None = None
) -> dict[str, str]:
    """What a table tells of a rule, answers and measures that are not the first of their name in this
    session, and of a rule that has the name of one in the catalogue. ``began`` has the constants of each
    measure as the run began."""
    found: dict[str, Any] = {}
    if (usual := CATALOGUE.get(rule.name)) != rule:
        if usual:
            versions.told(versions.contents({f"the rule {rule.name}": usual}))
        found[f"the rule {rule.name}"] = rule
    for column, now in constants_of(measure).items():
        # What it changes itself, such as a count of its calls, makes no other measure of it; nor do the
        # arrays that it holds, which may well be of each seed.
        was = now if began is None else began.get(column, now)
        same = {name: value for name, value in now.items() if was.get(name, now) == value}
        codes = [function.__code__ for function in own_functions(measure[column])]
        found[f"the measure {column}"] = codes, same
    for column, own in measure.items() if isinstance(measure, Mapping) else ():
        if isinstance(own, str) and own != column:  # one of ours, under another name
            found[f"the measure {column}"] = own
    words = versions.told({**answers, **versions.contents(found)})
    return {"changed": words} if words else {}


def constants_of(measure: Any) -> dict[str, dict[str, Any]]:
    """The numbers and texts that each measure of one's own holds, such as a threshold; not those that
    have the name of a setting, since the table has them."""
    given = measure.items() if isinstance(measure, Mapping) else ()
    own = {column: compute for column, compute in given if not isinstance(compute, str)}
    known = {"seed", "rule", *USUAL, *Network.DRAWN, *words_of_knobs()} if own else {}
    return {
        column: {k: v for k, v in constants(compute).items() if k.split(" of ")[0] not in known}
        for column, compute in own.items()
    }


def _table_of(rows: Sequence[dict], told: Mapping[str, Any]) -> pd.DataFrame:
    """The rows, each after what is told of its run."""
    import pandas as pd

    return pd.DataFrame([{**told, **row} for row in rows])


class Diverged(ArithmeticError):
    """Training left the range of finite numbers. ``table`` holds what was measured until then, and what
    is said here in its column ``error``, as that of a sweep."""

    def __init__(
        self, message: str, rows: Sequence[dict] = (), told: Callable[[], Mapping] = dict
    ) -> None:
        super().__init__(message)
        self._rows, self._told = [*rows], told

    def __reduce__(self) -> tuple:
        # What is told is asked of the run, which does not leave its process.
        return type(self), (str(self), self._rows, partial(dict, self._told()))

    @property
    def table(self) -> pd.DataFrame:
        # Made when it is asked for: a panel, whose updates have a time limit, does not wait for pandas.
        return _table_of(self._rows, self._told()).assign(error=str(self))


class NotFinite(Diverged):
    """An update is not finite though nothing has grown: the rule itself returns no number."""


STAYS_AS_IT_IS = (
    "What a rule, an activation, a loss or a measure is given must stay as it is: work on a copy, and "
    "return that."
)


class _EndsNoRun:
    """A context in which code of the student's ends no run by accident.

    Python takes a ``StopIteration`` for the end of the loop over a run, and a script ends in silence at
    an ``exit()``; both would look like a run that is complete.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, StopIteration | SystemExit | GeneratorExit):
            raise RuntimeError(
                "An exercise, a measure, a draw of state or a schedule has raised "
                f"{type(error).__name__} in the middle of a run: give next(...) a default, and leave "
                "exit() out."
            ) from error
        if isinstance(error, NotImplementedError) and not any(map(str, error.args)):
            *_, (frame, _) = traceback.walk_tb(error.__traceback__)
            error.args = (
                f"{frame.f_code.co_name} is not finished: it has a line `raise NotImplementedError()`.",
            )
        if isinstance(error, RecursionError):
            called = Counter(frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__))
            for code, times in called.items():
                if times > 1 and "get_exercise" in code.co_names:
                    error.args = (
                        f"What {code.co_name} gets from get_exercise comes back to {code.co_name}, "
                        "without an end: an answer that asks for its own exercise gets itself. Ask for "
                        "the one before it, outside of it, such as before = get_exercise(…), and call "
                        "that.",
                    )
        in_place = isinstance(error, ValueError) and "read-only" in str(error)
        refused = in_place or isinstance(error, FrozenInstanceError)
        # A measurement inside a step may have said it already.
        if error and refused and STAYS_AS_IT_IS not in str(error):
            error.args = (f"{ended(error)} {STAYS_AS_IT_IS}",)


ENDS_NO_RUN = _EndsNoRun()


class _Held(Held):
    """A run's state or knobs."""

    advice = (
        "A run keeps its knobs, and the arrays of its state, to the end: begin another one with other "
        "knobs or another rule. Between two updates the arrays can be changed in place, as in "
        'run.state["feedback"][0][:] = ...'
    )


class _Row(Held):
    """What was measured at one time."""

    advice = (
        "What a run has measured stays as it is: work on a copy, such as run.table().assign(mine=1), "
        "{**row, 'mine': 1} for a row, or [*run.rows]. training takes a column of your own as "
        "measure={'mine': function}."
    )


class _Rows(HeldList):
    advice = _Row.advice


class _Kept(tuple):
    """The arrays of a run's state under one name."""

    advice = _Held.advice
    __setitem__ = __delitem__ = _Held._refuse


OTHERS = "The loss, an activation or the schedule"
"""Whose own functions are called within an update, beside an exercise."""

NO_NUMBER = (
    "A step, or a run, is no number and equals none: compare its number, as in step.number == 20."
)
"""What is said where one is compared with a number: else that would be false at every update."""


@dataclass(frozen=True)
class Step:
    """Where training stands after one update.

    ``number`` of ``total`` updates are made. ``loss`` is the mean loss of the batch before this one;
    ``row`` holds the measurements, if this step made any.
    """

    number: int
    total: int
    epoch: float
    loss: float
    row: dict[str, Any] | None

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Real):
            raise TypeError(NO_NUMBER)
        return vars(self) == vars(other) if isinstance(other, Step) else NotImplemented

    def __hash__(self) -> NoReturn:  # which a set of numbers asks for
        raise TypeError(NO_NUMBER)


def _outputs(network: Network, x: Array, rows: int = 1000) -> Array:
    """The outputs for many samples, some at a time: 10,000 at once would fill 60 MB on the way."""
    return np.concatenate([network.predict(x[i : i + rows]) for i in range(0, len(x), rows)])


class Training:
    """A run to step through: ``for step in training("backprop", "digits"): ...``

    Parameters
    ----------
    rule : str or Rule
    data : str or Dataset
        ``"digits"``, ``"mnist"``, or what :func:`microlearn.load` returned.
    network : Network, optional
        Where to start from (it is copied). Its weights keep their float type, and so the precision to
        which they learn, whatever the type of the data. By default a network of the rule's kind is
        drawn with the seed, in float32: hidden layers under a softmax, as the next four settings say.
    width, layers : int, optional
        Units in each hidden layer, or channels of a convolution, by default 32; and hidden layers, by
        default 1.
    activation, initialisation : str, optional
        Of the hidden layers, by default ``"tanh"``; and of all weights, by default
        ``"glorot_uniform"``. See :func:`microlearn.create_network`; a convolution has ``"relu"`` and
        ``"he_uniform"``.
    loss : str or Loss, optional
        By default cross-entropy where the output is softmax, else the squared error.
    epochs : float
        Passes over the training set, each in a new order, without the samples that are too few for a
        last batch; 0 measures the network as it was drawn.
    batch_size : int
    momentum, weight_decay : float
        See :class:`microlearn.optimiser.SGD`. Weights and biases decay, of the layers that the rule
        trains; what it carries beside them does not.
    schedule : callable, optional
        From the fraction of the run that is done to a factor on the learning rate; see
        :mod:`microlearn.optimiser`.
    measure : list of str, or mapping of column -> name or function of the run
        What to measure beside loss and accuracy, on the first 200 training samples:
        ``"cosine_similarity"`` of the update to minus the gradient, ``"hidden_cosine"`` without the
        output layer, whose error most rules know exactly, ``"update_angle"`` in degrees,
        ``"signal_to_noise"`` over single samples (:mod:`microlearn.measures` has all
        of them). A function is given the run; the next run is told of what this one leaves in its
        variables.
    measure_every : int, optional
        Updates between two measurements; by default an epoch's.
    seed : int
        Fixes the network, the order of the batches and the noise. A warning tells of what the first
        update, or the first measurement, draws from elsewhere; later ones are not looked at.
    **knobs : float
        The rule's own: ``learning_rate``, ``noise``, ... By default those of the catalogue.

    Attributes
    ----------
    network : Network
        The network as it is now; its weights change as the run goes on. Whoever changes them, or the
        state, in place before the first update begins with others, and the first row is of these. The
        table tells of such changes, and before which update, if it was one.
    state : mapping
        What the rule carries beside the weights, as it is now: its arrays by name.
    rows : list of dict
        The measurements so far, each with its ``step``, ``epoch`` and ``seconds``.
    table() : DataFrame
        The same, with the run's rule, seed, knobs and settings in each row, as :func:`train` returns
        it. That is what to keep of a run, and to draw: a row alone says nothing of them.

    Raises
    ------
    ValueError, TypeError
        For a name, a size or a knob that does not fit.
    """

    def __init__(
        self,
        rule: str | Rule = "backprop",
        data: str | datasets.Dataset = "digits",
        network: Network | None = None,
        *,
        width: int | None = None,
        layers: int | None = None,
        activation: str | Activation | None = None,
        initialisation: str | None = None,
        loss: str | Loss | None = None,
        epochs: float = 10,
        batch_size: int = 64,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        schedule: Schedule = constant,
        measure: Sequence[str] | Mapping[str, str | Compute] = (),
        measure_every: int | None = None,
        seed: int = 0,
        **knobs: float,
    ) -> None:
        self.rule = get_rule(rule)
        self.knobs = _Held(self.rule.settings(knobs))
        self.data = datasets.dataset(data)
        self.seed, self._number = setting("seed", seed), 0
        # Each has a stream of its own: measuring more often, say, leaves batches and noise alone.
        *plain, noise, probe = np.random.SeedSequence(self.seed).spawn(5)
        init, state, self._order = map(np.random.default_rng, plain)
        self._noise, self._probes = fast_generator(noise), probe.spawn_key

        kind, given = self.rule.network, network
        drawn = dict(zip(kind.DRAWN, (width, layers, activation, initialisation), strict=True))
        drawn = {k: setting(k, value) for k, value in drawn.items() if value is not None}
        if network is None:
            refuse_of_hidden(drawn, drawn.get("layers"))
            network = kind.drawn_for(self.data, init, **kind.DRAWN | drawn)
        else:
            refuse_to_draw(network, drawn)
            self.rule.require_its_kind(network)
            if len(types := {str(w.dtype) for w in network.weights}) > 1:
                raise ValueError(
                    f"The weights of {network} are {' and '.join(sorted(types))}; a run needs one type "
                    "for all layers: give network.astype(np.float32), say."
                )
            if len({w.ctypes.data for w in network.weights}) < len(network.weights):
                raise ValueError(
                    f"Two layers of {network} have one array for their weights; training would change "
                    "each alone: give each layer an array of its own, such as w.copy()."
                )
            if not _finite(network.weights):
                raise ValueError(f"{network} has NaN or infinity in its weights; draw another one.")
        self._network = network.copy()
        softmax = network.activations[-1].name == "softmax"
        usual = "cross_entropy" if softmax else "squared_error"
        self.loss = get_loss(usual if loss is None else loss)
        self.loss.require_probabilities(network.activations[-1], self.data.train.y)
        self.loss.require_gradient(network.activations[-1], self.data.train.y)
        self._loss = self.loss.trusting()
        self.batch_size, epochs = setting("batch_size", batch_size), setting("epochs", epochs)
        self._require_a_fit()
        self._require_digits()
        say_of_targets(self.data, softmax)

        self.batches_per_epoch = len(self.data.train) // self.batch_size
        self._seconds, self._broken, self._keeps = 0.0, False, False
        self._unseeded, self._own_generator = "", False
        self._invalid, self._said = set[str](), set[str]()
        self._began_with: dict[str, str] = {}  # the variables of its measures
        self._due = False  # whether the row of the last update is missing as yet
        self._left: list[bytes] = []  # what somebody may change, as the run has left it
        self._changed: set[int] = set()  # the updates before which somebody did
        self._begun: versions.Contents = {}
        self.steps = max(1, round(epochs * self.batches_per_epoch)) if epochs else 0
        self.schedule = setting("schedule", schedule)
        self._factors = math.inf, 0.0  # the least and the greatest that the schedule has returned
        self._epoch_order: Array = np.empty(0, dtype=int)
        self._threads = threads_for(self._network, self.batch_size)
        self._one_look = OneLook()

        # Rules see read-only views of what they may not change. (Draws see the network's own class.)
        self._shown_network = self._network.with_weights(read_only(self._network.weights))
        noted = Noted(self.knobs)
        with ENDS_NO_RUN, self._seeded("A state", [*self.rule.state.values()], state):
            drawn_state = initial_state(self.rule, self._shown_network, state, noted)
        self._state = _Held({name: _Kept(arrays) for name, arrays in drawn_state.items()})
        with self._one_look, suppress(NotFilledIn):  # it is said when one is needed
            self.rule.require_its_call()
            self.rule.say_what_is_idle()
            self.rule.answers()  # which stand to the end of the run, whoever steps it, and where
        if len(self._network.weights) > 1:  # else there may be nothing to draw
            self.rule.require_read(knobs, noted.read)
        self._shown_state = {name: read_only(arrays) for name, arrays in self._state.items()}
        self._observed = observed(self._network)
        momentum = setting("momentum", momentum)
        weight_decay = setting("weight_decay", weight_decay)
        self._sgd = SGD(self.rule.learning(self._network.weights), momentum, weight_decay)
        self._state_sgd = {name: SGD(self._state[name], momentum) for name in self.rule.trains}

        self.measure_every = setting("measure_every", measure_every) or self.batches_per_epoch
        self._measures = computations(measure, taken={*self._position(), *self.knobs, *TOLD})
        if given is None:
            drawn = kind.DRAWN | drawn
        as_read = {
            **{
                "rule": self.rule,
                "data": self.data,
                "network": given and entry(given),  # now: somebody may change its weights
                "loss": loss and self.loss,
                **drawn,
            },
            **{"epochs": epochs, "batch_size": self.batch_size, "schedule": self.schedule},
            **{"momentum": momentum, "weight_decay": weight_decay},
        }
        self._given = as_read
        self._wanted, self._constants = measure, constants_of(measure)
        # While a row is measured: the outputs, which several measures share.
        self._shared: dict[str, tuple[Array, Array]] | None = None
        self.rows: list[dict[str, Any]] = _Rows()
        versions.say_what_is_left([*self._measures.values()])
        with self._seeded("A measure", [*self._measures.values()]):
            self._measure()
        self._note_what_measures_leave()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Real):
            raise TypeError(NO_NUMBER)
        return NotImplemented

    __hash__ = object.__hash__

    def __setattr__(self, name: str, value: Any) -> None:
        # Nothing would come of it: all parts of a run are made when it begins.
        if not name.startswith("_") and "rows" in vars(self):
            raise AttributeError(
                f"A run keeps its {name} to the end: begin another one with {name}=…"
                if name in USUAL or name in self.knobs
                else f"A run takes no {name}: all that it takes is given to training(…) when it begins."
            )
        super().__setattr__(name, value)

    @property
    def network(self) -> Network:
        self._watch()
        return self._network

    @property
    def unseeded(self) -> str:
        """What of the run its seed does not fix, in a sentence; nothing if no such thing was seen."""
        return self._unseeded

    @property
    def own_generator(self) -> bool:
        """Whether it was seen that a function of the run draws from a generator that it refers to."""
        return self._own_generator

    @property
    def seconds_of_answers(self) -> float:
        """Seconds of the processor that the rule's updates have taken, those for measures, too."""
        return self._one_look.seconds

    @property
    def state(self) -> Mapping[str, Sequence[Array | None]]:
        self._watch()
        return self._state

    def _watch(self) -> None:
        """Remember the arrays that are handed out: from now on somebody may change them."""
        if self._shared is None and not self._left:  # a measure finds them read-only
            self._left = _contents(self._arrays())

    @property
    def number(self) -> int:
        """How many updates are made."""
        return self._number

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"A run keeps its {name} to the end.")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        # Copies of the network, of what rules see of it, and of generators would no longer be connected.
        raise TypeError(
            "A run can't be copied or pickled: begin another one, from network=run.network if you like."
        )

    def _require_a_fit(self) -> None:
        """Raise ValueError if network or batch size do not fit the data, or a part of it is empty."""
        self._network.require_images_of(self.data)
        train = self.data.train
        if not (len(train) and len(self.data.validation)):
            raise ValueError(
                f"{self.data.name} has {len(train)} images to train on and {len(self.data.validation)} "
                "to validate on; training needs at least one of each."
            )
        if not 1 <= self.batch_size <= len(train):
            raise ValueError(
                f"A batch holds 1 to {len(train)} samples of {self.data.name}; "
                f"batch_size={self.batch_size} was given."
            )

    def _require_digits(self) -> None:
        """Raise ValueError if the rule divides by so little that only rounding would be made large."""
        least = 8 * float(np.finfo(self._network.dtype).eps)
        for name in (knob.name for knob in self.rule.knobs if knob.divides):
            if abs(self.knobs[name]) < least:
                raise ValueError(
                    f"{name} is {self.knobs[name]:.3g}; what it changes is lost in the rounding of "
                    f"{self._network.dtype}: give {least:.2g} or more."
                )

    def __iter__(self) -> Iterator[Step]:
        return self

    def __len__(self) -> int:
        return self.steps

    def __next__(self) -> Step:
        """Make one update.

        Raises
        ------
        Diverged
            If the update or the loss is no longer a finite number.
        RuntimeError
            If an exercise, a measure or the schedule raises StopIteration or calls ``exit()``, or an
            earlier update was stopped halfway.
        """
        if self._shared is not None:
            raise RuntimeError(
                "A measure has stepped the run that it measures: let it read the run, and begin "
                "another one with training(...) for what comes next."
            )
        if self._broken:
            raise RuntimeError(
                f"This run was stopped in the middle of its update {self.number + 1}, so what it would "
                "train from here on is not what its seed gives: begin it anew."
            )
        if self._due:  # it was stopped while it measured
            self._measure()
        if self.number < self.steps or not self.number:
            self._see_changes()
        if self.number >= self.steps:
            raise StopIteration
        start = time.perf_counter()
        with self._one_look:
            exercises: Any = nullcontext()
            others: Any = nullcontext()
            if not self.number:
                if any(own_functions(functions := self.rule.functions())):
                    self._begun = versions.contents(functions)
                exercises = self._seeded("An exercise", [functions, type(self.rule)], self._noise)
                called = [self._loss, self._network.activations, self.schedule]
                others = self._seeded(OTHERS, called)
        self._broken = True
        floats = np.errstate(**FLOATS, call=self._note_invalid)
        with exercises, others, floats, self._threads, self._one_look, ENDS_NO_RUN:
            loss = self._update(*self._next_batch())
        self._say_what_is_invalid()
        self._number += 1
        self._seconds += time.perf_counter() - start
        if self._left:
            self._left = _contents(self._arrays())
        self._due = measured = self.number % self.measure_every == 0 or self.number == self.steps
        self._broken = False
        if measured:
            self._measure()
        if self.number == self.steps:
            self._note_what_measures_leave()
            least, most = self._factors
            # (One that is always 0 holds the weights while a phase trains.)
            if 0 < least == most and self.steps > 1 and any(own_functions(self.schedule)):
                warnings.warn(
                    f"The schedule has returned {most:g} at each update, so the learning rate never "
                    "changed: it is given the fraction of the run that is done, from 0 to 1, and not an "
                    "epoch or an update.",
                    stacklevel=2,
                )
        epoch = self.number / self.batches_per_epoch
        return Step(self.number, self.steps, epoch, loss, self.rows[-1] if measured else None)

    @contextmanager
    def _seeded(
        self, what: str, functions: Any, rng: np.random.Generator | None = None
    ) -> Iterator[None]:
        """A context that sees whether the functions draw from another generator than ``rng``, which they
        are given, or keep what goes on changing or what the next run would begin with."""
        if not any(own_functions(functions)):  # the course's draw from what they are given
            yield
            return
        own = generators(functions)  # imports what they import
        shared, before = _shared_states(), [*map(pickle.dumps, own)]
        held, given = variables(functions), pickle.dumps(rng)
        with unseeded() as asked:
            yield
        if holds(functions, [a for a in self._arrays() if a is not None]):
            raise TypeError(
                f"{what} of {self.rule.title} keeps the weights, or the state, that it is given in a "
                "variable, and these go on changing with the run: keep a copy, such as "
                "network.weights[0].copy()."
            )
        moved = {name for name, state in _shared_states().items() if state != shared[name]}
        draws = f"{what} of {self.rule.title} draws from"
        instead = "the seed does not fix that. " + (
            "Draw from rng; an answer whose exercise has none asks for it: `*, rng`."
            if what == "An exercise"
            else "Draw from the generator that it is given."
            if what == "A state"
            else "Make a generator on the spot: np.random.default_rng(0)."
        )
        # Others are looked at within an exercise: it has what they leave.
        theirs = {*codes(functions)} if what == OTHERS else {*asked}
        if theirs.intersection(asked):
            asked[:] = [code for code in asked if code not in theirs]
            self._unseeded = (
                f"{draws} a generator that it makes without a seed, or with one that is another each "
                f"time or in each process, such as the time or the hash of a text: {instead}"
            )
            warnings.warn(self._unseeded, stacklevel=4)
        elif (drawn := [*map(pickle.dumps, own)] != before) or moved & self._may_draw_from(
            functions
        ):
            self._own_generator |= drawn
            warnings.warn(
                f"{draws} a generator of its own, or, as np.random.normal does, from that of Python: "
                f"{instead}",
                OfTheSession,
                stacklevel=4,
            )
        elif (
            pickle.dumps(rng) == given
            and any("rng" in parameters(code) for code in codes(functions))
            and makes_generators(functions)
        ):
            warnings.warn(
                f"{draws} a generator that it makes with a seed of its own, or from a copy of rng, and "
                "leaves rng where it was: the next draw may have the same numbers. Draw from rng.",
                stacklevel=4,
            )
        elif what == "A measure":  # it may note what it sees; but the next run must begin anew
            self._began_with = held
        elif kept := held.items() ^ variables(functions).items():
            self._keeps |= what == "An exercise"
            warnings.warn(
                f"{what} of {self.rule.title} changes {min(kept)[0]} and keeps that: another run of "
                "this session begins with what this one leaves, and may give other numbers with the "
                "same seed. (Each point of a sweep begins anew.) Set that back before each run.",
                OfTheSession,
                stacklevel=4,
            )

    def _may_draw_from(self, functions: Any) -> set[str]:
        """The shared generators from which the functions, or the answers that they ask for, can draw."""
        reached, asked_for, answers = [functions], set[str](), {}
        with self._one_look, suppress(NotFilledIn):
            answers = self.rule.answers(functions)
        while more := exercises_asked_for(reached, answers) - asked_for:
            asked_for |= more
            reached += [answers[name] for name in more]
        return shared_generators(reached)

    def _next_batch(self) -> tuple[Array, Array]:
        """The next batch. An epoch's left-over samples are dropped; the next epoch has a new order."""
        index = self.number % self.batches_per_epoch
        if index == 0:
            self._epoch_order = self._order.permutation(len(self.data.train))
        rows = self._epoch_order[index * self.batch_size : (index + 1) * self.batch_size]
        x, y = read_only([a.take(rows, axis=0) for a in (self.data.train.x, self.data.train.y)])
        return x, y

    def _update(self, x: Array, y: Array) -> float:
        """Redraw, run the phases and make one update; return the loss of the batch before it."""
        done = self.number / self.steps
        redrawn = self.rule.redrawn_state(self._shown_network, self._noise, self.knobs)
        for name, arrays in redrawn.items():
            for kept, drawn in zip(self._state[name], arrays, strict=True):
                if kept is not None:
                    kept[...] = drawn
        self._observed.observe(x)
        given = (self._observed, x, y, self._loss, self._shown_state, self.knobs, self._noise)
        for phase in self.rule.phases:
            trained = self.rule.phase_update(phase, *given)
            if not _finite(*trained.values()):
                raise self._diverged(trained, phase)
            rate = self.knobs[phase.learning_rate] * _factor(phase.schedule, done)
            for name, updates in trained.items():
                SGD(self._state[name]).step(updates, rate)

        update, trained = self.rule.update(*given)
        prediction = self._observed.prediction
        loss = self._loss.mean(y, self._network.predict(x) if prediction is None else prediction)
        if not (np.isfinite(loss) and _finite(update, *trained.values())):
            raise self._diverged({"weights": update, **trained})
        factor = _factor(self.schedule, done)
        self._factors = min(factor, self._factors[0]), max(factor, self._factors[1])
        rate = self.knobs["learning_rate"] * factor
        self._sgd.step(update, rate)
        for name, sgd in self._state_sgd.items():
            sgd.step(trained[name], rate)
        if self.number + 1 == self.steps and not _finite(self._network.weights):
            raise self._diverged({}, grown=True)  # else the next update would see it
        return loss

    def _diverged(
        self,
        updates: Mapping[str, Sequence[Array | None]],
        phase: Phase | None = None,
        grown: bool = False,
    ) -> Diverged:
        """The error that names what is not finite, and the rates that may be to blame for it: surely,
        if the weights have ``grown``."""
        self._note_what_measures_leave()
        at_first = not (self.number or grown)
        if not grown and (words := self._given_not_finite()):
            return NotFinite(words, self.rows, lambda: self._told)
        largest = np.max([np.abs(a).max(initial=0) for a in self._arrays() if a is not None])
        still = at_first or (not grown and largest <= LARGE)
        if still and (first := _first_not_finite(updates)):
            exercise = phase.exercise if phase else self.rule.exercise
            line = min(self._invalid - self._said, default="")
            when = "first update" if at_first else f"update {self.number + 1}"
            far = (
                self._far_off() if at_first else f" (No weight was beyond {largest:.2g} before it.)"
            )
            return NotFinite(
                f"{exercise} returned {first.format(when)}: look for a division by zero, or the "
                f"logarithm of 0{line and f', as in {line}'}. "
                f'check("{exercise}") says more.{far}',
                self.rows,
                lambda: self._told,
            )
        if at_first and (far := self._far_off()):
            return Diverged(
                f"{self.rule.title} diverged at update 1, before it has learned anything.{far}",
                self.rows,
                lambda: self._told,
            )
        if still and _finite(*updates.values()):
            which = (
                "the first batch is not finite, before anything was learned"
                if at_first
                else f"the batch of update {self.number + 1} is not finite, though no weight is beyond "
                f"{largest:.2g}"
            )
            return Diverged(
                f"{self.loss} of {which}: look for what its per_sample divides by, or takes the "
                "logarithm of.",
                self.rows,
                lambda: self._told,
            )
        rates = dict.fromkeys(p.learning_rate for p in (self.rule.phases if not phase else [phase]))
        first, *others = rates if phase else ["learning_rate", *rates]
        noise = [knob.name for knob in self.rule.knobs if knob.name == "noise"]
        settings = [f"{name} {self.knobs[name]:.3g}" for name in (first, *others, *noise)]
        if self._sgd.weight_decay:
            settings.append(f"weight_decay {self._sgd.weight_decay:.3g}")
        also = "".join(f", or the {name.replace('_', ' ')}" for name in others)
        return Diverged(
            f"{self.rule.title} diverged at update {self.number + 1} of {self.steps}"
            f"{f', in its phase {phase.exercise},' if phase else ''} with {' and '.join(settings)}: "
            "the numbers grew until they were no longer finite. "
            f"Lower the {first.replace('_', ' ')}, to {self.knobs[first] / 3:.1g}, say{also}.",
            self.rows,
            lambda: self._told,
        )

    def _given_not_finite(self) -> str:
        """A sentence on NaN or infinity that was there before this update, if it was not computed."""
        update, given = self.number + 1, {"weights": self._network.weights, **self._state}
        drawn = update == 1 and not self.rule.phases  # which train the state before
        for name, arrays in given.items():
            seen = drawn or update in self._changed
            if seen and not all(a is None or np.isfinite(a).all() for a in arrays):
                by = "somebody has put it there" if update in self._changed else "it was drawn so"
                return (
                    f"There is NaN or infinity in the {name} of this run before its update {update}: "
                    f"{by}. Begin a run with finite numbers."
                )
        return ""

    def _far_off(self) -> str:
        """A sentence on the knobs that are far from where the catalogue has them; they have made the
        numbers too large or too small, where nothing has been learned as yet."""
        far = [
            f"{knob.name} is {self.knobs[knob.name]:.3g}, and by default {knob.default:.3g}"
            for knob in self.rule.knobs
            if knob.name != "learning_rate"
            and not 1e-3 * abs(knob.default)
            <= abs(self.knobs[knob.name])
            <= 1e3 * abs(knob.default or knob.high)
        ]
        return f" {'; '.join(far)}: try a value nearer to that." if far else ""

    def _position(self) -> dict[str, Any]:
        """The columns that say how far the run is."""
        return {
            "step": self.number,
            "epoch": self.number / self.batches_per_epoch,
            "seconds": self._seconds,
        }

    def _see_changes(self) -> None:
        """Have the table tell it if somebody has changed the weights or the state since the last update;
        before the first one, measure its row again."""
        if not self._left or self._left == _contents(self._arrays()):
            return
        self._changed.add(self.number + 1)
        # Not how often: runs that are clipped, say, when they need it are still runs of one kind.
        when = "between updates" if len(self._changed) > 1 else f"before update {self.number + 1}"
        self._given["network"] = f"{self._network}, weights or state changed {when}"
        vars(self).pop("_told", None)
        if not self.number:
            self._measure()
            list.__delitem__(self.rows, slice(-1))
        self._left = _contents(self._arrays())

    def _measure(self) -> None:
        self._shared, measured = {}, {}
        own = self._arrays()
        try:
            floats = np.errstate(**FLOATS, call=self._note_invalid)
            with floats, self._threads, ENDS_NO_RUN, _read_only_meanwhile(own):
                for name, compute in self._measures.items():
                    vars(self).pop("_probe", None)
                    measured[name] = _measured(name, compute, self)
        finally:
            self._shared = None
        self._say_what_is_invalid()
        list.append(self.rows, _Row(self._position() | measured))
        self._due = False

    def _note_invalid(self, *_: object) -> None:
        """Note the line of the student's own where no number comes out. (numpy calls this.)"""
        frame = sys._getframe(1)
        while is_installed(frame.f_code.co_filename) and frame.f_back:
            if frame.f_globals is globals():  # it was not in code that training has called
                return
            frame = frame.f_back
        self._invalid.add(line_of(frame))

    def _say_what_is_invalid(self) -> None:
        """Warn of each such line once, if the run goes on; one that does not has another sentence."""
        for line in sorted(self._invalid - self._said):
            self._said.add(line)
            warnings.warn(
                f"No number comes out in {line}, as of 0 / 0 or the root of a negative number, and the "
                f"run of {self.rule.title} goes on with what that leaves, perhaps NaN in its table.",
                stacklevel=3,
            )

    def _note_what_measures_leave(self) -> None:
        """Keep in mind what measures have changed in this run: the next one would begin with that."""
        if before := self._began_with:
            measures = [*self._measures.values()]
            changed = before.items() ^ variables(measures).items()
            versions.note(measures, {name: before.get(name) for name, _ in changed})

    @cached_property
    def _probe(self) -> np.random.Generator:
        """The noise that measuring draws. Each measure begins it anew, so that the seed and the update
        give it, whatever else is measured, and when."""
        stream = np.random.SeedSequence(self.seed, spawn_key=(*self._probes, self.number))
        return fast_generator(stream)

    def _arrays(self) -> list[Array | None]:
        """All that a run changes as it goes on: its weights, and the rule's state if it is drawn."""
        state = vars(self).get("_state", {})
        return [*self._network.weights, *(a for arrays in state.values() for a in arrays)]

    def outputs(self, part: str) -> tuple[Array, Array]:
        """Targets and outputs, (samples, classes), for ``"train"``, ``"validation"`` or ``"test"``.

        Of the training set they are those of the first 1,000 samples.

        Raises
        ------
        ValueError
            If there is no such part, or it is empty.
        """
        if part not in ("train", "validation", "test") or not len(getattr(self.data, part)):
            raise ValueError(
                f"{self.data.name} has no images for {part!r}; there are train, validation and test, "
                "if they are not empty."
            )
        if self._shared is not None and part in self._shared:
            return self._shared[part]
        split = getattr(self.data, part)
        x, y = (a[: PROBES if part == "train" else None] for a in (split.x, split.y))
        with self._threads:
            found = tuple(read_only([y, _outputs(self._network, x)]))
        if self._shared is not None:
            self._shared[part] = found
        return found

    def probe_update(
        self, network: Network, x: Array, y: Array, rng: np.random.Generator | None = None
    ) -> list[Array]:
        """The rule's update. Its noise, and the state that it draws anew for each update, are from
        ``rng``; by default the noise is from a stream that training does not use, and the state is that
        of the run.

        Raises
        ------
        TypeError
            If ``rng`` is something else, such as a seed.
        """
        if not (rng is None or isinstance(rng, np.random.Generator)):
            raise TypeError(
                f"rng is {said(rng)}; it must be a generator: np.random.default_rng(0)."
            )
        x, y = read_only(samples_of(network, x, y))
        network = network.with_weights(read_only(network.weights))
        state = self._shown_state
        if rng:
            state = state | self.rule.redrawn_state(network, rng, self.knobs)
        given = (network, x, y, self._loss, state, self.knobs, rng or self._probe)
        with self._one_look, ENDS_NO_RUN:
            return self.rule.update(*given)[0]

    def table(self) -> pd.DataFrame:
        """The measurements so far, one row for each time, as :func:`train` returns them."""
        if self._shared is None and not self.number:
            self._see_changes()
        if self._shared is None and self.number < self.steps:  # perhaps nobody steps it to its end
            self._note_what_measures_leave()
        if self.number and (anew := self._filled_in_since()):
            warnings.warn(
                f"{anew[0]} has been filled in anew since this run began, which goes on with "
                "the answer that it began with: begin another run for the new one.",
                stacklevel=2,
            )
        return _table_of(self.rows, self._told)

    def _filled_in_since(self) -> list[str]:
        """The exercises that have another answer by now, if none was handed over to this run."""
        with suppress(NotFilledIn):
            now = self.rule.functions()
            with self._one_look:
                began = self.rule.functions()
            others = [name for name, answer in began.items() if now[name] is not answer]
            if others and not self._one_look.handed_over:
                return [n for n in others if versions.content(now[n]) != versions.content(began[n])]
        return []

    @cached_property
    def _told(self) -> dict[str, Any]:
        """Which run it is."""
        run = {"rule": self.rule.name, "seed": self.seed, **self.knobs, **told(self._given)}
        with self._one_look, suppress(NotFilledIn):
            found: dict[str, Any] = self.rule.answers()
            if self._keeps:  # after each run it is another one, except for its code
                found = {name: getattr(f, "__code__", f) for name, f in found.items()}
            now = versions.contents(found)
            for name in () if self._keeps else versions.differing(self._begun, now):
                now[name] += self._begun[name]  # it was changed under way: the run is of neither
            return run | changed(self.rule, now, self._wanted, self._constants)
        return run

    def finish(self, progress: bool = True) -> pd.DataFrame:
        """Run to the end and return the table.

        Raises
        ------
        Diverged
            If the numbers do not stay finite; what was measured is in its ``table``.
        """
        with bar(self.steps, self.rule.title, flag("progress", progress)) as shown:
            for step in self:
                shown.update()
                if step.row:
                    shown.set_postfix_str(f"accuracy {step.row['validation_accuracy']:.1%}")
        return self.table()

    def test_accuracy(self) -> float:
        """The accuracy on the test set, which training never sees."""
        return accuracy(*self.outputs("test"))


def _measured(name: str, compute: Compute, run: Training) -> Any:
    """What a measure returns, if a table can hold it."""
    try:
        found = compute(run)
    except Exception as error:
        error.add_note(f"(The measure {name} has raised this.)")
        raise
    value = (
        found.item() if isinstance(found, np.ndarray | np.generic) and found.ndim == 0 else found
    )
    if not isinstance(value, Real | str) or np.ma.is_masked(found):
        kind = f"an array of {found.shape}" if isinstance(found, np.ndarray) else repr(found)[:60]
        raise TypeError(
            f"The measure {name} returned {kind}; it must return a number, nan where there is none, "
            "or a text."
        )
    return value if isinstance(value, int | float | str) else float(value)


def _contents(arrays: Sequence[Array | None]) -> list[bytes]:
    """What is in the arrays, to be compared at a fifth of the cost of copies."""
    return [a.tobytes() for a in arrays if a is not None]


@contextmanager
def _read_only_meanwhile(arrays: Sequence[Array | None]) -> Iterator[None]:
    """A context in which these arrays can't be changed."""
    writeable = [a for a in arrays if a is not None and a.flags.writeable]
    for a in writeable:
        a.flags.writeable = False
    try:
        yield
    finally:
        for a in writeable:
            a.flags.writeable = True


def _shared_states() -> dict[str, tuple]:
    """The states of the generators that all of Python shares."""
    numpys: Any = np.random.get_state()  # noqa: NPY002
    return {"random": random.getstate(), "numpy.random": (numpys[1].tobytes(), *numpys[2:])}


def _factor(schedule: Schedule, done: float) -> float:
    """The factor on a learning rate when this fraction of a run is done."""
    return number("what the schedule returned", schedule(done), 0)


def _finite(*updates: Sequence[Array | None]) -> bool:
    """Whether all entries are finite; the sum of squares tells at a tenth of isfinite's cost."""
    squares = (float(np.vdot(u, u)) for update in updates for u in update if u is not None)
    return bool(np.isfinite(sum(squares)))


def _first_not_finite(updates: Mapping[str, Sequence[Array | None]]) -> str | None:
    """The first array that is not finite, in words with a gap for the update."""
    for name, update in updates.items():
        for layer, u in enumerate(update):
            if u is not None and not np.all(np.isfinite(u)):
                kind = "NaN" if np.isnan(u).any() else "infinity"
                of = "" if name == "weights" else f" of the {name}"
                return f"{kind} in its {{}}, in the array of layer {layer}{of}"
    return None


def say_of_targets(data: datasets.Dataset, softmax: bool) -> None:
    """Warn where no output can be like the targets, or where they are no classes."""
    y, labels = data.train.y, data.train.labels
    sums = y.sum(axis=1)
    worst = sums[np.abs(sums - 1).argmax()] if len(y) else 1
    if abs(worst - 1) <= 0.01:  # what rounding to float16 leaves
        return
    of_class = np.zeros((data.classes,) * 2, y.dtype)
    of_class[labels] = y
    if softmax:
        warnings.warn(
            f"A row of targets of {data.name} adds up to {worst:.3g}, and the outputs of a "
            "softmax add up to 1, so that they can't be right: divide each row by its sum, or give "
            'a network with another output, such as "identity" with loss="squared_error".',
            stacklevel=3,
        )
    elif accuracy(y, y) == 1 and not np.array_equal(of_class[labels], y):
        warnings.warn(
            f"The targets of {data.name} differ within a class, as if they were no classes; "
            "what is called accuracy is the share of samples whose largest output is where their "
            "largest target is.",
            stacklevel=3,
        )


def refuse_to_draw(network: object, settings: Mapping[str, Any]) -> None:
    """Raise TypeError where there are settings for drawing a network beside the network itself."""
    if given := [f"{name}={settings[name]!r}" for name in Network.DRAWN if name in settings]:
        raise TypeError(
            f"{' and '.join(given)} would draw a network, but network={network} is given: leave one "
            "of the two out."
        )


def train(*args: Any, progress: bool = True, **kwargs: Any) -> pd.DataFrame:
    """Train to the end behind a progress bar; takes what :func:`training` takes.

    Returns
    -------
    DataFrame
        One row for each measurement, the first before any update: ``rule, seed``, the knobs, the
        settings that are not the defaults, ``changed`` where a rule, an answer or a measure is another
        one than that of the same name in an earlier table of the session (two sessions know nothing of
        each other, and other arrays or lists make no other measure, since it may collect in them: before
        you join such tables, give each a column of your own, such as ``table.assign(answer="first")``),
        then ``step, epoch, seconds``, the loss and the accuracy of training and validation data, and
        what ``measure`` asked for.

    Raises
    ------
    Diverged
        If the numbers do not stay finite; what was measured until then is in its ``table``.
    """
    flag("progress", progress)
    return Training(*args, **kwargs).finish(progress)


USUAL: dict[str, Any] = {
    name: parameter.default
    for name, parameter in inspect.signature(Training).parameters.items()
    if name not in ("rule", "seed", "measure", "measure_every", "knobs")
}
"""The settings that a table tells where they are not these, and those of the kind of network."""

TOLD = {"rule", "seed", *USUAL, "changed"}
"""The columns in which a table tells which run it is, beside the knobs."""

training = Training
"""``for step in training(...)`` reads like what it does; it is the class :class:`Training`."""

_of_training = inspect.signature(Training)
train.__signature__ = _of_training.replace(  # type: ignore[attr-defined]
    parameters=[  # so that an editor shows what it takes
        *list(_of_training.parameters.values())[:-1],
        inspect.Parameter("progress", inspect.Parameter.KEYWORD_ONLY, default=True),
        list(_of_training.parameters.values())[-1],
    ]
)
