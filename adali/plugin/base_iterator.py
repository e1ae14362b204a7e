"""What the iterators of all frameworks share: pipelines in step, epochs, resets and the last batch.

An iterator is driven by one coroutine, :meth:`BaseIterator._advance`. ``next()`` runs it to its end on the calling
thread; ``async for`` awaits it. The pipelines may be blocking or asynchronous ones, whichever way the iterator is used.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Generic, NoReturn, TypeVar

from typing_extensions import Self

from adali.engine.handoff import drive
from adali.errors import ArgumentError, CheckpointError, PipelineStateError
from adali.pipeline import Outputs, PipelineBase
from adali.pipeline import Pipeline as AsyncPipeline
from adali.plugin.epochs import ByReader, BySize, Endless, Epochs, LastBatchPolicy, ReaderMeta
from adali.types import PipelineAPIType

__all__ = ["BaseIterator", "LastBatchPolicy"]

T = TypeVar("T")

_AUTO_RESET = {None: False, False: False, True: True, "no": False, "yes": True, "False": False, "True": True}

#: What the arguments of all iterators mean; subclasses put it into their docstrings.
ARGUMENTS = """
        pipelines: a pipeline or a list of them, not built by another iterator; blocking or asynchronous.
        output_map: a name for each output of a pipeline, all different.
        size: samples in an epoch of all pipelines together; excludes ``reader_name``. -1 without ``reader_name``: an
            epoch is what the (only) pipeline delivers until its data ends, and policies do not apply.
        reader_name: name of the reader, in every pipeline, that the length of an epoch is taken from.
        auto_reset: whether the next epoch begins by itself after StopIteration ("yes" or True), or with ``reset()`` or
            the next ``iter()`` ("no", False or None).
        last_batch_policy: see :class:`LastBatchPolicy`.
        last_batch_padded: with ``size``: whether the reader pads its last batch. With ``reader_name`` the reader says.
        prepare_first_batch: whether the constructor waits for the first batch. Later ones are always prepared ahead.
            Asynchronous pipelines are built when they are first needed, and never in the constructor.
