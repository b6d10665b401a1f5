"""Data: splits, scales, and files that are missing, damaged or served wrong."""

from __future__ import annotations

import copy
import errno
import gzip
import hashlib
import io
import pickle
import re
import socket
import struct
import tarfile
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import pooch
import pytest
import scipy.linalg

from microlearn import create_network, load, sources, sweep, training
from microlearn.data import CorruptFile, Dataset, DataUnavailable, Split, dataset
from microlearn.gradients import descent_direction
from microlearn.metrics import accuracy
from microlearn.plots import images


def is_sound(data, counts, classes=10):
    parts = (data.train, data.validation, data.test)
    assert tuple(len(part) for part in parts) == counts
    assert data.classes == classes
    assert len(repr(data)) < 100
    for part in parts:
        assert part.x.dtype == part.y.dtype == np.float32
        assert part.x.flags.c_contiguous
        assert part.x.min() == 0
        assert part.x.max() == 1
        assert np.array_equal(part.y.argmax(axis=1), part.labels)
        assert np.array_equal(part.y.sum(axis=1), np.ones(len(part)))
        assert set(part.labels) == set(range(classes))
        assert part.x.shape[1] == np.prod(data.image_shape)
        assert len(repr(part)) < 100


def test_digits():
    data = load("digits")
    is_sound(data, (1097, 250, 450))
    again = load("digits")
    for part in ("train", "validation", "test"):
        assert np.array_equal(getattr(data, part).x, getattr(again, part).x)
    # Stratified: every digit has its tenth, to within one image in each split and rounding.
    for part in (data.train, data.validation, data.test):
        shares = np.bincount(part.labels) / len(part)
        assert np.all(np.abs(shares - 0.1) < 0.006)


