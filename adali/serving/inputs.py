"""The inputs of a served pipeline, and the check of a request against them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adali.engine.lowering import Step
from adali.errors import ArgumentError
from adali.graph import Graph
from adali.operators.base import Array
from adali.operators.reader.external_source import ExternalSource
from adali.operators.user_data import sample_of
from adali.serving.errors import InvalidInput, TooLarge
from adali.serving.limits import Limits, check_image
from adali.types import to_numpy_type

__all__ = ["InputSpec", "Rows", "check_rows", "find_inputs"]


@dataclass(frozen=True)
class InputSpec:
    """One external source that a request feeds.

    Attributes:
        name: as clients know it.
        op: the operator.
        dtype: type of its samples; None if any will do.
        ndim: number of axes of a sample; None if any.
        layout: of a sample, or "".
        encoded: whether a decoder reads it: bytes of a file.
        image: whether that is an image decoder, so that headers are looked at.
    """

    name: str
    op: ExternalSource
    dtype: np.dtype[Any] | None
    ndim: int | None
    layout: str
    encoded: bool
    image: bool


@dataclass
class Rows:
    """A checked request: for each input, one array a row."""

    columns: list[list[Array]]
    count: int
    nbytes: int
    signature: Hashable


def find_inputs(graph: Graph, steps: Sequence[Step]) -> list[InputSpec]:
    """The inputs, in the order of the graph.

    Raises:
        ArgumentError: the pipeline has another source of data than external sources that are fed, or none at all.
    """
    ops = {step.op.spec.name: step.op for step in steps}
    found: list[InputSpec] = []
    for spec in graph.inputs():
        op = ops[spec.name]
        if not isinstance(op, ExternalSource) or not op.is_fed:
            raise ArgumentError(
                f"A served pipeline is fed by its requests, but {spec.label} brings data of its own: use "
                "external_source(name=...) without a source."
            )
        name = spec.name if not spec.name.startswith("__") else f"input_{len(found)}"
        readers = [s for s in graph.specs if any(node.source is spec for node in s.inputs[:1])]
        decoders = [s.schema.name for s in readers if s.schema.name.startswith("decoders__")]
        peeks = any(s.schema.name == "PeekImageShape" for s in readers)
        images = peeks or any("Image" in name for name in decoders)
        dtype, ndim, layout = op._dtypes[0], op._ndims[0], op._layouts[0]
        encoded = bool(decoders) or peeks
        found.append(
            InputSpec(
                name=name,
                op=op,
                dtype=np.dtype(np.uint8) if encoded else None if dtype is None else np.dtype(to_numpy_type(dtype)),
                ndim=1 if encoded else ndim if ndim is not None else len(layout) if layout else None,
                layout=layout,
                encoded=encoded,
                image=images,
            )
        )
    if not found:
        raise ArgumentError("The pipeline has no external source, so that no request could feed it.")
    return found


def as_sample(value: Any) -> Array:
    """One row of one input: bytes become a 1-D array of uint8; other things as in ``feed_input``.

    Raises:
        InvalidInput: it is no array.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return np.frombuffer(value, np.uint8)
    try:
        return sample_of(value, copy=False)
    except TypeError as e:
        raise InvalidInput(str(e)) from None


def check_rows(specs: Sequence[InputSpec], given: Mapping[str, Sequence[Any]], max_rows: int, limits: Limits) -> Rows:
    """Check the rows of a request.

    Args:
        specs: what the pipeline takes.
        given: for each input, its rows: a list of samples, or an array whose first axis counts them.
        max_rows: how many there may be.
        limits: see there.

    Raises:
        InvalidInput: names, types or shapes are wrong.
        TooLarge: a limit is exceeded.
    """
    names = [s.name for s in specs]
    if given.keys() != set(names):
        missing = [n for n in names if n not in given]
        unknown = sorted(n for n in given if n not in names)
        what = f"input {missing[0]!r} is missing" if missing else f"there is no input {unknown[0]!r}"
        raise InvalidInput(f"{what}; the inputs are: {', '.join(names)}")
    columns: list[list[Array]] = []
    count, nbytes = -1, 0
    signature: list[tuple[str, int]] = []
    for spec in specs:
        rows = [as_sample(row) for row in given[spec.name]]
        if count < 0:
            count = len(rows)
        if len(rows) != count:
            raise InvalidInput(f"input {spec.name!r} has {len(rows)} rows, but {names[0]!r} has {count}")
        if not rows:
            raise InvalidInput(f"input {spec.name!r} has no rows")
        if count > max_rows:
            raise TooLarge(f"the request has {count} rows; {max_rows} are allowed")
        first = rows[0]
        dtype, ndim = spec.dtype or first.dtype, first.ndim if spec.ndim is None else spec.ndim
        for i, row in enumerate(rows):
            if row.dtype != dtype:
                raise InvalidInput(f"input {spec.name!r} takes {dtype}, but row {i} is {row.dtype}")
            if row.ndim != ndim:
                raise InvalidInput(
                    f"input {spec.name!r} takes rows with {ndim} axes, but row {i} has the shape {row.shape}"
                )
            nbytes += row.nbytes
            if spec.image:
                try:
                    check_image(row, limits)
                except InvalidInput as e:
                    raise type(e)(f"input {spec.name!r}, row {i}: {e}") from None
        signature.append((dtype.str, ndim))
        columns.append(rows)
    return Rows(columns, count, nbytes, tuple(signature))
