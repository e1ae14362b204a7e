"""external_source: every kind of source, through both APIs; feeding; what is refused and what fails."""

from __future__ import annotations

import array
import asyncio
import contextlib
import functools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import adali
import adali.fn as fn
import adali.ops as ops
import adali.sync
from adali.backend import TensorCPU, TensorListCPU
from adali.types import FLOAT, INT32, NO_TYPE, BatchInfo, DALIDataType, SampleInfo

TIMEOUT = 20.0
STOP = "stop"


def batch(*values: int) -> list[Any]:
    return [np.array(v, np.int32) for v in values]


def make(cls: Any = adali.sync.Pipeline, *source: Any, **kwargs: Any) -> Any:
    options = {"batch_size": 2, "num_threads": 2, "device_id": None, "seed": 1}
    options.update({k: kwargs.pop(k) for k in ("batch_size", "on_error") if k in kwargs})
    # The pipeline's, where the operator has an argument of the same name.
    options.update({k[:-1]: kwargs.pop(k) for k in ("prefetch_queue_depth_", "num_threads_") if k in kwargs})
    pipe = cls(**options)
    with pipe:
        made = fn.external_source(*source, **kwargs)
        pipe.set_outputs(*(made if isinstance(made, list) else [made]))
    return pipe


@contextmanager
def built(*source: Any, **kwargs: Any) -> Iterator[Any]:
    pipe = make(adali.sync.Pipeline, *source, **kwargs)
    try:
        pipe.build()
        yield pipe
    finally:
        pipe.close()


def content(output: Any) -> list[Any]:
    return [output.at(i).tolist() for i in range(len(output))]


def run(pipe: Any, times: int) -> list[Any]:
    """The first output of each iteration; resets after each end."""
    found: list[Any] = []
    for _ in range(times):
        try:
            found.append(content(pipe.run()[0]))
        except StopIteration:
            found.append(STOP)
            pipe.reset()
    return found


async def run_async(pipe: Any, times: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(times):
        try:
            found.append(content((await pipe.run())[0]))
        except StopAsyncIteration:
            found.append(STOP)
            await pipe.reset()
    return found


def source_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("adali-")]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert source_threads() == []


# ---- sources that are called -------------------------------------------------------------------------------------


def plain(calls: list[Any]) -> Callable[[Any], Any]:
    def source(info: Any) -> Any:
        calls.append(info)
        if info == 2:
            raise StopIteration
        return batch(info, info)

    return source


def asynchronous(calls: list[Any]) -> Callable[[Any], Any]:
    async def source(info: Any) -> Any:
        await asyncio.sleep(0)
        calls.append(info)
        if info == 2:
            raise StopAsyncIteration
        return batch(info, info)

    return source


EPOCHS = [[0, 0], [1, 1], STOP, [0, 0], [1, 1], STOP, [0, 0]]


@pytest.mark.parametrize("kind", [plain, asynchronous])
def test_a_function_is_asked_for_iterations_of_the_epoch(kind: Any) -> None:
    calls: list[Any] = []
    with built(kind(calls)) as pipe:
        assert run(pipe, 7) == EPOCHS
    assert calls[:8] == [0, 1, 2, 0, 1, 2, 0, 1]


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", [plain, asynchronous])
async def test_the_same_awaited(kind: Any) -> None:
    async with make(adali.Pipeline, kind([])) as pipe:
        assert await run_async(pipe, 7) == EPOCHS


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", [plain, asynchronous])
async def test_a_pass_ends_where_the_source_does(kind: Any) -> None:
    async with make(adali.Pipeline, kind([])) as pipe:
        for _ in range(3):
            assert [content(out) async for (out,) in pipe] == [[0, 0], [1, 1]]


def test_batch_info() -> None:
    def source(info: BatchInfo) -> Any:
        if info.iteration == 2:
            raise StopIteration
        return batch(info.iteration, info.epoch_idx)

    with built(source, batch_info=True) as pipe:
        assert run(pipe, 7) == [[0, 0], [1, 0], STOP, [0, 1], [1, 1], STOP, [0, 2]]


