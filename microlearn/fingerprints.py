"""Fingerprints: one short text for everything that decides the numbers of a run.

Two runs with the same fingerprint give the same numbers, so the second one is not needed. The
fingerprint of a function is made from its compiled code and the values that it refers to. Its comments
do not count, nor the cell or the session in which it was defined. A module of the student's own counts
as it is loaded, whatever its file holds by now; an installed one by its version.
"""

from __future__ import annotations

import builtins
import copyreg
import dis
import gc
import hashlib
import importlib
import inspect
import math
import os
import pickle
import random
import sys
import sysconfig
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache, cached_property, lru_cache, partial
from itertools import pairwise
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

import numpy as np

PACKAGE = Path(__file__).parent
# The folders of installed code: its version says what it computes. All other code is read. (No
# docstring: the site would show this machine's paths.)
INSTALLED = tuple(
    os.path.join(folder, "")
    for folder in (*map(sysconfig.get_path, ("stdlib", "purelib", "platlib")), str(PACKAGE))
)
# The system's and the user's own packages lie in folders of these names, wherever these are.
SITES = tuple(os.path.join("", name, "") for name in ("site-packages", "dist-packages"))

Part = bytes | memoryview
Met = dict[int, tuple[int, Any]]
"""Values that were written already, by their ids: the number of each, and the value."""

OF_PYTHON = (
    *("__annotations__", "__builtins__", "__cached__", "__doc__", "__file__", "__loader__"),
    *("__name__", "__package__", "__path__", "__spec__", "__warningregistry__"),
)
"""Names that a module has from Python; the last one since it has warned."""

SKIPPED = ("CACHE", "EXTENDED_ARG", "NOP", "PUSH_NULL")
"""Operations that may stand between a function and its first argument."""

NAMING = ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM", "LOAD_CONST")
"""Operations that name what is in a module; the last one for ``getattr``."""

_JUMPS = frozenset((*dis.hasjrel, *dis.hasjabs))

COMPUTES = (
    "activations.py",
    "bars.py",
    "convolution.py",
    "data.py",
    "drafts.py",
    "exercises.py",
    "fingerprints.py",
    "gradients.py",
    "held.py",
    "kept.py",
    "limits.py",
    "losses.py",
    "measures.py",
    "metrics.py",
    "network.py",
    "noise.py",
    "numbers.py",
    "observed.py",
    "optimiser.py",
    "places.py",
    "rules/__init__.py",
    "rules/carriers.py",
    "rules/catalogue.py",
    "rules/plausibility.py",
    "rules/rule.py",
    "slopes.py",
    "sources.py",
    "threads.py",
    "training.py",
    "unseeded.py",
    "versions.py",
    "warned.py",
)
"""The modules that decide a run's numbers: training, and all that it imports, in turn. Answers have
fingerprints of their own."""


NOT_AS_LOADED = (
    "exercises.py",
    "rules/__init__.py",
    "rules/catalogue.py",
    "rules/rule.py",
    "threads.py",
    "versions.py",
)
"""Those of them that hold what a session does, or rules, which have fingerprints of their own."""


AT_ONCE = 2e7
"""Bytes that are read in so little time that nobody waits for it."""


LIBRARIES = (builtins, math, np, np.linalg, np.random)
"""Where a session may have put something, in the place of what nearly all answers use perhaps."""


def engine() -> str:
    """The fingerprint of the code that computes: those modules, in which a session may have changed an
    entry of a catalogue, a number or a method, and the version of numpy."""
    # Functions of the package by name: a check gives some of them new code, which asks first.
    loaded: list[tuple] = []
    for file in COMPUTES:
        module = sys.modules[_module_in(file)]
        for name, value in contents(module).items():
            if isinstance(value, type) and value.__module__ == module.__name__:
                loaded += [(name, *item) for item in vars(value).items() if _is_method(*item)]
            elif file not in NOT_AS_LOADED or isinstance(value, FunctionType):
                loaded.append((name, value))
    named = [(*path, _name(value) if _is_installed(value) else value) for *path, value in loaded]
    return fingerprint(_sources(), named, _put_in(*LIBRARIES), [*map(_changed_since, LIBRARIES)])


