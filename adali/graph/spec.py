"""OpSpec: one operator in a graph, with its arguments and inputs, and the one function that makes it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from adali.errors import ArgumentError, GraphError, SourceLine, UnknownArgumentError, caller_line
from adali.graph import scope
from adali.graph.node import DataNode
from adali.graph.schema import ArgKind, OpSchema, registry

if TYPE_CHECKING:
    from adali.graph.branch import Branch, Condition
    from adali.graph.graph import GraphBuilder

__all__ = ["OpSpec", "call_operator"]

_detached = itertools.count()


class OpSpec:
    """One operator in a graph.

    Attributes:
        schema: its description.
        name: unique in its graph.
        device: "cpu", "gpu" or "mixed".
        args: constant arguments the user gave, checked.
        inputs: positional inputs.
        arg_inputs: arguments given as one value a sample.
        outputs: the nodes it makes.
        line: where the user made it.
        owner: the pipeline scope it was made in, or None.
        state: what a Python operator carries that is no argument (a source, a function); its ``output_count``, if it
            has one, is the number of outputs.
        branch: the branch of a conditional it was made in, or the condition it splits by; None outside of them.
    """

    def __init__(
        self,
        schema: OpSchema,
        *,
        name: str,
        device: str,
        args: dict[str, Any],
        inputs: list[DataNode],
        arg_inputs: dict[str, DataNode],
        line: SourceLine | None,
        owner: GraphBuilder | None,
        state: Any = None,
    ) -> None:
        self.schema = schema
        self.name = name
        self.device = device
        self.args = args
        self.inputs = inputs
        self.arg_inputs = arg_inputs
        self.line = line
        self.owner = owner
        self.state = state
        self.seed_index = -1
        self.branch: Branch | Condition | None = None
        out_device = "cpu" if device == "cpu" else "gpu"
        count = getattr(state, "output_count", None) or schema.output_count(args, len(inputs))
        self.outputs = [DataNode(name if count == 1 else f"{name}[{i}]", out_device, self, i) for i in range(count)]

    def __repr__(self) -> str:
        return f"OpSpec({self.schema.name}, name={self.name!r}, device={self.device!r})"

    def arg(self, name: str) -> Any:
        """Constant value of an argument: the user's or the default (None if neither)."""
        if name in self.args:
            return self.args[name]
        return self.schema.by_name[name].default

    @property
    def label(self) -> str:
        """Operator and instance name, for messages."""
        return f"{self.schema.name} ({self.name})"


