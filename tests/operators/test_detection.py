"""Deterministic detection operators against the real DALI (golden) and by their arguments."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali.sync
from adali import fn

GOLDEN = Path(__file__).parent.parent / "golden"
sys.path.insert(0, str(GOLDEN))
from detection_cases import CASES  # noqa: E402

sys.path.pop(0)

expected = dict(np.load(GOLDEN / "detection.npz"))
BOX = np.array([[0.1, 0.2, 0.4, 0.7]], np.float32)
LABEL = np.array([3], np.int32)


def run(op: str, inputs: list[Any], kwargs: dict[str, Any]) -> list[list[Any]]:
    """One list of samples for each output; lists of arrays among the arguments are argument inputs."""
    function: Any = fn
    for part in op.split("."):
        function = getattr(function, part)

    def source(batch: Any) -> Any:
        return fn.external_source(lambda: batch)

    with adali.sync.Pipeline(batch_size=len(inputs[0]), num_threads=2, device_id=None, seed=3) as pipe:
        per_sample = {k for k, v in kwargs.items() if isinstance(v, list) and isinstance(v[0], np.ndarray)}
        out = function(*map(source, inputs), **{k: source(v) if k in per_sample else v for k, v in kwargs.items()})
        pipe.set_outputs(*(out if isinstance(out, list) else [out]))
    try:
        return [[o.at(i).copy() for i in range(len(inputs[0]))] for o in pipe.run()]
    finally:
        pipe.close()


@pytest.mark.parametrize("name", CASES)
def test_equals_dali(name: str) -> None:
    got = run(*CASES[name])
    keys = [f"{name}/{k}/{i}" for k, output in enumerate(got) for i in range(len(output))]
    assert set(keys) == {k for k in expected if k.startswith(name + "/")}
    for key, sample in zip(keys, (s for output in got for s in output), strict=True):
        want = expected[key]
        assert (sample.dtype, sample.shape) == (want.dtype, want.shape)
        # Coordinates are differences of numbers of that size: nothing better than rounding of the largest.
        size = np.abs(want).max() if want.size else 0
        tolerance = 1e-6 * max(1.0, size) if want.dtype == np.float32 else 0
        np.testing.assert_allclose(sample, want, rtol=1e-4 if want.dtype == np.float32 else 0, atol=tolerance)


def test_flipping_twice_changes_nothing() -> None:
    for ltrb in (False, True):
        kwargs = {"ltrb": ltrb, "vertical": 1}
        ((once,),) = run("bb_flip", [[BOX]], kwargs)
        assert np.abs(once - BOX).max() > 0.05
        ((twice,),) = run("bb_flip", [[once]], kwargs)
        np.testing.assert_allclose(twice, BOX, atol=1e-6)


@pytest.mark.parametrize("op", ["bb_flip", "bbox_paste"])
def test_shapes_of_boxes_are_kept(op: str) -> None:
    kwargs = {} if op == "bb_flip" else {"ratio": 2.0}
    ((want,),) = run(op, [[BOX]], kwargs)
    for shape in ((4,), (1, 1, 4)):
        ((got,),) = run(op, [[BOX.reshape(shape)]], kwargs)
        np.testing.assert_array_equal(got, want.reshape(shape))
    ((empty,),) = run(op, [[BOX[:0]]], kwargs)
    assert empty.shape == (0, 4)


@pytest.mark.parametrize(
    ("ratio", "paste", "expected"),  # of the real DALI 2.4
    [
        (2.0, 100.0, [0.55, 0.35, 0.75, 0.55]),
        (2.0, -1.0, [-0.45, 0.35, -0.25, 0.55]),
        (0.5, 0.25, [-0.8, -0.6, 0.0, 0.2]),
        (0.5, 2.0, [-1.8, -0.6, -1.0, 0.2]),
    ],
)
def test_pasted_boxes_stay_left_of_the_border(ratio: float, paste: float, expected: list[float]) -> None:
    kwargs = {"ltrb": True, "ratio": ratio, "paste_x": paste}
    ((got,),) = run("bbox_paste", [[np.float32([[0.1, 0.2, 0.5, 0.6]])]], kwargs)
    np.testing.assert_allclose(got, [expected], atol=1e-6)


def test_a_full_turn_changes_nothing_and_a_box_without_area_goes() -> None:
    boxes = np.vstack([BOX, np.full((1, 4), 0.5, np.float32)])
    labels = np.array([7, 8], np.int32)
    (out,), (kept,) = run("bbox_rotate", [[boxes], [labels]], {"angle": 360.0, "input_shape": [50, 80]})
    np.testing.assert_allclose(out, BOX, atol=1e-5)
    assert kept.tolist() == [7]


def test_every_box_has_an_anchor_even_below_the_criteria() -> None:
    anchors = [0.0, 0.0, 0.1, 0.1, 0.8, 0.8, 1.0, 1.0]
    boxes = np.array([[0.75, 0.75, 0.85, 0.85]], np.float32)
    (encoded,), (labels,) = run("box_encoder", [[boxes], [LABEL]], {"anchors": anchors, "criteria": 1.0})
    assert labels.tolist() == [0, 3]
    np.testing.assert_allclose(encoded, [[0.05, 0.05, 0.1, 0.1], [0.8, 0.8, 0.1, 0.1]], atol=1e-6)


MASKS = [[np.array([1], np.int32)], [np.array([[1, 0, 3]], np.int32)], [np.zeros((3, 2), np.float32)]]


@pytest.mark.parametrize(
    ("op", "inputs", "kwargs", "message"),
    [
        ("bb_flip", [[BOX.astype(np.float64)]], {}, "must be FLOAT"),
        ("bb_flip", [[np.zeros((1, 5), np.float32)]], {}, "four numbers"),
        ("bbox_paste", [[BOX]], {"ratio": 0.0}, "'ratio' must not be 0"),
        ("bbox_rotate", [[BOX[0]]], {"angle": 1.0, "input_shape": [9, 9]}, "shape"),
        ("bbox_rotate", [[BOX]], {"angle": 1.0, "input_shape": [9]}, "'input_shape' has 1 extents"),
        ("bbox_rotate", [[BOX]], {"angle": 1.0, "input_shape": [9, 0]}, "must be positive"),
        ("bbox_rotate", [[BOX]], {"angle": 1.0, "input_shape": [9, 9], "size": [9.0]}, "a height and a width"),
        ("bbox_rotate", [[BOX], [LABEL[:0]]], {"angle": 1.0, "input_shape": [9, 9]}, "for 1 boxes"),
        ("bbox_rotate", [[BOX], [BOX[:, 0]]], {"angle": 1.0, "input_shape": [9, 9]}, "labels must be INT32"),
        ("box_encoder", [[BOX], [LABEL[:0]]], {"anchors": [0.0, 0.0, 1.0, 1.0]}, "0 labels for 1 boxes"),
        ("box_encoder", [[BOX], [LABEL * 1.0]], {"anchors": [0.0, 0.0, 1.0, 1.0]}, "labels must be INT32"),
        ("segmentation.select_masks", [[np.array([1, 1], np.int32)], *MASKS[1:]], {}, "differ"),
        ("segmentation.select_masks", [[np.array([5], np.int32)], *MASKS[1:]], {}, "no polygon of the mask 5"),
        ("segmentation.select_masks", [*MASKS[:2], [np.zeros((2, 2))]], {}, "there are 2"),
        ("segmentation.select_masks", [*MASKS[:2], [np.zeros(2)]], {}, "two axes"),
        ("segmentation.select_masks", [[np.array([1.0])], *MASKS[1:]], {}, "INT32"),
    ],
)
def test_what_does_not_fit_is_refused(op: str, inputs: Any, kwargs: Any, message: str) -> None:
    with pytest.raises(adali.OperatorError, match=message):
        run(op, inputs, kwargs)


@pytest.mark.parametrize(
    ("op", "kwargs", "message"),
    [
        ("bbox_rotate", {"mode": "x"}, "'mode' must be one of"),
        ("bbox_rotate", {"bbox_layout": "WHxy"}, "'bbox_layout'"),
        ("bbox_rotate", {"remove_threshold": 1.0}, "'remove_threshold'"),
        ("bbox_rotate", {"shape_layout": "WC"}, "'shape_layout'"),
        ("bbox_rotate", {"keep_size": True, "size": [1.0, 1.0]}, "either"),
        ("box_encoder", {"anchors": [0.0] * 5}, "'anchors'"),
        ("box_encoder", {"criteria": 1.5}, "'criteria'"),
        ("box_encoder", {"means": [1.0]}, "'means'"),
        ("box_encoder", {"stds": [1.0, 1.0, 0.0, 1.0]}, "'stds'"),
    ],
)
def test_arguments_that_contradict_are_refused_at_build(op: str, kwargs: Any, message: str) -> None:
    needed = {"angle": 0.0, "input_shape": [9, 9]} if op == "bbox_rotate" else {"anchors": [0.0, 0.0, 1.0, 1.0]}
    with pytest.raises(ValueError, match=message):
        run(op, [[BOX], [LABEL]], {**needed, **kwargs})
