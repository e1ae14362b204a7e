"""Makes audio.npz: the audio operators on small signals and on speech, computed by the real DALI.

Run with the Python of an environment that has nvidia-dali: ``python make_audio.py [FOLDER]``, where FOLDER has the
speech files 237-134500-*.{wav,flac,ogg} of LibriSpeech (shared/data/audio beside the repository by default).

The archive explains itself. ``cases`` is a JSON list; each case has the schema name ``op``, its ``args`` (a dtype by
its name), ``columns`` (arguments given per sample), ``inputs`` (names of arrays in the archive, or of files of the
folder; with ``decode`` the operator gets the samples of the files), ``in_layout`` of the input, ``layouts`` of the
outputs and, for each output and each sample, the type, shape and number of values in ``results``. The values of all
cases lie one after the other in ``values``; with ``every`` only each so many-th element of a result was kept.
"""

import io
import json
import pathlib
import sys
import wave
import zipfile

import numpy as np
import nvidia.dali.fn as fn
import nvidia.dali.types as types
from nvidia.dali.pipeline import Pipeline

HERE = pathlib.Path(__file__).parent
FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[2] / "shared" / "data" / "audio"
FUNCTIONS = {
    "decoders__Audio": fn.decoders.audio,
    "AudioResample": fn.audio_resample,
    "PreemphasisFilter": fn.preemphasis_filter,
    "Spectrogram": fn.spectrogram,
    "PowerSpectrum": fn.power_spectrum,
    "MelFilterBank": fn.mel_filter_bank,
    "MFCC": fn.mfcc,
    "ToDecibels": fn.to_decibels,
    "NonsilentRegion": fn.nonsilent_region,
}

arrays: dict[str, np.ndarray] = {}
values: list[bytes] = []
cases: list[dict] = []


def source(samples):
    return lambda: [np.asarray(s) for s in samples]


def keep(value, every):
    value = np.array(value)
    part = value.reshape(-1)[::every]
    values.append(part.tobytes())
    return value.dtype.name, value.shape, part.size


def load(name):
    return arrays[name] if name in arrays else np.fromfile(FOLDER / name, np.uint8)


def case(op, inputs, *, every=1, in_layout=None, columns=None, decode=False, **args):
    """Run one case and keep its outputs; `decode`: the inputs are files and the operator gets their samples."""
    columns = columns or {}
    given = dict(args)
    if "dtype" in given:
        given["dtype"] = getattr(types, given["dtype"])
    pipe = Pipeline(batch_size=len(inputs), num_threads=2, device_id=None, prefetch_queue_depth=1)
    with pipe:
        data = fn.external_source(source=source([load(n) for n in inputs]), layout=in_layout)
        if decode:
            data, _ = fn.decoders.audio(data, downmix=True)
        for name, column in columns.items():
            kind = np.int64 if name == "out_length" else np.float32
            given[name] = fn.external_source(source=source(np.asarray(column, kind)))
        out = FUNCTIONS[op](data, **given)
        out = list(out) if isinstance(out, (list, tuple)) else [out]
        pipe.set_outputs(*out)
    pipe.build()
    results = pipe.run()
    kept = [[keep(batch.at(s), every) for s in range(len(inputs))] for batch in results]
    cases.append(
        {
            "op": op, "args": args, "columns": columns, "inputs": inputs, "in_layout": in_layout, "every": every,
            "decode": decode, "results": kept, "layouts": [b.layout() for b in results],
        }
    )  # fmt: skip


def wav(samples, width, rate=11025):
    """A PCM file with little-endian integers of `width` bytes."""
    file = io.BytesIO()
    with wave.open(file, "wb") as w:
        w.setnchannels(samples.shape[1])
        w.setsampwidth(width)
        w.setframerate(rate)
        if width == 1:
            raw = (samples + 128).astype(np.uint8).tobytes()
        else:
            raw = samples.astype("<i4")[..., None].view(np.uint8)[..., :width].tobytes()
        w.writeframes(raw)
    return np.frombuffer(file.getvalue(), np.uint8)


rng = np.random.default_rng(7)
time = np.arange(1500)
chirp = np.sin(2e-4 * time**2) * np.exp(-time / 900) + 0.02 * rng.standard_normal(1500)
arrays["signal"] = chirp.astype(np.float32)
arrays["noise"] = rng.standard_normal(700).astype(np.float32)
for n in (1, 2, 3, 7, 8, 9, 16, 17):
    arrays[f"short{n}"] = arrays["noise"][:n]
arrays["column"] = arrays["noise"][:90].reshape(90, 1)
arrays["row"] = arrays["noise"][:50].reshape(1, 1, 50)
arrays["empty"] = np.zeros(0, np.float32)
SHORT = [f"short{n}" for n in (1, 2, 3, 7, 8, 9, 16, 17)]

