"""random.choice: elements of a list, drawn with given probabilities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from adali.data import TensorListCPU
from adali.operators.base import Arg, ArgKind, Array, BatchContext, BatchOperator, Input, operator
from adali.operators.random._distribution import SHAPE, SHAPE_LIKE, Distribution, Draw, check_shape

#: How far from 1 the sum of the probabilities may be.
TOLERANCE = 1e-4


@operator(
    "random__Choice",
    inputs=(
        Input("a", doc="A number n, for a choice from 0, 1, ..., n-1, or a tensor whose outermost slices are chosen."),
        SHAPE_LIKE,
    ),
    min_inputs=1,
    args=(
        Arg("p", ArgKind.FLOATS, None, "Probability of each element, summing up to 1; equal by default.", tensor=True),
        SHAPE,
    ),
    random=True,
)
class Choice(BatchOperator):
    """Draws elements of a tensor, each with its own probability, with replacement.

    The output has the type of the input. Its shape is ``shape``, or that of the second input, or that of one element,
    followed by the shape of the input without its first axis where the input has more than one.
    """

    mixes_samples = False

    def setup(self) -> None:
        if self.given("shape") and len(self.spec.inputs) > 1:
            raise self.error("give either 'shape' or an input to take the shape of, not both")

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        source = inputs[0]
        if not source._samples or source._samples[0].ndim == 0:
            self._check_count_type(source)
        fixed: tuple[int, ...] | None = None
        shapes: list[tuple[int, ...]] = []
        if len(inputs) > 1 or "shape" in ctx.columns:
            shapes = Distribution.shapes(ctx, inputs[1] if len(inputs) > 1 else None)
        else:
            fixed = check_shape(self.args["shape"] or ())
        samples = []
        for i, array in enumerate(source._samples):
            shape = fixed if fixed is not None else shapes[i]
            count = int(array) if array.ndim == 0 else array.shape[0]
            if count < 1:
                raise ValueError(f"nothing to choose from: sample {i} has {count} elements")
            draw = Draw(ctx, int(np.prod(shape, dtype=np.int64)), i)
            chosen = self._indices(ctx, draw, i, count).reshape(shape)
            samples.append(np.asarray(chosen if array.ndim == 0 else array[chosen], dtype=array.dtype))
        return TensorListCPU._from_samples(samples, self._layout(source, samples), dtype=source._dtype)

    def _check_count_type(self, source: TensorListCPU) -> None:
        if source._samples and source._samples[0].dtype.kind not in "iu":
            raise TypeError(f"a number to choose below must be an integer, got {source._dtype.name}")

    def _indices(self, ctx: BatchContext, draw: Draw, sample: int, count: int) -> npt.NDArray[np.intp]:
        p = ctx.array("p", sample)
        values = draw.uniform()[0]
        if p is None:
            return np.asarray(values * count).astype(np.intp)
        p = np.asarray(p, np.float64).reshape(-1)
        if p.size != count:
            raise ValueError(f"argument 'p' has {p.size} values for {count} elements (sample {sample})")
        if not np.all((p >= 0) & (p <= 1)):
            raise ValueError(f"argument 'p' holds probabilities from 0 to 1, got {p.tolist()} (sample {sample})")
        edges = np.cumsum(p)
        if abs(edges[-1] - 1) > TOLERANCE:
            raise ValueError(f"argument 'p' must sum up to 1, got {edges[-1]:g} (sample {sample})")
        # Scaling to the last edge keeps an element without probability from being chosen at the end of the range.
        return np.asarray(np.searchsorted(edges, values * edges[-1], side="right"), np.intp)

    @staticmethod
    def _layout(source: TensorListCPU, samples: list[Array]) -> str:
        layout = source._layout
        if not layout or not samples:
            return ""
        lost = len(layout) - samples[0].ndim
        return layout[lost:] if lost in (0, 1) else ""
