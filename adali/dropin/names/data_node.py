"""``nvidia.dali.data_node``."""

from __future__ import annotations

from adali.graph.expression import newaxis
from adali.graph.node import DataNode

__all__ = ["DataNode", "newaxis"]
