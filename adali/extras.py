"""Packages that only some operators need: imported when one of them is built, not with adali."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

__all__ = ["needed"]


def needed(module: str, what: str, install: str, error: Callable[[str], Exception] = ImportError) -> Any:
    """A module of a package that may be missing.

    Args:
        module: its full name; what stands before the first dot is the package.
        what: what needs it, for the message.
        install: what pip is to install: an extra of adali, as a rule.
        error: makes the exception from the message; an operator gives its own :meth:`Operator.error`.

    Raises:
        Exception: of ``error``, it cannot be imported; the message has the command that installs it, and the reason.
    """
    try:
        return importlib.import_module(module)
    except (ImportError, OSError) as e:  # OSError: a package does not find the library that it is made for
        raise error(f"{what} needs the package {module.partition('.')[0]}: pip install '{install}' ({e})") from e