@pytest.mark.parametrize("seed", range(3))
def test_the_digits_are_scikit_learns_split_in_its_way(seed):
    """To import scikit-learn would take a second, so the file and the algorithm are read without it."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    rest, test = train_test_split(range(1797), test_size=450, stratify=labels, random_state=0)
    parts = *train_test_split(rest, test_size=250, stratify=labels[rest], random_state=seed), test
    data = load("digits", seed=seed)
    for part, rows in zip((data.train, data.validation, data.test), parts, strict=True):
        assert np.array_equal(part.labels, labels[rows])
        assert np.array_equal(part.x, (images[rows] / 16).astype(np.float32))


def test_samples_that_do_not_belong_together_are_refused():
    split = load("digits").test
    for wrong, words in (
        ({"labels": split.labels[:9]}, r"\(450, 64\), \(450, 10\), \(9,\) were given"),
        ({"x": split.x[0]}, r"the shapes \(64,\)"),
        ({"x": split.x * np.nan}, "x has NaN or infinity"),
        ({"x": split.x * np.float32(1e30)}, r"x has numbers up to 1e.30, whose squares are beyond"),
        ({"y": split.y * np.nan}, "y has NaN or infinity"),
        ({"x": split.x.astype(str)}, "x is an array of <U.*; training needs numbers"),
        ({"x": np.ma.masked_less(split.x, 0.5)}, "x is a masked array; .* call its filled"),
        ({"labels": split.labels[::-1]}, "labels are not the classes that y has"),
        ({"labels": split.labels.astype(float)}, "labels are not the classes that y has"),
        ({"labels": split.labels.astype(str)}, "labels are not the classes that y has"),
        ({"labels": split.labels - 10}, "labels are not the classes that y has"),
        ({"y": split.y[::-1] / 2 + 0.05}, "labels are not the classes that y has"),
    ):
        with pytest.raises(ValueError, match=words):
            replace(split, **wrong)
    data, wide = load("digits"), np.ones((450, 65), np.float32)
    for wrong, words in (
        ({"test": replace(split, x=wide)}, "64 and 10, 64 and 10, 65 and 10"),
        ({"image_shape": (8, 9)}, "must have 72 numbers, as image_shape=.8, 9. says"),
        ({"image_shape": 64}, "Images are .height, width."),
        ({"image_shape": (-8, -8)}, "each 1 or more"),
        ({"image_shape": (8.5, 8)}, "a side of the images is 8.5"),
    ):
        with pytest.raises(ValueError, match=words):
            replace(data, **wrong)


def test_many_numbers_of_float16_are_not_taken_for_large_ones():
    split = load("digits", dtype=np.float16).test
    many = np.ones((450, 1000), np.float16)  # the sum of their squares is beyond float16
    assert np.array_equal(replace(split, x=-255 * many).x, -255 * many)
    with pytest.raises(ValueError, match=r"numbers up to 3e.02, whose squares are beyond float16"):
        replace(split, x=-257 * many)


def test_rows_of_two_tables_are_paired_only_where_their_labels_are_the_same():
    split, network = load("digits").test, create_network([64, 10])
    x, y, labels = pd.DataFrame(split.x), pd.DataFrame(split.y), pd.Series(split.labels)
    mixed = x.sample(frac=1, random_state=0)
    for pair in (
        lambda: replace(split, x=mixed, y=y),
        lambda: replace(split, x=mixed, labels=labels),
        lambda: replace(split, y=y, labels=labels.set_axis(labels.index + 1)),
        lambda: accuracy(y, y[::-1]),
        lambda: descent_direction(network, mixed, y, "cross_entropy"),
        lambda: images(mixed[:20], labels[:20], (8, 8)),
    ):
        with pytest.raises(
            ValueError, match=r"(?s)labels, or the same ones in another order.*\.loc\["
        ):
            pair()
    order = mixed.index
    whole = replace(split, x=mixed, y=y.loc[order], labels=labels.loc[order])
    assert np.array_equal(whole.x, split.x[order]) and np.array_equal(whole.y, split.y[order])
    assert np.array_equal(replace(split, x=mixed, y=split.y).x, mixed)  # an array has places alone


def test_images_that_are_not_scaled_are_told_of():
    data, rng = load("digits"), np.random.default_rng(0)
    mean, spread = data.train.x.mean(axis=0), data.train.x.std(axis=0)
    few = Split(16 * data.test.x[:3], data.test.y[:3], data.test.labels[:3])

    def changed(change):
        return data._each(lambda split: replace(split, x=change(split.x)), "changed")

    for numbers, make in (
        ("0 to 16", lambda: changed(lambda x: (16 * x).astype(np.uint8))),
        ("-8 to 8", lambda: changed(lambda x: 16 * x - 8)),
        ("0 to 241.3", lambda: changed(lambda x: (255 * x) ** 0.99)),  # averages have such ones
        ("0 to 0.003922", lambda: changed(lambda x: x / 255)),
        ("0 to 0", lambda: changed(lambda x: (0.99 * x).astype(int))),
        ("0 to 16", lambda: replace(data, test=few)),
    ):
        with pytest.warns(UserWarning, match=f"has numbers from {numbers} in its test images"):
            make()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for change in (
            lambda x: x > 0.5,  # black and white
            lambda x: x.astype(np.float16),
            lambda x: (x - mean) / (spread + 1e-8),  # a few pixels reach millions
            lambda x: x / np.linalg.norm(x, axis=1, keepdims=True),
            lambda x: np.eye(64)[rng.integers(64, size=len(x))],  # nearly black
            lambda x: rng.normal(size=x.shape),
        ):
            changed(change)
        for ridge in (1e-6, 10):
            data.whitened(ridge)


def test_training_images_in_the_order_of_their_classes_are_told_of():
    data = load("digits")

    def in_order(order):
        train = Split(*(a[order] for a in (data.train.x, data.train.y, data.train.labels)))
        return replace(data, train=train)

    labels = data.train.labels
    with pytest.warns(UserWarning, match="The first 200 training images of digits have none of 8 "):
        in_order(np.argsort(labels, kind="stable"))
    with pytest.warns(UserWarning, match="have none of 1 of the 10 classes"):
        in_order(np.argsort(labels == 3, kind="stable"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        in_order(np.flatnonzero(labels < 2))  # others there are not
        in_order(np.argsort(labels, kind="stable")[:200])  # all of them
        in_order(np.r_[np.flatnonzero(labels != 3), np.flatnonzero(labels == 3)[:20]])  # a rare one


def test_colours_that_come_first_are_told_of():
    digits, rng = load("digits").enlarged((16, 16)), np.random.default_rng(0)
    tints = rng.uniform(size=(len(digits.train), 1, 1, 3))

    def coloured(change, shape):
        def change_split(split):
            x = split.x.reshape(-1, 16, 16, 1) * tints[: len(split)]
            return replace(split, x=change(x).reshape(len(split), -1))

        return digits._each(change_split, "coloured", shape)

    def first(x):
        return x.transpose(0, 3, 1, 2)

    for change, shape in ((first, (16, 16, 3)), (first, (3, 16, 16))):
        with pytest.warns(UserWarning, match="a red, a green and a blue one after each other"):
            coloured(change, shape)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for change, shape in (
            (lambda x: x, (16, 16, 3)),
            (lambda x: x.mean(axis=3, keepdims=True).repeat(3, axis=3), (16, 16, 3)),  # greys
            (lambda x: x.transpose(0, 2, 1, 3), (16, 16, 3)),
            (lambda x: rng.uniform(size=x.shape), (16, 16, 3)),
            (lambda x: x[:, :, ::6], (16, 3, 3)),
            (lambda x: x[..., :1], (16, 16, 1)),
            (first, (48, 16)),  # three images below each other
        ):
            coloured(change, shape)


def test_parts_that_are_scaled_otherwise_are_told_of():
    data = load("digits")
    mean, spread = data.train.x.mean(), data.train.x.std()
    for part, x, words in (
        (
            "validation",
            data.validation.x * 4.5,
            "the validation images of digits vary 4.5 times",
        ),
        ("test", data.test.x / 8, "the test images of digits vary 0.12"),
        (
            "train",
            (data.train.x - mean) / spread,
            "the validation images of digits vary 0.38 times",
        ),
    ):
        with pytest.warns(UserWarning, match=words):
            replace(data, **{part: replace(getattr(data, part), x=x)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data.whitened(1e-4).enlarged((28, 28))
        for label in range(10):
            of_one = data.test.labels == label
            one = Split(*(a[of_one] for a in (data.test.x, data.test.y, data.test.labels)))
            replace(data, validation=one)


def test_samples_may_be_lists_and_no_copy_of_them_can_be_written_to():
    split = load("digits").test
    made = replace(split, x=split.x.tolist(), y=split.y.astype(bool), labels=[*split.labels])
    assert np.array_equal(made.x, split.x) and made.y.dtype == np.float32
    assert np.array_equal(replace(split, y=split.y / 2 + 0.05).labels, split.labels)  # soft targets
    x = split.x.copy()
    made = replace(made, x=x)
    x[:] = 0
    assert np.array_equal(made.x, split.x)  # and nobody changes them from elsewhere
    for other in (made, copy.deepcopy(split), pickle.loads(pickle.dumps(split))):
        assert not any(a.flags.writeable for a in (other.x, other.y, other.labels))


def _with_train(look):
    """The digits, whose training images are what ``look`` makes of them whenever somebody asks."""
    held = load("digits")

    class Own(Dataset):
        train = property(lambda self: look(held.train), lambda self, given: None)

    return Own(held.name, held.image_shape, held.train, held.validation, held.test)


def _with_x(look):
    class Own(Split):
        x = property(
            lambda self: look(vars(self)["x"]),
            lambda self, given: vars(self).update(x=given),
        )

    held = load("digits")
    return replace(held, test=Own(held.test.x, held.test.y, held.test.labels))


def test_data_that_may_change_from_look_to_look_are_refused():
    rng, buffer = np.random.default_rng(0), load("digits").test.x.copy()
    for name, make in (
        ("train.x", lambda: _with_train(lambda s: replace(s, x=np.roll(s.x, rng.integers(9), 1)))),
        (
            "train.x",
            lambda: _with_train(lambda s: replace(s, x=0.9 * s.x) if rng.random() < 0.5 else s),
        ),
        ("train.y", lambda: _with_train(lambda s: replace(s, y=0.9 * s.y + 0.01))),
        ("train.x", lambda: _with_train(lambda s: replace(s, x=s.x.copy()))),  # the same numbers
        ("test.x", lambda: _with_x(lambda x: x + rng.normal(0, 0.1, x.shape))),
        ("test.x", lambda: _with_x(lambda x: np.multiply(x, rng.uniform(0.7, 1), out=buffer))),
    ):
        for take in (dataset, lambda d: training("backprop", d), lambda d: sweep("backprop", d)):
            with pytest.raises(
                TypeError, match=f"The {name} of digits may .* once, before the run"
            ):
                take(make())
    for same in (
        load("digits"),
        _with_train(lambda s: s),
        _with_train(lambda s: Split(s.x[:500], s.y[:500], s.labels[:500])),
        _with_x(lambda x: x[::-1][::-1]),
    ):
        assert dataset(same) is same


def test_seed_and_size_change_only_what_they_should():
    data, other = load("digits"), load("digits", seed=1)
    assert np.array_equal(data.test.x, other.test.x)
    assert not np.array_equal(data.validation.x, other.validation.x)
    few = load("digits", size=100)
    assert np.array_equal(few.train.x, data.train.x[:100])
    assert np.array_equal(few.train.y, data.train.y[:100])
    assert np.array_equal(few.validation.x, data.validation.x)
    assert load("digits", dtype=np.float64).test.x.dtype == np.float64


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "cifar"}, "'cifar': choose one of digits, mnist"),
        ({"seed": -1}, "seed is -1; it must be a whole number"),
        ({"seed": 0.5}, "seed is 0.5"),
        ({"size": 0}, "size is 0; it must be a whole number from 1 to 1,097"),
        ({"size": 1098}, "from 1 to 1,097"),
        ({"size": 0.1}, "size is 0.1"),
        ({"dtype": int}, "must be a float type"),
        ({"size": True}, "size is True; it must be a number"),
        ({"dtype": "half of it"}, "dtype is 'half of it'; it must be a float type"),
        ({"name": ["digits"]}, "no data set .'digits'.: choose one of"),
    ],
)
def test_a_wrong_argument_is_named(arguments, words):
    with pytest.raises((ValueError, TypeError), match=words):
        load(**arguments)


@pytest.mark.parametrize("seed", [0, 1])
def test_no_image_is_in_two_splits(seed):
    from sklearn.datasets import load_digits

    data = load("digits", seed=seed)
    rows = [row.tobytes() for part in (data.train, data.validation, data.test) for row in part.x]
    original = [row.tobytes() for row in (load_digits().data / 16).astype(np.float32)]
    assert sorted(rows) == sorted(original)


NO_IMAGES = Split(np.zeros((0, 64)), np.zeros((0, 10)), np.zeros(0, dtype=int))


def test_enlarged_images_are_the_same_images():
    data = load("digits")
    large = data.enlarged((28, 28))
    assert large.image_shape == (28, 28)
    image = large.test.x[0].reshape(28, 28)
    assert np.array_equal(image[2:26:3, 2:26:3], data.test.x[0].reshape(8, 8))
    assert not image[:2].any()
    assert not len(replace(data, test=NO_IMAGES).enlarged((28, 28)).test)
    for shape, words in (((4, 4), "is smaller"), (28, "shape is 28; it must be .height, width.")):
        with pytest.raises(ValueError, match=words):
            data.enlarged(shape)


def test_whitening_is_that_of_the_training_images_and_turns_nothing():
    """ZCA: with the covariance C of the training images, x becomes (x − m) (C + r v)^(−1/2)."""
    data, ridge = load("digits", dtype=np.float64), 0.1
    white = data.whitened(ridge)
    centred = data.train.x - data.train.x.mean(axis=0)
    covariance = centred.T @ centred / len(centred)
    ridged = covariance + ridge * np.trace(covariance) / 64 * np.eye(64)
    root = scipy.linalg.sqrtm(ridged)  # symmetric: an image is turned into no other one
    np.testing.assert_allclose(white.train.x @ root, centred, atol=1e-9)
    for part in ("validation", "test"):
        before, after = getattr(data, part), getattr(white, part)
        np.testing.assert_allclose(
            after.x @ root, before.x - data.train.x.mean(axis=0), rtol=0, atol=1e-9
        )
        assert np.array_equal(after.labels, before.labels)
    assert white.name == "digits, whitened"
    assert not len(replace(data, test=NO_IMAGES).whitened().test)
    grey = replace(data.train, x=np.ones_like(data.train.x))
    for same, count in ((grey, 1097), (NO_IMAGES, 0)):
        words = rf"has {count} images to train on.*needs at least two that differ"
        with pytest.raises(ValueError, match=words):
            replace(data, train=same).whitened()
    assert load("digits").whitened().test.x.dtype == np.float32
    with pytest.raises(ValueError, match="ridge is 0; it must be positive"):
        data.whitened(0)


def test_the_real_mnist(mnist):
    is_sound(mnist, (50_000, 10_000, 10_000))
    # MNIST's own counts of the digits 0 to 9.
    learning = np.concatenate([mnist.train.labels, mnist.validation.labels])
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(learning).tolist() == counts
    assert mnist.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    # An image and its label belong together: the mean of each class recognises four in five.
    means = np.stack([mnist.train.x[mnist.train.labels == digit].mean(0) for digit in range(10)])
    for part in (mnist.train, mnist.validation, mnist.test):
        nearest = (part.x @ means.T - (means**2).sum(1) / 2).argmax(1)
        assert np.mean(nearest == part.labels) > 0.75


def test_the_real_fashion_mnist(mnist):
    fashion = load("fashion_mnist")
    is_sound(fashion, (50_000, 10_000, 10_000))
    assert np.bincount(fashion.test.labels).tolist() == [1000] * 10
    assert fashion.test.labels[:5].tolist() == [9, 2, 1, 1, 6]


# --- downloading, from servers that this test starts on 127.0.0.1 ---------------------------------


def idx(name: str) -> bytes:
    """A tiny file in MNIST's format: twelve images, of which the pixels 2 and 3 say which it is."""
    labels = np.arange(12, dtype=np.uint8) % 10
    if "labels" in name:
        return struct.pack(">ii", 2049, 12) + labels.tobytes()
    pixels = np.random.default_rng(len(name)).integers(0, 256, (12, 784), dtype=np.uint8)
    pixels[:, 0], pixels[:, 1] = 0, 255
    pixels[:, 2], pixels[:, 3] = labels, np.arange(12)
    return struct.pack(">iiii", 2051, 12, 28, 28) + pixels.tobytes()


