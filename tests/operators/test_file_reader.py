"""readers.file: what it lists, in which order it delivers, and what a file that cannot be read does."""

from __future__ import annotations

import json
import math
import os
import pathlib
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adali
import adali.fn as fn
import adali.ops as ops
import adali.sync
from adali.graph.schema import OpSchema, registry
from adali.graph.spec import call_operator
from adali.operators.base import SEED, Arg, ArgKind, InputChunk, OpEnv
from adali.operators.reader.file import FileReader
from adali.operators.reader.files import read_file
from adali.operators.reader.loader import READER_ARGS, Reader, shard_bounds
from adali.types import DALIDataType

GOLDEN_FOLDER = pathlib.Path(__file__).parent.parent / "golden"
GOLDEN = json.loads((GOLDEN_FOLDER / "file_reader.json").read_text())

sys.path.insert(0, str(GOLDEN_FOLDER))
from file_run import check_epochs  # noqa: E402

sys.path.pop(0)


def make_tree(root: pathlib.Path, names: list[str]) -> str:
    for name in names:
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
    return str(root)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_tree(tmp_path_factory.mktemp("tree"), GOLDEN["tree"])


@pytest.fixture
def numbers(tmp_path: pathlib.Path) -> list[str]:
    """Ten files, each of which holds its number."""
    make_tree(tmp_path, [str(i) for i in range(10)])
    return [str(tmp_path / str(i)) for i in range(10)]


def make(cls: Any = adali.sync.Pipeline, *, batch_size: int = 4, on_error: str = "raise", **kwargs: Any) -> Any:
    options = {k: kwargs.pop(k) for k in ("prefetch_queue_depth_of_pipe", "seed_of_pipe") if k in kwargs}
    pipe = cls(
        batch_size=batch_size,
        num_threads=2,
        device_id=None,
        seed=options.get("seed_of_pipe", 1),
        prefetch_queue_depth=options.get("prefetch_queue_depth_of_pipe", 2),
        on_error=on_error,
    )
    with pipe:
        pipe.set_outputs(*fn.readers.file(name="reader", **kwargs))
    return pipe


@contextmanager
def built(**kwargs: Any) -> Iterator[Any]:
    pipe = make(**kwargs)
    try:
        pipe.build()
        yield pipe
    finally:
        pipe.close()


def texts(batch: Any) -> list[str]:
    return [bytes(batch.at(i)).decode() for i in range(len(batch))]


def labels(batch: Any) -> list[int]:
    return [int(batch.at(i)[0]) for i in range(len(batch))]


def one_epoch(**kwargs: Any) -> list[list[Any]]:
    with built(batch_size=1, **kwargs) as pipe:
        found = []
        for _ in range(pipe.epoch_size("reader")):
            data, label = pipe.run()
            found.append([texts(data)[0], labels(label)[0], data[0].source_info()])
    return found


# ---- what is listed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("args", "expected"), GOLDEN["listings"], ids=lambda v: json.dumps(v)[:60])
def test_folders_and_files_are_listed_as_in_dali(tree: str, args: dict[str, Any], expected: Any) -> None:
    if expected is None:
        with pytest.raises(adali.ArgumentError):
            one_epoch(file_root=tree, **args)
    else:
        assert one_epoch(file_root=tree, **args) == expected


@pytest.mark.parametrize(("text", "expected"), GOLDEN["lists"], ids=lambda v: repr(v)[:60])
def test_list_files_are_read_as_in_dali(tmp_path: pathlib.Path, text: str, expected: Any) -> None:
    make_tree(tmp_path, GOLDEN["tree"])
    path = tmp_path / "list.txt"
    path.write_bytes(text.encode())
    if expected is None:
        with pytest.raises(adali.ArgumentError):
            one_epoch(file_list=str(path))
    else:
        assert one_epoch(file_list=str(path)) == expected