@pytest.mark.parametrize("is_async", [False, True])
def test_sample_info_and_the_samples_that_fill_no_batch(is_async: bool) -> None:
    calls = []

    def source(info: SampleInfo) -> Any:
        calls.append((info.idx_in_epoch, info.idx_in_batch, info.iteration, info.epoch_idx))
        if info.idx_in_epoch == 5:
            raise StopAsyncIteration if is_async else StopIteration
        return np.int32(info.idx_in_epoch)

    async def async_source(info: SampleInfo) -> Any:
        return source(info)

    with built(async_source if is_async else source, batch=False) as pipe:
        assert run(pipe, 7) == [[0, 1], [2, 3], STOP, [0, 1], [2, 3], STOP, [0, 1]]
    first_epoch = [(i, i % 2, i // 2, 0) for i in range(6)]
    assert calls[:8] == [*first_epoch, (0, 0, 0, 1), (1, 1, 0, 1)]


def test_functions_without_an_argument() -> None:
    counter = iter(range(100))
    with built(lambda: batch(next(counter))) as pipe:
        assert run(pipe, 3) == [[0], [1], [2]]
    with built(functools.partial(next, iter([batch(7), batch(8)]))) as pipe:
        assert run(pipe, 3) == [[7], [8], STOP]
    counter = iter(range(5))
    with built(lambda: np.int32(next(counter)), batch=False) as pipe:
        assert run(pipe, 3) == [[0, 1], [2, 3], STOP]


def test_methods_partials_and_callable_objects() -> None:
    class Source:
        def method(self, i: int) -> Any:
            return batch(i)

        async def async_method(self, i: int) -> Any:
            return batch(i)

        async def __call__(self, i: int) -> Any:
            return batch(i)

    async def two(first: int, i: int) -> Any:
        return batch(first, i)

    for source in (Source().method, Source().async_method, Source()):
        with built(source) as pipe:
            assert run(pipe, 2) == [[0], [1]]
    with built(functools.partial(two, 5)) as pipe:
        assert run(pipe, 2) == [[5, 0], [5, 1]]


def test_an_argument_with_a_default_is_still_asked_for() -> None:
    with built(lambda i=5: batch(i)) as pipe:
        assert run(pipe, 2) == [[0], [1]]


@pytest.mark.asyncio
async def test_an_async_function_is_called_for_all_samples_at_once() -> None:
    waiting = []
    everyone = asyncio.Event()  # of the engine's loop: nobody here touches it

    async def source(info: SampleInfo) -> Any:
        waiting.append(info.idx_in_batch)
        if len(waiting) % 6 == 0:
            everyone.set()
        await everyone.wait()
        return np.int32(info.idx_in_epoch)

    async with make(adali.Pipeline, source, batch=False, batch_size=6, prefetch_queue_depth_=1) as pipe:
        assert await run_async(pipe, 1) == [[0, 1, 2, 3, 4, 5]]


def test_where_sources_run() -> None:
    names = []

    def source(i: int) -> Any:
        names.append(threading.current_thread().name)
        return batch(i)

    with built(source, name="mine") as pipe:
        run(pipe, 3)
    assert set(names) == {"adali-input-mine"}, "always the same thread"
    names.clear()

    async def async_source(i: int) -> Any:
        return source(i)

    with built(async_source) as pipe:
        run(pipe, 3)
    assert set(names) == {"adali-engine"}


@pytest.mark.parametrize("error", [StopIteration, StopAsyncIteration])
def test_a_coroutine_may_end_the_data_with_either_exception(error: type[Exception]) -> None:
    async def source() -> Any:
        raise error

    with built(source) as pipe:
        assert run(pipe, 2) == [STOP, STOP]


def test_a_function_that_returns_a_coroutine_is_told_to_be_async() -> None:
    async def fetch(i: int) -> Any:
        return batch(i)

    with built(lambda i: fetch(i)) as pipe, pytest.raises(adali.OperatorError, match="async def"):
        pipe.run()


# ---- sources that are walked through -----------------------------------------------------------------------------

BATCHES = [batch(1, 1), batch(2, 2)]


def generator() -> Iterator[Any]:
    yield from BATCHES


async def async_generator() -> AsyncIterator[Any]:
    for item in BATCHES:
        await asyncio.sleep(0)
        yield item


class AsyncIterable:
    def __aiter__(self) -> AsyncIterator[Any]:
        return async_generator()


class Restarting:
    """An iterator that starts over whenever it is asked for itself."""

    def __iter__(self) -> Restarting:
        self.count = 0
        return self

    def __next__(self) -> Any:
        self.count += 1
        if self.count > 2:
            raise StopIteration
        return batch(self.count, self.count)


class Both:
    """Iterable and callable: it is iterated."""

    def __iter__(self) -> Iterator[Any]:
        return generator()

    def __call__(self) -> Any:
        raise AssertionError


ONCE = [[1, 1], [2, 2], STOP, STOP, STOP, STOP]
QUIET = [[1, 1], [2, 2]] * 3
RAISE = [[1, 1], [2, 2], STOP, [1, 1], [2, 2], STOP]
CYCLES = [(None, ONCE), (False, ONCE), ("no", ONCE), (True, QUIET), ("quiet", QUIET), ("raise", RAISE)]
ITERABLES = [BATCHES, tuple(BATCHES), generator, async_generator, AsyncIterable(), Restarting(), Both()]


@pytest.mark.parametrize(("cycle", "expected"), CYCLES)
@pytest.mark.parametrize("source", ITERABLES, ids=lambda s: getattr(s, "__name__", type(s).__name__))
def test_cycles(source: Any, cycle: Any, expected: list[Any]) -> None:
    with built(source, cycle=cycle) as pipe:
        assert run(pipe, 6) == expected


@pytest.mark.asyncio
@pytest.mark.parametrize("source", [BATCHES, generator, async_generator], ids=["list", "generator", "async generator"])
async def test_cycle_raise_makes_epochs_of_passes(source: Any) -> None:
    async with make(adali.Pipeline, source, cycle="raise") as pipe:
        for _ in range(3):
            assert [content(out) async for (out,) in pipe] == [[1, 1], [2, 2]]
        async for _ in pipe:
            break
        assert [content(out) async for (out,) in pipe] == [[1, 1], [2, 2]], "a pass left early starts anew"


@pytest.mark.parametrize("cycle", [None, True, "raise"])
def test_a_single_iterator_runs_once(cycle: Any) -> None:
    with built(iter(BATCHES), cycle=cycle) as pipe:
        assert run(pipe, 5) == ONCE[:5]


@pytest.mark.parametrize("make_source", [generator, async_generator])
def test_a_generator_runs_once_and_cannot_cycle(make_source: Any) -> None:
    with built(make_source()) as pipe:
        assert run(pipe, 4) == ONCE[:4]
    source = make_source()
    with pytest.raises(adali.ArgumentError, match="generator function itself"):
        make(adali.sync.Pipeline, source, cycle=True)


@pytest.mark.parametrize("cycle", [None, True, "raise"])
def test_an_empty_iterable_does_not_hang(cycle: Any) -> None:
    with built([], cycle=cycle) as pipe:
        assert run(pipe, 2) == [STOP, STOP]


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("cycle", "expected"),
    [
        (None, [[0, 1], [2, 3], STOP, STOP, STOP]),
        (True, [[0, 1], [2, 3], [4, 0], [1, 2], [3, 4]]),
        ("raise", [[0, 1], [2, 3], STOP, [0, 1], [2, 3]]),
    ],
)
def test_generators_of_samples(is_async: bool, cycle: Any, expected: list[Any]) -> None:
    def samples() -> Iterator[Any]:
        yield from (np.int32(i) for i in range(5))

    async def async_samples() -> AsyncIterator[Any]:
        for i in range(5):
            yield np.int32(i)

    with built(async_samples if is_async else samples, batch=False, cycle=cycle) as pipe:
        assert run(pipe, 5) == expected


def test_an_array_is_an_iterable_of_batches() -> None:
    with built(np.arange(6, dtype=np.int32).reshape(3, 2)) as pipe:
        assert run(pipe, 4) == [[0, 1], [2, 3], [4, 5], STOP]


@pytest.mark.parametrize("is_async", [False, True])
def test_generators_are_closed_with_the_pipeline_and_on_reset(is_async: bool) -> None:
    log = []

    def source() -> Iterator[Any]:
        log.append("open")
        try:
            while True:
                yield batch(1)
        finally:
            log.append("closed")

    async def async_source() -> AsyncIterator[Any]:
        log.append("open")
        try:
            while True:
                yield batch(1)
        finally:
            await asyncio.sleep(0)
            log.append("closed")

    with built(async_source if is_async else source, cycle="raise") as pipe:
        for _ in pipe:
            break
        for _ in pipe:  # starts the generator anew
            break
        assert log == ["open", "closed", "open"]
    assert log == ["open", "closed", "open", "closed"]


@pytest.mark.asyncio
async def test_closing_does_not_wait_for_an_async_source_that_never_answers() -> None:
    asked = threading.Event()
    log = []

    async def source() -> Any:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cancelled")

    pipe = make(adali.Pipeline, source)
    await pipe.build()
    await pipe.schedule_run()
    assert await asyncio.to_thread(asked.wait, TIMEOUT)
    await pipe.aclose()
    assert log == ["cancelled"]


# ---- outputs and their data --------------------------------------------------------------------------------------


def test_several_outputs_with_their_own_layouts_and_types() -> None:
    def source() -> Any:
        return np.zeros((2, 3), np.float32), np.zeros((2, 3, 4), np.int32), np.ones(2, np.uint8)

    with built(source, num_outputs=3, layout=["A", "BC"], dtype=[FLOAT, INT32], ndim=[1, 2, 0]) as pipe:
        outputs = pipe.run()
        assert [o.layout() for o in outputs] == ["A", "BC", ""]
        assert [o.dtype for o in outputs] == [DALIDataType.FLOAT, DALIDataType.INT32, DALIDataType.UINT8]
    with built(lambda: (np.zeros((2, 3)),) * 2, num_outputs=2, layout="A", ndim=1) as pipe:
        assert [o.layout() for o in pipe.run()] == ["A", "A"]


def test_num_outputs_of_one_gives_a_list_of_one_node() -> None:
    pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None, seed=1)
    with pipe:
        nodes = fn.external_source(lambda: [batch(1, 2)], 1)
        assert isinstance(nodes, list)
        pipe.set_outputs(*nodes)
    assert run(pipe, 1) == [[1, 2]]
    pipe.close()


