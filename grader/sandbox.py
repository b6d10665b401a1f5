"""A box for a student's code: no network, no files to write to, limits on time and memory.

A box is for one submission. Its first process runs nothing of the student's: it has Python and numpy
loaded, and starts a process for each answer (:mod:`grader.inside`). That one can't start another
(:mod:`grader.seccomp`), so the limits on it are the limits on the whole answer. Where the machine has a
control group to give, the box as a whole has limits, too (:mod:`grader.cgroup`).

A worker starts Python in a sandbox once (:mod:`grader.bubblewrap`), and takes a copy of that process for
each box, in namespaces of its own (:mod:`grader.stem`). Where the machine allows no namespaces within a
sandbox, each box is a sandbox that starts from nothing.
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from . import bubblewrap, cgroup
from .bubblewrap import BYTES_OF_FILES, NOBODIES
from .inside import MOST_FILES

SECONDS = float(os.environ.get("MICROLEARN_SECONDS", "90"))
"""The time for all answers of one submission together."""
BYTES_OF_MEMORY = 400 * 2**20
"""What one answer may write to. A Python with numpy takes a tenth of it."""
ADDRESSES = 2 * 2**30
THREADS = 16
BYTES_OF_A_BOX = 512 * 2**20
"""What a whole box may take, with its files and what the kernel keeps for it."""
SECONDS_TO_CLEAN, SECONDS_TO_START = 5.0, 60.0
OPT_OUT = "MICROLEARN_UNSANDBOXED"
WITHOUT = "answers run without a sandbox, with the rights of the account that grades"
"""The report says so of each submission where the instructor has chosen it."""


class NoSandbox(RuntimeError):
    """This machine can't run students' code in a sandbox."""


class MachineTrouble(RuntimeError):
    """The machine had no room for an answer; that says nothing about the answer."""


def killed_for_memory() -> int:
    """How many processes the kernel has killed since it started, because there was no memory left."""
    try:
        counts = dict(line.split() for line in Path("/proc/vmstat").read_text().splitlines())
        return int(counts.get("oom_kill", 0))
    except (OSError, ValueError):
        return 0


def sandbox_works() -> bool:
    """Whether bubblewrap is installed, and may make a box in which our program starts."""
    return _trouble() is None


@functools.cache
def _trouble() -> str | None:
    """Why there can be no box: the last line of the error; None if there can be one."""
    return None if _has_stems() else _tried("")


@functools.cache
def _has_stems() -> bool:
    """Whether a process in a sandbox may make boxes."""
    if os.geteuid() == 0 and bubblewrap.namespace_of_nobodies() is None:
        return False  # its rights would be those of root
    user = _nobody()
    become = "" if user is None else f"inside.rights.become({user}); "
    return _tried(f"{become}inside.stem.leave(9999, 9); inside.rights.drop();", many=True) is None


def _tried(first: str, many: bool = False) -> str | None:
    """Why our program can't do this in a sandbox and lock itself; None if it can."""
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    program = f"from grader import inside; {first} inside.lock(inside.landlock.ruleset())"
    try:
        done = bubblewrap.start(["-c", program], subprocess.DEVNULL, subprocess.PIPE, many=many)
        said = done.communicate()[1].decode(errors="replace").strip().splitlines()
    except (OSError, KeyError) as error:
        return f"{type(error).__name__}: {error}"
    return None if done.returncode == 0 else (said or ["bubblewrap failed and did not say why"])[-1]


def require_sandbox() -> None:
    """Make sure that there can be a box, or that the instructor has chosen to run without one.

    Raises
    ------
    NoSandbox
        If bubblewrap is missing or forbidden, and ``MICROLEARN_UNSANDBOXED=yes`` is not set, or is set
        by root.
    """
    if sandbox_works():
        return
    if os.environ.get(OPT_OUT) == "yes":
        if os.geteuid() == 0:
            raise NoSandbox(
                f"{OPT_OUT}=yes would run students' code as root, which may do anything to this "
                "machine. Grade from an account without rights, or install bubblewrap."
            )
    else:
        raise NoSandbox(
            "Grading runs students' code in a sandbox, and bubblewrap (0.7 or newer) is missing or "
            f"forbidden here ({_trouble()}). On Debian or Ubuntu: apt install bubblewrap. To run the "
            "code without a sandbox, with your own rights, at your own risk: "
            f"{OPT_OUT}=yes nbgrader autograde ..."
        )


