"""The thread of a source: answers in place, answers through the loop, and what is posted meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import weakref
from collections.abc import Awaitable, Iterator
from typing import Any

import pytest
from engine_operators import TIMEOUT

from adali.engine import workers
from adali.engine.mailbox import Mailbox
from adali.engine.workers import CallThread, join_all

pytestmark = pytest.mark.asyncio


@contextlib.contextmanager
def call_thread(mail: Mailbox | None = None) -> Iterator[CallThread]:
    thread = CallThread("test-source", mail)
    try:
        yield thread
    finally:
        thread.close()
        assert join_all([thread.thread], TIMEOUT) == []


async def turns_of(awaitable: Awaitable[Any]) -> int:
    """Turns that the loop makes until it is done."""
    task = asyncio.ensure_future(awaitable)
    count = 0
    while not task.done():
        count += 1
        await asyncio.sleep(0)
    task.result()
    return count


async def test_after_a_quick_call_the_next_is_answered_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "QUICK_S", TIMEOUT)
    with call_thread() as thread:
        await thread.call(int)
        assert await turns_of(thread.call(int)) <= 2  # one for the task to begin, and the answer is there
        assert await thread.call(threading.get_ident) == thread.thread.ident


async def test_the_loop_goes_on_while_a_call_takes_longer() -> None:
    with call_thread() as thread:
        await thread.call(int)
        for _ in range(2):  # after a quick call, for which the loop waits a moment, and after a slow one
            go = threading.Event()
            task = asyncio.ensure_future(thread.call(lambda go=go: go.wait(TIMEOUT)))
            for _ in range(3):
                await asyncio.sleep(0)
            assert not task.done()
            go.set()
            assert await task


@pytest.mark.parametrize("quick_s", [0.0, TIMEOUT], ids=["through the loop", "in place"])
async def test_an_error_reaches_the_caller_and_holds_no_data(monkeypatch: pytest.MonkeyPatch, quick_s: float) -> None:
    monkeypatch.setattr(workers, "QUICK_S", quick_s)

    class Data:
        pass

    def fail(data: Data) -> None:
        raise StopIteration("no more")

    async def failing(thread: CallThread) -> weakref.ref[Data]:
        await thread.call(int)
        data = Data()
        with pytest.raises(RuntimeError, match="StopIteration escaped"):
            await thread.call(lambda: fail(data))
        return weakref.ref(data)

    gc.disable()
    try:
        with call_thread() as thread:
            data = await failing(thread)
            await thread.call(int)  # the thread is through with the call before
            assert data() is None
    finally:
        gc.enable()


async def test_what_is_posted_while_the_loop_waits_in_place_is_read_and_wakes_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "QUICK_S", TIMEOUT)
    errors: list[BaseException] = []
    mail = Mailbox(lambda: None, errors.append)
    loop = mail.loop = asyncio.get_running_loop()
    with call_thread(mail) as thread:
        await thread.call(int)
        heard, wakes = asyncio.Event(), []
        with monkeypatch.context() as patch:
            patch.setattr(loop, "call_soon_threadsafe", wakes.append)
            await thread.call(lambda: mail.post(heard.set))
        assert heard.is_set()
        assert wakes == []
        # From here on the loop sleeps, and has to be woken.
        again = asyncio.Event()
        poster = threading.Thread(target=mail.post, args=(again.set,))
        poster.start()
        await asyncio.wait_for(again.wait(), TIMEOUT)
        poster.join()
    assert errors == []


async def test_a_cancelled_caller_leaves_the_call_running() -> None:
    begun, go, ended = asyncio.Event(), threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow() -> None:
        loop.call_soon_threadsafe(begun.set)
        go.wait(TIMEOUT)
        ended.set()

    with call_thread() as thread:
        task = asyncio.ensure_future(thread.call(slow))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not ended.is_set()
        go.set()
        assert await thread.call(ended.is_set)
