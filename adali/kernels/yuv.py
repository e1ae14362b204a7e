"""Frames of video as RGB: what FFmpeg's swscale computes in its accurate way, to the last bit and much faster.

swscale's arithmetic for planar 8-bit frames with chroma at half the width: chroma is stretched by linear interpolation,
then each pixel is the sum of three products in fixed point (ITU-R BT.601; limited or full range), rounded at the end.
Where the samples of chroma lie between those of luma differs from video to video, and a frame does not say it here.
So a :class:`Converter` compares all ways with what swscale itself made of the first frames, until one is left.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Converter"]

Pixels = npt.NDArray[np.uint8]

#: Formats, and whether chroma has half as many rows, too.
_FORMATS = {"yuv420p": True, "yuvj420p": True, "yuv422p": False, "yuvj422p": False}
#: Smaller frames are left to swscale, which has filters of its own for them.
_SMALLEST = 16
#: Kinds of frames (size, format) that are remembered, so that a damaged video cannot make it many.
_KINDS = 16


class _Way(NamedTuple):
    """Whether chroma lies where every second sample of luma does, not between two; whether values go from 0 to 255."""

    left: bool
    full: bool


_WAYS = tuple(_Way(left, full) for left in (False, True) for full in (False, True))


@functools.cache
def _kernel() -> Any:
    from adali.kernels import _yuv

    return _yuv.to_rgb


@functools.cache
def _coefficients(full: bool) -> npt.NDArray[np.int32]:
    """Offset and gain of luma; of V in red and in green; of U in green and in blue."""
    # Of BT.601, in 65536ths, for chroma of limited range.
    red_v, green_v, green_u, blue_u = 104597, -53279, -25675, 132201
    offset, gain = 16 << 9, (65536 * 255) // 219
    if full:
        red_v, green_v, green_u, blue_u = (int(c * 224 / 255) for c in (red_v, green_v, green_u, blue_u))
        offset, gain = 0, 65536
    scaled = [(c * 8192 + 32768) >> 16 for c in (gain, red_v, green_v, green_u, blue_u)]
    return np.array([offset, *scaled], np.int32)


class Converter:
    """Converts the frames of one video; for one thread at a time."""

    def __init__(self) -> None:
        self._ways: dict[Any, list[_Way]] = {}

    def put(self, frame: Any, out: Pixels) -> bool:
        """Write the pixels of a frame into ``out``, uint8 of shape (height, width, 3), C-contiguous.

        Returns:
            Whether it is known how; otherwise nothing was written.
        """
        ways = self._ways.get(_kind(frame))
        if ways is None or len(ways) != 1:
            return False
        planes = _planes(frame)
        if planes is None:
            return False
        _convert(planes, out, ways[0])
        return True

    def learn(self, frame: Any, pixels: Pixels) -> None:
        """See what swscale has made of a frame."""
        kind = _kind(frame)
        ways = self._ways.get(kind)
        if ways is not None and len(ways) < 2:
            return
        planes = _planes(frame)
        kept = []
        if planes is not None:
            made = np.empty(pixels.shape, np.uint8)
            for way in ways or _WAYS:
                _convert(planes, made, way)
                if np.array_equal(made, pixels):
                    kept.append(way)
        if len(self._ways) >= _KINDS:
            self._ways.clear()
        self._ways[kind] = kept


def _kind(frame: Any) -> Any:
    return frame.format.name, frame.width, frame.height, int(frame.color_range), bool(frame.interlaced_frame)


def _planes(frame: Any) -> list[Pixels] | None:
    """The planes with the bytes that fill up their rows, read-only; None of a frame that is not for us."""
    halved = _FORMATS.get(frame.format.name)
    if halved is None or frame.width % 2 or (halved and frame.height % 2) or min(frame.width, frame.height) < _SMALLEST:
        return None
    found = []
    for number, plane in enumerate(frame.planes):
        height, width = frame.height, frame.width
        if number:
            height, width = height // 2 if halved else height, width // 2
        data = np.frombuffer(plane, np.uint8)
        if plane.line_size < width or len(data) < height * plane.line_size:
            return None
        data = data[: height * plane.line_size].reshape(height, plane.line_size)
        data.setflags(write=False)
        found.append(data)
    return found if len(found) == 3 else None


def _convert(planes: list[Pixels], out: Pixels, way: _Way) -> None:
    rows = out.reshape(out.shape[0], -1)
    _kernel()(*planes, rows, _coefficients(way.full), way.left, len(planes[1]) < len(planes[0]))
