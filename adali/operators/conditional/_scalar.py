"""What conditions are made of: one value a sample."""

from __future__ import annotations

from typing import Any

HINT = "Compare or reduce to one value a sample, or combine element by element with `&`, `|` and `== 0`."


def truth(value: Any, what: str) -> bool:
    """Truth of a scalar.

    Args:
        value: an array without axes, or a Python value.
        what: what it is, for the message.

    Raises:
        ValueError: the array has axes.
    """
    if getattr(value, "ndim", 0) != 0:
        raise ValueError(
            f"{what} must be a scalar (no axes), got a {value.ndim}-D array of shape {value.shape}. {HINT}"
        )
    return bool(value)
