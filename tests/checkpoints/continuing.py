"""What the tests of checkpoints share: a run as a list of events, and the same run with cuts in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import adali.sync
from adali.errors import OperatorError

#: Ways to run that must not matter.
WAYS: list[dict[str, Any]] = [
    {},
    {"num_threads": 1, "prefetch_queue_depth": 5},
    {"exec_pipelined": False, "exec_async": False},
    {"num_threads": 3, "prefetch_queue_depth": 1},
    {"prefetch_queue_depth": {"cpu_size": 3, "gpu_size": 1}},
    {"exec_async": False},
]

Event = tuple[Any, ...]


class Run:
    """A pipeline as its consumer sees it: one event after the other."""

    def __init__(self, pipe: adali.sync.Pipeline, api: str) -> None:
        self.pipe = pipe
        self.api = api
        self.at_end = False
        self.batches: Any = None
        pipe.build()

    def step(self) -> Event:
        try:
            if self.api == "run":
                if self.at_end:
                    self.at_end = False
                    self.pipe.reset()
                    return ("reset",)
                return ("batch", *values(self.pipe.run()))
            if self.batches is None:
                self.batches = iter(self.pipe)
            return ("batch", *values(next(self.batches)))
        except StopIteration:
            self.at_end = True
            self.batches = None
            return ("end",)
        except OperatorError as e:
            return ("error", e.message, e.iteration, e.sample, e.source)


def values(outputs: Sequence[Any]) -> list[Any]:
    return [[np.asarray(batch.at(i)).tolist() for i in range(len(batch))] for batch in outputs]


def events(
    make: Callable[..., adali.sync.Pipeline], steps: int, cuts: Sequence[int] = (), api: str = "run", first: int = 0
) -> list[Event]:
    """The events of a run that is ended, and taken up by another pipeline, at each of the cuts."""
    seen: list[Event] = []
    checkpoint: bytes | None = None
    for number, (start, stop) in enumerate(zip([0, *cuts], [*cuts, steps], strict=True)):
        way = WAYS[(first + number) % len(WAYS)] if cuts else {}
        pipe = make(checkpoint=checkpoint, **way)
        run = Run(pipe, api)
        run.at_end = bool(seen) and seen[-1] == ("end",)
        seen += [run.step() for _ in range(start, stop)]
        checkpoint = pipe.checkpoint()
        pipe.close()
    return seen
