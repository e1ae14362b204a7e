"""Calls of async methods that explain themselves when ``await`` is forgotten."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, NoReturn, TypeVar

from typing_extensions import ParamSpec

__all__ = ["awaitable"]

P = ParamSpec("P")
R = TypeVar("R")


class _Call(Coroutine[Any, Any, R], Generic[R]):
    """What a call of an async method returns: awaitable, and outspoken when it is used without ``await``."""

    def __init__(self, coroutine: Coroutine[Any, Any, R], name: str) -> None:
        self._coroutine = coroutine
        self._name = name

    def __await__(self) -> Generator[Any, Any, R]:
        return self._coroutine.__await__()

    def send(self, value: Any) -> Any:
        return self._coroutine.send(value)

    def throw(self, *args: Any) -> Any:
        return self._coroutine.throw(*args)

    def close(self) -> None:
        self._coroutine.close()

    def _not_awaited(self) -> NoReturn:
        self._coroutine.close()
        name = self._name
        raise TypeError(
            f"Pipeline.{name}() is a coroutine and was not awaited. Write `result = await pipe.{name}(...)`, or use "
            f"adali.sync.Pipeline, whose {name}() blocks."
        )

    def __iter__(self) -> NoReturn:
        self._not_awaited()

    def __len__(self) -> int:
        self._not_awaited()

    def __getitem__(self, index: Any) -> Any:
        self._not_awaited()

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_") or attribute.startswith("cr_"):
            raise AttributeError(attribute)
        self._not_awaited()


def awaitable(
    method: Callable[P, Coroutine[Any, Any, R]],
) -> Callable[P, Coroutine[Any, Any, R]]:
    """Make the calls of an async method explain themselves when ``await`` is forgotten."""

    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:
        return _Call(method(*args, **kwargs), method.__name__)

    if hasattr(inspect, "markcoroutinefunction"):
        inspect.markcoroutinefunction(call)
    else:
        call._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]
    return call
