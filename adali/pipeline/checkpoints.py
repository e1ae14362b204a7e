"""Checkpoints of a running pipeline: where its consumer is, and how another pipeline goes on from there."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from adali.errors import ArgumentError, CheckpointError, PipelineStateError
from adali.operators.base import InputOperator

if TYPE_CHECKING:
    from adali.engine.executor import Executor
    from adali.engine.lowering import Plan
    from adali.engine.workspace import Position
    from adali.graph import Graph
    from adali.serialization.checkpoint import Checkpoint

__all__ = ["Checkpointing"]


class Checkpointing:
    """Takes checkpoints, and checks the one that a pipeline is to go on from; base of the pipelines."""

    _seed: int
    _batch_size: int
    _epoch_mode: bool
    _pass_open: bool

    def _set_checkpointing(self, enable: bool, checkpoint: Any) -> None:
        if not (checkpoint is None or isinstance(checkpoint, (bytes, bytearray, memoryview, str, os.PathLike))):
            raise ArgumentError(
                "checkpoint must be what Pipeline.checkpoint() returned, or the path (pathlib.Path) of its file; got "
                f"{type(checkpoint).__name__}"
            )
        self._enable_checkpointing = bool(enable)
        self._checkpoint = checkpoint
        self._operators: tuple[tuple[str, int], ...] = ()
        self._data: list[Mapping[str, Any]] = []
        self._iterator_data = ""
        self._resumed: Checkpoint | None = None
        # Number of the iteration with which the pass under way began.
        self._pass_start = 0

    @property
    def enable_checkpointing(self) -> bool:
        """Whether checkpoints may be taken."""
        return self._enable_checkpointing

    @property
    def is_restored_from_checkpoint(self) -> bool:
        """Whether the pipeline goes on from a checkpoint; known once it is built."""
        return self._resumed is not None

    def checkpoint(self, filename: str | os.PathLike[str] | None = None) -> bytes:
        """The place of the consumer in the data, for a pipeline that goes on with what comes next.

        It is the place after the last outputs taken, however far the pipeline has run ahead, and may be taken at any
        time and from any thread. Give it as ``checkpoint=`` to a pipeline with the same graph, batch size and data:
        its first outputs are those that would have been next here. Other threads, depths and policies may differ.

        Args:
            filename: also write it to this file, which is replaced at one stroke.

        Returns:
            A few kB.

        Raises:
            PipelineStateError: the pipeline was made without ``enable_checkpointing``, or is not built.
            OSError: the file cannot be written.
        """
        data = self._get_checkpoint()
        if filename is not None:
            _write(filename, data)
        return data

    def _get_checkpoint(self, iterator_data: str = "") -> bytes:
        """A checkpoint that carries a text of whoever wraps the pipeline, who finds it in ``_iterator_data`` again."""
        from adali.serialization.checkpoint import Checkpoint, to_bytes

        if not self._enable_checkpointing:
            raise PipelineStateError(
                "Checkpoints are taken of pipelines made with enable_checkpointing=True, and this one was not."
            )
        executor = self._need_executor("checkpoint")
        position = executor.account.position
        return to_bytes(
            Checkpoint(
                position=position,
                seed=self._seed,
                batch_size=self._batch_size,
                operators=self._operators,
                data=self._data,
                epoch_mode=self._epoch_mode,
                taken=position.iteration - self._pass_start if self._pass_open else None,
                iterator_data=iterator_data,
            )
        )

    def _need_executor(self, what: str) -> Executor:
        """The engine; a pipeline that can builds itself for it."""
        raise NotImplementedError

    # ---- going on ------------------------------------------------------------------------------------------

    def _read_checkpoint(self) -> None:
        """Decode the checkpoint that was given, if one was; the seed comes from it where none was given."""
        from adali.serialization.checkpoint import from_bytes

        self._resumed = None
        if self._checkpoint is None:
            return
        if not self._enable_checkpointing:
            raise CheckpointError(
                "To go on from a checkpoint the pipeline must be made with enable_checkpointing=True."
            )
        self._resumed = from_bytes(_bytes_of(self._checkpoint))
        if self._seed == -1:
            self._seed = self._resumed.seed

    def _start_position(self, graph: Graph, plan: Plan) -> Position | None:
        """Where the pipeline begins; None for the beginning.

        Raises:
            CheckpointError: the checkpoint is of another pipeline, or of other data.
            ArgumentError: an input does not support checkpoints.
        """
        from adali.serialization.checkpoint import operators_of

        if not self._enable_checkpointing:
            return None
        inputs = [step.op for step in plan.inputs]
        for op in inputs:
            if isinstance(op, InputOperator) and op.state() is None:
                raise op.error("it does not support checkpoints, which enable_checkpointing=True asks for")
        self._operators = operators_of(graph)
        if self._resumed is not None:  # before anything is looked for
            self._resumed.check(self._seed, self._batch_size, self._operators)
        self._data = [op.fingerprint() for op in inputs if isinstance(op, InputOperator)]
        if self._resumed is None:
            return None
        self._resumed.check_data([op.spec.label for op in inputs], self._data)
        self._iterator_data = self._resumed.iterator_data
        return self._resumed.position

    def _resume_pass(self, executor: Executor) -> None:
        """Be in the pass in which the checkpoint was taken."""
        if self._resumed is None:
            return
        if self._resumed.epoch_mode:
            self._epoch_mode = True
            executor.set_epoch_batches()
        if self._resumed.taken is not None:
            self._pass_open = self._pass_resumes = True
            self._pass_start = self._resumed.position.iteration - self._resumed.taken

    #: Whether the next pass is the rest of the one in which the checkpoint was taken.
    _pass_resumes = False


def _bytes_of(checkpoint: Any) -> bytes:
    if isinstance(checkpoint, os.PathLike):
        try:
            with open(checkpoint, "rb") as file:
                return file.read()
        except OSError as e:
            raise CheckpointError(f"The checkpoint cannot be read: {e}") from e
    if isinstance(checkpoint, str):
        try:
            return checkpoint.encode("latin-1")
        except UnicodeEncodeError:
            raise CheckpointError("A checkpoint given as a str must hold one byte a character.") from None
    return bytes(checkpoint)


def _write(filename: str | os.PathLike[str], data: bytes) -> None:
    """Replace a file: whoever reads it sees the old or the new content, also after a crash."""
    path = os.path.realpath(os.fspath(filename))
    temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{secrets.token_hex(8)}")
    with open(temporary, "xb") as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
