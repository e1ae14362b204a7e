"""transforms.scale: the matrix of a scaling."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, operator
from adali.operators.geometry._transforms import MATRIX_INPUT, REVERSE_ORDER, Floats, Transform, around


@operator(
    "transforms__Scale",
    inputs=(MATRIX_INPUT,),
    min_inputs=0,
    args=(
        Arg(
            "scale",
            ArgKind.FLOATS,
            REQUIRED,
            "Factor of each dimension, or one for all.",
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
        Arg("ndim", ArgKind.INT, None, "Number of dimensions, if neither ``scale`` nor an input tells it."),
        REVERSE_ORDER,
    ),
)
class Scale(Transform):
    """Makes the matrix of a scaling, FLOAT of shape (n, n + 1); applied to the input's transform if there is one."""

    values: ClassVar[dict[str, int]] = {"scale": 1, "center": 1}

    def matrix(self, ndim: int | None, *, scale: Floats, center: Floats | None) -> Floats:
        n = scale.size if scale.size > 1 else ndim or self.args["ndim"] or 1
        if center is not None and center.size == 1:
            center = np.repeat(center, n)
        return around(np.eye(n) * scale, center)
