"""``nvidia.dali.pipeline.experimental``: the old place of ``pipeline_def`` with conditionals and debug mode."""

from __future__ import annotations

from adali.sync import pipeline_def

__all__ = ["pipeline_def"]
