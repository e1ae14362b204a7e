"""What an operator's GPU kernel gets: the batch's context on the device, with memory, uploads and launches."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from adali.data import TensorListCPU, TensorListGPU
from adali.data.device_samples import DeviceSamples, offsets_of, pointers, spans
from adali.engine.memory import is_pinned
from adali.kernels.cuda import Kernels
from adali.operators.base import BatchContext, Operator, SampleContext, SampleErrors
from adali.types import DALIDataType, storage_dtype

__all__ = [
    "GpuBatch",
    "GpuContext",
    "Workbench",
    "addresses",
    "has_gpu_kernel",
    "memory_batch",
    "slab_samples",
    "struct",
]

T = TypeVar("T")

#: Threads of a block, unless a kernel wants another number.
BLOCK = 256

#: Bytes of the pieces of memory that small uploads share.
CHUNK = 1 << 18

Reads = Sequence["TensorListGPU | Any"]
#: What a GPU kernel makes.
GpuBatch = TensorListGPU


def has_gpu_kernel(cls: type[Operator]) -> bool:
    """Whether an operator class has a ``run_gpu``."""
    return cls.run_gpu is not Operator.run_gpu


class Workbench:
    """What the operators of one stage on one device share.

    Attributes:
        xp: CuPy, or what stands in its place.
        device_id: the device.
        stream: the stage's stream.
        kernels: its compiled kernels.
        pinned: makes arrays in pinned host memory: ``pinned(shape, dtype)``.
    """

    def __init__(
        self, xp: Any, device_id: int, stream: Any, pinned: Callable[[tuple[int, ...], Any], npt.NDArray[Any]]
    ) -> None:
        self.xp = xp
        self.device_id = device_id
        self.stream = stream
        self.kernels = Kernels(xp)
        self.pinned = pinned
        self.array = xp.ndarray
        #: Tells the emulated device's checker what a kernel touches; a real one has none.
        self.declare: Callable[..., None] | None = getattr(xp, "_declare_accesses", None)
        self._chunk: _Chunk | None = None
        #: Constants that operators uploaded once: key -> device array.
        self.constants: dict[Any, Any] = {}

    def upload(self, host: npt.NDArray[Any], ledger: list[Any]) -> tuple[_Chunk, int]:
        """Copy a C-contiguous array to device memory on the stage's stream; the host does not wait.

        Small ones lie one behind the other in chunks of pinned and of device memory: an allocation of each for every
        launch would cost more than the launch. No place of a chunk is written twice.

        Returns:
            The memory, and where in it the array begins.
        """
        nbytes = host.nbytes
        chunk = self._chunk
        if nbytes * 4 > CHUNK:
            chunk = _Chunk(self, max(nbytes, 1))
        elif chunk is None or chunk.used + nbytes > CHUNK:
            chunk = self._chunk = _Chunk(self, CHUNK)
        start = chunk.used
        chunk.used = start + nbytes + (-nbytes & 255)
        if nbytes:
            if chunk is self._chunk:  # small: views of NumPy's would take longer
                chunk.bytes[start : start + nbytes] = host.tobytes()
            else:
                chunk.host[:nbytes] = host.reshape(-1).view(np.uint8)
            self.xp.cuda.runtime.memcpyAsync(
                chunk.address + start, chunk.host_address + start, nbytes, 1, self.stream.ptr
            )
        ledger.append(chunk)
        return chunk, start

    def close(self) -> None:
        """Let go of constants and chunks, when the stream has passed."""
        self.constants.clear()
        self._chunk = None


class _Chunk:
    """Pinned memory and as much device memory."""

    __slots__ = ("address", "bytes", "device", "host", "host_address", "used")

    def __init__(self, bench: Workbench, nbytes: int) -> None:
        self.host = bench.pinned((nbytes,), np.uint8)
        self.host_address = int(self.host.ctypes.data)
        self.bytes = self.host.data
        self.device = bench.xp.empty((nbytes,), np.uint8)
        self.address = int(self.device.data.ptr)
        self.used = 0


class GpuContext(BatchContext):
    """One operator in one iteration, on the device.

    Everything it enqueues goes to the stage's stream, which is the current one while ``run_gpu`` runs.

    Attributes:
        bench: what the stage's operators share.
        ledger: what must stay alive until the stream has passed this operator.
    """

    __slots__ = ("bench", "ledger")

    def __init__(
        self,
        operator: Operator,
        iteration: int,
        batch_size: int,
        columns: Mapping[str, Sequence[Any]],
        in_layouts: tuple[str, ...],
        sources: Sequence[str | None] | None,
        bench: Workbench,
        ledger: list[Any],
    ) -> None:
        super().__init__(operator, iteration, batch_size, columns, in_layouts, sources)
        self.bench = bench
        self.ledger = ledger

    def of_part(
        self, batch_size: int, columns: Mapping[str, Sequence[Any]], sources: Sequence[str | None] | None
    ) -> GpuContext:
        return GpuContext(
            self.operator, self.iteration, batch_size, columns, self.in_layouts, sources, self.bench, self.ledger
        )

    @property
    def xp(self) -> Any:
        """The array module: CuPy."""
        return self.bench.xp

    def sample(self, index: int) -> SampleContext:
        """The context by which the CPU kernel reads arguments of a sample; it makes no outputs."""
        return SampleContext(self, index, _no_memory)

    def each(self, function: Callable[[int], T]) -> list[T]:
        """What a function gives for the number of each sample.

        Raises:
            SampleErrors: it failed, on some samples; with the policy "raise" on one.
        """
        results, errors = [], {}
        for index in range(self.batch_size):
            try:
                results.append(function(index))
            except Exception as e:
                errors[index] = e
                if self.operator.env.on_error == "raise":
                    break
        if errors:
            raise SampleErrors(errors)
        return results

    def place(self, index: int) -> int:
        """A sample's place in the whole batch, which names its random numbers."""
        return index if self.places is None else self.places[index]

    def stream_key(self) -> tuple[np.uint64, np.uint64, np.uint64]:
        """What names this operator's random numbers in this iteration: parameters for kernels with ``philox.cuh``."""
        key = self.operator.key
        return np.uint64(key[0]), np.uint64(key[1]), np.uint64(self.iteration)

    # ---- memory --------------------------------------------------------------------------------------------

    def empty(self, shapes: Sequence[tuple[int, ...]], dtype: Any, layout: str = "") -> TensorListGPU:
        """A batch of uninitialised samples in one block."""
        return memory_batch(self.xp, shapes, dtype, layout)

    def zeros(self, shapes: Sequence[tuple[int, ...]], dtype: Any, layout: str = "") -> TensorListGPU:
        """The same, filled with zero bytes."""
        batch = self.empty(shapes, dtype, layout)
        for address, nbytes in spans(batch._samples):
            if nbytes:
                self.xp.cuda.runtime.memsetAsync(address, 0, nbytes, self.bench.stream.ptr)
        return batch

    def upload(self, array: npt.NDArray[Any]) -> Any:
        """A copy in device memory, as bytes; from pinned memory, so that the host does not wait."""
        host = np.ascontiguousarray(array)
        chunk, start = self.bench.upload(host, self.ledger)
        return self.xp.ndarray((max(host.nbytes, 1),), np.uint8, chunk.device.data + start)

    def constant(self, key: Any, make: Callable[[], npt.NDArray[Any]]) -> Any:
        """A small array that does not change from batch to batch, uploaded once for each operator and ``key``."""
        key = (id(self.operator), key)
        known = self.bench.constants.get(key)
        if known is None:
            host = np.ascontiguousarray(make())
            chunk = _Chunk(self.bench, max(host.nbytes, 1))  # of its own: it outlives what is uploaded beside it
            chunk.host[: host.nbytes] = host.reshape(-1).view(np.uint8)
            if host.nbytes:
                self.xp.cuda.runtime.memcpyAsync(
                    chunk.address, chunk.host_address, host.nbytes, 1, self.bench.stream.ptr
                )
            self.ledger.append(chunk)
            known = self.bench.constants[key] = chunk.device
        return known

    def view(
        self,
        batch: TensorListGPU,
        shapes: Sequence[tuple[int, ...]] | None = None,
        layout: str | None = None,
        dtype: Any = None,
    ) -> TensorListGPU:
        """The same memory under other shapes, another layout or another element type of the same size."""
        kind = np.dtype(dtype) if dtype is not None else storage_dtype(batch._dtype)
        wanted = [tuple(s) for s in shapes] if shapes is not None else batch.shape()
        names = batch._layout if layout is None else layout
        slab = batch._slab
        if slab is not None and wanted and all(shape == wanted[0] for shape in wanted):
            slab = slab.view(kind).reshape((len(wanted), *wanted[0]))
            return TensorListGPU._from_samples(slab_samples(slab), names, slab=slab, source_info=batch._source_info)
        samples = batch._samples
        if isinstance(samples, DeviceSamples):
            offsets = samples.offsets
            return TensorListGPU._from_samples(
                DeviceSamples(samples.block, wanted, offsets, kind), names, source_info=batch._source_info
            )
        return TensorListGPU._from_samples(
            [s.view(kind).reshape(shape) for s, shape in zip(samples, wanted, strict=True)],
            names,
            source_info=batch._source_info,
        )

    # ---- transfers -----------------------------------------------------------------------------------------

    def to_device(self, batch: TensorListCPU) -> TensorListGPU:
        """A batch of the host in device memory: one copy from pinned memory, into one block."""
        kind = storage_dtype(batch._dtype)
        result = self.empty([s.shape for s in batch._samples], kind, batch._layout)
        result._dtype, result._source_info = batch._dtype, batch._source_info
        nbytes = result.nbytes
        if not nbytes:
            return result
        host: Any = batch._slab
        if host is None or not host.flags.c_contiguous or not is_pinned(host):
            host = self.bench.pinned((nbytes,), np.uint8)
            start = 0
            for sample in batch._samples:
                host[start : start + sample.nbytes].view(kind).reshape(sample.shape)[...] = sample
                start += sample.nbytes
        self.xp.cuda.runtime.memcpyAsync(
            pointers(result._samples)[0], host.ctypes.data, nbytes, 1, self.bench.stream.ptr
        )
        self.ledger += (host, batch)
        return result

    def to_host(self, batch: TensorListGPU) -> TensorListCPU:
        """A batch of the device in pinned host memory, there once the stream has passed this operator."""
        kind = storage_dtype(batch._dtype)
        shapes = batch.shape()
        offsets, nbytes = offsets_of(shapes, kind.itemsize)
        flat = self.bench.pinned((nbytes // kind.itemsize,), kind)
        copy, stream = self.xp.cuda.runtime.memcpyAsync, self.bench.stream.ptr
        if nbytes and (batch._slab is not None or batch._flat is not None):
            copy(flat.ctypes.data, pointers(batch._samples)[0], nbytes, 2, stream)
        elif nbytes:
            for source, shape, offset in zip(pointers(batch._samples), shapes, offsets, strict=True):
                if math.prod(shape):
                    copy(flat.ctypes.data + offset, source, math.prod(shape) * kind.itemsize, 2, stream)
        self.ledger += (flat, batch)
        slab = None
        if batch._slab is not None:
            slab = flat.reshape(tuple(batch._slab.shape))
            samples = [slab[i, ...] for i in range(len(shapes))]
        else:
            starts = [offset // kind.itemsize for offset in offsets]
            samples = [
                flat[start : start + math.prod(shape)].reshape(shape)
                for start, shape in zip(starts, shapes, strict=True)
            ]
        return TensorListCPU._from_samples(
            samples, batch._layout, dtype=batch._dtype, slab=slab, source_info=batch._source_info
        )

    def read(self, batch: TensorListGPU) -> TensorListCPU:
        """The batch in host memory, now: the host waits for the stream. For operators that say so."""
        host = self.to_host(batch)
        self.bench.stream.synchronize()
        return host

    def copy(self, batch: TensorListGPU) -> TensorListGPU:
        """A copy in one block."""
        kind = storage_dtype(batch._dtype)
        result = self.empty(batch.shape(), kind, batch._layout)
        result._dtype, result._source_info = batch._dtype, batch._source_info
        targets, sources = pointers(result._samples), pointers(batch._samples)
        copy, stream = self.xp.cuda.runtime.memcpyAsync, self.bench.stream.ptr
        if batch._slab is not None or batch._flat is not None:
            targets, sources, sizes = targets[:1], sources[:1], [result.nbytes]
        else:
            sizes = [math.prod(shape) * kind.itemsize for shape in batch.shape()]
        for target, source, nbytes in zip(targets, sources, sizes, strict=False):
            if nbytes:
                copy(target, source, nbytes, 3, stream)
        return result

    # ---- launches ------------------------------------------------------------------------------------------

    def launch(
        self,
        file: str,
        name: str,
        table: npt.NDArray[Any],
        *scalars: Any,
        elements: int,
        reads: Reads,
        writes: Reads,
        per_thread: int = 1,
        block: int = BLOCK,
        blocks: int | None = None,
        shared: int = 0,
    ) -> None:
        """Launch a kernel once for a whole batch.

        The kernel's parameters are the table, its number of rows, and ``scalars``: NumPy scalars by value, device
        arrays as pointers. Whatever it reads and writes must be in ``reads`` and ``writes`` (batches and arrays), which
        keeps it alive until the stream has passed, and lets the tests find missing events.

        Args:
            file: name of the kernel's file.
            name: the kernel; a template's with its arguments.
            table: one row for each sample, of a struct's dtype (see :func:`struct`).
            scalars: further parameters.
            elements: elements of the largest sample, which the blocks share.
            reads: what it reads.
            writes: what it writes.
            per_thread: elements that a thread serves.
            block: threads of a block.
            blocks: blocks along x, in place of what ``elements`` needs.
            shared: bytes of dynamic shared memory.
        """
        count = len(table)
        if not count or not elements:
            return
        bench, ledger = self.bench, self.ledger
        kernel = bench.kernels.get(file, name)
        chunk, start = bench.upload(np.ascontiguousarray(table), ledger)
        rows = chunk.address + start
        if blocks is None:
            blocks = max(1, -(-elements // (block * per_thread)))
        arrays = [s for s in scalars if isinstance(s, bench.array)]
        if bench.declare is not None:
            read_spans = [span for item in (*reads, *arrays) for span in _spans_of(item)]
            write_spans = [span for item in writes for span in _spans_of(item)]
            fields = table.dtype.names or ()
            held = [table[f].reshape(-1) for f in fields if table.dtype[f].base == np.uintp]
            pointers_of_rows = np.concatenate(held).tolist() if held else ()
            bench.declare([*read_spans, (rows, table.nbytes)], write_spans, pointers_of_rows)
        kernel((blocks, min(count, 65535)), (block,), (np.uint64(rows), np.int32(count), *scalars), shared_mem=shared)
        ledger += reads
        ledger += writes
        ledger += arrays


def struct(*fields: tuple[str, str] | tuple[str, str, int]) -> np.dtype[Any]:
    """The dtype of a table whose rows are C structs: pointers are "p", the rest are NumPy's codes."""
    return np.dtype(
        [(name, np.uintp if kind == "p" else kind, *count) for name, kind, *count in fields],
        align=True,
    )


def memory_batch(xp: Any, shapes: Sequence[tuple[int, ...]], dtype: Any, layout: str = "") -> TensorListGPU:
    """A batch of uninitialised samples in one block, on the current stream."""
    kind = np.dtype(dtype)
    shapes = list(shapes)
    if shapes and shapes.count(shapes[0]) == len(shapes):
        slab = xp.empty((len(shapes), *map(int, shapes[0])), kind)
        return TensorListGPU._from_samples(slab_samples(slab), layout, slab=slab, dtype=_type_of(kind))
    shapes = [tuple(map(int, shape)) for shape in shapes]
    offsets, nbytes = offsets_of(shapes, kind.itemsize)
    block = xp.empty((nbytes // kind.itemsize,), kind)
    batch = TensorListGPU._from_samples(DeviceSamples(block, shapes, offsets, kind), layout, dtype=_type_of(kind))
    batch._flat = block
    return batch


def slab_samples(slab: Any) -> DeviceSamples:
    """The samples of a block of shape (samples, *sample shape)."""
    shape = tuple(slab.shape[1:])
    step = math.prod(shape) * slab.dtype.itemsize
    count = slab.shape[0]
    return DeviceSamples(slab, [shape] * count, range(0, step * count, step) if step else [0] * count, slab.dtype)


def _type_of(dtype: np.dtype[Any]) -> DALIDataType:
    from adali.data.buffers import element_type

    return element_type(dtype)


def _spans_of(item: Any) -> list[tuple[int, int]]:
    if isinstance(item, TensorListGPU):
        return spans(item._samples)
    return [(int(item.data.ptr), int(item.nbytes))]


def addresses(batch: TensorListGPU) -> npt.NDArray[np.uintp]:
    """Device address of each sample."""
    samples = batch._samples
    if not isinstance(samples, DeviceSamples):
        return np.array(pointers(samples), np.uintp)
    start, offsets = int(samples.block.data.ptr), samples.offsets
    if isinstance(offsets, range):
        return np.arange(start + offsets.start, start + offsets.stop, offsets.step, dtype=np.uintp)
    places: npt.NDArray[np.uintp] = np.asarray(offsets, np.uintp) + np.uintp(start)
    return places


def _no_memory(output: int, index: int, shape: tuple[int, ...], dtype: Any) -> Any:
    raise RuntimeError("a GPU kernel's outputs come from GpuContext.empty()")
