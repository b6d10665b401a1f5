"""A watch over an answer that is checked: what it prints first, and how long it takes."""

from __future__ import annotations

import contextlib
import io
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

from ..limits import BY_THE_CLOCK, TookTooLong, catch_up, stop_thread
from .errors import line_of, own_frames

COMPUTING = 10.0
"""Seconds of the processor after which a check stops an answer. The slowest right answer of the tests,
with a loop over samples and weights, takes 3."""
WAITING = BY_THE_CLOCK * COMPUTING
"""Seconds by the clock after which a check stops an answer."""
LETTERS = 2000
"""The longest text that is shown of what an answer prints."""
GLANCE = 0.02
"""Seconds between two looks at what the answer is doing."""


class TooSlow(Exception):
    """The answer takes too long, and has been stopped. It says what was seen, and the likely cause."""

    def __init__(self, seen: str, cause: str) -> None:
        super().__init__(seen)
        self.seen, self.cause = seen, cause


class Watch:
    """Calls a function, remembers what its first call prints, and stops it when its time is over.

    Use it as a context manager. Without threads (in the browser's own Python) only the time between two
    calls is watched.

    Attributes
    ----------
    printed : what the first call has printed
    calls : how many there have been
    """

    def __init__(self, function: Callable) -> None:
        self.function, self.printed, self.calls = function, "", 0
        self._lines: Counter[str] = Counter()
        self._inside = self._over = self._ended = False
        self._lock, self._thread = threading.Lock(), threading.get_ident()

    def __enter__(self) -> Watch:
        self._computing, self._clock = time.process_time(), time.monotonic()
        with contextlib.suppress(RuntimeError):
            threading.Thread(target=self._look, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True

    def __call__(self, *given: Any) -> Any:
        if self._over or self._late():
            self._over = True
            raise TooSlow(*self._in_words())
        self.calls += 1
        self._thread = threading.get_ident()  # each call may come from another
        try:
            self._inside = True
            try:
                return self.function(*given) if self.calls > 1 else self._heard(given)
            finally:
                with self._lock:
                    self._inside = False
                if self._over:
                    catch_up()
        except TookTooLong:
            raise TooSlow(*self._in_words()) from None

    def _heard(self, given: tuple) -> Any:
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                return self.function(*given)
        finally:
            text = said.getvalue().rstrip("\n")
            self.printed = text if len(text) <= LETTERS else f"{text[:LETTERS]} …"

    def _late(self) -> bool:
        computing = time.process_time() - self._computing
        return computing > COMPUTING or time.monotonic() - self._clock > WAITING

    def _look(self) -> None:
        """Note the line that is at work, every now and then; stop it when the time is over."""
        while not (self._ended or self._over):
            time.sleep(GLANCE)
            frame = sys._current_frames().get(self._thread)
            if self._inside and frame:
                # The lines of files are kept in one place for all threads, and may be on their way.
                with contextlib.suppress(TypeError):
                    for own, number in own_frames(traceback.walk_stack(frame))[:1]:
                        self._lines[line_of(own, number)] += 1
            if self._late():
                with self._lock:
                    self._over = True
                    if self._inside:
                        stop_thread(self._thread)

    def _in_words(self) -> tuple[str, str]:
        """Why the answer was stopped, and what may take its time."""
        seconds = time.monotonic() - self._clock
        calls = "call" if self.calls == 1 else f"{self.calls:,} calls"
        seen = f"your function took {seconds:.0f} seconds for its first {calls}, so check has stopped it"
        if self._lines:
            (line, times), *_ = self._lines.most_common(1)
            share = times / sum(self._lines.values())
            if line:
                seen += f"; {share:.0%} of the time went into the line `{line}`"
        if self.calls == 1:
            return seen, "a loop that never ends"
        return seen, (
            "check calls your function up to some thousand times: draw, print and wait outside of it; "
            "and where a loop runs over samples or weights, an array operation may do"
        )
