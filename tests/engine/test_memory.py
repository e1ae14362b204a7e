"""Memory: what is recycled and when, what batches are made of, and what a result may never share."""

from __future__ import annotations

import gc
import itertools
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from engine_operators import Probe, node, pipeline
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from adali.engine.memory import SMALL, BufferPool, OutputColumn, Scratch, _size_class, must_copy

BIG = 4 * SMALL


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What is given back here is given back at once, not when the collector comes."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


# ---- the pool --------------------------------------------------------------------------------------------------


class PoolMachine(RuleBasedStateMachine):
    """Arrays come and go; the pool's counters and the arrays' contents must hold."""

    @initialize()
    def make(self) -> None:
        self.pool = BufferPool()
        self.alive: dict[int, Any] = {}
        self.sizes: dict[int, int] = {}
        self.number = 0

    @rule(size=st.integers(1, 12), dtype=st.sampled_from([np.uint8, np.float32, np.int64]))
    def allocate(self, size: int, dtype: Any) -> None:
        array = self.pool.empty((size, SMALL // 2), dtype)
        assert (array.shape, array.dtype) == ((size, SMALL // 2), dtype)
        assert array.flags.c_contiguous
        assert array.flags.writeable
        self.number += 1
        array[...] = self.number % 251
        self.alive[self.number] = array
        self.sizes[self.number] = _size_class(array.nbytes) if array.nbytes >= SMALL else 0

    @rule(data=st.data())
    def drop(self, data: Any) -> None:
        if self.alive:
            number = data.draw(st.sampled_from(sorted(self.alive)))
            del self.alive[number], self.sizes[number]

    @rule(data=st.data())
    def keep_a_view(self, data: Any) -> None:
        if self.alive:
            number = data.draw(st.sampled_from(sorted(self.alive)))
            self.alive[number] = self.alive[number][:1].reshape(-1)[::2]

    @rule()
    def trim(self) -> None:
        self.pool.trim()
        assert self.pool.idle_bytes == 0

    @invariant()
    def counters_hold(self) -> None:
        assert self.pool.used_bytes == sum(self.sizes.values())
        held = sum(size * len(idle) for size, idle in self.pool._idle.items())
        assert self.pool.idle_bytes == held >= 0
        assert held <= max(self.pool._peak_bytes, self.pool._last_peak_bytes)

    @invariant()
    def nobody_writes_into_anothers_memory(self) -> None:
        for number, array in self.alive.items():
            assert (array == number % 251).all()

    def teardown(self) -> None:
        if hasattr(self, "alive"):
            self.alive.clear()
            assert self.pool.used_bytes == 0
            self.pool.close()
            assert self.pool.idle_bytes == 0


TestPool = PoolMachine.TestCase
TestPool.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)


VIEWS = {
    "slice": lambda a: a[1:],
    "sample": lambda a: a[0, ...],
    "strided": lambda a: a[::2, ::3],
    "reshaped": lambda a: a.reshape(-1),
    "another type": lambda a: a.view(np.uint8),
    "transposed": lambda a: a.T,
    "asarray": np.asarray,
    "subclass": lambda a: a.view(np.recarray),
    "memoryview": memoryview,
    "view of a memoryview": lambda a: np.asarray(memoryview(a)),
    "dlpack": lambda a: np.from_dlpack(a),
    "view of a view": lambda a: a[1:].reshape(-1)[5:].view(np.int16),
}


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("kind", VIEWS)
def test_memory_returns_when_the_last_view_dies_and_not_before(kind: str) -> None:
    pool = BufferPool()
    array = pool.empty((4, BIG), np.float32)
    used = pool.used_bytes
    assert used >= array.nbytes
    view: Any = VIEWS[kind](array)
    del array
    assert (pool.used_bytes, pool.idle_bytes) == (used, 0)
    other = pool.empty((4, BIG), np.float32)
    other[...] = 1
    assert not np.shares_memory(np.asarray(view), other)
    del other
    del view
    assert (pool.used_bytes, pool.idle_bytes) == (0, 2 * used)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 5), (7,), (SMALL - 1,)])
