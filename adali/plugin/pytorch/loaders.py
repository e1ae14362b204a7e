"""What people who come from ``torch.utils.data`` expect: an iterable dataset, a data loader, and copies to a device."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
import torch.utils.data

from adali import fn, sync
from adali.engine.handoff import drive
from adali.errors import ArgumentError
from adali.pipeline import Pass, PipelineBase
from adali.plugin.outputs import separate
from adali.plugin.pytorch.tensors import dense, samples

__all__ = ["DataLoader", "PipelineDataset", "to_device"]


def _batch(outputs: Any, names: Sequence[str] | None) -> Any:
    """A pipeline's outputs as tensors, or lists of tensors where shapes differ: a tuple, or a dict with names."""
    tensors = [dense(o) if o.is_dense_tensor() else samples(o) for o in separate(outputs)]
    if names is None:
        return tuple(tensors)
    if len(names) != len(tensors):
        raise ArgumentError(f"output_map has {len(names)} names, but the pipeline has {len(tensors)} outputs")
    return dict(zip(names, tensors, strict=True))


class PipelineDataset(torch.utils.data.IterableDataset):
    """A pipeline as an iterable dataset of whole batches; each pass is one epoch of the pipeline's data.

    ::

        dataset = PipelineDataset(training("photos"))
        for images, labels in torch.utils.data.DataLoader(dataset, batch_size=None): ...

    Args:
        pipeline: a pipeline, or a function that makes one. In worker processes of PyTorch's DataLoader only a function
            will do. It is called in each of them, with the keyword arguments ``shard_id`` and ``num_shards`` if it has
            parameters of these names. The pipeline has threads of its own, so that such processes are seldom of use.
        output_map: names of the outputs; with them a batch is a dict, and without them a tuple.
    """

    def __init__(
        self, pipeline: PipelineBase | Callable[..., PipelineBase], output_map: Sequence[str] | None = None
    ) -> None:
        super().__init__()
        if not isinstance(pipeline, PipelineBase) and not callable(pipeline):
            raise ArgumentError(f"expected a pipeline or a function that makes one, got {type(pipeline).__name__}")
        self._source = pipeline
        self._pipe = pipeline if isinstance(pipeline, PipelineBase) else None
        self.output_map = None if output_map is None else list(output_map)

    def _pipeline(self) -> PipelineBase:
        worker = torch.utils.data.get_worker_info()
        if self._pipe is None:
            assert callable(self._source)
            shards = {"shard_id": 0, "num_shards": 1}
            if worker is not None:
                shards = {"shard_id": worker.id, "num_shards": worker.num_workers}
            parameters = inspect.signature(self._source).parameters
            self._pipe = self._source(**{k: v for k, v in shards.items() if k in parameters})
        elif worker is not None and isinstance(self._source, PipelineBase):
            raise ArgumentError(
                "a pipeline cannot be used in worker processes: use num_workers=0 (the pipeline has threads of its "
                "own) or make the PipelineDataset of a function that makes the pipeline"
            )
        return self._pipe

    def __getstate__(self) -> dict[str, Any]:
        if isinstance(self._source, PipelineBase):
            raise ArgumentError(
                "a pipeline cannot be sent to worker processes: use num_workers=0 (the pipeline has threads of its "
                "own) or make the PipelineDataset of a function that makes the pipeline"
            )
        return {**self.__dict__, "_pipe": None}

    def __iter__(self) -> Iterator[Any]:
        one_pass = Pass(self._pipeline())
        while True:
            try:
                outputs = drive(one_pass.__anext__())
            except StopIteration:
                return
            yield _batch(outputs, self.output_map)

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for outputs in Pass(self._pipeline()):
            yield _batch(outputs, self.output_map)

    def close(self) -> None:
        """Close the pipeline."""
        if self._pipe is not None:
            drive(self._pipe._aclose())


