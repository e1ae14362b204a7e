"""Operators that exist only for these tests, and messages in a form that can be compared."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali.operators  # noqa: F401  (fills the registry)
from adali.data import TensorListCPU
from adali.graph.schema import registry
from adali.operators.base import (
    Arg,
    ArgKind,
    BatchContext,
    BatchOperator,
    Input,
    InputChunk,
    InputOperator,
    SampleContext,
    SampleOperator,
    operator,
)
from adali.serialization import message, values
from adali.types import DALIDataType

GOLDEN = Path(__file__).parent.parent / "golden" / "serialized.json"


@pytest.fixture(autouse=True, scope="module")
def _operators() -> Iterator[None]:
    """Operators with arguments of every kind, several outputs, and Python parts."""

    @operator(
        "test__Blend",
        inputs=(Input("left"), Input("right")),
        min_inputs=1,
        args=(
            Arg("amount", ArgKind.FLOAT, 1.0, tensor=True),
            Arg("number", ArgKind.INT),
            Arg("flag", ArgKind.BOOL),
            Arg("word", ArgKind.STR),
            Arg("dtype", ArgKind.DTYPE),
            Arg("interp", ArgKind.INTERP),
            Arg("image_type", ArgKind.IMAGE_TYPE),
            Arg("layout", ArgKind.LAYOUT),
            Arg("numbers", ArgKind.INTS, tensor=True),
            Arg("amounts", ArgKind.FLOATS),
            Arg("flags", ArgKind.BOOLS),
            Arg("words", ArgKind.STRS),
            Arg("dtypes", ArgKind.DTYPES),
            Arg("interps", ArgKind.INTERPS),
            Arg("old_amount", ArgKind.FLOAT, deprecated="amount"),
        ),
        num_outputs=2,
        devices=("cpu", "gpu", "mixed"),
        legacy=("TestBlend",),
    )
    class Blend(SampleOperator):
        """The first input times the amount, and the first input."""

        def run(self, ctx: SampleContext, *inputs: Any) -> Any:
            return (inputs[0] * np.float64(ctx.arg("amount"))).astype(np.float32), inputs[0]

    @operator("test__Draw", random=True)
    class Draw(BatchOperator):
        """One random number for each sample."""

        mixes_samples = False

        def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
            words = ctx.words(1)
            return TensorListCPU._from_samples([words[i, 0:1] for i in range(ctx.batch_size)], "")

    @operator("test__Python", inputs=(Input("data"),), args=(Arg("function", ArgKind.OBJECT),), serializable=False)
    class Python(SampleOperator):
        """Runs Python code."""

        def run(self, ctx: SampleContext, *inputs: Any) -> Any:
            return inputs[0]

    @operator("test__Object", inputs=(Input("data"),), args=(Arg("thing", ArgKind.OBJECT),))
    class Object(SampleOperator):
        """Has a Python object among its arguments."""

        def run(self, ctx: SampleContext, *inputs: Any) -> Any:
            return inputs[0]

    @operator("test__Many", args=(Arg("count", ArgKind.INT, 1),), num_outputs=lambda args: args.get("count", 1))
    class Many(BatchOperator):
        """As many outputs as it is told."""

    @operator("test__Count", args=(Arg("start", ArgKind.INT, 0),))
    class Count(InputOperator):
        """Feeds 0, 1, 2, ... or what its source gives."""

        @classmethod
        def bind(cls, kwargs: dict[str, Any]) -> tuple[dict[str, Any], Any]:
            return {k: v for k, v in kwargs.items() if k != "source"}, kwargs.get("source")

        def setup(self) -> None:
            self.next = self.args["start"]

        def read(self, count: int, iteration: int) -> InputChunk:
            column = [np.full((1,), self.next + i, np.float32) for i in range(count)]
            self.next += count
            return InputChunk((column,), ("",))

    yield
    for name in ("Blend", "Draw", "Python", "Object", "Many", "Count"):
        registry.remove(f"test__{name}")


@pytest.fixture(scope="session")
def golden() -> dict[str, Any]:
    """What the real DALI wrote: pipelines (messages as bytes) and schemas."""
    document: dict[str, Any] = json.loads(GOLDEN.read_text())
    for entry in document["pipelines"].values():
        entry["message"] = base64.b64decode(entry["message"])
    return document


#: Arguments that say where an operator comes from, not what it does.
_ORIGIN = ("_display_name", "_module", "_origin_stack_")


@pytest.fixture(scope="session")
def meaning() -> Callable[[bytes], dict[str, Any]]:
    """A serialized pipeline as plain data, without what may differ between two writers of one pipeline."""

    def end(node: Any) -> tuple[str, str]:
        return node.name, node.device

    def of(data: bytes) -> dict[str, Any]:
        parsed = message.parse(data)
        operators = []
        for op in parsed.op:
            given = {a.name: values.read_value(a) for a in op.args if not a.name.startswith(_ORIGIN)}
            types = {a.name: (a.type, a.is_vector) for a in op.args if a.name in given}
            operators.append(
                {
                    "name": registry.resolve(op.name),
                    "inst_name": op.inst_name,
                    "inputs": [end(i) for i in op.input if not i.is_argument_input],
                    "arguments": {i.arg_name: end(i) for i in op.input if i.is_argument_input},
                    "outputs": [end(o) for o in op.output],
                    "args": given,
                    "types": types,
                }
            )
        return {
            "operators": operators,
            "outputs": [end(o) for o in parsed.pipe_outputs],
            "declared": [(o.dtype, o.ndim, o.layout) for o in parsed.pipe_outputs],
            **{f: getattr(parsed, f) if parsed.HasField(f) else None for f in ("batch_size", "num_threads", "seed")},
            **{f: getattr(parsed, f) for f in ("device_id", "executor_type", "executor_flags")},
            **{f: getattr(parsed, f) for f in ("prefetch_queue_depth_cpu", "prefetch_queue_depth_gpu")},
            "bytes_per_sample_hint": parsed.bytes_per_sample_hint,
        }

    return of


@pytest.fixture(scope="session")
def feed() -> Callable[[int], Any]:
    """What the golden pipelines were fed: a batch of 3 for each iteration."""

    def batch(iteration: int) -> Any:
        return (np.arange(3 * 2 * 3, dtype=np.int32) + iteration).reshape(3, 2, 3)

    return batch


def pytest_make_parametrize_id(config: Any, val: Any) -> str | None:
    """Short names for enum members in test ids."""
    return val.name if isinstance(val, DALIDataType) else None
