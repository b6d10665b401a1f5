"""Plain arrays and numbers over a pipe; nothing that comes out of the sandbox is ever executed.

A message is a JSON text followed by the bytes of its arrays, in the order in which the text names them.
Arrays, networks, activations, losses and generators, which JSON does not have, are objects with one
key; so are many results of one form, whose arrays travel on top of one another. A reader that does not
trust the writer asks for plain messages, and gets arrays, numbers, texts and collections of these only.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from numbers import Real
from typing import IO, Any

import numpy as np
import numpy.ma  # it would be loaded for each answer

from microlearn.activations import Activation, get_activation
from microlearn.convolution import ConvolutionalNetwork
from microlearn.laws.problems import DrawnLoss, drawn_loss
from microlearn.losses import Loss, get_loss
from microlearn.network import Network

HELLO = {"hello": True}
"""The first message out of the box: it stands, and none of the student's code has run."""
LIMIT = 64 * 2**20
"""Bytes in a message. The largest one of the course takes a hundredth of it."""
DTYPES = {n: np.dtype(n) for n in ("float32", "float64", "int64", "int32", "bool", "uint8")}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
AS_THEY_ARE = frozenset({type(None), bool, int, float, str})
"""Types that JSON has."""
PLAIN = {"array", "scalar", "tuple", "dict", "stack"}
MANY, SMALL = 8, 2**14
"""So many values of one form are packed as one, if no array of theirs has more bytes than this."""
ROW = 300
"""Bytes that an array takes in memory beside its numbers, at most."""
LETTERS = 4 * 2**20
"""Letters in the text of a message. In memory a list of nothing takes thirty times its letters."""
DEPTH = 50
"""How deep lists may lie in one another. An argument or a result has three or four levels."""
DIGITS = 30
"""A whole number with more of them becomes a float: no answer is exact to so many, and Python takes the
square of their number to read them."""


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= DIGITS else float(digits)


JSON = json.JSONDecoder(parse_int=_whole)


class Garbled(ValueError):
    """The bytes from the pipe are no message."""


def send(pipe: IO[bytes], message: Any) -> int:
    """Write one message, and return its length in bytes."""
    buffers: list[memoryview] = []
    text = json.dumps(_pack(message, buffers)).encode()
    sizes = len(text), sum(buffer.nbytes for buffer in buffers)
    pipe.writelines([struct.pack("<QQ", *sizes), text, *buffers])
    pipe.flush()
    return 16 + sum(sizes)


def receive(pipe: IO[bytes], limit: int = LIMIT, plain: bool = False) -> Any:
    """Read one message.

    Parameters
    ----------
    limit : the number of bytes that it may have
    plain : let in nothing but arrays, numbers, texts, and tuples, lists and dicts of these

    Raises
    ------
    EOFError
        If the other end has gone.
    Garbled
        If it is too long or makes no sense.
    """
    text_size, body_size = struct.unpack("<QQ", _exactly(pipe, 16))
    if text_size + body_size > limit or text_size > LETTERS:
        raise Garbled(f"a message of {text_size} letters and {body_size} bytes")
    text, body = _exactly(pipe, text_size), _exactly(pipe, body_size)
    try:
        return _Reader(body, limit, plain).read(JSON.decode(text.decode()))
    except Exception as error:  # a forged message can raise anything
        raise Garbled(f"{type(error).__name__}: {error}") from None


def _exactly(pipe: IO[bytes], size: int) -> bytearray:
    read = bytearray(size)
    if pipe.readinto(read) < size:  # type: ignore[attr-defined]
        raise EOFError
    return read


def _pack(value: Any, buffers: list[memoryview]) -> Any:
    kind = type(value)
    if kind in AS_THEY_ARE:
        return value
    if isinstance(value, np.ndarray):
        name = NAMES.get(value.dtype)
        if kind is not np.ndarray or name is None:
            value, name = _array_of_numbers(value), name or "float64"
        array = np.ascontiguousarray(value, dtype=DTYPES[name])  # in our byte order
        buffers.append(array.data)
        return {"array": [name, list(value.shape)]}
    if isinstance(value, np.generic):
        return {"scalar": _pack(np.asarray(value), buffers)}
    if isinstance(value, Network):
        weights, names = _pack(list(value.weights), buffers), [a.name for a in value.activations]
        if isinstance(value, ConvolutionalNetwork):
            return {"convolution": [weights, names, list(value.image_shape)]}
        return {"network": [weights, names]}
    if isinstance(value, DrawnLoss):
        return {"drawn_loss": _pack([value.weights, value.tilts], buffers)}
    if isinstance(value, Loss):
        return {"loss": value.name}
    if isinstance(value, Activation):
        return {"activation": value.name}
    if isinstance(value, np.random.Generator):
        # A child of it. The generator itself stays here, so that the other side can neither foresee nor
        # choose what is drawn from it afterwards.
        return {"generator": value.integers(2**63, size=4).tolist()}
    if isinstance(value, tuple):
        return {"tuple": [_pack(item, buffers) for item in value]}
    if isinstance(value, list):
        if (
            len(value) >= MANY
            and (form := _form(value[0]))
            and all(_form(v) == form for v in value)
        ):
            return {"stack": _pack(_on_top(value), buffers)}
        return [_pack(item, buffers) for item in value]
    if isinstance(value, dict):
        return {"dict": [[key, _pack(item, buffers)] for key, item in value.items()]}
    if isinstance(value, int | float | str):  # of a class of its own
        return value
    if isinstance(value, Real):  # a fraction
        return float(value)
    raise TypeError(f"a {type(value).__name__} can't leave the function: return arrays or numbers")