# --- spectrogram
for reflect in (True, False):
    case("Spectrogram", SHORT, window_length=8, window_step=3, reflect_padding=reflect)
    case("Spectrogram", SHORT, window_length=5, window_step=2, nfft=12, reflect_padding=reflect, power=1)
case("Spectrogram", SHORT[4:], window_length=8, window_step=3, center_windows=False)
case("Spectrogram", ["signal", "noise"], window_length=64, window_step=70)
case("Spectrogram", ["column"], window_length=64, window_step=40)
case("Spectrogram", ["row"], window_length=64, window_step=40)
case("Spectrogram", ["signal", "short9"], window_length=30, window_step=50, nfft=40, layout="tf")
for nfft, length, step in (
    (16, 16, 90),
    (20, 18, 70),
    (48, 48, 90),
    (100, 100, 100),
    (128, 100, 160),
    (11, 11, 80),
    (26, 20, 90),
    (3, 2, 100),
):
    case("Spectrogram", ["signal", "noise"], nfft=nfft, window_length=length, window_step=step)
case("Spectrogram", ["signal", "noise"], window_length=16, window_step=60, power=1)
case("Spectrogram", ["signal"], window_length=6, window_step=60, window_fn=[0.5, 1.0, 2.0, -1.0, 0.25, 3.0])
case("Spectrogram", ["signal"])

# --- power_spectrum
arrays["grid"] = rng.standard_normal((6, 10)).astype(np.float32)
arrays["grid2"] = rng.standard_normal((4, 12)).astype(np.float32)
arrays["cube"] = rng.standard_normal((3, 8, 5)).astype(np.float32)
for args in ({}, {"axis": 0}, {"axis": 1}, {"axis": -1, "nfft": 16}, {"nfft": 7}, {"nfft": 9, "axis": 0}, {"power": 1}):
    case("PowerSpectrum", ["grid", "grid2"], in_layout="xy", **args)
case("PowerSpectrum", ["cube"], axis=1)
case("PowerSpectrum", ["signal", "noise"])

# --- mel_filter_bank
for bins in (129, 40, 5):
    power = rng.standard_normal((bins, 3)) ** 2
    arrays[f"spectrum{bins}"] = power.astype(np.float32)
    arrays[f"spectrum{bins}t"] = np.ascontiguousarray(power.T.astype(np.float32))
arrays["spectrum40x20"] = (rng.standard_normal((40, 20)) ** 2).astype(np.float32)
arrays["spectrum2x9x4"] = (rng.standard_normal((2, 9, 4)) ** 2).astype(np.float32)
arrays["spectrum1"] = np.ones((1, 3), np.float32)
for formula in ("slaney", "htk"):
    for normalize in (True, False):
        args = {"mel_formula": formula, "normalize": normalize, "sample_rate": 16000.0}
        case("MelFilterBank", ["spectrum129", "spectrum129"], in_layout="ft", nfilter=40, **args)
        case("MelFilterBank", ["spectrum40"], nfilter=13, freq_low=100.0, freq_high=7000.0, **args)
case("MelFilterBank", ["spectrum129t"], in_layout="tf", nfilter=10, sample_rate=16000.0)
case("MelFilterBank", ["spectrum40x20"], in_layout="ft", nfilter=10, sample_rate=8000.0)
case("MelFilterBank", ["spectrum40x20"], nfilter=7, freq_high=5000.0, sample_rate=8000.0)
case("MelFilterBank", ["spectrum2x9x4"], nfilter=4)
case("MelFilterBank", ["spectrum2x9x4"], nfilter=4, in_layout="fct")
case("MelFilterBank", ["spectrum5"], nfilter=30, sample_rate=16000.0)
case("MelFilterBank", ["spectrum1"], nfilter=3)
case("MelFilterBank", ["spectrum129"])

# --- mfcc
arrays["bands"] = (10 * rng.standard_normal((12, 5))).astype(np.float32)
arrays["bands2"] = (10 * rng.standard_normal((7, 21))).astype(np.float32)
arrays["bands1"] = np.float32([[1, -2, 3]])
arrays["bands2x5x4"] = rng.standard_normal((2, 5, 4)).astype(np.float32)
for kind in (1, 2, 3, 4):
    for normalize in (False, True)[: 1 if kind == 1 else 2]:
        for axis in (0, 1):
            case("MFCC", ["bands", "bands2"], dct_type=kind, normalize=normalize, n_mfcc=6, axis=axis, in_layout="ft")
case("MFCC", ["bands", "bands2"])
case("MFCC", ["bands", "bands2"], lifter=22.0)
case("MFCC", ["bands", "bands2"], lifter=-3.0, n_mfcc=4)
case("MFCC", ["bands1"])
case("MFCC", ["bands2x5x4"], axis=1, n_mfcc=3)

