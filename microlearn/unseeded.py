"""Who asks the system, or the clock, where random numbers begin: what comes of it is fixed by no seed.

Each generator that is made without a seed, numpy's too, asks Python's ``random`` for one. A profile
function sees that, by whatever name it is made.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from .fingerprints import is_installed

CLOCKS = ("time", "time_ns", "now")
"""Calls whose results are another one each time."""

SEEDED = {"default_rng", "SeedSequence", "RandomState", "Random", "seed", "PCG64", "MT19937"}
"""What a seed is given to. A clock that is read beside none of them times something."""

NO_DRAW = ("copy", "importlib._bootstrap", "numpy.random._pickle", "tempfile")
"""Modules that make a generator of which no number is seen: a copy gets the state of another one."""

_SEEDS = random.Random.seed.__code__


class Unseeded(list[CodeType]):
    """A profile function that notes the code of the student's own that has asked."""

    def __call__(self, frame: FrameType, event: str, called: Any) -> None:
        own: FrameType | None = frame
        if event == "call":
            if frame.f_code is not _SEEDS or frame.f_locals["a"] is not None:
                return
        elif event != "c_call":
            return
        elif called is not os.urandom:
            names = frame.f_code.co_names
            if getattr(called, "__name__", "") not in CLOCKS or SEEDED.isdisjoint(names):
                return
        elif frame.f_globals.get("__name__") != "random" and is_installed(frame.f_code.co_filename):
            return  # such as uuid, which makes a name
        while own and is_installed(own.f_code.co_filename):
            if own.f_globals.get("__name__") in NO_DRAW:
                return
            own = own.f_back
        if own:
            self.append(own.f_code)


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
