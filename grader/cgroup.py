"""A control group for each box, where the machine has one to give.

The limits on a process bind each one for itself. A group (cgroup v2) binds the whole box, and counts
what the kernel keeps for it. To make one takes root, or a part of the tree that systemd has delegated to
the user, as it does for all that runs below ``user@UID.service``.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import subprocess
import time
from pathlib import Path

TREE = Path("/sys/fs/cgroup")
OURS = Path("/proc/self/cgroup")
NEEDED = {"memory", "pids"}
NAME = "microlearn"
WITHOUT = "there is no control group for the sandbox here; the limits on each process stand alone"
"""What is said once in a run."""
ENTER = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
TRIES, PAUSE = 50, 0.01


class Group:
    """A group of its own for a box. It is gone once it is closed.

    Parameters
    ----------
    home : the group in which to make it
    limits : what to write into its files, by their names

    Raises
    ------
    OSError
        If the kernel refuses.
    """

    def __init__(self, home: Path, limits: dict[str, str]) -> None:
        self.folder = home / f"{NAME}-{os.getpid()}-{secrets.token_hex(4)}"
        self.folder.mkdir()
        for name, limit in limits.items():
            if (self.folder / name).exists():  # some kernels count no swap, some homes no CPU
                (self.folder / name).write_text(limit)

    def command(self) -> list[str]:
        """A command that enters the group and becomes the words that are put behind it."""
        return ["sh", "-c", ENTER, str(self.folder)]

    def enter(self, process: int) -> None:
        """Move a process into the group."""
        (self.folder / "cgroup.procs").write_text(str(process))

    def is_full(self) -> bool:
        """Whether it has ever asked for more memory than it may have."""
        with contextlib.suppress(OSError, ValueError):
            events = dict(
                line.split() for line in (self.folder / "memory.events").read_text().splitlines()
            )
            return int(events.get("oom", 0)) > 0
        return False

    def close(self) -> None:
        """Remove it. The kernel may take a moment to see that its last process is gone."""
        for _ in range(TRIES):
            try:
                self.folder.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(PAUSE)


@functools.cache
def home() -> Path | None:
    """Where we may make groups that limit memory and processes; None if nowhere."""
    with contextlib.suppress(OSError):
        lines = OURS.read_text().splitlines()
        own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), None)
        if own is None:
            return None
        place = TREE / own
        for folder in (place, *place.parents):
            if folder.is_relative_to(TREE) and _works(folder):
                _clear(folder)
                return folder
    return None


def _works(folder: Path) -> bool:
    """Whether we can make a group in this one and enter it."""
    try:
        if not {*(folder / "cgroup.subtree_control").read_text().split()} >= NEEDED:
            return False
        group = Group(folder, {})
    except OSError:
        return False
    try:
        return (
            subprocess.run([*group.command(), "true"], capture_output=True, check=False).returncode
            == 0
        )
    finally:
        group.close()


def _clear(folder: Path) -> None:
    """Remove the groups of runs that were killed."""
    for left in folder.glob(f"{NAME}-*"):
        owner = left.name.split("-")[1]
        if not Path("/proc", owner).exists():
            with contextlib.suppress(OSError):
                left.rmdir()
