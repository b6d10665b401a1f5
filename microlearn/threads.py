"""One thread for small matrix products.

The threads of a BLAS library wait for each other by spinning. An update that takes a millisecond or
less gains nothing from a second thread, and loses much when another process needs the core: at
784-100-10 it takes ten times as long. Runs side by side would slow each other down, and might add in
another order, which gives other numbers.
"""

from __future__ import annotations

import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any

from .network import Network

SMALL = 2e7
"""Multiplications in the largest product of an update, below which one thread does it."""


@lru_cache(maxsize=1)
def _blas(modules: int) -> list[Any]:
    """The libraries; asked for anew where more modules are loaded, since scipy brings one of its own."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas").lib_controllers


def _set(library: Any, threads: int) -> None:
    # The number belongs to the process, but since 3.8 threadpoolctl lets only its first thread set it
    # and ignores the others. A panel computes on the thread on which its messages arrive.
    getattr(library, "_real_set_num_threads", library.set_num_threads)(threads)


class _OneBlasThread:
    """A context in which BLAS has one thread. When the last of Python's threads has left it, BLAS has
    as many as before.

    ``threadpool_limits`` does it in 30 µs instead of 5; a small update takes 150.
    """

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._before: dict[str, tuple[Any, int]] = {}

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            for library in _blas(len(sys.modules)):
                if library.filepath not in self._before:
                    self._before[library.filepath] = library, library.num_threads
                    self._set(library, 1)

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                for library, before in self._before.values():
                    self._set(library, before)
                self._before = {}

    def _set(self, library: Any, threads: int) -> None:
        if self._before[library.filepath][1] != 1:
            _set(library, threads)


ONE_BLAS_THREAD = _OneBlasThread()


def threads_for(network: Network, batch_size: int) -> AbstractContextManager[None]:
    """The context for an update of this network: one thread if more would gain nothing."""
    small = batch_size * network.multiplications < SMALL
    return ONE_BLAS_THREAD if small else nullcontext()
