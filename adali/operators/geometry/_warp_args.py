"""What the operators that warp images have in common: types, interpolation, fill value, size of the output, frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adali.kernels import warp
from adali.operators.base import Arg, ArgKind, Array, Operator, SampleContext
from adali.operators.geometry._frames import PerFrameArg
from adali.types import DALIInterpType, to_numpy_type

__all__ = ["WARP_ARGS", "WARP_LAYOUTS", "Warper"]

WARP_LAYOUTS = ("HWC", "FHWC", "DHWC", "FDHWC")

WARP_ARGS = (
    Arg(
        "dtype",
        ArgKind.DTYPE,
        None,
        "Type of the output: that of the input (the default) or FLOAT; for FLOAT input also UINT8, INT16 or INT32.",
    ),
    Arg("output_dtype", ArgKind.DTYPE, None, "Old name of dtype.", deprecated="dtype"),
    Arg(
        "fill_value",
        ArgKind.FLOAT,
        None,
        "Value of what lies outside of the input; by default its border pixels are repeated.",
    ),
    Arg("interp_type", ArgKind.INTERP, DALIInterpType.INTERP_LINEAR, "INTERP_LINEAR or INTERP_NN."),
    Arg(
        "size",
        ArgKind.FLOATS,
        None,
        "Size of the output in pixels, without channels: (height, width), or (depth, height, width) for volumes. "
        "A constant is rounded to whole numbers, at least 1; an argument input is cut off.",
        tensor=True,
    ),
)


class Warper:
    """Warps images, volumes and sequences for one operator, as its arguments say.

    Raises:
        ArgumentError: interp_type is none of the two (when made).
    """

    def __init__(self, op: Operator) -> None:
        interp = op.args["interp_type"]
        if interp not in (DALIInterpType.INTERP_LINEAR, DALIInterpType.INTERP_NN):
            raise op.error(f"interp_type must be INTERP_LINEAR or INTERP_NN, got {interp.name}")
        self.linear = interp == DALIInterpType.INTERP_LINEAR
        self.fill: float | None = op.args["fill_value"]
        dtype = op.args["dtype"]
        self.dtype = None if dtype is None else np.dtype(to_numpy_type(dtype))

    @staticmethod
    def size(ctx: SampleContext, ndim: int) -> tuple[int, ...] | None:
        """The ``size`` argument; None if it was not given.

        A constant is rounded to whole numbers. What comes as an argument input is cut off instead, as in DALI.

        Raises:
            ValueError: it has another number of values than the image has spatial axes, or they are not positive.
        """
        size = ctx.arg("size")
        if not size:
            return None
        if len(size) != ndim:
            raise ValueError(f"'size' must have {ndim} values, got {list(size)}")
        if not all(s > 0 for s in size):
            raise ValueError(f"'size' must be positive, got {list(size)}")
        if "size" in ctx.batch.columns:
            return tuple(int(s) for s in size)
        return tuple(max(1, int(s + 0.5)) for s in size)

    def run(self, ctx: SampleContext, image: Array, matrices: Sequence[Array], size: Sequence[int]) -> Array:
        """Warp every frame of an image with its matrix, or with the only one.

        The image has the spatial axes that ``size`` has values for, and channels; in front of them is at most one axis
        of frames. The matrices lead from the output to the input.
        """
        dtype = self.dtype or image.dtype
        lead = image.ndim - len(size) - 1
        out = ctx.empty((*image.shape[:lead], *size, image.shape[-1]), dtype)
        target = out if out.flags.c_contiguous else np.empty(out.shape, dtype)
        if lead:
            for i in range(image.shape[0]):
                matrix = matrices[i if len(matrices) > 1 else 0]
                warp.affine(image[i], matrix, target[i], linear=self.linear, fill=self.fill)
        else:
            warp.affine(image, matrices[0], target, linear=self.linear, fill=self.fill)
        return target

    @staticmethod
    def frames(layout: str, image: Array, args: Sequence[PerFrameArg]) -> int | None:
        """Number of frames, None for a single image, after a check that the arguments have as many values."""
        frames = image.shape[0] if layout.startswith("F") else None
        for arg in args:
            arg.check(frames)
        return frames
