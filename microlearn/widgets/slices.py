"""Computing in slices that the browser asks for.

The kernel works for some 20 milliseconds and publishes a frame with its number. The browser copies the
number to a hidden widget. This change comes back as a message and asks for the next slice. So there is
no thread and no task, the browser sets the pace, and between two slices the kernel is free for other
work. If no browser answers (nbclient, nbgrader, nbconvert), the work is run to its end at once.

Messages may arrive on any thread: ipykernel 7 gives widgets one of their own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import ipywidgets as widgets
from traitlets import Unicode

from ..limits import time_limit
from ..threads import ONE_BLAS_THREAD
from .closed import Closed

FIRST, CYCLE, LONGEST = 0.004, 0.038, 0.100
"""Seconds of the first slice, short, so that a moved slider shows at once; from one frame to the next;
and of the longest slice. A slice has what the way to the browser and back leaves of a cycle. If the
browser is far away or busy, it is as long as that way."""
ALONE = 5.0
"""Seconds after which work stops if no browser watches it."""
HANGS = 10.0
"""Seconds after which a slice that has not returned is stopped."""
PATIENCE = 2.0
"""Seconds that a browser has to acknowledge a frame before it counts as gone."""


class _Seen(widgets.Text):
    """The number of the frame that the browser has. No echo: the browser need not hear it back."""

    value = Unicode().tag(sync=True, echo_update=False)


class Slicer(Closed):
    """Runs one iterator at a time; a new one takes the place of the one under way.

    Parameters
    ----------
    draw : callable
        Returns the state of the work as HTML; called after each slice.
    say : callable
        Shows the rest of it, such as words; called when the frame is on its way.

    Attributes
    ----------
    screen : widget
        Shows what ``draw`` has returned.
    hidden : widget
        Must be displayed together with it.
    link : widget
        Has no place on the page: it makes the browser answer.
    """

    def __init__(self, draw: Callable[[], str], say: Callable[[], None]) -> None:
        self._draw, self._say = draw, say
        self._work: Iterator | None = None
        self._wanted = 0
        self._working, self._counting = threading.RLock(), threading.Lock()
        self._published, self._answered = 0.0, False
        self._frame = 0
        # One message has the frame and its number, in a trait that HTML widgets have and don't show.
        layout = widgets.Layout(width="100%", margin="0")
        self.screen, self._seen = widgets.HTML(placeholder="0", layout=layout), _Seen()
        self.link = widgets.jsdlink((self.screen, "placeholder"), (self._seen, "value"))
        self._seen.observe(self._acknowledged, "value")
        self.hidden = widgets.HBox([self._seen], layout=widgets.Layout(display="none"))

    def start(self, prepare: Callable[[], Iterator]) -> None:
        """Drop the work under way, and do the first slice of the work that ``prepare()`` returns."""
        with self._counting:
            self._wanted += 1  # a slice under way sees it, and stops
            number = self._wanted
        with self._working:
            if number != self._wanted:
                return  # a newer start is waiting for this lock
            watched = self._watched()
            self._work = prepare()
            self._slice(FIRST)
            end = time.monotonic() + ALONE
            while not watched and self._work is not None and time.monotonic() < end:
                self._slice(CYCLE)

    def start_alone(self, prepare: Callable[[], Iterator], seconds: float) -> None:
        """Begin the work, for so many seconds at most, and publish once.

        The rest waits until a browser asks for it, or for :meth:`go_on`.
        """
        with self._working:
            self._work = prepare()
            self._slice(seconds)

    def go_on(self, seconds: float) -> None:
        """Do what is left of the work, for so many seconds at most, and publish once."""
        with self._working:
            if self._work is not None:
                self._slice(seconds)

    def stop(self) -> None:
        """Drop the work under way."""
        with self._counting:
            self._wanted += 1
        with self._working:
            self._work = None

    @property
    def idle(self) -> bool:
        """Whether there is no work under way."""
        return self._work is None

    def _watched(self) -> bool:
        """Whether a browser answers: it has done so before, and is not late."""
        prompt = time.monotonic() - self._published < PATIENCE
        return self._answered and (prompt or self._seen.value == str(self._frame))

    def _acknowledged(self, change: dict) -> None:
        self._answered = True
        delay = time.monotonic() - self._published
        # An answer to an older frame, or to a run that has been replaced, asks for nothing.
        with self._working:
            if change["new"] == str(self._frame) and self._work is not None:
                self._slice(min(max(CYCLE - delay, delay), LONGEST))

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
            self.publish()

    def publish(self) -> None:
        """Show the state of the work."""
        drawn = self._draw()
        self._frame += 1
        with self.screen.hold_sync():
            self.screen.value, self.screen.placeholder = drawn, str(self._frame)
        self._published = time.monotonic()
        self._say()
