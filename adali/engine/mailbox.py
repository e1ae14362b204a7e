"""What consumers' threads say to the engine's loop, and how they hear its answers."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from adali.engine.handoff import Reply
from adali.errors import PipelineClosedError

__all__ = ["Mailbox"]


class Mailbox:
    """Calls of functions on the engine's loop, from any thread.

    Every question gets an answer: the engine's own end is one.

    Attributes:
        loop: the engine's loop, once it runs.
        guests: tasks of consumers' coroutines; the engine cancels them at its end.
    """

    def __init__(self, check_open: Callable[[], None], fail: Callable[[BaseException], None]) -> None:
        """Make a mailbox.

        Args:
            check_open: raises what a call to an engine at its end raises.
            fail: called on the loop with the error of a function that was posted.
        """
        self.loop: asyncio.AbstractEventLoop | None = None
        self.guests: set[asyncio.Task[None]] = set()
        self._check_open = check_open
        self._fail = fail
        self._inbox: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._signalled = False
        self._lock = threading.Lock()
        self._asked: set[Reply] | None = set()  # questions without an answer; None once nobody answers any more

    def post(self, function: Callable[..., object], *args: Any) -> None:
        """Have a function called on the engine's loop; several calls in a row wake the loop once."""
        self._check_open()
        self._inbox.append((function, args))
        if not self._signalled:
            self._signalled = True
            try:
                assert self.loop is not None
                self.loop.call_soon_threadsafe(self.read)
            except RuntimeError:
                self._check_open()
                raise PipelineClosedError("The pipeline is closed.") from None

    def hold(self) -> None:
        """Nobody needs to wake the loop until :meth:`read`, which is certain to come soon."""
        self._signalled = True

    def read(self) -> None:
        """Call what was posted; on the loop."""
        # Cleared first: whoever posts from here on signals again.
        self._signalled = False
        while self._inbox:
            function, args = self._inbox.popleft()
            try:
                function(*args)
            except BaseException as e:
                self._fail(e)

    async def ask(self, function: Callable[..., object], *args: Any) -> None:
        """Post a function that settles the reply it gets as its last argument, and wait for that."""
        reply = Reply()
        with self._lock:
            if self._asked is None:
                self._check_open()
            else:
                self.post(function, *args, reply)
                self._asked.add(reply)
        try:
            await reply.get()
        finally:
            with self._lock:
                if self._asked is not None:
                    self._asked.discard(reply)

    async def call(self, awaitable: Awaitable[Any]) -> Any:
        """Await something on the engine's loop, for consumers that have none. If the wait is cut off, so is that."""
        result: Any = None
        error: BaseException | None = None
        task: asyncio.Task[None] | None = None

        async def run() -> None:
            nonlocal result, error
            try:
                result = await awaitable
            except BaseException as e:
                error = e

        def spawn(reply: Reply) -> None:
            nonlocal task
            task = self._spawn(run, reply)

        try:
            await self.ask(spawn)
            if error is not None:
                raise error
            return result
        except BaseException:
            if task is None:
                close = getattr(awaitable, "close", None)  # of a coroutine that nobody will await
                if close is not None:
                    close()
            elif not task.done():
                with contextlib.suppress(PipelineClosedError):
                    self.post(task.cancel)
            raise
        finally:
            error = None

    def _spawn(self, function: Callable[[], Coroutine[Any, Any, None]], reply: Reply) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(function(), name="adali consumer's coroutine")
        self.guests.add(task)

        def done(task: asyncio.Task[None]) -> None:
            self.guests.discard(task)
            try:
                self._check_open()
            except BaseException:  # the end of the engine is the answer
                return
            reply.settle()

        task.add_done_callback(done)
        return task

    def close(self, error: BaseException) -> None:
        """Answer all questions with an error; there are no more."""
        with self._lock:
            asked, self._asked = self._asked, None
        for reply in asked or ():
            reply.settle(error)
