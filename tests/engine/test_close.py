"""Ends of all kinds: close, cancellation at every await, sources that never return, interrupts, exits, forks."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from conftest import engine_threads
from engine_operators import TIMEOUT, Probe, node, pipeline
from interrupting import Interrupter, run_in

import adali
import adali.sync
from adali.engine import executor as executor_module
from adali.engine.executor import Executor
from adali.engine.workers import WorkerPool
from adali.errors import OperatorError

LIBRARIES = ["asyncio", "trio"]


def first(outputs: Any) -> int:
    return int(outputs[0].at(0))


class Gated:
    """A pipeline of depth 1 that reaches every wait of its consumer: nothing is computed or reset before it opens."""

    def __init__(self, limit: int | None = None, **kwargs: Any) -> None:
        self.probe = Probe(limit=limit)
        self.built = threading.Event()
        self.built.set()
        self.seen: list[int] = []

        def build() -> Any:
            return node("Step", node("Gated", probe=self.probe), probe=self.probe)

        self.pipe = pipeline(build, adali.Pipeline, prefetch_queue_depth=1, **kwargs)

    def close_gate(self) -> None:
        self.probe.gate.clear()

    def open_gate(self) -> None:
        """Let the engine be built or, once that is done, go on with its work."""
        if self.built.is_set():
            self.probe.gate.set()
        self.built.set()

    async def see(self, call: Callable[[], Any]) -> None:
        self.close_gate()
        self.seen.append(first(await call()))


@pytest.fixture
def slow_build(monkeypatch: pytest.MonkeyPatch) -> Callable[[Gated], None]:
    """Makes the engine's thread wait in build() until the gate opens or the build is given up."""

    def install(gated: Gated) -> None:
        make, stop = WorkerPool.__init__, Executor.stop
        gated.built.clear()

        def wait_and_make(*args: Any) -> None:
            assert gated.built.wait(TIMEOUT)
            make(*args)

        def open_and_stop(self: Executor) -> None:
            gated.built.set()
            stop(self)

        monkeypatch.setattr(WorkerPool, "__init__", wait_and_make)
        monkeypatch.setattr(Executor, "stop", open_and_stop)

    return install


async def basic(g: Gated) -> None:
    await g.pipe.build()
    await g.see(g.pipe.run)
    await g.see(g.pipe.run)
    g.close_gate()
    await g.pipe.aclose()


async def implicit_build(g: Gated) -> None:
    await g.see(g.pipe.run)
    g.close_gate()
    await g.pipe.aclose()


async def scheduled(g: Gated) -> None:
    await g.pipe.build()
    g.close_gate()
    await g.pipe.schedule_run()
    await g.see(g.pipe.share_outputs)
    await g.pipe.release_outputs()
    await g.pipe.schedule_run()
    await g.see(g.pipe.outputs)
    await g.see(g.pipe.outputs)
    g.close_gate()
    await g.pipe.aclose()


async def to_the_end_and_again(g: Gated) -> None:
    for _ in range(2):
        for _ in range(2):
            await g.see(g.pipe.run)
        g.close_gate()
        with pytest.raises(StopAsyncIteration):
            await g.pipe.run()
        g.close_gate()
        await g.pipe.reset()
    g.close_gate()
    await g.pipe.aclose()


async def passes(g: Gated) -> None:
    g.close_gate()
    async with g.pipe as pipe:
        for _ in range(2):
            async for outputs in pipe:
                g.seen.append(first(outputs))
                g.close_gate()
            g.close_gate()