def test_names_in_a_list_are_relative_to_file_root_if_given(tree: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text(f"x.jpg 3\n{tree}/a/1.jpg 4\n")
    assert one_epoch(file_list=path, file_root=f"{tree}/b") == [
        ["b/x.jpg", 3, "x.jpg"],
        ["a/1.jpg", 4, f"{tree}/a/1.jpg"],
    ]


def test_links_are_followed(tree: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "class").symlink_to(f"{tree}/b")
    assert [row[0] for row in one_epoch(file_root=str(tmp_path))] == ["b/Z.png", "b/a.JPG", "b/x.jpg"]


def test_a_link_to_nowhere_is_listed_and_fails_by_name(tmp_path: pathlib.Path) -> None:
    make_tree(tmp_path, ["a/1.jpg"])
    (tmp_path / "a" / "2.jpg").symlink_to(tmp_path / "nowhere")
    with built(file_root=str(tmp_path), batch_size=2) as pipe:
        assert pipe.epoch_size("reader") == 2
        with pytest.raises(adali.OperatorError, match=r"2\.jpg") as caught:
            pipe.run()
    assert isinstance(caught.value.__cause__, FileNotFoundError)
    assert (caught.value.sample, caught.value.source) == (1, str(tmp_path / "a/2.jpg"))


def test_types_shapes_and_layouts(tree: str) -> None:
    with built(file_root=tree, batch_size=3) as pipe:
        data, label = pipe.run()
    assert (data.dtype, label.dtype) == (DALIDataType.UINT8, DALIDataType.INT32)
    assert label.shape() == [(1,)] * 3
    assert data.shape() == [(len(text),) for text in texts(data)]
    assert (data.layout(), label.layout()) == ("", "")


def test_the_legacy_names_are_the_same_operator(tree: str) -> None:
    pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None, seed=1)
    with pipe:
        old = ops.FileReader(file_root=tree)(name="old")
        new = fn.file_reader(file_root=tree, name="new")
        pipe.set_outputs(*old, *new)
    pipe.build()
    first, second, third, fourth = pipe.run()
    pipe.close()
    assert texts(first) == texts(third) == [".hidden_folder/h.jpg", "B/q.jpeg"]
    assert labels(second) == labels(fourth) == [0, 1]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "file_root is needed"),
        ({"files": ["a"], "file_list": "b"}, "either files or file_list"),
        ({"file_root": "x", "labels": [1]}, "labels are only used"),
        ({"files": ["a"], "labels": [1 << 31]}, "does not fit into 32 bits"),
        ({"files": ["a"], "num_shards": 2, "shard_id": 2}, "shard_id"),
        ({"files": ["a"], "num_shards": 2, "shard_id": -1}, "shard_id"),
        ({"files": ["a"], "num_shards": 0}, "num_shards"),
        ({"files": ["a"], "num_shards": 2}, "1 samples cannot be divided into 2 shards"),
        ({"files": ["a"], "random_shuffle": True, "initial_fill": 0}, "initial_fill"),
        ({"files": ["a"], "prefetch_queue_depth": 0}, "prefetch_queue_depth"),
        ({"files": ["a"], "tensor_init_bytes": -1}, "tensor_init_bytes"),
        ({"files": ["a"], "random_shuffle": True, "shuffle_after_epoch": True}, "random_shuffle"),
        ({"files": ["a"], "stick_to_shard": True, "shuffle_after_epoch": True}, "stick_to_shard"),
        ({"file_list": "no such list"}, "no such list"),
        ({"file_root": "no such folder"}, "no such folder"),
    ],
)
def test_bad_arguments_are_refused_by_build(args: dict[str, Any], message: str) -> None:
    pipe = make(**args)
    with pytest.raises(adali.ArgumentError, match=message) as caught:
        pipe.build()
    assert "test_file_reader.py" in str(caught.value), "the error must name the line that made the reader"


@pytest.mark.asyncio
async def test_a_folder_without_images_is_named_with_the_filters(tmp_path: pathlib.Path) -> None:
    make_tree(tmp_path, ["class/readme.txt"])
    pipe = make(adali.Pipeline, file_root=str(tmp_path), file_filters=["*.jpg", "*.png"], dir_filters="c*")
    with pytest.raises(adali.ArgumentError) as caught:
        await pipe.build()
    message = str(caught.value)
    assert str(tmp_path) in message
    assert "*.jpg, *.png" in message
    assert "c*" in message


