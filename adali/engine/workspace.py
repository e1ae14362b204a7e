"""Workspace: one iteration on its way through the stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adali.data import TensorListCPU

__all__ = ["Workspace", "drop_samples"]


class Workspace:
    """One iteration.

    Attributes:
        iteration: index since the pipeline was built.
        batch_size: samples in this batch.
        data: batches by slot; None before they are made and after their last use.
        sources: for each slot fed from outside, where its samples came from.
        epoch: pass over the data, counted by the readers.
        epoch_end: whether the epoch ends with this batch.
        unreadable: samples that an input could not read: index -> (step, error).
    """

    __slots__ = ("batch_size", "data", "epoch", "epoch_end", "iteration", "sources", "unreadable")

    def __init__(self, iteration: int, slots: int) -> None:
        self.iteration = iteration
        self.batch_size = 0
        self.data: list[Any] = [None] * slots
        self.sources: dict[int, list[str | None]] = {}
        self.epoch = 0
        self.epoch_end = False
        self.unreadable: dict[int, tuple[Any, Exception]] = {}

    def source_of(self, roots: Sequence[int], sample: int) -> str | None:
        """Where a sample came from that depends on the given input slots."""
        found = []
        for slot in roots:
            names = self.sources.get(slot)
            if names is not None and sample < len(names):
                name = names[sample]
                if name is not None and name not in found:
                    found.append(name)
        return ", ".join(found) or None


def drop_samples(batch: TensorListCPU, drop: set[int]) -> TensorListCPU:
    """The batch without some samples; memory is shared."""
    kept = [s for i, s in enumerate(batch._samples) if i not in drop]
    return TensorListCPU._from_samples(kept, batch._layout, dtype=batch._dtype)
