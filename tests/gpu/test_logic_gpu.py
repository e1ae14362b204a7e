"""``not``, ``and``, ``or`` of values on the device, and images dumped from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from on_gpu import test_module

import adali.sync
from adali import fn
from adali.errors import OperatorError


def run(make: Any, batch: list[Any], layout: str = "") -> list[Any]:
    pipe = adali.sync.Pipeline(batch_size=len(batch), num_threads=2, device_id=0)
    with pipe:
        pipe.set_outputs(make(fn.external_source(lambda: batch, layout=layout or None).gpu()))
    try:
        return [pipe.run()[0].as_cpu().at(i).copy() for i in range(len(batch))]
    finally:
        pipe.close()


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float16", "float64"])
def test_not(dtype: str, gpu: Any) -> None:
    values = [0, 1, 5, -0.0 if dtype.startswith("f") else 0, np.nan if dtype.startswith("f") else 1]
    batch = [np.array(v, dtype) for v in values]
    got = run(fn._conditional.not_, batch)
    assert [(g.dtype, g.shape, bool(g)) for g in got] == [(np.bool_, (), not v) for v in batch]


def test_a_bool_passes_on_and_is_not_copied(gpu: Any) -> None:
    batch = [np.array(v) for v in (True, False, True)]
    got = run(lambda x: fn._conditional.validate_logical(x, expression_name="and", expression_side="left"), batch)
    assert [bool(g) for g in got] == [True, False, True]


@pytest.mark.parametrize(
    ("call", "batch", "message"),
    [
        (fn._conditional.not_, [np.zeros(1)], r"the operand of `not` must be a scalar \(no axes\), got a 1-D array"),
        (fn._conditional.validate_logical, [np.zeros((), np.int32)], "right operand of `or` must be a bool, got int32"),
        (fn._conditional.validate_logical, [np.zeros((2, 1), bool)], "right operand of `or` must be a scalar"),
    ],
)
def test_errors_are_those_of_the_cpu(call: Any, batch: list[Any], message: str, gpu: Any) -> None:
    more = {} if call is fn._conditional.not_ else {"expression_name": "or", "expression_side": "right"}
    with pytest.raises(OperatorError, match=message):
        run(lambda x: call(x, **more), batch)


def test_images_are_written_from_the_device(gpu: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    images = [np.arange(6 * k, dtype=np.uint8).reshape(k, 2, 3) for k in (1, 2)]
    got = run(lambda x: fn.dump_image(fn.flip(x), suffix="s"), images, "HWC")
    for i, image in enumerate(images):
        np.testing.assert_array_equal(got[i], image[:, ::-1])
        text = (tmp_path / f"{i}-s-0.ppm").read_text(encoding="ascii").split()
        assert text[:4] == ["P3", "2", str(len(image)), "255"]
        assert list(map(int, text[4:])) == image[:, ::-1].reshape(-1).tolist()
    with pytest.raises(OperatorError, match=r"expected a uint8 image.*got float32"):
        run(fn.dump_image, [np.zeros((2, 2, 3), np.float32)], "HWC")


def test_an_image_of_a_branch_has_its_number_in_the_whole_batch(
    gpu: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    @adali.sync.pipeline_def(batch_size=3, num_threads=2, device_id=0, enable_conditionals=True)
    def build() -> Any:
        images = fn.external_source(lambda: [np.full((1, 1, 3), k, np.uint8) for k in range(3)], layout="HWC").gpu()
        if fn.external_source(lambda: [np.array(k != 1) for k in range(3)]):
            images = fn.dump_image(images, suffix="b")
        return images

    pipe = build()
    pipe.run()
    pipe.close()
    assert {p.name: p.read_text(encoding="ascii").split()[-1] for p in tmp_path.iterdir()} == {
        "0-b-0.ppm": "0",
        "2-b-0.ppm": "2",
    }


@pytest.mark.parametrize("counts", [(0, 1), (0, 0)])
def test_samples_without_boxes(counts: tuple[int, int], gpu: Any) -> None:
    """What the golden cases of box_encoder do not have."""
    module = test_module("test_detection")
    pipe = adali.sync.Pipeline(batch_size=2, num_threads=2, device_id=0)
    with pipe:
        boxes = fn.external_source(lambda: [module.BOX[:n] for n in counts]).gpu()
        labels = fn.external_source(lambda: [module.LABEL[:n] for n in counts]).gpu()
        pipe.set_outputs(*fn.box_encoder(boxes, labels, anchors=[0.0, 0.0, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0]))
    encoded, classes = (out.as_cpu() for out in pipe.run())
    assert [classes.at(i).tolist() for i in range(2)] == [[3 * n, 0] for n in counts]
    np.testing.assert_allclose(encoded.at(0), [[0.25, 0.25, 0.5, 0.5], [0.75, 0.75, 0.5, 0.5]])
    pipe.close()
