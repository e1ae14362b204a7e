"""Eager calls: the operators of ``adali.fn`` on data at hand, without a pipeline.

::

    from adali import eager

    images = eager.decoders.image([open(name, "rb").read() for name in names])
    small = eager.resize(images, size=(224, 224)).as_array()

There is a function for each operator without state: those that read, draw random numbers or call Python code need a
pipeline. An input is a batch: an array whose first axis counts the samples, a list of arrays, bytes or tensors (one a
sample), or a TensorListCPU. An argument that may be given for each sample takes a TensorListCPU as well; anything else
is one value for all samples. An operator without inputs makes ``batch_size`` samples. The result is a TensorListCPU, or
a list of them where the operator has several outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import adali.operators as _operators  # noqa: F401  (fills the registry)
from adali.data import TensorListCPU
from adali.errors import ArgumentError
from adali.graph import scope
from adali.graph.branch import enabled
from adali.graph.debug import DataNodeDebug, OneOperator, at_once
from adali.graph.frontend import docstring, invoke, names, submodule
from adali.graph.graph import GraphBuilder
from adali.graph.node import DataNode
from adali.graph.schema import OpSchema, registry, snake_case
from adali.graph.spec import OpSpec
from adali.operators.base import OpEnv
from adali.operators.user_data import batch_of


class _EagerBuilder(GraphBuilder):
    """A scope in which each operator runs as soon as it is made, and is gone afterwards."""

    def __init__(self, batch_size: int) -> None:
        super().__init__()
        self._env = OpEnv(batch_size=batch_size)

    def node(self, batch: TensorListCPU, name: str) -> DataNode:
        """A node that holds the user's data."""
        schema, _ = registry["ExternalSource"]
        spec = OpSpec(schema, name=name, device="cpu", args={}, inputs=[], arg_inputs={}, line=None, owner=self)
        return DataNodeDebug(spec.outputs[0], batch)

    def register(self, spec: OpSpec) -> None:
        """Run the operator."""
        one = OneOperator(spec, self._env)
        try:
            nodes = [*spec.inputs, *spec.arg_inputs.values()]
            batches = [node._batch for node in nodes if isinstance(node, DataNodeDebug)]
            if len(batches) != len(nodes):
                raise ArgumentError(f"Operator {spec.schema.name}: an eager call takes data, not nodes of a pipeline")
            results = at_once(one.run(batches, self._env.batch_size, 0))
        finally:
            one.op.close()
        spec.outputs = [DataNodeDebug(node, batch) for node, batch in zip(spec.outputs, results, strict=True)]


def _batch(value: Any, what: str) -> TensorListCPU:
    if isinstance(value, TensorListCPU):
        return value
    if isinstance(value, (list, tuple)):
        value = [np.frombuffer(v, np.uint8) if isinstance(v, (bytes, bytearray)) else v for v in value]
        value = [np.asarray(v) if isinstance(v, (list, bool, int, float)) else v for v in value]
    try:
        batch = batch_of(value, copy=False)
    except TypeError as e:
        raise TypeError(f"{what}: {e}") from None
    return TensorListCPU._from_samples(batch.samples, batch.layout, dtype=batch.dtype)


def _call(op: str, inputs: Sequence[Any], kwargs: dict[str, Any], batch_size: int | None) -> Any:
    batches = [_batch(value, f"input {i} of {op}") for i, value in enumerate(inputs)]
    lists = {name: value for name, value in kwargs.items() if isinstance(value, TensorListCPU)}
    sizes = [len(b) for b in (*batches, *lists.values())]
    if len(set(sizes)) > 1:
        raise ArgumentError(f"Operator {op}: its inputs and arguments are batches of different sizes: {sizes}")
    size = sizes[0] if sizes else batch_size
    if size is None or size < 1:
        raise ArgumentError(f"Operator {op} has no inputs here; give the number of samples as batch_size=...")
    if sizes and batch_size not in (None, size):
        raise ArgumentError(f"Operator {op}: batch_size is {batch_size}, but the inputs have {size} samples")
    builder = _EagerBuilder(size)
    with enabled(False), scope.scope(builder):
        nodes = [builder.node(batch, f"input {i}") for i, batch in enumerate(batches)]
        given = {n: builder.node(lists[n], n) if n in lists else value for n, value in kwargs.items()}
        result = invoke(op, nodes, given)
    if isinstance(result, list):
        return [node._batch for node in result]
    return result._batch


def _make(name: str, schema: OpSchema, module: str) -> Callable[..., Any]:
    def function(*inputs: Any, batch_size: int | None = None, **kwargs: Any) -> Any:
        return _call(name, inputs, kwargs, batch_size)

    function.__name__ = function.__qualname__ = snake_case(name.split("__")[-1])
    function.__module__ = module
    function.__doc__ = docstring(schema)
    return function


def _stateless(name: str, schema: OpSchema) -> bool:
    if any(part.startswith("_") for part in name.split("__")) or name.startswith("_"):
        return False
    return schema.serializable and not (schema.stateful or schema.is_input or schema.no_prune)


def _fill() -> None:
    for name, schema in names():
        if _stateless(name, schema):
            *path, last = name.split("__")
            module = submodule(__name__, path)
            setattr(module, snake_case(last), _make(name, schema, module.__name__))


def __getattr__(name: str) -> Any:
    raise AttributeError(
        f"adali.eager has no {name!r}: there is no such operator, or it reads, draws random numbers or calls Python "
        "code and needs a pipeline"
    )


_fill()
