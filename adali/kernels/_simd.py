"""Vector building blocks for the numba kernels, written as LLVM IR.

LLVM turns these generic vector operations into AVX2, SSE or NEON code; what it does not find by itself in
scalar loops are the transpositions and the 16-bit high multiplication, and those decide the speed of a
separable resize. All arguments are integers: addresses, byte strides, counts. Nothing is checked; callers
own every byte they name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic as _numba_intrinsic


def intrinsic(function: Callable[..., Any]) -> Any:
    """Register a code generator with numba (whose own decorator has no usable type)."""
    register: Any = _numba_intrinsic
    return register(function)


_I8, _I16, _I32, _I64 = (ir.IntType(n) for n in (8, 16, 32, 64))
_F32 = ir.FloatType()


def _splat(builder: Any, value: Any, n: int) -> Any:
    kind = ir.VectorType(value.type, n)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(_I32, 0))
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(_I32, n), [0] * n))


def _shuffle(builder: Any, a: Any, b: Any, order: Sequence[int]) -> Any:
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_I32, len(order)), list(order)))


def _load(builder: Any, address: Any, kind: Any) -> Any:
    return builder.load(builder.inttoptr(address, kind.as_pointer()), align=1)


def _store(builder: Any, value: Any, address: Any) -> None:
    builder.store(value, builder.inttoptr(address, value.type.as_pointer()), align=1)


def _at(builder: Any, address: Any, stride: Any, index: int) -> Any:
    return address if index == 0 else builder.add(address, builder.mul(stride, _I64(index)))


def _mul_high(builder: Any, a: Any, b: Any) -> Any:
    """(a * b) >> 16 of unsigned 16-bit lanes: pmulhuw on x86."""
    wide = ir.VectorType(_I32, a.type.count)
    product = builder.mul(builder.zext(a, wide), builder.zext(b, wide))
    return builder.trunc(builder.lshr(product, _splat(builder, _I32(16), a.type.count)), a.type)


def _signature(n_ints: int, n_floats: int = 0) -> Any:
    return types.void(*[types.intp] * n_ints, *[types.float32] * n_floats)


def _define(n_ints: int, emit: Callable[[Any, Sequence[Any]], None], n_floats: int = 0) -> Any:
    """Return the (signature, code generator) pair of an intrinsic that returns nothing."""

    def codegen(context: Any, builder: Any, signature: Any, args: Sequence[Any]) -> Any:
        emit(builder, args)
        return context.get_dummy_value()

    return _signature(n_ints, n_floats), codegen


def _taps(builder: Any, count: Any, start: Sequence[Any], step: Callable[[Any, Sequence[Any]], list[Any]]) -> list[Any]:
    """Emit `for t in range(count)` with the vectors `start` carried in registers; return the last values."""
    before = builder.block
    body = builder.append_basic_block("tap")
    after = builder.append_basic_block("done")
    builder.cbranch(builder.icmp_signed(">", count, _I64(0)), body, after)
    builder.position_at_end(body)
    t = builder.phi(_I64)
    carried = [builder.phi(v.type) for v in start]
    t.add_incoming(_I64(0), before)
    for phi, value in zip(carried, start, strict=True):
        phi.add_incoming(value, before)
    fresh = step(t, carried)
    following = builder.add(t, _I64(1))
    t.add_incoming(following, builder.block)
    for phi, value in zip(carried, fresh, strict=True):
        phi.add_incoming(value, builder.block)
    last = builder.block
    builder.cbranch(builder.icmp_signed("<", following, count), body, after)
    builder.position_at_end(after)
    result = []
    for value, new in zip(start, fresh, strict=True):
        phi = builder.phi(value.type)
        phi.add_incoming(value, before)
        phi.add_incoming(new, last)
        result.append(phi)
    return result


def _vertical(builder: Any, args: Sequence[Any]) -> None:
    dst, src, stride, weights, count, bias = args
    n = 32
    wide = ir.VectorType(_I16, n)
    eight = _splat(builder, _I16(8), n)

    def step(t: Any, acc: Sequence[Any]) -> list[Any]:
        row = builder.add(src, builder.mul(t, stride))
        x = builder.shl(builder.zext(_load(builder, row, ir.VectorType(_I8, n)), wide), eight)
        w = _load(builder, builder.add(weights, builder.shl(t, _I64(1))), _I16)
        return [builder.add(acc[0], _mul_high(builder, x, _splat(builder, w, n)))]

    start = _splat(builder, builder.trunc(bias, _I16), n)
    _store(builder, _taps(builder, count, [start], step)[0], dst)


@intrinsic
def vertical32(typing: Any, dst: Any, src: Any, stride: Any, weights: Any, count: Any, bias: Any) -> Any:
    """dst: uint16[32] = bias + sum of (src[t * stride + i] * 256 * weights[t]) >> 16 over t < count."""
    return _define(6, _vertical)


def _horizontal(channels: int) -> Callable[[Any, Sequence[Any]], None]:
    def emit(builder: Any, args: Sequence[Any]) -> None:
        dst, dst_step, src, weights, count, bias = args
        lanes = ir.VectorType(_I16, 16)

        def step(t: Any, acc: Sequence[Any]) -> list[Any]:
            at = builder.add(src, builder.mul(t, _I64(32 * channels)))
            w = _splat(builder, _load(builder, builder.add(weights, builder.shl(t, _I64(1))), _I16), 16)
            return [
                builder.add(a, _mul_high(builder, _load(builder, builder.add(at, _I64(32 * c)), lanes), w))
                for c, a in enumerate(acc)
            ]

        start = _splat(builder, builder.trunc(bias, _I16), 16)
        for c, acc in enumerate(_taps(builder, count, [start] * channels, step)):
            value = builder.trunc(builder.lshr(acc, _splat(builder, _I16(8), 16)), ir.VectorType(_I8, 16))
            _store(builder, value, _at(builder, dst, dst_step, c))

    return emit


@intrinsic
def horizontal_c1(typing: Any, dst: Any, dst_step: Any, src: Any, weights: Any, count: Any, bias: Any) -> Any:
    """16 rows at once: dst: uint8[16] = (bias + sum of (src[t][16] * weights[t]) >> 16) >> 8."""
    return _define(6, _horizontal(1))


@intrinsic
def horizontal_c3(typing: Any, dst: Any, dst_step: Any, src: Any, weights: Any, count: Any, bias: Any) -> Any:
    """Like `horizontal_c1` for three interleaved channels; channel c goes to dst + c * dst_step."""
    return _define(6, _horizontal(3))


@intrinsic
def horizontal_c4(typing: Any, dst: Any, dst_step: Any, src: Any, weights: Any, count: Any, bias: Any) -> Any:
    """Like `horizontal_c1` for four interleaved channels."""
    return _define(6, _horizontal(4))


def _butterfly(builder: Any, rows: list[Any], lane: int) -> list[Any]:
    """Transpose by perfect shuffles inside lanes of `lane` elements (what punpckl/punpckh do)."""
    n = rows[0].type.count
    low, high = [], []
    for base in range(0, n, lane):
        for i in range(lane // 2):
            low += [base + i, n + base + i]
            high += [base + lane // 2 + i, n + base + lane // 2 + i]
    half = len(rows) // 2
    for _ in range(len(rows).bit_length() - 1):
        mixed: list[Any] = []
        for i in range(half):
            mixed.append(_shuffle(builder, rows[i], rows[i + half], low))
            mixed.append(_shuffle(builder, rows[i], rows[i + half], high))
        rows = mixed
    return rows


def _transpose_u16(builder: Any, args: Sequence[Any]) -> None:
    dst, src, stride = args
    rows = [_load(builder, _at(builder, src, stride, r), ir.VectorType(_I16, 8)) for r in range(16)]
    # Row r and row r + 8 side by side: then all shuffles stay inside 128-bit lanes.
    pairs = [_shuffle(builder, rows[r], rows[r + 8], range(16)) for r in range(8)]
    for i, column in enumerate(_butterfly(builder, pairs, 8)):
        _store(builder, column, builder.add(dst, _I64(32 * i)))


@intrinsic
def transpose_u16_16x8(typing: Any, dst: Any, src: Any, stride: Any) -> Any:
    """dst: uint16[8][16] = the transpose of uint16[16][8] whose rows are `stride` bytes apart."""
    return _define(3, _transpose_u16)


def _transposed_u8(builder: Any, src: Any, stride: Any) -> list[Any]:
    rows = [_load(builder, _at(builder, src, stride, r), ir.VectorType(_I8, 16)) for r in range(16)]
    return _butterfly(builder, rows, 16)


def _store_rows(builder: Any, rows: Sequence[Any], dst: Any, stride: Any, count: Any) -> None:
    """Store the first `count` rows (1 to len(rows))."""
    end = builder.append_basic_block("stored")
    for r, row in enumerate(rows):
        _store(builder, row, _at(builder, dst, stride, r))
        if r + 1 < len(rows):
            more = builder.append_basic_block("row")
            builder.cbranch(builder.icmp_signed(">", count, _I64(r + 1)), more, end)
            builder.position_at_end(more)
    builder.branch(end)
    builder.position_at_end(end)


def _transpose_u8(builder: Any, args: Sequence[Any]) -> None:
    dst, dst_stride, src, src_stride, count = args
    _store_rows(builder, _transposed_u8(builder, src, src_stride), dst, dst_stride, count)


@intrinsic
def transpose_u8_16x16(typing: Any, dst: Any, dst_stride: Any, src: Any, src_stride: Any, count: Any) -> Any:
    """dst: the first `count` rows of the transpose of uint8[16][16]."""
    return _define(5, _transpose_u8)


def _normalize_u8(builder: Any, args: Sequence[Any]) -> None:
    dst, dst_stride, src, src_stride, count, mean, scale = args
    kind = ir.VectorType(_F32, 16)
    means, scales = _splat(builder, mean, 16), _splat(builder, scale, 16)
    rows = []
    for row in _transposed_u8(builder, src, src_stride):
        value = builder.uitofp(builder.zext(row, ir.VectorType(_I32, 16)), kind)
        rows.append(builder.fmul(builder.fsub(value, means), scales))
    _store_rows(builder, rows, dst, dst_stride, count)


@intrinsic
def normalize_u8_16x16(
    typing: Any,
    dst: Any,
    dst_stride: Any,
    src: Any,
    src_stride: Any,
    count: Any,
    mean: Any,
    scale: Any,
) -> Any:
    """dst: float32, the first `count` rows of (transpose(uint8[16][16]) - mean) * scale."""
    return _define(5, _normalize_u8, n_floats=2)


def _planes(channels: int) -> Callable[[Any, Sequence[Any]], None]:
    def emit(builder: Any, args: Sequence[Any]) -> None:
        dst, plane, src, means, scales, mirror = args
        pixels = _load(builder, src, ir.VectorType(_I8, 16 * channels))
        backwards = builder.icmp_signed("!=", mirror, _I64(0))
        kind = ir.VectorType(_F32, 16)
        for c in range(channels):
            order = [channels * i + c for i in range(16)]
            row = builder.select(
                backwards,
                _shuffle(builder, pixels, pixels, order[::-1]),
                _shuffle(builder, pixels, pixels, order),
            )
            value = builder.uitofp(builder.zext(row, ir.VectorType(_I32, 16)), kind)
            mean = _splat(builder, _load(builder, builder.add(means, _I64(4 * c)), _F32), 16)
            scale = _splat(builder, _load(builder, builder.add(scales, _I64(4 * c)), _F32), 16)
            _store(builder, builder.fmul(builder.fsub(value, mean), scale), _at(builder, dst, plane, c))

    return emit


@intrinsic
def planes_c1(typing: Any, dst: Any, plane: Any, src: Any, means: Any, scales: Any, mirror: Any) -> Any:
    """16 pixels uint8 -> float32 (value - mean) * scale, backwards if `mirror` is not 0."""
    return _define(6, _planes(1))


@intrinsic
def planes_c3(typing: Any, dst: Any, plane: Any, src: Any, means: Any, scales: Any, mirror: Any) -> Any:
    """Like `planes_c1` for three interleaved channels; channel c goes to dst + c * plane."""
    return _define(6, _planes(3))


@intrinsic
def planes_c4(typing: Any, dst: Any, plane: Any, src: Any, means: Any, scales: Any, mirror: Any) -> Any:
    """Like `planes_c1` for four interleaved channels."""
    return _define(6, _planes(4))


def _to_float(builder: Any, value: Any, signed: bool) -> Any:
    kind = value.type.element
    if kind == _F32:
        return value
    if isinstance(kind, ir.IntType) and kind.width < 32:
        wide = ir.VectorType(_I32, value.type.count)
        return builder.sitofp(
            builder.sext(value, wide) if signed else builder.zext(value, wide),
            ir.VectorType(_F32, value.type.count),
        )
    return builder.sitofp(value, ir.VectorType(_F32, value.type.count))


def _vertical_float(dtype: Any) -> Callable[[Any, Sequence[Any]], None]:
    size = dtype.bitwidth // 8
    element = _F32 if dtype == types.float32 else ir.IntType(dtype.bitwidth)

    def emit(builder: Any, args: Sequence[Any]) -> None:
        dst, src, stride, weights, count = args

        def step(t: Any, acc: Sequence[Any]) -> list[Any]:
            row = builder.add(src, builder.mul(t, stride))
            w = _splat(builder, _load(builder, builder.add(weights, builder.shl(t, _I64(2))), _F32), 16)
            result = []
            for half, total in enumerate(acc):
                x = _load(builder, builder.add(row, _I64(16 * half * size)), ir.VectorType(element, 16))
                value = _to_float(builder, x, getattr(dtype, "signed", True))
                result.append(builder.fadd(total, builder.fmul(value, w)))
            return result

        zero = ir.Constant(ir.VectorType(_F32, 16), [0.0] * 16)
        for half, total in enumerate(_taps(builder, count, [zero, zero], step)):
            _store(builder, total, builder.add(dst, _I64(64 * half)))

    return emit


@intrinsic
def vertical_float(typing: Any, like: Any, dst: Any, src: Any, stride: Any, weights: Any, count: Any) -> Any:
    """dst: float32[32] = sum over t < count of src[t * stride + i] * weights[t], src of the type of `like`."""
    emit = _vertical_float(like.dtype)

    def codegen(context: Any, builder: Any, signature: Any, args: Sequence[Any]) -> Any:
        emit(builder, args[1:])
        return context.get_dummy_value()

    return types.void(like, *[types.intp] * 5), codegen


def _transpose_f32(builder: Any, args: Sequence[Any]) -> None:
    dst, src, stride = args
    rows = [_load(builder, _at(builder, src, stride, r), ir.VectorType(_F32, 4)) for r in range(16)]
    # Rows k, k + 4, k + 8 and k + 12 side by side, so that all shuffles stay inside 128-bit lanes.
    quads = []
    for k in range(4):
        low = _shuffle(builder, rows[k], rows[k + 4], range(8))
        high = _shuffle(builder, rows[k + 8], rows[k + 12], range(8))
        quads.append(_shuffle(builder, low, high, range(16)))
    for i, column in enumerate(_butterfly(builder, quads, 4)):
        _store(builder, column, builder.add(dst, _I64(64 * i)))


@intrinsic
def transpose_f32_16x4(typing: Any, dst: Any, src: Any, stride: Any) -> Any:
    """dst: float32[4][16] = the transpose of float32[16][4] whose rows are `stride` bytes apart."""
    return _define(3, _transpose_f32)


def _untranspose_f32(builder: Any, args: Sequence[Any]) -> None:
    dst, stride, src, count = args
    columns = [_load(builder, builder.add(src, _I64(64 * i)), ir.VectorType(_F32, 16)) for i in range(4)]
    quads = _butterfly(builder, columns, 4)
    rows = [_shuffle(builder, quads[r % 4], quads[r % 4], range(r // 4 * 4, r // 4 * 4 + 4)) for r in range(16)]
    _store_rows(builder, rows, dst, stride, count)


@intrinsic
def transpose_f32_4x16(typing: Any, dst: Any, stride: Any, src: Any, count: Any) -> Any:
    """dst: the first `count` rows of the transpose of float32[4][16]."""
    return _define(4, _untranspose_f32)


def _dot(builder: Any, src: Any, step_bytes: Any, weights: Any, count: Any) -> Any:
    def step(t: Any, acc: Sequence[Any]) -> list[Any]:
        x = _load(builder, builder.add(src, builder.mul(t, step_bytes)), ir.VectorType(_F32, 16))
        w = _splat(builder, _load(builder, builder.add(weights, builder.shl(t, _I64(2))), _F32), 16)
        return [builder.fadd(acc[0], builder.fmul(x, w))]

    zero = ir.Constant(ir.VectorType(_F32, 16), [0.0] * 16)
    return _taps(builder, count, [zero], step)[0]


def _horizontal_f32(builder: Any, args: Sequence[Any]) -> None:
    dst, src, step, weights, count = args
    _store(builder, _dot(builder, src, step, weights, count), dst)


@intrinsic
def horizontal_f32(typing: Any, dst: Any, src: Any, step: Any, weights: Any, count: Any) -> Any:
    """dst: float32[16] = sum over t < count of src[t * step][16] * weights[t]."""
    return _define(5, _horizontal_f32)


def _horizontal_f32_u8(builder: Any, args: Sequence[Any]) -> None:
    dst, src, step, weights, count = args
    value = _dot(builder, src, step, weights, count)
    for limit, predicate in ((0.0, "<"), (255.0, ">")):
        bound = ir.Constant(value.type, [limit] * 16)
        value = builder.select(builder.fcmp_ordered(predicate, value, bound), bound, value)
    ints = ir.VectorType(_I32, 16)
    whole = builder.fptosi(value, ints)
    rest = builder.fsub(value, builder.sitofp(whole, value.type))
    up = builder.fcmp_ordered(">=", rest, ir.Constant(value.type, [0.5] * 16))
    _store(builder, builder.trunc(builder.add(whole, builder.zext(up, ints)), ir.VectorType(_I8, 16)), dst)


@intrinsic
def horizontal_f32_u8(typing: Any, dst: Any, src: Any, step: Any, weights: Any, count: Any) -> Any:
    """Like `horizontal_f32`, clamped to 0..255 and rounded into uint8[16]."""
    return _define(5, _horizontal_f32_u8)


@intrinsic
def copy4(typing: Any, dst: Any, src: Any) -> Any:
    """Copy four bytes, at any alignment."""
    return _define(2, lambda builder, args: _store(builder, _load(builder, args[1], _I32), args[0]))


@intrinsic
def copy1(typing: Any, dst: Any, src: Any) -> Any:
    """Copy one byte."""
    return _define(2, lambda builder, args: _store(builder, _load(builder, args[1], _I8), args[0]))


@intrinsic
def to_half16(typing: Any, dst: Any, src: Any) -> Any:
    """dst: float16[16] = src float32[16], rounded to nearest even; overflow becomes infinite."""

    def emit(builder: Any, args: Sequence[Any]) -> None:
        value = _load(builder, args[1], ir.VectorType(_F32, 16))
        _store(builder, builder.fptrunc(value, ir.VectorType(ir.HalfType(), 16)), args[0])

    return _define(2, emit)
