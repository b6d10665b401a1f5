"""Computing in slices that the browser asks for.

The kernel works for some 25 milliseconds, publishes a frame and raises a hidden number. The
browser copies that number to a second hidden widget once the frame is there; the change comes back
as a message, and asks for the next slice. So there is no thread and no task, the browser sets the
pace, and between two slices the kernel is free for others. Where nobody answers (nbclient, nbgrader,
nbconvert) the work is run to its end at once.

Messages may arrive on any thread: ipykernel 7 gives widgets one of their own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import ipywidgets as widgets

from ..threads import ONE_BLAS_THREAD
from .limits import time_limit

FIRST, SLICE = 0.010, 0.025
"""Seconds that a slice takes; the first one is short, so that a moved slider shows at once."""
ALONE = 5.0
"""Seconds after which work that nobody watches is left where it is."""
HANGS = 10.0
"""Seconds after which a slice that has not returned is stopped."""
PATIENCE = 2.0
"""Seconds that a browser has to acknowledge a frame before it counts as gone."""


class Driver:
    """Runs one iterator at a time; a new one takes the place of the one under way.

    Parameters
    ----------
    announce, publish : callable
        Say that new work begins; show where it stands, after each slice.

    Attributes
    ----------
    hidden : widget
        Has to be displayed together with what ``publish`` shows.
    """

    def __init__(self, announce: Callable[[], None], publish: Callable[[], None]) -> None:
        self._announce, self._publish = announce, publish
        self._work: Iterator | None = None
        self._wanted = 0
        self._working, self._counting = threading.RLock(), threading.Lock()
        self._published, self._answered = 0.0, False
        self._frame, self._seen = widgets.IntText(), widgets.IntText()
        self._copy = widgets.jsdlink((self._frame, "value"), (self._seen, "value"))
        self._seen.observe(self._acknowledged, "value")
        self.hidden = widgets.HBox([self._frame, self._seen], layout=widgets.Layout(display="none"))

    def start(self, prepare: Callable[[], Iterator]) -> None:
        """Drop what is under way, and do the first slice of what ``prepare()`` returns."""
        with self._counting:
            self._wanted += 1  # whoever is in the middle of a slice sees it, and stops
            number = self._wanted
        with self._working:
            if number != self._wanted:
                return  # somebody wants something newer, and waits for this lock
            watched = self._watched()
            self._work = prepare()
            self._announce()
            self._slice(FIRST)
            end = time.monotonic() + ALONE
            while not watched and self._work is not None and time.monotonic() < end:
                self._slice(SLICE)

    def start_alone(self, prepare: Callable[[], Iterator], seconds: float) -> None:
        """Do all of it now, so many seconds at most, and publish once.

        What is left then waits for a browser to ask for it.
        """
        with self._working:
            self._work = prepare()
            self._slice(seconds)

    def _watched(self) -> bool:
        """Whether a browser answers: it has done so before, and is not late."""
        prompt = time.monotonic() - self._published < PATIENCE
        return self._answered and (prompt or self._seen.value == self._frame.value)

    def _acknowledged(self, change: dict) -> None:
        self._answered = True
        # An answer to an older frame, or to a run that has been replaced, asks for nothing.
        with self._working:
            if change["new"] == self._frame.value and self._work is not None:
                self._slice(SLICE)

    def _slice(self, seconds: float) -> None:
        number, end = self._wanted, time.perf_counter() + seconds
        if self._work is not None:
            with ONE_BLAS_THREAD, time_limit(seconds + HANGS):
                for _ in self._work:
                    if self._wanted != number or time.perf_counter() >= end:
                        break
                else:
                    self._work = None
        if self._wanted == number:
            self._publish()
            self._published = time.monotonic()
            self._frame.value += 1