def test_samples_with_several_outputs() -> None:
    with built(lambda i: (np.int32(i.idx_in_batch), np.float32(2)), num_outputs=2, batch=False) as pipe:
        first, second = pipe.run()
        assert (content(first), content(second)) == ([0, 1], [2.0, 2.0])


def test_both_call_forms_of_the_class() -> None:
    pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None, seed=1)
    with pipe:
        a = ops.ExternalSource(lambda: batch(1))()
        b = ops.ExternalSource(source=lambda: batch(2), layout="")(name="b")
        c = ops.ExternalSource()(source=lambda: batch(3))
        (d,) = ops.ExternalSource(lambda: (batch(4),), num_outputs=1)()
        e = ops.ExternalSource()
        pipe.set_outputs(a, b, c, d, e(name="fed"))
    pipe.build()
    for _ in range(2):
        pipe.feed_input("fed", batch(5))
    assert [content(o) for o in pipe.run()] == [[1], [2], [3], [4], [5]]
    pipe.close()


class Dlpack:
    def __init__(self, data: Any) -> None:
        self.data = data

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.data.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self.data.__dlpack_device__()


class Interface:
    def __init__(self, data: Any) -> None:
        self.data = data
        self.__array_interface__ = data.__array_interface__


X = np.arange(6, dtype=np.float32).reshape(2, 3)
DATA = {
    "array": X,
    "transposed array": np.ascontiguousarray(X.T).T,
    "other byte order": X.astype(">f4"),
    "list of arrays": [X[0], X[1]],
    "tuple of arrays": (X[0], X[1]),
    "tensor list": TensorListCPU(X),
    "list of tensors": [TensorCPU(X[0]), TensorCPU(X[1])],
    "tensor": TensorCPU(X),
    "mixed": [TensorCPU(X[0]), X[1]],
    "dlpack": Dlpack(X),
    "list of dlpack": [Dlpack(X[0]), Dlpack(X[1])],
    "array interface": Interface(X),
    "buffers": [array.array("f", X[0].tolist()), memoryview(X[1])],
}


