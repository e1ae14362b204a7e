"""Requests before the first request: kernels are compiled, pools filled, and the outputs' types learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adali.graph import Graph
from adali.operators.base import Array
from adali.serving.inputs import InputSpec
from adali.serving.runner import Column

__all__ = ["OutputSpec", "examples_for", "learn", "output_names"]

#: Height and width of generated images: two of them, so that what depends on the size shows.
SIZES = ((480, 640), (600, 400))


@dataclass(frozen=True)
class OutputSpec:
    """One output, as far as it is known.

    Attributes:
        name: as clients know it.
        dtype: type of its elements; None if no request was answered yet.
        shape: of a row, with -1 for what depends on the request; None likewise.
    """

    name: str
    dtype: np.dtype[Any] | None = None
    shape: tuple[int, ...] | None = None


def examples_for(inputs: Sequence[InputSpec], wanted: Any) -> list[dict[str, Any]]:
    """The requests to warm up with.

    Args:
        inputs: of the pipeline.
        wanted: the argument ``warmup`` of the service.
    """
    if wanted is False or wanted is None:
        return []
    if isinstance(wanted, Mapping):
        return [dict(wanted)]
    if wanted is not True:
        return [dict(example) for example in wanted]
    if not all(spec.image for spec in inputs):
        return []
    return [{spec.name: _jpeg(*size) for spec in inputs} for size in SIZES]


def _jpeg(height: int, width: int) -> bytes:
    import cv2

    y, x = np.mgrid[0:height, 0:width]
    image = np.stack([x * 255 // width, y * 255 // height, (x + y) % 256], axis=-1).astype(np.uint8)
    done, data = cv2.imencode(".jpg", image)
    assert done
    return data.tobytes()


def learn(names: Sequence[str], results: Sequence[Mapping[str, Column]]) -> list[OutputSpec]:
    """What answers to requests tell of the outputs; a dimension counts as fixed if two requests agree on it."""
    specs: list[OutputSpec] = []
    for name in names:
        rows: list[Array] = [result[name][0] for result in results]
        if not rows:
            specs.append(OutputSpec(name))
            continue
        shapes = [row.shape for row in rows]
        if len({len(s) for s in shapes}) > 1:
            specs.append(OutputSpec(name, rows[0].dtype))
            continue
        shape = tuple([d[0] if len(set(d)) == 1 and len(rows) > 1 else -1 for d in zip(*shapes, strict=True)])
        specs.append(OutputSpec(name, rows[0].dtype, shape))
    return specs


def output_names(graph: Graph) -> list[str]:
    """Names of the outputs: those the user gave, where they are unique."""
    names: list[str] = []
    for i, node in enumerate(graph.outputs):
        given = not node.name.startswith("__") and "[" not in node.name and node.name not in names
        names.append(node.name if given else f"output_{i}")
    return names
