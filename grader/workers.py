"""The processes that grade: copies of one process, which has loaded what each of them needs.

Multiprocessing's server of forks is that process. It imports :mod:`grader.loaded`, and never hears of a
student. What a worker needs should be there, and not where nbgrader is: each worker would load that.
``python -m grader`` starts it first of all, so that it loads while the gradebook does.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import select
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from typing import TypeVar

T = TypeVar("T")

BYTES_OF_MEMORY = 500 * 2**20
"""What a worker may write to. A worker takes a fifth of it."""


def context() -> ForkServerContext:
    """What makes processes that are copies of that one. It is not started before the first of them."""
    # Each worker waits for its sandbox half of the time; more threads would only compete with it.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload([f"{__package__}.loaded", "pebble"])
    return found


def start() -> None:
    """Start it, and do not wait for it."""
    context()
    with contextlib.suppress(OSError):  # as a worker will find out, and say
        forkserver.ensure_running()


def ask(function: Callable[[], T]) -> T:
    """What a copy of that process returns. What it has found out once, this one need not find out."""
    with ProcessPoolExecutor(1, context()) as pool:
        return pool.submit(function).result()


def limit(runner: int) -> None:
    """Limit the memory that a submission can make this process take, and end it, with its box, when the
    runner ends. (Its parent is multiprocessing's server of forks, which would wait for it.)"""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES_OF_MEMORY, most))
    try:
        ends = os.pidfd_open(runner)
    except ProcessLookupError:
        os._exit(1)

    def end_with_it() -> None:
        select.select([ends], [], [])
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=end_with_it, daemon=True).start()