@pytest.mark.parametrize("data", DATA.values(), ids=DATA.keys())
@pytest.mark.parametrize("no_copy", [False, True])
def test_kinds_of_batches(data: Any, no_copy: bool) -> None:
    with built(lambda: data, no_copy=no_copy) as pipe:
        (out,) = pipe.run()
        assert out.dtype == DALIDataType.FLOAT
        assert np.array_equal(out.as_array(), X)


def test_layouts_that_the_data_brings() -> None:
    listed = TensorListCPU(X, "A")
    tensors = [TensorCPU(X[0], "A"), TensorCPU(X[1], "A")]
    for data in (listed, tensors):
        with built([data]) as pipe:
            assert pipe.run()[0].layout() == "A"
        with built([data], layout="B") as pipe:
            assert pipe.run()[0].layout() == "B", "the operator's layout wins over a source's"


def test_ragged_and_short_and_empty_batches() -> None:
    with built(iter([[np.zeros(2), np.zeros(3)], [np.zeros(1)], []])) as pipe:
        assert [[s.shape for s in map(np.array, pipe.run()[0])] for _ in range(3)] == [[(2,), (3,)], [(1,)], []]


BAD = {
    "too many samples": (lambda: batch(1, 2, 3), {}, "3 samples.*batch size is 2"),
    "none": (lambda: None, {}, "NoneType"),
    "number": (lambda: 5, {}, "wrap it in numpy"),
    "list of numbers": (lambda: [1, 2], {}, "sample 0.*wrap it in numpy"),
    "list of lists": (lambda: [[1, 2], [3, 4]], {}, "sample 0.*got list"),
    "strings": (lambda: ["a", "b"], {}, "got str"),
    "dict": (lambda: {"a": 1}, {}, "got dict"),
    "no axes": (lambda: np.float32(3), {}, "no axes"),
    "complex": (lambda: np.zeros(2, np.complex64), {}, "complex64"),
    "objects": (lambda: np.array([None, None]), {}, "object"),
    "two types": (lambda: [np.float32(1), np.int32(2)], {}, "sample 1.*int32"),
    "two ranks": (lambda: [np.zeros(2), np.zeros((2, 1))], {}, "sample 1.*2 axes"),
    "layout": (lambda: np.zeros((2, 3, 1)), {"layout": "HWC"}, "'HWC'.*2 axes"),
    "dtype": (lambda: np.zeros((2, 3)), {"dtype": FLOAT}, "FLOAT.*FLOAT64"),
    "ndim": (lambda: np.zeros((2, 3)), {"ndim": 2}, "2 axes, got 1"),
    "no tuple": (lambda: np.zeros((2, 3)), {"num_outputs": 2}, "tuple or list of 2"),
    "short tuple": (lambda: (np.zeros((2, 3)),), {"num_outputs": 2}, "2 items, got 1"),
    "two sizes": (lambda: (batch(1, 1), batch(2)), {"num_outputs": 2}, "one batch size"),
    "a changed type": (iter([batch(1), [np.float32(1)]]), {}, "cannot change its type"),
    "a changed rank": (iter([batch(1), [np.zeros(1, np.int32)]]), {}, "cannot change its type"),
}


