"""python_function: the user's own function as an operator."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable
from typing import Any, ClassVar

import numpy as np

from adali.data import TensorListCPU, TensorListGPU
from adali.data.device import device_array
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
from adali.operators.user_data import is_async_callable, sample_of

__all__ = ["BatchFunction", "PythonFunction"]


class BatchFunction:
    """What a plugin gives to ``python_function`` in a function's place, to make the outputs from whole batches.

    It runs on the CPU.
    """

    def __call__(self, *inputs: TensorListCPU) -> tuple[TensorListCPU, ...]:
        """The outputs, which must not share memory with the inputs."""
        raise NotImplementedError


@operator(
    "PythonFunction",
    inputs=(Input("input", doc="Passed to the function in the order given; any number of them."),),
    min_inputs=0,
    max_inputs=256,
    args=(
        Arg("num_outputs", ArgKind.INT, 1, "How many outputs it has; 0 for a function called for its effects."),
        Arg(
            "batch_processing",
            ArgKind.BOOL,
            False,
            "Call it once a batch with lists of arrays, and not once a sample with arrays.",
        ),
        Arg(
            "output_layouts",
            ArgKind.OBJECT,
            None,
            "Layout of all outputs, or a list with one for each; outputs beyond a shorter list have none.",
        ),
    ),
    num_outputs=lambda args: int(args.get("num_outputs", 1)),
    devices=("cpu", "gpu"),
    stateful=True,
    no_prune=True,
    serializable=False,
)
class PythonFunction(BatchOperator):
    """Calls a Python function with the samples of its inputs, or with whole batches.

    The function gets NumPy arrays, which it must not write into. A sample of an output is an array, a TensorCPU, an
    object with the array interface or DLPack, or a number (bool; int becomes int32 and float float32); the result is
    copied. With several outputs the function returns a tuple of them. With ``batch_processing`` it gets and returns
    lists with one array for each sample.

    A plain function is called for one sample after another, in order, on a worker thread. A coroutine function is
    awaited on the engine's event loop, for all samples of a batch at the same time.

    If the function raises for a sample, only that sample fails; with ``batch_processing``, the batch does.

    Raises:
        TypeError: a result that is no array or number, or samples that differ in type or number of axes.
        ValueError: the wrong number of results, or a layout that does not fit.
    """

    extra_args = (Arg("function", ArgKind.OBJECT, REQUIRED, "The function, plain or `async def`."),)
    constructor_args: ClassVar[tuple[str, ...]] = ("function", "num_outputs", "device", "batch_processing")

    @classmethod
    def bind(cls, kwargs: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """Take the function out of the arguments."""
        function = kwargs.pop("function", None)
        if not callable(function):
            raise ArgumentError(f"python_function needs function=..., something to call; got {function!r}")
        count = kwargs.get("num_outputs")
        if isinstance(count, int) and count < 0:  # of other types, the schema's check has more to say
            raise ArgumentError(f"python_function: num_outputs must not be negative, got {count}")
        return kwargs, function

    def setup(self) -> None:
        self.function = self.spec.state
        self.is_async = is_async_callable(self.function)
        if self.spec.device == "gpu" and isinstance(self.function, BatchFunction):
            raise self.error("a function of whole batches runs on device='cpu' only")
        if self.spec.device == "gpu" and self.is_async:
            raise self.error("a coroutine function runs on device='cpu' only: the stages of the device do not await")
        self.per_batch: bool = self.args["batch_processing"] or isinstance(self.function, BatchFunction)
        self.mixes_samples = self.per_batch  # type: ignore[misc]
        self.count = len(self.spec.outputs)
        layouts = self.args["output_layouts"] or ()
        layouts = [layouts] * self.count if isinstance(layouts, str) else list(layouts)
        if not all(isinstance(layout, str) for layout in layouts):
            raise self.error(f"output_layouts must be a str or a list of str, got {self.args['output_layouts']!r}")
        self._layouts = [str(layout) for layout in (layouts + [""] * self.count)[: self.count]]

    def run(
        self, ctx: BatchContext, *inputs: TensorListCPU
    ) -> TensorListCPU | tuple[TensorListCPU, ...] | Awaitable[TensorListCPU | tuple[TensorListCPU, ...]]:
        if isinstance(self.function, BatchFunction):
            return self.function(*inputs)
        columns = [[batch.at(i) for i in range(ctx.batch_size)] for batch in inputs]
        if self.is_async:
            return self._run_async(ctx, columns)
        if self.per_batch:
            return self._whole(self._checked(self.function(*columns)), ctx.batch_size)
        made = Made(self.count, ctx.batch_size)
        for index in range(ctx.batch_size):
            try:
                self._put(made, index, self._checked(self.function(*[column[index] for column in columns])))
            except Exception as e:
                made.errors[index] = e
                if self.env.on_error == "raise":
                    break
        return self._result(made)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """The function gets CuPy arrays; the stage's stream is the current one while it runs."""
        columns = [[batch._samples[i] for i in range(ctx.batch_size)] for batch in inputs]
        if self.per_batch:
            outputs = [list(item) for item in self._items(self._checked(self.function(*columns)))]
        else:
            rows = ctx.each(lambda i: self._items(self._checked(self.function(*[c[i] for c in columns]))))
            outputs = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(self.count)]
        results = []
        for output, (column, layout) in enumerate(zip(outputs, self._layouts, strict=True)):
            if len(column) != ctx.batch_size:
                raise ValueError(f"output {output} of the function must be a list of {ctx.batch_size} arrays")
            arrays = [ctx.xp.ascontiguousarray(device_array(item)) for item in column]
            for array in arrays:
                if array.dtype != arrays[0].dtype or array.ndim != arrays[0].ndim:
                    raise TypeError(f"the samples of output {output} of the function differ in type or number of axes")
                if layout and len(layout) != array.ndim:
                    raise ValueError(f"layout {layout!r} of output {output} does not describe {array.ndim} axes")
            results.append(TensorListGPU._from_samples(arrays, layout))
        return tuple(results)

    async def _run_async(self, ctx: BatchContext, columns: list[list[Array]]) -> tuple[TensorListCPU, ...]:
        if self.per_batch:
            return self._whole(await self.function(*columns), ctx.batch_size)
        made = Made(self.count, ctx.batch_size)

        async def one(index: int) -> None:
            try:
                self._put(made, index, await self.function(*[column[index] for column in columns]))
            except Exception as e:
                made.errors[index] = e

        # With return_exceptions, cancelling the wait also waits for the tasks.
        for outcome in await asyncio.gather(*map(one, range(ctx.batch_size)), return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        return self._result(made)

    def _checked(self, result: Any) -> Any:
        if inspect.isawaitable(result):
            if inspect.iscoroutine(result):
                result.close()
            raise TypeError(
                "the function returned an awaitable, but is no coroutine function; write it as `async def`, so that "
                "it can be seen to belong on the event loop"
            )
        return result

    def _items(self, result: Any) -> tuple[Any, ...]:
        """The function's result as one item for each output."""
        if self.count == 0:
            return ()
        if self.count == 1:
            if not isinstance(result, tuple):
                return (result,)
            if self.per_batch:  # a tuple of samples, or of one list of samples
                alone = len(result) == 1 and isinstance(result[0], (list, tuple, TensorListCPU))
                return result if alone else (result,)
        if not isinstance(result, (tuple, list)):
            raise TypeError(
                f"with num_outputs={self.count} the function must return a tuple, got {type(result).__name__}"
            )
        if len(result) != self.count:
            raise ValueError(f"the function returned {len(result)} outputs, but num_outputs={self.count}")
        return tuple(result)

    def _put(self, made: Made, index: int, result: Any) -> None:
        for output, item in enumerate(self._items(result)):
            self._store(made, output, index, item)

    def _store(self, made: Made, output: int, index: int, item: Any) -> None:
        array = sample_of(item, copy=False, scalars=True)
        layout = self._layouts[output]
        if layout and len(layout) != array.ndim:
            raise ValueError(f"layout {layout!r} of output {output} does not describe {array.ndim} axes")
        made.put(output, index, array)

    def _whole(self, result: Any, size: int) -> tuple[TensorListCPU, ...]:
        columns = []
        for output, item in enumerate(self._items(result)):
            column = list(item) if isinstance(item, (list, tuple, np.ndarray, TensorListCPU)) else None
            if column is None or len(column) != size:
                got = type(item).__name__ if column is None else f"{len(column)} samples"
                raise ValueError(f"output {output} of the function must be a list of {size} arrays, got {got}")
            columns.append(column)
        made = Made(self.count, size)
        for index, row in enumerate(zip(*columns, strict=True)):
            for output, item in enumerate(row):
                self._store(made, output, index, item)
        return self._result(made)

    def _result(self, made: Made) -> tuple[TensorListCPU, ...]:
        if made.errors:
            raise SampleErrors(made.errors)
        return made.batches(self._layouts)


class Made:
    """What a function has made so far of one batch: copies, since it may use its own memory again."""

    def __init__(self, outputs: int, size: int) -> None:
        self.size = size
        self.columns: list[list[Any]] = [[None] * size for _ in range(outputs)]
        self.slabs: list[Array | None] = [None] * outputs
        self.ragged = [False] * outputs
        self.errors: dict[int, Exception] = {}

    def put(self, output: int, index: int, array: Array) -> None:
        """Copy one sample in.

        Raises:
            TypeError: it differs from the first one in type or number of axes.
        """
        slab = self.slabs[output]
        if slab is None:
            slab = self.slabs[output] = np.empty((self.size, *array.shape), array.dtype)
        if array.dtype != slab.dtype or array.ndim != slab.ndim - 1:
            raise TypeError(
                f"output {output} of the function has {array.dtype} elements and {array.ndim} axes; other samples of "
                f"the batch have {slab.dtype} and {slab.ndim - 1}"
            )
        if array.shape == slab.shape[1:]:
            slab[index] = array
            self.columns[output][index] = slab[index, ...]
        else:
            self.ragged[output] = True
            self.columns[output][index] = array.copy()

    def batches(self, layouts: list[str]) -> tuple[TensorListCPU, ...]:
        """The outputs."""
        return tuple(
            TensorListCPU._from_samples(samples, layout, slab=None if ragged else slab)
            for samples, layout, slab, ragged in zip(self.columns, layouts, self.slabs, self.ragged, strict=True)
        )
