"""Data: the digits that come with scikit-learn and need no network, MNIST and its like, and CIFAR.

Images are rows of numbers from 0 to 1, targets are one-hot rows. Where the files of all but the digits
come from is written in :mod:`microlearn.sources`.
"""

from __future__ import annotations

import gzip
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from . import threads
from .held import keeps
from .numbers import float_type, number, refuse_other_rows, said, shown, sides, whole
from .sources import SOURCES, CorruptFile, DataUnavailable, Source, contents

Array = np.ndarray

__all__ = ["CorruptFile", "DataUnavailable", "Dataset", "Split", "load"]

FIRST = 200
"""Training images on which the rule's update is measured."""
FEW = 10
"""Images that there must be at least, to know how they vary, or that all of them are dark."""
LARGE = 3
"""Root mean square of an image that is not scaled. Images from 0 to 1 have 0.3 to 0.5, standardised or
whitened ones 1; those of files have 6 (levels from 0 to 16, without their mean) to 80."""
SHORT = 0.3
"""Length below which an image was divided twice. One white pixel has 1, digits and clothes as loaded
have more than 2; divided by 16 once more, they have less than 0.3, and by 255, less than 0.1."""
SCALED = 2.5
"""Times that images of one part must vary more than those of another, or less, to be told. Ten digits
drawn at random, or ten clothes, stay below 1.5, images of one class alone below 2; pixels that are
standardised, beside those that are not, vary 2.6 times as much or more."""
LOOKS = 20
"""Looks at data before a run. Images that change in only half of them pass once in a million times."""


@keeps("dataclasses.replace(…) makes another one")
@dataclass(frozen=True, eq=False)
class Split:
    """Samples: ``x`` (samples, pixels), from 0 to 1 as loaded, ``y`` one-hot (samples, classes), and
    ``labels``, the class of each.

    Raises
    ------
    ValueError
        If they do not fit each other, or hold something else than finite numbers.
    """

    x: Array
    y: Array
    labels: Array

    def __post_init__(self) -> None:
        shapes = [np.shape(a) for a in (self.x, self.y, self.labels)]
        if [len(s) for s in shapes] != [2, 2, 1] or len({s[0] for s in shapes}) != 1:
            raise ValueError(
                "Samples are x (samples, pixels), y (samples, classes) and labels (samples,), as many "
                f"of each; the shapes {', '.join(map(str, shapes))} were given."
            )
        refuse_other_rows(x=self.x, y=self.y, labels=self.labels)
        x, y, labels = _numbers("x", self.x), _numbers("y", self.y), np.asarray(self.labels)
        if np.ma.isMaskedArray(self.labels) or not _are_classes(labels, y):
            raise ValueError(
                "labels are not the classes that y has, whole numbers that say which entry of each row "
                "is the largest: if you change one, change both, such as labels=y.argmax(axis=1)."
            )
        # All rules and all cells of a lesson share them: one that writes in place is stopped. A copy of
        # what its owner may still write to, so that no data changes after it was looked at.
        for name, values in {"x": x, "y": y, "labels": labels}.items():
            own = values.copy() if values.flags.writeable else values
            object.__setattr__(self, name, shown(own))

    def __reduce__(self) -> tuple:
        return Split, (self.x, self.y, self.labels)  # so that a copy can't be written to either

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"{len(self):,} images of {self.x.shape[1]:,} numbers"


def _numbers(name: str, values: Any) -> Array:
    """An array of floats: those that it has, or float32 for whole numbers."""
    if np.ma.isMaskedArray(values):
        raise ValueError(
            f"{name} is a masked array; training takes no masks: call its filled() first."
        )
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"{name} is an array of {array.dtype}; training needs numbers (sparse ones: toarray())."
        )
    array = array if array.dtype.kind == "f" else array.astype(np.float32)
    largest = max(array.max(initial=0), -array.min(initial=0))  # NaN, if there is one
    if not np.isfinite(largest):
        raise ValueError(f"{name} has NaN or infinity in it: training needs finite numbers.")
    if largest > np.finfo(array.dtype).max ** 0.5:
        raise ValueError(
            f"{name} has numbers up to {largest:.1g}, whose squares are beyond {array.dtype}: divide by "
            "the largest first."
        )
    return array


