"""From a message to a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import adali.operators as _operators  # noqa: F401  (fills the registry)
from adali.errors import GraphError, SourceLine
from adali.graph import scope
from adali.graph.graph import GraphBuilder
from adali.graph.node import DataNode
from adali.graph.schema import ArgKind, OpSchema, registry
from adali.graph.spec import call_operator
from adali.pipeline.options import OperatorConcurrency, StreamPolicy
from adali.serialization.message import DamagedPipelineError, parse
from adali.serialization.values import FEATURE_NAMES, read_features, read_line, read_value
from adali.serialization.writer import ASYNC, CONCURRENCY, DYNAMIC, PIPELINED, SEPARATED, SET_AFFINITY, STREAMS
from adali.types import DALIDataType

__all__ = ["Loaded", "load_pipeline"]

#: Names of schemas in messages of older releases, besides the registry's own legacy names.
_OLD_NAMES = {"_ExternalSource": "ExternalSource"}
#: Devices of older releases that are the host.
_OLD_DEVICES = {"support": "cpu"}
#: Arguments that say something about the operator's place in the graph, and are not its own.
_BOOKKEEPING = frozenset({"device", "name", "preserve_name", "num_threads", "max_batch_size"})
#: A damaged number must not make a pipeline start a million threads.
_MAX_COUNT = 1 << 16


@dataclass(frozen=True)
class Loaded:
    """What a serialized pipeline holds.

    Attributes:
        batch_size: samples in a batch, -1 if the message has no positive number.
        num_threads: worker threads, -1 likewise.
        device_id: CUDA device, or None.
        seed: seed of the random operators, -1 for none.
        outputs: nodes the pipeline returns.
        exec_pipelined: whether it runs ahead of its consumer.
        exec_async: whether scheduling returns before the work is done.
        prefetch_queue_depth: as the constructor takes it.
        set_affinity: whether threads are tied to CPUs.
        bytes_per_sample: expected size of a sample, in bytes.
        enable_checkpointing: whether checkpoints may be taken.
        output_dtypes: declared element type of each output, None where there is none.
        output_ndims: declared number of dimensions of each output, None where there is none.
        output_layouts: declared layout of each output, None where there is none.
        exec_dynamic: whether DALI's dynamic executor is to run it.
        stream_policy: how that one uses CUDA streams, None if the message does not say it.
        concurrency: which operators run at one time there, None if the message does not say it.
    """

    batch_size: int
    num_threads: int
    device_id: int | None
    seed: int
    outputs: tuple[DataNode, ...]
    exec_pipelined: bool = True
    exec_async: bool = True
    prefetch_queue_depth: int | Mapping[str, int] = 2
    set_affinity: bool = False
    bytes_per_sample: int = 0
    enable_checkpointing: bool = False
    output_dtypes: tuple[DALIDataType | None, ...] = ()
    output_ndims: tuple[int | None, ...] = ()
    output_layouts: tuple[str | None, ...] = ()
    exec_dynamic: bool | None = None
    stream_policy: StreamPolicy | None = None
    concurrency: OperatorConcurrency | None = None


def load_pipeline(data: bytes, builder: GraphBuilder) -> Loaded:
    """Read a serialized pipeline and make its operators.

    Args:
        data: the message.
        builder: scope in which the operators are made.

    Raises:
        DamagedPipelineError: the bytes are no such message, or it contradicts itself: a batch that no operator makes,
            a name used twice, an operator with too many outputs, a number out of range.
        GraphError: it has an operator or an argument that adali lacks, or arguments the operator refuses.
    """
    message = parse(data)
    _check_operators(message)
    with scope.scope(builder):
        nodes = _Nodes()
        for name in message.external_inputs:
            # Before there was an operator for them, inputs were only named.
            nodes.add(name, call_operator("ExternalSource", [], {"name": name})[0], "the list of external inputs")
        for op in message.op:
            try:
                _load_operator(op, nodes)
            except GraphError as e:
                raise type(e)(f"Serialized pipeline, operator {_label(op)}: {e}") from None
            except Exception as e:
                raise DamagedPipelineError(f"Serialized pipeline, operator {_label(op)}: {e}") from e
        try:
            outputs = tuple(nodes.get(o.name, o.device, "the pipeline") for o in message.pipe_outputs)
        except GraphError as e:
            raise type(e)(f"Serialized pipeline, outputs: {e}") from None
    if not outputs:
        raise DamagedPipelineError("The serialized pipeline has no outputs.")
    return _loaded(message, outputs)


def _label(op: Any) -> str:
    return f"{op.name} ({op.inst_name})" if op.inst_name else str(op.name)


def _check_operators(message: Any) -> None:
    names = [_OLD_NAMES.get(op.name, op.name) for op in message.op]
    if message.external_inputs:
        names.append("ExternalSource")
    missing = sorted({name for name in names if name not in registry})
    if missing:
        raise GraphError(
            f"The serialized pipeline has operators that adali lacks: {', '.join(missing)}"
            if len(missing) > 1
            else f"The serialized pipeline has an operator that adali lacks: {missing[0]}"
        )


class _Nodes:
    """The batches made so far, by their names in the message."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, str], DataNode] = {}
        self._devices: dict[str, str] = {}
        self._instances: set[str] = set()

    def instance(self, name: str) -> None:
        """Note the name of an operator.

        Raises:
            DamagedPipelineError: another one has it.
        """
        if name in self._instances:
            raise DamagedPipelineError(f"two operators have the name {name!r}")
        self._instances.add(name)

    def add(self, name: str, node: DataNode, owner: str) -> None:
        """Add a batch under its name in the message.

        Raises:
            DamagedPipelineError: the name is taken.
        """
        if name in self._devices:
            raise DamagedPipelineError(f"{owner} makes {name!r}, which an operator before it makes as well")
        self._devices[name] = node.device
        self._nodes[name, node.device] = node

    def get(self, name: str, device: str, user: str) -> DataNode:
        """The batch of that name on that device; a copy if it was made on the other one.

        Raises:
            DamagedPipelineError: no operator so far makes it, or there is no such device.
        """
        if name not in self._devices:
            raise DamagedPipelineError(f"{user} uses {name!r}, which no operator before it makes")
        if device not in ("cpu", "gpu"):
            raise DamagedPipelineError(f"{user} uses {name!r} on the unknown device {device!r}")
        if (name, device) not in self._nodes:
            node = self._nodes[name, self._devices[name]]
            self._nodes[name, device] = node.gpu() if device == "gpu" else node.cpu()
        return self._nodes[name, device]