def _is_method(name: str, value: Any) -> bool:
    """Whether it is one that somebody wrote; those that dataclass writes have no file."""
    if isinstance(value, FunctionType):
        return not (name.startswith("__") and value.__code__.co_filename == "<string>")
    return isinstance(value, property | staticmethod | classmethod)


def _put_in(*modules: ModuleType) -> list:
    """The functions that somebody has put into installed modules, in the place of others perhaps."""
    entries = [(m.__name__, *entry) for m in modules for entry in list(vars(m).items())]
    return [e for e in entries if isinstance(e[2], FunctionType) and not _is_installed(e[2])]


@cache
def _found_in(module: ModuleType) -> dict[str, Any]:
    """What is in the module when microlearn is imported."""
    return dict(vars(module))


def _changed_since(module: ModuleType) -> list[tuple[str, str, str]]:
    """The numbers, texts and arrays that a session has put into the module since then."""
    found = []
    for name, value in list(vars(module).items()):
        of_python = name in OF_PYTHON or name == "_"  # the last result of a session
        if not (of_python or callable(value) or isinstance(value, ModuleType)) and (
            name not in _found_in(module) or _found_in(module)[name] is not value
        ):
            with suppress(TypeError, AttributeError, pickle.PicklingError):  # such as an open file
                found.append((module.__name__, name, fingerprint(value)))
    return found


@cache
def _sources() -> str:
    return fingerprint(np.__version__, *((PACKAGE / name).read_bytes() for name in COMPUTES))


def _module_in(file: str) -> str:
    """The name of the module that is in this file of the package."""
    parts = [PACKAGE.name, *file.removesuffix(".py").split("/")]
    return ".".join(part for part in parts if part != "__init__")


def fingerprint(*values: Any) -> str:
    """A text of 40 letters that is equal for equal values, in this session and in later ones.

    Numbers are equal if their types are, too: ``1 / 3`` and ``np.float64(1 / 3)`` train a network of
    float32 in different ways. Functions are equal if they compute the same from the same.

    Raises
    ------
    TypeError, AttributeError, pickle.PicklingError
        If a value can't be written down, such as an open file.
    """
    digest = hashlib.sha256()
    try:
        for part in _parts(values, {}):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    except RecursionError:
        raise TypeError("a value in which lists or objects are nested too deep") from None
    return digest.hexdigest()[:40]


def exercises_asked_for(value: Any, known: Collection[str]) -> set[str]:
    """Which of the known exercises a function, what it calls, or one in this list or object asks
    ``get_exercise`` for. All of them, where it does not say in quotes which."""
    asked: set[str] = set()
    for function in functions(value):
        aliases = {"get_exercise"} | {
            name
            for name, read in globals_read(function).items()
            if getattr(read, "__name__", None) == "get_exercise"
        }
        for code in _nested(function.__code__):
            for step, following in pairwise(_steps(code)):
                if step.argval in aliases and step.opname.startswith("LOAD_"):
                    asked |= {following.argval} & {*known} or {*known}
    return asked


def _parts(value: Any, met: Met) -> Iterator[Part]:
    """The value as a stream of bytes; what was met before is written as its number."""
    if value is None or type(value) in (bool, str, bytes):
        yield repr(value).encode()
    elif type(value) is int:
        yield b"int %x" % value
    elif type(value) in (float, complex, range, type(...)):
        yield repr(value).encode()
    elif type(value) is np.ndarray and not value.dtype.hasobject:
        order = "column by column" if value.flags.fnc else ""  # a product adds in that order
        yield f"{value.dtype.descr}{value.shape}{order}".encode()
        yield np.ascontiguousarray(value).reshape(-1).view(np.uint8).data
    elif isinstance(value, BuiltinFunctionType | np.ufunc):
        yield _name(value)
        yield from _parts(_self_of(value), met)
    elif type(value) in (tuple, frozenset, CodeType):  # Python may share equal ones, or not
        yield from _compound(value, met)
    elif id(value) in met:
        yield b"met before: %d" % met[id(value)][0]
    else:
        met[id(value)] = len(met), value  # held, so that no other value gets its id
        yield from _compound(value, met)


