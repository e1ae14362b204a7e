"""one_hot: class numbers become vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adali.data import TensorListCPU
from adali.kernels.cuda import type_code
from adali.operators.base import Arg, ArgKind, Array, BatchContext, BatchOperator, Input, operator
from adali.operators.generic._common import c_cast, numeric_dtype
from adali.operators.gpu import GpuContext, addresses, struct
from adali.types import DALIDataType, storage_dtype


@operator(
    "OneHot",
    inputs=(Input("data", doc="Class numbers; fractions are cut off."),),
    args=(
        Arg("axis", ArgKind.INT, -1, "Position of the new axis in the output; -1 is the last."),
        Arg("axis_name", ArgKind.STR, None, "Letter of the new axis; without it the output has no layout."),
        Arg("dtype", ArgKind.DTYPE, DALIDataType.FLOAT, "Type of the output."),
        Arg("num_classes", ArgKind.INT, 0, "Extent of the new axis."),
        Arg("off_value", ArgKind.FLOAT, 0.0, "Value of the other elements."),
        Arg("on_value", ArgKind.FLOAT, 1.0, "Value of the element at the class's place."),
    ),
    devices=("cpu", "gpu"),
)
class OneHot(BatchOperator):
    """Gives each class number a vector of ``num_classes`` elements, with ``on_value`` at its place.

    A class number outside the range gets a vector of ``off_value``. The values are converted to ``dtype`` as a cast
    in C does. If all samples of a batch have one element and ``axis`` is not given, they are taken for scalars,
    whatever their number of axes.
    """

    mixes_samples = False

    def setup(self) -> None:
        name = self.args["axis_name"]
        if name is not None and len(name) != 1:
            raise self.error(f"'axis_name' must be one letter, got {name!r}")
        if self.args["num_classes"] < 0:
            raise self.error(f"'num_classes' must not be negative, got {self.args['num_classes']}")
        self.dtype = numeric_dtype(self, self.args["dtype"])
        self.on = c_cast(self.args["on_value"], self.dtype)
        self.off = c_cast(self.args["off_value"], self.dtype)

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        batch = inputs[0]
        scalars, axis, layout = self._placed(batch)
        if scalars and batch._samples:
            numbers = np.concatenate([s.reshape(1) for s in batch._samples])
            slab = self._encode(numbers, 1)
            return TensorListCPU._from_samples(list(slab), layout, slab=slab, source_info=batch._source_info)
        samples = [self._encode(s, axis) for s in batch._samples]
        return TensorListCPU._from_samples(samples, layout, dtype=self.args["dtype"], source_info=batch._source_info)

    gpu_kernels = (("color.cu", "one_hot"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        scalars, axis, layout = self._placed(batch)
        count, kind = self.args["num_classes"], storage_dtype(batch._dtype)
        shapes = [() if scalars else shape for shape in batch.shape()]
        out = ctx.empty([(*s[:axis], count, *s[axis:]) for s in shapes], self.dtype, layout)
        rows = np.zeros(len(shapes), struct(("in", "p"), ("out", "p"), ("size", "i8"), ("inner", "i8")))
        rows["in"], rows["out"] = addresses(batch), addresses(out)
        rows["size"] = [math.prod(shape) * count for shape in shapes]
        rows["inner"] = [math.prod(shape[axis:]) for shape in shapes]
        codes = np.int32(count), np.int32(type_code(kind)), np.int32(type_code(self.dtype))
        values = np.float64(self.on), np.float64(self.off)
        elements = int(rows["size"].max(initial=0))
        ctx.launch("color.cu", "one_hot", rows, *codes, *values, elements=elements, reads=[batch], writes=[out])
        return out

    def _placed(self, batch: Any) -> tuple[bool, int, str]:
        """Whether samples are taken for scalars; where the new axis goes, and the layout then."""
        name: str | None = self.args["axis_name"]
        if storage_dtype(batch._dtype).kind not in "iuf":
            raise TypeError(f"class numbers must be integers or floats, got {batch._dtype.name}")
        axis, ndim, layout = self.args["axis"], batch.ndim(), batch._layout
        scalars = not self.given("axis") and all(math.prod(shape) == 1 for shape in batch.shape())
        if scalars:
            ndim, layout = 0, ""
        if not -1 <= axis <= ndim:
            raise ValueError(f"axis {axis} is out of range: -1 to {ndim} for data with {ndim} axes")
        axis = ndim if axis == -1 else axis
        if name is not None and len(layout) != ndim:
            raise ValueError("'axis_name' needs an input with a layout")
        return scalars, axis, "" if name is None else layout[:axis] + name + layout[axis:]

    def _encode(self, numbers: Array, axis: int) -> Array:
        classes = numbers.astype(np.int64) if numbers.dtype.kind == "f" else numbers
        count: int = self.args["num_classes"]
        shape = (*numbers.shape[:axis], count, *numbers.shape[axis:])
        out = np.empty(shape, self.dtype)
        out.fill(self.off[()])
        if count and numbers.size:
            inside = (classes >= 0) & (classes < count)
            if numbers.ndim:
                where = list(np.nonzero(inside))
                where.insert(axis, classes[inside].astype(np.intp))
                out[tuple(where)] = self.on
            elif inside:
                out[int(classes)] = self.on
        return out
