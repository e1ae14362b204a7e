"""External sources go on from any place, whatever kind of thing they are."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import numpy as np
import pytest
from continuing import events, values

import adali.sync
from adali import fn
from adali.errors import CheckpointError
from adali.types import BatchInfo, SampleInfo

BATCH = 3
LENGTH = 5


def batch_of(number: float) -> Any:
    return np.full((BATCH, 1), number, np.float32)


def generator_function() -> Iterator[Any]:
    for k in range(LENGTH):
        yield batch_of(k)


class Shuffles:
    """A new order in each pass, drawn from a generator that it keeps."""

    def __init__(self) -> None:
        self.random = random.Random(3)

    def __iter__(self) -> Iterator[Any]:
        numbers = list(range(LENGTH))
        self.random.shuffle(numbers)
        for number in numbers:
            yield batch_of(number)


class Iterates:
    """An iterator of its own, as DALI's examples have them; ``iter()`` starts it over."""

    def __init__(self) -> None:
        self.passes = 0
        self.next = LENGTH

    def __iter__(self) -> Iterates:
        self.passes += 1
        self.next = 0
        return self

    def __next__(self) -> Any:
        if self.next == LENGTH:
            raise StopIteration
        self.next += 1
        return batch_of(self.passes * 100 + self.next)


class Keeps:
    """Says where it is, and can be taken there."""

    def __init__(self) -> None:
        self.place = 0
        self.walked = 0

    def __iter__(self) -> Iterator[Any]:
        while self.place < LENGTH:
            self.place += 1
            self.walked += 1
            yield batch_of(self.place)
        self.place = 0

    def state_dict(self) -> dict[str, Any]:
        return {"place": self.place, "more": (1, b"x", np.arange(3))}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        assert state["more"][:2] == (1, b"x")
        assert state["more"][2].tolist() == [0, 1, 2]
        self.place = state["place"]


