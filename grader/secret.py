"""The course's secret, which decides the draws of every verdict.

Nobody can know the draws beforehand, and the same answer gets the same draws again. So it also gets the
same marks again, from nbgrader, from the formgrader and from the runner.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path


def course_secret(course: Path) -> bytes:
    """The secret of the course in this folder; the first call makes it."""
    path = course / "grading" / "secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f"secret.{os.getpid()}.tmp")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            os.link(draft, path)  # if several graders start at once, the first one wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return bytes.fromhex(path.read_text(encoding="ascii"))


def seed_of(secret: bytes, name: str, code: str) -> int:
    """The seed of the verdict on an answer."""
    message = f"{name}\0{code}".encode(errors="surrogatepass")
    return int.from_bytes(hmac.digest(secret, message, hashlib.sha256)[:16], "big")
