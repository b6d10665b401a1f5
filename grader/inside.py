"""Inside the sandbox: define an answer, then call it as often as the judge asks.

Started as ``python -m grader.inside '{"limits": …}'`` for one box, or for many with ``{"many": true}``
(:mod:`grader.stem`). The first process of a box never runs code of the student's. From its judge
it gets two pipes for each answer, and starts a process that reads the answer and then the calls from one
and writes the results into the other; what the answer prints is lost.
The student's code can change anything in that process, but whatever it does, the judge takes what
leaves the box for nothing more than a result of the function.
"""

from __future__ import annotations

import ast
import codeop
import contextlib
import functools
import json
import linecache
import marshal
import os
import select
import signal
import socket
import sys
import traceback
import warnings
from collections.abc import Callable, Coroutine
from typing import IO, Any

import numpy as np

from microlearn import exercises
from microlearn.checking.answer import Desk, arrays_in, kept, lists_in
from microlearn.checking.errors import explained
from microlearn.checking.yardsticks import closed

from . import landlock, rights, seccomp, stem, wire

UNKNOWN = (
    " (the grader runs the answer cell, and of other cells only the statements whose text says that "
    "they bind or change what it uses: define it in the answer cell)"
)
"""What the message about an unknown name adds."""
NO_FILES = (
    " (when it is graded there is no other file of yours, and of packages only those of the course: put "
    "what you need into the answer cell)"
)
"""What the message about a module or a file that is not there adds."""


UNBOUND: dict[str, BaseException] = {}
"""Why each name is missing whose statement has failed."""
MOST_FILES = 1000
"""Files and folders in /tmp, each of which takes room in the kernel, even if it is empty. Where nothing
else holds a box to that, an answer with more of them is ended."""
SECONDS_BETWEEN_COUNTS = 0.02


