"""The copies of a student's answers in ``my_rules/``, which later lessons use.

A copy is self-contained, and is tried before it takes the place of an earlier one. That it has passed
its check is written down beside it, for that very copy: an edited one has to pass again.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import hashlib
import importlib.util
import inspect
import io
import marshal
import os
import re
import stat
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout, suppress
from copy import copy
from functools import cache, lru_cache
from itertools import count
from pathlib import Path
from threading import get_ident
from tokenize import TokenError
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from .drafts import content_of, draft_of
from .fingerprints import (
    constants_set,
    functions,
    globals_read,
    imported,
    is_installed,
    is_own,
    reads_unseen,
    unknown_to,
    what_it_does,
)
from .limits import time_limit
from .places import started_in, working_folder

LOADED = "microlearn_"
"""How the names of modules begin that are loaded from kept answers and references."""
PASSED = ".passed"
"""The folder in ``my_rules/`` with the names of copies that have passed, and their fingerprints."""

SEAL = "\n# As it was kept: "

Copy = tuple[bytes, list[str]]
"""The text of a copy, and what of the answer can't be written down."""

LONGEST = 10
"""Seconds that a copy, which somebody may have written by hand, may take to define its function."""


def may_keep() -> bool:
    """Whether anything is kept. nbgrader runs the notebooks of many students in one folder: nothing of
    one may be there for the next."""
    return "NBGRADER_EXECUTION" not in os.environ


def folders() -> Iterator[str]:
    """The folders in which copies may be; new ones go to the first.

    Each lesson runs in its own folder (``01_weight_perturbation/``). The copies are in the folder above,
    which all lessons share.
    """
    here = working_folder()
    # A notebook that has gone elsewhere, as by %cd, is still that of its lesson.
    if lesson := _lesson_around(here) or _lesson_around(started_in()):
        yield os.path.join(os.path.dirname(lesson), "my_rules")
    yield os.path.join(here, "my_rules")


def place_of(name: str) -> str:
    """The path at which a new copy of this answer is put."""
    return f"{next(folders())}/{name}.py"


def _lesson_around(place: str) -> str:
    """The folder of a lesson in which the place is, or which it is."""
    folder, name = place, os.path.basename(place)
    while name:
        numbered = name[:2].isdigit() and name[2:3] == "_"
        if numbered and (folder == place or os.path.isfile(os.path.join(folder, f"{name}.ipynb"))):
            return folder
        folder = os.path.dirname(folder)
        name = os.path.basename(folder)
    return ""


def keep(
    name: str,
    function: FunctionType,
    found: Copy | None = None,
    whose: Callable[[str], str] = lambda fingerprint: "",
) -> str:
    """Write the answer, as ``found``, to ``my_rules/name.py``; an earlier, different one moves to
    ``earlier/``, with a word if it was edited, has passed its check, or is not the same cell's.

    ``whose`` makes of the earlier one's fingerprint what that is, in words; nothing for the same cell's.

    Returns
    -------
    The fingerprint of the copy; empty where there is none, or none that works.
    """
    if not (found := found or all_of(function)):
        print(
            f"Your {name} works in this notebook, but later lessons get no copy of it: its text is kept "
            "nowhere, as in a cell that begins with %%time, or in exec(). Define it in a plain cell."
        )
        return ""
    text, missing = found
    try:
        path = Path(place_of(name))
        before = path.exists()
        if before and content_of(path) == text:
            return _fingerprint(text)
        if trouble := missing or _trouble_with(text, name, function):
            print(
                f"Your {name} works in this notebook, but a copy for later lessons would not: it needs "
                f"{', '.join(trouble)}. Make that a part of the function."
                + " Later lessons go on with your earlier answer."
                * before
            )
            return ""
        edited, aside = before and not _is_sealed(content_of(path)), path
        gives_way = ""
        if before and has_passed(str(path), version_of(str(path))):
            gives_way = "an answer that has passed its check gives way to one that has not"
        elif before and (other := whose(fingerprint_of(str(path)))):
            gives_way = f"{other} gives way to this one"
        with draft_of(path) as draft:
            draft.write_bytes(text)
            if before:
                aside = _set_aside(path)
        if edited:
            print(
                f"{path} was edited since it was kept. Your {name} of this notebook takes its place; "
                f"what was there is in {aside} now. To use that, put it into its cell under @fill."
            )
        elif gives_way:
            print(f"{name}: {gives_way}. The earlier one is in {aside} now.")
    except OSError as error:
        why = str(error)
        if error.filename:  # else it is a sentence
            why = (
                f"{error.strerror} ({error.filename}). Move what is there, make room, or see to its "
                "rights, and run this cell again"
            )
        print(f"Your {name} works in this notebook, but its copy could not be written: {why}.")
        return ""
    return _fingerprint(text)


