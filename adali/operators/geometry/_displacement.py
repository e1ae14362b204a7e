"""What the operators that move every pixel by a formula have in common."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from adali.data.device_samples import pointers
from adali.kernels.cuda import type_code
from adali.operators.base import Arg, ArgKind, Array, SampleContext, SampleOperator
from adali.operators.gpu import GpuContext, struct
from adali.types import DALIInterpType, storage_dtype

__all__ = ["DISPLACEMENT_ARGS", "Displacement"]

_ROW = struct(
    ("in", "p"),
    ("out", "p"),
    ("size", "i8"),
    ("sample", "i8"),  # an unsigned one would be taken for an address
    *((name, "i4") for name in ("height", "width", "channels", "still")),
)

Floats = npt.NDArray[np.float32]

DISPLACEMENT_ARGS = (
    Arg(
        "fill_value",
        ArgKind.FLOAT,
        0.0,
        "Value of what comes from outside of the image; its fraction is cut off for UINT8 images.",
    ),
    Arg("interp_type", ArgKind.INTERP, DALIInterpType.INTERP_NN, "INTERP_NN or INTERP_LINEAR."),
    Arg("mask", ArgKind.INT, 1, "Images whose mask is 0 stay as they are.", tensor=True),
)


class Displacement(SampleOperator):
    """Base of operators that take each pixel of the output from another point of the input (H, W, C)."""

    def setup(self) -> None:
        interp = self.args["interp_type"]
        if interp not in (DALIInterpType.INTERP_LINEAR, DALIInterpType.INTERP_NN):
            raise self.error(f"interp_type must be INTERP_NN or INTERP_LINEAR, got {interp.name}")
        self.linear = interp == DALIInterpType.INTERP_LINEAR

    def points(self, ctx: SampleContext, height: int, width: int) -> tuple[Any, Any]:
        """Where the pixels come from: x and y of shape (height, width); (0, 0) is the corner of the first pixel."""
        raise NotImplementedError

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        fill = self._fill(image.dtype)
        if not ctx.arg("mask") or not image.size:
            return image
        from adali.kernels import _displace

        x, y = self.points(ctx, image.shape[0], image.shape[1])
        out = ctx.empty(image.shape, image.dtype)
        target = out if out.flags.c_contiguous else np.empty(image.shape, image.dtype)
        source = np.ascontiguousarray(image)
        if self.linear:
            _displace.sample(source, x, y, True, fill, target)
        else:
            _displace.nearest(source, x, y, image.dtype.type(fill), target)
        return target

    #: The kernel, which is the only one in ``gpu_kernels``.
    kernel: ClassVar[str]

    def numbers(self, ctx: GpuContext) -> tuple[Any, ...]:
        """What the kernel takes more than those of the other operators."""
        return ()

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind, shapes = storage_dtype(batch._dtype), batch.shape()
        fill = self._fill(kind)
        out = ctx.empty(shapes, kind, batch._layout)
        still = ctx.each(lambda i: not ctx.sample(i).arg("mask"))
        rows = [
            (start, end, math.prod(shape[:2]), ctx.place(i), *shape, still[i])
            for i, (start, end, shape) in enumerate(
                zip(pointers(batch._samples), pointers(out._samples), shapes, strict=True)
            )
        ]
        table = np.array(rows, _ROW) if rows else np.zeros(0, _ROW)
        scalars = (np.int32(type_code(kind)), np.int32(self.linear), fill, *self.numbers(ctx))
        elements = int(table["size"].max(initial=0))
        ctx.launch("displace.cu", self.kernel, table, *scalars, elements=elements, reads=[batch], writes=[out])
        return out

    def _fill(self, dtype: np.dtype[Any]) -> Any:
        """The fill value for images of a type.

        Raises:
            ValueError: images cannot be of this type.
        """
        if dtype.name not in ("uint8", "float32"):
            raise ValueError(f"the image must be of type UINT8 or FLOAT, got {dtype}")
        fill = float(self.args["fill_value"])
        return np.float32(min(max(int(fill), 0), 255) if dtype == np.uint8 else fill)
