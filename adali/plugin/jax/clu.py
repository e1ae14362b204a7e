"""An iterator that can be looked into, with the interface of Google CLU's ``PeekableDatasetIterator``."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adali.errors import PipelineStateError
from adali.pipeline import Outputs
from adali.plugin.epochs import LastBatchPolicy
from adali.plugin.jax.decorator import make_decorator
from adali.plugin.jax.iterator import DALIGenericIterator

__all__ = ["ArraySpec", "DALIGenericPeekableIterator", "get_spec_for_array", "peekable_data_iterator"]


@dataclass(frozen=True)
class ArraySpec:
    """Shape and element type of an array, as CLU's class of that name."""

    dtype: Any
    shape: tuple[int | None, ...]

    def __repr__(self) -> str:
        return f"ArraySpec(dtype={np.dtype(self.dtype).name}, shape={self.shape})"


def get_spec_for_array(jax_array: Any) -> ArraySpec:
    """Shape and element type of an array."""
    return ArraySpec(dtype=jax_array.dtype, shape=tuple(jax_array.shape))


class DALIGenericPeekableIterator(DALIGenericIterator):
    """A :class:`DALIGenericIterator` whose next batch can be looked at; all batches must be alike in shape and type.

    Raises (by ``next`` and ``peek``):
        ValueError: a batch differs from the first one in shape or element type.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._peeked: dict[str, Any] | None = None
        self._spec: dict[str, ArraySpec] | None = None
        self._lock = threading.RLock()
        self._pool: concurrent.futures.ThreadPoolExecutor | None = None
        super().__init__(*args, **kwargs)

    def _convert(self, outputs: list[Outputs], counts: list[int] | None) -> dict[str, Any]:
        batch = super()._convert(outputs, counts)
        spec = {name: get_spec_for_array(array) for name, array in batch.items()}
        if self._spec is None:
            self._spec = spec
        elif spec != self._spec:
            raise ValueError(f"batches must be alike in shape and type: {spec} after {self._spec}")
        return batch

    def __next__(self) -> dict[str, Any]:
        with self._lock:
            if self._peeked is not None:
                batch, self._peeked = self._peeked, None
                return batch
            return super().__next__()

    async def __anext__(self) -> dict[str, Any]:
        if self._peeked is not None:
            return self.__next__()
        return await super().__anext__()

    def peek(self) -> dict[str, Any]:
        """The next batch, which stays the next one.

        Raises:
            StopIteration: the epoch is over.
        """
        with self._lock:
            if self._peeked is None:
                self._peeked = self.__next__()
            return self._peeked

    def peek_async(self) -> concurrent.futures.Future[dict[str, Any]]:
        """:meth:`peek` in a thread; wait for the future before the next ``next()`` to get the same batch from that."""
        if self._pool is None:
            self._pool = concurrent.futures.ThreadPoolExecutor(1, "adali-peek")
        return self._pool.submit(self.peek)

    @property
    def element_spec(self) -> dict[str, ArraySpec]:
        """Shape and element type of each output of a batch."""
        if self._spec is None:
            self.peek()
        assert self._spec is not None
        return self._spec

    def checkpoints(self) -> list[bytes]:
        """As of :class:`DALIGenericIterator`; a batch that was peeked at must be taken first."""
        if self._peeked is not None:
            raise PipelineStateError("Take the batch that was peeked at before you take checkpoints.")
        return super().checkpoints()

    def _forget(self) -> None:
        super()._forget()
        self._peeked = None

    def close(self) -> None:
        """Close the pipelines."""
        if self._pool is not None:
            self._pool.shutdown()
        super().close()


def peekable_data_iterator(
    pipeline_fn: Callable[..., Any] | None = None,
    output_map: Sequence[str] = (),
    size: int = -1,
    reader_name: str | None = None,
    auto_reset: str | bool | None = False,
    last_batch_padded: bool = False,
    last_batch_policy: LastBatchPolicy = LastBatchPolicy.FILL,
    prepare_first_batch: bool = True,
    sharding: Any = None,
    devices: Sequence[Any] | None = None,
    pmap_compatible: bool | None = None,
) -> Any:
    """As :func:`adali.plugin.jax.data_iterator`, for a :class:`DALIGenericPeekableIterator`."""
    options = {
        "output_map": output_map,
        "size": size,
        "reader_name": reader_name,
        "auto_reset": auto_reset,
        "last_batch_padded": last_batch_padded,
        "last_batch_policy": last_batch_policy,
        "prepare_first_batch": prepare_first_batch,
        "sharding": sharding,
        "devices": devices,
        "pmap_compatible": pmap_compatible,
    }
    return make_decorator(DALIGenericPeekableIterator, pipeline_fn, options)
