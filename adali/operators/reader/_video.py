"""What the readers of videos share: which files, which frames of them, and decoding on the worker threads."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adali.errors import StorageError
from adali.kernels.video import IMAGE_TYPES, PADDING, Empty, Index, decode, padded, pyav, read_index
from adali.operators.base import Arg, ArgKind, Array, SampleContext, SampleOperator
from adali.operators.gpu import GpuContext
from adali.operators.reader._open_videos import OpenVideos
from adali.operators.reader.container import DamagedError
from adali.operators.reader.files import FilesReader, matcher
from adali.operators.reader.loader import READER_ARGS
from adali.operators.video_args import SEQUENCE_LENGTH
from adali.storage import any_url, dirname, is_url, join, local_path
from adali.types import DALIDataType, DALIImageType

__all__ = ["VIDEO_ARGS", "DecodeSequence", "Listed", "SequenceReaderBase", "frame_num_of"]

#: Endings of the files in ``file_root`` that must be videos.
_VIDEOS = tuple(
    f"*.{e}"
    for e in [
        "3gp",
        "avi",
        "flv",
        "h264",
        "h265",
        "hevc",
        "ivf",
        "m2ts",
        "m4v",
        "mkv",
        "mov",
        "mp4",
        "mpeg",
        "mpg",
        "mts",
        "ogv",
        "ts",
        "vob",
        "webm",
        "wmv",
    ]
)

VIDEO_ARGS = (
    *READER_ARGS,
    Arg(
        "enable_frame_num",
        ArgKind.STR,
        "none",
        'An output with the numbers of frames, int32: "scalar" (or True) for that of the first frame, of shape (1,); '
        '"sequence" for those of all frames, -1 for one that is filled in; "none" (or False) for no such output.',
    ),
    Arg(
        "enable_timestamps",
        ArgKind.BOOL,
        False,
        "An output with the times of the frames in seconds, float64 of shape (frames,), -1 for one that is filled in. "
        "The first frame of the video is at 0.",
    ),
    Arg("file_root", ArgKind.STR, None, "Folder that holds one folder of videos for each class."),
    Arg("filenames", ArgKind.STRS, None, "Names of the videos."),
    Arg("image_type", ArgKind.IMAGE_TYPE, DALIImageType.RGB, "Colours of the frames: RGB or YCbCr."),
    Arg("labels", ArgKind.INTS, None, "Labels of the videos in filenames."),
    SEQUENCE_LENGTH,
    Arg(
        "step",
        ArgKind.INT,
        -1,
        "From the first frame of a sequence to the first frame of the next one, in frames. By default (-1) sequences "
        "follow one another: sequence_length * stride.",
    ),
    Arg("stride", ArgKind.INT, 1, "From each frame of a sequence to the next one, in frames."),
)


def frame_num_of(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments with the text that ``enable_frame_num`` stands for."""
    given = kwargs.get("enable_frame_num")
    if isinstance(given, bool):
        return {**kwargs, "enable_frame_num": "scalar" if given else "none"}
    return kwargs


@dataclass(frozen=True)
class Listed:
    """A video as the user listed it, or a part of it.

    Attributes:
        path: where it lies.
        label: its class.
        start, stop: numbers of frames or times, as the list has them; None for the beginning and the end.
        required: whether a file that is no video is an error, and not left out.
    """

    path: str
    label: int
    start: float | None = None
    stop: float | None = None
    required: bool = True


