"""A box for a student's code: no network, no files to write to, limits on time and memory.

In the box, bubblewrap shows the process a Python, its packages, the system's libraries and microlearn,
all read-only; it shows neither the solutions nor the gradebook nor another student's work. Only a small
/tmp can be written to, and it is deleted with the box.

A box is for one submission. Its first process runs nothing of the student's: it loads Python and numpy
once, and starts a process for each answer. That one can't start another (:mod:`grader.seccomp`), so the
limits on it are the limits on the whole answer. Where the machine has a control group to give, the box
as a whole has limits, too (:mod:`grader.cgroup`).
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
import os
import random
import shutil
import signal
import site
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import microlearn

from . import cgroup

ROOT = Path(__file__).resolve().parent.parent
SECONDS = float(os.environ.get("MICROLEARN_SECONDS", "90"))
"""The time for all answers of one submission together."""
BYTES_OF_MEMORY = 400 * 2**20
"""What one answer may write to. A Python with numpy takes a tenth of it."""
ADDRESSES = 2 * 2**30
BYTES_OF_FILES = 16 * 2**20
THREADS = 16
BYTES_OF_A_BOX = 512 * 2**20
"""What a whole box may take, with its files and what the kernel keeps for it."""
SECONDS_TO_CLEAN = 5.0
NOBODIES = range(61184, 65520)
"""User ids that Linux systems leave free for short-lived services. Limits do not bind root, so a box
that root starts runs as one of these. It is drawn at random, so that each box has its own limits."""
SYSTEM = (Path("/usr"), Path("/usr/local"))
"""Where a Python may be one program of many; in any other place its folder is its own."""
HIDDEN = ("checks", "laws")
"""The rooms of the package that know right answers, from which the facts expect theirs."""
SHOWN = ("laws/__init__.py", "laws/problems.py")
"""What is seen of them all the same: what a drawn loss is."""
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
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    try:
        lock = "from grader import inside; inside.lock(inside.landlock.ruleset())"
        done = _popen(["-c", lock], True, subprocess.DEVNULL, subprocess.PIPE)
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


class Box:
    """A box for the answers of one submission, one after the other. Use it as a context manager.

    It is made when the first answer starts, and made anew if an answer has ended it or left a file.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket
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
                if self._process and self._process.poll() is not None:
                    self.close()  # it has ended since the last answer
                if self._process is None:
                    self._group = _group()
                    self._process, self._control = _first_process(self._group)
                return self._asked_for()
            except BrokenPipeError:  # it ends just now
                self.close()
            except (BlockingIOError, MemoryError) as error:
                raise MachineTrouble(f"the machine had no room for a sandbox: {error}") from None
        raise MachineTrouble("the machine had no room for a sandbox")

    def _asked_for(self) -> tuple[IO[bytes], IO[bytes]]:
        # Pipes of its own for each answer: nothing that one has written can be taken for the next one's.
        theirs_to_read, to_it = os.pipe()
        from_it, theirs_to_write = os.pipe()
        pipes = os.fdopen(to_it, "wb"), os.fdopen(from_it, "rb")
        try:
            socket.send_fds(self._control, [b"+"], [theirs_to_read, theirs_to_write])
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
        try:
            self._control.send(b"-")
            clean = self._control.recv(1)
        except OSError:
            clean = b""
        if not clean:
            self.close()

    def is_full(self) -> bool:
        """Whether the box, and not the machine, has run out of memory."""
        return bool(self._group and self._group.is_full())

    def kill(self) -> None:
        """End all that runs in the box, from any thread."""
        if self._process and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the box, and wait until it is gone."""
        if self._process:
            self.kill()
            self._process.wait()
            self._control.close()
            self._process = None
        if self._group:
            self._group.close()
            self._group = None


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


def _first_process(
    group: cgroup.Group | None = None,
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    ours.settimeout(SECONDS_TO_CLEAN)
    boxed = sandbox_works()
    limits = {
        "AS": ADDRESSES, "DATA": BYTES_OF_MEMORY, "CPU": math.ceil(SECONDS), "FSIZE": 1_000_000,
        "NOFILE": 64, "CORE": 0,
    }  # fmt: skip
    words: list[str] = []
    if boxed:
        limits["NPROC"] = THREADS + 1  # those of an answer, and the first process
        words = ["confined", *([str(random.choice(NOBODIES))] if os.geteuid() == 0 else [])]
    arguments = ["-m", "grader.inside", json.dumps(limits), *words]
    try:
        return _popen(arguments, boxed, theirs.fileno(), subprocess.DEVNULL, group), ours
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()


def _popen(
    arguments: list[str], boxed: bool, stdin: int, stderr: int, group: cgroup.Group | None = None
) -> subprocess.Popen[bytes]:
    command = [sys.executable, *arguments]
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(_package().parent)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NBGRADER_EXECUTION": "autograde",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # An answer cell may import matplotlib, which needs a home.
        "HOME": "/tmp",
        "MPLBACKEND": "agg",
    }
    passed: list[int] = []
    if boxed:
        if os.geteuid() == 0 and (users := _namespace_of_nobodies()) is not None:
            passed, command = [users], ["--userns2", str(users), *command]
        command = [*_box(), *command]
    return subprocess.Popen(
        group.command(command) if group else command,
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        env=environment,
        cwd="/" if boxed else None,
        pass_fds=passed,
        start_new_session=True,  # one signal ends the process and all that it has started
    )


@functools.cache
def _namespace_of_nobodies() -> int | None:
    """A user namespace in which there is no root and nobody else that this machine knows, for the boxes
    that root starts. None if the kernel makes none."""
    try:
        with subprocess.Popen(
            ["unshare", "--user", "cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as holder:
            assert holder.stdin and holder.stdout
            holder.stdin.write(b"+")
            holder.stdin.flush()
            if holder.stdout.read(1) != b"+":  # an echo: it is in its namespace
                return None
            place = Path("/proc", str(holder.pid))
            for name in ("uid_map", "gid_map"):
                (place / name).write_text(f"{NOBODIES[0]} {NOBODIES[0]} {len(NOBODIES)}")
            return os.open(place / "ns" / "user", os.O_RDONLY)
    except OSError:
        return None


def _package() -> Path:
    return Path(microlearn.__file__).resolve().parent


def _box() -> list[str]:
    apart = ["--unshare-all", "--cap-drop", "ALL"]
    if os.geteuid() == 0:  # its first process changes its user, in a namespace that we have made
        apart = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
                 "--unshare-cgroup-try", "--cap-drop", "ALL",
                 "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]  # fmt: skip
    command = [
        "bwrap",
        *apart,
        "--die-with-parent",
        "--new-session",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
    ]
    command += ["--perms", "1777", "--size", str(BYTES_OF_FILES), "--tmpfs", "/tmp"]
    for path in _shown():
        for folder in reversed(path.parents[:-1]):
            command += ["--dir", str(folder)]  # readable in the box, even if it isn't outside
        command += ["--ro-bind", str(path), str(path)]
    for path in (Path("/lib"), Path("/lib64")):
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
    package = _package()
    for room in HIDDEN:
        command += ["--tmpfs", str(package / room)]
    for name in SHOWN:
        command += ["--ro-bind", str(package / name), str(package / name)]
    for room in HIDDEN:
        command += ["--remount-ro", str(package / room)]
    # A box that root starts could otherwise write to root's files in /proc/sys.
    return [*command, "--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"]


@functools.cache
def _shown() -> list[Path]:
    """What is seen in the box: this environment's Python, the Python from which it was made, the
    libraries that they load, our package and its other side."""
    seen = {Path("/etc/ld.so.cache"), _package(), ROOT / "grader", *_libraries()}
    for prefix in (Path(sys.prefix), Path(sys.base_prefix)):
        if prefix in SYSTEM:
            seen |= {Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib"))}
            seen |= {Path(folder) for folder in site.getsitepackages()}
        else:
            seen.add(prefix)
    return sorted(path for path in seen if path.exists() and not seen & {*path.parents})


def _libraries() -> Iterator[Path]:
    """The folders of the shared libraries that this process has loaded, and the program that loads them
    by the name that is written in each program."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        _, _, file = line.partition("/")
        if ".so" in file:
            yield Path("/", file).parent
    for loader in Path("/").glob("lib*/ld-*.so*"):
        yield loader.parent.resolve() / loader.name
