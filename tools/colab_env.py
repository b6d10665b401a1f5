"""Make an environment like Colab's for the tests: what ``make colab-env`` runs, and ``make test`` first.

``.venv-colab`` holds Colab's Python with the versions in ``tests/colab_pins.txt``. It is made once, and
again when those change. Where that Python or those packages are not available, the
tests that need them are skipped, and say so.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "tests" / "colab_pins.txt"
PYTHON = "3.13"


def make(folder: Path) -> bool:
    """Make the environment in ``folder`` where it is missing; return whether it is there now."""
    stamp = folder / ".ready"
    wanted = f"{folder}\n{PYTHON}\n{PINS.read_text(encoding='utf-8')}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted and _starts(_python(folder)):
        return True
    print(
        f"Setting up Python {PYTHON} with Colab's versions in {folder.name} (once) ...", flush=True
    )
    uv = [sys.executable, "-m", "uv", "--quiet"]
    steps = [
        # pip comes along, since that is what installs microlearn in Colab.
        [*uv, "venv", "--clear", "--seed", "--python", _installed() or PYTHON, folder],
        [*uv, "pip", "install", "--python", _python(folder), "-r", PINS],
    ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            print(
                f"Not available on this machine, so its tests are skipped:\n{done.stderr.strip()}"
            )
            return False
    stamp.write_text(wanted, encoding="utf-8")
    return True


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _installed() -> Path | None:
    """That Python on this machine, if it is there. Else uv searches for it, and may download it."""
    found = shutil.which(f"python{PYTHON}")
    pyenv = Path.home() / ".pyenv" / "versions"
    paths = [Path(found)] if found else []
    paths += sorted(pyenv.glob(f"{PYTHON}*/bin/python{PYTHON}"), reverse=True)
    return next(filter(_starts, paths), None)


def _starts(python: Path) -> bool:
    """Whether it starts: some programs that pyenv puts on the PATH do not."""
    try:
        return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    make(ROOT / ".venv-colab")
