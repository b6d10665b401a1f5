"""How long a slice of computing may take."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class TookTooLong(Exception):
    """Raised in code that has not come back in time."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise :class:`TookTooLong` in the body, wherever it is, once the time is over; it ends here.

    An endless loop in a student's rule would otherwise take the panel with it, and on a thread of
    its own not even *Interrupt* would stop it. A call that never returns to Python is not stopped.
    """
    thread, lock, over = threading.get_ident(), threading.Lock(), list[bool]()

    def stop() -> None:
        with lock:
            if not over:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(thread), ctypes.py_object(TookTooLong)
                )

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:  # no threads in the browser's own Python
        yield
        return
    with suppress(TookTooLong):
        try:
            yield
        finally:
            timer.cancel()
            with lock:
                over.append(True)
            # If it is on its way, it arrives here and not in somebody else's code. To call it back
            # would leave Python waiting for it, slowly, and for ever once a debugger looks on.
            for _ in range(10):
                pass
