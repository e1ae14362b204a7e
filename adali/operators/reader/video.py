"""readers.video: sequences of frames of videos."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from adali.kernels.video import Empty, Index
from adali.operators.base import Arg, ArgKind, Array, operator
from adali.operators.reader._video import (
    FRAME_TYPES,
    VIDEO_ARGS,
    DecodeSequence,
    Listed,
    SequenceReaderBase,
    frame_num_of,
    outputs_of,
)
from adali.operators.video_args import FRAME_DTYPE
from adali.types import DALIDataType

__all__ = ["VIDEO_READER_ARGS", "VideoReader", "VideoReaderBase", "reader_outputs"]

VIDEO_READER_ARGS = (
    *VIDEO_ARGS,
    Arg("additional_decode_surfaces", ArgKind.INT, 2, "Concerns the decoder of a GPU; without effect."),
    Arg("channels", ArgKind.INT, 3, "Number of channels; there are always 3."),
    Arg(
        "file_list",
        ArgKind.STR,
        None,
        "A text file with a file name, a label and optionally start and end on each line, divided by white space: the "
        "frames from start until before end are read. Lines whose start and end are the same are left out.",
    ),
    Arg(
        "file_list_frame_num",
        ArgKind.BOOL,
        False,
        "Start and end in the list are numbers of frames from 0, of which negative ones count from the end; the start "
        "is rounded up and the end down. Otherwise they are times in seconds.",
    ),
    Arg(
        "file_list_include_preceding_frame",
        ArgKind.BOOL,
        False,
        "Round a start time down to the frame before it and an end time up to the frame after it, rather than the "
        "other way round. Without effect on numbers of frames.",
    ),
    Arg("normalized", ArgKind.BOOL, False, "Values from 0 to 1 instead of 0 to 255; needs dtype FLOAT."),
    Arg(
        "pad_sequences",
        ArgKind.BOOL,
        False,
        "Also read the sequences that go beyond the end; frames that are missing are black.",
    ),
    Arg(
        "skip_vfr_check",
        ArgKind.BOOL,
        False,
        "Without effect: videos of a variable frame rate are read as they are, frame by frame, so nothing is checked.",
    ),
)


def reader_outputs(args: Mapping[str, Any]) -> int:
    """Number of outputs: as in DALI, file_root gives no numbers and no times."""
    if args.get("file_root") and not args.get("file_list"):
        return 2
    return outputs_of(args)


class VideoReaderBase(SequenceReaderBase):
    """What readers.video and readers.video_resize share."""

    numbers_labels = True

    @classmethod
    def bind(cls, kwargs: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        return frame_num_of(kwargs), None

    def setup(self) -> None:
        args = self.args
        if args["dtype"] not in FRAME_TYPES:
            raise self.error(f"dtype must be UINT8 or FLOAT, got {DALIDataType(args['dtype']).name}")
        if args["normalized"] and args["dtype"] != DALIDataType.FLOAT:
            raise self.error("normalized needs dtype FLOAT: values from 0 to 1 are no integers")
        if args["channels"] != 3:
            raise self.error(f"channels must be 3, got {args['channels']}")
        if args["file_root"]:
            for name, default in (("enable_frame_num", "none"), ("enable_timestamps", False)):
                if args[name] != default:
                    raise self.error(f"{name} needs filenames or file_list, as in DALI; file_root gives labels only")
        self.pad_mode = "constant" if args["pad_sequences"] else "none"
        super().setup()

    @property
    def counts_frames(self) -> bool:
        return bool(self.args["file_list_frame_num"])

    def range_of(self, listed: Listed, index: Index) -> tuple[int, int]:
        start, stop = 0, len(index)
        preceding = self.args["file_list_include_preceding_frame"]
        if listed.start is not None:
            start = self._frame(listed.start, index, bool(preceding))
        if listed.stop is not None:
            stop = self._frame(listed.stop, index, not preceding, end=True)
        return start, stop

    def _frame(self, value: float, index: Index, down: bool, end: bool = False) -> int:
        if self.counts_frames:
            number = math.floor(value) if end else math.ceil(value)
            return number if value >= 0 else number + len(index)
        if value >= index.duration:
            return len(index)
        return max(index.last_until(value), 0) if down else index.first_from(value)


class _Decode(DecodeSequence):
    pass


@operator(
    "readers__Video",
    args=(
        *VIDEO_READER_ARGS,
        FRAME_DTYPE,
    ),
    num_outputs=reader_outputs,
    devices=("cpu", "gpu"),
    legacy=("VideoReader",),
    random=True,
)
class VideoReader(VideoReaderBase):
    """Reads sequences of frames from videos of any format that FFmpeg knows.

    The outputs are

    * the frames, (frames, height, width, 3), layout FHWC;
    * the label, int32 of shape (1,), with ``labels`` (an empty list stands for the numbers of the files),
      ``file_list`` or ``file_root``;
    * with ``enable_frame_num``, the numbers of the frames;
    * with ``enable_timestamps``, their times.

    In DALI this runs on the GPU only; here it is the same reader as experimental.readers.video, whose page says how
    videos are found, divided into sequences, counted and decoded, under the older arguments. A variable frame rate
    makes no difference.

    Raises:
        ArgumentError: arguments that exclude each other, a list or folder that cannot be read, or nothing to read.
    """

    finish = _Decode
    what = "readers.video"

    def scratch(self, empty: Empty) -> Empty:
        return empty if self.args["dtype"] == DALIDataType.UINT8 else np.empty

    def finished(self, video: Array, empty: Empty) -> Array:
        if self.args["dtype"] == DALIDataType.UINT8:
            return video
        out = empty(video.shape, np.float32)
        if self.args["normalized"]:
            np.multiply(video, np.float32(1 / 255), out=out, dtype=np.float32)
        else:
            out[...] = video
        return out


_Decode.schema = VideoReader.schema
