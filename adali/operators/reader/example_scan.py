"""The features of a tf.train.Example without a copy: a scan over its wire format.

A Protobuf runtime copies a record's image twice on its way, and holds Python's lock for that. This finds the places of
the values instead. What is not plain (unknown fields, a key or a kind that comes twice, values of a list in several
pieces) is left to the Protobuf runtime: :func:`scan` gives None then, or a negative kind.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from adali.operators.base import Array

__all__ = ["BYTES", "FLOATS", "INTS", "floats", "ints", "scan"]

BYTES, FLOATS, INTS = 1, 2, 3
#: Messages with more features are left to the Protobuf runtime.
_FEATURES = 256


@functools.cache
def _kernel() -> Any:
    from adali.kernels import _example

    return _example.scan


def scan(view: memoryview, address: int) -> dict[bytes, tuple[int, int, int]] | None:
    """Names of the features with their kind and the place (begin, end) of their values; None for an odd message.

    The kind is 0 if there is none, and negative if the values are not one string or numbers in one piece.

    Args:
        view: the bytes of the message.
        address: where they lie in memory.
    """
    if not len(view):
        return {}
    places = np.empty((_FEATURES, 5), np.int64)
    count = _kernel()(address, len(view), places)
    if count < 0:
        return None
    found = {bytes(view[a:b]): (kind, begin, end) for a, b, kind, begin, end in places[:count].tolist()}
    return found if len(found) == count else None


def floats(view: memoryview, begin: int, end: int) -> Array:
    """The numbers in a list of floats, as an array of its own."""
    return np.frombuffer(view[begin:end], "<f4").astype(np.float32)


def ints(view: memoryview, begin: int, end: int) -> Array | None:
    """The numbers in a list of integers; None where the Protobuf runtime is to read them."""
    if end - begin == 1 and view[begin] < 0x80:
        return np.array([view[begin]], np.int64)
    if end - begin > 64:  # the runtime's loop is compiled
        return None
    values: list[int] = []
    value = shift = 0
    for byte in view[begin:end]:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            value &= (1 << 64) - 1
            values.append(value - (1 << 64) if value >> 63 else value)
            value = shift = 0
        elif shift >= 70:
            return None
    return np.array(values, np.int64) if not shift else None