def _array_of_numbers(value: np.ndarray) -> np.ndarray:
    """An array of numbers without the class that it may have."""
    if value.dtype.kind not in "biufO":
        raise TypeError(f"an array of {value.dtype.name} is not one of numbers")
    if np.ma.is_masked(value):  # what lies behind a mask may be anything
        raise TypeError("an array with masked entries is not one of numbers")
    return np.asarray(value)


def _form(value: Any) -> tuple | None:
    """What two nests of small arrays have in common that can be packed as one; None of anything else."""
    if type(value) is np.ndarray:
        alike = value.ndim and value.dtype in NAMES and value.nbytes <= SMALL
        return (value.dtype, value.shape) if alike else None
    if type(value) in (list, tuple) and value:
        parts = [_form(item) for item in value]
        return None if None in parts else (type(value), *parts)
    return None


def _on_top(values: Sequence) -> Any:
    """Values of one form as a single one, whose arrays have an axis more, the first."""
    first = values[0]
    if isinstance(first, np.ndarray):
        return np.concatenate(values).reshape(len(values), *first.shape)
    return type(first)(map(_on_top, zip(*values, strict=True)))


class _Reader:
    """Makes the values of one message from its JSON.

    Each array is a part of ``body``, and no copy. ``room`` is the number of bytes that arrays may still
    take, here or in the message. An axis of length 0 takes up none, and a sum over it has the length of
    the others: so they count without it.
    """

    def __init__(self, body: bytearray, room: int, plain: bool) -> None:
        self.body, self.place, self.room, self.plain = body, 0, room, plain

    def read(self, value: Any, depth: int = 0) -> Any:
        if type(value) not in (list, dict):
            return value
        if depth > DEPTH:
            raise Garbled("lists within lists within lists")
        if type(value) is list:
            return self._items(value, depth)
        ((kind, content),) = value.items()
        if kind == "array":
            return self._array(*content)
        if self.plain and kind not in PLAIN:
            raise Garbled(f"something of the kind {kind}")
        if kind == "dict":
            return {key: self.read(item, depth + 1) for key, item in content}
        if kind == "tuple":
            return tuple(self._items(content, depth))
        if kind == "stack":
            return self._one_by_one(self.read(content, depth + 1))
        if kind == "generator":
            return np.random.default_rng(content)
        if kind == "loss":
            return get_loss(content)
        if kind == "activation":
            return get_activation(content)
        if kind == "network":
            return Network(tuple(self.read(content[0])), tuple(content[1]))
        if kind == "convolution":
            weights, names, shape = content
            return ConvolutionalNetwork(tuple(self.read(weights)), tuple(names), tuple(shape))
        if kind == "scalar":
            return self.read(content, depth + 1)[()]
        if kind == "drawn_loss":
            return drawn_loss(*self.read(content))
        raise Garbled(f"something of the kind {kind}")

    def _items(self, values: list, depth: int) -> list:
        return [self.read(item, depth + 1) for item in values]

    def _array(self, name: str, shape: list[int]) -> np.ndarray:
        for n in shape:
            if type(n) is not int or not 0 <= n <= self.room:
                raise Garbled(f"an array of the shape {shape}")
        dtype, count = DTYPES[name], math.prod(shape[:DEPTH])
        self._take((count or math.prod(n for n in shape[:DEPTH] if n)) * dtype.itemsize)
        array = np.frombuffer(self.body, dtype, count, self.place) if count else np.empty(0, dtype)
        self.place += array.nbytes
        return array.reshape(shape)

    def _one_by_one(self, value: Any) -> list:
        """The values that :func:`_on_top` has made one of."""
        if isinstance(value, np.ndarray):
            self._take(ROW * len(value))
            return [*value]
        if type(value) not in (list, tuple):
            raise Garbled("a stack of something else")
        parts = [self._one_by_one(part) for part in value]
        self._take(ROW * len(parts[0]))
        return [type(value)(row) for row in zip(*parts, strict=True)]

    def _take(self, count: int) -> None:
        self.room -= count
        if self.room < 0:
            raise Garbled("arrays larger than the message")