def cifar(name: str) -> bytes:
    """A tiny file in CIFAR's form: images that are all red, green or blue, by turns, the brighter the
    greater their label. In CIFAR-100 another label, always 0, stands before it."""
    fine = int(name in ("train.bin", "test.bin"))
    records = np.zeros((30 if name == "train.bin" else 6, 1 + fine + 3 * 1024), np.uint8)
    labels = np.arange(len(records)) * (3 if fine else 1)
    records[:, fine] = labels
    for record, label in zip(records, labels, strict=True):
        colour = label % 3 if not fine else label // 3 % 3
        record[1 + fine :].reshape(3, 1024)[colour] = label + 100
    return records.tobytes()


def content(name: str) -> bytes:
    return cifar(name) if name.endswith(".bin") else idx(name)


def packed(package: str) -> bytes:
    """A package of the tiny files."""
    if not package.endswith(".tar.gz"):
        return gzip.compress(content(package.removesuffix(".gz")))
    (source,) = (source for source in sources.SOURCES.values() if package in source.packages)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in source.packages[package]:
            member = tarfile.TarInfo(f"{source.unpacked}/{name}")
            member.size = len(content(name))
            archive.addfile(member, io.BytesIO(content(name)))
    return buffer.getvalue()


@pytest.fixture
def mirrors(tmp_path, monkeypatch):
    """Two folders served as mirrors of everything, an empty cache, and the hashes of the tiny files."""
    folders = [tmp_path / "first", tmp_path / "second"]
    servers = []
    for folder in folders:
        folder.mkdir()

        class Quiet(SimpleHTTPRequestHandler):
            def log_message(self, *words):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
    urls = tuple(f"http://127.0.0.1:{server.server_address[1]}/" for server in servers)
    for name, source in sources.SOURCES.items():
        packages = {
            package: {file: hashlib.sha256(content(file)).hexdigest() for file in files}
            for package, files in source.packages.items()
        }
        tiny = replace(source, mirrors=urls, packages=packages)
        monkeypatch.setitem(sources.SOURCES, name, tiny)
    # Not by an environment variable: which one moves the cache depends on the system, and a real
    # cache must never be touched.
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache" / name)
    monkeypatch.delenv("MICROLEARN_DATA", raising=False)
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, "127.0.0.1")
    yield folders
    for server in servers:
        server.shutdown()
        server.server_close()