def what_is_lacking() -> str:
    """What a run says once about the sandbox of this machine; nothing, where nothing is missing.

    Raises
    ------
    NoSandbox
        As :func:`require_sandbox` says.
    """
    require_sandbox()
    if not sandbox_works():
        return WITHOUT
    return "" if cgroup.home() else cgroup.WITHOUT


class Box:
    """A box for the answers of one submission, one after the other. Use it as a context manager.

    It is made when the first answer starts, and made anew if an answer has ended it or left a file.

    Parameters
    ----------
    modules : the names of those that answers are likely to import, which are loaded once for many boxes
    """

    def __init__(self, modules: Iterable[str] = ()) -> None:
        self._modules = sorted(modules)
        self._first: _First | None = None
        self._group: cgroup.Group | None = None

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> tuple[IO[bytes], IO[bytes]]:
        """Start a process for an answer (:mod:`grader.inside`); the pipes to it and from it.

        Raises
        ------
        NoSandbox
            As :func:`require_sandbox` says.
        MachineTrouble
            If the machine is too busy for one more process.
        """
        require_sandbox()
        for _ in range(2):
            try:
                if self._first and self._first.has_ended():
                    self.close()  # since the last answer
                if self._first is None:
                    self._group = _group()
                    self._first = _first(self._group, self._modules)
                return self._asked_for(self._first)
            except (BrokenPipeError, EOFError):  # it ends just now
                self.close()
            except (OSError, MemoryError) as error:
                self.close()
                raise MachineTrouble(f"the machine had no room for a sandbox: {error}") from None
        raise MachineTrouble("the machine had no room for a sandbox")

    def _asked_for(self, first: _First) -> tuple[IO[bytes], IO[bytes]]:
        # Pipes of its own for each answer: nothing that one has written can be taken for the next one's.
        theirs_to_read, to_it = os.pipe()
        from_it, theirs_to_write = os.pipe()
        pipes = os.fdopen(to_it, "wb"), os.fdopen(from_it, "rb")
        try:
            socket.send_fds(first.control, [b"+"], [theirs_to_read, theirs_to_write])
        except OSError:
            for pipe in pipes:
                pipe.close()
            raise
        finally:
            os.close(theirs_to_read)
            os.close(theirs_to_write)
        return pipes

    def over(self) -> None:
        """End the answer's process, and the box, too, unless it says soon that nothing is left."""
        clean = b""
        if self._first:
            with contextlib.suppress(OSError):
                self._first.control.send(b"-")
                clean = self._first.control.recv(1)
        if not clean:
            self.close()

    def is_full(self) -> bool:
        """Whether the box, and not the machine, has run out of memory."""
        return bool(self._group and self._group.is_full())

    def kill(self) -> None:
        """End all that runs in the box, from any thread."""
        if self._first:
            self._first.kill()

    def close(self) -> None:
        """End the box, and wait until it is gone."""
        if self._first:
            self._first.close()
            self._first = None
        if self._group:
            self._group.close()
            self._group = None


