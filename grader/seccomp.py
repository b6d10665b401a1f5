"""The system calls that code in the box may not make.

bubblewrap hides files, processes and the network. This filter takes away what one answer could use up
the machine with: other processes, and memory that does not count as its own. bubblewrap loads it right
before it starts Python (``--seccomp``). That first process may fork; the process of
an answer loads the rest before it reads the answer.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

# For each call its number on x86-64 and on 64-bit ARM, which has no fork and no vfork.
FORBIDDEN = {
    "fork": (57, None),
    "vfork": (58, None),
    "unshare": (272, 97),
    "setns": (308, 268),
    # Memory that outlives or escapes the limit on the address space.
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    # The box has no network anyway.
    "socket": (41, 198),
    "socketpair": (53, 199),
    # Parts of the kernel that no answer needs and that have had holes.
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "ptrace": (101, 117),
}
CLONE = (56, 220)
CLONE3 = (435, 435)
CLONE_THREAD = 0x00010000
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""The column in the table above, and the kernel's name for the machine (AUDIT_ARCH)."""

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
SIZE_OF_A_STEP = 8
DUMPABLE, SECCOMP, NO_NEW_PRIVILEGES, FILTER = 4, 22, 38, 2
"""What prctl(2) knows them by."""


def program(may_fork: bool = False) -> bytes:
    """The filter, as a program for the kernel's BPF machine; with or without leave to start processes.

    Threads are allowed, since some libraries start one when they are imported; `prlimit` limits their
    number. A filter can't read the flags of ``clone3``: it is answered with "no such call", and libc
    uses ``clone`` instead.

    Raises
    ------
    KeyError
        On a machine that the table does not know.
    """
    column, architecture = MACHINES[platform.machine()]
    calls = [
        numbers[column]
        for name, numbers in FORBIDDEN.items()
        if not (may_fork and name in ("fork", "vfork"))
    ]
    refuse = (RETURN, 0, 0, REFUSE | errno.EPERM)
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        refuse,  # a 32-bit call, whose numbers mean something else
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, 0x40000000),
        refuse,  # the same for x32
        (EQUAL, 0, 1, CLONE3[column]),
        (RETURN, 0, 0, REFUSE | errno.ENOSYS),
    ]
    for call in calls:
        if call is not None:
            steps += [(EQUAL, 0, 1, call), refuse]
    steps += [
        (EQUAL, 0 if may_fork else 1, 0, CLONE[column]),
        (RETURN, 0, 0, ALLOW),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (ANY_BIT, 0, 1, CLONE_THREAD),
        (RETURN, 0, 0, ALLOW),
        refuse,
    ]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def load() -> None:
    """Lock this process for good.

    Raises
    ------
    OSError
        If the kernel refuses.
    """

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]

    text = program()
    steps = ctypes.create_string_buffer(text, len(text))
    _prctl(NO_NEW_PRIVILEGES, 1)
    _prctl(
        SECCOMP, FILTER, ctypes.byref(Program(len(text) // SIZE_OF_A_STEP, ctypes.addressof(steps)))
    )


def hide() -> None:
    """Keep processes of the same user away from this one's memory and descriptors."""
    _prctl(DUMPABLE, 0)


def _prctl(*arguments: object) -> None:
    words = [a if not isinstance(a, int) else ctypes.c_ulong(a) for a in arguments]
    padding = [ctypes.c_ulong(0)] * (5 - len(words))
    if ctypes.CDLL(None, use_errno=True).prctl(*words, *padding):
        raise OSError(ctypes.get_errno(), "the kernel refused to lock the process")
