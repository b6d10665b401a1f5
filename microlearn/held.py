"""Dicts and lists that refuse to be changed: what is put into them would reach nothing, or too much."""

from __future__ import annotations

from typing import NoReturn


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
