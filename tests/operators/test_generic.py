"""Operators on any kind of data: what the golden cases (test_math_golden.py) do not show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import adali.sync
from adali import fn, ops, types
from adali.errors import AdaliError, OperatorError


def run(graph: Any, batch_size: int = 2, num_threads: int = 1) -> list[Any]:
    with adali.sync.Pipeline(batch_size=batch_size, num_threads=num_threads, device_id=None, seed=1) as pipe:
        outputs = graph()
        pipe.set_outputs(*(outputs if isinstance(outputs, (list, tuple)) else [outputs]))
    try:
        pipe.build()
        return list(pipe.run())
    finally:
        pipe.close()


def feed(*samples: Any, layout: str | None = None) -> Any:
    data = [np.ascontiguousarray(s).reshape(np.shape(s)) for s in samples]
    return fn.external_source(source=lambda: data, batch=True, layout=layout)


IMAGE = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
SMALL = np.arange(12, dtype=np.uint8).reshape(1, 4, 3)


@settings(max_examples=30, deadline=None)
@given(
    hnp.arrays(np.float32, st.integers(1, 20), elements=st.floats(-1e6, 1e6, width=32)),
    st.sampled_from([types.UINT8, types.INT8, types.INT16, types.UINT16, types.INT32, types.INT64, types.UINT64]),
)
def test_cast_rounds_and_saturates(values: np.ndarray, dtype: types.DALIDataType) -> None:
    (out,) = run(lambda: fn.cast(feed(values), dtype=dtype), batch_size=1)
    limits = np.iinfo(types.to_numpy_type(dtype))
    for value, result in zip(values.astype(np.float64), out.at(0), strict=True):
        whole = int(np.copysign(np.floor(abs(value) + 0.5), value))
        assert int(result) == min(max(whole, limits.min), limits.max)


def test_copy_is_one() -> None:
    data = np.float32([1, 2, 3])
    with adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None) as pipe:
        source = fn.external_source(source=lambda: [data], batch=True, no_copy=True)
        pipe.set_outputs(fn.copy(source))
    pipe.build()
    (out,) = pipe.run()
    assert not np.shares_memory(out.at(0), data)
    assert out.at(0).tolist() == [1, 2, 3]
    pipe.close()


def test_make_contiguous_on_cpu() -> None:
    def graph() -> Any:
        image = feed(IMAGE, SMALL, layout="HWC")
        return ops.MakeContiguous()(image)

    (out,) = run(graph)
    assert out.layout() == "HWC"
    assert out._flat is not None
    assert np.array_equal(out.at(0), IMAGE)
    assert np.array_equal(out.at(1), SMALL)


def test_reshape_shares_the_block_of_a_dense_batch() -> None:
    def graph() -> Any:
        numbers = fn.random.uniform(shape=[4, 3], seed=1)
        return numbers, fn.reshape(numbers, shape=[2, -1])

    numbers, reshaped = run(graph)
    assert np.shares_memory(numbers.as_array(), reshaped.as_array())
    assert reshaped.as_array().shape == (2, 2, 6)


def test_reinterpret_reads_the_same_bytes() -> None:
    values = np.float32([1.5, -2.0])
    (out,) = run(lambda: fn.reinterpret(feed(values, values), dtype=types.UINT8, shape=[2, 4]))
    assert out.at(0).tobytes() == values.tobytes()
    with pytest.raises(OperatorError, match="innermost extent"):
        run(lambda: fn.reinterpret(feed(np.float32(1), np.float32(1)), dtype=types.UINT8))


def test_errors_of_views_name_the_sample() -> None:
    with pytest.raises(OperatorError, match="cannot be seen") as caught:
        run(lambda: fn.reshape(feed(IMAGE, SMALL), shape=[24]))
    assert caught.value.sample == 1
    with pytest.raises(OperatorError, match="not all of extent 1") as caught:
        run(lambda: fn.squeeze(feed(SMALL, IMAGE), axes=[0]))
    assert caught.value.sample == 1


def test_squeeze_takes_axes_of_each_sample_and_checks_them() -> None:
    node = np.zeros((1, 3, 1), np.uint8)
    (out,) = run(lambda: fn.squeeze(feed(node, node), axes=feed(np.int32([0]), np.int32([2]))))
    assert out.shape() == [(3, 1), (1, 3)]
    for axes in ([-1], [3]):  # DALI passes over these
        with pytest.raises(AdaliError, match="not all within"):
            run(lambda axes=axes: fn.squeeze(feed(node, node), axes=axes))


def test_where_samples_came_from_is_kept() -> None:
    def graph() -> Any:
        image = feed(IMAGE, SMALL)
        return fn.get_property(fn.reshape(image, shape=[-1]), key="source_info")

    (out,) = run(graph)
    assert out.shape() == [(0,), (0,)]


@settings(max_examples=25, deadline=None)
@given(st.permutations([0, 1, 2]), st.sampled_from(["uint8", "int16", "float32", "float64", "bool", "int64"]))
def test_transpose_as_numpy(perm: list[int], dtype: str) -> None:
    for shape in ((5, 4, 3), (4, 5, 2), (3, 2, 1), (2, 3, 7), (0, 2, 3)):
        data = (np.arange(np.prod(shape)) % 7).reshape(shape).astype(dtype)
        (out,) = run(lambda data=data: fn.transpose(feed(data), perm=perm), batch_size=1)
        assert np.array_equal(out.at(0), data.transpose(perm))


@settings(max_examples=20, deadline=None)
@given(
    st.lists(hnp.array_shapes(min_dims=2, max_dims=2, max_side=5), min_size=3, max_size=3),
    st.sampled_from([None, 1, 2, 3]),
    st.sampled_from([None, -1, 1, 4]),
)
def test_pad_keeps_the_samples_and_fills_the_rest(shapes: Any, align: int | None, least: int | None) -> None:
    samples = [np.full(shape, i + 1, np.int16) for i, shape in enumerate(shapes)]
    kwargs = {k: [v] for k, v in (("align", align), ("shape", least)) if v is not None}
    (out,) = run(lambda: fn.pad(feed(*samples), fill_value=-5, **kwargs), batch_size=3)
    for i, sample in enumerate(samples):
        padded = out.at(i)
        inside = tuple(slice(e) for e in sample.shape)
        assert np.array_equal(padded[inside], sample)
        assert (padded == -5).sum() == padded.size - sample.size
        for axis, extent in enumerate(sample.shape):
            wanted = max(s[axis] for s in shapes) if least in (None, -1) else max(least, extent)
            step = align or 1
            assert padded.shape[axis] == -(-wanted // step) * step


@settings(max_examples=20, deadline=None)
@given(st.integers(-2, 1), st.integers(1, 4))
def test_cat_and_stack_as_numpy(axis: int, count: int) -> None:
    (joined,) = run(lambda: fn.cat(*[feed(IMAGE[0], SMALL[0])] * count, axis=axis))
    assert np.array_equal(joined.at(0), np.concatenate([IMAGE[0]] * count, axis))
    (stacked,) = run(lambda: fn.stack(*[feed(IMAGE[0], SMALL[0])] * count, axis=axis))
    assert np.array_equal(stacked.at(1), np.stack([SMALL[0]] * count, axis))


def test_permute_batch_moves_what_belongs_to_a_sample() -> None:
    def graph() -> Any:
        order = fn.batch_permutation(seed=3)
        data = feed(*[np.full(i + 1, i, np.int32) for i in range(5)])
        return order, fn.permute_batch(data, indices=order)

    order, data = run(graph, batch_size=5)
    for i in range(5):
        source = int(order.at(i))
        assert data.at(i).tolist() == [source] * (source + 1)


def test_element_extract_gives_outputs_in_the_order_of_the_map() -> None:
    video = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)
    outputs = run(lambda: fn.element_extract(feed(video, video, layout="FHW"), element_map=[3, 0, 3]))
    assert [int(o.at(1)[0, 0]) for o in outputs] == [18, 0, 18]
    assert {o.layout() for o in outputs} == {"HW"}


def test_lookup_table_takes_all_integers() -> None:
    for dtype in ("uint8", "int8", "uint16", "int32", "uint64", "int64"):
        (out,) = run(
            lambda dtype=dtype: fn.lookup_table(
                feed(np.array([0, 1, 5, 100], dtype)), keys=[1, 5], values=[10, 20], default_value=-1, dtype=types.INT32
            ),
            batch_size=1,
        )
        assert out.at(0).tolist() == [-1, 10, 20, -1]


def test_one_hot_of_labels_is_dense() -> None:
    (out,) = run(lambda: fn.one_hot(feed(np.int32([2]), np.int32([0])), num_classes=3))
    assert out.as_array().tolist() == [[0, 0, 1], [1, 0, 0]]
    assert out._slab is not None


def test_operators_in_a_chain_with_several_threads() -> None:
    """Per-sample operators, whole-batch ones and views between them, on ragged data."""
    samples = [np.arange(3 * (i + 1), dtype=np.float32).reshape(i + 1, 3) for i in range(9)]

    def graph() -> Any:
        data = feed(*samples, layout="HW")
        doubled = fn.cast(data * 2, dtype=types.INT32)
        row = fn.reshape(doubled, shape=[-1])
        return fn.cat(row, fn.copy(row)), fn.reductions.sum(doubled, axes=0)

    joined, total = run(graph, batch_size=9, num_threads=3)
    for i, sample in enumerate(samples):
        assert joined.at(i).tolist() == (2 * sample).reshape(-1).tolist() * 2
        assert total.at(i).tolist() == (2 * sample).sum(0).tolist()


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["sum", "mean", "mean_square", "rms", "min", "max"]),
    st.lists(st.integers(-3, 2), max_size=3, unique_by=lambda a: a % 3),
    st.booleans(),
    st.sampled_from(["float64", "float16", "float32", "uint8", "int64", "bool"]),
)
def test_reductions_as_numpy(op: str, axes: list[int], keep: bool, dtype: str) -> None:
    data = (np.arange(24).reshape(2, 3, 4) % 5).astype(dtype)
    (out,) = run(lambda: getattr(fn.reductions, op)(feed(data), axes=axes, keep_dims=keep), batch_size=1)
    wide = data.astype(np.float64)
    wanted = {
        "sum": np.sum,
        "mean": np.mean,
        "min": np.min,
        "max": np.max,
        "mean_square": lambda x, **k: np.mean(x**2, **k),
        "rms": lambda x, **k: np.sqrt(np.mean(x**2, **k)),
    }[op](wide, axis=tuple(axes), keepdims=keep)
    np.testing.assert_allclose(out.at(0).astype(np.float64), wanted, rtol=1e-3 if dtype == "float16" else 1e-6)


def test_a_float_sum_is_exact_enough() -> None:
    data = np.full((2000, 1000), 0.1, np.float32)
    total, mean = run(lambda: [fn.reductions.sum(feed(data)), fn.reductions.mean(feed(data))], batch_size=1)
    assert total.at(0) == np.float32(data.sum(dtype=np.float64))
    assert mean.at(0) == np.float32(0.1)


def test_a_mean_of_the_wrong_shape_is_refused() -> None:
    data = np.ones((2, 3), np.float32)
    with pytest.raises(OperatorError, match=r"mean has shape \(2,\)"):
        run(lambda: fn.reductions.std_dev(feed(data), feed(np.float32([1, 1])), axes=0), batch_size=1)
