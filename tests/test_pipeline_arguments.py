"""Arguments of today's DALI, of the constructor and of the methods, for both pipelines."""

from __future__ import annotations

import inspect
import pickle
import threading
from typing import Any

import numpy as np
import pytest

import adali
from adali import fn, sync, types
from adali.errors import OutputTypeError
from adali.pipeline import OperatorConcurrency, StreamPolicy

BOTH = pytest.mark.parametrize("cls", [adali.Pipeline, sync.Pipeline], ids=["async", "blocking"])
pytestmark = [BOTH, pytest.mark.asyncio]


def made(cls: Any, *outputs: Any, **kwargs: Any) -> Any:
    """A pipeline with two constants as outputs: float32 of two axes, and int32 scalars."""
    pipe = cls(**{"batch_size": 2, "num_threads": 1, "device_id": None, **kwargs})
    with pipe:
        pipe.set_outputs(fn.constant(fdata=[1, 2], shape=[1, 2], layout="HW"), fn.constant(idata=3, shape=[]))
    return pipe


async def get(value: Any) -> Any:
    """What a method of either pipeline returns."""
    return await value if inspect.isawaitable(value) else value


async def end(pipe: Any) -> None:
    """Close either pipeline."""
    await get(pipe.aclose() if hasattr(pipe, "aclose") else pipe.close())


async def once(pipe: Any) -> Any:
    """The outputs of the first iteration; the pipeline is closed."""
    try:
        return await get(pipe.run())
    finally:
        await end(pipe)


# ---- declared outputs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "declared",
    [
        {"output_dtype": [types.FLOAT, types.INT32], "output_ndim": [2, 0]},
        {"output_dtype": (None, types.INT32), "output_ndim": [None, 0]},
        {"output_layout": ["HW", None]},
        {"output_layout": ""},
    ],
)
async def test_outputs_as_declared(cls: Any, declared: dict[str, Any]) -> None:
    pipe = made(cls, **declared)
    assert pipe.output_dtype() == list(declared.get("output_dtype", [None, None]))
    assert pipe.output_ndim() == declared.get("output_ndim", [None, None])
    again = cls.deserialize(pipe.serialize())
    assert (again.output_dtype(), again.output_ndim()) == (pipe.output_dtype(), pipe.output_ndim())
    assert again.serialize() == pipe.serialize()
    assert len(await once(pipe)) == 2


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ({"output_dtype": types.FLOAT}, "Output 1 .*type: expected .*FLOAT, got .*INT32"),
        ({"output_dtype": [types.UINT8, None]}, "Output 0 .*type: expected .*UINT8, got .*FLOAT"),
        ({"output_ndim": 2}, "Output 1 .*number of axes: expected 2, got 0"),
        ({"output_ndim": [None, 1]}, "Output 1 .*number of axes: expected 1, got 0"),
        ({"output_layout": ["WH", None]}, "Output 0 .*layout: expected WH, got HW"),
    ],
)
@pytest.mark.parametrize("api", ["run", "outputs", "for", "deserialized"])
async def test_outputs_not_as_declared(cls: Any, declared: dict[str, Any], text: str, api: str) -> None:
    pipe = made(cls, **declared)
    if api == "deserialized":
        pipe = cls.deserialize(pipe.serialize())
    try:
        for _ in range(2):  # a failure is that of one iteration
            with pytest.raises(OutputTypeError, match=text) as error:
                await get(take(pipe, api))
            assert isinstance(error.value, RuntimeError)
    finally:
        await end(pipe)


def take(pipe: Any, api: str) -> Any:
    """The next batch, by one of the ways to it."""
    if api == "for":
        return anext(aiter(pipe)) if isinstance(pipe, adali.Pipeline) else next(iter(pipe))
    return pipe.outputs() if api == "outputs" else pipe.run()


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ({"output_dtype": "x"}, TypeError),
        ({"output_dtype": [np.float32, None]}, TypeError),
        ({"output_dtype": types.NO_TYPE}, ValueError),
        ({"output_ndim": "a"}, TypeError),
        ({"output_ndim": -1}, ValueError),
        ({"output_layout": 3}, TypeError),
    ],
)
async def test_declarations_of_the_wrong_kind(cls: Any, declared: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind, match=next(iter(declared))):
        made(cls, **declared)


@pytest.mark.parametrize("name", ["output_dtype", "output_ndim", "output_layout"])
async def test_as_many_declarations_as_outputs(cls: Any, name: str) -> None:
    pipe = made(cls, **{name: [None]})
    with pytest.raises(RuntimeError, match=f"{name} has 1 values, but the pipeline has 2 outputs"):
        await get(pipe.build())
    with pytest.raises(RuntimeError, match="has 1 values"):
        pipe.serialize()


async def test_declared_outputs_in_debug_mode(cls: Any) -> None:
    define = adali.pipeline_def if cls is adali.Pipeline else sync.pipeline_def

    @define(batch_size=2, num_threads=1, device_id=None, debug=True, output_ndim=1)  # type: ignore[untyped-decorator]
    def pipe() -> Any:
        return fn.constant(idata=3, shape=[])

    with pytest.raises(OutputTypeError, match="number of axes"):
        await once(pipe())