def test_lazy_init_defers_what_is_wrong_to_the_first_read(tmp_path: pathlib.Path) -> None:
    with built(file_root=str(tmp_path / "later"), lazy_init=True, batch_size=1) as pipe:
        with pytest.raises(adali.OperatorError, match="later"):
            pipe.run()
        make_tree(tmp_path, ["later/class/1.jpg"])
        assert pipe.epoch_size("reader") == 1
        assert any(texts(batch) == ["later/class/1.jpg"] for batch in _until_it_works(pipe))


def _until_it_works(pipe: Any) -> Iterator[Any]:
    for _ in range(10):  # iterations that were started before the folder was there
        try:
            yield pipe.run()[0]
            return
        except adali.OperatorError:
            pass


# ---- order -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "args", "batches", "meta"), GOLDEN["epochs"], ids=lambda v: str(v)[:120])
def test_shards_padding_and_epochs_are_dalis(
    tree: str, size: int, args: dict[str, Any], batches: list[list[int]], meta: dict[str, int]
) -> None:
    with built(files=["b/x.jpg"] * size, file_root=tree, batch_size=GOLDEN["batch"], **args) as pipe:
        assert [labels(pipe.run()[1]) for _ in batches] == batches
        assert pipe.reader_meta("reader") == meta
        assert pipe.epoch_size() == {"reader": meta["epoch_size_padded"]}


def shuffled_cases() -> dict[str, list[Any]]:
    """The golden cases with shuffling that differ in the shard alone, by what they have in common."""
    found: dict[str, list[Any]] = {}
    for case in GOLDEN["shuffled"]:
        found.setdefault(str({k: v for k, v in case[1].items() if k != "shard_id"}), []).append(case)
    return found


@pytest.mark.parametrize("cases", shuffled_cases().values(), ids=shuffled_cases())
def test_shuffled_epochs_are_dalis(tree: str, cases: list[Any]) -> None:
    """Which sample comes when is up to each library's random numbers. What belongs to an epoch is not."""
    size, batch = cases[0][0], GOLDEN["batch"]
    assert len(cases) == cases[0][1]["num_shards"]
    mine = []
    for _, args, batches, meta in cases:
        with built(files=["b/x.jpg"] * size, file_root=tree, batch_size=batch, **args) as pipe:
            mine.append([labels(pipe.run()[1]) for _ in batches])
            assert pipe.reader_meta("reader") == meta
    theirs = check_epochs([case[2] for case in cases], cases[0][1], size, batch)
    assert check_epochs(mine, cases[0][1], size, batch) == theirs


class Numbers(Reader):
    """A reader of the numbers 0 to ``count`` - 1; those in ``bad`` cannot be read."""

    output_types = (DALIDataType.INT64,)

    def prepare(self) -> None:
        self.loaded: list[int] = []

    @property
    def size(self) -> int:
        return int(self.args["count"])

    def source_of(self, index: int) -> str:
        return f"number {index}"

    def load(self, index: int) -> tuple[tuple[Any, ...], str]:
        self.loaded.append(index)
        if index in (self.args["bad"] or ()):
            raise OSError(f"{index} is bad")
        return (np.array(index, np.int64),), f"number {index}"


@pytest.fixture(scope="module", autouse=True)
def test_operators() -> Iterator[None]:
    Numbers.schema = OpSchema(
        "TestNumbers",
        "For tests.",
        args=(
            *READER_ARGS,
            Arg("count", ArgKind.INT, 1),
            Arg("bad", ArgKind.INTS, None),
            Arg("shuffle_after_epoch", ArgKind.BOOL, False),
            Arg("shuffle_after_epoch_seed", ArgKind.INT, None),
            SEED,
        ),
        is_input=True,
    )
    registry.add(Numbers.schema, Numbers)
    yield
    registry.remove("TestNumbers")


