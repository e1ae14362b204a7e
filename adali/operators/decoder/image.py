"""decoders.image: a compressed image becomes an array."""

from __future__ import annotations

from adali.operators.base import operator
from adali.operators.decoder._common import (
    CACHE_ARGS,
    DECODER_ARGS,
    DECODER_DEVICES,
    ENCODED,
    ImageDecoderBase,
)


@operator(
    "decoders__Image",
    inputs=(ENCODED,),
    args=(*DECODER_ARGS, *CACHE_ARGS),
    devices=DECODER_DEVICES,
    legacy=("ImageDecoder", "HostDecoder", "nvJPEGDecoder", "experimental__decoders__Image"),
)
class Image(ImageDecoderBase):
    """Decodes an image: JPEG, PNG, BMP, TIFF, WebP, PNM or JPEG 2000.

    The output is (height, width, channels), layout HWC. Bytes that are no image, or a truncated one, are an error of
    their sample (``ImageDecodeError``).
    """

    def setup(self) -> None:
        super().setup()
        if self.args["cache_type"] not in ("", "threshold", "largest"):
            raise self.error(f'cache_type must be "threshold" or "largest", got {self.args["cache_type"]!r}')