def serve(folder, wrong: bytes | None = None):
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources.SOURCES.values():
        for package in source.packages:
            (folder / package).write_bytes(packed(package) if wrong is None else wrong)


def cache(tmp_path):
    """Every file in the cache, drafts included."""
    return sorted(path for path in (tmp_path / "cache").rglob("*") if path.is_file())


def test_it_downloads_once_and_then_needs_no_network(mirrors, tmp_path):
    serve(mirrors[0])
    assert len(load("mnist").test) == 12
    assert [path.name for path in cache(tmp_path)] == sorted(sources.SOURCES["mnist"].packages)
    for path in mirrors[0].iterdir():
        path.unlink()
    assert len(load("mnist").train) == 10


@pytest.mark.parametrize("seed", [0, 1])
def test_every_image_is_in_one_split_with_its_own_label(mirrors, seed):
    serve(mirrors[0])
    data = load("mnist", seed=seed)
    which = np.concatenate([data.train.x[:, 3], data.validation.x[:, 3]]) * 255
    assert sorted(np.rint(which).astype(int)) == list(range(12))
    for part in (data.train, data.validation, data.test):
        assert np.array_equal(np.rint(part.x[:, 2] * 255), part.labels)
        assert not part.x[:, 0].any()
        assert np.all(part.x[:, 1] == 1)
    other = load("mnist", seed=seed + 1)
    assert not np.array_equal(other.validation.x, data.validation.x)
    assert np.array_equal(other.test.x, data.test.x)
    few = load("mnist", seed=seed, size=3)
    assert np.array_equal(few.train.x, data.train.x[:3])
    with pytest.raises(ValueError, match="size is 11; it must be a whole number from 1 to 10"):
        load("mnist", size=11)


