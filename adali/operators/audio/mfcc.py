"""mfcc: mel-frequency cepstral coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from adali.kernels.audio import Weights
from adali.operators.audio._signal import require_float32
from adali.operators.audio._weights_gpu import WEIGHTS_KERNELS, weighted
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import ghosts


def cosine_matrix(kind: int, count: int, length: int, orthonormal: bool) -> NDArray[Any]:
    """The first `count` rows of the discrete cosine transform of that kind (1 to 4) and length.

    The formulas are those that textbooks number DCT-I to DCT-IV; orthonormal rows are scaled to length 1.
    """
    k = np.arange(count)[:, None]
    n = np.arange(length)[None, :]
    if kind == 1:
        matrix = np.cos(np.pi * k * n / (length - 1))
        matrix[:, [0, -1]] *= 0.5
        return matrix
    row = k + 0.5 if kind in (3, 4) else k
    column = n + 0.5 if kind in (2, 4) else n
    matrix = np.cos(np.pi / length * row * column)
    if orthonormal:
        matrix *= np.sqrt(2 / length)
        if kind == 2:
            matrix[:1] *= np.sqrt(0.5)
        elif kind == 3:
            matrix[:, :1] *= np.sqrt(0.5)
    elif kind == 3:
        matrix[:, :1] *= 0.5
    return matrix


@operator(
    "MFCC",
    inputs=(Input("data", doc="float32 mel spectrogram, usually in decibels."),),
    args=(
        Arg("axis", ArgKind.INT, 0, "Dimension to transform: that of the mel bands."),
        Arg("dct_type", ArgKind.INT, 2, "Kind of the discrete cosine transform: 1, 2, 3 or 4."),
        Arg(
            "lifter",
            ArgKind.FLOAT,
            0.0,
            "If not 0, coefficient i is multiplied by 1 + lifter / 2 * sin(pi (i + 1) / lifter).",
        ),
        Arg("n_mfcc", ArgKind.INT, 20, "Number of coefficients; never more than there are bands."),
        Arg("normalize", ArgKind.BOOL, False, "The transform is orthonormal. Not possible with dct_type 1."),
    ),
    devices=("cpu", "gpu"),
)
class MFCC(SampleOperator):
    """Computes mel-frequency cepstral coefficients: a discrete cosine transform over the bands of a mel spectrogram.

    The output is float32 and has min(n_mfcc, bands) in place of the bands. The layout stays.

    Fails on an axis that does not exist, on one band with dct_type 1 and on other types than float32.
    """

    def setup(self) -> None:
        args = self.args
        if args["dct_type"] not in (1, 2, 3, 4):
            raise self.error(f"dct_type must be 1, 2, 3 or 4, got {args['dct_type']}")
        if args["dct_type"] == 1 and args["normalize"]:
            raise self.error("dct_type 1 has no orthonormal form; leave out normalize")
        if args["n_mfcc"] <= 0:
            raise self.error(f"n_mfcc must be positive, got {args['n_mfcc']}")
        if args["axis"] < 0:
            raise self.error(f"axis must not be negative, got {args['axis']}")
        self.transforms: dict[int, Weights] = {}

    def transform(self, bands: int) -> Weights:
        """The transform of that many bands, liftered; made once."""
        transform = self.transforms.get(bands)
        if transform is None:
            count = min(self.args["n_mfcc"], bands)
            matrix = cosine_matrix(self.args["dct_type"], count, bands, self.args["normalize"])
            lifter = self.args["lifter"]
            if lifter:
                matrix *= 1 + lifter / 2 * np.sin(np.pi / lifter * np.arange(1, count + 1))[:, None]
            transform = self.transforms[bands] = Weights(matrix)
        return transform

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        axis = self._axis(data)
        bands = data.shape[axis]
        shape = list(data.shape)
        shape[axis] = min(self.args["n_mfcc"], bands)
        out = ctx.empty(tuple(shape), np.float32)
        return out if out.size == 0 else self.transform(bands).apply(data, axis, out)

    def _axis(self, data: Array) -> int:
        """The axis to transform."""
        require_float32(data, "the mel spectrogram")
        axis: int = self.args["axis"]
        if axis >= data.ndim:
            raise ValueError(f"axis {axis} does not exist in data of {data.ndim} dimensions")
        if data.shape[axis] == 1 and self.args["dct_type"] == 1:
            raise ValueError("dct_type 1 needs at least two bands")
        return axis

    gpu_kernels = WEIGHTS_KERNELS

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        outlines = ghosts(batch)._samples
        return weighted(
            ctx,
            batch,
            lambda i: self._axis(outlines[i]),
            lambda bands: min(self.args["n_mfcc"], bands),
            self.transform,
        )
