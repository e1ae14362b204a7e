"""resize: images of another size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adali.data import TensorListCPU
from adali.data.device_samples import pointers
from adali.graph.schema import layouts_of
from adali.kernels.resample import resample
from adali.operators.base import Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import shown
from adali.operators.image._layout import Axes, axes_of
from adali.operators.image._resize_args import RESIZE_ARGS, Filters, ResizePlan, Sizes
from adali.operators.image._resize_gpu import RESIZE_KERNELS, Job, resize_batch
from adali.types import storage_dtype

RESIZE_LAYOUTS = ("HWC", "FHWC", "CHW", "FCHW", "CFHW", "DHWC", "FDHWC", "CDHW", "FCDHW", "CFDHW")


def output_count(args: Mapping[str, Any]) -> int:
    """Two outputs with ``save_attrs``, else one."""
    return 2 if args.get("save_attrs") else 1


class ResizeBase(SampleOperator):
    """Base of the resizing operators: applies a plan to an array of any layout."""

    filters: Filters
    gpu_kernels = RESIZE_KERNELS

    def plan(self, ctx: SampleContext, image: Array, axes: Axes) -> ResizePlan:
        """Output size and region for this sample; looks at the image's shape only."""
        raise NotImplementedError

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind, shapes, starts = storage_dtype(batch._dtype), batch.shape(), pointers(batch._samples)
        axes = axes_of(batch._layout or layouts_of(batch.ndim(), RESIZE_LAYOUTS))
        dtype = kind if self.filters.dtype is None else self.filters.output_type(kind)

        def job(i: int) -> tuple[Job, tuple[int, ...]]:
            sample, shape = ctx.sample(i), shapes[i]
            size, roi = self.plan(sample, shown(starts[i], shape, kind), axes)
            lead, end = axes.lead, axes.lead + len(size)
            made = Job(
                math.prod(shape[:lead]), shape[lead:end], math.prod(shape[end:]), size, roi, self.filters.of(sample)
            )
            return made, (*shape[:lead], *size, *shape[end:])

        made = ctx.each(job)
        return resize_batch(ctx, batch, [m[0] for m in made], [m[1] for m in made], dtype, batch._layout)

    def resize(self, ctx: SampleContext, image: Array, axes: Axes, plan: ResizePlan) -> Array:
        """The resized array in the same layout."""
        size, roi = plan
        low, high, antialias = self.filters.constant or self.filters.of(ctx)
        dtype = image.dtype if self.filters.dtype is None else self.filters.output_type(image.dtype)
        if axes.hwc:
            return resample(
                image,
                size,
                min_filter=low,
                mag_filter=high,
                antialias=antialias,
                roi=roi,
                dtype=dtype,
                out=ctx.empty((*size, image.shape[2]), dtype),
            )
        lead, end = axes.lead, axes.lead + len(size)
        out = ctx.empty((*image.shape[:lead], *size, *image.shape[end:]), dtype)
        frames = math.prod(image.shape[:lead])
        # Frames, and channels in front of the image, are images of their own.
        source = np.ascontiguousarray(image).reshape(frames, *image.shape[lead:])
        target = out.reshape(frames, *out.shape[lead:])
        for i in range(frames):
            resample(
                source[i],
                size,
                min_filter=low,
                mag_filter=high,
                antialias=antialias,
                roi=roi,
                dtype=dtype,
                out=target[i],
            )
        return out


@operator(
    "Resize",
    inputs=(Input("images", RESIZE_LAYOUTS, doc="Images, volumes or sequences of them."),),
    args=RESIZE_ARGS,
    num_outputs=output_count,
    devices=("cpu", "gpu"),
    legacy=("experimental__Resize",),
)
class Resize(ResizeBase):
    """Resizes images, volumes, or all frames of sequences.

    The size is given for each axis (``size``, or ``resize_x``, ``resize_y``, ``resize_z``), or for the shortest or
    longest side. Sizes that are computed are rounded (halves away from zero) and at least 1. The layout stays; integer
    results are rounded and clamped. With ``save_attrs`` a second output holds the input's spatial shape.
    """

    def setup(self) -> None:
        self.filters = Filters(self)
        self.sizes = Sizes(self)
        self.attributes = bool(self.args["save_attrs"])

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return (inputs[0], "") if self.attributes else (inputs[0],)

    def fuse(self, following: SampleOperator) -> Callable[..., Array | tuple[Array, ...]] | None:
        from adali.operators.image.crop_mirror_normalize import CropMirrorNormalize
        from adali.operators.image.fused import ResizeCropMirrorNormalizeFused

        if isinstance(following, CropMirrorNormalize) and ResizeCropMirrorNormalizeFused.possible(self, following):
            return ResizeCropMirrorNormalizeFused(self, following).run
        return None

    def plan(self, ctx: SampleContext, image: Array, axes: Axes) -> ResizePlan:
        """Output size and region for this sample."""
        if axes.hwc:
            return self.sizes.plan(ctx, image.shape[:2], "HW")
        extents = tuple(image.shape[i] for i in axes.spatial)
        return self.sizes.plan(ctx, extents, axes.names)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array | tuple[Array, ...]:
        image = inputs[0]
        axes = axes_of(ctx.batch.in_layouts[0] or ctx.layout(image))
        out = self.resize(ctx, image, axes, self.plan(ctx, image, axes))
        if not self.attributes:
            return out
        return out, np.array([image.shape[i] for i in axes.spatial], np.int32)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        out = super().run_gpu(ctx, *inputs)
        if not self.attributes:
            return out
        batch = inputs[0]
        spatial = axes_of(batch._layout or layouts_of(batch.ndim(), RESIZE_LAYOUTS)).spatial
        shapes = [np.array([shape[i] for i in spatial], np.int32) for shape in batch.shape()]
        return out, ctx.to_device(TensorListCPU._from_samples(shapes))
