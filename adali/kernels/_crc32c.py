"""numba kernels of `crc32c`."""

# mypy: allow-untyped-defs
from __future__ import annotations

import platform
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types

from adali.kernels._jit import kernel
from adali.kernels._simd import intrinsic

_I64 = ir.IntType(64)
_POLYNOMIAL = 0x82F63B78  # reversed bit order

#: Whether the processor has an instruction for it (x86 with SSE 4.2).
IN_HARDWARE = platform.machine().lower() in ("x86_64", "amd64") and bool(llvm.get_host_cpu_features().get("sse4.2"))


#: Bytes of each of the three strands that are worked at together, while the processor's instruction has its result.
_STRAND_BITS = 10
STRAND = 1 << _STRAND_BITS
_AFTER_STRAND = 8 * 256  # where the tables for that begin


def tables() -> Any:
    """Twelve tables of 256 words.

    The n-th of the first eight is for a byte that n more bytes follow, the n-th of the others for byte n of a sum that
    STRAND more bytes follow.
    """
    value = np.arange(256, dtype=np.uint64)
    for _ in range(8):
        value = np.where(value & 1, (value >> 1) ^ _POLYNOMIAL, value >> 1).astype(np.uint64)
    found = np.zeros((8, 256), np.uint64)
    found[0] = value
    for n in range(1, 8):
        found[n] = (found[n - 1] >> 8) ^ found[0][(found[n - 1] & 0xFF).astype(np.intp)]
    # What a zero byte behind it makes of each bit of a sum; then two of them, four, ...
    bits = np.uint64(1) << np.arange(32, dtype=np.uint64)
    later = (bits >> 8) ^ found[0][(bits & 0xFF).astype(np.intp)]
    for _ in range(_STRAND_BITS):
        later = _map(later, later)
    after = [_map(later, np.arange(256, dtype=np.uint64) << np.uint64(8 * n)) for n in range(4)]
    return np.concatenate([found.reshape(-1), *after])


def _map(images: Any, words: Any) -> Any:
    """What a linear map, given by the images of the 32 bits, makes of words."""
    set_ = (words[:, None] >> np.arange(32, dtype=np.uint64)) & np.uint64(1)
    return np.bitwise_xor.reduce(np.where(set_ != 0, images, np.uint64(0)), axis=1)


@intrinsic
def load8(typing: Any, address: Any) -> Any:
    """The eight bytes at an address as a little-endian number."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(builder.inttoptr(args[0], _I64.as_pointer()), align=1)

    return types.uint64(types.intp), codegen


@intrinsic
def hardware8(typing: Any, crc: Any, word: Any) -> Any:
    """The sum of eight more bytes, by the processor's own instruction."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(_I64, [_I64, _I64])
        function = builder.module.declare_intrinsic("llvm.x86.sse42.crc32.64.64", fnty=kind)
        return builder.call(function, args)

    return types.uint64(types.uint64, types.uint64), codegen


@kernel("uint64(uint64, uint64, uint64[::1])")
def software8(crc, word, table):
    word ^= crc
    byte = np.uint64(0xFF)
    return (
        table[np.uint64(1792) + (word & byte)]
        ^ table[np.uint64(1536) + ((word >> np.uint64(8)) & byte)]
        ^ table[np.uint64(1280) + ((word >> np.uint64(16)) & byte)]
        ^ table[np.uint64(1024) + ((word >> np.uint64(24)) & byte)]
        ^ table[np.uint64(768) + ((word >> np.uint64(32)) & byte)]
        ^ table[np.uint64(512) + ((word >> np.uint64(40)) & byte)]
        ^ table[np.uint64(256) + ((word >> np.uint64(48)) & byte)]
        ^ table[word >> np.uint64(56)]
    )


@kernel("uint64(uint64, uint64[::1])")
def after_strand(crc, table):
    """A sum that STRAND zero bytes follow."""
    byte = np.uint64(0xFF)
    start = np.uint64(_AFTER_STRAND)
    return (
        table[start + (crc & byte)]
        ^ table[start + np.uint64(256) + ((crc >> np.uint64(8)) & byte)]
        ^ table[start + np.uint64(512) + ((crc >> np.uint64(16)) & byte)]
        ^ table[start + np.uint64(768) + (crc >> np.uint64(24))]
    )


def _make(hardware: bool) -> Any:
    if hardware:

        @kernel("uint64(intp, intp, uint64[::1])")
        def masked_at(address, size, table):
            crc = np.uint64(0xFFFFFFFF)
            i = 0
            while i + 3 * STRAND <= size:
                second = third = np.uint64(0)
                for k in range(i, i + STRAND, 8):
                    crc = hardware8(crc, load8(address + k))
                    second = hardware8(second, load8(address + k + STRAND))
                    third = hardware8(third, load8(address + k + 2 * STRAND))
                crc = after_strand(after_strand(crc, table) ^ second, table) ^ third
                i += 3 * STRAND
            while i + 8 <= size:
                crc = hardware8(crc, load8(address + i))
                i += 8
            return finish(crc, address, i, size, table)
    else:

        @kernel("uint64(intp, intp, uint64[::1])")
        def masked_at(address, size, table):
            crc = np.uint64(0xFFFFFFFF)
            i = 0
            while i + 8 <= size:
                crc = software8(crc, load8(address + i), table)
                i += 8
            return finish(crc, address, i, size, table)

    return masked_at


@intrinsic
def load1(typing: Any, address: Any) -> Any:
    """The byte at an address."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        byte = builder.load(builder.inttoptr(args[0], ir.IntType(8).as_pointer()))
        return builder.zext(byte, _I64)

    return types.uint64(types.intp), codegen


@kernel("uint64(uint64, intp, intp, intp, uint64[::1])")
def finish(crc, address, start, size, table):
    """The last few bytes, and the mask."""
    for i in range(start, size):
        crc = table[(crc ^ load1(address + i)) & np.uint64(0xFF)] ^ (crc >> np.uint64(8))
    crc ^= np.uint64(0xFFFFFFFF)
    turned = (crc >> np.uint64(15)) | ((crc << np.uint64(17)) & np.uint64(0xFFFFFFFF))
    return (turned + np.uint64(0xA282EAD8)) & np.uint64(0xFFFFFFFF)


masked_in_software = _make(False)
masked = _make(True) if IN_HARDWARE else masked_in_software


@kernel("intp(intp, intp, intp, uint64[::1])")
def find(address, start, size, table):
    """First place from start on with a record's length and its checksum; -1 if there is none."""
    for i in range(start, size - 15):
        length = load8(address + i)
        if length > np.uint64(size - i - 16):
            continue
        if masked(address + i, 8, table) == load8(address + i + 8) & np.uint64(0xFFFFFFFF):
            return i
    return -1


@kernel("intp(intp, intp, uint64[::1])")
def frame(address, size, table):
    """What is wrong with a record, as `crc32c.Frame` numbers it."""
    low = np.uint64(0xFFFFFFFF)
    if masked(address, 8, table) != load8(address + 8) & low:
        return 1
    if load8(address) != np.uint64(size - 16):
        return 3
    if masked(address + 12, size - 16, table) != load8(address + size - 8) >> np.uint64(32):
        return 2
    return 0
