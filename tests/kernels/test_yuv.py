"""Frames as RGB: to the last bit what swscale makes of them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from adali.kernels.video import Decoder
from adali.kernels.yuv import Converter
from adali.types import DALIImageType

av = pytest.importorskip("av")


def noise(kind: str, width: int, height: int, seed: int, flat: bool = False) -> Any:
    frame = av.VideoFrame(width, height, kind)
    rng = np.random.default_rng(seed)
    for plane in frame.planes:
        data = rng.integers(0, 256, plane.buffer_size, np.uint8)
        plane.update(bytes([data[0]]) * plane.buffer_size if flat else data.tobytes())
    return frame


class Plain:
    """swscale alone, as `Decoder` calls it."""

    def __init__(self) -> None:
        self._reformatter: Any = None
        self._errors = (ValueError,)

    def pixels(self, frame: Any) -> Any:
        out = np.empty((frame.height, frame.width, 3), np.uint8)
        Decoder._reformat(self, frame, out, DALIImageType.RGB)  # type: ignore[arg-type]
        return out


def mine(converter: Converter, frame: Any) -> Any:
    out = np.empty((frame.height, frame.width, 3), np.uint8)
    return out if converter.put(frame, out) else None


@pytest.mark.parametrize("color_range", [0, 1, 2])
@pytest.mark.parametrize("size", [(16, 16), (66, 34), (640, 360)])
@pytest.mark.parametrize("kind", ["yuv420p", "yuvj420p", "yuv422p", "yuvj422p"])
def test_pixels_are_swscales(kind: str, size: tuple[int, int], color_range: int) -> None:
    converter, plain = Converter(), Plain()
    for seed in range(3):
        frame = noise(kind, *size, seed)
        frame.color_range = color_range
        pixels = plain.pixels(frame)
        found = mine(converter, frame)
        if not seed:
            assert found is None, "nothing is known yet"
            converter.learn(frame, pixels)
        else:
            assert np.array_equal(found, pixels)


@pytest.mark.parametrize(
    ("kind", "size"), [("yuv420p", (33, 32)), ("yuv420p", (32, 33)), ("yuv444p", (32, 32)), ("yuv420p", (8, 8))]
)
def test_other_frames_are_left_to_swscale(kind: str, size: tuple[int, int]) -> None:
    converter = Converter()
    frame = noise(kind, *size, 1)
    converter.learn(frame, Plain().pixels(frame))
    assert mine(converter, frame) is None


def test_a_frame_of_one_colour_teaches_too_little() -> None:
    converter, plain = Converter(), Plain()
    for flat in (True, True, False):
        frame = noise("yuv420p", 64, 32, 3, flat)
        assert mine(converter, frame) is None
        converter.learn(frame, plain.pixels(frame))
    frame = noise("yuv420p", 64, 32, 4)
    assert np.array_equal(mine(converter, frame), plain.pixels(frame))


def test_what_nothing_explains_is_left_to_swscale() -> None:
    converter = Converter()
    frame = noise("yuv420p", 64, 32, 5)
    converter.learn(frame, np.zeros((32, 64, 3), np.uint8))
    converter.learn(frame, Plain().pixels(frame))
    assert mine(converter, frame) is None


@pytest.mark.parametrize(("codec", "kind"), [("libx264", "yuv420p"), ("mjpeg", "yuvj422p"), ("libvpx-vp9", "yuv420p")])
def test_decoded_frames(codec: str, kind: str) -> None:
    """H.264's chroma lies elsewhere than that of the others."""
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no {codec}")
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, kind
        for seed in range(4):
            container.mux(stream.encode(noise(kind, 96, 64, seed)))
        container.mux(stream.encode(None))
    plain, converter, fast = Plain(), Converter(), 0
    decoder = Decoder(io.BytesIO(file.getvalue()))
    for number in range(4):
        frame = decoder.frame(number)
        pixels = plain.pixels(frame)
        found = mine(converter, frame)
        if found is None:
            converter.learn(frame, pixels)
        else:
            fast += 1
            assert np.array_equal(found, pixels)
    decoder.close()
    assert fast == 3
