"""One thread for small matrix products.

The threads of a BLAS library wait for each other by spinning. An update that takes a millisecond or
less gains nothing from a second thread, and loses much when another process needs the core: at
784-100-10 it takes ten times as long. Runs side by side would slow each other down, and might add in
another order, which gives other numbers.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from .network import Network

SMALL = 2e7
"""Multiplications in the largest product of an update, below which one thread does it."""


@cache
def _blas() -> list[Any]:
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
        self._before: list[tuple[Any, int]] = []

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._before = [(library, library.num_threads) for library in _blas()]
                self._set_all(1)

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._set_all()

    def _set_all(self, threads: int | None = None) -> None:
        for library, before in self._before:
            if before != 1:
                _set(library, threads or before)


ONE_BLAS_THREAD = _OneBlasThread()


def threads_for(network: Network, batch_size: int) -> AbstractContextManager[None]:
    """The context for an update of this network: one thread if more would gain nothing."""
    small = batch_size * network.multiplications < SMALL
    return ONE_BLAS_THREAD if small else nullcontext()