def _compound(value: Any, met: Met) -> Iterator[Part]:
    """The parts of a value that refers to others, perhaps to itself."""
    if type(value) is dict:  # in its order, in which a loop over it adds
        yield from _several("dict", [part for item in value.items() for part in item], met)
    elif type(value) in (list, tuple):
        yield from _several(type(value).__name__, value, met)
    elif type(value) in (set, frozenset):
        yield from _several(type(value).__name__, sorted(value, key=repr), met)
    elif isinstance(value, FunctionType):
        yield from _function(value, met)
    elif isinstance(value, MethodType):
        yield from _several("method", (value.__func__, value.__self__), met)
    elif isinstance(value, partial):
        yield from _several("partial", (value.func, value.args, value.keywords), met)
    elif isinstance(value, type(cache(len))):
        yield from _several("cached", (value.__wrapped__,), met)
    elif isinstance(value, CodeType):
        yield from _code(value, met)
    elif isinstance(value, ModuleType):
        yield from _module(value, met)
    elif isinstance(value, property):
        yield from _several("property", (value.fget, value.fset, value.fdel), met)
    elif isinstance(value, cached_property):
        yield from _several("property", (value.func,), met)
    elif isinstance(value, staticmethod | classmethod):
        yield from _several(type(value).__name__, (value.__func__,), met)
    elif isinstance(value, type):
        yield from _class(value, met)
    elif is_dataclass(value):
        _require_whole(value)
        own = {f.name: getattr(value, f.name) for f in fields(value)}
        if _is_own_class(type(value)):  # one of the package's may have cached something
            own |= vars(value) if hasattr(value, "__dict__") else {}
        yield from _several("dataclass", (type(value), [*own.items()]), met)
    else:
        yield from _pickled(value, met)


def _pickled(value: Any, met: Met) -> Iterator[Part]:
    """What pickle would write of any other object, but with functions by what they compute: pickle
    writes their names."""
    _require_whole(value)
    reduce = copyreg.dispatch_table.get(type(value))  # patterns of re, and unions of types
    try:
        reduced = reduce(value) if reduce else value.__reduce_ex__(4)
    except Exception as error:  # whatever it raises, such as NotImplementedError
        raise TypeError(f"a {type(value).__name__}: {error}") from error
    if isinstance(reduced, str):  # one of a kind, in its module
        yield f"{type(value).__module__}.{reduced}".encode()
        return
    make, given, *rest = reduced
    state, items, pairs = (*rest, None, None, None)[:3]
    parts = (type(value), make, given, state, list(items or ()), list(pairs or ()))
    yield from _several("object", parts, met)


def _require_whole(value: Any) -> None:
    """Raise TypeError if a class of the student's own says what of its objects is written down: what it
    leaves out would be other there than here, and not be seen."""
    kind = type(value)
    ways = [getattr(kind, way, None) for way in ("__reduce_ex__", "__reduce__", "__getstate__")]
    for way in (copyreg.dispatch_table.get(kind), *ways):
        if isinstance(way, FunctionType) and not _is_installed(way):
            raise TypeError(f"a {kind.__name__}, whose {way.__name__} may leave something out")
    if kind.__reduce__ is np.ndarray.__reduce__ and getattr(value, "__dict__", None):
        raise TypeError(f"a {kind.__name__}, an array with something beside it")


def _several(kind: str, values: Sequence, met: Met) -> Iterator[Part]:
    yield f"{kind} of {len(values)}".encode()
    for value in values:
        yield from _parts(value, met)


def _name(value: Any) -> bytes:
    # Qualified, since two functions of a module may each return a lambda.
    name = getattr(value, "__qualname__", value.__name__)
    module = getattr(value, "__module__", None)
    return f"{module}.{name}{_version(module)}".encode()


@cache
def _version(module: str | None) -> str:
    """The version of the package that the module is in; numbers may change with it. Of microlearn, which
    may change without one, it is the module's source."""
    own = Path(getattr(sys.modules.get(str(module)), "__file__", None) or "")
    if PACKAGE in own.parents:
        return f" {hashlib.sha256(own.read_bytes()).hexdigest()}"
    package = str(module).partition(".")[0]
    version = getattr(sys.modules.get(package), "__version__", "")
    if not version and package not in sys.stdlib_module_names:
        from importlib import metadata  # not above: it takes a while, and nearly nobody needs it

        with suppress(metadata.PackageNotFoundError):
            version = metadata.version(package)
        if not version and own.is_file():  # nothing else tells it from an earlier one
            version = hashlib.sha256(own.read_bytes()).hexdigest()
    return f" {version}"


