"""Data: splits, scales, and files that are missing, damaged or served wrong."""

from __future__ import annotations

import gzip
import hashlib
import struct
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from microlearn import data as datasets
from microlearn import load


def is_sound(data, counts):
    parts = (data.train, data.validation, data.test)
    assert tuple(len(part) for part in parts) == counts
    for part in parts:
        assert part.x.dtype == part.y.dtype == np.float32
        assert part.x.flags.c_contiguous
        assert part.x.min() == 0
        assert part.x.max() == 1
        assert np.array_equal(part.y.argmax(axis=1), part.labels)
        assert np.array_equal(part.y.sum(axis=1), np.ones(len(part)))
        assert set(part.labels) == set(range(10))


def test_digits():
    data = load("digits")
    is_sound(data, (1097, 250, 450))
    again = load("digits")
    assert np.array_equal(data.test.x, again.test.x)
    # Stratified: every digit has its tenth, to within one image in each split and rounding.
    for part in (data.train, data.validation, data.test):
        shares = np.bincount(part.labels) / len(part)
        assert np.all(np.abs(shares - 0.1) < 0.006)


def test_no_image_is_in_two_splits():
    from sklearn.datasets import load_digits

    data = load("digits")
    rows = [row.tobytes() for part in (data.train, data.validation, data.test) for row in part.x]
    original = [row.tobytes() for row in (load_digits().data / 16).astype(np.float32)]
    assert sorted(rows) == sorted(original)


def test_enlarged_images_are_the_same_images():
    data = load("digits")
    large = data.enlarged((28, 28))
    assert large.image_shape == (28, 28)
    image = large.test.x[0].reshape(28, 28)
    assert np.array_equal(image[2:26:3, 2:26:3], data.test.x[0].reshape(8, 8))
    assert not image[:2].any()
    with pytest.raises(ValueError, match="is smaller"):
        data.enlarged((4, 4))


def test_the_real_mnist(mnist):
    is_sound(mnist, (50_000, 10_000, 10_000))


# --- downloading, from servers that this test starts on 127.0.0.1 ---------------------------------


def idx(name: str) -> bytes:
    """A tiny file in MNIST's format: twelve samples."""
    rng = np.random.default_rng(len(name))
    if "labels" in name:
        return struct.pack(">ii", 2049, 12) + bytes(i % 10 for i in range(12))
    pixels = rng.integers(0, 256, (12, 784), dtype=np.uint8)
    pixels[:, 0], pixels[:, 1] = 0, 255
    return struct.pack(">iiii", 2051, 12, 28, 28) + pixels.tobytes()


@pytest.fixture
def mirrors(tmp_path, monkeypatch):
    """Two folders served as mirrors, an empty cache, and the hashes of the tiny files."""
    folders = [tmp_path / "first", tmp_path / "second"]
    servers = []
    for folder in folders:
        folder.mkdir()

        class Quiet(SimpleHTTPRequestHandler):
            def log_message(self, *words):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
    urls = tuple(f"http://127.0.0.1:{server.server_address[1]}/" for server in servers)
    hashes = {name: hashlib.sha256(idx(name)).hexdigest() for name in datasets.SHA256}
    monkeypatch.setattr(datasets, "MIRRORS", urls)
    monkeypatch.setattr(datasets, "SHA256", hashes)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MICROLEARN_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield folders
    for server in servers:
        server.shutdown()
        server.server_close()


def serve(folder, wrong: bytes | None = None):
    folder.mkdir(exist_ok=True)
    for name in datasets.SHA256:
        (folder / f"{name}.gz").write_bytes(gzip.compress(idx(name)) if wrong is None else wrong)


def cache(tmp_path):
    return sorted((tmp_path / "cache").rglob("*.gz"))


def test_it_downloads_once_and_then_needs_no_network(mirrors, tmp_path):
    serve(mirrors[0])
    assert len(load("mnist").test) == 12
    assert len(cache(tmp_path)) == 4
    for path in mirrors[0].iterdir():
        path.unlink()
    assert len(load("mnist").train) == 10


@pytest.mark.parametrize("wrong", [None, b"not gzip at all", gzip.compress(b"another file")])
def test_the_second_mirror_helps_out(mirrors, wrong):
    if wrong is not None:
        serve(mirrors[0], wrong)
    serve(mirrors[1])
    assert len(load("mnist").validation) == 2


def test_a_half_written_file_is_named_and_fetched_again(mirrors, tmp_path, capsys):
    serve(mirrors[0])
    load("mnist")
    half = cache(tmp_path)[0]
    half.write_bytes(half.read_bytes()[:30])
    load("mnist")
    said = capsys.readouterr().out
    assert f"{half} is damaged or half written" in said
    assert "Fetching it again" in said


def test_without_network_and_cache_there_is_one_sentence(mirrors):
    with pytest.raises(datasets.DataUnavailable, match=r'load\("digits"\) works without a network'):
        load("mnist")


def test_a_damaged_file_of_yours_is_named_and_left_alone(mirrors, tmp_path, monkeypatch):
    own = tmp_path / "own" / "mnist"
    own.mkdir(parents=True)
    serve(own, gzip.compress(b"something else"))
    monkeypatch.setenv("MICROLEARN_DATA", str(own.parent))
    with pytest.raises(datasets.CorruptFile, match="does not hold what MNIST's train-images"):
        load("mnist")
    assert len(list(own.iterdir())) == 4
