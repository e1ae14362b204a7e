"""Bounded, closable queue between two stages on the engine's loop."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

__all__ = ["Queue", "QueueClosed"]

T = TypeVar("T")


class QueueClosed(Exception):
    """The other end of the queue is gone."""


class Queue(Generic[T]):
    """Holds at most ``depth`` items; ``put`` waits while it is full and ``get`` while it is empty.

    One producer and one consumer, both on the same event loop. It exists beside ``anyio``'s memory streams because
    those pass through the event loop once more on each call, which at a few microseconds a sample is visible.

    Attributes:
        name: for statistics.
        depth: how many items fit.
        peak: the largest number of items it ever held.
        occupancy: sum over all puts of the items then held; divided by ``puts`` it is the mean.
        puts: number of items that went through.
    """

    def __init__(self, name: str, depth: int) -> None:
        if depth < 1:
            raise ValueError(f"queue {name} needs a depth of at least 1, got {depth}")
        self.name = name
        self.depth = depth
        self.peak = 0
        self.occupancy = 0
        self.puts = 0
        self._items: deque[T] = deque()
        self._getter: asyncio.Future[None] | None = None
        self._putter: asyncio.Future[None] | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._items)

    async def put(self, item: T) -> None:
        """Append an item.

        Raises:
            QueueClosed: the queue was closed.
        """
        while len(self._items) >= self.depth and not self._closed:
            self._putter = asyncio.get_running_loop().create_future()
            await self._putter
        if self._closed:
            raise QueueClosed(self.name)
        self._items.append(item)
        self.puts += 1
        held = len(self._items)
        self.occupancy += held
        self.peak = max(self.peak, held)
        _wake(self._getter)

    async def get(self) -> T:
        """Take the oldest item.

        Raises:
            QueueClosed: the queue was closed and is empty.
        """
        while not self._items:
            if self._closed:
                raise QueueClosed(self.name)
            self._getter = asyncio.get_running_loop().create_future()
            await self._getter
        item = self._items.popleft()
        _wake(self._putter)
        return item

    def get_nowait(self) -> T | None:
        """Take the oldest item, or None if there is none."""
        if not self._items:
            return None
        item = self._items.popleft()
        _wake(self._putter)
        return item

    def close(self) -> None:
        """No more items come; those inside can still be taken."""
        self._closed = True
        _wake(self._getter)
        _wake(self._putter)


def _wake(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
