"""CRC-32C (Castagnoli) as TFRecord files have it: RFC 3720, section 12.1, masked by a rotation and an addition."""

from __future__ import annotations

import enum
import functools
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Frame", "check_frame", "find_length", "masked_crc"]

Bytes = npt.NDArray[np.uint8]


@functools.cache
def _kernels() -> tuple[Any, Any]:
    from adali.kernels import _crc32c

    return _crc32c, _crc32c.tables()


def masked_crc(data: Bytes) -> int:
    """The masked checksum of contiguous bytes."""
    kernels, tables = _kernels()
    return int(kernels.masked(data.ctypes.data, len(data), tables))


class Frame(enum.IntEnum):
    """What is wrong with a record of a TFRecord file."""

    WHOLE = 0
    BAD_LENGTH = 1  # its checksum, that is
    BAD_DATA = 2
    OTHER_LENGTH = 3


def check_frame(address: int, size: int) -> int:
    """What is wrong with a record of at least 16 bytes in memory, a member of :class:`Frame`."""
    kernels, tables = _kernels()
    return int(kernels.frame(address, size, tables))


def find_length(data: Bytes, start: int) -> int:
    """First place from ``start`` on where a record begins, by the checksum of its length; -1 if there is none."""
    kernels, tables = _kernels()
    return int(kernels.find(data.ctypes.data, start, len(data), tables))
