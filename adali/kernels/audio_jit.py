"""The numba kernels of the audio operators; :mod:`adali.kernels.audio` is their public face.

Imported at the first use of one of them, because compiling takes seconds the first time.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np

from adali.kernels import audio_simd as simd
from adali.kernels._jit import kernel

LANES = simd.LANES
_ROW = 4 * LANES


@kernel("void(intp, intp, int32[::1], intp)")
def _transform(buffer, length, radices, twiddles):
    """Complex transforms of LANES signals in place, decimated in frequency; outputs come out digit-reversed."""
    size = length
    element = 2 * _ROW
    for radix in radices:
        quotient = size // radix
        stride = quotient * element
        for block in range(0, length, size):
            base = buffer + block * element
            if quotient == 1:
                if radix == 4:
                    simd.last4(base, stride, twiddles)
                elif radix == 2:
                    simd.last2(base, stride, twiddles)
                elif radix == 3:
                    simd.last3(base, stride, twiddles)
                elif radix == 5:
                    simd.last5(base, stride, twiddles)
                else:
                    simd.last7(base, stride, twiddles)
                continue
            w = twiddles
            step = 8 * (radix - 1)
            if radix == 4:
                for _ in range(quotient):
                    simd.butterfly4(base, stride, w)
                    base += element
                    w += step
            elif radix == 2:
                for _ in range(quotient):
                    simd.butterfly2(base, stride, w)
                    base += element
                    w += step
            elif radix == 3:
                for _ in range(quotient):
                    simd.butterfly3(base, stride, w)
                    base += element
                    w += step
            elif radix == 5:
                for _ in range(quotient):
                    simd.butterfly5(base, stride, w)
                    base += element
                    w += step
            else:
                for _ in range(quotient):
                    simd.butterfly7(base, stride, w)
                    base += element
                    w += step
        if quotient > 1:
            twiddles += 8 * (radix - 1) * quotient
        size = quotient


@kernel(
    "void(float32[::1], intp, intp, float32[::1], intp, intp, int32[::1], float32[::1], int32[::1], float32[:,::1],"
    " float32[::1], float32[:,::1], boolean, boolean)",
)
def spectrogram(
    signal, step, count, window, length, nfft, radices, twiddles, places, turns, work, out, time_major, root
):
    """Power (or, with `root`, magnitude) of `count` windows, `step` samples apart, of a padded signal.

    out is (bins, count), or (count, bins) when time_major. window has a multiple of LANES elements, zeros at its end;
    `length` is its true size. The transform is complex: of length nfft / 2 with an even nfft (even samples are real
    parts, odd ones imaginary, and the window is halved), otherwise of length nfft. work holds its elements, or the
    windows if these are longer, and behind them `bins` rows of LANES.
    """
    element = 1 if nfft % 2 == 0 else 2  # rows for each sample
    size = places.size
    top = nfft // 2
    padded = window.size
    samples = signal.ctypes.data
    weights = window.ctypes.data
    buffer = work.ctypes.data
    offset = element * max(nfft, padded) * LANES
    bins = buffer + 4 * offset
    target = out.ctypes.data
    row = 4 * out.shape[1]
    whole = count >= LANES
    direct = whole and not time_major
    for first in range(0, count, LANES):
        if whole:
            # The last group overlaps the one before it.
            first = min(first, count - LANES)
        if element == 2:
            work[:offset] = 0
        for j in range(0, padded, LANES):
            at = buffer + j * element * _ROW
            simd.load_windows(at, element * _ROW, samples + 4 * (first * step + j), 4 * step, weights + 4 * j)
        # Exactly zero even where the signal is infinite.
        for j in range(length, nfft):
            work[j * element * LANES : (j * element + 1) * LANES] = 0
        _transform(buffer, size, radices, twiddles.ctypes.data)
        at = target + 4 * first if direct else bins
        stride = row if direct else _ROW
        if element == 2:
            for k in range(top + 1):
                z = buffer + 2 * _ROW * places[k]
                if root:
                    simd.magnitude_bin(at + k * stride, z)
                else:
                    simd.power_bin(at + k * stride, z)
        else:
            for k in range(top // 2 + 1):
                z = buffer + 2 * _ROW * places[k]
                mirror = buffer + 2 * _ROW * places[top - k if k else 0]
                turn = turns.ctypes.data + 8 * k
                if root:
                    simd.magnitude_bins(at + k * stride, at + (top - k) * stride, z, mirror, turn)
                else:
                    simd.power_bins(at + k * stride, at + (top - k) * stride, z, mirror, turn)
        if direct:
            continue
        if not whole:
            for k in range(top + 1):
                for t in range(count):
                    value = work[offset + k * LANES + t]
                    if time_major:
                        out[t, k] = value
                    else:
                        out[k, t] = value
            continue
        k = 0
        while k + LANES <= top + 1:
            simd.transpose(target + first * row + 4 * k, row, bins + k * _ROW, _ROW)
            k += LANES
        while k <= top:
            for t in range(LANES):
                out[first + t, k] = work[offset + k * LANES + t]
            k += 1


@kernel("void(float32[:,::1], int32[:,::1], float32[:,:,::1], float32[:,:,::1])")
def weigh(weights, spans, src, out):
    """out[o, k, i] = sum over n in spans[k] of weights[k, n] * src[o, n, i]."""
    outer, rows, inner = out.shape
    line = 4 * inner
    step = 4 * weights.shape[1]
    for o in range(outer):
        if inner < LANES:
            for k in range(rows):
                for i in range(inner):
                    total = np.float32(0)
                    for n in range(spans[k, 0], spans[k, 1]):
                        total += weights[k, n] * src[o, n, i]
                    out[o, k, i] = total
            continue
        c = 0
        while c < inner:
            wide = c + 4 * LANES <= inner
            if not wide:
                # The last block of columns overlaps the one before it.
                c = min(c, inner - LANES)
            source = src.ctypes.data + o * src.shape[1] * line + 4 * c
            target = out.ctypes.data + o * rows * line + 4 * c
            k = 0
            while k < rows:
                a, b = spans[k, 0], spans[k, 1]
                at = weights.ctypes.data + k * step + 4 * a
                if k + 4 <= rows and b - a == weights.shape[1]:
                    for v in range(4 if wide else 1):
                        simd.weighted4(target + k * line + v * _ROW, line, source + v * _ROW, line, at, step, b)
                    k += 4
                elif wide:
                    simd.weighted1_wide(target + k * line, line, source + a * line, line, at, step, b - a)
                    k += 1
                else:
                    simd.weighted1(target + k * line, line, source + a * line, line, at, step, b - a)
                    k += 1
            c += 4 * LANES if wide else LANES


@kernel(
    "void(float32[::1], float32[:,::1], intp, float64, float32[:])",
)
def resample(signal, table, lobes, step, out):
    """Interpolate at i * step samples; `signal` has `lobes` samples before its start and enough after its end.

    table[p, j] is the kernel at j - lobes + p / phases, phases = rows - 2. Positions within blocks of 256 results are
    summed in single precision, as DALI does: at a sample rate that is no fraction of the other the rounding shifts
    results by up to 1e-3 samples, more than the tolerance.
    """
    block = 256
    phases = np.float32(table.shape[0] - 2)
    taps = table.shape[1]
    row = 4 * taps
    weights = table.ctypes.data
    samples = signal.ctypes.data
    last = signal.size - taps
    reach = np.float32(lobes)
    increment = np.float32(step)
    value = np.empty(1, np.float32)
    at_value = value.ctypes.data
    for first in range(0, out.size, block):
        origin = first * step
        whole = int(np.floor(origin))
        position = np.float32(origin - whole)
        for i in range(first, min(first + block, out.size)):
            start = int(np.ceil(position - reach))
            at = (np.float32(start) - position + reach) * phases
            phase = int(at)
            fraction = at - np.float32(phase)
            source = min(whole + start + lobes, last)
            line = weights + phase * row
            simd.blended_dot(at_value, samples + 4 * source, line, row, taps // LANES, fraction)
            out[i] = value[0]
            position += increment


def _moving_power(signal, window, reset, out):
    """Mean square of the last `window` samples (fewer at the start, divided by `window` all the same).

    The sum is kept up by adding the new square and taking the old one away, in the type of `total`, and is made afresh
    every `reset` samples.
    """
    length = np.float32(window)
    for first in range(0, signal.size, reset):
        total = signal[first] * signal[first]
        for i in range(max(0, first - window + 1), first):
            total += signal[i] * signal[i]
        out[first] = np.float32(total) / length
        for i in range(first + 1, min(first + reset, signal.size)):
            if i >= window:
                total -= signal[i - window] * signal[i - window]
            total += signal[i] * signal[i]
            out[i] = np.float32(total) / length


moving_power = kernel("void(float32[::1], intp, intp, float32[::1])", "void(int64[::1], intp, intp, float32[::1])")(
    _moving_power
)


@kernel("UniTuple(intp, 2)(float32[::1], float32, float32)")
def loud_range(power, reference, ratio):
    """First and last index where power reaches ratio * reference, -1 if nowhere; reference 0 is the largest power."""
    if reference == 0:
        reference = power[0]
        for value in power:
            if value > reference:
                reference = value
    threshold = reference * ratio
    first = last = -1
    for i in range(power.size):
        if power[i] >= threshold:
            if first < 0:
                first = i
            last = i
    return first, last


@kernel("void(float32[::1], float32, intp, float32[::1])", "void(float64[::1], float64, intp, float64[::1])")
def preemphasis(signal, coefficient, before, out):
    """out[t] = signal[t] - coefficient * signal[t - 1], with `signal[before]` in front, 0 if that is negative."""
    if signal.size == 0:
        return
    previous = signal.dtype.type(0)
    if before >= 0:
        previous = signal[before]
    out[0] = signal[0] - coefficient * previous
    for t in range(1, signal.size):
        out[t] = signal[t] - coefficient * signal[t - 1]