# --- to_decibels
arrays["levels"] = np.float32([0, 1e-30, 1e-12, 1e-3, 0.1, 1, 5, 2, 1e-40])
arrays["zeros"] = np.zeros(5, np.float32)
arrays["nan"] = np.float32([np.nan, 1, np.nan, 2, -3])
LEVELS = ["levels", "zeros", "nan", "empty"]
for args in (
    {},
    {"multiplier": 20.0},
    {"reference": 2.0},
    {"cutoff_db": -80.0},
    {"cutoff_db": -1000.0},
    {"reference": -1.0},
    {"multiplier": 20.0, "reference": 0.5, "cutoff_db": -60.0},
    {"multiplier": 0.0},
    {"cutoff_db": 10.0},
):
    case("ToDecibels", LEVELS, **args)
case("ToDecibels", ["spectrum40", "spectrum5"], in_layout="ft", cutoff_db=-20.0)

# --- preemphasis_filter
arrays["steps"] = np.float32([1, 2, 4, 8, -3, 7, 300, -400])
PAIR = ["steps", "short2"]
for args in (
    {},
    {"preemph_coeff": 0.5},
    {"border": "zero"},
    {"border": "reflect"},
    {"dtype": "INT16"},
    {"dtype": "UINT8"},
    {"dtype": "INT8", "preemph_coeff": 0.5},
    {"dtype": "FLOAT64"},
    {"dtype": "UINT64"},
    {"dtype": "INT32"},
):
    case("PreemphasisFilter", PAIR, **args)
case("PreemphasisFilter", ["short1"])
case("PreemphasisFilter", ["short1"], border="zero")
case("PreemphasisFilter", ["grid", "grid2"], in_layout="xy", columns={"preemph_coeff": [0.1, 0.9]})
for kind in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float64"):
    arrays[f"ramp_{kind}"] = np.array([1, 100, 7, 30, 120, 90, 13], kind)
    case("PreemphasisFilter", [f"ramp_{kind}"])
arrays["wide"] = np.array([2**31 - 1, 2**31 - 2, 5, 1 - 2**31], np.int32)
case("PreemphasisFilter", ["wide"], dtype="INT32")
arrays["double"] = np.array([1, 1.1, 1.3])
case("PreemphasisFilter", ["double"], dtype="FLOAT64")

# --- nonsilent_region
burst = np.zeros(900)
burst[300:420] = rng.standard_normal(120)
burst += 1e-4 * rng.standard_normal(900)
for kind, full in (
    ("float32", 1),
    ("int8", 30),
    ("uint8", 30),
    ("int16", 9000),
    ("uint16", 9000),
    ("int32", 1e6),
    ("uint32", 1e6),
    ("int64", 1e6),
    ("uint64", 1e6),
):
    arrays[f"burst_{kind}"] = (np.abs(burst) * full if kind[0] == "u" else burst * full).astype(kind)
BURSTS = [n for n in arrays if n.startswith("burst_")]
for name in BURSTS:
    for args in (
        {"window_length": 16},
        {"window_length": 7, "reset_interval": 70, "cutoff_db": -20.0},
        {"window_length": 16, "reset_interval": -1, "cutoff_db": -80.0},
        {"window_length": 64, "reset_interval": 64, "cutoff_db": -70.0},
        {"window_length": 1, "reference_power": 1.0},
    ):
        case("NonsilentRegion", [name], **args)
case("NonsilentRegion", ["burst_float32", "zeros", "short1", "short3", "noise"])
case("NonsilentRegion", ["burst_float32", "short1", "short3"], reference_power=1e6, cutoff_db=-10.0)
case("NonsilentRegion", ["burst_float32", "noise"], window_length=1024)

# --- audio_resample
arrays["stereo"] = rng.uniform(-1, 1, (120, 2)).astype(np.float32)
arrays["three"] = rng.uniform(-1, 1, (40, 3)).astype(np.float32)
for scale in (1.0, 2.0, 0.5, 1.37, 0.333, 3.7, 0.01, 0.0):
    case("AudioResample", ["noise", "short1", "short3"], scale=scale)
for quality in (0.0, 10.0, 33.0, 75.0, 100.0):
    case("AudioResample", ["short17"], scale=1.7, quality=quality)
for before, after in ((44100.0, 16000.0), (3.0, 7.0), (0.1, 0.3), (44.1, 88.2), (1.0, 0.1)):
    case("AudioResample", ["short9", "noise"], in_rate=before, out_rate=after)
