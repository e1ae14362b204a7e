"""constant: the same value for every sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.data import TensorListCPU
from adali.graph.node import DataNode
from adali.graph.spec import call_operator
from adali.operators.base import Arg, ArgKind, BatchContext, BatchOperator, operator
from adali.types import DALIDataType, ScalarConstant, to_dali_type, to_numpy_type


@operator(
    "Constant",
    args=(
        Arg(
            "dtype",
            ArgKind.DTYPE,
            None,
            "Type of the output; by default that of fdata (FLOAT) or idata (INT32).",
        ),
        Arg("fdata", ArgKind.FLOATS, None, "Values of a floating-point constant, flattened."),
        Arg("idata", ArgKind.INTS, None, "Values of an integer constant, flattened."),
        Arg("layout", ArgKind.LAYOUT, None, "Layout of the output."),
        Arg("shape", ArgKind.INTS, None, "Shape of the output; the number of values by default."),
    ),
    devices=("cpu", "gpu"),
)
class Constant(BatchOperator):
    """Produces the same constant for every sample of every batch.

    The values are given as ``fdata`` or ``idata``; a single value is repeated to fill ``shape``.
    """

    inline = True
    mixes_samples = False

    def setup(self) -> None:
        fdata, idata = self.args["fdata"], self.args["idata"]
        if (fdata is None) == (idata is None):
            raise self.error("give either fdata or idata")
        values = fdata if fdata is not None else idata
        default = DALIDataType.FLOAT if fdata is not None else DALIDataType.INT32
        array = np.asarray(values, dtype=to_numpy_type(self.args["dtype"] or default))
        shape = self.args["shape"]
        if shape is not None:
            if array.size == 1:
                array = np.full(shape, array.reshape(-1)[0])
            elif array.size != int(np.prod(shape)):
                raise self.error(f"{array.size} values do not fill shape {shape}")
            else:
                array = array.reshape(shape)
        self.value = array

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        """A new batch each time: a consumer may write into what it got."""
        slab = np.broadcast_to(self.value, (ctx.batch_size, *self.value.shape)).copy()
        samples = [slab[i, ...] for i in range(ctx.batch_size)]
        return TensorListCPU._from_samples(
            samples, self.args["layout"] or "", dtype=to_dali_type(slab.dtype), slab=slab
        )


def constant_node(value: Any, device: str = "cpu", **kwargs: Any) -> DataNode:
    """A constant node from a number, a list or an array.

    Raises:
        TypeError: the value has no numeric type.
    """
    dtype = kwargs.pop("dtype", None)
    if isinstance(value, ScalarConstant):
        dtype = dtype or value.dtype
        value = value.value
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind in "USOV":
        raise TypeError(f"{value!r} is not numeric")
    if dtype is None:
        if isinstance(value, (np.ndarray, np.generic)):
            dtype = to_dali_type(array.dtype)
        else:  # Python numbers are int32 and float32, as everywhere in the API
            dtype = {"b": DALIDataType.BOOL, "f": DALIDataType.FLOAT}.get(array.dtype.kind, DALIDataType.INT32)
    data: dict[str, Any] = {"shape": list(array.shape), "dtype": dtype}
    if array.dtype.kind == "f":
        data["fdata"] = array.reshape(-1).tolist()
    else:
        data["idata"] = [int(v) for v in array.reshape(-1)]
    node = call_operator("Constant", [], {**data, **kwargs})[0]
    return node.gpu() if device == "gpu" else node
