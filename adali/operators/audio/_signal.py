"""Checks that several audio operators share."""

from __future__ import annotations

import numpy as np

from adali.kernels.audio import Floats
from adali.operators.base import Array


def require_float32(data: Array, what: str) -> Floats:
    """The data, if it is float32.

    Raises:
        TypeError: it has another type.
    """
    if data.dtype != np.float32:
        raise TypeError(f"{what} must be float32, got {data.dtype}; convert it with cast(dtype=FLOAT)")
    return data


def one_channel(data: Array) -> Array:
    """A signal as one dimension; at most one extent may differ from 1.

    Raises:
        ValueError: there are several channels.
    """
    if max(data.shape, default=1) != data.size:
        raise ValueError(f"the signal must have one channel: all dimensions but one of extent 1; got {data.shape}")
    return data.reshape(-1)
