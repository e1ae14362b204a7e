"""What the noise operators share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from adali.data.device_samples import pointers
from adali.kernels.cuda import type_code
from adali.kernels.noise import Place
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext
from adali.operators.gpu import GpuContext, struct
from adali.operators.gpu_copy import shown
from adali.types import storage_dtype

_ROW = struct(
    ("in", "p"),
    ("out", "p"),
    ("size", "i8"),
    ("sample", "i8"),  # an unsigned one would be taken for an address
    ("a", "f8"),
    ("b", "f8"),
)

DATA = Input("data", doc="Integers or floats, any shape and layout.")


def parameter(name: str, default: float | None, doc: str) -> Arg:
    """A float argument that may differ by sample."""
    return Arg(name, ArgKind.FLOAT, default, doc, tensor=True)


def check_type(data: Array) -> None:
    """Refuse what is neither integers nor float32.

    Raises:
        ValueError: another type.
    """
    if data.dtype.kind not in "iu" and data.dtype != np.float32:
        raise ValueError(f"input type {data.dtype} is not supported; supported: integers and float32")


def place_of(ctx: SampleContext) -> Place:
    """What names the sample's random numbers."""
    places = ctx.batch.places
    sample = ctx.index if places is None else places[ctx.index]
    return Place(ctx.batch.operator.key, sample, ctx.batch.iteration)


def words(ctx: SampleContext, count: int) -> npt.NDArray[np.uint64]:
    """So many words of the sample's generator."""
    bits: Any = ctx.generator().bit_generator
    return np.asarray(bits.random_raw(count), np.uint64)


def make_noise(
    ctx: GpuContext,
    kernel: str,
    batch: Any,
    numbers_of: Callable[[SampleContext], tuple[float, float]],
    *tables: Any,
) -> Any:
    """A batch with noise, made by a kernel of noise.cu.

    Args:
        ctx: where.
        kernel: the kernel.
        batch: the data.
        numbers_of: two parameters of a sample.
        tables: device arrays that the kernel takes first.
    """
    kind, shapes = storage_dtype(batch._dtype), batch.shape()
    check_type(shown(0, (0,), kind))
    numbers = ctx.each(lambda i: numbers_of(ctx.sample(i)))
    out = ctx.empty(shapes, kind, batch._layout)
    rows = [
        (start, end, math.prod(shape), ctx.place(i), *numbers[i])
        for i, (start, end, shape) in enumerate(
            zip(pointers(batch._samples), pointers(out._samples), shapes, strict=True)
        )
    ]
    table = np.array(rows, _ROW) if rows else np.zeros(0, _ROW)
    ctx.launch(
        "noise.cu",
        kernel,
        table,
        *tables,
        *ctx.stream_key(),
        np.int32(type_code(kind)),
        elements=int(table["size"].max(initial=0)),
        reads=[batch],
        writes=[out],
    )
    return out
