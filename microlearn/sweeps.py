"""Sweeps: the same training at every point of a grid, over the cores or a cluster.

A point is one rule with one setting and one seed. Its numbers depend on nothing else, so it does not
matter where it runs, beside what, or when: finished points are kept on disk, a file for each, under the
:mod:`fingerprint <microlearn.fingerprints>` of all that decides them, and are not run again.
"""

from __future__ import annotations

import inspect
import itertools
import json
import math
import os
import pickle
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .activations import Activation
from .bars import bar
from .data import Dataset, dataset
from .drafts import draft_of, json_of
from .fingerprints import engine, fingerprint, reads_its_process
from .losses import Loss
from .measures import computations
from .network import refuse_of_hidden
from .numbers import ended, flag, said, whole
from .places import cache, folder_named
from .rules import Rule, get_rules
from .training import TOLD, Training, changed, entry, refuse_to_draw, say_of_targets, setting, told
from .versions import contents, say_what_has_several_names, say_what_is_left
from .warned import heard, say
from .workers import PLAIN, Point, Shared, on_cluster, on_cores, open_client, tasks_of

if TYPE_CHECKING:
    import distributed
    import pandas as pd

TRAINING = inspect.signature(Training)
DEFAULTS = {
    name: parameter.default
    for name, parameter in TRAINING.parameters.items()
    if parameter.kind is not parameter.VAR_KEYWORD and name not in ("rule", "data")
}
COLUMNS = ("rule", "seed", "step", "epoch", "seconds", "error")
"""Columns that every table of a sweep has."""
MOST_POINTS = 10**6
"""Points that a sweep may have: more would take days."""


