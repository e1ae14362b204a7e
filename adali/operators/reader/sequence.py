"""readers.sequence: sequences of frames that are stored as single images."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adali.kernels.imagecodec import decode, probe
from adali.operators.base import REQUIRED, Arg, ArgKind, Array, SampleContext, SampleOperator, operator
from adali.operators.decoder._common import OUTPUT_TYPES
from adali.operators.reader.file import DEFAULT_FILTERS
from adali.operators.reader.files import FilesReader, matcher
from adali.operators.reader.loader import READER_ARGS
from adali.storage import Request, is_url, join, local_path
from adali.types import DALIDataType, DALIImageType

__all__ = ["SequenceReader"]

_IMAGES = DEFAULT_FILTERS[: DEFAULT_FILTERS.index("*.flac")]


def _decode(
    encoded: Array, lengths: Array, image_type: DALIImageType, empty: Callable[[tuple[int, ...], Any], Array]
) -> Array:
    """Frames, one after the other in ``encoded``, as (frames, height, width, channels)."""
    output_type, channels = OUTPUT_TYPES[image_type]
    ends = np.cumsum(lengths).tolist()
    out: Array | None = None
    for number, (end, length) in enumerate(zip(ends, lengths.tolist(), strict=True)):
        data = encoded[end - length : end]
        try:
            info = probe(data, use_orientation=False)
            shape = (info.height, info.width, channels or info.channels)
            if out is None:
                out = empty((len(ends), *shape), np.uint8)
            if shape != out.shape[1:]:
                raise ValueError(f"its shape is {shape}, but that of frame 0 is {out.shape[1:]}")
            decode(data, output_type=output_type, use_orientation=False, out=out[number])
        except ValueError as e:
            raise ValueError(f"frame {number} of the sequence: {e}") from None
    assert out is not None
    return out


class _Decode(SampleOperator):
    """Decodes the frames, on the worker threads."""

    out_layout = "FHWC"

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        return _decode(inputs[0], inputs[1], self.args["image_type"], ctx.empty)


@operator(
    "readers__Sequence",
    args=(
        *READER_ARGS,
        Arg("file_root", ArgKind.STR, REQUIRED, "Folder that holds one folder of images for each stream."),
        Arg(
            "image_type",
            ArgKind.IMAGE_TYPE,
            DALIImageType.RGB,
            "Colours of the output: RGB, BGR, GRAY, YCbCr or ANY_DATA, as in decoders.image.",
        ),
        Arg("sequence_length", ArgKind.INT, REQUIRED, "Number of frames in a sequence."),
        Arg(
            "step", ArgKind.INT, 1, "From the first frame of a sequence to the first frame of the next one, in frames."
        ),
        Arg("stride", ArgKind.INT, 1, "From each frame of a sequence to the next one, in frames."),
    ),
    legacy=("SequenceReader",),
    random=True,
)
class SequenceReader(FilesReader):
    """Reads sequences of frames, each of which is an image in a file of its own.

    The output is (frames, height, width, channels), uint8, layout FHWC. ``file_root``, which may be a URL, holds one
    folder for each stream. Streams and the frames in them are taken in the order of their names (byte by byte). No
    sequence goes beyond its stream; what is left of it is not used. Files of other types than images, those beside the
    folders and those in deeper folders are left out.

    A frame that cannot be read or decoded, or of another size than the first one of its sequence, is the failure of the
    sequence.
    """

    output_types = (DALIDataType.UINT8,)
    out_layout = "FHWC"
    finish = _Decode
    always_finishes = True
    raw_columns = 2

    def setup(self) -> None:
        for name in ("sequence_length", "step", "stride"):
            if self.args[name] < 1:
                raise self.error(f"{name} must be positive, got {self.args[name]}")
        super().setup()

    def prepare(self) -> None:
        root = self.args["file_root"]
        self.remote = is_url(root)
        try:
            names = self.files.list(root) if self.remote else _list_streams(local_path(root))
        except OSError as e:
            raise self.error(f"cannot list the streams of file_root {root!r}: {e}") from e
        wanted = matcher(_IMAGES, case_sensitive=False)
        streams: dict[str, list[str]] = {}
        for name in names:
            stream, _, frame = name.partition("/")
            if frame and "/" not in frame and wanted(frame) and not (frame[0] == "." or stream[0] == "."):
                streams.setdefault(stream, []).append(name)
        length, step, stride = (self.args[name] for name in ("sequence_length", "step", "stride"))
        reach = (length - 1) * stride + 1
        self._sequences: list[list[str]] = []
        for stream in sorted(streams, key=os.fsencode):
            frames = sorted(streams[stream], key=os.fsencode)
            for first in range(0, len(frames) - reach + 1, step):
                self._sequences.append(frames[first : first + reach : stride])
        if not self._sequences:
            longest = max(map(len, streams.values()), default=0)
            raise self.error(
                f"no stream in {root!r} has the {reach} frames that a sequence needs; the longest of {len(streams)} "
                f"has {longest}"
            )

    @property
    def size(self) -> int:
        return len(self._sequences)

    def locate(self, source: str) -> str:
        return join(self.args["file_root"], source)

    def source_of(self, index: int) -> str:
        return self._sequences[index][0]

    def requests(self, index: int) -> Sequence[Request]:
        if not self.remote:
            return ()
        return [(join(self.args["file_root"], name), 0, None) for name in self._sequences[index]]

    def load(self, index: int) -> tuple[tuple[Array, ...], str]:
        names = self._sequences[index]
        frames = [self.files.read(join(self.args["file_root"], name)) for name in names]
        raw = np.concatenate(frames), np.array([len(frame) for frame in frames], np.int64)
        if self.deferred:
            return raw, names[0]
        return (_decode(*raw, self.args["image_type"], np.empty),), names[0]


def _list_streams(root: str) -> list[str]:
    names = []
    with os.scandir(root) as entries:
        streams = [entry for entry in entries if entry.is_dir()]
    for stream in streams:
        with os.scandir(stream.path) as entries:
            names += [f"{stream.name}/{entry.name}" for entry in entries if not entry.is_dir()]
    return names


_Decode.schema = SequenceReader.schema