def all_of(function: FunctionType) -> Copy | None:
    """The function with all that it needs, and what of it can't be written down; None where its text is
    kept nowhere."""
    try:
        return _self_contained(function)
    except (OSError, TypeError, SyntaxError, TokenError):
        return None


def _sealed(text: str) -> bytes:
    """The text above its own fingerprint, by which an edited copy is told from one that was kept."""
    return f"{text}{SEAL}{_fingerprint(text.encode())}\n".encode()


def _is_sealed(copy: bytes) -> bool:
    text, _, seal = copy.rpartition(SEAL.encode())
    return seal.decode("ascii", "replace").strip() == _fingerprint(text)


def _set_aside(path: Path) -> Path:
    """Put a copy of an earlier answer into ``earlier/``, under a number that nobody else takes."""
    earlier, text = path.parent / "earlier", content_of(path)
    earlier.mkdir(exist_ok=True)
    numbers = count(1)
    while True:
        place = earlier / f"{path.stem}-{next(numbers)}.py"
        with suppress(FileExistsError), open(place, "xb") as file:
            file.write(text)
            return place


def _trouble_with(text: bytes, name: str, function: FunctionType) -> list[str]:
    """What a copy lacks when it is tried in a namespace of its own, in words; nothing if it works."""
    namespace: dict[str, Any] = {"__name__": f"{LOADED}copy_{name}"}
    try:
        with redirect_stdout(io.StringIO()):  # which answers it asks for was said before
            exec(compile(text, f"the copy of {name}", "exec"), namespace)
        if _constant_defaults(namespace[name]) != _constant_defaults(function):
            return ["a default as it was when its cell ran (run it again)"]
        unknown = {other for f in functions(namespace[name]) for other in unknown_to(f)}
        return [f"{other}, which is not defined" for other in sorted(unknown)]
    except Exception as error:  # whatever a student's own code may raise
        return [f"something that raised {type(error).__name__}: {error}"]


def _constant_defaults(function: FunctionType) -> list[str]:
    """The defaults of the function, and of those it calls, that no call can have changed. Each was
    computed when its ``def`` ran; a copy computes it anew, from what the variables in it mean by now."""
    values = [
        value
        for f in functions(function)
        if f.__globals__ is function.__globals__
        for value in (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values())
    ]
    return [repr(value) for value in values if isinstance(value, _UNCHANGING)]


def note(path: str, fingerprint: str, passed: bool) -> None:
    """Write down that the copy at this path, which has this fingerprint, has passed its check, or has
    not."""
    if not fingerprint:
        return  # an earlier one stays, and stays what it was
    mark = Path(_mark(path))
    try:
        if passed:
            beside = "".join(f"\n{file} {of}" for file, of in _imports(Path(path)).items())
            with draft_of(mark) as draft:
                draft.write_text(fingerprint + beside, encoding="utf-8")
        else:
            mark.unlink(missing_ok=True)
    except OSError as error:  # then it counts as one that has not passed
        if passed:
            print(
                f"That {path} has passed could not be noted ({error.strerror}: {mark}), so other "
                "notebooks will say that it has not. See to the rights of that folder, and check again."
            )


def has_passed(path: str, version: int) -> bool:
    """Whether the copy at this path has passed its check since it was written, and since files that it
    imports were."""
    mark = _mark(path)
    beside = _passed_with(path, version, mark, version_of(mark))
    return beside is not None and all(
        of == _fingerprint_of(file, version_of(file)) for file, of in beside
    )


def had_passed(path: str) -> bool:
    """Whether a copy at this path has passed its check, this one or another one."""
    return bool(version_of(_mark(path)))


def _mark(path: str) -> str:
    return os.path.join(os.path.dirname(path), PASSED, os.path.basename(path).removesuffix(".py"))


@cache
def is_whole(path: str, name: str, version: int) -> bool:
    """Whether the file at this path is Python that gives the name a meaning; it is not run for that."""
    try:
        return name in compile(Path(path).read_bytes(), path, "exec").co_names
    except (OSError, SyntaxError, ValueError):
        return False


