"""Pieces of remote containers, joined: one large request costs hardly more time than a small one.

What lies close together is fetched together, with the bytes between. Where samples come in the order of the file, those
that begin in the same mebibyte of it share their requests, and each request is made once. These blocks depend on the
file alone, so that the requests, under which a cache finds them, are the same in every epoch and every shard.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager

from adali.operators.base import Array
from adali.storage import Request

__all__ = ["BLOCK_BYTES", "HeldPieces", "Runs", "joined"]

#: Samples that begin in the same block of a file share requests.
BLOCK_BYTES = 1 << 20
#: So many unwanted bytes are fetched rather than make one more request.
_GAP = 64 << 10
#: A joined piece is no larger, so that a wrong index does not make one of a whole file.
_LARGEST = 4 << 20
#: What is held for the samples to come.
_HELD_BYTES = 32 << 20
#: Runs whose requests are remembered.
_REMEMBERED = 64

Range = tuple[int, int]


def joined(ranges: Sequence[Range]) -> list[Range]:
    """Fewer ranges (start, stop) that cover the given ones; in order, and none of them empty."""
    found: list[Range] = []
    for start, stop in sorted(ranges):
        if stop <= start:
            continue
        if found:
            first, last = found[-1]
            if start - last <= _GAP and (stop <= last or stop - first <= _LARGEST):
                found[-1] = (first, max(last, stop))
                continue
        found.append((start, stop))
    return found


class Runs:
    """Which samples share requests, where they come in the order of their files.

    Args:
        ranges: gives the number of the file of a sample, and the ranges of it that are wanted (none if it is bad).
        count: number of samples.
    """

    def __init__(self, ranges: Callable[[int], tuple[int, Sequence[Range]]], count: int) -> None:
        self._ranges = ranges
        self._count = count
        self._known: OrderedDict[int, tuple[int, list[Range]]] = OrderedDict()  # first sample: the one after the last
        self._lock = threading.Lock()

    def of(self, index: int) -> list[Range]:
        """The joined ranges of all samples of the run that a sample belongs to; empty if it wants none."""
        with self._lock:
            for first, (stop, pieces) in self._known.items():
                if first <= index < stop:
                    return pieces
            place = self._place(index)
            if place is None:
                return []
            first, stop = index, index + 1
            while first > 0 and self._place(first - 1) == place:
                first -= 1
            while stop < self._count and self._place(stop) == place:
                stop += 1
            pieces = joined([r for i in range(first, stop) for r in self._ranges(i)[1]])
            self._known[first] = stop, pieces
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            return pieces

    def _place(self, index: int) -> tuple[int, int] | None:
        """File and block in which a sample begins."""
        number, ranges = self._ranges(index)
        return (number, ranges[0][0] // BLOCK_BYTES) if ranges else None


class HeldPieces:
    """Pieces that were fetched: those that a thread works with, and those that hold samples to come.

    Args:
        read: fetches a piece.
    """

    def __init__(self, read: Callable[[Request], Array]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._shared: OrderedDict[Request, Future[Array]] = OrderedDict()
        self._mine = threading.local()

    @contextmanager
    def holding(self, requests: Sequence[Request], shared: bool) -> Iterator[None]:
        """Fetch pieces, and have :meth:`find` find them in this thread inside the ``with`` block.

        Args:
            shared: whether they hold further samples, so that they are kept for a while and fetched once.

        Raises:
            OSError: one cannot be fetched.
        """
        self._mine.pieces = [(r, self._once(r) if shared else self._read(r)) for r in requests]
        try:
            yield
        finally:
            self._mine.pieces = []

    def find(self, url: str, start: int, stop: int) -> Array | None:
        """These bytes, if this thread holds them."""
        for (where, first, last), data in getattr(self._mine, "pieces", ()):
            if where == url and first <= start and last is not None and stop <= last:
                found: Array = data[start - first : stop - first]
                return found
        return None

    def has(self, request: Request) -> bool:
        """Whether a shared piece is here or under way, so that it needs no further request."""
        return request in self._shared

    def _once(self, request: Request) -> Array:
        with self._lock:
            future = self._shared.get(request)
            mine = future is None
            if future is None:
                future = self._shared[request] = Future()
            else:
                self._shared.move_to_end(request)
        if not mine:
            return future.result()
        try:
            data = self._read(request)
        except BaseException as e:
            with self._lock:
                self._shared.pop(request, None)
            future.set_exception(e)
            raise
        future.set_result(data)
        with self._lock:
            held = sum(len(f.result()) for f in self._shared.values() if f.done() and not f.exception())
            for old in list(self._shared):
                if held <= _HELD_BYTES:
                    break
                if old != request and self._shared[old].done():
                    held -= len(self._shared.pop(old).result())
        return data

    def clear(self) -> None:
        """Let go of what is shared."""
        with self._lock:
            self._shared.clear()
