"""Operators that the engine's tests are made of: they count, wait at gates and fail on demand."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import adali.sync
from adali.errors import SourceLine
from adali.graph.schema import OpSchema, registry
from adali.graph.spec import call_operator
from adali.operators.base import (
    Arg,
    ArgKind,
    Array,
    BatchContext,
    BatchOperator,
    EndOfData,
    Input,
    InputChunk,
    InputOperator,
    SampleContext,
    SampleOperator,
)

TIMEOUT = 20.0


class Probe:
    """Shared by a test and the operators of one graph: records what ran, and holds operators back."""

    def __init__(self, limit: int | None = None, batch: int | None = None) -> None:
        self.limit = limit
        self.batch = batch
        self.reads: list[int] = []
        self.samples: list[int] = []
        self.batches: list[int] = []
        self.threads: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.fail: dict[str, set[int]] = {}
        self.resets = 0
        self.closed = 0
        self.reached: dict[int, threading.Event] = {}
        self.on_reset: Callable[[], object] = lambda: None

    def mark(self, iteration: int) -> threading.Event:
        """An event set when that iteration passes the chain."""
        return self.reached.setdefault(iteration, threading.Event())

    def pass_gate(self) -> None:
        self.entered.set()
        assert self.gate.wait(TIMEOUT), "the test never opened the gate"


class Source(InputOperator):
    """Counts upwards; ends after ``limit`` batches until reset."""

    def setup(self) -> None:
        self.probe: Probe = self.spec.state
        self.count = 0

    def read(self, count: int, iteration: int) -> InputChunk:
        probe = self.probe
        if probe.limit is not None and self.count >= probe.limit:
            raise EndOfData
        if self.count in probe.fail.get("read", ()):
            self.count += 1
            raise OSError("the source broke")
        start = self.count * 1000
        self.count += 1
        probe.reads.append(iteration)
        size = probe.batch or count
        return InputChunk(([np.int64(start + i).reshape(()) for i in range(size)],), ("",))

    def reset(self) -> None:
        if "reset" in self.probe.fail:
            raise OSError("it will not start over")
        self.probe.on_reset()
        self.count = 0
        self.probe.resets += 1

    def close(self) -> None:
        self.probe.closed += 1


class Gated(Source):
    """The same, but reset waits at the gate."""

    def reset(self) -> None:
        self.probe.pass_gate()
        super().reset()


class Fed(InputOperator):
    """Numbers that the test feeds."""

    def setup(self) -> None:
        self.numbers: list[int] = []

    def feed(self, data: Any, layout: str, stream: Any = None) -> None:
        self.numbers.append(data)

    def ready(self) -> bool:
        return bool(self.numbers)

    def read(self, count: int, iteration: int) -> InputChunk:
        number = self.numbers.pop(0)
        return InputChunk(([np.array(number)] * count,), ("",))


class CloseFails(Source):
    """The same, with an error at its end."""

    def close(self) -> None:
        super().close()
        raise OSError("close failed")


class Rows(InputOperator):
    """A reader of ``limit`` rows, epoch after epoch; every row is its own number."""

    def setup(self) -> None:
        self.probe: Probe = self.spec.state
        self.next = 0
        self.epoch = 0
        self.cut = False

    @property
    def read_ahead(self) -> int:
        return 2

    @property
    def epoch_size(self) -> int:
        assert self.probe.limit is not None
        return self.probe.limit

    def meta(self) -> dict[str, int]:
        size = self.epoch_size
        return {"epoch_size": size, "epoch_size_padded": size, "number_of_shards": 1, "shard_id": 0}

    def set_epoch_batches(self, enabled: bool) -> None:
        self.cut = enabled

    def next_epoch(self) -> None:
        if self.next:
            self.next = 0
            self.epoch += 1

    def read(self, count: int, iteration: int) -> InputChunk:
        rows: list[Array] = []
        failures: dict[int, Exception] = {}
        epoch, end = self.epoch, False
        while len(rows) < count:
            if self.next in self.probe.fail.get("row", ()):
                failures[len(rows)] = OSError(f"row {self.next} is gone")
            rows.append(np.array(self.next))
            self.next += 1
            if self.next == self.epoch_size:
                self.next, self.epoch, end = 0, self.epoch + 1, True
                if self.cut:
                    break
        names: list[str | None] = [f"row-{int(r)}" for r in rows]
        return InputChunk((rows,), ("",), names, True, epoch, end, None, failures)


class Step(SampleOperator):
    """Passes samples on; waits at the gate, fails on the values it is told to."""

    inline = False

    def setup(self) -> None:
        self.probe: Probe = self.spec.state

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        probe = self.probe
        probe.pass_gate()
        probe.samples.append(int(inputs[0]))
        probe.threads.add(threading.current_thread().name)
        if int(inputs[0]) in probe.fail.get("sample", ()):
            raise ValueError(f"bad value {int(inputs[0])}")
        if ctx.iteration in probe.reached:
            probe.reached[ctx.iteration].set()
        return inputs[0]


class Whole(BatchOperator):
    """A whole-batch operator: reverses the batch."""

    def setup(self) -> None:
        self.probe: Probe = self.spec.state

    def run(self, ctx: BatchContext, *inputs: Any) -> Any:
        self.probe.batches.append(ctx.iteration)
        if ctx.iteration in self.probe.fail.get("batch", ()):
            raise KeyError("the batch is bad")
        samples = list(inputs[0]._samples)
        return type(inputs[0])._from_samples(samples[::-1], inputs[0]._layout)


class Extra(SampleOperator):
    """Adds an argument, given as a constant or a value a sample."""

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        out = ctx.empty(inputs[0].shape, inputs[0].dtype)
        out[...] = inputs[0] + ctx.arg("value")
        return out


class Draw(SampleOperator):
    """A random number from the sample's own generator."""

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        return np.array(ctx.generator().random())