class KeepsCalls:
    """The same, as a function without an argument."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> Any:
        self.calls += 1
        if self.calls % 4 == 0:
            raise StopIteration
        return batch_of(self.calls)

    def state_dict(self) -> dict[str, Any]:
        return {"calls": self.calls}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.calls = state["calls"]


def counting() -> Callable[[], Any]:
    calls = 0

    def source() -> Any:
        nonlocal calls
        calls += 1
        if calls % 4 == 0:
            raise StopIteration
        return batch_of(calls)

    return source


def by_sample(info: SampleInfo) -> Any:
    if info.iteration >= LENGTH:
        raise StopIteration
    return np.array([info.idx_in_epoch, info.idx_in_batch, info.iteration, info.epoch_idx], np.float32)


def by_batch(info: BatchInfo) -> Any:
    if info.iteration >= LENGTH:
        raise StopIteration
    return batch_of(info.iteration + 100 * info.epoch_idx)


def by_number(iteration: int) -> Any:
    if iteration >= LENGTH:
        raise StopIteration
    return batch_of(iteration)


async def async_by_sample(info: SampleInfo) -> Any:
    await asyncio.sleep(0)
    return by_sample(info)


def async_counting() -> Callable[[], Any]:
    source = counting()

    async def call() -> Any:
        await asyncio.sleep(0)
        return source()

    return call


async def async_generator_function() -> AsyncIterator[Any]:
    for k in range(LENGTH):
        await asyncio.sleep(0)
        yield batch_of(k)


class AsyncShuffles(Shuffles):
    def __aiter__(self) -> AsyncIterator[Any]:
        async def walk() -> AsyncIterator[Any]:
            for batch in super(AsyncShuffles, self).__iter__():
                yield batch

        return walk()

    __iter__ = None  # type: ignore[assignment]


class SingleSamples:
    def __iter__(self) -> Iterator[Any]:
        for k in range(BATCH * LENGTH + 1):
            yield np.array([k], np.float32)


def failing() -> Callable[[], Any]:
    """Fails now and then, and goes on."""
    calls = 0

    def source() -> Any:
        nonlocal calls
        calls += 1
        if calls % 3 == 0:
            raise ValueError(f"call {calls}")
        return batch_of(calls)

    return source


SOURCES: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "list": (lambda: [batch_of(k) for k in range(LENGTH)], {"cycle": "raise"}),
    "array": (lambda: np.arange(LENGTH * BATCH).reshape(LENGTH, BATCH, 1), {"cycle": "quiet"}),
    "list once": (lambda: [batch_of(k) for k in range(LENGTH)], {}),
    "iterator": (lambda: iter([batch_of(k) for k in range(LENGTH)]), {}),
    "generator": (generator_function, {}),
    "generator function": (lambda: generator_function, {"cycle": "raise"}),
    "generator function in circles": (lambda: generator_function, {"cycle": "quiet"}),
    "shuffling object": (Shuffles, {"cycle": "quiet"}),
    "shuffling object, epochs": (Shuffles, {"cycle": "raise"}),
    "shuffling object, ahead": (Shuffles, {"cycle": "raise", "parallel": True, "prefetch_queue_depth": 3}),
    "iterator object": (Iterates, {"cycle": "raise"}),
    "single samples": (SingleSamples, {"cycle": "quiet", "batch": False}),
    "state_dict": (Keeps, {"cycle": "raise"}),
    "state_dict, ahead": (Keeps, {"cycle": "quiet", "parallel": True, "prefetch_queue_depth": 2}),
    "state_dict, function": (KeepsCalls, {}),
    "function": (counting, {}),
    "function that fails": (failing, {}),
    "function of samples": (lambda: by_sample, {"batch": False}),
    "function of samples, ahead": (lambda: by_sample, {"parallel": True, "prefetch_queue_depth": 4}),
    "function of batches": (lambda: by_batch, {"batch_info": True}),
    "function of numbers": (lambda: by_number, {}),
    "coroutine function of samples": (lambda: async_by_sample, {"batch": False}),
    "coroutine function": (async_counting, {}),
    "async generator function": (lambda: async_generator_function, {"cycle": "raise"}),
    "async object": (AsyncShuffles, {"cycle": "quiet"}),
}


def pipeline(source: Any, options: dict[str, Any], **kwargs: Any) -> adali.sync.Pipeline:
    pipe = adali.sync.Pipeline(
        **{"batch_size": BATCH, "num_threads": 2, "device_id": None, "seed": 1, "enable_checkpointing": True, **kwargs}
    )
    with pipe:
        pipe.set_outputs(fn.external_source(source=source, **options), fn.random.uniform(range=(0, 1)))
    return pipe


@pytest.mark.parametrize("api", ["run", "for"])
@pytest.mark.parametrize("kind", SOURCES)
def test_a_run_with_cuts_is_the_run_without(kind: str, api: str) -> None:
    make_source, options = SOURCES[kind]

    def make(**kwargs: Any) -> adali.sync.Pipeline:
        return pipeline(make_source(), options, **kwargs)

    steps = 16
    wanted = events(make, steps, (), api)
    for cut in range(0, steps + 1, 1 if api == "run" else 3):
        assert events(make, steps, [cut], api, cut) == wanted, f"cut at {cut}"
    assert events(make, steps, [2, 7, 8, 13], api) == wanted


def test_state_dict_saves_the_walk() -> None:
    source = Keeps()
    pipe = pipeline(source, {"cycle": "raise"})
    for _ in range(3):
        pipe.run()
    checkpoint = pipe.checkpoint()
    wanted = values(pipe.run())
    pipe.close()
    other = Keeps()
    pipe = pipeline(other, {"cycle": "raise"}, checkpoint=checkpoint, prefetch_queue_depth=1)
    assert values(pipe.run()) == wanted
    assert other.walked == 1
    pipe.close()


def test_without_checkpoints_nothing_asks_for_states() -> None:
    class Silent(Keeps):
        def state_dict(self) -> dict[str, Any]:
            raise AssertionError

    pipe = pipeline(Silent(), {"cycle": "raise"}, enable_checkpointing=False)
    pipe.run()
    pipe.close()


def test_a_state_that_cannot_be_kept() -> None:
    class Strange(Keeps):
        def state_dict(self) -> dict[str, Any]:
            return {"lock": threading.Lock()}

    pipe = pipeline(Strange(), {"cycle": "raise"})
    with pytest.raises(
        adali.errors.OperatorError, match=r"state_dict\(\) of the source: only numbers, text.* not lock"
    ):
        pipe.run()
    pipe.close()


def taken(source: Any, options: dict[str, Any], runs: int) -> bytes:
    pipe = pipeline(source, options)
    for _ in range(runs):
        pipe.run()
    checkpoint = pipe.checkpoint()
    pipe.close()
    return checkpoint


@pytest.mark.parametrize(
    ("before", "now", "message"),
    [
        (
            lambda: [batch_of(k) for k in range(9)],
            lambda: [batch_of(k) for k in range(3)],
            "ends after 3 items, but had",
        ),
        (
            lambda: [batch_of(k) for k in range(9)],
            Shuffles,
            "a list, an array or a generator function.*iterable object",
        ),
        (counting, lambda: by_number, "a function without an argument.*a function with an argument"),
        (counting, KeepsCalls, "a function without an argument.*an object with a state_dict"),
    ],
)
def test_another_source(before: Any, now: Any, message: str) -> None:
    checkpoint = taken(before(), {}, 5 if before is not counting else 3)
    pipe = pipeline(now(), {}, checkpoint=checkpoint)
    with pytest.raises(CheckpointError, match=rf"(?s)ExternalSource .* cannot go on from the checkpoint: .*{message}"):
        pipe.build()


def test_passes_of_another_length() -> None:
    class Long(Shuffles):
        def __iter__(self) -> Iterator[Any]:
            yield from super().__iter__()
            yield batch_of(77)

    checkpoint = taken(Shuffles(), {"cycle": "quiet"}, LENGTH + 2)
    pipe = pipeline(Long(), {"cycle": "quiet"}, checkpoint=checkpoint)
    with pytest.raises(CheckpointError, match="more items in a pass now than before"):
        pipe.build()


def test_a_source_whose_state_does_not_load() -> None:
    class Refuses(Keeps):
        def load_state_dict(self, state: dict[str, Any]) -> None:
            raise KeyError("place")

    checkpoint = taken(Keeps(), {"cycle": "raise"}, 2)
    pipe = pipeline(Refuses(), {"cycle": "raise"}, checkpoint=checkpoint)
    with pytest.raises(CheckpointError, match="cannot go on from the checkpoint: 'place'"):
        pipe.build()


def test_data_that_is_fed() -> None:
    """The place is kept, and random numbers go on; the data is the user's to feed again from there."""

    def make(**kwargs: Any) -> adali.sync.Pipeline:
        pipe = adali.sync.Pipeline(BATCH, 2, None, seed=1, enable_checkpointing=True, **kwargs)
        with pipe:
            pipe.set_outputs(fn.external_source(name="x"), fn.random.uniform(range=(0, 1)))
        return pipe

    def fed(pipe: adali.sync.Pipeline, numbers: range) -> list[Any]:
        pipe.build()
        return [values(pipe.run(x=batch_of(number))) for number in numbers]

    pipe = make(prefetch_queue_depth=1)
    wanted = fed(pipe, range(6))
    pipe.close()
    pipe = make(prefetch_queue_depth=1)
    begun = fed(pipe, range(2))
    checkpoint = pipe.checkpoint()
    pipe.close()
    pipe = make(checkpoint=checkpoint, prefetch_queue_depth=1)
    assert begun + fed(pipe, range(2, 6)) == wanted
    pipe.close()


@pytest.mark.asyncio
async def test_a_build_that_is_cancelled_while_the_source_is_walked_through() -> None:
    """Closing does not wait for a long way to be walked."""
    begun, held = threading.Event(), threading.Event()

    class Slow:
        def __init__(self, waits: bool) -> None:
            self.waits = waits

        def __iter__(self) -> Iterator[Any]:
            for k in range(1000):
                if self.waits and k == 2:
                    begun.set()
                    assert held.wait(20)
                yield batch_of(k)

    checkpoint = taken(Slow(False), {}, 500)
    pipe = adali.Pipeline(BATCH, 2, None, seed=1, enable_checkpointing=True, checkpoint=checkpoint)
    with pipe:
        pipe.set_outputs(fn.external_source(source=Slow(True)), fn.random.uniform(range=(0, 1)))
    build = asyncio.create_task(_build(pipe))
    await asyncio.to_thread(begun.wait, 20)
    build.cancel()
    threading.Timer(0, held.set).start()
    with pytest.raises(asyncio.CancelledError):
        await build
    await pipe.aclose()
    assert [t.name for t in threading.enumerate() if t.name.startswith("adali-")] == []


async def _build(pipe: adali.Pipeline) -> None:
    await pipe.build()
