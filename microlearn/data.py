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
from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path
from urllib.parse import urlsplit

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
    """A data set is not on this machine and can't be downloaded."""


class CorruptFile(ValueError):
    """A file is not what its name promises."""


@dataclass(frozen=True, eq=False)
class Split:
    """Samples: ``x`` (samples, pixels), from 0 to 1 as loaded, ``y`` one-hot (samples, classes), and
    ``labels``."""

    x: Array
    y: Array
    labels: Array

    def __post_init__(self) -> None:
        # All rules and all cells of a lesson share them: one that writes in place is stopped.
        for name in ("x", "y", "labels"):
            view = getattr(self, name).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"{len(self):,} images of {self.x.shape[1]} pixels"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images to train on, to validate on while tuning, and to test on once, at the end."""

    name: str
    image_shape: tuple[int, int]
    train: Split
    validation: Split
    test: Split

    @property
    def classes(self) -> int:
        """How many classes there are: the width of the one-hot targets."""
        return self.train.y.shape[1]

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

        larger = self._each(enlarge, "enlarged")
        return replace(larger, image_shape=(int(shape[0]), int(shape[1])))

    def whitened(self, ridge: float = 0.01) -> Dataset:
        """The same images without correlations between pixels: mean 0, and nearly the same variance
        in each direction.

        This is ZCA whitening (Bell and Sejnowski 1997): ``(x − m) (C + r v)^(−1/2)``, with the mean m
        and the covariance C of the *training* images, the ``ridge`` r and their mean variance v. The
        ridge keeps pixels that hardly vary from being amplified.

        Raises
        ------
        ValueError
            If ``ridge`` is not positive: a pixel that never varies would be divided by 0.
        """
        if not ridge > 0:
            raise ValueError(f"ridge is {ridge}; it must be positive, such as 0.01.")
        mean = self.train.x.mean(axis=0)
        centred = self.train.x - mean
        variances, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64) / len(centred))
        root = np.sqrt(np.maximum(variances, 0) + ridge * variances.mean())
        turn = (axes / root @ axes.T).astype(centred.dtype)
        return self._each(lambda split: replace(split, x=(split.x - mean) @ turn), "whitened")

    def _each(self, change: Callable[[Split], Split], name: str) -> Dataset:
        """The data with each split changed."""
        return replace(
            self,
            name=f"{self.name}, {name}",
            train=change(self.train),
            validation=change(self.validation),
            test=change(self.test),
        )

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{len(getattr(self, part)):,} {part}" for part in ("train", "validation", "test")
        )
        height, width = self.image_shape
        return f"{self.name}: images of {height} × {width} pixels; {counts}"


def load(
    name: str = "digits",
    seed: int = 0,
    dtype: np.typing.DTypeLike = np.float32,
    size: int | None = None,
) -> Dataset:
    """Load ``"digits"`` (1,797 images of 8 × 8) or ``"mnist"`` (70,000 of 28 × 28).

    Parameters
    ----------
    name : str
        ``"digits"`` or ``"mnist"``.
    seed : int
        Which images are held out for validation, and in which order the others are. The test
        images are the same for every seed.
    dtype : a float type
        Of the images and the targets.
    size : int, optional
        Keep only the first ``size`` training images: ``load("mnist", size=10_000)`` needs 125 MB
        less than all of MNIST does.

    Raises
    ------
    ValueError
        If there is no data set of that name, or an argument is out of its range.
    DataUnavailable
        If MNIST is not on this machine and can't be downloaded.
    CorruptFile
        If a file in the folder that ``MICROLEARN_DATA`` names is damaged; it is left as it is. (A
        damaged file in the cache is named, and fetched again.)
    """
    loaders = {"digits": _digits, "mnist": _mnist}
    if name not in loaders:
        raise ValueError(f"There is no data set {name!r}: choose one of {', '.join(loaders)}.")
    if not (isinstance(seed, Integral) and 0 <= seed < 2**32):
        raise ValueError(f"seed is {seed!r}; it must be a whole number from 0 to {2**32 - 1:,}.")
    # A whole-number type would silently turn every grey pixel into 0.
    if not np.issubdtype(dtype, np.floating):
        raise ValueError(f"dtype is {dtype!r}; it must be a float type, such as np.float32.")
    return loaders[name](seed, dtype, size)


def _split(x: Array, labels: Array, dtype: np.typing.DTypeLike) -> Split:
    return Split(x, np.eye(10, dtype=dtype)[labels], labels)


def _first(rows: Array, size: int | None) -> Array:
    if size is None:
        return rows
    if not (isinstance(size, Integral) and 1 <= size <= len(rows)):
        raise ValueError(
            f"size is {size!r}; it must be a whole number from 1 to {len(rows):,}, "
            "the number of training images."
        )
    return rows[:size]


def _digits(seed: int, dtype: np.typing.DTypeLike, size: int | None) -> Dataset:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(dtype)
    # Not `seed`: an image that is tested on must never have been tuned on under another seed.
    rest, test = train_test_split(
        np.arange(len(labels)), test_size=450, stratify=labels, random_state=0
    )
    train, validation = train_test_split(
        rest, test_size=250, stratify=labels[rest], random_state=seed
    )
    parts = (
        _split(images[rows], labels[rows], dtype)
        for rows in (_first(train, size), validation, test)
    )
    return Dataset("digits", (8, 8), *parts)


def _mnist(seed: int, dtype: np.typing.DTypeLike, size: int | None) -> Dataset:
    def images(name: str) -> Array:
        return np.frombuffer(_content(name), np.uint8, offset=16).reshape(-1, 28 * 28)

    def labels(name: str) -> Array:
        return np.frombuffer(_content(name), np.uint8, offset=8).astype(int)

    def scaled(rows: Array) -> Array:
        return np.divide(rows, 255, dtype=dtype)

    y = labels("train-labels-idx1-ubyte")
    order = np.random.default_rng(seed).permutation(len(y))
    held_out = len(y) // 6
    train, validation = _first(order[held_out:], size), order[:held_out]
    x = images("train-images-idx3-ubyte")
    test_x = scaled(images("t10k-images-idx3-ubyte"))
    return Dataset(
        "mnist",
        (28, 28),
        train=_split(scaled(x[train]), y[train], dtype),
        validation=_split(scaled(x[validation]), y[validation], dtype),
        test=_split(test_x, labels("t10k-labels-idx1-ubyte"), dtype),
    )


def _content(name: str) -> bytes:
    """The verified content of one of MNIST's files."""
    folder = os.environ.get("MICROLEARN_DATA")
    if folder:
        for path in (Path(folder) / "mnist" / f"{name}.gz", Path(folder) / f"{name}.gz"):
            if path.is_file():
                try:
                    return _unpack(path, name)
                except CorruptFile as error:
                    raise CorruptFile(f"{error}: replace it, or unset MICROLEARN_DATA.") from None
    import pooch

    cached = Path(pooch.os_cache("microlearn")) / f"{name}.gz"
    if cached.is_file():
        try:
            return _unpack(cached, name)
        except CorruptFile as error:
            print(f"{error}: fetching it again.")
    return _download(name, cached)


