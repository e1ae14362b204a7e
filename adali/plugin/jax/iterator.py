"""DALI's iterator for JAX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from adali.errors import ArgumentError
from adali.pipeline import Outputs, PipelineBase
from adali.plugin.base_iterator import ARGUMENTS, BaseIterator
from adali.plugin.epochs import LastBatchPolicy
from adali.plugin.jax.arrays import as_jax
from adali.plugin.outputs import separate

__all__ = ["DALIGenericIterator", "default_num_threads_value"]


def default_num_threads_value() -> int:
    """Threads of a pipeline that a decorator makes without being given ``num_threads``."""
    return 4


class DALIGenericIterator(BaseIterator[dict[str, Any]]):
    """Gives a dict of name -> ``jax.Array``.

    The shape is (samples, *sample shape) for one pipeline. For several it is (pipelines, samples of each, ...), as
    ``jax.pmap`` takes it or, with ``sharding``, (samples of all, ...), where each pipeline's part lies on a device of
    its own. One pipeline with ``sharding`` is spread over the devices.

    Args:{arguments}        sharding: a ``jax.sharding.Sharding`` for every output; of several pipelines there must be
    one
            for each of its devices in this process.
        pmap_compatible: whether there is an axis of devices; by default for several pipelines without ``sharding``.
        devices: devices of the pipelines' parts, without ``sharding``; by default JAX's default device.

    Raises:
        ArgumentError: as :class:`adali.plugin.pytorch.DALIGenericIterator`; also for ``LastBatchPolicy.PARTIAL``, since
            compiled functions want batches of one size.
        RuntimeError: the samples of an output differ in shape.
    """

    def __init__(
        self,
        pipelines: PipelineBase | Sequence[PipelineBase],
        output_map: Sequence[str],
        size: int = -1,
        reader_name: str | None = None,
        auto_reset: str | bool | None = False,
        last_batch_padded: bool = False,
        last_batch_policy: LastBatchPolicy = LastBatchPolicy.FILL,
        prepare_first_batch: bool = True,
        sharding: Any = None,
        pmap_compatible: bool | None = None,
        *,
        devices: Sequence[Any] | None = None,
    ) -> None:
        if last_batch_policy is LastBatchPolicy.PARTIAL:
            raise ArgumentError("the JAX iterator has no LastBatchPolicy.PARTIAL; use FILL or DROP")
        if sharding is not None and devices is not None:
            raise ArgumentError("sharding and devices exclude each other")
        if sharding is not None and pmap_compatible:
            raise ArgumentError("sharding and pmap_compatible exclude each other")
        count = 1 if isinstance(pipelines, PipelineBase) else len(pipelines or ())
        if devices is not None and len(devices) != count:
            raise ArgumentError(f"there are {count} pipelines, but {len(devices)} devices")
        if sharding is not None and count > 1 and len(_places(sharding)) != count:
            raise ArgumentError(
                f"there are {count} pipelines, but the sharding has {len(_places(sharding))} devices in this process"
            )
        self._sharding = sharding
        self._devices = devices
        self._stacked = count > 1 or devices is not None if pmap_compatible is None else pmap_compatible
        super().__init__(
            pipelines,
            output_map,
            size,
            reader_name,
            auto_reset,
            None,
            last_batch_padded,
            last_batch_policy,
            prepare_first_batch,
        )

    def _convert(self, outputs: list[Outputs], counts: list[int] | None) -> dict[str, Any]:
        columns = zip(*(separate(one) for one in outputs), strict=True)
        joined = (self._join([as_jax(b) for b in column]) for column in columns)
        return dict(zip(self.output_map, joined, strict=True))

    def _join(self, parts: list[Any]) -> Any:
        """One array of the parts that the pipelines made."""
        if self._sharding is not None:
            return self._sharded(parts)
        if self._devices is not None:
            parts = [jax.device_put(p, d) for p, d in zip(parts, self._devices, strict=True)]
        if self._stacked:
            if self._devices is not None and len(set(self._devices)) == len(parts) > 1:
                return _on_devices(parts, self._devices)
            return jnp.stack(parts)
        return parts[0] if len(parts) == 1 else jnp.concatenate(parts)

    def _sharded(self, parts: list[Any]) -> Any:
        if len(parts) == 1:
            return jax.device_put(parts[0], self._sharding)
        places = _places(self._sharding)
        moved = [jax.device_put(p, d) for p, d in zip(parts, places, strict=True)]
        samples = parts[0].shape[0] * len(self._sharding.device_set)
        return jax.make_array_from_single_device_arrays((samples, *parts[0].shape[1:]), self._sharding, moved)


def _places(sharding: Any) -> list[Any]:
    """The sharding's devices in this process, in the order of the parts of a batch that they hold."""
    mine = sharding.addressable_devices
    return [d for d in sharding._device_assignment if d in mine]


def _on_devices(parts: list[Any], devices: Sequence[Any]) -> Any:
    """An array with an axis of devices, each part on its own."""
    mesh = jax.sharding.Mesh(np.array(devices), ("device",))
    sharding = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("device"))
    rows = [p[None] for p in parts]
    return jax.make_array_from_single_device_arrays((len(parts), *parts[0].shape), sharding, rows)


assert DALIGenericIterator.__doc__ is not None
DALIGenericIterator.__doc__ = DALIGenericIterator.__doc__.replace("{arguments}", ARGUMENTS)