def reader(batch_size: int = 4, cls: type[Reader] = Numbers, seed: int = 1, **args: Any) -> Any:
    node = call_operator(cls.schema.name, [], args)[0]
    node.source.seed_index = 0
    return cls(node.source, OpEnv(batch_size=batch_size, seed=seed))


def values(chunk: InputChunk) -> list[int]:
    return [int(v) for v in chunk.columns[0]]


def epoch_of(op: Any) -> list[int]:
    """The next epoch, when batches end where epochs do."""
    found: list[int] = []
    while True:
        chunk = op.read(op.env.batch_size, 0)
        found += values(chunk)
        if chunk.epoch_end:
            return found


@pytest.mark.parametrize(("size", "window", "counts"), GOLDEN["windows"], ids=lambda v: str(v)[:20])
def test_the_window_draws_from_dalis_distribution(size: int, window: int, counts: dict[str, int]) -> None:
    op = reader(size, count=size, random_shuffle=True, initial_fill=window, seed=3)
    op.set_epoch_batches(True)
    total = sum(counts.values())
    mine = Counter("".join(map(str, epoch_of(op))) for _ in range(total))
    assert mine.keys() == counts.keys()
    # Two-sample chi-square with equal totals; its mean is the degrees of freedom, its variance twice that.
    statistic = sum((mine[k] - counts[k]) ** 2 / (mine[k] + counts[k]) for k in counts)
    freedom = len(counts) - 1
    assert statistic < freedom + 4 * math.sqrt(2 * freedom)


def test_a_shuffled_epoch_crosses_blocks_correctly() -> None:
    op = reader(1000, count=9000, random_shuffle=True, initial_fill=50, seed=3)
    op.set_epoch_batches(True)
    found = epoch_of(op)
    assert sorted(found) == list(range(9000))
    # Nothing can come before the window has reached it.
    assert all(value < place + 50 for place, value in enumerate(found))
    assert found != list(range(9000))


CASES = st.fixed_dictionaries(
    {
        "count": st.integers(1, 40),
        "num_shards": st.integers(1, 7),
        "pad_last_batch": st.booleans(),
        "stick_to_shard": st.booleans(),
        "order": st.sampled_from(["listed", "window", "epoch"]),
        "initial_fill": st.integers(1, 45),
        "batch_size": st.integers(1, 9),
        "seed": st.integers(0, 1 << 31),
    }
)


def shards_of(case: dict[str, Any]) -> list[Any] | None:
    """One reader for each shard, or None if the case is not allowed."""
    case = dict(case)
    order = case.pop("order")
    if case["count"] < case["num_shards"] or (order == "epoch" and case["stick_to_shard"]):
        return None
    case.update(random_shuffle=order == "window", shuffle_after_epoch=order == "epoch")
    return [reader(shard_id=i, **case) for i in range(case["num_shards"])]


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_each_sample_is_delivered_exactly_as_often_as_promised(case: dict[str, Any]) -> None:
    readers = shards_of(case)
    if readers is None:
        return
    size, batch = case["count"], case["batch_size"]
    for op in readers:
        op.set_epoch_batches(True)
    bounds = [shard_bounds(i, len(readers), size) for i in range(len(readers))]
    for epoch in range(3):
        together: list[int] = []
        lengths = set()
        for shard, op in enumerate(readers):
            found = epoch_of(op)
            lengths.add(len(found))
            if case["order"] == "epoch":
                start, stop = bounds[shard]
            else:
                start, stop = bounds[shard if case["stick_to_shard"] else (shard + epoch) % len(readers)]
                assert set(found) == set(range(start, stop))
            body, rest = found[: stop - start], found[stop - start :]
            assert set(rest) <= {body[-1]}
            assert case["pad_last_batch"] or not rest
            together += body
        assert sorted(together) == list(range(size)), "the shards of an epoch are the whole, each sample once"
        if case["pad_last_batch"]:
            largest = max(stop - start for start, stop in bounds)
            assert lengths == {math.ceil(largest / batch) * batch}


