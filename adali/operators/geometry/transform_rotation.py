"""transforms.rotation: the matrix of a rotation."""

from __future__ import annotations

from typing import ClassVar

from adali.operators.base import REQUIRED, Arg, ArgKind, operator
from adali.operators.geometry._matrices import rotation_2d, rotation_3d
from adali.operators.geometry._transforms import MATRIX_INPUT, REVERSE_ORDER, Floats, Transform, around


@operator(
    "transforms__Rotation",
    inputs=(MATRIX_INPUT,),
    min_inputs=0,
    args=(
        Arg("angle", ArgKind.FLOAT, REQUIRED, "Angle in degrees, from x towards y.", tensor=True, per_frame=True),
        Arg(
            "axis",
            ArgKind.FLOATS,
            None,
            "The axis (x, y, z) of a rotation in three dimensions, of any length but 0.",
            tensor=True,
            per_frame=True,
        ),
        Arg(
            "center",
            ArgKind.FLOATS,
            None,
            "The point that stays where it is; the origin by default.",
            tensor=True,
            per_frame=True,
        ),
        REVERSE_ORDER,
    ),
)
class Rotation(Transform):
    """Makes the matrix of a rotation, FLOAT of shape (2, 3), or (3, 4) if there is an axis.

    It is applied to the input's transform if there is one.
    """

    values: ClassVar[dict[str, int]] = {"angle": 0, "axis": 1, "center": 1}

    def matrix(self, ndim: int | None, *, angle: Floats, axis: Floats | None, center: Floats | None) -> Floats:
        if axis is None:
            return around(rotation_2d(float(angle)), center)
        if axis.size != 3:
            raise ValueError(f"'axis' must have 3 values, got {axis.size}")
        return around(rotation_3d(float(angle), axis), center)
