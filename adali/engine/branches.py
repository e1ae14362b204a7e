"""Conditional execution: samples that are absent from a branch of the graph.

A split passes each sample to one of its two outputs; in the other it is ABSENT. An operator that gets an absent input
does not run for that sample, and its outputs are absent too, until a merge takes from each branch what is there. So a
batch keeps its size and its order in every branch, and each sample its place and its random numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adali.data.device_samples import DeviceSamples
from adali.operators.base import ABSENT, BatchContext, SampleContext

__all__ = ["guard", "present_samples", "spread"]


def guard(run: Callable[..., Any], outputs: int, columns: Mapping[str, Sequence[Any]]) -> Callable[..., Any]:
    """``run`` of a per-sample operator, left out for samples of which an input or an argument is absent."""
    absent = ABSENT if outputs == 1 else (ABSENT,) * outputs

    def guarded(ctx: SampleContext, *inputs: Any) -> Any:
        if any(i is ABSENT for i in inputs) or any(c[ctx.index] is ABSENT for c in columns.values()):
            return absent
        return run(ctx, *inputs)

    return guarded


def present_samples(context: BatchContext, inputs: Sequence[Any]) -> tuple[BatchContext, list[Any], list[int]] | None:
    """What a whole-batch operator gets in a branch: the batch without its absent samples, and their places.

    None if no sample is absent.
    """
    columns = [i._samples for i in inputs] + list(context.columns.values())
    columns = [c for c in columns if not isinstance(c, DeviceSamples)]  # a block has no gaps
    present = [k for k in range(context.batch_size) if all(c[k] is not ABSENT for c in columns)]
    if len(present) == context.batch_size:
        return None
    sources = context.sources and [context.sources[k] for k in present]
    smaller = context.of_part(
        len(present), {name: [column[k] for k in present] for name, column in context.columns.items()}, sources
    )
    smaller.places = present
    batches = [type(i)._from_samples([i._samples[k] for k in present], i._layout, dtype=i._dtype) for i in inputs]
    return smaller, batches, present


def spread(batch: Any, present: Sequence[int], size: int) -> Any:
    """A result for the present samples as a batch of full size."""
    samples: list[Any] = [ABSENT] * size
    for place, sample in zip(present, batch._samples, strict=True):
        samples[place] = sample
    return type(batch)._from_samples(samples, batch._layout, dtype=batch._dtype)