def test_threads_that_fetch_at_once_do_not_share_a_draft(mirrors, tmp_path):
    serve(mirrors[0])
    with ThreadPoolExecutor(8) as pool:
        assert [len(data.test) for data in pool.map(load, ["mnist"] * 16)] == [12] * 16
    kept = {path.name: gzip.decompress(path.read_bytes()) for path in cache(tmp_path)}
    assert kept == {f"{name}.gz": idx(name) for name in sources.MNIST}


HALF = gzip.compress(bytes(1000))[:15]


@pytest.mark.parametrize(
    "wrong",
    [None, b"not gzip at all", gzip.compress(b"another file"), HALF],
    ids=["404", "a page", "another file", "half a file"],
)
def test_the_second_mirror_helps_out(mirrors, tmp_path, wrong):
    if wrong is not None:
        serve(mirrors[0], wrong)
    serve(mirrors[1])
    assert len(load("mnist").validation) == 2
    kept = {path.name: gzip.decompress(path.read_bytes()) for path in cache(tmp_path)}
    assert kept == {f"{name}.gz": idx(name) for name in sources.MNIST}


def test_a_half_written_file_is_named_and_fetched_again(mirrors, tmp_path, capsys):
    serve(mirrors[0])
    load("mnist")
    half = cache(tmp_path)[0]
    half.write_bytes(half.read_bytes()[:30])
    load("mnist")
    said = capsys.readouterr().out
    assert f"{half} is damaged or half written" in said
    assert "fetching it again" in said
    assert gzip.decompress(half.read_bytes()) == idx(half.stem)


