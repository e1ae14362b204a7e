"""One batch: `TensorListCPU`, and `BaseTensorList`, what it shares with its twin on the device."""

from __future__ import annotations

import math
import operator
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

import numpy as np

from adali.data import formatting
from adali.data.buffers import (
    AnyArray,
    SampleIndexError,
    check_layout,
    copy_to_host_memory,
    element_type,
    host_array,
    sample_shape,
)
from adali.data.tensor import MISSING, BaseTensor, TensorCPU, only_argument, reinterpreted_dtype
from adali.types import DALIDataType, TensorLayout

if TYPE_CHECKING:
    from typing_extensions import Self

    from adali.data.device import TensorListGPU

TensorT = TypeVar("TensorT", bound=BaseTensor)

# Two threads that ask one list for its contiguous form must get the same memory.
_PACKING = threading.Lock()


class BaseTensorList(Generic[TensorT]):
    """What a batch is wherever its memory lies.

    A batch is a list of sample arrays. Where they lie one after another in one block, that block is kept
    too: as `_slab`, of shape (samples, *sample shape), if all shapes agree, and as `_flat`, with one axis,
    if they differ. A batch without a block makes one the first time it is asked for something that needs
    it, and from then on its samples are views of the block. Views taken before keep their own memory.
    """

    __slots__ = ("__weakref__", "_dtype", "_flat", "_layout", "_samples", "_slab", "_source_info")

    _samples: Sequence[Any]
    _slab: Any
    _flat: Any
    _layout: str
    _dtype: DALIDataType
    _source_info: Sequence[str | None] | None

    @classmethod
    def _from_samples(
        cls,
        samples: Sequence[Any],
        layout: str = "",
        *,
        dtype: DALIDataType | None = None,
        slab: Any = None,
        source_info: Sequence[str | None] | None = None,
    ) -> Self:
        """The engine's way in: wrap arrays without any check or copy.

        `samples` have one dtype and one number of axes; they may be read-only. `slab`, when given, is
        packed and its `slab[i]` is the memory of `samples[i]`. `dtype` is given for the enum types, which
        are held as int32, and for an empty batch without slab, which is otherwise of NO_TYPE.
        """
        self = cls.__new__(cls)
        self._samples = samples
        self._slab = slab
        self._flat = None
        self._layout = layout
        if dtype is None:
            if samples:
                dtype = element_type(samples[0].dtype)
            elif slab is not None:
                dtype = element_type(slab.dtype)
            else:
                dtype = DALIDataType.NO_TYPE
        self._dtype = dtype
        self._source_info = source_info
        return self

    # What the twins answer differently.

    def _empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
        """A new packed array where this list's memory is."""
        raise NotImplementedError

    def _packed(self, array: Any) -> Any:
        """`array` itself if it is packed in row-major order, a packed copy otherwise."""
        raise NotImplementedError

    def _address(self, array: Any) -> int:
        raise NotImplementedError

    def _tensor(self, array: Any, layout: str, source_info: str | None) -> TensorT:
        raise NotImplementedError

    @property
    def dtype(self) -> DALIDataType:
        """Element type; NO_TYPE for a list made from nothing. Called, it gives the NumPy type string."""
        return self._dtype

    @property
    def nbytes(self) -> int:
        """Size of all samples' data in bytes."""
        return sum(int(sample.nbytes) for sample in self._samples)

    def __len__(self) -> int:
        return len(self._samples)

    def ndim(self) -> int:
        """Number of axes of each sample (the batch is not counted)."""
        if self._slab is not None:
            return int(self._slab.ndim) - 1
        return int(self._samples[0].ndim) if self._samples else 0

    def shape(self) -> list[tuple[int, ...]]:
        """Shape of each sample."""
        return [tuple(sample.shape) for sample in self._samples]

    def layout(self) -> TensorLayout:
        """Names of the axes of a sample, such as `HWC`; empty when unknown. A `str`."""
        return TensorLayout(self._layout)

    def set_layout(self, layout: str | None) -> None:
        """Name the axes of a sample; None or an empty string takes the names away.

        Raises `ValueError` if the number of letters is not the number of axes.
        """
        self._layout = self._checked_layout(layout)

    def _checked_layout(self, layout: str | None) -> str:
        if not self._samples and self._slab is None and isinstance(layout, str):
            return TensorLayout(layout)  # the number of axes is not known
        return check_layout(layout, self.ndim(), "samples of the list")

    def is_dense_tensor(self) -> bool:
        """Whether all samples have the same shape, so that the list can be seen as one tensor."""
        return self._slab is not None or self._first_mismatch() is None

    def _first_mismatch(self) -> int | None:
        """Index of the first sample whose shape is not that of sample 0."""
        samples = self._samples
        if len(samples) < 2:
            return None
        first = samples[0].shape
        return next((i for i, sample in enumerate(samples) if sample.shape != first), None)

    def __getitem__(self, i: int) -> TensorT:
        """Sample `i` as a tensor that shares its memory; negative counts from the end.

        Raises `IndexError` beyond the batch and `TypeError` for what is no integer.
        """
        index = operator.index(i)
        count = len(self._samples)
        if not -count <= index < count:
            raise IndexError(f"There is no sample {index} in a batch of {count}.")
        index %= count
        source_info = None if self._source_info is None else self._source_info[index]
        return self._tensor(self._packed_sample(index), self._layout, source_info)

    def __iter__(self) -> Iterator[TensorT]:
        for i in range(len(self._samples)):
            yield self[i]

    def _packed_sample(self, index: int) -> Any:
        sample = self._samples[index]
        packed = self._packed(sample)
        if packed is not sample:
            # Kept, so that everything taken from this sample later shares one memory.
            self._samples = [*self._samples[:index], packed, *self._samples[index + 1 :]]
        return packed

    def _checked_position(self, i: int) -> int:
        index = operator.index(i)
        if not 0 <= index < len(self._samples):
            raise SampleIndexError(f"There is no sample {index} in a batch of {len(self._samples)}.")
        return index

    def _block(self) -> Any:
        """The memory of all samples as one packed array, made now if the samples lie apart."""
        block = self._slab if self._slab is not None else self._flat
        if block is None:
            with _PACKING:
                block = self._slab if self._slab is not None else self._flat
                if block is None:
                    block = self._pack()
        return block

    def _pack(self) -> Any:
        samples = self._samples
        if self._first_mismatch() is None:
            slab = self._empty((len(samples), *samples[0].shape), samples[0].dtype)
            views: list[Any] = [slab[i, ...] for i in range(len(samples))]
            for view, sample in zip(views, samples, strict=True):
                view[...] = sample
            self._samples, self._slab = views, slab
            return slab
        flat = self._empty((sum(int(sample.size) for sample in samples),), samples[0].dtype)
        views, start = [], 0
        for sample in samples:
            view = flat[start : start + sample.size].reshape(sample.shape)
            view[...] = sample
            views.append(view)
            start += int(sample.size)
        self._samples, self._flat = views, flat
        return flat

    def _dense_block(self) -> Any:
        if self._slab is not None:
            return self._slab
        if not self._samples:
            raise RuntimeError("An empty list without a known sample shape cannot be seen as a tensor.")
        other = self._first_mismatch()
        if other is not None:
            self._raise_not_dense(other)
        return self._block()

    def _raise_not_dense(self, other: int) -> NoReturn:
        first, second = tuple(self._samples[0].shape), tuple(self._samples[other].shape)
        raise RuntimeError(
            f"The list is not dense and cannot be seen as one tensor: sample 0 has shape {first} and "
            f"sample {other} has shape {second}. Resize, crop or pad the samples to one shape, or take "
            "them one by one with at(i)."
        )

    def as_tensor(self) -> TensorT:
        """The batch as one tensor of shape (samples, *sample shape), its layout with an `N` in front.

        It shares the batch's memory. A batch whose samples lie apart is copied into one block first; the
        block is kept, and the samples are views of it from then on.

        Raises `RuntimeError`, naming two shapes that differ, if the list is not dense.
        """
        block = self._dense_block()
        # Without axes there is nothing left to name but the batch, so an empty layout is a complete one.
        layout = "N" + self._layout if self._layout or block.ndim == 1 else ""
        return self._tensor(block, layout, None)

    def as_reshaped_tensor(self, shape: Sequence[int]) -> TensorT:
        """The batch's memory as one tensor of any shape with as many elements, without a layout.

        Samples of different shapes are taken one after another. See `as_tensor` for when it copies.

        Raises `RuntimeError` if the number of elements differs and `TypeError` if `shape` is no sequence
        of integers.
        """
        wanted = sample_shape(shape)
        if not self._samples and self._slab is None:
            raise RuntimeError("An empty list without an element type cannot be seen as a tensor.")
        size = sum(int(sample.size) for sample in self._samples)
        if any(extent < 0 for extent in wanted) or math.prod(wanted) != size:
            raise RuntimeError(f"A tensor of shape {wanted} cannot show the {size} elements of the list.")
        return self._tensor(self._block().reshape(wanted), "", None)

    def data_ptr(self) -> int:
        """Address of the first element of the batch in one block; 0 for a list made from nothing.

        See `as_tensor` for when this copies.
        """
        if not self._samples and self._slab is None:
            return 0
        return self._address(self._block())

    def reinterpret(self, new_type: DALIDataType) -> None:
        """Read the same bytes as elements of `new_type`, in place.

        Raises `RuntimeError` if the elements differ in size and `TypeError` if it is no `DALIDataType`.
        """
        if self._samples or self._slab is not None:
            dtype = reinterpreted_dtype(new_type, (self._samples[0] if self._samples else self._slab).dtype)
            self._samples = [sample.view(dtype) for sample in self._samples]
            self._slab = None if self._slab is None else self._slab.view(dtype)
            self._flat = None if self._flat is None else self._flat.view(dtype)
        elif not isinstance(new_type, DALIDataType):
            raise TypeError(f"Expected a DALIDataType, got {type(new_type).__name__}.")
        self._dtype = new_type

    def reset(self) -> None:
        """Forget the samples: the list becomes empty and has no type. Views of them stay valid."""
        self._samples = []
        self._slab = self._flat = self._source_info = None
        self._layout = ""
        self._dtype = DALIDataType.NO_TYPE

    # How the constructors fill a list.

    def _set_list(self, other: BaseTensorList[TensorT]) -> None:
        self._samples, self._slab, self._flat = other._samples, other._slab, other._flat
        self._layout, self._dtype, self._source_info = other._layout, other._dtype, other._source_info

    def _set_slab(self, slab: Any, dtype: DALIDataType) -> None:
        if slab.ndim == 0:
            raise RuntimeError("A list cannot be made from a scalar: its first axis counts the samples.")
        self.reset()
        self._samples = [slab[i, ...] for i in range(slab.shape[0])]
        self._slab, self._dtype = slab, dtype

    def _set_tensors(self, tensors: Sequence[TensorT], type_name: str) -> None:
        """One sample a tensor; they must agree in type, number of axes and layout."""
        self.reset()
        if not tensors:
            return
        first = tensors[0]
        for i, tensor in enumerate(tensors):
            if tensor.dtype is not first.dtype:
                raise TypeError(
                    "Tensors of a list cannot have different types: "
                    f"position {i} has {tensor.dtype}, position 0 has {first.dtype}."
                )
            if tensor.ndim() != first.ndim():
                raise TypeError(
                    f"Object at position {i} cannot be converted to {type_name}: "
                    f"it has {tensor.ndim()} axes, position 0 has {first.ndim()}."
                )
            if tensor._layout and tensor._layout != first._layout:
                raise TypeError(
                    f"Object at position {i} cannot be converted to {type_name}: "
                    f'it has the layout "{tensor._layout}", position 0 has "{first._layout}".'
                )
        self._samples = [tensor._array for tensor in tensors]
        self._dtype, self._layout = first.dtype, first._layout
        if any(tensor._source_info for tensor in tensors):
            self._source_info = [tensor._source_info for tensor in tensors]

    def _make_copy(self) -> Self:
        copy = type(self).__new__(type(self))
        copy._set_list(self)
        copy._slab = copy._flat = None
        if self._samples:
            copy._pack()
        elif self._slab is not None:
            copy._slab = self._slab.copy()
        return copy