@cache  # a rule asks for its exercise at every update
def _passed_with(path: str, version: int, mark: str, marked: int) -> list[tuple[str, str]] | None:
    """The files that the copy imported when it passed, each with its fingerprint; None if it has not."""
    try:
        passed, *beside = content_of(Path(mark)).decode().splitlines() if marked else ("",)
        if passed == fingerprint_of(path):
            parts, folder = (line.rpartition(" ") for line in beside), os.path.dirname(path)
            return [(os.path.join(folder, file), of) for file, _, of in parts]
    except (OSError, ValueError):
        pass
    return None


@cache
def _fingerprint_of(file: str, version: int) -> str:
    with suppress(OSError):
        return fingerprint_of(file)
    return ""


def _imports(path: Path) -> dict[str, str]:
    """The student's own files that this one imports, and these in turn, seen from its folder, each with
    its fingerprint."""
    files, found = [path], dict[str, str]()
    for file in files:  # it grows
        with suppress(OSError, SyntaxError, ValueError):
            for node in ast.walk(ast.parse(content_of(file))):
                names = {a.name for a in node.names} if isinstance(node, ast.Import) else set()
                if isinstance(node, ast.ImportFrom):
                    names = {node.module or ""}
                own = filter(None, (_own_file(name.partition(".")[0]) for name in names))
                files += [new for new in own if new not in files]
    for file in files[1:]:
        found[os.path.relpath(file, path.parent)] = fingerprint_of(str(file))
    return found


def _own_file(module: str) -> Path | None:
    """The file of a module of the student's own; None for others."""
    with suppress(ImportError, ValueError, AttributeError):
        spec = importlib.util.find_spec(module)
        if spec and spec.origin and spec.origin.endswith(".py") and not is_installed(spec.origin):
            return Path(spec.origin).absolute()
    return None


