"""What refuses to be changed and says what to do instead: a change would reach nothing, or too much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import NoReturn, TypeVar

Kind = TypeVar("Kind", bound=type)


class Held(dict):
    """A dict that says what to do in place of changing it."""

    advice = ""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError(self.advice)

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple:  # so that it can be copied and kept
        return type(self), (dict(self),)


class HeldList(list):
    """A list of that kind."""

    advice = ""
    _refuse = Held._refuse

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = remove = pop = clear = sort = reverse = _refuse

    def __reduce__(self) -> tuple:
        return type(self), ([*self],)


def keeps(advice: str) -> Callable[[Kind], Kind]:
    """Above a frozen dataclass: an assignment to it says what to do in its place."""

    def saying(kind: Kind) -> Kind:
        for method in ("__setattr__", "__delattr__"):
            setattr(kind, method, _saying(kind, getattr(kind, method), advice))
        return kind

    return saying


def _saying(kind: type, refuse: Callable, advice: str) -> Callable:
    def method(self: object, name: str, *value: object) -> None:
        try:
            refuse(self, name, *value)
        except FrozenInstanceError:
            words = f"A {kind.__name__} keeps its {name}: {advice}"
            raise FrozenInstanceError(words) from None

    return method
