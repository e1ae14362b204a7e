"""serialize, deserialize and deserialize_and_build of both pipelines."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
from adali import fn, sync
from adali.errors import ArgumentError, DeviceUnavailableError, GraphError, PipelineStateError
from adali.graph import DataNode, call_operator
from adali.serialization import message

FILES = Path(__file__).parents[3] / "shared" / "data" / "serialized_pipes"

Both = pytest.mark.parametrize("cls", [adali.Pipeline, sync.Pipeline], ids=["async", "blocking"])


async def result(value: Any) -> Any:
    """What a method of either pipeline returns."""
    return await value if inspect.isawaitable(value) else value


async def end(pipe: Any) -> None:
    """Close either pipeline."""
    await result(pipe.aclose() if hasattr(pipe, "aclose") else pipe.close())


def count(**kwargs: Any) -> DataNode:
    return call_operator("test__Count", [], kwargs)[0]


def counting(cls: Any, **kwargs: Any) -> Any:
    pipe = cls(**{"batch_size": 3, "num_threads": 2, "device_id": None, "seed": 7, **kwargs})
    with pipe:
        pipe.set_outputs(call_operator("test__Blend", [count(start=5)], {"amount": 2.0})[0])
    return pipe


@Both
@pytest.mark.asyncio
async def test_the_same_batches_come_back(cls: Any) -> None:
    data = counting(cls).serialize()
    assert isinstance(data, bytes)
    pipe = cls.deserialize(data)
    await result(pipe.build())
    try:
        (out,) = await result(pipe.run())
        assert out.as_array().tolist() == [[10], [12], [14]]
        (out,) = await result(pipe.run())
        assert out.as_array().tolist() == [[16], [18], [20]]
    finally:
        await end(pipe)


@Both
@pytest.mark.asyncio
async def test_deserialize_and_build(cls: Any) -> None:
    data = counting(cls).serialize()
    pipe = cls(batch_size=2)
    await result(pipe.deserialize_and_build(data))
    try:
        (out,) = await result(pipe.run())
        assert out.as_array().tolist() == [[10], [12]]
        assert (pipe.batch_size, pipe.num_threads, pipe.device_id, pipe.seed) == (2, 2, None, 7)
        with pytest.raises(PipelineStateError, match="deserialization comes before"):
            await result(pipe.deserialize_and_build(data))
    finally:
        await end(pipe)


@Both
def test_values_left_out_come_from_the_message(cls: Any) -> None:
    data = counting(cls, exec_async=False, prefetch_queue_depth=4, bytes_per_sample=9, set_affinity=True).serialize()
    pipe = cls.deserialize(data)
    assert (pipe.batch_size, pipe.num_threads, pipe.device_id, pipe.seed) == (3, 2, None, 7)
    assert (pipe.exec_pipelined, pipe.exec_async, pipe.prefetch_queue_depth) == (True, False, 4)
    assert (pipe.cpu_queue_size, pipe.gpu_queue_size, pipe.set_affinity) == (4, 4, True)
    assert pipe.serialize() == data


@Both
def test_minus_one_is_left_out(cls: Any) -> None:
    """Scripts written for DALI pass it."""
    pipe = cls.deserialize(counting(cls).serialize(), batch_size=-1, num_threads=-1, device_id=-1, seed=-1)
    assert (pipe.batch_size, pipe.num_threads, pipe.device_id, pipe.seed) == (3, 2, None, 7)


@Both
def test_given_values_win(cls: Any) -> None:
    data = counting(cls, device_id=1, exec_async=False, prefetch_queue_depth=4).serialize()
    given: dict[str, Any] = {
        "batch_size": 9,
        "num_threads": 1,
        "device_id": None,
        "seed": 44,
        "exec_async": True,
        "prefetch_queue_depth": {"cpu_size": 1, "gpu_size": 2},
        "set_affinity": True,
    }
    pipe = cls.deserialize(data, **given)
    assert {name: getattr(pipe, name) for name in given} == given
    assert (pipe.cpu_queue_size, pipe.gpu_queue_size) == (1, 2)
    assert cls.deserialize(data).device_id == 1


@Both
def test_two_depths(cls: Any) -> None:
    depth = {"cpu_size": 3, "gpu_size": 2}
    pipe = cls.deserialize(counting(cls, prefetch_queue_depth=depth).serialize())
    assert pipe.prefetch_queue_depth == depth
    assert (pipe.cpu_queue_size, pipe.gpu_queue_size) == (3, 2)


@Both
def test_files_and_text(cls: Any, tmp_path: Path) -> None:
    path = tmp_path / "pipe.dali"
    data = counting(cls).serialize(filename=str(path))
    assert path.read_bytes() == data
    assert cls.deserialize(filename=str(path)).serialize() == data
    assert cls.deserialize(data.decode("latin-1")).serialize() == data
    assert cls.deserialize(bytearray(data)).serialize() == data
    assert cls.deserialize(memoryview(data)).serialize() == data


@Both
def test_define_graph_may_be_given(cls: Any) -> None:
    pipe = cls(3, 2, None)
    data = pipe.serialize(define_graph=lambda: (count(name="mine"),))
    assert [s.name for s in cls.deserialize(data)._defined().specs] == ["mine"]


@Both
def test_define_graph_of_a_class(cls: Any) -> None:
    class Mine(cls):  # type: ignore[misc]
        def define_graph(self) -> Any:
            return count(name="mine")

    data = Mine(3, 2, None).serialize()
    assert [s.name for s in cls.deserialize(data)._defined().specs] == ["mine"]


@Both
@pytest.mark.parametrize("kwargs", [{}, {"serialized_pipeline": b"x", "filename": "x"}])
def test_exactly_one_source(cls: Any, kwargs: Any) -> None:
    with pytest.raises(ValueError, match="either serialized_pipeline or filename"):
        cls.deserialize(**kwargs)


@Both
@pytest.mark.parametrize("data", [b"", b"abc", "abc"])
def test_other_data(cls: Any, data: Any) -> None:
    with pytest.raises(GraphError, match="serialized pipeline"):
        cls.deserialize(data)


@Both
def test_text_with_wide_characters(cls: Any) -> None:
    with pytest.raises(ArgumentError, match="one byte a character"):
        cls.deserialize("\u20ac")


@Both
def test_a_number_is_no_message(cls: Any) -> None:
    with pytest.raises(TypeError):
        cls.deserialize(10**12)


@Both
def test_missing_file(cls: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        cls.deserialize(filename=str(tmp_path / "none"))


@Both
@pytest.mark.asyncio
async def test_a_built_pipeline_serializes_too(cls: Any) -> None:
    pipe = counting(cls)
    before = pipe.serialize()
    await result(pipe.build())
    try:
        assert pipe.serialize() == before
    finally:
        await end(pipe)


@Both
@pytest.mark.asyncio
async def test_deserialization_replaces_the_graph(cls: Any) -> None:
    pipe = cls(3, 2, None)
    with pipe:
        call_operator("Constant", [], {"idata": [1], "preserve": True, "name": "old"})
        pipe.set_outputs(count(name="older"))
    assert pipe.num_outputs == 1
    await result(pipe.deserialize_and_build(counting(cls).serialize()))
    try:
        assert [s.schema.name for s in pipe._defined().specs] == ["test__Count", "test__Blend"]
    finally:
        await end(pipe)


@Both
@pytest.mark.asyncio
async def test_external_source_is_fed_by_name(cls: Any) -> None:
    pipe = cls(2, 1, None)
    with pipe:
        pipe.set_outputs(fn.external_source(name="numbers", layout="X"))
    again = cls.deserialize(pipe.serialize())
    await result(again.build())
    try:
        for iteration in range(3):
            again.feed_input("numbers", np.full((2, 1), iteration, np.float32))
            (out,) = await result(again.run())
            assert (out.as_array().tolist(), out.layout()) == ([[iteration]] * 2, "X")
    finally:
        await end(again)


def test_both_pipelines_write_the_same() -> None:
    define: Callable[[], tuple[DataNode]] = lambda: (call_operator("Constant", [], {"idata": [1]})[0],)  # noqa: E731
    first, second = (cls(3, 2, None).serialize(define_graph=define) for cls in (adali.Pipeline, sync.Pipeline))
    assert first == second


# ---- files of DALI 1.0 -------------------------------------------------------------------------------------------


def old_file(name: str) -> str:
    path = FILES / f"{name}_v1.0.0.dali"
    if not path.exists():
        pytest.skip("../shared/data/serialized_pipes is not there")
    return str(path)


@Both
@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "threads"), [("add_external_input", 4), ("python_cpu", 2), ("underscore_ext_src_cpu", 4)]
)
async def test_old_files_with_host_inputs(cls: Any, name: str, threads: int) -> None:
    """Each is one input "es" that is its own output; the numbers are those the real DALI shows for the file."""
    pipe = cls.deserialize(filename=old_file(name))
    assert (pipe.max_batch_size, pipe.num_threads, pipe.device_id, pipe.seed) == (10, threads, 0, -1)
    await result(pipe.build())
    try:
        data = np.arange(20, dtype=np.float32).reshape(10, 2)
        pipe.feed_input("es", data)
        (out,) = await result(pipe.run())
        np.testing.assert_array_equal(out.as_array(), data)
    finally:
        await end(pipe)


@Both
@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["python_gpu", "underscore_ext_src_gpu"])
async def test_old_files_with_device_inputs(cls: Any, name: str) -> None:
    """They open; building them without a GPU is refused, as by the real DALI."""
    pipe = cls.deserialize(filename=old_file(name))
    assert (pipe.max_batch_size, pipe.device_id) == (10, 0)
    assert [(o.name, o.device) for o in pipe._defined().outputs] == [("es", "gpu")]
    if pipe_can_use_a_gpu():
        pytest.skip("there is a GPU here")
    with pytest.raises((DeviceUnavailableError, GraphError), match=r"(?i)gpu"):
        await result(pipe.build())


def pipe_can_use_a_gpu() -> bool:
    try:
        import cupy
    except ImportError:
        return False
    return bool(cupy.is_available())


@pytest.mark.parametrize("name", ["add_external_input", "python_cpu", "python_gpu", "underscore_ext_src_cpu"])
def test_old_files_written_again(name: str) -> None:
    pipe = sync.Pipeline.deserialize(filename=old_file(name))
    parsed = message.parse(pipe.serialize())
    assert [(op.name, op.inst_name) for op in parsed.op] == [("ExternalSource", "es")]
    assert not parsed.external_inputs
    assert sync.Pipeline.deserialize(pipe.serialize()).serialize() == pipe.serialize()
