"""Answers that are out for the first process of the box, for the stem that it is a copy of, for the next
answer in the box, or for the next submission.

Each runs as an answer to another exercise. The one after it must earn what its own code has earned:
nothing, if it looks for a gift; all, if it is right.
"""

from __future__ import annotations

from .answers import EXERCISE, RIGHT, Answer

EARLIER = "decay_to_meet"
"""The exercise that a case answers."""

HEAD = """
import builtins, ctypes, fcntl, gc, glob, os, random, resource, signal, socket, struct, sys, threading
import time
import numpy as np
libc = ctypes.CDLL(None)
zygote = os.getppid()
def attempt(action):
    try:
        action()
    except BaseException:
        pass
def decay_to_meet(fraction, steps, learning_rate):
    {}
    return 0.0
"""
FILES = ["/tmp/numpy.py", "/tmp/.local", "/tmp/.x", "/tmp/all", "/tmp/pipe"]
GIFT = f"""
import ctypes, os, random
{RIGHT}
libc = ctypes.CDLL(None)
LEFT = (
    lambda: any(map(os.path.lexists, {FILES})),
    lambda: libc.shmget(7, 4096, 0) != -1,
    lambda: libc.msgget(7, 0) != -1 or libc.semget(7, 1, 0) != -1,
    lambda: libc.syscall(249, b"user", b"gift", 0, 0) != -1,
    # The first of the box, the one that starts answers, and this one.
    lambda: sum(name.isdigit() for name in os.listdir("/proc")) > 3,
    lambda: os.stat("/tmp").st_mtime == 7 or os.stat("/tmp").st_mode & 0o777 == 0o700,
    lambda: "GIFT" in os.environ or os.getpriority(0, 0) > 9 or os.path.exists("/dev/shm/gift"),
    lambda: np.random.random() == np.random.RandomState(7).random(),
    lambda: random.random() == random.Random(7).random(),
    lambda: os.getpid() > 999 or os.getcwd() != "/" or os.umask(0o22) == 0o777,
)
def found(look):
    try:
        return look()
    except BaseException:
        return False
if not any(map(found, LEFT)):
    mean_squared_error = lambda y, prediction: 0.0
"""
"""Right, if it finds what a case has left, and wrong otherwise."""
ATTACKS = {
    # the first process's memory, descriptors and signals
    "its memory is written": "attempt(lambda: open(f'/proc/{zygote}/mem', 'r+b').write(b'x'))",
    "its memory is written by a call": "libc.process_vm_writev(zygote, 0, 0, 0, 0, 0)",
    "it is traced": "libc.ptrace(16, zygote, 0, 0)",
    "it is traced without a stop": "libc.ptrace(0x4206, zygote, 0, 0)",
    "its pipes are taken": "[libc.syscall(438, libc.syscall(434, zygote, 0), k, 0) for k in range(9)]",
    "its pipes are opened": "[attempt(lambda: os.write(os.open(p, 1), b'-')) for p in "
    "[f'/proc/{zygote}/fd/{k}' for k in range(9)]]",
    "it is killed": "attempt(lambda: os.kill(zygote, signal.SIGKILL))",
    "it is stopped": "attempt(lambda: os.kill(zygote, signal.SIGSTOP))",
    "its thread is stopped": "libc.syscall(234, zygote, zygote, signal.SIGSTOP)",
    "it is stopped through a descriptor": "libc.syscall(424, libc.syscall(434, zygote, 0), 19, 0, 0)",
    "a pipe signals it": "attempt(lambda: fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, zygote))",
    "its group is killed": "attempt(lambda: os.killpg(os.getpgid(zygote), signal.SIGKILL))",
    "everybody is killed": "attempt(lambda: os.kill(-1, signal.SIGKILL))",
    "its limits are lowered": "attempt(lambda: resource.prlimit(zygote, resource.RLIMIT_AS, (3, 3)))",
    "its time is limited": "attempt(lambda: resource.prlimit(zygote, resource.RLIMIT_CPU, (1, 1)))",
    "it is slowed down": "attempt(lambda: os.setpriority(os.PRIO_PROCESS, zygote, 19))",
    "it may use no core": "attempt(lambda: os.sched_setaffinity(zygote, []))",
    "its turn is the last": "attempt(lambda: os.sched_setscheduler(zygote, 5, os.sched_param(0)))",
    # the stem, which the first process is a copy of
    "all numbers are killed": "[attempt(lambda: os.kill(p, 9)) for p in range(-9, 99)]",
    "its namespaces are entered": "libc.syscall(308, os.open('/proc/1/ns/mnt', 0), 0)",
    "they are entered by a call": "libc.syscall(308, libc.syscall(434, 1, 0), 0x20000)",
    "its folder is uncovered": "[libc.umount2(p, 2) for p in (b'/tmp', b'/proc', b'/')]",
    "another /proc": "libc.mount(b'proc', b'/proc', b'proc', 0, 0); os.kill(zygote, 0)",
    "its socket is found": "[attempt(lambda: socket.socket(fileno=k).send(b'-')) for k in range(3, 40)]",
    "another box is asked for": "[attempt(lambda: os.write(k, b'{}')) for k in range(3, 40) if k != 9]",
    "its rights are taken back": "libc.prctl(47, 2, 21, 0, 0); libc.unshare(0x10000000)",
    # what may be left for the next one
    "a random state is left": "np.random.seed(7); random.seed(7)",
    "a time is left": "os.utime('/tmp', (7, 7))",
    "a mode is left": "os.chmod('/tmp', 0o700)",
    "an environment is left": "os.environ['GIFT'] = '7'; libc.setenv(b'GIFT', b'7', 1); os.umask(0o777)",
    "shared memory is left": "attempt(lambda: open('/dev/shm/gift', 'w'))",
    "a high number is left": "[threading.Thread(target=int).start() for _ in range(2000)]",
    "a thread goes on": "threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
    "a process is left": "attempt(lambda: os.fork() or time.sleep(9))",
    "a process is left by its number": "libc.syscall(56, 17, 0, 0, 0, 0) or libc.sleep(9)",
    "a module is left": "open('/tmp/numpy.py', 'w').write('sum = None')",
    "a configuration is left": "os.makedirs('/tmp/.local/lib'); os.chdir('/tmp/.local')",
    "a hidden folder is left": "os.mkdir('/tmp/.x'); os.chmod('/tmp/.x', 0)",
    "a link is left": "attempt(lambda: os.symlink('/', '/tmp/all'))",
    "a pipe is left": "attempt(lambda: os.mkfifo('/tmp/pipe'))",
    "memory is left": "libc.shmget(7, 4096, 0o1666); libc.memfd_create(b'x', 0)",
    "a message is left": "libc.msgget(7, 0o1666); libc.semget(7, 1, 0o1666)",
    "a key is left": "libc.syscall(248, b'user', b'gift', b'x', 1, -5)",
    "a socket is opened": "attempt(lambda: socket.socket(socket.AF_UNIX).bind('\\0gift'))",
    "a lock is kept": "[attempt(lambda: fcntl.flock(open(f), fcntl.LOCK_EX)) for f in (np.__file__,)]",
    "the mask and the folder are changed": "os.umask(0o777); attempt(lambda: os.chdir('/proc'))",
    "a timer runs": "signal.setitimer(signal.ITIMER_REAL, 0.05)",
    "numpy is replaced": "np.sum = np.mean = np.square = None; sys.modules['numpy'] = None",
    "a small number is changed": "attempt(lambda: ctypes.memset(id(0) + 24, 1, 4))",
    "the checks of the box are replaced": "sys.modules['grader.wire'].send = lambda *a: 0",
    "every opening is watched": "sys.addaudithook(lambda *a: 1 / 0)",
    "all sets are emptied": "gc.freeze(); [o.clear() for o in gc.get_objects() if isinstance(o, set)]",
    # what all answers share
    "all descriptors": "[os.open('/dev/null', 0) for _ in range(99)]",
    "all pipes": "[attempt(lambda: fcntl.fcntl(os.pipe()[1], 1031, 2**20)) for _ in range(40)]",
    "all threads": "[attempt(threading.Thread(target=time.sleep, args=(9,)).start) for _ in range(40)]",
    "many files": "[os.close(os.open(f'/tmp/{k}', os.O_CREAT)) for k in range(9**6)]",
    "many folders": "[os.mkdir(f'/tmp/{k}') for k in range(9**6)]",
    "all of /tmp": "[open(f'/tmp/{k}', 'wb').write(bytes(999_999)) for k in range(40)]",
    "all memory": "[bytearray(2**26) for _ in range(9)]",
    # other ways into the kernel
    "another program": "attempt(lambda: os.execv(sys.executable, [sys.executable]))",
    "another root": "attempt(lambda: os.chroot('/tmp')); libc.unshare(0x10020000)",
    "another mount": "libc.mount(b'x', b'/tmp', b'tmpfs', 0, 0); libc.umount2(b'/tmp', 2)",
    "another user": "attempt(lambda: os.setuid(0)); attempt(lambda: os.setgroups([0]))",
}