# ---- the executor's arguments ----------------------------------------------------------------------------------------


async def test_marks_for_the_serialized_form(cls: Any) -> None:
    given: dict[str, Any] = {
        "exec_dynamic": False,
        "stream_policy": StreamPolicy.PER_OPERATOR,
        "concurrency": OperatorConcurrency.FULL,
    }
    pipe = cls.deserialize(made(cls, **given).serialize())
    assert {name: getattr(pipe, name) for name in given} == given
    other = cls.deserialize(pipe.serialize(), concurrency=OperatorConcurrency.NONE, exec_dynamic=True)
    assert (other.concurrency, other.exec_dynamic) == (OperatorConcurrency.NONE, True)
    plain = made(cls)
    assert (plain.exec_dynamic, plain.stream_policy, plain.concurrency) == (True, None, None)
    assert len(await once(other)) == 2


@pytest.mark.parametrize(
    ("kwargs", "dynamic"),
    [
        ({}, True),
        ({"exec_async": False}, None),
        ({"exec_pipelined": False}, None),
        ({"prefetch_queue_depth": {"cpu_size": 1, "gpu_size": 1}}, None),
        ({"exec_dynamic": False}, False),
        ({"exec_dynamic": True, "exec_async": False}, True),
    ],
)
async def test_exec_dynamic(cls: Any, kwargs: dict[str, Any], dynamic: bool | None) -> None:
    assert made(cls, **kwargs).exec_dynamic is dynamic


