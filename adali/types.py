"""Enums, bare constants and small value types of the pipeline API.

Numeric values equal those of NVIDIA DALI (`tests/golden/enums.json` holds them), so that serialized
pipelines, checkpoints and scripts that store the numbers stay exchangeable.
"""

from __future__ import annotations

import builtins
from enum import Enum
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "ANY_DATA",
    "BGR",
    "BOOL",
    "CPU_ONLY_DEVICE_ID",
    "DATA_TYPE",
    "FEATURE",
    "FLOAT",
    "FLOAT16",
    "FLOAT64",
    "GRAY",
    "IMAGE_TYPE",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "INTERP_CUBIC",
    "INTERP_GAUSSIAN",
    "INTERP_LANCZOS3",
    "INTERP_LINEAR",
    "INTERP_NN",
    "INTERP_TRIANGULAR",
    "INTERP_TYPE",
    "NCHW",
    "NFCHW",
    "NFHWC",
    "NHWC",
    "NO_TYPE",
    "PYTHON_OBJECT",
    "RGB",
    "SAME",
    "STRING",
    "TENSOR_LAYOUT",
    "UINT8",
    "UINT16",
    "UINT32",
    "UINT64",
    "BatchInfo",
    "CUDAStream",
    "Constant",
    "ConstantNode",
    "DALIDataType",
    "DALIImageType",
    "DALIInterpType",
    "PipelineAPIType",
    "SampleInfo",
    "ScalarConstant",
    "TensorLayout",
    "YCbCr",
    "storage_dtype",
    "to_dali_type",
    "to_numpy_type",
]

AnyArray: TypeAlias = npt.NDArray[Any]


class _IntValued(Enum):
    """An enum that equals, hashes and indexes like its integer, without being one.

    Not an `IntEnum`: a member must not pass for a number where an operator takes numbers, must not take
    part in arithmetic, and the member with the value 0 must be true, so that `dtype or default` works.
    """

    def __int__(self) -> int:
        return int(self._value_)

    def __index__(self) -> int:
        return int(self._value_)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, _IntValued):
            return bool(self._value_ == other._value_)
        if isinstance(other, (int, np.integer)):
            return bool(self._value_ == other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._value_)


class DALIDataType(_IntValued):
    """Type of the elements of a tensor.

    A member is also callable and then gives the NumPy type string that the classic API returned from
    `tensor.dtype()`; `np.dtype()` accepts it.

    >>> DALIDataType.UINT8()
    'B'
    """

    NO_TYPE = -1
    UINT8 = 0
    UINT16 = 1
    UINT32 = 2
    UINT64 = 3
    INT8 = 4
    INT16 = 5
    INT32 = 6
    INT64 = 7
    FLOAT16 = 8
    FLOAT = 9
    FLOAT64 = 10
    BOOL = 11
    STRING = 12
    _BOOL_VEC = 13
    _INT32_VEC = 14
    _STRING_VEC = 15
    _FLOAT_VEC = 16
    FEATURE = 17
    _FEATURE_VEC = 18
    _FEATURE_DICT = 19
    IMAGE_TYPE = 20
    DATA_TYPE = 21
    INTERP_TYPE = 22
    TENSOR_LAYOUT = 23
    PYTHON_OBJECT = 24
    _TENSOR_LAYOUT_VEC = 25
    _DATA_TYPE_VEC = 26
    _INT64_VEC = 27

    def __call__(self) -> str:
        """NumPy type string: a `struct` character for numbers, `i` for the enum types (they are stored as
        32-bit integers), `S` for text, `V` for no type and `O` for what only lives as a Python object."""
        return _TYPE_STRINGS.get(self, "O")


class DALIInterpType(_IntValued):
    """Interpolation. Linear and cubic mean bilinear and bicubic for images."""

    INTERP_NN = 0
    INTERP_LINEAR = 1
    INTERP_CUBIC = 2
    INTERP_LANCZOS3 = 3
    INTERP_TRIANGULAR = 4
    INTERP_GAUSSIAN = 5


class DALIImageType(_IntValued):
    """Colour space of an image; `ANY_DATA` leaves the channels as the file has them."""

    RGB = 0
    BGR = 1
    GRAY = 2
    YCbCr = 3
    ANY_DATA = 4


class PipelineAPIType(Enum):
    """Which family of calls drives a pipeline; the API check refuses to mix them."""

    BASIC = 0
    ITERATOR = 1
    SCHEDULED = 2