@pytest.mark.parametrize(("source", "kwargs", "message"), BAD.values(), ids=BAD.keys())
def test_bad_data_is_an_error_that_says_why(source: Any, kwargs: dict[str, Any], message: str) -> None:
    with built(source, **kwargs) as pipe, pytest.raises(adali.OperatorError, match=message) as caught:
        run(pipe, 2)
    assert "test_external_source.py" in str(caught.value)
    assert caught.value.operator == "ExternalSource"


def test_no_type_means_any_type() -> None:
    with built(lambda: np.zeros((2, 3)), dtype=NO_TYPE) as pipe:
        assert pipe.run()[0].dtype == DALIDataType.FLOAT64


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("batch_mode", [True, False])
def test_a_buffer_that_is_used_again_does_not_change_earlier_batches(batch_mode: bool, parallel: bool) -> None:
    buffer = np.zeros((2, 3), np.int32)

    def source(info: Any) -> Any:
        buffer[...] = info if batch_mode else info.idx_in_epoch
        return buffer if batch_mode else buffer[0]

    # One thread, or the user's own threads would race for the buffer.
    with built(source, batch=batch_mode, parallel=parallel, num_threads_=1) as pipe:
        kept = [pipe.run()[0] for _ in range(4)]
        expected = [[[i] * 3] * 2 if batch_mode else [[2 * i] * 3, [2 * i + 1] * 3] for i in range(4)]
        assert [content(k) for k in kept] == expected


