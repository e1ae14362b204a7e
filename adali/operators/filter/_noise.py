"""What the noise operators share."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input

DATA = Input("data", doc="Integers or floats, any shape and layout.")


def parameter(name: str, default: float | None, doc: str) -> Arg:
    """A float argument that may differ by sample."""
    return Arg(name, ArgKind.FLOAT, default, doc, tensor=True)


def check_type(data: Array) -> None:
    """Refuse what is neither integers nor float32.

    Raises:
        ValueError: another type.
    """
    if data.dtype.kind not in "iu" and data.dtype != np.float32:
        raise ValueError(f"input type {data.dtype} is not supported; supported: integers and float32")