def _unpack(path: Path, name: str) -> bytes:
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise CorruptFile(f"{path} is damaged or half written ({error})") from None
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise CorruptFile(f"{path} does not hold what MNIST's {name} should hold")
    return content


def _download(name: str, target: Path) -> bytes:
    """Fetch one file from the first mirror that serves the right content, and keep it."""
    import pooch
    import requests

    # Other processes never see a draft: it takes the file's name only when it is whole and right.
    draft = target.with_suffix(f".{os.getpid()}.part.gz")
    reasons = []
    if folder := os.environ.get("MICROLEARN_DATA"):
        reasons.append(f"{folder}, which MICROLEARN_DATA names, has no {name}.gz")
    for mirror in MIRRORS:
        host = urlsplit(mirror).netloc
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            downloader = pooch.HTTPDownloader(progressbar=True, timeout=30)
            downloader(f"{mirror}{name}.gz", str(draft), None)
            content = _unpack(draft, name)
            os.replace(draft, target)
            return content
        except CorruptFile:
            reasons.append(f"{host} served a damaged file")
        except (requests.ConnectionError, requests.Timeout) as error:
            # The name alone (SSLError, ProxyError, ...): the message of one fills five lines.
            reasons.append(f"{host}: {type(error).__name__}")
        except OSError as error:  # a mirror's "404 Not Found", a full disk, a read-only cache
            reasons.append(f"{host}: {error}")
        finally:
            if draft.exists():  # unlink(missing_ok=True) fails where the cache is no folder
                draft.unlink()
    raise DataUnavailable(
        f"MNIST is not on this machine and could not be downloaded ({'; '.join(reasons)}); "
        'load("digits") needs no network.'
    )