"""


class BaseIterator(Generic[T]):
    """Iterates over pipelines of equal batch size, epoch by epoch. One consumer at a time.

    ``for`` and ``async for`` go through the rest of the current epoch. An operator's error is raised in the turn of its
    batch, which counts as consumed, so that epochs keep their length.
    """

    def __init__(
        self,
        pipelines: PipelineBase | Sequence[PipelineBase],
        output_map: Sequence[str],
        size: int = -1,
        reader_name: str | None = None,
        auto_reset: str | bool | None = False,
        fill_last_batch: bool | None = None,
        last_batch_padded: bool = False,
        last_batch_policy: LastBatchPolicy = LastBatchPolicy.FILL,
        prepare_first_batch: bool = True,
    ) -> None:
        pipes = [pipelines] if isinstance(pipelines, PipelineBase) else list(pipelines or ())
        if not pipes:
            raise ArgumentError("an iterator needs at least one pipeline")
        for pipe in pipes:
            if not isinstance(pipe, PipelineBase):
                raise ArgumentError(f"expected a pipeline, got {type(pipe).__name__}")
        if len({pipe.batch_size for pipe in pipes}) > 1:
            raise ArgumentError(
                f"all pipelines must have the same batch size, got {[pipe.batch_size for pipe in pipes]}"
            )
        names = list(output_map)
        if len(set(names)) != len(names):
            raise ArgumentError(f"the names of output_map must be different, got {names}")
        if auto_reset not in _AUTO_RESET or isinstance(auto_reset, int) is not isinstance(auto_reset, bool):
            raise ArgumentError(f"auto_reset must be 'yes', 'no', True, False or None, got {auto_reset!r}")
        if fill_last_batch is not None:
            warnings.warn("fill_last_batch is deprecated; use last_batch_policy", DeprecationWarning, stacklevel=3)
            last_batch_policy = LastBatchPolicy.FILL if fill_last_batch else LastBatchPolicy.PARTIAL
        if not isinstance(last_batch_policy, LastBatchPolicy):
            raise ArgumentError(f"last_batch_policy must be a LastBatchPolicy, got {last_batch_policy!r}")
        if reader_name is not None:
            if size != -1:
                raise ArgumentError("size and reader_name exclude each other: the reader says how long an epoch is")
            if last_batch_padded:
                raise ArgumentError("last_batch_padded and reader_name exclude each other: the reader says if it pads")
        elif size == 0:
            raise ArgumentError("size must not be 0")
        elif size < 0 and len(pipes) > 1:
            raise ArgumentError("several pipelines need a size or a reader_name")
        self._pipes = pipes
        self.output_map = names
        self.batch_size = pipes[0].batch_size
        self._given_size = size
        self._reader_name = reader_name
        self._auto_reset = _AUTO_RESET[auto_reset]
        self._last_batch_policy = last_batch_policy
        self._last_batch_padded = bool(last_batch_padded)
        self._epochs: Epochs | None = None
        self._step = 0  # batches of the stream taken in this epoch
        self._ended = False  # a pipeline's data came to its end
        self._stopped = False  # the end of this epoch was told
        self._taken: list[Outputs | Exception] = []  # of a step that was prepared, or cut off
        self._due = 0  # batches of the stream to leave out before the next one
        self._restart = False  # pipelines whose data ended are to start over
        if not any(isinstance(pipe, AsyncPipeline) for pipe in pipes):
            drive(self._start())
            # A batch taken would lie behind the place of a checkpoint; the engine prepares it all the same.
            if prepare_first_batch and not any(pipe.enable_checkpointing for pipe in pipes):
                self._prepare()

    # ---- what a framework says -----------------------------------------------------------------------------

    def _convert(self, outputs: list[Outputs], counts: list[int] | None) -> T:
        """Make the framework's batch of the pipelines' outputs.

        Args:
            outputs: those of each pipeline.
            counts: how many samples of each pipeline count; fewer numbers than pipelines leave the others out.
        """
        raise NotImplementedError

    # ---- the user's side -----------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Samples in this epoch as DALI counts them, filled batches included; -1 if the data decides."""
        return self._known().size

    def __len__(self) -> int:
        """Batches in an epoch; 0 if the data decides. With ``size`` and FILL, epochs may be one batch shorter."""
        return self._known().length

    def __iter__(self) -> Self:
        if self._over:
            self.reset()
        return self

    def __aiter__(self) -> Self:
        return self.__iter__()

    def __next__(self) -> T:
        return drive(self._advance())

    async def __anext__(self) -> T:
        return await self._advance()

    def next(self) -> T:
        """The next batch.

        Raises:
            StopIteration: the epoch is over.
            OperatorError: an operator failed for this batch.
        """
        return self.__next__()

    def reset(self) -> None:
        """Begin the next epoch; only possible when this one is over, and ignored with a warning before."""
        if not self._over:
            if self._step:
                logging.getLogger("adali").warning("reset() is ignored: the epoch is not over")
            return
        self._next_epoch()

    def checkpoints(self) -> list[bytes]:
        """Checkpoints of all pipelines, after the batch that was handed out last; in the middle of an epoch as well.

        Make the pipelines anew with one each (``checkpoint=``) and an iterator over them with the same arguments; it
        goes on with the batch that would have come next.

        Raises:
            PipelineStateError: a pipeline was made without ``enable_checkpointing``, or a ``next`` was cut off in its
                middle and has not been repeated.
        """
        epochs = self._known()
        if self._taken:
            raise PipelineStateError("Take the batch whose wait was cut off before you take checkpoints.")
        data = {
            "epochs": epochs.state(),
            "step": self._step,
            "due": self._due,
            "ended": self._ended,
            "stopped": self._stopped,
            "restart": self._restart,
        }
        return [pipe._get_checkpoint(json.dumps(data)) for pipe in self._pipes]

    def state_dict(self) -> dict[str, Any]:
        """Where the iterator is; see :meth:`checkpoints`."""
        return {"checkpoints": self.checkpoints()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go to where :meth:`state_dict` was taken, of an iterator with the same arguments and pipelines.

        Raises:
            CheckpointError: it belongs to other pipelines.
            PipelineStateError: a pipeline was made without ``enable_checkpointing``.
        """
        checkpoints = state_dict["checkpoints"]
        if len(checkpoints) != len(self._pipes):
            raise CheckpointError(f"The state is of {len(checkpoints)} pipelines, and there are {len(self._pipes)}.")
        self._forget()
        self._epochs = None
        self._step = self._due = 0
        self._ended = self._stopped = self._restart = False
        for pipe, checkpoint in zip(self._pipes, checkpoints, strict=True):
            drive(pipe._restart(checkpoint))
        drive(self._start())

    def close(self) -> None:
        """Close the pipelines."""
        self._forget()
        for pipe in self._pipes:
            drive(pipe._aclose())

    async def aclose(self) -> None:
        """Close the pipelines; returns when no task and no thread is left."""
        self._forget()
        for pipe in self._pipes:
            await pipe._aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        await self._start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    # ---- epochs --------------------------------------------------------------------------------------------

    def _known(self) -> Epochs:
        if self._epochs is None:
            drive(self._start())
        assert self._epochs is not None
        return self._epochs

    @property
    def _over(self) -> bool:
        epochs = self._epochs
        return epochs is not None and (
            self._ended or self._stopped or (epochs.batches is not None and self._step >= epochs.batches)
        )

    async def _start(self) -> None:
        """Build the pipelines and let them begin."""
        if self._epochs is not None:
            return
        for pipe in self._pipes:
            await pipe._build()
        self._epochs = self._count()
        if all(pipe.is_restored_from_checkpoint for pipe in self._pipes):
            self._go_to(self._pipes[0]._iterator_data)
        for pipe in self._pipes:
            pipe._check_api(PipelineAPIType.SCHEDULED)
            await pipe._schedule()

    def _go_to(self, data: str) -> None:
        """Be where the iterator was when the pipelines' checkpoints were taken."""
        if not data:  # they were taken of the pipelines alone
            return
        assert self._epochs is not None
        state = json.loads(data)
        self._epochs.set_state(state["epochs"])
        self._step, self._due = state["step"], state["due"]
        self._ended, self._stopped, self._restart = state["ended"], state["stopped"], state["restart"]

    def _count(self) -> Epochs:
        if self._reader_name is None:
            if self._given_size < 0:
                return Endless()
            return BySize(
                self._given_size, self.batch_size, len(self._pipes), self._last_batch_policy, self._last_batch_padded
            )
        metas = [pipe.reader_meta(self._reader_name) for pipe in self._pipes]
        for key in ("epoch_size", "number_of_shards", "pad_last_batch", "stick_to_shard"):
            values = [meta[key] for meta in metas]
            if len(set(values)) > 1:
                raise ArgumentError(
                    f"the readers {self._reader_name!r} of all pipelines must agree in {key}, got {values}"
                )
        meta = ReaderMeta(
            metas[0]["epoch_size"],
            metas[0]["number_of_shards"],
            bool(metas[0]["pad_last_batch"]),
            bool(metas[0]["stick_to_shard"]),
        )
        return ByReader(meta, [m["shard_id"] for m in metas], self.batch_size, self._last_batch_policy)

    def _prepare(self) -> None:
        assert self._epochs is not None
        if self._epochs.batches == 0:
            raise PipelineStateError(
                "There is no batch in an epoch: the batch size is larger than the shard, and last_batch_policy is DROP."
            )
        try:
            drive(self._take())
        except StopIteration:
            raise PipelineStateError("There is no data in the pipeline: it ended before its first batch.") from None

    def _next_epoch(self) -> None:
        """Go on to the next epoch; what it asks of the pipelines is done when its first batch is."""
        epochs = self._epochs
        assert epochs is not None
        if self._ended:
            self._restart = True
        elif epochs.batches is not None:
            self._due += epochs.batches + epochs.dropped - self._step
        epochs.advance()
        self._step = 0
        self._ended = self._stopped = False

    async def _catch_up(self) -> None:
        """Do what the beginning of this epoch asks of the pipelines."""
        while self._due:
            try:
                await self._take()
            except StopAsyncIteration:
                self._due, self._restart = 0, True
            else:
                self._due -= 1
            self._taken = []
        if self._restart:
            for pipe in self._pipes:
                await pipe._reset()
                if pipe._first_schedule:
                    await pipe._schedule()
            self._restart = False

    async def _advance(self) -> T:
        await self._start()
        epochs = self._epochs
        assert epochs is not None
        if self._over:
            self._stop()
        await self._catch_up()
        try:
            await self._take()
        except StopAsyncIteration:
            self._ended = True
            self._taken = []
            self._stop()
        counts = epochs.counts(self._step)
        taken, self._taken = self._taken, []
        self._step += 1
        batches = []
        for outputs in taken:
            if isinstance(outputs, Exception):
                raise outputs
            batches.append(outputs)
        self._check(batches, epochs)
        return self._convert(batches, counts)

    def _stop(self) -> NoReturn:
        self._stopped = True
        if self._auto_reset:
            self._next_epoch()
        raise StopAsyncIteration

    async def _take(self) -> None:
        """One batch of each pipeline, left in ``_taken``; what was taken before a cancellation is still there.

        Raises:
            StopAsyncIteration: a pipeline's data ended.
        """
        while len(self._taken) < len(self._pipes):
            pipe = self._pipes[len(self._taken)]
            outputs: Outputs | Exception
            try:
                outputs = await pipe._outputs_of_next()
            except (StopAsyncIteration, PipelineStateError):
                raise
            except Exception as e:  # the other pipelines' batches of this step are taken all the same
                outputs = e
            self._taken.append(outputs)
            # What the caller holds keeps its own memory alive, so that the engine can go on at once.
            pipe._built("next").account.release(all_held=True)
            await pipe._schedule()

    def _check(self, batches: list[Outputs], epochs: Epochs) -> None:
        for outputs in batches:
            if len(outputs) != len(self.output_map):
                raise ArgumentError(
                    f"output_map has {len(self.output_map)} names, but the pipeline has {len(outputs)} outputs"
                )
            if epochs.batches is not None and len(outputs[0]) != self.batch_size:
                raise ArgumentError(
                    f"a batch has {len(outputs[0])} samples, but with size or reader_name all must have "
                    f"{self.batch_size}: batches of various sizes need size=-1 without reader_name"
                )

    def _forget(self) -> None:
        self._taken = []