def test_small_arrays_do_not_come_from_the_pool(shape: tuple[int, ...]) -> None:
    pool = BufferPool()
    array = pool.empty(shape, np.uint8)
    assert array.shape == shape
    assert pool.used_bytes == 0


@given(st.integers(SMALL, 1 << 40))
def test_a_size_class_wastes_at_most_an_eighth(nbytes: int) -> None:
    size = _size_class(nbytes)
    assert nbytes <= size <= nbytes * 1.126
    assert _size_class(size) == size


def test_one_huge_batch_is_forgotten_after_a_while() -> None:
    pool = BufferPool()
    pool.WINDOW = 8  # type: ignore[misc]
    for _ in range(3):
        pool.empty((BIG,), np.uint8)
    huge = pool.empty((100 * BIG,), np.uint8)
    del huge
    assert pool.idle_bytes >= 100 * BIG, "it might come again"
    for _ in range(24):
        pool.empty((BIG,), np.uint8)
    assert pool.idle_bytes == BIG


def test_a_size_that_no_longer_comes_gives_way_to_the_one_that_does() -> None:
    pool = BufferPool()
    old = [pool.empty((BIG,), np.uint8) for _ in range(4)]
    old.clear()
    for _ in range(6):
        new = [pool.empty((2 * BIG,), np.uint8) for _ in range(2)]
        new.clear()
    assert {size: len(idle) for size, idle in pool._idle.items() if idle} == {2 * BIG: 2}


def test_threads_share_a_pool() -> None:
    pool = BufferPool()
    barrier = threading.Barrier(4)
    failures: list[str] = []

    def work(mark: int) -> None:
        barrier.wait()
        held: list[Any] = []
        for i in range(300):
            array = pool.empty((SMALL * (1 + i % 5),), np.uint8)
            array[...] = mark
            held.append(array)
            if len(held) > 4 and not (held.pop(0) == mark).all():
                failures.append("overwritten")

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert failures == []
    assert pool.used_bytes == 0
    assert pool.idle_bytes == sum(size * len(idle) for size, idle in pool._idle.items())


def test_a_collection_during_an_allocation_may_end_other_buffers() -> None:
    """They die on the allocating thread, which holds the pool's lock."""
    pool = BufferPool()
    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for i in range(300):
            cycle: list[Any] = [pool.empty((SMALL * (1 + i % 3),), np.uint8)]
            cycle.append(cycle)
            del cycle
    finally:
        gc.set_threshold(*threshold)
    gc.collect()
    assert pool.used_bytes == 0
    assert pool.idle_bytes == sum(size * len(idle) for size, idle in pool._idle.items())


def test_a_closed_pool_keeps_nothing() -> None:
    pool = BufferPool()
    array = pool.empty((BIG,), np.uint8)
    array[...] = 7
    pool.close()
    assert (array == 7).all()
    del array
    assert (pool.used_bytes, pool.idle_bytes) == (0, 0)


# ---- scratch and columns ---------------------------------------------------------------------------------------


def test_scratch_belongs_to_its_thread_and_key() -> None:
    scratch = Scratch()
    mine = scratch.empty("a", (4, 5), np.float32)
    assert np.shares_memory(mine, scratch.empty("a", (20,), np.uint8))
    assert not np.shares_memory(mine, scratch.empty("b", (20,), np.uint8))
    theirs: list[Any] = []
    thread = threading.Thread(target=lambda: theirs.append(scratch.empty("a", (4, 5), np.float32)))
    thread.start()
    thread.join()
    assert not np.shares_memory(mine, theirs[0])
    larger = scratch.empty("a", (1 << 20,), np.uint8)
    assert larger.shape == (1 << 20,)
    assert not np.shares_memory(mine, larger)
    assert must_copy(larger[3:5], [])
    assert scratch.empty("a", (), np.int32).shape == scratch.empty("c", (), np.int32).shape == ()


SHAPES = [(), (0,), (3,), (2, 3), (40, 60), (1, 0, 2)]
HOW = ["ctx.empty", "own", "strided", "reversed own cell", "cell view", "scratch", "input", "view of an inner input"]