class TensorLayout(str):
    """Names of a tensor's axes, one letter an axis: `HWC`, `CHW`, `FHWC`; empty when not known.

    It is a string, so `tensor.layout() == "HWC"` holds. Raises `TypeError` when made from anything else.
    """

    __slots__ = ()

    def __new__(cls, layout: str) -> TensorLayout:
        if not isinstance(layout, str):
            raise TypeError(f"TensorLayout takes a str, got {type(layout).__name__}.")
        return str.__new__(cls, layout)


NO_TYPE = DALIDataType.NO_TYPE
UINT8 = DALIDataType.UINT8
UINT16 = DALIDataType.UINT16
UINT32 = DALIDataType.UINT32
UINT64 = DALIDataType.UINT64
INT8 = DALIDataType.INT8
INT16 = DALIDataType.INT16
INT32 = DALIDataType.INT32
INT64 = DALIDataType.INT64
FLOAT16 = DALIDataType.FLOAT16
FLOAT = DALIDataType.FLOAT
FLOAT64 = DALIDataType.FLOAT64
BOOL = DALIDataType.BOOL
STRING = DALIDataType.STRING
FEATURE = DALIDataType.FEATURE
IMAGE_TYPE = DALIDataType.IMAGE_TYPE
DATA_TYPE = DALIDataType.DATA_TYPE
INTERP_TYPE = DALIDataType.INTERP_TYPE
TENSOR_LAYOUT = DALIDataType.TENSOR_LAYOUT
PYTHON_OBJECT = DALIDataType.PYTHON_OBJECT

INTERP_NN = DALIInterpType.INTERP_NN
INTERP_LINEAR = DALIInterpType.INTERP_LINEAR
INTERP_CUBIC = DALIInterpType.INTERP_CUBIC
INTERP_LANCZOS3 = DALIInterpType.INTERP_LANCZOS3
INTERP_TRIANGULAR = DALIInterpType.INTERP_TRIANGULAR
INTERP_GAUSSIAN = DALIInterpType.INTERP_GAUSSIAN

RGB = DALIImageType.RGB
BGR = DALIImageType.BGR
GRAY = DALIImageType.GRAY
YCbCr = DALIImageType.YCbCr
ANY_DATA = DALIImageType.ANY_DATA

# Layouts of one sample; the N of the names is the batch, which a sample has not.
NCHW = "CHW"
NHWC = "HWC"
NFCHW = "FCHW"
NFHWC = "FHWC"
SAME = ""

# The `device_id` that stands for "no device"; `None` means the same in a pipeline's constructor.
CPU_ONLY_DEVICE_ID = -99999

_NUMPY_TYPES: dict[DALIDataType, type[np.generic]] = {
    UINT8: np.uint8,
    UINT16: np.uint16,
    UINT32: np.uint32,
    UINT64: np.uint64,
    INT8: np.int8,
    INT16: np.int16,
    INT32: np.int32,
    INT64: np.int64,
    FLOAT16: np.float16,
    FLOAT: np.float32,
    FLOAT64: np.float64,
    BOOL: np.bool_,
}

# Built-in enums travel in tensors as their 32-bit values.
_ENUM_TYPES = (IMAGE_TYPE, DATA_TYPE, INTERP_TYPE)

_STORAGE: dict[DALIDataType, np.dtype[Any]] = {
    **{dali: np.dtype(scalar) for dali, scalar in _NUMPY_TYPES.items()},
    **{dali: np.dtype(np.int32) for dali in _ENUM_TYPES},
    PYTHON_OBJECT: np.dtype(object),
}

# `q` and `Q`, not NumPy's own `l` and `L`: those are 32 bits wide on some platforms.
_TYPE_STRINGS: dict[DALIDataType, str] = {
    UINT8: "B",
    UINT16: "H",
    UINT32: "I",
    UINT64: "Q",
    INT8: "b",
    INT16: "h",
    INT32: "i",
    INT64: "q",
    FLOAT16: "e",
    FLOAT: "f",
    FLOAT64: "d",
    BOOL: "?",
    IMAGE_TYPE: "i",
    DATA_TYPE: "i",
    INTERP_TYPE: "i",
    STRING: "S",
    TENSOR_LAYOUT: "S",
    NO_TYPE: "V",
}

# Containers look types up here for every batch, so this is a dict and not a function.
DALI_TYPE_OF_DTYPE: dict[np.dtype[Any], DALIDataType] = {
    **{np.dtype(scalar): dali for dali, scalar in _NUMPY_TYPES.items()},
    np.dtype(object): PYTHON_OBJECT,
}

