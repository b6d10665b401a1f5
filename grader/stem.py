"""A process that makes boxes: it starts once, loads what answers need, and copies itself for each box.

To start Python and numpy takes longer than to judge most submissions. So a worker starts a stem once, in
a sandbox (:mod:`grader.bubblewrap`), and asks it for one box after the other. The stem never runs, reads
or hears of anything of a student's. A box is a copy of it in namespaces of its own: it has other
processes, another /tmp and other shared memory than the stem and than any box before, no /proc, and no
descriptor but the socket to its judge. All of this is in place, and the rights to make it are given up,
before anything of a student's comes in.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import socket
from pathlib import Path
from typing import Any

from . import rights

NEW_MOUNTS, NEW_IPC, NEW_PIDS = 0x00020000, 0x08000000, 0x20000000
"""What unshare(2) knows the namespaces by."""
READ_ONLY, NO_SETUID, NO_DEVICES, NO_PROGRAMS = 1, 2, 4, 8
BOUND, AND_BELOW, PRIVATE = 1 << 12, 1 << 14, 1 << 18
"""What mount(2) knows them by."""
MOST_WORDS = 4096


def box(
    control: socket.socket, user: int | None, modules: list[str]
) -> tuple[socket.socket, dict[str, Any]] | None:
    """Make boxes as long as anybody asks for one, with these modules loaded, as this user if there is
    one.

    Returns in every box, with the socket to its judge and what it is asked with; and in the stem, with
    None, when nobody asks any more.
    """
    if user is not None:
        rights.become(user)
    rights.hide()
    for name in modules:
        with contextlib.suppress(ImportError):  # an answer that needs it says so
            importlib.import_module(name)
    gc.freeze()  # what all boxes share is not looked through in each of them
    while True:
        asked, sockets, _, _ = socket.recv_fds(control, MOST_WORDS, 1)
        if not asked:
            return None
        judge = socket.socket(fileno=sockets[0])
        try:
            between = os.fork()
        except OSError:  # the judge sees that its socket is closed
            judge.close()
            continue
        if between == 0:
            try:
                control.close()
                given = json.loads(asked)
                leave(given["bytes"], given["files"])
                if os.fork() == 0:  # the first process of its namespace
                    socket.send_fds(judge, [b"+"], [descriptor := os.pidfd_open(os.getpid())])
                    os.close(descriptor)
                    return judge, given
            except OSError:
                pass  # as above
            os._exit(0)
        judge.close()
        os.waitpid(between, 0)


def leave(most_bytes: int, most_files: int) -> None:
    """Go into namespaces of one's own, in which the next process that is started is the first, with a
    /tmp for so many bytes, files and folders, and nothing in /proc.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    _call("unshare", NEW_MOUNTS | NEW_IPC | NEW_PIDS)
    _call("mount", None, b"/", None, AND_BELOW | PRIVATE, None)
    held = NO_SETUID | NO_DEVICES
    below = {path: os.open(path, os.O_PATH) for path in _mounted_below("/tmp/")}
    folders = {folder for path in below for folder in path.parents}
    size = f"mode=1777,size={most_bytes},nr_inodes={most_files + len(folders) + len(below)}"
    _call("mount", b"tmpfs", b"/tmp", b"tmpfs", held, size.encode())
    for path, place in below.items():
        path.mkdir(parents=True)
        _call(
            "mount", f"/proc/self/fd/{place}".encode(), bytes(path), None, BOUND | AND_BELOW, None
        )
        os.close(place)
    nothing = held | NO_PROGRAMS | READ_ONLY
    _call("mount", b"tmpfs", b"/proc", b"tmpfs", nothing, b"mode=555,nr_inodes=1")


def _mounted_below(folder: str) -> list[Path]:
    """What is mounted there, such as a course that lies in /tmp, and is in no other that is mounted."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    places = [line.split(" ")[4].encode().decode("unicode_escape") for line in lines]
    found = {Path(place) for place in places if place.startswith(folder)}
    return sorted(path for path in found if not found & {*path.parents})


def _call(name: str, *arguments: int | bytes | None) -> None:
    words = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*words):
        raise OSError(ctypes.get_errno(), f"the kernel refused: {name}")
