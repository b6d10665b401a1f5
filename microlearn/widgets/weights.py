"""The incoming weights of hidden units as small images: positive ones blue, negative ones orange."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Generator, Sequence

import numpy as np

from ..data import Dataset
from ..looks import BLUE, GREY, ORANGE
from ..training import Training
from .seen import Seen, with_caption

Array = np.ndarray

UNITS = 16
"""So many units at most are kept and drawn."""
HIGH = 44
"""Pixels of an image on the page, about."""


def observe(run: Training) -> Generator[None, None, Array]:
    """The incoming weights of the first few hidden units without their biases, (inputs, units)."""
    return run.network.weights[0][:-1, :UNITS].astype(np.float16)
    yield  # it is done at once


def draw(seen: Sequence[Seen], data: Dataset) -> str:
    """A strip of images for each rule, with a description in words."""
    strips = "".join(_strip(one, data.image_shape) for one in seen)
    return f'<div class="ml-views">{strips}</div>'


def _strip(one: Seen, shape: tuple[int, ...]) -> str:
    (_, first), (step, weights) = one.moments[0], one.last
    start = float(np.linalg.norm(first.astype(float)))
    moved = float(np.linalg.norm(weights.astype(float) - first))
    tiles = _tiles(weights, shape)
    scale = max(1, round(HIGH / tiles.shape[1]))
    strip = np.hstack([*np.pad(tiles, ((0, 0), (0, 0), (0, 1)))])
    source = base64.b64encode(png(_coloured(strip))).decode()
    far = f" They have moved by {moved / start:.0%} of their length at the start." if start else ""
    high, wide = (scale * pixels for pixels in strip.shape)
    picture = (  # its size is there before it is decoded, so that the page need not move
        f'<img alt="weights as images" width="{wide}" height="{high}" style="image-rendering:pixelated;'
        f'max-width:100%;height:auto;outline:1px solid {GREY}" src="data:image/png;base64,{source}">'
    )
    return with_caption(
        picture,
        f"{one.title}, after {step:,} updates: the incoming weights of {len(tiles)} hidden units.{far}",
    )


def _tiles(weights: Array, shape: tuple[int, ...]) -> Array:
    """Images, (units, height, width): squares for kernels, the mean of the colours if there are."""
    if weights.shape[0] != math.prod(shape):
        side = math.isqrt(weights.shape[0] // (shape[2] if len(shape) > 2 else 1))
        shape = (side, side, *shape[2:])
    tiles = weights.T.astype(float).reshape(-1, *shape)
    return tiles.mean(axis=3) if len(shape) > 2 else tiles


def _coloured(strip: Array) -> Array:
    """(height, width, 4): the sign as a colour, the size as how opaque it is."""
    colours = [[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in (BLUE, ORANGE)]
    rgb = np.array(colours, np.uint8)[(strip < 0).astype(int)]
    sizes = np.abs(np.nan_to_num(strip, nan=0.0, posinf=0.0, neginf=0.0))
    alpha = 255 * sizes / (sizes.max() or 1.0)
    return np.dstack([rgb, alpha.astype(np.uint8)])


def png(rgba: Array) -> bytes:
    """An array of bytes, (height, width, 4), as a PNG: matplotlib would take longer than a frame may."""
    height, width, _ = rgba.shape
    lines = b"".join(b"\0" + line.tobytes() for line in np.ascontiguousarray(rgba))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 1)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts
