"""Where the points of a sweep run: in this process, over its cores, or on a Dask cluster.

Everywhere, a point runs on a copy of the answers (:mod:`microlearn.parcels`) and comes back as one
text: its measurements, or what went wrong. A point whose process died is given up only after it has
died alone.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import sys
import tempfile
import threading
import time
import traceback
import uuid
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from .data import CorruptFile, Dataset, load
from .exercises import standing_in
from .fingerprints import engine, fingerprint, is_installed
from .network import OF_HIDDEN
from .rules import Rule
from .threads import ONE_BLAS_THREAD
from .training import Diverged, Training
from .warned import Warned, heard

if TYPE_CHECKING:
    import distributed

Outcomes = Generator[tuple[int, str], None, None]
"""The number of a point with its outcome, as the points finish."""


ALONE = threading.RLock()
"""Held by a point: threads of one process, as those of a Dask worker, share the global generators."""
SESSION = uuid.uuid4().hex
"""A text that is this process's own, and that of its forks."""
PROCESS = os.getpid()


def computes_with() -> str:
    """What decides the numbers of a process beside the answers."""
    python = ".".join(map(str, sys.version_info[:2]))
    return f"Python {python}, numpy {np.__version__}, microlearn {engine()[:8]}"


@cache
def _this_worker_computes_with() -> str:
    return computes_with()


@dataclass(frozen=True)
class Point:
    """One run: a rule, and the keywords of :func:`microlearn.training` for it, the seed included."""

    rule: Rule
    settings: dict[str, Any]


@dataclass(frozen=True)
class Task:
    """A point that is ready to go: its numbers and texts, and a parcel with all else."""

    plain: dict[str, Any]
    parcel: bytes


@dataclass(frozen=True)
class Shared:
    """What all points have in common, and what another process can't know by itself."""

    data: str | Dataset
    content: str = ""
    """The fingerprint of data that has a name."""
    session: str = SESSION
    computes_with: str = field(default_factory=computes_with)


def tasks_of(
    points: Mapping[int, Point], answers: Mapping[str, Mapping[str, Callable]]
) -> dict[int, Task]:
    """The points, ready to go with the answers of their rules.

    Raises
    ------
    TypeError, AttributeError, pickle.PicklingError
        If an answer or a setting can't go to another process.
    """
    from .parcels import packed  # not above: joblib takes a third of a second to import

    parcels: dict[tuple, bytes] = {}  # most points share theirs

    def task(point: Point) -> Task:
        plain = {k: v for k, v in point.settings.items() if isinstance(v, PLAIN) or v is None}
        others = {k: v for k, v in point.settings.items() if k not in plain}
        key = id(point.rule), *((name, id(value)) for name, value in others.items())
        if key not in parcels:
            parcels[key] = packed(point.rule, answers[point.rule.name], others)
        return Task(plain, parcels[key])

    return {number: task(point) for number, point in points.items()}


PLAIN = (bool, int, float, str)
NOTHING: Warned = MappingProxyType({})


def run(shared: Shared, task: Task) -> str:
    """Train at one point, to the end or until it fails; nothing is raised.

    Returns
    -------
    JSON of ``rows``, the measurements; ``error``, None or a sentence; ``warned``, as :data:`Warned`;
    ``finished``, whether another try would give the same: divergence belongs to the setting, an
    exception may not, and what no seed fixes does not.
    """
    from .parcels import unpacked

    elsewhere = shared.session != SESSION
    if elsewhere and (here := _this_worker_computes_with()) != shared.computes_with:
        return _gone(f"its process has {here}, and this session {shared.computes_with}; {ALIKE}")
    errors = np.errstate(
        divide="warn"
    )  # as in a worker, which no np.seterr of the session's reaches
    seeded = _global_generators(task.plain["seed"])
    with ALONE, ONE_BLAS_THREAD, errors, seeded, heard() as warned:
        try:
            rule, functions, others = unpacked(task.parcel, elsewhere)
            data = _load(shared) if isinstance(shared.data, str) else shared.data
            with standing_in(functions, alone=True):
                settings = {**task.plain, **others}
                if settings.get("layers") == 0:  # beside points that have some
                    settings = {k: v for k, v in settings.items() if k not in OF_HIDDEN}
                training, error = Training(rule, data, **settings), None
                try:
                    for _ in training:
                        pass
                except Diverged as diverged:
                    error = str(diverged)
            if training.own_generator:
                warnings.warn(ALIKE_FOR_SEEDS, stacklevel=1)
            return _text(training.rows, error, not training.unseeded, warned)
        except Exception as exception:
            return _text([], _in_a_sentence(exception), finished=False, warned=warned)


