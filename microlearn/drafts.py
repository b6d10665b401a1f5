"""Files that are there as a whole or not at all, whatever else writes them at the same time, and what is
read in their place."""

from __future__ import annotations

import errno
import json
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


@contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """A path beside the target that nobody else has; what was written there takes the target's name when
    the ``with`` ends, and is removed if it ends with an error.

    Raises
    ------
    OSError
        If the folder of the target can't be made, or the file can't be written or moved. It names the
        target, and not the draft, or the folder that is none.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        folder, none = str(target.parent), errno.ENOTDIR
        raise NotADirectoryError(none, os.strerror(none), folder) from None
    draft = target.with_name(f".{uuid.uuid4().hex}.draft")
    try:
        yield draft
        os.replace(draft, target)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(draft)):
            raise
        raise OSError(error.errno, error.strerror, str(target)) from None
    finally:
        with suppress(OSError):
            draft.unlink()


def content_of(path: Path) -> bytes:
    """The content of a file. A pipe in its place would be waited for.

    Raises
    ------
    OSError
        If it can't be read, or is no file.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "this is no file", str(path))
    return path.read_bytes()


def json_of(path: Path) -> Any:
    """What is in a JSON file.

    Raises
    ------
    OSError
        If it can't be read, or is no file.
    ValueError
        If it is no JSON, or is nested deeper than Python reads.
    """
    try:
        return json.loads(content_of(path))
    except RecursionError:
        raise ValueError(f"{path} is nested too deep") from None
