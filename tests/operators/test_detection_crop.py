"""random_bbox_crop: the distribution of the real DALI (golden), and what must hold for every window."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali.sync
from adali import fn

GOLDEN = Path(__file__).parent.parent / "golden"
sys.path.insert(0, str(GOLDEN))
from detection_crop_cases import CASES, DRAWS, ONE, SOLID, TWO  # noqa: E402

sys.path.pop(0)

expected = json.loads((GOLDEN / "detection_crop.json").read_text())
LABELS = np.array([4, 7], np.int32)


def draw(inputs: list[list[Any]], kwargs: dict[str, Any], seed: int = 3, threads: int = 2) -> list[list[Any]]:
    """Outputs, each a list of samples."""

    def source(data: Any) -> Any:
        return fn.external_source(lambda: data)

    pipe = adali.sync.Pipeline(batch_size=len(inputs[0]), num_threads=threads, device_id=None, seed=seed)
    with pipe:
        given = {
            k: source(v) if isinstance(v, list) and v and isinstance(v[0], np.ndarray) else v for k, v in kwargs.items()
        }
        pipe.set_outputs(*fn.random_bbox_crop(*map(source, inputs), **given))
    try:
        return [[o.at(i).copy() for i in range(len(inputs[0]))] for o in pipe.run()]
    finally:
        pipe.close()


@pytest.mark.parametrize("name", list(CASES))
def test_distribution_of_dali(name: str) -> None:
    boxes, kwargs = CASES[name]
    want = expected[name]
    anchors, shapes, kept = draw([[boxes] * DRAWS], kwargs)
    shape = np.stack(shapes)
    # The bound of Kolmogorov and Smirnov for two samples at the level 0.0005, at 41 places.
    band = 2.0 * math.sqrt(2 / DRAWS)
    for values, quantiles in zip(np.hstack([np.stack(anchors), shape]).T, want["quantiles"], strict=True):
        ordered = np.sort(values)
        for p, value in zip(np.linspace(0, 1, len(quantiles)), quantiles, strict=True):
            slack = 2e-5 * max(1.0, abs(value))
            assert np.searchsorted(ordered, value + slack, side="right") / DRAWS >= p - band
            assert np.searchsorted(ordered, value - slack, side="left") / DRAWS <= p + band
    counts = np.bincount([len(b) for b in kept], minlength=3)
    assert len(counts) == len(want["kept"])
    pairs = [
        *zip(counts / DRAWS, np.array(want["kept"]) / DRAWS, strict=True),
        ((shape == 1).all(1).mean(), want["whole"]),
    ]
    for got, p in pairs:
        assert abs(got - p) <= 5 * math.sqrt(2 * max(p * (1 - p), 1 / DRAWS) / DRAWS)


def area(low: Any, high: Any) -> Any:
    return np.maximum(high - low, 0).prod(-1)


@pytest.mark.parametrize("kind", ["iou", "overlap"])
@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize("prune", [None, 0.0, 0.4])
def test_every_window_meets_its_conditions(kind: str, every: bool, prune: float | None) -> None:
    rng = np.random.default_rng(8)
    batch = [np.sort(rng.random((n, 2, 2)), axis=1).reshape(n, 4).astype(np.float32) for n in rng.integers(1, 4, 100)]
    labels = [np.arange(len(b), dtype=np.int32) + 10 for b in batch]
    kwargs = {
        "scaling": [0.3, 1.0],
        "aspect_ratio": [0.5, 2.0],
        "thresholds": [0.05],
        "threshold_type": kind,
        "all_boxes_above_threshold": every,
        "allow_no_crop": True,
        "num_attempts": 20,
        "output_bbox_indices": True,
        "bbox_prune_threshold": prune,
    }
    cropped = 0
    for boxes, anchor, shape, out, label, index in zip(batch, *draw([batch, labels], kwargs), strict=True):
        np.testing.assert_array_equal(label, index + 10)
        if (shape == 1).all():
            np.testing.assert_array_equal(out, boxes)
            continue
        cropped += 1
        assert ((shape >= 0.3 - 1e-6) & (anchor >= 0) & (anchor + shape <= 1 + 1e-6)).all()
        assert 0.5 - 1e-5 <= shape[0] / shape[1] <= 2 + 1e-5
        low, high = np.maximum(boxes[:, :2], anchor), np.minimum(boxes[:, 2:], anchor + shape)
        common, own = area(low, high), area(boxes[:, :2], boxes[:, 2:])
        value = common / (own + shape.prod() - common if kind == "iou" else own)
        assert (value.min() if every else value.max()) >= 0.05 - 1e-5
        if prune is None:
            centre = (boxes[:, :2] + boxes[:, 2:]) / 2
            kept = ((centre >= anchor) & (centre < anchor + shape)).all(1)
        else:
            kept = (common > 0) & (common >= prune * own)
        np.testing.assert_array_equal(np.flatnonzero(kept), index)
        assert len(index) > 0
        limits = np.hstack([low, high])[index]
        np.testing.assert_allclose(out * np.tile(shape, 2) + np.tile(anchor, 2), limits, atol=1e-5)
    assert cropped > 20


@pytest.mark.parametrize("layout", ["xyWH", "YXyx", "zyxDHW", "XxYyZz"])
def test_layouts_of_boxes(layout: str) -> None:
    boxes = SOLID if "z" in layout else TWO
    axes = "xyz"[: boxes.shape[1] // 2]
    columns = dict(zip(axes + axes.upper(), boxes.T, strict=True))
    columns |= {size: columns[a.upper()] - columns[a] for a, size in zip(axes, "WHD", strict=False)}
    kwargs = {"scaling": [0.6, 0.9], "allow_no_crop": False}
    anchors, shapes, plain = draw([[boxes] * 10], kwargs)
    other = draw([[np.stack([columns[c] for c in layout], 1)] * 10], {**kwargs, "bbox_layout": layout})
    np.testing.assert_array_equal(other[:2], [anchors, shapes])
    for want, got in zip(plain, other[2], strict=True):
        values = dict(zip(layout, got.T, strict=True))
        for k, a in enumerate(axes):
            end = values[a.upper()] if a.upper() in values else values[a] + values["WHD"[k]]
            np.testing.assert_allclose(np.stack([values[a], end]), want[:, [k, k + len(axes)]].T, atol=1e-6)


def test_ltrb_is_the_older_bbox_layout() -> None:
    sizes = np.hstack([TWO[:, :2], TWO[:, 2:] - TWO[:, :2]])
    kwargs = {"scaling": [0.6, 0.9], "allow_no_crop": False}
    old, new = draw([[sizes]], {**kwargs, "ltrb": False}), draw([[sizes]], {**kwargs, "bbox_layout": "xyWH"})
    for a, b in zip(old, new, strict=True):
        np.testing.assert_array_equal(a, b)


def test_axes_with_fixed_ratios_are_in_proportion() -> None:
    kwargs = {"scaling": [0.3, 0.6], "aspect_ratio": [2.0, 2.0, 4.0, 4.0, 2.0, 2.0], "allow_no_crop": False}
    _, shapes, _ = draw([[SOLID[:0]] * 20], kwargs)
    for x, y, z in shapes:
        assert 0.3 <= x <= 0.6
        np.testing.assert_allclose([y, z], [x / 2, x / 4], rtol=1e-5)


def test_reproducible_and_independent_of_threads() -> None:
    kwargs = {"scaling": [0.3, 0.9], "aspect_ratio": [0.5, 2.0], "num_attempts": 4, "thresholds": [0.0, 0.1]}
    runs = [draw([[TWO] * 40], kwargs, seed, threads)[:2] for seed, threads in ((3, 1), (3, 4), (4, 1))]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_shapes_per_sample() -> None:
    crops = [np.array(s, np.int32) for s in ((10, 20), (30, 5))]
    images = [np.array(s, np.int32) for s in ((40, 30), (60, 50))]
    anchors, shapes, _ = draw([[ONE[:0]] * 2], {"crop_shape": crops, "input_shape": images, "allow_no_crop": False})
    np.testing.assert_array_equal(shapes, crops)
    assert all(((a >= 0) & (a + c <= i)).all() for a, c, i in zip(anchors, crops, images, strict=True))


def test_a_search_in_vain_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    kwargs = {"scaling": [0.1, 0.2], "thresholds": [0.99], "allow_no_crop": False, "total_num_attempts": 4}
    draw([[ONE]], {**kwargs, "quiet": True})
    assert not caplog.records
    draw([[ONE]], kwargs)
    assert "after 4 attempts" in caplog.text


def test_a_search_that_would_not_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real DALI hangs here."""
    import adali.operators.detection._windows as windows

    monkeypatch.setattr(windows, "ENDLESS", 40)
    for kwargs in ({"scaling": [0.1, 0.2], "thresholds": [1.0]}, {"aspect_ratio": [0.0, 0.0]}):
        with pytest.raises(adali.OperatorError, match="after 40 attempts; total_num_attempts"):
            draw([[ONE]], {"allow_no_crop": False, **kwargs})


