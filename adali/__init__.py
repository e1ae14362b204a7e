"""adali: NVIDIA DALI's pipeline API as an async-first Python library."""

from adali import errors, types
from adali.errors import (
    AdaliError,
    ArgumentError,
    DeviceUnavailableError,
    GraphError,
    OperatorError,
    PipelineClosedError,
    PipelineStateError,
)
from adali.graph.expression import newaxis
from adali.graph.node import DataNode
from adali.pipeline import Pipeline, pipeline_def

__version__ = "0.1.0"

__all__ = [
    "AdaliError",
    "ArgumentError",
    "DataNode",
    "DeviceUnavailableError",
    "GraphError",
    "OperatorError",
    "Pipeline",
    "PipelineClosedError",
    "PipelineStateError",
    "backend",
    "errors",
    "fn",
    "math",
    "newaxis",
    "ops",
    "pipeline_def",
    "storage",
    "sync",
    "types",
]


def __getattr__(name: str) -> object:
    # fn and ops import every operator; a program that only wants the containers should not pay for that.
    if name in ("backend", "fn", "math", "ops", "storage", "sync"):
        import importlib

        return importlib.import_module(f"adali.{name}")
    raise AttributeError(f"module 'adali' has no attribute {name!r}")
