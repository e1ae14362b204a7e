"""What an operator's ``run`` knows of the batch or sample that it works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from adali.graph.schema import layouts_of
from adali.kernels import philox

if TYPE_CHECKING:
    from adali.operators.base import Operator

__all__ = ["Array", "BatchContext", "SampleContext"]

Array = npt.NDArray[Any]


class BatchContext:
    """One operator in one iteration.

    Attributes:
        operator: the operator.
        iteration: index of the iteration since the pipeline was built.
        batch_size: number of samples in this batch.
        columns: argument inputs: name -> one array a sample.
        in_layouts: layouts of the inputs.
        sources: where the samples came from, if known.
        places: in a branch of a conditional, the samples' places in the whole batch; None where it is whole.
    """

    __slots__ = ("batch_size", "columns", "in_layouts", "iteration", "operator", "places", "sources")

    def __init__(
        self,
        operator: Operator,
        iteration: int,
        batch_size: int,
        columns: Mapping[str, Sequence[Array]],
        in_layouts: tuple[str, ...] = (),
        sources: Sequence[str | None] | None = None,
    ) -> None:
        self.operator = operator
        self.iteration = iteration
        self.batch_size = batch_size
        self.columns = columns
        self.in_layouts = in_layouts
        self.sources = sources
        self.places: Sequence[int] | None = None

    def of_part(
        self, batch_size: int, columns: Mapping[str, Sequence[Array]], sources: Sequence[str | None] | None
    ) -> BatchContext:
        """The context for some of the samples."""
        return BatchContext(self.operator, self.iteration, batch_size, columns, self.in_layouts, sources)

    def arg(self, name: str, sample: int = 0) -> Any:
        """Value of an argument for a sample: Python scalar, or tuple for list arguments; None if not given."""
        column = self.columns.get(name)
        if column is None:
            return self.operator.args[name]
        value = column[sample]
        arg = self.operator.schema.by_name[name]
        if arg.kind.is_vector:
            return tuple(value.reshape(-1).tolist())
        if value.size != 1:
            raise ValueError(f"argument '{name}' must be one value a sample, got shape {value.shape}")
        return value.item()

    def array(self, name: str, sample: int = 0) -> Array | None:
        """Value of an argument as an array in the shape it was given; None if not given."""
        column = self.columns.get(name)
        if column is not None:
            return column[sample]
        value = self.operator.args[name]
        return None if value is None else np.asarray(value)

    def words(self, per_sample: int) -> npt.NDArray[np.uint64]:
        """Random words of this batch, shape (batch_size, per_sample); see :mod:`adali.kernels.philox`."""
        if self.places is not None:
            size = max(self.places, default=-1) + 1
            return philox.words(self.operator.key, self.iteration, size, per_sample)[np.asarray(self.places, np.intp)]
        return philox.words(self.operator.key, self.iteration, self.batch_size, per_sample)

    def generator(self, sample: int) -> np.random.Generator:
        """Random generator of one sample; use it before asking for the next."""
        place = sample if self.places is None else self.places[sample]
        return philox.sample_generator(self.operator.key, self.iteration, place)


class SampleContext:
    """One operator on one sample; ``ctx.arg(name)`` reads arguments, ``ctx.empty(shape, dtype)`` makes outputs."""

    __slots__ = ("_allocate", "batch", "index")

    def __init__(
        self,
        batch: BatchContext,
        index: int,
        allocate: Callable[[int, int, tuple[int, ...], Any], Array],
    ) -> None:
        self.batch = batch
        self.index = index
        self._allocate = allocate

    @property
    def iteration(self) -> int:
        """Index of the iteration."""
        return self.batch.iteration

    @property
    def source(self) -> str | None:
        """Where the sample came from, if known."""
        return None if self.batch.sources is None else self.batch.sources[self.index]

    def arg(self, name: str) -> Any:
        """See :meth:`BatchContext.arg`."""
        if not self.batch.columns:
            return self.batch.operator.args[name]
        return self.batch.arg(name, self.index)

    def array(self, name: str) -> Array | None:
        """See :meth:`BatchContext.array`."""
        return self.batch.array(name, self.index)

    def layout(self, array: Array, index: int = 0) -> str:
        """Layout of an input, guessed from the number of dimensions when the batch has none."""
        layout = self.batch.in_layouts[index]
        if layout:
            return layout
        return layouts_of(array.ndim, self.batch.operator.schema.input_schema(index).layouts)

    def empty(self, shape: tuple[int, ...], dtype: Any, output: int = 0) -> Array:
        """Uninitialised C-contiguous memory for an output.

        It is the sample's place in the output batch where the result leaves the chain, and scratch memory of the
        thread otherwise. Filling and returning it saves a copy; returning any other array is allowed.
        """
        return self._allocate(output, self.index, shape, dtype)

    def generator(self) -> np.random.Generator:
        """Random generator of this sample."""
        return self.batch.generator(self.index)
