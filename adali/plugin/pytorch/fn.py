"""Operators that need PyTorch."""

from adali.plugin.pytorch.function import torch_python_function

__all__ = ["torch_python_function"]
