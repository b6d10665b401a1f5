"""One thread for small matrix products.

The threads of a BLAS library wait for each other by spinning. An update that takes a millisecond or
less gains nothing from a second thread, and where another process wants the core it loses much: at
784-100-10 it takes ten times as long.
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import cache
from typing import Any

from .network import Network

SMALL = 2e7
"""Multiplications in the largest product of an update, below which one thread does it."""


@cache
def _blas() -> list[Any]:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas").lib_controllers


class OneThread:
    """A context in which BLAS has one thread; afterwards it has as many as before.

    ``threadpool_limits`` does the same, in 30 µs instead of 5; a small update takes 150.
    """

    def __enter__(self) -> None:
        self._before = [(library, library.num_threads) for library in _blas()]
        for library, threads in self._before:
            if threads != 1:
                library.set_num_threads(1)

    def __exit__(self, *error: object) -> None:
        for library, threads in self._before:
            if threads != 1:
                library.set_num_threads(threads)


def threads_for(network: Network, batch_size: int) -> OneThread | nullcontext:
    """The context for an update of this network: one thread, where that serves it."""
    small = batch_size * max(w.size for w in network.weights) < SMALL
    return OneThread() if small else nullcontext()
