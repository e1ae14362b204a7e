"""What all readers share beyond DALI's order: fetching ahead by several threads, and samplers."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adali
import adali.fn as fn
import adali.sync
from adali.graph.schema import OpSchema, registry
from adali.graph.spec import call_operator
from adali.operators.base import SEED, Arg, ArgKind, InputChunk, OpEnv
from adali.operators.reader.loader import READER_ARGS, SHUFFLE_FILES_ARGS, Reader, shard_bounds
from adali.samplers import ClassBalancedSampler, Sampler, ShuffleSampler, WeightedSampler
from adali.types import DALIDataType


class Counting(Reader):
    """Gives the numbers 0 to ``count`` - 1; those in ``bad`` fail. ``gate`` may hold loads up."""

    output_types = (DALIDataType.INT64,)
    shuffles_files = True
    gate: threading.Event | None = None
    sample_bytes = 8

    def prepare(self) -> None:
        self.lock = threading.Lock()
        self.started: list[int] = []
        self.begun = threading.Semaphore(0)

    @property
    def size(self) -> int:
        return int(self.args["count"])

    def containers(self) -> Any:
        return self.args["groups"]

    def labels(self) -> Any:
        return np.arange(self.size) % 3 if self.args["labelled"] else None

    def source_of(self, index: int) -> str:
        return f"number {index}"

    def load(self, index: int) -> tuple[tuple[Any, ...], str]:
        with self.lock:
            self.started.append(index)
        self.begun.release()
        if self.gate is not None:
            assert self.gate.wait(30)
        if index in (self.args["bad"] or ()):
            raise OSError(f"{index} is bad")
        return (np.full(self.sample_bytes // 8, index, np.int64),), f"number {index}"


@pytest.fixture(scope="module", autouse=True)
def counting() -> Iterator[None]:
    Counting.schema = OpSchema(
        "TestCounting",
        "For tests.",
        args=(
            *READER_ARGS,
            *SHUFFLE_FILES_ARGS,
            Arg("count", ArgKind.INT, 1),
            Arg("bad", ArgKind.INTS, None),
            Arg("groups", ArgKind.INTS, None),
            Arg("labelled", ArgKind.BOOL, False),
            SEED,
        ),
        is_input=True,
    )
    registry.add(Counting.schema, Counting)
    yield
    registry.remove("TestCounting")


def reader(batch_size: int = 4, seed: int = 1, **args: Any) -> Counting:
    node = call_operator("TestCounting", [], args)[0]
    node.source.seed_index = 0
    return Counting(node.source, OpEnv(batch_size=batch_size, seed=seed))


def values(chunk: InputChunk) -> list[int]:
    return [-1 if i in chunk.failures else int(v.flat[0]) for i, v in enumerate(chunk.columns[0])]


def epoch_of(op: Any) -> list[int]:
    op.set_epoch_batches(True)
    found: list[int] = []
    while True:
        chunk = op.read(op.env.batch_size, 0)
        found += values(chunk)
        if chunk.epoch_end:
            return found


# ---- fetching ahead ----------------------------------------------------------------------------------------------

CASES = st.fixed_dictionaries(
    {
        "count": st.integers(7, 40),
        "num_shards": st.integers(1, 7),
        "pad_last_batch": st.booleans(),
        "random_shuffle": st.booleans(),
        "initial_fill": st.integers(1, 45),
        "batch_size": st.integers(1, 9),
        "bad": st.lists(st.integers(0, 39), max_size=3),
    }
)


@settings(max_examples=40, deadline=None)
@given(CASES, st.integers(2, 5), st.booleans(), st.lists(st.sampled_from(["read", "next", "restore"]), max_size=12))
def test_fetching_ahead_changes_nothing_but_the_time(
    case: dict[str, Any], concurrency: int, cut: bool, actions: list[str]
) -> None:
    one = reader(**case)
    ahead = reader(**case, fetch_concurrency=concurrency)
    try:
        for op in (one, ahead):
            op.set_epoch_batches(cut)
        kept = one.state()
        for action in [*actions, "read", "read"]:
            if action == "next":
                one.next_epoch()
                ahead.next_epoch()
            elif action == "restore":
                one.set_state(kept)
                ahead.set_state(json.loads(json.dumps(kept)))
            else:
                kept = one.state()
                mine, other = one.read(5, 0), ahead.read(5, 0)
                assert values(mine) == values(other)
                assert mine.sources == other.sources
                assert (mine.epoch, mine.epoch_end) == (other.epoch, other.epoch_end)
            assert one.state() == ahead.state()
    finally:
        ahead.close()


def test_as_many_loads_run_at_once_as_allowed() -> None:
    op = reader(count=100, fetch_concurrency=5)
    op.gate = threading.Event()
    reading = threading.Thread(target=lambda: op.read(2, 0))
    reading.start()
    for _ in range(5):
        assert op.begun.acquire(timeout=30)
    assert not op.begun.acquire(blocking=False)
    op.gate.set()
    reading.join(30)
    op.close()
    # Two that were asked for, and as many ahead as may run at once.
    assert sorted(op.started) == list(range(len(op.started)))
    assert len(op.started) <= 2 + 5 + 1


@pytest.mark.parametrize(("limit", "ahead"), [(1, 1), (4 << 10, 4), (1 << 30, 8)])
def test_what_is_fetched_ahead_is_bounded_in_bytes(limit: int, ahead: int) -> None:
    op = reader(count=1000, fetch_concurrency=8, fetch_bytes=limit, tensor_init_bytes=1024)
    op.sample_bytes = 1024
    for _ in range(20):
        op.read(1, 0)
        for ticket in op._ahead:
            ticket.future.result(30)
        op._measure()
        assert len(op._ahead) <= max(ahead, 1)
        assert op._ahead_bytes == 1024 * len(op._ahead)
    op.close()


def test_the_threads_end_with_the_reader() -> None:
    before = threading.active_count()
    op = reader(count=100, fetch_concurrency=5)
    op.read(3, 0)
    assert threading.active_count() == before + 5
    op.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("policy", ["skip", "replace"])
@pytest.mark.parametrize("concurrency", [1, 6])
def test_a_vanished_file_among_those_fetched_ahead(tmp_path: Path, policy: str, concurrency: int) -> None:
    files = [tmp_path / str(i) for i in range(11)]
    for file in files:
        file.write_text(file.name)
    pipe = adali.sync.Pipeline(batch_size=3, num_threads=2, device_id=None, seed=1, on_error=policy)
    with pipe:
        names = [str(file) for file in files]
        pipe.set_outputs(*fn.readers.file(files=names, fetch_concurrency=concurrency, random_shuffle=True))
    files[4].unlink()
    pipe.build()
    for _ in range(3):
        found = [int(batch.at(i)[0]) for _, batch in pipe for i in range(len(batch))]
        if policy == "replace":
            assert len(found) == 11
        else:
            assert len(found) == 10
        assert set(found) == set(range(11)) - {4}
    pipe.close()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"fetch_concurrency": 0}, "fetch_concurrency must be positive"),
        ({"fetch_bytes": 0}, "fetch_bytes must be positive"),
        ({"sampler": 3}, "indices"),
        ({"sampler": ShuffleSampler(), "random_shuffle": True}, "sampler and random_shuffle"),
        ({"sampler": ShuffleSampler(), "shuffle_after_epoch": True}, "sampler and shuffle_after_epoch"),
        ({"sampler": ClassBalancedSampler()}, "does not know its samples' classes"),
        ({"sampler": ShuffleSampler(3), "num_shards": 4}, "3 samples cannot be divided into 4 shards"),
    ],
)
def test_bad_arguments(args: dict[str, Any], message: str) -> None:
    with pytest.raises(adali.ArgumentError, match=message):
        reader(count=9, **args)


# ---- files in random order ---------------------------------------------------------------------------------------


def test_files_are_shuffled_and_their_samples_stay_in_order() -> None:
    groups = [3, 4, 2, 5]
    ends = np.cumsum(groups)
    files = [list(range(end - size, end)) for size, end in zip(groups, ends.tolist(), strict=True)]
    shards = [reader(count=14, groups=groups, num_shards=3, shard_id=i, shuffle_after_epoch=True) for i in range(3)]
    orders = set()
    for _ in range(5):
        whole = list(chain.from_iterable(epoch_of(op) for op in shards))
        order = sorted(range(4), key=lambda f: whole.index(files[f][0]))
        assert whole == list(chain.from_iterable(files[f] for f in order))
        orders.add(tuple(order))
    assert len(orders) > 2
    other = reader(count=14, groups=groups, shuffle_after_epoch=True, shuffle_after_epoch_seed=5)
    assert [epoch_of(other) for _ in range(3)] != [
        epoch_of(op) for op in [reader(count=14, groups=groups, shuffle_after_epoch=True)] for _ in range(3)
    ]
    assert shards[0].meta()["stick_to_shard"] == 1, "as in DALI"


def test_files_and_the_window_may_both_be_shuffled() -> None:
    op = reader(count=14, groups=[3, 4, 2, 5], shuffle_after_epoch=True, random_shuffle=True, initial_fill=3)
    for _ in range(3):
        assert sorted(epoch_of(op)) == list(range(14))


# ---- samplers ----------------------------------------------------------------------------------------------------

SAMPLERS = [
    ShuffleSampler(seed=3),
    WeightedSampler(np.arange(20), seed=3),
    WeightedSampler(np.arange(20), 33, seed=3),
    WeightedSampler(np.arange(20), 9, replacement=False, seed=3),
    ClassBalancedSampler(seed=3),
    ClassBalancedSampler([0] * 15 + [7] * 5, 31, seed=3),
]


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("shards", [1, 3, 8])
@pytest.mark.parametrize("pad", [False, True])
def test_the_shards_together_deliver_the_samplers_sequence(sampler: Any, shards: int, pad: bool) -> None:
    args = {"count": 20, "labelled": True, "num_shards": shards, "pad_last_batch": pad, "sampler": sampler}
    ops = [reader(shard_id=i, seed=i, **args) for i in range(shards)]
    bound = ops[0]._sampler
    assert isinstance(bound, Sampler)
    size = len(bound)
    assert ops[0].meta()["epoch_size"] == size
    for epoch in range(3):
        expected = bound.indices(epoch).tolist()
        assert len(expected) == size
        steps = set()
        for shard, op in enumerate(ops):
            start, stop = shard_bounds(shard, shards, size)
            found = epoch_of(op)
            assert found[: stop - start] == expected[start:stop]
            assert set(found[stop - start :]) <= {expected[stop - 1]}
            steps.add(-(-len(found) // 4))
        assert not pad or len(steps) == 1, "every rank takes as many steps"
    state = ops[-1].state()
    other = reader(shard_id=shards - 1, **args)
    other.set_state(state)
    other.set_epoch_batches(True)
    assert values(other.read(4, 0)) == values(ops[-1].read(4, 0))


def test_weights_are_kept() -> None:
    weights = np.array([0, 1, 2, 0, 5, 0.5])
    sampler = WeightedSampler(weights, 100_000, seed=1)
    counts = np.bincount(sampler.indices(0), minlength=6)
    expected = weights / weights.sum() * 100_000
    assert counts[weights == 0].tolist() == [0, 0]
    # Each count is binomial; five standard deviations.
    assert np.all(np.abs(counts - expected) <= 5 * np.sqrt(expected) + 1e-9)


def test_without_replacement_each_comes_at_most_once_and_heavy_ones_come_first() -> None:
    weights = np.array([1, 0, 1, 50, 1])
    sampler = WeightedSampler(weights, 4, replacement=False, seed=1)
    epochs = [sampler.indices(e).tolist() for e in range(300)]
    assert all(sorted(e) == [0, 2, 3, 4] for e in epochs)
    first = Counter(e[0] for e in epochs)
    assert first[3] / 300 == pytest.approx(50 / 53, abs=0.07)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40), st.integers(1, 80), st.integers(0, 5))
def test_classes_are_balanced(labels: list[int], total: int, epoch: int) -> None:
    drawn = ClassBalancedSampler(labels, total, seed=2).indices(epoch)
    assert len(drawn) == total
    by_class = Counter(labels[i] for i in drawn)
    by_sample = Counter(drawn.tolist())
    counts = [by_class[c] for c in set(labels)]
    assert max(counts) - min(counts) <= 1
    for each in set(labels):
        members = [by_sample[i] for i, label in enumerate(labels) if label == each]
        assert max(members) - min(members) <= 1


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda s: type(s).__name__)
def test_epochs_and_seeds_differ_and_repeat(sampler: Any) -> None:
    bound = sampler.bind(20, np.arange(20) % 3) if hasattr(sampler, "bind") else sampler
    first, second, again = (bound.indices(e).tolist() for e in (0, 1, 0))
    assert first == again
    assert first != second


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: WeightedSampler([]), "positive"),
        (lambda: WeightedSampler([0, 0]), "positive"),
        (lambda: WeightedSampler([1, -1]), "finite"),
        (lambda: WeightedSampler([1, float("nan")]), "finite"),
        (lambda: WeightedSampler([1, 0], replacement=False), "without replacement"),
        (lambda: WeightedSampler([1], 0), "at least one sample"),
        (lambda: WeightedSampler([1], seed=-1), "seed"),
        (lambda: ClassBalancedSampler([]), "labels"),
        (lambda: ClassBalancedSampler([0.5]), "labels"),  # type: ignore[list-item]
        (lambda: len(ClassBalancedSampler()), "labels"),
        (lambda: len(ShuffleSampler()), "size"),
        (lambda: ShuffleSampler(0), "at least one sample"),
    ],
)
def test_samplers_that_cannot_be(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


class Odd:
    """A sampler of the user's, with a mistake."""

    def __init__(self, numbers: Any) -> None:
        self.numbers = numbers

    def __len__(self) -> int:
        return 4

    def indices(self, epoch: int) -> Any:
        return self.numbers


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([1, 2], "must give 4 integers"),
        ([1, 2, 3, 9], "from 1 to 9, but the reader has 9 samples"),
        ([1, -1, 2, 3], "from -1"),
        ([0.5, 1, 2, 3], "float64"),
    ],
)
def test_a_sampler_that_gives_nonsense_is_told_so(numbers: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reader(count=9, sampler=Odd(numbers)).read(4, 0)


def test_a_users_sampler_and_the_class_labels_of_a_file_reader(tmp_path: Path) -> None:
    for name in ("cat/1.jpg", "cat/2.jpg", "cat/3.jpg", "dog/1.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)

    def epochs(sampler: Any) -> list[list[int]]:
        pipe = adali.sync.Pipeline(batch_size=4, num_threads=1, device_id=None, seed=1)
        with pipe:
            pipe.set_outputs(fn.readers.file(file_root=str(tmp_path), sampler=sampler)[1])
        pipe.build()
        found = [[int(b.at(i)[0]) for (b,) in pipe for i in range(len(b))] for _ in range(2)]
        pipe.close()
        return found

    assert [sorted(e) for e in epochs(ClassBalancedSampler())] == [[0, 0, 1, 1]] * 2
    assert epochs(Odd([3, 3, 0, 3])) == [[1, 1, 0, 1]] * 2


def test_a_pipeline_with_a_sampler_cannot_be_serialized() -> None:
    pipe = adali.sync.Pipeline(batch_size=4, num_threads=1, device_id=None, seed=1)
    with pipe:
        pipe.set_outputs(*fn.readers.file(files=["a"], sampler=ShuffleSampler()))
    with pytest.raises(adali.GraphError, match="sampler"):
        pipe.serialize()