def _load_operator(op: Any, nodes: _Nodes) -> None:
    schema, implementation = registry[_OLD_NAMES.get(op.name, op.name)]
    name = op.inst_name or (op.output[0].name.removesuffix("[0]") if op.output else "")
    if name:
        nodes.instance(name)
    constants, device = _arguments(op, schema)
    positional = sum(not each.is_argument_input for each in op.input)
    if schema.output_count(schema.check_args(constants), positional) != len(op.output):
        raise DamagedPipelineError(f"it lists {len(op.output)} outputs, which is not what its arguments make")
    given = dict(constants)
    inputs = []
    for each in op.input:
        node = nodes.get(each.name, each.device, "it")
        if not each.is_argument_input:
            inputs.append(node)
            continue
        argument = each.arg_name or each.name
        if argument in given:
            raise DamagedPipelineError(f"the argument {argument!r} is given twice")
        given[argument] = node
    given, state = implementation.bind(given)
    line: SourceLine | None = read_line(op)
    made = call_operator(schema.name, inputs, {**given, "device": device, "name": name or None}, state=state, line=line)
    for output, node in zip(op.output, made, strict=True):
        nodes.add(output.name, node, "it")


def _arguments(op: Any, schema: OpSchema) -> tuple[dict[str, Any], str | None]:
    """Constant arguments of an operator, and its device."""
    constants: dict[str, Any] = {}
    device: str | None = None
    for argument in op.args:
        name = argument.name
        if name == "device":
            device = read_value(argument)
            if not isinstance(device, str):
                raise DamagedPipelineError(f"its device is {device!r}")
        elif name in schema.by_name:
            if name in constants:
                raise DamagedPipelineError(f"the argument {name!r} is given twice")
            if schema.by_name[name].kind is ArgKind.FEATURES:
                constants[name] = read_features(argument, _feature_names(op))
            else:
                constants[name] = read_value(argument)
        elif not (name == FEATURE_NAMES or name.startswith("_") or name in _BOOKKEEPING):
            raise GraphError(f"it has an argument that adali's operator lacks. {schema.unknown(name)}")
    return constants, None if device is None else _OLD_DEVICES.get(device, device)


