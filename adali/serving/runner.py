"""The pipeline as a stage: feeds the engine a batch of requests and gives each its own rows, or its own error."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TypeAlias

import numpy as np

from adali.engine.executor import Executor
from adali.engine.workspace import Batch, Failure
from adali.errors import PipelineClosedError
from adali.operators.base import Array
from adali.operators.user_data import UserBatch
from adali.pipeline.base import PipelineBase
from adali.serving.batcher import Request
from adali.serving.errors import ServiceClosed, ServingError, for_row
from adali.serving.inputs import InputSpec, Rows
from adali.types import DALI_TYPE_OF_DTYPE

__all__ = ["Column", "PipelineRunner", "own_rows"]

#: The rows of one output: one array where they are of one shape, or else a list.
Column: TypeAlias = "Array | list[Array]"

#: Results smaller than this are copied on the event loop: the way to a thread and back costs as much.
QUICK_BYTES = 256 << 10


class PipelineRunner:
    """Owns a built pipeline; all methods belong to one event loop."""

    def __init__(self, pipeline: PipelineBase, inputs: Sequence[InputSpec], *, copies: bool) -> None:
        """Take over a pipeline.

        Args:
            pipeline: built, with the policy "replace", and nobody else's.
            inputs: its inputs.
            copies: whether requests get memory of their own; without, what they get lies in the batch's.
        """
        self.pipeline = pipeline
        self.inputs = inputs
        self.copies = copies
        self.engine_s = 0.0
        self.copy_s = 0.0
        self.retries = 0
        #: What the engine died of, if it did.
        self.broken: BaseException | None = None
        self._executor: Executor = pipeline._built("serve")
        self._order = asyncio.Lock()
        self._turn = asyncio.Lock()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="adali-serving-copy")

    @property
    def slots(self) -> int:
        """Batches that the engine takes at once."""
        return self._executor.account.limit

    async def run(self, requests: list[Request]) -> None:
        """Compute the requests as one batch; if nobody can say whose fault a failure is, each on its own."""
        rest = await self._attempt(requests)
        for request in rest:
            self.retries += 1
            if not request.done:
                await self._attempt([request])

    async def _attempt(self, requests: list[Request]) -> list[Request]:
        """Run one batch; returns the requests that did not get an answer and should be run alone."""
        requests = [r for r in requests if not r.done]
        if not requests:
            return []
        start = perf_counter()
        item = await self._compute([r.data for r in requests])
        self.engine_s += perf_counter() - start
        try:
            if isinstance(item, Failure):
                return self._blame(requests, item)
            good: list[tuple[Request, int, int]] = []
            first = 0
            for request in requests:
                size = request.count
                bad = next((i for i in range(first, first + size) if i in item.errors), None)
                if bad is not None:
                    request.fail(for_row(item.errors[bad], bad - first))
                elif not request.done:
                    good.append((request, first, first + size))
                first += size
            await self._answer(good, item)
            return []
        finally:
            # The place in the engine is given back only now, so that results which wait to be copied are bounded.
            with contextlib.suppress(PipelineClosedError):
                self._executor.account.release()

    def _blame(self, requests: list[Request], item: Failure) -> list[Request]:
        error = item.take_error()
        if len(requests) == 1:
            requests[0].fail(error)
            return []
        rest: list[Request] = []
        first = 0
        for request in requests:
            bad = next((i for i in range(first, first + request.count) if i in item.errors), None)
            if bad is None:
                rest.append(request)
            else:
                request.fail(for_row(item.errors[bad], bad - first))
            first += request.count
        return rest

    async def _compute(self, parts: list[Rows]) -> Batch | Failure:
        async with self._order:
            batches = []
            for i, spec in enumerate(self.inputs):
                samples = [row for part in parts for row in part.columns[i]]
                batches.append(UserBatch(samples, spec.layout, DALI_TYPE_OF_DTYPE[samples[0].dtype]))
            for spec, batch in zip(self.inputs, batches, strict=True):
                spec.op.feed_checked(batch)
            await self._executor.account.request(1)
            # Tasks start in the order in which they are made, and a lock is handed on in that order.
            turn = asyncio.ensure_future(self._take())
        return await turn

    async def _take(self) -> Batch | Failure:
        async with self._turn:
            try:
                item = await self._executor.account.take(share=True)
            except asyncio.CancelledError:
                raise
            except BaseException as e:  # of the engine itself, or an operator's SystemExit: it is gone
                self.broken = e
                raise ServiceClosed(f"the pipeline has ended: {e}") from e
        if item is None:
            raise ServingError("the engine has nothing of what it was fed")
        return item

    async def _answer(self, good: list[tuple[Request, int, int]], item: Batch) -> None:
        if not good:
            return
        start = perf_counter()
        outputs = [out.as_cpu()._samples for out in item.outputs]
        collect = own_rows if self.copies else _views

        def answers() -> list[list[Column]]:
            return [[collect(samples[a:b]) for samples in outputs] for _, a, b in good]

        if self.copies and sum(s.nbytes for samples in outputs for s in samples) > QUICK_BYTES:
            results = await asyncio.get_running_loop().run_in_executor(self._threads, answers)
        else:
            results = answers()
        for (request, _, _), result in zip(good, results, strict=True):
            request.succeed(result)
        self.copy_s += perf_counter() - start

    async def aclose(self) -> None:
        """Close the pipeline."""
        self._threads.shutdown()  # what it copies takes a moment
        await self.pipeline._aclose()


def own_rows(samples: Sequence[Array]) -> Column:
    """Copies of the samples, in memory that nothing else has: one array if they are alike."""
    first = samples[0]
    if any(s.shape != first.shape for s in samples):
        return [np.array(s, order="C") for s in samples]
    block = np.empty((len(samples), *first.shape), first.dtype)
    for i, sample in enumerate(samples):
        block[i] = sample
    return block


def _views(samples: Sequence[Array]) -> Column:
    return list(samples)
