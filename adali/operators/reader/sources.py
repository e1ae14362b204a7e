"""Where an external source's data comes from: functions, iterables and generators, plain and asynchronous.

All are driven by one set of coroutines. For a plain source these never suspend, and :func:`run_now` runs them to their
end on the source's own thread; for an asynchronous one they are awaited on the engine's loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from adali.operators.base import EndOfData, State
from adali.operators.reader.dataset import DatasetOrder
from adali.operators.reader.processes import Processes, received, sendable
from adali.operators.reader.progress import CALLS, ITEMS, KEPT, PASSES, TOLD, Progress, kind_of
from adali.operators.reader.source_setup import Failed, SourceSetup, is_generator_function, takes_info
from adali.operators.reader.threads import Threads
from adali.types import BatchInfo, SampleInfo

__all__ = ["SourceWork", "Supply", "run_now"]

T = TypeVar("T")


class _PassOver(Exception):
    """The iterator has no more items."""


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
        order: DatasetOrder | None = None,
        start_processes: Callable[[int], Processes] | None = None,
        checkpointing: bool = False,
    ) -> None:
        self.setup = setup
        self.convert = convert
        self.batch_size = batch_size
        self.stop_at_failure = stop_at_failure
        self.is_async = setup.is_async
        self._iterable = setup.is_iterable
        self._informed = setup.dataset or (not self._iterable and takes_info(setup.source))
        self._order = order
        self.taken: Sequence[int] = ()  # numbers of the samples that a dataset gave last
        self._iterator: Any = None
        self._stale: list[Any] = []
        self._ended = False
        self._ahead: deque[list[Future[Any]]] = deque()
        self._num_threads = 1 if self._iterable else num_threads
        self._threads: Threads | None = None
        self._start_processes = start_processes
        self._processes: Processes | None = None
        self._process_lock = threading.Lock()
        self._closing = False
        self._keeps = checkpointing
        self._progress = Progress(self._kind())
        self._state = self._progress.state()
        self._giving_up = False
        self._loaded = False  # the next pass is the rest of one that began before the checkpoint

    def _kind(self) -> str:
        setup = self.setup
        if setup.dataset or (setup.parallel and not self._iterable):
            return TOLD
        if self._start_processes is not None:
            return PASSES  # where one pass ends and the next begins, only the process knows
        generator_function = is_generator_function(setup.source, inspect.isgeneratorfunction) or (
            is_generator_function(setup.source, inspect.isasyncgenfunction)
        )
        return kind_of(
            setup.source, iterable=self._iterable, told=self._informed, generator_function=generator_function
        )

    async def batch(self, iteration: int, epoch: int) -> Any:
        """What the source gives for an iteration, converted.

        Raises:
            EndOfData: it has no more.
        """
        if self.setup.parallel:
            result = self._worked_ahead(iteration, epoch)[0]
        else:
            try:
                result = await self._guarded(*self._info(iteration, epoch))
            finally:
                self._note()
        if isinstance(result, Failed):
            raise result.error
        return result

    async def samples(self, iteration: int, epoch: int, count: int) -> list[Any]:
        """What the source gives for each sample of an iteration, converted; :class:`Failed` where that went wrong.

        Raises:
            EndOfData: it has no more, or not enough for the batch.
        """
        self.taken = self._wanted(iteration, epoch)
        if self._order is not None and not self.taken:
            self._drop_ahead()
            raise EndOfData
        if self.setup.parallel:
            return self._worked_ahead(iteration, epoch)[:count]
        try:
            return await self._samples(self._infos(iteration, epoch)[:count])
        finally:
            self._note()

    def _note(self) -> None:
        """What was given last belongs to the consumer's past from now on."""
        if self._keeps:
            self._progress.keep(self.setup.source)
        self._state = self._progress.state()

    async def _samples(self, infos: list[tuple[Any, ...]]) -> list[Any]:
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

    def _wanted(self, iteration: int, epoch: int) -> Sequence[int]:
        """Numbers of the samples of an iteration; none of a source that is no dataset."""
        if self._order is None:
            return ()
        return self._order.indices(epoch)[iteration * self.batch_size : (iteration + 1) * self.batch_size]

    def _infos(self, iteration: int, epoch: int) -> list[tuple[Any, ...]]:
        """What the source is called with for each sample of an iteration, or for the batch."""
        if self._order is not None:
            return [(index,) for index in self._wanted(iteration, epoch)]
        places: list[int | None] = [None] if self.setup.batch else list(range(self.batch_size))
        return [self._info(iteration, epoch, place) for place in places]

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
        self._progress.calls += 1
        try:
            result = self.setup.source[info[0]] if self.setup.dataset else self.setup.source(*info)
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
            fresh = self._iterator is None and not self._loaded
            self._loaded = False
            if self._iterator is None:
                await self._close_stale()
                self._iterator = self._start()
            try:
                return await self._pull()
            except _PassOver:
                await self._finish_pass()
                # A source that is empty from its very start would be rewound for ever.
                self._ended = self._progress.ended = fresh or self.setup.cycle != "quiet"
        raise EndOfData

    async def _pull(self) -> Any:
        """The next item of the pass; what the iterator raises counts as one, since it went on."""
        try:
            item = await self._iterator.__anext__() if self.is_async else next(self._iterator)
        except (StopIteration, StopAsyncIteration):
            raise _PassOver from None
        except Exception:
            self._progress.items += 1
            raise
        self._progress.items += 1
        return item

    async def _finish_pass(self) -> None:
        self._retire()
        self._progress.pass_over(True)
        await self._close_stale()

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
            results = [f.result() for f in futures]
        except EndOfData:
            self._drop_ahead()
            self._state = self._progress.state()
            raise
        if self._start_processes is None:
            self._state = results[-1][1]
            return [row for row, _ in results]
        self._progress.items += self._iterable
        self._state = self._progress.state()
        return results

    def _submit(self, iteration: int, epoch: int) -> list[Future[Any]]:
        infos = self._infos(iteration, epoch)
        if self._start_processes is not None:
            return self._submit_to_processes(infos)
        if self._threads is None:
            self._threads = Threads(self._num_threads)
        return [self._threads.submit(functools.partial(self._marked_now, info)) for info in infos]

    def _submit_to_processes(self, infos: list[tuple[Any, ...]]) -> list[Future[Any]]:
        processes = self._running()
        futures: list[Future[Any]] = [Future() for _ in infos]
        parts = min(len(processes), len(infos))
        for part in range(parts):
            start, stop = len(infos) * part // parts, len(infos) * (part + 1) // parts
            done = functools.partial(_split, futures[start:stop])
            processes.submit(infos[start:stop]).add_done_callback(done)
        return futures

    def _running(self) -> Processes:
        with self._process_lock:
            if self._processes is None:
                if self._closing or self._start_processes is None:
                    raise EndOfData
                self._processes = self._start_processes(self._num_threads)
            return self._processes

    def _guarded_now(self, info: tuple[Any, ...]) -> Any:
        return run_now(self._guarded(*info))

    def _marked_now(self, info: tuple[Any, ...]) -> tuple[Any, State]:
        """The item, and the source's state after it."""
        try:
            row = self._guarded_now(info)
        except EndOfData:
            raise
        except Exception as e:  # the iterator's own; the state goes with it
            row = Failed(e)
        if self._keeps:
            self._progress.keep(self.setup.source)
        return row, self._progress.state()

    def _drop_ahead(self) -> None:
        while self._ahead:
            for future in self._ahead.popleft():
                if not future.cancel():
                    future.exception()  # waits, so that no call of the old epoch runs into the new one

    def reset(self) -> None:
        """Start over where the source can: functions are asked from 0 again, cycling iterables start anew."""
        self._drop_ahead()
        if self._iterable and self.setup.cycle != "no":
            if self._processes is not None:
                self._processes.submit(None).result()
            if self._iterator is not None or (self._processes is not None and self._progress.items):
                self._progress.pass_over(False)
            self._retire()
            self._ended = self._progress.ended = False
        self._state = self._progress.state()

    # ---- checkpoints ---------------------------------------------------------------------------------------

    def state(self) -> State:
        """Where the source is after what it gave last; what was worked ahead does not count."""
        return self._state

    async def restore(self, state: State, epoch: int) -> None:
        """Bring the source to where another one was; see :mod:`adali.operators.reader.progress`.

        Raises:
            ValueError: it is another kind of source, or gave less then than it gives now.
        """
        self._progress.check(state)
        if self._order is not None:
            self._order.restore(epoch)
        if not self.setup.parallel or self._progress.kind == TOLD:
            await self._restore(state)
        elif self._start_processes is not None:
            self._restore_process(state)
        else:  # a source is called on the same thread throughout
            self._threads = Threads(self._num_threads)
            self._threads.submit(lambda: run_now(self._restore(state))).result()
        self._state = self._progress.state()

    async def _restore(self, state: State) -> None:
        progress = self._progress
        if progress.kind == CALLS:
            for _ in range(state["calls"]):
                with contextlib.suppress(Exception):  # it was raised once; the function went on
                    await self._one()
                self._check_giving_up()
        elif progress.kind == KEPT:
            progress.load(self.setup.source, state)
            self._loaded = True
        elif state.get("ended") and self.setup.cycle == "no":  # over for good
            pass
        elif progress.kind in (ITEMS, PASSES):
            for items, to_the_end, repeats in state.get("passes", ()):
                for _ in range(repeats):
                    await self._skip(items)
                    if to_the_end:
                        await self._skip_end()
                    else:
                        self._retire()
                        progress.pass_over(False)
            await self._skip(state["items"])
        if self._iterable:
            progress.items = state["items"]
            self._ended = progress.ended = state["ended"]

    def _restore_process(self, state: State) -> None:
        for items, _, repeats in state["passes"]:
            for _ in range(repeats):
                self._skip_in_process(items)
                self._running().submit(None).result()
                self._progress.pass_over(False)
        self._skip_in_process(state["items"])

    def _skip_in_process(self, items: int) -> None:
        for k in range(items):
            self._check_giving_up()
            (row,) = self._running().submit([()]).result()
            if isinstance(row, SentFailure) and isinstance(row.error, EndOfData):
                raise ValueError(_too_short(k, items))
            self._progress.items += 1

    async def _skip(self, items: int) -> None:
        for k in range(items):
            self._check_giving_up()
            if self._iterator is None:
                await self._close_stale()
                self._iterator = self._start()
            try:
                await self._pull()
            except _PassOver:
                raise ValueError(_too_short(k, items)) from None
            except Exception:  # it was raised once; the iterator went on
                logging.getLogger("adali").debug("an item that failed before the checkpoint fails again", exc_info=True)

    async def _skip_end(self) -> None:
        if self._iterator is None:
            self._iterator = self._start()
        try:
            await self._pull()
        except _PassOver:
            await self._finish_pass()
        else:
            raise ValueError("its source gives more items in a pass now than before the checkpoint")

    def give_up(self) -> None:
        """Have a :meth:`restore` under way fail."""
        self._giving_up = True

    def _check_giving_up(self) -> None:
        if self._giving_up:
            raise RuntimeError("the pipeline was closed while its source was brought to the checkpoint")

    def close_processes(self) -> None:
        """End worker processes; whoever waits for them gets an error. Callable from any thread."""
        self._closing = True
        with self._process_lock:
            if self._processes is not None:
                self._processes.close()

    @property
    def has_processes(self) -> bool:
        """Whether worker processes make its data."""
        return self._start_processes is not None

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
        self.close_processes()
        if not self.is_async:
            run_now(self.aclose())


