"""Random pixels and objects of masks: the distribution of the real DALI (golden), reproducible on any threads."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali.sync
from adali import fn
from adali.operators.detection._components import component_boxes

GOLDEN = Path(__file__).parent.parent / "golden"
sys.path.insert(0, str(GOLDEN))
from detection_random_cases import CASES, DRAWS, LABELS  # noqa: E402

sys.path.pop(0)

expected = json.loads((GOLDEN / "detection_random.json").read_text())
OPS: dict[str, Any] = {
    "segmentation.random_object_bbox": fn.segmentation.random_object_bbox,
    "segmentation.random_mask_pixel": fn.segmentation.random_mask_pixel,
}
OBJECT, PIXEL = OPS


def draw(op: str, batch: list[Any], kwargs: dict[str, Any], seed: int = 3, threads: int = 2) -> list[list[Any]]:
    """Outputs of each sample."""

    def source(data: Any) -> Any:
        return fn.external_source(lambda: data)

    pipe = adali.sync.Pipeline(batch_size=len(batch), num_threads=threads, device_id=None, seed=seed)
    with pipe:
        arguments = {
            k: source(v) if isinstance(v, list) and isinstance(v[0], np.ndarray) else v for k, v in kwargs.items()
        }
        out = OPS[op](source(batch), **arguments)
        pipe.set_outputs(*(out if isinstance(out, list) else [out]))
    try:
        outputs = pipe.run()
        return [[o.at(i).copy() for o in outputs] for i in range(len(batch))]
    finally:
        pipe.close()


@pytest.mark.parametrize("name", CASES)
def test_distribution_of_dali(name: str) -> None:
    op, data, kwargs = CASES[name]
    samples = draw(op, [data] * DRAWS, kwargs)
    assert {o.dtype for o in samples[0]} == {np.dtype(np.int64 if op == PIXEL else np.int32)}
    counts = Counter(str([o.tolist() for o in s]) for s in samples)
    want = expected[name]
    assert set(counts) == set(want)
    for outcome, times in want.items():
        # Both are binomial: five standard deviations of their difference.
        p = times / DRAWS
        assert abs(counts[outcome] - times) <= 5 * math.sqrt(2 * DRAWS * p * (1 - p)), outcome


@pytest.mark.parametrize("op", OPS)
def test_reproducible_and_independent_of_threads(op: str) -> None:
    kwargs: dict[str, Any] = {"foreground": 1} if op == PIXEL else {}
    runs = [
        [[o.tolist() for o in s] for s in draw(op, [LABELS] * 50, kwargs, seed, threads)]
        for seed, threads in ((3, 1), (3, 4), (4, 1))
    ]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_arguments_per_sample() -> None:
    values = [np.array(v, np.int32) for v in (1, 2, 3)] * 40
    for value, (place,) in zip(values, draw(PIXEL, [LABELS] * 120, {"foreground": 1, "value": values}), strict=True):
        assert LABELS[tuple(place)] == value
    classes = [np.array([v], np.int32) for v in values]
    kwargs = {"classes": classes, "output_class": True, "format": "box"}
    for value, (box, label) in zip(values, draw(OBJECT, [LABELS] * 120, kwargs), strict=True):
        assert label == value
        assert (LABELS[box[0] : box[2], box[1] : box[3]] == value).any()


def test_components_are_those_of_a_flood_fill() -> None:
    rng = np.random.default_rng(2)
    for shape in ((9, 11), (1, 20), (30,), (4, 5, 6), (3, 2, 4, 3)):
        labels = rng.integers(0, 3, shape)
        want = Counter()
        left = {p for p in np.ndindex(*shape) if labels[p] != 0}
        while left:
            todo = [left.pop()]
            pixels = []
            while todo:
                p = todo.pop()
                pixels.append(p)
                for axis in range(len(shape)):
                    for step in (-1, 1):
                        q = (*p[:axis], p[axis] + step, *p[axis + 1 :])
                        if q in left and labels[q] == labels[p]:
                            left.remove(q)
                            todo.append(q)
            box = (tuple(np.min(pixels, 0).tolist()), tuple((np.max(pixels, 0) + 1).tolist()))
            want[(int(labels[pixels[0]]), *box)] += 1
        found, low, high = component_boxes(labels, 0)
        got = Counter(
            (v, tuple(a), tuple(b)) for v, a, b in zip(found.tolist(), low.tolist(), high.tolist(), strict=True)
        )
        assert got == want


@pytest.mark.parametrize(
    ("op", "data", "kwargs", "message"),
    [
        (PIXEL, np.zeros((0, 3), np.int32), {}, "no pixel"),
        (PIXEL, np.zeros((2, 3)), {}, "must be of integers"),
        (OBJECT, np.zeros((2, 3), np.float32), {}, "must be of integers"),
        (OBJECT, np.zeros((0, 3), np.int32), {}, "must have pixels"),
        (OBJECT, LABELS, {"threshold": [1, 2, 3]}, "'threshold'"),
        (OBJECT, LABELS, {"class_weights": [1.0, -1.0]}, "must not be negative"),
        (OBJECT, LABELS, {"classes": [1, 2], "class_weights": [1.0]}, "1 'class_weights' for 2"),
        (OBJECT, LABELS, {"classes": [1, 2], "background": 1}, "one of the classes"),
    ],
)
def test_what_does_not_fit_is_refused(op: str, data: Any, kwargs: Any, message: str) -> None:
    with pytest.raises(adali.OperatorError, match=message):
        draw(op, [data], kwargs)


@pytest.mark.parametrize(
    ("op", "kwargs", "message"),
    [
        (PIXEL, {"threshold": 1.0, "value": 1}, "either"),
        (OBJECT, {"format": "x"}, "'format'"),
        (OBJECT, {"k_largest": 0}, "'k_largest'"),
        (OBJECT, {"ignore_class": True, "classes": [1]}, "'ignore_class'"),
        (OBJECT, {"ignore_class": True, "output_class": True}, "'ignore_class'"),
    ],
)
def test_arguments_that_contradict_are_refused_at_build(op: str, kwargs: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw(op, [LABELS], kwargs)
