"""power_spectrum: Fourier transform along one axis."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from adali.kernels.audio import Spectra
from adali.kernels.scratch import scratch
from adali.operators.audio._signal import require_float32
from adali.operators.audio._spectra_gpu import SPECTRA_KERNELS, Windows, spectra
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import ghosts

_SLOT = 44

#: Fewer transforms than this are done one by one.
_FEW = 4


@operator(
    "PowerSpectrum",
    inputs=(Input("data", doc="float32 data with at least one dimension."),),
    args=(
        Arg("axis", ArgKind.INT, -1, "Dimension to transform; -1 is the last one."),
        Arg(
            "nfft",
            ArgKind.INT,
            None,
            "Length of the transform; by default the extent of the axis. Longer data is cut off, shorter data is "
            "filled up with zeros. There are nfft // 2 + 1 bins.",
        ),
        Arg("power", ArgKind.INT, 2, "2 for squared magnitudes, 1 for magnitudes."),
    ),
    devices=("cpu", "gpu"),
)
class PowerSpectrum(SampleOperator):
    """Computes the power spectrum of real data along one axis.

    The output is float32 and has the shape of the input, with nfft // 2 + 1 for the axis: the bins from frequency 0 to
    half the sample rate. The layout stays.

    Fails on an axis that does not exist, on an empty axis and on other types than float32.
    """

    def setup(self) -> None:
        if self.args["power"] not in (1, 2):
            raise self.error(f"power must be 1 or 2, got {self.args['power']}")
        if self.args["nfft"] is not None and self.args["nfft"] <= 0:
            raise self.error(f"nfft must be positive, got {self.args['nfft']}")
        if self.args["axis"] < -1:
            raise self.error(f"axis must be the index of a dimension, or -1 for the last, got {self.args['axis']}")
        self.known: dict[tuple[int, int], Spectra] = {}

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        axis = self._axis(data)
        nfft = self.args["nfft"] or data.shape[axis]
        rows = np.moveaxis(data, axis, -1)[..., :nfft]
        length = rows.shape[-1]
        count = rows.size // length
        shape = list(data.shape)
        shape[axis] = nfft // 2 + 1
        out = ctx.empty(tuple(shape), np.float32)
        if count < _FEW:
            spectrum = np.fft.rfft(rows, nfft)
            power = np.abs(spectrum) if self.args["power"] == 1 else spectrum.real**2 + spectrum.imag**2
            np.moveaxis(out, axis, -1)[...] = power
            return out
        spectra = self.known.get((nfft, length))
        if spectra is None:
            spectra = self.known[nfft, length] = Spectra(nfft, np.ones(length), self.args["power"])
        signal = scratch(max(spectra.samples(length, count), rows.size), np.float32, _SLOT)
        signal[: rows.size].reshape(rows.shape)[...] = rows
        signal[rows.size :] = 0
        if axis == data.ndim - 1:
            spectra.run(signal, length, count, out.reshape(count, -1), True)
        elif axis == 0:
            spectra.run(signal, length, count, out.reshape(-1, count), False)
        else:
            result = np.empty((count, spectra.bins), np.float32)
            spectra.run(signal, length, count, result, True)
            np.moveaxis(out, axis, -1)[...] = result.reshape(*rows.shape[:-1], -1)
        return out

    def _axis(self, data: Array) -> int:
        """The axis to transform."""
        require_float32(data, "the data")
        axis: int = data.ndim - 1 if self.args["axis"] == -1 else self.args["axis"]
        if not 0 <= axis < data.ndim:
            raise ValueError(f"axis {self.args['axis']} does not exist in data of {data.ndim} dimensions")
        if data.shape[axis] == 0:
            raise ValueError("the axis to transform is empty")
        return axis

    gpu_kernels = SPECTRA_KERNELS

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        shapes, outlines = batch.shape(), ghosts(batch)._samples
        axes = ctx.each(lambda i: self._axis(outlines[i]))
        lengths = [self.args["nfft"] or shape[axis] for shape, axis in zip(shapes, axes, strict=True)]
        made, rows = [], []
        for shape, axis, nfft in zip(shapes, axes, lengths, strict=True):
            extent, bins, inner = shape[axis], nfft // 2 + 1, prod(shape[axis + 1 :])
            made.append((*shape[:axis], bins, *shape[axis + 1 :]))
            rows.append(
                Windows(
                    windows=prod(shape[:axis]) * inner,
                    inner=inner,
                    in_outer=extent * inner,
                    in_inner=1,
                    in_step=inner,
                    out_outer=bins * inner,
                    out_inner=1,
                    out_step=inner,
                    hop=0,
                    offset=0,
                    samples=extent,
                    length=min(nfft, extent),
                )
            )
        out = ctx.empty(made, np.float32, batch._layout)
        spectra(ctx, batch, out, rows, lengths, None, self.args["power"] == 1)
        return out
