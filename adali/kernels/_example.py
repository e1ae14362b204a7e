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


@kernel("intp(intp, intp, intp, uint8[::1], int64[::1])")
def which(address, begin, end, names, ends):
    """Number of the name that these bytes are; -1 if they are none of them."""
    start = 0
    for number in range(len(ends)):
        stop = ends[number]
        if stop - start == end - begin:
            same = True
            for i in range(end - begin):
                if load1(address + begin + i) != names[start + i]:
                    same = False
                    break
            if same:
                return number
        start = stop
    return -1


@kernel("boolean(intp, intp, uint8[::1], int64[::1], int64[:, ::1])")
def scan(address, size, names, ends, found):
    """Kind and values (begin, end) of each named feature; see `example_scan.scan`. False if the message is odd."""
    found[:] = 0
    number, at, stop = field(address, 0, size, size)
    if number != 1 or stop != size:
        return False
    seen = np.zeros(len(ends), np.bool_)
    while at < stop:
        entry, begin, end = field(address, at, stop, size)
        if entry != 1:
            return False
        key, key_begin, key_end = field(address, begin, end, size)
        if key != 1:
            return False
        value, value_begin, value_end = field(address, key_end, end, size)
        if value != 2 or value_end != end:
            return False
        kind, first, last = 0, 0, 0
        if value_begin < value_end:
            kind, begin, after = field(address, value_begin, value_end, size)
            if kind < BYTES or kind > INTS or after != value_end:
                return False
            if begin < after or kind == BYTES:
                # One string, or the numbers in one piece.
                inner, first, last = field(address, begin, after, size)
                plain = begin < after and inner == 1 and last == after
                if plain and kind == FLOATS:
                    plain = (last - first) % 4 == 0
                if not plain:
                    kind = -kind
        which_one = which(address, key_begin, key_end, names, ends)
        if which_one >= 0:
            if seen[which_one]:
                return False
            seen[which_one] = True
            found[which_one, 0], found[which_one, 1], found[which_one, 2] = kind, first, last
        at = end
    return True
