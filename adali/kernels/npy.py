"""NumPy's file format (.npy): the header, and arrays from bytes.

Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NpyHeader", "array_of", "check_size", "header_size", "native", "parse_header"]

_MAGIC = b"\x93NUMPY"
_TYPES = {"?": "?", "b1": "?"} | {t: t for t in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")}
_DESCR = re.compile(r"""['"]descr['"]\s*:\s*['"]([<>|=]?)(\w+|\?)['"]""")
_FORTRAN = re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)\b""")
_SHAPE = re.compile(r"""['"]shape['"]\s*:\s*\(([\s0-9,L]*)\)""")


@dataclass(frozen=True)
class NpyHeader:
    """What the header says.

    Attributes:
        dtype: type of the elements, in the byte order of the file.
        fortran: whether the first index changes fastest.
        shape: the extents.
        offset: where the data begins, in bytes.
    """

    dtype: np.dtype[Any]
    fortran: bool
    shape: tuple[int, ...]
    offset: int

    @functools.cached_property
    def nbytes(self) -> int:
        """Size of the data in bytes."""
        return math.prod(self.shape) * self.dtype.itemsize


def header_size(data: NDArray[np.uint8]) -> int:
    """How many bytes of the file the header takes, from the first twelve of them.

    Raises:
        ValueError: it is none.
    """
    return _header_bounds(data)[1]


def _header_bounds(data: NDArray[np.uint8]) -> tuple[int, int]:
    """Where the text of the header begins and ends."""
    start = data[:12].tobytes()
    if start[:6] != _MAGIC:
        raise ValueError("this is no NumPy file: it does not begin with \\x93NUMPY")
    if len(start) < 12:
        raise ValueError("the header of the NumPy file is cut off")
    version = start[6]
    if version not in (1, 2, 3):
        raise ValueError(f"version {version} of NumPy's file format is not known")
    begin = 10 if version == 1 else 12
    return begin, begin + int.from_bytes(start[8:begin], "little")


def parse_header(data: NDArray[np.uint8]) -> NpyHeader:
    """Read the header at the beginning of a file (versions 1 to 3 of the format).

    Raises:
        ValueError: it is none, a broken one, or of elements that are no plain numbers.
    """
    begin, end = _header_bounds(data)
    if end > len(data):
        raise ValueError("the header of the NumPy file is cut off")
    return _parsed(data[begin:end].tobytes(), end)


@functools.lru_cache(maxsize=256)  # the files of a data set tend to have the same header
def _parsed(raw: bytes, end: int) -> NpyHeader:
    """What the text of a header says."""
    text = raw.decode("latin-1")
    descr, fortran, shape = _DESCR.search(text), _FORTRAN.search(text), _SHAPE.search(text)
    if descr is None or fortran is None or shape is None:
        raise ValueError(f"the header of the NumPy file is broken, or not of plain numbers: {text.strip()[:200]!r}")
    kind = _TYPES.get(descr[2])
    if kind is None:
        raise ValueError(f"elements of NumPy type {descr[1] + descr[2]!r} are not supported")
    try:
        extents = tuple(int(part.strip().rstrip("L")) for part in shape[1].split(",") if part.strip())
    except ValueError:
        raise ValueError(f"the header of the NumPy file has a broken shape: ({shape[1]})") from None
    order = descr[1] if descr[1] in "<>" else "="
    return NpyHeader(np.dtype(order + kind if kind != "?" else "?"), fortran[1] == "True", extents, end)


def array_of(header: NpyHeader, data: NDArray[np.uint8], exact: bool = False) -> NDArray[Any]:
    """The array that a whole file holds, as a view where the byte order is this machine's.

    Args:
        header: of the same file.
        data: the bytes of the file.
        exact: whether bytes behind the array are an error, too.

    Raises:
        ValueError: the data is cut off.
    """
    check_size(header, len(data), exact)
    flat = data[header.offset : header.offset + header.nbytes]
    if header.offset % header.dtype.alignment or not flat.flags.c_contiguous:
        flat = flat.copy()
    array: NDArray[Any] = flat.view(header.dtype)
    array = array.reshape(header.shape[::-1]).T if header.fortran else array.reshape(header.shape)
    return native(array)


def check_size(header: NpyHeader, size: int, exact: bool = False) -> None:
    """Check that a file of ``size`` bytes holds the array; with ``exact`` nothing behind it.

    Raises:
        ValueError: it does not.
    """
    have = size - header.offset
    if have < header.nbytes or (exact and have != header.nbytes):
        raise ValueError(
            f"the NumPy file should hold {header.nbytes} bytes of data (shape {header.shape}, {header.dtype}) "
            f"but holds {have}"
        )


def native(array: NDArray[Any]) -> NDArray[Any]:
    """The array in this machine's byte order, with truth values that are 0 or 1; itself where it is so."""
    if array.dtype == np.bool_:
        truth: NDArray[Any] = array.view(np.uint8) != 0
        return truth
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
