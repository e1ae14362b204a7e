"""The model stage: any callable or coroutine function, batched on its own behind the pipeline."""

from __future__ import annotations

import asyncio
import inspect
import time
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from adali.serving.batcher import Request
from adali.serving.errors import ModelError, ServingError
from adali.serving.runner import Column, own_rows

__all__ = ["Model", "ModelRunner", "kinds"]

#: Seconds that closing waits for a model to return.
PATIENCE_S = 5.0


class Model:
    """What computes on the pipeline's outputs: ONNX Runtime, torch, or a function of NumPy arrays.

    ::

        session = onnxruntime.InferenceSession("classifier.onnx")
        Model(lambda images: session.run(None, {"images": images}), max_batch=16)
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        max_batch: int | None = None,
        max_wait: float = 0.0,
        concurrency: int = 1,
        outputs: Sequence[str] | None = None,
    ) -> None:
        """Describe a model.

        Args:
            function: called with one array for each output of the pipeline, whose first axis counts the rows (a list
                of arrays where their shapes differ). It returns the same: an array, a sequence of arrays, or a dict
                of name -> array, with as many rows. A coroutine function is awaited; any other is called in a
                thread.
            max_batch: rows in a call at most; by default those of the pipeline's batches.
            max_wait: seconds that a result of the pipeline waits for others, beyond the wait for the model itself.
            concurrency: calls that may run at the same time.
            outputs: names of the results; those of a dict by default, or else ``output_0`` and so on.
        """
        if max_batch is not None and max_batch < 1:
            raise ValueError(f"max_batch must be positive, got {max_batch}")
        if concurrency < 1:
            raise ValueError(f"concurrency must be positive, got {concurrency}")
        if max_wait < 0:
            raise ValueError(f"max_wait must not be negative, got {max_wait}")
        self.function = function
        self.max_batch = max_batch
        self.max_wait = max_wait
        self.concurrency = concurrency
        self.outputs = list(outputs) if outputs is not None else None


class ModelRunner:
    """Runs a model on batches of requests, whose data are the pipeline's results."""

    def __init__(self, model: Model, seconds: Callable[[float], None]) -> None:
        self.model = model
        self.names = model.outputs
        self._seconds = seconds
        function = model.function
        call = getattr(function, "__call__", None)  # noqa: B004 - of an object with `async def __call__`
        self._is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)
        self._threads = ThreadPoolExecutor(model.concurrency, thread_name_prefix="adali-serving-model")

    async def run(self, requests: list[Request]) -> None:
        """Call the model once; if that fails, once for each request, so that a bad one fails alone."""
        try:
            await self._attempt(requests)
        except ModelError:
            if len(requests) == 1:
                raise
            for request in requests:
                if not request.done:
                    try:
                        await self._attempt([request])
                    except ModelError as e:
                        request.fail(e)

    async def _attempt(self, requests: list[Request]) -> None:
        requests = [r for r in requests if not r.done]
        if not requests:
            return
        loop = asyncio.get_running_loop()
        rows = sum(r.count for r in requests)
        parts: list[list[Column]] = [r.data for r in requests]
        counts = [r.count for r in requests]
        start = loop.time()
        try:
            if self._is_async:
                inputs = await loop.run_in_executor(self._threads, joined, parts)
                result = self.model.function(*inputs)
                assert isinstance(result, Awaitable)
                columns = await loop.run_in_executor(self._threads, self._split, await result, counts, rows)
            else:
                columns = await loop.run_in_executor(self._threads, self._call, parts, counts, rows)
        except ServingError:
            raise
        except Exception as e:
            raise ModelError(f"the model failed: {type(e).__name__}: {e}") from e
        finally:
            self._seconds(loop.time() - start)
        for request, column in zip(requests, columns, strict=True):
            request.succeed(column)

    def _call(self, parts: list[list[Column]], counts: list[int], rows: int) -> list[list[Column]]:
        return self._split(self.model.function(*joined(parts)), counts, rows)

    def _split(self, result: Any, counts: list[int], rows: int) -> list[list[Column]]:
        """Each request's rows of each result, in memory of its own.

        Raises:
            ModelError: the model returned something else.
        """
        if isinstance(result, Mapping):
            names = self.names or [str(k) for k in result]
            if set(names) != {str(k) for k in result}:
                raise ModelError(f"the model returned {', '.join(map(str, result))} in place of {', '.join(names)}")
            values = [result[name] for name in names]
        else:
            # A list of arrays is a list of outputs, as ONNX Runtime gives it.
            values = list(result) if isinstance(result, (tuple, list)) else [result]
            names = self.names or [f"output_{i}" for i in range(len(values))]
        if len(values) != len(names):
            raise ModelError(f"the model returned {len(values)} outputs in place of {len(names)}")
        self.names = names
        columns: list[list[Column]] = [[] for _ in counts]
        for name, value in zip(names, values, strict=True):
            batch = value if isinstance(value, (list, tuple)) else np.asarray(value)
            if (isinstance(batch, np.ndarray) and batch.ndim == 0) or len(batch) != rows:
                shape = batch.shape if isinstance(batch, np.ndarray) else (len(batch),)
                raise ModelError(f"the model was given {rows} rows, but its output {name!r} has the shape {shape}")
            first = 0
            for mine, count in zip(columns, counts, strict=True):
                mine.append(own_rows([np.asarray(row) for row in batch[first : first + count]]))
                first += count
        return columns

    async def aclose(self) -> None:
        """Wait for the calls that run, though not for ever: a model that does not return is left behind."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + PATIENCE_S
        for thread in self._threads._threads:
            await asyncio.to_thread(thread.join, max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                warnings.warn(f"The model has not returned in thread {thread.name}", ResourceWarning, stacklevel=2)


def joined(parts: list[list[Column]]) -> list[Column]:
    """For each output, the rows of all requests, in memory that the pipeline does not use again."""
    return [own_rows([row for part in parts for row in part[i]]) for i in range(len(parts[0]))]


def kinds(result: list[Column]) -> tuple[tuple[str, tuple[int, ...] | None], ...]:
    """What results must have in common to go into one call of a model: types and shapes."""
    found: list[tuple[str, tuple[int, ...] | None]] = []
    for column in result:
        shapes = {row.shape for row in column}
        found.append((column[0].dtype.str, shapes.pop() if len(shapes) == 1 else None))
    return tuple(found)