def test_no_copy_shares_the_memory() -> None:
    data = np.zeros((2, 3), np.int32)
    with built(lambda: data, no_copy=True) as pipe:
        (out,) = pipe.run()
        data[0, 0] = 7
        assert out.at(0)[0] == 7


# ---- options -----------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "cycle value": ({"source": BATCHES, "cycle": "bogus"}, "cycle must be"),
    "cycle number": ({"source": BATCHES, "cycle": 1.5}, "cycle must be"),
    "cycle of a function": ({"source": lambda: BATCHES[0], "cycle": "no"}, "not for functions"),
    "cycle of nothing": ({"cycle": True}, "cycle needs a source"),
    "outputs of nothing": ({"num_outputs": 2}, "num_outputs needs a source"),
    "parallel nothing": ({"parallel": True}, "parallel needs a source"),
    "no outputs": ({"source": BATCHES, "num_outputs": 0}, "positive"),
    "named outputs": ({"source": BATCHES, "num_outputs": 2, "name": "n"}, "one name"),
    "two arguments": ({"source": lambda a, b: 1}, "no positional argument, or one"),
    "any arguments": ({"source": lambda *a: 1}, "no positional argument, or one"),
    "not a source": ({"source": 5}, "got int"),
    "repeat_last": ({"source": BATCHES, "repeat_last": True}, "feed_input"),
    "list for one": ({"source": BATCHES, "layout": ["A"]}, "needs num_outputs"),
    "parallel without argument": ({"source": lambda: 1, "parallel": True}, "must take one argument"),
    "parallel iterable of samples": ({"source": BATCHES, "parallel": True, "batch": False}, "SampleInfo"),
    "parallel async": ({"source": asynchronous([]), "parallel": True}, "asynchronous"),
    "depth": ({"source": BATCHES, "prefetch_queue_depth": 0}, "prefetch_queue_depth"),
    "unknown": ({"source": BATCHES, "bogus": 1}, "bogus"),
    "type": ({"source": BATCHES, "batch": "yes"}, "'batch': expected bool"),
}


@pytest.mark.parametrize(("kwargs", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_options_that_do_not_go_together_are_refused_at_once(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(adali.ArgumentError, match=message):
        make(**kwargs)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"ndim": 2, "layout": "A"}, "ndim=2"),
        ({"ndim": -1}, "negative"),
    ],
)
def test_options_refused_by_build(kwargs: dict[str, Any], message: str) -> None:
    pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None, seed=1)
    with pipe:
        pipe.set_outputs(fn.external_source(lambda: BATCHES[0], **kwargs))
    with pytest.raises(adali.ArgumentError, match=message):
        pipe.build()


def test_too_many_arguments_by_position() -> None:
    with pytest.raises(adali.ArgumentError, match="by position"):
        make(adali.sync.Pipeline, BATCHES, 1, 2)
    with pytest.raises(adali.ArgumentError, match="given twice"):
        make(adali.sync.Pipeline, BATCHES, source=BATCHES)


# ---- working ahead -----------------------------------------------------------------------------------------------


def test_parallel_samples_are_made_at_the_same_time_and_stay_in_order() -> None:
    together = threading.Barrier(2)

    def source(info: SampleInfo) -> Any:
        together.wait(TIMEOUT)  # passes only if two calls run at once
        return np.int32(info.idx_in_epoch)

    with built(source, parallel=True, batch_size=4) as pipe:
        assert run(pipe, 3) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
        together.abort()


def test_parallel_batches_are_made_ahead() -> None:
    started = [threading.Event() for _ in range(8)]
    gate = threading.Event()

    def source(i: int) -> Any:
        started[i].set()
        assert gate.wait(TIMEOUT)
        return batch(i)

    with built(source, parallel=True, batch=True, prefetch_queue_depth=3, prefetch_queue_depth_=1) as pipe:
        thread = threading.Thread(target=lambda: found.append(content(pipe.run()[0])))
        found: list[Any] = []
        thread.start()
        assert started[0].wait(TIMEOUT)
        assert started[1].wait(TIMEOUT), "the second batch is not begun while the first is under way"
        gate.set()
        thread.join(TIMEOUT)
        assert found == [[0]]
        assert started[3].wait(TIMEOUT)
        assert not started[4].is_set(), "prefetch_queue_depth is 3"


