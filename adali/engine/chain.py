"""A chain: consecutive per-sample operators, run for one sample after another by worker threads."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable, Iterable, Iterator, Sequence
from time import perf_counter_ns
from typing import Any

from adali.data import TensorListCPU
from adali.data.buffers import element_type
from adali.engine.branches import guard
from adali.engine.lowering import Step
from adali.engine.memory import BufferPool, OutputColumn, Scratch
from adali.engine.stats import OperatorStats
from adali.engine.workspace import Workspace
from adali.graph.schema import layouts_of
from adali.operators.base import ABSENT, BatchContext, SampleContext
from adali.types import DALIDataType

__all__ = ["Chain", "ChainRun"]

Allocator = Callable[[int, int, tuple[int, ...], Any], Any]

#: A batch that took less than this is computed on the engine's loop next time: handing it to the worker threads and
#: hearing from them costs about as much.
QUICK_NS = 100_000


class Chain:
    """The per-sample steps of one phase."""

    def __init__(
        self,
        steps: Sequence[Step],
        outputs: set[int],
        pool: BufferPool,
        stats: dict[str, OperatorStats],
        conditional: bool = False,
    ) -> None:
        self.steps = steps
        self.pool = pool
        self.scratch = Scratch()
        self.stats = [stats[s.op.spec.name] for s in steps]
        made = {s for step in steps for s in step.outputs}
        self.outputs = sorted(made & outputs)
        self.root_of = {s: step.roots[0] if step.roots else -1 for step in steps for s in step.outputs}
        self.loads = sorted({s for step in steps for s in step.reads} - made)
        self.local = {slot: i for i, slot in enumerate([*self.loads, *sorted(made)])}
        self.load_positions = [(s, self.local[s]) for s in self.loads]
        self.out_positions = [(s, self.local[s]) for s in self.outputs]
        # Slots that reach another step of this chain as an argument are looked up by sample, not by position.
        self.argument_slots = {s for step in steps for s in step.args.values()} & made
        # For each output, where the step that makes it finds those of its inputs that live only within a sample.
        self.internal_inputs = {
            s: [self.local[i] for i in step.reads if i in made] for step in steps for s in step.outputs
        }
        self.ragged: dict[int, bool] = {}
        self.quick = False
        self.may_inline = all(s.op.inline for s in steps)  # type: ignore[attr-defined]
        self._layouts: dict[tuple[str | int, ...], tuple[list[tuple[str, ...]], dict[int, str]]] = {}
        self.conditional = conditional
        self.fused = {} if conditional else _fusions(steps, outputs)
        self.deferred = {first for first, _ in self.fused.values()}
        for number, (first, _) in self.fused.items():
            self.internal_inputs[steps[number].outputs[0]] = [self.local[i] for i in steps[first].reads if i in made]
        # What does not change from batch to batch, for each step.
        self.fixed = [
            (
                step,
                step.op.run,  # type: ignore[attr-defined]
                [self.local[s] for s in step.inputs],
                self.local[step.outputs[0]] if len(step.outputs) == 1 else -1,
                [self.local[s] for s in step.outputs],
                step.roots[0] if step.roots else -1,
                [s for s in step.outputs if s in self.argument_slots],
                not any(s in outputs for s in step.outputs),
                self._scratch_allocator(number),
            )
            for number, step in enumerate(steps)
        ]

    def layouts(self, loaded: tuple[str | int, ...]) -> tuple[list[tuple[str, ...]], dict[int, str]]:
        """Input layouts of each step, and the layout of each slot, given those of the batches loaded.

        A batch without a layout gives its number of dimensions instead; a step then takes it for the first layout of
        its schema that has as many.

        Raises:
            ValueError: a step does not take its input's layout; the exception has the ``step``.
        """
        known = self._layouts.get(loaded)
        if known is None:
            slots = {s: x if isinstance(x, str) else "" for s, x in zip(self.loads, loaded, strict=True)}
            ndims = {s: x for s, x in zip(self.loads, loaded, strict=True) if isinstance(x, int)}
            inputs = []
            for step in self.steps:
                layouts = tuple(
                    layouts_of(ndims[s], step.op.schema.input_schema(i).layouts) if s in ndims else slots[s]
                    for i, s in enumerate(step.inputs)
                )
                try:
                    check_layouts(step, layouts, [ndims.get(s) for s in step.inputs])
                    slots.update(zip(step.outputs, step.op.layouts(layouts), strict=True))
                except Exception as e:
                    e.step = step  # type: ignore[attr-defined]
                    raise
                inputs.append(layouts)
            known = self._layouts[loaded] = (inputs, slots)
        return known

    def _scratch_allocator(self, number: int) -> Allocator:
        scratch = self.scratch

        def allocate(output: int, index: int, shape: tuple[int, ...], dtype: Any) -> Any:
            return scratch.empty((number, output), shape, dtype)

        return allocate

    def begin(self, ws: Workspace) -> ChainRun:
        """Prepare one iteration."""
        return ChainRun(self, ws)


class ChainRun:
    """A chain in one iteration; ``run(indices)`` may be called by several threads, and again for some samples."""

    __slots__ = ("_layouts", "_loads", "_outs", "_steps", "busy_ns", "chain", "columns", "failures", "ws")

    def __init__(self, chain: Chain, ws: Workspace) -> None:
        self.chain = chain
        self.ws = ws
        self.failures: list[tuple[int, Step, BaseException]] = []
        self.busy_ns = 0
        count = ws.batch_size
        data = ws.data
        self.columns: dict[int, OutputColumn] = {}
        self._outs: list[tuple[int, OutputColumn, list[int]]] = []
        for slot, position in chain.out_positions:
            column = self.columns[slot] = OutputColumn(count, chain.pool, chain.ragged.get(slot, False))
            self._outs.append((position, column, chain.internal_inputs[slot]))
        self._loads: list[tuple[int, Any]] = []
        loaded: list[str | int] = []
        for slot, position in chain.load_positions:
            batch = data[slot]
            self._loads.append((position, batch._samples))
            loaded.append(batch._layout or batch.ndim())
        in_layouts, self._layouts = chain.layouts(tuple(loaded))
        arguments: dict[int, list[Any]] = {}
        if chain.argument_slots:
            arguments = {s: [None] * count for s in chain.argument_slots}
        self._steps: list[tuple[Any, ...]] = []
        deferred: dict[int, tuple[BatchContext, Allocator, list[int]]] = {}
        for number, (step, run, ins, single, many, root, as_argument, inner, scratch) in enumerate(chain.fixed):
            op = step.op
            columns: dict[str, Any] = {}
            for name, slot in step.args.items():
                columns[name] = arguments[slot] if slot in arguments else data[slot]._samples
            context = BatchContext(op, ws.iteration, count, columns, in_layouts[number], ws.sources.get(root))
            allocate = scratch if inner else self._allocator(step, scratch)
            if number in chain.deferred:
                deferred[number] = (context, allocate, ins)
                continue
            if number in chain.fused:
                first, function = chain.fused[number]
                before, before_allocate, ins = deferred.pop(first)
                run = _pair(function, before, before_allocate, chain.steps[first])
            if chain.conditional and not op.takes_absent:
                run = guard(run, len(many), columns)
            stores = [(chain.local[s], arguments[s]) for s in as_argument] if as_argument else ()
            self._steps.append((number, run, context, allocate, ins, single, many, stores))

    def _allocator(self, step: Step, scratch: Allocator) -> Allocator:
        if len(step.outputs) == 1:
            empty = self.columns[step.outputs[0]].empty
            return lambda output, index, shape, dtype: empty(index, shape, dtype)
        columns = [self.columns.get(s) for s in step.outputs]

        def allocate(output: int, index: int, shape: tuple[int, ...], dtype: Any) -> Any:
            column = columns[output]
            if column is not None:
                return column.empty(index, shape, dtype)
            return scratch(output, index, shape, dtype)

        return allocate

    def run(self, indices: Iterable[int] | Iterator[int]) -> None:
        """Compute the given samples; what fails goes to ``failures``."""
        steps = self._steps
        size = len(self.chain.local)
        loads, outs = self._loads, self._outs
        elapsed = [0] * len(self.chain.steps)
        done = 0
        for index in indices:
            values: list[Any] = [None] * size
            for position, column in loads:
                values[position] = column[index]
            number = 0
            try:
                start = perf_counter_ns()
                for number, run, context, allocate, ins, single, many, arguments in steps:
                    result = run(SampleContext(context, index, allocate), *[values[i] for i in ins])
                    if single >= 0:
                        values[single] = result
                    else:
                        for position, value in zip(many, result, strict=True):
                            values[position] = value
                    for position, column in arguments:
                        column[index] = values[position]
                    now = perf_counter_ns()
                    elapsed[number] += now - start
                    start = now
                for position, out, internal in outs:
                    out.put(index, values[position], [values[i] for i in internal])
                done += 1
            except _FirstOfPair as e:
                self.failures.append((index, e.step, e.error))
            except (Exception, CancelledError) as e:  # the latter is the operator's own: no task runs here
                self.failures.append((index, self.chain.steps[number], e))
        self.busy_ns += sum(elapsed)
        for stats, ns in zip(self.chain.stats, elapsed, strict=True):
            stats.add(ns, done)

    def only(self, places: Sequence[int]) -> Callable[[Iterator[int]], None]:
        """``run`` for some samples: a body over positions in ``places``."""
        return lambda positions: self.run(places[p] for p in positions)

    def finish(self) -> None:
        """Move the results into the workspace."""
        self.chain.quick = self.chain.may_inline and self.busy_ns < QUICK_NS
        for slot, column in self.columns.items():
            samples, slab = column.finish()
            self.chain.ragged[slot] = slab is None and len(samples) > 1
            sources = self.ws.sources.get(self.chain.root_of[slot])
            dtype = None
            if self.chain.conditional:
                dtype = next((element_type(s.dtype) for s in samples if s is not ABSENT), DALIDataType.NO_TYPE)
            self.ws.data[slot] = TensorListCPU._from_samples(
                samples, self._layouts[slot], dtype=dtype, slab=slab, source_info=sources
            )


def _fusions(steps: Sequence[Step], outputs: set[int]) -> dict[int, tuple[int, Callable[..., Any]]]:
    """Pairs that one function computes: number of the second step -> (number of the first, the function)."""
    fused: dict[int, tuple[int, Callable[..., Any]]] = {}
    for number, step in enumerate(steps):
        if len(step.inputs) != 1 or len(step.outputs) != 1:
            continue
        slot = step.inputs[0]
        first = next((n for n, s in enumerate(steps[:number]) if s.outputs == [slot]), None)
        readers = sum(s.reads.count(slot) for s in steps)
        if first is None or first in fused or slot in outputs or readers != 1:
            continue
        function = steps[first].op.fuse(step.op)  # type: ignore[attr-defined]
        if function is not None:
            fused[number] = (first, function)
    return fused


class _FirstOfPair(Exception):
    """The first of two operators that were computed in one go failed; the cause is its error."""

    def __init__(self, step: Step, error: Exception) -> None:
        self.step = step
        self.error = error
        super().__init__(str(error))


def _pair(function: Callable[..., Any], before: BatchContext, allocate: Allocator, first: Step) -> Callable[..., Any]:
    def run(ctx: SampleContext, *inputs: Any) -> Any:
        before_ctx = SampleContext(before, ctx.index, allocate)
        try:
            return function(before_ctx, ctx, *inputs)
        except Exception:
            # Which of the two it was shows when the first runs alone.
            try:
                first.op.run(before_ctx, *inputs)  # type: ignore[attr-defined]
            except Exception as e:
                raise _FirstOfPair(first, e) from None
            raise

    return run


def check_layouts(step: Step, layouts: Sequence[str], ndims: Sequence[int | None]) -> None:
    """Check the layouts of a step's inputs against its schema, or, where they have none, their numbers of axes.

    Args:
        step: the operator.
        layouts: of its inputs; "" for those without one.
        ndims: numbers of axes; None where nothing is known yet.

    Raises:
        ValueError: the operator does not take such a layout, or no layout with so many axes.
    """
    schema = step.op.schema
    for index, layout in enumerate(layouts):
        allowed = schema.input_schema(index).layouts
        if layout and allowed and layout not in allowed:
            raise ValueError(
                f"input {index} ({schema.input_schema(index).name}) has layout {layout!r}; "
                f"supported layouts: {', '.join(allowed)}"
            )
        ndim = ndims[index]
        if not layout and allowed and ndim is not None and not layouts_of(ndim, allowed):
            raise ValueError(
                f"input {index} ({schema.input_schema(index).name}) has {ndim} axes and no layout; "
                f"supported layouts: {', '.join(allowed)}"
            )
