"""readers.video_resize: sequences of frames of videos, resized."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.kernels.video import Empty
from adali.operators.base import Array, SampleContext, operator
from adali.operators.gpu import GpuContext
from adali.operators.image._layout import Axes, axes_of
from adali.operators.image._resize_args import SIZE_ARGS, Filters, ResizePlan, Sizes
from adali.operators.image._resize_gpu import RESIZE_KERNELS
from adali.operators.image.resize import ResizeBase
from adali.operators.reader._video import DecodeSequence
from adali.operators.reader.video import VIDEO_READER_ARGS, VideoReaderBase, reader_outputs
from adali.operators.video_args import FRAME_DTYPE

__all__ = ["VideoReaderResize"]


class _DecodeAndResize(ResizeBase, DecodeSequence):
    """Decodes the frames and resizes them, on the worker threads."""

    def setup(self) -> None:
        self.filters = Filters(self)
        self.sizes = Sizes(self)

    def plan(self, ctx: SampleContext, image: Array, axes: Axes) -> ResizePlan:
        return self.sizes.plan(ctx, image.shape[1:3], "HW")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array | tuple[Array, ...]:
        index = int(inputs[0][0])
        numbers = self.reader.numbers(index)
        video = self.reader.frames(index, numbers, np.empty, (ctx.iteration, ctx.index))
        axes = axes_of("FHWC")
        out = self.resize(ctx, video, axes, self.plan(ctx, video, axes))
        if self.args["normalized"]:
            np.multiply(out, np.float32(1 / 255), out=out)
        others = self.reader.others(index, numbers)
        return (out, *others) if others else out


@operator(
    "readers__VideoResize",
    args=(
        *VIDEO_READER_ARGS,
        *(arg for arg in SIZE_ARGS if arg.name != "dtype"),
        FRAME_DTYPE,
    ),
    num_outputs=reader_outputs,
    devices=("cpu", "gpu"),
    legacy=("VideoReaderResize",),
    random=True,
)
class VideoReaderResize(VideoReaderBase):
    """Reads sequences of frames from videos, and resizes the frames: readers.video and resize in one.

    The outputs are those of readers.video. Sizes, regions and filters may be data of the graph.

    Raises:
        ArgumentError: arguments that exclude each other, no size, a list or folder that cannot be read, or nothing to
            read.
    """

    finish = _DecodeAndResize
    what = "readers.video_resize"

    def setup(self) -> None:
        if self.spec.device == "gpu":
            self._resizing = _DecodeAndResize(self.spec, self.env)
            self.gpu_kernels = RESIZE_KERNELS
        super().setup()

    def finished(self, video: Array, empty: Empty) -> Array:
        """What is resized on the device."""
        return video * np.float32(1 / 255) if self.args["normalized"] else video

    def make(self, index: int, empty: Empty, turn: tuple[int, int] | None = None) -> tuple[Array, ...]:
        if self.spec.device != "gpu":
            raise NotImplementedError("the operator that ends the work resizes the frames")
        return super().make(index, empty, turn)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        frames, *others = (ctx.to_device(batch) for batch in inputs)
        resized = self._resizing.run_gpu(ctx, frames)
        return (resized, *others) if others else resized


_DecodeAndResize.schema = VideoReaderResize.schema
