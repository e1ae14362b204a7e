"""reshape and reinterpret: another view of the same bytes."""

from __future__ import annotations

from math import prod

import numpy as np

from adali.data import TensorListCPU
from adali.operators.base import Arg, ArgKind, Array, BatchContext, BatchOperator, Input, SampleErrors, operator
from adali.operators.generic._common import column_value, rebatch
from adali.operators.gpu_copy import metadata_only
from adali.types import DALIDataType, storage_dtype

_INPUTS = (
    Input("data", doc="Data to see in another shape."),
    Input("shape_input", device="cpu", doc="Optional: the shape of each sample, a 1-D tensor of integers."),
)
_ARGS = (
    Arg(
        "layout",
        ArgKind.LAYOUT,
        None,
        "Layout of the output; by default that of the input if the number of axes is the same, else none.",
    ),
    Arg(
        "rel_shape",
        ArgKind.FLOATS,
        None,
        "Extents of the output relative to those of the input, or of the axes in ``src_dims``; one may be negative and "
        "gets what is left, also as an extra axis at the end.",
        tensor=True,
    ),
    Arg(
        "shape",
        ArgKind.INTS,
        None,
        "Shape of the output; one extent may be negative and gets what is left.",
        tensor=True,
    ),
    Arg(
        "src_dims",
        ArgKind.INTS,
        None,
        "Axes of the input whose extents the output has, in this order; -1 makes a new axis of extent 1. Not used with "
        "``shape``.",
        tensor=True,
    ),
)


