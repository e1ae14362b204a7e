"""The way of the iterations: when one starts, through which stages it goes, and how it comes to the consumer.

All of it runs on the engine's loop; the contract stands above :mod:`adali.engine.executor`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from adali.data import TensorListGPU
from adali.engine.account import Account
from adali.engine.device import Device
from adali.engine.handoff import Reply
from adali.engine.inputs import InputFeed
from adali.engine.lowering import Plan
from adali.engine.memory import BufferPool
from adali.engine.queues import Queue
from adali.engine.stage import CpuStage, DeviceStage, failure, pump
from adali.engine.stats import OperatorStats, PipelineStats, QueueStats, StageStats
from adali.engine.workers import WorkerPool
from adali.engine.workspace import Batch, End, Failure, Item, Outcome, Position, Workspace
from adali.errors import OperatorError
from adali.operators.base import EndOfData, InputOperator

__all__ = ["Depths", "Flow"]


@dataclass(frozen=True)
class Depths:
    """How far stages run ahead.

    Attributes:
        cpu: iterations that may be started and unreleased on the reader and cpu stages.
        gpu: the same for the mixed and gpu stages.
        queue: depth of the queue between cpu and mixed.
    """

    cpu: int
    gpu: int
    queue: int


class Flow:
    """The stages of one engine and the account of what they have begun and finished."""

    def __init__(
        self,
        plan: Plan,
        feed: InputFeed,
        account: Account,
        memory: BufferPool,
        device: Device | None,
        *,
        depths: Depths,
        on_error: str,
        stopping: Callable[[], bool],
        fail: Callable[[BaseException], None],
    ) -> None:
        """Make a way on which nothing has started.

        Args:
            plan: what the stages do.
            feed: the inputs.
            account: where finished iterations go.
            memory: of the outputs.
            device: of the mixed and gpu stages, if there are any.
            depths: how far stages run ahead.
            on_error: what becomes of samples that fail.
            stopping: whether the engine is to close.
            fail: ends the engine with an error.
        """
        self.plan = plan
        self.feed = feed
        self.account = account
        self.memory = memory
        self.device = device
        self.depths = depths
        self.on_error = on_error
        self._stopping = stopping
        self._fail = fail
        self._locate = {s.outputs[0]: s.op.locate for s in plan.inputs if isinstance(s.op, InputOperator)}

        self._requested = self._freed = self._started = self._completed = account.position.iteration
        self._awaited = self._started - 1
        self._ended = self._waking = False
        self._begun = 0
        self._resetting = False
        self._changed: list[asyncio.Future[None]] = []
        self._watchers: list[tuple[int, Reply]] = []

        self._stats = {op.spec.name: OperatorStats(op.spec.name, op.schema.name) for op in plan.operators()}
        self._stages: list[StageStats] = []
        self._queues: list[Queue[Item]] = []
        self._flying: Queue[Item] = Queue("flying", depths.gpu + 1)
        self._hurry = asyncio.Event()

    def stats(self) -> PipelineStats:
        """A snapshot of all counters; may be called on any thread."""
        return PipelineStats(
            iterations=self._begun,
            delivered=self.account.delivered,
            ahead=self.account.ahead,
            consumer_wait_s=self.account.wait_s,
            stages=[StageStats(**vars(s)) for s in self._stages],
            queues=[
                QueueStats(q.name, q.depth, len(q), q.peak, q.occupancy / q.puts if q.puts else 0.0)
                for q in self._queues
            ],
            operators=[OperatorStats(**vars(s)) for s in self._stats.values()],
            skipped=self.account.skipped,
            errors=list(self.account.errors),
            memory_used_bytes=self.memory.used_bytes,
            memory_idle_bytes=self.memory.idle_bytes,
        )

    # ---- what the consumers want ---------------------------------------------------------------------------

    def grant(self, requested: int, freed: int) -> None:
        """So many more iterations are asked for, and so many places given back."""
        self._requested += requested
        self._freed += freed
        self.wake()

    def consumer_waits(self, iteration: int) -> None:
        """A consumer waits for this iteration."""
        self._awaited = max(self._awaited, iteration)
        self.wake()

    def begin_reset(self) -> None:
        """Start over when what was started has left the stages."""
        self._resetting = True
        self.wake()

    def watch(self, iterations: int, reply: Reply) -> None:
        """Settle the reply when so many iterations went through all stages, or the data ended."""
        self._watchers.append((iterations, reply))
        # Nobody is left to feed what a blocked consumer waits for.
        self.consumer_waits(iterations - 1)
        self._check_watchers()

    def _check_watchers(self) -> None:
        left = []
        for iterations, reply in self._watchers:
            if self._ended or self._completed >= iterations:
                reply.settle()
            else:
                left.append((iterations, reply))
        self._watchers = left

    def wake(self) -> None:
        """Something changed: whoever waits looks again."""
        futures, self._changed = self._changed, []
        for future in futures:
            if not future.done():
                future.set_result(None)

    async def _change(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changed.append(future)
        await future

    def hurry(self) -> None:
        """The consumer takes outputs before they are ready."""
        self._hurry.set()

    def begin_ended(self) -> None:
        """The data had ended where this engine goes on."""
        self._ended = True
        self._lay_ready(End())

    # ---- the stages ----------------------------------------------------------------------------------------

    async def _stage(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """A stage must not end by itself: whoever waits for its results would wait for ever."""
        try:
            await work(*args)
        except BaseException as e:
            if self._stopping():
                if isinstance(e, asyncio.CancelledError):
                    raise
                return
            self._fail(e)

    def start(self, workers: WorkerPool) -> list[asyncio.Task[None]]:
        """Start the stages, one task each."""
        cpu = CpuStage(
            self.plan,
            self.feed,
            workers,
            self.memory,
            self._stats,
            self.on_error,
            self._stopping,
        )
        works: list[tuple[str, Any]] = [("cpu", cpu.run)]
        if self.device is not None:
            stages = [DeviceStage(name, steps, self.device) for name, steps in self.plan.device_stages()]
            if self.on_error == "raise":
                works += [(stage.name, self._when_device_may(stage.run)) for stage in stages]
            else:  # what replaces a sample that fails there must not depend on how far ahead the cpu stage is

                async def enqueue(ws: Workspace) -> None:
                    for stage in stages:
                        await stage.enqueue(ws)

                cpu.device = self._when_device_may(enqueue)
        names = ["reader", *(name for name, _ in works)]
        for left, right in itertools.pairwise(names):
            depth = self.depths.gpu if left in ("mixed", "gpu") else self.depths.queue
            self._queues.append(Queue(f"{left}->{right}", depth))
        self._stages = [StageStats(name) for name in names]
        create = asyncio.get_running_loop().create_task
        stage = self._stage(self._reader, cpu.fills, self._queues[0], self._stages[0])
        tasks = [create(stage, name="adali reader stage")]
        for i, (name, work) in enumerate(works):
            last = self._deliver if self.device is None else self._flying.put
            target = self._queues[i + 1].put if i + 1 < len(self._queues) else last
            stage = self._stage(pump, self._queues[i], work, target, self._stages[i + 1])
            tasks.append(create(stage, name=f"adali {name} stage"))
        if self.device is not None:
            stage = self._stage(self._land, self.device, self._stages[-1])
            tasks.append(create(stage, name="adali device results"))
        return tasks

    async def _land(self, device: Device, stats: StageStats) -> None:
        """Wait for what the device has been given, in order, while the stages give it more."""
        while True:
            item = await self._flying.get()
            if isinstance(item, Workspace) and not item.skipped:
                item = await self._landed(device, item, stats)
            await self._deliver(item)
            del item

    async def _landed(self, device: Device, ws: Workspace, stats: StageStats) -> Item:
        try:
            ws.lending = device.lend(ws, self.plan.outputs)
            ready = asyncio.ensure_future(device.wait(ws))
            try:
                if ws.lending is not None and all(isinstance(ws.data[s], TensorListGPU) for s in self.plan.outputs):
                    hurry = asyncio.ensure_future(self._hurry.wait())
                    try:
                        await asyncio.wait((ready, hurry), return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        hurry.cancel()
                    if not ready.done():  # the consumer orders its own stream behind the outputs
                        ready.add_done_callback(_seen)
                        return ws
                await ready
            except asyncio.CancelledError:
                ready.cancel()
                raise
        except Exception as e:
            stats.failures += 1
            stats.iterations -= 1
            return failure(ws, e)
        return ws

    def _when_device_may(self, work: Callable[[Workspace], Any]) -> Callable[[Workspace], Any]:
        async def gated(ws: Workspace) -> None:
            while ws.iteration - self._freed >= self.depths.gpu and not self._resetting:
                await self._change()
            await work(ws)

        return gated

    async def _reader(self, late: bool, target: Queue[Item], stats: StageStats) -> None:
        """The reader stage; with ``late`` the cpu stage reads for itself."""
        if self._ended:  # before a checkpoint was taken
            await self._until_reset()
        while True:
            start = perf_counter()
            while not (self._started < self._requested and self._started - self._freed < self.depths.cpu):
                if self._resetting:
                    await self._reset()
                    continue
                await self._change()
            iteration = self._started
            stats.blocked_s += perf_counter() - start
            start = perf_counter()
            ws = Workspace(iteration, self.plan.slots, self._locate)
            item: Item = ws
            try:
                if not await self._fed(iteration):
                    continue
                if not late:
                    ws.unreadable = await self.feed.fill(ws)
            except EndOfData:
                await target.put(End(states=ws.states))
                await self._until_reset()
                continue
            except Exception as e:
                stats.failures += 1
                ws.states = self.feed.states()
                item = failure(ws, e)
            self._started += 1
            self._begun += 1
            stats.iterations += 1
            stats.busy_s += perf_counter() - start
            await target.put(item)
            del item, ws

    async def _until_reset(self) -> None:
        while not self._resetting:
            await self._change()
        await self._reset()

    async def _fed(self, iteration: int) -> bool:
        """Wait until every fed source has data; False if a reset came first.

        Raises:
            OperatorError: the consumer waits for this very iteration, so that nobody is left to feed it.
        """
        while starving := self.feed.starving():
            op = starving[0]
            if self._awaited >= iteration and not op.waits_for_data:
                raise OperatorError(
                    "no data was fed to it; call feed_input() before the iteration runs",
                    operator=op.schema.name,
                    name=op.spec.name,
                    line=op.spec.line,
                    iteration=iteration,
                )
            if self._resetting:
                return False
            await self._change()
        return True

    async def _reset(self) -> None:
        # Everything started must have left the stages, or it would be delivered after the reset.
        while self._completed < self._started:
            await self._change()
        error: BaseException | None = None
        # What was started and not delivered does not count: how far ahead that was is nobody's business.
        position = self.account.position
        try:
            await self.feed.reset(self.account.abandon, position.states)
        except OperatorError as e:
            error = e
        self._resetting = self._ended = False
        self._started = self._completed = position.iteration
        self.account.restart(Position(position.iteration, self.feed.states()), self._restart, error)

    def _restart(self, waiting: int) -> None:
        self._requested = self._started + waiting
        self._freed = self._started
        self._awaited = self._requested - 1

    async def _deliver(self, item: Item) -> None:
        if isinstance(item, End):
            self._completed += item.iteration is not None
            if not self._ended:
                self._ended = True
                self._lay_ready(item)
        else:
            self._completed += 1
            if not self._ended:  # what was started before the end was found belongs to nobody
                self._lay_ready(self._outcome(item))
        if self._watchers:
            self._check_watchers()
        if self._resetting:
            self.wake()

    def _lay_ready(self, outcome: Outcome) -> None:
        """Give the consumers an outcome; who waits for it is woken in the loop's next turn.

        A consumer that is woken takes the interpreter from the engine at once. Where the next batch takes microseconds
        too, that costs more than to finish it first and wake the consumer for both.
        """
        if self.account.put(outcome) and not self._waking:
            self._waking = True
            asyncio.get_running_loop().call_soon(self._wake_consumers)

    def _wake_consumers(self) -> None:
        self._waking = False
        self.account.wake()

    def _outcome(self, item: Workspace | Failure) -> Batch | Failure:
        if isinstance(item, Failure):
            return item
        empty = item.batch_size == 0 and item.epoch_end  # data may be there of an attempt before the last sample left
        outputs = tuple([None if empty else item.data[s] for s in self.plan.outputs])
        return Batch(item.iteration, outputs, item.position, item.lending, item.errors, item.left_out)


def _seen(future: asyncio.Future[None]) -> None:
    """Look at the outcome of a wait that nobody waits for; the consumer meets a fault on its own stream."""
    if not future.cancelled():
        future.exception()
