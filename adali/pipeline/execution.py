"""How a pipeline runs: the constructor's arguments of today's DALI that do not say what it computes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from adali.errors import ArgumentError
from adali.pipeline.options import OperatorConcurrency, StreamPolicy
from adali.pipeline.outputs import OutputTypes
from adali.types import DALIDataType

__all__ = ["ExecutionOptions"]

_START_METHODS = ("fork", "spawn", "forkserver")


class ExecutionOptions:
    """Keeps and checks the arguments; base of the pipelines."""

    _exec_pipelined: bool
    _exec_async: bool
    _prefetch_queue_depth: int | Mapping[str, int]

    def _set_execution(
        self,
        *,
        max_streams: int | None,
        default_cuda_stream_priority: int | None,
        enable_memory_stats: bool,
        py_num_workers: int | None,
        py_start_method: str,
        py_callback_pickler: Any,
        output_dtype: Any,
        output_ndim: Any,
        output_layout: Any,
        exec_dynamic: bool | None,
        experimental_exec_dynamic: bool | None,
        stream_policy: StreamPolicy | None,
        concurrency: OperatorConcurrency | None,
    ) -> None:
        self._max_streams = -1 if max_streams is None else max_streams
        self._stream_priority = default_cuda_stream_priority or 0
        self._enable_memory_stats = bool(enable_memory_stats)
        if py_num_workers is not None and (isinstance(py_num_workers, bool) or py_num_workers < 0):
            raise ArgumentError(f"py_num_workers must not be negative, got {py_num_workers!r}")
        self._py_num_workers = py_num_workers
        if py_start_method not in _START_METHODS:
            raise ArgumentError(f"py_start_method must be one of {', '.join(_START_METHODS)}; got {py_start_method!r}")
        self._py_start_method = py_start_method
        _check_pickler(py_callback_pickler, py_start_method)
        self._py_callback_pickler = py_callback_pickler
        if experimental_exec_dynamic is not None:
            warnings.warn("experimental_exec_dynamic is deprecated; use exec_dynamic", DeprecationWarning, stacklevel=4)
            exec_dynamic = experimental_exec_dynamic
        self._exec_dynamic = exec_dynamic
        self._check_dynamic()
        for name, value, kind in (
            ("stream_policy", stream_policy, StreamPolicy),
            ("concurrency", concurrency, OperatorConcurrency),
        ):
            if value is not None and not isinstance(value, kind):
                raise ArgumentError(f"{name} must be a {kind.__name__}, got {value!r}")
        self._stream_policy = stream_policy
        self._concurrency = concurrency
        self._output_types = OutputTypes(output_dtype, output_ndim, output_layout)

    def _check_dynamic(self) -> None:
        if self._exec_dynamic and not isinstance(self._prefetch_queue_depth, int):
            raise ArgumentError("exec_dynamic=True has one queue; prefetch_queue_depth must be an int with it")

    # ---- properties ----------------------------------------------------------------------------------------

    @property
    def exec_dynamic(self) -> bool | None:
        """Whether the pipeline is marked for DALI's dynamic executor; None where neither said nor implied.

        adali has one executor, which does what that one is for in any case: operators of all devices in any order, and
        memory as it is needed. The mark goes into the serialized form.
        """
        if self._exec_dynamic is None and self._exec_pipelined and self._exec_async:
            return True if isinstance(self._prefetch_queue_depth, int) else None
        return self._exec_dynamic

    @property
    def stream_policy(self) -> StreamPolicy | None:
        """The value given; it goes into the serialized form. Which streams the engine uses is not set by it."""
        return self._stream_policy

    @property
    def concurrency(self) -> OperatorConcurrency | None:
        """The value given; it goes into the serialized form. The engine schedules samples, not operators."""
        return self._concurrency

    @property
    def max_streams(self) -> int:
        """The value given; unused."""
        return self._max_streams

    @property
    def default_cuda_stream_priority(self) -> int:
        """Priority of the CUDA streams."""
        return self._stream_priority

    @property
    def enable_memory_stats(self) -> bool:
        """Whether ``executor_statistics`` has sizes of outputs."""
        return self._enable_memory_stats

    @property
    def py_num_workers(self) -> int:
        """How many workers call a function with ``external_source(parallel=True)``; 0 if none works ahead."""
        return int(self.num_threads if self._py_num_workers is None else self._py_num_workers)

    @property
    def num_threads(self) -> int:
        """Number of CPU threads used by the pipeline."""
        raise NotImplementedError

    @property
    def py_start_method(self) -> str:
        """The value given: with "spawn", workers of parallel sources are processes, otherwise threads."""
        return self._py_start_method

    def output_dtype(self) -> list[DALIDataType | None]:
        """Element types that the outputs were declared to have; None for an output that may have any."""
        return self._output_types.dtypes(self.num_outputs)

    def output_ndim(self) -> list[int | None]:
        """Numbers of axes that the outputs were declared to have; None for an output that may have any."""
        return self._output_types.ndims(self.num_outputs)

    def output_layout(self) -> list[str | None]:
        """Layouts that the outputs were declared to have; None for an output that may have any."""
        return self._output_types.layouts(self.num_outputs)

    @property
    def num_outputs(self) -> int:
        """Number of outputs of the graph."""
        raise NotImplementedError

    def start_py_workers(self) -> None:
        """Does nothing: the workers of parallel sources start when they are first needed, and nothing is forked."""


def _check_pickler(pickler: Any, start_method: str) -> None:
    if pickler is None:
        return
    if start_method == "fork":
        raise ArgumentError("py_callback_pickler has a use with py_start_method='spawn' only, not with 'fork'")
    if isinstance(pickler, (tuple, list)):
        module, *options = pickler or [None]
        if len(options) > 2 or any(o is not None and not isinstance(o, dict) for o in options):
            raise ArgumentError("py_callback_pickler as a tuple holds a module and at most two dicts of arguments")
    else:
        module = pickler
    if not (callable(getattr(module, "dumps", None)) and callable(getattr(module, "loads", None))):
        raise ArgumentError(f"py_callback_pickler must have dumps and loads, got {module!r}")
