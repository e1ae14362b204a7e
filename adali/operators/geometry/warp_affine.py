"""warp_affine: images as an affine transform of the plane shows them."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.data import TensorListGPU
from adali.kernels.warp import inverse
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.geometry._frames import PerFrameArg
from adali.operators.geometry._warp_args import WARP_ARGS, WARP_KERNELS, WARP_LAYOUTS, Warper
from adali.operators.gpu import GpuContext


@operator(
    "WarpAffine",
    inputs=(
        Input("images", WARP_LAYOUTS, doc="Images, volumes or sequences of them: UINT8, INT16, INT32 or FLOAT."),
        Input(
            "matrix_input",
            device="any",
            doc="Optional; the matrices, FLOAT of shape (2, 3) or (3, 4), or one more axis for those of frames.",
        ),
    ),
    min_inputs=1,
    args=(
        *WARP_ARGS,
        Arg(
            "inverse_map",
            ArgKind.BOOL,
            True,
            "Whether the matrix leads from the output to the input; if not, it is inverted first.",
        ),
        Arg(
            "matrix",
            ArgKind.FLOATS,
            None,
            "Rows of the matrix: (m11, m12, m13, m21, m22, m23), 12 numbers for volumes; as an argument input of "
            "shape (2, 3) or (3, 4). Ignored where there is a second input.",
            tensor=True,
            per_frame=True,
        ),
    ),
    devices=("cpu", "gpu"),
)
class WarpAffine(SampleOperator):
    """Applies an affine transform to images: ``out(x, y) = in(m11 x + m12 y + m13, m21 x + m22 y + m23)``.

    Coordinates are in pixels; (0, 0) is the corner of the first pixel, (0.5, 0.5) its centre. For volumes points are
    (x, y, z). The output has the size of the input unless ``size`` is given.
    """

    def setup(self) -> None:
        self.warper = Warper(self)
        if len(self.spec.inputs) < 2 and not self.given("matrix"):
            raise self.error("give the matrix as the argument 'matrix' or as a second input")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        return self.warper.run(ctx, inputs[0], *self._plan(ctx, *inputs))

    gpu_kernels = WARP_KERNELS

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """Matrices of a second input are read by the host: if they lie on the device, it waits for them."""
        matrices = inputs[1] if len(inputs) > 1 else None
        if isinstance(matrices, TensorListGPU):
            matrices = ctx.read(matrices)

        def plan(sample: SampleContext, image: Array) -> Any:
            more = () if matrices is None else (matrices._samples[sample.index],)
            return self._plan(sample, image, *more)

        return self.warper.run_gpu(ctx, inputs[0], plan)

    def _plan(self, ctx: SampleContext, *inputs: Array) -> tuple[list[Array], tuple[int, ...]]:
        """Matrices and size of the output."""
        image = inputs[0]
        layout = ctx.layout(image)
        ndim = 3 if "D" in layout else 2
        lead = 1 if layout.startswith("F") else 0
        if len(inputs) > 1:
            if inputs[1].dtype != np.float32:
                raise ValueError(f"the matrix must be of type FLOAT, got {inputs[1].dtype}")
            matrices = self._checked(inputs[1], ndim, image.shape[0] if lead else None)
        elif "matrix" in ctx.batch.columns:
            arg = PerFrameArg(ctx, "matrix", 2)
            self.warper.frames(layout, image, (arg,))
            assert arg.values is not None
            matrices = self._checked(arg.values, ndim, image.shape[0] if lead else None)
        else:
            values = self.args["matrix"]
            if len(values) != ndim * (ndim + 1):
                raise ValueError(f"'matrix' must have {ndim * (ndim + 1)} values for {layout} data, got {len(values)}")
            matrices = [np.array(values, np.float32).reshape(ndim, ndim + 1)]
        if not self.args["inverse_map"]:
            matrices = [inverse(m) for m in matrices]
        size = self.warper.size(ctx, ndim) or image.shape[lead:-1]
        return matrices, tuple(size)

    @staticmethod
    def _checked(values: Array, ndim: int, frames: int | None) -> list[Array]:
        shape = (ndim, ndim + 1)
        if values.shape == shape:
            return [values]
        if values.ndim == 3 and values.shape[1:] == shape and frames is not None and len(values) in (1, frames):
            return list(values)
        of = "the image" if frames is None else f"a sequence of {frames} frames"
        raise ValueError(f"the matrix for {of} must have the shape {shape}, got {values.shape}")
