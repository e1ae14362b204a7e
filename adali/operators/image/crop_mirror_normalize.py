"""crop_mirror_normalize: the last step of most image pipelines, in one pass over the pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adali.graph.schema import layouts_of
from adali.kernels.cuda import type_code
from adali.kernels.normalize import affine, convert, crop_mirror_normalize
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext, addresses, struct
from adali.operators.gpu_copy import packed
from adali.operators.image._crop_args import CROP_ARGS, CropWindow, Window
from adali.operators.image._layout import axes_of, permutation
from adali.operators.image._slicing import OUT_OF_BOUNDS_ARGS, policy_of, require_bounds, trim
from adali.operators.image.crop import CROP_LAYOUTS
from adali.types import DALIDataType, storage_dtype, to_numpy_type

_ROW = struct(
    ("in", "p"),
    ("out", "p"),
    ("size", "i8"),
    ("in_stride", "i8", 5),
    ("out_stride", "i8", 5),
    ("shape", "i4", 4),
    ("start", "i4", 3),
    ("extent", "i4", 3),
    *((name, "i4") for name in ("channels", "total", "mirror", "means", "scales", "fills", "fill_step")),
)
_FAST = {
    ("uint8", "float32"): "cmn_u8_f32",
    ("uint8", "float16"): "cmn_u8_f16",
    ("float32", "float32"): "cmn_f32_f32",
    ("float32", "float16"): "cmn_f32_f16",
}

_DTYPES = (DALIDataType.FLOAT, DALIDataType.FLOAT16, DALIDataType.UINT8, DALIDataType.INT8)


@operator(
    "CropMirrorNormalize",
    inputs=(Input("images", CROP_LAYOUTS, doc="Images, volumes or sequences of them."),),
    args=(
        *CROP_ARGS,
        *OUT_OF_BOUNDS_ARGS,
        Arg("dtype", ArgKind.DTYPE, DALIDataType.FLOAT, "Type of the output: FLOAT, FLOAT16, UINT8 or INT8."),
        Arg("output_dtype", ArgKind.DTYPE, None, "Old name of dtype.", deprecated="dtype"),
        Arg("image_type", ArgKind.IMAGE_TYPE, None, "Without effect.", deprecated=""),
        Arg("mean", ArgKind.FLOATS, (0.0,), "Mean to subtract: one value, or one for each channel.", tensor=True),
        Arg("std", ArgKind.FLOATS, (1.0,), "Divisor: one value, or one for each channel.", tensor=True),
        Arg("scale", ArgKind.FLOAT, 1.0, "Factor on the normalized values."),
        Arg("shift", ArgKind.FLOAT, 0.0, "Added after scaling."),
        Arg("mirror", ArgKind.INT, 0, "Nonzero swaps left and right of the window.", tensor=True),
        Arg(
            "output_layout",
            ArgKind.LAYOUT,
            "CHW",
            'Layout of the output: the axes of the input in any order. "" keeps that of the input.',
        ),
        Arg(
            "pad_output",
            ArgKind.BOOL,
            False,
            'Add channels until their number is a power of 2; zero, or fill_values with the policy "pad".',
        ),
    ),
    devices=("cpu", "gpu"),
)
class CropMirrorNormalize(SampleOperator):
    """Cuts a window out of images, mirrors it, normalizes it, and changes type and layout, all in one pass.

    The output is ``scale * (pixel - mean) / std + shift``. For integer types it is rounded (halves away from zero) and
    clamped. Where the window leaves the image, ``out_of_bounds_policy`` "pad" writes fill_values as they are, not
    normalized; "trim_to_shape" makes the window smaller; "error" refuses.
    """

    def setup(self) -> None:
        args = self.args
        if args["dtype"] not in _DTYPES:
            raise self.error(f"dtype {args['dtype'].name} is not supported; use " + ", ".join(t.name for t in _DTYPES))
        self.crop = CropWindow(self)
        self.policy = policy_of(self)
        if self.policy not in ("error", "pad", "trim"):
            raise self.error('out_of_bounds_policy must be "error", "pad" (or "constant"), or "trim_to_shape"')
        if not args["mean"] or not args["std"]:
            raise self.error("mean and std need at least one value")
        self.dtype = np.dtype(to_numpy_type(args["dtype"]))
        self.target = args["output_layout"]
        self.pad_output = bool(args["pad_output"])
        # As in DALI, fill_values belong to the policy "pad"; channels added under another one are zero.
        self.fill = np.asarray(args["fill_values"] if self.policy == "pad" else (0.0,), np.float32)
        if self.dtype.kind == "i" or self.dtype.kind == "u":
            self.fill = np.trunc(self.fill)  # as in DALI, cast without rounding
        given = self.spec.arg_inputs
        self.mirror: int | None = None if "mirror" in given else args["mirror"]
        self.per_sample = "mean" in given or "std" in given
        #: Number of channels -> (mean, 1 / std); for all numbers of channels where 0 is a key.
        self.folded: dict[int, tuple[Any, Any]] = {}

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        if self.target and inputs[0]:
            self._check_target(inputs[0])
        return (self.target or inputs[0],)

    def _check_target(self, layout: str) -> None:
        if sorted(layout) != sorted(self.target):
            raise ValueError(
                f"output_layout {self.target!r} must have the axes of the input's layout {layout!r} in some order"
            )

    def affine(self, ctx: SampleContext, channels: int) -> tuple[Any, Any]:
        """Mean and reciprocal of std, one value a channel, with scale and shift folded in.

        Raises:
            ValueError: the number of values does not fit the number of channels.
        """
        if not self.per_sample:
            known = self.folded.get(channels)
            if known is not None:
                return known
        mean, std = ctx.arg("mean"), ctx.arg("std")
        for name, values in (("mean", mean), ("std", std)):
            if len(values) not in (1, channels):
                raise ValueError(f"{name} has {len(values)} values, the images have {channels} channels")
        with np.errstate(divide="ignore", invalid="ignore"):
            pair = affine(mean, std, self.args["scale"], self.args["shift"], channels)
        if not self.per_sample:
            self.folded[channels] = pair
        return pair

    def fill_of(self, channels: int, total: int) -> Array:
        """Fill values for images of ``channels`` channels, of which ``total`` are written.

        Raises:
            ValueError: there is neither one, nor one for each channel.
        """
        fill = self.fill
        if fill.size == 1 or fill.size == total:
            return fill
        if fill.size != channels:
            raise ValueError(f"{fill.size} fill_values were given for {channels} channels")
        return np.concatenate([fill, np.zeros(total - channels, np.float32)])

    def mirrored(self, ctx: SampleContext) -> bool:
        """Whether this sample is mirrored."""
        mirror = self.mirror
        return bool(ctx.arg("mirror") if mirror is None else mirror)

    def window(self, ctx: SampleContext, height: int, width: int) -> Window:
        """The window of this sample, made to obey the out-of-bounds policy.

        Raises:
            ValueError: it leaves the image, and the policy is "error".
        """
        window = self.crop.window(ctx, height, width)
        y, x, h, w = window
        if self.policy != "pad" and (y < 0 or x < 0 or y + h > height or x + w > width):
            if self.policy == "error":
                require_bounds((y, x), (h, w), (height, width))
            (y, x), (h, w) = trim((y, x), (h, w), (height, width))
            return y, x, h, w
        return window

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        layout = ctx.batch.in_layouts[0] or ctx.layout(image)
        target = self.target
        if layout != "HWC" or (target != "CHW" and target != "HWC" and target):
            if layout == "FHWC" and target in ("FCHW", "FHWC") and self.crop.keeps_depth and not self.pad_output:
                return self._run_frames(ctx, image)
            return self._run_any(ctx, image, layout)
        height, width, channels = image.shape
        window = self.window(ctx, height, width)
        mean, inv_std = self.affine(ctx, channels)
        total = 1 << (channels - 1).bit_length() if self.pad_output else channels
        chw = target == "CHW"
        shape = (total, window[2], window[3]) if chw else (window[2], window[3], total)
        return crop_mirror_normalize(
            image,
            window,
            self.mirrored(ctx),
            mean=mean,
            inv_std=inv_std,
            dtype=self.dtype,
            layout="CHW" if chw else "HWC",
            pad_output=self.pad_output,
            fill=self.fill if self.fill.size == 1 else self.fill_of(channels, total),
            out=ctx.empty(shape, self.dtype),
        )

    gpu_kernels = tuple(("cmn.cu", name) for name in ("cmn_u8_f32", "cmn_any"))

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind, shapes = storage_dtype(batch._dtype), batch.shape()
        layout = batch._layout or layouts_of(batch.ndim(), CROP_LAYOUTS)
        target = self.target or layout
        if target != layout:
            self._check_target(layout)
        table = np.zeros(len(batch), _ROW)
        table["in"] = addresses(batch)
        values: list[float] = []
        known: dict[bytes, int] = {}

        def place(array: Any) -> int:
            """Where values stand in the table of all samples, put there now if they are new."""
            key = array.tobytes()
            if key not in known:
                known[key] = len(values)
                values.extend(array.tolist())
            return known[key]

        made = ctx.each(lambda i: self._row(ctx.sample(i), table[i], shapes[i], layout, target, place))
        out = ctx.empty(made, self.dtype, target if batch._layout or self.target else "")
        table["out"] = addresses(out)
        pair = (kind.name, self.dtype.name)
        name = _FAST.get(pair, "cmn_any")
        floats = ctx.upload(np.asarray(values, np.float32))
        ctx.launch(
            "cmn.cu",
            name,
            table,
            floats,
            np.int32(type_code(kind)),
            np.int32(type_code(self.dtype)),
            elements=int(table["size"].max(initial=0)),
            reads=[batch],
            writes=[out],
        )
        return out

    def _row(
        self,
        ctx: SampleContext,
        row: Any,
        shape: tuple[int, ...],
        layout: str,
        target: str,
        place: Callable[[Any], int],
    ) -> tuple[int, ...]:
        """Fill in a sample's row of the kernel's table; returns the shape of its output."""
        if "D" not in layout:  # frames of flat images are cropped as depth is
            layout, target = layout.replace("F", "D"), target.replace("F", "D")
        extents = dict(zip(layout, shape, strict=True))
        spatial = [c for c in "DHW" if c in layout]
        whole = [extents[c] for c in spatial]
        start, size = self.crop.box(ctx, "".join(spatial), whole)
        if self.policy == "error":
            require_bounds(start, size, whole)
        elif self.policy == "trim":
            start, size = trim(start, size, whole)
        channels = extents["C"]
        total = 1 << (channels - 1).bit_length() if self.pad_output else channels
        mean, inv_std = self.affine(ctx, channels)
        fill = self.fill_of(channels, total)
        by_name = {**extents, **dict(zip(spatial, size, strict=True)), "C": total}
        made = tuple(by_name[c] for c in target)
        strides = dict(zip(layout, packed(shape), strict=True)), dict(zip(target, packed(made), strict=True))
        for field, names in zip(("in_stride", "out_stride"), strides, strict=True):
            row[field] = [names.get(c, 0) for c in "FDHWC"]
        row["shape"] = [by_name.get(c, 1) for c in "FDHW"]
        row["start"] = [0] * (3 - len(start)) + list(start)
        row["extent"] = [1] * (3 - len(whole)) + whole
        row["size"] = math.prod(row["shape"].tolist())
        if row["size"] > 0x7FFFFFFF:
            raise ValueError("images of more than 2147483647 pixels are not supported on the GPU")
        row["channels"], row["total"], row["mirror"] = channels, total, self.mirrored(ctx)
        row["means"], row["scales"], row["fills"] = place(mean), place(inv_std), place(fill)
        row["fill_step"] = 0 if fill.size == 1 else 1
        return made

    def _run_frames(self, ctx: SampleContext, video: Array) -> Array:
        """Frames one by one, by the same way as images."""
        frames, height, width, channels = video.shape
        window = self.window(ctx, height, width)
        mean, inv_std = self.affine(ctx, channels)
        chw = self.target == "FCHW"
        shape = (channels, window[2], window[3]) if chw else (window[2], window[3], channels)
        out = ctx.empty((frames, *shape), self.dtype)
        fill, mirror = self.fill_of(channels, channels), self.mirrored(ctx)
        for source, result in zip(video, out, strict=True):
            crop_mirror_normalize(
                source,
                window,
                mirror,
                mean=mean,
                inv_std=inv_std,
                dtype=self.dtype,
                layout="CHW" if chw else "HWC",
                fill=fill,
                out=result,
            )
        return out

    def _run_any(self, ctx: SampleContext, array: Array, layout: str) -> Array:
        """Any layouts: the part of the window inside the array, channels last, as one tall image."""
        target = self.target or layout
        if target != layout:
            self._check_target(layout)
        if "D" not in layout:  # frames of flat images are cropped as depth is
            layout, target = layout.replace("F", "D"), target.replace("F", "D")
        axes = axes_of(layout)
        others = "".join(c for c in layout if c not in "DHWC")
        canonical = others + "".join(c for c in "DHWC" if c in layout)
        source = array.transpose(permutation(layout, canonical))
        spatial = slice(len(others), source.ndim - 1)
        extents = source.shape[spatial]
        start, size = self.crop.box(ctx, canonical[spatial], extents)
        if self.policy == "error":
            require_bounds(start, size, extents)
        low, count = trim(start, size, extents)
        if self.policy == "trim":
            start, size = low, count
        channels = array.shape[axes.channel]
        mean, inv_std = self.affine(ctx, channels)
        total = 1 << (channels - 1).bit_length() if self.pad_output else channels
        full = (*source.shape[: len(others)], *size, total)
        by_name = dict(zip(canonical, full, strict=True))
        out = ctx.empty(tuple(by_name[c] for c in target), self.dtype)
        result = out.transpose(permutation(target, canonical))
        if count != size or total != channels:
            result[...] = convert(self.fill_of(channels, total), self.dtype)
        if not all(count):
            return out
        mirror = self.mirrored(ctx)
        offset = [a - b for a, b in zip(low, start, strict=True)]
        if mirror:
            offset[-1] = size[-1] - offset[-1] - count[-1]
        there = tuple(slice(a, a + n) for a, n in zip(low, count, strict=True))
        here = tuple(slice(a, a + n) for a, n in zip(offset, count, strict=True))
        part = np.ascontiguousarray(source[(slice(None),) * len(others) + there])
        normal = crop_mirror_normalize(
            part.reshape(-1, count[-1], channels),
            None,
            mirror,
            mean=mean,
            inv_std=inv_std,
            dtype=self.dtype,
            layout="HWC",
        )
        result[(slice(None),) * len(others) + here + (slice(0, channels),)] = normal.reshape(part.shape)
        return out
