"""What ``nvidia.dali.pipeline`` has besides the pipeline."""

from __future__ import annotations

from adali.graph.conditional import do_not_convert
from adali.graph.node import DataNode

__all__ = ["DataNode", "do_not_convert"]
