"""The course's secret, which decides the draws of every verdict.

Nobody can know the draws beforehand, and the same answer gets the same draws again. So it also gets the
same marks again, from nbgrader, from the formgrader and from the runner.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

BYTES = 32


class Damaged(ValueError):
    """A file that the grader wrote is not what it wrote; the message says what to do."""


def course_secret(course: Path) -> bytes:
    """The secret of the course in this folder; the first call makes it.

    Raises
    ------
    Damaged
        If the file holds something else.
    """
    path = course / "grading" / "secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f"secret.{os.getpid()}.tmp")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(BYTES), encoding="ascii")
        try:
            os.link(draft, path)  # if several graders start at once, the first one wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    text = path.read_bytes().strip().decode(errors="replace")
    if not re.fullmatch(f"[0-9a-f]{{{2 * BYTES}}}", text):
        raise Damaged(
            f"{path} is damaged: it must hold {2 * BYTES} hexadecimal digits. Put it back from a "
            "backup, so that the same answers get the same marks again. If there is none, delete it: "
            "the next run makes a new one."
        )
    return bytes.fromhex(text)


def seed_of(secret: bytes, name: str, code: str) -> int:
    """The seed of the verdict on an answer."""
    message = f"{name}\0{code}".encode(errors="surrogatepass")
    return int.from_bytes(hmac.digest(secret, message, hashlib.sha256)[:16], "big")
