"""Arithmetic on nodes: what ``a + b``, ``a > 1`` and ``math.sqrt(a)`` make."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.data import TensorListCPU
from adali.data.device_samples import pointers
from adali.graph.spec import OpSpec
from adali.kernels.cuda import MAX_AXES, source, type_code
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
    SampleErrors,
    SampleOperator,
    operator,
)
from adali.operators.gpu import GpuContext, struct
from adali.operators.gpu_copy import packed, shown
from adali.operators.math._functions import FUNCTIONS, DType
from adali.operators.math._light import is_light
from adali.types import storage_dtype

_CALL = re.compile(r"(\w+)\(([^()]*)\)")
_OPERAND = re.compile(r"&(\d+)|\$(\d+):(\w+)")

#: Batches of fewer bytes than this are put into one block to be computed at once, if they lie apart.
PACK_BYTES = 1 << 16

#: NumPy's inner loop should have about this many steps: a colour, repeated for every pixel, makes it have three.
LONG = 256
#: Written out to more elements than this, a short operand would cost more than it saves.
FAR_TOO_LONG = 1 << 14


class Expression:
    """A parsed expression: a function, and for each operand an input's number or a constant."""

    def __init__(self, op: Operator) -> None:
        text: str = op.args["expression_desc"]
        call = _CALL.fullmatch(text.replace("\n", " ").strip())
        if call is None:
            raise op.error(f"the expression {text!r} is not one function of inputs and constants")
        self.symbol = call[1]
        function = FUNCTIONS.get(self.symbol)
        if function is None:
            raise op.error(f"there is no function {self.symbol!r} in expressions")
        self.function = function
        self.operands: list[int | Array] = []
        integers = op.args["integer_constants"] or ()
        reals = op.args["real_constants"] or ()
        for word in call[2].split():
            operand = _OPERAND.fullmatch(word)
            if operand is None:
                raise op.error(f"operand {word!r} of the expression {text!r} is not understood")
            if operand[1] is not None:
                self.operands.append(int(operand[1]))
                continue
            dtype = np.dtype(operand[3])
            values: Sequence[Any] = reals if dtype.kind == "f" else integers
            try:
                self.operands.append(np.array(values[int(operand[2])], dtype))
            except (IndexError, OverflowError) as e:
                raise op.error(f"constant {word!r} of the expression {text!r}: {e}") from None
        if len(self.operands) != function.arity:
            raise op.error(f"'{self.symbol}' takes {function.arity} operands, got {len(self.operands)}")
        self._types: dict[tuple[DType, ...], tuple[DType, DType]] = {}

    def values(self, inputs: Sequence[Array]) -> list[Array]:
        """The operands as arrays."""
        return [inputs[o] if isinstance(o, int) else o for o in self.operands]

    def types(self, values: Sequence[Array]) -> tuple[DType, DType]:
        """The type to compute in, and that of the result."""
        key = tuple(v.dtype for v in values)
        found = self._types.get(key)
        if found is None:
            found = self._types[key] = self.function.types(self.symbol, key)
        return found

    def compute(self, out: Array, dtype: DType, values: Sequence[Array]) -> None:
        """Fill ``out``."""
        with np.errstate(all="ignore"):
            self.function.compute(out, dtype, values)


def result_layout(symbol: str, layouts: Sequence[str]) -> str:
    """Layout of an expression: the longest of its operands' layouts; the others must be empty or its last letters.

    Raises:
        ValueError: they do not go together.
    """
    longest = max(layouts, key=len, default="")
    for layout in layouts:
        if not longest.endswith(layout):
            raise ValueError(
                f"the layouts {layout!r} and {longest!r} of the operands of '{symbol}' do not match: they must be "
                "equal, or one must end with the other"
            )
    return longest


def broadcast_shape(values: Sequence[Array]) -> tuple[int, ...]:
    """Common shape of the operands.

    Raises:
        ValueError: an extent differs and none of the two is 1.
    """
    shape = values[0].shape
    for value in values[1:]:
        if value.shape != shape:
            break
    else:
        return shape
    try:
        return np.broadcast_shapes(*[v.shape for v in values])
    except ValueError:
        shapes = " and ".join(str(v.shape) for v in values)
        raise ValueError(
            f"shapes {shapes} cannot be broadcast to one: extents must be equal, or one of them 1"
        ) from None


