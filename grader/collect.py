"""Finds the submissions in what comes back from students, and puts them where nbgrader wants them.

It knows nbgrader's own layout (``STUDENT/LESSON/*.ipynb``) and the downloads of all
:mod:`grader.platforms`, as a zip file or unpacked. The paths in a download say who handed in what, and
nothing else: no file is written to a place that an archive names.
"""

from __future__ import annotations

import os
import re
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .notebooks import LIMIT, Unreadable, is_plain_file, read_bytes, released, writable
from .platforms import PLATFORMS
from .sandbox import ROOT

MACOS = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$)")
"""The files that macOS adds to an archive."""


class UnknownLayout(ValueError):
    """No platform has named the files of this download."""


@dataclass(frozen=True)
class Upload:
    """One file that one student has handed in, still in the download or folder where it was found."""

    student: str
    """The student's name in the gradebook, and of the folder that the file goes to."""
    file: str
    source: Path | zipfile.Path
    name: str = ""
    """The student's, on the platform."""
    lms_id: str = ""
    """The student's number on the platform, behind the platform's prefix."""
    attempt: int = 0

    @property
    def is_notebook(self) -> bool:
        return self.file.lower().endswith(".ipynb")

    def has_cells_of(self, lesson: str) -> bool:
        """Whether it seems to hold a graded cell of the lesson; it is searched, not parsed."""
        if not self.is_notebook:
            return False
        try:
            raw = self.read()
        except Unreadable:
            return False
        metas = [cell.metadata.get("nbgrader") for cell in released(lesson).cells]
        return any(f'"{meta["grade_id"]}"'.encode() in raw for meta in metas if meta)

    def read(self) -> bytes:
        """Its bytes; raises Unreadable if it can't be read or is too large."""
        if isinstance(self.source, Path):
            return read_bytes(self.source)
        try:
            with self.source.open("rb") as file:
                raw = file.read(LIMIT + 1)
        except Exception as error:  # zipfile raises many kinds where an archive is damaged
            raise Unreadable(f"{self.file} can't be unpacked: {error}") from None
        if len(raw) > LIMIT:
            raise Unreadable(f"{self.file} is larger than {LIMIT // 2**20} MB")
        return raw


def download(source: Path, lesson: str) -> tuple[list[Upload], list[str]]:
    """Read a platform's download, a folder or a zip file.

    Returns
    -------
    For each student the notebook of the lesson, or another file if there is no notebook; and the paths
    of the files that name no student.

    Raises
    ------
    UnknownLayout
        If no platform names files like these.
    """
    everything = [
        # macOS separates letters from their accents; and a name may be in an old encoding.
        (unicodedata.normalize("NFC", writable(path)), where)
        for path, where in _files(source)
        if not MACOS.search(path)
    ]
    found: dict[str, list[Upload]] = {}
    unclaimed = []
    for path, where in everything:
        upload = _upload(path, where)
        if upload:
            found.setdefault(upload.student, []).append(upload)
        else:
            unclaimed.append(path)
    if not found:
        known = " or ".join(f"{platform.title}'s ({platform.example})" for platform in PLATFORMS)
        raise UnknownLayout(
            f"{source} holds {len(everything)} files, and no name among them looks like {known}. Put "
            f"each notebook into grading/submitted/STUDENT/{lesson}/ yourself, and leave {source.name} "
            "out of the command."
        )
    return [
        max(files, key=lambda upload: _fit(upload, lesson)) for files in found.values()
    ], unclaimed


def _fit(upload: Upload, lesson: str) -> tuple:
    """How well a file fits; of a student's files, the best is taken for the notebook of the lesson."""
    named = lesson.lower() in upload.file.lower()
    return upload.is_notebook, named, upload.has_cells_of(lesson), upload.attempt, upload.file


def _files(source: Path) -> Iterator[tuple[str, Path | zipfile.Path]]:
    """Every file in a folder or a zip file, with its path inside."""
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if not path.is_dir() or path.is_symlink():
                yield path.relative_to(source).as_posix(), path
        return
    try:
        archive = zipfile.ZipFile(source)
    except Exception as error:  # zipfile raises many kinds where an archive is damaged
        raise UnknownLayout(f"{source} is no folder and no zip file: {error}") from None
    for info in archive.infolist():
        if info.filename and not info.is_dir():
            yield info.filename, zipfile.Path(archive, info.filename)


