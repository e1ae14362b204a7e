"""MXNet's RecordIO: records that begin with a magic number, and index files.

A record is the magic number (uint32, little-endian), a uint32 whose upper three bits are a flag and whose others are a
length, that many bytes, and zeros up to a multiple of four. Data that holds the magic number at a multiple of four is
cut there into several records (flag 1 for the first, 2, and 3 for the last), and the magic number is left out. The data
of an image record begins with a header: the number of labels that follow it (0: the label stands in the header), a
label (float32), and two numbers (uint64). An index file has a line ``KEY OFFSET`` for each record.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from adali.operators.base import Array
from adali.operators.reader.container import Container, DamagedError

__all__ = ["image_record", "parse_index", "read_record", "walk"]

_MAGIC = struct.pack("<I", 0xCED7230A)
_HEADER = struct.Struct("<4sI")
_IMAGE = struct.Struct("<IfQQ")


def _parts(file: Container, offset: int) -> Iterator[tuple[int, int]]:
    """Place and size of the data of each part of a record.

    Raises:
        DamagedError: no whole record begins there.
    """
    first = True
    while True:
        if offset < 0 or offset + _HEADER.size > file.size:
            raise DamagedError(
                f"no record at byte {offset} of {file.size}: the file was cut off, or its index is wrong"
            )
        magic, word = _HEADER.unpack(file.read(offset, _HEADER.size).data)
        if magic != _MAGIC:
            raise DamagedError(f"no record begins at byte {offset}: the file is damaged, or its index is wrong")
        flag, size = word >> 29, word & ((1 << 29) - 1)
        if flag not in ((0, 1) if first else (2, 3)):
            raise DamagedError(f"the record at byte {offset} has the flag {flag} of a part in a wrong place")
        data = offset + _HEADER.size
        if data + size > file.size:
            raise DamagedError(f"the record at byte {offset} is cut off: {file.size - data} of {size} bytes are there")
        yield data, size
        if flag in (0, 3):
            return
        offset, first = data + -(-size // 4) * 4, False


def read_record(file: Container, offset: int) -> Array:
    """The data of the record that begins there.

    Raises:
        DamagedError: there is none.
    """
    pieces = [file.read(data, size) for data, size in _parts(file, offset)]
    if len(pieces) == 1:
        return pieces[0]
    magic = np.frombuffer(_MAGIC, np.uint8)
    return np.concatenate([part for piece in pieces for part in (magic, piece)][1:])


def image_record(data: Array) -> tuple[Array, Array]:
    """Image (uint8, (bytes,)) and labels (float32, (labels,)) of a record.

    Raises:
        DamagedError: it is too short for what it says.
    """
    if len(data) < _IMAGE.size:
        raise DamagedError(f"an image record has at least {_IMAGE.size} bytes, this one {len(data)}")
    count, label, _, _ = _IMAGE.unpack(data[: _IMAGE.size].data)
    if not count:
        return data[_IMAGE.size :], np.array([label], np.float32)
    end = _IMAGE.size + 4 * count
    if end > len(data):
        raise DamagedError(f"the record says that it has {count} labels, but its {len(data)} bytes cannot hold them")
    return data[end:], np.frombuffer(data[_IMAGE.size : end].tobytes(), "<f4").astype(np.float32)


def walk(file: Container) -> Iterator[tuple[int, int, DamagedError | None]]:
    """Offset and size of each record of a file, in order; with an error where bytes belong to no record.

    After damage the search goes on to the next magic number at a multiple of four.
    """
    offset = 0
    while offset < file.size:
        try:
            data, size = list(_parts(file, offset))[-1]
        except DamagedError as e:
            found = _next_record(file, offset + 4)
            yield offset, found - offset, e
            offset = found
            continue
        end = data + -(-size // 4) * 4
        yield offset, end - offset, None
        offset = end


def _next_record(file: Container, offset: int) -> int:
    while offset < file.size:
        chunk = file.read(offset, min(1 << 20, file.size - offset)).tobytes()
        place = -1
        while (place := chunk.find(_MAGIC, place + 1)) >= 0:
            # Parts in the middle of a record begin with it, too.
            if place % 4 == 0 and place + 8 <= len(chunk) and chunk[place + 7] >> 5 in (0, 1):
                return offset + place
        offset += max(len(chunk) // 4 * 4, 4) if len(chunk) < 1 << 20 else len(chunk) - 8
    return file.size


def parse_index(text: bytes) -> Iterator[tuple[int, int, DamagedError | None]]:
    """Line number and offset of each entry; with an error where a line is none."""
    for number, line in enumerate(text.split(b"\n"), 1):
        words = line.split()
        if not words:
            continue
        if len(words) == 2 and words[1].isdigit() and len(words[1]) < 19:
            yield number, int(words[1]), None
        else:
            yield number, 0, DamagedError(f"expected a line 'KEY OFFSET', got {line[:60]!r}")