def _too_short(now: int, before: int) -> str:
    return f"its source ends after {now} items, but had given {before} before the checkpoint"


def _split(futures: list[Future[Any]], done: Future[Any]) -> None:
    """Give each sample's future its part of what a process made."""
    if done.cancelled():
        for future in futures:
            future.cancel()
        return
    error = done.exception()
    rows = [Failed(error)] * len(futures) if isinstance(error, Exception) else done.result()
    for future, row in zip(futures, rows, strict=True):
        if not future.set_running_or_notify_cancel():
            continue
        if isinstance(row, SentFailure):
            if isinstance(row.error, EndOfData):
                future.set_exception(row.error)
                continue
            row = Failed(received(row.error, row.text))  # type: ignore[arg-type]
        future.set_result(row)


@dataclass
class SentFailure:
    """A sample that could not be made in a worker process, or the end of its data."""

    error: BaseException
    text: str


class SourceWork:
    """What a worker process does: it calls the source, or walks through it, and converts what it gives."""

    def __init__(self, setup: SourceSetup, convert: Callable[[Any], Any], batch_size: int) -> None:
        # The order of a dataset's samples is known to the parent, and its sampler may be impossible to send.
        self.setup = replace(setup, parallel=False, sampler=None)
        self.convert = convert
        self.batch_size = batch_size
        self._supply: Supply | None = None

    def __call__(self, infos: list[tuple[Any, ...]] | None) -> list[Any] | None:
        """Rows, for what the source is called with; None starts an iterable over."""
        if self._supply is None:
            self._supply = Supply(self.setup, self.convert, self.batch_size, 1, False)
        if infos is None:
            self._supply.reset()
            return None
        return [self._row(info) for info in infos]

    def _row(self, info: tuple[Any, ...]) -> Any:
        assert self._supply is not None
        try:
            row = self._supply._guarded_now(info)
        except Exception as e:
            row = Failed(e)
        return SentFailure(*sendable(row.error)) if isinstance(row, Failed) else row
