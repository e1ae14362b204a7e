# mypy: allow-untyped-defs
"""Sums of squared distances from a mean."""

from __future__ import annotations

import numpy as np

from adali.kernels._jit import kernel

KINDS = ("uint8", "int8", "uint16", "int16", "float32")
#: Elements that are added up side by side, and how many of them in single precision one after the other.
WIDTH, RUN = 96, 32


@kernel(*(f"void({k}[:,:,::1], float32[:,::1], float64[:,::1])" for k in KINDS))
def squared_distances(data, mean, out):
    """out[o, j] = the sum over i of (data[o, i, j] - mean[o, j]) ** 2."""
    inner = data.shape[2]
    repeat = max(WIDTH // inner, 1)
    width = inner * repeat
    means, sums, totals = np.empty(width, np.float32), np.empty(width, np.float32), np.empty(width)
    for o in range(data.shape[0]):
        flat = data[o].reshape(-1)
        for j in range(width):
            means[j] = mean[o, j % inner]
            totals[j] = 0
        rows = flat.size // width
        for first in range(0, rows, RUN):
            for j in range(width):
                sums[j] = 0
            for r in range(first, min(first + RUN, rows)):
                row = flat[r * width : (r + 1) * width]
                for j in range(width):
                    d = np.float32(row[j]) - means[j]
                    sums[j] += d * d
            for j in range(width):
                totals[j] += sums[j]
        for j in range(flat.size - rows * width):
            d = np.float64(flat[rows * width + j]) - means[j]
            totals[j] += d * d
        for j in range(inner):
            out[o, j] = 0
        for j in range(width):
            out[o, j % inner] += totals[j]
