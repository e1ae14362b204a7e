"""warp_perspective: images as a perspective transform of the plane shows them."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.geometry._frames import PerFrameArg
from adali.types import DALIInterpType

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
    """Applies a perspective transform to images, with OpenCV's ``warpPerspective``.

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
        out = ctx.empty(tuple(shape), image.dtype)
        fill = self._fill(channels)
        if plane == "CHW" and len(self.args["fill_value"] or ()) > 1:
            raise ValueError("images whose channels come first take a single fill_value")
        for i in range(1 if frames is None else frames):
            source, target = (image, out) if frames is None else (image[i], out[i])
            matrix = matrices[i if len(matrices) > 1 else 0]
            if plane == "CHW":
                for c in range(channels):
                    target[c] = self._warp(source[c], matrix, (width, height), [fill[c]])
            else:
                target[...] = self._warp(source, matrix, (width, height), fill).reshape(target.shape)
        return out

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
