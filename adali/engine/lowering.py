"""Lowering: from a graph to the steps each stage runs.

The cpu stage becomes a list of phases. A phase runs its whole-batch operators, then its per-sample operators as one
chain for each sample. An operator goes into the earliest phase its inputs allow.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adali.errors import GraphError
from adali.graph import Graph, OpSpec, registry
from adali.operators.base import (
    BatchOperator,
    InputOperator,
    OpEnv,
    Operator,
    SampleOperator,
)

__all__ = ["Phase", "Plan", "Step", "lower"]


@dataclass
class Step:
    """One operator with the slots it reads and writes.

    Attributes:
        op: the operator's instance.
        inputs: slots of positional inputs.
        args: argument name -> slot.
        outputs: slots of the outputs.
        roots: slots fed from outside that the inputs depend on.
    """

    op: Operator
    inputs: list[int]
    args: dict[str, int]
    outputs: list[int]
    roots: list[int]

    @property
    def reads(self) -> list[int]:
        """All slots the step reads."""
        return [*self.inputs, *self.args.values()]


@dataclass
class Phase:
    """Whole-batch steps, then per-sample steps; and the slots nobody needs afterwards."""

    batch: list[Step] = field(default_factory=list)
    chain: list[Step] = field(default_factory=list)
    dead: list[int] = field(default_factory=list)


@dataclass
class Plan:
    """A lowered graph.

    Attributes:
        inputs: steps of the reader stage.
        phases: the cpu stage.
        mixed: steps of the mixed stage.
        gpu: steps of the gpu stage, with what depends on it.
        slots: number of slots.
        outputs: slots of the pipeline's outputs.
        chain_outputs: slots written by a chain that something outside the chain reads.
        memory_stats: whether the sizes of batches are counted.
    """

    inputs: list[Step]
    phases: list[Phase]
    mixed: list[Step]
    gpu: list[Step]
    slots: int
    outputs: list[int]
    chain_outputs: set[int]
    memory_stats: bool = False

    @property
    def conditional(self) -> bool:
        """Whether samples may be absent from parts of the graph."""
        return any(op.makes_absent for op in self.operators())

    def device_stages(self) -> list[tuple[str, list[Step]]]:
        """The stages on the device that have anything to do."""
        return [(name, steps) for name, steps in (("mixed", self.mixed), ("gpu", self.gpu)) if steps]

    def operators(self) -> list[Operator]:
        """All operators."""
        steps = [*self.inputs, *self.mixed, *self.gpu]
        for phase in self.phases:
            steps += [*phase.batch, *phase.chain]
        return [s.op for s in steps]

    def close(self) -> Exception | None:
        """Close all operators; returns the first error."""
        return _close(self.operators())

    @property
    def needs_device(self) -> bool:
        """Whether anything runs on a GPU."""
        return bool(self.mixed or self.gpu)


def _close(operators: list[Operator]) -> Exception | None:
    first: Exception | None = None
    for op in {id(op): op for op in operators}.values():  # a reader may be in two steps
        try:
            op.close()
        except Exception as e:  # the others are closed all the same
            first = first or e
    return first


def lower(graph: Graph, env: OpEnv) -> Plan:
    """Make the operators and arrange them in stages and phases."""
    slot_of: dict[int, int] = {}
    steps: dict[int, Step] = {}
    reading: dict[int, Step] = {}  # readers whose work is finished by the step in `steps`
    for spec in graph.specs:
        for node in spec.outputs:
            slot_of[id(node)] = len(slot_of)
    slots = len(slot_of)
    roots: dict[int, list[int]] = {}
    for spec in graph.specs:
        inputs = [slot_of[id(n)] for n in spec.inputs]
        args = {k: slot_of[id(n)] for k, n in spec.arg_inputs.items()}
        outputs = [slot_of[id(n)] for n in spec.outputs]
        upstream = {r for s in (*inputs, *args.values()) for r in roots[s]}
        mine = outputs[:1] if spec.schema.is_input else sorted(upstream)
        for slot in outputs:
            roots[slot] = mine
        _, cls = registry[spec.schema.name]
        if id(spec) in graph.seeds:  # a node made outside any pipeline may be in several graphs
            spec.seed_index = graph.seeds[id(spec)]
        try:
            made = cls(spec, env)
            if isinstance(made, InputOperator) and (args or made.always_finishes or _uploads(made)):
                made, hidden = _finishing(made, slots)
                reading[id(spec)] = hidden
                inputs, slots = hidden.outputs, slots + len(hidden.outputs)
                mine = sorted({*upstream, hidden.outputs[0]})
                for slot in outputs:
                    roots[slot] = mine
            steps[id(spec)] = Step(made, inputs, args, outputs, mine)
        except BaseException:
            _close([s.op for s in (*steps.values(), *reading.values())])
            raise

    plan = Plan([], [], [], [], slots, [slot_of[id(n)] for n in graph.outputs], set())
    stage: dict[int, str] = {}
    phase_of: dict[int, int] = {}
    is_sample: dict[int, bool] = {}
    producer = {slot: spec for spec in graph.specs for slot in steps[id(spec)].outputs}
    for spec in graph.specs:
        step = steps[id(spec)]
        if id(spec) in reading:
            plan.inputs.append(reading[id(spec)])
        reads = [s for s in step.reads if s in producer]
        before = [stage[id(producer[s])] for s in reads]
        if id(spec) not in reading:
            where = _stage(spec, before)
        elif _uploads(step.op):
            where = "gpu" if "gpu" in before else "mixed"
        else:
            where = "cpu"
        stage[id(spec)] = where
        if where == "reader":
            assert isinstance(step.op, InputOperator)
            step.op.exposed = frozenset(i for i, slot in enumerate(step.outputs) if slot in plan.outputs)
            plan.inputs.append(step)
        elif where == "mixed":
            plan.mixed.append(step)
        elif where == "gpu":
            plan.gpu.append(step)
        else:
            sample = isinstance(step.op, SampleOperator)
            is_sample[id(spec)] = sample
            index = 0
            for slot in reads:
                maker = producer[slot]
                if stage[id(maker)] == "cpu":
                    later = is_sample[id(maker)] and not sample
                    index = max(index, phase_of[id(maker)] + later)
            phase_of[id(spec)] = index
            while len(plan.phases) <= index:
                plan.phases.append(Phase())
            phase = plan.phases[index]
            (phase.chain if sample else phase.batch).append(step)
    _liveness(plan)
    return plan


def _finishing(op: InputOperator, slot: int) -> tuple[Operator, Step]:
    """The operator that ends a reader's work, and the reader's own step with outputs from ``slot`` on."""
    if _uploads(op):
        op.deferred = bool(op.spec.arg_inputs)
        return op, Step(op, [], {}, list(range(slot, slot + len(op.spec.outputs))), [slot])
    if op.finish is None:
        op.close()
        raise op.error(f"argument {next(iter(op.spec.arg_inputs))!r} must be a constant")
    op.deferred = True
    outputs = list(range(slot, slot + (op.raw_columns or len(op.spec.outputs))))
    try:
        finishing = op.finish(op.spec, op.env)
    except BaseException:
        op.close()
        raise
    op.lend(finishing)
    return finishing, Step(op, [], {}, outputs, outputs[:1])


def _uploads(op: Operator) -> bool:
    """Whether it is a reader on the device: its own ``run_gpu``, a second step, takes there what ``read`` gives."""
    return isinstance(op, InputOperator) and op.spec.device != "cpu" and type(op).run_gpu is not Operator.run_gpu


def _stage(spec: OpSpec, before: list[str]) -> str:
    _, cls = registry[spec.schema.name]
    if issubclass(cls, InputOperator):
        return "reader"
    if spec.device == "gpu" or any(b == "gpu" for b in before):
        return "gpu"
    if spec.device == "mixed":
        return "mixed"
    if any(b == "mixed" for b in before):
        return "gpu"
    if not issubclass(cls, (SampleOperator, BatchOperator)):
        raise GraphError(f"Operator {spec.label} has no CPU implementation")
    return "cpu"


def _liveness(plan: Plan) -> None:
    """Find the outputs of chains, and for each slot the last phase that reads it."""
    forever = {*plan.outputs, *(s for step in (*plan.mixed, *plan.gpu) for s in step.reads)}
    last: dict[int, int] = {}
    for step in plan.inputs:
        for slot in step.outputs:
            last[slot] = 0
    for index, phase in enumerate(plan.phases):
        for step in (*phase.batch, *phase.chain):
            for slot in (*step.outputs, *step.reads):
                last[slot] = index
    for slot, index in last.items():
        if slot not in forever and plan.phases:
            plan.phases[index].dead.append(slot)
    for phase in plan.phases:
        inside = {s for step in phase.chain for s in step.outputs}
        outside = set(forever)
        for other in plan.phases:
            for step in (*other.batch, *(other.chain if other is not phase else ())):
                outside.update(step.reads)
        plan.chain_outputs |= inside & outside