def _self_of(value: Any) -> Any:
    """The object that a builtin method belongs to; None where it is a module."""
    owner = getattr(value, "__self__", None)
    return None if isinstance(owner, ModuleType) else owner


def _function(function: FunctionType, met: Met) -> Iterator[Part]:
    yield from _parts((_enclosed(function), function.__defaults__, function.__kwdefaults__), met)
    if _is_installed(function):
        yield _name(function)
        return
    if unseen := reads_unseen(function):
        raise TypeError(unseen)
    yield from _code(function.__code__, met, function.__doc__)
    yield from _parts((globals_read(function), imported(function), vars(function)), met)


def _is_installed(value: Any) -> bool:
    """Whether it is a function that its name and the version of its package tell apart."""
    return (
        isinstance(value, FunctionType)
        and is_installed(value.__code__.co_filename)
        and "<lambda>" not in value.__qualname__
    )


def _module(module: ModuleType, met: Met) -> Iterator[Part]:
    if module.__name__ == "__main__":
        raise TypeError("__main__, which is another one in each process: name what is needed of it")
    yield f"{module.__name__}{_version(module.__name__)}".encode()
    if is_own(module):
        for name, value in contents(module).items():
            try:
                yield from _parts((name, value), met)
            except (TypeError, AttributeError, pickle.PicklingError) as error:
                raise TypeError(f"{name} of your module {module.__name__}: {error}") from error


def _class(kind: type, met: Met) -> Iterator[Part]:
    yield _name(kind)
    if not _is_own_class(kind):
        return
    own = {
        name: value
        for name, value in vars(kind).items()
        if isinstance(value, FunctionType | staticmethod | classmethod)  # __new__ is one of these
        or not name.startswith(("__", "_abc_impl"))
    }
    yield from _parts((own, kind.__bases__, type(kind)), met)


def _code(code: CodeType, met: Met, doc: str | None = None) -> Iterator[Part]:
    yield _operations(code)
    constants = [None if doc and constant == doc else constant for constant in code.co_consts]
    several = code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    arguments = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, several)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    yield from _parts((*arguments, *names, constants), met)


@lru_cache(4096)
def _operations(code: CodeType) -> bytes:
    """What a code object does, step by step. Its bytes depend on what else was in the text that was
    compiled: a copy of an answer, which has its imports above it, calls ``np.sum`` in another way."""
    steps = [step for step in _steps(code) if step.opname != "PRECALL"]
    places = [step.offset for step in steps]

    def operand(step: dis.Instruction) -> object:
        if step.opcode in _JUMPS:
            return bisect_left(places, step.argval)
        named = isinstance(step.argval, str) and step.opcode not in dis.hasconst
        return step.argval if named else step.arg

    does = [(s.opname.replace("LOAD_METHOD", "LOAD_ATTR"), operand(s)) for s in steps]
    caught = [
        (*(bisect_left(places, at) for at in (e.start, e.end, e.target)), e.depth, e.lasti)
        for e in dis._parse_exception_table(code)  # type: ignore[attr-defined]
    ]
    return repr((does, caught)).encode()


def is_installed(file: str | None) -> bool:
    """Whether the file is that of an installed package, or there is none (a builtin module)."""
    return (
        file is None
        or file.startswith((*INSTALLED, "<frozen "))
        or any(site in file for site in SITES)
    )


def is_own(module: ModuleType) -> bool:
    """Whether the module is one that the student wrote, in Python, in a file or a folder."""
    if module.__name__ in ("__main__", "__mp_main__"):
        return False
    file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)
    if file is None and getattr(module, "__spec__", None) is None:  # it was made by hand
        return bool(_put_in(module))
    return not is_installed(file) and not str(file).endswith((".so", ".pyd"))


