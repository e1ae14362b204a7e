"""Cancelling a coroutine at its k-th suspension, under asyncio and under trio."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

import pytest


class Interrupter:
    """Runs coroutines and cancels them when they wait for the k-th time.

    Attributes:
        at: k; 0 for never.
        count: how often they waited.
        others: called at every other suspension, to let what they wait for happen.
    """

    def __init__(self, at: int, others: Callable[[], object]) -> None:
        self.at = at
        self.count = 0
        self.others = others

    @property
    def struck(self) -> bool:
        return 0 < self.at <= self.count

    @types.coroutine
    def _drive(self, coroutine: Coroutine[Any, Any, Any], cancel: Callable[[], object]) -> Generator[Any, Any, Any]:
        sent: Any = None
        thrown: BaseException | None = None
        while True:
            try:
                waits_for = coroutine.send(sent) if thrown is None else coroutine.throw(thrown)
            except StopIteration as stop:
                return stop.value
            self.count += 1
            if self.count == self.at:
                cancel()
            else:
                self.others()
            sent = thrown = None
            try:
                sent = yield waits_for
            except BaseException as e:
                thrown = e

    async def asyncio(self, coroutine: Coroutine[Any, Any, Any]) -> bool:
        """Run it as a task; returns whether it was cancelled."""

        async def main() -> Any:
            task = asyncio.current_task()
            assert task is not None
            return await self._drive(coroutine, task.cancel)

        try:
            await asyncio.create_task(main())
        except asyncio.CancelledError:
            return True
        return False

    async def trio(self, coroutine: Coroutine[Any, Any, Any]) -> bool:
        """Run it in a scope of its own; returns whether it was cancelled."""
        import trio

        with trio.CancelScope() as scope:
            await self._drive(coroutine, scope.cancel)
        return bool(scope.cancelled_caught)


def run_in(library: str, main: Callable[[], Awaitable[Any]]) -> Any:
    """Run an event loop of that library."""
    if library == "asyncio":
        return asyncio.run(main())  # type: ignore[arg-type]
    return pytest.importorskip("trio", reason="trio is not installed").run(main)
