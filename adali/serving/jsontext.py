"""JSON of a size that matters: read with bounds, written without holding up the event loop."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from adali.operators.base import Array
from adali.serving.errors import InvalidInput

__all__ = ["parse_json", "tensor_text"]

#: Elements that are written in one go: about a millisecond.
CHUNK = 8192


def parse_json(text: Any) -> Any:
    """Parse a request's JSON.

    Raises:
        InvalidInput: it is none, or nested without end.
    """
    try:
        return json.loads(bytes(text))
    except (ValueError, RecursionError) as e:
        raise InvalidInput(f"the request is no valid JSON: {e}"[:200]) from None


async def tensor_text(array: Array) -> list[str]:
    """An array as a flat JSON list, in parts; other tasks may run in between."""
    flat = array.reshape(-1)
    parts = ["["]
    for start in range(0, len(flat), CHUNK):
        if start:
            parts.append(", ")
            await asyncio.sleep(0)
        parts.append(json.dumps(flat[start : start + CHUNK].tolist())[1:-1])
    parts.append("]")
    return parts
