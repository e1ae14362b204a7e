"""transforms.shear: the matrix of a shear mapping."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from adali.operators.base import Arg, ArgKind, operator
from adali.operators.geometry._transforms import MATRIX_INPUT, REVERSE_ORDER, Floats, Transform, around


@operator(
    "transforms__Shear",
    inputs=(MATRIX_INPUT,),
    min_inputs=0,
    args=(
        Arg(
            "angles",
            ArgKind.FLOATS,
            None,
            "Angles in degrees, between -90 and 90, in place of ``shear``; their tangents are the factors.",
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
        Arg(
            "shear",
            ArgKind.FLOATS,
            None,
            "Factors: how far the first axis moves for a step along the second: (x by y, y by x), or "
            "(xy, xz, yx, yz, zx, zy) in three dimensions.",
            tensor=True,
            per_frame=True,
        ),
        REVERSE_ORDER,
    ),
)
class Shear(Transform):
    """Makes the matrix of a shear mapping, FLOAT of shape (2, 3) or (3, 4).

    It is applied to the input's transform if there is one.
    """

    values: ClassVar[dict[str, int]] = {"shear": 1, "angles": 1, "center": 1}

    def setup(self) -> None:
        if self.given("shear") == self.given("angles"):
            raise self.error("give either 'shear' or 'angles'")

    def matrix(self, ndim: int | None, *, shear: Floats | None, angles: Floats | None, center: Floats | None) -> Floats:
        if shear is None:
            assert angles is not None
            shear = np.tan(np.deg2rad(angles))
        if shear.size not in (2, 6):
            raise ValueError(f"a shear mapping has 2 factors, or 6 in three dimensions; got {shear.size}")
        n = 2 if shear.size == 2 else 3
        linear = np.eye(n)
        linear[~np.eye(n, dtype=bool)] = shear
        return around(linear, center)
