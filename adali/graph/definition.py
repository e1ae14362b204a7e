"""``pipeline_def``: a function that returns outputs becomes a factory of pipelines."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

from adali.errors import ArgumentError
from adali.graph.branch import check_outside, enabled
from adali.graph.rewriting import convert

__all__ = ["pipeline_factory"]


def pipeline_factory(pipeline_class: Any, function: Callable[..., Any] | None, defaults: dict[str, Any]) -> Any:
    """The factory, or the decorator that makes it when ``function`` is None."""
    if function is None:
        return lambda f: pipeline_factory(pipeline_class, f, defaults)

    constructor = inspect.signature(pipeline_class.__init__).parameters
    own = inspect.signature(function).parameters

    @functools.wraps(function)
    def create(*args: Any, **kwargs: Any) -> Any:
        pipeline_kwargs = dict(defaults)
        function_kwargs = {}
        for name, value in kwargs.items():
            if name in own:
                function_kwargs[name] = value
                if name not in constructor:
                    continue
            if name in constructor or name not in own:
                pipeline_kwargs[name] = value
        conditionals = bool(pipeline_kwargs.pop("enable_conditionals", False))
        define = converted(function) if conditionals else function
        if pipeline_kwargs.pop("debug", False):
            from adali.graph.debug_pipeline import debug_class

            debug = debug_class(pipeline_class)(**pipeline_kwargs)
            debug.define(functools.partial(define, *args, **function_kwargs), conditionals)
            return debug
        pipe = pipeline_class(**pipeline_kwargs)
        with enabled(conditionals), pipe:
            result = define(*args, **function_kwargs)
            if result is not None:  # it may have called set_outputs() itself
                pipe.set_outputs(*(result if isinstance(result, (list, tuple)) else (result,)))
        if conditionals:
            check_outside(pipe._outputs or ())
        return pipe

    create._is_pipeline_def = True  # type: ignore[attr-defined]
    return create


def converted(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with conditional execution.

    Raises:
        ArgumentError: it is no Python function.
        GraphError: its source is not available.
    """
    if inspect.ismethod(function):
        return types.MethodType(converted(function.__func__), function.__self__)
    if not isinstance(function, types.FunctionType):
        raise ArgumentError(f"enable_conditionals=True needs a Python function, got {function!r}")
    return convert(function)