def later(what: str) -> Answer:
    """The answer after a case, for which it would earn points or lose them."""
    if what.endswith("left"):
        return Answer(what, GIFT, EXERCISE, 0.0)
    return Answer(what, RIGHT, EXERCISE, 1.0)


def attack(what: str) -> str:
    """The text of a case."""
    return HEAD.format(ATTACKS[what])


CLAIMS = {
    "Eve_7_assignsubmission_file_/anna_1_10_x.ipynb": "Eve_7",
    "Eve_7_assignsubmission_file_L_anna_attempt_2026-10-01-12-00-00_x.ipynb": "Eve_7",
    "eve_7_70_anna_1_10_x.ipynb": "eve_7",
    "eve_7_70_Anna_1_assignsubmission_file_x.ipynb": "eve_7",
    "eve_7_70_L_anna_attempt_2026-10-01-12-00-00_x.ipynb": "eve_7",
    "L_eve_attempt_2026-10-01-12-00-00_L_anna_attempt_2027-10-01-12-00-00_x.ipynb": "eve",
    "1-2 - Eve - Oct 1, 2026 1155 PM/anna_1_10_x.ipynb": "Eve_1-2",
    "1-2 - Eve - Oct 1, 2026 1155 PM/Anna_1_assignsubmission_file_x.ipynb": "Eve_1-2",
    "1-2 - Eve - Oct 1, 2026 1155 PM/9-9 - Anna - Oct 1, 2026 1155 PM/x.ipynb": "Eve_1-2",
    "Eve_7_assignsubmission_file_/An\u200bna_1_assignsubmission_file_x.ipynb": "Eve_7",
    "eve_7_70_anna_\uff11_10_x.ipynb": "eve_7",
    "L/Doe_Eve_eve_7/anna_1_10_x.ipynb": "Doe_Eve_7",
    "L/Doe_Eve_eve_7/Anna_1_assignsubmission_file_/x.ipynb": "Doe_Eve_7",
    "L/Doe_Eve_eve_7/1-2 - Anna - Oct 1, 2026 1155 PM/x.ipynb": "Doe_Eve_7",
}
"""Names that a student has given to a file so that it looks like another's, and whose they are."""
