"""The containers that carry samples and batches, in host memory and in device memory."""

from __future__ import annotations

from adali.data.device import TensorGPU, TensorListGPU, device_module, set_device_module
from adali.data.tensor import TensorCPU
from adali.data.tensor_list import TensorListCPU

__all__ = ["TensorCPU", "TensorGPU", "TensorListCPU", "TensorListGPU", "device_module", "set_device_module"]
