"""Batches as JAX's arrays."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from adali.data import TensorCPU

__all__ = ["as_jax"]


def as_jax(batch: Any) -> Any:
    """A batch as one array; it shares the batch's memory where JAX can use that.

    Raises:
        RuntimeError: the samples differ in shape.
    """
    tensor = batch.as_tensor()
    if isinstance(tensor, TensorCPU) and not tensor._array.flags.writeable:
        return jnp.array(np.array(tensor._array))
    return jax.dlpack.from_dlpack(tensor)
