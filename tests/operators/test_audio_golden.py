"""The audio operators against results of the real DALI (tests/golden/make_audio.py).

Tolerances: floats 1e-4 of the largest value of the sample, integers made by rounding 1 (or 1e-6 of the full range of 32
bits, which float32 cannot hold), all other integers and all shapes exactly.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
import adali.fn as fn
import adali.sync
import adali.types as types
from adali.graph.schema import registry
from adali.graph.spec import call_operator

GOLDEN = Path(__file__).parents[1] / "golden" / "audio.npz"
SPEECH = Path(__file__).parents[3] / "shared" / "data" / "audio"

with np.load(GOLDEN) as _file:
    ARRAYS = dict(_file)
CASES: list[dict[str, Any]] = json.loads(ARRAYS["cases"].tobytes())


def _results() -> Iterator[list[list[tuple[tuple[int, ...], np.ndarray]]]]:
    at = 0
    for case in CASES:
        outputs = []
        for output in case["results"]:
            samples = []
            for dtype, shape, count in output:
                size = np.dtype(dtype).itemsize * count
                samples.append((tuple(shape), ARRAYS["values"][at : at + size].view(dtype)))
                at += size
            outputs.append(samples)
        yield outputs
    assert at == ARRAYS["values"].size


EXPECTED = list(_results())


def name_of(case: dict[str, Any]) -> str:
    args = "-".join(f"{k}={v}" for k, v in case.get("args", {}).items())
    return f"{case['op']}-{'+'.join(case['inputs'][:2])}-{args}"


def needs_files(case: dict[str, Any]) -> bool:
    return any(name not in ARRAYS for name in case["inputs"])


def load(name: str) -> np.ndarray:
    return ARRAYS[name] if name in ARRAYS else np.fromfile(SPEECH / name, np.uint8)


def constantly(batch: list[np.ndarray]) -> Callable[[], list[np.ndarray]]:
    return lambda: batch


def compute(case: dict[str, Any], threads: int = 2) -> tuple[list[list[np.ndarray]], list[str]]:
    args = dict(case["args"])
    if "dtype" in args:
        args["dtype"] = getattr(types, args["dtype"])
    inputs = [load(name) for name in case["inputs"]]
    pipe = adali.sync.Pipeline(batch_size=len(inputs), num_threads=threads, device_id=None)
    with pipe:
        data = fn.external_source(source=constantly(inputs), layout=case["in_layout"])
        if case["decode"]:
            data, _ = fn.decoders.audio(data, downmix=True)
        for name, values in case["columns"].items():
            column = [np.array(v, np.int64 if name == "out_length" else np.float32) for v in values]
            args[name] = fn.external_source(source=constantly(column))
        pipe.set_outputs(*call_operator(case["op"], [data], args))
    pipe.build()
    try:
        outputs = pipe.run()
        return [[np.array(b.at(i)) for i in range(len(b))] for b in outputs], [b.layout() for b in outputs]
    finally:
        pipe.close()


def check(got: np.ndarray, shape: tuple[int, ...], values: np.ndarray, every: int, rounded: bool) -> None:
    assert got.shape == shape
    assert got.dtype == values.dtype
    part = got.reshape(-1)[::every]
    if values.dtype.kind == "f":
        assert np.array_equal(np.isnan(part), np.isnan(values))
        part, values = np.nan_to_num(part.astype(np.float64)), np.nan_to_num(values.astype(np.float64))
        limit = 1e-4 * np.abs(values).max(initial=0)
    else:
        full = np.iinfo(values.dtype).max
        limit = max(1.0, 4e-6 * full) if rounded else 0
        part, values = part.astype(np.float64), values.astype(np.float64)
    assert np.abs(part - values).max(initial=0) <= limit


ROUNDED = ("AudioResample", "decoders__Audio", "PreemphasisFilter")


@pytest.mark.parametrize(
    "number", [n for n, c in enumerate(CASES) if c["op"] != "chain"], ids=lambda n: name_of(CASES[n])
)
def test_agrees_with_dali(number: int) -> None:
    case = CASES[number]
    if needs_files(case) and not SPEECH.is_dir():
        pytest.skip("the shared speech files are not present beside the repository")
    if case["op"] == "decoders__Audio" or case["decode"]:
        pytest.importorskip("soundfile")
    got, layouts = compute(case)
    assert layouts == case["layouts"]
    assert len(got) == len(EXPECTED[number])
    for output, expected in zip(got, EXPECTED[number], strict=True):
        for sample, (shape, values) in zip(output, expected, strict=True):
            check(sample, shape, values, case["every"], case["op"] in ROUNDED)


def test_speech_features_agree_with_dali() -> None:
    (number,) = [n for n, c in enumerate(CASES) if c["op"] == "chain"]
    case = CASES[number]
    if not SPEECH.is_dir():
        pytest.skip("the shared speech files are not present beside the repository")
    pytest.importorskip("soundfile")
    files = [load(name) for name in case["inputs"]]
    pipe = adali.sync.Pipeline(batch_size=3, num_threads=2, device_id=None)
    with pipe:
        data, _ = fn.decoders.audio(fn.external_source(source=constantly(files)), downmix=True)
        data = fn.preemphasis_filter(data)
        data = fn.spectrogram(data, nfft=512, window_length=400, window_step=160)
        data = fn.mel_filter_bank(data, sample_rate=16000, nfilter=80, freq_high=8000.0)
        data = fn.to_decibels(data, cutoff_db=-80.0)
        pipe.set_outputs(data, fn.mfcc(data, n_mfcc=13, lifter=22.0, normalize=True))
    pipe.build()
    outputs = pipe.run()
    for output, expected, every in zip(outputs, EXPECTED[number], case["every"], strict=True):
        for i, (shape, values) in enumerate(expected):
            check(np.array(output.at(i)), shape, values, every, False)
    pipe.close()


def test_every_argument_of_every_operator_has_a_case() -> None:
    used: dict[str, set[str]] = {}
    for case in CASES:
        if case["op"] != "chain":
            used.setdefault(case["op"], set()).update(case["args"], case["columns"])
    for op, given in used.items():
        schema = registry[op][0]
        assert given == {a.name for a in schema.args}, op
    assert len(used) == 9
