"""The stages: asyncio tasks, joined by bounded queues, that move workspaces from the inputs to the consumer.

Contract of every stage: it takes iterations in order and passes each on exactly once, either finished or as a failure.
A failure of an operator belongs to its iteration and travels with it; the stage goes on with the next one. Closing the
queue in front of a stage ends it after what is in there; it then closes the queue behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from time import perf_counter
from typing import Any, TypeAlias

from adali.data import TensorListCPU
from adali.engine.chain import Chain, ChainRun, check_layouts
from adali.engine.device import Device
from adali.engine.inputs import InputFeed, replace_samples
from adali.engine.lowering import Phase, Plan, Step
from adali.engine.memory import BufferPool
from adali.engine.queues import Queue
from adali.engine.stats import OperatorStats, StageStats
from adali.engine.workers import WorkerPool
from adali.engine.workspace import Workspace, drop_samples
from adali.errors import OperatorError
from adali.operators.base import BatchContext, BatchOperator, SampleErrors

__all__ = ["CpuStage", "DeviceStage", "End", "Failure", "Item", "pump"]


class Failure:
    """An iteration that failed, on its way to the consumer."""

    __slots__ = ("error", "iteration")

    def __init__(self, iteration: int, error: Exception) -> None:
        self.iteration = iteration
        self.error = error


class End:
    """The end of the data, on its way to the consumer."""


Item: TypeAlias = "Workspace | Failure | End"


async def pump(
    source: Queue[Item],
    work: Callable[[Workspace], Awaitable[None]],
    target: Callable[[Item], Awaitable[None]],
    stats: StageStats,
) -> None:
    """The loop of a stage: take, work, pass on."""
    now = perf_counter()
    while True:
        item = await source.get()
        before, now = now, perf_counter()
        stats.starved_s += now - before
        if isinstance(item, Workspace):
            iteration = item.iteration
            try:
                await work(item)
                stats.iterations += 1
            except Exception as e:
                stats.failures += 1
                item = Failure(iteration, e)
            before, now = now, perf_counter()
            stats.busy_s += now - before
        await target(item)
        before, now = now, perf_counter()
        stats.blocked_s += now - before
        del item  # the next wait must not keep the batch alive


def operator_error(step: Step, ws: Workspace, sample: int | None, cause: BaseException) -> OperatorError:
    """The error that the consumer sees."""
    if isinstance(cause, OperatorError):
        return cause
    spec = step.op.spec
    error = OperatorError(
        str(cause) or type(cause).__name__,
        operator=spec.schema.name,
        name=spec.name,
        line=spec.line,
        iteration=ws.iteration,
        sample=sample,
        source=None if sample is None else ws.source_of(step.roots, sample),
    )
    error.__cause__ = cause
    return error


class CpuStage:
    """Runs the phases of the cpu stage, and keeps the promise of ``on_error``.

    With "skip" and readers as inputs, batches are read here rather than in the reader stage: which sample refills a
    place must not depend on how far ahead the reader is.
    """

    def __init__(
        self,
        plan: Plan,
        feed: InputFeed,
        workers: WorkerPool,
        memory: BufferPool,
        stats: dict[str, OperatorStats],
        on_error: str,
        report: Callable[[OperatorError], None],
    ) -> None:
        self.plan = plan
        self.feed = feed
        self.workers = workers
        self.stats = stats
        self.on_error = on_error
        self.report = report
        self.fills = on_error == "skip" and feed.refillable
        self.chains = [Chain(p.chain, plan.chain_outputs, memory, stats) if p.chain else None for p in plan.phases]
        inputs = {s for step in plan.inputs for s in step.outputs}
        self.depends_on_inputs = [
            any(
                step.op.mixes_samples or any(r in inputs for r in step.roots)
                for step in phase.batch
                if isinstance(step.op, BatchOperator) and step.reads
            )
            for phase in plan.phases
        ]
        self._failed_in_a_row = 0

    async def run(self, ws: Workspace) -> None:
        """Compute one iteration."""
        bad = await self.feed.fill(ws) if self.fills else ws.unreadable
        errors = {i: operator_error(step, ws, i, e) for i, (step, e) in bad.items()}
        if errors:
            await self._replace(ws, errors)
        if ws.batch_size == 0:
            return
        runs: list[ChainRun | None] = []
        index = 0
        while index < len(self.plan.phases):
            phase, chain = self.plan.phases[index], self.chains[index]
            errors = await self._run_batch_steps(phase, ws)
            run: ChainRun | None = None
            if chain is not None and not errors:
                run = self._begin(chain, ws)
                if chain.quick:
                    run.run(range(ws.batch_size))
                else:
                    await self.workers.run(run.run, ws.batch_size)
                errors = self._errors(run, ws)
            runs.append(run)
            if errors and await self._recover(ws, runs, index, errors):
                runs.clear()
                index = 0
                if ws.batch_size == 0:
                    return
                continue
            if run is not None:
                run.finish()
            # With a policy that may start over, what earlier phases read must stay.
            if self.on_error == "raise":
                for slot in phase.dead:
                    ws.data[slot] = None
            index += 1
        if self.on_error != "raise":
            for phase in self.plan.phases:
                for slot in phase.dead:
                    ws.data[slot] = None
        self._failed_in_a_row = 0

    def _begin(self, chain: Chain, ws: Workspace) -> ChainRun:
        try:
            return chain.begin(ws)
        except Exception as e:
            step = getattr(e, "step", chain.steps[0])
            raise operator_error(step, ws, None, e) from e

    async def _run_batch_steps(self, phase: Phase, ws: Workspace) -> dict[int, OperatorError]:
        for step in phase.batch:
            op = step.op
            assert isinstance(op, BatchOperator)
            start = perf_counter()
            try:
                inputs = [ws.data[s] for s in step.inputs]
                layouts = tuple(b._layout for b in inputs)
                check_layouts(step, layouts)
                columns = {name: ws.data[slot]._samples for name, slot in step.args.items()}
                sources = ws.sources.get(step.roots[0]) if step.roots else None
                context = BatchContext(op, ws.iteration, ws.batch_size, columns, layouts, sources)
                if op.inline:
                    result: Any = op.run(context, *inputs)
                else:
                    result = await self._off_loop(op, context, inputs)
            except SampleErrors as e:
                return {i: operator_error(step, ws, i, cause) for i, cause in e.errors.items()}
            except Exception as e:
                raise operator_error(step, ws, None, e) from e
            results = result if isinstance(result, tuple) else (result,)
            for slot, batch in zip(step.outputs, results, strict=True):
                ws.data[slot] = batch
            self.stats[op.spec.name].add(int((perf_counter() - start) * 1e9), ws.batch_size)
        return {}

    async def _off_loop(self, op: BatchOperator, context: BatchContext, inputs: list[TensorListCPU]) -> Any:
        if asyncio.iscoroutinefunction(op.run) or getattr(op, "is_async", False):
            return await op.run(context, *inputs)  # type: ignore[misc]
        result: Any = None

        def body(indices: Iterator[int]) -> None:
            nonlocal result
            for _ in indices:
                result = op.run(context, *inputs)

        await self.workers.run(body, 1)
        return result

    def _errors(self, run: ChainRun, ws: Workspace) -> dict[int, OperatorError]:
        failures, run.failures = sorted(run.failures, key=lambda f: f[0]), []
        return {index: operator_error(step, ws, index, e) for index, step, e in failures}

    async def _recover(
        self, ws: Workspace, runs: list[ChainRun | None], index: int, errors: dict[int, OperatorError]
    ) -> bool:
        """Replace what failed and compute it again; True if the whole iteration must start over."""
        places: set[int] = set()
        while errors:
            size = ws.batch_size
            await self._replace(ws, errors)
            if ws.batch_size != size or runs[index] is None or any(self.depends_on_inputs[: index + 1]):
                return True
            places |= errors.keys()
            order = sorted(places)
            errors = {}
            for run in runs[: index + 1]:
                if run is None:
                    continue
                await self.workers.run(run.only(order), len(order))
                errors = self._errors(run, ws)
                if errors:
                    break
                if run is not runs[index]:
                    run.finish()
        return False

    async def _replace(self, ws: Workspace, errors: dict[int, OperatorError]) -> None:
        """Give the failed places other samples; those for which there are none leave the batch.

        Raises:
            OperatorError: the policy is "raise", or nothing is left to replace with.
        """
        first = errors[min(errors)]
        if self.on_error == "raise":
            raise first
        for place in sorted(errors):
            self.report(errors[place])
        self._failed_in_a_row += len(errors)
        places = sorted(errors)
        if self.on_error == "replace":
            good = [i for i in range(ws.batch_size) if i not in errors]
            if not good:
                raise first
            for step in self.plan.inputs:
                for slot in step.outputs:
                    samples = ws.data[slot]._samples
                    replace_samples(ws, slot, places, [samples[_nearest(good, p)] for p in places])
                names = ws.sources.get(step.outputs[0])
                if names is not None:
                    for place in places:
                        names[place] = names[_nearest(good, place)]
            return
        while places and self.fills:
            filled, bad = await self.feed.refill(ws, places)
            unfilled = places[filled:]
            for place, (step, e) in bad.items():
                self.report(operator_error(step, ws, place, e))
            self._failed_in_a_row += len(bad)
            if self._failed_in_a_row > self.feed.epoch_size + 2 * self.feed.batch_size:
                raise first
            places = sorted([*bad, *unfilled])
            if unfilled:  # the epoch is over
                break
        if places:
            self._drop(ws, places)
            if ws.batch_size == 0 and not ws.epoch_end:
                raise first

    def _drop(self, ws: Workspace, places: list[int]) -> None:
        drop = set(places)
        for step in self.plan.inputs:
            for slot in step.outputs:
                ws.data[slot] = drop_samples(ws.data[slot], drop)
            names = ws.sources.get(step.outputs[0])
            if names is not None:
                ws.sources[step.outputs[0]] = [n for i, n in enumerate(names) if i not in drop]
        ws.batch_size -= len(drop)


def _nearest(good: list[int], place: int) -> int:
    return min(good, key=lambda g: (abs(g - place), g))


class DeviceStage:
    """The mixed or the gpu stage: hands its steps to the device."""

    def __init__(self, name: str, steps: list[Step], device: Device, last: bool) -> None:
        self.name = name
        self.steps = steps
        self.device = device
        self.last = last

    async def run(self, ws: Workspace) -> None:
        """Run the stage's steps for one iteration; the last stage also waits for the results."""
        await self.device.run(self.name, self.steps, ws)
        if self.last:
            await self.device.wait(ws)
