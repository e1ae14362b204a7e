"""The consumer's account with the engine: what was asked for, taken and given back, and what lies ready."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any, Protocol

from adali.engine.handoff import Channel, Reply
from adali.engine.workspace import Batch, End, Failure, Outcome, Position
from adali.errors import OperatorError, PipelineClosedError, PipelineStateError

__all__ = ["Account"]

MAX_LISTED_ERRORS = 1000


class Engine(Protocol):
    """What the account tells the engine."""

    def grant(self, requested: int, freed: int) -> None:
        """The consumers ask for so many more iterations, and gave so many places back."""

    def consumer_waits(self, iteration: int) -> None:
        """A consumer waits for this iteration."""

    def begin_reset(self) -> None:
        """Start over, then call :meth:`Account.restart`."""


class Account:
    """Any number of consumers, on any threads and event loops, share it; the engine fills it.

    Attributes:
        limit: how many batches the consumers may hold.
        scheduled: iterations asked for.
        consumed: iterations taken, failed ones too.
        released: iterations whose place was given back.
        delivered: batches taken since the pipeline was built.
        wait_s: seconds consumers waited.
        skipped: samples that were left out of the iterations taken, or replaced in them.
        errors: the latest of their errors.
        abandon: whether the pending reset leaves the current epoch.
        position: the place after the last iteration taken.
    """

    def __init__(self, limit: int, engine: Engine, *, tell_waits: bool, position: Position | None = None) -> None:
        """Open an account.

        Args:
            limit: see above.
            engine: what is told of requests; its methods raise PipelineClosedError.
            tell_waits: whether the engine wants to know that a consumer waits.
            position: where the first iteration begins.
        """
        self.limit = limit
        self.position = position or Position()
        self.scheduled = self.consumed = self.released = self.position.iteration
        self.delivered = 0
        self.wait_s = 0.0
        self.skipped = 0
        self.errors: deque[OperatorError] = deque(maxlen=MAX_LISTED_ERRORS)
        self.abandon = False
        self._engine = engine
        self._tell_waits = tell_waits
        self._lock = threading.Lock()
        self._outbox: Channel[Outcome] = Channel()
        self._held: deque[Batch] = deque()
        self._claims: set[object] = set()  # one for each consumer that waits for one of the iterations scheduled
        self._resets: list[Reply] = []

    # ---- the consumers' side -------------------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        """Whether the next thing a consumer would get is the end of the data."""
        return isinstance(self._outbox.peek(), End)

    @property
    def ahead(self) -> int:
        """Finished iterations that wait for a consumer."""
        return len(self._outbox) - self.ended

    @property
    def outstanding(self) -> int:
        """Iterations asked for and not taken."""
        return self.scheduled - self.consumed

    def raise_if_closed(self) -> None:
        """Raise the error of an engine that has come to its end."""
        self._outbox.raise_if_closed()

    async def request(self, iterations: int, *, release: bool = False) -> None:
        """Allow so many more iterations to start; waits for a reset that is under way.

        With ``release`` the places of all batches held are given back as well; told together, it wakes the engine once.
        """
        while True:
            with self._lock:
                if not self._resets:
                    freed = len(self._held) if release else 0
                    self._engine.grant(iterations, freed)
                    self.scheduled += iterations
                    if freed:
                        self.released += freed
                        held, self._held = self._held, deque()
                    break
                reply = Reply()
                self._resets.append(reply)
            await reply
        if freed:
            held.clear()  # outside the lock, since memory goes back to its pool

    def release(self, all_held: bool = False) -> None:
        """Give the oldest batch's place back, or those of all batches; nothing if none is held."""
        with self._lock:
            count = len(self._held) if all_held else min(1, len(self._held))
            if count:
                self._engine.grant(0, count)
                self.released += count
            freed = [self._held.popleft() for _ in range(count)]
        del freed  # outside the lock, since memory goes back to its pool

    async def take(self, *, share: bool) -> Batch | Failure | None:
        """The next batch or failure, waiting for it; None if no more iterations are scheduled than others wait for.

        With ``share`` the batches that consumers hold keep their places; otherwise they give them back if the engine
        needs them.

        Raises:
            StopAsyncIteration: the data ended.
            PipelineStateError: with ``share``, when all places are held, so that the wait might never end.
            PipelineClosedError: the pipeline was closed.
        """
        with self._lock:
            if self.scheduled - self.consumed <= len(self._claims):
                return None
            item = self._next()
            if item is None:
                claim = object()
                self._claims.add(claim)
        if item is None:
            item = await self._wait(claim, share)
        if isinstance(item, End):
            raise StopAsyncIteration
        return item

    async def _wait(self, claim: object, share: bool) -> Outcome:
        """The next thing a consumer gets, who has a claim to one."""
        start = perf_counter()
        item: Outcome | None = None
        try:
            if share and self.consumed - self.released >= self.limit:
                raise PipelineStateError(
                    f"All {self.limit} output buffers are held: call release_outputs() before asking for another batch."
                )
            while item is None:
                if self._tell_waits:
                    self._engine.consumer_waits(self.consumed)
                if not share and self.consumed - self.released >= self.limit:  # another consumer was quicker
                    self.release(all_held=True)
                await self._outbox.wait()
                with self._lock:
                    item = self._next()
                    if item is not None:
                        self._claims.discard(claim)
        finally:
            self._claims.discard(claim)
        self.wait_s += perf_counter() - start
        return item

    def _next(self) -> Outcome | None:
        """What a consumer gets next, if it is there; called with the lock held."""
        item = self._outbox.peek()
        if item is None:
            self._outbox.raise_if_closed()
            return None
        if isinstance(item, End):  # it stays until reset
            self.scheduled = self.consumed
            states = item.states or self.position.states
            self.position = replace(self.position, states=states, ended=True)
            return item
        self._outbox.get_nowait()
        self.consumed += 1
        self.position = item.position
        if item.left_out:
            self.skipped += len(item.left_out)
            self.errors.extend(item.left_out)
        if isinstance(item, Batch):
            self.delivered += 1
            self._held.append(item)
        else:
            self.released += 1
            with contextlib.suppress(PipelineClosedError):
                self._engine.grant(0, 1)
        return item

    async def reset(self, abandon: bool) -> None:
        """Have sources started over; undelivered batches are dropped.

        Cancelling the wait does not undo it: whoever asks for iterations meanwhile waits for its end.
        """
        reply = Reply()
        with self._lock:
            first = not self._resets
            self.abandon = abandon or (self.abandon and not first)
            if first:
                self._engine.begin_reset()
            self._resets.append(reply)
        await reply.get()

    # ---- the engine's side ---------------------------------------------------------------------------------

    def put(self, item: Outcome) -> bool:
        """Lay an outcome ready; True if consumers have to be woken."""
        return self._outbox.put(item)

    def wake(self) -> None:
        """Wake the consumers that wait."""
        self._outbox.wake()

    def restart(self, position: Position, grant: Callable[[int], Any], error: BaseException | None) -> None:
        """End a reset: nothing is ready and nothing held; iterations go on from ``position``.

        ``grant`` is called, before anything else can be asked for, with the number of consumers that still wait.
        """
        with self._lock:
            self._outbox.clear()
            held, self._held = self._held, deque()
            self.position = position
            self.consumed = self.released = position.iteration
            self.scheduled = self.consumed + len(self._claims)
            replies, self._resets = self._resets, []
            grant(len(self._claims))
        held.clear()
        for reply in replies:
            reply.settle(error)

    def close(self, error: BaseException) -> None:
        """Whoever waits or comes later gets this error."""
        self._outbox.close(error)
        with self._lock:
            replies, self._resets = self._resets, []
        for reply in replies:
            reply.settle(error)

    def clear(self) -> None:
        """Let go of all batches."""
        self._outbox.clear()
        self._held.clear()
