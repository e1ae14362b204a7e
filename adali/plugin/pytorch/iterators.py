"""DALI's iterators for PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from adali.errors import ArgumentError
from adali.pipeline import Outputs, PipelineBase
from adali.plugin.base_iterator import ARGUMENTS, BaseIterator
from adali.plugin.epochs import LastBatchPolicy
from adali.plugin.outputs import separate
from adali.plugin.pytorch.tensors import dense, samples

__all__ = ["DALIClassificationIterator", "DALIGenericIterator", "DALIRaggedIterator"]

Batches = list[dict[str, Any]]


class DALIGenericIterator(BaseIterator[Batches]):
    """Gives, for each pipeline, a dict of name -> tensor of shape (samples, *sample shape).

    ::

        iterator = DALIGenericIterator(pipe, ["images", "labels"], reader_name="reader", auto_reset=True)
        for epoch in range(90):
            for (batch,) in iterator:
                step(batch["images"], batch["labels"])

    Args:{arguments}        dynamic_shape: accepted for old scripts; shapes may always change between batches.
        fill_last_batch: deprecated; True is ``LastBatchPolicy.FILL`` and False ``PARTIAL``.

    Raises:
        ArgumentError: arguments that exclude each other, pipelines that do not go together, or batches of the wrong
            size or number of outputs.
        PipelineStateError: the data has no batch for the first epoch.
        RuntimeError: the samples of an output differ in shape; see :class:`DALIRaggedIterator`.
    """

    def __init__(
        self,
        pipelines: PipelineBase | Sequence[PipelineBase],
        output_map: Sequence[str],
        size: int = -1,
        reader_name: str | None = None,
        auto_reset: str | bool | None = False,
        fill_last_batch: bool | None = None,
        dynamic_shape: bool | None = False,
        last_batch_padded: bool = False,
        last_batch_policy: LastBatchPolicy = LastBatchPolicy.FILL,
        prepare_first_batch: bool = True,
    ) -> None:
        super().__init__(
            pipelines,
            output_map,
            size,
            reader_name,
            auto_reset,
            fill_last_batch,
            last_batch_padded,
            last_batch_policy,
            prepare_first_batch,
        )

    def _convert(self, outputs: list[Outputs], counts: list[int] | None) -> Batches:
        result = []
        for position, one in enumerate(outputs if counts is None else outputs[: len(counts)]):
            count = None if counts is None else counts[position]
            result.append(
                {name: dense(data)[:count] for name, data in zip(self.output_map, separate(one), strict=True)}
            )
        return result


class DALIClassificationIterator(DALIGenericIterator):
    """A :class:`DALIGenericIterator` over pipelines with the two outputs "data" and "label"."""

    def __init__(
        self,
        pipelines: PipelineBase | Sequence[PipelineBase],
        size: int = -1,
        reader_name: str | None = None,
        auto_reset: str | bool | None = False,
        fill_last_batch: bool | None = None,
        dynamic_shape: bool | None = False,
        last_batch_padded: bool = False,
        last_batch_policy: LastBatchPolicy = LastBatchPolicy.FILL,
        prepare_first_batch: bool = True,
    ) -> None:
        super().__init__(
            pipelines,
            ["data", "label"],
            size,
            reader_name,
            auto_reset,
            fill_last_batch,
            dynamic_shape,
            last_batch_padded,
            last_batch_policy,
            prepare_first_batch,
        )


class DALIRaggedIterator(BaseIterator[Batches]):
    """As :class:`DALIGenericIterator`, for outputs whose samples differ in shape as well.

    Args:
        output_types: for each output ``DENSE_TAG`` (one tensor), ``SPARSE_LIST_TAG`` (a list with one tensor a sample)
            or ``SPARSE_COO_TAG`` (a sparse COO tensor of shape (samples, *largest sample shape) that holds every
            element of the samples); all dense by default. The other arguments are those of
            :class:`DALIGenericIterator`.
    """

    DENSE_TAG = "dense"
    SPARSE_LIST_TAG = "sparse_list"
    SPARSE_COO_TAG = "sparse_coo"

    def __init__(
        self,
        pipelines: PipelineBase | Sequence[PipelineBase],
        output_map: Sequence[str],
        size: int = -1,
        reader_name: str | None = None,
        output_types: Sequence[str] | None = None,
        auto_reset: str | bool | None = False,
        fill_last_batch: bool | None = None,
        dynamic_shape: bool | None = False,
        last_batch_padded: bool = False,
        last_batch_policy: LastBatchPolicy = LastBatchPolicy.FILL,
        prepare_first_batch: bool = True,
    ) -> None:
        tags = {self.DENSE_TAG: _dense, self.SPARSE_LIST_TAG: _listed, self.SPARSE_COO_TAG: _coo}
        types = [self.DENSE_TAG] * len(output_map) if output_types is None else list(output_types)
        for tag in types:
            if tag not in tags:
                raise ArgumentError(f"output_types may be {', '.join(map(repr, tags))}; got {tag!r}")
        if len(types) != len(output_map):
            raise ArgumentError(f"output_types has {len(types)} entries, but output_map {len(output_map)} names")
        self._converters = [tags[tag] for tag in types]
        super().__init__(
            pipelines,
            output_map,
            size,
            reader_name,
            auto_reset,
            fill_last_batch,
            last_batch_padded,
            last_batch_policy,
            prepare_first_batch,
        )

    def _convert(self, outputs: list[Outputs], counts: list[int] | None) -> Batches:
        result = []
        for position, one in enumerate(outputs if counts is None else outputs[: len(counts)]):
            count = None if counts is None else counts[position]
            columns = zip(self.output_map, self._converters, separate(one), strict=True)
            result.append({name: convert(data, count) for name, convert, data in columns})
        return result


def _dense(batch: Any, count: int | None) -> torch.Tensor:
    return dense(batch)[:count]


def _listed(batch: Any, count: int | None) -> list[torch.Tensor]:
    return samples(batch)[:count]


def _coo(batch: Any, count: int | None) -> torch.Tensor:
    rows = samples(batch)[:count]
    device = rows[0].device if rows else "cpu"
    ndim = batch.ndim()
    shape = [len(rows), *(max((row.shape[axis] for row in rows), default=0) for axis in range(ndim))]
    indices = [torch.empty((1 + ndim, 0), dtype=torch.int64, device=device)]
    for i, row in enumerate(rows):
        size = row.numel()
        inner = (
            torch.stack(torch.unravel_index(torch.arange(size, device=device), row.shape))
            if ndim
            else torch.empty((0, size), dtype=torch.int64, device=device)
        )
        indices.append(torch.cat([torch.full((1, size), i, device=device), inner]))
    values = torch.cat([row.reshape(-1) for row in rows]) if rows else dense(batch).reshape(-1)[:0]
    # Row by row in order, so there is nothing left to coalesce.
    return torch.sparse_coo_tensor(torch.cat(indices, 1), values, shape, is_coalesced=True, check_invariants=False)


for _class in (DALIGenericIterator,):
    assert _class.__doc__ is not None
    _class.__doc__ = _class.__doc__.replace("{arguments}", ARGUMENTS)
