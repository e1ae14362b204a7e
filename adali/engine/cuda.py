"""The CUDA device of a pipeline: the mixed and gpu stages on streams of their own.

Contract:

* **Order.** Each stage has one non-blocking stream and enqueues iterations in order. The gpu stage's stream waits for
  the event that the mixed stage recorded at the end of the same iteration. Batches made on the host are complete.
* **Waiting.** The host waits only where the consumer can see it: for the last event of an iteration (and where a CPU
  operator reads what a GPU operator made). The wait is a future that a thread resolves (:mod:`.cuda_threads`).
* **Memory.** What an iteration's operators read and wrote, pinned memory included, is held until its last event. What
  the consumer got is held until an event on the streams where it was used, recorded when the last view dies.
* **Faults.** An operator that cannot enqueue fails its iteration, or with a policy its samples, which the cpu stage
  replaces. A fault of the device is reported at the iteration's event; CUDA keeps it, so every later iteration fails as
  well, whatever the policy.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from adali.data import TensorListCPU, TensorListGPU
from adali.data.device_memory import stream_object
from adali.data.device_samples import DeviceSamples
from adali.engine.branches import present_samples, spread
from adali.engine.chain import check_layouts
from adali.engine.cuda_threads import Lane, Waiter
from adali.engine.device import StepFailure
from adali.engine.lowering import Step
from adali.engine.memory import BufferPool
from adali.engine.workspace import Workspace
from adali.errors import DeviceFaultError, DeviceUnavailableError
from adali.graph.graph import is_transfer
from adali.operators.base import BatchContext, BatchOperator, SampleContext, SampleErrors
from adali.operators.gpu import GpuContext, Workbench, has_gpu_kernel

__all__ = ["CudaDevice", "Lending"]

#: Seconds that closing waits for the user's code on a stage's thread.
PATIENCE_S = 5.0


class Flight:
    """One iteration on the device.

    Attributes:
        ledger: what must stay alive until its last event.
        event: recorded at the end of the latest stage; None before.
        waiter: of the stream it was recorded on.
        names: operators that were enqueued, for messages.
        coming: slots of host memory that the device has yet to write.
    """

    __slots__ = ("coming", "event", "ledger", "names", "waiter")

    def __init__(self) -> None:
        self.ledger: list[Any] = []
        self.event: Any = None
        self.waiter: Waiter | None = None
        self.names: list[str] = []
        self.coming: set[int] = set()


class Stage:
    """A stage's stream, its threads and what its operators share."""

    def __init__(self, name: str, device: CudaDevice, priority: int) -> None:
        xp = device.xp
        with device.current:
            self.stream = xp.cuda.Stream(non_blocking=True, priority=priority)
        self.bench = Workbench(xp, device.device_id, self.stream, device.staging.empty)
        self.lane = Lane(f"adali-cuda-{name}", device.use)
        self.waiter = Waiter(f"adali-cuda-{name}-events", device.use)


class Lending:
    """The outputs of an iteration in the consumer's hands.

    Attributes:
        event: when they are ready.
        streams: where the consumer uses them.
    """

    __slots__ = ("__weakref__", "device", "event", "streams")

    def __init__(self, device: CudaDevice, event: Any) -> None:
        self.device = device
        self.event = event
        self.streams: list[Any] = []

    def use_on(self, stream: Any) -> None:
        """Order a stream of the consumer's behind the outputs, and their memory's next use behind the stream.

        Raises:
            DeviceFaultError: the device reported an error.
        """
        try:
            with self.device.current:
                stream = stream_object(self.device.xp, stream)
                stream.wait_event(self.event)
        except self.device.xp.cuda.runtime.CUDARuntimeError as e:
            raise DeviceFaultError(f"Device {self.device.device_id} reported an error: {e}.") from e
        self.streams.append(stream)


class _Lent:
    """Owns a piece of an output's memory; gives it back when the consumer's streams have passed."""

    __slots__ = ("array", "lending", "streams")

    def __init__(self, array: Any, lending: Lending) -> None:
        self.array = array
        self.lending = lending
        self.streams: list[Any] = []

    def exported_to(self, handle: int) -> None:
        """Somebody uses the memory on this stream, as DLPack's consumers say."""
        with self.lending.device.current:
            self.streams.append(stream_object(self.lending.device.xp, handle))

    def __del__(self) -> None:
        array, self.array = self.array, None
        if array is not None:
            self.lending.device.take_back(array, self.lending, self.streams)


