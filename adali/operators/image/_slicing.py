"""Cutting a window out of an array, and what happens where it leaves the array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adali.data.device_samples import pointers
from adali.graph.schema import layouts_of
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, Operator, SampleContext
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import BORDERS, Box, copy_boxes, packed
from adali.types import storage_dtype, to_numpy_type

__all__ = ["DTYPE_ARGS", "OUT_OF_BOUNDS_ARGS", "Cutter", "require_bounds", "trim"]

OUT_OF_BOUNDS_ARGS = (
    Arg(
        "fill_values",
        ArgKind.FLOATS,
        (0.0,),
        'Value of padding (out_of_bounds_policy="pad"): one number, or one for each channel.',
    ),
    Arg(
        "out_of_bounds_policy",
        ArgKind.STR,
        "error",
        'What to do where the window leaves the input: "error"; "pad" or "constant" (use fill_values); "edge" or '
        '"clamp" (repeat the border); "reflect" or "reflect_1001" (mirror, the border twice); "reflect_101" (mirror, '
        'the border once); "wrap" (start over at the other side); "trim_to_shape" (make the window smaller).',
    ),
)

DTYPE_ARGS = (
    Arg("dtype", ArgKind.DTYPE, None, "Type of the output; that of the input by default."),
    Arg("output_dtype", ArgKind.DTYPE, None, "Old name of dtype.", deprecated="dtype"),
    Arg("image_type", ArgKind.IMAGE_TYPE, None, "Without effect.", deprecated=""),
)

_POLICIES = {
    "error": "error",
    "constant": "pad",
    "pad": "pad",
    "edge": "edge",
    "clamp": "edge",
    "reflect": "reflect",
    "reflect_1001": "reflect",
    "reflect_101": "reflect_101",
    "wrap": "wrap",
    "trim_to_shape": "trim",
}


def policy_of(op: Operator) -> str:
    """The out-of-bounds policy under its one name.

    Raises:
        ArgumentError: there is no such policy.
    """
    policy = _POLICIES.get(op.args["out_of_bounds_policy"])
    if policy is None:
        raise op.error(
            f"out_of_bounds_policy must be one of {', '.join(_POLICIES)}, got {op.args['out_of_bounds_policy']!r}"
        )
    return policy


def require_bounds(start: Sequence[int], size: Sequence[int], extents: Sequence[int]) -> None:
    """Check that a window lies in an array.

    Raises:
        ValueError: it does not.
    """
    for axis, (a, n, extent) in enumerate(zip(start, size, extents, strict=True)):
        if a < 0 or a + n > extent:
            raise ValueError(
                f"the window from {a} to {a + n} along axis {axis} leaves the input, which ends at {extent}; "
                "out_of_bounds_policy says what to do with such windows"
            )


def trim(start: Sequence[int], size: Sequence[int], extents: Sequence[int]) -> tuple[list[int], list[int]]:
    """The part of a window that lies in an array: start and size."""
    low = [min(max(a, 0), extent) for a, extent in zip(start, extents, strict=True)]
    high = [min(max(a + n, 0), extent) for a, n, extent in zip(start, size, extents, strict=True)]
    return low, [b - a for a, b in zip(low, high, strict=True)]


class Cutter:
    """Cuts windows for one operator, as its dtype, fill_values and out_of_bounds_policy say."""

    def __init__(self, op: Operator) -> None:
        self.policy = policy_of(op)
        self.fill = op.args["fill_values"]
        dtype = op.args["dtype"]
        self.dtype = None if dtype is None else np.dtype(to_numpy_type(dtype))

    def cut(
        self, ctx: SampleContext, array: Array, start: Sequence[int], size: Sequence[int], channel: int = -1
    ) -> Array:
        """The window, one start and one size an axis; a view of the input where nothing needs to be computed.

        ``channel`` is the axis that several fill values belong to.

        Raises:
            ValueError: the window leaves the array (policy "error"), or the number of fill values does not fit.
        """
        inside = True
        for a, n, extent in zip(start, size, array.shape, strict=True):
            if a < 0 or a + n > extent:
                inside = False
        if not inside:
            if self.policy == "trim":
                start, size = trim(start, size, array.shape)
            elif self.policy == "pad":
                return self._pad(ctx, array, start, size, channel)
            elif self.policy == "error":
                require_bounds(start, size, array.shape)
            else:
                return self._extend(ctx, array, start, size)
        view = array[tuple([slice(a, a + n) for a, n in zip(start, size, strict=True)])]
        return self.cast(ctx, view)

    def cut_gpu(self, ctx: GpuContext, batch: Any, window: Callable[..., tuple[list[int], list[int], int]]) -> Any:
        """The windows of a batch on the device; ``window(i, shape, layout)`` gives start, size and channel axis."""
        kind, shapes = storage_dtype(batch._dtype), batch.shape()
        target = self.dtype or kind
        names = batch._layout or layouts_of(batch.ndim(), ctx.operator.schema.input_schema(0).layouts)
        fill = np.asarray(self.fill, np.float32)
        fill = np.trunc(fill) if target.kind in "iu" else fill
        addresses = pointers(batch._samples)

        def box(i: int) -> Box:
            shape = shapes[i]
            start, size, channel = window(i, shape, names)
            inside = all(a >= 0 and a + n <= e for a, n, e in zip(start, size, shape, strict=True))
            if not inside and self.policy == "trim":
                start, size = trim(start, size, shape)
            elif not inside and self.policy == "error":
                require_bounds(start, size, shape)
            elif not inside and self.policy == "pad":
                if fill.size > 1 and (channel < 0 or size[channel] != fill.size):
                    raise ValueError(f"{fill.size} fill_values do not fit an output of shape {tuple(size)}")
            elif not inside and 0 in shape:
                raise ValueError(f"axis {shape.index(0)} of the input is empty; there is nothing to extend")
            border = self.policy if self.policy in BORDERS else "pad"
            values = fill.tolist() if not inside else [0.0]
            return Box(size, addresses[i], packed(shape), start, None, shape, values, channel, border)

        return copy_boxes(ctx, [batch], ctx.each(box), kind, target, batch._layout)

    def cast(self, ctx: SampleContext, array: Array) -> Array:
        """The array in the operator's dtype."""
        if self.dtype is None or array.dtype == self.dtype:
            return array
        return convert(array, self.dtype, out=ctx.empty(array.shape, self.dtype))

    def _pad(self, ctx: SampleContext, array: Array, start: Sequence[int], size: Sequence[int], channel: int) -> Array:
        dtype = self.dtype or array.dtype
        out = ctx.empty(tuple(size), dtype)
        fill = np.asarray(self.fill, np.float32)
        if dtype.kind in "iu":
            fill = np.trunc(fill)  # DALI casts these without rounding
        fill = convert(fill, dtype)
        if fill.size > 1:
            if channel < 0 or out.shape[channel] != fill.size:
                raise ValueError(f"{fill.size} fill_values do not fit an output of shape {out.shape}")
            fill = fill.reshape(tuple(-1 if i == channel else 1 for i in range(out.ndim)))
        out[...] = fill
        low, count = trim(start, size, array.shape)
        if all(count):
            there = tuple(slice(a, a + n) for a, n in zip(low, count, strict=True))
            here = tuple(slice(a - b, a - b + n) for a, b, n in zip(low, start, count, strict=True))
            source = array[there]
            if array.dtype == dtype:
                out[here] = source
            else:
                out[here] = convert(source, dtype)
        return out

    def _extend(self, ctx: SampleContext, array: Array, start: Sequence[int], size: Sequence[int]) -> Array:
        result = array
        for axis, (a, n, extent) in enumerate(zip(start, size, array.shape, strict=True)):
            if a >= 0 and a + n <= extent:
                result = result[(slice(None),) * axis + (slice(a, a + n),)]
            elif extent == 0:
                raise ValueError(f"axis {axis} of the input is empty; there is nothing to extend")
            else:
                result = result.take(_indices(self.policy, a, n, extent), axis=axis)
        return self.cast(ctx, result)


def _indices(policy: str, start: int, count: int, extent: int) -> npt.NDArray[np.intp]:
    """Which sample of an axis stands at each place of a window that leaves it."""
    at = np.arange(start, start + count)
    if policy == "edge" or extent == 1:
        return np.clip(at, 0, extent - 1)
    if policy == "wrap":
        return at % extent
    if policy == "reflect":
        at = at % (2 * extent)
        return np.where(at < extent, at, 2 * extent - 1 - at)
    at = at % (2 * extent - 2)
    return np.where(at < extent, at, 2 * extent - 2 - at)