@st.composite
def columns(draw: Any) -> Any:
    uniform = draw(st.booleans())
    shape = draw(st.sampled_from(SHAPES))
    dtype = draw(st.sampled_from([np.uint8, np.float32, np.int64]))
    count = draw(st.integers(1, 6))
    samples = [
        (
            shape if uniform else draw(st.sampled_from(SHAPES)),
            dtype if uniform else draw(st.sampled_from([np.uint8, np.float32])),
            draw(st.sampled_from(HOW)),
        )
        for _ in range(count)
    ]
    order = draw(st.permutations(range(count)))
    again = draw(st.lists(st.integers(0, count - 1), max_size=3))
    return samples, [*order, *again], draw(st.booleans())


def make_sample(column: OutputColumn, scratch: Scratch, index: int, shape: Any, dtype: Any, how: str) -> Any:
    """A result as operators make them: the value, and the inputs that live only within the sample."""
    content = (np.arange(int(np.prod(shape))) + index * 7).reshape(shape).astype(dtype)
    if how in ("ctx.empty", "reversed own cell", "cell view"):
        out = column.empty(index, shape, dtype)
        if how == "reversed own cell":
            out[...] = content[..., ::-1] if content.ndim else content
            return (out[..., ::-1] if out.ndim else out), [], content
        out[...] = content
        return (out.reshape(shape) if how == "cell view" else out), [], content
    if how == "own":
        return content.copy(), [], content
    if how == "strided":
        wide = np.repeat(content[..., None], 2, axis=-1)
        return wide[..., 0], [], content
    memory = scratch.empty("x", shape, dtype) if how == "scratch" else np.empty(shape, dtype)
    memory[...] = content
    if how == "view of an inner input":
        return memory[...], [memory], content
    return memory, [], content


@settings(max_examples=100, deadline=None)
@given(columns())
def test_a_column_holds_what_was_put_there_whatever_it_was_made_of(case: Any) -> None:
    samples, order, expect_ragged = case
    pool, scratch = BufferPool(), Scratch()
    column = OutputColumn(len(samples), pool, expect_ragged)
    expected: dict[int, Any] = {}
    fresh = []
    for index in order:
        shape, dtype, how = samples[index]
        value, inner, content = make_sample(column, scratch, index, shape, dtype, how)
        column.put(index, value, inner)
        expected[index] = content
        for array in inner:  # the next sample is decoded into the same memory
            array[...] = 0
        fresh.append(value)
    scratch.empty("x", (5000,), np.uint8)[...] = 255
    result, slab = column.finish()
    for index, content in expected.items():
        assert result[index].dtype == content.dtype
        assert result[index].shape == content.shape
        assert (result[index] == content).all()
        assert isinstance(result[index], np.ndarray)
    if slab is not None:
        assert slab.shape == (len(samples), *expected[0].shape)
        for index, content in expected.items():
            assert (slab[index] == content).all()
            assert content.size == 0 or np.shares_memory(slab, result[index])
    elif len({(s, d) for s, d, _ in samples}) == 1 and not expect_ragged:
        assert samples[order[0]][2] not in ("ctx.empty", "cell view"), "a uniform batch lost its slab"
    for i in range(len(result)):
        for j in range(i):
            assert not np.shares_memory(result[i], result[j])
    del fresh, result, slab, column, value, inner
    assert pool.used_bytes == 0


