"""Objects that take no attribute from outside that they do not have."""

from __future__ import annotations

import sys
from typing import NoReturn

PACKAGE = __name__.partition(".")[0]


class Closed:
    """Refuses an attribute that is new and is set by code outside the package: a misspelt setting would
    do nothing, in silence. And a copy, whose widgets and runs would be those of the original."""

    def __setattr__(self, name: str, value: object) -> None:
        code = sys._getframe(1).f_globals.get("__name__", "")
        known = name.startswith("_") or hasattr(self, name) or type(self).__module__ == code
        if not known and code.partition(".")[0] != PACKAGE:
            raise AttributeError(
                f"Nothing would come of it: a {type(self).__name__} is given its {name}, if it takes "
                f"one, when it is made, as in {name}=…, or by a slider."
            )
        super().__setattr__(name, value)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} can't be copied or pickled: make another one.")
