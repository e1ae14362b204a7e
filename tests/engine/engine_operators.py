"""Operators that the engine's tests are made of: they count, wait at gates and fail on demand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

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
        self.count = 0
        self.probe.resets += 1

    def close(self) -> None:
        self.probe.closed += 1


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


_X = (Input("x"),)
_OPERATORS: tuple[tuple[type[Any], dict[str, Any]], ...] = (
    (Source, {"is_input": True}),
    (Rows, {"is_input": True}),
    (Step, {"inputs": _X, "devices": ("cpu", "gpu", "mixed")}),
    (Whole, {"inputs": _X, "devices": ("cpu", "gpu")}),
    (Extra, {"inputs": _X, "args": (Arg("value", ArgKind.INT, 1, "Addend.", tensor=True),)}),
    (Draw, {"inputs": _X, "stateful": True}),
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


def node(op: str, /, *inputs: Any, probe: Probe | None = None, **kwargs: Any) -> Any:
    """Add one of the operators to the open graph."""
    return call_operator(f"Test{op}", inputs, kwargs, state=probe)[0]
