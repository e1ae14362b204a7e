"""From a graph to a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from adali.errors import GraphError
from adali.graph.graph import Graph, is_transfer
from adali.graph.node import DataNode
from adali.graph.schema import ArgKind
from adali.graph.spec import OpSpec
from adali.pipeline.options import OperatorConcurrency, StreamPolicy
from adali.serialization.message import pipeline_def, to_bytes
from adali.serialization.values import add_features, add_line, add_value
from adali.types import CPU_ONLY_DEVICE_ID

if TYPE_CHECKING:
    from adali.pipeline.definition import PipelineDefinition

__all__ = [
    "ASYNC",
    "CONCURRENCY",
    "DYNAMIC",
    "PIPELINED",
    "SEPARATED",
    "SET_AFFINITY",
    "STREAMS",
    "serialize_pipeline",
]

#: Bits of ``executor_type``.
PIPELINED, ASYNC, SEPARATED, DYNAMIC = 1, 2, 4, 8
#: Bits of ``executor_flags``: one for the affinity, and two numbers.
SET_AFFINITY, CONCURRENCY, STREAMS = 1, 6, 48


def serialize_pipeline(pipe: PipelineDefinition, graph: Graph) -> bytes:
    """The Protobuf message of a pipeline.

    Only arguments the user gave are written: defaults are the reader's. Copies between devices are no operators there;
    the node a copy is made of appears with the other device.

    Args:
        pipe: where the constructor's values are taken from.
        graph: its graph.

    Raises:
        GraphError: an operator calls Python code, or has a value that a message cannot hold.
    """
    message = pipeline_def()
    _write_settings(message, pipe, graph)
    sunk = {id(_origin(node).source) for node in pipe._builder.sinks}
    for spec in graph.specs:
        if not is_transfer(spec):
            _write_operator(message, spec, len(message.op), preserve=id(spec) in sunk)
    count = len(graph.outputs)
    pipe._output_types.check_count(count)
    types = zip(pipe.output_dtype(), pipe.output_ndim(), pipe.output_layout(), strict=True)
    for node, (dtype, ndim, layout) in zip(graph.outputs, types, strict=True):
        output = message.pipe_outputs.add(name=_origin(node).name, device=node.device, is_argument_input=False)
        output.dtype = -1 if dtype is None else int(dtype)
        output.ndim = -1 if ndim is None else ndim
        if layout:
            output.layout = layout
    return to_bytes(message)


def _write_settings(message: Any, pipe: PipelineDefinition, graph: Graph) -> None:
    message.batch_size = pipe.batch_size
    message.num_threads = pipe.num_threads
    device = pipe.device_id
    if device is None and pipe._device_id is not None and _on_device(graph.specs):
        device = 0  # it was left out, and operators of this graph run on the first device then
    message.device_id = CPU_ONLY_DEVICE_ID if device is None else device
    if pipe.seed >= 0:
        message.seed = pipe.seed
    depth = pipe.prefetch_queue_depth
    executor = PIPELINED * pipe.exec_pipelined + ASYNC * pipe.exec_async
    if isinstance(depth, Mapping):
        executor |= SEPARATED
        message.prefetch_queue_depth_cpu, message.prefetch_queue_depth_gpu = depth["cpu_size"], depth["gpu_size"]
    else:
        if pipe.exec_dynamic:
            executor |= DYNAMIC
            if pipe._exec_dynamic:  # DALI's dynamic executor is neither blocking nor without a queue
                executor |= PIPELINED | ASYNC
        message.prefetch_queue_depth_cpu = message.prefetch_queue_depth_gpu = depth
    message.executor_type = executor
    flags = SET_AFFINITY * pipe.set_affinity + (pipe.concurrency or OperatorConcurrency.BACKEND).value
    message.executor_flags = flags + (pipe.stream_policy or StreamPolicy.UNSPECIFIED).value
    message.bytes_per_sample_hint = pipe._bytes_per_sample
    message.enable_checkpointing = bool(getattr(pipe, "enable_checkpointing", False))


def _on_device(specs: Iterable[OpSpec]) -> bool:
    return any(spec.device != "cpu" for spec in specs)


def _origin(node: DataNode) -> DataNode:
    """The node whose data it is, before copies between devices."""
    while is_transfer(node.source):
        node = node.source.inputs[0]
    return node


def _write_operator(message: Any, spec: OpSpec, number: int, preserve: bool) -> None:
    _check_serializable(spec)
    op = message.op.add(name=spec.schema.wire_name or spec.schema.name, inst_name=spec.name, logical_id=number)
    for node in spec.inputs:
        op.input.add(name=_origin(node).name, device=node.device, is_argument_input=False)
    for name, node in spec.arg_inputs.items():
        op.input.add(name=_origin(node).name, device=node.device, is_argument_input=True, arg_name=name)
    for node in spec.outputs:
        op.output.add(name=node.name, device=node.device, is_argument_input=False)
    add_value(op, "device", ArgKind.STR, spec.device)
    # There is no list of sinks in the message; the argument keeps the operator just as well.
    arguments = {**spec.args, "preserve": True} if preserve else spec.args
    for name, value in arguments.items():
        kind = spec.schema.by_name[name].kind
        if kind is ArgKind.FEATURES:
            add_features(op, name, value)
            continue
        try:
            add_value(op, name, kind, value)
        except ValueError as e:
            raise _error(spec, f"the argument {name!r} does not fit into a message: {e}") from None
    # Equal operators may be merged by the reader, but not those the user may ask for by name.
    named = spec.schema.name == "ExternalSource" or not spec.name.startswith("__")
    add_value(op, "preserve_name", ArgKind.BOOL, named)
    if spec.line is not None:
        add_line(op, spec.line)


def _check_serializable(spec: OpSpec) -> None:
    try:
        spec.name.encode()
    except UnicodeEncodeError:
        raise _error(spec, "its name is no text and does not fit into a message") from None
    if not spec.schema.serializable:
        raise _error(spec, "it calls Python code, which a message cannot hold")
    source = getattr(spec.state, "source", spec.state)
    if source is not None:
        raise _error(
            spec,
            f"its source is a Python object ({type(source).__name__}), which a message cannot hold. Leave the source "
            "out and give the operator a name: it can then be fed with feed_input() after deserialization",
        )
    for name in spec.args:
        if spec.schema.by_name[name].kind is ArgKind.OBJECT:
            raise _error(spec, f"its argument {name!r} is a Python object, which a message cannot hold")


def _error(spec: OpSpec, reason: str) -> GraphError:
    line = f"\n  made at {spec.line}" if spec.line else ""
    return GraphError(f"Operator {spec.label} cannot be serialized: {reason}.{line}")
