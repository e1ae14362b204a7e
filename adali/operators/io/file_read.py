"""io.file.read: the contents of files whose names are data."""

from __future__ import annotations

import os

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.reader.files import Files


@operator(
    "io__file__Read",
    inputs=(Input("filepaths", doc="The name of a file or its URL, encoded: uint8 or int8, one dimension."),),
    args=(
        Arg(
            "dont_use_mmap",
            ArgKind.BOOL,
            False,
            "Read with plain I/O instead of mapping the file. Files are always read here, so both values do the same.",
        ),
        Arg(
            "use_o_direct",
            ArgKind.BOOL,
            False,
            "Read local files without the system's cache. Where the system or the file system cannot do it, every file "
            "fails and says so.",
        ),
    ),
)
class Read(SampleOperator):
    """Reads whole files: the output holds their bytes, uint8 of shape (bytes,).

    Make a name in Python with ``np.frombuffer(name.encode(), np.uint8)``; a zero at its end is ignored. URLs are read
    as in the readers (docs/readers.md), one request for each worker thread at a time.

    Fails on a file that cannot be read.
    """

    out_layout = ""

    def __init__(self, *args: object) -> None:
        self.files = Files()
        super().__init__(*args)  # type: ignore[arg-type]

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        (name,) = inputs
        if name.dtype not in (np.uint8, np.int8) or name.ndim != 1:
            raise TypeError(f"expected an encoded name, uint8, one dimension; got {name.dtype} {name.shape}")
        return self.files.read(os.fsdecode(name.tobytes().rstrip(b"\0")), direct=self.args["use_o_direct"])

    def close(self) -> None:
        self.files.close()
