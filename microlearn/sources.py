"""Where data sets come from: a folder of yours, the cache, or the network.

Files are looked for in the folder that ``MICROLEARN_DATA`` names, else in the cache, else they are
downloaded. They are known by the hash of their *contents*, since mirrors pack the same bytes in
different ways. A file from the network is used only if it is right to the last byte. In a folder of
yours a file may hold other images, as long as it has the right form.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from .drafts import draft_of
from .places import ANOTHER_CACHE, cache, folder_named

Array = np.ndarray
Images = tuple[Array, Array]
"""Bytes of shape (images, height, width) or (images, height, width, 3), and labels (images,)."""


# SHA-256 of the content of each file.
MNIST = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
FASHION_MNIST = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
CIFAR10 = {
    "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
}
CIFAR100 = {
    "train.bin": "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
    "test.bin": "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
}


class DataUnavailable(RuntimeError):
    """A data set is not on this machine and can't be downloaded."""


class CorruptFile(ValueError):
    """A file is not what its name promises."""


@dataclass(frozen=True)
class Source:
    """The files of a data set.

    Attributes
    ----------
    title : str
        Its name in a sentence.
    folders : tuple of str
        Where its files may lie below the folder that ``MICROLEARN_DATA`` names.
    cache : str
        The folder of the cache that is its own.
    mirrors : tuple of str
        Addresses that serve the packages, tried in this order.
    packages : mapping of str -> mapping of str -> str
        The files that are downloaded: for each, the SHA-256 of every file that is packed in it.
    unpacked : str
        The folder that the package makes where somebody has unpacked it.
    read : callable
        From the contents by file name to the images to learn from and those to test on.
    sound : callable
        Whether a file of that name with that content has the right form.
    classes : int
    held_out : Fraction
        The share of the images to learn from that is for validation.
    """

    title: str
    folders: tuple[str, ...]
    cache: str
    mirrors: tuple[str, ...]
    packages: Mapping[str, Mapping[str, str]]
    read: Callable[[Mapping[str, bytes]], tuple[Images, Images]]
    sound: Callable[[str, bytes], bool]
    unpacked: str = "."
    classes: int = 10
    held_out: Fraction = Fraction(1, 6)


# --- MNIST's form: a file of images or of labels, each with a head of 4 bytes for a number


def _head(content: bytes, numbers: int) -> list[int]:
    """The first numbers of a file; zeros stand for what is not there."""
    return np.frombuffer(content[: 4 * numbers].ljust(4 * numbers, b"\0"), ">i4").tolist()


def _sound_idx(name: str, content: bytes) -> bool:
    if "labels" in name:
        right = _head(content, 2) == [2049, len(content) - 8]
        return right and max(content[8:], default=10) < 10
    magic, images, *shape = _head(content, 4)
    return (magic, shape) == (2051, [28, 28]) and len(content) == 16 + images * 28 * 28


def _read_idx(contents: Mapping[str, bytes]) -> tuple[Images, Images]:
    def part(name: str) -> Images:
        images = np.frombuffer(contents[f"{name}-images-idx3-ubyte"], np.uint8, offset=16)
        labels = np.frombuffer(contents[f"{name}-labels-idx1-ubyte"], np.uint8, offset=8)
        return images.reshape(-1, 28, 28), labels

    return part("train"), part("t10k")


# --- CIFAR's form: records of one or two labels, the finer one last, and three planes: red, green, blue


def _records(content: bytes, labels: int) -> Array:
    return np.frombuffer(content, np.uint8).reshape(-1, labels + 3 * 32 * 32)


def _sound_cifar(labels: int, classes: int) -> Callable[[str, bytes], bool]:
    def sound(name: str, content: bytes) -> bool:
        if not content or len(content) % (labels + 3 * 32 * 32):
            return False
        return int(_records(content, labels)[:, labels - 1].max()) < classes

    return sound