#: And how often each waits at least, whatever the threads do.
SCENARIOS = [(basic, 3), (implicit_build, 2), (scheduled, 3), (to_the_end_and_again, 7), (passes, 5)]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("exec_async", [True, False])
@pytest.mark.parametrize(("scenario", "waits"), SCENARIOS, ids=[s.__name__ for s, _ in SCENARIOS])
def test_cancelled_at_every_await_nothing_is_left_and_nothing_lost(
    scenario: Any, waits: int, exec_async: bool, library: str, slow_build: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = scenario in (basic, implicit_build, scheduled)
    whole: list[int] = []

    async def main(k: int) -> bool:
        g = Gated(None if endless else 2, exec_async=exec_async)
        slow_build(g)
        interrupter = Interrupter(k, g.open_gate)
        cancelled = await getattr(interrupter, library)(scenario(g))
        if cancelled:
            assert interrupter.struck
            g.built.set()
            g.open_gate()
            if not g.pipe._closed:
                await go_on(g)
            await g.pipe.aclose()
        assert engine_threads() == []
        if library == "asyncio":
            assert asyncio.all_tasks() == {asyncio.current_task()}
        if k == 0:
            whole.extend(g.seen)
            assert interrupter.count >= waits, "the scenario does not reach the waits it is for"
        else:
            assert g.seen == whole[: len(g.seen)]
        return interrupter.struck

    async def go_on(g: Gated) -> None:
        """The pipeline of a cancelled consumer is usable, and gives what that one did not get."""
        g.pipe.enable_api_check(False)
        known = len(g.seen)
        for expected in itertools.islice(itertools.cycle([0, 1000]) if not endless else itertools.count(0, 1000), 12):
            if known:
                known -= 1
                continue
            try:
                value = first(await g.pipe.run())
            except StopAsyncIteration:
                await g.pipe.reset()
                value = first(await g.pipe.run())
            assert value == expected

    for k in itertools.count():
        struck = run_in(library, lambda k=k: main(k))
        monkeypatch.undo()
        if k and not struck:
            break


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("state", ["working", "full", "reading", "failing", "idle"])
def test_close_in_every_state(state: str, library: str) -> None:
    """Also while the consumer of another task waits: it hears that the pipeline was closed."""

    async def main() -> None:
        probe = Probe()
        reading = threading.Event()
        closing = threading.Event()

        def read(count: int, iteration: int) -> Any:
            if state == "reading" and iteration == 1:
                reading.set()
                assert closing.wait(TIMEOUT)
            return [iteration] * count

        if state == "failing":
            probe.fail["sample"] = set(range(0, 100))
        pipe = pipeline(
            lambda: node("Step", node("Feed", probe=read), probe=probe), adali.Pipeline, prefetch_queue_depth=3
        )
        await pipe.build()
        if state in ("working", "failing"):
            probe.gate.clear()
        if state != "idle":
            await pipe.schedule_run()
        if state in ("working", "failing"):
            assert probe.entered.wait(TIMEOUT)
        elif state == "reading":
            assert reading.wait(TIMEOUT)
        elif state == "full":
            await pipe._executor.completed(3)
        opener = threading.Thread(target=lambda: (pipe._executor._closed.woken or closing.set(), probe.gate.set()))
        executor = pipe._executor
        stop = executor.stop

        def stop_and_open() -> None:
            stop()
            opener.start()

        executor.stop = stop_and_open
        await pipe.aclose()
        opener.join()
        assert engine_threads() == []
        executor.stop = stop  # a cycle

    run_in(library, main)


@pytest.mark.asyncio
@pytest.mark.parametrize("call", ["run", "outputs", "share_outputs"])
async def test_a_waiting_consumer_hears_that_the_pipeline_was_closed(call: str) -> None:
    g = Gated()
    await g.pipe.build()
    g.close_gate()
    consumers = [asyncio.create_task(wait_for(getattr(g.pipe, call))) for _ in range(3)]
    await anyio.wait_all_tasks_blocked()
    g.pipe._executor.stop()
    g.open_gate()
    await g.pipe.aclose()
    for consumer in consumers:
        with pytest.raises(adali.PipelineClosedError):
            await consumer


async def wait_for(call: Any) -> Any:
    return await call()


@pytest.mark.asyncio
async def test_a_reset_under_way_hears_that_the_pipeline_was_closed() -> None:
    g = Gated(limit=1)
    await g.pipe.run()
    with pytest.raises(StopAsyncIteration):
        await g.pipe.run()
    g.close_gate()
    resets = [asyncio.create_task(wait_for(g.pipe.reset)) for _ in range(2)]
    waiting = asyncio.create_task(wait_for(g.pipe._executor.reset))
    await anyio.wait_all_tasks_blocked()
    closing = asyncio.create_task(wait_for(g.pipe.aclose))
    await anyio.wait_all_tasks_blocked()
    g.open_gate()
    await closing
    for task in (*resets, waiting):
        # It was done just before, or it hears of the end.
        (result,) = await asyncio.gather(task, return_exceptions=True)
        assert result is None or isinstance(result, adali.PipelineClosedError)


@pytest.mark.asyncio
async def test_everybody_who_closes_waits_for_the_end() -> None:
    g = Gated()
    g.close_gate()
    consumer = asyncio.create_task(wait_for(g.pipe.run))
    await anyio.wait_all_tasks_blocked()
    assert await asyncio.to_thread(g.probe.entered.wait, TIMEOUT)
    closers = [asyncio.create_task(wait_for(g.pipe.aclose)) for _ in range(3)]
    await anyio.wait_all_tasks_blocked()
    assert not any(c.done() for c in closers)
    assert engine_threads() != []
    g.open_gate()
    await asyncio.gather(*closers)
    assert engine_threads() == []
    with pytest.raises(adali.PipelineClosedError):
        await consumer


@pytest.mark.asyncio
async def test_closing_during_a_build_ends_both(slow_build: Any) -> None:
    g = Gated()
    slow_build(g)
    builders = [asyncio.create_task(wait_for(c)) for c in (g.pipe.build, g.pipe.run, g.pipe.build)]
    await anyio.wait_all_tasks_blocked()
    await g.pipe.aclose()
    g.open_gate()
    for builder in builders:
        with pytest.raises(adali.PipelineClosedError):
            await builder
    assert engine_threads() == []


@pytest.mark.asyncio
async def test_several_consumers_build_one_engine() -> None:
    g = Gated()
    values = await asyncio.gather(*(wait_for(g.pipe.run) for _ in range(5)))
    assert sorted(first(v) for v in values) == [k * 1000 for k in range(5)]
    assert engine_threads().count("adali-engine") == 1
    await g.pipe.aclose()


def test_several_threads_build_one_engine_and_lose_nothing() -> None:
    probe = Probe()
    pipe = pipeline(lambda: node("Source", probe=probe), prefetch_queue_depth=3)
    barrier = threading.Barrier(6)
    seen: list[int] = []

    def consume() -> None:
        barrier.wait(TIMEOUT)
        for _ in range(50):
            seen.append(first(pipe.run()))  # noqa: PERF401

    threads = [threading.Thread(target=consume) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert engine_threads().count("adali-engine") == 1
    assert sorted(seen) == [k * 1000 for k in range(300)]
    stats = pipe.stats()
    assert stats.delivered == 300
    account = pipe._executor.account
    assert (account.consumed, len(account._claims)) == (300, 0)
    assert account.released + len(account._held) == 300


@pytest.mark.asyncio
async def test_of_two_consumers_one_is_cancelled_and_no_batch_is_lost() -> None:
    g = Gated()
    await g.pipe.build()
    seen = []
    for _ in range(5):
        g.close_gate()
        one, other = (asyncio.create_task(wait_for(g.pipe.run)) for _ in range(2))
        await anyio.wait_all_tasks_blocked()
        one.cancel()
        g.open_gate()
        seen.append(first(await other))
        with pytest.raises(asyncio.CancelledError):
            await one
    # Each cancelled call left an iteration behind, and nobody gets one twice or misses one.
    seen += [first(await g.pipe.run()) for _ in range(5)]
    assert seen == [k * 1000 for k in range(10)]
    await g.pipe.aclose()


@pytest.mark.asyncio
async def test_two_consumers_of_one_scheduled_iteration_do_not_wait_for_ever() -> None:
    g = Gated()
    g.close_gate()
    await g.pipe.schedule_run()
    consumers = [asyncio.create_task(wait_for(g.pipe.outputs)) for _ in range(4)]
    await anyio.wait_all_tasks_blocked()
    g.open_gate()
    assert sorted([first(await c) for c in consumers]) == [0, 1000, 2000, 3000]
    await g.pipe.aclose()


@pytest.mark.asyncio
async def test_a_consumer_that_waits_across_a_reset_gets_the_new_epochs_batch() -> None:
    g = Gated()
    await g.pipe.run()
    g.close_gate()
    waiting = asyncio.create_task(wait_for(g.pipe.run))
    await anyio.wait_all_tasks_blocked()
    reset = asyncio.create_task(wait_for(lambda: g.pipe._executor.reset(abandon=True)))
    await anyio.wait_all_tasks_blocked()
    later = asyncio.create_task(wait_for(g.pipe.run))
    await anyio.wait_all_tasks_blocked()
    g.open_gate()
    await reset
    assert sorted([first(await waiting), first(await later)]) in ([0, 1000], [0, 0], [1000, 1000])
    await g.pipe.aclose()


@pytest.mark.parametrize("exec_async", [True, False])
def test_the_end_of_data_can_be_met_again_and_again(exec_async: bool) -> None:
    pipe = pipeline(lambda: node("Source", probe=Probe(limit=2)), exec_async=exec_async)
    for _ in range(2):
        assert [first(pipe.run()) for _ in range(2)] == [0, 1000]
        for _ in range(3):
            with pytest.raises(StopIteration):
                pipe.run()
        pipe.reset()


def test_synchronous_execution_with_nothing_fed_is_an_error_and_no_deadlock() -> None:
    pipe = pipeline(lambda: node("Fed", probe=Probe(), name="fed"), exec_async=False)
    pipe.build()
    with pytest.raises(OperatorError, match="no data was fed"):
        pipe.run()
    for k in range(4):
        pipe.feed_input("fed", k)
    for _ in range(3):
        try:
            assert first(pipe.run()) >= 0
        except OperatorError:
            continue


# ---- code that never returns -----------------------------------------------------------------------------------


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor_module, "PATIENCE_S", 0.05)


@pytest.mark.usefixtures("little_patience")
@pytest.mark.parametrize("where", ["source", "reader", "chain", "batch"])
def test_code_that_never_returns_is_left_behind_with_a_warning(where: str) -> None:
    entered, end = threading.Event(), threading.Event()

    def stuck(*args: Any) -> Any:
        entered.set()
        end.wait(TIMEOUT)
        return args[1] if where in ("chain", "batch") else [1, 2, 3]

    def build() -> Any:
        if where in ("source", "reader"):
            return node("Feed", probe=stuck, name="sleeper", ahead=int(where == "reader"))
        op = "Apply" if where == "chain" else "ApplyBatch"
        return node(op, node("Source", probe=probe), probe=stuck)

    probe = Probe()

    def consume() -> None:
        with pytest.raises(adali.PipelineClosedError):
            pipe.run()

    pipe = pipeline(build, num_threads=1)
    consumer = threading.Thread(target=consume)
    consumer.start()
    assert entered.wait(TIMEOUT)
    names = "adali-input-sleeper" if where in ("source", "reader") else "adali-worker-0"
    with pytest.warns(ResourceWarning, match=f"has not returned in threads: {names}$"):
        pipe.close()
    consumer.join()
    assert probe.closed == 0, "an operator must not be closed under a thread that uses it"
    left = [t for t in threading.enumerate() if t.name == names]
    assert len(left) == 1
    end.set()
    left[0].join()
    assert engine_threads() == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipe.close()


@pytest.mark.usefixtures("little_patience")
def test_an_abandoned_pipeline_with_a_stuck_source_ends_its_engine() -> None:
    entered, end = threading.Event(), threading.Event()

    def stuck(count: int, iteration: int) -> Any:
        entered.set()
        end.wait(TIMEOUT)
        return [1] * count

    pipe = pipeline(lambda: node("Feed", probe=stuck), exec_async=True)
    pipe.schedule_run()
    assert entered.wait(TIMEOUT)
    engine = pipe._executor._thread
    from engine_operators import _made

    _made.clear()
    del pipe
    gc.collect()
    engine.join(TIMEOUT)
    assert not engine.is_alive()
    end.set()
    for t in threading.enumerate():
        if t.name.startswith("adali-"):
            t.join(TIMEOUT)


# ---- interrupts, exits, forks ----------------------------------------------------------------------------------


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises, also where the tests were started in a shell's background, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread")
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("call", ["run", "outputs", "build", "reset", "close", "iterate"])
def test_ctrl_c_during_a_blocking_call_leaves_the_pipeline_usable(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    main = threading.main_thread().ident
    assert main is not None
    armed, entered = threading.Event(), threading.Event()
    caught = threading.Event()

    def interrupt() -> None:
        if armed.is_set():
            armed.clear()
            signal.pthread_kill(main, signal.SIGINT)
            assert caught.wait(TIMEOUT)

    def work(ctx: Any, x: Any) -> Any:
        if call == "close" and not caught.is_set():
            entered.set()
            assert armed.wait(TIMEOUT)
        if call != "reset":
            interrupt()
        return x

    probe = Probe(limit=2)
    probe.on_reset = interrupt
    pipe = pipeline(
        lambda: node("Apply", node("Source", probe=probe), probe=work), prefetch_queue_depth=1, num_threads=1
    )
    pipe.enable_api_check(False)
    if call == "build":
        make = WorkerPool.__init__
        stop = Executor.stop

        def interrupt_and_make(*args: Any) -> None:
            interrupt()
            make(*args)

        def stop_and_go(self: Executor) -> None:
            caught.set()
            stop(self)

        monkeypatch.setattr(WorkerPool, "__init__", interrupt_and_make)
        monkeypatch.setattr(Executor, "stop", stop_and_go)
    else:
        pipe.build()
    if call == "reset":
        assert [first(pipe.run()) for _ in range(2)] == [0, 1000]
        with pytest.raises(StopIteration):
            pipe.run()
    if call == "close":
        pipe.schedule_run()
        assert entered.wait(TIMEOUT)
    armed.set()
    action: Any = {"iterate": lambda: next(iter(pipe))}.get(call) or getattr(pipe, call)
    with pytest.raises(KeyboardInterrupt):
        action()
    caught.set()
    if call == "close":
        pipe.close()
        return
    if call == "reset":
        pipe.reset()
    assert first(pipe.run()) == 0
    assert first(pipe.run()) == 1000


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread")
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_during_a_coroutine_of_iter_setup_cancels_it() -> None:
    main = threading.main_thread().ident
    assert main is not None
    events: list[str] = []
    cancelled = threading.Event()

    class Waiting(adali.sync.Pipeline):
        def define_graph(self) -> Any:
            return node("Source", probe=Probe())

        async def iter_setup(self) -> None:
            if events:
                return
            events.append("begun")
            signal.pthread_kill(main, signal.SIGINT)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise

    pipe = Waiting(batch_size=2, num_threads=1, device_id=None, prefetch_queue_depth=1)
    pipe.build()
    with pytest.raises(KeyboardInterrupt):
        pipe.run()
    assert cancelled.wait(TIMEOUT)
    assert first(pipe.run()) == 0
    pipe.close()


SCRIPT = """
    import adali, adali.sync, sys, threading
    sys.path.insert(0, {path!r})
    from engine_operators import Probe, node, pipeline, registered, _made
    context = registered()
    context.__enter__()
"""


def script(body: str, *flags: str) -> subprocess.CompletedProcess[str]:
    text = textwrap.dedent(SCRIPT.format(path=str(Path(__file__).parent))) + textwrap.dedent(body)
    return subprocess.run([sys.executable, *flags, "-c", text], capture_output=True, text=True, timeout=50)


EXITS = {
    "idle": "pipe = pipeline(lambda: node('Source', probe=Probe()))\npipe.run()",
    "busy": """
        def spin(ctx, x):
            return sum(range(20000)) * 0 + x
        pipe = pipeline(lambda: node("Apply", node("Source", probe=Probe()), probe=spin), prefetch_queue_depth=100)
        pipe.schedule_run()
        """,
    "blocked source": """
        entered = threading.Event()
        def read(count, iteration):
            entered.set()
            threading.Event().wait()
        pipe = pipeline(lambda: node("Feed", probe=read))
        pipe.schedule_run()
        entered.wait()
        """,
    "async": """
        import asyncio
        pipe = pipeline(lambda: node("Source", probe=Probe()), adali.Pipeline)
        asyncio.run(pipe.run().__await__.__self__._coroutine)
        """,
    "exit in a consumer": """
        pipe = pipeline(lambda: node("Source", probe=Probe()))
        for outputs in pipe:
            sys.exit(0)
        """,
}


@pytest.mark.parametrize("case", EXITS)
def test_the_interpreter_exits_with_a_live_pipeline(case: str) -> None:
    done = script(EXITS[case], "-W", "error")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_is_told_that_the_pipeline_is_its_parents() -> None:
    done = script(
        """
        import os
        pipe = pipeline(lambda: node("Source", probe=Probe()))
        pipe.run()
        child = os.fork()
        if child == 0:
            for call in (pipe.run, pipe.reset, pipe.run):
                try:
                    call()
                except adali.PipelineClosedError as e:
                    assert "forked" in str(e), e
                else:
                    os._exit(1)
            pipe.close()
            fresh = pipeline(lambda: node("Source", probe=Probe()))
            assert int(fresh.run()[0].at(0)) == 0
            fresh.close()
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert int(pipe.run()[0].at(0)) == 1000
        pipe.close()
        print("parent goes on")
        """
    )
    assert (done.returncode, done.stdout) == (0, "parent goes on\n"), done.stderr