def test_threads_that_begin_a_column_together_make_one_slab() -> None:
    for _ in range(20):
        pool = BufferPool()
        column = OutputColumn(4, pool, False)
        barrier = threading.Barrier(4)

        def work(index: int, column: OutputColumn = column, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            out = column.empty(index, (SMALL,), np.uint8)
            out[...] = index
            column.put(index, out)

        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        _, slab = column.finish()
        assert slab is not None
        assert pool.used_bytes == 4 * SMALL
        assert [int(x) for x in slab[:, 0]] == [0, 1, 2, 3]


# ---- pipelines -------------------------------------------------------------------------------------------------


def image(ctx: Any, x: Any) -> Any:
    out = ctx.empty((100, 80, 3), np.uint8)
    out[...] = int(x) % 251
    return out


def ragged_image(ctx: Any, x: Any) -> Any:
    out = ctx.empty((80 + (ctx.iteration * 7 + ctx.index * 13) % 40, 80, 3), np.uint8)
    out[...] = int(x) % 251
    return out


def own_memory(ctx: Any, x: Any) -> Any:
    return np.full((100, 80, 3), int(x) % 251, np.uint8)


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("op", ["Apply", "ApplyInline"])
@pytest.mark.parametrize("make", [image, ragged_image, own_memory])
def test_memory_is_flat_over_hundreds_of_iterations(make: Any, op: str) -> None:
    def build() -> Any:
        x = node(op, node("Source", probe=Probe()), probe=make)
        return x, node("Extra", node("ApplyBatch", x, probe=lambda ctx, batch: batch), value=1)

    pipe = pipeline(build, prefetch_queue_depth=2)
    marks = []
    for k in range(300):
        x, y = pipe.run()
        del x, y
        if k % 50 == 49:
            stats = pipe.stats()
            marks.append(stats.memory_used_bytes + stats.memory_idle_bytes)
    # Two batches of two outputs ahead, and one being made; 3 samples, 28 kB at most, each rounded up by an eighth.
    assert max(marks) <= 4 * 2 * 3 * 120 * 80 * 3 * 1.13


@pytest.mark.usefixtures("no_collector")
def test_every_buffer_is_back_when_nothing_is_left() -> None:
    """Without the collector's help: a cycle somewhere in the engine would keep batches until it comes."""

    def build() -> Any:
        x = node("Apply", node("Source", probe=Probe(limit=20)), probe=image)
        return x, node("Apply", node("ApplyBatch", x, probe=lambda ctx, batch: batch), probe=image_of_image)

    def image_of_image(ctx: Any, x: Any) -> Any:
        if ctx.iteration % 3 == 1 and ctx.index == 1:
            raise ValueError("sometimes")
        out = ctx.empty(x.shape, x.dtype)
        out[...] = x
        return out

    pipe = pipeline(build, prefetch_queue_depth=3)
    while True:
        try:
            outputs = pipe.run()
        except StopIteration:
            break
        except RuntimeError:
            continue
    del outputs
    pipe.reset()
    assert pipe.stats().memory_used_bytes == 0
    memory = pipe._executor.memory
    last = pipe.run()[0]
    view = last.at(1)[5:]
    pipe.close()
    del last
    assert (view == 0 if view.size == 0 else view == int(view.flat[0])).all()
    assert memory.used_bytes > 0
    del view
    assert (memory.used_bytes, memory.idle_bytes) == (0, 0)


@pytest.mark.parametrize("make", [image, ragged_image, own_memory])
@pytest.mark.parametrize("policy", ["raise", "skip", "replace"])
def test_no_two_results_share_memory(make: Any, policy: str) -> None:
    def build() -> Any:
        x = node("Apply", node("Rows", probe=Probe(limit=50)), probe=check)
        return x, node("Apply", x, probe=flipped)

    def check(ctx: Any, x: Any) -> Any:
        if policy != "raise" and int(x) % 7 == 3:
            raise ValueError("bad")
        return make(ctx, x)

    def flipped(ctx: Any, x: Any) -> Any:
        out = ctx.empty(x.shape, x.dtype)
        out[...] = 255 - x
        return out

    pipe = pipeline(build, on_error=policy, prefetch_queue_depth=2)
    kept: list[tuple[Any, int]] = []
    for _ in range(12):
        for out in pipe.run():
            kept += [(np.asarray(t), int(np.asarray(t).flat[0])) for t in out]
    for array, value in kept:
        assert (array == value).all(), "a result was overwritten"
    spans = sorted((a.__array_interface__["data"][0], a.nbytes) for a, _ in kept)
    for (start, size), (following, _) in itertools.pairwise(spans):
        assert start + size <= following, "two results overlap"


def test_trim_gives_idle_memory_back() -> None:
    pipe = pipeline(lambda: node("Apply", node("Source", probe=Probe()), probe=image))
    for _ in range(5):
        pipe.run()
    pipe._executor.memory.trim()
    assert pipe.stats().memory_idle_bytes <= pipe.stats().memory_used_bytes
