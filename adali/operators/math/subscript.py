"""Subscripts on nodes: what ``x[1:, index]`` makes."""

from __future__ import annotations

import operator as py_operator
from collections.abc import Sequence
from typing import Any, TypeAlias

from adali.data import TensorListCPU
from adali.graph.spec import OpSpec
from adali.operators.base import (
    REQUIRED,
    Arg,
    ArgKind,
    Array,
    BatchContext,
    BatchOperator,
    Input,
    OpEnv,
    Operator,
    SampleContext,
    SampleOperator,
    operator,
)
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import GATHER, copy_views
from adali.operators.math._light import is_light
from adali.operators.math.arithmetic import dense_block

MAX_AXES = 32
#: What NumPy takes as an index: integers, slices, and an ellipsis at the end.
Key: TypeAlias = "tuple[Any, ...]"

_KINDS = {"at": "Index on axis {}.", "lo": "Start of the range on axis {}.", "hi": "End of the range on axis {}.",
          "step": "Step of the range on axis {}."}  # fmt: skip


class Subscripts:
    """The subscripts of an operator: for each axis an index, a range, or nothing."""

    def __init__(self, op: Operator) -> None:
        given = [axis for axis in range(MAX_AXES) if any(op.given(f"{kind}_{axis}") for kind in _KINDS)]
        self.count = max([a + 1 for a in given] + [op.args["num_subscripts"] or 0])
        self.drops = [op.given(f"at_{axis}") for axis in range(self.count)]
        for axis, drops in enumerate(self.drops):
            if drops and any(op.given(f"{kind}_{axis}") for kind in ("lo", "hi", "step")):
                raise op.error(f"axis {axis} has both an index and a range")
        self.constant = not op.spec.arg_inputs
        self._op = op

    def layout(self, layout: str) -> str:
        """Layout of the result."""
        if len(layout) < self.count:
            return ""
        return "".join(c for axis, c in enumerate(layout) if axis >= self.count or not self.drops[axis])

    def key(self, ctx: BatchContext, sample: int) -> Key:
        """The index as NumPy takes it."""
        key: list[Any] = []
        for axis in range(self.count):
            if self.drops[axis]:
                key.append(self._value(ctx, f"at_{axis}", sample))
                continue
            start, stop, step = (self._value(ctx, f"{kind}_{axis}", sample) for kind in ("lo", "hi", "step"))
            if step == 0:
                raise ValueError(f"the step of the range on axis {axis} is zero")
            key.append(slice(start, stop, step))
        return (*key, ...)  # so that a full index makes an array, too

    def _value(self, ctx: BatchContext, name: str, sample: int) -> Any:
        column = ctx.columns.get(name)
        if column is None:
            return self._op.args[name]
        value = column[sample]
        if value.dtype.kind not in "iu":
            raise TypeError(f"an index must be an integer, got {value.dtype} ({name})")
        if value.ndim:
            raise ValueError(f"an index must be one number a sample, got shape {value.shape} ({name})")
        return py_operator.index(value[()])

    def check(self, key: Key, shape: tuple[int, ...]) -> None:
        """Raise an error unless the subscripts fit data of this shape."""
        check_ndim(len(shape), self.count)
        for axis, item in enumerate(key):
            if isinstance(item, int) and not -shape[axis] <= item < shape[axis]:
                raise IndexError(f"index {item} is out of range for axis {axis} of extent {shape[axis]}")


def check_ndim(ndim: int, count: int) -> None:
    """Raise an error unless data with ``ndim`` axes takes ``count`` subscripts."""
    if ndim < count:
        raise IndexError(f"{count} subscripts for data with {ndim} axes")


@operator(
    "_TensorSubscript",
    inputs=(Input("data", doc="Data with at least as many axes as there are subscripts."),),
    args=(
        *(
            Arg(f"{kind}_{axis}", ArgKind.INT, None, doc.format(axis), tensor=True)
            for kind, doc in _KINDS.items()
            for axis in range(MAX_AXES)
        ),
        Arg("num_subscripts", ArgKind.INT, None, "Number of subscripts, to check the number of axes against."),
    ),
    devices=("cpu", "gpu"),
    legacy=("TensorSubscript",),
)
class TensorSubscript(SampleOperator):
    """Takes a part of each sample by NumPy's rules of basic indexing; ``x[1:, 0]`` on a node makes it."""

    def __new__(cls, spec: OpSpec, env: OpEnv) -> Any:
        return BatchSubscript(spec, env) if is_light(spec) else super().__new__(cls)

    gpu_kernels = GATHER

    def setup(self) -> None:
        self.subscripts = Subscripts(self)

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return (self.subscripts.layout(inputs[0]),)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        key = self.subscripts.key(ctx.batch, ctx.index)
        self.subscripts.check(key, data.shape)
        part: Array = data[key]
        out = ctx.empty(part.shape, part.dtype)
        out[...] = part
        return out


def subscripted(operator: Any, ctx: GpuContext, *inputs: Any) -> Any:
    """``run_gpu`` of subscripts."""
    subscripts: Subscripts = operator.subscripts

    def part(i: int, data: Array) -> Array:
        key = subscripts.key(ctx, i)
        subscripts.check(key, data.shape)
        result: Array = data[key]
        return result

    return copy_views(ctx, inputs[0], part, layout=subscripts.layout(inputs[0]._layout))


TensorSubscript.run_gpu = subscripted  # type: ignore[assignment]


class BatchSubscript(BatchOperator):
    """Subscripts of small samples, for the whole batch at once where the subscripts are constant."""

    schema = TensorSubscript.schema
    inline = True
    mixes_samples = False
    run_gpu = subscripted
    gpu_kernels = GATHER

    def setup(self) -> None:
        self.subscripts = Subscripts(self)

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        batch = inputs[0]
        layout = self.subscripts.layout(batch._layout)
        slab = dense_block(batch) if self.subscripts.constant else None
        if slab is not None and len(batch):
            key = self.subscripts.key(ctx, 0)
            self.subscripts.check(key, slab.shape[1:])
            whole = (slice(None), *key)
            part = slab[whole].copy()
            return TensorListCPU._from_samples(
                [part[i, ...] for i in range(len(part))], layout, dtype=batch._dtype, slab=part
            )
        samples = []
        for i, data in enumerate(batch._samples):
            key = self.subscripts.key(ctx, i)
            self.subscripts.check(key, data.shape)
            samples.append(data[key].copy())
        return TensorListCPU._from_samples(samples, layout, dtype=batch._dtype)


@operator(
    "_SubscriptDimCheck",
    inputs=(Input("data", doc="Any data."),),
    args=(Arg("num_subscripts", ArgKind.INT, REQUIRED, "Number of axes the data must have at least."),),
    devices=("cpu", "gpu"),
    legacy=("SubscriptDimCheck",),
)
class SubscriptDimCheck(SampleOperator):
    """Passes its input on if it has enough axes; ``x[:, :]`` on a node makes it."""

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        check_ndim(inputs[0].ndim, self.args["num_subscripts"])
        return inputs[0]

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        for shape in inputs[0].shape():
            check_ndim(len(shape), self.args["num_subscripts"])
        return inputs[0]
