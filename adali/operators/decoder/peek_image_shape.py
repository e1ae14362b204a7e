"""peek_image_shape: the shape an image will have, from its header."""

from __future__ import annotations

import numpy as np

from adali.kernels.imagecodec import probe
from adali.operators.base import Arg, ArgKind, Array, SampleContext, SampleOperator, operator
from adali.operators.decoder._common import ENCODED, OUTPUT_TYPES, flat_bytes
from adali.types import DALIDataType, DALIImageType, to_numpy_type

_DTYPES = (
    DALIDataType.INT32,
    DALIDataType.UINT32,
    DALIDataType.INT64,
    DALIDataType.UINT64,
    DALIDataType.FLOAT,
    DALIDataType.FLOAT64,
)


@operator(
    "PeekImageShape",
    inputs=(ENCODED,),
    args=(
        Arg("adjust_orientation", ArgKind.BOOL, True, "Give the shape of the image turned upright (EXIF orientation)."),
        Arg("dtype", ArgKind.DTYPE, DALIDataType.INT64, "Type of the output."),
        Arg(
            "image_type",
            ArgKind.IMAGE_TYPE,
            DALIImageType.RGB,
            "Colours the image would be decoded to; ANY_DATA gives the number of channels in the file.",
        ),
    ),
    legacy=("experimental__PeekImageShape",),
)
class PeekImageShape(SampleOperator):
    """Reads the shape of an encoded image from its header: (height, width, channels); no pixel is decoded."""

    out_layout = ""

    def setup(self) -> None:
        dtype = self.args["dtype"]
        if dtype not in _DTYPES:
            raise self.error(f"dtype {dtype.name} is not supported; use " + ", ".join(t.name for t in _DTYPES))
        self.dtype = np.dtype(to_numpy_type(dtype))
        self.channels = OUTPUT_TYPES[self.args["image_type"]][1]
        self.orientation = bool(self.args["adjust_orientation"])

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        info = probe(flat_bytes(inputs[0]), use_orientation=self.orientation)
        return np.array((info.height, info.width, self.channels or info.channels), self.dtype)
