"""numba kernel of `adali.operators.reader.tar_file`."""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np

from adali.kernels._crc32c import load1
from adali.kernels._jit import kernel


@kernel("int64(intp, intp)")
def octal(address, size):
    """The number in a field of octal digits with blanks or zero bytes around them; -1 if it is none."""
    first, last = 0, size
    while first < size and (load1(address + first) == 32 or load1(address + first) == 0):
        first += 1
    while last > first and (load1(address + last - 1) == 32 or load1(address + last - 1) == 0):
        last -= 1
    value = np.int64(0)
    for i in range(first, last):
        digit = np.int64(load1(address + i)) - 48
        if digit < 0 or digit > 7:
            return -1
        value = value * 8 + digit
    return value


@kernel("boolean(intp, int64)")
def plain(address, size):
    """Whether the 512 bytes there are a valid header of a regular member of that size, beyond any doubt."""
    total = np.int64(8 * 32)
    for i in range(148):
        total += np.int64(load1(address + i))
    for i in range(156, 512):
        total += np.int64(load1(address + i))
    if octal(address + 148, 8) != total:
        return False
    kind = load1(address + 156)
    if kind != 48 and kind != 0 and kind != 55:
        return False
    field = octal(address + 124, 12)
    return field == size or field == 0