@settings(max_examples=60, deadline=None)
@given(CASES, st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_the_sequence_does_not_depend_on_how_it_is_cut(case: dict[str, Any], counts: list[int]) -> None:
    first, second = shards_of(case), shards_of(case)
    if first is None or second is None:
        return
    pieces = [v for count in counts for v in values(first[-1].read(count, 0))]
    assert pieces == values(second[-1].read(sum(counts), 0))


@settings(max_examples=60, deadline=None)
@given(CASES, st.integers(0, 100), st.booleans())
def test_a_state_restores_the_position_exactly(case: dict[str, Any], position: int, cut: bool) -> None:
    first, second = shards_of(case), shards_of(case)
    if first is None or second is None:
        return
    for op in (first[-1], second[-1]):
        op.set_epoch_batches(cut)
    while position > 0:
        position -= len(first[-1].read(min(position, 7), 0))
    state = json.loads(json.dumps(first[-1].state()))
    second[-1].set_state(state)
    for _ in range(5):
        mine, other = first[-1].read(6, 0), second[-1].read(6, 0)
        assert (values(mine), mine.epoch, mine.epoch_end) == (values(other), other.epoch, other.epoch_end)


@pytest.mark.parametrize("state", [{"epoch": 0, "position": 10}, {"epoch": -1, "position": 0}])
def test_an_impossible_state_is_refused(state: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="state"):
        reader(count=10).set_state(state)


def test_next_epoch_leaves_the_rest_out_and_nothing_else() -> None:
    op = reader(count=6)
    op.set_epoch_batches(True)
    op.next_epoch()  # nothing was read of this one yet
    assert values(op.read(4, 0)) == [0, 1, 2, 3]
    op.next_epoch()
    chunk = op.read(4, 0)
    assert (values(chunk), chunk.epoch, chunk.epoch_end) == ([0, 1, 2, 3], 1, False)
    chunk = op.read(4, 0)
    assert (values(chunk), chunk.epoch, chunk.epoch_end) == ([4, 5], 1, True)


@pytest.mark.parametrize("args", [{"random_shuffle": True}, {"shuffle_after_epoch": True}])
def test_epochs_differ_and_repeat_with_the_seed(args: dict[str, Any]) -> None:
    runs = []
    for _ in range(2):
        op = reader(count=30, **args)
        op.set_epoch_batches(True)
        runs.append([epoch_of(op) for _ in range(3)])
    assert runs[0] == runs[1]
    assert len({tuple(epoch) for epoch in runs[0]}) == 3


def test_the_seed_changes_the_window_but_not_what_shards_share() -> None:
    def first_epoch(cls: type[Reader] = Numbers, **args: Any) -> list[int]:
        op = reader(30, cls=cls, **args)
        op.set_epoch_batches(True)
        return epoch_of(op)

    assert first_epoch(count=30, random_shuffle=True, seed=1) != first_epoch(count=30, random_shuffle=True, seed=2)
    shared = [first_epoch(count=30, shuffle_after_epoch=True, seed=seed) for seed in (1, 2)]
    assert shared[0] == shared[1]
    other = first_epoch(count=30, shuffle_after_epoch=True, shuffle_after_epoch_seed=9)
    assert other != shared[0]
    assert sorted(other) == list(range(30))


def test_shards_with_different_seeds_do_not_overlap(numbers: list[str]) -> None:
    found = []
    for shard in range(3):
        args = {"files": numbers, "random_shuffle": True, "num_shards": 3, "shard_id": shard}
        with built(batch_size=4, seed=shard, **args) as pipe:
            found += [label for _, batch in pipe for label in labels(batch)]
    assert sorted(found) == list(range(10))
    assert found[:3] != [0, 1, 2], "the list itself is shuffled before it is divided"


@pytest.mark.parametrize("depth", [1, 4])
def test_the_order_does_not_depend_on_how_far_ahead_is_read(numbers: list[str], depth: int) -> None:
    args = {"files": numbers, "random_shuffle": True, "initial_fill": 3}
    with built(prefetch_queue_depth=1, prefetch_queue_depth_of_pipe=1, **args) as pipe:
        expected = [labels(pipe.run()[1]) for _ in range(8)]
    with built(prefetch_queue_depth=depth, prefetch_queue_depth_of_pipe=depth, **args) as pipe:
        assert [labels(pipe.run()[1]) for _ in range(8)] == expected


# ---- passes ------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_pass_is_an_epoch_and_its_last_batch_is_short(numbers: list[str]) -> None:
    async with make(adali.Pipeline, files=numbers, random_shuffle=True) as pipe:
        for _ in range(3):
            batches = [labels(batch) async for _, batch in pipe]
            assert [len(b) for b in batches] == [4, 4, 2]
            assert sorted(chain.from_iterable(batches)) == list(range(10))


@pytest.mark.parametrize("shard", [0, 1, 2])
def test_with_padding_all_shards_have_as_many_full_batches(numbers: list[str], shard: int) -> None:
    with built(files=numbers, num_shards=3, shard_id=shard, pad_last_batch=True, batch_size=3) as pipe:
        for epoch in range(4):
            batches = [labels(batch) for _, batch in pipe]
            assert [len(b) for b in batches] == [3, 3]
            start, stop = shard_bounds((shard + epoch) % 3, 3, 10)
            assert list(chain.from_iterable(batches))[: stop - start] == list(range(start, stop))


@pytest.mark.asyncio
async def test_a_pass_left_early_is_followed_by_a_whole_one(numbers: list[str]) -> None:
    async with make(adali.Pipeline, files=numbers, random_shuffle=True) as pipe:
        async for _ in pipe:
            break
        assert sorted([label async for _, batch in pipe for label in labels(batch)]) == list(range(10))


# ---- faults ------------------------------------------------------------------------------------------------------


def test_a_vanished_file_is_named(numbers: list[str]) -> None:
    with built(files=numbers, batch_size=5) as pipe:
        os.remove(numbers[7])
        assert labels(pipe.run()[1]) == [0, 1, 2, 3, 4]
        with pytest.raises(adali.OperatorError, match="readers__File") as caught:
            pipe.run()
        error = caught.value
        assert (error.source, error.sample, error.iteration) == (numbers[7], 2, 1)
        assert isinstance(error.__cause__, FileNotFoundError)
        assert labels(pipe.run()[1]) == [0, 1, 2, 3, 4], "the pipeline goes on"


@pytest.mark.asyncio
async def test_skip_loses_only_the_vanished_file(numbers: list[str]) -> None:
    async with make(adali.Pipeline, files=numbers, on_error="skip", random_shuffle=True) as pipe:
        os.remove(numbers[7])
        for epoch in range(2):
            found = [label async for _, batch in pipe for label in labels(batch)]
            assert sorted(found) == [0, 1, 2, 3, 4, 5, 6, 8, 9]
            assert pipe.stats().skipped == epoch + 1
        assert {e.source for e in pipe.stats().errors} == {numbers[7]}


@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize("gone", [[7], [9], [0, 1], [2, 6, 8]])
def test_skip_keeps_the_promise_of_padding(numbers: list[str], gone: list[int], shards: int) -> None:
    """Full batches that begin where epochs begin, and no good sample lost, whatever was left out before."""
    args = {"files": numbers, "pad_last_batch": True, "num_shards": shards, "on_error": "skip", "batch_size": 4}
    length = math.ceil(math.ceil(10 / shards) / 4)
    with built(**args) as running, built(**args) as passing:
        for i in gone:
            os.remove(numbers[i])
        for epoch in range(3):
            start, stop = shard_bounds(epoch % shards, shards, 10)
            batches = [labels(running.run()[1]) for _ in range(length)]
            assert [labels(batch) for _, batch in passing] == batches
            assert [len(b) for b in batches] == [4] * length
            assert set(chain.from_iterable(batches)) == set(range(start, stop)) - set(gone)


def test_where_one_reader_ends_before_another_no_sample_is_lost(numbers: list[str]) -> None:
    """Places of a batch are filled as long as all readers have samples; what one has left comes in the next batch."""
    bad = [name + "-gone" if k in (0, 1, 2, 4, 5) else name for k, name in enumerate(numbers[:8])]
    pipe = adali.sync.Pipeline(4, 1, None, on_error="skip")
    with pipe:
        outputs = [fn.readers.file(files=files, pad_last_batch=True)[1] for files in (bad, numbers[:9])]
        pipe.set_outputs(*outputs)
    pairs = [list(zip(*(np.ravel(o.as_array()).tolist() for o in pipe.run()), strict=True)) for _ in range(2)]
    assert pairs == [[(7, 7), (7, 7), (6, 6), (3, 3)], [(3, 8)] * 4]
    pipe.close()


def test_replace_keeps_batches_full(numbers: list[str]) -> None:
    with built(files=numbers, on_error="replace", batch_size=5) as pipe:
        os.remove(numbers[0])
        os.remove(numbers[7])
        data, label = pipe.run()
        assert labels(label) == [1, 1, 2, 3, 4]
        assert texts(data) == ["1", "1", "2", "3", "4"]
        assert labels(pipe.run()[1]) == [5, 6, 6, 8, 9]


def test_a_folder_in_place_of_a_file_is_named(tmp_path: pathlib.Path) -> None:
    with built(files=[str(tmp_path)], batch_size=1) as pipe, pytest.raises(adali.OperatorError) as caught:
        pipe.run()
    assert isinstance(caught.value.__cause__, IsADirectoryError)
    assert str(tmp_path) in str(caught.value)


def test_the_first_sample_of_a_chunk_may_fail() -> None:
    op = reader(count=4, bad=[0, 2])
    chunk = op.read(4, 0)
    assert sorted(chunk.failures) == [0, 2]
    assert [values(chunk)[i] for i in (1, 3)] == [1, 3]
    assert chunk.sources == ["number 0", "number 1", "number 2", "number 3"]
    assert values(chunk)[0] == 1, "the place of a failure must hold an array of the right type"


def test_nothing_is_loaded_before_its_turn() -> None:
    op = reader(count=1000, random_shuffle=True, initial_fill=500)
    op.read(4, 0)
    assert len(op.loaded) == 4, "a large window must not delay the first batch"


def test_reading_leaves_no_open_file(numbers: list[str], tmp_path: pathlib.Path) -> None:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("open files can only be counted on Linux")
    before = len(os.listdir("/proc/self/fd"))
    assert bytes(read_file(numbers[3])) == b"3"
    with pytest.raises(IsADirectoryError):
        read_file(str(tmp_path))
    with pytest.raises(FileNotFoundError):
        read_file(str(tmp_path / "nothing"))
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_file_that_becomes_shorter_is_an_error(numbers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fstat
    monkeypatch.setattr(os, "fstat", lambda fd: os.stat_result([*real(fd)[:6], 5, *real(fd)[7:]]))
    with pytest.raises(OSError, match="shorter") as caught:
        read_file(numbers[0])
    assert caught.value.filename == numbers[0]


def test_empty_files_and_large_files(tmp_path: pathlib.Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    content = np.random.default_rng(0).bytes(3_000_000)
    (tmp_path / "large").write_bytes(content)
    assert read_file(str(tmp_path / "empty")).shape == (0,)
    assert bytes(read_file(str(tmp_path / "large"))) == content


def test_reading_without_readv(numbers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "readv")  # as on Windows
    assert bytes(read_file(numbers[4])) == b"4"


def test_every_argument_of_dali_is_there() -> None:
    names = {a.name for a in FileReader.schema.args}
    assert names == {
        *("case_sensitive_filter", "dir_filters", "dont_use_mmap", "file_filters", "file_list", "file_root", "files"),
        *("initial_fill", "labels", "lazy_init", "num_shards", "pad_last_batch", "prefetch_queue_depth"),
        *("random_shuffle", "read_ahead", "seed", "shard_id", "shuffle_after_epoch", "shuffle_after_epoch_seed"),
        *("skip_cached_images", "stick_to_shard", "tensor_init_bytes"),
        *("fetch_bytes", "fetch_concurrency", "sampler"),  # beyond DALI's
    }
