"""Every member of the documented Pipeline, shown on both APIs by the same test; docs/api.md points here."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
import adali.sync
from adali import fn

pytestmark = pytest.mark.asyncio

IMAGES = Path(adali.__file__).parent / "cli" / "images"
APIS = {"async": adali.Pipeline, "sync": adali.sync.Pipeline}


@pytest.fixture(params=APIS)
def cls(request: pytest.FixtureRequest) -> Any:
    return APIS[request.param]


async def get(result: Any) -> Any:
    """What a call of either API gives: the async one's is awaited, the blocking one's is there."""
    return await result if inspect.isawaitable(result) else result


@asynccontextmanager
async def closing(pipe: Any) -> AsyncIterator[Any]:
    """Ends the pipeline, whichever it is; the calls of its API are awaitable exactly if it is the async one."""
    try:
        yield pipe
    finally:
        await get(pipe.aclose() if isinstance(pipe, adali.Pipeline) else pipe.close())


def counting(cls: Any, limit: int = 100, **kwargs: Any) -> Any:
    """A pipeline whose batches hold 0, 0; 1, 1; 2, 2; ..."""
    pipe = cls(**{"batch_size": 2, "num_threads": 2, "device_id": None, **kwargs})
    with pipe:
        pipe.set_outputs(fn.copy(fn.external_source(source=Counter(limit), cycle="raise")))
    return pipe


class Counter:
    """An iterable; counts the batches that were taken from it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0

    def __iter__(self) -> Any:
        for k in range(self.limit):
            self.taken += 1
            yield np.full((2, 1), k, np.int32)


def value(outputs: Any) -> int:
    (batch,) = outputs
    assert batch.as_array().shape == (2, 1)
    return int(batch.at(1)[0])


def reading(cls: Any, batch_size: int = 4, **kwargs: Any) -> Any:
    """A pipeline that reads the package's 30 images."""
    pipe = cls(batch_size=batch_size, num_threads=2, device_id=None, seed=5, **kwargs)
    with pipe:
        files, labels = fn.readers.file(file_root=str(IMAGES), name="reader")
        pipe.set_outputs(fn.resize(fn.decoders.image(files), size=(32, 48)), labels)
    return pipe


END = (StopIteration, StopAsyncIteration)


async def test_constructor(cls: Any) -> None:
    async with closing(cls(3, 1, None, 7, True, {"cpu_size": 2, "gpu_size": 1}, True, 64, False, -1, 0)) as pipe:
        with pipe:
            pipe.set_outputs(fn.constant(idata=4))
        (batch,) = await get(pipe.run())
        assert batch.as_array().ravel().tolist() == [4, 4, 4]
        assert (pipe.batch_size, pipe.num_threads, pipe.device_id, pipe.seed) == (3, 1, None, 7)


async def test_properties(cls: Any) -> None:
    pipe = cls(batch_size=3, num_threads=5, device_id=2)
    assert (pipe.batch_size, pipe.num_threads, pipe.device_id) == (3, 5, 2)
    for name in ("batch_size", "num_threads", "device_id"):
        with pytest.raises(AttributeError):
            setattr(pipe, name, 1)


async def test_build(cls: Any) -> None:
    async with closing(reading(cls)) as pipe:
        if cls is adali.Pipeline:
            with pytest.raises(RuntimeError, match="not built"):
                pipe.epoch_size()
            await get(pipe.build())
        assert pipe.epoch_size("reader") == 30
        with pytest.raises(RuntimeError, match="built already"):
            pipe.set_outputs(fn.constant(idata=1))
        await get(pipe.build())  # once more is nothing


async def test_define_graph(cls: Any) -> None:
    class Defined(cls):  # type: ignore[misc]
        def define_graph(self) -> Any:
            return [fn.constant(idata=k) for k in (1, 2)]

    async with closing(Defined(batch_size=2, num_threads=1)) as pipe:
        one, two = await get(pipe.run())
        assert one.as_array().ravel().tolist() == [1, 1]
        assert two.as_array().ravel().tolist() == [2, 2]
    async with closing(cls(batch_size=2, num_threads=1)) as pipe:
        with pytest.raises(NotImplementedError, match="define_graph"):
            await get(pipe.build())


async def test_run(cls: Any) -> None:
    async with closing(reading(cls)) as pipe:
        images, labels = await get(pipe.run())
        assert images.as_array().shape == (4, 32, 48, 3)
        assert images.layout() == "HWC"
        assert labels.as_array().tolist() == [[0], [0], [0], [0]]
        images, labels = await get(pipe.run())
        assert labels.as_array().tolist() == [[0], [1], [1], [1]]


async def test_run_prefetches(cls: Any) -> None:
    pipe = cls(batch_size=2, num_threads=1, device_id=None, prefetch_queue_depth=3)
    source = Counter(100)
    with pipe:
        pipe.set_outputs(fn.external_source(source=source))
    async with closing(pipe):
        assert value(await get(pipe.run())) == 0
        for k in range(1, 6):
            assert value(await get(pipe.run())) == k
            assert source.taken <= k + 3


async def test_schedule_run_and_outputs(cls: Any) -> None:
    async with closing(counting(cls, prefetch_queue_depth=2)) as pipe:
        await get(pipe.schedule_run())
        assert value(await get(pipe.outputs())) == 0
        await get(pipe.schedule_run())
        assert value(await get(pipe.outputs())) == 1
        assert value(await get(pipe.outputs())) == 2


