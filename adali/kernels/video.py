"""Videos, decoded with PyAV (FFmpeg's libraries): which frames there are, and any of them, in any order.

An :class:`Index` comes from the container alone, without decoding; with it a :class:`Decoder` goes to the key frame
before a frame that is wanted, and no further back. Nothing here imports PyAV before it is used.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from adali.extras import needed
from adali.kernels.yuv import Converter
from adali.types import DALIImageType

__all__ = ["IMAGE_TYPES", "PADDING", "Decoder", "Index", "Source", "decode", "pyav", "read_index"]

Array = npt.NDArray[Any]
Empty = Callable[[tuple[int, ...], Any], Array]
#: A path, or an object that reads and seeks.
Source = Any

#: Colours that frames can have.
IMAGE_TYPES = (DALIImageType.RGB, DALIImageType.YCbCr)
#: The number of a frame that is not in the video, but filled in.
PADDING = -1
_MEGABYTE = 1 << 20


def pyav(what: str, error: Callable[[str], Exception] = ImportError) -> Any:
    """The package av; see :func:`adali.extras.needed`."""
    return needed("av", what, "adali[video]", error)


@dataclass(frozen=True)
class Index:
    """The frames of a video.

    Attributes:
        pts: time of each frame, ascending, in units of ``time_base``.
        keys: numbers of the frames with which decoding can begin, the first of all being 0.
        time_base: seconds.
        size: height and width in pixels, as the container has them.
        timed: whether the times come from the container. Where it has none, frames are counted from the start.
    """

    pts: npt.NDArray[np.int64]
    keys: npt.NDArray[np.int64]
    time_base: Fraction
    size: tuple[int, int]
    timed: bool = True

    def __len__(self) -> int:
        return len(self.pts)

    def seconds(self, numbers: Sequence[int] | npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Times of frames since the first one; -1 for padding."""
        wanted = np.asarray(numbers, np.int64)
        shown = (self.pts[wanted] - self.pts[0]) * self.time_base.numerator / self.time_base.denominator
        return np.where(wanted == PADDING, -1.0, shown)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the end of the last, which counts as long as the others on average."""
        last = float(self.seconds([len(self) - 1])[0])
        return last + last / max(len(self) - 1, 1)

    def first_from(self, seconds: float) -> int:
        """Number of the first frame that is not before a time; ``len(self)`` if there is none."""
        return int(np.searchsorted(self._times(), seconds - _INSTANT, side="left"))

    def last_until(self, seconds: float) -> int:
        """Number of the last frame that is not after a time; -1 if there is none."""
        return int(np.searchsorted(self._times(), seconds + _INSTANT, side="right")) - 1

    def _times(self) -> npt.NDArray[np.float64]:
        return self.seconds(np.arange(len(self)))


#: Times that differ by no more are the same, in seconds: decimal fractions are not exact.
_INSTANT = 1e-6


def _errors() -> tuple[type[Exception], ...]:
    """What PyAV raises on damaged data; an IndexError where a stream turns up that was not there at first."""
    return (pyav("decoding a video").FFmpegError, IndexError, OverflowError)


def _opened(source: Source) -> tuple[Any, Any]:
    """A container and its first video stream.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no video.
    """
    av = pyav("decoding a video")
    # A list of other files (HLS, concat) within data from anywhere must not open files of this machine.
    local = isinstance(source, str)
    options = {"protocol_whitelist": "file" if local else "none"}
    name: Any = f"file:{source}" if local else source
    if local:
        with open(source, "rb"):  # for an error that names it
            pass
    try:
        container = av.open(name, options=options, metadata_errors="ignore", buffer_size=_MEGABYTE)
    except _errors() as e:
        raise ValueError(f"this is no video that can be read: {_reason(e)}") from e
    if not container.streams.video:
        container.close()
        raise ValueError("the file has no video in it")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        container.close()
        raise ValueError("there is no decoder for the video's codec")
    return container, stream


def _reason(error: Any) -> str:
    return str(getattr(error, "strerror", None) or error)


def read_index(source: Source) -> Index:
    """Find the frames of a video, by going through its container.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no video, or has no frame.
    """
    container, stream = _opened(source)
    try:
        index = _index_of(container, stream)
        rate = stream.guessed_rate or Fraction(25)
    finally:
        container.close()
    return index if index.timed else _counted(source, index.size, rate)


def _index_of(container: Any, stream: Any) -> Index:
    """The index of an open video, which is at its end then; an empty one where the container has no times."""
    times: list[int] = []
    keys: list[int] = []
    timed = True
    problem = ""
    try:
        for packet in container.demux(stream):
            if not packet.size or packet.is_discard:
                continue
            if packet.pts is None:
                timed = False
                break
            times.append(packet.pts)
            if packet.is_keyframe:
                keys.append(packet.pts)
    except _errors() as e:  # what came before it counts
        problem = f": {_reason(e)}"
    context = stream.codec_context
    size, time_base = (context.height, context.width), stream.time_base or Fraction(1, 25)
    if not timed:
        return Index(np.empty(0, np.int64), np.zeros(1, np.int64), time_base, size, timed=False)
    if not times:
        raise ValueError(f"the video has no frame that can be read{problem}")
    pts = np.unique(np.asarray(times, np.int64))
    first = np.searchsorted(pts, np.unique(np.asarray(keys, np.int64)))
    return Index(pts, np.unique(np.concatenate([[0], first])), time_base, size)


def _counted(source: Source, size: tuple[int, int], rate: Fraction) -> Index:
    """The index of a video whose container has no times: it must be decoded to know."""
    _rewound(source)
    decoder = Decoder(source, Index(np.empty(0, np.int64), np.zeros(1, np.int64), 1 / rate, size, timed=False))
    try:
        count = sum(1 for _ in decoder.walk())
    finally:
        decoder.close()
    if not count:
        raise ValueError("the video has no frame that can be decoded")
    _rewound(source)
    return Index(np.arange(count, dtype=np.int64), np.zeros(1, np.int64), 1 / rate, size, timed=False)


def _rewound(source: Source) -> None:
    if not isinstance(source, str):
        source.seek(0)


class Decoder:
    """Decodes frames of one video. It is used by one thread at a time.

    Args:
        source: a path, or an object that reads and seeks, which is used from its beginning.
        index: its index; read from it if not given.
        threads: how many threads decode.

    Attributes:
        index: its index.
        position: number of the frame that comes next, without going anywhere; -1 where that is nowhere.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no video.
    """

    def __init__(self, source: Source, index: Index | None = None, threads: int = 1) -> None:
        self._source = source
        self._threads = threads
        self._errors = _errors()
        self._reformatter: Any = None
        self._converter = Converter()
        self._frames: Iterator[Any] = iter(())
        self._open()
        try:
            if index is None:
                index = _index_of(self._container, self._stream)
                self.position = -1
                if not index.timed:
                    index = _counted(source, index.size, self._stream.guessed_rate or Fraction(25))
        except BaseException:
            self.close()
            raise
        self.index = index

    def _open(self) -> None:
        _rewound(self._source)
        self._container, self._stream = _opened(self._source)
        context = self._stream.codec_context
        context.thread_type = "AUTO" if self._threads > 1 else "NONE"
        context.thread_count = self._threads
        self._frames = self._container.decode(self._stream)
        self.position = 0

    def close(self) -> None:
        """Close the file."""
        self._frames = iter(())
        self._container.close()

    def walk(self) -> Iterator[Any]:
        """The frames from ``position`` on."""
        while True:
            try:
                frame = next(self._frames, None)
            except self._errors as e:
                raise ValueError(f"frame {self.position} cannot be decoded: {_reason(e)}") from e
            if frame is None:
                return
            self._passed(frame)
            yield frame

    def _passed(self, frame: Any) -> None:
        if not self.index.timed:
            self.position += 1
        elif frame.pts is not None:
            self.position = int(np.searchsorted(self.index.pts, frame.pts, side="right"))

    def frame(self, number: int) -> Any:
        """A frame by its number; fast where numbers grow.

        Raises:
            ValueError: it cannot be decoded.
        """
        place = int(np.searchsorted(self.index.keys, number, side="right")) - 1
        if place < 0:
            raise ValueError(f"there is no frame {number}")
        if not self.index.keys[place] <= self.position <= number:
            # Some containers go to the place of decoding rather than of showing, so that a second try may be needed.
            for earlier in (place, place - 1) if self.index.timed else ():
                if earlier >= 0 and self._seek(int(self.index.keys[earlier])):
                    frame = self._until(number)
                    if frame is not None:
                        return frame
            self.close()
            self._open()
        frame = self._until(number)
        if frame is None:
            raise ValueError(f"frame {number} is missing: the video is damaged")
        return frame

    def _seek(self, key: int) -> bool:
        try:
            self._container.seek(int(self.index.pts[key]), stream=self._stream, backward=True)
        except self._errors:
            return False
        except OSError:
            return False
        self._frames = self._container.decode(self._stream)
        self.position = key
        return True

    def _until(self, number: int) -> Any:
        """The frame with that number, or None if only later ones come."""
        wanted = int(self.index.pts[number])
        for frame in self.walk():
            at = self.position - 1 if not self.index.timed else frame.pts
            if at is None or at < wanted:
                continue
            if at > wanted:
                return None
            if frame.is_corrupt:
                raise ValueError(f"frame {number} is damaged")
            return frame
        return None

    def put(self, frame: Any, out: Array, image_type: DALIImageType) -> None:
        """Write the pixels of a frame into ``out``, uint8 of shape (height, width, 3), C-contiguous."""
        if image_type is DALIImageType.RGB:
            if not self._converter.put(frame, out):
                self._reformat(frame, out, image_type)
                self._converter.learn(frame, out)
        else:
            self._reformat(frame, out, image_type)

    def _reformat(self, frame: Any, out: Array, image_type: DALIImageType) -> None:
        """The same, by swscale."""
        from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

        if self._reformatter is None:
            self._reformatter = VideoReformatter()
            # What makes the result that of DALI, to the last bit.
            self._flags = Interpolation.BILINEAR | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND
        # As in DALI, it is BT.601 whatever the file says.
        matrix = Colorspace.ITU601
        kwargs = {"interpolation": self._flags, "src_colorspace": matrix, "dst_colorspace": matrix, "threads": 1}
        try:
            if image_type is DALIImageType.RGB:
                made = self._reformatter.reformat(frame, format="rgb24", **kwargs)
            else:
                made = self._reformatter.reformat(frame, format="yuv444p", dst_color_range="MPEG", **kwargs)
        except self._errors as e:
            raise ValueError(f"the pixels of a frame cannot be converted: {_reason(e)}") from e
        height, width = out.shape[:2]
        if image_type is DALIImageType.RGB:
            out.reshape(height, width * 3)[...] = _rows(made.planes[0], height, width * 3)
        else:
            for channel, plane in enumerate(made.planes):
                out[..., channel] = _rows(plane, height, width)


def _rows(plane: Any, height: int, width: int) -> Array:
    return np.frombuffer(plane, np.uint8)[: height * plane.line_size].reshape(height, -1)[:, :width]


def decode(
    decoder: Decoder,
    numbers: Sequence[int],
    empty: Empty,
    image_type: DALIImageType = DALIImageType.RGB,
    fill: Sequence[int] = (0,),
) -> Array:
    """Frames of a video.

    Args:
        decoder: decodes it.
        numbers: the frames that are wanted, in any order; PADDING for one that is filled.
        empty: makes the output.
        image_type: RGB or YCbCr (of ITU-R BT.601, Y from 16 to 235).
        fill: the values of a frame that is filled, one or three.

    Returns:
        (frames, height, width, 3), uint8.

    Raises:
        ValueError: a frame cannot be decoded, or is not of the size of the first one.
    """
    places: dict[int, list[int]] = {}
    for place, number in enumerate(numbers):
        places.setdefault(number, []).append(place)
    padded = places.pop(PADDING, ())
    out: Array | None = None
    for number in sorted(places):
        frame = decoder.frame(number)
        if out is None:
            out = empty((len(numbers), frame.height, frame.width, 3), np.uint8)
        if (frame.height, frame.width) != out.shape[1:3]:
            raise ValueError(
                f"frame {number} has {frame.height} x {frame.width} pixels, and the first one "
                f"{out.shape[1]} x {out.shape[2]}"
            )
        first, *others = places[number]
        decoder.put(frame, out[first], image_type)
        for place in others:
            out[place] = out[first]
    if out is None:
        out = empty((len(numbers), *decoder.index.size, 3), np.uint8)
    for place in padded:
        out[place] = fill
    return out


def in_memory(encoded: Array) -> io.BytesIO:
    """Bytes of a video as a source."""
    return io.BytesIO(encoded.data)


#: The names of pad modes, and what each does.
PAD_MODES: Mapping[str, str] = {
    "none": "none",
    "constant": "constant",
    "edge": "edge",
    "repeat": "edge",
    "reflect_1001": "reflect_1001",
    "symmetric": "reflect_1001",
    "reflect_101": "reflect_101",
    "reflect": "reflect_101",
}


def padded(numbers: Array, stop: int, mode: str) -> list[int]:
    """Numbers of frames, some of which are not in 0 .. stop - 1, by a pad mode (a value of PAD_MODES).

    Raises:
        ValueError: the mode is "none", and there is such a number.
    """
    outside = (numbers < 0) | (numbers >= stop)
    if not outside.any():
        found: list[int] = numbers.tolist()
        return found
    if mode == "none":
        raise ValueError(
            f"frame {int(numbers[outside][0])} is wanted of a video that ends after {stop}; a pad_mode other than "
            '"none" would fill it in'
        )
    if mode == "edge":
        filled = np.clip(numbers, 0, stop - 1)
    elif mode == "reflect_1001":
        filled = numbers % (2 * stop)
        filled = np.minimum(filled, 2 * stop - 1 - filled)
    elif mode == "reflect_101":
        filled = numbers % max(2 * stop - 2, 1)
        filled = np.minimum(filled, 2 * stop - 2 - filled)
    else:
        filled = np.where(outside, PADDING, numbers)
    return filled.tolist()  # type: ignore[no-any-return]


def check_fill(fill: Sequence[int]) -> str | None:
    """What is wrong with the values of frames that are filled in, if anything."""
    if len(fill) not in (1, 3):
        return f"fill_value must have one value, or one for each of the 3 channels; got {len(fill)}"
    if any(not 0 <= value <= 255 for value in fill):
        return f"fill_value must be from 0 to 255, got {list(fill)}"
    return None
