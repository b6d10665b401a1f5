"""How long a slice of computing may take."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TookTooLong(Exception):
    """Raised in code that has not come back in time."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise :class:`TookTooLong` in the body, wherever it is, once the time is over.

    An endless loop in a student's rule would otherwise take the panel with it, and on a thread of
    its own not even *Interrupt* would stop it. A call that never returns to Python is not stopped.
    """
    thread, lock, over = threading.get_ident(), threading.Lock(), []

    def stop() -> None:
        with lock:
            if not over:
                _raise_in(thread, TookTooLong)

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:  # no threads in the browser's own Python
        yield
        return
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            over.append(True)
        _raise_in(thread, None)  # it may be on its way, and would arrive in somebody else's code


def _raise_in(thread: int, exception: type | None) -> None:
    argument = None if exception is None else ctypes.py_object(exception)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), argument)
