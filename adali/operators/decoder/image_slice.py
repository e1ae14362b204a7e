"""decoders.image_slice: decode a window of an image, given as in slice."""

from __future__ import annotations

from adali.kernels.imagecodec import ImageInfo, Region
from adali.operators.base import Array, SampleContext, operator
from adali.operators.decoder._common import DECODER_ARGS, DECODER_DEVICES, ENCODED, ImageDecoderBase
from adali.operators.image._crop_args import require_inside
from adali.operators.image._slice_args import SLICE_ARGS, SLICE_INPUTS, SliceWindow


@operator(
    "decoders__ImageSlice",
    inputs=(ENCODED, *SLICE_INPUTS),
    min_inputs=1,
    args=(*DECODER_ARGS, *SLICE_ARGS),
    devices=DECODER_DEVICES,
    legacy=("ImageDecoderSlice", "HostDecoderSlice", "nvJPEGDecoderSlice", "experimental__decoders__ImageSlice"),
)
class ImageSlice(ImageDecoderBase):
    """Decodes a window of an image; the window is given as for ``slice``, with the axes H and W (0 and 1).

    Only the window is decoded. It must lie inside the image and hold at least one pixel. The output is (height,
    width, channels) of the window, layout HWC.
    """

    def setup(self) -> None:
        super().setup()
        self.slice = SliceWindow(self)

    def region(self, ctx: SampleContext, info: ImageInfo, *windows: Array) -> Region:
        extents = (info.height, info.width)
        (y, x), (h, w) = self.slice.box(ctx, self.slice.axes(ctx, "HW", 2), extents, windows)
        require_inside((y, x, h, w), *extents)
        if not h or not w:
            raise ValueError(f"the window of {h}x{w} pixels is empty")
        return (y, x, h, w)
