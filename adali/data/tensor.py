"""One sample: `TensorCPU`, and `BaseTensor`, what it shares with its twin on the device."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from adali.data import formatting
from adali.data.buffers import (
    DL_CPU,
    AnyArray,
    check_layout,
    copy_to_host_memory,
    element_type,
    host_array,
)
from adali.types import DALIDataType, TensorLayout, storage_dtype

if TYPE_CHECKING:
    from typing_extensions import Self

    from adali.data.device import TensorGPU

MISSING: Any = type("_Missing", (), {"__repr__": lambda self: "<required>"})()


def only_argument(function: str, first: Any, **aliases: Any) -> Any:
    """The one object that was given, under whatever name; `TypeError` if there is not exactly one."""
    given = [value for value in (first, *aliases.values()) if value is not MISSING]
    if len(given) != 1:
        raise TypeError(f"{function} takes exactly one object to wrap, got {len(given)}.")
    return given[0]


class BaseTensor:
    """What a tensor is wherever its memory lies.

    A tensor keeps a reference to its memory's owner, and so does every view taken of it: memory stays
    valid as long as anything that shows it is alive.
    """

    __slots__ = ("__weakref__", "_array", "_dtype", "_layout", "_source_info")

    _array: Any
    _dtype: DALIDataType
    _layout: str
    _source_info: str | None

    @classmethod
    def _from_array(
        cls,
        array: Any,
        layout: str = "",
        *,
        dtype: DALIDataType | None = None,
        source_info: str | None = None,
    ) -> Self:
        """Wrap a packed array without any check. `dtype` is given for the enum types, held as int32."""
        self = cls.__new__(cls)
        self._array = array
        self._dtype = element_type(array.dtype) if dtype is None else dtype
        self._layout = layout
        self._source_info = source_info
        return self

    @property
    def dtype(self) -> DALIDataType:
        """Element type. Called, as in the classic API, it gives the NumPy type string: `tensor.dtype()`."""
        return self._dtype

    @property
    def nbytes(self) -> int:
        """Size of the data in bytes."""
        return int(self._array.nbytes)

    def shape(self) -> list[int]:
        """Extent of each axis; empty for a scalar."""
        return list(self._array.shape)

    def ndim(self) -> int:
        """Number of axes."""
        return int(self._array.ndim)

    def layout(self) -> TensorLayout:
        """Names of the axes, such as `HWC`; empty when unknown. A `str`."""
        return TensorLayout(self._layout)

    def set_layout(self, layout: str | None) -> None:
        """Name the axes; None or an empty string takes the names away.

        Raises `ValueError` if the number of letters is not the number of axes.
        """
        self._layout = check_layout(layout, self.ndim(), "tensor")

    def source_info(self) -> str:
        """Where the data came from, usually a file name; empty when unknown."""
        return self._source_info or ""

    def get_property(self, name: str) -> Any:
        """The property called `name` (`"layout"` or `"source_info"`), None if it is unknown or not set."""
        if not isinstance(name, str):
            raise TypeError(f"The name of a property is a str, got {type(name).__name__}.")
        if name == "layout":
            return self.layout() or None
        if name == "source_info":
            return self._source_info
        return None

    def squeeze(self, dim: int | None = None) -> bool:
        """Remove axes of extent 1, in place, together with their letters in the layout.

        `dim` picks one axis (negative counts from the end); it stays if its extent is not 1. Returns
        whether the shape changed. Raises `RuntimeError` if there is no axis `dim`.
        """
        shape = self._array.shape
        ndim = len(shape)
        if dim is None:
            removed = {axis for axis in range(ndim) if shape[axis] == 1}
        else:
            dim = operator.index(dim)
            if not -ndim <= dim < ndim:
                raise RuntimeError(f"There is no axis {dim} in a tensor with {ndim} axes.")
            removed = {dim % ndim} if shape[dim] == 1 else set()
        if not removed:
            return False
        kept = [axis for axis in range(ndim) if axis not in removed]
        self._array = self._array.reshape(tuple(shape[axis] for axis in kept))
        if self._layout:
            self._layout = "".join(self._layout[axis] for axis in kept)
        return True

    def reinterpret(self, new_type: DALIDataType) -> None:
        """Read the same bytes as elements of `new_type`, in place.

        Raises `RuntimeError` if the elements differ in size and `TypeError` if it is no `DALIDataType`.
        """
        dtype = reinterpreted_dtype(new_type, self._array.dtype)
        self._array = self._array.view(dtype)
        self._dtype = new_type


def reinterpreted_dtype(new_type: DALIDataType, old: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype in which memory of dtype `old` is read as `new_type`; errors as in `reinterpret`."""
    if not isinstance(new_type, DALIDataType):
        raise TypeError(f"Expected a DALIDataType, got {type(new_type).__name__}.")
    try:
        dtype = storage_dtype(new_type)
    except KeyError:
        dtype = np.dtype(object)
    if dtype.hasobject or old.hasobject:
        raise RuntimeError(f"Memory cannot be reinterpreted from {old} to {new_type}.")
    if dtype.itemsize != old.itemsize:
        raise RuntimeError(
            f"Elements of {new_type} have {dtype.itemsize} bytes and the tensor's have {old.itemsize}; "
            "reinterpreting must not change the size of an element."
        )
    return dtype


