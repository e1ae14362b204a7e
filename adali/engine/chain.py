"""A chain: consecutive per-sample operators, run for one sample after another by worker threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import perf_counter_ns
from typing import Any

from adali.data import TensorListCPU
from adali.engine.lowering import Step
from adali.engine.memory import BufferPool, OutputColumn, Scratch
from adali.engine.stats import OperatorStats
from adali.engine.workspace import Workspace, samples_of
from adali.operators.base import BatchContext, SampleContext, SampleOperator
from adali.types import to_dali_type

__all__ = ["Chain", "ChainRun"]


class Chain:
    """The per-sample steps of one phase."""

    def __init__(
        self, steps: Sequence[Step], outputs: set[int], pool: BufferPool, stats: dict[str, OperatorStats]
    ) -> None:
        self.steps = steps
        self.pool = pool
        self.scratch = Scratch()
        self.stats = [stats[s.op.spec.name] for s in steps]
        made = {s for step in steps for s in step.outputs}
        self.outputs = sorted(made & outputs)
        self.loads = sorted({s for step in steps for s in step.reads} - made)
        self.local = {slot: i for i, slot in enumerate([*self.loads, *sorted(made)])}
        # Slots that reach another step of this chain as an argument are looked up by sample, not by position.
        self.argument_slots = {s for step in steps for s in step.args.values()} & made
        self.ragged: dict[int, bool] = {}
        self.layout_of: dict[int, str] = {}

    def begin(self, ws: Workspace) -> ChainRun:
        """Prepare one iteration."""
        return ChainRun(self, ws)


class ChainRun:
    """A chain in one iteration; ``run(indices)`` may be called by several threads, and again for some samples."""

    def __init__(self, chain: Chain, ws: Workspace) -> None:
        self.chain = chain
        self.ws = ws
        self.failures: list[tuple[int, Step, BaseException]] = []
        count = ws.batch_size
        self.columns = {slot: OutputColumn(count, chain.pool, chain.ragged.get(slot, False)) for slot in chain.outputs}
        self._loads = [(chain.local[s], samples_of(ws.data[s])) for s in chain.loads]
        self._layouts: dict[int, str] = {s: ws.data[s]._layout for s in chain.loads}
        arguments: dict[int, list[Any]] = {s: [None] * count for s in chain.argument_slots}
        self._steps: list[tuple[Any, ...]] = []
        for number, step in enumerate(chain.steps):
            op = step.op
            assert isinstance(op, SampleOperator)
            in_layouts = tuple(self._layouts[s] for s in step.inputs)
            check_layouts(step, in_layouts)
            for slot, layout in zip(step.outputs, op.layouts(in_layouts), strict=True):
                self._layouts[slot] = layout
            columns = {
                name: arguments[slot] if slot in arguments else samples_of(ws.data[slot])
                for name, slot in step.args.items()
            }
            sources = ws.sources.get(step.roots[0]) if step.roots else None
            context = BatchContext(op, ws.iteration, count, columns, in_layouts, sources)
            self._steps.append(
                (
                    op.run,
                    context,
                    self._allocator(number, step),
                    [chain.local[s] for s in step.inputs],
                    chain.local[step.outputs[0]] if len(step.outputs) == 1 else -1,
                    [chain.local[s] for s in step.outputs],
                    [(chain.local[s], arguments[s]) for s in step.outputs if s in arguments],
                )
            )
        self._outs = [(chain.local[s], column) for s, column in self.columns.items()]

    def _allocator(self, number: int, step: Step) -> Callable[[int, int, tuple[int, ...], Any], Any]:
        columns = [self.columns.get(s) for s in step.outputs]
        scratch = self.chain.scratch

        def allocate(output: int, index: int, shape: tuple[int, ...], dtype: Any) -> Any:
            column = columns[output]
            if column is not None:
                return column.empty(index, shape, dtype)
            return scratch.empty((id(self.chain), number, output), shape, dtype)

        return allocate

    def run(self, indices: Iterable[int] | Iterator[int]) -> None:
        """Compute the given samples; what fails goes to ``failures``."""
        steps = self._steps
        size = len(self.chain.local)
        loads, outs = self._loads, self._outs
        elapsed = [0] * len(steps)
        done = 0
        for index in indices:
            values: list[Any] = [None] * size
            for position, column in loads:
                values[position] = column[index]
            number = 0
            try:
                start = perf_counter_ns()
                for number, (run, context, allocate, ins, single, many, arguments) in enumerate(steps):
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
                for position, out in outs:
                    out.put(index, values[position])
                done += 1
            except Exception as e:
                self.failures.append((index, self.chain.steps[number], e))
        for stats, ns in zip(self.chain.stats, elapsed, strict=True):
            stats.add(ns, done)

    def only(self, places: Sequence[int]) -> Callable[[Iterator[int]], None]:
        """``run`` for some samples: a body over positions in ``places``."""
        return lambda positions: self.run(places[p] for p in positions)

    def finish(self) -> None:
        """Move the results into the workspace."""
        for slot, column in self.columns.items():
            samples, slab = column.finish()
            self.chain.ragged[slot] = slab is None and len(samples) > 1
            dtype = to_dali_type(samples[0].dtype) if samples else None
            roots = next(s.roots for s in self.chain.steps if slot in s.outputs)
            sources = self.ws.sources.get(roots[0]) if roots else None
            self.ws.data[slot] = TensorListCPU._from_samples(
                samples, self._layouts[slot], dtype=dtype, slab=slab, source_info=sources
            )


def check_layouts(step: Step, layouts: Sequence[str]) -> None:
    """Check the layouts of a step's inputs against its schema.

    Raises:
        ValueError: the operator does not take such a layout.
    """
    schema = step.op.schema
    for index, layout in enumerate(layouts):
        allowed = schema.input_schema(index).layouts
        if layout and allowed and layout not in allowed:
            raise ValueError(
                f"input {index} ({schema.input_schema(index).name}) has layout {layout!r}; "
                f"supported layouts: {', '.join(allowed)}"
            )
