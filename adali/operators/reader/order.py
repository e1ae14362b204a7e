"""In which order a reader delivers: shards, shuffling, epochs and padding, worked out on sample numbers alone.

The order of an epoch is a pure function of (seed, epoch). No sample is read for the sake of shuffling, and a place in
the endless sequence of samples is two integers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from adali.kernels import philox

__all__ = ["EPOCH_SHUFFLE", "LISTING", "SHARED_SEED", "Plan", "Turn", "permutation", "shard_bounds"]

# Counter words that keep the uses of a key apart; adali.kernels.philox uses 0 and 1.
_WINDOW, EPOCH_SHUFFLE, LISTING = 2, 3, 4
#: Orders that all shards must agree on, whatever their seeds, come from this seed.
SHARED_SEED = 0x0ADA11
_BLOCK = 4096

Indices = npt.NDArray[np.int64]


def shard_bounds(shard: int, shards: int, size: int) -> tuple[int, int]:
    """First sample of a shard, and the one after its last."""
    return size * shard // shards, size * (shard + 1) // shards


def permutation(key: tuple[int, int], epoch: int, use: int, size: int) -> Indices:
    """A uniformly random order of ``size`` numbers: their order by random 64-bit words."""
    return np.argsort(_words(key, 0, epoch, use, size), kind="stable").astype(np.int64, copy=False)


def grouped_permutation(key: tuple[int, int], epoch: int, use: int, groups: Indices) -> Indices:
    """Consecutive groups of samples in random order; the samples of a group stay together and in order."""
    ends = np.cumsum(groups)
    order = permutation(key, epoch, use, len(groups))
    return np.concatenate([np.arange(ends[g] - groups[g], ends[g]) for g in order])


def _words(key: tuple[int, int], block: int, epoch: int, use: int, count: int) -> npt.NDArray[np.uint64]:
    counter = np.array([0, block, epoch, use], np.uint64)
    return np.random.Philox(key=np.array(key, np.uint64), counter=counter).random_raw(count)


class _Order:
    """The order of one epoch, worked out piece by piece as it is needed.

    With a window, a sample is drawn uniformly from the next ``window`` ones not yet delivered: its place goes to the
    next one of the sequence, or is closed when there is none left.
    """

    def __init__(self, samples: Indices, window: int, key: tuple[int, int], epoch: int) -> None:
        self.samples = samples
        self.key = key
        self.epoch = epoch
        self.window = window
        self.block = 0
        self.ready: list[int] = []
        self.used = 0
        if window >= len(samples) > 1:
            self.samples = samples[permutation(key, epoch, _WINDOW, len(samples))]
            self.window = 1
        self.pool = self.samples[: self.window].tolist()
        self.next = len(self.pool)

    def take(self, count: int) -> list[int]:
        """The next ``count`` samples; fewer at the end."""
        taken: list[int] = []
        while len(taken) < count:
            if self.used == len(self.ready):
                self.ready, self.used = self._draw(), 0
                if not self.ready:
                    break
            more = self.ready[self.used : self.used + count - len(taken)]
            self.used += len(more)
            taken += more
        return taken

    def _draw(self) -> list[int]:
        if self.window == 1:
            start = self.block * _BLOCK
            self.block += 1
            block: list[int] = self.samples[start : start + _BLOCK].tolist()
            return block
        pool, total = self.pool, len(self.samples)
        done = self.next - len(pool)
        count = min(_BLOCK, total - done)
        fresh = self.samples[self.next : self.next + count].tolist()
        self.next += len(fresh)
        sizes = np.minimum(len(pool), total - done - np.arange(count))
        uniform = philox.uniform53(_words(self.key, self.block, self.epoch, _WINDOW, count))
        self.block += 1
        drawn = []
        for turn, place in enumerate((uniform * sizes).astype(np.int64).tolist()):
            drawn.append(pool[place])
            if turn < len(fresh):
                pool[place] = fresh[turn]
            else:
                pool[place] = pool[-1]
                pool.pop()
        return drawn


class Turn(NamedTuple):
    """A sample's turn in the endless sequence.

    Attributes:
        sample: its number.
        epoch: the pass it belongs to.
        position: how many samples of the pass have had their turn after this one, padding included.
        last: whether it is the last of its pass.
    """

    sample: int
    epoch: int
    position: int
    last: bool


class Plan:
    """The endless sequence of one reader's samples.

    Args:
        size: samples of an epoch in all shards.
        shards: number of shards.
        shard: the one to deliver in epoch 0.
        sticks: whether it stays that one, or the next epoch goes on with the next shard.
        batch: batch size that epochs are padded to multiples of, 0 for no padding.
        window: samples to draw from, 1 for no shuffling.
        key: Philox key of the window.
        arrange: the order of all samples of an epoch before it is divided into shards; None for that of the data.
    """

    def __init__(
        self,
        *,
        size: int,
        shards: int,
        shard: int,
        sticks: bool,
        batch: int,
        window: int,
        key: tuple[int, int],
        arrange: Callable[[int], Indices] | None,
    ) -> None:
        self.size = size
        self.shards = shards
        self.shard = shard
        self.sticks = sticks
        self.batch = batch
        self.window = window
        self.key = key
        self.arrange = arrange
        self._order: _Order | None = None
        self._last = -1
        self._seen: deque[Turn] = deque()
        self.begin(0)

    def begin(self, epoch: int, position: int = 0) -> None:
        """Go to a place in the sequence.

        Raises:
            ValueError: there is no such place.
        """
        if epoch < 0 or not 0 <= position < self.length(epoch):
            raise ValueError(f"epoch {epoch} has no position {position}; it has {self.length(epoch)} samples")
        self._seen.clear()
        self._start(epoch)
        if position:
            self._take(position)

    def _start(self, epoch: int) -> None:
        self.epoch, self.position, self._order = epoch, 0, None

    def length(self, epoch: int) -> int:
        """Samples that the epoch delivers."""
        if not self.batch:
            start, stop = self._bounds(epoch)
            return stop - start
        largest = -(-self.size // self.shards)
        return -(-largest // self.batch) * self.batch

    def take(self, count: int, cut: bool) -> list[Turn]:
        """The next ``count`` turns; with ``cut`` no more than are left of the epoch."""
        turns: list[Turn] = []
        while len(turns) < count:
            if self._seen:
                turns.append(self._seen.popleft())
            else:
                turns += self._next(count - len(turns))
            if cut and turns[-1].last:
                break
        return turns

    def peek(self, count: int) -> list[Turn]:
        """The next ``count`` turns, which stay to be taken."""
        while len(self._seen) < count:
            self._seen += self._next(count - len(self._seen))
        return list(islice(self._seen, count))

    def _next(self, count: int) -> list[Turn]:
        """The next turns, no more than are left of the epoch."""
        epoch, position = self.epoch, self.position
        length = self.length(epoch)
        turns = []
        for index in self._take(count):
            position += 1
            turns.append(Turn(index, epoch, position, position == length))
        if self.position == length:
            self._start(epoch + 1)
        return turns

    def _bounds(self, epoch: int) -> tuple[int, int]:
        shard = self.shard if self.sticks else (self.shard + epoch) % self.shards
        return shard_bounds(shard, self.shards, self.size)

    def _take(self, count: int) -> list[int]:
        """The next samples of the epoch, as many as asked or as are left."""
        if self._order is None:
            start, stop = self._bounds(self.epoch)
            samples = np.arange(start, stop) if self.arrange is None else self.arrange(self.epoch)[start:stop]
            self._order = _Order(samples, self.window, self.key, self.epoch)
        count = min(count, self.length(self.epoch) - self.position)
        taken = self._order.take(count)
        if taken:
            self._last = taken[-1]
        if len(taken) < count:
            taken += [self._last] * (count - len(taken))
        self.position += count
        return taken
