"""on_error="skip" and "replace": which samples come, in what order, and what is told of the others."""

from __future__ import annotations

import gc
import itertools
import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from engine_operators import Probe, node, pipeline
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import adali.sync
from adali.errors import OperatorError
from adali.operators.base import SampleErrors


@dataclass
class Bad:
    """Rows that fail, by where they do."""

    read: set[int] = field(default_factory=set)
    first: set[int] = field(default_factory=set)
    batch: set[int] = field(default_factory=set)
    last: set[int] = field(default_factory=set)

    def __contains__(self, row: int) -> bool:
        return row in self.read | self.first | self.batch | self.last

    def chain(self, rows: set[int]) -> Any:
        def check(ctx: Any, x: Any) -> Any:
            if int(x) in rows:
                raise ValueError(f"bad row {int(x)}")
            return x

        return check

    def whole(self, ctx: Any, batch: Any) -> Any:
        # As dense arithmetic does: it packs the batch first.
        errors = {i: ValueError(f"bad row {v}") for i, v in enumerate(batch.as_array().tolist()) if v in self.batch}
        if errors:
            raise SampleErrors(errors)
        return type(batch)._from_samples([s + 1000 for s in batch._samples])


def rows_pipeline(size: int, bad: Bad, policy: str = "skip", phases: int = 2, **kwargs: Any) -> Any:
    """Rows, a chain, and (``phases`` 2) a whole-batch operator and another chain; two outputs that belong together."""
    probe = Probe(limit=size)
    probe.fail["row"] = bad.read

    def build() -> Any:
        rows = node("Rows", probe=probe)
        x = node("Apply", rows, probe=bad.chain(bad.first))
        if phases == 1:
            return x, node("Extra", rows, value=1000)
        y = node("ApplyBatch", x, probe=bad.whole)
        return x, node("Apply", y, probe=bad.chain({r + 1000 for r in bad.last}))

    return pipeline(build, on_error=policy, **kwargs)


def values(outputs: Any) -> list[int]:
    x, y = outputs
    assert [int(v) + 1000 for v in x._samples] == [int(v) for v in y._samples], "the outputs do not belong together"
    return [int(v) for v in x._samples]


def chunks(rows: list[int], size: int) -> list[list[int]]:
    return [rows[i : i + size] for i in range(0, len(rows), size)]


