"""Where the points of a sweep run: in this process, over its cores, or on a Dask cluster.

Everywhere, a point comes back as one text: its measurements, or what went wrong. A point whose process
died is given up only after it has died alone.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .data import Dataset, load
from .exercises import answers
from .fingerprints import engine, is_installed
from .rules import Rule
from .threads import ONE_BLAS_THREAD
from .training import Diverged, Training

if TYPE_CHECKING:
    import distributed

Outcomes = Generator[tuple[int, str], None, None]
"""The number of a point with its outcome, as the points finish."""


@dataclass(frozen=True)
class Point:
    """One run: a rule, and the keywords of :func:`microlearn.training` for it, the seed included."""

    rule: Rule
    settings: dict[str, Any]


@dataclass(frozen=True)
class Shared:
    """What all points have in common, and what another process can't know by itself."""

    data: str | Dataset
    answers: dict[str, Callable]


def run(shared: Shared, point: Point) -> str:
    """Train at one point, to the end or until it fails; nothing is raised.

    Returns
    -------
    JSON of ``rows``, the measurements; ``error``, None or a sentence; ``finished``, whether another
    try would give the same: divergence belongs to the setting, an exception may not.
    """
    with ONE_BLAS_THREAD, answers(shared.answers):
        try:
            data = _load(shared.data) if isinstance(shared.data, str) else shared.data
            training, error = Training(point.rule, data, **point.settings), None
            try:
                for _ in training:
                    pass
            except Diverged as diverged:
                error = str(diverged)
            return _text(training.rows, error, finished=True)
        except Exception as exception:
            return _text([], _in_a_sentence(exception), finished=False)


def _text(rows: list[dict], error: str | None, finished: bool) -> str:
    def plain(value: Any) -> Any:
        if hasattr(value, "tolist"):  # a number or an array of numpy's
            return value.tolist()
        raise TypeError(f"a measure has returned {value!r}; a table takes numbers and texts")

    return json.dumps({"rows": rows, "error": error, "finished": finished}, default=plain)


@cache
def _load(name: str) -> Dataset:
    return load(name)


def _in_a_sentence(error: BaseException) -> str:
    """The error, with the last line of the student's own code on the way to it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not is_installed(frame.filename)]
    where = f" (line {own[-1].lineno} of {own[-1].name})" if own else ""
    return f"{type(error).__name__}: {error}{where}"


def on_cores(points: Mapping[int, Point], shared: Shared, workers: int | None = None) -> Outcomes:
    """Run the points in this many processes, by default one for each core."""
    from concurrent.futures.process import BrokenProcessPool

    import joblib

    workers = min(joblib.effective_n_jobs(workers or -1), len(points))
    if workers <= 1:
        yield from ((number, run(shared, point)) for number, point in points.items())
        return
    left = dict(points)
    while left:
        started: list[int] = []
        try:
            for number, text in _pool(left, shared, workers, started):
                del left[number]
                yield number, text
        except BrokenProcessPool:
            # One of these has ended its process, or used up the memory with the others. Alone, the
            # innocent ones will finish.
            for number in [n for n in started if n in left]:
                point = left.pop(number)
                try:
                    yield from _pool({number: point}, shared, workers, [])
                except BrokenProcessPool:
                    yield number, _gone("its process died; the memory may have run out")


def _pool(
    points: Mapping[int, Point], shared: Shared, workers: int, started: list[int]
) -> Outcomes:
    """Run points in processes of joblib's, noting which of them were started."""
    from joblib import Parallel, delayed

    def tasks() -> Iterator:
        for number, point in list(points.items()):
            started.append(number)
            yield delayed(_numbered)(number, shared, point)

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
    return pool(tasks())


def _numbered(number: int, shared: Shared, point: Point) -> tuple[int, str]:
    return number, run(shared, point)


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


def _gone(why: str) -> str:
    return _text([], f"The point was lost: {why}.", finished=False)


def open_client() -> distributed.Client | None:
    """The Dask client that is open in this session; Dask is not imported to find out."""
    distributed = sys.modules.get("distributed")
    try:
        return distributed.Client.current() if distributed else None
    except ValueError:  # there is none
        return None


def _computes_with() -> str:
    python = ".".join(map(str, sys.version_info[:2]))
    return f"Python {python}, numpy {np.__version__}, microlearn {engine()[:8]}"


def _require_alike(client: distributed.Client) -> None:
    """Raise RuntimeError if a worker would compute other numbers, which would be kept as these."""
    here = _computes_with()
    for worker, there in client.run(_computes_with).items():
        if there != here:
            raise RuntimeError(
                f"The worker {worker} has {there}; this session has {here} (the last is the source's "
                "fingerprint). Install the same on all, or give workers= to stay on this machine."
            )


def on_cluster(points: Mapping[int, Point], shared: Shared, client: distributed.Client) -> Outcomes:
    """Run the points on a Dask cluster; it gives those of a lost worker to another one."""
    from distributed import as_completed

    _require_alike(client)
    # A task, so that Dask can make it again when the worker that held it is lost.
    held = client.submit(replace, shared, pure=False)
    futures = {
        client.submit(run, held, point, pure=False): number for number, point in points.items()
    }
    try:
        for future, result in as_completed(futures, with_results=True, raise_errors=False):
            if not isinstance(result, str):  # an exception, or a triple with one in it
                result = _gone(repr(result[1] if isinstance(result, tuple) else result))
            yield futures[future], result
    finally:
        client.cancel([held, *futures])