def widened(value: Array, shape: tuple[int, ...]) -> Array:
    """A short operand that is repeated along the outer axes, written out along enough of them."""
    if not 1 < value.size < LONG or value.ndim > len(shape):
        return value
    inner = value.reshape(value.shape[next(i for i, e in enumerate(value.shape) if e > 1) :])
    if inner.shape != shape[len(shape) - inner.ndim :]:
        return value
    axis, size = len(shape) - inner.ndim, inner.size
    while axis > 0 and size < LONG:
        axis -= 1
        size *= shape[axis]
    return value if size > FAR_TOO_LONG else np.ascontiguousarray(np.broadcast_to(inner, shape[axis:]))


@operator(
    "_ArithmeticGenericOp",
    inputs=(Input("operand", doc="Tensors of the expression."),),
    min_inputs=1,
    max_inputs=64,
    args=(
        Arg(
            "expression_desc",
            ArgKind.STR,
            REQUIRED,
            "The expression: a function of inputs (``&0``) and constants (``$0:int32``: the first integer constant, or "
            "the first real one where the type is a float), separated by spaces; for instance ``add(&0 $0:int8)``.",
        ),
        Arg("integer_constants", ArgKind.INTS, None, "Integer and boolean constants of the expression."),
        Arg("real_constants", ArgKind.FLOATS, None, "Floating-point constants of the expression."),
    ),
    devices=("cpu", "gpu"),
    legacy=("ArithmeticGenericOp",),
)
class Arithmetic(SampleOperator):
    """Computes one arithmetic, comparison or bitwise operator, or a function of ``adali.math``, element by element.

    Tensors of one sample are broadcast as in NumPy. The user does not call it: ``a + b`` on nodes makes it.
    """

    def __new__(cls, spec: OpSpec, env: OpEnv) -> Any:
        return BatchArithmetic(spec, env) if is_light(spec) else super().__new__(cls)

    def setup(self) -> None:
        self.expression = Expression(self)

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return (result_layout(self.expression.symbol, inputs),)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        expression = self.expression
        values = expression.values(inputs)
        work, result = expression.types(values)
        out = ctx.empty(broadcast_shape(values), result)
        if out.size > LONG:
            values = [widened(v, out.shape) for v in values]
        expression.compute(out, work, values)
        return out


class BatchArithmetic(BatchOperator):
    """Arithmetic on small samples: one NumPy call for the batch where the shapes agree."""

    schema = Arithmetic.schema
    inline = True
    mixes_samples = False

    def setup(self) -> None:
        self.expression = Expression(self)

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return (result_layout(self.expression.symbol, inputs),)

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        expression = self.expression
        (layout,) = self.layouts(ctx.in_layouts)
        slabs = [dense_block(batch) for batch in inputs]
        if any(slab is None for slab in slabs):
            return self._one_by_one(ctx, inputs, layout)
        blocks: list[Array] = [s for s in slabs if s is not None]
        # The batch axis must not be broadcast against a sample's: give all samples one number of axes.
        axes = max(block.ndim for block in blocks)
        blocks = [b if b.ndim == axes else b.reshape(len(b), *[1] * (axes - b.ndim), *b.shape[1:]) for b in blocks]
        values = expression.values(blocks)
        work, result = expression.types(values)
        try:
            out = np.empty(broadcast_shape(values), result)
            expression.compute(out, work, values)
        except ValueError:
            return self._one_by_one(ctx, inputs, layout)  # to name the sample
        return TensorListCPU._from_samples([out[i, ...] for i in range(len(out))], layout, slab=out)

    def _one_by_one(self, ctx: BatchContext, inputs: Sequence[TensorListCPU], layout: str) -> TensorListCPU:
        samples: list[Array] = []
        errors: dict[int, Exception] = {}
        for i in range(ctx.batch_size):
            values = self.expression.values([batch._samples[i] for batch in inputs])
            try:
                work, result = self.expression.types(values)
                out = np.empty(broadcast_shape(values), result)
                self.expression.compute(out, work, values)
                samples.append(out)
            except ValueError as e:
                errors[i] = e
        if errors:
            raise SampleErrors(errors)
        return TensorListCPU._from_samples(samples, layout)


_ROW = struct(
    ("in", "p", 3),
    ("out", "p"),
    ("size", "i8"),
    ("shape", "i8", MAX_AXES),
    ("stride", "i8", 3 * MAX_AXES),
    ("real", "f8", 3),
    ("whole", "i8", 3),
    ("axes", "i4"),
    ("padding", "i4"),
)