def contents(module: ModuleType) -> dict[str, Any]:
    """What is in a module as it is loaded now, without what Python itself puts there."""
    return {name: value for name, value in vars(module).items() if name not in OF_PYTHON}


def _enclosed(function: FunctionType) -> list:
    """The values of the variables that the function has from the functions around it."""
    found = []
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # it is empty as yet
            found.append(cell.cell_contents)
    return found


def globals_read(function: FunctionType) -> dict[str, Any]:
    """The global variables that the function reads, with their values."""
    # Not co_names: these hold attributes too, so that `network.weights` would drag in a variable
    # `weights` that the function has nothing to do with.
    known, read = function.__globals__, _operands(function, "LOAD_GLOBAL", "LOAD_NAME")
    return {name: known[name] for name in sorted(read) if name in known}


def what_it_does(code: CodeType) -> tuple:
    """The operations of a code object and those inside it. How a method is called, and with that where
    a jump goes, depends on what else was in the text that was compiled."""
    steps = [
        s for s in _steps(code) if s.opname != "PRECALL" and not isinstance(s.argval, CodeType)
    ]
    return (
        [s.opname.replace("LOAD_METHOD", "LOAD_ATTR") for s in steps],
        [
            sorted(map(repr, s.argval)) if isinstance(s.argval, frozenset) else repr(s.argval)
            for s in steps
            if s.opcode not in _JUMPS
        ],
        [what_it_does(inner) for inner in code.co_consts if isinstance(inner, CodeType)],
    )


def constants_set(code: CodeType) -> dict[str, str]:
    """The constants that the code of a module gives a name, in writing."""
    return {
        step.argval: repr(constant.argval)
        for constant, step in pairwise(_steps(code))
        if (constant.opname, step.opname) == ("LOAD_CONST", "STORE_NAME")
        and step.argval not in OF_PYTHON
    }


def unknown_to(function: FunctionType) -> set[str]:
    """The global variables that the function reads and that there are not, as yet."""
    known = function.__globals__.keys() | vars(builtins).keys()
    own = _operands(function, "STORE_GLOBAL", "STORE_NAME")  # its own, or those of a class in it
    return _operands(function, "LOAD_GLOBAL", "LOAD_NAME") - own - known


def reads_unseen(function: FunctionType) -> str:
    """What the function uses, in words, to read global variables whose names its code does not have.
    (``builtins.eval`` and ``get_ipython().ev`` are not looked for.)"""
    named, importers = _operands(function, *NAMING), {"import_module", "__import__"}
    found = named & {"__globals__", "f_globals", "user_ns"}
    for name in _operands(function, "LOAD_GLOBAL", "LOAD_NAME"):
        used = function.__globals__.get(name, getattr(builtins, name, None))
        if any(used is by_text for by_text in (eval, exec, globals)):
            found.add(f"{name}()")
        elif used is importlib.import_module:
            importers.add(name)
        elif used is sys.modules or (used is sys and "modules" in named):
            found.add("sys.modules")
    if "modules" in named and sys in imported(function):
        found.add("sys.modules")
    for code in _nested(function.__code__):
        steps = _steps(code)
        for step, *following in zip(steps, steps[1:], steps[2:], strict=False):
            loads = step.argval in importers and step.opname.startswith("LOAD_")
            if loads and not _begin_with_a_text(*following):
                found.add(f"{step.argval}()")
    return f"{min(found)}, whose names are not seen (write the name itself)" if found else ""


def _begin_with_a_text(first: dis.Instruction, second: dis.Instruction) -> bool:
    """Whether the arguments of a call begin with a text in quotes."""
    return first.opname == "LOAD_CONST" and second.opname in (
        "PRECALL",
        "CALL",
        "LOAD_CONST",
        "KW_NAMES",
    )


def writes_globals(function: FunctionType) -> bool:
    """Whether the function, or one that it calls, assigns to a global variable."""
    return any(_operands(f, "STORE_GLOBAL") for f in functions(function))


