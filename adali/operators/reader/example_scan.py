"""The features of a tf.train.Example without a copy: a scan over its wire format.

A Protobuf runtime copies a record's image twice on its way, and holds Python's lock for that. This finds the places of
the values instead. What is not plain (unknown fields, a key or a kind that comes twice, values of a list in several
pieces) is left to the Protobuf runtime: :func:`scan` gives None then.
"""

from __future__ import annotations

import numpy as np

from adali.operators.base import Array

__all__ = ["BYTES", "FLOATS", "INTS", "floats", "ints", "scan", "strings"]

BYTES, FLOATS, INTS = 1, 2, 3
_LENGTH_DELIMITED = 2


class _OddError(Exception):
    """Something that is better left to the Protobuf runtime."""


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = view[at]
    at += 1
    if value < 0x80:
        return value, at
    value &= 0x7F
    for shift in range(7, 70, 7):
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _OddError


def _field(view: memoryview, at: int, stop: int) -> tuple[int, int, int]:
    """Number of a field of variable length, and where its content begins and ends."""
    tag = view[at]
    if tag >= 0x80 or tag & 7 != _LENGTH_DELIMITED:
        raise _OddError
    length, begin = _varint(view, at + 1)
    if begin + length > stop:
        raise _OddError
    return tag >> 3, begin, begin + length


def scan(view: memoryview) -> dict[bytes, tuple[int, int, int]] | None:
    """Names of the features with their kind (0 for none) and the place (begin, end) of their list."""
    try:
        if not len(view):
            return {}
        number, at, stop = _field(view, 0, len(view))
        if number != 1 or stop != len(view):
            return None
        found: dict[bytes, tuple[int, int, int]] = {}
        while at < stop:
            number, begin, end = _field(view, at, stop)
            key_number, key_begin, key_end = _field(view, begin, end)
            value_number, value_begin, value_end = _field(view, key_end, end)
            if (number, key_number, value_number) != (1, 1, 2) or value_end != end:
                return None
            key = bytes(view[key_begin:key_end])
            if key in found:
                return None
            if value_begin == value_end:
                found[key] = (0, 0, 0)
            else:
                kind, list_begin, list_end = _field(view, value_begin, value_end)
                if kind not in (BYTES, FLOATS, INTS) or list_end != value_end:
                    return None
                found[key] = (kind, list_begin, list_end)
            at = end
    except (_OddError, IndexError):
        return None
    return found


def strings(view: memoryview, begin: int, end: int) -> list[tuple[int, int]] | None:
    """Places of the strings of a list."""
    found = []
    try:
        while begin < end:
            number, start, begin = _field(view, begin, end)
            if number != 1:
                return None
            found.append((start, begin))
    except (_OddError, IndexError):
        return None
    return found


def _packed(view: memoryview, begin: int, end: int) -> tuple[int, int] | None:
    try:
        number, start, stop = _field(view, begin, end)
    except (_OddError, IndexError):
        return None
    return (start, stop) if number == 1 and stop == end else None


def floats(view: memoryview, begin: int, end: int) -> Array | None:
    """The values of a list of floats, as an array of its own."""
    if begin == end:
        return np.empty(0, np.float32)
    place = _packed(view, begin, end)
    if place is None or (place[1] - place[0]) % 4:
        return None
    return np.frombuffer(view[place[0] : place[1]], "<f4").astype(np.float32)


def ints(view: memoryview, begin: int, end: int) -> Array | None:
    """The values of a list of integers."""
    if begin == end:
        return np.empty(0, np.int64)
    place = _packed(view, begin, end)
    if place is None:
        return None
    at, stop = place
    if stop - at > 64:  # the runtime's loop is compiled
        return None
    values = []
    try:
        while at < stop:
            value, at = _varint(view, at)
            value &= (1 << 64) - 1
            values.append(value - (1 << 64) if value >> 63 else value)
    except (_OddError, IndexError):
        return None
    return np.array(values, np.int64) if at == stop else None
