"""A stand-in for a CUDA device: streams are threads, device memory is host memory, kernels are the CPU code."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from adali.data import TensorListCPU
from adali.engine.device import set_device_factory
from adali.engine.lowering import Step
from adali.engine.stage import operator_error
from adali.engine.workspace import Workspace
from adali.operators.base import BatchContext, BatchOperator, SampleContext


class Event:
    """What a stream has done up to here; carries the first error."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.error: Exception | None = None


class Stream:
    """Work in order on one thread, asynchronous to the host."""

    def __init__(self, name: str) -> None:
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"adali-host-stream-{name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            del work

    def enqueue(self, work: Callable[[], None]) -> None:
        self._work.put(work)

    def close(self) -> None:
        self._work.put(None)
        self._thread.join()


class HostDevice:
    """Runs steps as the engine's device does: enqueues them and returns; ``wait`` waits.

    Attributes:
        log: (stage, iteration) as they were enqueued.
        closed: how often it was closed.
    """

    def __init__(self, device_id: int | None, num_threads: int) -> None:
        self.device_id = device_id
        self.log: list[tuple[str, int]] = []
        self.closed = 0
        self._streams: dict[str, Stream] = {}
        self._last: dict[int, Event] = {}

    pinned = None

    async def warm_up(self, stages: dict[str, list[Step]]) -> None:
        pass

    def lend(self, ws: Workspace, slots: list[int]) -> None:
        pass

    async def run(self, stage: str, steps: list[Step], ws: Workspace) -> None:
        self.log.append((stage, ws.iteration))
        if stage not in self._streams:
            self._streams[stage] = Stream(stage)
        before, event = self._last.get(id(ws)), Event()
        self._last[id(ws)] = event

        def work() -> None:
            try:
                if before is not None:
                    before.done.wait()
                    if before.error is not None:
                        raise before.error
                for step in steps:
                    _run_step(step, ws)
            except Exception as e:
                event.error = e
            event.done.set()

        self._streams[stage].enqueue(work)

    async def wait(self, ws: Workspace) -> None:
        event = self._last.pop(id(ws))
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def resolve() -> None:
            if future.done():
                return
            if event.error is not None:
                future.set_exception(event.error)
            else:
                future.set_result(None)

        waiter = threading.Thread(
            target=lambda: (event.done.wait(), loop.call_soon_threadsafe(resolve)), name="adali-host-waiter"
        )
        waiter.start()
        try:
            await future
        finally:
            waiter.join()

    def close(self) -> None:
        self.closed += 1
        for stream in self._streams.values():
            stream.close()


def _run_step(step: Step, ws: Workspace) -> None:
    op: Any = step.op
    inputs = [ws.data[s] for s in step.inputs]
    columns = {name: ws.data[slot]._samples for name, slot in step.args.items()}
    layouts = tuple(b._layout for b in inputs)
    context = BatchContext(op, ws.iteration, ws.batch_size, columns, layouts)
    index: int | None = None
    try:
        if isinstance(op, BatchOperator):
            result: Any = op.run(context, *inputs)
        else:
            samples = []
            for index in range(ws.batch_size):
                ctx = SampleContext(context, index, lambda output, i, shape, dtype: _empty(shape, dtype))
                samples.append(op.run(ctx, *[b._samples[index] for b in inputs]))
            result = TensorListCPU._from_samples(samples, layouts[0] if layouts else "")
    except Exception as e:
        raise operator_error(step, ws, index, e) from e
    results = result if isinstance(result, tuple) else (result,)
    for slot, batch in zip(step.outputs, results, strict=True):
        ws.data[slot] = batch


def _empty(shape: tuple[int, ...], dtype: Any) -> Any:
    import numpy as np

    return np.empty(shape, dtype)


@contextmanager
def host_devices() -> Iterator[list[HostDevice]]:
    """Pipelines built meanwhile get stand-ins; yields those made."""
    made: list[HostDevice] = []

    def make(device_id: int | None, num_threads: int) -> HostDevice:
        made.append(HostDevice(device_id, num_threads))
        return made[-1]

    set_device_factory(make)
    try:
        yield made
    finally:
        set_device_factory(None)