def main() -> None:
    """Be the first process of a box, or of many."""
    control = socket.socket(fileno=os.dup(0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    given = json.loads(sys.argv[1])
    if not given.get("many"):
        _first(control, given)
    elif box := stem.box(control, given["user"], given["modules"]):
        _first(*box)


def _first(control: socket.socket, given: dict[str, Any]) -> None:
    """Start a process for each answer that is asked for, and end when nobody asks any more.

    It ends, too, where an answer has touched /tmp, so that nothing of it reaches the next.

    Parameters
    ----------
    control : the socket to the judge
    given : "limits" on each process; whether it is "confined"; the "user" to become, if any
    """
    confined = given.get("confined", False)
    rules = _confined(given.get("user")) if confined else None
    rights.limit(given["limits"])
    over, untouched = b"-", _tmp()
    while over:
        asked, pipes, _, _ = socket.recv_fds(control, 1, 2)
        if not asked:
            return
        process = os.fork()
        if process == 0:
            try:
                control.close()
                if confined:
                    lock(rules)
                np.random.seed()  # noqa: NPY002, every copy would draw the same
                _answer(os.fdopen(pipes[0], "rb"), os.fdopen(pipes[1], "wb"))
            finally:
                os._exit(0)
        for pipe in pipes:
            os.close(pipe)
        while confined and not select.select([control], [], [], SECONDS_BETWEEN_COUNTS)[0]:
            if _files() > MOST_FILES:
                os.kill(process, signal.SIGKILL)
        over = control.recv(1)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        if confined and _tmp() != untouched:
            return
        if over:
            control.send(over)


def _confined(user: int | None) -> int | None:
    """Give up what no process in the box needs; the rules that :func:`lock` takes, if there are any."""
    if user is not None:
        rights.become(user)
    rights.drop()
    rights.hide()
    return landlock.ruleset()


def lock(rules: int | None) -> None:
    """Give up, for good, what an answer does not need."""
    if rules is not None:
        landlock.restrict(rules)
        os.close(rules)
    seccomp.load()


def _files() -> int:
    """How many files and folders lie in /tmp, the only place to write to."""
    tmp = os.statvfs("/tmp")
    return tmp.f_files - tmp.f_ffree


def _tmp() -> tuple[int, ...]:
    """What tells that /tmp has been touched, even if all is gone again."""
    tmp = os.stat("/tmp")
    return _files(), tmp.st_mode, tmp.st_mtime_ns, tmp.st_ctime_ns


def _answer(calls: IO[bytes], results: IO[bytes]) -> None:
    """Define one answer and call it, until nobody asks any more."""
    wire.send(results, wire.HELLO)
    name, code, lent = wire.receive(calls)
    linecache.cache["answer"] = (len(code), None, code.splitlines(keepends=True), "answer")
    try:
        exercises.lend({other: _loader(other, lent.pop(other)) for other in [*lent]})
    except BaseException as error:
        wire.send(results, {"error": _describe(error)})
        return
    with closed(name):
        _serve(name, code, calls, results)


def _serve(name: str, code: str, calls: IO[bytes], results: IO[bytes]) -> None:
    """Define the answer, and call it until nobody asks any more."""
    try:
        answer = defined(name, code)
        wire.send(results, {"ready": True})
    except BaseException as error:
        wire.send(results, {"error": _describe(error)})
        return
    desk = Desk()
    while True:
        try:
            times, cases, ask_left = wire.receive(calls)
        except EOFError:
            return
        reply: dict[str, Any] = {"results": []}
        try:
            for case in cases:
                arguments = desk.lay(case)
                laid = [part.copy() for part in lists_in(arguments)]
                reply["results"] += [kept(answer(*arguments)) for _ in range(times)]
        except BaseException as error:
            reply["error"] = _describe(error)
        if ask_left:
            lists = [_items(now, was) for now, was in zip(lists_in(arguments), laid, strict=False)]
            reply["left"] = [*arrays_in(arguments), *lists]
        try:
            wire.send(results, reply)
        except (TypeError, ValueError, OverflowError, RecursionError, MemoryError) as error:
            reply = {"results": [], "error": [type(error).__name__, str(error)[:300], ""]}
            wire.send(results, reply)


def _items(now: list, was: list) -> list:
    """What is in a list: its arrays and numbers, and of anything else the place that it had."""
    return [
        item
        if isinstance(item, np.ndarray | int | float)
        else next((place for place, thing in enumerate(was) if thing is item), -1)
        for item in now
    ]


def _loader(name: str, compiled: np.ndarray) -> Callable[[], Any]:
    """Returns the function of that name in a reference, which is run when it is first asked for: one
    that imports scipy takes half a second."""
    code = marshal.loads(compiled.tobytes())  # the judge's own

    @functools.cache
    def load() -> Any:
        scope: dict = {"__name__": f"reference_{name}"}
        exec(code, scope)
        return scope[name]

    return load


def defined(name: str, code: str) -> Any:
    """The function that the code defines under that name.

    The statements run one by one. One that fails, such as a trial of the function with a variable that
    only the notebook has, does not stop those after it. Its error is raised in the end, if the function
    is not defined then.
    """
    scope: dict = {"__name__": "__main__", "display": lambda *_, **__: None}
    compiled = codeop.Compile()  # it remembers an earlier `from __future__ import`
    compiled.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT  # as in a notebook
    failed: dict[str, BaseException] = {}
    UNBOUND.clear()
    for statement in ast.parse(code).body:
        try:
            code_object = compiled(ast.Module([statement], []), "answer", "exec")  # type: ignore[arg-type]
            if waits := eval(code_object, scope):
                _wait_for(waits)
        except BaseException as error:
            failed.setdefault(getattr(statement, "name", ""), error)
            UNBOUND.update(dict.fromkeys(bound_by(statement), error))
    if callable(scope.get(name)):
        return scope[name]
    first = next(iter(failed.values()), NameError(f"the cell defines no function {name}"))
    raise failed.get(name, first)


def _wait_for(coroutine: Coroutine) -> None:
    """Run it to its end, as long as it waits for nothing outside."""
    with contextlib.suppress(StopIteration):
        while True:
            coroutine.send(None)


def bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement would have bound."""
    found = {getattr(statement, "name", "")}
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
    return found


def _describe(error: BaseException) -> list[str]:
    """The error's type, its message and the line of the answer that raised it. Where a name is missing
    since the statement that should have bound it has failed, those of that failure."""
    if type(error) is NameError and isinstance(error.name, str):
        error = UNBOUND.get(error.name, error)
    line, message = explained(error)
    ran = traceback.walk_tb(error.__traceback__)
    if not any(frame.f_code.co_filename == "answer" for frame, _ in ran):
        line = ""  # it was raised here
    if isinstance(error, SyntaxError) and error.text:
        line, message = str(error.text).strip(), str(error.msg)
    if type(error) is NameError:
        message += UNKNOWN
    if isinstance(error, ModuleNotFoundError | FileNotFoundError):
        message += NO_FILES
    return [type(error).__name__, message, line[:120]]


if __name__ == "__main__":
    main()
