"""decoders.image: a compressed image becomes an array."""

from __future__ import annotations

from adali.operators.base import Array, SampleContext, operator
from adali.operators.decoder._common import DECODER_ARGS, DECODER_DEVICES, ENCODED, ImageDecoderBase, flat_bytes


@operator(
    "decoders__Image",
    inputs=(ENCODED,),
    args=DECODER_ARGS,
    devices=DECODER_DEVICES,
    legacy=("ImageDecoder", "experimental__decoders__Image"),
)
class Image(ImageDecoderBase):
    """Decodes an image: JPEG, PNG, BMP, TIFF, WebP, PNM or JPEG 2000.

    The output is (height, width, channels), layout HWC. Bytes that are no image, or a truncated one, are an error of
    their sample (``ImageDecodeError``).
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = flat_bytes(inputs[0])
        return self.decode(ctx, data, self.info(data))
