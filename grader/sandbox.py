"""A box for a student's code: no network, nothing to write to, limits on time and memory.

bubblewrap gives the process a view of the machine that holds a Python, its packages and microlearn,
all read-only, and neither the solutions nor the gradebook nor another student's work.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import microlearn

ROOT = Path(__file__).resolve().parent.parent
SECONDS_OF_CPU = 60
BYTES_OF_MEMORY = 2 * 2**30
OPT_OUT = "MICROLEARN_UNSANDBOXED"


class NoSandbox(RuntimeError):
    """Students' code can't be boxed in on this machine."""


@functools.cache
def sandbox_works() -> bool:
    """Whether bubblewrap is here, and allowed to make a box."""
    if not shutil.which("bwrap"):
        return False
    done = subprocess.run([*_box(), "true"], capture_output=True, check=False)
    return done.returncode == 0


def require_sandbox() -> None:
    """Raise NoSandbox where there is no bubblewrap, or it may not make a box, and the instructor has
    not asked for a run without one by setting ``MICROLEARN_UNSANDBOXED=yes``."""
    if not sandbox_works() and os.environ.get(OPT_OUT) != "yes":
        raise NoSandbox(
            "Grading runs students' code in a sandbox, and bubblewrap is missing or forbidden here. "
            "On Debian or Ubuntu: apt install bubblewrap. To run the code without a sandbox, with "
            f"your own rights, at your own risk: {OPT_OUT}=yes nbgrader autograde ..."
        )


def start(name: str) -> subprocess.Popen:
    """Start the driver for an exercise, in a box, with pipes to talk to it.

    Raises
    ------
    NoSandbox
        If there is no bubblewrap, or it may not make a box, and the instructor has not asked for a
        run without one by setting ``MICROLEARN_UNSANDBOXED=yes``.
    """
    require_sandbox()
    prefix = _box() if sandbox_works() else []
    limits = ["prlimit", f"--as={BYTES_OF_MEMORY}", f"--cpu={SECONDS_OF_CPU}", "--fsize=1000000",
              "--nofile=64", "--core=0"]  # fmt: skip
    command = [*prefix, *limits, sys.executable, "-m", "grader.driver", name]
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NBGRADER_EXECUTION": "autograde",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd="/" if prefix else None,
    )


def _box() -> list[str]:
    package = Path(microlearn.__file__).parent
    # The environment's Python, the Python that it was made from, and what both are linked to.
    seen = [Path("/usr"), Path("/lib"), Path("/lib64"), Path("/bin"), Path("/etc/ld.so.cache")]
    seen += [Path(sys.prefix), Path(sys.base_prefix), package, ROOT / "grader"]
    command = [
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
        "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/",
    ]  # fmt: skip
    for path in seen:
        if path.exists():
            command += ["--ro-bind", str(path), str(path)]
    return command
