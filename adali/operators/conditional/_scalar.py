"""What conditions are made of: one value a sample."""

from __future__ import annotations

from typing import Any

HINT = "Compare or reduce to one value a sample, or combine element by element with `&`, `|` and `== 0`."


def check_scalar(shape: tuple[int, ...], what: str) -> None:
    """Refuse what has axes.

    Args:
        shape: of the value.
        what: what it is, for the message.

    Raises:
        ValueError: the shape is not ().
    """
    if shape:
        raise ValueError(f"{what} must be a scalar (no axes), got a {len(shape)}-D array of shape {shape}. {HINT}")


def truth(value: Any, what: str) -> bool:
    """Truth of a scalar.

    Args:
        value: an array without axes, or a Python value.
        what: what it is, for the message.

    Raises:
        ValueError: the array has axes.
    """
    check_scalar(getattr(value, "shape", ()), what)
    return bool(value)