@pytest.mark.parametrize("batch_mode", [True, False])
def test_parallel_functions_end_and_start_over(batch_mode: bool) -> None:
    def source(info: Any) -> Any:
        number = info if batch_mode else info.idx_in_epoch
        if number >= (2 if batch_mode else 4):
            raise StopIteration
        return batch(number, number) if batch_mode else np.int32(number)

    epoch = [[0, 0], [1, 1], STOP] if batch_mode else [[0, 1], [2, 3], STOP]
    with built(source, parallel=True, batch=batch_mode, prefetch_queue_depth=3) as pipe:
        assert run(pipe, 6) == epoch * 2


@pytest.mark.parametrize("source", [BATCHES, generator], ids=["list", "generator"])
@pytest.mark.parametrize(("cycle", "expected"), CYCLES)
def test_parallel_iterables(source: Any, cycle: Any, expected: list[Any]) -> None:
    with built(source, parallel=True, cycle=cycle, prefetch_queue_depth=4) as pipe:
        assert run(pipe, 6) == expected


def test_parallel_errors_come_in_their_turn() -> None:
    def source(i: int) -> Any:
        if i == 1:
            raise KeyError("broken")
        return batch(i)

    with built(source, parallel=True, batch=True, prefetch_queue_depth=3) as pipe:
        assert content(pipe.run()[0]) == [0]
        with pytest.raises(adali.OperatorError, match="broken") as caught:
            pipe.run()
        assert isinstance(caught.value.__cause__, KeyError)
        assert content(pipe.run()[0]) == [2]


# ---- failing sources ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_async", [False, True])
def test_a_batch_source_that_raises_fails_its_iteration_only(is_async: bool) -> None:
    calls = iter(range(10))

    def source() -> Any:
        if (count := next(calls)) == 1:
            raise OSError("the camera is gone")
        return batch(count)

    async def async_source() -> Any:
        return source()

    with built(async_source if is_async else source) as pipe:
        assert content(pipe.run()[0]) == [0]
        with pytest.raises(adali.OperatorError, match="camera") as caught:
            pipe.run()
        assert isinstance(caught.value.__cause__, OSError)
        assert caught.value.iteration == 1
        assert content(pipe.run()[0]) == [2]


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("policy", ["raise", "skip", "replace"])
@pytest.mark.parametrize("bad", [0, 2])
def test_a_sample_that_its_function_cannot_make(is_async: bool, policy: str, bad: int) -> None:
    def source(info: SampleInfo) -> Any:
        if info.idx_in_epoch == bad:
            raise OSError(f"request {info.idx_in_epoch} is bad")
        return np.int32(info.idx_in_epoch)

    async def async_source(info: SampleInfo) -> Any:
        return source(info)

    with built(async_source if is_async else source, batch=False, batch_size=4, on_error=policy) as pipe:
        if policy == "raise":
            with pytest.raises(adali.OperatorError, match=f"request {bad}") as caught:
                pipe.run()
            assert caught.value.sample == bad
        else:
            good = [i for i in range(4) if i != bad]
            nearest = {0: [1, 1, 2, 3], 2: [0, 1, 1, 3]}[bad]
            assert content(pipe.run()[0]) == (good if policy == "skip" else nearest)
        assert content(pipe.run()[0]) == [4, 5, 6, 7]


def test_a_sample_of_the_wrong_kind_fails_alone() -> None:
    def source(info: SampleInfo) -> Any:
        return None if info.idx_in_epoch == 1 else np.int32(info.idx_in_epoch)

    with built(source, batch=False, batch_size=3, on_error="replace") as pipe:
        assert content(pipe.run()[0]) == [0, 0, 2]
        assert "NoneType" in str(pipe.stats().errors[0])


# ---- feeding -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", DATA.values(), ids=DATA.keys())
def test_kinds_of_fed_batches(data: Any) -> None:
    with built(name="x") as pipe:
        for _ in range(2):
            pipe.feed_input("x", data)
        assert np.array_equal(pipe.run()[0].as_array(), X)