@functools.cache
def _numbers() -> dict[str, int]:
    """The kernel's numbers of functions, from its source."""
    (names,) = re.findall(r"enum Op \{([^}]*)\}", source("arithmetic.cu"))
    return {name: i for i, name in enumerate(re.findall(r"OP_(\w+)", names))}


def _on_device(operator: Any, ctx: GpuContext, *inputs: Any) -> Any:
    """``run_gpu`` of arithmetic: one launch for the batch; constants travel in the kernel's table."""
    expression: Expression = operator.expression
    (layout,) = operator.layouts(ctx.in_layouts)
    kinds = [storage_dtype(batch._dtype) for batch in inputs]
    shapes = [batch.shape() for batch in inputs]
    starts = [pointers(batch._samples) for batch in inputs]

    def ghosts(i: int) -> list[Array]:
        return expression.values([shown(1 << 20, s[i], k) for s, k in zip(shapes, kinds, strict=True)])

    made = ctx.each(lambda i: broadcast_shape(ghosts(i)))
    types = [k.dtype if isinstance(k, np.ndarray) else kinds[k] for k in expression.operands]
    work, result = expression.types([np.empty(0, t) for t in types])
    out = ctx.empty(made, result, layout)
    rows = np.zeros(len(made), _ROW)
    rows["size"] = [math.prod(shape) for shape in made]
    rows["out"] = pointers(out._samples)
    strides = np.zeros((len(made), 3, MAX_AXES), np.int64)
    for place, operand in enumerate(expression.operands):
        if isinstance(operand, np.ndarray):
            rows["real"][:, place] = operand
            rows["whole"][:, place] = operand.astype(np.int64)
        else:
            rows["in"][:, place] = starts[operand]
    for i, shape in enumerate(made):
        steps = [
            _broadcast_strides(shapes[o][i], shape) if isinstance(o, int) else [0] * len(shape)
            for o in expression.operands
        ]
        axes = _joined_axes(shape, steps)
        if len(axes) > MAX_AXES:
            raise ValueError(f"operands of {len(axes)} axes in this arrangement are not supported on the GPU")
        rows["axes"][i] = len(axes)
        for a, (extent, jumps) in enumerate(axes):
            rows["shape"][i, a] = extent
            strides[i, : len(jumps), a] = jumps
    rows["stride"] = strides.reshape(len(made), 3 * MAX_AXES)
    codes = [np.int32(type_code(t)) for t in (*types, *[types[0]] * (3 - len(types)))]
    number = np.int32(_numbers()[expression.symbol])
    ctx.launch(
        "arithmetic.cu",
        "arithmetic",
        rows,
        number,
        np.int32(type_code(work)),
        np.int32(type_code(result)),
        *codes,
        elements=int(rows["size"].max(initial=0)),
        reads=list(inputs),
        writes=[out],
    )
    return out


def _broadcast_strides(shape: tuple[int, ...], to: tuple[int, ...]) -> list[int]:
    """Strides of a packed array along the axes it is broadcast to, in elements."""
    own = [0 if extent == 1 else step for extent, step in zip(shape, packed(shape), strict=True)]
    return [0] * (len(to) - len(shape)) + own


def _joined_axes(shape: tuple[int, ...], strides: list[list[int]]) -> list[tuple[int, list[int]]]:
    """Extents and strides of all operands, with axes joined along which none of them jumps."""
    axes: list[tuple[int, list[int]]] = []
    for a, extent in enumerate(shape):
        if extent == 1:
            continue
        jumps = [s[a] for s in strides]
        if axes and all(outer == inner * extent for outer, inner in zip(axes[-1][1], jumps, strict=True)):
            axes[-1] = (axes[-1][0] * extent, jumps)
        else:
            axes.append((extent, jumps))
    return axes or [(1, [0] * len(strides))]


Arithmetic.run_gpu = BatchArithmetic.run_gpu = _on_device  # type: ignore[assignment]
Arithmetic.gpu_kernels = BatchArithmetic.gpu_kernels = (("arithmetic.cu", "arithmetic"),)


def dense_block(batch: TensorListCPU) -> Array | None:
    """A batch as one array with the samples along its first axis, or None where their shapes differ."""
    if batch._slab is None and len(batch) and batch.is_dense_tensor() and batch.nbytes <= PACK_BYTES:
        batch._block()
    slab: Array | None = batch._slab
    return slab