# Framework names whose meaning NumPy does not share: its "float" has 64 bits, here it has 32.
_TYPES_BY_NAME: dict[str, DALIDataType] = {
    **{np.dtype(scalar).name: dali for dali, scalar in _NUMPY_TYPES.items()},
    "bool_": BOOL,
    "half": FLOAT16,
    "float": FLOAT,
    "double": FLOAT64,
}


def to_numpy_type(dali_type: DALIDataType) -> type[np.generic]:
    """NumPy scalar type with the same elements as `dali_type`.

    Raises `KeyError` when NumPy has none (strings, enums, vectors, Python objects, no type).
    """
    return _NUMPY_TYPES[dali_type]


def storage_dtype(dali_type: DALIDataType) -> np.dtype[Any]:
    """NumPy dtype in which a tensor of `dali_type` is held; for enum types that is `int32`.

    Raises `KeyError` for types no tensor can hold.
    """
    return _STORAGE[dali_type]


def to_dali_type(framework_type: Any) -> DALIDataType:
    """`DALIDataType` of a NumPy dtype or scalar type, a framework's dtype (`torch.float32`) or a name.

    `float` is 32 bits wide, as constants of pipelines are, in words (`"float"`) and as the Python type.
    Raises `TypeError` for anything without an exact counterpart: `int` (its width is not said), complex
    numbers, foreign byte order, `bfloat16`, text.
    """
    if isinstance(framework_type, DALIDataType):
        return framework_type
    if framework_type is bool:
        return BOOL
    if framework_type is float:
        return FLOAT
    if isinstance(framework_type, np.dtype):  # not by its name, which does not tell the byte order
        found = DALI_TYPE_OF_DTYPE.get(framework_type)
    else:
        found = _from_foreign_type(framework_type)
    if found is None or found is PYTHON_OBJECT:
        hint = " Cast it to float16 or float32." if "bfloat16" in str(framework_type) else ""
        raise TypeError(f"'{framework_type}' could not be converted into any known DALIDataType.{hint}")
    return found


def _from_foreign_type(framework_type: Any) -> DALIDataType | None:
    name = framework_type if isinstance(framework_type, str) else str(getattr(framework_type, "name", ""))
    if not name and type(framework_type).__name__ == "dtype":
        name = str(framework_type)  # "torch.float32"
    found = _TYPES_BY_NAME.get(name.rpartition(".")[2])
    if found is None and framework_type not in (None, int, "int", "uint"):
        try:
            found = DALI_TYPE_OF_DTYPE.get(np.dtype(framework_type))
        except TypeError:
            return None
    return found


class ScalarConstant:
    """A scalar with a declared element type, for expressions with nodes of a graph.

    Without `dtype` the type follows the value: `bool` gives BOOL, `float` gives FLOAT (32 bits), `int`
    gives INT32 or, where that is too narrow, INT64 or UINT64; NumPy scalars keep their type.

    Raises `TypeError` for a value that is not a real scalar or a type that is not numeric, and
    `OverflowError` for an integer of more than 64 bits.
    """

    def __init__(self, value: Any, dtype: DALIDataType | int | None = None) -> None:
        if isinstance(value, (np.ndarray, np.generic)) and value.shape == ():
            if dtype is None:
                dtype = to_dali_type(value.dtype)
            value = value.item()
        if not isinstance(value, (bool, int, float)):
            raise TypeError(f"Expected a scalar of type bool, int or float, got {type(value).__name__}.")
        if dtype is None:
            dtype = _type_of_scalar(value)
        if isinstance(dtype, int):
            dtype = DALIDataType(dtype)
        if not isinstance(dtype, DALIDataType) or dtype not in _NUMPY_TYPES:
            raise TypeError(f"A scalar constant has a numeric or boolean DALIDataType, got {dtype!r}.")
        self.dtype: DALIDataType = dtype
        self.value: bool | int | float
        if dtype is BOOL:
            self.value = bool(value)
        elif dtype in (FLOAT16, FLOAT, FLOAT64):
            self.value = float(value)
        else:
            self.value = int(value)

    @property
    def shape(self) -> list[int]:
        """Always empty: a scalar has no axes."""
        return []

    def __bool__(self) -> builtins.bool:
        return builtins.bool(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __eq__(self, other: Any) -> Any:
        # Anything but a constant is left to decide for itself: compared with a node, it makes a node.
        if isinstance(other, ScalarConstant):
            return self.dtype is other.dtype and self.value == other.value
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.dtype, self.value))

    def bool(self) -> ScalarConstant:
        """The same value as BOOL."""
        return ScalarConstant(self.value, BOOL)

    def int8(self) -> ScalarConstant:
        """The same value as INT8."""
        return ScalarConstant(self.value, INT8)

    def int16(self) -> ScalarConstant:
        """The same value as INT16."""
        return ScalarConstant(self.value, INT16)

    def int32(self) -> ScalarConstant:
        """The same value as INT32."""
        return ScalarConstant(self.value, INT32)

    def int64(self) -> ScalarConstant:
        """The same value as INT64."""
        return ScalarConstant(self.value, INT64)

    def uint8(self) -> ScalarConstant:
        """The same value as UINT8."""
        return ScalarConstant(self.value, UINT8)

    def uint16(self) -> ScalarConstant:
        """The same value as UINT16."""
        return ScalarConstant(self.value, UINT16)

    def uint32(self) -> ScalarConstant:
        """The same value as UINT32."""
        return ScalarConstant(self.value, UINT32)

    def uint64(self) -> ScalarConstant:
        """The same value as UINT64."""
        return ScalarConstant(self.value, UINT64)

    def float16(self) -> ScalarConstant:
        """The same value as FLOAT16."""
        return ScalarConstant(self.value, FLOAT16)

    def float32(self) -> ScalarConstant:
        """The same value as FLOAT."""
        return ScalarConstant(self.value, FLOAT)

    def float64(self) -> ScalarConstant:
        """The same value as FLOAT64."""
        return ScalarConstant(self.value, FLOAT64)

    def __str__(self) -> str:
        return f"{self.value}:{self.dtype}"

    def __repr__(self) -> str:
        return f"{self.value}"


