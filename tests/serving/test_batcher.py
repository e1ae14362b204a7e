"""The queue alone, on a clock of its own: nothing here waits, and nothing depends on the machine's speed."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adali.serving.batcher import Batcher, Request
from adali.serving.errors import DeadlineExceeded, Overloaded, ServiceClosed, ServingError


class Selector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Jumps to the next timer in place of waiting for it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if not events:
            assert timeout is not None, "everything waits, and nothing can happen any more"
            self.now += timeout
        return events


class Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.selector = Selector()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.now


def run(main: Coroutine[Any, Any, Any]) -> Any:
    loop = Loop()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()


class Bench:
    """A batcher whose batches take ``seconds`` each and are remembered as (time, names)."""

    def __init__(self, seconds: float = 0.0, **options: Any) -> None:
        self.seconds = seconds
        self.batches: list[tuple[float, list[Any]]] = []
        self.effect: Callable[[list[Request]], None] | None = None
        self.batcher = Batcher(self.work, **{"max_batch": 4, "max_wait": 1.0, "slots": 1, **options})

    async def work(self, batch: list[Request]) -> None:
        self.batches.append((asyncio.get_running_loop().time(), [r.data for r in batch]))
        if self.effect is not None:
            self.effect(batch)
        await asyncio.sleep(self.seconds)
        for request in batch:
            request.succeed(("answer", request.data))

    def submit(self, name: Any, count: int = 1, **options: Any) -> Request:
        request = Request(name, count, **options)
        self.batcher.submit(request)
        return request


def test_a_full_batch_goes_at_once_and_a_single_request_waits_for_company() -> None:
    async def main() -> None:
        bench = Bench()
        requests = [bench.submit(n) for n in "abcde"]
        assert [await r.future for r in requests] == [("answer", n) for n in "abcde"]
        assert bench.batches == [(0.0, list("abcd")), (1.0, ["e"])]

    run(main())


def test_who_comes_while_the_oldest_waits_goes_with_it() -> None:
    async def main() -> None:
        bench = Bench()
        first = bench.submit("a")
        await asyncio.sleep(0.9)
        second = bench.submit("b")
        await asyncio.gather(first.future, second.future)
        assert bench.batches == [(1.0, ["a", "b"])]

    run(main())


def test_batches_count_samples_and_keep_requests_whole() -> None:
    async def main() -> None:
        bench = Bench(max_wait=0)
        bench.batcher.slots = 0
        requests = [bench.submit(n, count) for n, count in (("a", 3), ("b", 2), ("c", 2), ("d", 4), ("e", 1))]
        bench.batcher.slots = 1
        bench.batcher.pump()
        await asyncio.gather(*(r.future for r in requests))
        assert [names for _, names in bench.batches] == [["a"], ["b", "c"], ["d"], ["e"]]

    run(main())


def test_signatures_do_not_mix() -> None:
    async def main() -> None:
        bench = Bench(max_wait=0)
        bench.batcher.slots = 0
        requests = [bench.submit(n, signature=s) for n, s in (("a", 1), ("b", 1), ("c", 2), ("d", 1))]
        bench.batcher.slots = 1
        bench.batcher.pump()
        await asyncio.gather(*(r.future for r in requests))
        assert [names for _, names in bench.batches] == [["a", "b"], ["c"], ["d"]]

    run(main())


def test_no_more_batches_run_than_there_are_slots() -> None:
    async def main() -> None:
        bench = Bench(seconds=10, max_wait=0, max_batch=1, slots=2)
        requests = [bench.submit(n) for n in "abcd"]
        await asyncio.gather(*(r.future for r in requests))
        assert bench.batches == [(0.0, ["a"]), (0.0, ["b"]), (10.0, ["c"]), (10.0, ["d"])]
        assert bench.batcher.running == bench.batcher.queued == 0

    run(main())


def test_priority_goes_first() -> None:
    async def main() -> None:
        bench = Bench(seconds=1, max_wait=0, max_batch=1)
        requests = [bench.submit(n, priority=p) for n, p in (("a", 1), ("b", 1), ("c", 0), ("d", 2), ("e", 0))]
        await asyncio.gather(*(r.future for r in requests))
        assert [names for _, names in bench.batches] == [["a"], ["c"], ["e"], ["b"], ["d"]]

    run(main())


def test_the_newest_of_the_least_urgent_make_room() -> None:
    async def main() -> None:
        bench = Bench()
        bench.batcher.slots = 0
        a, b, c, d = (bench.submit(n, priority=p) for n, p in (("a", 0), ("b", 1), ("c", 2), ("d", 2)))
        assert not bench.batcher.displace(1, 2, lambda: Overloaded("full"))
        assert not bench.batcher.displace(4, 0, lambda: Overloaded("full"))
        assert bench.batcher.displace(2, 0, lambda: Overloaded("full"))
        assert [r.done for r in (a, b, c, d)] == [False, False, True, True]
        assert bench.batcher.queued == 2
        with pytest.raises(Overloaded):
            await d.future
        await bench.batcher.aclose(ServiceClosed("closed"))
        for request in (a, b):
            with pytest.raises(ServiceClosed):
                await request.future

    run(main())


def test_a_cancelled_request_is_not_computed() -> None:
    async def main() -> None:
        bench = Bench()
        requests = [bench.submit(n) for n in "abc"]
        requests[1].future.cancel()
        await asyncio.sleep(0)
        assert bench.batcher.queued == 2
        assert await requests[0].future
        assert await requests[2].future
        assert bench.batches == [(1.0, ["a", "c"])]

    run(main())


def test_a_request_that_is_cancelled_in_the_very_turn_in_which_its_batch_is_made_is_not_computed() -> None:
    async def main() -> None:
        bench = Bench()
        requests = [bench.submit(n) for n in "abc"]
        requests[1].future.cancel()  # its callbacks have not run
        last = bench.submit("d")
        await asyncio.gather(requests[0].future, requests[2].future, last.future)
        assert bench.batches == [(0.0, ["a", "c", "d"])]

    run(main())


def test_a_deadline_in_the_queue_answers_at_that_moment_and_saves_the_work() -> None:
    async def main() -> None:
        bench = Bench(seconds=10, max_wait=0, max_batch=1)
        first, late = bench.submit("a"), bench.submit("b", deadline=3.0)
        with pytest.raises(DeadlineExceeded, match="in the queue, 3000 ms"):
            await late.future
        assert asyncio.get_running_loop().time() == 3.0
        await first.future
        assert bench.batches == [(0.0, ["a"])]
        assert bench.batcher.queued == 0

    run(main())


def test_a_deadline_while_it_is_computed_answers_at_that_moment() -> None:
    async def main() -> None:
        bench = Bench(seconds=10, max_wait=0)
        late, other = bench.submit("a", deadline=3.0), bench.submit("b")
        with pytest.raises(DeadlineExceeded, match="while it was computed"):
            await late.future
        assert asyncio.get_running_loop().time() == 3.0
        assert await other.future == ("answer", "b")

    run(main())


def test_a_deadline_that_has_passed_never_queues() -> None:
    async def main() -> None:
        bench = Bench()
        await asyncio.sleep(5)
        late = bench.submit("a", deadline=4.0)
        with pytest.raises(DeadlineExceeded, match="had passed"):
            await late.future
        assert bench.batcher.queued == 0

    run(main())


@pytest.mark.parametrize("error", [ServingError("bad"), ValueError("worse"), asyncio.InvalidStateError("set twice")])
def test_it_survives_whatever_a_batch_raises(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        bench = Bench(max_batch=2)

        def fail(batch: list[Request]) -> None:
            raise error

        bench.effect = fail
        requests = [bench.submit(n) for n in "ab"]
        results = await asyncio.gather(*(r.future for r in requests), return_exceptions=True)
        assert [type(r) for r in results] == [type(error)] * 2
        assert results[0] is not results[1]
        bench.effect = None
        assert await bench.submit("c").future == ("answer", "c")
        assert bench.batcher.running == 0

    run(main())


def test_it_survives_a_result_for_a_cancelled_request_and_gives_the_others_theirs() -> None:
    async def main() -> None:
        bench = Bench(max_batch=3)

        def give_up(batch: list[Request]) -> None:
            batch[0].future.cancel()
            batch[1].fail(ValueError("mine"))

        bench.effect = give_up
        requests = [bench.submit(n) for n in "abc"]
        results = await asyncio.gather(*(r.future for r in requests), return_exceptions=True)
        assert [type(r) for r in results] == [asyncio.CancelledError, ValueError, tuple]

    run(main())


def test_a_request_that_the_batch_forgot_gets_an_error() -> None:
    async def main() -> None:
        async def forget(batch: list[Request]) -> None:
            batch[0].succeed(1)

        batcher = Batcher(forget, max_batch=2, max_wait=0, slots=1)
        batcher.slots = 0
        requests = [Request(n, 1) for n in "ab"]
        for request in requests:
            batcher.submit(request)
        batcher.slots = 1
        batcher.pump()
        assert await requests[0].future == 1
        with pytest.raises(ServingError, match="no answer"):
            await requests[1].future

    run(main())


def test_draining_does_not_wait_for_company() -> None:
    async def main() -> None:
        bench = Bench(max_wait=100)
        request = bench.submit("a")
        bench.batcher.drain()
        await request.future
        assert bench.batches == [(0.0, ["a"])]

    run(main())


def test_closing_fails_what_waits_and_what_runs() -> None:
    async def main() -> None:
        bench = Bench(seconds=10, max_wait=0, max_batch=1)
        runs, waits = bench.submit("a"), bench.submit("b")
        await asyncio.sleep(1)
        await bench.batcher.aclose(ServiceClosed("closed"))
        for request in (runs, waits):
            with pytest.raises(ServiceClosed):
                await request.future
        assert bench.batches == [(0.0, ["a"])]

    run(main())


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 3),  # when it comes
            st.integers(1, 4),  # rows
            st.integers(0, 2),  # priority
            st.integers(0, 1),  # signature
            st.one_of(st.none(), st.floats(0.01, 3)),  # deadline
            st.one_of(st.none(), st.floats(0, 3)),  # cancelled after
        ),
        max_size=25,
    ),
    st.integers(1, 3),
)
def test_every_request_ends_once_and_no_promise_is_broken(plan: list[Any], slots: int) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        bench = Bench(seconds=0.3, max_wait=0.2, slots=slots)
        ended: list[int] = []

        async def client(number: int, at: float, count: int, level: int, kind: int, deadline: Any, cancel: Any) -> None:
            await asyncio.sleep(at)
            end = None if deadline is None else loop.time() + deadline
            request = bench.submit((number, count, kind, level), count, signature=kind, priority=level, deadline=end)
            if cancel is not None:
                loop.call_later(cancel, request.future.cancel)
            try:
                assert (await request.future)[0] == "answer"
            except asyncio.CancelledError:
                assert cancel is not None
            except DeadlineExceeded:
                assert end is not None
                assert loop.time() == pytest.approx(end)
            ended.append(number)

        await asyncio.gather(*(client(i, *row) for i, row in enumerate(plan)))
        assert sorted(ended) == list(range(len(plan)))
        computed = [name for _, names in bench.batches for name in names if name is not None]
        assert len({name[0] for name in computed}) == len(computed)
        for _, names in bench.batches:
            assert sum(name[1] for name in names) <= 4
            assert len({name[2] for name in names}) <= 1
        assert bench.batcher.queued == bench.batcher.queued_requests == 0
        await asyncio.sleep(1)
        assert bench.batcher.running == 0

    run(main())
