"""Operators run one at a time, on the spot: debug mode and eager calls.

Each operator is a plan of its own for the engine's cpu stage, without threads: what an operator computes, how its
arguments reach it and what its errors say are the engine's.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

from adali.data import TensorListCPU
from adali.engine.inputs import InputFeed
from adali.engine.lowering import Phase, Plan, Step
from adali.engine.memory import BufferPool
from adali.engine.stage import CpuStage, operator_error
from adali.engine.stats import OperatorStats
from adali.engine.workspace import Workspace
from adali.errors import GraphError
from adali.graph.graph import GraphBuilder, build_graph
from adali.graph.node import DataNode
from adali.graph.schema import ArgKind, registry
from adali.graph.spec import OpSpec
from adali.operators.base import ABSENT, InputOperator, OpEnv, Operator, SampleOperator
from adali.types import DALIDataType

__all__ = ["DataNodeDebug", "DebugBuilder", "OneOperator"]


class DataNodeDebug(DataNode):
    """A DataNode whose batch exists: in debug mode, what an operator returns."""

    __slots__ = ("_batch", "_locate")

    def __init__(self, node: DataNode, batch: TensorListCPU, locate: Callable[[str], str] | None = None) -> None:
        super().__init__(node.name, node.device, node.source, node.index)
        self._batch = batch
        self._locate = locate

    def get(self) -> TensorListCPU:
        """The batch. In a branch of a conditional: the samples that are in it."""
        batch = self._batch
        if all(sample is not ABSENT for sample in batch._samples):
            return batch
        present = [sample for sample in batch._samples if sample is not ABSENT]
        return TensorListCPU._from_samples(present, batch._layout, dtype=batch._dtype)

    @property
    def dtype(self) -> DALIDataType:
        """Type of the elements."""
        return self.get().dtype

    def layout(self) -> str:
        """Layout of the samples."""
        return str(self.get().layout())

    def __str__(self) -> str:
        return f"DataNodeDebug({self.name!r},\n{self.get()})"


class _Plan(Plan):
    """A plan of one operator; whether samples may be absent is known from the pipeline around it."""

    in_conditional = False

    @property
    def conditional(self) -> bool:
        return self.in_conditional


class _Inline:
    """In place of the worker threads: the caller's."""

    async def run(self, body: Callable[[Iterator[int]], None], count: int) -> None:
        body(iter(range(count)))


