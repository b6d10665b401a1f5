"""Who asks the system, the clock or a hash where random numbers begin: no seed fixes what comes of it.

Each generator that is made without a seed, numpy's too, asks Python's ``random`` for one. A profile
function sees that, by whatever name it is made.
"""

from __future__ import annotations

import dis
import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from .fingerprints import is_installed

CLOCKS = ("time", "perf_counter", "monotonic", "process_time", "thread_time")
VARYING = {*CLOCKS, *(f"{clock}_ns" for clock in CLOCKS), "now", "hash", "getpid"}
"""Calls whose results are another one each time, or in each process: the hash of a text is."""

SEEDED = {"default_rng", "SeedSequence", "RandomState", "Random", "seed", "PCG64", "MT19937"}
"""What a seed is given to. A clock that is read beside none of them times something, a hash sorts."""

NO_DRAW = ("copy", "importlib._bootstrap", "numpy.random._pickle", "tempfile")
"""Modules that make a generator of which no number is seen: a copy gets the state of another one."""

_SEEDS = random.Random.seed.__code__


class Unseeded(list[CodeType]):
    """A profile function that notes the code of the student's own that has asked."""

    def __call__(self, frame: FrameType, event: str, called: Any) -> None:
        own: FrameType | None = frame
        for_a_name = False
        if event == "call":
            if frame.f_code is not _SEEDS or frame.f_locals["a"] is not None:
                return
        elif event != "c_call":
            return
        elif called is not os.urandom:
            names = frame.f_code.co_names
            if getattr(called, "__name__", "") not in VARYING or SEEDED.isdisjoint(names):
                return
        elif frame.f_globals.get("__name__") != "random" and is_installed(frame.f_code.co_filename):
            for_a_name = True  # such as uuid; but that may be a seed
        elif _has_a_seed(frame):
            return
        while own and is_installed(own.f_code.co_filename):
            if own.f_globals.get("__name__") in NO_DRAW:
                return
            own = own.f_back
        if own and not (for_a_name and SEEDED.isdisjoint(own.f_code.co_names)):
            self.append(own.f_code)


def _has_a_seed(frame: FrameType | None) -> bool:
    """Whether it is for a ``RandomState`` with a seed, which begins as one without."""
    while frame and frame.f_globals.get("__name__") == "random":
        frame = frame.f_back
    if frame is None or "RandomState" not in frame.f_code.co_names:
        return False
    done = [s for s in dis.get_instructions(frame.f_code) if s.offset <= frame.f_lasti]
    *_, given, call = (s for s in done if s.opname not in ("CACHE", "PRECALL"))
    return bool(call.arg) and (given.opname, given.argval) != ("LOAD_CONST", None)


@contextmanager
def unseeded() -> Iterator[Unseeded]:
    """A context that sees it. Inside another one, both see what either sees; under a profiler of
    somebody's, none sees anything."""
    if (before := sys.getprofile()) is not None:
        yield before if isinstance(before, Unseeded) else Unseeded()
        return
    seen = Unseeded()
    sys.setprofile(seen)
    try:
        yield seen
    finally:
        sys.setprofile(None)