def _read_cifar(labels: int) -> Callable[[Mapping[str, bytes]], tuple[Images, Images]]:
    def part(contents: list[bytes]) -> Images:
        records = np.concatenate([_records(content, labels) for content in contents])
        images = records[:, labels:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        return images, records[:, labels - 1]

    def read(contents: Mapping[str, bytes]) -> tuple[Images, Images]:
        test = [name for name in contents if name.startswith("test")]
        train = sorted(contents.keys() - test)
        return part([contents[name] for name in train]), part([contents[name] for name in test])

    return read


def _each_packed_alone(sha256: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {f"{name}.gz": {name: digest} for name, digest in sha256.items()}


SOURCES = {
    "mnist": Source(
        title="MNIST",
        folders=("mnist", ".", "MNIST/raw"),  # the last is torchvision's
        cache=".",
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        packages=_each_packed_alone(MNIST),
        read=_read_idx,
        sound=_sound_idx,
    ),
    "fashion_mnist": Source(
        title="Fashion-MNIST",
        # Not ".": its files have the names of MNIST's.
        folders=("fashion-mnist", "fashion_mnist", "FashionMNIST/raw"),
        cache="fashion-mnist",
        mirrors=(
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        packages=_each_packed_alone(FASHION_MNIST),
        read=_read_idx,
        sound=_sound_idx,
    ),
    "cifar10": Source(
        title="CIFAR-10",
        folders=("cifar10", "."),
        cache=".",
        # The binary archive: the one for Python is a pickle, and a pickle from the network is code.
        mirrors=("https://www.cs.toronto.edu/~kriz/",),
        packages={"cifar-10-binary.tar.gz": CIFAR10},
        unpacked="cifar-10-batches-bin",
        read=_read_cifar(labels=1),
        sound=_sound_cifar(labels=1, classes=10),
        held_out=Fraction(1, 5),
    ),
    "cifar100": Source(
        title="CIFAR-100",
        folders=("cifar100", "."),
        cache=".",
        mirrors=("https://www.cs.toronto.edu/~kriz/",),
        packages={"cifar-100-binary.tar.gz": CIFAR100},
        unpacked="cifar-100-binary",
        read=_read_cifar(labels=2),
        sound=_sound_cifar(labels=2, classes=100),
        classes=100,
        held_out=Fraction(1, 5),
    ),
}


def contents(source: Source) -> dict[str, bytes]:
    """The content of each file of a data set, by name.

    Raises
    ------
    DataUnavailable, CorruptFile
        See :func:`microlearn.load`.
    """
    found: dict[str, bytes] = {}
    others: list[Path] = []
    for package in source.packages:
        found |= _of_yours(source, package, others) or _cached(source, package)
    if others:
        print(
            f"{others[0]}{' and others' * (len(others) > 1)}: the form is that of {source.title}'s "
            "files, the bytes are not. They are used as they are; say so beside your results."
        )
    return found


def _of_yours(source: Source, package: str, others: list[Path]) -> dict[str, bytes]:
    """What the folder that ``MICROLEARN_DATA`` names has of a package, packed or unpacked; nothing if
    that is not all of it. Files that hold other bytes are added to ``others``."""
    if not (folder := _yours()):
        return {}
    for place in (folder / name for name in source.folders):
        try:
            if (packed := place / package).is_file():
                found = _unpack(source, package, packed)
                paths = dict.fromkeys(found, packed)
            else:
                paths = _unpacked(source, package, place)
                if paths.keys() != source.packages[package].keys():
                    continue
                found = {name: path.read_bytes() for name, path in paths.items()}
            for name, path in paths.items():
                if not _is_the_original(source, package, name, found):
                    if not source.sound(name, found[name]):
                        raise _not_what_it_should_be(source, path)
                    if path not in others:
                        others.append(path)
            return found
        except CorruptFile as error:
            raise CorruptFile(f"{error}: replace it, or unset MICROLEARN_DATA.") from None
        except OSError as error:
            raise DataUnavailable(
                f"{error.filename} can't be read ({error.strerror}): see to its rights, or unset "
                "MICROLEARN_DATA."
            ) from None
    return {}


def _yours() -> Path | None:
    """The folder that ``MICROLEARN_DATA`` names."""
    named = os.environ.get("MICROLEARN_DATA")
    return folder_named("MICROLEARN_DATA", named) if named else None


def _unpacked(source: Source, package: str, place: Path) -> dict[str, Path]:
    """Where each file of a package is that somebody has unpacked."""
    found: dict[str, Path] = {}
    for name in source.packages[package]:
        names = (name, name.replace("-idx", ".idx"))  # as some archives have it
        for path in (place / below / n for below in (source.unpacked, ".") for n in names):
            if name not in found and path.is_file():
                found[name] = path
    return found


def _of_another_form(source: Source, package: str, folder: Path) -> str:
    """A clause, if there is something of that data set, such as its form for Python, which is a pickle:
    reading one runs the code in it."""
    family, binary, _ = package.partition("binary")
    alone = [Path(name).stem for name in source.packages[package] if binary]
    for place in (folder / name for name in source.folders):
        named = (place / name for name in alone)
        if found := [*place.glob(f"{family}*"), *filter(Path.is_file, named)]:
            files = ", ".join(source.packages[package])
            return f", only {found[0]} (what is read is {package}, packed or as its files: {files})"
    return ""


def _cached(source: Source, package: str) -> dict[str, bytes]:
    """A package that is right to the last byte, from the cache, or else from a mirror."""
    path = cache() / source.cache / package
    try:
        if path.is_file():
            return _original(source, package, path)
    except CorruptFile as error:
        print(f"{error}: fetching it again.")
    except OSError as error:
        print(f"{path} can't be read ({error.strerror}): fetching it again.")
    return _download(source, package, path)


def _unpack(source: Source, package: str, path: Path) -> dict[str, bytes]:
    """The files in a package, by name."""
    names, content = source.packages[package], path.read_bytes()
    try:
        if content.startswith(b"\x1f\x8b"):  # some browsers unpack what they download
            content = gzip.decompress(content)
        if not package.endswith(".tar.gz"):
            return dict.fromkeys(names, content)
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            members = {Path(member.name).name: member for member in archive if member.isfile()}
            opened = {name: archive.extractfile(members[name]) for name in names if name in members}
            found = {name: file.read() for name, file in opened.items() if file}
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise CorruptFile(f"{path} is damaged or half written ({error})") from None
    if found.keys() != names.keys():
        raise _not_what_it_should_be(source, path)
    return found


def _original(source: Source, package: str, path: Path) -> dict[str, bytes]:
    """The files in a package.

    Raises
    ------
    CorruptFile
        If one of them is not the original, to the last byte.
    """
    found = _unpack(source, package, path)
    if not all(_is_the_original(source, package, name, found) for name in found):
        raise _not_what_it_should_be(source, path)
    return found


def _is_the_original(source: Source, package: str, name: str, found: Mapping[str, bytes]) -> bool:
    return hashlib.sha256(found[name]).hexdigest() == source.packages[package][name]


def _not_what_it_should_be(source: Source, path: Path) -> CorruptFile:
    return CorruptFile(f"{path} does not hold what {source.title}'s {path.name} should hold")


def _download(source: Source, package: str, target: Path) -> dict[str, bytes]:
    """Fetch a package from the first mirror that serves the right content, and keep it."""
    import pooch
    import requests

    reasons = []
    if folder := _yours():
        places = [f"in {name}/" if name != "." else "itself" for name in source.folders]
        lacks = f"has no {package} {' or '.join(places)}{_of_another_form(source, package, folder)}"
        reasons.append(
            f"{folder}, which MICROLEARN_DATA names, {lacks if folder.is_dir() else 'is no folder'}"
        )
    for mirror in source.mirrors:
        host = urlsplit(mirror).netloc
        try:
            downloader = pooch.HTTPDownloader(progressbar=True, timeout=30)
            with draft_of(target) as draft:
                downloader(f"{mirror}{package}", str(draft), None)
                found = _original(source, package, draft)
            return found
        except CorruptFile:
            reasons.append(f"{host} served a damaged file")
        except (requests.ConnectionError, requests.Timeout) as error:
            # The name alone (SSLError, ProxyError, ...): the message of one fills five lines.
            reasons.append(f"{host}: {type(error).__name__}")
        except requests.RequestException as error:  # such as a mirror's "404 Not Found"
            reasons.append(f"{host}: {error}")
        except OSError as error:
            raise DataUnavailable(
                f"{source.title} is not on this machine, and what is downloaded can't be kept: "
                f"{error.strerror} ({error.filename}). Move what is there, make room, see to its "
                f"rights, or {ANOTHER_CACHE}."
            ) from None
    raise DataUnavailable(
        f"{source.title} is not on this machine and could not be downloaded ({'; '.join(reasons)}); "
        'load("digits") needs no network.'
    )
