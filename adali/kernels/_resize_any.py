"""Separable resampling in float32 along any axis: all filters, element types and numbers of channels."""

# mypy: allow-untyped-defs
from __future__ import annotations

from adali.kernels._jit import kernel

_KINDS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")


@kernel(*(f"void({kind}[:,:,::1], int32[::1], float32[:,::1], float32[:,:,::1])" for kind in _KINDS))
def axis_pass(src, start, weights, out):
    """out[o, i, :] = sum over t of weights[i, t] * src[o, start[i] + t, :]."""
    taps = weights.shape[1]
    inner = src.shape[2]
    for o in range(out.shape[0]):
        for i in range(out.shape[1]):
            first = start[i]
            for j in range(inner):
                out[o, i, j] = weights[i, 0] * src[o, first, j]
            for t in range(1, taps):
                w = weights[i, t]
                for j in range(inner):
                    out[o, i, j] += w * src[o, first + t, j]
