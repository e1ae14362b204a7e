"""Where the mixed and gpu stages run: the interface of a device, and the one place that opens it."""

from __future__ import annotations

from typing import Any, Protocol

from adali.engine.lowering import Step
from adali.engine.workspace import Workspace
from adali.errors import DeviceUnavailableError

__all__ = ["Device", "StepFailure", "open_device", "set_device_factory"]


class Device(Protocol):
    """What the mixed and gpu stages need of a device."""

    @property
    def pinned(self) -> Any:
        """Allocates host memory that the device reads (bytes -> buffer); None for the interpreter's own."""

    async def warm_up(self, stages: dict[str, list[Step]]) -> None:
        """Prepare what the first iteration would wait for; called once, with the steps of each stage."""

    async def run(self, stage: str, steps: list[Step], ws: Workspace) -> None:
        """Run the steps of a stage; returns when the host may go on with the next batch.

        Raises:
            StepFailure: some samples cannot be computed; what was enqueued for the iteration is forgotten.
        """

    async def wait(self, ws: Workspace) -> None:
        """Wait until everything queued for this workspace is done."""

    def lend(self, ws: Workspace, slots: list[int]) -> Any:
        """The outputs (by slot) go to the consumer: what orders the consumer's streams, or None; before ``wait``."""

    def close(self) -> None:
        """Give the device's memory and threads back."""


class StepFailure(Exception):
    """Samples of an iteration that an operator on the device could not take.

    Attributes:
        step: the operator.
        errors: what was wrong, by sample.
    """

    def __init__(self, step: Step, errors: dict[int, Exception]) -> None:
        self.step = step
        self.errors = errors
        super().__init__(f"{len(errors)} samples failed")


class _Factory:
    """Opens devices; tests put a stand-in here."""

    make: Any = None


def set_device_factory(make: Any) -> None:
    """Use ``make(device_id, num_threads)`` instead of a real device; None restores it (for tests)."""
    _Factory.make = make


def open_device(device_id: int | None, num_threads: int, priority: int = 0) -> Device:
    """The device of a pipeline.

    Args:
        device_id: number of the CUDA device.
        num_threads: the pipeline's worker threads.
        priority: of the streams; lower numbers go first.

    Raises:
        DeviceUnavailableError: no CuPy, no driver, no such device, or device_id is None.
    """
    if _Factory.make is not None:
        device: Device = _Factory.make(device_id, num_threads)
        return device
    if device_id is None:
        raise DeviceUnavailableError(
            "The graph has GPU operators, but the pipeline was made with device_id=None (CPU only). "
            "Give a device_id, or use the operators with device='cpu'."
        )
    from adali.data.device import device_module

    module = device_module()  # says what is missing and how to install it
    try:
        count = module.cuda.runtime.getDeviceCount()
    except Exception as e:
        raise DeviceUnavailableError(
            f"The graph has GPU operators, but no CUDA device can be used: {e}. An NVIDIA driver and a device are "
            "needed; without them use the operators with device='cpu'."
        ) from e
    if device_id >= count:
        raise DeviceUnavailableError(f"device_id={device_id}, but this machine has {count} CUDA devices.")
    from adali.engine.cuda import CudaDevice

    return CudaDevice(module, device_id, priority)
