"""Answers that use up time, memory, processes or disk, and those that reach out of the box."""

from __future__ import annotations

from .answers import WRONG, answer
from .forgeries import PIPE, spoken


def doing(what: str, before: str = "", finally_: str = "0.0") -> str:
    """An answer that does something and returns zero, if it gets there."""
    lines = "\n    ".join(what.strip().splitlines())
    return f"""
import os, sys, time, signal, threading, socket, ctypes, gc
import numpy as np
{before}
def mean_squared_error(y, prediction):
    {lines}
    return {finally_}
"""


@answer(seconds=3)
def a_loop_without_end_that_ignores_all_signals():
    return doing("""
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
""")


@answer(seconds=3)
def a_loop_without_end_before_the_answer_is_there():
    return "while True: pass"


@answer(seconds=3)
def a_long_sleep():
    return doing("time.sleep(10_000)")


@answer(seconds=3)
def it_stops_itself():
    return doing("os.kill(os.getpid(), signal.SIGSTOP)")


@answer(seconds=3)
def a_reply_in_drops():
    return f"""{PIPE}
import time
def mean_squared_error(y, prediction):
    for byte in struct.pack("<QQ", 100_000, 0) + b" " * 100_000:
        os.write(results(), bytes([byte]))
        time.sleep(0.01)
"""


@answer(seconds=10)
def a_fork_bomb():
    return doing("while True:\n    os.fork()")


@answer(seconds=10)
def a_process_that_outlives_it():
    return doing("""
import subprocess
for start in (os.fork, os.forkpty, os.vfork if hasattr(os, "vfork") else os.fork):
    try:
        if start() == 0:
            os.setsid()
            time.sleep(10_000)
    except OSError:
        pass
subprocess.Popen(["sleep", "10000"], start_new_session=True)
""")


@answer(seconds=10)
def a_thread_bomb():
    return doing("""
threading.stack_size(32768)
while True:
    threading.Thread(target=time.sleep, args=(10_000,)).start()
""")


@answer(seconds=10)
def a_system_call_by_its_number():
    return doing("""
libc = ctypes.CDLL(None)
for number in (56, 57, 58, 220, 435):
    if libc.syscall(number, 0, 0, 0, 0, 0) >= 0 and number != 220:
        time.sleep(10_000)
""")


@answer()
def all_the_memory():
    return doing("hoard = [bytearray(2**26) for _ in range(200)]")


@answer(seconds=10)
def memory_in_files():
    return doing("""
for number in range(100_000):
    try:
        with open(f"/tmp/{number}", "wb") as file:
            file.write(bytes(1_000_000))
    except OSError:
        break
return float(sum(os.path.getsize(f"/tmp/{n}") for n in os.listdir("/tmp")) > 2**25) or 0.0
""")


@answer()
def memory_that_is_nobody_s():
    return doing("""
libc = ctypes.CDLL(None)
if libc.shmget(0, 2**33, 0o1600) >= 0 or libc.memfd_create(b"x", 0) >= 0:
    return 7.0
""")


@answer()
def an_answer_of_a_gigabyte():
    return doing("return np.ones(2**27)")


@answer()
def an_answer_of_a_gigabyte_that_takes_no_room():
    return doing("return np.broadcast_to(1.0, (2**40,))")


@answer(seconds=10)
def millions_of_tiny_lists():
    return doing("return [[] for _ in range(20_000_000)]")


@answer(seconds=6)
def gigabytes_of_output():
    return doing("""
for stream in (sys.stdout, sys.stderr):
    for _ in range(64):
        stream.write("x" * 2**24)
for _ in range(64):
    os.write(1, bytes(2**24))
    os.write(2, bytes(2**24))
""")


@answer(seconds=10)
def gigabytes_where_the_results_go():
    return f"""{PIPE}
while True:
    os.write(results(), b"x" * 2**20)
"""


@answer()
def all_descriptors_are_closed():
    return doing("os.closerange(0, 64)")


@answer()
def all_descriptors_are_used_up():
    return doing("while True:\n    globals().setdefault('kept', []).append(open('/dev/null'))")


@answer(seconds=3)
def a_recursion_without_end():
    return doing("sys.setrecursionlimit(10**9)\nreturn mean_squared_error(y, prediction)")


@answer()
def a_crash():
    return doing("ctypes.string_at(0)")


@answer()
def the_end_of_the_program():
    return doing("os._exit(0)")


@answer()
def another_program():
    return doing("os.execv('/bin/sh', ['sh', '-c', 'yes passed'])")


@answer()
def signals_to_everybody():
    return doing("""
for process in (-1, 0, 1, os.getppid()):
    try:
        os.kill(process, signal.SIGKILL)
    except OSError:
        pass
""")


# From here on the report must show 0.5, which says that everything is shut.


@answer(shut=True)
def the_network():
    return doing(
        """
import urllib.request
for family, address in (
    (socket.AF_INET, ("127.0.0.1", 22)), (socket.AF_INET, ("192.0.2.1", 80)),
    (socket.AF_UNIX, "/run/systemd/notify"), (socket.AF_UNIX, "\\0x"), (socket.AF_INET6, ("::1", 22)),
):
    try:
        socket.socket(family).connect(address)
        return 7.0
    except OSError:
        pass
if os.path.exists("/sys/class/net"):
    return 7.0
""",
        finally_="0.5",
    )


@answer(shut=True)
def a_place_to_write():
    return doing(
        """
shut = True
for top in ("/", *sys.path, sys.prefix, sys.base_prefix, "/usr", "/dev", "/dev/shm", "/etc", "/root"):
    try:
        open(os.path.join(top, "hostile_was_here"), "w").close()
        return 7.0
    except OSError:
        pass
""",
        finally_="0.5",
    )


@answer(shut=True)
def the_kernel_s_switches():
    return doing(
        """
paths = [os.path.join(f, n) for f, _, names in os.walk("/proc/sys") for n in names]
for path in [*paths, "/proc/sysrq-trigger", "/dev/kmsg", "/dev/mem", "/dev/sda", "/proc/1/mem"]:
    try:
        os.close(os.open(path, os.O_WRONLY))
        return 7.0
    except OSError:
        pass
""",
        finally_="0.5",
    )


@answer(shut=True)
def rights_that_are_not_its_own():
    return doing(
        """
libc = ctypes.CDLL(None)
tries = [
    lambda: os.setuid(0), lambda: os.setgroups([]), lambda: os.chroot("/tmp"),
    lambda: os.mknod("/tmp/null", 0o20666, os.makedev(1, 3)), lambda: os.nice(-5),
    lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
]
for attempt in tries:
    try:
        attempt()
        return 7.0
    except OSError:
        pass
if libc.unshare(0x10000000) == 0 or libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0:
    return 7.0
""",
        finally_="0.5",
    )


@answer()
def nothing_at_all():
    return WRONG


# --- small replies that are large to read --------------------------------------------------------------


@answer(seconds=10)
def an_axis_of_nothing_beside_one_of_billions():
    return spoken('{"dict": [["results", [{"array": ["float64", [2**31, 0]]}]]]}')


@answer(seconds=10)
def an_array_with_ten_thousand_axes_of_4300_digits():
    return spoken('{"dict": [["results", [{"array": ["bool", [10**4299] * 10_000 + [0]]}]]]}')


@answer(seconds=10)
def whole_numbers_of_4300_digits():
    return spoken('{"dict": [["results", [[10**4299] * 200]]]}')


@answer(seconds=10)
def lists_in_lists_as_deep_as_python_goes():
    return spoken('{"dict": [["results", [json.loads("[" * 400 + "]" * 400)]]]}')
