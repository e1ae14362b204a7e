"""Checkpoints that are damaged, foreign or of something else: a clear error each, and never anything else."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from continuing import values
from hypothesis import given, settings
from hypothesis import strategies as st

import adali
import adali.sync
from adali import fn
from adali.errors import ArgumentError, CheckpointError, PipelineClosedError, PipelineStateError
from adali.operators.base import InputChunk, InputOperator
from adali.plain import from_text, to_text
from adali.serialization.checkpoint import from_bytes


def source(iteration: int) -> Any:
    return np.full((2, 3), iteration, np.float32)


def define(amount: float = 0.25, more: bool = False, other: bool = False) -> list[Any]:
    data = fn.external_source(source=source)
    result = fn.cast(data, dtype=adali.types.FLOAT) if other else fn.pad(data, fill_value=amount)
    outputs = [result, fn.random.uniform(range=(0, 1))]
    return [*outputs, fn.random.normal()] if more else outputs


def pipeline(build: Callable[[], Any] = define, **kwargs: Any) -> adali.sync.Pipeline:
    pipe = adali.sync.Pipeline(
        **{"batch_size": 2, "num_threads": 1, "device_id": None, "seed": 3, "enable_checkpointing": True, **kwargs}
    )
    with pipe:
        pipe.set_outputs(*build())
    return pipe


def taken(**kwargs: Any) -> bytes:
    pipe = pipeline(**kwargs)
    pipe.run()
    checkpoint = pipe.checkpoint()
    pipe.close()
    return checkpoint


@pytest.fixture(scope="module")
def checkpoint() -> bytes:
    return taken()


def test_every_truncation(checkpoint: bytes) -> None:
    for length in range(len(checkpoint)):
        with pytest.raises(CheckpointError, match="cut off" if length else "no checkpoint of adali"):
            from_bytes(checkpoint[:length])


def test_every_byte_matters(checkpoint: bytes) -> None:
    for place in range(len(checkpoint)):
        damaged = bytearray(checkpoint)
        damaged[place] ^= 1 << place % 8
        with pytest.raises(CheckpointError):
            from_bytes(bytes(damaged))


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_bodies_with_a_good_checksum(checkpoint: bytes, data: st.DataObject) -> None:
    """What somebody wrote on purpose is refused as well, or is a checkpoint."""
    body = bytearray(checkpoint[24:])
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    header = checkpoint[:12] + zlib.crc32(body).to_bytes(4, "little") + len(body).to_bytes(8, "little")
    try:
        from_bytes(header + bytes(body))
    except CheckpointError as e:
        assert "damaged" in str(e)  # noqa: PT017


@given(st.binary(max_size=80))
def test_foreign_bytes(data: bytes) -> None:
    with pytest.raises(CheckpointError):
        from_bytes(data)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        # What the real DALI 2.4 gives for a pipeline of one random operator.
        (
            b"\nJ\n\x0b__Uniform_0\x12;Philox_000000000A8DD586_0000000000000000:0000000000000000_0",
            "checkpoints of DALI",
        ),
        (b"", "no checkpoint of adali: 0 bytes"),
        ("\u1234", "one byte a character"),
        ("file.ckpt", "path .pathlib.Path. of a file"),
    ],
)
def test_what_is_no_checkpoint(given_: Any, message: str) -> None:
    pipe = pipeline(checkpoint=given_)
    with pytest.raises(CheckpointError, match=message):
        pipe.build()


def test_what_cannot_be_one() -> None:
    with pytest.raises(ArgumentError, match=r"checkpoint must be what .* got int"):
        pipeline(checkpoint=3)
    with pytest.raises(CheckpointError, match=r"cannot be read: .*nowhere"):
        pipeline(checkpoint=Path("/nowhere/run.ckpt")).build()


def test_a_later_version(checkpoint: bytes) -> None:
    later = checkpoint[:10] + (2).to_bytes(2, "little") + checkpoint[12:]
    with pytest.raises(CheckpointError, match="has version 2 of the format, and this adali reads version 1"):
        from_bytes(later)


@pytest.mark.parametrize(
    ("build", "kwargs", "message"),
    [
        (lambda: define(0.5), {}, r"another graph: operator 1, Pad, has other arguments or inputs now"),
        (lambda: define(other=True), {}, r"another graph: its operator 1 is Pad, and that of the pipeline is Cast"),
        (lambda: define(more=True), {}, r"another graph: its operator 3 is \(outputs\), .* is random__Normal"),
        (lambda: define()[:1], {}, r"another graph: its operator 2 is random__Uniform, .* is \(outputs\)"),
        (lambda: define()[::-1], {}, r"another graph"),
        (define, {"batch_size": 3}, "taken with batch_size=2, but the pipeline has batch_size=3"),
        (define, {"seed": 4}, "taken with seed=3, but the pipeline has seed=4. Leave the seed out"),
        (define, {"enable_checkpointing": False}, "made with enable_checkpointing=True"),
    ],
)
def test_another_pipeline(checkpoint: bytes, build: Any, kwargs: dict[str, Any], message: str) -> None:
    pipe = pipeline(build, checkpoint=checkpoint, **kwargs)
    with pytest.raises(CheckpointError, match=message):
        pipe.build()


@pytest.mark.parametrize(
    "kwargs",
    [
        {"num_threads": 3},
        {"prefetch_queue_depth": 4},
        {"on_error": "skip"},
        {"exec_pipelined": False, "exec_async": False},
        {"seed": -1},
        {"bytes_per_sample": 100},
    ],
)
def test_what_may_be_another(checkpoint: bytes, kwargs: dict[str, Any]) -> None:
    pipe, same = pipeline(checkpoint=checkpoint, **kwargs), pipeline(checkpoint=checkpoint)
    assert values(pipe.run()) == values(same.run())
    pipe.close()
    same.close()


def test_calls_that_are_refused() -> None:
    pipe = pipeline(enable_checkpointing=False)
    pipe.run()
    with pytest.raises(PipelineStateError, match="enable_checkpointing=True"):
        pipe.checkpoint()
    pipe.close()
    pipe = pipeline()
    pipe.run()
    pipe.close()
    with pytest.raises(PipelineClosedError):
        pipe.checkpoint()
    unbuilt = adali.Pipeline(2, 1, None, enable_checkpointing=True)
    with pytest.raises(PipelineStateError, match="not built"):
        unbuilt.checkpoint()

    @adali.sync.pipeline_def(batch_size=2, num_threads=1, device_id=None)
    def debugged() -> Any:
        return fn.random.uniform()

    with pytest.raises(ArgumentError, match="debug=True has no checkpoints"):
        debugged(debug=True, enable_checkpointing=True)
    made = debugged(enable_checkpointing=True)
    assert made.enable_checkpointing
    made.close()


def test_an_input_without_states(monkeypatch: pytest.MonkeyPatch) -> None:
    from adali.operators.reader.external_source import ExternalSource

    monkeypatch.setattr(ExternalSource, "state", InputOperator.state)
    pipe = pipeline(define)
    with pytest.raises(ArgumentError, match="does not support checkpoints, which enable_checkpointing=True asks for"):
        pipe.build()
    pipe = pipeline(define, enable_checkpointing=False)
    assert values(pipe.run())[0] == [[0.0, 0.0, 0.0]] * 2
    pipe.close()
    assert InputChunk(([],), ("",)).marks is None


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=5)
    | st.sampled_from([np.float32(2.5), np.int8(-3)]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers() | st.just("!"), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(PLAIN)
@settings(deadline=None)
def test_plain_data(value: Any) -> None:
    again = from_text(to_text(value))
    assert again == value
    assert type(again) is type(value)


def test_plain_data_with_arrays_and_without_sense() -> None:
    array = from_text(to_text({"a": np.arange(6, dtype=">i2").reshape(2, 3)}))["a"]
    assert (array.tolist(), array.dtype) == ([[0, 1, 2], [3, 4, 5]], np.dtype(">i2"))
    array[0] = 7  # it is nobody else's
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ValueError, match="contains itself"):
        to_text(loop)
    for bad in (object(), {1, 2}, np.array([object()])):
        with pytest.raises(TypeError, match="can be kept, not"):
            to_text(bad)
    for text in (
        "[",
        '{"!":"what","v":0}',
        '{"!":"array","t":"O","s":[1],"v":""}',
        '{"!":"bytes","v":"?"}',
        '{"!":"x"}',
    ):
        with pytest.raises(ValueError, match=r"."):
            from_text(text)
