"""The messages themselves: fields, pools, values of arguments, text."""

from __future__ import annotations

import importlib
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adali.errors import GraphError, SourceLine
from adali.graph.schema import ArgKind
from adali.serialization import DamagedPipelineError, message, values
from adali.types import DALIDataType, DALIInterpType


def test_field_numbers_on_the_wire() -> None:
    """Each field written alone has the tag of the documented number and type."""
    pipe = message.pipeline_def()
    pipe.num_threads = 2
    pipe.batch_size = 3
    op = pipe.op.add(name="N", inst_name="I", logical_id=4)
    op.input.add(name="a", device="cpu", is_argument_input=True, arg_name="k")
    op.output.add(name="b", device="gpu", is_argument_input=False, dtype=-1, ndim=2, layout="HW")
    argument = op.args.add(name="x", type="float", is_vector=False)
    argument.floats.append(1.5)
    argument.ints.append(1)
    argument.strings.append(b"s")
    argument.bools.append(True)
    argument.extra_args.add(name="e", is_vector=True)
    pipe.external_inputs.append("ext")
    pipe.pipe_outputs.add(name="o", device="cpu", is_argument_input=False)
    pipe.device_id, pipe.seed, pipe.enable_checkpointing = 1, 5, True
    pipe.executor_type, pipe.executor_flags = 11, 4
    pipe.prefetch_queue_depth_cpu, pipe.prefetch_queue_depth_gpu, pipe.bytes_per_sample_hint = 2, 3, 6
    minus_one = b"\xff" * 9 + b"\x01"
    inner = (
        b"\x0a\x01x\x12\x05float\x1d" + struct.pack("<f", 1.5) + b"\x20\x01\x2a\x01s\x30\x01\x3a\x05\x0a\x01e\x40\x01"
    )
    inner += b"\x40\x00"
    source = b"\x0a\x01a\x12\x03cpu\x18\x01\x22\x01k"
    target = b"\x0a\x01b\x12\x03gpu\x18\x00\x28" + minus_one + b"\x30\x02\x3a\x02HW"
    body = b"\x0a\x01N\x12" + bytes([len(source)]) + source + b"\x1a" + bytes([len(target)]) + target
    body += b"\x22" + bytes([len(inner)]) + inner + b"\x2a\x01I\x30\x04"
    assert message.to_bytes(pipe) == (
        b"\x08\x02\x10\x03\x2a" + bytes([len(body)]) + body + b"\x32\x03ext\x3a\x0a\x0a\x01o\x12\x03cpu\x18\x00"
        b"\x40\x01\x48\x05\x50\x01\x58\x0b\x60\x04\x68\x02\x70\x03\x78\x06"
    )


def test_defaults_of_outputs() -> None:
    node = message.pipeline_def().pipe_outputs.add()
    assert (node.dtype, node.ndim, node.layout) == (-1, -1, "")


def test_no_clash_with_another_dali_proto_file() -> None:
    pool = importlib.import_module("google.protobuf.descriptor_pool").Default()
    descriptors = importlib.import_module("google.protobuf.descriptor_pb2")
    with pytest.raises(KeyError):
        pool.FindMessageTypeByName("dali_proto.PipelineDef")
    file = descriptors.FileDescriptorProto(name="dali.proto", package="dali_proto", syntax="proto2")
    file.message_type.add(name="PipelineDef")
    pool.AddSerializedFile(file.SerializeToString())
    again = message._build()()
    again.batch_size = 1
    assert again.batch_size == 1
    assert message.pipeline_def().DESCRIPTOR.file.pool is not pool


def argument_of(kind: ArgKind, value: Any) -> Any:
    op = message.pipeline_def().op.add()
    values.add_value(op, "x", kind, value)
    return op.args[0]


@pytest.mark.parametrize(
    ("kind", "value", "type_name", "field"),
    [
        (ArgKind.INT, -(2**63), "int64", "ints"),
        (ArgKind.FLOAT, 0.5, "float", "floats"),
        (ArgKind.BOOL, True, "bool", "bools"),
        (ArgKind.STR, "é", "string", "strings"),
        (ArgKind.LAYOUT, "HWC", "string", "strings"),
        (ArgKind.DTYPE, DALIDataType.FLOAT16, "int64", "ints"),
        (ArgKind.INTERP, DALIInterpType.INTERP_CUBIC, "int64", "ints"),
    ],
)
def test_scalars(kind: ArgKind, value: Any, type_name: str, field: str) -> None:
    argument = argument_of(kind, value)
    assert (argument.type, argument.is_vector, len(argument.extra_args)) == (type_name, False, 0)
    assert len(getattr(argument, field)) == 1
    assert values.read_value(argument) == value