def sweep(
    rule: str | Rule | Sequence[str | Rule],
    data: str | Dataset = "digits",
    *,
    seeds: int | Iterable[int] = 5,
    history: bool = False,
    workers: int | None = None,
    client: distributed.Client | None = None,
    folder: str | os.PathLike | None = None,
    progress: bool = True,
    **settings: Any,
) -> pd.DataFrame:
    """Train at every point of a grid: ``sweep("node_perturbation", noise=[0.001, 0.1], width=16)``.

    Every setting that is given as a list is swept, each value with each value of the others; one
    that is given as a single value is the same everywhere. Seed ``k`` is the same random stream at
    every setting, so that settings can be compared pair by pair. A knob that one of several rules
    does not have is left out for that rule.

    The points run side by side on the cores of this machine, or, where a Dask ``Client`` is open, on
    its cluster; the numbers are the same (on another kind of processor the last digits may differ).
    Each point begins with your answers as they are loaded when you call, modules of your own included:
    what one point changes in their variables reaches no other. A sweep that was stopped goes on where
    it was when it is called again, and a larger one runs only what is new. For this, finished points
    are kept until something changes that decides them: your answer, the data, a setting, microlearn, the
    version of a library that your answer uses. (A package of your own that is installed counts by its
    version, too: raise that when you change it.) What your answer reads from a file or a clock is not
    seen. A point whose first update draws from a generator that is made without a seed is told, and not
    kept. One that diverges is finished, too; one that stops with an error is run again the next time.
    What points warn is said here, once, such as the line of your answer that divides by zero.

    Parameters
    ----------
    rule : str, Rule, or a list of them
        Your own answers go to the workers with all that they refer to.
    data : str or Dataset
    seeds : int or list of int
        How many seeds, or which.
    history : bool
        Whether the table has a row for each measurement, as :func:`microlearn.train` gives, instead
        of the last one alone.
    workers : int, optional
        Processes on this machine, whether a cluster is open or not; by default, and for −1, one for
        each core.
    client : distributed.Client, optional
        The Dask cluster to run on; by default the one that is open, if there is one.
    folder : path, optional
        Where finished points are kept; by default the folder that ``MICROLEARN_SWEEPS`` names, else
        one in microlearn's cache.
    progress : bool
        Whether to show a bar with the time left.
    **settings
        What :func:`microlearn.training` takes: the rule's knobs (``learning_rate``, ``noise``,
        ...); ``width``, ``layers``, ``activation`` and ``initialisation``, by which each seed draws a
        network of its own; ``epochs``, ``batch_size``, ``measure``, ...

    Returns
    -------
    DataFrame
        A row for each point, in the order of the grid: ``rule``, the knobs, ``width``, what else is
        swept, the other settings that are not the defaults, ``seed``, the columns of
        :func:`microlearn.train`, and ``error``, which says why a point failed and is None where it did
        not. What a failed point has not measured is NaN. Nothing but ``seconds`` differs from one run to
        another.

    Raises
    ------
    NotFilledIn
        If the rule's exercise is filled in nowhere.
    TypeError, ValueError
        If no rule has a knob of a given name, two rules have one name, a list is empty or has a value
        twice, a value is out of its range, a measure has the name of another column, or an answer
        refers to something that can't go to another process.
    RuntimeError
        If a cluster has no worker, or one that would compute other numbers; if the data has no room on
        its way to the workers; or if there is no home folder for the cache.

    Examples
    --------
    >>> table = sweep("backprop", learning_rate=[0.1, 1], seeds=2, epochs=1, progress=False)
    >>> table[["learning_rate", "width", "seed"]].values.tolist()
    [[0.1, 32.0, 0.0], [0.1, 32.0, 1.0], [1.0, 32.0, 0.0], [1.0, 32.0, 1.0]]
    """
    if workers is not None and not whole("workers", workers, least=-1):
        raise ValueError(
            "workers is 0; it must be a number of processes, or -1 for one on each core."
        )
    if client is not None and not hasattr(client, "submit"):
        raise TypeError(
            f"client is {said(client)}; it must be a Client of Dask's, such as Client(address)."
        )
    if client is not None and workers is not None:
        raise TypeError(
            f"workers={workers} are processes of this machine, and client is a cluster: leave one out."
        )
    history, progress = flag("history", history), flag("progress", progress)
    rules = get_rules(rule)
    with heard() as warned:
        points = _grid(rules, settings, seeds)
        swept = [name for name, value in settings.items() if _is_swept(name, value)]
        for values in (rules, *(settings[name] for name in swept)):
            say_what_has_several_names(v for v in values if isinstance(v, Rule | Loss | Activation))
        shown = ["width", *swept]
        knobs = {knob.name for rule in rules for knob in rule.knobs}
        # Raises, if there is no such measure, or it has the name of another column.
        measured = computations(
            settings.get("measure", ()), taken={*shown, *knobs, *COLUMNS, *TOLD}
        )
        say_what_is_left([*measured.values()])
        answers = {rule.name: rule.answers(settings) for rule in rules}
        for each in rules:
            each.say_what_is_idle()
        if read := reads_its_process([*answers.values(), *rules, settings]):
            raise TypeError(
                f"Your answer, or a setting, reads {read}, which may be another in another process, "
                "and no kept point would know it: read it before, into a variable."
            )
        content = dataset(data)
        if "network" not in settings:
            say_of_targets(content, softmax=True)
    told_of = set[str]()  # each sentence once, however many points warn it
    say(warned, told_of, stacklevel=3)
    kept_in = _folder(folder)
    with _in_a_sentence():
        files = _files(points, answers, content, kept_in)
        outcomes = {number: kept for number, file in enumerate(files) if (kept := _read(file))}
        missing = {n: point for n, point in enumerate(points) if n not in outcomes}
        tasks = tasks_of(_seed_by_seed(missing), answers)
    if client is None and workers is None:
        client = open_client()
    if client:  # data that has a name is not sent: each machine loads its own
        running = on_cluster(tasks, Shared(data, fingerprint(content)), client)
    else:
        running = on_cores(tasks, Shared(content), workers)
    under_way = bar(len(points), "sweep", progress, initial=len(outcomes))
    for outcome in outcomes.values():
        say(outcome["warned"], told_of, stacklevel=3)
    with under_way, closing(running):  # closing, so that no worker goes on after an interrupt
        for number, text in running:
            outcomes[number] = json.loads(text)
            if outcomes[number]["finished"]:
                _write(files[number], outcomes[number])
            say(outcomes[number]["warned"], told_of, stacklevel=3)
            under_way.update()
    _tell([outcomes[number]["error"] for number in range(len(points))])
    if lost := sum(bool(o["rows"]) and not o["finished"] for o in outcomes.values()):
        warnings.warn(
            f"{lost} of {len(points)} points are not kept, since another try would give other numbers.",
            stacklevel=2,
        )
    return _table(points, outcomes, content, answers, shown, history, measured)


# --- the grid -------------------------------------------------------------------------------------


