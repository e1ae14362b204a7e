"""Passes over the data from any kind of event loop: their lengths never drift, and nothing is left behind."""

from __future__ import annotations

import ast
import asyncio
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
from adali import fn, sync
from adali.errors import ArgumentError


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    names = []
    for i in range(40):
        path = tmp_path / f"{i:02}.bin"
        path.write_bytes(bytes([i]))
        names.append(str(path))
    return names


def reading(files: list[str], api: Any = adali, batch_size: int = 4, on_error: str = "raise", **arguments: Any) -> Any:
    @api.pipeline_def(batch_size=batch_size, num_threads=2, on_error=on_error)
    def pipe() -> Any:
        return fn.readers.file(files=files, labels=list(range(len(files))), name="Reader", **arguments)

    return pipe()


def engine_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("adali")]


async def lengths(pipe: Any, epochs: int) -> list[list[int]]:
    return [[len(label) async for _, label in epoch] async for epoch in pipe.epochs(epochs)]


CASES = [
    (10, 4, {}),
    (12, 4, {}),
    (3, 8, {}),
    (23, 5, {"shard_id": 1, "num_shards": 2, "stick_to_shard": True}),
    (23, 5, {"pad_last_batch": True}),
    (23, 5, {"random_shuffle": True, "seed": 3}),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("samples", "batch_size", "arguments"), CASES)
async def test_the_lengths_of_epochs_never_drift(
    files: list[str], samples: int, batch_size: int, arguments: dict[str, Any]
) -> None:
    async with reading(files[:samples], batch_size=batch_size, **arguments) as pipe:
        first, *others = await lengths(pipe, 12)
    assert all(sizes == first for sizes in others)
    shards, pad = arguments.get("num_shards", 1), arguments.get("pad_last_batch", False)
    shard = samples * 2 // shards - samples // shards if shards > 1 else samples
    assert sum(first) == (-(-shard // batch_size) * batch_size if pad else shard)


@pytest.mark.asyncio
@pytest.mark.parametrize("policy", ["skip", "replace"])
async def test_bad_samples_do_not_make_lengths_drift(files: list[str], policy: str) -> None:
    broken = [*files[:4], files[4] + ".gone", *files[5:10]]
    async with reading(broken, on_error=policy) as pipe:
        sizes = await lengths(pipe, 8)
    assert sizes == [[4, 4, 1] if policy == "skip" else [4, 4, 2]] * 8


@pytest.mark.asyncio
async def test_errors_do_not_make_lengths_drift(files: list[str]) -> None:
    broken = [*files[:4], files[4] + ".gone", *files[5:10]]
    async with reading(broken) as pipe:
        for _ in range(6):
            seen = []
            epoch = aiter_of(pipe)
            while True:
                try:
                    seen.append(len((await epoch.__anext__())[1]))
                except adali.OperatorError:
                    seen.append(0)
                except StopAsyncIteration:
                    break
            assert seen == [4, 0, 2]


def aiter_of(pipe: Any) -> Any:
    return pipe.__aiter__()


@pytest.mark.asyncio
async def test_a_pass_left_early_does_not_shift_the_next(files: list[str]) -> None:
    async with reading(files[:10]) as pipe:
        for leave in (0, 1, 2, 3, 1):
            count = 0
            async for _ in pipe:
                if count == leave:
                    break
                count += 1
            assert [label.as_array().ravel().tolist() async for _, label in pipe] == [
                [0, 1, 2, 3],
                [4, 5, 6, 7],
                [8, 9],
            ]


@pytest.mark.asyncio
async def test_epochs_are_numbered_and_end(files: list[str]) -> None:
    async with reading(files[:8]) as pipe:
        seen = [(epoch.index, [len(x) async for _, x in epoch]) async for epoch in pipe.epochs(3, start=5)]
        assert seen == [(i, [4, 4]) for i in (5, 6, 7)]
        assert [epoch.index for epoch in pipe.epochs(0)] == []
        endless = pipe.epochs()
        assert [next(endless).index for _ in range(3)] == [0, 1, 2]
        with pytest.raises(ArgumentError, match="negative"):
            pipe.epochs(-1)


def test_epochs_of_the_blocking_pipeline(files: list[str]) -> None:
    pipe = reading(files[:8], sync)
    assert [(epoch.index, [len(x) for _, x in epoch]) for epoch in pipe.epochs(2)] == [(0, [4, 4]), (1, [4, 4])]
    pipe.close()


# ---- kinds of event loops ------------------------------------------------------------------------------------------


async def train(files: list[str]) -> int:
    async with reading(files[:10]) as training, reading(files[:6]) as validation:
        count = 0
        async for epoch in training.epochs(2):
            async for _ in epoch:
                count += 1
            async for _ in validation:
                count += 1
    return count


def test_trio(files: list[str]) -> None:
    trio = pytest.importorskip("trio", reason="trio is not installed")
    assert trio.run(train, files) == 10
    assert engine_threads() == []


def test_uvloop(files: list[str]) -> None:
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")
    loop = uvloop.new_event_loop()
    try:
        assert loop.run_until_complete(train(files)) == 10
    finally:
        loop.close()
    assert engine_threads() == []


CELLS = [
    "pipe = reading(files[:10]); await pipe.build()",
    "batches = [len(x) async for _, x in pipe]",
    "first = await pipe.run()",
    "blocking = reading(files[:10], sync); also = [len(x) for _, x in blocking]; blocking.close()",
    "async for _, x in pipe: break",
    "await pipe.aclose()",
]


def test_in_the_running_loop_of_a_notebook(files: list[str]) -> None:
    names: dict[str, Any] = {"reading": reading, "files": files, "sync": sync}

    async def notebook() -> None:
        for cell in CELLS:  # each cell is a task of its own, in a loop that runs all the time
            code = compile(cell, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

            async def run(code: Any = code) -> None:
                result = eval(code, names)
                if result is not None:
                    await result

            await asyncio.create_task(run())

    asyncio.run(notebook())
    assert names["batches"] == names["also"] == [4, 4, 2]
    assert len(names["first"]) == 2
    assert engine_threads() == []


@pytest.mark.asyncio
async def test_leaving_with_an_error_closes_everything(files: list[str]) -> None:
    pipe = reading(files)

    async def fail() -> None:
        async with pipe:
            async for _ in pipe:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    with pytest.raises(adali.PipelineClosedError):
        await pipe.run()
    assert engine_threads() == []


@pytest.mark.asyncio
async def test_the_engine_goes_on_while_the_loop_is_blocked(files: list[str]) -> None:
    made = threading.Semaphore(0)

    def source(i: int) -> Any:
        made.release()
        return np.zeros((2, 1), np.uint8)

    @adali.pipeline_def(batch_size=2, num_threads=1, prefetch_queue_depth=3)
    def pipe() -> Any:
        return fn.external_source(source=source)

    async with pipe() as running:
        await running.run()
        for _ in range(3):  # blocks this loop; the depth says that three more are made meanwhile
            assert made.acquire(timeout=20)
