"""crop and slice against the real DALI (golden), their arguments and their rules."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adali
from adali import types
from adali.errors import ArgumentError, OperatorError
from adali.operators.image._slicing import _indices

sys.path.insert(0, str(Path(__file__).parent.parent / "golden"))
from image_cases import CROP, sample
from image_run import check_case, load, run_arrays

sys.path.pop(0)

GOLDEN = load("image.npz")


@pytest.mark.parametrize("name", sorted(CROP))
def test_equals_dali(name: str) -> None:
    check_case(name, CROP[name], GOLDEN)


@pytest.mark.parametrize(
    ("op", "kwargs", "message"),
    [
        ("crop", {"crop_h": 4}, "together"),
        ("crop", {"crop_d": 4}, "together"),
        ("crop", {"crop": [4, 5], "crop_h": 3, "crop_w": 3}, "not both"),
        ("crop", {"crop": 5}, "2 values"),
        ("crop", {"crop": [4, 5], "crop_pos_x": 1.2}, "0..1"),
        ("crop", {"crop": [4, 5], "rounding": "floor"}, "rounding"),
        ("crop", {"crop": [4, 5], "out_of_bounds_policy": "foo"}, "out_of_bounds_policy"),
        ("slice", {}, "give the window"),
        ("slice", {"start": 1, "rel_start": 0.5}, "exclude"),
        ("slice", {"end": 1, "shape": 2}, "exclude"),
        ("slice", {"start": 1, "axes": [0], "axis_names": "H"}, "exclude"),
    ],
)
def test_contradicting_arguments(op: str, kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        run_arrays(op, [[sample("uint8:6x7x3")]], ["HWC"], kwargs)


@pytest.mark.parametrize(
    ("op", "kwargs", "message"),
    [
        ("crop", {"crop": [7, 5]}, "leaves the input"),
        ("crop", {"crop": [8, 5], "out_of_bounds_policy": "pad", "fill_values": [1, 2]}, "fill_values"),
        ("slice", {"start": [-1, 0], "end": [3, 3]}, "leaves the input"),
        ("slice", {"start": [3, 0], "end": [2, 3]}, "ends before it starts"),
        ("slice", {"start": [1, 2, 3]}, "3 values for 2 sliced axes"),
        ("slice", {"start": [1, 2], "axes": [0, 0]}, "must differ"),
        ("slice", {"start": [1, 2], "axes": [0, 3]}, "out of range"),
        ("slice", {"start": [1], "axis_names": "X"}, "'X' is not in the layout"),
    ],
)
def test_windows_that_do_not_fit_the_sample(op: str, kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(OperatorError, match=message):
        run_arrays(op, [[sample("uint8:6x7x3")]], ["HWC"], kwargs)


def test_position_given_per_sample_is_checked() -> None:
    with pytest.raises(OperatorError, match=r"crop_pos_y must lie in 0\.\.1"):
        run_arrays("crop", [[sample("uint8:6x7x3")]], ["HWC"], {"crop": [2, 2]}, {"crop_pos_y": [np.float32(-0.1)]})


def test_layout_must_be_one_of_images() -> None:
    with pytest.raises(OperatorError, match="layout 'WC'"):
        run_arrays("crop", [[sample("uint8:6x7")]], ["WC"], {"crop": [2, 2]})


@pytest.mark.parametrize(
    ("anchor", "shape"),
    [("int32=1,1", "float32=2,2"), ("float64=1,1", "float64=2,2"), ("int32=1", "int32=2,2")],
)
def test_positional_windows_of_wrong_types(anchor: str, shape: str) -> None:
    with pytest.raises(OperatorError, match="anchor and shape"):
        run_arrays("slice", [[sample("uint8:6x7x3")], [sample(anchor)], [sample(shape)]], ["HWC", "", ""], {})


def test_positional_windows_come_in_pairs_and_alone() -> None:
    image, pair = sample("uint8:6x7x3"), sample("int32=1,1")
    with pytest.raises(ArgumentError, match="together"):
        run_arrays("slice", [[image], [pair]], ["HWC", ""], {})
    with pytest.raises(ArgumentError, match="not both"):
        run_arrays("slice", [[image], [pair], [pair]], ["HWC", "", ""], {"start": [1, 1]})


def test_inputs_are_left_alone() -> None:
    image = sample("uint8:6x7x3")
    before = image.copy()
    ((got, _),) = run_arrays("crop", [[image]], ["HWC"], {"crop": [6, 7]})
    got[0][...] = 0
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize(
    ("dtype", "edge", "want"),
    [(types.UINT8, 300.7, 255), (types.INT8, -200.0, -128), (types.FLOAT16, 2.5, 2.5), (types.INT16, -3.9, -3)],
)
def test_other_output_types(dtype: types.DALIDataType, edge: float, want: float) -> None:
    """Values are rounded and clamped; fill values are clamped but cut off, as in DALI."""
    image = np.array([[[1.5], [-200.0], [70000.0]]], np.float32)
    kwargs = {"start": [-1, 0], "end": [3, 1], "out_of_bounds_policy": "pad", "fill_values": edge, "dtype": dtype}
    ((got, _),) = run_arrays("slice", [[image]], ["HWC"], kwargs)
    assert got[0].dtype == types.to_numpy_type(dtype)
    assert float(got[0][0, 0, 0]) == want
    if got[0].dtype.kind != "f":
        limits = np.iinfo(got[0].dtype)
        assert got[0][0, 1:, 0].tolist() == [2, max(-200, limits.min), min(70000, limits.max)]


@settings(max_examples=100, deadline=None)
@given(start=st.integers(-60, 60), count=st.integers(0, 60), extent=st.integers(1, 12))
def test_extension_agrees_with_numpy(start: int, count: int, extent: int) -> None:
    before, after = max(0, -start), max(0, start + count - extent)
    for policy, mode in (("edge", "edge"), ("reflect", "symmetric"), ("reflect_101", "reflect"), ("wrap", "wrap")):
        want = np.pad(np.arange(extent), (before, after), mode)[start + before : start + before + count]  # type: ignore[call-overload]
        np.testing.assert_array_equal(_indices(policy, start, count, extent), want)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_slices_inside_agree_with_numpy(data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    array = np.arange(int(np.prod(shape))).reshape(shape)
    start = [data.draw(st.integers(0, n)) for n in shape]
    end = [data.draw(st.integers(a, n)) for a, n in zip(start, shape, strict=True)]
    axes = list(range(len(shape)))
    ((got, _),) = run_arrays("slice", [[array]], [""], {"start": start, "end": end, "axes": axes})
    np.testing.assert_array_equal(got[0], array[tuple(slice(a, b) for a, b in zip(start, end, strict=True))])


def test_errors_name_the_operator_and_the_sample() -> None:
    with pytest.raises(OperatorError) as error:
        run_arrays("crop", [[sample("uint8:6x7x3"), sample("uint8:2x2x3")]], ["HWC"], {"crop": [4, 4]})
    assert isinstance(error.value.__cause__, ValueError)
    assert (error.value.operator, error.value.sample) == ("Crop", 1)
    assert isinstance(error.value, adali.errors.AdaliError)
