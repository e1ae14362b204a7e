"""normalize_permute: the oldest way to normalise images."""

from __future__ import annotations

import numpy as np

from adali.kernels.normalize import crop_mirror_normalize
from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.types import DALIDataType, DALIImageType, to_numpy_type


@operator(
    "NormalizePermute",
    inputs=(Input("images", ("HWC",), doc="Images of the height and width that the arguments say."),),
    args=(
        Arg("height", ArgKind.INT, REQUIRED, "Height of the images in pixels."),
        Arg("image_type", ArgKind.IMAGE_TYPE, DALIImageType.RGB, "GRAY has one channel, all others three."),
        Arg("mean", ArgKind.FLOATS, REQUIRED, "Mean of each channel, or one of all."),
        Arg("output_dtype", ArgKind.DTYPE, DALIDataType.FLOAT, "FLOAT or FLOAT16."),
        Arg("std", ArgKind.FLOATS, REQUIRED, "Standard deviation of each channel, or one of all."),
        Arg("width", ArgKind.INT, REQUIRED, "Width of the images in pixels."),
    ),
)
class NormalizePermute(SampleOperator):
    """Gives ``(image - mean) / std`` with the channels in front (CHW).

    An operator of the documented version; later ones of DALI lack it. ``crop_mirror_normalize`` does more.

    Raises:
        ValueError: an image of another size or number of channels.
    """

    out_layout = "CHW"

    def setup(self) -> None:
        a = self.args
        if a["output_dtype"] not in (DALIDataType.FLOAT, DALIDataType.FLOAT16):
            raise self.error(f"output_dtype must be FLOAT or FLOAT16, got {a['output_dtype'].name}")
        self.dtype = np.dtype(to_numpy_type(a["output_dtype"]))
        self.shape = (a["height"], a["width"], 1 if a["image_type"] == DALIImageType.GRAY else 3)
        for name in ("mean", "std"):
            if len(a[name]) not in (1, self.shape[2]):
                raise self.error(f"'{name}' must have 1 or {self.shape[2]} values, got {len(a[name])}")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        (image,) = inputs
        if image.shape != self.shape:
            raise ValueError(f"expected an image of shape {self.shape}, got {image.shape}")
        out = ctx.empty((image.shape[2], *image.shape[:2]), self.dtype)
        if not out.size:
            return out
        return crop_mirror_normalize(image, mean=self.args["mean"], std=self.args["std"], dtype=self.dtype, out=out)
