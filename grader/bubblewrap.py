"""The command that makes a sandbox: what bubblewrap shows in it, and what it takes away.

In the box a process sees a Python, its packages, the system's libraries and microlearn, all read-only;
it sees neither the solutions nor the gradebook nor another student's work. Only a small /tmp can be
written to, and it is deleted with the box.
"""

from __future__ import annotations

import functools
import os
import site
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import microlearn

ROOT = Path(__file__).resolve().parent.parent
BYTES_OF_FILES = 16 * 2**20
NOBODIES = range(61184, 65520)
"""User ids that Linux systems leave free for short-lived services. Limits do not bind root, so a box
that root starts runs as one of these. It is drawn at random, so that each box has its own limits."""
SYSTEM = (Path("/usr"), Path("/usr/local"))
"""Where a Python may be one program of many; in any other place its folder is its own."""
PROGRAMS = "/usr/local/bin:/usr/bin:/bin"
"""The box's PATH, which shows none of these folders. The instructor's own would tell of the machine."""
HIDDEN = ("checks", "laws")
"""The rooms of the package that know right answers, from which the facts expect theirs."""
SHOWN = ("laws/__init__.py", "laws/problems.py")
"""What is seen of them all the same: what a drawn loss is."""


def start(
    arguments: list[str],
    stdin: int,
    stderr: int = subprocess.DEVNULL,
    boxed: bool = True,
    many: bool = False,
    enter: list[str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start our Python with these arguments.

    Parameters
    ----------
    stdin, stderr : descriptors
    boxed : in a sandbox
    many : it may make boxes of its own in there (:mod:`grader.stem`)
    enter : the words of a command that goes before

    Raises
    ------
    OSError
        If the machine has no room for it.
    """
    command = [sys.executable, *arguments]
    environment = {
        "PATH": PROGRAMS,
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
        if os.geteuid() == 0 and (users := namespace_of_nobodies()) is not None:
            passed, command = [users], ["--userns2", str(users), *command]
        command = [*_box(many), *command]
    return subprocess.Popen(
        [*(enter or []), *command],
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        env=environment,
        cwd="/" if boxed else None,
        pass_fds=passed,
        start_new_session=True,  # one signal ends the process and all that it has started
    )


@functools.cache
def namespace_of_nobodies() -> int | None:
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


def _box(many: bool) -> list[str]:
    command = ["bwrap", "--cap-drop", "ALL"]
    if os.geteuid() == 0:  # its first process changes its user, in a namespace that we have made
        command += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
                    "--unshare-cgroup-try",
                    "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]  # fmt: skip
    else:
        command.append("--unshare-all")
    if many:  # over the namespaces of the box, and of no other
        command += ["--cap-add", "CAP_SYS_ADMIN"]
    command += ["--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev"]
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