@pytest.mark.parametrize(
    ("kwargs", "text"),
    [
        ({"exec_dynamic": True, "prefetch_queue_depth": {"cpu_size": 1, "gpu_size": 1}}, "exec_dynamic"),
        ({"stream_policy": 16}, "stream_policy must be a StreamPolicy"),
        ({"concurrency": "full"}, "concurrency must be a OperatorConcurrency"),
        ({"py_num_workers": -1}, "py_num_workers"),
        ({"py_start_method": "thread"}, "py_start_method"),
        ({"py_callback_pickler": __import__("pickle")}, "py_callback_pickler"),
        ({"py_callback_pickler": 3, "py_start_method": "spawn"}, "py_callback_pickler"),
        ({"py_callback_pickler": (__import__("pickle"), 3), "py_start_method": "spawn"}, "py_callback_pickler"),
    ],
)
async def test_refused(cls: Any, kwargs: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        made(cls, **kwargs)


async def test_accepted_without_a_use(cls: Any) -> None:
    import pickle

    pipe = made(
        cls,
        max_streams=None,
        default_cuda_stream_priority=None,
        py_start_method="spawn",
        py_callback_pickler=(pickle, {"protocol": 4}),
        seed=None,
    )
    assert (pipe.max_streams, pipe.default_cuda_stream_priority, pipe.py_start_method) == (-1, 0, "spawn")
    pipe.start_py_workers()
    assert pipe.external_source_shm_statistics() == {"capacities": [], "per_sample_capacities": []}
    assert pipe.output_stream() is None
    assert len(await once(pipe)) == 2


async def test_old_name_of_exec_dynamic(cls: Any) -> None:
    with pytest.warns(DeprecationWarning, match="use exec_dynamic"):
        assert made(cls, experimental_exec_dynamic=False).exec_dynamic is False


async def test_negative_seeds_are_random_ones(cls: Any) -> None:
    assert made(cls, seed=-5).seed == -1
    with pytest.raises(TypeError):
        made(cls, seed=1.5)


async def test_memory_statistics(cls: Any) -> None:
    pipe = made(cls, enable_memory_stats=True)
    assert pipe.enable_memory_stats
    try:
        await get(pipe.run())
        first, second = pipe.executor_statistics().values()
    finally:
        await end(pipe)
    assert (first["real_memory_size"], first["max_real_memory_size"]) == ([16], [8])
    assert (second["reserved_memory_size"], second["max_reserved_memory_size"]) == ([8], [4])
    plain = made(cls)
    try:
        await get(plain.run())
        assert all("real_memory_size" not in entry for entry in plain.executor_statistics().values())
    finally:
        await end(plain)


@pytest.mark.parametrize("workers", [0, 1, 3])
async def test_py_num_workers(cls: Any, workers: int) -> None:
    """As many threads call the function; at 3, three calls meet at a barrier."""
    barrier = threading.Barrier(max(workers, 1), timeout=30)
    threads = set()

    def source(info: Any) -> Any:
        barrier.wait()
        threads.add(threading.get_ident())
        return np.array([info.idx_in_epoch])

    pipe = cls(batch_size=3, num_threads=2, device_id=None, py_num_workers=workers, prefetch_queue_depth=1)
    with pipe:
        pipe.set_outputs(fn.external_source(source, batch=False, parallel=True))
    assert pipe.py_num_workers == workers
    (out,) = await once(pipe)
    assert out.as_array().tolist() == [[0], [1], [2]]
    assert len(threads) == max(workers, 1)


# ---- arguments of methods --------------------------------------------------------------------------------------------


def fed(cls: Any, **kwargs: Any) -> Any:
    pipe = cls(**{"batch_size": 2, "num_threads": 1, "device_id": None, "prefetch_queue_depth": 1, **kwargs})
    with pipe:
        pipe.set_outputs(fn.external_source(name="x"))
    return pipe


async def test_todays_arguments_of_feed_input(cls: Any) -> None:
    pipe = fed(cls)
    try:
        await get(pipe.build())
        pipe.feed_input(data_node="x", data=np.zeros((2, 3)), layout=None, cuda_stream=None, use_copy_kernel=True)
        await get(pipe.run())
        for arguments in ({}, {"ref": "x", "data_node": "x"}):
            with pytest.raises(TypeError, match="feed_input takes the node"):
                pipe.feed_input(data=np.zeros((2, 3)), **arguments)
    finally:
        await end(pipe)


async def test_input_feed_count(cls: Any) -> None:
    assert fed(cls, prefetch_queue_depth=3).input_feed_count("x") == 3
    assert fed(cls, prefetch_queue_depth=3, exec_pipelined=False).input_feed_count("x") == 1
    with pytest.raises(KeyError, match="no external source 'y'"):
        fed(cls).input_feed_count("y")


async def test_inputs_and_streams_of_run(cls: Any) -> None:
    pipe = fed(cls)
    try:
        (out,) = await get(pipe.run(None, x=np.ones((2, 1))))
        assert out.as_array().tolist() == [[1], [1]]
        with pytest.raises(KeyError, match="'y'"):
            await get(pipe.run(y=np.ones((2, 1))))
    finally:
        await end(pipe)
    for api in ("outputs", "share_outputs"):
        pipe = made(cls)
        try:
            await get(pipe.schedule_run())
            assert len(await get(getattr(pipe, api)(cuda_stream=0))) == 2
        finally:
            await end(pipe)
    with pytest.raises(RuntimeError, match="prefetch_queue_depth=1"):
        await once_with(fed(cls, prefetch_queue_depth=2))


async def once_with(pipe: Any) -> None:
    try:
        await get(pipe.run(x=np.ones((2, 1))))
    finally:
        await end(pipe)


async def test_blocking_methods_build(cls: Any) -> None:
    if cls is adali.Pipeline:
        pytest.skip("the plain methods of the async class cannot build")
    pipe = fed(cls)
    pipe.feed_input("x", np.ones((2, 1)))
    assert (await once(pipe))[0].as_array().tolist() == [[1], [1]]
    pipe = fed(cls)
    assert pipe.reader_meta() == pipe.epoch_size() == {}
    await end(pipe)


# ---- errors that scripts written for DALI catch ----------------------------------------------------------------------


class OwnError(Exception):
    """Made in a way of its own."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class OwnRuntimeError(RuntimeError):
    """Its constructor takes another thing than text."""

    def __init__(self, code: int) -> None:
        super().__init__(f"code {code}")
        self.code = code


@pytest.mark.parametrize(
    "error",
    [
        KeyError("boo"),
        OwnError(7, "boo"),
        OwnRuntimeError(8),
        OSError(2, "boo"),
        UnicodeDecodeError("u8", b"", 0, 1, "boo"),
    ],
    ids=lambda e: type(e).__name__,
)
@pytest.mark.parametrize("batch", [True, False])
async def test_a_sources_exception_keeps_its_class(cls: Any, error: Exception, batch: bool) -> None:
    def source(_: Any) -> Any:
        raise error

    pipe = cls(batch_size=2, num_threads=1, device_id=None)
    with pipe:
        pipe.set_outputs(fn.external_source(source, batch=batch))
    with pytest.raises(type(error)) as found:
        await once(pipe)
    assert isinstance(found.value, adali.OperatorError)
    assert found.value.__cause__ is error
    assert str(found.value).startswith("Operator ExternalSource (")
    assert getattr(found.value, "code", None) == getattr(error, "code", None)
    again = pickle.loads(pickle.dumps(found.value))
    assert str(again) == str(found.value)


async def test_an_operators_exception_is_a_runtime_error_only(cls: Any) -> None:
    def function(_: Any) -> Any:
        raise KeyError("boo")

    pipe = cls(batch_size=2, num_threads=1, device_id=None)
    with pipe:
        pipe.set_outputs(fn.python_function(fn.constant(idata=1), function=function))
    with pytest.raises(adali.OperatorError) as found:
        await once(pipe)
    assert not isinstance(found.value, KeyError)


async def test_names_that_are_not_there(cls: Any) -> None:
    pipe = fed(cls)
    try:
        await get(pipe.build())
        for ask in (pipe.reader_meta, pipe.epoch_size):
            for kind in (RuntimeError, KeyError):
                with pytest.raises(kind, match=r"^no reader named 'y'"):
                    ask("y")
    finally:
        await end(pipe)


async def test_wrong_data_is_fed(cls: Any) -> None:
    pipe = fed(cls)
    try:
        await get(pipe.build())
        for kind in (RuntimeError, ValueError):
            with pytest.raises(kind, match="the batch has 3 samples"):
                pipe.feed_input("x", np.zeros((3, 1)))
    finally:
        await end(pipe)