def version_of(path: str) -> int:
    """A number that is another one whenever the file has been written; 0 if there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return 0
    if not stat.S_ISREG(status.st_mode):
        return 0
    # Not the date alone: a file that is restored, or copied from elsewhere, brings its own.
    return hash((status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)) or 1


_reading: set[int] = set()
"""The threads that are reading a copy."""


def reading() -> bool:
    """Whether a copy is being read: an ``@fill`` in it, from a cell that was pasted, does nothing, since
    what the file says may change."""
    return get_ident() in _reading


@cache  # as above; an edited file has another version
def load(path: str, name: str, version: int) -> Callable:
    """The function of that name in a file of this version."""
    spec = importlib.util.spec_from_file_location(f"{LOADED}{Path(path).parent.name}_{name}", path)
    assert spec and spec.loader  # as for every path that ends in .py
    module = importlib.util.module_from_spec(spec)
    # Without Python's cache of compiled code, which knows a file by its length and its second.
    code, done = compile(Path(path).read_bytes(), path, "exec", dont_inherit=True), False
    _reading.add(get_ident())
    try:
        with time_limit(LONGEST):
            exec(code, vars(module))
            done = True
    finally:
        _reading.discard(get_ident())
    if not done:
        raise TimeoutError(f"reading it takes over {LONGEST} seconds; is there an endless loop?")
    if name not in vars(module):
        raise LookupError(f"it defines no function {name}")
    return getattr(module, name)


def fingerprint_of(path: str) -> str:
    """The fingerprint of the copy at this path."""
    return _fingerprint(content_of(Path(path)))


def _fingerprint(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _self_contained(function: FunctionType) -> tuple[bytes, list[str]]:
    """The source of a function together with the imports, constants and helpers that it needs, and in
    words what can't be written down."""
    head: dict[str, None] = {}  # a dict keeps the order and drops repeats
    bodies: list[str] = []
    seen: set[str] = set()
    missing: list[str] = []

    def add(name: str, f: FunctionType) -> None:
        missing.extend(
            f"{free}, a variable of the function around it" for free in f.__code__.co_freevars
        )
        missing.extend(
            f"{name}.{own}, which was set outside" for own in vars(f) if own != "__wrapped__"
        )
        missing.extend(filter(None, [reads_unseen(f)]))
        source = textwrap.dedent(inspect.getsource(f))
        definition = [*ast.parse(source).body, ast.Pass()][0]
        decorators = _applied(definition)
        if not f.__code__.co_freevars and _is_older(definition, f):
            missing.append(f"the text of {name}, which its file has no more (import it again)")
            return
        for other, value in (globals_read(f) | _read_at_definition(definition, f)).items():
            if other not in seen:
                seen.add(other)
                need(other, value, f)
        missing.extend(
            f"{module.__name__}, from a file that other lessons do not have"
            for module in imported(f)
            if module.__name__ == "__main__" or (is_own(module) and _is_beside_the_notebook(module))
        )
        parts = [f"@{ast.get_source_segment(source, d)}" for d in decorators]
        bodies.append("\n".join([*parts, str(ast.get_source_segment(source, definition))]))
        if (own_name := getattr(definition, "name", name)) != name:
            bodies.append(f"{name} = {own_name}")
            if f.__globals__.get(own_name, f) is not f:
                missing.append(f"{name}, whose own name {own_name} means something else by now")

    def need(name: str, value: Any, f: FunctionType) -> None:
        helper = inspect.unwrap(value) if callable(value) else value
        home = value if isinstance(value, ModuleType) else sys.modules.get(_module_of(helper))
        if isinstance(helper, FunctionType) and helper.__globals__ is f.__globals__:
            add(name, helper)
        elif home and is_own(home) and _is_beside_the_notebook(home):
            missing.append(f"{name}, from a file that other lessons do not have")
        elif isinstance(value, ModuleType) and value.__name__ != "__main__":
            head[f"import {value.__name__} as {name}"] = None
        elif isinstance(helper, FunctionType) and helper.__module__.startswith(LOADED):
            if helper.__name__ == function.__name__:  # it would ask for itself
                missing.append(f"{name}, another answer to {function.__name__}")
            head["from microlearn import get_exercise"] = None
            head[f"{name} = get_exercise({helper.__name__!r})"] = None
        elif _is_importable(value):
            head[f"from {value.__module__} import {value.__name__} as {name}"] = None
        elif (
            (type(value) is np.ndarray or isinstance(value, np.generic))
            and value.dtype.kind in "biuf"
            and value.size <= 1000
        ):
            array = f"numpy.array({_numbers(value.tolist())}, dtype={value.dtype.str!r})"
            head["import numpy"] = (
                None  # a number of numpy's is no number of Python's: it may be float64
            )
            head[f"{name} = {array}{'[()]' * isinstance(value, np.generic)}"] = None
        elif type(value) is float:
            head[f"{name} = {_numbers(value)}"] = None
        elif _is_literal(value):
            head[f"{name} = {value!r}"] = None
        elif not (hasattr(builtins, name) and _is_ipythons(value)):
            missing.append(f"{name}, which can't be written down")

    seen.add(function.__name__)
    add(function.__name__, function)
    note = f'"""Your answer to {function.__name__}, kept so that later lessons can use it."""'
    lines = [note, "", "from __future__ import annotations", "", *head]
    return _sealed("\n\n\n".join(["\n".join(lines), *bodies]) + "\n"), missing


_UNCHANGING = (int, float, complex, str, bytes, np.generic, type(None))


def _is_fill(decorator: ast.expr) -> bool:
    return getattr(decorator, "id", getattr(decorator, "attr", "")) == "fill"


def _applied(definition: ast.AST) -> list[ast.expr]:
    """The decorators of the answer itself: of those above ``@fill`` the course knows nothing."""
    decorators = getattr(definition, "decorator_list", [])
    return decorators[max((n for n, d in enumerate(decorators, 1) if _is_fill(d)), default=0) :]


def _is_older(definition: ast.stmt, f: FunctionType) -> bool:
    """Whether the function was made from another text: its file has been changed since."""
    if f.__name__ == "<lambda>":
        return False  # its text is a line, in which there may be anything
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
        return True
    plain = copy(definition)
    plain.decorator_list = []
    flags = f.__code__.co_flags & __future__.annotations.compiler_flag
    text = ast.Module([plain], type_ignores=[])
    parts = compile(text, "", "exec", flags, dont_inherit=True).co_consts
    made = [c for c in parts if isinstance(c, CodeType) and c.co_name == plain.name]
    return [what_it_does(code) for code in made] != [what_it_does(f.__code__)]