def _is_swept(name: str, value: Any) -> bool:
    if isinstance(value, Mapping) and name != "measure":
        raise TypeError(f"{name} is a dict, whose values would be lost: give a list of values.")
    one = isinstance(value, str | bytes) or (isinstance(value, np.ndarray) and value.ndim == 0)
    return isinstance(value, Iterable) and not one and name != "measure"


def _grid(
    rules: Sequence[Rule], settings: Mapping[str, Any], seeds: int | Iterable[int]
) -> list[Point]:
    """Every rule at every setting with every seed."""
    if "seed" in settings:
        raise TypeError("A sweep has seeds, a number of them or a list: write seeds=, not seed=.")
    knobs = [{knob.name: knob for knob in rule.knobs} for rule in rules]
    drawn = settings.get("network") is None
    if not drawn:
        refuse_to_draw(settings["network"], settings)
    if not _is_swept("seeds", seeds):
        seeds = range(whole("seeds", seeds, least=1))
    values = {k: v for k, v in settings.items() if not _is_left_out(k, v)} | {"seed": seeds}
    # No more of a list than tells that it is too long: it may have no end.
    lists = {
        k: [*map(_plain, itertools.islice(v, MOST_POINTS + 1))] if _is_swept(k, v) else [_plain(v)]
        for k, v in values.items()
    }
    if unknown := settings.keys() - TRAINING.parameters.keys() - set().union(*knobs):
        rules[0].settings(dict.fromkeys(unknown))  # raises, and says which knobs there are
    for name, swept in {"rule": rules, **lists}.items():
        if not swept:
            raise ValueError(f"There is nothing to run: {name} is an empty list.")
    if len(rules) * math.prod(map(len, lists.values())) > MOST_POINTS:
        long = ", ".join(
            f"{min(len(v), MOST_POINTS):,} of {k}" for k, v in lists.items() if len(v) > 1
        )
        raise ValueError(
            f"The grid has too many points ({long}, or more); a sweep has {MOST_POINTS:,} at most: "
            "leave values or seeds out."
        )
    points: list[Point] = []
    for rule, own in zip(rules, knobs, strict=True):
        known = {k: [v] for k, v in rule.network.DRAWN.items()} if drawn else {}
        known |= {
            k: [own[k].read(v) if k in own else setting(k, v) for v in swept]
            for k, swept in lists.items()
            if k in TRAINING.parameters or k in own
        }
        if known.get("layers") == [0]:
            refuse_of_hidden(lists, 0)
        for name, swept in known.items():
            entries = Counter(map(entry, swept))
            if len(entries) < len(swept):
                twice, _ = entries.most_common(1)[0]
                raise ValueError(
                    f"{name} has {twice} more than once, and a table tells points apart by that: give "
                    "each value once, and each function a name of its own."
                )
        points += [
            Point(rule, dict(zip(known, combination, strict=True)))
            for combination in itertools.product(*known.values())
        ]
    return points


def _is_left_out(name: str, value: Any) -> bool:
    """Whether it says no more than that the setting is not given."""
    return (
        value is None and name in TRAINING.parameters and TRAINING.parameters[name].default is None
    )


def _plain(value: Any) -> Any:
    """A number of Python's for one of numpy's, which would come back from disk as another type."""
    one = isinstance(value, np.generic | np.ndarray) and value.ndim == 0
    return value.item() if one and not np.ma.is_masked(value) else value


def _seed_by_seed(points: Mapping[int, Point]) -> dict[int, Point]:
    """First one seed of the whole grid, then the next: a sweep that is stopped can still be drawn."""
    return dict(sorted(points.items(), key=lambda item: item[1].settings["seed"]))


# --- finished points, on disk ---------------------------------------------------------------------


def _folder(given: str | os.PathLike | None) -> Path:
    """Where finished points are kept."""
    if given is not None and given != "":
        return folder_named("folder", given)
    if named := os.environ.get("MICROLEARN_SWEEPS"):
        return folder_named("MICROLEARN_SWEEPS", named)
    return cache() / "sweeps"


