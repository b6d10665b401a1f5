"""Plain arrays and numbers over a pipe; nothing that comes out of the sandbox is ever executed.

A message is a JSON text followed by the bytes of its arrays. What JSON has no word for is written as
a one-key object: arrays, networks, activations, losses and generators.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

import numpy as np

from microlearn.activations import Activation, get_activation
from microlearn.checks.problems import DrawnLoss, drawn_loss
from microlearn.losses import Loss, get_loss
from microlearn.network import Network

LIMIT = 64 * 2**20
"""Bytes in a message. The largest answer of the course takes a hundredth of it."""
DTYPES = {"float32", "float64", "int64", "int32", "bool", "uint8"}


class Garbled(ValueError):
    """What came over the pipe is no message."""


def send(pipe: BinaryIO, message: Any) -> None:
    """Write one message."""
    body = bytearray()
    text = json.dumps(_pack(message, body)).encode()
    pipe.write(struct.pack("<QQ", len(text), len(body)) + text + body)
    pipe.flush()


def receive(pipe: BinaryIO) -> Any:
    """Read one message.

    Raises
    ------
    EOFError
        If the other end has gone.
    Garbled
        If it is too long or makes no sense.
    """
    text_size, body_size = struct.unpack("<QQ", _exactly(pipe, 16))
    if text_size + body_size > LIMIT:
        raise Garbled(f"a message of {text_size + body_size} bytes")
    text, body = _exactly(pipe, text_size), _exactly(pipe, body_size)
    try:
        return _unpack(json.loads(text), body)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Garbled(str(error)) from None


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    parts, missing = [], size
    while missing:
        part = pipe.read(missing)
        if not part:
            raise EOFError
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _pack(value: Any, body: bytearray) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.name not in DTYPES:
            value = value.astype(np.float64)
        start = len(body)
        body += np.ascontiguousarray(value).tobytes()
        return {"array": [value.dtype.name, list(value.shape), start]}
    if isinstance(value, np.generic):
        return {"scalar": _pack(np.asarray(value), body)}
    if isinstance(value, Network):
        names = [a.name for a in value.activations]
        return {"network": [_pack(list(value.weights), body), names]}
    if isinstance(value, DrawnLoss):
        return {"drawn_loss": _pack([value.weights, value.tilts], body)}
    if isinstance(value, Loss):
        return {"loss": value.name}
    if isinstance(value, Activation):
        return {"activation": value.name}
    if isinstance(value, np.random.Generator):
        return {"generator": value.bit_generator.state}
    if isinstance(value, tuple):
        return {"tuple": [_pack(item, body) for item in value]}
    if isinstance(value, list):
        return [_pack(item, body) for item in value]
    if isinstance(value, dict):
        return {"dict": [[key, _pack(item, body)] for key, item in value.items()]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a {type(value).__name__} can't leave the function: return arrays or numbers")


def _unpack(value: Any, body: bytes) -> Any:
    if isinstance(value, list):
        return [_unpack(item, body) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "array":
        name, shape, start = content
        if name not in DTYPES:
            raise Garbled(f"an array of {name}")
        count = int(np.prod(shape, dtype=np.int64))
        return np.frombuffer(body, name, count, start).reshape(shape).copy()
    if kind == "scalar":
        return _unpack(content, body)[()]
    if kind == "network":
        return Network(tuple(_unpack(content[0], body)), tuple(content[1]))
    if kind == "drawn_loss":
        return drawn_loss(*_unpack(content, body))
    if kind == "loss":
        return get_loss(content)
    if kind == "activation":
        return get_activation(content)
    if kind == "generator":
        rng = np.random.default_rng()
        rng.bit_generator.state = content
        return rng
    if kind == "tuple":
        return tuple(_unpack(item, body) for item in content)
    if kind == "dict":
        return {key: _unpack(item, body) for key, item in content}
    raise Garbled(f"something of the kind {kind}")


def arrays_in(value: Any) -> list[np.ndarray]:
    """All arrays in the arguments of a call, in a fixed order."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, Network):
        return list(value.weights)
    if isinstance(value, list | tuple):
        return [array for item in value for array in arrays_in(item)]
    return []
