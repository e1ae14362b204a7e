"""Kernels of the audio operators: power spectra of windows, weighted sums along an axis, resampling, moving power.

The formulas were taken from DALI's documentation and the details (where windows lie, how a position is rounded) from
its results.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from adali.kernels.scratch import scratch

__all__ = [
    "Floats",
    "Spectra",
    "Weights",
    "convert_levels",
    "factors",
    "hann",
    "level_scale",
    "moving_power",
    "padded_windows",
    "reflect_101",
    "resample",
    "sinc_lobes",
    "sinc_table",
]

Floats = NDArray[np.float32]

_SLOT_SIGNAL, _SLOT_WORK, _SLOT_TURNED, _SLOT_RESULT = 40, 41, 42, 43

#: Windows of one group of the vectorised transform; `audio_simd.LANES`, which cannot be imported without compiling.
_LANES = 16


def hann(length: int) -> NDArray[np.float64]:
    """Hann window of `length` samples, sampled at their centres: sin^2(pi (i + 1/2) / length)."""
    phase: NDArray[np.float64] = np.pi * (np.arange(length) + 0.5) / length
    return np.sin(phase) ** 2


def reflect_101(index: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Positions in 0 .. length - 1 of samples mirrored about the first and last sample, as often as needed."""
    if length == 1:
        return np.zeros_like(index)
    period = 2 * (length - 1)
    folded: NDArray[np.int64] = np.abs(index) % period
    mirrored: NDArray[np.int64] = np.minimum(folded, period - folded)
    return mirrored


class Spectra:
    """Power or magnitude of the Fourier transforms of windows of a signal.

    Transforms of a length without prime factors above 7 run 16 at a time in vector registers; others are done by
    `numpy.fft`.

    Args:
        nfft: length of the transform.
        window: weights, at most nfft of them; a window is filled up with zeros behind.
        power: 2 for squared magnitudes, 1 for magnitudes.
    """

    def __init__(self, nfft: int, window: NDArray[Any], power: int) -> None:
        self.nfft = nfft
        self.bins = nfft // 2 + 1
        self.length = int(window.size)
        self.root = power == 1
        self.window = window.astype(np.float32)
        # Even and odd samples make one complex signal of half the length.
        size = nfft if nfft % 2 else nfft // 2
        radices, rest = factors(size)
        self.vectorised = rest == 1
        if not self.vectorised:
            return
        self._radices = np.array(radices, np.int32)
        self._twiddles = _twiddles(size, radices)
        self._places = _places(size, radices)
        angle = 2 * np.pi * np.arange(size // 2 + 1) / nfft
        self._turns = np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)
        # Half the weight, because even and odd samples are later separated as (a + b) / 2 and (a - b) / 2.
        self._weights = np.zeros(_round_up(self.length), np.float32)
        self._weights[: self.length] = window if nfft % 2 else 0.5 * window

    def samples(self, step: int, count: int) -> int:
        """Number of samples that `run` wants to be able to read."""
        return (max(count, _LANES) - 1) * step + _round_up(self.length)

    def run(self, signal: Floats, step: int, count: int, out: Floats, time_major: bool) -> None:
        """Transform `count` windows, `step` samples apart.

        Args:
            signal: `samples(step, count)` samples; those behind the last window may be anything.
            out: (bins, count), or (count, bins) with `time_major`; C-contiguous.
        """
        if not self.vectorised:
            frames = np.lib.stride_tricks.as_strided(signal, (count, self.length), (4 * step, 4), writeable=False)
            rows = out if time_major else out.T
            for first in range(0, count, _LANES):  # few enough to stay in the cache
                spectrum = np.fft.rfft(frames[first : first + _LANES] * self.window, self.nfft)
                power = np.abs(spectrum) if self.root else spectrum.real**2 + spectrum.imag**2
                rows[first : first + _LANES] = power
            return
        from adali.kernels import audio_jit

        elements = max(self.nfft, self._weights.size) * (1 + self.nfft % 2)
        work = scratch((elements + self.bins) * _LANES, np.float32, _SLOT_WORK)
        audio_jit.spectrogram(
            signal, step, count, self._weights, self.length, self.nfft, self._radices, self._twiddles, self._places,
            self._turns, work, out, time_major, self.root,
        )  # fmt: skip