def _are_classes(labels: Array, y: Array) -> bool:
    """Whether each label is a class for which no other target of its sample is larger."""
    if labels.dtype.kind not in "iu" or np.any((labels < 0) | (labels >= y.shape[1])):
        return not len(labels)
    return bool(np.all(y[np.arange(len(y)), labels] == y.max(axis=1, initial=-np.inf)))


def _missing(first: Array, labels: Array) -> int:
    """How many of the classes of all labels the first ones have none of; 0 where a random order would do
    that more than once in a million times."""
    counts = np.bincount(labels)
    missing = (counts > 0) & (np.bincount(first, minlength=len(counts)) == 0)
    left = 1 - counts[missing].sum() / max(1, len(labels))
    chance = math.comb(np.count_nonzero(counts), missing.sum()) * left ** len(first)
    return int(missing.sum()) if chance < 1e-6 else 0


def _is_off_scale(x: Array) -> bool:
    """Whether images are far brighter, or darker, than those from 0 to 1. A few pixels that are far off,
    as standardising may make them, tell nothing, nor do images that are nearly black."""
    if not len(x):
        return False
    some = x[:: len(x) // 100 + 1]
    lengths = np.sqrt(np.square(some, dtype=np.float64).sum(axis=1))
    short = len(x) >= FEW and lengths.max() < SHORT
    return bool(short or np.median(lengths) > LARGE * x.shape[1] ** 0.5)


def _colours_first(x: Array, shape: tuple[int, ...]) -> bool:
    """Whether images seem to be a red, a green and a blue one after each other: whether numbers that
    would be neighbours then are more alike than those that are neighbours by the shape. In CIFAR's they
    differ half as much as these if the colours come first, and else six times as much or more."""
    if shape[2:] != (3,) or min(shape) < 3 or len(x) < FEW:
        return shape[0] == 3 and shape[2:] > (3,)
    some = x[:100].astype(np.float64)
    beside, below, right, under = (
        np.square(some[:, apart:] - some[:, :-apart]).mean()
        for apart in (1, shape[1], 3, 3 * shape[1])
    )
    return bool(max(beside, below) < 0.8 * min(right, under))


def _spread(of: Array, x: Array) -> float:
    """How many times as much other images vary as ``of``, in the pixels that vary most there; 1 where
    there are too few of them to know."""
    if min(len(of), len(x)) < FEW:
        return 1.0
    # Some of them tell it: all of MNIST would take a second.
    there, here = (a[:: len(a) // 1000 + 1].var(axis=0, dtype=np.float64) for a in (of, x))
    if not there.any():
        return math.inf if here.any() else 1.0
    most = there >= there.mean()
    return float(np.sqrt(np.median(here[most] / there[most])))


@keeps("dataclasses.replace(…) makes another one")
@dataclass(frozen=True, eq=False)
class Dataset:
    """Images to train on, to validate on while tuning, and to test on once, at the end. That no image is
    in two of them is up to you: data may well have some that are alike.

    Raises
    ------
    ValueError
        If its parts have images or classes of different sizes, or others than ``image_shape``.
    """

    name: str
    image_shape: tuple[int, ...]
    """(height, width), or (height, width, 3) where they have a red, a green and a blue."""
    train: Split
    validation: Split
    test: Split

    def __post_init__(self) -> None:
        object.__setattr__(self, "image_shape", sides(self.image_shape))
        sizes = [(s.x.shape[1], s.y.shape[1]) for s in (self.train, self.validation, self.test)]
        if len({*sizes, (math.prod(self.image_shape), sizes[0][1])}) > 1:
            raise ValueError(
                f"All images of {self.name} must have {math.prod(self.image_shape):,} numbers, as "
                f"image_shape={self.image_shape} says, and as many classes; train, validation and test "
                f"have {', '.join(f'{x:,} and {y}' for x, y in sizes)}."
            )
        if classes := _missing(self.train.labels[:FIRST], self.train.labels):
            warnings.warn(
                f"The first {FIRST} training images of {self.name} have none of {classes} of the "
                f"{self.classes} classes, as if they were sorted, and measures look at the first ones: "
                "bring them into a random order, such as rng.permutation(len(x)).",
                stacklevel=3,
            )
        if _colours_first(self.train.x, self.image_shape):
            warnings.warn(
                f"The images of {self.name} seem to be a red, a green and a blue one after each other, "
                "as torch has them, and the three colours of a pixel belong together: give "
                "x.reshape(-1, 3, height, width).transpose(0, 2, 3, 1).reshape(len(x), -1), and "
                "image_shape=(height, width, 3).",
                stacklevel=3,
            )
        for part in ("train", "validation", "test"):
            x = getattr(self, part).x
            if _is_off_scale(x):
                warnings.warn(
                    f"{self.name} has numbers from {x.min():.4g} to {x.max():.4g} in its {part} images, "
                    "and they are taken as they are; learning rates and noise are meant for images from "
                    "0 to 1: scale all parts by the same numbers first.",
                    stacklevel=3,
                )
            elif not 1 / SCALED < (times := _spread(self.train.x, x)) < SCALED:
                warnings.warn(
                    f"The numbers of the {part} images of {self.name} vary {times:.2g} times as much as "
                    "those of its training images, as if they were scaled otherwise: scale all parts by "
                    "the same numbers, those of the training images.",
                    stacklevel=3,
                )

    @property
    def classes(self) -> int:
        """How many classes there are: the width of the one-hot targets."""
        return self.train.y.shape[1]

    def enlarged(self, shape: tuple[int, int]) -> Dataset:
        """The same images, larger: every pixel repeated, in a frame of zeros where that leaves room.

        Raises
        ------
        ValueError
            If ``shape`` is smaller than the images are.
        """
        height, width, *colours = self.image_shape
        if not (isinstance(shape, tuple | list) and len(shape) == 2):
            raise ValueError(
                f"shape is {said(shape)}; it must be (height, width), such as (28, 28)."
            )
        shape = whole("height", shape[0]), whole("width", shape[1])
        times = min(shape[0] // height, shape[1] // width)
        if times < 1:
            raise ValueError(f"{self.name} has images of {self.image_shape}; {shape} is smaller.")
        top, left = (shape[0] - times * height) // 2, (shape[1] - times * width) // 2

        def enlarge(split: Split) -> Split:
            x = np.zeros((len(split), *shape, *colours), dtype=split.x.dtype)
            images = split.x.reshape(-1, *self.image_shape)
            x[:, top : top + times * height, left : left + times * width] = images.repeat(
                times, axis=1
            ).repeat(times, axis=2)
            return replace(split, x=shown(x.reshape(len(split), math.prod(x.shape[1:]))))

        return self._each(enlarge, "enlarged", (*shape, *colours))

    def whitened(self, ridge: float = 0.01) -> Dataset:
        """The same images without correlations between pixels: mean 0, and nearly the same variance
        in each direction.

        This is ZCA whitening (Bell and Sejnowski 1997): ``(x − m) (C + r v)^(−1/2)``, with the mean m
        and the covariance C of the *training* images, the ``ridge`` r and their mean variance v. The
        ridge keeps pixels that hardly vary from being amplified.

        Raises
        ------
        ValueError
            If ``ridge`` is not positive, or no pixel of the training images varies.
        """
        if not number("ridge", ridge, 0, 10**6) > 0:
            raise ValueError(f"ridge is {ridge}; it must be positive, such as 0.01.")
        with threads.ONE_BLAS_THREAD:  # more of them would give other numbers
            x, images = self.train.x, max(1, len(self.train))
            mean = (x.sum(axis=0, dtype=np.float64) / images).astype(x.dtype)
            centred = x - mean
            variances, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64) / images)
            if not variances.mean() > 0:
                raise ValueError(
                    f"{self.name} has {len(x)} images to train on, and no pixel of them varies; "
                    "whitening needs at least two that differ."
                )
            root = np.sqrt(np.maximum(variances, 0) + ridge * variances.mean())
            turn = (axes / root @ axes.T).astype(centred.dtype)
            return self._each(
                lambda split: replace(split, x=shown((split.x - mean) @ turn)), "whitened"
            )

    def _each(
        self,
        change: Callable[[Split], Split],
        name: str,
        image_shape: tuple[int, ...] | None = None,
    ) -> Dataset:
        """The data with each split changed."""
        return replace(
            self,
            name=f"{self.name}, {name}",
            image_shape=image_shape or self.image_shape,
            train=change(self.train),
            validation=change(self.validation),
            test=change(self.test),
        )

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{len(getattr(self, part)):,} {part}" for part in ("train", "validation", "test")
        )
        height, width, *colours = self.image_shape
        colour = "colour " if colours else ""
        return f"{self.name}: {colour}images of {height} × {width} pixels; {counts}"


def load(
    name: str = "digits",
    *,  # load("mnist", 1000) would be another seed, not another size
    seed: int = 0,
    dtype: np.typing.DTypeLike = np.float32,
    size: int | None = None,
) -> Dataset:
    """Load images of handwritten digits, of clothes, or of animals and vehicles.

    Parameters
    ----------
    name : str
        ``"digits"``, 1,797 images of 8 × 8; ``"mnist"`` or ``"fashion_mnist"``, 70,000 of 28 × 28;
        ``"cifar10"`` or ``"cifar100"``, 60,000 of 32 × 32 in colour, with 10 or 100 classes.
    seed : int
        Which images are held out for validation, and in which order the others are. The test
        images are the same for every seed.
    dtype : a float type
        Of the images and the targets. The weights that training draws are float32 in any case: to
        have all in float64, give ``training`` a network of float64, too.
    size : int, optional
        Keep only the first ``size`` training images: ``load("mnist", size=10_000)`` needs 125 MB
        less than all of MNIST does.

    Raises
    ------
    ValueError
        If there is no data set of that name, or an argument is out of its range.
    DataUnavailable
        If its files are not on this machine and can't be downloaded.
    CorruptFile
        If a file in the folder that ``MICROLEARN_DATA`` names is damaged; it is left as it is. (A
        damaged file in the cache is named, and fetched again.)
    """
    if not isinstance(name, str) or name not in ("digits", *SOURCES):
        choices = ", ".join(["digits", *SOURCES])
        raise ValueError(f"There is no data set {name!r}: choose one of {choices}.")
    seed = whole("seed", seed, least=0, most=2**32 - 1)
    dtype = float_type(dtype)
    if name == "digits":
        return _digits(seed, dtype, size)
    return _of_files(name, SOURCES[name], seed, dtype, size)


def dataset(data: Any) -> Dataset:
    """The data set that is given by its name, or as what :func:`load` returned.

    Raises
    ------
    TypeError
        If it is neither, or of a class of one's own whose arrays may change from look to look.
    ValueError, DataUnavailable, CorruptFile
        As :func:`load`.
    """
    if isinstance(data, str):
        return load(data)
    if not isinstance(data, Dataset):
        raise TypeError(
            f'data is a {type(data).__name__}; it must be the name of a data set, such as "digits", '
            "or a Dataset, such as load() returns."
        )
    if type(data) is Dataset and {*map(type, (data.train, data.validation, data.test))} == {Split}:
        return data  # they hold arrays, and compute none
    first = _look_at(data)  # kept, so that no later array may lie in its place
    for name, array in (found for _ in range(LOOKS) for found in _look_at(data).items()):
        if array.flags.writeable or array.__array_interface__ != first[name].__array_interface__:
            raise TypeError(
                f"The {name} of {data.name} may change during a run, since it is another array at each "
                "look, or one that can be written to, and no seed fixes that: make the images once, "
                "before the run (augmented ones, too), and give a Dataset of Split(x, y, labels)."
            )
    return data


def _look_at(data: Dataset) -> dict[str, Array]:
    """All of its arrays, each under the name by which training asks for it."""
    return {
        f"{part}.{name}": np.asarray(getattr(getattr(data, part), name))
        for part in ("train", "validation", "test")
        for name in ("x", "y", "labels")
    }


def _split(x: Array, labels: Array, dtype: np.typing.DTypeLike, classes: int = 10) -> Split:
    return Split(*map(shown, (x, np.eye(classes, dtype=dtype)[labels], labels)))


def _first(rows: Array, size: int | None) -> Array:
    if size is None:
        return rows
    return rows[: whole("size", size, least=1, most=len(rows))]


def _digits(seed: int, dtype: np.typing.DTypeLike, size: int | None) -> Dataset:
    images, labels = _scikit_learns_digits()
    images = (images / 16).astype(dtype)
    # Not `seed`: an image that is tested on must never have been tuned on under another seed.
    rest, test = _in_proportion(np.arange(len(labels)), labels, held_out=450, seed=0)
    train, validation = _in_proportion(rest, labels, held_out=250, seed=seed)
    parts = (
        _split(images[rows], labels[rows], dtype)
        for rows in (_first(train, size), validation, test)
    )
    return Dataset("digits", (8, 8), *parts)


def _scikit_learns_digits() -> tuple[Array, Array]:
    """The images, 1,797 rows of numbers from 0 to 16, and their labels.

    They are read from the file that scikit-learn has: to import it takes a second.
    """
    spec = find_spec("sklearn")
    path = Path((spec and spec.origin) or "").with_name("datasets") / "data" / "digits.csv.gz"
    if path.is_file():
        table = np.array(gzip.decompress(path.read_bytes()).split(), dtype=bytes)
        table = np.array([row.split(b",") for row in table.tolist()], dtype=float)
        return table[:, :-1], table[:, -1].astype(int)
    from sklearn.datasets import load_digits  # another version may have them elsewhere

    return load_digits(return_X_y=True)


def _in_proportion(rows: Array, labels: Array, held_out: int, seed: int) -> tuple[Array, Array]:
    """Two parts of the rows, ``held_out`` of them in the second, and as many of each class in a part as
    there are in all: scikit-learn's ``train_test_split(..., stratify=labels, random_state=seed)``."""
    rng = np.random.RandomState(seed)
    counts = np.bincount(labels[rows])
    of_class = np.split(np.argsort(labels[rows], kind="stable"), np.cumsum(counts)[:-1])
    learned = _shares(counts, len(rows) - held_out, rng)
    held = _shares(counts - learned, held_out, rng)
    parts: tuple[list[Array], list[Array]] = ([], [])
    for of_one, first, second in zip(of_class, learned, held, strict=True):
        order = of_one[rng.permutation(len(of_one))]
        parts[0].append(order[:first])
        parts[1].append(order[first : first + second])
    one, other = (rows[rng.permutation(np.concatenate(part))] for part in parts)
    return one, other


def _shares(counts: Array, draws: int, rng: np.random.RandomState) -> Array:
    """How many of each class are in so many draws: the nearest whole numbers, ties broken at random."""
    exact = counts / counts.sum() * draws
    shares = np.floor(exact)
    rest = exact - shares
    for value in np.unique(rest)[::-1]:
        missing = int(draws - shares.sum())
        if missing <= 0:
            break
        (tied,) = np.where(rest == value)
        shares[rng.choice(tied, size=min(len(tied), missing), replace=False)] += 1
    return shares.astype(int)


def _of_files(
    name: str, source: Source, seed: int, dtype: np.typing.DTypeLike, size: int | None
) -> Dataset:
    (x, y), (test_x, test_y) = parts = source.read(contents(source))
    for images, labels in parts:
        if len(images) != len(labels):
            raise CorruptFile(
                f"{source.title}'s files hold {len(images):,} images and {len(labels):,} labels: each "
                "image needs one. Replace them, or unset MICROLEARN_DATA."
            )
    order = np.random.default_rng(seed).permutation(len(y))
    held_out = round(len(y) * source.held_out)
    train, validation = _first(order[held_out:], size), order[:held_out]

    def split(images: Array, labels: Array) -> Split:
        rows = np.divide(images.reshape(len(images), -1), 255, dtype=dtype)
        return _split(rows, labels.astype(int), dtype, source.classes)

    return Dataset(
        name,
        x.shape[1:],
        train=split(x[train], y[train]),
        validation=split(x[validation], y[validation]),
        test=split(test_x, test_y),
    )