class SequenceReaderBase(FilesReader):
    """Base of the readers of videos. A subclass says :meth:`range_of`, and how frames become its output."""

    always_finishes = True
    raw_columns = 1
    out_layout = "FHWC"
    _deferred = False
    #: What error messages call it.
    what = ""

    # ---- what a subclass says ------------------------------------------------------------------------------

    def range_of(self, listed: Listed, index: Index) -> tuple[int, int]:
        """The frames of a video that are wanted: the first one, and the one after the last."""
        raise NotImplementedError

    #: What is done where a sequence goes beyond the end: a value of ``adali.kernels.video.PAD_MODES``.
    pad_mode = "none"
    #: The values of a frame that is filled in.
    fill: Sequence[int] = (0,)
    #: Whether a sequence is spread over the whole video.
    uniform = False

    def finished(self, video: Array, empty: Empty) -> Array:
        """The output, made of the frames."""
        return video

    def scratch(self, empty: Empty) -> Empty:
        """What the memory of decoded frames comes from: that of the output, if these are the output."""
        return empty

    # ---- arguments -----------------------------------------------------------------------------------------

    @property
    def deferred(self) -> bool:
        """Whether an operator on the worker threads decodes; on the device this one does."""
        return self._deferred and self.spec.device != "gpu"

    @deferred.setter
    def deferred(self, value: bool) -> None:
        self._deferred = value

    def setup(self) -> None:
        args = self.args
        pyav(self.what, self.error)
        for name in ("sequence_length", "stride"):
            if args[name] < 1:
                raise self.error(f"{name} must be positive, got {args[name]}")
        if args["step"] == 0:
            raise self.error("step must not be 0: the same sequence would come again and again")
        if args["image_type"] not in IMAGE_TYPES:
            raise self.error(f"image_type must be RGB or YCbCr, got {DALIImageType(args['image_type']).name}")
        if args["enable_frame_num"] not in ("none", "scalar", "sequence"):
            raise self.error(
                f"enable_frame_num must be 'none', 'scalar' or 'sequence', got {args['enable_frame_num']!r}"
            )
        ways = [name for name in ("filenames", "file_list", "file_root") if args[name]]
        if len(ways) != 1:
            raise self.error(
                f"{ways[0]} and {ways[1]} exclude each other" if ways else "give filenames, file_list or file_root"
            )
        if args["labels"] is not None and ways != ["filenames"]:
            raise self.error("labels are only used together with filenames")
        self._outputs = [
            name
            for name, wanted in (
                ("labels", args["labels"] is not None or not args["filenames"]),
                ("frame_num", args["enable_frame_num"] != "none"),
                ("timestamps", args["enable_timestamps"]),
            )
            if wanted
        ]
        self._videos = OpenVideos(self.files)
        super().setup()

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return (self.out_layout, *[""] * (len(self.spec.outputs) - 1))

    # ---- what there is -------------------------------------------------------------------------------------

    def prepare(self) -> None:
        args = self.args
        listed = (
            self._given()
            if args["filenames"]
            else self._read_list(args["file_list"])
            if args["file_list"]
            else self._find(args["file_root"])
        )
        self.remote = any_url([each.path for each in listed])
        found = self._indices(listed)
        self._entries: list[Listed] = []
        self._known: list[Index | None] = []
        self._range: list[tuple[int, int]] = []
        self._bad: dict[int, Exception] = {}
        owners: list[npt.NDArray[np.int32]] = []
        firsts: list[npt.NDArray[np.int64]] = []
        for each in listed:
            index = found[each.path]
            starts = np.zeros(1, np.int64)
            if isinstance(index, Exception):
                if not each.required and isinstance(index, ValueError):
                    logging.getLogger("adali").warning("%s is no video: left out", each.path)
                    continue
                self._bad[len(self._entries)] = index
                self._range.append((0, 0))
            else:
                start, stop = self.range_of(each, index)
                start, stop = max(start, 0), min(stop, len(index))
                if start >= stop:
                    logging.getLogger("adali").warning("no frames of %s are wanted: left out", each.path)
                    continue
                starts = self._starts(start, stop)
                self._range.append((start, stop))
            owners.append(np.full(len(starts), len(self._entries), np.int32))
            firsts.append(starts)
            self._entries.append(each)
            self._known.append(None if isinstance(index, Exception) else index)
        self._owner = np.concatenate(owners) if owners else np.empty(0, np.int32)
        self._first = np.concatenate(firsts) if firsts else np.empty(0, np.int64)
        if len(self._bad) == len(self._entries) and self._bad:
            number, error = next(iter(self._bad.items()))
            raise self.error(f"{self._entries[number].path}: {error}") from error
        if not len(self._owner):
            raise self.error(f"none of {len(listed)} videos has the {self._reach} frames that a sequence needs")

    @property
    def _reach(self) -> int:
        """Frames that a sequence takes; those after its last frame count, as in DALI."""
        return int(self.args["sequence_length"] * self.args["stride"])

    def _starts(self, start: int, stop: int) -> npt.NDArray[np.int64]:
        """First frames of the sequences of a video."""
        if self.uniform:
            return np.array([start], np.int64)
        step = self.args["step"] if self.args["step"] > 0 else self._reach
        end = stop - self._reach + 1 if self.pad_mode == "none" else stop
        return np.arange(start, end, step, dtype=np.int64)

    def _indices(self, listed: Sequence[Listed]) -> dict[str, Index | Exception]:
        """The indices of files by their paths, or why there is none."""
        paths = list(dict.fromkeys(each.path for each in listed))

        def look(path: str) -> Index | Exception:
            try:
                return read_index(self._videos.source(path))
            except StorageError as e:
                raise self.error(f"{path}: {e}") from e
            except (OSError, ValueError) as e:
                return e

        if len(paths) == 1:
            return {paths[0]: look(paths[0])}
        with ThreadPoolExecutor(max(2, min(self.env.num_threads, 16)), "adali-index") as pool:
            return dict(zip(paths, pool.map(look, paths), strict=True))

    def _given(self) -> list[Listed]:
        names, labels = self.args["filenames"], self.args["labels"]
        if labels is None or (not labels and self.numbers_labels):
            labels = range(len(names))
        elif len(labels) != len(names):
            raise self.error(f"there are {len(names)} filenames but {len(labels)} labels")
        for label in labels:
            self._check_label(label)
        return [Listed(name, label) for name, label in zip(names, labels, strict=True)]

    #: Whether an empty list of labels stands for the numbers of the files.
    numbers_labels = False

    def _check_label(self, label: int, where: str = "") -> None:
        if not -(1 << 31) <= label < 1 << 31:
            raise self.error(f"{where}label {label} does not fit into 32 bits")

    def _read_list(self, path: str) -> list[Listed]:
        try:
            lines = self.files.text(path).split(b"\n")
        except OSError as e:
            raise self.error(f"cannot read file_list: {e}") from e
        found = []
        for number, raw in enumerate(lines, 1):
            fields = os.fsdecode(raw).split()
            if not fields:
                continue
            where = f"line {number} of {path!r}: "
            try:
                if not 2 <= len(fields) <= 4:
                    raise ValueError(f"it has {len(fields)} fields")
                label = int(fields[1])
                if label < 0:
                    raise ValueError(f"the label {label} is negative")
                limits = [float(text) for text in fields[2:]]
                if not all(map(math.isfinite, limits)):
                    raise ValueError("start and end must be finite")
                if any(limit < 0 for limit in limits) and not self.counts_frames:
                    raise ValueError("a time must not be negative; a number of a frame may be")
            except ValueError as e:
                raise self.error(f"{where}expected 'file label [start [end]]': {e}") from None
            self._check_label(label, where)
            name = join(dirname(path), fields[0]) if is_url(path) else fields[0]
            start, stop = (*limits, None, None)[:2]
            found.append(Listed(name, label, start, stop))
        if not found:
            raise self.error(f"the list {path!r} names no file")
        return found

    @property
    def counts_frames(self) -> bool:
        """Whether start and end in a list are numbers of frames."""
        raise NotImplementedError

    def _find(self, root: str) -> list[Listed]:
        folders: dict[str, list[str]] = {}
        try:
            if is_url(root):
                for name in self.files.list(root):
                    folder, slash, rest = name.partition("/")
                    if slash and rest and "/" not in rest:
                        folders.setdefault(folder, []).append(rest)
            else:
                with os.scandir(local_path(root)) as entries:
                    folders = {entry.name: [] for entry in entries if entry.is_dir()}
                for folder, names in folders.items():
                    with os.scandir(os.path.join(local_path(root), folder)) as entries:
                        names += [entry.name for entry in entries if not entry.is_dir()]
        except OSError as e:
            raise self.error(f"cannot list the files of file_root {root!r}: {e}") from e
        video = matcher(_VIDEOS, case_sensitive=False)
        found = [
            Listed(join(root, f"{folder}/{name}"), label, required=bool(video(name)))
            for label, folder in enumerate(sorted(folders, key=os.fsencode))
            for name in sorted(folders[folder], key=os.fsencode)
        ]
        if not found:
            raise self.error(f"the folders in {root!r} hold no file")
        return found

    @property
    def size(self) -> int:
        """Number of sequences."""
        return int(self._owner.size)

    def source_of(self, index: int) -> str:
        return self._entries[int(self._owner[index])].path

    def labels(self) -> npt.NDArray[Any] | None:
        if "labels" not in self._outputs:
            return None
        return np.array([each.label for each in self._entries], np.int32)[self._owner]

    # ---- a sample ------------------------------------------------------------------------------------------

    def lend(self, finishing: SampleOperator) -> None:
        assert isinstance(finishing, DecodeSequence)
        finishing.reader = self

    def load(self, index: int) -> tuple[tuple[Array, ...], str]:
        owner = int(self._owner[index])
        if owner in self._bad:
            raise DamagedError(str(self._bad[owner])) from self._bad[owner]
        path = self._entries[owner].path
        if self.deferred:
            return (np.array([index], np.int64),), path
        return self.make(index, np.empty), path

    def numbers(self, index: int) -> list[int]:
        """Numbers of the frames of a sequence, PADDING for those that are filled in."""
        length = self.args["sequence_length"]
        start, stop = self._range[self._owner[index]]
        if self.uniform:
            if length == 1:
                return [start]
            spread = start + np.arange(length) * ((stop - 1 - start) / (length - 1))
            return np.floor(spread + 0.5).astype(np.int64).tolist()  # type: ignore[no-any-return]
        wanted = int(self._first[index]) + np.arange(length, dtype=np.int64) * self.args["stride"]
        return padded(wanted, stop, self.pad_mode)

    def make(self, index: int, empty: Empty, turn: tuple[int, int] | None = None) -> tuple[Array, ...]:
        """The outputs of a sample; ``turn`` is its iteration and its place, where samples are begun in order."""
        numbers = self.numbers(index)
        video = self.finished(self.frames(index, numbers, self.scratch(empty), turn), empty)
        return (video, *self.others(index, numbers))

    def frames(self, index: int, numbers: Sequence[int], empty: Empty, turn: tuple[int, int] | None = None) -> Array:
        """The frames of a sample, decoded."""
        owner = int(self._owner[index])
        path, known = self._entries[owner].path, self._known[owner]
        assert known is not None
        wanted = [number for number in numbers if number != PADDING]
        decoder = self._videos.take(path, known, min(wanted), max(wanted) + 1, turn)
        works = False
        try:
            video = decode(decoder, numbers, empty, self.args["image_type"], self.fill)
            works = True
        finally:
            self._videos.give(decoder, works)
        return video

    def others(self, index: int, numbers: Sequence[int]) -> list[Array]:
        """The outputs beside the frames."""
        owner = int(self._owner[index])
        found: list[Array] = []
        for name in self._outputs:
            if name == "labels":
                found.append(np.array([self._entries[owner].label], np.int32))
            elif name == "frame_num":
                one = self.args["enable_frame_num"] == "scalar"
                found.append(np.array(numbers[:1] if one else numbers, np.int32))
            else:
                known = self._known[owner]
                assert known is not None
                found.append(known.seconds(numbers))
        return found

    # ---- on the device -------------------------------------------------------------------------------------

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        made = tuple(ctx.to_device(batch) for batch in inputs)
        return made if len(made) > 1 else made[0]

    @property
    def concurrency(self) -> int:
        """With ``device="gpu"`` the reader decodes, with as many threads as the pipeline has."""
        wanted = super().concurrency
        return max(wanted, self.env.num_threads) if self.spec.device == "gpu" else wanted

    def close(self) -> None:
        super().close()
        videos = getattr(self, "_videos", None)
        if videos is not None:
            videos.close()


class DecodeSequence(SampleOperator):
    """Decodes the frames, on the worker threads."""

    out_layout = "FHWC"
    reader: SequenceReaderBase

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return (self.out_layout, *[""] * (len(self.spec.outputs) - 1))

    def run(self, ctx: SampleContext, *inputs: Array) -> Array | tuple[Array, ...]:
        made = self.reader.make(int(inputs[0][0]), ctx.empty, (ctx.iteration, ctx.index))
        return made if len(made) > 1 else made[0]


def outputs_of(args: Mapping[str, Any]) -> int:
    """Number of outputs with these arguments."""
    labels = args.get("labels") is not None or bool(args.get("file_list") or args.get("file_root"))
    numbers = args.get("enable_frame_num", "none") != "none"
    return sum((1, labels, bool(numbers), bool(args.get("enable_timestamps"))))


#: Types of frames.
FRAME_TYPES = (DALIDataType.UINT8, DALIDataType.FLOAT)