class DataLoader:
    """PyTorch's DataLoader with threads in place of processes, and with the pipeline's operators on what it loads.

    ::

        loader = DataLoader(dataset, batch_size=64, shuffle=True, num_workers=4, drop_last=True)
        for images, labels in loader: ...

        def augment(files, labels):
            return fn.resize(fn.decoders.image(files), size=(224, 224)), labels

        loader = DataLoader(bytes_and_labels, batch_size=64, shuffle=True, num_workers=4, graph=augment)

    A dataset's samples are tuples, lists or dicts of tensors, arrays, PIL images, bytes and numbers; a batch is a list
    (of a dict's samples a dict) of tensors. Where the samples of an output differ in shape it is a list of tensors.
    Each pass is one epoch; one that is left early does not go on. The first sample is also asked for when the loader is
    made.

    Args:
        dataset: a map-style dataset.
        batch_size: samples in a batch; the last may be smaller.
        shuffle: whether each epoch has another random order.
        sampler: numbers of the samples, as in PyTorch; excludes ``shuffle``.
        num_workers: how many threads load, and then run operators; 0 counts as 1.
        collate_fn: gets a list of the dataset's samples as tuples (or dicts) of tensors and makes the batch of them.
        pin_memory: copy batches to page-locked memory.
        drop_last: leave out a smaller last batch.
        generator: the ``torch.Generator`` that the seed of shuffling and of the graph's random operators is drawn from.
        prefetch_factor: batches to work ahead.
        graph: a function that gets a node for each item of a sample, and returns the nodes of the batch.
        workers: "threads", or "processes" for datasets in pure Python that compute.
        on_error: what becomes of failing samples: "raise", "skip" or "replace".
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool | None = None,
        sampler: Any = None,
        *,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        generator: torch.Generator | None = None,
        prefetch_factor: int | None = None,
        graph: Callable[..., Any] | None = None,
        workers: str = "threads",
        on_error: str = "raise",
    ) -> None:
        if sampler is not None and shuffle:
            raise ArgumentError("sampler and shuffle exclude each other")
        if len(dataset) < 1:
            raise ArgumentError("the dataset is empty")
        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = range(len(dataset)) if sampler is None else sampler
        self.num_workers = num_workers
        self.collate_fn = collate_fn
        self.pin_memory = pin_memory
        self.drop_last = drop_last
        first = dataset[next(iter(self.sampler))]
        self._keys = list(first) if isinstance(first, dict) else None
        outputs = len(first) if isinstance(first, (tuple, list, dict)) else None
        seed = int(torch.empty((), dtype=torch.int64).random_(generator=generator).item()) & 0x7FFFFFFF
        depth = 2 if prefetch_factor is None else prefetch_factor
        self._pipe = sync.Pipeline(
            batch_size, max(num_workers, 1), seed=seed, prefetch_queue_depth=depth, on_error=on_error
        )
        with self._pipe:
            nodes = fn.external_source(
                _Numbers(dataset),
                num_outputs=outputs,
                shuffle=bool(shuffle),
                sampler=None if shuffle else self.sampler,
                prefetch_queue_depth=depth,
                workers=workers,
            )
            nodes = nodes if isinstance(nodes, list) else [nodes]
            if graph is not None:
                result = graph(*nodes)
                nodes = list(result) if isinstance(result, (tuple, list)) else [result]
                self._keys = None
            self._pipe.set_outputs(*nodes)
        self._single = outputs is None and graph is None

    def __len__(self) -> int:
        """Batches in an epoch."""
        count = len(self.sampler)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        for outputs in self._pipe:
            batch = self._collate(outputs)
            if batch is not None:
                yield batch

    def _collate(self, outputs: Any) -> Any:
        if self.drop_last and len(outputs[0]) < self.batch_size:
            return None
        if self.collate_fn is not None:
            rows = zip(*(samples(o) for o in separate(outputs)), strict=True)
            return self.collate_fn([self._shaped(list(row), tuple) for row in rows])
        tensors = list(_batch(outputs, None))
        if self.pin_memory and torch.cuda.is_available():
            tensors = [t.pin_memory() if isinstance(t, torch.Tensor) else [x.pin_memory() for x in t] for t in tensors]
        return self._shaped(tensors, list)

    def _shaped(self, items: list[Any], kind: Any) -> Any:
        if self._single:
            return items[0]
        return dict(zip(self._keys, items, strict=True)) if self._keys is not None else kind(items)

    def close(self) -> None:
        """End the threads; not needed, since they end with the loader."""
        self._pipe.close()

    def __enter__(self) -> DataLoader:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Numbers:
    """A dataset whose Python numbers become the types that PyTorch makes of them: int64 and float64."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: int) -> Any:
        sample = self._dataset[index]
        if isinstance(sample, dict):
            return {k: _number(v) for k, v in sample.items()}
        return tuple(map(_number, sample)) if isinstance(sample, (tuple, list)) else _number(sample)


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return np.bool_(value)
    if isinstance(value, int):
        return np.int64(value)
    return np.float64(value) if isinstance(value, float) else value


