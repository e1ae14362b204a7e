"""experimental.readers.video: sequences of frames of videos, with more ways to choose and to fill them."""

from __future__ import annotations

import math
from typing import Any

from adali.kernels.video import PAD_MODES, Index, check_fill
from adali.operators.base import Arg, ArgKind, operator
from adali.operators.reader._video import (
    VIDEO_ARGS,
    DecodeSequence,
    Listed,
    SequenceReaderBase,
    frame_num_of,
    outputs_of,
)
from adali.operators.video_args import FILL_VALUE

__all__ = ["VideoSequences"]

#: Whether start and end are rounded down.
_ROUNDING = {
    "start_down_end_up": (True, False),
    "start_up_end_down": (False, True),
    "all_up": (False, False),
    "all_down": (True, True),
}


class _Decode(DecodeSequence):
    pass


@operator(
    "experimental__readers__Video",
    args=(
        *VIDEO_ARGS,
        Arg(
            "file_list",
            ArgKind.STR,
            None,
            "A text file with a file name, a label and optionally start and end on each line, divided by white space: "
            "the frames from start until before end are read.",
        ),
        Arg(
            "file_list_format",
            ArgKind.STR,
            "timestamps",
            'What start and end are: "timestamps" in seconds, or "frames", numbers from 0 of which negative ones count '
            "from the end.",
        ),
        Arg(
            "file_list_include_end",
            ArgKind.BOOL,
            None,
            "With True, the frame at end is read, too. DALI documents True as its default, but leaves that frame out "
            "whatever is given; without this argument it is left out here as well.",
        ),
        Arg(
            "file_list_rounding",
            ArgKind.STR,
            "start_down_end_up",
            'Which frame is meant by a time or number between two frames: "start_down_end_up", "start_up_end_down", '
            '"all_up" or "all_down".',
        ),
        FILL_VALUE,
        Arg(
            "pad_mode",
            ArgKind.STR,
            "none",
            'What a sequence does that goes beyond the end: "none", there is no such sequence; "constant", it is '
            'filled with fill_value; "edge" or "repeat", the last frame is repeated; "reflect_1001" or "symmetric", '
            'frames come again in reverse order; "reflect_101" or "reflect", the same without the last one. A '
            "constant: how many sequences there are depends on it.",
            tensor=True,
        ),
        Arg(
            "uniform_sample",
            ArgKind.BOOL,
            False,
            "Make one sequence of each line or file, its frames being spread evenly from the first to the last one. "
            "step, stride and pad_mode play no part then.",
        ),
    ),
    num_outputs=outputs_of,
    devices=("cpu", "gpu"),
    random=True,
)
class VideoSequences(SequenceReaderBase):
    """Reads sequences of frames from videos of any format that FFmpeg knows.

    The outputs are

    * the frames, (frames, height, width, 3), uint8, layout FHWC;
    * the label, int32 of shape (1,), with ``labels``, ``file_list`` or ``file_root``;
    * with ``enable_frame_num``, the numbers of the frames;
    * with ``enable_timestamps``, their times.

    Videos are found by exactly one of ``filenames``, ``file_list`` and ``file_root`` (folders and the files in them in
    the order of their names; the number of the folder is the label; what is no video is left out). All of them may be
    URLs. A video gives a sequence for each ``step`` frames; no sequence goes beyond the video, or its part in a list,
    unless ``pad_mode`` fills it in.

    Frames are counted as they are shown, and times are those of the container, so that a variable frame rate makes no
    difference. The container of each video is read once, when the pipeline is built, to know its frames. Sequences are
    decoded on the worker threads, from the key frame before them. PyAV does the work (extra ``video``), for H.264,
    HEVC, MPEG-4, VP8, VP9, AV1, MJPEG and whatever else its FFmpeg has.

    With ``device="gpu"`` the host decodes, too, and the frames are copied to the device.

    A video that cannot be opened is one sample that fails; a frame that cannot be decoded is the failure of its
    sequence.

    Raises:
        ArgumentError: arguments that exclude each other, a list or folder that cannot be read, or nothing to read.
    """

    finish = _Decode
    what = "experimental.readers.video"

    @classmethod
    def bind(cls, kwargs: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        return frame_num_of(kwargs), None

    def setup(self) -> None:
        args = self.args
        if "pad_mode" in self.spec.arg_inputs:
            raise self.error("pad_mode must be a constant: how many sequences there are depends on it")
        for name, values in (
            ("pad_mode", PAD_MODES),
            ("file_list_rounding", _ROUNDING),
            ("file_list_format", ("frames", "timestamps")),
        ):
            if args[name] not in values:
                raise self.error(f"{name} must be one of {', '.join(values)}, got {args[name]!r}")
        problem = check_fill(args["fill_value"])
        if problem:
            raise self.error(problem)
        self.fill = args["fill_value"]
        self.pad_mode = PAD_MODES[args["pad_mode"]]
        self.uniform = args["uniform_sample"]
        super().setup()

    @property
    def counts_frames(self) -> bool:
        return bool(self.args["file_list_format"] == "frames")

    def range_of(self, listed: Listed, index: Index) -> tuple[int, int]:
        down, end_down = _ROUNDING[self.args["file_list_rounding"]]
        start, stop = 0, len(index)
        if listed.start is not None:
            start = self._frame(listed.start, index, down)
        if listed.stop is not None:
            stop = self._frame(listed.stop, index, end_down) + bool(self.args["file_list_include_end"])
        return start, stop

    def _frame(self, value: float, index: Index, down: bool) -> int:
        if self.counts_frames:
            number = math.floor(value) if down else math.ceil(value)
            return number if value >= 0 else number + len(index)
        if value >= index.duration:
            return len(index)
        return max(index.last_until(value), 0) if down else index.first_from(value)


_Decode.schema = VideoSequences.schema
