"""Serving: a pipeline that answers requests one by one and computes them in batches.

The core is for any asyncio program and needs nothing but adali. The servers that speak HTTP and gRPC are in
:mod:`adali.serving.server`, and need the extra ``serve``.
"""

from __future__ import annotations

from adali.serving.errors import (
    DeadlineExceeded,
    InvalidInput,
    ModelError,
    Overloaded,
    ServiceClosed,
    ServingError,
    TooLarge,
)
from adali.serving.limits import Limits
from adali.serving.model import Model
from adali.serving.service import Service
from adali.serving.services import Services

__all__ = [
    "DeadlineExceeded",
    "InvalidInput",
    "Limits",
    "Model",
    "ModelError",
    "Overloaded",
    "Service",
    "ServiceClosed",
    "Services",
    "ServingError",
    "TooLarge",
]
