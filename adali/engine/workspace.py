"""Workspace: one iteration on its way through the stages; and what becomes of it at their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from adali.data import TensorListCPU
from adali.errors import OperatorError

__all__ = ["Batch", "End", "Failure", "Item", "Outcome", "Position", "States", "Workspace", "drop_samples"]

States: TypeAlias = tuple[Mapping[str, Any] | None, ...]


@dataclass(frozen=True)
class Position:
    """A place between two iterations, as a consumer sees them: what a checkpoint is made of.

    Attributes:
        iteration: number of the next iteration.
        states: for each input, in the plan's order, where it goes on; None for one that cannot say.
        epoch_end: whether the iteration before ended an epoch.
        ended: whether the consumer has seen the end of the data, and not reset the pipeline since.
    """

    iteration: int = 0
    states: States = ()
    epoch_end: bool = False
    ended: bool = False


class Workspace:
    """One iteration.

    Attributes:
        iteration: index since the pipeline was built.
        batch_size: samples in this batch.
        data: batches by slot; None before they are made and after their last use.
        sources: for each slot fed from outside, where its samples came from.
        locate: for each such slot, how a message names such a place.
        epoch: pass over the data, counted by the readers.
        epoch_end: whether the epoch ends with this batch.
        unreadable: samples that an input could not read: index -> (step, error).
        skipped: every sample was left out, so that there is nothing to compute.
        lending: of outputs on a device: what orders the consumer's streams.
        errors: with the policy "replace", what was wrong with the samples whose places hold others now.
        left_out: with a policy, the errors of all samples that were left out or replaced, as they were met.
        states: for each input, where it goes on after this iteration.
    """

    __slots__ = (
        "batch_size",
        "data",
        "epoch",
        "epoch_end",
        "errors",
        "iteration",
        "left_out",
        "lending",
        "locate",
        "skipped",
        "sources",
        "states",
        "unreadable",
    )

    def __init__(self, iteration: int, slots: int, locate: Mapping[int, Callable[[str], str]]) -> None:
        self.iteration = iteration
        self.batch_size = 0
        self.data: list[Any] = [None] * slots
        self.sources: dict[int, list[str | None]] = {}
        self.locate = locate
        self.epoch = 0
        self.epoch_end = False
        self.skipped = False
        self.lending: Any = None
        self.unreadable: dict[int, tuple[Any, Exception]] = {}
        self.errors: dict[int, OperatorError] = {}
        self.left_out: list[OperatorError] = []
        self.states: States = ()

    @property
    def position(self) -> Position:
        """The place after this iteration."""
        return Position(self.iteration + 1, self.states, self.epoch_end)

    def source_of(self, roots: Sequence[int], sample: int) -> str | None:
        """Where a sample came from that depends on the given input slots."""
        found = []
        for slot in roots:
            names = self.sources.get(slot)
            if names is not None and sample < len(names):
                name = names[sample]
                if name is None:
                    continue
                place = self.locate[slot](name) if slot in self.locate else name
                if place not in found:
                    found.append(place)
        return ", ".join(found) or None


@dataclass
class Batch:
    """A finished iteration.

    Attributes:
        iteration: its index.
        outputs: one list of tensors for each output of the pipeline; None each where every sample was left out.
        position: the place after it.
        lending: of outputs on a device: orders the consumer's streams behind them, and their memory's next use behind
            those.
        errors: with the policy "replace", by sample, the errors of those in whose place another sample's results are;
            of a batch in which every sample was left out, the first of its errors.
        left_out: the errors of all samples that were left out or replaced.
    """

    iteration: int
    outputs: tuple[Any, ...]
    position: Position
    lending: Any = None
    errors: dict[int, OperatorError] = field(default_factory=dict)
    left_out: list[OperatorError] = field(default_factory=list)

    @property
    def epoch_end(self) -> bool:
        """Whether a pass over the data ends with it."""
        return self.position.epoch_end


@dataclass
class Failure:
    """An iteration that failed.

    Attributes:
        iteration: its index.
        error: what the consumer gets.
        position: the place after it.
        errors: with the policy "replace", by sample, the errors that were found on the way.
        left_out: the errors of all samples that were left out or replaced before it failed.
    """

    iteration: int
    error: BaseException | None
    position: Position
    errors: dict[int, OperatorError] = field(default_factory=dict)
    left_out: list[OperatorError] = field(default_factory=list)

    @property
    def epoch_end(self) -> bool:
        """Whether a pass over the data ends with it."""
        return self.position.epoch_end

    def take_error(self) -> BaseException:
        """The error, which is given away once."""
        error, self.error = self.error, None
        assert error is not None
        return error


@dataclass
class End:
    """The end of the data.

    Attributes:
        iteration: the iteration that found it, if that had been started already.
        states: for each input, where it is; empty if the iteration before says it.
    """

    iteration: int | None = None
    states: States = ()


Item: TypeAlias = Workspace | Failure | End  # what travels between stages
Outcome: TypeAlias = Batch | Failure | End  # what reaches the consumer


def drop_samples(batch: TensorListCPU, drop: set[int]) -> TensorListCPU:
    """The batch without some samples; memory is shared."""

    def left(items: Sequence[Any]) -> list[Any]:
        return [item for i, item in enumerate(items) if i not in drop]

    names = None if batch._source_info is None else left(batch._source_info)
    return TensorListCPU._from_samples(left(batch._samples), batch._layout, dtype=batch._dtype, source_info=names)
