"""Pipelines as Protobuf messages that NVIDIA DALI reads and writes as well.

:mod:`~adali.serialization.message` has the messages, :mod:`~adali.serialization.values` the arguments in them,
:mod:`~adali.serialization.writer` and :mod:`~adali.serialization.reader` the two directions.
"""

from adali.serialization.message import DamagedPipelineError
from adali.serialization.reader import Loaded, load_pipeline
from adali.serialization.writer import serialize_pipeline

__all__ = ["DamagedPipelineError", "Loaded", "load_pipeline", "serialize_pipeline"]
