"""random_crop_generator: random windows of a range of areas and aspect ratios."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Array, Input, SampleContext, SampleOperator, operator
from adali.operators.image._random_crop import RANDOM_CROP_ARGS, RandomCrop


@operator(
    "RandomCropGenerator",
    inputs=(
        Input("shapes", doc="Shapes of images, (height, width) or (height, width, channels), of an integer type."),
    ),
    args=RANDOM_CROP_ARGS,
    num_outputs=2,
    random=True,
)
class RandomCropGenerator(SampleOperator):
    """Draws windows as ``random_resized_crop`` does, without images: of a random area and a random aspect ratio.

    The outputs are the start (y, x) and the extents (height, width) of the window, INT32.
    """

    out_layout = ""

    def setup(self) -> None:
        self.crop = RandomCrop(self)

    def run(self, ctx: SampleContext, *inputs: Array) -> tuple[Array, ...]:
        shape = inputs[0]
        if shape.dtype.kind not in "iu" or shape.shape not in ((2,), (3,)):
            raise ValueError(f"a shape is 2 or 3 integers, got {shape.dtype} of shape {shape.shape}")
        y, x, height, width = self.crop.window(ctx.generator(), int(shape[0]), int(shape[1]))
        return np.array((y, x), np.int32), np.array((height, width), np.int32)
