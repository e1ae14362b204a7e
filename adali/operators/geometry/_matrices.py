"""Matrices of rotations; points are (x, y) or (x, y, z)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["rotation", "rotation_2d", "rotation_3d"]


def _sine_cosine(degrees: float) -> tuple[float, float]:
    # The angle in radians is single precision, as DALI's: it decides which of two equal extents is the larger.
    radians = float(np.float32(degrees) * np.float32(np.pi / 180))
    return float(np.sin(radians)), float(np.cos(radians))


def rotation_2d(degrees: float) -> npt.NDArray[np.float64]:
    """Turns x towards y: counter-clockwise where y goes up."""
    s, c = _sine_cosine(degrees)
    return np.array([[c, -s], [s, c]])


def rotation_3d(degrees: float, axis: Any) -> npt.NDArray[np.float64]:
    """Rotation around an axis (x, y, z) of any length by Rodrigues' formula; NaN for an axis of length 0."""
    s, c = _sine_cosine(degrees)
    vector = np.asarray(axis, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y, z = vector / np.sqrt(vector @ vector)
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        result: npt.NDArray[np.float64] = c * np.eye(3) + s * cross + (1 - c) * np.outer((x, y, z), (x, y, z))
    return result


def rotation(degrees: float, axis: Any = None) -> npt.NDArray[np.float64]:
    """In three dimensions if there is an axis."""
    return rotation_2d(degrees) if axis is None else rotation_3d(degrees, axis)