async def test_share_and_release_outputs(cls: Any) -> None:
    async with closing(counting(cls, prefetch_queue_depth=2)) as pipe:
        await get(pipe.schedule_run())
        first = await get(pipe.share_outputs())
        second = await get(pipe.share_outputs())
        assert (value(first), value(second)) == (0, 1)
        await get(pipe.schedule_run())
        with pytest.raises(RuntimeError, match="release_outputs"):  # both buffers are held
            await get(pipe.share_outputs())
        await get(pipe.release_outputs())
        assert value(await get(pipe.share_outputs())) == 2
        assert (value(first), value(second)) == (0, 1), "released memory is not overwritten while someone sees it"


async def test_enable_api_check(cls: Any) -> None:
    async with closing(counting(cls)) as pipe:
        await get(pipe.run())
        for name in ("schedule_run", "share_outputs", "release_outputs", "outputs"):
            with pytest.raises(RuntimeError, match="Mixing pipeline API type"):
                await get(getattr(pipe, name)())
        pipe.enable_api_check(False)
        assert value(await get(pipe.outputs())) == 1
        pipe.enable_api_check(True)
        with pytest.raises(RuntimeError, match="Mixing pipeline API type"):
            await get(pipe.outputs())


async def test_end_of_data_and_reset(cls: Any) -> None:
    async with closing(counting(cls, limit=3)) as pipe:
        for _ in range(2):
            assert [value(await get(pipe.run())) for _ in range(3)] == [0, 1, 2]
            for _ in range(2):
                with pytest.raises(END) as end:
                    await get(pipe.run())
                assert end.type is (StopAsyncIteration if cls is adali.Pipeline else StopIteration)
            await get(pipe.reset())


async def test_empty(cls: Any) -> None:
    async with closing(counting(cls, prefetch_queue_depth=2)) as pipe:
        assert pipe.empty()
        await get(pipe.schedule_run())
        assert not pipe.empty()
        await get(pipe.outputs())
        await get(pipe.outputs())
        assert pipe.empty()


async def test_epoch_size(cls: Any) -> None:
    async with closing(reading(cls)) as pipe:
        await get(pipe.build())
        assert pipe.epoch_size() == {"reader": 30}
        assert pipe.epoch_size("reader") == pipe.epoch_size(name="reader") == 30
        with pytest.raises(KeyError, match="no reader named 'writer'"):
            pipe.epoch_size("writer")


async def test_feed_input(cls: Any) -> None:
    pipe = cls(batch_size=2, num_threads=1, device_id=None, prefetch_queue_depth=1)
    with pipe:
        node = fn.external_source(name="fed")
        pipe.set_outputs(fn.copy(node))
    async with closing(pipe):
        await get(pipe.build())
        pipe.feed_input(node, np.arange(6, dtype=np.uint8).reshape(2, 3, 1, 1))
        (batch,) = await get(pipe.run())
        assert batch.as_array().ravel().tolist() == [0, 1, 2, 3, 4, 5]
        pipe.feed_input("fed", [np.zeros((2, 3, 1), np.uint8), np.ones((1, 1, 1), np.uint8)], layout="HWC")
        (batch,) = await get(pipe.run())
        assert [batch.at(i).shape for i in range(2)] == [(2, 3, 1), (1, 1, 1)]
        assert batch.layout() == "HWC"
        with pytest.raises(KeyError, match="it has: fed"):
            pipe.feed_input("nobody", np.zeros((2, 1)))


async def test_iter_setup(cls: Any) -> None:
    class Fed(cls):  # type: ignore[misc]
        calls = 0

        def define_graph(self) -> Any:
            self.node = fn.external_source(name="fed")
            return fn.copy(self.node)

        def iter_setup(self) -> None:
            if self.calls == 3:
                raise StopIteration
            self.feed_input(self.node, np.full((2, 1), self.calls, np.int32))
            self.calls += 1

    async with closing(Fed(batch_size=2, num_threads=1)) as pipe:
        for _ in range(2):
            assert [value(await get(pipe.run())) for _ in range(3)] == [0, 1, 2]
            with pytest.raises(END):
                await get(pipe.run())
            await get(pipe.reset())
            pipe.calls = 0


async def test_serialize_and_deserialize_and_build(cls: Any) -> None:
    async with closing(reading(cls)) as pipe:
        serialized = pipe.serialize()
        images, labels = await get(pipe.run())
    assert isinstance(serialized, bytes)
    async with closing(cls()) as other:
        await get(other.deserialize_and_build(serialized))
        assert (other.batch_size, other.num_threads) == (4, 2)
        again, labels_again = await get(other.run())
        np.testing.assert_array_equal(images.as_array(), again.as_array())
        np.testing.assert_array_equal(labels.as_array(), labels_again.as_array())


async def test_save_graph_to_dot_file(cls: Any, tmp_path: Path) -> None:
    pipe = reading(cls)
    plain, full = tmp_path / "plain.dot", tmp_path / "full.dot"
    pipe.save_graph_to_dot_file(str(plain))
    pipe.save_graph_to_dot_file(str(full), show_tensors=True, show_ids=True, use_colors=True)
    assert plain.read_text().startswith("digraph")
    assert "reader" in plain.read_text()
    assert "color" not in plain.read_text()
    assert "color" in full.read_text()
    assert "shape=box" in full.read_text()


async def test_for_is_one_epoch(cls: Any) -> None:
    async with closing(reading(cls, batch_size=8)) as pipe:
        for _ in range(2):
            if cls is adali.Pipeline:
                sizes = [len(labels) async for _, labels in pipe]
            else:
                sizes = [len(labels) for _, labels in pipe]
            assert sizes == [8, 8, 8, 6]
