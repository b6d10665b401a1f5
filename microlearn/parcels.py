"""Parcels: what a point takes along to the process in which it runs, packed once and unpacked there.

The student's own functions, classes and modules travel by value, as they are loaded in the session. A
process that has run an earlier sweep, or finds another file on its disk, computes with these all the
same. Each point unpacks a copy of its own, here as there: what an answer changes in its variables, such
as a counter or a generator of its own, reaches no other point.
"""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from types import ModuleType
from typing import Any

from .fingerprints import contents, functions, imported, is_own

try:
    from joblib.externals import cloudpickle
except ImportError:  # since joblib 1.6 it is a package of its own
    import cloudpickle


def packed(*values: Any) -> bytes:
    """The values as bytes, with the modules of the student's own that their functions import.

    Raises
    ------
    TypeError, AttributeError, pickle.PicklingError
        If a value can't be written down, such as an open file.
    """
    inside = [module for function in functions(values) for module in imported(function)]
    packages = {module.__name__.partition(".")[0] for module in inside}
    with _by_value() as own:
        modules = {
            name: module for name, module in own.items() if name.partition(".")[0] in packages
        }
        file = io.BytesIO()
        _Pickler(file).dump((values, modules))
    return file.getvalue()


def unpacked(parcel: bytes, elsewhere: bool) -> tuple:
    """A copy of the values that were packed.

    Parameters
    ----------
    elsewhere : bool
        Whether this is another process than the session's, in which the student's modules are put where
        an ``import`` inside a function finds them. The session has them there.
    """
    values, modules = _Unpickler(io.BytesIO(parcel)).load()
    if elsewhere:
        sys.modules.update(modules)
    return values


@contextmanager
def _by_value() -> Iterator[dict[str, ModuleType]]:
    """A context in which all that the student's own modules define is pickled by value."""
    own = {
        name: module
        for name, module in list(sys.modules.items())
        if isinstance(module, ModuleType) and is_own(module) and name == module.__name__
    }
    before = cloudpickle.list_registry_pickle_by_value()
    new = [module for name, module in own.items() if name not in before]
    for module in new:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield own
    finally:
        for module in new:
            cloudpickle.unregister_pickle_by_value(module)


class _Pickler(cloudpickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, ModuleType) and is_own(obj):
            # In two steps, since modules import each other.
            return ModuleType, (obj.__name__,), contents(obj)
        if isinstance(obj, _CACHED):  # else it would be looked for by its name
            return _cached, (obj.__wrapped__, obj.cache_parameters())
        if isinstance(obj, cached_property):  # that of Python 3.11 holds a lock
            return _lazy, (obj.func, obj.attrname)
        return super().reducer_override(obj)


_CACHED = type(lru_cache(len))


def _cached(function: Callable, parameters: dict[str, Any]) -> Callable:
    return lru_cache(**parameters)(function)


def _lazy(function: Callable, name: str) -> cached_property:
    made = cached_property(function)
    made.attrname = name
    return made


class _Unpickler(pickle.Unpickler):
    """Makes classes anew each time. Otherwise a class would be the one that an earlier parcel has made,
    or, in the session, the student's own, whose methods would be replaced by copies."""

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        if module.endswith("cloudpickle") and name in (
            "_make_skeleton_class",
            "_make_skeleton_enum",
        ):
            return lambda *given: found(*given[:-2], None, given[-1])  # no number to look it up by
        return found
