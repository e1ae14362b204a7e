"""Subscripts on nodes follow NumPy's basic indexing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adali.sync
from adali import fn, newaxis, types
from adali.errors import OperatorError

DATA = np.arange(60, dtype=np.int32).reshape(3, 4, 5)


def run(graph: Any, samples: list[Any] | None = None, layout: str | None = None) -> list[Any]:
    data = [DATA, DATA[:, :2]] if samples is None else samples
    data = [np.ascontiguousarray(d) for d in data]
    with adali.sync.Pipeline(batch_size=len(data), num_threads=1, device_id=None, seed=1) as pipe:
        outputs = graph(fn.external_source(source=lambda: data, batch=True, layout=layout))
        pipe.set_outputs(*(outputs if isinstance(outputs, (list, tuple)) else [outputs]))
    try:
        pipe.build()
        return list(pipe.run())
    finally:
        pipe.close()


def bounds(limit: int) -> st.SearchStrategy[int | None]:
    return st.one_of(st.none(), st.integers(-limit, limit))


def steps() -> st.SearchStrategy[int | None]:
    return st.one_of(st.none(), st.integers(-3, 3).filter(bool))


def indices() -> st.SearchStrategy[Any]:
    return st.one_of(st.integers(-2, 1), st.builds(slice, bounds(7), bounds(7), steps()))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[indices()] * 3), min_size=1, max_size=4))
def test_as_numpy(subscripts: list[tuple[Any, ...]]) -> None:
    outputs = run(lambda x: [x[s] for s in subscripts])
    for subscript, output in zip(subscripts, outputs, strict=True):
        for i, sample in enumerate((DATA, DATA[:, :2])):
            assert np.array_equal(output.at(i), sample[subscript])


@settings(max_examples=20, deadline=None)
@given(st.tuples(*[st.one_of(st.none(), st.tuples(st.integers(-5, 5), st.integers(-5, 5)))] * 2), st.integers(-4, 4))
def test_indices_that_come_with_the_data(limits: tuple[Any, Any], step: int) -> None:
    step = step or 1
    parts = [None if p is None else [np.int32(p[0]), np.int64(p[1]).astype(np.int32)] for p in limits]

    def make(p: list[Any]) -> Any:
        return fn.external_source(source=lambda: p, batch=True)

    def with_nodes(x: Any) -> Any:
        low, high = (None if p is None else make(p) for p in parts)
        return x[0, 1, low:high:step]

    (output,) = run(with_nodes)
    for i, sample in enumerate((DATA, DATA[:, :2])):
        low, high = (None if p is None else p[i] for p in limits)
        assert np.array_equal(output.at(i), sample[0, 1, low:high:step])


def test_small_samples_are_indexed_as_a_batch() -> None:
    def graph(x: Any) -> Any:
        shape = x.shape()
        return shape[0], shape[1:], shape[-1] * 2, shape[fn.random.coin_flip(probability=1.0)]

    first, rest, last, chosen = run(graph)
    assert first._slab is not None
    assert [int(v) for v in first.as_array()] == [3, 3]
    assert rest.as_array().tolist() == [[4, 5], [2, 5]]
    assert last.as_array().tolist() == [10, 10]
    assert chosen.as_array().tolist() == [4, 2]


def test_a_last_ellipsis_stands_for_the_rest() -> None:
    outputs = run(lambda x: [x[1, ...], x[...], x[newaxis, ...]])
    assert np.array_equal(outputs[0].at(0), DATA[1])
    assert np.array_equal(outputs[1].at(1), DATA[:, :2])
    assert outputs[2].at(0).shape == (1, 3, 4, 5)
    with pytest.raises(NotImplementedError, match="last"):
        run(lambda x: x[..., 0])


def test_layouts() -> None:
    outputs = run(
        lambda x: [x[0], x[:, 1:2], x[0, :, -1], x[newaxis("F")], x[newaxis], x[0, newaxis("Z")]], layout="HWC"
    )
    assert [o.layout() for o in outputs] == ["WC", "HWC", "W", "FHWC", "", "ZWC"]


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (3, r"index 3 is out of range for axis 0 of extent 3"),
        ((slice(None), 2), r"index 2 is out of range for axis 1 of extent 2"),
        ((0, 0, 0, 0), r"4 subscripts for data with 3 axes"),
        ((slice(None),) * 4, r"4 subscripts for data with 3 axes"),
        (slice(None, None, 0), r"step .* is zero"),
    ],
)
def test_out_of_range(index: Any, message: str) -> None:
    with pytest.raises(OperatorError, match=message):
        run(lambda x: x[index])


def test_what_is_no_index() -> None:
    x = fn.random.uniform(shape=[3])
    for index in ("x", 1.5, [1, 2], np.array([1, 2])):
        with pytest.raises(TypeError):
            x[index]
    with pytest.raises(ValueError, match="one character"):
        newaxis("xy")
    with pytest.raises(ValueError, match="or none"):
        x[newaxis, newaxis("A")]
    with pytest.raises(ValueError, match="at most 32"):
        x[(0,) * 33]


def test_indices_are_constants_of_any_kind() -> None:
    outputs = run(lambda x: [x[np.int64(1), True, np.array(2)], x[types.ScalarConstant(1), 0, 0]])
    assert [int(o.at(0)) for o in outputs] == [DATA[1, 1, 2], DATA[1, 0, 0]]


def test_a_node_is_no_sequence() -> None:
    x = fn.random.uniform(shape=[3])
    with pytest.raises(TypeError):
        iter(x)
    with pytest.raises(TypeError):
        list(x)
