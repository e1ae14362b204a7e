"""Noise of which each element's number has a place of its own, so that a GPU's threads make the same ones.

An element takes the word of its own number from the sample's generator (:mod:`.philox`). Where that is not enough (the
methods reject some), it goes on with words that only it has: those of the counter (attempt, sample, iteration,
element + 2). ``kernels/cuda/noise.cu`` does the same.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Place", "Ziggurat", "normal", "poisson", "ziggurat"]

Array = npt.NDArray[Any]

#: Layers of the ziggurat, of equal area, and where the tail begins that the lowest one has besides its rectangle.
LAYERS, TAIL = 256, 3.6541528853610088


class Place(NamedTuple):
    """What names a sample's random numbers: the operator's key, the sample and the iteration."""

    key: tuple[int, int]
    sample: int
    iteration: int


class Ziggurat(NamedTuple):
    """Layers under the density ``exp(-x * x / 2)``, the widest (with the tail) first.

    A word's lowest byte picks a layer, the next bit the sign, its uppermost 23 or 53 bits a place in the layer.

    Attributes:
        edges: right ends of the layers, and 0; shape (LAYERS + 1,).
        heights: the density there.
        inside: for words of 32 and of 64 bits, the places below which a number surely lies under the density.
        steps: for words of 32 and of 64 bits, what a place is multiplied with, float32 and float64.
    """

    edges: Array
    heights: Array
    inside: tuple[Array, Array]
    steps: tuple[Array, Array]


@cache
def ziggurat() -> Ziggurat:
    """The layers for normally distributed numbers."""
    from math import erfc, exp, log, pi, sqrt

    area = TAIL * exp(-TAIL * TAIL / 2) + sqrt(pi / 2) * erfc(TAIL / sqrt(2))
    edges = np.zeros(LAYERS + 1)
    edges[0], edges[1] = area / exp(-TAIL * TAIL / 2), TAIL
    for k in range(2, LAYERS):
        edges[k] = sqrt(-2 * log(area / edges[k - 1] + exp(-(edges[k - 1] ** 2) / 2)))
    share = edges[1:] / edges[:-1]
    inside = (share * 2.0**23).astype(np.uint32), (share * 2.0**53).astype(np.uint64)
    steps = (edges[:-1] * 2.0**-23).astype(np.float32), edges[:-1] * 2.0**-53
    return Ziggurat(edges, np.exp(-edges * edges / 2), inside, steps)


def normal(place: Place, words: npt.NDArray[np.uint64], size: int, dtype: Any) -> Array:
    """Normally distributed numbers of mean 0 and deviation 1.

    Args:
        place: whose numbers they are.
        words: of the sample's generator; one for each number of float64, one for two of float32.
        size: how many.
        dtype: float32 or float64.

    Returns:
        shape (size,).
    """
    from adali.kernels import _noise

    wide = np.dtype(dtype) == np.float64
    tables = ziggurat()
    out = np.empty(size, dtype)
    arguments = (tables.inside[wide], tables.steps[wide], tables.edges, tables.heights, _numbers(place), out)
    if wide:
        _noise.normal64(words, *arguments)
    else:
        _noise.normal32(words.view(np.uint32), *arguments)
    return out


def poisson(place: Place, words: npt.NDArray[np.uint64], means: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Poisson variates, as whole numbers.

    Args:
        place: whose numbers they are.
        words: of the sample's generator, one for each number.
        means: theirs, from 0 on; finite.

    Returns:
        shape of ``means``.
    """
    from adali.kernels import _noise

    out = np.empty(means.size, np.float64)
    _noise.poisson(words, np.ascontiguousarray(means).reshape(-1), _numbers(place), out)
    return out.reshape(means.shape)


def _numbers(place: Place) -> npt.NDArray[np.uint64]:
    return np.array([*place.key, place.sample, place.iteration], np.uint64)
