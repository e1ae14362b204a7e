"""Filters against the real DALI (golden) and by their arguments."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali.sync
from adali import fn, types

GOLDEN = Path(__file__).parent.parent / "golden"
sys.path.insert(0, str(GOLDEN))
from filter_cases import CASES, noise, photo  # noqa: E402

sys.path.pop(0)

expected = dict(np.load(GOLDEN / "filter.npz"))


def repeated(value: Any) -> Any:
    return lambda: value


def argument(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("@"):
        return getattr(types, value[1:])
    if isinstance(value, list) and isinstance(value[0], np.ndarray):
        return fn.external_source(repeated(value))
    return value


def run(op: str, *inputs: tuple[list[Any], str], **kwargs: Any) -> list[Any]:
    size = len(inputs[0][0])
    pipe = adali.sync.Pipeline(batch_size=size, num_threads=2, device_id=None, seed=3)
    with pipe:
        nodes = [fn.external_source(repeated(samples), layout=layout or None) for samples, layout in inputs]
        pipe.set_outputs(getattr(fn, op)(*nodes, **{k: argument(v) for k, v in kwargs.items()}))
    try:
        (out,) = pipe.run()
        return [out.at(i).copy() for i in range(size)]
    finally:
        pipe.close()


def test_golden_file_has_exactly_these_cases() -> None:
    assert {key.split("/")[0] for key in expected} == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_equals_dali(name: str) -> None:
    op, inputs, kwargs, tolerance = CASES[name]
    for i, got in enumerate(run(op, *inputs, **kwargs)):
        want = expected[f"{name}/{i}"]
        assert got.dtype == want.dtype
        assert got.shape == want.shape
        difference = np.abs(got.astype(float) - want.astype(float))
        if want.dtype.kind == "f":
            assert difference.max() <= tolerance * np.abs(want.astype(float)).max()
        else:
            assert difference.max() <= 1
            assert difference.mean() < 0.05


def test_gaussian_blur_of_frames_with_their_own_sigma() -> None:
    frames = np.stack([photo(), photo()[::-1]])
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=2, device_id=None)
    with pipe:
        sigma = fn.per_frame(fn.external_source(repeated([np.float32([[0.5, 1], [2, 3]])])))
        pipe.set_outputs(fn.gaussian_blur(fn.external_source(repeated([frames]), layout="FHWC"), sigma=sigma))
    (out,) = pipe.run()
    got = out.at(0).copy()
    pipe.close()
    for frame, sigmas in zip(range(2), ([0.5, 1.0], [2.0, 3.0]), strict=True):
        (alone,) = run("gaussian_blur", ([frames[frame]], "HWC"), sigma=sigmas)
        np.testing.assert_array_equal(got[frame], alone)


@pytest.mark.parametrize(
    ("op", "data", "layout", "kwargs", "message"),
    [
        ("gaussian_blur", photo(), "HWC", {}, "sigma or window_size"),
        ("gaussian_blur", photo(), "HWC", {"window_size": 4}, "odd"),
        ("gaussian_blur", photo(), "HWC", {"sigma": -1.0}, "negative"),
        ("gaussian_blur", photo(), "HWC", {"sigma": [1.0, 1.0, 1.0]}, "1 or 2 values"),
        ("gaussian_blur", photo(), "HCW", {"sigma": 1.0}, "first or last"),
        ("gaussian_blur", noise(0, (2, 3, 4, 5)), "HWFC", {"sigma": 1.0}, "frames must come first"),
        ("gaussian_blur", noise(0, (2, 3, 4, 5)), "", {"sigma": 1.0}, "without a layout"),
        ("gaussian_blur", noise(0, (3,)), "C", {"sigma": 1.0}, "0 data axes"),
        ("gaussian_blur", photo(), "HWC", {"sigma": 1.0, "dtype": types.INT16}, "dtype must be FLOAT"),
        ("gaussian_blur", photo() > 3, "HWC", {"sigma": 1.0}, "bool is not supported"),
        ("gaussian_blur", photo(), "HWC", {"sigma": [np.ones((2, 2), np.float32)]}, "one value or a list"),
        ("normalize", photo(), "HWC", {"axes": [3]}, "out of range"),
        ("normalize", photo(), "HWC", {"axes": [1, 1]}, "named twice"),
        ("normalize", photo(), "HWC", {"axis_names": "D"}, "no axis 'D'"),
        ("normalize", photo(), "HWC", {"mean": [np.ones((1, 23, 1), np.float32)], "axes": [0, 1]}, "has shape"),
        ("normalize", photo(), "HWC", {"mean": [np.ones(3, np.float32)]}, "must have 3 axes"),
        ("normalize", photo() > 3, "HWC", {}, "bool is not supported"),
    ],
)
def test_what_does_not_fit_is_refused(op: str, data: Any, layout: str, kwargs: Any, message: str) -> None:
    with pytest.raises(adali.OperatorError, match=message):
        run(op, ([data], layout), **kwargs)


@pytest.mark.parametrize(
    ("op", "kwargs", "message"),
    [
        ("normalize", {"axes": [0], "axis_names": "H"}, "either 'axes' or 'axis_names'"),
        ("normalize", {"dtype": types.BOOL}, "cannot be of type BOOL"),
        ("normalize", {"batch": True, "mean": [np.ones((1, 1, 3), np.float32)]}, "one constant"),
    ],
)
def test_contradictions_are_refused_at_build(op: str, kwargs: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(op, ([photo()], "HWC"), **kwargs)


def test_normalize_of_a_batch_needs_equal_extents() -> None:
    with pytest.raises(adali.OperatorError, match="must agree; sample 1"):
        run("normalize", ([photo(), photo((5, 6, 3))], "HWC"), batch=True, axes=[0])
