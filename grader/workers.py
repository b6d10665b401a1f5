"""The processes that grade: copies of one process, which has loaded what each of them needs.

Multiprocessing's server of forks is that process. It imports this module, and never hears of a student.
``python -m grader`` starts it first of all, so that it loads while the gradebook does.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext


def context() -> ForkServerContext:
    """What makes processes that are copies of that one. It is not started before the first of them."""
    # Each worker waits for its sandbox half of the time; more threads would only compete with it.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload([f"{__package__}.loaded"])
    return found


def start() -> None:
    """Start it, and do not wait for it."""
    context()
    with contextlib.suppress(OSError):  # as a worker will find out, and say
        forkserver.ensure_running()
