"""Checksums of TFRecords: the published values, and the processor's instruction against the tables."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from adali.kernels import _crc32c
from adali.kernels.crc32c import Frame, check_frame, masked_crc


def masked(crc: int) -> int:
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "crc"),
    [(bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (bytes(range(32)), 0x46DD794E), (b"123456789", 0xE3069283)],
)
def test_published_values(data: bytes, crc: int) -> None:
    assert masked_crc(np.frombuffer(data, np.uint8)) == masked(crc)


@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_the_instruction_gives_what_the_tables_give(rounds: int) -> None:
    tables = _crc32c.tables()
    data = np.random.default_rng(rounds).integers(0, 256, 3 * _crc32c.STRAND * (rounds + 1), np.uint8)
    for size in (0, 1, 7, 8, 9, 1000, 3 * _crc32c.STRAND - 9):
        length = rounds * 3 * _crc32c.STRAND + size
        for start in (0, 1):
            place = data.ctypes.data + start
            assert _crc32c.masked(place, length, tables) == _crc32c.masked_in_software(place, length, tables)


def test_a_frame_says_what_is_wrong_with_it() -> None:
    data = bytes(range(256)) * 16
    head = struct.pack("<Q", len(data))

    def crc(part: bytes) -> bytes:
        return struct.pack("<I", masked_crc(np.frombuffer(part, np.uint8)))

    def fault(record: bytes) -> int:
        return check_frame(np.frombuffer(record, np.uint8).ctypes.data, len(record))

    record = head + crc(head) + data + crc(data)
    assert fault(record) == Frame.WHOLE
    assert fault(record + b"more") == Frame.OTHER_LENGTH
    for place, wrong in ((0, Frame.BAD_LENGTH), (9, Frame.BAD_LENGTH), (12, Frame.BAD_DATA), (-1, Frame.BAD_DATA)):
        damaged = bytearray(record)
        damaged[place] ^= 1
        assert fault(bytes(damaged)) == wrong
