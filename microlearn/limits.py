"""How long a student's code may run before it is stopped."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class TookTooLong(BaseException):
    """Raised in code that has not come back in time. (No Exception: answers may catch these.)"""


def stop_thread(thread: int) -> None:
    """Raise :class:`TookTooLong` in that thread, when it next comes back to Python."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), ctypes.py_object(TookTooLong)
    )


def catch_up() -> None:
    """Let an exception that is under way to this thread arrive here, and not in later code.

    If it were called back, Python would go on waiting for it: slowly, and for ever under a debugger.
    """
    for _ in range(10):
        pass


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise :class:`TookTooLong` in the body when the time is over; the exception ends here.

    Without it, an endless loop in a student's rule would stop the panel for ever, and on another
    thread not even *Interrupt* would help. A call that never returns to Python is not stopped.
    """
    thread, lock, over = threading.get_ident(), threading.Lock(), list[bool]()

    def stop() -> None:
        with lock:
            if not over:
                stop_thread(thread)

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
            catch_up()
