"""The service: one pipeline (and perhaps a model) that answers requests one by one, computed in batches."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from typing_extensions import Self

from adali.errors import ArgumentError, OperatorError
from adali.graph import Graph
from adali.operators.base import Array
from adali.pipeline.base import PipelineBase
from adali.serving.batcher import Batcher, Request
from adali.serving.errors import InvalidInput, Overloaded, ServiceClosed, TooLarge, cause_of
from adali.serving.inputs import InputSpec, check_rows, find_inputs
from adali.serving.limits import Limits
from adali.serving.model import Model, ModelRunner, kinds
from adali.serving.runner import Column, PipelineRunner
from adali.serving.statistics import Statistics
from adali.serving.warmup import OutputSpec, examples_for, learn, output_names

__all__ = ["Service"]

log = logging.getLogger("adali.serving")


class Service:
    """Answers requests with what a pipeline makes of them.

    ::

        async with Service(pipeline, max_batch=32, max_wait=0.005, deadline=1.0) as service:
            image = await service(jpeg_bytes)

    Requests of any number of tasks are computed together, in batches of at most ``max_batch`` samples. Each gets its
    own rows, in memory that no other request has, or its own error. Cancelling the wait, or a deadline that passes,
    takes a request that is still queued out of the queue.

    The pipeline is fed through its external sources (without a ``source``), which are the service's inputs under their
    names. A service belongs to one event loop.
    """

    def __init__(
        self,
        pipeline: PipelineBase | Callable[..., PipelineBase],
        *,
        max_batch: int | None = None,
        max_wait: float = 0.005,
        max_queued: int = 256,
        deadline: float | None = None,
        model: Model | Callable[..., Any] | None = None,
        warmup: Mapping[str, Any] | Sequence[Mapping[str, Any]] | bool = True,
        limits: Limits | None = None,
        drain_timeout: float = 30.0,
        worker_nice: int = 0,
        output_names: Sequence[str] | None = None,
        name: str = "pipeline",
    ) -> None:
        """Describe a service; entering it starts it.

        Args:
            pipeline: a pipeline that is not built yet and from now on belongs to the service, or a factory of
                pipelines, which is called with ``batch_size=max_batch``.
            max_batch: samples in a batch; by default, and at most, the pipeline's batch size (32 for a factory).
            max_wait: seconds that a request waits for others to share its batch.
            max_queued: samples that may wait; beyond that requests fail with :class:`Overloaded`, at once.
            deadline: seconds in which a request must be answered, if it does not say otherwise; None for no bound.
            model: what computes on the pipeline's outputs, see :class:`Model`.
            warmup: requests to run before the service is ready, as ``{input: sample}`` or several of them; True for
                generated images where all inputs are encoded images; False for none.
            limits: bounds on a request.
            drain_timeout: seconds that requests which are under way have when the service is left.
            worker_nice: steps by which the operating system should prefer everything else to the pipeline's worker
                threads (on Linux), so that the event loop answers in time on CPUs that they keep busy.
            output_names: names of the pipeline's outputs; by default those given in the graph, or else ``output_0``
                and so on.
            name: for messages and metrics.

        Raises:
            ArgumentError: a value that makes no sense.
        """
        if isinstance(pipeline, PipelineBase):
            size = max_batch if max_batch is not None else pipeline.batch_size
            if pipeline.batch_size >= 1 and size > pipeline.batch_size:
                raise ArgumentError(f"max_batch={size} exceeds the pipeline's batch size of {pipeline.batch_size}")
        else:
            size = 32 if max_batch is None else max_batch
        for what, value, least in (("max_batch", size, 1), ("max_queued", max_queued, 1), ("max_wait", max_wait, 0)):
            if value < least:
                raise ArgumentError(f"{what} must be at least {least}, got {value!r}")
        if not 0 <= worker_nice <= 19:
            raise ArgumentError(f"worker_nice must be 0 to 19, got {worker_nice!r}")
        if deadline is not None and deadline <= 0:
            raise ArgumentError(f"deadline must be positive, got {deadline!r}")
        if model is not None and not isinstance(model, Model):
            model = Model(model)
        self.name = name
        self.max_batch = size
        self.max_wait = max_wait
        self.max_queued = max_queued
        self.deadline = deadline
        self.model = model
        self.limits = limits or Limits()
        self.drain_timeout = drain_timeout
        self.worker_nice = worker_nice
        self.stats = Statistics()
        self.inputs: list[InputSpec] = []
        self.outputs: list[OutputSpec] = []
        self._given = pipeline
        self._warmup = warmup
        self._output_names = list(output_names) if output_names is not None else None
        self._pipeline: PipelineBase | None = None
        self._runner: PipelineRunner | None = None
        self._models: ModelRunner | None = None
        self._batcher: Batcher | None = None
        self._model_batcher: Batcher | None = None
        self._state = "new"
        self._before: dict[str, tuple[float, int]] = {}
        self._under_way = 0
        self._bytes = 0
        self._idle: asyncio.Event | None = None
        self._rate, self._rate_at = 0.0, 0.0

    # ---- its life ------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """ "new", "starting", "ready", "draining", "failed" or "closed"."""
        if self._state == "ready" and self._runner is not None and self._runner.broken is not None:
            return "failed"
        return self._state

    @property
    def ready(self) -> bool:
        """Whether requests are taken."""
        return self.state == "ready"

    @property
    def pipeline(self) -> PipelineBase:
        """The pipeline that runs.

        Raises:
            ServiceClosed: the service has not started.
        """
        if self._pipeline is None:
            raise ServiceClosed("the service has not started")
        return self._pipeline

    @property
    def graph(self) -> Graph:
        """The pipeline's graph."""
        return self.pipeline._defined()

    async def start(self) -> None:
        """Build the pipeline and warm it up; ``async with`` does it.

        Raises:
            ArgumentError: the pipeline cannot be served.
        """
        if self._state != "new":
            raise ServiceClosed(f"the service {self.name!r} was started already")
        self._state = "starting"
        try:
            await self._start()
            self._state = "ready"
        except BaseException:
            await self.aclose()
            raise

    async def _start(self) -> None:
        pipe = self._given if isinstance(self._given, PipelineBase) else self._given(batch_size=self.max_batch)
        if not isinstance(pipe, PipelineBase):
            raise ArgumentError(f"expected a pipeline, got {type(pipe).__name__}")
        if pipe.batch_size < self.max_batch:
            raise ArgumentError(f"max_batch={self.max_batch} exceeds the pipeline's batch size of {pipe.batch_size}")
        pipe._check_not_built("serving it")
        # A bad sample is answered with its error; a neighbour's results, which nobody sees, keep its place warm.
        pipe._on_error = "replace"
        pipe._worker_nice = self.worker_nice
        self._pipeline = pipe
        await pipe._build()
        graph = pipe._defined()
        self.inputs = find_inputs(graph, pipe._built("serve").plan.inputs)
        names = self._output_names or output_names(graph)
        if len(names) != len(graph.outputs) or len(set(names)) != len(names):
            raise ArgumentError(f"output_names needs {len(graph.outputs)} different names, got {names}")
        self._pipeline_outputs = names
        self._runner = PipelineRunner(pipe, self.inputs, copies=self.model is None)
        self._idle = asyncio.Event()
        if self.model is not None:
            self._models = ModelRunner(self.model, self._model_took)
            self._model_batcher = Batcher(
                self._models.run,
                max_batch=self.model.max_batch or self.max_batch,
                max_wait=self.model.max_wait,
                slots=self.model.concurrency,
                name=f"{self.name} model",
                on_batch=self._model_batch,
            )
        self._batcher = Batcher(
            self._runner.run,
            max_batch=self.max_batch,
            max_wait=self.max_wait,
            slots=self._runner.slots,
            name=self.name,
            may_run=self._may_run,
            on_batch=self._batch,
        )
        await self._warm_up()

    async def _warm_up(self) -> None:
        examples = examples_for(self.inputs, self._warmup)
        results = []
        batchers = [b for b in (self._batcher, self._model_batcher) if b is not None]
        self._state = "ready"
        try:
            for batcher in batchers:
                batcher.draining = True  # nobody will keep these requests company
            for example in examples:
                answer = await self.infer({k: [v] for k, v in example.items()}, deadline=None)
                results.append(answer)
        except (OperatorError, InvalidInput) as e:
            if self._warmup is not True:
                raise
            log.warning("%s: it was not warmed up, since the pipeline refuses a generated image: %s", self.name, e)
        finally:
            self._state = "starting"
            for batcher in batchers:
                batcher.draining = False
        self.outputs = learn(self.output_names, results)
        # Compiling kernels is no part of what requests take.
        self.stats = Statistics()
        if self._runner is not None:
            self._runner.engine_s = self._runner.copy_s = 0.0
        self._before = {o.name: (o.busy_s, o.samples) for o in self.pipeline.stats().operators}

    async def drain(self, timeout: float | None = None) -> bool:
        """Refuse new requests and wait until those under way have their answers.

        Args:
            timeout: seconds to wait; by default ``drain_timeout``.

        Returns:
            Whether all were answered in time.
        """
        if self._state in ("new", "closed"):
            return True
        self._state = "draining"
        assert self._idle is not None or self._under_way == 0
        for batcher in (self._batcher, self._model_batcher):
            if batcher is not None:
                batcher.drain()
        while self._under_way and self._idle is not None:
            self._idle.clear()
            try:
                await asyncio.wait_for(self._idle.wait(), self.drain_timeout if timeout is None else timeout)
            except (TimeoutError, asyncio.TimeoutError):
                return False
        return True

    async def aclose(self) -> None:
        """Close at once: what is under way fails with :class:`ServiceClosed`; :meth:`drain` before prevents it."""
        if self._state == "closed":
            return
        self._state = "closed"
        error = ServiceClosed(f"the service {self.name!r} was closed")
        for batcher in (self._batcher, self._model_batcher):
            if batcher is not None:
                await batcher.aclose(error)
        if self._models is not None:
            await self._models.aclose()
        if self._runner is not None:
            await self._runner.aclose()
        elif self._pipeline is not None:
            await self._pipeline._aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        try:
            if kind is None and self._state == "ready":  # not if that was tried before
                await self.drain()
        finally:
            await self.aclose()

    # ---- requests ------------------------------------------------------------------------------------------

    async def __call__(
        self, /, *data: Any, deadline: float | None = None, priority: int = 0, **inputs: Any
    ) -> Array | tuple[Array, ...]:
        """Ask for one sample.

        Args:
            data: the sample of each input, in the order of the graph: bytes, or an array.
            deadline: seconds in which to answer; by default the service's.
            priority: smaller is served first, and may displace what is larger when there is no room.
            inputs: samples by the name of their input.

        Returns:
            The output's array, or a tuple of arrays if there are several outputs.

        Raises:
            InvalidInput: not what the pipeline takes.
            Overloaded: there is no room.
            DeadlineExceeded: it took too long.
            OperatorError: an operator could not use this sample.
            ModelError: the model failed on it.
            ServiceClosed: the service does not run, or no longer.
        """
        self._open()
        if len(data) > len(self.inputs):
            raise InvalidInput(f"{len(data)} samples were given, but there are {len(self.inputs)} inputs")
        given = {spec.name: [value] for spec, value in zip(self.inputs, data, strict=False)}
        for name, value in inputs.items():
            if name in given:
                raise InvalidInput(f"input {name!r} was given twice")
            given[name] = [value]
        result = await self.infer(given, deadline=self.deadline if deadline is None else deadline, priority=priority)
        values = tuple([column[0] for column in result.values()])
        return values[0] if len(values) == 1 else values

    async def infer(
        self, inputs: Mapping[str, Sequence[Any]], *, deadline: float | None = None, priority: int = 0
    ) -> dict[str, Column]:
        """Ask for some rows, which are computed in one batch; they succeed or fail together.

        Args:
            inputs: for each input its rows: a list of samples, or an array whose first axis counts them.
            deadline: seconds in which to answer; None for no bound.
            priority: as in a call.

        Returns:
            For each output its rows: an array whose first axis counts them or, where they differ in shape, a list.

        Raises:
            as a call; OperatorError's ``sample`` is the first row that failed.
        """
        began = asyncio.get_running_loop().time()
        nbytes = -1
        try:
            batcher = self._open()
            rows = check_rows(self.inputs, inputs, self.max_batch, self.limits)
            self._admit(rows.count, rows.nbytes, priority, batcher)
            nbytes = rows.nbytes
            self._bytes += nbytes
            self._under_way += 1
            end = None if deadline is None else began + deadline
            request = Request(rows, rows.count, signature=rows.signature, priority=priority, deadline=end)
            count = rows.count
            del rows, inputs
            result: list[Column] = await self._answer_of(request, batcher)
            if self._model_batcher is not None:
                second = Request(result, count, signature=kinds(result), priority=priority, deadline=end)
                del result, request
                result = await self._answer_of(second, self._model_batcher)
        except BaseException as e:
            self.stats.failed(cause_of(e), str(e))
            raise
        else:
            self.stats.answered(asyncio.get_running_loop().time() - began, count)
            return dict(zip(self.output_names, result, strict=True))
        finally:
            if nbytes >= 0:
                self._bytes -= nbytes
                self._under_way -= 1
                if not self._under_way and self._idle is not None:
                    self._idle.set()

    async def _answer_of(self, request: Request, batcher: Batcher) -> Any:
        batcher.submit(request)
        try:
            return await request.future
        finally:
            if batcher is self._batcher:
                self.stats.wait_s.add(request.waited)

    def _open(self) -> Batcher:
        state = self.state
        if state != "ready" or self._batcher is None:
            broken = self._runner.broken if self._runner is not None else None
            raise ServiceClosed(f"the service {self.name!r} is {state}") from broken
        return self._batcher

    def _admit(self, count: int, nbytes: int, priority: int, batcher: Batcher) -> None:
        if self.queued + count > self.max_queued:
            missing = self.queued + count - self.max_queued
            if count > self.max_queued or not batcher.displace(missing, priority, self.overloaded):
                raise self.overloaded()
        if self._bytes + nbytes > self.limits.queued_bytes:
            if nbytes > self.limits.queued_bytes:
                raise TooLarge(f"the request has {nbytes} bytes; {self.limits.queued_bytes} are allowed")
            raise self.overloaded()

    @property
    def queued(self) -> int:
        """Samples that wait, for the pipeline or for the model."""
        waiting = 0 if self._batcher is None else self._batcher.queued
        return waiting + (0 if self._model_batcher is None else self._model_batcher.queued)

    @property
    def full(self) -> bool:
        """Whether any request would be refused, so that its body need not be read."""
        return self.queued >= self.max_queued and (self._batcher is None or not self._batcher.has_beyond(0))

    @property
    def under_way(self) -> int:
        """Requests that wait or are computed."""
        return self._under_way

    def overloaded(self) -> Overloaded:
        """The error for a request for which there is no room."""
        now = time.monotonic()
        if now - self._rate_at > 0.1:  # counting costs more than refusing
            self._rate, self._rate_at = self.stats.rate(), now
        seconds = min(max(self.queued / self._rate, 0.05), 60.0) if self._rate else 1.0
        return Overloaded(f"{self.queued} samples wait already ({self.max_queued} may); try again later", seconds)

    @property
    def output_names(self) -> list[str]:
        """Names of what a request is answered with."""
        if self._models is None:
            return self._pipeline_outputs
        return self._models.names or []

    # ---- what the stages tell ------------------------------------------------------------------------------

    def _may_run(self) -> bool:
        """Whether the model keeps up, so that the pipeline's results would not pile up before it."""
        model = self._model_batcher
        return model is None or model.queued < 2 * model.max_batch

    def _batch(self, batch: list[Request]) -> None:
        self.stats.batch(sum(r.count for r in batch))

    def _model_batch(self, batch: list[Request]) -> None:
        self.stats.model_batch_size.add(sum(r.count for r in batch))
        if self._batcher is not None:
            asyncio.get_running_loop().call_soon(self._batcher.pump)

    def _model_took(self, seconds: float) -> None:
        self.stats.stage_s["model"] += seconds

    def snapshot(self) -> dict[str, Any]:
        """What the page and ``/v2/models/.../stats`` show, as plain data."""
        runner = self._runner
        if runner is not None:
            self.stats.stage_s.update(pipeline=runner.engine_s, copy=runner.copy_s)
        batcher, engine = self._batcher, None
        if self._pipeline is not None and self._state in ("ready", "draining"):
            engine = self._pipeline.stats()
        return {
            "name": self.name,
            "state": self.state,
            "queued": self.queued,
            "under_way": self._under_way,
            "running": 0 if batcher is None else batcher.running,
            "max_batch": self.max_batch,
            "max_wait_ms": self.max_wait * 1e3,
            "max_queued": self.max_queued,
            "retries": 0 if runner is None else runner.retries,
            **self.stats.snapshot(),
            "operators": []
            if engine is None
            else [
                {
                    "name": o.name,
                    "operator": o.operator,
                    "busy_s": o.busy_s - self._before[o.name][0],
                    "samples": o.samples - self._before[o.name][1],
                }
                for o in engine.operators
            ],
            "memory_bytes": 0 if engine is None else engine.memory_used_bytes + engine.memory_idle_bytes,
        }