@pytest.mark.parametrize(
    ("kind", "value", "type_name"),
    [
        (ArgKind.INTS, (1, 2, 3), "int64"),
        (ArgKind.FLOATS, (), "float"),
        (ArgKind.BOOLS, (True, False), "bool"),
        (ArgKind.STRS, ("a", ""), "string"),
        (ArgKind.DTYPES, (DALIDataType.UINT8,), "int64"),
    ],
)
def test_vectors(kind: ArgKind, value: Any, type_name: str) -> None:
    argument = argument_of(kind, value)
    assert (argument.type, argument.is_vector) == (type_name, True)
    assert not any([argument.ints, argument.floats, argument.strings, argument.bools])
    assert [e.name for e in argument.extra_args] == [f"element {i}" for i in range(len(value))]
    assert all(e.type == type_name and not e.is_vector for e in argument.extra_args)
    assert values.read_value(argument) == value


def test_floats_come_back_as_they_were_written() -> None:
    """A message holds 32 bits; what the user wrote is the shortest decimal that has them."""
    for value in (0.1, 0.3, 123.675, 1e-8, 3.0, float("inf")):
        assert values.read_value(argument_of(ArgKind.FLOAT, value)) == value


@given(st.floats(width=32, allow_nan=False))
def test_float_bits_survive(value: float) -> None:
    argument = argument_of(ArgKind.FLOAT, values.read_value(argument_of(ArgKind.FLOAT, value)))
    assert struct.pack("<f", argument.floats[0]) == struct.pack("<f", value)


@given(st.binary(max_size=20))
def test_any_bytes_survive_as_text(data: bytes) -> None:
    assert message.from_text(message.to_text(data)) == data


def test_too_large_integers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"range|large|Value"):
        argument_of(ArgKind.INT, 2**64)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda a: a.ints.append(3),
        lambda a: a.floats.append(1.0),
        lambda a: a.ClearField("ints"),
        lambda a: a.extra_args.add(name="element 0", is_vector=False),
    ],
)
def test_a_scalar_holds_one_value(spoil: Any) -> None:
    argument = argument_of(ArgKind.INT, 1)
    spoil(argument)
    with pytest.raises(DamagedPipelineError, match="'x' does not hold one value"):
        values.read_value(argument)


def test_a_vector_holds_scalars_only() -> None:
    argument = argument_of(ArgKind.INTS, (1,))
    argument.ints.append(2)
    with pytest.raises(DamagedPipelineError, match="outside its elements"):
        values.read_value(argument)
    argument = argument_of(ArgKind.INTS, (1,))
    argument.extra_args[0].is_vector = True
    with pytest.raises(DamagedPipelineError, match="'element 0' does not hold one value"):
        values.read_value(argument)


def test_lines_survive() -> None:
    op = message.pipeline_def().op.add()
    line = SourceLine(__file__, 3, "function")
    values.add_line(op, line)
    read = values.read_line(op)
    assert read is not None
    assert (read.filename, read.lineno, read.function, read.text) == (__file__, 3, "function", line.text)
    assert str(read) == str(line)


def test_the_innermost_of_several_lines_is_read() -> None:
    op = message.pipeline_def().op.add()
    for name, value in zip(values._STACK, (("a.py", "b.py"), (1, 2), ("f", "g"), ("f()", "g()")), strict=True):
        values.add_value(op, name, ArgKind.INTS if isinstance(value[0], int) else ArgKind.STRS, value)
    assert str(values.read_line(op)) == "b.py:2 in g: g()"


def test_a_damaged_line_is_no_line() -> None:
    op = message.pipeline_def().op.add()
    values.add_line(op, SourceLine("a.py", 3, "function"))
    op.args[1].extra_args[0].type = "string"
    op.args[1].extra_args[0].ClearField("ints")
    assert values.read_line(op) is None
    op.args[1].extra_args[0].strings.append(b"three")
    assert values.read_line(op) is None
    del op.args[0]
    assert values.read_line(op) is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"abc", "no serialized pipeline"),
        (b"\x08\x04", "required fields miss: batch_size"),
        (b"\x10\x02\x2a\x02\x0a", "no serialized pipeline"),
        (b"\x10\x02\x2a\x00", r"required fields miss: op\[0\].name"),
        (b"\x10\x02\x2a\x03\x0a\x01\xff", r"no text|utf-8"),
        (b"\x10\x02\x32\x01\xff", r"no text|utf-8"),
    ],
)
def test_other_bytes_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(DamagedPipelineError, match=words):
        message.parse(data)


def test_deep_nesting_is_refused() -> None:
    def field(tag: bytes, content: bytes) -> bytes:
        size, length = len(content), b""
        while size > 127:
            size, length = size >> 7, length + bytes([size & 127 | 128])
        return tag + length + bytes([size]) + content

    data = b"\x0a\x00\x40\x00"
    for _ in range(5000):
        data = field(b"\x3a", data)
    with pytest.raises(DamagedPipelineError, match="no serialized pipeline"):
        message.parse(b"\x10\x02" + field(b"\x2a", b"\x0a\x01N" + field(b"\x22", data)))


def test_the_error_is_a_graph_error_and_a_value_error() -> None:
    assert issubclass(DamagedPipelineError, GraphError)
    assert issubclass(DamagedPipelineError, ValueError)
