"""What the readers of LMDB environments share: finding the records, and the messages in them."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.operators.base import Array
from adali.operators.reader.container import ContainerReader, DamagedError
from adali.operators.reader.lmdb_file import records
from adali.operators.reader.loader import Row
from adali.storage import is_url, join, local_path

__all__ = ["LmdbReader", "parse"]

#: Fields of the messages, as Caffe's and Caffe2's .proto files number them: name -> (number, type, repeated).
_SCHEMA: dict[str, dict[str, tuple[int, str, bool]]] = {
    "Datum": {
        "channels": (1, "int32", False),
        "height": (2, "int32", False),
        "width": (3, "int32", False),
        "data": (4, "bytes", False),
        "label": (5, "int32", False),
        "float_data": (6, "float", True),
        "encoded": (7, "bool", False),
    },
    "TensorProto": {
        "dims": (1, "int64", True),
        "data_type": (2, "int32", False),
        "float_data": (3, "float", True),
        "int32_data": (4, "int32", True),
        "byte_data": (5, "bytes", False),
        "string_data": (6, "bytes", True),
    },
    "TensorProtos": {"protos": (1, "TensorProto", True)},
}


@functools.cache
def _messages() -> dict[str, Any]:
    pb = importlib.import_module("google.protobuf.descriptor_pb2")
    kinds = pb.FieldDescriptorProto
    file = pb.FileDescriptorProto(name="adali/caffe.proto", package="adali_caffe", syntax="proto2")
    for name, fields in _SCHEMA.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind, repeated) in fields.items():
            label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            field = message.field.add(name=field_name, number=number, label=label)
            if kind in _SCHEMA:
                field.type, field.type_name = kinds.TYPE_MESSAGE, f".adali_caffe.{kind}"
            else:
                field.type = getattr(kinds, f"TYPE_{kind.upper()}")
    pool = importlib.import_module("google.protobuf.descriptor_pool").DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    factory = importlib.import_module("google.protobuf.message_factory")
    return {
        name: factory.GetMessageClass(pool.FindMessageTypeByName(f"adali_caffe.{name}"))
        for name in ("Datum", "TensorProtos")
    }


def parse(name: str, data: Array) -> Any:
    """The message of that name in the bytes.

    Raises:
        DamagedError: they are none.
    """
    errors = importlib.import_module("google.protobuf.message")
    try:
        return _messages()[name].FromString(np.ascontiguousarray(data).data)
    except errors.DecodeError:
        raise DamagedError(f"the record's {len(data)} bytes are no {name} message") from None


class LmdbReader(ContainerReader):
    """Base of the readers of LMDB: ``path`` names folders with a file ``data.mdb``, or such files themselves."""

    def prepare(self) -> None:
        given = self.args["path"]
        self.open([_database(path) for path in given])
        places: list[tuple[int, int, int]] = []
        self._keys: list[bytes] = []
        for number, path in enumerate(given):
            before = len(places)
            try:
                for record in records(self.archives.walkable(number)):
                    if record.error is not None:
                        key = f"key {_text(record.key)}" if record.key else f"byte {record.offset}"
                        self.mark_bad(len(places), record.error, f"{path} at {key}")
                    # A damaged page number may be beyond all bounds.
                    places.append((number, 0, 0) if record.error else (number, record.offset, record.size))
                    self._keys.append(record.key)
            except (OSError, DamagedError) as e:
                raise self.error(f"cannot read the LMDB {path!r}: {e}") from e
            self.counts.append(len(places) - before)
        self._places = np.array(places, np.int64).reshape(-1, 3)
        self.check_any("record")

    def setup(self) -> None:
        if not self.args["path"]:
            raise self.error("path is empty")
        if not self.spec.outputs:
            raise self.error("it has no outputs: neither an image nor a label nor anything else is available")
        super().setup()

    def nbytes(self, index: int) -> int:
        return int(self._places[index, 2])

    def ranges(self, index: int) -> tuple[int, Sequence[tuple[int, int]]]:
        number, offset, size = self._places[index].tolist()
        return number, [(offset, offset + size)]

    def record_source(self, index: int) -> str:
        return f"{self.args['path'][self._places[index, 0]]} at key {_text(self._keys[index])}"

    def load_record(self, index: int) -> Row:
        number, offset, size = self._places[index].tolist()
        return self.extract(self.archives.read(number, offset, size)), self.record_source(index)

    def extract(self, data: Array) -> tuple[Array, ...]:
        """The outputs, from the bytes of a record."""
        raise NotImplementedError


def _database(path: str) -> str:
    """The file with the data of an environment that is given by its folder or by that file."""
    if is_url(path):
        return path if path.endswith(".mdb") else join(path, "data.mdb")
    return os.path.join(path, "data.mdb") if os.path.isdir(local_path(path)) else path


def _text(key: bytes) -> str:
    return key.decode("utf-8", "backslashreplace")
