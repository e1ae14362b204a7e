"""How tensors print: the data first, long ones shortened, then type, layout, device and shape."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from adali.data.buffers import AnyArray

_INDENT = "    "
_EDGE = 2  # items shown at each end of a shortened axis
_MAX_SAMPLES = 16


def describe(name: str, data: str | None, fields: Iterable[tuple[str, str | None]]) -> str:
    """`name(data, field=value, ...)`, one part a line; parts that are None are left out."""
    parts = [] if data is None else [textwrap.indent(data, _INDENT)]
    parts += [f"{_INDENT}{field}={value}" for field, value in fields if value is not None]
    return f"{name}(\n" + ",\n".join(parts) + ")"


def quoted(layout: str) -> str | None:
    return f'"{layout}"' if layout else None


def format_array(array: AnyArray) -> str:
    return np.array2string(array, edgeitems=_EDGE)


def format_samples(samples: Sequence[AnyArray]) -> str:
    """All samples in one pair of brackets; only the first and the last ones of a large batch."""
    if not samples:
        return "[]"
    cut = len(samples) > _MAX_SAMPLES and sum(sample.size for sample in samples) > 1000
    shown = [*samples[:_EDGE], *samples[-_EDGE:]] if cut else list(samples)
    texts = [textwrap.indent(format_array(sample), " ").strip() for sample in shown]
    if cut:
        texts.insert(_EDGE, "...")
    ndim = samples[0].ndim
    separator = ", " if ndim == 0 else "," + "\n" * ndim + " "
    return f"[{separator.join(texts)}]"


def format_shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    if len(shapes) <= _MAX_SAMPLES:
        return str(list(shapes))
    head = ", ".join(map(str, shapes[:_EDGE]))
    tail = ", ".join(map(str, shapes[-_EDGE:]))
    return f"[{head}, ..., {tail}]"


def fields_of(container: Any, device: str) -> list[tuple[str, str | None]]:
    return [
        ("dtype", str(container.dtype)),
        ("layout", quoted(container.layout())),
        ("device", f'"{device}"'),
    ]
