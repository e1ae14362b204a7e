"""Pipelines on the CPU workers of a Ray cluster, and operators in Ray Data.

A :class:`RayPipeline` is walked through like a pipeline, and its batches are made by actors, each with a shard of the
data. A request names the batch it wants, so that it can be made again: when a worker is lost, Ray starts another one
and repeats its requests, and the new worker goes to that place in the data. What a pipeline delivers is a function of
its seed and of that place, so nothing is lost and nothing comes twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import ray

from adali import fn, sync
from adali.data import TensorListCPU
from adali.engine.handoff import drive
from adali.errors import ArgumentError, OperatorError, PipelineClosedError
from adali.pipeline import Pass, PipelineBase

__all__ = ["RayPipeline", "map_batches"]

#: Seconds that closing waits for batches that were asked for.
PATIENCE_S = 5.0

Make = Callable[..., PipelineBase]


def _plain(outputs: Sequence[Any]) -> tuple[Any, ...]:
    """Outputs as arrays, or as lists of arrays where samples differ in shape."""
    return tuple(
        o.as_array() if o.is_dense_tensor() else [o.at(i) for i in range(len(o))]
        for o in (TensorListCPU(x) if not isinstance(x, TensorListCPU) else x for x in outputs)
    )


class _Worker:
    """The actor: one pipeline over one shard."""

    def __init__(self, make: Make, arguments: Mapping[str, Any]) -> None:
        self._make = make
        self._arguments = arguments
        self._pipe: PipelineBase | None = None
        self._pass: Pass | None = None
        self._epoch = 0
        self._index = 0

    def batch(self, epoch: int, index: int) -> tuple[Any, ...] | None:
        """Batch ``index`` of an epoch, or None if the epoch is over before it. May be asked for again."""
        if self._pipe is None or (epoch, index) < (self._epoch, self._index):
            self._restart()
        while self._epoch < epoch:
            while self._skip():
                pass
            self._epoch, self._index, self._pass = self._epoch + 1, 0, None
        while self._index < index:
            if not self._skip():
                return None
        outputs = self._next()
        return None if outputs is None else _plain(outputs)

    def _skip(self) -> bool:
        """Leave a batch out; whether there was one."""
        try:
            return self._next() is not None
        except OperatorError:  # whoever wanted this batch has got the error
            return True

    def _restart(self) -> None:
        self.close()
        self._pipe = self._make(**self._arguments)
        if not isinstance(self._pipe, PipelineBase):
            raise ArgumentError(f"the function must return a pipeline, got {type(self._pipe).__name__}")
        if self._pipe.seed == -1:
            raise ArgumentError(
                "the pipeline needs a seed, or a worker that takes over could not make the same batches"
            )
        self._epoch, self._index, self._pass = 0, 0, None

    def _next(self) -> Any:
        assert self._pipe is not None
        if self._pass is None:
            self._pass = Pass(self._pipe)
        try:
            outputs = drive(self._pass.__anext__())
        except StopIteration:
            return None
        finally:
            self._index += 1
        return outputs

    def place(self) -> str:
        """Node and process."""
        return f"{ray.get_runtime_context().get_node_id()} {os.getpid()}"

    def close(self) -> None:
        """Close the pipeline."""
        if self._pipe is not None:
            drive(self._pipe._aclose())
            self._pipe = None


class RayPipeline:
    """A pipeline whose batches are made by the workers of a Ray cluster.

    ::

        def make(shard_id, num_shards):
            return training("photos", seed=1, shard_id=shard_id, num_shards=num_shards)

        with RayPipeline(make, num_workers=8) as pipe:
            for images, labels in pipe: ...  # one epoch; or `async for`

    A batch is a tuple with an array for each output, or a list of arrays where its samples differ in shape. They lie in
    Ray's object store and cannot be written into.

    A worker that is lost is replaced, and its batches come nevertheless, each once. For that the pipeline must be given
    a seed, and its sources must give the same in each run. An operator's error is raised in the turn of its batch.

    Args:
        make: makes the pipeline of a worker. It gets ``shard_id`` and ``num_shards``, to be handed to the reader.
        num_workers: how many workers, each with a shard.
        ordered: whether the workers' batches come in turn, so that the order is the same in each run, or as soon as
            they are there.
        ahead: how many batches each worker is asked for before they are taken. No more are made.
        rank: number of this trainer, for several of them, each with workers of its own.
        world_size: how many trainers there are.
        options: options of the actors (``num_cpus``, ``resources``, ``scheduling_strategy``, ...).

    Raises:
        ArgumentError: numbers that make no sense.
    """

    def __init__(
        self,
        make: Make,
        num_workers: int,
        *,
        ordered: bool = True,
        ahead: int = 2,
        rank: int = 0,
        world_size: int = 1,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        if num_workers < 1 or ahead < 1:
            raise ArgumentError(f"num_workers and ahead must be positive, got {num_workers} and {ahead}")
        if not 0 <= rank < world_size:
            raise ArgumentError(f"rank must be at least 0 and less than world_size, got {rank} and {world_size}")
        parameters = inspect.signature(make).parameters
        missing = [n for n in ("shard_id", "num_shards") if n not in parameters]
        if missing and num_workers * world_size > 1:
            raise ArgumentError(f"the function that makes a pipeline must take {' and '.join(missing)}")
        self._ordered = ordered
        self._ahead = ahead
        self._epoch = 0
        self._requests: _Requests | None = None
        actor = ray.remote(_Worker).options(
            **{"num_cpus": 1, "max_restarts": -1, "max_task_retries": -1, **(options or {})}
        )
        self._workers: list[Any] = []
        for i in range(num_workers):
            shards = {"shard_id": rank * num_workers + i, "num_shards": num_workers * world_size}
            self._workers.append(actor.remote(make, {k: v for k, v in shards.items() if k in parameters}))

    @property
    def workers(self) -> list[Any]:
        """The actors."""
        return list(self._workers)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        requests = self._begin()
        while requests:
            reference = requests.next_in_turn() if self._ordered else self._first_ready(requests)
            batch = self._received(requests, reference, lambda: ray.get(reference))  # noqa: B023
            if batch is not None:
                yield batch

    async def __aiter__(self) -> AsyncIterator[tuple[Any, ...]]:
        requests = self._begin()
        while requests:
            if self._ordered:
                reference = requests.next_in_turn()
            else:
                waits = {asyncio.ensure_future(_wait(r)): r for r in requests.heads()}
                done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                for task in pending:
                    task.cancel()
                reference = waits[next(iter(done))]
            await _wait(reference)
            batch = self._received(requests, reference, lambda: ray.get(reference))  # noqa: B023
            if batch is not None:
                yield batch

    def _begin(self) -> _Requests:
        if not self._workers:
            raise PipelineClosedError("The pipeline is closed.")
        self._epoch += 1
        self._requests = _Requests(self._workers, self._epoch - 1, self._ahead)
        return self._requests

    @staticmethod
    def _first_ready(requests: _Requests) -> Any:
        ready, _ = ray.wait(requests.heads(), num_returns=1)
        return ready[0]

    @staticmethod
    def _received(requests: _Requests, reference: Any, get: Callable[[], Any]) -> Any:
        try:
            batch = get()
        except ray.exceptions.RayTaskError as e:
            requests.taken(reference, over=False)
            raise e.as_instanceof_cause() from None
        requests.taken(reference, over=batch is None)
        return batch

    def close(self) -> None:
        """End the workers, after what they were asked for (or :data:`PATIENCE_S`)."""
        if self._requests is not None and (left := self._requests.references()):
            ray.wait(left, num_returns=len(left), timeout=PATIENCE_S)
        self._requests = None
        for worker in self._workers:
            ray.kill(worker)
        self._workers = []

    def __enter__(self) -> RayPipeline:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    async def __aenter__(self) -> RayPipeline:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.close()


async def _wait(reference: Any) -> None:
    """Wait for an object, and leave its error to whoever gets it."""
    await asyncio.wait([asyncio.ensure_future(_awaited(reference))])


async def _awaited(reference: Any) -> None:
    with contextlib.suppress(ray.exceptions.RayError):
        await reference


class _Requests:
    """What one epoch asks of the workers: for each a queue of batches, of which the first is the next to be taken."""

    def __init__(self, workers: Sequence[Any], epoch: int, ahead: int) -> None:
        self._workers = workers
        self._epoch = epoch
        self._asked = [0] * len(workers)
        self._queues: list[deque[Any]] = [deque() for _ in workers]
        self._over = [False] * len(workers)
        self._surplus: list[Any] = []
        self._turn = 0
        for i in range(len(workers)):
            for _ in range(ahead):
                self._ask(i)

    def _ask(self, worker: int) -> None:
        reference = self._workers[worker].batch.remote(self._epoch, self._asked[worker])
        self._asked[worker] += 1
        self._queues[worker].append(reference)

    def __bool__(self) -> bool:
        return any(self._queues)

    def references(self) -> list[Any]:
        """All requests that were made and not taken."""
        return [r for queue in (*self._queues, self._surplus) for r in queue]

    def heads(self) -> list[Any]:
        """The next request of each worker."""
        return [q[0] for q in self._queues if q]

    def next_in_turn(self) -> Any:
        """The next request of the worker whose turn it is."""
        while not self._queues[self._turn % len(self._queues)]:
            self._turn += 1
        self._turn += 1
        return self._queues[(self._turn - 1) % len(self._queues)][0]

    def taken(self, reference: Any, over: bool) -> None:
        """A batch was taken: ask for one more, unless the worker's epoch is over."""
        worker = next(i for i, q in enumerate(self._queues) if q and q[0] == reference)
        self._queues[worker].popleft()
        self._over[worker] = self._over[worker] or over
        if self._over[worker]:
            self._surplus += self._queues[worker]  # what was asked beyond the end is nothing
            self._queues[worker].clear()
        else:
            self._ask(worker)