def call_operator(
    op: str,
    inputs: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    state: Any = None,
    line: SourceLine | None = None,
) -> list[DataNode]:
    """Add an operator to the graph and return its outputs.

    Args:
        op: schema name, current or legacy.
        inputs: DataNodes, or constants (arrays, numbers) that become constant nodes.
        kwargs: arguments as the user wrote them, with ``device`` and ``name``. A DataNode, or an array where the
            argument takes one value, becomes an argument input.
        state: see :class:`OpSpec`.
        line: the user's line, if the caller knows better than the call stack.

    Raises:
        ArgumentError: unknown, missing or mistyped argument.
        GraphError: wrong number or kind of inputs, or a device that does not fit.
    """
    schema, _ = registry[op]
    given = {k: v for k, v in kwargs.items() if v is not None}
    device = given.pop("device", None)
    name = given.pop("name", None)
    line = line or caller_line()
    if device is None:
        device = "gpu" if any(isinstance(i, DataNode) and i.device == "gpu" for i in inputs) else "cpu"
        if device == "gpu" and "gpu" not in schema.devices:
            device = "cpu"
    if device not in ("cpu", "gpu", "mixed"):
        raise ArgumentError(f"Operator {schema.name}: device must be 'cpu', 'gpu' or 'mixed', got {device!r}")
    if device not in schema.devices:
        raise ArgumentError(
            f"Operator {schema.name} has no {device!r} variant; it runs on: {', '.join(schema.devices)}"
        )
    if not schema.min_inputs <= len(inputs) <= schema.max_inputs:
        wanted = (
            str(schema.min_inputs)
            if schema.min_inputs == schema.max_inputs
            else f"{schema.min_inputs} to {schema.max_inputs}"
        )
        raise ArgumentError(f"Operator {schema.name} expects {wanted} inputs, but received {len(inputs)}")

    constants: dict[str, Any] = {}
    nodes: dict[str, DataNode] = {}
    for key, value in given.items():
        arg = schema.by_name.get(key)
        if arg is None:
            raise UnknownArgumentError(schema.unknown(key))
        if _is_node_like(value):
            node = to_node(value)
            if not arg.tensor:
                raise ArgumentError(
                    f"Operator {schema.name}: argument '{key}' must be a constant; it takes no DataNode."
                )
            if node.device != "cpu":
                raise GraphError(
                    f"Operator {schema.name}: argument '{key}' must be a CPU node, got a GPU node ({node.name}). "
                    "Argument inputs are read by the host: compute it on the CPU or call .cpu()."
                )
            known = arg.deprecated or key
            if known in nodes:
                raise ArgumentError(f"Operator {schema.name}: argument {known!r} was given twice")
            nodes[known] = node
        elif arg.tensor and _needs_constant_node(arg.kind, value):
            nodes[arg.deprecated or key] = to_node(np.asarray(value))
        else:
            constants[key] = value
    constants = schema.check_args(constants)
    both = constants.keys() & nodes.keys()
    if both:
        raise ArgumentError(f"Operator {schema.name}: argument {sorted(both)[0]!r} was given twice")
    for key, arg in schema.by_name.items():
        if arg.required and key not in constants and key not in nodes:
            raise ArgumentError(f"Operator {schema.name} needs the argument '{key}': {arg.doc}")

    in_nodes = [to_node(value, device) for value in inputs]
    branch = scope.branch.get()
    if branch is not None:
        in_nodes = [branch.adopt(node) for node in in_nodes]
        nodes = {key: branch.adopt(node) for key, node in nodes.items()}
    for i, node in enumerate(in_nodes):
        in_nodes[i] = _on_device(schema, device, i, node)

    builder = scope.current()
    if name is None:
        number = builder.next_number() if builder is not None else None
        name = (
            f"__{schema.class_name}_{number}"
            if number is not None
            else f"__{schema.class_name}_detached_{next(_detached)}"
        )
    elif not isinstance(name, str):
        raise ArgumentError(f"Operator {schema.name}: name must be a str, got {name!r}")
    spec = OpSpec(
        schema,
        name=name,
        device=device,
        args=constants,
        inputs=in_nodes,
        arg_inputs=nodes,
        line=line,
        owner=builder,
        state=state,
    )
    if branch is not None and (in_nodes or nodes):
        spec.branch = branch.owner
    if builder is not None:
        builder.register(spec)
    return spec.outputs


def _is_node_like(value: Any) -> bool:
    return isinstance(value, DataNode)


def _needs_constant_node(kind: ArgKind, value: Any) -> bool:
    """Whether a constant has more dimensions than the argument's kind can hold (a matrix, for instance)."""
    if isinstance(value, (str, bytes)):
        return False
    if isinstance(value, np.ndarray):
        return value.ndim > (1 if kind.is_vector else 0) and value.size != 1
    if isinstance(value, (list, tuple)):
        return kind.is_vector and any(np.ndim(v) > 0 for v in value)
    return False


def to_node(value: Any, device: str = "cpu") -> DataNode:
    """``value`` as a node: a DataNode as it is, an array or a number as a constant repeated for each sample.

    Raises:
        GraphError: it is neither.
    """
    if isinstance(value, DataNode):
        return value
    from adali.operators.generic.constant import constant_node

    try:
        return constant_node(value, device="gpu" if device == "gpu" else "cpu")
    except (TypeError, ValueError) as e:
        raise GraphError(f"expected a DataNode, an array or a number, got {type(value).__name__}: {e}") from None


def _on_device(schema: OpSchema, device: str, index: int, node: DataNode) -> DataNode:
    declared = schema.input_schema(index).device
    wanted = declared or ("gpu" if device == "gpu" else "cpu")
    if wanted in ("any", node.device):
        return node
    if wanted == "gpu":
        return node.gpu()
    raise GraphError(
        f"Operator {schema.name} on device {device!r} takes a CPU batch as input {index}, but {node.name} is in GPU "
        "memory. Call .cpu() on it, or run the operator with device='gpu'."
    )
