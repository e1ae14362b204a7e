"""What the operators that make matrices of affine transforms have in common."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

import numpy as np
import numpy.typing as npt

from adali.data import TensorListCPU
from adali.operators.base import Arg, ArgKind, Array, BatchContext, BatchOperator, Input, SampleContext
from adali.operators.geometry._frames import PerFrameArg, frame_count

__all__ = ["MATRIX_INPUT", "REVERSE_ORDER", "Floats", "Transform", "around", "frames_of", "make_batch"]

Floats = npt.NDArray[np.float64]

REVERSE_ORDER = Arg(
    "reverse_order",
    ArgKind.BOOL,
    False,
    "Whether the input's transform is applied after this one, and not before it. Without effect if there is none.",
)
MATRIX_INPUT = Input(
    "matrix", doc="Optional; a transform to combine with: FLOAT of shape (n, n + 1), or (frames, n, n + 1)."
)


def _no_memory(*_: object) -> NoReturn:
    raise AssertionError("the result's memory is made elsewhere")


def frames_of(matrix: Array, layout: str) -> int | None:
    """Number of frames that an input has matrices for; None for a single one.

    Raises:
        ValueError: it holds no affine transforms.
    """
    if matrix.dtype != np.float32:
        raise ValueError(f"a transform must be of type FLOAT, got {matrix.dtype}")
    frames = matrix.ndim == 3 and layout.startswith("F")
    if matrix.ndim != 2 + frames or matrix.shape[-1] != matrix.shape[-2] + 1:
        raise ValueError(f"a transform must have the shape (n, n + 1), got {matrix.shape}")
    return len(matrix) if frames else None


def make_batch(matrices: list[Array]) -> TensorListCPU:
    """Matrices as a batch; its layout says whether they belong to frames."""
    frames = any(m.ndim == 3 for m in matrices)
    return TensorListCPU._from_samples(matrices, "F**" if frames else "**")


def extend(matrix: Floats) -> Floats:
    """The square matrix for points with a 1 appended."""
    return np.vstack([matrix, np.eye(matrix.shape[1])[-1:]])


def around(linear: Floats, center: Floats | None) -> Floats:
    """The transform that applies a matrix to the way from a centre, the origin by default.

    Raises:
        ValueError: the centre has another number of coordinates.
    """
    n = len(linear)
    if center is None:
        return np.column_stack([linear, np.zeros(n)])
    if center.size != n:
        raise ValueError(f"'center' has {center.size} values for a transform of {n} dimensions")
    return np.column_stack([linear, center - linear @ center])


class Transform(BatchOperator):
    """Base of operators that make an affine transform, and apply it to another if there is an input.

    Attributes:
        values: the arguments that it is made of, and how many axes each has for one frame.
    """

    inline = True
    mixes_samples = False
    values: ClassVar[dict[str, int]] = {}

    def matrix(self, *args: Any, **kwargs: Any) -> Floats:
        """The transform, shape (n, n + 1), from the n of the input (None if there is none), and by their names, one
        value of each argument (None if not given). Points are (x, y) or (x, y, z).
        """
        raise NotImplementedError

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        results = []
        for i in range(ctx.batch_size):
            sample = SampleContext(ctx, i, _no_memory)
            args = {name: PerFrameArg(sample, name, ndim, np.float64) for name, ndim in self.values.items()}
            given = inputs[0]._samples[i] if inputs else None
            frames = None if given is None else frames_of(given, ctx.in_layouts[0])
            count = frame_count(list(args.values()), frames)
            made = [self._one(given, frames, args, f) for f in range(1 if count is None else count)]
            results.append(made[0] if count is None else np.stack(made))
        return make_batch(results)

    def _one(self, given: Array | None, frames: int | None, args: dict[str, PerFrameArg], frame: int) -> Array:
        base = given if given is None or frames is None else given[0 if frames == 1 else frame]
        n = None if base is None else len(base)
        matrix = self.matrix(n, **{name: a.frame(frame) for name, a in args.items()})
        if base is not None:
            if len(matrix) != n:
                raise ValueError(f"a transform of {len(matrix)} dimensions cannot be applied to one of {n}")
            other = base.astype(np.float64)
            matrix = other @ extend(matrix) if self.args["reverse_order"] else matrix @ extend(other)
        return matrix.astype(np.float32)
