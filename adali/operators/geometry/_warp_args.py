"""What the operators that warp images have in common: types, interpolation, fill value, size of the output, frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.kernels import warp
from adali.kernels.cuda import type_code
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, Operator, SampleContext
from adali.operators.geometry._frames import PerFrameArg
from adali.operators.gpu import GpuContext, struct
from adali.operators.gpu_copy import shown
from adali.types import DALIInterpType, storage_dtype, to_numpy_type

__all__ = ["WARP_ARGS", "WARP_KERNELS", "WARP_LAYOUTS", "Warper"]

WARP_LAYOUTS = ("HWC", "FHWC", "DHWC", "FDHWC")

WARP_ARGS = (
    Arg(
        "dtype",
        ArgKind.DTYPE,
        None,
        "Type of the output: that of the input (the default) or FLOAT; for FLOAT input also UINT8, INT16 or INT32.",
    ),
    Arg("output_dtype", ArgKind.DTYPE, None, "Old name of dtype.", deprecated="dtype"),
    Arg(
        "fill_value",
        ArgKind.FLOAT,
        None,
        "Value of what lies outside of the input; by default its border pixels are repeated.",
    ),
    Arg("interp_type", ArgKind.INTERP, DALIInterpType.INTERP_LINEAR, "INTERP_LINEAR or INTERP_NN."),
    Arg(
        "size",
        ArgKind.FLOATS,
        None,
        "Size of the output in pixels, without channels: (height, width), or (depth, height, width) for volumes. "
        "A constant is rounded to whole numbers, at least 1; an argument input is cut off.",
        tensor=True,
    ),
)


_ROW = struct(
    ("in", "p"),
    ("out", "p"),
    ("size", "i8"),
    ("in_shape", "i4", 3),
    ("shape", "i4", 3),
    ("channels", "i4"),
    ("use_fill", "i4"),
    ("matrix", "f4", 12),
    ("scale", "f4", 4),
    ("fill", "f4"),
    ("flat", "i4"),
)
WARP_KERNELS = (("warp.cu", "warp"),)


class Warper:
    """Warps images, volumes and sequences for one operator, as its arguments say.

    Raises:
        ArgumentError: interp_type is none of the two (when made).
    """

    def __init__(self, op: Operator) -> None:
        interp = op.args["interp_type"]
        if interp not in (DALIInterpType.INTERP_LINEAR, DALIInterpType.INTERP_NN):
            raise op.error(f"interp_type must be INTERP_LINEAR or INTERP_NN, got {interp.name}")
        self.linear = interp == DALIInterpType.INTERP_LINEAR
        self.fill: float | None = op.args["fill_value"]
        dtype = op.args["dtype"]
        self.dtype = None if dtype is None else np.dtype(to_numpy_type(dtype))

    @staticmethod
    def size(ctx: SampleContext, ndim: int) -> tuple[int, ...] | None:
        """The ``size`` argument; None if it was not given.

        A constant is rounded to whole numbers. What comes as an argument input is cut off instead, as in DALI.

        Raises:
            ValueError: it has another number of values than the image has spatial axes, or they are not positive.
        """
        size = ctx.arg("size")
        if not size:
            return None
        if len(size) != ndim:
            raise ValueError(f"'size' must have {ndim} values, got {list(size)}")
        if not all(s > 0 for s in size):
            raise ValueError(f"'size' must be positive, got {list(size)}")
        if "size" in ctx.batch.columns:
            return tuple(int(s) for s in size)
        return tuple(max(1, int(s + 0.5)) for s in size)

    def run(self, ctx: SampleContext, image: Array, matrices: Sequence[Array], size: Sequence[int]) -> Array:
        """Warp every frame of an image with its matrix, or with the only one.

        The image has the spatial axes that ``size`` has values for, and channels; in front of them is at most one axis
        of frames. The matrices lead from the output to the input.
        """
        dtype = self.dtype or image.dtype
        lead = image.ndim - len(size) - 1
        out = ctx.empty((*image.shape[:lead], *size, image.shape[-1]), dtype)
        target = out if out.flags.c_contiguous else np.empty(out.shape, dtype)
        if lead:
            for i in range(image.shape[0]):
                matrix = matrices[i if len(matrices) > 1 else 0]
                warp.affine(image[i], matrix, target[i], linear=self.linear, fill=self.fill)
        else:
            warp.affine(image, matrices[0], target, linear=self.linear, fill=self.fill)
        return target

    def run_gpu(self, ctx: GpuContext, batch: Any, plan: Callable[[SampleContext, Array], Any]) -> Any:
        """Warp a batch on the device; ``plan(ctx, image)`` gives matrices and size, from the image's shape alone."""
        kind, shapes, starts = storage_dtype(batch._dtype), batch.shape(), pointers(batch._samples)
        target = self.dtype or kind
        names = (kind.name, target.name)
        if kind.name not in warp.TYPES or (target != kind and "float32" not in names) or target.name not in warp.TYPES:
            raise ValueError(
                f"cannot warp {kind} into {target}; types are {', '.join(warp.TYPES)}, one of them float32"
            )
        plans = ctx.each(lambda i: plan(ctx.sample(i), shown(starts[i], shapes[i], kind)))
        made = []
        for (_, size), shape in zip(plans, shapes, strict=True):
            made.append((*shape[: len(shape) - len(size) - 1], *(int(n) for n in size), shape[-1]))
        out = ctx.empty(made, target, batch._layout)
        value = np.float32(0 if self.fill is None else self.fill).reshape(1)
        # The border is interpolated as part of the source, so it has the source's type.
        fill = float(convert(value, kind if self.linear else target)[0])
        rows = []
        for (matrices, size), shape, to, start, end in zip(
            plans, shapes, made, starts, pointers(out._samples), strict=True
        ):
            n = len(size)
            lead = len(shape) - n - 1
            extents = shape[lead:-1]
            if self.fill is None and 0 in extents and np.prod(to):
                raise ValueError("an empty image has no border to repeat; give a fill_value")
            images = shape[0] if lead else 1
            steps = [int(np.prod(s[lead:])) * k.itemsize for s, k in ((shape, kind), (to, target))]
            for image in range(images):
                matrix = np.zeros((3, 4), np.float32)
                given = np.asarray(matrices[image if len(matrices) > 1 else 0], np.float32)
                matrix[:n, :n], matrix[:n, 3] = given[:n, :n], given[:n, n]
                row = np.zeros((), _ROW)
                row["in"], row["out"] = start + image * steps[0], end + image * steps[1]
                row["size"] = int(np.prod(size))
                row["in_shape"], row["shape"] = (1,) * (3 - n) + tuple(extents), (1,) * (3 - n) + tuple(size)
                row["channels"], row["use_fill"], row["fill"] = shape[-1], self.fill is not None, fill
                row["matrix"], row["scale"], row["flat"] = matrix.reshape(-1), (0, 0, 0, 1), n == 2
                if given.shape == (n + 1, n + 1):
                    row["scale"] = [*given[n, :n], *[0] * (3 - n), given[n, n]]
                rows.append(row)
        table = np.array(rows, _ROW) if rows else np.zeros(0, _ROW)
        codes = np.int32(self.linear), np.int32(type_code(kind)), np.int32(type_code(target))
        elements = int(table["size"].max(initial=0))
        ctx.launch("warp.cu", "warp", table, *codes, elements=elements, reads=[batch], writes=[out])
        return out

    @staticmethod
    def frames(layout: str, image: Array, args: Sequence[PerFrameArg]) -> int | None:
        """Number of frames, None for a single image, after a check that the arguments have as many values."""
        frames = image.shape[0] if layout.startswith("F") else None
        for arg in args:
            arg.check(frames)
        return frames