def _files(
    points: Sequence[Point], answers: Mapping[str, Mapping], data: Dataset, folder: Path
) -> list[Path]:
    """The file of each point: its name is the fingerprint of all that decides the numbers."""
    known: dict[int, str] = {}  # what many points share, such as a network, is read only once

    def text(value: Any) -> str:
        value = _plain_number(value)
        if value is None or isinstance(value, PLAIN):
            return repr(value)
        if id(value) not in known:
            known[id(value)] = fingerprint(value)
        return known[id(value)]

    def name(point: Point) -> str:
        settings = _complete(point)
        settings |= {f"knob {name}": value for name, value in settings.pop("knobs").items()}
        lines = [f"{name} {text(value)}" for name, value in settings.items()]
        return fingerprint("\n".join([of[id(point.rule)], *lines]))

    alike = fingerprint(engine(), data)
    rules = {id(point.rule): point.rule for point in points}
    of = {key: fingerprint(alike, r, answers[r.name]) for key, r in rules.items()}
    return [folder / f"{name(point)}.json" for point in points]


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Say what can't be written down, neither for a fingerprint nor for a worker."""
    try:
        yield
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise TypeError(
            f"Your answer, or a setting, refers to something that can't go to another process: "
            f"{ended(error)} Let it refer to numbers, arrays and functions alone."
        ) from error


def _plain_number(value: Any) -> Any:
    """A setting of 16.0 as 16: training takes them for the same."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _complete(point: Point) -> dict[str, Any]:
    """The settings with the defaults of all that was left out."""
    known = {name: value for name, value in point.settings.items() if name in DEFAULTS}
    knobs = {name: value for name, value in point.settings.items() if name not in DEFAULTS}
    return DEFAULTS | known | {"knobs": point.rule.settings(knobs)}


def _seal(file: Path, point: Mapping[str, Any]) -> str:
    """What a file says of its point, so that no other point, and no other number, is taken for it."""
    return fingerprint(file.stem, json.dumps(point))


def _read(file: Path) -> dict[str, Any] | None:
    """The point that is kept there; None where there is none, or what is there is something else."""
    try:
        kept = json_of(file)
        return kept if kept.pop("seal") == _seal(file, kept) else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _write(file: Path, point: Mapping[str, Any]) -> None:
    """Keep a point: the file is there as a whole or not at all."""
    try:
        with draft_of(file) as draft:
            draft.write_text(json.dumps({**point, "seal": _seal(file, point)}), encoding="utf-8")
    except OSError as error:
        warnings.warn(
            f"Finished points can't be kept in {file.parent} ({error.strerror}). The sweep goes on, "
            "but will start anew the next time; folder= names another place.",
            stacklevel=3,
        )


# --- the table ------------------------------------------------------------------------------------


def _table(
    points: Sequence[Point],
    outcomes: Mapping[int, Mapping],
    data: Dataset,
    answers: Mapping[str, Mapping],
    shown: Sequence[str],
    history: bool,
    measures: Iterable[str],
) -> pd.DataFrame:
    import pandas as pd

    rows: list[dict[str, Any]] = []
    told_of_data = told({"data": data})
    told_of_rule = {
        id(rule): changed(rule, contents(answers[rule.name]), point.settings.get("measure"))
        for rule, point in {point.rule.name: (point.rule, point) for point in points}.values()
    }
    settings: dict[str, Any] = {}  # dicts, for the order in which the columns come up
    for number, point in enumerate(points):
        error, measured = outcomes[number]["error"], outcomes[number]["rows"]
        if not history:
            measured = [] if error else measured[-1:]
        own = {name: entry(point.settings[name]) for name in shown if name in point.settings}
        others = {**told_of_data, **told(point.settings), **told_of_rule[id(point.rule)]}
        where = {"rule": point.rule.name, **_complete(point)["knobs"], **own, **others}
        seed = {"seed": point.settings["seed"]}
        rows += [row | where | seed | {"error": error} for row in measured or [{}]]
        settings |= where
    columns = [*settings, "seed", "step", "epoch", "seconds", *measures, "error"]
    table = pd.DataFrame(rows, columns=columns)
    # Else pandas makes NaN of None where there are texts beside it.
    return table.assign(error=pd.Series([row["error"] for row in rows], dtype=object))


def _tell(errors: Sequence[str | None]) -> None:
    """Say what failed, and how often; a table of 200 rows hides it."""
    failed = [error for error in errors if error]
    if failed:
        print(
            f"{len(failed)} of {len(errors)} points failed (see the column error). "
            f"The first says: {failed[0]}"
        )
