"""normalize: subtract the mean, divide by the standard deviation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adali.data import TensorListCPU
from adali.data.device_samples import pointers
from adali.graph.spec import OpSpec
from adali.kernels.filter_affine import moments, shift_and_scale
from adali.operators.base import (
    Arg,
    ArgKind,
    Array,
    BatchContext,
    BatchOperator,
    Input,
    OpEnv,
    SampleContext,
    SampleOperator,
    operator,
)
from adali.operators.filter._normalize_gpu import NORMALIZE, normalize_batch
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import shown
from adali.types import DALIDataType, storage_dtype, to_numpy_type


@operator(
    "Normalize",
    inputs=(Input("data", doc="Numbers; any shape and layout."),),
    args=(
        Arg("axes", ArgKind.INTS, None, "Axes that are reduced: those along which mean and deviation are taken."),
        Arg("axis_names", ArgKind.LAYOUT, None, "The same by their letters in the layout."),
        Arg("batch", ArgKind.BOOL, False, "Take mean and deviation over all samples of the batch."),
        Arg("ddof", ArgKind.INT, 0, "The sum of squares is divided by the number of elements minus this."),
        Arg("dtype", ArgKind.DTYPE, DALIDataType.FLOAT, "Type of the output; integers are rounded and clamped."),
        Arg("epsilon", ArgKind.FLOAT, 0.0, "Added to the variance, also to the square of a given ``stddev``."),
        Arg(
            "mean",
            ArgKind.FLOAT,
            None,
            "Subtracted from the data: one value, or an array a sample with as many axes as the data; its extents are "
            "1 along the reduced axes and those of the data elsewhere. By default it is calculated.",
            tensor=True,
        ),
        Arg("scale", ArgKind.FLOAT, 1.0, "Factor of the output."),
        Arg("shift", ArgKind.FLOAT, 0.0, "What the mean becomes in the output."),
        Arg("stddev", ArgKind.FLOAT, None, "Divisor, given like ``mean``. By default it is calculated.", tensor=True),
    ),
    devices=("cpu", "gpu"),
)
class Normalize(SampleOperator):
    """Subtracts the mean and divides by the standard deviation: ``scale * (x - mean) / stddev + shift``.

    Both are calculated along the reduced axes (all of them by default), in each sample or with ``batch`` over the whole
    batch, as far as they are not given. If arrays are given and no axes, those where they have extent 1 are reduced.
    A deviation that is calculated and 0 gives ``shift``; so does one with no more elements than ``ddof``.

    Raises:
        ValueError: there is no such axis; a given array does not fit; with ``batch``, the axes that are not reduced
            differ between samples.
    """

    def __new__(cls, spec: OpSpec, env: OpEnv) -> Any:
        """With ``batch``, make an operator that sees whole batches."""
        return BatchNormalize(spec, env) if spec.args.get("batch") else super().__new__(cls)

    def setup(self) -> None:
        self.settings = Settings(self)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data: Array = np.ascontiguousarray(inputs[0]).reshape(inputs[0].shape)
        settings = self.settings
        mean, deviation, axes = self._plan(ctx, data)
        if mean is None or deviation is None:
            average, variance = moments(data, axes)
            if mean is not None:
                variance = variance + np.square(average - mean)
            count = math.prod(data.shape[i] for i in axes)
            mean = average if mean is None else mean
        factor = settings.factor(deviation) if deviation is not None else settings.inverse(variance, count)
        out = ctx.empty(data.shape, settings.dtype)
        return shift_and_scale(data, mean, factor, settings.shift, out)

    gpu_kernels = NORMALIZE

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch, settings = inputs[0], self.settings
        kind, shapes, starts = storage_dtype(batch._dtype), batch.shape(), pointers(batch._samples)
        plans = ctx.each(lambda i: self._plan(ctx.sample(i), shown(starts[i], shapes[i], kind)))
        axes = [plan[2] for plan in plans]
        kept = [tuple(1 if i in a else n for i, n in enumerate(shape)) for a, shape in zip(axes, shapes, strict=True)]
        given: list[list[Array] | None] = [None, None]
        for k in (0, 1):
            values: list[Any] = [plan[k] for plan in plans]
            if plans and values[0] is not None:
                made = values if k == 0 else [settings.factor(v) for v in values]
                given[k] = [np.broadcast_to(v, shape) for v, shape in zip(made, kept, strict=True)]
        counts = [math.prod(shape[i] for i in a) for a, shape in zip(axes, shapes, strict=True)]
        return normalize_batch(ctx, batch, settings, axes, kept, given[0], given[1], [[n] for n in counts])

    def _plan(self, ctx: SampleContext, data: Array) -> tuple[Array | None, Array | None, tuple[int, ...]]:
        """The mean and the deviation, as far as they are given, and the axes; looks at type and shape of the data."""
        settings, shape = self.settings, data.shape
        given = [self._parameter(ctx, name, data) for name in ("mean", "stddev")]
        axes = settings.axes(data.ndim, ctx.batch.in_layouts[0])
        if axes is None:
            shapes = [g.shape for g in given if g is not None and g.ndim]
            axes = tuple(i for i in range(data.ndim) if all(s[i] == 1 for s in shapes[:1]))
        expected = tuple(1 if i in axes else extent for i, extent in enumerate(shape))
        for name, value in zip(("mean", "stddev"), given, strict=True):
            if value is not None and value.ndim and value.shape != expected:
                raise ValueError(
                    f"'{name}' has shape {value.shape}, but {expected} is what is left of {shape} when axes "
                    f"{axes} are reduced"
                )
        if given[0] is None or given[1] is None:
            settings.check(data)
        return given[0], given[1], axes

    def _parameter(self, ctx: SampleContext, name: str, data: Array) -> Array | None:
        value = ctx.array(name)
        if value is None:
            return None
        value = np.asarray(value, np.float64)
        if value.ndim not in (0, data.ndim):
            raise ValueError(f"'{name}' must have {data.ndim} axes like the data, or none, got shape {value.shape}")
        return value


class BatchNormalize(BatchOperator):
    """Normalize with mean and deviation of the whole batch."""

    schema = Normalize.schema

    def setup(self) -> None:
        self.settings = Settings(self)
        for name in ("mean", "stddev"):
            if name in self.spec.arg_inputs:
                raise self.error(f"with batch=True '{name}' must be one constant, not a value a sample")

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        batch, settings = inputs[0], self.settings
        samples = [np.ascontiguousarray(batch.at(i)).reshape(batch.at(i).shape) for i in range(ctx.batch_size)]
        mean, deviation = self.args["mean"], self.args["stddev"]
        average: Any = mean
        factor = None if deviation is None else settings.factor(deviation)
        if samples and (mean is None or factor is None):
            average, variance, count = self._moments(samples, ctx.in_layouts[0])
            if mean is not None:
                variance, average = variance + np.square(average - mean), mean
            factor = settings.inverse(variance, count) if factor is None else factor
        outputs = [np.empty(data.shape, settings.dtype) for data in samples]
        for data, out in zip(samples, outputs, strict=True):
            shift_and_scale(data, np.asarray(average), np.asarray(factor), settings.shift, out)
        dtype = self.args["dtype"]
        return TensorListCPU._from_samples(outputs, str(batch._layout), dtype=dtype)

    gpu_kernels = NORMALIZE

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch, settings = inputs[0], self.settings
        kind, shapes = storage_dtype(batch._dtype), batch.shape()
        mean, deviation = self.args["mean"], self.args["stddev"]
        axes: tuple[int, ...] = ()
        kept: tuple[int, ...] = ()
        if shapes and (mean is None or deviation is None):
            settings.check(shown(0, (0,), kind))
            axes, kept = self._axes(shapes, ctx.in_layouts[0])
        elif shapes:
            axes, kept = tuple(range(len(shapes[0]))), (1,) * len(shapes[0])
        given = [
            None if v is None else [np.full(kept, v, np.float64)]
            for v in (mean, None if deviation is None else settings.factor(deviation))
        ]
        counts = [math.prod(shape[i] for i in axes) for shape in shapes]
        out = normalize_batch(ctx, batch, settings, [axes] * len(shapes), [kept], given[0], given[1], [counts])
        out._layout = str(batch._layout)
        return out

    def _moments(self, samples: list[Array], layout: str) -> tuple[Array, Array, int]:
        """Mean, variance and number of elements over all samples."""
        for data in samples:
            self.settings.check(data)
        axes, _ = self._axes([data.shape for data in samples], layout)
        found, counts = [], []
        for data in samples:
            found.append(moments(data, axes))
            counts.append(math.prod(data.shape[i] for i in axes))
        total = sum(counts)
        weights = np.asarray(counts, np.float64) / max(total, 1)
        average: Array = sum(w * m for w, (m, _) in zip(weights, found, strict=True))
        variance: Array = sum(w * (v + np.square(m - average)) for w, (m, v) in zip(weights, found, strict=True))
        return average, variance, total

    def _axes(self, shapes: list[tuple[int, ...]], layout: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The axes to reduce, and the shape of what is left, which all samples share."""
        axes = self.settings.axes(len(shapes[0]), layout)
        if axes is None:
            axes = tuple(range(len(shapes[0])))
        kept = [tuple(1 if i in axes else n for i, n in enumerate(shape)) for shape in shapes]
        for index, left in enumerate(kept):
            if left != kept[0]:
                raise ValueError(
                    f"with batch=True the axes that are not reduced must agree; sample {index} has shape "
                    f"{shapes[index]}, sample 0 {shapes[0]}"
                )
        return axes, kept[0]


