"""A box for a student's code: no network, no files to write to, limits on time and memory.

In the box, bubblewrap shows the process a Python, its packages and microlearn, all read-only; it shows
neither the solutions nor the gradebook nor another student's work. Only a small /tmp can be written to,
and it is deleted with the box.

A box is for one submission. Its first process runs nothing of the student's: it loads Python and numpy
once, and starts a process for each answer. That one can't start another (:mod:`grader.seccomp`), so the
limits on it are the limits on the whole answer.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import IO

import microlearn

from . import seccomp

ROOT = Path(__file__).resolve().parent.parent
SECONDS = float(os.environ.get("MICROLEARN_SECONDS", "90"))
"""The time for all answers of one submission together."""
BYTES_OF_MEMORY = 400 * 2**20
"""What one answer may write to. A Python with numpy takes a tenth of it."""
ADDRESSES = 2 * 2**30
BYTES_OF_FILES = 16 * 2**20
THREADS = 16
SECONDS_TO_CLEAN = 5.0
NOBODIES = range(61184, 65520)
"""User ids that Linux systems leave free for short-lived services. Limits do not bind root, so a box
that root starts runs as one of these. It is drawn at random, so that each box has its own limits."""
HIDDEN = ("checks", "laws")
"""The rooms of the package that know right answers, from which the facts expect theirs."""
SHOWN = ("laws/__init__.py", "laws/problems.py")
"""What is seen of them all the same: what a drawn loss is."""
OPT_OUT = "MICROLEARN_UNSANDBOXED"
WITHOUT = "answers run without a sandbox, with the rights of the account that grades"
"""What is said of each submission where the instructor has chosen that."""


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
        lock = "import grader.inside; grader.inside.seccomp.load()"
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
                if self._process is None:
                    self._process, self._control = _first_process()
                return self._asked_for()
            except BrokenPipeError:  # it has ended since the last answer
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


def _first_process() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    ours.settimeout(SECONDS_TO_CLEAN)
    boxed = sandbox_works()
    arguments = ["-m", "grader.inside", *(["confined"] if boxed else [])]
    try:
        return _popen(arguments, boxed, theirs.fileno(), subprocess.DEVNULL), ours
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()


def _popen(arguments: list[str], boxed: bool, stdin: int, stderr: int) -> subprocess.Popen[bytes]:
    limits = [
        "prlimit", f"--as={ADDRESSES}", f"--data={BYTES_OF_MEMORY}", f"--cpu={math.ceil(SECONDS)}",
        "--fsize=1000000", "--nofile=64", "--core=0",
    ]  # fmt: skip
    command = [*limits, sys.executable, *arguments]
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
        command[1:1] = [f"--nproc={THREADS + 1}"]  # those of an answer, and the first process
        if os.geteuid() == 0:
            user = str(random.choice(NOBODIES))
            command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
        passed = [_seccomp_filter()]
        command = [*_box(), "--seccomp", str(passed[0]), *command]
    try:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=environment,
            cwd="/" if boxed else None,
            pass_fds=passed,
            start_new_session=True,  # one signal ends the process and all that it has started
        )
    finally:
        for descriptor in passed:
            os.close(descriptor)


def _seccomp_filter() -> int:
    """A descriptor from which bubblewrap reads the filter of the first process."""
    program = seccomp.program(may_fork=True)
    reads, writes = os.pipe()
    with os.fdopen(writes, "wb") as pipe:  # half a page; a pipe holds sixteen
        pipe.write(program)
    return reads


def _package() -> Path:
    return Path(microlearn.__file__).resolve().parent


def _box() -> list[str]:
    # This environment's Python, the Python from which it was made, and the libraries of both.
    seen = [Path("/usr"), Path("/lib"), Path("/lib64"), Path("/bin"), Path("/etc/ld.so.cache")]
    seen += [Path(sys.prefix), Path(sys.base_prefix), _package(), ROOT / "grader"]
    apart = ["--unshare-all", "--cap-drop", "ALL"]
    if os.geteuid() == 0:  # no user namespace: it would have no user ids to change to
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
    for path in seen:
        if path.exists():
            for folder in reversed(path.parents[:-1]):
                command += ["--dir", str(folder)]  # readable in the box, even if it isn't outside
            command += ["--ro-bind", str(path), str(path)]
    package = _package()
    for room in HIDDEN:
        command += ["--tmpfs", str(package / room)]
    for name in SHOWN:
        command += ["--ro-bind", str(package / name), str(package / name)]
    for room in HIDDEN:
        command += ["--remount-ro", str(package / room)]
    # A box that root starts could otherwise write to root's files in /proc/sys.
    return [*command, "--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"]
