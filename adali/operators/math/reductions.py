"""reductions: sums, means, deviations and extremes along axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar

import numpy as np

from adali.kernels.normalize import convert
from adali.kernels.scratch import scratch
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_reduce import REDUCE, reduce_batch
from adali.operators.math.arithmetic import LONG, widened
from adali.types import DALIDataType, storage_dtype, to_numpy_type

_DATA = Input("data", doc="Numbers of any type.")
_AXES = (
    Arg("axes", ArgKind.INTS, None, "Axes to reduce, negative ones counted from the end; all by default."),
    Arg("axis_names", ArgKind.LAYOUT, None, "Axes to reduce, by their letters in the layout."),
)
_DTYPE = Arg("dtype", ArgKind.DTYPE, None, "Type of the output.")
_KEEP = Arg("keep_dims", ArgKind.BOOL, False, "Keep the reduced axes with extent 1.")
_DDOF = Arg("ddof", ArgKind.INT, 0, "The sum of squares is divided by the number of elements minus this.")
_MEAN = Input("mean", doc="Mean of the elements: a scalar, or a tensor of the output's shape.")

_FLOAT = np.dtype(np.float32)
_DOUBLE = np.dtype(np.float64)
#: Channels that are added one after the other.
FEW = 8
_SLOT = 48  # of the thread's scratch memory


class _Reduction(SampleOperator):
    """What the reductions share: which axes go, and the layout of what is left."""

    def setup(self) -> None:
        if self.given("axes") and self.given("axis_names"):
            raise self.error("give either 'axes' or 'axis_names'")
        self.keep: bool = self.args["keep_dims"]
        dtype: DALIDataType | None = self.args.get("dtype")
        self.dtype: np.dtype[Any] | None = None
        if dtype is not None:
            try:
                self.dtype = np.dtype(to_numpy_type(dtype))
            except KeyError:
                raise self.error(f"the type {dtype.name} is not supported") from None

    def axes(self, ndim: int, layout: str) -> tuple[int, ...]:
        """The axes to reduce.

        Raises:
            ValueError: there is no such axis, or one is named twice.
        """
        names: str | None = self.args["axis_names"]
        given: tuple[int, ...] | None = self.args["axes"]
        if names is not None:
            missing = [c for c in names if c not in layout]
            if missing:
                raise ValueError(f"the layout {layout!r} of the input has no axis {missing[0]!r}")
            given = tuple(layout.index(c) for c in names)
        if given is None:
            return tuple(range(ndim))
        for axis in given:
            if not -ndim <= axis < ndim:
                raise np.exceptions.AxisError(f"axis {axis} is out of range for data with {ndim} axes")
        axes = tuple(axis % ndim for axis in given)
        if len(set(axes)) != len(axes):
            raise ValueError(f"an axis is named twice: {list(given)}")
        return axes

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        layout = inputs[0]
        if not layout or self.keep:
            return (layout,)
        axes = self.axes(len(layout), layout)
        return ("".join(c for axis, c in enumerate(layout) if axis not in axes),)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        axes = self.axes(data.ndim, ctx.batch.in_layouts[0])
        result = self.reduce(data, axes, *inputs[1:])
        dtype = self.dtype or self.default_type(data.dtype)
        return result if result.dtype == dtype else convert(result, dtype)

    def default_type(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """Type of the output where the user gave none."""
        return _DOUBLE if dtype == _DOUBLE else _FLOAT

    def reduce(self, data: Array, axes: tuple[int, ...], *more: Array) -> Array:
        """The reduced data, in any type."""
        raise NotImplementedError

    def sum_of(self, data: Array, axes: tuple[int, ...]) -> Array:
        """Sum in the widest type."""
        dtype = _wide(data.dtype)
        kept = data.shape[len(axes) :]
        if axes == tuple(range(len(axes))) and kept and data.flags.c_contiguous and data.size > LONG > prod(kept) > 0:
            # The sums of a few channels: many of them side by side first, or each addition would be a loop of its own.
            channels = prod(kept)
            side = LONG // channels
            rows = data.reshape(-1, channels)
            whole = len(rows) // side * side
            total = np.add.reduce(rows[:whole].reshape(-1, side * channels), axis=0, dtype=dtype)
            total = total.reshape(side, channels).sum(axis=0) + np.add.reduce(rows[whole:], axis=0, dtype=dtype)
            shape = (*(1,) * len(axes), *kept) if self.keep else kept
            return np.asarray(total).reshape(shape)
        if axes == (data.ndim - 1,) and data.size > LONG and 0 < data.shape[-1] <= FEW:
            total = data[..., 0].astype(dtype)
            for channel in range(1, data.shape[-1]):
                total += data[..., channel]
            return total[..., None] if self.keep else total
        return np.asarray(np.sum(data, axis=axes, dtype=dtype, keepdims=self.keep))

    def mean_of(self, data: Array, axes: tuple[int, ...], less: int = 0) -> Array:
        """The sum divided by the number of elements less ``less``; NaN where that is not positive."""
        total = self.sum_of(data, axes)
        count = prod(data.shape[a] for a in axes) - less
        return total / count if count > 0 else np.full(total.shape, np.nan)

    gpu_kernels = REDUCE
    #: The kernel's number of the reduction.
    number: ClassVar[int]

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        shapes = batch.shape()
        return reduce_batch(
            ctx,
            batch,
            self.number,
            lambda i: self.axes(len(shapes[i]), ctx.in_layouts[0]),
            self.dtype or self.default_type(storage_dtype(batch._dtype)),
            keep=self.keep,
            less=self.args.get("ddof", 0),
            means=inputs[1] if len(inputs) > 1 else None,
        )


def _wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype({"f": np.float64, "i": np.int64}.get(dtype.kind, np.uint64))


@operator("reductions__Sum", inputs=(_DATA,), args=(*_AXES, _DTYPE, _KEEP), devices=("cpu", "gpu"))
class Sum(_Reduction):
    """Sums up elements along axes.

    The output is UINT64 for unsigned, INT64 for signed integers and FLOAT for floats, or ``dtype``, in which integers
    wrap around.
    """

    number = 0

    def default_type(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        return super().default_type(dtype) if dtype.kind == "f" else _wide(dtype)

    def reduce(self, data: Array, axes: tuple[int, ...], *more: Array) -> Array:
        accumulator = _wide(data.dtype)
        total = self.sum_of(data, axes)
        if accumulator.kind != "f" and self.dtype is not None and self.dtype.kind != "b":
            return total.astype(self.dtype)
        return total


@operator("reductions__Mean", inputs=(_DATA,), args=(*_AXES, _DTYPE, _KEEP), devices=("cpu", "gpu"))
class Mean(_Reduction):
    """Averages elements along axes. The output is FLOAT by default (FLOAT64 for FLOAT64 data)."""

    number = 1

    def reduce(self, data: Array, axes: tuple[int, ...], *more: Array) -> Array:
        return self.mean_of(data, axes)


@operator("reductions__MeanSquare", inputs=(_DATA,), args=(*_AXES, _DTYPE, _KEEP), devices=("cpu", "gpu"))
class MeanSquare(_Reduction):
    """Averages the squares of elements along axes. The output is FLOAT by default (FLOAT64 for FLOAT64 data)."""

    number = 2

    def reduce(self, data: Array, axes: tuple[int, ...], *more: Array) -> Array:
        squares = scratch(data.shape, np.float64, _SLOT)
        np.square(data, out=squares, dtype=np.float64, casting="unsafe")
        return self.mean_of(squares, axes)


@operator("reductions__RMS", inputs=(_DATA,), args=(*_AXES, _DTYPE, _KEEP), devices=("cpu", "gpu"))
class RMS(MeanSquare):
    """Root of the mean square of elements along axes. The output is FLOAT by default (FLOAT64 for FLOAT64 data)."""

    number = 3

    def reduce(self, data: Array, axes: tuple[int, ...], *more: Array) -> Array:
        return np.asarray(np.sqrt(super().reduce(data, axes)))


class _Extreme(_Reduction):
    """The output has the type of the input; NaN counts for nothing."""

    float_function: ClassVar[Any]
    function: ClassVar[Any]
    lowest: ClassVar[bool]

    def default_type(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        return dtype

    def reduce(self, data: Array, axes: tuple[int, ...], *more: Array) -> Array:
        kind = data.dtype.kind
        if kind == "b":
            initial: Any = not self.lowest
            return np.asarray(self.function.reduce(data, axis=axes, keepdims=self.keep, initial=initial))
        limits: Any = np.finfo(data.dtype) if kind == "f" else np.iinfo(data.dtype)
        function = self.float_function if kind == "f" else self.function
        # What an empty axis gives, and data of nothing but NaN.
        initial = limits.min if self.lowest else limits.max
        return np.asarray(function.reduce(data, axis=axes, keepdims=self.keep, initial=initial))


@operator("reductions__Max", inputs=(_DATA,), args=(*_AXES, _KEEP), devices=("cpu", "gpu"))
class Max(_Extreme):
    """Largest element along axes, in the type of the input. NaN is passed over."""

    number = 4

    function, float_function, lowest = np.maximum, np.fmax, True


@operator("reductions__Min", inputs=(_DATA,), args=(*_AXES, _KEEP), devices=("cpu", "gpu"))
class Min(_Extreme):
    """Smallest element along axes, in the type of the input. NaN is passed over."""

    number = 5

    function, float_function, lowest = np.minimum, np.fmin, False


@operator("reductions__Variance", inputs=(_DATA, _MEAN), args=(*_AXES, _DDOF, _KEEP), devices=("cpu", "gpu"))
class Variance(_Reduction):
    """Variance of elements along axes, about a given mean. The output is FLOAT (FLOAT64 for FLOAT64 data).

    The mean is the second input: a scalar, or a tensor of the shape of the output, as ``reductions.mean`` gives it.
    """

    number = 6

    def reduce(self, data: Array, axes: tuple[int, ...], *more: Array) -> Array:
        (mean,) = more
        kept = tuple(1 if axis in axes else e for axis, e in enumerate(data.shape))
        dropped = tuple(e for axis, e in enumerate(data.shape) if axis not in axes)
        if mean.size == 1:
            mean = mean.reshape(())
        elif mean.shape in (kept, dropped):
            mean = mean.reshape(kept)
        else:
            raise ValueError(
                f"the mean has shape {mean.shape}, but a reduction of {data.shape} along axes {list(axes)} gives "
                f"{kept if self.keep else dropped}"
            )
        block = self._block(data, axes)
        if block is not None:
            return self._of_block(data, block, mean)
        distance = scratch(data.shape, np.float64, _SLOT)
        mean = widened(mean, data.shape) if data.size > LONG else mean
        np.subtract(data, mean, out=distance, dtype=np.float64, casting="unsafe")
        return self.mean_of(np.square(distance, out=distance), axes, self.args["ddof"])

    @staticmethod
    def _block(data: Array, axes: tuple[int, ...]) -> tuple[int, int] | None:
        """The first reduced axis and the one behind the last, where a kernel can do it: small types, axes in a row."""
        if data.size <= LONG or data.dtype.name not in ("uint8", "int8", "uint16", "int16", "float32"):
            return None
        first, last = min(axes, default=0), max(axes, default=-1) + 1
        return (first, last) if last - first == len(axes) and axes else None

    def _of_block(self, data: Array, block: tuple[int, int], mean: Array) -> Array:
        from adali.kernels import _variance

        first, last = block
        outer, inner = prod(data.shape[:first]), prod(data.shape[last:])
        count = prod(data.shape[first:last])
        means = np.empty(outer * inner, np.float32)
        means[:] = mean.reshape(-1)
        sums = np.empty((outer, inner))
        source = np.require(data, requirements=["C", "W"]).reshape(outer, count, inner)
        _variance.squared_distances(source, means.reshape(outer, inner), sums)
        less = count - self.args["ddof"]
        result = sums / less if less > 0 else np.full(sums.shape, np.nan)
        ones = (1,) * (last - first) if self.keep else ()
        return result.reshape((*data.shape[:first], *ones, *data.shape[last:]))


@operator("reductions__StdDev", inputs=(_DATA, _MEAN), args=(*_AXES, _DDOF, _KEEP), devices=("cpu", "gpu"))
class StdDev(Variance):
    """Standard deviation of elements along axes, about a given mean. The output is FLOAT (FLOAT64 for FLOAT64 data).

    The mean is the second input: a scalar, or a tensor of the shape of the output, as ``reductions.mean`` gives it.
    """

    number = 7

    def reduce(self, data: Array, axes: tuple[int, ...], *more: Array) -> Array:
        return np.asarray(np.sqrt(super().reduce(data, axes, *more)))