class CudaDevice:
    """One pipeline's share of a CUDA device; see the module's contract.

    Attributes:
        xp: CuPy.
        device_id: the device's number.
        staging: pinned memory of descriptors and packed batches.
    """

    def __init__(self, xp: Any, device_id: int, priority: int = 0) -> None:
        self.xp = xp
        self.device_id = device_id
        self.priority = priority
        self.staging = BufferPool(self.pinned, small=0)
        self._stages: dict[str, Stage] = {}
        self._flights: dict[int, Flight] = {}
        self._returns: Waiter | None = None
        self._closed = False

    @property
    def current(self) -> Any:
        """A context in which this is the current device."""
        return self.xp.cuda.Device(self.device_id)

    def use(self) -> None:
        """Make this the calling thread's device."""
        self.xp.cuda.Device(self.device_id).use()

    def pinned(self, nbytes: int) -> Any:
        """Page-locked host memory, which the device can copy from while the host goes on."""
        with self.current:
            return self.xp.cuda.alloc_pinned_memory(nbytes)

    async def warm_up(self, stages: dict[str, list[Step]]) -> None:
        """Make streams and threads, and compile the kernels that operators name.

        Raises:
            DeviceFaultError: the device cannot be used, or a kernel does not compile.
        """
        for step in (step for steps in stages.values() for step in steps):
            spec = step.op.spec
            if (spec.device != "cpu" or is_transfer(spec)) and not has_gpu_kernel(type(step.op)):
                raise DeviceUnavailableError(
                    f"Operator {spec.label} has no GPU kernel in this version of adali; use it with device='cpu'."
                    + (f"\n  made at {spec.line}" if spec.line else "")
                )
        self._returns = Waiter("adali-cuda-returns", self.use)
        for name, steps in stages.items():
            stage = self._stages[name] = Stage(name, self, self.priority)
            await stage.lane.call(self._compile, stage, steps)

    def _compile(self, stage: Stage, steps: list[Step]) -> None:
        for step in steps:
            for file, name in step.op.gpu_kernels:
                try:
                    stage.bench.kernels.get(file, name)
                except Exception as e:
                    raise DeviceFaultError(f"The kernel {name} of {step.op.spec.label} cannot be compiled: {e}") from e
            try:
                step.op.prepare_gpu(stage.bench)
            except DeviceUnavailableError:
                raise
            except Exception as e:
                raise DeviceFaultError(f"Operator {step.op.spec.label} cannot be prepared on the device: {e}") from e

    async def run(self, stage: str, steps: list[Step], ws: Workspace) -> None:
        """Enqueue a stage's steps for one iteration.

        Raises:
            StepFailure: samples that an operator cannot take; the iteration's work on the device is given up.
            OperatorError: a failure that no sample is to blame for.
        """
        await self._stages[stage].lane.call(self._enqueue, self._stages[stage], steps, ws)

    def _enqueue(self, stage: Stage, steps: list[Step], ws: Workspace) -> None:
        flight = self._flights.get(id(ws))
        if flight is None:
            flight = self._flights[id(ws)] = Flight()
        with stage.stream:
            try:
                if flight.event is not None:
                    stage.stream.wait_event(flight.event)
                for step in steps:
                    self._run_step(stage, step, ws, flight)
                flight.event, flight.waiter = self._record(stage.stream), stage.waiter
            except BaseException as e:
                self._abandon(stage, self._flights.pop(id(ws)))
                if isinstance(e, self.xp.cuda.runtime.CUDARuntimeError):  # of an earlier iteration; it stays
                    raise self._fault(flight, ws, e) from e
                raise

    def _record(self, stream: Any) -> Any:
        event = self.xp.cuda.Event(block=True, disable_timing=True)
        event.record(stream)
        return event

    def _abandon(self, stage: Stage, flight: Flight) -> None:
        """An iteration that failed: what was enqueued for it still runs, and its memory must last."""
        with contextlib.suppress(Exception):  # the device itself is broken: nothing runs any more
            stage.waiter.hold(self._record(stage.stream), flight)

    def _run_step(self, stage: Stage, step: Step, ws: Workspace, flight: Flight) -> None:
        from adali.engine.stage import operator_error  # stage.py imports the module that opens this device

        op = step.op
        flight.names.append(op.spec.label)
        part = None
        try:
            if not flight.coming.isdisjoint(step.reads):  # the host will read what the device made
                stage.stream.synchronize()
                flight.coming.clear()
            inputs = [ws.data[s] for s in step.inputs]
            columns = {name: ws.data[slot]._samples for name, slot in step.args.items()}
            layouts = tuple(b._layout for b in inputs)
            check_layouts(step, layouts, [b.ndim() if len(b) else None for b in inputs])
            sources = ws.sources.get(step.roots[0]) if step.roots else None
            on_device = op.spec.device != "cpu" or is_transfer(op.spec)
            context: BatchContext
            if on_device:
                context = GpuContext(
                    op, ws.iteration, ws.batch_size, columns, layouts, sources, stage.bench, flight.ledger
                )
            else:
                context = BatchContext(op, ws.iteration, ws.batch_size, columns, layouts, sources)
            if step.reads and not op.takes_absent:
                part = present_samples(context, inputs)
            if part is not None:
                context, inputs, present = part
            if on_device:
                assert isinstance(context, GpuContext)
                flight.ledger += inputs
                result: Any = op.run_gpu(context, *inputs)
            else:
                result = _on_host(op, context, inputs)
            results = result if isinstance(result, tuple) else (result,)
            names = op.layouts(layouts) if on_device and not isinstance(op, BatchOperator) else None
            for output, (slot, batch) in enumerate(zip(step.outputs, results, strict=True)):
                if names is not None and batch._layout != names[output] and len(batch):
                    batch._layout = names[output] if len(names[output]) in (0, batch.ndim()) else ""
                flight.ledger.append(batch)
                if on_device and isinstance(batch, TensorListCPU):
                    flight.coming.add(slot)
                ws.data[slot] = batch if part is None else spread(batch, present, ws.batch_size)
        except SampleErrors as e:
            places = {part[2][i] if part else i: cause for i, cause in e.errors.items()}
            raise StepFailure(step, places) from e
        except Exception as e:
            index = getattr(e, "sample", None)
            if index is None:
                raise operator_error(step, ws, None, e) from e
            raise StepFailure(step, {part[2][index] if part else index: e}) from e

    # ---- the end of an iteration ---------------------------------------------------------------------------

    async def wait(self, ws: Workspace) -> None:
        """Wait until everything enqueued for this workspace is done.

        Raises:
            DeviceFaultError: the device reported an error.
        """
        flight = self._flights.pop(id(ws))
        assert flight.waiter is not None
        try:
            try:
                if flight.event.done:
                    return
                await flight.waiter.wait(flight.event, flight)
            except Exception as e:
                raise self._fault(flight, ws, e) from e
        except BaseException:  # the wait was cut off: the memory must last all the same
            flight.waiter.hold(flight.event, flight)
            raise

    def _fault(self, flight: Flight, ws: Workspace, error: Exception) -> DeviceFaultError:
        return DeviceFaultError(
            f"Device {self.device_id} reported an error in iteration {ws.iteration}: {error}. It had been given "
            f"{', '.join(flight.names)}. CUDA keeps such an error until the process ends; run with the environment "
            "variable CUDA_LAUNCH_BLOCKING=1, or under compute-sanitizer, to find the kernel."
        )

    def lend(self, ws: Workspace, slots: list[int]) -> Lending:
        """Make the outputs' memory return only after the consumer's last use; call before :meth:`wait`."""
        lending = Lending(self, self._flights[id(ws)].event)
        for slot in set(slots):
            batch = ws.data[slot]
            if isinstance(batch, TensorListGPU):
                ws.data[slot] = self._guarded(batch, lending)
        return lending

    def _guarded(self, batch: TensorListGPU, lending: Lending) -> TensorListGPU:
        samples: Any = batch._samples
        slab = flat = None
        if isinstance(samples, DeviceSamples):
            block = self._lent(samples.block, lending)
            samples = DeviceSamples(block, samples.shapes, samples.offsets, samples.dtype)
            if batch._slab is not None:
                slab = block
            elif batch._flat is not None:
                flat = block
        else:
            samples = [self._lent(sample, lending) for sample in samples]
        result = TensorListGPU._from_samples(
            samples, batch._layout, dtype=batch._dtype, slab=slab, source_info=batch._source_info
        )
        result._flat = flat
        return result

    def _lent(self, array: Any, lending: Lending) -> Any:
        cuda = self.xp.cuda
        if not array.size or not array.flags.c_contiguous:
            return array
        owner = _Lent(array, lending)
        memory = cuda.UnownedMemory(int(array.data.ptr), int(array.nbytes), owner, self.device_id)
        return self.xp.ndarray(array.shape, array.dtype, cuda.MemoryPointer(memory, 0))

    def take_back(self, array: Any, lending: Lending, more: list[Any]) -> None:
        """The last view of a lent array died, on whatever thread; ``more`` streams than the lending's used it."""
        returns = self._returns
        if self._closed or returns is None:  # nothing is allocated on these streams any more
            return
        # At the interpreter's exit the driver may be gone; then the memory is, too.
        with contextlib.suppress(Exception), self.current:
            for stream in [*(lending.streams or [self.xp.cuda.Stream.null]), *more]:
                returns.hold(self._record(stream), array)

    def close(self) -> None:
        """Wait for the streams, then give memory and threads back."""
        self._closed = True
        for stage in self._stages.values():
            stage.lane.close(PATIENCE_S)
        for stage in self._stages.values():
            with contextlib.suppress(Exception), self.current:
                stage.stream.synchronize()
            stage.waiter.close()
        if self._returns is not None:
            self._returns.close()
        self._flights.clear()
        for stage in self._stages.values():
            stage.bench.close()
        self.staging.close()


def _on_host(op: Any, context: BatchContext, inputs: list[Any]) -> Any:
    """A CPU operator behind GPU operators: on the stage's thread, one sample after another."""
    if isinstance(op, BatchOperator):
        return op.run(context, *inputs)
    columns: list[list[Any]] = [[] for _ in op.spec.outputs]
    for index in range(context.batch_size):
        ctx = SampleContext(context, index, lambda output, i, shape, dtype: np.empty(shape, dtype))
        try:
            made = op.run(ctx, *[b._samples[index] for b in inputs])
        except Exception as e:
            raise SampleErrors({index: e}) from e
        for column, sample in zip(columns, made if isinstance(made, tuple) else (made,), strict=True):
            column.append(np.array(sample))
    layouts = op.layouts(context.in_layouts)
    return tuple(TensorListCPU._from_samples(column, layout) for column, layout in zip(columns, layouts, strict=True))