def _upload(path: str, where: Path | zipfile.Path) -> Upload | None:
    for platform in PLATFORMS:
        if label := platform.label(PurePosixPath(path)):
            student = _folder(f"{label.name}_{label.number}")
            lms_id = f"{platform.prefix}{label.number}"
            return Upload(student, label.file, where, label.name, lms_id, label.attempt)
    return None


def _folder(name: str) -> str:
    """A name that is safe for a folder, and can't climb out of it."""
    safe = re.sub(r"[^\w.@-]+", "_", name).lstrip(".")
    return safe.encode()[:180].decode(errors="ignore") or "_"


def store(upload: Upload, submitted: Path, lesson: str) -> bool:
    """Put a submission into ``submitted/STUDENT/LESSON/LESSON.ipynb``; return whether it is a new one.

    An earlier submission of the same student is set aside, never overwritten. If this one can't be
    read, a note takes its place, so that the student is not graded on the earlier one.
    """
    folder = submitted / upload.student / lesson
    place = folder / (f"{lesson}.ipynb" if upload.is_notebook else _folder(upload.file))
    note = folder / f"{place.name} (can't be read)"
    try:
        raw, target, other = upload.read(), place, note
    except Unreadable as error:
        raw, target, other = str(error).encode(), note, place
    if is_plain_file(target) and target.read_bytes() == raw:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{target.name}.{os.getpid()}.tmp"
    draft.write_bytes(raw)
    for earlier in (target, other):
        if earlier.exists() or earlier.is_symlink():
            aside = _aside(earlier, submitted)
            aside.parent.mkdir(parents=True, exist_ok=True)
            earlier.rename(aside)
    draft.replace(target)
    return True


def in_course(submitted: Path, lesson: str) -> dict[str, Path]:
    """Every student's notebook of a lesson in nbgrader's layout. For a folder without one, it is the
    path where the notebook should be."""
    found = {}
    for home in sorted(submitted.glob("*")):
        folder = home / lesson
        try:
            folder.lstat()
            found[home.name] = _notebook_in(folder, lesson)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            found[home.name] = folder / f"{lesson}.ipynb"  # reading it will say what is wrong
    return found


def _notebook_in(folder: Path, lesson: str) -> Path:
    """The notebook in a student's folder, or what stands in the place of the folder, such as a link:
    reading that will say what is wrong."""
    if folder.is_symlink() or folder.parent.is_symlink() or not folder.is_dir():
        return folder
    wanted = folder / f"{lesson}.ipynb"
    others = sorted(p for p in folder.rglob("*") if p.suffix.lower() == ".ipynb")
    others = [p for p in others if is_plain_file(p) and ".ipynb_checkpoints" not in p.parts]
    if not wanted.exists() and others:
        return max(others, key=lambda path: _fit(Upload("", path.name, path), lesson))
    return wanted


def set_aside(assignment: str, student: str, notebooks: list[str]) -> None:
    """Move links, pipes and devices out of a submission's folder. nbgrader calls this before it reads
    the submission (see nbgrader_config.py)."""
    submitted = ROOT / "grading" / "submitted"
    for folder in {Path(notebook).parent for notebook in notebooks}:
        # A link in the place of the folder itself could lead nbgrader to another student's work or to
        # the solutions.
        for path in (folder.parent, folder, *sorted(folder.rglob("*"), reverse=True)):
            if not is_plain_file(path) and (path.is_symlink() or not path.is_dir()):
                aside = _aside(path, submitted)
                aside.parent.mkdir(parents=True, exist_ok=True)
                path.rename(aside)
                if path in (folder.parent, folder):
                    break


def _aside(path: Path, submitted: Path) -> Path:
    """Where to move a file that is in the way of a submission, so that it is not lost."""
    inside = path.relative_to(submitted) if path.is_relative_to(submitted) else Path(path.name)
    stamp = time.strftime("%Y-%m-%d_%H%M%S")
    name = os.fsencode(f"{stamp}_{inside.name}")[:255]  # a name can't have more
    return submitted.parent / "set_aside" / inside.parent / os.fsdecode(name)
