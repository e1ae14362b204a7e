"""mel_filter_bank: power of frequency bands that lie on the mel scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adali.kernels.audio import Weights
from adali.operators.audio._signal import require_float32
from adali.operators.audio._weights_gpu import WEIGHTS_KERNELS, weighted
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import ghosts

_BREAK_HZ, _BREAK_MEL = 1000.0, 15.0  # Slaney: linear below, logarithmic above
_LOG_STEP = math.log(6.4) / 27


def hz_to_mel(hz: float, formula: str) -> float:
    """Mel of a frequency: 2595 log10(1 + f / 700) ("htk"), or Slaney's Auditory Toolbox ("slaney")."""
    if formula == "htk":
        return 2595 * math.log10(1 + hz / 700)
    if hz < _BREAK_HZ:
        return hz * _BREAK_MEL / _BREAK_HZ
    return _BREAK_MEL + math.log(hz / _BREAK_HZ) / _LOG_STEP


def mel_to_hz(mel: NDArray[np.float64], formula: str) -> NDArray[np.float64]:
    """The inverse of `hz_to_mel`."""
    result: NDArray[np.float64]
    if formula == "htk":
        result = 700 * (10 ** (mel / 2595) - 1)
    else:
        above = _BREAK_HZ * np.exp((np.maximum(mel, _BREAK_MEL) - _BREAK_MEL) * _LOG_STEP)
        result = np.where(mel < _BREAK_MEL, mel * _BREAK_HZ / _BREAK_MEL, above)
    return result


def triangles(
    bins: int, count: int, sample_rate: float, low: float, high: float, formula: str, normalize: bool
) -> NDArray[Any]:
    """Weights of the filters, (count, bins); bins are spread evenly from 0 Hz to half the sample rate.

    The corners of the triangles are at equal distances in mel between `low` and `high` (Hz); each filter rises from
    the peak of the one before it and falls to the peak of the next. Peaks are 1, areas (over Hz) if `normalize`.
    """
    edges = mel_to_hz(np.linspace(hz_to_mel(low, formula), hz_to_mel(high, formula), count + 2), formula)
    if bins < 2:
        return np.zeros((count, bins))
    hz = np.arange(bins) * (sample_rate / 2 / (bins - 1))
    left, peak, right = (edges[i : i + count, None] for i in range(3))
    weights: NDArray[Any] = np.minimum((hz - left) / (peak - left), (right - hz) / (right - peak))
    # A bin at the very end of a filter gets nothing, whatever the rounding of the way to mel and back.
    weights[weights < 1e-9] = 0
    return weights * (2 / (right - left)) if normalize else weights


@operator(
    "MelFilterBank",
    inputs=(Input("data", doc="float32 spectrogram with a frequency axis, 'f' in its layout."),),
    args=(
        Arg("freq_high", ArgKind.FLOAT, 0.0, "Upper end of the last band in Hz; 0 is half the sample rate."),
        Arg("freq_low", ArgKind.FLOAT, 0.0, "Lower end of the first band in Hz."),
        Arg(
            "mel_formula",
            ArgKind.STR,
            "slaney",
            'How Hz become mel: "slaney" (linear below 1 kHz, logarithmic above) or "htk" (2595 log10(1 + f / 700)).',
        ),
        Arg("nfilter", ArgKind.INT, 128, "Number of bands."),
        Arg("normalize", ArgKind.BOOL, True, "The area of a filter over Hz is 1; otherwise its peak is 1."),
        Arg("sample_rate", ArgKind.FLOAT, 44100.0, "Sample rate of the signal in Hz."),
    ),
    devices=("cpu", "gpu"),
)
class MelFilterBank(SampleOperator):
    """Turns a spectrogram into a mel spectrogram by a bank of overlapping triangular filters.

    The frequency axis is 'f' in the layout; without a layout it is the last but one, or the only one. Its bins are
    taken to lie evenly from 0 Hz to half the sample rate, as `spectrogram` makes them. The output is float32 and has
    nfilter in place of the bins.

    Fails on a layout without 'f' and on other types than float32.
    """

    def setup(self) -> None:
        args = self.args
        rate, low = args["sample_rate"], args["freq_low"]
        if args["nfilter"] <= 0:
            raise self.error(f"nfilter must be positive, got {args['nfilter']}")
        if not rate > 0:
            raise self.error(f"sample_rate must be positive, got {rate:g}")
        high = args["freq_high"] or rate / 2
        if not 0 <= low < high <= rate:
            raise self.error(f"need 0 <= freq_low < freq_high <= sample_rate, got {low:g}, {high:g} and {rate:g}")
        if args["mel_formula"] not in ("slaney", "htk"):
            raise self.error(f'mel_formula must be "slaney" or "htk", got {args["mel_formula"]!r}')
        self.high = high
        self.banks: dict[int, Weights] = {}

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        if inputs[0] and "f" not in inputs[0]:
            raise ValueError(f"the layout must contain 'f', the frequency axis; got {inputs[0]!r}")
        return (inputs[0],)

    def bank(self, bins: int) -> Weights:
        """The filters for that many bins; made once."""
        bank = self.banks.get(bins)
        if bank is None:
            a = self.args
            bank = self.banks[bins] = Weights(
                triangles(
                    bins, a["nfilter"], a["sample_rate"], a["freq_low"], self.high, a["mel_formula"], a["normalize"]
                )
            )
        return bank

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        axis = self._axis(data, ctx.batch.in_layouts[0])
        shape = list(data.shape)
        shape[axis] = self.args["nfilter"]
        return self.bank(data.shape[axis]).apply(data, axis, ctx.empty(tuple(shape), np.float32))

    @staticmethod
    def _axis(data: Array, layout: str) -> int:
        """The frequency axis."""
        require_float32(data, "the spectrogram")
        if data.ndim == 0:
            raise ValueError("the spectrogram needs at least one dimension")
        return layout.index("f") if layout else max(data.ndim - 2, 0)

    gpu_kernels = WEIGHTS_KERNELS

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        outlines = ghosts(batch)._samples
        self.layouts(ctx.in_layouts)
        return weighted(
            ctx,
            batch,
            lambda i: self._axis(outlines[i], ctx.in_layouts[0]),
            lambda bins: self.args["nfilter"],
            self.bank,
        )
