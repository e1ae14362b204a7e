"""Audio kernels where the golden cases do not lead: long transforms, many blocks, values that are no numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from on_gpu import everything_on_gpu, test_module

from adali import fn

RNG = np.random.default_rng(5)
#: Runs an operator over a batch: on the host, and within ``everything_on_gpu()`` on the device.
run = test_module("test_audio").run


def both(make: Any, *batches: list[Any], layout: str = "") -> tuple[list[list[Any]], list[list[Any]]]:
    host = run(make, *batches, layout=layout)
    with everything_on_gpu() as ran:
        device = run(make, *batches, layout=layout)
    assert ran
    return host, device


def noise(*shape: int) -> Any:
    return RNG.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize(
    "lengths",
    [
        (1, 2, 3, 4, 5, 7, 8, 9, 11, 22),
        (97, 60, 343, 210, 512),  # 97 has a large prime factor
        (6250, 64),  # more than shared memory holds; 3125 = 5 ** 5
        (6202, 3001),  # the same, and large prime factors: 8192 elements
    ],
)
def test_transforms_of_any_length_side_by_side(lengths: tuple[int, ...], gpu: Any) -> None:
    batch = [noise(n) for n in lengths]
    with everything_on_gpu():
        (got,) = run(fn.power_spectrum, batch)
    for x, spectrum in zip(batch, got, strict=True):
        expected = np.abs(np.fft.rfft(x.astype(np.float64))) ** 2
        assert spectrum.shape == expected.shape
        assert np.abs(spectrum - expected).max() <= 4e-6 * expected.max()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_transforms_along_an_axis(axis: int, gpu: Any) -> None:
    batch = [noise(9, 20, 33), noise(4, 7, 70)]
    (host,), (device,) = both(lambda x: fn.power_spectrum(x, axis=axis, nfft=18, power=1), batch)
    for a, b in zip(host, device, strict=True):
        np.testing.assert_allclose(b, a, rtol=0, atol=1e-5 * a.max())


def test_a_window_knows_nothing_of_its_neighbours(gpu: Any) -> None:
    x = np.zeros(640, np.float32)
    x[335] = np.inf
    with everything_on_gpu():
        ((out,),) = run(
            lambda s: fn.spectrogram(s, window_length=31, nfft=40, window_step=32, center_windows=False), [x]
        )
    assert np.isnan(out[:, 10]).any()
    assert np.isfinite(np.delete(out, 10, axis=1)).all()


def test_decibels_of_many_values_and_of_none(gpu: Any) -> None:
    odd = np.array([np.nan, 1.0, 0.0, np.inf], np.float32)
    batch = [np.abs(noise(3, 4321)), odd, np.full(3, np.nan, np.float32), np.zeros((2, 0), np.float32)]
    batch[0][2, 4000] = 77.0
    for sample in batch:  # of one rank each
        (host,), (device,) = both(fn.to_decibels, [sample, sample[..., :2]])
        for a, b in zip(host, device, strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32", "float32"])
def test_silence_found_by_many_threads(dtype: str, gpu: Any) -> None:
    batch = []
    for n, first, last in ((5000, 1200, 3100), (2900, 300, 301), (700, 0, 700)):
        x = RNG.integers(0, 2, n) if dtype != "float32" else 0.01 * RNG.standard_normal(n)
        x[first:last] += 30
        batch.append(x.astype(dtype))
    if dtype == "float32":
        batch += [np.where(np.arange(900) % 500 == at, np.nan, batch[0][:900]).astype(dtype) for at in (0, 450)]
    arguments = {"window_length": 40, "reset_interval": 400, "cutoff_db": -12.0}
    host, device = both(lambda x: fn.nonsilent_region(x, **arguments), batch)
    assert [[int(v) for v in column] for column in device] == [[int(v) for v in column] for column in host]
    assert len({int(v) for v in host[1]}) >= 3


def test_resampled_channels_of_several_blocks(gpu: Any) -> None:
    batch = [(8000 * noise(n, 3)).astype(np.int16) for n in (700, 31, 1)]
    (host,), (device,) = both(lambda x: fn.audio_resample(x, in_rate=44100.0, out_rate=48000.0), batch)
    for a, b in zip(host, device, strict=True):
        assert a.shape == b.shape
        assert np.abs(a.astype(int) - b).max() <= 1
