"""How a stream of full batches is divided into epochs: the arithmetic of DALI's framework iterators.

Pipelines read their data as an endless stream of full batches, and a batch may hold the end of one epoch and the
beginning of the next. An :class:`Epochs` says of each epoch how many batches of the stream it takes, how many of them
are handed out, and which samples of them count. It knows nothing of pipelines or frameworks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Protocol

__all__ = ["ByReader", "BySize", "Endless", "Epochs", "LastBatchPolicy"]


@unique
class LastBatchPolicy(Enum):
    """What becomes of the last batch of an epoch when too few samples are left to fill it.

    * ``FILL``: it is filled up, with repetitions of the last sample or with the first samples of the next epoch,
      whichever the reader does (its ``pad_last_batch``).
    * ``DROP``: it is left out.
    * ``PARTIAL``: it is handed out with the samples that are left.
    """

    FILL = 0
    DROP = 1
    PARTIAL = 2


def _ceil(a: int, b: int) -> int:
    return -(-a // b)


class Epochs(Protocol):
    """The epochs of an iterator, one after another.

    Attributes:
        size: what the iterator's ``size`` shows, in samples; -1 if not known.
        length: what its ``len`` is, in batches.
        batches: how many batches this epoch hands out; None if the data decides.
        dropped: how many batches of the stream belong to this epoch after those and are left out.
    """

    size: int
    length: int
    batches: int | None
    dropped: int

    def counts(self, step: int) -> list[int] | None:
        """For each pipeline, how many samples of batch ``step`` of this epoch count; None if all of them do.

        A pipeline that is not listed has no batch.
        """

    def advance(self) -> None:
        """Go on to the next epoch."""

    def state(self) -> list[int]:
        """Where the epochs are, as integers."""

    def set_state(self, state: list[int]) -> None:
        """Go to where :meth:`state` was taken."""


class Endless:
    """An epoch is what a pipeline delivers until its data ends."""

    size = -1
    length = 0
    batches: int | None = None
    dropped = 0

    def counts(self, step: int) -> list[int] | None:
        return None

    def advance(self) -> None:
        pass

    def state(self) -> list[int]:
        return []

    def set_state(self, state: list[int]) -> None:
        pass


class BySize:
    """Epochs of a given number of samples, taken by all pipelines together.

    With FILL and no padding, the samples that the last batch took from the next epoch are not read again in that.
    """

    def __init__(self, size: int, batch_size: int, pipelines: int, policy: LastBatchPolicy, padded: bool) -> None:
        self.size = size
        self._batch = batch_size
        self._unit = batch_size * pipelines
        self._policy = policy
        self._padded = padded
        self._ahead = 0
        self.length = size // self._unit if policy is LastBatchPolicy.DROP else _ceil(size, self._unit)
        self._plan()

    def _plan(self) -> None:
        self.batches: int | None = self.length
        self.dropped = 0
        if self._policy is LastBatchPolicy.DROP:
            self.dropped = int(self.size % self._unit > 0)
        elif self._policy is LastBatchPolicy.FILL:
            self.batches = _ceil(self.size - self._ahead, self._unit)

    def counts(self, step: int) -> list[int] | None:
        left = self.size - step * self._unit
        if self._policy is not LastBatchPolicy.PARTIAL or left >= self._unit:
            return None
        full, rest = divmod(left, self._batch)
        return [self._batch] * full + ([rest] if rest else [])

    def advance(self) -> None:
        if self._policy is LastBatchPolicy.FILL and not self._padded:
            assert self.batches is not None
            self._ahead = (self._ahead + self.batches * self._unit) % self.size
        self._plan()

    def state(self) -> list[int]:
        return [self._ahead]

    def set_state(self, state: list[int]) -> None:
        (self._ahead,) = state
        self._plan()


@dataclass(frozen=True)
class ReaderMeta:
    """What counts of a reader.

    Attributes:
        size: samples in all shards.
        shards: number of shards.
        padded: whether it repeats its last sample until batches and shards are equally long.
        sticks: whether it reads the same shard in every epoch, rather than the next one.
    """

    size: int
    shards: int
    padded: bool
    sticks: bool


class ByReader:
    """Epochs that follow a reader's shards, equally long for every rank.

    Shards differ by up to one sample, and with FILL and no padding a rank that has filled its batch from the next shard
    is ahead. An epoch lasts until the slowest of all ranks has read the whole of its shard; so all ranks take the same
    number of steps, though none knows of the others.
    """

    def __init__(self, meta: ReaderMeta, shard_ids: list[int], batch_size: int, policy: LastBatchPolicy) -> None:
        self._meta = meta
        self._ids = shard_ids
        self._batch = batch_size
        self._policy = policy
        self._sizes = [meta.size * (k + 1) // meta.shards - meta.size * k // meta.shards for k in range(meta.shards)]
        self._epoch = 0
        # For each rank, whichever shard it reads: samples of this epoch read in the last one.
        self._ahead = [0] * meta.shards
        self._plan()

    @property
    def _fills(self) -> bool:
        return self._policy is LastBatchPolicy.FILL and not self._meta.padded

    def _shard_size(self, rank: int) -> int:
        return self._sizes[rank if self._meta.sticks else (rank + self._epoch) % self._meta.shards]

    def _left(self) -> list[int]:
        return [self._shard_size(rank) - ahead for rank, ahead in enumerate(self._ahead)]

    def _plan(self) -> None:
        self.dropped = 0
        largest = max(self._sizes)
        self.batches: int | None = _ceil(largest, self._batch)
        self.size = largest if self._meta.padded else self.batches * self._batch
        if self._policy is LastBatchPolicy.DROP:
            self.size = self._meta.size // self._meta.shards
            self.batches, rest = divmod(self.size, self._batch)
            self.dropped = int(rest > 0)
        elif self._fills:
            while max(left := self._left()) <= 0:  # batches are so large that all have read the epoch already
                self._ahead = [-x for x in left]
                self._epoch += 1
            self.batches = _ceil(max(left), self._batch)
            self.size = self.batches * self._batch
        self.length = self.batches

    def counts(self, step: int) -> list[int] | None:
        if self._policy is not LastBatchPolicy.PARTIAL:
            return None
        done = step * self._batch
        counts = [min(max(self._shard_size(rank) - done, 0), self._batch) for rank in self._ids]
        return None if min(counts) == self._batch else counts

    def advance(self) -> None:
        if self._fills:
            assert self.batches is not None
            read = self.batches * self._batch
            self._ahead = [read - left for left in self._left()]
        self._epoch += 1
        self._plan()

    def state(self) -> list[int]:
        return [self._epoch, *self._ahead]

    def set_state(self, state: list[int]) -> None:
        self._epoch, *self._ahead = state
        self._plan()
