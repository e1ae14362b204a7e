"""inflate: data decompressed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.extras import needed
from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext, addresses, struct
from adali.types import DALIDataType, storage_dtype, to_numpy_type

_CHUNK = struct(("in", "p"), ("out", "p"), ("made", "p"), ("size", "i8"), ("room", "i8"))


@operator(
    "decoders__Inflate",
    inputs=(Input("data", doc="Compressed bytes, UINT8, one axis: one chunk, or several one behind another."),),
    args=(
        Arg("algorithm", ArgKind.STR, "LZ4", "How the data was compressed: 'LZ4' (its block format, without a frame)."),
        Arg(
            "check_output_size",
            ArgKind.BOOL,
            False,
            "No effect: here the size of what comes out is always checked, on the GPU too.",
        ),
        Arg(
            "chunk_offsets",
            ArgKind.INTS,
            None,
            "Where the chunks begin in the input, in bytes. Without ``chunk_sizes`` each reaches to the next, the last "
            "to the end.",
            tensor=True,
        ),
        Arg(
            "chunk_sizes",
            ArgKind.INTS,
            None,
            "Sizes of the chunks in bytes. Without ``chunk_offsets`` they follow each other from the beginning.",
            tensor=True,
        ),
        Arg("dtype", ArgKind.DTYPE, DALIDataType.UINT8, "Type of the output."),
        Arg("layout", ArgKind.LAYOUT, "", "Layout of the output, of one chunk if there are several."),
        Arg(
            "sequence_axis_name",
            ArgKind.LAYOUT,
            "F",
            "Name of the axis of chunks, in front of ``layout``, where chunks are given.",
        ),
        Arg("shape", ArgKind.INTS, REQUIRED, "Shape of the output, of one chunk if there are several.", tensor=True),
    ),
    devices=("cpu", "gpu"),
    legacy=("experimental__Inflate",),
)
class Inflate(SampleOperator):
    """Decompresses data.

    With ``chunk_offsets`` or ``chunk_sizes`` a sample consists of chunks that were compressed one by one and have the
    same shape; the output has one more axis in front, for them. (The real DALI has this operator on the GPU only.)

    On the CPU it needs the package lz4 (``pip install "adali[lz4]"``). On the GPU a warp decompresses each chunk, and
    the host waits until all are done, since only then it is known whether they were whole.

    Raises:
        ValueError: data that is not of this format or has another size than the shape says, or chunks that reach out
            of the input.
    """

    def setup(self) -> None:
        if self.args["algorithm"] != "LZ4":
            raise self.error(f"algorithm must be 'LZ4', got {self.args['algorithm']!r}")
        if len(self.args["sequence_axis_name"]) != 1:
            raise self.error(f"sequence_axis_name must be one letter, got {self.args['sequence_axis_name']!r}")
        self.chunked = self.given("chunk_offsets") or self.given("chunk_sizes")
        self.dtype = np.dtype(to_numpy_type(self.args["dtype"]))
        if self.spec.device != "gpu":
            needed("lz4.block", "decoders.inflate on the CPU", "adali[lz4]", self.error)

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        layout = self.args["layout"]
        return (self.args["sequence_axis_name"] + layout if layout and self.chunked else layout,)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = np.ascontiguousarray(inputs[0])
        shape, size = self._size(ctx, data.shape, data.dtype)
        if not self.chunked:
            out = ctx.empty(shape, self.dtype)
            _inflate(data, size, out, "the data")
            return out
        chunks = self._chunks(ctx, len(data))
        out = ctx.empty((len(chunks), *shape), self.dtype)
        for k, (start, end) in enumerate(chunks):
            _inflate(data[start:end], size, out[k, ...], f"chunk {k}")
        return out

    def _size(self, ctx: SampleContext, shape: tuple[int, ...], dtype: Any) -> tuple[tuple[int, ...], int]:
        """Shape and bytes of what is decompressed, one chunk if there are several; given the input's shape and type."""
        if len(shape) != 1 or dtype != np.uint8:
            raise ValueError(f"expected bytes (UINT8, one axis), got {dtype} of shape {shape}")
        made = tuple(ctx.arg("shape"))
        if any(extent < 0 for extent in made):
            raise ValueError(f"'shape' must not be negative, got {list(made)}")
        return made, math.prod(made) * self.dtype.itemsize

    gpu_kernels = (("lz4.cu", "inflate_lz4"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind = storage_dtype(batch._dtype)

        def plan(i: int) -> tuple[tuple[int, ...], int, list[tuple[int, int]]]:
            sample, given = ctx.sample(i), batch.shape()[i]
            shape, size = self._size(sample, given, kind)
            return shape, size, self._chunks(sample, given[0]) if self.chunked else [(0, given[0])]

        plans = ctx.each(plan)
        shapes = [(len(chunks), *shape) if self.chunked else shape for shape, _, chunks in plans]
        out = ctx.empty(shapes, self.dtype)
        rows = [
            (start + first, end + k * size, 0, last - first, size)
            for start, end, (_, size, chunks) in zip(
                addresses(batch).tolist(), addresses(out).tolist(), plans, strict=True
            )
            for k, (first, last) in enumerate(chunks)
        ]
        made = ctx.empty([()] * len(rows), np.int64)
        table = np.array(rows, _CHUNK) if rows else np.zeros(0, _CHUNK)
        table["made"] = addresses(made)
        ctx.launch("lz4.cu", "inflate_lz4", table, elements=1, block=32, reads=[batch], writes=[out, made])
        sizes = [int(n[()]) for n in ctx.read(made)._samples]
        firsts = np.cumsum([0, *(len(chunks) for _, _, chunks in plans)]).tolist()

        def check(i: int) -> None:
            _, size, chunks = plans[i]
            for k in range(len(chunks)):
                found, what = sizes[firsts[i] + k], f"chunk {k}" if self.chunked else "the data"
                if not 0 <= found <= size + 1:  # the library on the CPU does not count further, either
                    raise _no_block(what, size)
                _check(found, what, size)

        ctx.each(check)
        return out

    @staticmethod
    def _chunks(ctx: SampleContext, total: int) -> list[tuple[int, int]]:
        """Start and end of each chunk."""
        offsets, sizes = ctx.arg("chunk_offsets"), ctx.arg("chunk_sizes")
        if offsets is None:
            ends = np.cumsum(sizes, dtype=np.int64).tolist()
            offsets = [end - size for end, size in zip(ends, sizes, strict=True)]
        elif sizes is None:
            ends = [*offsets[1:], total]
        else:
            if len(offsets) != len(sizes):
                raise ValueError(f"there are {len(offsets)} chunk_offsets, but {len(sizes)} chunk_sizes")
            ends = [offset + size for offset, size in zip(offsets, sizes, strict=True)]
        for k, (start, end) in enumerate(zip(offsets, ends, strict=True)):
            if not 0 <= start < end <= total:
                raise ValueError(f"chunk {k} reaches from byte {start} to {end}, but the input has {total} bytes")
        return list(zip(offsets, ends, strict=True))


def _no_block(what: str, size: int) -> ValueError:
    return ValueError(f"{what} is no block of LZ4, or one of more than the {size} bytes that 'shape' and 'dtype' say")


def _check(found: int, what: str, size: int) -> None:
    if found != size:
        raise ValueError(f"{what} holds {found} bytes, but 'shape' and 'dtype' say {size}")


def _inflate(data: Array, size: int, out: Array, what: str) -> None:
    """Decompress into ``out``, which has ``size`` bytes."""
    import lz4.block

    try:
        # One byte more, so that an empty output need not be asked for, and a longer one shows.
        found = lz4.block.decompress(data.tobytes(), uncompressed_size=size + 1)
    except (lz4.block.LZ4BlockError, ValueError, OverflowError):
        raise _no_block(what, size) from None
    _check(len(found), what, size)
    out[...] = np.frombuffer(found, out.dtype).reshape(out.shape)