def test_layouts_of_fed_data() -> None:
    def layout_of(data: Any, layout: str = "", **kwargs: Any) -> str:
        with built(name="x", **kwargs) as pipe:
            for _ in range(2):
                pipe.feed_input("x", data, layout)
            return str(pipe.run()[0].layout())

    assert layout_of(X) == ""
    assert layout_of(X, "A") == "A"
    assert layout_of(X, layout="A") == "A"
    assert layout_of(TensorListCPU(X, "A")) == "A"
    assert layout_of(TensorListCPU(X, "A"), "Q") == "Q"
    with built(name="x", layout="B") as pipe, pytest.raises(ValueError, match=r"'B'.*'A'"):
        pipe.feed_input("x", X, "A")


def test_bad_fed_data_is_refused_at_the_call() -> None:
    with built(name="x") as pipe:
        with pytest.raises(ValueError, match="3 samples"):
            pipe.feed_input("x", np.zeros((3, 2)))
        with pytest.raises(TypeError, match="no axes"):
            pipe.feed_input("x", np.float32(1))
        with pytest.raises(ValueError, match="'HWC'"):
            pipe.feed_input("x", X, "HWC")
        pipe.feed_input("x", X)
        with pytest.raises(TypeError, match="change its type"):
            pipe.feed_input("x", X.astype(np.int32))
        with pytest.raises(KeyError, match="no external source"):
            pipe.feed_input("y", X)


def test_a_sourced_operator_cannot_be_fed() -> None:
    with built(lambda: BATCHES[0], name="x") as pipe, pytest.raises(adali.ArgumentError, match="has a source"):
        pipe.feed_input("x", X)


def test_data_is_copied_when_it_is_fed() -> None:
    data = np.zeros((2, 3), np.int32)
    with built(name="x") as pipe:
        for i in range(3):
            data[...] = i
            pipe.feed_input("x", data)
        data[...] = 99
        assert [content(pipe.run()[0])[0][0] for _ in range(2)] == [0, 1]
    with built(name="x", no_copy=True) as pipe:
        for _ in range(2):
            pipe.feed_input("x", data)
        (out,) = pipe.run()
        data[0, 0] = 5
        assert out.at(0)[0] == 5


def test_running_out_of_fed_data_is_an_error_and_no_hang() -> None:
    with built(name="x") as pipe:
        for i in range(2):
            pipe.feed_input("x", batch(i))
        assert [content(pipe.run()[0]) for _ in range(2)] == [[0], [1]]
        with pytest.raises(adali.OperatorError, match="feed_input"):
            pipe.run()
        pipe.feed_input("x", batch(7))
        assert content(pipe.run()[0]) == [7]


@pytest.mark.asyncio
async def test_a_blocking_input_waits_for_data() -> None:
    async with make(adali.Pipeline, name="x", blocking=True) as pipe:
        waiting = asyncio.ensure_future(pipe.run())
        await pipe._executor.call(_turns())
        assert not waiting.done()
        await asyncio.to_thread(pipe.feed_input, "x", batch(3))  # from another thread
        assert content((await waiting)[0]) == [3]


async def _turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_repeat_last() -> None:
    with built(name="x", repeat_last=True) as pipe:
        pipe.feed_input("x", batch(3))
        assert [content(pipe.run()[0]) for _ in range(3)] == [[3]] * 3


@pytest.mark.parametrize("is_async", [False, True])
def test_iter_setup_feeds_until_it_stops(is_async: bool) -> None:
    class Feeding(adali.sync.Pipeline):
        def define_graph(self) -> Any:
            self.count = 0
            self.node = fn.external_source()
            return self.node

        def _feed(self) -> None:
            if self.count % 3 == 2:
                self.count += 1
                raise StopIteration
            self.feed_input(self.node, batch(self.count))
            self.count += 1

    class Plain(Feeding):
        def iter_setup(self) -> None:
            self._feed()

    class Async(Feeding):
        async def iter_setup(self) -> None:
            await asyncio.sleep(0)
            with contextlib.suppress(StopIteration):
                self._feed()
                return
            raise StopAsyncIteration

    pipe = (Async if is_async else Plain)(batch_size=2, num_threads=1, device_id=None)
    assert run(pipe, 6) == [[0], [1], STOP, [3], [4], STOP]
    pipe.close()


def test_run_with_named_inputs() -> None:
    with built(name="x", prefetch_queue_depth_=1) as pipe:
        assert content(pipe.run(x=batch(4))[0]) == [4]
        assert content(pipe.run(x=batch(5, 6))[0]) == [5, 6]
