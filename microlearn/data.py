"""Handwritten digits: scikit-learn's, which need no network, and MNIST.

Images are rows of numbers from 0 to 1, targets are one-hot rows. MNIST comes from the folder that
``MICROLEARN_DATA`` names, else from the cache, else from one of two mirrors. Its files are known by
the hash of their *contents*, since mirrors pack the same bytes in different ways.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

Array = np.ndarray

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


class DataUnavailable(RuntimeError):
    """A data set is neither here nor to be had from the network."""


class CorruptFile(ValueError):
    """A file is not what its name promises."""


@dataclass(frozen=True)
class Split:
    """Samples: ``x`` (samples, pixels) from 0 to 1, ``y`` one-hot (samples, classes), ``labels``."""

    x: Array
    y: Array
    labels: Array

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Dataset:
    """Images to train on, to validate on while tuning, and to test on once, at the end."""

    name: str
    image_shape: tuple[int, int]
    train: Split
    validation: Split
    test: Split

    def enlarged(self, shape: tuple[int, int]) -> Dataset:
        """The same images, larger: every pixel repeated, in a white frame where that leaves room.

        Raises
        ------
        ValueError
            If ``shape`` is smaller than the images are.
        """
        height, width = self.image_shape
        times = min(shape[0] // height, shape[1] // width)
        if times < 1:
            raise ValueError(f"{self.name} has images of {self.image_shape}; {shape} is smaller.")
        top, left = (shape[0] - times * height) // 2, (shape[1] - times * width) // 2

        def enlarge(split: Split) -> Split:
            x = np.zeros((len(split), *shape), dtype=split.x.dtype)
            block = np.ones((1, times, times), dtype=split.x.dtype)
            x[:, top : top + times * height, left : left + times * width] = np.kron(
                split.x.reshape(-1, height, width), block
            )
            return replace(split, x=x.reshape(len(split), -1))

        return replace(
            self,
            name=f"{self.name}, enlarged",
            image_shape=tuple(shape),
            train=enlarge(self.train),
            validation=enlarge(self.validation),
            test=enlarge(self.test),
        )

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{len(getattr(self, part)):,} {part}" for part in ("train", "validation", "test")
        )
        height, width = self.image_shape
        return f"{self.name}: images of {height} × {width} pixels; {counts}"


def load(name: str = "digits", dtype: np.typing.DTypeLike = np.float32) -> Dataset:
    """Load ``"digits"`` (1,797 images of 8 × 8) or ``"mnist"`` (70,000 of 28 × 28).

    The splits are always the same.

    Raises
    ------
    ValueError
        If there is no data set of that name.
    DataUnavailable
        If MNIST is not on this machine and can't be downloaded.
    CorruptFile
        If a file in the folder that ``MICROLEARN_DATA`` names is damaged. (A damaged file in the
        cache is named, and fetched again.)
    """
    loaders = {"digits": _digits, "mnist": _mnist}
    if name not in loaders:
        raise ValueError(f"There is no data set {name!r}: choose one of {', '.join(loaders)}.")
    return loaders[name](dtype)


def _split(x: Array, labels: Array, dtype: np.typing.DTypeLike) -> Split:
    return Split(x, np.eye(10, dtype=dtype)[labels], labels)


def _digits(dtype: np.typing.DTypeLike) -> Dataset:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(dtype)
    rest, test = train_test_split(
        np.arange(len(labels)), test_size=450, stratify=labels, random_state=0
    )
    train, validation = train_test_split(rest, test_size=250, stratify=labels[rest], random_state=0)
    parts = (_split(images[rows], labels[rows], dtype) for rows in (train, validation, test))
    return Dataset("digits", (8, 8), *parts)


def _mnist(dtype: np.typing.DTypeLike) -> Dataset:
    def images(name: str) -> Array:
        return np.frombuffer(_content(name), np.uint8, offset=16).reshape(-1, 28 * 28)

    def labels(name: str) -> Array:
        return np.frombuffer(_content(name), np.uint8, offset=8).astype(int)

    x, y = images("train-images-idx3-ubyte"), labels("train-labels-idx1-ubyte")
    order = np.random.default_rng(0).permutation(len(y))
    held_out = len(y) // 6

    def scaled(rows: Array) -> Array:
        return np.divide(rows, 255, dtype=dtype)

    parts = [
        _split(scaled(x[rows]), y[rows], dtype) for rows in (order[held_out:], order[:held_out])
    ]
    test_x = scaled(images("t10k-images-idx3-ubyte"))
    test = _split(test_x, labels("t10k-labels-idx1-ubyte"), dtype)
    return Dataset("mnist", (28, 28), *parts, test)


def _content(name: str) -> bytes:
    """The verified content of one of MNIST's files."""
    folder = os.environ.get("MICROLEARN_DATA")
    if folder:
        for path in (Path(folder) / "mnist" / f"{name}.gz", Path(folder) / f"{name}.gz"):
            if path.is_file():
                return _unpack(path, name)
    import pooch

    cached = Path(pooch.os_cache("microlearn")) / f"{name}.gz"
    if cached.is_file():
        try:
            return _unpack(cached, name)
        except CorruptFile as error:
            print(f"{error} Fetching it again.")
    return _download(name, cached)


def _unpack(path: Path, name: str) -> bytes:
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise CorruptFile(f"{path} is damaged or half written ({error}).") from None
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise CorruptFile(f"{path} does not hold what MNIST's {name} should hold.")
    return content


def _download(name: str, target: Path) -> bytes:
    """Fetch one file from the first mirror that serves the right content, and keep it."""
    import pooch

    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}.part.gz")
    reasons = []
    for mirror in MIRRORS:
        try:
            downloader = pooch.HTTPDownloader(progressbar=True, timeout=30)
            downloader(f"{mirror}{name}.gz", str(draft), None)
            content = _unpack(draft, name)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            reasons.append(f"{mirror}: {str(error) or type(error).__name__}"[:160])
        else:
            os.replace(draft, target)
            return content
        finally:
            draft.unlink(missing_ok=True)
    raise DataUnavailable(
        "MNIST is not on this machine and could not be downloaded "
        f'({"; ".join(reasons)}). load("digits") works without a network.'
    )
