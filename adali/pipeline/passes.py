"""Passes over the data: what ``for`` and ``async for`` run."""

from __future__ import annotations

from adali.engine.workspace import Failure
from adali.pipeline.base import PipelineBase
from adali.pipeline.options import Outputs

__all__ = ["Pass"]


class Pass:
    """One pass over the data: to the end of the readers' epoch, of a source, or of ``iter_setup``.

    A pass that was left before its end does not go on: the next one begins with a new epoch.
    """

    def __init__(self, pipe: PipelineBase) -> None:
        self._pipe = pipe
        self._count = -1
        self._limit: int | None = None
        self._over = False

    def __aiter__(self) -> Pass:
        return self

    async def __anext__(self) -> Outputs:
        """The next batch.

        Raises:
            StopAsyncIteration: the epoch is over.
            OperatorError: an operator failed in this iteration.
        """
        pipe = self._pipe
        if self._count < 0:
            await pipe._begin_pass()
            self._limit = None if pipe._epoch_mode else pipe._batches_in_epoch()
            self._count = 0
        while not self._over and (self._limit is None or self._count < self._limit):
            try:
                item = await pipe._next_batch()
            except StopAsyncIteration:
                break
            self._count += 1
            self._over = item.epoch_end and pipe._epoch_mode
            # The outputs are None where every sample of the epoch's last batch was skipped.
            if isinstance(item, Failure) or item.outputs[0] is not None:
                return pipe._unpack(item)
        self._over = True
        pipe._pass_open = False
        raise StopAsyncIteration