@pytest.mark.parametrize(
    ("inputs", "kwargs", "message"),
    [
        ([TWO.astype(np.float64)], {}, "must be FLOAT"),
        ([TWO[0]], {}, "must have the shape"),
        ([TWO * 2], {}, "reaches out of the image"),
        ([TWO, LABELS[:1]], {}, "for 2 boxes"),
        ([TWO, LABELS * 1.0], {}, "labels must be INT32"),
        ([SOLID], {"bbox_layout": "xyXY"}, "6 numbers"),
        ([TWO], {"input_shape": [9, 9, 9]}, "2 positive extents"),
        ([TWO], {"input_shape": [9, 9], "shape_layout": "HWC"}, "'shape_layout'"),
    ],
)
def test_what_does_not_fit_is_refused(inputs: Any, kwargs: Any, message: str) -> None:
    with pytest.raises(adali.OperatorError, match=message):
        draw([[i] for i in inputs], kwargs)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"bbox_layout": "xyXW"}, "bbox_layout"),
        ({"bbox_layout": "xyXY", "ltrb": True}, "older form"),
        ({"bbox_prune_threshold": 1.5}, "'bbox_prune_threshold'"),
        ({"crop_shape": [3, 3]}, "needs 'input_shape'"),
        ({"crop_shape": [3, 3], "input_shape": [9, 9], "scaling": [0.1, 1.0]}, "'scaling'"),
        ({"crop_shape": [3, 3], "input_shape": [9, 9], "allow_no_crop": True}, "'allow_no_crop'"),
        ({"scaling": [0.5, 0.2]}, "'scaling'"),
        ({"aspect_ratio": [1.0, 1.0, 1.0, 2.0]}, "'aspect_ratio'"),
        ({"thresholds": [1.5]}, "'thresholds'"),
        ({"thresholds": [], "allow_no_crop": False}, "'thresholds' must not be empty"),
        ({"threshold_type": "x"}, "'threshold_type'"),
        ({"num_attempts": 0}, "'num_attempts'"),
        ({"total_num_attempts": 0}, "'total_num_attempts'"),
    ],
)
def test_arguments_that_contradict_are_refused_at_build(kwargs: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw([[TWO]], kwargs)