def outdated(function: Callable) -> str:
    """A sentence, if the function uses a module of the student's own, or a function of one, that reads
    otherwise in its file by now: Python reads a file once."""
    for used in functions(function):
        module, file = sys.modules.get(used.__module__ or ""), used.__code__.co_filename
        changed = None
        if module and is_own(module) and file.endswith(".py") and (version := version_of(file)):
            written = _written(file, version)
            given, name = repr(used.__defaults__), used.__code__.co_qualname
            same = what_it_does(used.__code__) in written.texts.get(name, ())
            if not same or written.defaults.get(name, given) != given:
                changed = module
        for read in (module, *globals_read(used).values()):
            if isinstance(read, ModuleType) and is_own(read) and _has_other_constants(read):
                changed = read
        if changed:
            name, file = changed.__name__, str(changed.__file__)
            return (
                f"{Path(file).name} has been changed since this session read it, and Python reads it "
                f"once: its older text is used. Run `import importlib, {name}; "
                f"importlib.reload({name})`, then the cells that import from it, and the answer's; or "
                "restart the kernel."
            )
    return ""


def _has_other_constants(module: ModuleType) -> bool:
    """Whether constants are others in the module's file than in the text that was read, as Python has
    compiled and kept that. (In the module a session may have set them.)"""
    file, compiled = (getattr(module, name, None) or "" for name in ("__file__", "__cached__"))
    version, read = version_of(file), version_of(compiled)
    if not (version and read) or sys.dont_write_bytecode:
        return False  # it has not been kept
    constants = _constants_read(compiled, read)
    return constants is not None and constants != _written(file, version).constants


@lru_cache(64)
def _constants_read(compiled: str, version: int) -> dict[str, str] | None:
    with suppress(OSError, ValueError, EOFError, TypeError):
        return constants_set(marshal.loads(content_of(Path(compiled))[16:]))  # after its head
    return None


class _Written(NamedTuple):
    """What the functions in a file do; the defaults of those at its top that are literals, and the
    constants there; each by their names."""

    texts: dict[str, list[tuple]]
    defaults: dict[str, str]
    constants: dict[str, str]


@lru_cache(64)
def _written(file: str, version: int) -> _Written:
    written = _Written({}, {}, {})
    try:
        tree = ast.parse(Path(file).read_bytes())
        codes = [compile(tree, file, "exec", dont_inherit=True)]
    except (OSError, SyntaxError, ValueError):
        return written
    written.constants.update(constants_set(codes[0]))
    for code in codes:  # it grows
        written.texts.setdefault(code.co_qualname, []).append(what_it_does(code))
        codes += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            with suppress(ValueError, TypeError):  # some are no literals
                given = tuple(map(ast.literal_eval, node.args.defaults))
                written.defaults[node.name] = repr(given or None)
    return written


def _read_at_definition(definition: ast.stmt, f: FunctionType) -> dict[str, object]:
    """The global variables in defaults and decorators, or in the line of a lambda. A copy does not
    evaluate its annotations."""
    parts: list[ast.AST] = [definition]
    if isinstance(definition, ast.FunctionDef):
        given = definition.args
        parts = [*_applied(definition), *given.defaults, *filter(None, given.kw_defaults)]
    names = {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}
    return {name: f.__globals__[name] for name in sorted(names & f.__globals__.keys())}


def _is_beside_the_notebook(module: ModuleType) -> bool:
    """Whether the module's file is in the folder of this lesson, which other lessons do not look in."""
    return Path(getattr(module, "__file__", None) or "").resolve().is_relative_to(working_folder())


def _numbers(value: float | list) -> str:
    """A number, or a list of them, as Python reads it; ``repr`` writes ``inf`` and ``nan``."""
    return re.sub("inf|nan", r"float('\g<0>')", repr(value))


def _is_importable(value: object) -> bool:
    module, name = _module_of(value), getattr(value, "__name__", "")
    known = module != "__main__" and module in sys.modules and name
    return bool(known) and getattr(sys.modules[module], name, None) is value


def _is_ipythons(value: object) -> bool:
    """Whether IPython has put it in the place of a builtin, such as ``open`` and ``exit``."""
    home = getattr(value, "__globals__", {}).get("__name__", type(value).__module__)
    return home.startswith(("IPython.", "ipykernel."))


def _module_of(value: object) -> str:
    """The name of the module in which a function or a class was defined."""
    module = getattr(value, "__module__", None)
    return module if isinstance(module, str) else ""


def _is_literal(value: object) -> bool:
    try:
        read = ast.literal_eval(repr(value))
        return type(read) is type(value) and read == value
    except Exception:  # whatever an object's own repr or == may raise
        return False
