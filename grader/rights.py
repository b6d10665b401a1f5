"""What a process in the box gives up before it has anything of a student's."""

from __future__ import annotations

import ctypes
import os
import resource
import struct

DUMPABLE = 4
"""What prctl(2) knows it by."""
VERSION_OF_CAPABILITIES = 0x20080522


def limit(limits: dict[str, int]) -> None:
    """Set the limits on resources, by their names in :mod:`resource`, for this process and all that it
    starts."""
    for name, most in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def become(user: int) -> None:
    """Run as this user from now on.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def drop() -> None:
    """Give up all capabilities for good. In a user namespace that has no root, a change of user takes
    none away.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    header, none = struct.pack("<Ii", VERSION_OF_CAPABILITIES, 0), bytes(24)
    if ctypes.CDLL(None, use_errno=True).capset(header, none):
        raise OSError(ctypes.get_errno(), "the kernel took no rights away")


def hide() -> None:
    """Keep processes of the same user away from this one's memory and descriptors."""
    prctl(DUMPABLE, 0)


def prctl(*arguments: object) -> None:
    """Call prctl(2).

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    words = [a if not isinstance(a, int) else ctypes.c_ulong(a) for a in arguments]
    padding = [ctypes.c_ulong(0)] * (5 - len(words))
    if ctypes.CDLL(None, use_errno=True).prctl(*words, *padding):
        raise OSError(ctypes.get_errno(), "the kernel refused to lock the process")
