"""remap: every pixel taken from a point that the user gives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.kernels.cuda import type_code
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext, struct
from adali.operators.gpu_copy import shown
from adali.types import DALIInterpType, storage_dtype

_TAPS = {
    DALIInterpType.INTERP_NN: 1,
    DALIInterpType.INTERP_LINEAR: 2,
    DALIInterpType.INTERP_CUBIC: 4,
    DALIInterpType.INTERP_LANCZOS3: 6,
}
_TYPES = ("uint8", "int16", "uint16", "float32")
_MAP = ("HWC", "HW", "FHWC", "FHW", "F***", "F**")
_WHERE = (
    "coordinates, FLOAT, of the output's height and width, with one channel or none; one map a frame, or one for all."
)
_ROW = struct(
    *((name, "p") for name in ("in", "out", "x", "y")),
    ("size", "i8"),
    *((name, "i4") for name in ("height", "width", "channels", "padding")),
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
        frames, xs, ys = self._maps(ctx, image, *inputs[1:])
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

    gpu_kernels = (("remap.cu", "remap"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind = storage_dtype(batch._dtype)
        kinds, shapes = [storage_dtype(b._dtype) for b in inputs], [b.shape() for b in inputs]
        starts = [pointers(b._samples) for b in inputs]

        def plan(i: int) -> tuple[Array, Array, Array]:
            given = [shown(p[i], s[i], k) for p, s, k in zip(starts, shapes, kinds, strict=True)]
            return self._maps(ctx.sample(i), *given)

        plans = ctx.each(plan)
        made = []
        for (frames, xs, _), shape in zip(plans, shapes[0], strict=True):
            made.append((*frames.shape[: len(shape) - 3], *xs.shape[1:], shape[-1]))
        out = ctx.empty(made, kind, batch._layout)
        rows = []
        for (frames, xs, ys), end in zip(plans, pointers(out._samples), strict=True):
            pixels, channels = math.prod(xs.shape[1:]), frames.shape[-1]
            if not pixels * channels:
                continue
            for k, frame in enumerate(frames):
                sources = [frame, xs[min(k, len(xs) - 1)], ys[min(k, len(ys) - 1)]]
                source, *where = (a.__array_interface__["data"][0] for a in sources)
                target = end + k * pixels * channels * kind.itemsize
                rows.append((source, target, *where, pixels, *frame.shape, 0))
        table = np.array(rows, _ROW) if rows else np.zeros(0, _ROW)
        scalars = (np.int32(self.taps), np.int32(type_code(kind)), np.float64(self.shift))
        elements = int(table["size"].max(initial=0))
        ctx.launch("remap.cu", "remap", table, *scalars, elements=elements, reads=list(inputs), writes=[out])
        return out

    def _maps(self, ctx: SampleContext, image: Array, *maps: Array) -> tuple[Array, Array, Array]:
        """The image as frames, and both maps as (maps, height, width); only shapes and types are looked at."""
        if image.dtype.name not in _TYPES:
            raise ValueError(f"images must be of type UINT8, INT16, UINT16 or FLOAT, got {image.dtype}")
        frames = image if image.ndim == 4 else image[None]
        xs, ys = (self._map(ctx, i, maps[i - 1], len(frames), image.ndim == 4) for i in (1, 2))
        if xs.shape[1:] != ys.shape[1:]:
            raise ValueError(f"mapx and mapy must have the same size, got {xs.shape[1:]} and {ys.shape[1:]}")
        return frames, xs, ys

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