class to_device:
    """Batches on a device, some of them copied ahead: ``for images, labels in to_device(loader, "cuda")``.

    The copies to a GPU have a CUDA stream of their own, and torch's current stream waits for each before it is used;
    the host does not wait. It works for whatever can be walked through with ``for`` or ``async for``.

    Args:
        batches: gives tensors, or tuples, lists and dicts of them.
        device: where to.
        ahead: how many batches to copy ahead.
    """

    def __init__(self, batches: Iterable[Any] | AsyncIterable[Any], device: Any, ahead: int = 1) -> None:
        if ahead < 0:
            raise ArgumentError(f"ahead must not be negative, got {ahead}")
        self._batches: Any = batches
        self._device = torch.device(device)
        self._ahead = ahead
        self._stream = torch.cuda.Stream(self._device) if self._device.type == "cuda" else None

    def __len__(self) -> int:
        return len(self._batches)

    def _start(self, batch: Any) -> tuple[Any, Any]:
        if self._stream is None:
            return _mapped(batch, lambda t: t.to(self._device, non_blocking=True)), None
        with torch.cuda.stream(self._stream):
            moved = _mapped(batch, lambda t: _pinned(t).to(self._device, non_blocking=True))
            return moved, self._stream.record_event()

    def _finish(self, moved: Any, event: Any) -> Any:
        if event is not None:
            current = torch.cuda.current_stream(self._device)
            current.wait_event(event)
            # The allocator must not give the memory away before the consumer's stream is done with it.
            _mapped(moved, lambda t: t.record_stream(current))
        return moved

    def __iter__(self) -> Iterator[Any]:
        waiting: deque[tuple[Any, Any]] = deque()
        for batch in self._batches:
            waiting.append(self._start(batch))
            if len(waiting) > self._ahead:
                yield self._finish(*waiting.popleft())
        while waiting:
            yield self._finish(*waiting.popleft())

    async def __aiter__(self) -> AsyncIterator[Any]:
        waiting: deque[tuple[Any, Any]] = deque()
        async for batch in self._batches:
            waiting.append(self._start(batch))
            if len(waiting) > self._ahead:
                yield self._finish(*waiting.popleft())
        while waiting:
            yield self._finish(*waiting.popleft())


def _mapped(batch: Any, function: Callable[[torch.Tensor], Any]) -> Any:
    if isinstance(batch, torch.Tensor):
        return function(batch)
    if isinstance(batch, dict):
        return {k: _mapped(v, function) for k, v in batch.items()}
    if isinstance(batch, (tuple, list)):
        return type(batch)(_mapped(v, function) for v in batch)
    return batch


def _pinned(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if tensor.is_cuda or tensor.is_pinned() else tensor.pin_memory()