few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def cases(draw: Any) -> Any:
    size = draw(st.integers(1, 17))
    some = st.sets(st.integers(0, size - 1), max_size=max(1, size // 3))
    phases = draw(st.sampled_from([1, 2]))
    bad = Bad(draw(some), draw(some), draw(some) if phases == 2 else set(), draw(some) if phases == 2 else set())
    engine = {
        "batch_size": draw(st.integers(1, 6)),
        "num_threads": draw(st.integers(1, 3)),
        "prefetch_queue_depth": draw(st.integers(1, 4)),
    }
    return size, bad, phases, engine


@few
@given(cases())
def test_skip_gives_every_good_row_once_an_epoch(case: Any) -> None:
    size, bad, phases, engine = case
    good = [r for r in range(size) if r not in bad]
    with_bad = rows_pipeline(size, bad, phases=phases, **engine)
    for epoch in range(1, 3):
        batches = [values(o) for o in with_bad]
        assert [sorted(b) for b in batches] == chunks(good, engine["batch_size"])
        stats = with_bad.stats()
        # Of what is read ahead into the next epoch nothing is counted before it is taken.
        listed = [int(str(e.source).removeprefix("row-")) for e in stats.errors]
        assert stats.skipped == len(listed)
        assert sorted(listed) == sorted([r for r in range(size) if r in bad] * epoch)
    with_bad.close()
    plain = rows_pipeline(
        size, bad, phases=phases, batch_size=engine["batch_size"], num_threads=1, prefetch_queue_depth=1
    )
    assert [values(o) for o in plain] == batches, "the order depends on threads or depth"
    plain.close()


@few
@given(cases())
def test_skip_in_an_endless_stream_is_the_stream_without_the_bad_rows(case: Any) -> None:
    size, bad, phases, engine = case
    good = [r for r in range(size) if r not in bad]
    if not good:
        return
    stream = itertools.cycle(good)
    pipe = rows_pipeline(size, bad, phases=phases, **engine)
    plain = rows_pipeline(
        size, bad, phases=phases, batch_size=engine["batch_size"], num_threads=1, prefetch_queue_depth=1
    )
    for _ in range(5):
        batch = values(pipe.run())
        assert sorted(batch) == sorted(itertools.islice(stream, engine["batch_size"]))
        assert values(plain.run()) == batch
    pipe.close()
    plain.close()


@few
@given(cases())
def test_replace_puts_the_nearest_good_sample_there(case: Any) -> None:
    size, bad, phases, engine = case
    pipe = rows_pipeline(size, bad, "replace", phases=phases, **engine)
    stream = itertools.cycle(range(size))
    reported = 0
    for k in range(5):
        rows = list(itertools.islice(stream, engine["batch_size"]))
        good = [i for i, r in enumerate(rows) if r not in bad]
        if not good:
            with pytest.raises(OperatorError, match=f"iteration {k}"):
                pipe.run()
        else:
            nearest = [min(good, key=lambda g, i=i: (abs(g - i), g)) for i in range(len(rows))]  # type: ignore[misc]
            assert values(pipe.run()) == [rows[g] for g in nearest]
            reported += len(rows) - len(good)
    if all(r not in bad for r in range(size)):
        assert pipe.stats().skipped == 0
    assert pipe.stats().skipped >= reported
    pipe.close()


def test_skip_refills_places_in_order() -> None:
    pipe = rows_pipeline(12, Bad(first={1, 2, 4}), batch_size=4)
    # 1 and 2 are replaced by 4 and 5, and 4, which is bad as well, by 6.
    assert values(pipe.run()) == [0, 6, 5, 3]
    assert values(pipe.run()) == [7, 8, 9, 10]


@pytest.mark.parametrize("kind", ["read", "first", "batch", "last"])
@pytest.mark.parametrize("policy", ["skip", "replace"])
def test_what_was_left_out_is_listed_with_all_that_is_known(kind: str, policy: str) -> None:
    pipe = rows_pipeline(9, Bad(**{kind: {4}}), policy, prefetch_queue_depth=1)
    pipe.run()
    values(pipe.run())
    stats = pipe.stats()
    assert stats.skipped == 1
    (error,) = stats.errors
    assert (error.iteration, error.sample, error.source) == (1, 1, "row-4")
    assert isinstance(error.__cause__, (ValueError, OSError))
    assert error.line is not None
    assert error.line.filename == __file__
    assert stats.as_dict()["errors"] == [str(error)]


@pytest.mark.parametrize("phases", [1, 2])
def test_everything_bad_is_an_error_in_a_stream_and_an_empty_epoch_in_a_pass(phases: int) -> None:
    for bad in (Bad(read=set(range(5))), Bad(first=set(range(5))), Bad(read={0, 2, 4}, first={1, 3})):
        pipe = rows_pipeline(5, bad, phases=phases)
        for k in range(3):
            with pytest.raises(OperatorError, match=f"iteration {k}"):
                pipe.run()
        pipe.close()
        pipe = rows_pipeline(5, bad, phases=phases)
        for _ in range(2):
            assert list(pipe) == []
        pipe.close()


def test_one_good_row_is_enough_for_a_stream() -> None:
    pipe = rows_pipeline(6, Bad(read={0, 1}, first={2, 4}, last={5}), batch_size=4)
    for _ in range(3):
        assert values(pipe.run()) == [3, 3, 3, 3]


def test_a_run_of_bad_rows_longer_than_an_epoch_of_another_place_is_no_reason_to_give_up() -> None:
    """40 places, one good row in 30: filling them takes more failures than an epoch has rows."""
    pipe = rows_pipeline(30, Bad(first=set(range(30)) - {7}), batch_size=40)
    assert values(pipe.run()) == [7] * 40


@pytest.mark.parametrize("policy", ["skip", "replace"])
def test_after_everything_was_bad_single_bad_rows_are_left_out_again(policy: str) -> None:
    bad = Bad(first=set(range(9)))
    pipe = rows_pipeline(9, bad, policy, prefetch_queue_depth=1, phases=1)
    with pytest.raises(OperatorError):
        pipe.run()
    bad.first.clear()
    bad.first.add(4)
    seen = [v for _ in range(6) for v in values(pipe.run())]
    assert 4 not in seen
    assert len(seen) == 18


def test_a_pass_over_an_epoch_that_ends_in_bad_rows() -> None:
    pipe = rows_pipeline(9, Bad(first={6, 7, 8}))
    for _ in range(3):
        assert [values(o) for o in pipe] == [[0, 1, 2], [3, 4, 5]]


def test_run_never_returns_an_empty_iteration() -> None:
    """Epochs that end in nothing but bad rows, taken with run() by someone who began with a pass."""
    pipe = rows_pipeline(9, Bad(first={6, 7, 8}))
    assert len(list(pipe)) == 2
    assert [values(pipe.run()) for _ in range(4)] == [[0, 1, 2], [3, 4, 5]] * 2


def test_a_source_that_cannot_refill_gives_smaller_batches() -> None:
    def read(count: int, iteration: int) -> Any:
        return [iteration * 10 + i for i in range(count)]

    def build() -> Any:
        x = node("Feed", probe=read)
        return node("Apply", x, probe=Bad().chain({11, 20, 21, 22, 30, 32})), node("Extra", x, value=1000)

    pipe = pipeline(build, on_error="skip")
    assert values(pipe.run()) == [0, 1, 2]
    assert values(pipe.run()) == [10, 12]
    with pytest.raises(OperatorError, match="iteration 2"):
        pipe.run()
    assert values(pipe.run()) == [31]
    assert values(pipe.run()) == [40, 41, 42]


@pytest.mark.parametrize("policy", ["raise", "skip", "replace"])
def test_an_empty_batch_of_a_source_is_a_batch_of_no_samples(policy: str) -> None:
    """As in DALI."""

    def build() -> Any:
        x = node("Feed", probe=lambda count, k: [k] * (k % 2))
        return x, node("ApplyBatch", node("Apply", x, probe=Bad().chain(set())), probe=lambda ctx, x: x)

    pipe = pipeline(build, on_error=policy)
    assert [[len(o) for o in pipe.run()] for _ in range(4)] == [[0, 0], [1, 1]] * 2


@pytest.mark.parametrize("policy", ["skip", "replace"])
def test_behind_an_operator_that_mixes_samples_the_iteration_fails(policy: str) -> None:
    """Which sample of the inputs is to blame is not known there, and a wrong guess would lose a good one."""
    bad = Bad(last={4})

    def build() -> Any:
        rows = node("Rows", probe=Probe(limit=9))
        return node("Apply", node("Whole", rows, probe=Probe()), probe=bad.chain(bad.last))

    pipe = pipeline(build, on_error=policy)
    assert pipe.run()[0].as_array().tolist() == [2, 1, 0]
    with pytest.raises(OperatorError, match="bad row 4") as info:
        pipe.run()
    assert (info.value.sample, info.value.source) == (1, None)
    assert pipe.run()[0].as_array().tolist() == [8, 7, 6]
    assert pipe.stats().skipped == 0


@pytest.mark.parametrize("policy", ["skip", "replace"])
def test_before_an_operator_that_mixes_samples_bad_ones_are_left_out(policy: str) -> None:
    def build() -> Any:
        rows = node("Rows", probe=Probe(limit=9))
        return node("Whole", node("Apply", rows, probe=Bad().chain({4})), probe=Probe())

    pipe = pipeline(build, on_error=policy)
    seen = [pipe.run()[0].as_array().tolist() for _ in range(3)]
    if policy == "skip":
        assert seen == [[2, 1, 0], [5, 6, 3], [0, 8, 7]]
    else:
        assert seen == [[2, 1, 0], [5, 3, 3], [8, 7, 6]]


@pytest.mark.parametrize("policy", ["skip", "replace"])
def test_a_batch_that_fails_as_a_whole_is_a_failure_in_every_policy(policy: str) -> None:
    probe = Probe()
    probe.fail["batch"] = {1}
    pipe = pipeline(lambda: node("Whole", node("Rows", probe=Probe(limit=9)), probe=probe), on_error=policy)
    pipe.run()
    with pytest.raises(OperatorError, match="the batch is bad"):
        pipe.run()
    assert pipe.run()[0].as_array().tolist() == [8, 7, 6]


@pytest.mark.parametrize("policy", ["skip", "replace"])
def test_a_place_in_which_every_sample_fails_ends_in_an_error(policy: str) -> None:
    """The place's argument is bad, so that no other sample helps; it must not go on for ever."""

    def check(ctx: Any, x: Any) -> Any:
        if ctx.index == 1:
            raise ValueError("always here")
        return x

    pipe = pipeline(lambda: node("Apply", node("Rows", probe=Probe(limit=9)), probe=check), on_error=policy)
    for _ in range(2):
        with pytest.raises(OperatorError, match="always here"):
            pipe.run()


def test_samples_that_replace_others_may_have_another_shape() -> None:
    """The batch was thought to be uniform, and packed by a whole-batch operator, before one was replaced."""

    def shape(ctx: Any, x: Any) -> Any:
        if int(x) == 1:
            raise ValueError("bad")
        out = ctx.empty((int(x) + 1,) if int(x) > 2 else (3,), np.float32)
        out[...] = int(x)
        return out

    pipe = pipeline(lambda: node("Apply", node("Rows", probe=Probe(limit=9)), probe=shape), on_error="skip")
    (out,) = pipe.run()
    assert [np.asarray(t).tolist() for t in out] == [[0] * 3, [3] * 4, [2] * 3]


class Payload(np.ndarray[Any, Any]):
    """An array that a weak reference can watch."""


@pytest.mark.parametrize("policy", ["skip", "raise"])
def test_an_error_keeps_no_batch_alive(policy: str) -> None:
    """Of a thousand listed errors, or of one that the consumer holds, none may hold its batch's memory."""
    watched: list[weakref.ref[Any]] = []

    def make(ctx: Any, x: Any) -> Any:
        array = np.zeros(4, np.uint8).view(Payload)
        watched.append(weakref.ref(array))
        return array

    def check(ctx: Any, big: Any, x: Any) -> Any:
        if ctx.iteration == 0 and ctx.index == 1:
            raise ValueError("bad")
        return x

    def build() -> Any:
        rows = node("Rows", probe=Probe(limit=9))
        big = node("ApplyBatch", node("Apply", rows, probe=make), probe=lambda ctx, x: x)
        return node("Apply", big, rows, probe=check)

    gc.disable()  # what only the collector finds counts as alive
    try:
        pipe = pipeline(build, on_error=policy, prefetch_queue_depth=1)
        if policy == "raise":
            with pytest.raises(OperatorError) as info:
                pipe.run()
            held = info.value
            del info
            held.__traceback__ = None
        else:
            with pytest.raises(OperatorError, match="bad"):
                pipe.run()
            held = pipe.stats().errors[0]
        pipe.run()
        alive = [w for w in watched[:3] if w() is not None]
        # With "raise" the operator's own frame is there for the debugger, and it holds its one sample.
        assert len(alive) <= (1 if policy == "raise" else 0)
        assert held.__cause__ is not None
        assert held.__cause__.__traceback__ is not None
        pipe.close()
    finally:
        gc.enable()


def test_the_policy_must_be_known() -> None:
    with pytest.raises(ValueError, match="on_error must be 'raise', 'skip' or 'replace', got 'ignore'"):
        adali.sync.Pipeline(2, 1, None, on_error="ignore")
