"""Decode one compressed image, whole or a region of it, into an HWC array.

The work is done by nvImageCodec's CPU codecs (the ones DALI decodes with) where they are installed, and by
simplejpeg and OpenCV elsewhere.  Both live behind `decode` and `probe`; the pixels of a JPEG are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Union

import numpy as np
from numpy.typing import DTypeLike, NDArray

from adali.kernels import _imageheader

__all__ = ["EncodedImage", "ImageDecodeError", "ImageInfo", "OutputType", "Region", "backend_name", "decode", "probe"]

EncodedImage = Union[bytes, bytearray, memoryview, "NDArray[np.uint8]"]
OutputType = Literal["RGB", "BGR", "GRAY", "YCbCr", "ANY_DATA"]
Region = tuple[int, int, int, int]

# decode(data, output_type, any_depth, region, use_orientation, fancy_upsampling, fast_idct, out, slot) -> HWC
_Backend = Callable[
    [Any, str, bool, "Region | None", bool, bool, bool, "NDArray[Any] | None", "int | None"], "NDArray[Any]"
]


class ImageDecodeError(ValueError):
    """The bytes are empty, of no supported format, corrupt or truncated; the message is the codec's own."""


@dataclass(frozen=True)
class ImageInfo:
    """What the header of a compressed image says.

    `height` and `width` are in pixels, after EXIF orientation if `probe` was asked to apply it; `channels`
    is the number stored in the file; `dtype` that of a sample; `orientation` the EXIF value 1 to 8 (1 =
    upright or none); `codec` is one of "jpeg", "png", "bmp", "tiff", "webp", "pnm", "jpeg2k".
    """

    height: int
    width: int
    channels: int
    dtype: np.dtype[Any]
    orientation: int
    codec: str


_backend: tuple[str, _Backend] | None = None


def _load() -> tuple[str, _Backend]:
    global _backend
    if _backend is None:
        try:
            from adali.kernels import _nvimgcodec
        except ImportError:
            from adali.kernels import _imagefallback

            _backend = ("opencv", _imagefallback.decode)
        else:
            _backend = ("nvimgcodec", _nvimgcodec.decode)
    return _backend


def backend_name() -> str:
    """Return which library decodes in this process: "nvimgcodec" or "opencv" (with simplejpeg)."""
    return _load()[0]


def probe(data: EncodedImage, *, use_orientation: bool = True) -> ImageInfo:
    """Read the header of a compressed image; no pixel is decoded.

    Raises ImageDecodeError if the format is unknown or the header is broken.
    """
    try:
        height, width, channels, bits, codec = _imageheader.parse(data)
        orientation = _imageheader.orientation(data, codec)
    except (ValueError, IndexError) as error:
        raise ImageDecodeError(str(error) or "the image header is incomplete") from None
    if use_orientation and orientation >= 5:
        height, width = width, height
    kind = np.dtype(np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.float32)
    return ImageInfo(height, width, channels, kind, orientation, codec)


def decode(
    data: EncodedImage,
    *,
    output_type: OutputType = "RGB",
    dtype: DTypeLike = np.uint8,
    region: Region | None = None,
    use_orientation: bool = True,
    fancy_upsampling: bool = True,
    fast_idct: bool = False,
    out: NDArray[Any] | None = None,
    slot: int | None = None,
) -> NDArray[Any]:
    """Decode an image to a C-contiguous `(height, width, channels)` array.

    `region` is `(y0, x0, height, width)` in pixels of the upright image; only what it needs is decoded, and
    the result equals a crop of the whole image exactly. `output_type` "ANY_DATA" keeps the channels of the
    file. "YCbCr" is studio-range ITU-R BT.601 (Y in 16..235), computed from RGB. For a `dtype` other than
    uint8 samples are read at their native depth and scaled so that the largest value of the one type
    becomes that of the other (1.0 for floats), as DALI's decoder does. `fancy_upsampling` (smooth chroma)
    and `fast_idct` concern JPEG only. `out`, if given, receives the pixels and is returned.
    With `slot` (any integer) the result may lie in memory of the calling thread that its next call with this
    `slot` uses again: faster for pixels that are read once. The result may be read-only.

    Raises ImageDecodeError if the bytes cannot be decoded (a truncated file is refused, never padded), and
    ValueError if `region` does not lie inside the image or `out` has the wrong shape or type; the contents of
    `out` are then undefined.
    """
    target = np.dtype(dtype)
    run = (_backend or _load())[1]
    native = target == np.uint8
    direct = native and output_type != "YCbCr"
    pixels = run(
        data,
        "RGB" if output_type == "YCbCr" else output_type,
        not direct,
        region,
        use_orientation,
        fancy_upsampling,
        fast_idct,
        out if direct else None,
        slot,
    )
    if direct:
        return pixels
    result = _to_ycbcr(pixels, target) if output_type == "YCbCr" else _rescale(pixels, target)
    if out is None:
        return result
    _check_out(out, result.shape, target)
    out[...] = result
    return out


def _check_out(out: NDArray[Any], shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if out.shape != shape or out.dtype != dtype or not out.flags.c_contiguous:
        raise ValueError(
            f"out must be a C-contiguous {dtype} array of shape {shape}, not {out.dtype} of shape {out.shape}"
        )


def _unit(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Scale samples to 0..1 in single precision; by multiplication, since DALI rounds that way."""
    if pixels.dtype.kind == "f":
        return pixels.astype(np.float32, copy=False)
    unit: NDArray[np.float32] = pixels.astype(np.float32) * np.float32(1 / np.iinfo(pixels.dtype).max)
    return unit


def _saturate(values: NDArray[Any], target: np.dtype[Any]) -> NDArray[Any]:
    limits = np.iinfo(target)
    return np.clip(np.rint(values.astype(np.float64)), limits.min, limits.max).astype(target)


def _rescale(pixels: NDArray[Any], target: np.dtype[Any]) -> NDArray[Any]:
    if pixels.dtype == target:
        return pixels
    unit = _unit(pixels)
    if target.kind == "f":
        return unit.astype(target, copy=False)
    return _saturate(unit * np.float32(np.iinfo(target).max), target)


# ITU-R BT.601, full-range RGB to studio-range YCbCr (65.481/255 and so on).
_YCBCR = np.array(
    [
        [0.25678824, 0.50412941, 0.09790588],
        [-0.14822290, -0.29099279, 0.43921569],
        [0.43921569, -0.36778831, -0.07142737],
    ],
    np.float32,
)
_YCBCR_OFFSET = np.array([0.0625, 0.5, 0.5], np.float32)  # 16 and 128 of 256


def _to_ycbcr(rgb: NDArray[Any], target: np.dtype[Any]) -> NDArray[Any]:
    integer = target.kind != "f"
    scaled = rgb.astype(np.float32) if rgb.dtype == target else _unit(rgb)
    top = float(np.iinfo(target).max) if integer else 1.0
    if integer and rgb.dtype != target:
        scaled = scaled * np.float32(top)
    out = np.empty(rgb.shape, target)
    for channel in range(3):
        value = np.float32(_YCBCR_OFFSET[channel] * (top + integer)) + scaled[..., 0] * _YCBCR[channel, 0]
        value += scaled[..., 1] * _YCBCR[channel, 1]
        value += scaled[..., 2] * _YCBCR[channel, 2]
        # Halves go up: they occur (grey pixels), and DALI sends them there.
        out[..., channel] = _saturate(np.floor(value.astype(np.float64) + 0.5), target) if integer else value
    return out
