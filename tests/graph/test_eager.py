"""Eager calls give what a pipeline gives, for each kind of input."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
from adali import eager, fn, sync, types
from adali.data import TensorListCPU
from adali.errors import ArgumentError, OperatorError, UnknownArgumentError
from adali.graph import stubs
from adali.graph.schema import snake_case

IMAGES = sorted((Path(adali.__file__).parent / "cli" / "images").rglob("*.jpg"))
rng = np.random.default_rng(3)
PHOTOS = rng.integers(0, 256, (2, 9, 12, 3), dtype=np.uint8)


def same(left: TensorListCPU, right: Any) -> None:
    assert isinstance(left, TensorListCPU)
    assert left.dtype == right.dtype
    assert left.layout() == right.layout()
    assert len(left) == len(right)
    for a, b in zip(left, right, strict=True):
        np.testing.assert_array_equal(np.array(a), np.array(b))


def in_pipeline(function: Any, *inputs: Any) -> Any:
    pipe = sync.Pipeline(batch_size=2, num_threads=1, device_id=None)
    with pipe:
        nodes = [fn.external_source([data], layout=layout) for data, layout in inputs]
        result = function(*nodes)
        pipe.set_outputs(*(result if isinstance(result, list) else [result]))
    pipe.build()
    outputs = pipe.run()
    pipe.close()
    return outputs


@pytest.mark.parametrize(
    "call",
    [
        lambda m, x: m.resize(x, size=[5, 7]),
        lambda m, x: m.flip(x, horizontal=1),
        lambda m, x: m.crop_mirror_normalize(x, mean=[3.0], std=[2.0], crop=(4, 4)),
        lambda m, x: m.rotate(x, angle=30.0),
        lambda m, x: m.cast(x, dtype=types.FLOAT),
        lambda m, x: m.reductions.mean(x, axes=[0, 1]),
        lambda m, x: m.cat(x, x, axis=0),
        lambda m, x: m.stack(x, x),
    ],
)
def test_as_in_a_pipeline(call: Any) -> None:
    images = TensorListCPU(PHOTOS, layout="HWC")
    (expected,) = in_pipeline(lambda x: call(fn, x), (images, "HWC"))
    same(call(eager, images), expected)


def test_kinds_of_inputs() -> None:
    expected = eager.cast(TensorListCPU(PHOTOS), dtype=types.INT32)
    same(eager.cast(PHOTOS, dtype=types.INT32), expected)
    same(eager.cast(list(PHOTOS), dtype=types.INT32), expected)
    same(eager.cast(expected, dtype=types.INT32), expected)
    ragged = eager.reductions.sum([np.ones(3, np.float32), np.ones(5, np.float32)])
    assert [float(np.array(r)) for r in ragged] == [3.0, 5.0]


def test_encoded_bytes() -> None:
    data = [IMAGES[0].read_bytes(), IMAGES[1].read_bytes()]
    (expected,) = in_pipeline(fn.decoders.image, ([np.frombuffer(d, np.uint8) for d in data], ""))
    same(eager.decoders.image(data), expected)
    same(eager.image_decoder(data), expected)


def test_arguments_for_each_sample() -> None:
    angles = np.float32([10, 90])
    turned = eager.rotate(TensorListCPU(PHOTOS, layout="HWC"), angle=TensorListCPU(angles))
    for i, angle in enumerate(angles):
        alone = eager.rotate(TensorListCPU(PHOTOS[i : i + 1], layout="HWC"), angle=float(angle))
        np.testing.assert_array_equal(np.array(turned.at(i)), np.array(alone.at(0)))


def test_several_outputs_and_none_inputs() -> None:
    parts = eager.element_extract(TensorListCPU(PHOTOS, layout="FHW"[:1] + "HW"), element_map=[1, 0])
    assert len(parts) == 2
    np.testing.assert_array_equal(np.array(parts[0].at(0)), PHOTOS[0, 1])
    constant = eager.constant(idata=7, batch_size=3)
    assert [np.array(c).tolist() for c in constant] == [[7]] * 3


def test_inside_a_pipelines_scope_and_a_loop() -> None:
    with sync.Pipeline(batch_size=2, num_threads=1, device_id=None) as pipe:
        assert len(eager.cast(PHOTOS, dtype=types.FLOAT)) == 2
        assert pipe._builder.specs == []

    async def inside() -> int:
        return len(eager.cast(PHOTOS, dtype=types.FLOAT))

    assert asyncio.run(inside()) == 2


def test_which_operators_there_are() -> None:
    for name, schema in stubs.operators():
        *path, last = name.split("__")
        module: Any = eager
        for part in path:
            module = getattr(module, part, None)
        needs_pipeline = schema.stateful or schema.is_input or schema.no_prune or not schema.serializable
        assert needs_pipeline != (getattr(module, snake_case(last), None) is not None), name


def test_errors() -> None:
    with pytest.raises(UnknownArgumentError, match="size"):
        eager.resize(PHOTOS, siez=3)
    with pytest.raises(ArgumentError, match="different sizes"):
        eager.cat(PHOTOS, PHOTOS[:1])
    with pytest.raises(ArgumentError, match="batch_size"):
        eager.constant(idata=1)
    with pytest.raises(ArgumentError, match="batch_size is 3"):
        eager.cast(PHOTOS, dtype=types.FLOAT, batch_size=3)
    with pytest.raises(TypeError, match="input 0 of Cast"):
        eager.cast("text", dtype=types.FLOAT)
    with pytest.raises(AttributeError, match="needs a pipeline"):
        eager.external_source  # noqa: B018
    with pytest.raises(OperatorError, match="sample 1") as info:
        eager.decoders.image([IMAGES[0].read_bytes(), b"no image"])
    assert info.value.line is not None
    assert "no image" in info.value.line.text
