"""Connected pixels of equal labels and the boxes around them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["component_boxes"]


def component_boxes(
    labels: npt.NDArray[np.int64], background: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Boxes around the connected components of a label map of any number of axes.

    Pixels are connected if they have one label and touch along one axis (4 neighbours in 2-D, 6 in 3-D).

    Returns:
        The label of each component, the start and the end (one past the last pixel) of its box.
    """
    # Here, because it compiles, and few pipelines need it.
    from adali.kernels._components import bound, join

    flat = np.ascontiguousarray(labels).reshape(-1)
    shape = np.array(labels.shape, np.int64)
    parent = np.empty(flat.size, np.int64)
    join(flat, shape, background, parent)
    roots = np.flatnonzero(parent == np.arange(flat.size))
    low = np.full((len(roots), labels.ndim), np.iinfo(np.int64).max)
    high = np.zeros((len(roots), labels.ndim), np.int64)
    bound(shape, parent, np.zeros(flat.size, np.int64), low, high)
    return flat[roots], low, high
