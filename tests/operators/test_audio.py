"""The audio operators by themselves: against plain formulas, at the edges, and where they must fail."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adali
import adali.fn as fn
import adali.ops as ops
import adali.sync
import adali.types as types
from adali.errors import ArgumentError, OperatorError
from adali.kernels.audio import Spectra, Weights, hann, moving_power, padded_windows, reflect_101, sinc_lobes

RNG = np.random.default_rng(0)
NOISE = RNG.standard_normal(4000).astype(np.float32)


def run(make: Callable[..., Any], *batches: list[Any], layout: str = "", threads: int = 2) -> list[list[np.ndarray]]:
    def constantly(batch: list[Any]) -> Callable[[], list[np.ndarray]]:
        return lambda: [np.asarray(sample) for sample in batch]

    pipe = adali.sync.Pipeline(batch_size=max(map(len, batches)), num_threads=threads, device_id=None)
    with pipe:
        nodes = [fn.external_source(source=constantly(b), layout=layout or None) for b in batches]
        made = make(*nodes)
        pipe.set_outputs(*(made if isinstance(made, (list, tuple)) else [made]))
    try:
        pipe.build()
        return [[np.array(batch.at(i)) for i in range(len(batch))] for batch in pipe.run()]
    finally:
        pipe.close()


def stft(
    x: np.ndarray, window: np.ndarray, step: int, nfft: int, center: bool = True, reflect: bool = True
) -> np.ndarray:
    """Magnitudes, (bins, windows), in double precision."""
    length, n = window.size, x.size
    count = n // step + 1 if center else (n - length) // step + 1
    index = np.arange(count)[:, None] * step + np.arange(length) - (length // 2 if center else 0)
    folded = index if not reflect else reflect_101(index, n)
    frames = np.where((folded >= 0) & (folded < n), x.astype(np.float64)[np.clip(folded, 0, n - 1)], 0)
    return np.abs(np.fft.rfft(frames * window, nfft)).T


@given(
    nfft=st.integers(1, 80),
    shorter=st.integers(0, 20),
    samples=st.integers(1, 300),
    step=st.integers(1, 40),
    center=st.booleans(),
    reflect=st.booleans(),
    power=st.sampled_from([1, 2]),
    time_major=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_spectra_of_any_length(
    nfft: int, shorter: int, samples: int, step: int, center: bool, reflect: bool, power: int, time_major: bool
) -> None:
    length = max(1, nfft - shorter)
    if not center and samples < length:
        samples += length
    x = NOISE[:samples]
    window = 0.1 + hann(length)
    spectra = Spectra(nfft, window, power)
    count = samples // step + 1 if center else (samples - length) // step + 1
    signal = padded_windows(x, spectra, step, count, length // 2 if center else 0, center and reflect)
    out = np.full((count, spectra.bins) if time_major else (spectra.bins, count), np.nan, np.float32)
    spectra.run(signal, step, count, out, time_major)
    expected = stft(x, window, step, nfft, center, center and reflect) ** power
    assert np.abs((out.T if time_major else out) - expected).max() <= 2e-6 * expected.max() + 1e-30


@pytest.mark.parametrize("nfft", [441, 512, 514, 882, 1000, 1155, 2048])
def test_spectra_of_usual_lengths(nfft: int) -> None:
    ((out,),) = run(lambda x: fn.spectrogram(x, nfft=nfft, window_length=nfft, window_step=100), [NOISE])
    expected = stft(NOISE, hann(nfft), 100, nfft) ** 2
    assert out.shape == expected.shape
    assert np.abs(out - expected).max() <= 2e-6 * expected.max()


def test_only_lengths_with_large_prime_factors_leave_the_vector_registers() -> None:
    slow = [n for n in range(1, 64) if not Spectra(n, np.ones(n), 2).vectorised]
    assert slow == [
        n for n in range(1, 64) if any(n % p == 0 for p in (11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61))
    ]


def test_a_window_knows_nothing_of_its_neighbours() -> None:
    x = np.zeros(640, np.float32)
    x[330:340] = 1e6
    ((out,),) = run(lambda s: fn.spectrogram(s, window_length=32, window_step=32, center_windows=False), [x])
    assert np.all(out[:, 10] > 0)
    assert not np.any(np.delete(out, 10, axis=1))
    x[335] = np.inf
    ((out,),) = run(lambda s: fn.spectrogram(s, window_length=31, nfft=40, window_step=32, center_windows=False), [x])
    assert np.isnan(out[:, 10]).any()
    assert np.isfinite(np.delete(out, 10, axis=1)).all()


def test_results_depend_neither_on_threads_nor_on_the_rest_of_the_batch() -> None:
    batch = [NOISE[:n] for n in (4000, 17, 900, 16 * 256, 1)]

    def chain(x: Any) -> Any:
        x = fn.to_decibels(fn.mel_filter_bank(fn.spectrogram(x), nfilter=20))
        return fn.mfcc(x)

    (together,) = run(chain, batch)
    (alone,) = run(chain, batch, threads=1)
    (reverse,) = run(chain, batch[::-1])
    for a, b, c, sample in zip(together, alone, reverse[::-1], batch, strict=True):
        ((single,),) = run(chain, [sample])
        assert np.array_equal(a, b)
        assert np.array_equal(a, c)
        assert np.array_equal(a, single)


@given(
    shape=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    stretch=st.sampled_from([1, 5, 17, 70]),
    axis=st.integers(0, 3),
    results=st.integers(1, 11),
    sparse=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_weights_along_any_axis(shape: list[int], stretch: int, axis: int, results: int, sparse: bool) -> None:
    axis %= len(shape)
    shape[-1] *= stretch
    rng = np.random.default_rng(sum(shape))
    x = rng.standard_normal(shape).astype(np.float32)
    matrix = rng.standard_normal((results, shape[axis]))
    if sparse:
        matrix[np.abs(np.arange(results)[:, None] - np.arange(shape[axis])) > 1] = 0
    expected = np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)
    out = Weights(matrix).apply(x, axis, np.full(expected.shape, np.nan, np.float32))
    assert np.abs(out - expected).max() <= 1e-5 * max(1, np.abs(expected).max())


def test_mel_filter_bank_makes_filters_for_each_number_of_bins() -> None:
    few, many = np.ones((9, 3), np.float32), np.ones((33, 3), np.float32)
    ((a, b),) = run(lambda x: fn.mel_filter_bank(x, nfilter=4), [few, many])
    ((c,),) = run(lambda x: fn.mel_filter_bank(x, nfilter=4), [many])
    assert np.array_equal(b, c)
    assert not np.array_equal(a, b)


@pytest.mark.parametrize("formula", ["slaney", "htk"])
def test_mel_filters_sum_to_one_between_the_peaks(formula: str) -> None:
    flat = np.ones((1000, 1), np.float32)
    impulses = np.eye(1000, dtype=np.float32)
    ((bank,),) = run(lambda x: fn.mel_filter_bank(x, nfilter=30, normalize=False, mel_formula=formula), [impulses])
    peaks = bank.argmax(1)
    assert np.all(np.diff(peaks) > 0)
    assert np.allclose(bank.sum(0)[peaks[0] + 1 : peaks[-1]], 1, atol=1e-5)
    ((area,),) = run(lambda x: fn.mel_filter_bank(x, nfilter=30, mel_formula=formula), [flat])
    assert np.allclose(area * 22050 / 999, 1, atol=0.1)


def test_cosine_transforms_of_kinds_two_and_three_undo_each_other() -> None:
    x = NOISE[:60].reshape(12, 5)
    ((back,),) = run(
        lambda d: fn.mfcc(fn.mfcc(d, n_mfcc=12, normalize=True), n_mfcc=12, dct_type=3, normalize=True), [x]
    )
    assert np.allclose(back, x, atol=1e-5)


@pytest.mark.parametrize("kind", [np.float32, np.int16, np.int32])
@pytest.mark.parametrize("window", [1, 5, 64])
def test_moving_power_is_the_mean_square(kind: Any, window: int) -> None:
    x = (NOISE[:500] * 1000).astype(kind)
    squares = np.concatenate([np.zeros(window), x.astype(np.float64) ** 2]).cumsum()
    expected = (squares[window:] - squares[:-window]) / window
    assert np.allclose(moving_power(x, window, window * 3), expected, rtol=1e-3, atol=1e-6 * expected.max())


def test_a_fresh_sum_forgets_rounding_errors() -> None:
    x = np.zeros(400, np.float32)
    x[:100] = NOISE[:100] * 1e4
    x[100:] = 1e-3
    drifting, fresh = (moving_power(x, 10, reset) for reset in (-1, 50))
    assert np.allclose(fresh[150:], 1e-6, rtol=1e-4)
    assert not np.allclose(drifting[150:], 1e-6, rtol=1e-4)


@given(frequency=st.floats(0.001, 0.2), scale=st.floats(0.5, 3), quality=st.sampled_from([50.0, 75.0, 100.0]))
@settings(max_examples=15, deadline=None)
def test_resampling_a_tone_gives_the_tone(frequency: float, scale: float, quality: float) -> None:
    scale = float(np.float32(scale))
    x = np.sin(2 * np.pi * frequency * np.arange(500)).astype(np.float32)
    ((out,),) = run(lambda s: fn.audio_resample(s, scale=scale, quality=quality), [x])
    assert out.size == np.ceil(500 * scale)
    inner = np.arange(out.size)[int(80 * scale) : int(420 * scale)]
    assert np.abs(out[inner] - np.sin(2 * np.pi * frequency * inner / scale)).max() < 5e-3


def test_lobes_of_the_documented_qualities() -> None:
    assert [sinc_lobes(q) for q in (0, 50, 100)] == [3, 16, 64]


def test_preemphasis_reflects_a_single_sample_onto_itself() -> None:
    ((out,),) = run(lambda x: fn.preemphasis_filter(x, border="reflect", preemph_coeff=0.25), [np.float32([8])])
    assert out.tolist() == [6]
    ((empty,),) = run(lambda x: fn.preemphasis_filter(x), [np.zeros(0, np.int16)])
    assert empty.shape == (0,)
    assert empty.dtype == np.float32


SMALL = np.ones((4, 3), np.float32)


@pytest.mark.parametrize(
    ("op", "args", "match"),
    [
        ("spectrogram", {"window_length": 0}, "window_length must be positive"),
        ("spectrogram", {"window_step": -1}, "window_step must be positive"),
        ("spectrogram", {"nfft": 8, "window_length": 9}, "nfft"),
        ("spectrogram", {"power": 3}, "power must be 1 or 2"),
        ("spectrogram", {"layout": "xy"}, "layout must be"),
        ("spectrogram", {"window_length": 3, "window_fn": [1.0, 2.0]}, "window_fn has 2 values"),
        ("power_spectrum", {"power": 0}, "power must be 1 or 2"),
        ("power_spectrum", {"nfft": 0}, "nfft must be positive"),
        ("power_spectrum", {"axis": -2}, "axis must be"),
        ("mel_filter_bank", {"nfilter": 0}, "nfilter must be positive"),
        ("mel_filter_bank", {"sample_rate": 0.0}, "sample_rate must be positive"),
        ("mel_filter_bank", {"freq_low": 5000.0, "freq_high": 4000.0}, "freq_low < freq_high"),
        ("mel_filter_bank", {"mel_formula": "bark"}, "mel_formula"),
        ("mfcc", {"dct_type": 5}, "dct_type must be"),
        ("mfcc", {"dct_type": 1, "normalize": True}, "orthonormal"),
        ("mfcc", {"n_mfcc": 0}, "n_mfcc must be positive"),
        ("mfcc", {"axis": -1}, "axis must not be negative"),
        ("to_decibels", {"reference": 0.0}, "reference must not be 0"),
        ("preemphasis_filter", {"border": "wrap"}, "border must be"),
        ("preemphasis_filter", {"dtype": types.FLOAT16}, "dtype FLOAT16"),
        ("nonsilent_region", {"window_length": 0}, "window_length must be positive"),
        ("nonsilent_region", {"window_length": 7}, "multiple of window_length"),
        ("nonsilent_region", {"window_length": 4, "reset_interval": 0}, "reset_interval"),
        ("nonsilent_region", {"reference_power": -1.0}, "reference_power must be positive"),
        ("audio_resample", {}, "none was given"),
        ("audio_resample", {"in_rate": 1.0}, "together"),
        ("audio_resample", {"scale": 1.0, "out_length": 3}, "exclude"),
        ("audio_resample", {"scale": 1.0, "quality": 101.0}, "quality must be within"),
        ("audio_resample", {"scale": 1.0, "dtype": types.FLOAT64}, "dtype FLOAT64"),
    ],
)
def test_wrong_arguments_are_refused_when_the_pipeline_is_built(op: str, args: dict[str, Any], match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        run(lambda x: getattr(fn, op)(x, **args), [SMALL])


@pytest.mark.parametrize(
    ("op", "args", "sample", "match"),
    [
        ("spectrogram", {}, np.zeros(0, np.float32), "empty"),
        ("spectrogram", {}, np.ones(9, np.int16), "must be float32, got int16"),
        ("spectrogram", {}, SMALL, "one channel"),
        ("spectrogram", {"center_windows": False}, NOISE[:511], "less than a window"),
        ("power_spectrum", {"axis": 2}, SMALL, "axis 2 does not exist"),
        ("power_spectrum", {}, np.zeros((3, 0), np.float32), "empty"),
        ("power_spectrum", {}, np.ones(9), "must be float32, got float64"),
        ("mel_filter_bank", {}, np.float32(1), "at least one dimension"),
        ("mel_filter_bank", {}, np.ones((9, 2), np.int32), "must be float32"),
        ("mfcc", {"axis": 2}, SMALL, "axis 2 does not exist"),
        ("mfcc", {"dct_type": 1}, SMALL[:1], "two bands"),
        ("mfcc", {}, np.ones((3, 3), np.float16), "must be float32"),
        ("to_decibels", {}, np.ones(3), "must be float32"),
        ("preemphasis_filter", {}, np.ones(3, np.float16), "float16 data is not supported"),
        ("preemphasis_filter", {}, np.ones(3, np.bool_), "bool data is not supported"),
        ("nonsilent_region", {}, SMALL, "one dimension"),
        ("nonsilent_region", {}, np.ones(3), "float64 data is not supported"),
        ("nonsilent_region", {}, np.zeros(0, np.float32), "empty"),
        ("audio_resample", {"scale": -1.0}, NOISE[:9], "scale must not be negative"),
        ("audio_resample", {"in_rate": 0.0, "out_rate": 1.0}, NOISE[:9], "must be positive"),
        ("audio_resample", {"out_length": -1}, NOISE[:9], "out_length must not be negative"),
        ("audio_resample", {"out_length": 5}, NOISE[:0], "empty signal"),
        ("audio_resample", {"scale": 1.0}, np.ones((2, 2, 2), np.float32), "channels"),
        ("audio_resample", {"scale": 1.0}, np.ones(3, np.int64), "int64 data is not supported"),
    ],
)
def test_wrong_data_names_the_operator(op: str, args: dict[str, Any], sample: np.ndarray, match: str) -> None:
    with pytest.raises(OperatorError, match=match):
        run(lambda x: getattr(fn, op)(x, **args), [sample])


def test_the_frequency_axis_must_be_in_the_layout() -> None:
    with pytest.raises(OperatorError, match="must contain 'f'"):
        run(lambda x: fn.mel_filter_bank(x), [SMALL], layout="ab")


def test_legacy_names() -> None:
    ((a,),) = run(lambda x: ops.experimental.AudioResample(scale=2.0)(x), [NOISE[:50]])
    ((b,),) = run(lambda x: fn.audio_resample(x, scale=2.0), [NOISE[:50]])
    assert np.array_equal(a, b)
    assert ops.AudioDecoder._op == "AudioDecoder"


# --- decoding


def encoded(samples: np.ndarray, rate: int, format: str = "WAV") -> np.ndarray:
    soundfile = pytest.importorskip("soundfile")
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=format)
    return np.frombuffer(file.getvalue(), np.uint8)


STEREO = (NOISE[:3000].reshape(1500, 2) * 8000).clip(-32768, 32767).astype(np.int16)


@pytest.mark.parametrize("kind", ["WAV", "FLAC"])
def test_lossless_files_give_back_what_was_written(kind: str) -> None:
    file = encoded(STEREO, 8000, format=kind)
    (samples,), (rate,) = run(lambda b: fn.decoders.audio(b, dtype=types.INT16), [file])
    assert np.array_equal(samples, STEREO)
    assert rate == 8000
    assert rate.dtype == np.float32
    (samples,), _ = run(lambda b: fn.decoders.audio(b), [file])
    assert np.array_equal(samples, STEREO / np.float32(32768))
    (mono,), _ = run(lambda b: fn.decoders.audio(b, downmix=True), [file])
    assert np.allclose(mono, STEREO.mean(1) / 32768, atol=1e-6)


def test_vorbis_is_close_to_what_was_written() -> None:
    tone = 0.5 * np.sin(0.05 * np.arange(6000))
    (samples,), (rate,) = run(lambda b: fn.decoders.audio(b, downmix=True), [encoded(tone, 16000, format="OGG")])
    assert samples.shape == (6000,)
    assert rate == 16000
    assert np.abs(samples - tone).max() < 0.05


def test_decoding_with_resampling_is_decoding_and_resampling() -> None:
    files = [encoded(STEREO[:n], rate) for n, rate in ((1500, 8000), (700, 11025), (0, 8000), (30, 44100))]
    got, rates = run(lambda b: fn.decoders.audio(b, sample_rate=11025), files)
    plain, own = run(lambda b: fn.decoders.audio(b), files)
    assert [r.item() for r in rates] == [11025.0] * 4
    for sample, before, rate in zip(got, plain, own, strict=True):
        ((expected,),) = run(lambda x, rate=rate: fn.audio_resample(x, in_rate=rate.item(), out_rate=11025), [before])
        assert np.array_equal(sample, expected)


def test_a_sample_rate_of_zero_keeps_that_of_the_file() -> None:
    files = [encoded(STEREO, 8000)] * 2
    samples, rates = run(lambda b, r: fn.decoders.audio(b, sample_rate=r), files, [np.float32(0), np.float32(4000)])
    assert [r.item() for r in rates] == [8000.0, 4000.0]
    assert [s.shape for s in samples] == [(1500, 2), (750, 2)]


@pytest.mark.parametrize(
    ("data", "args", "match"),
    [
        (np.frombuffer(b"this is not a sound" * 9, np.uint8), {}, "cannot decode the sound"),
        (np.zeros(0, np.uint8), {}, "cannot decode the sound"),
        (np.zeros((5, 5), np.uint8), {}, "uint8, one dimension"),
        (np.zeros(5, np.float32), {}, "uint8, one dimension"),
        (np.zeros(5, np.uint8), {"sample_rate": -1.0}, "sample_rate must not be negative"),
    ],
)
def test_what_is_no_sound_is_an_error_of_its_sample(data: np.ndarray, args: dict[str, Any], match: str) -> None:
    pytest.importorskip("soundfile")
    with pytest.raises(OperatorError, match=match):
        run(lambda b: fn.decoders.audio(b, **args), [data])


@pytest.mark.parametrize(
    ("args", "match"), [({"dtype": types.UINT8}, "dtype UINT8"), ({"quality": -1.0}, "quality must be within")]
)
def test_wrong_decoder_arguments(args: dict[str, Any], match: str) -> None:
    pytest.importorskip("soundfile")
    with pytest.raises(ArgumentError, match=match):
        run(lambda b: fn.decoders.audio(b, **args), [encoded(STEREO, 8000)])


def test_irregular_wav_files_are_left_to_libsndfile() -> None:
    """The shortcut for 16 bits takes whole, plain files only."""
    from adali.operators.audio.decoder import _plain_wav

    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.arange(20, dtype=np.int16).tobytes())
    data = np.frombuffer(stream.getvalue(), np.uint8)
    found = _plain_wav(data)
    assert found is not None
    np.testing.assert_array_equal(found[0], np.arange(20).reshape(10, 2))
    assert found[1] == 8000
    for place, value in ((0, 0), (20, 3), (22, 0), (32, 3), (34, 24), (40, 41), (40, 39)):
        damaged = data.copy()
        damaged[place] = value
        assert _plain_wav(damaged) is None
    for cut in range(len(data)):
        assert _plain_wav(data[:cut]) is None
