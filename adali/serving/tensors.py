"""Tensors as the Open Inference Protocol carries them: datatypes, JSON data, binary data."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from adali.operators.base import Array
from adali.serving.errors import InvalidInput, ServingError
from adali.serving.inputs import InputSpec
from adali.serving.runner import Column

__all__ = [
    "BYTES",
    "datatype_of",
    "from_binary",
    "from_elements",
    "from_json",
    "joined_rows",
    "to_binary",
    "to_bytes_tensor",
]

#: Elements of any length: strings, files.
BYTES = "BYTES"

_DTYPES: dict[str, np.dtype[Any]] = {
    name: np.dtype(kind)
    for name, kind in (
        ("BOOL", np.bool_),
        ("UINT8", np.uint8),
        ("UINT16", np.uint16),
        ("UINT32", np.uint32),
        ("UINT64", np.uint64),
        ("INT8", np.int8),
        ("INT16", np.int16),
        ("INT32", np.int32),
        ("INT64", np.int64),
        ("FP16", np.float16),
        ("FP32", np.float32),
        ("FP64", np.float64),
    )
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}

#: Axes that a tensor may have; NumPy has a limit of its own.
MAX_AXES = 32


def datatype_of(dtype: np.dtype[Any]) -> str:
    """The protocol's name of an element type.

    Raises:
        ServingError: it has none.
    """
    name = _NAMES.get(dtype.newbyteorder("="))
    if name is None:
        raise ServingError(f"elements of type {dtype} cannot be sent")
    return name


def _dtype(datatype: str, name: str) -> np.dtype[Any]:
    dtype = _DTYPES.get(datatype)
    if dtype is None:
        known = ", ".join([*_DTYPES, BYTES])
        raise InvalidInput(f"input {name!r} has the datatype {datatype!r}; known are: {known}")
    return dtype


def _checked_shape(shape: Any, name: str) -> tuple[int, ...]:
    if not isinstance(shape, Iterable) or isinstance(shape, (str, bytes)):
        raise InvalidInput(f"input {name!r} needs a shape: a list of dimensions")
    dims = tuple(shape)
    if not 1 <= len(dims) <= MAX_AXES:
        raise InvalidInput(f"input {name!r} needs 1 to {MAX_AXES} dimensions, the first of which counts the rows")
    for d in dims:
        if isinstance(d, bool) or not isinstance(d, int) or not 0 <= d < 1 << 40:
            raise InvalidInput(f"input {name!r} has a dimension {d!r} in its shape")
    return dims


def from_binary(spec: InputSpec, datatype: str, shape: Any, data: Any) -> Sequence[Any]:
    """The rows of a tensor in binary form: elements in row-major order, little-endian.

    Each of ``BYTES`` is a length (4 bytes) and so many bytes.

    Raises:
        InvalidInput: datatype, shape and data do not go together, or not with the input.
    """
    dims = _checked_shape(shape, spec.name)
    view = memoryview(data)
    if datatype == BYTES:
        return _bytes_rows(spec, dims, _elements(spec.name, view))
    dtype = _dtype(datatype, spec.name)
    wanted = math.prod(dims) * dtype.itemsize
    if wanted != len(view):
        raise InvalidInput(
            f"input {spec.name!r} of shape {list(dims)} and datatype {datatype} takes {wanted} bytes, got {len(view)}"
        )
    array = np.frombuffer(view, dtype.newbyteorder("<"))
    # Compiled kernels expect elements where their size lets them lie.
    return list(np.require(array.astype(dtype, copy=False), requirements="A").reshape(dims))


def _elements(name: str, view: memoryview) -> list[memoryview]:
    elements: list[memoryview] = []
    at, end = 0, len(view)
    while at < end:
        if at + 4 > end:
            raise InvalidInput(f"input {name!r} ends within the length of element {len(elements)}")
        (size,) = struct.unpack_from("<I", view, at)
        at += 4
        if at + size > end:
            raise InvalidInput(f"input {name!r} ends within element {len(elements)}, which has {size} bytes")
        elements.append(view[at : at + size])
        at += size
    return elements


def _bytes_rows(spec: InputSpec, dims: tuple[int, ...], elements: Sequence[Any]) -> Sequence[Any]:
    if spec.dtype not in (None, np.dtype(np.uint8)) or spec.ndim not in (None, 1):
        raise InvalidInput(f"input {spec.name!r} takes {datatype_of(spec.dtype or np.dtype(np.uint8))}, not {BYTES}")
    if any(d != 1 for d in dims[1:]):
        raise InvalidInput(
            f"input {spec.name!r} of datatype {BYTES} takes one element a row: the shape [rows] or [rows, 1]"
        )
    if len(elements) != dims[0]:
        raise InvalidInput(f"input {spec.name!r} has {len(elements)} elements, but the shape {list(dims)}")
    return elements


def from_elements(spec: InputSpec, datatype: str, shape: Any, elements: Any) -> Sequence[Any]:
    """The rows of a tensor given as a flat sequence of elements (the typed contents of a gRPC message).

    Raises:
        InvalidInput: as :func:`from_binary`.
    """
    dims = _checked_shape(shape, spec.name)
    if datatype == BYTES:
        return _bytes_rows(spec, dims, list(elements))
    return _typed(spec, datatype, dims, list(elements))


def from_json(spec: InputSpec, datatype: Any, shape: Any, data: Any, *, base64: bool = False) -> Sequence[Any]:
    """The rows of a tensor in JSON form: flat or nested lists.

    Args:
        base64: elements of ``BYTES`` are base64 text; otherwise they are text.

    Raises:
        InvalidInput: as :func:`from_binary`.
    """
    if not isinstance(data, list) or not isinstance(datatype, str):
        raise InvalidInput(f"input {spec.name!r} needs a datatype and a list of data")
    dims = _checked_shape(shape, spec.name)
    if datatype != BYTES:
        return _typed(spec, datatype, dims, data)
    elements: list[bytes] = []
    for text in _flat(data):
        if not isinstance(text, str):
            raise InvalidInput(f"input {spec.name!r} of datatype {BYTES} takes strings")
        try:
            elements.append(_decoded(text) if base64 else text.encode())
        except ValueError as e:
            raise InvalidInput(f"input {spec.name!r}, element {len(elements)}: {e}") from None
    return _bytes_rows(spec, dims, elements)


def _decoded(text: str) -> bytes:
    from base64 import b64decode

    return b64decode(text, validate=True)


def _flat(data: list[Any]) -> list[Any]:
    for _ in range(MAX_AXES):
        if not any(isinstance(x, list) for x in data):
            return data
        data = [y for x in data for y in (x if isinstance(x, list) else [x])]
    raise InvalidInput("the data is nested too deep")


def _typed(spec: InputSpec, datatype: str, dims: tuple[int, ...], data: list[Any]) -> Sequence[Any]:
    dtype = _dtype(datatype, spec.name)
    try:
        array = np.asarray(data)
    except ValueError:
        raise InvalidInput(f"the data of input {spec.name!r} is no tensor: rows differ in length") from None
    if array.size != math.prod(dims):
        raise InvalidInput(f"input {spec.name!r} has {array.size} elements, but the shape {list(dims)}")
    kinds = "b" if dtype.kind == "b" else "iu" if dtype.kind in "iu" else "iuf"
    if array.size and array.dtype.kind not in kinds:
        raise InvalidInput(f"the data of input {spec.name!r} is not of the datatype {datatype}")
    if array.size and dtype.kind in "iu":
        limits = np.iinfo(dtype)
        low, high = int(array.min()), int(array.max())
        if low < limits.min or high > limits.max:
            raise InvalidInput(f"input {spec.name!r} has an element that is no {datatype}")
    with np.errstate(over="ignore"):
        return list(array.astype(dtype).reshape(dims))


def joined_rows(name: str, column: Column) -> Array:
    """The rows of an output as one tensor.

    Raises:
        InvalidInput: they differ in shape.
    """
    if isinstance(column, np.ndarray):
        return column
    shapes = sorted({row.shape for row in column})
    if len(shapes) > 1:
        raise InvalidInput(
            f"the rows of output {name!r} differ in shape ({shapes[0]} and {shapes[-1]}), so they are no tensor: ask "
            "for one row in a request"
        )
    return np.stack(column)


def to_binary(array: Array) -> memoryview:
    """An array's elements in row-major order, little-endian; the array's own memory where it is so already."""
    packed = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return memoryview(packed.reshape(-1).view(np.uint8))  # type: ignore[arg-type]


def to_bytes_tensor(elements: Iterable[bytes]) -> bytes:
    """The binary form of ``BYTES``."""
    return b"".join(part for e in elements for part in (struct.pack("<I", len(e)), e))
