"""The system calls that an answer may make.

bubblewrap hides files, processes and the network. This filter takes away most of the rest of the kernel.
It is a list of what is allowed: what the right answers of the course make use of, on Python 3.11 to 3.14
and with any libc, and what is of the same kind. The process of an answer loads it before it reads the
answer.

A call that is not on the list fails as if it were forbidden. One that Linux has had only since 5.1, when
machines began to number their calls alike, fails as if it did not exist: libc has another way for each
of these, such as ``clone`` for ``clone3``, whose flags a filter can't read.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

from .rights import prctl

# For each call its number on x86-64 and on 64-bit ARM, which has none of the older ones.
ALLOWED = {
    # read and write, and look around
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "lseek": (8, 62),
    "close": (3, 57),
    "open": (2, None),
    "openat": (257, 56),
    "stat": (4, None),
    "fstat": (5, 80),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "statfs": (137, 43),
    "fstatfs": (138, 44),
    "access": (21, None),
    "faccessat": (269, 48),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getcwd": (79, 17),
    "getdents64": (217, 61),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "pipe": (22, None),
    "pipe2": (293, 59),
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    "fadvise64": (221, 223),
    # write to /tmp, as matplotlib does
    "ftruncate": (77, 46),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "utimensat": (280, 88),
    "umask": (95, 166),
    "flock": (73, 32),
    "fsync": (74, 82),
    "fdatasync": (75, 83),
    "sendfile": (40, 71),
    "copy_file_range": (326, 285),
    "chdir": (80, 49),
    # memory
    "brk": (12, 214),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "madvise": (28, 233),
    # threads, signals of its own, and the end
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "set_tid_address": (218, 96),
    "rseq": (334, 293),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "getcpu": (309, 168),
    "arch_prctl": (158, None),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "setitimer": (38, 103),
    "getitimer": (36, 102),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
    # the time, and who and where it is
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "times": (100, 153),
    "time": (201, None),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getrlimit": (97, 163),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    "getrandom": (318, 278),
}
CLONE_THREAD = 0x00010000
# Calls of which some uses are allowed: their numbers, the place of the argument that decides, and its
# values.
BY_ARGUMENT: dict[str, tuple[tuple[int, int], int, tuple[int, ...]]] = {
    # Asks whether a descriptor is a terminal and how large that is, and closes it at an exec.
    "ioctl": ((16, 29), 1, (0x5401, 0x5413, 0x5451)),
    # Copies a descriptor, reads and sets its flags, locks a file. (Others send signals.)
    "fcntl": ((72, 25), 1, (0, 1, 2, 3, 4, 5, 6, 7, 1030)),
    # Names a thread or a piece of memory.
    "prctl": ((157, 167), 0, (15, 0x53564D41)),
    # The limits of the process itself, and of no other.
    "prlimit64": ((302, 261), 0, (0,)),
}
CLONE = (56, 220)
SINCE_5_1 = 424
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""The column in the tables above, and the kernel's name for the machine (AUDIT_ARCH)."""

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
SIZE_OF_A_STEP = 8
ALLOW = (RETURN, 0, 0, 0x7FFF0000)
FORBIDDEN = (RETURN, 0, 0, 0x00050000 | errno.EPERM)
UNKNOWN = (RETURN, 0, 0, 0x00050000 | errno.ENOSYS)
SECCOMP, NO_NEW_PRIVILEGES, FILTER = 22, 38, 2
"""What prctl(2) knows them by."""


def program() -> bytes:
    """The filter, as a program for the kernel's BPF machine.

    Threads are allowed, since some libraries start one when they are imported; a limit holds their
    number down.

    Raises
    ------
    KeyError
        On a machine that the tables do not know.
    """
    column, architecture = MACHINES[platform.machine()]
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        FORBIDDEN,  # a 32-bit call, whose numbers mean something else
        (LOAD, 0, 0, NUMBER),
    ]
    for numbers in ALLOWED.values():
        if (number := numbers[column]) is not None:
            steps += [(EQUAL, 0, 1, number), ALLOW]
    for numbers, place, values in BY_ARGUMENT.values():
        which = [step for value in values for step in ((EQUAL, 0, 1, value), ALLOW)]
        steps += _if(numbers[column], place, which)
    steps += _if(CLONE[column], 0, [(ANY_BIT, 0, 1, CLONE_THREAD), ALLOW])
    steps += [(AT_LEAST, 0, 1, SINCE_5_1), UNKNOWN, FORBIDDEN]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def _if(number: int, place: int, which: list[tuple[int, int, int, int]]) -> list:
    """The steps for one call, which are left out for any other: load an argument, and see."""
    steps = [(LOAD, 0, 0, ARGUMENTS + 8 * place), *which, FORBIDDEN]
    return [(EQUAL, 0, len(steps), number), *steps]


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
    whole = Program(len(text) // SIZE_OF_A_STEP, ctypes.addressof(steps))
    prctl(NO_NEW_PRIVILEGES, 1)
    prctl(SECCOMP, FILTER, ctypes.byref(whole))