class Settings:
    """The arguments that both kinds of it share."""

    def __init__(self, op: Normalize | BatchNormalize) -> None:
        args = op.args
        if args["axes"] is not None and args["axis_names"] is not None:
            raise op.error("give either 'axes' or 'axis_names'")
        self.given: tuple[int, ...] | None = args["axes"]
        self.names: str | None = args["axis_names"]
        try:
            self.dtype: Any = np.dtype(to_numpy_type(args["dtype"]))
        except KeyError:
            self.dtype = np.dtype(object)
        if self.dtype.kind not in "iuf":
            raise op.error(f"the output cannot be of type {args['dtype'].name}")
        self.scale: float = args["scale"]
        self.shift: float = args["shift"]
        self.epsilon: float = args["epsilon"]
        self.ddof: int = args["ddof"]

    def axes(self, ndim: int, layout: str) -> tuple[int, ...] | None:
        """The axes to reduce; None if the user named none."""
        if self.names is not None:
            missing = [c for c in self.names if c not in layout]
            if missing:
                raise ValueError(f"the layout {layout!r} of the input has no axis {missing[0]!r}")
            axes = tuple(layout.index(c) for c in self.names)
        elif self.given is not None:
            axes = self.given
        else:
            return None
        for axis in axes:
            if not 0 <= axis < ndim:
                raise np.exceptions.AxisError(f"axis {axis} is out of range for data with {ndim} axes")
        if len(set(axes)) < len(axes):
            raise ValueError(f"an axis is named twice in {axes}")
        return axes

    def check(self, data: Array) -> None:
        """Refuse what is no numbers."""
        if data.dtype.kind not in "iuf":
            raise ValueError(f"input type {data.dtype} is not supported")

    def factor(self, deviation: Any) -> Array:
        """What to multiply with, given a deviation."""
        with np.errstate(divide="ignore"):
            divisor = np.sqrt(np.square(deviation) + self.epsilon) if self.epsilon else deviation
            return np.asarray(self.scale / np.asarray(divisor, np.float64))

    def inverse(self, variance: Array, count: int) -> Array:
        """What to multiply with, given a calculated variance of ``count`` elements; 0 where there is none."""
        if count > self.ddof:
            variance = variance * (count / (count - self.ddof)) + self.epsilon
        else:
            variance = np.zeros_like(variance) + self.epsilon
        positive = variance > 0
        return np.where(positive, self.scale / np.sqrt(np.where(positive, variance, 1.0)), 0.0)