ALIKE_FOR_SEEDS = (
    "An answer, or what it calls, draws from a generator of its own, which begins anew at each point: "
    "all seeds have the same draws from it, and differ in less than they should. Draw from rng; an "
    "answer whose exercise has none asks for it: `*, rng`."
)


@contextmanager
def _global_generators(seed: int) -> Iterator[None]:
    """Let Python's and numpy's global generators begin with the point's seed, if an answer draws from
    them; the session has them back as they were."""
    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(np.random.SeedSequence(seed).generate_state(4))  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002


def _text(rows: list[dict], error: str | None, finished: bool, warned: Warned = NOTHING) -> str:
    return json.dumps({"rows": rows, "error": error, "finished": finished, "warned": dict(warned)})


@cache
def _load(shared: Shared) -> Dataset:
    """The data of that name, as this machine has it.

    Raises
    ------
    CorruptFile
        If it is not what the session has.
    """
    data = load(str(shared.data))
    if fingerprint(data) != shared.content:
        raise CorruptFile(
            f"{shared.data} is not the same here and in the session: give all machines the same "
            "files, or let data be what load() returned."
        )
    return data


def _in_a_sentence(error: BaseException) -> str:
    """The error, with the last line of the student's own code on the way to it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not is_installed(frame.filename)]
    where = f" (line {own[-1].lineno} of {own[-1].name})" if own else ""
    return " ".join([f"{type(error).__name__}: {error}{where}", *getattr(error, "__notes__", ())])


def on_cores(tasks: Mapping[int, Task], shared: Shared, workers: int | None = None) -> Outcomes:
    """Run the tasks in this many processes, by default one for each core."""
    from concurrent.futures.process import BrokenProcessPool

    import joblib

    fork = os.getpid() != PROCESS  # it would wait for the workers of its parent
    workers = 1 if fork else min(joblib.effective_n_jobs(workers or -1), len(tasks))
    if workers <= 1:
        yield from ((number, run(shared, task)) for number, task in tasks.items())
        return
    left = dict(tasks)
    while left:
        started: list[int] = []
        try:
            for number, text in _pool(left, shared, workers, started):
                del left[number]
                yield number, text
        except pickle.PicklingError as error:  # joblib puts large data in a file that all can read
            *_, why = str(error.__cause__ or error).rstrip('"\n ').split("\n")  # of a traceback
            folder = os.environ.get("JOBLIB_TEMP_FOLDER") or tempfile.gettempdir()
            raise RuntimeError(
                f"The data could not be handed to the workers ({why}): make room "
                f"in {folder}, let JOBLIB_TEMP_FOLDER name another folder, or give "
                "workers=1."
            ) from error
        except BrokenProcessPool:
            # One of these has ended its process, or used up the memory with the others. Alone, the
            # innocent ones will finish.
            for number in [n for n in started if n in left]:
                task = left.pop(number)
                try:
                    yield from _pool({number: task}, shared, workers, [])
                except BrokenProcessPool:
                    yield number, _gone(f"its process died; {_likely_cause()}")


def _pool(tasks: Mapping[int, Task], shared: Shared, workers: int, started: list[int]) -> Outcomes:
    """Run tasks in processes of joblib's, noting which of them were started."""
    from joblib import Parallel, delayed

    def calls() -> Iterator:
        for number, task in list(tasks.items()):
            started.append(number)
            yield delayed(_numbered)(number, shared, task)

    # Where a sandbox allows no processes, joblib takes threads, with the same numbers. A batch of one:
    # a point is kept as soon as it is finished.
    pool = Parallel(
        workers,
        backend="loky",
        return_as="generator_unordered",
        batch_size=1,
        initializer=_end_with,
        initargs=(os.getpid(),),
    )
    return pool(calls())


def _numbered(number: int, shared: Shared, task: Task) -> tuple[int, str]:
    return number, run(shared, task)


