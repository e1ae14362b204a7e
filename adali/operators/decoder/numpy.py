"""decoders.numpy: the bytes of a .npy file become an array."""

from __future__ import annotations

import numpy as np

from adali.kernels.normalize import convert
from adali.kernels.npy import array_of, parse_header
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.types import to_numpy_type


@operator(
    "decoders__Numpy",
    inputs=(Input("data", doc="Bytes of a .npy file: uint8, one dimension."),),
    args=(
        Arg(
            "dtype",
            ArgKind.DTYPE,
            None,
            "Type of the output; values are rounded and clamped to integers. By default that of the file.",
        ),
    ),
)
class Numpy(SampleOperator):
    """Decodes NumPy's file format: an array of the shape and (without ``dtype``) the type that the file says.

    Arrays in C and in Fortran order, of either byte order, and versions 1 to 3 of the format are read; elements are
    booleans, integers or floats.

    Fails on bytes that are no such file, on one that is cut off and on one that has bytes behind the array.
    """

    out_layout = ""

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        (data,) = inputs
        if data.dtype != np.uint8 or data.ndim != 1:
            raise TypeError(f"expected the bytes of a file, uint8, one dimension; got {data.dtype} {data.shape}")
        array = array_of(parse_header(data), data, exact=True)
        wanted = self.args["dtype"]
        dtype = array.dtype if wanted is None else np.dtype(to_numpy_type(wanted))
        out = ctx.empty(array.shape, dtype)
        convert(array, dtype, out=out)
        return out
