"""``nvidia.dali.plugin.numba.fn``."""

from __future__ import annotations

from typing import Any

import adali.fn

__all__ = ["numba_function"]

numba_function: Any = adali.fn.experimental.numba_function
