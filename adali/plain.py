"""Plain data as text and back: what checkpoints hold. Reading it never runs code, whatever the text says."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

__all__ = ["from_text", "to_text"]

_TAG = "!"


def to_text(value: Any) -> str:
    """The value as JSON text.

    Args:
        value: None, bool, int, float, str, bytes, NumPy arrays and scalars (but no objects), and lists, tuples and
            dicts of these.

    Raises:
        TypeError: something else is in it.
        ValueError: it contains itself.
    """
    try:
        return json.dumps(_encoded(value), separators=(",", ":"))
    except RecursionError:
        raise ValueError("the value contains itself, or is nested too deeply") from None


def from_text(text: str) -> Any:
    """The value that :func:`to_text` was given.

    Raises:
        ValueError: the text is none of this kind.
    """
    try:
        return _decoded(json.loads(text))
    except (KeyError, TypeError, IndexError, RecursionError, OverflowError) as e:
        raise ValueError(f"not plain data: {e!r}") from None


def _encoded(value: Any) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {_TAG: "bytes", "v": _base64(bytes(value))}
    if isinstance(value, tuple):
        return {_TAG: "tuple", "v": [_encoded(v) for v in value]}
    if isinstance(value, list):
        return [_encoded(v) for v in value]
    if isinstance(value, dict):
        if all(type(k) is str for k in value) and _TAG not in value:
            return {k: _encoded(v) for k, v in value.items()}
        return {_TAG: "dict", "v": [[_encoded(k), _encoded(v)] for k, v in value.items()]}
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufcSU":
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        array = np.ascontiguousarray(value)
        return {_TAG: kind, "t": array.dtype.str, "s": list(value.shape), "v": _base64(array.tobytes())}
    for basic in (int, float, str):
        if isinstance(value, basic):  # of a subclass: an enum, for instance
            return basic(value)
    raise TypeError(
        f"only numbers, text, bytes, arrays, lists, tuples and dicts can be kept, not {type(value).__name__}"
    )


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(v) for v in value]
    if not isinstance(value, dict):
        return value
    tag = value.get(_TAG)
    if tag is None:
        return {k: _decoded(v) for k, v in value.items()}
    content = value["v"]
    if tag == "bytes":
        return base64.b64decode(content, validate=True)
    if tag == "tuple":
        return tuple(_decoded(v) for v in content)
    if tag == "dict":
        return {_decoded(k): _decoded(v) for k, v in content}
    if tag in ("array", "scalar"):
        dtype = np.dtype(value["t"])
        if dtype.kind not in "biufcSU":
            raise ValueError(f"not plain data: {dtype}")
        array = np.frombuffer(base64.b64decode(content, validate=True), dtype).reshape(value["s"])
        return array.copy() if tag == "array" else array[()]
    raise ValueError(f"not plain data: {tag!r}")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