def _type_of_scalar(value: bool | int | float) -> DALIDataType:
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, float):
        return FLOAT
    for candidate in (INT32, INT64, UINT64):
        limits = np.iinfo(_STORAGE[candidate])
        if limits.min <= value <= limits.max:
            return candidate
    raise OverflowError(f"{value} does not fit in 64 bits.")


def Constant(
    value: Any,
    dtype: DALIDataType | None = None,
    shape: Any = None,
    layout: str | None = None,
    device: str | None = None,
    **kwargs: Any,
) -> Any:
    """A constant for use in a pipeline: a `ScalarConstant`, or a node that gives it to every sample.

    `value` is a number, an enum of this module, a sequence of them or an array. A number without `shape`,
    `layout`, `device` and further arguments of the `Constant` operator gives a `ScalarConstant`, everything
    else a node. Without `dtype`, Python numbers and 64-bit arrays become 32 bits wide.

    Raises `TypeError` for a value that is not numeric.
    """
    scalar = isinstance(value, (bool, int, float, np.generic)) or (isinstance(value, np.ndarray) and not value.ndim)
    if scalar and shape is None and layout is None and device is None and not kwargs:
        return ScalarConstant(value, dtype)
    return ConstantNode(device, value, dtype, shape, layout, **kwargs)


def ConstantNode(
    device: str | None, value: Any, dtype: DALIDataType | None, shape: Any, layout: str | None, **kwargs: Any
) -> Any:
    """A node that gives a constant to every sample; see `Constant`."""
    # Not above: containers need this module, but no graph.
    import adali.operators  # noqa: F401
    from adali.operators.generic.constant import constant_node

    return constant_node(value, device or "cpu", dtype=dtype, shape=shape, layout=layout, **kwargs)


class SampleInfo:
    """What an external source is asked for, when it is asked sample by sample."""

    def __init__(self, idx_in_epoch: int, idx_in_batch: int, iteration: int, epoch_idx: int) -> None:
        self.idx_in_epoch = idx_in_epoch
        """0-based index of the sample in the epoch"""
        self.idx_in_batch = idx_in_batch
        """0-based index of the sample in its batch"""
        self.iteration = iteration
        """0-based index of the batch in the epoch"""
        self.epoch_idx = epoch_idx
        """0-based index of the epoch"""


class BatchInfo:
    """What an external source is asked for, when it is asked batch by batch."""

    def __init__(self, iteration: int, epoch_idx: int) -> None:
        self.iteration = iteration
        """0-based index of the batch in the epoch"""
        self.epoch_idx = epoch_idx
        """0-based index of the epoch"""


class CUDAStream:
    """A CUDA stream by its raw handle; 0 is the default stream."""

    def __init__(self, ptr: int = 0) -> None:
        self._ptr = ptr

    @property
    def ptr(self) -> int:
        """The raw `cudaStream_t` as an integer."""
        return self._ptr