def test_without_network_and_cache_there_is_one_sentence(mirrors, tmp_path, monkeypatch):
    with socket.socket() as unused:  # a port that nobody listens at
        unused.bind(("127.0.0.1", 0))
        deaf = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        mnist = replace(sources.SOURCES["mnist"], mirrors=(deaf, deaf))
        monkeypatch.setitem(sources.SOURCES, "mnist", mnist)
        with pytest.raises(DataUnavailable) as caught:
            load("mnist")
    said = str(caught.value)
    assert said.startswith("MNIST is not on this machine and could not be downloaded (127.0.0.1:")
    assert said.endswith('load("digits") needs no network.')
    assert "ConnectionError" in said
    assert len(said) < 250
    assert cache(tmp_path) == []


def test_each_mirror_and_an_empty_folder_of_yours_are_named(mirrors, tmp_path, monkeypatch):
    serve(mirrors[0], b"a login page")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("MICROLEARN_DATA", str(tmp_path / "elsewhere"))
    with pytest.raises(DataUnavailable) as caught:
        load("mnist")
    said = str(caught.value)
    assert (
        "elsewhere, which MICROLEARN_DATA names, has no train-images-idx3-ubyte.gz in mnist/"
        in said
    )
    assert "served a damaged file" in said
    assert "404" in said
    assert cache(tmp_path) == []


