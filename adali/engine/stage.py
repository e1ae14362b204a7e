"""The stages: asyncio tasks, joined by bounded queues, that move workspaces from the inputs to the consumer.

Contract of every stage: it takes iterations in order and passes each on exactly once, either finished or as a failure.
A failure of an operator belongs to its iteration and travels with it; the stage goes on with the next one. Closing the
queue in front of a stage ends it after what is in there; it then closes the queue behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

from adali.data import TensorListCPU
from adali.data.buffers import element_type
from adali.engine.branches import present_samples, spread
from adali.engine.chain import Chain, ChainRun, check_layouts
from adali.engine.device import Device, StepFailure
from adali.engine.inputs import InputFeed, replace_samples
from adali.engine.lowering import Phase, Plan, Step
from adali.engine.memory import BufferPool
from adali.engine.queues import Queue
from adali.engine.stats import OperatorStats, StageStats
from adali.engine.tracebacks import ends_with_its_iteration, from_operator, release
from adali.engine.workers import WorkerPool
from adali.engine.workspace import End, Failure, Item, Workspace, drop_samples
from adali.errors import OperatorError, source_error, step_error
from adali.operators.base import ABSENT, BatchContext, BatchOperator, EndOfData, SampleErrors

__all__ = ["CpuStage", "DeviceStage", "failure", "operator_error", "pump"]


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
            try:
                await work(item)
                stats.iterations += 1
            except EndOfData:  # only where the cpu stage reads for itself
                item = End(item.iteration)
            except Exception as e:
                stats.failures += 1
                item = failure(item, e)
            before, now = now, perf_counter()
            stats.busy_s += now - before
        await target(item)
        before, now = now, perf_counter()
        stats.blocked_s += now - before
        del item  # the next wait must not keep the batch alive


def failure(ws: Workspace, error: Exception) -> Failure:
    """The outcome of an iteration that failed."""
    if isinstance(error, OperatorError):
        error.__traceback__ = None  # it was made here, so where it passed through tells nothing
        if error.__cause__ is not None:
            from_operator(error.__cause__)
        release(error, operators=False)
    return Failure(ws.iteration, error, ws.position, ws.errors, ws.left_out)


def operator_error(
    step: Step, ws: Workspace, sample: int | None, cause: BaseException, *, source: bool = True
) -> OperatorError:
    """The error that the consumer sees; without ``source`` nobody knows where the sample came from."""
    if isinstance(cause, OperatorError):
        return cause
    spec = step.op.spec
    where: dict[str, Any] = {
        "operator": spec.schema.name,
        "name": spec.name,
        "line": spec.line,
        "iteration": ws.iteration,
        "sample": sample,
        "source": ws.source_of(step.roots, sample) if source and sample is not None else None,
    }
    message = str(cause) or type(cause).__name__
    is_source = spec.schema.is_input and spec.state is not None
    error = source_error(cause, message, **where) if is_source else step_error(cause, message, **where)
    error.__cause__ = from_operator(cause)
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
        closing: Callable[[], bool],
    ) -> None:
        #: Enqueues the stages of the device, where the policy is to reach there; see :meth:`_on_device`.
        self.device: Callable[[Workspace], Awaitable[None]] | None = None
        self.plan = plan
        self.feed = feed
        self.workers = workers
        self.stats = stats
        self.on_error = on_error
        self.closing = closing
        self.fills = on_error == "skip" and feed.refillable
        self.conditional = plan.conditional
        self.chains = [
            Chain(p.chain, plan.chain_outputs, memory, stats, self.conditional) if p.chain else None
            for p in plan.phases
        ]
        inputs = {s for step in plan.inputs for s in step.outputs}
        self.depends_on_inputs = [
            any(
                step.op.mixes_samples or any(r in inputs for r in step.roots)
                for step in phase.batch
                if isinstance(step.op, BatchOperator) and step.reads
            )
            for phase in plan.phases
        ]
        self.mixed = _mixed_slots(plan)
        # Of the iteration: samples that failed, without a good one in between and in all; places filled at the last
        # attempt; and for each place whose sample is in it, where places were filled with their neighbours.
        self._failed = self._failed_in_all = self._replaced = 0
        self._origins: list[int] = []

    async def run(self, ws: Workspace) -> None:
        """Compute one iteration."""
        self._failed = self._failed_in_all = self._replaced = 0
        self._origins = []
        try:
            await self._compute(ws)
        finally:
            for error in ws.left_out:
                release(error, operators=True)

    @ends_with_its_iteration
    async def _compute(self, ws: Workspace) -> None:
        bad = await self.feed.fill(ws) if self.fills else ws.unreadable
        if bad:
            await self._replace(ws, {i: operator_error(step, ws, i, e) for i, (step, e) in bad.items()})
        if ws.skipped:
            return
        self._replaced = ws.batch_size
        while True:
            await self._run_phases(ws)
            if ws.skipped or self.device is None or not await self._on_device(ws):
                break
            if ws.skipped:
                return
        if self.on_error != "raise":
            for phase in self.plan.phases:
                for slot in phase.dead:
                    ws.data[slot] = None

    async def _on_device(self, ws: Workspace) -> bool:
        """Enqueue the stages of the device; True if samples failed there and were replaced: start over.

        With a policy the stages of the device work in this one's turn, so that samples which they cannot take are
        replaced as those that fail here, and no sample depends on how far ahead anything is.
        """
        if self.device is None:
            return False
        try:
            await self.device(ws)
        except StepFailure as e:
            known = self.mixed.isdisjoint(e.step.reads)
            errors = {i: operator_error(e.step, ws, i, cause, source=known) for i, cause in e.errors.items()}
            if not known:
                raise errors[min(errors)] from None
            if len(errors) < self._replaced:
                self._failed = 0
            await self._replace(ws, errors)
            return True
        return False

    async def _run_phases(self, ws: Workspace) -> None:
        runs: list[ChainRun | None] = []
        index = 0
        while index < len(self.plan.phases):
            phase, chain = self.plan.phases[index], self.chains[index]
            errors = await self._run_batch_steps(phase, ws) if phase.batch else {}
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
                if ws.skipped:
                    return
                continue
            if run is not None:
                self._finish(run, ws)
            if self.plan.memory_stats:
                self._measure([*(self.plan.inputs if index == 0 else ()), *phase.batch, *phase.chain], ws)
            # With a policy that may start over, what earlier phases read must stay.
            if self.on_error == "raise":
                for slot in phase.dead:
                    ws.data[slot] = None
            index += 1

    def _measure(self, steps: list[Step], ws: Workspace) -> None:
        for step in steps:
            for output, slot in enumerate(step.outputs):
                batch = ws.data[slot]
                if batch is not None:
                    sizes = [int(getattr(sample, "nbytes", 0)) for sample in batch._samples]
                    self.stats[step.op.spec.name].measure(output, sizes)

    def _begin(self, chain: Chain, ws: Workspace) -> ChainRun:
        try:
            return chain.begin(ws)
        except Exception as e:
            step = getattr(e, "step", chain.steps[0])
            raise operator_error(step, ws, None, e) from e

    def _finish(self, run: ChainRun, ws: Workspace) -> None:
        """Make batches of the chain's results.

        Raises:
            OperatorError: the results of a step do not make a batch.
        """
        for slot, column in run.columns.items():
            if column.ragged and ws.batch_size:
                try:
                    _check_batch(column.samples)
                except (TypeError, RuntimeError) as e:
                    step = next(s for s in run.chain.steps if slot in s.outputs)
                    raise operator_error(step, ws, None, e) from e
        run.finish()

    @ends_with_its_iteration
    async def _run_batch_steps(self, phase: Phase, ws: Workspace) -> dict[int, OperatorError]:
        for step in phase.batch:
            op = step.op
            assert isinstance(op, BatchOperator)
            part = None
            start = perf_counter()
            try:
                inputs = [ws.data[s] for s in step.inputs]
                layouts: tuple[str, ...] = ()
                if inputs:
                    layouts = tuple([b._layout for b in inputs])
                    check_layouts(step, layouts, [b.ndim() if len(b) else None for b in inputs])
                columns = {name: ws.data[slot]._samples for name, slot in step.args.items()} if step.args else {}
                sources = ws.sources.get(step.roots[0]) if step.roots else None
                context = BatchContext(op, ws.iteration, ws.batch_size, columns, layouts, sources)
                if self.conditional and not op.takes_absent and step.reads:
                    part = present_samples(context, inputs)
                if part is not None:
                    context, inputs, present = part
                if op.inline:
                    result: Any = op.run(context, *inputs)
                else:
                    result = await self._off_loop(op, context, inputs)
                results = result if isinstance(result, tuple) else (result,)
                if part is not None:
                    results = tuple(spread(batch, present, ws.batch_size) for batch in results)
                for slot, batch in zip(step.outputs, results, strict=True):
                    ws.data[slot] = batch
            except SampleErrors as e:
                return self._sample_errors(
                    ws, [(part[2][i] if part else i, step, cause) for i, cause in e.errors.items()]
                )
            except asyncio.CancelledError as e:
                if self.closing():
                    raise
                raise operator_error(step, ws, None, e) from e
            except Exception as e:
                raise operator_error(step, ws, None, e) from e
            self.stats[op.spec.name].add(int((perf_counter() - start) * 1e9), ws.batch_size)
        return {}

    @ends_with_its_iteration
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
        if not run.failures:
            return {}
        # Taken away from the run, which the errors' frames refer to.
        failures, run.failures = sorted(run.failures, key=lambda f: f[0]), []
        return self._sample_errors(ws, failures)

    def _sample_errors(
        self, ws: Workspace, failures: Sequence[tuple[int, Step, BaseException]]
    ) -> dict[int, OperatorError]:
        """Errors by sample.

        Raises:
            OperatorError: behind an operator that mixes samples nobody knows which sample of the inputs is to blame, so
                that no policy can leave it out: the iteration fails.
        """
        errors = {}
        for index, step, cause in failures:
            known = self.mixed.isdisjoint(step.reads)
            errors[index] = operator_error(step, ws, index, cause, source=known)
            if not known:
                raise errors[index]
        return errors

    @ends_with_its_iteration
    async def _recover(
        self, ws: Workspace, runs: list[ChainRun | None], index: int, errors: dict[int, OperatorError]
    ) -> bool:
        """Replace what failed and compute it again; True if the whole iteration must start over."""
        places: set[int] = set()
        while errors:
            if len(errors) < self._replaced:
                self._failed = 0
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
                    self._finish(run, ws)
        return False

    @ends_with_its_iteration
    async def _replace(self, ws: Workspace, errors: dict[int, OperatorError]) -> None:
        """Give the failed places other samples; those for which there are none leave the batch.

        Raises:
            OperatorError: the policy is "raise", or nothing is left to replace with.
        """
        first = errors[min(errors)]
        if self.on_error == "raise":
            raise first
        places = sorted(errors)
        for place in places:
            # A neighbour's sample that fails in this place as well was reported in its own.
            if not self._origins or self._origins[place] == place:
                ws.left_out.append(errors[place])
                if self.on_error == "replace":  # with "skip" samples move to other places
                    ws.errors[place] = errors[place]
        if self.on_error == "replace":
            self._copy_neighbours(ws, places, first)
            return
        # An epoch's worth of bad samples in a row, or one for each place: there is no good one.
        epoch = self.feed.epoch_size + 2 * self.feed.batch_size
        while places and self.fills:
            self._failed += len(places)
            self._failed_in_all += len(places)
            if self._failed > epoch or self._failed_in_all > epoch * (1 + ws.batch_size):
                raise first
            filled, bad = await self.feed.refill(ws, places)
            for place, (step, e) in sorted(bad.items()):
                ws.left_out.append(operator_error(step, ws, place, e))
            unfilled = places[filled:]
            places = sorted([*bad, *unfilled])
            if unfilled:  # the epoch is over
                break
        self._replaced = len(errors) - len(places)
        if places:
            self._drop(ws, places)
            ws.skipped = ws.batch_size == 0
            if ws.skipped:
                if not ws.epoch_end:
                    raise first
                ws.errors[min(errors)] = first  # for a consumer that finds no good sample in a whole epoch

    def _copy_neighbours(self, ws: Workspace, places: list[int], first: OperatorError) -> None:
        """Put the nearest good samples into the failed places.

        Raises:
            OperatorError: there is no good one; or one that stands in its own place fails in another, where it was put
                already, so that the place is to blame (its arguments) and no sample helps.
        """
        origins = self._origins = self._origins or list(range(ws.batch_size))
        failed = set(places)
        good = [i for i, origin in enumerate(origins) if origin == i and i not in failed]
        if not good or any(origins[p] != p and origins[p] not in failed for p in places):
            raise first
        nearest = {p: min(good, key=lambda g: (abs(g - p), g)) for p in places}
        for p in places:
            origins[p] = nearest[p]
        for step in self.plan.inputs:
            for slot in step.outputs:
                samples = ws.data[slot]._samples
                replace_samples(ws, slot, places, [samples[nearest[p]] for p in places])
            names = ws.sources.get(step.outputs[0])
            if names is not None:
                for p in places:
                    names[p] = names[nearest[p]]

    def _drop(self, ws: Workspace, places: list[int]) -> None:
        drop = set(places)
        for step in self.plan.inputs:
            for slot in step.outputs:
                ws.data[slot] = drop_samples(ws.data[slot], drop)
            names = ws.sources.get(step.outputs[0])
            if names is not None:
                ws.sources[step.outputs[0]] = [n for i, n in enumerate(names) if i not in drop]
        ws.batch_size -= len(drop)


def _mixed_slots(plan: Plan) -> set[int]:
    """Slots whose sample i does not come from sample i of the inputs."""
    mixed: set[int] = set()
    for steps in (*((*phase.batch, *phase.chain) for phase in plan.phases), plan.mixed, plan.gpu):
        for step in steps:
            mixes = isinstance(step.op, BatchOperator) and step.op.mixes_samples and step.roots
            if mixes or not mixed.isdisjoint(step.reads):
                mixed.update(step.outputs)
    return mixed


def _check_batch(samples: Sequence[Any]) -> None:
    """Check that samples may be in one batch.

    Raises:
        RuntimeError: of a type that no batch has.
        TypeError: of several types or numbers of dimensions.
    """
    first = next((s for s in samples if s is not ABSENT), ABSENT)
    if first is ABSENT:
        return
    element_type(first.dtype)
    for i, sample in enumerate(samples):
        if sample is ABSENT:
            continue
        if sample.dtype != first.dtype or sample.ndim != first.ndim:
            raise TypeError(
                f"all samples of a batch need one type and number of dimensions, but sample 0 is {first.ndim}-D "
                f"{first.dtype} and sample {i} is {sample.ndim}-D {sample.dtype}"
            )


class DeviceStage:
    """The mixed or the gpu stage: hands its steps to the device, and does not wait for it."""

    def __init__(self, name: str, steps: list[Step], device: Device) -> None:
        self.name = name
        self.steps = steps
        self.device = device

    async def run(self, ws: Workspace) -> None:
        """Run the stage's steps for one iteration.

        Raises:
            OperatorError: a sample or the batch could not be computed.
        """
        try:
            await self.enqueue(ws)
        except StepFailure as e:
            index, cause = min(e.errors.items())
            raise operator_error(e.step, ws, index, cause) from cause

    async def enqueue(self, ws: Workspace) -> None:
        """The same, for who replaces samples that fail.

        Raises:
            StepFailure: samples could not be computed.
            OperatorError: the batch could not.
        """
        if not ws.skipped:
            await self.device.run(self.name, self.steps, ws)