@operator("Reshape", inputs=_INPUTS, min_inputs=1, args=_ARGS, devices=("cpu", "gpu"))
class Reshape(BatchOperator):
    """Shows the data in another shape and layout; the elements keep their order in memory and are not copied."""

    inline = True
    mixes_samples = False
    run_gpu = metadata_only

    def setup(self) -> None:
        given = [n for n in ("shape", "rel_shape") if self.given(n)]
        if len(self.spec.inputs) > 1:
            given.insert(0, "the shape input")
        if len(given) > 1:
            raise self.error(f"give only one of: {', '.join(given)}")
        self.dtype: np.dtype[np.generic] | None = None
        dtype: DALIDataType | None = self.args.get("dtype")
        if dtype is not None:
            try:
                self.dtype = storage_dtype(dtype)
            except KeyError:
                raise self.error(f"data cannot be seen as {dtype.name}") from None
        if not given and not any(self.given(n) for n in ("src_dims", "layout", "dtype") if n in self.args):
            raise self.error("the arguments ask for nothing: give a shape, a layout or another type")
        if sum(e < 0 for e in self.args["shape"] or ()) > 1:
            raise self.error(f"only one extent may be negative, got shape {list(self.args['shape'])}")
        self.uniform = len(self.spec.inputs) == 1 and not self.spec.arg_inputs

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        batch = inputs[0]
        kwargs = {} if self.dtype is None else {"dtype": self.args["dtype"]}
        slab = batch._slab
        if slab is not None and self.uniform and len(batch):
            shape = self._shape(ctx, 0, batch._samples[0], None)
            block = self._view(slab, (len(batch), *shape))
            samples = [block[i, ...] for i in range(len(block))]
            return rebatch(batch, samples, self._layout(batch._layout, slab.ndim - 1, len(shape)), slab=block, **kwargs)
        samples, errors = [], {}
        for i, data in enumerate(batch._samples):
            try:
                shape = self._shape(ctx, i, data, inputs[1]._samples[i] if len(inputs) > 1 else None)
                samples.append(self._view(data, shape))
            except ValueError as e:
                errors[i] = e
        if errors:
            raise SampleErrors(dict(errors))
        axes = {s.ndim for s in samples}
        if len(axes) > 1:
            raise ValueError(f"the samples of a batch must have one number of axes, got {sorted(axes)}")
        layout = self._layout(batch._layout, batch.ndim(), samples[0].ndim) if samples else ""
        return rebatch(batch, samples, layout, **kwargs)

    def _view(self, data: Array, shape: tuple[int, ...]) -> Array:
        if self.dtype is None or self.dtype == data.dtype:
            return data.reshape(shape)
        return np.ascontiguousarray(data).reshape(-1).view(self.dtype).reshape(shape)

    def _layout(self, before: str, ndim_before: int, ndim: int) -> str:
        layout: str | None = self.args["layout"]
        if layout is None:
            return before if ndim == ndim_before else ""
        if layout and len(layout) != ndim:
            raise ValueError(f"the layout {layout!r} does not fit an output with {ndim} axes")
        return layout

    def _shape(self, ctx: BatchContext, i: int, data: Array, shape_input: Array | None) -> tuple[int, ...]:
        """Shape of the output for a sample."""
        before = data.shape
        itemsize = data.itemsize if self.dtype is None else self.dtype.itemsize
        given = self._given_shape(ctx, i, shape_input)
        src_dims = column_value(ctx, "src_dims", i)
        rel_shape = column_value(ctx, "rel_shape", i)
        if given is not None:
            shape = list(given)
        elif rel_shape is not None:
            shape = self._relative(before, rel_shape, src_dims)
        else:
            shape = list(before) if src_dims is None else self._sources(before, src_dims)
            if prod(shape) != prod(before):
                raise ValueError(f"an input of shape {before} cannot be seen in the shape {tuple(shape)}")
            if itemsize != data.itemsize:
                if not shape or shape[-1] * data.itemsize % itemsize:
                    raise ValueError(
                        f"the innermost extent of shape {tuple(shape)} in bytes is no multiple of the {itemsize} bytes "
                        f"of an element of {self.args['dtype'].name}"
                    )
                shape[-1] = shape[-1] * data.itemsize // itemsize
        return self._complete(shape, before, data.nbytes, itemsize)

    def _given_shape(self, ctx: BatchContext, i: int, shape_input: Array | None) -> tuple[int, ...] | None:
        if shape_input is None:
            column = ctx.columns.get("shape")
            if column is None:
                shape: tuple[int, ...] | None = self.args["shape"]
                return shape
            shape_input = column[i]
        if shape_input.dtype.kind not in "iu":
            raise ValueError(f"a shape must be given as integers, got {shape_input.dtype}")
        return tuple(shape_input.reshape(-1).tolist())

    @staticmethod
    def _sources(before: tuple[int, ...], src_dims: tuple[int, ...]) -> list[int]:
        for axis in src_dims:
            if not -1 <= axis < len(before):
                raise ValueError(f"'src_dims' holds {axis}, but the input has {len(before)} axes (-1 makes a new one)")
        return [1 if axis == -1 else before[axis] for axis in src_dims]

    def _relative(
        self, before: tuple[int, ...], rel_shape: tuple[float, ...], src_dims: tuple[int, ...] | None
    ) -> list[int]:
        if src_dims is not None:
            if len(src_dims) != len(rel_shape):
                raise ValueError(f"'rel_shape' has {len(rel_shape)} values and 'src_dims' has {len(src_dims)}")
            base = self._sources(before, src_dims)
        else:
            extra = len(rel_shape) - len(before)
            if extra > 1 or (extra == 1 and rel_shape[-1] >= 0):
                raise ValueError(
                    f"'rel_shape' has {len(rel_shape)} values for an input with {len(before)} axes; use 'src_dims' to "
                    "add axes"
                )
            base = [*before, 1]
        return [
            -1 if rel < 0 else int(np.floor(extent * np.float32(rel) + 0.5))
            for extent, rel in zip(base, rel_shape, strict=False)
        ]

    @staticmethod
    def _complete(shape: list[int], before: tuple[int, ...], nbytes: int, itemsize: int) -> tuple[int, ...]:
        """Fill in the negative extent, and check that the size in bytes stays."""
        free = [axis for axis, extent in enumerate(shape) if extent < 0]
        if len(free) > 1:
            raise ValueError(f"only one extent of a shape may be negative, got {shape}")
        if free:
            rest = prod(e for e in shape if e >= 0) * itemsize
            shape[free[0]] = nbytes // rest if rest else 0
        if prod(shape) * itemsize != nbytes:
            raise ValueError(
                f"an input of shape {before} ({nbytes} bytes) cannot be seen in the shape {tuple(shape)} "
                f"({prod(shape) * itemsize} bytes)"
            )
        return tuple(shape)


@operator(
    "Reinterpret",
    inputs=_INPUTS,
    min_inputs=1,
    args=(
        Arg(
            "dtype",
            ArgKind.DTYPE,
            None,
            "Type to read the bytes as. Without a shape, the innermost extent changes with the size of an element.",
        ),
        *_ARGS,
    ),
    devices=("cpu", "gpu"),
)
class Reinterpret(Reshape):
    """Shows the same bytes as elements of another type, and in another shape and layout, without a copy."""
