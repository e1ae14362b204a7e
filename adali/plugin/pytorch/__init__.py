"""Pipelines in PyTorch: DALI's iterators, and what people who come from ``torch.utils.data`` expect.

Tensors share the memory of the pipeline's outputs. That memory is not used again while a tensor lives, so tensors may
be kept and written into; nothing is copied and nobody waits.
"""

from __future__ import annotations

from adali.plugin.base_iterator import LastBatchPolicy
from adali.plugin.pytorch import fn
from adali.plugin.pytorch.function import TorchPythonFunction
from adali.plugin.pytorch.iterators import DALIClassificationIterator, DALIGenericIterator, DALIRaggedIterator
from adali.plugin.pytorch.loaders import DataLoader, PipelineDataset, to_device
from adali.plugin.pytorch.tensors import feed_ndarray, to_torch_type

__all__ = [
    "DALIClassificationIterator",
    "DALIGenericIterator",
    "DALIRaggedIterator",
    "DataLoader",
    "LastBatchPolicy",
    "PipelineDataset",
    "TorchPythonFunction",
    "feed_ndarray",
    "fn",
    "to_device",
    "to_torch_type",
]
