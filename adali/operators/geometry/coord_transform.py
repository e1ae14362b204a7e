"""coord_transform: points through a matrix."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.kernels.cuda import type_code
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.geometry._frames import PerFrameArg
from adali.operators.gpu import GpuContext, struct
from adali.types import DALIDataType, storage_dtype, to_numpy_type

_ROW = struct(("in", "p"), ("out", "p"), ("matrix", "p"), ("size", "i8"), ("from", "i4"), ("to", "i4"))

TYPES = ("uint8", "uint16", "int16", "int32", "float32")


@operator(
    "CoordTransform",
    inputs=(
        Input("points", doc="Vectors along the last axis: UINT8, UINT16, INT16, INT32 or FLOAT, at least 2 axes."),
    ),
    args=(
        Arg(
            "M",
            ArgKind.FLOATS,
            None,
            "Rows of the matrix, m x n for vectors of n components; one number stands for its multiple of the "
            "identity, the default. An argument input has two axes, or none.",
            tensor=True,
            per_frame=True,
        ),
        Arg(
            "MT",
            ArgKind.FLOATS,
            None,
            "Rows of the matrix [M T], in place of both; one number stands for M alone.",
            tensor=True,
            per_frame=True,
        ),
        Arg(
            "T",
            ArgKind.FLOATS,
            None,
            "Translation, one number for each component of the result or one for all; 0 by default.",
            tensor=True,
            per_frame=True,
        ),
        Arg(
            "dtype",
            ArgKind.DTYPE,
            DALIDataType.FLOAT,
            "Type of the output: FLOAT, or that of the input. Integers are rounded and clamped.",
        ),
    ),
    devices=("cpu", "gpu"),
)
class CoordTransform(SampleOperator):
    """Applies a linear transform to points, vectors or colours: ``out = M @ in + T`` along the last axis."""

    def setup(self) -> None:
        if self.given("MT") and (self.given("M") or self.given("T")):
            raise self.error("give either 'MT' or 'M' and 'T'")
        self.dtype = np.dtype(to_numpy_type(self.args["dtype"]))

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        points = inputs[0]
        matrices = self._matrices(ctx, points.shape, points.dtype)
        results = []
        for i, (matrix, shift) in enumerate(matrices):
            part = points if len(matrices) == 1 else points[i]
            product = part.astype(np.float32, copy=False) @ matrix.T
            results.append(product + shift if shift is not None else product)
        result = results[0] if len(matrices) == 1 else np.stack(results)
        return convert(result, self.dtype, out=ctx.empty(result.shape, self.dtype))

    def _matrices(self, ctx: SampleContext, shape: tuple[int, ...], dtype: Any) -> list[tuple[Array, Array | None]]:
        """Matrix and translation, one for all points or one for each frame."""
        if len(shape) < 2:
            raise ValueError(f"the points must have at least 2 axes, got shape {shape}")
        if dtype.name not in TYPES or self.dtype not in (dtype, np.dtype(np.float32)):
            raise ValueError(f"cannot make {self.dtype} of {dtype}; types are {', '.join(TYPES)}")
        frames = shape[0] if ctx.batch.in_layouts[0].startswith("F") and len(shape) > 2 else None
        args = {name: self._argument(ctx, name) for name in ("M", "MT", "T")}
        for arg in args.values():
            arg.check(frames)
        count = max(len(a) for a in args.values())
        return [self._matrix(shape[-1], *(a.frame(i) for a in args.values())) for i in range(count)]

    gpu_kernels = (("boxes.cu", "coord_transform"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """One row of the kernel's table for each matrix."""
        batch = inputs[0]
        shapes, kind = batch.shape(), storage_dtype(batch._dtype)
        made = ctx.each(lambda i: self._matrices(ctx.sample(i), shapes[i], kind))
        out = ctx.empty([(*s[:-1], len(m[0][0])) for s, m in zip(shapes, made, strict=True)], self.dtype, batch._layout)
        rows, blocks, place = [], [np.zeros(0, np.float32)], 0
        places = zip(shapes, made, pointers(batch._samples), pointers(out._samples), strict=True)
        for shape, matrices, source, target in places:
            points = prod(shape[:-1]) // len(matrices)
            for frame, (matrix, shift) in enumerate(matrices):
                to, n = matrix.shape
                both = np.zeros((to, n + 1), np.float32)
                both[:, :n], both[:, n] = matrix, 0 if shift is None else shift
                at = (source + frame * points * n * kind.itemsize, target + frame * points * to * self.dtype.itemsize)
                rows.append((*at, 4 * place, points * to, n, to))
                blocks.append(both.reshape(-1))
                place += both.size
        numbers = ctx.upload(np.concatenate(blocks))
        table = np.array(rows, _ROW)
        table["matrix"] += np.uintp(numbers.data.ptr)
        ctx.launch(
            "boxes.cu",
            "coord_transform",
            table,
            np.int32(type_code(kind)),
            np.int32(type_code(self.dtype)),
            elements=int(table["size"].max(initial=0)),
            reads=[batch, numbers],
            writes=[out],
        )
        return out

    @staticmethod
    def _argument(ctx: SampleContext, name: str) -> PerFrameArg:
        value = ctx.array(name)
        scalar = value is not None and value.ndim == 0
        return PerFrameArg(ctx, name, 0 if scalar else 1 if name == "T" else 2)

    @staticmethod
    def _matrix(n: int, m: Array | None, mt: Array | None, t: Array | None) -> tuple[Array, Array | None]:
        """The matrix and the translation for vectors of n components."""
        if mt is not None and mt.size > 1:
            if mt.size % (n + 1) or (mt.ndim == 2 and mt.shape[1] != n + 1):
                raise ValueError(f"'MT' has shape {mt.shape}, which does not fit vectors of {n} components")
            both = mt.reshape(-1, n + 1)
            return both[:, :n], both[:, n]
        m = mt if mt is not None else m
        if m is None or m.size == 1:
            matrix = np.eye(n, dtype=np.float32) * np.float32(1 if m is None else m.reshape(-1)[0])
        elif m.size % n or (m.ndim == 2 and m.shape[1] != n):
            raise ValueError(f"'M' has shape {m.shape}, which does not fit vectors of {n} components")
        else:
            matrix = m.reshape(-1, n)
        if t is not None and t.size not in (1, len(matrix)):
            raise ValueError(f"'T' has {t.size} values for {len(matrix)} components")
        return matrix, None if t is None else t.reshape(-1)
