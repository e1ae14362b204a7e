"""The engine of one pipeline: a thread with an event loop that runs the stages, and the consumer's end of it.

Contract:

* **Start.** An iteration starts when the consumer asked for it (:meth:`Executor.request`) and fewer than ``capacity``
  started iterations are unreleased. Nothing starts by itself, nothing polls.
* **Success.** Iterations are delivered in order, each exactly once.
* **Failure.** An operator's error is the outcome of its iteration: the consumer gets it in that iteration's turn, as
  one :class:`~adali.errors.OperatorError` with its cause; later iterations go on. An error in the engine itself, and
  an operator's KeyboardInterrupt or SystemExit, end the engine: every later call raises that error.
* **End of data.** When an input has no more, what was started before is delivered, then the end; nothing starts until
  :meth:`Executor.reset`.
* **Cancellation.** A consumer that is cancelled while it waits loses nothing: the batch goes to the next who asks.
* **Close.** :meth:`Executor.aclose` cancels all tasks, lets each worker finish the one sample it is computing, and
  returns when every task and thread is gone; a cancellation meanwhile is raised after that. Code of the user's that
  does not return is left behind after :data:`PATIENCE_S`, with a ResourceWarning that names its thread. An executor
  that is dropped, and one alive at interpreter exit, are stopped the same way, without waiting.
* **Fork.** A forked child has none of the threads. There the pipeline counts as closed, and says why.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import warnings
from collections.abc import Awaitable
from typing import Any

from adali.engine import lifetime
from adali.engine.account import Account
from adali.engine.device import Device, open_device
from adali.engine.flow import Depths, Flow
from adali.engine.handoff import Waiter
from adali.engine.inputs import InputFeed
from adali.engine.lowering import Plan
from adali.engine.mailbox import Mailbox
from adali.engine.memory import BufferPool
from adali.engine.stats import PipelineStats
from adali.engine.workers import WorkerPool
from adali.engine.workspace import Position
from adali.errors import PipelineClosedError
from adali.operators.base import InputOperator

__all__ = ["PATIENCE_S", "Depths", "Executor"]

#: Seconds that closing waits for code of the user's to return.
PATIENCE_S = 5.0

#: The same at interpreter exit.
PATIENCE_AT_EXIT_S = 1.0


class Executor:
    """Runs a plan; made and used by the pipeline. All methods are thread-safe unless said otherwise."""

    def __init__(
        self,
        plan: Plan,
        *,
        batch_size: int,
        num_threads: int,
        device_id: int | None,
        depths: Depths,
        on_error: str = "raise",
        cpus: list[int] | None = None,
        nice: int = 0,
        stream_priority: int = 0,
        position: Position | None = None,
    ) -> None:
        """Make an engine that is not running yet; with ``position`` its inputs go on from there."""
        self.plan = plan
        self.batch_size = batch_size
        self.num_threads = num_threads
        self.depths = depths
        self.on_error = on_error
        self.cpus = cpus
        self.nice = nice
        self.device: Device | None = open_device(device_id, num_threads, stream_priority) if plan.needs_device else None
        self.memory = BufferPool((self.device and self.device.pinned) or bytearray)
        for step in plan.inputs if self.device is None else ():
            assert isinstance(step.op, InputOperator)
            step.op.use_memory(self.memory.empty)
        self.account = Account(
            depths.gpu if plan.needs_device else depths.cpu,
            self,
            tell_waits=any(hasattr(s.op, "feed") for s in plan.inputs),
            position=position or Position(states=tuple(_state(s.op) for s in plan.inputs)),
        )
        self._resumes = position is not None

        self._mail = Mailbox(self.check_open, self._fail)

        # Made on the loop, where the stages live.
        self._feed: InputFeed
        self._flow: Flow
        self._impatient = False

        self._stop: asyncio.Event | None = None
        self._stopping = False
        self._error: BaseException | None = None
        self._patience = PATIENCE_S
        self._stuck: list[str] = []
        self._close_error: Exception | None = None
        self._ready = Waiter()
        self._closed = Waiter()
        self._thread = threading.Thread(target=self._run_thread, name="adali-engine", daemon=True)

    # ---- the consumer's side -------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the engine's thread. If this fails or is cancelled nothing is left."""
        try:
            self._thread.start()
        except RuntimeError:  # the system has no more threads
            self._close_operators()
            raise
        except BaseException:  # KeyboardInterrupt, and the thread runs
            self._give_up()
            raise
        try:
            await self._ready
            self.check_open()
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        self.stop()
        self._closed.block()  # it has not begun anything that could take long
        self._thread.join()

    async def completed(self, iterations: int) -> None:
        """Wait until so many iterations went through all stages (or the data ended)."""
        await self._mail.ask(self._flow.watch, iterations)

    async def reset(self, abandon: bool = False) -> None:
        """Start sources over; undelivered batches are dropped. With ``abandon`` readers go to their next epoch.

        Raises:
            OperatorError: a source refused.
        """
        self.check_open()
        await self.account.reset(abandon)

    async def call(self, awaitable: Awaitable[Any]) -> Any:
        """Await something on the engine's loop, for consumers that have none. If the wait is cut off, so is that."""
        return await self._mail.call(awaitable)

    @property
    def epoch_size(self) -> int:
        """Samples in an epoch of the longest reader, 0 if there is none."""
        return self._feed.epoch_size

    def set_epoch_batches(self) -> None:
        """End batches where epochs end; before the first request."""
        self._mail.post(self._feed.set_epoch_batches)

    def notify(self) -> None:
        """Something was fed: look again."""
        self._mail.post(self._flow.wake)

    def stats(self) -> PipelineStats:
        """A snapshot of all counters."""
        return self._flow.stats()

    def hurry(self) -> None:
        """The consumer takes outputs before they are ready, from now on."""
        if self._impatient or self.device is None:
            return
        self._impatient = True
        self._mail.post(self._flow.hurry)

    def stop(self) -> None:
        """Begin to close, without waiting."""
        self._stopping = True
        loop = self._mail.loop
        if loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # closed already
                loop.call_soon_threadsafe(self._stop.set)

    def exit(self) -> None:
        """See :mod:`adali.engine.lifetime`."""
        self._patience = PATIENCE_AT_EXIT_S
        self.stop()

    def join(self, timeout: float) -> None:
        """See :mod:`adali.engine.lifetime`."""
        self._thread.join(timeout)

    async def aclose(self) -> None:
        """Close; returns when no task and no thread is left, and raises a cancellation only then.

        Raises:
            Exception: what an operator raised when it was closed; everything is closed all the same.
        """
        self.stop()
        if self._thread.ident is None:
            return
        try:
            await self._closed.shielded()
        finally:
            if self._closed.woken:
                self._thread.join()
                self.account.clear()
        if self._stuck:
            stuck, self._stuck = self._stuck, []
            warnings.warn(
                f"The pipeline was closed, but code of the user's has not returned in threads: {', '.join(stuck)}",
                ResourceWarning,
                stacklevel=4,
            )
        if self._close_error is not None:
            error, self._close_error = self._close_error, None
            raise error

    def check_open(self) -> None:
        """Raise the error that ended the engine, or PipelineClosedError if it is closed."""
        if self._mail.loop is None or self._stopping:
            self.account.raise_if_closed()  # the engine's own error, if it died of one
            if self._error is not None:
                raise self._error
            raise PipelineClosedError("The pipeline is closed.")

    def become_an_orphan(self) -> None:
        """See :mod:`adali.engine.lifetime`."""
        self._stopping, self._closed = True, Waiter()
        self._mail = Mailbox(self.check_open, self._fail)
        self._closed.wake()
        self.memory.renew_lock()
        self.account = Account(1, self, tell_waits=False)
        self.account.close(
            PipelineClosedError(
                "The process was forked, and the engine's threads are in its parent: make pipelines after the fork."
            )
        )

    def grant(self, requested: int, freed: int) -> None:
        """The consumers ask for so many more iterations, and gave so many places back."""
        self._mail.post(self._flow.grant, requested, freed)

    def consumer_waits(self, iteration: int) -> None:
        """A consumer waits for this iteration."""
        self._mail.post(self._flow.consumer_waits, iteration)

    def begin_reset(self) -> None:
        """A consumer wants a reset; its end is told to the account."""
        self._mail.post(self._flow.begin_reset)

    # ---- on the engine's loop ------------------------------------------------------------------------------

    def _fail(self, error: BaseException) -> None:
        """End the engine with an error."""
        if self._error is None and not self._stopping:
            self._error = error
        self._stopping = True
        if self._stop is not None:
            self._stop.set()

    def _run_thread(self) -> None:
        lifetime.began(self)
        try:
            asyncio.run(self._main())
        except BaseException as e:
            self._error = self._error or e
        finally:
            self._stopping = True
            error = self._error or PipelineClosedError("The pipeline is closed.")
            self.account.close(error)
            self._mail.close(error)
            self.memory.close()
            lifetime.ended(self)
            self._ready.wake()
            self._closed.wake()

    async def _restore(self) -> None:
        """Take the inputs to where the consumer goes on; gives up when the engine is to close.

        Raises:
            CheckpointError: an input cannot go on there.
        """
        position = self.account.position
        assert self._stop is not None
        work = asyncio.create_task(self._feed.restore(position.states), name="adali restore")
        stop = asyncio.create_task(self._stop.wait(), name="adali stop while restoring")
        try:
            await asyncio.wait([work, stop], return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                self._feed.closing()
                work.cancel()
        finally:
            stop.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)
        if not work.cancelled():
            work.result()
        if position.ended:
            self._flow.begin_ended()

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        self._feed = InputFeed(self.plan.inputs, self.batch_size, self._mail)
        self._flow = Flow(
            self.plan,
            self._feed,
            self.account,
            self.memory,
            self.device,
            depths=self.depths,
            on_error=self.on_error,
            stopping=lambda: self._stopping,
            fail=self._fail,
        )
        self._mail.loop = asyncio.get_running_loop()
        workers: WorkerPool | None = None
        tasks: list[asyncio.Task[None]] = []
        try:
            if self._resumes:
                await self._restore()
            workers = WorkerPool(self.num_threads, self.cpus, self.nice)
            if self.device is not None:
                await self.device.warm_up({n: s for n, s in self.plan.device_stages() if s})
            tasks = self._flow.start(workers)
            self._ready.wake()
            if not self._stopping:
                await self._stop.wait()
        finally:
            self._stopping = True
            self._feed.closing()
            for task in (*tasks, *self._mail.guests):
                task.cancel()
            if tasks:
                _, waiting = await asyncio.wait(tasks, timeout=self._patience)
                for task in waiting:  # for a worker in code of the user's that does not return
                    task.cancel()
                await asyncio.gather(*tasks, *self._mail.guests, return_exceptions=True)
            stuck = await self._feed.aclose(self._patience)
            if workers is not None:
                stuck += workers.close(0.0 if tasks and waiting else self._patience)
            if not stuck:  # what still runs must not lose its files and codecs
                self._close_operators()
            if self.device is not None:
                self.device.close()
            self._stuck = stuck

    def _close_operators(self) -> None:
        self._close_error = self.plan.close()


def _state(op: Any) -> Any:
    return op.state() if isinstance(op, InputOperator) else None
