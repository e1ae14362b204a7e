"""``nvidia.dali.external_source``: the operator under the name of its module."""

from __future__ import annotations

from typing import Any

import adali.fn
import adali.ops

__all__ = ["ExternalSource", "external_source"]

external_source: Any = adali.fn.external_source
ExternalSource: Any = adali.ops.ExternalSource
