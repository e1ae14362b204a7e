"""decoders.image_crop: decode a window of an image."""

from __future__ import annotations

from adali.operators.base import Array, SampleContext, operator
from adali.operators.decoder._common import DECODER_ARGS, DECODER_DEVICES, ENCODED, ImageDecoderBase, flat_bytes
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

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = flat_bytes(inputs[0])
        info = self.info(data)
        window = self.crop.window(ctx, info.height, info.width)
        require_inside(window, info.height, info.width)
        return self.decode(ctx, data, info, window)
