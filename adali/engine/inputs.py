"""The reader stage's side of input operators: threads for their calls, read-ahead, and rows to refill with."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from adali.data import TensorListCPU
from adali.engine.lowering import Step
from adali.engine.mailbox import Mailbox
from adali.engine.queues import Queue, QueueClosed
from adali.engine.tracebacks import ends_with_its_iteration
from adali.engine.workers import CallThread, join_all
from adali.engine.workspace import States, Workspace
from adali.errors import CheckpointError, OperatorError, source_error
from adali.operators.base import EndOfData, InputChunk, InputOperator, State

__all__ = ["InputFeed"]


class _Stream:
    """One input operator: reads chunks, ahead of time if it may, and cuts them to the size asked for."""

    def __init__(self, step: Step, batch_size: int, mail: Mailbox | None = None) -> None:
        assert isinstance(step.op, InputOperator)
        self.step = step
        self.op = step.op
        self.batch_size = batch_size
        self.epoch_batches = False
        # Whether the reader promises full batches that begin where epochs begin.
        self.pads = bool(getattr(step.op, "pads_batches", False))
        if self.pads:  # a chunk over the end of an epoch would hide it, when reading began in the middle of a batch
            self.op.set_epoch_batches(True)
        self.thread = None if self.op.is_async else CallThread(f"adali-input-{step.op.spec.name}", mail)
        self.rest: deque[InputChunk] = deque()
        self.queue: Queue[InputChunk | BaseException] | None = None
        self.pump: asyncio.Task[None] | None = None
        self.cancelling = False
        self.iteration = 0
        # Where it goes on after what was taken; None if that is not known.
        self.position: State | None = step.op.state()

    async def _read(self, count: int) -> InputChunk:
        iteration = self.iteration
        self.iteration += 1
        try:
            if self.thread is None:
                result = self.op.read(count, iteration)
                assert not isinstance(result, InputChunk)
                return await result
            chunk = await self.thread.call(lambda: self.op.read(count, iteration))
        except asyncio.CancelledError as e:
            if self.cancelling:
                raise
            raise RuntimeError(f"the source was cancelled: {e}") from e
        assert isinstance(chunk, InputChunk)
        return chunk

    async def _pump(self, queue: Queue[InputChunk | BaseException]) -> None:
        while True:
            item: InputChunk | BaseException
            try:
                item = await self._read(self.batch_size)
            except BaseException as e:  # whoever waits for the chunk must hear of it
                if self.cancelling:
                    raise
                item = e
            try:
                await queue.put(item)
            except QueueClosed:
                if isinstance(item, InputChunk):
                    self.rest.append(item)
                return
            if isinstance(item, BaseException):
                return

    async def _next_chunk(self, count: int) -> InputChunk:
        if self.op.read_ahead < 1:
            return await self._read(count)
        if self.queue is None:
            self.queue = Queue(f"{self.op.spec.name} read ahead", self.op.read_ahead)
            self.pump = asyncio.create_task(self._pump(self.queue), name=f"adali pump {self.op.spec.name}")
        item = await self.queue.get()
        if isinstance(item, BaseException):
            await self.cancel()
            raise item
        return item

    async def take(self, count: int, exact: bool) -> InputChunk:
        """The next ``count`` samples; fewer only where an epoch ends or (not ``exact``) the data comes in batches."""
        if self.op.read_ahead < 1:
            try:
                return await self._take(count, exact)
            finally:
                self.position = self.op.state()
        chunk = await self._take(count, exact)
        if chunk.marks is None:
            self.position = None
        elif chunk.marks:
            self.position = chunk.marks[-1]
        return chunk

    async def _take(self, count: int, exact: bool) -> InputChunk:
        if not self.rest:
            chunk = await self._next_chunk(count)
            if not (exact or chunk.refillable):  # a source's batch stays whole
                return chunk
            if len(chunk) == count or self._cut(chunk):
                return chunk if len(chunk) <= count else self._split(chunk, count)
            self.rest.append(chunk)
        parts: list[InputChunk] = []
        have = 0
        while have < count:
            chunk = self.rest.popleft() if self.rest else await self._next_chunk(self.batch_size)
            if have + len(chunk) > count:
                chunk = self._split(chunk, count - have)
            parts.append(chunk)
            have += len(chunk)
            if self._cut(chunk):
                break
        return _join(parts)

    def _cut(self, chunk: InputChunk) -> bool:
        return self.cuts and chunk.epoch_end

    @property
    def cuts(self) -> bool:
        """Whether a batch ends where an epoch ends."""
        return self.epoch_batches or self.pads

    def _split(self, chunk: InputChunk, count: int) -> InputChunk:
        """The first ``count`` samples; the others wait in ``rest``."""
        head, tail = _slice(chunk, 0, count), _slice(chunk, count, len(chunk))
        head.epoch_end = False
        self.rest.appendleft(tail)
        return head

    def give_back(self, chunk: InputChunk, kept: int) -> InputChunk:
        """The first ``kept`` samples of what :meth:`take` gave last, at least one; the others will be taken again."""
        if kept < len(chunk):
            chunk = self._split(chunk, kept)
            self.position = chunk.marks[-1] if chunk.marks else None
        return chunk

    async def pause(self) -> None:
        """Stop reading ahead; what was read waits in ``rest``."""
        if self.queue is not None and self.pump is not None:
            while (item := self.queue.get_nowait()) is not None:
                if isinstance(item, InputChunk):
                    self.rest.append(item)
            self.queue.close()
            await self.pump
        self.pump = self.queue = None

    async def cancel(self) -> None:
        """Stop reading ahead and drop what was read."""
        if self.pump is not None:
            before, self.cancelling = self.cancelling, True
            self.pump.cancel()
            await asyncio.gather(self.pump, return_exceptions=True)
            self.cancelling = before
        self.pump = self.queue = None

    async def call(self, function: Callable[[], None]) -> None:
        """Call a method of the operator on its thread."""
        if self.thread is None:
            function()
        else:
            await self.thread.call(function)

    async def next_epoch(self, state: State | None) -> None:
        """Go to the epoch after the one of ``state``; where that is unknown, to the one after what was read."""
        await self.pause()
        if state is None:
            while self.rest:
                if self.rest.popleft().epoch_end:
                    return
        else:
            await self.set_state(state)
        await self.call(self.op.next_epoch)
        if state is not None:
            self.position = self.op.state()

    async def set_state(self, state: State) -> None:
        """Go on from a state; what was read ahead is dropped."""
        await self.pause()
        self.rest.clear()
        if self.thread is None:
            result = self.op.set_state(state)
            if result is not None:
                await result
        else:
            await self.thread.call(lambda: self.op.set_state(state))
        self.position = self.op.state()


class InputFeed:
    """All input operators of a pipeline, read in step."""

    def __init__(self, steps: Sequence[Step], batch_size: int, mail: Mailbox | None = None) -> None:
        self.batch_size = batch_size
        self._streams = [_Stream(s, batch_size, mail) for s in steps]
        self._in_order = list(self._streams)
        # Sources come first: when one has no more data, no sample of a reader is taken for nothing.
        self._streams.sort(key=lambda s: s.op.read_ahead > 0)

    def states(self) -> States:
        """For each input, where it goes on after what was taken."""
        return tuple(s.position for s in self._in_order)

    @ends_with_its_iteration
    async def fill(self, ws: Workspace) -> dict[int, tuple[Step, Exception]]:
        """Read one batch from every input into the workspace; returns the samples that could not be read.

        Raises:
            EndOfData: an input has no more.
            OperatorError: an input failed.
        """
        try:
            return await self._fill(ws)
        finally:
            ws.states = self.states()

    @ends_with_its_iteration
    async def _fill(self, ws: Workspace) -> dict[int, tuple[Step, Exception]]:
        count = self.batch_size
        failures: dict[int, tuple[Step, Exception]] = {}
        first: _Stream | None = None
        error: Exception | None = None
        for stream in self._streams:
            try:
                reader = stream.op.read_ahead > 0
                chunk = await self._take(stream, count, ws.iteration, exact=reader and first is not None)
            except OperatorError as e:
                # The other inputs are read all the same, or from here on their batches would not belong together.
                error = error or e
                continue
            if stream.pads and len(chunk) < count:  # refills have taken from the epoch's last batch
                chunk = _join([chunk, *[_slice(chunk, len(chunk) - 1, len(chunk))] * (count - len(chunk))])
            problem = ""
            if len(chunk) > self.batch_size:
                problem = f"its batch has {len(chunk)} samples, but the pipeline's batch size is {self.batch_size}"
            elif first is None:
                first, count = stream, len(chunk)
                ws.batch_size = count
            elif len(chunk) != count:
                problem = f"its batch has {len(chunk)} samples, but that of {first.op.spec.label} has {count}"
            if problem:
                error = error or OperatorError(
                    problem,
                    operator=stream.op.schema.name,
                    name=stream.op.spec.name,
                    line=stream.op.spec.line,
                    iteration=ws.iteration,
                )
                continue
            self._store(ws, stream, chunk)
            for index, failure in chunk.failures.items():
                failures.setdefault(index, (stream.step, failure))
        if error is not None:
            raise error
        if first is None:
            ws.batch_size = self.batch_size
        return failures

    @property
    def refillable(self) -> bool:
        """Whether single samples can be replaced by further ones: every input is a reader."""
        return bool(self._streams) and all(s.op.read_ahead > 0 for s in self._streams)

    @property
    def epoch_size(self) -> int:
        """Samples in an epoch of the longest reader, 0 if there is none."""
        return max((getattr(s.op, "epoch_size", 0) for s in self._streams), default=0)

    def set_epoch_batches(self) -> None:
        """End batches where epochs end; called before anything was read."""
        for stream in self._streams:
            stream.epoch_batches = True
            stream.op.set_epoch_batches(True)

    def starving(self) -> list[InputOperator]:
        """Inputs that wait for data the user has to feed."""
        return [s.op for s in self._streams if not s.op.ready()]

    async def refill(self, ws: Workspace, places: Sequence[int]) -> tuple[int, dict[int, tuple[Step, Exception]]]:
        """Put the next samples of every reader into the given places of the workspace.

        Returns how many places were filled (fewer than asked where an epoch ends) and which of them could not be
        read. Where an epoch ends and batches are to be full, samples of the batch that are good so far are repeated.
        """
        failures: dict[int, tuple[Step, Exception]] = {}
        filled = 0
        if not ws.epoch_end:
            chunks = [await self._take(stream, len(places), ws.iteration, exact=True) for stream in self._streams]
            # A sample of one reader must not lose the one of another that it came with.
            filled = min(map(len, chunks))
            for stream, taken in zip(self._streams, chunks, strict=True):
                chunk = stream.give_back(taken, filled)
                _note_epoch(ws, stream, chunk)
                for slot, column in zip(stream.step.outputs, chunk.columns, strict=True):
                    replace_samples(ws, slot, places[:filled], column)
                names = ws.sources.get(stream.step.outputs[0])
                for offset, place in enumerate(places[:filled]):
                    if names is not None and chunk.sources is not None:
                        names[place] = chunk.sources[offset]
                    if offset in chunk.failures:
                        failures.setdefault(place, (stream.step, chunk.failures[offset]))
        # The first reader says how large a batch is: full, but for one that cuts them and does not pad.
        if filled < len(places) and (self._streams[0].pads or not self._streams[0].cuts):
            bad = {*places[filled:], *failures}
            good = [i for i in range(ws.batch_size) if i not in bad]
            if good:
                self._repeat(ws, places[filled:], good)
                filled = len(places)
        ws.states = self.states()
        return filled, failures

    def _repeat(self, ws: Workspace, places: Sequence[int], good: Sequence[int]) -> None:
        """Put the good sample before each place (or the first one) into it."""
        chosen = [max((g for g in good if g < place), default=good[0]) for place in places]
        for stream in self._streams:
            for slot in stream.step.outputs:
                samples = ws.data[slot]._samples
                replace_samples(ws, slot, places, [samples[g] for g in chosen])
            names = ws.sources.get(stream.step.outputs[0])
            if names is not None:
                for place, g in zip(places, chosen, strict=True):
                    names[place] = names[g]

    @ends_with_its_iteration
    async def _take(self, stream: _Stream, count: int, iteration: int, exact: bool) -> InputChunk:
        try:
            return await stream.take(count, exact)
        except (EndOfData, OperatorError):
            raise
        except Exception as e:
            spec = stream.op.spec
            raise source_error(
                e,
                str(e) or type(e).__name__,
                operator=spec.schema.name,
                name=spec.name,
                line=spec.line,
                iteration=iteration,
            ) from e

    def _store(self, ws: Workspace, stream: _Stream, chunk: InputChunk) -> None:
        step = stream.step
        sources = list(chunk.sources) if chunk.sources is not None else None
        for position, (slot, column, layout) in enumerate(zip(step.outputs, chunk.columns, chunk.layouts, strict=True)):
            ws.data[slot] = TensorListCPU._from_samples(
                list(column),
                layout,
                dtype=chunk.dtypes[position] if chunk.dtypes else None,
                source_info=sources,
            )
        if sources is not None:
            ws.sources[step.outputs[0]] = sources
        ws.epoch = chunk.epoch
        _note_epoch(ws, stream, chunk)

    async def reset(self, abandon: bool, states: States) -> None:
        """Start every source over; readers go on from ``states`` or, with ``abandon``, at the epochs after those.

        Raises:
            OperatorError: a source refused.
        """
        for stream in self._streams:
            spec = stream.op.spec
            state = states[self._in_order.index(stream)]
            try:
                if stream.op.read_ahead < 1:
                    stream.rest.clear()
                    try:
                        await stream.call(stream.op.reset)
                    finally:
                        stream.position = stream.op.state()
                elif abandon:
                    await stream.next_epoch(state)
                elif state is not None and state != stream.position:
                    await stream.set_state(state)
            except Exception as e:
                message = f"reset: {str(e) or type(e).__name__}"
                raise OperatorError(message, operator=spec.schema.name, name=spec.name, line=spec.line) from e

    async def restore(self, states: States) -> None:
        """Take every input to its state.

        Raises:
            CheckpointError: an input refused.
        """
        for stream, state in zip(self._in_order, states, strict=True):
            if state is None:
                continue
            try:
                await stream.set_state(state)
            except Exception as e:
                raise CheckpointError(
                    f"Operator {stream.op.spec.label} cannot go on from the checkpoint: {str(e) or type(e).__name__}"
                ) from e

    def closing(self) -> None:
        """From here on a cancellation comes from the engine, not from the source's own code."""
        for stream in self._streams:
            stream.cancelling = True
            stream.op.closing()

    async def aclose(self, patience: float) -> list[str]:
        """Stop the threads, waiting ``patience`` seconds; returns the names of those that do not end."""
        for stream in self._streams:
            await stream.cancel()
            await stream.op.aclose()
        threads = [s.thread for s in self._streams if s.thread is not None]
        for thread in threads:
            thread.close()
        return join_all([t.thread for t in threads], patience)


