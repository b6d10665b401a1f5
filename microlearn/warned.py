"""What a point of a sweep warns is heard where it runs, and said in the session."""

from __future__ import annotations

import builtins
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from .fingerprints import is_installed

Warned = Mapping[str, tuple[str, str]]
"""Categories and sentences. The key is the sentence without its digits: one that tells another number at
each update is the same."""


class OfTheSession(UserWarning):
    """What one run of a session leaves to the next. A point of a sweep begins anew."""


@contextmanager
def heard() -> Iterator[Warned]:
    """What is warned inside, which nobody sees there."""
    warned: dict[str, tuple[str, str]] = {}

    def note(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        sentence = str(message)
        if category is not UserWarning:  # those of microlearn say what they are about
            frame = sys._getframe(1)
            while frame.f_back and is_installed(frame.f_code.co_filename):
                frame = frame.f_back
            sentence += f" ({line_of(frame)})"
        warned.setdefault(re.sub(r"\d", "", sentence), (category.__name__, sentence))

    with warnings.catch_warnings():
        for category in (UserWarning, RuntimeWarning):
            warnings.simplefilter("default", category)
        warnings.simplefilter("ignore", OfTheSession)
        warnings.showwarning = note
        yield warned


def line_of(frame: FrameType) -> str:
    """Where it is, in words: a comprehension is a part of the function around it."""
    around = frame.f_code.co_qualname.split(".")
    name = next((part for part in reversed(around) if not part.startswith("<")), around[-1])
    return f"line {frame.f_lineno} of {name}"


def say(warned: Warned, said: set[str], stacklevel: int) -> None:
    """Warn of what is not among the keys that were ``said``, and add it to them."""
    for key, (category, sentence) in warned.items():
        if key not in said:
            said.add(key)
            warnings.warn(sentence, getattr(builtins, category, UserWarning), stacklevel=stacklevel)
