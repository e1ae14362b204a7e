"""normalize: subtract the mean, divide by the standard deviation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adali.data import TensorListCPU
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
from adali.types import DALIDataType, to_numpy_type


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
        given = [self._parameter(ctx, name, data) for name in ("mean", "stddev")]
        mean, deviation = given
        axes = settings.axes(data.ndim, ctx.batch.in_layouts[0])
        if axes is None:
            shapes = [g.shape for g in given if g is not None and g.ndim]
            axes = tuple(i for i in range(data.ndim) if all(shape[i] == 1 for shape in shapes[:1]))
        expected = tuple(1 if i in axes else extent for i, extent in enumerate(data.shape))
        for name, value in zip(("mean", "stddev"), given, strict=True):
            if value is not None and value.ndim and value.shape != expected:
                raise ValueError(
                    f"'{name}' has shape {value.shape}, but {expected} is what is left of {data.shape} when axes "
                    f"{axes} are reduced"
                )
        if mean is None or deviation is None:
            settings.check(data)
            average, variance = moments(data, axes)
            if mean is not None:
                variance = variance + np.square(average - mean)
            count = math.prod(data.shape[i] for i in axes)
            mean = average if mean is None else mean
        factor = settings.factor(deviation) if deviation is not None else settings.inverse(variance, count)
        out = ctx.empty(data.shape, settings.dtype)
        return shift_and_scale(data, mean, factor, settings.shift, out)

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

    def _moments(self, samples: list[Array], layout: str) -> tuple[Array, Array, int]:
        """Mean, variance and number of elements over all samples."""
        axes = self.settings.axes(samples[0].ndim, layout)
        if axes is None:
            axes = tuple(range(samples[0].ndim))
        found, counts, kept = [], [], None
        for index, data in enumerate(samples):
            self.settings.check(data)
            extents = tuple(n for i, n in enumerate(data.shape) if i not in axes)
            if kept is not None and extents != kept:
                raise ValueError(
                    f"with batch=True the axes that are not reduced must agree; sample {index} has shape {data.shape}, "
                    f"sample 0 {samples[0].shape}"
                )
            kept = extents
            found.append(moments(data, axes))
            counts.append(math.prod(data.shape[i] for i in axes))
        total = sum(counts)
        weights = np.asarray(counts, np.float64) / max(total, 1)
        average: Array = sum(w * m for w, (m, _) in zip(weights, found, strict=True))
        variance: Array = sum(w * (v + np.square(m - average)) for w, (m, v) in zip(weights, found, strict=True))
        return average, variance, total


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