def padded_windows(signal: Floats, spectra: Spectra, step: int, count: int, offset: int, reflect: bool) -> Floats:
    """Samples for `spectra.run` whose first window starts `offset` samples before the signal; scratch memory.

    Outside the signal there are zeros or, with `reflect`, the signal mirrored.
    """
    wanted = spectra.samples(step, count)
    needed = (count - 1) * step + spectra.length
    padded = scratch(wanted, np.float32, _SLOT_SIGNAL)
    inside = min(signal.size, needed - offset)
    end = offset + inside
    padded[offset:end] = signal[:inside]
    padded[end:] = 0
    if reflect:
        padded[:offset] = signal[reflect_101(np.arange(-offset, 0), signal.size)]
        padded[end:needed] = signal[reflect_101(np.arange(inside, inside + needed - end), signal.size)]
    else:
        padded[:offset] = 0
    return padded


def _round_up(length: int) -> int:
    return -(-length // _LANES) * _LANES


def factors(length: int) -> tuple[list[int], int]:
    """Factors 4, 2, 3, 5 and 7 of a length, and what is left of it."""
    radices = []
    for radix in (4, 2, 3, 5, 7):
        while length % radix == 0:
            radices.append(radix)
            length //= radix
    return radices, length


def _twiddles(length: int, radices: list[int]) -> Floats:
    """For each stage but the last, for each butterfly: cos and sin of output 1, 2, ... of the butterfly."""
    parts = [np.zeros(1)]
    for radix in radices:
        quotient = length // radix
        angle = -2 * np.pi * np.arange(quotient)[:, None] * np.arange(1, radix) / length
        if quotient > 1:
            parts.append(np.stack([np.cos(angle), np.sin(angle)], -1).reshape(-1))
        length = quotient
    return np.concatenate(parts[1:] or parts).astype(np.float32)


def _places(length: int, radices: list[int]) -> NDArray[np.int32]:
    """Where the in-place transform leaves each frequency: its digits in reverse."""
    frequency = np.arange(length)
    place = np.zeros(length, np.int64)
    for radix in radices:
        length //= radix
        place += frequency % radix * length
        frequency //= radix
    return place.astype(np.int32)


class Weights:
    """A matrix that is applied along one axis of an array: out[..., k, ...] = sum of matrix[k, n] * x[..., n, ...].

    Args:
        matrix: (results, elements); zeros at both ends of a row cost nothing.

    Attributes:
        matrix: the same, float32.
        spans: (results, 2), the first element of each row that counts and the one behind the last.
    """

    def __init__(self, matrix: NDArray[Any]) -> None:
        self.matrix = np.ascontiguousarray(matrix, np.float32)
        self.spans = np.zeros((self.matrix.shape[0], 2), np.int32)
        for span, row in zip(self.spans, self.matrix, strict=True):
            used = np.flatnonzero(row)
            if used.size * 2 > row.size:
                span[1] = row.size
            elif used.size:
                span[:] = used[0], used[-1] + 1

    def apply(self, x: Floats, axis: int, out: Floats) -> Floats:
        """Apply to float32 data. `out` is C-contiguous and has the shape of `x` except for `axis`."""
        from adali.kernels import audio_jit

        before, elements, after = _around(x.shape, axis)
        results = self.matrix.shape[0]
        if out.size == 0:
            return out
        x = np.ascontiguousarray(x)
        if after > 1 or before == 1:
            audio_jit.weigh(
                self.matrix, self.spans, x.reshape(before, elements, after), out.reshape(before, results, after)
            )
            return out
        # The vectors of the kernel run across the axis, so an innermost axis is turned outwards and back.
        turned = scratch((1, elements, before), np.float32, _SLOT_TURNED)
        turned[0] = x.reshape(before, elements).T
        result = scratch((1, results, before), np.float32, _SLOT_RESULT)
        audio_jit.weigh(self.matrix, self.spans, turned, result)
        out.reshape(before, results)[...] = result[0].T
        return out


def _around(shape: tuple[int, ...], axis: int) -> tuple[int, int, int]:
    before = after = 1
    for extent in shape[:axis]:
        before *= extent
    for extent in shape[axis + 1 :]:
        after *= extent
    return before, shape[axis], after


def sinc_lobes(quality: float) -> int:
    """Lobes of the sinc filter on each side: 3 at quality 0, 16 at 50, 64 at 100, a parabola between.

    Raises ValueError if the quality is not within 0 .. 100.
    """
    if not 0 <= quality <= 100:
        raise ValueError(f"quality must be within 0 .. 100, got {quality:g}")
    return int(0.007 * quality * quality - 0.09 * quality + 3.5)


@lru_cache(maxsize=16)
def sinc_table(lobes: int) -> Floats:
    """The windowed sinc filter by phase: row p, column j is its value at j - lobes + p / 32.

    The envelope is a Hann window half a step of the table wider than the filter; between the 1/32 steps DALI
    interpolates linearly, which is audible in the tolerance, so it is done here too.
    """
    phases, taps = 32, 2 * lobes
    at = np.arange(phases * taps + 2 * phases) / phases - lobes
    envelope = 0.5 * (1 + np.cos(np.pi * at / (lobes + 0.5 / phases)))
    values = np.where(at <= lobes, np.sinc(at) * envelope, 0)
    table = np.zeros((phases + 2, _round_up(taps)), np.float32)
    index = np.arange(phases + 2)[:, None] + phases * np.arange(taps)
    table[:, :taps] = values[index]
    return table


def resample(signal: Floats, step: float, lobes: int, out: Floats) -> Floats:
    """Interpolate (samples, channels) at the positions 0, step, 2 step, ... into out (results, channels).

    The filter is a sinc function of the input's own rate with a Hann window, `lobes` on each side: frequencies above
    half the output's rate are folded back, as DALI does. Outside the signal there is silence.
    """
    from adali.kernels import audio_jit

    table = sinc_table(lobes)
    samples = signal.shape[0]
    padded = scratch(lobes + samples + lobes + table.shape[1] + 8, np.float32, _SLOT_SIGNAL)
    padded[:lobes] = 0
    padded[lobes + samples :] = 0
    for channel in range(signal.shape[1]):
        padded[lobes : lobes + samples] = signal[:, channel]
        audio_jit.resample(padded, table, lobes, step, out[:, channel])
    return out


def convert_levels(signal: NDArray[Any], dtype: DTypeLike) -> Floats:
    """The signal as float32 in the range of another type: full scale becomes full scale.

    Floating-point signals lie within -1 .. 1, signed ones within -max .. max, unsigned ones within 0 .. max with
    silence in the middle. Where both types are one, values stay as they are.
    """
    target, source = np.dtype(dtype), signal.dtype
    values = signal.astype(np.float32)
    if target == source:
        return values
    if source.kind in "iu":
        full = float(np.iinfo(source).max)
        values *= np.float32((2 if source.kind == "u" else 1) / full)
        if source.kind == "u":
            values -= 1
    if target.kind in "iu":
        full = float(np.iinfo(target).max)
        if target.kind == "u":
            values += 1
        values *= np.float32(full / 2 if target.kind == "u" else full)
    return values


def level_scale(source: DTypeLike, target: DTypeLike) -> tuple[float, float]:
    """Factor and addend that do what `convert_levels` does."""
    before, after = np.dtype(source), np.dtype(target)
    factor, addend = 1.0, 0.0
    if before == after:
        return factor, addend
    if before.kind in "iu":
        factor = (2 if before.kind == "u" else 1) / float(np.iinfo(before).max)
        addend = -1.0 if before.kind == "u" else 0.0
    if after.kind in "iu":
        full = float(np.iinfo(after).max) / (2 if after.kind == "u" else 1)
        factor, addend = factor * full, (addend + (after.kind == "u")) * full
    return factor, addend


def moving_power(signal: NDArray[Any], window: int, reset: int) -> Floats:
    """Mean square of the last `window` samples at each sample.

    Sums of 8 and 16 bit integers are exact. All other types are summed in single precision, adding and subtracting
    squares; floating-point sums start afresh every `reset` samples (never if it is -1), those of wider integers never.
    Silence after a loud passage is therefore found exactly where DALI finds it.
    """
    from adali.kernels import audio_jit

    out = np.empty(signal.size, np.float32)
    if signal.size == 0:
        return out
    kind = np.int64 if signal.dtype.kind in "iu" and signal.dtype.itemsize <= 2 else np.float32
    if signal.dtype.kind != "f" or reset <= 0:
        reset = signal.size
    audio_jit.moving_power(np.ascontiguousarray(signal, kind), window, reset, out)
    return out