def _end_with(parent: int) -> None:
    """Let this process end with the one that started it, which may have ended already.

    Without this, a worker of loky's whose session was killed waits for ever and keeps its memory.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    if os.getpid() != parent:  # else it is a thread of the session itself
        threading.Thread(target=watch, daemon=True).start()


def _likely_cause() -> str:
    """Why a process may have died: what it imports may be a file of the student's instead."""
    files = [file for folder in (".", *sys.path[:1]) for file in Path(folder).glob("*.py")]
    for file in files:
        if file.stem in sys.stdlib_module_names:
            return f"{file} stands in the place of Python's own {file.stem}: give it another name"
    return "the memory may have run out"


def _gone(why: str) -> str:
    return _text([], f"The point was lost: {why}.", finished=False)


def open_client() -> distributed.Client | None:
    """The Dask client that is open in this session; Dask is not imported to find out."""
    distributed = sys.modules.get("distributed")
    try:
        return distributed.Client.current() if distributed else None
    except ValueError:  # there is none
        return None


def _require_alike(client: distributed.Client) -> None:
    """Raise RuntimeError if a worker would compute other numbers, which would be kept as these, and
    TimeoutError if there is none."""
    if client.status != "running":
        raise RuntimeError(f"The Dask client is {client.status}: {ELSEWHERE}.")
    here = computes_with()
    # A cluster that adapts starts a worker for a task.
    next(as_they_finish([client.submit(computes_with, pure=False)], client))
    for worker, there in client.run(computes_with).items():
        if there != here:
            raise RuntimeError(
                f"The worker {worker} has {there}; this session has {here}; {ALIKE}."
            )


ALIKE = (
    "the last is the fingerprint of its code as it is loaded. Install the same everywhere, restart the "
    "kernel after an update, or give workers=1, as where you have put something into microlearn itself, "
    "numpy or builtins"
)
PATIENCE = 60.0
"""Seconds that a cluster without a worker has to find one."""
PULSE = 1.0
"""Seconds after which a cluster that has finished nothing is asked whether it has a worker."""
ELSEWHERE = "start it again, or give workers= to stay on this machine"


def as_they_finish(
    futures: Iterable[distributed.Future], client: distributed.Client
) -> Iterator[tuple[distributed.Future, Any]]:
    """The futures, each with its result or the exception. Dask would wait for a worker for ever.

    Raises
    ------
    TimeoutError
        If the cluster has none for :data:`PATIENCE` seconds.
    """
    from distributed import as_completed

    finished = as_completed(futures, client.loop, with_results=True, raise_errors=False)
    while not finished.is_empty():
        asked, alone = time.monotonic(), None
        while not finished.has_ready():
            time.sleep(0.02)
            now = time.monotonic()
            if now < asked + PULSE:
                continue
            asked = now
            if client.scheduler_info()["workers"]:
                alone = None
            elif alone is None:
                print(f"The Dask cluster has no worker. Waiting {PATIENCE:.0f} seconds for one.")
                alone = now
            elif now > alone + PATIENCE:
                raise TimeoutError("The Dask cluster has no worker")
        future, result = next(finished)
        yield future, result[1] if future.status == "error" else result


def on_cluster(tasks: Mapping[int, Task], shared: Shared, client: distributed.Client) -> Outcomes:
    """Run the tasks on a Dask cluster; it gives those of a lost worker to another one.

    Raises
    ------
    RuntimeError
        If the cluster has no worker, or one that would compute other numbers, or ends.
    """
    from distributed import CancelledError

    sent: list[distributed.Future] = []
    try:
        _require_alike(client)
        # A task, so that Dask can make it again when the worker that held it is lost.
        held = client.submit(replace, shared, pure=False)
        futures = {client.submit(run, held, t, pure=False): number for number, t in tasks.items()}
        sent += [held, *futures]
        for future, result in as_they_finish(futures, client):
            if isinstance(result, CancelledError):
                raise TimeoutError("The Dask cluster has dropped the sweep")
            yield futures[future], result if isinstance(result, str) else _gone(repr(result))
    except TimeoutError as error:
        raise RuntimeError(f"{error}: {ELSEWHERE}. What is finished is kept.") from None
    finally:
        with suppress(Exception):  # there may be no cluster any more, and what to say is under way
            client.cancel(sent)
