"""Connected components of label maps with any number of axes; compiled when this module is imported."""

from __future__ import annotations

from typing import Any

from adali.kernels._jit import kernel

__all__ = ["bound", "join"]


@kernel("void(int64[::1], int64[::1], int64, int64[::1])")
def join(labels: Any, shape: Any, background: Any, parent: Any) -> None:
    """Union-find over pixels that touch along one axis; ``parent`` is -1 for the background, a root's own index."""
    for p in range(labels.size):
        if labels[p] == background:
            parent[p] = -1
            continue
        parent[p] = p
        stride = 1
        for axis in range(len(shape) - 1, -1, -1):
            if (p // stride) % shape[axis] > 0 and labels[p - stride] == labels[p]:
                a, b = p, p - stride
                while parent[a] != a:
                    parent[a] = parent[parent[a]]
                    a = parent[a]
                while parent[b] != b:
                    parent[b] = parent[parent[b]]
                    b = parent[b]
                # The smaller index is the root, so that roots come in the order of their first pixels.
                parent[max(a, b)] = min(a, b)
            stride *= shape[axis]


@kernel("void(int64[::1], int64[::1], int64[::1], int64[:, ::1], int64[:, ::1])")
def bound(shape: Any, parent: Any, number: Any, low: Any, high: Any) -> None:
    """Give each component its number, in ``number`` at its root, and widen its box by each of its pixels."""
    count = 0
    for p in range(parent.size):
        if parent[p] < 0:
            continue
        root = p
        while parent[root] != root:
            root = parent[root]
        if root == p:
            number[p] = count
            count += 1
        k = number[root]
        rest = p
        for axis in range(len(shape) - 1, -1, -1):
            place = rest % shape[axis]
            rest //= shape[axis]
            low[k, axis] = min(low[k, axis], place)
            high[k, axis] = max(high[k, axis], place + 1)
