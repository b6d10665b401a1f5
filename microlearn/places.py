"""Where a session runs, and where files lie: folders that a student names, and the cache."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


def folder_named(by: str, value: Any, what: str = "a folder") -> Path:
    """The folder that a student names; ``~`` is the home folder.

    Parameters
    ----------
    by : str
        What names it, for the error: an argument or an environment variable.

    Raises
    ------
    TypeError
        If it is no path.
    ValueError
        If there is no home folder, or no user of that name.
    """
    try:
        path = Path(os.fsdecode(value)).expanduser()
    except TypeError:
        raise TypeError(f"{by} is {value!r}; it must be the path of {what}, in quotes.") from None
    except RuntimeError:
        path = Path("~")
    if path.parts[:1] == ("~",) or "\0" in str(path):
        raise ValueError(f"{by} is {value!r}, which is no folder here: write the path in full.")
    return path


def file_named(by: str, value: Any) -> Path:
    """The file that a student names, to be written; ``~`` is the home folder.

    Raises
    ------
    TypeError, ValueError
        If it is no path, or that of a folder, or its folder is missing.
    """
    path = folder_named(by, value, "a file")
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(
            f"{by} is {value!r}, and {path if path.is_dir() else path.parent} is "
            f"{'a folder' if path.is_dir() else 'no folder'}: name a file in a folder that there is."
        )
    return path


def working_folder() -> str:
    """The folder that this session works in, which for a notebook is its own.

    Raises
    ------
    FileNotFoundError
        If it has been removed meanwhile.
    """
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise FileNotFoundError(
            "the folder in which this notebook was opened is gone: open the notebook where it is now, "
            "and run it from its first cell"
        ) from None


def shell() -> Any:
    """The IPython that runs this session; None where there is none."""
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()


def running() -> tuple[str, str]:
    """The front end's names for the cell that runs, and for this run; empty where it gives none."""
    asked: dict[str, Any] = getattr(shell(), "get_parent", dict)()
    cell = asked.get("metadata", {}).get("cellId")
    return cell or "", asked.get("header", {}).get("msg_id", "")


def started_in() -> str:
    """The folder in which this session began, which for a notebook is its own."""
    history = getattr(getattr(shell(), "history_manager", None), "dir_hist", None)
    return str(history[0]) if history else working_folder()


ANOTHER_CACHE = "set HOME, or XDG_CACHE_HOME, to a folder that can be written to"


def cache() -> Path:
    """The folder for what can be fetched or computed again.

    Raises
    ------
    RuntimeError
        If this user has no home folder, in which it would be.
    """
    import pooch

    try:
        path = Path(pooch.os_cache("microlearn"))
    except RuntimeError:  # so says a new platformdirs; an old one leaves "~" there
        path = Path("~")
    if not path.is_absolute():
        raise RuntimeError(
            f"This user has no home folder, where microlearn's cache would be: {ANOTHER_CACHE}."
        )
    return path
