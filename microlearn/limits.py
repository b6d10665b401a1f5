"""How long a student's code may run before it is stopped."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BY_THE_CLOCK = 6
"""How many times as long as it may compute code may take by the clock, which counts the time of other
programs too: on a busy machine they may have most of it."""


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
    """Raise :class:`TookTooLong` in the body when it has computed for so many seconds of the processor,
    or taken :data:`BY_THE_CLOCK` times as many; the exception ends here.

    Without it, an endless loop in a student's rule would stop the panel for ever, and on another
    thread not even *Interrupt* would help. A call that never returns to Python is not stopped.
    """
    thread, lock, over = threading.get_ident(), threading.Lock(), threading.Event()
    computing, clock = time.process_time(), time.monotonic()

    def look() -> None:
        left = seconds
        while left > 0:
            if over.wait(left):
                return
            left = min(
                computing + seconds - time.process_time(),
                clock + BY_THE_CLOCK * seconds - time.monotonic(),
            )
        with lock:
            if not over.is_set():
                stop_thread(thread)

    try:
        threading.Thread(target=look, daemon=True).start()
    except RuntimeError:  # no threads in the browser's own Python
        yield
        return
    with suppress(TookTooLong):
        try:
            yield
        finally:
            with lock:
                over.set()
            catch_up()
