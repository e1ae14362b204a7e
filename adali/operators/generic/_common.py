"""Helpers of the operators on any kind of data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.data import TensorListCPU
from adali.operators.base import Array, BatchContext, Operator
from adali.types import DALIDataType, to_numpy_type

__all__ = ["c_cast", "column_value", "exclusive", "normalize_axis", "numeric_dtype", "rebatch"]


def rebatch(batch: TensorListCPU, samples: list[Any], layout: str, **kwargs: Any) -> TensorListCPU:
    """A batch made sample by sample from another one: it keeps the type and where the samples came from."""
    kwargs.setdefault("dtype", batch._dtype)
    return TensorListCPU._from_samples(samples, layout, source_info=batch._source_info, **kwargs)


def normalize_axis(axis: int, ndim: int, what: str = "axis") -> int:
    """``axis`` counted from the front.

    Raises:
        ValueError: there is no such axis.
    """
    if not -ndim <= axis < ndim:
        raise np.exceptions.AxisError(f"{what} {axis} is out of range for data with {ndim} axes")
    return axis % ndim


def column_value(ctx: BatchContext, name: str, sample: int) -> tuple[Any, ...] | None:
    """A list argument as a flat tuple, constant or of one sample; None if it was not given."""
    value = ctx.arg(name, sample)
    return None if value is None else tuple(value)


def exclusive(op: Operator, *names: str) -> None:
    """Raise an error if more than one of these arguments was given."""
    given = [n for n in names if op.given(n)]
    if len(given) > 1:
        raise op.error(f"arguments {' and '.join(map(repr, given))} cannot be used together")


def c_cast(value: float, dtype: np.dtype[Any]) -> Array:
    """A number in another type as a cast in C gives it: fractions are cut off, and integers wrap around."""
    if dtype.kind in "iu":
        return np.array(int(value)).astype(dtype)
    with np.errstate(over="ignore"):
        return np.array(value, np.float32).astype(dtype)


def numeric_dtype(op: Operator, dtype: DALIDataType, refused: Sequence[DALIDataType] = ()) -> np.dtype[Any]:
    """The NumPy type of an argument that must be a numeric type."""
    try:
        if dtype not in refused:
            return np.dtype(to_numpy_type(dtype))
    except KeyError:
        pass
    raise op.error(f"the type {dtype.name} is not supported")