def _note_epoch(ws: Workspace, stream: _Stream, chunk: InputChunk) -> None:
    """The epoch ends with the batch where it ends for a reader that cuts its batches there."""
    # What the other readers say depends on where their reading began, which is not the same in a resumed run.
    ws.epoch_end = ws.epoch_end or (stream.cuts and chunk.epoch_end)


def replace_samples(ws: Workspace, slot: int, places: Sequence[int], column: Sequence[Any]) -> None:
    """Put other samples into a batch fed from outside."""
    # In place: chains that ran already hold this very list and will run again.
    batch = ws.data[slot]
    samples = batch._samples
    for place, value in zip(places, column, strict=False):
        samples[place] = value
    batch._slab = batch._flat = None  # whoever packed the batch did so with the old samples


def _slice(chunk: InputChunk, start: int, stop: int) -> InputChunk:
    return InputChunk(
        columns=tuple(c[start:stop] for c in chunk.columns),
        layouts=chunk.layouts,
        sources=None if chunk.sources is None else chunk.sources[start:stop],
        refillable=chunk.refillable,
        epoch=chunk.epoch,
        epoch_end=chunk.epoch_end,
        dtypes=chunk.dtypes,
        failures={i - start: e for i, e in chunk.failures.items() if start <= i < stop},
        marks=None if chunk.marks is None else chunk.marks[start:stop],
    )


def _join(chunks: list[InputChunk]) -> InputChunk:
    if len(chunks) == 1:
        return chunks[0]
    last = chunks[-1]
    failures: dict[int, Exception] = {}
    base = 0
    marks: list[State] | None = []
    for chunk in chunks:
        marks = None if marks is None or chunk.marks is None else [*marks, *chunk.marks]
        failures.update({base + i: e for i, e in chunk.failures.items()})
        base += len(chunk)
    return InputChunk(
        columns=tuple([s for c in chunks for s in c.columns[i]] for i in range(len(last.columns))),
        layouts=last.layouts,
        sources=[s for c in chunks for s in (c.sources or [None] * len(c))],
        refillable=all(c.refillable for c in chunks),
        epoch=last.epoch,
        epoch_end=last.epoch_end,
        dtypes=last.dtypes,
        failures=failures,
        marks=marks,
    )
