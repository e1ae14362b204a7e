"""Image decoding where nvImageCodec has no wheel: simplejpeg for JPEG, OpenCV for the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from adali.kernels import _imageheader


def explain(data: Any, codec: str) -> str:
    """Say in one sentence why `data` cannot be decoded: libjpeg's own words for a JPEG."""
    if codec == "jpeg":
        try:
            import simplejpeg

            simplejpeg.decode_jpeg(data if isinstance(data, bytes) else bytes(data))
        except ImportError:
            pass
        except ValueError as error:
            return f"JPEG: {error}"
    return f"the {codec} data is corrupt, truncated or of a kind that the decoder does not support"


def decode(
    data: Any,
    output_type: str,
    any_depth: bool,
    region: tuple[int, int, int, int] | None,
    use_orientation: bool,
    fancy_upsampling: bool,
    fast_idct: bool,
    out: NDArray[Any] | None,
    slot: int | None,
) -> NDArray[Any]:
    """See `imagecodec.decode`; a region is cut out of the whole image, and `slot` is not used."""
    from adali.kernels.imagecodec import ImageDecodeError, _check_out

    if output_type not in ("RGB", "BGR", "GRAY", "ANY_DATA"):
        raise ValueError(f"unknown output_type {output_type!r}")
    if len(data) == 0:
        raise ImageDecodeError("the image is empty (0 bytes)")
    try:
        codec = _imageheader.identify(data)
        turn = _imageheader.orientation(data, codec) if use_orientation else 1
    except (ValueError, IndexError) as error:
        raise ImageDecodeError(str(error) or "the image header is incomplete") from None
    pixels = None
    if codec == "jpeg":
        pixels = _decode_jpeg(data, output_type, fancy_upsampling, fast_idct)
    if pixels is None:
        pixels = _decode_cv2(data, output_type, any_depth)
    if pixels is None:
        raise ImageDecodeError(explain(data, codec))
    pixels = upright(pixels, turn)
    if region is not None:
        y, x, height, width = region
        if y < 0 or x < 0 or height <= 0 or width <= 0:
            raise ValueError(f"region {region} is empty or has a negative corner")
        if y + height > pixels.shape[0] or x + width > pixels.shape[1]:
            raise ValueError(
                f"region {region} does not lie inside the image of {pixels.shape[0]}x{pixels.shape[1]} pixels"
            )
        pixels = pixels[y : y + height, x : x + width]
    if out is not None:
        _check_out(out, pixels.shape, pixels.dtype)
        out[...] = pixels
        return out
    return np.ascontiguousarray(pixels)


def _decode_jpeg(data: Any, output_type: str, fancy_upsampling: bool, fast_idct: bool) -> NDArray[Any] | None:
    """Return the pixels, or None where OpenCV should try (no simplejpeg, or a colour space it refuses)."""
    from adali.kernels.imagecodec import ImageDecodeError

    try:
        import simplejpeg
    except ImportError:
        return None
    raw = data if isinstance(data, bytes) else np.frombuffer(data, np.uint8)
    try:
        _, _, colorspace, _ = simplejpeg.decode_jpeg_header(raw)
        if colorspace in ("CMYK", "YCCK"):
            return None
        wanted = output_type
        if wanted == "ANY_DATA":
            wanted = "GRAY" if colorspace.upper() in ("GRAY", "GREY") else "RGB"
        return np.asarray(
            simplejpeg.decode_jpeg(raw, wanted, fastdct=fast_idct, fastupsample=not fancy_upsampling, strict=True)
        )
    except ValueError as error:
        raise ImageDecodeError(f"JPEG: {error}") from None


def _decode_cv2(data: Any, output_type: str, any_depth: bool) -> NDArray[Any] | None:
    import cv2

    depth = cv2.IMREAD_ANYDEPTH if any_depth else 0
    flags = {
        "RGB": cv2.IMREAD_COLOR | depth,
        "BGR": cv2.IMREAD_COLOR | depth,
        "GRAY": cv2.IMREAD_GRAYSCALE | depth,
        "ANY_DATA": cv2.IMREAD_UNCHANGED,
    }[output_type]
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    if pixels is None:
        return None
    image: NDArray[Any] = np.asarray(pixels)
    if image.dtype == np.uint16 and not any_depth:
        image = np.rint(image.astype(np.float32) * np.float32(255 / 65535)).astype(np.uint8)
    if image.ndim == 2:
        return image[:, :, None]
    if output_type == "RGB":
        return image[:, :, ::-1]
    if output_type == "ANY_DATA" and image.shape[2] in (3, 4):
        return image[:, :, [2, 1, 0, 3][: image.shape[2]]]
    return image


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return a view turned as the EXIF orientation (1 to 8) asks, the first row being the visual top."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels
