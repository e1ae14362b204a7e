"""The decorator that makes a function returning nodes into a factory of iterators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from adali import sync
from adali.errors import ArgumentError
from adali.plugin.epochs import LastBatchPolicy
from adali.plugin.jax.iterator import DALIGenericIterator, default_num_threads_value

__all__ = ["data_iterator", "make_decorator"]


def data_iterator(
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
    """Decorator that makes a function returning nodes into a factory of :class:`DALIGenericIterator`.

    ::

        @data_iterator(output_map=["images", "labels"], reader_name="reader", auto_reset=True)
        def training(folder, shuffle): ...

        training_iterator = training("photos", shuffle=True, batch_size=64)
        validation_iterator = training("other_photos", shuffle=False, batch_size=64)

    The factory takes the function's arguments and those of a pipeline (``num_threads`` is 4 by default). With
    ``devices``, or a ``sharding``, there is a pipeline for each device; ``batch_size`` is that of all of them together,
    and the function gets ``shard_id``, ``num_shards`` and ``device_id`` if it has parameters of these names. The other
    arguments are the iterator's; ``checkpoints`` of the call is a list of what the iterator's ``checkpoints()`` gave.

    Raises:
        ArgumentError: a batch size that cannot be divided among the devices, or an argument given both to the decorator
            and to the call.
    """
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
    return make_decorator(DALIGenericIterator, pipeline_fn, options)


def make_decorator(iterator: Any, function: Callable[..., Any] | None, options: dict[str, Any]) -> Any:
    """The decorator for a class of iterators."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        takes = inspect.signature(function).parameters

        @functools.wraps(function)
        def make(*args: Any, batch_size: int, checkpoints: Sequence[Any] | None = None, **kwargs: Any) -> Any:
            twice = sorted(k for k in kwargs if k in options and k not in takes)
            if twice:
                raise ArgumentError(f"{', '.join(twice)}: given to the call, but an argument of the decorator")
            first, local, total = _shards(options)
            if batch_size % total:
                raise ArgumentError(f"batch_size={batch_size} cannot be divided among {total} devices")
            kwargs.setdefault("num_threads", default_num_threads_value())
            factory = sync.pipeline_def(function, batch_size=batch_size // total)
            pipes = []
            for i in range(local):
                given = {"shard_id": first + i, "num_shards": total}
                if "device_id" in takes and "device_id" not in kwargs:
                    given["device_id"] = i
                extra = {k: v for k, v in given.items() if k in takes and k not in kwargs}
                if checkpoints is not None:
                    extra["checkpoint"] = checkpoints[i]
                pipes.append(factory(*args, **kwargs, **extra))
            return iterator(pipes, **options)

        return make

    return decorate if function is None else decorate(function)


def _shards(options: dict[str, Any]) -> tuple[int, int, int]:
    """Number of this process' first shard, how many are in this process, and how many there are."""
    if options["sharding"] is not None and options["devices"] is not None:
        raise ArgumentError("sharding and devices exclude each other")
    if options["devices"] is not None:
        return 0, len(options["devices"]), len(options["devices"])
    sharding = options["sharding"]
    if sharding is None:
        return 0, 1, 1
    mine = sharding.addressable_devices
    everywhere = list(sharding._device_assignment)
    first = next(i for i, d in enumerate(everywhere) if d in mine)
    return first, len(mine), len(everywhere)
