"""python_function: plain functions and coroutines, by sample and by batch."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import adali
import adali.fn as fn
import adali.ops as ops
import adali.sync
from adali.backend import TensorCPU, TensorListCPU
from adali.types import DALIDataType


def numbers(i: int) -> list[Any]:
    """Batch i: two samples of two equal numbers, 10 * i and 10 * i + 1."""
    return [np.full(2, 10 * i + j, np.float32) for j in range(2)]


def make(cls: Any, function: Any, inputs: int = 1, on_error: str = "raise", **kwargs: Any) -> Any:
    pipe = cls(batch_size=2, num_threads=2, device_id=None, seed=1, on_error=on_error)
    with pipe:
        x = fn.external_source(numbers, layout="A")
        made = fn.python_function(*([x] * inputs), function=function, **kwargs)
        made = made if isinstance(made, list) else [made]
        pipe.set_outputs(x, *(m for m in made if m is not None))
    return pipe


@contextmanager
def built(function: Any, **kwargs: Any) -> Iterator[Any]:
    pipe = make(adali.sync.Pipeline, function, **kwargs)
    try:
        pipe.build()
        yield pipe
    finally:
        pipe.close()


def content(output: Any) -> list[Any]:
    return [output.at(i).tolist() for i in range(len(output))]


def result(function: Any, **kwargs: Any) -> list[Any]:
    """Content of the outputs in the first iteration."""
    with built(function, **kwargs) as pipe:
        return [content(o) for o in pipe.run()[1:]]


def as_coroutine(function: Callable[..., Any]) -> Callable[..., Any]:
    async def coroutine(*args: Any) -> Any:
        await asyncio.sleep(0)
        return function(*args)

    return coroutine


KINDS = [lambda f: f, as_coroutine]
both = pytest.mark.parametrize("kind", KINDS, ids=["plain", "coroutine"])


@both
def test_one_call_a_sample(kind: Any) -> None:
    with built(kind(lambda x: x + 1)) as pipe:
        for i in range(3):
            _, out = pipe.run()
            assert content(out) == [[10 * i + 1] * 2, [10 * i + 2] * 2]
            assert (out.dtype, out.layout()) == (DALIDataType.FLOAT, "")


@pytest.mark.asyncio
@both
async def test_the_same_awaited(kind: Any) -> None:
    async with make(adali.Pipeline, kind(lambda x: x + 1)) as pipe:
        for i in range(3):
            assert content((await pipe.run())[1]) == [[10 * i + 1] * 2, [10 * i + 2] * 2]


@both
def test_one_call_a_batch(kind: Any) -> None:
    seen = []

    def function(xs: Any, ys: Any) -> Any:
        seen.append((type(xs), len(xs)))
        return [x + 2 * y for x, y in zip(xs, ys, strict=True)]

    assert result(kind(function), inputs=2, batch_processing=True) == [[[0, 0], [3, 3]]]
    assert seen[0] == (list, 2)


@both
def test_several_outputs_with_layouts(kind: Any) -> None:
    with built(kind(lambda x: (x, np.ones((2, 2), np.uint8), 5)), num_outputs=3, output_layouts=["A", "BC"]) as pipe:
        _, first, second, third = pipe.run()
        assert [o.layout() for o in (first, second, third)] == ["A", "BC", ""]
        assert [o.dtype for o in (first, second, third)] == [
            DALIDataType.FLOAT,
            DALIDataType.UINT8,
            DALIDataType.INT32,
        ]
        assert content(third) == [5, 5]
    with built(kind(lambda x: (x, x)), num_outputs=2, output_layouts="A") as pipe:
        assert [o.layout() for o in pipe.run()[1:]] == ["A", "A"]


def test_several_outputs_of_a_batch() -> None:
    assert result(lambda xs: (xs, [x[:1] for x in xs]), num_outputs=2, batch_processing=True) == [
        [[0, 0], [1, 1]],
        [[0], [1]],
    ]


@both
def test_no_outputs_and_it_still_runs(kind: Any) -> None:
    seen = []
    with built(kind(lambda x: seen.append(float(x[0]))), num_outputs=0) as pipe:
        pipe.run()
    assert seen[:2] == [0.0, 1.0]


def test_no_outputs_of_a_batch() -> None:
    seen = []
    with built(lambda xs: seen.append(len(xs)), num_outputs=0, batch_processing=True) as pipe:
        pipe.run()
    assert seen[0] == 2


@pytest.mark.parametrize("batch_processing", [False, True])
def test_no_inputs(batch_processing: bool) -> None:
    def function() -> Any:
        return [np.zeros(1)] * 2 if batch_processing else np.zeros(1)

    assert result(function, inputs=0, batch_processing=batch_processing) == [[[0.0], [0.0]]]


@pytest.mark.parametrize(
    ("value", "expected", "dtype"),
    [
        (True, True, DALIDataType.BOOL),
        (7, 7, DALIDataType.INT32),
        (2.5, 2.5, DALIDataType.FLOAT),
        (np.float64(2.5), 2.5, DALIDataType.FLOAT64),
        (np.array(3, np.int16), 3, DALIDataType.INT16),
        (np.zeros((2, 3), np.float32).T, [[0, 0]] * 3, DALIDataType.FLOAT),
        (TensorCPU(np.ones(2, np.uint8)), [1, 1], DALIDataType.UINT8),
        ((np.ones(1, np.uint8),), [1], DALIDataType.UINT8),
        (np.ones(1, ">f4"), [1], DALIDataType.FLOAT),
    ],
    ids=str,
)
def test_kinds_of_results(value: Any, expected: Any, dtype: DALIDataType) -> None:
    with built(lambda x: value) as pipe:
        _, out = pipe.run()
        assert (content(out), out.dtype) == ([expected] * 2, dtype)


@pytest.mark.parametrize("wrap", [list, tuple, np.stack, lambda xs: (xs,), lambda xs: TensorListCPU(np.stack(xs))])
def test_kinds_of_batches(wrap: Any) -> None:
    assert result(lambda xs: wrap(xs), batch_processing=True) == [[[0, 0], [1, 1]]]


def test_ragged_results() -> None:
    assert result(lambda x: np.zeros(int(x[0]) + 1)) == [[[0.0], [0.0, 0.0]]]
    assert result(lambda x: np.arange(2 - int(x[0]))) == [[[0, 1], [0]]]


def test_memory_that_the_function_uses_again_is_copied() -> None:
    buffer = np.zeros(2, np.float32)

    def function(x: Any) -> Any:
        buffer[...] = x
        return buffer

    with built(function) as pipe:
        kept = [pipe.run()[1] for _ in range(3)]
        assert [content(k) for k in kept] == [[[10 * i] * 2, [10 * i + 1] * 2] for i in range(3)]


def test_a_result_does_not_share_the_inputs_memory() -> None:
    with built(lambda x: x) as pipe:
        x, out = pipe.run()
        x.at(0)[...] = 99
        assert content(out)[0] == [0, 0]


def test_a_plain_function_sees_samples_in_order() -> None:
    seen: list[float] = []
    with built(lambda x: seen.append(float(x[0])) or x) as pipe:
        for _ in range(3):
            pipe.run()
    assert seen[:6] == [0, 1, 10, 11, 20, 21]


def test_where_functions_run() -> None:
    names: set[str] = set()

    def function(x: Any) -> Any:
        names.add(threading.current_thread().name)
        return x

    with built(function) as pipe:
        pipe.run()
    assert all(name.startswith("adali-worker") for name in names)
    names.clear()
    with built(as_coroutine(function)) as pipe:
        pipe.run()
    assert names == {"adali-engine"}


@pytest.mark.asyncio
async def test_a_coroutine_is_awaited_for_all_samples_at_once() -> None:
    here: list[Any] = []
    both_are_here = asyncio.Event()

    async def function(x: Any) -> Any:
        here.append(x)
        if len(here) >= 2:
            both_are_here.set()
        await both_are_here.wait()
        return x

    async with make(adali.Pipeline, function) as pipe:
        assert content((await pipe.run())[1]) == [[0, 0], [1, 1]]


def test_callable_objects_methods_and_partials() -> None:
    class Plain:
        def __call__(self, x: Any) -> Any:
            return x + 1

        def method(self, x: Any) -> Any:
            return x + 1

    class Coroutine:
        async def __call__(self, x: Any) -> Any:
            return x + 1

        async def method(self, x: Any) -> Any:
            return x + 1

    for function in (Plain(), Plain().method, Coroutine(), Coroutine().method, functools.partial(np.add, 1)):
        assert result(function) == [[[1, 1], [2, 2]]]


def test_the_call_form_of_the_class() -> None:
    pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None, seed=1)
    with pipe:
        x = fn.external_source(numbers)
        one = ops.PythonFunction(lambda v: v * 2)(x)
        two = ops.PythonFunction(lambda vs: (vs, vs), 2, "cpu", True)(x)
        three = ops.PythonFunction(function=lambda v: v * 3, num_outputs=1)(x)
        pipe.set_outputs(one, *two, three)
    pipe.build()
    found = [content(o) for o in pipe.run()]
    pipe.close()
    assert [f[1] for f in found] == [[2, 2], [1, 1], [1, 1], [3, 3]]


# ---- faults ------------------------------------------------------------------------------------------------------


@both
def test_the_sample_that_failed_is_named(kind: Any) -> None:
    def function(x: Any) -> Any:
        if x[0] == 11:
            raise KeyError("no such thing")
        return x

    with built(kind(function)) as pipe:
        pipe.run()
        with pytest.raises(adali.OperatorError, match="PythonFunction") as caught:
            pipe.run()
        assert (caught.value.iteration, caught.value.sample) == (1, 1)
        assert isinstance(caught.value.__cause__, KeyError)
        assert "test_python_function.py" in str(caught.value)
        assert content(pipe.run()[1]) == [[20, 20], [21, 21]], "the pipeline goes on"


@both
@pytest.mark.parametrize(("policy", "expected"), [("skip", [[0, 0]]), ("replace", [[0, 0], [0, 0]])])
def test_policies(kind: Any, policy: str, expected: list[Any]) -> None:
    def function(x: Any) -> Any:
        if x[0] == 1:
            raise ValueError("bad sample")
        return x

    with built(kind(function), on_error=policy) as pipe:
        x, out = pipe.run()
        assert content(x) == content(out) == expected
        assert content(pipe.run()[1]) == [[10, 10], [11, 11]]
        assert [e.sample for e in pipe.stats().errors][:1] == [1]


@both
def test_a_batch_function_fails_its_batch(kind: Any) -> None:
    def function(xs: Any) -> Any:
        raise OSError("no connection")

    with (
        built(kind(function), batch_processing=True) as pipe,
        pytest.raises(adali.OperatorError, match="no connection") as caught,
    ):
        pipe.run()
    assert caught.value.sample is None


BAD: dict[str, tuple[Any, dict[str, Any], str]] = {
    "none": (lambda x: None, {}, "NoneType"),
    "str": (lambda x: "a", {}, "got str"),
    "list": (lambda x: [x], {}, "got list"),
    "large int": (lambda x: 1 << 40, {}, "too large|out of bounds"),
    "objects": (lambda x: np.array([None]), {}, "object"),
    "two": (lambda x: (x, x), {}, "2 outputs, but num_outputs=1"),
    "one": (lambda x: (x,), {"num_outputs": 2}, "1 outputs, but num_outputs=2"),
    "no tuple": (lambda x: x, {"num_outputs": 2}, "must return a tuple"),
    "layout": (lambda x: x, {"output_layouts": "AB"}, "'AB'.*1 axes"),
    "two types": (lambda x: np.zeros(1, [np.float32, np.int32][int(x[0])]), {}, "int32.*float32"),
    "two ranks": (lambda x: np.zeros((1,) * (int(x[0]) + 1)), {}, "2 axes"),
    "short batch": (lambda xs: xs[:1], {"batch_processing": True}, "list of 2 arrays, got 1 samples"),
    "long batch": (lambda xs: xs * 2, {"batch_processing": True}, "got 4 samples"),
    "no batch": (lambda xs: 5, {"batch_processing": True}, "got int"),
    "forgotten async": (lambda x: as_coroutine(lambda y: y)(x), {}, "async def"),
}


@pytest.mark.parametrize(("function", "kwargs", "message"), BAD.values(), ids=BAD.keys())
def test_bad_results_are_errors_that_say_why(function: Any, kwargs: dict[str, Any], message: str) -> None:
    with built(function, **kwargs) as pipe, pytest.raises(adali.OperatorError, match=message):
        pipe.run()


@pytest.mark.parametrize("function", [None, 5])
def test_something_that_cannot_be_called_is_refused_at_once(function: Any) -> None:
    with pytest.raises(adali.ArgumentError, match="function"):
        make(adali.sync.Pipeline, function)
    with pytest.raises(adali.ArgumentError, match="function"):
        ops.PythonFunction(function)


def test_bad_arguments() -> None:
    with pytest.raises(adali.ArgumentError, match="num_outputs"):
        make(adali.sync.Pipeline, abs, num_outputs=-1)
    pipe = make(adali.sync.Pipeline, abs, output_layouts=[1])
    with pytest.raises(adali.ArgumentError, match="output_layouts"):
        pipe.build()
    pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None, seed=1)
    with pipe:
        pipe.set_outputs(fn.python_function(function=abs, device="gpu"))
    with pytest.raises(adali.DeviceUnavailableError, match="device_id=None"):
        pipe.build()


@pytest.mark.asyncio
async def test_closing_cancels_what_a_coroutine_waits_for() -> None:
    entered = threading.Event()
    log = []

    async def function(x: Any) -> Any:
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cancelled")

    pipe = make(adali.Pipeline, function)
    await pipe.build()
    await pipe.schedule_run()
    assert await asyncio.to_thread(entered.wait, 20.0)
    await pipe.aclose()
    assert log == ["cancelled", "cancelled"]
    assert [t.name for t in threading.enumerate() if t.name.startswith("adali-")] == []


def test_it_cannot_be_serialized() -> None:
    with built(lambda x: x) as pipe, pytest.raises(adali.GraphError):
        pipe.serialize()