class Apply(SampleOperator):
    """Calls ``state(ctx, *inputs)`` for a sample."""

    inline = False

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        result: Array = self.spec.state(ctx, *inputs)
        return result


class ApplyInline(Apply):
    """The same, on the engine's loop once it was quick."""

    inline = True


class ApplyBatch(BatchOperator):
    """Calls ``state(ctx, *inputs)`` for a batch; it may be a coroutine function. With ``mixes`` it says so."""

    def setup(self) -> None:
        self.is_async = inspect.iscoroutinefunction(self.spec.state)
        self.inline = self.args["inline"]
        self.mixes_samples = self.args["mixes"]  # type: ignore[misc]

    def run(self, ctx: BatchContext, *inputs: Any) -> Any:
        return self.spec.state(ctx, *inputs)


class Feed(InputOperator):
    """An input that calls ``state(count, iteration)``, which returns a list of samples; it may be a coroutine function.

    With ``ahead`` it reads ahead and is a reader.
    """

    @property
    def read_ahead(self) -> int:
        return int(self.args["ahead"])

    @property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.spec.state)

    def read(self, count: int, iteration: int) -> Any:
        if self.is_async:
            return self._read(count, iteration)
        return self._chunk(self.spec.state(count, iteration))

    async def _read(self, count: int, iteration: int) -> InputChunk:
        return self._chunk(await self.spec.state(count, iteration))

    def _chunk(self, samples: list[Any]) -> InputChunk:
        return InputChunk(([np.asarray(s) for s in samples],), ("",), refillable=self.read_ahead > 0)


class SetupFails(SampleOperator):
    """Refuses to be built."""

    def setup(self) -> None:
        raise self.error("refused")


_X = (Input("x"),)
_ANY = {"inputs": (Input("x"),), "min_inputs": 0, "max_inputs": 4, "devices": ("cpu", "gpu", "mixed")}
_BATCH_ARGS = (Arg("inline", ArgKind.BOOL, False, "."), Arg("mixes", ArgKind.BOOL, False, "."))
_OPERATORS: tuple[tuple[type[Any], dict[str, Any]], ...] = (
    (Source, {"is_input": True}),
    (CloseFails, {"is_input": True}),
    (Gated, {"is_input": True}),
    (Fed, {"is_input": True}),
    (SetupFails, {"inputs": _X}),
    (Rows, {"is_input": True}),
    (Step, {"inputs": _X, "devices": ("cpu", "gpu", "mixed")}),
    (Whole, {"inputs": _X, "devices": ("cpu", "gpu")}),
    (Extra, {"inputs": _X, "args": (Arg("value", ArgKind.INT, 1, "Addend.", tensor=True),)}),
    (Draw, {"inputs": _X, "stateful": True}),
    (Apply, {**_ANY, "args": (Arg("value", ArgKind.INT, 0, ".", tensor=True),)}),
    (ApplyInline, _ANY),
    (ApplyBatch, {**_ANY, "args": _BATCH_ARGS}),
    (Feed, {"is_input": True, "args": (Arg("ahead", ArgKind.INT, 0, "."),)}),
)


@contextmanager
def registered() -> Iterator[None]:
    """The operators above, in the registry for a while."""
    for cls, options in _OPERATORS:
        cls.schema = OpSchema(f"Test{cls.__name__}", "For tests.", **options)
        registry.add(cls.schema, cls)
    try:
        yield
    finally:
        for cls, _ in _OPERATORS:
            registry.remove(f"Test{cls.__name__}")


def node(op: str, /, *inputs: Any, probe: Any = None, **kwargs: Any) -> Any:
    """Add one of the operators to the open graph; ``probe`` is its state."""
    caller = sys._getframe(1)
    line = SourceLine(caller.f_code.co_filename, caller.f_lineno, caller.f_code.co_name)
    return call_operator(f"Test{op}", inputs, kwargs, state=probe, line=line)[0]


_made: list[Any] = []


def pipeline(build: Callable[[], Any], cls: Any = adali.sync.Pipeline, **kwargs: Any) -> Any:
    """A pipeline of 3 samples a batch and 2 threads whose outputs ``build`` makes; a blocking one is closed for you."""
    pipe = cls(**{"batch_size": 3, "num_threads": 2, "device_id": None, **kwargs})
    with pipe:
        outputs = build()
        pipe.set_outputs(*(outputs if isinstance(outputs, tuple) else (outputs,)))
    _made.append(pipe)
    return pipe


def close_pipelines() -> None:
    """Close what a failed test left open."""
    while _made:
        pipe = _made.pop()
        if isinstance(pipe, adali.sync.Pipeline):
            pipe.close()
