"""transforms.crop: the matrix that leads from one box to another."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from adali.operators.base import Arg, ArgKind, operator
from adali.operators.geometry._transforms import MATRIX_INPUT, REVERSE_ORDER, Floats, Transform

NAMES = ("from_start", "from_end", "to_start", "to_end")


@operator(
    "transforms__Crop",
    inputs=(MATRIX_INPUT,),
    min_inputs=0,
    args=(
        Arg("absolute", ArgKind.BOOL, False, "Whether start and end are swapped where the start is the larger."),
        *(
            Arg(
                f"{box}_{corner}",
                ArgKind.FLOATS,
                (value,),
                f"The {bound} corner of the {name}; one number stands for all dimensions.",
                tensor=True,
                per_frame=True,
            )
            for box, name in (("from", "box in the old coordinates"), ("to", "same box in the new ones"))
            for corner, bound, value in (("start", "lower", 0.0), ("end", "upper", 1.0))
        ),
        REVERSE_ORDER,
    ),
)
class Crop(Transform):
    """Makes the matrix that maps ``from_start`` to ``to_start`` and ``from_end`` to ``to_end``, each axis on its own.

    It has the shape (n, n + 1) and is applied to the input's transform if there is one.
    """

    values: ClassVar[dict[str, int]] = dict.fromkeys(NAMES, 1)

    def matrix(
        self, ndim: int | None, *, from_start: Floats, from_end: Floats, to_start: Floats, to_end: Floats
    ) -> Floats:
        defaults = (0.0, 1.0, 0.0, 1.0)
        corners = [
            corner if corner.size else np.array([default])
            for corner, default in zip((from_start, from_end, to_start, to_end), defaults, strict=True)
        ]
        n = max(c.size for c in corners)
        if any(c.size not in (1, n) for c in corners):
            raise ValueError(f"the corners have different numbers of values: {[c.size for c in corners]}")
        a, b, c, d = (np.broadcast_to(corner, n) for corner in corners)
        if self.args["absolute"]:
            a, b, c, d = np.minimum(a, b), np.maximum(a, b), np.minimum(c, d), np.maximum(c, d)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = (d - c) / (b - a)
            shift = c - scale * a
        # An empty box gives an infinite scale; the other elements must stay 0.
        result = np.zeros((n, n + 1))
        result[np.arange(n), np.arange(n)] = scale
        result[:, n] = shift
        return result
