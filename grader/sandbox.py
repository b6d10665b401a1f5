"""A box for a student's code: no network, nothing to write to, limits on time and memory.

bubblewrap gives the process a view of the machine that holds a Python, its packages and microlearn,
all read-only, and neither the solutions nor the gradebook nor another student's work. Nothing but a
small /tmp can be written to, and that is gone when the box is. The process is alone in its box
(:mod:`grader.seccomp`), and so the limits on it are the limits on all that the answer can use.
"""

from __future__ import annotations

import functools
import math
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import microlearn

from . import seccomp

ROOT = Path(__file__).resolve().parent.parent
SECONDS = float(os.environ.get("MICROLEARN_SECONDS", "90"))
"""For all calls of one exercise together, on the clock."""
BYTES_OF_MEMORY = 2 * 2**30
BYTES_OF_FILES = 16 * 2**20
THREADS = 16
NOBODIES = range(61184, 65520)
"""Users that Linux systems keep free for services which come and go. Root's limits bind nobody, so a
box that root starts is handed to one of these; by chance, so that boxes side by side count apart."""
OPT_OUT = "MICROLEARN_UNSANDBOXED"


class NoSandbox(RuntimeError):
    """Students' code can't be boxed in on this machine."""


def sandbox_works() -> bool:
    """Whether bubblewrap is here, and allowed to make a box in which the program inside starts."""
    return _trouble() is None


@functools.cache
def _trouble() -> str | None:
    """What keeps the box from working, in the words of whoever complains; None if nothing does."""
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    try:
        done = _popen(["-c", "import grader.inside"], boxed=True, stderr=subprocess.PIPE)
        said = done.communicate()[1].decode(errors="replace").strip().splitlines()
    except (OSError, KeyError) as error:
        return f"{type(error).__name__}: {error}"
    return None if done.returncode == 0 else (said or ["bubblewrap failed and did not say why"])[-1]


def require_sandbox() -> None:
    """Raise NoSandbox where there is no bubblewrap, or it may not make a box, and the instructor has
    not asked for a run without one by setting ``MICROLEARN_UNSANDBOXED=yes``."""
    if not sandbox_works() and os.environ.get(OPT_OUT) != "yes":
        raise NoSandbox(
            "Grading runs students' code in a sandbox, and bubblewrap (0.7 or newer) is missing or "
            f"forbidden here ({_trouble()}). On Debian or Ubuntu: apt install bubblewrap. To run the "
            "code without a sandbox, with your own rights, at your own risk: "
            f"{OPT_OUT}=yes nbgrader autograde ..."
        )


def start(name: str) -> subprocess.Popen:
    """Start the program inside for an exercise, in a box, with pipes to talk to it.

    Raises
    ------
    NoSandbox
        As :func:`require_sandbox` says.
    """
    require_sandbox()
    return _popen(["-m", "grader.inside", name], sandbox_works(), stderr=subprocess.DEVNULL)


def _popen(arguments: list[str], boxed: bool, stderr: int) -> subprocess.Popen:
    limits = [
        "prlimit", f"--as={BYTES_OF_MEMORY}", f"--cpu={math.ceil(SECONDS)}", "--fsize=1000000",
        "--nofile=64", "--core=0",
    ]  # fmt: skip
    command = [*limits, sys.executable, *arguments]
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(_package().parent)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NBGRADER_EXECUTION": "autograde",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # An answer cell may import matplotlib, which wants a home.
        "HOME": "/tmp",
        "MPLBACKEND": "agg",
    }
    # A session of its own, so that whoever ends it ends all of it, in a box or not.
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": stderr,
               "env": environment, "start_new_session": True}  # fmt: skip
    if not boxed:
        return subprocess.Popen(command, **options)
    command[1:1] = [f"--nproc={THREADS}"]
    if os.geteuid() == 0:
        user = str(random.choice(NOBODIES))
        command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
    reads, writes = os.pipe()
    try:
        with os.fdopen(writes, "wb") as pipe:  # half a page; a pipe holds sixteen
            pipe.write(seccomp.program())
        return subprocess.Popen(
            [*_box(), "--seccomp", str(reads), *command], **options, cwd="/", pass_fds=[reads]
        )
    finally:
        os.close(reads)


def _package() -> Path:
    return Path(microlearn.__file__).resolve().parent


def _box() -> list[str]:
    # The environment's Python, the Python that it was made from, and what both are linked to.
    seen = [Path("/usr"), Path("/lib"), Path("/lib64"), Path("/bin"), Path("/etc/ld.so.cache")]
    seen += [Path(sys.prefix), Path(sys.base_prefix), _package(), ROOT / "grader"]
    apart = ["--unshare-all", "--cap-drop", "ALL"]
    if os.geteuid() == 0:  # all but the user namespace, in which there would be nobody to become
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
                command += ["--dir", str(folder)]  # open to all, whatever it is outside
            command += ["--ro-bind", str(path), str(path)]
    # Root's files in /proc/sys would be open to a box that root starts.
    return [*command, "--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"]