class _Mapper:
    """What Ray Data calls with a batch of columns."""

    def __init__(
        self,
        graph: Callable[..., Any],
        inputs: Sequence[str],
        outputs: Sequence[str],
        batch_size: int,
        num_threads: int,
        arguments: Mapping[str, Any],
    ) -> None:
        self._inputs = list(inputs)
        self._outputs = list(outputs)
        self._pipe = sync.Pipeline(batch_size, num_threads, prefetch_queue_depth=1, **arguments)
        with self._pipe:
            nodes = [fn.external_source(name=f"column_{i}") for i in range(len(self._inputs))]
            result = graph(*nodes)
            result = tuple(result) if isinstance(result, (tuple, list)) else (result,)
            if len(result) != len(self._outputs):
                raise ArgumentError(f"the graph has {len(result)} outputs, but there are {len(self._outputs)} names")
            self._pipe.set_outputs(*result)
        self._pipe.build()

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        for i, name in enumerate(self._inputs):
            self._pipe.feed_input(f"column_{i}", [_row(value) for value in batch[name]])
        made = dict(zip(self._outputs, (_column(o) for o in _plain(self._pipe.run())), strict=True))
        return {**batch, **made}


def _row(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return np.frombuffer(value, np.uint8)
    return np.asarray(value)


def _column(output: Any) -> Any:
    if not isinstance(output, list):
        return output
    column = np.empty(len(output), object)
    column[:] = output
    return column


def map_batches(
    dataset: Any,
    graph: Callable[..., Any],
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    batch_size: int = 64,
    num_threads: int = 2,
    concurrency: Any = 1,
    seed: int = -1,
    on_error: str = "raise",
    **options: Any,
) -> Any:
    """Run a graph of operators on the batches of a Ray dataset.

    ::

        def augment(files):
            return fn.resize(fn.decoders.image(files), size=(224, 224))

        dataset = ray.data.read_binary_files("photos")
        dataset = map_batches(dataset, augment, inputs=["bytes"], outputs=["image"], concurrency=8)

    Args:
        dataset: a ``ray.data.Dataset``.
        graph: gets a node for each of ``inputs`` and returns a node for each of ``outputs``.
        inputs: columns that go into the graph: arrays, numbers, or bytes, which become uint8.
        outputs: columns that it makes; the other columns stay.
        batch_size: rows in a batch.
        num_threads: threads of each pipeline; as many CPUs are asked for.
        concurrency: how many workers, as in ``Dataset.map_batches``.
        seed: seed of the graph's random operators.
        on_error: "raise" or "replace"; rows cannot be left out.
        options: further arguments of ``Dataset.map_batches``.
    """
    if on_error == "skip":
        raise ArgumentError("map_batches cannot leave rows out; on_error may be 'raise' or 'replace'")
    arguments = {"seed": seed, "on_error": on_error}
    return dataset.map_batches(
        _Mapper,
        fn_constructor_args=(graph, list(inputs), list(outputs), batch_size, num_threads, arguments),
        batch_size=batch_size,
        batch_format="numpy",
        concurrency=concurrency,
        **{"num_cpus": num_threads, **options},
    )
