"""experimental.numba_function: the user's own function, compiled with numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from adali.data import TensorListCPU
from adali.errors import ArgumentError
from adali.operators.base import (
    REQUIRED,
    Arg,
    ArgKind,
    Array,
    BatchContext,
    BatchOperator,
    Input,
    SampleErrors,
    operator,
)
from adali.operators.gpu import GpuContext
from adali.types import DALIDataType, storage_dtype, to_numpy_type

#: Most inputs, and most outputs.
MOST = 6


@operator(
    "experimental__NumbaFunction",
    inputs=(Input("input", doc="Passed to the function after the outputs, in the order given."),),
    min_inputs=0,
    max_inputs=MOST,
    args=(
        Arg("batch_processing", ArgKind.BOOL, False, "Call it once a batch with lists of arrays. Not on the GPU."),
        Arg("blocks", ArgKind.INTS, None, "For GPU only: the grid, three numbers."),
        Arg("in_types", ArgKind.DTYPES, REQUIRED, "Type of each input."),
        Arg("ins_ndim", ArgKind.INTS, REQUIRED, "Number of axes of each input."),
        Arg("out_types", ArgKind.DTYPES, REQUIRED, "Type of each output."),
        Arg("outs_ndim", ArgKind.INTS, REQUIRED, "Number of axes of each output."),
        Arg("threads_per_block", ArgKind.INTS, None, "For GPU only: the block, three numbers."),
    ),
    num_outputs=lambda args: len(args["out_types"]),
    devices=("cpu", "gpu"),
    serializable=False,
)
class NumbaFunction(BatchOperator):
    """Compiles a Python function with numba and calls it for each sample, or for each batch.

    ``run_fn(out0, ..., in0, ...)`` gets arrays and fills in the outputs; with ``batch_processing`` they are lists of
    arrays, one for each sample. ``setup_fn(outs, ins)`` is called once a batch and fills in the shapes of the outputs:
    ``outs[i][sample][axis]``; ``ins`` holds those of the inputs. Without it, each output has the shape of the input of
    the same number. Both may be plain functions that numba compiles in its nopython mode, or already compiled ones. The
    GIL is released, unless the function was compiled without ``nogil``. Memory of outputs is not cleared.

    On the GPU ``run_fn`` is a kernel for ``numba.cuda`` (a plain function, or one that ``numba.cuda.jit`` made). It is
    launched for each sample with ``blocks`` and ``threads_per_block`` on the pipeline's stream, and compiled when the
    first batch comes. ``setup_fn`` runs on the host.

    Raises:
        ArgumentError: types and numbers of axes that do not fit each other, or code that numba cannot compile.
        TypeError: an input of another type or number of axes than was said.
        ValueError: ``setup_fn`` gives a negative extent.
    """

    extra_args = (
        Arg("run_fn", ArgKind.OBJECT, REQUIRED, "The function that computes."),
        Arg("setup_fn", ArgKind.OBJECT, None, "The function that tells the shapes of the outputs."),
    )
    constructor_args: ClassVar[tuple[str, ...]] = (
        "run_fn",
        "out_types",
        "in_types",
        "outs_ndim",
        "ins_ndim",
        "setup_fn",
        "device",
        "batch_processing",
        "blocks",
        "threads_per_block",
    )

    @classmethod
    def bind(cls, kwargs: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """Take the functions out of the arguments."""
        run_fn, setup_fn = kwargs.pop("run_fn", None), kwargs.pop("setup_fn", None)
        if not callable(run_fn):
            raise ArgumentError(f"numba_function needs run_fn=..., a function; got {run_fn!r}")
        if setup_fn is not None and not callable(setup_fn):
            raise ArgumentError(f"numba_function: setup_fn must be a function, got {setup_fn!r}")
        return kwargs, (run_fn, setup_fn)

    def setup(self) -> None:
        args = self.args
        self.out_kinds = self._kinds("out_types", "outs_ndim")
        self.in_kinds = self._kinds("in_types", "ins_ndim")
        if len(self.in_kinds) != len(self.spec.inputs):
            raise self.error(f"in_types has {len(self.in_kinds)} types, but there are {len(self.spec.inputs)} inputs")
        if not 1 <= len(self.out_kinds) <= MOST:
            raise self.error(f"there can be 1 to {MOST} outputs, got {len(self.out_kinds)}")
        run_fn, setup_fn = self.spec.state
        if setup_fn is None and [n for _, n in self.out_kinds] != [n for _, n in self.in_kinds]:
            raise self.error(
                "without setup_fn the outputs have the shapes of the inputs, but outs_ndim and ins_ndim differ"
            )
        self.per_batch: bool = args["batch_processing"]
        self.mixes_samples = self.per_batch or setup_fn is not None  # type: ignore[misc]
        self.shapes = None if setup_fn is None else self._compiled(setup_fn, None)
        if self.spec.device == "gpu":
            self.grid = self._extents("blocks"), self._extents("threads_per_block")
            if self.per_batch:
                raise self.error("on the GPU the function is called for each sample; batch_processing must be False")
            try:
                self.cuda = _numba_cuda()
            except ImportError as e:
                message = f"device='gpu' needs numba.cuda, which cannot be imported ({e}); pip install numba-cuda"
                raise self.error(message) from e
            self.function = run_fn if hasattr(run_fn, "py_func") else self.cuda.jit(run_fn)
            return
        self.function = self._compiled(run_fn, None if self.per_batch else [*self.out_kinds, *self.in_kinds])

    def _extents(self, name: str) -> tuple[int, ...]:
        given = self.args[name]
        if given is None or len(given) != 3 or min(given) < 1:
            raise self.error(f"on the GPU {name} must be three positive numbers, got {given}")
        return tuple(given)

    def _kinds(self, types: str, ndims: str) -> list[tuple[np.dtype[Any], int]]:
        given, counts = self.args[types], self.args[ndims]
        if len(given) != len(counts):
            raise self.error(f"{types} and {ndims} must have one length, got {len(given)} and {len(counts)}")
        if any(n < 0 for n in counts):
            raise self.error(f"{ndims} must not be negative, got {counts}")
        try:
            return [(np.dtype(to_numpy_type(t)), n) for t, n in zip(given, counts, strict=True)]
        except KeyError as e:
            raise self.error(f"{types} has a type that NumPy does not know: {e}") from None

    def _compiled(self, function: Callable[..., Any], kinds: list[tuple[np.dtype[Any], int]] | None) -> Any:
        """Compile a function, for arrays of these types at once; an already compiled one stays as it is."""
        import numba
        from numba.core.errors import NumbaError

        dispatcher: Any = function if hasattr(function, "py_func") else numba.njit(nogil=True)(function)
        if kinds is not None:
            try:
                dispatcher.compile(tuple(numba.types.Array(numba.from_dtype(t), n, "C") for t, n in kinds))
            except (NumbaError, RuntimeError) as e:
                raise self.error(f"numba cannot compile {getattr(function, '__name__', function)!r}: {e}") from e
        return dispatcher

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU | tuple[TensorListCPU, ...]:
        size = ctx.batch_size
        columns = [[self._input(batch.at(i), n) for i in range(size)] for n, batch in enumerate(inputs)]
        given = [[a.shape for a in column] for column in columns]
        outputs = [
            [np.empty(shape, kind) for shape in shapes]
            for shapes, (kind, _) in zip(self._shapes(given, size), self.out_kinds, strict=True)
        ]
        if self.per_batch:
            if size:
                import numba

                self.function(*(numba.typed.List(column) for column in (*outputs, *columns)))
        else:
            errors: dict[int, Exception] = {}
            for index in range(size):
                try:
                    self.function(*(column[index] for column in (*outputs, *columns)))
                except Exception as e:
                    errors[index] = e
                    if self.env.on_error == "raise":
                        break
            if errors:
                raise SampleErrors(errors)
        types: tuple[DALIDataType, ...] = self.args["out_types"]
        made = [TensorListCPU._from_samples(o, "", dtype=t) for o, t in zip(outputs, types, strict=True)]
        return made[0] if len(made) == 1 else tuple(made)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """One launch for each sample: the kernel is the user's, and knows one."""
        size = ctx.batch_size
        given = [batch.shape() for batch in inputs]
        for number, batch in enumerate(inputs):
            ctx.each(lambda i, n=number, b=batch: self._check_input(storage_dtype(b._dtype), len(given[n][i]), n))  # type: ignore[misc]
        types: tuple[DALIDataType, ...] = self.args["out_types"]
        outputs = []
        for shapes, (kind, _), dtype in zip(self._shapes(given, size), self.out_kinds, types, strict=True):
            outputs.append(ctx.empty(shapes, kind))
            outputs[-1]._dtype = dtype
        # Foreign arrays would have numba wait for their streams; all of them are of this one.
        view = self.cuda.as_cuda_array
        blocks, threads = self.grid
        stream = self.cuda.external_stream(ctx.bench.stream.ptr)

        def launch(i: int) -> None:
            arrays = [view(batch._samples[i], sync=False) for batch in (*outputs, *inputs)]
            self.function[blocks, threads, stream](*arrays)

        ctx.each(launch)
        ctx.ledger += (*inputs, *outputs)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def _check_input(self, dtype: Any, axes: int, number: int) -> None:
        kind, ndim = self.in_kinds[number]
        if dtype != kind or axes != ndim:
            raise TypeError(
                f"input {number} has {dtype} elements and {axes} axes, but in_types and ins_ndim say {kind} and {ndim}"
            )

    def _input(self, array: Array, number: int) -> Array:
        self._check_input(array.dtype, array.ndim, number)
        # The function is compiled for writable arrays; it must not write into its inputs all the same.
        return array if array.flags.c_contiguous and array.flags.writeable else np.array(array, order="C")

    def _shapes(self, given: list[list[tuple[int, ...]]], size: int) -> list[list[tuple[int, ...]]]:
        """Shapes of all samples of each output, given those of the inputs."""
        if self.shapes is None or not size:
            return given[: len(self.out_kinds)] if self.shapes is None else [[] for _ in self.out_kinds]
        ins = tuple(np.array(shapes, np.int64).reshape(size, -1) for shapes in given)
        outs = tuple(np.zeros((size, ndim), np.int64) for _, ndim in self.out_kinds)
        self.shapes(outs, ins)
        for number, rows in enumerate(outs):
            if (rows < 0).any():
                raise ValueError(f"setup_fn gave output {number} a negative extent: {rows.tolist()}")
        return [[tuple(row) for row in rows.tolist()] for rows in outs]


def _numba_cuda() -> Any:
    """numba's module for CUDA, which no operator of the CPU may load."""
    import numba.cuda

    return numba.cuda