class _First:
    """The first process of a box, and the socket to it. It is started here, or a copy of a stem."""

    def __init__(
        self, control: socket.socket, end: int, started: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.control, self._end, self._started = control, end, started
        control.settimeout(SECONDS_TO_CLEAN)

    def has_ended(self) -> bool:
        return bool(select.select([self._end], [], [], 0)[0])

    def wait(self) -> None:
        select.select([self._end], [], [])

    def kill(self) -> None:
        """End it and all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            if self._started is None:  # the first one of its namespace, which ends with it
                signal.pidfd_send_signal(self._end, signal.SIGKILL)
            elif self._started.poll() is None:
                os.killpg(self._started.pid, signal.SIGKILL)

    def close(self) -> None:
        self.kill()
        self.wait()
        if self._started:
            self._started.wait()
        self.control.close()
        os.close(self._end)


class _Stem:
    """A process that makes boxes (:mod:`grader.stem`), for one thread of this process.

    It ends with the thread, as bubblewrap sees to. A lesson whose answers import other modules gets
    another.
    """

    def __init__(self, modules: list[str]) -> None:
        self.owner, self.modules = os.getpid(), modules
        given = {"many": True, "user": _nobody(), "modules": modules}
        self._process, self._control = _started(given)

    def has_ended(self) -> bool:
        return self.owner != os.getpid() or self._process.poll() is not None

    def box(self, given: dict[str, Any], group: cgroup.Group | None) -> _First:
        """A box for which that is given."""
        ours, theirs = socket.socketpair()
        ours.settimeout(SECONDS_TO_START)
        ends: list[int] = []
        try:
            with theirs:
                socket.send_fds(self._control, [json.dumps(given).encode()], [theirs.fileno()])
            _, ends, _, _ = socket.recv_fds(ours, 1, 1)
            if not ends:
                raise EOFError
            if group:
                group.enter(_number(ends[0]))
            return _First(ours, ends[0])
        except BaseException:
            for end in ends:
                os.close(end)
            ours.close()
            raise

    def close(self) -> None:
        """End it with its boxes; nothing, if it is the parent's of this process."""
        self._control.close()
        if self.owner == os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _number(end: int) -> int:
    """The number of the process that a descriptor is about."""
    lines = Path(f"/proc/self/fdinfo/{end}").read_text().splitlines()
    return next(int(line.removeprefix("Pid:")) for line in lines if line.startswith("Pid:"))


_own = threading.local()


def _first(group: cgroup.Group | None, modules: list[str]) -> _First:
    given: dict[str, Any] = {
        "limits": {
            "AS": ADDRESSES, "DATA": BYTES_OF_MEMORY, "CPU": math.ceil(SECONDS), "FSIZE": 1_000_000,
            "NOFILE": 64, "CORE": 0,
        },
    }  # fmt: skip
    if sandbox_works():
        # Beside those of an answer there are the first process, and bubblewrap's own and the stem where
        # they have the same user.
        others = 1 if os.geteuid() == 0 else 2 + _has_stems()
        given["limits"]["NPROC"] = THREADS + others
        given |= {"confined": True, "user": _nobody()}
    if not (sandbox_works() and _has_stems()):
        process, control = _started(given, group)
        return _First(control, os.pidfd_open(process.pid), process)
    stem: _Stem | None = getattr(_own, "stem", None)
    if stem and (stem.has_ended() or stem.modules != modules):
        stem.close()
        stem = None
    if stem is None:
        stem = _own.stem = _Stem(modules)
    try:
        return stem.box(given | {"bytes": BYTES_OF_FILES, "files": MOST_FILES}, group)
    except TimeoutError:
        stem.close()
        raise


def _started(
    given: dict[str, Any], group: cgroup.Group | None = None
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A Python that is the first process of a box, or makes boxes; and the socket to it."""
    ours, theirs = socket.socketpair()
    try:
        process = bubblewrap.start(
            ["-m", "grader.inside", json.dumps(given)],
            theirs.fileno(),
            boxed=sandbox_works(),
            many="many" in given,
            enter=group.command() if group else None,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return process, ours


def _group() -> cgroup.Group | None:
    """A control group for a box; None where there is none."""
    home = cgroup.home() if sandbox_works() else None
    if home is None:
        return None
    with contextlib.suppress(OSError):
        return cgroup.Group(
            home,
            {
                "memory.max": str(BYTES_OF_A_BOX),
                "memory.swap.max": "0",
                "memory.oom.group": "1",
                # those of an answer, the first process, and bubblewrap's two
                "pids.max": str(THREADS + 4),
                "cpu.max": "100000 100000",  # one core
            },
        )
    return None


def _nobody() -> int | None:
    return random.choice(NOBODIES) if os.geteuid() == 0 else None
