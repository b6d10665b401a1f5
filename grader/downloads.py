"""The files in a download, a folder or a zip file. They are read, and not unpacked to where they say."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .notebooks import LIMIT, Unreadable, read_bytes, writable

MACOS = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$)")
"""The files that macOS adds to an archive."""
NOTEBOOK = re.compile(r"\.ipynb(?!\.(?:html?|pdf|py|docx?|zip)$)(?:\W.*)?$", re.I)
"""How the name of a notebook ends: browsers and mail programs add `.txt`, `.json` or ` (1)` to it."""
FILES_IN_A_ZIP = 1000
"""A student who hands in a zip file with more is asked for less."""


class UnknownLayout(ValueError):
    """No platform has named the files of this download, or there is none."""


@dataclass(frozen=True)
class Packed:
    """A file in a zip file. (Its entry, since several may have one name, and a name may be any text.)"""

    archive: zipfile.ZipFile
    entry: zipfile.ZipInfo

    def read(self) -> bytes:
        """Its bytes; raises Unreadable if it can't be unpacked or is too large."""
        try:
            with self.archive.open(self.entry) as file:
                raw = file.read(LIMIT + 1)
        except Exception as error:  # zipfile raises many kinds where an archive is damaged
            raise Unreadable(f"{self.entry.filename} can't be unpacked: {error}") from None
        if len(raw) > LIMIT:
            raise Unreadable(f"{self.entry.filename} is larger than {LIMIT // 2**20} MB")
        return raw


Source = Path | Packed


def read(source: Source) -> bytes:
    """The bytes of a file in a download; raises Unreadable if it can't be read or is too large."""
    return source.read() if isinstance(source, Packed) else read_bytes(source)


def is_notebook(name: str) -> bool:
    """Whether a file is a notebook, by its name."""
    return bool(NOTEBOOK.search(name))


def is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def files_in(source: Path) -> Iterator[tuple[str, Source]]:
    """Every file in a folder or a zip file, with its path inside, of which each part is a name.

    Raises
    ------
    UnknownLayout
        If it is neither.
    """
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if not path.is_dir() or path.is_symlink():
                yield from _named(path.relative_to(source).as_posix(), path)
        return
    if not source.exists():
        raise UnknownLayout(f"There is no file or folder {source}.")
    try:
        archive = zipfile.ZipFile(source)
    except Exception as error:  # zipfile raises many kinds where an archive is damaged
        raise UnknownLayout(f"{source} is no folder and no zip file: {error}") from None
    yield from _entries(archive)


def _entries(archive: zipfile.ZipFile) -> Iterator[tuple[str, Source]]:
    for entry in archive.infolist():
        if not entry.is_dir():
            yield from _named(entry.filename.replace("\\", "/"), Packed(archive, entry))


def _named(path: str, source: Source) -> Iterator[tuple[str, Source]]:
    """The file with its path as we write it; no file, if it is macOS's or its path names none."""
    # macOS separates letters from their accents; and a name may be in an old encoding.
    parts = unicodedata.normalize("NFC", writable(path)).split("/")
    clean = "/".join(part for part in parts if part not in ("", ".", ".."))
    if clean and parts[-1] not in ("", ".", "..") and not MACOS.search(path):
        yield clean, source


def notebooks_in_zip(source: Source) -> list[tuple[str, Source]]:
    """The notebooks in a zip file that a student has handed in, with their names; none, if it is no zip
    file or has too much in it."""
    try:
        raw = read(source)
        if raw.count(b"PK\x01\x02") > FILES_IN_A_ZIP:  # before zipfile makes an object of each
            return []
        files = [*_entries(zipfile.ZipFile(io.BytesIO(raw)))]
    except Exception:  # zipfile raises many kinds where an archive is damaged
        return []
    return [(path.rpartition("/")[2], packed) for path, packed in files if is_notebook(path)]
