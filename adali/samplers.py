"""Samplers: which samples a reader delivers in an epoch, and in which order.

``fn.readers.file(..., sampler=WeightedSampler(weights, seed=3))`` replaces a reader's own order. A sampler is any
object with the two methods of :class:`Sampler`; the ones here are pure functions of (seed, epoch), so that a reader's
state stays two integers, and all shards draw the same sequence and take disjoint parts of it.

A sampler that must know the data first may also have ``bind(size, labels)``: a reader calls it once with its number of
samples and their classes (None if it does not know them) and uses the sampler that it returns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

__all__ = ["ClassBalancedSampler", "Sampler", "ShuffleSampler", "WeightedSampler"]

_Indices = npt.NDArray[np.int64]
_DOMAIN = 0x5A3F_1E55  # keeps these numbers apart from those of operators with the same seed


@runtime_checkable
class Sampler(Protocol):
    """What a reader asks of its ``sampler``."""

    def __len__(self) -> int:
        """Number of samples in an epoch, in all shards together; the same for every epoch."""

    def indices(self, epoch: int) -> Sequence[int] | npt.NDArray[Any]:
        """Numbers of the samples of an epoch, ``len(self)`` of them, each from 0 to the reader's size - 1.

        It must depend on nothing but ``epoch`` and be equal in all shards. Called on the reader's thread, once an
        epoch (and again after a restore).
        """


def _generator(seed: int, epoch: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=np.array([seed, _DOMAIN], np.uint64), counter=[0, 0, epoch, 0]))


def _check(seed: int, length: int) -> None:
    if seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}")
    if length < 1:
        raise ValueError(f"an epoch must have at least one sample, got num_samples={length}")


def _known(value: int | None, name: str) -> int:
    if value is None:
        raise ValueError(f"the sampler was made without {name} and belongs to no reader yet")
    return value


class ShuffleSampler:
    """Every sample once, in an order that is uniformly random over all the data and new for each epoch.

    Args:
        size: number of samples of the reader; by default the reader's own.
        seed: seed of the order.
    """

    def __init__(self, size: int | None = None, *, seed: int = 0) -> None:
        _check(seed, 1 if size is None else size)
        self.size = size
        self.seed = seed

    def bind(self, size: int, labels: npt.NDArray[Any] | None) -> ShuffleSampler:
        """The sampler for a reader of that many samples."""
        return ShuffleSampler(size, seed=self.seed) if self.size is None else self

    def __len__(self) -> int:
        return _known(self.size, "size")

    def indices(self, epoch: int) -> _Indices:
        """See :class:`Sampler`."""
        return _generator(self.seed, epoch).permutation(len(self))


class WeightedSampler:
    """Draws samples with probabilities in proportion to their weights.

    Args:
        weights: one finite weight of at least 0 for each sample of the reader, not all 0.
        num_samples: samples in an epoch; by default as many as there are weights.
        replacement: whether a sample may be drawn again within an epoch. Without replacement samples are drawn one
            after the other, each in proportion to the weights of those that are left (by the order of exponential
            variables, Efraimidis and Spirakis 2006).
        seed: seed of the drawing.

    Raises:
        ValueError: weights that are none, or, without replacement, fewer positive ones than ``num_samples``.
    """

    def __init__(
        self,
        weights: Sequence[float] | npt.NDArray[Any],
        num_samples: int | None = None,
        *,
        replacement: bool = True,
        seed: int = 0,
    ) -> None:
        self.weights = np.array(weights, np.float64)
        if self.weights.ndim != 1 or not np.all(np.isfinite(self.weights) & (self.weights >= 0)):
            raise ValueError("weights must be a list of finite numbers of at least 0")
        positive = int(np.count_nonzero(self.weights))
        if not positive:
            raise ValueError("at least one weight must be positive")
        self.num_samples = len(self.weights) if num_samples is None else num_samples
        _check(seed, self.num_samples)
        if not replacement and positive < self.num_samples:
            raise ValueError(
                f"{self.num_samples} samples cannot be drawn without replacement: {positive} weights are positive"
            )
        self.replacement = replacement
        self.seed = seed
        self._sums = np.cumsum(self.weights / self.weights.max())

    def __len__(self) -> int:
        return self.num_samples

    def indices(self, epoch: int) -> _Indices:
        """See :class:`Sampler`."""
        random = _generator(self.seed, epoch)
        if self.replacement:
            # Rounding may lift a product to the whole sum; the last sample of positive weight is then meant.
            draws = random.random(self.num_samples) * self._sums[-1]
            last = int(np.flatnonzero(self.weights)[-1])
            drawn: _Indices = np.minimum(np.searchsorted(self._sums, draws, side="right"), last).astype(np.int64)
            return drawn
        times = np.full(len(self.weights), np.inf)
        np.divide(random.exponential(size=len(self.weights)), self.weights, out=times, where=self.weights > 0)
        return np.argsort(times, kind="stable")[: self.num_samples].astype(np.int64)


class ClassBalancedSampler:
    """Draws from every class equally often, however many samples a class has.

    Each epoch is made of rounds, and in each round every class comes once, in random order. Within a class, samples
    come in random order, all of them before one comes again. So within an epoch the counts of two classes differ by at
    most one, and those of two samples of a class, too.

    Args:
        labels: class of each sample of the reader, any integers; by default the reader's own labels.
        num_samples: samples in an epoch; by default as many as there are labels.
        seed: seed of the orders.

    Raises:
        ValueError: no labels, or labels that are no integers.
    """

    def __init__(
        self,
        labels: Sequence[int] | npt.NDArray[Any] | None = None,
        num_samples: int | None = None,
        *,
        seed: int = 0,
    ) -> None:
        self.num_samples = num_samples
        self.seed = seed
        self._classes: list[_Indices] = []
        if labels is None:
            _check(seed, 1 if num_samples is None else num_samples)
            return
        array = np.asarray(labels)
        if array.ndim != 1 or not array.size or not np.issubdtype(array.dtype, np.integer):
            raise ValueError("labels must be a list of integers, one for each sample")
        self.num_samples = len(array) if num_samples is None else num_samples
        _check(seed, self.num_samples)
        _, which = np.unique(array, return_inverse=True)
        order = np.argsort(which, kind="stable").astype(np.int64)
        self._classes = np.split(order, np.cumsum(np.bincount(which))[:-1])

    def bind(self, size: int, labels: npt.NDArray[Any] | None) -> ClassBalancedSampler:
        """The sampler for a reader with those labels.

        Raises:
            ValueError: it was made without labels, and the reader does not know them.
        """
        if self._classes:
            return self
        if labels is None:
            raise ValueError("this reader does not know its samples' classes; give ClassBalancedSampler the labels")
        return ClassBalancedSampler(labels, self.num_samples, seed=self.seed)

    def __len__(self) -> int:
        return _known(self.num_samples if self._classes else None, "labels")

    def indices(self, epoch: int) -> _Indices:
        """See :class:`Sampler`."""
        random = _generator(self.seed, epoch)
        total, count = len(self), len(self._classes)
        rounds = math.ceil(total / count)
        table = np.empty((rounds, count), np.int64)
        for column, members in enumerate(self._classes):
            passes = math.ceil(rounds / len(members))
            table[:, column] = np.concatenate([random.permutation(members) for _ in range(passes)])[:rounds]
        drawn: _Indices = random.permuted(table, axis=1).reshape(-1)[:total]
        return drawn
