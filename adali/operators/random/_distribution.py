"""What the random operators share: where the numbers come from, the shape and the type of the output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from adali.data import TensorListCPU
from adali.kernels import philox
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, BatchContext, BatchOperator, Input
from adali.operators.gpu import GpuContext
from adali.types import DALIDataType, to_numpy_type

__all__ = ["DTYPE", "NUMERIC_TYPES", "SHAPE", "SHAPE_LIKE", "Distribution", "Draw", "per_sample"]

#: Above this many elements in a batch the numbers are made on a worker thread and not on the engine's loop.
INLINE_ELEMENTS = 16384

SHAPE_LIKE = Input(
    "shape_like", doc="Optional; each output sample gets the shape of this one. Its values are not used."
)
DTYPE = Arg(
    "dtype",
    ArgKind.DTYPE,
    None,
    "Type of the output. Numbers are rounded (halves away from zero) and clamped to the range of an integer type.",
)
SHAPE = Arg("shape", ArgKind.INTS, None, "Shape of each sample; a single number by default.", tensor=True)

NUMERIC_TYPES = (
    DALIDataType.UINT8,
    DALIDataType.INT8,
    DALIDataType.UINT16,
    DALIDataType.INT16,
    DALIDataType.UINT32,
    DALIDataType.INT32,
    DALIDataType.UINT64,
    DALIDataType.INT64,
    DALIDataType.FLOAT,
    DALIDataType.FLOAT64,
)


class Draw:
    """Numbers for some consecutive samples of a batch, ``size`` for each.

    Where the shape is the same for all samples by construction, one stream serves the batch and sample ``i`` owns
    the elements from ``i * size`` on. Otherwise each sample has a stream of its own. Either way a sample's numbers do
    not depend on the other samples, nor on how many there are.
    """

    __slots__ = ("ctx", "first", "rows", "size", "whole")

    def __init__(self, ctx: BatchContext, size: int, sample: int | None) -> None:
        self.ctx = ctx
        self.size = size
        self.whole = sample is None
        self.first = 0 if sample is None else sample
        self.rows = ctx.batch_size if sample is None else 1

    def uniform(self) -> npt.NDArray[np.float64]:
        """Numbers in [0, 1), shape (rows, size)."""
        if self.whole:
            raw = self.ctx.words(self.size)
        else:
            bits: Any = self.ctx.generator(self.first).bit_generator
            raw = bits.random_raw(self.size).reshape(1, self.size)
        return philox.uniform53(raw)

    def generator(self) -> np.random.Generator:
        """A generator to fill (rows, size) numbers from, in this order."""
        return self.ctx.generator(self.first)

    def column(self, name: str) -> Any:
        """A one-number argument: a float where it is constant, else an array of shape (rows, 1)."""
        values = per_sample(self.ctx, name)
        if isinstance(values, np.ndarray) and not self.whole:
            return float(values[self.first])
        return values[:, None] if isinstance(values, np.ndarray) else values


def per_sample(ctx: BatchContext, name: str) -> float | npt.NDArray[np.float64]:
    """A one-number argument: its constant, or one number a sample as an array of shape (batch_size,).

    Raises:
        ValueError: the argument input does not hold one number a sample.
    """
    column = ctx.columns.get(name)
    if column is None:
        return float(ctx.operator.args[name])
    out = np.empty(ctx.batch_size)
    for i in range(ctx.batch_size):
        value = column[i]
        if value.size != 1:
            raise ValueError(f"argument '{name}' must be one value a sample, got shape {value.shape}")
        out[i] = value.item()
    return out


class Distribution(BatchOperator):
    """Base of the operators that make numbers of one distribution.

    Attributes:
        types: types the output may have; the first is the default.
        integer_exact: the drawn values need no rounding or clamping for an integer output.
    """

    inline = True
    mixes_samples = False
    types: ClassVar[tuple[DALIDataType, ...]] = (DALIDataType.FLOAT,)
    integer_exact: ClassVar[bool] = False

    def setup(self) -> None:
        dtype = self.args["dtype"] or self.types[0]
        if dtype not in self.types:
            names = ", ".join(t.name for t in self.types)
            raise self.error(f"dtype {dtype.name} is not supported; supported types: {names}")
        self.dtype = np.dtype(to_numpy_type(dtype))
        shape = self.args["shape"]
        if self.given("shape") and self.spec.inputs:
            raise self.error("give either 'shape' or an input to take the shape of, not both")
        self.shape: tuple[int, ...] | None = None
        if not self.spec.inputs and "shape" not in self.spec.arg_inputs:
            try:
                self.shape = check_shape(shape or ())
            except ValueError as e:
                raise self.error(str(e)) from None
            elements = int(np.prod(self.shape, dtype=np.int64)) * self.env.batch_size
            self.inline = elements <= INLINE_ELEMENTS
        else:
            self.inline = False

    def draw(self, draw: Draw) -> Array:
        """Values of shape (draw.rows, draw.size), of any numeric type."""
        raise NotImplementedError

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        if self.shape is not None:
            size = 1
            for extent in self.shape:
                size *= extent
            values = self._cast(self.draw(Draw(ctx, size, None)))
            slab = values.reshape(ctx.batch_size, *self.shape)
            return TensorListCPU._from_samples([slab[i, ...] for i in range(ctx.batch_size)], slab=slab)
        samples = []
        for i, shape in enumerate(self.shapes(ctx, inputs[0] if inputs else None)):
            size = int(np.prod(shape, dtype=np.int64))
            samples.append(self._cast(self.draw(Draw(ctx, size, i))).reshape(shape))
        return TensorListCPU._from_samples(samples)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """Drawn on the host and copied: the numbers are those of the CPU operator."""
        return ctx.to_device(self.run(ctx, *inputs))

    def _cast(self, values: Array) -> Array:
        if values.dtype == self.dtype:
            return values
        if self.integer_exact or self.dtype.kind == "f":
            return values.astype(self.dtype)
        return convert(values, self.dtype)

    @staticmethod
    def shapes(ctx: BatchContext, like: TensorListCPU | None) -> list[tuple[int, ...]]:
        """Shape of each sample where it is not constant."""
        if like is not None:
            return like.shape()
        shapes = [check_shape(s.reshape(-1).tolist()) for s in ctx.columns["shape"][: ctx.batch_size]]
        if len({len(s) for s in shapes}) > 1:
            raise ValueError("the samples of argument 'shape' must have one length, so that outputs have one ndim")
        return shapes


def check_shape(shape: Sequence[Any]) -> tuple[int, ...]:
    """``shape`` as a tuple of integers.

    Raises:
        ValueError: an extent is negative.
    """
    result = tuple(int(s) for s in shape)
    if any(s < 0 for s in result):
        raise ValueError(f"a shape has no negative extents, got {list(result)}")
    return result
