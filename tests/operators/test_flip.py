"""flip against the real DALI (golden) and against NumPy."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adali.errors import OperatorError
from adali.operators.image.flip import FLIP_LAYOUTS

sys.path.insert(0, str(Path(__file__).parent.parent / "golden"))
from image_cases import FLIP, sample
from image_run import check_case, load, run_arrays

sys.path.pop(0)

GOLDEN = load("image.npz")


@pytest.mark.parametrize("name", sorted(FLIP))
def test_equals_dali(name: str) -> None:
    check_case(name, FLIP[name], GOLDEN)


@settings(max_examples=60, deadline=None)
@given(
    layout=st.sampled_from(FLIP_LAYOUTS),
    dtype=st.sampled_from(["uint8", "bool", "int16", "float16", "float32", "uint64"]),
    which=st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)),
    extents=st.lists(st.integers(1, 5), min_size=5, max_size=5),
)
def test_agrees_with_numpy(layout: str, dtype: str, which: tuple[int, int, int], extents: list[int]) -> None:
    array = sample(f"{dtype}:{'x'.join(str(e) for e in extents[: len(layout)])}")
    kwargs = dict(zip(("horizontal", "vertical", "depthwise"), which, strict=True))
    ((got, out_layout),) = run_arrays("flip", [[array]], [layout], kwargs)
    axes = [layout.index(c) for c, on in zip("WHD", which, strict=True) if on and c in layout]
    np.testing.assert_array_equal(got[0], np.flip(array, axes))
    assert out_layout == layout


def test_layout_must_be_one_of_images() -> None:
    with pytest.raises(OperatorError, match="layout 'AB'"):
        run_arrays("flip", [[sample("uint8:6x7")]], ["AB"], {})
