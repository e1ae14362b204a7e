"""The features of a tf.train.Example without a copy: a scan over its wire format.

A Protobuf runtime copies a record's image twice on its way, and holds Python's lock for that. This finds the places of
the values instead. What is not plain (unknown fields, a key or a kind that comes twice, values of a list in several
pieces) is left to the Protobuf runtime: :func:`scan` gives None then, or a negative kind.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.operators.base import Array

__all__ = ["BYTES", "FLOATS", "INTS", "Names", "floats", "ints", "scan"]

BYTES, FLOATS, INTS = 1, 2, 3
Places = list[list[int]]


@functools.cache
def _kernel() -> Any:
    from adali.kernels import _example

    return _example.scan


class Names:
    """The names of the features that are looked for."""

    def __init__(self, names: Sequence[bytes]) -> None:
        self.bytes: Array = np.array(list(b"".join(names)), np.uint8)
        self.ends = np.cumsum([len(name) for name in names], dtype=np.int64)


def scan(address: int, size: int, names: Names) -> Places | None:
    """Kind and place (begin, end) of the values of each feature; None for an odd message.

    The kind is 0 if there is none, and negative if the values are not one string or numbers in one piece.

    Args:
        address: where the bytes of the message lie in memory.
        size: how many they are.
        names: of the features, no two of them equal.
    """
    found = np.empty((len(names.ends), 3), np.int64)
    if size and not _kernel()(address, size, names.bytes, names.ends, found):
        return None
    places: Places = found.tolist() if size else [[0, 0, 0]] * len(found)
    return places


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
