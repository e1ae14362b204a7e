"""readers.caffe: images and labels from Caffe's LMDB."""

from __future__ import annotations

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, operator
from adali.operators.reader.lmdb_reader import LmdbReader, parse
from adali.operators.reader.loader import READER_ARGS
from adali.types import DALIDataType

__all__ = ["CaffeReader"]


@operator(
    "readers__Caffe",
    args=(
        *READER_ARGS,
        Arg("image_available", ArgKind.BOOL, True, "Whether the records have images; without them there is no output."),
        Arg("label_available", ArgKind.BOOL, True, "Whether the records have labels; without them there is no output."),
        Arg("path", ArgKind.STRS, REQUIRED, "The LMDB folders."),
    ),
    num_outputs=lambda args: int(args.get("image_available", True)) + int(args.get("label_available", True)),
    legacy=("CaffeReader",),
    random=True,
)
class CaffeReader(LmdbReader):
    """Reads images and labels from LMDB folders with Caffe's Datum messages.

    The outputs are the image, uint8 of shape (bytes,), as it is stored: an encoded file, or channels * height * width
    values of a raw image; and the label, int32 of shape (1,), or (0,) where a record has none.

    Samples come in the order of their keys. A damaged record fails alone, and ``on_error`` of the pipeline decides what
    becomes of it. The source of a sample is its folder and key. liblmdb is not needed.

    Raises:
        ArgumentError: folders that hold no readable LMDB or no records, or neither image nor label.
    """

    def setup(self) -> None:
        available = (self.args["image_available"], self.args["label_available"])
        types = zip(available, (DALIDataType.UINT8, DALIDataType.INT32), strict=True)
        self.output_types = tuple(dtype for wanted, dtype in types if wanted)
        super().setup()

    def extract(self, data: Array) -> tuple[Array, ...]:
        datum = parse("Datum", data)
        row: list[Array] = []
        if self.args["image_available"]:
            row.append(np.frombuffer(datum.data, np.uint8))
        if self.args["label_available"]:
            row.append(np.array([datum.label] if datum.HasField("label") else [], np.int32))
        return tuple(row)
