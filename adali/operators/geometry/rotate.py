"""rotate: images and volumes rotated around their centre."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.geometry._frames import PerFrameArg
from adali.operators.geometry._matrices import rotation_2d, rotation_3d
from adali.operators.geometry._warp_args import WARP_ARGS, WARP_KERNELS, WARP_LAYOUTS, Warper
from adali.operators.gpu import GpuContext

#: Part of a pixel by which the rotated image may stick out of the canvas.
TOLERANCE = 0.01


@operator(
    "Rotate",
    inputs=(Input("images", WARP_LAYOUTS, doc="Images, volumes or sequences of them: UINT8, INT16, INT32 or FLOAT."),),
    args=(
        *WARP_ARGS,
        Arg(
            "angle",
            ArgKind.FLOAT,
            REQUIRED,
            "Angle in degrees: counter-clockwise for images; around ``axis`` for volumes.",
            tensor=True,
            per_frame=True,
        ),
        Arg(
            "axis",
            ArgKind.FLOATS,
            None,
            "For volumes only: the axis (x, y, z) to rotate around, of any length but 0.",
            tensor=True,
            per_frame=True,
        ),
        Arg(
            "keep_size",
            ArgKind.BOOL,
            False,
            "Whether the output has the size of the input. If not, and without ``size``, it is just large enough for "
            "the rotated image, with the parity that lets the centres of both fall on the same place of a pixel; all "
            "frames of a sequence get the size of the largest.",
        ),
    ),
    devices=("cpu", "gpu"),
)
class Rotate(SampleOperator):
    """Rotates images by an angle around their centre."""

    def setup(self) -> None:
        self.warper = Warper(self)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        return self.warper.run(ctx, inputs[0], *self._plan(ctx, inputs[0]))

    gpu_kernels = WARP_KERNELS

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        return self.warper.run_gpu(ctx, inputs[0], self._plan)

    def _plan(self, ctx: SampleContext, image: Array) -> tuple[list[Array], tuple[int, ...]]:
        """Matrices and size of the output."""
        layout = ctx.layout(image)
        ndim = 3 if "D" in layout else 2
        args = [PerFrameArg(ctx, "angle", 0)]
        if ndim == 3:
            args.append(PerFrameArg(ctx, "axis", 1))
            if args[1].values is None:
                raise ValueError("a volume is rotated around an axis; give the argument 'axis'")
        frames = self.warper.frames(layout, image, args)
        extents = image.shape[image.ndim - ndim - 1 : -1]
        count = max(len(a) for a in args)
        turns = [self._rotation(*(a.frame(i) for a in args)) for i in range(count)]
        size = self.warper.size(ctx, ndim)
        if size is None:
            size = extents
            if not self.args["keep_size"] and frames != 0:
                size = canvas(turns, extents)
        centre_in, centre_out = np.array(extents[::-1]) / 2, np.array(size[::-1]) / 2
        matrices = [np.column_stack([t, centre_in - t @ centre_out]).astype(np.float32) for t in turns]
        return matrices, tuple(size)

    @staticmethod
    def _rotation(angle: Array, axis: Array | None = None) -> npt.NDArray[np.float64]:
        """From points of the output to points of the input."""
        if axis is None:
            return rotation_2d(float(angle))
        if axis.shape != (3,) or not axis.any():
            raise ValueError(f"'axis' must be three numbers, not all 0, got {axis.tolist()}")
        return rotation_3d(-float(angle), axis)


def canvas(turns: Sequence[npt.NDArray[np.float64]], extents: tuple[int, ...]) -> tuple[int, ...]:
    """Size (height, width) or (depth, height, width) of what holds images of these extents after their rotations.

    A size is even or odd as most of the images need it, and even for as many of the one as of the other.
    """
    points = np.array(extents[::-1], np.float64)
    largest, odd = np.zeros(len(points), int), np.zeros(len(points), int)
    for given in turns:
        # In a volume the matrix of the other direction; it differs by its transpose.
        turn = given.T if len(points) == 3 else given
        for i, row in enumerate(np.abs(turn)):
            extent = int(np.ceil(np.float32(row @ points) - np.float32(TOLERANCE)))
            largest[i] = max(largest[i], extent)
            # The axis of the input that this one comes closest to; between equals of a volume the one of that name.
            near = i if len(points) == 3 and row[i] >= row.max() - 1e-6 else int(np.argmax(row))
            odd[i] += int(points[near]) % 2
    size = largest + (largest % 2 != (2 * odd > len(turns)))
    return tuple(size[::-1].tolist())