def _feature_names(op: Any) -> tuple[str, ...]:
    for argument in op.args:
        if argument.name == FEATURE_NAMES:
            names = read_value(argument)
            if isinstance(names, tuple) and all(isinstance(name, str) for name in names):
                return names
    raise DamagedPipelineError(f"it has features, but no argument {FEATURE_NAMES!r} with their names")


def _loaded(message: Any, outputs: tuple[DataNode, ...]) -> Loaded:
    executor = message.executor_type if message.HasField("executor_type") else PIPELINED | ASYNC
    return Loaded(
        batch_size=message.batch_size if message.batch_size > 0 else -1,
        num_threads=_count("num_threads", message.num_threads, -1),
        device_id=message.device_id if message.HasField("device_id") and message.device_id >= 0 else None,
        seed=message.seed if message.HasField("seed") and message.seed >= 0 else -1,
        outputs=outputs,
        exec_pipelined=bool(executor & PIPELINED),
        exec_async=bool(executor & ASYNC),
        prefetch_queue_depth=_depth(message, executor),
        set_affinity=bool(message.executor_flags & SET_AFFINITY),
        bytes_per_sample=max(message.bytes_per_sample_hint, 0),
        enable_checkpointing=message.enable_checkpointing,
        output_dtypes=tuple(_dtype(o.dtype) for o in message.pipe_outputs),
        output_ndims=tuple(o.ndim if o.ndim >= 0 else None for o in message.pipe_outputs),
        output_layouts=tuple(o.layout or None for o in message.pipe_outputs),
        exec_dynamic=_dynamic(executor),
        stream_policy=StreamPolicy(policy) if (policy := message.executor_flags & STREAMS) else None,
        concurrency=(
            OperatorConcurrency(message.executor_flags & CONCURRENCY) if message.HasField("executor_flags") else None
        ),
    )


def _dynamic(executor: int) -> bool | None:
    if executor & SEPARATED:
        return None
    if executor & DYNAMIC:
        return None if executor & PIPELINED and executor & ASYNC else True
    return False if executor & PIPELINED and executor & ASYNC else None


def _depth(message: Any, executor: int) -> int | dict[str, int]:
    cpu = _count("prefetch_queue_depth_cpu", message.prefetch_queue_depth_cpu, 2)
    gpu = _count("prefetch_queue_depth_gpu", message.prefetch_queue_depth_gpu, 2)
    # Two depths need a pipeline that runs ahead, as the constructor has it.
    if executor & SEPARATED and executor & (PIPELINED | ASYNC):
        return {"cpu_size": cpu, "gpu_size": gpu}
    return cpu


def _count(name: str, value: int, default: int) -> int:
    if value > _MAX_COUNT:
        raise DamagedPipelineError(f"The serialized pipeline has {name}={value}, more than {_MAX_COUNT}.")
    return value if value > 0 else default


def _dtype(number: int) -> DALIDataType | None:
    if number < 0:
        return None
    try:
        return DALIDataType(number)
    except ValueError:
        raise DamagedPipelineError(f"The serialized pipeline has an output of the unknown type {number}.") from None
