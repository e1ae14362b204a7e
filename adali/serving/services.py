"""Several services that live together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from typing_extensions import Self

from adali.errors import ArgumentError
from adali.serving.service import Service

__all__ = ["Services"]


class Services(Mapping[str, Service]):
    """Several services that live together, each with a pipeline of its own.

    ::

        async with Services(thumbnails=Service(small), classifier=Service(prepare, model=model)) as services:
            label = await services["classifier"](jpeg_bytes)
    """

    def __init__(self, *services: Service, **named: Service) -> None:
        """Put services together; those given by position keep their names.

        Raises:
            ArgumentError: two have one name, or there is none.
        """
        for name, service in named.items():
            service.name = name
        every = [*services, *named.values()]
        self._services = {s.name: s for s in every}
        if len(self._services) != len(every) or not every:
            raise ArgumentError(f"services need different names, got {[s.name for s in every]}")

    def __getitem__(self, name: str) -> Service:
        return self._services[name]

    def __iter__(self) -> Any:
        return iter(self._services)

    def __len__(self) -> int:
        return len(self._services)

    @property
    def ready(self) -> bool:
        """Whether all of them take requests."""
        return all(s.ready for s in self.values())

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            for service in self.values():
                await stack.enter_async_context(service)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: Any) -> None:
        if exc[0] is None:
            await self.drain()
        await self._stack.__aexit__(*exc)

    async def drain(self, timeout: float | None = None) -> bool:
        """Drain all of them at the same time; returns whether all requests were answered in time."""
        return all(await asyncio.gather(*(s.drain(timeout) for s in self.values())))
