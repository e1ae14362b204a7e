"""What tests/plugin/test_ray.py runs in a process of its own, with a local Ray cluster."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import ray

from adali import OperatorError, fn, sync
from adali.plugin.ray import RayPipeline, map_batches

FILES: list[str] = []


def maker(files: list[str], **reader: Any) -> Any:
    def make(shard_id: int, num_shards: int) -> Any:
        @sync.pipeline_def(batch_size=4, num_threads=1, seed=3)
        def define() -> Any:
            data, label = fn.readers.file(
                files=files,
                labels=list(range(len(files))),
                shard_id=shard_id,
                num_shards=num_shards,
                name="Reader",
                **reader,
            )
            return data, label, fn.random.uniform(range=[0, 1])

        return define()

    return make


def labels(batches: Any) -> list[list[int]]:
    return [batch[1].ravel().tolist() for batch in batches]


def flat(batches: list[list[int]]) -> list[int]:
    return [x for batch in batches for x in batch]


def test_ordered(files: list[str]) -> None:
    with RayPipeline(maker(files[:22]), 2) as pipe:
        first, second = labels(pipe), labels(pipe)
    assert first[:4] == [[0, 1, 2, 3], [11, 12, 13, 14], [4, 5, 6, 7], [15, 16, 17, 18]], first
    # The reader goes on to the next shard in the next epoch.
    assert second[:2] == [[11, 12, 13, 14], [0, 1, 2, 3]], second
    assert sorted(flat(first)) == sorted(flat(second)) == list(range(22))


def test_unordered_and_async(files: list[str]) -> None:
    async def run(pipe: RayPipeline) -> list[list[int]]:
        return labels([batch async for batch in pipe])

    for ordered in (True, False):
        with RayPipeline(maker(files[:22], stick_to_shard=True), 2, ordered=ordered) as pipe:
            for got in (labels(pipe), asyncio.run(run(pipe))):
                assert sorted(flat(got)) == list(range(22)), got


def test_kill(files: list[str]) -> None:
    """A worker is killed in the middle of an epoch; every batch comes once, with the same random numbers."""
    make = maker(files, random_shuffle=True, stick_to_shard=True)
    with RayPipeline(make, 2) as pipe:
        want = [[(b[1].ravel().tolist(), b[2].tolist()) for b in pipe] for _ in range(2)]
    for ordered in (True, False):
        with RayPipeline(make, 2, ordered=ordered) as pipe:
            got: list[list[Any]] = []
            for epoch in range(2):
                got.append([])
                for place, batch in enumerate(pipe):
                    got[-1].append((batch[1].ravel().tolist(), batch[2].tolist()))
                    if epoch == 1 and place == 3:
                        pid = int(ray.get(pipe.workers[1].place.remote()).split()[1])
                        os.kill(pid, signal.SIGKILL)
            assert sorted(flat([x[0] for x in got[1]])) == list(range(len(files)))
            assert [sorted(e) for e in got] == [sorted(e) for e in want]
            assert not ordered or got == want


def test_backpressure(files: list[str]) -> None:
    """No more batches are made than were asked for ahead."""
    folder = Path(files[0]).parent

    def make(shard_id: int, num_shards: int) -> Any:
        @sync.pipeline_def(batch_size=1, num_threads=1, seed=1, prefetch_queue_depth=1)
        def define() -> Any:
            def source(i: int) -> Any:
                (folder / f"made_{i}").touch()
                return np.zeros((1, 1), np.uint8)

            return fn.external_source(source)

        return define()

    with RayPipeline(make, 1, ahead=2) as pipe:
        batches = iter(pipe)
        for _ in range(3):
            next(batches)
        ray.get(pipe.workers[0].place.remote())  # comes after all that was asked for
        # Three were taken and two are ahead; the pipeline itself works one further ahead.
        assert len(list(folder.glob("made_*"))) <= 6


def test_error(files: list[str]) -> None:
    broken = [*files[:4], files[4] + ".gone", *files[5:12]]
    with RayPipeline(maker(broken), 1) as pipe:
        batches = iter(pipe)
        next(batches)
        try:
            next(batches)
        except OperatorError as e:
            message = str(e)
        else:
            raise AssertionError("no error")
    assert "gone" in message


def augment(data: Any) -> Any:
    return fn.cast(data, dtype=sync_types().INT32) * 2, data


def sync_types() -> Any:
    from adali import types

    return types


def test_map_batches(files: list[str]) -> None:
    import ray.data

    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = [{"id": i, "bytes": bytes([i] * (1 + i % 2))} for i in range(10)]
    dataset = map_batches(
        ray.data.from_items(rows), augment, inputs=["bytes"], outputs=["double", "copy"], batch_size=4, num_threads=1
    )
    got = sorted(dataset.take_all(), key=lambda row: row["id"])
    assert [row["id"] for row in got] == list(range(10))
    assert [row["double"].tolist() for row in got] == [[2 * i] * (1 + i % 2) for i in range(10)]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for i in range(40):
        (folder / f"{i:02}.bin").write_bytes(bytes([i]))
    FILES = [str(folder / f"{i:02}.bin") for i in range(40)]
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    for name, test in list(globals().items()):
        if name.startswith("test_") and (len(sys.argv) < 3 or name in sys.argv[2:]):
            test(FILES)
            print(name, "passed", flush=True)
    ray.shutdown()
