"""``nvidia.dali.plugin.numba``."""

from __future__ import annotations

from typing import Any

import adali.ops

__all__ = ["NumbaFunction"]

NumbaFunction: Any = adali.ops.experimental.NumbaFunction
