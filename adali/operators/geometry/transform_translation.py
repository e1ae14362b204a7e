"""transforms.translation: the matrix of a shift."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, operator
from adali.operators.geometry._transforms import MATRIX_INPUT, REVERSE_ORDER, Floats, Transform


@operator(
    "transforms__Translation",
    inputs=(MATRIX_INPUT,),
    min_inputs=0,
    args=(
        Arg(
            "offset",
            ArgKind.FLOATS,
            REQUIRED,
            "How far to shift, one number for each dimension.",
            tensor=True,
            per_frame=True,
        ),
        REVERSE_ORDER,
    ),
    legacy=("TransformTranslation",),
)
class Translation(Transform):
    """Makes the matrix of a shift, FLOAT of shape (n, n + 1); applied to the input's transform if there is one."""

    values: ClassVar[dict[str, int]] = {"offset": 1}

    def matrix(self, ndim: int | None, *, offset: Floats) -> Floats:
        return np.column_stack([np.eye(offset.size), offset])
