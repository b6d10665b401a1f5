"""``python -m grader``: starts what the workers are copies of, and then the command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from . import workers


def _in_utf8() -> None:
    """Start again in Python's UTF-8 mode, where the locale can't write every name. (To Linux a file's
    name is bytes.)"""
    if sys.getfilesystemencoding() != "utf-8":
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, "-m", "grader", *sys.argv[1:]])


if __name__ == "__main__":
    _in_utf8()
    # nbgrader calls programs of its environment, which may not be the active one, by their bare names.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    workers.start()
    from .command import main  # loads nbgrader and pandas, while the other process loads, too

    sys.exit(main())
