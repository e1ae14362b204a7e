"""Outputs of a pipeline, so that each may be written into or given away."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.data import TensorListCPU
from adali.pipeline import Outputs

__all__ = ["separate"]


def separate(outputs: Outputs) -> Outputs:
    """The same outputs, with copies of those that share memory with an earlier one."""
    result: list[Any] = []
    for output in outputs:
        shared = isinstance(output, TensorListCPU) and any(
            isinstance(other, TensorListCPU) and _overlap(output, other) for other in result
        )
        result.append(output._make_copy() if shared else output)
    return tuple(result)


def _overlap(a: TensorListCPU, b: TensorListCPU) -> bool:
    if a is b:
        return True
    first, second = _block(a), _block(b)
    if first is not None and second is not None:
        return np.may_share_memory(first, second)
    return any(np.may_share_memory(x, y) for x, y in zip(a._samples, b._samples, strict=False))


def _block(batch: TensorListCPU) -> Any:
    return batch._slab if batch._slab is not None else batch._flat