class OneOperator:
    """An operator that runs by itself.

    Attributes:
        spec: the operator.
        op: its instance.
    """

    def __init__(self, spec: OpSpec, env: OpEnv, *, conditional: bool = False) -> None:
        if spec.device != "cpu":
            raise GraphError(f"Operator {spec.label} is on device {spec.device!r}; debug mode runs on the CPU only.")
        self.spec = spec
        self.env = env
        _, cls = registry[spec.schema.name]
        self.op: Operator = cls(spec, env)
        inputs = list(range(len(spec.inputs)))
        args = {name: len(inputs) + i for i, name in enumerate(spec.arg_inputs)}
        first = len(inputs) + len(args)
        outputs = list(range(first, first + len(spec.outputs)))
        is_input = isinstance(self.op, InputOperator)
        self.step = Step(self.op, inputs, args, outputs, outputs[:1] if is_input else [0] if first else [])
        phase = Phase(chain=[self.step]) if isinstance(self.op, SampleOperator) else Phase(batch=[self.step])
        plan = _Plan([], [] if is_input else [phase], [], [], first + len(outputs), outputs, set(outputs))
        plan.in_conditional = conditional
        self.slots = plan.slots
        self.feed: InputFeed | None = None
        self._stage = CpuStage(
            plan,
            InputFeed([], env.batch_size),
            _Inline(),  # type: ignore[arg-type]
            BufferPool(),
            {spec.name: OperatorStats(spec.name, spec.schema.name)},
            "raise",
            lambda: False,
        )

    @property
    def needs_loop(self) -> bool:
        """Whether it runs on an event loop: an input, or coroutine functions of the user's."""
        is_async = inspect.iscoroutinefunction(self.op.run) if hasattr(self.op, "run") else False
        return isinstance(self.op, InputOperator) or is_async or bool(getattr(self.op, "is_async", False))

    async def run(
        self,
        batches: Sequence[TensorListCPU],
        batch_size: int,
        iteration: int,
        locate: Callable[[str], str] | None = None,
    ) -> list[TensorListCPU]:
        """Compute one batch from those of the inputs and, after them, of the argument inputs.

        Args:
            batches: the inputs.
            batch_size: size of the batch where there is no input.
            iteration: index of the iteration.
            locate: how a message names the place where a sample came from.

        Raises:
            OperatorError: it failed.
            GraphError: the inputs are batches of different sizes.
            EndOfData: it is an input that has no more.
        """
        own = {self.step.outputs[0]: self.op.locate} if isinstance(self.op, InputOperator) else {}
        ws = Workspace(iteration, self.slots, own or ({0: locate} if locate else {}))
        ws.data[: len(batches)] = batches
        if isinstance(self.op, InputOperator):
            if self.feed is None:
                self.feed = InputFeed([self.step], batch_size)
            for index, (step, error) in (await self.feed.fill(ws)).items():
                raise operator_error(step, ws, index, error) from error
            return [ws.data[slot] for slot in self.step.outputs]
        sizes = [len(b) for b in batches]
        if len(set(sizes)) > 1:
            raise GraphError(f"Operator {self.spec.label}: its inputs are batches of different sizes: {sizes}")
        ws.batch_size = sizes[0] if sizes else batch_size
        if batches and batches[0]._source_info is not None:
            ws.sources[0] = list(batches[0]._source_info)
        await self._stage.run(ws)
        return [ws.data[slot] for slot in self.step.outputs]


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as e:
        return e.value
    coroutine.close()
    raise RuntimeError("the operator waits for an event loop")


