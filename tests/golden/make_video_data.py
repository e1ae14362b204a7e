"""Writes the folder ``files/video``: small videos of FFmpeg's encoders, on which the real DALI and adali are compared.

Run it with a Python that has numpy and PyAV; it imports nothing of adali.
"""

from __future__ import annotations

import pathlib
import shutil
from fractions import Fraction
from typing import Any

import av
import numpy as np

ROOT = pathlib.Path(__file__).parent / "files" / "video"

#: Fast, and one frame in, one frame out.
_VPX = {"crf": "12", "b": "600k", "cpu-used": "4", "deadline": "realtime", "lag-in-frames": "0"}
#: Frames out of order, and others that are never shown.
_LAGGING = {"crf": "14", "b": "400k", "cpu-used": "4", "lag-in-frames": "8", "auto-alt-ref": "1"}


def picture(number: int, width: int, height: int, seed: int) -> Any:
    """A frame with smooth colours; its number stands in bits, as white and black blocks along the upper edge."""
    y, x = np.mgrid[0:height, 0:width]
    image = np.stack([x * 3 + number * 6 + seed * 40, y * 4 + number * 3, (x + y) * 2 + number * 9], -1)
    image = 60 + np.abs(image % 256 - 128)
    side = width // 8
    for bit in range(6):
        image[:side, bit * side : (bit + 1) * side] = 235 if number >> bit & 1 else 16
    return image.astype(np.uint8)


def write(
    name: str,
    codec: str,
    size: tuple[int, int],
    frames: int,
    *,
    options: dict[str, str] | None = None,
    b_frames: int | None = None,
    times: list[int] | None = None,
    first: int = 0,
    pixels: str = "yuv420p",
    seed: int = 0,
    context: dict[str, Any] | None = None,
) -> None:
    """Write a video of 25 frames a second, or with ``times`` in milliseconds, with a key frame every 12 frames."""
    base = Fraction(1, 25) if times is None else Fraction(1, 1000)
    with av.open(str(ROOT / name), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], pixels
        stream.codec_context.gop_size = 12
        stream.codec_context.time_base = base
        if b_frames is not None:
            stream.codec_context.max_b_frames = b_frames
        for key, value in (context or {}).items():
            setattr(stream.codec_context, key, value)
        stream.options = options or {}
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number, *size, seed), format="rgb24")
            frame.pts = first + number if times is None else times[number]
            frame.time_base = base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def main() -> None:
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir(parents=True)
    rng = np.random.default_rng(1)
    irregular = np.cumsum([0, *rng.integers(20, 80, 19)]).tolist()
    # What the real DALI reads on the CPU.
    write("vp9.webm", "libvpx-vp9", (48, 32), 30, options=_VPX)
    write("vp8.webm", "libvpx", (50, 34), 17, options=_VPX, seed=1)
    write("mjpeg.avi", "mjpeg", (48, 32), 11, options={"q": "4"}, pixels="yuvj420p", seed=2)
    write("lagging.mp4", "libvpx-vp9", (48, 32), 23, options=_LAGGING, seed=3)
    write("odd.webm", "libvpx-vp9", (49, 33), 13, options=_VPX, seed=4)
    write("irregular.webm", "libvpx-vp9", (48, 32), 20, options=_VPX, times=irregular, seed=5)
    write("late.webm", "libvpx-vp9", (48, 32), 12, options=_VPX, first=10, seed=6)
    write("bt709.webm", "libvpx-vp9", (48, 32), 4, options=_VPX, seed=7, context={"colorspace": 1, "color_range": 1})
    # What it reads on the GPU only.
    write("h264.mp4", "libx264", (48, 32), 30, b_frames=2, options={"crf": "18"}, seed=8)
    write("h264.ts", "libx264", (48, 32), 30, b_frames=2, options={"crf": "18"}, seed=8)
    write("h264.h264", "libx264", (48, 32), 30, b_frames=2, options={"crf": "18"}, seed=8)
    write("h264_irregular.mkv", "libx264", (48, 32), 20, b_frames=2, options={"crf": "18"}, times=irregular, seed=9)
    write("mpeg4.avi", "mpeg4", (48, 32), 30, b_frames=2, options={"q": "4"}, seed=10)
    write("hevc.mp4", "libx265", (64, 32), 20, options={"crf": "20", "x265-params": "log-level=none"}, seed=11)
    for path in sorted(ROOT.iterdir()):
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
