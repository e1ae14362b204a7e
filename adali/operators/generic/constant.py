"""constant: the same value for every sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.data import TensorListCPU
from adali.errors import ArgumentError
from adali.graph.node import DataNode
from adali.graph.spec import call_operator
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, BatchContext, BatchOperator, operator
from adali.operators.gpu import GpuContext
from adali.types import (
    DALIDataType,
    DALIImageType,
    DALIInterpType,
    ScalarConstant,
    storage_dtype,
    to_dali_type,
)

_ENUM_TYPES: dict[type, DALIDataType] = {
    DALIInterpType: DALIDataType.INTERP_TYPE,
    DALIImageType: DALIDataType.IMAGE_TYPE,
    DALIDataType: DALIDataType.DATA_TYPE,
}


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
        values = np.asarray(fdata, np.float64) if fdata is not None else _integers(idata)
        default = DALIDataType.FLOAT if fdata is not None else DALIDataType.INT32
        self.dtype: DALIDataType = self.args["dtype"] or default
        try:
            array = convert(values, storage_dtype(self.dtype))
        except KeyError:
            raise self.error(f"a constant cannot be of type {self.dtype.name}") from None
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
        slab = np.empty((ctx.batch_size, *self.value.shape), self.value.dtype)
        slab[...] = self.value
        samples = [slab[i, ...] for i in range(ctx.batch_size)]
        return TensorListCPU._from_samples(samples, self.args["layout"] or "", dtype=self.dtype, slab=slab)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        return ctx.to_device(self.run(ctx))


def _integers(values: Sequence[int]) -> Array:
    array: Array = np.asarray(values)
    if array.dtype == object:  # above the range of uint64, or both negative and above that of int64
        raise ArgumentError(f"integer constants have 64 bits, got {list(values)}")
    return array if array.size else array.astype(np.int64)


def constant_node(value: Any, device: str = "cpu", **kwargs: Any) -> DataNode:
    """A constant node from a number, an enum of ``adali.types``, a list of them or an array.

    Python numbers are int32 or float32 and so are arrays of 64-bit numbers, where no type is given and the values
    fit.

    Args:
        value: the constant.
        device: "cpu" or "gpu".
        kwargs: arguments of the operator (``dtype``, ``shape``, ``layout``) that are not to follow from the value.

    Raises:
        TypeError: the value has no numeric type.
    """
    kwargs = {k: v for k, v in kwargs.items() if v is not None}
    dtype = kwargs.pop("dtype", None)
    if isinstance(value, ScalarConstant):
        dtype = dtype or value.dtype
        value = value.value
    first = value
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if type(first) in _ENUM_TYPES:
        dtype = dtype or _ENUM_TYPES[type(first)]
        value = np.vectorize(int, otypes=[np.int32])(np.asarray(value, dtype=object))
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind in "USOV":
        raise TypeError(f"{value!r} is not numeric")
    if dtype is None:
        dtype = to_dali_type(_narrow(array, isinstance(value, (np.ndarray, np.generic))))
    data: dict[str, Any] = {"shape": list(array.shape), "dtype": dtype}
    if array.dtype.kind == "f":
        data["fdata"] = array.reshape(-1).tolist()
    else:
        data["idata"] = [int(v) for v in array.reshape(-1)]
    node = call_operator("Constant", [], {**data, **kwargs})[0]
    return node.gpu() if device == "gpu" else node


def _narrow(array: Array, typed: bool) -> np.dtype[Any]:
    """The element type of a constant whose type was not given."""
    if array.dtype.kind == "f":
        return np.dtype(np.float32) if array.dtype == np.float64 else array.dtype
    if array.dtype.kind not in "iu" or array.dtype.itemsize < 8:
        return array.dtype
    narrow = np.dtype(np.uint32 if typed and array.dtype.kind == "u" else np.int32)
    limits = np.iinfo(narrow)
    fits = array.size == 0 or (int(array.min()) >= limits.min and int(array.max()) <= limits.max)
    return narrow if fits else array.dtype
