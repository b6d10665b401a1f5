"""An answer on trial: its errors, and the things it returned that are no numbers.

Every fact calls the answer through :class:`OnTrial`. So if an answer returns something that no law can
be tried with, the report says this in one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from numbers import Real
from typing import Any

import numpy as np

from .answer import Answer, Array
from .facts import Broken

PLAIN = frozenset({float, int})
SMALL = 1000
"""Arrays with fewer numbers are looked at all together."""


class OnTrial:
    """An :class:`~microlearn.checking.answer.Answer` that remembers what happened in it.

    Attributes
    ----------
    raised : the last error of the answer, if it raised one
    returned : what it returned last
    not_finite : whether it has ever returned infinity or NaN. Many facts ask whether a difference is too
        large; NaN never is, and neither is the difference of two infinities.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer, self.exercise = answer, answer.exercise
        self.raised: BaseException | None = None
        self.returned: Any = None
        self.not_finite = False

    def __call__(self, *arguments: Any) -> Any:
        return self.many(1, *arguments)[0]

    def many(self, times: int, *arguments: Any) -> list:
        """See :class:`~microlearn.checking.answer.Answer`.

        Raises
        ------
        Broken
            If the answer returned something that is neither a number nor made of numbers.
        """
        return self._tried(lambda: self.answer.many(times, *arguments))

    def each(self, cases: Sequence[tuple]) -> Iterator:
        """See :class:`~microlearn.checking.answer.Answer`, and :meth:`many`."""
        results = self.answer.each(cases)
        for _ in cases:
            yield self._tried(lambda: [next(results)])[0]

    def _tried(self, call: Callable[[], list]) -> list:
        try:
            seen = call()
        except BaseException as error:
            self.raised = error
            raise
        self.returned = seen[-1]
        if kind := _no_number(seen):
            noun, cause = NO_NUMBERS.get(kind.rstrip("0123456789"), (with_article(kind), ""))
            raise Broken(
                f"your function returned {noun}, where numbers, arrays of numbers and lists of these "
                "belong",
                cause,
            )
        self.not_finite = self.not_finite or _has_infinity_or_nan(seen)
        return seen

    def changed(self, *arguments: Any) -> list[Array | list]:
        """See :class:`~microlearn.checking.answer.Answer`."""
        try:
            return self.answer.changed(*arguments)
        except BaseException as error:
            self.raised = error
            raise

    def in_words(self, error: BaseException) -> str:
        """See :class:`~microlearn.checking.answer.Answer`."""
        return self.answer.in_words(error)


_TEXT = "text", "a number turned into text: print it if you like, and return the number"
_TABLE = "a pandas table", "`.to_numpy()` makes an array of it"
NO_NUMBERS = {
    "str": _TEXT,
    "bytes": _TEXT,
    "complex": ("complex numbers", "the root of a negative number, or a `j`"),
    "generator": (
        "a generator",
        "`yield` where `return` belongs, or round brackets around a `for`",
    ),
    "coroutine": ("a coroutine", "`async def` where `def` belongs"),
    "function": ("a function", "brackets are missing behind its name: it is not called"),
    "DataFrame": _TABLE,
    "Series": _TABLE,
    "MaskedArray": (
        "an array with masked entries",
        "what lies behind a mask of `np.ma` does not count",
    ),
    "Decimal": ("a Decimal", "`float()` makes a number of it"),
}
"""Types that are no numbers, by name (without the number of bits): the words for them in a report, and a
likely reason why an answer returned one."""


def _no_number(seen: Any) -> str:
    """The name of the first type in it that is no number, or nothing.

    The grader's sandbox refuses the same types, so an answer that passes here passes there.
    """
    if isinstance(seen, list | tuple):
        return "" if _is_row(seen) else next(filter(None, map(_no_number, seen)), "")
    if type(seen) is np.ndarray and seen.dtype.kind in "biufO":
        return ""
    if isinstance(seen, np.ndarray | np.generic):
        if np.ma.is_masked(seen):
            return "MaskedArray"
        return "" if seen.dtype.kind in "biufO" else seen.dtype.name
    return "" if seen is None or isinstance(seen, Real) else type(seen).__name__


def _has_infinity_or_nan(seen: Any) -> bool:
    numbers: list[Array] = []
    _collect(seen, numbers)
    small = [array for array in numbers if array.size < SMALL]
    together = [np.concatenate(small)] if small else []
    # The sum of the squares tells it without another array, in nearly all cases.
    return not all(
        array @ array < 1e200 or (np.abs(array) < 1e100).all()
        for array in (*together, *(array for array in numbers if array.size >= SMALL))
    )


def _collect(seen: Any, numbers: list[Array]) -> None:
    """Add the numbers in it to the list, array by array."""
    if type(seen) is np.ndarray and seen.dtype == np.float64:
        numbers.append(seen.ravel())
    elif isinstance(seen, list | tuple) and not _is_row(seen):
        for item in seen:
            _collect(item, numbers)
    elif seen is not None:
        try:
            numbers.append(np.asarray(seen, dtype=float).ravel())
        except (TypeError, ValueError, OverflowError):
            return  # it is not a number at all, and every fact finds that out


def _is_row(seen: list | tuple) -> bool:
    """Whether it is a list of plain numbers, which numpy tests faster all together."""
    return not seen or (type(seen[0]) in PLAIN and PLAIN.issuperset(map(type, seen)))


def kind_of(seen: Any) -> str:
    """A value in words: its type, and its shape or length."""
    if isinstance(seen, np.ndarray):
        return f"an array of shape {seen.shape}"
    if isinstance(seen, list | tuple):
        return f"a {type(seen).__name__} of {len(seen)}"
    return with_article(type(seen).__name__)


def with_article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
