"""Graph building and validation: from output nodes to an ordered, pruned list of operators."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from adali.errors import ArgumentError, GraphError
from adali.graph.node import DataNode
from adali.graph.spec import OpSpec, to_node

__all__ = ["Graph", "GraphBuilder", "build_graph", "is_transfer"]


class GraphBuilder:
    """What a pipeline's scope collects while its graph is defined: instance numbers and operators without use."""

    def __init__(self, pipeline: Callable[[], Any] = lambda: None) -> None:
        # A weak reference: operators hold the builder, and must not keep their pipeline alive.
        self.pipeline = pipeline
        self._numbers = itertools.count()
        self.specs: list[OpSpec] = []
        self.sinks: list[DataNode] = []

    def next_number(self) -> int:
        """Number of the next unnamed operator."""
        return next(self._numbers)

    def register(self, spec: OpSpec) -> None:
        """Remember an operator made in this scope."""
        self.specs.append(spec)


@dataclass(frozen=True)
class Graph:
    """A validated graph.

    Attributes:
        specs: operators in an order in which each comes after those it depends on.
        outputs: the nodes the pipeline returns, in order; a node may appear more than once.
        seeds: number of each operator, by id, from which its random numbers follow; transfers have none.
    """

    specs: tuple[OpSpec, ...]
    outputs: tuple[DataNode, ...]
    seeds: dict[int, int] = field(default_factory=dict)

    def inputs(self) -> tuple[OpSpec, ...]:
        """Operators that feed the graph from outside."""
        return tuple(s for s in self.specs if s.schema.is_input)

    def find(self, name: str) -> OpSpec | None:
        """The operator of that name, or None."""
        return next((s for s in self.specs if s.name == name), None)


def as_outputs(value: Any) -> tuple[DataNode, ...]:
    """Outputs of ``define_graph`` as nodes: one node, or a (nested) sequence of nodes and constants.

    Raises:
        GraphError: nothing was returned.
        ArgumentError: something that is no node, array or number was returned; a TypeError, as in DALI.
    """
    if value is None:
        raise GraphError("define_graph must return the pipeline's outputs, but it returned None")
    if isinstance(value, DataNode):
        return (value,)
    if not isinstance(value, (list, tuple)):
        return (_output(value, 0),)
    return tuple(_output(v, i) for i, v in enumerate(value))


def _output(value: Any, index: int) -> DataNode:
    if isinstance(value, (list, tuple)) and any(isinstance(v, DataNode) for v in value):
        if len(value) == 1:
            return _output(value[0], index)
        raise ArgumentError(
            f"Output {index} of the pipeline is a list of {len(value)} nodes; each output must be one node. "
            "Unpack it, for instance `return *nodes, label`."
        )
    try:
        return to_node(value)
    except GraphError as e:
        raise ArgumentError(f"Illegal output {index} of the pipeline: {e}") from None


def build_graph(outputs: Sequence[DataNode], builder: GraphBuilder, sinks: Iterable[DataNode] = ()) -> Graph:
    """Trace the outputs back, prune what nothing uses, order and validate the rest.

    Args:
        outputs: nodes the pipeline returns.
        builder: the pipeline's scope; its operators with ``preserve`` or without pruning are kept.
        sinks: nodes to run although nothing uses them.

    Raises:
        GraphError: a node of another pipeline, a name used twice, or no output at all.
    """
    if not outputs:
        raise GraphError("The pipeline has no outputs: return nodes from define_graph or call set_outputs().")
    sunk = [n.source for n in sinks]
    # Sinks go with the others that are kept, so that a deserialized graph, where they are such, has the same order.
    kept = [s for s in builder.specs if s.schema.no_prune or s.args.get("preserve") or any(s is k for k in sunk)]
    order: list[OpSpec] = []
    seen: dict[int, bool] = {}
    for root in [*(n.source for n in outputs), *kept, *sunk]:
        _visit(root, order, seen)
    for spec in order:
        if spec.owner is not None and spec.owner is not builder:
            raise GraphError(
                f"Operator {spec.label} belongs to another pipeline; a graph can only use nodes made in its own "
                f"scope.\n  made at {spec.line}"
            )
    names: defaultdict[str, list[OpSpec]] = defaultdict(list)
    for spec in order:
        names[spec.name].append(spec)
    for name, specs in names.items():
        if len(specs) > 1:
            where = "".join(f"\n  {s.schema.name} made at {s.line}" for s in specs)
            raise GraphError(f"The name {name!r} is used by {len(specs)} operators; names must be unique.{where}")
    # Copies between devices do not count: a serialized graph does not list them, and must draw the same numbers.
    seeds = {id(spec): index for index, spec in enumerate(s for s in order if not is_transfer(s))}
    for spec in order:
        spec.seed_index = seeds.get(id(spec), spec.seed_index)
    return Graph(tuple(order), tuple(outputs), seeds)


def is_transfer(spec: OpSpec) -> bool:
    """Whether an operator does nothing but move a batch between host and device: ``.gpu()`` and ``.cpu()``."""
    return spec.schema.name in ("MakeContiguous", "Copy") and spec.inputs[0].device != spec.outputs[0].device


def _visit(root: OpSpec, order: list[OpSpec], seen: dict[int, bool]) -> None:
    # Iterative, since a graph of a few thousand chained nodes would exceed the recursion limit.
    stack: list[tuple[OpSpec, bool]] = [(root, False)]
    while stack:
        spec, done = stack.pop()
        if done:
            if not seen.get(id(spec)):
                seen[id(spec)] = True
                order.append(spec)
            continue
        if id(spec) in seen:
            continue
        seen[id(spec)] = False
        stack.append((spec, True))
        before = reversed([*spec.inputs, *spec.arg_inputs.values()])
        stack.extend((node.source, False) for node in before if id(node.source) not in seen)