class LoopThread:
    """An event loop on a thread of its own, for inputs and coroutine functions."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="adali-debug", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    def call(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine to its end."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        if threading.current_thread() is not self._thread:  # where the garbage collector may have called
            self._thread.join()


class DebugBuilder(GraphBuilder):
    """A scope in which each operator runs as soon as it is made.

    Instances stay from iteration to iteration: the n-th call of an iteration is the n-th operator.
    """

    def __init__(
        self, env: OpEnv, pipeline: Callable[[], Any], *, conditional: bool, trace: Callable[[], Sequence[DataNode]]
    ) -> None:
        super().__init__(pipeline)
        self.env = env
        self.conditional = conditional
        self.operators: list[OneOperator] = []
        self._trace = trace
        self._seeds: list[OpSpec] | None = None
        self._complete = False
        self._position = 0
        self._iteration = -1
        self._batch_size = env.batch_size
        self._loop: LoopThread | None = None

    @property
    def loop(self) -> LoopThread:
        """The event loop, begun on first use."""
        if self._loop is None:
            self._loop = LoopThread()
        return self._loop

    def begin(self) -> None:
        """Begin an iteration."""
        self._iteration += 1
        self._position = 0
        self._batch_size = self.env.batch_size
        self._numbers = iter(range(1 << 62))  # type: ignore[assignment]
        self.specs.clear()

    def end(self) -> None:
        """End an iteration.

        Raises:
            GraphError: the first iteration had further operators.
        """
        if self._complete and self._position < len(self.operators):
            missing = self.operators[self._position].spec
            raise GraphError(
                f"Debug mode: iteration {self._iteration} made {self._position} operators, but the first one made "
                f"{len(self.operators)}. The sequence of operators must not change. The next would be {missing.label}"
                f"\n  made at {missing.line}"
            )
        self._complete = True

    def register(self, spec: OpSpec) -> None:
        """Run the operator; its output nodes hold the results."""
        super().register(spec)
        position, self._position = self._position, self._position + 1
        if position < len(self.operators):
            self._check_same(self.operators[position].spec, spec)
        elif self._complete:
            raise GraphError(
                f"Debug mode: iteration {self._iteration} makes an operator more than the first one: {spec.label}. The "
                "sequence of operators must not change."
            )
        else:
            spec.seed_index = self._seed_index(position, spec)
            self.operators.append(OneOperator(spec, self.env, conditional=self.conditional))
        one = self.operators[position]
        nodes = [*spec.inputs, *spec.arg_inputs.values()]
        batches = [node._batch for node in nodes if isinstance(node, DataNodeDebug)]
        if len(batches) != len(nodes):
            raise GraphError(f"Operator {spec.label}: an input was made outside of this pipeline's debug mode.")
        locate = nodes[0]._locate if nodes and isinstance(nodes[0], DataNodeDebug) else None
        run = one.run(batches, self._batch_size, self._iteration, locate)
        results = self.loop.call(run) if one.needs_loop else at_once(run)
        if isinstance(one.op, InputOperator):
            self._batch_size = len(results[0])
            locate = one.op.locate
        spec.outputs = [DataNodeDebug(node, batch, locate) for node, batch in zip(spec.outputs, results, strict=True)]

    def _check_same(self, first: OpSpec, spec: OpSpec) -> None:
        problem = ""
        if first.schema is not spec.schema:
            problem = f"it was {first.schema.name} and is {spec.schema.name} now"
        elif len(first.inputs) != len(spec.inputs):
            problem = f"it had {len(first.inputs)} inputs and has {len(spec.inputs)} now"
        elif first.arg_inputs.keys() != spec.arg_inputs.keys() or first.args.keys() != spec.args.keys():
            problem = "other arguments are given now"
        else:
            kinds = {name: spec.schema.by_name[name].kind for name in spec.args}
            changed = [n for n, v in spec.args.items() if kinds[n] is not ArgKind.OBJECT and v != first.args[n]]
            if changed:
                name = changed[0]
                problem = f"its argument {name!r} was {first.args[name]!r} and is {spec.args[name]!r} now"
        if problem:
            raise GraphError(
                f"Debug mode: operator {self._position} of iteration {self._iteration} is not the one of the first "
                f"iteration: {problem}. The sequence of operators and their constant arguments must not change."
                f"\n  made first at {first.line}"
            )

    def _seed_index(self, position: int, spec: OpSpec) -> int:
        """The operator's number for random seeds, which is that of the pipeline without debug mode.

        It depends on the outputs, which are not known yet, so the function is traced once as without debug mode, if
        there is a random operator without a seed. Where that fails (it looks at values), operators count as they come.
        """
        if "seed" not in spec.schema.by_name or spec.args.get("seed", -1) != -1:
            return position
        if self._seeds is None:
            self._seeds = []
            try:
                graph_builder = GraphBuilder(self.pipeline)
                from adali.graph import scope
                from adali.graph.branch import enabled

                with enabled(self.conditional), scope.scope(graph_builder):
                    outputs = self._trace()
                build_graph(outputs, graph_builder)
                self._seeds = list(graph_builder.specs)
            except Exception:
                self._seeds = []
        if position < len(self._seeds) and self._seeds[position].schema is spec.schema:
            number = self._seeds[position].seed_index
            return number if number >= 0 else len(self._seeds) + position
        return position

    def reset(self) -> None:
        """Start sources over."""
        for one in self.operators:
            if one.feed is not None:
                self.loop.call(one.feed.reset(False, one.feed.states()))

    def close(self) -> None:
        """Close the operators and the loop."""
        for one in self.operators:
            if one.feed is not None:
                self.loop.call(one.feed.aclose(5.0))
            one.op.close()
        self.operators.clear()
        if self._loop is not None:
            self._loop.close()
            self._loop = None
