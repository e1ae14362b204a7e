"""Where an external source's data comes from: functions, iterables and generators, plain and asynchronous.

All are driven by one set of coroutines. For a plain source these never suspend, and :func:`run_now` runs them to their
end on the source's own thread; for an asynchronous one they are awaited on the engine's loop.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from adali.errors import ArgumentError
from adali.operators.base import EndOfData
from adali.operators.user_data import is_async_callable
from adali.types import BatchInfo, SampleInfo

__all__ = ["CYCLES", "Failed", "SourceSetup", "Supply", "is_iterable", "run_now"]

T = TypeVar("T")

CYCLES = {None: "no", False: "no", "no": "no", True: "quiet", "quiet": "quiet", "raise": "raise"}


@dataclass
class Failed:
    """A sample that its source could not make."""

    error: Exception


@dataclass(frozen=True)
class SourceSetup:
    """A source and how it is used; what :class:`ExternalSource` keeps as ``spec.state``.

    Attributes:
        source: the user's object.
        cycle: "no", "quiet" or "raise"; only for iterables.
        batch: whether it gives whole batches, or single samples.
        batch_info: whether a batch function gets a BatchInfo in place of the iteration's number.
        outputs: how many items it gives at once; None for one that is not in a tuple.
        parallel: whether threads work ahead.
        depth: how many batches they work ahead.
        layouts, dtypes, ndims: for each output, what the user said of it.
    """

    source: Any
    cycle: str
    batch: bool
    batch_info: bool
    outputs: int | None
    parallel: bool
    depth: int
    layouts: tuple[Any, ...]
    dtypes: tuple[Any, ...]
    ndims: tuple[Any, ...]

    @property
    def as_list(self) -> bool:
        """Whether the user's call returns a list of nodes even for one output."""
        return self.outputs is not None

    @property
    def output_count(self) -> int:
        """Number of output nodes."""
        return 1 if self.outputs is None else self.outputs

    @property
    def is_iterable(self) -> bool:
        """Whether the source is walked through, and not called."""
        return is_iterable(self.source)

    @property
    def is_async(self) -> bool:
        """Whether the source runs on an event loop."""
        source = self.source
        if self.is_iterable:
            return hasattr(source, "__aiter__") or _is_generator_function(source, inspect.isasyncgenfunction)
        return is_async_callable(source)

    def check(self, cycle_given: bool) -> None:
        """Check the source against its options.

        Raises:
            ArgumentError: they do not go together.
        """
        source = self.source
        if not self.is_iterable and not callable(source):
            raise ArgumentError(
                f"external_source: the source must be a function, an iterable or a generator function, plain or "
                f"asynchronous; got {type(source).__name__}"
            )
        if cycle_given and not self.is_iterable:
            raise ArgumentError("external_source: cycle is for iterables and generator functions, not for functions")
        if self.cycle != "no" and (inspect.isgenerator(source) or inspect.isasyncgen(source)):
            raise ArgumentError(
                "external_source: a generator runs once and cannot cycle; pass the generator function itself"
            )
        if self.is_iterable:
            if self.parallel and not self.batch:
                raise ArgumentError("external_source: parallel=True with batch=False needs a function of a SampleInfo")
        elif self.parallel and not takes_info(source):
            raise ArgumentError(
                "external_source: with parallel=True the function must take one argument (a SampleInfo, a BatchInfo "
                "or the number of the iteration), since calls are made ahead and at the same time"
            )
        else:
            takes_info(source)
        if self.parallel and self.is_async:
            raise ArgumentError(
                "external_source: parallel=True is for sources that block; an asynchronous one runs concurrently anyway"
            )


def is_iterable(source: Any) -> bool:
    """Whether an object is walked through rather than called."""
    return (
        hasattr(source, "__iter__")
        or hasattr(source, "__aiter__")
        or hasattr(source, "__getitem__")
        or _is_generator_function(source, inspect.isgeneratorfunction)
        or _is_generator_function(source, inspect.isasyncgenfunction)
    )


