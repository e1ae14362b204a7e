"""Functions of ``nvidia.dali.backend`` that scripts call."""

from __future__ import annotations

from adali.graph.compose import cpu_ops, gpu_ops, mixed_ops

__all__ = ["GetCUDADeviceCount", "RegisteredCPUOps", "RegisteredGPUOps", "RegisteredMixedOps"]


def RegisteredCPUOps() -> list[str]:
    """Names of the operators that run on the CPU."""
    return sorted(cpu_ops())


def RegisteredGPUOps() -> list[str]:
    """Names of the operators that run on the GPU."""
    return sorted(gpu_ops())


def RegisteredMixedOps() -> list[str]:
    """Names of the operators that take data from the CPU to the GPU."""
    return sorted(mixed_ops())


def GetCUDADeviceCount() -> int:
    """Number of CUDA devices; 0 where CuPy or a driver is missing."""
    try:
        import cupy

        return int(cupy.cuda.runtime.getDeviceCount())
    except Exception:  # whatever CuPy raises without a driver
        return 0