case("AudioResample", ["noise", "short9", "short1"], columns={"in_rate": [2, 3, 4], "out_rate": [1, 4, 40]})
case("AudioResample", ["noise", "short9"], columns={"scale": [0.7, 1.9]})
case("AudioResample", ["noise", "short9", "empty"], columns={"out_length": [57, 20, 0]})
case("AudioResample", ["noise", "short9"], out_length=100)
case("AudioResample", ["stereo"], scale=0.9, in_layout="tc")
case("AudioResample", ["three"], scale=1.1)
kinds = {
    "int8": "INT8",
    "uint8": "UINT8",
    "int16": "INT16",
    "uint16": "UINT16",
    "int32": "INT32",
    "uint32": "UINT32",
    "float32": "FLOAT",
}
for kind in kinds:
    x = rng.uniform(-0.95, 0.95, 40)
    if kind != "float32":
        full = float(np.iinfo(kind).max)
        x = np.round((x + 1) * full / 2 if kind[0] == "u" else x * full)
    arrays[f"level_{kind}"] = x.astype(kind)
for kind in kinds:
    case("AudioResample", [f"level_{kind}"], scale=0.9)
    for dtype in kinds.values():
        case("AudioResample", [f"level_{kind}"], scale=0.9, dtype=dtype)
arrays["loud"] = np.float32([-2, -1.5, -1.1, -1, 1, 1.1, 1.5, 2])
for dtype in ("INT8", "UINT8", "INT32", "UINT32"):
    case("AudioResample", ["loud"], scale=1.0, dtype=dtype)

# --- decoders.audio
sound = rng.uniform(-1, 1, (150, 3)) * np.linspace(0.05, 1, 150)[:, None]
for channels in (1, 2, 3):
    for width in (1, 2, 3, 4):
        full = 2 ** (8 * width - 1) - 1
        arrays[f"wav{channels}x{8 * width}"] = wav(np.round(sound[:, :channels] * full), width)
arrays["wav_empty"] = wav(np.zeros((0, 1)), 2)
WAVS = [n for n in arrays if n.startswith("wav")]
for dtype in ("FLOAT", "INT16", "INT32"):
    for downmix in (False, True):
        case("decoders__Audio", WAVS, dtype=dtype, downmix=downmix, every=3)
        case("decoders__Audio", WAVS[:-1], dtype=dtype, downmix=downmix, sample_rate=7000.0, every=3)
case("decoders__Audio", WAVS[:3], columns={"sample_rate": [11025, 8000, 22050]})
case("decoders__Audio", WAVS[4:6], sample_rate=16000.0, quality=0.0)

# --- speech: only each so many-th value of large results is kept
SPEECH = [f"237-134500-000{i}.wav" for i in (0, 1, 3)]
for suffix in ("wav", "flac", "ogg"):
    files = [s.replace("wav", suffix) for s in SPEECH]
    case("decoders__Audio", files, every=499)
    case("decoders__Audio", files, every=499, dtype="INT16", downmix=True)
case("decoders__Audio", SPEECH, sample_rate=11025.0, every=499)
case("AudioResample", SPEECH, decode=True, in_rate=16000.0, out_rate=22050.0, every=499)
case("PreemphasisFilter", SPEECH, decode=True, every=499)
case("Spectrogram", SPEECH, decode=True, nfft=512, window_length=400, window_step=160, every=997)
case("Spectrogram", SPEECH, decode=True, window_length=500, power=1, reflect_padding=False, every=997)
case("NonsilentRegion", SPEECH, decode=True)
case("NonsilentRegion", SPEECH, decode=True, cutoff_db=-35.0, window_length=512)
case("NonsilentRegion", SPEECH, decode=True, cutoff_db=-45.0, window_length=100, reset_interval=-1)

# The whole chain of speech features.
pipe = Pipeline(batch_size=3, num_threads=2, device_id=None, prefetch_queue_depth=1)
with pipe:
    data, _ = fn.decoders.audio(fn.external_source(source=source([load(n) for n in SPEECH])), downmix=True)
    data = fn.preemphasis_filter(data)
    data = fn.spectrogram(data, nfft=512, window_length=400, window_step=160)
    data = fn.mel_filter_bank(data, sample_rate=16000, nfilter=80, freq_high=8000.0)
    data = fn.to_decibels(data, cutoff_db=-80.0)
    pipe.set_outputs(data, fn.mfcc(data, n_mfcc=13, lifter=22.0, normalize=True))
pipe.build()
chain = [[keep(b.at(s), every) for s in range(3)] for b, every in zip(pipe.run(), (97, 19), strict=True)]
cases.append({"op": "chain", "inputs": SPEECH, "every": [97, 19], "results": chain})

arrays["values"] = np.frombuffer(b"".join(values), np.uint8)
arrays["cases"] = np.frombuffer(json.dumps(cases).encode(), np.uint8)
path = HERE / "audio.npz"
np.savez_compressed(path, **arrays)
print(len(cases), "cases,", path.stat().st_size, "bytes,", len(zipfile.ZipFile(path).namelist()), "arrays")