def _is_generator_function(source: Any, test: Callable[[Any], bool]) -> bool:
    if test(source):
        return True
    return callable(source) and not inspect.isroutine(source) and test(getattr(source, "__call__", None))  # noqa: B004


def takes_info(function: Any) -> bool:
    """Whether a function takes the positional argument that says what is wanted.

    Raises:
        ArgumentError: it takes more than one.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # built-in functions may have none
        return False
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(positional) > 1 or any(p.kind is p.VAR_POSITIONAL for p in parameters):
        raise ArgumentError(
            "external_source: the source function must take no positional argument, or one that says which sample or "
            f"batch is wanted; {getattr(function, '__name__', function)!r} takes {inspect.signature(function)}"
        )
    return bool(positional)


def run_now(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration as e:
        result: T = e.value
        return result
    coroutine.close()
    raise RuntimeError("a plain source awaited something")


class Supply:
    """A source at work. One caller at a time, but for the threads of ``parallel=True``.

    ``convert`` is applied to each item before the next one is asked for, since the source may use its memory again.
    """

    def __init__(
        self,
        setup: SourceSetup,
        convert: Callable[[Any], Any],
        batch_size: int,
        num_threads: int,
        stop_at_failure: bool,
    ) -> None:
        self.setup = setup
        self.convert = convert
        self.batch_size = batch_size
        self.stop_at_failure = stop_at_failure
        self.is_async = setup.is_async
        self._iterable = setup.is_iterable
        self._informed = not self._iterable and takes_info(setup.source)
        self._iterator: Any = None
        self._stale: list[Any] = []
        self._ended = False
        self._ahead: deque[list[Future[Any]]] = deque()
        self._num_threads = 1 if self._iterable else num_threads
        self._threads: Threads | None = None

    async def batch(self, iteration: int, epoch: int) -> Any:
        """What the source gives for an iteration, converted.

        Raises:
            EndOfData: it has no more.
        """
        if self.setup.parallel:
            result = self._worked_ahead(iteration, epoch)[0]
        else:
            result = await self._guarded(*self._info(iteration, epoch))
        if isinstance(result, Failed):
            raise result.error
        return result

    async def samples(self, iteration: int, epoch: int, count: int) -> list[Any]:
        """What the source gives for each sample of an iteration, converted; :class:`Failed` where that went wrong.

        Raises:
            EndOfData: it has no more, or not enough for the batch.
        """
        if self.setup.parallel:
            return self._worked_ahead(iteration, epoch)[:count]
        infos = [self._info(iteration, epoch, place) for place in range(count)]
        if self.is_async and self._informed:
            tasks = [self._guarded(*info) for info in infos]
            # With return_exceptions, cancelling the wait also waits for the tasks.
            done = await asyncio.gather(*tasks, return_exceptions=True)
            for result in done:
                if isinstance(result, BaseException):
                    raise result
            return done
        rows: list[Any] = []
        for info in infos:
            rows.append(await self._guarded(*info))
            if isinstance(rows[-1], Failed) and self.stop_at_failure:
                break
        return rows

    async def _guarded(self, *info: Any) -> Any:
        try:
            item = await self._one(*info)
        except EndOfData:
            raise
        except Exception as e:
            if self._iterable:  # a function may go on with the next sample; an iterator that raised is over
                raise
            return Failed(e)
        try:
            return self.convert(item)
        except Exception as e:
            return Failed(e)

    def _info(self, iteration: int, epoch: int, place: int | None = None) -> tuple[Any, ...]:
        if not self._informed:
            return ()
        if not self.setup.batch:
            assert place is not None
            return (SampleInfo(iteration * self.batch_size + place, place, iteration, epoch),)
        return (BatchInfo(iteration, epoch) if self.setup.batch_info else iteration,)

    async def _one(self, *info: Any) -> Any:
        if self._iterable:
            return await self._next()
        try:
            result = self.setup.source(*info)
            if self.is_async:
                result = await result
        except (StopIteration, StopAsyncIteration):
            raise EndOfData from None
        except RuntimeError as e:
            # What `raise StopIteration` in a coroutine becomes.
            if self.is_async and isinstance(e.__cause__, StopIteration):
                raise EndOfData from None
            raise
        if inspect.isawaitable(result):
            if inspect.iscoroutine(result):
                result.close()
            raise TypeError(
                "the source returned an awaitable, but is no async function; write it as `async def`, so that it can "
                "be seen to belong on the event loop"
            )
        return result

    async def _next(self) -> Any:
        while not self._ended:
            fresh = self._iterator is None
            if fresh:
                await self._close_stale()
                self._iterator = self._start()
            try:
                return await self._iterator.__anext__() if self.is_async else next(self._iterator)
            except (StopIteration, StopAsyncIteration):
                self._retire()
                await self._close_stale()
                # A source that is empty from its very start would be rewound for ever.
                self._ended = fresh or self.setup.cycle != "quiet"
        raise EndOfData

    def _start(self) -> Any:
        source = self.setup.source
        if self.is_async:
            return source.__aiter__() if hasattr(source, "__aiter__") else source()
        return iter(source) if hasattr(source, "__iter__") or hasattr(source, "__getitem__") else source()

    def _retire(self) -> None:
        iterator, self._iterator = self._iterator, None
        # Only generators made here are closed; what the user made may be in use elsewhere.
        if iterator is not None and iterator is not self.setup.source:
            self._stale.append(iterator)

    async def _close_stale(self) -> None:
        while self._stale:
            iterator = self._stale.pop()
            try:
                if inspect.isasyncgen(iterator):
                    await iterator.aclose()
                elif inspect.isgenerator(iterator):
                    iterator.close()
            except Exception:  # the user's own clean-up failed; the pipeline has nothing to do with it
                logging.getLogger("adali").exception("closing a source's generator failed")

    def _worked_ahead(self, iteration: int, epoch: int) -> list[Any]:
        while len(self._ahead) <= self.setup.depth:
            self._ahead.append(self._submit(iteration + len(self._ahead), epoch))
        futures = self._ahead.popleft()
        try:
            return [f.result() for f in futures]
        except EndOfData:
            self._drop_ahead()
            raise

    def _submit(self, iteration: int, epoch: int) -> list[Future[Any]]:
        if self._threads is None:
            self._threads = Threads(self._num_threads)
        places: list[int | None] = [None] if self.setup.batch else list(range(self.batch_size))
        infos = [self._info(iteration, epoch, place) for place in places]
        return [self._threads.submit(functools.partial(self._guarded_now, info)) for info in infos]

    def _guarded_now(self, info: tuple[Any, ...]) -> Any:
        return run_now(self._guarded(*info))

    def _drop_ahead(self) -> None:
        while self._ahead:
            for future in self._ahead.popleft():
                if not future.cancel():
                    future.exception()  # waits, so that no call of the old epoch runs into the new one

    def reset(self) -> None:
        """Start over where the source can: functions are asked from 0 again, cycling iterables start anew."""
        self._drop_ahead()
        if self._iterable and self.setup.cycle != "no":
            self._retire()
            self._ended = False

    async def aclose(self) -> None:
        """End generators that were started here."""
        self._retire()
        await self._close_stale()

    def close(self) -> None:
        """End generators and threads."""
        if self._threads is not None:
            for futures in self._ahead:
                for future in futures:
                    future.cancel()
            self._ahead.clear()
            if not self._threads.close():
                return
        if not self.is_async:
            run_now(self.aclose())


class Threads:
    """A few threads that run functions; unlike concurrent.futures' they never keep the interpreter from ending."""

    def __init__(self, count: int) -> None:
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"adali-source-{i}", daemon=True) for i in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[[], Any]) -> Future[Any]:
        """Run a function on one of the threads, as soon as one is free."""
        future: Future[Any] = Future()
        self._work.put((future, function))
        return future

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            future, function = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function())
                except BaseException as e:
                    future.set_exception(e)
            del work, future, function

    def close(self, timeout: float = 5.0) -> bool:
        """End the threads after what they do; False if one does not end within ``timeout`` seconds."""
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join(timeout)
        return not any(thread.is_alive() for thread in self._threads)
