"""Map-style datasets as sources: which samples make up an epoch, and what their items are as arrays."""

from __future__ import annotations

import operator
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adali.operators.base import Array
from adali.operators.reader.device_data import DeviceIntake
from adali.operators.user_data import UserBatch, batch_of, sample_of
from adali.samplers import ShuffleSampler

__all__ = ["Converter", "DatasetOrder", "is_iterable_dataset", "is_map_dataset"]


def _torch_data() -> Any:
    # Whoever has a torch dataset has imported torch; nobody else should pay for it.
    return getattr(getattr(sys.modules.get("torch"), "utils", None), "data", None)


def is_map_dataset(source: Any) -> bool:
    """Whether it is a PyTorch dataset whose samples are asked for by number."""
    data = _torch_data()
    return data is not None and isinstance(source, data.Dataset) and not isinstance(source, data.IterableDataset)


def is_iterable_dataset(source: Any) -> bool:
    """Whether it is a PyTorch dataset that is walked through, sample by sample."""
    data = _torch_data()
    return data is not None and isinstance(source, data.IterableDataset)


class DatasetOrder:
    """The numbers of a dataset's samples, epoch by epoch.

    Args:
        dataset: has a length.
        sampler: one of :mod:`adali.samplers`, an iterable of numbers that is walked through once an epoch (such as
            PyTorch's samplers; ``set_epoch`` is called where there is one), or None for all samples.
        shuffle: without a sampler: whether all samples come in random order.
        seed: seed of that order.
    """

    def __init__(self, dataset: Any, sampler: Any, shuffle: bool, seed: int) -> None:
        if sampler is None and shuffle:
            sampler = ShuffleSampler(len(dataset), seed=seed & ((1 << 63) - 1))
        self._dataset = dataset
        self._sampler = sampler
        self._epoch = -1
        self._order: Sequence[int] = ()

    def indices(self, epoch: int) -> Sequence[int]:
        """The epoch's numbers; the epochs are asked for one after another.

        Raises:
            TypeError: the sampler gives something else.
        """
        if epoch != self._epoch:
            self._order, self._epoch = self._make(epoch), epoch
        return self._order

    def restore(self, epoch: int) -> None:
        """Bring a sampler that is walked through once an epoch to where it is in the given epoch."""
        sampler = self._sampler
        if sampler is None or hasattr(sampler, "indices") or hasattr(sampler, "set_epoch"):
            return
        for before in range(epoch):
            self._make(before)

    def _make(self, epoch: int) -> Sequence[int]:
        sampler = self._sampler
        if sampler is None:
            return range(len(self._dataset))
        if hasattr(sampler, "indices") and callable(sampler.indices):
            return np.asarray(sampler.indices(epoch)).tolist()  # type: ignore[no-any-return]
        if hasattr(sampler, "set_epoch"):
            sampler.set_epoch(epoch)
        order = list(sampler)
        try:
            return [operator.index(i) for i in order]
        except TypeError:
            kinds = sorted({type(i).__name__ for i in order})
            raise TypeError(
                f"a sampler gives numbers of samples, one at a time; this one gives {', '.join(kinds)} (a batch "
                "sampler cannot be used: the pipeline makes the batches)"
            ) from None


@dataclass(frozen=True)
class Converter:
    """What a source gives, as arrays of the engine.

    Attributes:
        outputs: how many items it gives at once; None for one that is not in a tuple.
        layouts: layout of each output, "" where the data says.
        copy: whether arrays need memory of their own.
        dataset: whether items may be numbers, bytes and dicts as well, as a dataset's may.
        intake: takes over data in device memory, which otherwise is refused.
    """

    outputs: int | None
    layouts: tuple[str, ...]
    copy: bool
    dataset: bool = False
    intake: DeviceIntake | None = None

    def items(self, data: Any) -> tuple[Any, ...]:
        """One item for each output."""
        if self.dataset and isinstance(data, Mapping):
            data = tuple(data.values())
        count = self.outputs
        if count is None:
            if self.dataset and isinstance(data, (list, tuple)):
                if len(data) == 1:
                    return tuple(data)
                raise TypeError(f"its samples have {len(data)} items; give num_outputs={len(data)}")
            return (data,)
        if not isinstance(data, (list, tuple)):
            raise TypeError(
                f"with num_outputs={count} the source must give a tuple or list of {count} items, got "
                f"{type(data).__name__}"
            )
        if len(data) < count:
            raise ValueError(f"with num_outputs={count} the source must give {count} items, got {len(data)}")
        return tuple(data[:count])

    def batches(self, data: Any) -> list[UserBatch]:
        """One batch for each output."""
        batches = []
        for i, item in enumerate(self.items(data)):
            batch = self.intake.batch(item) if self.intake is not None else None
            if batch is None:
                batch = batch_of(item, copy=self.copy)
            batch.layout = self.layouts[i] or batch.layout
            batches.append(batch)
        sizes = [len(b.samples) for b in batches]
        if len(set(sizes)) > 1:
            raise ValueError(f"the outputs of a source must have one batch size, got {sizes}")
        return batches

    def row(self, data: Any) -> tuple[Array, ...]:
        """One sample of each output."""
        return tuple(self._sample(item) for item in self.items(data))

    def _sample(self, item: Any) -> Array:
        if self.dataset and isinstance(item, (bytes, bytearray)):
            array: Array = np.frombuffer(item, np.uint8).copy()
            return array
        if self.intake is not None and (taken := self.intake.sample(item)) is not None:
            return taken  # type: ignore[return-value]  # shape and type are all that is asked of it before the device
        return sample_of(item, copy=self.copy, scalars=self.dataset)