def test_a_cache_that_can_not_be_written_is_named_and_no_mirror_is(mirrors, tmp_path, monkeypatch):
    def full(self, url, path, its_pooch):
        Path(path).write_bytes(b"ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    package = tmp_path / "cache" / "microlearn" / "train-images-idx3-ubyte.gz"
    serve(mirrors[0])
    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", full)
    with pytest.raises(
        DataUnavailable, match=rf"kept: No space left on device .{package}"
    ) as caught:
        load("mnist")
    assert "127.0.0.1" not in str(caught.value)
    assert cache(tmp_path) == []


@pytest.mark.parametrize("file", ["cache", "cache/microlearn"])
def test_a_file_in_the_place_of_the_cache_is_called_that(mirrors, tmp_path, file):
    serve(mirrors[0])
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    words = (
        rf"kept: Not a directory .{tmp_path}/cache/microlearn.\. .* or set HOME, or XDG_CACHE_HOME"
    )
    with pytest.raises(DataUnavailable, match=words):
        load("mnist")


@pytest.mark.parametrize("named", ["missing", "file"])
def test_a_folder_of_yours_that_is_none_is_called_that(mirrors, tmp_path, monkeypatch, named):
    (tmp_path / "file").touch()
    monkeypatch.setenv("MICROLEARN_DATA", str(tmp_path / named))
    with pytest.raises(
        DataUnavailable, match=f"{named}, which MICROLEARN_DATA names, is no folder;"
    ):
        load("mnist")


@pytest.mark.parametrize("below", ["mnist", "."])
def test_a_damaged_file_of_yours_is_named_and_left_alone(mirrors, tmp_path, monkeypatch, below):
    serve(mirrors[0])
    own = tmp_path / "own" / below
    own.mkdir(parents=True)
    serve(own)
    monkeypatch.setenv("MICROLEARN_DATA", str(tmp_path / "own"))
    load("mnist")
    damaged = own / "t10k-images-idx3-ubyte.gz"
    damaged.write_bytes(gzip.compress(b"something else"))
    before = {path: path.read_bytes() for path in own.iterdir()}
    with pytest.raises(CorruptFile, match="replace it, or unset") as caught:
        load("mnist")
    assert str(damaged) in str(caught.value)
    assert {path: path.read_bytes() for path in own.iterdir()} == before
    assert cache(tmp_path) == []


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_colour_images_have_their_own_labels_and_colours(mirrors, tmp_path, name):
    serve(mirrors[0])
    data = load(name)
    assert data.image_shape == (32, 32, 3)
    assert len(data.train) == 24 and len(data.test) == 6
    for part in (data.train, data.validation, data.test):
        for image, label in zip(part.x.reshape(-1, 1024, 3), part.labels, strict=True):
            shown = np.zeros(3)
            shown[label % 3 if name == "cifar10" else label // 3 % 3] = (label + 100) / 255
            assert np.allclose(image, shown)
    assert data.test.y.shape == (6, 10 if name == "cifar10" else 100)
    larger = data.enlarged((66, 64))
    corner = larger.test.x.reshape(6, 66, 64, 3)
    assert not corner[:, 0].any()
    assert np.array_equal(corner[:, 1:65:2, ::2].reshape(6, -1), data.test.x)
    (mirrors[0] / f"{'cifar-10' if name == 'cifar10' else 'cifar-100'}-binary.tar.gz").unlink()
    assert np.array_equal(load(name).test.x, data.test.x)


def test_a_damaged_archive_is_named_and_fetched_again(mirrors, tmp_path, capsys):
    serve(mirrors[0])
    load("cifar10")
    (kept,) = cache(tmp_path)
    kept.write_bytes(kept.read_bytes()[:200])
    load("cifar10")
    assert f"{kept} is damaged or half written" in capsys.readouterr().out
    assert gzip.decompress(kept.read_bytes()) == gzip.decompress(packed(kept.name))


@pytest.mark.parametrize(
    "below", ["cifar10/cifar-10-batches-bin", "cifar-10-batches-bin", "cifar10"]
)
def test_other_images_in_a_folder_of_yours_are_used_and_one_sentence_says_so(
    mirrors, tmp_path, monkeypatch, capsys, below
):
    own = tmp_path / "own" / below
    own.mkdir(parents=True)
    monkeypatch.setenv("MICROLEARN_DATA", str(tmp_path / "own"))
    for name in sources.CIFAR10:
        (own / name).write_bytes(content(name))
    right = load("cifar10")
    assert capsys.readouterr().out == ""
    other = bytearray(content("test_batch.bin"))
    other[1] += 1
    (own / "test_batch.bin").write_bytes(other)
    data = load("cifar10")
    assert np.flatnonzero(data.test.x != right.test.x).tolist() == [0]
    said = capsys.readouterr().out
    assert f"{own / 'test_batch.bin'}: the form is that of CIFAR-10" in said
    assert said.count("\n") == 1
    for wrong in (other[:-1], b"", bytes([10]) + bytes(3072)):
        (own / "test_batch.bin").write_bytes(wrong)
        with pytest.raises(CorruptFile, match="replace it, or unset"):
            load("cifar10")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("cifar10", "cifar-10-batches-py/data_batch_1"),  # torchvision's
        ("cifar10", "cifar-10-python.tar.gz"),
        ("cifar10", "cifar10/cifar-10-batches-bin/data_batch_1.bin"),  # and no other
        ("cifar10", "data_batch_1"),
        ("cifar100", "cifar100/cifar-100-python/train"),
        ("mnist", "mnist/train-images-idx3-ubyte.gz.part"),
    ],
)
def test_a_form_that_is_not_read_is_named_beside_the_one_that_is(
    mirrors, tmp_path, monkeypatch, name, found
):
    file = tmp_path / "own" / found
    file.parent.mkdir(parents=True)
    file.write_bytes(b"a pickle")
    (tmp_path / "own" / "train").mkdir(exist_ok=True)  # of something else
    monkeypatch.setenv("MICROLEARN_DATA", str(tmp_path / "own"))
    with pytest.raises(DataUnavailable, match="packed or as its files") as caught:
        load(name)
    (said,) = re.findall(r", only (\S+) \(what is read is (\S+),", str(caught.value))
    assert Path(said[0]) in (file, file.parent)
    assert said[1] in sources.SOURCES[name].packages
    other = "cifar100" if name == "cifar10" else "cifar10"
    with pytest.raises(DataUnavailable) as caught:
        load(other)
    assert "only" not in str(caught.value)


