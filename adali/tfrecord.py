"""What the features of a TFRecord hold, for ``fn.readers.tfrecord(features={...})``.

``FixedLenFeature(shape, type, default)`` is a feature whose values fill a given shape; ``VarLenFeature(type, default)``
or ``VarLenFeature(partial_shape, type, default)`` one with any number of values. Types are ``int64``, ``float32`` and
``string``.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Feature", "FeatureType", "FixedLenFeature", "VarLenFeature", "float32", "int64", "string"]


class FeatureType(enum.IntEnum):
    """Type of a feature's values, numbered as in DALI."""

    int64 = 0
    string = 1
    float32 = 2


int64 = FeatureType.int64
string = FeatureType.string
float32 = FeatureType.float32


@dataclass(frozen=True)
class Feature:
    """One feature of the records.

    Attributes:
        dtype: type of its values.
        shape: the whole shape or, with ``variable``, the shape after the first axis.
        variable: whether the number of values varies.
        default_value: kept for DALI's sake: a feature that a record lacks gives an empty array, as DALI documents it.
    """

    dtype: FeatureType
    shape: tuple[int, ...]
    variable: bool
    default_value: int | float | str

    @property
    def numpy_dtype(self) -> Any:
        """Type of the output's elements; a string is an array of bytes."""
        return {int64: np.int64, float32: np.float32, string: np.uint8}[self.dtype]


def FixedLenFeature(shape: Sequence[int], dtype: int, default_value: Any) -> Feature:
    """A feature whose values fill ``shape``; ``[]`` is a single value.

    A ``string`` must be a single one, shape ``[]`` or ``[1]``; its output is an array of its bytes.

    Raises:
        TypeError: the type is none of the three, or the default value is of another type.
        ValueError: a negative extent.
    """
    return _feature(shape, dtype, default_value, variable=False)


def VarLenFeature(*args: Any) -> Feature:
    """``VarLenFeature(dtype, default_value)`` or ``VarLenFeature(partial_shape, dtype, default_value)``.

    The output has shape ``(count, *partial_shape)``.

    Raises:
        TypeError, ValueError: see :func:`FixedLenFeature`.
    """
    if len(args) not in (2, 3):
        raise TypeError(
            f"VarLenFeature takes (dtype, default_value) or (partial_shape, dtype, default_value): got {args}"
        )
    shape = args[0] if len(args) == 3 else ()
    return _feature(shape, args[-2], args[-1], variable=True)


def _feature(shape: Sequence[int], dtype: int, default: Any, variable: bool) -> Feature:
    try:
        kind = FeatureType(dtype)
    except ValueError:
        raise TypeError(
            f"the type must be tfrecord.int64, tfrecord.float32 or tfrecord.string, got {dtype!r}"
        ) from None
    axes = tuple(int(extent) for extent in shape)
    if any(extent < 0 or (variable and extent == 0) for extent in axes):
        raise ValueError(f"extents must {'be positive' if variable else 'not be negative'}, got shape {axes}")
    wanted: tuple[type, ...] = {int64: (int,), float32: (float, int), string: (str,)}[kind]
    if not isinstance(default, wanted) or isinstance(default, bool):
        raise TypeError(f"the default value of a feature of type {kind.name} cannot be {default!r}")
    value: Any = default
    return Feature(kind, axes, variable, float(value) if kind is float32 else value)