class TensorCPU(BaseTensor):
    """A packed tensor in host memory, sharing the memory it was made from.

    `b` is a NumPy array, any object with the buffer protocol, the array interface or DLPack, or a DLPack
    capsule. `layout` names the axes. `is_pinned` declares the memory page-locked; the host does not care.

    NumPy (`numpy.asarray(t)`, `numpy.from_dlpack(t)`), PyTorch (`torch.from_dlpack(t)`) and, from Python
    3.12 on, `memoryview(t)` share its memory without a copy.

    Raises `TypeError` for objects without memory and for device memory, `RuntimeError` for strided memory
    and for element types without a `DALIDataType`, `ValueError` for a layout of the wrong length.
    """

    __slots__ = ()

    _array: AnyArray

    def __init__(
        self, b: Any = MISSING, layout: str | None = None, is_pinned: bool = False, *, object: Any = MISSING
    ) -> None:
        array = host_array(only_argument("TensorCPU", b, object=object))
        self._layout = check_layout(layout, array.ndim, "tensor")
        self._array = array
        self._dtype = element_type(array.dtype)
        self._source_info = None

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """Array interface (version 3) of the tensor's memory."""
        return self._array.__array_interface__

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> AnyArray:
        array = self._array
        if dtype is not None and np.dtype(dtype) != array.dtype:
            if copy is False:
                raise ValueError(f"A conversion from {array.dtype} to {np.dtype(dtype)} needs a copy.")
            return array.astype(dtype)
        return array.copy() if copy else array[...]

    def __buffer__(self, flags: int) -> memoryview:
        return memoryview(self._array)  # type: ignore[arg-type]

    def __dlpack__(
        self,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """A DLPack capsule that shares the tensor's memory, or holds a copy if `copy` is true.

        `stream` means nothing for host memory and is ignored. Raises `BufferError` if `dl_device` is not
        the host, or if the memory is read-only and the consumer's `max_version` (below 1.0) cannot say so.
        """
        if dl_device is not None and int(dl_device[0]) != DL_CPU:
            raise BufferError(f"The tensor is in host memory and cannot be exported to device {dl_device}.")
        array = self._array.copy() if copy else self._array
        if max_version is None or not _NUMPY_HAS_VERSIONED_DLPACK:
            if not array.flags.writeable:
                raise BufferError(
                    "The tensor is read-only and this consumer's DLPack version cannot express that; "
                    "import a copy: numpy.array(tensor)."
                )
            return array.__dlpack__()
        return array.__dlpack__(max_version=max_version)

    def __dlpack_device__(self) -> tuple[int, int]:
        """The device in DLPack's numbers: `(1, 0)`, the host."""
        return (DL_CPU, 0)

    def as_cpu(self) -> TensorCPU:
        """The tensor itself: it is in host memory already."""
        return self

    def data_ptr(self) -> int:
        """Address of the first element."""
        return int(self._array.ctypes.data)

    def copy_to_external(self, ptr: Any) -> None:
        """Copy the data to host memory at `ptr`, a `ctypes.c_void_p` or an integer address.

        The caller answers for the memory: `nbytes` bytes are written. Raises `ValueError` for a null
        pointer and `TypeError` for what is no pointer.
        """
        copy_to_host_memory([self._array], ptr)

    def _make_copy(self) -> TensorCPU:
        return TensorCPU._from_array(self._array.copy(), self._layout, dtype=self._dtype, source_info=self._source_info)

    def _as_gpu(self) -> TensorGPU:
        """A copy in device memory. Raises `DeviceUnavailableError` without a device."""
        from adali.data.device import TensorGPU

        return TensorGPU._from_host(self)

    def _set_stream(self, stream: Any) -> None:
        """Host memory is not bound to a stream; accepted for the sake of code that handles both kinds."""

    def _format(self, data: str | None) -> str:
        fields = [*formatting.fields_of(self, "cpu"), ("shape", str(tuple(self.shape())))]
        return formatting.describe("TensorCPU", data, fields)

    def __repr__(self) -> str:
        return self._format(None)

    def __str__(self) -> str:
        return self._format(formatting.format_array(self._array))


# Versioned capsules (they can say "read-only") came with NumPy 2.1.
_NUMPY_HAS_VERSIONED_DLPACK = np.lib.NumpyVersion(np.__version__) >= "2.1.0"
