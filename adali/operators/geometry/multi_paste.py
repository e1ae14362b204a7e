"""multi_paste: collages of several images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adali.data import TensorListCPU
from adali.data.device_samples import pointers
from adali.kernels.cuda import type_code
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, BatchContext, BatchOperator, Input, SampleErrors, operator
from adali.operators.gpu import GpuContext, struct
from adali.operators.gpu_copy import ghosts
from adali.types import storage_dtype, to_numpy_type

TYPES = ("uint8", "int16", "int32", "float32")

_CANVAS = struct(("out", "p"), ("size", "i8"), *((name, "i4") for name in ("width", "channels", "first", "regions")))
_PASTED = struct(("in", "p"), ("row", "i8"), *((name, "i4") for name in ("y", "x", "height", "width")))


@dataclass
class _Canvas:
    """One output.

    Attributes:
        shape: of the output.
        dtype: of the output.
        frames: for each frame the regions (views of the images) and where they start in the canvas.
    """

    shape: tuple[int, ...]
    dtype: Any
    frames: list[list[tuple[Array, list[int]]]]


def _anchor(name: str, what: str, relative: bool) -> Arg:
    kind, unit = (ArgKind.FLOAT, "relative to its extents") if relative else (ArgKind.INT, "in pixels")
    return Arg(name, kind, None, f"{what}, (y, x) for each region, {unit}.", tensor=True, per_frame=True)


@operator(
    "MultiPaste",
    inputs=(Input("images", ("HWC", "FHWC"), doc="UINT8, INT16, INT32 or FLOAT images, or sequences of them."),),
    min_inputs=1,
    max_inputs=64,
    args=(
        Arg("dtype", ArgKind.DTYPE, None, "Type of the output; that of the input by default."),
        _anchor("in_anchors", "Start of the regions in their images", False),
        _anchor("in_anchors_rel", "Start of the regions in their images", True),
        Arg(
            "in_ids",
            ArgKind.INTS,
            None,
            "Numbers of the samples of the only input that are pasted; without it, the regions come from the inputs.",
            tensor=True,
        ),
        _anchor("out_anchors", "Start of the regions in the canvas", False),
        _anchor("out_anchors_rel", "Start of the regions in the canvas", True),
        Arg(
            "output_size",
            ArgKind.INTS,
            None,
            "Size (height, width) of the canvas; may be left out if all images have one size.",
            tensor=True,
        ),
        _anchor("shapes", "Extents of the regions; up to the end of the image by default", False),
        _anchor("shapes_rel", "Extents of the regions; up to the end of the image by default", True),
    ),
    devices=("cpu", "gpu"),
)
class MultiPaste(BatchOperator):
    """Pastes regions of several images on canvases of zeros, one after the other.

    With ``in_ids``, a canvas gets the samples of these numbers; otherwise it gets the sample of its own number of each
    input. Relative starts are rounded down to whole pixels, relative extents up.
    """

    def setup(self) -> None:
        for name in ("in_anchors", "out_anchors", "shapes"):
            if self.given(name) and self.given(f"{name}_rel"):
                raise self.error(f"give either '{name}' or '{name}_rel'")
            for given in (name, f"{name}_rel"):
                if given in self.spec.args:
                    raise self.error(f"'{given}' must be given per sample, with two numbers for each region")
        if self.given("in_ids") and len(self.spec.inputs) > 1:
            raise self.error("'in_ids' needs exactly one input")
        dtype = self.args["dtype"]
        self.dtype = None if dtype is None else np.dtype(to_numpy_type(dtype))
        if self.dtype is not None and self.dtype.name not in TYPES:
            raise self.error(f"dtype {dtype.name} is not supported")

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        samples: list[Array] = []
        for canvas in self._canvases(ctx, inputs):
            out = np.zeros(canvas.shape, canvas.dtype)
            for frame, pasted in enumerate(canvas.frames):
                target = out[frame] if out.ndim == 4 else out
                for part, (v, u) in pasted:
                    place = target[v : v + part.shape[0], u : u + part.shape[1]]
                    place[...] = convert(part, target.dtype) if part.dtype != target.dtype else part
            samples.append(out)
        layout = inputs[0]._layout
        return TensorListCPU._from_samples(samples, layout, source_info=inputs[0]._source_info)

    gpu_kernels = (("paste.cu", "multi_paste"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind = storage_dtype(batch._dtype)
        canvases = self._canvases(ctx, [ghosts(b) for b in inputs])
        target = self.dtype or kind
        out = ctx.empty([c.shape for c in canvases], target, batch._layout)
        out._source_info = batch._source_info
        rows: list[Any] = []
        parts: list[Any] = []
        for canvas, address in zip(canvases, pointers(out._samples), strict=True):
            height, width, channels = canvas.shape[-3:]
            for frame, pasted in enumerate(canvas.frames):
                start = address + frame * height * width * channels * target.itemsize
                rows.append((start, height * width, width, channels, len(parts), len(pasted)))
                for part, (y, x) in pasted:
                    if part.size:
                        step = part.strides[0] // kind.itemsize
                        parts.append((part.__array_interface__["data"][0], step, y, x, *part.shape[:2]))
                    else:
                        parts.append((0, 0, 0, 0, 0, 0))
        table = np.array(rows, _CANVAS) if rows else np.zeros(0, _CANVAS)
        pasted_parts = ctx.upload(np.array(parts, _PASTED) if parts else np.zeros(1, _PASTED))
        codes = np.int32(type_code(kind)), np.int32(type_code(target))
        elements = int(table["size"].max(initial=0))
        ctx.launch(
            "paste.cu", "multi_paste", table, pasted_parts, *codes, elements=elements, reads=list(inputs), writes=[out]
        )
        return out

    def _canvases(self, ctx: BatchContext, inputs: Sequence[TensorListCPU]) -> list[_Canvas]:
        """What each output is made of; of the inputs only shapes and types are looked at.

        Raises:
            ValueError: the inputs have different types.
            SampleErrors: what is wrong with which sample.
        """
        if any(b._samples[0].dtype != inputs[0]._samples[0].dtype for b in inputs if len(b)):
            raise ValueError("all inputs must have one type")
        canvases: list[_Canvas] = []
        errors: dict[int, Exception] = {}
        for i in range(ctx.batch_size):
            try:
                canvases.append(self._canvas(ctx, i, inputs))
            except ValueError as e:
                errors[i] = e
        if errors:
            raise SampleErrors(errors)
        return canvases

    def _canvas(self, ctx: BatchContext, i: int, inputs: Sequence[TensorListCPU]) -> _Canvas:
        if self.given("in_ids"):
            ids = [int(v) for v in ctx.arg("in_ids", i)]
            if any(not 0 <= v < len(inputs[0]) for v in ids):
                raise ValueError(f"'in_ids' {ids} are not all within 0 to {len(inputs[0]) - 1}")
            images = [inputs[0]._samples[v] for v in ids]
        else:
            images = [batch._samples[i] for batch in inputs]
        reference = images[0] if images else inputs[0]._samples[i]
        if reference.dtype.name not in TYPES:
            raise ValueError(f"images must be of type {', '.join(TYPES)}, got {reference.dtype}")
        frames = reference.shape[:-3]
        if any(m.shape[-1] != reference.shape[-1] or m.shape[:-3] != frames for m in images):
            raise ValueError("the images have different numbers of channels or frames")
        size = ctx.arg("output_size", i)
        if not size:
            if len({s.shape for batch in inputs for s in batch._samples}) > 1:
                raise ValueError("the images have different sizes; give 'output_size'")
            size = reference.shape[-3:-1]
        if len(size) != 2 or min(size) < 0:
            raise ValueError(f"'output_size' must be a height and a width, got {list(size)}")
        shape = (int(size[0]), int(size[1]))
        pasted = []
        for frame in range(frames[0] if frames else 1):
            parts = []
            for k, image in enumerate(images):
                source = image[frame] if frames else image
                (y, x), to, (h, w) = self._region(ctx, i, frame, k, len(images), source.shape[:2], shape)
                parts.append((source[y : y + h, x : x + w], to))
            pasted.append(parts)
        return _Canvas((*frames, *shape, reference.shape[-1]), self.dtype or reference.dtype, pasted)

    def _region(
        self, ctx: BatchContext, i: int, frame: int, k: int, count: int, extents: Sequence[int], canvas: Sequence[int]
    ) -> tuple[list[int], list[int], list[int]]:
        """Start in the image, start in the canvas, extents."""
        start = self._pair(ctx, "in_anchors", i, frame, k, count, extents, up=False) or [0, 0]
        to = self._pair(ctx, "out_anchors", i, frame, k, count, canvas, up=False) or [0, 0]
        size = self._pair(ctx, "shapes", i, frame, k, count, extents, up=True)
        if size is None:
            size = [e - a for e, a in zip(extents, start, strict=True)]
        for a, b, n, extent, room in zip(start, to, size, extents, canvas, strict=True):
            if a < 0 or n < 0 or a + n > extent:
                raise ValueError(f"the region from {start} of {size} pixels leaves the image of {tuple(extents)}")
            if b < 0 or b + n > room:
                raise ValueError(f"the region of {size} pixels at {to} leaves the canvas of {tuple(canvas)}")
        return start, to, size

    @staticmethod
    def _pair(
        ctx: BatchContext, name: str, i: int, frame: int, k: int, count: int, extents: Sequence[int], *, up: bool
    ) -> list[int] | None:
        relative = name not in ctx.columns
        values: Any = ctx.columns.get(f"{name}_rel" if relative else name)
        if values is None:
            return None
        value = values[i]
        if value.ndim == 3 and len(value):
            value = value[frame if len(value) > 1 else 0]
        if value.shape != (count, 2):
            raise ValueError(f"'{name}' must have the shape ({count}, 2) for {count} regions, got {values[i].shape}")
        if not relative:
            return [int(v) for v in value[k]]
        scaled = value[k].astype(np.float32) * np.array(extents, np.float32)
        return [int(v) for v in (np.ceil(scaled) if up else np.floor(scaled))]
