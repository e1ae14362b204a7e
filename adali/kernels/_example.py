"""numba kernel of `adali.operators.reader.example_scan`."""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np

from adali.kernels._crc32c import load1
from adali.kernels._jit import kernel

BYTES, FLOATS, INTS = 1, 2, 3
_DELIMITED = np.uint64(2)


@kernel("UniTuple(intp, 3)(intp, intp, intp, intp)")
def field(address, at, stop, size):
    """Number of a field of variable length, and where its content begins and ends; -1 if it is none."""
    if at + 1 >= size:
        return -1, 0, 0
    tag = load1(address + at)
    if tag >= np.uint64(0x80) or tag & np.uint64(7) != _DELIMITED:
        return -1, 0, 0
    at += 1
    length = np.uint64(0)
    shift = 0
    while True:
        if at >= size or shift > 63:
            return -1, 0, 0
        byte = load1(address + at)
        at += 1
        bits = byte & np.uint64(0x7F)
        if shift == 63 and bits > np.uint64(1):
            return -1, 0, 0
        length |= bits << np.uint64(shift)
        if byte < np.uint64(0x80):
            break
        shift += 7
    if at > stop or length > np.uint64(stop - at):
        return -1, 0, 0
    return np.intp(tag >> np.uint64(3)), at, at + np.intp(length)


@kernel("intp(intp, intp, int64[:, ::1])")
def scan(address, size, found):
    """Key (begin, end), kind, and values (begin, end) of each feature; the kind is negative if they are not plain.

    Returns how many there are; -1 if the message is not plain or has more than ``found`` has rows.
    """
    number, at, stop = field(address, 0, size, size)
    if number != 1 or stop != size:
        return -1
    count = 0
    while at < stop:
        entry, begin, end = field(address, at, stop, size)
        if entry != 1 or count == len(found):
            return -1
        key, key_begin, key_end = field(address, begin, end, size)
        if key != 1:
            return -1
        value, value_begin, value_end = field(address, key_end, end, size)
        if value != 2 or value_end != end:
            return -1
        kind, begin, stop_values = 0, 0, 0
        if value_begin < value_end:
            kind, begin, stop_values = field(address, value_begin, value_end, size)
            if kind < BYTES or kind > INTS or stop_values != value_end:
                return -1
            if begin < stop_values or kind == BYTES:
                # One string, or the numbers in one piece.
                inner, first, last = field(address, begin, stop_values, size)
                plain = begin < stop_values and inner == 1 and last == stop_values
                if plain and kind == FLOATS:
                    plain = (last - first) % 4 == 0
                begin, stop_values = first, last
                if not plain:
                    kind = -kind
        found[count, 0], found[count, 1] = key_begin, key_end
        found[count, 2], found[count, 3], found[count, 4] = kind, begin, stop_values
        count += 1
        at = end
    return count