def imported(function: FunctionType) -> list[ModuleType]:
    """The modules that the function imports when it runs; imported now, if they were not before."""
    modules = []
    for code in _nested(function.__code__):
        steps = _steps(code)
        for level, names, step in zip(steps, steps[1:], steps[2:], strict=False):
            if step.opname == "IMPORT_NAME":
                with suppress(Exception):  # the function will raise it, if it gets there
                    modules.append(
                        __import__(
                            step.argval, function.__globals__, None, names.argval, level.argval
                        )
                    )
        if {"import_module", "__import__"} & {*code.co_names}:  # of a name in quotes
            for name in filter(lambda c: isinstance(c, str), code.co_consts):
                with suppress(Exception):
                    modules.append(importlib.import_module(name))
    return modules


def _operands(function: FunctionType, *operations: str) -> set[str]:
    """The names that these operations of its compiled code are about."""
    return {
        step.argval
        for code in _nested(function.__code__)
        for step in _steps(code)
        if step.opname in operations
    }


@lru_cache(4096)  # a panel asks for them at each move of a slider
def _steps(code: CodeType) -> tuple[dis.Instruction, ...]:
    return tuple(step for step in dis.get_instructions(code) if step.opname not in SKIPPED)


def _nested(code: CodeType) -> Iterator[CodeType]:
    """A code object and those inside it: inner functions, lambdas, comprehensions."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def functions(value: Any) -> Iterator[FunctionType]:
    """The functions in a value and those that they refer to, installed ones left out."""
    return (reached for reached in _reached(value, {}) if isinstance(reached, FunctionType))


def codes(value: Any) -> Iterator[CodeType]:
    """The code of these functions, and that inside it."""
    return (code for function in functions(value) for code in _nested(function.__code__))


def _reached(value: Any, met: dict[int, Any]) -> Iterator[Any]:
    """The value and all that it refers to, as far as that is not a part of an installed package."""
    left = [iter([value])]
    while left:
        for one in left[-1]:
            installed = isinstance(one, FunctionType) and is_installed(one.__code__.co_filename)
            if id(one) not in met and not isinstance(one, str | bytes) and not installed:
                met[id(one)] = one
                yield one
                left.append(iter(_referred_to(one)))
                break
        else:
            left.pop()


def _referred_to(value: Any) -> Iterable[Any]:
    if isinstance(value, FunctionType):
        known = globals_read(value).values()
        defaults = (value.__defaults__, value.__kwdefaults__)
        return (*known, *imported(value), *_enclosed(value), *defaults, vars(value))
    if isinstance(value, BuiltinFunctionType):
        return (_self_of(value),)
    if isinstance(value, ModuleType):
        return contents(value).values() if is_own(value) else ()
    if isinstance(value, Mapping):
        return value.values()
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if isinstance(value, MethodType):
        return (value.__func__, value.__self__)
    if isinstance(value, partial):
        return (value.func, value.args, value.keywords)
    if isinstance(value, property):
        return (value.fget, value.fset, value.fdel)
    if isinstance(value, cached_property):
        return (value.func,)
    if isinstance(value, staticmethod | classmethod):
        return (value.__wrapped__,)
    if isinstance(value, type(cache(len))):
        return () if _is_installed(value.__wrapped__) else gc.get_referents(value)
    if isinstance(value, GeneratorType):
        return value.gi_frame.f_locals.values() if value.gi_frame else ()
    if isinstance(value, Iterator) and type(value).__module__ in ("builtins", "itertools"):
        return gc.get_referents(value)  # a zip may go on with a generator
    if isinstance(value, type):
        return (*vars(value).values(), *value.__bases__) if _is_own_class(value) else ()
    if hasattr(value, "__dict__"):
        return (type(value), vars(value))
    return ()


def twins(named: Mapping[str, Any]) -> list[str]:
    """The names of functions that one text has made and that share all their variables, as those made in
    a loop do: all compute with what these hold last. Two of them at least, or none."""
    alike: dict[Any, list[str]] = {}
    for name, function in named.items():
        alike.setdefault(_made_of(function, ()), []).append(name)
    return next((names for names in alike.values() if len(names) > 1), [])


def _made_of(value: Any, around: tuple[int, ...]) -> Any:
    """What two functions have in common if they compute the same whatever their variables hold."""
    if id(value) in around:  # it refers to itself
        return around.index(id(value))
    around = (*around, id(value))
    if isinstance(value, FunctionType):
        parts: list = [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
        for cell in value.__closure__ or ():
            parts.append(cell)
            with suppress(ValueError):  # it is empty as yet
                if callable(cell.cell_contents):  # what a decorator was put upon
                    parts[-1] = cell.cell_contents
        own: Any = value.__code__
    elif isinstance(value, partial):
        own, parts = tuple(value.keywords), [value.func, *value.args, *value.keywords.values()]
    elif isinstance(value, MethodType):
        own, parts = "method", [value.__func__, value.__self__]
    elif isinstance(value, type(cache(len))):
        own, parts = "cached", [value.__wrapped__]
    else:
        return id(value)
    return own, tuple(_made_of(part, around) for part in parts)


def _remembered(cached: Any) -> list:
    """What a function with a cache remembers and could be changed, such as an array; a number stays what
    its arguments say."""

    def changes(value: Any) -> bool:
        if isinstance(value, tuple | frozenset):
            return any(map(changes, value))
        if isinstance(value, np.ndarray):
            return value.flags.writeable
        return isinstance(value, list | dict | set) or (
            hasattr(value, "__dict__") and not isinstance(value, type | FunctionType)
        )

    if _is_installed(cached.__wrapped__):
        return []
    held = [value for value in gc.get_referents(cached) if value is not vars(cached)]
    dicts = [value for value in held if type(value) is dict]  # the cache, and perhaps what is in it
    results = [value for value in held if type(value) is not dict]
    results += [value for in_it in dicts for value in in_it.values()]
    return sorted(filter(changes, results), key=id)


def _is_own_class(kind: type) -> bool:
    home = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return kind.__module__ == "__main__" or not is_installed(home)


def generators(value: Any) -> list[Any]:
    """The random generators of their own that functions in a value, or what they call, refer to. (Not
    the system's: it has no state that would tell whether it was drawn from.)"""
    kinds = np.random.Generator | np.random.RandomState | np.random.BitGenerator | random.Random
    reached = (held for held in _reached(value, {}) if isinstance(held, kinds))
    return [held for held in reached if not isinstance(held, random.SystemRandom)]


def makes_generators(value: Any) -> bool:
    """Whether functions in a value, or what they call, make random generators, or copy one."""
    makers = {"default_rng", "Generator", "RandomState", "Random", "deepcopy", "bit_generator"}
    return any(makers & _operands(f, "LOAD_GLOBAL", *NAMING) for f in functions(value))


def reads_its_process(value: Any) -> str:
    """What functions in a value, or what they call, read of the process in which they run, if they do:
    its environment, or its command line."""
    of_process = {"environ": "os.environ", "getenv": "os.environ", "argv": "sys.argv"}
    read = (_operands(f, "LOAD_GLOBAL", *NAMING) & of_process.keys() for f in functions(value))
    return next((of_process[min(names)] for names in read if names), "")


def parameters(code: CodeType) -> tuple[str, ...]:
    """The names of a function's parameters, without those of ``*`` and ``**``."""
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def unread(function: Any) -> str:
    """The name of a function's first parameter, if nothing in the function reads it; else nothing."""
    if not isinstance(function, FunctionType) or not function.__code__.co_argcount:
        return ""
    code = function.__code__
    name = code.co_varnames[0]
    loads = (step.argval for step in _steps(code) if "LOAD" in step.opname)
    read = {n for names in loads for n in (names if isinstance(names, tuple) else [names])}
    return "" if name in read or "locals" in code.co_names else name


def shared_generators(value: Any) -> set[str]:
    """From which generators that all of Python shares the functions in a value, or what they call, can
    draw: ``"random"``, Python's, and ``"numpy.random"``, which an installed package may draw from, too.

    That one of them has moved is no proof: other threads, such as Dask's, draw as well.
    """
    # Not constants of this module: with the states of generators no two engines would be alike.
    shared = {"random": random._inst, "numpy.random": np.random.mtrand._rand}
    draws = {
        home: {n for n, f in vars(sys.modules[home]).items() if getattr(f, "__self__", None) is one}
        for home, one in shared.items()
    }
    makes = vars(np.random).keys() - draws["numpy.random"]
    found = {name for part in _reached(value, {}) for name, one in shared.items() if part is one}
    for function in functions(value):
        pairs = [pair for code in _nested(function.__code__) for pair in pairwise(_steps(code))]
        names = {step.argval for step, _ in pairs if step.opname in NAMING}
        after = {then.argval for step, then in pairs if step.argval == "random"}
        of_numpy = {n for n in after if not isinstance(n, int)} - makes  # a call is of rng.random()
        known = (*globals_read(function).values(), *(function.__defaults__ or ()))
        for used in (*known, *_enclosed(function), *imported(function)):
            module = isinstance(used, ModuleType)
            of = used.__name__ if module else getattr(used, "__module__", "")
            home = of or type(used).__module__
            if module and home in shared:
                found |= {home} if names & draws[home] else set()
            elif module and home == "numpy":  # np.random.default_rng, say, draws from none of them
                found |= {"numpy.random"} if of_numpy else set()
            elif _is_foreign(str(home)):
                found.add("numpy.random")
    return found


def _is_foreign(module: str) -> bool:
    """Whether it is a module that somebody else wrote and that is neither Python's nor numpy's."""
    known = {*sys.stdlib_module_names, "__main__", "__mp_main__", "numpy", "microlearn"}
    loaded = sys.modules.get(module) if module.split(".")[0] not in known else None
    return loaded is not None and not is_own(loaded)


def holds(value: Any, arrays: Collection[np.ndarray]) -> bool:
    """Whether functions in a value, or what they call, refer to the memory of one of the arrays."""
    kept = (held for held in _reached(value, {}) if isinstance(held, np.ndarray))
    return any(np.may_share_memory(held, array) for held in kept for array in arrays)


def variables(value: Any) -> dict[str, str]:
    """The variables that functions in a value, or what they call, refer to, and the fingerprints of what
    these hold, as far as that takes no time and can be written down."""
    found: dict[str, str] = {}
    for name, content in _variables(value):
        sizes = (a.nbytes for a in _reached(content, {}) if isinstance(a, np.ndarray))
        if not isinstance(content, FunctionType | type) and sum(sizes) < AT_ONCE:
            with suppress(TypeError, AttributeError, pickle.PicklingError):
                found[name] = found.get(name, "") + fingerprint(content)
    return found


def constants(value: Any) -> dict[str, Any]:
    """Those of these variables that hold a number or a text, or a tuple or a dict of such."""

    def plain(held: Any) -> bool:
        if isinstance(held, tuple | dict):
            return all(map(plain, held.values() if isinstance(held, dict) else held))
        return held is None or isinstance(held, bool | int | float | str)

    return {name: content for name, content in _variables(value) if plain(content)}


def _variables(value: Any) -> Iterator[tuple[str, Any]]:
    """The variables that functions in a value, or what they call, refer to. (An object and its class may
    have one of the same name.)"""
    for part in [*_reached(value, {})]:
        held, of = vars(part) if hasattr(part, "__dict__") else {}, type(part).__name__
        if isinstance(part, FunctionType):
            of, code = part.__name__, part.__code__
            defaults = {"a default": (part.__defaults__, part.__kwdefaults__)}
            cells = zip(code.co_freevars, _enclosed(part), strict=False)
            held = {**globals_read(part), **dict(cells), **defaults, **held}
        elif isinstance(part, type):
            of, own = part.__name__, vars(part) if _is_own_class(part) else {}
            held = {k: v for k, v in own.items() if k[:2] != "__" and not hasattr(v, "__get__")}
        elif isinstance(part, partial):
            held = {"an argument": part.args, **part.keywords}
        elif isinstance(part, type(cache(len))):
            of, held = getattr(part, "__name__", of), held | {"the cache": _remembered(part)}
        elif isinstance(part, GeneratorType):
            frame = part.gi_frame  # none at its end
            of, held = part.__name__, {"the next value": frame and frame.f_lasti}
            held |= {
                name.replace(".0", "the values"): content
                for name, content in (frame.f_locals.items() if frame else ())
            }
        elif isinstance(part, ModuleType):
            continue
        yield from ((f"{name} of {of}", content) for name, content in held.items())


_sources()  # at once: after an update of the package this session still runs what it has imported


for _library in LIBRARIES:
    _found_in(_library)
