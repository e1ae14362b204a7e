"""Compiled kernels of :mod:`adali.kernels.noise`."""

# mypy: allow-untyped-defs
from __future__ import annotations

import math
from typing import Any

import numpy as np

from adali.kernels._jit import kernel

_M0, _M1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_W0, _W1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_LOW, _HALF, _ONE, _TWO = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(1), np.uint64(2)
_LAYER, _SIGN = np.uint64(255), np.uint64(256)
_TO_UNIT = np.uint64(11)
_TAIL = 3.6541528853610088


@kernel("uint64(uint64, uint64)")
def _high(a, b):
    """The upper half of a product."""
    a0, a1, b0, b1 = a & _LOW, a >> _HALF, b & _LOW, b >> _HALF
    middle = a1 * b0 + (a0 * b0 >> _HALF)
    other = a0 * b1 + (middle & _LOW)
    return a1 * b1 + (middle >> _HALF) + (other >> _HALF)


@kernel("UniTuple(uint64, 3)(uint64[::1], uint64, uint64)")
def _own(place, element, attempt):
    """Three words that only this element has."""
    k0, k1 = place[0], place[1]
    c0, c1, c2, c3 = attempt, place[2], place[3], element + _TWO
    for _ in range(10):
        high0, low0, high1, low1 = _high(_M0, c0), _M0 * c0, _high(_M1, c2), _M1 * c2
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0 += _W0
        k1 += _W1
    return c0, c1, c2


@kernel("float64(uint64)")
def _unit(word):
    """In (0, 1]."""
    return (np.float64(word >> _TO_UNIT) + 1.0) * 2.0**-53


@kernel("float64(uint64, uint64, float64, float64[::1], float64[::1], uint64[::1], uint64, uint64)")
def _beyond(word, layer, x, edges, heights, place, element, attempt):
    """The number of a place in a layer that does not surely lie under the density; NaN if it does not.

    `word` and the words of `attempt` are used up, but for the last of those.
    """
    first, second, _ = _own(place, element, attempt)
    if layer == 0:
        t = attempt
        while True:
            away = -math.log(_unit(first)) / _TAIL
            if -2 * math.log(_unit(second)) > away * away:
                break
            t += _ONE
            first, second, _ = _own(place, element, t)
        x = _TAIL + away
    else:
        low, high = heights[layer], heights[layer + _ONE]
        if not low + _unit(first) * (high - low) < math.exp(-0.5 * x * x):
            return math.nan
    return -x if word & _SIGN else x


def _normal(signature: str, word_type: Any, real: Any, place_bit: int, rest_bit: int) -> Any:
    """The kernel for one type of numbers; of a word, the place begins at one bit, and of a further word the rest."""
    place_from, rest_from = np.uint64(place_bit), np.uint64(rest_bit)

    @kernel(signature)
    def normal(words, inside, steps, edges, heights, place, out):
        for e in range(out.shape[0]):
            word = np.uint64(words[e])
            attempt = np.uint64(0)
            while True:
                layer = word & _LAYER
                at = word_type(word >> place_from)
                x = real(at) * steps[layer]
                if at < inside[layer]:
                    out[e] = -x if word & _SIGN else x
                    break
                value = _beyond(word, layer, np.float64(x), edges, heights, place, np.uint64(e), attempt)
                if value == value:
                    out[e] = value
                    break
                _, _, word = _own(place, np.uint64(e), attempt)
                word >>= rest_from
                attempt += _ONE

    return normal


#: Numbers of 23 random bits.
normal32 = _normal(
    "void(uint32[::1], uint32[::1], float32[::1], float64[::1], float64[::1], uint64[::1], float32[::1])",
    np.uint32, np.float32, 9, 32,
)  # fmt: skip
#: Numbers of 53 random bits.
normal64 = _normal(
    "void(uint64[::1], uint64[::1], float64[::1], float64[::1], float64[::1], uint64[::1], float64[::1])",
    np.uint64, np.float64, 11, 0,
)  # fmt: skip


@kernel("float64(float64)")
def _log_factorial(k):
    if k < 10:
        product = 1.0
        for i in range(2, int(k) + 1):
            product *= i
        return math.log(product)
    n = k + 1  # Stirling's series of the gamma function
    r = 1 / (n * n)
    series = (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680)))) / n
    return (n - 0.5) * math.log(n) - n + 0.9189385332046727 + series


@kernel("void(uint64[::1], float64[::1], uint64[::1], float64[::1])")
def poisson(words, means, place, out):
    """Small means by inversion; others by Hoermann's transformed rejection with squeeze (PTRS, 1993)."""
    for e in range(out.shape[0]):
        mean = means[e]
        word = words[e]
        if mean == 0:
            out[e] = 0
            continue
        if mean < 10:
            rest = _unit(word)
            share = math.exp(-mean)
            count = 0
            while rest > share and count < 100:
                rest -= share
                count += 1
                share *= mean / count
            out[e] = count
            continue
        root = math.sqrt(mean)
        b = 0.931 + 2.53 * root
        a = -0.059 + 0.02483 * b
        attempt = np.uint64(0)
        while True:
            u = (np.float64(word >> _HALF) + 0.5) * 2.0**-32 - 0.5
            v = (np.float64(word & _LOW) + 0.5) * 2.0**-32
            room = 0.5 - abs(u)
            count_ = math.floor((2 * a / room + b) * u + mean + 0.43)
            if room >= 0.07 and v <= 0.9277 - 3.6224 / (b - 2):
                break
            if count_ >= 0 and not (room < 0.013 and v > room):
                left = math.log(v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (room * room) + b))
                if left <= count_ * math.log(mean) - mean - _log_factorial(count_):
                    break
            word, _, _ = _own(place, np.uint64(e), attempt)
            attempt += _ONE
        out[e] = count_
