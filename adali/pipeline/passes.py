"""Passes over the data: what ``for`` and ``async for`` run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from adali.engine.workspace import Failure
from adali.errors import ArgumentError
from adali.pipeline.options import Outputs

if TYPE_CHECKING:
    from adali.pipeline.base import PipelineBase

__all__ = ["Pass", "Passes"]

P = TypeVar("P")


class Pass:
    """One pass over the data: to the end of the readers' epoch, of a source, or of ``iter_setup``.

    A pass that was left before its end does not go on: the next one begins with a new epoch.

    Attributes:
        index: its number among those of ``epochs()``.
    """

    def __init__(self, pipe: PipelineBase, index: int = 0) -> None:
        self.index = index
        self._pipe = pipe
        self._begun = False
        self._count = 0
        self._limit: int | None = None
        self._over = False

    def __aiter__(self) -> Pass:
        return self

    async def __anext__(self) -> Outputs:
        """The next batch.

        Raises:
            StopAsyncIteration: the epoch is over.
            OperatorError: an operator failed in this iteration.
        """
        pipe = self._pipe
        if not self._begun:
            position = await pipe._begin_pass()
            self._begun = True
            self._limit = None if pipe._epoch_mode else pipe._batches_in_epoch()
            self._count = position.iteration - pipe._pass_start
            # Of a pass that goes on from a checkpoint all batches may have been taken.
            self._over = self._count > 0 and position.epoch_end and pipe._epoch_mode
        while not self._over and (self._limit is None or self._count < self._limit):
            try:
                item = await pipe._next_batch()
            except StopAsyncIteration:
                break
            self._count += 1
            self._over = item.epoch_end and pipe._epoch_mode
            # The outputs are None where every sample of the epoch's last batch was skipped.
            if isinstance(item, Failure) or item.outputs[0] is not None:
                return pipe._unpack(item)
        self._over = True
        pipe._pass_open = False
        raise StopAsyncIteration


class Passes(Generic[P]):
    """Passes one after another; with ``for``, and with ``async for`` as well, since nothing waits between them."""

    def __init__(self, make: Callable[[int], P], count: int | None, start: int) -> None:
        if count is not None and count < 0:
            raise ArgumentError(f"the number of epochs must not be negative, got {count}")
        self._make = make
        self._stop = None if count is None else start + count
        self._next = start

    def __iter__(self) -> Passes[P]:
        return self

    def __next__(self) -> P:
        if self._next == self._stop:
            raise StopIteration
        self._next += 1
        return self._make(self._next - 1)

    def __aiter__(self) -> Passes[P]:
        return self

    async def __anext__(self) -> P:
        if self._next == self._stop:
            raise StopAsyncIteration
        return self.__next__()