class TensorListCPU(BaseTensorList[TensorCPU]):
    """A batch of samples in host memory; their shapes may differ, their type and number of axes do not.

    `TensorListCPU(b, layout=None, is_pinned=False)` takes a NumPy array, an object with the buffer
    protocol, the array interface or DLPack, or a DLPack capsule, whose first axis counts the samples, and
    shares its memory. `TensorListCPU(tl, layout=None)` shares the samples of another list.
    `TensorListCPU(list_of_tensors, layout=None, contiguous=True)` takes a list of `TensorCPU` (or of what
    one can be made from): `contiguous=True` copies them into one block, `False` shares their memory.

    `layout` names the axes of a sample, without the batch.

    Raises `TypeError` for an element that is no tensor or does not go with the first one (type, number of
    axes, layout), `ValueError` for a layout of the wrong length and for None, and `RuntimeError` for
    strided memory, for scalars and for element types without a `DALIDataType`.
    """

    __slots__ = ()

    def __init__(
        self,
        b: Any = MISSING,
        layout: str | None = None,
        is_pinned: bool | None = None,
        *,
        contiguous: bool = True,
        object: Any = MISSING,
        tl: Any = MISSING,
        list_of_tensors: Any = MISSING,
    ) -> None:
        source = only_argument("TensorListCPU", b, object=object, tl=tl, list_of_tensors=list_of_tensors)
        if source is None:
            raise ValueError("A TensorListCPU cannot be made from None.")
        if isinstance(source, TensorListCPU):
            self._set_list(source)
        elif isinstance(source, (list, tuple)):
            if is_pinned is not None:
                # The third positional argument is `contiguous` when a list is given.
                contiguous = is_pinned
            self._set_tensors([_as_tensor_cpu(item, i) for i, item in enumerate(source)], "TensorCPU")
        else:
            array = host_array(source)
            self._set_slab(array, element_type(array.dtype))
        if layout:
            self._layout = self._checked_layout(layout)
        if contiguous and isinstance(source, (list, tuple)) and self._samples:
            self._pack()

    @staticmethod
    def from_dlpack_list(
        list_of_objects: list[Any], layout: str | None = None, contiguous: bool = False
    ) -> TensorListCPU:
        """A batch of samples from a list of DLPack objects, sharing their memory unless `contiguous`.

        Raises as the constructor does.
        """
        if not isinstance(list_of_objects, (list, tuple)):
            raise TypeError(f"Expected a list of DLPack objects, got {type(list_of_objects).__name__}.")
        for i, item in enumerate(list_of_objects):
            if not hasattr(item, "__dlpack__"):
                raise TypeError(f"Object at position {i} does not support DLPack.")
        tensors = [TensorCPU(item) for item in list_of_objects]
        return TensorListCPU(tensors, layout, contiguous=contiguous)

    @staticmethod
    def broadcast(sample: TensorCPU, num_samples: int) -> TensorListCPU:
        """A batch that shows one sample `num_samples` times, all sharing its memory.

        Raises `ValueError` if `num_samples` is negative.
        """
        count = operator.index(num_samples)
        if count < 0:
            raise ValueError(f"A batch cannot have {count} samples.")
        tensor = _as_tensor_cpu(sample, 0)
        info = None if tensor._source_info is None else [tensor._source_info] * count
        return TensorListCPU._from_samples(
            [tensor._array] * count, tensor._layout, dtype=tensor.dtype, source_info=info
        )

    def _empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> AnyArray:
        return np.empty(shape, dtype)

    def _packed(self, array: AnyArray) -> AnyArray:
        return array if array.flags.c_contiguous else np.ascontiguousarray(array)

    def _address(self, array: AnyArray) -> int:
        return int(array.ctypes.data)

    def _tensor(self, array: AnyArray, layout: str, source_info: str | None) -> TensorCPU:
        return TensorCPU._from_array(array, layout, dtype=self._dtype, source_info=source_info)

    def at(self, i: int) -> AnyArray:
        """Sample `i` as a NumPy array that shares its memory.

        Raises an error that is both a `RuntimeError` and an `IndexError` beyond the batch; unlike `[i]`,
        it does not count from the end.
        """
        view: AnyArray = self._packed_sample(self._checked_position(i))[...]
        return view

    def as_array(self) -> AnyArray:
        """The batch as one NumPy array of shape (samples, *sample shape) that shares its memory.

        See `as_tensor` for when it copies. A list made from nothing gives an empty array.
        Raises `RuntimeError`, naming two shapes that differ, if the list is not dense.
        """
        if not self._samples and self._slab is None:
            return np.empty(0, np.float32)
        array: AnyArray = self._dense_block()[...]
        return array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> AnyArray:
        if not self.is_dense_tensor():
            try:
                self._dense_block()
            except RuntimeError as error:
                raise ValueError(str(error)) from None
        if not self._samples and self._slab is None:
            return np.empty(0, dtype or np.float32)
        return self.as_tensor().__array__(dtype, copy)

    def as_cpu(self) -> TensorListCPU:
        """The list itself: it is in host memory already."""
        return self

    def copy_to_external(self, ptr: Any) -> None:
        """Copy the samples one after another to host memory at `ptr` (`ctypes.c_void_p` or an integer).

        The caller answers for the memory: `nbytes` bytes are written. Raises `ValueError` for a null
        pointer and `TypeError` for what is no pointer.
        """
        block = self._slab if self._slab is not None else self._flat
        copy_to_host_memory(self._samples if block is None else [block], ptr)

    def _as_gpu(self) -> TensorListGPU:
        """A copy in device memory. Raises `DeviceUnavailableError` without a device."""
        from adali.data.device import TensorListGPU

        return TensorListGPU._from_host(self)

    def _set_stream(self, stream: Any) -> None:
        """Host memory is not bound to a stream; accepted for the sake of code that handles both kinds."""

    def _format(self, data: str | None) -> str:
        fields = [
            *formatting.fields_of(self, "cpu"),
            ("num_samples", str(len(self))),
            ("shape", formatting.format_shapes(self.shape())),
        ]
        return formatting.describe("TensorListCPU", data, fields)

    def __repr__(self) -> str:
        return self._format(None)

    def __str__(self) -> str:
        return self._format(formatting.format_samples(self._samples))


def _as_tensor_cpu(item: Any, position: int) -> TensorCPU:
    if isinstance(item, TensorCPU):
        return item
    try:
        return TensorCPU(item)
    except TypeError as error:
        raise TypeError(f"Object at position {position} cannot be converted to TensorCPU: {error}") from None
