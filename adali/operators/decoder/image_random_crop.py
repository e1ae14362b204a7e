"""decoders.image_random_crop: decode a random part of an image."""

from __future__ import annotations

from adali.kernels.imagecodec import ImageInfo, Region
from adali.operators.base import Array, SampleContext, operator
from adali.operators.decoder._common import DECODER_ARGS, DECODER_DEVICES, ENCODED, ImageDecoderBase
from adali.operators.image._random_crop import RANDOM_CROP_ARGS, RandomCrop


@operator(
    "decoders__ImageRandomCrop",
    inputs=(ENCODED,),
    args=(*DECODER_ARGS, *RANDOM_CROP_ARGS),
    devices=DECODER_DEVICES,
    legacy=(
        "ImageDecoderRandomCrop",
        "HostDecoderRandomCrop",
        "nvJPEGDecoderRandomCrop",
        "experimental__decoders__ImageRandomCrop",
    ),
    random=True,
)
class ImageRandomCrop(ImageDecoderBase):
    """Decodes a random window of an image, with a random area and aspect ratio.

    Only the window is decoded, which for a JPEG takes less time than the whole. The output is (height, width,
    channels) of the window, layout HWC.
    """

    def setup(self) -> None:
        super().setup()
        self.crop = RandomCrop(self)

    def region(self, ctx: SampleContext, info: ImageInfo, *windows: Array) -> Region:
        return self.crop.window(ctx.generator(), info.height, info.width)
