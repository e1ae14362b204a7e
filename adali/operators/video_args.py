"""Arguments that the readers, the decoder and the input of videos share."""

from __future__ import annotations

from adali.operators.base import REQUIRED, Arg, ArgKind
from adali.types import DALIDataType

__all__ = ["AFFINE", "FILL_VALUE", "FRAME_DTYPE", "SEQUENCE_LENGTH"]

AFFINE = Arg("affine", ArgKind.BOOL, True, "Concerns the decoder of a GPU; without effect.")
FILL_VALUE = Arg(
    "fill_value",
    ArgKind.INTS,
    (0,),
    'The values of a frame that is filled in with pad_mode="constant", 0 to 255: one, or one for each channel.',
)
FRAME_DTYPE = Arg("dtype", ArgKind.DTYPE, DALIDataType.UINT8, "Type of the frames: UINT8 or FLOAT.")
SEQUENCE_LENGTH = Arg("sequence_length", ArgKind.INT, REQUIRED, "Number of frames in a sequence.")
