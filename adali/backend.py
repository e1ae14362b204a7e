"""The containers under the name that scripts written for DALI import them from."""

from __future__ import annotations

from adali.data import TensorCPU, TensorGPU, TensorListCPU, TensorListGPU

__all__ = ["TensorCPU", "TensorGPU", "TensorListCPU", "TensorListGPU"]