def test_other_digits_in_a_folder_of_yours_are_used_too(mirrors, tmp_path, monkeypatch, capsys):
    own = tmp_path / "own" / "mnist"
    serve(own)
    monkeypatch.setenv("MICROLEARN_DATA", str(tmp_path / "own"))
    labels = own / "train-labels-idx1-ubyte.gz"
    labels.write_bytes(gzip.compress(struct.pack(">ii", 2049, 12) + bytes(12)))
    assert not load("mnist").train.labels.any()
    assert f"{labels}: the form is that of MNIST" in capsys.readouterr().out
    labels.write_bytes(gzip.compress(struct.pack(">ii", 2049, 11) + bytes(11)))
    with pytest.raises(CorruptFile, match="12 images and 11 labels"):
        load("mnist")


@pytest.mark.parametrize(
    ("name", "below", "change"),
    [
        ("mnist", "MNIST/raw", str),
        ("fashion_mnist", "FashionMNIST/raw", str),
        ("fashion_mnist", "fashion_mnist", str),
        ("mnist", "mnist", lambda name: name.replace("-idx", ".idx")),
        ("mnist", ".", lambda name: f"{name}.gz"),  # unpacked by a browser, which left its name
    ],
)
def test_files_as_others_unpack_them_are_found(
    mirrors, tmp_path, monkeypatch, capsys, name, below, change
):
    own = tmp_path / "own" / below
    own.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MICROLEARN_DATA", "~/own")
    for file in sources.MNIST:
        (own / change(file)).write_bytes(idx(file))
    assert len(load(name).test) == 12
    assert capsys.readouterr().out == ""


def test_a_file_that_can_not_be_read_is_not_called_damaged(mirrors, tmp_path, monkeypatch):
    serve(tmp_path / "own")
    monkeypatch.setenv("MICROLEARN_DATA", str(tmp_path / "own"))

    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    with pytest.raises(DataUnavailable, match=r"gz can't be read .Permission denied.: see to its"):
        load("mnist")


def test_clothes_are_not_taken_for_digits(mirrors, tmp_path, monkeypatch):
    """Their files have the same names."""
    own = tmp_path / "own"
    serve(own)  # as MNIST, which may lie there without a folder of its own
    serve(mirrors[0])
    monkeypatch.setenv("MICROLEARN_DATA", str(own))
    load("mnist")
    assert cache(tmp_path) == []
    load("fashion_mnist")
    assert {path.parent.name for path in cache(tmp_path)} == {"fashion-mnist"}
