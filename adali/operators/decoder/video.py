"""decoders.video: an encoded video becomes frames."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.kernels.video import PAD_MODES, Decoder, check_fill, decode, in_memory, padded, pyav
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_host import run_on_host
from adali.operators.video_args import AFFINE, FILL_VALUE

_RANGE = ("start_frame", "end_frame", "sequence_length", "stride")


@operator(
    "decoders__Video",
    inputs=(Input("encoded", doc="Bytes of a video file: uint8, one dimension."),),
    args=(
        AFFINE,
        Arg(
            "build_index",
            ArgKind.BOOL,
            True,
            "Without effect: the container is always gone through first, so that only what is needed is decoded.",
        ),
        Arg(
            "end_frame",
            ArgKind.INT,
            None,
            "The frame before which to stop; by default the end. Not together with sequence_length.",
            tensor=True,
        ),
        FILL_VALUE,
        Arg(
            "frames",
            ArgKind.INTS,
            None,
            "Numbers of the frames, in any order. Not together with start_frame, end_frame, sequence_length and "
            "stride.",
            tensor=True,
        ),
        Arg(
            "pad_mode",
            ArgKind.STR,
            "constant",
            'What becomes of frames that the video does not have: "none", they are left out at the end of a range, and '
            'fail elsewhere; "constant", they are filled with fill_value; "edge" or "repeat", the first or last frame '
            'is repeated; "reflect_1001" or "symmetric", frames come again in reverse order; "reflect_101" or '
            '"reflect", the same without the last one.',
            tensor=True,
        ),
        Arg("sequence_length", ArgKind.INT, None, "Number of frames. Not together with end_frame.", tensor=True),
        Arg("start_frame", ArgKind.INT, None, "The first frame; 0 by default.", tensor=True),
        Arg("stride", ArgKind.INT, None, "From each frame to the next one, in frames; 1 by default.", tensor=True),
    ),
    devices=("cpu", "mixed"),
    legacy=("experimental__decoders__Video",),
)
class Video(SampleOperator):
    """Decodes a video in memory: all of its frames, or some of them.

    The output is (frames, height, width, 3), uint8, RGB, layout FHWC. Which frames are wanted is said by ``frames``, or
    by ``start_frame``, ``stride``, and ``end_frame`` or ``sequence_length``; by default all. Only what is needed for
    them is decoded, from the key frames before them on.

    PyAV does the work (extra ``video``), for H.264, HEVC, MPEG-4, VP8, VP9, AV1, MJPEG and whatever else its FFmpeg
    has. Frames have the size that they are stored in: neither rotation nor the shape of pixels is applied. With
    ``device="mixed"`` the host decodes one video after another, each with all threads, and the batch is copied.

    Fails on bytes that are no video or a damaged one, on a start_frame that the video does not have, and on an
    end_frame that is not behind it.
    """

    out_layout = "FHWC"

    def setup(self) -> None:
        pyav("decoders.video", self.error)
        given = [name for name in _RANGE if self.given(name)]
        if self.given("frames") and given:
            raise self.error(f"frames and {given[0]} exclude each other")
        if "end_frame" in given and "sequence_length" in given:
            raise self.error("end_frame and sequence_length exclude each other")
        if "pad_mode" not in self.spec.arg_inputs and self.args["pad_mode"] not in PAD_MODES:
            raise self.error(_no_mode(self.args["pad_mode"]))
        problem = check_fill(self.args["fill_value"])
        if problem:
            raise self.error(problem)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        (encoded,) = inputs
        if encoded.dtype != np.uint8 or encoded.ndim != 1:
            raise TypeError(f"expected the bytes of a file, uint8, one dimension; got {encoded.dtype} {encoded.shape}")
        at_once = ctx.batch.batch_size if self.spec.device == "cpu" else 1
        threads = max(1, self.env.num_threads // max(at_once, 1))
        decoder = Decoder(in_memory(encoded), threads=threads)
        try:
            return decode(decoder, self._numbers(ctx, len(decoder.index)), ctx.empty, fill=self.args["fill_value"])
        finally:
            decoder.close()

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        return run_on_host(self, ctx, *inputs)

    def _numbers(self, ctx: SampleContext, count: int) -> list[int]:
        """Numbers of the frames that are wanted of a video that has so many."""
        mode = self._mode(ctx)
        frames = ctx.arg("frames")
        if frames is not None:
            return padded(np.asarray(frames, np.int64), count, mode)
        start, end, length, stride = (
            ctx.arg(name) for name in ("start_frame", "end_frame", "sequence_length", "stride")
        )
        start = 0 if start is None else start
        stride = 1 if stride is None else stride
        if start >= count:
            raise ValueError(f"start_frame is {start}, but the video has {count} frames")
        if stride < 1:
            raise ValueError(f"stride must be positive, got {stride}")
        if length is not None:
            if length < 0:
                raise ValueError(f"sequence_length must not be negative, got {length}")
            end = start + length * stride
        elif end is None:
            end = count
        elif end <= start:
            raise ValueError(f"end_frame is {end}, which is not behind start_frame, {start}")
        if mode == "none":
            end = min(end, count)
        return padded(np.arange(start, end, stride, dtype=np.int64), count, mode)

    def _mode(self, ctx: SampleContext) -> str:
        column = ctx.batch.columns.get("pad_mode")
        name = self.args["pad_mode"] if column is None else column[ctx.index].tobytes().decode(errors="replace")
        if name not in PAD_MODES:
            raise ValueError(_no_mode(name))
        return PAD_MODES[name]


def _no_mode(name: str) -> str:
    return f"pad_mode must be one of {', '.join(PAD_MODES)}, got {name!r}"
