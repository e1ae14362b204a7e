"""Vector building blocks of the audio kernels, written as LLVM IR.

A vector holds the same element of LANES signals (windows of a spectrogram, columns of a matrix), so none of the
arithmetic has to move values between lanes; only loading the windows transposes. All arguments are integers:
addresses, byte strides, counts. Nothing is checked; callers own every byte they name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from adali.kernels._simd import _at, _butterfly, _define, _load, _splat, _store, _taps, intrinsic

LANES = 16  # one AVX-512 register, or two of AVX2

_I64 = ir.IntType(64)
_F32 = ir.FloatType()
_VECTOR = ir.VectorType(_F32, LANES)
_ROW = 4 * LANES  # bytes of one vector

#: A multiplication and an addition may become one fused instruction where the machine has it.
_FUSE = ("contract",)

Pair = tuple[Any, Any]  # real and imaginary part


def _add(b: Any, x: Any, y: Any) -> Any:
    return b.fadd(x, y, flags=_FUSE)


def _sub(b: Any, x: Any, y: Any) -> Any:
    return b.fsub(x, y, flags=_FUSE)


def _mul(b: Any, x: Any, y: Any) -> Any:
    return b.fmul(x, y, flags=_FUSE)


def _constant(value: float) -> Any:
    return ir.Constant(_VECTOR, [ir.Constant(_F32, value)] * LANES)


def _pair(b: Any, address: Any) -> Pair:
    return _load(b, address, _VECTOR), _load(b, _at(b, address, _I64(_ROW), 1), _VECTOR)


def _broadcast(b: Any, address: Any, index: int) -> Any:
    return _splat(b, _load(b, _at(b, address, _I64(4), index), _F32), LANES)


def _dft2(b: Any, x: Sequence[Pair]) -> list[Pair]:
    (ar, ai), (br, bi) = x
    return [(_add(b, ar, br), _add(b, ai, bi)), (_sub(b, ar, br), _sub(b, ai, bi))]


def _dft4(b: Any, x: Sequence[Pair]) -> list[Pair]:
    even, odd = _dft2(b, [x[0], x[2]]), _dft2(b, [x[1], x[3]])
    y0, y2 = _dft2(b, [even[0], odd[0]])
    (er, ei), (dr, di) = even[1], odd[1]  # -i * (dr + i di) = di - i dr
    return [y0, (_add(b, er, di), _sub(b, ei, dr)), y2, (_sub(b, er, di), _add(b, ei, dr))]


def _dft_odd(b: Any, x: Sequence[Pair]) -> list[Pair]:
    """A prime length, by the symmetry of its outputs m and n - m."""
    n = len(x)
    half = n // 2
    sums = [(_add(b, x[j][0], x[n - j][0]), _add(b, x[j][1], x[n - j][1])) for j in range(1, half + 1)]
    differences = [(_sub(b, x[j][0], x[n - j][0]), _sub(b, x[j][1], x[n - j][1])) for j in range(1, half + 1)]
    first = x[0]
    for s in sums:
        first = (_add(b, first[0], s[0]), _add(b, first[1], s[1]))
    out: list[Any] = [first] + [None] * (n - 1)
    for m in range(1, half + 1):
        even = x[0]
        turned: Pair = (_constant(0.0), _constant(0.0))
        for j in range(1, half + 1):
            angle = 2 * math.pi * (j * m % n) / n
            c, s_ = _constant(math.cos(angle)), _constant(math.sin(angle))
            (pr, pi), (qr, qi) = sums[j - 1], differences[j - 1]
            even = (_add(b, even[0], _mul(b, c, pr)), _add(b, even[1], _mul(b, c, pi)))
            turned = (_add(b, turned[0], _mul(b, s_, qr)), _add(b, turned[1], _mul(b, s_, qi)))
        # -i * turned and +i * turned
        out[m] = (_add(b, even[0], turned[1]), _sub(b, even[1], turned[0]))
        out[n - m] = (_sub(b, even[0], turned[1]), _add(b, even[1], turned[0]))
    return out


def _radix(radix: int, twiddled: bool) -> Callable[[Any, Sequence[Any]], None]:
    dft = {2: _dft2, 4: _dft4}.get(radix, _dft_odd)

    def emit(b: Any, args: Sequence[Any]) -> None:
        base, stride, twiddles = args
        places = [_at(b, base, stride, j) for j in range(radix)]
        for m, (re, im) in enumerate(dft(b, [_pair(b, p) for p in places])):
            if m and twiddled:
                wr, wi = _broadcast(b, twiddles, 2 * m - 2), _broadcast(b, twiddles, 2 * m - 1)
                re, im = (
                    _sub(b, _mul(b, re, wr), _mul(b, im, wi)),
                    _add(b, _mul(b, re, wi), _mul(b, im, wr)),
                )
            _store(b, re, places[m])
            _store(b, im, _at(b, places[m], _I64(_ROW), 1))

    return emit


def _make_radix(radix: int, twiddled: bool) -> Any:
    def butterfly(typing: Any, base: Any, stride: Any, twiddles: Any) -> Any:
        return _define(3, _radix(radix, twiddled))

    butterfly.__doc__ = (
        f"In place: {radix} complex numbers `stride` bytes apart become their discrete Fourier transform"
        f"{', output m times twiddle m - 1' if twiddled else ''}."
    )
    return intrinsic(butterfly)


butterfly2, butterfly3, butterfly4, butterfly5, butterfly7 = (_make_radix(r, True) for r in (2, 3, 4, 5, 7))
last2, last3, last4, last5, last7 = (_make_radix(r, False) for r in (2, 3, 4, 5, 7))


def _load_windows(b: Any, args: Sequence[Any]) -> None:
    dst, dst_stride, src, step, window = args
    weights = _load(b, window, _VECTOR)
    rows = [b.fmul(_load(b, _at(b, src, step, r), _VECTOR), weights) for r in range(LANES)]
    for i, column in enumerate(_butterfly(b, rows, LANES)):
        _store(b, column, _at(b, dst, dst_stride, i))


@intrinsic
def load_windows(typing: Any, dst: Any, dst_stride: Any, src: Any, step: Any, window: Any) -> Any:
    """dst = the transpose of LANES rows of LANES samples, `step` bytes apart, each times `window`."""
    return _define(5, _load_windows)


def _transpose(b: Any, args: Sequence[Any]) -> None:
    dst, dst_stride, src, src_stride = args
    rows = [_load(b, _at(b, src, src_stride, r), _VECTOR) for r in range(LANES)]
    for i, column in enumerate(_butterfly(b, rows, LANES)):
        _store(b, column, _at(b, dst, dst_stride, i))


@intrinsic
def transpose(typing: Any, dst: Any, dst_stride: Any, src: Any, src_stride: Any) -> Any:
    """dst = the transpose of float32[LANES][LANES]; rows are `dst_stride` and `src_stride` bytes apart."""
    return _define(4, _transpose)


def _sqrt(module: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR])
    declare: Any = cgutils.get_or_insert_function
    return declare(module, kind, f"llvm.sqrt.v{LANES}f32")


def _bins(root: bool) -> Callable[[Any, Sequence[Any]], None]:
    def emit(b: Any, args: Sequence[Any]) -> None:
        low, high, z, mirror, twiddle = args
        (ar, ai), (br, bi) = _pair(b, z), _pair(b, mirror)
        c, s = _broadcast(b, twiddle, 0), _broadcast(b, twiddle, 1)
        er, ei, dr, di = _add(b, ar, br), _sub(b, ai, bi), _sub(b, ar, br), _add(b, ai, bi)
        t = _sub(b, _mul(b, c, di), _mul(b, s, dr))
        u = _add(b, _mul(b, c, dr), _mul(b, s, di))
        for target, re, im in (
            (high, _sub(b, er, t), _add(b, ei, u)),
            (low, _add(b, er, t), _sub(b, ei, u)),
        ):
            _store(b, _magnitude(b, re, im, root), target)

    return emit


def _magnitude(b: Any, re: Any, im: Any, root: bool) -> Any:
    power = _add(b, _mul(b, re, re), _mul(b, im, im))
    return b.call(_sqrt(b.module), [power]) if root else power


@intrinsic
def power_bins(typing: Any, low: Any, high: Any, z: Any, mirror: Any, twiddle: Any) -> Any:
    """Squared magnitudes of bins k and n/2 - k of real signals of n samples.

    z and mirror are elements k and n/2 - k of the transform of the complex signal made of half the even samples (real)
    and half the odd samples (imaginary); twiddle is cos and sin of 2 pi k / n.
    """
    return _define(5, _bins(False))


@intrinsic
def magnitude_bins(typing: Any, low: Any, high: Any, z: Any, mirror: Any, twiddle: Any) -> Any:
    """Like `power_bins`, but the magnitudes themselves."""
    return _define(5, _bins(True))


def _single(root: bool) -> Callable[[Any, Sequence[Any]], None]:
    def emit(b: Any, args: Sequence[Any]) -> None:
        target, z = args
        _store(b, _magnitude(b, *_pair(b, z), root), target)

    return emit


@intrinsic
def power_bin(typing: Any, target: Any, z: Any) -> Any:
    """Squared magnitude of one element of a complex transform."""
    return _define(2, _single(False))


@intrinsic
def magnitude_bin(typing: Any, target: Any, z: Any) -> Any:
    """Magnitude of one element of a complex transform."""
    return _define(2, _single(True))


def _weighted(rows: int, columns: int) -> Callable[[Any, Sequence[Any]], None]:
    def emit(b: Any, args: Sequence[Any]) -> None:
        dst, dst_stride, src, src_stride, weights, weights_stride, count = args

        def step(t: Any, acc: Sequence[Any]) -> list[Any]:
            row = b.add(src, b.mul(t, src_stride))
            values = [_load(b, _at(b, row, _I64(_ROW), c), _VECTOR) for c in range(columns)]
            at = b.add(weights, b.shl(t, _I64(2)))
            factors = [_broadcast(b, _at(b, at, weights_stride, r), 0) for r in range(rows)]
            return [_add(b, a, _mul(b, factors[i // columns], values[i % columns])) for i, a in enumerate(acc)]

        for i, acc in enumerate(_taps(b, count, [_constant(0.0)] * (rows * columns), step)):
            _store(b, acc, _at(b, _at(b, dst, dst_stride, i // columns), _I64(_ROW), i % columns))

    return emit


@intrinsic
def weighted1(typing: Any, dst: Any, ds: Any, src: Any, ss: Any, weights: Any, ws: Any, count: Any) -> Any:
    """dst: float32[LANES] = sum of weights[t] * src[t], where src[t] is `ss` bytes after src[t - 1]."""
    return _define(7, _weighted(1, 1))


@intrinsic
def weighted1_wide(typing: Any, dst: Any, ds: Any, src: Any, ss: Any, weights: Any, ws: Any, count: Any) -> Any:
    """The same for four vectors side by side."""
    return _define(7, _weighted(1, 4))


@intrinsic
def weighted4(typing: Any, dst: Any, ds: Any, src: Any, ss: Any, weights: Any, ws: Any, count: Any) -> Any:
    """Four results at once: rows of weights are `ws` bytes apart and results `ds`."""
    return _define(7, _weighted(4, 1))


def _blend(b: Any, args: Sequence[Any]) -> None:
    dst, src, table, row, count, fraction = args
    f = _splat(b, fraction, LANES)

    def step(t: Any, acc: Sequence[Any]) -> list[Any]:
        skip = b.mul(t, _I64(_ROW))
        at = b.add(table, skip)
        before, after = _load(b, at, _VECTOR), _load(b, b.add(at, row), _VECTOR)
        weight = _add(b, before, _mul(b, f, _sub(b, after, before)))
        return [_add(b, acc[0], _mul(b, weight, _load(b, b.add(src, skip), _VECTOR)))]

    total = _taps(b, count, [_constant(0.0)], step)[0]
    parts = [b.extract_element(total, ir.Constant(ir.IntType(32), i)) for i in range(LANES)]
    while len(parts) > 1:
        parts = [b.fadd(x, y) for x, y in zip(parts[: len(parts) // 2], parts[len(parts) // 2 :], strict=True)]
    _store(b, parts[0], dst)


@intrinsic
def blended_dot(typing: Any, dst: Any, src: Any, table: Any, row: Any, count: Any, fraction: Any) -> Any:
    """dst: float32 = src . (table + fraction * (next - table)) over count * LANES elements; next is `row` bytes on."""
    return _define(5, _blend, 1)
