"""The TFRecord file format: records with checksums, messages of type tf.train.Example, index files.

A record is a length (uint64, little-endian), its masked CRC-32C (uint32), that many bytes, and their masked CRC-32C.
An index file has a line ``OFFSET SIZE`` for each record, where the size counts all four parts.
"""

from __future__ import annotations

import functools
import importlib
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from adali.kernels.crc32c import Frame, check_frame, find_length, masked_crc
from adali.operators.base import Array
from adali.operators.reader.container import Container, DamagedError

__all__ = ["FRAME", "HEADER", "begins", "parse_index", "payload", "read_example", "walk"]

_HEADER = struct.Struct("<QI")
_LENGTH = struct.Struct("<Q")
_FOOTER = struct.Struct("<I")
#: Bytes of a record before its payload.
HEADER = _HEADER.size
#: Bytes of a record beside its payload.
FRAME = _HEADER.size + _FOOTER.size


def payload(record: Array, verify: bool, address: int) -> Array:
    """The payload of a record, whose checksums are compared unless ``verify`` is False.

    Args:
        record: its bytes, contiguous.
        verify: see above.
        address: where they lie in memory.

    Raises:
        DamagedError: it is no whole record.
    """
    if len(record) < FRAME:
        raise DamagedError(f"a TFRecord has at least {FRAME} bytes, this one {len(record)}")
    length = _LENGTH.unpack_from(record.data)[0]
    fault = check_frame(address, len(record)) if verify else Frame.WHOLE
    if fault == Frame.BAD_LENGTH:
        raise DamagedError("the checksum of the record's length is wrong: the file is damaged, or its index is wrong")
    if length != len(record) - FRAME:
        raise DamagedError(
            f"the index gives it {len(record)} bytes, but the record's own length is {length + FRAME} bytes"
        )
    if fault == Frame.BAD_DATA:
        raise DamagedError("the checksum of the record's data is wrong")
    return record[HEADER : -_FOOTER.size]


def begins(head: bytes) -> bool:
    """Whether bytes begin with the length of a record and its checksum."""
    _, check = _HEADER.unpack_from(head)
    return masked_crc(np.frombuffer(head[:8], np.uint8)) == int(check)


def walk(file: Container) -> Iterator[tuple[int, int, DamagedError | None]]:
    """Offset and size of each record of a file, in order; with an error where bytes belong to no record.

    After a damaged length the search goes on to the next place that has one with the right checksum.
    """
    offset = 0
    while offset < file.size:
        left = file.size - offset
        if left >= FRAME:
            header = file.read(offset, _HEADER.size)
            length, check = _HEADER.unpack(header.data)
            if masked_crc(header[:8]) == check and length <= left - FRAME:
                yield offset, length + FRAME, None
                offset += length + FRAME
                continue
        found = find_length(file.read(offset, left), 1)
        size = left if found < 0 else found
        yield offset, size, DamagedError(f"no record begins at byte {offset}; {size} bytes are left out")
        offset += size


def parse_index(text: bytes) -> Iterator[tuple[int, int, int, DamagedError | None]]:
    """Line number, offset and size of each entry of an index file; with an error where a line is none."""
    for number, line in enumerate(text.split(b"\n"), 1):
        words = line.split()
        if not words:
            continue
        if len(words) == 2 and all(word.isdigit() and len(word) < 19 for word in words):
            yield number, int(words[0]), int(words[1]), None
        else:
            yield number, 0, 0, DamagedError(f"expected a line 'OFFSET SIZE', got {line[:60]!r}")


@functools.cache
def _example() -> Any:
    """The message class of tf.train.Example, as TensorFlow's example.proto and feature.proto number its fields."""
    pb = importlib.import_module("google.protobuf.descriptor_pb2")
    kinds = pb.FieldDescriptorProto
    file = pb.FileDescriptorProto(name="adali/example.proto", package="adali_example", syntax="proto3")

    def message(name: str, parent: Any = file, **fields: tuple[int, Any, str]) -> Any:
        made = (parent.message_type if parent is file else parent.nested_type).add(name=name)
        for field_name, (number, kind, of) in fields.items():
            field = made.field.add(name=field_name, number=number, label=kinds.LABEL_OPTIONAL)
            if of == "repeated":
                field.label = kinds.LABEL_REPEATED
            if isinstance(kind, str):
                field.type, field.type_name = kinds.TYPE_MESSAGE, f".adali_example.{kind}"
            else:
                field.type = kind
            if of == "kind":
                field.oneof_index = 0
        return made

    message("BytesList", value=(1, kinds.TYPE_BYTES, "repeated"))
    message("FloatList", value=(1, kinds.TYPE_FLOAT, "repeated"))
    message("Int64List", value=(1, kinds.TYPE_INT64, "repeated"))
    feature = message(
        "Feature",
        bytes_list=(1, "BytesList", "kind"),
        float_list=(2, "FloatList", "kind"),
        int64_list=(3, "Int64List", "kind"),
    )
    feature.oneof_decl.add(name="kind")
    features = message("Features", feature=(1, "Features.FeatureEntry", "repeated"))
    entry = message("FeatureEntry", features, key=(1, kinds.TYPE_STRING, ""), value=(2, "Feature", ""))
    entry.options.map_entry = True
    message("Example", features=(1, "Features", ""))
    pool = importlib.import_module("google.protobuf.descriptor_pool").DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    factory = importlib.import_module("google.protobuf.message_factory")
    return factory.GetMessageClass(pool.FindMessageTypeByName("adali_example.Example"))


def read_example(data: Array) -> Any:
    """The map of features in the bytes of a tf.train.Example.

    Raises:
        DamagedError: they are none.
    """
    errors = importlib.import_module("google.protobuf.message")
    try:
        return _example().FromString(np.ascontiguousarray(data).data).features.feature
    except errors.DecodeError:
        raise DamagedError(f"the record's {len(data)} bytes are no tf.train.Example") from None
