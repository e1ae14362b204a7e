"""crop_mirror_normalize against the real DALI (golden), its arguments, and its definition in NumPy."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adali import types
from adali.errors import ArgumentError, OperatorError

sys.path.insert(0, str(Path(__file__).parent.parent / "golden"))
from image_cases import CMN, sample
from image_run import check_case, load, run_arrays

sys.path.pop(0)

GOLDEN = load("image.npz")


@pytest.mark.parametrize("name", sorted(CMN))
def test_equals_dali(name: str) -> None:
    """Float16 may differ by one unit in the last place, floats by rounding; integers are equal."""
    dtype = GOLDEN[f"{name}#0#0"].dtype
    check_case(name, CMN[name], GOLDEN, atol={"float16": 0.01, "float32": 1e-4}.get(dtype.name, 0))


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"dtype": types.INT32}, "INT32 is not supported"),
        ({"crop_h": 4}, "together"),
        ({"out_of_bounds_policy": "edge"}, "out_of_bounds_policy"),
        ({"out_of_bounds_policy": "foo"}, "out_of_bounds_policy"),
        ({"mean": []}, "at least one value"),
        ({"output_dtype": types.FLOAT, "dtype": types.FLOAT}, "old name"),
    ],
)
def test_contradicting_arguments(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        run_arrays("crop_mirror_normalize", [[sample("uint8:6x7x3")]], ["HWC"], kwargs)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"mean": [1.0, 2.0]}, "mean has 2 values"),
        ({"std": [1.0, 2.0]}, "std has 2 values"),
        ({"crop": [7, 3]}, "leaves the input"),
        ({"output_layout": "FCHW"}, "output_layout"),
        ({"output_layout": "WHC", "crop": [7, 3]}, "leaves the input"),
        ({"crop": [7, 3], "out_of_bounds_policy": "pad", "fill_values": [1, 2]}, "fill_values"),
    ],
)
def test_arguments_that_do_not_fit_the_sample(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(OperatorError, match=message):
        run_arrays("crop_mirror_normalize", [[sample("uint8:6x7x3")]], ["HWC"], kwargs)


def test_sequences_need_a_layout_of_their_own() -> None:
    """As in DALI: the default "CHW" names no axis for the frames."""
    with pytest.raises(OperatorError, match="output_layout 'CHW'"):
        run_arrays("crop_mirror_normalize", [[sample("uint8:2x6x7x3")]], ["FHWC"], {})


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(1, 20), st.integers(1, 40), st.sampled_from([1, 2, 3, 4, 6])),
    crop=st.tuples(st.integers(1, 24), st.integers(1, 44)),
    mirror=st.booleans(),
    target=st.sampled_from(["CHW", "HWC", "WHC"]),
    dtype=st.sampled_from(["uint8", "int16", "float32"]),
    parameters=st.tuples(st.floats(-50, 200), st.floats(0.5, 90), st.floats(0.1, 9), st.floats(-40, 40)),
)
def test_is_its_definition(
    size: tuple[int, int, int],
    crop: tuple[int, int],
    mirror: bool,
    target: str,
    dtype: str,
    parameters: tuple[float, float, float, float],
) -> None:
    mean, std, scale, shift = parameters
    image = sample(f"{dtype}:{size[0]}x{size[1]}x{size[2]}")
    kwargs = {
        "crop": [float(c) for c in crop],
        "crop_pos_x": 0.0,
        "crop_pos_y": 0.0,
        "out_of_bounds_policy": "pad",
        "fill_values": [-7.0],
        "mirror": int(mirror),
        "mean": [mean],
        "std": [std],
        "scale": scale,
        "shift": shift,
        "output_layout": target,
    }
    ((got, layout),) = run_arrays("crop_mirror_normalize", [[image]], ["HWC"], kwargs)
    want = np.full((*crop, size[2]), -7.0)
    part = image[: crop[0], : crop[1]].astype(np.float64)
    want[: part.shape[0], : part.shape[1]] = scale * (part - mean) / std + shift
    if mirror:
        want = want[:, ::-1]
    assert layout == target
    np.testing.assert_allclose(
        got[0], want.transpose(["HWC".index(c) for c in target]), rtol=1e-5, atol=1e-4 * scale * 300 / std
    )


def test_means_of_many_channel_counts_are_kept_apart() -> None:
    """One operator may see images of different numbers of channels."""
    batch = [sample("uint8:4x20x1"), sample("uint8:4x20x3")]
    ((got, _),) = run_arrays("crop_mirror_normalize", [batch], ["HWC"], {"mean": [10.0], "std": [2.0]})
    for image, out in zip(batch, got, strict=True):
        np.testing.assert_allclose(out, (image.transpose(2, 0, 1) - 10.0) / 2, rtol=1e-6)
