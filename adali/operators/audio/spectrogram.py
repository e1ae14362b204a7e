"""spectrogram: short-time Fourier transform of a signal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.kernels.audio import Floats, Spectra, hann, padded_windows
from adali.operators.audio._signal import one_channel, require_float32
from adali.operators.audio._spectra_gpu import SPECTRA_KERNELS, Windows, spectra
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import ghosts


@operator(
    "Spectrogram",
    inputs=(
        Input(
            "data",
            doc="float32 signal with one channel: (samples,), or more dimensions of which all but one have extent 1.",
        ),
    ),
    args=(
        Arg(
            "center_windows",
            ArgKind.BOOL,
            True,
            "Window i is centred at sample i * window_step, and the signal is padded for those at its ends. Otherwise "
            "window i starts at that sample and only whole windows within the signal are taken.",
        ),
        Arg("layout", ArgKind.LAYOUT, "ft", 'Layout of the output: "ft" (frequency first) or "tf" (time first).'),
        Arg(
            "nfft",
            ArgKind.INT,
            None,
            "Length of the transform, at least window_length, which is the default; windows are filled up with zeros. "
            "There are nfft // 2 + 1 bins from 0 Hz to half the sample rate.",
        ),
        Arg("power", ArgKind.INT, 2, "2 for squared magnitudes, 1 for magnitudes."),
        Arg(
            "reflect_padding",
            ArgKind.BOOL,
            True,
            "Beyond its ends the signal is mirrored about its first and last sample; otherwise it is silent there. "
            "Without effect if center_windows is False.",
        ),
        Arg(
            "window_fn",
            ArgKind.FLOATS,
            None,
            "Weights of the samples of a window, window_length of them. By default a Hann window, "
            "sin^2(pi (i + 1/2) / window_length).",
        ),
        Arg("window_length", ArgKind.INT, 512, "Samples in a window."),
        Arg("window_step", ArgKind.INT, 256, "Samples from one window to the next."),
    ),
    devices=("cpu", "gpu"),
)
class Spectrogram(SampleOperator):
    """Makes a spectrogram of a signal: the power of each frequency in windows along the signal.

    The output is float32 of shape (nfft // 2 + 1, windows), or transposed with layout "tf". With centred windows there
    are samples // window_step + 1 of them, otherwise (samples - window_length) // window_step + 1.

    Fails on an empty signal, on one shorter than a window that is not centred, on several channels and on other types
    than float32.
    """

    def setup(self) -> None:
        length, step = self.args["window_length"], self.args["window_step"]
        if length <= 0:
            raise self.error(f"window_length must be positive, got {length}")
        if step <= 0:
            raise self.error(f"window_step must be positive, got {step}")
        nfft = length if self.args["nfft"] is None else self.args["nfft"]
        if nfft < length:
            raise self.error(f"nfft ({nfft}) must not be less than window_length ({length})")
        if self.args["power"] not in (1, 2):
            raise self.error(f"power must be 1 or 2, got {self.args['power']}")
        if self.args["layout"] not in ("ft", "tf"):
            raise self.error(f'layout must be "ft" or "tf", got {self.args["layout"]!r}')
        window = self.args["window_fn"]
        if window is not None and len(window) != length:
            raise self.error(f"window_fn has {len(window)} values, but window_length is {length}")
        self.step = step
        self.centre = bool(self.args["center_windows"])
        self.time_major = self.args["layout"] == "tf"
        self.spectra = Spectra(nfft, hann(length) if window is None else np.array(window), self.args["power"])

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return (self.args["layout"],)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        signal, count = self._signal(inputs[0])
        spectra, step = self.spectra, self.step
        padded = padded_windows(
            signal,
            spectra,
            step,
            count,
            spectra.length // 2 if self.centre else 0,
            reflect=self.centre and self.args["reflect_padding"],
        )
        shape = (count, spectra.bins) if self.time_major else (spectra.bins, count)
        out = ctx.empty(shape, np.float32)
        spectra.run(padded, step, count, out, self.time_major)
        return out

    def _signal(self, data: Array) -> tuple[Floats, int]:
        """The signal, and how many windows it has."""
        signal = require_float32(one_channel(data), "the signal")
        length = self.spectra.length
        if signal.size == 0:
            raise ValueError("the signal is empty")
        if self.centre:
            return signal, signal.size // self.step + 1
        if signal.size < length:
            raise ValueError(f"the signal has {signal.size} samples, less than a window ({length})")
        return signal, (signal.size - length) // self.step + 1

    gpu_kernels = SPECTRA_KERNELS

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        outlines = ghosts(batch)._samples
        length, bins = self.spectra.length, self.spectra.bins
        rows, made = [], []

        def add(i: int) -> None:
            signal, count = self._signal(outlines[i])
            made.append((count, bins) if self.time_major else (bins, count))
            rows.append(
                Windows(
                    windows=count,
                    inner=count,
                    in_outer=0,
                    in_inner=0,
                    in_step=1,
                    out_outer=0,
                    out_inner=bins if self.time_major else 1,
                    out_step=1 if self.time_major else count,
                    hop=self.step,
                    offset=length // 2 if self.centre else 0,
                    samples=signal.size,
                    length=length,
                    reflect=self.centre and self.args["reflect_padding"],
                )
            )

        ctx.each(add)
        out = ctx.empty(made, np.float32, self.args["layout"])
        lengths = [self.spectra.nfft] * len(rows)
        spectra(ctx, batch, out, rows, lengths, self.spectra.window, self.spectra.root)
        return out
