"""Colour operators against the real DALI (golden) and by their arguments."""

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
from color_cases import CASES, image  # noqa: E402

sys.path.pop(0)

# Conversions of a space to itself, which DALI refuses; here they copy.
REFUSED = {f"space-{kind}-{kind}" for kind in ("RGB", "BGR", "YCbCr", "GRAY")}
expected = dict(np.load(GOLDEN / "color.npz"))


def run(op: str, batch: list[Any], layout: str, **kwargs: Any) -> Any:
    pipe = adali.sync.Pipeline(batch_size=len(batch), num_threads=2, device_id=None, seed=3)
    with pipe:
        nodes = {k: fn.external_source([v], cycle=True) if isinstance(v, list) else v for k, v in kwargs.items()}
        pipe.set_outputs(getattr(fn, op)(fn.external_source(lambda: batch, layout=layout), **nodes))
    (out,) = pipe.run()
    result = [out.at(i).copy() for i in range(len(batch))]
    assert out.layout() == layout
    pipe.close()
    return result


def test_dali_refuses_only_these() -> None:
    assert set(CASES) - set(expected) == REFUSED


@pytest.mark.parametrize("name", sorted(set(CASES) - REFUSED))
def test_equals_dali(name: str) -> None:
    op, source, layout, kwargs = CASES[name]
    arguments = {k: getattr(types, v[1:]) if isinstance(v, str) and v.startswith("@") else v for k, v in kwargs.items()}
    (got,) = run(op, [image(source)], layout, **arguments)
    want = expected[name]
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    if want.dtype == np.uint8:
        difference = np.abs(got.astype(int) - want.astype(int))
        assert difference.max() <= 1
        assert difference.mean() < 0.02
    else:
        scale = max(1.0, np.abs(want.astype(float)).max())
        assert np.abs(got.astype(float) - want.astype(float)).max() <= max(1e-5 * scale, want.dtype.kind == "i")


def test_arguments_per_sample_and_per_frame() -> None:
    u8, frames = image("u8"), image("frames")
    got = run("hue", [u8, u8], "HWC", hue=[np.float32(10), np.float32(200)])
    for sample, angle in zip(got, (10.0, 200.0), strict=True):
        np.testing.assert_array_equal(sample, run("hue", [u8], "HWC", hue=angle)[0])
    angles = np.array([0, 30, 60], np.float32)
    (sequence,) = run("color_twist", [frames], "FHWC", hue=[angles])
    for k in range(3):
        np.testing.assert_array_equal(sequence[k], run("color_twist", [frames[k]], "HWC", hue=float(angles[k]))[0])


def test_neutral_arguments_change_nothing() -> None:
    u8 = image("u8")
    for op in ("brightness", "contrast", "brightness_contrast", "hue", "saturation", "hsv", "color_twist"):
        np.testing.assert_array_equal(run(op, [u8], "HWC")[0], u8)


@pytest.mark.parametrize(
    ("op", "data", "layout", "kwargs", "message"),
    [
        ("hue", image("grey"), "HWC", {}, "3 channels"),
        ("brightness", image("u8").astype(np.float64), "HWC", {}, "float64 is not supported"),
        ("brightness", image("u8"), "HWC", {"dtype": types.UINT16}, "uint16 is not supported"),
        ("brightness", image("u8").transpose(2, 0, 1).copy(), "CHW", {}, "layout 'CHW'"),
        ("hue", image("frames"), "FHWC", {"hue": [np.zeros(2, np.float32)]}, "one for each frame"),
        ("color_space_conversion", image("f32"), "HWC", {"image_type": types.RGB, "output_type": types.GRAY}, "uint8"),
    ],
)
def test_what_does_not_fit_is_refused(op: str, data: Any, layout: str, kwargs: Any, message: str) -> None:
    with pytest.raises(adali.OperatorError, match=message):
        run(op, [data], layout, **kwargs)


def test_unknown_colour_space_is_refused_at_build() -> None:
    with pytest.raises(ValueError, match="output_type"):
        run("color_space_conversion", [image("u8")], "HWC", image_type=types.RGB, output_type=types.ANY_DATA)
