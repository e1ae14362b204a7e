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


def tables() -> Any:
    """Eight tables of 256 words: the n-th one is for a byte that n more bytes follow."""
    value = np.arange(256, dtype=np.uint64)
    for _ in range(8):
        value = np.where(value & 1, (value >> 1) ^ _POLYNOMIAL, value >> 1).astype(np.uint64)
    found = np.zeros((8, 256), np.uint64)
    found[0] = value
    for n in range(1, 8):
        found[n] = (found[n - 1] >> 8) ^ found[0][(found[n - 1] & 0xFF).astype(np.intp)]
    return found.reshape(-1)


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


def _make(hardware: bool) -> Any:
    if hardware:

        @kernel("uint64(intp, intp, uint64[::1])")
        def masked_at(address, size, table):
            crc = np.uint64(0xFFFFFFFF)
            i = 0
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
