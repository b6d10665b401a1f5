"""What an answer may open, said a second time.

bubblewrap shows a process few files, most of them read-only. Linux 5.13 and later can take away the
right to the rest as well (Landlock): whatever is mounted, an answer reads what the box is made of, and
writes to /tmp. It can't list or open anything in /proc, nor run a program. From Linux 6.12 on it
reaches no other process of the box by signals, either. Where the kernel has no Landlock, the box does
without.
"""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

# The same on all machines (linux/landlock.h).
CREATE, ADD_RULE, RESTRICT = 444, 445, 446
ASK_FOR_VERSION, BENEATH_A_PATH = 1, 1
RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many rights to files a version of Landlock knows, from the first that knows so many."""
WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
# Remove folders and files, make folders and files, truncate.
CHANGE = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 14
TCP = {4: 0b11}
"""Bind and connect."""
SCOPES = {6: 0b11}
"""Abstract sockets and signals, of processes outside."""
DEVICES = ("null", "zero", "full", "random", "urandom")
NOT_SHOWN = ("proc", "sys", "dev", "tmp")


def ruleset() -> int | None:
    """A descriptor of the rules for :func:`restrict`; None if the kernel has no Landlock."""
    version = _call(CREATE, None, 0, ASK_FOR_VERSION)
    if version < 1:
        return None
    known = (1 << _newest(RIGHTS, version)) - 1
    attributes = struct.pack("<QQQ", known, _newest(TCP, version), _newest(SCOPES, version))
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = _call(CREATE, attributes, size, 0)
    if rules < 0:
        return None
    for name in os.listdir("/"):
        if name not in NOT_SHOWN:
            _allow(rules, Path("/", name), READ_FILE | READ_DIR)
    for name in DEVICES:
        _allow(rules, Path("/dev", name), READ_FILE | WRITE_FILE)
    _allow(rules, Path("/tmp"), (READ_FILE | READ_DIR | WRITE_FILE | CHANGE) & known)
    return rules


def restrict(rules: int) -> None:
    """Hold this process to the rules for good.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    if _call(RESTRICT, rules, 0):
        raise OSError(ctypes.get_errno(), "the kernel refused to restrict the process")


def _newest(table: dict[int, int], version: int) -> int:
    return max((value for since, value in table.items() if since <= version), default=0)


def _allow(rules: int, path: Path, rights: int) -> None:
    try:
        where = os.open(path, os.O_PATH)
    except FileNotFoundError:
        return
    try:
        if not path.is_dir():
            rights &= ~READ_DIR
        if _call(ADD_RULE, rules, BENEATH_A_PATH, struct.pack("<Qi", rights, where), 0):
            raise OSError(ctypes.get_errno(), f"the kernel refused a rule about {path}")
    finally:
        os.close(where)


def _call(*arguments: object) -> int:
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return ctypes.CDLL(None, use_errno=True).syscall(*words)
