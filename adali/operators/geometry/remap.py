"""remap: every pixel taken from a point that the user gives."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.types import DALIInterpType

_TAPS = {
    DALIInterpType.INTERP_NN: 1,
    DALIInterpType.INTERP_LINEAR: 2,
    DALIInterpType.INTERP_CUBIC: 4,
    DALIInterpType.INTERP_LANCZOS3: 6,
}
_MAP = ("HWC", "HW", "FHWC", "FHW", "F***", "F**")
_WHERE = (
    "coordinates, FLOAT, of the output's height and width, with one channel or none; one map a frame, or one for all."
)


@operator(
    "experimental__Remap",
    inputs=(
        Input("images", ("HWC", "FHWC"), doc="Images of type UINT8, INT16, UINT16 or FLOAT, or sequences of them."),
        Input("mapx", doc=f"x {_WHERE}"),
        Input("mapy", doc=f"y {_WHERE}"),
    ),
    args=(
        Arg(
            "interp",
            ArgKind.INTERP,
            DALIInterpType.INTERP_LINEAR,
            "INTERP_NN, INTERP_LINEAR, INTERP_CUBIC (Keys, a = -1/2) or INTERP_LANCZOS3.",
        ),
        Arg(
            "pixel_origin",
            ArgKind.STR,
            "corner",
            "Which point of the first pixel is (0, 0): its 'corner', or its 'center' as in OpenCV.",
        ),
    ),
    devices=("cpu", "gpu"),
)
class Remap(SampleOperator):
    """Takes every pixel of the output from the point of the input that two maps give.

    ``out(x, y) = in(mapx(x, y), mapy(x, y))``. The output has the height and width of the maps. What lies outside of
    the input is 0, also for the interpolation at its border. Integers are rounded and clamped. (The real DALI has this
    operator on the GPU only.)

    Raises:
        ValueError: images of another type, maps that are not FLOAT, have different shapes, or do not fit the number of
            frames.
    """

    def setup(self) -> None:
        if self.args["interp"] not in _TAPS:
            names = ", ".join(i.name for i in _TAPS)
            raise self.error(f"interp must be one of {names}, got {self.args['interp'].name}")
        self.taps = _TAPS[self.args["interp"]]
        if self.args["pixel_origin"] not in ("corner", "center"):
            raise self.error(f"pixel_origin must be 'corner' or 'center', got {self.args['pixel_origin']!r}")
        self.shift = -0.5 if self.args["pixel_origin"] == "corner" else 0.0

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        from adali.kernels import _remap

        image = np.ascontiguousarray(inputs[0])
        if image.dtype.name not in _remap.KINDS:
            raise ValueError(f"images must be of type UINT8, INT16, UINT16 or FLOAT, got {image.dtype}")
        frames = image if image.ndim == 4 else image[None]
        xs, ys = (self._map(ctx, i, inputs[i], len(frames), image.ndim == 4) for i in (1, 2))
        if xs.shape[1:] != ys.shape[1:]:
            raise ValueError(f"mapx and mapy must have the same size, got {xs.shape[1:]} and {ys.shape[1:]}")
        shape = (*frames.shape[:1], *xs.shape[1:], image.shape[-1])
        out = ctx.empty(shape if image.ndim == 4 else shape[1:], image.dtype)
        result = out if out.flags.c_contiguous else np.empty(out.shape, out.dtype)
        limits = (np.nan, np.nan)
        if image.dtype.kind != "f":
            limits = (float(np.iinfo(image.dtype).min), float(np.iinfo(image.dtype).max))
        for k, target in enumerate(result.reshape(shape)):
            x, y = xs[min(k, len(xs) - 1)], ys[min(k, len(ys) - 1)]
            _remap.remap(frames[k], x, y, self.shift, self.taps, *limits, target)
        return result

    @staticmethod
    def _map(ctx: SampleContext, index: int, values: Array, frames: int, sequence: bool) -> Array:
        """A map as (maps, height, width), where there is one map, or as many as frames."""
        name = ("", "mapx", "mapy")[index]
        if values.dtype != np.float32:
            raise ValueError(f"{name} must be FLOAT, got {values.dtype}")
        layout = ctx.batch.in_layouts[index]
        if layout and layout not in _MAP and not layout.startswith("F"):
            raise ValueError(f"{name} must have one of the layouts {', '.join(_MAP)}, got {layout!r}")
        framed = layout.startswith("F") if layout else values.ndim == 4 or (values.ndim == 3 and values.shape[-1] != 1)
        if values.ndim == 3 + framed and values.shape[-1] == 1:
            values = values[..., 0]
        if values.ndim != 2 + framed:
            raise ValueError(f"{name} must have a height, a width and at most one channel, got shape {values.shape}")
        if not framed:
            return values[None]
        if not sequence or len(values) not in (1, frames):
            raise ValueError(f"{name} has maps for {len(values)} frames, but the input {frames if sequence else 'no'}")
        return values
