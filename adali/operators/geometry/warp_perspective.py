"""warp_perspective: images as a perspective transform of the plane shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.kernels.cuda import type_code
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.geometry._frames import PerFrameArg
from adali.operators.gpu import GpuContext, struct
from adali.operators.gpu_copy import shown
from adali.types import DALIInterpType, storage_dtype

LAYOUTS = ("HW", "HWC", "FHWC", "CHW", "FCHW")
TYPES = ("uint8", "uint16", "int16", "float32")
BORDERS = {
    "constant": "BORDER_CONSTANT",
    "replicate": "BORDER_REPLICATE",
    "reflect": "BORDER_REFLECT",
    "reflect_101": "BORDER_REFLECT_101",
    "wrap": "BORDER_WRAP",
}
INTERPOLATIONS = {
    DALIInterpType.INTERP_NN: "INTER_NEAREST",
    DALIInterpType.INTERP_LINEAR: "INTER_LINEAR",
    DALIInterpType.INTERP_CUBIC: "INTER_CUBIC",
}
#: Of the kernel: pixels along an axis that make one, and what lies outside (borders.cuh).
_TAPS = {DALIInterpType.INTERP_NN: 1, DALIInterpType.INTERP_LINEAR: 2, DALIInterpType.INTERP_CUBIC: 4}
_OUTSIDE = {"constant": 0, "replicate": 1, "reflect": 2, "reflect_101": 3, "wrap": 4}
_ROW = struct(
    *((name, "p") for name in ("in", "out", "matrix")),
    ("size", "i8"),
    *((name, "i4") for name in ("height", "width", "channels", "out_width")),
    ("fill", "f4", 4),
)


@dataclass
class _Plan:
    """How a sample is warped.

    Attributes:
        matrices: one for each frame, or one for all.
        shape: of the output.
        size: width and height of the output.
        frames: number of frames; None for an image.
        planes: channels that come first, and are warped one by one; 0 where they come last or there are none.
        fill: one value for each channel.
    """

    matrices: Sequence[Array]
    shape: tuple[int, ...]
    size: tuple[int, int]
    frames: int | None
    planes: int
    fill: list[float]

    def matrix(self, frame: int) -> Array:
        """The matrix of a frame."""
        return self.matrices[frame if len(self.matrices) > 1 else 0]


@operator(
    "experimental__WarpPerspective",
    inputs=(
        Input("images", LAYOUTS, doc="Images of up to 4 channels or sequences of them: UINT8, UINT16, INT16 or FLOAT."),
        Input("matrix_input", doc="Optional; the matrices, FLOAT of shape (3, 3), or (frames, 3, 3)."),
    ),
    min_inputs=1,
    args=(
        Arg("border_mode", ArgKind.STR, "constant", f"What lies outside of the input: {', '.join(BORDERS)}."),
        Arg("fill_value", ArgKind.FLOATS, None, "Value of a constant border, one number or one for each channel; 0."),
        Arg("interp_type", ArgKind.INTERP, DALIInterpType.INTERP_LINEAR, "INTERP_LINEAR, INTERP_NN or INTERP_CUBIC."),
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
            "Rows of the 3x3 matrix; as an argument input of shape (3, 3). Ignored where there is a second input.",
            tensor=True,
            per_frame=True,
        ),
        Arg(
            "pixel_origin",
            ArgKind.STR,
            "corner",
            'Where in the first pixel the point (0, 0) lies: its "corner" or its "center".',
        ),
        Arg(
            "size",
            ArgKind.FLOATS,
            None,
            "Size (height, width) of the output in pixels; that of the input.",
            tensor=True,
        ),
    ),
    devices=("cpu", "gpu"),
)
class WarpPerspective(SampleOperator):
    """Applies a perspective transform to images, as OpenCV's ``warpPerspective`` does.

    The pixel at (x, y) comes from ``(u / w, v / w)`` where ``(u, v, w) = matrix @ (x, y, 1)``.
    """

    def setup(self) -> None:
        args = self.args
        if args["border_mode"] not in BORDERS:
            raise self.error(f"border_mode must be one of {', '.join(BORDERS)}, got {args['border_mode']!r}")
        if args["interp_type"] not in INTERPOLATIONS:
            raise self.error(f"interp_type {args['interp_type'].name} is not supported")
        if args["pixel_origin"] not in ("corner", "center"):
            raise self.error(f'pixel_origin must be "corner" or "center", got {args["pixel_origin"]!r}')
        if len(self.spec.inputs) < 2 and "matrix" not in self.spec.arg_inputs and len(args["matrix"] or ()) != 9:
            raise self.error("give the 9 numbers of the matrix as the argument 'matrix', or a second input")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        plan = self._plan(ctx, *inputs)
        out = ctx.empty(plan.shape, image.dtype)
        for i in range(1 if plan.frames is None else plan.frames):
            source, target = (image, out) if plan.frames is None else (image[i], out[i])
            matrix = plan.matrix(i)
            if plan.planes:
                for c in range(plan.planes):
                    target[c] = self._warp(source[c], matrix, plan.size, [plan.fill[c]])
            else:
                target[...] = self._warp(source, matrix, plan.size, plan.fill).reshape(target.shape)
        return out

    gpu_kernels = (("remap.cu", "perspective"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kinds, shapes = [storage_dtype(b._dtype) for b in inputs], [b.shape() for b in inputs]
        starts = [pointers(b._samples) for b in inputs]

        arrays = list(zip(starts, shapes, kinds, strict=True))

        def plan_of(i: int) -> _Plan:
            return self._plan(ctx.sample(i), *(shown(p[i], s[i], k) for p, s, k in arrays))

        plans, kind = ctx.each(plan_of), kinds[0]
        out = ctx.empty([p.shape for p in plans], kind, batch._layout)
        # Matrices of a second input are on the device already.
        given = [np.asarray(p.matrices, np.float32) for p in plans] if len(inputs) == 1 and plans else []
        uploaded = ctx.upload(np.concatenate(given) if given else np.zeros((1, 3, 3), np.float32))
        first = int(uploaded.data.ptr)
        rows = []
        for plan, start, shape, end in zip(plans, starts[0], shapes[0], pointers(out._samples), strict=True):
            pixels = plan.size[0] * plan.size[1]
            channels = 1 if plan.planes else len(plan.fill)
            frames = 1 if plan.frames is None else plan.frames
            inner = math.prod(shape) // (frames * max(plan.planes, 1) * channels)  # pixels of a plane
            width = shape[-1] if plan.planes or len(shape) == 2 else shape[-2]
            for i in range(frames):
                k = i if len(plan.matrices) > 1 else 0
                matrix = plan.matrix(i).__array_interface__["data"][0] if len(inputs) > 1 else first + 36 * k
                for c in range(max(plan.planes, 1)):
                    place = i * max(plan.planes, 1) + c
                    fill = np.zeros(4, np.float32)
                    fill[:channels] = plan.fill[c : c + channels]
                    rows.append(
                        (
                            start + place * inner * channels * kind.itemsize,
                            end + place * pixels * channels * kind.itemsize,
                            matrix,
                            pixels,
                            *(inner // width, width, channels, plan.size[0]),
                            fill,
                        )
                    )
            first += 36 * len(plan.matrices)
        table = np.array(rows, _ROW) if rows else np.zeros(0, _ROW)
        ctx.launch(
            "remap.cu",
            "perspective",
            table,
            np.int32(_TAPS[self.args["interp_type"]]),
            np.int32(type_code(kind)),
            np.int32(_OUTSIDE[self.args["border_mode"]]),
            np.int32(not self.args["inverse_map"]),
            np.int32(self.args["pixel_origin"] == "corner"),
            elements=int(table["size"].max(initial=0)),
            per_thread=4,
            reads=[*inputs, uploaded],
            writes=[out],
        )
        return out

    def _plan(self, ctx: SampleContext, *inputs: Array) -> _Plan:
        """How a sample is warped; of the inputs only shapes and types are looked at."""
        image = inputs[0]
        layout = ctx.layout(image)
        if image.dtype.name not in TYPES:
            raise ValueError(f"the image must be of type {', '.join(TYPES)}, got {image.dtype}")
        frames = image.shape[0] if layout.startswith("F") else None
        matrices = self._matrices(ctx, inputs, frames)
        plane = layout.lstrip("F")
        y = plane.index("H")
        lead = 0 if frames is None else 1
        height, width = image.shape[lead + y], image.shape[lead + y + 1]
        if not image.size:
            raise ValueError(f"there is nothing to warp in an image of shape {image.shape}")
        size = ctx.arg("size")
        if size:
            if len(size) not in (1, 2) or min(size) < 0:
                raise ValueError(f"'size' must be a height and a width, got {list(size)}")
            height, width = (max(1, int(s + 0.5)) for s in (size[0], size[-1]))
        channels = image.shape[layout.index("C")] if "C" in layout else 1
        if channels > 4:
            raise ValueError(f"images have at most 4 channels here, got {channels}")
        shape = list(image.shape)
        shape[lead + y], shape[lead + y + 1] = height, width
        fill = self._fill(channels)
        if plane == "CHW" and len(self.args["fill_value"] or ()) > 1:
            raise ValueError("images whose channels come first take a single fill_value")
        planes = channels if plane == "CHW" else 0
        return _Plan(matrices, tuple(shape), (width, height), frames, planes, fill)

    def _matrices(self, ctx: SampleContext, inputs: tuple[Array, ...], frames: int | None) -> list[Array]:
        if len(inputs) > 1:
            values, several = inputs[1], inputs[1].ndim == 3
            if values.dtype != np.float32:
                raise ValueError(f"the matrix must be of type FLOAT, got {values.dtype}")
            if (several and frames is None) or (several and len(values) not in (1, frames)):
                raise ValueError(f"there are {len(values)} matrices for {frames} frames")
        elif "matrix" in ctx.batch.columns:
            arg = PerFrameArg(ctx, "matrix", 2)
            arg.check(frames)
            assert arg.values is not None
            values, several = arg.values, arg.per_frame
        else:
            values, several = np.array(self.args["matrix"], np.float32).reshape(3, 3), False
        if values.shape[-2:] != (3, 3) or values.ndim != 2 + several:
            raise ValueError(f"the matrix must have the shape (3, 3), got {values.shape}")
        return list(values) if several else [values]

    def _fill(self, channels: int) -> list[float]:
        fill = self.args["fill_value"] or (0.0,)
        if len(fill) not in (1, channels):
            raise ValueError(f"{len(fill)} values of fill_value do not fit {channels} channels")
        return list(fill) * channels if len(fill) == 1 else list(fill)

    def _warp(self, image: Array, matrix: Array, size: tuple[int, int], fill: list[float]) -> Array:
        import cv2

        cv: Any = cv2
        m = matrix.astype(np.float64)
        if self.args["pixel_origin"] == "corner":
            shift = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
            back = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
            m = back @ m @ shift
        flags = getattr(cv, INTERPOLATIONS[self.args["interp_type"]])
        if self.args["inverse_map"]:
            flags |= cv.WARP_INVERSE_MAP
        border = getattr(cv, BORDERS[self.args["border_mode"]])
        result: Array = cv.warpPerspective(
            np.ascontiguousarray(image), m, size, flags=flags, borderMode=border, borderValue=fill
        )
        return result
