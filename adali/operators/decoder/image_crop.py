"""decoders.image_crop: decode a window of an image."""

from __future__ import annotations

from adali.kernels.imagecodec import ImageInfo, Region
from adali.operators.base import Array, SampleContext, operator
from adali.operators.decoder._common import DECODER_ARGS, DECODER_DEVICES, ENCODED, ImageDecoderBase
from adali.operators.image._crop_args import CROP_ARGS, CropWindow, require_inside


@operator(
    "decoders__ImageCrop",
    inputs=(ENCODED,),
    args=(*DECODER_ARGS, *CROP_ARGS),
    devices=DECODER_DEVICES,
    legacy=("ImageDecoderCrop", "HostDecoderCrop", "nvJPEGDecoderCrop", "experimental__decoders__ImageCrop"),
)
class ImageCrop(ImageDecoderBase):
    """Decodes a window of an image, of a given size and relative position.

    Only the window is decoded. It must lie inside the image. The output is (height, width, channels) of the window,
    layout HWC.
    """

    def setup(self) -> None:
        super().setup()
        self.crop = CropWindow(self)

    def region(self, ctx: SampleContext, info: ImageInfo, *windows: Array) -> Region:
        window = self.crop.window(ctx, info.height, info.width)
        require_inside(window, info.height, info.width)
        return window
