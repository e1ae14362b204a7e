"""Pipelines in JAX: DALI's iterator, its decorator, and arrays that are spread over devices."""

from __future__ import annotations

from adali.plugin.base_iterator import LastBatchPolicy
from adali.plugin.jax import fn
from adali.plugin.jax.decorator import data_iterator
from adali.plugin.jax.iterator import DALIGenericIterator

__all__ = ["DALIGenericIterator", "LastBatchPolicy", "data_iterator", "fn"]
