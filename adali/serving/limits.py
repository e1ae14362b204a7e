"""What a request may cost: refused by the headers of its data, before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adali.kernels import _imageheader
from adali.serving.errors import InvalidInput, TooLarge

__all__ = ["Limits", "check_image"]


@dataclass(frozen=True)
class Limits:
    """Bounds on one request, and on all that wait.

    Attributes:
        body_bytes: of a request's body as it comes in, and again once it is decompressed.
        json_bytes: of the JSON part of a body, which is parsed in one go on the event loop.
        image_side: pixels along either side of an encoded image.
        image_bytes: of an encoded image when it is decoded: height x width x channels x bytes a sample.
        refused_formats: image formats that are not decoded, as :func:`adali.kernels.imagecodec.probe` names them. JPEG
            2000 is by default: some broken files make its decoder, which runs in this process, crash.
        queued_bytes: of the data of all requests that wait or run.
    """

    body_bytes: int = 32 << 20
    json_bytes: int = 4 << 20
    image_side: int = 16384
    image_bytes: int = 256 << 20
    refused_formats: tuple[str, ...] = ("jpeg2k",)
    queued_bytes: int = 512 << 20


def check_image(data: Any, limits: Limits) -> None:
    """Look at an encoded image's header.

    Raises:
        TooLarge: it would decode to more than the limits allow.
        InvalidInput: it is no image that can be decoded.
    """
    try:
        height, width, channels, bits, codec = _imageheader.parse(data)
    except (ValueError, IndexError) as e:
        raise InvalidInput(f"the data is no image: {e}") from None
    if codec in limits.refused_formats:
        raise InvalidInput(f"{codec} images are not served")
    if height < 1 or width < 1:
        raise InvalidInput(f"the {codec} header names an image of {height}x{width} pixels")
    if max(height, width) > limits.image_side:
        raise TooLarge(f"the {codec} image is {height}x{width} pixels; {limits.image_side} along a side are allowed")
    # What is decoded has three channels, whatever the file has.
    size = height * width * max(channels, 3) * (-(-bits // 8) if bits > 0 else 1)
    if size > limits.image_bytes:
        raise TooLarge(
            f"the {codec} image of {height}x{width} pixels would take {size >> 20} MiB when decoded; "
            f"{limits.image_bytes >> 20} MiB are allowed"
        )
